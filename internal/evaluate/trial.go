package evaluate

import (
	"math"

	"attune/core/source"
	"attune/internal/estimate"
	"attune/internal/strictjson"
)

type termAnswer struct {
	Term     string `json:"term"`
	Estimate number `json:"estimate"`
	StdErr   number `json:"stderr"`
	Lo       number `json:"ci_lo"`
	Hi       number `json:"ci_hi"`
	DF2      int    `json:"df2"`
	P        number `json:"p"`
}

// trial is the effect of engaging in a micro-randomised trial.
func (r *run) trial(s *spec) (answer, error) {
	level, small := s.level(), s.boolean("small_sample")
	kind := s.choice("estimator", "", "wcls", "emee")
	a := trialColumns{controls: s.words("controls"), moderators: s.words("moderators")}
	a.numerator, a.numeratorColumn = s.numerator()
	if !s.ok() {
		return nil, errWrong
	}
	t, err := r.readTrial(a, kind == "emee")
	if err != nil {
		return nil, err
	}
	var terms []estimate.Term
	if kind == "emee" {
		if small {
			r.Note(r.name(specFile) + ": small_sample is for wcls; emee has no such correction here")
		}
		terms, err = estimate.EMEE(t, level)
	} else {
		terms, err = estimate.WCLS(t, small, level)
	}
	if err != nil {
		return nil, r.wrong(specFile, "", "%s", err)
	}
	var out []termAnswer
	for _, x := range terms {
		out = append(out, termAnswer{x.Name, number(x.Estimate), number(x.StdErr), number(x.Lo), number(x.Hi), x.DF2, number(x.P)})
	}
	return listed(out), nil
}

// trialColumns are the columns that a spec names.
type trialColumns struct {
	controls, moderators []string
	numerator            float64
	numeratorColumn      string
}

// numerator is a probability, or the name of a column of probabilities.
func (s *spec) numerator() (float64, string) {
	v := s.value.Get("numerator")
	if v.Kind == strictjson.String {
		return 0, v.Text
	}
	if !v.Given() {
		s.problem(v, `write the share of treatment that effects are averaged over, such as 0.6, or the name of a column; where the probability never changes it is the same`, `"numerator" is missing`)
		return math.NaN(), ""
	}
	return s.float(v, `"numerator"`, 0, 1), ""
}

// readTrial reads log.csv. Of rows in which nobody was available, nothing but the unit is read.
func (r *run) readTrial(a trialColumns, ratio bool) (*estimate.Trial, error) {
	s, err := r.open("log")
	if err != nil {
		return nil, err
	}
	unit := s.need("unit", "whose decision point it was")
	avail := s.need("avail", "1 where something could have been done, else 0")
	action := s.need("action", "1 where it was done, else 0")
	propensity := s.need("propensity", "the probability of doing it")
	reward := s.need("reward", "what came of it")
	numerator := -1
	if a.numeratorColumn != "" {
		numerator = s.need(a.numeratorColumn, "the numerator's probabilities")
	}
	t := &estimate.Trial{}
	controls, moderators := s.columns(a.controls), s.columns(a.moderators)
	t.Controls, t.Moderators = named(a.controls), named(a.moderators)
	var units names
	err = s.each(func() {
		t.Unit = append(t.Unit, s.word(unit, &units))
		available := s.bit(avail)
		t.Available = append(t.Available, available)
		read := func(of func() float64) float64 {
			if !available {
				return 0
			}
			return of()
		}
		t.Treated = append(t.Treated, available && s.bit(action))
		t.Propensity = append(t.Propensity, read(func() float64 {
			return s.probability(propensity, false, "where somebody is available, both have to be possible")
		}))
		t.Reward = append(t.Reward, read(func() float64 { return s.reward(reward, ratio) }))
		t.Numerator = append(t.Numerator, read(func() float64 {
			if numerator < 0 {
				return a.numerator
			}
			return s.probability(numerator, false, "it takes the place of a probability of treating")
		}))
		for i, c := range controls {
			t.Controls[i].Values = append(t.Controls[i].Values, read(func() float64 { return s.number(c) }))
		}
		for i, c := range moderators {
			t.Moderators[i].Values = append(t.Moderators[i].Values, read(func() float64 { return s.number(c) }))
		}
	})
	return t, err
}

// reward reads a reward; relative risks need one that is not negative.
func (s *sheet) reward(c int, ratio bool) float64 {
	v := s.number(c)
	if ratio && v < 0 {
		s.problem(c, "emee compares risks: write 1 where it happened and 0 where not, or ask for wcls", "%s is below 0", s.header[c])
	}
	return v
}

// columns finds the columns of a list in the spec.
func (s *sheet) columns(list []string) (at []int) {
	for _, name := range list {
		c := s.find(name)
		if c < 0 {
			s.found++
			s.r.problems.Add(source.Pos{File: s.r.name(s.file), Line: 1, Column: 1}, source.Suggest(name, s.header), "there is no column %q, which %s names", name, specFile)
		}
		at = append(at, c)
	}
	return at
}

func named(list []string) (out []estimate.Column) {
	for _, name := range list {
		out = append(out, estimate.Column{Name: name})
	}
	return out
}
