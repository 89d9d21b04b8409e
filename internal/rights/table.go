package rights

import (
	"bytes"

	"attune/core/event"
	"attune/core/instant"
	"attune/internal/spreadsheet"
)

// table is one table of an export, as a file and on the page.
type table struct {
	// file is its name, title what the page calls it, and says what it is.
	file, title, says string
	columns           []string
	rows              [][]string
	// none stands where there are no rows.
	none string
}

// csv writes a table.
func (t *table) csv() string {
	var b bytes.Buffer
	w := spreadsheet.NewWriter(&b)
	for _, row := range append([][]string{t.columns}, t.rows...) {
		w.Write(row...)
	}
	w.Flush()
	return b.String()
}

// tables are all of them, in the page's order.
func tables(h *Held) []*table {
	return []*table{
		aboutThem(h), standing(h), messages(h), decisions(h), consents(h), looks(h), tasks(h), entries(h), events(h), unusable(h),
	}
}

func aboutThem(h *Held) *table {
	t := &table{file: "about", title: "What we know about you", says: "Who you are and how you are reached, as it stands now, and what each system calls you.", columns: []string{"what", "name", "value"}, none: "We know nothing about who you are."}
	for _, x := range h.Traits {
		t.rows = append(t.rows, []string{"about you", x.Name, x.Value})
	}
	for _, x := range h.Identifiers {
		t.rows = append(t.rows, []string{"called by a system", x.Name, x.Value})
	}
	for _, x := range h.Records {
		t.rows = append(t.rows, []string{"your record here", "id", x})
	}
	return t
}

func standing(h *Held) *table {
	t := &table{
		file: "standing", title: "Where you stand, and what we infer", says: "Programs you are in, groups you belong to by what is known, what we believe about your readiness for a change, and what you are left alone for. Groups and stages are inferred: you may object to that.",
		columns: []string{"kind", "name", "says", "since", "until", "why"}, none: "You are in no program and in no group.",
	}
	for _, x := range h.Standing {
		t.rows = append(t.rows, []string{x.Kind, x.Name, x.Says, x.Since, x.Until, x.Why})
	}
	return t
}

func messages(h *Held) *table {
	t := &table{file: "messages", title: "What we told you, and what you wrote", says: "Every message, word for word.", columns: []string{"at", "direction", "channel", "about", "to", "from", "subject", "text", "outcome", "id"}, none: "Nothing was said to you, and you wrote nothing."}
	for i := range h.Messages {
		m := &h.Messages[i]
		direction := "to you"
		if m.Theirs {
			direction = "from you"
		}
		t.rows = append(t.rows, []string{m.At, direction, m.Channel, m.About, m.To, m.From, m.Subject, m.Text, m.Outcome, m.ID})
	}
	return t
}

func decisions(h *Held) *table {
	t := &table{file: "decisions", title: "What was decided by machine, and why", says: "Each row is one thing that could have been said to you, what led to it, and what became of it.", columns: []string{"at", "program", "what", "because", "outcome", "reason", "why", "chosen by"}, none: "Nothing was decided about you."}
	for i := range h.Decisions {
		d := &h.Decisions[i]
		t.rows = append(t.rows, []string{d.At, d.Program, d.Engagement, d.Because, d.Outcome, d.Reason, d.Why, d.How})
	}
	return t
}

func consents(h *Held) *table {
	t := &table{file: "consents", title: "What you agreed to, and what you did not", says: "Each word of yours about a purpose, with the text that you were shown.", columns: []string{"at", "purpose", "answer", "channel", "topic", "for", "from", "until", "told by", "text", "version", "via", "law", "id"}, none: "No word of yours is on record. What is said to you rests on what the law allows without one."}
	for i := range h.Consents {
		c := &h.Consents[i]
		t.rows = append(t.rows, []string{c.At, c.Purpose, c.Answer, c.Channel, c.Topic, c.Actor, c.From, c.Until, c.Source, c.Text, c.Version, c.Via, c.Jurisdiction, c.ID})
	}
	return t
}

func looks(h *Held) *table {
	t := &table{file: "looks", title: "Who looked at your record, and who changed something", says: "Members of staff are not named here; the organisation knows who each was.", columns: []string{"at", "who", "what", "means", "purpose", "reason", "outcome"}, none: "Nobody did."}
	for i := range h.Looks {
		l := &h.Looks[i]
		t.rows = append(t.rows, []string{l.At, l.Who, l.What, l.Says, l.Purpose, l.Reason, l.Outcome})
	}
	return t
}

func tasks(h *Held) *table {
	t := &table{file: "tasks", title: "Work that was to be done for you", says: "Calls, visits, and what programs asked of people and systems.", columns: []string{"at", "what", "due", "ended", "why", "text", "id"}, none: "There is none."}
	for i := range h.Tasks {
		x := &h.Tasks[i]
		t.rows = append(t.rows, []string{x.At, x.What, x.Due, x.Ended, x.Why, x.Text, x.ID})
	}
	return t
}

// entries has a row for each field of each version.
func entries(h *Held) *table {
	t := &table{file: "records", title: "What other systems' records say of you", says: "Every version that was imported, field by field.", columns: []string{"source", "kind", "id", "version", "status", "start", "end", "recorded", "stands", "field", "value"}, none: "No record was imported."}
	for i := range h.Entries {
		e := &h.Entries[i].Is
		stands := ""
		if h.Entries[i].Newest {
			stands = "yes"
		}
		status := e.Status
		if e.Wrong {
			status = "entered-in-error"
		}
		row := func(field, value string) {
			t.rows = append(t.rows, []string{h.Entries[i].Source, string(e.Kind), e.ID, e.Version, status, when(e.Start), when(e.End), when(e.Recorded), stands, field, value})
		}
		for _, p := range e.Props {
			row(p.Name, valueOf(p))
		}
		for _, k := range e.Keys {
			row("identifier "+k.System, k.Value)
		}
		if len(e.Props)+len(e.Keys) == 0 {
			row("", "")
		}
	}
	return t
}

// events has a row for each field of each event.
func events(h *Held) *table {
	t := &table{file: "events", title: "Everything that was told of you", says: "Each thing that a source told us, field by field. What you do not see here was never told.", columns: []string{"at", "taken", "event", "told by", "field", "value", "nothing followed because", "id"}, none: "Nothing was told of you."}
	for i := range h.Events {
		e := &h.Events[i]
		row := func(field, value string) {
			t.rows = append(t.rows, []string{e.At, e.Taken, e.Name, e.Source, field, value, e.Ignored, e.ID})
		}
		for _, s := range e.Says {
			row(s.Name, s.Value)
		}
		if len(e.Says) == 0 {
			row("", "")
		}
	}
	return t
}

func unusable(h *Held) *table {
	t := &table{file: "unusable", title: "What was sent of you and could not be used", says: "It is kept so that somebody can find out why. Nothing was decided by it.", columns: []string{"at", "told by", "reason", "as it was sent"}, none: "There is nothing."}
	for _, x := range h.Unusable {
		t.rows = append(t.rows, []string{x.At, x.Source, x.Reason, x.Text})
	}
	return t
}

func when(t instant.Time) string {
	if t == 0 {
		return ""
	}
	return t.String()
}

func valueOf(p event.Prop) string { return p.Value.String() }
