package outcomes

import (
	"fmt"
	"io"
	"time"

	"attune/internal/chart"
	"attune/internal/paper"
)

// WritePDF writes the report on sheets of A4, for who reads on paper. The same report gives the same bytes; as it stands, so does every table.
func (r *Report) WritePDF(w io.Writer) error {
	made := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	if at, err := time.Parse(time.RFC3339, r.Basis.Until); err == nil {
		made = at
	}
	title := r.Title + ": what became of people, and what it was worth"
	s := paper.New(paper.Of{Title: title, Language: "en", Made: made, Lying: true, Foot: fmt.Sprintf("%s. %s. Release %.12s.", r.Title, r.Basis.period(), r.Basis.Release)})
	s.Words(paper.Title, title)
	s.Words(paper.Soft, r.Basis.period()+". Of "+r.Basis.Filter+".")
	if r.Basis.Smallest > 0 {
		s.Words(paper.Soft, fmt.Sprintf("A number that tells of fewer than %d people is hidden, and so is one by which such a one could be computed.", r.Basis.Smallest))
	}
	for i := range r.Sections {
		r.Sections[i].onPaper(s)
	}
	return s.Write(w)
}

func (s *Section) onPaper(p *paper.Sheets) {
	var drawn []chart.Drawing
	for i := range s.Figures {
		if d, ok := s.drawing(&s.Figures[i]); ok {
			drawn = append(drawn, d)
		}
	}
	// A heading is not left alone.
	room := 10 + 8 + p.HighOf(paper.Body, s.Says)
	if len(drawn) > 0 {
		room += p.HighOfDrawing(&drawn[0])
	} else {
		room += 28
	}
	p.Need(room)
	p.Section(s.Name)
	p.Words(paper.Body, s.Says)
	p.Space(1.5)
	if len(s.Tables) == 0 {
		p.Words(paper.Soft, "Nothing of this was told yet.")
	}
	for i := range drawn {
		p.Drawing(&drawn[i])
	}
	for i := range s.Tables {
		p.Table(s.Tables[i].legible().onPaper())
	}
}

func (t *Table) onPaper() *paper.Table {
	out := &paper.Table{Name: t.Name}
	for _, c := range t.Columns {
		out.Columns = append(out.Columns, paper.Column{Name: called(c), Right: c.Kind != kindText})
	}
	for _, row := range t.Rows {
		var cells []string
		for k := range row {
			cells = append(cells, row[k].Says)
		}
		out.Rows = append(out.Rows, cells)
	}
	return out
}
