package clinical

import (
	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
)

// appointment tells an appointment's life. What it came to is as the newest version says; that it was asked for, made
// and moved stays told. One that was called off before anybody knew of it was made all the same.
func (t *teller) appointment() {
	for i := range t.versions {
		v := &t.versions[i]
		made := either(v.Recorded, v.At, v.Start)
		switch was := t.statusBefore(i); v.Status {
		case "proposed", "pending":
			if was == "" {
				t.tell(v, "appointment.requested", first, made, booking(v))
			}
		case "waitlist":
			if was != v.Status {
				t.tell(v, "appointment.waitlisted", first, either(v.At, made), booking(v))
			}
		case "booked", "arrived", "checked-in", "fulfilled", "noshow", "cancelled":
			if was == "" || was == "proposed" || was == "pending" || was == "waitlist" {
				if v.Status != "cancelled" || was == "" {
					t.booked(v, was, made)
				}
				continue
			}
			t.moved(&t.versions[i-1], v)
		}
	}
	t.outcome()
}

// statusBefore is the status of the version before the one at a place; empty where there is none.
func (t *teller) statusBefore(i int) string {
	if i == 0 {
		return ""
	}
	return t.versions[i-1].Status
}

// booked tells that an appointment was made: when it was created, or, if it had been asked for before, when it changed.
func (t *teller) booked(v *Entry, was string, made instant.Time) {
	if was != "" {
		made = either(v.At, made)
	}
	t.tell(v, "appointment.booked", second, made, booking(v))
	if v.prop("referral").Type != expr.Missing && v.Status != "cancelled" {
		t.tell(v, "referral.scheduled", third, made, v.only("appointment", "referral", "start"))
	}
}

// moved tells that a version is at another time than the one before it, or that something else about it changed.
func (t *teller) moved(was, v *Entry) {
	at := either(v.At, v.Recorded, v.Start)
	if was.Start != 0 && v.Start != 0 && was.Start != v.Start {
		t.tell(v, "appointment.rescheduled", second, at, with(booking(v), "old_start", expr.MomentOf(was.Start)))
		return
	}
	if v.Status == "booked" && was.Status == "booked" && len(differences(booking(was), booking(v))) > 0 {
		t.tell(v, "appointment.changed", third, at, booking(v))
	}
}

// outcome tells what became of it.
func (t *teller) outcome() {
	if v := t.since(status("arrived", "checked-in", "fulfilled")); v != nil && v.Status != "fulfilled" {
		t.tell(v, "appointment.arrived", fourth, either(v.At, t.last.Start), booking(v))
	}
	if v := t.since(status("fulfilled")); v != nil {
		t.tell(v, "appointment.completed", fourth+1, either(t.last.End, t.last.Start, v.At), booking(v))
	}
	if v := t.since(status("noshow")); v != nil {
		t.tell(v, "appointment.noshow", fourth, either(t.last.Start, v.At), booking(v))
	}
	if v := t.since(status("cancelled")); v != nil {
		props := with(booking(v), "by", v.prop("cancel_by"))
		if why := v.prop("cancel_reason"); why.Type != expr.Missing {
			props = with(props, "reason", why)
		}
		t.tell(v, "appointment.cancelled", fourth, either(v.At, v.Recorded, v.Start), props)
	}
}

func booking(v *Entry) []event.Prop {
	return v.only("appointment", "end", "location", "practitioner", "reason", "referral", "start", "type")
}

// referral tells that a referral was asked for, changed, called off or closed.
func (t *teller) referral() {
	t.carryUnknown()
	say := func(v *Entry) []event.Prop {
		return v.only("from", "placer", "priority", "reason", "referral", "service", "specialty", "to")
	}
	asked := -1
	for i := range t.versions {
		v := &t.versions[i]
		if v.Status == "draft" || v.Status == "unknown" || v.Status == "" {
			continue
		}
		at := either(v.At, t.last.Recorded, v.Recorded)
		switch {
		case asked < 0:
			t.tell(v, "referral.requested", first, either(t.last.Recorded, v.Recorded, v.At), say(v))
		case len(differences(say(&t.versions[asked]), say(v))) > 0:
			t.tell(v, "referral.changed", second, at, v.only("reason", "referral"))
		}
		asked = i
	}
	if v := t.since(status("revoked")); v != nil {
		t.tell(v, "referral.cancelled", third, either(v.At, v.Recorded), v.only("reason", "referral"))
	}
	if v := t.since(status("completed")); v != nil {
		t.tell(v, "referral.closed", third, either(v.At, v.Recorded), v.only("referral"))
	}
}

// task tells how far those who were asked have come.
func (t *teller) task() {
	for i := range t.versions {
		v := &t.versions[i]
		at := either(v.Recorded, v.At)
		if i > 0 && t.statusBefore(i) == v.Status {
			if len(differences(t.versions[i-1].only("owner"), v.only("owner"))) > 0 {
				t.tell(v, "referral.changed", first, at, v.only("owner", "reason", "referral"))
			}
			continue
		}
		switch v.Status {
		case "received":
			t.tell(v, "referral.acknowledged", first, at, v.only("owner", "referral"))
		case "accepted":
			t.tell(v, "referral.accepted", second, at, v.only("owner", "referral"))
		case "rejected":
			t.tell(v, "referral.declined", second, at, v.only("owner", "reason", "referral"))
		case "cancelled":
			t.tell(v, "referral.cancelled", third, at, v.only("reason", "referral"))
		case "completed", "failed":
			if v.prop("report").Type != expr.Missing {
				t.tell(v, "referral.report_received", second, at, v.only("referral", "report"))
			}
			props := v.only("reason", "referral")
			if v.Status == "failed" && len(props) < 2 {
				props = with(props, "reason", expr.TextOf("failed"))
			}
			t.tell(v, "referral.closed", third, at, props)
		}
	}
}
