package expr

import (
	"math"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"

	"attune/core/instant"
)

// longest is the longest duration that a program may ask for: a hundred years.
const longest = 100 * 365 * instant.Day

// Amount gives a duration that may depend on an event. It is false when a field it needs is missing,
// and when the result is negative or longer than a hundred years.
type Amount func(Fields) (instant.Duration, bool)

// amount also returns the form that is the same for all sources that mean the same.
func (c *Compiler) amount(event, src string) (amount Amount, canonical string, problems []Problem) {
	if event != "" {
		if problem, ok := c.checkEvent(event); !ok {
			return nil, "", []Problem{problem}
		}
	}
	if d, err := instant.ParseDuration(strings.TrimSpace(src)); err == nil {
		return constantly(d), d.String(), nil
	}
	u := c.unit(src, scope{variable: variableOf(event), event: event})
	u.compile(c.env(event), types.DurationType, func(root ast.Expr) {
		amount, canonical = u.amountOf(root), describe(root, canonically)
	})
	if len(u.problems) > 0 {
		return nil, "", inOrder(u.problems)
	}
	return amount, canonical, nil
}

func variableOf(event string) string {
	if event == "" {
		return ""
	}
	return "event"
}

func constantly(d instant.Duration) Amount {
	return func(Fields) (instant.Duration, bool) { return d, true }
}

// amountOf lowers a duration, to the nearest millisecond.
func (u *unit) amountOf(e ast.Expr) Amount {
	length := u.number(e)
	return func(f Fields) (instant.Duration, bool) {
		ms, ok := length(input{event: f})
		if !ok || !(0 <= ms && ms <= float64(longest)) {
			return 0, false
		}
		return instant.Duration(math.Round(ms)), true
	}
}

// span reads a duration that must be known when the program is compiled.
func (u *unit) span(e ast.Expr) instant.Duration {
	if !isConstant(e) {
		u.report(e, `write days(3) or "3d"`, "%s is not a constant duration", describe(e, asWritten))
		return 0
	}
	before := len(u.problems)
	d, ok := u.amountOf(e)(nil)
	if !ok && len(u.problems) == before {
		u.report(e, "", "%s is negative or longer than a hundred years", describe(e, asWritten))
	}
	return d
}
