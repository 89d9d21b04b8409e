package docs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/internal/audit"
)

// The page of verbs is what the code declares.
func TestAuditReference(t *testing.T) {
	t.Parallel()
	const page = "docs/reference/audit.md"
	var b strings.Builder
	b.WriteString("# What the audit log records\n\nMade from `internal/audit` by `go test ./docs -update`; a test keeps it current. [The audit log](../audit.md) tells the rest.\n\n| verb | sort | means |\n|---|---|---|\n")
	for _, v := range audit.Verbs() {
		b.WriteString("| `" + string(v.What) + "` | " + string(v.Sort) + " | " + v.Means + " |\n")
	}
	if *update {
		if err := os.WriteFile(filepath.Join(root, page), []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if read(t, page) != b.String() {
		t.Errorf("%s is not what is declared: run go test ./docs -update", page)
	}
}
