package explain

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"attune/core/approval"
	"attune/core/policy"
)

// overview says the whole program on a page.
func (e *Explainer) overview() *Explanation {
	p := e.program
	out := &Explanation{Path: e.home, Kind: "program", ID: p.ID}
	out.Words = append(out.Words, titled(p.Name, p.ID)+" is a program in "+listed(mapped(p.Languages, language), "and")+", signed by "+p.Policy.Sender+".")
	if len(p.People) > 0 {
		out.Words = append(out.Words, Sentence("It speaks to "+listed(mapped(p.People, withArticle), "and")))
	}
	for _, kind := range order() {
		for _, t := range e.things {
			if t.kind == kind {
				out.Things = append(out.Things, e.short(t))
			}
		}
	}
	out.Words = append(out.Words, e.policy()...)
	if e.counted != nil {
		out.Simulation = e.everybody()
	}
	return out
}

// Guardrails say what holds for all that is said to anybody: hours, limits, consent, and when people are left alone.
func (e *Explainer) Guardrails() []string {
	out := e.policy()
	for _, t := range e.things {
		if t.kind == "hold" {
			var x Explanation
			t.explain(&x)
			e.wording.Unknown()
			out = append(out, strings.Join(x.Words, " "))
		}
	}
	return append(out, "Consent, limits, hours, and whether the person is still in the program and alive, are asked again at the moment each message is handed over.")
}

// policy says when, how often and by whose leave people are contacted.
func (e *Explainer) policy() []string {
	p := &e.program.Policy
	hours := "Messages go out " + e.hours() + "; whose time zone is not known is taken to be in " + p.Zone + "."
	if caps := e.caps(); caps != "" {
		hours += " Nobody gets more than " + caps + "."
	}
	if p.Spacing > 0 {
		hours += " Between two messages lie " + span(p.Spacing) + " at least; what would come sooner waits."
	}
	out := []string{hours}
	for _, c := range p.ChannelHours {
		out = append(out, Sentence(words(c.Channel)+" is used from "+clock(c.Hours.From)+" to "+clock(c.Hours.To)+" only"))
	}
	for _, f := range p.Follows {
		out = append(out, Sentence(words(f.Channel)+" is used only after "+words(f.After)+" was for the same engagement, at least "+span(f.Wait)+" before"))
	}
	if d := p.Digest; d != nil {
		on := "every day"
		if len(d.Days) > 0 {
			on = "every " + listed(mapped(d.Days, func(day int) string { return time.Weekday(day).String() }), "and")
		}
		out = append(out, Sentence("What waits for the digest goes out at "+clock(d.At)+" on the person's own clock, "+on))
	}
	for _, b := range p.Bundles {
		out = append(out, Sentence("What is due at once by "+words(b.Channel)+" goes out as one message, up to "+strconv.Itoa(b.Most)+" texts in the frame "+b.Frame))
	}
	if len(p.Order) > 0 {
		out = append(out, Sentence("Where several channels are possible, the one that the person prefers is tried first, then "+listed(mapped(p.Order, words), "and")+" in this order"))
	}
	for _, c := range p.Ceilings {
		out = append(out, Sentence("By "+words(c.Channel)+" goes what is "+c.Most.String()+" at the most"))
	}
	for _, c := range p.Capacity {
		out = append(out, Sentence("The team "+c.Team+" makes "+counted(int64(c.PerDay), words(c.Channel))+" a day at most; what is for safety goes first, then what is clinical, and in each what is worth most. The rest waits for another day, and ends as not taken when its time is over"))
	}
	if p.Minors.Under > 0 {
		unknown := "people of unknown age are"
		if !p.Minors.Unknown {
			unknown = "nor are people of unknown age"
		}
		out = append(out, Sentence("Patients under "+strconv.Itoa(p.Minors.Under)+" are not written to; "+unknown))
	}
	for _, d := range p.Consent.WithoutRecord {
		out = append(out, "People who never said anything about "+words(d.Purpose)+" may be contacted by "+listed(mapped(d.Channels, words), "and")+", by "+e.jurisdiction()+"; whoever said no is not.")
	}
	out = append(out, "For any other purpose nothing is sent to people who never agreed to it.")
	if approvals := e.approvals(); approvals != "" {
		out = append(out, approvals)
	}
	return out
}

// approvals says who has to approve texts; nothing where nobody does.
func (e *Explainer) approvals() string {
	rules := &e.program.Policy.Approvals
	who := mapped(rules.Approvers, func(a approval.Approver) string {
		return a.Called() + " as " + listed(mapped(a.Roles, words), "or")
	})
	switch {
	case len(who) == 0:
		return ""
	case !rules.Require:
		return "Texts may be approved by " + listed(who, "and") + ", and need not be."
	case len(rules.Roles) == 0:
		return "No text is sent unless one of these has approved exactly these words: " + listed(who, "and") + "."
	}
	return "No text is sent unless exactly these words are approved as " + listed(mapped(rules.Roles, words), "and as") + "; approvers are " + listed(who, "and") + "."
}

// held says what a hold means and how it ends.
func (e *Explainer) held(h *policy.Hold) []string {
	ends := "It lasts until somebody says that it is over (the event hold.lifted)."
	if h.For > 0 {
		ends = "It lasts " + span(h.For) + ", or until somebody says that it is over."
	}
	what := "Meanwhile nothing is said to them by any program: what waits for its hour waits on, and journeys stop before their next message. " + ends
	if len(h.But) > 0 {
		var but []string
		for _, c := range h.But {
			but = append(but, c.String())
		}
		what += " Messages of the class " + listed(but, "and") + " go out nevertheless."
	}
	out := []string{what}
	if h.Says != "" {
		out = append([]string{Sentence(h.Says)}, out...)
	}
	return out
}

// order is that in which an overview tells of things.
func order() []string {
	return []string{"program", "phase", "exit", "moment", "signal", "audience", "behavior", "outcome", "measure", "hold", "journey", "engagement"}
}

// short is a thing in an overview: without its small print and its source.
func (e *Explainer) short(t thing) Explanation {
	out := Explanation{Path: e.at(t.path()), Kind: t.kind, ID: t.id}
	t.explain(&out)
	e.wording.Unknown()
	switch t.kind {
	case "engagement": // what holds for all of them is told above
		out.Words = slices.DeleteFunc(out.Words, func(s string) bool {
			return strings.HasPrefix(s, "It needs consent for") || strings.HasPrefix(s, "Of all that could be said")
		})
	case "journey", "behavior":
	default:
		out.Words = out.Words[:min(2, len(out.Words))]
		if t.kind != "phase" && t.kind != "moment" && t.kind != "audience" {
			out.Words = out.Words[:1]
		}
	}
	if e.counted != nil && t.rule != "" {
		if r := e.fired(t); r != nil {
			out.Words = append(out.Words, "In the simulation: "+briefly(r)+".")
		}
	}
	return out
}

// heading is what an overview puts above things of a kind.
func heading(kind string) string {
	switch kind {
	case "program":
		return "Who is in it"
	case "phase":
		return "The map"
	case "exit":
		return "How the map is left"
	case "moment":
		return "Moments"
	case "signal":
		return "Signals"
	case "audience":
		return "Audiences"
	case "behavior":
		return "Behaviors"
	case "barrier":
		return "What keeps people from it"
	case "motivation":
		return "What moves them"
	case "outcome":
		return "What counts as success"
	case "measure":
		return "What is measured"
	case "hold":
		return "When people are left alone"
	case "journey":
		return "Journeys"
	case "engagement":
		return "What can be said"
	}
	return ""
}

func language(code string) string {
	if name := map[string]string{"en": "English", "es": "Spanish", "de": "German", "fr": "French", "it": "Italian", "pt": "Portuguese", "nl": "Dutch", "pl": "Polish"}[code]; name != "" {
		return name
	}
	return strconv.Quote(strings.TrimSpace(code))
}
