package program

import (
	"strings"

	"attune/core/content"
	"attune/core/effect"
)

// Say renders what a hand-over says: one text, or several in the frame that holds them together. It is
// false where the program has not all of the texts any more.
func (p *Program) Say(s *effect.Send) (subject, body string, ok bool) {
	f := content.Filled{Name: s.Name, FirstName: s.FirstName, LastName: s.LastName, Organisation: p.Policy.Sender, About: s.AboutName}
	t := p.TemplateByHash(s.Content)
	if t == nil {
		return "", "", false
	}
	subject, body = t.Render(f)
	if s.Frame == "" {
		return subject, body, true
	}
	parts := []string{body}
	for i := range s.Parts {
		if t = p.TemplateByHash(s.Parts[i].Content); t == nil {
			return "", "", false
		}
		_, part := t.Render(f)
		parts = append(parts, part)
	}
	if t = p.TemplateByHash(s.Frame); t == nil {
		return "", "", false
	}
	f.Parts = strings.Join(parts, "\n")
	subject, body = t.Render(f)
	return subject, body, true
}
