package clinical

import (
	"slices"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
)

// The same entry may come in two forms: as a resource, and as a row of a table, which has columns for some of it. What
// a row is silent about is not gone, and what both say happened once.

// Mixed tells whether versions of an entry came in both forms.
func Mixed(versions []Entry) bool {
	partial := func(e Entry) bool { return e.Partial }
	whole := func(e Entry) bool { return !e.Partial && !e.Wrong }
	return slices.ContainsFunc(versions, partial) && slices.ContainsFunc(versions, whole)
}

// complete leaves out rows that the source does not rank where there is the resource, and takes from them when things
// began and ended, and that somebody died, where the resource does not say so.
func complete(versions []Entry) []Entry {
	if !Mixed(versions) {
		return versions
	}
	var rows, whole []Entry
	for _, v := range versions {
		if v.Partial && v.At == 0 && v.Version == "" {
			rows = append(rows, v)
		} else {
			whole = append(whole, v)
		}
	}
	for i := range whole {
		v := &whole[i]
		for k := range rows {
			r := &rows[k]
			v.Start, v.End, v.Recorded = either(v.Start, r.Start), either(v.End, r.End), either(v.Recorded, r.Recorded)
			for _, name := range [...]string{"deceased", "deceased_at"} {
				if v.prop(name).Type == expr.Missing {
					v.Props = with(slices.Clone(v.Props), name, r.prop(name))
				}
			}
		}
	}
	return whole
}

// SameHappening tells whether two events of an entry that came in both forms tell of the same: one may say more of it
// than the other, call it otherwise, or know only the day.
func SameHappening(a, b *event.Event) bool {
	apart := a.OccurredAt.Sub(b.OccurredAt)
	if a.Name != b.Name || max(apart, -apart) > instant.Day {
		return false
	}
	return covers(a, b) && covers(b, a)
}

// covers tells whether what an event says of the thing itself is also said by another.
func covers(a, b *event.Event) bool {
	for i := range a.Props {
		p := &a.Props[i]
		switch p.Name {
		case "allergy", "class", "condition", "criticality", "display", "disposition", "dose", "encounter", "interpretation", "length", "location",
			"practitioner", "prescription", "procedure", "reason", "status", "type":
			continue // what else the form says, and how it calls things
		case "codes":
			if slices.ContainsFunc(p.Value.List, func(code string) bool { return slices.Contains(b.Field("codes").List, code) }) {
				continue
			}
		}
		if !p.Value.Equal(b.Field(p.Name)) {
			return false
		}
	}
	return true
}
