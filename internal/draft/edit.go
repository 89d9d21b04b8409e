package draft

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"attune/core/source"
	"attune/internal/programdir"
)

// Change is one change of a file.
type Change struct {
	// Do is set (a value, or a new one), add (to a list), remove, or move (within its list).
	Do string `json:"do"`
	// Path leads to the value: names and, in lists, the id of what stands there or its place from 0, such as /moments/first_visit/name.
	Path string `json:"path"`
	// Value is what is set or added.
	Value json.RawMessage `json:"value,omitempty"`
	// Before is the id or place before which something is added or moved to; the end without it.
	Before string `json:"before,omitempty"`
}

// Wrong is why a change cannot be done.
type Wrong struct{ What, Hint string }

func (w *Wrong) Error() string {
	if w.Hint == "" {
		return w.What
	}
	return w.What + "; " + w.Hint
}

func wrong(hint, format string, args ...any) error {
	return &Wrong{fmt.Sprintf(format, args...), hint}
}

// Edit changes a YAML file and leaves every other line as it is. What comes out says what was asked for, which is looked up in it: where the
// file is written so that this cannot be done, it is refused and nothing is changed.
func Edit(file, text string, c Change) (string, error) {
	tree, err := parse(file, text)
	if err != nil {
		return "", err
	}
	want, err := changed(file, tree, &c)
	if err != nil {
		return "", err
	}
	e := &editor{text: text, lines: lineStarts(text)}
	out, err := e.change(tree, &c, file)
	if err != nil {
		return "", err
	}
	is, err := parse(file, out)
	if err != nil || !alike(is, want) {
		return "", wrong("change the text itself", "%s is written in a way that %s cannot be changed in by itself", file, c.Path)
	}
	return out, nil
}

func parse(file, text string) (*source.Node, error) {
	var problems source.Problems
	tree := programdir.ParseYAML(file, []byte(text), &problems)
	if list := problems.List(); len(list) > 0 {
		return nil, wrong(list[0].Hint, "%s: %s", list[0].Pos, list[0].What)
	}
	if tree == nil {
		tree = &source.Node{Kind: source.Map}
	}
	return tree, nil
}

// valueOf reads the JSON of a change.
func valueOf(file string, c *Change) (*source.Node, error) {
	if len(c.Value) == 0 {
		return nil, wrong("give it as JSON", "%s %s has no value", c.Do, c.Path)
	}
	var problems source.Problems
	v := programdir.ParseJSON(file, string(c.Value), &problems)
	if list := problems.List(); len(list) > 0 || v == nil {
		return nil, wrong("give it as JSON", "the value of %s is no JSON", c.Path)
	}
	return v, nil
}

// steps are the parts of a path.
func steps(path string) ([]string, error) {
	if !strings.HasPrefix(path, "/") || len(path) < 2 {
		return nil, wrong("begin it with /, such as /moments/first_visit/name", "%q is no path", path)
	}
	return strings.Split(path[1:], "/"), nil
}

// place finds an item of a list by its id, else by its number; -1 where there is none.
func place(list *source.Node, name string) int {
	for i, item := range list.Items {
		if id := item.Get("id"); id != nil && id.Text == name {
			return i
		}
	}
	if n, err := strconv.Atoi(name); err == nil && n >= 0 && n < len(list.Items) && strconv.Itoa(n) == name {
		return n
	}
	return -1
}

func fieldAt(n *source.Node, name string) int {
	return slices.IndexFunc(n.Fields, func(f source.Field) bool { return f.Name == name })
}

// target is where a path leads to.
type target struct {
	parent *source.Node
	up     *source.Node // the parent's own
	at     int          // in the parent's fields or items; -1 where there is no such field
	name   string
}

func (t *target) value() *source.Node {
	switch {
	case t.at < 0:
		return nil
	case t.parent.Kind == source.List:
		return t.parent.Items[t.at]
	}
	return t.parent.Fields[t.at].Value
}

func find(tree *source.Node, path string) (t target, err error) {
	all, err := steps(path)
	if err != nil {
		return t, err
	}
	n, up := tree, (*source.Node)(nil)
	for i, s := range all {
		t = target{parent: n, up: up, at: -1, name: s}
		switch n.Kind {
		case source.List:
			t.at = place(n, s)
		case source.Map:
			t.at = fieldAt(n, s)
		default:
			if !(n.Kind == source.Null && i == len(all)-1) {
				return t, wrong("", "/%s is no map and no list, so it has no %s", strings.Join(all[:i], "/"), s)
			}
		}
		if i == len(all)-1 {
			return t, nil
		}
		if t.at < 0 {
			return t, wrong("", "there is no /%s", strings.Join(all[:i+1], "/"))
		}
		n, up = t.value(), n
	}
	return t, nil
}

// changed is the tree as it shall be.
func changed(file string, tree *source.Node, c *Change) (*source.Node, error) {
	out := clone(tree)
	t, err := find(out, c.Path)
	if err != nil {
		return nil, err
	}
	switch c.Do {
	case "set":
		v, err := valueOf(file, c)
		if err != nil {
			return nil, err
		}
		switch {
		case t.at >= 0 && t.parent.Kind == source.List:
			t.parent.Items[t.at] = v
		case t.at >= 0:
			t.parent.Fields[t.at].Value = v
		case t.parent.Kind == source.Map:
			t.parent.Fields = append(t.parent.Fields, source.Field{Name: t.name, Value: v})
		default:
			return nil, wrong("add it", "there is no %s", c.Path)
		}
	case "add":
		v, err := valueOf(file, c)
		if err != nil {
			return nil, err
		}
		if t.at < 0 && t.parent.Kind == source.Map {
			t.parent.Fields = append(t.parent.Fields, source.Field{Name: t.name, Value: &source.Node{Kind: source.List, Items: []*source.Node{v}}})
			break
		}
		list := t.value()
		if list == nil || list.Kind == source.Null && t.parent.Kind == source.Map {
			if list == nil {
				return nil, wrong("", "there is no %s", c.Path)
			}
			t.parent.Fields[t.at].Value = &source.Node{Kind: source.List, Items: []*source.Node{v}}
			break
		}
		if list.Kind != source.List {
			return nil, wrong("set it", "%s is no list", c.Path)
		}
		if id := v.Get("id"); id != nil && place(list, id.Text) >= 0 {
			return nil, wrong("choose another id", "%s has a %q already", c.Path, id.Text)
		}
		at, err := before(list, c.Before)
		if err != nil {
			return nil, err
		}
		list.Items = slices.Insert(list.Items, at, v)
	case "remove":
		if t.at < 0 {
			return nil, wrong("", "there is no %s", c.Path)
		}
		if t.parent.Kind == source.List {
			t.parent.Items = slices.Delete(t.parent.Items, t.at, t.at+1)
		} else {
			t.parent.Fields = slices.Delete(t.parent.Fields, t.at, t.at+1)
		}
	case "move":
		if t.parent.Kind != source.List || t.at < 0 {
			return nil, wrong("", "%s is nothing in a list, which could be moved", c.Path)
		}
		to, err := before(t.parent, c.Before)
		if err != nil {
			return nil, err
		}
		item := t.parent.Items[t.at]
		t.parent.Items = slices.Insert(slices.Clone(t.parent.Items), to, item)
		from := t.at
		if to <= from {
			from++
		}
		t.parent.Items = slices.Delete(t.parent.Items, from, from+1)
	default:
		return nil, wrong("choose set, add, remove or move", "%q is nothing that can be done", c.Do)
	}
	return out, nil
}

func before(list *source.Node, name string) (int, error) {
	if name == "" {
		return len(list.Items), nil
	}
	if at := place(list, name); at >= 0 {
		return at, nil
	}
	return 0, wrong("leave before out for the end", "there is no %q before which it could stand", name)
}

func clone(n *source.Node) *source.Node {
	if n == nil {
		return nil
	}
	out := *n
	out.Items, out.Fields = nil, nil
	for _, i := range n.Items {
		out.Items = append(out.Items, clone(i))
	}
	for _, f := range n.Fields {
		f.Value = clone(f.Value)
		out.Fields = append(out.Fields, f)
	}
	return &out
}

// alike tells whether two trees say the same; where they stand, and how texts are quoted, does not matter, but for what quotes make of a
// number or a word such as true.
func alike(a, b *source.Node) bool {
	if a == nil || b == nil {
		return (a == nil || empty(a)) && (b == nil || empty(b))
	}
	if empty(a) && empty(b) {
		return true
	}
	if a.Kind != b.Kind || a.Text != b.Text || len(a.Items) != len(b.Items) || len(a.Fields) != len(b.Fields) {
		return false
	}
	if a.Kind == source.Scalar && a.Quoted != b.Quoted && special.MatchString(a.Text) {
		return false
	}
	for i := range a.Items {
		if !alike(a.Items[i], b.Items[i]) {
			return false
		}
	}
	for i := range a.Fields {
		if a.Fields[i].Name != b.Fields[i].Name || !alike(a.Fields[i].Value, b.Fields[i].Value) {
			return false
		}
	}
	return true
}

// empty is a map or list of which nothing is left, which a file may not tell apart from nothing.
func empty(n *source.Node) bool {
	return n.Kind == source.Null || n.Kind != source.Scalar && len(n.Items) == 0 && len(n.Fields) == 0
}

var (
	plain   = regexp.MustCompile(`^[\p{L}_][\p{L}\p{N}_ .+\-/()]*$`)
	special = regexp.MustCompile(`^(?i:true|false|null|~|yes|no|on|off|y|n|[-+.0-9].*|)$`)
)

// flow writes a value as people write it in one line.
func flow(n *source.Node) string {
	switch n.Kind {
	case source.List:
		parts := make([]string, len(n.Items))
		for i, item := range n.Items {
			parts[i] = flow(item)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case source.Map:
		parts := make([]string, len(n.Fields))
		for i, f := range n.Fields {
			parts[i] = key(f.Name) + ": " + flow(f.Value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case source.Scalar:
		if !n.Quoted {
			return n.Text // numbers, true and false of JSON
		}
		return word(n.Text)
	case source.Null:
	}
	return "null"
}

// key writes the name of a field: the language has no others than texts.
func key(s string) string {
	if plain.MatchString(s) && !strings.HasSuffix(s, " ") {
		return s
	}
	return word(s)
}

func word(s string) string {
	if plain.MatchString(s) && !special.MatchString(s) && !strings.HasSuffix(s, " ") {
		return s
	}
	b, _ := json.Marshal(s) // a text always can be
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(b))
}
