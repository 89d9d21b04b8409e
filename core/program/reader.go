package program

import (
	"slices"
	"strconv"
	"strings"

	"attune/core/instant"
	"attune/core/source"
)

// reader takes values out of the tree and notes what is wrong with them.
type reader struct{ source.Problems }

// fields checks that a node is a map with no other fields than the known ones, and with those that
// are required. It returns false when there is nothing to read; what is required and missing was
// noted then, and reads as nothing.
func (r *reader) fields(n *source.Node, what string, required []string, optional ...string) bool {
	if n == nil || n.Kind != source.Map {
		if n != nil {
			r.Add(n.Pos, "write it as fields, one on each line: name: value", "%s is not a set of fields", what)
		}
		return false
	}
	known := append(slices.Clone(required), optional...)
	seen := map[string]bool{}
	for _, f := range n.Fields {
		if !slices.Contains(known, f.Name) {
			r.Add(f.Pos, source.Suggest(f.Name, known), "%s has no field %q", what, f.Name)
		}
		if seen[f.Name] {
			r.Add(f.Pos, "keep one of them", "field %q is written twice", f.Name)
		}
		seen[f.Name] = true
	}
	for _, name := range required {
		if !seen[name] {
			r.Add(n.Pos, "add "+name+": …", "%s needs the field %q", what, name)
		}
	}
	return true
}

// text reads a scalar as it is written.
func (r *reader) text(n *source.Node, what string) string {
	if n == nil {
		return ""
	}
	if n.Kind != source.Scalar || n.Text == "" {
		r.Add(n.Pos, "write one word or line", "%s is not a text", what)
		return ""
	}
	return n.Text
}

// name reads an identifier: what other files and the history call a thing by.
func (r *reader) name(n *source.Node, what string) string {
	s := r.text(n, what)
	if s != "" {
		r.checkName(s, n.Pos, what)
	}
	return s
}

func (r *reader) checkName(s string, at source.Pos, what string) {
	for i, c := range s {
		if c >= 'a' && c <= 'z' || i > 0 && (c >= '0' && c <= '9' || c == '_' || c == '-') {
			continue
		}
		r.Add(at, "use small letters, digits, _ and -, beginning with a letter", "%q cannot be the name of %s", s, what)
		return
	}
}

// unique notes a name used twice.
func (r *reader) unique(seen map[string]source.Pos, name string, at source.Pos, what string) {
	if name == "" {
		return
	}
	if first, twice := seen[name]; twice {
		r.Add(at, "give one of them another name", "%s %q stands at %s already", what, name, first)
	}
	seen[name] = at
}

// oneOf reads a scalar that must be one of a few words.
func (r *reader) oneOf(n *source.Node, what string, words ...string) string {
	s := r.text(n, what)
	if s != "" && !slices.Contains(words, s) {
		r.Add(n.Pos, source.Suggest(s, words), "%s cannot be %q", what, s)
		return words[0]
	}
	return s
}

func (r *reader) duration(n *source.Node, what string) instant.Duration {
	s := r.text(n, what)
	if s == "" {
		return 0
	}
	d, err := instant.ParseDuration(s)
	if err != nil {
		r.Add(n.Pos, `write it as 90s, 15m, 36h, 7d or 2w`, "%s is no duration: %q", what, s)
	} else if d == 0 {
		r.Add(n.Pos, "leave it out, or write at least 1s", "%s is zero", what)
	}
	return d
}

func (r *reader) number(n *source.Node, what string) float64 {
	s := r.text(n, what)
	f, err := strconv.ParseFloat(s, 64)
	if s != "" && (err != nil || f != f || f > 1e12 || f < -1e12) {
		r.Add(n.Pos, "write it as 12 or 0.5", "%s is no number: %q", what, s)
		return 0
	}
	return f
}

func (r *reader) count(n *source.Node, what string) int {
	s := r.text(n, what)
	k, err := strconv.Atoi(s)
	if s != "" && (err != nil || s[0] == '+' || k < 1 || k > 10000) {
		r.Add(n.Pos, "write a whole number from 1", "%s is no count: %q", what, s)
		return 1
	}
	return k
}

// words reads a list of texts; a single text stands for a list of one.
func (r *reader) words(n *source.Node, what string) []string {
	if n == nil {
		return nil
	}
	if n.Kind == source.Scalar {
		return []string{r.text(n, what)}
	}
	if n.Kind != source.List || len(n.Items) == 0 {
		r.Add(n.Pos, "write it as [one, two]", "%s is not a list", what)
		return nil
	}
	var out []string
	for _, item := range n.Items {
		out = append(out, r.text(item, what))
	}
	return out
}

// items returns a list's nodes.
func (r *reader) items(n *source.Node, what string) []*source.Node {
	if n == nil {
		return nil
	}
	if n.Kind != source.List {
		r.Add(n.Pos, "write each on a line of its own, beginning with -", "%s is not a list", what)
		return nil
	}
	return n.Items
}

// clock reads a time of day, "08:00".
func (r *reader) clock(n *source.Node, what string) instant.Duration {
	s := r.text(n, what)
	h, m, found := strings.Cut(s, ":")
	hours, err1 := strconv.Atoi(h)
	minutes, err2 := strconv.Atoi(m)
	if s != "" && (!found || strings.ContainsAny(s, "+-") || err1 != nil || err2 != nil || len(h) != 2 || len(m) != 2 || hours > 24 || hours < 0 || minutes < 0 || minutes > 59 || hours == 24 && minutes > 0) {
		r.Add(n.Pos, `write it in quotes as "08:00"`, "%s is no time of day: %q", what, s)
		return 0
	}
	return instant.Duration(hours)*instant.Hour + instant.Duration(minutes)*instant.Minute
}
