package draft

import (
	"strings"
	"unicode/utf8"

	"attune/core/source"
)

// editor cuts and pastes in the text of a file. What stands where is told by the tree's places, which say where values begin; where they end
// is found in the text.
type editor struct {
	text  string
	lines []int // where each line begins
}

func lineStarts(text string) []int {
	out := []int{0}
	for i := range len(text) {
		if text[i] == '\n' {
			out = append(out, i+1)
		}
	}
	return out
}

// offset is where a place is in the text. Columns count letters.
func (e *editor) offset(p source.Pos) int {
	if p.Line < 1 || p.Line > len(e.lines) {
		return len(e.text)
	}
	at := e.lines[p.Line-1]
	for range p.Column - 1 {
		if at >= len(e.text) {
			break
		}
		_, n := utf8.DecodeRuneInString(e.text[at:])
		at += n
	}
	return at
}

// line is the number of the line, from 0, that an offset is in, and where it begins and ends, with its end.
func (e *editor) line(at int) (n, from, to int) {
	for n+1 < len(e.lines) && e.lines[n+1] <= at {
		n++
	}
	from, to = e.lines[n], len(e.text)
	if n+1 < len(e.lines) {
		to = e.lines[n+1]
	}
	return n, from, to
}

// indent is by how many spaces a line is moved in; blank where nothing but a comment is in it.
func (e *editor) indent(n int) (spaces int, blank bool) {
	to := len(e.text)
	if n+1 < len(e.lines) {
		to = e.lines[n+1]
	}
	s := strings.TrimRight(e.text[e.lines[n]:to], "\r\n")
	rest := strings.TrimLeft(s, " ")
	return len(s) - len(rest), rest == "" || strings.HasPrefix(rest, "#")
}

func (e *editor) flow(n *source.Node) bool {
	at := e.offset(n.Pos)
	return at < len(e.text) && (e.text[at] == '{' || e.text[at] == '[')
}

// block is where something ends that begins on a line at an indentation: before the next line that is moved in less, or as much unless it is
// an item of the list that hangs below it. Comments and empty lines at the end are not part of it.
func (e *editor) block(at, spaces int, listBelow bool) int {
	n, _, end := e.line(at)
	for n++; n < len(e.lines) && e.lines[n] < len(e.text); n++ {
		in, blank := e.indent(n)
		if blank {
			continue
		}
		if in < spaces || in == spaces && !(listBelow && strings.HasPrefix(e.text[e.lines[n]+in:], "-")) {
			break
		}
		_, _, end = e.line(e.lines[n])
	}
	return end
}

// above is where the comments begin that stand right above a line.
func (e *editor) above(at int) int {
	n, from, _ := e.line(at)
	own, _ := e.indent(n)
	for n--; n >= 0; n-- {
		in, blank := e.indent(n)
		if !blank || in != own || strings.TrimSpace(e.text[e.lines[n]:e.lines[n+1]]) == "" {
			break
		}
		from = e.lines[n]
	}
	return from
}

// closing is where a value ends that begins at an offset and is in quotes, in brackets, or a plain text on one line.
func (e *editor) closing(at int, inFlow bool) int {
	if at >= len(e.text) {
		return len(e.text)
	}
	switch e.text[at] {
	case '"', '\'':
		return e.quote(at) + 1
	case '{', '[':
		return e.bracket(at)
	}
	end := at
	for ; end < len(e.text); end++ {
		c := e.text[end]
		if c == '\n' && !inFlow || c == '#' && end > at && e.text[end-1] == ' ' || inFlow && (c == ',' || c == '}' || c == ']') {
			break
		}
	}
	return at + len(strings.TrimRight(e.text[at:end], " \r\n"))
}

// bracket is where brackets are closed that open at an offset.
func (e *editor) bracket(at int) int {
	depth, word := 0, false // within a plain word quotes are letters
	for i := at; i < len(e.text); i++ {
		switch c := e.text[i]; c {
		case '"', '\'':
			if !word {
				i = e.quote(i)
			}
		case '#':
			if e.text[i-1] == ' ' || e.text[i-1] == '\n' {
				for i+1 < len(e.text) && e.text[i+1] != '\n' {
					i++
				}
			}
		case '{', '[':
			depth, word = depth+1, false
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
			word = false
		case ',':
			word = false
		case ':':
			word = !(i+1 < len(e.text) && strings.IndexByte(" \n", e.text[i+1]) >= 0)
		case ' ', '\n', '\r':
		default:
			word = true
		}
	}
	return len(e.text)
}

// quote is where a quoted text ends.
func (e *editor) quote(at int) int {
	q := e.text[at]
	for i := at + 1; i < len(e.text); i++ {
		switch {
		case q == '"' && e.text[i] == '\\':
			i++
		case e.text[i] == q && q == '\'' && i+1 < len(e.text) && e.text[i+1] == q:
			i++
		case e.text[i] == q:
			return i
		}
	}
	return len(e.text) - 1
}

func (e *editor) replace(from, to int, with string) string {
	return e.text[:from] + with + e.text[to:]
}

func (e *editor) change(tree *source.Node, c *Change, file string) (string, error) {
	t, err := find(tree, c.Path)
	if err != nil {
		return "", err
	}
	switch c.Do {
	case "remove":
		return e.remove(&t), nil
	case "move":
		return e.move(&t, c)
	}
	v, err := valueOf(file, c)
	if err != nil {
		return "", err
	}
	if c.Do == "set" {
		if t.at >= 0 {
			return e.set(&t, flow(v)), nil
		}
		return e.newField(tree, &t, flow(v)), nil
	}
	list := t.value()
	switch {
	case list == nil && e.topLevel(tree, &t):
		return e.newField(tree, &t, "\n  - "+flow(v)), nil
	case list == nil:
		return e.newField(tree, &t, "["+flow(v)+"]"), nil
	case list.Kind != source.List || len(list.Items) == 0:
		return e.set(&t, "["+flow(v)+"]"), nil
	}
	at, err := before(list, c.Before)
	if err != nil {
		return "", err
	}
	if e.flow(list) {
		if at == len(list.Items) {
			end := e.closing(e.offset(list.Items[at-1].Pos), true)
			return e.replace(end, end, ", "+flow(v)), nil
		}
		from := e.offset(list.Items[at].Pos)
		return e.replace(from, from, flow(v)+", "), nil
	}
	return e.pasted(list, at, strings.Repeat(" ", e.dash(list, 0).spaces)+"- "+flow(v)+"\n"), nil
}

func (e *editor) topLevel(tree *source.Node, t *target) bool { return t.parent == tree }

// item is where an item of a block list stands: its comments, its line, and its end.
type item struct{ above, dash, spaces, end int }

// dash finds the item of a block list.
func (e *editor) dash(list *source.Node, i int) item {
	at := e.offset(list.Items[i].Pos)
	_, from, _ := e.line(at)
	dash := from + strings.LastIndexByte(e.text[from:at], '-')
	if dash < from {
		dash = from
	}
	spaces := dash - from
	return item{above: e.above(from), dash: dash, spaces: spaces, end: e.block(from, spaces, false)}
}

// pasted puts lines before an item of a block list, or behind the last.
func (e *editor) pasted(list *source.Node, at int, lines string) string {
	if at < len(list.Items) {
		to := e.dash(list, at).above
		return e.replace(to, to, lines)
	}
	end := e.dash(list, at-1).end
	if end > 0 && e.text[end-1] != '\n' {
		lines = "\n" + strings.TrimSuffix(lines, "\n")
	}
	return e.replace(end, end, lines)
}

// span is where a field's value stands, from behind the colon on.
func (e *editor) span(t *target) (from, to int) {
	f := &t.parent.Fields[t.at]
	key := e.offset(f.Pos)
	_, line, _ := e.line(key)
	colon := key + e.colon(key)
	v := f.Value
	if e.flow(t.parent) || e.flow(v) || v.Kind == source.Scalar && e.oneLine(v, key, line) || v.Kind == source.Null {
		if v.Kind == source.Null && !strings.HasPrefix(strings.TrimLeft(e.text[colon+1:], " "), "null") && !strings.HasPrefix(strings.TrimLeft(e.text[colon+1:], " "), "~") {
			return colon + 1, colon + 1
		}
		begin := e.offset(v.Pos)
		return colon + 1, e.closing(begin, e.flow(t.parent))
	}
	end := e.block(key, key-line, v.Kind == source.List)
	return colon + 1, len(strings.TrimRight(e.text[:end], "\r\n"))
}

// colon is how far behind the beginning of a key its colon is.
func (e *editor) colon(key int) int {
	i := key
	if e.text[i] == '"' || e.text[i] == '\'' {
		i = e.quote(i)
	}
	return i + strings.IndexByte(e.text[i:], ':') - key
}

// oneLine tells that a text ends on the line on which it begins.
func (e *editor) oneLine(v *source.Node, key, line int) bool {
	at := e.offset(v.Pos)
	if at >= len(e.text) || e.text[at] == '|' || e.text[at] == '>' {
		return false
	}
	_, _, to := e.line(e.closing(at, false))
	return e.block(key, key-line, false) <= to
}

func (e *editor) set(t *target, value string) string {
	if t.parent.Kind == source.List {
		if e.flow(t.parent) || e.flow(t.value()) || t.value().Kind == source.Scalar {
			from := e.offset(t.value().Pos)
			return e.replace(from, e.closing(from, e.flow(t.parent)), value)
		}
		x := e.dash(t.parent, t.at)
		return e.replace(x.dash, x.end, "- "+value+"\n")
	}
	from, to := e.span(t)
	return e.replace(from, to, " "+value)
}

// newField writes a field that was not there.
func (e *editor) newField(tree *source.Node, t *target, value string) string {
	n := t.parent
	line := key(t.name) + ": " + value
	if strings.HasPrefix(value, "\n") {
		line = key(t.name) + ":" + value
	}
	switch {
	case len(n.Fields) == 0 && n == tree:
		return strings.TrimRight(e.text, "\n") + ifAny(e.text) + line + "\n"
	case len(n.Fields) == 0:
		at := e.offset(n.Pos)
		return e.replace(at, e.closing(at, true), "{"+line+"}")
	case e.flow(n):
		last := target{parent: n, at: len(n.Fields) - 1}
		_, to := e.span(&last)
		return e.replace(to, to, ", "+line)
	}
	last := n.Fields[len(n.Fields)-1]
	begin := e.offset(last.Pos)
	_, from, _ := e.line(begin)
	end := e.block(begin, begin-from, last.Value.Kind == source.List)
	line = strings.Repeat(" ", begin-from) + line
	if end > 0 && e.text[end-1] != '\n' {
		return e.replace(end, end, "\n"+line)
	}
	return e.replace(end, end, line+"\n")
}

func ifAny(text string) string {
	if strings.TrimSpace(text) == "" {
		return ""
	}
	return "\n"
}

func (e *editor) remove(t *target) string {
	n := t.parent
	count := len(n.Items) + len(n.Fields)
	if e.flow(n) {
		begin := func(i int) int {
			if n.Kind == source.List {
				return e.offset(n.Items[i].Pos)
			}
			return e.offset(n.Fields[i].Pos)
		}
		end := func(i int) int {
			if n.Kind == source.List {
				return e.closing(e.offset(n.Items[i].Pos), true)
			}
			_, to := e.span(&target{parent: n, at: i})
			return to
		}
		switch {
		case count == 1:
			return e.replace(begin(0), end(0), "")
		case t.at == count-1:
			return e.replace(end(t.at-1), end(t.at), "")
		}
		return e.replace(begin(t.at), begin(t.at+1), "")
	}
	if n.Kind == source.List {
		x := e.dash(n, t.at)
		return e.replace(x.above, x.end, "")
	}
	key := e.offset(n.Fields[t.at].Pos)
	_, from, _ := e.line(key)
	end := e.block(key, key-from, n.Fields[t.at].Value.Kind == source.List)
	if strings.TrimSpace(e.text[from:key]) != "" { // behind the dash of an item: the next field takes its place
		if count == 1 {
			return e.replace(key, end, "{}\n")
		}
		return e.replace(key, e.offset(n.Fields[t.at+1].Pos), "")
	}
	return e.replace(e.above(from), end, "")
}

func (e *editor) move(t *target, c *Change) (string, error) {
	list := t.parent
	to, err := before(list, c.Before)
	if err != nil {
		return "", err
	}
	if to == t.at || to == t.at+1 {
		return e.text, nil
	}
	if e.flow(list) {
		var parts []string
		for i := range list.Items {
			at := e.offset(list.Items[i].Pos)
			parts = append(parts, e.text[at:e.closing(at, true)])
		}
		from := e.offset(list.Items[0].Pos)
		end := e.closing(e.offset(list.Items[len(parts)-1].Pos), true)
		moved := parts[t.at]
		var out []string
		for i := range parts {
			if i == to {
				out = append(out, moved)
			}
			if i != t.at {
				out = append(out, parts[i])
			}
		}
		if to == len(parts) {
			out = append(out, moved)
		}
		return e.replace(from, end, strings.Join(out, ", ")), nil
	}
	x := e.dash(list, t.at)
	lines := e.text[x.above:x.end]
	if !strings.HasSuffix(lines, "\n") {
		lines += "\n"
	}
	var at int
	if to < len(list.Items) {
		at = e.dash(list, to).above
	} else {
		at = e.dash(list, len(list.Items)-1).end
	}
	if at <= x.above {
		return e.text[:at] + lines + e.text[at:x.above] + e.text[x.end:], nil
	}
	between := e.text[x.end:at]
	if between != "" && !strings.HasSuffix(between, "\n") {
		between, lines = between+"\n", strings.TrimSuffix(lines, "\n")
	}
	return e.text[:x.above] + between + lines + e.text[at:], nil
}
