package expr

import (
	"cel.dev/cel-go/common/ast"

	"attune/core/instant"
)

// since lowers since(event) compared with a constant duration. What never happened has no answer.
func (u *unit) since(r relation, call, with ast.Expr) ask {
	if r == equal || r == less|greater {
		u.report(call, "use <, <=, > or >=", "since holds an exact length for a millisecond only")
	}
	args := call.AsCall().Args()
	d := u.span(with)
	counter := u.counter(args[0], sieve(args), 1, "")
	u.timed = true
	// Time counts whole milliseconds, so past d means d and a millisecond.
	turns, before, after := d, True, False
	if r == greater || r == less|equal {
		turns = d + instant.Millisecond
	}
	if r&greater != 0 {
		before, after = False, True
	}
	return func(f *Facts, now instant.Time) (Tri, instant.Time) {
		times := f.Counters[counter].Times
		if len(times) == 0 {
			return Unknown, instant.Never
		}
		if at := times[len(times)-1].Add(turns); now < at {
			return before, at
		}
		return after, instant.Never
	}
}

// happened lowers has_happened(event), which is true for ever once it is.
func (u *unit) happened(args []ast.Expr) ask {
	return happened(u.counter(args[0], sieve(args), 1, ""))
}

func happened(counter int) ask {
	return func(f *Facts, _ instant.Time) (Tri, instant.Time) {
		return triOf(len(f.Counters[counter].Times) > 0), instant.Never
	}
}

// last finds the counter behind last("event.field") and the type of the field; false for any other
// expression.
func (u *unit) last(e ast.Expr) (counter int, t Type, ok bool) {
	if e.Kind() != ast.CallKind {
		return 0, Missing, false
	}
	call := e.AsCall()
	if name := call.FunctionName(); name != "@last" && name != "@last_where" {
		return 0, Missing, false
	}
	event, field := splitField(u.schema, textOf(call.Args()[0]))
	t, _ = fieldType(u.schema, event, field)
	return u.counterOf(event, sieve(call.Args()), 1, field), t, true
}
