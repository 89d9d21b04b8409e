package expr

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing wrong with an expression, worded for its author.
type Problem struct {
	// Offset is the byte of the source at which the problem starts.
	Offset int
	// What says what is wrong, Hint what to write instead; Hint may be empty.
	What, Hint string
	// Part names the part of an absence that Offset counts in: "absent", "where", "after",
	// "after_where" or "for". It is empty for all other expressions.
	Part string
}

// String is the problem on one line.
func (p Problem) String() string {
	s := fmt.Sprintf("%d: %s", p.Offset, p.What)
	if p.Part != "" {
		s = p.Part + ":" + s
	}
	if p.Hint != "" {
		s += " (" + p.Hint + ")"
	}
	return s
}

// inOrder sorts problems as they appear in the source and drops repetitions.
func inOrder(problems []Problem) []Problem {
	slices.SortStableFunc(problems, func(a, b Problem) int { return cmp.Compare(a.Offset, b.Offset) })
	return slices.Compact(problems)
}

// didYouMean proposes the known name nearest to what was written, and nothing when none is near.
func didYouMean(written string, known []string) string {
	if best := nearest(written, known); best != "" {
		return fmt.Sprintf("did you mean %s?", best)
	}
	return ""
}

func nearest(written string, known []string) string {
	best, least := "", 1+max(1, len(written)/3)
	for _, k := range known {
		if d := distance(strings.ToLower(written), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance counts the edits between two words: a letter more, less, other, or swapped with its
// neighbour.
func distance(a, b string) int {
	before, above, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			change := 1
			if a[i] == b[j] {
				change = 0
			}
			row[j+1] = min(above[j]+change, above[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(b)]
}

// oneOf lists names for a hint, as long as there are few enough to read.
func oneOf(names []string) string {
	if len(names) == 0 || len(names) > 8 {
		return ""
	}
	return "one of " + strings.Join(names, ", ")
}
