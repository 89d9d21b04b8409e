package draft

import (
	"maps"
	"slices"
	"testing"
)

func TestFilesOfTwoArePutTogether(t *testing.T) {
	t.Parallel()
	type files = map[string]string
	for _, c := range []struct {
		name               string
		base, mine, theirs files
		is                 files
		conflicts          []string
	}{
		{"each changed another file", files{"a": "1", "b": "1"}, files{"a": "2", "b": "1"}, files{"a": "1", "b": "3"}, files{"a": "2", "b": "3"}, nil},
		{"both did the same", files{"a": "1"}, files{"a": "2"}, files{"a": "2"}, files{"a": "2"}, nil},
		{"both changed one", files{"a": "1"}, files{"a": "2"}, files{"a": "3"}, files{"a": "2"}, []string{"a"}},
		{"new ones of each", files{}, files{"a": "1"}, files{"b": "1"}, files{"a": "1", "b": "1"}, nil},
		{"mine took one away", files{"a": "1", "b": "1"}, files{"b": "1"}, files{"a": "1", "b": "1"}, files{"b": "1"}, nil},
		{"theirs took one away", files{"a": "1"}, files{"a": "1"}, files{}, files{}, nil},
		{"one took away what the other changed", files{"a": "1"}, files{}, files{"a": "2"}, files{}, []string{"a"}},
	} {
		is, conflicts := Merge(c.base, c.mine, c.theirs)
		if !maps.Equal(is, c.is) || !slices.Equal(conflicts, c.conflicts) {
			t.Errorf("%s: %v %v", c.name, is, conflicts)
		}
	}
}
