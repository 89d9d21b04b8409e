package disclose

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A cohort that is kept is the same when it is read, and what is no cohort is refused.
func TestACohortIsKeptAsItIs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := CohortOf(rapid.SliceOf(rapid.Uint32Range(0, 1<<31)).Draw(t, "cases"))
		b, err := c.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var read Cohort
		if err := read.UnmarshalBinary(b); err != nil || read.Len() != c.Len() || !slices.Equal(read.runs, c.runs) {
			t.Fatalf("%v is read as %v, %v", c, read, err)
		}
		if len(b) > 0 {
			if err := read.UnmarshalBinary(b[:len(b)-1]); err == nil && slices.Equal(read.runs, c.runs) {
				t.Fatal("a part is read as the whole")
			}
		}
	})
	for _, wrong := range [][]byte{{1}, {1, 0}, {0x80}, {1, 2, 3}, {1, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}} {
		if err := new(Cohort).UnmarshalBinary(wrong); err == nil {
			t.Errorf("%v is read", wrong)
		}
	}
}
