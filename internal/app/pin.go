package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"attune/core/release"
)

// pinned is the release that a data folder lives under.
type pinned struct {
	Release  string   `json:"release"`
	Programs []string `json:"programs"`
}

const pinName = "release.json"

// pin binds the data folder to its first release and refuses any other. People's states are folded
// under one release; moving them to another is publishing, which does not exist yet.
func pin(dir string, rel *release.Release) error {
	path := filepath.Join(dir, pinName)
	var was pinned
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		is := pinned{Release: rel.ID}
		for _, p := range rel.Programs {
			is.Programs = append(is.Programs, p.ID)
		}
		data, err := json.MarshalIndent(is, "", "  ")
		if err != nil {
			return fmt.Errorf("pin release: %w", err)
		}
		return writeDurably(path, append(data, '\n'))
	case err != nil:
		return fmt.Errorf("read pinned release: %w", err)
	}
	if err := json.Unmarshal(data, &was); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if was.Release != rel.ID {
		return fmt.Errorf("the people in %s live under release %.12s (%v), and the program now makes release %.12s: put the program's files back as they were, or use another data folder; changing the program of living people is not built yet",
			dir, was.Release, was.Programs, rel.ID)
	}
	return nil
}

// writeDurably replaces a small file so that a crash leaves either the old one or the new one.
func writeDurably(path string, data []byte) error {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	err = errors.Join(err, tmp.Chmod(0o600), tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err == nil {
		err = syncDir(dir)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
