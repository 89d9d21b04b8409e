package fhir

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"attune/internal/clinical"
)

// shared is published sample data that lies beside the project on some machines; it is not part of it.
const shared = "../../../shared/data/interop/fhir"

// tally counts what became of a file's resources, by type.
type tally struct {
	resources, entries, told, skipped, problems map[string]int
	unknown                                     int
	bytes                                       int64
	reading                                     time.Duration
}

func (t *tally) lines() string {
	var names []string
	for name := range t.resources {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		fmt.Fprintf(&b, "%s: %d, entries %d, told %d", name, t.resources[name], t.entries[name], t.told[name])
		if n := t.problems[name]; n > 0 {
			fmt.Fprintf(&b, ", problems %d", n)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// readShared reads one of the files; it skips the test where the data is not there.
func readShared(t *testing.T, memory *Memory, name string) *tally {
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
	n := &tally{resources: map[string]int{}, entries: map[string]int{}, told: map[string]int{}, skipped: map[string]int{}, problems: map[string]int{}, bytes: int64(len(text))}
	r := NewReader(strings.NewReader(string(text)), Options{Remember: memory})
	began := time.Now()
	for {
		item, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		n.resources[item.Type]++
		n.unknown += len(item.Unknown)
		if item.Problem != nil {
			n.problems[item.Type]++
			if n.problems[item.Type] < 4 {
				t.Log(item.Problem)
			}
		}
		for i := range item.Entries {
			n.entries[item.Type]++
			n.told[item.Type] += len(clinical.Tell(item.Entries[i : i+1]))
		}
	}
	n.reading = time.Since(began)
	t.Logf("%s: %.0f MB in %v, %.0f MB/s", name, float64(n.bytes)/1e6, n.reading.Round(time.Millisecond), float64(n.bytes)/1e6/n.reading.Seconds())
	return n
}

func TestSharedBundles(t *testing.T) {
	for _, name := range []string{"synthea-2019-transaction-bundles.ndjson.gz", "synthea-2022-bundles-matching-csv.ndjson.gz", "r4-official-examples.ndjson.gz"} {
		t.Run(name, func(t *testing.T) {
			n := readShared(t, nil, name)
			t.Log("\n" + n.lines())
		})
	}
}
