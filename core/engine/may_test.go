package engine_test

import (
	"testing"

	"pgregory.net/rapid"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/instant"
	"attune/core/policy"
)

// Whoever asks whether a message may go is told what then happens: the same verdict, the same reason and
// the same instant.
func TestMaySaysWhatHappens(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	pr := rel.Programs[0]
	nudge := pr.Engagement("nudge")
	agreed := map[policy.Reason]int{}
	rapid.Check(t, func(rt *rapid.T) {
		l := newLife(t, rel)
		moves := history(rt, 40)
		for _, m := range moves {
			l.step(m.at, m.named(&l.p))
		}
		at := max(l.p.Now, moves[len(moves)-1].at).Add(instant.Duration(rapid.Int64Range(1, int64(instant.Day)).Draw(rt, "later")))
		l.tick(at)
		was := l.p.Membership(pr.ID)
		asked := engine.May(rel, l.p, anaSeed, at, pr, nudge, "email")
		active := was != nil && was.Active()
		for _, e := range l.step(at, engine.Heard{Event: event.Event{ID: "drawn/last", Name: "medication.prescribed", OccurredAt: at}}) {
			decided, is := e.(effect.Decide)
			if !is || !active {
				continue
			}
			for k, c := range decided.Candidates {
				if c.Engagement != "nudge" || k > 0 { // others before it take room
					continue
				}
				var first policy.Reason
				for _, a := range asked.Answers {
					if a.Reason != "" {
						first = a.Reason
						break
					}
				}
				late := first == "" && asked.At >= at.Add(nudge.Expires)
				if c.Reason == policy.NothingNow && first == "" { // it might have been said, and nothing was drawn
					agreed[c.Reason]++
					continue
				}
				if first != c.Reason && !late {
					rt.Fatalf("it was said that nudge is refused because of %q, and it was because of %q", first, c.Reason)
				}
				agreed[c.Reason]++
				if c.Touch.IsZero() {
					continue
				}
				if touch := l.p.Touches[len(l.p.Touches)-1]; touch.ID != c.Touch || touch.Due != asked.At && touch.Why != string(policy.Moved) {
					rt.Fatalf("it was said to go at %s, and it is due at %s", asked.At, touch.Due)
				}
			}
		}
	})
	if !testing.Short() && (agreed[""] == 0 || len(agreed) < 4) {
		t.Errorf("too little was compared: %v", agreed)
	}
}

func TestMayChangesNothing(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	pr := rel.Programs[0]
	rapid.Check(t, func(rt *rapid.T) {
		l := newLife(t, rel)
		moves := history(rt, 20)
		for _, m := range moves {
			l.step(m.at, m.named(&l.p))
		}
		before := string(l.bytes())
		for k := range pr.Engagements {
			engine.May(rel, l.p, anaSeed, l.p.Now.Add(3*instant.Day), pr, &pr.Engagements[k], "email")
		}
		if string(l.bytes()) != before {
			rt.Fatal("asking changed the person")
		}
	})
}
