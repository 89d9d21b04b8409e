package docs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/internal/clinical"
)

// The table of what a record's entries tell is the code's own.
func TestTheMappingIsTheCodes(t *testing.T) {
	t.Parallel()
	const name = "docs/interop/import.md"
	const from, to = "from clinical.Table. -->\n", "<!-- end of the table -->\n"
	page := read(t, name)
	before, rest, ok := strings.Cut(page, from)
	_, after, ended := strings.Cut(rest, to)
	if !ok || !ended {
		t.Fatalf("%s has no place for the table", name)
	}
	var b strings.Builder
	b.WriteString("\n| resource | which | event | when it occurred | what it says |\n| --- | --- | --- | --- | --- |\n")
	for _, row := range clinical.Table() {
		fmt.Fprintf(&b, "| %s | %s | [`%s`](../reference/events.md#%s) | %s | %s |\n", row.Kind, row.When, row.Event, strings.NewReplacer(".", "").Replace(row.Event), row.At, row.Props)
	}
	want := before + from + b.String() + "\n" + to + after
	if *update {
		if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(name)), []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if page != want {
		t.Errorf("the table of %s is not the code's: go test ./docs -update writes it anew", name)
	}
}
