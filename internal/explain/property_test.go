package explain_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"attune/core/event"
	"attune/core/expr"
	"attune/internal/explain"
)

func pick[T any](t *rapid.T, what string, of ...T) T { return rapid.SampledFrom(of).Draw(t, what) }

// logic writes a random expression over leaves.
func logic(t *rapid.T, depth int, leaf func() string) string {
	if depth == 0 || pick(t, "leaf", true, false, false) {
		return leaf()
	}
	switch pick(t, "join", "&&", "||", "!") {
	case "!":
		return "!(" + logic(t, depth-1, leaf) + ")"
	case "&&":
		return "(" + logic(t, depth-1, leaf) + " && " + logic(t, depth-1, leaf) + ")"
	}
	return "(" + logic(t, depth-1, leaf) + " || " + logic(t, depth-1, leaf) + ")"
}

// holds answers a phrase, and its sentence by reading it word by word, as a listener would.
func holds(t *rapid.T, p explain.Phrase, on map[string]bool) bool {
	if p.Join == "" {
		name, is, _ := strings.Cut(strings.TrimPrefix(p.Text, "the signal "), " is ")
		if is != "on" && is != "off" {
			t.Fatalf("%q is no answer", p.Text)
		}
		return on[name] == (is == "on")
	}
	for _, part := range p.Parts {
		if holds(t, part, on) == (p.Join == explain.Any) {
			return p.Join == explain.Any
		}
	}
	return p.Join == explain.All
}

// What is said of signals is so exactly when the rule is: brackets, "not", "and" and "or" are told right.
func TestWordsAreSoWhenTheRuleIs(t *testing.T) {
	t.Parallel()
	signals := []string{"refill_late", "slipping", "no_show"}
	rapid.Check(t, func(rt *rapid.T) {
		src := logic(rt, 4, func() string { return fmt.Sprintf("signal(%q)", pick(rt, "signal", signals...)) })
		c := compiler()
		rule, problems := c.State(src)
		if len(problems) > 0 {
			rt.Fatal(src, problems)
		}
		phrase := said(t, "", src)
		plan := c.Plan()
		for n := range 1 << len(signals) {
			facts, on := plan.New(len(signals), 0), map[string]bool{}
			for i, name := range signals {
				facts.Signals[i] = n>>i&1 == 1
				on[name] = facts.Signals[i]
			}
			answer, _ := rule.Ask(&facts, 0)
			if got := holds(rt, phrase, on); got != (answer == expr.True) {
				rt.Fatalf("%s is %v of %v, and %q is %v", src, answer, on, phrase.Inline(), got)
			}
			if got := heard(rt, phrase.Inline(), on); got != (answer == expr.True) {
				rt.Fatalf("%s is %v of %v, and who hears %q takes it for %v", src, answer, on, phrase.Inline(), got)
			}
		}
	})
}

// heard reads a sentence about signals.
func heard(t *rapid.T, sentence string, on map[string]bool) bool {
	r := &listener{t: t, rest: sentence, on: on}
	so := r.all()
	if r.rest != "" {
		t.Fatalf("%q is left of %q", r.rest, sentence)
	}
	return so
}

type listener struct {
	t    *rapid.T
	rest string
	on   map[string]bool
}

func (r *listener) take(s string) bool {
	rest, ok := strings.CutPrefix(r.rest, s)
	if ok {
		r.rest = rest
	}
	return ok
}

// all reads what stands at the top: clauses, which all must be so.
func (r *listener) all() bool {
	so := r.one()
	for r.rest != "" && r.take(", ") {
		r.take("and ")
		so = r.one() && so
	}
	return so
}

func (r *listener) one() bool {
	many := func(last string, any bool) bool {
		so := r.one()
		for ends := false; !ends; {
			if !r.take(", ") {
				r.t.Fatalf("nothing follows before %q", r.rest)
			}
			ends = r.take(last)
			next := r.one()
			if any {
				so = so || next
			} else {
				so = so && next
			}
		}
		return so
	}
	switch {
	case r.take("either "), r.take("any of these: "):
		return many("or ", true)
	case r.take("both "), r.take("all of these: "):
		return many("and ", false)
	case r.take("the signal "):
		name, _, _ := strings.Cut(r.rest, " ")
		r.take(name + " is ")
		if r.take("on") {
			return r.on[name]
		}
		if !r.take("off") {
			r.t.Fatalf("%q is neither on nor off", name)
		}
		return !r.on[name]
	}
	r.t.Fatalf("cannot understand %q", r.rest)
	return false
}

// asked are the events that the random rules ask for, with a word of the catalogue's that is in no other's.
func asked() map[string]string {
	return map[string]string{"portal.visited": "portal", "appointment.booked": "appointment was made", "appointment.noshow": "not come", "medication.dispensed": "pharmacy",
		"observation.recorded": "measurement", "activity.recorded": "steps or minutes", "referral.requested": "referral", "medication.missed": "dose"}
}

// leaf writes a random condition and notes what it asks for. Numbers are prime or large, so that none is
// taken for another's.
func leaf(t *rapid.T, events, numbers map[string]bool) string {
	names := make([]string, 0, len(asked()))
	for name := range asked() {
		names = append(names, name)
	}
	slices.Sort(names)
	name := pick(t, "event", names...)
	n := func() string {
		s := strconv.Itoa(rapid.IntRange(3, 997).Draw(t, "n"))
		numbers[s] = true
		return s
	}
	days := func() string {
		d := rapid.IntRange(3, 365).Draw(t, "days")
		numbers[strconv.Itoa(d)] = true
		return fmt.Sprintf("days(%d)", d)
	}
	relation := func(of ...string) string { return pick(t, "relation", of...) }
	order := []string{"<", "<=", ">", ">="}
	all := append(order, "==", "!=")
	switch pick(t, "ask", "count", "sieved", "since", "happened", "last", "sum", "trend", "absent", "age") {
	case "count":
		events[name] = true
		return fmt.Sprintf("count(%q, %s) %s %s", name, days(), relation(all...), n())
	case "sieved":
		events["observation.recorded"] = true
		return fmt.Sprintf(`%s %s count("observation.recorded", %s, o, o.value %s %s)`, n(), relation(all...), days(), relation(order...), n())
	case "since":
		events[name] = true
		return fmt.Sprintf("since(%q) %s %s", name, relation(order...), days())
	case "happened":
		events[name] = true
		return fmt.Sprintf("has_happened(%q)", name)
	case "last":
		events["observation.recorded"] = true
		return fmt.Sprintf(`last("observation.recorded.value") %s %s`, relation(all...), n())
	case "sum":
		events["activity.recorded"] = true
		return fmt.Sprintf(`sum("activity.recorded.minutes", %s) %s %s`, days(), relation(order...), n())
	case "trend":
		events["observation.recorded"] = true
		return fmt.Sprintf(`trend("observation.recorded.value", %s) %s %s`, days(), relation(order...), n())
	case "absent":
		events["appointment.booked"], events["referral.requested"] = true, true
		return fmt.Sprintf(`absent("appointment.booked", "referral.requested", %s)`, days())
	}
	age := rapid.IntRange(3, 140).Draw(t, "age")
	numbers[strconv.Itoa(age)] = true
	return fmt.Sprintf("age() %s %d", relation(all...), age)
}

// A sentence names every event, window and threshold of its rule, and none that is not in it.
func TestWordsNameWhatIsAskedAndNothingElse(t *testing.T) {
	t.Parallel()
	number := regexp.MustCompile(`[0-9]+`)
	rapid.Check(t, func(rt *rapid.T) {
		events, numbers := map[string]bool{}, map[string]bool{}
		src := logic(rt, 3, func() string { return leaf(rt, events, numbers) })
		text := said(t, "", src).String()
		low := strings.ToLower(text)
		for name, word := range asked() {
			if strings.Contains(low, word) != events[name] {
				rt.Fatalf("%s\nof %s is said: %s", src, name, text)
			}
		}
		told := map[string]bool{}
		for _, n := range number.FindAllString(text, -1) {
			told[n] = true
			if !numbers[n] {
				rt.Fatalf("%s\nhas no %s: %s", src, n, text)
			}
		}
		for n := range numbers {
			if !told[n] {
				rt.Fatalf("%s\nhas %s: %s", src, n, text)
			}
		}
		wellWritten(rt, text)
	})
}

// wellWritten finds what no sentence has: two spaces, a plural of one, a number of nothing.
func wellWritten(t interface{ Fatalf(string, ...any) }, text string) {
	for _, bad := range []string{" 1 days", " 1 hours", " 1 times", "%!", "  the", " ,", "..", "()", "<nil>", " .", "( ", "when when"} {
		if strings.Contains(text, bad) {
			t.Fatalf("%q is in %q", bad, text)
		}
	}
}

// Every event of the catalogue makes clauses that can be counted and denied.
func TestEveryEventMakesASentence(t *testing.T) {
	t.Parallel()
	for _, d := range event.Standard().All() {
		for _, src := range []string{"count(%q, \"7d\") < 1", "count(%q, \"7d\") >= 2", "since(%q) > \"3d\"", "!has_happened(%q)"} {
			text := said(t, "", fmt.Sprintf(src, d.Name)).String()
			wellWritten(t, text)
			if strings.Count(text, ".") != 1 || !strings.HasSuffix(text, ".") {
				t.Errorf("%s: %q is not one sentence", d.Name, text)
			}
		}
	}
}
