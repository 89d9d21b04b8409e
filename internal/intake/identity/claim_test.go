package identity

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"attune/core/id"
)

func claim(t testing.TB, d *Directory, groups ...[]Key) []Claimed {
	t.Helper()
	out, err := d.Claim(t.Context(), groups, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAClaimMakesSeveralKeysOnePerson(t *testing.T) {
	t.Parallel()
	d := open(t, Config{})
	mrn, own, old, ssn := Key{"mrn", "1042"}, Key{"ehr", "p-1"}, Key{"mrn", "0007"}, Key{"ssn", "999"}
	before, _ := resolve(t, d, mrn)

	first := claim(t, d, []Key{own, mrn})[0]
	if first.Person != before[0] || first.Created || first.Others != nil {
		t.Fatalf("somebody has the number already: %+v", first)
	}
	if now, _ := resolve(t, d, own); now[0] != before[0] {
		t.Error("the other key means somebody else")
	}
	both := claim(t, d, []Key{{"ehr", "p-2"}, old}, []Key{old, ssn}, []Key{ssn, {"ehr", "p-2"}})
	if !both[0].Created || both[1].Created || both[0].Person != both[1].Person || both[1].Person != both[2].Person {
		t.Errorf("keys that go together are not one new person: %+v", both)
	}
	two := claim(t, d, []Key{old, own, mrn})[0]
	if two.Person != both[0].Person || !slices.Equal(two.Others, []id.Person{before[0]}) {
		t.Errorf("two people turn out to be one: %+v", two)
	}
	if now, _ := resolve(t, d, own); now[0] != before[0] {
		t.Error("a claim took a key away from somebody")
	}
}

func TestNobodyIsClaimedWhenPreparingFails(t *testing.T) {
	t.Parallel()
	d := open(t, Config{})
	broken := errors.New("no key can be made")
	if _, err := d.Claim(t.Context(), [][]Key{{{"mrn", "1"}, {"ehr", "2"}}}, func([]id.Person) error { return broken }); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if _, known, err := d.Find(t.Context(), Key{"ehr", "2"}); known || err != nil {
		t.Error("somebody was created", err)
	}
}

// However keys are claimed, each means one person for ever, and whoever had a key before a claim has it after.
func TestClaimsTakeNothingAway(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		d := open(t, Config{Remember: 4})
		known := map[Key]id.Person{}
		for range rapid.IntRange(1, 12).Draw(rt, "claims") {
			var groups [][]Key
			for range rapid.IntRange(1, 3).Draw(rt, "groups") {
				groups = append(groups, rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) Key {
					return Key{"s", fmt.Sprint(rapid.IntRange(0, 9).Draw(rt, "value"))}
				}), 1, 4).Draw(rt, "keys"))
			}
			for g, c := range claim(t, d, groups...) {
				others := 0
				first := id.Person{}
				for _, k := range groups[g] {
					p, had := known[k]
					if !had {
						continue
					}
					if first.IsZero() {
						first = p
					}
				}
				if c.Created != first.IsZero() || !first.IsZero() && c.Person != first {
					rt.Fatalf("%v is of %s: %+v", groups[g], first, c)
				}
				for _, k := range groups[g] {
					if _, had := known[k]; !had {
						known[k] = c.Person
					}
					if known[k] != c.Person && !slices.Contains(c.Others, known[k]) {
						rt.Fatalf("nobody is told that %v is of %s: %+v", k, known[k], c)
					}
				}
				for _, o := range c.Others {
					if o == c.Person {
						others++
					}
				}
				if others > 0 {
					rt.Fatalf("somebody is another than themselves: %+v", c)
				}
			}
			for k, p := range known {
				if now, _ := resolve(t, d, k); now[0] != p {
					rt.Fatalf("%v meant %s and means %s", k, p, now[0])
				}
			}
		}
	})
}
