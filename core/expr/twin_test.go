package expr_test

import (
	"fmt"
	"strings"
	"testing"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/parser"

	"attune/core/expr"
	"attune/core/instant"
)

// twin answers the same expressions slowly and plainly: CEL's own interpreter looks through the
// whole history each time. It shares no counter and no closure with package expr, and keeps nothing
// between questions but compiled programs.
type twin struct {
	env      *cel.Env
	programs map[string]cel.Program
	// What the functions look at while a question is answered.
	history []happening
	now     instant.Time
	signals []bool
}

func newTwin(t testing.TB) *twin {
	w := &twin{programs: map[string]cel.Program{}}
	s, i, b, dyn := cel.StringType, cel.IntType, cel.BoolType, cel.DynType
	events := cel.ListType(cel.MapType(s, dyn))
	unit := func(name string, ms int64) cel.EnvOption {
		return cel.Function(name, cel.Overload(name, []*cel.Type{dyn}, i, cel.UnaryBinding(func(v ref.Val) ref.Val {
			return v.(types.Int) * types.Int(ms)
		})))
	}
	env, err := cel.NewEnv(
		cel.CrossTypeNumericComparisons(true),
		cel.Variable("event", cel.MapType(s, dyn)),
		cel.Macros(overFiltered("count", 4), overFiltered("since", 3), overFiltered("has_happened", 3), overFiltered("last", 3),
			overAll("count", 2), overAll("since", 1), overAll("has_happened", 1), overAll("last", 1)),
		unit("days", 86_400_000), unit("hours", 3_600_000), unit("minutes", 60_000),
		// A filter that is not known takes nothing: errors become false here.
		cel.Function("holds", cel.Overload("holds", []*cel.Type{b}, b, cel.OverloadIsNonStrict(), cel.UnaryBinding(func(v ref.Val) ref.Val {
			return types.Bool(v == types.True)
		}))),
		cel.Function("events", cel.Overload("events", []*cel.Type{s}, events, cel.UnaryBinding(func(v ref.Val) ref.Val {
			return types.DefaultTypeAdapter.NativeToValue(w.events(string(v.(types.String))))
		}))),
		cel.Function("count_of", cel.Overload("count_of", []*cel.Type{events, s, dyn}, i, cel.FunctionBinding(func(a ...ref.Val) ref.Val {
			return types.Int(w.within(natives(a[0]), window(a[2])))
		}))),
		cel.Function("since_of", cel.Overload("since_of", []*cel.Type{events, s}, i, cel.FunctionBinding(func(a ...ref.Val) ref.Val {
			if e := latest(natives(a[0])); e != nil {
				return types.Int(int64(w.now) - e["@at"].(int64))
			}
			return types.NewErr("never happened")
		}))),
		cel.Function("has_happened_of", cel.Overload("has_happened_of", []*cel.Type{events, s}, b, cel.FunctionBinding(func(a ...ref.Val) ref.Val {
			return types.Bool(len(natives(a[0])) > 0)
		}))),
		cel.Function("last_of", cel.Overload("last_of", []*cel.Type{events, s}, dyn, cel.FunctionBinding(func(a ...ref.Val) ref.Val {
			named := string(a[1].(types.String))
			if v, ok := latest(natives(a[0]))[named[strings.LastIndex(named, ".")+1:]]; ok {
				return types.DefaultTypeAdapter.NativeToValue(v)
			}
			return types.NewErr("missing")
		}))),
		cel.Function("absent", cel.Overload("absent", []*cel.Type{s, s, dyn}, b, cel.FunctionBinding(func(a ...ref.Val) ref.Val {
			spec := expr.AbsenceSpec{Absent: string(a[0].(types.String)), After: string(a[1].(types.String))}
			return types.Bool(w.absent(t, spec, window(a[2])))
		}))),
		cel.Function("signal", cel.Overload("signal", []*cel.Type{s}, b, cel.UnaryBinding(func(v ref.Val) ref.Val {
			return types.Bool(w.signals[map[string]int{"refill_late": 0, "slipping": 1}[string(v.(types.String))]])
		}))),
	)
	if err != nil {
		t.Fatal(err)
	}
	w.env = env
	return w
}

// overAll rewrites count("e", "7d") to count_of(events("e"), "e", "7d"), and so for the others.
func overAll(name string, args int) cel.Macro {
	return cel.GlobalMacro(name, args, func(f cel.MacroExprFactory, _ ast.Expr, a []ast.Expr) (ast.Expr, *cel.Error) {
		return f.NewCall(name+"_of", append([]ast.Expr{f.NewCall("events", eventOf(f, name, a[0]))}, a...)...), nil
	})
}

// overFiltered does the same where there is a filter over a variable.
func overFiltered(name string, args int) cel.Macro {
	return cel.GlobalMacro(name, args, func(f cel.MacroExprFactory, _ ast.Expr, a []ast.Expr) (ast.Expr, *cel.Error) {
		all := f.NewCall("events", eventOf(f, name, a[0]))
		filtered, err := parser.MakeFilter(f, all, []ast.Expr{a[args-2], f.NewCall("holds", a[args-1])})
		if err != nil {
			return nil, err
		}
		return f.NewCall(name+"_of", append([]ast.Expr{filtered}, a[:args-2]...)...), nil
	})
}

func eventOf(f cel.MacroExprFactory, function string, arg ast.Expr) ast.Expr {
	name := string(arg.AsLiteral().(types.String))
	if function == "last" {
		name = name[:strings.LastIndex(name, ".")]
	}
	return f.NewLiteral(types.String(name))
}

func native(v expr.Value) any {
	switch v.Type {
	case expr.Text:
		return v.Text
	case expr.Number:
		return v.Num
	case expr.Integer, expr.Moment:
		return int64(v.Num)
	case expr.Flag:
		return v.Num != 0
	case expr.List:
		return v.List
	}
	return nil
}

func (h happening) native() map[string]any {
	m := map[string]any{"@at": int64(h.at), "@version": h.order.Version, "@id": int64(h.order.ID)}
	for name, v := range h.props {
		m[name] = native(v)
	}
	return m
}

func natives(list ref.Val) (all []map[string]any) {
	for it := list.(traits.Iterable).Iterator(); it.HasNext() == types.True; {
		all = append(all, it.Next().Value().(map[string]any))
	}
	return all
}

func (w *twin) events(name string) (all []map[string]any) {
	for _, h := range w.history {
		if h.name == name {
			all = append(all, h.native())
		}
	}
	return all
}

// latest is the last of the events by when they happened, then version, then id.
func latest(all []map[string]any) (last map[string]any) {
	for _, e := range all {
		later := last == nil
		for _, key := range []string{"@at", "@version", "@id"} {
			if later || e[key].(int64) < last[key].(int64) {
				break
			}
			later = e[key].(int64) > last[key].(int64)
		}
		if later {
			last = e
		}
	}
	return last
}

func (w *twin) within(all []map[string]any, length int64) (n int) {
	for _, e := range all {
		if at := e["@at"].(int64); at > int64(w.now)-length && at <= int64(w.now) {
			n++
		}
	}
	return n
}

func window(v ref.Val) int64 {
	if ms, ok := v.(types.Int); ok {
		return int64(ms)
	}
	var n, unit int64
	var letter rune
	fmt.Sscanf(string(v.(types.String)), "%d%c", &n, &letter)
	unit = map[rune]int64{'m': 60_000, 'h': 3_600_000, 'd': 86_400_000, 'w': 7 * 86_400_000}[letter]
	return n * unit
}

func (w *twin) absent(t testing.TB, spec expr.AbsenceSpec, length int64) bool {
	var from []happening
	for _, h := range w.history {
		if h.name == spec.After && (spec.AfterWhere == "" || w.value(t, spec.AfterWhere, h.props) == types.True) {
			from = append(from, h)
		}
	}
	var anchor *happening
	for i, h := range from {
		if anchor == nil || h.at > anchor.at || h.at == anchor.at && anchor.order.Less(h.order) {
			anchor = &from[i]
		}
	}
	if anchor == nil {
		return false
	}
	if spec.For != "" {
		ms, ok := w.value(t, spec.For, anchor.props).(types.Int)
		if !ok || ms < 0 {
			return false
		}
		length = int64(ms)
	}
	for _, h := range w.history {
		if h.name == spec.Absent && h.at > anchor.at && (spec.Where == "" || w.value(t, spec.Where, h.props) == types.True) {
			return false
		}
	}
	return int64(w.now) >= int64(anchor.at)+length
}

// value evaluates an expression over one event, or over none.
func (w *twin) value(t testing.TB, src string, event props) ref.Val {
	p := w.programs[src]
	if p == nil {
		checked, issues := w.env.Compile(src)
		if issues.Err() != nil {
			t.Fatalf("twin: %s: %v", src, issues.Err())
		}
		var err error
		if p, err = w.env.Program(checked); err != nil {
			t.Fatal(err)
		}
		w.programs[src] = p
	}
	v, _, err := p.Eval(map[string]any{"event": happening{props: event}.native()})
	if err != nil {
		return types.NewErr("%v", err)
	}
	return v
}

func (w *twin) filter(t testing.TB, src string, event props) expr.Tri {
	switch w.value(t, src, event) {
	case types.True:
		return expr.True
	case types.False:
		return expr.False
	}
	return expr.Unknown
}

func (w *twin) ask(t testing.TB, src string, history []happening, now instant.Time, signals []bool) expr.Tri {
	w.history, w.now, w.signals = history, now, signals
	return w.filter(t, src, nil)
}

func (w *twin) askAbsence(t testing.TB, spec expr.AbsenceSpec, history []happening, now instant.Time) expr.Tri {
	w.history, w.now = history, now
	if w.absent(t, spec, 0) {
		return expr.True
	}
	return expr.False
}
