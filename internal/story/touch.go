package story

import (
	"fmt"
	"slices"
	"strings"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/record"
)

// Touch is all that is recorded about one touch.
type Touch struct {
	Touch      string `json:"touch"`
	Program    string `json:"program"`
	Engagement string `json:"engagement"`
	Variant    string `json:"variant"`
	Channel    string `json:"channel"`
	Language   string `json:"language,omitempty"`
	Template   string `json:"template,omitempty"`
	Purpose    string `json:"purpose,omitempty"`
	Class      string `json:"class,omitempty"`
	// Decided is when; Rule, What and Event what made it so.
	Decided string `json:"decided"`
	Rule    string `json:"rule,omitempty"`
	What    string `json:"because,omitempty"`
	Event   string `json:"event,omitempty"`
	// Value is what it was worth among Rivals candidates, and Propensity how likely this variant was.
	Value      float64 `json:"value"`
	Rivals     int     `json:"candidates"`
	Propensity float64 `json:"propensity"`
	// Consent is what the newest attempt rested on.
	Consent  string         `json:"consent,omitempty"`
	Attempts []TouchAttempt `json:"attempts"`
	// Lines tell what else happened, the oldest first.
	Lines []Line `json:"lines"`
}

// TouchAttempt is one attempt to hand a touch over.
type TouchAttempt struct {
	Attempt string `json:"attempt"`
	At      string `json:"at"`
	// Outcome is the carrier's word, empty as long as it is awaited, and Reference its name for the message.
	Outcome   string `json:"outcome,omitempty"`
	Answered  string `json:"answered,omitempty"`
	Reference string `json:"reference,omitempty"`
	// To, Subject and Body are what was sent, word for word.
	To      string `json:"to,omitempty"`
	Subject string `json:"subject,omitempty"`
	Body    string `json:"body,omitempty"`
}

// TouchOf tells of a touch from its person's records; false where none of them decided it.
func TouchOf(records []record.Record, touch id.Key) (out Touch, found bool) {
	out.Touch, out.Attempts, out.Lines = touch.String(), []TouchAttempt{}, []Line{}
	for i := range records {
		r := &records[i]
		for _, e := range r.Effects {
			switch x := e.(type) { //nolint:gochecksumtype // no other effect is about a touch's facts
			case effect.Decide:
				for _, c := range x.Candidates {
					if c.Touch == touch {
						found = true
						out.Program, out.Engagement, out.Variant, out.Channel = c.Program, c.Engagement, c.Variant, c.Channel
						out.Decided, out.Rule, out.What, out.Event = x.At.String(), c.Cause.Rule, c.Cause.What, c.Cause.Event
						out.Value, out.Rivals, out.Propensity = c.Value, len(x.Candidates), c.Propensity
					}
				}
			case effect.Send:
				for _, p := range x.Parts {
					if p.Touch == touch { // it went out in the message of another
						x.Touch, x.Template, x.Purpose, x.Consent = p.Touch, p.Template, p.Purpose, p.Consent
					}
				}
				if x.Touch == touch {
					out.Language, out.Template, out.Purpose, out.Class, out.Consent = x.Language, x.Template, x.Purpose, x.Class.String(), x.Consent
					out.Attempts = append(out.Attempts, TouchAttempt{Attempt: x.Attempt.String(), At: x.At.String()})
				}
			}
		}
		out.settle(r)
	}
	for _, l := range Tell(records) {
		if l.Touch == out.Touch && l.Kind != "decision" || l.Kind == "event" && slices.Contains(l.about, touch) {
			out.Lines = append(out.Lines, l)
		}
	}
	return out, found
}

func (t *Touch) settle(r *record.Record) {
	w, ok := r.What.(engine.Settled)
	if !ok {
		return
	}
	for i := range t.Attempts {
		if a := &t.Attempts[i]; a.Attempt == w.Attempt.String() && (a.Outcome == "" || w.Outcome != engine.Unknown) {
			a.Outcome, a.Answered = w.Outcome.String(), r.At.String()
			if w.Reference != "" {
				a.Reference = w.Reference
			}
			if w.Body != "" {
				a.To, a.Subject, a.Body = w.To, w.Subject, w.Body
			}
		}
	}
}

// WithoutWords leaves out what was said, to which address, and in which words.
func (t *Touch) WithoutWords() {
	for i := range t.Attempts {
		a := &t.Attempts[i]
		a.To, a.Subject, a.Body = "", "", ""
	}
	for i := range t.Lines {
		if l := &t.Lines[i]; l.Kind == "event" { // its properties may hold what the person wrote
			l.Says, _, _ = strings.Cut(l.Says, ":")
			l.Says = strings.TrimSuffix(l.Says, ".") + "."
		}
	}
}

// Next says in words how a touch stands, and what will be done about it when; Never where nothing will.
func Next(t *person.Touch) (says string, at instant.Time) {
	switch t.State {
	case person.Pending:
		says = "waits for its gate"
		if t.Why != "" {
			says += ": " + Explain(policy.Reason(t.Why), "")
		}
		if t.Why == string(policy.NotTaken) {
			return fmt.Sprintf("%s; it is ranked again each day, until it ends at %s", says, t.Expires), t.Expires
		}
		return fmt.Sprintf("%s; it ends as expired at %s", says, t.Expires), t.Due
	case person.InFlight:
		return "is with its carrier; without an answer it becomes uncertain", t.Started.Add(person.AttemptLimit)
	case person.Uncertain:
		return "may or may not have been taken; without word it counts as handed over", t.Settled.Add(person.UnconfirmedAfter)
	case person.HandedOver:
		return "was handed over", instant.Never
	case person.Ended:
	}
	return "ended: " + Explain(policy.Reason(t.Why), ""), instant.Never
}

// Touches are those that a person's records decided, in their order.
func Touches(records []record.Record) (out []id.Key) {
	for i := range records {
		for _, e := range records[i].Effects {
			if decided, ok := e.(effect.Decide); ok {
				for _, c := range decided.Candidates {
					if !c.Touch.IsZero() {
						out = append(out, c.Touch)
					}
				}
			}
		}
	}
	return out
}
