package evaluate

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"

	"attune/core/source"
)

// Config says what to evaluate.
type Config struct {
	// Dir holds spec.json and the CSV files.
	Dir string
	// Out takes the answer; nothing is written to it unless there is one.
	Out io.Writer
	// Note is told what one should know beside the answer; nil for nobody.
	Note func(string)
	// Progress is told how many rows of a file were read, now and then, and of no file ("") when
	// reading is over; nil for nobody.
	Progress func(file string, rows int)
}

// Run reads the folder and writes the answer. Problems are faults in what was given, in the order of
// their places; then nothing was written.
func Run(ctx context.Context, cfg Config) ([]source.Problem, error) {
	if cfg.Note == nil {
		cfg.Note = func(string) {}
	}
	r := &run{Config: cfg, ctx: ctx}
	answer, err := r.answer()
	if cfg.Progress != nil {
		cfg.Progress("", 0)
	}
	if err != nil && !errors.Is(err, errWrong) {
		return nil, err
	}
	if !r.problems.Empty() {
		return r.problems.List(), nil
	}
	return nil, answer.write(cfg.Out)
}

// run is one evaluation under way.
type run struct {
	Config
	ctx      context.Context
	problems source.Problems
}

// errWrong says that there are problems, and no answer.
var errWrong = errors.New("what was given is wrong")

// wrong notes what is wrong with a whole file.
func (r *run) wrong(file, hint, format string, args ...any) error {
	r.problems.Add(source.Pos{File: r.name(file)}, hint, format, args...)
	return errWrong
}

// name is how a file of the folder is called in errors.
func (r *run) name(file string) string { return filepath.ToSlash(filepath.Join(r.Dir, file)) }

func (r *run) answer() (answer, error) {
	s, err := r.readSpec()
	if err != nil {
		return nil, err
	}
	switch s.task() {
	case "ope":
		return r.ope(s)
	case "mrt":
		return r.trial(s)
	case "confidence_sequence":
		return r.sequence(s)
	case "learn":
		return r.learn(s)
	case "leverage":
		return r.leverage(s)
	}
	return nil, errWrong
}

// answer is the elements of the list, one after the other.
type answer func(yield func(element any) bool)

// listed is an answer that is there already.
func listed[T any](elements []T) answer {
	return func(yield func(any) bool) {
		for _, e := range elements {
			if !yield(e) {
				return
			}
		}
	}
}

// write puts one element on each line.
func (a answer) write(to io.Writer) error {
	out := bufio.NewWriterSize(to, 1<<16)
	between := "[\n"
	for e := range a {
		text, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("write the answer: %w", err)
		}
		_, _ = out.WriteString(between + " ")
		_, _ = out.Write(text)
		between = ",\n"
	}
	_, _ = out.WriteString("\n]\n")
	return out.Flush()
}

// number is a float64 in JSON; what is not finite is null.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	if v := float64(n); math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}
