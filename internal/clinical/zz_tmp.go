package clinical

import (
	"attune/core/event"
	"attune/core/expr"
	"slices"
)

const Patient Kind = "Patient"

func Tell(vs []Entry) (out []Told) {
	vs = slices.Clone(vs)
	slices.SortFunc(vs, func(a, b Entry) int { return Compare(&a, &b) })
	if len(vs) == 0 || vs[len(vs)-1].Wrong {
		return nil
	}
	last := ""
	for _, v := range vs {
		if v.Status == last || v.Wrong {
			continue
		}
		out = append(out, Told{event.Event{ID: string(v.Kind) + "/" + v.ID + "/" + last + v.Status + v.Version, Name: "appointment." + v.Status, OccurredAt: v.Start}})
		last = v.Status
	}
	return out
}

func Retraction(t Told) event.Event {
	return event.Event{ID: t.ID + "/back", Name: "appointment.retracted", OccurredAt: t.OccurredAt, Props: []event.Prop{{Name: "revokes", Value: expr.TextOf(t.ID)}}}
}
