package expr

import (
	"fmt"
	"strconv"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// names chooses how describe writes variables.
type names bool

const (
	asWritten   names = false
	canonically names = true // the event is "event" and the item of exists "it", whatever the author called them
)

// describe writes a syntax tree as source again. Written canonically, two filters that differ in
// spaces and variables alone are the same text, and share a counter.
func describe(e ast.Expr, n names) string {
	switch e.Kind() {
	case ast.LiteralKind:
		return literal(e)
	case ast.IdentKind:
		if n == canonically {
			return "it"
		}
		return e.AsIdent()
	case ast.SelectKind:
		return selection(e.AsSelect(), n)
	case ast.ListKind:
		return "[" + listed(e.AsList().Elements(), n) + "]"
	case ast.CallKind:
		return called(e.AsCall(), n)
	case ast.ComprehensionKind:
		loop := e.AsComprehension()
		item := loop.IterVar()
		if n == canonically {
			item = "it"
		}
		return fmt.Sprintf("%s.exists(%s, %s)", describe(loop.IterRange(), n), item, describe(existsBody(loop), n))
	case ast.MapKind, ast.StructKind, ast.UnspecifiedExprKind:
	}
	return "{}"
}

func literal(e ast.Expr) string {
	switch v := e.AsLiteral().(type) {
	case types.String:
		return strconv.Quote(string(v))
	case types.Double:
		return strconv.FormatFloat(float64(v), 'g', -1, 64)
	default:
		return fmt.Sprint(v.Value())
	}
}

func selection(s ast.SelectExpr, n names) string {
	from := "event"
	if n == asWritten || s.Operand().Kind() != ast.IdentKind {
		from = describe(s.Operand(), n)
	}
	if s.IsTestOnly() {
		return fmt.Sprintf("has(%s.%s)", from, s.FieldName())
	}
	return from + "." + s.FieldName()
}

func listed(all []ast.Expr, n names) string {
	written := make([]string, len(all))
	for i, e := range all {
		written[i] = describe(e, n)
	}
	return strings.Join(written, ", ")
}

func called(c ast.CallExpr, n names) string {
	sign, operator := symbol(c.FunctionName())
	switch {
	case operator && len(c.Args()) == 1:
		return sign + operand(c.Args()[0], n)
	case operator:
		return operand(c.Args()[0], n) + " " + sign + " " + operand(c.Args()[1], n)
	case c.IsMemberFunction():
		return describe(c.Target(), n) + "." + c.FunctionName() + "(" + listed(c.Args(), n) + ")"
	case strings.HasPrefix(c.FunctionName(), "@"):
		// What a macro added is not shown: the arguments after the author's.
		return strings.TrimSuffix(c.FunctionName()[1:], "_where") + "(" + describe(c.Args()[0], n) + ")"
	}
	return c.FunctionName() + "(" + listed(c.Args(), n) + ")"
}

// operand puts parentheses around what is an operation itself.
func operand(e ast.Expr, n names) string {
	s := describe(e, n)
	if e.Kind() == ast.CallKind && isOperator(e.AsCall().FunctionName()) {
		return "(" + s + ")"
	}
	return s
}

// symbol is how an operator is written, and false for what is none or what the language does not have.
func symbol(function string) (string, bool) {
	switch function {
	case operators.LogicalAnd:
		return "&&", true
	case operators.LogicalOr:
		return "||", true
	case operators.LogicalNot:
		return "!", true
	case operators.Equals:
		return "==", true
	case operators.NotEquals:
		return "!=", true
	case operators.Less:
		return "<", true
	case operators.LessEquals:
		return "<=", true
	case operators.Greater:
		return ">", true
	case operators.GreaterEquals:
		return ">=", true
	case operators.In:
		return "in", true
	case operators.Add:
		return "+", true
	case operators.Subtract, operators.Negate:
		return "-", true
	case operators.Multiply:
		return "*", true
	}
	return "", false
}
