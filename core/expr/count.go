package expr

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"

	"attune/core/instant"
)

// maxCount is the largest count a rule may compare with, since each person keeps that many instants.
const maxCount = 1000

// count lowers count(event, window) compared with a constant.
func (u *unit) count(r relation, args []ast.Expr, with ast.Expr) ask {
	n := u.wholeNumber(with, "a count", maxCount)
	window := u.window(args[1])
	u.timed = true
	remember := func(k int) int { return u.counter(args[0], sieve(args), max(k, 1), "") }
	switch r {
	case greater | equal:
		return atLeast(remember(n), n, window, True)
	case less:
		return atLeast(remember(n), n, window, False)
	case greater:
		return atLeast(remember(n+1), n+1, window, True)
	case less | equal:
		return atLeast(remember(n+1), n+1, window, False)
	default:
		return exactly(remember(n+1), n, window, r == equal)
	}
}

// window reads how far back a call looks.
func (u *unit) window(e ast.Expr) instant.Duration {
	w := u.span(e)
	if w == 0 && !u.faulty[e.ID()] {
		u.report(e, "", "a window of no length holds nothing")
	}
	return w
}

// wholeNumber reads what a count or an age is compared with.
func (u *unit) wholeNumber(e ast.Expr, what string, most int) int {
	n, ok := types.Int(0), false
	if e.Kind() == ast.LiteralKind {
		n, ok = e.AsLiteral().(types.Int)
	}
	switch {
	case !ok:
		u.report(e, "", "%s is compared with a whole number, and %s is none", what, describe(e, asWritten))
	case n < 0:
		u.report(e, "", "%s is never negative", what)
	case int64(n) > int64(most):
		u.report(e, "", "%s is compared with %d at most", what, most)
	default:
		return int(n)
	}
	return 0
}

// sieve is the filter of a call that has one, as its macro wrapped it; nil for those that have none.
func sieve(args []ast.Expr) ast.Expr {
	if last := args[len(args)-1]; last.Kind() == ast.ComprehensionKind {
		return last
	}
	return nil
}

// newest tells whether n of the instants lie in the window (now−w, now], and when that ends: the
// n-th newest leaves the window exactly w after it happened, because the far edge is open. No n
// without news begins by itself.
func newest(times []instant.Time, n int, w instant.Duration, now instant.Time) (there bool, until instant.Time) {
	if n == 0 {
		return true, instant.Never
	}
	if len(times) < n {
		return false, instant.Never
	}
	leaves := times[len(times)-n].Add(w)
	if leaves <= now {
		return false, instant.Never
	}
	return true, leaves
}

func atLeast(counter, n int, w instant.Duration, then Tri) ask {
	otherwise := not(then)
	return func(f *Facts, now instant.Time) (Tri, instant.Time) {
		there, until := newest(f.Counters[counter].Times, n, w, now)
		if there {
			return then, until
		}
		return otherwise, until
	}
}

func exactly(counter, n int, w instant.Duration, want bool) ask {
	return func(f *Facts, now instant.Time) (Tri, instant.Time) {
		times := f.Counters[counter].Times
		more, until := newest(times, n+1, w, now)
		if more {
			return triOf(!want), until
		}
		there, until := newest(times, n, w, now)
		return triOf(there == want), until
	}
}
