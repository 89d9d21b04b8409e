package evaluate

import (
	"math"

	"attune/internal/estimate"
	"attune/internal/strictjson"
)

type lookAnswer struct {
	T    int    `json:"t"`
	Mean number `json:"mean"`
	Lo   number `json:"lo"`
	Hi   number `json:"hi"`
}

// sequence is the confidence sequence of the values in stream.csv.
func (r *run) sequence(s *spec) (answer, error) {
	seq := estimate.Sequence{Alpha: s.between("alpha", 0, 1, 0.05), TuneAt: s.between("tune_at", 0, math.Inf(1), math.NaN())}
	at := s.looks()
	if !s.ok() {
		return nil, errWrong
	}
	sheet, err := r.open("stream")
	if err != nil {
		return nil, err
	}
	value := sheet.need("value", "the values, in the order in which they came")
	sheet.unused("t", "unit")
	wanted := map[int]bool{}
	for _, t := range at {
		wanted[t] = true
	}
	var looks []lookAnswer
	of := map[int]lookAnswer{}
	err = sheet.each(func() {
		seq.Add(sheet.number(value))
		lo, hi := seq.Interval()
		look := lookAnswer{seq.N(), number(seq.Mean()), number(lo), number(hi)}
		if at == nil {
			looks = append(looks, look)
		} else if wanted[look.T] {
			of[look.T] = look
		}
	})
	if err != nil {
		return nil, err
	}
	for i, t := range at {
		if t > seq.N() {
			s.problem(&s.value.Get("at").Items[i], "leave it out", "stream.csv has %d values, and not %d", seq.N(), t)
		}
		looks = append(looks, of[t])
	}
	if !s.ok() {
		return nil, errWrong
	}
	return listed(looks), nil
}

// looks are the instants in "at"; nil for all.
func (s *spec) looks() (at []int) {
	v := s.value.Get("at")
	if !v.Given() {
		return nil
	}
	if v.Kind != strictjson.Array {
		s.problem(v, "write a list such as [100, 200, 300], or leave it out for all", `"at" is %s and has to be a list`, v.Kind)
		return nil
	}
	at = []int{}
	for i := range v.Items {
		n, ok := v.Items[i].Integer()
		if v.Items[i].Kind != strictjson.Number || !ok || n < 1 {
			s.problem(&v.Items[i], "write whole numbers from 1 on", `"at" cannot have %s`, shown(&v.Items[i]))
			continue
		}
		at = append(at, int(n))
	}
	return at
}
