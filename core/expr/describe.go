package expr

import (
	"fmt"
	"strconv"
	"strings"

	"cel.dev/cel-go/common"
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

// mistyped words what the type checker found, unless vetting has spoken about that node, or the
// checker stumbled over what a macro added.
func (u *unit) mistyped(e *common.Error) {
	node, written := u.nodes[e.ExprID]
	if u.faulty[e.ExprID] || !written && len(u.problems) > 0 {
		return
	}
	if !written {
		u.problems = append(u.problems, Problem{What: e.Message})
		return
	}
	if node.Kind() != ast.CallKind {
		u.report(node, "", "%s", e.Message)
		return
	}
	call := node.AsCall()
	operands := call.Args()
	if call.IsMemberFunction() {
		operands = append([]ast.Expr{call.Target()}, operands...)
	}
	u.report(node, u.usage(call.FunctionName()), "%s", disagreement(call.FunctionName(), operands, typesIn(e.Message)))
}

func (u *unit) usage(function string) string {
	if f, ok := u.known[function]; ok {
		return "write " + f.usage
	}
	return ""
}

// disagreement says which operand is of which type, and what that rules out.
func disagreement(function string, operands []ast.Expr, typed []string) string {
	var each []string
	for i, t := range typed {
		if i < len(operands) {
			each = append(each, describe(operands[i], asWritten)+" is "+inWords(t))
		}
	}
	facts := strings.Join(each, ", ")
	sign, operator := symbol(function)
	switch {
	case !operator:
		return fmt.Sprintf("%s cannot be used with these: %s", strings.TrimPrefix(function, "@"), facts)
	case sign == "&&" || sign == "||" || sign == "!":
		return fmt.Sprintf("%s joins conditions that are true or false: %s", sign, facts)
	case sign == "+" || sign == "-" || sign == "*":
		return fmt.Sprintf("%s calculates with numbers: %s", sign, facts)
	case sign == "in":
		return "in looks for a value in a list of such values: " + facts
	}
	return "these cannot be compared: " + facts
}

// typesIn reads the types out of the checker's "... applied to '(int, string)'".
func typesIn(message string) []string {
	_, applied, _ := strings.Cut(message, "applied to '")
	applied = strings.NewReplacer(".(", ", ", "'", "").Replace(applied)
	applied = strings.TrimPrefix(applied, "(")
	applied = strings.TrimSuffix(applied, ")")
	return strings.Split(applied, ", ")
}

// inWords says a CEL type as authors think of it.
func inWords(celType string) string {
	switch celType {
	case "string":
		return "text"
	case "int":
		return "a whole number"
	case "double":
		return "a number"
	case "bool":
		return "true or false"
	case "list(string)":
		return "a list of texts"
	case "google.protobuf.Timestamp", "timestamp":
		return "a time"
	case "google.protobuf.Duration", "duration":
		return "a duration"
	}
	if strings.HasPrefix(celType, "list(") {
		return "a list"
	}
	if strings.HasPrefix(celType, "@") {
		return "a whole event"
	}
	return celType
}
