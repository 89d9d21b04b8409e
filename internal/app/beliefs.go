package app

import (
	"slices"

	"attune/core/instant"
	"attune/core/person"
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
	at := slices.IndexFunc(i.archive.list, func(p2 Publication) bool { return p2.Short == p.Release })
	if at < 0 {
		return nil, nil // moved while it was read
	}
	zones, err := instant.LoadZones()
	if err != nil {
		return nil, err
	}
	rel, _, err := i.archive.compile(&i.archive.list[at], zones)
	if err != nil {
		return nil, err
	}
	var out []Belief
	for k := range p.Beliefs {
		if b := p.Beliefs[k]; known(b) && k < len(rel.Behaviors) {
			out = append(out, Belief{b.Program, b.Behavior, rel.Behaviors[k].Model.Explain(b.Belief, p.Now, reasonsShown)})
		}
	}
	return out, nil
}
