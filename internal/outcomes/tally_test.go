package outcomes

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"attune/core/expr"
	"attune/core/instant"
	"attune/core/journeymap"
	"attune/core/policy"
	"attune/core/program"
)

// tiny is a program with one of everything: places of measures and outcomes are those of the constants.
func tiny() *program.Program {
	good := func(x float64) *float64 { return &x }
	return &program.Program{
		ID: "small", Name: "A small program",
		Map: journeymap.Map{
			Phases:     []journeymap.Phase{{ID: "start", Name: "Start", Horizon: 100 * instant.Day}, {ID: "living", Name: "Living with it"}},
			Exits:      []journeymap.Exit{{ID: "died", On: expr.Trigger{On: "patient.deceased"}}},
			Moments:    []journeymap.Moment{{ID: "visit", Name: "The visit"}},
			Attributes: []journeymap.Attribute{{ID: "practice", Name: "GP practice"}},
		},
		Outcomes: []program.Outcome{
			{ID: "refilled", Name: "Fetched the medicine", Kind: "behavior", Within: 7 * instant.Day, Value: 10},
			{ID: "told", Name: "Told a friend", Kind: "recommendation", Value: 5},
		},
		Measures: []program.Measure{
			{ID: "sugar", Name: "HbA1c", Unit: "%", Kind: "clinical", Lower: true, Matters: .5, Good: good(7)},
			{ID: "pain", Name: "Pain", Kind: "reported", Lower: true, Matters: 2},
			{ID: "pills", Name: "Pills", Kind: "supply"},
			{ID: "effort", Name: "Effort", Kind: "effort", Lower: true, Good: good(3)},
			{ID: "friends", Name: "Would recommend it", Kind: "recommendation"},
			{ID: "portal", Name: "Looks into the portal", Kind: "activity"},
		},
		Engagements: []program.Engagement{{ID: "remind", Outcome: "refilled"}},
		Costs:       program.Costs{Unit: "euro", Month: 100, Person: 5, Messages: []policy.Cost{{Channel: "sms", Value: .1}, {Channel: "letter", Value: 1}}},
	}
}

const (
	refilled = 0
	told     = 1

	sugar   = 0
	pain    = 1
	pills   = 2
	effort  = 3
	friends = 4
	portal  = 5
)

// report is what becomes of these people in the first year, with all of it told.
func report(t *testing.T, by string, people ...*Person) *Report {
	t.Helper()
	tally := NewTally(Of{Program: tiny(), Period: Period{0, 365}, By: by})
	for _, p := range people {
		if p.Gone == 0 {
			p.Gone = 400
		}
		tally.Add(p)
	}
	r, err := tally.Report(true)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// says is what stands in the row that begins with these words.
func says(t *testing.T, r *Report, table, column string, begin ...string) string {
	t.Helper()
	for _, x := range r.Tables() {
		if x.ID != table {
			continue
		}
		for _, row := range x.Rows {
			fits := true
			for k, b := range begin {
				fits = fits && row[k].Says == b
			}
			if !fits {
				continue
			}
			if x.Column(column) < 0 {
				t.Fatalf("the table %s has no column %s", table, column)
			}
			return row[x.Column(column)].Says
		}
		return "no such row"
	}
	return "no such table"
}

func expect(t *testing.T, r *Report, want string, table, column string, begin ...string) {
	t.Helper()
	if got := says(t, r, table, column, begin...); got != want {
		t.Errorf("%s %v, %s: %q, want %q", table, begin, column, got, want)
	}
}

func TestDaysCovered(t *testing.T) {
	t.Parallel()
	fill := func(at, days float64, code string) Value {
		return Value{Measure: pills, At: at, Value: days, Code: code}
	}
	for _, c := range []struct {
		name   string
		person Person
		want   string
	}{
		{"without a gap", Person{Values: []Value{fill(0, 182, "a"), fill(182, 183, "a")}}, "100.0 %"},
		{"a gap of a fifth", Person{Values: []Value{fill(0, 100, "a"), fill(173, 192, "a")}}, "80.0 %"},
		{"fetched early is used after", Person{Values: []Value{fill(0, 200, "a"), fill(100, 92, "a")}}, "80.0 %"},
		{"of two medicines a day counts once", Person{Values: []Value{fill(0, 146, "a"), fill(0, 146, "b")}}, "40.0 %"},
		{"from the first supply on", Person{Values: []Value{fill(165, 50, "a"), fill(265, 50, "a")}}, "50.0 %"},
		{"until they left", Person{Gone: 200, Values: []Value{fill(0, 50, "a"), fill(100, 50, "a")}}, "50.0 %"},
		{"followed too briefly", Person{Values: []Value{fill(300, 30, "a"), fill(330, 30, "a")}}, "no such table"},
		{"one supply only", Person{Values: []Value{fill(0, 30, "a")}}, "no such table"},
		{"a supply before the period lasts into it", Person{Enrolled: -50, Values: []Value{fill(-46, 92, "a"), fill(319, 46, "a")}}, "25.2 %"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := report(t, "", &c.person)
			got, _, _ := strings.Cut(says(t, r, "adherence", "covered", "Pills"), " (")
			if got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// A change is from the first value to the last, four weeks apart or more, and counts as better or worse from the number on that matters.
func TestHealthChangesByWhatMatters(t *testing.T) {
	t.Parallel()
	of := func(values ...float64) *Person {
		p := &Person{}
		for i, v := range values {
			p.Values = append(p.Values, Value{Measure: sugar, At: float64(30 * i), Value: float64(float32(v))})
		}
		return p
	}
	r := report(t, "", of(8.2, 9, 7.7), of(8, 7.6), of(7, 7.5), of(9), of(6.4, 6.4), &Person{Values: []Value{{Measure: sugar, At: 1, Value: 9}, {Measure: sugar, At: 28, Value: 5}}})
	for column, want := range map[string]string{"people": "4", "first": "7.40", "last": "7.30", "better": "1", "worse": "1", "better_share": "25.0 % (4.6 to 69.9)", "goal": "at most 7"} {
		got := says(t, r, "health", column, "HbA1c")
		if got != want {
			t.Errorf("%s: %q, want %q", column, got, want)
		}
	}
	if got, _, _ := strings.Cut(says(t, r, "health", "change", "HbA1c"), " ("); got != "-0.10" {
		t.Errorf("the change is %s", got)
	}
	// At the goal at last are 6.4 and the 5 of whom was measured twice within four weeks, of six.
	if got, _, _ := strings.Cut(says(t, r, "health", "at_goal", "HbA1c"), " ("); got != "33.3 %" {
		t.Errorf("at the goal are %s", got)
	}
}

func TestWhatPeopleSayOfMoments(t *testing.T) {
	t.Parallel()
	var people []*Person
	for i := range 10 {
		p := &Person{Values: []Value{{Measure: friends, At: 10, Value: 0}, {Measure: friends, At: 20, Value: float64(i + 1)}, {Measure: effort, At: 20, Value: float64(1 + i%5), Moment: "visit"}}}
		people = append(people, p)
	}
	r := report(t, "", people...)
	// The last word counts: 1 to 10, so two promoters, two in between, six who do not.
	for column, want := range map[string]string{"people": "10", "promoters": "2", "passives": "2", "detractors": "6"} {
		expect(t, r, want, "recommend", column, "Would recommend it")
	}
	if got, _, _ := strings.Cut(says(t, r, "recommend", "score", "Would recommend it"), " ("); got != "-40" {
		t.Errorf("the score is %s", got)
	}
	if got, _, _ := strings.Cut(says(t, r, "experience", "good", "Effort", "effort", "The visit"), " ("); got != "60.0 %" {
		t.Errorf("easy it was for %s", got)
	}
}

// The outcome that a message is for counts in its time after it, where that time is over.
func TestAnswersToMessages(t *testing.T) {
	t.Parallel()
	sms := func(at float64) Touch {
		return Touch{At: at, Engagement: "remind", Channel: "sms", Delivered: true}
	}
	failed := sms(200)
	failed.Delivered, failed.Failed = false, true
	opened := sms(50)
	opened.Opened = true
	r := report(t, "",
		&Person{Touches: []Touch{sms(10), opened}, Reached: []Reached{{refilled, 17}, {refilled, 58}}}, // in time; a day late
		&Person{Touches: []Touch{sms(10), failed}, Reached: []Reached{{refilled, 10}, {refilled, 204}}},
		&Person{Touches: []Touch{sms(362), {At: 20, Engagement: "remind", Channel: "letter"}}}, // its time is not over
	)
	for column, want := range map[string]string{"people": "3", "sent": "5", "failed": "20.0 % (3.6 to 62.4)", "delivered": "80.0 % (37.6 to 96.4)", "opened": "20.0 % (3.6 to 62.4)", "clicked": "–", "reached": "33.3 %"} {
		expect(t, r, want, "channels", column, "sms")
	}
	expect(t, r, "0.0 %", "channels", "reached", "letter")
	expect(t, r, "5", "messages", "sent", "sms", "remind")
	expect(t, r, "0.50", "cost", "cost", "messages by sms")
	expect(t, r, "1.00", "cost", "cost", "messages by letter")
	expect(t, r, "15.00", "cost", "cost", "people who came")
	expect(t, r, "1,216", "cost", "cost", "all of it") // and 365 days of months of 30.4375, of a hundred
	expect(t, r, "303.92", "cost_of_outcomes", "cost", "Fetched the medicine")
}

// Of who came: the share still there is one less the cumulative incidences of leaving and dying.
func TestWhoStays(t *testing.T) {
	t.Parallel()
	var people []*Person
	for i := range 20 {
		p := &Person{}
		switch {
		case i < 4:
			p.Gone, p.End = 60, Left
		case i < 6:
			p.Gone, p.End = 90, Died
		}
		people = append(people, p)
	}
	r := report(t, "", people...)
	for day, want := range map[string]string{"30": "100.0 %", "60": "80.0 %", "90": "70.0 %", "360": "70.0 %"} {
		if got, _, _ := strings.Cut(says(t, r, "retention", "there", day), " ("); got != want {
			t.Errorf("after %s days %s are there, want %s", day, got, want)
		}
	}
	if got, _, _ := strings.Cut(says(t, r, "retention", "died", "360"), " ("); got != "10.0 %" {
		t.Errorf("%s died", got)
	}
	if got, _, _ := strings.Cut(says(t, r, "overview", "retained", "A small program"), " ("); got != "70.0 %" {
		t.Errorf("%s are said to be there after half a year", got)
	}
}

func TestStagesMoved(t *testing.T) {
	t.Parallel()
	move := func(from, to string) Move { return Move{Behavior: "activity", From: from, To: to} }
	r := report(t, "",
		&Person{Moves: []Move{move("", "contemplation"), move("contemplation", "action")}},
		&Person{Moves: []Move{move("action", "relapse")}},
		&Person{Moves: []Move{move("", "preparation")}},
		&Person{},
	)
	for column, want := range map[string]string{"people": "3", "forward": "1", "back": "1"} {
		expect(t, r, want, "stages", column, "activity")
	}
	expect(t, r, "1", "moves", "people", "activity", "contemplation", "action")
}

// trial is so many people of each part over a year of 365 days from a draw at day 0, who refill as often as given.
func trial(n int, usually, without float64) (people []*Person) {
	for i := range 2 * n {
		p := &Person{Arms: []Arm{{"all", [2]string{usual, "holdout"}[i%2], 0}}}
		often := [2]float64{usually, without}[i%2]
		// Half do it once more, and half once less.
		for k := range int(often) + 2*(i/2%2) - 1 {
			p.Reached = append(p.Reached, Reached{refilled, float64(5 + 10*k)})
		}
		people = append(people, p)
	}
	return people
}

// Of 50 people each, usual reach 10 times in the mean and those held out 6, give or take one: 4 more a year of 365 days.
// The standard error of a mean of 50 with values one above or below is 1/√49, so the difference's is √2/7; see sums.go for the formula.
func TestWhatATrialChangedAndWhatCameBack(t *testing.T) {
	t.Parallel()
	r := report(t, "", trial(50, 10, 6)...)
	half := 1.959963985 * math.Sqrt2 / 7
	scale := 100 * month / 365
	want := fmt.Sprintf("%s (%s to %s)", written(4*scale, kindNumber), written((4-half)*scale, kindNumber), written((4+half)*scale, kindNumber))
	expect(t, r, want, "compared", "more", "all programs", "holdout", "Fetched the medicine, each hundred people and month")
	// They are worth ten each, for fifty people, and it cost five each who came and a hundred a month.
	cost := 5*100 + 100*365/month
	gain := 4.0 * 10 * 50
	reach := half * 10 * 50 / cost
	expect(t, r, fmt.Sprintf("%.1f %% (%.1f to %.1f)", 100*(gain/cost-1), 100*(gain/cost-1-reach), 100*(gain/cost-1+reach)), "return", "return", "all programs", "holdout")
	expect(t, r, "For each euro spent, 1.18 (1.06 to 1.29) came back: more than was spent.", "return", "says", "all programs", "holdout")
}

func TestWithoutATrialNothingCameBack(t *testing.T) {
	t.Parallel()
	people := trial(50, 10, 6)
	for _, p := range people {
		p.Arms = nil
	}
	r := report(t, "", people...)
	expect(t, r, "no such table", "return", "return")
	expect(t, r, "no such table", "compared", "more")
}

// Drawn twice is counted as drawn first, and what was reached before the draw changed nothing.
func TestPartsAreAsDrawn(t *testing.T) {
	t.Parallel()
	r := report(t, "", &Person{Arms: []Arm{{"all", "usual", 100}, {"all", "holdout", 200}}, Reached: []Reached{{refilled, 50}, {refilled, 150}}, Gone: 180, End: Left},
		&Person{Arms: []Arm{{"all", "holdout", 100}}})
	expect(t, r, "1", "parts", "people", "all programs", "usual")
	expect(t, r, "1", "parts", "people", "all programs", "holdout")
	// One in the 265 days after the draw, though they left.
	expect(t, r, written(10*month/265, kindMoney), "parts", "value", "all programs", "usual")
}

func TestPartsOfPeople(t *testing.T) {
	t.Parallel()
	r := report(t, "practice", &Person{Level: "oak"}, &Person{Level: "oak"}, &Person{Level: "elm"}, &Person{})
	expect(t, r, "2", "divided", "people", "oak")
	expect(t, r, "1", "divided", "people", "elm")
	expect(t, r, "1", "divided", "people", "not known")
	expect(t, r, "4", "overview", "people", "A small program")
}

// What people do is counted, each time.
func TestWhatPeopleDid(t *testing.T) {
	t.Parallel()
	r := report(t, "", &Person{Values: []Value{{Measure: portal, At: 1, Value: 1}, {Measure: portal, At: 2, Value: 1}, {Measure: portal, At: 400, Value: 1}}}, &Person{})
	expect(t, r, "1", "activity", "people", "Looks into the portal")
	expect(t, r, "2", "activity", "times", "Looks into the portal")
}

// Who was not there in the period is not counted, nor is what happened outside it.
func TestThePeriodBoundsWhatIsCounted(t *testing.T) {
	t.Parallel()
	r := report(t, "",
		&Person{Enrolled: 400, Gone: 500},
		&Person{Enrolled: -100, Gone: -1, End: Left},
		&Person{Enrolled: -100, Reached: []Reached{{refilled, -5}, {refilled, 5}, {refilled, 365}}},
	)
	expect(t, r, "1", "overview", "people", "A small program")
	expect(t, r, "1", "outcomes", "times", "Fetched the medicine")
	expect(t, r, "no such table", "retention", "there") // nobody came in it
}

// One row for each program, and sums for the house, a region and a brand: of counts, of values in the same unit, and of shares as of all their
// people together.
func TestProgramsAreSummedUp(t *testing.T) {
	t.Parallel()
	of := func(id, unit string, standards []string, reached ...int) *Tally {
		pr := tiny()
		pr.ID, pr.Name, pr.Costs.Unit = id, id, unit
		for _, s := range standards {
			pr.Standards = append(pr.Standards, program.Standard{ID: s, Name: s})
		}
		tally := NewTally(Of{Program: pr, Period: Period{0, 365}})
		for _, n := range reached {
			p := &Person{Gone: 400, Touches: []Touch{{At: 1, Engagement: "remind", Channel: "letter"}}}
			for k := range n {
				p.Reached = append(p.Reached, Reached{refilled, float64(1 + k)})
			}
			tally.Add(p)
		}
		return tally
	}
	r, err := RollUp("Everything", []*Tally{
		of("heart", "euro", []string{"house", "north"}, 1, 3), of("lung", "euro", []string{"house", "north"}, 2), of("skin", "dollar", []string{"house"}, 4, 0, 0),
	}, true)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, r, "2", "programs", "people", "heart")
	expect(t, r, "3", "levels", "people", "north")
	expect(t, r, "6", "levels", "people", "house")
	expect(t, r, "6", "levels", "people", "all programs")
	expect(t, r, "2", "levels", "programs", "north")
	expect(t, r, "3", "levels", "messages", "north")
	expect(t, r, "3.00", "levels", "cost", "north")
	// Six times ten in three years of people; in two units nothing is summed.
	expect(t, r, written(60*month/(3*365), kindMoney), "levels", "value_month", "north")
	expect(t, r, "–", "levels", "value_month", "house")
	expect(t, r, "several units", "levels", "unit", "house")
}
