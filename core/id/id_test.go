package id_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"attune/core/id"
)

func TestIDsAreReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var p id.Person
		var k id.Key
		copy(p[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(rt, "person"))
		copy(k[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(rt, "key"))
		if got, err := id.ParsePerson(p.String()); err != nil || got != p || p.Row() < 0 || p.Partition() != p[0] {
			rt.Fatalf("%s is read as %s, %v", p, got, err)
		}
		if got, err := id.ParseKey(k.String()); err != nil || got != k {
			rt.Fatalf("%s is read as %s, %v", k, got, err)
		}
	})
}

func TestParsingRefuses(t *testing.T) {
	t.Parallel()
	good := id.Person{1}.String()
	for _, s := range []string{"", "p", good[1:], good + "0", strings.ToUpper(good), "q" + good[1:], good[:26] + "1", good[:5] + "l" + good[6:], good[:5] + "\n" + good[6:]} {
		if p, err := id.ParsePerson(s); err == nil {
			t.Errorf("%q is taken for %s", s, p)
		}
	}
	for _, s := range []string{"", "00", strings.Repeat("0", 33), strings.Repeat("g", 32), strings.Repeat("0", 34)} {
		if k, err := id.ParseKey(s); err == nil {
			t.Errorf("%q is taken for %s", s, k)
		}
	}
	if !(id.Person{}).IsZero() || !(id.Key{}).IsZero() || (id.Key{15: 1}).IsZero() {
		t.Error("nobody is somebody")
	}
}

// What is derived is written into records for ever: these values, computed by other means, never change.
func TestDerivedValuesAreForEver(t *testing.T) {
	t.Parallel()
	seed := id.SeedOf([]byte("key"), id.Person{1, 2, 3})
	for got, want := range map[string]string{
		id.Key(seed).String():                        "5a52c2279d7d817b21a1fda0841d0712",
		id.Derive(seed, "touch", 1, 2, 3).String():   "7ab375a4123e0f67c50ab26f40b750ae",
		id.Derive(seed, "touch").String():            "59c23c9c5ff38ece53ec9835ec4d20bc",
		id.Derive(seed, "attempt", 1, 2, 3).String(): "091b07621ff0d01058081e4576a3dbf2",
	} {
		if got != want {
			t.Errorf("derived %s, and it was %s", got, want)
		}
	}
	if got := id.Draw(seed, "variant", 7); got != 0.9463765754420685 {
		t.Errorf("drew %v", got)
	}
	if got := id.Hash("consent.granted"); got != 0x36c0c1155af1b488 {
		t.Errorf("hashed %#x", got)
	}
	if id.Hash("") != 14695981039346656037 {
		t.Errorf("nothing hashes to %d", id.Hash(""))
	}
}

// Draws are even: of many, each tenth gets its share.
func TestDrawsAreEven(t *testing.T) {
	t.Parallel()
	var tenths [10]int
	for n := range 20_000 {
		d := id.Draw(id.Seed{9}, "draw", uint64(n))
		if d < 0 || d >= 1 {
			t.Fatalf("drew %v", d)
		}
		tenths[int(d*10)]++
	}
	for i, n := range tenths {
		if n < 1800 || n > 2200 {
			t.Errorf("tenth %d was drawn %d times of 20,000", i, n)
		}
	}
}
