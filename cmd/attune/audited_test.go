package main

import (
	"maps"
	"slices"
	"testing"

	"github.com/alecthomas/kong"
)

// A command that is added says what it is recorded as, or why not.
func TestEveryCommandSaysWhatItIsRecordedAs(t *testing.T) {
	t.Parallel()
	var cli commands
	parser, err := kong.New(&cli)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, leaf := range parser.Model.Leaves(false) {
		names = append(names, place(leaf))
	}
	slices.Sort(names)
	names = slices.Compact(names)
	all := audited()
	for _, name := range names {
		r, declared := all[name]
		if !declared {
			t.Errorf("attune %s is not declared in audited.go", name)
			continue
		}
		said := 0
		for _, is := range []bool{r.what != "", r.elsewhere != "", r.free != ""} {
			if is {
				said++
			}
		}
		if said != 1 || r.what != "" && !r.what.Known() {
			t.Errorf("attune %s is declared as %+v", name, r)
		}
	}
	for name := range maps.Keys(all) {
		if !slices.Contains(names, name) {
			t.Errorf("attune %s is declared, and there is no such command", name)
		}
	}
}
