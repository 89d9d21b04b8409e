package draft

import (
	"maps"
	"slices"
)

// Merge puts two versions of files together that began as the same: each file is taken from whoever changed it. What both changed, and not
// alike, are conflicts, by name and in order; there mine stays.
func Merge(base, mine, theirs map[string]string) (out map[string]string, conflicts []string) {
	out = map[string]string{}
	names := map[string]bool{}
	for _, m := range []map[string]string{base, mine, theirs} {
		for name := range m {
			names[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		b, inBase := base[name]
		m, inMine := mine[name]
		t, inTheirs := theirs[name]
		take, is := m, inMine
		switch {
		case inMine == inTheirs && m == t:
		case inMine == inBase && m == b:
			take, is = t, inTheirs
		case inTheirs == inBase && t == b:
		default:
			conflicts = append(conflicts, name)
		}
		if is {
			out[name] = take
		}
	}
	return out, conflicts
}
