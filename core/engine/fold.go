package engine

import (
	"cmp"
	"slices"
	"strings"

	"attune/core/effect"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/journey"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/release"
	"attune/core/stage"
)

// needsHistory tells whether an input can only be taken with everything that was ever heard.
func needsHistory(rel *release.Release, p *person.Person, what What) bool {
	switch w := what.(type) {
	case Switch, Absorb, Part, Restore:
		return true
	case Heard:
		if rel.Supplies {
			if _, steps := untold(p, &w.Event); len(steps) > 0 {
				return true
			}
		}
		if limit, on, is := limitOf(&w.Event); is && limit == person.Profiling && on != p.Limited(limit) {
			return true
		}
		return retracts(rel, &w.Event)
	case Tick, Gate, Settled, Resume, Replay, Outranked, Yield:
	}
	return false
}

// retracts tells whether an event takes another back.
func retracts(rel *release.Release, e *event.Event) bool {
	d, known := rel.Catalogue.Find(e.Name)
	return known && d.Retracts
}

// fold makes anew what is derived of a person: it lives through the facts in the order in which they
// happened, up to an instant, and lets nothing follow from them. The kept part comes back empty but for
// consents, which are a function of the facts as well.
func (s *step) fold(history []Fact, at instant.Time) person.Person {
	facts := slices.DeleteFunc(slices.Clone(history), func(f Fact) bool {
		_, revoked := slices.BinarySearch(s.p.Revoked, f.Event.Key())
		return revoked
	})
	for i := range facts {
		facts[i].Event.OccurredAt = min(facts[i].Event.OccurredAt, facts[i].At)
	}
	slices.SortStableFunc(facts, func(a, b Fact) int {
		x, y := a.Event.Order(), b.Event.Order()
		return cmp.Or(cmp.Compare(a.Event.OccurredAt, b.Event.OccurredAt), cmp.Compare(x.Version, y.Version), cmp.Compare(x.ID, y.ID))
	})
	q := step{rel: s.rel, p: person.New(s.p.ID), seed: s.seed, quiet: true}
	var limits []person.Limit
	for i := range facts {
		limits = limited(limits, &facts[i].Event)
	}
	if s.heard != nil { // it is not history yet
		limits = limited(limits, s.heard)
	}
	last := person.Person{Limits: limits}
	q.infersNothing = last.Limited(person.Profiling)
	first := at
	if len(facts) > 0 {
		first = min(at, facts[0].Event.OccurredAt)
	}
	q.begin(first)
	for i := range facts {
		e := &facts[i].Event
		q.relive(e.OccurredAt)
		q.p.Now = e.OccurredAt
		q.heard = e
		q.obey(e, e.OccurredAt)
		q.limitHears(e, nil, e.OccurredAt)
		q.takeIn(e)
		q.evidence(e, e.OccurredAt)
		q.pass(e.OccurredAt, e, q.rel.Woken(e.Name))
		q.heard, q.fx = nil, q.fx[:0]
	}
	q.relive(at)
	s.marks = q.marks
	return q.p
}

// relive catches up without a budget: a fold is one piece.
func (s *step) relive(at instant.Time) {
	for !s.catchUp(at) {
		s.fx = s.fx[:0]
	}
}

// derive takes the derived part of a person from another, and tells of what is different, so that
// whoever counts people in phases, audiences and stages counts right. Who is not in a program any
// more has nothing going on in it any more.
func (s *step) derive(is person.Person, at instant.Time, why string) {
	was := s.p
	s.p.Facts, s.p.Rules, s.p.Beliefs, s.p.Traits = is.Facts, is.Rules, is.Beliefs, is.Traits
	s.p.Memberships, s.p.Moments, s.p.Groups = is.Memberships, is.Moments, is.Groups
	s.p.Kind, s.p.KindAt, s.p.KindOrder, s.p.Shares = is.Kind, is.KindAt, is.KindOrder, is.Shares
	s.p.Supplies, s.p.Tellings = is.Supplies, is.Tellings
	s.p.Limits, s.p.Corrections = is.Limits, is.Corrections
	s.p.Consents, s.p.Died, s.p.Holds, s.p.Points = is.Consents, is.Died, is.Holds, is.Points
	s.owned.memberships, s.owned.moments, s.owned.beliefs, s.owned.answers = false, false, false, false
	s.wake(is.Wake)
	for _, g := range was.Groups {
		if _, still := slices.BinarySearchFunc(is.Groups, g, byPlace); !still {
			s.add(effect.Group{At: at, Program: g.Program, Audience: g.Audience, What: why})
		}
	}
	for _, g := range is.Groups {
		if _, before := slices.BinarySearchFunc(was.Groups, g, byPlace); !before {
			s.add(effect.Group{At: at, Program: g.Program, Audience: g.Audience, In: true, What: g.What, Event: g.Event})
		}
	}
	s.deriveStages(was.Beliefs, is.Beliefs, at, why)
	s.deriveHolds(was.Holds, is.Holds, at, why)
	s.unshared(was.Shares, at, why)
	s.deriveMemberships(was.Memberships, is.Memberships, at)
	s.anew(&is, at)
}

// deriveHolds tells of holds that are on or off otherwise than before, and lets go on what waited for
// one that is off.
func (s *step) deriveHolds(was, is []person.Hold, at instant.Time, why string) {
	on := func(in []person.Hold, name string) *person.Hold {
		i := slices.IndexFunc(in, func(h person.Hold) bool { return h.ID == name && h.On(at) })
		if i < 0 {
			return nil
		}
		return &in[i]
	}
	for i := range was {
		if h := &was[i]; h.On(at) && on(is, h.ID) == nil {
			s.add(effect.Hold{At: at, Hold: h.ID, What: why})
		}
	}
	for i := range is {
		if h := &is[i]; h.On(at) && on(was, h.ID) == nil {
			s.add(effect.Hold{At: at, Hold: h.ID, On: true, Until: h.Until, What: why, Event: h.Event})
		}
	}
	s.unhold(at)
}

func (s *step) deriveStages(was, is []person.Belief, at instant.Time, why string) {
	find := func(in []person.Belief, b *person.Belief) stage.Stage {
		for i := range in {
			if in[i].Program == b.Program && in[i].Behavior == b.Behavior {
				return in[i].Mode
			}
		}
		return stage.None
	}
	change := func(b *person.Belief, from, to stage.Stage) {
		x := effect.Change{At: at, Program: b.Program, Behavior: b.Behavior, What: why}
		if from != stage.None {
			x.From = from.String()
		}
		if to != stage.None {
			x.To = to.String()
		}
		if from != to {
			s.add(x)
		}
	}
	for i := range was {
		if was[i].Mode != stage.None {
			change(&was[i], was[i].Mode, find(is, &was[i]))
		}
	}
	for i := range is {
		if find(was, &is[i]) == stage.None {
			change(&is[i], stage.None, is[i].Mode)
		}
	}
}

func (s *step) deriveMemberships(was, is []person.Membership, at instant.Time) {
	find := func(in []person.Membership, program string) person.Membership {
		for _, m := range in {
			if m.Program == program {
				return m
			}
		}
		return person.Membership{Program: program}
	}
	differ := func(a, b person.Membership) {
		before, after := a.Active(), b.Active()
		switch {
		case before && !after && b.Exit == "":
			s.add(effect.Join{At: at, Program: a.Program, Phase: a.Phase})
		case !before && after:
			s.add(effect.Join{At: at, Program: a.Program, In: true, Phase: b.Phase})
		case a.Phase != b.Phase || a.Exit != b.Exit:
			move := effect.Move{At: at, Program: a.Program, From: a.Phase, To: b.Phase, CountedBefore: before, CountedAfter: after}
			if b.Exit != "" {
				move.To, move.Exit = "", b.Exit
			}
			s.add(move)
		}
		if before && !after {
			s.stop(a.Program, at)
		}
	}
	for _, m := range was {
		differ(m, find(is, m.Program))
	}
	for _, m := range is {
		if !slices.ContainsFunc(was, func(w person.Membership) bool { return w.Program == m.Program }) {
			differ(person.Membership{Program: m.Program}, m)
		}
	}
}

// retract takes an event back that another says never was. What is derived is folded anew without it:
// taking it out of what rules remember would leave holes where older news had been forgotten. What
// became true by it is an edge now; what it had set going and has not gone out is withdrawn.
func (s *step) retract(by *event.Event, history []Fact, at instant.Time) {
	target := revokes(by)
	if target == "" {
		return
	}
	key := id.Hash(target)
	i, known := slices.BinarySearch(s.p.Revoked, key)
	if known {
		return
	}
	s.p.Revoked = slices.Insert(slices.Clone(s.p.Revoked), i, key)
	n := slices.IndexFunc(history, func(f Fact) bool { return f.Event.Key() == key })
	if n < 0 {
		return // it has not come yet, and will not be taken when it comes
	}
	s.add(effect.Retract{At: at, Event: target})
	if was := &history[n].Event; was.Name == "patient.merged" {
		s.sameAs(was, true, at)
	}
	before := s.p.Rules
	s.derive(s.fold(history, at), at, "a retraction")
	s.withdraw(target, before, at)
	for i := range s.rel.Rules {
		r := &s.rel.Rules[i]
		if r.Trigger.Pulse() || s.p.Rules[i] == before[i] {
			continue
		}
		on := s.p.Rules[i]
		cause := person.Cause{Rule: r.Name, What: "a retraction", Event: by.ID, At: at}
		switch {
		case r.Target == release.Signal:
			s.tellBit(r, on, false, cause, at)
		case on && (r.Target == release.Enter || r.Target == release.Engagement || r.Target == release.Goal || r.Target == release.Interrupt || r.Target == release.Outcome):
			s.fire(r, cause, at, false)
		}
	}
}

// revokes names the event that another takes back. A source speaks of its own events.
func revokes(by *event.Event) string {
	named := by.Field("revokes").Text
	if named == "" || strings.HasPrefix(named, by.Source+"/") {
		return named
	}
	return by.Source + "/" + named
}

// withdraw ends what an event had set going: passages it entered, and touches that wait for their hour
// because of it, or because of a rule that is true no longer.
func (s *step) withdraw(target string, before []bool, at instant.Time) {
	for i := range s.p.Enrollments {
		if e := &s.p.Enrollments[i]; e.Left == 0 && e.Cause.Event == target {
			s.dropWork(i, at, string(policy.Retracted))
			s.leave(i, at, string(policy.Retracted))
		}
	}
	untrue := func(t *person.Touch) bool {
		for i := range s.rel.Rules {
			r := &s.rel.Rules[i]
			if s.rel.Programs[r.Program].ID == t.Program && r.Name == t.Cause.Rule {
				return !r.Trigger.Pulse() && before[i] && !s.p.Rules[i]
			}
		}
		return false
	}
	s.recallUntrue(target, before, at)
	s.endAll(at, policy.Retracted, func(t *person.Touch) bool { return t.Cause.Event == target || untrue(t) })
	for i := range s.p.Touches {
		if t := &s.p.Touches[i]; t.State == person.HandedOver && t.Cause.Event == target {
			s.ownTouches()
			s.p.Touches[i].Why = string(policy.Retracted) // it was said; now it is known why it should not have been
		}
	}
}

// change moves the person to the release that the step is called with.
func (s *step) change(w Switch, history []Fact, at instant.Time) {
	s.add(effect.Switch{At: at, From: s.p.Release, To: s.rel.Short})
	s.p.Release, s.p.Now, s.p.Wake = s.rel.Short, at, instant.Never
	s.derive(s.fold(history, at), at, "a new release")
	s.settleSupplies(at)
	for i := range s.p.Enrollments {
		if e := &s.p.Enrollments[i]; e.Left == 0 {
			s.carryOver(i, at)
		}
	}
	if w.IncludeExisting {
		s.existing(at)
	}
	s.conclude(at)
	s.rearm(at)
}

// carryOver lets a passage go on in a new version of its journey: at its step where there still is one
// of that name, at the step that the journey's moves name, or out.
func (s *step) carryOver(i int, at instant.Time) {
	e := &s.p.Enrollments[i]
	if e.Parked {
		return
	}
	j, k := s.place(e)
	if j == nil {
		if j, k = s.moved(e); j == nil {
			s.dropWork(i, at, "its step was removed")
			s.leave(i, at, "its step was removed")
			return
		}
		s.dropWork(i, at, "its step was moved")
		if s.arrive(i, j, k, at) {
			s.walk(i, at)
		}
		return
	}
	begun := e.Due != instant.Never
	switch j.Steps[k].(type) {
	case journey.Send, journey.Decide:
		begun = !e.Touch.IsZero()
	case journey.Ask, journey.Task, journey.Refer, journey.Call:
		begun = !e.Request.IsZero()
	case journey.Wait, journey.Await, journey.Branch, journey.Split, journey.Update, journey.Reached, journey.Exit:
	}
	if !begun { // under this name there was a step of another kind
		s.dropWork(i, at, "its step was changed")
		s.walk(i, at)
	}
}

// moved finds where a journey's moves lead from a step that it has no longer.
func (s *step) moved(e *person.Enrollment) (*journey.Journey, int) {
	j := s.journeyOf(e)
	if j == nil {
		return nil, 0
	}
	for _, m := range j.Moves {
		if k, found := j.Find(m.To); found && m.From == e.Step {
			return j, k
		}
	}
	return nil, 0
}

// existing lets what is true already start what it would have started, for those who never had it.
func (s *step) existing(at instant.Time) {
	for i := range s.rel.Rules {
		r := &s.rel.Rules[i]
		if !s.p.Rules[i] || r.Trigger.Pulse() {
			continue
		}
		pr := s.rel.Programs[r.Program]
		had := false
		switch r.Target {
		case release.Enter:
			had = slices.ContainsFunc(s.p.Enrollments, func(e person.Enrollment) bool {
				return e.Program == pr.ID && e.Journey == pr.Journeys[r.Index].ID
			})
		case release.Engagement:
			had = slices.ContainsFunc(s.p.Touches, func(t person.Touch) bool {
				return t.Program == pr.ID && t.Engagement == pr.Engagements[r.Index].ID
			})
		default:
			continue
		}
		if !had {
			s.fire(r, person.Cause{Rule: r.Name, What: "it was so when the release came", At: at}, at, false)
		}
	}
}
