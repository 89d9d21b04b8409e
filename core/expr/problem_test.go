package expr_test

import (
	"fmt"
	"strings"
	"testing"

	"attune/core/expr"
)

// These are the sentences that authors of programs read, at the byte where the mistake begins.
func TestAProblemWithAState(t *testing.T) {
	for _, c := range []struct {
		it   string
		src  string
		want []string
	}{
		{"finds all misspelt names at once", `count("portal.visitd", "7d") < 1 && cuont("portal.visited", "7d") > 2 && signal("slippin")`, []string{
			`6: there is no event "portal.visitd" (did you mean portal.visited?)`,
			`36: there is no function "cuont" (did you mean count?)`,
			`80: there is no signal "slippin" (did you mean slipping?)`}},
		{"wants names of events in quotes", `since(portal.visited) > days(3)`, []string{
			`13: the name of an event is written as text (write "portal.visited")`}},
		{"wants a constant beside a count", `count("portal.visited", "7d") > count("portal.visited", "3d")`, []string{
			`32: a count is compared with a whole number, and count("portal.visited", "3d") is none`}},
		{"wants a whole number beside a count", `count("portal.visited", "7d") > 1.5`, []string{
			`32: a count is compared with a whole number, and 1.5 is none`}},
		{"limits what a person must remember", `count("portal.visited", "7d") > 5000`, []string{
			`32: a count is compared with 1000 at most`}},
		{"knows that counts are not negative", `count("portal.visited", "7d") > -1`, []string{
			`32: a count is never negative`}},
		{"explains durations", `count("portal.visited", "7 days") > 1`, []string{
			`24: "7 days" is not a duration: write a whole number and one of s, m, h, d, w, such as "7d"`}},
		{"refuses an empty window", `count("portal.visited", "0d") > 1`, []string{
			`24: a window of no length holds nothing`}},
		{"shows how a function is used", `count("portal.visited") > 1`, []string{
			`0: count cannot be used like this (write count("event.name", "7d") or count("event.name", "7d", e, e.field == "x"))`}},
		{"looks into filters", `count("portal.visited", "7d", o, o.pgae == "x") > 3`, []string{
			`35: portal.visited has no field "pgae" (did you mean page?)`}},
		{"checks types in filters", `count("portal.visited", "7d", o, o.page == 3) > 3`, []string{
			`40: these cannot be compared: o.page is text, 3 is a whole number`}},
		{"keeps the history out of filters", `count("portal.visited", "7d", o, has_happened("medication.dispensed")) > 3`, []string{
			`33: has_happened asks about the person's history, but here only one event is looked at`}},
		{"compares times since with durations", `since("portal.visited") > 3`, []string{
			`24: these cannot be compared: since("portal.visited") is a duration, 3 is a whole number (write days(3))`}},
		{"refuses an exact time since", `since("portal.visited") == days(3)`, []string{
			`0: since holds an exact length for a millisecond only (use <, <=, > or >=)`}},
		{"wants a constant beside since", `since("portal.visited") > since("medication.dispensed")`, []string{
			`26: since("medication.dispensed") is not a constant duration (write days(3) or "3d")`}},
		{"knows the fields that last may read", `last("observation.recorded.valeu") > 3`, []string{
			`5: observation.recorded has no field "valeu" (did you mean value?)`}},
		{"misses the field of last", `last("medication.dispensed") > 3`, []string{
			`5: the field is missing: medication.dispensed.field (one of code, days_supply, copay)`}},
		{"checks the type of last", `last("observation.recorded.value") > "x"`, []string{
			`35: these cannot be compared: last("observation.recorded.value") is a number, "x" is text`}},
		{"knows the words of a choice", `phase() == "treatmnt" || stage("adherence") in ["acton", "relapse"]`, []string{
			`11: there is no phase "treatmnt" (did you mean treatment?)`,
			`48: there is no stage "acton" (did you mean action?)`}},
		{"orders no words", `stage("adherence") > "action"`, []string{`19: what has a few words has no order: there is no stage before another (use ==, != or in)`}},
		{"knows audiences and behaviors", `in_audience("newcomer") && stage("smoking") == "action"`, []string{
			`12: there is no audience "newcomer" (did you mean newcomers?)`,
			`33: there is no behavior "smoking" (one of adherence)`}},
		{"wants a purpose", `consented("") || consented()`, []string{`10: the name is empty`,
			`17: consented cannot be used like this (write consented("purpose"), consented("purpose", "channel") or consented("purpose", "channel", "topic"))`}},
		{"adds up numbers only", `sum("observation.recorded.code", "7d") > 3 || trend("portal.visited", "7d") > 1`, []string{
			`4: code of observation.recorded is a text, and only numbers can be added up`,
			`52: the field is missing: portal.visited.field (one of page)`}},
		{"wants a constant beside a sum", `sum("observation.recorded.value", "7d") > last("observation.recorded.value")`, []string{
			`42: this is compared with a constant number, and last("observation.recorded.value") is none`}},
		{"refuses an empty window of a sum", `sum("observation.recorded.value", "0d") > 3`, []string{`34: a window of no length holds nothing`}},
		{"wants a whole age", `age() > 17.5 || age() < 200`, []string{
			`8: an age is compared with a whole number, and 17.5 is none`,
			`24: an age is compared with 150 at most`}},
		{"knows the parts of the day", `day_part() == "mornin" || day_part() in ["noon"]`, []string{
			`14: there is no part of the day "mornin" (did you mean morning?)`,
			`41: there is no part of the day "noon" (one of night, morning, afternoon, evening)`}},
		{"compares the part of the day with a text", `day_part() == trait("x") || day_part().startsWith("m")`, []string{
			`11: day_part is compared with a text, or looked for in a list (write day_part() == "morning")`,
			`28: day_part() changes with time, and is compared by itself, with a constant (write day_part() == "morning")`}},
		{"calculates with nothing that changes with time", `count("portal.visited", "7d") + 1 > 2`, []string{
			`0: count("portal.visited", "7d") changes with time, and is compared by itself, with a constant (write count("event.name", "7d") or count("event.name", "7d", e, e.field == "x"))`}},
		{"wants a trait of a type", `trait("weight") > 90`, []string{
			`16: these cannot be compared: trait("weight") is text, 90 is a whole number (write trait_number("weight"))`}},
		{"wants a flag of a trait", `trait("smoker") && true`, []string{
			`0: trait("smoker") is text, but true or false is needed here (write trait_flag("smoker"))`}},
		{"knows value sets", `last("observation.recorded.code") in valueset("hbac1")`, []string{
			`46: there is no value set "hbac1" (did you mean hba1c?)`}},
		{"sorts texts of events only", `classify(last("message.received.text")) == "crisis"`, []string{
			`0: classify looks at one event (use it in where, or in a filter: has_happened("message.received", m, classify(m.text) == "crisis"))`}},
		{"knows the categories of texts", `has_happened("message.received", m, classify(m.text) == "crysis")`, []string{
			`56: there is no category "crysis" (did you mean crisis?)`}},
		{"names stories by text", `story(goal) == "x" && has_story("")`, []string{
			`6: this name is written as text (write "goal")`,
			`32: the name is empty`}},
		{"knows an unquoted duration", `count("portal.visited", 7d) > 1`, []string{`25: "d" cannot stand here (write durations as text, "7d")`}},
		{"knows a number for a window", `count("portal.visited", 7) > 1`, []string{
			`0: count cannot be used with these: "portal.visited" is text, 7 is a whole number (write a window as "7d" or days(7))`}},
		{"knows a number for a wait", `absent("medication.dispensed", "portal.visited", 14)`, []string{
			`0: absent cannot be used with these: "medication.dispensed" is text, "portal.visited" is text, 14 is a whole number (write a window as "14d" or days(14))`}},
		{"knows no event in a state", `event.code == "x"`, []string{
			`0: there is nothing called "event" here (a state asks about the person: write last("event.name.field"))`}},
		{"knows no clock", `now > 3`, []string{
			`0: there is nothing called "now" here (there is no clock: write since("event.name") > days(3))`}},
		{"has no timestamps", `timestamp("2027-01-01T00:00:00Z").getHours() == 3`, []string{
			`0: there is no function "timestamp"`,
			`34: there is no function "getHours"`}},
		{"recognises a signal without its call", `slipping`, []string{
			`0: there is nothing called "slipping" here (write signal("slipping"))`}},
		{"keeps conditions apart from values", `signal("slipping") == true`, []string{
			`0: signal("slipping") is a condition of its own and cannot be part of this (join conditions with &&, || and !)`}},
		{"wants a condition", `count("portal.visited", "7d")`, []string{
			`0: this is a whole number, but true or false is needed here`}},
		{"wants conditions on both sides", `count("portal.visited", "7d") && true`, []string{
			`0: count("portal.visited", "7d") is a whole number, but true or false is needed here`}},
		{"knows one = from two", `since("portal.visited") = days(3)`, []string{`24: "=" cannot stand here (write == to compare)`}},
		{"knows and from &&", `signal("slipping") and true`, []string{`19: "and" cannot stand here (write && for and)`}},
		{"misses an end", `signal("slipping"`, []string{`17: the expression ends too early`}},
		{"misses the end of a text", `signal("slipping)`, []string{`7: the text that begins here has no end`}},
		{"misses everything", ` `, []string{`0: the expression is empty`}},
		{"counts bytes, not letters", `signal("ä") || cuont("x")`, []string{
			`7: there is no signal "ä" (one of refill_late, slipping)`,
			`16: there is no function "cuont" (did you mean count?)`}},
		{"has no ?:", `true ? true : false`, []string{`5: expressions have no ? : (write a && b || !a && c)`}},
		{"has no null", `null == null`, []string{
			`0: there is no null (write has(event.field) to ask whether there is a value)`,
			`8: there is no null (write has(event.field) to ask whether there is a value)`}},
		{"keeps whole numbers exact", `last("observation.recorded.rank") == 9007199254740993`, []string{
			`37: 9007199254740993 is larger than numbers are exact`}},
		{"limits the length", strings.Repeat("true && ", 600) + "true", []string{
			`4096: the expression has 4804 bytes, more than 4096 (give its parts names, as signals)`}},
		{"limits the depth", strings.Repeat("!(", 40) + "true" + strings.Repeat(")", 40), []string{
			`0: the expression is nested 40 deep, more than 32 (give its parts names, as signals)`}},
		{"limits parentheses", strings.Repeat("(", 1000), []string{`0: the expression is nested too deeply`}},
	} {
		t.Run(c.it, func(t *testing.T) {
			_, problems := compiler().State(c.src)
			same(t, c.src, problems, c.want)
		})
	}
}

func TestAProblemWithAFilter(t *testing.T) {
	for _, c := range []struct {
		it   string
		src  string
		want []string
	}{
		{"knows the fields", `event.cod == "x" && event.vlaue > 3`, []string{
			`6: observation.recorded has no field "cod" (did you mean code?)`,
			`26: observation.recorded has no field "vlaue" (did you mean value?)`}},
		{"lists them when none is near", `event.page == "x"`, []string{
			`6: observation.recorded has no field "page" (one of code, codes, value, rank, abnormal, taken, reported)`}},
		{"compares text with text", `event.code == 3`, []string{
			`11: these cannot be compared: event.code is text, 3 is a whole number`}},
		{"compares numbers with numbers", `event.value == "7"`, []string{
			`12: these cannot be compared: event.value is a number, "7" is text`}},
		{"does not order flags", `event.abnormal > 1`, []string{
			`15: these cannot be compared: event.abnormal is true or false, 1 is a whole number`}},
		{"knows the event's variable", `evnt.code == "x"`, []string{
			`0: there is nothing called "evnt" here (did you mean event?)`}},
		{"wants one kind of value in a list", `event.code in ["a", 3]`, []string{`14: a list holds texts or numbers, not both`}},
		{"wants constants in a list", `event.code in [event.code]`, []string{`21: a list holds constants only, and event.code is none`}},
		{"looks for numbers among numbers", `event.rank in ["a"]`, []string{
			`11: in looks for a value in a list of such values: event.rank is a whole number, ["a"] is a list of texts`}},
		{"looks for texts among texts, whatever the numbers", `event.code in [1, 2.5]`, []string{
			`14: event.code is never in this list: the types differ`}},
		{"takes no field for a duration", `days(event.rank) > event.code`, []string{
			`25: event.code is text, which is a duration only when it is written out (write days(3) or "3d")`}},
		{"asks nothing of the person", `count("portal.visited", "7d") > 3`, []string{
			`0: count asks about the person's history, but here only one event is looked at`}},
		{"asks has of a field", `has(event)`, []string{`4: has() needs a field of the event (write has(event.field))`}},
		{"minds capitals", `event.code.startswith("x")`, []string{
			`11: there is no function "startswith" (did you mean startsWith?)`}},
		{"allows one exists at a time", `event.codes.exists(c, event.codes.exists(d, d == c))`, []string{
			`34: an exists inside another is more than a rule needs`}},
		{"wants a list for exists", `event.code.exists(c, c == "x")`, []string{
			`6: exists looks through a list, and event.code is text`}},
		{"wants a variable for exists", `event.codes.exists("c", true)`, []string{
			`19: exists needs a variable for the items (write event.list.exists(x, x == "a"))`}},
		{"wants an end of a list", `event.code in ["a"`, []string{`18: the expression ends too early`}},
		{"has no index", `event.codes[0] == "x"`, []string{`11: expressions have no []`}},
		{"names a field, not the event", `event == event`, []string{
			`0: event is the whole event: name one of its fields (one of code, codes, value, rank, abnormal, taken, reported)`,
			`9: event is the whole event: name one of its fields (one of code, codes, value, rank, abnormal, taken, reported)`}},
		{"knows the forms of has and exists", `event.codes.exists(c == "x")`, []string{
			`12: exists cannot be used like this (write has(event.field), event.list.exists(x, x == "a"))`}},
		{"wants texts for exists", `[1, 2].exists(c, c == 1)`, []string{`0: exists looks through lists of texts`}},
	} {
		t.Run(c.it, func(t *testing.T) {
			f, problems := compiler().Where(reading, c.src)
			same(t, c.src, problems, c.want)
			if f != nil {
				t.Error("there is a filter as well")
			}
		})
	}
}

// What a program does not have cannot be asked.
func TestAProblemWithWhatIsNotThere(t *testing.T) {
	_, problems := expr.NewCompiler(catalogue()).State(`phase() == "x" && in_audience("y") && signal("z") && consented("care")`)
	same(t, "nothing declared", problems, []string{
		`0: the program has no map, so there are no phases`,
		`30: there is no audience "y" (the program has none)`,
		`45: there is no signal "z" (the program has none)`,
		`53: consent cannot be asked here`})
}

func TestAProblemNamesItsPart(t *testing.T) {
	_, problems := compiler().Absence(expr.AbsenceSpec{Absent: "portal.visitd", After: refill,
		AfterWhere: `event.cod == "x"`, For: `days(event.supply)`})
	same(t, "absence", problems, []string{
		`absent:0: there is no event "portal.visitd" (did you mean portal.visited?)`,
		`after_where:6: medication.dispensed has no field "cod" (did you mean code?)`,
		`for:11: medication.dispensed has no field "supply" (one of code, days_supply, copay)`})
	_, problems = compiler().Absence(expr.AbsenceSpec{})
	same(t, "nothing", problems, []string{`absent:0: an event's name is missing here`, `after:0: an event's name is missing here`})
	_, problems = compiler().Amount(refill, `event.days_supply`)
	same(t, "amount", problems, []string{`6: this is a whole number, but a duration is needed here`})
	_, problems = compiler().Amount(refill, `hours(event.days_supply - 1)`)
	same(t, "unit", problems, []string{`12: event.days_supply counts days (write days(event.days_supply))`})
	_, problems = compiler().Where(refill, `days(event.days_supply) > event.days_supply`)
	same(t, "unit", problems, []string{`24: these cannot be compared: days(event.days_supply) is a duration, event.days_supply is a whole number (write days(event.days_supply))`})
	_, problems = compiler().Amount("", `days(event.days_supply)`)
	same(t, "constant", problems, []string{`5: there is nothing called "event" here (only a constant can stand here)`})
}

func same(t *testing.T, src string, got []expr.Problem, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		var g, w string
		if i < len(got) {
			g = got[i].String()
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			t.Errorf("%s\n got %s\nwant %s", src, g, w)
		}
	}
}

// What a program costs is bounded, for each question and for what it has remembered of each person.
func TestAProblemWithTheCost(t *testing.T) {
	const sum = `sum("observation.recorded.value", "7d") > 3`
	_, problems := compiler().State(sum + strings.Repeat(" || "+sum, 40))
	same(t, "forty sums", problems, []string{
		`0: to answer this takes a look at up to 2705 values, more than 2000 (give its parts names, as signals)`})

	k := compiler()
	for i := range 9 {
		mustState(t, k, fmt.Sprintf(`count("observation.recorded", "7d", o, o.rank == %d) > 999`, i))
	}
	before := k.Plan().Memory()
	for range 2 {
		_, problems = k.State(`count("observation.recorded", "7d", o, o.rank == 9) > 999 && has_happened("portal.visited")`)
		same(t, "ten thousand and one", problems, []string{
			`0: with this, the program's expressions remember up to 10001 values of each person, more than 10000 (compare counts with smaller numbers, or let more expressions use the same filters)`})
	}
	if now := k.Plan().Memory(); now != before || now != 9000 {
		t.Errorf("what was refused is remembered: %d values, and %d before", now, before)
	}
	k.Declare(names()) // another program
	r := mustState(t, k, `count("observation.recorded", "7d", o, o.rank == 9) > 999 && has_happened("portal.visited")`)
	if r.Cost < 2 || r.Cost > 10 {
		t.Errorf("it costs %d", r.Cost)
	}
	absence := expr.AbsenceSpec{Absent: refill, After: reading, For: "1d", Key: "event.code"}
	for i := range 400 {
		absence.AfterWhere = fmt.Sprintf("event.rank == %d", i)
		if _, problems = k.Absence(absence); len(problems) > 0 {
			break
		}
	}
	same(t, "many keys", problems, []string{
		`absent:0: with this, the program's expressions remember up to 10025 values of each person, more than 10000 (compare counts with smaller numbers, or let more expressions use the same filters)`})
}
