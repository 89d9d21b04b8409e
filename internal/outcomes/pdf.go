package outcomes

import (
	"fmt"
	"io"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"attune/internal/chart"
	"attune/internal/fonts"
)

// Sizes of a page, in millimetres, and of type, in points.
const (
	pageWide, pageHigh = 297.0, 210.0 // A4, lying
	marginX, marginTop = 14.0, 14.0
	bottomY            = pageHigh - 16
	inside             = pageWide - 2*marginX
	small, body, large = 8.0, 9.5, 13.0
	leading            = 1.35
)

// WritePDF writes the report on sheets of A4, for who reads on paper. The same report gives the same bytes; as it stands, so does every table.
func (r *Report) WritePDF(w io.Writer) error {
	f := fpdf.NewCustom(&fpdf.InitType{UnitStr: "mm", Size: fpdf.SizeType{Wd: pageWide, Ht: pageHigh}})
	made := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	if at, err := time.Parse(time.RFC3339, r.Basis.Until); err == nil {
		made = at
	}
	f.SetCreationDate(made)
	f.SetModificationDate(made)
	f.SetCatalogSort(true)
	f.SetProducer("Attune", true)
	f.SetTitle(r.Title+": what became of people, and what it was worth", true)
	f.SetLang("en")
	f.SetAutoPageBreak(false, 0)
	f.SetMargins(0, 0, 0)
	f.SetCellMargin(0)
	for _, name := range []string{"bold", "regular"} {
		f.AddUTF8FontFromBytes(name, "", fonts.File(name))
	}
	p := &paper{f: f, r: r}
	p.page()
	p.words("bold", 18, 0x16211f, r.Title+": what became of people, and what it was worth")
	p.words("regular", body, 0x45524f, r.Basis.period()+". Of "+r.Basis.Filter+".")
	if r.Basis.Smallest > 0 {
		p.words("regular", body, 0x45524f, fmt.Sprintf("A number that tells of fewer than %d people is hidden, and so is one by which such a one could be computed.", r.Basis.Smallest))
	}
	for i := range r.Sections {
		p.section(&r.Sections[i])
	}
	return f.Output(w)
}

// paper is where the next line goes.
type paper struct {
	f      *fpdf.Fpdf
	r      *Report
	y      float64
	number int
}

func (p *paper) page() {
	p.f.AddPage()
	p.number++
	p.y = marginTop
	p.set("regular", small, 0x5f6c69)
	p.f.Text(marginX, pageHigh-9, clean(fmt.Sprintf("%s. %s. Release %.12s.", p.r.Title, p.r.Basis.period(), p.r.Basis.Release)))
	n := fmt.Sprintf("%d", p.number)
	p.f.Text(pageWide-marginX-p.f.GetStringWidth(n), pageHigh-9, n)
}

func (p *paper) set(font string, points float64, colour int) {
	p.f.SetFont(font, "", points)
	p.f.SetTextColor(colour>>16, colour>>8&255, colour&255)
}

// clean takes what no font has out of a text.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > 0xffff {
			return ' '
		}
		return r
	}, s)
}

func high(points float64) float64 { return points * leading * 25.4 / 72 }

// need begins a page where there is not so much room any more.
func (p *paper) need(room float64) {
	if p.y+room > bottomY {
		p.page()
	}
}

func (p *paper) words(font string, points float64, colour int, s string) {
	p.set(font, points, colour)
	for _, line := range p.f.SplitText(clean(s), min(inside, 230)) {
		p.need(high(points))
		p.set(font, points, colour)
		p.f.Text(marginX, p.y+high(points)*.75, line)
		p.y += high(points)
	}
}

func (p *paper) section(s *Section) {
	p.y += 5
	p.need(p.first(s))
	p.line(marginX, p.y, pageWide-marginX, p.y, 0xb9b09c, .3)
	p.y += 2
	p.words("bold", large, 0x0b5f63, s.Name)
	p.words("regular", body, 0x16211f, s.Says)
	p.y += 1.5
	if len(s.Tables) == 0 {
		p.words("regular", body, 0x5f6c69, "Nothing of this was told yet.")
	}
	for i := range s.Figures {
		if d, ok := s.drawing(&s.Figures[i]); ok {
			p.drawing(d)
		}
	}
	for i := range s.Tables {
		p.table(s.Tables[i].legible())
	}
}

func (p *paper) line(x0, y0, x1, y1 float64, colour int, width float64) {
	p.f.SetDrawColor(colour>>16, colour>>8&255, colour&255)
	p.f.SetLineWidth(width)
	p.f.Line(x0, y0, x1, y1)
}

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

// first is how much room a section's beginning needs: a heading is not left alone.
func (p *paper) first(s *Section) float64 {
	p.set("regular", body, 0)
	room := 5 + high(large) + high(body)*float64(len(p.f.SplitText(clean(s.Says), min(inside, 230))))
	for i := range s.Figures {
		if d, ok := s.drawing(&s.Figures[i]); ok {
			return min(room+high(body)+4+d.H*scaleOf(d), bottomY-marginTop)
		}
	}
	return room + 28
}

// scaleOf makes a drawing two thirds as wide as the sheet, or as high as it.
func scaleOf(d chart.Drawing) float64 { return min(inside*.66/d.W, (bottomY-marginTop-12)/d.H) }

// drawing draws a figure, not wider than two thirds of the sheet, and smaller where it is high.
func (p *paper) drawing(d chart.Drawing) {
	scale := scaleOf(d)
	p.need(d.H*scale + high(body) + 4)
	p.words("bold", body, 0x45524f, d.Name)
	p.y += 1
	for _, m := range d.Marks {
		c := inks(m.Ink)
		at := func(i int) (x, y float64) { return marginX + m.Points[i][0]*scale, p.y + m.Points[i][1]*scale }
		switch {
		case m.Text != "":
			p.set("regular", 12*scale*72/25.4, c)
			x, y := at(0)
			s := clean(m.Text)
			switch w := p.f.GetStringWidth(s); m.Anchor {
			case "end":
				x -= w
			case "middle":
				x -= w / 2
			}
			p.f.Text(x, y, s)
		case m.Area:
			p.f.SetFillColor(c>>16, c>>8&255, c&255)
			points := make([]fpdf.PointType, len(m.Points))
			for i := range points {
				points[i].X, points[i].Y = at(i)
			}
			p.f.Polygon(points, "F")
		default:
			for i := 1; i < len(m.Points); i++ {
				x0, y0 := at(i - 1)
				x1, y1 := at(i)
				p.line(x0, y0, x1, y1, c, m.Width*scale)
			}
		}
	}
	p.y += d.H*scale + 3
}

// table writes a table in columns as wide as what stands in them needs, with its head again on each sheet.
func (p *paper) table(t *Table) {
	const gap = 3.0
	p.set("regular", small, 0)
	need := make([]float64, len(t.Columns))
	all := 0.0
	for k, c := range t.Columns {
		for _, row := range t.Rows {
			need[k] = max(need[k], p.f.GetStringWidth(clean(row[k].Says)))
		}
		for word := range strings.FieldsSeq(called(c)) {
			need[k] = max(need[k], p.f.GetStringWidth(clean(word))+1)
		}
		all += need[k] + gap
	}
	// What does not fit is broken into lines; the widest give first.
	for all > inside {
		widest := 0
		for k := range need {
			if need[k] > need[widest] {
				widest = k
			}
		}
		cut := min(all-inside, need[widest]*.1)
		need[widest] -= cut
		all -= cut
		if cut < .01 {
			break
		}
	}
	row := func(font string, colour int, cells func(k int) (s string, right bool)) {
		lines := make([][]string, len(need))
		deep := 1
		p.set(font, small, colour)
		for k := range need {
			s, _ := cells(k)
			lines[k] = p.f.SplitText(clean(s), need[k]+.6)
			deep = max(deep, len(lines[k]))
		}
		for n := range deep {
			x := marginX
			for k := range need {
				if n < len(lines[k]) {
					s := strings.TrimSpace(lines[k][n])
					at := x
					if _, right := cells(k); right {
						at = x + need[k] - p.f.GetStringWidth(s)
					}
					p.f.Text(at, p.y+high(small)*(float64(n)+.75), s)
				}
				x += need[k] + gap
			}
		}
		p.y += high(small)*float64(deep) + .8
	}
	head := func() {
		if t.Name != "" {
			p.words("bold", body, 0x16211f, t.Name)
		}
		row("bold", 0x45524f, func(k int) (string, bool) { return called(t.Columns[k]), t.Columns[k].Kind != kindText })
		p.line(marginX, p.y, pageWide-marginX, p.y, 0xb9b09c, .25)
		p.y += .8
	}
	p.y += 2
	p.need(28)
	head()
	for _, cells := range t.Rows {
		if p.y+3*high(small) > bottomY {
			p.page()
			head()
		}
		row("regular", 0x16211f, func(k int) (string, bool) { return cells[k].Says, t.Columns[k].Kind != kindText })
		p.line(marginX, p.y-.4, pageWide-marginX, p.y-.4, 0xece7db, .15)
	}
	p.y += 2
}
