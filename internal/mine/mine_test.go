package mine

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"attune/core/instant"
	"attune/internal/programdir"
)

// A log small enough to check by hand: three referrals, one of which is sent twice.
const referrals = `case_id,activity,timestamp,resource
NA,referral,2026-03-01T09:00:00Z,practice
7,referral,2026-03-01T10:00:00Z,practice
NA,visit,2026-03-03T09:00:00Z,clinic
7,referral,2026-03-02T10:00:00Z,practice
7,visit,2026-03-12T10:00:00Z,
9,referral,2026-03-05T00:00:00Z,practice
9,moved away,2026-03-06T00:00:00Z,
`

func log(t testing.TB, text string, how Reading) *Log {
	t.Helper()
	l, problems, err := Read(context.Background(), file(t, text), how)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	return l
}

func file(t testing.TB, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "log.csv")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestALogIsCounted(t *testing.T) {
	t.Parallel()
	l := log(t, referrals, Reading{})
	a := Mine(l, 0)
	a.Funnel = l.Funnel(Path{Steps: []string{"referral", "visit"}, Mode: Ordered, Within: int64(72 * time.Hour)})
	a.Survival = l.Survival(Passage{From: "referral", To: "visit", Exits: []string{"moved away"}})
	got, err := json.MarshalIndent(a, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	const hour = 3600.0
	median := 48 * hour
	want := &Answer{
		Cases: 3, Events: 7, // the case NA is one like any other
		Activities: []Activity{{"referral", 4, 3}, {"visit", 2, 2}, {"moved away", 1, 1}},
		Starts:     []Count{{"referral", 3}}, Ends: []Count{{"visit", 2}, {"moved away", 1}},
		Edges: []Edge{
			{"referral", "visit", 2, 144 * hour, 144 * hour, 48 * hour, 240 * hour},
			{"referral", "moved away", 1, 24 * hour, 24 * hour, 24 * hour, 24 * hour},
			{"referral", "referral", 1, 24 * hour, 24 * hour, 24 * hour, 24 * hour},
		},
		VariantCount: 3, Variants: []Variant{{1, []string{"referral", "moved away"}}, {1, []string{"referral", "referral", "visit"}}, {1, []string{"referral", "visit"}}},
		Throughput: Spread{24 * hour, 28.8 * hour, 36 * hour, 48 * hour, 112 * hour, 156 * hour, 220.8 * hour, 242.4 * hour, 264 * hour},
		Rework:     []Rework{{"referral", 1, 1, 1}},
		Handovers:  []Handover{{"practice", "clinic", 1}}, // nobody is nobody's successor
		Funnel:     &Funnel{Ordered, 72 * hour, []Step{{"referral", 3, 1, nil}, {"visit", 1, 1. / 3, &median}}},
		Survival: &Survival{
			From: "referral", To: "visit", Exits: []string{"moved away"}, Entered: 3, Converted: 2, Exited: 1,
			Curve: []Point{{24 * hour, 3, 0, 0}, {48 * hour, 2, 1. / 3, math.Sqrt(2. / 27)}, {264 * hour, 1, 2. / 3, math.Sqrt(2. / 27)}},
		},
		Log: About{First: "2026-03-01T09:00:00Z", Last: "2026-03-12T10:00:00Z"},
	}
	var rounded Answer
	if err := json.Unmarshal(got, &rounded); err != nil {
		t.Fatal(err)
	}
	for i, q := range []float64{want.Throughput.P10, want.Throughput.P25, want.Throughput.Mean, want.Throughput.P75, want.Throughput.P90} {
		near(t, []float64{rounded.Throughput.P10, rounded.Throughput.P25, rounded.Throughput.Mean, rounded.Throughput.P75, rounded.Throughput.P90}[i], q)
	}
	for i := range rounded.Survival.Curve {
		near(t, rounded.Survival.Curve[i].F1, want.Survival.Curve[i].F1)
		near(t, rounded.Survival.Curve[i].SE, want.Survival.Curve[i].SE)
		rounded.Survival.Curve[i] = want.Survival.Curve[i]
	}
	near(t, rounded.Throughput.P95, want.Throughput.P95)
	rounded.Throughput = want.Throughput
	if w, _ := json.MarshalIndent(want, "", " "); !reflect.DeepEqual(&rounded, want) {
		t.Errorf("got %s\nwant %s", got, w)
	}
}

func near(t testing.TB, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9*max(1, math.Abs(want)) {
		t.Errorf("%v, want %v", got, want)
	}
}

// event is a row of a log, for the slower twin.
type event struct {
	kase, activity, who, is string
	at                      int64 // seconds
	order                   int
}

func drawLog(t *rapid.T) []event {
	n := rapid.IntRange(1, 60).Draw(t, "events")
	events := make([]event, n)
	for i := range events {
		events[i] = event{
			kase:     rapid.SampledFrom([]string{"NA", "1", "2", "3", "null", "a,b", "\"q\""}).Draw(t, "case"),
			activity: rapid.SampledFrom([]string{"A", "B", "C", "D\nD"}).Draw(t, "activity"),
			who:      rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "who"),
			is:       rapid.SampledFrom([]string{"", "old", "young"}).Draw(t, "is"),
			at:       rapid.Int64Range(0, 8).Draw(t, "at") * 3600,
			order:    i,
		}
	}
	return events
}

func asText(events []event, comma rune) string {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma = comma
	_ = w.Write([]string{"case_id", "activity", "timestamp", "resource", "age", "seq"})
	for _, e := range events {
		_ = w.Write([]string{e.kase, e.activity, time.Unix(e.at, 0).UTC().Format(time.RFC3339), e.who, e.is, fmt.Sprint(e.order)})
	}
	w.Flush()
	return b.String()
}

// A slower twin, written in the simplest way, says the same; so does the log in any order of rows, cut into
// pieces of any length, with any separator.
func TestASlowerTwinSaysTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		events := drawLog(rt)
		rows := slices.Clone(events)
		for i := range rows {
			j := rapid.IntRange(i, len(rows)-1).Draw(rt, "swap")
			rows[i], rows[j] = rows[j], rows[i]
		}
		comma := rapid.SampledFrom([]rune{',', ';', '\t'}).Draw(rt, "separator")
		l := log(t, asText(rows, comma), Reading{Order: "seq", By: "age", piece: rapid.IntRange(120, 4000).Draw(rt, "piece")})
		cases := map[string][]event{}
		for _, e := range events {
			cases[e.kase] = append(cases[e.kase], e)
		}
		last := int64(0)
		for _, c := range cases {
			slices.SortStableFunc(c, func(a, b event) int { return cmp.Or(cmp.Compare(a.at, b.at), a.order-b.order) })
			last = max(last, c[len(c)-1].at)
		}
		a := Mine(l, 0)
		edges, variants, loops := map[[2]string][]float64{}, map[string]int{}, map[string]int{}
		for _, c := range cases {
			var path []string
			looped := map[string]bool{}
			for i, e := range c {
				path = append(path, e.activity)
				if i > 0 {
					k := [2]string{c[i-1].activity, e.activity}
					edges[k] = append(edges[k], float64(e.at-c[i-1].at))
					if k[0] == k[1] && !looped[k[0]] {
						looped[k[0]] = true
						loops[k[0]]++
					}
				}
			}
			variants[strings.Join(path, "|")]++
		}
		if a.Cases != len(cases) || a.Events != len(events) || len(a.Edges) != len(edges) || a.VariantCount != len(variants) || len(a.Variants) != len(variants) {
			rt.Fatalf("%d cases, %d events, %d edges, %d variants, want %d, %d, %d, %d", a.Cases, a.Events, len(a.Edges), a.VariantCount, len(cases), len(events), len(edges), len(variants))
		}
		for i, v := range a.Variants {
			if variants[strings.Join(v.Path, "|")] != v.Cases {
				rt.Fatalf("variant %v: %d", v.Path, v.Cases)
			}
			if i > 0 && (a.Variants[i-1].Cases < v.Cases || a.Variants[i-1].Cases == v.Cases && slices.Compare(a.Variants[i-1].Path, v.Path) >= 0) {
				rt.Fatalf("variants are out of order at %d", i)
			}
		}
		if top := Mine(l, 2).Variants; !reflect.DeepEqual(top, a.Variants[:min(2, len(a.Variants))]) {
			rt.Fatalf("the top two are %v", top)
		}
		for _, r := range a.Rework {
			if loops[r.Name] != r.SelfLoopCases {
				rt.Fatalf("%s: %d cases with a loop, want %d", r.Name, r.SelfLoopCases, loops[r.Name])
			}
		}
		for _, e := range a.Edges {
			w := edges[[2]string{e.From, e.To}]
			slices.Sort(w)
			sum := 0.0
			for _, x := range w {
				sum += x
			}
			middle := (w[(len(w)-1)/2] + w[len(w)/2]) / 2
			if e.Count != len(w) || e.Min != w[0] || e.Max != w[len(w)-1] || e.Median != middle || math.Abs(e.Mean-sum/float64(len(w))) > 1e-9 {
				rt.Fatalf("%+v, want %v", e, w)
			}
		}
		for _, mode := range Modes() {
			within := rapid.Int64Range(1, 6).Draw(rt, "within") * 3600
			steps := []string{"A", "B", "C"}
			got := l.Funnel(Path{Steps: steps, Mode: mode, Within: within * second})
			reached := make([]int, len(steps))
			for _, c := range cases {
				for k := range slowest(c, steps, mode, within) {
					reached[k]++
				}
			}
			for k, s := range got.Steps {
				if s.Cases != reached[k] {
					rt.Fatalf("%s: step %d reached by %d, want %d", mode, k, s.Cases, reached[k])
				}
			}
		}
		s := l.Survival(Passage{From: "A", To: "B", Exits: []string{"C"}, By: "age"})
		var want [3]int
		entered, levels := 0, map[string]int{}
		for _, c := range cases {
			i, is := 0, ""
			for ; i < len(c) && c[i].activity != "A"; i++ {
				is = cmp.Or(c[i].is, is)
			}
			if i == len(c) {
				continue
			}
			entered++
			levels[cmp.Or(c[i].is, is)]++
			ended := slices.IndexFunc(c[i+1:], func(e event) bool { return e.activity == "B" || e.activity == "C" })
			switch {
			case ended < 0:
				want[0]++
			case c[i+1+ended].activity == "B":
				want[1]++
			default:
				want[2]++
			}
		}
		if s.Entered != entered || s.Waiting != want[0] || s.Converted != want[1] || s.Exited != want[2] || entered != s.Converted+s.Exited+s.Waiting {
			rt.Fatalf("entered %d, waiting %d, converted %d, exited %d, want %d %v", s.Entered, s.Waiting, s.Converted, s.Exited, entered, want)
		}
		for _, g := range s.Groups {
			if g.Entered != levels[g.Value] || g.Entered != g.Converted+g.Exited+g.Waiting {
				rt.Fatalf("group %+v, want %v", g, levels)
			}
		}
	})
}

// slowest is how many steps a case reaches, as a list of that length, by trying every chain of events.
func slowest(c []event, steps []string, mode Mode, within int64) []int {
	starts := []int{}
	for i, e := range c {
		if e.activity == steps[0] {
			starts = append(starts, i)
		}
	}
	if mode != Window && len(starts) > 1 {
		starts = starts[:1]
	}
	best := 0
	for _, s := range starts {
		n, at := 1, s
		for n < len(steps) {
			next := -1
			for i := at + 1; i < len(c); i++ {
				if c[i].activity == steps[n] && (mode != StrictTime || c[i].at > c[at].at) {
					next = i
					break
				}
			}
			if next < 0 || c[next].at-c[s].at > within {
				break
			}
			n, at = n+1, next
		}
		best = max(best, n)
	}
	return make([]int, best)
}

// What is wrong is told with file, line, column and remedy, and never with what a row says of somebody.
func TestAWrongLogIsToldWhere(t *testing.T) {
	t.Parallel()
	const head = "case_id,activity,timestamp,seq\n"
	for name, c := range map[string]struct {
		text string
		how  Reading
		want string
	}{
		"it has nothing":                  {"", Reading{}, "1:1: the file is empty; begin with a row of column names"},
		"it has no rows":                  {head, Reading{}, "1:1: there are no events after the header"},
		"it lacks a column":               {"case,activity,timestamp\n1,a,2026-01-01\n", Reading{}, `1:1: there is no column "case_id"; name the column that has the case with --case; known are case, activity, timestamp`},
		"it lacks the column of order":    {head, Reading{Order: "sequence"}, `1:1: there is no column "sequence"`},
		"a column is there twice":         {"case_id,activity,timestamp,activity\n", Reading{}, `1:1: there are two columns "activity"; leave one out`},
		"a time is none":                  {head + "1,a,maria,1\n", Reading{}, "2:3: timestamp: this is no time; write it as 2026-11-23T10:04:05Z"},
		"a day is none":                   {head + "1,a,2026-02-30,1\n", Reading{}, "2:3: timestamp: this is no time"},
		"a case is missing":               {head + "1,a,2026-01-01,1\n,a,2026-01-01,2\n", Reading{}, "3:1: case_id: there is no case; fill it in, or pass over such rows with --skip-incomplete"},
		"an order is none":                {head + "1,a,2026-01-01,maria\n", Reading{Order: "seq"}, "2:4: seq: this is no number"},
		"a row is short":                  {head + "1,a\n", Reading{}, "2:1: the row has 2 fields, the header 4"},
		"a quote is not closed":           {head + "1,\"a,2026-01-01,1\n2,b,2026-01-01,2\n", Reading{}, "2:1: a quote is opened and not closed"},
		"a quote stands in the middle":    {head + "1,a\"b\"c,2026-01-01,1\n", Reading{}, "2:1: the quotes are wrong"},
		"a line after a broken line":      {head + "1,\"a\nb\",2026-01-01,1\n2,b,monday,2\n", Reading{}, "4:3: timestamp: this is no time"},
		"nothing has the lifecycle":       {"case_id,activity,timestamp,lifecycle\n1,a,2026-01-01,start\n", Reading{Lifecycle: "done"}, `1:1: no row has "done" in the column "lifecycle"`},
		"there is no lifecycle":           {head + "1,a,2026-01-01,1\n", Reading{Lifecycle: "done"}, `1:1: there is no column "lifecycle"`},
		"a packed file is cut short":      {"\x1f\x8b\x08\x00\x00\x00\x00\x00", Reading{}, "1:1: it is not packed with gzip"},
		"a Parquet file is cut short":     {"PAR1 and nothing more", Reading{}, "1:1: this Parquet file cannot be read"},
		"a row is longer than any can be": {head + "1," + strings.Repeat("a", 5000) + ",2026-01-01,1\n", Reading{piece: 1000}, "2:1: a row is longer than 1000 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			name := file(t, c.text)
			_, problems, err := Read(context.Background(), name, c.how)
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, p := range problems {
				all = append(all, strings.TrimPrefix(p.String(), name+":"))
			}
			if got := strings.Join(all, "\n"); !strings.HasPrefix(got, c.want) || strings.Contains(got, "maria") {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if _, _, err := Read(context.Background(), filepath.Join(t.TempDir(), "none"), Reading{}); !os.IsNotExist(err) && !strings.Contains(fmt.Sprint(err), "no such file") {
		t.Error(err)
	}
}

func TestALongListOfProblemsEnds(t *testing.T) {
	t.Parallel()
	_, problems, err := Read(context.Background(), file(t, "case_id,activity,timestamp\n"+strings.Repeat("1,a,never\n", 5000)), Reading{piece: 3000})
	if err != nil || len(problems) != mostProblems {
		t.Errorf("%d problems, %v", len(problems), err)
	}
}

func TestIncompleteRowsArePassedOverWhenAsked(t *testing.T) {
	t.Parallel()
	l := log(t, "case_id,activity,timestamp\n1,a,2026-01-01\n,a,2026-01-01\n1,,2026-01-01\n1,a,\n", Reading{Incomplete: true})
	if l.Events() != 1 || l.Incomplete != 3 || l.Zoneless != 1 {
		t.Errorf("%d events, %d passed over", l.Events(), l.Incomplete)
	}
}

func TestTimesAreRead(t *testing.T) {
	t.Parallel()
	zones, err := instant.LoadZones()
	if err != nil {
		t.Fatal(err)
	}
	madrid, _ := zones.Find("Europe/Madrid")
	for text, want := range map[string]string{
		"2026-11-23":                       "2026-11-22T23:00:00Z",
		"2026-11-23T10:04":                 "2026-11-23T09:04:00Z",
		"2026-07-01 10:04:05":              "2026-07-01T08:04:05Z",
		"2026-11-23T10:04:05Z":             "2026-11-23T10:04:05Z",
		"2026-11-23T10:04:05.25+01:00":     "2026-11-23T09:04:05.25Z",
		"2011-10-13 13:42:22.688000+02:00": "2011-10-13T11:42:22.688Z",
		"2026-11-23T10:04:05,123456789-05": "2026-11-23T15:04:05.123456789Z",
		"2026-11-23 10:04:05 +0530":        "2026-11-23T04:34:05Z",
		"2026-10-25T02:30:00":              "2026-10-25T00:30:00Z", // comes twice: the first
		"2026-03-29T02:30:00":              "2026-03-29T01:30:00Z", // does not come: as much later as the clock jumps
		"2016-12-31T23:59:60Z":             "2016-12-31T23:59:59Z",
	} {
		at, _, ok := (&clock{zone: madrid}).read([]byte(text))
		if got := time.Unix(0, at).UTC().Format(time.RFC3339Nano); !ok || got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// A fuzzed time is what the standard library reads, where that reads it.
func FuzzTime(f *testing.F) {
	for _, s := range []string{"2026-11-23T10:04:05Z", "2026-11-23", "2026-11-23 10:04:05.123+01:00", "x", "2026-11-23T24:00:00Z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at, bare, ok := (&clock{}).read([]byte(s))
		want, err := time.Parse(time.RFC3339Nano, s)
		if err == nil && want.Year() >= 1678 && want.Year() < 2262 && !(ok && !bare && at == want.UnixNano()) && !strings.Contains(s, "24:00") {
			if _, offset := want.Zone(); offset >= -18*3600 && offset <= 18*3600 {
				t.Errorf("%q: %d %v, want %d", s, at, ok, want.UnixNano())
			}
		}
		if ok && bare && len(s) == 10 {
			if day, err := time.Parse(time.DateOnly, s); err != nil || day.UnixNano() != at {
				t.Errorf("%q: %d", s, at)
			}
		}
	})
}

// A fuzzed file has the rows that the standard library reads, where that reads it, however it is cut.
func FuzzCSV(f *testing.F) {
	f.Add("case_id,activity,timestamp\n1,a,2026-01-01\n", 100)
	f.Add("case_id,activity,timestamp\r\n\"1\",\"a\"\"b\nc\",2026-01-01\r\n\r\n2,,x\n", 60)
	f.Add(referrals, 80)
	f.Fuzz(func(t *testing.T, text string, piece int) {
		piece = 50 + max(0, piece)%4000
		l, problems, err := Read(context.Background(), file(t, text), Reading{piece: piece})
		if err != nil {
			t.Skip() // gzip and Parquet have tests of their own
		}
		r := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
		rows, err := r.ReadAll()
		if err != nil || len(problems) > 0 || len(rows) < 2 || strings.ContainsAny(strings.SplitN(text, "\n", 2)[0], ";\t\"") {
			return
		}
		events := map[string]int{}
		a := slices.Index(rows[0], "activity")
		for _, row := range rows[1:] {
			events[row[a]]++
		}
		if a < 0 || l.Events() != len(rows)-1 {
			t.Fatalf("%d events, want %d", l.Events(), len(rows)-1)
		}
		for _, x := range Mine(l, 0).Activities {
			if events[x.Name] != x.Events {
				t.Errorf("%q: %d, want %d", x.Name, x.Events, events[x.Name])
			}
		}
	})
}

// A draft is a program that can be looked at and worked on, whatever activities are called.
func TestADraftIsAProgram(t *testing.T) {
	t.Parallel()
	zones, err := instant.LoadZones()
	if err != nil {
		t.Fatal(err)
	}
	odd := "case_id,activity,timestamp,resource\n"
	for c := range 30 {
		for i, name := range []string{"Überweisung: \"eilt\"", "7 Tage später", "a - b", "a_b", "phase {x}", "#", strings.Repeat("very long ", 30), "null"} {
			odd += fmt.Sprintf("%d,\"%s\",2026-01-%02dT0%d:00:00Z,\"who: %d\"\n", c, strings.ReplaceAll(name, `"`, `""`), 1+i*3, c%10, i)
		}
	}
	for name, text := range map[string]string{"referrals": referrals, "odd names": odd, "one event": "case_id,activity,timestamp\n1,a,2026-01-01\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := log(t, text, Reading{})
			d := l.Draft(Mine(l, 20))
			dir := filepath.Join(t.TempDir(), "draft")
			if err := d.Write(dir); err != nil {
				t.Fatal(err)
			}
			if err := d.Write(dir); err == nil {
				t.Error("a draft is written over what is there")
			}
			rel, problems, err := programdir.Load(zones, dir)
			if err != nil || rel == nil {
				t.Fatalf("%v %v\n%s", err, problems, d.Map)
			}
		})
	}
}

// A report shows names as they are written, and nothing of them works as a page's own.
func TestAReportEscapesNames(t *testing.T) {
	t.Parallel()
	l := log(t, "case_id,activity,timestamp,resource\n1,<script>alert(1)</script>,2026-01-01,\"<b onload=\"\"x\"\">\"\n1,b&c,2026-01-02,y\n1,b&c,2026-01-03,\"<b onload=\"\"x\"\">\"\n", Reading{})
	a := Mine(l, 0)
	a.Survival = l.Survival(Passage{From: "b&c", To: "<script>alert(1)</script>"})
	a.Funnel = l.Funnel(Path{Steps: []string{"<script>alert(1)</script>", "b&c"}, Mode: Ordered})
	var b bytes.Buffer
	if err := a.WriteHTML(&b, l); err != nil {
		t.Fatal(err)
	}
	if s := b.String(); strings.Contains(s, "<script") || strings.Contains(s, "<b onload") || !strings.Contains(s, "&lt;script&gt;") || strings.Contains(s, "http:") {
		t.Error("a name is a part of the page")
	}
}
