package wall

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden posters anew")

// model reads one of testdata.
func model(t testing.TB, name string) Model {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var m Model
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		t.Fatal(err)
	}
	return m
}

func size(t testing.TB, name string) Size {
	t.Helper()
	s, err := SizeOf(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// golden holds something against its file.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is drawn differently: look at it, and if that is meant, run go test ./internal/wall -update", file)
	}
}

func TestTheRheumatoidMapIsDrawnAsBefore(t *testing.T) {
	t.Parallel()
	l := Lay(model(t, "rheumatoid"), size(t, "a0"))
	for _, w := range l.Warnings {
		t.Log(w)
	}
	b, err := SVG(l)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "rheumatoid-a0.svg", b)
}
