package expr

import (
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"attune/core/instant"
)

// Rule is a compiled condition on a person. It does not change and may be shared.
type Rule struct {
	// Source is the rule as it was written.
	Source string
	// Events are the names it mentions, sorted: only these events are news to it.
	Events []string
	// Signals are the indices in Facts.Signals that it asks, sorted: signals, audiences and consents.
	Signals []int
	// Choices are the indices in Facts.Choices that it asks, sorted: phases and stages.
	Choices []int
	// Cost is how many values it looks at, at most, to answer.
	Cost int
	// Timed tells that its answer may change while nothing happens.
	Timed bool

	ask ask
	// deadline is set for a rule made by Absence.
	deadline func(*Facts, instant.Time) (instant.Time, bool)
}

// ask answers at an instant, and tells until when the answer holds without news.
type ask func(*Facts, instant.Time) (Tri, instant.Time)

// Ask answers the rule at now, which is not before anything that was folded into the facts. The
// horizon is the first instant at which the answer may differ if nothing happens; it is
// instant.Never if only news can change it. Signals are asked as the facts have them: they set
// horizons of their own.
func (r *Rule) Ask(f *Facts, now instant.Time) (answer Tri, horizon instant.Time) {
	if r.ask == nil {
		return Unknown, instant.Never
	}
	return r.ask(f, now)
}

// Deadline is when the absence that the rule was made from became true; false for other rules, and
// while nothing is overdue. With a key it is the newest of the deadlines that have passed.
func (r *Rule) Deadline(f *Facts, now instant.Time) (instant.Time, bool) {
	if r.deadline == nil {
		return 0, false
	}
	return r.deadline(f, now)
}

func (u *unit) rule(how ask) Rule {
	slices.Sort(u.mentions)
	slices.Sort(u.asks)
	slices.Sort(u.chooses)
	return Rule{
		Source:  u.src,
		Events:  slices.Compact(u.mentions),
		Signals: slices.Compact(u.asks),
		Choices: slices.Compact(u.chooses),
		Cost:    u.cost,
		Timed:   u.timed,
		ask:     how,
	}
}

// ask lowers a condition on the person. Values that only news can change are left to tests.
func (u *unit) ask(e ast.Expr) ask {
	u.cost++
	if e.Kind() != ast.CallKind {
		return untimed(u.test(e))
	}
	call := e.AsCall()
	args := call.Args()
	switch name := call.FunctionName(); name {
	case operators.LogicalAnd:
		return join(u.ask(args[0]), u.ask(args[1]), False)
	case operators.LogicalOr:
		return join(u.ask(args[0]), u.ask(args[1]), True)
	case operators.LogicalNot:
		return negate(u.ask(args[0]))
	case "signal":
		return u.held(indexOf(u.names.Signals, textOf(args[0])))
	case "in_audience":
		return u.held(indexOf(u.names.Audiences, textOf(args[0])))
	case "consented":
		return u.held(u.consent(args))
	case "has_happened", "@has_happened":
		return u.happened(args)
	case "has_story":
		return u.hasStory(args[0])
	case "absent":
		return u.absent(args)
	case operators.In:
		if timedCall(args[0]) == "day_part" {
			return u.dayPart(e, name, args[1])
		}
	default:
		if r, ok := relationOf(name); ok {
			return u.askComparison(e, r, args[0], args[1])
		}
	}
	return untimed(u.test(e))
}

func untimed(t test) ask {
	return func(f *Facts, _ instant.Time) (Tri, instant.Time) { return t(input{facts: f}), instant.Never }
}

// join combines two conditions where one answer decides: False for &&, True for ||. When one side
// decides, the answer holds as long as that side does, whatever happens to the other.
func join(a, b ask, decides Tri) ask {
	return func(f *Facts, now instant.Time) (Tri, instant.Time) {
		x, until := a(f, now)
		if x == decides {
			return x, until
		}
		y, horizon := b(f, now)
		if y == decides {
			return y, horizon
		}
		return max(x, y), min(until, horizon) // Unknown, if one is, is the larger
	}
}

func negate(a ask) ask {
	return func(f *Facts, now instant.Time) (Tri, instant.Time) {
		answer, horizon := a(f, now)
		return not(answer), horizon
	}
}

// askComparison lowers comparisons of what changes with time, with the call on either side.
func (u *unit) askComparison(e ast.Expr, r relation, left, right ast.Expr) ask {
	if timedCall(left) == "" && timedCall(right) != "" {
		left, right, r = right, left, r.flipped()
	}
	switch name := timedCall(left); name {
	case "count", "@count":
		return u.count(r, left.AsCall().Args(), right)
	case "since", "@since":
		return u.since(r, left, right)
	case "sum", "@sum":
		return u.measure(total, r, left.AsCall().Args(), right)
	case "trend", "@trend":
		return u.measure(slope, r, left.AsCall().Args(), right)
	case "age":
		return u.age(r, right)
	case "day_part":
		return u.dayPart(e, e.AsCall().FunctionName(), right)
	}
	return untimed(u.test(e))
}

// timedCall is the function of a call whose value changes with time; empty for everything else.
func timedCall(e ast.Expr) string {
	if e.Kind() != ast.CallKind {
		return ""
	}
	switch name := e.AsCall().FunctionName(); name {
	case "count", "@count", "since", "@since", "sum", "@sum", "trend", "@trend", "age", "day_part":
		return name
	}
	return ""
}
