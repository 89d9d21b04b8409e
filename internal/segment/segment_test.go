package segment_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"attune/core/instant"
	"attune/internal/programdir"
	"attune/internal/segment"
)

// events that people of these worlds have; all are in the catalogue.
var events = []struct {
	event, says string
	days        int
	mean        float64
}{
	{"portal.visited", "opened the portal", 28, 4},
	{"appointment.noshow", "missed an appointment", 90, .7},
	{"appointment.booked", "booked an appointment", 90, 1.2},
	{"medication.dispensed", "fetched medicine", 90, 2},
	{"portal.visited", "opened the portal", 7, 1},
	{"appointment.cancelled", "cancelled an appointment", 90, .4},
}

// world is people whose counts have nothing to do with each other, and of whom each moves on with the chance that
// `chance` gives, within 90 days, leaves or waits; some are not followed to the end.
func world(seed uint64, people, features int, chance func(count []float32, treated bool) float64, lot bool) segment.Input {
	r := rand.New(rand.NewPCG(seed, 17))
	in := segment.Input{Horizon: 90, Seed: seed, Resamples: -1}
	for f := range features {
		e := events[f%len(events)]
		in.Features = append(in.Features, segment.Feature{
			Says: e.says, Event: e.event, Days: e.days, Counts: make([]float32, people),
		})
	}
	count := make([]float32, features)
	for i := range people {
		for f := range in.Features {
			busy := events[f%len(events)].mean * r.ExpFloat64() // some do a lot, many little
			n, p := 0, math.Exp(-busy)
			for u := r.Float64(); u > p && n < 60; n++ {
				u -= p
				p *= busy / float64(n+1)
			}
			count[f] = float32(n)
			in.Features[f].Counts[i] = count[f]
		}
		treated := false
		if lot {
			treated = r.Float64() < .4
			in.Treated, in.Propensity = append(in.Treated, treated), append(in.Propensity, .4)
		}
		became, days := segment.Waiting, 120.
		switch u, p := r.Float64(), chance(count, treated); {
		case u < p:
			became, days = segment.MovedOn, math.Ceil(90*r.Float64())
		case u < p+.1:
			became, days = segment.Left, math.Ceil(90*r.Float64())
		}
		if until := math.Ceil(300 * r.Float64()); until < days {
			became, days = segment.Waiting, until
		}
		in.Days, in.Became = append(in.Days, days), append(in.Became, became)
	}
	return in
}

func find(t testing.TB, in segment.Input) segment.Found {
	t.Helper()
	found, err := segment.Find(in)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func none([]float32, bool) float64 { return .5 }

// planted: who opened the portal less than once a week, and missed an appointment, moves on less.
func planted(c []float32, _ bool) float64 {
	if c[0] < 4 && c[1] >= 1 {
		return .3
	}
	return .6
}

func TestWhatWasPlantedIsFoundInWords(t *testing.T) {
	t.Parallel()
	in := world(1, 4000, 6, planted, false)
	in.Resamples = 30
	found := find(t, in)
	if len(found.Groups) == 0 {
		t.Fatal(found.None)
	}
	g := found.Groups[0]
	want := `count("portal.visited", "28d") < 4 && count("appointment.noshow", "90d") >= 1`
	other := `count("appointment.noshow", "90d") >= 1 && count("portal.visited", "28d") < 4`
	if g.When() != want && g.When() != other {
		t.Errorf("found %s", g.When())
	}
	if !strings.Contains(g.String(), "opened the portal less than once a week in the 28 days before") ||
		!strings.Contains(g.String(), "missed an appointment at least once in the 90 days before") {
		t.Errorf("said: %s", g.String())
	}
	if g.Here.Low > .3 || g.Here.High < .3 || g.Elsewhere.Low > .6 || g.Elsewhere.High < .6 {
		t.Errorf("the truth is 30 %% against 60 %%: %s", g.String())
	}
	if g.Stability < .7 || g.People != len(g.Members) {
		t.Errorf("stability %v, %d people", g.Stability, g.People)
	}
	if again := find(t, in); !reflect.DeepEqual(found, again) {
		t.Error("the same people and seed gave other groups")
	}
	t.Log(g.String(), g.Stability)
}

func TestNothingIsFoundWhereNothingIs(t *testing.T) {
	t.Parallel()
	runs := 200
	if testing.Short() {
		runs = 60
	}
	// One world in which something is, whose outcomes are dealt out anew each time.
	in := world(2, 800, 12, planted, false)
	r := rand.New(rand.NewPCG(2, 2))
	wrong := 0
	for range runs {
		r.Shuffle(len(in.Days), func(i, j int) {
			in.Days[i], in.Days[j] = in.Days[j], in.Days[i]
			in.Became[i], in.Became[j] = in.Became[j], in.Became[i]
		})
		in.Seed++
		if len(find(t, in).Groups) > 0 {
			wrong++
		}
	}
	if wrong*20 > runs {
		t.Errorf("something was found in %d of %d worlds without anything", wrong, runs)
	}
	t.Logf("something was found in %d of %d", wrong, runs)
}

// How often a difference is found, by how many people there are and how large it is.
func TestPlantedDifferencesAreFound(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		people int
		low    float64
		atMost float64 // how much of it may be missed
	}{{800, .3, 1}, {2000, .3, .2}, {2000, .45, 1}, {8000, .45, .2}} {
		const runs = 20
		hit := 0
		for seed := range uint64(runs) {
			in := world(seed, x.people, 6, func(c []float32, _ bool) float64 {
				if c[0] < 2 {
					return x.low
				}
				return .6
			}, false)
			for _, g := range find(t, in).Groups {
				if strings.HasPrefix(g.When(), `count("portal.visited", "28d") <`) {
					hit++
					break
				}
			}
		}
		if float64(hit) < runs*(1-x.atMost) {
			t.Errorf("%d people, %.0f %% against 60 %%: found in %d of %d worlds", x.people, 100*x.low, hit, runs)
		}
		t.Logf("%d people, %.0f %% against 60 %%: found in %d of %d worlds", x.people, 100*x.low, hit, runs)
	}
}

func TestWhomATreatmentChangesIsFoundWhereItWasDrawnByLot(t *testing.T) {
	t.Parallel()
	in := world(4, 6000, 6, func(c []float32, treated bool) float64 {
		switch {
		case c[0] < 2: // move on rarely, and the treatment helps
			if treated {
				return .6
			}
			return .25
		case c[1] >= 1: // move on more rarely too, but nothing helps
			return .4
		}
		return .55
	}, true)
	found := find(t, in)
	if len(found.Groups) == 0 {
		t.Fatal(found.None)
	}
	g := found.Groups[0]
	if g.When() != `count("portal.visited", "28d") < 2` {
		t.Errorf("found %s", g.String())
	}
	if g.Here.Low > .35 || g.Here.High < .35 {
		t.Errorf("the truth is 35 points: %s", g.String())
	}
	if !strings.Contains(g.String(), "changed") {
		t.Errorf("said: %s", g.String())
	}
	null := world(5, 2000, 6, planted, true)
	if groups := find(t, null).Groups; len(groups) > 0 {
		t.Errorf("nothing helps anybody, and yet: %s", groups[0].String())
	}
	t.Log(g.String())
}

// Intervals hold the truth as often as they say, though people are not followed to the end.
func TestIntervalsHoldTheTruth(t *testing.T) {
	t.Parallel()
	held, told := 0, 0
	for seed := range uint64(40) {
		for _, g := range find(t, world(100+seed, 2000, 4, func(c []float32, _ bool) float64 {
			if c[0] < 2 {
				return .3
			}
			return .6
		}, false)).Groups {
			truth := .6
			if g.When() == `count("portal.visited", "28d") < 2` {
				truth = .3
			} else if g.When() != `count("portal.visited", "28d") >= 2` {
				continue // a group of both kinds has no truth of its own
			}
			told++
			if g.Here.Low <= truth && truth <= g.Here.High {
				held++
			}
		}
	}
	if told < 20 || float64(held) < .88*float64(told) {
		t.Errorf("%d of %d intervals hold the truth", held, told)
	}
	t.Logf("%d of %d intervals hold the truth", held, told)
}

func TestAGroupIsAnAudienceThatCompiles(t *testing.T) {
	t.Parallel()
	found := find(t, world(1, 4000, 6, planted, false))
	if len(found.Groups) < 2 {
		t.Fatalf("%d groups: %s", len(found.Groups), found.None)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../programs/diabetes")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "audiences.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i, g := range found.Groups {
		text = append(text, g.Audience(fmt.Sprintf("found_%d", i))...)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	zones, err := instant.LoadZones()
	if err != nil {
		t.Fatal(err)
	}
	rel, problems, err := programdir.Load(zones, dir)
	if err != nil || len(problems) > 0 {
		t.Fatalf("%v %v\n%s", err, problems, text)
	}
	if rel == nil {
		t.Fatal("no release")
	}
	if _, problems, _ := programdir.Load(zones, broken(t, dir)); len(problems) == 0 {
		t.Error("the compiler takes anything")
	}
}

// broken is the same program with an event in an audience that nobody declared.
func broken(t *testing.T, dir string) string {
	t.Helper()
	file := filepath.Join(dir, "audiences.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, "  wrong: 'count(\"portal.dreamt\", \"28d\") < 4'\n"...)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestMistakesAreNamed(t *testing.T) {
	t.Parallel()
	for want, spoil := range map[string]func(*segment.Input){
		"among 200 people or more: there are 199": func(in *segment.Input) { in.Days = in.Days[:199] },
		"the horizon is 0 days":                   func(in *segment.Input) { in.Horizon = 0 },
		"person 3":                                func(in *segment.Input) { in.Days[3] = -1 },
		"a count is a whole number":               func(in *segment.Input) { in.Features[0].Counts[2] = .5 },
		"give both for everybody, or none":        func(in *segment.Input) { in.Treated = make([]bool, 5) },
		"it has to be 22 or more":                 func(in *segment.Input) { in.Least = 10 },
	} {
		in := world(3, 200, 2, none, false)
		spoil(&in)
		if _, err := segment.Find(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	in := world(9, 100_000, 30, planted, false)
	in.Resamples = 50
	for b.Loop() {
		if _, err := segment.Find(in); err != nil {
			b.Fatal(err)
		}
	}
}
