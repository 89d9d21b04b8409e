package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"attune/core/effect"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/release"
	"attune/internal/delivery"
	"attune/internal/intake"
	"attune/internal/runner"
	"attune/internal/sim"
	"attune/internal/simulate"
)

// Demo says what a demonstration is made of.
type Demo struct {
	Data    string
	Release *release.Release
	// People is how many there are and Days how long they have lived before one may look.
	People, Days int
	// Worlds are other people, who live as a world says; none mostly.
	Worlds []DemoWorld
	Seed   uint64
	// End is when their past ends and one may look; zero is now.
	End instant.Time
	// StaleAfter is how old what was learned may be that decides; zero is two months, since a demonstration learns
	// seldom.
	StaleAfter instant.Duration
	// Phones is the share of people who have a telephone, and Does by what a message's effect on them is multiplied: that
	// of an engagement's variant; nil for as it is.
	Phones float64
	Does   func(engagement, variant string) float64
	// Pace is how many of their seconds pass in one of ours.
	Pace float64
	// Logger is told what operators should know; nil discards it.
	Logger *slog.Logger
}

// DemoProgram is the program that a demonstration's own people were made up for.
const DemoProgram = sim.Program

// DemoWorld is a program's people, who live as its world says.
type DemoWorld struct {
	Program string
	World   *simulate.World
	// People is how many there are, and Days how long ago the first of them came.
	People, Days int
}

// livedName marks a data folder whose past is complete.
const livedName = "demo.json"

// stepOfPast is how finely the past is lived: events, gates and hand-overs of that much time happen
// together.
const stepOfPast = 30 * instant.Minute

// stepOfEarlier is how finely the past is lived before the page's people come: so much earlier that nobody looks closely.
const stepOfEarlier = 6 * instant.Hour

// learnInPast is how often is learned while the past is lived, which is lived fast.
const learnInPast = 30 * instant.Day

// World is a demonstration under way.
type World struct {
	Node       *Node
	Clock      *sim.Clock
	Population *sim.Population
	crowds     []*sim.Crowd
	pace       float64
}

// NewWorld lives a demonstration's past in a fresh data folder. All of it goes through intake, log,
// step, gate and capture under the virtual clock; nothing is put into a table in any other way.
func NewWorld(ctx context.Context, d Demo, zones *instant.Zones) (*World, error) {
	if _, err := os.Stat(d.Data); err == nil {
		if _, err := os.Stat(filepath.Join(d.Data, livedName)); err != nil {
			if entries, _ := os.ReadDir(d.Data); len(entries) > 0 {
				return nil, fmt.Errorf("%s holds something that is not a demonstration: choose another folder with --data", d.Data)
			}
		}
		// A demonstration begins anew each time: its people have no other life.
		if err := os.RemoveAll(d.Data); err != nil {
			return nil, fmt.Errorf("clear the last demonstration: %w", err)
		}
	}
	if err := os.MkdirAll(d.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	if err := writeDurably(filepath.Join(d.Data, livedName), []byte("{\"what\": \"a demonstration; it is made anew at each start\"}\n")); err != nil {
		return nil, err
	}
	end := d.End
	if end == 0 {
		end = instant.Of(time.Now())
	}
	start := end.Add(-instant.Duration(d.Days) * instant.Day)
	first := start
	for _, other := range d.Worlds {
		first = min(first, end.Add(-instant.Duration(other.Days)*instant.Day))
	}
	w := &World{Clock: sim.NewClock(first, nil), pace: d.Pace}
	var err error
	if w.Population, err = sim.NewPopulation(d.Seed, d.People, zones, start, end.Sub(start)); err != nil {
		return nil, err
	}
	w.Population.Go(sim.Ways{Phones: d.Phones, Does: d.Does})
	var lived []string
	for _, other := range d.Worlds {
		crowd, err := sim.NewCrowd(other.Program, other.World, d.Release, d.Seed, other.People, end.Add(-instant.Duration(other.Days)*instant.Day))
		if err != nil {
			return nil, err
		}
		w.crowds, lived = append(w.crowds, crowd), append(lived, other.Program)
	}
	w.Node, err = Open(ctx, Options{
		Data: d.Data, Organisation: "demo", Release: d.Release, Now: w.Clock.Now, Relaxed: true, Logger: d.Logger, StaleAfter: cmp.Or(d.StaleAfter, 2*learnInPast),
		Watch: func(c runner.Change) {
			for _, crowd := range w.crowds {
				crowd.Watch(c)
			}
			w.Population.Asked(c.Person, notOf(lived, c.Effects), func(request id.Key) []string {
				o, _ := w.Node.Requests.Get(request)
				return o.Outcomes
			})
		},
		Carrier: func(c delivery.Channel) delivery.Channel { return sim.Carry(c, w.readers()...) },
	})
	if err != nil {
		return nil, err
	}
	learnt := start // what was before is looked back on then
	drive := sim.Drive{Runner: w.Node.Runner, Delivery: w.Node.Delivery, Proposals: w.Node.Proposals}
	for now := first; now < end; {
		step := stepOfPast
		if now < start {
			step = stepOfEarlier
		}
		now = min(now.Add(step), end)
		w.Clock.Set(now)
		for _, p := range w.people() {
			if err := w.Node.Intake.Take(ctx, p.Source(), p.Until(now)); err != nil {
				return nil, w.failed(err)
			}
		}
		if err := drive.Settle(ctx, now); err != nil {
			return nil, w.failed(err)
		}
		if w.Node.live().Learning != nil && now.Sub(learnt) >= learnInPast {
			if _, err := w.Node.Learn(ctx); err != nil {
				return nil, w.failed(err)
			}
			learnt = now
		}
	}
	return w, nil
}

// living are people who do something as time goes by.
type living interface {
	Source() intake.Source
	Until(now instant.Time) []intake.Arrival
}

// people are all who live in the demonstration.
func (w *World) people() []living {
	out := []living{w.Population}
	for _, c := range w.crowds {
		out = append(out, c)
	}
	return out
}

// readers are those who see what is handed over to them.
func (w *World) readers() []sim.Reader {
	out := []sim.Reader{w.Population}
	for _, c := range w.crowds {
		out = append(out, c)
	}
	return out
}

// notOf leaves out what is asked by programs whose people live elsewhere.
func notOf(programs []string, effects []effect.Effect) []effect.Effect {
	if len(programs) == 0 {
		return effects
	}
	return slices.DeleteFunc(slices.Clone(effects), func(e effect.Effect) bool {
		r, is := e.(effect.Request)
		return is && slices.Contains(programs, r.Program)
	})
}

func (w *World) failed(err error) error {
	_ = w.Node.Close()
	return fmt.Errorf("live the demonstration's past: %w", err)
}

// Run lets the clock run and the people go on, and serves the page, until ctx ends.
func (w *World) Run(ctx context.Context, listener net.Listener) error {
	w.Clock.Run(w.pace)
	ctx, cancel := context.WithCancelCause(ctx)
	var living sync.WaitGroup
	defer func() {
		cancel(nil)
		living.Wait()
	}()
	living.Go(func() { cancel(w.live(ctx)) })
	server := &Server{Node: w.Node, Pace: w.pace, Demo: true}
	return server.Run(ctx, listener)
}

// live sends what the people do, as it happens. When intake is busy the people wait.
func (w *World) live(ctx context.Context) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	people := w.people()
	waiting := make([][]intake.Arrival, len(people))
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			for i, p := range people {
				waiting[i] = append(waiting[i], p.Until(w.Clock.Now())...)
				err := w.Node.Intake.Take(ctx, p.Source(), waiting[i])
				if _, busy := errors.AsType[*intake.BusyError](err); busy {
					continue
				}
				if err != nil && ctx.Err() == nil {
					return fmt.Errorf("live on: %w", err)
				}
				waiting[i] = nil
			}
		}
	}
}
