package strictjson

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The limits of a document, where a [Parser] names no others. Deeper than MaxDepth is a flaw of the part
// that is so deep; what is deeper than hardDepth, or has more than MaxValues values, is not read at all.
const (
	MaxDepth  = 32
	MaxValues = 200_000
	hardDepth = 256
)

// Error says why a document could not be read: where, and what to do about it.
type Error struct {
	// Offset counts bytes from the beginning of the document.
	Offset int
	// Reason and Remedy never repeat the content.
	Reason, Remedy string
}

func (e *Error) Error() string { return fmt.Sprintf("byte %d: %s; %s", e.Offset, e.Reason, e.Remedy) }

// Flaw is something that encoding/json would have let pass.
type Flaw = Error

// Document is what Parse read.
type Document struct {
	Root Value
	// Flaws are in the order of their offsets.
	Flaws []Flaw
}

// Flaw returns the first flaw inside the value, or nil.
func (d *Document) Flaw(v *Value) *Flaw {
	i, _ := slices.BinarySearchFunc(d.Flaws, v.From, func(f Flaw, from int) int { return f.Offset - from })
	if i < len(d.Flaws) && d.Flaws[i].Offset < v.To {
		return &d.Flaws[i]
	}
	return nil
}

// FlawOutside returns the first flaw that is in none of the values of the list, or nil: a flaw of
// the envelope, not of what it carries.
func (d *Document) FlawOutside(list *Value) *Flaw {
	for i := range d.Flaws {
		at := d.Flaws[i].Offset
		// The first item that ends after the flaw is the only one that can hold it.
		n, _ := slices.BinarySearchFunc(list.Items, at, func(v Value, at int) int { return v.To - (at + 1) })
		if n == len(list.Items) || at < list.Items[n].From {
			return &d.Flaws[i]
		}
	}
	return nil
}

// Parse reads one JSON document, and nothing after it but white space. The error is an *Error.
func Parse(data []byte) (*Document, error) { return (&Parser{}).Parse(data) }

// Parser reads one document after another in the same memory. The zero Parser has the limits of Parse.
type Parser struct {
	// Depth and Values are limits in place of MaxDepth and MaxValues; zero is those.
	Depth, Values int

	values slab[Value]
	names  slab[string]
	// Children wait here until their parent is complete and takes them in one piece.
	waiting []Value
	named   []string
	flaws   []Flaw
	doc     Document
}

// Parse reads one JSON document as the function does. What it returned before is not to be used any more;
// texts may be.
func (of *Parser) Parse(data []byte) (*Document, error) {
	if bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) {
		return nil, &Error{0, "the text begins with a byte order mark", "send JSON as UTF-8 without one"}
	}
	of.values.reset()
	of.names.reset()
	of.waiting, of.named, of.flaws, of.doc = of.waiting[:0], of.named[:0], of.flaws[:0], Document{}
	p := parser{Parser: of, data: data, text: string(data), depth: cmp.Or(of.Depth, MaxDepth), most: cmp.Or(of.Values, MaxValues)}
	p.space()
	root, err := p.value(1)
	if err != nil {
		return nil, err
	}
	of.doc.Root = root
	p.space()
	if p.at < len(data) {
		return nil, &Error{p.at, "something follows the end of the JSON", "send one JSON value per request"}
	}
	if len(of.flaws) > 0 {
		slices.SortStableFunc(of.flaws, func(a, b Flaw) int { return a.Offset - b.Offset })
		of.doc.Flaws = of.flaws
	}
	return &of.doc, nil
}

// parser is the reading of one document.
type parser struct {
	*Parser
	data []byte
	// text is a copy of data, of which all texts without escapes are parts.
	text              string
	at                int
	read, most, depth int
}

// slab hands out memory in pieces of one block, and makes a larger block when that is used up.
type slab[T any] struct {
	block []T
	used  int
}

func (s *slab[T]) reset() { s.used = 0 }

// keep copies the list into the block.
func (s *slab[T]) keep(list []T) []T {
	n := len(list)
	if s.used+n > len(s.block) {
		s.block, s.used = make([]T, max(n, 16, min(2*len(s.block), 4096))), 0
	}
	out := s.block[s.used : s.used+n : s.used+n]
	s.used += n
	copy(out, list)
	return out
}

func (p *parser) flaw(at int, reason, remedy string) {
	p.flaws = append(p.flaws, Flaw{at, reason, remedy})
}

func (p *parser) bad(wanted string) error {
	if p.at >= len(p.data) {
		return &Error{len(p.data), "the JSON ends too early", "send the whole body; " + wanted + " was expected"}
	}
	return &Error{p.at, "this is not JSON", wanted + " was expected here"}
}

func (p *parser) space() {
	for p.at < len(p.data) {
		switch p.data[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

// peek returns the next byte, or 0 at the end; a NUL in the text is never what is looked for.
func (p *parser) peek() byte {
	if p.at < len(p.data) {
		return p.data[p.at]
	}
	return 0
}

func (p *parser) value(depth int) (v Value, err error) {
	if p.read++; p.read > p.most {
		return v, &Error{p.at, "the JSON has too many values", fmt.Sprintf("send at most %d in one request", p.most)}
	}
	if depth > hardDepth {
		return v, &Error{p.at, "the JSON is nested too deeply", fmt.Sprintf("nest at most %d levels", p.depth)}
	}
	if depth == p.depth+1 {
		p.flaw(p.at, "this is nested too deeply", fmt.Sprintf("nest at most %d levels", p.depth))
	}
	v.From = p.at
	switch c := p.peek(); {
	case c == '{':
		err = p.object(&v, depth)
	case c == '[':
		err = p.array(&v, depth)
	case c == '"':
		v.Kind = String
		v.Text, _, err = p.string()
	case c == '-' || '0' <= c && c <= '9':
		err = p.number(&v)
	default:
		err = p.literal(&v)
	}
	v.To = p.at
	return v, err
}

func (p *parser) literal(v *Value) error {
	kind, text := Null, "null"
	switch p.peek() {
	case 't':
		kind, text = Bool, "true"
	case 'f':
		kind, text = Bool, "false"
	}
	if !strings.HasPrefix(p.text[p.at:], text) {
		return p.bad("a value")
	}
	v.Kind, v.Text = kind, text
	p.at += len(text)
	return nil
}

func (p *parser) array(v *Value, depth int) error {
	v.Kind = Array
	p.at++
	p.space()
	if p.peek() == ']' {
		p.at++
		return nil
	}
	from := len(p.waiting)
	for {
		item, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		p.waiting = append(p.waiting, item)
		p.space()
		switch p.peek() {
		case ',':
			p.at++
			p.space()
		case ']':
			p.at++
			v.Items = p.values.keep(p.waiting[from:])
			p.waiting = p.waiting[:from]
			return nil
		default:
			return p.bad("a comma or the end of the list")
		}
	}
}

func (p *parser) object(v *Value, depth int) error {
	v.Kind = Object
	p.at++
	p.space()
	if p.peek() == '}' {
		p.at++
		return nil
	}
	var seen names
	from, first := len(p.waiting), len(p.named)
	for {
		if p.peek() != '"' {
			return p.bad("a name in double quotes")
		}
		start := p.at
		name, ascii, err := p.string()
		if err != nil {
			return err
		}
		if other, twice := seen.add(p.named[first:], name, ascii); twice {
			if other == name {
				p.flaw(start, "a name occurs twice in one object", "send each name once")
			} else {
				p.flaw(start, "two names in one object differ only by upper and lower case", "send one of them, in the documented spelling")
			}
		}
		p.space()
		if p.peek() != ':' {
			return p.bad("a colon")
		}
		p.at++
		p.space()
		p.named = append(p.named, name)
		item, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		p.waiting = append(p.waiting, item)
		p.space()
		switch p.peek() {
		case ',':
			p.at++
			p.space()
		case '}':
			p.at++
			v.Items, v.Names = p.values.keep(p.waiting[from:]), p.names.keep(p.named[first:])
			p.waiting, p.named = p.waiting[:from], p.named[:first]
			return nil
		default:
			return p.bad("a comma or the end of the object")
		}
	}
}

// number follows RFC 8259: -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
func (p *parser) number(v *Value) error {
	from := p.at
	digits := func() error {
		if c := p.peek(); c < '0' || c > '9' {
			return p.bad("a digit")
		}
		for c := p.peek(); '0' <= c && c <= '9'; c = p.peek() {
			p.at++
		}
		return nil
	}
	if p.peek() == '-' {
		p.at++
	}
	if p.peek() == '0' {
		p.at++
	} else if err := digits(); err != nil {
		return err
	}
	if p.peek() == '.' {
		p.at++
		if err := digits(); err != nil {
			return err
		}
	}
	exponent := false
	if c := p.peek(); c == 'e' || c == 'E' {
		exponent = true
		p.at++
		if c := p.peek(); c == '+' || c == '-' {
			p.at++
		}
		if err := digits(); err != nil {
			return err
		}
	}
	v.Kind, v.Text = Number, p.text[from:p.at]
	// Up to 300 digits are never too large; an exponent may be.
	if exponent || len(v.Text) > 300 {
		if _, ok := v.Float(); !ok {
			p.flaw(from, "a number is too large", "send it as text")
		}
	}
	return nil
}

// string reads a string and unescapes it, and tells whether it is of plain ASCII. Broken UTF-8 and lone
// halves of surrogate pairs become U+FFFD, as in encoding/json, and are flaws.
func (p *parser) string() (s string, ascii bool, err error) {
	from := p.at
	p.at++
	start := p.at
	for p.at < len(p.data) { // most strings need no unescaping
		switch c := p.data[p.at]; {
		case c == '"':
			s := p.text[start:p.at]
			p.at++
			return s, true, nil
		case c < ' ':
			return "", false, p.bad("an escape such as \\n in place of a control character")
		case c != '\\' && c < utf8.RuneSelf:
			p.at++
			continue
		}
		break
	}
	b := slices.Clone(p.data[start:p.at])
	broken := false
	for p.at < len(p.data) {
		c := p.data[p.at]
		switch {
		case c == '"':
			p.at++
			if broken {
				p.flaw(from, "text is not valid Unicode", "send text as UTF-8, and surrogate escapes in pairs")
			}
			return string(b), false, nil
		case c < ' ':
			return "", false, p.bad("an escape such as \\n in place of a control character")
		case c == '\\':
			r, ok, err := p.escape()
			if err != nil {
				return "", false, err
			}
			broken = broken || !ok
			b = utf8.AppendRune(b, r)
		case c < utf8.RuneSelf:
			b = append(b, c)
			p.at++
		default:
			r, size := utf8.DecodeRune(p.data[p.at:])
			broken = broken || r == utf8.RuneError && size == 1
			b = utf8.AppendRune(b, r)
			p.at += size
		}
	}
	return "", false, p.bad("the closing quote of a text")
}

// escape reads one escape; ok is false for half of a surrogate pair.
func (p *parser) escape() (r rune, ok bool, err error) {
	p.at++
	c := p.peek()
	if i := strings.IndexByte(`"\/bfnrt`, c); c != 0 && i >= 0 {
		p.at++
		return rune("\"\\/\b\f\n\r\t"[i]), true, nil
	}
	if c != 'u' {
		return 0, false, p.bad(`one of \" \\ \/ \b \f \n \r \t \u0000`)
	}
	p.at++
	r, err = p.hex()
	if err != nil || r < 0xD800 || r > 0xDFFF {
		return r, true, err
	}
	if r <= 0xDBFF && bytes.HasPrefix(p.data[p.at:], []byte(`\u`)) {
		back := p.at
		p.at += 2
		low, err := p.hex()
		if err != nil {
			return 0, false, err
		}
		if 0xDC00 <= low && low <= 0xDFFF {
			return 0x10000 + (r-0xD800)<<10 + (low - 0xDC00), true, nil
		}
		p.at = back
	}
	return utf8.RuneError, false, nil
}

func (p *parser) hex() (rune, error) {
	var r rune
	for range 4 {
		c := p.peek()
		switch {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case 'A' <= c && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, p.bad("four hexadecimal digits after \\u")
		}
		p.at++
	}
	return r, nil
}

// names finds names that occur twice in one object, by upper and lower case alike. A few are compared one
// by one, many through a map, so that an object of any size costs linear time.
type names struct {
	// exotic tells that a name so far is not plain ASCII, so that equal ones may differ in length.
	exotic bool
	many   map[string]string
}

// add tells which of the names before is the same.
func (n *names) add(before []string, name string, ascii bool) (other string, twice bool) {
	n.exotic = n.exotic || !ascii
	if n.many == nil && len(before) < 24 {
		for _, o := range before {
			if n.exotic || len(o) == len(name) && (o == "" || o[0]|' ' == name[0]|' ') {
				if strings.EqualFold(o, name) {
					return o, true
				}
			}
		}
		return "", false
	}
	if n.many == nil {
		n.many = make(map[string]string, 2*len(before))
		for _, o := range before {
			n.many[fold(o)] = o
		}
	}
	f := fold(name)
	if other, twice = n.many[f]; !twice {
		n.many[f] = name
	}
	return other, twice
}

// fold maps all texts that strings.EqualFold calls equal to the same text.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return least
	}, s)
}
