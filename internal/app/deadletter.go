package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"attune/core/engine"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/internal/control"
	"attune/internal/story"
)

// DeadLetter is a touch that came to its end because of its carrier.
type DeadLetter struct {
	Touch      string `json:"touch"`
	Person     string `json:"person"`
	Program    string `json:"program"`
	Engagement string `json:"engagement"`
	Channel    string `json:"channel"`
	At         string `json:"at"`
	Attempts   uint32 `json:"attempts"`
	Replays    uint32 `json:"replays,omitempty"`
	// Reason is undeliverable, carrier_refused, uncertain or unconfirmed, and Says what that means.
	Reason string `json:"reason"`
	Says   string `json:"says"`
	// MaybeDelivered ones are not put back without somebody's word that they were not.
	MaybeDelivered bool `json:"maybe_delivered,omitempty"`
}

// DeadFilter says which dead letters are meant; empty fields mean all.
type DeadFilter struct {
	Channel, Reason string
	Since           instant.Time
}

// uncertain is the reason of a touch whose outcome is still waited for.
const uncertain = "uncertain"

// DeadReasons are the reasons that a dead letter can have.
func DeadReasons() []string {
	return []string{string(policy.Undelivered), string(policy.Refused), uncertain, string(policy.Unconfirmed)}
}

// DeadLetters lists touches that came to their end because of their carrier, the newest first, as long as
// people's states have them.
func (i *Inspector) DeadLetters(ctx context.Context, f DeadFilter) ([]DeadLetter, error) {
	out := []DeadLetter{}
	err := eachNotable(ctx, i.people, i.keys, func(p *person.Person) error {
		for k := range p.Touches {
			t := &p.Touches[k]
			dead := engine.DeadLetter(t)
			if dead == engine.Alive || f.Channel != "" && f.Channel != t.Channel || t.Settled < f.Since {
				continue
			}
			d := DeadLetter{
				Touch: t.ID.String(), Person: p.ID.String(), Program: t.Program, Engagement: t.Engagement, Channel: t.Channel, At: t.Settled.String(),
				Attempts: t.Attempts, Replays: t.Replays, Reason: t.Why, Says: story.Explain(policy.Reason(t.Why), ""), MaybeDelivered: dead == engine.MaybeDelivered,
			}
			if t.State == person.Uncertain {
				d.Reason, d.Says = uncertain, "nobody knows yet whether the carrier took it"
			}
			if f.Reason == "" || f.Reason == d.Reason {
				out = append(out, d)
			}
		}
		return nil
	})
	slices.SortFunc(out, func(a, b DeadLetter) int {
		if a.At != b.At {
			return strings.Compare(b.At, a.At)
		}
		return strings.Compare(a.Touch, b.Touch)
	})
	if err != nil {
		return nil, err
	}
	var people []id.Person
	for k := range out {
		people = append(people, ids(out[k].Person)...)
	}
	return out, i.looked(ctx, "DeadLetters", people...)
}

const callReplay = "replay"

type replayCall struct {
	Letters      []DeadLetter `json:"letters"`
	NotDelivered bool         `json:"not_delivered"`
}

// replayed is how many a call put back, and why others were not.
type replayed struct {
	Replayed int      `json:"replayed"`
	Not      []string `json:"not"`
}

// handleReplay puts dead letters back, one person after another.
func (n *Node) handleReplay(mux *http.ServeMux) {
	answer(n, mux, callReplay, func(ctx context.Context, in replayCall) (out replayed, err error) {
		for _, d := range in.Letters {
			if err := n.replay(ctx, d, in.NotDelivered); err != nil {
				if ctx.Err() != nil {
					return out, err
				}
				out.Not = append(out.Not, fmt.Sprintf("%.8s: %v", d.Touch, err))
				continue
			}
			out.Replayed++
		}
		return out, nil
	})
}

// replay puts one dead letter back, and waits until it is.
func (n *Node) replay(ctx context.Context, d DeadLetter, notDelivered bool) error {
	who, err := id.ParsePerson(d.Person)
	if err != nil {
		return err
	}
	touch, err := id.ParseKey(d.Touch)
	if err != nil {
		return err
	}
	find := func() (*person.Touch, error) {
		p, _, err := n.Runner.Person(ctx, who)
		if err != nil {
			return nil, err
		}
		for k := range p.Touches {
			if p.Touches[k].ID == touch {
				return &p.Touches[k], nil
			}
		}
		return nil, errors.New("it is so long over that it is not in the state any more")
	}
	was, err := find()
	if err != nil {
		return err
	}
	switch engine.DeadLetter(was) {
	case engine.Alive:
		return errors.New("it is no dead letter: " + was.State.String())
	case engine.MaybeDelivered:
		if !notDelivered {
			return errors.New("it may have been delivered, and would come twice")
		}
	case engine.NotDelivered:
	}
	if en := n.engagementOf(was); !en {
		return fmt.Errorf("the engagement %s of %s is not in the live release any more", was.Engagement, was.Program)
	}
	n.Runner.Submit(who, engine.Replay{Touch: touch, NotDelivered: notDelivered})
	n.poke()
	for range 500 {
		is, err := find()
		if err != nil || is.Replays > was.Replays {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
	return errors.New("it was handed in and is not put back yet: the server is busy")
}

func (n *Node) engagementOf(t *person.Touch) bool {
	p := programOf(n.live(), t.Program)
	if p == nil {
		return false
	}
	for i := range p.Engagements {
		if p.Engagements[i].ID == t.Engagement {
			return true
		}
	}
	return false
}

// ReplayIn puts dead letters back through the server of a data folder. It returns how many it put back,
// and why others were not.
func ReplayIn(ctx context.Context, data string, letters []DeadLetter, notDelivered bool) (int, []string, error) {
	out, err := ask[replayCall, replayed](ctx, data, callReplay, replayCall{letters, notDelivered})
	if errors.Is(err, control.ErrNobody) {
		err = errors.New("no server runs on this data folder, and only a running one can put touches back: start attune serve")
	}
	return out.Replayed, out.Not, err
}
