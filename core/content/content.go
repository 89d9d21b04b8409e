// Package content holds what is said: templates in Liquid's look, with nothing in them but names to
// fill in, each with a fallback.
//
// A template is checked before it is used: every name it mentions must be one that messages may
// carry. It cannot loop, call or reach anything. Rendering is pure; delivery does it.
package content

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"attune/core/source"
)

// Names are what a template may mention, sorted. None of them says anything about a person's health:
// what is sent over open channels names nobody's condition.
func Names() []string {
	return []string{"about", "first_name", "last_name", "name", "organisation"}
}

// Parts is the name by which a frame says where the texts stand that it holds together.
const Parts = "parts"

// Template is one text in one language for one channel.
type Template struct {
	// Name, Channel and Language say which text it is: "refill-warm", "email", "en".
	Name, Channel, Language string
	// Hash is the SHA-256 of the bytes as written, in hexadecimal: what a touch is bound to.
	Hash          string
	subject, body []part
}

// part is literal text, or a name to fill in with its fallback, and where it was written.
type part struct {
	text, name, fallback string
	at                   source.Pos
}

// Path names the text within a program: "email/refill-warm.en". It is the file's path within content/,
// without the ending.
func (t *Template) Path() string { return t.Channel + "/" + t.Name + "." + t.Language }

// Closure is the hash of all by which what is sent may differ, but the person's own names: the bytes as
// written, which text it is, and who signs it where the text says so. It is what an approval is bound to.
func (t *Template) Closure(organisation string) string {
	if !t.Mentions("organisation") {
		organisation = ""
	}
	h := sha256.New()
	for _, part := range []string{"attune content", t.Channel, t.Name, t.Language, t.Hash, organisation} {
		fmt.Fprintf(h, "%d\n%s\n", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Mentions tells whether the text has the name in it.
func (t *Template) Mentions(name string) bool {
	is := func(p part) bool { return p.name == name }
	return slices.ContainsFunc(t.subject, is) || slices.ContainsFunc(t.body, is)
}

// Places counts where parts stand in the body; a subject that has them makes it wrong, too.
func (t *Template) Places() int {
	n := 0
	for _, p := range t.body {
		if p.name == Parts {
			n++
		}
	}
	for _, p := range t.subject {
		if p.name == Parts {
			n += 2
		}
	}
	return n
}

// What a text may be at most, so that nobody's name and no template makes a letter of megabytes: with these, a text has at most
// maxText bytes. The parts that a frame holds together are texts themselves.
const (
	maxTemplate = 64 << 10 // bytes of a template
	maxNames    = 50       // names in it
	maxLetters  = 120      // of a name that is filled in; the rest of a longer one is left out
	maxText     = maxTemplate + maxNames*(maxLetters+1)*4
)

// HasSubject tells whether what goes over a channel has a subject or title of its own. A text message
// has none, and neither has what somebody says on the telephone or at the door.
func HasSubject(channel string) bool {
	return !slices.Contains([]string{"sms", "call", "visit"}, channel)
}

// Parse reads a template: a first line "Subject: …" and an empty line where the channel has subjects,
// and the body. Names stand in double braces, with a fallback where the name may be unknown:
// {{ name | default: "there" }}.
func Parse(name, channel, language, file, text string) (*Template, []source.Problem) {
	var problems source.Problems
	at := source.Pos{File: file, Line: 1, Column: 1}
	if len(text) > maxTemplate {
		problems.Add(source.Pos{File: file}, "", "the template is longer than %d bytes", maxTemplate)
		return nil, problems.List()
	}
	sum := sha256.Sum256([]byte(text))
	t := &Template{Name: name, Channel: channel, Language: language, Hash: hex.EncodeToString(sum[:])}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if n := strings.Count(text, "{{"); n > maxNames {
		problems.Add(at, "say it with fewer", "the template has %d names in it, more than %d", n, maxNames)
		return nil, problems.List()
	}
	if !HasSubject(channel) {
		t.withoutSubject(text, at, &problems)
		return t, problems.List()
	}
	head, body, found := strings.Cut(text, "\n\n")
	subject, ok := strings.CutPrefix(head, "Subject:")
	if !ok || !found || strings.ContainsAny(head, "\r\n") {
		problems.Add(at, `write "Subject: …" on the first line, then an empty line, then the text`, "the template has no subject line")
		return nil, problems.List()
	}
	spaces := len(subject) - len(strings.TrimLeft(subject, " "))
	t.subject = parse(strings.TrimSpace(subject), advance(at, "Subject:"+subject[:spaces]), &problems)
	t.body = parse(strings.TrimRight(body, "\n")+"\n", source.Pos{File: file, Line: 3, Column: 1}, &problems)
	if len(t.subject) == 0 {
		problems.Add(at, "say in a few plain words what the message is about", "the subject is empty")
	}
	return t, problems.List()
}

func (t *Template) withoutSubject(text string, at source.Pos, problems *source.Problems) {
	switch {
	case strings.HasPrefix(text, "Subject:"):
		problems.Add(at, "take the line out", "a text for %s has no subject", t.Channel)
	case strings.TrimSpace(text) == "":
		problems.Add(at, "write what is to be said", "the template is empty")
	}
	t.body = parse(strings.TrimRight(text, "\n")+"\n", at, problems)
}

func parse(text string, at source.Pos, problems *source.Problems) []part {
	var parts []part
	for {
		before, rest, found := strings.Cut(text, "{{")
		if before != "" {
			checkLiteral(before, at, problems)
			parts = append(parts, part{text: before, at: at})
		}
		if !found {
			return parts
		}
		at = advance(at, before)
		inside, after, closed := strings.Cut(rest, "}}")
		if !closed {
			problems.Add(at, "close it with }}", "{{ is never closed")
			return parts
		}
		parts = append(parts, parseName(inside, at, problems))
		at = advance(at, "{{"+inside+"}}")
		text = after
	}
}

// checkLiteral notes what is meant to be more than text.
func checkLiteral(text string, at source.Pos, problems *source.Problems) {
	for _, mark := range []string{"{%", "}}"} {
		if before, _, found := strings.Cut(text, mark); found {
			problems.Add(advance(at, before), "templates have names in {{ }} and nothing else", "%q is not understood here", clip(text[len(before):]))
		}
	}
}

func parseName(inside string, at source.Pos, problems *source.Problems) part {
	name, filter, filtered := strings.Cut(inside, "|")
	p := part{name: strings.TrimSpace(name), at: at}
	if p.name == Parts && !filtered {
		return p
	}
	if !slices.Contains(Names(), p.name) {
		problems.Add(at, source.Suggest(p.name, Names()), "messages cannot mention %q", p.name)
	}
	if filtered {
		word, value, _ := strings.Cut(strings.TrimSpace(filter), ":")
		value = strings.TrimSpace(value)
		if strings.TrimSpace(word) != "default" || len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' || strings.Contains(value[1:len(value)-1], `"`) {
			problems.Add(at, `write {{ name | default: "there" }}`, "the only filter is default, with a text in double quotes")
			return p
		}
		p.fallback = value[1 : len(value)-1]
	}
	if p.fallback == "" && p.name != "organisation" {
		problems.Add(at, fmt.Sprintf(`write {{ %s | default: "there" }}`, p.name), "%q may be unknown and has no fallback", p.name)
	}
	return p
}

func advance(at source.Pos, text string) source.Pos {
	if n := strings.Count(text, "\n"); n > 0 {
		at.Line += n
		at.Column = 1
		text = text[strings.LastIndexByte(text, '\n')+1:]
	}
	at.Column += utf8.RuneCountInString(text)
	return at
}

func clip(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 30 {
		s = strings.ToValidUTF8(s[:30], "") + "…"
	}
	return s
}

// Filled is what names stand for in one message.
type Filled struct {
	FirstName, LastName, Name, Organisation string
	// Parts is what a frame holds together: texts that are rendered already.
	Parts string
	// About is the name of somebody else that the message is about, where they let it be told.
	About string
}

func (f Filled) get(name string) string {
	switch name {
	case "about":
		return f.About
	case "first_name":
		return f.FirstName
	case "last_name":
		return f.LastName
	case "name":
		return f.Name
	case "organisation":
		return f.Organisation
	}
	return ""
}

// Render fills in the names. Line breaks and control characters inside a name become spaces, so that
// nobody's name can start a line or a header of its own.
func (t *Template) Render(f Filled) (subject, body string) {
	said, text := t.Say(f)
	return said.Text, text.Text
}

// Said is a text with its names filled in that knows where each part of it was written.
type Said struct {
	Text  string
	parts []part
	begin []int
}

// Say renders like Render.
func (t *Template) Say(f Filled) (subject, body Said) { return say(t.subject, f), say(t.body, f) }

// At is where the byte at the offset was written. All of a name stands where its braces do.
func (s Said) At(offset int) source.Pos {
	for i, p := range slices.Backward(s.parts) {
		if s.begin[i] <= offset {
			if p.name != "" {
				return p.at
			}
			return advance(p.at, s.Text[s.begin[i]:min(offset, len(s.Text))])
		}
	}
	return source.Pos{}
}

func say(parts []part, f Filled) Said {
	var b strings.Builder
	begin := make([]int, len(parts))
	for i, p := range parts {
		begin[i] = b.Len()
		b.WriteString(p.text)
		if p.name == "" {
			continue
		}
		if p.name == Parts {
			b.WriteString(strings.Trim(f.Parts, "\n"))
			continue
		}
		value := filled(f.get(p.name))
		if value == "" {
			value = p.fallback
		}
		b.WriteString(value)
	}
	return Said{b.String(), parts, begin}
}

// filled is a name as it stands in a text: in one line, and no longer than a name is.
func filled(name string) string {
	n := 0
	for i := range name {
		if n++; n > 4*maxLetters { // spaces count until here, too
			name = name[:i]
			break
		}
	}
	words := strings.FieldsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	name = strings.Join(words, " ")
	n = 0
	for i := range name {
		if n++; n > maxLetters {
			return strings.TrimSpace(name[:i]) + "…"
		}
	}
	return name
}
