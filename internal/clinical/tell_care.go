package clinical

import (
	"math"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
)

// encounter tells a visit's or stay's beginning and end, and moves during it. One that was cancelled, or is still
// planned, tells nothing.
func (t *teller) encounter() {
	t.carryUnknown()
	began := t.since(func(e *Entry) bool {
		switch e.Status {
		case "arrived", "triaged", "in-progress", "onleave", "finished":
			return true
		}
		return false
	})
	if began == nil {
		return
	}
	start := either(t.last.Start, began.Start, began.At, began.Recorded, t.last.End)
	t.tell(began, "care.encounter_started", first, start, began.only("class", "encounter", "location", "practitioner", "reason", "type"))
	t.moves(began, start)
	ended := t.since(status("finished"))
	if ended == nil {
		return
	}
	props := ended.only("class", "disposition", "encounter", "location", "practitioner", "reason", "type")
	if t.last.Start != 0 && t.last.End >= t.last.Start {
		props = with(props, "length", hours(t.last.Start, t.last.End))
	}
	t.tell(ended, "care.encounter_finished", fourth, either(t.last.End, ended.At, start), props)
}

// carryUnknown gives a version whose status the source did not know that of the one before it.
func (t *teller) carryUnknown() {
	cloned := false
	for i := 1; i < len(t.versions); i++ {
		if s := t.versions[i].Status; s != "unknown" && s != "" {
			continue
		}
		if !cloned {
			t.versions, cloned = append([]Entry(nil), t.versions...), true
			t.last = &t.versions[len(t.versions)-1]
		}
		t.versions[i].Status = t.versions[i-1].Status
	}
}

// moves tells changes of place and of class between versions of a stay that had begun.
func (t *teller) moves(began *Entry, start instant.Time) {
	on := false
	for i := range t.versions {
		v := &t.versions[i]
		if on {
			was := &t.versions[i-1]
			at := either(v.At, v.Recorded, v.End, start)
			t.move(was, v, "care.transferred", second, "location", at)
			t.move(was, v, "care.class_changed", third, "class", at)
		}
		on = on || v == began
	}
}

func (t *teller) move(was, is *Entry, name string, order int64, what string, at instant.Time) {
	from, to := was.prop(what), is.prop(what)
	if from.Type == expr.Missing || to.Type == expr.Missing || from.Equal(to) {
		return
	}
	t.tell(is, name, order, at, append(is.only("encounter"), event.Prop{Name: "from", Value: from}, event.Prop{Name: "to", Value: to}))
}

// hours is a span in hours, to the minute.
func hours(from, to instant.Time) expr.Value {
	minutes := math.Round(float64(to-from) / float64(instant.Minute))
	return expr.NumberOf(math.Round(minutes/60*100) / 100)
}
