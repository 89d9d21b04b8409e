package expr_test

import (
	"fmt"
	goast "go/ast"
	goparser "go/parser"
	"go/token"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // zones of its own

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
// whole history each time. It is given the source, the history and what the engine would keep, and
// is written from the definitions alone: of package expr it knows the types of values and answers, and
// no code. TestTheTwinIsItsOwn holds it to that. Between questions it keeps nothing but compiled
// programs.
type twin struct {
	env      *cel.Env
	programs map[string]cel.Program
	// What the functions look at while a question is answered.
	history []happening
	now     instant.Time
	kept    kept
}

// kept is what the engine would keep of a person.
type kept struct {
	signals      []bool
	phase, stage string // empty where it is not known
	zone         string // the IANA name
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
			overFiltered("sum", 4), overFiltered("trend", 4), overAll("sum", 2), overAll("trend", 2),
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
			if v, ok := latest(natives(a[0]))[fieldOf(a[1])]; ok {
				return types.DefaultTypeAdapter.NativeToValue(v)
			}
			return types.NewErr("missing")
		}))),
		cel.Function("absent", cel.Overload("absent", []*cel.Type{s, s, dyn}, b, cel.FunctionBinding(func(a ...ref.Val) ref.Val {
			spec := expr.AbsenceSpec{Absent: string(a[0].(types.String)), After: string(a[1].(types.String))}
			return types.Bool(w.absent(t, spec, window(a[2])))
		}))),
		cel.Function("sum_of", cel.Overload("sum_of", []*cel.Type{events, s, dyn}, dyn, cel.FunctionBinding(func(a ...ref.Val) ref.Val {
			total := new(big.Rat)
			for _, r := range w.readings(natives(a[0]), fieldOf(a[1]), window(a[2])) {
				total.Add(total, r.value)
			}
			f, _ := total.Float64()
			return types.Double(f)
		}))),
		cel.Function("trend_of", cel.Overload("trend_of", []*cel.Type{events, s, dyn}, dyn, cel.FunctionBinding(func(a ...ref.Val) ref.Val {
			return slope(w.readings(natives(a[0]), fieldOf(a[1]), window(a[2])))
		}))),
		w.bit(s, "signal", func(a []string) int { return map[string]int{"refill_late": 0, "slipping": 1}[a[0]] }, 1),
		w.bit(s, "in_audience", func([]string) int { return 2 }, 1),
		w.bit(s, "consented", func(a []string) int { return 2 + len(a) }, 1, 2, 3),
		cel.Function("phase", cel.Overload("phase", nil, s, cel.FunctionBinding(func(...ref.Val) ref.Val { return known(w.kept.phase) }))),
		cel.Function("stage", cel.Overload("stage", []*cel.Type{s}, s, cel.UnaryBinding(func(ref.Val) ref.Val { return known(w.kept.stage) }))),
		cel.Function("age", cel.Overload("age", nil, i, cel.FunctionBinding(func(...ref.Val) ref.Val { return w.age() }))),
		cel.Function("day_part", cel.Overload("day_part", nil, s, cel.FunctionBinding(func(...ref.Val) ref.Val {
			return types.String([]string{"night", "morning", "afternoon", "evening"}[w.clock().Hour()/6])
		}))),
		w.typed(s, "trait", s, expr.Text), w.typed(s, "trait_number", dyn, expr.Number),
		w.typed(s, "trait_flag", b, expr.Flag), w.typed(s, "trait_list", cel.ListType(s), expr.List),
		cel.Function("story", cel.Overload("story", []*cel.Type{s}, s, cel.UnaryBinding(func(v ref.Val) ref.Val {
			if text, ok := latest(w.tellings(v))["text"].(string); ok {
				return types.String(text)
			}
			return types.NewErr("never told")
		}))),
		cel.Function("has_story", cel.Overload("has_story", []*cel.Type{s}, b, cel.UnaryBinding(func(v ref.Val) ref.Val {
			return types.Bool(len(w.tellings(v)) > 0)
		}))),
		cel.Function("valueset", cel.Overload("valueset", []*cel.Type{s}, cel.ListType(s), cel.UnaryBinding(func(v ref.Val) ref.Val {
			return types.DefaultTypeAdapter.NativeToValue(map[string][]string{"hba1c": {"4548-4", "a1c"}}[string(v.(types.String))])
		}))),
		cel.Function("classify", cel.Overload("classify", []*cel.Type{s}, s, cel.UnaryBinding(func(v ref.Val) ref.Val {
			return types.String(map[string]string{"I want to die": "crisis", "Stop!": "stop", "see you": "none"}[string(v.(types.String))])
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
	if function == "last" || function == "sum" || function == "trend" {
		name = name[:strings.LastIndex(name, ".")]
	}
	return f.NewLiteral(types.String(name))
}

func fieldOf(named ref.Val) string {
	s := string(named.(types.String))
	return s[strings.LastIndex(s, ".")+1:]
}

// bit declares a function of texts that asks for one of the kept answers.
func (w *twin) bit(s *cel.Type, name string, index func([]string) int, arities ...int) cel.EnvOption {
	var overloads []cel.FunctionOpt
	for _, n := range arities {
		overloads = append(overloads, cel.Overload(fmt.Sprint(name, n), slices.Repeat([]*cel.Type{s}, n), cel.BoolType, cel.FunctionBinding(func(a ...ref.Val) ref.Val {
			var texts []string
			for _, v := range a {
				texts = append(texts, string(v.(types.String)))
			}
			return types.Bool(w.kept.signals[index(texts)])
		})))
	}
	return cel.Function(name, overloads...)
}

func known(word string) ref.Val {
	if word == "" {
		return types.NewErr("not known")
	}
	return types.String(word)
}

// typed declares a function that reads a trait of one type.
func (w *twin) typed(s *cel.Type, name string, result *cel.Type, of expr.Type) cel.EnvOption {
	return cel.Function(name, cel.Overload(name, []*cel.Type{s}, result, cel.UnaryBinding(func(v ref.Val) ref.Val {
		value := w.trait(string(v.(types.String)))
		if value.Type != of && !(of == expr.Number && value.Type == expr.Integer) {
			return types.NewErr("of another type")
		}
		if of == expr.Number {
			return types.Double(value.Num)
		}
		return types.DefaultTypeAdapter.NativeToValue(native(value))
	})))
}

// trait is what was said last about a property, be it that there is none.
func (w *twin) trait(name string) (value expr.Value) {
	var last map[string]any
	for _, h := range w.history {
		v, speaks := h.props[name]
		if speaks && (h.name == "patient.created" || h.name == "patient.updated" || h.name == "person.registered" || h.name == "traits.updated") {
			if now := latest([]map[string]any{h.native(), last}); last == nil || now["@id"] != last["@id"] {
				last, value = h.native(), v
			}
		}
	}
	return value
}

func (w *twin) tellings(fact ref.Val) (all []map[string]any) {
	for _, e := range w.events("story.told") {
		if e["fact"] == string(fact.(types.String)) {
			all = append(all, e)
		}
	}
	return all
}

// clock is the wall clock by the standard library and its own zone data.
func (w *twin) clock() time.Time {
	location, err := time.LoadLocation(w.kept.zone)
	if err != nil {
		panic(err)
	}
	return time.UnixMilli(int64(w.now)).In(location)
}

// age counts the birthdays that the calendar on the wall has shown.
func (w *twin) age() ref.Val {
	born, err := time.Parse("2006-01-02", w.trait("birth_date").Text)
	if err != nil {
		return types.NewErr("no date of birth")
	}
	today := w.clock()
	age := today.Year() - born.Year()
	// The standard library's 29 February of a common year is 1 March.
	birthday := time.Date(today.Year(), born.Month(), born.Day(), 0, 0, 0, 0, time.UTC)
	if time.Date(today.Year(), today.Month(), today.Day(), 0, 0, 0, 0, time.UTC).Before(birthday) {
		age--
	}
	if age < 0 {
		return types.NewErr("not born")
	}
	return types.Int(age)
}

// point is a reading in exact numbers.
type point struct{ at, value *big.Rat }

// readings are the newest 64 in the window that have the number.
func (w *twin) readings(all []map[string]any, field string, length int64) (points []point) {
	all = slices.DeleteFunc(all, func(e map[string]any) bool {
		at := e["@at"].(int64)
		_, whole := e[field].(int64)
		_, decimal := e[field].(float64)
		return !whole && !decimal || at <= int64(w.now)-length || at > int64(w.now)
	})
	for len(all) > 0 && len(points) < 64 {
		e := latest(all)
		all = slices.DeleteFunc(all, func(x map[string]any) bool { return x["@id"] == e["@id"] })
		value := new(big.Rat)
		switch n := e[field].(type) {
		case int64:
			value.SetInt64(n)
		case float64:
			value.SetFloat64(n)
		}
		points = append(points, point{big.NewRat(e["@at"].(int64), 86_400_000), value})
	}
	return points
}

// slope is the covariance over the variance, in exact numbers.
func slope(points []point) ref.Val {
	if len(points) == 0 {
		return types.NewErr("no readings")
	}
	n := big.NewRat(int64(len(points)), 1)
	meanAt, meanValue := new(big.Rat), new(big.Rat)
	for _, p := range points {
		meanAt.Add(meanAt, p.at)
		meanValue.Add(meanValue, p.value)
	}
	meanAt.Quo(meanAt, n)
	meanValue.Quo(meanValue, n)
	covariance, variance := new(big.Rat), new(big.Rat)
	for _, p := range points {
		x, y := new(big.Rat).Sub(p.at, meanAt), new(big.Rat).Sub(p.value, meanValue)
		covariance.Add(covariance, new(big.Rat).Mul(x, y))
		variance.Add(variance, new(big.Rat).Mul(x, x))
	}
	if variance.Sign() == 0 {
		return types.NewErr("fewer than two instants")
	}
	f, _ := covariance.Quo(covariance, variance).Float64()
	return types.Double(f)
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
		if e == nil {
			continue
		}
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

// absent is true where the newest start has passed its deadline and nothing came later. With a key it
// is so for the events of one of its values.
func (w *twin) absent(t testing.TB, spec expr.AbsenceSpec, length int64) bool {
	if spec.Key == "" {
		return w.overdue(t, spec, length, func(happening) bool { return true })
	}
	field := strings.TrimPrefix(spec.Key, "event.")
	return slices.ContainsFunc(w.history, func(of happening) bool {
		key, ok := of.props[field]
		return ok && key.Text+key.String() != "" && w.overdue(t, spec, length, func(h happening) bool {
			return h.props[field].Type == key.Type && h.props[field].String() == key.String()
		})
	})
}

func (w *twin) overdue(t testing.TB, spec expr.AbsenceSpec, length int64, counts func(happening) bool) bool {
	var starts []map[string]any
	for _, h := range w.history {
		if h.name == spec.After && counts(h) && (spec.AfterWhere == "" || w.value(t, spec.AfterWhere, h.props) == types.True) {
			start := h.native()
			start["@props"] = h.props
			starts = append(starts, start)
		}
	}
	anchor := latest(starts)
	if anchor == nil {
		return false
	}
	if spec.For != "" {
		ms, ok := w.value(t, spec.For, anchor["@props"].(props)).(types.Int)
		if !ok || ms < 0 {
			return false
		}
		length = int64(ms)
	}
	for _, h := range w.history {
		if h.name == spec.Absent && counts(h) && int64(h.at) > anchor["@at"].(int64) && (spec.Where == "" || w.value(t, spec.Where, h.props) == types.True) {
			return false
		}
	}
	return int64(w.now) >= anchor["@at"].(int64)+length
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

func (w *twin) ask(t testing.TB, src string, history []happening, now instant.Time, k kept) expr.Tri {
	w.history, w.now, w.kept = history, now, k
	return w.filter(t, src, nil)
}

func (w *twin) askAbsence(t testing.TB, spec expr.AbsenceSpec, history []happening, now instant.Time) expr.Tri {
	w.history, w.now = history, now
	if w.absent(t, spec, 0) {
		return expr.True
	}
	return expr.False
}

// The twin may name what values and answers are, and nothing that computes.
func TestTheTwinIsItsOwn(t *testing.T) {
	file, err := goparser.ParseFile(token.NewFileSet(), "twin_test.go", nil, goparser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	may := []string{"Value", "Type", "Tri", "Text", "Number", "Integer", "Moment", "Flag", "List", "True", "False", "Unknown", "AbsenceSpec"}
	goast.Inspect(file, func(n goast.Node) bool {
		if s, ok := n.(*goast.SelectorExpr); ok {
			if x, ok := s.X.(*goast.Ident); ok && x.Name == "expr" && !slices.Contains(may, s.Sel.Name) {
				t.Errorf("the twin uses expr.%s", s.Sel.Name)
			}
		}
		return true
	})
}
