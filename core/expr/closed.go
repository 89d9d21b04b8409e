package expr

import (
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
)

// wordsOf returns the words that an expression can have, where they are a closed list, and what one
// of them is called.
func (u *unit) wordsOf(e ast.Expr) (words []string, kind string, closed bool) {
	if c, ok := u.choice(e); ok {
		if e.AsCall().FunctionName() == "phase" {
			return c.Words, "phase", true
		}
		return c.Words, "stage", true
	}
	if isCallOf(e, "classify") {
		return u.categories(), "category", true
	}
	if timedCall(e) == "day_part" {
		return dayParts(), "part of the day", true
	}
	return nil, "", false
}

// vetWords looks at comparisons with one of a few words: a misspelt word would never be true, and
// silently so.
func (u *unit) vetWords(e ast.Expr) {
	call := e.AsCall()
	r, compares := relationOf(call.FunctionName())
	if !compares && call.FunctionName() != operators.In || len(call.Args()) != 2 {
		return
	}
	for i, side := range call.Args() {
		words, kind, closed := u.wordsOf(side)
		if !closed || !compares && i != 0 {
			continue
		}
		if compares && r != equal && r != less|greater {
			u.report(e, "use ==, != or in", "what has a few words has no order: there is no %s before another", kind)
			return
		}
		other := call.Args()[1-i]
		if other.Kind() == ast.ListKind {
			for _, x := range other.AsList().Elements() {
				u.vetWord(x, words, kind)
			}
		} else {
			u.vetWord(other, words, kind)
		}
	}
}

func (u *unit) vetWord(e ast.Expr, words []string, kind string) {
	if !isText(e) || slices.Contains(words, textOf(e)) {
		return
	}
	hint := didYouMean(textOf(e), words)
	if hint == "" {
		hint = oneOf(words)
	}
	u.report(e, hint, "there is no %s %q", kind, textOf(e))
}
