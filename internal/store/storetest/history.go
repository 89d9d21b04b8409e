package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/store"
)

// Frame makes a numbered frame: who is in it and what happened follows from the number.
func Frame(number int64) store.Frame {
	f := store.Frame{Number: number, Log: number * 10, At: instant.Time(number * 1000)}
	for i := range int(number*7) % 40 {
		f.Entries = append(f.Entries, store.FrameEntry{
			Person: Person((int(number) + i*i) % 23),
			Body:   bytes.Repeat(fmt.Appendf(nil, "%d/%d ", number, i), i*3%50),
		})
	}
	return f
}

// EqualFrames tells whether two frames say the same.
func EqualFrames(a, b store.Frame) bool {
	if a.Number != b.Number || a.Log != b.Log || a.At != b.At || len(a.Entries) != len(b.Entries) {
		return false
	}
	for i, e := range a.Entries {
		if e.Person != b.Entries[i].Person || !bytes.Equal(e.Body, b.Entries[i].Body) {
			return false
		}
	}
	return true
}

// HistoryOpener opens the history kept in dir, making it when there is none, and fails the test
// otherwise.
type HistoryOpener func(t testing.TB, dir string) store.History

// RunHistory tests the histories that open makes.
func RunHistory(t *testing.T, open HistoryOpener) {
	s := history{open}
	for name, test := range map[string]func(*testing.T){
		"an empty history":                           s.empty,
		"frames in order":                            s.order,
		"one person's entries":                       s.of,
		"numbers leave no gap":                       s.conflict,
		"appending again changes nothing":            s.again,
		"large frames":                               s.large,
		"bodies belong to who has them":              s.copies,
		"reading beside appending":                   s.beside,
		"an ended context":                           s.cancelled,
		"everything is there after reopening":        s.reopen,
		"a closed history says so":                   s.closed,
		"an error of the caller ends an enumeration": s.stops,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
}

type history struct{ open HistoryOpener }

func (s history) history(t *testing.T) store.History {
	t.Helper()
	h := s.open(t, t.TempDir())
	t.Cleanup(func() { h.Close() })
	return h
}

func (s history) append(t *testing.T, h store.History, from, to int64) {
	t.Helper()
	for n := from; n <= to; n++ {
		if err := h.Append(t.Context(), Frame(n)); err != nil {
			t.Fatal(err)
		}
	}
}

// holds checks that the frames are those up to last.
func (s history) holds(t *testing.T, h store.History, after, last int64) {
	t.Helper()
	want := store.Mark{}
	if last > 0 {
		want = store.Mark{Frame: last, Log: Frame(last).Log}
	}
	if m, err := h.Last(t.Context()); err != nil || m != want {
		t.Errorf("the last is %s instead of %s, %v", m, want, err)
	}
	n := max(after, 0)
	err := h.Frames(t.Context(), after, func(f store.Frame) error {
		if n++; !EqualFrames(f, Frame(n)) {
			t.Errorf("frame %d is not frame %d", f.Number, n)
		}
		return nil
	})
	if err != nil || n != max(after, last, 0) {
		t.Errorf("read up to frame %d instead of %d, %v", n, last, err)
	}
}

func (s history) empty(t *testing.T) {
	h := s.history(t)
	s.holds(t, h, 0, 0)
	err := h.Tail(t.Context(), Person(1), 0, func(int64, instant.Time, []byte) error { return errors.New("something happened") })
	if err != nil {
		t.Error(err)
	}
}

func (s history) order(t *testing.T) {
	h := s.history(t)
	s.append(t, h, 1, 100)
	for _, after := range []int64{-1, 0, 1, 16, 50, 99, 100, 101} {
		s.holds(t, h, after, 100)
	}
}

func (s history) of(t *testing.T) {
	h := s.history(t)
	const last = 300
	s.append(t, h, 1, last)
	for n := range 25 { // two of them never occur
		after := []int64{0, 0, -3, 150, 299, 300, 301}[n%7]
		var want, got []string
		for f := max(after, 0) + 1; f <= last; f++ {
			for _, e := range Frame(f).Entries {
				if e.Person == Person(n) {
					want = append(want, fmt.Sprintf("%d %s %s", f, Frame(f).At, e.Body))
				}
			}
		}
		err := h.Tail(t.Context(), Person(n), after, func(f int64, at instant.Time, body []byte) error {
			got = append(got, fmt.Sprintf("%d %s %s", f, at, body))
			return nil
		})
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("person %d has %d entries after %d instead of %d, %v", n, len(got), after, len(want), err)
		}
	}
	// Bytes that look like an id but lie across two are nobody.
	var across id.Person
	p, q := Person(0), Person(1)
	copy(across[:8], p[8:])
	copy(across[8:], q[:8])
	err := h.Append(t.Context(), store.Frame{Number: last + 1, Log: last * 10, Entries: []store.FrameEntry{{Person: p, Body: []byte("x")}, {Person: q, Body: []byte("y")}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Tail(t.Context(), across, 0, func(int64, instant.Time, []byte) error { return errors.New("somebody else's") }); err != nil {
		t.Error(err)
	}
}

func (s history) conflict(t *testing.T) {
	h := s.history(t)
	for _, n := range []int64{-1, 0, 2} {
		if err := h.Append(t.Context(), Frame(n)); !errors.Is(err, store.ErrConflict) {
			t.Errorf("frame %d first: %v", n, err)
		}
	}
	s.append(t, h, 1, 3)
	for _, n := range []int64{0, 1, 2, 5} {
		if err := h.Append(t.Context(), Frame(n)); !errors.Is(err, store.ErrConflict) {
			t.Errorf("frame %d after 3: %v", n, err)
		}
	}
	for name, change := range map[string]func(f *store.Frame){
		"log":    func(f *store.Frame) { f.Log++ },
		"time":   func(f *store.Frame) { f.At++ },
		"person": func(f *store.Frame) { f.Entries[0].Person[3] ^= 1 },
		"body":   func(f *store.Frame) { f.Entries[1].Body = []byte("other") },
		"length": func(f *store.Frame) { f.Entries = f.Entries[:2] },
	} {
		f := Frame(3)
		change(&f)
		if err := h.Append(t.Context(), f); !errors.Is(err, store.ErrConflict) {
			t.Errorf("the newest with another %s: %v", name, err)
		}
	}
	nobody := Frame(4)
	nobody.Entries[0].Person = id.Person{}
	if err := h.Append(t.Context(), nobody); err == nil {
		t.Error("it takes an entry of nobody")
	}
	s.holds(t, h, 0, 3)
}

func (s history) again(t *testing.T) {
	h := s.history(t)
	for n := int64(1); n <= 5; n++ {
		s.append(t, h, n, n)
		s.append(t, h, n, n)
		s.holds(t, h, 0, n)
	}
}

func (s history) large(t *testing.T) {
	h := s.history(t)
	big := store.Frame{Number: 1, Log: 1, At: -5}
	for n := range 5000 {
		big.Entries = append(big.Entries, store.FrameEntry{Person: Person(n), Body: bytes.Repeat([]byte{byte(n)}, n%400)})
	}
	big.Entries[4].Body = make([]byte, 3<<20)
	none := store.Frame{Number: 2, Log: 1, At: -5} // time passed, nothing happened
	for _, f := range []store.Frame{big, none} {
		if err := h.Append(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	var got []store.Frame
	if err := h.Frames(t.Context(), 0, func(f store.Frame) error { got = append(got, f); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || !EqualFrames(got[0], big) || !EqualFrames(got[1], none) {
		t.Error("they come back changed")
	}
}

func (s history) copies(t *testing.T) {
	h := s.history(t)
	f := Frame(1)
	if err := h.Append(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	f.Entries[1].Body[0] ^= 1
	err := h.Frames(t.Context(), 0, func(f store.Frame) error {
		for _, e := range f.Entries {
			_ = append(e.Body, 0xff)
		}
		if !EqualFrames(f, Frame(1)) {
			t.Error("bodies run into each other")
		}
		f.Entries[1].Body[0] ^= 1
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s.holds(t, h, 0, 1)
}

func (s history) beside(t *testing.T) {
	h := s.history(t)
	const last = 150
	done := make(chan error, 1)
	go func() {
		for n := int64(1); n <= last; n++ {
			if err := h.Append(context.WithoutCancel(t.Context()), Frame(n)); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	var at int64
	for at < last {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			done <- nil
		default:
		}
		err := h.Frames(t.Context(), at, func(f store.Frame) error {
			if at++; !EqualFrames(f, Frame(at)) {
				t.Errorf("frame %d is not frame %d", f.Number, at)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Tail(t.Context(), Person(3), 0, func(int64, instant.Time, []byte) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func (s history) ops(ctx context.Context, h store.History) map[string]error {
	_, lastErr := h.Last(ctx)
	return map[string]error{
		"append": h.Append(ctx, Frame(2)), "last": lastErr,
		"frames": h.Frames(ctx, 0, func(store.Frame) error { return nil }),
		"tail":   h.Tail(ctx, Person(1), 0, func(int64, instant.Time, []byte) error { return nil }),
	}
}

func (s history) cancelled(t *testing.T) {
	h := s.history(t)
	s.append(t, h, 1, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for what, err := range s.ops(ctx, h) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", what, err)
		}
	}
	s.holds(t, h, 0, 1)
}

func (s history) closed(t *testing.T) {
	h := s.history(t)
	s.append(t, h, 1, 1)
	for range 2 {
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for what, err := range s.ops(t.Context(), h) {
		if !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func (s history) reopen(t *testing.T) {
	dir := t.TempDir()
	for round := range int64(3) {
		h := s.open(t, dir)
		s.holds(t, h, 0, round*10)
		if round > 0 {
			s.append(t, h, round*10, round*10) // the caller may not know that it succeeded
		}
		s.append(t, h, round*10+1, round*10+10)
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func (s history) stops(t *testing.T) {
	h := s.history(t)
	s.append(t, h, 1, 20)
	enough := errors.New("enough")
	n := 0
	if err := h.Frames(t.Context(), 0, func(store.Frame) error { n++; return enough }); !errors.Is(err, enough) || n != 1 {
		t.Errorf("frames: %v after %d", err, n)
	}
	n = 0
	p := Frame(20).Entries[0].Person
	if err := h.Tail(t.Context(), p, 0, func(int64, instant.Time, []byte) error { n++; return enough }); !errors.Is(err, enough) || n != 1 {
		t.Errorf("tail: %v after %d", err, n)
	}
	// A history may be asked from within an enumeration.
	err := h.Frames(t.Context(), 19, func(f store.Frame) error {
		return h.Tail(t.Context(), p, 0, func(int64, instant.Time, []byte) error { return nil })
	})
	if err != nil {
		t.Error(err)
	}
}
