package config

import (
	"fmt"
	"strings"
)

// Problem is one thing that is wrong with the set-up.
type Problem struct {
	// File is the file it is in, or "environment".
	File string
	// Line and Column count from 1; they are 0 where there is no place to point at.
	Line, Column int
	// Field is its path in the file, such as "email.host", or the name of a variable.
	Field string
	// Wrong says what is wrong, and Hint what may have been meant; it can be empty.
	Wrong, Hint string
}

// Error writes "attune.yaml:4:3: email.hots: there is no such field; did you mean "host"?".
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
	}
	if p.Field != "" {
		b.WriteString(": " + p.Field)
	}
	b.WriteString(": " + p.Wrong)
	if p.Hint != "" {
		b.WriteString("; " + p.Hint)
	}
	return b.String()
}

// Problems are all things that are wrong, in the order of the file.
type Problems []Problem

// Error writes one problem on each line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// nearest finds what was probably meant: the same letters in another spelling (maxBacklog,
// max-backlog), or a few letters away. It returns nothing when nothing is near.
func nearest(v string, all []string) string {
	best, bestAt := "", 3
	for _, a := range all {
		x, y := letters(v), letters(a)
		// A short word is near fewer others.
		if d := distance(x, y); d < bestAt && d*3 <= max(len(x), len(y)) {
			best, bestAt = a, d
		}
	}
	return best
}

func letters(s string) string {
	if len(s) > 64 {
		s = s[:64]
	}
	return strings.NewReplacer("_", "", "-", "", " ", "", ".", "").Replace(strings.ToLower(s))
}

// distance counts the letters to insert, delete, replace or swap with their neighbour.
func distance(a, b string) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			differ := 1
			if a[i-1] == b[j-1] {
				differ = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+differ)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}
