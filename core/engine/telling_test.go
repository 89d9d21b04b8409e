package engine_test

import (
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"attune/core/decision"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/core/stage"
)

// What is told to be enough to move somebody on is: heard as events of the program, it does. What is told of
// the person's barriers is what decisions go by.
func TestWhatWouldMoveSomebodyOnDoes(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	told, easing := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		l := newLife(t, rel)
		for _, m := range history(rt, 40) {
			l.step(m.at, m.named(&l.p))
		}
		if oneIn(2).Draw(rt, "says what keeps them") {
			l.step(l.p.Now, keptBy(rt, l.p.Now))
		}
		all := engine.OnwardOf(rel, &l.p, l.p.Now)
		if !reflect.DeepEqual(all, engine.OnwardOf(rel, &l.p, l.p.Now)) {
			rt.Fatal("asked twice, it tells something else")
		}
		for _, o := range all {
			for _, f := range o.Fitting {
				easing += len(f.Eases)
			}
			for k := range o.Enough {
				told++
				e := &o.Enough[k]
				on := rel.Behaviors[0].Evidence[e.Evidence]
				other := newLife(t, rel)
				other.p, other.written, other.history = l.p, l.written, l.history
				for n, piece := range e.Pieces(l.p.Now, e.Times) {
					heard := event.Event{ID: fmt.Sprintf("enough/%d", n), Name: on.On, OccurredAt: piece.At}
					if on.Score != "" {
						heard = heard.With(on.Score, expr.NumberOf(e.Score))
					}
					other.step(piece.At, engine.Heard{Event: heard})
				}
				if is := other.p.Beliefs[0].Mode; is != e.Then || !stage.Later(o.Stage, is) {
					rt.Fatalf("%+v is told to be enough from %s, and %s is shown", *e, o.Stage, is)
				}
			}
		}
	})
	if !testing.Short() && (told == 0 || easing == 0) {
		t.Errorf("too little was told: %d times what is enough, %d times what eases", told, easing)
	}
}

// keptBy is somebody's word on what keeps them from it.
func keptBy(rt *rapid.T, at instant.Time) engine.Heard {
	e := event.Event{ID: "drawn/keeps", Name: "story.told", OccurredAt: at}
	e = e.With("fact", expr.TextOf("barrier")).With("names", expr.TextOf(rapid.SampledFrom([]string{"no_way_there", "forgets"}).Draw(rt, "what")))
	return engine.Heard{Event: e}
}

// An option has the features of what keeps the person from it exactly where the record says that it eases
// something, and no word of the person stands in the record.
func TestWhatEasesIsOnRecord(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	easedTerm, unmetTerm := decision.FeatureOf("barrier=eased"), decision.FeatureOf("barrier=unmet")
	has := func(o *effect.Weighed, f decision.Feature) bool {
		for _, term := range o.Terms {
			if term.Feature == f {
				return true
			}
		}
		return false
	}
	eases, unmet := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		var first []engine.What
		if oneIn(2).Draw(rt, "says what keeps them") {
			first = append(first, keptBy(rt, start))
		}
		all, _ := decisions(t, rt, rel, first...)
		for _, d := range all {
			for n := range d.Rounds {
				r := &d.Rounds[n]
				for k := range r.Options {
					o := &r.Options[k]
					if len(o.Terms) == 0 {
						continue
					}
					if has(o, easedTerm) != (len(o.Eases) > 0) {
						rt.Fatalf("option %s eases %v, and its features say otherwise", o.Variant, o.Eases)
					}
					if has(o, unmetTerm) != (len(r.Barriers) > 0 && len(o.Eases) == 0) {
						rt.Fatalf("with the barriers %v option %s eases %v, and its features say otherwise", r.Barriers, o.Variant, o.Eases)
					}
					if has(o, easedTerm) {
						eases++
					}
					if has(o, unmetTerm) {
						unmet++
					}
				}
			}
		}
	})
	if !testing.Short() && (eases == 0 || unmet == 0) {
		t.Errorf("too little was drawn: %d options ease something, %d nothing", eases, unmet)
	}
}

// Of one thing the newest word stands, in whatever order words are heard.
func TestTheNewestWordOnABarrierStands(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	rapid.Check(t, func(rt *rapid.T) {
		var words []event.Event
		for n := range rapid.IntRange(1, 8).Draw(rt, "words") {
			e := event.Event{ID: fmt.Sprintf("told/%d", n), Name: "story.told", OccurredAt: start - instant.Time(rapid.IntRange(0, 3).Draw(rt, "days"))*instant.Time(instant.Day)}
			e = e.With("fact", expr.TextOf("barrier")).With("names", expr.TextOf(rapid.SampledFrom([]string{"no_way_there", "forgets", "else"}).Draw(rt, "names"))).With("over", expr.FlagOf(rapid.Bool().Draw(rt, "over")))
			words = append(words, e)
		}
		live := func(order []event.Event) *life {
			l := newLife(t, rel)
			for i, e := range order {
				l.step(start+instant.Time(i), engine.Heard{Event: e})
			}
			return l
		}
		a, b := live(words), live(rapid.Permutation(words).Draw(rt, "order"))
		if !reflect.DeepEqual(a.p.Tellings, b.p.Tellings) {
			rt.Fatalf("heard in another order, other words stand:\n%+v\n%+v", a.p.Tellings, b.p.Tellings)
		}
		if len(a.p.Tellings) > 3 {
			rt.Fatalf("%d words are remembered of three things", len(a.p.Tellings))
		}
	})
}

// A journey may write down a barrier by the program's name for it.
func TestAJourneyNamesABarrier(t *testing.T) {
	t.Parallel()
	rel := baseWith(t, `-- behaviors.yaml --
behaviors:
  visits: {evidence: [{on: appointment.completed, says: action, weight: 2, label: Came}]}
barriers:
  no_way_there: {says: No way to get there, kind: physical_opportunity}
-- journeys/asked.yaml --
journey: asked
enter: {on: task.done}
steps:
  - update: {story: {barrier: entry.outcome, goal: no_way_there}}
  - exit: noted
`)
	for outcome, want := range map[string]string{"no_way_there": "no_way_there", "another": ""} {
		l := newLife(t, rel)
		for i, e := range []event.Event{{Name: "clinical.condition_recorded"}, event.Event{Name: "task.done"}.With("outcome", expr.TextOf(outcome))} {
			e.ID, e.OccurredAt = fmt.Sprintf("test/%d", i), start+instant.Time(i)
			l.step(e.OccurredAt, engine.Heard{Event: e})
		}
		if len(l.p.Tellings) != 1 || l.p.Tellings[0].Fact != "barrier" || l.p.Tellings[0].Name != want {
			t.Errorf("a journey that wrote down %s is remembered as %+v", outcome, l.p.Tellings)
		}
	}
}
