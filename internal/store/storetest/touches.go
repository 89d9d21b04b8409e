package storetest

import (
	"slices"
	"testing"

	"attune/core/id"
	"attune/internal/store"
)

func (s people) touches(t *testing.T) {
	st := s.store(t)
	ana, ben := id.Person{1, 2}, id.Person{3, 4}
	b := step(1, store.Row{Person: ana, Version: 1, Blob: []byte{1}}, store.Row{Person: ben, Version: 1, Blob: []byte{2}})
	low, high, last := id.Key{0x10, 1}, id.Key{0x90, 1}, id.Key{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 9}
	b.Touches = []store.Touch{{ID: high, Person: ben}, {ID: low, Person: ana}, {ID: last, Person: ana}, {ID: low, Person: ana}}
	commit(t, st, b)
	again := step(2, store.Row{Person: ben, Version: 2, Blob: []byte{3}})
	again.Touches = []store.Touch{{ID: low, Person: ben}} // it is there already
	commit(t, st, again)
	for _, c := range []struct {
		from, to uint64
		most     int
		want     []id.Person
	}{
		{0, 1<<64 - 1, 9, []id.Person{ana, ben, ana}},
		{0, 1<<64 - 1, 2, []id.Person{ana, ben}},
		{0x1001 << 48, 0x1001 << 48, 9, []id.Person{ana}},
		{0x90 << 56, 0x91<<56 - 1, 9, []id.Person{ben}},
		{0x20 << 56, 0x80 << 56, 9, nil},
		{1<<64 - 1, 1<<64 - 1, 9, []id.Person{ana}},
	} {
		if got, err := st.Touched(t.Context(), c.from, c.to, c.most); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("between %x and %x: %v, %v; want %v", c.from, c.to, got, err, c.want)
		}
	}
}
