// Package consent decides whether a person's word covers a contact: what they granted, denied or
// withdrew, for which purpose, on which channel, about which topic, and what the law lets an
// organisation do where they never said anything.
//
// It keeps every word with its evidence's event and never guesses: where neither a record nor a
// stated default answers, the answer is no. Start at [Resolve].
package consent

import (
	"slices"

	"attune/core/expr"
	"attune/core/instant"
)

// Answer is what a person said.
type Answer uint8

// A withdrawal is a denial that took back an earlier grant.
const (
	Granted Answer = iota + 1
	Denied
	Withdrawn
)

// String names the answer as the events do.
func (a Answer) String() string {
	switch a {
	case Granted:
		return "granted"
	case Denied:
		return "denied"
	case Withdrawn:
		return "withdrawn"
	}
	return "unknown"
}

// Record is a person's newest word on one scope. An empty Channel, Topic or Actor means all of them.
type Record struct {
	Purpose, Channel, Topic string
	// Actor is who may make the contact: the organisation or team that the word was given to.
	Actor  string
	Answer Answer
	At     instant.Time
	// From and Until bound when the word holds: from From up to, not including, Until. Zero is no bound.
	From, Until instant.Time
	// Order ranks two words of the same instant.
	Order expr.Order
	// Event is the id of the event that carried the word: the way to its evidence.
	Event string
}

// Contact is what is asked about: who wants to reach the person, what for, on which channel, about what.
type Contact struct{ Purpose, Channel, Topic, Actor string }

func (r Record) sameScope(s Record) bool { return compareScope(r, s) == 0 }

// Covers tells whether the word is about the contact.
func (r Record) Covers(c Contact) bool {
	return r.Purpose == c.Purpose && (r.Channel == "" || r.Channel == c.Channel) && (r.Topic == "" || r.Topic == c.Topic) && (r.Actor == "" || r.Actor == c.Actor)
}

// Holds tells whether the word holds at an instant.
func (r Record) Holds(at instant.Time) bool {
	return (r.From == 0 || r.From <= at) && (r.Until == 0 || at < r.Until)
}

// Turns is the first instant after at at which a word begins or ceases to hold; Never when none does.
func Turns(records []Record, at instant.Time) instant.Time {
	next := instant.Never
	for i := range records {
		for _, t := range [2]instant.Time{records[i].From, records[i].Until} {
			if t > at {
				next = min(next, t)
			}
		}
	}
	return next
}

func (r Record) newer(s Record) bool {
	return r.At > s.At || r.At == s.At && s.Order.Less(r.Order)
}

// specific counts how narrow the scope is.
func (r Record) specific() int {
	n := 0
	if r.Channel != "" {
		n++
	}
	if r.Topic != "" {
		n++
	}
	if r.Actor != "" {
		n++
	}
	return n
}

// Add returns the records with a new word taken in: of each scope the newest word stands, whatever
// the order of arrival. The given slice is not changed.
func Add(records []Record, word Record) []Record {
	out := slices.Clone(records)
	for i, r := range out {
		if r.sameScope(word) {
			if word.newer(r) {
				out[i] = word
			}
			return out
		}
	}
	i, _ := slices.BinarySearchFunc(out, word, func(a, b Record) int { return compareScope(a, b) })
	return slices.Insert(out, i, word)
}

func compareScope(a, b Record) int {
	for _, p := range [][2]string{{a.Purpose, b.Purpose}, {a.Channel, b.Channel}, {a.Topic, b.Topic}, {a.Actor, b.Actor}} {
		if p[0] != p[1] {
			if p[0] < p[1] {
				return -1
			}
			return 1
		}
	}
	return 0
}

// Defaults says what is allowed where a person never said anything: the law's reading of one
// jurisdiction, as far as the organisation makes use of it.
type Defaults struct {
	// Jurisdiction names the reading, such as "US"; Version is that of its pack, empty for a reading of
	// the organisation's own.
	Jurisdiction, Version string
	// WithoutRecord lists, by purpose, the channels allowed without a record. It is sorted by purpose.
	WithoutRecord []PurposeDefault
}

// PurposeDefault allows channels for one purpose.
type PurposeDefault struct {
	Purpose  string
	Channels []string
}

// Allows tells whether the jurisdiction lets the purpose use the channel without a record.
func (d Defaults) Allows(purpose, channel string) bool {
	for _, p := range d.WithoutRecord {
		if p.Purpose == purpose {
			return slices.Contains(p.Channels, channel)
		}
	}
	return false
}

// Name says the reading and its version.
func (d Defaults) Name() string {
	if d.Version == "" {
		return d.Jurisdiction
	}
	return d.Jurisdiction + " " + d.Version
}

// Verdict is the answer and the word, or the default, that it rests on.
type Verdict struct {
	Allowed bool
	// Record is the word that decided; nil where a default or its absence did.
	Record *Record
	// Ended is the newest yes that would have covered the contact and does not hold at the instant; it is
	// named where nothing else decided.
	Ended *Record
	// Jurisdiction is set where its default allowed the contact.
	Jurisdiction string
}

// Resolve decides for one contact at an instant. Each scope's newest word stands, as long as it holds;
// among those that cover the contact a no beats a yes, and the most specific word is named as the
// reason. With no covering record the jurisdiction's default decides, and where it has none the answer
// is no.
func Resolve(records []Record, defaults Defaults, c Contact, at instant.Time) Verdict {
	var yes, no, ended *Record
	for i := range records {
		r := &records[i]
		switch {
		case !r.Covers(c):
		case !r.Holds(at):
			if r.Answer == Granted && (ended == nil || r.newer(*ended)) {
				ended = r
			}
		case r.Answer == Granted:
			if yes == nil || r.specific() > yes.specific() {
				yes = r
			}
		case no == nil || r.specific() > no.specific():
			no = r
		}
	}
	switch {
	case no != nil:
		return Verdict{Record: no}
	case yes != nil:
		return Verdict{Allowed: true, Record: yes}
	case defaults.Allows(c.Purpose, c.Channel):
		return Verdict{Allowed: true, Jurisdiction: defaults.Name()}
	}
	return Verdict{Ended: ended}
}
