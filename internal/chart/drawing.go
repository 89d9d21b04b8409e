package chart

import (
	"fmt"
	"html/template"
	"math"
	"strings"
	"unicode/utf8"
)

// Drawing is a picture as marks on a sheet of so many points: the same for a page and for paper.
type Drawing struct {
	// Name and Says tell it to who does not see it.
	Name, Says string
	W, H       float64
	Marks      []Drawn
}

// Drawn is one mark of a drawing: a line or area through points, or a text at the first of them.
type Drawn struct {
	Points [][2]float64
	// Ink is fill, gone, here, rest, soft, line or ink, as pages name their colours.
	Ink string
	// Area fills what the points go around; else they are a line of Width.
	Area  bool
	Width float64
	Text  string
	// Anchor is where the text stands from its point: start, middle or end.
	Anchor string
}

// Dot is a value with its interval, in a row with a name. Other tells that it is of the second series.
type Dot struct {
	Name             string
	Value, Low, High float64
	Other            bool
}

const (
	drawnWide = 640.0
	rowHigh   = 22.0
	letter    = 6.1 // how wide a letter is at most in the mean
)

func (d *Drawing) line(ink string, width float64, points ...[2]float64) {
	d.Marks = append(d.Marks, Drawn{Points: points, Ink: ink, Width: width})
}

func (d *Drawing) area(ink string, points ...[2]float64) {
	d.Marks = append(d.Marks, Drawn{Points: points, Ink: ink, Area: true})
}

func (d *Drawing) box(ink string, x, y, w, h float64) {
	d.area(ink, [2]float64{x, y}, [2]float64{x + w, y}, [2]float64{x + w, y + h}, [2]float64{x, y + h})
}

func (d *Drawing) text(ink, anchor string, x, y float64, s string) {
	d.Marks = append(d.Marks, Drawn{Points: [][2]float64{{x, y}}, Ink: ink, Text: s, Anchor: anchor})
}

// axis draws a scale from low to high below the drawing, and gives where a value stands.
func (d *Drawing) axis(left, right, bottom, low, high float64, percent bool) func(float64) float64 {
	step := nice((high - low) / 5)
	low, high = math.Floor(low/step+1e-9)*step, math.Ceil(high/step-1e-9)*step
	if high <= low {
		high = low + step
	}
	at := func(v float64) float64 { return left + (right-left)*(v-low)/(high-low) }
	for v := low; v <= high+step/2; v += step {
		d.line("line", .7, [2]float64{at(v), 8}, [2]float64{at(v), bottom})
		d.text("soft", "middle", at(v), bottom+14, scale(v, percent))
	}
	return at
}

func scale(v float64, percent bool) string {
	if percent {
		return fmt.Sprintf("%.3g %%", 100*v)
	}
	if math.Abs(v) < 1e-9 {
		v = 0
	}
	if math.Abs(v) >= 1000 {
		return Grouped(int64(math.Round(v)))
	}
	return fmt.Sprintf("%.3g", v)
}

func widest(names []string, most float64) float64 {
	w := 40.0
	for _, n := range names {
		w = max(w, letter*float64(utf8.RuneCountInString(n)))
	}
	return min(w, most)
}

func shortened(s string, room float64) string {
	most := int(room / letter)
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return strings.TrimRight(string([]rune(s)[:max(1, most-1)]), " ") + "…"
}

// Intervals draws a dot with its interval for each row. Where the scale can be below 0, a line stands at 0.
func Intervals(name string, dots []Dot, percent bool) Drawing {
	d := Drawing{Name: name, W: drawnWide, H: rowHigh*float64(len(dots)) + 34}
	var names []string
	low, high := 0.0, 0.0
	for _, x := range dots {
		names = append(names, x.Name)
		low, high = min(low, x.Low, x.Value), max(high, x.High, x.Value)
	}
	if percent {
		high = min(max(high, .05), 1)
	}
	left := widest(names, 270) + 12
	at := d.axis(left, drawnWide-24, d.H-24, low, high, percent)
	if low < 0 {
		d.line("soft", 1.2, [2]float64{at(0), 8}, [2]float64{at(0), d.H - 24})
	}
	for i, x := range dots {
		y := 8 + rowHigh*(float64(i)+.5)
		ink := "fill"
		if x.Other {
			ink = "gone"
		}
		d.text("ink", "end", left-10, y+4, shortened(x.Name, 270))
		if x.High > x.Low {
			d.line(ink, 2, [2]float64{at(x.Low), y}, [2]float64{at(x.High), y})
			for _, end := range []float64{x.Low, x.High} {
				d.line(ink, 2, [2]float64{at(end), y - 3}, [2]float64{at(end), y + 3})
			}
		}
		// A square for the second series: colour is not the only difference.
		if x.Other {
			d.box(ink, at(x.Value)-4, y-4, 8, 8)
		} else {
			d.area(ink, ring(at(x.Value), y, 4.6)...)
		}
		d.Says += fmt.Sprintf("%s: %s. ", x.Name, scale(x.Value, percent))
	}
	return d
}

func ring(x, y, r float64) [][2]float64 {
	var out [][2]float64
	for i := range 20 {
		a := 2 * math.Pi * float64(i) / 20
		out = append(out, [2]float64{x + r*math.Cos(a), y + r*math.Sin(a)})
	}
	return out
}

// Stepped draws a curve that stays at each value until the next, with the band it may lie in. X and the others are of equal length.
func Stepped(name, across string, x, value, low, high []float64) Drawing {
	d := Drawing{Name: name, W: drawnWide, H: 260}
	if len(x) == 0 {
		return d
	}
	const left, top, bottom = 52.0, 12.0, 218.0
	y := func(v float64) float64 { return bottom - (bottom-top)*v }
	for v := 0.0; v <= 1.001; v += .25 {
		d.line("line", .7, [2]float64{left, y(v)}, [2]float64{drawnWide - 24, y(v)})
		d.text("soft", "end", left-6, y(v)+4, scale(v, true))
	}
	most := x[len(x)-1]
	at := d.axis(left, drawnWide-24, bottom, 0, max(most, 1), false)
	d.text("soft", "end", drawnWide-24, bottom+32, across)
	var upper, lower, mid [][2]float64
	for i := range x {
		if i > 0 {
			upper, lower, mid = append(upper, [2]float64{at(x[i]), y(high[i-1])}), append(lower, [2]float64{at(x[i]), y(low[i-1])}), append(mid, [2]float64{at(x[i]), y(value[i-1])})
		}
		upper, lower, mid = append(upper, [2]float64{at(x[i]), y(high[i])}), append(lower, [2]float64{at(x[i]), y(low[i])}), append(mid, [2]float64{at(x[i]), y(value[i])})
	}
	for i := len(lower) - 1; i >= 0; i-- {
		upper = append(upper, lower[i])
	}
	d.area("here", upper...)
	d.line("fill", 2.2, mid...)
	d.Says = fmt.Sprintf("From %s to %s at %s %s.", scale(value[0], true), scale(value[len(value)-1], true), scale(most, false), across)
	return d
}

// Part is a row that consists of parts, in the order in which they are drawn.
type Part struct {
	Name  string
	Parts []float64
}

// Parts draws what each row consists of, as shares of the longest row, with a legend.
func Parts(name string, legend []string, all []Part) Drawing {
	d := Drawing{Name: name, W: drawnWide, H: rowHigh*float64(len(all)) + 40}
	inks := []string{"fill", "rest", "gone", "here", "soft"}
	most := 1.0
	var names []string
	for _, p := range all {
		n := 0.0
		for _, v := range p.Parts {
			n += v
		}
		most = max(most, n)
		names = append(names, p.Name)
	}
	left := widest(names, 240) + 12
	for i, p := range all {
		y := 4 + rowHigh*float64(i)
		d.text("ink", "end", left-10, y+15, shortened(p.Name, 240))
		x := left
		d.Says += p.Name + ":"
		for k, v := range p.Parts {
			w := (drawnWide - 24 - left) * v / most
			if w > 0 {
				d.box(inks[k%len(inks)], x, y+3, w, rowHigh-6)
			}
			x += w
			d.Says += fmt.Sprintf(" %s %s;", legend[k], Grouped(int64(v)))
		}
		d.Says += " "
	}
	x := left
	for k, l := range legend {
		d.box(inks[k%len(inks)], x, d.H-20, 11, 11)
		d.line("soft", .6, [2]float64{x, d.H - 20}, [2]float64{x + 11, d.H - 20}, [2]float64{x + 11, d.H - 9}, [2]float64{x, d.H - 9}, [2]float64{x, d.H - 20})
		d.text("soft", "start", x+16, d.H-10, l)
		x += 34 + letter*float64(utf8.RuneCountInString(l))
	}
	return d
}

// Counts draws a column for each row.
func Counts(name string, rows []Part) Drawing {
	d := Drawing{Name: name, W: drawnWide, H: 190}
	most := 1.0
	for _, r := range rows {
		most = max(most, r.Parts[0])
	}
	step := (drawnWide - 48) / float64(max(1, len(rows)))
	for i, r := range rows {
		x, h := 24+step*float64(i), 118*r.Parts[0]/most
		d.box("fill", x+step*.1, 140-h, step*.8, h)
		d.text("ink", "middle", x+step/2, 135-h, Grouped(int64(r.Parts[0])))
		d.text("soft", "middle", x+step/2, 156, shortened(r.Name, step))
		d.Says += fmt.Sprintf("%s: %s. ", r.Name, Grouped(int64(r.Parts[0])))
	}
	d.line("line", 1, [2]float64{24, 140}, [2]float64{drawnWide - 24, 140})
	return d
}

// SVG draws it for a page that has this package's styles.
func (d Drawing) SVG(id string) template.HTML {
	var b strings.Builder
	esc := template.HTMLEscapeString
	fmt.Fprintf(&b, `<svg class="drawn" viewBox="0 0 %g %g" role="img" aria-labelledby="%s-t %s-d"><title id="%s-t">%s</title><desc id="%s-d">%s</desc>`, d.W, d.H, id, id, id, esc(d.Name), id, esc(strings.TrimSpace(d.Says)))
	for _, m := range d.Marks {
		switch {
		case m.Text != "":
			fmt.Fprintf(&b, `<text class="%s" x="%.1f" y="%.1f" text-anchor="%s">%s</text>`, m.Ink, m.Points[0][0], m.Points[0][1], m.Anchor, esc(m.Text))
		case m.Area:
			fmt.Fprintf(&b, `<path class="%s" d="%sZ"/>`, m.Ink, through(m.Points))
		default:
			fmt.Fprintf(&b, `<path class="stroke %s" stroke-width="%g" d="%s"/>`, m.Ink, m.Width, through(m.Points))
		}
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) //nolint:gosec // texts are escaped
}

func through(points [][2]float64) string {
	var b strings.Builder
	for i, p := range points {
		op := byte('L')
		if i == 0 {
			op = 'M'
		}
		fmt.Fprintf(&b, "%c%.1f %.1f", op, p[0], p[1])
	}
	return b.String()
}
