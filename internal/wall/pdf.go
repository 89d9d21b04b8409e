package wall

import (
	"bytes"
	"fmt"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

const perPoint = 25.4 / 72

// PDF draws a layout on one page, or, for a size of several sheets, on a page for each, with marks where to cut.
// Text stays text, only the letters that are used are in it, and the same layout gives the same bytes.
func PDF(l Layout) ([]byte, error) {
	page := fpdf.SizeType{Wd: l.Size.W, Ht: l.Size.H}
	if l.Size.Tiled() {
		page = fpdf.SizeType{Wd: sheetW, Ht: sheetH}
	}
	f := fpdf.NewCustom(&fpdf.InitType{UnitStr: "mm", Size: page})
	made := time.Unix(l.Made, 0).UTC()
	if l.Made == 0 {
		made = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	f.SetCreationDate(made)
	f.SetModificationDate(made)
	f.SetCatalogSort(true)
	f.SetProducer("Attune", true)
	f.SetTitle(l.Title, true)
	f.SetAuthor("Attune", true)
	f.SetSubject(l.Says, true)
	f.SetLang(l.Lang)
	f.SetAutoPageBreak(false, 0)
	f.SetMargins(0, 0, 0)
	f.SetLineJoinStyle("round")
	// The order of fonts decides their numbers in the file.
	used := map[Face]bool{}
	for _, m := range l.Marks {
		if m.Text != nil {
			used[m.Text.Face] = true
		}
	}
	if l.Size.Tiled() {
		used[Regular] = true
	}
	for _, face := range append(Serif.instead(), append(Italic.instead(), append(Regular.instead(), Bold.instead()...)...)...) {
		if used[face] {
			used[face] = false
			f.AddUTF8FontFromBytes(string(face), "", fontFile(face))
		}
	}
	s := &pdf{f: f}
	if !l.Size.Tiled() {
		f.AddPage()
		Draw(l, s)
	} else {
		s.sheets(l)
	}
	var out bytes.Buffer
	if err := f.Output(&out); err != nil {
		return nil, fmt.Errorf("write the poster as PDF: %w", err)
	}
	return out.Bytes(), nil
}

type pdf struct {
	f *fpdf.Fpdf
	// dx and dy move what is drawn on a sheet.
	dx, dy float64
}

// sheets draws each part of a poster on a page of its own.
func (s *pdf) sheets(l Layout) {
	for r := range l.Size.Rows {
		for c := range l.Size.Columns {
			part := l.Size.sheet(r, c)
			s.f.AddPage()
			s.dx, s.dy = sheetMargin-part.X, sheetMargin-part.Y
			s.f.ClipRect(sheetMargin, sheetMargin, part.W, part.H, false)
			Draw(l, s)
			s.f.ClipEnd()
			s.dx, s.dy = 0, 0
			s.cropMarks(l, r, c)
		}
	}
}

// cropMarks are short lines outside the corners, dashes where the next sheet is glued on, and which sheet it is.
func (s *pdf) cropMarks(l Layout, row, column int) {
	x0, y0, x1, y1 := sheetMargin, sheetMargin, sheetW-sheetMargin, sheetH-sheetMargin
	line := func(a, b, c, d float64) {
		var p Path
		p.move(a, b)
		p.line(c, d)
		s.Stroke(p, Ink1, 0.2, nil)
	}
	for _, x := range []float64{x0, x1} {
		line(x, y0-7, x, y0-2)
		line(x, y1+2, x, y1+7)
	}
	for _, y := range []float64{y0, y1} {
		line(x0-7, y, x0-2, y)
		line(x1+2, y, x1+7, y)
	}
	// Where the neighbour's edge comes to lie.
	if column < l.Size.Columns-1 {
		line(x1-sheetOverlap, y0-5, x1-sheetOverlap, y0-2)
		line(x1-sheetOverlap, y1+2, x1-sheetOverlap, y1+5)
	}
	if row < l.Size.Rows-1 {
		line(x0-5, y1-sheetOverlap, x0-2, y1-sheetOverlap)
		line(x1+2, y1-sheetOverlap, x1+5, y1-sheetOverlap)
	}
	s.Text(Text{X: x0 + 4, Y: y1 + 6.5, Size: 3.2, Face: Regular, Ink: Ink2,
		S: fmt.Sprintf("Row %d of %d, column %d of %d. Print at 100 percent. Cut right and bottom at the long marks, and glue the next sheet up to the short ones.",
			row+1, l.Size.Rows, column+1, l.Size.Columns)})
}

// Open and Close do nothing: the library has no tags, so the page's subject tells the poster in words.
func (s *pdf) Open(Box) {}

// Close does nothing.
func (s *pdf) Close() {}

func (s *pdf) trace(p Path) {
	for _, g := range p {
		x, y := func(i int) float64 { return g.P[i] + s.dx }, func(i int) float64 { return g.P[i] + s.dy }
		switch g.Op {
		case 'M':
			s.f.MoveTo(x(0), y(1))
		case 'L':
			s.f.LineTo(x(0), y(1))
		case 'C':
			s.f.CurveBezierCubicTo(x(0), y(1), x(2), y(3), x(4), y(5))
		case 'Z':
			s.f.ClosePath()
		}
	}
}

// Area fills a path.
func (s *pdf) Area(p Path, ink Ink) {
	c := ink.rgb()
	s.f.SetFillColor(int(c>>16), int(c>>8&255), int(c&255))
	s.trace(p)
	s.f.DrawPath("F")
}

// Stroke draws along a path.
func (s *pdf) Stroke(p Path, ink Ink, width float64, dash []float64) {
	c := ink.rgb()
	s.f.SetDrawColor(int(c>>16), int(c>>8&255), int(c&255))
	s.f.SetLineWidth(width)
	s.f.SetDashPattern(dash, 0)
	s.trace(p)
	s.f.DrawPath("D")
}

// Text writes a piece of a line.
func (s *pdf) Text(t Text) {
	c := t.Ink.rgb()
	s.f.SetFont(string(t.Face), "", t.Size/perPoint)
	s.f.SetTextColor(int(c>>16), int(c>>8&255), int(c&255))
	s.f.Text(t.X+s.dx, t.Y+s.dy, t.S)
}
