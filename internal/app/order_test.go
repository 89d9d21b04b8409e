package app

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"attune/core/engine"
	"attune/core/instant"
	"attune/core/record"
	"attune/internal/store"
)

// exported are the lines of an export of ten patients, of Bundles of some more, and of the specification's examples, where they
// lie beside the project.
func exported(t *testing.T) (lines []string) {
	t.Helper()
	root := filepath.Join("..", "..", "..", "shared", "data", "interop", "fhir")
	files, err := filepath.Glob(filepath.Join(root, "bulk-10-patients", "*.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("the shared sample data is not beside the project")
	}
	for _, name := range append(files, filepath.Join(root, "r4-official-examples.ndjson.gz"), filepath.Join(root, "synthea-2022-bundles-matching-csv.ndjson.gz")) {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		in := bufio.NewScanner(z)
		in.Buffer(nil, 16<<20)
		for in.Scan() {
			lines = append(lines, in.Text())
		}
	}
	return lines
}

// split writes lines in any order into files of any names.
func split(t *testing.T, g *rand.Rand, lines []string) string {
	t.Helper()
	dir := t.TempDir()
	lines = slices.Clone(lines)
	g.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	for len(lines) > 0 {
		n := min(len(lines), 1+g.IntN(600))
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.ndjson", g.Uint32())), []byte(strings.Join(lines[:n], "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
		lines = lines[n:]
	}
	return dir
}

// remembered is what everybody's history says now, without who they are here: the events that stand, by when they happened.
func remembered(t *testing.T, data string) (out []string) {
	t.Helper()
	rel, _ := mustLoad(t, diabetes)
	n, err := Open(t.Context(), Options{Data: data, Release: rel})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	err = n.People.Each(t.Context(), func(r store.Row) error {
		stand, back := map[string]string{}, map[string]bool{}
		err := n.History.Of(t.Context(), r.Person, func(_ int64, _ instant.Time, body []byte) error {
			r, err := record.Decode(body)
			if heard, is := r.What.(engine.Heard); is && heard.Event.Source == "ward" {
				e := &heard.Event
				name, _, _ := strings.Cut(e.ID, "~")
				stand[e.ID] = fmt.Sprint(name, " ", e.OccurredAt, " ", e.Props)
				back["ward/"+e.Field("revokes").Text] = true
			}
			return err
		})
		for id, is := range stand {
			if !back[id] && !strings.HasSuffix(id, "/taken-back") {
				out = append(out, is)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

// However an export is cut up, named, ordered and interrupted, it comes to the same, and the second time to nothing.
func TestAnImportComesToTheSameHoweverItComes(t *testing.T) {
	t.Parallel()
	lines := exported(t)
	seed := rand.Uint64()
	g := rand.New(rand.NewPCG(seed, 1))
	var first []string
	for round := range 2 {
		data, finished := clinic(t), 0
		for finished < 2 {
			ctx, stop := context.WithCancel(t.Context())
			batches := g.IntN(4)
			r, err := ImportIn(ctx, data, Import{Source: "ward", Paths: []string{split(t, g, lines)}}, func(ImportProgress) {
				if batches--; batches == 0 && finished == 0 {
					stop()
				}
			})
			stopped := ctx.Err() != nil
			stop()
			switch {
			case stopped:
				continue
			case err != nil:
				t.Fatal(err)
			case finished == 1 && (r.Told > 0 || r.TakenBack > 0 || r.Changed > 0 || r.Known != r.Entries):
				t.Errorf("SEED=%d: the second time %d are told, %d taken back, %d changed", seed, r.Told, r.TakenBack, r.Changed)
			}
			finished++
		}
		is := remembered(t, data)
		if round == 0 {
			first = is
			continue
		}
		if len(is) == 0 || !slices.Equal(is, first) {
			t.Log("only then: ", without(first, is))
			t.Log("only now: ", without(is, first))
			t.Errorf("SEED=%d: %d events stand, and %d did when it came otherwise", seed, len(is), len(first))
		}
	}
}

// without are those of a list that another does not have as often.
func without(all, others []string) (out []string) {
	left := map[string]int{}
	for _, one := range others {
		left[one]++
	}
	for _, one := range all {
		if left[one]--; left[one] < 0 {
			out = append(out, one)
		}
	}
	return out
}
