package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"modernc.org/sqlite"

	"attune/internal/sqlitefile"
)

// version is that of the manifest.
const version = 1

const (
	manifestName = "manifest.json"
	dataName     = "data"
	keysMark     = "backup" // in the file with the keys: of which backup they are
)

// Manifest says what a backup holds.
type Manifest struct {
	Version int    `json:"version"`
	ID      string `json:"id"`
	// Made is when the copy was begun: what was done later is not in it.
	Made  time.Time `json:"made"`
	Files []File    `json:"files"`
}

// File is one file, by its path in the data folder, with slashes.
type File struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Job says what to copy and where.
type Job struct {
	// Data is the folder, and KeysIn the one in it that holds the keys.
	Data, KeysIn string
	// To is the backup's folder, and Keys the file that the keys go into. Neither may be there.
	To, Keys string
	// Order are the names of the files and folders in Data, in the order in which they are copied. Those that are not there
	// are passed over; one that is there and not named is an error. Ignored ones are no part of a backup.
	Order, Ignored []string
	// Check looks whether the copies in a folder belong together. When they do not, they are made again.
	Check func(ctx context.Context, data string) error
	Now   func() time.Time
}

// tries is how often copies are made that turn out not to belong together.
const tries = 5

// Take makes a backup.
func Take(ctx context.Context, j Job) (m *Manifest, err error) {
	if err := j.named(); err != nil {
		return nil, err
	}
	for _, path := range []string{j.To, j.Keys} {
		if _, err := os.Stat(path); err == nil || !errors.Is(err, fs.ErrNotExist) {
			return nil, errors.Join(fmt.Errorf("%s is there already: name one that is not", path), err)
		}
	}
	if within(j.Keys, j.To) || within(j.To, j.Data) || within(j.Keys, j.Data) {
		return nil, errors.New("the backup, its keys and the data folder are kept apart: name three places of which none is in another")
	}
	if err := os.MkdirAll(j.To, 0o700); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(j.To)) // it was not there before
		}
	}()
	m = &Manifest{Version: version, ID: newID()}
	into := filepath.Join(j.To, dataName)
	for n := 1; ; n++ {
		m.Made = j.Now().UTC()
		if err := j.copyAll(ctx, into); err != nil {
			return nil, err
		}
		if err = j.Check(ctx, into); err == nil {
			break
		}
		if n == tries {
			return nil, fmt.Errorf("the copies do not belong together: %w", err)
		}
		if err := os.RemoveAll(into); err != nil {
			return nil, err
		}
	}
	// The keys come last: everybody who is in the data has one by then.
	if err := j.writeKeys(m.ID); err != nil {
		return nil, err
	}
	if m.Files, err = filesIn(into); err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, err
	}
	return m, writeNew(filepath.Join(j.To, manifestName), bytes.NewReader(append(text, '\n')))
}

func within(path, dir string) bool {
	a, err := filepath.Abs(path)
	b, err2 := filepath.Abs(dir)
	if err != nil || err2 != nil {
		return true
	}
	return a == b || strings.HasPrefix(a, b+string(filepath.Separator))
}

func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program instead
	return hex.EncodeToString(b[:])
}

// named refuses a folder in which there is something of which nobody said when to copy it.
func (j *Job) named() error {
	found, err := os.ReadDir(j.Data)
	if err != nil {
		return err
	}
	for _, f := range found {
		name := strings.TrimSuffix(strings.TrimSuffix(f.Name(), "-wal"), "-shm")
		if name != j.KeysIn && !strings.HasPrefix(name, ".") && !slices.Contains(j.Order, name) && !slices.Contains(j.Ignored, name) {
			return fmt.Errorf("%s has a file %s that is none of Attune's: move it elsewhere", j.Data, f.Name())
		}
	}
	return nil
}

// copyAll copies each thing in its order. Of databases it is first noted, in the same order, as of when; they are copied once
// that is done for all, however long it takes.
func (j *Job) copyAll(ctx context.Context, into string) (err error) {
	if err := os.MkdirAll(into, 0o700); err != nil {
		return err
	}
	var open []*snapshot
	defer func() {
		for _, s := range open {
			err = errors.Join(err, s.close())
		}
	}()
	for _, name := range j.Order {
		from := filepath.Join(j.Data, name)
		info, err := os.Stat(from)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		switch {
		case strings.HasSuffix(name, ".db"):
			s, err := snap(ctx, from)
			if err != nil {
				return fmt.Errorf("copy %s: %w", name, err)
			}
			open = append(open, s)
		case info.IsDir():
			err = copyDir(from, filepath.Join(into, name))
		default:
			err = copyFile(from, filepath.Join(into, name))
		}
		if err != nil {
			return fmt.Errorf("copy %s: %w", name, err)
		}
	}
	for _, s := range open {
		if err := s.copyTo(filepath.Join(into, filepath.Base(s.path))); err != nil {
			return fmt.Errorf("copy %s: %w", filepath.Base(s.path), err)
		}
	}
	return nil
}

// snapshot is a database as of a moment: what is written later is not seen.
type snapshot struct {
	path string
	db   *sql.DB
	conn *sql.Conn
}

func snap(ctx context.Context, path string) (_ *snapshot, err error) {
	s := &snapshot{path: path}
	if s.db, err = sqlitefile.Open(ctx, path, true); err != nil {
		return nil, err
	}
	if s.conn, err = s.db.Conn(ctx); err == nil {
		if _, err = s.conn.ExecContext(ctx, "BEGIN"); err == nil {
			var n int
			err = s.conn.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&n) // reading makes the moment
		}
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *snapshot) copyTo(path string) error {
	err := s.conn.Raw(func(c any) error {
		b, err := c.(interface {
			NewBackup(string) (*sqlite.Backup, error)
		}).NewBackup(path)
		if err != nil {
			return err
		}
		for more := true; more && err == nil; {
			more, err = b.Step(-1)
		}
		return errors.Join(err, b.Finish())
	})
	if err != nil {
		return err
	}
	return syncFile(path)
}

func (s *snapshot) close() (err error) {
	if s.conn != nil {
		_, err = s.conn.ExecContext(context.Background(), "ROLLBACK")
		err = errors.Join(err, s.conn.Close())
	}
	return errors.Join(err, s.db.Close())
}

// writeKeys writes the folder of the keys as one file, the keys themselves before the ledger of erasures: whoever was erased
// in between stands there.
func (j *Job) writeKeys(of string) (err error) {
	dir := filepath.Join(j.Data, j.KeysIn)
	found, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	slices.SortStableFunc(found, func(a, b fs.DirEntry) int { return late(a) - late(b) })
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	put := func(name string, text []byte) error {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(text)), Format: tar.FormatPAX}); err != nil {
			return err
		}
		_, err := w.Write(text)
		return err
	}
	if err := put(keysMark, []byte(of)); err != nil {
		return err
	}
	for _, f := range found {
		if !f.Type().IsRegular() {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err == nil {
			err = put(f.Name(), wholeLines(f.Name(), text))
		}
		if err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return writeNew(j.Keys, &b)
}

// late sorts files of lines after all others.
func late(f fs.DirEntry) int {
	if strings.HasSuffix(f.Name(), ".jsonl") {
		return 1
	}
	return 0
}

// wholeLines is a file without a line at its end that is just being written, where it is one of lines.
func wholeLines(name string, text []byte) []byte {
	if strings.HasSuffix(name, ".jsonl") {
		return text[:bytes.LastIndexByte(text, '\n')+1]
	}
	return text
}

func copyDir(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		case !d.Type().IsRegular() || strings.HasPrefix(d.Name(), "."):
			return nil // a file that is being put there under another name
		}
		return copyFile(path, filepath.Join(to, rel))
	})
}

func copyFile(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return writeNew(to, bytes.NewReader(wholeLines(from, text)))
}

// writeNew writes a file that is not there yet, for its owner only, and syncs it.
func writeNew(path string, from io.Reader) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Sync(), f.Close())
}

// filesIn lists what is in a folder, with hashes. Nothing reads the copies any more, so their logs are empty and go.
func filesIn(dir string) (out []File, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if strings.HasSuffix(path, ".db-wal") || strings.HasSuffix(path, ".db-shm") {
			return os.Remove(path)
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		f := File{Path: filepath.ToSlash(rel)}
		f.Size, f.SHA256, err = hashOf(path)
		out = append(out, f)
		return err
	})
	return out, err
}

func hashOf(path string) (int64, string, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	return n, hex.EncodeToString(sum.Sum(nil)), err
}
