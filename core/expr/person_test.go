package expr_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"attune/core/expr"
	"attune/core/instant"
)

func zone(t testing.TB, name string) *instant.Zone {
	t.Helper()
	zones, err := instant.LoadZones()
	if err != nil {
		t.Fatal(err)
	}
	z, ok := zones.Find(name)
	if !ok {
		t.Fatal(name)
	}
	return z
}

func at(t testing.TB, s string) instant.Time {
	t.Helper()
	i, err := instant.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func told(name string, v expr.Value, when instant.Time, order uint64) happening {
	return happening{name: "traits.updated", at: when, props: props{name: v}, order: expr.Order{ID: order}}
}

func TestATrait(t *testing.T) {
	T, F, U := expr.True, expr.False, expr.Unknown
	weight := func(v expr.Value) []happening { return []happening{told("weight", v, start, 1)} }
	for _, c := range []struct {
		it, src string
		history []happening
		want    expr.Tri
	}{
		{"is a text", `trait("language") == "es"`, []happening{told("language", expr.TextOf("es"), start, 1)}, T},
		{"is a number", `trait_number("weight") > 90`, weight(expr.NumberOf(90.5)), T},
		{"is a whole number", `trait_number("weight") < 90`, weight(expr.IntegerOf(90)), F},
		{"is a flag", `trait_flag("smoker") && true`, []happening{told("smoker", expr.FlagOf(true), start, 1)}, T},
		{"is compared as a flag", `trait_flag("smoker") == false`, []happening{told("smoker", expr.FlagOf(true), start, 1)}, F},
		{"is a list", `"walking" in trait_list("interests")`, []happening{told("interests", expr.ListOf("walking"), start, 1)}, T},
		{"is looked through", `trait_list("interests").exists(i, i.startsWith("w"))`, []happening{told("interests", expr.ListOf("walking"), start, 1)}, T},
		{"is looked for", `trait("language") in ["en", "es"]`, []happening{told("language", expr.TextOf("es"), start, 1)}, T},
		{"is not known before it was said", `trait("language") == "es"`, nil, U},
		{"is not known where it is of another type", `trait_number("weight") > 90`, weight(expr.TextOf("95")), U},
		{"is what was said last, not what came last", `trait("language") == "es"`,
			[]happening{told("language", expr.TextOf("es"), after(day), 1), told("language", expr.TextOf("en"), start, 2)}, T},
		{"is, of one instant, what has the larger order", `trait("language") == "es"`,
			[]happening{told("language", expr.TextOf("es"), start, 9), told("language", expr.TextOf("en"), start, 2)}, T},
		{"is taken back by nothing", `trait("language") == "es"`,
			[]happening{told("language", expr.TextOf("es"), start, 1), told("language", expr.Value{}, after(day), 2)}, U},
		{"stays when nothing is said of it", `trait("language") == "es"`,
			[]happening{told("language", expr.TextOf("es"), start, 1), told("weight", expr.NumberOf(1), after(day), 2)}, T},
		{"is brought by a new record", `trait("language") == "es"`,
			[]happening{{name: "patient.created", at: start, props: props{"language": expr.TextOf("es")}}}, T},
		{"is brought by no other event", `trait("page") == "home"`, []happening{{name: visit, at: start, props: props{"page": expr.TextOf("home")}}}, U},
	} {
		t.Run(c.it, func(t *testing.T) {
			k := compiler()
			r := mustState(t, k, c.src)
			if got, until := r.Ask(fold(k.Plan(), c.history...), after(2*day)); got != c.want || until != instant.Never {
				t.Errorf("%s: %v until %v", c.src, got, until)
			}
			if !slices.Equal(r.Events, []string{"fact.corrected", "patient.created", "patient.updated", "person.registered", "traits.updated"}) {
				t.Errorf("it waits for %v", r.Events)
			}
		})
	}
}

func TestAge(t *testing.T) {
	T, F, U := expr.True, expr.False, expr.Unknown
	for _, c := range []struct {
		it, src, born, zone, now string
		want                     expr.Tri
		until                    string
	}{
		{"changes at local midnight", `age() >= 18`, "2009-03-28", "Europe/Berlin", "2027-03-27T22:59:59.999Z", F, "2027-03-27T23:00:00Z"},
		{"has changed then", `age() >= 18`, "2009-03-28", "Europe/Berlin", "2027-03-27T23:00:00Z", T, "never"},
		{"ends a year later where it is exact", `age() == 18`, "2009-03-28", "Europe/Berlin", "2027-03-28T10:00:00Z", T, "2028-03-27T22:00:00Z"},
		{"begins and ends where it is exact", `18 == age()`, "2009-03-28", "Europe/Berlin", "2026-01-01T00:00:00Z", F, "2027-03-27T23:00:00Z"},
		{"is past where it is exact", `age() != 18`, "2000-03-28", "Europe/Berlin", "2026-01-01T00:00:00Z", T, "never"},
		{"is younger until the year after", `age() <= 17`, "2009-03-28", "Europe/Berlin", "2026-01-01T00:00:00Z", T, "2027-03-27T23:00:00Z"},
		{"is under", `age() < 18`, "2009-03-28", "Europe/Berlin", "2027-04-01T00:00:00Z", F, "never"},
		{"is over", `age() > 17`, "2009-03-28", "", "2027-03-28T00:00:00Z", T, "never"},
		{"goes by the first of March without a leap day", `age() >= 7`, "2020-02-29", "", "2027-02-28T12:00:00Z", F, "2027-03-01T00:00:00Z"},
		{"begins with birth", `age() < 5`, "2030-01-01", "", "2027-02-28T12:00:00Z", U, "2030-01-01T00:00:00Z"},
		{"is not known without a date", `age() < 5`, "1980", "", "2027-02-28T12:00:00Z", U, "never"},
		{"is any age at once", `age() >= 0`, "1980-01-01", "", "2027-02-28T12:00:00Z", T, "never"},
	} {
		t.Run(c.it, func(t *testing.T) {
			k := compiler()
			r := mustState(t, k, c.src)
			f := fold(k.Plan(), told("birth_date", expr.TextOf(c.born), 0, 1))
			if c.zone != "" {
				f.Zone = zone(t, c.zone)
			}
			if got, until := r.Ask(f, at(t, c.now)); got != c.want || until.String() != c.until || !r.Timed {
				t.Errorf("%s: %v until %v", c.src, got, until)
			}
		})
	}
}

func TestDayPart(t *testing.T) {
	T, F := expr.True, expr.False
	for _, c := range []struct {
		it, src, zone, now string
		want               expr.Tri
		until              string
	}{
		{"begins at six", `day_part() == "morning"`, "", "2027-03-01T05:59:59.999Z", F, "2027-03-01T06:00:00Z"},
		{"ends at noon", `day_part() == "morning"`, "", "2027-03-01T06:00:00Z", T, "2027-03-01T12:00:00Z"},
		{"goes through the night", `day_part() != "morning"`, "", "2027-03-01T12:00:00Z", T, "2027-03-02T06:00:00Z"},
		{"joins parts", `day_part() in ["evening", "night"]`, "", "2027-03-01T18:00:00Z", T, "2027-03-02T06:00:00Z"},
		{"joins parts with a gap", `day_part() in ["evening", "morning"]`, "", "2027-03-01T18:00:00Z", T, "2027-03-02T00:00:00Z"},
		{"is always one of all", `day_part() in ["evening", "morning", "night", "afternoon"]`, "", "2027-03-01T18:00:00Z", T, "never"},
		{"may stand on the right", `"night" == day_part()`, "Asia/Kolkata", "2027-03-01T18:30:00Z", T, "2027-03-02T00:30:00Z"},
		{"is an hour shorter when clocks go forward", `day_part() == "night"`, "Europe/Berlin", "2027-03-27T23:00:00Z", T, "2027-03-28T04:00:00Z"},
		{"is an hour longer when clocks go back", `day_part() == "night"`, "Europe/Berlin", "2027-10-30T22:00:00Z", T, "2027-10-31T05:00:00Z"},
		{"comes back for a moment", `day_part() == "evening"`, "America/St_Johns", "2010-11-07T02:30:00Z", F, "2010-11-07T02:31:00Z"},
	} {
		t.Run(c.it, func(t *testing.T) {
			k := compiler()
			if c.zone != "" {
				k.DeclareZone(zone(t, c.zone))
			}
			r := mustState(t, k, c.src)
			f := k.Plan().New(2, 2)
			if got, until := r.Ask(&f, at(t, c.now)); got != c.want || until.String() != c.until || !r.Timed {
				t.Errorf("%s: %v until %v", c.src, got, until)
			}
			f.Zone = zone(t, "Pacific/Kiritimati")
			if _, until := r.Ask(&f, at(t, c.now)); c.until != "never" && until.String() == c.until {
				t.Error("the person's own zone is not asked")
			}
		})
	}
}

// With a key there is one wait for each of its values.
func TestAnAbsenceWithAKey(t *testing.T) {
	T, F := expr.True, expr.False
	spec := expr.AbsenceSpec{Absent: refill, Where: `event.days_supply > 0`, After: reading, AfterWhere: `event.value > 1.0`, For: "days(event.rank)", Key: "event.code"}
	order := func(d int, code string, rank int64) happening {
		return happening{name: reading, at: after(instant.Duration(d) * day), props: props{"code": expr.TextOf(code), "rank": expr.IntegerOf(rank), "value": expr.NumberOf(2)}}
	}
	result := func(d int, code string) happening {
		return happening{name: refill, at: after(instant.Duration(d) * day), props: props{"code": expr.TextOf(code), "days_supply": expr.IntegerOf(1)}}
	}
	for _, c := range []struct {
		it       string
		history  []happening
		now      instant.Time
		want     expr.Tri
		until    instant.Time
		deadline instant.Time
	}{
		{"waits for each", []happening{order(0, "a", 10), order(1, "b", 2)}, after(2 * day), F, after(3 * day), 0},
		{"is true when one is overdue", []happening{order(0, "a", 10), order(1, "b", 2)}, after(3 * day), T, instant.Never, after(3 * day)},
		{"has the newest deadline that passed", []happening{order(0, "a", 10), order(1, "b", 2)}, after(11 * day), T, instant.Never, after(10 * day)},
		{"ends with an event of the same key", []happening{order(0, "a", 10), order(1, "b", 2), result(2, "b")}, after(3 * day), F, after(10 * day), 0},
		{"does not end with another key", []happening{order(1, "b", 2), result(2, "a")}, after(3 * day), T, instant.Never, after(3 * day)},
		{"does not end at the same instant", []happening{order(1, "b", 2), result(1, "b")}, after(3 * day), T, instant.Never, after(3 * day)},
		{"ends late", []happening{order(1, "b", 2), result(9, "b")}, after(9 * day), F, instant.Never, 0},
		{"begins anew", []happening{order(1, "b", 2), result(2, "b"), order(5, "b", 1)}, after(6 * day), T, instant.Never, after(6 * day)},
		{"has no wait without a key", []happening{order(1, "", 2), {name: reading, at: start, props: props{"rank": expr.IntegerOf(1), "value": expr.NumberOf(2)}}}, after(9 * day), F, instant.Never, 0},
		{"has no deadline without the field", []happening{{name: reading, at: start, props: props{"code": expr.TextOf("a"), "value": expr.NumberOf(2)}}}, after(9 * day), F, instant.Never, 0},
		{"minds its conditions", []happening{order(1, "b", 2), {name: refill, at: after(2 * day), props: props{"code": expr.TextOf("b")}},
			{name: reading, at: start, props: props{"code": expr.TextOf("c"), "rank": expr.IntegerOf(1), "value": expr.NumberOf(1)}}}, after(3 * day), T, instant.Never, after(3 * day)},
	} {
		t.Run(c.it, func(t *testing.T) {
			k := compiler()
			r, problems := k.Absence(spec)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			slices.Reverse(c.history) // what arrives last is not what happened last
			f := fold(k.Plan(), c.history...)
			got, until := r.Ask(f, c.now)
			deadline, overdue := r.Deadline(f, c.now)
			if got != c.want || until != c.until || deadline != c.deadline || overdue != (got == T) {
				t.Errorf("%v until %v, since %v", got, until, deadline)
			}
		})
	}
}

// Of more keys than are remembered, those that something happened to last stay, and whatever brings a
// key back is all that matters of it.
func TestKeysAreForgottenOldestFirst(t *testing.T) {
	k := compiler()
	r, problems := k.Absence(expr.AbsenceSpec{Absent: refill, After: reading, For: "1d", Key: "event.code"})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	p := k.Plan()
	f := p.New(2, 2)
	event := func(name string, i, minute int) {
		p.Fold(&f, name, props{"code": expr.TextOf(fmt.Sprint(i))}, after(instant.Duration(minute)*instant.Minute), expr.Order{ID: uint64(minute)})
	}
	event(reading, 0, 0)
	for i := 1; i <= 32; i++ {
		event(reading, i, i)
		event(refill, i, i+1)
	}
	if got, _ := r.Ask(&f, after(2*day)); got != expr.False || len(f.Keyed[0].Newest) != 32 {
		t.Errorf("%v of %d keys", got, len(f.Keyed[0].Newest))
	}
	event(reading, 0, 40)
	if got, _ := r.Ask(&f, after(2*day)); got != expr.True || len(f.Keyed[0].Newest) != 32 {
		t.Errorf("%v of %d keys", got, len(f.Keyed[0].Newest))
	}
}

func TestAKeyOfABoundedMemoryDoesNotDependOnTheOrderOfArrival(t *testing.T) {
	k := compiler()
	if _, problems := k.Absence(expr.AbsenceSpec{Absent: refill, After: reading, For: "1d", Key: "event.code"}); len(problems) > 0 {
		t.Fatal(problems)
	}
	mustState(t, k, `sum("observation.recorded.value", "9d") > 3`)
	p := k.Plan()
	rapid.Check(t, func(rt *rapid.T) {
		var history []happening
		for i := range 120 {
			n := rapid.IntRange(0, 1<<20).Draw(rt, "event")
			history = append(history, happening{name: []string{refill, reading}[n%2], at: after(instant.Duration(n>>1&63) * hour),
				props: props{"code": expr.TextOf(fmt.Sprint(n >> 7 & 63)), "value": expr.NumberOf(float64(n >> 13 & 3))}, order: expr.Order{ID: uint64(i)}})
		}
		a, b := fold(p, history...), fold(p, rapid.Permutation(history).Draw(rt, "order")...)
		if x, y := fmt.Sprint(a), fmt.Sprint(b); x != y {
			rt.Fatalf("%s\n%s", x, y)
		}
		if len(a.Series[0].Readings) > 64 || len(a.Keyed[0].Newest) > 32 {
			rt.Fatalf("%d readings, %d keys", len(a.Series[0].Readings), len(a.Keyed[0].Newest))
		}
	})
}

func TestAProblemWithAKey(t *testing.T) {
	for src, want := range map[string]string{
		"code":             `key:0: a key is a field of the event (write the field that both events have, such as event.appointment)`,
		"event.cod":        `key:6: observation.recorded has no field "cod" (did you mean code?)`,
		"event.value":      `key:0: a key is a text or a whole number, and value of observation.recorded is a number (write the field that both events have, such as event.appointment)`,
		"event.rank":       `key:6: medication.dispensed has no field "rank" (one of code, days_supply, copay)`,
		`event.code + "x"`: `key:0: a key is a field of the event (write the field that both events have, such as event.appointment)`,
	} {
		_, problems := compiler().Absence(expr.AbsenceSpec{Absent: refill, After: reading, For: "1d", Key: src})
		same(t, src, problems, []string{want})
	}
}

func TestAStory(t *testing.T) {
	T, F, U := expr.True, expr.False, expr.Unknown
	tells := func(d int, fact, text string) happening {
		return happening{name: "story.told", at: after(instant.Duration(d) * day), props: props{"fact": expr.TextOf(fact), "text": expr.TextOf(text)}}
	}
	history := []happening{tells(2, "goal", "walk the dog"), tells(0, "goal", "sleep"), tells(3, "barrier", "no bus"), {name: "story.told", at: after(4 * day)}}
	for src, want := range map[string]expr.Tri{
		`story("goal") == "walk the dog"`:                                          T,
		`story("goal") == last("story.told.text", e, e.fact == "goal")`:            T,
		`story("barrier").contains("bus")`:                                         T,
		`story("barrier") in ["sleep"]`:                                            F,
		`story("reason") == "x"`:                                                   U,
		`has_story("goal") && !has_story("reason")`:                                T,
		`has_story("reason") || has_happened("story.told", e, e.fact == "reason")`: F,
	} {
		k := compiler()
		r := mustState(t, k, src)
		if got, until := r.Ask(fold(k.Plan(), history...), after(9*day)); got != want || until != instant.Never || !slices.Equal(r.Events, []string{"story.told"}) {
			t.Errorf("%s: %v until %v, for %v", src, got, until, r.Events)
		}
	}
	k := compiler()
	mustState(t, k, `has_story("goal") && story("goal") == last("story.told.text", e, e.fact == "goal")`)
	if kinds := k.Plan().Describe(); !slices.Equal(kinds, []string{`story.told, event.fact == "goal": newest 1, last text`}) {
		t.Errorf("%q", kinds)
	}
}

// Two programs may mean different codes by one name; their filters read the same and share nothing.
func TestFiltersOfDifferentVocabulariesShareNothing(t *testing.T) {
	k := compiler()
	const src = `has_happened("observation.recorded", o, o.code in valueset("hba1c"))`
	first, again := mustState(t, k, src), mustState(t, k, src)
	k.DeclareValueSets([]expr.ValueSet{{Name: "hba1c", Codes: []string{"bp"}}})
	second := mustState(t, k, src)
	f := fold(k.Plan(), happening{name: reading, at: start, props: props{"code": expr.TextOf("bp")}})
	a, _ := first.Ask(f, start)
	b, _ := again.Ask(f, start)
	c, _ := second.Ask(f, start)
	if a != expr.False || b != expr.False || c != expr.True || len(f.Counters) != 2 {
		t.Errorf("%v %v %v with %d counters", a, b, c, len(f.Counters))
	}
}
