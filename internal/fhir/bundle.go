package fhir

import (
	"fmt"
	"strings"
)

// maxEntries bounds a Bundle's index.
const maxEntries = 1_000_000

// bundle is an index of one: where its entries stand, and what they are called.
type bundle struct {
	where   Position
	entries []bundleEntry
	// named are the resources by fullUrl, as "Patient/1".
	named map[string]name
	// at is Bundle.timestamp as written.
	at string
}

// bundleEntry is one entry: the bytes of its resource, what it is, and what was done with it.
type bundleEntry struct {
	bundle *bundle
	data   []byte
	full   string
	name   name
	// method, url and modified are request.method, request.url and response.lastModified.
	method, url, modified string
}

// name is a resource's name: its type and id.
type name struct{ kind, id string }

// open makes the index of a Bundle and remembers those of its resources that others point to.
func (r *Reader) open(data []byte, where Position) (*bundle, *Problem) {
	b := &bundle{where: where, named: map[string]name{}}
	c := cursor{data: data}
	many := false
	ok := c.members(func(member []byte) (ok bool) {
		switch string(member) {
		case "entry":
			ok = c.items(func() bool {
				if many = len(b.entries) == maxEntries; many {
					return false
				}
				b.entries = append(b.entries, bundleEntry{bundle: b})
				return c.entry(&b.entries[len(b.entries)-1])
			})
		case "timestamp":
			b.at, ok = c.plain()
		default:
			ok = c.skip()
		}
		return ok
	})
	if many {
		return nil, &Problem{Where: where, Type: "Bundle", Element: "entry", Reason: fmt.Sprintf("the Bundle has more than %d entries", maxEntries), Remedy: "send smaller Bundles, or one resource a line (NDJSON)"}
	}
	c.space()
	if !ok || c.at < len(data) {
		where.Entry = len(b.entries) - 1
		return nil, &Problem{Where: where, Type: "Bundle", Reason: fmt.Sprintf("byte %d: this is not JSON, or it ends too early", c.at), Remedy: "send the whole Bundle"}
	}
	for i := range b.entries {
		e := &b.entries[i]
		e.settle()
		if e.full != "" && e.name.kind != "" {
			b.named[e.full] = e.name
		}
	}
	for i := range b.entries {
		if e := &b.entries[i]; helper(e.name.kind) && e.data != nil {
			r.resource(e.data, where, e) // remembers it; what is wrong with it is said at its place
		}
	}
	return b, nil
}

// entry goes over one entry of a Bundle.
func (c *cursor) entry(e *bundleEntry) bool {
	return c.members(func(member []byte) (ok bool) {
		switch string(member) {
		case "fullUrl":
			e.full, ok = c.plain()
		case "resource":
			c.space()
			from := c.at
			var s seen
			if s, ok = c.glance(); !ok { // it is flawed, and only it as long as its brackets match
				s, c.at = seen{}, from
				ok = c.skip()
			}
			e.name, e.data = name(s), c.data[from:c.at]
		case "request":
			ok = c.members(func(member []byte) (ok bool) {
				switch string(member) {
				case "method":
					e.method, ok = c.plain()
				case "url":
					e.url, ok = c.plain()
				default:
					ok = c.skip()
				}
				return ok
			})
		case "response":
			ok = c.members(func(member []byte) (ok bool) {
				if string(member) == "lastModified" {
					e.modified, ok = c.plain()
					return ok
				}
				return c.skip()
			})
		default:
			ok = c.skip()
		}
		return ok
	})
}

// settle names an entry whose resource has no id: by its fullUrl, or by what was asked for.
func (e *bundleEntry) settle() {
	if e.name.kind == "" && e.url != "" { // as in a deletion, which has no resource
		e.name.kind, e.name.id = splitName(e.url)
	}
	if e.name.id != "" || e.name.kind == "" {
		return
	}
	if kind, id := splitName(e.url); kind == e.name.kind {
		e.name.id = id
	} else if id, ok := strings.CutPrefix(e.full, "urn:uuid:"); ok {
		e.name.id = id
	} else if id, ok := strings.CutPrefix(e.full, "urn:oid:"); ok {
		e.name.id = id
	} else if kind, id := splitName(e.full); kind == e.name.kind {
		e.name.id = id
	}
}

// entry reads the Bundle's entry of that place.
func (r *Reader) entry(i int) Item {
	e := &r.bundle.entries[i]
	where := r.bundle.where
	where.Entry = i
	switch {
	case e.method == "DELETE":
		return r.deleted(e, where)
	case e.data == nil:
		return Item{Where: where, Skipped: true}
	}
	return r.resource(e.data, where, e)
}
