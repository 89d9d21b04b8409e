package mine_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"attune/internal/mine"
)

const logs = "../../../shared/data/journeys"

// reference is what other tools say of a log: reference.json tells which, and by what definitions.
type reference struct {
	Lifecycle   *string        `json:"lifecycle_filter"`
	Events      int            `json:"events"`
	Cases       int            `json:"cases"`
	ActEvents   map[string]int `json:"activity_events"`
	ActCases    map[string]int `json:"activity_cases"`
	Starts      map[string]int `json:"start_activities"`
	Ends        map[string]int `json:"end_activities"`
	Edges       [][]any        `json:"dfg"`
	Variants    int            `json:"variants"`
	TopVariants []struct {
		Count    int
		Sequence []string
	} `json:"variants_top10"`
	Singletons int                `json:"singleton_variants"`
	Throughput map[string]float64 `json:"throughput_s"`
	Rework     map[string]int     `json:"rework_cases_per_activity"`
	SelfLoops  int                `json:"cases_with_self_loop"`
	Pairs      int                `json:"handovers_distinct_pairs"`
	Handovers  int                `json:"handovers_total"`
	TopPairs   [][]any            `json:"handovers_top20"`
	Funnels    map[string]struct {
		Steps    []string
		Ordered  []reached `json:"order_unlimited"`
		Strict   []reached `json:"strict_time_unlimited"`
		Ordered1 []reached `json:"order_within_24h_of_first"`
		Order30  []reached `json:"order_within_30d_of_first"`
		Window1  []int     `json:"windowFunnel_any_start_24h"`
		Window30 []int     `json:"windowFunnel_any_start_30d"`
	} `json:"funnels"`
}

type reached struct {
	Cases  int      `json:"reached"`
	Share  float64  `json:"conv_first"`
	Median *float64 `json:"median_s_from_prev"`
}

// Another tool, written by others, says the same of logs that others made, whatever order the rows stand
// in and whether they are text or Parquet.
func TestNumbersAreThoseOfAnotherTool(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(logs, "reference.json"))
	if err != nil {
		t.Skip("the logs are not beside the project: ", err)
	}
	var all struct {
		Files map[string]string    `json:"files"`
		Logs  map[string]reference `json:"logs"`
	}
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for name, file := range all.Files {
		want := all.Logs[name]
		header, rows := table(t, filepath.Join(logs, file))
		at := slices.Index(header, "timestamp")
		byTime := slices.Clone(rows)
		slices.SortStableFunc(byTime, func(a, b []string) int { return strings.Compare(a[at], b[at]) })
		shuffled := slices.Clone(rows)
		rand.New(rand.NewPCG(1, 2)).Shuffle(len(rows), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		for order, rows := range map[string][][]string{"as they stand": rows, "by time": byTime, "shuffled": shuffled} {
			for kind, write := range map[string]func(*testing.T, []string, [][]string) string{"csv": asCSV, "csv.gz": asGzip, "parquet": asParquet} {
				t.Run(fmt.Sprintf("%s/%s/%s", name, order, kind), func(t *testing.T) {
					t.Parallel()
					how := mine.Reading{Order: "seq"}
					if want.Lifecycle != nil {
						how.Lifecycle = strings.ToUpper(*want.Lifecycle)
					}
					want.check(t, read(t, write(t, header, rows), how))
				})
			}
		}
	}
}

func read(t *testing.T, file string, how mine.Reading) *mine.Log {
	t.Helper()
	l, problems, err := mine.Read(context.Background(), file, how)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	return l
}

func (want reference) check(t *testing.T, l *mine.Log) {
	t.Helper()
	got := mine.Mine(l, 0)
	same := func(what string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-6*max(1, math.Abs(want)*1e-6) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	same("events", got.Events, want.Events)
	same("cases", got.Cases, want.Cases)
	same("variants", got.VariantCount, want.Variants)
	events, cases, starts, ends, rework := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	for _, a := range got.Activities {
		events[a.Name], cases[a.Name] = a.Events, a.Cases
	}
	for _, s := range got.Starts {
		starts[s.Name] = s.Cases
	}
	for _, s := range got.Ends {
		ends[s.Name] = s.Cases
	}
	loops := 0
	for _, r := range got.Rework {
		rework[r.Name] = r.Cases
		loops += r.SelfLoopCases
	}
	same("events of activities", events, want.ActEvents)
	same("cases of activities", cases, want.ActCases)
	same("starts", starts, want.Starts)
	same("ends", ends, want.Ends)
	same("rework", rework, want.Rework)
	if want.SelfLoops != loops { // each log has them in one activity alone
		t.Errorf("self loops in %d cases, want %d", loops, want.SelfLoops)
	}
	same("edges", len(got.Edges), len(want.Edges))
	edges := map[string]mine.Edge{}
	for _, e := range got.Edges {
		edges[e.From+" → "+e.To] = e
	}
	for _, w := range want.Edges {
		e := edges[w[0].(string)+" → "+w[1].(string)]
		near(e.From+" → "+e.To, float64(e.Count), w[2].(float64))
		for i, g := range []float64{e.Mean, e.Median, e.Min, e.Max} {
			near(fmt.Sprint(e.From, " → ", e.To, " ", i), g, w[3+i].(float64))
		}
	}
	ones := 0
	for _, v := range got.Variants {
		if v.Cases == 1 {
			ones++
		}
	}
	same("variants of one case", ones, want.Singletons)
	for i, w := range want.TopVariants {
		same(fmt.Sprint("variant ", i), got.Variants[i], mine.Variant{Cases: w.Count, Path: w.Sequence})
	}
	for name, g := range map[string]float64{
		"min": got.Throughput.Min, "p10": got.Throughput.P10, "p25": got.Throughput.P25, "median": got.Throughput.Median, "mean": got.Throughput.Mean,
		"p75": got.Throughput.P75, "p90": got.Throughput.P90, "p95": got.Throughput.P95, "max": got.Throughput.Max,
	} {
		near("throughput "+name, g, want.Throughput[name])
	}
	total, pairs := 0, map[string]int{}
	for _, h := range got.Handovers {
		total += h.Count
		pairs[h.From+" → "+h.To] = h.Count
	}
	same("pairs of hand-overs", len(got.Handovers), want.Pairs)
	same("hand-overs", total, want.Handovers)
	for _, w := range want.TopPairs {
		same("hand-overs", float64(pairs[w[0].(string)+" → "+w[1].(string)]), w[2])
	}
	day := int64(24 * time.Hour)
	for name, f := range want.Funnels {
		for _, c := range []struct {
			mode   mine.Mode
			within int64
			want   []reached
		}{{mine.Ordered, 0, f.Ordered}, {mine.StrictTime, 0, f.Strict}, {mine.Ordered, day, f.Ordered1}, {mine.Ordered, 30 * day, f.Order30}} {
			for i, s := range l.Funnel(mine.Path{Steps: f.Steps, Mode: c.mode, Within: c.within}).Steps {
				what := fmt.Sprint("funnel ", name, " ", c.mode, " ", time.Duration(c.within), " step ", i)
				same(what, s.Cases, c.want[i].Cases)
				near(what, s.Conversion, c.want[i].Share)
				if same(what+" has a median", s.Median != nil, c.want[i].Median != nil); s.Median != nil && c.want[i].Median != nil {
					near(what+" median", *s.Median, *c.want[i].Median)
				}
			}
		}
		for within, want := range map[int64][]int{day: f.Window1, 30 * day: f.Window30} {
			var got []int
			for _, s := range l.Funnel(mine.Path{Steps: f.Steps, Mode: mine.Window, Within: within}).Steps {
				got = append(got, s.Cases)
			}
			same(fmt.Sprint("funnel ", name, " window ", time.Duration(within)), got, want)
		}
	}
}

// table reads a CSV file with the standard library.
func table(t *testing.T, file string) (header []string, rows [][]string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(bytes.NewReader(b))
	if strings.HasSuffix(file, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		r = csv.NewReader(z)
	}
	rows, err = r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[0], rows[1:]
}

func asCSV(t *testing.T, header []string, rows [][]string) string {
	file := filepath.Join(t.TempDir(), "log.csv")
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.WriteAll(append([][]string{header}, rows...)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func asGzip(t *testing.T, header []string, rows [][]string) string {
	b, err := os.ReadFile(asCSV(t, header, rows))
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "log") // what it is packed with is told by its bytes
	if err := os.WriteFile(file, packed.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// asParquet writes cases and resources as texts, times as times, and the order as numbers.
func asParquet(t *testing.T, header []string, rows [][]string) string {
	type event struct {
		Case      string    `parquet:"case_id,dict"`
		Activity  string    `parquet:"activity,dict"`
		Time      time.Time `parquet:"timestamp,timestamp(microsecond)"`
		Resource  *string   `parquet:"resource,dict"`
		Lifecycle string    `parquet:"lifecycle"`
		Seq       int64     `parquet:"seq"`
	}
	at := func(row []string, name string) string { return row[slices.Index(header, name)] }
	file := filepath.Join(t.TempDir(), "log.parquet")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := parquet.NewGenericWriter[event](f, parquet.MaxRowsPerRowGroup(700), parquet.PageBufferSize(2000))
	for _, r := range rows {
		e := event{Case: at(r, "case_id"), Activity: at(r, "activity"), Lifecycle: at(r, "lifecycle")}
		if e.Time, err = time.Parse(time.RFC3339, at(r, "timestamp")); err != nil {
			t.Fatal(err)
		}
		if who := at(r, "resource"); who != "" {
			e.Resource = &who
		}
		if _, err := fmt.Sscan(at(r, "seq"), &e.Seq); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]event{e}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file
}
