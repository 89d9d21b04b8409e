package audit

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
)

// Page by page from the end, a log tells the same as from the beginning, whatever is wanted.
func TestTheNewestAreTheLastOfAll(t *testing.T) {
	t.Parallel()
	cfg := folder(t)
	l := open(t, cfg)
	for n := range 700 {
		r := look(n % 40)
		if n%3 == 0 {
			r.What = PeopleSearched
		}
		if n == 350 {
			r.Via = fmt.Sprintf("attune %090000d", 7) // longer than a block
		}
		r.Request = fmt.Sprintf("%016d", n/2)
		if n%4 == 0 {
			r.Outcome = Begun // and done by the next one, or not
		}
		if err := l.Append(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]Filter{
		"all": {}, "own ones too": {Own: true}, "one person": {People: []string{fmt.Sprintf("%022d", 7)}}, "a verb": {What: string(PeopleSearched)}, "nobody": {Actor: "nobody"},
		"from a time on": {From: cfg.Now().Add(-300e9)},
	} {
		all, err := Over(t.Context(), cfg.Dir, want)
		if err != nil {
			t.Fatal(err)
		}
		slices.Reverse(all)
		for _, size := range []int{1, 7, 1000} {
			var got []Record
			after := ""
			for more := true; more; {
				var page []Record
				if page, more, err = Newest(t.Context(), cfg.Dir, want, after, size); err != nil {
					t.Fatal(err)
				}
				if len(page) > size || more && len(page) != size {
					t.Fatalf("%s: a page of %d has %d", name, size, len(page))
				}
				if got = append(got, page...); len(page) > 0 {
					after = page[len(page)-1].Hash
				}
			}
			if len(got) != len(all) || len(all) > 0 && !reflect.DeepEqual(got, all) {
				t.Errorf("%s by %d: %d records, want %d", name, size, len(got), len(all))
			}
		}
	}
	if _, _, err := Newest(t.Context(), cfg.Dir, Filter{}, "ab12", 3); err == nil {
		t.Error("it goes on from a record that is not there")
	}
}
