package release

import (
	"slices"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/journey"
	"attune/core/program"
	"attune/core/source"
)

// Step is what a journey's step asks of a person, compiled.
type Step struct {
	// Await is what an await step waits for.
	Await *expr.Compiled
	// Cases are the conditions of a branch, in order.
	Cases []expr.Compiled
	// Date is the date that a wait counts from, where it does not come from the entering event; Dated
	// are the events that may move it.
	Date  expr.Date
	Dated []string
}

type stepKey struct{ program, journey, step string }

// Step returns the compiled part of a step; nil for steps that ask nothing.
func (r *Release) Step(program, journey, step string) *Step {
	return r.steps[stepKey{program, journey, step}]
}

// EntryFields are the fields of its entering event that a journey reads, sorted.
func (r *Release) EntryFields(program, journey string) []string {
	return r.entry[stepKey{program: program, journey: journey}]
}

// Heard tells whether any step of any journey may wait for this event.
func (r *Release) Heard(event string) bool { return r.heard[event] }

// answers are the events by which requests are answered.
func answers() []string {
	return []string{
		"questionnaire.completed", "task.done", "call.answered",
		"referral.accepted", "referral.declined", "referral.scheduled", "referral.closed",
	}
}

// journeys compiles where a program's journeys begin, what ends and interrupts them, and their steps.
func (c *compiler) journeys(i int, p *program.Program) {
	for k := range p.Journeys {
		j := &p.Journeys[k]
		c.rule(Rule{Name: "journey " + j.ID, Target: Enter, Program: i, Index: k}, j.Enter)
		for n := range j.Goals {
			c.rule(Rule{Name: "journey " + j.ID + " goal " + j.Goals[n].ID, Target: Goal, Program: i, Index: k, Part: n}, j.Goals[n].Is)
		}
		for n := range j.Interrupts {
			c.rule(Rule{Name: "journey " + j.ID + " interrupt " + j.Interrupts[n].ID, Target: Interrupt, Program: i, Index: k, Part: n}, j.Interrupts[n].Is)
		}
		reads := c.entryKey(j)
		for _, s := range j.Steps {
			reads = append(reads, c.step(p, j, s)...)
		}
		slices.Sort(reads)
		c.rel.entry[stepKey{program: p.ID, journey: j.ID}] = slices.Compact(reads)
	}
}

// entryKey checks that what tells passages apart is a field of the entering event.
func (c *compiler) entryKey(j *journey.Journey) []string {
	if j.Key == "" {
		return nil
	}
	if c.entryField(j, j.Pos, j.Key, expr.Missing) {
		return []string{j.Key}
	}
	return nil
}

// entryField checks that a journey's entering event has a field, of the given type if there is one.
func (c *compiler) entryField(j *journey.Journey, at source.Pos, field string, t expr.Type) bool {
	if j.Enter.On == "" {
		c.problems.Add(at, "enter the journey by {on: an.event}", "journey %q reads %q of the event it is entered by, but it is not entered by an event", j.ID, field)
		return false
	}
	d, known := c.rel.Catalogue.Find(j.Enter.On)
	if !known {
		return false // noted where the event is named
	}
	var names []string
	for _, f := range d.Fields {
		if f.Name == field {
			if t != expr.Missing && f.Type != t {
				c.problems.Add(at, "name a field that holds a "+t.String(), "%s.%s is a %s", d.Name, field, f.Type)
				return false
			}
			return true
		}
		names = append(names, f.Name)
	}
	c.problems.Add(at, source.Suggest(field, names), "%s has no field %q", d.Name, field)
	return false
}

// step compiles one step and returns the fields of the entering event that it reads.
func (c *compiler) step(p *program.Program, j *journey.Journey, s journey.Step) (reads []string) {
	out := &Step{}
	switch st := s.(type) {
	case journey.Wait:
		if st.Date == "" {
			return nil
		}
		if field, ok := expr.EntryField(st.Date); ok {
			if c.entryField(j, st.DatePos, field, expr.Moment) {
				return []string{field}
			}
			return nil
		}
		var found []expr.Problem
		out.Date, out.Dated, found = c.expr.Date(st.Date)
		expr.Report(&c.problems, st.DatePos, found)
	case journey.Await:
		compiled := c.expr.Trigger(st.For, &c.problems)
		out.Await = &compiled
		c.rel.heard[compiled.On] = true
	case journey.Branch:
		for _, k := range st.Cases {
			out.Cases = append(out.Cases, c.expr.Trigger(expr.Trigger{Pos: k.Pos, State: k.If, StatePos: k.IfPos}, &c.problems))
		}
	case journey.Update:
		for _, a := range slices.Concat(st.Traits, st.Story) {
			if a.Entry && c.entryField(j, a.Pos, a.Value, expr.Missing) {
				reads = append(reads, a.Value)
			}
		}
		return reads
	case journey.Ask, journey.Task, journey.Refer, journey.Call:
		for _, name := range answers() {
			c.rel.heard[name] = true
		}
		return nil
	case journey.Send, journey.Decide, journey.Split, journey.Reached, journey.Exit:
		return nil
	}
	c.rel.steps[stepKey{p.ID, j.ID, s.Label()}] = out
	return nil
}

// entryOf are those fields of an entering event that a journey reads.
func (r *Release) EntryOf(program, journey string, e *event.Event) []event.Prop {
	var out []event.Prop
	for _, name := range r.EntryFields(program, journey) {
		if v := e.Field(name); v.Type != expr.Missing {
			out = append(out, event.Prop{Name: name, Value: v})
		}
	}
	return out
}
