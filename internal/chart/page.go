package chart

import (
	_ "embed" // the styles
	"fmt"
	"html/template"
	"strings"
)

//go:embed style.css
var style string

// Style is how pages of reports look, by day and by night, on a screen and on paper. It asks nothing of
// the network.
func Style() template.CSS { return template.CSS(style) } //nolint:gosec // a file of our own

// Share draws a share of a whole; its number stands beside it.
func Share(n, of int64) template.HTML {
	width := 0.0
	if of > 0 && n > 0 {
		width = max(0.5, 100*float64(n)/float64(of))
	}
	return template.HTML(fmt.Sprintf(`<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="rest" width="100" height="10"/><rect class="fill" width="%.2f" height="10"/></svg>`, width)) //nolint:gosec // numbers alone
}

// Line is one series of a chart, with what it is called.
type Line struct {
	Name   string
	Labels []string
	Values []int64
}

// Columns draws a series as columns. Its description says what a reader of the picture would see.
func Columns(l Line) template.HTML {
	most, at, sum := int64(1), 0, int64(0)
	for i, v := range l.Values {
		sum += v
		if v > most {
			most, at = v, i
		}
	}
	const height = 60.0
	step := 100 / float64(max(1, len(l.Values)))
	id := strings.ReplaceAll(strings.ToLower(l.Name), " ", "-")
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="columns" viewBox="0 0 100 %g" preserveAspectRatio="none" role="img" aria-labelledby="%s-t %s-d"><title id="%s-t">%s</title>`, height, id, id, id, template.HTMLEscapeString(l.Name))
	fmt.Fprintf(&b, `<desc id="%s-d">%s in all`, id, Grouped(sum))
	if sum > 0 {
		fmt.Fprintf(&b, `; most at %s: %s`, template.HTMLEscapeString(l.Labels[at]), Grouped(l.Values[at]))
	}
	b.WriteString(`</desc>`)
	for i, v := range l.Values {
		h := float64(v) / float64(most) * (height - 2)
		if v > 0 {
			h = max(1, h)
		}
		fmt.Fprintf(&b, `<rect class="fill" x="%.3f" y="%.2f" width="%.3f" height="%.2f"/>`, float64(i)*step+step*0.08, height-h, step*0.84, h)
	}
	fmt.Fprintf(&b, `<line class="ground" x1="0" x2="100" y1="%g" y2="%g"/></svg>`, height, height)
	return template.HTML(b.String()) //nolint:gosec // names are escaped
}
