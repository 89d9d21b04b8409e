package population

import (
	"fmt"
	"io"
	"math"
)

// Result is what a world saw of an engine.
type Result struct {
	Theory    string `json:"theory"`
	Seed      uint64 `json:"seed"`
	Patients  int    `json:"patients"`
	Days      int    `json:"days"`
	Decisions int    `json:"decisions"`
	Messages  int    `json:"messages"`
	// OverCap and AfterOptOut count what the world had to refuse.
	OverCap     int `json:"over_cap"`
	AfterOptOut int `json:"after_opt_out"`
	// MeanReward is what was done in a patient's day, and Expected the same without chance.
	MeanReward float64 `json:"mean_reward"`
	Expected   float64 `json:"expected_reward"`
	// Gain is how much of that is due to messages.
	Gain float64 `json:"gain"`
	// Gains and Regrets are sums over all patients up to the end of each day. Regret is what the best action for
	// each patient, which the world knows, would have brought beyond what was chosen, whenever something could be
	// said; and for patients lost, on the share of days that the cap leaves.
	Gains   []float64 `json:"gains"`
	Regrets []float64 `json:"regrets"`
	// OptedOut is the share of patients who did.
	OptedOut float64 `json:"opted_out"`
	// Sent counts messages by action.
	Sent map[string]int `json:"sent"`
	// Honest holds, for each action, by how many standard deviations the sum of 1/propensity over the decisions in
	// which it was drawn is off the number of decisions in which it could be. Where every action can be drawn
	// always, and propensities are true, these are draws from about a standard normal distribution.
	Honest map[string]float64 `json:"honest"`
	// Effects is what each action would have done on average, over the decisions in which it could be said, for
	// those with each recorded stage; "" is for all of them.
	Effects map[string]map[string]float64 `json:"effects"`
	// Estimates are what the propensities alone say of always doing one thing, beside the truth.
	Estimates map[string]Estimate `json:"estimates"`
	// Forced is how many of these decisions had the propensity 1, and so teach nothing.
	Forced int `json:"propensity_one"`
}

// Estimate is the value of an action for all those to whom it could be said, weighed by 1/propensity (Horvitz
// and Thompson 1952; IPS): with its standard error, the truth, and how many rows the weights amount to.
type Estimate struct {
	Value    float64 `json:"value"`
	SE       float64 `json:"se"`
	True     float64 `json:"true"`
	Amount   float64 `json:"effective_rows"`
	sum, sq  float64
	weights  float64
	weights2 float64
}

// ledger is the world's own account.
type ledger struct {
	cfg             *Config
	r               Result
	gain, regret    float64
	reward, chance  float64
	open            int
	weight, spread  [actions + 1]float64
	actionsReported []string
	estimates       [actions + 1]Estimate
	effects         [stages + 1][actions]float64
	seen            [stages + 1]float64
}

func newLedger(c *Config) *ledger {
	return &ledger{
		cfg: c, r: Result{Theory: c.Theory, Seed: c.Seed, Patients: c.Patients, Days: c.Days, Sent: map[string]int{}, Honest: map[string]float64{}},
		actionsReported: append([]string{"none"}, actionNames()...),
	}
}

// decided enters a decision before anything comes of it, with what each action would do and the best of them.
func (l *ledger) decided(p *person, effects *[actions]float64, best float64, c choice, open bool) {
	l.r.Decisions++
	switch {
	case open:
		l.open++
		l.weight[c.action+1] += 1 / c.propensity
		l.spread[c.action+1] += (1 - c.propensity) / (c.propensity * c.propensity)
		if c.propensity == 1 {
			l.r.Forced++
		}
		was := 0.0
		if c.action >= 0 {
			was = effects[c.action]
			l.r.Messages++
			l.r.Sent[l.actionsReported[c.action+1]]++
		}
		for _, s := range []int{p.recorded, stages} {
			l.seen[s]++
			for a, e := range effects {
				l.effects[s][a] += e
			}
		}
		l.regret += best - was
	case p.gone:
		l.regret += best * min(1, float64(l.cfg.Cap)/float64(l.cfg.Window))
		if c.action >= 0 {
			l.r.AfterOptOut++
		}
	case c.action >= 0:
		l.r.OverCap++
	}
}

// estimate enters an open decision with its outcome, and how probable that was under each action.
func (l *ledger) estimate(p *person, effects *[actions]float64, c choice, done bool) {
	l.estimates[0].True += p.chance(0)
	for a, e := range effects {
		l.estimates[a+1].True += p.chance(e)
	}
	w, e := 1/c.propensity, &l.estimates[c.action+1]
	e.weights, e.weights2 = e.weights+w, e.weights2+w*w
	if done {
		e.sum, e.sq = e.sum+w, e.sq+w*w
	}
}

// lived enters what became of it.
func (l *ledger) lived(chance, gain float64, done bool) {
	l.chance += chance
	l.gain += gain
	if done {
		l.reward++
	}
}

func (l *ledger) endOfDay() {
	l.r.Gains = append(l.r.Gains, l.gain)
	l.r.Regrets = append(l.r.Regrets, l.regret)
}

func (l *ledger) result(people []person) *Result {
	r, n := l.r, float64(l.r.Decisions)
	r.MeanReward, r.Expected, r.Gain = l.reward/n, l.chance/n, l.gain/n
	gone := 0
	for i := range people {
		if people[i].gone {
			gone++
		}
	}
	r.OptedOut = float64(gone) / float64(len(people))
	for a, name := range l.actionsReported {
		if l.spread[a] > 0 {
			r.Honest[name] = (l.weight[a] - float64(l.open)) / math.Sqrt(l.spread[a])
		}
	}
	l.truths(&r)
	return &r
}

// truths puts down what the world knows.
func (l *ledger) truths(r *Result) {
	r.Effects, r.Estimates = map[string]map[string]float64{}, map[string]Estimate{}
	n := max(1, float64(l.open))
	for a, name := range l.actionsReported {
		e := l.estimates[a]
		e.Value, e.True = e.sum/n, e.True/n
		e.SE = math.Sqrt(max(0, e.sq/n-e.Value*e.Value) / n)
		if e.weights2 > 0 {
			e.Amount = e.weights * e.weights / e.weights2
		}
		r.Estimates[name] = e
		if a == 0 {
			continue
		}
		r.Effects[name] = map[string]float64{}
		for s, stage := range append(stageNames(), "") {
			r.Effects[name][stage] = l.effects[s][a-1] / max(1, l.seen[s])
		}
	}
}

// Regret is what was missed per patient and day.
func (r *Result) Regret() float64 { return r.Regrets[len(r.Regrets)-1] / float64(r.Patients*r.Days) }

// WriteText tells it to people.
func (r *Result) WriteText(w io.Writer) error {
	fmt.Fprintf(w, "theory %s, seed %d: %d patients, %d days, %d decisions, %d messages\n", r.Theory, r.Seed, r.Patients, r.Days, r.Decisions, r.Messages)
	fmt.Fprintf(w, "mean reward %.4f, expected %.4f; of that by messages %+.4f; missed against the best %.4f\n", r.MeanReward, r.Expected, r.Gain, r.Regret())
	fmt.Fprintf(w, "opted out %.1f %% of patients\n", 100*r.OptedOut)
	fmt.Fprintf(w, "refused %d over the cap, %d after an opt-out\n\n", r.OverCap, r.AfterOptOut)
	fmt.Fprintf(w, "%-16s %9s  %s\n", "action", "messages", "counts against propensities, in standard deviations")
	for _, name := range append([]string{"none"}, actionNames()...) {
		honest := "every decision had the chance 1"
		if z, ok := r.Honest[name]; ok {
			honest = fmt.Sprintf("%+.1f", z)
		}
		if _, err := fmt.Fprintf(w, "%-16s %9d  %s\n", name, r.Sent[name], honest); err != nil {
			return err
		}
	}
	return nil
}
