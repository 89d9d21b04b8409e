package draft

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"attune/core/source"
)

// Values gives a YAML file as JSON, its fields in the order in which they stand, and the line of everything in it by the path that [Edit]
// takes. A file with mistakes in its writing is refused with the first of them.
func Values(file, text string) (value json.RawMessage, lines map[string]int, err error) {
	tree, err := parse(file, text)
	if err != nil {
		return nil, nil, err
	}
	r := reader{lines: map[string]int{}}
	r.read(tree, "", true)
	return r.out.Bytes(), r.lines, nil
}

type reader struct {
	out   bytes.Buffer
	lines map[string]int
}

// number is what JSON takes for one too.
var number = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// read writes a value. Leads tells whether a path leads to it: names may have a slash, and then none does.
func (r *reader) read(n *source.Node, path string, leads bool) {
	switch n.Kind {
	case source.Map:
		r.out.WriteByte('{')
		for i, f := range n.Fields {
			if i > 0 {
				r.out.WriteByte(',')
			}
			r.text(f.Name)
			r.out.WriteByte(':')
			r.below(f.Value, path, f.Name, f.Pos.Line, leads)
		}
		r.out.WriteByte('}')
	case source.List:
		r.out.WriteByte('[')
		for i, item := range n.Items {
			if i > 0 {
				r.out.WriteByte(',')
			}
			name := strconv.Itoa(i)
			if id := item.Get("id"); id != nil && id.Text != "" {
				name = id.Text
			}
			r.below(item, path, name, item.Pos.Line, leads)
		}
		r.out.WriteByte(']')
	case source.Null:
		r.out.WriteString("null")
	default:
		if !n.Quoted && (n.Text == "true" || n.Text == "false" || number.MatchString(n.Text)) {
			r.out.WriteString(n.Text)
			return
		}
		r.text(n.Text)
	}
}

func (r *reader) below(n *source.Node, path, name string, line int, leads bool) {
	leads = leads && !strings.Contains(name, "/")
	if leads {
		path += "/" + name
		r.lines[path] = line
	}
	r.read(n, path, leads)
}

func (r *reader) text(s string) {
	b, _ := json.Marshal(s) // a text can always be written
	r.out.Write(b)
}
