package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"attune/core/effect"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/internal/finder"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/runner"
)

const callMerge = "merge"

// MergeWord is what somebody says about two records: that they are one person's, or are not after all.
type MergeWord struct {
	// Person is whose record goes on, and Of the other.
	Person string `json:"person"`
	Of     string `json:"of"`
	// Apart tells that they are two people's.
	Apart bool   `json:"apart"`
	By    string `json:"by"`
	Note  string `json:"note"`
}

func (n *Node) handleMerges(mux *http.ServeMux) {
	answer(n, mux, callMerge, func(ctx context.Context, in MergeWord) (nothing, error) { return nothing{}, n.merge(ctx, in) })
}

// merge takes the word into the order of the person who goes on. It is durable when merge returns nil.
func (n *Node) merge(ctx context.Context, in MergeWord) error {
	who, err := id.ParsePerson(in.Person)
	if err != nil {
		return err
	}
	of, err := id.ParsePerson(in.Of)
	if err != nil {
		return err
	}
	if in.By = strings.TrimSpace(in.By); in.By == "" {
		return errors.New("somebody has to say that two records are one person's: --by")
	}
	for _, p := range [2]id.Person{who, of} {
		if !n.Keys.Has(p) {
			return fmt.Errorf("nothing is known of %s any more", p)
		}
	}
	into := n.Runner.Forward(of)
	switch who = n.Runner.Forward(who); {
	case in.Apart && into == of:
		return fmt.Errorf("%s stands for itself: it is part of no other record", of)
	case in.Apart:
		if who, err = n.partOf(ctx, of); err != nil {
			return err
		}
	case into == who:
		return fmt.Errorf("%s is part of %s already", of, who)
	default:
		if err := n.alike(ctx, who, into); err != nil {
			return err
		}
	}
	return n.Intake.Take(ctx, intake.Source{Name: event.Own}, []intake.Arrival{{Person: who, Event: mergeOrder(in.Apart, of, in.By, in.Note, "", n.Now())}})
}

// partOf is whose record another is part of, which has to stand for itself.
func (n *Node) partOf(ctx context.Context, of id.Person) (id.Person, error) {
	all, err := n.People.Forwards(ctx)
	if err != nil {
		return of, err
	}
	for _, f := range all {
		if f.From != of {
			continue
		}
		if last := n.Runner.Forward(of); last != f.To {
			return of, fmt.Errorf("%s is part of %s, which itself is part of %s: part those two first", of, f.To, last)
		}
		return f.To, nil
	}
	return of, fmt.Errorf("%s stands for itself: it is part of no other record", of)
}

// alike refuses to make one of a patient and a clinician.
func (n *Node) alike(ctx context.Context, a, b id.Person) error {
	p, _, err := n.Runner.Person(ctx, a)
	if err != nil {
		return err
	}
	q, _, err := n.Runner.Person(ctx, b)
	if err == nil && p.Kind != q.Kind {
		err = fmt.Errorf("one is a %s and the other a %s: a person who is both has two records", p.Kind, q.Kind)
	}
	return err
}

// mergeOrder is the event by which two records become one, or two again. One that a source's event asks for has an id of
// its own, so that it is ordered once.
func mergeOrder(apart bool, of id.Person, by, note, because string, at instant.Time) event.Event {
	e := event.Event{Name: runner.Merge, Source: event.Own, OccurredAt: at, ReceivedAt: at}
	if apart {
		e.Name = runner.Part
	}
	nth := uint64(at)
	if because != "" {
		nth = id.Hash(because)
	}
	e.ID = event.Own + "/" + id.Derive(id.Seed{}, e.Name, id.Hash(of.String()), nth).String()
	e = e.With("of", expr.TextOf(of.String())).With("by", expr.TextOf(by))
	if note != "" {
		e = e.With("note", expr.TextOf(note))
	}
	return e
}

// same says what becomes of two records of which a source says that they are one person's. Who runs a system of
// identifiers says so of two of its own, and of somebody unknown it is known who they are once they say it. That any
// other two are one is for a human to say.
func (n *Node) same(ctx context.Context, from id.Person, x effect.Same) (who id.Person, order event.Event, ok bool, err error) {
	by := "the source " + x.Source
	of, found, err := n.keyOf(ctx, x.Of)
	if err != nil || !found {
		return who, order, false, err
	}
	home, _, err := n.Directory.Home(ctx, of)
	if err != nil {
		return who, order, false, err
	}
	if x.With == "" {
		if said, err := n.Finder.Said(ctx, from, home); err != nil || said == finder.Different {
			return who, order, false, err // somebody said that it was a mistake, and the source says it all the time
		}
		unknown, err := n.Directory.Unknown(ctx, home)
		return from, mergeOrder(false, home, by, "", x.Event, x.At), unknown && home != from && n.Runner.Forward(home) == home, err
	}
	with := identity.Key{System: of.System, Value: strings.TrimPrefix(x.With, of.System+":")}
	if with.System+":"+with.Value != x.With || with.Check() != nil {
		return who, order, false, nil // it is another system's
	}
	if x.Apart {
		if n.Runner.Forward(home) == home {
			return who, order, false, nil
		}
		if who, err = n.partOf(ctx, home); err != nil {
			n.Logger.Warn("a source takes back that two records are one, and more were merged since: somebody has to part them by hand", "error", err)
			return who, order, false, nil
		}
		return who, mergeOrder(true, home, by, "", x.Event+"/back", x.At), true, nil
	}
	people, _, err := n.Directory.Resolve(ctx, []identity.Key{with}, func(created []id.Person) error { return n.Keys.Ensure(created...) })
	if err != nil {
		return who, order, false, err
	}
	return people[0], mergeOrder(false, home, by, "", x.Event, x.At), people[0] != n.Runner.Forward(home), nil
}

// keyOf is the key that SYSTEM:VALUE means; not found where nobody has it.
func (n *Node) keyOf(ctx context.Context, written string) (identity.Key, bool, error) {
	for _, k := range identity.Candidates(written) {
		if _, found, err := n.Directory.Home(ctx, k); err != nil || found {
			return k, found, err
		}
	}
	return identity.Key{}, false, nil
}

// SayMerge gives a word about two records to the server of a data folder.
func SayMerge(ctx context.Context, data string, w MergeWord) error {
	_, err := ask[MergeWord, nothing](ctx, data, callMerge, w)
	return served(err)
}
