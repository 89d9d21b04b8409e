package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"attune/core/decision"
	"attune/core/instant"
	"attune/internal/learn"
)

// Made is what is kept of a model beside it.
type Made struct {
	ID string `json:"id"`
	// Made is when, on the people's clock; Release is what was live.
	Made    string `json:"made"`
	Release string `json:"release"`
	// Rows are those it learned from, and Weight what they weigh by their age.
	Rows   int         `json:"rows"`
	Weight float64     `json:"weight"`
	Count  learn.Count `json:"count"`
	// Features is how many it knows; Changed are those that moved most since the model before, or since what was
	// expected before there was any.
	Features int             `json:"features"`
	Changed  []learn.Changed `json:"changed"`
	// Retired are the variants that it leaves out, and by what.
	Retired []learn.Retirement `json:"retired,omitempty"`
	// Moved is what saying each engagement does to moving on to a later stage.
	Moved []learn.Moved `json:"moved,omitempty"`
	// Library is what of other organisations it began from; nil for nothing.
	Library *MadeFrom `json:"library,omitempty"`
	// Current tells that decisions go by it now.
	Current bool `json:"current,omitempty"`
}

// MadeFrom is what of other organisations a model began from.
type MadeFrom struct {
	// Files are the SHA-256 of theirs, and Organisations who they are.
	Files         []string `json:"files"`
	Organisations []string `json:"organisations"`
	// Standing is how much of it what was seen here leaves standing, from 0 to 1.
	Standing float64 `json:"standing"`
}

// models keeps all that was ever learned in the folder models of the data folder: each model's bytes under its
// id, what is known of it beside, and in current which one decides. Nothing of it ever changes but current:
// decisions name the model that they were made with, and are made again with it.
type models struct {
	dir string

	// staleAfter is how old a model may be that decides.
	staleAfter instant.Duration

	mu      sync.Mutex
	current *decision.Model
	made    instant.Time
	// found are former models that were asked for, the newest last.
	found []*decision.Model
}

// staleAfter is how old a model may be that decides, where nothing else is said: two nights without learning.
const staleAfter = 48 * instant.Hour

const (
	modelsName   = "models"
	currentName  = "current"
	modelEnding  = ".model"
	rememberedOf = 8
)

func openModels(data string) (*models, error) {
	m := &models{dir: filepath.Join(data, modelsName), staleAfter: staleAfter}
	name, err := os.ReadFile(filepath.Join(m.dir, currentName))
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read which model decides: %w", err)
	}
	id := strings.TrimSpace(string(name))
	if m.current, err = m.load(id); err != nil {
		return nil, err
	}
	made, err := readMade(filepath.Join(m.dir, id+".json"))
	if err == nil {
		m.made, err = instant.Parse(made.Made)
	}
	return m, err
}

func readMade(path string) (made Made, err error) {
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &made)
	}
	if err != nil {
		return made, fmt.Errorf("read when a model was made: %w; restore %s from a backup", err, path)
	}
	return made, nil
}

// Current implements runner.Models. A model of a time to come is as doubtful as an old one: a clock was set back,
// and nobody knows how old it is.
func (m *models) Current(now instant.Time) (model *decision.Model, stale bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	age := now.Sub(m.made)
	return m.current, m.current != nil && max(age, -age) > m.staleAfter
}

// newest is what decides, however old it is.
func (m *models) newest() *decision.Model {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.current
}

// Find implements runner.Models.
func (m *models) Find(short uint64) (*decision.Model, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.current != nil && m.current.Short == short {
		return m.current, nil
	}
	for _, f := range m.found {
		if f.Short == short {
			return f, nil
		}
	}
	paths, err := filepath.Glob(filepath.Join(m.dir, fmt.Sprintf("%016x*%s", short, modelEnding)))
	if err != nil || len(paths) == 0 {
		return nil, errors.Join(err, fmt.Errorf("the model %016x is not in %s: restore it from a backup", short, m.dir))
	}
	found, err := m.load(strings.TrimSuffix(filepath.Base(paths[0]), modelEnding))
	if err != nil {
		return nil, err
	}
	if m.found = append(m.found, found); len(m.found) > rememberedOf {
		m.found = m.found[1:]
	}
	return found, nil
}

// load reads a model, and makes sure that it is the one of that name.
func (m *models) load(name string) (*decision.Model, error) {
	path := filepath.Join(m.dir, name+modelEnding)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the model %s is missing: decisions were made with it, so restore it from a backup", path)
	}
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	model, err := decision.Decode(data)
	if err == nil && model.ID != name {
		err = errors.New("its bytes are not those of its name")
	}
	if err != nil {
		return nil, fmt.Errorf("the model %s cannot be used: %w; restore it from a backup", path, err)
	}
	return model, nil
}

// keep makes a model durable; nothing decides by it yet.
func (m *models) keep(model *decision.Model, made Made) error {
	text, err := json.MarshalIndent(made, "", "  ")
	if err != nil {
		return fmt.Errorf("keep model: %w", err)
	}
	if err := writeDurably(filepath.Join(m.dir, model.ID+modelEnding), model.Encode()); err != nil {
		return err
	}
	return writeDurably(filepath.Join(m.dir, model.ID+".json"), append(text, '\n'))
}

// use lets decisions go by a model that is kept, from the next batch on.
func (m *models) use(model *decision.Model, made instant.Time) error {
	if err := writeDurably(filepath.Join(m.dir, currentName), []byte(model.ID+"\n")); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.current, m.made = model, made
	return nil
}

// list tells of all models, oldest first.
func (m *models) list() ([]Made, error) {
	paths, err := filepath.Glob(filepath.Join(m.dir, "*.json"))
	if err != nil {
		return nil, err
	}
	out := []Made{}
	current := m.newest()
	for _, path := range paths {
		made, err := readMade(path)
		if err != nil {
			return nil, err
		}
		made.Current = current != nil && current.ID == made.ID
		out = append(out, made)
	}
	slices.SortStableFunc(out, func(a, b Made) int { return strings.Compare(a.Made, b.Made) })
	return out, nil
}

// madeAt is when the newest model was made; 0 where there is none.
func (m *models) madeAt() (instant.Time, error) {
	list, err := m.list()
	if err != nil || len(list) == 0 {
		return 0, err
	}
	return instant.Parse(list[len(list)-1].Made)
}

// ModelsIn lists what was learned in a data folder, oldest first.
func ModelsIn(data string) ([]Made, error) {
	if used, err := Used(data); err != nil || !used {
		return nil, errors.Join(err, notUsed(data))
	}
	m, err := openModels(data)
	if err != nil {
		return nil, err
	}
	return m.list()
}
