package app

import (
	"slices"

	"attune/core/instant"
	"attune/core/person"
	"attune/core/release"
	"attune/core/stage"
)

// Belief is what is believed about a person's stage in one behavior, and why.
type Belief struct {
	Program, Behavior string
	stage.Explanation
}

// reasonsShown is how many pieces of evidence are told.
const reasonsShown = 3

// Beliefs tells in which stages a person is believed to be, and why, under the release they live under.
func (i *Inspector) Beliefs(p *person.Person) ([]Belief, error) {
	known := func(b person.Belief) bool { return b.Mode != stage.None }
	if !slices.ContainsFunc(p.Beliefs, known) {
		return nil, nil
	}
	rel, err := i.compiled(p.Release)
	if rel == nil {
		return nil, err // moved while it was read
	}
	var out []Belief
	for k := range p.Beliefs {
		if b := p.Beliefs[k]; known(b) && k < len(rel.Behaviors) {
			out = append(out, Belief{b.Program, b.Behavior, rel.Behaviors[k].Model.Explain(b.Belief, p.Now, reasonsShown)})
		}
	}
	return out, nil
}

// compiled returns the release of that short id, compiled once; nil where the folder has none of it.
func (i *Inspector) compiled(short uint64) (*release.Release, error) {
	if rel := i.releases[short]; rel != nil {
		return rel, nil
	}
	at := slices.IndexFunc(i.archive.list, func(p Publication) bool { return p.Short == short })
	if at < 0 {
		return nil, nil
	}
	zones, err := instant.LoadZones()
	if err != nil {
		return nil, err
	}
	rel, _, err := i.archive.compile(&i.archive.list[at], zones)
	if err == nil {
		i.releases[short] = rel
	}
	return rel, err
}
