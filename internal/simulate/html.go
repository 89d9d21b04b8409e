package simulate

import (
	_ "embed" // the page
	"fmt"
	"html/template"
	"io"
	"strings"

	"attune/internal/chart"
)

//go:embed report.html
var page string

// WriteHTML writes the report as one page that asks nothing of the network: its styles and drawings
// are in it, and every drawing's numbers stand in a table beside it.
func (r *Result) WriteHTML(w io.Writer) error {
	t, err := template.New("report").Funcs(template.FuncMap{
		"style": chart.Style, "grouped": chart.Grouped, "days": days, "per": func(a, b int64) string { return fmt.Sprintf("%.2f", float64(a)/float64(max(1, b))) },
		"date": func(s string) string { return s[:min(10, len(s))] }, "join": strings.Join, "last": func(w []Week) int { return len(w) - 1 },
		"bar": chart.Share, "stack": stack, "columns": chart.Columns, "series": series, "hours": hours, "interval": interval, "scale": scale, "top": top,
		"waits": worded, "each": grouped, "side": r.side,
		"counts": func(title, what, of string, counts []Count) list { return list{title, what, of, counts} }, "lists": r.lists,
		"differ": func(title, first, second string, list []Difference) any {
			return struct {
				Title, First, Second string
				List                 []Difference
			}{title, first, second, list}
		},
	}).Parse(page)
	if err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return t.Execute(w, r)
}

// top is the largest of some counts.
func top(counts []Count) int64 {
	most := int64(1)
	for _, c := range counts {
		most = max(most, c.Count)
	}
	return most
}

// stack draws what became of those who entered a phase: moved on, left, still here.
func stack(p Phase) template.HTML {
	of, x := float64(max(1, p.Entered)), 0.0
	var b strings.Builder
	b.WriteString(`<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="rest" width="100" height="10"/>`)
	for _, part := range []struct {
		class string
		n     int64
	}{{"fill", p.Moved}, {"gone", p.Left}, {"here", p.Here}} {
		width := 100 * float64(part.n) / of
		fmt.Fprintf(&b, `<rect class="%s" x="%.2f" width="%.2f" height="10"/>`, part.class, x, width)
		x += width
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) //nolint:gosec // numbers alone
}

// series are the weekly sums, each a chart of its own.
func series(weeks []Week) []chart.Line {
	out := []chart.Line{{Name: "Events"}, {Name: "Touches"}, {Name: "Refusals"}, {Name: "Opt-outs"}}
	for _, w := range weeks {
		for i, v := range []int64{w.Events, w.Touches, w.Refusals, w.OptOuts} {
			out[i].Labels, out[i].Values = append(out[i].Labels, "week of "+w.From), append(out[i].Values, v)
		}
	}
	return out
}

// hours are the touches by hour of day as a series.
func hours(h [24]int64) chart.Line {
	out := chart.Line{Name: "Touches by hour"}
	for i, v := range h {
		out.Labels, out.Values = append(out.Labels, fmt.Sprintf("%02d:00", i)), append(out.Values, v)
	}
	return out
}

// scale is the largest distance from zero of any interval, so that all rows of a table are drawn alike.
func scale(list []Difference) float64 {
	most := 0.01
	for _, d := range list {
		most = max(most, d.High, -d.Low)
	}
	return most
}

// interval draws a difference and its interval around zero.
func interval(d Difference, most float64) template.HTML {
	x := func(v float64) float64 { return 50 + 48*v/most }
	class := "open"
	if d.Clear() {
		class = "clear"
	}
	return template.HTML(fmt.Sprintf(`<svg class="interval" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true"><line class="ground" x1="50" x2="50" y1="0" y2="12"/><rect class="%s" x="%.2f" width="%.2f" y="4.5" height="3"/><rect class="%s" x="%.2f" width="1.4" y="1.5" height="9"/></svg>`, //nolint:gosec // numbers alone
		class, x(d.Low), max(0.6, x(d.High)-x(d.Low)), class, x(d.Diff)-0.7))
}
