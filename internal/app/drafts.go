package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"attune/core/instant"
	"attune/internal/api"
	"attune/internal/audit"
	"attune/internal/draft"
)

const (
	draftsName = "drafts"
	// manyDrafts is how many there are at once, and manySteps how many changes of each are remembered.
	manyDrafts, manySteps = 100, 200
	maxDraft              = 8 << 20 // bytes of one
)

// Draft is what a team works on before it is published: the files of programs, as they shall be.
type Draft struct {
	Draft string `json:"draft"`
	Name  string `json:"name"`
	// Release is what it began from, or was last brought up to.
	Release string `json:"release"`
	// Version counts its changes, from 1.
	Version   int    `json:"version"`
	By        string `json:"by"`
	At        string `json:"at"`
	ChangedBy string `json:"changed_by"`
	ChangedAt string `json:"changed_at"`
	// Steps are its newest changes, the newest first.
	Steps []DraftStep `json:"steps"`
	// Programs are the files.
	Programs []ProgramFiles `json:"programs"`

	workshop *workshop
}

// keptDraft is a draft as its file has it.
type keptDraft struct {
	*Draft
	Workshop *workshop `json:"workshop,omitempty"`
}

// DraftStep is one change of a draft, and who did it.
type DraftStep struct {
	Version int    `json:"version"`
	By      string `json:"by"`
	At      string `json:"at"`
	// What is what was changed: a file and a path in it, or what else was done.
	What string `json:"what"`
}

// Tag implements the API's versions.
func (d Draft) Tag() string { return fmt.Sprintf("%s.%d", d.Draft, d.Version) }

// DraftListed is a draft without its files.
type DraftListed struct {
	Draft     string `json:"draft"`
	Name      string `json:"name"`
	Release   string `json:"release"`
	Version   int    `json:"version"`
	By        string `json:"by"`
	ChangedBy string `json:"changed_by"`
	ChangedAt string `json:"changed_at"`
	// Behind tells that another release is live than the one it began from.
	Behind bool `json:"behind"`
}

// drafts keeps drafts in a folder, a file each. Whoever changes one does so alone.
type drafts struct {
	dir string
	now func() instant.Time
	mu  sync.Mutex
}

func openDrafts(data string, now func() instant.Time) *drafts {
	return &drafts{dir: filepath.Join(data, draftsName), now: now}
}

// get gives a draft as it is now.
func (s *drafts) get(id string) (Draft, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.read(id)
}

// read reads a draft. Its id is looked for among those that are there, so that no id leads anywhere else.
func (s *drafts) read(id string) (d Draft, err error) {
	all, err := s.ids()
	if err != nil {
		return d, err
	}
	if !slices.Contains(all, id) {
		return d, api.NotFound("draft", "there is no draft of this id")
	}
	b, err := os.ReadFile(s.path(id))
	if err == nil {
		kept := keptDraft{Draft: &d}
		err = json.Unmarshal(b, &kept)
		d.workshop = kept.Workshop
	}
	if err != nil {
		return d, fmt.Errorf("read a draft: %w", err)
	}
	return d, nil
}

func (s *drafts) ids() (out []string, err error) {
	files, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, f := range files {
		if id, is := strings.CutSuffix(f.Name(), ".json"); is && !strings.HasPrefix(id, ".") {
			out = append(out, id)
		}
	}
	return out, err
}

func (s *drafts) write(d *Draft) error {
	b, err := json.Marshal(keptDraft{d, d.workshop})
	if err != nil {
		return fmt.Errorf("write a draft: %w", err)
	}
	if len(b) > maxDraft {
		return api.Refused("programs", fmt.Sprintf("a draft has at most %d MiB", maxDraft>>20), "take something out")
	}
	return writeDurably(s.path(d.Draft), b)
}

func (s *drafts) list() (out []Draft, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, err := s.ids()
	for _, id := range all {
		d, err := s.read(id)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b Draft) int { return strings.Compare(b.ChangedAt+b.Draft, a.ChangedAt+a.Draft) })
	return out, err
}

// draftsNow is how drafts stand, by their ids: for those who work on them at once.
func (n *Node) draftsNow() (any, error) {
	all, err := n.drafts.list()
	type standing struct {
		Name    string    `json:"name"`
		Release string    `json:"release"`
		Version int       `json:"version"`
		Last    DraftStep `json:"last"`
		// Workshop counts what was done in its workshop, and Here are those who have it open.
		Workshop int      `json:"workshop"`
		Here     []string `json:"here"`
	}
	out := map[string]standing{}
	for _, d := range all {
		is := standing{d.Name, d.Release, d.Version, d.Steps[0], 0, n.presence.here(d.Draft, n.Wall())}
		if d.workshop != nil {
			is.Workshop = d.workshop.Changes
		}
		out[d.Draft] = is
	}
	return map[string]any{"drafts": out}, err
}

// begin makes a draft of what is given.
func (s *drafts) begin(name, by, release string, programs []ProgramFiles) (d Draft, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name = strings.TrimSpace(name); name == "" || len(name) > 120 {
		return d, api.Refused("name", "a draft has a name, of at most 120 letters", "say in a few words what it is for")
	}
	all, err := s.ids()
	if err != nil {
		return d, err
	}
	if len(all) >= manyDrafts {
		return d, api.Refused("", fmt.Sprintf("there are %d drafts already", len(all)), "take some away that nobody works on: removeDraft")
	}
	d = Draft{Draft: audit.NewRequest(), Name: name, Release: release, By: by, At: s.now().String(), Steps: []DraftStep{}, Programs: programs}
	d.step(by, d.At, "begun")
	return d, s.write(&d)
}

func (d *Draft) step(by, at, what string) {
	d.Version++
	d.ChangedBy, d.ChangedAt = by, at
	d.Steps = slices.Insert(d.Steps, 0, DraftStep{d.Version, by, at, what})
	d.Steps = d.Steps[:min(len(d.Steps), manySteps)]
}

// change changes a draft, which nobody else does meanwhile. A version that is named has to be the one that there is.
func (s *drafts) change(id, ifMatch, by string, f func(d *Draft) (what string, err error)) (d Draft, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d, err = s.read(id); err != nil {
		return d, err
	}
	if ifMatch != "" && !api.Matches(ifMatch, d.Tag()) {
		return d, api.Changed(nil, d)
	}
	what, err := f(&d)
	if err != nil || what == "" {
		return d, err
	}
	d.step(by, s.now().String(), what)
	return d, s.write(&d)
}

func (s *drafts) remove(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.read(id); err != nil {
		return err
	}
	return os.Remove(s.path(id))
}

// published takes a draft away that is live now. What somebody changed in it meanwhile stays: it is a draft that is behind.
func (s *drafts) published(d *Draft) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	is, err := s.read(d.Draft)
	if err != nil || is.Version != d.Version {
		return err
	}
	return os.Remove(s.path(d.Draft))
}

func (s *drafts) path(id string) string { return filepath.Join(s.dir, id+".json") }

// files are those of a program of the draft.
func (d *Draft) files(program string) (map[string]string, error) {
	for i := range d.Programs {
		if d.Programs[i].ID == program {
			return d.Programs[i].Files, nil
		}
	}
	var known []string
	for _, p := range d.Programs {
		known = append(known, p.ID)
	}
	return nil, api.NotFound("program", "the draft has no program %q; it has %s", program, strings.Join(known, ", "))
}

// DraftChange is a change of one value in a file of a draft.
type DraftChange struct {
	Program string `json:"program" required:"" doc:"The program's id."`
	File    string `json:"file" required:"" doc:"The file, by its path within the program's folder, such as map.yaml."`
	Do      string `json:"do" required:"" doc:"set a value, or a new one; add to a list; remove; or move within its list."`
	Path    string `json:"path" required:"" doc:"Where: names and, in lists, the id of what stands there or its place from 0, such as /moments/first_visit/name."`
	// Value is any JSON.
	Value  json.RawMessage `json:"value" doc:"What is set or added: any JSON."`
	Before string          `json:"before" doc:"The id or place before which it is added or moved to; the end where it does not say."`
}

// apply changes values, all of them or none.
func (d *Draft) apply(changes []DraftChange) (string, error) {
	if len(changes) == 0 {
		return "", api.Refused("changes", "there are none", "give one or more")
	}
	var what []string
	for i, c := range changes {
		files, err := d.files(c.Program)
		if err != nil {
			return "", err
		}
		at := fmt.Sprintf("changes.%d", i)
		text, is := files[c.File]
		if !is || !strings.HasSuffix(c.File, ".yaml") {
			return "", api.Refused(at+".file", fmt.Sprintf("%s has no YAML file %q", c.Program, c.File), "name one that readDraft gives, or write it whole with writeDraft")
		}
		text, err = draft.Edit(c.File, text, draft.Change{Do: c.Do, Path: c.Path, Value: c.Value, Before: c.Before})
		var w *draft.Wrong
		if errors.As(err, &w) {
			return "", api.Refused(at, w.What, w.Hint)
		}
		if err != nil {
			return "", err
		}
		files[c.File] = text
		what = append(what, c.Do+" "+c.Program+"/"+c.File+" "+c.Path)
	}
	if len(what) > 3 {
		what = append(what[:3], fmt.Sprintf("and %d more", len(what)-3))
	}
	return strings.Join(what, ", "), nil
}

// put writes whole files, and takes others away.
func (d *Draft) put(program string, texts map[string]string, remove []string) (string, error) {
	files, err := d.files(program)
	if err != nil {
		return "", err
	}
	var done []string
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if !fs.ValidPath(name) || strings.Contains(name, "\\") || strings.HasPrefix(filepath.Base(name), ".") {
			return "", api.Refused("files", fmt.Sprintf("%q is no path of a file in a program's folder", name), "write it as map.yaml or content/hello.md")
		}
		if text, had := files[name]; !had || text != texts[name] {
			files[name] = texts[name]
			done = append(done, "wrote "+program+"/"+name)
		}
	}
	for _, name := range remove {
		if _, had := files[name]; !had {
			return "", api.NotFound("remove", "there is no file %q", name)
		}
		delete(files, name)
		done = append(done, "took away "+program+"/"+name)
	}
	return strings.Join(done, ", "), nil
}

// onto brings a draft up to another release: what was not changed in it becomes as it is there. Of files that both changed it is said which
// shall be taken.
func (d *Draft) onto(base, live FilesOfPrograms, take string) (string, error) {
	flat := func(programs []ProgramFiles) map[string]string {
		out := map[string]string{}
		for _, p := range programs {
			for name, text := range p.Files {
				out[p.ID+"/"+name] = text
			}
		}
		return out
	}
	theirs := flat(live.Programs)
	out, conflicts := draft.Merge(flat(base.Programs), flat(d.Programs), theirs)
	if len(conflicts) > 0 && take == "" {
		return "", api.Refused("take", "both the draft and what is live changed "+strings.Join(conflicts, ", "), "say take: draft or live for these files, or write them together with writeDraft first")
	}
	for _, name := range conflicts {
		if take == "live" {
			if text, is := theirs[name]; is {
				out[name] = text
			} else {
				delete(out, name)
			}
		}
	}
	var programs []ProgramFiles
	for _, name := range slices.Sorted(maps.Keys(out)) {
		id, path, _ := strings.Cut(name, "/")
		if n := len(programs); n == 0 || programs[n-1].ID != id {
			programs = append(programs, ProgramFiles{ID: id, Files: map[string]string{}})
		}
		programs[len(programs)-1].Files[path] = out[name]
	}
	d.Programs, d.Release = programs, live.Release
	return fmt.Sprintf("brought up to %.12s", live.Release), nil
}

// programsIn are the programs of a draft; those that are live, where none is named.
func (n *Node) programsIn(draft string) ([]ProgramFiles, error) {
	if draft != "" {
		d, err := n.drafts.get(draft)
		return d.Programs, err
	}
	live, err := n.filesOf("")
	return live.Programs, err
}

// programAmong is the program of this id.
func programAmong(programs []ProgramFiles, id string) (ProgramFiles, error) {
	at := slices.IndexFunc(programs, func(p ProgramFiles) bool { return p.ID == id })
	if at < 0 {
		return ProgramFiles{}, api.NotFound("program", "there is no program %q", id)
	}
	return programs[at], nil
}
