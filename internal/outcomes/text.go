package outcomes

import (
	"io"
	"strings"
	"unicode/utf8"

	"attune/internal/chart"
)

// WriteText writes the report for a terminal. A table that is wider than that is written row by row.
func (r *Report) WriteText(w io.Writer, l chart.Look) error {
	p := l.To(w)
	p.Line("%s: what became of people, and what it was worth", r.Title)
	p.Wrap("", r.Basis.period()+". Of "+r.Basis.Filter+".")
	for i := range r.Sections {
		s := &r.Sections[i]
		p.Title(strings.ToUpper(s.Name))
		p.Wrap("", s.Says)
		if len(s.Tables) == 0 {
			p.Line("Nothing of this was told yet.")
		}
		for k := range s.Tables {
			t := s.Tables[k].legible()
			p.Line("")
			if t.Name != "" {
				p.Line("%s", t.Name)
			}
			t.write(&p)
		}
	}
	return p.Err()
}

// write writes a table in columns, or row by row.
func (t *Table) write(p *chart.Printer) {
	width := make([]int, len(t.Columns))
	heads := make([][]string, len(t.Columns))
	deep, all := 0, 0
	for k, c := range t.Columns {
		for _, row := range t.Rows {
			width[k] = max(width[k], utf8.RuneCountInString(row[k].Says))
		}
		heads[k] = headOf(c, max(width[k], 9))
		for _, h := range heads[k] {
			width[k] = max(width[k], utf8.RuneCountInString(h))
		}
		deep = max(deep, len(heads[k]))
		all += width[k] + 2
	}
	if all > p.Look.Columns()+2 {
		for _, row := range t.Rows {
			texts := 0
			var names []string
			for texts < len(row) && t.Columns[texts].Kind == kindText {
				names = append(names, row[texts].Says)
				texts++
			}
			p.Line("  %s", strings.Join(names, ", "))
			for k := texts; k < len(row); k++ {
				if row[k].Says != "–" && row[k].Says != "" {
					p.Line("    %s  %s", chart.Padded(called(t.Columns[k])+" ", 44), row[k].Says)
				}
			}
		}
		return
	}
	put := func(cells func(k int) string) {
		var b strings.Builder
		for k, c := range t.Columns {
			s := cells(k)
			if c.Kind == kindText {
				b.WriteString("  " + chart.Padded(s, width[k]))
			} else {
				b.WriteString("  " + chart.Right(s, width[k]))
			}
		}
		p.Line("%s", b.String())
	}
	for line := range deep {
		put(func(k int) string {
			if at := line - (deep - len(heads[k])); at >= 0 {
				return heads[k][at]
			}
			return ""
		})
	}
	for _, row := range t.Rows {
		put(func(k int) string { return row[k].Says })
	}
}

func called(c Column) string {
	if c.Unit != "" {
		return strings.TrimPrefix(c.Name+", "+c.Unit, ", ")
	}
	return c.Name
}

// headOf breaks a column's name into lines that are no wider than the column, where words allow it.
func headOf(c Column, room int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(called(c)) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > room {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}
