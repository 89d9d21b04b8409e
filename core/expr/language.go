package expr

import (
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
)

// parameter is what an argument of one of our functions stands for.
type parameter uint8

const (
	anEvent      parameter = iota // the name of an event, as text
	aField                        // the name of an event, a dot, and one of its fields, as text
	aNumberField                  // the same, of a field that is a number
	aSignal                       // the name of a signal, as text
	anAudience                    // the name of an audience, as text
	aBehavior                     // the name of a behavior, as text
	aValueSet                     // the name of a value set, as text
	aName                         // a text that is not looked up
	aSpan                         // a duration
	aNumber                       // a number
	aHelper                       // what a macro added for the type checker; not the author's
	aSieve                        // a filter over one event, as a macro wrapped it
	anything                      // an argument that only the type checker judges
)

// functionNames are the names that authors may write, macros of the syntax included.
func functionNames() []string {
	names := []string{"exists", "has"}
	for _, f := range functions() {
		names = append(names, f.name)
	}
	slices.Sort(names)
	return names
}

// environment declares the whole language to the type checker. It starts from nothing rather than
// from CEL's standard library, whose timestamp functions would let expressions depend on the
// machine's time zones.
func environment(s Schema) (*cel.Env, error) {
	return cel.NewCustomEnv(
		cel.CustomTypeProvider(eventTypes{s}),
		cel.ParserExpressionSizeLimit(maxSource),
		cel.ExpressionNodeLimit(maxSource),
		cel.ParserRecursionLimit(8*maxDepth),
		cel.Macros(macros(s)...),
		logic(), equality(), ordering(), membership(), arithmetic(), textFunctions(), history(),
	)
}

func together(opts ...cel.EnvOption) cel.EnvOption {
	return func(e *cel.Env) (*cel.Env, error) {
		var err error
		for _, o := range opts {
			if e, err = o(e); err != nil {
				return nil, err
			}
		}
		return e, nil
	}
}

func of(t ...*cel.Type) []*cel.Type { return t }

func logic() cel.EnvOption {
	b := cel.BoolType
	return together(
		cel.Function(operators.LogicalAnd, cel.Overload(overloads.LogicalAnd, of(b, b), b)),
		cel.Function(operators.LogicalOr, cel.Overload(overloads.LogicalOr, of(b, b), b)),
		cel.Function(operators.LogicalNot, cel.Overload(overloads.LogicalNot, of(b), b)),
		cel.Function(operators.NotStrictlyFalse, cel.Overload(overloads.NotStrictlyFalse, of(b), b)),
	)
}

// overloadsOf declares an operator for each pair of types.
func overloadsOf(op, id string, result *cel.Type, pairs ...[]*cel.Type) cel.EnvOption {
	var all []cel.FunctionOpt
	for _, p := range pairs {
		all = append(all, cel.Overload(id+"_"+p[0].String()+"_"+p[1].String(), p, result))
	}
	return cel.Function(op, all...)
}

// comparable are the pairs that have an order. Whole and decimal numbers mix, so that nobody has to
// write 7.0, and a duration may be written as text, "7d".
func comparable() [][]*cel.Type {
	i, d, s, span, at := cel.IntType, cel.DoubleType, cel.StringType, cel.DurationType, cel.TimestampType
	return [][]*cel.Type{of(i, i), of(d, d), of(i, d), of(d, i), of(s, s), of(at, at),
		of(span, span), of(span, s), of(s, span)}
}

func ordering() cel.EnvOption {
	return together(
		overloadsOf(operators.Less, "less", cel.BoolType, comparable()...),
		overloadsOf(operators.LessEquals, "less_equals", cel.BoolType, comparable()...),
		overloadsOf(operators.Greater, "greater", cel.BoolType, comparable()...),
		overloadsOf(operators.GreaterEquals, "greater_equals", cel.BoolType, comparable()...),
	)
}

func equality() cel.EnvOption {
	pairs := append(comparable(), of(cel.BoolType, cel.BoolType))
	return together(
		overloadsOf(operators.Equals, "equals", cel.BoolType, pairs...),
		overloadsOf(operators.NotEquals, "not_equals", cel.BoolType, pairs...),
	)
}

func membership() cel.EnvOption {
	i, d, s := cel.IntType, cel.DoubleType, cel.StringType
	in := func(x, element *cel.Type) []*cel.Type { return of(x, cel.ListType(element)) }
	return overloadsOf(operators.In, "in", cel.BoolType, in(s, s), in(i, i), in(d, d), in(i, d), in(d, i))
}

func arithmetic() cel.EnvOption {
	i, d, span := cel.IntType, cel.DoubleType, cel.DurationType
	mixed := func(op, id string, more ...cel.FunctionOpt) cel.EnvOption {
		return cel.Function(op, append(more,
			cel.Overload(id+"_ii", of(i, i), i), cel.Overload(id+"_dd", of(d, d), d),
			cel.Overload(id+"_id", of(i, d), d), cel.Overload(id+"_di", of(d, i), d))...)
	}
	unit := func(name string) cel.EnvOption {
		return cel.Function(name, cel.Overload(name+"_i", of(i), span), cel.Overload(name+"_d", of(d), span))
	}
	return together(
		mixed(operators.Add, "add", cel.Overload("add_spans", of(span, span), span)),
		mixed(operators.Subtract, "subtract", cel.Overload("subtract_spans", of(span, span), span)),
		mixed(operators.Multiply, "multiply"),
		cel.Function(operators.Negate, cel.Overload("negate_i", of(i), i), cel.Overload("negate_d", of(d), d)),
		unit("days"), unit("hours"), unit("minutes"),
	)
}

func textFunctions() cel.EnvOption {
	s := cel.StringType
	member := func(name string) cel.EnvOption {
		return cel.Function(name, cel.MemberOverload("string_"+name, of(s, s), cel.BoolType))
	}
	return together(member("startsWith"), member("endsWith"), member("contains"))
}

func history() cel.EnvOption {
	s, b, i, d, span, a := cel.StringType, cel.BoolType, cel.IntType, cel.DoubleType, cel.DurationType, cel.TypeParamType("A")
	measure := func(name string) cel.EnvOption {
		return together(
			cel.Function(name, cel.Overload(name+"_text", of(s, s), d), cel.Overload(name+"_span", of(s, span), d)),
			cel.Function("@"+name, cel.Overload(name+"_text_where", of(s, s, b), d), cel.Overload(name+"_span_where", of(s, span, b), d)))
	}
	return together(
		cel.Function("count", cel.Overload("count_text", of(s, s), i), cel.Overload("count_span", of(s, span), i)),
		cel.Function("@count", cel.Overload("count_text_where", of(s, s, b), i), cel.Overload("count_span_where", of(s, span, b), i)),
		cel.Function("since", cel.Overload("since", of(s), span)),
		cel.Function("@since", cel.Overload("since_where", of(s, b), span)),
		cel.Function("has_happened", cel.Overload("has_happened", of(s), b)),
		cel.Function("@has_happened", cel.Overload("has_happened_where", of(s, b), b)),
		cel.Function("last", cel.Overload("last", of(s), cel.DynType)),
		cel.Function("@last", cel.Overload("last_typed", of(s, a), a)),
		cel.Function("@last_where", cel.Overload("last_typed_where", of(s, a, b), a)),
		cel.Function("absent", cel.Overload("absent_text", of(s, s, s), b), cel.Overload("absent_span", of(s, s, span), b)),
		cel.Function("signal", cel.Overload("signal", of(s), b)),
		measure("sum"), measure("trend"),
		cel.Function("age", cel.Overload("age", nil, i)),
		cel.Function("day_part", cel.Overload("day_part", nil, s)),
		cel.Function("trait", cel.Overload("trait", of(s), s)),
		cel.Function("trait_number", cel.Overload("trait_number", of(s), d)),
		cel.Function("trait_flag", cel.Overload("trait_flag", of(s), b)),
		cel.Function("trait_list", cel.Overload("trait_list", of(s), cel.ListType(s))),
		cel.Function("story", cel.Overload("story", of(s), s)),
		cel.Function("has_story", cel.Overload("has_story", of(s), b)),
		cel.Function("valueset", cel.Overload("valueset", of(s), cel.ListType(s))),
		cel.Function("classify", cel.Overload("classify", of(s), s)),
		cel.Function("in_audience", cel.Overload("in_audience", of(s), b)),
		cel.Function("stage", cel.Overload("stage", of(s), s)),
		cel.Function("phase", cel.Overload("phase", nil, s)),
		cel.Function("consented", cel.Overload("consented", of(s), b),
			cel.Overload("consented_channel", of(s, s), b), cel.Overload("consented_topic", of(s, s, s), b)),
	)
}
