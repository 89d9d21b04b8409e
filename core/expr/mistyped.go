package expr

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
)

// mistyped words what the type checker found, unless the node or one of its operands has been spoken
// about, or the checker stumbled over what a macro added.
func (u *unit) mistyped(e *common.Error) {
	node, written := u.nodes[e.ExprID]
	switch {
	case u.faulty[e.ExprID] || !written && len(u.problems) > 0:
	case !written:
		u.problems = append(u.problems, Problem{What: e.Message})
	case strings.Contains(e.Message, "applied to '"):
		u.disagreeing(node.AsCall(), node, typesIn(e.Message))
	case strings.HasPrefix(e.Message, "expected type '"):
		types := quoted(e.Message)
		u.report(node, "", "%s is %s, but %s is needed here", describe(node, asWritten), inWords(types[1]), inWords(types[0]))
	case strings.HasPrefix(e.Message, "expression of type '"):
		u.report(node, "", "exists looks through a list, and %s is %s", describe(node, asWritten), inWords(quoted(e.Message)[0]))
	default:
		u.report(node, "", "%s", e.Message)
	}
}

// disagreeing words a call whose operands are of the wrong types.
func (u *unit) disagreeing(call ast.CallExpr, node ast.Expr, typed []string) {
	operands := call.Args()
	if call.IsMemberFunction() {
		operands = append([]ast.Expr{call.Target()}, operands...)
	}
	if slices.ContainsFunc(operands, func(o ast.Expr) bool { return u.faulty[o.ID()] }) {
		return
	}
	hint := ""
	if f, ok := u.known[call.FunctionName()]; ok {
		hint = "write " + f.usage
	}
	u.report(node, hint, "%s", disagreement(call.FunctionName(), operands, typed))
}

// quoted are the parts of a message in single quotes.
func quoted(message string) []string {
	var parts []string
	for i, p := range strings.Split(message, "'") {
		if i%2 == 1 {
			parts = append(parts, p)
		}
	}
	return parts
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
