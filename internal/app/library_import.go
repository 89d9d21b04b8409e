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
	"attune/core/release"
	"attune/internal/api"
	"attune/internal/pattern"
)

const (
	callLibraryImport = "library-import"
	callLibraryForget = "library-forget"
	callLibrary       = "library"
)

const (
	importedName = "imported.json"
	filesName    = "files"
)

// LibraryImport takes a file in.
type LibraryImport struct {
	File []byte `json:"file"`
	// Behaviors are what their behaviours are called here, where they have other names.
	Behaviors map[string]string `json:"behaviors"`
	// Worth is of how many decisions here all that others measured of one thing is worth at most; 0 leaves it as it is.
	Worth int `json:"worth"`
}

// ImportedFile is a file that was taken in.
type ImportedFile struct {
	ID           string            `json:"id"`
	Organisation string            `json:"organisation"`
	Key          string            `json:"key"`
	Made         string            `json:"made"`
	Imported     string            `json:"imported"`
	Patterns     int               `json:"patterns"`
	Behaviors    map[string]string `json:"behaviors,omitempty"`
	// Ended is when it was taken out, or a newer one came; empty while it counts. It is kept, since decisions were made by it.
	Ended string `json:"ended,omitempty"`
}

// importedFiles is what was ever taken in.
type importedFiles struct {
	Worth int            `json:"worth"`
	Files []ImportedFile `json:"files"`
}

// Library is what of other organisations counts here, and what it does.
type Library struct {
	Worth int            `json:"worth"`
	Files []ImportedFile `json:"files"`
	// Moved is what it does to what is expected before anything is learned, and Unused what does nothing.
	Moved  []pattern.Moved  `json:"moved"`
	Unused []pattern.Unused `json:"unused"`
	// Standing is how much of it what was seen here leaves standing, as of the model that decides now; nil before there is one.
	Standing *float64 `json:"standing,omitempty"`
	// Says tells what came of a change.
	Says string `json:"says,omitempty"`
}

// ForgetWord takes an organisation out.
type ForgetWord struct {
	Organisation string `json:"organisation"`
}

func (s *shelf) imported() (all importedFiles, err error) {
	all = importedFiles{Worth: pattern.Most, Files: []ImportedFile{}}
	err = s.read(importedName, &all)
	return all, err
}

// owners finds whose a file is, also of those that do not count any more.
func (s *shelf) owners() (func(file string) string, error) {
	all, err := s.imported()
	return func(file string) string {
		for _, f := range all.Files {
			if f.ID == file {
				return f.Organisation
			}
		}
		return "somebody whom nobody knows any more"
	}, err
}

// beginning is what the files that count do to what a release expects; nil where none counts, or nothing learns.
func (s *shelf) beginning(rel *release.Release) (*pattern.Beginning, []ImportedFile, error) {
	all, err := s.imported()
	if err != nil || rel.Learning == nil {
		return nil, nil, err
	}
	var count []ImportedFile
	var from []pattern.Source
	for _, f := range all.Files {
		if f.Ended != "" {
			continue
		}
		path := filepath.Join(s.dir, filesName, f.ID+".json")
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, nil, fmt.Errorf("read what %s measured: %w; restore it from a backup, or take it out with attune library forget", f.Organisation, err)
		}
		lib, err := pattern.Parse(data)
		if err == nil && lib.ID != f.ID {
			err = errors.New("its bytes are not those of its name")
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s cannot be used: %w; restore it from a backup, or take it out with attune library forget", path, err)
		}
		count = append(count, f)
		from = append(from, pattern.Source{ID: f.ID, Organisation: f.Organisation, File: &lib.File, Behaviors: f.Behaviors})
	}
	if len(from) == 0 {
		return nil, nil, nil
	}
	b, err := pattern.Priors(rel, from, all.Worth)
	return b, count, err
}

func organisationsOf(files []ImportedFile) (out []string) {
	for _, f := range files {
		out = append(out, f.Organisation)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// admit looks whether a file may be taken in, and says whose it is.
func (s *shelf) admit(lib *pattern.Signed, all *importedFiles) (whose string, err error) {
	keys, err := s.keysOf("")
	if err != nil {
		return "", err
	}
	if lib.KeyText() == keys.Key {
		return "", api.Refused("file", "this installation wrote it itself", "import what another organisation wrote: what was measured here is learned already")
	}
	if whose = keys.Whose(lib.KeyText()); whose == "" {
		return "", api.Refused("file", fmt.Sprintf("nobody said here whose key it is signed with; the file says %q, and the key's fingerprint is %s", lib.File.Organisation, pattern.Fingerprint(lib.Key)),
			"compare the fingerprint with them by telephone, then: attune library trust "+lib.KeyText()+" --name …")
	}
	for _, f := range all.Files {
		switch {
		case f.Key != lib.KeyText() || f.Ended != "":
		case f.ID == lib.ID:
			return "", api.Refused("file", "it was imported already", "there is nothing to do")
		case f.Made > lib.File.Made:
			return "", api.Refused("file", fmt.Sprintf("a file of %s from %s counts already, and this one is from %s", whose, f.Made, lib.File.Made), "import the newest; or take theirs out first, with attune library forget")
		}
	}
	return whose, nil
}

// take takes a file in, in place of a former one of the same key.
func (s *shelf) take(rel *release.Release, in LibraryImport, now instant.Time) (whose string, err error) {
	lib, err := parsedLibrary(in.File)
	if err != nil {
		return "", err
	}
	all, err := s.imported()
	if err != nil {
		return "", err
	}
	if whose, err = s.admit(lib, &all); err != nil {
		return "", err
	}
	if in.Worth != 0 && (in.Worth < pattern.LeastMost || in.Worth > pattern.MostMost) {
		return "", api.Refused("worth", fmt.Sprintf("others cannot be worth %d decisions", in.Worth), fmt.Sprintf("choose %d to %d", pattern.LeastMost, pattern.MostMost))
	}
	for _, theirs := range slices.Sorted(maps.Keys(in.Behaviors)) {
		if !slices.ContainsFunc(lib.File.Patterns, func(p pattern.Pattern) bool { return p.Behavior == theirs }) {
			return "", api.Refused("behaviors", fmt.Sprintf("the file has no behaviour %q", theirs), "attune library show lists those it has")
		}
		if !behaviorHere(rel, in.Behaviors[theirs]) {
			return "", api.Refused("behaviors", fmt.Sprintf("no live program has a behaviour %q", in.Behaviors[theirs]), "behaviors.yaml names them")
		}
	}
	if err := writeDurably(filepath.Join(s.dir, filesName, lib.ID+".json"), lib.Bytes); err != nil {
		return "", err
	}
	for i := range all.Files {
		if f := &all.Files[i]; f.Key == lib.KeyText() && f.Ended == "" {
			f.Ended = now.String()
		}
	}
	if in.Worth != 0 {
		all.Worth = in.Worth
	}
	all.Files = slices.DeleteFunc(all.Files, func(f ImportedFile) bool { return f.ID == lib.ID })
	all.Files = append(all.Files, ImportedFile{ID: lib.ID, Organisation: whose, Key: lib.KeyText(), Made: lib.File.Made, Imported: now.String(), Patterns: len(lib.File.Patterns), Behaviors: in.Behaviors})
	return whose, s.write(importedName, all)
}

func behaviorHere(rel *release.Release, id string) bool {
	for _, pr := range rel.Programs {
		for i := range pr.Behaviors {
			if pr.Behaviors[i].ID == id {
				return true
			}
		}
	}
	return false
}

// forget takes an organisation's files out, and the trust in its key. The files stay, since decisions name them.
func (s *shelf) forget(in ForgetWord, now instant.Time) (files int, err error) {
	all, err := s.imported()
	if err != nil {
		return 0, err
	}
	keys, err := s.trusted()
	if err != nil {
		return 0, err
	}
	name := strings.TrimSpace(in.Organisation)
	kept := slices.DeleteFunc(slices.Clone(keys), func(t Trusted) bool { return t.Organisation == name })
	for i := range all.Files {
		if f := &all.Files[i]; f.Organisation == name && f.Ended == "" {
			f.Ended = now.String()
			files++
		}
	}
	if files == 0 && len(kept) == len(keys) {
		return 0, api.NotFound("organisation", "there is no file and no key of %q here", name)
	}
	// The key first: a crash in between leaves files that count and can be forgotten again.
	if err := s.write(trustedName, kept); err != nil {
		return 0, err
	}
	return files, s.write(importedName, all)
}

// state tells what of others counts.
func (s *shelf) state(rel *release.Release, m *models) (*Library, error) {
	all, err := s.imported()
	if err != nil {
		return nil, err
	}
	out := &Library{Worth: all.Worth, Files: all.Files, Moved: []pattern.Moved{}, Unused: []pattern.Unused{}}
	b, _, err := s.beginning(rel)
	if err != nil {
		return nil, err
	}
	if b != nil {
		out.Moved, out.Unused = b.Moved, b.Unused
	}
	if now := m.newest(); now != nil && len(now.Library) > 0 {
		made, err := readMade(filepath.Join(m.dir, now.ID+".json"))
		if err != nil {
			return nil, err
		}
		if made.Library != nil {
			out.Standing = &made.Library.Standing
		}
	}
	return out, nil
}

// importLibrary takes a file in, and lets decisions go by it.
func (n *Node) importLibrary(ctx context.Context, s *school, in LibraryImport) (*Library, error) {
	whose, err := n.shelf().take(s.release, in, s.now)
	if err != nil {
		return nil, err
	}
	return n.afterChange(ctx, s, fmt.Sprintf("What %s measured is part of what is expected here.", whose))
}

func (n *Node) forgetLibrary(ctx context.Context, s *school, in ForgetWord) (*Library, error) {
	files, err := n.shelf().forget(in, s.now)
	if err != nil {
		return nil, err
	}
	says := fmt.Sprintf("The key of %s is not trusted any more.", in.Organisation)
	if files == 0 {
		return n.stateAfter(s, says)
	}
	return n.afterChange(ctx, s, fmt.Sprintf("What %s measured counts no more, and their key is not trusted.", in.Organisation))
}

// afterChange learns anew, so that decisions go by what counts now.
func (n *Node) afterChange(ctx context.Context, s *school, says string) (*Library, error) {
	if s.release.Learning == nil {
		return n.stateAfter(s, says+" No program learns, so that nothing changes until one does.")
	}
	night, err := s.learn(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s Decisions go by it from the next night on, since it could not be learned now: %w", says, err)
	}
	return n.stateAfter(s, says+" "+night.Says)
}

func (n *Node) stateAfter(s *school, says string) (*Library, error) {
	out, err := n.shelf().state(s.release, s.models)
	if err == nil {
		out.Says = says
	}
	return out, err
}

// ImportLibrary takes a file of another organisation in.
func ImportLibrary(ctx context.Context, data string, in LibraryImport) (*Library, error) {
	return besideOrIn(ctx, data, callLibraryImport, in, func(ctx context.Context, n *Node, in LibraryImport) (*Library, error) {
		s, err := n.schoolAside(ctx)
		if err != nil {
			return nil, err
		}
		return n.importLibrary(ctx, s, in)
	})
}

// ForgetLibrary takes another organisation's files out.
func ForgetLibrary(ctx context.Context, data string, in ForgetWord) (*Library, error) {
	return besideOrIn(ctx, data, callLibraryForget, in, func(ctx context.Context, n *Node, in ForgetWord) (*Library, error) {
		s, err := n.schoolAside(ctx)
		if err != nil {
			return nil, err
		}
		return n.forgetLibrary(ctx, s, in)
	})
}

// LibraryIn tells what of other organisations counts in a data folder. It may be asked beside the server.
func LibraryIn(data string) (*Library, error) {
	if used, err := Used(data); err != nil || !used {
		return nil, errors.Join(err, notUsed(data))
	}
	live, err := liveIn(data)
	if err != nil {
		return nil, err
	}
	m, err := openModels(data)
	if err != nil {
		return nil, err
	}
	return (&shelf{dir: filepath.Join(data, libraryName)}).state(live[0], m)
}

// ReadLibraryFile reads a file to be taken in, after it was looked at: what is wrong with it is told with its name.
func ReadLibraryFile(file string) ([]byte, error) {
	data, _, err := readLibrary(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is not there", file)
	}
	return data, err
}
