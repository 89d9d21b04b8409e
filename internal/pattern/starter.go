package pattern

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"attune/core/form"
	"attune/internal/programdir"
)

// Starter is a program to begin from: its files, with nothing approved, and what was left out of them.
type Starter struct {
	Program string `json:"program"`
	// Hash is that of the program it was made from.
	Hash  string            `json:"hash"`
	Files map[string]string `json:"files"`
	Left  []string          `json:"left_out"`
}

// The limits of a starter.
const (
	maxStarters = 100
	maxFiles    = 2000
	maxPath     = 200
	maxText     = 1 << 20
	maxLeft     = 4000
)

// Starter is the one of that program; nil where there is none.
func (f *File) Starter(program string) *Starter {
	for i := range f.Starters {
		if f.Starters[i].Program == program {
			return &f.Starters[i]
		}
	}
	return nil
}

// checkStarters refuses programs that no export writes: their files are written to disks under their names.
func (f *File) checkStarters() *Flaw {
	if len(f.Starters) > maxStarters {
		return &Flaw{"starters", "there are too many", askAgain}
	}
	for i := range f.Starters {
		if is := f.Starters[i].check(); is != "" {
			return &Flaw{fmt.Sprintf("starters[%d]", i), is, askAgain}
		}
		if i > 0 && f.Starters[i-1].Program >= f.Starters[i].Program {
			return &Flaw{fmt.Sprintf("starters[%d]", i), "it is there twice, or out of order", askAgain}
		}
	}
	return nil
}

func (s *Starter) check() string {
	switch {
	case !form.IsName(s.Program) || len(s.Program) > maxName:
		return "the program has no id"
	case !isHash.MatchString(s.Hash):
		return "the hash is no SHA-256"
	case len(s.Files) == 0 || len(s.Files) > maxFiles:
		return "it has no files, or too many"
	case s.Left == nil || len(s.Left) > maxLeft:
		return "what was left out is missing, or too much"
	}
	for _, left := range s.Left {
		if !plainText(left) {
			return "what was left out has characters that cannot be shown, or is too long"
		}
	}
	for _, path := range slices.Sorted(maps.Keys(s.Files)) {
		switch text := s.Files[path]; {
		case len(path) > maxPath || !fs.ValidPath(path) || strings.Contains(path, "\\") || strings.Contains(path, "/.") || !plainText(path) || !programdir.StarterFile(path):
			return "a file has a name that no starter's file has"
		case len(text) > maxText || !utf8.ValidString(text):
			return path + " is too large, or no text"
		case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' }):
			return path + " has characters that cannot be shown"
		}
	}
	return ""
}
