package explain

import (
	"slices"
	"strconv"
	"strings"

	"attune/core/expr"
	"attune/core/instant"
	"attune/core/policy"
	"attune/internal/simulate"
	"attune/internal/story"
)

// Simulation is what a simulation counted of a thing.
type Simulation struct {
	World  string `json:"world"`
	People int64  `json:"people"`
	Days   int    `json:"days"`
	Seed   uint64 `json:"seed"`
	// Rule is how often the rule had a consequence; nil for what is no rule.
	Rule *simulate.Rule `json:"rule,omitempty"`
	// Journey is what went through a journey.
	Journey *simulate.Journey `json:"journey,omitempty"`
	// Says are the sentences.
	Says []string `json:"says"`
}

func (e *Explainer) simulation() *Simulation {
	c := e.counted
	return &Simulation{World: c.World.Name, People: c.People, Days: c.Days, Seed: c.Seed}
}

func (s *Simulation) begins() string {
	return "In a simulation of " + grouped(s.People) + " made-up " + plural(int(s.People), "person", "people") + " over " + counted(int64(s.Days), "day") + " (seed " + strconv.FormatUint(s.Seed, 10) + ", world " + s.World + ") "
}

// fired finds what was counted of a thing's rule; nil for what is no rule.
func (e *Explainer) fired(t thing) *simulate.Rule {
	for i := range e.counted.Rules {
		if r := &e.counted.Rules[i]; t.rule != "" && r.Rule == t.rule && r.Program == e.program.ID {
			return r
		}
	}
	return nil
}

func briefly(r *simulate.Rule) string {
	if r.Fired == 0 {
		return "it never had a consequence"
	}
	return often(r.Fired) + ", for " + people(r.People)
}

func often(n int64) string {
	if n <= 2 {
		return times(n)
	}
	return grouped(n) + " times"
}

func people(n int64) string {
	if n == 1 {
		return "1 person"
	}
	return grouped(n) + " people"
}

// simulated says what was counted of a thing; nil where nothing is.
func (e *Explainer) simulated(t thing) *Simulation {
	s := e.simulation()
	if s.Rule = e.fired(t); s.Rule != nil {
		s.Says = append(s.Says, s.rule(t), e.whyNever(t, s.Rule))
	}
	switch t.kind {
	case "journey":
		s.Says = append(s.Says, e.passages(t.id, s)...)
	case "step":
		s.Says = append(s.Says, e.reached(t, s))
	case "engagement":
		s.Says = append(s.Says, s.opening(e.touched(t.id)))
	case "variant":
		s.Says = append(s.Says, e.variantCount(t, s))
	case "phase":
		s.Says = append(s.Says, e.flow(t.id))
	case "moment":
		s.Says = append(s.Says, noted("What became of its promises: ", t.id+" ", e.counted.Promises))
	case "behavior":
		if says := noted("how often another stage was believed in: ", t.id+": ", e.counted.Believed); says != "" {
			s.Says = append(s.Says, s.opening(says))
		}
	case "signal", "audience":
		for _, other := range e.usedBy(t) {
			if other.Kind == "engagement" {
				s.Says = append(s.Says, "The engagement "+other.ID+", which asks for it: "+e.touched(other.ID))
			}
		}
	}
	s.Says = slices.DeleteFunc(s.Says, func(x string) bool { return x == "" })
	if len(s.Says) == 0 {
		return nil
	}
	return s
}

// noted lists the counts of names that begin with a prefix.
func noted(says, prefix string, all []simulate.Count) string {
	var out []string
	for _, c := range all {
		if name, ok := strings.CutPrefix(c.Name, prefix); ok {
			out = append(out, words(name)+" "+grouped(c.Count))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return says + strings.Join(out, ", ") + "."
}

// opening puts the simulation's own words before the first sentence that is told of it.
func (s *Simulation) opening(says string) string {
	if s.Rule != nil || says == "" {
		return upper(says)
	}
	return s.begins() + says
}

// rule says how often a rule had its consequence, when last and for whom.
func (s *Simulation) rule(t thing) string {
	verb, never := "it fired", "it never fired"
	switch t.kind {
	case "signal":
		verb, never = "it came on", "it never came on"
	case "audience":
		verb, never = "people came into it", "nobody came into it"
	case "phase", "journey":
		verb, never = "it was entered", "it was never entered"
	case "engagement":
		verb, never = "its own rule proposed it", "its own rule never proposed it"
	case "moment":
		verb, never = "it was seen", "it was never seen"
	case "outcome", "goal":
		verb, never = "it was reached", "it was never reached"
	case "measure":
		verb, never = "it was told", "it was never told"
	case "exit":
		verb, never = "it was taken", "it was never taken"
	}
	r := s.Rule
	if r.Fired == 0 {
		return s.begins() + never + "."
	}
	says := s.begins() + verb + " " + briefly(r) + ", the last time on " + strings.TrimSuffix(r.Last, "Z")[:len("2027-01-01")] + " for " + r.LastFor + "."
	if others := slices.DeleteFunc(slices.Clone(r.Examples), func(k string) bool { return k == r.LastFor }); len(others) > 0 {
		says += " Also for " + listed(others, "and") + "."
	}
	return says
}

// whyNever says why a rule may never have had a consequence.
func (e *Explainer) whyNever(t thing, r *simulate.Rule) string {
	if r.Fired > 0 {
		return ""
	}
	heard := func(name string) int64 {
		for _, c := range e.counted.Events {
			if c.Name == name {
				return c.Count
			}
		}
		return 0
	}
	var never, came, off []string
	for _, ref := range e.refs(t) {
		kind, name, _ := strings.Cut(ref, " ")
		switch kind {
		case "event":
			if n := heard(name); n == 0 {
				never = append(never, name)
			} else {
				came = append(came, name+" came "+often(n))
			}
		case "signal", "audience":
			for _, other := range e.things {
				if other.kind+" "+other.id == ref {
					if r := e.fired(other); r != nil && r.Fired == 0 {
						off = append(off, "the "+ref)
					}
				}
			}
		}
	}
	switch {
	case len(never) > 0:
		return "Why it may be: " + listed(never, "and") + " never came in this world."
	case e.longest(t) > instant.Duration(e.counted.Days)*instant.Day:
		return "Why it may be: it asks for " + span(e.longest(t)) + ", and only " + counted(int64(e.counted.Days), "day") + " were simulated; --days has more."
	case len(off) > 0:
		return "Why it may be: it asks for " + listed(off, "and") + ", which never came on."
	case len(came) > 0 && t.trigger.Where != "":
		return "Why it may be: " + listed(came, "and") + ", and never so that the condition held."
	case len(came) > 0 && (t.kind == "engagement" || t.kind == "journey"):
		return "Why it may be: " + listed(came, "and") + ", but it never became so for anybody who was in the program then."
	case len(came) > 0:
		return "Why it may be: " + listed(came, "and") + ", but it never became so."
	}
	return "Why it may be: it never became so."
}

// longest is the longest time that a rule asks for.
func (e *Explainer) longest(t thing) instant.Duration {
	most := instant.Duration(0)
	e.mentions(&t.trigger, func(n *expr.Tree) { most = max(most, n.Span) })
	return most
}

// touched says what became of an engagement.
func (e *Explainer) touched(id string) string {
	sent := count64(e.counted.Engagements, id)
	var reasons []string
	refused := int64(0)
	for _, r := range e.counted.Refusals {
		if r.Program == e.program.ID && r.Engagement == id {
			refused += r.Count
			reasons = append(reasons, grouped(r.Count)+" because "+story.Explain(policy.Reason(r.Reason), ""))
		}
	}
	says := grouped(sent) + " " + plural(int(min(sent, 2)), "message was", "messages were") + " handed over"
	if sent == 0 {
		says = "no message was handed over"
	}
	if refused == 0 {
		return says + ", and none was refused."
	}
	return says + ", and it was refused " + often(refused) + ": " + strings.Join(reasons, "; ") + "."
}

func count64(all []simulate.Count, name string) int64 {
	for _, c := range all {
		if c.Name == name {
			return c.Count
		}
	}
	return 0
}

func (e *Explainer) variantCount(t thing, s *Simulation) string {
	for i := range e.program.Engagements {
		if g := &e.program.Engagements[i]; g.Pos.File == t.file {
			return s.opening("this variant was handed over " + oftenOrNever(count64(e.counted.Variants, g.ID+" / "+t.id)) + ".")
		}
	}
	return ""
}

func oftenOrNever(n int64) string {
	if n == 0 {
		return "not once"
	}
	return often(n)
}

func (e *Explainer) passages(id string, s *Simulation) []string {
	for i := range e.counted.Journeys {
		j := &e.counted.Journeys[i]
		if j.Program != e.program.ID || j.Journey != id {
			continue
		}
		s.Journey = j
		if j.Entered == 0 {
			return nil
		}
		var ends []string
		for _, l := range j.Left {
			why := l.Name
			if why == "" {
				why = "without a reason"
			}
			ends = append(ends, grouped(l.Count)+" "+strconv.Quote(why))
		}
		ended := ""
		if len(ends) > 0 {
			ended = "ended: " + strings.Join(ends, ", ") + "; "
		}
		out := []string{"Of the " + counted(j.Entered, "passage") + ", " + ended + grouped(j.Here) + " " + plural(int(min(j.Here, 2)), "was", "were") + " still under way."}
		var steps []string
		for _, c := range j.Steps {
			steps = append(steps, c.Name+" "+grouped(c.Count))
		}
		return append(out, "How often each step was reached: "+strings.Join(steps, ", ")+".")
	}
	return nil
}

func (e *Explainer) reached(t thing, s *Simulation) string {
	for i := range e.program.Journeys {
		j := &e.program.Journeys[i]
		if j.Pos.File != t.file {
			continue
		}
		for _, c := range e.counted.Journeys {
			if c.Program == e.program.ID && c.Journey == j.ID {
				return s.opening("it was reached " + oftenOrNever(count64(c.Steps, t.id)) + ", of " + counted(c.Entered, "passage") + ".")
			}
		}
	}
	return ""
}

func (e *Explainer) flow(id string) string {
	for _, p := range e.counted.Phases {
		if p.Program == e.program.ID && p.Phase == id && p.Entered > 0 {
			says := "Of " + grouped(p.Entered) + " who stood in it, " + grouped(p.Moved) + " moved on, " + grouped(p.Left) + " left the map or the program, and " + grouped(p.Here) + " were still there at the end"
			if p.Median >= 0 {
				says += "; half of those no longer there stayed " + counted(p.Median, "day") + " or less"
			}
			return says + "."
		}
	}
	return ""
}

// everybody says what was counted of the program.
func (e *Explainer) everybody() *Simulation {
	s := e.simulation()
	c := e.counted
	says := s.begins() + grouped(c.Touches) + " messages were handed over, " + people(c.OptedOut) + " took consent back, and " + grouped(sum(c.Refusals)) + " times something was refused."
	s.Says = append(s.Says, says)
	var never []string
	for _, r := range c.Rules {
		if r.Program == e.program.ID && r.Fired == 0 {
			never = append(never, r.Rule)
		}
	}
	if len(never) > 0 {
		s.Says = append(s.Says, "These rules never had a consequence: "+strings.Join(never, ", ")+".")
	}
	return s
}

func sum(all []simulate.Refusal) int64 {
	n := int64(0)
	for _, r := range all {
		n += r.Count
	}
	return n
}
