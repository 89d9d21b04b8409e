package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"attune/core/channel"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/record"
	"attune/internal/contact"
	"attune/internal/delivery"
	"attune/internal/returns"
	"attune/internal/runner"
	"attune/internal/seal"
	"attune/internal/store"
	"attune/internal/ticket"
)

// openReturns opens the files of what comes back.
func (n *Node) openReturns(ctx context.Context) (err error) {
	n.Contacts, err = contact.Open(ctx, contact.Config{Path: filepath.Join(n.Data, "contacts.db"), Secret: n.Keys.Secret("contacts"), Keys: n.Keys, Now: n.Now})
	if err != nil {
		return err
	}
	n.closers = append(n.closers, n.Contacts)
	n.Inbox, err = returns.OpenInbox(ctx, returns.InboxConfig{Path: filepath.Join(n.Data, "inbox.db"), Secret: n.Keys.Secret("inbox"), Keys: n.Keys})
	if err != nil {
		return err
	}
	n.closers = append(n.closers, n.Inbox)
	return nil
}

// suppressed tells delivery which addresses are not used any more.
func (n *Node) suppressed(_ context.Context, channel, address string) (why string, suppressed bool, err error) {
	s, is := n.Contacts.Suppressed(contact.Address{Channel: channel, Address: address})
	return string(s.Why), is, nil
}

// shared tells delivery whether several people are reached at an address.
func (n *Node) shared(ctx context.Context, channel, address string) (bool, error) {
	return n.Contacts.Shared(ctx, contact.Address{Channel: channel, Address: address})
}

// refused tells the desk with which code a carrier refused a message at once.
func (n *Node) refused(ctx context.Context, m delivery.Message, code string) error {
	return n.Returns.Refused(ctx, ticket.For(ticket.Callback, m.Person, m.Touch, m.Number), code)
}

// reached notes where a person is reached now, if that may have changed.
func (n *Node) reached(c runner.Change) {
	var err error
	if c.Told {
		err = n.Contacts.Uses(context.Background(), c.Person, c.Frame, contact.Of(c.Traits))
	} else {
		err = n.Contacts.Passed(context.Background(), c.Frame)
	}
	if err != nil { // it is kept, and written with what follows
		n.Logger.Error("where people are reached could not be written", "error", err)
	}
}

// resumeReturns brings the contact points to where people's states are, and does what a crash left.
func (n *Node) resumeReturns(ctx context.Context) error {
	n.Returns = &returns.Desk{Book: n.Contacts, Inbox: n.Inbox, Intake: n.Intake, People: returning{n}, Organisation: n.Organisation, Now: n.Now}
	known, err := n.Contacts.Frame(ctx)
	if err != nil {
		return err
	}
	mark, err := n.People.Mark(ctx)
	if err != nil {
		return err
	}
	if known == contact.Nothing {
		if err := n.recallSuppressed(ctx); err != nil {
			return fmt.Errorf("find out from the history which addresses may not be used: %w", err)
		}
	}
	if known > mark.Frame { // another backup's: what it knows of people may not be so
		if err := n.Contacts.Anew(ctx); err != nil {
			return err
		}
		known = 0
	}
	anew := known <= 0
	reached := func(ctx context.Context, who id.Person, p *person.Person, err error) error {
		if err == nil && anew {
			err = n.toldShared(ctx, who, p)
		}
		return n.nowReached(ctx, who, p, err)
	}
	if err := n.since(ctx, known, mark.Frame, reached); err != nil {
		return fmt.Errorf("find out where people are reached: %w", err)
	}
	if err := n.Contacts.Known(ctx, mark.Frame); err != nil {
		return err
	}
	if err := n.Returns.Resume(ctx); err != nil {
		n.Logger.Warn("what came back is not settled yet", "error", err)
	}
	return nil
}

// since tells of everybody whom commits after one changed, up to another, what they are now; of everybody where nothing is
// known. An error is why that cannot be read: seal.ErrNoKey of who was erased.
func (n *Node) since(ctx context.Context, known, last int64, is func(context.Context, id.Person, *person.Person, error) error) error {
	if known <= 0 {
		return n.People.Each(ctx, func(row store.Row) error {
			p, err := runner.OpenRow(n.Keys, &row)
			return is(ctx, row.Person, &p, err)
		})
	}
	if known >= last {
		return nil
	}
	seen := map[id.Person]bool{}
	return n.History.Frames(ctx, known, func(f store.Frame) error {
		for _, e := range f.Entries {
			if seen[e.Person] {
				continue
			}
			seen[e.Person] = true
			p, ok, err := n.Runner.Person(ctx, e.Person)
			if err == nil && !ok {
				continue
			}
			if err := is(ctx, e.Person, &p, err); err != nil {
				return err
			}
		}
		return nil
	})
}

// toldShared lets a book that is made anew know what somebody was told: so they are told when it is no longer so.
func (n *Node) toldShared(ctx context.Context, who id.Person, p *person.Person) error {
	for _, a := range contact.Of(p.Traits) {
		if x := p.Point(channel.Point(a.Channel), a.Address); x != nil && x.IsShared() {
			if err := n.Contacts.ToldShared(ctx, who, a); err != nil {
				return err
			}
		}
	}
	return nil
}

func (n *Node) nowReached(ctx context.Context, who id.Person, p *person.Person, err error) error {
	if errors.Is(err, seal.ErrNoKey) {
		return n.Returns.Forget(ctx, who) // erased
	}
	if err != nil {
		return err
	}
	return n.Contacts.Uses(ctx, who, 0, contact.Of(p.Traits))
}

// recallSuppressed suppresses again what the history says was, where the file that knew it is lost.
func (n *Node) recallSuppressed(ctx context.Context) error {
	return n.History.Frames(ctx, 0, func(f store.Frame) error {
		for _, e := range f.Entries {
			plain, err := n.Keys.Open(e.Person, seal.Frame, seal.FrameName(f.Number), e.Body)
			if errors.Is(err, seal.ErrNoKey) {
				continue
			}
			if err != nil {
				return err
			}
			rec, err := record.Decode(plain)
			if err != nil {
				return err
			}
			if heard, is := rec.What.(engine.Heard); is {
				if err := n.recall(ctx, &heard); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (n *Node) recall(ctx context.Context, heard *engine.Heard) (err error) {
	e := &heard.Event
	at := contact.Address{Channel: e.Field("channel").Text, Address: e.Field("address").Text}
	switch e.Name {
	case "contact.suppressed":
		err = n.Contacts.Suppress(ctx, at, contact.Suppression{
			Why: contact.Why(e.Field("why").Text), Touch: e.Field("touch").Text, At: e.OccurredAt, Cause: e.ID,
		})
	case "contact.released":
		_, err = n.Contacts.Release(ctx, at, contact.Release{At: e.OccurredAt, Cause: e.ID, By: e.Field("by").Text, Note: e.Field("note").Text})
	}
	return err
}

// returns writes what was gathered of contact points, and settles what waits, until ctx ends.
func (s *Server) returns(ctx context.Context) {
	s.again(ctx, nil, "what came back of messages could not be settled", func() error { return s.Node.Returns.Resume(ctx) })
}

// returning answers what the desk for returns asks.
type returning struct{ *Node }

// underWay is how long an attempt may be somebody's who makes it: it may wait as long as delivery holds
// it for fresh, and then take the carrier's time.
const underWay = instant.Minute

func (r returning) person(ctx context.Context, who id.Person) (p person.Person, ok bool, err error) {
	p, ok, err = r.Runner.Person(ctx, who)
	if errors.Is(err, seal.ErrNoKey) {
		return p, false, nil
	}
	return p, ok, err
}

// Touch implements returns.People: by the person's state, and by their history for what is older.
func (r returning) Touch(ctx context.Context, t ticket.Ticket) (returns.Touch, bool, error) {
	p, ok, err := r.person(ctx, t.Person)
	if err != nil || !ok {
		return returns.Touch{}, false, err
	}
	for i := range p.Touches {
		if x := &p.Touches[i]; t.Of(x.ID) {
			return returns.Touch{ID: x.ID, Channel: x.Channel, Purpose: r.purpose(x.Purpose, x.Program, x.Engagement), Content: x.Content}, true, nil
		}
	}
	var found returns.Touch
	err = r.sends(ctx, t, func(s *effect.Send) {
		found = returns.Touch{ID: s.Touch, Channel: s.Channel, Purpose: r.purpose(s.Purpose, s.Program, s.Engagement), Content: s.Content}
	})
	return found, !found.ID.IsZero(), err
}

// purpose is a touch's, or its engagement's where the touch was decided before touches said theirs.
func (r returning) purpose(said, program, engagement string) string {
	if said != "" {
		return said
	}
	for _, rel := range r.releases() {
		if p := programOf(rel, program); p != nil {
			if e := p.Engagement(engagement); e != nil {
				return e.Purpose
			}
		}
	}
	return ""
}

// SentTo implements returns.People.
func (r returning) SentTo(ctx context.Context, t ticket.Ticket) (to string, err error) {
	err = r.sends(ctx, t, func(s *effect.Send) {
		of := person.Touch{ID: s.Touch, Attempts: uint32(t.Attempt)}
		if s.Attempt == of.Attempt() {
			to = s.To
		}
	})
	return to, err
}

// Beside implements returns.People.
func (r returning) Beside(ctx context.Context, t ticket.Ticket) (out []returns.Touch, err error) {
	err = r.sends(ctx, t, func(s *effect.Send) {
		if of := (person.Touch{ID: s.Touch, Attempts: uint32(t.Attempt)}); s.Attempt != of.Attempt() {
			return
		}
		for _, x := range s.Parts {
			out = append(out, returns.Touch{ID: x.Touch, Channel: s.Channel, Purpose: r.purpose(x.Purpose, s.Program, x.Engagement), Content: x.Content})
		}
	})
	return out, err
}

// sends finds the attempts at a ticket's touch in the person's history.
func (r returning) sends(ctx context.Context, t ticket.Ticket, found func(*effect.Send)) error {
	err := r.History.Of(ctx, t.Person, func(_ int64, _ instant.Time, plain []byte) error {
		rec, err := record.Decode(plain)
		for _, e := range rec.Effects {
			if s, is := e.(effect.Send); is && t.Of(s.Touch) {
				found(&s)
			}
		}
		return err
	})
	if errors.Is(err, seal.ErrNoKey) {
		return nil
	}
	return err
}

// Language implements returns.People.
func (r returning) Language(ctx context.Context, who id.Person) (string, error) {
	p, ok, err := r.person(ctx, who)
	if v := p.Trait("language"); err == nil && ok && v.Type == expr.Text {
		return v.Text, nil
	}
	return "", err
}

// Awaits implements returns.People.
func (r returning) Awaits(ctx context.Context, who id.Person, attempt id.Key) (returns.Awaited, error) {
	p, ok, err := r.person(ctx, who)
	if err != nil || !ok {
		return returns.NotAwaited, err
	}
	for i := range p.Touches {
		t := &p.Touches[i]
		if t.Attempt() != attempt {
			continue
		}
		switch {
		case t.State == person.Uncertain, t.State == person.InFlight && r.Now().Sub(t.Started) >= underWay:
			return returns.Unsettled, nil
		case t.State == person.InFlight:
			return returns.UnderWay, nil
		}
	}
	return returns.NotAwaited, nil
}

// Settle implements returns.People.
func (r returning) Settle(who id.Person, attempt id.Key, taken bool, reference string) {
	w := engine.Settled{Attempt: attempt, Outcome: engine.NotTaken, Reference: reference}
	if taken {
		w.Outcome = engine.Accepted
	}
	r.Runner.Submit(who, w)
	r.poke()
}
