package fhir

import (
	"cmp"
	"io"
	"slices"
	"strings"

	"attune/core/instant"
	"attune/internal/clinical"
	"attune/internal/strictjson"
)

// maxRemembered bounds a Memory. One thing remembered takes some hundred bytes.
const maxRemembered = 500_000

// First lists the types that others point to for their codes and names. Of a folder with a file for each type, files
// of these come first.
func First() []string {
	return []string{"Organization", "Location", "Practitioner", "PractitionerRole", "Medication", "Device"}
}

func helper(kind string) bool {
	switch kind {
	case "Organization", "Location", "Practitioner", "PractitionerRole", "Medication", "Device":
		return true
	}
	return false
}

// Memory holds what is needed of resources that others point to. It is of one source. What it has no room for is
// not known when it is pointed to, and [Memory.Full] says so.
type Memory struct {
	most  int
	known map[string]remembered
	full  bool
}

// remembered is a code and a name, and when the source last changed them.
type remembered struct {
	concept
	display string
	at      instant.Time
}

// before ranks what was said of one thing: what is newer stands, and where nothing says which is, what sorts last, so that it
// does not matter which came first.
func (r *remembered) before(o *remembered) bool {
	return cmp.Or(cmp.Compare(r.at, o.at), strings.Compare(r.display, o.display), strings.Compare(r.text, o.text), slices.Compare(r.codes, o.codes)) < 0
}

// NewMemory makes a Memory for that many resources; zero means half a million.
func NewMemory(most int) *Memory {
	if most <= 0 {
		most = maxRemembered
	}
	return &Memory{most: most, known: map[string]remembered{}}
}

// Full tells that there was no room for something.
func (m *Memory) Full() bool { return m.full }

// Recall reads a file's resources only to remember those that others point to, so that it does not matter where in it, or in which
// of several files, they are. It tells whether the files should be gone through once more, since
// some of these point to others themselves; whatever is wrong with the file is said when it is read.
func Recall(in io.Reader, o Options) (again bool) {
	r := NewReader(in, o)
	for {
		doc, err := r.split.next()
		if err != nil {
			return again
		}
		top, ok := skim(doc.data)
		where := Position{Line: doc.line, Entry: -1}
		switch {
		case !ok || doc.problem != nil:
		case top.kind == "Bundle":
			if b, problem := r.open(doc.data, where); problem == nil { // remembers them
				again = again || slices.ContainsFunc(b.entries, func(e bundleEntry) bool { return e.name.kind == "PractitionerRole" })
			}
		case helper(top.kind):
			again = again || top.kind == "PractitionerRole"
			if c, problem := r.parse(doc.data, where, nil); problem == nil {
				r.remember(c)
			}
		}
	}
}

func (m *Memory) keep(key string, r remembered) {
	if _, again := m.known[key]; !again && len(m.known) >= m.most {
		m.full = true
		return
	}
	was, there := m.known[key]
	role := strings.HasPrefix(key, "PractitionerRole") // is called what others are, of whom more may be known by now
	if !there || role || was.before(&r) {
		m.known[strings.Clone(key)] = r
	}
}

// find looks for what is pointed to.
func (m *Memory) find(r clinical.Reference) (remembered, bool) {
	key := string(r.Kind) + "/" + r.ID
	if r.ID == "" {
		key = string(r.Kind) + "?" + r.Identifier.System + "|" + r.Identifier.Value
	}
	known, ok := m.known[key]
	return known, ok
}

// remember keeps what others may ask of the resource.
func (r *Reader) remember(c *reading) {
	found := c.describe(c.root)
	if found.display == "" && found.code == "" {
		return
	}
	found = found.clone()
	found.at, _ = c.version()
	if c.id != "" {
		r.memory.keep(c.kind+"/"+c.id, found)
	}
	for _, id := range c.identifiers(c.root) {
		r.memory.keep(c.kind+"?"+id.System+"|"+id.Value, found)
	}
}

func (r remembered) clone() remembered {
	r.display, r.code, r.text = strings.Clone(r.display), strings.Clone(r.code), strings.Clone(r.text)
	codes := make([]string, len(r.codes))
	for i := range r.codes {
		codes[i] = strings.Clone(r.codes[i])
	}
	r.codes = codes
	return r
}

// describe reads the code and the name of a resource that others point to.
func (c *reading) describe(v *strictjson.Value) (r remembered) {
	if v == nil {
		return r
	}
	switch c.text(v, "resourceType") {
	case "Medication":
		r.concept = c.concept(c.get(v, "code"), medicineSystems(), false)
		r.display = r.concept.text
	case "Organization", "Location":
		r.display = c.text(v, "name")
	case "Practitioner", "Patient", "RelatedPerson":
		r.display = c.name(v).whole
	case "PractitionerRole":
		r.display = c.label(c.get(v, "practitioner"))
		if r.display == "" {
			r.display = c.label(c.get(v, "organization"))
		}
	case "Device":
		if n := c.first(v, "deviceName"); n != nil {
			r.display = c.text(n, "name")
		}
		if r.display == "" {
			r.display = c.concept(c.get(v, "type"), nil, false).text
		}
	}
	return r
}
