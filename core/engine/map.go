package engine

import (
	"cmp"
	"slices"
	"strings"

	"attune/core/effect"
	"attune/core/instant"
	"attune/core/journeymap"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/program"
	"attune/core/release"
)

func (s *step) membership(program string) *person.Membership {
	s.ownMemberships()
	if m := s.p.Membership(program); m != nil {
		return m
	}
	i := 0
	for i < len(s.p.Memberships) && s.p.Memberships[i].Program < program {
		i++
	}
	s.p.Memberships = slices.Insert(s.p.Memberships, i, person.Membership{Program: program})
	return &s.p.Memberships[i]
}

func (s *step) join(index int, since, at instant.Time) {
	program := s.rel.Programs[index].ID
	m := s.membership(program)
	was := m.Active()
	m.Enrolled = max(m.Enrolled, since)
	s.mark(index, effect.Enrolled, "", since, at)
	if !was && m.Active() {
		s.add(effect.Join{At: at, Program: program, In: true, Phase: m.Phase})
		s.expect(index, m, at)
	}
}

func (s *step) quit(program string, since, at instant.Time) {
	m := s.membership(program)
	was := m.Active()
	m.Left = max(m.Left, since)
	if was && !m.Active() {
		m.Overdue = false
		s.add(effect.Join{At: at, Program: program, In: false, Phase: m.Phase})
		s.stop(program, at)
	}
}

// stop ends what was going on in a program the person is no longer in.
func (s *step) stop(program string, at instant.Time) {
	for i := range s.p.Enrollments {
		if e := &s.p.Enrollments[i]; e.Left == 0 && e.Program == program {
			s.leave(i, at, string(policy.NotEnrolled))
		}
	}
	s.endAll(at, policy.NotEnrolled, func(t *person.Touch) bool { return t.Program == program && t.About.IsZero() })
	s.recallLately(effect.Recall{Program: program, Why: string(policy.NotEnrolled)}, at)
}

// enterPhase moves the person on the map, unless they already entered a phase later than that: of
// phases entered at one instant the one further right stands. It brings back who left the map before.
func (s *step) enterPhase(r *release.Rule, since, at instant.Time) {
	pr := s.rel.Programs[r.Program]
	m := s.membership(pr.ID)
	to := pr.Map.Phases[r.Index].ID
	s.mark(r.Program, effect.Entered, to, since, at)
	been, again := slices.BinarySearch(m.Been, to)
	if !again { // also where another phase stands, so that it does not matter which was heard of first
		m.Been = slices.Insert(slices.Clone(m.Been), been, to)
	}
	if since < m.EnteredAt || since == m.EnteredAt && pr.Map.Index(m.Entered) > r.Index {
		return
	}
	before := m.Active()
	m.Entered, m.EnteredAt = to, since
	if s.p.Died == 0 && since > m.Exited {
		m.Exit = ""
	}
	s.stand(r.Program, m, before, again, at)
}

// leavePhase ends a phase without another taking its place. The newest end of each phase is kept, since
// news that it was entered before that may come later.
func (s *step) leavePhase(r *release.Rule, since, at instant.Time) {
	pr := s.rel.Programs[r.Program]
	m := s.membership(pr.ID)
	phase := pr.Map.Phases[r.Index].ID
	s.mark(r.Program, effect.Ended, phase, since, at)
	if since < m.Ended(phase) {
		return
	}
	m.Ends = slices.DeleteFunc(slices.Clone(m.Ends), func(e person.PhaseEnd) bool { return e.Phase == phase })
	i, _ := slices.BinarySearchFunc(m.Ends, phase, func(e person.PhaseEnd, name string) int { return strings.Compare(e.Phase, name) })
	m.Ends = slices.Insert(m.Ends, i, person.PhaseEnd{Phase: phase, At: since})
	s.stand(r.Program, m, m.Active(), false, at)
}

// stand puts the person where they are on the map: in the phase they entered last, unless it has ended.
func (s *step) stand(program int, m *person.Membership, before, again bool, at instant.Time) {
	pr := s.rel.Programs[program]
	from, phase, since := m.Phase, m.Entered, m.EnteredAt
	if ended := m.Ended(phase); ended >= since {
		phase, since = "", ended
	}
	if since != m.Since || phase != from {
		m.Phase, m.Since, m.Overdue = phase, since, false
	}
	s.placed(program, m)
	if from != phase || before != m.Active() {
		move := effect.Move{At: at, Program: pr.ID, From: from, To: phase, CountedBefore: before, CountedAfter: m.Active(), Again: again}
		for k := pr.Map.Index(from) + 1; k < pr.Map.Index(phase) && from != ""; k++ {
			if _, was := slices.BinarySearch(m.Been, pr.Map.Phases[k].ID); !was {
				move.Skipped = append(move.Skipped, pr.Map.Phases[k].ID)
			}
		}
		s.add(move)
	}
	s.expect(program, m, at)
}

// exitMap takes the person off the map, unless they entered a phase later than that, which nobody
// does who died: of exits the newest stands, and of those at one instant the first on the map.
func (s *step) exitMap(r *release.Rule, since, at instant.Time) {
	pr := s.rel.Programs[r.Program]
	m := s.membership(pr.ID)
	s.mark(r.Program, effect.Exited, pr.Map.Exits[r.Index].ID, since, at)
	if since < m.Exited || since == m.Exited && (m.Exit == "" || r.Index >= pr.Map.Exit(m.Exit)) {
		return
	}
	m.Exited = since
	if since < m.EnteredAt && s.p.Died == 0 {
		return
	}
	before, was := m.Active(), m.Exit
	m.Exit, m.Overdue = pr.Map.Exits[r.Index].ID, false // who has left is not waited for
	if m.Exit != was {
		s.placed(r.Program, m)
		s.add(effect.Move{At: at, Program: pr.ID, From: m.Phase, Exit: m.Exit, CountedBefore: before})
	}
	if was == "" {
		s.stop(pr.ID, at)
	}
}

// placed lets rules ask for the phase the person is in now.
func (s *step) placed(program int, m *person.Membership) {
	at := s.rel.PhaseChoice(program)
	if at < 0 {
		return
	}
	s.ownAnswers()
	s.p.Facts.Choices[at] = 0
	if m.Exit == "" {
		s.p.Facts.Choices[at] = uint8(s.rel.Programs[program].Map.Index(m.Phase) + 1)
	}
}

// expect says that a phase lasts longer than it should, or wakes the person when it would.
func (s *step) expect(program int, m *person.Membership, at instant.Time) {
	pr := s.rel.Programs[program]
	k := pr.Map.Index(m.Phase)
	if k < 0 || pr.Map.Phases[k].Expect == 0 || m.Overdue || !m.Active() {
		return
	}
	due := m.Since.Add(pr.Map.Phases[k].Expect)
	if due > at {
		s.wake(due)
		return
	}
	m.Overdue = true
	s.add(effect.Promise{At: at, Program: pr.ID, Phase: m.Phase, Due: due, State: effect.Late})
}

// expectAll does so for every program the person is in.
func (s *step) expectAll(at instant.Time) {
	for program, pr := range s.rel.Programs {
		if m := s.p.Membership(pr.ID); m != nil && m.Phase != "" && !m.Overdue {
			s.expect(program, s.membership(pr.ID), at)
		}
	}
}

// see records that a moment of the map happened, keeps what was promised with it, and proposes what
// answers it.
func (s *step) see(r *release.Rule, cause person.Cause, at instant.Time, late bool) {
	pr := s.rel.Programs[r.Program]
	moment := &pr.Map.Moments[r.Index]
	key := s.momentKey(r.Program, moment.ID)
	m := s.moment(pr.ID, moment.ID, key)
	newest := m.Count == 0 || cause.At >= m.At
	before := *m
	m.Count++
	m.At = max(m.At, cause.At)
	s.keepPromises(r.Program, moment.ID, key, before, cause.At, at)
	s.add(effect.See{At: at, Program: pr.ID, Moment: moment.ID, Since: cause.At, By: moment.By, To: moment.To, Of: keyOf(key)})
	if moment.Then != nil && newest {
		s.promise(pr.ID, moment, key, cause.At, at)
	}
	if late || s.quiet || !s.engaged(pr.ID) {
		return
	}
	for _, engagement := range moment.Respond {
		for k := range pr.Engagements {
			if pr.Engagements[k].ID == engagement {
				s.propose(candidate{program: r.Program, engagement: k, cause: cause})
			}
		}
	}
}

// momentKey is what tells several happenings of a moment apart: the value of the field by which its
// promise, or the promise of it, goes; empty where there is none.
func (s *step) momentKey(program int, moment string) string {
	field := s.rel.MomentKey(program, moment)
	if field == "" || s.heard == nil {
		return ""
	}
	return s.heard.Field(field).String()
}

// promise records what a moment promises, from when it was seen. What was promised may have come
// before the news that it was promised.
func (s *step) promise(program string, moment *journeymap.Moment, key string, since, at instant.Time) {
	due := since.Add(moment.Then.Within)
	x := effect.Promise{At: at, Program: program, Moment: moment.ID, To: moment.Then.Moment, Due: due, State: effect.Made}
	s.add(x)
	s.moment(program, moment.ID, key).Late = false
	if kept := s.promisedSeen(program, moment.Then, key); kept != nil && kept.At > since {
		x.State = effect.Kept
		if kept.At >= due {
			x.State = effect.KeptLate
		}
		s.add(x)
		return
	}
	s.promisesDue(at) // the news may come later than what was promised should have
}

// keepPromises tells of the moments that promised the one now seen. Of a moment that was seen several
// times the newest promise counts.
func (s *step) keepPromises(program int, seen, key string, before person.Moment, since, at instant.Time) {
	pr := s.rel.Programs[program]
	for k := range pr.Map.Moments {
		by := &pr.Map.Moments[k]
		if by.Then == nil || by.Then.Moment != seen || by.ID == seen {
			continue
		}
		if by.Then.Key == "" {
			s.keepAny(program, by, seen, key, before, since, at)
			continue
		}
		m := s.momentSeen(pr.ID, by.ID, key)
		if m == nil || since <= m.At || before.Count > 0 && before.At > m.At {
			continue // nothing was promised since, or it was kept before
		}
		due, state := m.At.Add(by.Then.Within), effect.Kept
		if since >= due {
			state = effect.KeptLate
		}
		s.moment(pr.ID, by.ID, key).Late = false
		s.add(effect.Promise{At: at, Program: pr.ID, Moment: by.ID, To: seen, Due: due, State: state})
	}
}

// keepAny keeps a promise that does not go by a key: whatever keys its two moments have by other promises, any of the one keeps the newest
// of the other.
func (s *step) keepAny(program int, by *journeymap.Moment, seen, key string, before person.Moment, since, at instant.Time) {
	pr := s.rel.Programs[program]
	m := s.newestSeen(pr.ID, by.ID)
	if m == nil || since <= m.At || before.Count > 0 && before.At > m.At {
		return
	}
	for i := range s.p.Moments {
		if x := &s.p.Moments[i]; x.Program == pr.ID && x.Moment == seen && x.Key != key && x.At > m.At {
			return // another one kept it
		}
	}
	due, state := m.At.Add(by.Then.Within), effect.Kept
	if since >= due {
		state = effect.KeptLate
	}
	s.moment(pr.ID, by.ID, m.Key).Late = false
	s.add(effect.Promise{At: at, Program: pr.ID, Moment: by.ID, To: seen, Due: due, State: state})
}

// newestSeen is the newest happening of a moment, whatever its key.
func (s *step) newestSeen(program, moment string) *person.Moment {
	var newest *person.Moment
	for i := range s.p.Moments {
		if m := &s.p.Moments[i]; m.Program == program && m.Moment == moment && (newest == nil || m.At > newest.At) {
			newest = m
		}
	}
	return newest
}

// promisesDue tells which promises are late now, and wakes the person for those that will be.
func (s *step) promisesDue(at instant.Time) {
	for i := range s.p.Moments {
		m := &s.p.Moments[i]
		program := slices.IndexFunc(s.rel.Programs, func(p *program.Program) bool { return p.ID == m.Program })
		if m.Late || program < 0 {
			continue
		}
		k := s.rel.Programs[program].Map.Moment(m.Moment)
		if k < 0 || s.rel.Programs[program].Map.Moments[k].Then == nil {
			continue
		}
		then := s.rel.Programs[program].Map.Moments[k].Then
		if kept := s.promisedSeen(m.Program, then, m.Key); kept != nil && kept.At > m.At {
			continue
		}
		due := m.At.Add(then.Within)
		if due > at {
			s.wake(due)
			continue
		}
		s.moment(m.Program, m.Moment, m.Key).Late = true
		s.add(effect.Promise{At: at, Program: m.Program, Moment: m.Moment, To: then.Moment, Due: due, State: effect.Late})
	}
}

func (s *step) momentSeen(program, moment, key string) *person.Moment {
	if i, found := s.findMoment(program, moment, key); found {
		return &s.p.Moments[i]
	}
	return nil
}

// promisedSeen is the happening of what was promised: with the promise's key, or any where it goes by none.
func (s *step) promisedSeen(program string, then *journeymap.Promise, key string) *person.Moment {
	if then.Key == "" {
		return s.newestSeen(program, then.Moment)
	}
	return s.momentSeen(program, then.Moment, key)
}

func (s *step) findMoment(program, moment, key string) (int, bool) {
	return slices.BinarySearchFunc(s.p.Moments, moment, func(m person.Moment, name string) int {
		return cmp.Or(strings.Compare(m.Program, program), strings.Compare(m.Moment, name), strings.Compare(m.Key, key))
	})
}

// maxMoments bounds how many happenings of one moment are told apart, so that a state stays small.
const maxMoments = 32

// moment is the memory of a moment, of this step's own.
func (s *step) moment(program, moment, key string) *person.Moment {
	if !s.owned.moments {
		s.owned.moments = true
		s.p.Moments = append(make([]person.Moment, 0, len(s.p.Moments)+1), s.p.Moments...)
	}
	i, found := s.findMoment(program, moment, key)
	if !found {
		s.forgetMoment(program, moment)
		i, _ = s.findMoment(program, moment, key)
		s.p.Moments = slices.Insert(s.p.Moments, i, person.Moment{Program: program, Moment: moment, Key: key})
	}
	return &s.p.Moments[i]
}

// forgetMoment makes room for another happening of a moment: the one seen longest ago goes.
func (s *step) forgetMoment(program, moment string) {
	oldest, count := -1, 0
	for i := range s.p.Moments {
		if m := &s.p.Moments[i]; m.Program == program && m.Moment == moment {
			if count++; oldest < 0 || m.At < s.p.Moments[oldest].At {
				oldest = i
			}
		}
	}
	if count >= maxMoments {
		s.p.Moments = slices.Delete(s.p.Moments, oldest, oldest+1)
	}
}

// succeed records an outcome, and the newest touch that was made for it in time.
func (s *step) succeed(r *release.Rule, cause person.Cause, at instant.Time) {
	pr := s.rel.Programs[r.Program]
	outcome := &pr.Outcomes[r.Index]
	x := effect.Succeed{At: at, Program: pr.ID, Outcome: outcome.ID, Value: outcome.Value}
	var newest instant.Time
	for i := range s.p.Touches {
		t := &s.p.Touches[i]
		if s.unprofiled() || t.Program != pr.ID || t.State != person.HandedOver || t.Settled > cause.At || t.Settled < newest || cause.At.Sub(t.Settled) > outcome.Within {
			continue
		}
		if en := pr.Engagement(t.Engagement); en != nil && en.Outcome == outcome.ID {
			x.Touch, newest = t.ID, t.Settled
		}
	}
	s.add(x)
}
