package config

import (
	"strings"
	"testing"
)

// However a file of the permitted size is made, it is refused or read. One that would keep the parser
// busy shows as a suite that does not end.
func TestHostileFilesComeToAnEnd(t *testing.T) {
	for _, unit := range []string{"[", "{", "- ", "{a: ", "? ", "&a ", "*a ", "!!str ", "a:\n ", "|\n", "\"", "'", "\n", "#", "a: b\n", "- a\n", "a: [b, ", "%", "---\n", "\t", ": ", "<<: ", "a\n", "\\", ">-\n a\n", ",", "]"} {
		src := strings.Repeat(unit, most/len(unit))
		t.Logf("%q again and again", unit)
		_, _ = Read(File, []byte(src), nil)
	}
}
