package app

import (
	"fmt"
	"testing"
	"time"

	"attune/internal/insight"
)

// Whoever watches a map shares one count of it with all others, and it is what a count of everything says as soon as it is asked for again.
func TestViewersShareOneScanThatAgrees(t *testing.T) {
	t.Parallel()
	n := livedWorld(t, 60, 90)
	columns, pr, now := n.facts.Columns, n.live().Programs[0], n.Now()
	var s scans
	at := time.Unix(1_800_000_000, 0)
	look := func(after time.Duration) *insight.Overlay {
		t.Helper()
		at = at.Add(after)
		v, err := s.of(columns, pr, now, at)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	first := look(0)
	for range 50 {
		if look(time.Millisecond) != first {
			t.Fatal("a second viewer has it counted again")
		}
	}
	if look(scanAtLeast/2) != first {
		t.Error("nothing came in, and it is counted again")
	}
	who := columns.People(pr.ID)[0]
	seen := first.Moments[0].Seen
	columns.Add(insight.Part{Who: who, Facts: []insight.Fact{{Who: who, At: now, Known: now, Program: pr.ID, Kind: insight.Seen, Name: pr.Map.Moments[0].ID}}})
	next := look(scanAtMost)
	if next.Moments[0].Seen != seen+1 {
		t.Errorf("%d were seen after one more than %d", next.Moments[0].Seen, seen)
	}
	whole, err := columns.Overlay(pr, insight.Filter{AsOf: now})
	if err != nil || fmt.Sprintf("%+v", *next) != fmt.Sprintf("%+v", *whole) { // a mean of nobody is no number, which equals nothing
		t.Errorf("what is shown live is not what a scan says: %v", err)
	}
	if look(scanAtLeast) == next {
		t.Error("people who wait do not get late while nothing comes in")
	}
}
