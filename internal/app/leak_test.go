package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// openFiles lists this process's open files within a folder.
func openFiles(t *testing.T, dir string) (files []string) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("this machine does not tell which files are open")
	}
	for _, e := range entries {
		if name, err := os.Readlink(filepath.Join("/proc/self/fd", e.Name())); err == nil && strings.HasPrefix(name, dir) {
			files = append(files, strings.TrimPrefix(name, dir))
		}
	}
	return files
}

func TestClosingLeavesNoFileOpen(t *testing.T) {
	w, dir := smallWorld(t)
	if err := w.Node.Close(); err != nil {
		t.Fatal(err)
	}
	if files := openFiles(t, dir); len(files) > 0 {
		t.Errorf("still open: %v", files)
	}
}
