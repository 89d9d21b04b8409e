package explain

import (
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// WriteText writes an explanation for people, in lines of a width.
func (x *Explanation) WriteText(w io.Writer, width int) error {
	t := &writer{width: max(40, width)}
	switch x.Kind {
	case "program":
		if len(x.Things) > 0 {
			t.overview(x)
			break
		}
		t.thing(x)
	case "file":
		for i := range x.Things {
			if i > 0 {
				t.line("")
			}
			t.thing(&x.Things[i])
		}
	default:
		t.thing(x)
	}
	_, err := io.WriteString(w, t.b.String())
	return err
}

type writer struct {
	b     strings.Builder
	width int
}

func (t *writer) line(s string) { t.b.WriteString(s + "\n") }

// paragraph wraps each line of a text, and goes on below its first word.
func (t *writer) paragraph(text, indent string) {
	for l := range strings.SplitSeq(text, "\n") {
		own := l[:len(l)-len(strings.TrimLeft(l, " "))]
		l = l[len(own):]
		hang := indent + own
		if first, _, _ := strings.Cut(l, " "); first == "-" || strings.HasSuffix(first, ".") && strings.Trim(first, "0123456789.") == "" {
			hang += strings.Repeat(" ", len(first)+1)
		}
		line := indent + own
		empty := true
		for word := range strings.FieldsSeq(l) {
			if !empty && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > t.width {
				t.line(line)
				line, empty = hang, true
			}
			if !empty {
				line += " "
			}
			line += word
			empty = false
		}
		t.line(line)
	}
}

func (t *writer) overview(x *Explanation) {
	for _, s := range x.Words {
		t.paragraph(s, "")
	}
	kind := ""
	for i := range x.Things {
		thing := &x.Things[i]
		if thing.Kind != kind {
			kind = thing.Kind
			t.line("")
			t.line(heading(kind))
			t.line(strings.Repeat("-", len(heading(kind))))
		} else if kind == "journey" || kind == "engagement" || kind == "behavior" {
			t.line("")
		}
		for k, s := range thing.Words {
			if k == 0 {
				t.paragraph("- "+s, "")
			} else {
				t.paragraph(s, "  ")
			}
		}
	}
	t.simulation(x.Simulation)
}

func (t *writer) thing(x *Explanation) {
	t.line(x.Path + "  (" + x.Kind + ")")
	if x.Source != "" {
		t.line("")
		for l := range strings.SplitSeq(x.Source, "\n") {
			t.line(strings.TrimRight("    "+l, " "))
		}
	}
	t.line("")
	for _, s := range x.Words {
		t.paragraph(s, "")
	}
	if len(x.Wakes) > 0 {
		t.line("")
		t.paragraph(wakesInWords(x.Wakes), "")
	}
	t.links("It depends on:", x.DependsOn)
	t.links("What asks for it, and what follows:", x.UsedBy)
	t.simulation(x.Simulation)
}

func wakesInWords(wakes []string) string {
	events := slices.DeleteFunc(slices.Clone(wakes), func(s string) bool { return s == "time" })
	heard := "when " + listed(events, "or") + " is heard"
	switch {
	case len(events) == 0:
		return "The answer can change by time alone."
	case len(events) == len(wakes):
		return "The answer can change " + heard + ", and never by time alone."
	}
	return "The answer can change " + heard + ", and by time alone."
}

func (t *writer) links(title string, links []Link) {
	if len(links) == 0 {
		return
	}
	t.line("")
	t.line(title)
	for _, l := range links {
		t.paragraph("- "+l.Path+": "+l.Says, "")
	}
}

func (t *writer) simulation(s *Simulation) {
	if s == nil {
		return
	}
	t.line("")
	for _, says := range s.Says {
		t.paragraph(says, "")
	}
	t.line("These people do not exist: what is counted is no evidence of what the program does to patients.")
}
