package backtest

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"attune/internal/chart"
)

var update = flag.Bool("update", false, "write testdata as reports are written now")

// small is a backtest of a few people: one who falls silent and misses visits, one who is well, one who said no,
// and one whose booking has no date.
func small(t testing.TB) *Result {
	t.Helper()
	rel := plain(t)
	w := newWorld(t, rel)
	w.lives(1, append(onBoard(day(0.6)), hear(day(6.6), "appointment.noshow"), hear(day(12), "portal.visited"), hear(day(13.6), "appointment.noshow")), day(30), manner{receipts: true, answers: true})
	well := onBoard(day(1.5))
	for k := range 14 {
		well = append(well, hear(day(1.5+2*float64(k+1)), "portal.visited"))
	}
	w.lives(2, well, day(30), manner{})
	w.lives(3, append(onBoard(day(2.5)), hear(day(3.5), "consent.withdrawn", textual("purpose", "treatment_support")...), hear(day(9.5), "appointment.noshow")), day(30), manner{})
	w.lives(4, append(onBoard(day(3.5)), hear(day(4.5), "appointment.booked")), day(30), manner{})
	r := w.run(day(2), day(29), busier(t), rel)
	// A release's id is also that of the engine, which changes more often than what is written here.
	r.Candidate.Release, r.Against.Release = strings.Repeat("c", 64), strings.Repeat("a", 64)
	return r
}

func TestTheTerminalsReport(t *testing.T) {
	t.Parallel()
	r := small(t)
	adds(t, r)
	var b bytes.Buffer
	if err := r.WriteText(&b, chart.Look{Width: 100}); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/report.txt"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || string(want) != b.String() {
		t.Errorf("%v: what is written now is not what stands in %s; look at it, and run go test ./internal/backtest -update:\n%s", err, golden, b.String())
	}
	for _, look := range []chart.Look{{Width: 100}, {Width: 72, Plain: true}, {Width: 1}} {
		b.Reset()
		if err := r.WriteText(&b, look); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			line = strings.TrimRight(line, "\n")
			if n := utf8.RuneCountInString(line); look.Width == 100 && n > 100 {
				t.Errorf("%d columns: %s", n, line)
			}
			for _, c := range line {
				if look.Plain && c > 126 {
					t.Errorf("%q in a plain report: %s", c, line)
					break
				}
			}
		}
	}
}

func TestThePageStandsByItself(t *testing.T) {
	t.Parallel()
	r := small(t)
	r.Candidate.Engagements[0].Engagement = `<img src=x onerror=alert(1)>`
	r.EachSays[0].Engagement = `<script>alert("x")</script>`
	var b bytes.Buffer
	if err := r.WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, bad := range []string{"http:", "https:", "<script", "<img", "@import", "url(", "<link", "ZgotmplZ"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	drawings := strings.Split(page, "<svg")[1:]
	for _, d := range drawings {
		d, _, _ = strings.Cut(d, "</svg>")
		if !strings.Contains(d, `aria-hidden="true"`) && !(strings.Contains(d, "<title") && strings.Contains(d, "<desc")) {
			t.Errorf("a drawing says nothing to those who cannot see it: %.200s", d)
		}
	}
	if tables := strings.Count(page, "<table"); tables < 12 || tables != strings.Count(page, "<caption") {
		t.Errorf("%d tables and %d captions", tables, strings.Count(page, "<caption"))
	}
	for _, want := range []string{"What this cannot tell", "needs attention: before: there is no date to wait for", "team nurses", "prefers-color-scheme: dark"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// Nobody is named in a report, and in the list only by their random id.
func TestNobodyIsNamed(t *testing.T) {
	t.Parallel()
	r := small(t)
	var b bytes.Buffer
	if err := r.WriteText(&b, chart.Look{Width: 100}); err != nil {
		t.Fatal(err)
	}
	if err := r.WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	all := b.String() + asJSON(t, r)
	for n := range 5 {
		for _, private := range []string{someone(n).String(), "Ana", "patients.example", "+1555"} {
			if strings.Contains(all, private) {
				t.Errorf("the report has %q", private)
			}
		}
	}
}
