package storytest

import (
	"fmt"
	"slices"
	"strings"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/record"
	"attune/core/release"
	"attune/core/source"
)

// heard is one line of a program's story:
//
//	{"at":"2027-03-01T09:00:00Z","traits":{"first_name":"Ana","email":"ana@example.org"}}
//	{"at":"2027-03-01T09:00:00Z","event":"medication.dispensed","props":{"days_supply":30}}
//	{"at":"2027-04-20T09:00:00Z","tick":true}
//	{"at":"2027-04-20T09:00:00Z","carrier":"rejected"}
type heard struct {
	At     string         `json:"at"`
	Event  string         `json:"event"`
	Props  map[string]any `json:"props"`
	Traits map[string]any `json:"traits"`
	// Tick lets time pass, up to the instant.
	Tick bool `json:"tick"`
	// Carrier is what carriers answer from then on; they accept everything at first.
	Carrier string `json:"carrier"`
}

// transit is how long a carrier takes to answer.
const transit = instant.Second

// mostStill bounds how often the person may be stepped at one instant: more is a fault of the engine.
const mostStill = 10_000

// Tell lives through what is heard under a release and writes what follows, one line each: messages with
// what they begin with, and why others were not sent; moves on the map and through journeys; signals,
// stages, outcomes, and what was asked of others. What is due between two lines happens at its instant.
func Tell(rel *release.Release, events string) (string, error) {
	t, err := told(rel, events)
	if err != nil {
		return "", err
	}
	return t.out.String(), nil
}

// told lives through what is heard.
func told(rel *release.Release, events string) (*teller, error) {
	t := newTeller(rel)
	return t, t.hear(events)
}

// newTeller tells of somebody of whom nothing was heard yet.
func newTeller(rel *release.Release) *teller {
	who := id.Person{1: 'a', 2: 'n', 3: 'a'}
	return &teller{rel: rel.Certain(), p: person.New(who), seed: id.SeedOf([]byte("a program's story"), who), names: NewOrdinals(), carrier: engine.Accepted}
}

func (t *teller) hear(events string) error {
	var lines []heard
	if err := Read(events, func() any { lines = append(lines, heard{}); return &lines[len(lines)-1] }); err != nil {
		return err
	}
	for i, in := range lines {
		if err := t.take(in, i+1); err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return nil
}

type teller struct {
	rel     *release.Release
	p       person.Person
	seed    id.Seed
	names   *Ordinals
	now     instant.Time
	carrier engine.Outcome
	// answers are what carriers will say, in the order in which they will.
	answers []answer
	// history is what was heard, for when the engine asks for it.
	history []engine.Fact
	out     strings.Builder
	records []record.Record
	// branches are those that were come to.
	branches []Branch
	sent     int
}

type answer struct {
	at   instant.Time
	what engine.Settled
}

func (t *teller) take(in heard, number int) error {
	at, err := instant.Parse(in.At)
	if err != nil {
		return fmt.Errorf("at is no instant: %w", err)
	}
	if at < t.now {
		return fmt.Errorf("%s is before the line above it", in.At)
	}
	said := 0
	for _, is := range []bool{in.Event != "", in.Traits != nil, in.Tick, in.Carrier != ""} {
		if is {
			said++
		}
	}
	if said != 1 {
		return fmt.Errorf("write one of event, traits, tick and carrier")
	}
	if err := t.until(at); err != nil {
		return err
	}
	t.now = at
	switch {
	case in.Carrier != "":
		t.carrier, err = OutcomeOf(in.Carrier)
		return err
	case in.Tick:
		if t.p.Release != 0 {
			t.step(at, engine.Tick{})
		}
		return t.until(at)
	case in.Traits != nil:
		in.Event, in.Props = "traits.updated", in.Traits
	}
	e, err := t.event(in, number)
	if err != nil {
		return err
	}
	t.step(at, engine.Heard{Event: e})
	return t.until(at)
}

// event makes what is heard; names that the catalogue does not have would be silent, and are refused.
func (t *teller) event(in heard, number int) (event.Event, error) {
	definition, known := t.rel.Catalogue.Find(in.Event)
	if !known {
		return event.Event{}, fmt.Errorf("there is no event %q; %s", in.Event, source.Suggest(in.Event, t.rel.Catalogue.Names()))
	}
	var fields []string
	for _, f := range definition.Fields {
		fields = append(fields, f.Name)
	}
	for name := range in.Props {
		if in.Traits == nil && !slices.Contains(fields, name) {
			return event.Event{}, fmt.Errorf("%s has no field %q; %s", in.Event, name, source.Suggest(name, fields))
		}
	}
	return EventOf(t.rel, Line{At: in.At, Event: in.Event, Props: in.Props}, number, t.names.Key)
}

// coming is when the person wakes by themselves, when the gate opens for something, and when a carrier answers.
func (t *teller) coming() (wake, due, word instant.Time) {
	wake, due, word = instant.Never, instant.Never, instant.Never
	if t.p.Release != 0 {
		wake = t.p.Wake
		if t.p.Due() != instant.Never {
			due = max(t.p.Due(), t.p.Now)
		}
	}
	if len(t.answers) > 0 {
		word = t.answers[0].at
	}
	return wake, due, word
}

// next is when something happens by itself.
func (t *teller) next() instant.Time {
	wake, due, word := t.coming()
	return min(wake, due, word)
}

// until lets happen what is due up to an instant.
func (t *teller) until(end instant.Time) error {
	still, last := 0, instant.Time(0)
	for {
		wake, _, word := t.coming()
		at := t.next()
		if at > end {
			return nil
		}
		if still++; at != last {
			still, last = 0, at
		} else if still > mostStill {
			return fmt.Errorf("the person does not come to rest at %s", at)
		}
		switch at {
		case word:
			what := t.answers[0].what
			t.answers = t.answers[1:]
			t.step(at, what)
		case wake:
			t.step(at, engine.Tick{})
		default:
			t.step(at, engine.Gate{})
		}
	}
}

// step gives the engine one input, as often as it asks for it again.
func (t *teller) step(at instant.Time, what engine.What) {
	in := engine.Input{At: at, Seed: t.seed, Common: id.SeedOf([]byte("a program's story"), id.Person{}), What: what}
	taken := true
	for again := true; again; {
		p, effects := engine.Step(t.rel, t.p, in)
		t.p, again = p, false
		t.records = append(t.records, record.Record{At: at, What: what, Effects: effects})
		t.branch(effects)
		for _, e := range effects {
			if _, is := e.(effect.Again); is {
				again = true
			}
			if _, is := e.(effect.NeedHistory); is {
				again = !in.Recalled
				in.History, in.Recalled = t.history, true
			}
			if _, is := e.(effect.Ignore); is {
				taken = false
			}
			if note, is := e.(effect.Note); is {
				t.history = append(t.history, engine.Fact{At: note.At, Event: note.Event})
			}
			if send, is := e.(effect.Send); is {
				t.sent++
				settled := engine.Settled{Attempt: send.Attempt, Outcome: t.carrier}
				if p := t.rel.Program(send.Program); p != nil {
					settled.Subject, settled.Body, _ = p.Say(&send)
				}
				t.answers = append(t.answers, answer{send.At.Add(transit), settled})
			}
			if r := t.row(e); r != nil {
				t.out.WriteString(r.String() + "\n")
			}
		}
	}
	if h, is := what.(engine.Heard); is && taken {
		t.history = append(t.history, engine.Fact{At: at, Event: h.Event})
	}
}

// row writes what a team has a say in; nil for the rest.
func (t *teller) row(e effect.Effect) Row {
	switch e := e.(type) {
	case effect.Send:
		return Row{"at", Stamp(e.At), "sent", e.Engagement, "variant", e.Variant, "channel", e.Channel, "language", e.Language, "with", riding(e), "says", t.excerpt(e)}
	case effect.End:
		return Row{"at", Stamp(e.At), "not_sent", e.Engagement, "why", string(e.Reason), "detail", e.Detail}
	case effect.Settle:
		if e.State == person.HandedOver {
			return nil
		}
		return Row{"at", Stamp(e.At), "carrier", e.State.String(), "channel", e.Channel, "why", string(e.Why), "again", Stamp(e.Retry)}
	case effect.Decide:
		var refused []Row
		for _, c := range e.Candidates {
			if c.Reason != "" && c.Reason != policy.NotChosen {
				refused = append(refused, Row{"engagement", c.Engagement, "why", string(c.Reason), "detail", c.Detail})
			}
		}
		if len(refused) == 0 {
			return nil
		}
		return Row{"at", Stamp(e.At), "refused", refused}
	case effect.Schedule:
		if e.Due <= e.At {
			return nil
		}
		return Row{"at", Stamp(e.At), "waits_until", Stamp(e.Due), "why", string(e.Why)}
	case effect.Move:
		return Row{"at", Stamp(e.At), "phase", e.To, "exit", e.Exit, "from", e.From}
	case effect.Trial:
		return Row{"at", Stamp(e.At), "trial", e.Layer, "program", e.Program, "part", e.Arm}
	case effect.Join:
		return Row{"at", Stamp(e.At), "program", e.Program, "in", Flag(e.In)}
	case effect.Walk:
		return Row{"at", Stamp(e.At), "journey", e.Journey, "what", e.What, "step", e.Step, "why", e.Why}
	case effect.Sense:
		return Row{"at", Stamp(e.At), "signal", e.Signal, "on", Flag(e.On), "late", e.Late}
	case effect.Request:
		return Row{"at", Stamp(e.At), "asks", string(e.Kind), "request", t.names.Name("request", e.ID), "what", e.What, "for", e.For, "due", Stamp(e.Due)}
	case effect.Close:
		return Row{"at", Stamp(e.At), "closes", t.names.Name("request", e.Request), "why", e.Why, "outcome", e.Outcome}
	case effect.See:
		return Row{"at", Stamp(e.At), "moment", e.Moment}
	case effect.Promise:
		return Row{"at", Stamp(e.At), "promise_of", e.Moment, "is", string(e.State), "due", Stamp(e.Due)}
	case effect.Group:
		return Row{"at", Stamp(e.At), "audience", e.Audience, "in", Flag(e.In)}
	case effect.Change:
		return Row{"at", Stamp(e.At), "behavior", e.Behavior, "stage", e.To, "from", e.From}
	case effect.Succeed:
		return Row{"at", Stamp(e.At), "outcome", e.Outcome}
	case effect.Merge:
		return Row{"at", Stamp(e.At), "merge", string(e.What)}
	case effect.Same:
		return Row{"at", Stamp(e.At), "same", e.With, "of", e.Of, "apart", Flag(e.Apart)}
	case effect.Retract:
		return Row{"at", Stamp(e.At), "takes_back", e.Event}
	case effect.Effective:
		return Row{"at", Stamp(e.At), "withdrawal_effective", e.Purpose, "channel", e.Channel}
	case effect.Propose:
		return Row{"at", Stamp(e.At), "proposes", e.Engagement, "to", e.To, "relation", e.Relation}
	case effect.Recall:
		return Row{"at", Stamp(e.At), "recalls_from", e.To, "purpose", e.Purpose, "engagement", e.Engagement, "why", e.Why}
	case effect.Recalled:
		return Row{"at", Stamp(e.At), "recall_effective", e.With, "purpose", e.Purpose}
	case effect.Hold:
		return Row{"at", Stamp(e.At), "left_alone", Flag(e.On), "hold", e.Hold, "until", Stamp(e.Until)}
	case effect.Ignore, effect.Again, effect.Note, effect.Switch, effect.NeedHistory, effect.Mark, effect.Anew:
		return nil
	}
	return nil
}

// riding are the engagements that go out in the same message.
func riding(e effect.Send) []string {
	var out []string
	for _, p := range e.Parts {
		out = append(out, p.Engagement)
	}
	return out
}

// mostSaid is how much of a message a story shows.
const mostSaid = 60

// excerpt is how a message begins: its subject, or where it has none its first line.
func (t *teller) excerpt(e effect.Send) string {
	p := t.rel.Program(e.Program)
	if p == nil {
		return ""
	}
	subject, body, _ := p.Say(&e)
	if subject == "" {
		subject, _, _ = strings.Cut(strings.TrimSpace(body), "\n")
	}
	if runes := []rune(subject); len(runes) > mostSaid {
		return string(runes[:mostSaid]) + "…"
	}
	return subject
}
