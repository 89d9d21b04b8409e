package expr_test

import (
	"testing"

	"attune/internal/mutant"
)

// property is what every mutant has to fail.
const property = "TestAnswersEqualTheFullHistoryUntilTheirHorizon"

// Each of these mistakes, made on purpose, breaks the property that answers equal the full history: it
// is able to fail, and for these. A mistake is a change of one place of the package's source, compiled
// in without touching the file.
func TestTheseMistakesAreFound(t *testing.T) {
	flags := []string{"-rapid.checks=400", "-rapid.seed=7", "-rapid.nofailfile", "-rapid.shrinktime=1ms"}
	for _, m := range []struct{ it, file, right, wrong string }{
		{"the far edge of the window off by one", "count.go", "if leaves <= now {", "if leaves < now {"},
		{"the far edge of a sum's window off by one", "series.go", "if leaves <= now {", "if leaves < now {"},
		{"two-valued logic: what never happened is false", "since.go", "return Unknown, instant.Never", "return False, instant.Never"},
		{"two-valued logic: the opposite of missing is true", "filter.go", "	return Unknown\n}\n\n// test lowers", "	return True\n}\n\n// test lowers"},
		{"the newest K read from the oldest end", "count.go", "times[len(times)-n].Add(w)", "times[n-1].Add(w)"},
		{"a tie decided by arrival", "plan.go", "at == than && thanOrder.Less(o)", "at == than"},
		{"a retraction from the newest K", "retract_test.go", "	is := p.New(len(f.Signals), len(f.Choices))", `	if times := f.Counters; len(times) > 0 {
		for i := range times {
			for k, at := range times[i].Times {
				if at == history[gone].at {
					times[i].Times = append(times[i].Times[:k:k], times[i].Times[k+1:]...)
					break
				}
			}
		}
		return
	}
	is := p.New(len(f.Signals), len(f.Choices))`},
		{"a horizon that comes too late", "rule.go", "return max(x, y), min(until, horizon)", "return max(x, y), max(until, horizon)"},
		{"a trait that came last instead of the newest", "trait.go", "fields.Has(name) && (!t.Set || isNewer(occurred, o, t.At, t.Newest))", "fields.Has(name)"},
		{"birthdays by the world's clock", "wallclock.go", "zone := clock(f)", "zone := clock(&Facts{Zone: nil})\n\t\tzone = nil"},
		{"parts of the day that forget a change of clocks", "wallclock.go", "t = min(t.Add(length-ofDay%length), change)", "t = min(t.Add(length-ofDay%length), max(change, instant.Never))"},
		{"a key's wait ended by what came before it", "keyed.go", "if was >= 0 && is.compare(k.Newest[was]) <= 0 {", "if was >= 0 && is.Waits && is.compare(k.Newest[was]) <= 0 {"},
	} {
		t.Run(m.it, func(t *testing.T) {
			mutant.Found(t, ".", mutant.Mistake{File: m.file, Right: m.right, Wrong: m.wrong}, property, flags...)
		})
	}
	if said, failed := mutant.Run(t, ".", mutant.Mistake{File: "count.go", Right: "if leaves <= now {", Wrong: "if !(leaves > now) {"}, property, flags...); failed {
		t.Errorf("without a mistake the property fails:\n%s", said)
	}
}
