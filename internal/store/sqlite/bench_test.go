package sqlite

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/store"
	"attune/internal/store/storetest"
)

// populated is a store with people of 900 bytes each.
func populated(b *testing.B, dir string, people int) *People {
	b.Helper()
	p := mustPeople(b, dir, Config{Durability: Relaxed})
	var rows []store.Row
	for n := range people {
		rows = append(rows, benchRow(n, 1))
	}
	if err := p.Commit(b.Context(), batch(1, rows...)); err != nil {
		b.Fatal(err)
	}
	if err := p.Close(); err != nil {
		b.Fatal(err)
	}
	return mustPeople(b, dir, Config{})
}

func benchRow(n int, version uint64) store.Row {
	r := store.Row{Person: storetest.Person(n), Version: version, Wake: instant.Time(n), Due: instant.Never, Blob: make([]byte, 900)}
	if n%50 == 0 {
		r.Due = instant.Time(n)
	}
	return r
}

const (
	benchPeople = 100_000
	benchRows   = 500
)

func some(r *rand.Rand) []int {
	seen := map[int]bool{}
	var ns []int
	for len(ns) < benchRows {
		if n := r.IntN(benchPeople); !seen[n] {
			seen[n] = true
			ns = append(ns, n)
		}
	}
	return ns
}

// A batch decides some touches: what it costs to note whose they are.
func BenchmarkCommit(b *testing.B) {
	for name, touches := range map[string]int{"no touches": 0, "20 touches": 20} {
		b.Run(name, func(b *testing.B) { commits(b, touches) })
	}
}

func commits(b *testing.B, touches int) {
	p := populated(b, b.TempDir(), benchPeople)
	defer p.Close()
	r := rand.New(rand.NewPCG(1, 2))
	n := int64(1)
	b.ReportAllocs()
	b.SetBytes(benchRows * 900)
	for b.Loop() {
		b.StopTimer()
		n++
		next := batch(n)
		for _, i := range some(r) {
			next.Rows = append(next.Rows, benchRow(i, uint64(n)))
		}
		for k := range 20 {
			next.Tallies = append(next.Tallies, store.Tally{Key: fmt.Sprintf("events/app/%d", k), Add: 1})
		}
		for range touches {
			var touch id.Key
			binary.BigEndian.PutUint64(touch[:], r.Uint64())
			next.Touches = append(next.Touches, store.Touch{ID: touch, Person: next.Rows[0].Person})
		}
		b.StartTimer()
		if err := p.Commit(b.Context(), next); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*benchRows/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkLoad(b *testing.B) {
	p := populated(b, b.TempDir(), benchPeople)
	defer p.Close()
	r := rand.New(rand.NewPCG(1, 2))
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		var ids []id.Person
		for _, i := range some(r) {
			ids = append(ids, storetest.Person(i))
		}
		b.StartTimer()
		if rows, err := p.Load(b.Context(), ids); err != nil || rows[0].Version == 0 {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*benchRows/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkWaking(b *testing.B) {
	p := populated(b, b.TempDir(), benchPeople)
	defer p.Close()
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		err := p.Waking(b.Context(), func(id.Person, instant.Time, instant.Time) error { n++; return nil })
		if err != nil || n != benchPeople {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(b.N)*benchPeople/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkHistoryAppend(b *testing.B) {
	h := mustHistory(b, b.TempDir(), Config{})
	defer h.Close()
	f := store.Frame{}
	for i := range benchRows {
		f.Entries = append(f.Entries, store.FrameEntry{Person: storetest.Person(i), Body: make([]byte, 600)})
	}
	b.ReportAllocs()
	b.SetBytes(benchRows * 600)
	for b.Loop() {
		f.Number++
		if err := h.Append(b.Context(), f); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*benchRows/b.Elapsed().Seconds(), "entries/s")
}

// BenchmarkOf looks for one person in 2000 frames of 500 people.
func BenchmarkOf(b *testing.B) {
	h := mustHistory(b, b.TempDir(), Config{Durability: Relaxed})
	defer h.Close()
	const frames = 2000
	for n := range int64(frames) {
		f := store.Frame{Number: n + 1}
		for i := range benchRows {
			f.Entries = append(f.Entries, store.FrameEntry{Person: storetest.Person((int(n)*benchRows + i) % benchPeople), Body: make([]byte, 300)})
		}
		if err := h.Append(b.Context(), f); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		err := h.Tail(b.Context(), storetest.Person(7), 0, func(int64, instant.Time, []byte) error { n++; return nil })
		if err != nil || n != frames*benchRows/benchPeople {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(b.N)*frames/b.Elapsed().Seconds(), "frames/s")
}
