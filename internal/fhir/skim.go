package fhir

import (
	"bytes"
	"strconv"
)

// cursor goes over JSON without reading it: far enough to find a Bundle's entries and what a resource is, and no
// further. It trusts brackets and quotes alone; whatever it finds is read strictly before it is used.
type cursor struct {
	data []byte
	at   int
}

func (c *cursor) space() {
	for c.at < len(c.data) && (c.data[c.at] == ' ' || c.data[c.at] == '\n' || c.data[c.at] == '\r' || c.data[c.at] == '\t') {
		c.at++
	}
}

// take goes over a byte, if it is next.
func (c *cursor) take(b byte) bool {
	c.space()
	if c.at < len(c.data) && c.data[c.at] == b {
		c.at++
		return true
	}
	return false
}

// text goes over a string and returns it as written, without its quotes; escapes tells that it has some.
func (c *cursor) text() (raw []byte, escapes, ok bool) {
	if !c.take('"') {
		return nil, false, false
	}
	from := c.at
	for c.at < len(c.data) {
		end := bytes.IndexByte(c.data[c.at:], '"')
		if end < 0 {
			break
		}
		back := bytes.IndexByte(c.data[c.at:c.at+end], '\\')
		if back < 0 {
			c.at += end + 1
			return c.data[from : c.at-1], escapes, true
		}
		escapes = true
		c.at += back + 2
	}
	c.at = len(c.data)
	return nil, escapes, false
}

// plain goes over a value and returns it, if it is a text.
func (c *cursor) plain() (string, bool) {
	c.space()
	from := c.at
	raw, escapes, ok := c.text()
	if !ok {
		c.at = from
		return "", c.skip()
	}
	if escapes {
		s, err := strconv.Unquote(string(c.data[from:c.at]))
		return s, err == nil
	}
	return string(raw), true
}

// skip goes over one value.
func (c *cursor) skip() bool {
	c.space()
	depth := 0
	for c.at < len(c.data) {
		switch b := c.data[c.at]; b {
		case '"':
			if _, _, ok := c.text(); !ok {
				return false
			}
			if depth == 0 {
				return true
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return true // the end of what holds a bare value
			}
			if depth--; depth == 0 {
				c.at++
				return true
			}
		case ',':
			if depth == 0 {
				return true
			}
		}
		c.at++
	}
	return depth == 0
}

// members calls for each member of the object that is next; each has to go over its value.
func (c *cursor) members(each func(name []byte) bool) bool {
	if !c.take('{') {
		return false
	}
	if c.take('}') {
		return true
	}
	for {
		name, _, ok := c.text()
		if !ok || !c.take(':') || !each(name) {
			return false
		}
		if c.take(',') {
			c.space()
			continue
		}
		return c.take('}')
	}
}

// items calls for each item of the list that is next.
func (c *cursor) items(each func() bool) bool {
	if !c.take('[') {
		return false
	}
	if c.take(']') {
		return true
	}
	for {
		if !each() {
			return false
		}
		if !c.take(',') {
			return c.take(']')
		}
	}
}

// seen is what can be seen of a resource at first glance.
type seen struct{ kind, id string }

// glance goes over a resource.
func (c *cursor) glance() (s seen, ok bool) {
	ok = c.members(func(name []byte) (ok bool) {
		switch string(name) {
		case "resourceType":
			s.kind, ok = c.plain()
		case "id":
			s.id, ok = c.plain()
		default:
			ok = c.skip()
		}
		return ok
	})
	return s, ok
}

// skim looks at a document's beginning, and no further than its type: most resources say it first.
func skim(data []byte) (s seen, ok bool) {
	c := cursor{data: data}
	c.members(func(name []byte) bool {
		if string(name) == "resourceType" {
			s.kind, ok = c.plain()
			return false
		}
		return c.skip()
	})
	return s, ok
}
