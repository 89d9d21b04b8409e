package history

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"attune/core/id"
	"attune/core/instant"
)

// Everybody tells what Of tells, up to the frame it was asked for: with and without chunks, in groups of any
// size, asked by several at once in any order, and while the compactor takes frames away under it.
func TestEverybodyTellsWhatOfTells(t *testing.T) {
	t.Parallel()
	const cast = 30
	r := rand.New(rand.NewPCG(5, 8))
	dir := t.TempDir()
	keys, f := openKeys(t, dir, cast), openFiles(t, dir)
	h := New(f.frames, f.chunks, keys)
	var people []id.Person
	for n := range cast {
		people = append(people, someone(n))
	}
	write := func(from, to int64) {
		for n := from; n <= to; n++ {
			appendTo(t, h, frameOf(t, keys, n, instant.Time(n), draw(r, cast)))
		}
	}
	write(1, 20)
	check := func(what string, e *Everybody, last int64) {
		t.Helper()
		var group sync.WaitGroup
		for half := range 2 {
			group.Go(func() {
				for n := half; n < cast; n += 2 {
					want := slices.DeleteFunc(told(t, h, n), func(line string) bool {
						var frame int64
						_, _ = fmt.Sscan(line, &frame)
						return frame > last
					})
					var got []string
					err := e.Of(context.Background(), someone(n), func(frame int64, at instant.Time, record []byte) error {
						got = append(got, fmt.Sprintf("%d %d %x", frame, at, record))
						return nil
					})
					if err != nil || !slices.Equal(got, want) {
						t.Errorf("%s, person %d: %d lines instead of %d, %v", what, n, len(got), len(want), err)
					}
				}
			})
		}
		group.Wait()
	}
	for _, most := range []int{1, 5_000, 1 << 30} {
		e, err := New(f.frames, nil, keys).everybody(t.Context(), people, 20, most)
		if err != nil {
			t.Fatal(err)
		}
		check(fmt.Sprintf("without chunks, groups of %d bytes", most), e, 20)
	}
	before, err := h.everybody(t.Context(), people, 17, 3_000)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	write(21, 30)
	check("compacted after it was prepared", before, 17)
	after, err := h.Everybody(t.Context(), people, 30)
	if err != nil {
		t.Fatal(err)
	}
	check("chunks and frames", after, 30)
	if err := after.Of(t.Context(), id.Person{99}, nil); err == nil || !strings.Contains(err.Error(), "not among those") {
		t.Error(err)
	}
}
