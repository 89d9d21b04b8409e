package policy_test

import (
	"os"
	"testing"

	"attune/core/instant"
	"attune/core/policy"
)

const (
	cell        = 30 // seconds in which nothing changes: windows and changes of clocks begin at whole minutes
	around      = 36 * 3600
	lookFurther = 5 * 86_400
)

// Against an oracle that knows neither core/instant nor the standard library's clocks: for every zone, in
// the day and a half before and after every change of its clocks from 2020 to 2037 and the ends of leap
// years, contact hours are open and open next just when a clock that is stepped by half a minute says so.
//
// ATTUNE_QUIET_HOURS=all looks at all of them, and at every half minute; without it at a sample.
func TestQuietHoursOfTheWholeWorld(t *testing.T) {
	t.Parallel()
	all := os.Getenv("ATTUNE_QUIET_HOURS") == "all"
	stride := 53
	if all {
		stride = 1
	}
	windows := []policy.Hours{
		hours(8*60, 21*60), hours(2*60+30, 3*60), hours(0, 60), hours(23*60, 24*60), hours(9*60+30, 17*60), hours(60, 2*60+10), hours(0, 24*60),
	}
	zones, err := instant.LoadZones()
	if err != nil {
		t.Fatal(err)
	}
	names, places := readPlaces(t)
	if len(names) != zones.Len() || len(names) < 500 {
		t.Fatalf("%d zones are read here and %d there", len(names), zones.Len())
	}
	var w world
	for _, name := range names {
		z, found := zones.Find(name)
		if !found {
			t.Fatalf("there is no %s", name)
		}
		spans := places[name]
		var centres []int64
		for _, s := range spans {
			if s.from >= year2020 && s.from < year2038 {
				centres = append(centres, s.from)
				w.changes++
			}
		}
		for year := int64(2020); year <= 2036; year += 4 {
			centres = append(centres, daysTo(year+1, 1)*86_400)
		}
		for _, c := range centres {
			if w.spans++; w.spans%stride != 0 {
				continue
			}
			for _, h := range windows {
				if w.look(t, z, spans, c, h, all); w.wrong > 20 {
					t.Fatal("and so on")
				}
			}
			w.looked++
		}
	}
	t.Logf("%d zones, %d changes of clocks and %d ends of leap years; of %d times %d looked at through %d windows: %d checks", len(names), w.changes, w.spans-w.changes, w.spans, w.looked, len(windows), w.checks)
	if all && w.checks < 100_000_000 || w.checks < 100_000 || w.changes < 5000 {
		t.Error("too little was looked at")
	}
}

// world counts what was looked at.
type world struct {
	changes, spans, looked, checks, wrong int
	open                                  []bool
	next                                  []int64
}

// look compares one window around one instant.
func (w *world) look(t *testing.T, z *instant.Zone, spans []clockSpan, centre int64, h policy.Hours, every bool) {
	begin, end := centre-around, centre+around
	w.step(spans, begin, end+lookFurther, int64(h.From/instant.Second), int64(h.To/instant.Second))
	check := func(at instant.Time, k int) {
		w.checks += 2
		want := at
		if !w.open[k] {
			want = instant.Time(w.next[k] * 1000)
		}
		if open, next := h.Open(z, at), h.NextOpen(z, at); open != w.open[k] || next != want {
			w.wrong++
			t.Errorf("%s, from %s to %s, at %s: open %v and next open at %s, and a clock says %v and %s", z.Name, h.From, h.To, at, open, next, w.open[k], want)
		}
	}
	for k := 1; int64(k) <= (end-begin)/cell; k++ {
		start := instant.Time((begin + int64(k)*cell) * 1000)
		if quarter := k % (900 / cell); quarter == 0 || quarter == 900/cell-1 { // the margin begins there
			check(start-1, k-1)
			check(start, k)
		}
		if every {
			w.checks += 2
			if h.Open(z, start-1) != w.open[k-1] || h.Open(z, start) != w.open[k] {
				w.wrong++
				t.Errorf("%s, from %s to %s, about %s: a clock says open %v, then %v", z.Name, h.From, h.To, start, w.open[k-1], w.open[k])
			}
		}
	}
}

// step steps a clock through the cells, writes down where both it and the clock half a minute on show a time
// inside the window, and looks back from the end for where it is open next.
func (w *world) step(spans []clockSpan, begin, end, from, to int64) {
	w.open, w.next = w.open[:0], w.next[:0]
	inside, i := make([]bool, 0, (end-begin)/cell+1), 0
	for at := begin; at <= end; at += cell {
		for i+1 < len(spans) && spans[i+1].from <= at {
			i++
		}
		shows := (at + spans[i].offset) % 86_400
		inside = append(inside, from <= shows && shows < to)
	}
	for k := range len(inside) - 1 {
		w.open = append(w.open, inside[k] && inside[k+1])
		w.next = append(w.next, 0)
	}
	var next int64
	for k := len(w.open) - 1; k >= 0; k-- {
		if w.open[k] {
			next = begin + int64(k)*cell
		}
		w.next[k] = next
	}
}
