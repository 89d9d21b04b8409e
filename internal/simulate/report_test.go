package simulate

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"attune/internal/chart"
)

func reported(t *testing.T) *Result {
	t.Helper()
	rel, other := load(t, diabetes), changed(t, "engagements/check_in.yaml", "again_after: 30d", "again_after: 60d")
	return run(t, Config{Release: rel, Other: other, World: worldOf(t, rel, diabetes+"/world.yaml"), People: 300, Days: 180, Seed: 1})
}

func TestThePageStandsByItself(t *testing.T) {
	r := reported(t)
	r.World.Says = `<script>alert("x")</script>`
	r.Engagements[0].Name = `<img src=x onerror=alert(1)>`
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
	if tables := strings.Count(page, "<table"); len(drawings) < 20 || tables < 15 || tables != strings.Count(page, "<caption") {
		t.Errorf("%d drawings, %d tables and %d captions", len(drawings), tables, strings.Count(page, "<caption"))
	}
	for _, want := range []string{r.Note, chart.Grouped(r.PersonDays), "signal refill_late", "Living with it", "prefers-color-scheme: dark", "exit left"} {
		if !strings.Contains(page, strings.ReplaceAll(want, "'", "&#39;")) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestTheTerminalsReport(t *testing.T) {
	r := reported(t)
	for _, look := range []chart.Look{{Width: 100}, {Width: 64, Plain: true}, {Width: 1}} {
		var b bytes.Buffer
		if err := r.WriteText(&b, look); err != nil {
			t.Fatal(err)
		}
		for row := range strings.Lines(b.String()) {
			row = strings.TrimRight(row, "\n")
			if n := utf8.RuneCountInString(row); look.Width == 100 && n > 124 {
				t.Errorf("%d columns: %s", n, row)
			}
			for _, c := range row {
				if look.Plain && c > 126 {
					t.Errorf("%q in a plain report: %s", c, row)
					break
				}
			}
		}
		for _, want := range []string{"no evidence", "exit left", "never", "refill_reminder", "By week", "Compared with", "--story"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("the report at %+v does not say %q", look, want)
			}
		}
	}
}

func TestPeopleAreGroupedByTouches(t *testing.T) {
	sum := int64(0)
	for _, c := range grouped([]Touched{{0, 5}, {8, 1}, {9, 2}, {40, 7}}) {
		sum += c.Count
	}
	if sum != 15 {
		t.Errorf("%d of 15 people are in the groups", sum)
	}
}

func TestQuantiles(t *testing.T) {
	if quantile(nil, 50) != -1 {
		t.Error("nobody's median")
	}
	stays := map[int64]int64{1: 1, 2: 1, 3: 1, 10: 1}
	for hundredths, want := range map[int64]int64{25: 1, 50: 2, 75: 3, 90: 10} {
		if got := quantile(stays, hundredths); got != want {
			t.Errorf("%d of a hundred stayed %d days, not %d", hundredths, want, got)
		}
	}
}

func TestAPairedInterval(t *testing.T) {
	// Of four people one did it twice more and one once less: the mean is 0.25 and the standard error
	// √(1.5833/4) = 0.6292, since 2, -1, 0, 0 have the variance (5 - 4·0.0625)/3 = 1.5833.
	d := differences(map[string]*pair{"x": {with: 5, without: 4, diff: 1, square: 5}, "same": {with: 3, without: 3}}, 4)
	if len(d) != 1 || d[0] != (Difference{"x", 125, 100, 25, -98.31, 148.31}) {
		t.Errorf("%+v", d)
	}
}
