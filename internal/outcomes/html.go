package outcomes

import (
	_ "embed" // the page
	"fmt"
	"html/template"
	"io"

	"attune/internal/chart"
)

//go:embed report.html
var page string

// pictured is a figure as it stands in a page.
type pictured struct {
	Name string
	SVG  template.HTML
}

// WriteHTML writes the report as one page that asks nothing of the network: its styles and drawings are in it, and every drawing's numbers
// stand in a table.
func (r *Report) WriteHTML(w io.Writer) error {
	t, err := template.New("report").Funcs(template.FuncMap{
		"style": chart.Style, "period": func(b Basis) string { return b.period() },
		"legible": func(t Table) *Table { return t.legible() },
		"figures": func(s Section) (out []pictured) {
			for i := range s.Figures {
				if d, ok := s.drawing(&s.Figures[i]); ok {
					out = append(out, pictured{s.Figures[i].Name, d.SVG(s.ID + "-" + s.Figures[i].ID)})
				}
			}
			return out
		},
	}).Parse(page)
	if err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return t.Execute(w, r)
}

// period says what time a report is about.
func (b Basis) period() string {
	if b.From == "" {
		return "All that was known at " + moment(b.Until)
	}
	return "From " + moment(b.From) + " until " + moment(b.Until)
}

// moment is an instant as people write it.
func moment(s string) string {
	if len(s) < 16 {
		return s
	}
	return s[:10] + " " + s[11:16] + " UTC"
}
