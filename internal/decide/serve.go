package decide

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Fault is something wrong with what the world said.
type Fault struct {
	Line int
	Err  error
	// Unfinished tells that nothing is wrong so far, but the lines ended before the one of type end.
	Unfinished bool
}

// Error names the line.
func (f *Fault) Error() string { return fmt.Sprintf("line %d: %v", f.Line, f.Err) }

// Unwrap gives what is wrong.
func (f *Fault) Unwrap() error { return f.Err }

// Serve speaks with a world until it ends: lines come in, decisions go out, and at last the report goes to
// report. What the world does wrong is a [Fault].
func Serve(ctx context.Context, cfg Config, in io.Reader, out, report io.Writer) error {
	return newServer(cfg, out, report).serve(ctx, in)
}

func newServer(cfg Config, out, report io.Writer) *server {
	return &server{cfg: cfg, out: bufio.NewWriterSize(out, 64<<10), report: report}
}

func (s *server) serve(ctx context.Context, in io.Reader) error {
	lines := bufio.NewReaderSize(in, 1<<20)
	for n := 1; ; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		line, err := readLine(lines)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read line %d: %w", n, err)
		}
		over := errors.Is(err, io.EOF)
		if line = bytes.TrimSpace(line); len(line) > 0 {
			ended, err := s.line(line)
			if err != nil {
				return &Fault{Line: n, Err: err}
			}
			if ended {
				return nil
			}
		}
		if over {
			return &Fault{Line: n, Err: s.unfinished(), Unfinished: true}
		}
	}
}

// readLine reads up to the end of a line, however long.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	long := bytes.Clone(line)
	rest, err := r.ReadBytes('\n')
	return append(long, rest...), err
}

// server knows which line may come next.
type server struct {
	cfg    Config
	engine *Engine
	out    *bufio.Writer
	report io.Writer
	// waits tells that rewards have to come next, for so many patients as were asked for.
	waits  bool
	asked  int
	buffer []byte
	// after is told of the engine when a day's rewards are in; nil for nobody.
	after func(e *Engine)
}

func (s *server) unfinished() error {
	switch {
	case s.engine == nil:
		return errors.New("the input ended before a line of type start came")
	case s.waits:
		return fmt.Errorf("the input ended before the rewards of day %d came", s.engine.day)
	}
	return errors.New(`the input ended without a line {"type":"end"}: write one after the last rewards, and the report follows`)
}

func (s *server) line(line []byte) (ended bool, err error) {
	kind, err := kindOf(line)
	if err != nil {
		return false, err
	}
	if s.engine == nil && kind != "start" {
		return false, fmt.Errorf("a line of type %s came before the one of type start", kind)
	}
	switch kind {
	case "start":
		return false, s.begin(line)
	case "decide":
		return false, s.decide(line)
	case "reward":
		return false, s.rewards(line)
	}
	return true, s.end(line)
}

func (s *server) begin(line []byte) error {
	if s.engine != nil {
		return errors.New("a world starts once: this is a second line of type start")
	}
	var start Start
	if err := decode(line, &start); err != nil {
		return err
	}
	engine, err := NewEngine(s.cfg, start)
	if err != nil {
		return err
	}
	s.engine = engine
	for _, remark := range s.cfg.Matrix.unheard(engine.interventions, start.Stages) {
		fmt.Fprintln(s.report, "note:", remark)
	}
	return nil
}

func (s *server) decide(line []byte) error {
	var on onDecide
	if err := decode(line, &on); err != nil {
		return err
	}
	switch {
	case s.waits:
		return fmt.Errorf("the rewards of day %d have to come before other decisions are asked for", s.engine.day)
	case on.Day == nil:
		return errors.New(`"day" is missing: number the days`)
	case on.Patients == nil:
		return errors.New(`"patients" is missing: list them, or write []`)
	case s.engine.told.days > 0 && *on.Day <= s.engine.day:
		return fmt.Errorf("day %d comes after day %d: days only go forward, and each is asked for once", *on.Day, s.engine.day)
	case *on.Day < -1e6 || *on.Day > 1e6:
		return fmt.Errorf("day %d is out of all bounds: count from 0 or 1", *on.Day)
	}
	patients, err := readPatients(*on.Patients, s.engine.start.Stages)
	if err != nil {
		return err
	}
	decisions, err := s.engine.Decide(*on.Day, patients)
	if err != nil {
		return err
	}
	s.waits, s.asked = true, len(patients)
	return s.answer(decisions)
}

// answer writes one line and sends it off: the world waits for it.
func (s *server) answer(decisions []Decision) error {
	b := append(s.buffer[:0], `{"decisions":[`...)
	for i, d := range decisions {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, `{"id":`...), d.ID.raw...)
		b = append(b, `,"action":`...)
		name, err := json.Marshal(d.Action)
		if err != nil {
			return err
		}
		b = append(append(b, name...), `,"propensity":`...)
		b = strconv.AppendFloat(b, d.Propensity, 'g', -1, 64)
		b = append(b, '}')
	}
	s.buffer = append(b, "]}\n"...)
	if _, err := s.out.Write(s.buffer); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	if err := s.out.Flush(); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	return nil
}

func (s *server) rewards(line []byte) error {
	var on onReward
	if err := decode(line, &on); err != nil {
		return err
	}
	switch {
	case !s.waits:
		return errors.New("rewards came twice, or before any decision was asked for")
	case on.Day != nil && *on.Day != s.engine.day:
		return fmt.Errorf("these are rewards of day %d, and the last decisions were for day %d", *on.Day, s.engine.day)
	case on.Rewards == nil:
		return errors.New(`"rewards" is missing: list one for each patient of the last decisions, in the order of their ids`)
	case len(*on.Rewards) != s.asked:
		return fmt.Errorf("%d rewards came for %d patients: list one for each patient of the last decisions, in the order of their ids, null where it is not known", len(*on.Rewards), s.asked)
	case on.Rejected < 0:
		return errors.New(`"rejected" cannot be less than 0`)
	}
	values := make([]float64, s.asked)
	for i, r := range *on.Rewards {
		values[i] = -1
		if r != nil {
			values[i] = float64(*r)
		}
	}
	s.engine.Reward(values, on.Rejected)
	s.waits = false
	if s.after != nil {
		s.after(s.engine)
	}
	return nil
}

// end learns from the last day and reports, with all that the world itself says at its end.
func (s *server) end(line []byte) error {
	if s.waits {
		return fmt.Errorf("the rewards of day %d have to come before the end", s.engine.day)
	}
	if err := s.engine.night(s.engine.day+1, nil); err != nil {
		return err
	}
	fmt.Fprintf(s.report, "the world says %s\n", line)
	return s.engine.Report(s.report)
}
