package app

import (
	"context"
	"errors"
	"path/filepath"

	"attune/core/engine"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/policy"
	"attune/internal/contact"
	"attune/internal/delivery"
	"attune/internal/delivery/human"
	"attune/internal/intake"
	"attune/internal/request"
	"attune/internal/seal"
)

// openWork opens the queue of what the team carries.
func (n *Node) openWork(ctx context.Context) error {
	q, err := human.Open(ctx, human.Config{
		File: filepath.Join(n.Data, "tasks.db"), Sealer: sealer{n.Keys}, Relaxed: n.Relaxed,
		Team: func(program, channel string) string {
			t, _ := (teams{n}).Of(program, channel)
			return t.Name
		},
	})
	if err != nil {
		return err
	}
	n.closers = append(n.closers, q)
	n.Work = &human.Desk{Queue: q, World: teamDesk{n}, Now: n.Now}
	return nil
}

// teams tells delivery what people can do in a day, by the live release.
type teams struct{ *Node }

// Of implements delivery.Teams.
func (t teams) Of(program, channel string) (delivery.Team, bool) {
	rel := t.live()
	pr := programOf(rel, program)
	if pr == nil {
		return delivery.Team{}, false
	}
	c, bounded := pr.Policy.CapacityOf(channel)
	if !bounded {
		return delivery.Team{}, false
	}
	var policies []*policy.Policy
	for _, p := range rel.Programs {
		policies = append(policies, &p.Policy)
	}
	out := delivery.Team{Name: c.Team, Hours: pr.Policy.HoursOf(channel)}
	out.Clock, _ = rel.Zones.Find(pr.Policy.Zone)
	for _, p := range policy.Pools(policies...) {
		if p.Team == c.Team {
			out.PerDay = p.PerDay
			out.Zone, _ = rel.Zones.Find(p.Zone)
		}
	}
	return out, true
}

// HandedOver implements delivery.Teams.
func (t teams) HandedOver(ctx context.Context, team string, from, until instant.Time) (int, error) {
	return t.Work.HandedOver(ctx, team, from, until)
}

// teamDesk answers what the desk of the team asks about people.
type teamDesk struct{ *Node }

// erased is why nobody can be reached any more whose key is gone.
const erased policy.Reason = "erased"

// May implements human.World: by the person's state as of the newest that was heard.
func (s teamDesk) May(ctx context.Context, t *human.Task) (human.Verdict, error) {
	p, ok, err := s.Runner.Person(ctx, t.Person)
	if errors.Is(err, seal.ErrNoKey) || err == nil && !ok {
		return human.Verdict{Reason: erased}, nil
	}
	if err != nil {
		return human.Verdict{}, err
	}
	rel := s.under(p.Release)
	if rel == nil {
		rel = s.live()
	}
	pr := programOf(rel, t.Program)
	if pr == nil || pr.Engagement(t.Engagement) == nil {
		return human.Verdict{Reason: policy.NoContent}, nil
	}
	v := engine.Still(rel, p, id.SeedOf(s.Keys.Secret(seedSecret), t.Person), s.Now(), pr, pr.Engagement(t.Engagement), t.Channel, t.Touch)
	return human.Verdict{Reason: v.Reason, Detail: v.Detail, Until: v.Until, To: v.To}, nil
}

// Hear implements human.World.
func (s teamDesk) Hear(ctx context.Context, p id.Person, e event.Event) error {
	err := s.Intake.Take(ctx, intake.Source{Name: request.Source}, []intake.Arrival{{Person: p, Event: e}})
	if errors.Is(err, seal.ErrNoKey) {
		return nil // erased meanwhile
	}
	return err
}

// WrongPerson implements human.World. Everybody who shares the address is told.
func (s teamDesk) WrongPerson(ctx context.Context, t *human.Task, address string) error {
	err := s.Contacts.Suppress(ctx, contact.Address{Channel: t.Channel, Address: address}, contact.Suppression{
		Why: contact.WrongPerson, Touch: t.Touch.String(), At: s.Now(), Cause: "task " + t.ID.String(),
	})
	if err != nil {
		return err
	}
	if err := s.Returns.Resume(ctx); err != nil { // it is kept, and tried again
		s.Logger.Warn("who shares an address that is the wrong person's is not told yet", "error", err)
	}
	return nil
}
