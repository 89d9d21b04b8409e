package engine

import (
	"slices"

	"attune/core/effect"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/journey"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/release"
)

// enterJourney starts a passage, unless the journey's rules of entry are against it.
func (s *step) enterJourney(r *release.Rule, cause person.Cause, at instant.Time) {
	pr := s.rel.Programs[r.Program]
	j := &pr.Journeys[r.Index]
	key := ""
	if j.Key != "" {
		if s.heard == nil {
			return
		}
		if key = s.heard.Field(j.Key).String(); key == "" {
			return // without its key nobody could tell the passages apart
		}
	}
	if s.reached(r, at) {
		return
	}
	for i := range s.p.Enrollments {
		e := &s.p.Enrollments[i]
		if e.Program != pr.ID || e.Journey != j.ID || e.Key != key {
			continue
		}
		if e.Left == 0 {
			if j.Busy == journey.Restart {
				s.ownPassages()
				s.p.Enrollments[i].Cause = cause
				if s.heard != nil {
					s.p.Enrollments[i].Entry = s.rel.EntryOf(pr.ID, j.ID, s.heard)
				}
				s.restart(i, at, cause.What)
			}
			return
		}
		if !j.Again.Always && (j.Again.After == 0 || at < e.Entered.Add(j.Again.After)) {
			return
		}
	}
	s.ownPassages()
	// Of passages that are over only the newest with the key is remembered.
	s.p.Enrollments = slices.DeleteFunc(s.p.Enrollments, func(e person.Enrollment) bool {
		return e.Program == pr.ID && e.Journey == j.ID && e.Key == key
	})
	s.boundPassages(pr.ID, j.ID, at)
	e := person.Enrollment{
		ID:      id.Derive(s.seed, "enrollment", id.Hash(pr.ID), id.Hash(j.ID), uint64(at), id.Hash(cause.Event), id.Hash(key)),
		Program: pr.ID, Journey: j.ID, Step: j.Steps[0].Label(), Entered: at, Due: instant.Never, Cause: cause, Key: key,
	}
	if s.heard != nil {
		e.Entry = s.rel.EntryOf(pr.ID, j.ID, s.heard)
	}
	s.p.Enrollments = append(s.p.Enrollments, e)
	s.note(&e, at, "entered", cause.What)
	s.walk(len(s.p.Enrollments)-1, at)
}

// maxPassages bounds how many passages of one keyed journey a person has, so that a state stays small.
const maxPassages = 32

// boundPassages makes room for one more passage of a journey: the oldest that is over is forgotten,
// and if all are under way the oldest of them leaves.
func (s *step) boundPassages(program, j string, at instant.Time) {
	oldest, over, count := -1, -1, 0
	for i := range s.p.Enrollments {
		e := &s.p.Enrollments[i]
		if e.Program != program || e.Journey != j {
			continue
		}
		count++
		if oldest < 0 {
			oldest = i
		}
		if e.Left != 0 && over < 0 {
			over = i
		}
	}
	if count < maxPassages {
		return
	}
	if over < 0 {
		s.leave(oldest, at, "too many at once")
		over = oldest
	}
	s.p.Enrollments = slices.Delete(s.p.Enrollments, over, over+1)
}

// reached tells whether a goal of the journey that a rule enters is so already.
func (s *step) reached(enter *release.Rule, at instant.Time) bool {
	for i := range s.rel.Rules {
		r := &s.rel.Rules[i]
		if r.Target == release.Goal && r.Program == enter.Program && r.Index == enter.Index && !r.Trigger.Pulse() && s.ask(r, at, nil) {
			return true
		}
	}
	return false
}

// restart takes a passage back to its first step.
func (s *step) restart(i int, at instant.Time, why string) {
	s.dropWork(i, at, "restarted")
	e := &s.p.Enrollments[i]
	j, _ := s.place(e)
	if j == nil {
		s.fail(i, at, stepIsGone)
		return
	}
	s.note(e, at, "interrupted", "restarted: "+why)
	e.Rounds, e.Due, e.Step = 0, instant.Never, j.Steps[0].Label()
	s.note(e, at, "reached", "")
	s.walk(i, at)
}

// walk takes a passage as far as it goes at this instant.
func (s *step) walk(i int, at instant.Time) {
	s.ownPassages()
	for range maxMoves {
		e := &s.p.Enrollments[i]
		j, k := s.place(e)
		if j == nil {
			s.fail(i, at, stepIsGone)
			return
		}
		next, goes := s.pace(i, j, k, at)
		if !goes || s.p.Enrollments[i].Left != 0 || !s.arrive(i, j, next, at) {
			return
		}
	}
	s.fail(i, at, tooManySteps)
}

const (
	tooManySteps = "it passed too many steps at one instant"
	stepIsGone   = "its step is not in the program any more"
)

// pace does what one step does, and tells the step to go on to; goes is false while the passage stays.
func (s *step) pace(i int, j *journey.Journey, k int, at instant.Time) (next int, goes bool) {
	e := &s.p.Enrollments[i]
	switch st := j.Steps[k].(type) {
	case journey.Send:
		e.Due = instant.Never // only its touch's end is waited for
		if e.Touch.IsZero() {
			s.proposeFor(i, st.Engagement)
		}
		return 0, false
	case journey.Decide:
		e.Due = instant.Never
		if e.Touch.IsZero() {
			for _, engagement := range st.Among {
				s.proposeFor(i, engagement)
			}
		}
		return 0, false
	case journey.Wait:
		return s.wait(i, j, k, st, at)
	case journey.Await:
		if compiled := s.rel.Step(e.Program, e.Journey, e.Step); compiled != nil && s.isSo(compiled.Await, at) {
			return s.onward(j, k, ""), true
		}
		if !s.waited(e, st.Within, at) {
			return 0, false
		}
		return s.onward(j, k, st.Else), true
	case journey.Branch:
		return s.branch(e, j, k, st, at), true
	case journey.Split:
		return s.split(e, j, k, st, at), true
	case journey.Ask:
		return s.request(i, j, k, asked{kind: effect.Ask, what: st.Questionnaire, within: st.Within, or: st.Else, by: st.By}, at)
	case journey.Task:
		return s.request(i, j, k, asked{kind: effect.Task, what: st.Do, who: st.For, priority: st.Priority, within: st.Within, or: st.Else}, at)
	case journey.Refer:
		return s.request(i, j, k, asked{kind: effect.Refer, what: st.To, reason: st.Reason, urgency: st.Priority, within: st.Within, or: st.Else}, at)
	case journey.Call:
		return s.request(i, j, k, asked{kind: effect.Call, what: st.Service, within: st.Within, or: st.Else, send: st.Send}, at)
	case journey.Update:
		s.write(e, st, at)
		return s.onward(j, k, ""), true
	case journey.Reached:
		s.note(e, at, "goal", st.Goal)
		return s.onward(j, k, ""), true
	case journey.Exit:
		s.leave(i, at, st.Why)
	}
	return 0, false
}

// onward is the step that follows: the one named, else the step's own next, else the one after it.
func (s *step) onward(j *journey.Journey, k int, named string) int {
	if named == "" {
		named = j.Steps[k].Follows()
	}
	if n, found := j.Find(named); found {
		return n
	}
	return k + 1
}

// wait lets a span pass, until a time of day, or until a date in the data.
func (s *step) wait(i int, j *journey.Journey, k int, st journey.Wait, at instant.Time) (next int, goes bool) {
	e := &s.p.Enrollments[i]
	if e.Due == instant.Never {
		until, ok := s.waitsUntil(e, st, at)
		switch {
		case !ok && st.Else == "":
			s.fail(i, at, "there is no date to wait for")
			return 0, false
		case !ok:
			return s.onward(j, k, st.Else), true
		}
		e.Due = until
		s.wake(until)
	}
	if e.Due > at {
		return 0, false
	}
	e.Due = instant.Never
	return s.onward(j, k, ""), true
}

// waitsUntil is when a wait that begins at an instant ends; false where the date it counts from is not
// known.
func (s *step) waitsUntil(e *person.Enrollment, st journey.Wait, at instant.Time) (instant.Time, bool) {
	until := at.Add(st.For)
	if st.Date != "" {
		date, known := s.date(e, st)
		if !known {
			return 0, false
		}
		until = date.Add(st.Shift)
	}
	if st.At {
		until = s.zoneIn(e.Program).NextAt(max(until, at), st.Until, st.Days)
	}
	return until, true
}

func (s *step) date(e *person.Enrollment, st journey.Wait) (instant.Time, bool) {
	if field, ok := expr.EntryField(st.Date); ok {
		for _, p := range e.Entry {
			if p.Name == field && p.Value.Type == expr.Moment {
				return instant.Time(p.Value.Num), true
			}
		}
		return 0, false
	}
	compiled := s.rel.Step(e.Program, e.Journey, e.Step)
	if compiled == nil || compiled.Date == nil {
		return 0, false
	}
	return compiled.Date(&s.p.Facts)
}

// waited starts a step's time and tells whether it is over.
func (s *step) waited(e *person.Enrollment, d instant.Duration, at instant.Time) bool {
	if e.Due == instant.Never {
		e.Due = at.Add(d)
		s.wake(e.Due)
	}
	if e.Due > at {
		return false
	}
	e.Due = instant.Never
	return true
}

// isSo asks a state that a passage waits for or branches by. Where it is not so, the person wakes when
// it may be.
func (s *step) isSo(c *expr.Compiled, at instant.Time) bool {
	if c == nil || c.Pulse() {
		return false
	}
	answer, until := c.Rule.Ask(&s.p.Facts, at)
	if answer != expr.True {
		s.wake(until)
	}
	return answer == expr.True
}

// branch finds the first case that is so. It only asks, and so sets no timer.
func (s *step) branch(e *person.Enrollment, j *journey.Journey, k int, st journey.Branch, at instant.Time) int {
	if compiled := s.rel.Step(e.Program, e.Journey, e.Step); compiled != nil {
		for n := range compiled.Cases {
			if answer, _ := compiled.Cases[n].Rule.Ask(&s.p.Facts, at); answer == expr.True {
				return s.onward(j, k, st.Cases[n].Then)
			}
		}
	}
	return s.onward(j, k, st.Else)
}

// split draws an arm, once for this person and for ever: the draw is keyed by the split alone, and what
// was drawn is kept, so that it outlives a change of the weights.
func (s *step) split(e *person.Enrollment, j *journey.Journey, k int, st journey.Split, at instant.Time) int {
	drawn := s.p.Arm(e.Program, e.Journey, e.Step)
	n := slices.IndexFunc(st.Arms, func(a journey.Arm) bool { return a.ID == drawn })
	if n < 0 {
		n = drawArm(st.Arms, id.Draw(s.seed, "split", id.Hash(e.Program), id.Hash(e.Journey), id.Hash(e.Step)))
		s.p.Arms = slices.DeleteFunc(slices.Clone(s.p.Arms), func(a person.Arm) bool {
			return a.Program == e.Program && a.Journey == e.Journey && a.Step == e.Step
		})
		s.p.Arms = append(s.p.Arms, person.Arm{Program: e.Program, Journey: e.Journey, Step: e.Step, Arm: st.Arms[n].ID})
		s.note(e, at, "drew", st.Arms[n].ID)
	}
	return s.onward(j, k, st.Arms[n].Then)
}

// drawArm finds the arm at a place in [0, 1) of the weights' sum.
func drawArm(arms []journey.Arm, place float64) int {
	sum := 0.0
	for _, a := range arms {
		sum += a.Weight
	}
	rest := float64(place * sum)
	for n, a := range arms {
		if rest -= a.Weight; rest < 0 {
			return n
		}
	}
	return len(arms) - 1
}

// write notes what the journey now says of the person, and takes it in as the events it amounts to.
func (s *step) write(e *person.Enrollment, st journey.Update, at instant.Time) {
	traits := event.Event{Name: "traits.updated"}
	for _, a := range st.Traits {
		if v := assigned(e, a); v.Type != expr.Missing {
			traits = traits.With(a.Name, v)
		}
	}
	if len(traits.Props) > 0 {
		s.tell(e, traits, 0, at)
	}
	for n, a := range st.Story {
		if v := assigned(e, a); v.Type != expr.Missing {
			s.tell(e, event.Event{Name: "story.told"}.With("fact", expr.TextOf(a.Name)).With("text", expr.TextOf(v.String())).With("by", expr.TextOf("journey "+e.Journey)), uint64(n)+1, at)
		}
	}
}

func assigned(e *person.Enrollment, a journey.Assignment) expr.Value {
	if !a.Entry {
		return expr.TextOf(a.Value)
	}
	for _, p := range e.Entry {
		if p.Name == a.Value {
			return p.Value
		}
	}
	return expr.Value{}
}

// tell takes in an event of the engine's own. It is folded at once, so that the next step sees it; what
// follows from it comes after the passage has gone as far as it goes.
func (s *step) tell(e *person.Enrollment, told event.Event, n uint64, at instant.Time) {
	told.ID = "attune/" + id.Derive(s.seed, "told", id.Hash(e.Program), id.Hash(e.Journey), id.Hash(e.Step), uint64(at), n).String()
	told.Source, told.OccurredAt, told.ReceivedAt = "attune", at, at
	s.add(effect.Note{At: at, Enrollment: e.ID, Event: told})
	s.takeIn(&told)
	s.told = append(s.told, told)
}

// passage is the index of a passage that is under way, or -1.
func (s *step) passage(enrollment id.Key) int {
	return slices.IndexFunc(s.p.Enrollments, func(e person.Enrollment) bool { return e.ID == enrollment && e.Left == 0 })
}

// place finds the journey and step where a passage stands.
func (s *step) place(e *person.Enrollment) (*journey.Journey, int) {
	for _, pr := range s.rel.Programs {
		if pr.ID != e.Program {
			continue
		}
		if j := pr.Journey(e.Journey); j != nil {
			if k, ok := j.Find(e.Step); ok {
				return j, k
			}
		}
	}
	return nil, 0
}

// arrive moves a passage to step k, or out past the last one; it tells whether there is more to walk.
func (s *step) arrive(i int, j *journey.Journey, k int, at instant.Time) bool {
	s.ownPassages()
	e := &s.p.Enrollments[i]
	e.Touch, e.Request, e.Due = id.Key{}, id.Key{}, instant.Never
	if k >= len(j.Steps) {
		s.leave(i, at, "finished")
		return false
	}
	if from, found := j.Find(e.Step); found && k <= from {
		if e.Rounds++; j.Rounds > 0 && int(e.Rounds) > j.Rounds {
			s.leave(i, at, "went round often enough")
			return false
		}
	}
	e.Step = j.Steps[k].Label()
	s.note(e, at, "reached", "")
	return true
}

// passed moves a passage beyond the step at which it stands: to the step named, or on.
func (s *step) passed(i int, named string, at instant.Time) {
	j, k := s.place(&s.p.Enrollments[i])
	if j == nil {
		s.fail(i, at, stepIsGone)
		return
	}
	if s.arrive(i, j, s.onward(j, k, named), at) {
		s.walk(i, at)
	}
}

func (s *step) leave(i int, at instant.Time, why string) {
	s.dropRequest(i, at, why)
	e := &s.p.Enrollments[i]
	e.Left, e.Why, e.Due, e.Touch, e.Parked = at, why, instant.Never, id.Key{}, false
	s.note(e, at, "left", why)
}

// dropWork withdraws what a passage has under way, when it goes another way than it was going.
func (s *step) dropWork(i int, at instant.Time, why string) {
	s.dropRequest(i, at, why)
	e := &s.p.Enrollments[i]
	touch := e.Touch
	e.Touch, e.Due, e.Parked = id.Key{}, instant.Never, false
	if touch.IsZero() {
		return
	}
	s.endAll(at, policy.NotNeeded, func(t *person.Touch) bool { return t.ID == touch })
}

// fail parks a passage where people can see it; nothing else stops.
func (s *step) fail(i int, at instant.Time, why string) {
	s.ownPassages()
	e := &s.p.Enrollments[i]
	e.Due, e.Why, e.Parked = instant.Never, why, true
	s.note(e, at, "failed", why)
}

// resume lets a parked passage go on, at the step where it stands or at another.
func (s *step) resume(w Resume, at instant.Time) {
	i := s.passage(w.Enrollment)
	if i < 0 || !s.p.Enrollments[i].Parked {
		s.add(effect.Ignore{At: at, Why: "not parked"})
		return
	}
	s.p.Now = at
	s.ownPassages()
	e := &s.p.Enrollments[i]
	var j *journey.Journey
	for _, pr := range s.rel.Programs {
		if pr.ID == e.Program {
			j = pr.Journey(e.Journey)
		}
	}
	to := w.To
	if to == "" {
		to = e.Step
	}
	k, found := 0, false
	if j != nil {
		k, found = j.Find(to)
	}
	if !found {
		s.add(effect.Ignore{At: at, Why: "no such step"})
		return
	}
	e.Parked, e.Why, e.Touch, e.Due, e.Step = false, "", id.Key{}, instant.Never, j.Steps[k].Label()
	s.note(e, at, "resumed", "")
	s.walk(i, at)
	s.conclude(at)
}

func (s *step) note(e *person.Enrollment, at instant.Time, what, why string) {
	s.add(effect.Walk{At: at, Enrollment: e.ID, Program: e.Program, Journey: e.Journey, What: what, Step: e.Step, Why: why})
}

// journeysDue walks the passages whose time has come, and those that wait for a state that is now so.
func (s *step) journeysDue(at instant.Time) {
	for i := range s.p.Enrollments { // walking adds and takes away none
		if e := &s.p.Enrollments[i]; e.Left != 0 || e.Parked {
			continue
		}
		if s.p.Enrollments[i].Due <= at || s.awaitsState(&s.p.Enrollments[i], at) {
			s.walk(i, at)
		}
	}
}

// awaitsState tells whether a passage stands where it waits for a state, and the state is so. Where it
// is not, the person wakes when it may be.
func (s *step) awaitsState(e *person.Enrollment, at instant.Time) bool {
	compiled := s.rel.Step(e.Program, e.Journey, e.Step)
	return compiled != nil && compiled.Await != nil && s.isSo(compiled.Await, at)
}

// fired redirects the passages of a journey whose goal or interrupt became true.
func (s *step) fired(r *release.Rule, at instant.Time) {
	pr := s.rel.Programs[r.Program]
	j := &pr.Journeys[r.Index]
	for i := range s.p.Enrollments { // walking adds and takes away none
		if e := &s.p.Enrollments[i]; e.Left != 0 || e.Program != pr.ID || e.Journey != j.ID || !s.speaksOf(e, j) {
			continue
		}
		if r.Target == release.Goal {
			s.dropWork(i, at, "goal "+j.Goals[r.Part].ID)
			s.note(&s.p.Enrollments[i], at, "goal", j.Goals[r.Part].ID)
			s.leave(i, at, "reached "+j.Goals[r.Part].ID)
			continue
		}
		s.interrupt(i, j, &j.Interrupts[r.Part], at)
	}
}

func (s *step) interrupt(i int, j *journey.Journey, by *journey.Interrupt, at instant.Time) {
	switch by.Then {
	case journey.ThenExit:
		s.dropWork(i, at, "interrupt "+by.ID)
		s.leave(i, at, by.ID)
	case journey.ThenRestart:
		s.restart(i, at, by.ID)
	default:
		s.dropWork(i, at, "interrupt "+by.ID)
		s.note(&s.p.Enrollments[i], at, "interrupted", by.ID)
		k, found := j.Find(by.Then)
		if !found {
			s.fail(i, at, stepIsGone)
			return
		}
		if s.arrive(i, j, k, at) {
			s.walk(i, at)
		}
	}
}

// speaksOf tells whether the event in hand is about a passage: in a keyed journey, one that has the
// field with which it was entered speaks of the passage with the same value only.
func (s *step) speaksOf(e *person.Enrollment, j *journey.Journey) bool {
	if e.Key == "" || s.heard == nil {
		return true
	}
	v := s.heard.Field(j.Key)
	return v.Type == expr.Missing || v.String() == e.Key
}

// awaited is a passage that waits for the event in hand, at a step, and where the event leads.
type awaited struct {
	enrollment  id.Key
	step, onto  string
	outcome     string
	answersWork bool
}

// awaiting lists the passages that wait for this event. It is asked before anything follows from the
// event, so that one event does not carry a passage to a wait and through it.
func (s *step) awaiting(e *event.Event, at instant.Time) []awaited {
	if e.Historical || at.Sub(e.OccurredAt) > expr.DefaultMaxAge || !s.rel.Heard(e.Name) {
		return nil
	}
	var out []awaited
	for i := range s.p.Enrollments {
		en := &s.p.Enrollments[i]
		if en.Left != 0 || en.Parked {
			continue
		}
		if !en.Request.IsZero() {
			if a, ok := s.answered(en, e); ok {
				out = append(out, a)
			}
			continue
		}
		compiled := s.rel.Step(en.Program, en.Journey, en.Step)
		if en.Due == instant.Never || compiled == nil || compiled.Await == nil || compiled.Await.On != e.Name || !compiled.Await.Where.Match(e) {
			continue
		}
		if j, _ := s.place(en); j != nil && s.speaksOf(en, j) {
			out = append(out, awaited{enrollment: en.ID, step: en.Step})
		}
	}
	return out
}

// journeysHear walks the passages that waited for an event and are still where they waited; then those
// that wait for a date the event moved, and those that wait for a state it made so.
func (s *step) journeysHear(waited []awaited, at instant.Time) {
	for _, a := range waited {
		i := s.passage(a.enrollment)
		if i < 0 || s.p.Enrollments[i].Step != a.step || s.p.Enrollments[i].Parked {
			continue
		}
		if a.answersWork {
			s.close(i, at, "answered", a.outcome)
		}
		s.passed(i, a.onto, at)
	}
	s.redate(at)
	s.journeysDue(at)
}

// redate moves the passages that wait for a date which the event in hand may have changed.
func (s *step) redate(at instant.Time) {
	if s.heard == nil {
		return
	}
	for i := range s.p.Enrollments {
		e := &s.p.Enrollments[i]
		if e.Left != 0 || e.Due == instant.Never {
			continue
		}
		compiled := s.rel.Step(e.Program, e.Journey, e.Step)
		if compiled == nil || compiled.Date == nil || !slices.Contains(compiled.Dated, s.heard.Name) {
			continue
		}
		j, k := s.place(e)
		if j == nil {
			continue
		}
		st, isWait := j.Steps[k].(journey.Wait)
		if until, known := s.waitsUntil(e, st, at); isWait && known && until != e.Due {
			s.ownPassages()
			s.p.Enrollments[i].Due = until
			s.wake(until)
		}
	}
}

// concluded lets the passage that waited for a touch go on.
func (s *step) concluded(t *person.Touch, at instant.Time) {
	i := s.passage(t.Enrollment)
	if i < 0 || s.p.Enrollments[i].Touch != t.ID {
		return
	}
	if !s.p.Enrollments[i].Request.IsZero() {
		return // an invitation came to its end; the answer is still waited for
	}
	s.passed(i, "", at)
}
