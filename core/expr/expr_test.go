package expr_test

import (
	"slices"
	"testing"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/core/words"
)

// catalogue has the few events that these tests speak of.
func catalogue() *event.Catalogue {
	return event.NewCatalogue(
		event.Definition{Name: "patient.created"},
		event.Definition{Name: "traits.updated"},
		event.Definition{Name: "story.told", Fields: []event.FieldDef{
			{Name: "fact", Type: expr.Text}, {Name: "text", Type: expr.Text}, {Name: "by", Type: expr.Text}}},
		event.Definition{Name: "message.received", Fields: []event.FieldDef{{Name: "text", Type: expr.Text}}},
		event.Definition{Name: "portal.visited", Fields: []event.FieldDef{{Name: "page", Type: expr.Text}}},
		event.Definition{Name: "medication.dispensed", Fields: []event.FieldDef{
			{Name: "code", Type: expr.Text}, {Name: "days_supply", Type: expr.Integer, Unit: "d"}, {Name: "copay", Type: expr.Number}}},
		event.Definition{Name: "observation.recorded", Fields: []event.FieldDef{
			{Name: "code", Type: expr.Text}, {Name: "codes", Type: expr.List}, {Name: "value", Type: expr.Number},
			{Name: "rank", Type: expr.Integer}, {Name: "abnormal", Type: expr.Flag},
			{Name: "taken", Type: expr.Moment}, {Name: "reported", Type: expr.Moment}}},
	)
}

const (
	visit   = "portal.visited"
	refill  = "medication.dispensed"
	reading = "observation.recorded"
)

// props is an event's properties, written short.
type props map[string]expr.Value

func (p props) Field(name string) expr.Value { return p[name] }

func (p props) Has(name string) bool {
	_, there := p[name]
	return there
}

// start is when the tests' histories begin.
const start instant.Time = 1_800_000_000_000

func after(d instant.Duration) instant.Time { return start.Add(d) }

const (
	day  = instant.Day
	hour = instant.Hour
	ms   = instant.Millisecond
)

// happening is one event of a test's history.
type happening struct {
	name  string
	at    instant.Time
	props props
	order expr.Order
}

func fold(p *expr.Plan, history ...happening) *expr.Facts {
	f := p.New(2, 2)
	for _, h := range history {
		p.Fold(&f, h.name, h.props, h.at, h.order)
	}
	return &f
}

// names are what the tests' expressions may ask: two signals, one audience, one behavior and a map.
// Consents stand after the audience: of a purpose, then of a channel, then of a topic.
func names() expr.Names {
	return expr.Names{
		Signals:   []expr.Named{{Name: "refill_late", Index: 0}, {Name: "slipping", Index: 1}},
		Audiences: []expr.Named{{Name: "newcomers", Index: 2}},
		Behaviors: []expr.Choice{{Name: "adherence", Index: 1, Words: []string{"contemplation", "action", "relapse"}}},
		Phase:     &expr.Choice{Index: 0, Words: []string{"diagnosis", "treatment"}},
		Consent: func(q expr.ConsentQuestion) int {
			switch {
			case q.Topic != "":
				return 5
			case q.Channel != "":
				return 4
			}
			return 3
		},
	}
}

func compiler() *expr.Compiler {
	c := expr.NewCompiler(catalogue())
	c.Declare(names())
	c.DeclareWords(words.Standard())
	c.DeclareValueSets([]expr.ValueSet{{Name: "hba1c", Codes: []string{"a1c", "4548-4", "17856-6", "a1c"}}, {Name: "nothing"}})
	return c
}

func mustState(t testing.TB, c *expr.Compiler, src string) expr.Rule {
	t.Helper()
	r, problems := c.State(src)
	if len(problems) > 0 {
		t.Fatalf("%s: %v", src, problems)
	}
	return r
}

func visits(days ...int) (all []happening) {
	for i, d := range days {
		all = append(all, happening{name: visit, at: after(instant.Duration(d) * day), order: expr.Order{ID: uint64(i)}})
	}
	return all
}

func TestAState(t *testing.T) {
	T, F, U := expr.True, expr.False, expr.Unknown
	lab := func(d int, value float64, code string) happening {
		return happening{name: reading, at: after(instant.Duration(d) * day),
			props: props{"value": expr.NumberOf(value), "code": expr.TextOf(code)}}
	}
	for _, c := range []struct {
		it      string
		src     string
		history []happening
		now     instant.Time
		want    expr.Tri
		until   instant.Time
	}{
		{"counts what lies in the window", `count("portal.visited", "7d") >= 2`, visits(0, 3), after(3 * day), T, after(7 * day)},
		{"holds until the millisecond before the far edge", `count("portal.visited", "7d") >= 1`, visits(0), after(7*day - ms), T, after(7 * day)},
		{"leaves out the far edge of the window", `count("portal.visited", "7d") >= 1`, visits(0), after(7 * day), F, instant.Never},
		{"includes the instant itself", `count("portal.visited", "7d") == 1`, visits(0), start, T, after(7 * day)},
		{"can be false until events leave the window", `count("portal.visited", "7d") < 2`, visits(0, 3), after(3 * day), F, after(7 * day)},
		{"compares exactly: too many", `count("portal.visited", "7d") == 1`, visits(0, 3), after(3 * day), F, after(7 * day)},
		{"compares exactly: just right", `count("portal.visited", "7d") == 1`, visits(0, 3), after(7 * day), T, after(10 * day)},
		{"compares exactly: unlike", `count("portal.visited", "7d") != 1`, visits(0, 3), after(7 * day), F, after(10 * day)},
		{"counts none without a history", `count("portal.visited", "7d") == 0`, nil, start, T, instant.Never},
		{"takes the constant on the left", `2 <= count("portal.visited", "7d")`, visits(0, 3), after(3 * day), T, after(7 * day)},
		{"turns the relation around with it", `1 < count("portal.visited", "7d")`, visits(0), start, F, instant.Never},
		{"takes a window in days()", `count("portal.visited", days(7)) >= 1`, visits(0), after(7 * day), F, instant.Never},
		{"counts what passes a filter", `count("observation.recorded", "7d", o, o.code == "a1c") == 1`,
			[]happening{lab(0, 7, "a1c"), lab(1, 120, "bp")}, after(1 * day), T, after(7 * day)},

		{"is over d a millisecond after d", `since("portal.visited") > days(3)`, visits(0), after(3 * day), F, after(3*day + ms)},
		{"and not before", `since("portal.visited") > days(3)`, visits(0), after(3*day + ms), T, instant.Never},
		{"is at least d at d", `since("portal.visited") >= days(3)`, visits(0), after(3 * day), T, instant.Never},
		{"is under d until d", `since("portal.visited") < "36h"`, visits(0), after(35 * hour), T, after(36 * hour)},
		{"is at most d through d", `since("portal.visited") <= hours(36)`, visits(0), after(36 * hour), T, after(36*hour + ms)},
		{"does not know since when what never happened", `since("portal.visited") > days(3)`, nil, start, U, instant.Never},
		{"adds durations", `since("portal.visited") >= days(1) + hours(12)`, visits(0), after(36 * hour), T, instant.Never},
		{"counts since the newest that passes a filter", `since("observation.recorded", o, o.code == "a1c") >= days(2)`,
			[]happening{lab(0, 7, "a1c"), lab(1, 120, "bp")}, after(2 * day), T, instant.Never},

		{"reads the last value", `last("observation.recorded.value") > 7`, []happening{lab(0, 6, "a1c"), lab(1, 8, "a1c")}, after(2 * day), T, instant.Never},
		{"reads the last by occurrence, not by arrival", `last("observation.recorded.value") > 7`, []happening{lab(1, 8, "a1c"), lab(0, 6, "a1c")}, after(2 * day), T, instant.Never},
		{"reads the last text", `last("observation.recorded.code") in ["a1c", "bp"]`, []happening{lab(0, 6, "a1c")}, start, T, instant.Never},
		{"reads the last that passes a filter", `last("observation.recorded.value", o, o.code == "a1c") < 7`,
			[]happening{lab(0, 6, "a1c"), lab(1, 120, "bp")}, after(2 * day), T, instant.Never},
		{"does not know the last of what never happened", `last("observation.recorded.value") > 7`, nil, start, U, instant.Never},
		{"does not know a field the last event has not", `last("observation.recorded.rank") > 1`, []happening{lab(0, 6, "a1c")}, start, U, instant.Never},

		{"knows that missing and false is false", `since("portal.visited") > days(3) && false`, nil, start, F, instant.Never},
		{"knows that missing or true is true", `since("portal.visited") > days(3) || true`, nil, start, T, instant.Never},
		{"does not know the opposite of missing", `!(since("portal.visited") > days(3))`, nil, start, U, instant.Never},
		{"has the horizon of the side that decides", `has_happened("medication.dispensed") && since("portal.visited") > days(3)`, visits(0), start, F, instant.Never},
		{"has the earlier horizon when both are needed", `since("portal.visited") < days(3) && count("portal.visited", "2d") >= 1`, visits(0), start, T, after(2 * day)},

		{"knows what happened", `has_happened("portal.visited")`, visits(0), start, T, instant.Never},
		{"knows what did not", `has_happened("portal.visited")`, nil, start, F, instant.Never},
		{"knows what never happened with that filter", `has_happened("observation.recorded", o, o.code == "bp")`, []happening{lab(0, 6, "a1c")}, start, F, instant.Never},
		{"adds up what lies in the window", `sum("observation.recorded.value", "7d") > 8`, []happening{lab(0, 3, "a1c"), lab(1, 6, "bp")}, after(1 * day), T, after(7 * day)},
		{"adds up until the sum changes the answer", `sum("observation.recorded.value", "7d") >= 6`, []happening{lab(0, 3, "a1c"), lab(1, 6, "bp")}, after(1 * day), T, after(8 * day)},
		{"adds up nothing to nought", `sum("observation.recorded.value", "7d") == 0.0`, []happening{lab(0, 3, "a1c")}, after(7 * day), T, instant.Never},
		{"adds up what passes a filter", `5 > sum("observation.recorded.value", days(7), o, o.code == "a1c")`, []happening{lab(0, 3, "a1c"), lab(1, 6, "bp")}, after(1 * day), T, instant.Never},
		{"adds up whole numbers", `sum("observation.recorded.rank", "7d") == 0`, []happening{lab(0, 3, "a1c")}, after(1 * day), T, instant.Never},
		{"finds the slope per day", `trend("observation.recorded.value", "7d") == 1.5`, []happening{lab(0, 3, "a1c"), lab(1, 4.5, "bp"), lab(2, 6, "bp")}, after(2 * day), T, after(8 * day)},
		{"finds no slope in what is level", `trend("observation.recorded.value", "7d") > 0.0`, []happening{lab(0, 80.1, "a1c"), lab(1, 80.1, "bp"), lab(3, 80.1, "bp")}, after(3 * day), F, after(8 * day)},
		{"does not know the slope of one reading", `trend("observation.recorded.value", "7d") > 0.0`, []happening{lab(0, 3, "a1c")}, start, U, instant.Never},
		{"does not know the slope of one instant", `trend("observation.recorded.value", "7d") > 0.0`, []happening{lab(0, 3, "a1c"), lab(0, 4, "a1c")}, start, U, instant.Never},
		{"finds the slope of what passes a filter", `trend("observation.recorded.value", "7d", o, o.code == "a1c") < 0.0`, []happening{lab(0, 3, "a1c"), lab(1, 9, "bp"), lab(1, 2, "a1c")}, after(2 * day), T, after(7 * day)},

		{"asks a signal", `signal("slipping")`, nil, start, F, instant.Never},

		{"waits for what is absent", `absent("medication.dispensed", "portal.visited", days(14))`, visits(0), start, F, after(14 * day)},
		{"misses it from the deadline on", `absent("medication.dispensed", "portal.visited", "14d")`, visits(0), after(14 * day), T, instant.Never},
		{"misses nothing before the wait begins", `absent("medication.dispensed", "portal.visited", "14d")`, nil, after(99 * day), F, instant.Never},
	} {
		t.Run(c.it, func(t *testing.T) {
			k := compiler()
			r := mustState(t, k, c.src)
			got, until := r.Ask(fold(k.Plan(), c.history...), c.now)
			if got != c.want || until != c.until {
				t.Errorf("%s\n got %v until %v\nwant %v until %v", c.src, got, until, c.want, c.until)
			}
		})
	}
}

func TestASignalIsAskedByItsIndex(t *testing.T) {
	k := compiler()
	r := mustState(t, k, `signal("slipping") && !signal("refill_late")`)
	f := k.Plan().New(2, 2)
	f.Signals[1] = true
	if got, _ := r.Ask(&f, start); got != expr.True {
		t.Error(got)
	}
	if len(r.Signals) != 2 || r.Signals[0] != 0 || r.Signals[1] != 1 || r.Timed || len(r.Events) != 0 {
		t.Errorf("%+v", r)
	}
}

// What the engine keeps is asked by its index, and a rule tells which it asks.
func TestWhatIsKeptIsAskedByItsIndex(t *testing.T) {
	T, F, U := expr.True, expr.False, expr.Unknown
	f := expr.Facts{Signals: []bool{false, false, true, false, true}, Choices: []uint8{2, 3}}
	blank := expr.Facts{Signals: make([]bool, 5), Choices: make([]uint8, 2)}
	for _, c := range []struct {
		src              string
		want, blank      expr.Tri
		signals, choices []int
	}{
		{`in_audience("newcomers")`, T, F, []int{2}, nil},
		{`consented("care", "email") && !consented("care") && consented("care", "email")`, T, F, []int{3, 4}, nil},
		{`phase() == "treatment"`, T, U, nil, []int{0}},
		{`"diagnosis" == phase()`, F, U, nil, []int{0}},
		{`stage("adherence") != "action"`, T, U, nil, []int{1}},
		{`stage("adherence") in ["relapse", "action"] && phase() != stage("adherence")`, T, U, nil, []int{0, 1}},
		{`!(stage("adherence") in ["action"])`, T, U, nil, []int{1}},
	} {
		k := compiler()
		r := mustState(t, k, c.src)
		if got, until := r.Ask(&f, start); got != c.want || until != instant.Never {
			t.Errorf("%s: %v until %v", c.src, got, until)
		}
		if got, _ := r.Ask(&blank, start); got != c.blank {
			t.Errorf("%s of somebody unknown: %v", c.src, got)
		}
		if got, _ := r.Ask(&expr.Facts{Signals: f.Signals, Choices: []uint8{9, 9}}, start); len(c.choices) > 0 && got != U {
			t.Errorf("%s of words there are none of: %v", c.src, got)
		}
		if !slices.Equal(r.Signals, c.signals) || !slices.Equal(r.Choices, c.choices) || r.Timed {
			t.Errorf("%s: %+v", c.src, r)
		}
	}
}

// Each program has its own names and its own law, so the same question is asked anew.
func TestConsentIsAskedOncePerProgram(t *testing.T) {
	var questions []expr.ConsentQuestion
	n := expr.Names{Consent: func(q expr.ConsentQuestion) int { questions = append(questions, q); return len(questions) - 1 }}
	k := expr.NewCompiler(catalogue())
	for range 2 {
		k.Declare(n)
		mustState(t, k, `consented("care") || consented("care", "sms")`)
		mustState(t, k, `!consented("care", "sms")`)
	}
	want := []expr.ConsentQuestion{{Purpose: "care"}, {Purpose: "care", Channel: "sms"}, {Purpose: "care"}, {Purpose: "care", Channel: "sms"}}
	if !slices.Equal(questions, want) {
		t.Errorf("%+v", questions)
	}
}

func TestARuleTellsWhatItMentions(t *testing.T) {
	k := compiler()
	r := mustState(t, k, `since("portal.visited") > days(3) && has_happened("medication.dispensed") && count("portal.visited", "1d") == 0`)
	if len(r.Events) != 2 || r.Events[0] != refill || r.Events[1] != visit || !r.Timed {
		t.Errorf("%+v", r)
	}
	if p := k.Plan(); !p.Mentions(visit) || !p.Mentions(refill) || p.Mentions(reading) {
		t.Error("the plan mentions other events than the rule")
	}
}

func TestAFilter(t *testing.T) {
	T, F, U := expr.True, expr.False, expr.Unknown
	full := props{"code": expr.TextOf("4548-4"), "codes": expr.ListOf("a", "b"), "value": expr.NumberOf(7.5),
		"rank": expr.IntegerOf(3), "abnormal": expr.FlagOf(true), "taken": expr.MomentOf(start), "reported": expr.MomentOf(after(day))}
	none := props{}
	for _, c := range []struct {
		it    string
		src   string
		event props
		want  expr.Tri
	}{
		{"compares text", `event.code == "4548-4"`, full, T},
		{"tells texts apart", `event.code != "4548-4"`, full, F},
		{"orders text", `event.code < "5"`, full, T},
		{"compares a number with a whole one", `event.value > 7`, full, T},
		{"compares a whole number with another", `event.rank > 2.5`, full, T},
		{"compares two fields", `event.rank < event.value`, full, T},
		{"compares times with each other", `event.taken < event.reported`, full, T},
		{"calculates", `event.value - 2.5 == 5.0 && -event.rank < 0`, full, T},
		{"reads a flag", `event.abnormal`, full, T},
		{"compares a flag", `event.abnormal == false`, full, F},
		{"looks for one of several texts", `event.code in ["x", "4548-4"]`, full, T},
		{"looks for one of several numbers", `event.value in [7, 8.5]`, full, F},
		{"looks into a list", `"b" in event.codes`, full, T},
		{"looks into a value set", `event.code in valueset("hba1c")`, full, T},
		{"looks into a value set in vain", `event.code in valueset("nothing")`, full, F},
		{"does not know whether nothing is in a value set", `event.code in valueset("hba1c")`, none, U},
		{"looks for an item in a value set", `event.codes.exists(c, c in valueset("hba1c")) || "b" in event.codes && "a1c" in valueset("hba1c")`, full, T},
		{"looks through a value set", `valueset("hba1c").exists(c, c == event.code)`, full, T},
		{"sorts texts into categories", `classify(event.code) == "none"`, full, T},
		{"sorts a text into its category", `classify(event.code) in ["stop", "crisis"]`, props{"code": expr.TextOf("Please stop!")}, T},
		{"does not sort what is missing", `classify(event.code) == "none"`, none, U},

		{"asks each item", `event.codes.exists(c, c == "b")`, full, T},
		{"asks each item in vain", `event.codes.exists(c, c.startsWith("z"))`, full, F},
		{"knows prefixes, parts and ends", `event.code.startsWith("45") && event.code.contains("48") && event.code.endsWith("-4")`, full, T},
		{"knows that a field is there", `has(event.code)`, full, T},
		{"knows that a field is not there", `has(event.code)`, none, F},

		{"does not know a missing text", `event.code == "x"`, none, U},
		{"does not know its opposite either", `!(event.code == "x")`, none, U},
		{"does not know a missing number", `event.value > 7`, none, U},
		{"does not know a missing flag", `event.abnormal`, none, U},
		{"does not know a missing list", `event.codes.exists(c, c == "b")`, none, U},
		{"does not know what a missing text starts with", `event.code.startsWith("x")`, none, U},
		{"decides without it when false", `event.code == "x" && false`, none, F},
		{"decides without it when true", `event.code == "x" || true`, none, T},
		{"finds an item even if another is not known", `event.codes.exists(c, c == "b" || event.rank == 1)`, props{"codes": expr.ListOf("a", "b")}, T},
		{"does not know that no item is there while one is not known", `event.codes.exists(c, c == "z" || event.rank == 1)`, props{"codes": expr.ListOf("a", "b")}, U},
		{"finds nothing in an empty list", `event.codes.exists(c, event.rank == 1)`, props{"codes": expr.ListOf()}, F},
		{"takes a value of another type for missing", `event.value > 7`, props{"value": expr.TextOf("8")}, U},
	} {
		t.Run(c.it, func(t *testing.T) {
			f, problems := compiler().Where(reading, c.src)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			if got := f(c.event); got != c.want || f.Match(c.event) != (c.want == T) {
				t.Errorf("%s: got %v, want %v", c.src, got, c.want)
			}
		})
	}
}

func TestNoFilterTakesEveryEvent(t *testing.T) {
	f, problems := compiler().Where(visit, "  ")
	if f != nil || problems != nil || !f.Match(props{}) {
		t.Error(problems)
	}
}

func TestAnAmount(t *testing.T) {
	for _, c := range []struct {
		it     string
		event  string
		src    string
		fields props
		want   instant.Duration
		ok     bool
	}{
		{"calculates with a field", refill, `days(event.days_supply + 5)`, props{"days_supply": expr.IntegerOf(30)}, 35 * day, true},
		{"is a constant", refill, `hours(36)`, nil, 36 * hour, true},
		{"is a text", refill, `"36h"`, nil, 36 * hour, true},
		{"is written bare", refill, ` 36h `, nil, 36 * hour, true},
		{"needs no event when constant", "", `days(2) + minutes(30)`, nil, 2*day + 30*instant.Minute, true},
		{"takes a fraction", refill, `hours(event.copay * 2.0)`, props{"copay": expr.NumberOf(0.25)}, 30 * instant.Minute, true},
		{"is not known without its field", refill, `days(event.days_supply)`, props{}, 0, false},
		{"is never negative", refill, `days(event.days_supply - 5)`, props{"days_supply": expr.IntegerOf(3)}, 0, false},
		{"is never longer than a hundred years", refill, `days(event.days_supply)`, props{"days_supply": expr.IntegerOf(40000)}, 0, false},
	} {
		t.Run(c.it, func(t *testing.T) {
			a, problems := compiler().Amount(c.event, c.src)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			if got, ok := a(c.fields); got != c.want || ok != c.ok {
				t.Errorf("%s: got %v %v, want %v %v", c.src, got, ok, c.want, c.ok)
			}
		})
	}
}

func TestAnAbsence(t *testing.T) {
	T, F := expr.True, expr.False
	late := expr.AbsenceSpec{Absent: refill, After: refill, For: `days(event.days_supply + 5)`}
	unseen := expr.AbsenceSpec{Absent: visit, Where: `event.page == "results"`, After: reading, AfterWhere: `event.abnormal`, For: "7d"}
	dispensed := func(d int, supply props) happening {
		return happening{name: refill, at: after(instant.Duration(d) * day), props: supply}
	}
	supply := func(n int64) props { return props{"days_supply": expr.IntegerOf(n)} }
	abnormal := happening{name: reading, at: start, props: props{"abnormal": expr.FlagOf(true)}}
	looked := func(at instant.Time, page string) happening {
		return happening{name: visit, at: at, props: props{"page": expr.TextOf(page)}}
	}
	for _, c := range []struct {
		it      string
		spec    expr.AbsenceSpec
		history []happening
		now     instant.Time
		want    expr.Tri
		until   instant.Time
	}{
		{"is false before the deadline", late, []happening{dispensed(0, supply(30))}, after(35*day - ms), F, after(35 * day)},
		{"is true from the deadline on", late, []happening{dispensed(0, supply(30))}, after(35 * day), T, instant.Never},
		{"waits anew from a newer start", late, []happening{dispensed(0, supply(30)), dispensed(20, supply(60))}, after(35 * day), F, after(85 * day)},
		{"is not moved by an older start that arrives late", late, []happening{dispensed(20, supply(60)), dispensed(0, supply(1))}, after(35 * day), F, after(85 * day)},
		{"has no deadline without the field", late, []happening{dispensed(0, props{})}, after(999 * day), F, instant.Never},
		{"forgets an older deadline even then", late, []happening{dispensed(0, supply(1)), dispensed(2, props{})}, after(999 * day), F, instant.Never},
		{"is over when the event comes after all", unseen, []happening{abnormal, looked(after(ms), "results")}, after(8 * day), F, instant.Never},
		{"is over even after the deadline", unseen, []happening{abnormal, looked(after(8*day), "results")}, after(8 * day), F, instant.Never},
		{"is not over by an event of the same instant", unseen, []happening{abnormal, looked(start, "results")}, after(8 * day), T, instant.Never},
		{"is not over by an event that does not count", unseen, []happening{abnormal, looked(after(ms), "home")}, after(8 * day), T, instant.Never},
		{"does not begin with an event that does not count", unseen, []happening{{name: reading, at: start}}, after(8 * day), F, instant.Never},
	} {
		t.Run(c.it, func(t *testing.T) {
			k := compiler()
			r, problems := k.Absence(c.spec)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			got, until := r.Ask(fold(k.Plan(), c.history...), c.now)
			if got != c.want || until != c.until {
				t.Errorf("%s\n got %v until %v\nwant %v until %v", r.Source, got, until, c.want, c.until)
			}
		})
	}
}

func TestAPlanSharesMemory(t *testing.T) {
	k := compiler()
	mustState(t, k, `count("observation.recorded", "7d", o, o.code=="a1c") >= 2`)
	mustState(t, k, `count("observation.recorded", "90d", lab, lab.code == "a1c") > 4 && last("observation.recorded.value", x, x.code == "a1c") > 7`)
	mustState(t, k, `last("observation.recorded.rank", x, x.code == "a1c") > 7`)
	k.Absence(expr.AbsenceSpec{Absent: visit, After: reading, AfterWhere: `event.code == "a1c"`, For: "168h"})
	k.Absence(expr.AbsenceSpec{Absent: visit, After: reading, AfterWhere: `event.code == "a1c"`, For: "7d"})
	k.State(`count("portal.visited", "7d") >= 9 && since("portal.visited") > 3`) // refused, so nothing is remembered for it
	k.State(`sum("medication.dispensed.copay", "7d") > 3 && trend("medication.dispensed.copay", "2d", e, true) < 1 && sum("medication.dispensed.copay", "9d") > 9`)
	k.State(`age() > 3 && trait("birth_date") != "" && trait_number("weight") > 90`)
	k.Absence(expr.AbsenceSpec{Absent: visit, After: reading, Where: `event.page == "x"`, For: "7d", Key: "event.code"}) // visits have no code
	k.Absence(expr.AbsenceSpec{Absent: refill, After: reading, For: "7d", Key: "event.code"})
	k.Absence(expr.AbsenceSpec{Absent: refill, After: reading, For: "168h", Key: " event.code"})
	got := k.Plan().Describe()
	want := []string{
		`observation.recorded, event.code == "a1c": newest 5, last value`,
		`observation.recorded, event.code == "a1c": newest 1, last rank`,
		`portal.visited, all: newest 1`,
		`observation.recorded, event.code == "a1c": wait 7d`,
		`medication.dispensed, all: newest 64 of copay`,
		`medication.dispensed, true: newest 64 of copay`,
		`observation.recorded, all: wait 7d by code for medication.dispensed, all`,
		`trait birth_date`,
		`trait weight`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
