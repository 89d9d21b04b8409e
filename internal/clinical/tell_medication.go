package clinical

// prescription tells that a medicine was prescribed, and stopped. One that was cancelled before anybody knew of it tells
// nothing.
func (t *teller) prescription() {
	t.carryUnknown()
	ordered := func(e *Entry) bool {
		switch e.Status {
		case "active", "on-hold", "completed", "stopped":
			return true
		}
		return false
	}
	from := -1
	for i := len(t.versions) - 1; i >= 0; i-- {
		if ordered(&t.versions[i]) {
			from = i
		} else if t.versions[i].Status != "cancelled" {
			break
		}
	}
	if from < 0 {
		return
	}
	v := &t.versions[from]
	written := either(t.last.Recorded, v.Recorded, v.At)
	t.tell(v, "medication.prescribed", first, written,
		v.only("code", "codes", "days_supply", "display", "dose", "estimated", "group", "prescription", "reason", "refills"))
	if v := t.since(status("stopped", "cancelled")); v != nil {
		props := v.only("code", "display", "prescription")
		t.tell(v, "medication.stopped", second, either(v.At, v.End, t.last.End, written), with(props, "reason", v.prop("stop_reason")))
	}
}

func (t *teller) dispense() {
	if v := t.since(status("completed")); v != nil {
		t.tell(v, "medication.dispensed", first, either(t.last.Start, v.At),
			v.only("code", "codes", "days_supply", "display", "estimated", "prescription", "quantity", "unit"))
	}
}

// statement tells that the person says a medicine is taken, or is not.
func (t *teller) statement() {
	say := func(name string, any ...string) {
		if v := t.since(status(any...)); v != nil {
			t.tell(v, name, first, either(t.last.Start, t.last.Recorded, v.At), v.only("code", "display", "reason"))
		}
	}
	say("medication.taken", "active", "completed")
	say("medication.missed", "not-taken")
}
