package seal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"attune/core/id"
)

const clinic = "st-brigid"

func person(n int) (p id.Person) {
	binary.BigEndian.PutUint64(p[:], uint64(n)*0x9e3779b97f4a7c15)
	binary.BigEndian.PutUint64(p[8:], uint64(n))
	return p
}

var ana, ben = person(1), person(2)

func mustOpen(t testing.TB, dir string) *Keys {
	t.Helper()
	k, err := Open(dir, clinic)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	return k
}

func mustSeal(t testing.TB, k *Keys, p id.Person, kind Kind, name, plain string) []byte {
	t.Helper()
	b, err := k.Seal(p, kind, []byte(name), []byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSealingIsBoundToItsPlace(t *testing.T) {
	k := mustOpen(t, t.TempDir())
	if err := k.Ensure(ana, ben); err != nil {
		t.Fatal(err)
	}
	sealed := mustSeal(t, k, ana, State, "v7", "A1c 8.1 %")
	if bytes.Contains(sealed, []byte("A1c")) {
		t.Fatal("sealed bytes show the plaintext")
	}
	if again := mustSeal(t, k, ana, State, "v7", "A1c 8.1 %"); !bytes.Equal(sealed, again) {
		t.Error("sealing the same twice gave different bytes")
	}
	if plain, err := k.Open(ana, State, []byte("v7"), sealed); err != nil || string(plain) != "A1c 8.1 %" {
		t.Errorf("opened %q, %v", plain, err)
	}
	for name, open := range map[string]func() ([]byte, error){
		"another person": func() ([]byte, error) { return k.Open(ben, State, []byte("v7"), sealed) },
		"another kind":   func() ([]byte, error) { return k.Open(ana, Event, []byte("v7"), sealed) },
		"another name":   func() ([]byte, error) { return k.Open(ana, State, []byte("v8"), sealed) },
		"no name":        func() ([]byte, error) { return k.Open(ana, State, nil, sealed) },
		"shifted parts":  func() ([]byte, error) { return k.Open(ana, "statev", []byte("7"), sealed) },
		"cut short":      func() ([]byte, error) { return k.Open(ana, State, []byte("v7"), sealed[:len(sealed)-1]) },
		"nothing":        func() ([]byte, error) { return k.Open(ana, State, []byte("v7"), nil) },
	} {
		if plain, err := open(); !errors.Is(err, ErrTampered) || plain != nil {
			t.Errorf("it opens for %s: %q, %v", name, plain, err)
		}
	}
	for bit := range len(sealed) * 8 {
		flipped := bytes.Clone(sealed)
		flipped[bit/8] ^= 1 << (bit % 8)
		if _, err := k.Open(ana, State, []byte("v7"), flipped); !errors.Is(err, ErrTampered) {
			t.Fatalf("it opens with bit %d flipped: %v", bit, err)
		}
	}
	if _, err := k.Seal(person(3), State, nil, []byte("x")); !errors.Is(err, ErrNoKey) {
		t.Errorf("sealing without a key: %v", err)
	}
}

func TestSealRoundTrip(t *testing.T) {
	k := mustOpen(t, t.TempDir())
	if err := k.Ensure(ana); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		name, plain := rapid.SliceOf(rapid.Byte()).Draw(t, "name"), rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		sealed, err := k.Seal(ana, Event, name, plain)
		if err != nil || len(sealed) != len(plain)+16 {
			t.Fatalf("sealed %d bytes to %d, %v", len(plain), len(sealed), err)
		}
		got, err := k.Open(ana, Event, name, sealed)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("opened %x, %v", got, err)
		}
	})
}

func TestReopenFindsTheSameKeys(t *testing.T) {
	dir := t.TempDir()
	k := mustOpen(t, dir)
	if err := k.Ensure(ana); err != nil {
		t.Fatal(err)
	}
	if err := k.Ensure(ana, ben, ana); err != nil {
		t.Fatal(err)
	}
	sealed, secret := mustSeal(t, k, ben, Frame, "m1", "hello"), k.Secret("directory")
	if _, err := Open(dir, clinic); !errors.Is(err, ErrInUse) {
		t.Errorf("a second writer: %v", err)
	}
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Seal(ben, Frame, nil, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("sealing after Close: %v", err)
	}

	k = mustOpen(t, dir)
	if plain, err := k.Open(ben, Frame, []byte("m1"), sealed); err != nil || string(plain) != "hello" {
		t.Errorf("opened %q, %v", plain, err)
	}
	if !bytes.Equal(secret, k.Secret("directory")) || bytes.Equal(secret, k.Secret("seeds")) || len(secret) != 32 {
		t.Error("Secret is not stable per purpose")
	}
	if people := k.People(); k.Len() != 2 || len(people) != 2 || people[0] != ana || people[1] != ben {
		t.Errorf("people are %v", people)
	}
	for _, name := range []string{keysName, kekName} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v", name, info.Mode(), err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	fill := func(t *testing.T) string {
		dir := t.TempDir()
		k := mustOpen(t, dir)
		for i := range 4 {
			if err := k.Ensure(person(i + 1)); err != nil {
				t.Fatal(err)
			}
		}
		k.Close()
		return dir
	}
	edit := func(t *testing.T, dir, name string, f func(b []byte) []byte) {
		path := filepath.Join(dir, name)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, tc := range map[string]struct {
		spoil func(t *testing.T, dir string)
		org   string
		want  error
	}{
		"another organisation": {org: "st-patrick", want: ErrWrongOrganisation},
		"a missing KEK":        {spoil: func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, kekName)) }, want: ErrDamaged},
		"a missing keys file":  {spoil: func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, keysName)) }, want: ErrDamaged},
		"a damaged KEK":        {spoil: func(t *testing.T, dir string) { edit(t, dir, kekName, func(b []byte) []byte { return b[:9] }) }, want: ErrDamaged},
		"another folder's KEK": {spoil: func(t *testing.T, dir string) {
			other, err := os.ReadFile(filepath.Join(fill(t), kekName))
			if err != nil {
				t.Fatal(err)
			}
			edit(t, dir, kekName, func([]byte) []byte { return other })
		}, want: ErrDamaged},
		"damage to an older key": {spoil: func(t *testing.T, dir string) {
			edit(t, dir, keysName, func(b []byte) []byte { b[2*slotSize+40] ^= 1; return b })
		}, want: ErrDamaged},
		"two keys exchanged": {spoil: func(t *testing.T, dir string) {
			edit(t, dir, keysName, func(b []byte) []byte {
				one, two := b[slotSize:2*slotSize], b[2*slotSize:3*slotSize]
				was := bytes.Clone(one)
				copy(one, two)
				copy(two, was)
				return b
			})
		}, want: ErrDamaged},
		"a damaged header": {spoil: func(t *testing.T, dir string) {
			edit(t, dir, keysName, func(b []byte) []byte { b[70] ^= 1; return b })
		}, want: ErrDamaged},
		"an empty keys file": {spoil: func(t *testing.T, dir string) {
			edit(t, dir, keysName, func(b []byte) []byte { return nil })
		}, want: ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			dir, org := fill(t), clinic
			if tc.spoil != nil {
				tc.spoil(t, dir)
			}
			if tc.org != "" {
				org = tc.org
			}
			for _, open := range []func(dir, org string) (*Keys, error){Open, OpenReadOnly} {
				if k, err := open(dir, org); err == nil {
					k.Close()
					t.Error("it opens")
				} else if !errors.Is(err, tc.want) && !errors.Is(err, os.ErrNotExist) {
					t.Errorf("error is %v", err)
				}
			}
		})
	}
}

func TestAnUnfinishedFirstStartIsFinished(t *testing.T) {
	dir := t.TempDir()
	k := mustOpen(t, dir)
	secret := k.Secret("x")
	k.Close()
	if err := os.Rename(filepath.Join(dir, kekName), filepath.Join(dir, kekNewName)); err != nil {
		t.Fatal(err)
	}
	k = mustOpen(t, dir)
	if !bytes.Equal(secret, k.Secret("x")) {
		t.Error("the secret changed")
	}
}

// A crash may leave any part of the last write: no earlier key may suffer, and the people of the
// torn write get new keys.
func TestTornWriteIsDropped(t *testing.T) {
	dir := t.TempDir()
	k := mustOpen(t, dir)
	if err := k.Ensure(ana, ben); err != nil {
		t.Fatal(err)
	}
	sealed := mustSeal(t, k, ben, State, "", "kept")
	if err := k.Ensure(person(3), person(4), person(5)); err != nil {
		t.Fatal(err)
	}
	k.Close()
	whole, err := os.ReadFile(filepath.Join(dir, keysName))
	if err != nil {
		t.Fatal(err)
	}
	start := 3 * slotSize
	for name, torn := range map[string][]byte{
		"cut in the last slot":   whole[:len(whole)-50],
		"cut in the first slot":  whole[:start+1],
		"cut before it":          whole[:start],
		"zeros in the last slot": append(bytes.Clone(whole[:len(whole)-50]), make([]byte, 50)...),
		"a gap inside":           append(append(bytes.Clone(whole[:start]), make([]byte, 2*slotSize)...), whole[start+2*slotSize:]...),
	} {
		t.Run(name, func(t *testing.T) {
			here := t.TempDir()
			kek, err := os.ReadFile(filepath.Join(dir, kekName))
			if err != nil {
				t.Fatal(err)
			}
			os.WriteFile(filepath.Join(here, kekName), kek, 0o600)
			os.WriteFile(filepath.Join(here, keysName), torn, 0o600)
			ro, err := OpenReadOnly(here, clinic)
			if err != nil {
				t.Fatal(err)
			}
			ro.Close()
			for round := range 2 {
				k := mustOpen(t, here)
				if want := len(torn) > start && round == 0; (k.Torn() > 0) != want {
					t.Errorf("round %d dropped %d slots", round, k.Torn())
				}
				if plain, err := k.Open(ben, State, nil, sealed); err != nil || string(plain) != "kept" {
					t.Errorf("opened %q, %v", plain, err)
				}
				if err := k.Ensure(person(5), person(4), person(3), person(6)); err != nil {
					t.Fatal(err)
				}
				if k.Len() != 6 || len(k.People()) != 6 {
					t.Errorf("there are %d and %d people", k.Len(), len(k.People()))
				}
				k.Close()
			}
		})
	}
}

func TestRowsAreUnique(t *testing.T) {
	k := mustOpen(t, t.TempDir())
	twin, lone := ana, person(9)
	twin[15] ^= 1 // the row comes from the first half
	if err := k.Ensure(ana, twin); !errors.Is(err, ErrRowTaken) {
		t.Errorf("in one call: %v", err)
	}
	if k.Has(ana) {
		t.Error("a refused call made a key")
	}
	if err := k.Ensure(ana); err != nil {
		t.Fatal(err)
	}
	if err := k.Ensure(lone, twin); !errors.Is(err, ErrRowTaken) {
		t.Errorf("in two calls: %v", err)
	}
	if k.Has(twin) || k.Has(lone) || !k.Has(ana) {
		t.Error("wrong people have keys")
	}
	if err := k.Ensure(id.Person{}); err == nil {
		t.Error("nobody got a key")
	}
}

func TestEraseIsForGood(t *testing.T) {
	dir := t.TempDir()
	k := mustOpen(t, dir)
	if err := k.Ensure(ana, ben); err != nil {
		t.Fatal(err)
	}
	wrapped := bytes.Clone(slotWrapped(k.table.slots.at(1)))
	sealed := mustSeal(t, k, ana, State, "", "x")
	for range 2 {
		if err := k.Erase(ana); err != nil {
			t.Fatal(err)
		}
	}
	if err := k.Erase(person(7)); !errors.Is(err, ErrNoKey) {
		t.Errorf("erasing a stranger: %v", err)
	}
	for range 2 {
		if _, err := k.Open(ana, State, nil, sealed); !errors.Is(err, ErrNoKey) {
			t.Errorf("after erasing: %v", err)
		}
		if err := k.Ensure(ana); !errors.Is(err, ErrErased) {
			t.Errorf("a new key for the erased: %v", err)
		}
		if k.Has(ana) || k.Len() != 1 || len(k.People()) != 1 {
			t.Error("the erased still counts")
		}
		k.Close()
		k = mustOpen(t, dir)
	}
	if b, err := os.ReadFile(filepath.Join(dir, keysName)); err != nil || bytes.Contains(b, wrapped[8:]) {
		t.Errorf("the wrapped key is still in the file, %v", err)
	}
}

func TestReaderSeesKeysMadeLater(t *testing.T) {
	dir := t.TempDir()
	w := mustOpen(t, dir)
	r, err := OpenReadOnly(dir, clinic)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.Has(ana) {
		t.Error("a key before its time")
	}
	if err := w.Ensure(ben, ana); err != nil {
		t.Fatal(err)
	}
	if plain, err := r.Open(ana, State, nil, mustSeal(t, w, ana, State, "", "x")); err != nil || string(plain) != "x" {
		t.Errorf("opened %q, %v", plain, err)
	}
	if err := r.Ensure(person(3)); !errors.Is(err, ErrReadOnly) {
		t.Errorf("a reader made a key: %v", err)
	}
}

func TestErrorsNameNoSecrets(t *testing.T) {
	k := mustOpen(t, t.TempDir())
	if err := k.Ensure(ana); err != nil {
		t.Fatal(err)
	}
	_, sealErr := k.Seal(ben, State, []byte("Jane Roe"), []byte("diabetes"))
	_, openErr := k.Open(ana, State, []byte("Jane Roe"), []byte("diabetes, and more than a tag"))
	for _, err := range []error{sealErr, openErr} {
		if err == nil || strings.Contains(err.Error(), "diabetes") || strings.Contains(err.Error(), "Jane") {
			t.Errorf("error is %v", err)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	k := mustOpen(t, t.TempDir())
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 60 {
				p := person(1 + (i*7+w)%40)
				if err := k.Ensure(p, person(100+w*60+i)); err != nil {
					t.Error(err)
					return
				}
				sealed, err := k.Seal(p, State, nil, []byte("x"))
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := k.Open(p, State, nil, sealed); err != nil {
					t.Error(err)
				}
				k.Len()
				k.People()
			}
		})
	}
	wg.Wait()
	if k.Len() != 40+4*60 {
		t.Errorf("there are %d keys", k.Len())
	}
}

func TestCacheForgetsAndUnwrapsAgain(t *testing.T) {
	k := mustOpen(t, t.TempDir())
	people := make([]id.Person, 3*aeadsPerGeneration)
	for i := range people {
		people[i] = person(i + 1)
	}
	if err := k.Ensure(people...); err != nil {
		t.Fatal(err)
	}
	sealed := mustSeal(t, k, people[0], State, "", "x")
	for _, p := range people {
		mustSeal(t, k, p, State, "", "y")
	}
	if n := len(k.opened.young) + len(k.opened.old); n > 2*aeadsPerGeneration {
		t.Errorf("%d keys are kept", n)
	}
	if _, err := k.Open(people[0], State, nil, sealed); err != nil {
		t.Error(err)
	}
}

func TestManyKeysOpenQuickly(t *testing.T) {
	dir := t.TempDir()
	k := mustOpen(t, dir)
	people := make([]id.Person, 100_000)
	for i := range people {
		people[i] = person(i + 1)
	}
	if err := k.Ensure(people...); err != nil {
		t.Fatal(err)
	}
	k.Close()
	k = mustOpen(t, dir)
	if k.Len() != len(people) || !k.Has(people[99_999]) {
		t.Errorf("there are %d keys", k.Len())
	}
}

// FuzzKeyFile reads any bytes as a keys file. What is accepted consists of slots that were written
// whole at their place, and reading it once more changes nothing.
func FuzzKeyFile(f *testing.F) {
	header, err := newHeader(clinic, make([]byte, 65))
	if err != nil {
		f.Fatal(err)
	}
	file := header[:]
	for i := 1; i <= 4; i++ {
		s, err := newSlot(i, byte(1+i%3), person(i), make([]byte, 97), 1+i/3*2)
		if err != nil {
			f.Fatal(err)
		}
		file = append(file, s[:]...)
	}
	f.Add(file)
	f.Add(file[:len(file)-1])
	f.Add(file[:slotSize])
	f.Add([]byte{})
	f.Add(append(bytes.Clone(file), make([]byte, 300)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, rest, err := readSlab(bytes.NewReader(data))
		if err != nil || b.n*slotSize+rest != len(data) {
			t.Fatalf("read %d slots and %d bytes of %d, %v", b.n, rest, len(data), err)
		}
		table, err := parseKeyFile(b)
		if err != nil {
			return
		}
		var again bytes.Buffer
		for i := range table.slots.n {
			if s := table.slots.at(i); !bytes.Equal(s, data[i*slotSize:][:slotSize]) {
				t.Fatalf("slot %d changed", i)
			}
			again.Write(table.slots.at(i))
		}
		b, _, err = readSlab(&again)
		if err != nil {
			t.Fatal(err)
		}
		second, err := parseKeyFile(b)
		if err != nil || second.live != table.live || second.broken != 0 || fmt.Sprint(second.gaps) != fmt.Sprint(table.gaps) {
			t.Fatalf("read differently the second time: %v", err)
		}
		for row, i := range table.byRow {
			if p := slotPerson(table.slots.at(int(i))); p.Row() != row || slotState(table.slots.at(int(i))) == slotVoid {
				t.Fatalf("row %d leads to slot %d", row, i)
			}
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	k := mustOpen(b, b.TempDir())
	people := make([]id.Person, 20_000)
	for i := range people {
		people[i] = person(i + 1)
	}
	if err := k.Ensure(people...); err != nil {
		b.Fatal(err)
	}
	plain, name := make([]byte, 900), []byte("12345678")
	b.Run("warm", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(900)
		for b.Loop() {
			if _, err := k.Seal(people[0], State, name, plain); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("cold", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(900)
		i := 0
		for b.Loop() {
			if _, err := k.Seal(people[i%len(people)], State, name, plain); err != nil {
				b.Fatal(err)
			}
			i++
		}
	})
	b.Run("open", func(b *testing.B) {
		sealed := mustSeal(b, k, people[0], State, "12345678", string(plain))
		b.ReportAllocs()
		b.SetBytes(900)
		for b.Loop() {
			if _, err := k.Open(people[0], State, name, sealed); err != nil {
				b.Fatal(err)
			}
		}
	})
}
