package evaluate

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"attune/core/source"
	"attune/internal/strictjson"
)

const specFile = "spec.json"

// mostSpec is how large a spec may be: one that lists 100,000 instants stays below it.
const mostSpec = 4 << 20

// tasks are what can be asked, and the fields of each beside "task".
func tasks() map[string][]string {
	return map[string][]string{
		"ope":                 {"estimators", "outcome_model", "clip", "cluster", "ci"},
		"mrt":                 {"estimator", "moderators", "controls", "numerator", "small_sample", "ci"},
		"confidence_sequence": {"alpha", "tune_at", "at"},
		"learn":               {"folds", "burden", "cluster", "ci"},
		"leverage":            {"transitions", "now", "case_mix", "fairness", "incidents", "min_cell", "min_segment", "cap", "depth", "seed"},
	}
}

// spec is spec.json, or an object in it. Its methods note what is wrong and go on.
type spec struct {
	r     *run
	text  []byte
	value *strictjson.Value
}

// readSpec reads spec.json and checks its names.
func (r *run) readSpec() (*spec, error) {
	text, err := os.ReadFile(filepath.Join(r.Dir, specFile))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, r.wrong(specFile, `write one, such as {"task": "ope", "estimators": ["ips", "dr"]}; docs/evaluate.md shows all`, "there is no spec")
	case err != nil:
		return nil, fmt.Errorf("read the spec: %w", err)
	case len(text) > mostSpec:
		return nil, r.wrong(specFile, "", "the spec has more than %d bytes", mostSpec)
	}
	return r.parseSpec(text)
}

func (r *run) parseSpec(text []byte) (*spec, error) {
	s := &spec{r: r, text: text}
	doc, err := strictjson.Parse(text)
	if bad := (*strictjson.Error)(nil); errors.As(err, &bad) {
		r.problems.Add(s.at(bad.Offset), bad.Remedy, "%s", bad.Reason)
		return nil, errWrong
	}
	for _, f := range doc.Flaws {
		r.problems.Add(s.at(f.Offset), f.Remedy, "%s", f.Reason)
	}
	s.value = &doc.Root
	if s.value.Kind != strictjson.Object {
		r.problems.Add(s.at(s.value.From), `write {"task": …}`, "the spec is %s and has to be an object", s.value.Kind)
		return nil, errWrong
	}
	s.known(append([]string{"task"}, tasks()[s.task()]...))
	if !r.problems.Empty() {
		return nil, errWrong
	}
	return s, nil
}

// task is what is asked; "" is noted.
func (s *spec) task() string {
	names := make([]string, 0, 4)
	for name := range tasks() {
		names = append(names, name)
	}
	slices.Sort(names)
	return s.choice("task", "", names...)
}

// known notes fields that mean nothing. Of an unknown task it says nothing.
func (s *spec) known(names []string) {
	if len(names) == 1 {
		return
	}
	for i, name := range s.value.Names {
		if !slices.Contains(names, name) {
			s.problem(&s.value.Items[i], source.Suggest(name, names), "there is no field %q", name)
		}
	}
}

// at is the line and column of a byte.
func (s *spec) at(offset int) source.Pos {
	before := s.text[:min(offset, len(s.text))]
	line := bytes.Count(before, []byte("\n"))
	column := len([]rune(string(before[bytes.LastIndexByte(before, '\n')+1:])))
	return source.Pos{File: s.r.name(specFile), Line: line + 1, Column: column + 1}
}

// problem notes one at a value, or at the object where the value is absent.
func (s *spec) problem(v *strictjson.Value, hint, format string, args ...any) {
	from := s.value.From
	if v.Kind != strictjson.Absent {
		from = v.From
	}
	s.r.problems.Add(s.at(from), hint, format, args...)
}

// choice is one of several words; otherwise stands for nothing given, and "" for it has to be given.
func (s *spec) choice(name, otherwise string, words ...string) string {
	v := s.value.Get(name)
	switch {
	case !v.Given() && otherwise != "":
		return otherwise
	case !v.Given():
		s.problem(v, "write one of "+strings.Join(words, ", "), "%q is missing", name)
	case v.Kind != strictjson.String:
		s.problem(v, "write one of "+strings.Join(words, ", "), "%q is %s and has to be a word", name, v.Kind)
	case !slices.Contains(words, v.Text):
		s.problem(v, source.Suggest(v.Text, words), "%q cannot be %q", name, v.Text)
	default:
		return v.Text
	}
	return ""
}

// between is a number strictly between two others. Without a default (NaN) it has to be given.
func (s *spec) between(name string, low, high, otherwise float64) float64 {
	v := s.value.Get(name)
	if !v.Given() && !math.IsNaN(otherwise) {
		return otherwise
	}
	return s.float(v, fmt.Sprintf("%q", name), low, high)
}

func (s *spec) float(v *strictjson.Value, name string, low, high float64) float64 {
	bounds := fmt.Sprintf("write a number above %g", low)
	if math.IsInf(low, -1) {
		bounds = "write a number"
	}
	if !math.IsInf(high, 1) {
		bounds += fmt.Sprintf(" and below %g", high)
	}
	if !v.Given() {
		s.problem(v, bounds, "%s is missing", name)
		return math.NaN()
	}
	f, ok := v.Float()
	switch {
	case v.Kind != strictjson.Number:
		s.problem(v, bounds, "%s is %s and has to be a number", name, v.Kind)
	case !ok || !(f > low && f < high):
		s.problem(v, bounds, "%s cannot be %s", name, v.Text)
	default:
		return f
	}
	return math.NaN()
}

// whole is a whole number within bounds.
func (s *spec) whole(name string, low, high, otherwise int64) int {
	v := s.value.Get(name)
	if !v.Given() {
		return int(otherwise)
	}
	n, ok := v.Integer()
	if v.Kind != strictjson.Number || !ok || n < low || n > high {
		s.problem(v, fmt.Sprintf("write a whole number from %d to %d", low, high), "%q cannot be %s", name, shown(v))
		return int(otherwise)
	}
	return int(n)
}

func shown(v *strictjson.Value) string {
	if v.Kind == strictjson.Number {
		return v.Text
	}
	return v.Kind.String()
}

// boolean is true or false; false where nothing is given.
func (s *spec) boolean(name string) bool {
	v := s.value.Get(name)
	if v.Given() && v.Kind != strictjson.Bool {
		s.problem(v, "write true or false", "%q is %s and has to be true or false", name, v.Kind)
	}
	return v.IsTrue()
}

// words is a list of different words; nothing given is an empty list.
func (s *spec) words(name string) (out []string) {
	v := s.value.Get(name)
	if !v.Given() {
		return nil
	}
	if v.Kind != strictjson.Array {
		s.problem(v, `write a list such as ["this", "that"]`, "%q is %s and has to be a list", name, v.Kind)
		return nil
	}
	for i := range v.Items {
		switch item := &v.Items[i]; {
		case item.Kind != strictjson.String:
			s.problem(item, `write a word in quotes`, "%q has %s among its words", name, item.Kind)
		case slices.Contains(out, item.Text):
			s.problem(item, "leave one out", "%q has %q twice", name, item.Text)
		default:
			out = append(out, item.Text)
		}
	}
	return out
}

// object is an object within; nil where nothing is given.
func (s *spec) object(name string, fields ...string) *spec {
	v := s.value.Get(name)
	if !v.Given() {
		return nil
	}
	if v.Kind != strictjson.Object {
		s.problem(v, "", "%q is %s and has to be an object", name, v.Kind)
		return nil
	}
	in := &spec{r: s.r, text: s.text, value: v}
	if len(fields) > 0 {
		in.known(fields)
	}
	return in
}

// level is how much of the time an interval is to hold.
func (s *spec) level() float64 { return s.between("ci", 0, 1, 0.95) }

// cluster tells whether rows of one unit are taken as alike.
func (s *spec) cluster() bool { return s.choice("cluster", "no", "unit") == "unit" }

// ok tells that nothing is wrong so far.
func (s *spec) ok() bool { return s.r.problems.Empty() }
