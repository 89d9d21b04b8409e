package app

import (
	"os"
	"testing"

	"attune/internal/mutant"
)

// A simulation is worth what it catches: each mistake has to be found within the first worlds.
func TestMistakesInHouseholdsAreFound(t *testing.T) {
	if os.Getenv(mutant.All) == "" {
		t.Skip("each takes as long as a dozen worlds: make torture, or " + mutant.All + "=1, tries them")
	}
	t.Setenv("ATTUNE_SEED", "")
	t.Setenv("ATTUNE_SEEDS", "12")
	for _, m := range []struct {
		it string
		mutant.Mistake
	}{
		{"hands an unknown outcome over again", mutant.Mistake{
			File: "../delivery/attempt.go", Right: "	return engine.Unknown, 0", Wrong: "	return engine.NotTaken, 0",
		}},
		{"does not believe a carrier that can tell", mutant.Mistake{
			File: "../delivery/attempt.go", Right: "		if found {", Wrong: "		if found && false {",
		}},
		{"forgets what a team got today", mutant.Mistake{
			File: "../delivery/pool.go", Right: "p.perDay-p.handed-p.asked-d.placed(p)", Wrong: "p.perDay-p.asked-d.placed(p)",
		}},
		{"writes to whom a hold leaves alone", mutant.Mistake{
			File: "../../core/engine/may.go", Right: "return policy.Held, h.ID", Wrong: `return "", ""`,
		}},
		{"does not count what nobody knows the outcome of", mutant.Mistake{
			File: "../../core/engine/may.go", Right: "case person.InFlight, person.Uncertain:\n			n.Live = true", Wrong: "case person.InFlight:\n			n.Live = true\n		case person.Uncertain:\n			continue",
		}},
		{"lets what waits go out after the patient took it back", mutant.Mistake{
			File: "../../core/engine/share.go", Right: "			s.recall(effect.Recall{To: x.With, Purpose: x.Purpose, Ends: true, Why: why}, at)", Wrong: "			_ = why",
		}},
		{"loses what was said to others when it dies", mutant.Mistake{
			File: "proposals.go", Right: "n.History.Frames(ctx, from, ", Wrong: "n.History.Frames(ctx, last.Frame, ",
		}},
		{"unsubscribes from the leading text only", mutant.Mistake{
			File: "../returns/desk.go", Right: "for _, x := range beside {", Wrong: "for _, x := range beside[:0] {",
		}},
		{"hears no stop by text", mutant.Mistake{
			File: "../returns/receive.go", Right: "	case Stop: // before anything else can go wrong", Wrong: "	case 99:",
		}},
		{"takes a dead number for a live one", mutant.Mistake{
			File: "../returns/desk.go", Right: "if why, deadly := deadly(&r); deadly {", Wrong: "if why, deadly := deadly(&r); deadly && false {",
		}},
	} {
		t.Run(m.it, func(t *testing.T) {
			mutant.Found(t, ".", m.Mistake, "TestFaultsInHouseholdsBreakNoPromise", "-failfast", "-timeout=20m")
		})
	}
}
