package policy_test

import (
	"testing"

	"attune/internal/mutant"
)

// The proof of quiet hours is able to fail, and for these mistakes.
func TestTheseMistakesOfQuietHoursAreFound(t *testing.T) {
	const property = "TestQuietHoursOfTheWholeWorld"
	for _, m := range []struct {
		it string
		mutant.Mistake
	}{
		{"no margin before the end", mutant.Mistake{File: "policy.go", Right: "h.inside(z, t) && h.inside(z, t.Add(margin))", Wrong: "h.inside(z, t)"}},
		{"a longer margin", mutant.Mistake{File: "policy.go", Right: "const margin = 30 * instant.Second", Wrong: "const margin = 31 * instant.Second"}},
		{"the clock of UTC", mutant.Mistake{File: "policy.go", Right: "ofDay, _, _ := z.Local(t)", Wrong: "ofDay, _, _ := (*instant.Zone)(nil).Local(t)"}},
		{"closed at the instant of opening", mutant.Mistake{File: "policy.go", Right: "return ofDay >= h.From", Wrong: "return ofDay > h.From"}},
		{"open at the instant of closing", mutant.Mistake{File: "policy.go", Right: "ofDay < h.To", Wrong: "ofDay <= h.To"}},
		{"days of 24 hours", mutant.Mistake{File: "policy.go", Right: "t = min(t.Add(wait), change)", Wrong: "t = t.Add(wait + 0*change.Sub(t))"}},
		{"clocks that change a moment late", mutant.Mistake{File: "../instant/zone.go", Right: "z.segments[middle].from <= t", Wrong: "z.segments[middle].from < t"}},
	} {
		t.Run(m.it, func(t *testing.T) { mutant.Found(t, ".", m.Mistake, property) })
	}
}
