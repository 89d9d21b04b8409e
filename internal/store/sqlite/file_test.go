package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/store"
	"attune/internal/store/storetest"
)

// raw runs SQL on a file behind the store's back.
func raw(t testing.TB, path, query string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(query, args...); err != nil {
		t.Fatal(err)
	}
}

func batch(n int64, rows ...store.Row) store.Batch {
	return store.Batch{From: crashMark(n - 1), To: crashMark(n), Rows: rows}
}

func TestReadingBesideTheServer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a folder? 100% ours #1")
	if _, err := OpenPeople(dir, Config{ReadOnly: true}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("opening nothing for reading: %v", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("opening for reading made a folder")
	}
	w, hw := mustPeople(t, dir, Config{}), mustHistory(t, dir, Config{})
	if err := w.Commit(t.Context(), batch(1, storetest.Row(3, 1))); err != nil {
		t.Fatal(err)
	}
	r, hr := mustPeople(t, dir, Config{ReadOnly: true}), mustHistory(t, dir, Config{ReadOnly: true})
	defer r.Close()
	defer hr.Close()
	for n := int64(2); n < 200; n++ {
		if err := hw.Append(t.Context(), storetest.Frame(n-1)); err != nil {
			t.Fatal(err)
		}
		if err := w.Commit(t.Context(), batch(n, storetest.Row(3, uint64(n)), storetest.Row(int(n)+10, 1))); err != nil {
			t.Fatal(err)
		}
		rows, err := r.Load(t.Context(), []id.Person{storetest.Person(3), storetest.Person(int(n) + 10)})
		if err != nil || rows[0].Version != uint64(n) || rows[1].Version != 1 {
			t.Fatalf("the reader sees %v, %v", rows, err)
		}
		if m, err := hr.Last(t.Context()); err != nil || m.Frame != n-1 {
			t.Fatalf("the reader sees frame %d, %v", m.Frame, err)
		}
	}
	for what, err := range map[string]error{
		"commit": r.Commit(t.Context(), batch(200)), "append": hr.Append(t.Context(), storetest.Frame(199)),
	} {
		if !errors.Is(err, store.ErrReadOnly) {
			t.Errorf("%s: %v", what, err)
		}
	}
	// The server stops; its reader goes on, and another can begin.
	if err := errors.Join(w.Close(), hw.Close()); err != nil {
		t.Fatal(err)
	}
	late := mustPeople(t, dir, Config{ReadOnly: true})
	defer late.Close()
	for _, reader := range []*People{r, late} {
		if m, err := reader.Mark(t.Context()); err != nil || m != crashMark(199) {
			t.Errorf("the mark is %s, %v", m, err)
		}
	}
}

// Files without a server, stopped or killed, can be read, too.
func TestReadingWithoutAServer(t *testing.T) {
	dir, copied := t.TempDir(), t.TempDir()
	w := mustPeople(t, dir, Config{})
	if err := w.Commit(t.Context(), batch(1, storetest.Row(3, 1))); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal"} { // what a killed server leaves
		b, err := os.ReadFile(filepath.Join(dir, StateName+suffix))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(copied, StateName+suffix), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, folder := range map[string]string{"stopped": dir, "killed": copied} {
		for range 2 {
			r := mustPeople(t, folder, Config{ReadOnly: true})
			rows, err := r.Load(t.Context(), []id.Person{storetest.Person(3)})
			if err != nil || rows[0].Version != 1 {
				t.Errorf("%s: %v, %v", name, rows, err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestItRefusesAnotherSchema(t *testing.T) {
	dir := t.TempDir()
	if err := mustPeople(t, dir, Config{}).Close(); err != nil {
		t.Fatal(err)
	}
	raw(t, filepath.Join(dir, StateName), "PRAGMA user_version = 99")
	for _, cfg := range []Config{{}, {ReadOnly: true}} {
		if _, err := OpenPeople(dir, cfg); err == nil || !strings.Contains(err.Error(), "99") {
			t.Errorf("opening a newer schema: %v", err)
		}
	}
}

func TestItNamesCorruptFrames(t *testing.T) {
	for name, spoil := range map[string]string{
		"a changed body":    "UPDATE frame SET body = CAST(body || 'z' AS BLOB) WHERE number = 20",
		"a changed person":  "UPDATE frame SET people = CAST(zeroblob(16) || substr(people, 17) AS BLOB) WHERE number = 20",
		"another time":      "UPDATE frame SET at = at + 1 WHERE number = 20",
		"a missing frame":   "DELETE FROM frame WHERE number = 20",
		"an exchanged body": "UPDATE frame SET body = (SELECT body FROM frame WHERE number = 21) WHERE number = 20",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			h := mustHistory(t, dir, Config{})
			for n := int64(1); n <= 30; n++ {
				if err := h.Append(t.Context(), storetest.Frame(n)); err != nil {
					t.Fatal(err)
				}
			}
			if err := h.Close(); err != nil {
				t.Fatal(err)
			}
			raw(t, filepath.Join(dir, HistoryName), spoil)
			h = mustHistory(t, dir, Config{}) // what it appended itself it remembers
			defer h.Close()
			last := int64(0)
			err := h.Frames(t.Context(), 0, func(f store.Frame) error { last = f.Number; return nil })
			if !errors.Is(err, store.ErrCorrupt) || !strings.Contains(err.Error(), "frame 20") || last != 19 {
				t.Errorf("frames end after %d with %v", last, err)
			}
			err = h.Tail(t.Context(), storetest.Frame(20).Entries[0].Person, 0, func(int64, instant.Time, []byte) error { return nil })
			if !errors.Is(err, store.ErrCorrupt) || !strings.Contains(err.Error(), "frame 20") {
				t.Errorf("one person's entries end with %v", err)
			}
		})
	}
}

func TestItNamesCorruptChunks(t *testing.T) {
	for name, spoil := range map[string]string{
		"a changed body":        "UPDATE chunk SET body = CAST(body || 'z' AS BLOB) WHERE id = 2",
		"another person's":      "UPDATE chunk SET person = (SELECT person FROM chunk WHERE id = 1) WHERE id = 4",
		"another time":          "UPDATE chunk SET from_at = from_at - 1 WHERE id = 2",
		"another place":         "UPDATE chunk SET nth = 4 WHERE id = 2",
		"other frames":          "UPDATE chunk SET last = 3 WHERE id = 2",
		"a missing chunk":       "DELETE FROM chunk WHERE id = 2",
		"the first one missing": "DELETE FROM chunk WHERE id = 1",
		"a chunk twice":         "INSERT INTO chunk SELECT 9, person, nth, count, size, first, last, from_at, to_at, crc, body FROM chunk WHERE id = 2",
		"a chunk of the future": "UPDATE mark SET frame = 8",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			c := mustChunks(t, dir, Config{})
			defer c.Close()
			err := c.Add(t.Context(), storetest.ChunkMark(0), storetest.ChunkMark(10), func(yield func(store.Chunk, error) bool) {
				_ = yield(storetest.Chunk(1, 0, 3, 1, 3), nil) && yield(storetest.Chunk(1, 3, 2, 4, 5), nil) &&
					yield(storetest.Chunk(1, 5, 1, 9, 9), nil) && yield(storetest.Chunk(2, 0, 3, 1, 3), nil)
			})
			if err != nil {
				t.Fatal(err)
			}
			raw(t, filepath.Join(dir, ChunksName), spoil)
			if _, _, err := c.Of(t.Context(), storetest.Person(1)); !errors.Is(err, store.ErrCorrupt) {
				t.Errorf("it reads them with %v", err)
			}
		})
	}
}

func TestAFullDiskChangesNothing(t *testing.T) {
	p := mustPeople(t, t.TempDir(), Config{})
	defer p.Close()
	if err := p.Commit(t.Context(), batch(1, storetest.Row(1, 1))); err != nil {
		t.Fatal(err)
	}
	limit := func(pages int) {
		if _, err := p.file.Write.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	limit(1)
	next := batch(2, storetest.Row(1, 2))
	for n := range 2000 {
		next.Rows = append(next.Rows, storetest.Row(n+2, 1))
	}
	if err := p.Commit(t.Context(), next); err == nil {
		t.Fatal("it fits on a full disk")
	}
	rows, err := p.Load(t.Context(), []id.Person{storetest.Person(1)})
	if m, _ := p.Mark(t.Context()); err != nil || m != crashMark(1) || rows[0].Version != 1 {
		t.Errorf("at %s there is version %d, %v", m, rows[0].Version, err)
	}
	limit(1 << 30)
	if err := p.Commit(t.Context(), next); err != nil {
		t.Errorf("when there is room again: %v", err)
	}
}

func TestTheWALStaysBounded(t *testing.T) {
	t.Parallel()
	p := mustPeople(t, t.TempDir(), Config{WALLimit: 8 << 20})
	defer p.Close()
	// A reader that never stops must not keep the WAL growing.
	stop := make(chan struct{})
	read := make(chan error, 1)
	go func() {
		for {
			select {
			case <-stop:
				read <- nil
				return
			default:
			}
			if err := p.Each(t.Context(), func(store.Row) error { return nil }); err != nil {
				read <- err
				return
			}
		}
	}()
	largest, written, slowest := int64(0), int64(0), time.Duration(0)
	n := int64(0)
	for start := time.Now(); time.Since(start) < 3*time.Second; {
		n++
		b := batch(n)
		for i := range 300 {
			r := storetest.Row((int(n)*37+i*61)%20_000, uint64(n)) // 300 · 61 < 20,000: nobody twice
			r.Blob = make([]byte, 900)
			b.Rows = append(b.Rows, r)
		}
		began := time.Now()
		if err := p.Commit(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		slowest = max(slowest, time.Since(began))
		largest = max(largest, p.file.WALSize())
		written += int64(len(b.Rows)) * 4096
		time.Sleep(5 * time.Millisecond)
	}
	close(stop)
	if err := <-read; err != nil {
		t.Error(err)
	}
	t.Logf("%d commits, about %d MB written, WAL at most %d MB, slowest commit %v", n, written>>20, largest>>20, slowest)
	if largest > written/2 && written > 64<<20 {
		t.Errorf("the WAL grew to %d bytes of %d", largest, written)
	}
	deadline := time.Now().Add(30 * time.Second)
	for p.file.WALSize() > 0 && time.Now().Before(deadline) {
		time.Sleep(20 * time.Millisecond)
	}
	if size := p.file.WALSize(); size > 0 {
		t.Errorf("%d bytes stay in the WAL of an idle store", size)
	}
}

// FuzzUnpack reads any bytes as a frame whose checksums are right: what is accepted packs again to
// a frame that says the same.
func FuzzUnpack(f *testing.F) {
	for n := range int64(4) {
		p := pack(storetest.Frame(n + 1))
		f.Add(p.number, p.log, p.at, p.people, p.body)
	}
	f.Fuzz(func(t *testing.T, number, log, at int64, people, body []byte) {
		p := packed{number: number, log: log, at: at, people: people, body: body}
		p.peopleSum, p.sum = peopleSum(number, people), frameSum(p)
		frame, err := p.unpack()
		if err != nil {
			if !errors.Is(err, store.ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		again := pack(frame)
		second, err := again.unpack()
		if err != nil || !storetest.EqualFrames(frame, second) {
			t.Fatalf("it comes back changed, %v", err)
		}
	})
}
