package fhir

import (
	"net/url"
	"strings"

	"attune/internal/clinical"
	"attune/internal/strictjson"
)

// reference reads what a Reference points to: "Patient/1", an address, "urn:uuid:…" within the Bundle,
// "Patient?identifier=system|value", a contained resource, or an identifier alone.
func (c *reading) reference(v *strictjson.Value, names ...string) clinical.Reference {
	v = c.get(v, names...)
	if v == nil {
		return clinical.Reference{}
	}
	r := c.named(c.text(v, "reference"))
	if r.ID == "" && r.Identifier.Value == "" {
		if id := c.get(v, "identifier"); id != nil {
			r.Identifier = clinical.Identifier{System: c.text(id, "system"), Value: c.text(id, "value")}
		}
	}
	if r.Kind == "" {
		if kind := c.text(v, "type"); typeName(kind) {
			r.Kind = clinical.Kind(kind)
		}
	}
	return r
}

// named reads the literal form of a reference.
func (c *reading) named(s string) clinical.Reference {
	if s == "" {
		return clinical.Reference{}
	}
	if id, ok := strings.CutPrefix(s, "#"); ok {
		return c.identity(c.contained(id))
	}
	if c.of != nil {
		if n, ok := c.of.bundle.named[s]; ok && n.id != "" {
			return clinical.Reference{Kind: clinical.Kind(n.kind), ID: n.id}
		}
	}
	if strings.HasPrefix(s, "urn:") {
		return clinical.Reference{Identifier: clinical.Identifier{System: "urn:ietf:rfc:3986", Value: s}}
	}
	if kind, query, ok := strings.Cut(s, "?"); ok && typeName(kind) {
		return conditional(kind, query)
	}
	if c.foreign(s) {
		return clinical.Reference{Identifier: clinical.Identifier{System: "urn:ietf:rfc:3986", Value: s}}
	}
	kind, id := splitName(s)
	return clinical.Reference{Kind: clinical.Kind(kind), ID: id}
}

// foreign tells whether the address is another server's.
func (c *reading) foreign(s string) bool {
	if !strings.Contains(s, "://") {
		return false
	}
	base := c.options.Base
	return base != "" && !strings.HasPrefix(s, strings.TrimSuffix(base, "/")+"/")
}

// conditional reads "identifier=system|value".
func conditional(kind, query string) clinical.Reference {
	r := clinical.Reference{Kind: clinical.Kind(kind)}
	for part := range strings.SplitSeq(query, "&") {
		value, ok := strings.CutPrefix(part, "identifier=")
		if !ok {
			continue
		}
		if plain, err := url.QueryUnescape(value); err == nil && strings.Contains(value, "%") {
			value = plain
		}
		system, id, both := strings.Cut(value, "|")
		if !both {
			system, id = "", value
		}
		r.Identifier = clinical.Identifier{System: system, Value: id}
	}
	return r
}

// splitName reads "Patient/1", alone or at the end of an address, with or without "/_history/3".
func splitName(s string) (kind, id string) {
	if before, _, ok := strings.Cut(s, "/_history"); ok {
		s = before
	}
	s, id, ok := cutLast(s)
	if !ok {
		return "", ""
	}
	if _, last, ok := cutLast(s); ok {
		s = last
	}
	if !typeName(s) || !fhirID(id) {
		return "", ""
	}
	return s, id
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

// contained finds a resource that travels inside this one.
func (c *reading) contained(id string) *strictjson.Value {
	items := c.list(c.root, "contained")
	for i := range items {
		if c.text(&items[i], "id") == id {
			return &items[i]
		}
	}
	return nil
}

// identity is who a contained resource is: it has no name outside, but perhaps an identifier.
func (c *reading) identity(v *strictjson.Value) clinical.Reference {
	if v == nil {
		return clinical.Reference{}
	}
	r := clinical.Reference{Kind: clinical.Kind(c.text(v, "resourceType"))}
	for _, id := range c.identifiers(v) {
		if r.Identifier.Value == "" || r.Identifier.System == "" {
			r.Identifier = clinical.Identifier{System: id.System, Value: id.Value}
		}
	}
	return r
}

// identifiers reads what a resource says it is called.
func (c *reading) identifiers(v *strictjson.Value) (ids []clinical.Identifier) {
	var items []strictjson.Value
	switch list := c.get(v, "identifier"); {
	case list == nil:
		return nil
	case list.Kind == strictjson.Array:
		items = list.Items
	default: // in a few resources there is only one
		items = []strictjson.Value{*list}
	}
	for i := range items {
		id := clinical.Identifier{System: c.text(&items[i], "system"), Value: c.text(&items[i], "value"), Old: c.text(&items[i], "use") == "old"}
		if id.Value != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

const nobody = "it does not say whom it is about by a reference, or by an identifier with its system"

// means tells whether a reference can mean somebody: by an id, or by an identifier with its system, since a value alone
// is somebody else in every hospital.
func means(r clinical.Reference) bool { return r.ID != "" || usable(r.Identifier) }

func usable(id clinical.Identifier) bool {
	return id.System != "" && id.Value != "" && len(id.Value) <= 512 && strings.IndexByte(id.System, 0) < 0
}

// subject reads whom the resource is about; without one, nothing can be told.
func (c *reading) subject(e *clinical.Entry, names ...string) bool {
	v := c.get(c.root, names...)
	e.Subject = c.reference(v)
	if c.problem != nil {
		return false
	}
	if !means(e.Subject) {
		c.note(nobody)
		return false
	}
	if e.Subject.Kind != "" && e.Subject.Kind != "Patient" {
		c.note("it is not about a patient")
		return false
	}
	e.Subject.Kind = "Patient"
	return true
}

// label is what people call what is pointed to: as the reference says, or as the resource it points to.
func (c *reading) label(v *strictjson.Value) string {
	if v == nil {
		return ""
	}
	if s := c.text(v, "display"); s != "" {
		return s
	}
	if id, ok := strings.CutPrefix(c.text(v, "reference"), "#"); ok {
		return c.describe(c.contained(id)).display
	}
	known, _ := c.memory.find(c.reference(v))
	return known.display
}

// address writes who is pointed to, unlike all others of the source: "Patient/1", else the identifier with its system.
func address(r clinical.Reference) string {
	if r.ID != "" {
		return string(r.Kind) + "/" + r.ID
	}
	return r.Identifier.System + "|" + r.Identifier.Value
}

// pointer writes what a reference points to as an event says it: the id, else the identifier's value.
func pointer(r clinical.Reference) string {
	if r.ID != "" {
		return r.ID
	}
	return r.Identifier.Value
}
