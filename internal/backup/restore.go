package backup

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ParseManifest reads a manifest.
func ParseManifest(text []byte) (*Manifest, error) {
	m := &Manifest{}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(m); err != nil {
		return nil, fmt.Errorf("the manifest cannot be read: %w", err)
	}
	switch {
	case m.Version != version:
		return nil, fmt.Errorf("the manifest has version %d and this Attune reads version %d: use the Attune that made the backup, or a newer one", m.Version, version)
	case m.ID == "" || m.Made.IsZero() || len(m.Files) == 0:
		return nil, errors.New("the manifest does not say what it is of")
	}
	seen := map[string]bool{}
	for _, f := range m.Files {
		if !filepath.IsLocal(filepath.FromSlash(f.Path)) || seen[f.Path] {
			return nil, fmt.Errorf("the manifest names a file %q, which cannot be in a backup", f.Path)
		}
		seen[f.Path] = true
	}
	return m, nil
}

// Verify reads a whole backup, and says what is not as it was made.
func Verify(dir string) (*Manifest, error) {
	text, err := os.ReadFile(filepath.Join(dir, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s has no %s: it is no backup, or one that was not finished", dir, manifestName)
	}
	if err != nil {
		return nil, err
	}
	m, err := ParseManifest(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	known := map[string]bool{}
	for _, f := range m.Files {
		known[f.Path] = true
		size, sum, err := hashOf(filepath.Join(dir, dataName, filepath.FromSlash(f.Path)))
		if err != nil {
			return nil, fmt.Errorf("the backup is damaged: %w", err)
		}
		if size != f.Size || sum != f.SHA256 {
			return nil, fmt.Errorf("the backup is damaged: %s is not what it was when it was made", f.Path)
		}
	}
	err = filepath.WalkDir(filepath.Join(dir, dataName), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if rel, err := filepath.Rel(filepath.Join(dir, dataName), path); err != nil || !known[filepath.ToSlash(rel)] {
			return errors.Join(fmt.Errorf("the backup is damaged: %s was put there later", d.Name()), err)
		}
		return nil
	})
	return m, err
}

// Put writes a verified backup and its keys into a folder that is not there, or empty.
func Put(dir, keys, to, keysIn string) (m *Manifest, err error) {
	if found, err := os.ReadDir(to); err == nil && len(found) > 0 {
		return nil, fmt.Errorf("%s is not empty: a backup is restored into a new folder", to)
	}
	if m, err = Verify(dir); err != nil {
		return nil, err
	}
	files, err := readKeys(keys, m.ID)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(to, keysIn), 0o700); err != nil {
		return nil, err
	}
	for name, text := range files {
		if err := writeNew(filepath.Join(to, keysIn, name), bytes.NewReader(text)); err != nil {
			return nil, err
		}
	}
	for _, f := range m.Files {
		path := filepath.Join(to, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, err
		}
		if err := putFile(filepath.Join(dir, dataName, filepath.FromSlash(f.Path)), path); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func putFile(from, to string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	return writeNew(to, f)
}

// readKeys reads the file with the keys, which has to be of this backup.
func readKeys(path, of string) (map[string][]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	files, err := untar(f)
	if err != nil {
		return nil, fmt.Errorf("%s does not hold the keys of a backup: %w", path, err)
	}
	if string(files[keysMark]) != of {
		return nil, fmt.Errorf("%s holds the keys of another backup: each backup has its own, made with it", path)
	}
	delete(files, keysMark)
	return files, nil
}

// mostKeys bounds what is read of the keys: 128 bytes for each of a hundred million people.
const mostKeys = 16 << 30

func untar(from io.Reader) (map[string][]byte, error) {
	files := map[string][]byte{}
	r := tar.NewReader(io.LimitReader(from, mostKeys))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		if _, twice := files[h.Name]; twice || h.Typeflag != tar.TypeReg || !filepath.IsLocal(h.Name) || strings.ContainsAny(h.Name, `/\`) {
			return nil, fmt.Errorf("it has a file %q", h.Name)
		}
		if files[h.Name], err = io.ReadAll(r); err != nil {
			return nil, err
		}
	}
}
