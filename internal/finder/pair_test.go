package finder

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"attune/core/id"
	"attune/internal/likeness"
)

const phone = "+12025550143"

// look compares everybody who is to be.
func (w *world) look() {
	w.Helper()
	w.must(w.book.Flush())
	for {
		left, err := w.book.Look(ctx, 50)
		w.must(err)
		if left == 0 {
			return
		}
	}
}

// listed are the pairs in a state, as "1+2: why; against".
func (w *world) listed(s State) (out []string) {
	w.Helper()
	l, err := w.book.Pairs(ctx, s, 100)
	w.must(err)
	number := func(p id.Person) int {
		for n := range 1000 {
			if whom(n) == p {
				return n
			}
		}
		return -1
	}
	for _, p := range l.Pairs {
		out = append(out, strings.TrimSuffix(fmt.Sprintf("%d+%d: %s; %s", number(p.One), number(p.Other), codes(p.For), codes(p.Against)), "; "))
	}
	if l.All != len(out) {
		w.Fatal("it lists ", len(out), " and counts ", l.All)
	}
	return out
}

func (w *world) wants(t *testing.T, s State, want ...string) {
	t.Helper()
	if got := w.listed(s); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s are\n%s\nwant\n%s", s, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestRecordsThatMayBeOfOnePersonAreListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	defer w.close()
	w.is(1, "Jon/Smyth|1956-04-21|male")
	w.is(2, "John/Smith|1956-04-21|male|"+phone)
	w.is(3, "Ana/Quispe|1990-04-11")
	w.is(4, "Ana/Quispe|1990-11-04")
	w.is(5, "Eva/Smith|1956-04-21|female|"+phone) // John's twin
	w.is(6, "John/Smith|1980-01-01|male|"+phone)  // his son
	w.is(7, "/Rosa Mamani|1970-02-03")
	w.is(8, "Rosa/Mamani|1970-02-03")
	w.look()
	w.wants(t, Undecided, "1+2: name_heard born_same", "3+4: name_same born_swapped", "7+8: name_same born_same")

	w.is(1, "Jon/Smyth|1957-04-21|male") // it was a mistake
	w.look()
	w.wants(t, Undecided, "3+4: name_same born_swapped", "7+8: name_same born_same")
}

func TestWhoIsDifferentComesBackOnlyForANewReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	defer w.close()
	one, other := w.is(1, "Ana/Quispe|1990-04-11"), w.is(2, "Ana/Quispe|1990-04-11")
	w.look()
	word := Word{By: "nurse Kim", Note: "cousins", At: now}
	w.must(w.book.Settle(ctx, other, one, Different, word))
	w.wants(t, Undecided)
	w.wants(t, Different, "1+2: name_same born_same")
	l, err := w.book.Pairs(ctx, Different, 10)
	if err != nil || l.Pairs[0].Word == nil || *l.Pairs[0].Word != word || l.Pairs[0].Since != now {
		t.Errorf("%+v, %v", l.Pairs, err)
	}
	w.is(1, "Ana/Quispe|1990-04-11|female")
	w.is(2, "Ana/Quispe|1990-04-11||"+phone)
	w.look()
	w.wants(t, Undecided)
	w.is(1, "Ana/Quispe|1990-04-11|female|"+phone)
	w.look()
	w.wants(t, Undecided, "1+2: name_same born_same phone_same")
	if l, err := w.book.Pairs(ctx, Undecided, 10); err != nil || l.Pairs[0].Word == nil || l.Pairs[0].Word.By != "nurse Kim" {
		t.Errorf("what was said is forgotten: %+v, %v", l.Pairs, err)
	}
	if err := w.book.Settle(ctx, one, whom(9), Different, word); !errors.Is(err, ErrNoPair) {
		t.Errorf("of people who are no pair: %v", err)
	}
}

func TestWhoWasMergedIsNotListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	defer w.close()
	one, other := w.is(1, "Ana/Quispe|1990-04-11"), w.is(2, "Ana/Quispe|1990-04-11")
	w.must(w.book.Settle(ctx, one, other, Same, Word{By: "nurse Kim", At: now}))
	w.look()
	w.wants(t, Undecided)
	w.must(w.book.Doubts([]Doubt{{other, one}}))
	w.look()
	w.wants(t, Undecided)
	w.must(w.book.Is(other, w.frame, likeness.Facts{})) // there is only one record of her now
	w.must(w.book.Flush())
	if got := w.search(Query{Name: "ana"}); len(got) != 1 {
		t.Errorf("%v are found", got)
	}
	w.must(w.book.Settle(ctx, one, other, Different, Word{By: "nurse Kim", Note: "it was wrong", At: now}))
	w.wants(t, Different, "1+2: name_same born_same")
}

func TestADoubtOfARecordIsListedWhateverElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	defer w.close()
	one, other := whom(1), whom(2)
	w.must(w.book.Doubts([]Doubt{{one, other}, {one, one}})) // nobody has lived through what is told of them yet
	w.wants(t, Undecided, "1+2: identifier_same")
	w.is(1, "Ana/Quispe|1990-04-11")
	w.is(2, "Eva/Quispe|1990-04-11")
	w.look()
	w.wants(t, Undecided, "1+2: born_same identifier_same; first_other")
	w.must(w.book.Settle(ctx, one, other, Different, Word{By: "nurse Kim", At: now}))
	w.must(w.book.Doubts([]Doubt{{other, one}}))
	w.look()
	w.wants(t, Undecided)
	w.wants(t, Different, "1+2: born_same identifier_same; first_other")
}

func TestADoubtIsANewReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	defer w.close()
	one, other := w.is(1, "Ana/Quispe|1990-04-11"), w.is(2, "Ana/Quispe|1990-04-11")
	w.look()
	w.must(w.book.Settle(ctx, one, other, Different, Word{By: "nurse Kim", At: now}))
	w.must(w.book.Doubts([]Doubt{{other, one}}))
	w.look()
	w.wants(t, Undecided, "1+2: name_same born_same identifier_same")
}

func TestTwoNumbersOfOneSourceAreAgainstIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	defer w.close()
	for n := 1; n <= 4; n++ {
		w.numbers[whom(n)] = []likeness.Number{{System: "ward", Value: fmt.Sprint(n)}}
	}
	w.is(1, "Ana/Quispe|1990-04-11")
	w.is(2, "Ana/Quispe|1990-04-11")
	w.is(3, "Rosa/Mamani|1970-02-03||"+phone)
	w.is(4, "Rosa/Mamani|1970-02-03||"+phone)
	w.look()
	w.wants(t, Undecided, "3+4: name_same born_same phone_same; number_other")
}

func TestWhatTooManyShareIsNotComparedAndCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	defer w.close()
	home := func(n int) string { return fmt.Sprintf("Ana/Quispe|%d-01-02||%s", 1800+n, phone) } // the telephone of a home
	for n := range largest + 1 {
		w.is(n, home(n))
	}
	w.is(500, "Ana/Quispe|||"+phone)
	w.look()
	l, err := w.book.Pairs(ctx, Undecided, 10)
	if err != nil || l.Crowds != 1 || len(l.Pairs) != 0 || l.Waiting != 0 {
		t.Errorf("%+v, %v", l, err)
	}
	for n := range 60 {
		w.is(n, "")
	}
	w.is(500, "Ana/Quispe||female|"+phone)
	w.look()
	if l, err := w.book.Pairs(ctx, Undecided, 10); err != nil || l.Crowds != 1 || len(l.Pairs) != 0 {
		t.Errorf("nothing of what was found by changed: %+v, %v", l, err)
	}
	w.is(500, "Ana María/Quispe||female|"+phone)
	w.look()
	if l, err := w.book.Pairs(ctx, Undecided, 100); err != nil || l.Crowds != 0 || len(l.Pairs) != 41 {
		t.Errorf("%d pairs, %d crowds, %v", len(l.Pairs), l.Crowds, err)
	}
}

func TestStrangersOfACommonNameAreNotListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	defer w.close()
	for n := range namesakes {
		w.is(n, fmt.Sprintf("María/García|%d-01-01", 1000+n))
	}
	w.is(0, "María/García|1956-04-21") // a stranger
	w.is(1, "María/García|1956-04-21||"+phone)
	w.is(2, "María/García|1956-04-21||"+phone)
	w.look()
	w.wants(t, Undecided, "1+2: name_same born_same phone_same; name_common")
}

func TestOfWhoIsErasedNothingStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	defer w.close()
	one, other := w.is(1, "Ana/Quispe|1990-04-11"), w.is(2, "Ana/Quispe|1990-04-11")
	w.look()
	w.must(w.book.Settle(ctx, one, other, Different, Word{By: "nurse Kim", At: now}))
	w.must(w.keys.Erase(one))
	if l, err := w.book.Pairs(ctx, Different, 10); err != nil || len(l.Pairs) != 1 || l.Pairs[0].Word != nil {
		t.Errorf("%+v, %v", l, err)
	}
	w.must(w.book.Forget(one))
	w.wants(t, Different)
	if got := w.search(Query{Name: "ana"}); len(got) != 1 || got[0] != "2 written" {
		t.Errorf("%v", got)
	}
}

// A kill at any moment loses nobody who is to be compared.
func TestWhoIsToBeComparedIsAfterAKill(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	defer w.close()
	w.is(1, "Ana/Quispe|1990-04-11")
	w.is(2, "Ana/Quispe|1990-04-11")
	w.must(w.book.Flush())
	w.reopen()
	if _, err := w.book.Look(ctx, 1); err != nil {
		t.Fatal(err)
	}
	w.reopen()
	w.look()
	w.wants(t, Undecided, "1+2: name_same born_same")
}
