package explain_test

import (
	"testing"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/journeymap"
	"attune/core/program"
	"attune/core/words"
	"attune/internal/explain"
)

// named is a program with one of each thing that expressions can name.
func named() *program.Program {
	p := &program.Program{
		Signals:   []program.Signal{{ID: "refill_late"}, {ID: "slipping"}, {ID: "no_show"}},
		Audiences: []program.Audience{{ID: "newcomers"}, {ID: "frequent", Says: "Came three times within a year"}},
		Behaviors: []program.Behavior{{ID: "adherence", Says: "Takes the medicine as agreed"}, {ID: "activity"}},
		ValueSets: []program.ValueSet{{ID: "hba1c", Name: "Glycated haemoglobin", Codes: []string{"4548-4"}}, {ID: "plain", Codes: []string{"x"}}},
	}
	p.Map.Phases = []journeymap.Phase{{ID: "diagnosis", Name: "Diagnosis"}, {ID: "treatment", Name: "Starting treatment"}, {ID: "rest"}}
	return p
}

func compiler() *expr.Compiler {
	c := expr.NewCompiler(event.Standard())
	c.Declare(expr.Names{
		Signals:   []expr.Named{{Name: "refill_late"}, {Name: "slipping", Index: 1}, {Name: "no_show", Index: 2}},
		Audiences: []expr.Named{{Name: "newcomers", Index: 3}, {Name: "frequent", Index: 4}},
		Behaviors: []expr.Choice{{Name: "adherence", Words: stages}, {Name: "activity", Words: stages}},
		Phase:     &expr.Choice{Name: "phase", Words: []string{"diagnosis", "treatment", "rest"}},
		Consent:   func(expr.ConsentQuestion) int { return 5 },
	})
	c.DeclareValueSets([]expr.ValueSet{{Name: "hba1c", Codes: []string{"4548-4"}}, {Name: "plain", Codes: []string{"x"}}})
	c.DeclareWords(words.Standard())
	return c
}

var stages = []string{"precontemplation", "contemplation", "preparation", "action", "maintenance", "relapse"}

// said puts an expression into words: a state, or a filter of an event.
func said(t testing.TB, event, src string) explain.Phrase {
	t.Helper()
	c := compiler()
	if event == "" {
		if _, problems := c.State(src); len(problems) > 0 {
			t.Fatalf("%s: %v", src, problems)
		}
	} else if _, problems := c.Where(event, src); len(problems) > 0 {
		t.Fatalf("%s: %v", src, problems)
	}
	tree, problems := c.Tree(event, src)
	if len(problems) > 0 {
		t.Fatalf("%s: %v", src, problems)
	}
	w := wording()
	return w.Phrase(tree)
}

func wording() *explain.Wording {
	return &explain.Wording{Catalogue: event.Standard(), Program: named()}
}

func TestStatesInWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ src, want string }{
		{`count("portal.visited", "14d") < 1 && count("portal.visited", "42d") >= 3`, "The person signed in to the portal at least 3 times in the last 42 days and not at all in the last 14 days."},
		{`count("portal.visited", "14d") < 1 && count("appointment.booked", "42d") >= 3`,
			"The person has not signed in to the portal in the last 14 days, and an appointment was made at least 3 times in the last 42 days."},
		{`count("appointment.booked", "14d", e, e.type == "x") < 1 && count("appointment.booked", "42d") >= 3`,
			`No appointment was made in the last 14 days (counting only those where the type is "x"), and an appointment was made at least 3 times in the last 42 days.`},
		{`count("portal.visited", "1d") >= 1`, "The person signed in to the portal at least once in the last day."},
		{`count("portal.visited", "36h") > 0`, "The person signed in to the portal at least once in the last 36 hours."},
		{`count("portal.visited", days(7)) == 0`, "The person has not signed in to the portal in the last 7 days."},
		{`3 <= count("appointment.booked", "7d")`, "An appointment was made at least 3 times in the last 7 days."},
		{`count("appointment.booked", "7d") < 1`, "No appointment was made in the last 7 days."},
		{`!(count("appointment.booked", "7d") >= 2)`, "An appointment was made fewer than twice in the last 7 days."},
		{`count("appointment.noshow", "90d") >= 2`, "It happened at least twice in the last 90 days that the person did not come."},
		{`count("appointment.noshow", "90d") == 0`, "In the last 90 days it never happened that the person did not come."},
		{`count("medication.missed", "7d") != 2`, "It happened any number of times but exactly twice in the last 7 days that the person says a dose was missed."},
		{`count("observation.recorded", "14d", o, o.code == "4548-4" && o.value > 7) <= 2`,
			`A measurement was recorded at most twice in the last 14 days (counting only those where both the code is "4548-4", and the value is more than 7).`},
		{`since("medication.dispensed") > days(40)`, "It has been more than 40 days since the last time a medicine was handed over by the pharmacy."},
		{`!(since("portal.visited") > "1d")`, "It has been at most 1 day since the last time the person signed in to the portal."},
		{`since("portal.visited") < hours(36)`, "It has been less than 36 hours since the last time the person signed in to the portal."},
		{`has_happened("order.placed") && !has_happened("course.completed", e, e.course == "foot-care")`,
			`At some time the person ordered something, and no course was finished, ever (counting only those where the course is "foot-care").`},
		{`!has_happened("appointment.noshow")`, "It never happened that the person did not come."},
		{`last("observation.recorded.value", o, o.code == "4548-4") > 7.0`,
			`The value of the last time a measurement was recorded (counting only those where the code is "4548-4") is more than 7.`},
		{`last("observation.recorded.code") in valueset("hba1c")`, `The code of the last time a measurement was recorded is in the value set "Glycated haemoglobin" (hba1c).`},
		{`!(last("observation.recorded.code") in valueset("plain"))`, `The code of the last time a measurement was recorded is not in the value set "plain".`},
		{`last("observation.recorded.code") in ["a", "b", "c"]`, `The code of the last time a measurement was recorded is "a", "b" or "c".`},
		{`!(last("observation.recorded.code") in ["a", "b"])`, `The code of the last time a measurement was recorded is neither "a" nor "b".`},
		{`last("observation.recorded.code").startsWith("4548")`, `The code of the last time a measurement was recorded begins with "4548".`},
		{`sum("activity.recorded.minutes", "7d") < 150`, "The total of the minutes, of each time steps or minutes of activity were recorded in the last 7 days, is less than 150."},
		{`trend("observation.recorded.value", "28d", o, o.code == "15074-8") > 0.0`,
			`The trend of the value, of each time a measurement was recorded in the last 28 days (counting only those where the code is "15074-8"), is upward.`},
		{`trend("observation.recorded.value", "28d") <= -0.5`, "The trend of the value, of each time a measurement was recorded in the last 28 days, is at most -0.5 a day."},
		{`absent("appointment.booked", "referral.requested", "14d")`,
			"It has been at least 14 days since the last time a referral to another service was asked for, and since then no appointment was made."},
		{`absent("medication.dispensed", "medication.dispensed", "35d")`, "It has been at least 35 days since the last time a medicine was handed over by the pharmacy, and it has not happened again."},
		{`trait("language") == "es"`, `The person's language is "es".`},
		{`trait("language") != "es"`, `The person's language is not "es".`},
		{`trait_number("weight") > 90.5`, "The person's weight is more than 90.5."},
		{`trait_flag("smoker") && "walking" in trait_list("interests")`, `The person is noted as smoker, and "walking" is among the person's interests.`},
		{`trait_list("interests").exists(i, i.contains("walk"))`, `At least one of the person's interests contains "walk".`},
		{`age() >= 65`, "The person is at least 65 years old."},
		{`age() < 1`, "The person is younger than 1 year."},
		{`day_part() in ["morning", "afternoon"] && signal("slipping")`, "It is morning or afternoon where the person is, and the signal slipping is on."},
		{`signal("slipping") || signal("no_show")`, "Either the signal slipping is on, or the signal no_show is on."},
		{`!(signal("slipping") || signal("no_show"))`, "The signal slipping is off, and the signal no_show is off."},
		{`!(signal("slipping") && signal("no_show"))`, "Either the signal slipping is off, or the signal no_show is off."},
		{`signal("refill_late") && (signal("slipping") || signal("no_show"))`, "The signal refill_late is on, and either the signal slipping is on, or the signal no_show is on."},
		{`signal("refill_late") && signal("slipping") || signal("no_show")`, "Either both the signal refill_late is on, and the signal slipping is on, or the signal no_show is on."},
		{`signal("refill_late") && (signal("slipping") || signal("no_show") && age() > 64 || trait_flag("frail"))`,
			"All of these are so:\n  - the signal refill_late is on\n  - at least one of these is so:\n      - the signal slipping is on\n      - the signal no_show is on, and the person is older than 64 years\n      - the person is noted as frail"},
		{`stage("adherence") == "action"`, `With adherence ("Takes the medicine as agreed") the person is in the stage action.`},
		{`stage("activity") in ["action", "maintenance"]`, "With activity the person is in one of the stages action or maintenance."},
		{`phase() != "treatment"`, `The person is in a phase other than "Starting treatment".`},
		{`phase() == "rest"`, `The person is in the phase rest.`},
		{`in_audience("frequent") && !in_audience("newcomers")`, `The person belongs to the audience frequent ("Came three times within a year"), and the person does not belong to the audience newcomers.`},
		{`consented("treatment_support", "email", "diet")`, "Contact by email for treatment support about diet is allowed."},
		{`!consented("research")`, "Contact for research is not allowed."},
		{`story("barrier").contains("bus") && !has_story("goal")`, `What was told last of the person's barrier contains "bus", and the person has told nothing of their goal.`},
		{`has_happened("message.received", m, classify(m.text) == "crisis")`,
			`At some time the person wrote to us, of their own accord (counting only those where the category of the text by its words is "crisis").`},
		{`true`, "This is always so."},
	} {
		if got := said(t, "", c.src).String(); got != c.want {
			t.Errorf("%s\nsays %s\nnot  %s", c.src, got, c.want)
		}
	}
}

// A comparison that is denied, or written from the other side, is said as the one that means the same.
func TestComparisonsTurnedRound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ op, denied, mirrored string }{{"<", ">=", ">"}, {"<=", ">", ">="}, {"==", "!=", "=="}, {"!=", "==", "!="}, {">=", "<", "<="}, {">", "<=", "<"}} {
		for _, of := range []string{"age()", `count("portal.visited", "7d")`, `trait_number("weight")`} {
			plain := func(op string) string { return said(t, "", of+" "+op+" 30").String() }
			if got := said(t, "", "!("+of+" "+c.op+" 30)").String(); got != plain(c.denied) {
				t.Errorf("not %s %s 30 is said as %s", of, c.op, got)
			}
			if got := said(t, "", "30 "+c.op+" "+of).String(); got != plain(c.mirrored) {
				t.Errorf("30 %s %s is said as %s", c.op, of, got)
			}
		}
	}
	seen := map[string]bool{}
	for _, op := range []string{"<", "<=", "==", "!=", ">=", ">"} {
		seen[said(t, "", "age() "+op+" 30").String()] = true
	}
	if len(seen) != 6 {
		t.Errorf("of six comparisons some are said alike: %v", seen)
	}
}

func TestFiltersInWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ event, src, want string }{
		{"observation.recorded", `event.code in ["4548-4"] && event.value * 2 - 1 > 53`, `The code is "4548-4", and the value times 2 minus 1 is more than 53.`},
		{"observation.recorded", `has(event.code) && !has(event.value)`, "The code is given, and the value is not given."},
		{"observation.recorded", `event.value - (event.value + 1) < 2 * (event.value - 3)`,
			"The value minus the sum of the value and 1 is less than 2 times the difference of the value and 3."},
		{"clinical.condition_recorded", `event.codes.exists(c, c in valueset("hba1c"))`, `At least one of the codes is in the value set "Glycated haemoglobin" (hba1c).`},
		{"clinical.condition_recorded", `!event.codes.exists(c, c == "44054006")`, `None of the codes is "44054006".`},
		{"clinical.condition_recorded", `event.codes.exists(c, c == "a" || c.startsWith("b"))`, `For at least one of the codes this is so: either that one is "a", or that one begins with "b".`},
		{"clinical.condition_recorded", `"44054006" in event.codes || !("15777000" in event.codes)`, `Either "44054006" is among the codes, or "15777000" is not among the codes.`},
		{"appointment.rescheduled", `event.start > event.old_start`, "The start is after the old start."},
		{"activity.recorded", `event.minutes >= 30 && event.minutes != 45`, "The minutes are at least 30, and the minutes are not 45."},
	} {
		if got := said(t, c.event, c.src).String(); got != c.want {
			t.Errorf("%s\nsays %s\nnot  %s", c.src, got, c.want)
		}
	}
}

func TestWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ src, want string }{
		{`since("medication.dispensed") > days(40)`, "how long ago it is, if it never happened that a medicine was handed over by the pharmacy"},
		{`trait("language") == "es"`, "the person's language, if nobody said it"},
		{`age() > 3`, "the age, if there is no date of birth"},
		{`phase() == "rest"`, "the phase, before the first one"},
		{`count("portal.visited", "7d") < 1 && signal("slipping")`, ""},
	} {
		tree, _ := compiler().Tree("", c.src)
		w := wording()
		w.Phrase(tree)
		unknown := w.Unknown()
		if c.want == "" && len(unknown) > 0 || c.want != "" && (len(unknown) != 1 || unknown[0] != c.want) {
			t.Errorf("%s: %q", c.src, unknown)
		}
	}
}
