package fhir

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"strconv"
	"strings"

	"attune/core/instant"
	"attune/internal/clinical"
	"attune/internal/strictjson"
)

// reading is one resource while it is read. The first thing that is wrong is kept as its problem; what is read after
// that does not matter.
type reading struct {
	*Reader
	root  *strictjson.Value
	where Position
	of    *bundleEntry
	// kind and id are the resource's; id may be empty.
	kind, id string

	entries []clinical.Entry
	unknown []Unknown
	notes   []string
	problem *Problem
}

// begin finds out what the resource is and what it is called.
func (c *reading) begin() {
	c.kind, c.id = c.text(c.root, "resourceType"), c.text(c.root, "id")
	if !typeName(c.kind) {
		c.refuse(c.root.Find("resourceType"), "this is no resource of FHIR R4", `name its type, as in "resourceType": "Patient"`)
		return
	}
	if id := c.root.Find("id"); id != nil && c.problem == nil && !fhirID(c.id) {
		c.refuse(id, "the id is none of FHIR's", "write 1 to 64 letters, digits, hyphens and points")
	}
	if c.id == "" && c.of != nil && fhirID(c.of.name.id) {
		c.id = c.of.name.id
	}
}

func fhirID(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, b := range []byte(s) {
		if low := b | ' '; (low < 'a' || low > 'z') && (b < '0' || b > '9') && b != '-' && b != '.' {
			return false
		}
	}
	return true
}

// refuse keeps the first problem.
func (c *reading) refuse(v *strictjson.Value, reason, remedy string) {
	if c.problem == nil {
		c.problem = &Problem{Where: c.where, Type: c.kind, Reason: reason, Remedy: remedy}
		if v != nil {
			c.problem.Element = c.path(v.From, false)
		}
	}
}

func (c *reading) wanted(v *strictjson.Value, what string) {
	c.refuse(v, "found "+v.Kind.String()+" where FHIR has "+what, "send the element as FHIR R4 defines it")
}

func (c *reading) note(words string) { c.notes = append(c.notes, words) }

// path names the element at an offset. What a resource calls its elements is repeated only as far as we read
// elements of that name; a flaw may be anywhere.
func (c *reading) path(offset int, flaw bool) string {
	var path strings.Builder
	for v := c.root; ; {
		i := 0
		for i < len(v.Items) && v.Items[i].To <= offset {
			i++
		}
		if i == len(v.Items) || v.Items[i].From > offset && (!flaw || v.Kind != strictjson.Object) {
			return path.String()
		}
		switch v.Kind {
		case strictjson.Array:
			path.WriteString("[" + strconv.Itoa(i) + "]")
		case strictjson.Object:
			if flaw && !elementName(v.Names[i]) {
				return path.String()
			}
			if path.Len() > 0 {
				path.WriteByte('.')
			}
			path.WriteString(v.Names[i])
		default:
			return path.String()
		}
		if v = &v.Items[i]; v.From > offset || v.From == offset && !flaw {
			return path.String()
		}
	}
}

// elementName tells whether the word is one of the elements that most resources have.
func elementName(s string) bool {
	switch s {
	case "id", "meta", "text", "contained", "extension", "identifier", "status", "name", "telecom", "gender", "birthDate", "address", "contact",
		"code", "coding", "system", "value", "display", "subject", "patient", "period", "start", "end", "category", "participant", "component",
		"valueQuantity", "valueCodeableConcept", "valueString", "reference", "type", "class", "reasonCode", "reasonReference", "dosageInstruction",
		"dispenseRequest", "location", "item", "answer", "provision", "activity", "detail", "payload", "link", "communication", "deceasedDateTime":
		return true
	}
	return false
}

// text reads a text, empty where there is none.
func (c *reading) text(v *strictjson.Value, names ...string) string {
	v = c.get(v, names...)
	if v == nil {
		return ""
	}
	if v.Kind != strictjson.String {
		c.wanted(v, "text")
		return ""
	}
	return v.Text
}

// get goes down by names, through objects alone; nil where there is nothing, or null.
func (c *reading) get(v *strictjson.Value, names ...string) *strictjson.Value {
	for _, name := range names {
		if v == nil || v.Kind == strictjson.Null {
			return nil
		}
		if v.Kind != strictjson.Object {
			c.wanted(v, "an object")
			return nil
		}
		v = v.Find(name)
	}
	if v != nil && v.Kind == strictjson.Null {
		return nil
	}
	return v
}

// list reads a list's items.
func (c *reading) list(v *strictjson.Value, names ...string) []strictjson.Value {
	v = c.get(v, names...)
	if v == nil {
		return nil
	}
	if v.Kind != strictjson.Array {
		c.wanted(v, "a list")
		return nil
	}
	return v.Items
}

// first is a list's first item, nil where there is none.
func (c *reading) first(v *strictjson.Value, names ...string) *strictjson.Value {
	if items := c.list(v, names...); len(items) > 0 {
		return &items[0]
	}
	return nil
}

func (c *reading) flag(v *strictjson.Value, names ...string) (is, given bool) {
	v = c.get(v, names...)
	if v == nil {
		return false, false
	}
	if v.Kind != strictjson.Bool {
		c.wanted(v, "true or false")
		return false, false
	}
	return v.IsTrue(), true
}

func (c *reading) number(v *strictjson.Value, names ...string) (float64, bool) {
	v = c.get(v, names...)
	if v == nil {
		return 0, false
	}
	if v.Kind != strictjson.Number {
		c.wanted(v, "a number")
		return 0, false
	}
	return v.Float()
}

// whole reads a number that has no fraction.
func (c *reading) whole(v *strictjson.Value, names ...string) (int64, bool) {
	f, ok := c.number(v, names...)
	if !ok || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int64(f), true
}

// date reads when something was; zero where nothing says.
func (c *reading) date(v *strictjson.Value, names ...string) instant.Time {
	v = c.get(v, names...)
	s := c.text(v)
	if s == "" {
		return 0
	}
	at, _, ok := parseDate(s, c.options.Zone)
	if !ok {
		c.refuse(v, "this is no date of FHIR's", "write it as 2027, 2027-03, 2027-03-01 or 2027-03-01T22:30:00+01:00")
	}
	return at
}

// until reads when something ceases to hold: a day that is named is still in.
func (c *reading) until(v *strictjson.Value, names ...string) instant.Time {
	at := c.date(v, names...)
	if at == 0 {
		return 0
	}
	s := c.text(v, names...)
	if len(s) <= len("2027-03-01") {
		return after(s, c.options.Zone)
	}
	return at
}

// version says which version of the resource this is, and when the source last changed it.
func (c *reading) version() (at instant.Time, version string) {
	meta := c.get(c.root, "meta")
	at, version = c.date(meta, "lastUpdated"), c.text(meta, "versionId")
	if at == 0 && c.of != nil && c.of.modified != "" {
		at, _, _ = parseDate(c.of.modified, c.options.Zone)
	}
	return at, version
}

// entry begins the entry that the resource is.
func (c *reading) entry(status string) clinical.Entry {
	e := clinical.Entry{Kind: clinical.Kind(c.kind), ID: c.id, Status: status, Wrong: status == "entered-in-error"}
	e.At, e.Version = c.version()
	if e.ID == "" {
		e.Alike = c.alike()
	}
	return e
}

// alike tells a resource without an id apart: by its first identifier, else by its bytes.
func (c *reading) alike() string {
	for _, id := range c.identifiers(c.root) {
		return id.System + "|" + id.Value
	}
	sum := sha256.Sum256([]byte(c.content()))
	return hex.EncodeToString(sum[:16])
}

// content writes the resource without spaces between its parts.
func (c *reading) content() string {
	var b strings.Builder
	writeValue(&b, c.root)
	return b.String()
}

func writeValue(b *strings.Builder, v *strictjson.Value) {
	switch v.Kind {
	case strictjson.Object:
		b.WriteByte('{')
		for i := range v.Items {
			b.WriteString(strconv.Quote(v.Names[i]) + ":")
			writeValue(b, &v.Items[i])
			b.WriteByte(',')
		}
		b.WriteByte('}')
	case strictjson.Array:
		b.WriteByte('[')
		for i := range v.Items {
			writeValue(b, &v.Items[i])
			b.WriteByte(',')
		}
		b.WriteByte(']')
	case strictjson.String:
		b.WriteString(strconv.Quote(v.Text))
	case strictjson.Absent, strictjson.Null, strictjson.Bool, strictjson.Number:
		b.WriteString(v.Kind.String() + v.Text)
	}
}

// wrong keeps an entry that was entered in error, of which nothing else matters; false where it was not.
func (c *reading) wrong() bool {
	status := c.text(c.root, "status")
	switch c.kind {
	case "Condition", "AllergyIntolerance":
		status = c.concept(c.get(c.root, "verificationStatus"), nil, false).code
	case "Goal":
		status = c.text(c.root, "lifecycleStatus")
	}
	if status != "entered-in-error" || c.problem != nil {
		return false
	}
	e := c.entry(status)
	whom := c.taking()
	for _, name := range [...]string{"subject", "patient", "for"} {
		if r := c.reference(c.root, name); means(r) {
			whom = append(whom, r)
			break
		}
	}
	if len(whom) == 0 {
		c.keep(e, &props{})
	}
	for i, who := range whom {
		c.keep(about(e, who, i), &props{})
	}
	return true
}

// deleted is an entry of a Bundle that takes a resource out of the record. Where nothing says when, it is the last
// word. What a server is asked to search for and delete says nothing of a record: it may have found nothing, or many.
func (r *Reader) deleted(e *bundleEntry, where Position) Item {
	item := Item{Type: e.name.kind, Where: where}
	if kind, search, is := strings.Cut(e.url, "?"); is && typeName(kind) && search != "" {
		item.Type, item.Skipped, item.Notes = kind, true, []string{"it deletes what a search finds, and what was found is not known: let the source name each, as Patient/1"}
		return item
	}
	if !typeName(e.name.kind) || !fhirID(e.name.id) {
		item.Type = ""
		item.Problem = &Problem{Where: where, Type: "Bundle", Element: "entry.request.url", Reason: "nothing says what was deleted", Remedy: "name it as Patient/1"}
		return item
	}
	if mapped(e.name.kind) == nil {
		item.Skipped = true
		return item
	}
	at := instant.Never
	for _, s := range [2]string{e.modified, e.bundle.at} {
		if t, _, ok := parseDate(s, r.options.Zone); ok {
			at = t
			break
		}
	}
	gone := clinical.Entry{Kind: clinical.Kind(e.name.kind), ID: e.name.id, At: at, Wrong: true}
	item.Entries = []clinical.Entry{gone}
	if e.name.kind == "RelatedPerson" {
		gone.ID += asPerson
		item.Entries = append(item.Entries, gone)
	}
	return item
}
