package chart

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Plot draws lines by day, each with the band that it may lie in.
type Plot struct {
	Title string
	Bands []Band
}

// Band is a line and what is around it, day by day.
type Band struct {
	Name           string
	Mid, Low, High []float64
}

const (
	plotWide, plotHigh                       = 720.0, 320.0
	plotLeft, plotRight, plotTop, plotBottom = 48.0, 190.0, 34.0, 34.0
)

// SVG draws it as a file of its own, for documents. Every third day is enough for the eye and keeps the file small.
func (p Plot) SVG() []byte {
	colours := []string{"#0b6e6e", "#c2571a", "#5b4b9a", "#7a7a7a", "#b3123c"}
	days, top := len(p.Bands[0].Mid), 0.0
	for _, l := range p.Bands {
		top = max(top, slices.Max(l.High))
	}
	step := nice(top / 4)
	top = math.Max(step, math.Ceil(top/step)*step)
	x := func(day int) float64 { return plotLeft + (plotWide-plotLeft-plotRight)*float64(day)/float64(days-1) }
	y := func(v float64) float64 { return plotHigh - plotBottom - (plotHigh-plotTop-plotBottom)*v/top }
	var b bytes.Buffer
	fmt.Fprintf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" font-family=\"sans-serif\" font-size=\"12\">\n<title>%s</title>\n", plotWide, plotHigh, p.Title)
	fmt.Fprintf(&b, "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n<text x=\"%.0f\" y=\"20\" font-size=\"14\" fill=\"#222\">%s</text>\n", plotLeft, p.Title)
	for v := 0.0; v <= top+step/2; v += step {
		fmt.Fprintf(&b, "<path d=\"M%.0f %.1fH%.0f\" stroke=\"#ddd\"/><text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\" fill=\"#555\">%.3g</text>\n", plotLeft, y(v), plotWide-plotRight, plotLeft-6, y(v)+4, v)
	}
	for day := 0; day < days; day += 15 {
		fmt.Fprintf(&b, "<text x=\"%.1f\" y=\"%.0f\" text-anchor=\"middle\" fill=\"#555\">%d</text>\n", x(day), plotHigh-plotBottom+16, day+1)
	}
	fmt.Fprintf(&b, "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"end\" fill=\"#555\">day</text>\n", plotWide-plotRight, plotHigh-4)
	for i, l := range p.Bands {
		colour := colours[i%len(colours)]
		var band, mid []string
		for day := 0; day < days; day += 3 {
			band = append(band, fmt.Sprintf("%.1f %.1f", x(day), y(l.High[day])))
			mid = append(mid, fmt.Sprintf("%.1f %.1f", x(day), y(l.Mid[day])))
		}
		for day := (days - 1) / 3 * 3; day >= 0; day -= 3 {
			band = append(band, fmt.Sprintf("%.1f %.1f", x(day), y(l.Low[day])))
		}
		fmt.Fprintf(&b, "<path d=\"M%sZ\" fill=\"%s\" opacity=\".13\"/>\n<path d=\"M%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n", strings.Join(band, "L"), colour, strings.Join(mid, "L"), colour)
		at := plotTop + 20*float64(i) + 6
		fmt.Fprintf(&b, "<rect x=\"%.0f\" y=\"%.1f\" width=\"14\" height=\"3\" fill=\"%s\"/><text x=\"%.0f\" y=\"%.1f\" fill=\"#222\">%s</text>\n", plotWide-plotRight+12, at, colour, plotWide-plotRight+32, at+5, l.Name)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// nice rounds up to 1, 2 or 5 times a power of ten.
func nice(v float64) float64 {
	if !(v > 0) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5, 10} {
		if v <= m*power*1.0001 {
			return m * power
		}
	}
	return 10 * power
}
