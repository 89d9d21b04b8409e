package runner_test

import (
	"testing"

	"attune/internal/mutant"
)

// Each of these mistakes about the place of a publication is found, above all by the property that the pace
// of the sweep changes nothing: it is able to fail, and for these.
func TestMistakesAboutPublishingAreFound(t *testing.T) {
	flags := []string{"-rapid.checks=100", "-rapid.seed=7", "-rapid.nofailfile", "-rapid.shrinktime=1ms"}
	for _, m := range []struct {
		it, property string
		mutant.Mistake
	}{
		{"folding when the sweep arrives, at the sweep's instant", paceProperty, mutant.Mistake{
			File: "runner.go", Right: "	return b.bringUp()",
			Wrong: `	err := b.bringUp()
	for i := range b.inputs {
		if _, is := b.inputs[i].what.(engine.Switch); is {
			b.inputs[i].at = r.newest
		}
	}
	return err`,
		}},
		{"no tick under the former release", paceProperty, mutant.Mistake{
			File: "published.go", Right: "if b.published[i-1].Exact {", Wrong: "if b.published[i-1].Exact && false {",
		}},
		{"straight to the newest release", paceProperty, mutant.Mistake{
			File: "published.go", Right: "for i := at + 1; i < len(b.published); i++ {", Wrong: "for i := max(at+1, len(b.published)-1); i < len(b.published); i++ {",
		}},
		{"timers before events that come before the publication", "TestTimersWaitForEventsBeforeThePublication", mutant.Mistake{
			File: "runner.go", Right: "until = min(now, r.published[next].At)", Wrong: "until = now",
		}},
	} {
		t.Run(m.it, func(t *testing.T) { mutant.Found(t, ".", m.Mistake, m.property, flags...) })
	}
	same := mutant.Mistake{File: "published.go", Right: "if b.published[i-1].Exact {", Wrong: "if b.published[i-1].Exact == true {"}
	if said, failed := mutant.Run(t, ".", same, paceProperty, flags...); failed {
		t.Errorf("without a mistake the property fails:\n%s", said)
	}
}
