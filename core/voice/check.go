package voice

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"attune/core/content"
	"attune/core/instant"
	"attune/core/source"
)

// sample is somebody that a text is rendered for.
type sample struct {
	who string
	content.Filled
}

// samples are people whose names change what a text looks like.
func samples(organisation string) []sample {
	return []sample{
		{"somebody whose name is unknown", content.Filled{Organisation: organisation}},
		{"Ana López", content.Filled{FirstName: "Ana", LastName: "López", Name: "Ana", About: "Eva", Organisation: organisation}},
		{"somebody with a long name", content.Filled{
			FirstName: "Maximiliana Alexandrina", LastName: "Wolfeschlegelstein-Bergerdorff", Name: "Maximiliana Alexandrina", About: "Maximiliana Alexandrina", Organisation: organisation,
		}},
	}
}

// Check looks at a text as people would get it from the organisation. Problems have to be mended;
// warnings are worth a look.
func (v *Voice) Check(t *content.Template, organisation string) (problems, warnings []source.Problem) {
	c := checker{voice: v, template: t}
	people := samples(organisation)
	c.subject, c.body = t.Say(people[0].Filled)
	c.phrases()
	c.tone()
	c.optOut()
	c.claims()
	for _, person := range people {
		c.length(person)
	}
	_, named := t.Say(people[1].Filled)
	c.reading(named)
	return c.problems.List(), c.warnings.List()
}

type checker struct {
	voice              *Voice
	template           *content.Template
	subject, body      content.Said
	problems, warnings source.Problems
}

// speaks tells whether the text is in the language, or in a regional form of it.
func (c *checker) speaks(language string) bool {
	own, _, _ := strings.Cut(c.template.Language, "-")
	return c.template.Language == language || own == language
}

// parts calls f with the subject and the body, and their words.
func (c *checker) parts(f func(text content.Said, words []word)) {
	for _, text := range []content.Said{c.subject, c.body} {
		f(text, split(text.Text))
	}
}

func (c *checker) phrases() {
	c.parts(func(text content.Said, words []word) {
		for _, p := range c.voice.Phrases {
			if !c.speaks(p.Language) {
				continue
			}
			for _, hit := range find(words, p.Text) {
				hint := "say it in other words"
				if p.Instead != "" {
					hint = fmt.Sprintf("write %q", p.Instead)
				}
				c.problems.Add(text.At(hit.begin), hint, "%q %s", text.Text[hit.begin:hit.end], p.Why)
			}
		}
	})
}

func (c *checker) tone() {
	exclamations, capitals := 0, 0
	tone := c.voice.Tone
	c.parts(func(text content.Said, words []word) {
		for i, r := range text.Text {
			if r != '!' {
				continue
			}
			if exclamations++; tone.Exclamations != nil && exclamations == int(*tone.Exclamations)+1 {
				c.problems.Add(text.At(i), "end the sentence with a full stop", "the text has more than %v exclamation marks", *tone.Exclamations)
			}
		}
		for _, w := range words {
			written := text.Text[w.begin:w.end]
			if utf8.RuneCountInString(written) < 4 || strings.ContainsFunc(written, func(r rune) bool { return !unicode.IsUpper(r) }) {
				continue
			}
			if capitals++; tone.Capitals != nil && capitals == int(*tone.Capitals)+1 {
				c.problems.Add(text.At(w.begin), "write it in small letters", "%q is in capitals, and the text has more than %v such words", written, *tone.Capitals)
			}
		}
	})
}

func (c *checker) optOut() {
	for _, o := range c.voice.OptOut {
		if o.Channel != c.template.Channel || !c.speaks(o.Language) {
			continue
		}
		words := split(c.body.Text)
		if !slices.ContainsFunc(o.Phrases, func(p string) bool { return len(find(words, p)) > 0 }) {
			c.problems.Add(c.body.At(len(strings.TrimRight(c.body.Text, "\n"))), `add "`+strings.Join(o.Phrases, `" or "`)+`"`, "the text does not say how to stop messages")
		}
	}
}

func (c *checker) claims() {
	for _, claim := range c.voice.Claims {
		if claim.Reference != "" || !c.speaks(claim.Language) {
			continue
		}
		c.parts(func(text content.Said, words []word) {
			for _, hit := range find(words, claim.Text) {
				c.problems.Add(text.At(hit.begin), "take it out, or add a reference to the claim at "+claim.Pos.String(), "%q is a claim without a reference", text.Text[hit.begin:hit.end])
			}
		})
	}
}

// Outdated lists the claims of a text whose reference may not be used on that day any more.
func (v *Voice) Outdated(t *content.Template, on instant.Time) []source.Problem {
	c := checker{voice: v, template: t}
	c.subject, c.body = t.Say(content.Filled{})
	today := int64(on / instant.Time(instant.Day))
	for _, claim := range v.Claims {
		if claim.Expires == (instant.Date{}) || claim.Expires.Days() >= today || !c.speaks(claim.Language) {
			continue
		}
		c.parts(func(text content.Said, words []word) {
			for _, hit := range find(words, claim.Text) {
				c.problems.Add(text.At(hit.begin), "take it out, or give the reference's new version", "%q rests on %s, which was to be used until %d-%02d-%02d",
					text.Text[hit.begin:hit.end], claim.Reference, claim.Expires.Year, claim.Expires.Month, claim.Expires.Day)
			}
		})
	}
	return c.problems.List()
}

// length checks the text as one person gets it; what is too long for several is told once.
func (c *checker) length(person sample) {
	subject, body := c.template.Say(person.Filled)
	for _, l := range c.voice.Length {
		if l.Channel != c.template.Channel {
			continue
		}
		text := strings.TrimRight(body.Text, "\n")
		if n := utf8.RuneCountInString(subject.Text); l.Subject > 0 && n > l.Subject {
			c.once(subject.At(0), fmt.Sprintf("shorten it by %d characters", n-l.Subject), "the subject has", "%d characters for %s, more than %d", n, person.who, l.Subject)
		}
		if n := utf8.RuneCountInString(text); l.Characters > 0 && n > l.Characters {
			c.once(body.At(0), fmt.Sprintf("shorten it by %d characters", n-l.Characters), "the text has", "%d characters for %s, more than %d", n, person.who, l.Characters)
		}
		if n, stranger := Segments(text); l.Segments > 0 && n > l.Segments {
			at, hint := body.At(0), "shorten it"
			if i := strings.IndexRune(text, stranger); stranger != 0 && i >= 0 {
				at, hint = body.At(i), fmt.Sprintf("shorten it, or do without %q, for which a message holds 70 characters, not 160", stranger)
			}
			c.once(at, hint, "the text takes", "%d text messages for %s, more than %d", n, person.who, l.Segments)
		}
	}
}

// once notes a problem, unless the same was noted of somebody else.
func (c *checker) once(at source.Pos, hint, what, format string, args ...any) {
	if !slices.ContainsFunc(c.problems.List(), func(p source.Problem) bool { return p.Pos == at && strings.HasPrefix(p.What, what+" ") }) {
		c.problems.Add(at, hint, "%s "+format, append([]any{what}, args...)...)
	}
}

func (c *checker) reading(body content.Said) {
	for _, r := range c.voice.Reading {
		i := slices.IndexFunc(Formulas(), func(f Formula) bool { return f.Language == r.Language })
		if i < 0 || !c.speaks(r.Language) {
			continue
		}
		f := Formulas()[i]
		m, enough := f.measureText(body.Text)
		if !enough {
			continue
		}
		hint := fmt.Sprintf("make the sentence of %d words that begins here shorter, and look for other words than %s", m.length, strings.Join(m.hardest, ", "))
		at := body.At(m.longest)
		value := strconv.FormatFloat(m.value, 'f', 1, 64)
		harder := func(bound *float64) bool {
			return bound != nil && (f.Ease && m.value < *bound || !f.Ease && m.value > *bound)
		}
		bound := r.Most
		if f.Ease {
			bound = r.Least
		}
		switch {
		case harder(bound):
			c.problems.Add(at, hint, "the text is too hard to read: its %s is %s, and the bound %v", f.Name, value, *bound)
		case harder(r.Target):
			c.warnings.Add(at, hint, "the text is hard to read: its %s is %s, and the target %v", f.Name, value, *r.Target)
		}
	}
}
