package sqlite

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"attune/core/id"
	"attune/internal/store"
	"attune/internal/store/storetest"
)

// The world of the crash test: what frame n did follows from n alone.
const crashPeople = 2000

func crashMark(n int64) store.Mark {
	if n == 0 {
		return store.Mark{}
	}
	return store.Mark{Frame: n, Log: 100 * n}
}

// crashWho lists who changes in a frame.
func crashWho(n int64) []int {
	r := rand.New(rand.NewPCG(uint64(n), 1))
	return r.Perm(crashPeople)[:1+r.IntN(120)]
}

func crashBatch(n int64) (store.Frame, store.Batch) {
	f := store.Frame{Number: n, Log: 100 * n}
	b := store.Batch{From: crashMark(n - 1), To: crashMark(n), Tallies: []store.Tally{{Key: "frames", Add: 1}}}
	for _, p := range crashWho(n) {
		b.Rows = append(b.Rows, storetest.Row(p, uint64(n)))
		b.Tallies = append(b.Tallies, store.Tally{Key: "rows", Add: 1})
		f.Entries = append(f.Entries, store.FrameEntry{Person: storetest.Person(p), Body: fmt.Append(nil, n)})
	}
	return f, b
}

// TestCrashChild is what TestCrash kills: it goes on from where the files are, without end.
func TestCrashChild(t *testing.T) {
	dir := os.Getenv("ATTUNE_CRASH_STORE")
	if dir == "" {
		t.Skip("run by TestCrash")
	}
	cfg := Config{WALLimit: 2 << 20}
	p, h := mustPeople(t, dir, cfg), mustHistory(t, dir, cfg)
	ctx := context.Background()
	m, err := p.Mark(ctx)
	for n := m.Frame + 1; err == nil; n++ {
		f, b := crashBatch(n)
		if err = h.Append(ctx, f); err == nil {
			fmt.Println("frame", n)
			if err = p.Commit(ctx, b); err == nil {
				fmt.Println("mark", n)
			}
		}
	}
	fmt.Println("failed", err)
}

// After a kill at any moment what was acknowledged is there, the rows are those of the mark, and the
// history is the same frame or one ahead.
// ATTUNE_CRASH_ROUNDS asks for more kills.
func TestCrash(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rounds := 4
	if n, err := strconv.Atoi(os.Getenv("ATTUNE_CRASH_ROUNDS")); err == nil {
		rounds = n
	}
	var frame, mark int64
	for round := range rounds {
		cmd := exec.Command(os.Args[0], "-test.run=^TestCrashChild$")
		cmd.Env = append(os.Environ(), "ATTUNE_CRASH_STORE="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		kill := time.AfterFunc(time.Duration(300+rand.IntN(500))*time.Millisecond, func() { cmd.Process.Kill() })
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if strings.HasPrefix(lines.Text(), "failed") {
				t.Error(lines.Text())
			}
			_, _ = fmt.Sscanf(lines.Text(), "frame %d", &frame)
			_, _ = fmt.Sscanf(lines.Text(), "mark %d", &mark)
		}
		_ = cmd.Wait() // killed
		kill.Stop()

		p, h := mustPeople(t, dir, Config{}), mustHistory(t, dir, Config{})
		at, err := p.Mark(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		last, err := h.Last(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if at.Frame < mark || last.Frame < frame || at != crashMark(at.Frame) || last.Frame < at.Frame || last.Frame > at.Frame+1 {
			t.Fatalf("round %d: acknowledged frame %d and mark %d, found %s and %s", round, frame, mark, last, at)
		}
		want := map[id.Person]store.Row{}
		sum := int64(0)
		for n := int64(1); n <= at.Frame; n++ {
			for _, p := range crashWho(n) {
				want[storetest.Person(p)] = storetest.Row(p, uint64(n))
				sum++
			}
		}
		err = p.Each(t.Context(), func(r store.Row) error {
			if !storetest.Equal(r, want[r.Person]) {
				return fmt.Errorf("at %s there is version %d of %s instead of %d", at, r.Version, r.Person, want[r.Person].Version)
			}
			delete(want, r.Person)
			return nil
		})
		if err != nil || len(want) > 0 {
			t.Fatalf("round %d: %d rows are missing, %v", round, len(want), err)
		}
		tallies, err := p.Tallies(t.Context(), "")
		if err != nil || at.Frame > 0 && (len(tallies) != 2 || tallies[0].Add != at.Frame || tallies[1].Add != sum) {
			t.Fatalf("round %d: tallies are %v instead of %d and %d, %v", round, tallies, at.Frame, sum, err)
		}
		err = h.Frames(t.Context(), 0, func(f store.Frame) error {
			if f.Number <= 0 || f.Number > last.Frame {
				return fmt.Errorf("there is frame %d", f.Number)
			}
			if want, _ := crashBatch(f.Number); !storetest.EqualFrames(f, want) {
				return fmt.Errorf("frame %d has changed", f.Number)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("round %d: state at %s, history at %s", round, at, last)
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if mark == 0 {
		t.Error("nothing was ever acknowledged")
	}
}
