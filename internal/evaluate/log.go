package evaluate

import (
	"fmt"
	"math"
	"strings"

	"attune/core/source"
	"attune/internal/estimate"
)

// readLog reads log.csv. The actions are numbered by the names, to which new ones are added unless
// the names are closed: then they are those of target.csv, and another one is a problem.
func (r *run) readLog(actions *names, closed, units bool) (estimate.Log, error) {
	var l estimate.Log
	s, err := r.open("log")
	if err != nil {
		return l, err
	}
	action := s.need("action", "what was done")
	propensity := s.need("propensity", "the probability with which it was chosen")
	reward := s.need("reward", "what came of it")
	unit := -1
	if units {
		unit = s.need("unit", "whose decision it was, which \"cluster\" asks for")
	}
	context := s.context()
	s.unused("unit", "t")
	l.X = make([][]float64, len(context))
	var known names
	err = s.each(func() {
		l.Action = append(l.Action, r.action(s, action, actions, closed))
		l.Propensity = append(l.Propensity, s.probability(propensity, true, "the probability with which this action was drawn"))
		l.Reward = append(l.Reward, s.number(reward))
		for x, c := range context {
			l.X[x] = append(l.X[x], s.number(c))
		}
		if units {
			l.Unit = append(l.Unit, s.word(unit, &known))
		}
	})
	return l, err
}

// word reads a name that has to be there.
func (s *sheet) word(c int, known *names) int32 {
	text := strings.TrimSpace(s.row[c])
	switch text {
	case "":
		s.problem(c, "fill it in, or leave the row out", "%s is empty", s.header[c])
	case "NA", "NaN", "null":
		s.problem(c, "fill it in, or leave the row out", "%s is missing (%s)", s.header[c], text)
	}
	return known.of(text)
}

func (r *run) action(s *sheet, c int, actions *names, closed bool) int32 {
	if !closed {
		return s.word(c, actions)
	}
	text := strings.TrimSpace(s.row[c])
	at, ok := actions.at[text]
	if !ok {
		s.problem(c, strings.TrimPrefix(source.Suggest(text, actions.list)+"; target.csv has a column for each action", "; "), "there is no action %q", text)
	}
	return at
}

// readTable reads target.csv or q.csv into the order of the actions. Where there are none yet, they
// are the file's columns.
func (r *run) readTable(name string, actions *names) (estimate.Table, error) {
	s, err := r.open(name)
	if err != nil {
		return nil, err
	}
	if len(actions.list) == 0 {
		for _, column := range s.header {
			actions.of(column)
		}
	}
	at := make([]int, len(actions.list))
	for a, action := range actions.list {
		at[a] = s.need(action, "a column for each action of target.csv")
	}
	s.unused()
	t := make(estimate.Table, len(at))
	err = s.each(func() {
		for a, c := range at {
			t[a] = append(t[a], s.number(c))
		}
		if name == "target" {
			s.sumsToOne(at, t)
		}
	})
	return t, err
}

// sumsToOne checks that the newest row is a policy's.
func (s *sheet) sumsToOne(at []int, t estimate.Table) {
	sum := 0.0
	for a, c := range at {
		p := t[a][len(t[a])-1]
		if p < 0 || p > 1 {
			s.problem(c, "it is a probability, from 0 to 1", "%s cannot be %s", s.header[c], strings.TrimSpace(s.row[c]))
			return
		}
		sum += p
	}
	if math.Abs(sum-1) > 1e-6 { // of what is no number nothing more is said
		s.problem(at[0], "one of the actions is always taken: the probabilities of a row sum to 1", "the row sums to %.9g", sum)
	}
}

// sameRows checks that a file has a row for each decision.
func (r *run) sameRows(name string, rows, want int) error {
	if rows != want {
		return r.wrong(name+".csv", "write one row for each row of the log, in its order", "it has %d rows, and log.csv %d", rows, want)
	}
	return nil
}

// estimated is an estimate in the answer.
type estimated struct {
	Value     number `json:"value"`
	StdErr    number `json:"stderr"`
	Lo        number `json:"ci_lo"`
	Hi        number `json:"ci_hi"`
	ESS       number `json:"ess"`
	MaxWeight number `json:"max_weight"`
	N         int    `json:"n"`
	Reliable  bool   `json:"reliable"`
	Why       string `json:"why"`
}

func estimatedOf(v estimate.Influence, s estimate.Support, unit []int32, level float64) estimated {
	se := v.StdErr(unit)
	half := estimate.Z(level) * se
	why := s.Why()
	return estimated{number(v.Value), number(se), number(v.Value - half), number(v.Value + half), number(s.ESS), number(s.MaxWeight), s.N, why == "", why}
}

// warnUnsupported tells of a target that does what was never done.
func (r *run) warnUnsupported(l estimate.Log, target estimate.Table) {
	if share := l.Unsupported(target); share > 0 {
		r.Note(fmt.Sprintf("%.3g %% of the target's probability goes to actions that were never taken in the log; nothing here can tell what they earn", 100*share))
	}
}
