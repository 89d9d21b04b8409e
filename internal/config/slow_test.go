package config

import (
	"strings"
	"testing"
	"time"
)

// However a file of the permitted size is made, it is refused or read at once.
func TestHostileFilesAreRefusedQuickly(t *testing.T) {
	for _, unit := range []string{"[", "{", "- ", "{a: ", "? ", "&a ", "*a ", "!!str ", "a:\n ", "|\n", "\"", "'", "\n", "#", "a: b\n", "- a\n", "a: [b, ", "%", "---\n", "\t", ": ", "<<: ", "a\n", "\\", ">-\n a\n", ",", "]"} {
		src := strings.Repeat(unit, most/len(unit))
		start := time.Now()
		_, _ = Read(File, []byte(src), nil)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%q again and again takes %v", unit, took)
		}
	}
}
