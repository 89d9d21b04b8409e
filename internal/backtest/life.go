package backtest

import (
	"fmt"

	"attune/core/decision"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/release"
)

// life is somebody as they live on under one release.
type life struct {
	rel          *release.Release
	seed, common id.Seed
	// model is what decisions go by; nil for what the release expects before anything is learned.
	model *decision.Model
	// stale tells that it was too old to go by. In the window none is.
	stale bool
	p     person.Person
	// facts are what was heard and noted of them so far, for when the engine asks.
	facts []engine.Fact
	// steps counts.
	steps int64
}

// fork is a life that goes on by itself from here.
func (l *life) fork() *life {
	f := *l
	f.facts = l.facts[:len(l.facts):len(l.facts)]
	f.steps = 0
	return &f
}

// maxAgain bounds how often one input is given again; a thousand instants each time make a century.
const maxAgain = 100_000

// step gives the engine one input, as often as it asks for it again, and returns what it decided.
func (l *life) step(at instant.Time, what engine.What) (out []effect.Effect, err error) {
	in := engine.Input{At: at, Seed: l.seed, Common: l.common, Model: l.model, Stale: l.stale, What: what}
	for range maxAgain {
		is, effects := engine.Step(l.rel, l.p, in)
		l.steps++
		n := len(effects)
		if n > 0 && effects[n-1] == (effect.NeedHistory{}) {
			in.History, in.Recalled = l.facts, true
			continue
		}
		l.p = is
		again := false
		if n > 0 {
			if _, again = effects[n-1].(effect.Again); again {
				effects = effects[:n-1]
			}
		}
		out = append(out, effects...)
		if !again {
			l.learn(at, what, out)
			return out, nil
		}
	}
	return out, fmt.Errorf("it does not come to rest at %s", at)
}

// learn keeps what a step took in, as record.Facts would tell it.
func (l *life) learn(at instant.Time, what engine.What, effects []effect.Effect) {
	heard, is := what.(engine.Heard)
	for _, e := range effects {
		switch x := e.(type) { //nolint:gochecksumtype // no other effect adds to the facts
		case effect.Ignore:
			is = false
		case effect.Note:
			l.facts = append(l.facts, engine.Fact{At: x.At, Event: x.Event})
		}
	}
	if is {
		l.facts = append(l.facts, engine.Fact{At: at, Event: heard.Event})
	}
}

// input is something that happened to somebody in the window, whatever was sent to them.
type input struct {
	at   instant.Time
	what engine.What
}

// maxStill bounds how often somebody may be stepped at one instant: more is a fault.
const maxStill = 10_000

// live lets somebody live through their inputs from an instant on and up to, not including, another. What is
// due happens at its instant, and what should have been handed over before the first at that. At one instant news comes first and the gate last, as the server takes them; what passes
// the gate counts as taken there and then. All that is decided is told.
func (l *life) live(inputs []input, from, to instant.Time, told func(engine.What, []effect.Effect)) error {
	take := func(at instant.Time, what engine.What) ([]effect.Effect, error) {
		effects, err := l.step(at, what)
		told(what, effects)
		return effects, err
	}
	still, last := 0, instant.Time(0)
	for {
		next, wake, due := instant.Never, instant.Never, instant.Never
		if len(inputs) > 0 {
			next = inputs[0].at
		}
		if l.p.Release != 0 {
			wake = l.p.Wake
			if due = l.p.Due(); due != instant.Never {
				due = max(due, l.p.Now, from)
			}
		}
		at := min(next, wake, due)
		if at >= to {
			break
		}
		if still++; at != last {
			still, last = 0, at
		} else if still > maxStill {
			return fmt.Errorf("it does not come to rest at %s", at)
		}
		var what engine.What = engine.Gate{}
		if at == next {
			what, inputs = inputs[0].what, inputs[1:]
		} else if at == wake {
			what = engine.Tick{}
		}
		effects, err := take(at, what)
		for _, e := range effects {
			if send, is := e.(effect.Send); is && err == nil {
				_, err = take(at, engine.Settled{Attempt: send.Attempt, Outcome: engine.Accepted})
			}
		}
		if err != nil {
			return err
		}
	}
	if l.p.Release == 0 {
		return nil // nothing was heard of them yet
	}
	_, err := take(to-1, engine.Tick{})
	return err
}

// catchUp moves somebody to what is live at an instant, by publications that they would have been moved by
// later with nothing happening to them until then, and lets happen what was due before it.
func (j *job) catchUp(l *life, until instant.Time) (out []effect.Effect, err error) {
	at, known := j.places[l.p.Release]
	if !known {
		return nil, unknownRelease(l.p.Release)
	}
	take := func(at instant.Time, what engine.What) {
		if err == nil {
			var effects []effect.Effect
			effects, err = l.step(at, what)
			out = append(out, effects...)
		}
	}
	l.rel = j.Published[at].Release
	for k := at + 1; k < len(j.Published) && j.Published[k].At < until; k++ {
		p := &j.Published[k]
		if j.Published[k-1].Exact {
			take(p.At, engine.Tick{})
		}
		l.rel = p.Release
		take(p.At, engine.Switch{To: p.Release.Short, IncludeExisting: p.IncludeExisting})
	}
	take(until-1, engine.Tick{})
	return out, err
}

// under moves somebody to a version where the window begins, as publishing it there would. Whoever lives
// under it already just goes on.
func (j *job) under(l *life, v *release.Release, told func(engine.What, []effect.Effect)) error {
	if l.p.Release == 0 {
		l.rel = v
		return nil
	}
	if l.rel.ID == v.ID {
		return nil
	}
	l.rel = v
	what := engine.Switch{To: v.Short, IncludeExisting: j.IncludeExisting}
	effects, err := l.step(j.From, what)
	told(what, effects)
	return err
}

func unknownRelease(short uint64) error {
	return fmt.Errorf("they live under the release %016x, which is not among those that were published here: restore the data folder's releases from a backup", short)
}
