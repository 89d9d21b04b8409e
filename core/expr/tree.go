package expr

import (
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"attune/core/instant"
)

// Tree is a checked expression as its author wrote it, without what macros added: for those who put it
// into words.
type Tree struct {
	// Op is an operator as it is written, the name of a function, or one of the words below.
	Op string
	// Event and Field are what is read; of an absence, Event is the one that is missed and After the one
	// that the wait begins with.
	Event, After, Field string
	// Type and Unit are those of the field.
	Type Type
	Unit string
	// Names are the texts that a function was given: a signal, a trait, a purpose with its channel.
	Names []string
	// Span is a constant duration: a window, or a bound.
	Span instant.Duration
	// Value is a constant.
	Value Value
	// Where narrows the events; nil takes all.
	Where *Tree
	// Args are the operands. The condition of an exists follows the list that it looks through.
	Args []*Tree
}

// What Op can be besides operators and functions.
const (
	OpConstant = "constant" // Value
	OpSpan     = "span"     // Span
	OpList     = "list"     // Args, constants all
	OpField    = "field"    // Field of the event at hand
	OpHas      = "has"      // whether Field of the event at hand is there
	OpExists   = "exists"   // whether the condition holds for one item of the list
	OpItem     = "item"     // the item that exists looks at
)

// Tree reads a condition on the person or, where an event is named, a condition or duration over one
// such event. A duration may be written bare: 36h.
func (c *Compiler) Tree(event, src string) (*Tree, []Problem) {
	if d, err := instant.ParseDuration(strings.TrimSpace(src)); err == nil {
		return &Tree{Op: OpSpan, Span: d}, nil
	}
	s := scope{person: event == "", variable: variableOf(event), event: event}
	if event != "" {
		if problem, ok := c.checkEvent(event); !ok {
			return nil, []Problem{problem}
		}
	}
	u := c.unit(src, s)
	env := c.env(event)
	if parsed := u.parse(env); parsed != nil {
		u.vet(parsed.NativeRep().Expr(), s)
		checked, issues := env.Check(parsed)
		for _, e := range issues.Errors() {
			u.mistyped(e)
		}
		if len(u.problems) == 0 {
			u.checked = checked.NativeRep()
			return u.tree(u.checked.Expr()), nil
		}
	}
	return nil, inOrder(u.problems)
}

func (u *unit) tree(e ast.Expr) *Tree {
	if d, ok := u.constantSpan(e); ok {
		return &Tree{Op: OpSpan, Span: d}
	}
	switch e.Kind() {
	case ast.LiteralKind:
		return &Tree{Op: OpConstant, Value: constantOf(e)}
	case ast.IdentKind: // the variable of exists; vetting let no other name pass
		return &Tree{Op: OpItem}
	case ast.SelectKind:
		return u.fieldTree(e)
	case ast.ListKind:
		return &Tree{Op: OpList, Args: u.trees(e.AsList().Elements())}
	case ast.ComprehensionKind:
		loop := e.AsComprehension()
		return &Tree{Op: OpExists, Args: u.trees([]ast.Expr{loop.IterRange(), existsBody(loop)})}
	case ast.CallKind:
		return u.callTree(e)
	case ast.MapKind, ast.StructKind, ast.UnspecifiedExprKind:
	}
	return &Tree{Op: describe(e, asWritten)}
}

func (u *unit) trees(all []ast.Expr) []*Tree {
	out := make([]*Tree, len(all))
	for i, e := range all {
		out[i] = u.tree(e)
	}
	return out
}

// constantSpan reads a duration that is known already: days(14) - hours(2). A text is one only where
// the functions that take windows say so.
func (u *unit) constantSpan(e ast.Expr) (instant.Duration, bool) {
	if u.kind(e) != types.DurationKind || !isConstant(e) {
		return 0, false
	}
	return u.spanOf(e)
}

func (u *unit) spanOf(e ast.Expr) (instant.Duration, bool) {
	if !isConstant(e) {
		return 0, false
	}
	before := len(u.problems)
	d, ok := u.amountOf(e)(nil)
	u.problems = u.problems[:before]
	return d, ok
}

func constantOf(e ast.Expr) Value {
	switch v := e.AsLiteral().(type) {
	case types.String:
		return TextOf(string(v))
	case types.Int:
		return IntegerOf(int64(v))
	case types.Double:
		return NumberOf(float64(v))
	case types.Bool:
		return FlagOf(bool(v))
	}
	return Value{}
}

func (u *unit) fieldTree(e ast.Expr) *Tree {
	sel := e.AsSelect()
	event := strings.TrimPrefix(u.checked.GetType(sel.Operand().ID()).TypeName(), "@")
	t := &Tree{Op: OpField, Field: sel.FieldName(), Unit: unitOf(u.schema, event, sel.FieldName())}
	t.Type, _ = fieldType(u.schema, event, t.Field)
	if sel.IsTestOnly() {
		t.Op = OpHas
	}
	return t
}

func (u *unit) callTree(e ast.Expr) *Tree {
	call := e.AsCall()
	name, args := call.FunctionName(), call.Args()
	if sign, operator := symbol(name); operator {
		t := &Tree{Op: sign, Args: u.trees(args)}
		if _, compares := relationOf(name); compares {
			u.asSpans(t, args)
		}
		if name == operators.Negate {
			t.Args = append([]*Tree{{Op: OpConstant, Value: IntegerOf(0)}}, t.Args...)
		}
		return t
	}
	t := &Tree{Op: strings.TrimSuffix(strings.TrimPrefix(name, "@"), "_where")}
	if s := sieveOf(args); s != nil {
		t.Where = u.tree(s.AsComprehension().LoopStep())
	}
	switch t.Op {
	case "count", "sum", "trend":
		t.Span, _ = u.spanOf(args[1])
		fallthrough
	case "since", "has_happened", "last":
		t.Event = textOf(args[0])
		if t.Op == "last" || t.Op == "sum" || t.Op == "trend" {
			t.Event, t.Field = splitField(u.schema, textOf(args[0]))
			t.Type, _ = fieldType(u.schema, t.Event, t.Field)
			t.Unit = unitOf(u.schema, t.Event, t.Field)
		}
	case "absent":
		t.Event, t.After = textOf(args[0]), textOf(args[1])
		t.Span, _ = u.spanOf(args[2])
	case "startsWith", "endsWith", "contains":
		t.Args = u.trees([]ast.Expr{call.Target(), args[0]})
	case "days", "hours", "minutes", "classify":
		t.Args = u.trees(args)
	default:
		for _, a := range args {
			t.Names = append(t.Names, textOf(a))
		}
	}
	return t
}

// asSpans reads a duration that is written as text beside one: since("x") > "36h".
func (u *unit) asSpans(t *Tree, args []ast.Expr) {
	for i, a := range args {
		if isText(a) && u.kind(args[1-i]) == types.DurationKind {
			if d, ok := u.spanOf(a); ok {
				t.Args[i] = &Tree{Op: OpSpan, Span: d}
			}
		}
	}
}

// sieveOf is sieve for calls that may have no arguments.
func sieveOf(args []ast.Expr) ast.Expr {
	if len(args) == 0 {
		return nil
	}
	return sieve(args)
}
