package app

import (
	"testing"

	"attune/internal/records"
)

// What is doubted of a record that becomes part of another is doubted of the one that goes on, and of the record alone when it is on its
// own again.
func TestDoubtsGoWithARecordAndComeBack(t *testing.T) {
	t.Parallel()
	w := newRegistry(t)
	w.told("x", "Xenia Karimi|1931-02-03")
	w.told("a", "Ana Quispe|1956-04-21")
	w.told("b", "Berta Soto|1970-01-01")
	w.told("y", "Anna Quispe|1956-04-21")
	x, a, b, y := w.home("x"), w.home("a"), w.home("b"), w.home("y")
	doubt := func(one, other string) {
		t.Helper()
		if err := w.node.doubts([]records.Doubt{{One: w.home(one), Other: w.home(other)}}); err != nil {
			t.Fatal(err)
		}
	}
	say := func(apart bool, who, of string) {
		t.Helper()
		if err := w.node.merge(t.Context(), MergeWord{Person: w.home(who).String(), Of: w.home(of).String(), Apart: apart, By: "nurse Kim"}); err != nil {
			t.Fatal(err)
		}
		w.live()
	}
	// lists says which pairs are listed, and of whose record they are.
	lists := func(state string, want ...[2]string) {
		t.Helper()
		w.duplicates()
		list, err := w.node.duplicates(t.Context(), DuplicateQuery{State: state})
		if err != nil || list.All != len(want) || len(list.Pairs) != len(want) {
			t.Errorf("%s are %d (%d), want %v: %v", state, list.All, len(list.Pairs), want, err)
			return
		}
		for _, p := range list.Pairs {
			found := false
			for _, pair := range want {
				found = found || p.One.Person == pair[0] && p.Other.Person == pair[1] || p.One.Person == pair[1] && p.Other.Person == pair[0]
			}
			if !found || p.One.Name == "" || p.Other.Name == "" || len(p.For) == 0 {
				t.Errorf("%s is %+v, want %v", state, p, want)
			}
		}
	}
	pair := func(one, other interface{ String() string }) [2]string {
		return [2]string{one.String(), other.String()}
	}
	again := func() {
		t.Helper()
		if err := w.node.Close(); err != nil {
			t.Fatal(err)
		}
		w.open()
	}
	lists("open", pair(a, y)) // by what they are called
	doubt("x", "a")
	lists("open", pair(a, y), pair(x, a))

	say(false, "b", "a")
	lists("open", pair(b, y), pair(x, b))
	w.told("x", "Xenia Karimi|1931-02-03|female") // what changes is compared again
	lists("open", pair(b, y), pair(x, b))
	again()
	lists("open", pair(b, y), pair(x, b))

	say(true, "b", "a")
	lists("open", pair(a, y), pair(x, a))
	again()
	lists("open", pair(a, y), pair(x, a))

	// What somebody says of the one who goes on is said of what was doubted of their part.
	say(false, "b", "a")
	lists("open", pair(b, y), pair(x, b))
	if err := w.node.different(t.Context(), DifferentWord{One: "feed:x", Other: "feed:a", By: "nurse Kim", Note: "they met"}); err != nil {
		t.Fatal(err)
	}
	lists("open", pair(b, y))
	lists("different", pair(x, b))
	say(true, "b", "a")
	lists("open", pair(a, y))

	// What was said holds when the record goes with another, and who is doubted to be of their own part is nobody else.
	say(false, "y", "a")
	doubt("x", "y")
	lists("open")
	w.told("z", "Zoe Lang|1990-01-01")
	doubt("z", "a")
	lists("open", pair(w.home("z"), y))
	say(false, "y", "z")
	lists("open")
}
