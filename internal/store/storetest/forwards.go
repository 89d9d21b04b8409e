package storetest

import (
	"slices"
	"testing"

	"attune/core/id"
	"attune/internal/store"
)

func (s people) forwards(t *testing.T) {
	st := s.store(t)
	is := func(want ...store.Forward) {
		t.Helper()
		if got, err := st.Forwards(t.Context()); err != nil || !slices.Equal(got, want) {
			t.Errorf("forwards are %v, %v; want %v", got, err, want)
		}
	}
	is()
	low, high, one, other := id.Person{0, 9}, id.Person{0x70, 1}, id.Person{0x30, 3}, id.Person{0x40, 4}
	first := step(1, store.Row{Person: low, Version: 1, Blob: []byte{1}})
	first.Forwards = []store.Forward{{From: high, To: one}, {From: low, To: one}}
	commit(t, st, first)
	is(store.Forward{From: low, To: one}, store.Forward{From: high, To: one})
	second := step(2, store.Row{Person: low, Version: 2, Blob: []byte{2}})
	second.Forwards = []store.Forward{{From: high}, {From: high, To: other}, {From: low}, {From: one}}
	commit(t, st, second)
	is(store.Forward{From: high, To: other})
}
