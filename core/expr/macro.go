package expr

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/parser"
)

// macros are the forms that need the parser's help: those that name a variable, and last, whose type
// is that of the field its text names.
func macros(s Schema) []cel.Macro {
	sieved := func(name string, args int) cel.Macro {
		return cel.GlobalMacro(name, args, func(f cel.MacroExprFactory, _ ast.Expr, a []ast.Expr) (ast.Expr, *cel.Error) {
			event, _ := splitField(s, textOf(a[0]))
			sieve, err := overEvent(f, event, a[args-2], a[args-1])
			if err != nil {
				return nil, err
			}
			return f.NewCall("@"+name, append(a[:args-2:args-2], sieve)...), nil
		})
	}
	return []cel.Macro{cel.HasMacro, cel.ExistsMacro,
		sieved("count", 4), sieved("sum", 4), sieved("trend", 4), sieved("since", 3), sieved("has_happened", 3),
		cel.GlobalMacro("last", 1, func(f cel.MacroExprFactory, _ ast.Expr, a []ast.Expr) (ast.Expr, *cel.Error) {
			return f.NewCall("@last", a[0], typedLike(f, s, a[0])), nil
		}),
		cel.GlobalMacro("last", 3, func(f cel.MacroExprFactory, _ ast.Expr, a []ast.Expr) (ast.Expr, *cel.Error) {
			event, _ := splitField(s, textOf(a[0]))
			sieve, err := overEvent(f, event, a[1], a[2])
			if err != nil {
				return nil, err
			}
			return f.NewCall("@last_where", a[0], typedLike(f, s, a[0]), sieve), nil
		}),
	}
}

// overEvent wraps a filter so that the type checker knows its variable as an event of that name: a
// comprehension over a list of one event.
func overEvent(f cel.MacroExprFactory, event string, variable, filter ast.Expr) (ast.Expr, *common.Error) {
	if variable.Kind() != ast.IdentKind {
		return nil, f.NewError(variable.ID(), "the filter needs a variable for its event, such as e")
	}
	one := f.NewList(f.NewStruct(typeName(event)))
	return f.NewComprehension(one, variable.AsIdent(), parser.HiddenAccumulatorName,
		f.NewLiteral(types.False), f.NewLiteral(types.True), filter, f.NewAccuIdent()), nil
}

// typedLike makes an expression that has the type of the field that "event.name.field" names. For a
// name there is none of it has no type, which the checker lets pass: vetting reports it.
func typedLike(f cel.MacroExprFactory, s Schema, named ast.Expr) ast.Expr {
	event, field := splitField(s, textOf(named))
	if t, _ := fieldType(s, event, field); t == Missing {
		return f.NewStruct(typeName(""))
	}
	return f.NewSelect(f.NewStruct(typeName(event)), field)
}

// textOf is the text of a literal, empty for anything else.
func textOf(e ast.Expr) string {
	if e.Kind() != ast.LiteralKind {
		return ""
	}
	s, _ := e.AsLiteral().Value().(string)
	return s
}
