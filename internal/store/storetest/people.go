package storetest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/store"
)

// Person makes the id of a numbered person; neighbours in number are not neighbours in key order.
func Person(n int) (p id.Person) {
	binary.BigEndian.PutUint64(p[:], uint64(n+1)*0x9e3779b97f4a7c15)
	binary.BigEndian.PutUint64(p[8:], uint64(n))
	return p
}

// Row makes the state that a person has at a version: what it holds follows from the two.
func Row(n int, version uint64) store.Row {
	r := store.Row{Person: Person(n), Version: version, Wake: instant.Never, Due: instant.Never}
	if n%3 == 0 {
		r.Wake = instant.Time(int64(n)*1000 + int64(version))
	}
	if n%7 == 0 {
		r.Due = instant.Time(-int64(n) - int64(version))
	}
	r.Blob = bytes.Repeat(binary.BigEndian.AppendUint64(nil, uint64(n)<<20|version), 1+n%200)
	return r
}

func (s people) notable(t *testing.T) {
	p := s.open(t, t.TempDir())
	defer p.Close()
	row := func(n int, version uint64, notable bool) store.Row {
		r := Row(n, version)
		r.Notable = notable
		return r
	}
	told := func(most int) (out []id.Person) {
		t.Helper()
		for at := int64(-1); ; {
			page, err := p.Notable(t.Context(), at, most)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page {
				out, at = append(out, r.Person), r.Person.Row()
			}
			if len(page) < most {
				return out
			}
		}
	}
	var first []store.Row
	var want []id.Person
	for n := range 40 {
		first = append(first, row(n, 1, n%4 == 0))
		if n%4 == 0 && n != 8 || n == 3 {
			want = append(want, Person(n))
		}
	}
	slices.SortFunc(want, func(a, b id.Person) int { return cmp.Compare(a.Row(), b.Row()) })
	if err := p.Commit(t.Context(), store.Batch{To: store.Mark{Frame: 1, Log: 1}, Rows: first}); err != nil {
		t.Fatal(err)
	}
	second := []store.Row{row(8, 2, false), row(3, 2, true), row(4, 2, true), row(5, 2, false)}
	if err := p.Commit(t.Context(), store.Batch{From: store.Mark{Frame: 1, Log: 1}, To: store.Mark{Frame: 2, Log: 2}, Rows: second}); err != nil {
		t.Fatal(err)
	}
	for _, most := range []int{3, 100} {
		if got := told(most); !slices.Equal(got, want) {
			t.Errorf("by %d: %v, want %v", most, got, want)
		}
	}
	if err := p.Forget(t.Context(), want[:1], nil); err != nil {
		t.Fatal(err)
	}
	if got := told(100); !slices.Equal(got, want[1:]) {
		t.Errorf("after one was forgotten: %v, want %v", got, want[1:])
	}
}

// Equal tells whether two rows say the same.
func Equal(a, b store.Row) bool {
	return a.Person == b.Person && a.Version == b.Version && a.Wake == b.Wake && a.Due == b.Due && bytes.Equal(a.Blob, b.Blob)
}

// PeopleOpener opens the people kept in dir, making them when there are none, and fails the test
// otherwise.
type PeopleOpener func(t testing.TB, dir string) store.People

// RunPeople tests the stores that open makes.
func RunPeople(t *testing.T, open PeopleOpener) {
	s := people{open}
	for name, test := range map[string]func(*testing.T){
		"an empty store":                             s.empty,
		"it loads what was committed":                s.commit,
		"it loads in the order asked":                s.order,
		"it commits onto the mark only":              s.conflict,
		"committing again changes nothing":           s.again,
		"all of a batch or nothing":                  s.atomic,
		"it refuses what no store takes":             s.refuses,
		"it tells whom a human may have to look at":  s.notable,
		"two people never share a row":               s.rows,
		"wakes and dues":                             s.waking,
		"every row in key order":                     s.each,
		"it knows whose a touch is":                  s.touches,
		"it knows whose record is part of whose":     s.forwards,
		"it forgets people and nobody else":          s.forget,
		"tallies add up":                             s.tallies,
		"blobs belong to who has them":               s.copies,
		"ten thousand rows":                          s.many,
		"loads beside commits see whole rows":        s.beside,
		"an ended context":                           s.cancelled,
		"everything is there after reopening":        s.reopen,
		"a closed store says so":                     s.closed,
		"an error of the caller ends an enumeration": s.stops,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
}

type people struct{ open PeopleOpener }

func (s people) store(t *testing.T) store.People {
	t.Helper()
	st := s.open(t, t.TempDir())
	t.Cleanup(func() { st.Close() })
	return st
}

func mark(n int64) store.Mark {
	if n == 0 {
		return store.Mark{}
	}
	return store.Mark{Frame: n, Log: n * 10}
}

// step is the batch that leads from mark n-1 to n.
func step(n int64, rows ...store.Row) store.Batch {
	return store.Batch{From: mark(n - 1), To: mark(n), Rows: rows}
}

func commit(t *testing.T, st store.People, b store.Batch) {
	t.Helper()
	if err := st.Commit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

func (s people) at(t *testing.T, st store.People, want store.Mark) {
	t.Helper()
	if m, err := st.Mark(t.Context()); err != nil || m != want {
		t.Errorf("the mark is %s instead of %s, %v", m, want, err)
	}
}

// holds checks that these are all rows there are.
func (s people) holds(t *testing.T, st store.People, want ...store.Row) {
	t.Helper()
	got := map[id.Person]store.Row{}
	if err := st.Each(t.Context(), func(r store.Row) error { got[r.Person] = r; return nil }); err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Errorf("there are %d rows instead of %d", len(got), len(want))
	}
	var ids []id.Person
	for _, r := range want {
		ids = append(ids, r.Person)
		if !Equal(got[r.Person], r) {
			t.Errorf("each: row of %s is %s", r.Person, show(got[r.Person]))
		}
	}
	rows, err := st.Load(t.Context(), ids)
	if err != nil || len(rows) != len(ids) {
		t.Fatalf("loaded %d of %d rows, %v", len(rows), len(ids), err)
	}
	for i, r := range rows {
		if !Equal(r, want[i]) {
			t.Errorf("load: row of %s is %s instead of %s", ids[i], show(r), show(want[i]))
		}
	}
}

func show(r store.Row) string {
	return fmt.Sprintf("%s v%d wake %s due %s, %d bytes", r.Person, r.Version, r.Wake, r.Due, len(r.Blob))
}

func absent(p id.Person) store.Row {
	return store.Row{Person: p, Wake: instant.Never, Due: instant.Never}
}

func (s people) empty(t *testing.T) {
	st := s.store(t)
	s.at(t, st, store.Mark{})
	s.holds(t, st)
	for _, asked := range [][]id.Person{nil, {Person(1)}, {Person(1), Person(2), Person(1)}} {
		rows, err := st.Load(t.Context(), asked)
		if err != nil || len(rows) != len(asked) {
			t.Fatalf("loaded %d of %d rows, %v", len(rows), len(asked), err)
		}
		for i, r := range rows {
			if !Equal(r, absent(asked[i])) || r.Blob != nil {
				t.Errorf("someone unknown is %s", show(r))
			}
		}
	}
	if ts, err := st.Tallies(t.Context(), ""); err != nil || len(ts) != 0 {
		t.Errorf("there are tallies %v, %v", ts, err)
	}
	err := st.Waking(t.Context(), func(id.Person, instant.Time, instant.Time) error { return errors.New("somebody wakes") })
	if err != nil {
		t.Error(err)
	}
}

func (s people) commit(t *testing.T) {
	st := s.store(t)
	commit(t, st, step(1, Row(5, 1), Row(0, 1), Row(7, 1)))
	s.at(t, st, mark(1))
	s.holds(t, st, Row(0, 1), Row(5, 1), Row(7, 1))
	changed := Row(7, 2)
	changed.Wake, changed.Due, changed.Blob = 5, instant.Never, []byte("short")
	commit(t, st, step(2, Row(0, 2), changed, Row(1, 1)))
	s.holds(t, st, Row(0, 2), Row(1, 1), Row(5, 1), changed)
	commit(t, st, step(3)) // a frame that changes nobody
	s.at(t, st, mark(3))
	odd := store.Row{Person: Person(9), Version: 1<<64 - 1, Wake: -1 << 63, Due: instant.Never - 1, Blob: []byte{}}
	high := store.Row{Person: id.Person{0xff, 15: 1}, Version: 1, Wake: 0, Due: 0, Blob: bytes.Repeat([]byte{0}, 100_000)}
	low := store.Row{Person: id.Person{15: 1}, Version: 1, Wake: 0, Due: 0, Blob: []byte{0}}
	// Frames may be skipped when history is played again in larger steps.
	commit(t, st, store.Batch{From: mark(3), To: mark(9), Rows: []store.Row{odd, high, low}})
	s.at(t, st, mark(9))
	s.holds(t, st, Row(0, 2), Row(1, 1), Row(5, 1), changed, odd, high, low)
}

func (s people) order(t *testing.T) {
	st := s.store(t)
	var rows []store.Row
	for n := range 300 {
		if n%5 != 0 {
			rows = append(rows, Row(n, 1))
		}
	}
	commit(t, st, step(1, rows...))
	var asked []id.Person
	var want []store.Row
	for i := range 1000 {
		n := i * 7919 % 300 // each several times
		asked = append(asked, Person(n))
		if n%5 == 0 {
			want = append(want, absent(Person(n)))
		} else {
			want = append(want, Row(n, 1))
		}
	}
	got, err := st.Load(t.Context(), asked)
	if err != nil || len(got) != len(want) {
		t.Fatalf("loaded %d rows, %v", len(got), err)
	}
	for i := range got {
		if !Equal(got[i], want[i]) {
			t.Fatalf("at %d is %s instead of %s", i, show(got[i]), show(want[i]))
		}
	}
}

func (s people) conflict(t *testing.T) {
	st := s.store(t)
	commit(t, st, step(1, Row(1, 1)))
	commit(t, st, step(2, Row(1, 2)))
	for name, b := range map[string]store.Batch{
		"from the past":               {From: mark(1), To: mark(3), Rows: []store.Row{Row(1, 3)}},
		"from the future":             {From: mark(3), To: mark(4), Rows: []store.Row{Row(1, 3)}},
		"from the beginning":          {To: mark(3), Rows: []store.Row{Row(1, 3)}},
		"from the right frame only":   {From: store.Mark{Frame: 2, Log: 19}, To: mark(3), Rows: []store.Row{Row(1, 3)}},
		"an older one again":          step(1, Row(1, 1)),
		"another between these marks": step(2, Row(1, 3)),
		"one with other tallies":      {From: mark(1), To: mark(2), Rows: []store.Row{Row(1, 2)}, Tallies: []store.Tally{{Key: "x", Add: 1}}},
	} {
		if err := st.Commit(t.Context(), b); !errors.Is(err, store.ErrConflict) {
			t.Errorf("a batch %s: %v", name, err)
		}
	}
	s.at(t, st, mark(2))
	s.holds(t, st, Row(1, 2))
}

func (s people) again(t *testing.T) {
	st := s.store(t)
	commit(t, st, step(1, Row(1, 1)))
	b := step(2, Row(2, 1), Row(1, 2))
	b.Tallies = []store.Tally{{Key: "b", Add: 2}, {Key: "a", Add: 1}, {Key: "b", Add: 3}}
	for range 3 {
		commit(t, st, b)
		s.at(t, st, mark(2))
		s.holds(t, st, Row(1, 2), Row(2, 1))
		slices.Reverse(b.Rows) // order in a batch means nothing
	}
	ts, err := st.Tallies(t.Context(), "")
	if err != nil || !slices.Equal(ts, []store.Tally{{Key: "a", Add: 1}, {Key: "b", Add: 5}}) {
		t.Errorf("tallies are %v, %v", ts, err)
	}
}

func (s people) atomic(t *testing.T) {
	st := s.store(t)
	commit(t, st, step(1, Row(1, 1)))
	clash := Row(1, 2)
	clash.Person[15] ^= 1
	b := step(2, clash)
	for n := range 100 {
		if n != 1 {
			b.Rows = append(b.Rows, Row(n, 1))
		}
	}
	b.Tallies = []store.Tally{{Key: "x", Add: 1}}
	if err := st.Commit(t.Context(), b); err == nil {
		t.Fatal("a batch with a foreign row was committed")
	}
	s.at(t, st, mark(1))
	s.holds(t, st, Row(1, 1))
	if ts, err := st.Tallies(t.Context(), ""); err != nil || len(ts) != 0 {
		t.Errorf("tallies are %v, %v", ts, err)
	}
	commit(t, st, step(2, Row(1, 2)))
}

func (s people) refuses(t *testing.T) {
	st := s.store(t)
	commit(t, st, step(1))
	unborn, bare, nobody := Row(1, 0), Row(1, 1), Row(1, 1)
	bare.Blob, nobody.Person = nil, id.Person{}
	for name, b := range map[string]store.Batch{
		"leads nowhere":          {From: mark(1), To: mark(1)},
		"leads back":             {From: mark(1), To: store.Mark{}},
		"goes back in the log":   {From: mark(1), To: store.Mark{Frame: 2, Log: 9}},
		"has nobody in it":       step(2, nobody),
		"has no version":         step(2, unborn),
		"has no blob":            step(2, bare),
		"has the same one twice": step(2, Row(1, 1), Row(2, 1), Row(1, 1)),
	} {
		if err := st.Commit(t.Context(), b); err == nil || errors.Is(err, store.ErrConflict) {
			t.Errorf("a batch that %s: %v", name, err)
		}
	}
	s.at(t, st, mark(1))
	s.holds(t, st)
}

func (s people) rows(t *testing.T) {
	st := s.store(t)
	commit(t, st, step(1, Row(1, 1)))
	twin := Row(1, 1)
	twin.Person[15] ^= 1
	if err := st.Commit(t.Context(), step(2, twin)); !errors.Is(err, store.ErrRowTaken) {
		t.Errorf("commit: %v", err)
	}
	if err := st.Commit(t.Context(), step(2, twin, Row(1, 2))); !errors.Is(err, store.ErrRowTaken) {
		t.Errorf("commit in one batch: %v", err)
	}
	if _, err := st.Load(t.Context(), []id.Person{Person(3), twin.Person}); !errors.Is(err, store.ErrRowTaken) {
		t.Errorf("load: %v", err)
	}
	s.holds(t, st, Row(1, 1))
}

func (s people) waking(t *testing.T) {
	st := s.store(t)
	type times struct{ wake, due instant.Time }
	check := func(want map[id.Person]times) {
		t.Helper()
		got := map[id.Person]times{}
		err := st.Waking(t.Context(), func(p id.Person, wake, due instant.Time) error {
			if _, twice := got[p]; twice {
				t.Errorf("%s comes twice", p)
			}
			got[p] = times{wake, due}
			return nil
		})
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("%d wake instead of %d, %v", len(got), len(want), err)
		}
	}
	var rows []store.Row
	want := map[id.Person]times{}
	for n := range 9000 {
		r := Row(n, 1)
		r.Blob = r.Blob[:8]
		rows = append(rows, r)
		if r.Wake != instant.Never || r.Due != instant.Never {
			want[r.Person] = times{r.Wake, r.Due}
		}
	}
	edges := []id.Person{{15: 1}, {0: 0xff, 1: 0xff, 2: 0xff, 3: 0xff, 4: 0xff, 5: 0xff, 6: 0xff, 7: 0xff}}
	for _, p := range edges {
		rows = append(rows, store.Row{Person: p, Version: 1, Wake: 1, Due: instant.Never, Blob: []byte{1}})
		want[p] = times{1, instant.Never}
	}
	commit(t, st, step(1, rows...))
	check(want)
	asleep, early := Row(0, 2), Row(1, 2)
	asleep.Wake, asleep.Due, early.Wake = instant.Never, instant.Never, 3
	commit(t, st, step(2, asleep, early))
	delete(want, asleep.Person)
	want[early.Person] = times{3, instant.Never}
	check(want)
}

func (s people) each(t *testing.T) {
	st := s.store(t)
	var rows []store.Row
	for n := range 1700 {
		rows = append(rows, Row(n, 1))
	}
	commit(t, st, step(1, rows...))
	last, n := int64(-1), 0
	err := st.Each(t.Context(), func(r store.Row) error {
		if key := r.Person.Row(); key <= last {
			t.Errorf("row %d comes after %d", key, last)
		}
		last = r.Person.Row()
		n++
		return nil
	})
	if err != nil || n != len(rows) {
		t.Errorf("there are %d rows, %v", n, err)
	}
	after, n := int64(-1), 0
	for {
		page, err := st.Page(t.Context(), after, 7)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page {
			if key := r.Person.Row(); key <= after || r.Version == 0 || r.Blob == nil {
				t.Errorf("row %d comes after %d: %+v", key, after, r)
			}
			after = r.Person.Row()
			n++
		}
		if len(page) < 7 {
			break
		}
	}
	if n != len(rows) {
		t.Errorf("the pages have %d rows", n)
	}
}

func (s people) tallies(t *testing.T) {
	st := s.store(t)
	want := map[string]int64{}
	for n := range int64(20) {
		b := step(n + 1)
		for k := range int64(30) {
			key := fmt.Sprintf("events/app/kind%d", (n+k)%7)
			if k%5 == 0 {
				key = fmt.Sprintf("touches/%c", 'é'+rune(k))
			}
			b.Tallies = append(b.Tallies, store.Tally{Key: key, Add: k - 9})
			want[key] += k - 9
		}
		commit(t, st, b)
	}
	for _, prefix := range []string{"", "events/", "events/app/kind3", "touches/", "touches/é", "events0", "f", "\xff"} {
		got, err := st.Tallies(t.Context(), prefix)
		if err != nil {
			t.Fatal(err)
		}
		var wanted []store.Tally
		for _, key := range slices.Sorted(maps.Keys(want)) {
			if len(key) >= len(prefix) && key[:len(prefix)] == prefix {
				wanted = append(wanted, store.Tally{Key: key, Add: want[key]})
			}
		}
		if !slices.Equal(got, wanted) {
			t.Errorf("under %q there are %v instead of %v", prefix, got, wanted)
		}
	}
}

func (s people) copies(t *testing.T) {
	st := s.store(t)
	b := step(1, Row(1, 1))
	commit(t, st, b)
	b.Rows[0].Blob[0] ^= 1
	rows, err := st.Load(t.Context(), []id.Person{Person(1), Person(1)})
	if err != nil {
		t.Fatal(err)
	}
	rows[0].Blob[0] ^= 1
	if !Equal(rows[1], Row(1, 1)) {
		t.Error("two rows share a blob")
	}
	s.holds(t, st, Row(1, 1))
}

func (s people) many(t *testing.T) {
	st := s.store(t)
	const n = 10_000
	rows := make([]store.Row, n)
	ids := make([]id.Person, n)
	for i := range n {
		rows[i], ids[i] = Row(i, 1), Person(i)
	}
	commit(t, st, step(1, rows...))
	for i := range n / 10 {
		rows[i*10] = Row(i*10, 2)
	}
	changed := slices.DeleteFunc(slices.Clone(rows), func(r store.Row) bool { return r.Version < 2 })
	commit(t, st, step(2, changed...))
	got, err := st.Load(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if !Equal(got[i], rows[i]) {
			t.Fatalf("row %d is %s instead of %s", i, show(got[i]), show(rows[i]))
		}
	}
}

func (s people) beside(t *testing.T) {
	st := s.store(t)
	const people, versions = 150, 25
	batch := func(v uint64) store.Batch {
		b := step(int64(v))
		for n := range people {
			b.Rows = append(b.Rows, Row(n, v))
		}
		return b
	}
	commit(t, st, batch(1))
	var committed atomic.Uint64
	committed.Store(1)
	ids := make([]id.Person, people)
	for n := range ids {
		ids[n] = Person(n)
	}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for committed.Load() < versions {
				since := committed.Load()
				rows, err := st.Load(t.Context(), ids)
				if err != nil {
					t.Error(err)
					return
				}
				for n, r := range rows {
					if r.Version < since || !Equal(r, Row(n, r.Version)) {
						t.Errorf("after version %d was committed there is %s", since, show(r))
						return
					}
				}
			}
		})
	}
	for v := uint64(2); v <= versions; v++ {
		if err := st.Commit(t.Context(), batch(v)); err != nil {
			t.Error(err)
			break
		}
		committed.Store(v)
	}
	committed.Store(versions)
	wg.Wait()
}

func (s people) cancelled(t *testing.T) {
	st := s.store(t)
	commit(t, st, step(1, Row(0, 1)))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, loadErr := st.Load(ctx, []id.Person{Person(0)})
	_, markErr := st.Mark(ctx)
	_, talliesErr := st.Tallies(ctx, "")
	_, pageErr := st.Page(ctx, -1, 1)
	for what, err := range map[string]error{
		"load": loadErr, "mark": markErr, "tallies": talliesErr, "page": pageErr,
		"commit": st.Commit(ctx, step(2, Row(0, 2))),
		"each":   st.Each(ctx, func(store.Row) error { return nil }),
		"waking": st.Waking(ctx, func(id.Person, instant.Time, instant.Time) error { return nil }),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", what, err)
		}
	}
	s.at(t, st, mark(1))
	s.holds(t, st, Row(0, 1))
}

func (s people) reopen(t *testing.T) {
	dir := t.TempDir()
	var last store.Batch
	for round := range int64(3) {
		st := s.open(t, dir)
		s.at(t, st, mark(round))
		if round > 0 {
			s.holds(t, st, Row(1, uint64(round)), Row(2, uint64(round)))
			commit(t, st, last) // the caller may not know that it succeeded
		}
		last = step(round+1, Row(1, uint64(round)+1), Row(2, uint64(round)+1))
		last.Tallies = []store.Tally{{Key: "rounds", Add: 1}}
		commit(t, st, last)
		if ts, err := st.Tallies(t.Context(), "rounds"); err != nil || len(ts) != 1 || ts[0].Add != round+1 {
			t.Errorf("tallies are %v, %v", ts, err)
		}
		for range 2 {
			if err := st.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func (s people) closed(t *testing.T) {
	st := s.store(t)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	_, loadErr := st.Load(t.Context(), []id.Person{Person(0)})
	_, markErr := st.Mark(t.Context())
	_, talliesErr := st.Tallies(t.Context(), "")
	_, pageErr := st.Page(t.Context(), -1, 1)
	for what, err := range map[string]error{
		"load": loadErr, "mark": markErr, "tallies": talliesErr, "page": pageErr,
		"commit": st.Commit(t.Context(), step(1, Row(0, 1))),
		"each":   st.Each(t.Context(), func(store.Row) error { return nil }),
		"waking": st.Waking(t.Context(), func(id.Person, instant.Time, instant.Time) error { return nil }),
	} {
		if !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func (s people) stops(t *testing.T) {
	st := s.store(t)
	var rows []store.Row
	for n := range 60 {
		rows = append(rows, Row(n, 1))
	}
	commit(t, st, step(1, rows...))
	enough := errors.New("enough")
	n := 0
	if err := st.Each(t.Context(), func(store.Row) error { n++; return enough }); !errors.Is(err, enough) || n != 1 {
		t.Errorf("each: %v after %d", err, n)
	}
	n = 0
	if err := st.Waking(t.Context(), func(id.Person, instant.Time, instant.Time) error { n++; return enough }); !errors.Is(err, enough) || n != 1 {
		t.Errorf("waking: %v after %d", err, n)
	}
	// A store may be asked from within an enumeration.
	err := st.Each(t.Context(), func(r store.Row) error {
		got, err := st.Load(t.Context(), []id.Person{r.Person})
		if err == nil && !Equal(got[0], r) {
			err = errors.New("another row")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
