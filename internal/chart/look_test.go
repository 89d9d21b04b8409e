package chart

import (
	"strings"
	"testing"
)

func TestSmallCharts(t *testing.T) {
	l, plain := Look{Width: 80}, Look{Width: 80, Plain: true}
	for _, c := range []struct{ got, want string }{
		{l.Spark([]int64{0, 1, 4, 8}), " ▁▄█"},
		{plain.Spark([]int64{0, 1, 4, 8}), " .=@"},
		{l.Bar(8, 8, 4), "████"},
		{l.Bar(4, 8, 3), "█▌"},
		{l.Bar(1, 1000, 10), "▏"},
		{plain.Bar(1, 1000, 10), "#"},
		{l.Bar(0, 8, 4), ""},
		{Grouped(0), "0"},
		{Grouped(-1234567), "-1,234,567"},
		{Grouped(999), "999"},
		{Padded("Ünder", 7) + "|", "Ünder  |"},
		{Padded("too long", 5), "too ~"},
	} {
		if c.got != c.want {
			t.Errorf("%q instead of %q", c.got, c.want)
		}
	}
	if got := Squeezed([]int64{1, 2, 3, 4, 5}, 2); len(got) != 2 || got[0] != 6 || got[1] != 9 {
		t.Error(got)
	}
}

func TestAPlotShowsItsLines(t *testing.T) {
	svg := string(Plot{Title: "Missed", Bands: []Band{
		{Name: "learned", Mid: []float64{1, 2, 3, 4}, Low: []float64{0, 1, 2, 3}, High: []float64{2, 3, 4, 5}},
		{Name: "nothing", Mid: []float64{0, 0, 0, 0}, Low: []float64{0, 0, 0, 0}, High: []float64{0, 0, 0, 0}},
	}}.SVG())
	for _, want := range []string{"<title>Missed</title>", ">learned</text>", ">nothing</text>", ">day</text>", `role="img"`} {
		if !strings.Contains(svg, want) {
			t.Errorf("the plot has no %s:\n%s", want, svg)
		}
	}
	if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
		t.Errorf("a number is none:\n%s", svg)
	}
}
