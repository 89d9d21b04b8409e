package returns

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/internal/contact"
	"attune/internal/intake"
	"attune/internal/seal"
	"attune/internal/ticket"
)

// Source is the name under which what comes back comes in.
const Source = contact.Source

// Touch is what the desk has to know of a touch.
type Touch struct {
	ID               id.Key
	Channel, Purpose string
	// Content is the hash of its text.
	Content string
}

// Awaited tells how an attempt stands.
type Awaited uint8

// An attempt nobody waits for was settled, or is not the touch's newest. One that was begun just now is
// answered by whoever makes it.
const (
	NotAwaited Awaited = iota
	UnderWay
	Unsettled
)

// People answers what the desk asks of people's states and histories.
type People interface {
	// Touch finds the touch that a ticket is about.
	Touch(ctx context.Context, t ticket.Ticket) (Touch, bool, error)
	// SentTo finds the address to which the ticket's attempt was to go; empty where there is none.
	SentTo(ctx context.Context, t ticket.Ticket) (string, error)
	// Beside finds the other touches that went out in the message of the ticket's attempt.
	Beside(ctx context.Context, t ticket.Ticket) ([]Touch, error)
	// Language is what a person reads; empty where nobody knows.
	Language(ctx context.Context, p id.Person) (string, error)
	// Awaits tells how an attempt stands.
	Awaits(ctx context.Context, p id.Person, attempt id.Key) (Awaited, error)
	// Settle gives a carrier's word into the person's order.
	Settle(p id.Person, attempt id.Key, taken bool, reference string)
}

// Taker takes events in. *intake.Intake is one.
type Taker interface {
	Take(ctx context.Context, source intake.Source, arrivals []intake.Arrival) error
}

// Desk takes what comes back. Its fields are set before it is used; its methods may be called by many
// goroutines at once.
type Desk struct {
	Book   *contact.Book
	Inbox  *Inbox
	Intake Taker
	People People
	// Organisation is who writes, as people know it.
	Organisation string
	Now          func() instant.Time

	mu sync.Mutex
	// given are the settlements that this process has given into people's orders.
	given map[id.Key]bool
}

// WrongError says why a report or word cannot be one.
type WrongError struct{ What string }

func (e *WrongError) Error() string { return e.What }

// The bounds of what carriers say, in bytes. They are within those of an event, so that nothing is taken
// and then quarantined.
const (
	mostCode = 128
	mostText = 6000
)

// Take takes a carrier's report. It is durable when Take returns nil; the same report again changes
// nothing. About a touch that nobody knows any more there is nothing to report.
func (d *Desk) Take(ctx context.Context, r Report) error {
	if r.What < Accepted || r.What > Unsubscribed {
		return &WrongError{fmt.Sprintf("a report says %s", r.What)}
	}
	if r.Ticket.Kind == ticket.Unsubscribe && r.What != Unsubscribed {
		return &WrongError{"a ticket for unsubscribing was used to say " + r.What.String()}
	}
	touch, found, err := d.People.Touch(ctx, r.Ticket)
	if err != nil {
		return fmt.Errorf("take a report: %w", err)
	}
	if !found {
		return nil
	}
	switch r.What {
	case Accepted, NeverTaken:
		attempt := person.Touch{ID: touch.ID, Attempts: uint32(r.Ticket.Attempt)}
		s := settlement{attempt.Attempt(), r.Ticket.Person, r.What == Accepted, clip(r.Reference, mostCode)}
		if err := d.Inbox.keep(ctx, s); err != nil {
			return err
		}
		return d.settle(ctx, s)
	case Unsubscribed:
		if touch.Purpose == "" { // nothing tells any more what it was for, so it is taken for everything
			return d.suppress(ctx, &r, touch, contact.Stop)
		}
		return d.unsubscribe(ctx, &r, touch)
	case Failed, Complained:
		if why, deadly := deadly(&r); deadly {
			if err := d.suppress(ctx, &r, touch, why); err != nil {
				return err
			}
		}
	case Delivered, Opened:
	}
	return d.take(ctx, r.Ticket.Person, d.reported(&r, touch))
}

// Refused takes the code with which a carrier refused an attempt at once. What the code says of the address
// is the same as in a report; what it says of the attempt its settlement tells.
func (d *Desk) Refused(ctx context.Context, t ticket.Ticket, code string) error {
	r := Report{Ticket: t, What: Failed, Permanent: true, Code: code}
	why, is := deadly(&r)
	if !is {
		return nil
	}
	touch, found, err := d.People.Touch(ctx, t)
	if err != nil {
		return fmt.Errorf("take a refusal: %w", err)
	}
	if !found {
		return nil
	}
	return d.suppress(ctx, &r, touch, why)
}

// suppress makes the address that a report is about one that is not used any more.
func (d *Desk) suppress(ctx context.Context, r *Report, touch Touch, why contact.Why) error {
	to, err := d.People.SentTo(ctx, r.Ticket)
	if err != nil {
		return fmt.Errorf("take a report: %w", err)
	}
	if to == "" {
		return nil
	}
	err = d.Book.Suppress(ctx, contact.Address{Channel: touch.Channel, Address: to},
		contact.Suppression{Why: why, Touch: touch.ID.String(), At: d.at(r.At), Cause: d.reportName(r)})
	if err != nil {
		return err
	}
	d.tell(ctx)
	return nil
}

// tell lets those who share an address know. What cannot be taken in now waits in the book, where it is
// durable, and is given again by [Desk.Resume].
func (d *Desk) tell(ctx context.Context) { _ = d.deliver(ctx) }

func (d *Desk) deliver(ctx context.Context) error {
	return d.Book.Deliver(ctx, func(ctx context.Context, told []contact.Told) error {
		var all []intake.Arrival
		for _, t := range told {
			t.Event.ReceivedAt = max(d.Now(), t.Event.OccurredAt)
			all = append(all, arrivals(t.Person, t.Event)...)
		}
		return d.Intake.Take(ctx, source(), all)
	})
}

// reported is the event of a report.
func (d *Desk) reported(r *Report, touch Touch) event.Event {
	names := map[What]string{Delivered: "message.delivered", Failed: "message.failed", Complained: "message.complained", Opened: "message.opened"}
	e := d.event(names[r.What], "report-"+d.reportName(r), d.at(r.At)).
		With("touch", expr.TextOf(touch.ID.String())).With("channel", expr.TextOf(touch.Channel))
	if r.What == Failed {
		e = e.With("permanent", expr.FlagOf(r.Permanent))
		if code := clip(r.Code, mostCode); code != "" {
			e = e.With("code", expr.TextOf(code))
		}
	}
	return e
}

// unsubscribe takes back consent to every purpose of the message: the reader of several texts in one letter
// has one link, and cannot say which text they mean.
func (d *Desk) unsubscribe(ctx context.Context, r *Report, touch Touch) error {
	beside, err := d.People.Beside(ctx, r.Ticket)
	if err != nil {
		return fmt.Errorf("take a report: %w", err)
	}
	all := []event.Event{d.unsubscribed(r, touch)}
	seen := []string{touch.Purpose}
	for _, x := range beside {
		if x.Purpose == "" || slices.Contains(seen, x.Purpose) {
			continue
		}
		seen = append(seen, x.Purpose)
		e := d.unsubscribed(r, x)
		e.ID += "/" + x.Purpose
		all = append(all, e)
	}
	return d.take(ctx, r.Ticket.Person, all...)
}

// unsubscribed is the person's word on the touch's purpose. What they saw is the message itself, which
// the version names.
func (d *Desk) unsubscribed(r *Report, touch Touch) event.Event {
	e := d.event("consent.withdrawn", "report-"+d.reportName(r), d.at(r.At)).
		With("channel", expr.TextOf(touch.Channel)).With("via", expr.TextOf("unsubscribe link")).
		With("text", expr.TextOf("Unsubscribe")).With("version", expr.TextOf(touch.Content)).With("by", expr.TextOf("the person"))
	return e.With("purpose", expr.TextOf(touch.Purpose))
}

func (d *Desk) event(name, of string, at instant.Time) event.Event {
	return event.Event{Name: name, ID: Source + "/" + of, Source: Source, OccurredAt: at, ReceivedAt: d.Now()}
}

func source() intake.Source { return intake.Source{Name: Source} }

func arrivals(who id.Person, events ...event.Event) (out []intake.Arrival) {
	for _, e := range events {
		out = append(out, intake.Arrival{Person: who, Event: e})
	}
	return out
}

func (d *Desk) take(ctx context.Context, who id.Person, events ...event.Event) error {
	err := d.Intake.Take(ctx, source(), arrivals(who, events...))
	if errors.Is(err, seal.ErrNoKey) {
		return nil // erased meanwhile
	}
	return err
}

// reportName names a report: the carrier's name for it, or that an attempt has one of its kind.
func (d *Desk) reportName(r *Report) string {
	return d.Inbox.hash("report", r.Ticket.Person.String(), string(r.Ticket.Touch[:]), fmt.Sprint(r.Ticket.Attempt), r.What.String(), r.ID)
}

// at is when something happened; nothing has happened later than now.
func (d *Desk) at(t time.Time) instant.Time {
	now := d.Now()
	if t.IsZero() {
		return now
	}
	return min(instant.Of(t), now)
}

// settle gives a carrier's word into the person's order as soon as nobody else will: while the hand-over
// is under way whoever makes it knows better, and more.
func (d *Desk) settle(ctx context.Context, s settlement) error {
	awaited, err := d.People.Awaits(ctx, s.person, s.attempt)
	if err != nil {
		return fmt.Errorf("settle an attempt: %w", err)
	}
	switch awaited {
	case NotAwaited:
		d.mu.Lock()
		delete(d.given, s.attempt)
		d.mu.Unlock()
		return d.Inbox.drop(ctx, s.attempt)
	case Unsettled:
		d.mu.Lock()
		again := d.given[s.attempt]
		if d.given == nil {
			d.given = map[id.Key]bool{}
		}
		d.given[s.attempt] = true
		d.mu.Unlock()
		if !again {
			d.People.Settle(s.person, s.attempt, s.taken, s.reference)
		}
	case UnderWay:
	}
	return nil
}

// Resume does what is left to do: at start, after a crash, and now and then.
func (d *Desk) Resume(ctx context.Context) error {
	kept, err := d.Inbox.kept(ctx)
	for _, s := range kept {
		err = errors.Join(err, d.settle(ctx, s))
	}
	return errors.Join(err, d.deliver(ctx))
}

// Forget takes a person out of everything that is kept of what came back.
func (d *Desk) Forget(ctx context.Context, who id.Person) error {
	return errors.Join(d.Book.Forget(ctx, who), d.Inbox.Forget(ctx, who))
}

// clip shortens a text to at most so many bytes, without cutting a letter apart.
func clip(s string, most int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= most {
		return s
	}
	for !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}
