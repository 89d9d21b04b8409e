package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/internal/intake/identity"
)

// Links tells whose identifiers are. *identity.Directory does.
type Links interface {
	Claim(ctx context.Context, groups [][]identity.Key, prepare func(created []id.Person) error) ([]identity.Claimed, error)
	// Unknown tells whether nobody knows who somebody is.
	Unknown(ctx context.Context, who id.Person) (bool, error)
}

// Linked is the property that tells whether the other identifier is this person's now.
const Linked = "linked"

// linking is the event by which a source says that two identifiers are the same person's.
const linking = "identity.linked"

// Link finds whose arrivals are, where some name two identifiers. All is said to the directory in the arrivals' order, so that an
// identifier which somebody used just before is theirs already. If nobody has the other identifier, it becomes theirs. If
// somebody has it, both stay who they are for now, and an event says so, in whose order it is decided whether they are one:
// the arrival itself, if that is what it is about, or another among more, if the two merely came together and the other is of somebody
// of whom nobody knows who they are.
func Link(ctx context.Context, d Links, prepare func(created []id.Person) error, arrivals []*Arrival) (whose []identity.Claimed, more []Arrival, err error) {
	var groups [][]identity.Key
	for _, a := range arrivals {
		// Whose event it is comes by itself first: who is not known yet becomes somebody new, and not whoever
		// the other identifier means.
		if groups = append(groups, []identity.Key{a.Who}); a.Same != (identity.Key{}) {
			groups = append(groups, []identity.Key{a.Who, a.Same})
		}
	}
	claimed, err := d.Claim(ctx, groups, prepare)
	if err != nil {
		return nil, nil, err
	}
	said := map[string]bool{}
	for _, a := range arrivals {
		whose, claimed = append(whose, claimed[0]), claimed[1:]
		if a.Same == (identity.Key{}) {
			continue
		}
		both := claimed[0]
		claimed = claimed[1:]
		if a.Event.Name == linking {
			a.Event = a.Event.With(Linked, expr.FlagOf(len(both.Others) == 0))
			continue
		}
		if len(both.Others) == 0 {
			continue
		}
		unknown, err := d.Unknown(ctx, both.OtherHomes[0])
		if err != nil {
			return nil, nil, err
		}
		if e := together(a); unknown && !said[e.ID] {
			said[e.ID] = true
			more = append(more, Arrival{Person: both.Person, Event: e})
		}
	}
	return whose, more, nil
}

// together is the event that says of an arrival that its two identifiers came together. It is the same however often they do.
func together(a *Arrival) event.Event {
	sum := sha256.Sum256([]byte(a.Who.System + "\x00" + a.Who.Value + "\x00" + a.Same.System + "\x00" + a.Same.Value))
	e := event.Event{
		ID: a.Event.Source + "/together-" + hex.EncodeToString(sum[:12]), Name: linking, Source: a.Event.Source, Historical: a.Event.Historical,
		OccurredAt: a.Event.OccurredAt, ReceivedAt: a.Event.ReceivedAt,
	}
	return e.With("previous", expr.TextOf(a.Same.Value)).With(Linked, expr.FlagOf(false))
}
