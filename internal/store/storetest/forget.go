package storetest

import (
	"testing"

	"attune/core/id"
	"attune/internal/store"
)

func (s people) forget(t *testing.T) {
	st := s.store(t)
	ana, ben, part := id.Person{1, 2}, id.Person{3, 4}, id.Person{5, 6}
	b := step(1, store.Row{Person: ana, Version: 1, Blob: []byte{1}}, store.Row{Person: ben, Version: 1, Blob: []byte{2}})
	b.Touches = []store.Touch{{ID: id.Key{1}, Person: ana}, {ID: id.Key{2}, Person: ben}}
	b.Forwards = []store.Forward{{From: part, To: ana}}
	b.Tallies = []store.Tally{{Key: "people", Add: 2}}
	commit(t, st, b)
	for range 2 { // again is harmless
		if err := st.Forget(t.Context(), []id.Person{ana, {9}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := st.Forget(t.Context(), nil, []store.Tally{{Key: "people", Add: -1}}); err != nil {
		t.Fatal(err)
	}
	s.at(t, st, mark(1))
	s.holds(t, st, b.Rows[1])
	touched, err := st.Touched(t.Context(), 0, 1<<64-1, 9)
	if err != nil || len(touched) != 1 || touched[0] != ben {
		t.Errorf("touches are of %v, %v", touched, err)
	}
	if forwards, err := st.Forwards(t.Context()); err != nil || len(forwards) != 0 {
		t.Errorf("forwards are %v, %v", forwards, err)
	}
	if tallies, err := st.Tallies(t.Context(), ""); err != nil || len(tallies) != 1 || tallies[0].Add != 1 {
		t.Errorf("counters are %v, %v", tallies, err)
	}
	commit(t, st, step(2, store.Row{Person: ben, Version: 2, Blob: []byte{3}}))
}
