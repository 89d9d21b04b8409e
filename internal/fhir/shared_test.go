package fhir_test

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"attune/internal/clinical"
	"attune/internal/fhir"
)

// shared is published sample data that lies beside the project on some machines; it is not part of it.
const shared = "../../../shared/data/interop/fhir"

// tally counts what became of resources, by type.
type tally struct {
	resources, entries, problems, unknown map[string]int
	// told and notes are counted by type and event, and by type and words.
	told, notes map[string]map[string]int
}

func newTally() *tally {
	return &tally{resources: map[string]int{}, entries: map[string]int{}, problems: map[string]int{}, unknown: map[string]int{}, told: map[string]map[string]int{}, notes: map[string]map[string]int{}}
}

func count(of map[string]map[string]int, a, b string) {
	if of[a] == nil {
		of[a] = map[string]int{}
	}
	of[a][b]++
}

func (t *tally) lines() string {
	var names []string
	for name := range t.resources {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		fmt.Fprintf(&b, "%s: %d, entries %d, problems %d, unknown codes %d\n", cmp.Or(name, "(none)"), t.resources[name], t.entries[name], t.problems[name], t.unknown[name])
		for _, e := range slices.Sorted(maps.Keys(t.told[name])) {
			fmt.Fprintf(&b, "  told %s: %d\n", e, t.told[name][e])
		}
		for _, w := range slices.Sorted(maps.Keys(t.notes[name])) {
			fmt.Fprintf(&b, "  note %s: %d\n", w, t.notes[name][w])
		}
	}
	return b.String()
}

// readShared reads one of the files; it skips the test where the data is not there.
func readShared(t *testing.T, n *tally, memory *fhir.Memory, name string) {
	t.Helper()
	f, err := os.Open(filepath.Join(shared, name))
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("%s is not beside the project", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	r := fhir.NewReader(strings.NewReader(string(text)), fhir.Options{Remember: memory})
	var took time.Duration
	for {
		began := time.Now()
		item, err := r.Next()
		took += time.Since(began)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		n.resources[item.Type]++
		n.unknown[item.Type] += len(item.Unknown)
		for _, w := range item.Notes {
			count(n.notes, item.Type, w)
		}
		if item.Problem != nil {
			n.problems[item.Type]++
			t.Log(item.Problem)
		}
		for i := range item.Entries {
			n.entries[item.Type]++
			began := time.Now()
			told := clinical.Tell(item.Entries[i : i+1])
			took += time.Since(began)
			for _, e := range told {
				count(n.told, item.Type, e.Name)
				if p := undeclared(&e.Event); p != "" {
					t.Error(p)
				}
			}
		}
	}
	t.Logf("%s: %.1f MB in %v, %.0f MB/s by the clock, with telling", name, float64(len(text))/1e6, took.Round(time.Millisecond), float64(len(text))/1e6/took.Seconds())
}

// What published samples come to: how many resources of each type, what is told of them, and what is wrong with them.
// testdata/shared-*.golden hold counts alone.
func TestSharedSamples(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		files []string
		// wrong is how many resources have a problem.
		wrong int
	}{
		{"synthea-2019", []string{"synthea-2019-transaction-bundles.ndjson.gz"}, 0},
		{"synthea-2022", []string{"synthea-2022-bundles-matching-csv.ndjson.gz"}, 0},
		{"r4-examples", []string{"r4-official-examples.ndjson.gz"}, 0},
		{"bulk-10", folder("bulk-10-patients"), 0},
		{"bulk-1000", folder("bulk-1000-patients"), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if testing.Short() && c.name == "synthea-2019" {
				t.Skip("125 MB take some seconds")
			}
			n, memory := newTally(), fhir.NewMemory(0)
			for _, file := range c.files {
				readShared(t, n, memory, file)
			}
			if len(c.files) == 0 {
				t.Skip("the shared data is not beside the project")
			}
			wrong := 0
			for _, p := range n.problems {
				wrong += p
			}
			if wrong != c.wrong || memory.Full() {
				t.Errorf("%d resources have a problem, not %d; the memory is full: %v", wrong, c.wrong, memory.Full())
			}
			golden(t, "shared-"+c.name+".golden", n.lines())
		})
	}
}

// folder lists a Bulk Data folder's files, those first that others point to.
func folder(name string) []string {
	files, _ := filepath.Glob(filepath.Join(shared, name, "*.ndjson.gz"))
	rank := func(file string) int {
		kind, _, _ := strings.Cut(filepath.Base(file), ".")
		if i := slices.Index(fhir.First(), kind); i >= 0 {
			return i
		}
		return len(fhir.First())
	}
	slices.SortStableFunc(files, func(a, b string) int { return rank(a) - rank(b) })
	for i := range files {
		files[i] = filepath.Join(name, filepath.Base(files[i]))
	}
	return files
}
