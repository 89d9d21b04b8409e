package strictjson

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The limits of a document. Deeper than MaxDepth is a flaw of the part that is so deep; what is
// deeper than hardDepth, or has more than MaxValues values, is not read at all.
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
func Parse(data []byte) (*Document, error) {
	p := parser{data: data}
	if bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) {
		return nil, &Error{0, "the text begins with a byte order mark", "send JSON as UTF-8 without one"}
	}
	p.space()
	var d Document
	if err := p.value(&d.Root, 1); err != nil {
		return nil, err
	}
	p.space()
	if p.at < len(data) {
		return nil, &Error{p.at, "something follows the end of the JSON", "send one JSON value per request"}
	}
	slices.SortStableFunc(p.flaws, func(a, b Flaw) int { return a.Offset - b.Offset })
	d.Flaws = p.flaws
	return &d, nil
}

type parser struct {
	data   []byte
	at     int
	values int
	flaws  []Flaw
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

func (p *parser) value(v *Value, depth int) error {
	if p.values++; p.values > MaxValues {
		return &Error{p.at, "the JSON has too many values", fmt.Sprintf("send at most %d in one request", MaxValues)}
	}
	if depth > hardDepth {
		return &Error{p.at, "the JSON is nested too deeply", fmt.Sprintf("nest at most %d levels", MaxDepth)}
	}
	if depth == MaxDepth+1 {
		p.flaw(p.at, "this is nested too deeply", fmt.Sprintf("nest at most %d levels", MaxDepth))
	}
	v.From = p.at
	var err error
	switch c := p.peek(); {
	case c == '{':
		err = p.object(v, depth)
	case c == '[':
		err = p.array(v, depth)
	case c == '"':
		v.Kind = String
		v.Text, err = p.text()
	case c == '-' || '0' <= c && c <= '9':
		err = p.number(v)
	default:
		err = p.literal(v)
	}
	v.To = p.at
	return err
}

func (p *parser) literal(v *Value) error {
	for _, l := range []struct {
		kind Kind
		text string
	}{{Null, "null"}, {Bool, "true"}, {Bool, "false"}} {
		if bytes.HasPrefix(p.data[p.at:], []byte(l.text)) {
			v.Kind, v.Text = l.kind, l.text
			p.at += len(l.text)
			return nil
		}
	}
	return p.bad("a value")
}

func (p *parser) array(v *Value, depth int) error {
	v.Kind = Array
	p.at++
	p.space()
	if p.peek() == ']' {
		p.at++
		return nil
	}
	for {
		v.Items = append(v.Items, Value{})
		if err := p.value(&v.Items[len(v.Items)-1], depth+1); err != nil {
			return err
		}
		p.space()
		switch p.peek() {
		case ',':
			p.at++
			p.space()
		case ']':
			p.at++
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
	for {
		if p.peek() != '"' {
			return p.bad("a name in double quotes")
		}
		from := p.at
		name, err := p.text()
		if err != nil {
			return err
		}
		if other, twice := seen.add(name); twice {
			if other == name {
				p.flaw(from, "a name occurs twice in one object", "send each name once")
			} else {
				p.flaw(from, "two names in one object differ only by upper and lower case", "send one of them, in the documented spelling")
			}
		}
		p.space()
		if p.peek() != ':' {
			return p.bad("a colon")
		}
		p.at++
		p.space()
		v.Names = append(v.Names, name)
		v.Items = append(v.Items, Value{})
		if err := p.value(&v.Items[len(v.Items)-1], depth+1); err != nil {
			return err
		}
		p.space()
		switch p.peek() {
		case ',':
			p.at++
			p.space()
		case '}':
			p.at++
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
	if c := p.peek(); c == 'e' || c == 'E' {
		p.at++
		if c := p.peek(); c == '+' || c == '-' {
			p.at++
		}
		if err := digits(); err != nil {
			return err
		}
	}
	v.Kind, v.Text = Number, string(p.data[from:p.at])
	if _, ok := v.Float(); !ok {
		p.flaw(from, "a number is too large", "send it as text")
	}
	return nil
}

// text reads a string and unescapes it. Broken UTF-8 and lone halves of surrogate pairs become
// U+FFFD, as in encoding/json, and are flaws.
func (p *parser) text() (string, error) {
	from := p.at
	p.at++
	start := p.at
	for p.at < len(p.data) { // most strings need no unescaping
		switch c := p.data[p.at]; {
		case c == '"':
			s := string(p.data[start:p.at])
			p.at++
			return s, nil
		case c < ' ':
			return "", p.bad("an escape such as \\n in place of a control character")
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
			return string(b), nil
		case c < ' ':
			return "", p.bad("an escape such as \\n in place of a control character")
		case c == '\\':
			r, ok, err := p.escape()
			if err != nil {
				return "", err
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
	return "", p.bad("the closing quote of a text")
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

// names finds names that occur twice, by upper and lower case alike. A few are compared one by
// one, many through a map, so that an object of any size costs linear time.
type names struct {
	few  []string
	many map[string]string
}

func (n *names) add(name string) (other string, twice bool) {
	if n.many == nil && len(n.few) < 12 {
		for _, o := range n.few {
			if strings.EqualFold(o, name) {
				return o, true
			}
		}
		n.few = append(n.few, name)
		return "", false
	}
	if n.many == nil {
		n.many = make(map[string]string, 2*len(n.few))
		for _, o := range n.few {
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
