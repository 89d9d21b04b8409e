package app

import (
	"context"
	"errors"
	"slices"

	"attune/core/id"
	"attune/core/person"
	"attune/core/release"
	"attune/internal/runner"
)

// Plan is what publishing would change.
type Plan struct {
	Live     string     `json:"live"`
	Release  string     `json:"release"`
	Changes  []Change   `json:"changes"`
	Stranded []Stranded `json:"people_on_removed_steps"`
}

// Plan compares a release with the live one, and counts who stands on steps that it does not have.
func (i *Inspector) Plan(ctx context.Context, rel *release.Release) (Plan, error) {
	live := i.archive.live()
	out := Plan{Live: live.Release, Release: rel.ID, Changes: []Change{}, Stranded: []Stranded{}}
	if err := i.archive.pin(rel); err != nil {
		return out, err
	}
	was, _, err := i.archive.compile(live, rel.Zones)
	if _, old := errors.AsType[*unreadable](err); err != nil && !old {
		return out, err
	}
	if was != nil {
		out.Changes = append(out.Changes, changes(was, rel)...)
	}
	found, err := stranded(ctx, i.people, i.keys, rel)
	out.Stranded = append(out.Stranded, found...)
	return out, err
}

// Release is a publication for people and scripts.
type Release struct {
	Number   int      `json:"number"`
	Release  string   `json:"release"`
	At       string   `json:"published"`
	Programs []string `json:"programs"`
	Live     bool     `json:"live"`
	// People live under it now; on the live one those who were moved already, or came since.
	People          int64 `json:"people"`
	IncludeExisting bool  `json:"include_existing"`
	Undoes          int   `json:"undoes,omitempty"`
	Upgrade         bool  `json:"upgrade"`
}

// Releases lists what was published, the newest first.
func (i *Inspector) Releases(ctx context.Context) ([]Release, error) {
	under, all, err := runner.Standing(ctx, i.people)
	if err != nil {
		return nil, err
	}
	for _, p := range i.archive.list[1:] {
		all -= under[p.Short]
	}
	under[i.archive.list[0].Short] = all // a folder may be older than this count
	out := []Release{}
	for k, p := range i.archive.list {
		r := Release{
			Number: p.Number, Release: p.Release, At: p.At.String(), Live: k == len(i.archive.list)-1, People: under[p.Short],
			IncludeExisting: p.IncludeExisting, Undoes: p.Undoes, Upgrade: p.Upgrade,
		}
		for _, kept := range p.Programs {
			r.Programs = append(r.Programs, kept.ID)
		}
		out = append(out, r)
	}
	slices.Reverse(out)
	return out, nil
}

// Attention is a passage that cannot go on by itself.
type Attention struct {
	Enrollment string `json:"enrollment"`
	Person     string `json:"person"`
	Program    string `json:"program"`
	Journey    string `json:"journey"`
	Step       string `json:"step"`
	Why        string `json:"why"`
	Entered    string `json:"entered"`
}

// Attention lists the passages that cannot go on by themselves.
func (i *Inspector) Attention(ctx context.Context) ([]Attention, error) {
	out := []Attention{}
	err := eachNotable(ctx, i.people, i.keys, func(p *person.Person) error {
		for k := range p.Enrollments {
			if e := &p.Enrollments[k]; e.Parked && e.Left == 0 {
				out = append(out, Attention{e.ID.String(), p.ID.String(), e.Program, e.Journey, e.Step, e.Why, e.Entered.String()})
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var people []id.Person
	for k := range out {
		people = append(people, ids(out[k].Person)...)
	}
	return out, i.looked(ctx, "Attention", people...)
}
