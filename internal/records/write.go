package records

import (
	"context"
	"slices"
	"strings"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/internal/clinical"
	"attune/internal/intake"
	"attune/internal/seal"
)

// arrival is an event of the source.
func (t *taking) arrival(who id.Person, e event.Event) intake.Arrival {
	e.ID = t.s.Name + "/" + e.ID
	e.Historical = !t.s.Live
	switch e.Name {
	case "caregiver.linked", "caregiver.unlinked", "patient.merged", "patient.linked", "patient.unlinked":
		e.Props = slices.Clone(e.Props)
		for i := range e.Props {
			t.called(&e.Props[i])
		}
	}
	return intake.Arrival{Person: who, Event: e}
}

// called writes a property that names somebody of the record as people are called here.
func (t *taking) called(p *event.Prop) {
	switch p.Name {
	case "caregiver", "from", "to":
		kind, name, found := strings.Cut(p.Value.Text, "/")
		if !found {
			return
		}
		k := t.key(clinical.Reference{Kind: clinical.Kind(kind), ID: name})
		p.Value = expr.TextOf(k.System + ":" + k.Value)
	}
}

// takeBack tells that what was told of an entry is not so; now is what is so.
func (t *taking) takeBack(is *noted, gone []told, now []clinical.Told) {
	for _, was := range gone {
		was.Is.ID = was.Sent
		e := clinical.Retraction(clinical.Told{Event: was.Is}, now)
		t.back = append(t.back, t.arrival(was.Who, e))
		if is.Back == nil {
			is.Back = map[string]int{}
		}
		is.Back[was.ID]++
		t.TakenBack++
		t.Events[e.Name]++
	}
}

// write stores what the batch changed, within its transaction.
func (t *taking) write(ctx context.Context) error {
	if err := t.putAll(ctx); err != nil {
		return err
	}
	if err := t.putNames(ctx, t.dirtyNames, func(by token) *name { return t.names[by] }); err != nil {
		return err
	}
	err := t.b.addPassed.put(ctx, t.tx, len(t.passed), func(i int, to []any) ([]any, error) { return append(to, t.passed[i][:]), nil })
	if err != nil {
		return err
	}
	return t.pend(ctx)
}

// putNames writes names.
func (t *taking) putNames(ctx context.Context, names []token, of func(token) *name) error {
	slices.SortFunc(names, compareTokens) // neighbours share a page
	return t.b.putName.put(ctx, t.tx, len(names), func(i int, to []any) ([]any, error) {
		n := of(names[i])
		if n.versions == nil {
			n.versions = []byte{}
		}
		return append(to, names[i][:], n.entry, n.versions), nil
	})
}

// pend keeps the batch's events until the log has them: those of a person in one piece, each with its place.
func (t *taking) pend(ctx context.Context) error {
	var people []id.Person
	of := map[id.Person][]byte{}
	for i := range t.arrivals {
		a := &t.arrivals[i]
		plain, err := a.Event.Encode()
		if err != nil {
			return err
		}
		b, there := of[a.Person]
		if !there {
			people = append(people, a.Person)
		}
		of[a.Person] = appendPlaced(b, i, plain)
	}
	err := t.b.addPending.put(ctx, t.tx, len(people), func(i int, to []any) ([]any, error) {
		sealed, err := t.b.cfg.Keys.Seal(people[i], seal.Notice, nil, of[people[i]])
		return append(to, i, t.s.Name, people[i][:], sealed), err
	})
	if err != nil {
		return err
	}
	_, err = t.tx.ExecContext(ctx, `UPDATE about SET begun = ?`, int64(t.b.cfg.Log.Last()))
	return err
}

// putAll writes the entries that changed.
func (t *taking) putAll(ctx context.Context) error {
	return t.b.putEntry.put(ctx, t.tx, len(t.order), func(i int, to []any) ([]any, error) {
		is := t.order[i]
		t.room = is.page.append(t.room[:0])
		sealed, err := t.b.cfg.Keys.Seal(is.person, seal.Entry, entryName(is.n), t.room)
		return append(to, is.n, is.person[:], is.named, is.saysWho(), sealed), err
	})
}
