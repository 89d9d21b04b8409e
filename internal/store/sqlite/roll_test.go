package sqlite

import (
	"testing"

	"attune/core/instant"
	"attune/internal/store"
	"attune/internal/store/storetest"
)

// What is remembered of the newest frames is bounded, and what is not remembered is read.
func TestTailWithMoreThanIsRemembered(t *testing.T) {
	dir := t.TempDir()
	h := mustHistory(t, dir, Config{Durability: Relaxed})
	const frames = 40
	for n := int64(1); n <= frames; n++ {
		f := store.Frame{Number: n, Log: n, At: instant.Time(n), Entries: []store.FrameEntry{
			{Person: storetest.Person(1), Body: []byte{byte(n)}}, {Person: storetest.Person(2), Body: make([]byte, 2<<20)},
		}}
		if err := h.Append(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(h.kept.frames); n == 0 || n >= frames || h.kept.bytes > newestBytes {
		t.Errorf("%d frames are remembered, %d bytes", n, h.kept.bytes)
	}
	check := func(h *History, after int64) {
		t.Helper()
		next := after
		err := h.Tail(t.Context(), storetest.Person(1), after, func(frame int64, at instant.Time, body []byte) error {
			if next++; frame != next || at != instant.Time(next) || body[0] != byte(next) {
				t.Errorf("frame %d at %d instead of %d", frame, at, next)
			}
			return nil
		})
		if err != nil || next != frames {
			t.Errorf("read up to %d, %v", next, err)
		}
	}
	check(h, 0)
	check(h, frames-3)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h = mustHistory(t, dir, Config{})
	defer h.Close()
	for _, after := range []int64{30, 10, 0, 35, 0} { // looked for in any order
		check(h, after)
	}
}

func TestRollsAreBounded(t *testing.T) {
	var s rolls
	page := func(from, n int64) (page []roll) {
		for i := range n {
			page = append(page, roll{from + i, make([]byte, rollBytes/64)})
		}
		return page
	}
	s.keep(page(100, 10))
	s.keep(page(50, 10)) // not next to what there is
	s.keep(page(90, 10))
	s.keep(page(110, 10))
	if known, _ := s.after(89); len(known) != 30 || known[0].number != 90 {
		t.Errorf("%d rolls are known", len(known))
	}
	if known, missing := s.after(79); known != nil || missing != 10 {
		t.Errorf("%d rolls are known, %d to read", len(known), missing)
	}
	s.keep(page(120, 200))
	if known, _ := s.after(256); len(known) != 63 || s.people > rollBytes || s.kept[0].number != 256 {
		t.Errorf("%d rolls are known, %d bytes from %d on", len(known), s.people, s.kept[0].number)
	}
}
