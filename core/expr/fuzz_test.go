package expr_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"attune/core/expr"
	"attune/core/instant"
)

// FuzzSources compiles anything as a state, a filter and an amount. Problems lie inside the source,
// and what compiles can be asked of any facts: without a panic, without forgetting that an answer
// holds until its horizon, and the same each time.
func FuzzSources(f *testing.F) {
	for _, src := range []string{
		`count("portal.visited", "7d") < 1 && count("portal.visited", days(28)) >= 4`,
		`count("observation.recorded", "14d", o, o.code == "a1c" && !has(o.value)) != 2`,
		`since("portal.visited", e, e.page in ["home", "x"]) > "36h" || !has_happened("medication.dispensed")`,
		`last("observation.recorded.codes").exists(c, c.startsWith("4")) && last("observation.recorded.value") * 2.0 >= 7`,
		`absent("medication.dispensed", "portal.visited", days(14)) && signal("slipping")`,
		`event.code == "a" && event.codes.exists(c, c == event.code) || event.taken < event.reported`,
		`sum("observation.recorded.value", "7d", o, o.code in valueset("hba1c")) >= 3.5 || trend("observation.recorded.rank", days(2)) < 0`,
		`age() != 18 && day_part() in ["night", "evening"] || "morning" == day_part()`,
		`trait("language") == "es" && trait_number("weight") > 90 && trait_flag("smoker") && "x" in trait_list("groups")`,
		`stage("adherence") in ["action"] || phase() != "treatment" && in_audience("newcomers") && consented("care", "email")`,
		`story("goal").contains("walk") || has_story("barrier") || has_happened("message.received", m, classify(m.text) == "crisis")`,
		`classify(event.code) in ["crisis", "none"]`, `valueset("hba1c").exists(c, c == event.code)`, `event.code in valueset("nothing")`,
		`event.value - 3 > -event.rank && event.abnormal != true`,
		`days(event.rank + 5) - hours(3)`, `"36h"`, `36h`, `days(1e300)`, `((1))`, `!`, `a.b.c{d: 1}["x"] ? 1 : 2`, `has(event.code`,
		`"\xff"`, `'''x'''`, `[1, "a", [2u]]`, `dyn(1)`, "\x00", `event.codes.exists(event, event.code == "x")`, `@last(1)`,
	} {
		f.Add(src, uint64(1))
	}
	f.Fuzz(func(t *testing.T, src string, seed uint64) {
		g := rand.New(rand.NewPCG(seed, 1))
		k := compiler()
		rule, problems := k.State(src)
		inside(t, src, problems)
		if tree, wrong := k.Tree("", src); len(problems) == 0 && tree == nil {
			t.Fatalf("%q compiles and has no tree: %v", src, wrong)
		}
		filter, problems := k.Where(reading, src)
		inside(t, src, problems)
		if tree, wrong := k.Tree(reading, src); len(problems) == 0 && tree == nil && strings.TrimSpace(src) != "" {
			t.Fatalf("%q compiles and has no tree: %v", src, wrong)
		}
		amount, problems := k.Amount(reading, src)
		inside(t, src, problems)
		absence, problems := k.Absence(expr.AbsenceSpec{Absent: visit, After: reading, AfterWhere: src, For: "7d"})
		inside(t, src, problems)
		if len(problems) == 0 {
			sameWhenReadBack(t, k)
		}
		late, problems := k.Absence(expr.AbsenceSpec{Absent: reading, Where: src, After: reading, For: src})
		inside(t, src, problems)

		p := k.Plan()
		p.Describe()
		facts := p.New(6, 2)
		now := start
		for range 6 {
			e := anyEvent(g)
			filter.Match(e)
			if amount != nil {
				if d, ok := amount(e); ok && (d < 0 || d > 100*365*day) {
					t.Fatalf("%q: amount %v", src, d)
				}
			}
			now = now.Add(instant.Duration(g.Int64N(int64(3 * day))))
			p.Fold(&facts, []string{visit, refill, reading, reading, learned, story, message}[g.IntN(7)], e, now, expr.Order{ID: g.Uint64()})
			for _, r := range []expr.Rule{rule, absence, late} {
				steady(t, g, &r, &facts, now)
			}
		}
	})
}

// sameWhenReadBack compiles the form in which the newest anchor's filter is remembered: it is a filter
// itself, and its form is its own.
func sameWhenReadBack(t *testing.T, k *expr.Compiler) {
	const before, behind = "observation.recorded, ", ": wait 7d"
	for _, line := range k.Plan().Describe() {
		canonical, isAnchor := strings.CutSuffix(line, behind)
		if !isAnchor || !strings.HasPrefix(canonical, before) || canonical == before+"all" {
			continue
		}
		again := compiler()
		_, problems := again.Absence(expr.AbsenceSpec{Absent: visit, After: reading, AfterWhere: canonical[len(before):], For: "7d"})
		if len(problems) > 0 && len(canonical) < 4000 {
			t.Fatalf("%s cannot be read back: %v", canonical, problems)
		}
		if len(problems) == 0 && !slices.Contains(again.Plan().Describe(), line) {
			t.Fatalf("%s was read back as %q", line, again.Plan().Describe())
		}
	}
}

func inside(t *testing.T, src string, problems []expr.Problem) {
	for _, p := range problems {
		if p.Offset < 0 || p.Offset > len(src) || p.What == "" {
			t.Fatalf("%q: problem %+v", src, p)
		}
	}
}

func steady(t *testing.T, g *rand.Rand, r *expr.Rule, f *expr.Facts, now instant.Time) {
	answer, horizon := r.Ask(f, now)
	if horizon <= now {
		t.Fatalf("%q: horizon %v at %v", r.Source, horizon, now)
	}
	at := now.Add(instant.Duration(g.Int64N(int64(min(horizon, now.Add(200*365*day)) - now))))
	if later, _ := r.Ask(f, at); later != answer {
		t.Fatalf("%q: %v at %v until %v, but %v at %v", r.Source, answer, now, horizon, later, at)
	}
}

// anyEvent has fields of any type, whatever the catalogue says.
func anyEvent(g *rand.Rand) props {
	p := props{}
	for _, name := range []string{"page", "code", "codes", "value", "rank", "abnormal", "taken", "reported", "days_supply", "text", "fact",
		"language", "weight", "smoker", "groups", "birth_date"} {
		p[name] = []expr.Value{
			{}, expr.TextOf("2009-01-17"), expr.TextOf("a1c"), expr.TextOf(""), expr.NumberOf(math.NaN()), expr.NumberOf(math.Inf(-1)), expr.NumberOf(1e300),
			expr.NumberOf(2.5), expr.IntegerOf(-3), expr.IntegerOf(40), expr.FlagOf(true), expr.ListOf(), expr.ListOf("a", "4"), expr.MomentOf(start),
		}[g.IntN(14)]
	}
	return p
}

// What is refused is refused for good: no problem hides another compilation's answer.
func TestCompilingTwiceGivesTheSame(t *testing.T) {
	for _, src := range []string{`cuont("x")`, `since("portal.visited") > days(3)`} {
		k := compiler()
		a, problems := k.State(src)
		b, again := k.State(src)
		if !slices.Equal(problems, again) || a.Source != b.Source || !slices.Equal(a.Events, b.Events) {
			t.Errorf("%s: %v, then %v", src, problems, again)
		}
	}
}
