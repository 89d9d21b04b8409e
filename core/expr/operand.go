package expr

import (
	"math"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"attune/core/instant"
)

// What an operand gives when it is read; false stands for a missing value.
type (
	reader  func(input) Value
	numeric func(input) (float64, bool)
	textual func(input) (string, bool)
	listing func(input) ([]string, bool)
)

// value lowers what reads a field, of an event or of what `last` remembers. A value of another type
// than the catalogue promises, and a number that is none, are as good as missing: a source's mistake
// must not decide a rule.
func (u *unit) value(e ast.Expr) reader {
	if e.Kind() == ast.SelectKind {
		name, accepts := e.AsSelect().FieldName(), u.fieldTypeOf(e)
		return func(in input) Value { return usable(in.event.Field(name), accepts) }
	}
	if i, accepts, ok := u.last(e); ok {
		return func(in input) Value { return usable(in.facts.Counters[i].Last, accepts) }
	}
	if isCallOf(e, "story") {
		i := u.plan.counter(u.story(e.AsCall().Args()[0]), 1, "text")
		return func(in input) Value { return usable(in.facts.Counters[i].Last, Text) }
	}
	if read, ok := u.trait(e); ok {
		return read
	}
	if c, ok := u.choice(e); ok {
		return u.chosen(c)
	}
	if name := timedCall(e); name != "" {
		u.report(e, "write "+u.known[name].usage, "%s changes with time, and is compared by itself, with a constant", describe(e, asWritten))
		return func(input) Value { return Value{} }
	}
	u.report(e, "", "%s cannot be used as a value here", describe(e, asWritten))
	return func(input) Value { return Value{} }
}

func usable(v Value, accepts Type) Value {
	if accepts == Number || accepts == Integer {
		if (v.Type == Number || v.Type == Integer) && !math.IsNaN(v.Num) {
			return v
		}
		return Value{}
	}
	if v.Type != accepts {
		return Value{}
	}
	return v
}

// fieldTypeOf is the catalogue's type of a selected field, read back from the checker's type of the
// event it is selected from.
func (u *unit) fieldTypeOf(e ast.Expr) Type {
	sel := e.AsSelect()
	t, _ := fieldType(u.schema, u.checked.GetType(sel.Operand().ID()).TypeName()[1:], sel.FieldName())
	return t
}

func (u *unit) kind(e ast.Expr) types.Kind { return u.checked.GetType(e.ID()).Kind() }

// number lowers numbers and durations; durations are numbers of milliseconds, and times count them.
func (u *unit) number(e ast.Expr) numeric {
	if e.Kind() == ast.LiteralKind {
		return u.constantNumber(e)
	}
	if u.kind(e) == types.StringKind {
		u.report(e, `write days(3) or "3d"`, "%s is text, which is a duration only when it is written out", describe(e, asWritten))
		return func(input) (float64, bool) { return 0, false }
	}
	if e.Kind() == ast.CallKind {
		if calculated := u.calculation(e.AsCall()); calculated != nil {
			return calculated
		}
	}
	read := u.value(e)
	return func(in input) (float64, bool) {
		v := read(in)
		return v.Num, v.Type != Missing
	}
}

// constantNumber lowers a number as it is written, or a duration written as text.
func (u *unit) constantNumber(e ast.Expr) numeric {
	var n float64
	switch v := e.AsLiteral().(type) {
	case types.Int:
		n = float64(v)
	case types.Double:
		n = float64(v)
	case types.String:
		d, err := instant.ParseDuration(string(v))
		if err != nil {
			u.report(e, "", "%s", err)
		}
		n = float64(d)
	}
	return func(input) (float64, bool) { return n, true }
}

// calculation lowers arithmetic, and is nil for calls that are none. The conversions around products
// keep the compiler from fusing them with sums, which would differ between machines.
func (u *unit) calculation(call ast.CallExpr) numeric {
	args := call.Args()
	switch call.FunctionName() {
	case operators.Add:
		return calculate(u.number(args[0]), u.number(args[1]), func(a, b float64) float64 { return a + b })
	case operators.Subtract:
		return calculate(u.number(args[0]), u.number(args[1]), func(a, b float64) float64 { return a - b })
	case operators.Multiply:
		return calculate(u.number(args[0]), u.number(args[1]), func(a, b float64) float64 { return float64(a * b) })
	case operators.Negate:
		return times(u.number(args[0]), -1)
	case "days":
		return times(u.number(args[0]), float64(instant.Day))
	case "hours":
		return times(u.number(args[0]), float64(instant.Hour))
	case "minutes":
		return times(u.number(args[0]), float64(instant.Minute))
	}
	return nil
}

func calculate(a, b numeric, by func(a, b float64) float64) numeric {
	return func(in input) (float64, bool) {
		x, ok := a(in)
		if !ok {
			return 0, false
		}
		y, ok := b(in)
		if !ok {
			return 0, false
		}
		n := by(x, y)
		return n, !math.IsNaN(n)
	}
}

func times(a numeric, factor float64) numeric {
	return func(in input) (float64, bool) {
		x, ok := a(in)
		return float64(x * factor), ok
	}
}

func (u *unit) text(e ast.Expr) textual {
	switch e.Kind() {
	case ast.LiteralKind:
		s := textOf(e)
		return func(input) (string, bool) { return s, true }
	case ast.IdentKind: // the variable of exists; vetting let no other name pass
		return func(in input) (string, bool) { return in.item, true }
	case ast.SelectKind, ast.CallKind, ast.ListKind, ast.ComprehensionKind, ast.MapKind, ast.StructKind, ast.UnspecifiedExprKind:
	}
	if isCallOf(e, "classify") {
		return u.classify(e)
	}
	read := u.value(e)
	return func(in input) (string, bool) {
		v := read(in)
		return v.Text, v.Type != Missing
	}
}

func (u *unit) list(e ast.Expr) listing {
	if e.Kind() == ast.ListKind {
		texts, _ := u.constants(e)
		return func(input) ([]string, bool) { return texts, true }
	}
	if codes, ok := u.codes(e); ok {
		return func(input) ([]string, bool) { return codes, true }
	}
	read := u.value(e)
	return func(in input) ([]string, bool) {
		v := read(in)
		return v.List, v.Type != Missing
	}
}

// constants reads a list as it is written: texts or numbers, of one kind.
func (u *unit) constants(list ast.Expr) (texts []string, numbers []float64) {
	for _, e := range list.AsList().Elements() {
		if e.Kind() != ast.LiteralKind {
			u.report(e, "", "a list holds constants only, and %s is none", describe(e, asWritten))
			continue
		}
		switch v := e.AsLiteral().(type) {
		case types.String:
			texts = append(texts, string(v))
		case types.Int:
			numbers = append(numbers, float64(v))
		case types.Double:
			numbers = append(numbers, float64(v))
		default:
			u.report(e, "", "a list holds texts or numbers, and %s is neither", literal(e))
		}
	}
	if len(texts) > 0 && len(numbers) > 0 {
		u.report(list, "", "a list holds texts or numbers, not both")
	}
	return texts, numbers
}

// isConstant tells whether an expression reads nothing.
func isConstant(e ast.Expr) bool {
	switch e.Kind() {
	case ast.LiteralKind:
		return true
	case ast.CallKind:
		call := e.AsCall()
		switch call.FunctionName() {
		case "days", "hours", "minutes", operators.Add, operators.Subtract, operators.Multiply, operators.Negate:
		default:
			return false
		}
		for _, a := range call.Args() {
			if !isConstant(a) {
				return false
			}
		}
		return true
	case ast.IdentKind, ast.SelectKind, ast.ListKind, ast.ComprehensionKind, ast.MapKind, ast.StructKind, ast.UnspecifiedExprKind:
	}
	return false
}
