package story

import (
	"slices"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/id"
	"attune/core/record"
)

// Thread tells of what a person was told about somebody else, and what came back: the part of their story
// that is about that one. It is made of the person's own records.
func Thread(records []record.Record, about id.Person) []Line {
	h := thread{about: about, proposals: map[string]bool{}, touches: map[string]bool{}, attempts: map[id.Key]bool{}}
	t := teller{touches: map[id.Key]string{}}
	var out []Line
	for i := range records {
		r := &records[i]
		h.follow(r)
		t.lines = nil
		t.tell(r)
		for _, l := range t.lines {
			if h.has(&l, r) {
				out = append(out, l)
			}
		}
	}
	return inOrder(out)
}

// thread knows by which proposals, touches and attempts something was said about one person.
type thread struct {
	about     id.Person
	proposals map[string]bool
	touches   map[string]bool
	attempts  map[id.Key]bool
}

func (h *thread) follow(r *record.Record) {
	if heard, is := r.What.(engine.Heard); is && h.carries(&heard.Event) {
		h.proposals[heard.Event.ID] = true
	}
	for _, e := range r.Effects {
		switch x := e.(type) { //nolint:gochecksumtype // no other effect makes or sends a touch
		case effect.Decide:
			for _, c := range x.Candidates {
				if h.proposals[c.Cause.Event] && !c.Touch.IsZero() {
					h.touches[c.Touch.String()] = true
				}
			}
		case effect.Send:
			if x.About == h.about {
				h.attempts[x.Attempt] = true
			}
		}
	}
}

// carries tells whether an event is what the other's order says to this person's.
func (h *thread) carries(e *event.Event) bool {
	return e.Source == event.Own && (e.Name == "engagement.proposed" || e.Name == "engagement.recalled") && e.Field("about").Text == h.about.String()
}

func (h *thread) has(l *Line, r *record.Record) bool {
	heard, isEvent := r.What.(engine.Heard)
	settled, isWord := r.What.(engine.Settled)
	switch {
	case h.touches[l.Touch], h.proposals[l.cause], l.subject == h.about:
		return true
	case l.Kind == "event":
		return isEvent && l.Event == heard.Event.Name && h.carries(&heard.Event) ||
			slices.ContainsFunc(l.about, func(touch id.Key) bool { return h.touches[touch.String()] })
	case l.Kind == "message":
		return isWord && h.attempts[settled.Attempt]
	}
	return false
}
