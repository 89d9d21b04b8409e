package identity

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"

	"attune/core/id"
)

var secret = []byte("a secret of thirty-two bytes ....")

func open(t *testing.T, c Config) *Directory {
	t.Helper()
	if c.Path == "" {
		c.Path = filepath.Join(t.TempDir(), "directory.db")
	}
	c.Secret = secret
	d, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func resolve(t *testing.T, d *Directory, keys ...Key) (people, created []id.Person) {
	t.Helper()
	people, created, err := d.Resolve(t.Context(), keys, nil)
	if err != nil {
		t.Fatal(err)
	}
	return people, created
}

func TestADirectoryGivesAPersonOneID(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a folder with spaces? and #", "directory.db")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	d := open(t, Config{Path: path})
	ana, ben := Key{"mrn", "A-1"}, Key{"mrn", "B-2"}
	elsewhere := Key{"app:anonymous", "A-1"}

	first, created := resolve(t, d, ana, ben, ana, elsewhere)
	if first[0] != first[2] || first[0] == first[1] || first[0] == first[3] {
		t.Fatal("the same key is not the same person, or another key is:", first)
	}
	if want := []id.Person{first[0], first[1], first[3]}; !slices.Equal(created, want) {
		t.Fatalf("created %v, want %v in the order of first mention", created, want)
	}
	again, created := resolve(t, d, ben, ana)
	if again[0] != first[1] || again[1] != first[0] || created != nil {
		t.Fatal("asked again, they are others")
	}
	d.Close()

	d = open(t, Config{Path: path})
	if again, _ := resolve(t, d, ana); again[0] != first[0] {
		t.Fatal("after opening again, Ana is another")
	}
	if n, err := d.Len(t.Context()); n != 3 || err != nil {
		t.Fatal("there are", n, err)
	}
	if _, found, err := d.Find(t.Context(), Key{"mrn", "a-1"}); found || err != nil {
		t.Fatal("found somebody by another spelling", err)
	}
}

func TestADirectoryRefusesKeysThatMeanNobody(t *testing.T) {
	d := open(t, Config{})
	for _, k := range []Key{{"", "1"}, {"mrn", ""}, {"m\x00rn", "1"}, {"mrn", string(make([]byte, MaxValue+1))}} {
		if _, _, err := d.Resolve(t.Context(), []Key{{"mrn", "fine"}, k}, nil); err == nil {
			t.Errorf("%.20q was accepted", k)
		}
		if _, found, err := d.Find(t.Context(), k); found || err != nil {
			t.Errorf("%.20q: found %v, %v", k, found, err)
		}
	}
	if n, _ := d.Len(t.Context()); n != 0 {
		t.Error("a refused call created", n)
	}
}

func TestNobodyIsCreatedWhenPreparingFails(t *testing.T) {
	d := open(t, Config{})
	no := errors.New("no disk")
	var prepared []id.Person
	_, _, err := d.Resolve(t.Context(), []Key{{"mrn", "1"}, {"mrn", "2"}}, func(p []id.Person) error { prepared = p; return no })
	if !errors.Is(err, no) || len(prepared) != 2 {
		t.Fatal(err, prepared)
	}
	if n, _ := d.Len(t.Context()); n != 0 {
		t.Fatal("there are", n)
	}
	if people, _ := resolve(t, d, Key{"mrn", "1"}); people[0] == prepared[0] {
		t.Fatal("an id that was given up came back")
	}
}

func TestNoTwoPeopleShareARow(t *testing.T) {
	zero := make([]byte, 16)
	one := bytes.Repeat([]byte{1}, 16)
	sameRow := append(bytes.Repeat([]byte{1}, 8), bytes.Repeat([]byte{9}, 8)...)
	two := bytes.Repeat([]byte{2}, 16)
	d := open(t, Config{Rand: bytes.NewReader(slices.Concat(one, zero, sameRow, one, two))})
	people, _ := resolve(t, d, Key{"mrn", "1"}, Key{"mrn", "2"})
	if want := []id.Person{id.Person(one), id.Person(two)}; !slices.Equal(people, want) {
		t.Fatalf("drew %v, want %v", people, want)
	}
	if _, _, err := d.Resolve(t.Context(), []Key{{"mrn", "3"}}, nil); err == nil {
		t.Fatal("created somebody without randomness")
	}
}

func TestTheFileHoldsNoIdentifier(t *testing.T) {
	dir := t.TempDir()
	d := open(t, Config{Path: filepath.Join(dir, "directory.db")})
	resolve(t, d, Key{"canary-system", "canary-value-4711"})
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte("canary")) {
			t.Errorf("%s holds the identifier", filepath.Base(f))
		}
	}
}

func TestADirectoryIsReadBesideItsWriterAndAfterIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "directory.db")
	w := open(t, Config{Path: path})
	want, _ := resolve(t, w, Key{"mrn", "1"})
	r := open(t, Config{Path: path, ReadOnly: true})
	later, _ := resolve(t, w, Key{"mrn", "2"})
	if p, found, err := r.Find(t.Context(), Key{"mrn", "2"}); p != later[0] || !found || err != nil {
		t.Fatal("the reader does not see what was just written:", found, err)
	}
	if _, _, err := r.Resolve(t.Context(), []Key{{"mrn", "3"}}, nil); !errors.Is(err, ErrReadOnly) {
		t.Fatal("the reader wrote:", err)
	}
	r.Close()
	w.Close()
	r = open(t, Config{Path: path, ReadOnly: true})
	if p, found, err := r.Find(t.Context(), Key{"mrn", "1"}); p != want[0] || !found || err != nil {
		t.Fatal("once the writer is gone:", found, err)
	}
	if _, err := Open(t.Context(), Config{Path: path + "-not-there", Secret: secret, ReadOnly: true}); err == nil {
		t.Fatal("read a directory that is not there")
	}
}

func TestAnotherSecretIsNoticed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "directory.db")
	open(t, Config{Path: path}).Close()
	if _, err := Open(t.Context(), Config{Path: path, Secret: []byte("some other secret")}); !errors.Is(err, ErrWrongSecret) {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Config{Path: path, Secret: []byte("short")}); err == nil {
		t.Fatal("a short secret was accepted")
	}
}

func TestManyAskAtOnce(t *testing.T) {
	d := open(t, Config{Remember: 16})
	const askers, keys = 8, 40
	got := make([][]id.Person, askers)
	var wg sync.WaitGroup
	for a := range askers {
		wg.Go(func() {
			got[a] = make([]id.Person, keys)
			for n := range keys {
				k := (n*7 + a*13) % keys
				people, _, err := d.Resolve(context.Background(), []Key{{"mrn", string(rune('A' + k))}}, nil)
				if err != nil {
					t.Error(err)
					return
				}
				got[a][k] = people[0]
			}
		})
	}
	wg.Wait()
	for a := range askers {
		if !slices.Equal(got[a], got[0]) {
			t.Fatal("two askers were told different people")
		}
	}
	if n, _ := d.Len(t.Context()); n != keys {
		t.Fatalf("%d people for %d keys", n, keys)
	}
}

func TestMemoryForgetsWhatNobodyAsksFor(t *testing.T) {
	m := memory{most: 2}
	t1, t2, t3, t4, t5 := token{1}, token{2}, token{3}, token{4}, token{5}
	m.put(t1, id.Person{1})
	m.put(t2, id.Person{2})
	m.put(t3, id.Person{3})
	if p, ok := m.get(t1); !ok || p != (id.Person{1}) { // asked for, so it stays
		t.Fatal("1 is gone")
	}
	m.put(t4, id.Person{4})
	m.put(t5, id.Person{5})
	if _, ok := m.get(t2); ok {
		t.Fatal("2 was kept")
	}
	if p, ok := m.get(t1); !ok || p != (id.Person{1}) {
		t.Fatal("1 is gone")
	}
	if len(m.young)+len(m.old) > 4 {
		t.Fatal("it keeps too much")
	}
}

func TestCandidates(t *testing.T) {
	for s, want := range map[string][]Key{
		"mrn:1":           {{"mrn", "1"}},
		"app:anonymous:7": {{"app:anonymous", "7"}, {"app", "anonymous:7"}},
		"urn:oid:1.2|7":   {{"urn:oid", "1.2|7"}, {"urn", "oid:1.2|7"}},
		"mrn:":            nil,
		":1":              nil,
		"mrn":             nil,
	} {
		if got := Candidates(s); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, want %v", s, got, want)
		}
	}
}

func BenchmarkResolveKnown(b *testing.B) {
	d, err := Open(b.Context(), Config{Path: filepath.Join(b.TempDir(), "directory.db"), Secret: secret})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	keys := make([]Key, 100)
	for i := range keys {
		keys[i] = Key{"mrn", string(rune('A' + i))}
	}
	for b.Loop() {
		if _, _, err := d.Resolve(b.Context(), keys, nil); err != nil {
			b.Fatal(err)
		}
	}
}
