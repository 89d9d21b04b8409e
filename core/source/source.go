// Package source is the text of a program as it was written: a tree of values that know the file,
// line and column they stand at, and the problems found in them.
//
// It reads no files and knows no syntax; whoever parses YAML or JSON builds the tree. Everything that
// compiles a program reports through [Problems], many at once, each with a place and what to do.
package source

import (
	"fmt"
	"slices"
	"strings"
)

// Pos is a place in a program's folder. Lines and columns count from 1; zero means the whole file.
type Pos struct {
	File         string `json:"file"`
	Line, Column int    `json:"-"`
}

// String writes file:line:column, as compilers do.
func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Kind is the shape of a node.
type Kind uint8

// The shapes.
const (
	Null Kind = iota
	Scalar
	List
	Map
)

// Node is one value of the text.
type Node struct {
	Pos  Pos
	Kind Kind
	// Text is a scalar as written, without quotes; Quoted tells that it had some.
	Text   string
	Quoted bool
	Items  []*Node
	Fields []Field
}

// Field is one entry of a map, in the order written.
type Field struct {
	Name  string
	Pos   Pos
	Value *Node
}

// Get returns the value under the name, or nil.
func (n *Node) Get(name string) *Node {
	if n == nil {
		return nil
	}
	for _, f := range n.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	return nil
}

// Problem is one thing wrong with a program.
type Problem struct {
	Pos  Pos
	What string
	// Hint says what to type instead; empty where there is nothing to suggest.
	Hint string
}

// String writes the problem as one line.
func (p Problem) String() string {
	s := p.Pos.String() + ": " + p.What
	if p.Hint != "" {
		s += "; " + p.Hint
	}
	return s
}

// Problems gathers what is wrong, so that a team sees all of it at once.
type Problems struct{ list []Problem }

// Add notes a problem.
func (p *Problems) Add(at Pos, hint, format string, args ...any) {
	p.list = append(p.list, Problem{at, fmt.Sprintf(format, args...), hint})
}

// List returns the problems sorted by place.
func (p *Problems) List() []Problem {
	slices.SortStableFunc(p.list, func(a, b Problem) int {
		if c := strings.Compare(a.Pos.File, b.Pos.File); c != 0 {
			return c
		}
		if a.Pos.Line != b.Pos.Line {
			return a.Pos.Line - b.Pos.Line
		}
		return a.Pos.Column - b.Pos.Column
	})
	return p.list
}

// Empty tells that nothing is wrong.
func (p *Problems) Empty() bool { return len(p.list) == 0 }

// Suggest says which of the known names was probably meant, or which there are.
func Suggest(wrong string, known []string) string {
	if best := Nearest(wrong, known); best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	if len(known) == 0 || len(known) > 12 {
		return ""
	}
	return "known are " + strings.Join(known, ", ")
}

// Nearest returns the known name closest to the wrong one, or "" when none is close.
func Nearest(wrong string, known []string) string {
	best, at := "", max(1, len(wrong)/3)+1
	for _, k := range known {
		if d := distance(wrong, k); d < at {
			best, at = k, d
		}
	}
	return best
}

// distance is the number of letters to add, drop, change or swap with a neighbour (optimal string
// alignment; Damerau 1964).
func distance(a, b string) int {
	two, one, now := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range one {
		one[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			now[j] = min(one[j]+1, now[j-1]+1, one[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], two[j-2]+1)
			}
		}
		two, one, now = one, now, two
	}
	return one[len(b)]
}
