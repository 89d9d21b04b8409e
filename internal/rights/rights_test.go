package rights_test

import (
	"strings"
	"testing"

	"attune/internal/rights"
	"attune/internal/spreadsheet"
)

func files(t *testing.T, h *rights.Held) map[string]string {
	t.Helper()
	all, err := rights.Export(h)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range all {
		out[f.Name] = f.Text
	}
	return out
}

// What a spreadsheet would take for a formula is text in a table; the page and the Bundle have it as it is.
func TestNothingInATableIsAFormula(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{`=HYPERLINK("http://x")`, "+1", "-1+1", "@SUM(A1)", "\t=1"} {
		f := files(t, &rights.Held{Person: "p1", Made: "2027-03-01T00:00:00Z", Traits: []rights.Named{{Name: "first_name", Value: bad}}})
		cell := strings.ReplaceAll(spreadsheet.Cell(bad), `"`, `""`)
		if !strings.HasPrefix(cell, "'") || !strings.Contains(f["about.csv"], cell) {
			t.Errorf("%q stands in a table as %q", bad, f["about.csv"])
		}
	}
}

// What somebody wrote is text on the page, whatever it is, and the page loads and runs nothing.
func TestThePageRunsNothing(t *testing.T) {
	t.Parallel()
	bad := `</td><script>alert(1)</script><img src=x onerror=alert(1)>`
	f := files(t, &rights.Held{Person: "p1", Made: "2027-03-01T00:00:00Z", Organisation: bad, Messages: []rights.Message{{At: "2027-03-01T00:00:00Z", Text: bad, Theirs: true}}})
	page := f["index.html"]
	if strings.Contains(page, "<script") || strings.Contains(page, "<img") || !strings.Contains(page, "&lt;script&gt;") {
		t.Error("what somebody wrote is more than text on the page")
	}
	for _, has := range []string{`lang="en"`, "default-src 'none'", "prefers-color-scheme: dark", "@media print", `scope="col"`, "<caption>", "<main>", "<h1>"} {
		if !strings.Contains(page, has) {
			t.Errorf("the page lacks %s", has)
		}
	}
}

// Where nothing is held of a sort, the page says so.
func TestThePageSaysWhereThereIsNothing(t *testing.T) {
	t.Parallel()
	f := files(t, &rights.Held{Person: "p1", Made: "2027-03-01T00:00:00Z"})
	for _, says := range []string{"Nothing was said to you, and you wrote nothing.", "Nothing was decided about you.", "No word of yours is on record."} {
		if !strings.Contains(f["index.html"], says) {
			t.Errorf("the page does not say: %s", says)
		}
	}
	if f["record.fhir.json"] == "" || f["messages.csv"] == "" {
		t.Error("a file is missing")
	}
}
