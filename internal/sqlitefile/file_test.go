package sqlitefile

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
)

func TestItRefusesUnsafeSQLite(t *testing.T) {
	for v, want := range map[string]bool{
		"3.51.2": false, "3.51.3": true, "3.53.4": true, "3.7.0": false, "4.0": true, "": false, "3.51": false, "x.y": false,
	} {
		if safeVersion(v) != want {
			t.Errorf("%q: %v", v, !want)
		}
	}
}

// A reader must get along with a writer that works, that has gone, and that was killed and left its
// write-ahead log behind.
func TestReadingWhateverBecameOfTheWriter(t *testing.T) {
	schema := fstest.MapFS{"0001_x.sql": {Data: []byte("CREATE TABLE x (n INTEGER);")}}
	dir := t.TempDir()
	path := filepath.Join(dir, "x.db")
	count := func(path string) (n int) {
		t.Helper()
		r, err := OpenFile(Config{Path: path, Migrations: schema, ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if err := r.Read.QueryRowContext(t.Context(), "SELECT count(*) FROM x").Scan(&n); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Read.ExecContext(t.Context(), "DELETE FROM x"); err == nil {
			t.Error("a reader may write")
		}
		return n
	}
	w, err := OpenFile(Config{Path: path, Migrations: schema})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write.ExecContext(t.Context(), "INSERT INTO x VALUES (1), (2)"); err != nil {
		t.Fatal(err)
	}
	if n := count(path); n != 2 {
		t.Errorf("beside the writer: %d rows", n)
	}
	// What a kill leaves: the file and its log, and nobody who has them open.
	left := filepath.Join(dir, "left.db")
	for _, suffix := range []string{"", "-wal"} {
		data, err := os.ReadFile(path + suffix)
		if err == nil {
			err = os.WriteFile(left+suffix, data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if n := count(left); n != 2 {
		t.Errorf("after a kill: %d rows", n)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if n := count(path); n != 2 {
		t.Errorf("after the writer closed: %d rows", n)
	}
}
