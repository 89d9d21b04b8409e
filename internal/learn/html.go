package learn

import (
	_ "embed" // the page
	"fmt"
	"html/template"
	"io"
	"math"

	"attune/internal/chart"
)

//go:embed report.html
var page string

// WriteHTML writes the report as one page that asks nothing of the network: its styles and drawings are in it,
// and every drawing's numbers stand beside it.
func (r *Report) WriteHTML(w io.Writer) error {
	t, err := template.New("report").Funcs(template.FuncMap{
		"style":  chart.Style,
		"points": func(x float64) string { return fmt.Sprintf("%+.1f", 100*x) }, "percent": func(x float64) string { return fmt.Sprintf("%.1f", 100*x) },
		"orWhy": orWhy, "units": units, "guardrail": guardrailOf, "draw": draw, "scale": scaleOf, "verdict": verdictOf, "gains": gainsOf, "name": func(t Trial) string { return t.name() },
	}).Parse(page)
	if err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return t.Execute(w, r)
}

// scaleOf is the largest distance from 0 of a group's intervals, so that all its rows are drawn alike.
func scaleOf(list []Feature) float64 {
	most := .01
	for _, f := range list {
		most = max(most, math.Abs(f.Effect.Lo), math.Abs(f.Effect.Hi))
	}
	return most
}

// gainsOf is the same of a factor's levels.
func gainsOf(list []FactorLevel) float64 {
	most := .01
	for _, l := range list {
		if l.Gain.Enough {
			most = max(most, math.Abs(l.Gain.Lo), math.Abs(l.Gain.Hi))
		}
	}
	return most
}

// draw draws an interval around 0; most is what reaches the side.
func draw(i Interval, most float64) template.HTML {
	x := func(v float64) float64 { return 50 + 48*max(-1, min(1, v/most)) }
	class := "open"
	if i.Clear() {
		class = "clear"
	}
	return template.HTML(fmt.Sprintf(`<svg class="interval" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true"><line class="ground" x1="50" x2="50" y1="0" y2="12"/><rect class="%s" x="%.2f" width="%.2f" y="4.5" height="3"/><rect class="%s" x="%.2f" width="1.4" y="1.5" height="9"/></svg>`, //nolint:gosec // numbers alone
		class, x(i.Lo), max(0.6, x(i.Hi)-x(i.Lo)), class, x(i.Value)-0.7))
}
