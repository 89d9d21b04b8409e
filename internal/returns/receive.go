package returns

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"attune/core/channel"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/internal/contact"
	"attune/internal/seal"
)

// What people are left alone for until somebody has read what they, or whoever shares their address, wrote.
const (
	unsureHold = "unsure_stop"
	crisisHold = "crisis"
)

// Receive takes what somebody wrote. It is durable when Receive returns nil, and a stop is then obeyed;
// the same word again changes nothing and is answered with nothing.
func (d *Desk) Receive(ctx context.Context, w Word) (Answer, error) {
	if w.Channel == "" || channel.Point(w.Channel) == "" || w.From == "" {
		return Answer{}, &WrongError{"a word has no channel or nobody who wrote it"}
	}
	from := contact.Address{Channel: w.Channel, Address: w.From}
	name, at := d.wordName(&w), d.at(w.At)
	switch w.Verdict {
	case Stop: // before anything else can go wrong
		if err := d.Book.Suppress(ctx, from, contact.Suppression{Why: contact.Stop, At: at, Cause: name}); err != nil {
			return Answer{}, err
		}
	case Start:
		if _, err := d.Book.Release(ctx, from, contact.Release{At: at, Cause: name, By: "the person", Own: true}); err != nil {
			return Answer{}, err
		}
	case None, Help, Unsure, Crisis:
	}
	people, err := d.Book.Users(ctx, from)
	if err != nil {
		return Answer{}, err
	}
	e := Entry{ID: name, At: at, Channel: w.Channel, Verdict: w.Verdict, People: people, From: w.From, To: w.To, Text: w.Text}
	fresh, err := d.Inbox.put(ctx, &e, forHumans(&e))
	if err != nil {
		return Answer{}, err
	}
	d.tell(ctx)
	if err := d.hear(ctx, &e); err != nil {
		return Answer{}, err
	}
	if !fresh {
		return Answer{}, nil
	}
	return d.answer(ctx, &e, from)
}

// forHumans tells whether somebody must look at a word. A stop by nobody we know may be that of somebody
// whose address is written another way in their record.
func forHumans(e *Entry) bool {
	switch e.Verdict {
	case Crisis, Unsure:
		return true
	case None:
		return len(e.People) != 1
	case Stop:
		return len(e.People) == 0
	case Start, Help:
	}
	return false
}

// hear makes the events of a word. Whose it is is never guessed.
func (d *Desk) hear(ctx context.Context, e *Entry) error {
	switch e.Verdict {
	case Stop, Start, Help:
		return nil
	case None, Unsure, Crisis:
	}
	if hold := holdOf(e); hold != "" {
		for _, p := range e.People {
			set := d.event("hold.set", "hold-"+d.Inbox.hash(e.ID, p.String()), e.At).With("hold", expr.TextOf(hold))
			if err := d.take(ctx, p, set); err != nil {
				return err
			}
		}
	}
	if len(e.People) != 1 {
		return nil
	}
	return d.take(ctx, e.People[0], d.received(e))
}

// holdOf is what all who share the address are left alone for because of a word; empty for most.
func holdOf(e *Entry) string {
	switch e.Verdict {
	case Unsure:
		return unsureHold
	case Crisis:
		return crisisHold
	case None, Stop, Start, Help:
	}
	return ""
}

func (d *Desk) received(e *Entry) event.Event {
	return d.event("message.received", "word-"+e.ID, e.At).With("text", expr.TextOf(clip(e.Text, mostText))).With("channel", expr.TextOf(e.Channel))
}

func (d *Desk) answer(ctx context.Context, e *Entry, from contact.Address) (Answer, error) {
	if e.Verdict != Stop && e.Verdict != Help {
		return Answer{}, nil
	}
	words, err := d.words(ctx, e.People)
	if err != nil {
		return Answer{}, err
	}
	if e.Verdict == Help {
		return Answer{words.sayHelp(d.Organisation)}, nil
	}
	if may, err := d.Book.Confirm(ctx, from, d.Now()); err != nil || !may {
		return Answer{}, err
	}
	return Answer{words.sayStopped(d.Organisation)}, nil
}

// words are in the language that all who share the address read, or else the first.
func (d *Desk) words(ctx context.Context, people []id.Person) (phrases, error) {
	agreed := ""
	for i, p := range people {
		language, err := d.People.Language(ctx, p)
		if err != nil {
			return phrases{}, fmt.Errorf("find the words for an answer: %w", err)
		}
		language = in(language).language
		if i > 0 && language != agreed {
			return said()[0], nil
		}
		agreed = language
	}
	return in(agreed), nil
}

// wordName names a word: the carrier's name for it, or what it says where the carrier has none.
func (d *Desk) wordName(w *Word) string {
	if w.ID != "" {
		return d.Inbox.hash("word", w.Channel, w.ID)
	}
	return d.Inbox.hash("unnamed", w.Channel, w.From, w.To, w.Text, strconv.FormatInt(int64(instant.Of(w.At)), 10))
}

// Taking is what a human found out about a word.
type Taking struct {
	// By is who looked at it.
	By string
	// Person is whose it is, where that is known now.
	Person id.Person
	// WrongPerson tells that who wrote is none of ours, so that the address is not used any more.
	WrongPerson bool
	// Stop tells that it was meant to stop messages to the address.
	Stop bool
}

// Look notes that somebody has looked at a word, and what they found out. Only then is it over: a crash
// in between leaves it open.
func (d *Desk) Look(ctx context.Context, e *Entry, t Taking) error {
	if t.By == "" {
		return &WrongError{"nobody is said to have looked at the message; say who with --by"}
	}
	if t.Stop && t.WrongPerson {
		return &WrongError{"give --stop or --wrong-person: either lets the address not be used any more"}
	}
	if t.WrongPerson && !t.Person.IsZero() {
		return &WrongError{"a message cannot be somebody's and the wrong person's; give --person or --wrong-person"}
	}
	if !t.Person.IsZero() {
		err := d.Intake.Take(ctx, source(), arrivals(t.Person, d.received(e)))
		if errors.Is(err, seal.ErrNoKey) {
			return &WrongError{"nobody is known as " + t.Person.String()}
		}
		if err != nil {
			return err
		}
	}
	if t.WrongPerson || t.Stop {
		s := contact.Suppression{Why: contact.WrongPerson, At: d.Now(), Cause: "wrong " + e.ID}
		if t.Stop {
			s.Why, s.Cause = contact.Stop, "stop "+e.ID
		}
		if err := d.Book.Suppress(ctx, contact.Address{Channel: e.Channel, Address: e.From}, s); err != nil {
			return err
		}
		d.tell(ctx)
	}
	if e.Verdict == Unsure { // now it is sure, one way or the other; danger is over when somebody says so
		for _, p := range e.People {
			lifted := d.event("hold.lifted", "lifted-"+d.Inbox.hash(e.ID, p.String()), d.Now()).With("hold", expr.TextOf(unsureHold)).With("by", expr.TextOf(t.By))
			if err := d.take(ctx, p, lifted); err != nil {
				return err
			}
		}
	}
	return d.Inbox.done(ctx, e.ID, t.By, d.Now())
}
