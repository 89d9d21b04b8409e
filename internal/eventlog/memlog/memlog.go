package memlog

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"sync"

	"attune/core/instant"
	"attune/internal/eventlog"
)

var _ eventlog.Log = (*Log)(nil)

// Log keeps entries in memory. The zero value is not ready: use [New].
type Log struct {
	mu      sync.Mutex
	records []eventlog.Record
	first   eventlog.Position // of records[0], or of the entry that will be it
	newest  instant.Time
	grown   chan struct{} // closed and replaced when entries come
	closed  bool
}

// New returns an empty log.
func New() *Log {
	return &Log{first: 1, newest: math.MinInt64, grown: make(chan struct{})}
}

func (l *Log) last() eventlog.Position { return l.first + eventlog.Position(len(l.records)) - 1 }

// Append implements [eventlog.Log].
func (l *Log) Append(ctx context.Context, entries []eventlog.Entry) (eventlog.Position, error) {
	if err := eventlog.Check(entries); err != nil {
		return 0, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return 0, fmt.Errorf("append %d entries: %w", len(entries), eventlog.ErrClosed)
	}
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("append %d entries: %w", len(entries), err)
	}
	if len(entries) == 0 {
		return l.last(), nil
	}
	for _, e := range entries {
		l.newest = max(l.newest, e.At)
		e.At = l.newest
		e.Body = append([]byte{}, e.Body...)
		l.records = append(l.records, eventlog.Record{Entry: e, Position: l.last() + 1})
	}
	close(l.grown)
	l.grown = make(chan struct{})
	return l.last(), nil
}

// Read implements [eventlog.Log].
func (l *Log) Read(ctx context.Context, after eventlog.Position, max int) ([]eventlog.Record, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return nil, fmt.Errorf("read after %d: %w", after, eventlog.ErrClosed)
	case ctx.Err() != nil:
		return nil, fmt.Errorf("read after %d: %w", after, ctx.Err())
	case after >= l.last() || max <= 0:
		return nil, nil
	case after+1 < l.first:
		return nil, fmt.Errorf("read after %d, first is %d: %w", after, l.first, eventlog.ErrTrimmed)
	}
	kept := l.records[after+1-l.first:]
	records := append([]eventlog.Record{}, kept[:min(max, len(kept))]...)
	for i := range records {
		records[i].Body = bytes.Clone(records[i].Body)
	}
	return records, nil
}

// Last implements [eventlog.Log].
func (l *Log) Last() eventlog.Position {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last()
}

// First implements [eventlog.Log].
func (l *Log) First() eventlog.Position {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first
}

// Wait implements [eventlog.Log].
func (l *Log) Wait(ctx context.Context, after eventlog.Position) error {
	for {
		l.mu.Lock()
		last, grown, closed := l.last(), l.grown, l.closed
		l.mu.Unlock()
		switch {
		case closed:
			return fmt.Errorf("wait after %d: %w", after, eventlog.ErrClosed)
		case last > after:
			return nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return fmt.Errorf("wait after %d: %w", after, ctx.Err())
		}
	}
}

// Trim implements [eventlog.Log].
func (l *Log) Trim(ctx context.Context, upTo eventlog.Position) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return fmt.Errorf("trim up to %d: %w", upTo, eventlog.ErrClosed)
	case ctx.Err() != nil:
		return fmt.Errorf("trim up to %d: %w", upTo, ctx.Err())
	}
	if upTo = min(upTo, l.last()); upTo >= l.first {
		l.records = append([]eventlog.Record{}, l.records[upTo+1-l.first:]...)
		l.first = upTo + 1
	}
	return nil
}

// Close implements [eventlog.Log].
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		close(l.grown)
	}
	return nil
}
