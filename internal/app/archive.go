package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"attune/core/id"
	"attune/core/instant"
	"attune/core/program"
	"attune/core/release"
	"attune/internal/eventlog"
	"attune/internal/programdir"
	"attune/internal/runner"
)

// Publication is a release that was put live, and its place in the order of everything that happened.
type Publication struct {
	// Number counts publications, from 1.
	Number int
	// Release is the release's id. Short is by what people's states name this publication: the first
	// 64 bits of that id, or others where the release had been published before.
	Release string
	Short   uint64
	At      instant.Time
	// Made is when somebody published it, on the wall's clock; a demonstration's people have another.
	Made instant.Time
	// What was accepted up to Log and done up to Frame came before it.
	Log, Frame      int64
	IncludeExisting bool
	// Undoes is the publication that this one took back; 0 for none. Upgrade tells that it has the files of
	// the one before, under a version of Attune that decides differently.
	Undoes   int
	Upgrade  bool
	Programs []Kept
}

// Kept is a program of a publication.
type Kept struct {
	ID string `json:"id"`
	// Hash is that of the program's files.
	Hash string `json:"hash"`
}

// written is a publication as its file has it.
type written struct {
	Number          int    `json:"number"`
	Release         string `json:"release"`
	Short           string `json:"short"`
	At              string `json:"at"`
	Made            string `json:"made"`
	Log             int64  `json:"log"`
	Frame           int64  `json:"frame"`
	IncludeExisting bool   `json:"include_existing,omitempty"`
	Undoes          int    `json:"undoes,omitempty"`
	Upgrade         bool   `json:"upgrade,omitempty"`
	Programs        []Kept `json:"programs"`
}

// archive keeps every release that was published, in the folder releases of the data folder: in
// publications.json which and when, and of each release the files of its programs, byte for byte, under
// the first 16 digits of its id.
type archive struct {
	dir  string
	list []Publication
}

const (
	archiveName      = "releases"
	publicationsName = "publications.json"
)

func openArchive(data string) (*archive, error) {
	a := &archive{dir: filepath.Join(data, archiveName)}
	path := filepath.Join(a.dir, publicationsName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	var list []written
	if err == nil {
		err = json.Unmarshal(text, &list)
	}
	for i := 0; err == nil && i < len(list); i++ {
		var p Publication
		if p, err = list[i].read(); err == nil && p.Number != i+1 {
			err = fmt.Errorf("publication %d is missing", i+1)
		}
		a.list = append(a.list, p)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return a, nil
}

func (w written) read() (p Publication, err error) {
	p = Publication{
		Number: w.Number, Release: w.Release, Log: w.Log, Frame: w.Frame,
		IncludeExisting: w.IncludeExisting, Undoes: w.Undoes, Upgrade: w.Upgrade, Programs: w.Programs,
	}
	if p.Short, err = strconv.ParseUint(w.Short, 16, 64); err != nil {
		return p, err
	}
	if p.At, err = instant.Parse(w.At); err != nil {
		return p, err
	}
	p.Made, err = instant.Parse(w.Made)
	return p, err
}

func (p *Publication) write() written {
	return written{
		Number: p.Number, Release: p.Release, Short: fmt.Sprintf("%016x", p.Short), At: p.At.String(), Made: p.Made.String(), Log: p.Log, Frame: p.Frame,
		IncludeExisting: p.IncludeExisting, Undoes: p.Undoes, Upgrade: p.Upgrade, Programs: p.Programs,
	}
}

// live is the newest publication. There must be one.
func (a *archive) live() *Publication { return &a.list[len(a.list)-1] }

// next prepares the publication of a release: everything but its place.
func (a *archive) next(rel *release.Release) Publication {
	p := Publication{Number: len(a.list) + 1, Release: rel.ID, Short: rel.Short}
	for n := p.Number; slices.ContainsFunc(a.list, func(was Publication) bool { return was.Short == p.Short }); n++ {
		p.Short = max(1, id.Hash(fmt.Sprintf("%s %d", rel.ID, n)))
	}
	for _, pr := range rel.Programs {
		p.Programs = append(p.Programs, Kept{pr.ID, pr.Hash})
	}
	return p
}

// add makes a publication durable. The release's files must be kept already.
func (a *archive) add(p Publication) error {
	list := make([]written, 0, len(a.list)+1)
	for i := range a.list {
		list = append(list, a.list[i].write())
	}
	data, err := json.MarshalIndent(append(list, p.write()), "", "  ")
	if err != nil {
		return fmt.Errorf("write publications: %w", err)
	}
	if err := writeDurably(filepath.Join(a.dir, publicationsName), append(data, '\n')); err != nil {
		return err
	}
	a.list = append(a.list[:len(a.list):len(a.list)], p)
	return nil
}

func (a *archive) folder(release string) string { return filepath.Join(a.dir, release[:16]) }

// pin gives a release the models that its programs name, from the data folder's own. A release is read by many once
// it decides, so one that has them is left as it is.
func (a *archive) pin(rel *release.Release) error {
	if rel.Learning == nil {
		return nil
	}
	kept := models{dir: filepath.Join(filepath.Dir(a.dir), modelsName)}
	for n, pr := range rel.Programs {
		if pr.Policy.Learning == nil || pr.Policy.Learning.Compare.Pinned == "" || rel.Learning.Pinned(n) != nil {
			continue
		}
		name := pr.Policy.Learning.Compare.Pinned
		short, err := strconv.ParseUint(name, 16, 64)
		if err != nil {
			return fmt.Errorf("the program %s compares with %q, which is no model: %w", pr.ID, name, err)
		}
		model, err := kept.Find(short)
		if err != nil {
			return fmt.Errorf("the program %s compares what is learned with the model %s (learning.compare.model in policy.yaml): %w, or name one that attune models lists", pr.ID, name, err)
		}
		rel.Learning.Pin(n, model)
	}
	return nil
}

// keep writes a release's files down, unless they are kept already. Nothing is kept of one that names a model which
// is not there.
func (a *archive) keep(rel *release.Release) error {
	if err := a.pin(rel); err != nil {
		return err
	}
	home := a.folder(rel.ID)
	if _, err := os.Stat(home); err == nil {
		return nil // it was renamed into place when it was whole
	}
	if err := os.MkdirAll(a.dir, 0o700); err != nil {
		return fmt.Errorf("keep the release's files: %w", err)
	}
	fresh, err := os.MkdirTemp(a.dir, ".new-*")
	if err != nil {
		return fmt.Errorf("keep the release's files: %w", err)
	}
	defer os.RemoveAll(fresh)
	for _, p := range rel.Programs {
		if err := writeFiles(filepath.Join(fresh, p.ID), p.Files, true); err != nil {
			return err
		}
	}
	err = syncDir(fresh)
	if err == nil {
		err = os.Rename(fresh, home)
	}
	if err == nil {
		err = syncDir(a.dir)
	}
	if err != nil {
		return fmt.Errorf("keep the release's files: %w", err)
	}
	return nil
}

// tidy takes away what a crash left of releases that were being written.
func (a *archive) tidy() error {
	left, err := filepath.Glob(filepath.Join(a.dir, ".new-*"))
	for _, path := range left {
		err = errors.Join(err, os.RemoveAll(path))
	}
	return err
}

// writeFiles writes a program's files into a folder, byte for byte.
func writeFiles(dir string, files map[string]string, durable bool) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write program: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("write program: %w", err)
	}
	defer root.Close()
	folders := map[string]bool{dir: true}
	for path, text := range files {
		if at := strings.LastIndexByte(path, '/'); at > 0 {
			if err := root.MkdirAll(path[:at], 0o755); err != nil {
				return fmt.Errorf("write program: %w", err)
			}
			for ; at > 0; at = strings.LastIndexByte(path[:at], '/') {
				folders[filepath.Join(dir, filepath.FromSlash(path[:at]))] = true
			}
		}
		f, err := root.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
		if err != nil {
			return fmt.Errorf("write program: %w", err)
		}
		_, err = f.WriteString(text)
		if durable {
			err = errors.Join(err, f.Sync())
		}
		if err = errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("write program: %w", err)
		}
	}
	for folder := range folders {
		if durable {
			err = errors.Join(err, syncDir(folder))
		}
	}
	return err
}

// files reads what was kept of a publication, and makes sure that nobody changed it.
func (a *archive) files(p *Publication) ([]programdir.Files, error) {
	var out []programdir.Files
	for _, kept := range p.Programs {
		files, _, err := programdir.ReadFiles(filepath.Join(a.folder(p.Release), kept.ID))
		if err != nil {
			return nil, fmt.Errorf("the files of release %.12s, published %s, are not kept any more: restore %s from a backup: %w", p.Release, p.At, a.dir, err)
		}
		if program.HashOf(files.Texts) != kept.Hash {
			return nil, fmt.Errorf("the kept files in %s were changed since they were published %s: restore them from a backup", files.Home, p.At)
		}
		out = append(out, files)
	}
	return out, nil
}

// compile makes a publication's release again. It is exact when this version of Attune decides about
// its files as the one did that published them. Without one, the problems say why.
func (a *archive) compile(p *Publication, zones *instant.Zones) (rel *release.Release, exact bool, err error) {
	files, err := a.files(p)
	if err != nil {
		return nil, false, err
	}
	rel, problems := programdir.Compile(zones, files...)
	if rel == nil {
		return nil, false, &unreadable{fmt.Errorf("the files of release %.12s, published %s, are not valid for this version of Attune: take them with attune pull, change them, and publish them with attune publish while no server runs\n%v", p.Release, p.At, problems[0])}
	}
	if err := a.pin(rel); err != nil {
		return nil, false, err
	}
	exact = rel.ID == p.Release
	if rel.Short != p.Short {
		again := *rel
		again.Short = p.Short
		rel = &again
	}
	return rel, exact, nil
}

// unreadable tells that a kept release is whole and cannot be compiled by this version.
type unreadable struct{ error }

// standing is a publication with its release; nil where this version cannot compile it.
type standing struct {
	Publication
	rel   *release.Release
	exact bool
}

func (s *standing) published() runner.Published {
	return runner.Published{
		Release: s.rel, Short: s.Short, Exact: s.exact, Log: eventlog.Position(s.Log), Frame: s.Frame, At: s.At,
		IncludeExisting: s.IncludeExisting,
	}
}

// load compiles all publications. The newest must compile.
func (a *archive) load(zones *instant.Zones) ([]standing, error) {
	var out []standing
	for i := range a.list {
		p := &a.list[i]
		s := standing{Publication: *p}
		var err error
		s.rel, s.exact, err = a.compile(p, zones)
		if _, old := errors.AsType[*unreadable](err); err != nil && (!old || i == len(a.list)-1) {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// find looks for the newest publication of a release by its number or the beginning of its id.
func (a *archive) find(name string) (*Publication, error) {
	var found *Publication
	for i := range a.list {
		p := &a.list[i]
		if strconv.Itoa(p.Number) == name {
			return p, nil
		}
		if len(name) >= 6 && strings.HasPrefix(p.Release, name) {
			if found != nil && found.Release != p.Release {
				return nil, fmt.Errorf("more than one release begins with %q: write more of its id", name)
			}
			found = p
		}
	}
	if found == nil {
		return nil, fmt.Errorf("no release %q was published here: attune releases lists them; name one by its number or by at least six digits of its id", name)
	}
	return found, nil
}
