package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"attune/core/instant"
	"attune/internal/pattern"
	"attune/internal/programdir"
)

// Started is a program's folder that was written to begin from.
type Started struct {
	Organisation string
	Files        int
	Left         []string
}

// StartProgram writes a program of a file into a folder that is not there, or empty. It is looked at before anything is written.
func StartProgram(ctx context.Context, data, file, program, dir string) (out Started, err error) {
	_, lib, err := readLibrary(file)
	if err != nil {
		return out, err
	}
	keys, err := LibraryKeysIn(ctx, data)
	if err != nil {
		return out, err
	}
	if out.Organisation = keys.Whose(lib.KeyText()); out.Organisation == "" {
		return out, fmt.Errorf("%s: nobody said whose key it is signed with; compare its fingerprint %s with %s by telephone, then: attune library trust %s --name …", file, pattern.Fingerprint(lib.Key), lib.File.Organisation, lib.KeyText())
	}
	starter := lib.File.Starter(program)
	if starter == nil {
		var known []string
		for _, s := range lib.File.Starters {
			known = append(known, s.Program)
		}
		if len(known) == 0 {
			return out, fmt.Errorf("%s has no programs: ask for one that was exported with --with-program", file)
		}
		return out, fmt.Errorf("%s has no program %q: it has %s", file, program, strings.Join(known, ", "))
	}
	zones, err := instant.LoadZones()
	if err != nil {
		return out, err
	}
	if _, problems := programdir.Compile(zones, programdir.Files{Home: dir, Texts: starter.Files}); len(problems) > 0 {
		return out, fmt.Errorf("the program %s is not valid for this version of Attune: %s; update Attune, or ask for a new export", program, problems[0])
	}
	if there, err := os.ReadDir(dir); err != nil && !errors.Is(err, fs.ErrNotExist) || len(there) > 0 {
		return out, errors.Join(err, fmt.Errorf("%s is not empty: name a folder that is not there yet", dir))
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return out, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return out, err
	}
	defer root.Close()
	for _, path := range slices.Sorted(maps.Keys(starter.Files)) {
		if err := root.MkdirAll(filepath.Dir(filepath.FromSlash(path)), 0o750); err != nil {
			return out, err
		}
		if err := root.WriteFile(filepath.FromSlash(path), []byte(starter.Files[path]), 0o600); err != nil {
			return out, err
		}
	}
	out.Files, out.Left = len(starter.Files), starter.Left
	return out, nil
}
