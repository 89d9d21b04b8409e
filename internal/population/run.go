package population

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
)

// Command lets a program decide: it is started, without a shell, and spoken with over its standard streams.
func Command(ctx context.Context, cfg Config, line string, stderr io.Writer) (*Result, error) {
	if err := cfg.fill(); err != nil {
		return nil, err
	}
	words := strings.Fields(line)
	if len(words) == 0 {
		return nil, fmt.Errorf(`%w: no program decides; name one, such as "attune decide --stdio"`, ErrSetting)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	child := exec.CommandContext(ctx, words[0], words[1:]...)
	child.Stderr = stderr
	in, err := child.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("speak with %s: %w", words[0], err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("speak with %s: %w", words[0], err)
	}
	if err := child.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", words[0], err)
	}
	r, err := Run(ctx, cfg, out, in)
	if err != nil {
		cancel()
		if exit := child.Wait(); exit != nil {
			err = fmt.Errorf("%w; %s ended with %w", err, words[0], exit)
		}
		return nil, err
	}
	if err := errors.Join(in.Close(), child.Wait()); err != nil {
		return nil, fmt.Errorf("%s ended with %w", words[0], err)
	}
	return r, nil
}

// Run lets a world live against whoever decides at the other end of the lines: it writes to w and reads
// the answers from r.
func Run(ctx context.Context, cfg Config, r io.Reader, w io.Writer) (*Result, error) {
	if err := cfg.fill(); err != nil {
		return nil, err
	}
	l := &life{cfg: cfg, truth: newTruth(cfg.Theory, cfg.Seed, 0), in: bufio.NewReaderSize(r, 1<<20), out: bufio.NewWriterSize(w, 1<<20)}
	l.ledger = newLedger(&l.cfg)
	for n := range cfg.Patients {
		l.people = append(l.people, newPerson(&l.cfg, n))
	}
	err := l.say(map[string]any{
		"type": "start", "actions": append([]string{"none"}, actionNames()...), "stages": stageNames(),
		"patients": cfg.Patients, "days": cfg.Days, "cap": cfg.Cap, "window_days": cfg.Window,
	})
	for day := 0; day < cfg.Days && err == nil; day++ {
		if cfg.Change > 0 && day == cfg.Change {
			l.truth = newTruth(cfg.Theory, cfg.Seed, 1)
		}
		if err = ctx.Err(); err == nil {
			err = l.day(day)
		}
	}
	if err != nil {
		return nil, err
	}
	result := l.ledger.result(l.people)
	return result, l.say(map[string]any{"type": "end", "theory": cfg.Theory, "mean_reward": result.MeanReward, "opted_out": result.OptedOut})
}

// life is a world while it lives.
type life struct {
	cfg    Config
	truth  truth
	people []person
	ledger *ledger
	in     *bufio.Reader
	out    *bufio.Writer
}

type told struct {
	ID          int    `json:"id"`
	Stage       string `json:"stage"`
	App         bool   `json:"app_user"`
	Age         int    `json:"age"`
	RecentSends int    `json:"recent_sends"`
	OptedOut    bool   `json:"opted_out"`
}

type answer struct {
	Decisions []struct {
		ID         int     `json:"id"`
		Action     string  `json:"action"`
		Propensity float64 `json:"propensity"`
	} `json:"decisions"`
}

func (l *life) say(v any) error {
	if err := json.NewEncoder(l.out).Encode(v); err != nil {
		return fmt.Errorf("tell the engine: %w", err)
	}
	if err := l.out.Flush(); err != nil {
		return fmt.Errorf("tell the engine: %w", err)
	}
	return nil
}

// day asks for decisions, holds each against what is allowed, and tells what became of them.
func (l *life) day(day int) error {
	names, list := stageNames(), make([]told, len(l.people))
	for n := range l.people {
		p := &l.people[n]
		list[n] = told{n, names[p.recorded], p.app, p.age, p.recent(day, l.cfg.Window), p.gone}
	}
	if err := l.say(map[string]any{"type": "decide", "day": day, "patients": list}); err != nil {
		return err
	}
	chosen, err := l.hear(day)
	if err != nil {
		return err
	}
	rewards, rejected := make([]int, len(l.people)), 0
	for n, c := range chosen {
		refused, done := l.live(day, n, c)
		if refused {
			rejected++
		}
		if done {
			rewards[n] = 1
		}
	}
	l.ledger.endOfDay()
	return l.say(map[string]any{"type": "reward", "day": day, "rewards": rewards, "rejected": rejected})
}

// choice is what was decided for one person; action is -1 for none.
type choice struct {
	action     int
	propensity float64
}

// hear reads the decisions of a day: one for each person, of the actions that there are.
func (l *life) hear(day int) ([]choice, error) {
	line, err := l.in.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("hear the decisions of day %d: %w", day, err)
	}
	var a answer
	if err := json.Unmarshal(line, &a); err != nil {
		return nil, fmt.Errorf("the decisions of day %d are not to be read: %w", day, err)
	}
	if len(a.Decisions) != len(l.people) {
		return nil, fmt.Errorf("day %d has %d decisions for %d patients", day, len(a.Decisions), len(l.people))
	}
	places := map[string]int{"none": -1}
	for i, name := range actionNames() {
		places[name] = i
	}
	out, seen := make([]choice, len(l.people)), make([]bool, len(l.people))
	for _, d := range a.Decisions {
		at, known := places[d.Action]
		switch {
		case d.ID < 0 || d.ID >= len(out) || seen[d.ID]:
			return nil, fmt.Errorf("day %d: there is a second decision for patient %d, or no such patient", day, d.ID)
		case !known:
			return nil, fmt.Errorf("day %d: patient %d gets %q, which is no action", day, d.ID, d.Action)
		case !(d.Propensity > 0 && d.Propensity <= 1):
			return nil, fmt.Errorf("day %d: patient %d has the propensity %v", day, d.ID, d.Propensity)
		}
		seen[d.ID], out[d.ID] = true, choice{at, d.Propensity}
	}
	return out, nil
}

// live lets one person have their day.
func (l *life) live(day, n int, c choice) (refused, done bool) {
	p, t := &l.people[n], &l.truth
	open := !p.gone && p.recent(day, l.cfg.Window) < l.cfg.Cap
	effects, best := t.all(p)
	l.ledger.decided(p, &effects, best, c, open)
	if open && l.cfg.Watch != nil {
		l.cfg.Watch(p.moment(day, n, &effects))
	}
	if c.action >= 0 && !open {
		refused, c.action = true, -1
	}
	effect := 0.0
	if c.action >= 0 {
		effect = effects[c.action]
	}
	chance := p.chance(effect)
	done = draw(l.cfg.Seed, drawReward, n, day) < chance
	if open {
		l.ledger.estimate(p, &effects, c, done)
	}
	l.ledger.lived(chance, chance-p.chance(0), done)
	if c.action >= 0 && draw(l.cfg.Seed, drawLeave, n, day) < t.hazard(p, c.action) {
		p.gone = true
	}
	p.after(&l.cfg, n, day, c.action >= 0, done)
	return refused, done
}
