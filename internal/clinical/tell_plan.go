package clinical

import "attune/core/event"

// carePlan tells that a plan was begun, changed and came to its end.
func (t *teller) carePlan() {
	t.carryUnknown()
	say := func(v *Entry) []event.Prop { return v.only("activities", "codes", "plan", "title") }
	begun := -1
	for i := range t.versions {
		v := &t.versions[i]
		switch v.Status {
		case "active", "on-hold", "completed", "revoked":
		default:
			begun = -1
			continue
		}
		switch {
		case begun < 0 && v.Status != "revoked":
			t.tell(v, "careplan.started", first, either(t.last.Start, v.Start, v.Recorded, v.At, v.End), say(v))
			begun = i
		case begun >= 0:
			if len(differences(say(&t.versions[begun]), say(v))) > 0 {
				t.tell(v, "careplan.revised", second, either(v.At, v.Recorded, v.Start), say(v))
			}
			begun = i
		}
	}
	if v := t.since(status("completed")); v != nil {
		t.tell(v, "careplan.completed", third, either(t.last.End, v.At, t.last.Start, v.Recorded), say(v))
	}
}

// goal tells that something was agreed upon, and reached.
func (t *teller) goal() {
	agreed := func(e *Entry) bool {
		switch e.Status {
		case "accepted", "active", "on-hold", "completed":
			return true
		}
		return false
	}
	if v := t.since(agreed); v != nil {
		t.tell(v, "goal.set", first, either(t.last.Start, v.Start, v.At, v.Recorded), v.only("due", "goal", "title"))
	}
	reached := func(e *Entry) bool {
		a := e.prop("achievement").Text
		return agreed(e) && (a == "achieved" || a == "sustaining" || e.Status == "completed" && a == "")
	}
	if v := t.since(reached); v != nil {
		t.tell(v, "goal.reached", second, either(v.Recorded, v.At, v.Start), v.only("goal", "title"))
	}
}

// answers tells that a questionnaire was begun and answered; of answers that were changed, the right ones are told as
// given, and that they were changed.
func (t *teller) answers() {
	asked := []string{"canonical", "questionnaire", "version"}
	answered := append([]string{"flags", "score"}, asked...)
	if v := &t.versions[0]; v.Status == "in-progress" {
		t.tell(v, "questionnaire.started", first, either(v.Recorded, v.At), v.only(asked...))
	}
	v := t.since(status("amended", "completed"))
	if v == nil {
		return
	}
	done := t.since(func(e *Entry) bool {
		return status("amended", "completed")(e) && same(e.only(answered...), t.last.only(answered...))
	})
	t.tell(done, "questionnaire.completed", second, either(v.Recorded, v.At), done.only(answered...))
	if done != v || v.Status == "amended" {
		t.tell(done, "questionnaire.amended", third, either(t.last.Recorded, done.At, v.Recorded), done.only(answered...))
	}
}
