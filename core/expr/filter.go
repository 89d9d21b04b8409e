package expr

import (
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// Filter answers a condition on one event. The nil Filter takes every event.
type Filter func(Fields) Tri

// Match tells whether the event is taken: only True takes it, as only True fires a rule.
func (f Filter) Match(e Fields) bool { return f == nil || f(e) == True }

// input is all that the closures of a value may read. It is passed by value, so that asking
// allocates nothing.
type input struct {
	event Fields // the event of a filter or amount
	facts *Facts // the person of a state
	item  string // the item that exists looks at
}

// test is a condition whose answer changes only with news.
type test func(input) Tri

func (u *unit) filter(root ast.Expr) Filter {
	holds := u.test(root)
	return func(e Fields) Tri { return holds(input{event: e}) }
}

func triOf(b bool) Tri {
	if b {
		return True
	}
	return False
}

func not(t Tri) Tri {
	switch t {
	case False:
		return True
	case True:
		return False
	case Unknown:
	}
	return Unknown
}

// test lowers a condition. Missing values make it Unknown by CEL's rules: what an operand decides
// alone is decided, everything else that touches the missing value is not known.
func (u *unit) test(e ast.Expr) test {
	u.cost++
	switch e.Kind() {
	case ast.LiteralKind:
		answer := triOf(e.AsLiteral() == types.True)
		return func(input) Tri { return answer }
	case ast.SelectKind:
		if e.AsSelect().IsTestOnly() {
			return u.present(e)
		}
		return u.flag(e)
	case ast.ComprehensionKind:
		return u.exists(e.AsComprehension())
	case ast.CallKind:
		return u.testCall(e)
	case ast.IdentKind, ast.ListKind, ast.MapKind, ast.StructKind, ast.UnspecifiedExprKind:
	}
	return u.noTest(e)
}

func (u *unit) testCall(e ast.Expr) test {
	call := e.AsCall()
	args := call.Args()
	switch name := call.FunctionName(); name {
	case operators.LogicalAnd:
		return both(u.test(args[0]), u.test(args[1]))
	case operators.LogicalOr:
		return either(u.test(args[0]), u.test(args[1]))
	case operators.LogicalNot:
		holds := u.test(args[0])
		return func(in input) Tri { return not(holds(in)) }
	case operators.In:
		return u.in(args[0], args[1])
	case "startsWith":
		return u.textTest(call, strings.HasPrefix)
	case "endsWith":
		return u.textTest(call, strings.HasSuffix)
	case "contains":
		return u.textTest(call, strings.Contains)
	case "@last", "@last_where", "trait_flag":
		return u.flag(e)
	default:
		if r, ok := relationOf(name); ok {
			return u.compare(r, args[0], args[1])
		}
	}
	return u.noTest(e)
}

// noTest reports a condition on the person where only a value can stand, as in `true == signal("x")`.
func (u *unit) noTest(e ast.Expr) test {
	u.report(e, "join conditions with &&, || and !", "%s is a condition of its own and cannot be part of this", describe(e, asWritten))
	return func(input) Tri { return Unknown }
}

func both(a, b test) test {
	return func(in input) Tri {
		x := a(in)
		if x == False {
			return False
		}
		y := b(in)
		if y == False {
			return False
		}
		return max(x, y) // True unless one is Unknown
	}
}

func either(a, b test) test {
	return func(in input) Tri {
		x := a(in)
		if x == True {
			return True
		}
		y := b(in)
		if y == True {
			return True
		}
		return max(x, y) // False unless one is Unknown
	}
}

// present lowers has(event.field).
func (u *unit) present(e ast.Expr) test {
	read := u.value(e)
	return func(in input) Tri {
		v := read(in)
		return triOf(v.Type != Missing)
	}
}

// flag lowers a field that is true or false by itself.
func (u *unit) flag(e ast.Expr) test {
	read := u.value(e)
	return func(in input) Tri {
		v := read(in)
		if v.Type == Missing {
			return Unknown
		}
		return triOf(v.Num != 0)
	}
}

func (u *unit) textTest(call ast.CallExpr, holds func(s, part string) bool) test {
	whole, part := u.text(call.Target()), u.text(call.Args()[0])
	return func(in input) Tri {
		s, ok := whole(in)
		if !ok {
			return Unknown
		}
		p, ok := part(in)
		if !ok {
			return Unknown
		}
		return triOf(holds(s, p))
	}
}

// exists is true as soon as one item is, and Unknown rather than false while one item is Unknown.
func (u *unit) exists(loop ast.ComprehensionExpr) test {
	if of := u.checked.GetType(loop.IterRange().ID()).Parameters(); len(of) != 1 || of[0].Kind() != types.StringKind {
		u.report(loop.IterRange(), "", "exists looks through lists of texts")
		return func(input) Tri { return Unknown }
	}
	before := u.cost
	items, holds := u.list(loop.IterRange()), u.test(existsBody(loop))
	u.cost = before + costOfList*(u.cost-before)
	return func(in input) Tri {
		all, ok := items(in)
		if !ok {
			return Unknown
		}
		answer := False
		for _, item := range all {
			in.item = item
			switch holds(in) {
			case True:
				return True
			case Unknown:
				answer = Unknown
			case False:
			}
		}
		return answer
	}
}
