package evaluate

import (
	"math"
	"strconv"
	"strings"

	"attune/core/source"
	"attune/internal/estimate"
)

// asked is one estimator: its name as it was asked for, and how it is computed.
type asked struct {
	name     string
	modelled bool // needs an outcome model
	by       func(in *inputs) estimate.Influence
}

// inputs are the columns that estimators are made of.
type inputs struct{ w, reward, expected, residual []float64 }

type opeAnswer struct {
	Estimator string `json:"estimator"`
	estimated
}

// ope is off-policy evaluation: what the policy of target.csv would have earned.
func (r *run) ope(s *spec) (answer, error) {
	level, cluster := s.level(), s.cluster()
	list := s.estimators()
	model, folds := s.outcomeModel()
	if !s.ok() {
		return nil, errWrong
	}
	var actions names
	target, err := r.readTable("target", &actions)
	if err != nil {
		return nil, err
	}
	l, err := r.readLog(&actions, true, cluster)
	if err != nil {
		return nil, err
	}
	if err := r.sameRows("target", len(target[0]), l.Len()); err != nil {
		return nil, err
	}
	in := inputs{w: l.Weights(target), reward: l.Reward}
	if modelled(list) {
		q, err := r.predictions(model, folds, l, &actions)
		if err != nil {
			return nil, err
		}
		in.expected, in.residual = estimate.Expected(target, q), l.Residuals(q)
	}
	r.warnUnsupported(l, target)
	if len(list) == 1 && list[0].name == "dm" {
		r.Note("dm alone shows no error of the outcome model; ask for dr beside it")
	}
	support := estimate.SupportOf(in.w)
	var out []opeAnswer
	for _, e := range list {
		out = append(out, opeAnswer{e.name, estimatedOf(e.by(&in), support, l.Unit, level)})
	}
	return listed(out), nil
}

func modelled(list []asked) bool {
	for _, e := range list {
		if e.modelled {
			return true
		}
	}
	return false
}

// predictions are q.csv, or fitted.
func (r *run) predictions(model string, folds int, l estimate.Log, actions *names) (estimate.Table, error) {
	if model != "columns" {
		return estimate.CrossFit(l, len(actions.list), folds), nil
	}
	q, err := r.readTable("q", actions)
	if err != nil {
		return nil, err
	}
	return q, r.sameRows("q", len(q[0]), l.Len())
}

// outcomeModel is q.csv where there is one and nothing else was asked for.
func (s *spec) outcomeModel() (kind string, folds int) {
	there := s.r.there("q.csv") || s.r.there("q.csv.gz")
	o := s.object("outcome_model", "type", "folds")
	if o == nil {
		if there {
			return "columns", 0
		}
		return "ols_per_action", 2
	}
	kind = o.choice("type", "ols_per_action", "ols_per_action", "columns")
	folds = o.whole("folds", 2, 1000, 2)
	if kind == "ols_per_action" && there {
		s.r.Note(s.r.name("q.csv") + ": not used, since outcome_model asks for ols_per_action")
	}
	return kind, folds
}

func (s *spec) estimators() (out []asked) {
	clip := s.between("clip", 0, math.Inf(1), 0)
	words := s.words("estimators")
	if len(words) == 0 && s.ok() {
		s.problem(s.value.Get("estimators"), `write which to compute, such as "estimators": ["ips", "snips", "dm", "dr", "sndr"]`, `"estimators" is missing or empty`)
	}
	for i, word := range words {
		e, hint := estimatorOf(word, clip)
		if e.by == nil {
			s.problem(&s.value.Get("estimators").Items[i], hint, "there is no estimator %q", word)
			continue
		}
		out = append(out, e)
	}
	return out
}

// estimatorOf knows an estimator by its name. Three carry a number in it: ips_clip10 clips weights at
// 10, switch_dr10 leaves rows with larger weights to the model, dros10 shrinks weights with λ = 10.
// ips_clip and ips_clipC take theirs from "clip".
func estimatorOf(name string, clip float64) (asked, string) {
	plain := map[string]asked{
		"ips":   {name, false, func(in *inputs) estimate.Influence { return estimate.IPS(in.w, in.reward) }},
		"snips": {name, false, func(in *inputs) estimate.Influence { return estimate.SNIPS(in.w, in.reward) }},
		"dm":    {name, true, func(in *inputs) estimate.Influence { return estimate.DM(in.expected) }},
		"dr":    {name, true, func(in *inputs) estimate.Influence { return estimate.DR(in.expected, in.w, in.residual) }},
		"sndr":  {name, true, func(in *inputs) estimate.Influence { return estimate.SNDR(in.expected, in.w, in.residual) }},
	}
	if e, ok := plain[name]; ok {
		return e, ""
	}
	for _, kind := range []string{"ips_clip", "switch_dr", "dros"} {
		rest, ok := strings.CutPrefix(name, kind)
		if !ok {
			continue
		}
		c, err := strconv.ParseFloat(rest, 64)
		if kind == "ips_clip" && (rest == "" || rest == "C") {
			if c, err = clip, nil; clip == 0 {
				return asked{}, `write "clip": 10 beside it, or the number in its name: ips_clip10`
			}
		}
		if err != nil || !(c > 0) || math.IsInf(c, 0) {
			return asked{}, "write a number above 0 after its name, such as " + kind + "10"
		}
		return withParameter(name, kind, c), ""
	}
	return asked{}, source.Suggest(name, []string{"ips", "snips", "dm", "dr", "sndr", "ips_clip10", "switch_dr10", "dros10"})
}

func withParameter(name, kind string, c float64) asked {
	switch kind {
	case "ips_clip":
		return asked{name, false, func(in *inputs) estimate.Influence { return estimate.IPS(estimate.Clip(in.w, c), in.reward) }}
	case "switch_dr":
		return asked{name, true, func(in *inputs) estimate.Influence {
			return estimate.DR(in.expected, estimate.Switch(in.w, c), in.residual)
		}}
	}
	return asked{name, true, func(in *inputs) estimate.Influence {
		return estimate.DR(in.expected, estimate.Damp(in.w, c), in.residual)
	}}
}
