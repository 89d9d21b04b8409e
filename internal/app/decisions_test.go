package app

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"attune/core/id"
	"attune/core/instant"
)

// What is listed of everybody, page by page, is what everybody's own history says, each once and the newest commit first.
func TestDecisionsOfEverybodyAreListedOnce(t *testing.T) {
	t.Parallel()
	i, people := readWorld(t)
	written := func(f Fate) string {
		return fmt.Sprint(f.At, f.Person, f.Program, f.Engagement, f.Outcome, f.Reason, f.Decision, f.Touch)
	}
	pages := func(o DecidedOf) (out []string, all []Fate) {
		t.Helper()
		for n := 0; ; n++ {
			page, err := i.Decided(t.Context(), o)
			if err != nil || n > 10_000 || len(page.Items) > o.Most {
				t.Fatalf("page %d has %d: %v", n, len(page.Items), err)
			}
			for _, f := range page.Items {
				out, all = append(out, written(f)), append(all, f)
			}
			if o.After = page.Next; o.After == "" {
				return out, all
			}
		}
	}
	listed, all := pages(DecidedOf{Most: 97})
	if again, _ := pages(DecidedOf{Most: 500}); !slices.Equal(listed, again) {
		t.Error("how large pages are changes what is in them")
	}
	var own []string
	for _, p := range people {
		entries, err := i.entries(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			for _, f := range fates(e.record.Effects) {
				f.Person = p.String()
				own = append(own, written(f))
			}
		}
	}
	sorted := slices.Sorted(slices.Values(listed))
	slices.Sort(own)
	if len(listed) < 200 || !slices.Equal(sorted, own) {
		t.Errorf("%d are listed, and %d recorded", len(listed), len(own))
	}
	outcomes := map[string]int{}
	for _, f := range all {
		outcomes[f.Outcome]++
	}
	for _, o := range []string{"chosen", "sent", "vetoed"} {
		if n, _ := pages(DecidedOf{Most: 500, Outcome: o}); len(n) != outcomes[o] || len(n) == 0 {
			t.Errorf("%d are %s, and %d are listed of those", outcomes[o], o, len(n))
		}
	}
	mid := all[len(all)/2]
	at, err := instant.Parse(mid.At)
	if err != nil {
		t.Fatal(err)
	}
	late, _ := pages(DecidedOf{Most: 500, From: at})
	early, _ := pages(DecidedOf{Most: 500, To: at - 1})
	if len(late) == 0 || len(early) == 0 || !slices.Equal(slices.Concat(late, early), listed) {
		t.Errorf("from %s on are %d and before it %d, of %d in all", mid.At, len(late), len(early), len(listed))
	}
	one, _ := pages(DecidedOf{Most: 3, Person: mid.Person})
	if want := slices.DeleteFunc(slices.Clone(all), func(f Fate) bool { return f.Person != mid.Person }); len(one) != len(want) || len(one) == 0 {
		t.Errorf("of %s are %d listed, and among everybody %d", mid.Person, len(one), len(want))
	}
	if n, _ := pages(DecidedOf{Most: 500, Sees: func(program string) bool { return program == "nothing" }}); len(n) != 0 {
		t.Errorf("%d of other programs are listed", len(n))
	}
}

// A decision that is made again as it was comes out as it was; under a release that does not say it, it does not. Nothing stored changes,
// but that the looks are in the audit log.
func TestADecisionIsMadeAgain(t *testing.T) {
	t.Parallel()
	w, dir := smallWorld(t)
	live := w.Node.live()
	if err := w.Node.Close(); err != nil {
		t.Fatal(err)
	}
	before := sums(t, dir)
	i, err := Inspect(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	page, err := i.Decided(t.Context(), DecidedOf{Outcome: "chosen", Most: 25})
	if err != nil || len(page.Items) < 20 {
		t.Fatalf("%d were chosen, %v", len(page.Items), err)
	}
	calm, others := calmer(t), 0
	for _, f := range page.Items {
		who, err := id.ParsePerson(f.Person)
		if err != nil {
			t.Fatal(err)
		}
		d, err := i.Again(t.Context(), who, f.Decision, nil)
		if err != nil || !d.Same || !d.Exact || len(d.Is) != 1 || len(d.Candidates) != len(d.Was.Candidates) {
			t.Fatalf("%+v, %v", d, err)
		}
		if d, err = i.Again(t.Context(), who, f.Decision, live); err != nil || !d.Same || d.Release != live.ID {
			t.Errorf("under what is live: %+v, %v", d, err)
		}
		if d, err = i.Again(t.Context(), who, f.Decision, calm); err != nil || d.Exact || d.Release != calm.ID {
			t.Fatalf("%+v, %v", d, err)
		}
		if !d.Same {
			others++
		}
	}
	if others == 0 {
		t.Error("nothing comes out another way under another release")
	}
	who, _ := id.ParsePerson(page.Items[0].Person)
	for _, wrong := range []string{"", "xyz", strings.Repeat("0", 32)} {
		if _, err := i.Again(t.Context(), who, wrong, nil); err == nil {
			t.Errorf("%q is a decision", wrong)
		}
	}
	if after := sums(t, dir); before != after {
		t.Error("looking changed what is stored")
	}
}

// sums is the sum of every file of a folder but the audit log's, and those of a database that hold nothing.
func sums(t *testing.T, dir string) string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(path, AuditDir(dir)) || strings.HasSuffix(path, "-shm") || strings.HasSuffix(path, "-wal") {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		all = append(all, fmt.Sprintf("%s %x", rel, sha256.Sum256(b)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(all, cmp.Compare[string])
	return strings.Join(all, "\n")
}
