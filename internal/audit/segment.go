package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// segment is one file of the log. It is named after its first record's number.
type segment struct {
	path  string
	first int64
	size  int64
}

const (
	segmentEnd = ".jsonl"
	lockName   = "lock"
)

func segmentPath(dir string, first int64) string {
	return filepath.Join(dir, fmt.Sprintf("%012d%s", first, segmentEnd))
}

// segments lists the files of a log, or the one file that is named, in their order.
func segments(path string) ([]segment, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	if !info.IsDir() {
		first, _ := firstOf(path)
		return []segment{{path, first, info.Size()}}, nil
	}
	all, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	var out []segment
	for _, e := range all {
		first, ok := firstOf(e.Name())
		if !ok {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, fmt.Errorf("read the audit log: %w", err)
		}
		out = append(out, segment{filepath.Join(path, e.Name()), first, info.Size()})
	}
	slices.SortFunc(out, func(a, b segment) int { return int(min(max(a.first-b.first, -1), 1)) })
	return out, nil
}

// firstOf is the number that a file is named after; ok is false for any other file.
func firstOf(path string) (first int64, ok bool) {
	name, ok := strings.CutSuffix(filepath.Base(path), segmentEnd)
	first, err := strconv.ParseInt(name, 10, 64)
	return first, ok && err == nil && first > 0
}

// settled lists the files as they are while nobody is in the middle of writing.
func settled(path string) (_ []segment, err error) {
	f, err := os.OpenFile(filepath.Join(path, lockName), os.O_RDWR, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), err != nil && !isDir(path):
		return segments(path) // a copy
	case err != nil:
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }() // and with it goes the lock
	if err := lock(f); err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	return segments(path)
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
