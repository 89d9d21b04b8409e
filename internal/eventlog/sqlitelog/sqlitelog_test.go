package sqlitelog

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"attune/core/instant"
	"attune/internal/eventlog"
	"attune/internal/eventlog/eventlogtest"
)

func mustOpen(t testing.TB, dir string, cfg Config) *Log {
	t.Helper()
	l, err := Open(dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLog(t *testing.T) {
	eventlogtest.Run(t, func(t testing.TB, dir string) eventlog.Log { return mustOpen(t, dir, Config{}) })
}

func TestLogWithOddSettings(t *testing.T) {
	cfg := Config{Linger: -1, MaxEntries: 3, Readers: 1, WALLimit: 64 << 10, Durability: Relaxed}
	eventlogtest.Run(t, func(t testing.TB, dir string) eventlog.Log { return mustOpen(t, dir, cfg) })
}

func TestFrameRoundTrip(t *testing.T) {
	var es []eventlog.Entry
	for i := range 1300 {
		es = append(es, eventlogtest.Entry(i, instant.Time(i/2*2)))
	}
	first, newest := eventlog.Position(1), instant.Time(-1<<63)
	for rest := es; len(rest) > 0; {
		var body []byte
		var n int
		body, n, newest = appendFrame(nil, rest, newest)
		seen := 0
		err := decodeFrame(body, int64(n), func(i int64, e eventlog.Entry) {
			if want := rest[i]; e.Person != want.Person || e.At != want.At || !bytes.Equal(e.Body, want.Body) {
				t.Errorf("entry %d differs", i)
			}
			seen++
		})
		if err != nil || seen != n || n > frameEntries {
			t.Fatalf("decoded %d of %d entries, %v", seen, n, err)
		}
		for cut := range 20 {
			if err := decodeFrame(body[:len(body)-1-cut], int64(n), func(int64, eventlog.Entry) {}); !errors.Is(err, eventlog.ErrCorrupt) {
				t.Errorf("a frame cut short decodes: %v", err)
			}
		}
		first += eventlog.Position(n)
		rest = rest[n:]
	}
}

func FuzzDecodeFrame(f *testing.F) {
	body, n, _ := appendFrame(nil, []eventlog.Entry{eventlogtest.Entry(1, 5), eventlogtest.Entry(2, 7)}, 0)
	f.Add(body, int64(n))
	f.Add([]byte("12345678"), int64(0))
	f.Fuzz(func(t *testing.T, data []byte, count int64) {
		var es []eventlog.Entry
		if decodeFrame(data, count, func(_ int64, e eventlog.Entry) { es = append(es, e) }) != nil || len(es) == 0 {
			return
		}
		for i := 1; i < len(es); i++ {
			if es[i].At < es[i-1].At {
				return // no writer makes it, and the checksum guards against it
			}
		}
		again, n, _ := appendFrame(nil, es, es[0].At)
		if n != len(es) {
			return // more than our frames take
		}
		i := 0
		err := decodeFrame(again, int64(n), func(_ int64, e eventlog.Entry) {
			if e.Person != es[i].Person || e.At != es[i].At || !bytes.Equal(e.Body, es[i].Body) {
				t.Fatalf("entry %d changed", i)
			}
			i++
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// raw runs SQL on the log's file behind its back.
func raw(t testing.TB, dir, query string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, Name))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(query, args...); err != nil {
		t.Fatal(err)
	}
}

func TestItNamesCorruptEntries(t *testing.T) {
	for name, spoil := range map[string]string{
		"a flipped byte":  "UPDATE frame SET body = CAST(replace(hex(body), 'x', 'x') || 'z' AS BLOB) WHERE first = 513",
		"a wrong count":   "UPDATE frame SET count = 511 WHERE first = 513",
		"a missing frame": "DELETE FROM frame WHERE first = 513",
		"a moved frame":   "UPDATE frame SET first = 514 WHERE first = 513",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			l := mustOpen(t, dir, Config{})
			defer l.Close()
			for i := range 3 {
				es := make([]eventlog.Entry, 512)
				for k := range es {
					es[k] = eventlogtest.Entry(i, instant.Time(i))
				}
				if _, err := l.Append(t.Context(), es); err != nil {
					t.Fatal(err)
				}
			}
			raw(t, dir, spoil)
			records, err := l.Read(t.Context(), 500, 100)
			if err != nil || len(records) != 12 {
				t.Errorf("before the damage: %d records, %v", len(records), err)
			}
			if _, err := l.Read(t.Context(), 512, 100); !errors.Is(err, eventlog.ErrCorrupt) || !strings.Contains(err.Error(), "entry 513") {
				t.Errorf("at the damage: %v", err)
			}
			if records, err := l.Read(t.Context(), 1024, 100); err != nil || len(records) != 100 {
				t.Errorf("after the damage: %d records, %v", len(records), err)
			}
		})
	}
	t.Run("at the end, when opening", func(t *testing.T) {
		dir := t.TempDir()
		l := mustOpen(t, dir, Config{})
		if _, err := l.Append(t.Context(), []eventlog.Entry{eventlogtest.Entry(1, 1)}); err != nil {
			t.Fatal(err)
		}
		l.Close()
		raw(t, dir, "UPDATE frame SET crc = crc + 1")
		if _, err := Open(dir, Config{}); !errors.Is(err, eventlog.ErrCorrupt) {
			t.Errorf("opening: %v", err)
		}
	})
}

func TestAFailedWriteBreaksTheLog(t *testing.T) {
	dir := t.TempDir()
	l := mustOpen(t, dir, Config{})
	defer l.Close()
	one := []eventlog.Entry{eventlogtest.Entry(1, 1)}
	if _, err := l.Append(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	// A full disk, as SQLite sees it.
	limit := func(pages int) {
		if _, err := l.file.Write.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	limit(1)
	big := eventlogtest.Entry(2, 2)
	big.Body = make([]byte, 1<<20)
	if _, err := l.Append(t.Context(), []eventlog.Entry{one[0], big}); !errors.Is(err, eventlog.ErrBroken) {
		t.Fatalf("appending to a full disk: %v", err)
	}
	limit(1 << 30)
	_, appendErr := l.Append(t.Context(), one)
	for what, err := range map[string]error{"append": appendErr, "trim": l.Trim(t.Context(), 1)} {
		if !errors.Is(err, eventlog.ErrBroken) {
			t.Errorf("%s after a failed write: %v", what, err)
		}
	}
	if records, err := l.Read(t.Context(), 0, 10); err != nil || len(records) != 1 || l.Last() != 1 {
		t.Errorf("read %d records, %v", len(records), err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = mustOpen(t, dir, Config{})
	defer l.Close()
	if p, err := l.Append(t.Context(), one); err != nil || p != 2 {
		t.Errorf("after reopening: %d, %v", p, err)
	}
}

func TestASecondWriterBreaksInsteadOfMixing(t *testing.T) {
	dir := t.TempDir()
	a, b := mustOpen(t, dir, Config{}), mustOpen(t, dir, Config{})
	defer a.Close()
	defer b.Close()
	one := []eventlog.Entry{eventlogtest.Entry(1, 1)}
	if _, err := a.Append(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Append(t.Context(), one); !errors.Is(err, eventlog.ErrBroken) {
		t.Errorf("the second writer: %v", err)
	}
}

func TestTheWALStaysBounded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := mustOpen(t, dir, Config{WALLimit: 2 << 20})
	defer l.Close()
	es := make([]eventlog.Entry, 100)
	for i := range es {
		es[i] = eventlogtest.Entry(i, 1)
		es[i].Body = make([]byte, 1000)
	}
	largest := int64(0)
	for start := time.Now(); time.Since(start) < 1500*time.Millisecond; {
		if _, err := l.Append(t.Context(), es); err != nil {
			t.Fatal(err)
		}
		largest = max(largest, l.file.WALSize())
		time.Sleep(2 * time.Millisecond) // a rate at which the limit is passed between two looks
	}
	deadline := time.Now().Add(30 * time.Second)
	for l.file.WALSize() > 0 && time.Now().Before(deadline) {
		time.Sleep(20 * time.Millisecond)
	}
	t.Logf("up to %d at %d MB", l.Last(), largest>>20)
	if n := l.file.WALSize(); n > 0 {
		t.Errorf("%d bytes stay in the WAL of an idle log", n)
	}
	if written := int64(l.Last()) * 1000; largest > written/2 {
		t.Errorf("the WAL grew to %d bytes of %d", largest, written)
	}
}

// TestCrashChild is what TestCrash kills: it appends without end and prints what was acknowledged.
func TestCrashChild(t *testing.T) {
	dir := os.Getenv("ATTUNE_CRASH_LOG")
	if dir == "" {
		t.Skip("run by TestCrash")
	}
	l := mustOpen(t, dir, Config{WALLimit: 1 << 20})
	var mu sync.Mutex
	for a := range 4 {
		go func() {
			for b := 0; ; b++ {
				es := make([]eventlog.Entry, 1+(a+b)%50)
				tag := rand.Uint64()
				for i := range es {
					es[i] = eventlogtest.Entry(a, instant.Time(b))
					es[i].Body = fmt.Appendf(nil, "%016x/%d", tag, i)
				}
				last, err := l.Append(context.Background(), es)
				if err != nil {
					fmt.Println("failed", err)
					os.Exit(1)
				}
				mu.Lock()
				fmt.Printf("acked %d %d %016x\n", last, len(es), tag)
				mu.Unlock()
			}
		}()
	}
	select {}
}

// After a kill at any moment every acknowledged batch is there, and no batch in part.
// ATTUNE_CRASH_ROUNDS asks for more kills.
func TestCrash(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	type ack struct {
		size int
		tag  string
	}
	acks := map[eventlog.Position]ack{}
	rounds := 4
	if n, err := strconv.Atoi(os.Getenv("ATTUNE_CRASH_ROUNDS")); err == nil {
		rounds = n
	}
	for round := range rounds {
		cmd := exec.Command(os.Args[0], "-test.run=^TestCrashChild$")
		cmd.Env = append(os.Environ(), "ATTUNE_CRASH_LOG="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		kill := time.AfterFunc(time.Duration(300+rand.IntN(400))*time.Millisecond, func() { cmd.Process.Kill() })
		before := len(acks)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if strings.HasPrefix(lines.Text(), "failed") {
				t.Error(lines.Text())
			}
			var last eventlog.Position
			var a ack
			if n, _ := fmt.Sscanf(lines.Text(), "acked %d %d %16s", &last, &a.size, &a.tag); n == 3 && len(a.tag) == 16 {
				acks[last] = a
			}
		}
		_ = cmd.Wait() // killed
		kill.Stop()

		l := mustOpen(t, dir, Config{})
		bodies := make([]string, l.Last()+1)
		for after := eventlog.Position(0); after < l.Last(); {
			records, err := l.Read(t.Context(), after, 1000)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range records {
				bodies[r.Position] = string(r.Body)
			}
			after += eventlog.Position(len(records))
		}
		for last, a := range acks {
			for i := range a.size {
				p := last - eventlog.Position(a.size-1-i)
				if int(p) >= len(bodies) || bodies[p] != fmt.Sprintf("%s/%d", a.tag, i) {
					t.Fatalf("round %d: acknowledged entry %d is lost", round, p)
				}
			}
		}
		// No batch is there in part, acknowledged or not.
		for p := 1; p < len(bodies); p++ {
			tag, n, _ := strings.Cut(bodies[p], "/")
			if n != "0" && !strings.HasPrefix(bodies[p-1], tag+"/") {
				t.Fatalf("round %d: entry %d stands without the one before", round, p)
			}
		}
		t.Logf("round %d: %d batches acknowledged, %d entries kept", round, len(acks)-before, l.Last())
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(acks) == 0 {
		t.Error("nothing was ever acknowledged")
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			l := mustOpen(b, b.TempDir(), Config{})
			defer l.Close()
			es := make([]eventlog.Entry, size)
			for i := range es {
				es[i] = eventlogtest.Entry(i, 1)
				es[i].Body = make([]byte, 512)
			}
			b.ReportAllocs()
			b.SetBytes(int64(size) * 512)
			for b.Loop() {
				if _, err := l.Append(b.Context(), es); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(size)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
		})
	}
	b.Run("64x1", func(b *testing.B) {
		l := mustOpen(b, b.TempDir(), Config{})
		defer l.Close()
		b.ReportAllocs()
		b.SetParallelism(32)
		b.RunParallel(func(pb *testing.PB) {
			e := eventlogtest.Entry(1, 1)
			e.Body = make([]byte, 512)
			for pb.Next() {
				if _, err := l.Append(context.Background(), []eventlog.Entry{e}); err != nil {
					b.Error(err)
					return
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "entries/s")
	})
}

func BenchmarkRead(b *testing.B) {
	l := mustOpen(b, b.TempDir(), Config{})
	defer l.Close()
	es := make([]eventlog.Entry, 50_000)
	for i := range es {
		es[i] = eventlogtest.Entry(i, 1)
		es[i].Body = make([]byte, 512)
	}
	if _, err := l.Append(b.Context(), es); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		records, err := l.Read(b.Context(), eventlog.Position(n%49_000), 500)
		if err != nil || len(records) != 500 {
			b.Fatal(err)
		}
		n += 500
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "entries/s")
}
