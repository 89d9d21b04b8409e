package engine

import (
	"attune/core/effect"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/journey"
	"attune/core/person"
)

// asked is what a step asks of somebody outside.
type asked struct {
	kind                           effect.RequestKind
	what, who, reason, urgency, by string
	or                             string
	priority                       float64
	within                         instant.Duration
	send                           []string
}

// request asks, once, and goes on when the time for an answer is over.
func (s *step) request(i int, j *journey.Journey, k int, a asked, at instant.Time) (next int, goes bool) {
	e := &s.p.Enrollments[i]
	if e.Request.IsZero() {
		e.Request = id.Derive(s.seed, "request", id.Hash(e.Program), id.Hash(e.Journey), id.Hash(e.Step), id.Hash(e.Key), uint64(at))
		e.Due = at.Add(a.within)
		s.wake(e.Due)
		s.add(effect.Request{
			At: at, ID: e.Request, Enrollment: e.ID, Program: e.Program, Journey: e.Journey, Step: e.Step, Kind: a.kind,
			What: a.what, For: a.who, Reason: a.reason, Urgency: a.urgency, Priority: a.priority, Fields: s.traitsOf(a.send), Due: e.Due,
		})
		if a.by != "" {
			s.proposeFor(i, a.by)
		}
	}
	if e.Due > at {
		return 0, false
	}
	s.close(i, at, "late", "")
	return s.onward(j, k, a.or), true
}

// traitsOf are those traits that a called service is told.
func (s *step) traitsOf(names []string) []event.Prop {
	var out []event.Prop
	for _, name := range names {
		if v := s.p.Trait(name); v.Type != expr.Missing {
			out = append(out, event.Prop{Name: name, Value: v})
		}
	}
	return out
}

// close ends a request.
func (s *step) close(i int, at instant.Time, why, outcome string) {
	s.ownPassages()
	e := &s.p.Enrollments[i]
	if e.Request.IsZero() {
		return
	}
	s.add(effect.Close{At: at, Request: e.Request, Program: e.Program, Why: why, Outcome: outcome})
	e.Request = id.Key{}
}

// dropRequest takes a request back that nobody needs an answer to any more.
func (s *step) dropRequest(i int, at instant.Time, why string) {
	s.ownPassages()
	s.close(i, at, why, "")
}

// answered tells whether an event answers what a passage asked, and where it leads.
func (s *step) answered(en *person.Enrollment, e *event.Event) (awaited, bool) {
	j, k := s.place(en)
	if j == nil {
		return awaited{}, false
	}
	a := awaited{enrollment: en.ID, step: en.Step, answersWork: true}
	named := func(field string) bool { return e.Field(field).Text == en.Request.String() }
	var outcomes []journey.Outcome
	switch st := j.Steps[k].(type) {
	case journey.Ask:
		return a, e.Name == "questionnaire.completed" && e.Field("questionnaire").Text == st.Questionnaire
	case journey.Task:
		if e.Name != "task.done" || !named("task") {
			return a, false
		}
		a.outcome, outcomes = e.Field("outcome").Text, st.Outcomes
	case journey.Refer:
		if !named("referral") {
			return a, false
		}
		switch e.Name {
		case "referral.accepted", "referral.declined", "referral.scheduled", "referral.closed":
			a.outcome, outcomes = e.Name[len("referral."):], st.Outcomes
		default:
			return a, false
		}
	case journey.Call:
		if e.Name != "call.answered" || !named("call") {
			return a, false
		}
		a.outcome, outcomes = e.Field("status").Text, st.Outcomes
	case journey.Send, journey.Decide, journey.Wait, journey.Await, journey.Branch, journey.Split, journey.Update, journey.Reached, journey.Exit:
		return a, false
	}
	for _, o := range outcomes {
		if o.Is == a.outcome {
			a.onto = o.Then
		}
	}
	return a, true
}
