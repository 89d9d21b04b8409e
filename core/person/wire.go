package person

import (
	"fmt"

	"github.com/klauspost/compress/s2"

	"attune/core/channel"
	"attune/core/consent"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person/personpb"
	"attune/core/stage"
	"attune/core/supply"
)

// wireVersion is the first byte of every encoded person. A version decodes for ever.
const wireVersion = 1

// maxDecoded bounds what a state may unpack to, so that a damaged one cannot exhaust memory.
const maxDecoded = 16 << 20

// Encode writes the person's wire form: a version byte and the compressed message. The id is not
// part of it; it is the key under which the state is kept.
func (p *Person) Encode() ([]byte, error) {
	raw, err := p.wire().MarshalVT()
	if err != nil {
		return nil, fmt.Errorf("encode person %s: %w", p.ID, err)
	}
	if len(raw) > maxDecoded {
		return nil, fmt.Errorf("encode person %s: the state has %d bytes, more than can be read back", p.ID, len(raw))
	}
	out := make([]byte, 1+s2.MaxEncodedLen(len(raw)))
	out[0] = wireVersion
	return out[:1+len(s2.Encode(out[1:], raw))], nil
}

// Decode reads what Encode wrote, in this version or an earlier one.
func Decode(who id.Person, b []byte) (Person, error) {
	if len(b) == 0 || b[0] != wireVersion {
		return Person{}, fmt.Errorf("decode person %s: unknown version of the wire form", who)
	}
	if n, err := s2.DecodedLen(b[1:]); err != nil || n > maxDecoded {
		return Person{}, fmt.Errorf("decode person %s: damaged", who)
	}
	raw, err := s2.Decode(nil, b[1:])
	if err != nil {
		return Person{}, fmt.Errorf("decode person %s: %w", who, err)
	}
	var m personpb.Person
	if err := m.UnmarshalVT(raw); err != nil {
		return Person{}, fmt.Errorf("decode person %s: %w", who, err)
	}
	return fromWire(who, &m), nil
}

func (p *Person) wire() *personpb.Person {
	m := &personpb.Person{
		Kind: uint32(p.Kind), Release: p.Release, Now: int64(p.Now), Wake: wireTime(p.Wake), Died: int64(p.Died),
		Signals: packBits(p.Facts.Signals), Rules: packBits(p.Rules), Choices: p.Facts.Choices, Marks: p.Marks,
	}
	// What there is most of is made in one piece each: this runs once for every event.
	traits := make([]personpb.Trait, len(p.Traits))
	m.Traits = make([]*personpb.Trait, len(traits))
	for i, t := range p.Traits {
		traits[i] = personpb.Trait{Name: t.Name, Value: event.WireValue(t.Value), At: int64(t.At), Version: t.Order.Version, Id: t.Order.ID}
		m.Traits[i] = &traits[i]
	}
	m.SeenKey, m.SeenAt = make([]uint64, len(p.Seen)), make([]int64, len(p.Seen))
	var last instant.Time
	for i, s := range p.Seen {
		m.SeenKey[i], m.SeenAt[i] = s.Key, int64(s.At-last)
		last = s.At
	}
	counters := make([]personpb.Counter, len(p.Facts.Counters))
	m.Counters = make([]*personpb.Counter, len(counters))
	for i := range p.Facts.Counters {
		wireCounter(&counters[i], &p.Facts.Counters[i])
		m.Counters[i] = &counters[i]
	}
	anchors := make([]personpb.Anchor, len(p.Facts.Anchors))
	m.Anchors = make([]*personpb.Anchor, len(anchors))
	for i, a := range p.Facts.Anchors {
		anchors[i] = personpb.Anchor{Set: a.Set, At: int64(a.At), Deadline: wireTime(a.Deadline), Version: a.Newest.Version, Id: a.Newest.ID}
		m.Anchors[i] = &anchors[i]
	}
	for i := range p.Facts.Series {
		m.Series = append(m.Series, wireSeries(&p.Facts.Series[i]))
	}
	for _, t := range p.Facts.Traits {
		m.TraitFacts = append(m.TraitFacts, &personpb.TraitFact{Set: t.Set, Value: event.WireValue(t.Value), At: int64(t.At), Version: t.Newest.Version, Id: t.Newest.ID})
	}
	for _, k := range p.Facts.Keyed {
		keyed := &personpb.Keyed{}
		for _, a := range k.Newest {
			keyed.Newest = append(keyed.Newest, &personpb.KeyedAnchor{Key: a.Key, Waits: a.Waits, At: int64(a.At), Deadline: wireTime(a.Deadline), Version: a.Newest.Version, Id: a.Newest.ID})
		}
		m.Keyed = append(m.Keyed, keyed)
	}
	for _, s := range p.Memberships {
		w := &personpb.Membership{Program: s.Program, Enrolled: int64(s.Enrolled), Left: int64(s.Left), Phase: s.Phase, Since: int64(s.Since), Exit: s.Exit, Exited: int64(s.Exited), Been: s.Been, Overdue: s.Overdue, Entered: s.Entered, EnteredAt: int64(s.EnteredAt)}
		for _, e := range s.Ends {
			w.Ends = append(w.Ends, &personpb.PhaseEnd{Phase: e.Phase, At: int64(e.At)})
		}
		m.Memberships = append(m.Memberships, w)
	}
	for _, c := range p.Consents {
		m.Consents = append(m.Consents, &personpb.Consent{Purpose: c.Purpose, Channel: c.Channel, Topic: c.Topic, Answer: uint32(c.Answer), At: int64(c.At), Version: c.Order.Version, Id: c.Order.ID, Event: c.Event, Actor: c.Actor, From: int64(c.From), Until: int64(c.Until)})
	}
	for i := range p.Enrollments {
		e := &p.Enrollments[i]
		m.Enrollments = append(m.Enrollments, &personpb.Enrollment{Id: wireKey(e.ID), Program: e.Program, Journey: e.Journey, Step: e.Step,
			Entered: int64(e.Entered), Due: wireTime(e.Due), Touch: wireKey(e.Touch), Left: int64(e.Left), Why: e.Why, Cause: wireCause(e.Cause),
			Key: e.Key, Entry: event.WireProps(e.Entry), Request: wireKey(e.Request), Rounds: e.Rounds, Parked: e.Parked})
	}
	for i := range p.Touches {
		t := &p.Touches[i]
		m.Touches = append(m.Touches, &personpb.Touch{Id: wireKey(t.ID), Program: t.Program, Engagement: t.Engagement, Variant: t.Variant,
			Channel: t.Channel, Language: t.Language, Content: t.Content, Purpose: t.Purpose, Theme: t.Theme, Class: uint32(t.Class), Value: t.Value, State: uint32(t.State), Why: t.Why,
			Decided: int64(t.Decided), Due: int64(t.Due), Expires: int64(t.Expires), Started: int64(t.Started), Settled: int64(t.Settled),
			Attempts: t.Attempts, Replays: t.Replays, Cause: wireCause(t.Cause), Enrollment: wireKey(t.Enrollment), Lead: wireKey(t.Lead),
			About: wirePerson(t.About), AboutName: t.AboutName, Origin: t.Origin, Answered: int64(t.Answered)})
	}
	for _, x := range p.Moments {
		m.Moments = append(m.Moments, &personpb.Moment{Program: x.Program, Moment: x.Moment, Key: x.Key, At: int64(x.At), Count: x.Count, Late: x.Late})
	}
	for _, x := range p.Groups {
		m.Groups = append(m.Groups, &personpb.Group{Program: x.Program, Audience: x.Audience, Since: int64(x.Since), What: x.What, Event: x.Event})
	}
	for _, x := range p.Holds {
		m.Holds = append(m.Holds, &personpb.Hold{Id: x.ID, Set: int64(x.Set), Until: wireTime(x.Until), Lifted: int64(x.Lifted), Event: x.Event})
	}
	for _, x := range p.Limits {
		m.Limits = append(m.Limits, &personpb.Limit{Id: x.ID, Set: int64(x.Set), Lifted: int64(x.Lifted), Event: x.Event})
	}
	for i := range p.Corrections {
		x := &p.Corrections[i]
		m.Corrections = append(m.Corrections, &personpb.Correction{Is: wireTrait(&x.Is), Event: x.Event, Refused: x.Refused, Said: wireTrait(&x.Said), By: x.By, Disputed: int64(x.Disputed), Settled: int64(x.Settled), Dispute: x.Dispute})
	}
	for _, x := range p.Points {
		m.Points = append(m.Points, &personpb.Point{Kind: x.Kind, Address: x.Address, Stopped: int64(x.Stopped), Released: int64(x.Released), Why: x.Why, Verified: int64(x.Verified), Shared: int64(x.Shared), Alone: int64(x.Alone)})
	}
	m.KindAt, m.KindVersion, m.KindId = int64(p.KindAt), p.KindOrder.Version, p.KindOrder.ID
	for _, x := range p.Shares {
		m.Shares = append(m.Shares, &personpb.Share{With: x.With, Purpose: x.Purpose, Relation: x.Relation, Name: x.Name, Granted: int64(x.Granted), Version: x.Order.Version, Id: x.Order.ID,
			Until: int64(x.Until), Withdrawn: int64(x.Withdrawn), Ended: int64(x.Ended), EndedFor: int64(x.EndedFor)})
	}
	for _, x := range p.Told {
		m.Told = append(m.Told, &personpb.Told{With: x.With, At: int64(x.At)})
	}
	for _, x := range p.Recalls {
		m.Recalls = append(m.Recalls, &personpb.Recall{About: wirePerson(x.About), Purpose: x.Purpose, Id: wireKey(x.ID), At: int64(x.At), With: x.With, Heard: int64(x.Heard), Waits: x.Waits})
	}
	for _, x := range p.Withdrawals {
		m.Withdrawals = append(m.Withdrawals, &personpb.Withdrawal{Event: x.Event, At: int64(x.At), Purpose: x.Purpose, Channel: x.Channel, Topic: x.Topic, Actor: x.Actor})
	}
	for _, x := range p.Trials {
		m.Trials = append(m.Trials, &personpb.Trial{Program: x.Program, Layer: x.Layer, Arm: x.Arm, At: int64(x.At)})
	}
	for i := range p.Supplies {
		m.Supplies = append(m.Supplies, courseWire(&p.Supplies[i]))
	}
	for _, x := range p.Reckoned {
		m.Reckoned = append(m.Reckoned, &personpb.Reckoned{Code: x.Code, Until: int64(x.Until), Steps: uint32(x.Steps), Noted: uint32(x.Noted), Covered: int32(x.Covered)})
	}
	for _, x := range p.Habits {
		m.Habits = append(m.Habits, &personpb.Habit{Of: x.Of, Tries: x.Tries, Answers: x.Answers})
	}
	for _, x := range p.Tellings {
		m.Tellings = append(m.Tellings, &personpb.Telling{Fact: x.Fact, Name: x.Name, Kind: x.Kind, Over: x.Over, At: int64(x.At), Version: x.Order.Version, Id: x.Order.ID})
	}
	for _, x := range p.Arms {
		m.Arms = append(m.Arms, &personpb.Arm{Program: x.Program, Journey: x.Journey, Step: x.Step, Arm: x.Arm})
	}
	m.Revoked = p.Revoked
	m.Into = wirePerson(p.Into)
	for _, x := range p.Merged {
		m.Merged = append(m.Merged, &personpb.Merged{Person: wirePerson(x.Person), At: int64(x.At)})
	}
	for i := range p.Beliefs {
		m.Beliefs = append(m.Beliefs, wireBelief(&p.Beliefs[i]))
	}
	return m
}

func fromWire(who id.Person, m *personpb.Person) Person {
	p := Person{
		ID: who, Kind: Kind(m.Kind), Release: m.Release, Marks: m.Marks, Now: instant.Time(m.Now), Wake: timeFromWire(m.Wake), Died: instant.Time(m.Died),
		Rules: unpackBits(m.Rules),
	}
	p.Facts.Signals = unpackBits(m.Signals)
	if len(m.Choices) > 0 {
		p.Facts.Choices = m.Choices
	}
	p.Traits = sized[Trait](len(m.Traits))
	p.Seen = sized[Seen](len(m.SeenKey))
	p.Facts.Counters = sized[expr.Counter](len(m.Counters))
	p.Facts.Anchors = sized[expr.Anchor](len(m.Anchors))
	for _, t := range m.Traits {
		p.Traits = append(p.Traits, Trait{t.Name, event.ValueFromWire(t.Value), instant.Time(t.At), expr.Order{Version: t.Version, ID: t.Id}})
	}
	var last instant.Time
	for i := 0; i < min(len(m.SeenKey), len(m.SeenAt)); i++ {
		last += instant.Time(m.SeenAt[i])
		p.Seen = append(p.Seen, Seen{m.SeenKey[i], last})
	}
	for _, c := range m.Counters {
		p.Facts.Counters = append(p.Facts.Counters, counterFromWire(c))
	}
	for _, a := range m.Anchors {
		p.Facts.Anchors = append(p.Facts.Anchors, expr.Anchor{Set: a.Set, At: instant.Time(a.At), Deadline: timeFromWire(a.Deadline), Newest: expr.Order{Version: a.Version, ID: a.Id}})
	}
	p.Facts.Series = sized[expr.Series](len(m.Series))
	p.Facts.Traits = sized[expr.Trait](len(m.TraitFacts))
	p.Facts.Keyed = sized[expr.Keyed](len(m.Keyed))
	for _, s := range m.Series {
		p.Facts.Series = append(p.Facts.Series, seriesFromWire(s))
	}
	for _, t := range m.TraitFacts {
		p.Facts.Traits = append(p.Facts.Traits, expr.Trait{Set: t.Set, Value: event.ValueFromWire(t.Value), At: instant.Time(t.At), Newest: expr.Order{Version: t.Version, ID: t.Id}})
	}
	for _, k := range m.Keyed {
		keyed := expr.Keyed{Newest: sized[expr.KeyedAnchor](len(k.Newest))}
		for _, a := range k.Newest {
			keyed.Newest = append(keyed.Newest, expr.KeyedAnchor{Key: a.Key, Waits: a.Waits, At: instant.Time(a.At), Deadline: timeFromWire(a.Deadline), Newest: expr.Order{Version: a.Version, ID: a.Id}})
		}
		p.Facts.Keyed = append(p.Facts.Keyed, keyed)
	}
	for _, s := range m.Memberships {
		x := Membership{
			Program: s.Program, Enrolled: instant.Time(s.Enrolled), Left: instant.Time(s.Left), Phase: s.Phase, Since: instant.Time(s.Since), Exit: s.Exit, Exited: instant.Time(s.Exited),
			Been: s.Been, Overdue: s.Overdue, Entered: s.Entered, EnteredAt: instant.Time(s.EnteredAt),
		}
		for _, e := range s.Ends {
			x.Ends = append(x.Ends, PhaseEnd{e.Phase, instant.Time(e.At)})
		}
		p.Memberships = append(p.Memberships, x)
	}
	for _, c := range m.Consents {
		p.Consents = append(p.Consents, consent.Record{Purpose: c.Purpose, Channel: c.Channel, Topic: c.Topic, Answer: consent.Answer(c.Answer), At: instant.Time(c.At), Order: expr.Order{Version: c.Version, ID: c.Id}, Event: c.Event, Actor: c.Actor, From: instant.Time(c.From), Until: instant.Time(c.Until)})
	}
	for _, e := range m.Enrollments {
		p.Enrollments = append(p.Enrollments, Enrollment{ID: keyFromWire(e.Id), Program: e.Program, Journey: e.Journey, Step: e.Step,
			Entered: instant.Time(e.Entered), Due: timeFromWire(e.Due), Touch: keyFromWire(e.Touch), Left: instant.Time(e.Left), Why: e.Why, Cause: causeFromWire(e.Cause),
			Key: e.Key, Entry: event.PropsFromWire(e.Entry), Request: keyFromWire(e.Request), Rounds: e.Rounds, Parked: e.Parked})
	}
	for _, t := range m.Touches {
		p.Touches = append(p.Touches, Touch{ID: keyFromWire(t.Id), Program: t.Program, Engagement: t.Engagement, Variant: t.Variant,
			Channel: t.Channel, Language: t.Language, Content: t.Content, Purpose: t.Purpose, Theme: t.Theme, Class: channel.Class(t.Class), Value: t.Value, State: TouchState(t.State), Why: t.Why,
			Decided: instant.Time(t.Decided), Due: instant.Time(t.Due), Expires: instant.Time(t.Expires), Started: instant.Time(t.Started), Settled: instant.Time(t.Settled),
			Attempts: t.Attempts, Replays: t.Replays, Cause: causeFromWire(t.Cause), Enrollment: keyFromWire(t.Enrollment), Lead: keyFromWire(t.Lead),
			About: personFromWire(t.About), AboutName: t.AboutName, Origin: t.Origin, Answered: instant.Time(t.Answered)})
	}
	for _, x := range m.Moments {
		p.Moments = append(p.Moments, Moment{x.Program, x.Moment, x.Key, instant.Time(x.At), x.Count, x.Late})
	}
	for _, x := range m.Groups {
		p.Groups = append(p.Groups, Group{x.Program, x.Audience, instant.Time(x.Since), x.What, x.Event})
	}
	for _, x := range m.Holds {
		p.Holds = append(p.Holds, Hold{x.Id, instant.Time(x.Set), timeFromWire(x.Until), instant.Time(x.Lifted), x.Event})
	}
	for _, x := range m.Limits {
		p.Limits = append(p.Limits, Limit{x.Id, instant.Time(x.Set), instant.Time(x.Lifted), x.Event})
	}
	for _, x := range m.Corrections {
		p.Corrections = append(p.Corrections, Correction{Is: traitFromWire(x.Is), Event: x.Event, Refused: x.Refused, Said: traitFromWire(x.Said), By: x.By, Disputed: instant.Time(x.Disputed), Settled: instant.Time(x.Settled), Dispute: x.Dispute})
	}
	for _, x := range m.Points {
		p.Points = append(p.Points, Point{
			Kind: x.Kind, Address: x.Address, Stopped: instant.Time(x.Stopped), Released: instant.Time(x.Released), Why: x.Why,
			Verified: instant.Time(x.Verified), Shared: instant.Time(x.Shared), Alone: instant.Time(x.Alone),
		})
	}
	p.KindAt, p.KindOrder = instant.Time(m.KindAt), expr.Order{Version: m.KindVersion, ID: m.KindId}
	for _, x := range m.Shares {
		p.Shares = append(p.Shares, Share{With: x.With, Purpose: x.Purpose, Relation: x.Relation, Name: x.Name, Granted: instant.Time(x.Granted), Order: expr.Order{Version: x.Version, ID: x.Id},
			Until: instant.Time(x.Until), Withdrawn: instant.Time(x.Withdrawn), Ended: instant.Time(x.Ended), EndedFor: instant.Time(x.EndedFor)})
	}
	for _, x := range m.Told {
		p.Told = append(p.Told, Told{x.With, instant.Time(x.At)})
	}
	for _, x := range m.Recalls {
		p.Recalls = append(p.Recalls, Recall{About: personFromWire(x.About), Purpose: x.Purpose, ID: keyFromWire(x.Id), At: instant.Time(x.At), With: x.With, Heard: instant.Time(x.Heard), Waits: x.Waits})
	}
	for _, x := range m.Withdrawals {
		p.Withdrawals = append(p.Withdrawals, Withdrawal{x.Event, instant.Time(x.At), x.Purpose, x.Channel, x.Topic, x.Actor})
	}
	for _, x := range m.Trials {
		p.Trials = append(p.Trials, Trial{x.Program, x.Layer, x.Arm, instant.Time(x.At)})
	}
	for _, x := range m.Supplies {
		p.Supplies = append(p.Supplies, courseFrom(x))
	}
	p.Into = personFromWire(m.Into)
	for _, x := range m.Merged {
		p.Merged = append(p.Merged, Merged{personFromWire(x.Person), instant.Time(x.At)})
	}
	for _, x := range m.Reckoned {
		p.Reckoned = append(p.Reckoned, Reckoned{x.Code, instant.Time(x.Until), uint8(x.Steps), uint8(x.Noted), int8(x.Covered)})
	}
	for _, x := range m.Habits {
		p.Habits = append(p.Habits, Habit{x.Of, x.Tries, x.Answers})
	}
	for _, x := range m.Tellings {
		p.Tellings = append(p.Tellings, Telling{x.Fact, x.Name, x.Kind, x.Over, instant.Time(x.At), expr.Order{Version: x.Version, ID: x.Id}})
	}
	for _, x := range m.Arms {
		p.Arms = append(p.Arms, Arm{x.Program, x.Journey, x.Step, x.Arm})
	}
	p.Revoked = m.Revoked
	for _, x := range m.Beliefs {
		p.Beliefs = append(p.Beliefs, beliefFromWire(x))
	}
	return p
}

func wireCounter(m *personpb.Counter, c *expr.Counter) {
	m.Last, m.Version, m.Id = event.WireValue(c.Last), c.Newest.Version, c.Newest.ID
	m.Times = make([]int64, len(c.Times))
	var last instant.Time
	for i, t := range c.Times {
		m.Times[i] = int64(t - last)
		last = t
	}
}

func counterFromWire(m *personpb.Counter) expr.Counter {
	c := expr.Counter{Last: event.ValueFromWire(m.Last), Newest: expr.Order{Version: m.Version, ID: m.Id}}
	c.Times = sized[instant.Time](len(m.Times))
	var last instant.Time
	for _, d := range m.Times {
		last += instant.Time(d)
		c.Times = append(c.Times, last)
	}
	return c
}

func wireBelief(b *Belief) *personpb.Belief {
	m := &personpb.Belief{Program: b.Program, Behavior: b.Behavior, At: int64(b.At), Mode: uint32(b.Mode), Since: int64(b.Since)}
	if b.P != (stage.Distribution{}) {
		m.P = b.P[:]
	}
	for _, p := range b.Pieces {
		m.Pieces = append(m.Pieces, &personpb.Piece{At: int64(p.At), Version: p.Order.Version, Id: p.Order.ID, Evidence: int64(p.Evidence), Score: p.Score})
	}
	return m
}

func beliefFromWire(m *personpb.Belief) Belief {
	b := Belief{m.Program, m.Behavior, stage.Belief{At: instant.Time(m.At), Mode: stage.Stage(m.Mode), Since: instant.Time(m.Since)}}
	copy(b.P[:], m.P)
	for _, p := range m.Pieces {
		b.Pieces = append(b.Pieces, stage.Piece{At: instant.Time(p.At), Order: expr.Order{Version: p.Version, ID: p.Id}, Evidence: int(p.Evidence), Score: p.Score})
	}
	return b
}

func wireSeries(s *expr.Series) *personpb.Series {
	n := len(s.Readings)
	m := &personpb.Series{Times: make([]int64, n), Values: make([]float64, n), Versions: make([]int64, n), Ids: make([]uint64, n)}
	var last instant.Time
	for i, r := range s.Readings {
		m.Times[i], m.Values[i], m.Versions[i], m.Ids[i] = int64(r.At-last), r.Value, r.Order.Version, r.Order.ID
		last = r.At
	}
	return m
}

func seriesFromWire(m *personpb.Series) expr.Series {
	n := min(len(m.Times), len(m.Values), len(m.Versions), len(m.Ids))
	s := expr.Series{Readings: sized[expr.Reading](n)}
	var last instant.Time
	for i := range n {
		last += instant.Time(m.Times[i])
		s.Readings = append(s.Readings, expr.Reading{At: last, Order: expr.Order{Version: m.Versions[i], ID: m.Ids[i]}, Value: m.Values[i]})
	}
	return s
}

// sized makes room for n items; nil for none, as for a person who never had any.
func sized[T any](n int) []T {
	if n == 0 {
		return nil
	}
	return make([]T, 0, n)
}

func wireCause(c Cause) *personpb.Cause {
	if c == (Cause{}) {
		return nil
	}
	return &personpb.Cause{Rule: c.Rule, Event: c.Event, At: int64(c.At), What: c.What}
}

func causeFromWire(m *personpb.Cause) Cause {
	if m == nil {
		return Cause{}
	}
	return Cause{Rule: m.Rule, What: m.What, Event: m.Event, At: instant.Time(m.At)}
}

// Never is written as -1, so that what never happens costs one byte.
func wireTime(t instant.Time) int64 {
	if t == instant.Never {
		return -1
	}
	return int64(t)
}

func timeFromWire(n int64) instant.Time {
	if n == -1 {
		return instant.Never
	}
	return instant.Time(n)
}

func wireKey(k id.Key) []byte {
	if k.IsZero() {
		return nil
	}
	return k[:]
}

func wirePerson(p id.Person) []byte {
	if p.IsZero() {
		return nil
	}
	return p[:]
}

func personFromWire(b []byte) (p id.Person) {
	copy(p[:], b)
	return p
}

func keyFromWire(b []byte) (k id.Key) {
	copy(k[:], b)
	return k
}

// packBits writes the length's remainder first, since the number of bits matters to the plan.
func packBits(bits []bool) []byte {
	if len(bits) == 0 {
		return nil
	}
	out := make([]byte, 1+(len(bits)+7)/8)
	out[0] = byte(len(bits) % 8)
	for i, b := range bits {
		if b {
			out[1+i/8] |= 1 << (i % 8)
		}
	}
	return out
}

func unpackBits(b []byte) []bool {
	if len(b) < 2 {
		return nil
	}
	n := (len(b) - 1) * 8
	if r := int(b[0] % 8); r != 0 {
		n += r - 8
	}
	bits := make([]bool, n)
	for i := range bits {
		bits[i] = b[1+i/8]&(1<<(i%8)) != 0
	}
	return bits
}

func courseWire(c *supply.Course) *personpb.Course {
	m := &personpb.Course{Code: c.Code, Stopped: int64(c.Stopped)}
	last := instant.Time(0)
	for _, f := range c.Fills {
		m.FillAt = append(m.FillAt, int64(f.At-last))
		m.FillDays, m.FillKey = append(m.FillDays, f.Days), append(m.FillKey, f.Key)
		m.FillEstimated, m.FillPrescribed = append(m.FillEstimated, f.Estimated), append(m.FillPrescribed, f.Prescribed)
		last = f.At
	}
	return m
}

func courseFrom(m *personpb.Course) supply.Course {
	c := supply.Course{Code: m.Code, Stopped: instant.Time(m.Stopped)}
	at := instant.Time(0)
	for i := range min(len(m.FillAt), len(m.FillDays), len(m.FillKey), len(m.FillEstimated), len(m.FillPrescribed)) {
		at += instant.Time(m.FillAt[i])
		c.Fills = append(c.Fills, supply.Fill{At: at, Days: m.FillDays[i], Estimated: m.FillEstimated[i], Prescribed: m.FillPrescribed[i], Key: m.FillKey[i]})
	}
	return c
}

func wireTrait(t *Trait) *personpb.Trait {
	return &personpb.Trait{Name: t.Name, Value: event.WireValue(t.Value), At: int64(t.At), Version: t.Order.Version, Id: t.Order.ID}
}

func traitFromWire(m *personpb.Trait) Trait {
	return Trait{m.GetName(), event.ValueFromWire(m.GetValue()), instant.Time(m.GetAt()), expr.Order{Version: m.GetVersion(), ID: m.GetId()}}
}
