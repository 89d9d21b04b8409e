package backtest

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"attune/core/effect"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/release"
	"attune/internal/chart"
	"attune/internal/estimate"
	"attune/internal/learn"
)

// Worth is what decisions that were left to chance earned, and what they would have earned under the versions: by
// how much likelier or less likely each of them is to do what was really done.
type Worth struct {
	// Says is what to know before the numbers, or why there are none.
	Says string `json:"says"`
	// Decisions were left to chance in the window. Of these NoOutcome aim at nothing that could be counted, and
	// Open ones have time left in which something may come of them; both are left out.
	Decisions int64  `json:"decisions"`
	NoOutcome int64  `json:"without_outcome"`
	Open      int64  `json:"still_open"`
	Tried     Valued `json:"candidate"`
	Against   Valued `json:"against"`
}

// Valued is what a version's decisions are worth.
type Valued struct {
	// Rows are decisions that speak about the version, of so many People. NotCovered ones do not, for the reasons
	// in Because.
	Rows       int     `json:"rows"`
	People     int     `json:"people"`
	NotCovered int64   `json:"not_covered"`
	Because    []Count `json:"not_covered_because"`
	// Really is what was earned by a decision on these rows.
	Really *Interval `json:"really"`
	// Whole is for all that the version draws; Engage for whether anything is said, with the rest as it was.
	Whole  *Estimates `json:"what_is_said"`
	Engage *Estimates `json:"whether_anything_is"`
}

// Estimates are several of the same.
type Estimates struct {
	// IPS weighs rewards, SNIPS by weights that sum to one; DR is doubly robust, over what each thing said earned
	// among other people.
	IPS   Interval  `json:"ips"`
	SNIPS *Interval `json:"snips"`
	DR    Interval  `json:"dr"`
	// More is DR less the same of what really was drawn with its own chances.
	More Interval `json:"more_than_really"`
	// ESS is how many decisions of the version itself would tell as much; MaxWeight the largest share of one.
	ESS       float64 `json:"effective_sample_size"`
	MaxWeight float64 `json:"largest_weight"`
	// Reliable says whether that can be believed, Why why not, and Verdict all in words.
	Reliable bool   `json:"reliable"`
	Why      string `json:"why_not,omitempty"`
	Verdict  string `json:"verdict"`
}

// Interval is an estimate with its standard error, by people, and its 95 % interval.
type Interval struct {
	Value  float64 `json:"value"`
	StdErr float64 `json:"se"`
	Lo     float64 `json:"lo"`
	Hi     float64 `json:"hi"`
}

// chanced is a decision that was left to chance.
type chanced struct {
	who    id.Person
	at     instant.Time
	arm    string
	said   bool
	reward float64
	// first are the chances with which it was really drawn in the first round; tried and other are what the
	// versions make of the decision.
	first        map[string]float64
	tried, other judged
}

// worth is what one worker found of what decisions earned.
type worth struct {
	decisions, noOutcome, open int64
	rows                       []chanced
}

func (w *worth) add(o *worth) {
	w.decisions, w.noOutcome, w.open = w.decisions+o.decisions, w.noOutcome+o.noOutcome, w.open+o.open
	w.rows = append(w.rows, o.rows...)
}

// decided names a decision, as a life tells it.
type decided struct {
	id id.Key
	at instant.Time
}

// weighs takes in what was left to chance in a record of the window, under the release that decided it.
func (t *turn) weighs(was *release.Release, effects []effect.Effect) {
	for _, e := range effects {
		d, is := e.(effect.Decide)
		if !is || !slices.ContainsFunc(d.Rounds, func(w effect.Weighing) bool { return byChance(&w) }) {
			continue
		}
		if t.judged == nil {
			t.judged = map[decided]chanced{}
		}
		first := &d.Rounds[slices.IndexFunc(d.Rounds, func(w effect.Weighing) bool { return byChance(&w) })]
		r := chanced{who: t.who, at: d.At, first: map[string]float64{nothing: first.Nothing}, tried: t.judge(t.Candidate.Release, was, &d), other: t.judge(t.Against.Release, was, &d)}
		if r.said = first.Drawn >= 0; r.said {
			r.arm = armOf(&d, first, first.Drawn)
		}
		for k := range first.Options {
			r.first[armOf(&d, first, k)] += first.Options[k].Probability
		}
		t.judged[decided{d.ID, d.At}] = r
	}
}

// earned lays to each decision what came of it.
func (t *turn) earned() {
	w := &t.part.worth
	w.decisions += int64(len(t.judged))
	rows := t.credit.Rows(&t.life)
	with := 0
	for len(rows) > 0 {
		d := rows[0].Decision
		n := 1
		for n < len(rows) && rows[n].Decision == d {
			n++
		}
		if r, is := t.judged[decided{d.ID, d.At}]; is {
			with++
			reward, over := rewardOf(rows[:n])
			if over > t.until() {
				w.open++
			} else {
				r.reward = reward
				w.rows = append(w.rows, r)
			}
		}
		rows = rows[n:]
	}
	w.noOutcome += int64(len(t.judged) - with)
}

// until is up to when something was heard that may have come of a decision.
func (j *job) until() instant.Time { return max(j.Until, j.To) }

// rewardOf is what a decision earned, in the programs' unit as it was decided: for each outcome that was reached
// the most that an option for it is worth, less what was said costs, and less what it is worth to be able to
// reach the person where they were lost. And when that is known for good.
func rewardOf(rows []learn.Row) (reward float64, over instant.Time) {
	d := rows[0].Decision
	outcomes := map[string]float64{} // what each is worth
	reach := 0.0
	for i := range d.Rounds {
		w := &d.Rounds[i]
		for k := range w.Options {
			o := &w.Options[k]
			reach = max(reach, o.Reach)
			if of := d.Candidates[o.Candidate].Outcome; of != "" {
				outcomes[of] = max(outcomes[of], o.Value)
			}
		}
		if w.Drawn >= 0 {
			reward -= w.Options[w.Drawn].Cost
		}
	}
	lost := false
	counted := map[string]bool{}
	for i := range rows {
		r := &rows[i]
		came, gone := r.Came()
		over, lost = max(over, r.Over(reach > 0)), lost || gone
		if !counted[r.Outcome] {
			counted[r.Outcome] = true
			reward += came * outcomes[r.Outcome]
		}
	}
	if lost {
		reward -= reach
	}
	return reward, over
}

// result makes numbers of what all workers found.
func (w *worth) result() *Worth {
	slices.SortStableFunc(w.rows, func(a, b chanced) int { return cmp.Or(bytes.Compare(a.who[:], b.who[:]), cmp.Compare(a.at, b.at)) })
	out := &Worth{Decisions: w.decisions, NoOutcome: w.noOutcome, Open: w.open}
	out.Tried = valued(w.rows, func(r *chanced) *judged { return &r.tried })
	out.Against = valued(w.rows, func(r *chanced) *judged { return &r.other })
	switch {
	case w.decisions == 0:
		out.Says = "In this time no program left anything to chance, so nothing tells what another version would have been worth. It can be estimated where programs learn."
	case len(w.rows) == 0:
		out.Says = fmt.Sprintf("Not enough evidence: of %s decisions that were left to chance none has an outcome whose time is over.", chart.Grouped(w.decisions))
	default:
		out.Says = fmt.Sprintf("For %s decisions that were left to chance and whose time is over: what one earned, in the programs' unit, and what it would have earned had the version drawn in the same situations among the same candidates. When people are asked about, and what the gate refuses, is as it was.", chart.Grouped(int64(len(w.rows))))
	}
	return out
}

func valued(rows []chanced, by func(*chanced) *judged) (v Valued) {
	because := map[string]int64{}
	var covered []chanced
	for i := range rows {
		if why := by(&rows[i]).why; why != "" {
			because[why]++
			v.NotCovered++
		} else {
			covered = append(covered, rows[i])
		}
	}
	v.Because = counts(because, named)
	v.Rows = len(covered)
	c := columnsOf(covered, by)
	v.People = c.people
	if c.people < 2 {
		return v // with one person nothing is known of how people differ
	}
	really := estimate.IPS(ones(v.Rows), c.reward)
	v.Really = c.interval(really)
	v.Whole = c.estimates(c.whole, expected(covered, by, c.unit))
	v.Engage = c.estimates(c.engage, expectedSaid(covered, by, c.unit))
	return v
}

func ones(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = 1
	}
	return out
}

// columns are rows as estimates take them.
type columns struct {
	people                int
	unit                  []int32
	reward, whole, engage []float64
}

func columnsOf(rows []chanced, by func(*chanced) *judged) (c columns) {
	for i := range rows {
		if i == 0 || rows[i].who != rows[i-1].who {
			c.people++
		}
		c.unit = append(c.unit, int32(c.people-1))
		c.reward = append(c.reward, rows[i].reward)
		c.whole = append(c.whole, by(&rows[i]).whole)
		c.engage = append(c.engage, by(&rows[i]).engage)
	}
	return c
}

func (c *columns) interval(of estimate.Influence) *Interval {
	se := of.StdErr(c.unit)
	z := estimate.Z(.95)
	return &Interval{of.Value, se, of.Value - z*se, of.Value + z*se}
}

// outlook is what is to be expected: of the version, of the chances that really were, and of what was done.
type outlook struct{ version, really, done []float64 }

func (c *columns) estimates(w []float64, o outlook) *Estimates {
	support := estimate.SupportOf(w)
	out := &Estimates{IPS: *c.interval(estimate.IPS(w, c.reward)), ESS: support.ESS, MaxWeight: support.MaxWeight, Why: support.Why()}
	out.Reliable = out.Why == ""
	if support.ESS > 0 {
		out.SNIPS = c.interval(estimate.SNIPS(w, c.reward))
	}
	residual := make([]float64, len(w))
	for i := range residual {
		residual[i] = c.reward[i] - o.done[i]
	}
	dr := estimate.DR(o.version, w, residual)
	out.DR = *c.interval(dr)
	differs, weight := make([]float64, len(w)), make([]float64, len(w))
	for i := range w {
		differs[i], weight[i] = o.version[i]-o.really[i], w[i]-1
	}
	out.More = *c.interval(estimate.DR(differs, weight, residual))
	out.Verdict = out.verdict(!slices.ContainsFunc(w, func(w float64) bool { return w != 1 }))
	return out
}

func (e *Estimates) verdict(same bool) string {
	switch {
	case same:
		return "It does what was done."
	case !e.Reliable:
		return "Not enough evidence: " + e.Why + "."
	case e.More.Lo > 0:
		return fmt.Sprintf("It would have earned more: by %.3g for each decision, from %.3g to %.3g.", e.More.Value, e.More.Lo, e.More.Hi)
	case e.More.Hi < 0:
		return fmt.Sprintf("It would have earned less: by %.3g for each decision, from %.3g to %.3g.", -e.More.Value, -e.More.Hi, -e.More.Lo)
	}
	return fmt.Sprintf("No difference can be told: it is between %.3g and %.3g for each decision.", e.More.Lo, e.More.Hi)
}

// means are what each arm earned among people of the other half; where it was not tried there, what all did.
type means struct {
	sum, n map[string]float64
}

// byHalf sums up rewards in two halves of people, so that nobody has a part in what is expected of them.
func byHalf(rows []chanced, unit []int32, arm func(*chanced) string) (out [2]means) {
	for h := range out {
		out[h] = means{map[string]float64{}, map[string]float64{}}
	}
	for i := range rows {
		m := out[1-unit[i]%2]
		for _, name := range []string{arm(&rows[i]), all} {
			m.sum[name] += rows[i].reward
			m.n[name]++
		}
	}
	return out
}

// all is every arm together.
const all = "*"

func (m means) of(arm string) float64 {
	if m.n[arm] > 0 {
		return m.sum[arm] / m.n[arm]
	}
	if m.n[all] > 0 {
		return m.sum[all] / m.n[all]
	}
	return 0
}

// by is what is to be expected by the chances of all arms.
func (m means) by(chances map[string]float64) (sum float64) {
	for _, arm := range slices.Sorted(maps.Keys(chances)) {
		sum += float64(chances[arm] * m.of(arm))
	}
	return sum
}

// expected is what is to be expected by what is said first, and of the version by its chances.
func expected(rows []chanced, by func(*chanced) *judged, unit []int32) (o outlook) {
	halves := byHalf(rows, unit, func(r *chanced) string { return r.arm })
	for i := range rows {
		m := halves[unit[i]%2]
		o.version, o.really = append(o.version, m.by(by(&rows[i]).first)), append(o.really, m.by(rows[i].first))
		o.done = append(o.done, m.of(rows[i].arm))
	}
	return o
}

// expectedSaid is the same by whether anything is said.
func expectedSaid(rows []chanced, by func(*chanced) *judged, unit []int32) (o outlook) {
	arm := func(r *chanced) string {
		if r.said {
			return "something"
		}
		return nothing
	}
	halves := byHalf(rows, unit, arm)
	for i := range rows {
		m := halves[unit[i]%2]
		mixed := func(silent float64) float64 {
			return float64(silent*m.of(nothing)) + float64((1-silent)*m.of("something"))
		}
		o.version, o.really = append(o.version, mixed(by(&rows[i]).first[nothing])), append(o.really, mixed(rows[i].first[nothing]))
		o.done = append(o.done, m.of(arm(&rows[i])))
	}
	return o
}

// line is one of the numbers of a version, as it is shown.
type line struct {
	Name string
	Interval
}

// lines are the numbers of a version.
func (v *Valued) lines() (out []line) {
	if v.Really == nil {
		return nil
	}
	out = append(out, line{"really earned", *v.Really})
	for _, x := range []struct {
		what string
		of   *Estimates
	}{{"what is said", v.Whole}, {"only whether anything is", v.Engage}} {
		out = append(out, line{x.what + ", by weights (IPS)", x.of.IPS})
		if x.of.SNIPS != nil {
			out = append(out, line{x.what + ", weights made one (SNIPS)", *x.of.SNIPS})
		}
		out = append(out, line{x.what + ", doubly robust (DR)", x.of.DR}, line{x.what + ", more than really (DR)", x.of.More})
	}
	return out
}

// verdicts say what the numbers come to.
func (v *Valued) verdicts() (out []string) {
	says := fmt.Sprintf("%s decisions of %s people speak about it", chart.Grouped(int64(v.Rows)), chart.Grouped(int64(v.People)))
	if v.NotCovered > 0 {
		var why []string
		for _, c := range v.Because {
			why = append(why, chart.Grouped(c.Count)+" since "+c.Name)
		}
		says += "; " + chart.Grouped(v.NotCovered) + " are not covered: " + strings.Join(why, ", ")
	}
	out = append(out, says+".")
	if v.Really == nil {
		return append(out, "Not enough evidence: there have to be two people at least.")
	}
	for _, x := range []struct {
		what string
		of   *Estimates
	}{{"What is said", v.Whole}, {"Only whether anything is said", v.Engage}} {
		says := x.what + ": " + x.of.Verdict
		if x.of.Reliable {
			says += fmt.Sprintf(" They tell as much as %.1f decisions of its own; one has %.3g %% of all weight.", x.of.ESS, 100*x.of.MaxWeight)
		}
		out = append(out, says)
	}
	return out
}

// valuedBy is a version that is valued, by the name of its column.
type valuedBy struct {
	Name string
	*Valued
}

func (w *Worth) versions() []valuedBy {
	if w.Decisions == 0 || w.Tried.Rows+w.Against.Rows == 0 && w.Tried.NotCovered+w.Against.NotCovered == 0 {
		return nil
	}
	names := columnNames()
	return []valuedBy{{names[0], &w.Tried}, {names[1], &w.Against}}
}

// left says which decisions are left out.
func (w *Worth) left() string {
	var parts []string
	if w.NoOutcome > 0 {
		parts = append(parts, chart.Grouped(w.NoOutcome)+" that aim at nothing that could be counted")
	}
	if w.Open > 0 {
		parts = append(parts, chart.Grouped(w.Open)+" whose time is not over")
	}
	if len(parts) == 0 {
		return ""
	}
	return "Left out are " + strings.Join(parts, " and ") + "."
}

// number is how a value is written.
func number(v float64) string { return strconv.FormatFloat(v, 'f', 4, 64) }
