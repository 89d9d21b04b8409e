package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// What a command does, the API does: docs/reference/parity.md has a line for each command that there is, with the operations that do the
// same, or why it is of the machine alone. A command or an operation that nobody thought of is missed here.
func TestWhatCommandsDoTheAPIDoes(t *testing.T) {
	t.Parallel()
	var cli commands
	parser, err := kong.New(&cli, kong.Name("attune"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../docs/reference/parity.md")
	if err != nil {
		t.Fatal(err)
	}
	contract, err := os.ReadFile("../../internal/api/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	operations := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^ +operationId: (\w+)$`).FindAllStringSubmatch(string(contract), -1) {
		operations[m[1]] = false
	}
	lines := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| (?:`attune ([a-z -]+)`|) \\| (.+) \\|$").FindAllStringSubmatch(string(text), -1) {
		if lines[m[1]] != "" {
			t.Errorf("attune %s has two lines", m[1])
		}
		lines[m[1]] = m[2]
	}
	alone := 0
	for _, leaf := range parser.Model.Leaves(true) {
		name := strings.TrimPrefix(leaf.Path(), "attune ")
		if i := strings.IndexAny(name, "<["); i >= 0 {
			name = name[:i]
		}
		name = strings.TrimSpace(name)
		line, there := lines[name]
		delete(lines, name)
		if !there {
			t.Errorf("the command attune %s has no line in docs/reference/parity.md: name the operations that do the same, or add the operation, or write why it is of the machine alone", name)
			continue
		}
		named := regexp.MustCompile("`([a-z]\\w+)`").FindAllStringSubmatch(line, -1)
		if len(named) == 0 {
			if alone++; !strings.HasPrefix(line, "of the machine: ") {
				t.Errorf("attune %s names no operation; if it is of the machine alone, its line says why: of the machine: …", name)
			}
		}
		for _, m := range named {
			if _, is := operations[m[1]]; !is {
				t.Errorf("attune %s: there is no operation %s", name, m[1])
			}
			operations[m[1]] = true
		}
	}
	for name, line := range lines {
		if name == "" { // what only the API does
			for _, m := range regexp.MustCompile("`([a-z]\\w+)`").FindAllStringSubmatch(line, -1) {
				operations[m[1]] = true
			}
			continue
		}
		t.Errorf("docs/reference/parity.md has a line for attune %s, which there is not", name)
	}
	var unnamed []string
	for name, is := range operations {
		if !is {
			unnamed = append(unnamed, name)
		}
	}
	if slices.Sort(unnamed); len(unnamed) > 0 {
		t.Errorf("docs/reference/parity.md does not name the operations %v: which command does the same? Name those that none does in the last line", unnamed)
	}
	if alone > 6 {
		t.Errorf("%d commands are of the machine alone", alone)
	}
}
