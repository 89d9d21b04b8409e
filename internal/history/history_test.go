package history

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/seal"
	"attune/internal/store"
	"attune/internal/store/sqlite"
)

// The cast, by number.
func someone(n int) id.Person { return id.Person{byte(n), byte(n >> 8), 1} }

func openKeys(t testing.TB, dir string, people int) *seal.Keys {
	t.Helper()
	k, err := seal.Open(filepath.Join(dir, "keys"), "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	var all []id.Person
	for n := range people {
		all = append(all, someone(n))
	}
	if err := k.Ensure(all...); err != nil {
		t.Fatal(err)
	}
	return k
}

// files are a history's two files.
type files struct {
	frames *sqlite.History
	chunks *sqlite.Chunks
}

func openFiles(t testing.TB, dir string) files {
	t.Helper()
	cfg := sqlite.Config{Durability: sqlite.Relaxed}
	frames, err := sqlite.OpenHistory(dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	chunks, err := sqlite.OpenChunks(dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	f := files{frames, chunks}
	t.Cleanup(f.close)
	return f
}

func (f files) close() {
	_ = f.frames.Close()
	_ = f.chunks.Close()
}

// written is a record as a test wrote it.
type written struct {
	who    int
	record []byte
}

// frameOf seals records into a frame.
func frameOf(t testing.TB, keys Keys, number int64, at instant.Time, records []written) store.Frame {
	f := store.Frame{Number: number, Log: 3 * number, At: at}
	for _, w := range records {
		body, err := keys.Seal(someone(w.who), seal.Frame, seal.FrameName(number), w.record)
		if err != nil {
			t.Fatal(err)
		}
		f.Entries = append(f.Entries, store.FrameEntry{Person: someone(w.who), Body: body})
	}
	return f
}

func appendTo(t testing.TB, h *History, f store.Frame) {
	t.Helper()
	if err := h.Append(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

// told is all of somebody's history, a line for each record.
func told(t testing.TB, h *History, who int) (lines []string) {
	t.Helper()
	err := h.Of(context.Background(), someone(who), func(frame int64, at instant.Time, record []byte) error {
		lines = append(lines, fmt.Sprintf("%d %d %x", frame, at, record))
		return nil
	})
	if err != nil {
		t.Fatalf("the history of %d: %v", who, err)
	}
	return lines
}

// draw makes the records of a frame: some tiny, some that do not fit into a chunk, alike or noise.
func draw(r *rand.Rand, people int) (records []written) {
	for range r.IntN(40) {
		w := written{who: r.IntN(people), record: bytes.Repeat([]byte("event "), r.IntN(60))}
		switch r.IntN(200) {
		case 0:
			w.record = make([]byte, 20_000+r.IntN(30_000))
			for i := range w.record {
				w.record[i] = byte(r.Uint32())
			}
		case 1:
			w.record = nil
		}
		records = append(records, w)
	}
	return records
}

var errPower = errors.New("the power failed")

// failing fails while chunks are added: before the chunk of this number, or, after all, before the mark.
type failing struct {
	store.Chunks
	at int
}

func (f *failing) Add(ctx context.Context, from, to store.ChunkMark, chunks iter.Seq2[store.Chunk, error]) error {
	return f.Chunks.Add(ctx, from, to, func(yield func(store.Chunk, error) bool) {
		n := 0
		for c, err := range chunks {
			if n == f.at {
				yield(c, errPower)
				return
			}
			if n++; !yield(c, err) {
				return
			}
		}
		yield(store.Chunk{}, errPower)
	})
}

// Whatever the batches, the sizes of runs, failures and restarts: somebody's history through chunks and
// frames is the one that was written, and chunks keep to their bounds.
func TestHistoryIsWhatWasWritten(t *testing.T) {
	dir := t.TempDir()
	const people = 12
	keys := openKeys(t, dir, people)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		data := filepath.Join(dir, fmt.Sprint(round))
		f := openFiles(t, data)
		defer func() { f.close() }()
		h := New(f.frames, f.chunks, keys)
		want := make([][]string, people)
		last, at := int64(0), instant.Time(1_800_000_000_000)
		steps := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 40).Draw(rt, "steps")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		for _, step := range steps {
			h.runEntries, h.runBytes = 1+r.IntN(300), 1+r.IntN(200_000)
			switch step {
			case 0: // a restart
				f.close()
				f = openFiles(t, data)
				h = New(f.frames, f.chunks, keys)
				if ok, err := h.Matches(t.Context()); !ok || err != nil {
					rt.Fatal("chunks and frames do not belong together", err)
				}
			case 1: // the process dies within a run
				h.chunks = &failing{f.chunks, r.IntN(10)}
				if _, err := h.Compact(t.Context()); err != nil && !errors.Is(err, errPower) {
					rt.Fatal(err)
				}
				h.chunks = f.chunks
			case 2, 3:
				if _, err := h.Compact(t.Context()); err != nil {
					rt.Fatal(err)
				}
			default:
				for range 1 + r.IntN(8) {
					last++
					at += instant.Time(r.IntN(5_000) - 1_000) // clocks go back, too
					records := draw(r, people)
					appendTo(t, h, frameOf(t, keys, last, at, records))
					for _, w := range records {
						want[w.who] = append(want[w.who], fmt.Sprintf("%d %d %x", last, at, w.record))
					}
				}
			}
			who := r.IntN(people)
			if got := told(t, h, who); !slices.Equal(got, want[who]) {
				rt.Fatalf("somebody has %d records, %d were written", len(got), len(want[who]))
			}
		}
		for done := (Progress{More: true}); done.More; {
			var err error
			if done, err = h.Compact(t.Context()); err != nil {
				rt.Fatal(err)
			}
		}
		frames := New(f.frames, nil, keys)
		for who := range people {
			if got := told(t, h, who); !slices.Equal(got, want[who]) || !slices.Equal(got, told(t, frames, who)) {
				rt.Fatalf("at the end somebody has %d records, %d were written", len(got), len(want[who]))
			}
			checkBounds(rt, h, who)
		}
		if waiting, err := h.Waiting(t.Context()); waiting != 0 || err != nil {
			rt.Fatal(waiting, err)
		}
		checked, err := h.Check(t.Context())
		if err != nil || checked.Damaged > 0 || checked.Erased > 0 || checked.Frame != last {
			rt.Fatalf("%+v %v", checked, err)
		}
	})
}

// checkBounds looks at how somebody's chunks are cut: none above 32 KB that has more than one entry, and
// few.
func checkBounds(t *rapid.T, h *History, who int) {
	chunks, mark, err := h.chunks.Of(context.Background(), someone(who))
	if err != nil {
		t.Fatal(err)
	}
	total, large := int64(0), 0
	for _, c := range chunks {
		total += c.Size
		if len(c.Body) > 32<<10 {
			large++
			if c.Count > 1 {
				t.Fatalf("a chunk of %d entries has %d bytes", c.Count, len(c.Body))
			}
		}
		if c.Last > mark.Frame {
			t.Fatalf("a chunk ends with frame %d of %d", c.Last, mark.Frame)
		}
	}
	// Between any two large entries, and for each full chunk, there is a row of halves.
	if most := (1 + 2*large + int(total/chunkBytes)) * 16; len(chunks) > most {
		t.Fatalf("%d bytes are in %d chunks", total, len(chunks))
	}
}

func TestChunksAreFewAndSmall(t *testing.T) {
	dir := t.TempDir()
	keys := openKeys(t, dir, 1)
	f := openFiles(t, dir)
	h := New(f.frames, f.chunks, keys)
	const entries = 400
	raw := 0
	for n := range int64(entries) {
		record := fmt.Appendf(nil, "%0300d", n)
		raw += len(record)
		appendTo(t, h, frameOf(t, keys, n+1, instant.Time(n), []written{{0, record}}))
		if done, err := h.Compact(t.Context()); err != nil || done.Entries != 1 || done.To.Frame != n+1 || done.More {
			t.Fatal(done, err)
		}
	}
	chunks, _, err := f.chunks.Of(t.Context(), someone(0))
	if err != nil || len(chunks) > 12 {
		t.Fatalf("%d entries, one a run, are in %d chunks, %v", entries, len(chunks), err)
	}
	sealed := 0
	for _, c := range chunks {
		sealed += len(c.Body)
	}
	if sealed > raw/4 {
		t.Errorf("records that are all alike take %d bytes of %d", sealed, raw)
	}
}

func TestErasedPeopleArePassedOver(t *testing.T) {
	dir := t.TempDir()
	keys := openKeys(t, dir, 3)
	f := openFiles(t, dir)
	h := New(f.frames, f.chunks, keys)
	appendTo(t, h, frameOf(t, keys, 1, 1, []written{{0, []byte("a")}, {1, []byte("b")}}))
	if _, err := h.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	appendTo(t, h, frameOf(t, keys, 2, 2, []written{{0, []byte("c")}, {1, []byte("d")}, {2, []byte("e")}}))
	for _, who := range []int{1, 2} {
		if err := keys.Erase(someone(who)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.Compact(t.Context()); err != nil {
		t.Fatal("erased people stop the compactor:", err)
	}
	if got := told(t, h, 0); len(got) != 2 {
		t.Errorf("who was not erased has %v", got)
	}
	err := h.Of(t.Context(), someone(1), func(int64, instant.Time, []byte) error { return errors.New("it is told") })
	if !errors.Is(err, seal.ErrNoKey) {
		t.Errorf("the history of an erased person: %v", err)
	}
	if c, err := h.Check(t.Context()); err != nil || c.Erased != 2 || c.Damaged != 0 {
		t.Errorf("%+v %v", c, err)
	}
}

// Chunks of frames that are not these are noticed: another backup, or frames that a power cut took.
func TestChunksOfAnotherHistoryAreForgotten(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	keys := openKeys(t, dir, 1)
	f, g := openFiles(t, dir), openFiles(t, other)
	h := New(f.frames, f.chunks, keys)
	for n := range int64(5) {
		appendTo(t, h, frameOf(t, keys, n+1, 1, []written{{0, []byte("this")}}))
		appendTo(t, New(g.frames, nil, keys), frameOf(t, keys, n+1, 1, []written{{0, []byte("that")}}))
	}
	if _, err := h.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	empty := openFiles(t, t.TempDir())
	for what, frames := range map[string]store.History{"other frames": g.frames, "fewer frames": empty.frames} {
		mixed := New(frames, f.chunks, keys)
		if ok, err := mixed.Matches(t.Context()); ok || err != nil {
			t.Errorf("%s: %v %v", what, ok, err)
		}
	}
	mixed := New(g.frames, f.chunks, keys)
	if err := mixed.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := mixed.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := told(t, mixed, 0); len(got) != 5 || got[0] != fmt.Sprintf("1 1 %x", "that") {
		t.Error(got)
	}
	if ok, err := mixed.Matches(t.Context()); !ok || err != nil {
		t.Error(ok, err)
	}
}

// The appender itself asks for histories while the compactor runs, and sees what it has just appended.
func TestAskingBesideTheCompactor(t *testing.T) {
	dir := t.TempDir()
	const people, frames = 20, 300
	keys := openKeys(t, dir, people)
	f := openFiles(t, dir)
	h := New(f.frames, f.chunks, keys)
	h.runEntries = 50
	ctx, cancel := context.WithCancel(t.Context())
	compacted := make(chan error, 1)
	go func() {
		for ctx.Err() == nil {
			if _, err := h.Compact(ctx); err != nil && ctx.Err() == nil {
				compacted <- err
				return
			}
		}
		compacted <- nil
	}()
	r := rand.New(rand.NewPCG(3, 4))
	want := make([][]string, people)
	for n := int64(1); n <= frames; n++ {
		records := draw(r, people)
		appendTo(t, h, frameOf(t, keys, n, instant.Time(n), records))
		for _, w := range records {
			want[w.who] = append(want[w.who], fmt.Sprintf("%d %d %x", n, n, w.record))
		}
		who := r.IntN(people)
		if len(records) > 0 {
			who = records[0].who
		}
		if got := told(t, h, who); !slices.Equal(got, want[who]) {
			t.Fatalf("after frame %d there are %d records of %d", n, len(got), len(want[who]))
		}
	}
	cancel()
	if err := <-compacted; err != nil {
		t.Fatal(err)
	}
}

func TestDamageIsFound(t *testing.T) {
	dir := t.TempDir()
	keys := openKeys(t, dir, 2)
	f := openFiles(t, dir)
	h := New(f.frames, f.chunks, keys)
	for n := range int64(4) {
		appendTo(t, h, frameOf(t, keys, n+1, 1, []written{{0, []byte("a")}, {1, []byte("b")}}))
	}
	if _, err := h.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	spoil := func(who int, change func(c *store.Chunk)) {
		t.Helper()
		chunks, _, err := f.chunks.Of(t.Context(), someone(who))
		if err != nil {
			t.Fatal(err)
		}
		change(&chunks[0])
		from, err := f.chunks.Mark(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		to := from
		to.Frame++
		appendTo(t, h, frameOf(t, keys, to.Frame, 1, nil))
		err = f.chunks.Add(t.Context(), from, to, func(yield func(store.Chunk, error) bool) { yield(chunks[0], nil) })
		if err != nil {
			t.Fatal(err)
		}
	}
	if c, err := h.Check(t.Context()); err != nil || c.Damaged != 0 || c.People != 2 {
		t.Fatalf("%+v %v", c, err)
	}
	spoil(0, func(c *store.Chunk) { c.Body[3] ^= 1 })
	if c, err := h.Check(t.Context()); err != nil || c.Damaged != 1 {
		t.Errorf("a changed body: %+v %v", c, err)
	}
	err := h.Of(t.Context(), someone(0), func(int64, instant.Time, []byte) error { return nil })
	if !errors.Is(err, seal.ErrTampered) {
		t.Errorf("it is told with %v", err)
	}
	spoil(1, func(c *store.Chunk) {
		part, err := h.cut(c.Person, 0, []entry{{1, 1, []byte("b")}, {2, 1, []byte("b")}})
		if err != nil {
			t.Fatal(err)
		}
		*c = part[0]
	})
	if c, err := h.Check(t.Context()); err != nil || c.Damaged != 2 {
		t.Errorf("two entries fewer: %+v %v", c, err)
	}
}

// Any bytes unpack to an error or to entries that pack to bytes that unpack to the same.
func FuzzUnpack(f *testing.F) {
	f.Add(pack([]entry{{1, 5, []byte("one")}, {1, 5, nil}, {7, 3, bytes.Repeat([]byte("x"), 300)}}))
	f.Add([]byte{chunkForm, 0})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<16 {
			return
		}
		entries, err := unpack(b)
		if err != nil {
			if !errors.Is(err, store.ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		again, err := unpack(pack(entries))
		if err != nil || len(again) != len(entries) {
			t.Fatalf("%d entries became %d, %v", len(entries), len(again), err)
		}
		for i, e := range entries {
			if a := again[i]; a.frame != e.frame || a.at != e.at || !bytes.Equal(a.record, e.record) {
				t.Fatalf("entry %d changed", i)
			}
		}
	})
}
