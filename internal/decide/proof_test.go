package decide

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"

	"attune/core/decision"
	"attune/internal/chart"
	"attune/internal/population"
)

var update = flag.Bool("update", false, "write docs/proof/decide.md anew")

// trial is one run of one policy in one world.
type trial struct {
	world  population.Config
	policy string
	result *population.Result
	// match is the multiplier after each day, shown how many effects were claimed at the end.
	match []float64
	shown int
	// honest is, for none and each action, by how many standard deviations the number of draws is off the sum of
	// the chances.
	honest []float64
	// covered counts intervals that hold what is true, of those in which it could be asked.
	covered, asked int
	// slope is that of what is true on what was expected, by decile, in the last five days.
	slope float64
}

// setting is a policy with its prior.
func setting(policy string, seed uint64) Config {
	cfg := Defaults()
	cfg.Policy, cfg.Seed = policy, seed
	if policy == "learned, flat prior" {
		cfg.Policy, cfg.Matrix = Learned, Flat()
	}
	return cfg
}

func try(t testing.TB, world population.Config, policy string) trial {
	t.Helper()
	out := trial{world: world, policy: policy}
	var mu sync.Mutex
	believed := map[int][]float64{}
	today := 0
	var count draws
	var expected, truth []float64
	world.Watch = func(m population.Moment) {
		mu.Lock()
		defer mu.Unlock()
		if u := believed[m.Patient]; u != nil && m.Day >= world.Days-5 {
			expected, truth = append(expected, u...), append(truth, m.Effects...)
		}
	}
	r, e := live(t, world, setting(policy, world.Seed), func(e *Engine) {
		mu.Lock()
		defer mu.Unlock()
		count.add(e)
		today++
		clear(believed)
		out.match = append(out.match, e.Multiplier())
		if today == world.Days-5 {
			e.weighed = func(patient string, weights []decision.Weight) {
				mu.Lock()
				defer mu.Unlock()
				n, _ := strconv.Atoi(patient)
				u := make([]float64, len(weights))
				for i, w := range weights {
					u[i] = w.Effect
				}
				believed[n] = u
			}
		}
	})
	out.result = r
	out.slope, out.honest = slope(expected, truth), count.off()
	findings, err := e.Findings()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if f.Shown {
			out.shown++
		}
	}
	believe, err := e.Believed()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range believe {
		is := r.Effects[f.Action][f.Stage]
		out.asked++
		if f.Low <= is && is <= f.High {
			out.covered++
		}
	}
	return out
}

// draws counts how often each action was drawn, and none first, beside the chances that it was drawn with.
type draws struct{ drawn, chance, spread []float64 }

func (d *draws) add(e *Engine) {
	n := len(e.actions)
	if d.drawn == nil {
		d.drawn, d.chance, d.spread = make([]float64, n+1), make([]float64, n+1), make([]float64, n+1)
	}
	for i, r := range e.rows {
		if !r.open {
			continue
		}
		d.drawn[r.drawn+1]++
		none := 1.0
		for a, p := range e.chances[i*n : (i+1)*n] {
			none -= p
			d.chance[a+1] += p
			d.spread[a+1] += p * (1 - p)
		}
		d.chance[0] += none
		d.spread[0] += none * (1 - none)
	}
}

func (d *draws) off() (out []float64) {
	for a, n := range d.drawn {
		if d.spread[a] > 1e-6 {
			out = append(out, (n-d.chance[a])/math.Sqrt(d.spread[a]))
		}
	}
	return out
}

// slope sorts by what was expected into ten parts, and draws a line through their means.
func slope(expected, truth []float64) float64 {
	order := make([]int, len(expected))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return expected[order[a]] < expected[order[b]] })
	var x, y [10]float64
	for part := range x {
		from, to := part*len(order)/10, (part+1)*len(order)/10
		for _, i := range order[from:to] {
			x[part] += expected[i] / float64(to-from)
			y[part] += truth[i] / float64(to-from)
		}
	}
	mx, my, xy, xx := mean(x[:]), mean(y[:]), 0.0, 0.0
	for i := range x {
		xy += (x[i] - mx) * (y[i] - my)
		xx += (x[i] - mx) * (x[i] - mx)
	}
	return xy / xx
}

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

func spread(v []float64) float64 {
	m, sum := mean(v), 0.0
	for _, x := range v {
		sum += (x - m) * (x - m)
	}
	return math.Sqrt(sum / math.Max(1, float64(len(v)-1)))
}

const (
	proofPatients, proofDays = 2000, 90
	zeroRuns                 = 60
)

func proofPolicies() []string {
	return []string{Learned, "learned, flat prior", Matched, Uniform, "prompt:sms"}
}

// proofWorld is one section of the report.
type proofWorld struct {
	file, title, theory string
	change              int
}

func proofWorlds() []proofWorld {
	return []proofWorld{
		{"true", "Stage theory holds", population.True, 0},
		{"irrelevant", "Stages do not matter", population.Irrelevant, 0},
		{"misleading", "Stage theory misleads", population.Misleading, 0},
		{"none", "Nothing has any effect", population.Zero, 0},
		{"change", "Stage theory holds, until on day 45 all changes", population.True, 45},
	}
}

// trials runs all of a list side by side and keeps their order.
func trials(t *testing.T, list []trial) []trial {
	var w sync.WaitGroup
	places := make(chan bool, runtime.GOMAXPROCS(0))
	for i := range list {
		w.Add(1)
		places <- true
		go func() {
			defer func() { <-places; w.Done() }()
			list[i] = try(t, list[i].world, list[i].policy)
		}()
	}
	w.Wait()
	return list
}

// The report in docs/proof is what these runs give. It takes many minutes, so that only ATTUNE_WORLDS asks for
// it: the number of seeds.
func TestTheReportIsTrue(t *testing.T) {
	seeds, err := strconv.Atoi(os.Getenv("ATTUNE_WORLDS"))
	if err != nil {
		t.Skip("set ATTUNE_WORLDS=4 to live in all worlds with four seeds")
	}
	files := map[string][]byte{}
	var page bytes.Buffer
	fmt.Fprintf(&page, reportHead, proofPatients, proofDays, seeds)
	var honest []float64
	coverage, asked, refused, runs := 0, 0, 0, 0
	slopes := map[string][]float64{}
	estimates := newCover()
	multipliers := chart.Plot{Title: "How much of the matrix holds, by the engine's own finding"}
	for _, w := range proofWorlds() {
		var list []trial
		for _, p := range proofPolicies() {
			for s := range seeds {
				list = append(list, trial{world: population.Config{Theory: w.theory, Patients: proofPatients, Days: proofDays, Seed: uint64(s + 1), Change: w.change}, policy: p})
			}
		}
		list = trials(t, list)
		p := chart.Plot{Title: w.title + ": missed so far, in behaviours per patient"}
		fmt.Fprintf(&page, "\n## %s\n\n![missed so far by day](decide-%s.svg)\n\n%s", w.title, w.file, tableHead)
		for i, policy := range proofPolicies() {
			of := list[i*seeds : (i+1)*seeds]
			page.WriteString(rowOf(policy, of))
			p.Bands = append(p.Bands, lineOf(policy, of, func(t trial) []float64 { return per(t.result.Regrets, proofPatients) }))
			for _, tr := range of {
				runs++
				refused += tr.result.OverCap + tr.result.AfterOptOut
				if policy != Learned && policy != "learned, flat prior" {
					continue
				}
				honest = append(honest, tr.honest...)
				estimates.add(tr.result)
				if w.change == 0 {
					coverage, asked = coverage+tr.covered, asked+tr.asked
					slopes[w.title] = append(slopes[w.title], tr.slope)
				}
			}
		}
		multipliers.Bands = append(multipliers.Bands, lineOf(w.title, list[:seeds], func(t trial) []float64 { return t.match }))
		files["decide-"+w.file+".svg"] = p.SVG()
		fmt.Fprintf(&page, "\n%s", against(list[:seeds], list[seeds:2*seeds]))
	}
	files["decide-match.svg"] = multipliers.SVG()
	claims := zeroClaims(t)
	fmt.Fprintf(&page, "\n## Is theory unlearned where it does not hold?\n\n![multiplier by day](decide-match.svg)\n\n%s", reportMatch)
	fmt.Fprintf(&page, "\n## Can it be trusted?\n\n")
	fmt.Fprintf(&page, "- **Caps and opt-outs.** In %d runs the worlds refused **%d** decisions.\n", runs, refused)
	fmt.Fprintf(&page, "- **Honest chances.** For each run that learns, none and each action were drawn as often as the sum of their stated chances says. %d such counts are off by %.2f standard deviations (root mean square; 1 is what honest chances give), the largest by %.1f.\n", len(honest), math.Sqrt(mean(squares(honest))), slices.Max(absolute(honest)))
	fmt.Fprintf(&page, "- **Claims where there is nothing.** In %d of %d worlds without any effect (500 patients, 60 days, seeds 1 to %d) the report claims an effect; by its intervals it may in 5 %%.\n", claims, zeroRuns, zeroRuns)
	fmt.Fprintf(&page, "- **Intervals of what is believed.** Of the engine's 95 %% intervals for each action, overall and in each stage, %.1f %% hold the true average effect of that action among those decisions (%d intervals).\n", 100*float64(coverage)/float64(asked), asked)
	page.WriteString(estimates.text())
	for _, w := range proofWorlds() {
		if s := slopes[w.title]; len(s) > 0 && w.theory != population.Zero {
			fmt.Fprintf(&page, "- **Calibration, %s.** Slope of the true effect on the expected one by decile, all actions of the last five days: %.2f (from %.2f to %.2f).\n", strings.ToLower(w.title[:1])+w.title[1:], mean(s), slices.Min(s), slices.Max(s))
		}
	}
	cover, own, anew := covered(t, proofRuns)
	fmt.Fprintf(&page, reportCoverage, proofRuns, shortPatients, shortDays, cover.table(), own.anewTable(anew))
	for _, wrong := range cover.outside(0) {
		t.Error(wrong)
	}
	page.WriteString(reportEnd)
	files["decide.md"] = page.Bytes()
	for name, text := range files {
		path := filepath.Join("..", "..", "docs", "proof", name)
		if *update {
			if err := os.WriteFile(path, text, 0o644); err != nil {
				t.Error(err)
			}
			continue
		}
		if was, err := os.ReadFile(path); err != nil || !bytes.Equal(was, text) {
			t.Errorf("docs/proof/%s says something else: run make worlds, and look at the difference", name)
		}
	}
}

func zeroClaims(t *testing.T) int {
	var list []trial
	for s := range zeroRuns {
		list = append(list, trial{world: population.Config{Theory: population.Zero, Patients: 500, Days: 60, Seed: uint64(s + 1)}, policy: Learned})
	}
	n := 0
	for _, tr := range trials(t, list) {
		if tr.shown > 0 {
			n++
		}
	}
	return n
}

func squares(v []float64) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = x * x
	}
	return out
}

func absolute(v []float64) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = math.Abs(x)
	}
	return out
}

func per(v []float64, n float64) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = x / n
	}
	return out
}

// cover counts in how many runs the interval of an estimate by propensities holds the truth.
type cover struct{ nothing, runs, actions, holds int }

func newCover() *cover { return &cover{} }

func (c *cover) add(r *population.Result) {
	for name, e := range r.Estimates {
		in := math.Abs(e.Value-e.True) <= 1.96*e.SE
		if name == None {
			c.runs++
			if in {
				c.nothing++
			}
			continue
		}
		c.actions++
		if in {
			c.holds++
		}
	}
}

func (c *cover) text() string {
	return fmt.Sprintf("- **Estimates from the log alone.** The reward of always saying nothing, estimated by 1/propensity (IPS), has an interval of 95 %% that holds the truth in %.1f %% of %d runs, and that of always saying one thing in %.1f %% of %d.\n",
		100*float64(c.nothing)/float64(c.runs), c.runs, 100*float64(c.holds)/float64(c.actions), c.actions)
}
