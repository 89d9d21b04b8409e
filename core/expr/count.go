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
	n := u.wholeNumber(with)
	window := u.span(args[1])
	if window == 0 && !u.faulty[args[1].ID()] {
		u.report(args[1], "", "a window of no length holds nothing")
	}
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

// wholeNumber reads what a count is compared with.
func (u *unit) wholeNumber(e ast.Expr) int {
	n, ok := types.Int(0), false
	if e.Kind() == ast.LiteralKind {
		n, ok = e.AsLiteral().(types.Int)
	}
	switch {
	case !ok:
		u.report(e, "", "a count is compared with a whole number, and %s is none", describe(e, asWritten))
	case n < 0:
		u.report(e, "", "a count is never negative")
	case n > maxCount:
		u.report(e, "", "a count is compared with %d at most", maxCount)
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
