package engine_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"attune/core/channel"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/stage"
)

// rightsWord draws a word on a limit or a correction.
func rightsWord(rt *rapid.T, n int, at instant.Time) event.Event {
	name := rapid.SampledFrom([]string{
		"profiling.objected", "profiling.objected", "profiling.allowed", "marketing.objected", "marketing.allowed", "processing.restricted", "processing.resumed", "processing.resumed", "fact.corrected", "fact.disputed", "fact.settled",
	}).Draw(rt, "word")
	e := event.Event{ID: fmt.Sprintf("attune/right-%d", n), Source: event.Own, Name: name, OccurredAt: at}
	switch name {
	case "processing.resumed":
		if rapid.Bool().Draw(rt, "told") {
			e = e.With("told", expr.MomentOf(at))
		}
	case "fact.corrected":
		e = e.With("fact", expr.TextOf("first_name")).With("value", expr.TextOf(rapid.SampledFrom([]string{"Ana", "Anna"}).Draw(rt, "value"))).With("refused", expr.ListOf("Hana"))
	case "fact.disputed", "fact.settled":
		e = e.With("fact", expr.TextOf(rapid.SampledFrom([]string{"first_name", "diagnosis"}).Draw(rt, "fact")))
	}
	return e
}

// Whatever is said of limits, what is derived is what folding the history gives. While somebody objects to profiling nothing is
// inferred of them and nothing left to chance; while nothing may be used nothing is said but what is for safety.
func TestLimitsAreTheSameInAnyOrder(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	unprofiled, restricted, fixed := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		l := newLife(t, rel)
		var words []event.Event
		look := func(fx []effect.Effect) {
			if l.p.Limited(person.Profiling) {
				unprofiled++
				if len(l.p.Groups) > 0 || len(l.p.Habits) > 0 || slices.ContainsFunc(l.p.Beliefs, func(b person.Belief) bool { return b.Mode != stage.None }) {
					rt.Fatalf("something is inferred of who objects: %+v %+v %+v", l.p.Groups, l.p.Beliefs, l.p.Habits)
				}
			}
			for _, x := range fx {
				d, is := x.(effect.Decide)
				if !is || d.At != l.p.Now {
					continue
				}
				for _, c := range d.Candidates {
					pr := rel.Program(c.Program)
					if c.Touch.IsZero() || pr == nil {
						continue
					}
					if l.p.Limited(person.Profiling) {
						if fixed++; len(d.Rounds) > 0 || c.Propensity != 1 {
							rt.Fatalf("%s was left to chance for who objects", c.Engagement)
						}
					}
					if l.p.Limited(person.Processing) {
						if l.p.Touches[slices.IndexFunc(l.p.Touches, func(t person.Touch) bool { return t.ID == c.Touch })].Class != channel.Safety {
							rt.Fatalf("%s is said, and nothing may be used", c.Engagement)
						}
					}
				}
			}
			if !l.p.Limited(person.Processing) {
				return
			}
			restricted++
			for i := range l.p.Enrollments {
				if l.p.Enrollments[i].Left == 0 {
					rt.Fatal("a journey goes on while nothing may be used")
				}
			}
		}
		for n, m := range history(rt, 30) {
			at := m.at.Add(instant.Duration(2 * n))
			what := m.named(&l.p)
			if heard, ok := what.(engine.Heard); ok {
				heard.Event.OccurredAt, heard.Event.Historical = at, false
				what = heard
			}
			look(l.step(at, what))
			if n > 1 && rapid.IntRange(0, 2).Draw(rt, "says") == 0 {
				w := rightsWord(rt, n, at+1)
				words = append(words, w)
				look(l.step(at+1, engine.Heard{Event: w}))
			}
		}
		at := l.p.Now.Add(instant.Duration(rapid.Int64Range(1, int64(20*instant.Day)).Draw(rt, "later")))
		l.tick(at)
		stranger := l.p
		stranger.Release++
		folded, _ := engine.Step(rel, stranger, engine.Input{At: at, Seed: anaSeed, What: engine.Switch{To: rel.Short}, History: l.history, Recalled: true})
		folded, err := person.Decode(ana, encode(t, folded))
		if err != nil {
			rt.Fatal(err)
		}
		if d := differing(&l.p, &folded); d != "" {
			rt.Fatal(d)
		}
		if !reflect.DeepEqual(l.p.Limits, folded.Limits) || !reflect.DeepEqual(l.p.Corrections, folded.Corrections) {
			rt.Fatalf("limits or corrections differ\n%+v %+v\n%+v %+v", l.p.Limits, l.p.Corrections, folded.Limits, folded.Corrections)
		}
		again := newLife(t, rel)
		for _, w := range rapid.Permutation(words).Draw(rt, "order") {
			again.step(at, engine.Heard{Event: w})
		}
		if !reflect.DeepEqual(again.p.Limits, l.p.Limits) {
			rt.Fatalf("in another order they are %+v and not %+v", again.p.Limits, l.p.Limits)
		}
	})
	if unprofiled == 0 || restricted == 0 || fixed == 0 && !testing.Short() { // twenty lives may say nothing to who objects
		t.Errorf("too little was drawn: %d, %d, %d", unprofiled, restricted, fixed)
	}
}

// Of two records that become one every limit of either stands.
func TestEveryLimitOutlivesAMerge(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	stood := 0
	rapid.Check(t, func(rt *rapid.T) {
		f := newFamily(rt, rel, 2)
		moves, of := f.moves(16)
		for n, m := range moves {
			f.hear(of[n], m)
		}
		at := moves[len(moves)-1].at + 1
		for n := range rapid.IntRange(1, 6).Draw(rt, "words") {
			f.hear(rapid.IntRange(0, 1).Draw(rt, "whose"), move{at: at, what: engine.Heard{Event: rightsWord(rt, n, at)}})
			at += instant.Time(rapid.IntRange(0, 1).Draw(rt, "apart"))
		}
		f.step(0, at, engine.Tick{})
		f.step(1, at, engine.Tick{})
		var on []string
		for _, s := range f.all {
			for _, name := range []string{person.Profiling, person.Marketing, person.Processing} {
				if s.p.Limited(name) {
					on = append(on, name)
				}
			}
		}
		f.merge(at, 0, 1)
		for _, name := range on {
			if stood++; !f.all[1].p.Limited(name) {
				rt.Fatalf("%s is not limited any more", name)
			}
		}
	})
	if stood == 0 {
		t.Error("too little was drawn")
	}
}
