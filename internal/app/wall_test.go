package app

import (
	"strings"
	"testing"

	"attune/core/instant"
	"attune/core/program"
	"attune/internal/insight"
	"attune/internal/leverage"
	"attune/internal/wall"
)

// wallOf is a program's poster at its fullest: large numbers, waits that are told, and something to say of each phase.
func wallOf(t *testing.T, pr *program.Program, lang string) wall.Model {
	t.Helper()
	now := instant.Time(1_800_000_000_000)
	c := insight.NewColumns()
	c.Add(insight.Part{Facts: []insight.Fact{{At: now, Known: now, Program: pr.ID, Kind: insight.Enrolled}}})
	v, err := c.Overlay(pr, insight.Filter{AsOf: now})
	if err != nil {
		t.Fatal(err)
	}
	wait := insight.Spread{N: 54_320, Events: 40_000, Others: 4000, Open: 10_320, P25: 20, P50: 40.5, P75: 60, P90: 90, Low: 38.2, High: 44.4}
	found := &leverage.Answer{}
	for k := range v.Phases {
		p := &v.Phases[k]
		p.Here, p.Overdue, p.Entered, p.On, p.Out, p.Waiting, p.Skipped, p.Back, p.Wait, p.Stay = 8765, 432, 54_321, 40_000, 4001, 10_320, 1234, 1230, wait, wait
		if k > 0 {
			found.Points = append(found.Points, leverage.Point{
				Name: pr.Map.Phases[k-1].Name + " → " + pr.Map.Phases[k].Name, At: k - 1, Heat: 5, Reasons: make([]leverage.Reason, 1),
				Sentence: pr.Map.Phases[k-1].Name + ": " + strings.Repeat("half still go on later ", 4),
			})
		}
	}
	for k := range v.Moments {
		x := &v.Moments[k]
		x.Seen, x.People, x.Made, x.Late, x.Wait, x.Asked = 65_432, 54_320, 43_210, 3210, wait, insight.Mean{N: 1230}
	}
	for k := range v.HandOffs {
		v.HandOffs[k].Wait = wait
	}
	l := showLived(pr, v, &shownOf{all: true})
	l.Basis = Basis{Release: strings.Repeat("0123456789abcdef", 4), People: new(54_320), Censored: new(10_320), Filter: "everybody", Smallest: 11}
	return modelOf(pr, l, found, now, lang)
}

// The posters of the programs that come along have all their words, on every paper and in every language, with large numbers and long waits: no name is cut, and no
// moment is left out.
func TestPostersOfTheProgramsThatComeAlongAreWhole(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"diabetes", "rheumatoid_referral"} {
		rel, _ := mustLoad(t, "../../programs/"+name)
		pr := rel.Programs[0]
		for _, s := range wall.Sizes() {
			for _, lang := range wall.Languages() {
				for _, w := range wall.Lay(wallOf(t, pr, lang), s).Warnings {
					t.Errorf("%s on %s in %s: %s", pr.ID, s.Name, lang, w)
				}
			}
		}
	}
}
