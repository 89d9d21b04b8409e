package disclose_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"attune/internal/disclose"
)

// What equations tell by themselves no hiding can keep.
func TestWhatEquationsAloneTellIsAMistake(t *testing.T) {
	t.Parallel()
	table := disclose.Table{
		Cells: []disclose.Cell{{Name: "all", N: 40}, {Name: "both", N: 4}, {Name: "either", N: 36}, {Name: "left", N: 2}, {Name: "right", N: 2}},
		Equations: []disclose.Equation{
			disclose.Sum("both", "left", "right"), disclose.Sum("left", "right"), disclose.Sum("all", "both", "either"),
		},
	}
	if _, err := (disclose.Rule{}).Protect(table); err == nil || !strings.Contains(err.Error(), `cell "both"`) {
		t.Errorf("what is even by its equations passes for protected: %v", err)
	}
}

// overlaps is groups that overlap in any way, with the sizes of some that two of them make together: no table with
// margins, and whole numbers have gaps in it.
func overlaps(r *rand.Rand, least int) disclose.Table {
	var t disclose.Table
	parts := 3 + r.IntN(3)
	for i := range parts {
		t.Cells = append(t.Cells, disclose.Cell{Name: fmt.Sprint("part ", i), N: count(r, least)})
	}
	for i := range 2 + r.IntN(4) {
		var of []string
		n := 0
		for _, k := range r.Perm(parts)[:2+r.IntN(parts-1)] {
			of, n = append(of, t.Cells[k].Name), n+t.Cells[k].N
		}
		c := disclose.Cell{Name: fmt.Sprint("group ", i), N: n, Keep: r.IntN(2) * 5000}
		t.Cells, t.Equations = append(t.Cells, c), append(t.Equations, disclose.Sum(c.Name, of...))
	}
	return t
}

func TestAReaderOfOverlappingGroupsLearnsNothing(t *testing.T) {
	t.Parallel()
	tables, shown, asked, gaveUp, weak := uint64(1500), 0, 0, 0, 0
	if testing.Short() {
		tables = 300
	}
	for seed := range tables {
		tab := overlaps(rand.New(rand.NewPCG(seed, 7)), least)
		s, err := disclose.Rule{Least: least}.Protect(tab)
		if err != nil {
			if !strings.Contains(err.Error(), "equations alone") {
				t.Fatal(err)
			}
			continue
		}
		shown += len(tab.Cells) - len(s.Hidden())
		r := readerOf(tab, least, 0, s.Number)
		if what := r.learns(tab, least, s.Number); what != "" {
			t.Errorf("table %d: %s", seed, what)
		}
		small := func(name string) (int, bool) { // hiding small ones alone is found out
			i := slices.IndexFunc(tab.Cells, func(c disclose.Cell) bool { return c.Name == name })
			return tab.Cells[i].N, tab.Cells[i].N >= least
		}
		if readerOf(tab, least, 0, small).learns(tab, least, small) != "" {
			weak++
		}
		asked, gaveUp = asked+r.asked, gaveUp+r.gaveUp
	}
	if gaveUp*100 > asked || shown < int(tables) || weak < int(tables)/4 {
		t.Errorf("%d cells shown, %d weak ones found out, %d of %d questions given up: that is no attack", shown, weak, gaveUp, asked)
	}
	t.Logf("%d cells shown, %d questions, %d given up; where small ones alone are hidden, %d tables are found out", shown, asked, gaveUp, weak)
}
