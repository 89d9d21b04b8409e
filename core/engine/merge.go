package engine

import (
	"cmp"
	"math"
	"slices"

	"attune/core/consent"
	"attune/core/effect"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/release"
)

// Two records of one person become one: what is derived of them is made anew from what was heard of either, and what
// is kept is put together, so that nobody is written to twice for the same reason, or over a no that they said once.

// yield ends a record's own life: from now on everything for it goes to another. What it had is with the other.
func (s *step) yield(w Yield, at instant.Time) {
	s.p.Now = at
	s.p.Enrollments, s.p.Touches, s.p.Withdrawals = nil, nil, nil
	s.derive(person.New(s.p.ID), at, "a merge")
	s.p = person.Person{ID: s.p.ID, Release: s.p.Release, Now: at, Wake: instant.Never, Into: w.To}
	s.add(effect.Merge{At: at, Other: w.To, What: effect.BecamePart, Event: w.Order})
}

// sameAs passes on that a source takes two records for one person's. What becomes of it is not for a step to say.
func (s *step) sameAs(e *event.Event, apart bool, at instant.Time) {
	x := effect.Same{At: at, Apart: apart, Source: e.Source, Event: e.ID}
	switch e.Name {
	case "patient.merged":
		x.Of, x.With = e.Field("from").Text, e.Field("to").Text
	case "identity.linked":
		if linked := e.Field("linked"); linked.Type != expr.Missing && linked.Num == 0 { // somebody has it
			x.Of = e.Source + ":anonymous:" + e.Field("previous").Text
		}
	}
	if x.Of != "" {
		s.add(x)
	}
}

// forwards takes an input of somebody whose record is part of another's: all that can happen to it is that it moves to
// another release, or becomes a record of its own again.
func forwards(rel *release.Release, was person.Person, what What, at instant.Time) (is person.Person, effects []effect.Effect) {
	if _, switches := what.(Switch); switches && was.Release != rel.Short {
		is = was
		is.Release, is.Now = rel.Short, at
		return is, []effect.Effect{effect.Switch{At: at, From: was.Release, To: is.Release}}
	}
	return was, []effect.Effect{effect.Ignore{At: at, Why: "merged"}}
}

// absorb takes another record of the same person in.
func (s *step) absorb(w Absorb, history []Fact, at instant.Time) {
	l, err := person.Decode(w.Of, w.State)
	if err != nil || s.absorbed(w.Of) >= 0 {
		s.add(effect.Ignore{At: at, Why: "no state to take in"})
		return
	}
	was := s.p
	s.p.Now, s.p.Wake = at, instant.Never
	s.p.Merged = append(slices.Clone(s.p.Merged), person.Merged{Person: w.Of, At: at})
	s.combine(&l)
	facts := slices.Concat(history, w.Facts)
	is := s.fold(facts, at)
	if said := s.strict(&was, &l, &is, at); len(said) > 0 {
		for i := range said {
			s.add(effect.Note{At: at, Event: said[i]})
			facts = append(facts, Fact{At: at, Event: said[i]})
		}
		is = s.fold(facts, at)
	}
	s.derive(is, at, "a merge")
	s.add(effect.Merge{At: at, Other: w.Of, What: effect.TookIn, Event: w.Order.ID})
	s.asOne(&l, at)
	s.settleSupplies(at)
	s.conclude(at)
	s.rearm(at)
}

// absorbed is the place of a record among those that were taken in; -1 where it is not.
func (s *step) absorbed(who id.Person) int {
	return slices.IndexFunc(s.p.Merged, func(m person.Merged) bool { return m.Person == who })
}

// combine puts what is kept of two records together.
func (s *step) combine(l *person.Person) {
	s.ownTouches()
	s.ownPassages()
	s.p.Touches, s.p.Enrollments = append(s.p.Touches, l.Touches...), append(s.p.Enrollments, l.Enrollments...)
	s.p.Withdrawals = slices.Concat(s.p.Withdrawals, l.Withdrawals)
	s.p.Seen = joinSeen(s.p.Seen, l.Seen)
	s.p.Revoked = joinKeys(s.p.Revoked, l.Revoked)
	for _, a := range l.Arms {
		if s.p.Arm(a.Program, a.Journey, a.Step) == "" {
			s.p.Arms = append(slices.Clone(s.p.Arms), a)
		}
	}
	for _, t := range l.Trials { // who was told apart first stays what they were drawn for
		i := slices.IndexFunc(s.p.Trials, func(x person.Trial) bool { return x.Program == t.Program && x.Layer == t.Layer })
		switch {
		case i < 0:
			s.p.Trials = withTrial(s.p.Trials, t)
		case t.At < s.p.Trials[i].At:
			s.p.Trials = slices.Clone(s.p.Trials)
			s.p.Trials[i] = t
		}
	}
	for _, h := range l.Habits {
		s.habit(h.Of, h.Tries, h.Answers)
	}
	for _, t := range l.Told {
		if i := slices.IndexFunc(s.p.Told, func(x person.Told) bool { return x.With == t.With }); i < 0 || s.p.Told[i].At < t.At {
			s.told(t.With, t.At)
		}
	}
	for _, r := range l.Recalls {
		s.remember(r)
	}
}

func joinSeen(a, b []person.Seen) []person.Seen {
	all := slices.Concat(a, b)
	slices.SortStableFunc(all, func(x, y person.Seen) int { return cmp.Compare(x.At, y.At) })
	known := make(map[uint64]bool, len(all))
	all = slices.DeleteFunc(all, func(x person.Seen) bool {
		again := known[x.Key]
		known[x.Key] = true
		return again
	})
	return all[max(0, len(all)-maxSeen):]
}

func joinKeys(a, b []uint64) []uint64 {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// lastWord is the version of a no that is said once more: it outranks whatever was said in the same instant.
const lastWord = math.MaxInt64

// strict is what has to be said anew so that every no of either record stands until the person says yes again: is is
// what the newest words alone would come to.
func (s *step) strict(a, b, is *person.Person, at instant.Time) (said []event.Event) {
	say := func(e event.Event) {
		e.ID = event.Own + "/" + id.Derive(s.seed, "merged", uint64(at), id.Hash(string(b.ID[:])), uint64(len(said))).String()
		e.Source, e.OccurredAt, e.ReceivedAt, e.Version = event.Own, at, at, lastWord
		said = append(said, e.With("by", expr.TextOf("what another record of the person says")))
	}
	for _, p := range [2]*person.Person{a, b} {
		s.strictConsents(p, is, at, say)
		for i := range p.Holds {
			h := &p.Holds[i]
			n := slices.IndexFunc(is.Holds, func(x person.Hold) bool { return x.ID == h.ID })
			if h.On(at) && (n < 0 || !is.Holds[n].On(at)) {
				e := event.Event{Name: "hold.set"}.With("hold", expr.TextOf(h.ID))
				if h.Until != instant.Never {
					e = e.With("until", expr.MomentOf(h.Until))
				}
				say(e)
			}
		}
		for i := range p.Limits {
			if l := &p.Limits[i]; l.On() && !is.Limited(l.ID) {
				say(event.Event{Name: map[string]string{person.Profiling: "profiling.objected", person.Marketing: "marketing.objected", person.Processing: "processing.restricted"}[l.ID]})
			}
		}
		for i := range p.Shares {
			x := &p.Shares[i]
			if x.Withdrawn != 0 && p.SharedWith(x.With, x.Purpose, at) == nil && stillGranted(is, x, at) {
				e := event.Event{Name: "sharing.withdrawn"}.With("with", expr.TextOf(x.With))
				if x.Purpose != "" {
					e = e.With("purpose", expr.TextOf(x.Purpose))
				}
				say(e)
			}
		}
	}
	return said
}

// stillGranted tells whether something that one record's word took back would be shared.
func stillGranted(is *person.Person, x *person.Share, at instant.Time) bool {
	return slices.ContainsFunc(is.Shares, func(y person.Share) bool {
		return y.With == x.With && (x.Purpose == "" || x.Purpose == y.Purpose) && y.Granted > x.Withdrawn && is.SharedWith(y.With, y.Purpose, at) != nil
	})
}

func (s *step) strictConsents(p, is *person.Person, at instant.Time, say func(event.Event)) {
	for i := range p.Consents {
		no := &p.Consents[i]
		if no.Answer == consent.Granted || !no.Holds(at) {
			continue
		}
		overruled := slices.ContainsFunc(is.Consents, func(y consent.Record) bool {
			return y.Purpose == no.Purpose && y.Channel == no.Channel && y.Topic == no.Topic && y.Actor == no.Actor && (y.Answer == consent.Granted || !y.Holds(at))
		})
		if overruled {
			say(sayNo(no))
		}
	}
}

// sayNo is a no once more.
func sayNo(no *consent.Record) event.Event {
	e := event.Event{Name: "consent." + no.Answer.String()}
	for _, f := range [...]struct{ name, value string }{{"purpose", no.Purpose}, {"channel", no.Channel}, {"topic", no.Topic}, {"actor", no.Actor}} {
		if f.value != "" {
			e = e.With(f.name, expr.TextOf(f.value))
		}
	}
	if no.Until != 0 {
		e = e.With("until", expr.MomentOf(no.Until))
	}
	return e
}

// asOne lets go of what one person has no use for, and two had: of the same journey twice the older goes on.
func (s *step) asOne(l *person.Person, at instant.Time) {
	if s.p.Died != 0 {
		s.lapse(at)
		return
	}
	for _, m := range l.Memberships {
		if is := s.p.Membership(m.Program); m.Active() && (is == nil || !is.Active()) {
			s.stop(m.Program, at)
		}
	}
	for i := range s.p.Enrollments {
		e := &s.p.Enrollments[i]
		if e.Left == 0 && slices.ContainsFunc(s.p.Enrollments, func(o person.Enrollment) bool { return sooner(&o, e) }) {
			s.dropWork(i, at, mergedAway)
			s.leave(i, at, mergedAway)
		}
	}
	s.dropUncovered(at)
}

// mergedAway is why a passage ended that another record had begun before.
const mergedAway = string(policy.Merged)

// sooner tells that a passage goes on that is the same as another and began before it.
func sooner(a, b *person.Enrollment) bool {
	return a.Left == 0 && a.Program == b.Program && a.Journey == b.Journey && a.Key == b.Key &&
		cmp.Or(cmp.Compare(a.Entered, b.Entered), slices.Compare(a.ID[:], b.ID[:])) < 0
}

// part gives a record back that was taken in. What was heard since stays.
func (s *step) part(w Part, history []Fact, at instant.Time) {
	n := s.absorbed(w.Of)
	l, wrong := person.Decode(w.Of, w.State)
	was, worse := person.Decode(s.p.ID, w.Was)
	if n < 0 || wrong != nil || worse != nil {
		s.add(effect.Ignore{At: at, Why: "nothing to give back"})
		return
	}
	s.p.Now, s.p.Wake = at, instant.Never
	s.leaveTo(&l, &was, s.p.Merged[n].At)
	s.p.Merged = slices.Delete(slices.Clone(s.p.Merged), n, n+1)
	s.derive(s.fold(history, at), at, "a merge that was undone")
	s.add(effect.Merge{At: at, Other: w.Of, What: effect.GaveBack, Event: w.Order.ID})
	s.settleSupplies(at)
	s.takeUp(at)
	s.conclude(at)
	s.rearm(at)
}

// leaveTo takes out of what is kept what another record brought, and brings back what gave way to it.
func (s *step) leaveTo(l, was *person.Person, since instant.Time) {
	s.ownTouches()
	s.ownPassages()
	s.p.Touches = slices.DeleteFunc(s.p.Touches, func(t person.Touch) bool { return touchOf(l, t.ID) >= 0 && touchOf(was, t.ID) < 0 })
	s.p.Enrollments = slices.DeleteFunc(s.p.Enrollments, func(e person.Enrollment) bool { return passageOf(l, e.ID) >= 0 && passageOf(was, e.ID) < 0 })
	for i := range s.p.Touches {
		reopenTouch(&s.p.Touches[i], was, since)
	}
	for i := range s.p.Enrollments {
		reopen(&s.p.Enrollments[i], was, since)
	}
	s.p.Revoked = slices.DeleteFunc(slices.Clone(s.p.Revoked), func(k uint64) bool {
		_, theirs := slices.BinarySearch(l.Revoked, k)
		_, own := slices.BinarySearch(was.Revoked, k)
		return theirs && !own
	})
	s.p.Arms = slices.DeleteFunc(slices.Clone(s.p.Arms), func(a person.Arm) bool {
		return l.Arm(a.Program, a.Journey, a.Step) != "" && was.Arm(a.Program, a.Journey, a.Step) == ""
	})
	trials := slices.Clone(s.p.Trials)
	for i := range trials {
		if n := slices.IndexFunc(was.Trials, func(x person.Trial) bool { return x.Program == trials[i].Program && x.Layer == trials[i].Layer }); n >= 0 {
			trials[i] = was.Trials[n]
		}
	}
	s.p.Trials = slices.DeleteFunc(trials, func(t person.Trial) bool {
		return l.Trial(t.Program, t.Layer) != "" && was.Trial(t.Program, t.Layer) == ""
	})
}

func touchOf(p *person.Person, touch id.Key) int {
	return slices.IndexFunc(p.Touches, func(t person.Touch) bool { return t.ID == touch })
}

func passageOf(p *person.Person, passage id.Key) int {
	return slices.IndexFunc(p.Enrollments, func(e person.Enrollment) bool { return e.ID == passage })
}

// reopen lets a passage go on that ended because of a merge.
func reopen(e *person.Enrollment, was *person.Person, merged instant.Time) {
	if e.Left != merged {
		return
	}
	if n := passageOf(was, e.ID); n >= 0 && was.Enrollments[n].Left == 0 {
		*e = was.Enrollments[n]
		e.Request = id.Key{} // what was asked for was withdrawn with it
	}
}

// reopenTouch lets a touch wait that ended because of a merge.
func reopenTouch(t *person.Touch, was *person.Person, merged instant.Time) {
	if t.State != person.Ended || t.Settled != merged {
		return
	}
	if n := touchOf(was, t.ID); n >= 0 && was.Touches[n].State == person.Pending {
		*t = was.Touches[n]
	}
}

// Handed is the state of a record that is given back: as it was when it was taken in, with what became since of what it
// had brought. Its words on consent are only those that took consent back since: they stand for both.
func Handed(now, then *person.Person) person.Person {
	out := *then
	out.Touches, out.Enrollments, out.Consents = nil, nil, nil
	since := instant.Never
	if n := slices.IndexFunc(now.Merged, func(m person.Merged) bool { return m.Person == then.ID }); n >= 0 {
		since = now.Merged[n].At
	}
	for _, t := range then.Touches {
		if n := touchOf(now, t.ID); n >= 0 {
			t = now.Touches[n]
			reopenTouch(&t, then, since)
			out.Touches = append(out.Touches, t)
		}
	}
	for _, e := range then.Enrollments {
		if n := passageOf(now, e.ID); n >= 0 {
			e = now.Enrollments[n]
			reopen(&e, then, since)
		}
		out.Enrollments = append(out.Enrollments, e)
	}
	for _, c := range now.Consents {
		if c.Answer != consent.Granted && c.At > since {
			out.Consents = append(out.Consents, c)
		}
	}
	out.Revoked = joinKeys(then.Revoked, now.Revoked)
	return out
}

// restore makes a record one of its own again.
func (s *step) restore(w Restore, history []Fact, at instant.Time) {
	l, err := person.Decode(s.p.ID, w.State)
	if err != nil {
		s.add(effect.Ignore{At: at, Why: "nothing to go on from"})
		return
	}
	short, said := s.p.Release, l.Consents
	s.p = l
	s.p.Release, s.p.Now, s.p.Wake, s.p.Into = short, at, instant.Never, id.Person{}
	// Nobody counts them now, so that everything is told of.
	s.p.Memberships, s.p.Groups, s.p.Beliefs, s.p.Holds, s.p.Shares = nil, nil, nil, nil, nil
	s.p.Marks = 0
	facts := history
	for i := range said {
		e := sayNo(&said[i]).With("by", expr.TextOf("what was said while the records were one"))
		e.ID = event.Own + "/" + id.Derive(s.seed, "parted", uint64(at), uint64(i)).String()
		e.Source, e.OccurredAt, e.ReceivedAt, e.Version = event.Own, at, at, lastWord
		s.add(effect.Note{At: at, Event: e})
		facts = append(slices.Clip(facts), Fact{At: at, Event: e})
	}
	s.owned = owned{}
	s.derive(s.fold(facts, at), at, "a merge that was undone")
	s.add(effect.Merge{At: at, Other: w.From, What: effect.OnItsOwn, Event: w.Order})
	s.dropUncovered(at)
	s.settleSupplies(at)
	s.takeUp(at)
	s.conclude(at)
	s.rearm(at)
}

// takeUp lets passages go on after a merge was undone: maybe in a newer version of their journey.
func (s *step) takeUp(at instant.Time) {
	if s.p.Died != 0 {
		s.lapse(at)
		return
	}
	s.ownPassages()
	for i := range s.p.Enrollments {
		e := &s.p.Enrollments[i]
		switch m := s.p.Membership(e.Program); {
		case e.Left != 0:
		case m == nil || !m.Active():
			s.leave(i, at, string(policy.NotEnrolled))
		default:
			s.carryOver(i, at)
		}
	}
}
