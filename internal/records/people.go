package records

import (
	"context"
	"slices"

	"attune/core/id"
	"attune/internal/clinical"
	"attune/internal/intake/identity"
)

// people finds whom entries are about, and makes those nobody knew: they are there before anything can be told of them,
// and have no address until the record gives one.
func (t *taking) people(ctx context.Context, entries []clinical.Entry) ([]id.Person, error) {
	var groups [][]identity.Key
	group := make([]int, len(entries)) // of each entry, -1 for none
	asked := map[clinical.Reference]int{}
	for i := range entries {
		e := &entries[i]
		if e.Wrong && e.Subject == (clinical.Reference{}) {
			group[i] = -1 // a deletion says what, and not of whom
			continue
		}
		if n, already := asked[e.Subject]; already && len(e.Keys) == 0 {
			group[i] = n
			continue
		}
		asked[e.Subject], group[i] = len(groups), len(groups)
		keys := []identity.Key{t.key(e.Subject)}
		for _, k := range e.Keys {
			name, same := t.s.System(k.System)
			if key := (identity.Key{System: name, Value: k.Value}); same && key.Check() == nil && !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
		groups = append(groups, keys)
	}
	whose := make([]id.Person, len(groups))
	if err := t.claim(ctx, groups, func(n int, p id.Person) { whose[n] = p }); err != nil {
		return nil, err
	}
	people := make([]id.Person, len(entries))
	for i, n := range group {
		if n >= 0 {
			people[i] = whose[n]
		}
	}
	return people, nil
}

// claim finds whom groups of identifiers mean.
func (t *taking) claim(ctx context.Context, groups [][]identity.Key, is func(n int, p id.Person)) error {
	claims, err := t.b.cfg.Directory.Claim(ctx, groups, func(created []id.Person) error { return t.b.cfg.Keys.Ensure(created...) })
	if err != nil {
		return err
	}
	for n, c := range claims {
		is(n, c.Home) // so that a record is the same though a merge came or went in between
		if c.Created {
			t.People++
		}
		for _, other := range c.OtherHomes { // a doubt is of records, too: it stays theirs when a merge is undone
			if d := (Doubt{c.Home, other}); !slices.Contains(t.Doubts, d) {
				t.Doubts = append(t.Doubts, d)
			}
		}
	}
	return nil
}

// key is the identifier by which a record means somebody. Patients are known by their bare id, so that "ehr:p-1" is what
// people call them; others by kind and id.
func (t *taking) key(r clinical.Reference) identity.Key {
	switch {
	case r.ID == "":
		name, _ := t.s.System(r.Identifier.System)
		return identity.Key{System: name, Value: r.Identifier.Value}
	case r.Kind == "Patient":
		return identity.Key{System: t.s.KnownSystem(), Value: r.ID}
	}
	return identity.Key{System: t.s.KnownSystem(), Value: string(r.Kind) + "/" + r.ID}
}
