package expr_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
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
	case story:
		return pick(s.T, "test", fmt.Sprintf(`%s.fact %s "goal"`, e, s.relation()), fmt.Sprintf(`has(%s.by)`, e))
	case message:
		return pick(s.T, "test", fmt.Sprintf(`classify(%s.text) == "crisis"`, e), fmt.Sprintf(`classify(%s.text) in ["stop", "none"]`, e), fmt.Sprintf(`classify(%s.text) != "stop"`, e))
	case refill:
		return fmt.Sprintf(`%s.days_supply %s %d`, e, s.relation(), rapid.IntRange(0, 4).Draw(s.T, "n"))
	}
	return pick(s.T, "test", "true", "false",
		fmt.Sprintf(`%s.code %s "bp"`, e, s.relation()),
		fmt.Sprintf(`%s.code in ["a1c", "bp"]`, e),
		fmt.Sprintf(`%s.code in valueset("hba1c")`, e),
		fmt.Sprintf(`%s.codes.exists(c, c in valueset("hba1c"))`, e),
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

const (
	story   = "story.told"
	message = "message.received"
	learned = "traits.updated"
)

func (s sources) event() string {
	return pick(s.T, "event", visit, visit, refill, refill, reading, reading, reading, story, message)
}

func (s sources) span() string {
	return pick(s.T, "span", "days(1)", "days(2)", "hours(36)", "minutes(4320)")
}

func (s sources) window() string { return pick(s.T, "window", `"1d"`, `"2d"`, `"36h"`, "days(3)") }

// sieved adds a filter to the arguments of a function, or none.
func (s sources) sieved(event string) string {
	if chance(s.T, 50) {
		return ""
	}
	return ", o, " + s.filter(event, "o", 1)
}

func (s sources) stateLeaf() string {
	event := s.event()
	switch pick(s.T, "ask", "count", "count", "count", "since", "since", "last", "happened", "absent", "signal", "constant",
		"sum", "sum", "trend", "trend", "age", "age", "day_part", "day_part", "trait", "trait", "kept", "story") {
	case "count":
		span := s.window()
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
	case "sum":
		return fmt.Sprintf(`sum("observation.recorded.%s", %s%s) %s %s`, pick(s.T, "field", "value", "rank"), s.window(), s.sieved(reading),
			s.relation(), pick(s.T, "bound", "0", "2", "3.5", "5"))
	case "trend":
		// The slopes 0.3001 and -0.7001 are none that the drawn values can have, since a rounded slope
		// may lie on the other side of itself. The sign of a slope is exact.
		return fmt.Sprintf(`trend("observation.recorded.value", %s%s) %s %s`, s.window(), s.sieved(reading), s.relation(), pick(s.T, "bound", "0", "0.0", "0.3001", "-0.7001"))
	case "age", "day_part":
		return s.clockLeaf()
	case "trait":
		return pick(s.T, "test",
			fmt.Sprintf(`trait("language") %s "es"`, s.relation()),
			fmt.Sprintf(`trait_number("weight") %s 90`, s.relation()),
			`trait("weight") in ["90"]`, `trait_flag("smoker")`, `trait_flag("smoker") != true`,
			`"x" in trait_list("interests")`, `trait_list("interests").exists(i, i == trait("language"))`)
	case "kept":
		return pick(s.T, "test", `signal("slipping")`, `signal("refill_late")`, `in_audience("newcomers")`, `consented("care")`, `consented("care", "email")`,
			`consented("care", "email", "diet")`, `phase() == "treatment"`, `phase() in ["diagnosis"]`, `stage("adherence") != "relapse"`, `phase() == stage("adherence")`)
	case "story":
		return pick(s.T, "test", `story("goal") == "walk"`, `story("barrier").contains("a")`, `has_story("barrier")`, `story("goal") < story("barrier")`)
	case "signal":
		return fmt.Sprintf(`signal("%s")`, pick(s.T, "signal", "slipping", "refill_late"))
	}
	return pick(s.T, "constant", "true", "false")
}

// clockLeaf asks what the wall clock and the calendar say.
func (s sources) clockLeaf() string {
	if chance(s.T, 50) {
		return fmt.Sprintf(`age() %s %d`, s.relation(), pick(s.T, "age", 17, 18, 27))
	}
	part := func() string { return pick(s.T, "part", "night", "morning", "afternoon", "evening") }
	return pick(s.T, "test", fmt.Sprintf(`day_part() == "%s"`, part()), fmt.Sprintf(`"%s" != day_part()`, part()),
		fmt.Sprintf(`day_part() in ["%s", "%s"]`, part(), part()))
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
	if chance(s.T, 40) {
		a.Absent, a.After = pick(s.T, "absent", refill, reading), pick(s.T, "after", refill, reading)
		a.Where, a.AfterWhere, a.For = s.where(a.Absent), s.where(a.After), s.span()
		a.Key = "event.code"
	}
	return a
}

// happenings draws events as they arrive: often at the same instants, a day apart to the millisecond,
// late, and with fields missing.
func happenings(t *rapid.T, n int) (events []happening, arrived []instant.Time) {
	// Summers begin and end while these histories go on, here and there, and birthdays come.
	at := pick(t, "from", start, 1_804_900_000_000, 1_806_100_000_000, 1_824_900_000_000, 1_825_500_000_000)
	for i := range n {
		at = at.Add(pick(t, "gap", 0, ms, 12*hour, day-ms, day, 2*day))
		occurred := at.Add(-pick(t, "late", 0, 0, 0, 0, ms, 12*hour, day, 3*day))
		events = append(events, happening{
			name: pick(t, "happens", learned, visit, visit, refill, refill, reading, reading, reading, story, message, learned, learned), at: occurred, props: someProps(t),
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
	maybe("fact", expr.TextOf(pick(t, "fact", "goal", "barrier")))
	maybe("text", expr.TextOf(pick(t, "text", "I want to die", "Stop!", "see you")))
	maybe("by", expr.TextOf("ana"))
	maybe("language", pick(t, "language", expr.TextOf("es"), expr.TextOf("en"), expr.Value{}))
	maybe("weight", pick(t, "weight", expr.NumberOf(89.5), expr.IntegerOf(90), expr.TextOf("90"), expr.Value{}))
	maybe("smoker", pick(t, "smoker", expr.FlagOf(true), expr.FlagOf(false), expr.TextOf("yes")))
	maybe("interests", pick(t, "interests", expr.ListOf("es", "x"), expr.ListOf(), expr.Value{}))
	maybe("birth_date", pick(t, "born", expr.TextOf("2009-01-17"), expr.TextOf("2000-02-29"), expr.TextOf("2009-03-29"), expr.TextOf("2009-10-31"),
		expr.TextOf("2030-01-01"), expr.TextOf("1980"), expr.Value{}))
	return p
}

// asked is a rule beside the slow way to answer it.
type asked struct {
	rule expr.Rule
	slow func(history []happening, now instant.Time) expr.Tri
}

// someKept draws what the engine would keep.
func someKept(t *rapid.T) (k kept, signals []bool, choices []uint8) {
	for range 6 {
		signals = append(signals, chance(t, 50))
	}
	phase, stage := rapid.IntRange(0, 2).Draw(t, "phase"), rapid.IntRange(0, 3).Draw(t, "stage")
	k = kept{signals: signals, zone: pick(t, "zone", "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"),
		phase: []string{"", "diagnosis", "treatment"}[phase], stage: []string{"", "contemplation", "action", "relapse"}[stage]}
	return k, signals, []uint8{uint8(phase), uint8(stage)}
}

// tooCostly tells that the compiler refuses an expression only because it asks too much at once,
// as a drawn one may: a comparison of every item of a list in every event that is remembered.
func tooCostly(problems []expr.Problem) bool {
	return len(problems) == 1 && strings.HasPrefix(problems[0].What, "to answer this takes a look at up to")
}

func someRules(t *rapid.T, w *twin, tb testing.TB, k *expr.Compiler, kept kept) (rules []asked) {
	for i := range 5 {
		src := sources{t}.state()
		if i == 0 {
			src = sources{t}.clockLeaf()
		}
		r, problems := k.State(src)
		for tooCostly(problems) {
			src = sources{t}.stateLeaf()
			r, problems = k.State(src)
		}
		if len(problems) > 0 {
			t.Fatalf("%s: %v", src, problems)
		}
		rules = append(rules, asked{r, func(h []happening, now instant.Time) expr.Tri { return w.ask(tb, src, h, now, kept) }})
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

// After every event and every retraction, at its horizons, and at any instant before them, an answer
// from what is remembered is the answer over the full history.
func TestAnswersEqualTheFullHistoryUntilTheirHorizon(t *testing.T) {
	w := newTwin(t)
	zones, err := instant.LoadZones()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		k := compiler()
		kept, signals, choices := someKept(rt)
		zone, _ := zones.Find(kept.zone)
		own := chance(rt, 50)
		if !own {
			k.DeclareZone(zone)
		}
		rules := someRules(rt, w, t, k, kept)
		p := k.Plan()
		f := p.New(len(signals), len(choices))
		copy(f.Signals, signals)
		copy(f.Choices, choices)
		if own {
			f.Zone = zone
		}
		events, arrived := happenings(rt, 12)
		var history []happening
		for i, e := range events {
			p.Fold(&f, e.name, e.props, e.at, e.order)
			history = append(history, e)
			if chance(rt, 15) {
				gone := rapid.IntRange(0, len(history)-1).Draw(rt, "retracted")
				retract(p, &f, history, gone)
				history = slices.Delete(history, gone, gone+1)
			}
			next := arrived[i].Add(20 * day)
			if i+1 < len(events) {
				next = arrived[i+1]
			}
			for _, r := range rules {
				holdsUntilItsHorizon(rt, r, &f, history, arrived[i], next)
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
		someRules(rt, w, t, k, kept{signals: make([]bool, 6), zone: "UTC"})
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
		someRules(rt, w, t, k, kept{signals: make([]bool, 6), zone: "UTC"})
		p := k.Plan()
		events, _ := happenings(rt, 15)
		was := []expr.Facts{p.New(2, 2)}
		saw := []string{fmt.Sprintf("%#v", was[0])}
		for _, e := range events {
			is := was[len(was)-1].Own()
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
