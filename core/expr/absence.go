package expr

import (
	"fmt"
	"strings"

	"cel.dev/cel-go/common/ast"

	"attune/core/instant"
)

// AbsenceSpec is something that fails to happen: an event that does not follow another in time. Two
// of the same name ask for the next one, as a refill does.
//
//	{absent: medication.dispensed, after: medication.dispensed, for: days(event.days_supply + 5)}
type AbsenceSpec struct {
	// Absent is the event that is missed. Where, if not empty, tells which of them count.
	Absent, Where string
	// After is the event the wait begins with; the newest one counts. AfterWhere tells which of them
	// count, and For how long the wait is. Both may read its fields.
	After, AfterWhere, For string
	// Key, if not empty, is a field of both, "event.appointment": there is one wait for each of its
	// values, which only an event with the same value ends.
	Key string
}

// String writes the absence as it stands in a program.
func (s AbsenceSpec) String() string {
	text := "absent " + s.Absent
	if s.Where != "" {
		text += fmt.Sprintf(" where (%s)", s.Where)
	}
	text += " after " + s.After
	if s.AfterWhere != "" {
		text += fmt.Sprintf(" where (%s)", s.AfterWhere)
	}
	if s.Key != "" {
		text += " by " + s.Key
	}
	return text + " for " + s.For
}

// Absence compiles an absence. Each problem tells the part it is in.
func (c *Compiler) Absence(spec AbsenceSpec) (Rule, []Problem) {
	var problems []Problem
	note := func(part string, more []Problem) {
		for _, p := range more {
			p.Part = part
			problems = append(problems, p)
		}
	}
	named := func(part, event string) bool {
		problem, ok := c.checkEvent(event)
		if !ok {
			note(part, []Problem{problem})
		}
		return ok
	}
	missed, from := watched{event: spec.Absent}, start{watched: watched{event: spec.After}}
	if named("absent", spec.Absent) {
		var more []Problem
		missed, more = c.where(spec.Absent, spec.Where)
		note("where", more)
	}
	if named("after", spec.After) {
		var more []Problem
		from.watched, more = c.where(spec.After, spec.AfterWhere)
		note("after_where", more)
		from.wait, from.length, more = c.amount(spec.After, spec.For)
		note("for", more)
	}
	key := ""
	if spec.Key != "" {
		field, problem, ok := c.keyField(spec)
		if !ok && problem.What != "" {
			note("key", []Problem{problem})
		}
		key = field
	}
	if len(problems) > 0 {
		return Rule{}, problems
	}
	u := c.unit(spec.String(), scope{})
	before := u.plan.clone()
	rule := u.absenceRule(missed, from, key)
	u.afford()
	if len(u.problems) > 0 {
		u.plan = before
		note("absent", u.problems)
		return Rule{}, problems
	}
	return rule, nil
}

func (u *unit) absenceRule(missed watched, from start, key string) Rule {
	if key != "" {
		u.mentions, u.timed, u.cost = append(u.mentions, missed.event, from.event), true, maxKeys
		i := u.plan.keyedAnchors(keyed{missed, from, key})
		rule := u.rule(func(f *Facts, now instant.Time) (Tri, instant.Time) { return f.Keyed[i].overdue(now) })
		rule.deadline = func(f *Facts, now instant.Time) (instant.Time, bool) { return f.Keyed[i].deadline(now) }
		return rule
	}
	rule := u.rule(u.absence(missed, from))
	i := u.plan.anchor(from)
	rule.deadline = func(f *Facts, now instant.Time) (instant.Time, bool) {
		a := &f.Anchors[i]
		return a.Deadline, a.Set && a.Deadline <= now
	}
	return rule
}

// absent lowers absent("event", "after.event", days(14)).
func (u *unit) absent(args []ast.Expr) ask {
	wait := u.span(args[2])
	missed := watched{event: textOf(args[0])}
	from := start{watched: watched{event: textOf(args[1])}, wait: constantly(wait), length: wait.String()}
	return u.absence(missed, from)
}

// absence is false until the deadline of the newest start and true from then on, until the event
// that was missed comes after all or a newer start begins another wait.
func (u *unit) absence(missed watched, from start) ask {
	u.mentions = append(u.mentions, missed.event, from.event)
	u.timed = true
	anchor := u.plan.anchor(from)
	if missed.same(from.watched) {
		// The newest of them is the anchor, so none can follow it.
		return func(f *Facts, now instant.Time) (Tri, instant.Time) { return f.Anchors[anchor].overdue(now) }
	}
	counter := u.plan.counter(missed, 1, "")
	return func(f *Facts, now instant.Time) (Tri, instant.Time) {
		a, times := &f.Anchors[anchor], f.Counters[counter].Times
		if len(times) > 0 && times[len(times)-1] > a.At {
			return False, instant.Never
		}
		return a.overdue(now)
	}
}

func (a *Anchor) overdue(now instant.Time) (Tri, instant.Time) {
	switch {
	case !a.Set:
		return False, instant.Never
	case now < a.Deadline || a.Deadline == instant.Never:
		return False, a.Deadline
	}
	return True, instant.Never
}

// same tells whether both watch the same events.
func (w watched) same(v watched) bool {
	return w.event == v.event && w.filter == v.filter && w.vocabulary == v.vocabulary
}

// orAll words a filter for people.
func orAll(filter string) string {
	if strings.TrimSpace(filter) == "" {
		return "all"
	}
	return filter
}
