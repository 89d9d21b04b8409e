package clinical

import (
	"strconv"
	"strings"

	"attune/core/event"
	"attune/core/expr"
)

// condition tells a diagnosis: recorded, over, or found to be wrong.
func (t *teller) condition() {
	refuted := func(e *Entry) bool { return e.prop("verification").Text == "refuted" }
	say := func(v *Entry) []event.Prop { return v.only("codes", "condition", "display", "status", "verification") }
	for i := range t.versions {
		if v := &t.versions[i]; !refuted(v) {
			t.tell(v, "clinical.condition_recorded", first, either(t.last.Start, v.Start, t.last.Recorded, v.Recorded, v.At), say(v))
			break
		}
	}
	if v := t.since(refuted); v != nil {
		t.tell(v, "clinical.condition_refuted", third, either(v.At, v.Recorded, v.Start), say(v))
		return
	}
	if v := t.since(status("inactive", "remission", "resolved")); v != nil {
		t.tell(v, "clinical.condition_resolved", second, either(t.last.End, v.At, t.last.Recorded, t.last.Start), say(v))
	}
}

// observation tells measurements that are final, each component for itself. Of a measurement that was changed, only the
// right value is told as recorded, and that it was corrected.
func (t *teller) observation() {
	final := t.versions[:0:0]
	for _, v := range t.versions {
		switch v.Status {
		case "final", "amended", "corrected":
			final = append(final, v)
		default:
			final = final[:0] // it was not so after all, or not yet
		}
	}
	if len(final) == 0 {
		return
	}
	t.versions, t.last = final, &final[len(final)-1]
	for n := 0; ; n++ {
		now := t.last.measure(n)
		if len(now) == 0 {
			return
		}
		at := either(t.last.Start, t.last.Recorded, t.last.At)
		code := field(now, "code")
		v := t.since(func(e *Entry) bool { return same(e.measureOf(code, n), now) && either(e.Start, e.Recorded, e.At) == at })
		if v == nil {
			v = t.last
		}
		t.tell(v, "observation.recorded", first, at, now)
		t.reading(v, now)
		if i := t.before(v); i >= 0 {
			t.corrected(v, i, code, n, now)
		}
	}
}

// before is the place of the version before one; -1 where there is none.
func (t *teller) before(v *Entry) int {
	for i := range t.versions {
		if &t.versions[i] == v {
			return i - 1
		}
	}
	return -1
}

// corrected tells that another value was told before, and which event told it.
func (t *teller) corrected(v *Entry, before int, code expr.Value, n int, now []event.Prop) {
	for _, was := range Tell(t.versions[:before+1]) {
		if was.Name == "observation.recorded" && was.Field("code").Equal(code) && !same(was.Props, now) {
			props := append([]event.Prop(nil), now...)
			t.tell(v, "observation.corrected", second, either(t.last.Start, t.last.Recorded, t.last.At), with(props, "replaces", expr.TextOf(was.ID)))
			return
		}
	}
}

// reading tells a number that a device measured as the device's, too.
func (t *teller) reading(v *Entry, now []event.Prop) {
	device, value := t.last.prop("device"), field(now, "value")
	if device.Type == expr.Missing || value.Type == expr.Missing {
		return
	}
	var props []event.Prop
	for _, name := range [...]string{"code", "device", "unit", "value"} {
		props = with(props, name, field(now, name))
	}
	t.tell(v, "device.reading", third, either(t.last.Start, t.last.Recorded, t.last.At), props)
}

// measure is what a version says of its nth measurement; nothing where it has fewer.
func (e *Entry) measure(n int) (out []event.Prop) {
	prefix := strconv.Itoa(n) + "."
	for _, p := range e.Props {
		if name, ok := strings.CutPrefix(p.Name, prefix); ok {
			out = append(out, event.Prop{Name: name, Value: p.Value})
		}
	}
	if device := e.prop("device"); len(out) > 0 && device.Type != expr.Missing {
		out = with(out, "device", device)
	}
	return out
}

// measureOf is what a version says of the measurement of that code: the nth, or another of the same code.
func (e *Entry) measureOf(code expr.Value, n int) []event.Prop {
	if m := e.measure(n); field(m, "code").Equal(code) {
		return m
	}
	for i := 0; ; i++ {
		m := e.measure(i)
		if len(m) == 0 || field(m, "code").Equal(code) {
			return m
		}
	}
}

func field(props []event.Prop, name string) expr.Value {
	for i := range props {
		if props[i].Name == name {
			return props[i].Value
		}
	}
	return expr.Value{}
}

func same(a, b []event.Prop) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name || !a[i].Value.Equal(b[i].Value) {
			return false
		}
	}
	return true
}

// allergy tells that an allergy entered the record; one that was refuted is not told.
func (t *teller) allergy() {
	v := t.since(func(e *Entry) bool { return e.prop("verification").Text != "refuted" })
	if v != nil {
		t.tell(v, "clinical.allergy_recorded", first, either(t.last.Recorded, t.last.Start, v.At), v.only("allergy", "codes", "criticality", "display", "status", "verification"))
	}
}

func (t *teller) procedure() {
	if v := t.since(status("completed")); v != nil {
		t.tell(v, "clinical.procedure_done", first, either(t.last.End, t.last.Start, v.At), v.only("codes", "display", "procedure", "reason"))
	}
}

func (t *teller) immunization() {
	if v := t.since(status("completed")); v != nil {
		t.tell(v, "immunization.given", first, either(t.last.Start, t.last.Recorded, v.At), v.only("code", "codes", "display", "dose"))
	}
}

// report tells that a report can be read, and that an order was answered by it.
func (t *teller) report() {
	v := t.since(status("amended", "appended", "corrected", "final"))
	if v == nil {
		return
	}
	at := either(t.last.Recorded, t.last.Start, v.At)
	t.tell(v, "report.available", first, at, v.only("codes", "display", "report", "type"))
	if v.prop("referral").Type != expr.Missing {
		t.tell(v, "referral.report_received", second, at, v.only("referral", "report"))
	}
}
