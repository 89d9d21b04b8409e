package wall

import (
	"os"
	"path/filepath"
	"testing"
)

// TestLookAtThem writes posters to look at into the folder that ATTUNE_WALL_LOOK names.
func TestLookAtThem(t *testing.T) {
	folder := os.Getenv("ATTUNE_WALL_LOOK")
	if folder == "" {
		t.Skip("set ATTUNE_WALL_LOOK to a folder to look at the posters")
	}
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := filepath.Base(f[:len(f)-len(".json")])
		for _, s := range Sizes() {
			l := Lay(model(t, name), s)
			t.Log(name, s.Name, l.Warnings)
			pdf, err := PDF(l)
			if err != nil {
				t.Fatal(err)
			}
			put(t, filepath.Join(folder, name+"-"+s.Name+".pdf"), pdf)
			if s.Tiled() {
				continue
			}
			svg, err := SVG(l)
			if err != nil {
				t.Fatal(err)
			}
			put(t, filepath.Join(folder, name+"-"+s.Name+".svg"), svg)
			b, err := PNG(l, map[string]int{"a0": 75, "a1": 85, "a3": 150}[s.Name])
			if err != nil {
				t.Fatal(err)
			}
			put(t, filepath.Join(folder, name+"-"+s.Name+".png"), b)
		}
	}
}

func put(t *testing.T, file string, b []byte) {
	t.Helper()
	if err := os.WriteFile(file, b, 0o644); err != nil {
		t.Fatal(err)
	}
}
