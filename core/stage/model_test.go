package stage_test

import (
	"math"
	"slices"
	"testing"

	"attune/core/instant"
	"attune/core/stage"
)

func TestStages(t *testing.T) {
	t.Parallel()
	var ids []string
	for i, s := range stage.All() {
		if int(s) != i+1 {
			t.Errorf("%s is number %d", s, s)
		}
		if back, found := stage.Parse(s.String()); !found || back != s {
			t.Errorf("%s is read as %s", s, back)
		}
		ids = append(ids, s.String())
	}
	if want := []string{"precontemplation", "contemplation", "preparation", "action", "maintenance", "relapse"}; !slices.Equal(ids, want) {
		t.Error(ids)
	}
	for _, id := range []string{"", "unknown", "Action", "none"} {
		if s, found := stage.Parse(id); found {
			t.Errorf("%q is %s", id, s)
		}
	}
	if stage.None.String() != "unknown" || stage.Stage(7).String() != "unknown" {
		t.Error("what is no stage has a name")
	}
	d := stage.DefaultPrior()
	if d.Of(stage.None) != 0 || d.Of(7) != 0 || d.Of(stage.Relapse) != .05 || d.Likeliest() != stage.Precontemplation {
		t.Errorf("%v", d)
	}
	if got := stage.Says(3, stage.Action, stage.Relapse, stage.None, 7); got != (stage.Likelihood{1, 1, 1, 3, 1, 3}) {
		t.Error(got)
	}
	if got := stage.Says(3, stage.Action, stage.Relapse).Most(); !slices.Equal(got, []stage.Stage{stage.Action, stage.Relapse}) {
		t.Error(got)
	}
	if got := (stage.Likelihood{.1, 1, 1, 2, 1, .1}).Least(); !slices.Equal(got, []stage.Stage{stage.Precontemplation, stage.Relapse}) {
		t.Error(got)
	}
}

// Everything wrong is told at once, with its place.
func TestProblems(t *testing.T) {
	t.Parallel()
	ok := stage.Evidence{Label: "ok", Names: 5}
	five := stage.Says(5, stage.Action)
	for _, c := range []struct {
		name     string
		settings stage.Settings
		want     []string
	}{
		{"nothing", stage.Settings{}, []string{"evidence: there is no evidence (name at least one event that tells something about the stage)"}},
		{"prior", stage.Settings{Prior: stage.Distribution{.5, .5, .1, 0, -.1, math.NaN()}, Evidence: []stage.Evidence{ok}}, []string{
			"prior: the share of action is 0 (give every stage a share between .001 and 1: what has none could never be believed)",
			"prior: the share of maintenance is -0.1 (give every stage a share between .001 and 1: what has none could never be believed)",
			"prior: the share of relapse is NaN (give every stage a share between .001 and 1: what has none could never be believed)",
			"prior: the shares of the stages add up to NaN (make them add up to 1)",
		}},
		{"sum", stage.Settings{Prior: stage.Distribution{.2, .2, .2, .2, .2, .2}, Evidence: []stage.Evidence{ok}}, []string{"prior: the shares of the stages add up to 1.2 (make them add up to 1)"}},
		{"settings", stage.Settings{HalfLife: instant.Hour, Margin: .6, Keep: -1, Evidence: []stage.Evidence{ok}}, []string{
			"half_life: the half-life is 1h (write a duration from 1d to 36500d, such as 60d)",
			"margin: the margin is 0.6 (write a probability from .01 to .5, such as .05)",
			"keep: -1 pieces of evidence are kept of each kind (keep at least 1)",
		}},
		{"too many", stage.Settings{Evidence: slices.Repeat([]stage.Evidence{ok}, 9)}, []string{"keep: 72 pieces of evidence would be kept for each person, and 64 are the most (keep fewer of each kind, or of the weak ones)"}},
		{"evidence", stage.Settings{Evidence: []stage.Evidence{ok, {Keep: -1}, {Label: "two", Names: 2, Says: five}}}, []string{
			"evidence[1].label: the evidence has no label (say in a few words what it is, for the people who read why)",
			"evidence[1].keep: -1 pieces are kept (keep at least 1)",
			"evidence[1]: the evidence says what it means in 0 ways (write one of: a likelihood, bands for a score, or a weight for the stage it names)",
			"evidence[2]: the evidence says what it means in 2 ways (write one of: a likelihood, bands for a score, or a weight for the stage it names)",
		}},
		{"weights", stage.Settings{Evidence: []stage.Evidence{
			{Label: "a", Says: stage.Likelihood{1, 1, 1, 1, 1, 0}}, {Label: "b", Says: stage.Likelihood{1, 1, 1, 1, .01, 100}}, {Label: "c", Names: 1}, {Label: "d", Names: math.Inf(1)},
		}}, []string{
			"evidence[0].says: the weight of relapse is 0 (write a number from .001 to 1000; 1 says nothing)",
			"evidence[1].says: the weights lie a factor of 1e+04 apart (stay within a factor of 1000: any answer can be wrong)",
			"evidence[2].names: the weights of all stages are the same (give the stages that it speaks for a larger weight than the others)",
			"evidence[3].names: the weight of action is +Inf (write a number from .001 to 1000; 1 says nothing)",
		}},
		{"bands", stage.Settings{Evidence: []stage.Evidence{
			{Label: "a", From: 0, To: 10, Bands: []stage.Band{{Below: 4, Says: five}, {Below: 4, Says: five}, {Below: 12, Says: five}, {Below: 13, Says: five}}},
			{Label: "b", Bands: []stage.Band{{Says: stage.Likelihood{}}}},
		}}, []string{
			"evidence[0].bands[1].below: the band is empty: it starts at 4 and ends below 4 (let the ends of bands ascend inside the range of scores)",
			"evidence[0].bands[2].below: the band is empty: it starts at 4 and ends below 12 (let the ends of bands ascend inside the range of scores)",
			"evidence[0].bands[3].below: the last band ends below 13 (leave it out: the last band takes all higher scores)",
			"evidence[1].range: scores range from 0 to 0 (write the lowest and the highest score there is)",
			"evidence[1].bands[0].says: the weight of precontemplation is 0 (write a number from .001 to 1000; 1 says nothing)",
		}},
	} {
		m, problems := stage.New(c.settings)
		var got []string
		for _, p := range problems {
			got = append(got, p.String())
		}
		if c.name == "bands" && len(got) > len(c.want) { // one for each stage
			got = got[:len(c.want)]
		}
		if m != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%q\nnot\n%q", c.name, got, c.want)
		}
	}
}
