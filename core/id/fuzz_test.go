package id

import "testing"

// What is read as an id is written as it was read: an id has one form.
func FuzzParse(f *testing.F) {
	f.Add(Person{1, 2, 3}.String(), Key{4, 5}.String())
	f.Add("p", "")
	f.Fuzz(func(t *testing.T, person, key string) {
		if p, err := ParsePerson(person); err == nil && p.String() != person {
			t.Errorf("%q is written as %q", person, p)
		}
		if k, err := ParseKey(key); err == nil {
			if again, err := ParseKey(k.String()); err != nil || again != k {
				t.Errorf("%q is written as %q", key, k)
			}
		}
	})
}
