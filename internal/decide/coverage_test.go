package decide

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"attune/internal/estimate"
	"attune/internal/population"
)

// A short run has this many patients and days. Its policy changes every night by what it learned, as it does
// in earnest, so that no two days of a log were drawn alike.
const (
	shortPatients, shortDays = 800, 14
	proofRuns                = 1000
)

// logged is the log of a run as estimates want it, beside what the world alone knows: with which chance the
// behaviour comes about by each action in each row.
type logged struct {
	estimate.Log
	chances estimate.Table // those with which each action was drawn, none first
	truth   estimate.Table
	matched estimate.Table
	// usual is how often these people would do it by themselves on the first day.
	usual float64
}

// log lets the engine decide in a short world, and keeps its log.
func log(t testing.TB, world population.Config) *logged {
	t.Helper()
	var mu sync.Mutex
	today := map[int]population.Moment{}
	world.Watch = func(m population.Moment) {
		mu.Lock()
		defer mu.Unlock()
		m.Effects = nil
		today[m.Patient] = m
	}
	out := &logged{}
	live(t, world, setting(Learned, world.Seed), func(e *Engine) {
		mu.Lock()
		defer mu.Unlock()
		for i := range e.rows {
			if e.told.days == 1 { // something could be said to everybody
				out.usual += today[i].Nothing / float64(len(e.rows))
			}
			if r := &e.rows[i]; r.open {
				out.take(e, i, today[i])
			}
		}
		clear(today)
	})
	return out
}

func (l *logged) take(e *Engine, i int, m population.Moment) {
	r, n := &e.rows[i], len(e.actions)
	if l.chances == nil {
		l.chances, l.truth, l.matched = make(estimate.Table, n+1), make(estimate.Table, n+1), make(estimate.Table, n+1)
		l.X = make([][]float64, e.stages+4)
	}
	chances := append([]float64{1}, e.chances[i*n:(i+1)*n]...)
	for _, p := range chances[1:] {
		chances[0] -= p
	}
	rule := make([]float64, n)
	e.matched(&r.x, rule)
	for a, p := range chances {
		truth, said := m.Nothing, .5
		if a > 0 {
			truth, said = m.Chances[a-1], .5*rule[a-1]
		}
		l.chances[a], l.truth[a], l.matched[a] = append(l.chances[a], p), append(l.truth[a], truth), append(l.matched[a], said)
	}
	l.Action = append(l.Action, int32(r.drawn+1))
	l.Propensity = append(l.Propensity, chances[r.drawn+1])
	l.Reward, l.Unit = append(l.Reward, r.reward), append(l.Unit, int32(r.patient))
	app := 0.0
	if r.x.app {
		app = 1
	}
	known := []float64{float64(r.x.dose), float64(r.x.rate), float64(r.x.age), app}
	for s := range e.stages {
		is := 0.0
		if r.x.stage == s {
			is = 1
		}
		known = append(known, is)
	}
	for c, x := range known {
		l.X[c] = append(l.X[c], x)
	}
}

// target is another way of deciding that the log is asked about.
type target struct {
	name string
	of   func(l *logged) estimate.Table
}

func targets() []target {
	return []target{
		{"never anything", func(l *logged) estimate.Table { return estimate.Always(0, len(l.chances), l.Len()) }},
		{"always something, drawn as it was", func(l *logged) estimate.Table {
			to := estimate.NewTable(len(l.chances), l.Len())
			for a := range to[1:] {
				for i := range to[a+1] {
					to[a+1][i] = l.chances[a+1][i] / (1 - l.chances[0][i])
				}
			}
			return to
		}},
		{"what is made for the stage, half of the time", func(l *logged) estimate.Table { return l.matched }},
		{"evenly, half of the time nothing", func(l *logged) estimate.Table {
			to := estimate.NewTable(len(l.chances), l.Len())
			for a := range to {
				for i := range to[a] {
					to[a][i] = .5 / float64(len(to)-1)
					if a == 0 {
						to[a][i] = .5
					}
				}
			}
			return to
		}},
	}
}

// estimated is one estimate on one log: what was asked, by which estimator, with half the width of its interval.
type estimated struct {
	asked, by        string
	value, half, ess float64
	// believed tells that the log says enough of it, by [estimate.Support.Why].
	believed bool
}

// judged is one run: its estimates, and for each question what is true of these very rows. Anew are those by IPS of the same
// decisions, drawn anew with the chances that they had, as an engine would that learns nothing of what it draws.
type judged struct {
	estimates, anew []estimated
	truth           map[string]float64
	usual           float64
}

const engaging = "what engaging adds"

func judge(t testing.TB, l *logged, seed uint64) judged {
	out := judged{truth: map[string]float64{}, usual: l.usual}
	anew := l.drawnAnew(seed)
	q := estimate.CrossFitByUnit(l.Log, len(l.chances), 2)
	residual := l.Residuals(q)
	for _, to := range targets() {
		table := to.of(l)
		out.truth[to.name] = mean(estimate.Expected(table, l.truth))
		w := l.Weights(table)
		expected := estimate.Expected(table, q)
		for _, v := range []struct {
			by string
			estimate.Influence
		}{{"IPS", estimate.IPS(w, l.Reward)}, {"SNIPS", estimate.SNIPS(w, l.Reward)}, {"DR", estimate.DR(expected, w, residual)}} {
			out.estimates = append(out.estimates, estimatedBy(to.name, v.by, v.Influence, w, l.Unit))
		}
		w = anew.Weights(table)
		out.anew = append(out.anew, estimatedBy(to.name, "IPS", estimate.IPS(w, anew.Reward), w, l.Unit))
	}
	var trial *estimate.Trial
	trial, out.truth[engaging] = l.trial()
	terms, err := estimate.WCLS(trial, true, .95)
	if err != nil {
		t.Error(err)
		return out
	}
	out.estimates = append(out.estimates, estimated{engaging, "WCLS", terms[0].Estimate, (terms[0].Hi - terms[0].Lo) / 2, float64(l.Len()), true})
	return out
}

func estimatedBy(asked, by string, v estimate.Influence, w []float64, unit []int32) estimated {
	support := estimate.SupportOf(w)
	return estimated{asked, by, v.Value, estimate.Z(.95) * v.StdErr(unit), support.ESS, support.Why() == ""}
}

// drawnAnew is the log with other luck: of each of its decisions another draw, and what comes of it.
func (l *logged) drawnAnew(seed uint64) estimate.Log {
	r, n := rand.New(rand.NewPCG(seed, 54)), l.Len()
	out := estimate.Log{Action: make([]int32, n), Propensity: make([]float64, n), Reward: make([]float64, n)}
	for i := range n {
		draw, a := r.Float64(), 0
		for last := len(l.chances) - 1; a < last && draw >= l.chances[a][i]; a++ {
			draw -= l.chances[a][i]
		}
		for l.chances[a][i] <= 0 { // rounding left a crumb
			a--
		}
		out.Action[i], out.Propensity[i] = int32(a), l.chances[a][i]
		if r.Float64() < l.truth[a][i] {
			out.Reward[i] = 1
		}
	}
	return out
}

// trial is the log as a trial of saying anything, and what that truly added on average, drawn as it was.
func (l *logged) trial() (*estimate.Trial, float64) {
	n := l.Len()
	tr := &estimate.Trial{Unit: l.Unit, Available: make([]bool, n), Treated: make([]bool, n), Propensity: make([]float64, n), Numerator: make([]float64, n), Reward: l.Reward}
	truth := 0.0
	for i := range n {
		tr.Available[i], tr.Treated[i] = true, l.Action[i] > 0
		tr.Propensity[i], tr.Numerator[i] = 1-l.chances[0][i], .5
		for a := 1; a < len(l.chances); a++ {
			truth += l.chances[a][i] / tr.Propensity[i] * (l.truth[a][i] - l.truth[0][i]) / float64(n)
		}
	}
	for c := range l.X[:len(l.X)-1] { // stages add up to the intercept
		tr.Controls = append(tr.Controls, estimate.Column{Name: fmt.Sprint(c), Values: l.X[c]})
	}
	return tr, truth
}

// covered lives so many short lives, in all kinds of worlds in turn.
//
// An interval speaks of the population that people are drawn from, and not of those few alone, of whom some do
// more by themselves than others. So what it has to hold is the world's own account of these very decisions, less
// what these people do more by themselves than people of all worlds do, who are drawn alike. Own and anew are how often
// intervals hold that account as it is: of the log, and of its decisions drawn anew.
func covered(t testing.TB, runs int) (c, own, anew coverage) {
	t.Helper()
	all := make([]judged, runs)
	var w sync.WaitGroup
	places := make(chan bool, runtime.GOMAXPROCS(0))
	for i := range all {
		w.Add(1)
		places <- true
		go func() {
			defer func() { <-places; w.Done() }()
			theories := population.Theories()
			all[i] = judge(t, log(t, population.Config{Theory: theories[i%len(theories)], Patients: shortPatients, Days: shortDays, Seed: uint64(i + 1)}), uint64(i+1))
		}()
	}
	w.Wait()
	usual := 0.0
	for i := range all {
		usual += all[i].usual / float64(runs)
	}
	c, own, anew = coverage{}, coverage{}, coverage{}
	for i := range all {
		for _, e := range all[i].anew {
			anew.add(e, all[i].truth[e.asked])
		}
		for _, e := range all[i].estimates {
			truth := all[i].truth[e.asked]
			own.add(e, truth)
			if e.asked != engaging { // a difference, in which what people do by themselves cancels out
				truth -= all[i].usual - usual
			}
			c.add(e, truth)
		}
	}
	return c, own, anew
}

// coverage is how often intervals held what is true, by question and estimator.
type coverage map[[2]string]*tried

type tried struct {
	held // of all
	// believed are those that the log says enough of.
	believed       held
	ess, off, wide float64 // sums: effective rows, distances in standard errors, half widths
}

// held is how many intervals hold what is true.
type held struct{ runs, holds int }

func (h *held) add(holds bool) {
	h.runs++
	if holds {
		h.holds++
	}
}

func (h *held) share() float64 { return float64(h.holds) / float64(h.runs) }

// String is for tables; a dash where there is none.
func (h held) String() string {
	if h.runs == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100*h.share())
}

func (c coverage) add(e estimated, truth float64) {
	k := [2]string{e.asked, e.by}
	if c[k] == nil {
		c[k] = &tried{}
	}
	v, holds := c[k], math.Abs(e.value-truth) <= e.half
	v.add(holds)
	if e.believed {
		v.believed.add(holds)
	}
	v.ess, v.off, v.wide = v.ess+e.ess, v.off+(e.value-truth)/e.half*estimate.Z(.95), v.wide+e.half
}

// bounds are within which shares intervals of 95 % are to hold.
func bounds(estimator string) (low, high float64) {
	if estimator == "WCLS" {
		return .90, .99
	}
	return .92, .97
}

// table is the coverage as a page shows it.
func (c coverage) table() string {
	var b strings.Builder
	b.WriteString("| asked of the log | estimator | may be believed | of these hold | wanted | of all hold | mean error in standard errors | mean half width, points | mean effective rows |\n|---|---|---|---|---|---|---|---|---|\n")
	names := []string{}
	for _, to := range targets() {
		names = append(names, to.name)
	}
	for _, name := range append(names, engaging) {
		for _, estimator := range []string{"IPS", "SNIPS", "DR", "WCLS"} {
			v := c[[2]string{name, estimator}]
			if v == nil {
				continue
			}
			n := float64(v.runs)
			low, high := bounds(estimator)
			missed := ""
			if v.believed.runs > 0 && (v.believed.share() < low || v.believed.share() > high) {
				missed = ", missed"
			}
			fmt.Fprintf(&b, "| %s | %s | %.0f %% | %s | %.0f to %.0f %%%s | %s | %+.2f | %.1f | %.0f |\n", name, estimator, 100*float64(v.believed.runs)/n, v.believed, 100*low, 100*high, missed, v.held, v.off/n, 100*v.wide/n, v.ess/n)
		}
	}
	return b.String()
}

// anewTable holds the intervals of IPS on the logs as they were against those on the same decisions drawn anew, both
// against the world's account of these very rows.
func (c coverage) anewTable(anew coverage) string {
	var b strings.Builder
	b.WriteString("| asked of the log, by IPS | as it was: all hold | of those that may be believed | drawn anew: all hold | of those that may be believed |\n|---|---|---|---|---|\n")
	for _, to := range targets() {
		k := [2]string{to.name, "IPS"}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", to.name, c[k].held, c[k].believed, anew[k].held, anew[k].believed)
	}
	return b.String()
}

// outside lists what holds too seldom or too often of what may be believed, with so many standard deviations of luck
// allowed. What the log says too little of is refused, whatever its interval is.
func (c coverage) outside(luck float64) (out []string) {
	for k, v := range c {
		if v.believed.runs == 0 {
			continue
		}
		low, high := bounds(k[1])
		share, n := v.believed.share(), float64(v.believed.runs)
		if share < low-luck*math.Sqrt(low*(1-low)/n) || share > high+luck*math.Sqrt(high*(1-high)/n) {
			out = append(out, fmt.Sprintf("%s by %s holds in %.3f of %d runs, and %.2f to %.2f are right", k[0], k[1], share, v.believed.runs, low, high))
		}
	}
	slices.Sort(out)
	return out
}

// A few short lives, so that three standard deviations of luck are allowed beyond the bounds: down to .7 for .92 where half of them may be believed.
// The thousand in docs/proof/decide.md keep to the bounds as they are.
func TestIntervalsCoverOnLogsOfALearningEngine(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("some seconds of made-up lives")
	}
	c, _, _ := covered(t, 24)
	t.Log("\n" + c.table())
	for _, wrong := range c.outside(3) {
		t.Error(wrong)
	}
}
