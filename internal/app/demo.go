package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"attune/core/instant"
	"attune/core/release"
	"attune/internal/delivery"
	"attune/internal/sim"
)

// Demo says what a demonstration is made of.
type Demo struct {
	Data    string
	Release *release.Release
	// People is how many there are and Days how long they have lived before one may look.
	People, Days int
	Seed         uint64
	// Pace is how many of their seconds pass in one of ours.
	Pace float64
}

// livedName marks a data folder whose past is complete.
const livedName = "demo.json"

// stepOfPast is how finely the past is lived: events, gates and hand-overs of that much time happen
// together.
const stepOfPast = 30 * instant.Minute

// World is a demonstration under way.
type World struct {
	Node       *Node
	Clock      *sim.Clock
	Population *sim.Population
	pace       float64
}

// NewWorld lives a demonstration's past in a fresh data folder. All of it goes through intake, log,
// step, gate and capture under the virtual clock; nothing is put into a table in any other way.
func NewWorld(ctx context.Context, d Demo, zones *instant.Zones, progress func(day int)) (*World, error) {
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
	end := instant.Of(time.Now())
	start := end.Add(-instant.Duration(d.Days) * instant.Day)
	w := &World{Clock: sim.NewClock(start, nil), pace: d.Pace}
	var err error
	if w.Population, err = sim.NewPopulation(d.Seed, d.People, zones, start, end.Sub(start)); err != nil {
		return nil, err
	}
	w.Node, err = Open(ctx, Options{
		Data: d.Data, Organisation: "demo", Release: d.Release, Now: w.Clock.Now, Relaxed: true,
		Carrier: func(c delivery.Channel) delivery.Channel { return sim.Carry(c, w.Population) },
	})
	if err != nil {
		return nil, err
	}
	drive := sim.Drive{Runner: w.Node.Runner, Delivery: w.Node.Delivery}
	for now, day := start, 0; now < end; {
		now = min(now.Add(stepOfPast), end)
		w.Clock.Set(now)
		if err := w.Node.Intake.Take(ctx, w.Population.Source(), w.Population.Until(now)); err != nil {
			return nil, w.failed(err)
		}
		if err := drive.Settle(ctx, now); err != nil {
			return nil, w.failed(err)
		}
		if d := int(now.Sub(start) / instant.Day); d > day {
			day = d
			progress(day)
		}
	}
	return w, nil
}

func (w *World) failed(err error) error {
	_ = w.Node.Close()
	return fmt.Errorf("live the demonstration's past: %w", err)
}

// Live lets the clock run and the people go on, until ctx ends.
func (w *World) Live(ctx context.Context) error {
	w.Clock.Run(w.pace)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := w.Node.Intake.Take(ctx, w.Population.Source(), w.Population.Until(w.Clock.Now())); err != nil && ctx.Err() == nil {
				return fmt.Errorf("live on: %w", err)
			}
		}
	}
}

var _ io.Closer = (*Node)(nil)
