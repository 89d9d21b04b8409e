package outcomes

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"attune/core/program"
	"attune/internal/disclose"
)

// crowd is people with a bit of everything; most things happen to many, and some to few.
func crowd(r *rand.Rand, n int) (people []*Person) {
	often := func(p float64) bool { return r.Float64() < p }
	rare := []float64{.02, .1, .5}[r.IntN(3)]
	for range n {
		p := &Person{Enrolled: r.Float64() * 300, Gone: 400, Level: []string{"oak", "oak", "oak", "elm", "ash", ""}[r.IntN(6)]}
		if often(rare) {
			p.Gone, p.End = p.Enrolled+r.Float64()*(365-p.Enrolled), Left
		} else if often(rare / 3) {
			p.Gone, p.End = p.Enrolled+r.Float64()*(365-p.Enrolled), Died
		}
		p.Arms = []Arm{{"all", []string{usual, usual, usual, "holdout"}[r.IntN(4)], p.Enrolled}}
		for _, c := range []string{"sms", "letter"} {
			for range r.IntN(4) {
				p.Touches = append(p.Touches, Touch{At: p.Enrolled + r.Float64()*60, Engagement: []string{"remind", "greet"}[r.IntN(2)], Channel: c, Delivered: often(.9), Opened: often(rare), Replied: often(rare / 2), Failed: often(.03)})
			}
		}
		for o, likely := range []float64{.6, rare / 2} {
			if often(likely) {
				p.Reached = append(p.Reached, Reached{o, p.Enrolled + r.Float64()*60})
			}
		}
		for k := range r.IntN(4) {
			at := p.Enrolled + float64(k)*31
			p.Values = append(p.Values, Value{Measure: sugar, At: at, Value: 6 + 3*r.Float64()}, Value{Measure: pills, At: at, Value: 30, Code: "a"})
			if often(rare) {
				p.Values = append(p.Values, Value{Measure: friends, At: at, Value: float64(r.IntN(11)), Moment: "visit"}, Value{Measure: effort, At: at, Value: float64(1 + r.IntN(5)), Moment: "visit"})
			}
		}
		stages := stages()
		if often(.5) {
			p.Moves = []Move{{"activity", stages[r.IntN(3)], stages[r.IntN(len(stages))], p.Enrolled}}
		}
		p.Passages = []Passage{{0, r.Float64() * 200, r.IntN(3)}}
		people = append(people, p)
	}
	return people
}

// both is the same report with everything told and with few people hidden.
func both(t *testing.T, people []*Person, by string) (all, shown *Report) {
	t.Helper()
	tally := NewTally(Of{Program: tiny(), Period: Period{0, 365}, By: by})
	for _, p := range people {
		tally.Add(p)
	}
	all, err := tally.Report(true)
	if err != nil {
		t.Fatal(err)
	}
	shown, err = tally.Report(false)
	if err != nil {
		t.Fatal(err)
	}
	return all, shown
}

// numbersOf are a report's numbers by table, what stands in the row's words, and column.
func numbersOf(r *Report) map[string]float64 {
	out := map[string]float64{}
	for _, t := range r.Tables() {
		for _, row := range t.Rows {
			var words []string
			for k, c := range t.Columns {
				if c.Kind == kindText {
					words = append(words, row[k].Says)
				}
			}
			if t.ID == "retention" {
				words = []string{row[0].Says}
			}
			for k, c := range t.Columns {
				if v := row[k].Value; v != nil {
					out[t.ID+"/"+strings.Join(words, "/")+"/"+c.ID] = *v
				}
			}
		}
	}
	return out
}

// reader knows every number that is told and which sums hold, by what the tables say they are and not by what the report noted.
type reader struct {
	lo, hi map[string]float64
	sums   [][]string // the first is the sum of the others
}

func (r *reader) knows(name string, v float64) { r.lo[name], r.hi[name] = v, v }

func (r *reader) sum(whole string, parts ...string) {
	r.sums = append(r.sums, append([]string{whole}, parts...))
}

// think narrows down what each number may be, until nothing more follows.
func (r *reader) think() {
	for _, s := range r.sums {
		for _, n := range s {
			if _, is := r.hi[n]; !is {
				r.lo[n], r.hi[n] = 0, 1e6
			}
		}
	}
	for changed := true; changed; {
		changed = false
		narrow := func(n string, lo, hi float64) {
			if lo > r.lo[n]+.5 {
				r.lo[n], changed = lo, true
			}
			if hi < r.hi[n]-.5 {
				r.hi[n], changed = hi, true
			}
		}
		for _, s := range r.sums {
			lo, hi := 0.0, 0.0
			for _, n := range s[1:] {
				lo, hi = lo+r.lo[n], hi+r.hi[n]
			}
			narrow(s[0], lo, hi)
			for _, n := range s[1:] {
				narrow(n, r.lo[s[0]]-(hi-r.hi[n]), r.hi[s[0]]-(lo-r.lo[n]))
			}
		}
	}
}

// read makes a reader of what is told; rows are those that there are, told or not.
func read(all, told map[string]float64) *reader {
	r := &reader{lo: map[string]float64{}, hi: map[string]float64{}}
	counts := map[string]bool{"people": true, "sent": true, "entered": true, "moved_on": true, "left": true, "waiting": true, "times": true, "better": true, "worse": true, "promoters": true, "passives": true, "detractors": true, "forward": true, "back": true, "enough": true, "single": true, "bad": true, "messages": true, "followed": true}
	prices := map[string]float64{"sms": .1, "letter": 1}
	parts := map[string][]string{}
	for name := range all {
		at := strings.Split(name, "/")
		table, column := at[0], at[len(at)-1]
		row := strings.TrimSuffix(name, column)
		v, is := told[name]
		if counts[column] && is && table != "retention" {
			r.knows(name, v)
		}
		switch table + "/" + column {
		case "conversion/entered":
			r.sum(name, row+"moved_on", row+"left", row+"waiting")
		case "conversion/converted": // of those who entered, where nobody waits and the time is all there is
			if _, waits := told[row+"waiting"]; is && !waits {
				r.lo[row+"moved_on"] = 0
			}
		case "health/people":
			r.sum(name, row+"better", row+"worse", row+"same")
		case "health/better_share", "health/worse_share", "adherence/share", "stages/forward_share", "stages/back_share", "outcomes/share":
			of := map[string]string{"health/better_share": "better", "health/worse_share": "worse", "adherence/share": "enough", "stages/forward_share": "forward", "stages/back_share": "back", "outcomes/share": "people"}[table+"/"+column]
			whole := row + "people"
			if table == "outcomes" {
				whole = "overview/A small program/people"
			}
			if n, known := told[whole]; is && known {
				r.knows(row+of, math.Round(v*n))
			}
		case "recommend/people":
			r.sum(name, row+"promoters", row+"passives", row+"detractors")
		case "stages/people":
			r.sum(name, row+"forward", row+"back", row+"same")
		case "outcomes/people":
			r.sum("overview/A small program/people", name, row+"others")
		case "messages/sent":
			parts["channels/"+at[1]+"/sent"] = append(parts["channels/"+at[1]+"/sent"], name)
		case "channels/sent":
			parts["overview/A small program/messages"] = append(parts["overview/A small program/messages"], name)
		case "cost/cost":
			if channel, is := strings.CutPrefix(at[1], "messages by "); is {
				if cost, known := told[name]; known {
					r.knows("channels/"+channel+"/sent", math.Round(cost/prices[channel]))
				}
			}
		case "divided/people":
			parts["overview/A small program/people"] = append(parts["overview/A small program/people"], name)
		case "divided/messages":
			parts["overview/A small program/messages by level"] = append(parts["overview/A small program/messages by level"], name)
		case "parts/people":
			parts["overview/A small program/people in parts"] = append(parts["overview/A small program/people in parts"], name)
		case "covered/people":
			parts["adherence/"+at[1]+"/people"] = append(parts["adherence/"+at[1]+"/people"], name)
		}
	}
	for whole, of := range parts {
		switch whole {
		case "overview/A small program/messages by level":
			r.sum("overview/A small program/messages", of...)
		case "overview/A small program/people in parts":
			r.sum("overview/A small program/people", of...)
		default:
			r.sum(whole, of...)
		}
	}
	r.think()
	return r
}

// learnt is a small number of people or messages of whom too few can be meant, which the reader knows now.
func learnt(all, told map[string]float64) string {
	r := read(all, told)
	for name, v := range all {
		column := name[strings.LastIndex(name, "/")+1:]
		if strings.HasSuffix(name, "/sent") || strings.HasSuffix(name, "messages") || column == "times" || column == "cost" {
			continue // of things: they are many where people are few
		}
		lo, is := r.lo[name]
		if is && v > 0 && v < disclose.DefaultLeast && lo == r.hi[name] {
			return fmt.Sprintf("%s is %g", name, v)
		}
	}
	return ""
}

// A reader who knows what tables mean learns no small number from a report in which few people are hidden.
func TestAReaderOfAReportLearnsNothing(t *testing.T) {
	t.Parallel()
	weak := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		full, shown := both(t, crowd(r, 30+r.IntN(400)), "practice")
		all, told := numbersOf(full), numbersOf(shown)
		if what := learnt(all, told); what != "" {
			t.Fatalf("seed %d: %s", seed, what)
		}
		// The same reader finds something where only small numbers themselves are left out.
		naive := map[string]float64{}
		for name, v := range all {
			if v == 0 || v >= disclose.DefaultLeast || v < 1 {
				naive[name] = v
			}
		}
		if learnt(all, naive) != "" {
			weak++
		}
	}
	if weak < 50 {
		t.Errorf("only of %d of 60 reports the reader would learn anything if small numbers alone were hidden: it is no reader", weak)
	}
}

// The steps of the curve of who stays are of enough people too.
func TestBetweenTwoDaysThatAreToldEnoughHaveGone(t *testing.T) {
	t.Parallel()
	rows := 0
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 2))
		people := crowd(r, 30+r.IntN(600))
		_, shown := both(t, people, "")
		var days []float64
		for _, x := range shown.Tables() {
			for _, row := range x.Rows {
				if x.ID == "retention" && row[x.Column("there")].Value != nil {
					days = append(days, *row[0].Value)
				}
			}
		}
		for i, day := range days {
			if i == 0 {
				continue
			}
			n := 0
			for _, p := range people {
				if left := p.Gone - p.Enrolled; p.Gone < 365 && left <= day && (left > days[i-1] || i == 1) {
					n++
				}
			}
			if n < disclose.DefaultLeast {
				t.Errorf("seed %d: %d went until day %g after day %g", seed, n, day, days[i-1])
			}
			rows++
		}
	}
	if rows < 20 {
		t.Errorf("%d rows were told, so this shows little", rows)
	}
}

// Whatever it is written as, what is hidden is not in it.
func TestNoFormTellsMore(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 3))
	people := crowd(r, 120)
	full, shown := both(t, people, "practice")
	hidden := 0
	for _, x := range shown.Tables() {
		for _, row := range x.Rows {
			for _, c := range row {
				if !c.Hidden {
					continue
				}
				hidden++
				if c.Value != nil || c.Low != nil || c.High != nil || c.Says != hiddenSays {
					t.Errorf("%s: %+v", x.ID, c)
				}
			}
		}
	}
	if hidden == 0 {
		t.Fatal("nothing is hidden, so this shows nothing")
	}
	// A number with all its digits that is in the whole report and not in this one is in no form of it.
	told := numbersOf(shown)
	var secrets []string
	for name, v := range numbersOf(full) {
		if _, is := told[name]; !is && v != math.Trunc(v) {
			secrets = append(secrets, strconv.FormatFloat(v, 'g', -1, 64))
		}
	}
	public := map[string]bool{}
	for _, v := range told {
		public[strconv.FormatFloat(v, 'g', -1, 64)] = true
	}
	var b bytes.Buffer
	if err := shown.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	if !json.Valid(b.Bytes()) {
		t.Error("no JSON")
	}
	if err := shown.WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	for _, f := range shown.Files() {
		if strings.HasSuffix(f.Name, ".csv") {
			if err := f.Write(&b); err != nil {
				t.Fatal(err)
			}
		}
	}
	n := 0
	for _, s := range secrets {
		if len(s) < 8 || public[s] {
			continue
		}
		n++
		if bytes.Contains(b.Bytes(), []byte(s)) {
			t.Errorf("%s is told", s)
		}
	}
	if n < 10 {
		t.Errorf("%d numbers were looked for: this shows little", n)
	}
}

// The same people in any order make the same report, to the byte.
func TestTheSamePeopleMakeTheSameReport(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 4))
	people := crowd(r, 200)
	write := func() string {
		_, shown := both(t, people, "practice")
		var b bytes.Buffer
		for _, err := range []error{shown.WriteJSON(&b), shown.WriteHTML(&b), shown.WritePDF(&b)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, f := range shown.Files() {
			if err := f.Write(&b); err != nil {
				t.Fatal(err)
			}
		}
		return b.String()
	}
	first := write()
	for range 3 {
		if write() != first {
			t.Fatal("another report")
		}
	}
}

// Sums of programs can always be told, and nothing small is in them.
func TestSumsOfProgramsHideFewToo(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 9))
		var all []*Tally
		for n := range 1 + r.IntN(4) {
			pr := tiny()
			pr.ID = string(rune('a' + n))
			pr.Name = pr.ID
			pr.Standards = []program.Standard{{ID: "house", Name: "House"}, {ID: []string{"north", "south"}[n%2]}}
			tally := NewTally(Of{Program: pr, Period: Period{0, 365}})
			for _, p := range crowd(r, r.IntN(120)) {
				tally.Add(p)
			}
			all = append(all, tally)
		}
		shown, err := RollUp("All", all, false)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for name, v := range numbersOf(shown) {
			if (strings.HasSuffix(name, "/people") || strings.HasSuffix(name, "/messages")) && v > 0 && v < disclose.DefaultLeast {
				t.Errorf("seed %d: %s is %g", seed, name, v)
			}
		}
	}
}
