package clinical

import (
	"strings"

	"attune/core/event"
)

// message tells that the person wrote to us.
func (t *teller) message() {
	if v := t.since(status("completed")); v != nil {
		t.tell(v, "message.received", first, either(t.last.Start, v.At), v.only("channel", "text"))
	}
}

// request tells that another system asks to have the person written to.
func (t *teller) request() {
	if v := t.since(status("active", "completed")); v != nil {
		t.tell(v, "message.requested", first, either(t.last.Recorded, v.At), v.only("channel", "request", "text", "topic"))
	}
}

// consent tells each rule of what was agreed to, denied or taken back. What was agreed to before stays told: a newer word
// takes its place.
func (t *teller) consent() {
	var before []event.Prop
	was := ""
	for i := range t.versions {
		v := &t.versions[i]
		answer := ""
		switch v.Status {
		case "active", "rejected", "inactive":
			answer = v.Status
		default:
			continue
		}
		if answer == was && same(v.rules(), before) {
			continue
		}
		first := was == ""
		was, before = answer, v.rules()
		at := either(v.At, v.Recorded)
		if first {
			at = either(v.Recorded, v.At)
		}
		for n := range int64(span) {
			rule := v.rule(n)
			if len(rule) == 0 {
				break
			}
			name := "consent.granted"
			switch {
			case answer == "inactive":
				name = "consent.withdrawn"
			case answer == "rejected" || field(rule, "rule").Text == "deny":
				name = "consent.denied"
			}
			t.tell(v, name, n, at, said(v, rule))
		}
	}
}

// said is what one rule's event says.
func said(v *Entry, rule []event.Prop) []event.Prop {
	props := v.only("consent", "scope")
	for _, p := range rule {
		if p.Name != "rule" {
			props = with(props, p.Name, p.Value)
		}
	}
	return props
}

// rules are the properties of all rules; rule are those of the nth, without its letter.
func (e *Entry) rules() (out []event.Prop) {
	for _, p := range e.Props {
		if len(p.Name) > 2 && p.Name[1] == '.' {
			out = append(out, p)
		}
	}
	return out
}

func (e *Entry) rule(n int64) (out []event.Prop) {
	prefix := string(rune('a'+n)) + "."
	for _, p := range e.Props {
		if name, ok := strings.CutPrefix(p.Name, prefix); ok {
			out = append(out, event.Prop{Name: name, Value: p.Value})
		}
	}
	return out
}
