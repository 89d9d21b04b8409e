package learn

import (
	"slices"
	"strings"
	"testing"

	"attune/core/decision"
	"attune/core/id"
	"attune/core/release"
)

// refills are rows of the reminder's two variants, drawn evenly, of which the first does better by gap.
func refills(t *testing.T, rel *release.Release, rows int, gap float64) (*decision.Model, *decision.Posterior) {
	t.Helper()
	n := -1
	pr := rel.Programs[0]
	for k := range pr.Engagements {
		if pr.Engagements[k].ID == "refill_reminder" {
			n = k
		}
	}
	tags := rel.Learning.Of(0, n)
	space := rel.Learning.Space
	e := decision.NewEvidence(space)
	for k := range rows {
		draw := func(what string) float64 { return id.Draw(id.Seed{3}, what, uint64(k)) }
		arms := make([]decision.Arm, 2)
		for v := range arms {
			terms := append([]decision.Term{{Feature: decision.FeatureOf("engage"), Value: 1}}, tags.Terms...)
			arms[v] = decision.Arm{Terms: append(terms, tags.Variants[v]...), Probability: .4}
		}
		drawn, p := -1, .3
		switch u := draw("which"); {
		case u < .4:
			drawn, p = 0, .33+gap
		case u < .8:
			drawn, p = 1, .33
		}
		reward := [2]float64{}
		if draw("reward") < p {
			reward[0] = 1
		}
		e.Add(space, []decision.Term{{Feature: decision.FeatureOf("base"), Value: 1}}, arms, drawn, reward, 1)
	}
	h := decision.Standard()
	m, err := decision.Fit(space, e, h, id.Seed{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := e.Posterior(space, decision.Effect, h)
	if err != nil {
		t.Fatal(err)
	}
	return m, p
}

func TestAVariantIsRetiredWithEvidenceOnly(t *testing.T) {
	t.Parallel()
	rel := live(t)
	for _, c := range []struct {
		says  string
		rows  int
		gap   float64
		leave bool
	}{
		{"one that does much worse leaves", 20_000, .1, true},
		{"one that does as well stays", 20_000, 0, false},
		{"one that seems worse in a few rows stays", 100, .1, false},
	} {
		m, p := refills(t, rel, c.rows, c.gap)
		gone := Retire(rel, p, m)
		if len(gone) > 0 != c.leave {
			t.Errorf("%s: %+v", c.says, gone)
		}
		for _, r := range gone {
			if !strings.HasSuffix(r.Variant, "/plain") || !strings.HasSuffix(r.Better, "/warm") || r.Gap < .04 || r.Seen < 100 {
				t.Errorf("%s: %+v", c.says, r)
			}
		}
	}
}

// The report names what is not said any more, and what does better.
func TestTheReportNamesWhatIsRetired(t *testing.T) {
	t.Parallel()
	rel := live(t)
	w := world(3, 3, 2)
	r, err := Study(t.Context(), Studied{Config: Config{Source: w, People: w.people(), Release: rel, Now: day(140)}, Retired: []Retirement{{Variant: "p/refill/plain", Better: "p/refill/warm", Gap: .08, SD: .02}}})
	if err != nil {
		t.Fatal(err)
	}
	want := "p/refill/plain is not said any more: p/refill/warm does better by 8.0 points, give or take 3.9."
	if !slices.Contains(r.Says, want) || len(r.Retired) != 1 {
		t.Errorf("it says %q", r.Says)
	}
}
