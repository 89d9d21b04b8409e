package engine

import (
	"slices"

	"attune/core/consent"
	"attune/core/decision"
	"attune/core/effect"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/release"
)

const (
	// maxInstants bounds how many due instants one call catches up with.
	maxInstants = 1000
	// maxMoves bounds how many steps a journey passes at one instant.
	maxMoves = 100
	// seenFor is how long an event is recognised when it comes again: longer than any client retries.
	seenFor = 24 * instant.Hour
	// maxSeen bounds how many events are recognised.
	maxSeen = 4096
)

// step is one call's working state.
type step struct {
	rel   *release.Release
	p     person.Person
	owned owned
	seed  id.Seed
	// common is the seed that all people of the installation share.
	common id.Seed
	fx     []effect.Effect
	// candidates wait for the decision at the end of the instant.
	candidates []candidate
	// sensed are the signals that changed in the current pass, and since when.
	sensed []sensed
	// clock is memory for the one zone that is the person's.
	clock [1]*instant.Zone
	// ended are the rules that the event in hand made untrue.
	ended []int
	// all is memory for what caps count.
	all []policy.Count
	// historical: the event in hand sets memory and starts nothing.
	historical bool
	// heard is the event in hand; nil while time passes.
	heard *event.Event
	// quiet: what is derived is made anew, and nothing follows from it.
	quiet bool
	// passedBy are passages whose proposal was passed on to others in the decision in hand.
	passedBy []id.Key
	// model is what was learned; nil for what is expected before anything is.
	model *decision.Model
	// stale tells that nobody goes by the model any more.
	stale bool
	// infersNothing: while what is derived is made anew, the person objects to profiling in the end.
	infersNothing bool
	// marks are those of what was made anew; nil where that is not so.
	marks []effect.Effect
	// noted are events of the engine's own that were taken in, and from which things are still to follow.
	noted []event.Event
}

// Step takes one input. When its effects end in effect.Again the input was not taken: commit, and
// give it once more. A person of another release than rel is returned unchanged.
func Step(rel *release.Release, was person.Person, in Input) (is person.Person, effects []effect.Effect) {
	at := max(in.At, was.Now)
	if _, again := in.What.(Restore); !was.Into.IsZero() && !again {
		return forwards(rel, was, in.What, at)
	}
	s := step{rel: rel, p: was, seed: in.Seed, common: in.Common, model: in.Model, stale: in.Stale}
	if needsHistory(rel, &was, in.What) && !in.Recalled {
		return was, []effect.Effect{effect.NeedHistory{}}
	}
	// The clock follows from the traits, so it is no part of the state.
	defer func() { is.Facts.Zone = nil }()
	if w, switches := in.What.(Switch); switches && was.Release != 0 && was.Release != rel.Short {
		s.change(w, in.History, at)
		return s.p, s.fx
	}
	switch {
	case was.Release == 0:
		s.begin(at)
	case was.Release == rel.Short && !was.Into.IsZero(): // it has no shape until it is restored
	case was.Release != rel.Short || !rel.Fits(&was.Facts, was.Rules):
		return was, []effect.Effect{effect.Ignore{At: at, Why: "release"}}
	}
	s.setClock()
	if tick, is := in.What.(Tick); is && tick.Slept {
		s.overslept(at)
	}
	if !s.catchUp(at) {
		return s.p, append(s.fx, effect.Again{})
	}
	switch what := in.What.(type) {
	case Heard:
		s.hear(what.Event, in.History, at)
	case Tick:
	case Gate:
		s.gate(what, at)
	case Settled:
		s.settle(what, at)
	case Resume:
		s.resume(what, at)
	case Replay:
		s.replay(what, at)
	case Outranked:
		s.outranked(what, at)
	case Switch:
		s.add(effect.Ignore{At: at, Why: "release"})
	case Yield:
		s.yield(what, at)
	case Absorb:
		s.absorb(what, in.History, at)
	case Part:
		s.part(what, in.History, at)
	case Restore:
		s.restore(what, in.History, at)
	}
	return s.p, s.fx
}

// begin gives a new person the shape that the release's rules need. What is true of somebody with no
// history is not an edge.
func (s *step) begin(at instant.Time) {
	s.p.Release = s.rel.Short
	s.p.Now = at
	s.p.Wake = instant.Never
	s.p.Facts = s.rel.Blank()
	s.p.Beliefs = make([]person.Belief, len(s.rel.Behaviors))
	for k := range s.rel.Behaviors {
		b := &s.rel.Behaviors[k]
		s.p.Beliefs[k] = person.Belief{Program: s.rel.Programs[b.Program].ID, Behavior: b.ID}
	}
	s.answerConsents(at)
	s.p.Rules = make([]bool, len(s.rel.Rules))
	for _, i := range s.rel.All() {
		r := &s.rel.Rules[i]
		if r.Trigger.Pulse() {
			continue
		}
		answer, until := r.Trigger.Rule.Ask(&s.p.Facts, at)
		s.wake(until)
		s.p.Rules[i] = answer == expr.True
		if r.Bit() {
			s.p.Facts.Signals[r.Index] = s.p.Rules[i]
		}
		if r.Target == release.Audience && s.unprofiled() {
			s.p.Rules[i], s.p.Facts.Signals[r.Index] = false, false
		}
		if s.p.Rules[i] && r.Target == release.Audience {
			s.tellBit(r, true, true, person.Cause{What: r.Trigger.Rule.Source, At: at}, at)
		}
	}
}

// catchUp lets everything due at or before at happen, each at its own instant: what expires, then
// rules, then journeys, then the decision. It returns false when the budget ended first.
func (s *step) catchUp(at instant.Time) bool {
	for n := 0; s.p.Wake <= at && s.p.Wake != instant.Never; n++ {
		if n == maxInstants {
			return false
		}
		t := max(s.p.Wake, s.p.Now)
		s.p.Now, s.p.Wake = t, instant.Never
		s.expire(t)
		s.consentsTurn(t)
		s.holdsEnd(t)
		s.sharesEnd(t)
		s.drift(t)
		s.suppliesDue(t)
		s.pass(t, nil, s.rel.Timed())
		s.expectAll(t)
		s.promisesDue(t)
		s.begun(t)
		s.journeysDue(t)
		s.conclude(t)
		s.rearm(t)
	}
	return true
}

// rearm wakes the person for what touches and journeys wait for; rules have done so in their pass.
func (s *step) rearm(t instant.Time) {
	for i := range s.p.Touches {
		s.wake(touchEnds(&s.p.Touches[i]))
	}
	for i := range s.p.Enrollments {
		if e := &s.p.Enrollments[i]; e.Left == 0 {
			s.wake(e.Due)
		}
	}
	s.wake(consent.Turns(s.p.Consents, t))
	for i := range s.p.Holds {
		if h := &s.p.Holds[i]; h.On(t) {
			s.wake(h.Until)
		}
	}
	for i := range s.p.Shares {
		if x := &s.p.Shares[i]; x.Until > t && x.Granted != 0 {
			s.wake(x.Until)
		}
	}
	s.rearmWedges(t)
	s.wakeSupplies(t)
	// Every horizon lies after its instant; this keeps a fault elsewhere from stopping time.
	s.p.Wake = max(s.p.Wake, t+1)
}

func (s *step) wake(t instant.Time) { s.p.Wake = min(s.p.Wake, t) }

// touchEnds is when a touch changes by itself.
func touchEnds(t *person.Touch) instant.Time {
	switch t.State {
	case person.Pending:
		return t.Expires
	case person.InFlight:
		return t.Started.Add(person.AttemptLimit)
	case person.Uncertain:
		return t.Settled.Add(person.UnconfirmedAfter)
	case person.HandedOver, person.Ended:
	}
	return instant.Never
}

// expire ends pending touches that came too late, and settles what nobody answered.
func (s *step) expire(at instant.Time) {
	for i := range s.p.Touches {
		t := &s.p.Touches[i]
		if touchEnds(t) > at {
			continue
		}
		s.ownTouches()
		t = &s.p.Touches[i]
		switch t.State {
		case person.Pending:
			s.end(i, at, expired(t), "")
		case person.InFlight:
			t.State, t.Settled = person.Uncertain, at
			s.add(effect.Settle{At: at, Touch: t.ID, Lead: t.Lead, Attempt: t.Attempt(), Channel: t.Channel, State: person.Uncertain})
			s.effective(at)
		case person.Uncertain:
			// Counted as handed over at the latest instant at which it can have been.
			t.State, t.Why = person.HandedOver, string(policy.Unconfirmed)
			s.add(effect.Settle{At: at, Touch: t.ID, Lead: t.Lead, Attempt: t.Attempt(), Channel: t.Channel, State: person.HandedOver, Why: policy.Unconfirmed})
			s.concluded(t, at)
		case person.HandedOver, person.Ended:
		}
	}
}

// hear takes an event in: who the person is and what they consent to, then what follows from it.
func (s *step) hear(e event.Event, history []Fact, at instant.Time) {
	if s.repeated(e.Key(), at) {
		s.add(effect.Ignore{At: at, Why: "repeated"})
		return
	}
	s.p.Now = at
	e.OccurredAt = min(e.OccurredAt, at)
	s.historical = e.Historical
	if _, revoked := slices.BinarySearch(s.p.Revoked, e.Key()); revoked {
		s.add(effect.Ignore{At: at, Why: "retracted"})
		return
	}
	s.heard = &e
	waited := s.awaiting(&e, at)
	s.forget(at)
	if retracts(s.rel, &e) {
		s.retract(&e, history, at)
		s.settleSupplies(at)
	}
	s.unsay(&e, history, at)
	s.obey(&e, at)
	s.limitHears(&e, history, at)
	s.responded(&e, at)
	s.takeIn(&e)
	s.resupplied(&e, at)
	s.evidence(&e, at)
	s.pass(at, &e, s.rel.Woken(e.Name))
	s.journeysHear(waited, at)
	s.proposed(&e, at)
	s.recalled(&e, at)
	s.conclude(at)
	s.heard = nil
}

// obey takes in the events that decide what may be done at all: words on consent, and death.
func (s *step) obey(e *event.Event, at instant.Time) {
	switch e.Name {
	case "consent.granted":
		s.consent(e, consent.Granted, at)
	case "consent.denied":
		s.consent(e, consent.Denied, at)
	case "consent.withdrawn":
		s.consent(e, consent.Withdrawn, at)
	case "patient.deceased":
		s.die(e, at)
	case "contact.suppressed", "contact.released", "contact.verified", "contact.shared", "contact.unshared":
		s.pointHears(e, at)
	case "hold.set", "hold.lifted":
		s.holdHears(e, at)
	case "person.registered":
		s.register(e, at)
	case "sharing.granted", "sharing.withdrawn", "sharing.ended":
		s.shareHears(e, at)
	case "patient.merged", "identity.linked":
		s.sameAs(e, false, at)
	}
}

// takeIn learns what an event says of the person and folds it into what rules read.
func (s *step) takeIn(e *event.Event) {
	switch e.Name {
	case "patient.created", "patient.updated", "traits.updated", "person.registered":
		e = s.uncorrected(e)
		s.attributes(e)
		s.learn(e)
	case "fact.corrected":
		e = s.correct(e)
		s.attributes(e)
	case "fact.disputed", "fact.settled":
		s.disputed(e)
	case "story.told":
		if !s.unprofiled() {
			s.tells(e)
		}
	}
	s.supplied(e)
	if s.rel.Plan.Mentions(e.Name) {
		s.p.Facts = s.p.Facts.Own()
	}
	s.rel.Plan.Fold(&s.p.Facts, e.Name, e, e.OccurredAt, e.Order())
}

// conclude ends an instant: what was proposed is decided, and what the engine itself noted is passed
// on, until nothing more follows.
func (s *step) conclude(at instant.Time) {
	for range maxMoves {
		s.decide(at)
		if len(s.noted) == 0 {
			return
		}
		noted := s.noted
		s.noted = nil
		for i := range noted {
			s.heard = &noted[i]
			waited := s.awaiting(s.heard, at)
			s.evidence(s.heard, at)
			s.pass(at, s.heard, s.rel.Woken(s.heard.Name))
			s.journeysHear(waited, at)
		}
		s.heard = nil
	}
	// A circle of notes that cause each other ends here; what they said is taken in.
	s.noted = nil
}

// repeated tells whether the event was taken before, and remembers it.
func (s *step) repeated(key uint64, at instant.Time) bool {
	if slices.ContainsFunc(s.p.Seen, func(old person.Seen) bool { return old.Key == key }) {
		return true
	}
	drop := 0
	for drop < len(s.p.Seen) && (s.p.Seen[drop].At.Add(seenFor) <= at || len(s.p.Seen)-drop >= maxSeen) {
		drop++
	}
	seen := make([]person.Seen, 0, len(s.p.Seen)-drop+1)
	s.p.Seen = append(append(seen, s.p.Seen[drop:]...), person.Seen{Key: key, At: at})
	return false
}

// learn takes every property as a trait.
func (s *step) learn(e *event.Event) {
	s.p.Traits = slices.Clone(s.p.Traits)
	for _, prop := range e.Props {
		s.p.SetTrait(person.Trait{Name: prop.Name, Value: prop.Value, At: e.OccurredAt, Order: e.Order()})
	}
	s.setClock()
}

// setClock gives rules the person's own wall clock, where it is known.
func (s *step) setClock() { s.p.Facts.Zone, _ = s.rel.Zones.Find(s.p.Trait("timezone").Text) }

// die stops everything at once.
func (s *step) die(e *event.Event, at instant.Time) {
	if s.p.Died == 0 || e.OccurredAt < s.p.Died {
		s.p.Died = max(e.OccurredAt, 1)
	}
	s.lapse(at)
}

// lapse ends everything that was going on with somebody who has died.
func (s *step) lapse(at instant.Time) {
	for i := range s.p.Enrollments {
		if s.p.Enrollments[i].Left == 0 {
			s.leave(i, at, string(policy.Deceased))
		}
	}
	s.endAll(at, policy.Deceased, func(*person.Touch) bool { return true })
	s.unshareAll(at)
}

// forget drops what no rule, cap or limit can ask for any more.
func (s *step) forget(at instant.Time) {
	s.forgetRecalls(at)
	horizon := at.Add(-s.rel.Remember)
	old := func(t person.Touch) bool {
		return (t.State == person.HandedOver || t.State == person.Ended) && t.Settled <= horizon
	}
	if slices.ContainsFunc(s.p.Touches, old) {
		s.ownTouches()
		s.p.Touches = slices.DeleteFunc(s.p.Touches, old)
	}
}

func (s *step) add(e effect.Effect) {
	s.fx = append(s.fx, e)
	if sum := markSum(e); sum != 0 {
		s.p.Marks += sum
		if s.quiet {
			s.marks = append(s.marks, e)
		}
	}
}
