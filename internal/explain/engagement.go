package explain

import (
	"strconv"
	"strings"

	"attune/core/comb"
	"attune/core/journey"
	"attune/core/policy"
	"attune/core/program"
)

// gatherEngagement adds an engagement, and its variants by their names.
func (e *Explainer) gatherEngagement(g *program.Engagement) {
	t := thing{file: g.Pos.File, kind: "engagement", id: g.ID, line: g.Pos.Line, whole: true, trigger: g.When, does: "the engagement " + g.ID + " is proposed",
		explain: func(x *Explanation) { e.engagement(g, x) }}
	if !g.When.IsZero() {
		t.rule = "engagement " + g.ID
	}
	if g.Behavior != "" {
		t.needs = append(t.needs, "behavior "+g.Behavior)
	}
	if g.Outcome != "" {
		t.needs = append(t.needs, "outcome "+g.Outcome)
	}
	t.needs = append(t.needs, eases(g.Eases)...)
	e.add(t)
	for i := range g.Variants {
		v := &g.Variants[i]
		e.add(thing{file: g.Pos.File, kind: "variant", id: v.ID, line: v.Pos.Line, needs: eases(v.Eases), does: "the words " + v.ID + " of " + g.ID + " ease it", explain: func(x *Explanation) { x.Words = append(x.Words, variant(v)) }})
	}
}

// eases are the barriers that words ease, as things; parts of COM-B are none.
func eases(words []string) (out []string) {
	for _, w := range words {
		if !comb.Known(w) {
			out = append(out, "barrier "+w)
		}
	}
	return out
}

// engagement says who gets it, when, how often, how, and what stops it.
func (e *Explainer) engagement(g *program.Engagement, x *Explanation) {
	whom := g.Audience
	if whom == "" {
		whom = "patient"
	}
	x.Words = append(x.Words, "The engagement "+g.ID+" is something to say to "+withArticle(whom)+", for the purpose of "+words(g.Purpose)+about(g.Topic)+".")
	x.Words = append(x.Words, e.proposed(g)...)
	x.Words = append(x.Words, e.decided(g), e.limits(g))
	if g.Digest {
		x.Words = append(x.Words, "It waits for the digest, to go out with what else does.")
	}
	x.Words = append(x.Words, e.allowed(g))
	if len(g.Variants) > 1 {
		x.Words = append(x.Words, "It can be said in "+strconv.Itoa(len(g.Variants))+" ways:")
	}
	for i := range g.Variants {
		x.Words = append(x.Words, variant(&g.Variants[i]))
	}
	if aims := e.aims(g); aims != "" {
		x.Words = append(x.Words, aims)
	}
}

func withArticle(noun string) string {
	if strings.ContainsAny(noun[:1], "aeiou") {
		return "an " + noun
	}
	return "a " + noun
}

func about(topic string) string {
	if topic == "" {
		return ""
	}
	return ", about " + words(topic)
}

// proposed says what brings it up: its own rule, journeys, moments of the map.
func (e *Explainer) proposed(g *program.Engagement) []string {
	var out []string
	if !g.When.IsZero() {
		out = append(out, e.says("It is proposed by itself when ", &g.When))
	}
	var by []string
	for _, t := range e.things {
		for _, ref := range t.needs {
			if ref == "engagement "+g.ID && t.kind == "moment" {
				by = append(by, "the moment "+t.id+" of the map")
			}
		}
	}
	for i := range e.program.Journeys {
		j := &e.program.Journeys[i]
		for _, s := range j.Steps {
			if names(s, g.ID) {
				by = append(by, "the step "+s.Label()+" of the journey "+titled(j.Name, j.ID))
			}
		}
	}
	if len(by) > 0 {
		out = append(out, Sentence("It is proposed by "+listed(by, "and")))
	}
	if len(out) == 0 {
		out = append(out, "Nothing proposes it: it has no rule of its own, and no journey or moment names it.")
	}
	return out
}

// names tells whether a step proposes an engagement.
func names(s journey.Step, engagement string) bool {
	switch s := s.(type) {
	case journey.Send:
		return s.Engagement == engagement
	case journey.Ask:
		return s.By == engagement
	case journey.Decide:
		for _, name := range s.Among {
			if name == engagement {
				return true
			}
		}
	case journey.Wait, journey.Await, journey.Branch, journey.Split, journey.Task, journey.Refer, journey.Update, journey.Call, journey.Reached, journey.Exit:
	}
	return false
}

func (e *Explainer) decided(g *program.Engagement) string {
	worth := "Of all that could be said at the same instant, the one of the highest value goes first; this one's value is " + number(g.Value) + stageWeight(g) + "."
	switch g.Coordination {
	case program.Broadcast:
		return "It goes to all whom it fits, under the same limits as everything else."
	case program.MustSend:
		return "It must be sent: it goes before everything else and passes no limit of how often, but still needs consent, an address and contact hours."
	case program.Decided:
	}
	if l := e.program.Policy.Learning; l != nil && g.Outcome != "" {
		return "It is weighed against all else that could be said, and against saying nothing: what it is expected to change for this person, times its value of " + number(g.Value) +
			", less what it costs and what it would be worth to lose the person. Where something could be said, nothing is in at least " + number(100-100*l.Most) +
			" of 100 cases, so that it stays known what saying it brings."
	}
	return worth
}

// stageWeight says what the person's stage does to a value.
func stageWeight(g *program.Engagement) string {
	if g.Behavior == "" || len(g.Fits) == 0 && g.Process == "" {
		return ""
	}
	return ", up to a quarter more in the stages it is made for, and less in others"
}

func (e *Explainer) limits(g *program.Engagement) string {
	says := "It has no limit of its own of how often one person gets it."
	switch again, most := g.AgainAfter != 0, g.AtMost.Count != 0; {
	case again && most:
		says = "One person gets it at most " + capped(g.AtMost) + ", with at least " + span(g.AgainAfter) + " between two."
	case again:
		says = "One person gets it again after " + span(g.AgainAfter) + " at the earliest."
	case most:
		says = "One person gets it at most " + capped(g.AtMost) + "."
	}
	if g.SameWords.Count != 0 {
		says += " The same words come at most " + capped(g.SameWords) + "."
	}
	if g.Asks != 0 {
		says += " It wants an answer: for " + span(g.Asks) + ", or until it is there, nothing else that wants one is said."
	}
	if caps := e.caps(); caps != "" && g.Coordination != program.MustSend {
		says += " Of everything together a person gets at most " + caps + "."
	}
	return says + " What could not go out within " + span(g.Expires) + " is dropped."
}

func capped(c policy.Cap) string {
	return times(int64(c.Count)) + " within " + span(c.Within)
}

func (e *Explainer) caps() string {
	return listed(mapped(e.program.Policy.Caps, func(c policy.Cap) string {
		says := counted(int64(c.Count), "message")
		if c.Channel != "" {
			says += " by " + words(c.Channel)
		}
		if c.Purpose != "" {
			says += " for " + words(c.Purpose)
		}
		if c.Theme != "" {
			says += " about " + words(c.Theme)
		}
		if c.Each != policy.Together {
			says += " for every " + c.Each.String()
		}
		return says + " within " + span(c.Within)
	}), "and")
}

// allowed says what must be so at the moment of hand-over.
func (e *Explainer) allowed(g *program.Engagement) string {
	p := &e.program.Policy
	var channels []string
	for _, d := range p.Consent.WithoutRecord {
		if d.Purpose == g.Purpose {
			channels = d.Channels
		}
	}
	without := "without a word of theirs nothing is sent"
	if len(channels) > 0 {
		without = "without a word of theirs, " + e.jurisdiction() + " allows " + listed(mapped(channels, words), "and")
	}
	return "It needs consent for " + words(g.Purpose) + about(g.Topic) + ": what the person said stands, and " + without + ". It goes out " + e.hours() +
		". Consent, limits, hours, and whether the person is still in the program and alive, are asked again at the moment it is handed over."
}

func (e *Explainer) jurisdiction() string {
	return "the program's reading of the law (" + e.program.Policy.Consent.Jurisdiction + ")"
}

func (e *Explainer) hours() string {
	h := e.program.Policy.Hours
	if h == (policy.Hours{}) {
		return "at any hour"
	}
	return "between " + clock(h.From) + " and " + clock(h.To) + " on the person's own clock"
}

// variant says how it is worded and by which channels it goes, in which order.
func variant(v *program.Variant) string {
	by := mapped(v.Texts, func(t program.Text) string { return words(t.Channel) + " (" + t.Template + ")" })
	says := "Variant " + v.ID
	if v.Strategy != "" {
		says += ", which uses " + words(v.Strategy)
	}
	says += ": by " + strings.Join(by, ", else by ")
	if len(v.Eases) > 0 {
		says += "; it eases " + listed(mapped(v.Eases, words), "and")
	}
	if v.CallToAction != "" {
		says += "; it asks the person to " + words(v.CallToAction)
	}
	return Sentence(says)
}

func (e *Explainer) aims(g *program.Engagement) string {
	var parts []string
	if g.Behavior != "" {
		parts = append(parts, "works on "+e.wording.behavior(g.Behavior))
	}
	if len(g.Fits) > 0 {
		parts = append(parts, "is made for people in "+listed(g.Fits, "or")+", though others may get it too")
	}
	if g.Process != "" {
		parts = append(parts, "uses "+words(g.Process))
	}
	if len(g.Eases) > 0 {
		parts = append(parts, "eases "+listed(mapped(g.Eases, words), "and"))
	}
	if g.Outcome != "" {
		parts = append(parts, "is to bring about "+g.Outcome)
	}
	if len(parts) == 0 {
		return ""
	}
	return Sentence("It " + listed(parts, "and"))
}
