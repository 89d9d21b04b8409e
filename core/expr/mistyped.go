package expr

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
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
		u.report(node, u.otherTrait(node, types[0]), "%s is %s, but %s is needed here", describe(node, asWritten), inWords(types[1]), inWords(types[0]))
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
	u.report(node, u.disagreementHint(call.FunctionName(), operands, typed), "%s", disagreement(call.FunctionName(), operands, typed))
}

// disagreementHint says what to write instead: a number where a duration is wanted is the likeliest
// mistake, and then a trait of another type.
func (u *unit) disagreementHint(function string, operands []ast.Expr, typed []string) string {
	f, ours := u.known[function]
	for i, o := range operands {
		if i >= len(typed) || typed[i] != "int" && typed[i] != "double" {
			continue
		}
		if ours && i < len(f.takes) && f.takes[i] == aSpan && o.Kind() == ast.LiteralKind {
			return fmt.Sprintf(`write a window as "%[1]sd" or days(%[1]s)`, describe(o, asWritten))
		}
		if other := 1 - i; !ours && len(operands) == 2 && inWords(typed[other]) == "a duration" {
			return fmt.Sprintf("write %s(%s)", u.unitFunction(o), describe(o, asWritten))
		}
	}
	if ours {
		return "write " + f.usage
	}
	for i, o := range operands {
		if len(operands) == 2 && len(typed) == 2 {
			if hint := u.otherTrait(o, typed[1-i]); hint != "" {
				return hint
			}
		}
	}
	return ""
}

// otherTrait proposes the form of trait that gives a value of that type; empty for what is no trait.
func (u *unit) otherTrait(e ast.Expr, wanted string) string {
	if e.Kind() != ast.CallKind || !strings.HasPrefix(e.AsCall().FunctionName(), "trait") {
		return ""
	}
	form := map[string]string{"string": "trait", "int": "trait_number", "double": "trait_number", "bool": "trait_flag", "list(string)": "trait_list"}[wanted]
	if form == "" {
		return ""
	}
	return fmt.Sprintf("write %s(%s)", form, describe(e.AsCall().Args()[0], asWritten))
}

// unitFunction is the function that makes a duration of a number, by the unit of the field it is.
func (u *unit) unitFunction(e ast.Expr) string {
	if e.Kind() == ast.SelectKind {
		if name := durationOf(u.unitOfField(e)); name != "" {
			return name
		}
	}
	return "days"
}

// durationOf is the function that makes a duration of a number of units; empty for units of anything
// else.
func durationOf(unit string) string {
	return map[string]string{"d": "days", "h": "hours", "min": "minutes"}[unit]
}

// unitOfField is the unit of a field of the event that a variable stands for.
func (u *unit) unitOfField(e ast.Expr) string {
	return u.units[e.ID()]
}

// vetUnits looks at the fields that are made a duration: a number of hours is no number of days.
func (u *unit) vetUnits(function string, e ast.Expr) {
	switch {
	case e.Kind() == ast.SelectKind:
		if right := durationOf(u.unitOfField(e)); right != "" && right != function {
			u.report(e, fmt.Sprintf("write %s(%s)", right, describe(e, asWritten)), "%s counts %s", describe(e, asWritten), right)
		}
	case isCallOf(e, operators.Add) || isCallOf(e, operators.Subtract): // a product may change the unit
		for _, a := range e.AsCall().Args() {
			u.vetUnits(function, a)
		}
	}
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
