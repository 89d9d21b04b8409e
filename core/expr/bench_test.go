package expr_test

import (
	"fmt"
	"testing"

	"attune/core/expr"
	"attune/core/instant"
)

// The kinds of rules that programs have; %d is a number of days.
const (
	oneCount   = `count("portal.visited", "%dd") >= 4`
	twoCounts  = `count("portal.visited", "%dd") < 1 && count("portal.visited", "60d") >= 4`
	mixed      = `since("observation.recorded") < days(%d) && count("observation.recorded", "10d", o, o.code == "a1c") >= 2`
	countOrLab = `count("medication.dispensed", "%dd") >= 9 || last("observation.recorded.value") > 7.0`
	long       = `since("medication.dispensed") > days(%d)`
	added      = `sum("observation.recorded.value", "%dd") > 100.0`
	heading    = `trend("observation.recorded.value", "%dd", o, o.code == "a1c") > 0.0`
	grown      = `age() >= %d && trait("language") == "es"`
	early      = `day_part() in ["night", "morning"] && count("portal.visited", "%dd") >= 2`
	held       = `stage("adherence") != "action" && phase() == "treatment" || signal("slipping") || since("portal.visited") > days(%d)`
)

// everything is one rule of each kind, as often as each other.
func everything() []string {
	return []string{oneCount, twoCounts, mixed, countOrLab, long, added, heading, grown, early, held}
}

// twoHundred compiles rules over one person's history of thirty days.
func twoHundred(tb testing.TB, kinds ...string) ([]expr.Rule, *expr.Plan, *expr.Facts) {
	k := compiler()
	var rules []expr.Rule
	for i := range 200 {
		rules = append(rules, mustState(tb, k, fmt.Sprintf(kinds[i%len(kinds)], 2+i/len(kinds)%60)))
	}
	p := k.Plan()
	var history []happening
	for i := range 60 {
		history = append(history, happening{
			name: []string{visit, reading, refill}[i%3], at: after(instant.Duration(i) * day / 2), order: expr.Order{ID: uint64(i)},
			props: props{"code": expr.TextOf("a1c"), "value": expr.NumberOf(7.5)},
		})
	}
	history = append(history, told("birth_date", expr.TextOf("1980-05-17"), start, 1), told("language", expr.TextOf("es"), start, 2))
	f := fold(p, history...)
	f.Zone = zone(tb, "Europe/Berlin")
	return rules, p, f
}

// BenchmarkTwoHundredRules asks 200 rules, as an event does that concerns them all.
func BenchmarkTwoHundredRules(b *testing.B) {
	rules, _, f := twoHundred(b, everything()...)
	now := after(30 * day)
	b.ReportAllocs()
	for b.Loop() {
		for i := range rules {
			rules[i].Ask(f, now)
		}
	}
}

// BenchmarkRule asks 200 rules one after the other; the figure is for one.
func BenchmarkRule(b *testing.B) {
	for _, c := range []struct {
		name  string
		kinds []string
	}{
		{"count", []string{oneCount}}, {"two-counts", []string{twoCounts}}, {"since", []string{long}},
		{"since-and-filtered-count", []string{mixed}}, {"count-or-last", []string{countOrLab}},
		{"sum", []string{added}}, {"trend", []string{heading}}, {"age", []string{grown}}, {"day-part", []string{early}}, {"kept", []string{held}},
		{"all", everything()},
	} {
		b.Run(c.name, func(b *testing.B) {
			rules, _, f := twoHundred(b, c.kinds...)
			now := after(30 * day)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				rules[i%len(rules)].Ask(f, now)
			}
		})
	}
}

func BenchmarkRuleFilter(b *testing.B) {
	filter, problems := compiler().Where(reading, `event.code in ["a1c", "bp"] && event.value > 7`)
	if len(problems) > 0 {
		b.Fatal(problems)
	}
	var e expr.Fields = props{"code": expr.TextOf("a1c"), "value": expr.NumberOf(7.5)}
	b.ReportAllocs()
	for b.Loop() {
		filter.Match(e)
	}
}

// BenchmarkFold folds one event under the plan of 200 rules. It allocates for each list it changes.
func BenchmarkFold(b *testing.B) {
	_, p, f := twoHundred(b, everything()...)
	var e expr.Fields = props{"code": expr.TextOf("a1c"), "value": expr.NumberOf(7.5)}
	at := after(30 * day)
	b.ReportAllocs()
	for i := uint64(0); b.Loop(); i++ {
		at = at.Add(hour)
		p.Fold(f, reading, e, at, expr.Order{ID: i})
	}
}

func BenchmarkCompile(b *testing.B) {
	k := compiler()
	b.ReportAllocs()
	for b.Loop() {
		mustState(b, k, `count("portal.visited", "7d") < 1 && count("portal.visited", "28d") >= 4`)
	}
}

func TestAskingAllocatesNothing(t *testing.T) {
	rules, _, f := twoHundred(t, everything()...)
	now := after(30 * day)
	if n := testing.AllocsPerRun(10, func() {
		for i := range rules {
			rules[i].Ask(f, now)
		}
	}); n != 0 {
		t.Errorf("%v allocations for 200 rules", n)
	}
}
