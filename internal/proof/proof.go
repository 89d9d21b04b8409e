// Package proof makes, from one person's records alone, the evidence of what a contact rested on: the
// person's own word with its text and version, or the law's default; what was on record at the moment
// of hand-over, and what the person said afterwards.
//
// It reads and decides nothing: what it finds is what the gate wrote down when it let the contact pass,
// and it checks that the records bear it out.
package proof

import (
	"slices"
	"strings"

	"attune/core/consent"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/record"
)

// Time is an instant that JSON shows as people write it.
type Time instant.Time

// MarshalText writes the instant in RFC 3339.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

func (t Time) String() string { return instant.Time(t).String() }

// Proof is what one attempt at a contact rested on.
type Proof struct {
	Touch   string `json:"touch"`
	Attempt string `json:"attempt"`
	// At is when the gate let it pass.
	At         Time   `json:"at"`
	Program    string `json:"program"`
	Engagement string `json:"engagement"`
	Channel    string `json:"channel"`
	Purpose    string `json:"purpose"`
	// Word is the person's own; nil where the contact rested on Law.
	Word *Word `json:"word,omitempty"`
	// Law is the jurisdiction and version of the default, and Basis the law that its pack names; empty
	// where the organisation has the reading of its own, or the pack is of another version by now.
	Law   string `json:"law,omitempty"`
	Basis string `json:"basis,omitempty"`
	// Before are the person's words on the purpose up to then, and After those since, the oldest first.
	Before []Word `json:"before"`
	After  []Word `json:"after"`
	// Wrong says what the records do not bear out; empty for a proof.
	Wrong string `json:"wrong,omitempty"`
}

// Word is something the person said about a purpose, with its evidence.
type Word struct {
	Event  string `json:"event"`
	Answer string `json:"answer"`
	// Said is when, Taken when it came into the person's order, Effective when a withdrawal took effect.
	Said      Time   `json:"said"`
	Taken     Time   `json:"taken"`
	Effective Time   `json:"effective,omitempty"`
	Source    string `json:"source"`
	Channel   string `json:"channel,omitempty"`
	Topic     string `json:"topic,omitempty"`
	Actor     string `json:"actor,omitempty"`
	From      Time   `json:"from,omitempty"`
	Until     Time   `json:"until,omitempty"`
	// Text and Version are what was agreed to, Via and By how and by whom it was said.
	Text         string `json:"text,omitempty"`
	Version      string `json:"version,omitempty"`
	Via          string `json:"via,omitempty"`
	By           string `json:"by,omitempty"`
	Jurisdiction string `json:"jurisdiction,omitempty"`
}

// Kinds tell what kind of purpose a program's purpose is.
type Kinds func(program, purpose string) consent.Kind

// Of makes the proof of each attempt at a touch, the oldest first; none where the gate never let it pass.
func Of(records []record.Record, touch id.Key, kinds Kinds) []Proof {
	said := Ledger{}
	var out []Proof
	for i := range records {
		said.take(&records[i])
		for _, e := range records[i].Effects {
			x, is := e.(effect.Send)
			if !is {
				continue
			}
			for _, p := range x.Parts {
				if p.Touch == touch { // it went out in the message of another
					x.Touch, x.Engagement, x.Purpose, x.Granted, x.Law = p.Touch, p.Engagement, p.Purpose, p.Granted, p.Law
				}
			}
			if x.Touch == touch {
				out = append(out, Proof{
					Touch: x.Touch.String(), Attempt: x.Attempt.String(), At: Time(x.At), Program: x.Program, Engagement: x.Engagement, Channel: x.Channel,
					Purpose: x.Purpose, Law: x.Law, Word: &Word{Event: x.Granted}, Before: slices.Clone(said[x.Purpose]),
				})
			}
		}
	}
	for i := range out {
		out[i].finish(said[out[i].Purpose], kinds)
	}
	return out
}

// finish looks the word up on which the contact rested, and checks it.
func (p *Proof) finish(all []Word, kinds Kinds) {
	granted := p.Word.Event
	p.Word = nil
	p.After = append([]Word{}, all[len(p.Before):]...)
	p.Before = append([]Word{}, all[:len(p.Before)]...) // with what is known of them by now
	if granted == "" {
		p.law(kinds(p.Program, p.Purpose))
		return
	}
	i := slices.IndexFunc(p.Before, func(w Word) bool { return w.Event == granted })
	if i < 0 {
		p.Wrong = "the word it rested on, " + granted + ", is not among the records before it"
		return
	}
	w := p.Before[i]
	p.Word = &w
	of := consent.Record{Purpose: p.Purpose, Channel: w.Channel, From: instant.Time(w.From), Until: instant.Time(w.Until)}
	switch {
	case w.Answer != consent.Granted.String():
		p.Wrong = "the word it rested on is no yes"
	case !of.Holds(instant.Time(p.At)):
		p.Wrong = "the word it rested on did not hold at the moment"
	case w.Channel != "" && w.Channel != p.Channel:
		p.Wrong = "the word it rested on is about another channel"
	}
}

// law names what the default rests on, as far as the pack of that version is still known.
func (p *Proof) law(kind consent.Kind) {
	if p.Law == "" {
		p.Wrong = "the record does not say what it rested on: it was made by an older version"
		return
	}
	jurisdiction, _, _ := strings.Cut(p.Law, " ")
	pack, known := consent.FindPack(jurisdiction)
	if !known || !strings.HasSuffix(p.Law, pack.Version) {
		return
	}
	if d, found := pack.Default(kind); found && slices.Contains(d.Channels, p.Channel) {
		p.Basis = d.Basis
	}
}

// Ledger is everything a person ever said about consent, by purpose, in the order in which it was taken.
type Ledger map[string][]Word

// LedgerOf reads a person's records.
func LedgerOf(records []record.Record) Ledger {
	said := Ledger{}
	for i := range records {
		said.take(&records[i])
	}
	return said
}

func (l Ledger) take(r *record.Record) {
	if heard, is := r.What.(engine.Heard); is && !slices.ContainsFunc(r.Effects, isIgnore) {
		l.hear(&heard.Event, r.At)
	}
	for _, e := range r.Effects {
		switch x := e.(type) { //nolint:gochecksumtype // no other effect is about what was said on consent
		case effect.Note:
			l.hear(&x.Event, r.At)
		case effect.Effective:
			for k := range l[x.Purpose] {
				if w := &l[x.Purpose][k]; w.Event == x.Event {
					w.Effective = Time(x.At)
				}
			}
		}
	}
}

func isIgnore(e effect.Effect) bool {
	_, ignored := e.(effect.Ignore)
	return ignored
}

func (l Ledger) hear(e *event.Event, taken instant.Time) {
	var answer consent.Answer
	switch e.Name {
	case "consent.granted":
		answer = consent.Granted
	case "consent.denied":
		answer = consent.Denied
	case "consent.withdrawn":
		answer = consent.Withdrawn
	default:
		return
	}
	text := func(field string) string { return e.Field(field).Text }
	purpose := text("purpose")
	l[purpose] = append(l[purpose], Word{
		Event: e.ID, Answer: answer.String(), Said: Time(min(e.OccurredAt, taken)), Taken: Time(taken), Source: e.Source,
		Channel: text("channel"), Topic: text("topic"), Actor: text("actor"),
		From: Time(e.Field("effective").Num), Until: Time(e.Field("until").Num),
		Text: text("text"), Version: text("version"), Via: text("via"), By: text("by"), Jurisdiction: text("jurisdiction"),
	})
}
