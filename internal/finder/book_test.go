package finder

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/internal/likeness"
	"attune/internal/seal"
)

var ctx = context.Background()

const now = instant.Time(1_800_000_000_000)

type failer interface {
	Fatal(...any)
	Helper()
}

// world is a book in a folder, with real keys, that can be killed and opened again, and people's states beside it.
type world struct {
	failer
	keys   *seal.Keys
	book   *Book
	config Config
	// states are what is known of people, and numbers what records call them.
	states  map[id.Person]likeness.Facts
	numbers map[id.Person][]likeness.Number
	frame   int64
}

func (w *world) Facts(_ context.Context, who id.Person) (likeness.Facts, bool, error) {
	f, known := w.states[who]
	return f, known, nil
}

func (w *world) Numbers(_ context.Context, who id.Person) ([]likeness.Number, error) {
	return w.numbers[who], nil
}

func (w *world) Parts(context.Context) (map[id.Person]id.Person, error) { return nil, nil }

func newWorld(tb failer, dir string) *world {
	tb.Helper()
	keys, err := seal.Open(filepath.Join(dir, "keys"), "org")
	if err != nil {
		tb.Fatal(err)
	}
	w := &world{failer: tb, keys: keys, states: map[id.Person]likeness.Facts{}, numbers: map[id.Person][]likeness.Number{}}
	w.config = Config{Path: filepath.Join(dir, "finder.db"), Secret: keys.Secret("finder"), Keys: keys, People: w, Now: func() instant.Time { return now }, Relaxed: true}
	w.open()
	return w
}

func (w *world) open() {
	w.Helper()
	var err error
	if w.book, err = Open(context.Background(), w.config); err != nil {
		w.Fatal(err)
	}
}

// reopen opens the book anew, as after a kill: what was only in memory is lost.
func (w *world) reopen() {
	w.Helper()
	w.must(w.book.file.Close())
	w.open()
}

func (w *world) close() { w.must(errors.Join(w.book.Close(), w.keys.Close())) }

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func whom(n int) (p id.Person) {
	copy(p[:], fmt.Sprintf("%08d%08d", n*7919, n))
	return p
}

// facts are written as "first/last|born|sex|phone|called".
func facts(s string) likeness.Facts {
	part := strings.Split(s+"|||||", "|")
	first, last, _ := strings.Cut(part[0], "/")
	var traits []person.Trait
	for _, t := range [][2]string{{"birth_date", part[1]}, {"first_name", first}, {"last_name", last}, {"phone", part[3]}, {"preferred_name", part[4]}, {"sex", part[2]}} {
		if t[1] != "" {
			traits = append(traits, person.Trait{Name: t[0], Value: expr.TextOf(t[1])})
		}
	}
	return likeness.Of(traits)
}

// is commits who somebody is.
func (w *world) is(n int, s string) id.Person {
	w.Helper()
	who := whom(n)
	w.must(w.keys.Ensure(who))
	w.frame++
	w.states[who] = facts(s)
	w.must(w.book.Is(who, w.frame, w.states[who]))
	return who
}

func (w *world) search(q Query) (out []string) {
	w.Helper()
	found, err := w.book.Search(context.Background(), q)
	w.must(err)
	for _, h := range found.Hits {
		for n := range 1000 {
			if whom(n) == h.Person {
				out = append(out, fmt.Sprintf("%d %s", n, h.How))
			}
		}
	}
	return out
}

func TestPeopleAreFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	defer w.close()
	for n, s := range []string{
		"Jon/Smyth|1956-04-21|male|+1 202 555 0143",
		"John/Smith|1956-04-21|male|",
		"María José/García Márquez|1980-12-01|female|+34 612 345 678|Pepa",
		"Gabriel/García-Márquez|1980-11-30",
		"Ana/Núñez|1990-01-02||0143",
		"Cleo/de la Cruz",
		"Ben/O'Brien Jr.",
		"Иван/Пётр|1970-01-01",
		"Pepa/Quispe|1956-04-21",
		"Wesley123/Smith456",
	} {
		w.is(n, s)
	}
	check := func(t *testing.T) {
		for _, c := range []struct {
			q    Query
			want string
		}{
			{Query{Name: "john smith"}, "1 written, 0 heard"},
			{Query{Name: "Smyth, Jon"}, "0 written, 1 heard"},
			{Query{Name: "SMITH"}, "1 written, 9 written, 0 heard"},
			{Query{Name: "wesley smith"}, "9 written"},
			{Query{Name: "Wesley123"}, "9 written"},
			{Query{Name: "marquez garcia"}, "2 written, 3 written"},
			{Query{Name: "García Márquez"}, "2 written, 3 written"},
			{Query{Name: "garcía josé"}, "2 written"},
			{Query{Name: "Pepa"}, "8 written, 2 called"},
			{Query{Name: "nunez"}, "4 written"},
			{Query{Name: "delacruz"}, "5 written"},
			{Query{Name: "de la Cruz"}, "5 written"},
			{Query{Name: "obrien"}, "6 written"},
			{Query{Name: "O’Brien junior"}, "6 written"},
			{Query{Name: "kispe"}, "8 heard"},
			{Query{Name: "ПЕТР"}, "7 written"},
			{Query{Born: "1956-04-21"}, "0 written, 1 written, 8 written"},
			{Query{Born: "1980"}, "2 written, 3 written"},
			{Query{Name: "pepa", Born: "1956-04-21"}, "8 written"},
			{Query{Phone: "0143"}, "0 written, 4 written"},
			{Query{Phone: "555-0143"}, "0 written"},
			{Query{Phone: "(202) 555-0143"}, "0 written"},
			{Query{Phone: "00 34 612 345 678"}, "2 written"},
			{Query{Phone: "999 0143"}, ""},
			{Query{Name: "smith", Phone: "0143"}, "0 heard"},
			{Query{Name: "smith", Person: whom(1)}, "1 written"},
			{Query{Person: whom(4)}, "4 written"},
			{Query{Name: "smith", Person: whom(4)}, ""},
			{Query{Name: "nobody"}, ""},
			{Query{Name: "john nobody"}, ""},
			{Query{Born: "1956-04-22"}, ""},
		} {
			got := w.search(c.q)
			slices.Sort(got)
			want := strings.Split(c.want, ", ")
			slices.Sort(want)
			if strings.Join(got, ", ") != strings.Join(want, ", ") {
				t.Errorf("%+v finds %v, want %s", c.q, got, c.want)
			}
		}
		if got := w.search(Query{Name: "john smith"}); !strings.HasSuffix(got[0], "written") {
			t.Errorf("the best is not first: %v", got)
		}
	}
	t.Run("what waits in memory", check)
	w.must(w.book.Flush())
	t.Run("what is in the file", check)
	w.reopen()
	t.Run("after a kill", check)
}

func TestAQueryThatSaysTooLittleIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	defer w.close()
	for _, c := range []struct {
		q    Query
		says string
	}{
		{Query{}, "nothing to look for"},
		{Query{Name: "–"}, "no letters"},
		{Query{Phone: "143"}, "at least its last four digits"},
		{Query{Born: "21.4.1956"}, "neither a day"},
		{Query{Born: "1956-02-30"}, "neither a day"},
	} {
		if _, err := w.book.Search(t.Context(), c.q); err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "143") {
			t.Errorf("%+v: %v", c.q, err)
		}
	}
}

func TestOfManyTheBestAreTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	defer w.close()
	for n := range 90 {
		w.is(n, [...]string{"Anna/Quispe", "Ana/Kispe", "Ana/Quispe"}[min(n/40, 2)])
	}
	w.must(w.book.Flush())
	found, err := w.book.Search(t.Context(), Query{Name: "ana quispe"})
	w.must(err)
	if len(found.Hits) != shown || found.More != 70 || found.Plenty {
		t.Errorf("%d are told and %d more", len(found.Hits), found.More)
	}
	if found.Hits[0].How != Written || found.Hits[9].How != Written || found.Hits[10].How != HeardAlike {
		t.Errorf("the best are not first: %v", found.Hits)
	}
}

func TestWhatChangedIsFoundByNothingItWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	defer w.close()
	for range 2 {
		w.is(1, "Ana/Quispe|1956-04-21||+12025550143")
		w.must(w.book.Flush())
		w.is(1, "Ana/Miller|1956-04-21||+12025550177")
		for _, q := range []Query{{Name: "quispe"}, {Phone: "0143"}} {
			if got := w.search(q); got != nil {
				t.Errorf("%+v still finds %v", q, got)
			}
		}
		if got := w.search(Query{Name: "miller", Phone: "0177"}); len(got) != 1 {
			t.Errorf("she is not found as she is now: %v", got)
		}
		w.must(w.book.Flush())
	}
}

func TestWhatWasNotWrittenIsKnownToBeMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	defer w.close()
	frame := func(want int64) {
		t.Helper()
		if got, err := w.book.Frame(t.Context()); err != nil || got != want {
			t.Errorf("it is known up to %d, %v; want %d", got, err, want)
		}
	}
	frame(0)
	w.must(w.book.Known(40))
	w.frame = 42
	w.is(1, "Ana/Quispe")
	w.reopen() // killed
	frame(40)
	if got := w.search(Query{Name: "ana"}); got != nil {
		t.Errorf("%v is found", got)
	}
	w.frame = 42
	w.is(1, "Ana/Quispe")
	w.must(w.book.Flush())
	w.reopen()
	frame(42) // of commit 43 others may be missing
	w.must(w.book.Anew())
	frame(0)
	if got := w.search(Query{Name: "ana"}); got != nil {
		t.Errorf("made anew, %v is found", got)
	}
}

func TestItWritesWhenFewCome(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	defer w.close()
	in := func() (n int) {
		w.must(w.book.file.Read.QueryRow(`SELECT count(*) FROM who`).Scan(&n))
		return n
	}
	for n := range 3 * few {
		w.is(n, "Ana/Quispe")
		if n%few == few-1 {
			w.must(w.book.Rest())
		}
	}
	if in() != 0 {
		t.Fatal("it writes while many are coming")
	}
	w.is(3*few, "Ana/Quispe")
	w.must(w.book.Rest())
	if in() != 3*few+1 {
		t.Error("it does not write when few are coming")
	}
}

func TestAnotherSecretIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	w.close()
	w.config.Secret = bytes.Repeat([]byte{1}, 32)
	if _, err := Open(t.Context(), w.config); !errors.Is(err, ErrWrongSecret) {
		t.Error(err)
	}
}

func TestTheFileHoldsNothingInClear(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := newWorld(t, dir)
	one := w.is(1, "Ana/Quispenberg|1956-04-21|female|+12025550143|Anitella")
	other := w.is(2, "Ana/Quispenberg|1956-04-21|female|+12025550143|Anitella")
	w.must(w.book.Flush())
	_, err := w.book.Look(t.Context(), 10)
	w.must(err)
	w.must(w.book.Settle(ctx, one, other, Different, Word{By: "nurse Kimberling", Note: "her cousin Quispenberg", At: now}))
	look := func() {
		t.Helper()
		for _, name := range []string{"finder.db", "finder.db-wal"} {
			content, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			content = bytes.ToLower(content)
			for _, word := range []string{"quispenberg", "kispenberg", "anitel", "1956", "04-21", "0143", "2025550", "kimberling", "cousin", "female"} {
				if bytes.Contains(content, []byte(word)) {
					t.Errorf("%s holds %q", name, word)
				}
			}
		}
	}
	look()
	w.close()
	look()
}

// dump is what the file knows of people.
func (w *world) dump() (out []string) {
	w.Helper()
	w.must(each(context.Background(), w.book.file.Read, func(scan func(...any) error) error {
		var p, tokens []byte
		var posts int
		err := scan(&p, &tokens, &posts)
		out = append(out, fmt.Sprintf("%x: %x %v", p, tokens, posts*tokenSize == len(tokens)))
		return err
	}, `SELECT w.person, w.tokens, (SELECT count(*) FROM post p WHERE p.who = w.n) FROM who w ORDER BY w.person`))
	var stray int
	w.must(w.book.file.Read.QueryRow(`SELECT count(*) FROM post WHERE who NOT IN (SELECT n FROM who)`).Scan(&stray))
	return append(out, fmt.Sprint(stray))
}

// Whatever people become, through kills: each is found by each single piece of what they are and by nothing that they
// are not; who was forgotten is found by nothing; and an index that is made anew is the one that was kept.
func TestEverybodyIsFoundByEachPiece(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		dir, err := os.MkdirTemp("", "finder")
		if err != nil {
			r.Fatal(err)
		}
		defer os.RemoveAll(dir)
		w := newWorld(r, dir)
		defer w.close()
		some := func(of []string, what string) string { return rapid.SampledFrom(of).Draw(r, what) }
		said := map[id.Person]int64{} // by which commit
		for range rapid.IntRange(1, 25).Draw(r, "moves") {
			n := rapid.IntRange(0, 5).Draw(r, "who")
			switch some([]string{"is", "is", "is", "flush", "kill", "look", "forget"}, "move") {
			case "is":
				who := w.is(n, some([]string{"Ana", "Anna", "María José", "Jean-Luc", "王", ""}, "first")+"/"+some([]string{"Quispe", "García Márquez", "O'Brien", "Smith Jr", ""}, "last")+"|"+
					some([]string{"1956-04-11", "1956-11-04", ""}, "born")+"||"+some([]string{"+12025550143", "0143", "2025550143", ""}, "phone")+"|"+some([]string{"Nita", ""}, "called"))
				said[who] = w.frame
			case "flush":
				w.must(w.book.Flush())
			case "kill":
				w.reopen()
				known, err := w.book.Frame(context.Background())
				w.must(err)
				for who, frame := range said { // as whoever starts does
					if frame > known {
						w.must(w.book.Is(who, 0, w.states[who]))
					}
				}
				w.must(w.book.Known(w.frame))
			case "look":
				w.must(w.book.Flush())
				_, err := w.book.Look(context.Background(), 3)
				w.must(err)
			case "forget":
				delete(w.states, whom(n))
				delete(said, whom(n))
				w.must(w.book.Forget(whom(n)))
			}
		}
		w.everybody(r)
		w.must(w.book.Flush())
		w.everybody(r)
		kept := w.dump()
		w.must(w.book.Anew())
		for who, f := range w.states {
			w.must(w.book.Is(who, 0, f))
		}
		w.must(w.book.Known(w.frame))
		if again := w.dump(); !reflect.DeepEqual(kept, again) {
			r.Fatalf("kept is\n%v\nmade anew is\n%v", strings.Join(kept, "\n"), strings.Join(again, "\n"))
		}
	})
}

// everybody searches for each piece of everybody.
func (w *world) everybody(r *rapid.T) {
	pieces := map[Query]bool{}
	for _, f := range w.states {
		for _, word := range slices.Concat(f.Names(), f.Joined) {
			pieces[Query{Name: word}] = true
			pieces[Query{Name: word + " " + f.Names()[0], Born: f.Born}] = true
		}
		if f.Born != "" {
			pieces[Query{Born: f.Born}], pieces[Query{Born: f.Born[:4]}] = true, true
		}
		for _, p := range f.Phones {
			pieces[Query{Phone: p}], pieces[Query{Phone: p[len(p)-4:]}] = true, true
		}
	}
	pieces[Query{Name: "Ana"}], pieces[Query{Phone: "0143"}] = true, true // of who was forgotten
	for q := range pieces {
		a, err := q.read()
		w.must(err)
		want := map[id.Person]How{}
		for who, f := range w.states {
			if how, fits := a.fits(&f); fits {
				want[who] = how
			}
		}
		found, err := w.book.Search(context.Background(), q)
		w.must(err)
		got := map[id.Person]How{}
		for _, h := range found.Hits {
			got[h.Person] = h.How
		}
		if !reflect.DeepEqual(got, want) || found.More != 0 {
			r.Fatalf("%+v finds %v, and %d more, not %v", q, got, found.More, want)
		}
	}
}
