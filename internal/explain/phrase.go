package explain

import "strings"

// Phrase is a condition in words: a clause by itself, or several that are joined.
type Phrase struct {
	// Text is the clause of a phrase without parts.
	Text string `json:"text,omitempty"`
	// Join tells whether all of the parts or any of them must be so.
	Join  Join     `json:"join,omitempty"`
	Parts []Phrase `json:"parts,omitempty"`
}

// Join is how the parts of a phrase belong together.
type Join string

// All parts, or any of them.
const (
	All Join = "all"
	Any Join = "any"
)

func clause(text string) Phrase { return Phrase{Text: text} }

// joined puts parts together; parts joined in the same way become parts of the whole.
func joined(how Join, parts ...Phrase) Phrase {
	out := Phrase{Join: how}
	for _, p := range parts {
		if p.Join == how {
			out.Parts = append(out.Parts, p.Parts...)
		} else {
			out.Parts = append(out.Parts, p)
		}
	}
	if len(out.Parts) == 1 {
		return out.Parts[0]
	}
	return out
}

// Inline writes the phrase within a sentence. "both … and" and "either … or" are its parentheses.
func (p Phrase) Inline() string { return p.inline(false) }

func (p Phrase) inline(nested bool) string {
	if p.Join == "" {
		return p.Text
	}
	parts := make([]string, len(p.Parts))
	for i, part := range p.Parts {
		parts[i] = part.inline(true)
	}
	before, last := "", "and"
	switch {
	case p.Join == Any && len(parts) > 2:
		before, last = "any of these: ", "or"
	case p.Join == Any:
		before, last = "either ", "or"
	case nested && len(parts) > 2:
		before = "all of these: "
	case nested:
		before = "both "
	}
	n := len(parts) - 1
	return before + strings.Join(parts[:n], ", ") + ", " + last + " " + parts[n]
}

// simple tells whether the phrase reads well in one sentence: at most three clauses, two levels.
func (p Phrase) simple() bool {
	clauses := 0
	for _, part := range p.Parts {
		if part.Join != "" && len(part.Parts) > 2 {
			return false
		}
		for _, inner := range part.Parts {
			if inner.Join != "" {
				return false
			}
		}
		clauses += max(1, len(part.Parts))
	}
	return clauses <= 3
}

// String writes the phrase by itself: as a sentence, or as a list where that would be too long.
func (p Phrase) String() string {
	if p.simple() {
		return Sentence(p.Inline())
	}
	var b strings.Builder
	p.list(&b, "")
	return strings.TrimSuffix(b.String(), "\n")
}

func (p Phrase) list(b *strings.Builder, indent string) {
	if p.Join == "" || indent != "" && p.simple() && len(p.Parts) == 2 {
		b.WriteString(indent + p.Inline() + "\n")
		return
	}
	says := "all of these are so:"
	if p.Join == Any {
		says = "at least one of these is so:"
	}
	if indent == "" {
		says = Sentence(says)
	}
	b.WriteString(indent + says + "\n")
	deeper := strings.Repeat(" ", len(indent)) + "  "
	for _, part := range p.Parts {
		var inner strings.Builder
		part.list(&inner, deeper+"  ")
		b.WriteString(deeper + "- " + strings.TrimPrefix(inner.String(), deeper+"  "))
	}
}

// Sentence begins with a capital and ends with a full stop, unless it ends with a mark of its own.
func Sentence(s string) string {
	if s == "" {
		return ""
	}
	s = upper(s)
	if strings.HasSuffix(s, ".") || strings.HasSuffix(s, ":") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}

func upper(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
