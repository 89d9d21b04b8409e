package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"attune/core/instant"
	"attune/internal/app"
	"attune/internal/chart"
)

type backtestCmd struct {
	Programs []string `arg:"" help:"Folders of all programs of the version to try, such as programs/diabetes." type:"path"`
	dataFolder
	From            string `help:"Where the window begins: a day or an instant, UTC. The history's beginning if nothing is said." placeholder:"WHEN"`
	To              string `help:"Where it ends; this day or instant is not part of it. The history's end if nothing is said." placeholder:"WHEN"`
	Against         string `help:"What to hold it against: the number of a publication or the beginning of a release's id, as attune releases shows them. What is live if nothing is said." placeholder:"VERSION"`
	Model           string `help:"By which model both versions decide: the beginning of its id, or none for what is expected before anything is learned. The newest that was made by the time the window begins if nothing is said." placeholder:"ID"`
	IncludeExisting bool   `help:"Let what is true of people already when the window begins start what it would have started, as publish does."`
	List            string `help:"Write the ids of the people for whom an engagement is new, or is no more, as CSV." type:"path" placeholder:"FILE"`
	runFiles
}

func (backtestCmd) Help() string {
	return `Plays the history of a data folder through another version of the programs, as if that had been
published where the window begins: whom it would have engaged, what would have refused it and why, the
load of each channel and day, limits hit, and where journeys would stand. Beside it stand the version it
is held against, played in the same way, and what really happened.

It tells what would have been said, and not how people would have reacted (docs/backtest.md). Where
programs learn, it estimates what the version's decisions would have been worth, from the chances that are
on record, and says when there is not enough evidence. It writes
nothing into the data folder, and works beside a running server. The same history, versions and window
give the same bytes. --list is the only place in which it names people, by their random ids.

The exit status is 2 when the programs, a version or the window is wrong, and 1 when it was stopped.

Example: attune backtest programs/diabetes --data data --from 2027-01-01 --html report.html`
}

func (c *backtestCmd) Run(ctx context.Context, s streams) error {
	b, err := c.ask(s)
	if err != nil {
		return badInput{err}
	}
	i, err := app.Inspect(ctx, c.Data)
	if err != nil {
		return err
	}
	done := tellBacktest(s, &b)
	r, err := i.Backtest(ctx, b)
	done()
	if err = errors.Join(err, i.Close()); err != nil {
		if wrong, is := errors.AsType[*app.AskedWrong](err); is {
			return badInput{wrong}
		}
		return err
	}
	if c.List != "" {
		if err := toFile(c.List, r.WriteList); err != nil {
			return err
		}
	}
	return c.write(s, r)
}

// ask reads everything that was asked for.
func (c *backtestCmd) ask(s streams) (b app.Backtest, err error) {
	b = app.Backtest{Against: c.Against, Model: c.Model, IncludeExisting: c.IncludeExisting, List: c.List != ""}
	if b.From, err = instantOf("--from", c.From); err != nil {
		return b, err
	}
	if b.To, err = instantOf("--to", c.To); err != nil {
		return b, err
	}
	if b.To != 0 && b.To <= b.From {
		return b, fmt.Errorf("--to %s is not after --from %s", c.To, c.From)
	}
	b.Release, err = mustLoad(s, c.Programs)
	return b, err
}

// instantOf reads a day or an instant; nothing is zero.
func instantOf(option, s string) (instant.Time, error) {
	if s == "" {
		return 0, nil
	}
	if day, err := time.Parse(time.DateOnly, s); err == nil {
		return instant.Of(day), nil
	}
	at, err := instant.Parse(s)
	if err != nil {
		return 0, fmt.Errorf("%s %q is no day and no instant: write it as 2027-01-31 or 2027-01-31T08:00:00Z", option, s)
	}
	return at, nil
}

// tellBacktest tells a terminal how far it is. What is returned ends that.
func tellBacktest(s streams, b *app.Backtest) (done func()) {
	if !isTerminal(s.err) {
		return func() {}
	}
	var mu sync.Mutex
	most, began := 0, time.Now()
	b.Progress = func(people, of int, events int64) {
		mu.Lock()
		defer mu.Unlock()
		if step := max(1, of/100); people/step > most/step {
			most = people
			fmt.Fprintf(s.err, "\r%d %% of %s people, %s events in %s ", 100*int64(people)/int64(of), chart.Grouped(int64(of)), chart.Grouped(events), time.Since(began).Round(time.Second))
		}
	}
	return func() { fmt.Fprint(s.err, "\r\x1b[K") }
}
