package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"attune/core/engine"
	"attune/core/id"
	"attune/internal/api"
	"attune/internal/history"
	"attune/internal/insight"
	"attune/internal/insight/duck"
	"attune/internal/seal"
	"attune/internal/store"
)

// factsName is the folder of the facts that numbers are made of.
const factsName = "facts"

// factsSecret is the purpose of the secret from which pseudonyms derive.
const factsSecret = "facts"

// factSource reads the history for facts. Whose key is gone nobody can read any more.
type factSource struct {
	history *history.History
	keys    *seal.Keys
}

// Newest implements insight.History.
func (c factSource) Newest(ctx context.Context) (int64, error) {
	last, err := c.history.Last(ctx)
	return last.Frame, err
}

// errThere ends going over frames.
var errThere = errors.New("there")

// Commits implements insight.History.
func (c factSource) Commits(ctx context.Context, after, upTo int64, f func(insight.Commit) error) error {
	err := c.history.Frames(ctx, after, func(frame store.Frame) error {
		if frame.Number > upTo {
			return errThere
		}
		for _, e := range frame.Entries {
			rec, err := openRecord(c.keys, e.Person, frame.Number, e.Body)
			if errors.Is(err, seal.ErrNoKey) {
				continue
			}
			if err != nil {
				return err
			}
			c := insight.Commit{Frame: frame.Number, At: frame.At, Person: e.Person, Effects: rec.Effects}
			if w, is := rec.What.(engine.Heard); is {
				c.Heard = append(c.Heard, &w.Event)
			}
			if err := f(c); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
	if errors.Is(err, errThere) {
		return nil
	}
	return err
}

// People implements insight.History.
func (c factSource) People() []id.Person { return c.keys.People() }

// factsEvery is how often what commits said goes into the file.
const factsEvery = time.Second

// insight gathers facts, and keeps them.
func (s *Server) insight(ctx context.Context) {
	n := s.Node
	err := n.gather(ctx)
	for err == nil {
		select {
		case <-ctx.Done():
			return
		case <-time.After(factsEvery):
		}
		if err := n.facts.Flush(ctx); err != nil && ctx.Err() == nil {
			n.Logger.Error("facts could not be kept", "error", err)
		}
	}
	if ctx.Err() == nil {
		n.Logger.Error("facts could not be gathered: maps show no numbers", "error", err)
	}
}

// gather starts to listen to commits, and reads what was before.
func (n *Node) gather(ctx context.Context) error {
	n.gathering.Lock()
	defer n.gathering.Unlock()
	if _, _, ready := n.facts.Progress(); ready {
		return nil
	}
	dir := filepath.Join(n.Data, factsName)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	base, err := duck.Open(ctx, filepath.Join(dir, "facts.duckdb"))
	if errors.Is(err, insight.ErrNoBase) {
		base, err = nil, nil
	}
	if stopped := ctx.Err(); stopped != nil {
		if base != nil {
			err = errors.Join(err, base.Close())
		}
		return errors.Join(err, stopped)
	}
	if err != nil { // it can be made again, and nothing else is in it
		n.Logger.Warn("the facts are read off the history anew", "error", err)
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		if base, err = duck.Open(ctx, filepath.Join(dir, "facts.duckdb")); err != nil {
			return err
		}
	}
	if err := n.facts.Start(ctx, base); err != nil {
		return err
	}
	return n.facts.CatchUp(ctx)
}

// gathered are the facts, if everything up to now is in them.
func (n *Node) gathered(context.Context) (*insight.Tail, error) {
	read, of, ready := n.facts.Progress()
	if !ready {
		return nil, api.Busy(fmt.Sprintf("Facts are being read: %d of the file, and of the history %d of %d commits so far.", n.facts.Loaded(), read, of), "ask again in some seconds")
	}
	return n.facts, nil
}

// gathered reads the facts of a folder that nobody serves, into memory.
func (i *Inspector) gathered(ctx context.Context) (*insight.Tail, error) {
	if i.facts != nil {
		return i.facts(ctx)
	}
	t := insight.NewTail(factSource{i.history, i.keys}, i.keys.Secret(factsSecret), slog.New(slog.DiscardHandler))
	if err := errors.Join(t.Start(ctx, nil), t.CatchUp(ctx)); err != nil {
		return nil, err
	}
	i.facts = func(context.Context) (*insight.Tail, error) { return t, nil }
	return t, nil
}
