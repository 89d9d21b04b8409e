package mine

import (
	"cmp"
	_ "embed" // the page
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"attune/internal/chart"
)

//go:embed report.html
var reportPage string

// WriteHTML writes the report as a page that needs nothing else: no script, and nothing from the network.
func (a *Answer) WriteHTML(w io.Writer, l *Log) error {
	t, err := template.New("report").Funcs(template.FuncMap{
		"style": chart.Style, "num": num, "share": chart.Share, "of": share, "span": Span, "day": day, "join": strings.Join,
		"head": head, "orNotKnown": orNotKnown,
		"percent": func(f float64) string { return fmt.Sprintf("%.1f %%", 100*f) },
		"int64":   func(n int) int64 { return int64(n) },
		"deref":   func(f *float64) float64 { return *f },
	}).Parse(reportPage)
	if err != nil {
		return fmt.Errorf("read the page: %w", err)
	}
	p := a.draw(l)
	colours := palette(a)
	return t.Execute(w, map[string]any{
		"A": a, "Cautions": a.cautions(), "Map": p.svg(l), "P": p, "Left": a.leftOut(p),
		"Variants": a.chips(colours), "Key": colours, "Dots": l.dots(colours, false), "Since": l.dots(colours, true), "Waits": a.waits(l), "Curve": a.Survival.svg(),
	})
}

// head is the beginning of a list.
func head(n int, list any) any {
	switch l := list.(type) {
	case []Edge:
		return l[:min(n, len(l))]
	case []Activity:
		return l[:min(n, len(l))]
	case []Handover:
		return l[:min(n, len(l))]
	case []Rework:
		return l[:min(n, len(l))]
	}
	return list
}

// leftOut says what the map does not show.
func (a *Answer) leftOut(p *picture) string {
	if p.otherArrows == 0 && p.otherBoxes == 0 {
		return "All activities and transitions are drawn."
	}
	s := fmt.Sprintf("Not drawn, for room: %s transitions that came %s times together", num(p.otherArrows), num(p.otherTimes))
	if p.otherBoxes > 0 {
		s += fmt.Sprintf(", and %s activities with %s events", num(p.otherBoxes), num(p.otherBoxEvents))
	}
	return s + ". The table below and the JSON have all of them."
}

// svg draws the map.
func (p *picture) svg(l *Log) template.HTML {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="map" style="max-width:%.0fpx;min-width:%.0fpx" viewBox="0 0 %.0f %.0f" role="img" aria-labelledby="map-t map-d"><title id="map-t">Process map</title><desc id="map-d">Boxes are activities, arrows tell what follows right after; the table of transitions has the same numbers.</desc>`, p.wide, .72*p.wide, p.wide, p.high)
	most, events := 1, 1
	for _, x := range p.arrows {
		most = max(most, x.count)
	}
	for _, x := range p.boxes {
		events = max(events, x.events)
	}
	var labels []label
	for _, x := range p.arrows { // the most frequent first, so these keep their place
		labels = append(labels, p.apart(labels, p.arrow(&b, x, most)))
	}
	for _, x := range labels {
		fmt.Fprintf(&b, `<rect class="behind" x="%.1f" y="%.1f" width="%.1f" height="15" rx="3"/><text class="label" x="%.1f" y="%.1f">%s</text>`, x.x-x.wide/2, x.y-8, x.wide, x.x, x.y+3.5, x.text)
	}
	for _, x := range p.boxes {
		switch {
		case x.activity == atBegin:
			fmt.Fprintf(&b, `<circle class="begin" cx="%.1f" cy="%.1f" r="11"/>`, x.x, x.y)
		case x.activity == atEnd:
			fmt.Fprintf(&b, `<circle class="end" cx="%.1f" cy="%.1f" r="11"/>`, x.x, x.y)
		case x.activity >= 0:
			name := l.Activities[x.activity]
			fmt.Fprintf(&b, `<g><title>%s</title><rect class="box" x="%.1f" y="%.1f" width="%g" height="%g" rx="8"/>`, template.HTMLEscapeString(name), x.x-boxWide/2, x.y-boxHigh/2, boxWide, boxHigh)
			fmt.Fprintf(&b, `<rect class="often" x="%.1f" y="%.1f" width="%.1f" height="5" rx="2"/>`, x.x-boxWide/2+8, x.y+boxHigh/2-9, (boxWide-16)*float64(x.events)/float64(events))
			lines := folded(name, 24)
			for i, s := range lines {
				fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" class="name">%s</text>`, x.x, x.y-13+float64(i)*14+float64(2-len(lines))*5, template.HTMLEscapeString(s))
			}
			count := num(x.events)
			if x.own > 0 {
				count += " · ↻ " + num(x.own)
			}
			fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" class="count">%s</text></g>`, x.x, x.y+14, count)
		}
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) //nolint:gosec // names are escaped
}

// label is what stands on an arrow; x and y are its middle.
type label struct {
	x, y, wide float64
	text       string
}

// apart moves a label up or down to where it hides no other one and no box, if there is such a place near.
func (p *picture) apart(placed []label, l label) label {
	for _, by := range []float64{0, -16, 16, -32, 32} {
		hides := slices.ContainsFunc(placed, func(o label) bool {
			return math.Abs(o.x-l.x) < (o.wide+l.wide)/2 && math.Abs(o.y-l.y-by) < 15
		}) || slices.ContainsFunc(p.boxes, func(o box) bool {
			return o.activity >= 0 && math.Abs(o.x-l.x) < (o.wide+l.wide)/2 && math.Abs(o.y-l.y-by) < (boxHigh+15)/2
		})
		if !hides {
			l.y += by
			return l
		}
	}
	return l
}

// arrow draws a transition: as thick as it is frequent, dashed where it leads back. What it returns belongs on it.
func (p *picture) arrow(b *strings.Builder, x arrow, most int) label {
	from, to := p.boxes[x.from], p.boxes[x.to]
	thick := 1 + 5*math.Sqrt(float64(x.count)/float64(most))
	half := func(c box) float64 {
		if c.activity < 0 {
			return 11
		}
		return boxHigh / 2
	}
	var path string
	var at [2]float64
	class := "edge"
	if x.back {
		class += " back"
	}
	if from.layer == to.layer { // beside each other
		y := from.y - half(from)
		at = [2]float64{(from.x + to.x) / 2, y - 26}
		path = fmt.Sprintf("M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f", from.x, y, from.x, y-34, to.x, y-34, to.x, y-thick)
	} else {
		sign := 1.0
		if from.layer > to.layer {
			sign = -1
		}
		points := [][2]float64{{from.x + 16*btof(x.back), from.y + sign*half(from)}}
		for _, i := range x.bends {
			points = append(points, [2]float64{p.boxes[i].x, p.boxes[i].y})
		}
		points = append(points, [2]float64{to.x + 16*btof(x.back), to.y - sign*(half(to)+thick+3)})
		path = fmt.Sprintf("M%.1f %.1f", points[0][0], points[0][1])
		for i := 1; i < len(points); i++ {
			a, z := points[i-1], points[i]
			m := (a[1] + z[1]) / 2
			path += fmt.Sprintf("C%.1f %.1f %.1f %.1f %.1f %.1f", a[0], m, z[0], m, z[0], z[1])
		}
		k := (len(points) - 1) / 2
		at = [2]float64{(points[k][0] + points[k+1][0]) / 2, (points[k][1] + points[k+1][1]) / 2}
		if len(x.bends) > 0 {
			at = points[(len(points)-1)/2]
		}
	}
	head := "arrow"
	if x.back {
		head = "arrow-back"
	}
	fmt.Fprintf(b, `<path class="%s" d="%s" stroke-width="%.1f" marker-end="url(#%s)"/>`, class, path, thick, head)
	text := num(x.count)
	if x.median >= 0 {
		text += " · " + Span(x.median)
	}
	return label{at[0], at[1], 6.2*float64(len([]rune(text))) + 8, text}
}

func btof(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// folded is a name in at most two lines.
func folded(s string, n int) []string {
	words := strings.Fields(s)
	lines := []string{""}
	for _, w := range words {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = w
		case len([]rune(*last))+1+len([]rune(w)) <= n:
			*last += " " + w
		case len(lines) == 1:
			lines = append(lines, w)
		default:
			*last += " " + w
		}
	}
	for i := range lines {
		lines[i] = cutTo(lines[i], n)
	}
	return lines
}

// hue is a colour of its own for an activity; those beyond the eighth share one.
type hue struct {
	Name   string
	Number int // of the style's colours, from 1; 0 is all others
}

const mostHues = 8

func palette(a *Answer) []hue {
	var list []hue
	for i, x := range a.Activities {
		if i == mostHues {
			break
		}
		list = append(list, hue{x.Name, i + 1})
	}
	return list
}

func colourOf(colours []hue, name string) int {
	for _, h := range colours {
		if h.Name == name {
			return h.Number
		}
	}
	return 0
}

// shownVariant is a way as the page shows it.
type shownVariant struct {
	Cases int
	Steps []hue
	More  int
}

func (a *Answer) chips(colours []hue) []shownVariant {
	var list []shownVariant
	for i, v := range a.Variants {
		if i == 12 {
			break
		}
		s := shownVariant{Cases: v.Cases}
		for j, name := range v.Path {
			if j == 24 {
				s.More = len(v.Path) - j
				break
			}
			s.Steps = append(s.Steps, hue{name, colourOf(colours, name)})
		}
		list = append(list, s)
	}
	return list
}

// mostDotted is how many cases the chart of dots has at most.
const mostDotted = 300

// dots draws events by time, a line for each case, those that began first above; or by the time since each
// case began, the quickest above. Where there are too many cases, some that lie evenly among them are drawn.
func (l *Log) dots(colours []hue, since bool) template.HTML {
	order := make([]int, l.Cases)
	for i := range order {
		order[i] = i
	}
	began := func(c int) int64 { return l.At[l.Off[c]] }
	ended := func(c int) int64 { return l.At[l.Off[c+1]-1] }
	slices.SortStableFunc(order, func(x, y int) int {
		path := slices.Compare(l.Act[l.Off[x]:l.Off[x+1]], l.Act[l.Off[y]:l.Off[y+1]])
		if since {
			return cmp.Or(cmp.Compare(ended(x)-began(x), ended(y)-began(y)), path)
		}
		return cmp.Or(cmp.Compare(began(x), began(y)), cmp.Compare(ended(x), ended(y)), path)
	})
	rows := min(len(order), mostDotted)
	const wide = 960.0
	each := max(1.6, 420/float64(rows))
	high := each * float64(rows)
	id, title, says := "dots", "Events by time, a line for each case", "Steep parts are times in which many cases began; long lines are cases that took long."
	from, to := day(stamp(l.First)), day(stamp(l.Last))
	span := float64(max(1, l.Last-l.First))
	if since { // a few that took very long would press all others against the edge
		longest := order[len(order)*19/20]
		span = float64(max(1, ended(longest)-began(longest)))
		id, title, says = "since", "Events by the time since each case began", "What stands in one line below each other happens after the same time in all cases."
		from, to = "0", Span(span/1e9)+" and later"
	}
	of := make([]int, len(l.Activities))
	for i, name := range l.Activities {
		of[i] = colourOf(colours, name)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="dots" viewBox="0 0 %g %.0f" role="img" aria-labelledby="%s-t %s-d"><title id="%s-t">%s</title><desc id="%s-d">%s of %s cases. %s</desc>`,
		wide, high+24, id, id, id, title, id, num(rows), num(len(order)), says)
	for row := range rows {
		c := order[row*len(order)/rows]
		y := (float64(row) + .5) * each
		a, z := l.Off[c], l.Off[c+1]
		zero := l.First
		if since {
			zero = began(c)
		}
		x := func(i uint32) float64 { return 4 + (wide-8)*min(1, float64(l.At[i]-zero)/span) }
		fmt.Fprintf(&b, `<path class="ground" d="M%.1f %.1fH%.1f"/>`, x(a), y, x(z-1))
		last := math.Inf(-1)
		for i := a; i < z && i < a+200; i++ {
			if at := x(i); at-last > .3 || of[l.Act[i]] > 0 {
				fmt.Fprintf(&b, `<circle class="c%d" cx="%.1f" cy="%.1f" r="%.1f"/>`, of[l.Act[i]], at, y, min(3, max(1.1, each*.42)))
				last = at
			}
		}
	}
	fmt.Fprintf(&b, `<text x="4" y="%.0f">%s</text><text x="%g" y="%.0f" text-anchor="end">%s</text></svg>`, high+18, from, wide-4, high+18, to)
	return template.HTML(b.String()) //nolint:gosec // numbers alone
}

func stamp(ns int64) string { return time.Unix(0, ns).UTC().Format(time.RFC3339) }

// wait is how long a transition takes, as the page draws it.
type wait struct {
	From, To string
	Count    int
	Median   float64
	Picture  template.HTML
}

// waits draws the spread of the most frequent transitions on one scale, which is logarithmic.
func (a *Answer) waits(l *Log) []wait {
	edges := a.Edges[:min(12, len(a.Edges))]
	var all []Spread
	low, high := math.Inf(1), 0.0
	for _, e := range edges {
		s := l.between(l.activity(e.From), l.activity(e.To))
		all = append(all, s)
		low, high = min(low, max(1, s.P10)), max(high, s.P90, 2)
	}
	scale := func(v float64) float64 {
		if high <= low {
			return 50
		}
		return 2 + 96*max(0, min(1, math.Log(max(v, low)/low)/math.Log(high/low)))
	}
	var list []wait
	for i, e := range edges {
		s := all[i]
		pic := fmt.Sprintf(`<svg class="interval" viewBox="0 0 100 12" preserveAspectRatio="none" role="img" aria-label="a tenth within %s, a quarter within %s, half within %s, three quarters within %s, nine tenths within %s"><line class="ground" x1="0" x2="100" y1="6" y2="6"/><rect class="here" x="%.2f" y="4.5" width="%.2f" height="3"/><rect class="fill" x="%.2f" y="2" width="%.2f" height="8"/><rect class="gone" x="%.2f" y="0" width=".8" height="12"/></svg>`,
			Span(s.P10), Span(s.P25), Span(s.Median), Span(s.P75), Span(s.P90), scale(s.P10), max(.4, scale(s.P90)-scale(s.P10)), scale(s.P25), max(.4, scale(s.P75)-scale(s.P25)), scale(s.Median)-.4)
		list = append(list, wait{e.From, e.To, e.Count, e.Median, template.HTML(pic)}) //nolint:gosec // numbers alone
	}
	return list
}

// between is how long one activity takes to follow another directly.
func (l *Log) between(from, to int) Spread {
	var w []int64
	for c := range l.Cases {
		for i := l.Off[c] + 1; i < l.Off[c+1]; i++ {
			if int(l.Act[i-1]) == from && int(l.Act[i]) == to {
				w = append(w, l.At[i]-l.At[i-1])
			}
		}
	}
	return spread(w)
}

// svg draws the curve with its interval, as steps.
func (s *Survival) svg() template.HTML {
	if s == nil || len(s.Curve) == 0 {
		return ""
	}
	const wide, high, left, bottom = 720.0, 300.0, 44.0, 26.0
	points := thinned(s.Curve, 400)
	end := points[len(points)-1].T
	x := func(t float64) float64 { return left + (wide-left-8)*t/max(1e-9, end) }
	y := func(f float64) float64 { return 8 + (high-bottom-8)*(1-max(0, min(1, f))) }
	line, upper := fmt.Sprintf("M%.1f %.1f", x(0), y(0)), fmt.Sprintf("M%.1f %.1f", x(0), y(0))
	lower := ""
	for i, p := range points {
		line += fmt.Sprintf("H%.1fV%.1f", x(p.T), y(p.F1))
		upper += fmt.Sprintf("H%.1fV%.1f", x(p.T), y(p.F1+1.96*p.SE))
		q := points[len(points)-1-i]
		before := 0.0
		if i+1 < len(points) {
			r := points[len(points)-2-i]
			before = r.F1 - 1.96*r.SE
		}
		lower += fmt.Sprintf("V%.1fH%.1fV%.1f", y(q.F1-1.96*q.SE), x(q.T), y(before))
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="curve" viewBox="0 0 %g %g" role="img" aria-labelledby="curve-t curve-d"><title id="curve-t">Share that has arrived</title><desc id="curve-d">%.1f %% after %s; %s</desc>`, wide, high, 100*points[len(points)-1].F1, Span(end), template.HTMLEscapeString(s.says()))
	for _, v := range []float64{0, .25, .5, .75, 1} {
		fmt.Fprintf(&b, `<path class="ground" d="M%g %.1fH%g"/><text x="%g" y="%.1f" text-anchor="end">%.0f %%</text>`, left, y(v), wide-8, left-6, y(v)+4, 100*v)
	}
	for _, v := range []float64{0, .25, .5, .75, 1} {
		anchor := "middle"
		if v == 1 {
			anchor = "end"
		}
		fmt.Fprintf(&b, `<text x="%.1f" y="%g" text-anchor="%s">%s</text>`, x(v*end), high-6, anchor, Span(v*end))
	}
	fmt.Fprintf(&b, `<path class="band" d="%s%sZ"/><path class="steps" d="%s"/></svg>`, upper, lower, line)
	return template.HTML(b.String()) //nolint:gosec // escaped
}
