package decide

import (
	"fmt"
	"io"
	"math"
	"strings"

	"attune/core/decision"
)

// tally counts what a report tells.
type tally struct {
	days, decisions, open, said, rejected, optedOut int
	sent                                            []int
	// rewards and sum count rewards; byStage is how many open decisions there were in each stage.
	rewards int
	sum     float64
	byStage []int
	// dose, recent and yesterday are sums over open decisions; fresh and freshApp are of what is left of what a
	// message says, in all and for those with the app.
	dose, recent, yesterday, fresh, freshApp float64
	// reachable is on how many days somebody was within reach.
	reachable int
}

func newTally(actions, stages int) tally {
	return tally{sent: make([]int, actions), byStage: make([]int, stages+1)}
}

func (t *tally) decided(r *pending) {
	t.decisions++
	if r.drawn >= 0 {
		t.said++
		t.sent[r.drawn]++
	}
	if !r.open {
		return
	}
	t.open++
	t.byStage[r.x.stage]++
	t.dose += float64(r.x.dose)
	t.recent += float64(r.x.recent)
	fresh := decision.Fresh(float64(r.x.dose))
	t.fresh += fresh
	if r.x.app {
		t.freshApp += fresh
	}
	if r.x.yesterday {
		t.yesterday++
	}
}

func (t *tally) rewarded(r *pending) {
	t.reachable++
	t.rewards++
	t.sum += r.reward
}

// mean is the average reward so far; .3 before there is any.
func (t *tally) mean() float64 { return (t.sum + .3) / float64(t.rewards+1) }

// lossRate is the share of those within reach that is lost in a day: 1 in 1000 before anything was seen.
func (t *tally) lossRate() float64 { return (float64(t.optedOut) + 1) / (float64(t.reachable) + 1000) }

// Finding is what was found out about one action.
type Finding struct {
	Action string
	// Stage is empty for all stages together, as they came.
	Stage string
	// Mean is by how much it changes the chance of the behaviour, at the dose that patients had on average; the
	// interval around it is Low to High.
	Mean, Low, High float64
	// Shown tells that the interval does not hold 0.
	Shown bool
}

// Findings are what was learned of every action, overall and in each stage. They come from the evidence alone:
// what was expected before is taken to be no effect, of the usual spread. All intervals together hold with a
// chance of 95 % (Bonferroni), so that a run in which nothing has an effect claims one in at most one case of
// twenty.
func (e *Engine) Findings() ([]Finding, error) {
	space := e.space.Sceptical()
	how := decision.Standard()
	how.Noise = e.hyper.Noise
	belief, err := e.evidence.Posterior(space, decision.Effect, how)
	if err != nil {
		return nil, err
	}
	return e.findings(space, belief, z(.05/float64(len(e.actions)*(e.stages+1)))), nil
}

// Believed are the same by all that is believed, the prior included, each with its own interval of 95 %.
func (e *Engine) Believed() ([]Finding, error) {
	belief, err := e.evidence.Posterior(e.space, decision.Effect, e.hyper)
	if err != nil {
		return nil, err
	}
	return e.findings(e.space, belief, z(.05)), nil
}

func (e *Engine) findings(space *decision.Space, belief *decision.Posterior, wide float64) []Finding {
	var out []Finding
	for a := range e.actions {
		for stage := -1; stage < e.stages; stage++ {
			mean, sd := belief.Of(space, e.usual(a, stage))
			f := Finding{Action: e.actions[a].name, Mean: mean, Low: mean - wide*sd, High: mean + wide*sd}
			f.Shown = f.Low > 0 || f.High < 0
			if stage >= 0 {
				f.Stage = e.start.Stages[stage]
			}
			out = append(out, f)
		}
	}
	return out
}

// usual is what an action has on average, over all stages as they came for -1.
func (e *Engine) usual(a, stage int) []decision.Term {
	n := float64(max(1, e.told.open))
	fresh, app := e.told.fresh/n, e.told.freshApp/n
	terms := []decision.Term{one(engage)}
	for s, seen := range e.told.byStage {
		share := float64(seen) / n
		if stage >= 0 {
			share = 0
			if s == stage {
				share = 1
			}
		}
		for _, t := range e.fixed[s*len(e.actions)+a] {
			terms = append(terms, decision.Term{Feature: t.Feature, Value: t.Value * float32(share*fresh)})
		}
	}
	return append(terms,
		decision.Term{Feature: e.reach[e.actions[a].channel], Value: float32(2*app - fresh)},
		decision.Term{Feature: decision.FeatureOf(engageApp), Value: float32(app)},
		decision.Term{Feature: decision.FeatureOf(dose), Value: float32(e.told.dose / n)},
		decision.Term{Feature: decision.FeatureOf(recent), Value: float32(e.told.recent / n)},
		decision.Term{Feature: decision.FeatureOf(yesterday), Value: float32(e.told.yesterday / n)},
	)
}

// z is how many standard deviations hold all but a share, on both sides together: the inverse of the normal
// distribution, by bisection of the complementary error function.
func z(share float64) float64 {
	low, high := 0.0, 40.0
	for range 100 {
		mid := (low + high) / 2
		if math.Erfc(mid/math.Sqrt2) > share {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// Multiplier is how much of the matrix holds: 1 as it is written, 0 nothing.
func (e *Engine) Multiplier() float64 { return e.hyper.Match }

// Report writes what happened and what was learned.
func (e *Engine) Report(w io.Writer) error {
	findings, err := e.Findings()
	if err != nil {
		return err
	}
	t := &e.told
	fmt.Fprintf(w, "policy %s, seed %d: %d days, %d decisions for %d patients, %d messages\n", e.cfg.Policy, e.cfg.Seed, t.days, t.decisions, len(e.patients), t.said)
	if t.rewards > 0 {
		fmt.Fprintf(w, "mean reward %.4f of %d rewards of patients within reach\n", t.sum/float64(t.rewards), t.rewards)
	}
	fmt.Fprintf(w, "opted out %d of %d patients\n", t.optedOut, len(e.patients))
	if t.rejected > 0 {
		fmt.Fprintf(w, "the world refused %d decisions: its counts of messages or opt-outs are not those that it tells\n", t.rejected)
	}
	if e.cfg.Policy == Learned {
		fmt.Fprintf(w, "of the matrix of stages and interventions holds %.2f (1 is as written, 0 nothing)\n", e.hyper.Match)
	}
	e.table(w, findings)
	shown := 0
	for _, f := range findings {
		if f.Shown {
			shown++
		}
	}
	if shown == 0 {
		_, err = fmt.Fprintln(w, "No effect could be shown: every interval holds 0.")
		return err
	}
	_, err = fmt.Fprintf(w, "%d of %d are marked *: their intervals do not hold 0. Of the others no effect could be shown.\n", shown, len(findings))
	return err
}

func (e *Engine) table(w io.Writer, findings []Finding) {
	if len(findings) == 0 {
		return
	}
	fmt.Fprintf(w, "What a message changes, in points of 100, with intervals that hold all together with 95 %%:\n\n")
	wide := len("action")
	for _, a := range e.actions {
		wide = max(wide, len(a.name))
	}
	fmt.Fprintf(w, "%-*s %8s  %-15s", wide, "action", "messages", "overall")
	for _, s := range e.start.Stages {
		fmt.Fprintf(w, "  %-15s", s)
	}
	fmt.Fprintln(w)
	columns := e.stages + 1
	for a := range e.actions {
		var line strings.Builder
		fmt.Fprintf(&line, "%-*s %8d", wide, e.actions[a].name, e.told.sent[a])
		for _, f := range findings[a*columns : (a+1)*columns] {
			mark := ' '
			if f.Shown {
				mark = '*'
			}
			fmt.Fprintf(&line, "  %-15s", fmt.Sprintf("%+.1f ± %.1f%c", 100*f.Mean, 50*(f.High-f.Low), mark))
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
	fmt.Fprintln(w)
}
