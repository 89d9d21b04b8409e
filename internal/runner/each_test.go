package runner

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"attune/core/id"
)

func TestEachCallsEveryIndexOnce(t *testing.T) {
	for _, n := range []int{0, 1, perTurn, perTurn + 1, 1000} {
		calls := make([]atomic.Int32, n)
		if err := each(n, func(i int) error { calls[i].Add(1); return nil }); err != nil {
			t.Fatal(err)
		}
		for i := range calls {
			if c := calls[i].Load(); c != 1 {
				t.Errorf("of %d, %d was called %d times", n, i, c)
			}
		}
	}
}

// The error is the same on every machine, however the work was shared out.
func TestEachReturnsTheErrorOfTheLowestIndex(t *testing.T) {
	for range 50 {
		err := each(1000, func(i int) error {
			if i%300 == 150 {
				return fmt.Errorf("index %d: %w", i, errors.ErrUnsupported)
			}
			return nil
		})
		if err == nil || err.Error() != "index 150: unsupported operation" {
			t.Fatal(err)
		}
	}
}

func TestStatesForgetWhoWasNotSteppedLately(t *testing.T) {
	c := states{most: 3 * (perState + 10)}
	who := func(i int) id.Person { return id.Person{byte(i)} }
	c.put(who(0), 1, make([]byte, 10))
	for i := range 20 {
		c.put(who(1+i), uint64(i), make([]byte, 10))
		if i%2 == 0 {
			c.put(who(0), uint64(i), make([]byte, 10))
		}
	}
	if s, ok := c.get(who(0)); !ok || s.version != 18 {
		t.Errorf("somebody active is forgotten: %v, version %d", ok, s.version)
	}
	if _, ok := c.get(who(1)); ok {
		t.Error("somebody from long ago is remembered")
	}
	if n := len(c.young) + len(c.old); n > 7 {
		t.Errorf("%d are remembered where six or seven fit", n)
	}
}
