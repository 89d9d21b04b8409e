package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

func TestLearnAndModelsAskForAFolderThatWasUsed(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"learn"}, {"learn", "--look"}, {"models"}} {
		var out, complaint bytes.Buffer
		code := run(t.Context(), append(args, "--data", filepath.Join(t.TempDir(), "none")), streams{&out, &complaint})
		if code != 1 || !strings.Contains(complaint.String(), "--data") || out.Len() > 0 {
			t.Errorf("attune %v: exit %d\n%s%s", args, code, out.String(), complaint.String())
		}
	}
}
