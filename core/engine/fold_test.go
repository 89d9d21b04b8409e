package engine_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
)

// derivedOf is the part of a person that must be a fold of what was heard.
func derivedOf(p *person.Person) map[string]any {
	return map[string]any{
		"traits": p.Traits, "facts": p.Facts, "rules": p.Rules, "beliefs": p.Beliefs, "memberships": p.Memberships,
		"moments": p.Moments, "groups": p.Groups, "consents": p.Consents, "died": p.Died, "holds": p.Holds, "points": p.Points, "tellings": p.Tellings, "marks": p.Marks,
	}
}

func differing(a, b *person.Person) string {
	x, y := derivedOf(a), derivedOf(b)
	for _, d := range []map[string]any{x, y} {
		// Of two events of one instant either may have been in hand.
		groups := slices.Clone(d["groups"].([]person.Group))
		for i := range groups {
			groups[i].What, groups[i].Event = "", ""
		}
		d["groups"] = groups
	}
	for _, name := range []string{"died", "consents", "holds", "points", "tellings", "traits", "facts", "beliefs", "rules", "memberships", "moments", "groups", "marks"} {
		if !reflect.DeepEqual(x[name], y[name]) {
			return fmt.Sprintf("%s differ\n%+v\n%+v", name, x[name], y[name])
		}
	}
	return ""
}

// What is derived step by step is what folding the history gives: a person to whom the very release
// they live under is given anew is the same person.
func TestWhatIsDerivedIsAFold(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	rapid.Check(t, func(rt *rapid.T) {
		l := newLife(t, rel)
		for n, m := range history(rt, 40) {
			what := m.named(&l.p)
			at := m.at.Add(instant.Duration(n))       // of two events of one instant either may come first
			if heard, ok := what.(engine.Heard); ok { // a fold puts late news where it belongs: in order there is none
				heard.Event.OccurredAt, heard.Event.Historical = at, false
				what = heard
			}
			l.step(at, what)
		}
		at := l.p.Now.Add(instant.Duration(rapid.Int64Range(1, int64(20*instant.Day)).Draw(rt, "later")))
		l.tick(at)
		stranger := l.p
		stranger.Release++ // under another release with the same rules
		folded, _ := engine.Step(rel, stranger, engine.Input{At: at, Seed: anaSeed, What: engine.Switch{To: rel.Short}, History: l.history, Recalled: true})
		folded, err := person.Decode(ana, encode(t, folded)) // as l.p was
		if err != nil {
			rt.Fatal(err)
		}
		if d := differing(&l.p, &folded); d != "" {
			rt.Fatal(d)
		}
	})
}

// After a retraction what is derived is as if the event had never been heard, however late the
// retraction comes and in whatever order the facts were heard.
func TestARetractionLeavesNoTrace(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	rapid.Check(t, func(rt *rapid.T) {
		var facts []event.Event
		for n := range rapid.IntRange(2, 20).Draw(rt, "facts") {
			e := drawn(rt, n, start).(engine.Heard).Event
			e.Source = "drawn"
			e.OccurredAt = start - instant.Time(rapid.Int64Range(0, 40).Draw(rt, "days"))*instant.Time(instant.Day)
			facts = append(facts, e)
		}
		gone := rapid.IntRange(0, len(facts)-1).Draw(rt, "gone")
		back := event.Event{ID: "drawn/back", Source: "drawn", Name: "record.retracted", OccurredAt: start + 100}.With("revokes", expr.TextOf(facts[gone].ID))
		live := func(order []event.Event) *life {
			l := newLife(t, rel)
			for i, e := range order {
				l.step(start+instant.Time(i), engine.Heard{Event: e})
			}
			return l
		}
		a := live(rapid.Permutation(facts).Draw(rt, "order"))
		a.step(start+100, engine.Heard{Event: back})
		b := live(slices.Delete(slices.Clone(facts), gone, gone+1))
		b.step(start+100, engine.Heard{Event: event.Event{ID: "drawn/other", Source: "drawn", Name: "record.retracted", OccurredAt: start + 100}.With("revokes", expr.TextOf("nothing"))})
		at := start.Add(30 * instant.Day)
		a.tick(at)
		b.tick(at)
		// What is counted as it is heard, and why somebody is in an audience, may tell of the way; the rest may not.
		for _, part := range []string{"traits", "consents", "holds", "points", "tellings", "facts", "rules"} {
			if x, y := derivedOf(&a.p)[part], derivedOf(&b.p)[part]; !reflect.DeepEqual(x, y) {
				rt.Fatalf("%s differ\n%+v\n%+v", part, x, y)
			}
		}
		for i := range a.p.Beliefs {
			if !reflect.DeepEqual(a.p.Beliefs[i].Pieces, b.p.Beliefs[i].Pieces) || a.p.Beliefs[i].Mode != b.p.Beliefs[i].Mode {
				rt.Fatalf("beliefs differ\n%+v\n%+v", a.p.Beliefs[i], b.p.Beliefs[i])
			}
		}
	})
}

// counts is a map's ledger as anybody would keep it who sees the effects only.
type counts struct {
	entered, onward, left map[string]int
	here                  map[string]int
	in                    bool
	where                 string
}

// At every step, for every phase: who entered it has moved on, left, or is still there. What is kept by
// listening to effects is where the person is.
func TestWhoEntersAPhaseMovesOnLeavesOrIsThere(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	rapid.Check(t, func(rt *rapid.T) {
		l := newLife(t, rel)
		c := &counts{entered: map[string]int{}, onward: map[string]int{}, left: map[string]int{}, here: map[string]int{}}
		for n, m := range history(rt, 50) {
			what := m.named(&l.p)
			if n%9 == 8 && len(l.history) > 0 { // now and then something is taken back
				gone := l.history[rapid.IntRange(0, len(l.history)-1).Draw(rt, "gone")].Event
				what = engine.Heard{Event: event.Event{ID: fmt.Sprintf("%s-back-%d", gone.ID, n), Source: gone.Source, Name: "record.retracted", OccurredAt: m.at, ReceivedAt: m.at}.With("revokes", expr.TextOf(gone.ID))}
			}
			for _, e := range l.step(m.at, what) {
				c.take(rt, e)
			}
			c.check(rt, &l.p)
		}
	})
}

func (c *counts) take(rt *rapid.T, e effect.Effect) {
	switch x := e.(type) {
	case effect.Join:
		if x.In == c.in {
			rt.Fatalf("joined or left twice: %+v", x)
		}
		if c.in = x.In; x.In {
			c.enter(x.Phase)
		} else {
			c.leave(rt, x.Phase, c.left)
		}
	case effect.Move:
		if x.CountedBefore != c.in {
			rt.Fatalf("counted before as %v and was %v: %+v", x.CountedBefore, c.in, x)
		}
		c.in = x.CountedAfter
		switch {
		case x.CountedBefore && x.CountedAfter:
			c.leave(rt, x.From, c.onward)
			c.enter(x.To)
		case x.CountedBefore:
			c.leave(rt, x.From, c.left)
		case x.CountedAfter:
			c.enter(x.To)
		}
	}
}

func (c *counts) enter(phase string) {
	c.entered[phase]++
	c.here[phase]++
	c.where = phase
}

func (c *counts) leave(rt *rapid.T, phase string, how map[string]int) {
	if c.where != phase {
		rt.Fatalf("left %q and was in %q", phase, c.where)
	}
	how[phase]++
	c.here[phase]--
}

func (c *counts) check(rt *rapid.T, p *person.Person) {
	m := p.Membership("care")
	if active := m != nil && m.Active(); active != c.in {
		rt.Fatalf("the effects say in the program: %v, the state: %v", c.in, active)
	}
	if c.in && m.Phase != c.where {
		rt.Fatalf("the effects say %q, the state %q", c.where, m.Phase)
	}
	for phase, entered := range c.entered {
		if entered != c.onward[phase]+c.left[phase]+c.here[phase] || c.here[phase] < 0 || c.here[phase] > 1 {
			rt.Fatalf("%q: %d entered, %d moved on, %d left, %d here", phase, entered, c.onward[phase], c.left[phase], c.here[phase])
		}
	}
}

// A step that asks for the history changes nothing, and given it, needs no more.
func TestHistoryIsAskedForOnce(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	l := newLife(t, rel)
	l.hear(start, "clinical.condition_recorded")
	what := engine.Heard{Event: event.Event{ID: "x/1", Source: "x", Name: "record.retracted", OccurredAt: start + 1}.With("revokes", expr.TextOf("y"))}
	is, fx := engine.Step(rel, l.p, engine.Input{At: start + 1, Seed: anaSeed, What: what})
	if !reflect.DeepEqual(is, l.p) || !reflect.DeepEqual(fx, []effect.Effect{effect.NeedHistory{}}) {
		t.Fatalf("it was %v", fx)
	}
	_, fx = engine.Step(rel, l.p, engine.Input{At: start + 1, Seed: id.Seed(anaSeed), What: what, Recalled: true})
	if slices.Contains(fx, effect.Effect(effect.NeedHistory{})) {
		t.Fatal("it asks again")
	}
}
