package backtest

import (
	_ "embed" // the page
	"fmt"
	"html/template"
	"io"

	"attune/internal/chart"
)

//go:embed report.html
var page string

// WriteHTML writes the report as one page that asks nothing of the network: its styles and drawings
// are in it, and every drawing's numbers stand in a table.
func (r *Result) WriteHTML(w io.Writer) error {
	t, err := template.New("report").Funcs(template.FuncMap{
		"style": chart.Style, "grouped": chart.Grouped, "share": chart.Share, "columns": chart.Columns, "date": func(s string) string { return s[:min(16, len(s))] },
		"summary": r.summary, "tables": r.tables, "daily": r.daily, "fullest": r.fullest, "trust": r.trust, "wereLive": r.wereLive, "leftOut": r.leftOut,
		"called": func(s Side) string { return s.called() }, "name": r.name, "names": columnNames,
		"signed": func(n int64) string {
			if n > 0 {
				return "+" + chart.Grouped(n)
			}
			return chart.Grouped(n)
		},
		"last": func(s []string) string { return s[len(s)-1] },
	}).Parse(page)
	if err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return t.Execute(w, r)
}
