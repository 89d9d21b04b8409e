package paper

import (
	"codeberg.org/go-pdf/fpdf"

	"attune/internal/chart"
)

// inks are what pages name their colours, on paper.
func inks(name string) int {
	switch name {
	case "fill":
		return 0x0b5f63
	case "gone":
		return 0xb4552d
	case "here":
		return 0xbfdcd8
	case "rest":
		return 0xe0dbcd
	case "line":
		return 0xd9d2c3
	case "soft":
		return 0x5f6c69
	}
	return 0x16211f
}

// scaleOf makes a drawing two thirds as wide as the sheet, or as high as it.
func (s *Sheets) scaleOf(d *chart.Drawing) float64 {
	return min(s.inside()*.66/d.W, (s.bottom()-s.top()-12)/d.H)
}

// HighOfDrawing is how much room a drawing takes.
func (s *Sheets) HighOfDrawing(d *chart.Drawing) float64 {
	return Strong.high() + 4 + d.H*s.scaleOf(d)
}

// Drawing sets a drawing, not wider than two thirds of the sheet, and smaller where it is high.
func (s *Sheets) Drawing(d *chart.Drawing) {
	scale := s.scaleOf(d)
	s.Need(s.HighOfDrawing(d))
	s.Words(Strong, d.Name)
	s.y++
	for _, m := range d.Marks {
		c := inks(m.Ink)
		at := func(i int) (x, y float64) { return s.left() + m.Points[i][0]*scale, s.y + m.Points[i][1]*scale }
		switch {
		case m.Text != "":
			x, y := at(0)
			s.label(x, y, 12*scale, c, m)
		case m.Area:
			s.f.SetFillColor(c>>16, c>>8&255, c&255)
			points := make([]fpdf.PointType, len(m.Points))
			for i := range points {
				points[i].X, points[i].Y = at(i)
			}
			s.f.Polygon(points, "F")
		default:
			for i := 1; i < len(m.Points); i++ {
				x0, y0 := at(i - 1)
				x1, y1 := at(i)
				s.line(x0, y0, x1, y1, c, m.Width*scale)
			}
		}
	}
	s.y += d.H*scale + 3
}

// label sets a text of a drawing in letters of that size, in millimetres.
func (s *Sheets) label(x, y, mm float64, ink int, m chart.Drawn) {
	text := s.clean(Body, m.Text)
	switch wide := s.letters.Width("regular", text) * mm; m.Anchor {
	case "end":
		x -= wide
	case "middle":
		x -= wide / 2
	}
	s.letter("regular", mm, ink, x, y, text)
}
