package engine

import (
	"cmp"
	"slices"
	"strings"

	"attune/core/decision"
	"attune/core/event"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/program"
)

// tells remembers what the person said of what keeps them from a behavior or moves them, where a program has
// a use for it. Of one thing the newest word stands, however late it came.
func (s *step) tells(e *event.Event) {
	t := person.Telling{Fact: e.Field("fact").Text, Kind: e.Field("kind").Text, Over: e.Field("over").Num != 0, At: e.OccurredAt, Order: e.Order()}
	switch t.Fact {
	case program.BarrierFact, program.MotivationFact, program.SupportFact:
	default:
		return
	}
	if !slices.ContainsFunc(s.rel.Programs, (*program.Program).Drives) {
		return
	}
	if name := e.Field("names").Text; slices.ContainsFunc(s.rel.Programs, func(p *program.Program) bool { return p.Driver(t.Fact, name) != nil }) {
		t.Name, t.Kind = name, "" // each program says of what kind it is
	}
	i, known := slices.BinarySearchFunc(s.p.Tellings, t, func(a, b person.Telling) int {
		return cmp.Or(strings.Compare(a.Fact, b.Fact), strings.Compare(a.Name, b.Name), strings.Compare(a.Kind, b.Kind))
	})
	if known {
		if old := &s.p.Tellings[i]; t.At < old.At || t.At == old.At && !old.Order.Less(t.Order) {
			return
		}
	}
	s.p.Tellings = slices.Clone(s.p.Tellings)
	if !known {
		s.p.Tellings = slices.Insert(s.p.Tellings, i, t)
	}
	s.p.Tellings[i] = t
}

// driven are the tellings of a fact that hold.
func driven(p *person.Person, fact string, at instant.Time) (out []person.Telling) {
	for _, t := range p.Tellings {
		if t.Fact == fact && !t.Over && t.At <= at {
			out = append(out, t)
		}
	}
	return out
}

// word is what a telling goes by in records.
func word(t *person.Telling) string { return cmp.Or(t.Name, t.Kind, "not known") }

// words are what tellings go by.
func words(list []person.Telling) (out []string) {
	for i := range list {
		if w := word(&list[i]); !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// motives are what is known to move the person: motivations, and the support they have.
func motives(p *person.Person, at instant.Time) []string {
	out := words(driven(p, program.MotivationFact, at))
	if len(driven(p, program.SupportFact, at)) > 0 {
		out = append(out, program.SupportFact)
	}
	return out
}

// eased splits the person's barriers into those that a wording answers and those that it does not. Of another
// program's names nothing is said here.
func eased(p *person.Person, pr *program.Program, en *program.Engagement, v *program.Variant, at instant.Time) (answered, unmet []person.Telling) {
	by := en.Eased(v)
	for _, t := range driven(p, program.BarrierFact, at) {
		if t.Name != "" {
			d := pr.Driver(program.BarrierFact, t.Name)
			if d == nil {
				continue
			}
			t.Kind = d.Kind
		}
		if program.Eases(by, t.Name, t.Kind) {
			answered = append(answered, t)
		} else {
			unmet = append(unmet, t)
		}
	}
	return answered, unmet
}

// drivers are the features of a wording that turn on what keeps the person from a behavior and what moves them.
func (s *step) drivers(pr *program.Program, en *program.Engagement, v *program.Variant, at instant.Time) (out []decision.Term) {
	if len(s.p.Tellings) == 0 || !pr.Drives() {
		return nil
	}
	one := func(pairs ...string) {
		f := decision.FeatureOf(decision.Name(pairs...))
		if s.rel.Learning.Space.Index(f) >= 0 && !slices.ContainsFunc(out, func(t decision.Term) bool { return t.Feature == f }) {
			out = append(out, decision.Term{Feature: f, Value: 1})
		}
	}
	answered, unmet := eased(&s.p, pr, en, v, at)
	for i := range answered {
		t := &answered[i]
		one("barrier", "eased")
		one("eases", t.Kind)
		one("eases", pr.ID+"/"+t.Name)
	}
	if len(answered) == 0 && len(unmet) > 0 {
		one("barrier", "unmet")
	}
	with := func(level string) {
		one("moves", level, "strategy", v.Strategy)
		one("moves", level, "frame", v.Frame)
	}
	for _, t := range driven(&s.p, program.MotivationFact, at) {
		if d := pr.Driver(program.MotivationFact, t.Name); d != nil {
			t.Kind = d.Kind
			with(pr.ID + "/" + t.Name)
		}
		with(t.Kind)
	}
	if len(driven(&s.p, program.SupportFact, at)) > 0 {
		with(program.SupportFact)
	}
	return out
}
