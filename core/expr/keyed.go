package expr

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"attune/core/id"
	"attune/core/instant"
)

// maxKeys is how many keys of one absence are remembered: those that something happened to last.
const maxKeys = 32

// Keyed remembers, for an absence with a key, the newest event of each of the newest keys; oldest
// first.
type Keyed struct{ Newest []KeyedAnchor }

// KeyedAnchor is the newest event of one key: one that the wait begins with, or one that was waited
// for. Of an instant, the beginning is the newer, since only what comes later ends a wait.
type KeyedAnchor struct {
	// Key is the hash of the key's text.
	Key uint64
	// Waits tells that the wait began; At is when, and Deadline when the absence becomes true.
	Waits        bool
	At, Deadline instant.Time
	// Newest orders the event among those of the same instant.
	Newest Order
}

// keyed is the memory behind an absence with a key.
type keyed struct {
	missed watched
	from   start
	key    string // the field
}

func (d *draft) keyedAnchors(k keyed) int {
	for i, x := range d.keyed {
		if x.missed.same(k.missed) && x.from.same(k.from.watched) && x.from.length == k.from.length && x.key == k.key {
			return i
		}
	}
	d.keyed = append(d.keyed, k)
	return len(d.keyed) - 1
}

// fold keeps the newest event of each key, and of these the newest. Both are maxima, so it does not
// matter in which order events are folded, nor that a key was forgotten in between: whatever brings it
// back is newer than what was forgotten.
func (k *Keyed) fold(x *keyed, event string, fields Fields, occurred instant.Time, o Order) {
	key, ok := keyOf(fields.Field(x.key))
	if !ok {
		return
	}
	is := KeyedAnchor{Key: key, At: occurred, Newest: o}
	switch {
	case event == x.from.event && x.from.match.Match(fields):
		is.Waits, is.Deadline = true, instant.Never
		if wait, ok := x.from.wait(fields); ok {
			is.Deadline = occurred.Add(wait)
		}
	case event != x.missed.event || !x.missed.match.Match(fields):
		return
	}
	was := slices.IndexFunc(k.Newest, func(a KeyedAnchor) bool { return a.Key == key })
	if was >= 0 && is.compare(k.Newest[was]) <= 0 {
		return
	}
	kept := make([]KeyedAnchor, 0, len(k.Newest)+1)
	for i, a := range k.Newest {
		if i != was {
			kept = append(kept, a)
		}
	}
	at, _ := slices.BinarySearchFunc(kept, is, KeyedAnchor.compare)
	kept = slices.Insert(kept, at, is)
	k.Newest = kept[max(0, len(kept)-maxKeys):]
}

// compare orders by when it happened; of an instant, the beginning of a wait is the newer.
func (a KeyedAnchor) compare(b KeyedAnchor) int {
	switch {
	case a.At != b.At:
		return cmp.Compare(a.At, b.At)
	case a.Waits != b.Waits:
		if a.Waits {
			return 1
		}
		return -1
	case a.Newest != b.Newest:
		if a.Newest.Less(b.Newest) {
			return -1
		}
		return 1
	}
	return cmp.Compare(a.Key, b.Key)
}

// keyOf reads a key; an empty text is none.
func keyOf(v Value) (uint64, bool) {
	switch v.Type {
	case Text:
		return id.Hash(v.Text), v.Text != ""
	case Integer, Number:
		return id.Hash(strconv.FormatFloat(v.Num, 'g', -1, 64)), v.Num == v.Num
	case Missing, Flag, List, Moment:
	}
	return 0, false
}

// overdue is true while any key is overdue. A key that becomes overdue while another is changes
// nothing: the absence is a state of the person, and it is already so.
func (k *Keyed) overdue(now instant.Time) (Tri, instant.Time) {
	next := instant.Never
	for _, a := range k.Newest {
		if a.Waits {
			if a.Deadline <= now {
				return True, instant.Never
			}
			next = min(next, a.Deadline)
		}
	}
	return False, next
}

// deadline is the newest that has passed.
func (k *Keyed) deadline(now instant.Time) (newest instant.Time, found bool) {
	for _, a := range k.Newest {
		if a.Waits && a.Deadline <= now && (!found || a.Deadline > newest) {
			newest, found = a.Deadline, true
		}
	}
	return newest, found
}

// keyField reads the key of an absence, event.field, which both events must have.
func (c *Compiler) keyField(spec AbsenceSpec) (field string, problem Problem, ok bool) {
	const form = "write the field that both events have, such as event.appointment"
	field, ok = strings.CutPrefix(strings.TrimSpace(spec.Key), "event.")
	if !ok || field == "" || strings.TrimFunc(field, isWord) != "" {
		return "", Problem{What: "a key is a field of the event", Hint: form}, false
	}
	var was Type
	for _, event := range []string{spec.After, spec.Absent} {
		fields, known := c.schema.Fields(event)
		if !known {
			return "", Problem{}, false // told already
		}
		t, found := fieldType(c.schema, event, field)
		switch {
		case !found:
			hint := didYouMean(field, namesOf(fields))
			if hint == "" {
				hint = oneOf(namesOf(fields))
			}
			return "", Problem{Offset: strings.Index(spec.Key, field), What: event + " has no field " + strconv.Quote(field), Hint: hint}, false
		case t != Text && t != Integer:
			return "", Problem{What: "a key is a text or a whole number, and " + field + " of " + event + " is a " + t.String(), Hint: form}, false
		case was != Missing && t != was:
			return "", Problem{What: field + " is a " + was.String() + " in " + spec.After + " and a " + t.String() + " in " + event, Hint: form}, false
		}
		was = t
	}
	return field, Problem{}, true
}
