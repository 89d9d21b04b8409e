package clinical

import (
	"slices"
	"strings"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
)

// patient tells that a record was opened and what changed in it, a death, and other records of the same person. Where
// the source does not say when a version was written, it is taken for as old as the person.
func (t *teller) patient() {
	for i := range t.versions {
		v := &t.versions[i]
		at := either(v.At, v.Recorded, v.Start, 1)
		if i == 0 {
			t.tell(v, "patient.created", first, at, traits(v))
			continue
		}
		if changed := differences(traits(&t.versions[i-1]), traits(v)); len(changed) > 0 {
			t.tell(v, "patient.updated", second, at, changed)
		}
	}
	if v := t.death(); v != nil {
		at := either(instant.Time(t.last.prop("deceased_at").Num), instant.Time(v.prop("deceased_at").Num), v.At, v.Recorded, v.Start, 1)
		t.tell(v, "patient.deceased", third, at, nil)
	}
	t.otherRecords()
}

// death is the first version that says that the person died, and that none which the source ranks newer takes back. Of
// versions that it does not rank nobody knows which is the newer: nobody is written to who may have died.
func (t *teller) death() *Entry {
	died := func(e *Entry) bool { return e.prop("deceased").Num != 0 }
	for i := range t.versions {
		v := &t.versions[i]
		if !died(v) {
			continue
		}
		ranked := v.At != 0 || v.Version != ""
		if !ranked || !slices.ContainsFunc(t.versions[i+1:], func(w Entry) bool { return !died(&w) && Compare(&w, v) > 0 }) {
			return v
		}
	}
	return nil
}

// otherRecords tells which records are said to be of the same person.
func (t *teller) otherRecords() {
	for _, other := range t.last.prop("replaced_by").List {
		v := t.since(func(e *Entry) bool { return slices.Contains(e.prop("replaced_by").List, other) })
		t.tell(v, "patient.merged", fourth, either(v.At, v.Recorded, v.Start, 1), []event.Prop{{Name: "from", Value: expr.TextOf(string(v.Kind) + "/" + v.ID)}, {Name: "scope", Value: expr.TextOf("person")}, {Name: "to", Value: expr.TextOf(other)}})
	}
	for i := range t.versions {
		v := &t.versions[i]
		var before []string
		if i > 0 {
			before = t.versions[i-1].prop("see_also").List
		}
		now := v.prop("see_also").List
		say := func(name string, these, those []string) {
			for _, other := range these {
				if !slices.Contains(those, other) {
					t.tell(v, name, fourth, either(v.At, v.Recorded, v.Start, 1), []event.Prop{{Name: "from", Value: expr.TextOf(string(v.Kind) + "/" + v.ID)}, {Name: "to", Value: expr.TextOf(other)}})
				}
			}
		}
		say("patient.linked", now, before)
		say("patient.unlinked", before, now)
	}
}

// traits are the properties that become traits: all but those about death and other records.
func traits(e *Entry) (out []event.Prop) {
	for _, p := range e.Props {
		switch p.Name {
		case "deceased", "deceased_at", "replaced_by", "see_also":
		default:
			out = append(out, p)
		}
	}
	return out
}

// differences are the properties that changed; one that is gone has no value any more. Both lists are sorted.
func differences(was, is []event.Prop) (out []event.Prop) {
	for len(was) > 0 || len(is) > 0 {
		switch {
		case len(is) == 0 || len(was) > 0 && strings.Compare(was[0].Name, is[0].Name) < 0:
			out = append(out, event.Prop{Name: was[0].Name})
			was = was[1:]
		case len(was) == 0 || strings.Compare(is[0].Name, was[0].Name) < 0:
			out = append(out, is[0])
			is = is[1:]
		default:
			if !was[0].Value.Equal(is[0].Value) {
				out = append(out, is[0])
			}
			was, is = was[1:], is[1:]
		}
	}
	return out
}

// relative tells the patient's side of a relation, or who the relative is, whichever the entry says.
func (t *teller) relative() {
	if t.last.prop("kind").Type != expr.Missing {
		t.register("email", "first_name", "kind", "language", "last_name", "phone", "preferred_name")
		return
	}
	v := &t.versions[0]
	t.tell(v, "caregiver.linked", first, either(t.last.Start, v.Start, v.At, v.Recorded, 1), v.only("authority", "caregiver", "email", "name", "phone", "relationship"))
	over := func(e *Entry) bool { return e.Status == "inactive" || e.End != 0 }
	if v := t.since(over); v != nil {
		t.tell(v, "caregiver.unlinked", second, either(t.last.End, v.At, v.Recorded, t.last.Start, 1), v.only("caregiver", "relationship"))
	}
}

// clinician tells who somebody on the care team is, and what they do there.
func (t *teller) clinician() {
	t.register("email", "first_name", "kind", "language", "last_name", "organisation", "phone", "preferred_name", "role", "specialty")
}

// register tells who somebody is, and again what changed. Who is not active any more is not told of.
func (t *teller) register(names ...string) {
	if t.last.Status == "inactive" {
		return
	}
	for i := range t.versions {
		v := &t.versions[i]
		props := v.only(names...)
		if i > 0 {
			changed := differences(t.versions[i-1].only(names...), props)
			if len(changed) == 0 {
				continue
			}
			props = with(changed, "kind", v.prop("kind"))
		}
		t.tell(v, "person.registered", first, either(v.At, v.Recorded, v.Start, 1), props)
	}
}
