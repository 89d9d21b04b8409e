package history

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"attune/core/instant"
	"attune/internal/seal"
	"attune/internal/store"
)

const (
	benchFrames  = 2000
	benchEntries = 500 // in a frame
	benchPeople  = 5000
)

// benchRecord is the size of a common record, and about as much alike as records are.
func benchRecord(r *rand.Rand) []byte {
	return fmt.Appendf(nil, "\x08%d medication.dispensed app/%016x days_supply 30 code 860975 system rxnorm quantity %d pharmacy %08x "+
		"decide refill-reminder value 4.5 email consent treatment_support waiting %d journey first-weeks step wait-visit", r.Uint32(), r.Uint64(), r.IntN(90), r.Uint32(), r.Uint32())
}

// million is a history of a million entries, about five thousand people.
func million(b *testing.B, compact int64) (*History, files) {
	b.Helper()
	dir := b.TempDir()
	keys := openKeys(b, dir, benchPeople)
	f := openFiles(b, dir)
	h := New(f.frames, f.chunks, keys)
	r := rand.New(rand.NewPCG(1, 2))
	for n := range int64(benchFrames) {
		appendTo(b, h, benchFrame(b, keys, r, n+1))
		if n+1 == compact {
			for done := (Progress{More: true}); done.More; {
				var err error
				if done, err = h.Compact(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	return h, f
}

func benchFrame(b *testing.B, keys Keys, r *rand.Rand, number int64) store.Frame {
	f := store.Frame{Number: number, Log: benchEntries * number, At: instant.Time(1_800_000_000_000 + 50*number)}
	for range benchEntries {
		who := someone(r.IntN(benchPeople))
		body, err := keys.Seal(who, seal.Frame, seal.FrameName(number), benchRecord(r))
		if err != nil {
			b.Fatal(err)
		}
		f.Entries = append(f.Entries, store.FrameEntry{Person: who, Body: body})
	}
	return f
}

// BenchmarkOf reads one person's history, about 200 records among a million: when no frame is in
// chunks, when all but the newest 256 are, and when all are.
func BenchmarkOf(b *testing.B) {
	for name, compact := range map[string]int64{"frames": 0, "chunks+256frames": benchFrames - 256, "chunks": benchFrames} {
		b.Run(name, func(b *testing.B) {
			h, _ := million(b, compact)
			records, who := 0, 0
			b.ReportAllocs()
			for b.Loop() {
				who = (who + 611) % benchPeople
				err := h.Of(b.Context(), someone(who), func(int64, instant.Time, []byte) error { records++; return nil })
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(records)/float64(b.N), "records/op")
		})
	}
}

// BenchmarkCompact compacts a million entries in runs as a busy server does, and tells what chunks and
// frames take on the disk.
func BenchmarkCompact(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		dir := b.TempDir()
		keys := openKeys(b, dir, benchPeople)
		f := openFiles(b, dir)
		h := New(f.frames, f.chunks, keys)
		r := rand.New(rand.NewPCG(1, 2))
		for n := range int64(benchFrames) {
			appendTo(b, h, benchFrame(b, keys, r, n+1))
			if (n+1)%256 == 0 || n+1 == benchFrames {
				b.StartTimer()
				if _, err := h.Compact(b.Context()); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
			}
		}
		chunks := 0
		for who := range benchPeople {
			of, _, err := f.chunks.Of(b.Context(), someone(who))
			if err != nil {
				b.Fatal(err)
			}
			chunks += len(of)
		}
		f.close()
		b.ReportMetric(float64(chunks)/benchPeople, "chunks/person")
		for _, name := range []string{"history.db", "chunks.db"} {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(info.Size())/(benchFrames*benchEntries), name+"-B/entry")
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(b.N)*benchFrames*benchEntries/b.Elapsed().Seconds(), "entries/s")
}
