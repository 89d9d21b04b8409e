package disclose_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"attune/internal/disclose"
)

func TestASmallNumberIsHiddenAndCannotBeSubtracted(t *testing.T) {
	t.Parallel()
	s, err := disclose.Rule{}.Protect(disclose.Table{
		Cells:     []disclose.Cell{{Name: "entered", N: 340}, {Name: "went on", N: 250}, {Name: "left", N: 3}, {Name: "wait", N: 87}},
		Equations: []disclose.Equation{disclose.Sum("entered", "went on", "left", "wait")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Hidden(); !slices.Equal(got, []string{"left", "wait"}) {
		t.Errorf("hidden: %v", got)
	}
	if n, shown := s.Number("went on"); n != 250 || !shown {
		t.Errorf("went on: %d %v", n, shown)
	}
	if n, shown := s.Rounded("entered", 5); n != 340 || !shown {
		t.Errorf("entered: %d %v", n, shown)
	}
	if share, shown := s.Rate("went on", "entered"); !shown || share != 250.0/340 {
		t.Errorf("rate: %v %v", share, shown)
	}
	if _, shown := s.Rate("left", "entered"); shown {
		t.Error("the rate of a hidden number is shown")
	}
}

func TestAShareOfNearlyAllIsHidden(t *testing.T) {
	t.Parallel()
	s, err := disclose.Rule{}.Protect(disclose.Table{Cells: []disclose.Cell{{Name: "seen", N: 96}, {Name: "all", N: 100}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, shown := s.Rate("seen", "all"); shown {
		t.Error("96 of 100 tells of four")
	}
}

func TestAZeroTellsOfAllOthersAndIsHidden(t *testing.T) {
	t.Parallel()
	tab := disclose.Table{Cells: []disclose.Cell{{Name: "a"}, {Name: "b", Impossible: true}, {Name: "c", N: 11}, {Name: "d", N: 10}}}
	s, err := disclose.Rule{}.Protect(tab)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Hidden(); !slices.Equal(got, []string{"a", "d"}) {
		t.Errorf("hidden: %v", got)
	}
}

func TestMistakesAreNamed(t *testing.T) {
	t.Parallel()
	cells := []disclose.Cell{{Name: "a", N: 20}, {Name: "b", N: 19}}
	for want, x := range map[string]struct {
		least int
		table disclose.Table
	}{
		"has to be 5 or more":   {4, disclose.Table{}},
		`"a" is there twice`:    {0, disclose.Table{Cells: append(cells[:1:1], cells[0])}},
		"its sides differ by 1": {0, disclose.Table{Cells: cells, Equations: []disclose.Equation{disclose.Sum("a", "b")}}},
		`there is no such cell`: {0, disclose.Table{Cells: cells, Equations: []disclose.Equation{disclose.Sum("a", "z")}}},
		"a count is 0 or more":  {0, disclose.Table{Cells: []disclose.Cell{{Name: "a", N: -1}}}},
		"only a shown 0 is":     {0, disclose.Table{Cells: []disclose.Cell{{Name: "a", N: 3, Impossible: true}}}},
	} {
		if _, err := (disclose.Rule{Least: x.least}).Protect(x.table); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestQuantilesAreOfEnoughPeople(t *testing.T) {
	t.Parallel()
	days := make([]float64, 11)
	for i := range days {
		days[i] = float64(i)
	}
	for _, x := range []struct {
		of    []float64
		share float64
		want  float64
		shown bool
	}{{days, .5, 5, true}, {days, .9, 9, true}, {days[:10], .5, 0, false}} {
		got, shown, err := disclose.Rule{}.Quantile(x.of, x.share)
		if err != nil || got != x.want || shown != x.shown {
			t.Errorf("%v of %d: %v %v %v", x.share, len(x.of), got, shown, err)
		}
	}
	if _, _, err := (disclose.Rule{}).Quantile(days, 1); err == nil {
		t.Error("the longest wait is shown")
	}
}

func TestProtectingAgainHidesTheSame(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		tab := table(seed, least)
		once := protected(t, tab)
		again := protected(t, once.Again(tab.Equations))
		if !slices.Equal(once.Hidden(), again.Hidden()) {
			t.Fatalf("table %d: %v, again %v", seed, once.Hidden(), again.Hidden())
		}
		r := rand.New(rand.NewPCG(seed, 1))
		r.Shuffle(len(tab.Cells), func(i, j int) { tab.Cells[i], tab.Cells[j] = tab.Cells[j], tab.Cells[i] })
		r.Shuffle(len(tab.Equations), func(i, j int) {
			tab.Equations[i], tab.Equations[j] = tab.Equations[j], tab.Equations[i]
		})
		if other := protected(t, tab); !slices.Equal(once.Hidden(), other.Hidden()) {
			t.Fatalf("table %d: in another order %v is hidden instead of %v", seed, other.Hidden(), once.Hidden())
		}
	}
}

func TestTheGuardKnowsNearlyTheSamePeople(t *testing.T) {
	t.Parallel()
	span := func(from, to uint32) disclose.Cohort {
		var c []uint32
		for i := from; i < to; i++ {
			c = append(c, i)
		}
		return disclose.CohortOf(c)
	}
	var g disclose.Guard
	for _, x := range []struct {
		what string
		of   disclose.Cohort
		want disclose.Answer
	}{
		{"everybody", span(0, 100), disclose.May},
		{"the same again", span(0, 100), disclose.May},
		{"too few", span(0, 10), disclose.TooSmall},
		{"all but five", span(5, 100), disclose.TooNear},
		{"the first half", span(0, 50), disclose.May},
		{"the second half and four of the first", span(46, 100), disclose.Solvable},
		{"the second half", span(50, 100), disclose.May},
	} {
		got, err := g.Ask(disclose.Rule{}, x.of)
		if err != nil || got != x.want {
			t.Errorf("%s: %v %v, want %v", x.what, got, err, x.want)
		}
	}
	text, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	var back disclose.Guard
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(g, back) {
		t.Errorf("%s came back as %v: %v", text, back, err)
	}
	if err := json.Unmarshal([]byte(`{"shown":[[5,3]]}`), &back); err == nil {
		t.Error("a run that ends before it begins was read")
	}
}

func FuzzProtect(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) {
		tab := table(seed, least)
		s := protected(t, tab)
		if what := readerOf(tab, least, 0, s.Number).learns(tab, least, s.Number); what != "" {
			t.Error(what)
		}
	})
}

// A real map: eight phases by twelve segments, four numbers each, with totals and with who went on as who entered.
func BenchmarkProtect(b *testing.B) {
	tab := outcomes(rand.New(rand.NewPCG(3, 3)), 11, 8, 12)
	hidden := 0
	for b.Loop() {
		s, err := disclose.Rule{}.Protect(tab)
		if err != nil {
			b.Fatal(err)
		}
		hidden = len(s.Hidden())
	}
	small := 0
	for _, c := range tab.Cells {
		if c.N < 11 {
			small++
		}
	}
	b.ReportMetric(float64(len(tab.Cells)), "cells")
	b.ReportMetric(float64(small), "small")
	b.ReportMetric(float64(hidden), "hidden")
}
