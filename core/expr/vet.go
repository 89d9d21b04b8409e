package expr

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// maxExact is the largest whole number that is the same as a Value and in CEL.
const maxExact = 1 << 53

// scope tells what the names in an expression stand for.
type scope struct {
	person   bool   // the person's history may be asked about
	variable string // stands for one event, empty where there is none
	event    string // that event's name
	item     string // the variable of exists, empty outside
}

// vet reports every name that stands for nothing, and every form that the language does not have. It
// knows more about what authors may have meant than the type checker does, and so it goes first.
func (u *unit) vet(e ast.Expr, s scope) {
	u.nodes[e.ID()] = e
	switch e.Kind() {
	case ast.LiteralKind:
		u.vetLiteral(e)
	case ast.IdentKind:
		u.vetName(e, s)
	case ast.SelectKind:
		u.vetField(e, s)
	case ast.CallKind:
		u.vetCall(e, s)
	case ast.ListKind:
		for _, x := range e.AsList().Elements() {
			u.vet(x, s)
		}
	case ast.ComprehensionKind:
		u.vetExists(e, s)
	case ast.MapKind, ast.StructKind, ast.UnspecifiedExprKind:
		u.report(e, "", "expressions have no { }")
	}
}

func (u *unit) vetLiteral(e ast.Expr) {
	switch v := e.AsLiteral().(type) {
	case types.Int:
		if v > maxExact || v < -maxExact {
			u.report(e, "", "%d is larger than numbers are exact", v)
		}
	case types.Double:
		if math.IsInf(float64(v), 0) || math.IsNaN(float64(v)) {
			u.report(e, "", "this number is too large")
		}
	case types.Uint:
		u.report(e, fmt.Sprintf("write %d", v), "numbers are written without u")
	case types.Bytes:
		u.report(e, "write it without b", "there are no bytes to compare with")
	case types.Null:
		u.report(e, "write has(event.field) to ask whether there is a value", "there is no null")
	}
}

func (u *unit) vetName(e ast.Expr, s scope) {
	switch name := e.AsIdent(); name {
	case s.item:
	case s.variable:
		u.report(e, u.fieldHint("", s.event), "%s is the whole event: name one of its fields", name)
	default:
		u.report(e, u.nameHint(name, s), "there is nothing called %q here", name)
	}
}

func (u *unit) nameHint(name string, s scope) string {
	switch {
	case name == "event" && s.person && s.variable == "":
		return `a state asks about the person: write last("event.name.field")`
	case name == "event" && s.variable == "":
		return "only a constant can stand here"
	case name == "now":
		return `there is no clock: write since("event.name") > days(3)`
	}
	for _, n := range u.names.Signals {
		if n.Name == name {
			return fmt.Sprintf("write signal(%q)", name)
		}
	}
	var known []string
	for _, n := range []string{s.item, s.variable} {
		if n != "" {
			known = append(known, n)
		}
	}
	if hint := didYouMean(name, known); hint != "" {
		return hint
	}
	return "text is written in quotes"
}

func (u *unit) vetField(e ast.Expr, s scope) {
	sel := e.AsSelect()
	from := sel.Operand()
	if from.Kind() == ast.IdentKind && from.AsIdent() == s.variable && s.variable != "" && s.variable != s.item {
		fields, known := u.schema.Fields(s.event)
		if unit := unitOf(u.schema, s.event, sel.FieldName()); unit != "" {
			u.units[e.ID()] = unit
		}
		if known && !slices.Contains(namesOf(fields), sel.FieldName()) {
			u.report(e, u.fieldHint(sel.FieldName(), s.event), "%s has no field %q", s.event, sel.FieldName())
		}
		return
	}
	if dotted := describe(e, asWritten); u.isEvent(dotted) {
		u.report(e, fmt.Sprintf("write %q", dotted), "the name of an event is written as text")
		return
	}
	before := len(u.problems)
	u.vet(from, s)
	if len(u.problems) == before {
		u.report(e, "", "%s has no fields", describe(from, asWritten))
	}
	u.faulty[e.ID()] = true
}

func (u *unit) isEvent(name string) bool {
	_, known := u.schema.Fields(name)
	return known
}

func (u *unit) fieldHint(name, event string) string {
	fields, _ := u.schema.Fields(event)
	if hint := didYouMean(name, namesOf(fields)); hint != "" {
		return hint
	}
	return oneOf(namesOf(fields))
}

func (u *unit) vetExists(e ast.Expr, s scope) {
	loop := e.AsComprehension()
	u.vet(loop.IterRange(), s)
	if s.item != "" {
		u.report(e, "", "an exists inside another is more than a rule needs")
		return
	}
	s.item = loop.IterVar()
	u.vet(existsBody(loop), s)
}

// existsBody is the condition that exists asks of each item: CEL's macro makes a loop whose step is
// "found already, or this one".
func existsBody(loop ast.ComprehensionExpr) ast.Expr { return loop.LoopStep().AsCall().Args()[1] }

func (u *unit) vetCall(e ast.Expr, s scope) {
	call := e.AsCall()
	name := call.FunctionName()
	if isOperator(name) {
		u.vetAll(s, call.Args()...)
		u.vetWords(e)
		return
	}
	f, known := u.known[name]
	switch {
	case name == operators.Conditional:
		u.report(e, "write a && b || !a && c", "expressions have no ? :")
		return
	case !known && strings.HasPrefix(name, "_"):
		u.report(e, "", "expressions have no %s", strings.ReplaceAll(name, "_", ""))
		return
	case name == operators.Has || name == operators.Exists:
		u.report(e, `write has(event.field), event.list.exists(x, x == "a")`, "%s cannot be used like this", name)
		return
	case !known:
		u.report(e, didYouMean(name, functionNames()), "there is no function %q", name)
		if call.IsMemberFunction() {
			u.vet(call.Target(), s)
		}
		return
	case f.of == thePerson && !s.person:
		u.report(e, "", "%s asks about the person's history, but here only one event is looked at", f.name)
		return
	case f.member != call.IsMemberFunction() || len(call.Args()) > len(f.takes) || len(call.Args()) < len(f.takes)-f.optional:
		u.report(e, "write "+f.usage, "%s cannot be used like this", f.name)
		return
	}
	if f.of == justEvents && s.variable == "" {
		u.report(e, `use it in where, or in a filter: has_happened("message.received", m, classify(m.text) == "crisis")`, "%s looks at one event", f.name)
		return
	}
	if name == "classify" && u.words == nil {
		u.report(e, "", "there is no table of words to classify by")
	}
	if (name == "story" || name == "has_story") && !u.isEvent(storyTold) {
		u.report(e, "", "there is no event %q to take stories from", storyTold)
	}
	if name == "phase" && u.names.Phase == nil {
		u.report(e, "", "the program has no map, so there are no phases")
	}
	if name == "consented" && u.names.Consent == nil {
		u.report(e, "", "consent cannot be asked here")
	}
	if call.IsMemberFunction() {
		u.vet(call.Target(), s)
	}
	for i := range call.Args() {
		u.vetArgument(call.Args(), i, f.takes[i], s)
		if f.takes[i] == aNumber {
			u.vetUnits(name, call.Args()[i])
		}
	}
}

func (u *unit) vetAll(s scope, all ...ast.Expr) {
	for _, e := range all {
		u.vet(e, s)
	}
}

func (u *unit) vetArgument(args []ast.Expr, i int, p parameter, s scope) {
	e := args[i]
	switch p {
	case anEvent:
		if u.vetText(e, "the name of an event", s) {
			u.vetEvent(e, textOf(e))
		}
	case aField:
		if u.vetText(e, "the name of an event and its field", s) {
			u.vetEventField(e, textOf(e))
		}
	case aNumberField:
		if u.vetText(e, "the name of an event and its field", s) && u.vetEventField(e, textOf(e)) {
			event, field := splitField(u.schema, textOf(e))
			if t, _ := fieldType(u.schema, event, field); t != Number && t != Integer {
				u.report(e, "", "%s of %s is a %s, and only numbers can be added up", field, event, t)
			}
		}
	case aSignal:
		u.vetKept(e, "signal", namesOfNamed(u.names.Signals), s)
	case anAudience:
		u.vetKept(e, "audience", namesOfNamed(u.names.Audiences), s)
	case aBehavior:
		u.vetKept(e, "behavior", namesOfChoices(u.names.Behaviors), s)
	case aValueSet:
		u.vetKept(e, "value set", u.setNames(), s)
	case aName:
		if u.vetText(e, "this name", s) && textOf(e) == "" {
			u.report(e, "", "the name is empty")
		}
	case aSieve:
		event, _ := splitField(u.schema, textOf(args[0]))
		loop := e.AsComprehension()
		u.vet(loop.LoopStep(), scope{variable: loop.IterVar(), event: event})
	case aSpan, aNumber, anything:
		u.vet(e, s)
	case aHelper:
	}
}

// vetKept looks up the name of something that is kept of each person.
func (u *unit) vetKept(e ast.Expr, kind string, known []string, s scope) {
	if !u.vetText(e, "the name of "+article(kind), s) || slices.Contains(known, textOf(e)) {
		return
	}
	hint := didYouMean(textOf(e), known)
	switch {
	case hint != "":
	case len(known) == 0:
		hint = "the program has none"
	default:
		hint = oneOf(known)
	}
	u.report(e, hint, "there is no %s %q", kind, textOf(e))
}

func article(noun string) string {
	if strings.ContainsAny(noun[:1], "aeiou") {
		return "an " + noun
	}
	return "a " + noun
}

// vetText reports an argument that is no text and returns false for it.
func (u *unit) vetText(e ast.Expr, of string, s scope) bool {
	if isText(e) {
		return true
	}
	hint := ""
	if dotted := describe(e, asWritten); e.Kind() == ast.SelectKind || e.Kind() == ast.IdentKind {
		hint = fmt.Sprintf("write %q", dotted)
	}
	u.report(e, hint, "%s is written as text", of)
	return false
}

func (u *unit) vetEvent(e ast.Expr, name string) bool {
	if problem, ok := u.checkEvent(name); !ok {
		u.report(e, problem.Hint, "%s", problem.What)
		return false
	}
	return true
}

func (u *unit) vetEventField(e ast.Expr, named string) bool {
	event, field := splitField(u.schema, named)
	fields, known := u.schema.Fields(event)
	switch {
	case !known:
		u.vetEvent(e, event)
	case field == "":
		u.report(e, oneOf(namesOf(fields)), "the field is missing: %s.field", event)
	case !slices.Contains(namesOf(fields), field):
		u.report(e, u.fieldHint(field, event), "%s has no field %q", event, field)
	default:
		return true
	}
	return false
}

func isOperator(name string) bool {
	_, ok := symbol(name)
	return ok
}
