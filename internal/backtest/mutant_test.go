package backtest

import (
	"testing"

	"attune/internal/mutant"
)

// Each of these mistakes is found, most by the property that playing what was live gives what happened: it is
// able to fail, and for these.
func TestMistakesAboutPlayingAreFound(t *testing.T) {
	const same, adds = "TestPlayingWhatWasLiveGivesWhatHappened", "TestEverythingAddsUp"
	flags := []string{"-rapid.checks=100", "-rapid.seed=7", "-rapid.nofailfile", "-rapid.shrinktime=1ms"}
	for _, m := range []struct {
		it, test string
		mutant.Mistake
	}{
		{"asking the gate before the window begins", adds, mutant.Mistake{File: "life.go", Right: "due = max(due, l.p.Now, from)", Wrong: "due = max(due, l.p.Now)"}},
		{"living up to the end and over it", "TestTheWindowIsHalfOpen", mutant.Mistake{File: "life.go", Right: "	_, err := take(to-1, engine.Tick{})", Wrong: "	_, err := take(to, engine.Tick{})"}},
		{"forgetting what was under way", same, mutant.Mistake{File: "person.go", Right: "	t.was = t.real.fork()\n", Wrong: "	t.was = t.real.fork()\n	t.was.p.Touches, t.was.p.Enrollments = nil, nil\n"}},
		{"forgetting who was moved late", "TestWhoMissedAPublicationIsMovedFirst", mutant.Mistake{File: "life.go", Right: "j.Published[k].At < until", Wrong: "j.Published[k].At < 0"}},
		{"hearing receipts of what was never sent", "TestWhatCameOfTheWindowIsLeftOut", mutant.Mistake{File: "input.go", Right: "d.names[c.Touch.String()] = true", Wrong: "_ = c"}},
		{"hearing answers to what was never asked", "TestWhatCameOfTheWindowIsLeftOut", mutant.Mistake{File: "input.go", Right: "d.names[x.ID.String()] = true", Wrong: "_ = x"}},
		{"no word on attempts that were out", "TestAnAttemptThatWasOutIsSettledAsItWas", mutant.Mistake{File: "input.go", Right: "t.Attempt() == w.Attempt", Wrong: "t.Attempt() != w.Attempt"}},
		{"counting as the window's what was decided before", adds, mutant.Mistake{File: "tally.go", Right: "if x.At >= t.from {\n			t.decided(&x)", Wrong: "if x.At > 0 {\n			t.decided(&x)"}},
		{"losing what one of the workers counted", adds, mutant.Mistake{File: "tally.go", Right: "	t.balance.add(o.balance)\n", Wrong: ""}},
		{"drawing what the version has no more", "TestSayingNothing", mutant.Mistake{File: "weigh.go", Right: "		if !there {\n			continue\n		}\n", Wrong: "		_ = there\n"}},
		{"forgetting what a wording is made of", "TestWhatAVersionWouldHaveEarned", mutant.Mistake{File: "weigh.go", Right: "now := tags(was, variant), tags(is, to)", Wrong: "now := tags(was, variant), tags(was, variant)"}},
		{"taking costs as they were", "TestWhatAVersionWouldHaveEarned", mutant.Mistake{File: "weigh.go", Right: "		o.Cost = l.Cost(seen.Channel) + l.Fatigue*valueOf(seen.Terms, \"dose\")\n", Wrong: "		_ = valueOf\n"}},
		{"counting what is not over", "TestWhatTellsNothing", mutant.Mistake{File: "worth.go", Right: "if over > t.until() {", Wrong: "if over > t.until() && over == 0 {"}},
		{"looking away where the window ends", "TestWhatComesAfterTheWindowCounts", mutant.Mistake{File: "person.go", Right: "			t.life.Take(*rec)\n		}\n		return nil", Wrong: "		}\n		return nil"}},
	} {
		t.Run(m.it, func(t *testing.T) { mutant.Found(t, ".", m.Mistake, m.test, flags...) })
	}
}
