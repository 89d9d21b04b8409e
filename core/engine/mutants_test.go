package engine_test

import (
	"testing"

	"attune/internal/mutant"
)

// Each of these mistakes breaks the property that any pattern of ticks gives the same life: it is able to
// fail, and for these.
func TestTheseMistakesAreFound(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the package once for each mistake")
	}
	const property = "TestTicksCarryNoNews"
	flags := []string{"-rapid.checks=60", "-rapid.seed=7", "-rapid.nofailfile", "-rapid.shrinktime=1ms"}
	for _, m := range []struct {
		it string
		mutant.Mistake
	}{
		{"timers at the time of processing", mutant.Mistake{
			File: "step.go", Right: "t := max(s.p.Wake, s.p.Now)", Wrong: "t := at",
		}},
		{"ids of touches from an ordinal within the call", mutant.Mistake{
			File: "decide.go", Right: `id.Derive(s.seed, "touch", uint64(at), id.Hash(pr.ID), id.Hash(en.ID), id.Hash(c.cause.Event), id.Hash(c.cause.Rule))`,
			Wrong: `id.Derive(s.seed, "touch", uint64(len(s.fx)))`,
		}},
		{"ids of passages from an ordinal within the call", mutant.Mistake{
			File: "enter.go", Right: `id.Derive(s.seed, "enrollment", id.Hash(pr.ID), id.Hash(j.ID), uint64(at), id.Hash(cause.Event), id.Hash(key))`,
			Wrong: `id.Derive(s.seed, "enrollment", uint64(len(s.fx)))`,
		}},
	} {
		t.Run(m.it, func(t *testing.T) { mutant.Found(t, ".", m.Mistake, property, flags...) })
	}
	same := mutant.Mistake{File: "step.go", Right: "t := max(s.p.Wake, s.p.Now)", Wrong: "t := max(s.p.Now, s.p.Wake)"}
	if said, failed := mutant.Run(t, ".", same, property, flags...); failed {
		t.Errorf("without a mistake the property fails:\n%s", said)
	}
}
