package evaluate

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"

	"attune/core/source"
	"attune/internal/estimate"
	"attune/internal/spreadsheet"
)

// learntAnswer is what one policy earns on the rows that were kept aside: the learnt one first, then
// every constant action.
type learntAnswer struct {
	Policy string `json:"policy"`
	Action string `json:"action,omitempty"`
	estimated
	*gainAnswer
}

// gainAnswer is how the learnt policy does beside the best constant action.
type gainAnswer struct {
	Best       string `json:"best_constant"`
	Gain       number `json:"gain"`
	GainStdErr number `json:"gain_stderr"`
	GainLo     number `json:"gain_lo"`
	GainHi     number `json:"gain_hi"`
	Beaten     bool   `json:"beaten"`
	Verdict    string `json:"verdict"`
}

// learn fits a policy on every other row and judges it on the rest.
func (r *run) learn(s *spec) (answer, error) {
	level, cluster, folds := s.level(), s.cluster(), s.whole("folds", 2, 1000, 2)
	costs := s.object("burden")
	if !s.ok() {
		return nil, errWrong
	}
	var actions names
	l, err := r.readLog(&actions, false, cluster)
	if err != nil {
		return nil, err
	}
	actions = sorted(&l, actions.list)
	burden := make([]float64, len(actions.list))
	costs.burden(actions, burden)
	if !s.ok() {
		return nil, errWrong
	}
	if l.Len() < 4 {
		return nil, r.wrong("log.csv", "give more rows", "a policy cannot be fitted and judged on %d rows", l.Len())
	}
	fit := l.Rows(func(i int) bool { return i%2 == 0 })
	rest := l.Rows(func(i int) bool { return i%2 == 1 })
	k := len(actions.list)
	rule := estimate.Learn(fit.X, estimate.Scores(fit, estimate.CrossFit(fit, k, folds), burden))
	target := rule.Table(rest.X, rest.Len())
	if err := r.writeTarget(target, actions.list); err != nil {
		return nil, err
	}
	r.warnUnsupported(rest, target)
	c := estimate.Compare(rest, estimate.CrossFit(rest, k, folds), target, burden)
	gain := gainOf(c, rest.Unit, level, actions.list)
	out := []learntAnswer{{"learned", "", estimatedOf(c.Policy.Influence, c.Policy.Support, rest.Unit, level), &gain}}
	for a, v := range c.Constant {
		out = append(out, learntAnswer{"constant", actions.list[a], estimatedOf(v.Influence, v.Support, rest.Unit, level), nil})
	}
	return listed(out), nil
}

// sorted numbers actions by their names' order, so that files whose rows begin differently agree.
func sorted(l *estimate.Log, list []string) names {
	var out names
	for _, name := range slices.Sorted(slices.Values(list)) {
		out.of(name)
	}
	for i, a := range l.Action {
		l.Action[i] = out.at[list[a]]
	}
	return out
}

// burden reads what actions cost.
func (s *spec) burden(actions names, into []float64) {
	if s == nil {
		return
	}
	for i, name := range s.value.Names {
		cost := s.float(&s.value.Items[i], fmt.Sprintf("the burden of %q", name), math.Inf(-1), math.Inf(1))
		if a, ok := actions.at[name]; ok {
			into[a] = cost
			continue
		}
		s.problem(&s.value.Items[i], source.Suggest(name, actions.list), "the log has no action %q", name)
	}
}

// gainOf says plainly who wins.
func gainOf(c estimate.Comparison, unit []int32, level float64, actions []string) gainAnswer {
	se := c.Gain.StdErr(unit)
	half := estimate.Z(level) * se
	lo, hi := c.Gain.Value-half, c.Gain.Value+half
	best := actions[c.Best]
	why := cmp.Or(c.Policy.Support.Why(), c.Constant[c.Best].Support.Why())
	g := gainAnswer{Best: best, Gain: number(c.Gain.Value), GainStdErr: number(se), GainLo: number(lo), GainHi: number(hi), Beaten: lo > 0 && why == ""}
	numbers := fmt.Sprintf("the difference is %.4g, its %g %% interval %.4g to %.4g", c.Gain.Value, 100*level, lo, hi)
	switch {
	case g.Beaten:
		g.Verdict = fmt.Sprintf("The learned policy beats the best constant action, %s: %s.", best, numbers)
	case why != "":
		g.Verdict = fmt.Sprintf("The best constant action, %s, is not beaten on this evidence: %s, and it is not to be relied on, since %s.", best, numbers, why)
	case hi < 0:
		g.Verdict = fmt.Sprintf("The best constant action, %s, is better than the learned policy: %s.", best, numbers)
	default:
		g.Verdict = fmt.Sprintf("The best constant action, %s, is not beaten: %s.", best, numbers)
	}
	return g
}

// writeTarget writes target.csv, whole or not at all.
func (r *run) writeTarget(t estimate.Table, actions []string) error {
	f, err := os.CreateTemp(r.Dir, ".target-*")
	if err != nil {
		return fmt.Errorf("write target.csv: %w", err)
	}
	defer os.Remove(f.Name())
	err = writeTable(f, t, actions)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(r.Dir, "target.csv"))
	}
	if err != nil {
		return fmt.Errorf("write target.csv: %w", err)
	}
	return nil
}

func writeTable(to io.Writer, t estimate.Table, actions []string) error {
	out := spreadsheet.NewWriter(to)
	out.Write(actions...)
	row := make([]string, len(actions))
	for i := range t[0] {
		for a := range t {
			row[a] = "0"
			if t[a][i] == 1 {
				row[a] = "1"
			}
		}
		out.Write(row...)
	}
	return out.Flush()
}
