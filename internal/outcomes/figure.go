package outcomes

import (
	"slices"
	"strings"

	"attune/internal/chart"
)

// drawing draws a figure from its table; not ok where nothing in it may be told.
func (s *Section) drawing(f *Figure) (d chart.Drawing, ok bool) {
	t := s.Table(f.Table)
	if t == nil {
		return d, false
	}
	switch f.Kind {
	case drawsIntervals:
		var dots []chart.Dot
		percent := false
		for _, row := range t.Rows {
			for k, v := range f.Values {
				c := row[t.Column(v)]
				if c.Value == nil {
					continue
				}
				percent = t.Columns[t.Column(v)].Kind == kindShare
				dot := chart.Dot{Name: t.label(f, row), Value: *c.Value, Low: *c.Value, High: *c.Value, Other: k > 0}
				if len(f.Values) > 1 {
					dot.Name += ": " + []string{"better", "worse"}[min(k, 1)]
					if strings.HasPrefix(v, "forward") || strings.HasPrefix(v, "back") {
						dot.Name = t.label(f, row) + ": " + []string{"further", "back"}[min(k, 1)]
					}
				}
				if c.Low != nil && c.High != nil {
					dot.Low, dot.High = *c.Low, *c.High
				}
				dots = append(dots, dot)
			}
		}
		return chart.Intervals(f.Name, dots, percent), len(dots) > 0
	case drawsCurve:
		var x, v, low, high []float64
		for _, row := range t.Rows {
			a, c := row[t.Column(f.Labels[0])], row[t.Column(f.Values[0])]
			if a.Value == nil || c.Value == nil {
				continue
			}
			l, h := *c.Value, *c.Value
			if c.Low != nil && c.High != nil {
				l, h = *c.Low, *c.High
			}
			x, v, low, high = append(x, *a.Value), append(v, *c.Value), append(low, l), append(high, h)
		}
		return chart.Stepped(f.Name, t.Columns[t.Column(f.Labels[0])].Unit, x, v, low, high), len(x) > 1
	case drawsParts, drawsColumns:
		var rows []chart.Part
		for _, row := range t.Rows {
			p := chart.Part{Name: t.label(f, row)}
			if f.Kind == drawsColumns {
				p.Name = row[t.Column(f.Labels[len(f.Labels)-1])].Says
			}
			for _, v := range f.Values {
				c := row[t.Column(v)]
				if c.Value == nil {
					break
				}
				p.Parts = append(p.Parts, *c.Value)
			}
			if len(p.Parts) == len(f.Values) {
				rows = append(rows, p)
			}
		}
		if f.Kind == drawsColumns {
			return chart.Counts(f.Name, rows), len(rows) > 0
		}
		var legend []string
		for _, v := range f.Values {
			legend = append(legend, t.Columns[t.Column(v)].Name)
		}
		return chart.Parts(f.Name, legend, rows), len(rows) > 0
	}
	return d, false
}

// label is what a row is called in a figure.
func (t *Table) label(f *Figure, row []Cell) string {
	var parts []string
	for _, l := range f.Labels {
		if s := row[t.Column(l)].Says; s != "–" && !slices.Contains(parts, s) {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ", ")
}
