package expr_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"attune/core/expr"
	"attune/core/instant"
)

// pick draws one of a few, so that histories and rules meet on their edges.
func pick[T any](t *rapid.T, what string, of ...T) T { return rapid.SampledFrom(of).Draw(t, what) }

func chance(t *rapid.T, percent int) bool { return rapid.IntRange(1, 100).Draw(t, "chance") <= percent }

// sources write random expressions. All of them mean the same to the compiler and to its twin.
type sources struct{ *rapid.T }

func (s sources) join(depth int, leaf func() string) string {
	if depth == 0 || chance(s.T, 30) {
		return leaf()
	}
	switch pick(s.T, "join", "&&", "||", "!") {
	case "!":
		return "!(" + s.join(depth-1, leaf) + ")"
	case "&&":
		return "(" + s.join(depth-1, leaf) + " && " + s.join(depth-1, leaf) + ")"
	default:
		return "(" + s.join(depth-1, leaf) + " || " + s.join(depth-1, leaf) + ")"
	}
}

func (s sources) relation() string { return pick(s.T, "relation", "<", "<=", "==", "!=", ">=", ">") }

func (s sources) filter(event, e string, depth int) string {
	return s.join(depth, func() string { return s.filterLeaf(event, e) })
}

func (s sources) filterLeaf(event, e string) string {
	switch event {
	case visit:
		return fmt.Sprintf(`%s.page %s "home"`, e, s.relation())
	case refill:
		return fmt.Sprintf(`%s.days_supply %s %d`, e, s.relation(), rapid.IntRange(0, 4).Draw(s.T, "n"))
	}
	return pick(s.T, "test", "true", "false",
		fmt.Sprintf(`%s.code %s "bp"`, e, s.relation()),
		fmt.Sprintf(`%s.code in ["a1c", "bp"]`, e),
		fmt.Sprintf(`%s.code.startsWith("a")`, e),
		fmt.Sprintf(`%s.value %s 2`, e, s.relation()),
		fmt.Sprintf(`1.5 %s %s.value`, s.relation(), e),
		fmt.Sprintf(`%s.rank %s 1`, e, s.relation()),
		fmt.Sprintf(`%s.rank * 2 - 1 %s %s.value`, e, s.relation(), e),
		fmt.Sprintf(`%s.rank in [0, 2]`, e),
		fmt.Sprintf(`%s.abnormal`, e),
		fmt.Sprintf(`%s.abnormal != true`, e),
		fmt.Sprintf(`has(%s.code)`, e),
		fmt.Sprintf(`"x" in %s.codes`, e),
		fmt.Sprintf(`%s.codes.exists(c, c == "x" || c < %s.code)`, e, e),
		fmt.Sprintf(`%s.taken < %s.reported`, e, e),
	)
}

func (s sources) event() string { return pick(s.T, "event", visit, refill, reading) }

func (s sources) span() string {
	return pick(s.T, "span", "days(1)", "days(2)", "hours(36)", "minutes(4320)")
}

// sieved adds a filter to the arguments of a function, or none.
func (s sources) sieved(event string) string {
	if chance(s.T, 50) {
		return ""
	}
	return ", o, " + s.filter(event, "o", 1)
}

func (s sources) stateLeaf() string {
	event := s.event()
	switch pick(s.T, "ask", "count", "count", "count", "since", "since", "last", "happened", "absent", "signal", "constant") {
	case "count":
		span := pick(s.T, "window", `"1d"`, `"2d"`, `"36h"`, "days(3)")
		if chance(s.T, 20) {
			return fmt.Sprintf(`%d %s count("%s", %s%s)`, rapid.IntRange(0, 3).Draw(s.T, "n"), s.relation(), event, span, s.sieved(event))
		}
		return fmt.Sprintf(`count("%s", %s%s) %s %d`, event, span, s.sieved(event), s.relation(), rapid.IntRange(0, 3).Draw(s.T, "n"))
	case "since":
		return fmt.Sprintf(`since("%s"%s) %s %s`, event, s.sieved(event), pick(s.T, "order", "<", "<=", ">", ">="), s.span())
	case "last":
		f := s.sieved(reading)
		return pick(s.T, "read",
			fmt.Sprintf(`last("observation.recorded.value"%s) %s 2`, f, s.relation()),
			fmt.Sprintf(`last("observation.recorded.code"%s) in ["a1c"]`, f),
			fmt.Sprintf(`last("observation.recorded.abnormal"%s)`, f),
			fmt.Sprintf(`last("observation.recorded.codes"%s).exists(c, c == "x")`, f))
	case "happened":
		return fmt.Sprintf(`has_happened("%s"%s)`, event, s.sieved(event))
	case "absent":
		return fmt.Sprintf(`absent("%s", "%s", %s)`, s.event(), event, s.span())
	case "signal":
		return fmt.Sprintf(`signal("%s")`, pick(s.T, "signal", "slipping", "refill_late"))
	}
	return pick(s.T, "constant", "true", "false")
}

func (s sources) state() string { return s.join(3, s.stateLeaf) }

func (s sources) where(event string) string {
	if chance(s.T, 50) {
		return ""
	}
	return s.filter(event, "event", 1)
}

func (s sources) absence() expr.AbsenceSpec {
	a := expr.AbsenceSpec{Absent: s.event(), After: s.event(), For: s.span()}
	if a.After == refill && chance(s.T, 70) {
		a.For = pick(s.T, "for", "days(event.days_supply)", "days(event.days_supply - 1)", "hours(event.days_supply * 12 + 1)")
	}
	a.Where, a.AfterWhere = s.where(a.Absent), s.where(a.After)
	return a
}

// happenings draws events as they arrive: often at the same instants, a day apart to the millisecond,
// late, and with fields missing.
func happenings(t *rapid.T, n int) (events []happening, arrived []instant.Time) {
	at := start
	for i := range n {
		at = at.Add(pick(t, "gap", 0, ms, 12*hour, day-ms, day, 2*day))
		occurred := at.Add(-pick(t, "late", 0, 0, 0, 0, ms, 12*hour, day, 3*day))
		events = append(events, happening{
			name: sources{t}.event(), at: occurred, props: someProps(t),
			order: expr.Order{Version: int64(rapid.IntRange(0, 1).Draw(t, "version")), ID: uint64(i*7919%1009) + 1},
		})
		arrived = append(arrived, at)
	}
	return events, arrived
}

func someProps(t *rapid.T) props {
	p := props{}
	maybe := func(name string, v expr.Value) {
		if chance(t, 75) {
			p[name] = v
		}
	}
	maybe("page", expr.TextOf(pick(t, "page", "home", "results")))
	maybe("days_supply", expr.IntegerOf(int64(rapid.IntRange(0, 4).Draw(t, "supply"))))
	maybe("code", expr.TextOf(pick(t, "code", "a1c", "bp", "x")))
	maybe("codes", expr.ListOf(pick(t, "codes", []string{}, []string{"x"}, []string{"a1c", "y"})...))
	maybe("value", expr.NumberOf(pick(t, "value", 1.5, 2, 2.5)))
	maybe("rank", expr.IntegerOf(int64(rapid.IntRange(0, 2).Draw(t, "rank"))))
	maybe("abnormal", expr.FlagOf(chance(t, 50)))
	maybe("taken", expr.MomentOf(start.Add(pick(t, "taken", 0, day))))
	maybe("reported", expr.MomentOf(start.Add(pick(t, "reported", 0, day))))
	return p
}

// asked is a rule beside the slow way to answer it.
type asked struct {
	rule expr.Rule
	slow func(history []happening, now instant.Time) expr.Tri
}

func someRules(t *rapid.T, w *twin, tb testing.TB, k *expr.Compiler, signals []bool) (rules []asked) {
	for range 4 {
		src := sources{t}.state()
		r, problems := k.State(src)
		if len(problems) > 0 {
			t.Fatalf("%s: %v", src, problems)
		}
		rules = append(rules, asked{r, func(h []happening, now instant.Time) expr.Tri { return w.ask(tb, src, h, now, signals) }})
	}
	for range 2 {
		spec := sources{t}.absence()
		r, problems := k.Absence(spec)
		if len(problems) > 0 {
			t.Fatalf("%s: %v", spec, problems)
		}
		rules = append(rules, asked{r, func(h []happening, now instant.Time) expr.Tri { return w.askAbsence(tb, spec, h, now) }})
	}
	return rules
}

// After every event, at its horizons, and at any instant before them, an answer from what is
// remembered is the answer over the full history.
func TestAnswersEqualTheFullHistoryUntilTheirHorizon(t *testing.T) {
	w := newTwin(t)
	rapid.Check(t, func(rt *rapid.T) {
		k := compiler()
		signals := []bool{chance(rt, 50), chance(rt, 50)}
		rules := someRules(rt, w, t, k, signals)
		p := k.Plan()
		f := p.New(2, 2)
		copy(f.Signals, signals)
		events, arrived := happenings(rt, 12)
		for i, e := range events {
			p.Fold(&f, e.name, e.props, e.at, e.order)
			next := arrived[i].Add(20 * day)
			if i+1 < len(events) {
				next = arrived[i+1]
			}
			for _, r := range rules {
				holdsUntilItsHorizon(rt, r, &f, events[:i+1], arrived[i], next)
			}
		}
	})
}

// holdsUntilItsHorizon follows one rule from horizon to horizon until the next event.
func holdsUntilItsHorizon(t *rapid.T, r asked, f *expr.Facts, history []happening, now, next instant.Time) {
	for range 4 {
		answer, horizon := r.rule.Ask(f, now)
		if horizon <= now {
			t.Fatalf("%s at %v: the horizon %v has passed", r.rule.Source, now, horizon)
		}
		if horizon != instant.Never && !r.rule.Timed {
			t.Fatalf("%s: has a horizon, but is not timed", r.rule.Source)
		}
		end := min(horizon, next)
		instants := []instant.Time{now}
		if end > now {
			instants = append(instants, end-1, now+instant.Time(rapid.Int64Range(0, int64(end-now)-1).Draw(t, "between")))
		}
		for _, at := range instants {
			if want := r.slow(history, at); want != answer {
				t.Fatalf("%s\nasked at %v: %v until %v, but at %v it is %v\nhistory %v", r.rule.Source, now, answer, horizon, at, want, history)
			}
		}
		if horizon >= next {
			return
		}
		now = horizon
	}
}

func TestFiltersEqualTheirTwin(t *testing.T) {
	w := newTwin(t)
	rapid.Check(t, func(rt *rapid.T) {
		src := sources{rt}.filter(reading, "event", 4)
		f, problems := compiler().Where(reading, src)
		if len(problems) > 0 {
			rt.Fatalf("%s: %v", src, problems)
		}
		for range 5 {
			e := someProps(rt)
			if got, want := f(e), w.filter(t, src, e); got != want {
				rt.Fatalf("%s of %v: got %v, want %v", src, e, got, want)
			}
		}
	})
}

// Facts are a function of the set of events, whatever the order in which they arrive.
func TestFactsDoNotDependOnTheOrderOfArrival(t *testing.T) {
	w := newTwin(t)
	rapid.Check(t, func(rt *rapid.T) {
		k := compiler()
		someRules(rt, w, t, k, []bool{false, false})
		p := k.Plan()
		events, _ := happenings(rt, 15)
		shuffled := rapid.Permutation(events).Draw(rt, "order")
		if a, b := fold(p, events...), fold(p, shuffled...); !reflect.DeepEqual(a, b) {
			rt.Fatalf("%v\n%v\n%v", events, a, b)
		}
	})
}

// Whoever copied the facts before an event still sees them as they were.
func TestFoldNeverWritesThroughEarlierFacts(t *testing.T) {
	w := newTwin(t)
	rapid.Check(t, func(rt *rapid.T) {
		k := compiler()
		someRules(rt, w, t, k, []bool{false, false})
		p := k.Plan()
		events, _ := happenings(rt, 15)
		was := []expr.Facts{p.New(2, 2)}
		saw := []string{fmt.Sprintf("%#v", was[0])}
		for _, e := range events {
			is := was[len(was)-1]
			is.Counters, is.Anchors = slices.Clone(is.Counters), slices.Clone(is.Anchors)
			p.Fold(&is, e.name, e.props, e.at, e.order)
			was, saw = append(was, is), append(saw, fmt.Sprintf("%#v", is))
		}
		for i := range was {
			if now := fmt.Sprintf("%#v", was[i]); now != saw[i] {
				rt.Fatalf("facts %d were %s\nand became %s", i, saw[i], now)
			}
		}
	})
}
