package backup_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"attune/internal/backup"
	"attune/internal/sqlitefile"
)

// folder makes something to copy: a database that is open, a folder of lines, and keys.
func folder(t *testing.T) (string, *sql.DB) {
	t.Helper()
	dir := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(dir, "lines"), 0o700))
	must(t, os.MkdirAll(filepath.Join(dir, "keys"), 0o700))
	must(t, os.WriteFile(filepath.Join(dir, "lines", "1.jsonl"), []byte("{}\n{\"half"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "keys", "key"), []byte("secret"), 0o600))
	db, err := sqlitefile.Open(t.Context(), filepath.Join(dir, "a.db"), false)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	_, err = db.ExecContext(t.Context(), `CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (7)`)
	must(t, err)
	return dir, db
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func job(t *testing.T, data string) backup.Job {
	t.Helper()
	return backup.Job{
		Data: data, KeysIn: "keys", To: filepath.Join(t.TempDir(), "backup"), Keys: filepath.Join(t.TempDir(), "keys"), Order: []string{"lines", "a.db", "none"},
		Check: func(context.Context, string) error { return nil }, Now: time.Now,
	}
}

func TestWhatIsPutBackIsWhatWasTaken(t *testing.T) {
	t.Parallel()
	data, db := folder(t)
	j := job(t, data)
	m, err := backup.Take(t.Context(), j)
	must(t, err)
	if len(m.Files) != 2 {
		t.Errorf("it has %v", m.Files)
	}
	_, err = db.ExecContext(t.Context(), `UPDATE t SET n = 8`)
	must(t, err)
	to := filepath.Join(t.TempDir(), "new")
	_, err = backup.Put(j.To, j.Keys, to, "keys")
	must(t, err)
	again, err := sqlitefile.Open(t.Context(), filepath.Join(to, "a.db"), true)
	must(t, err)
	defer again.Close()
	var n int
	must(t, again.QueryRowContext(t.Context(), `SELECT n FROM t`).Scan(&n))
	lines, err := os.ReadFile(filepath.Join(to, "lines", "1.jsonl"))
	must(t, err)
	key, err := os.ReadFile(filepath.Join(to, "keys", "key"))
	if err != nil || n != 7 || string(lines) != "{}\n" || string(key) != "secret" {
		t.Errorf("%d, %q, %q, %v", n, lines, key, err)
	}
	if _, err := backup.Put(j.To, j.Keys, to, "keys"); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("it restores over something: %v", err)
	}
	if _, err := backup.Take(t.Context(), j); err == nil || !strings.Contains(err.Error(), "there already") {
		t.Errorf("it overwrites a backup: %v", err)
	}
}

func TestABackupThatIsNotWhatItWasIsRefused(t *testing.T) {
	t.Parallel()
	data, _ := folder(t)
	for name, x := range map[string]struct {
		harm func(j *backup.Job)
		says string
	}{
		"a changed byte": {func(j *backup.Job) {
			path := filepath.Join(j.To, "data", "a.db")
			b, err := os.ReadFile(path)
			must(t, err)
			b[len(b)/2] ^= 1
			must(t, os.WriteFile(path, b, 0o600))
		}, "is not what it was"},
		"a file less": {func(j *backup.Job) { must(t, os.Remove(filepath.Join(j.To, "data", "lines", "1.jsonl"))) }, "damaged"},
		"a file more": {func(j *backup.Job) { must(t, os.WriteFile(filepath.Join(j.To, "data", "x"), nil, 0o600)) }, "put there later"},
		"no manifest": {func(j *backup.Job) { must(t, os.Remove(filepath.Join(j.To, "manifest.json"))) }, "not finished"},
		"other keys": {func(j *backup.Job) {
			k := job(t, data)
			_, err := backup.Take(t.Context(), k)
			must(t, err)
			j.Keys = k.Keys
		}, "another backup"},
		"keys of nothing": {func(j *backup.Job) { must(t, os.WriteFile(j.Keys, []byte("no tar at all, but long enough"), 0o600)) }, "does not hold the keys"},
	} {
		j := job(t, data)
		_, err := backup.Take(t.Context(), j)
		must(t, err)
		x.harm(&j)
		to := filepath.Join(t.TempDir(), "new")
		if _, err := backup.Put(j.To, j.Keys, to, "keys"); err == nil || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatNobodyCanRestoreIsNotLeft(t *testing.T) {
	t.Parallel()
	data, _ := folder(t)
	j := job(t, data)
	j.Keys = filepath.Join(j.To, "keys")
	if _, err := backup.Take(t.Context(), j); err == nil || !strings.Contains(err.Error(), "kept apart") {
		t.Errorf("keys beside the data: %v", err)
	}
	j = job(t, data)
	tries := 0
	j.Check = func(context.Context, string) error { tries++; return errors.New("no") }
	if _, err := backup.Take(t.Context(), j); err == nil || tries < 2 {
		t.Errorf("copies that do not belong together: %v after %d", err, tries)
	}
	if _, err := os.Stat(j.To); err == nil {
		t.Error("a backup that failed is left")
	}
	must(t, os.WriteFile(filepath.Join(data, "stranger"), nil, 0o600))
	if _, err := backup.Take(t.Context(), job(t, data)); err == nil || !strings.Contains(err.Error(), "stranger") {
		t.Errorf("a file of which nobody knows: %v", err)
	}
}

func FuzzParseManifest(f *testing.F) {
	f.Add([]byte(`{"version":1,"id":"x","made":"2027-03-01T09:00:00Z","files":[{"path":"a/b","size":1,"sha256":"00"}]}`))
	f.Add([]byte(`{"version":1,"id":"x","made":"2027-03-01T09:00:00Z","files":[{"path":"../b"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := backup.ParseManifest(text)
		if err != nil {
			return
		}
		for _, x := range m.Files {
			if rel, err := filepath.Rel("/in", filepath.Join("/in", x.Path)); err != nil || strings.HasPrefix(rel, "..") {
				t.Fatalf("%q leads out of the folder", x.Path)
			}
		}
	})
}
