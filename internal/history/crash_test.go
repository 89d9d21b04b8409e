package history

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"attune/core/instant"
)

const (
	crashPeople = 300
	crashEnv    = "ATTUNE_CRASH_HISTORY"
)

// crashFrame is what frame n holds: it follows from n alone.
func crashFrame(n int64) (records []written) {
	r := rand.New(rand.NewPCG(uint64(n), 1))
	for i := range 1 + r.IntN(60) {
		records = append(records, written{r.IntN(crashPeople), fmt.Appendf(nil, "frame %d, record %d", n, i)})
	}
	return records
}

// TestCrashChild is what TestKilledWhileCompacting kills: it appends and compacts without end.
func TestCrashChild(t *testing.T) {
	dir := os.Getenv(crashEnv)
	if dir == "" {
		t.Skip("run by TestKilledWhileCompacting")
	}
	keys := openKeys(t, dir, crashPeople)
	f := openFiles(t, dir)
	h := New(f.frames, f.chunks, keys)
	h.runEntries = 2000
	last, err := h.Last(context.Background())
	for n := last.Frame + 1; err == nil; n++ {
		if err = h.Append(context.Background(), frameOf(t, keys, n, instant.Time(n), crashFrame(n))); err != nil {
			break
		}
		fmt.Println("frame", n)
		if n%40 == 0 {
			var done Progress
			if done, err = h.Compact(context.Background()); err == nil {
				fmt.Println("chunks", done.To.Frame)
			}
		}
	}
	fmt.Println("failed", err)
}

// After a kill at any moment, in the middle of a run or between two, everybody's history is what was
// written, nothing is missing and nothing is there twice. ATTUNE_CRASH_ROUNDS asks for more kills.
func TestKilledWhileCompacting(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rounds := 4
	if n, err := strconv.Atoi(os.Getenv("ATTUNE_CRASH_ROUNDS")); err == nil {
		rounds = n
	}
	var frame, compacted int64
	for round := range rounds {
		cmd := exec.Command(os.Args[0], "-test.run=^TestCrashChild$")
		cmd.Env = append(os.Environ(), crashEnv+"="+dir)
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
			_, _ = fmt.Sscanf(lines.Text(), "chunks %d", &compacted)
		}
		_ = cmd.Wait() // killed
		kill.Stop()

		keys := openKeys(t, dir, crashPeople)
		f := openFiles(t, dir)
		h := New(f.frames, f.chunks, keys)
		if ok, err := h.Matches(t.Context()); !ok || err != nil {
			t.Fatalf("round %d: chunks and frames do not belong together, %v", round, err)
		}
		last, err := h.Last(t.Context())
		if err != nil || last.Frame < frame {
			t.Fatalf("round %d: frame %d was acknowledged, the history ends at %s, %v", round, frame, last, err)
		}
		mark, err := f.chunks.Mark(t.Context())
		if err != nil || mark.Frame < compacted {
			t.Fatalf("round %d: chunks up to %d were acknowledged, they end at %s, %v", round, compacted, mark.Mark, err)
		}
		want := make([][]string, crashPeople)
		for n := int64(1); n <= last.Frame; n++ {
			for _, w := range crashFrame(n) {
				want[w.who] = append(want[w.who], fmt.Sprintf("%d %d %x", n, n, w.record))
			}
		}
		for who := range want {
			if got := told(t, h, who); !slices.Equal(got, want[who]) {
				t.Fatalf("round %d: somebody has %d records instead of %d", round, len(got), len(want[who]))
			}
		}
		if c, err := h.Check(t.Context()); err != nil || c.Damaged > 0 {
			t.Fatalf("round %d: %+v %v", round, c, err)
		}
		t.Logf("round %d: history at %s, chunks at %s", round, last, mark.Mark)
		f.close()
		if err := keys.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if compacted == 0 {
		t.Error("nothing was ever compacted")
	}
}
