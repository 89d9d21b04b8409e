package rights

import (
	"bytes"
	_ "embed"
	"html/template"
)

//go:embed page.html
var pageText string

// section is one part of the page.
type section struct {
	ID, Title, Says, None string
	Columns               []string
	Rows                  [][]string
}

// page writes the page: one file, which loads nothing and runs nothing.
func page(h *Held) (string, error) {
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		return "", err
	}
	var sections []section
	for _, x := range tables(h) {
		sections = append(sections, section{x.file, x.title, x.says, x.none, x.columns, x.rows})
	}
	var b bytes.Buffer
	err = t.Execute(&b, struct {
		*Held
		Sections []section
	}{h, sections})
	return b.String(), err
}
