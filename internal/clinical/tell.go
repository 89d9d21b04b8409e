package clinical

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"
	"strconv"
	"strings"

	"crypto/sha256"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
)

// Tell makes the events of all versions that are known of one entry, in any order and however often. What was entered in
// error tells nothing, and what came before it does not either; what was about somebody else is not told of whom it is
// about now. An event's time is that of the newest version, and the rest of it what the first version says in which it
// had happened, so that later versions change nothing of what was told.
func Tell(versions []Entry) []Told {
	standing := stand(versions)
	if len(standing) == 0 {
		return nil
	}
	t := &teller{versions: standing, last: &standing[len(standing)-1]}
	t.subject = t.last.Subject
	if tell := tellerOf(t.last.Kind); tell != nil {
		tell(t)
	}
	return t.told
}

// tellerOf is how entries of a kind are told; nil for kinds of which nothing is.
func tellerOf(k Kind) func(*teller) {
	switch k {
	case "Patient":
		return (*teller).patient
	case "RelatedPerson":
		return (*teller).relative
	case "Practitioner", "PractitionerRole":
		return (*teller).clinician
	case "Encounter":
		return (*teller).encounter
	case "Condition":
		return (*teller).condition
	case "AllergyIntolerance":
		return (*teller).allergy
	case "Procedure":
		return (*teller).procedure
	case "Immunization":
		return (*teller).immunization
	case "Observation":
		return (*teller).observation
	case "DiagnosticReport":
		return (*teller).report
	case "MedicationRequest":
		return (*teller).prescription
	case "MedicationDispense":
		return (*teller).dispense
	case "MedicationStatement":
		return (*teller).statement
	case "Appointment":
		return (*teller).appointment
	case "ServiceRequest":
		return (*teller).referral
	case "Task":
		return (*teller).task
	case "CarePlan":
		return (*teller).carePlan
	case "Goal":
		return (*teller).goal
	case "QuestionnaireResponse":
		return (*teller).answers
	case "Consent":
		return (*teller).consent
	case "Communication":
		return (*teller).message
	case "CommunicationRequest":
		return (*teller).request
	}
	return nil
}

// stand sorts versions and leaves those that count: once each, after the last that was wrong, and about whom the last is.
func stand(versions []Entry) []Entry {
	if len(versions) == 1 {
		if versions[0].Wrong {
			return nil
		}
		return versions
	}
	sorted := slices.Clone(versions)
	slices.SortFunc(sorted, func(a, b Entry) int { return compareAll(&a, &b) })
	sorted = slices.CompactFunc(sorted, func(a, b Entry) bool { return compareAll(&a, &b) == 0 })
	for i := len(sorted) - 1; i >= 0; i-- {
		if sorted[i].Wrong {
			sorted = sorted[i+1:]
			break
		}
	}
	if len(sorted) == 0 {
		return nil
	}
	whom := sorted[len(sorted)-1].Subject
	return complete(slices.DeleteFunc(sorted, func(e Entry) bool { return !mayBeSame(e.Subject, whom) }))
}

// mayBeSame tells whether two references may be to the same person: they do not name two.
func mayBeSame(a, b Reference) bool {
	switch {
	case a.ID != "" && b.ID != "":
		return a.ID == b.ID && a.Kind == b.Kind
	case a.ID == "" && b.ID == "":
		return a.Identifier.System == b.Identifier.System && a.Identifier.Value == b.Identifier.Value
	}
	return true
}

// compareAll ranks versions, and those that the source does not rank by their content. Of these, one that was entered in
// error is the last word.
func compareAll(a, b *Entry) int {
	if n := Compare(a, b); n != 0 {
		return n
	}
	if a.Wrong != b.Wrong {
		if a.Wrong {
			return 1
		}
		return -1
	}
	return cmp.Or(
		cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End), cmp.Compare(a.Recorded, b.Recorded), strings.Compare(a.Status, b.Status),
		slices.CompareFunc(a.Props, b.Props, compareProps), slices.CompareFunc(a.Keys, b.Keys, compareKeys),
		strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.ID, b.ID), strings.Compare(a.Alike, b.Alike), compareReferences(a.Subject, b.Subject))
}

func compareProps(a, b event.Prop) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), compareValues(a.Value, b.Value))
}

func compareValues(a, b expr.Value) int {
	return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Num, b.Num), strings.Compare(a.Text, b.Text), slices.Compare(a.List, b.List))
}

func compareKeys(a, b Identifier) int {
	n := 0
	if a.Old != b.Old {
		if n = 1; b.Old {
			n = -1
		}
	}
	return cmp.Or(strings.Compare(a.System, b.System), strings.Compare(a.Value, b.Value), n)
}

func compareReferences(a, b Reference) int {
	return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.ID, b.ID), compareKeys(a.Identifier, b.Identifier))
}

// teller gathers the events of one entry.
type teller struct {
	// versions are those that count, oldest first; last is the newest.
	versions []Entry
	last     *Entry
	subject  Reference
	told     []Told
}

// What happens at one instant of one version is ordered by these.
const (
	first int64 = iota
	second
	third
	fourth
	span = 16
)

// tell adds an event that version v tells: what happened by the catalogue's name, when, and what is said of it.
// Nothing is told of which nobody says when it was.
func (t *teller) tell(v *Entry, name string, order int64, at instant.Time, props []event.Prop) {
	if at == 0 || at == instant.Never {
		return
	}
	e := event.Event{Name: name, OccurredAt: at, Version: rank(v)*span + order, Props: props}
	e.ID = v.key() + "/" + happening(name) + "/" + digest(&e, t.subject)
	if slices.ContainsFunc(t.told, func(o Told) bool { return o.ID == e.ID }) {
		return // the record says it twice
	}
	t.told = append(t.told, Told{Event: e, Subject: t.subject})
}

// happening is the last word of an event's name.
func happening(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// key is what an entry is called in its events' ids.
func (e *Entry) key() string {
	if e.ID != "" && len(e.ID) <= 80 {
		return string(e.Kind) + "/" + e.ID
	}
	sum := sha256.Sum256([]byte(e.ID + "\x00" + e.Alike))
	return string(e.Kind) + "/~" + hex.EncodeToString(sum[:12])
}

// rank is the place of a version among those of its entry, as a number: when it was written, else its number.
func rank(v *Entry) int64 {
	if v.At > 0 && v.At < instant.Time(math.MaxInt64/span-1) {
		return int64(v.At)
	}
	n, err := strconv.ParseInt(v.Version, 10, 48)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// digest tells events apart that say the same thing happened otherwise. It is for ever: ids depend on it.
func digest(e *event.Event, whom Reference) string {
	var room [1024]byte
	b := room[:0]
	text := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	text(e.Name)
	b = binary.AppendVarint(b, int64(e.OccurredAt))
	b = binary.AppendVarint(b, e.Version)
	for _, s := range [...]string{whom.ID, whom.Identifier.System, whom.Identifier.Value} {
		text(s)
	}
	for i := range e.Props {
		p := &e.Props[i]
		text(p.Name)
		b = append(b, byte(p.Value.Type))
		b = binary.BigEndian.AppendUint64(b, math.Float64bits(p.Value.Num))
		text(p.Value.Text)
		b = binary.AppendUvarint(b, uint64(len(p.Value.List)))
		for _, s := range p.Value.List {
			text(s)
		}
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// either is the first instant that is known.
func either(times ...instant.Time) instant.Time {
	for _, t := range times {
		if t != 0 && t != instant.Never {
			return t
		}
	}
	return 0
}

// prop is what a version says by a name.
func (e *Entry) prop(name string) expr.Value {
	i, found := slices.BinarySearchFunc(e.Props, name, func(p event.Prop, n string) int { return strings.Compare(p.Name, n) })
	if !found {
		return expr.Value{}
	}
	return e.Props[i].Value
}

// only picks properties by name. Both are sorted.
func (e *Entry) only(names ...string) []event.Prop {
	n := 0
	for i := range e.Props {
		if slices.Contains(names, e.Props[i].Name) {
			n++
		}
	}
	out := make([]event.Prop, 0, n+2)
	for i := range e.Props {
		if slices.Contains(names, e.Props[i].Name) {
			out = append(out, e.Props[i])
		}
	}
	return out
}

// with adds a property, at its place.
func with(props []event.Prop, name string, v expr.Value) []event.Prop {
	if v.Type == expr.Missing {
		return props
	}
	i, found := slices.BinarySearchFunc(props, name, func(p event.Prop, n string) int { return strings.Compare(p.Name, n) })
	if found {
		props[i].Value = v
		return props
	}
	return slices.Insert(props, i, event.Prop{Name: name, Value: v})
}

// since is the first of the newest versions that all are so; nil where the newest is not.
func (t *teller) since(is func(*Entry) bool) *Entry {
	var found *Entry
	for i := len(t.versions) - 1; i >= 0 && is(&t.versions[i]); i-- {
		found = &t.versions[i]
	}
	return found
}

// status tells versions by their status.
func status(any ...string) func(*Entry) bool {
	return func(e *Entry) bool { return slices.Contains(any, e.Status) }
}

// Retraction makes the event that takes back what was told and is told no longer; now is what is told of the same entry.
// It has the catalogue's own name for it where there is one. When it happened is for whoever found out to say.
func Retraction(was Told, now []Told) event.Event {
	name := "record.retracted"
	var props []event.Prop
	is := func(e string) bool { return slices.ContainsFunc(now, func(t Told) bool { return t.Name == e }) }
	switch {
	case was.Name == "care.encounter_finished" && is("care.encounter_started") && !is("care.encounter_finished"):
		name, props = "care.encounter_reopened", carry(&was.Event, "class", "encounter")
	case was.Name == "care.encounter_started" && !is("care.encounter_started"):
		name, props = "care.encounter_cancelled", carry(&was.Event, "class", "encounter")
	case strings.HasPrefix(was.Name, "observation."):
		name, props = "observation.retracted", carry(&was.Event, "code")
	case strings.HasPrefix(was.Name, "appointment.") && len(now) == 0:
		name, props = "appointment.retracted", carry(&was.Event, "appointment")
	}
	return event.Event{ID: was.ID + "/taken-back", Name: name, Version: was.Version, Props: with(props, "revokes", expr.TextOf(was.ID))}
}

func carry(e *event.Event, names ...string) (props []event.Prop) {
	for _, name := range names {
		if v := e.Field(name); v.Type != expr.Missing {
			props = append(props, event.Prop{Name: name, Value: v})
		}
	}
	return props
}
