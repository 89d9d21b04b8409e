package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// pinned is what a data folder is bound to from its first start.
type pinned struct {
	// Organisation is whose data it is; it is bound into everything sealed, so the name by which
	// patients know the organisation may change and this does not.
	Organisation string `json:"organisation"`
	// Release is what the people of a folder live under that is older than its releases.
	Release string `json:"release,omitempty"`
}

const pinName = "attune.json"

// readPin reads what a data folder is bound to; ok is false for a new folder.
func readPin(dir string) (p pinned, ok bool, err error) {
	path := filepath.Join(dir, pinName)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return p, false, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &p)
	}
	if err != nil {
		return p, false, fmt.Errorf("read %s: %w", path, err)
	}
	return p, true, nil
}

// pin binds the data folder to its first organisation, and returns the one that the folder's data is
// sealed for.
func pin(dir, organisation string) (string, error) {
	was, ok, err := readPin(dir)
	if err != nil || ok {
		return was.Organisation, err
	}
	data, err := json.MarshalIndent(pinned{Organisation: organisation}, "", "  ")
	if err != nil {
		return "", fmt.Errorf("pin organisation: %w", err)
	}
	return organisation, writeDurably(filepath.Join(dir, pinName), append(data, '\n'))
}

// writeDurably replaces a small file so that a crash leaves either the old one or the new one.
func writeDurably(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
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
