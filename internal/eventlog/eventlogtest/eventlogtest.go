package eventlogtest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/eventlog"
)

// Limit declares something an implementation cannot do.
type Limit int

// Volatile means that the log ends with the process, so that nothing is found after reopening.
const Volatile Limit = 1

// Opener opens the log kept in dir, making it when there is none, and fails the test otherwise. A
// suite closes what it opened.
type Opener func(t testing.TB, dir string) eventlog.Log

// Run tests the logs that open makes.
func Run(t *testing.T, open Opener, limits ...Limit) {
	s := suite{open: open}
	tests := map[string]func(*testing.T){
		"an empty log":                        s.empty,
		"it keeps order and content":          s.order,
		"it keeps its copy":                   s.copies,
		"it reads no more than asked":         s.limits,
		"times never decrease":                s.times,
		"it refuses what no log takes":        s.refuses,
		"many appenders":                      s.concurrent,
		"large and odd batches stay together": s.batches,
		"waiting":                             s.wait,
		"trimming":                            s.trim,
		"readers beside writers and trimming": s.beside,
		"an ended context":                    s.cancelled,
		"closing":                             s.close,
	}
	if !slices.Contains(limits, Volatile) {
		tests["it finds everything after reopening"] = s.reopen
		tests["trimming and time survive reopening"] = s.reopenTrimmed
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
}

type suite struct{ open Opener }

func (s suite) log(t *testing.T) eventlog.Log {
	t.Helper()
	l := s.open(t, t.TempDir())
	t.Cleanup(func() { l.Close() })
	return l
}

// Entry makes an entry that is recognised by its number.
func Entry(n int, at instant.Time) eventlog.Entry {
	var p id.Person
	p[0], p[15] = byte(n), 1
	body := binary.BigEndian.AppendUint64(nil, uint64(n))
	return eventlog.Entry{Person: p, At: at, Body: append(body, bytes.Repeat([]byte{byte(n)}, n%97)...)}
}

func entries(from, n int) []eventlog.Entry {
	es := make([]eventlog.Entry, n)
	for i := range es {
		es[i] = Entry(from+i, instant.Time(from+i))
	}
	return es
}

func appendAll(t *testing.T, l eventlog.Log, es []eventlog.Entry) eventlog.Position {
	t.Helper()
	p, err := l.Append(t.Context(), es)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// read reads everything after the position, in steps of max.
func read(t *testing.T, l eventlog.Log, after eventlog.Position, max int) (all []eventlog.Record) {
	t.Helper()
	for {
		records, err := l.Read(t.Context(), after, max)
		if err != nil {
			t.Fatal(err)
		}
		if len(records) == 0 {
			return all
		}
		if len(records) > max {
			t.Fatalf("read %d records instead of %d", len(records), max)
		}
		for _, r := range records {
			if after++; r.Position != after {
				t.Fatalf("position %d instead of %d", r.Position, after)
			}
		}
		all = append(all, records...)
	}
}

func same(a, b eventlog.Entry) bool {
	return a.Person == b.Person && a.At == b.At && bytes.Equal(a.Body, b.Body)
}

// expect checks that the log holds exactly these, the first at its first position.
func expect(t *testing.T, l eventlog.Log, want []eventlog.Entry) {
	t.Helper()
	got := read(t, l, l.First()-1, 100)
	if len(got) != len(want) {
		t.Fatalf("there are %d records instead of %d", len(got), len(want))
	}
	for i, r := range got {
		if !same(r.Entry, want[i]) {
			t.Fatalf("record %d is of %s at %s with %d bytes instead of %s at %s with %d", r.Position,
				r.Person, r.At, len(r.Body), want[i].Person, want[i].At, len(want[i].Body))
		}
	}
}

func bounds(t *testing.T, l eventlog.Log, first, last eventlog.Position) {
	t.Helper()
	if l.First() != first || l.Last() != last {
		t.Errorf("the log goes from %d to %d instead of %d to %d", l.First(), l.Last(), first, last)
	}
}

func (s suite) empty(t *testing.T) {
	l := s.log(t)
	bounds(t, l, 1, 0)
	if records, err := l.Read(t.Context(), 0, 10); err != nil || len(records) != 0 {
		t.Errorf("read %d records, %v", len(records), err)
	}
	if p, err := l.Append(t.Context(), nil); err != nil || p != 0 {
		t.Errorf("appending nothing gave %d, %v", p, err)
	}
	if err := l.Trim(t.Context(), 10); err != nil {
		t.Error(err)
	}
	bounds(t, l, 1, 0)
	expect(t, l, nil)
}

func (s suite) order(t *testing.T) {
	l := s.log(t)
	es := entries(0, 3000)
	var p eventlog.Position
	for from, step := 0, 1; from < len(es); step = step*3 + 1 {
		to := min(from+step, len(es))
		p = appendAll(t, l, es[from:to])
		if p != eventlog.Position(to) {
			t.Fatalf("the last position is %d instead of %d", p, to)
		}
		from = to
	}
	bounds(t, l, 1, 3000)
	expect(t, l, es)
	if got := read(t, l, 2990, 100); len(got) != 10 || !same(got[0].Entry, es[2990]) {
		t.Errorf("reading from the middle gave %d records", len(got))
	}
	for _, after := range []eventlog.Position{3000, 3001, 1 << 60} {
		if got := read(t, l, after, 1); len(got) != 0 {
			t.Errorf("there are %d records after %d", len(got), after)
		}
	}
}

func (s suite) copies(t *testing.T) {
	l := s.log(t)
	es := entries(1, 2)
	appendAll(t, l, es)
	es[0].Body[0] = 0xff
	records := read(t, l, 0, 10)
	records[1].Body[0] = 0xff
	_ = append(records[0].Body, 0xff)
	expect(t, l, entries(1, 2))
}

func (s suite) limits(t *testing.T) {
	l := s.log(t)
	es := entries(0, 700)
	appendAll(t, l, es)
	for _, max := range []int{1, 7, 511, 512, 513, 700, 10_000} {
		if max == 1 && testing.Short() {
			continue
		}
		if got := read(t, l, 0, max); len(got) != len(es) {
			t.Errorf("in steps of %d there are %d records", max, len(got))
		}
	}
	for _, max := range []int{0, -1} {
		if records, err := l.Read(t.Context(), 0, max); err != nil || len(records) != 0 {
			t.Errorf("read %d of at most %d records, %v", len(records), max, err)
		}
	}
}

func (s suite) times(t *testing.T) {
	l := s.log(t)
	at := func(times ...instant.Time) (es []eventlog.Entry) {
		for i, a := range times {
			es = append(es, Entry(i, a))
		}
		return es
	}
	appendAll(t, l, at(-5000, -9000, 100))
	appendAll(t, l, at(50, 200, 150))
	appendAll(t, l, at(199))
	want := []instant.Time{-5000, -5000, 100, 100, 200, 200, 200}
	for i, r := range read(t, l, 0, 100) {
		if r.At != want[i] {
			t.Errorf("record %d is at %d instead of %d", r.Position, r.At, want[i])
		}
	}
	if appendAll(t, l, at(instant.Never-1, 0)); read(t, l, 8, 1)[0].At != instant.Never-1 {
		t.Error("the last instant there is was not kept")
	}
}

func (s suite) refuses(t *testing.T) {
	l := s.log(t)
	for name, bad := range map[string]eventlog.Entry{
		"nobody": {At: 1, Body: []byte("x")},
		"never":  {Person: Entry(1, 0).Person, At: instant.Never},
	} {
		if _, err := l.Append(t.Context(), []eventlog.Entry{Entry(1, 1), bad}); err == nil {
			t.Errorf("it takes an entry of %s", name)
		}
	}
	bounds(t, l, 1, 0)
	empty := eventlog.Entry{Person: Entry(1, 0).Person, At: 1}
	appendAll(t, l, []eventlog.Entry{empty})
	expect(t, l, []eventlog.Entry{empty})
}

// Every batch must end up whole, in order and without another's entry inside.
func (s suite) concurrent(t *testing.T) {
	l := s.log(t)
	const appenders, batches = 16, 20
	var wg sync.WaitGroup
	var mu sync.Mutex
	ends := map[eventlog.Position]int{} // where each acknowledged batch ends, and its size
	for a := range appenders {
		wg.Go(func() {
			for b := range batches {
				size := 1 + (a+b)%7
				es := make([]eventlog.Entry, size)
				for i := range es {
					es[i] = Entry(a, 0)
					es[i].Body = fmt.Appendf(nil, "%d/%d/%d", a, b, i)
				}
				p, err := l.Append(context.Background(), es)
				if err != nil {
					t.Error(err)
					return
				}
				if l.Last() < p {
					t.Errorf("acknowledged %d, last is %d", p, l.Last())
				}
				mu.Lock()
				ends[p] = size
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	all := read(t, l, 0, 64)
	if len(ends) != appenders*batches || len(all) != int(l.Last()) {
		t.Fatalf("there are %d batches and %d records up to %d", len(ends), len(all), l.Last())
	}
	next := make([]int, appenders)
	for i := 0; i < len(all); {
		var a, b, n int
		if _, err := fmt.Sscanf(string(all[i].Body), "%d/%d/%d", &a, &b, &n); err != nil || n != 0 || b != next[a] {
			t.Fatalf("at %d there is %q while batch %d of appender %d is due", i+1, all[i].Body, next[a], a)
		}
		size := 1 + (a+b)%7
		for k := range size {
			if want := fmt.Sprintf("%d/%d/%d", a, b, k); string(all[i+k].Body) != want {
				t.Fatalf("at %d there is %q instead of %q", i+k+1, all[i+k].Body, want)
			}
		}
		i += size
		if ends[eventlog.Position(i)] != size {
			t.Fatalf("no batch of %d was acknowledged at %d", size, i)
		}
		next[a]++
	}
}

func (s suite) batches(t *testing.T) {
	l := s.log(t)
	es := entries(0, 20_000)
	es[77].Body = bytes.Repeat([]byte("large"), 200_000)
	es[78].Body = nil
	if p := appendAll(t, l, es); p != 20_000 {
		t.Fatalf("the last position is %d", p)
	}
	expect(t, l, es)
}

func (s suite) wait(t *testing.T) {
	l := s.log(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := l.Wait(ctx, 0); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting for nothing: %v", err)
	}
	var wg sync.WaitGroup
	for after := range 5 {
		wg.Go(func() {
			if err := l.Wait(t.Context(), eventlog.Position(after)); err != nil {
				t.Error(err)
			}
			if l.Last() <= eventlog.Position(after) {
				t.Errorf("woken after %d at %d", after, l.Last())
			}
		})
	}
	for i := range 5 {
		appendAll(t, l, entries(i, 1))
	}
	wg.Wait()
	if err := l.Wait(t.Context(), 4); err != nil {
		t.Errorf("waiting for what is there: %v", err)
	}
}

func (s suite) trim(t *testing.T) {
	l := s.log(t)
	es := entries(0, 1500)
	appendAll(t, l, es[:700])
	appendAll(t, l, es[700:])
	for _, upTo := range []eventlog.Position{-1, 0, 3, 2, 699, 700, 1499} {
		if err := l.Trim(t.Context(), upTo); err != nil {
			t.Fatal(err)
		}
		first := l.First()
		if first <= upTo {
			t.Errorf("the first is %d after trimming up to %d", first, upTo)
		}
		bounds(t, l, first, 1500)
		expect(t, l, es[first-1:])
	}
	bounds(t, l, 1500, 1500)
	if _, err := l.Read(t.Context(), 1498, 1); !errors.Is(err, eventlog.ErrTrimmed) {
		t.Errorf("reading over a gap: %v", err)
	}
	if err := l.Trim(t.Context(), 1<<60); err != nil {
		t.Fatal(err)
	}
	bounds(t, l, 1501, 1500)
	expect(t, l, nil)
	if p := appendAll(t, l, []eventlog.Entry{Entry(1, 1)}); p != 1501 {
		t.Errorf("positions go on with %d", p)
	}
	expect(t, l, []eventlog.Entry{Entry(1, 1499)}) // time went on, too
}

func (s suite) beside(t *testing.T) {
	l := s.log(t)
	const total = 2000
	var wg sync.WaitGroup
	wg.Go(func() {
		for from := 0; from < total; from += 10 {
			if _, err := l.Append(t.Context(), entries(from, 10)); err != nil {
				t.Error(err)
				return
			}
		}
	})
	var at eventlog.Position
	for at < total {
		if err := l.Wait(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		records, err := l.Read(t.Context(), at, 64)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			if at++; r.Position != at || !same(r.Entry, Entry(int(at)-1, instant.Time(at)-1)) {
				t.Fatalf("wrong record %d at %d", r.Position, at)
			}
		}
		if at%5 == 0 {
			if err := l.Trim(t.Context(), at-40); err != nil {
				t.Fatal(err)
			}
		}
	}
	wg.Wait()
}

func (s suite) cancelled(t *testing.T) {
	l := s.log(t)
	appendAll(t, l, entries(0, 3))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Append(ctx, entries(3, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("append: %v", err)
	}
	if _, err := l.Read(ctx, 0, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("read: %v", err)
	}
	if err := l.Wait(ctx, 3); !errors.Is(err, context.Canceled) {
		t.Errorf("wait: %v", err)
	}
	if err := l.Trim(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("trim: %v", err)
	}
	bounds(t, l, 1, 3)
	expect(t, l, entries(0, 3))

	// A context that ends on the way: what was refused is not there, what was not is.
	var wg sync.WaitGroup
	var mu sync.Mutex
	kept := map[string]bool{}
	for n := range 200 {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n)*20*time.Microsecond)
			defer cancel()
			e := Entry(n, 10)
			e.Body = fmt.Appendf(nil, "entry %d", n)
			_, err := l.Append(ctx, []eventlog.Entry{e})
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			kept[string(e.Body)] = err == nil
		})
	}
	wg.Wait()
	for _, r := range read(t, l, 3, 100) {
		if !kept[string(r.Body)] {
			t.Errorf("%q is there though it was refused or twice", r.Body)
		}
		kept[string(r.Body)] = false
	}
	for body, missing := range kept {
		if missing {
			t.Errorf("%q is missing", body)
		}
	}
}

func (s suite) close(t *testing.T) {
	l := s.log(t)
	appendAll(t, l, entries(0, 1))
	waited := make(chan error, 1)
	go func() { waited <- l.Wait(context.Background(), 1) }()
	time.Sleep(5 * time.Millisecond)
	for range 2 {
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-waited; !errors.Is(err, eventlog.ErrClosed) {
		t.Errorf("a wait ended with %v", err)
	}
	_, appendErr := l.Append(t.Context(), entries(1, 1))
	_, readErr := l.Read(t.Context(), 0, 1)
	for what, err := range map[string]error{
		"append": appendErr, "read": readErr, "wait": l.Wait(t.Context(), 0), "trim": l.Trim(t.Context(), 1),
	} {
		if !errors.Is(err, eventlog.ErrClosed) {
			t.Errorf("%s after closing: %v", what, err)
		}
	}
}

func (s suite) reopen(t *testing.T) {
	dir := t.TempDir()
	for round := range 3 {
		l := s.open(t, dir)
		bounds(t, l, 1, eventlog.Position(round*600))
		expect(t, l, entries(0, round*600))
		appendAll(t, l, entries(round*600, 600))
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func (s suite) reopenTrimmed(t *testing.T) {
	dir := t.TempDir()
	l := s.open(t, dir)
	appendAll(t, l, entries(0, 600))
	for _, upTo := range []eventlog.Position{10, 600} {
		if err := l.Trim(t.Context(), upTo); err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		l = s.open(t, dir)
		bounds(t, l, upTo+1, 600)
		expect(t, l, entries(int(upTo), 600-int(upTo)))
	}
	if p := appendAll(t, l, []eventlog.Entry{Entry(1, 1)}); p != 601 {
		t.Errorf("positions go on with %d", p)
	}
	expect(t, l, []eventlog.Entry{Entry(1, 599)})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}
