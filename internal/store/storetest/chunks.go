package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"testing"

	"attune/core/instant"
	"attune/internal/store"
)

// ChunksOpener opens the chunks kept in dir, making them when there are none, and fails the test
// otherwise.
type ChunksOpener func(t testing.TB, dir string) store.Chunks

// RunChunks tests the chunks that open makes.
func RunChunks(t *testing.T, open ChunksOpener) {
	s := chunks{open}
	for name, test := range map[string]func(*testing.T){
		"no chunks":                           s.empty,
		"one person's chunks":                 s.of,
		"a chunk takes the place of later":    s.replace,
		"the newest as far as asked":          s.newest,
		"all or nothing":                      s.nothing,
		"only onto the mark":                  s.conflict,
		"asking while adding":                 s.asking,
		"reading beside adding":               s.beside,
		"forgetting":                          s.reset,
		"everything is there after reopening": s.reopen,
		"an ended context":                    s.cancelled,
		"closed chunks say so":                s.closed,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
}

type chunks struct{ open ChunksOpener }

func (s chunks) chunks(t *testing.T) store.Chunks {
	t.Helper()
	c := s.open(t, t.TempDir())
	t.Cleanup(func() { c.Close() })
	return c
}

// ChunkMark is the mark after that many frames.
func ChunkMark(frame int64) store.ChunkMark {
	if frame == 0 {
		return store.ChunkMark{}
	}
	m := store.ChunkMark{Mark: store.Mark{Frame: frame, Log: 10 * frame}}
	m.Digest[0], m.Digest[31] = byte(frame), 7
	return m
}

// Chunk makes a chunk of person n; what is in it follows from its place.
func Chunk(n int, nth, count, first, last int64) store.Chunk {
	return store.Chunk{
		Person: Person(n), Nth: nth, Count: count, First: first, Last: last, From: instant.Time(first * 1000), To: instant.Time(last * 1000),
		Size: count * 100, Body: bytes.Repeat(fmt.Appendf(nil, "%d/%d+%d ", n, nth, count), int(count)),
	}
}

func seq(cs ...store.Chunk) iter.Seq2[store.Chunk, error] {
	return func(yield func(store.Chunk, error) bool) {
		for _, c := range cs {
			if !yield(c, nil) {
				return
			}
		}
	}
}

func (s chunks) add(t *testing.T, c store.Chunks, from, to int64, cs ...store.Chunk) {
	t.Helper()
	if err := c.Add(t.Context(), ChunkMark(from), ChunkMark(to), seq(cs...)); err != nil {
		t.Fatal(err)
	}
}

// holds checks a person's chunks and the mark.
func (s chunks) holds(t *testing.T, c store.Chunks, n int, frame int64, want ...store.Chunk) {
	t.Helper()
	got, mark, err := c.Of(t.Context(), Person(n))
	if err != nil || mark != ChunkMark(frame).Mark || len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Errorf("person %d has at %s\n%v\nand should have at frame %d\n%v, %v", n, mark, got, frame, want, err)
	}
	if m, err := c.Mark(t.Context()); err != nil || m != ChunkMark(frame) {
		t.Errorf("the mark is %v instead of %v, %v", m, ChunkMark(frame), err)
	}
}

func (s chunks) empty(t *testing.T) {
	c := s.chunks(t)
	s.holds(t, c, 1, 0)
	next, none, err := c.Newest(t.Context(), Person(1), func(int64) bool { return true })
	if next != 0 || none != nil || err != nil {
		t.Error(next, none, err)
	}
}

func (s chunks) of(t *testing.T) {
	c := s.chunks(t)
	s.add(t, c, 0, 10, Chunk(1, 0, 3, 1, 5), Chunk(1, 3, 2, 5, 9), Chunk(2, 0, 1, 10, 10))
	s.add(t, c, 10, 12) // nobody whose key is still there
	s.add(t, c, 12, 20, Chunk(1, 5, 1, 14, 14), Chunk(3, 0, 400, 13, 20))
	s.holds(t, c, 1, 20, Chunk(1, 0, 3, 1, 5), Chunk(1, 3, 2, 5, 9), Chunk(1, 5, 1, 14, 14))
	s.holds(t, c, 2, 20, Chunk(2, 0, 1, 10, 10))
	s.holds(t, c, 3, 20, Chunk(3, 0, 400, 13, 20))
	s.holds(t, c, 4, 20)
}

func (s chunks) replace(t *testing.T) {
	c := s.chunks(t)
	s.add(t, c, 0, 10, Chunk(1, 0, 3, 1, 5), Chunk(1, 3, 2, 5, 9), Chunk(2, 0, 1, 10, 10))
	s.add(t, c, 10, 20, Chunk(1, 3, 4, 5, 14), Chunk(1, 7, 1, 15, 15), Chunk(2, 0, 2, 10, 11))
	s.holds(t, c, 1, 20, Chunk(1, 0, 3, 1, 5), Chunk(1, 3, 4, 5, 14), Chunk(1, 7, 1, 15, 15))
	s.holds(t, c, 2, 20, Chunk(2, 0, 2, 10, 11))
	s.add(t, c, 20, 30, Chunk(1, 0, 9, 1, 30))
	s.holds(t, c, 1, 30, Chunk(1, 0, 9, 1, 30))
	s.holds(t, c, 2, 30, Chunk(2, 0, 2, 10, 11))
}

func (s chunks) newest(t *testing.T) {
	c := s.chunks(t)
	all := []store.Chunk{Chunk(1, 0, 8, 1, 8), Chunk(1, 8, 4, 9, 12), Chunk(1, 12, 2, 13, 14), Chunk(1, 14, 1, 15, 15)}
	s.add(t, c, 0, 20, append(all, Chunk(2, 0, 1, 20, 20))...)
	for take := range len(all) + 1 {
		var asked []int64
		next, got, err := c.Newest(t.Context(), Person(1), func(size int64) bool {
			asked = append(asked, size)
			return len(asked) <= take
		})
		want := all[len(all)-take:]
		if err != nil || next != 15 || len(got) != take || take > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("of %d: next is %d, chunks are %v, %v", take, next, got, err)
		}
		if sizes := []int64{100, 200, 400, 800}[:min(take+1, 4)]; !reflect.DeepEqual(asked, sizes) {
			t.Errorf("of %d: it asked about %v instead of %v", take, asked, sizes)
		}
	}
}

func (s chunks) nothing(t *testing.T) {
	c := s.chunks(t)
	s.add(t, c, 0, 10, Chunk(1, 0, 3, 1, 5))
	failed := errors.New("the keys are gone")
	bad := Chunk(2, 0, 1, 11, 11)
	bad.Body = nil
	for what, with := range map[string]iter.Seq2[store.Chunk, error]{
		"an error among chunks": func(yield func(store.Chunk, error) bool) {
			_ = yield(Chunk(1, 0, 5, 1, 12), nil) && yield(store.Chunk{}, failed)
		},
		"a chunk of nothing": seq(Chunk(1, 0, 5, 1, 12), bad),
		"a chunk of nobody":  seq(Chunk(1, 0, 5, 1, 12), store.Chunk{Count: 1, First: 1, Last: 1, Body: []byte("x")}),
	} {
		if err := c.Add(t.Context(), ChunkMark(10), ChunkMark(20), with); err == nil {
			t.Errorf("%s: it was taken", what)
		}
		s.holds(t, c, 1, 10, Chunk(1, 0, 3, 1, 5))
	}
}

func (s chunks) conflict(t *testing.T) {
	c := s.chunks(t)
	s.add(t, c, 0, 10, Chunk(1, 0, 3, 1, 5))
	other := ChunkMark(10)
	other.Digest[5]++
	for _, from := range []store.ChunkMark{{}, ChunkMark(9), ChunkMark(11), other} {
		if err := c.Add(t.Context(), from, ChunkMark(20), seq(Chunk(1, 0, 5, 1, 12))); !errors.Is(err, store.ErrConflict) {
			t.Errorf("from %v: %v", from, err)
		}
	}
	for _, to := range []int64{10, 9} {
		if err := c.Add(t.Context(), ChunkMark(10), ChunkMark(to), seq()); err == nil {
			t.Errorf("it leads to frame %d", to)
		}
	}
	s.holds(t, c, 1, 10, Chunk(1, 0, 3, 1, 5))
}

func (s chunks) asking(t *testing.T) {
	c := s.chunks(t)
	s.add(t, c, 0, 10, Chunk(1, 0, 3, 1, 5))
	err := c.Add(t.Context(), ChunkMark(10), ChunkMark(20), func(yield func(store.Chunk, error) bool) {
		if !yield(Chunk(1, 0, 5, 1, 12), nil) {
			return
		}
		s.holds(t, c, 1, 10, Chunk(1, 0, 3, 1, 5))
		next, _, err := c.Newest(t.Context(), Person(1), func(int64) bool { return true })
		if next != 3 || err != nil {
			t.Error(next, err)
		}
		yield(Chunk(2, 0, 1, 12, 12), nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	s.holds(t, c, 1, 20, Chunk(1, 0, 5, 1, 12))
	s.holds(t, c, 2, 20, Chunk(2, 0, 1, 12, 12))
}

// beside reads while chunks are merged: what is read is of one moment, so that the entries always
// reach up to the mark.
func (s chunks) beside(t *testing.T) {
	c := s.chunks(t)
	const rounds = 200
	done := make(chan error, 1)
	go func() {
		for n := int64(1); n <= rounds; n++ {
			next := Chunk(1, n-1, 1, n, n) // three by themselves, then all in one
			if n%4 == 0 {
				next = Chunk(1, 0, n, 1, n)
			}
			if err := c.Add(context.WithoutCancel(t.Context()), ChunkMark(n-1), ChunkMark(n), seq(next)); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for frame := int64(0); frame < rounds; {
		got, mark, err := c.Of(t.Context(), Person(1))
		if err != nil {
			t.Fatal(err)
		}
		entries := int64(0)
		for _, x := range got {
			entries += x.Count
		}
		if entries != mark.Frame || mark.Frame < frame {
			t.Fatalf("at %s there are %d entries", mark, entries)
		}
		frame = mark.Frame
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			done <- nil
		default:
		}
	}
}

func (s chunks) reset(t *testing.T) {
	c := s.chunks(t)
	s.add(t, c, 0, 10, Chunk(1, 0, 3, 1, 5), Chunk(2, 0, 1, 10, 10))
	for range 2 {
		if err := c.Reset(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.holds(t, c, 1, 0)
	}
	s.add(t, c, 0, 20, Chunk(1, 0, 5, 1, 12))
	s.holds(t, c, 1, 20, Chunk(1, 0, 5, 1, 12))
}

func (s chunks) reopen(t *testing.T) {
	dir := t.TempDir()
	for round := range int64(3) {
		c := s.open(t, dir)
		if round > 0 {
			s.holds(t, c, 1, round*10, Chunk(1, 0, round, 1, round))
		}
		s.add(t, c, round*10, round*10+10, Chunk(1, 0, round+1, 1, round+1))
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func (s chunks) ops(ctx context.Context, c store.Chunks) map[string]error {
	_, markErr := c.Mark(ctx)
	_, _, ofErr := c.Of(ctx, Person(1))
	_, _, newestErr := c.Newest(ctx, Person(1), func(int64) bool { return true })
	return map[string]error{
		"mark": markErr, "of": ofErr, "newest": newestErr, "reset": c.Reset(ctx),
		"add": c.Add(ctx, ChunkMark(10), ChunkMark(20), seq(Chunk(1, 0, 5, 1, 12))),
	}
}

func (s chunks) cancelled(t *testing.T) {
	c := s.chunks(t)
	s.add(t, c, 0, 10, Chunk(1, 0, 3, 1, 5))
	ctx, cancel := context.WithCancel(t.Context())
	err := c.Add(ctx, ChunkMark(10), ChunkMark(20), func(yield func(store.Chunk, error) bool) {
		if yield(Chunk(1, 0, 5, 1, 12), nil) {
			cancel()
			yield(Chunk(2, 0, 1, 12, 12), nil)
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("ended while adding: %v", err)
	}
	for what, err := range s.ops(ctx, c) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", what, err)
		}
	}
	s.holds(t, c, 1, 10, Chunk(1, 0, 3, 1, 5))
}

func (s chunks) closed(t *testing.T) {
	c := s.chunks(t)
	for range 2 {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for what, err := range s.ops(t.Context(), c) {
		if !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
