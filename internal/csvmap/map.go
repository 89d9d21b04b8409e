package csvmap

import (
	"embed"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/form"
	"attune/core/instant"
	"attune/core/source"
	"attune/internal/clinical"
	"attune/internal/programdir"
)

// Map says what rows of tables are.
type Map struct {
	// Name is the map's.
	Name string
	// Zone is the clock of days and of times that name none; nil is UTC.
	Zone   *instant.Zone
	tables []table
	ignore []string
}

// table is what the rows of a file are.
type table struct {
	file      string
	delimiter byte
	rules     []rule
}

// rule is one thing that a row is: an entry or an event.
type rule struct {
	kind     clinical.Kind
	event    string
	only     []condition
	person   string
	system   string // of the person's identifier; empty for the source's own ids
	id       []string
	alike    []string
	written  *value
	status   *value
	start    *value
	end      *value
	recorded *value
	fields   []field // by name
	keys     []key
	repeat   *repeat
}

type field struct {
	name string
	value
}

type key struct{ system, column string }

type repeat struct {
	times, from, to string
	every           instant.Duration
}

type condition struct {
	column  string
	is, not []string
	given   *bool
}

// or stands between columns of which the first that a file has is meant.
const or = "\x00"

// value is how one comes out of a row.
type value struct {
	column         string
	constant       string
	as             expr.Type
	day            bool // a text that is a day
	formats        []layout
	comma          bool
	split          string
	values         map[string]string
	given, nothing string
}

//go:embed maps/*.yaml
var shipped embed.FS

// Shipped returns a map that comes along, by its name: synthea. It is false where there is none of that name.
func Shipped(name string, zones *instant.Zones) (*Map, bool) {
	text, err := shipped.ReadFile("maps/" + name + ".yaml")
	if err != nil {
		return nil, false
	}
	m, problems := Read(name+".yaml", text, zones)
	return m, len(problems) == 0
}

// ShippedNames are the maps that come along.
func ShippedNames() (names []string) {
	files, _ := shipped.ReadDir("maps") // it is there: it was compiled in
	for _, f := range files {
		names = append(names, strings.TrimSuffix(f.Name(), ".yaml"))
	}
	return names
}

// Read reads a map, or tells everything that is wrong with it.
func Read(file string, text []byte, zones *instant.Zones) (*Map, []source.Problem) {
	problems := notes{&source.Problems{}, event.Standard()}
	n := programdir.ParseYAML(file, text, problems.Problems)
	if n == nil && problems.Empty() {
		problems.Add(source.Pos{File: file}, "write map: and tables:, or let attune import --suggest propose some", "the map is empty")
	}
	if !problems.Empty() || !Form().Check(n, problems.Problems) || !problems.Empty() {
		return nil, problems.List()
	}
	m := &Map{Name: form.TextOf(n.Get("map")), ignore: form.TextsOf(n.Get("ignore"))}
	if zone := n.Get("zone"); zone != nil {
		known := false
		if m.Zone, known = zones.Find(zone.Text); !known {
			problems.Add(zone.Pos, "write it as Europe/Berlin", "%q is no time zone", zone.Text)
		}
	}
	for _, pattern := range m.ignore {
		checkPattern(pattern, n.Get("ignore").Pos, &problems)
	}
	for _, t := range n.Get("tables").Items {
		m.tables = append(m.tables, readTable(t, &problems))
	}
	if !problems.Empty() {
		return nil, problems.List()
	}
	return m, nil
}

// notes are what is wrong with a map, and the catalogue that it is held against.
type notes struct {
	*source.Problems
	events *event.Catalogue
}

func checkPattern(pattern string, at source.Pos, problems *notes) {
	if _, err := path.Match(pattern, ""); err != nil || strings.Contains(pattern, "/") {
		problems.Add(at, "write a file's name, with * for any letters", "%q cannot be the name of a file", pattern)
	}
}

func readTable(n *source.Node, problems *notes) table {
	t := table{file: form.TextOf(n.Get("file")), delimiter: map[string]byte{"": ',', "comma": ',', "semicolon": ';', "tab": '\t', "pipe": '|'}[form.TextOf(n.Get("delimiter"))]}
	checkPattern(t.file, n.Get("file").Pos, problems)
	for _, r := range n.Get("rows").Items {
		t.rules = append(t.rules, readRule(r, problems))
	}
	return t
}

func readRule(n *source.Node, problems *notes) rule {
	r := rule{
		kind: clinical.Kind(form.TextOf(n.Get("entry"))), event: form.TextOf(n.Get("event")),
		id: form.TextsOf(n.Get("id")), alike: form.TextsOf(n.Get("alike")),
		written: readTime(n.Get("written"), problems), start: readTime(n.Get("start"), problems), end: readTime(n.Get("end"), problems), recorded: readTime(n.Get("recorded"), problems),
	}
	if at := n.Get("at"); at != nil {
		r.start = readTime(at, problems)
	}
	if status := n.Get("status"); status != nil {
		v := readValue(status, expr.Text, problems)
		r.status = &v
	}
	for _, c := range form.ItemsOf(n.Get("only")) {
		r.only = append(r.only, readCondition(c, problems))
	}
	if p := n.Get("person"); p != nil {
		if r.person = form.TextOf(p); p.Kind == source.Map {
			r.person, r.system = form.TextOf(p.Get("column")), form.TextOf(p.Get("system"))
		}
	}
	for _, i := range form.ItemsOf(n.Get("identifiers")) {
		r.keys = append(r.keys, key{form.TextOf(i.Get("system")), form.TextOf(i.Get("column"))})
	}
	if again := n.Get("repeat"); again != nil {
		r.repeat = &repeat{form.TextOf(again.Get("times")), form.TextOf(again.Get("from")), form.TextOf(again.Get("to")), form.DurationOf(again.Get("every"))}
	}
	r.readFields(n.Get("fields"), problems)
	r.check(n, problems)
	return r
}

// readFields reads what the row says. The catalogue says of which type it is.
func (r *rule) readFields(n *source.Node, problems *notes) {
	known := map[string]expr.Type{}
	declared := r.event == "" && !open(r.kind) // an event may say more than is declared
	if r.event == "" {
		known = fieldsOf(r.kind, problems.events)
	} else {
		d, _ := problems.events.Find(r.event)
		for _, f := range d.Fields {
			known[f.Name] = f.Type
		}
	}
	if n == nil {
		return
	}
	for _, f := range n.Fields {
		as, is := known[f.Name]
		switch {
		case is:
		case declared:
			problems.Add(f.Pos, source.Suggest(f.Name, slices.Sorted(maps.Keys(known))), "nothing is told of %q of a %s", f.Name, r.kind)
		default:
			as = expr.Text
		}
		r.fields = append(r.fields, field{f.Name, readValue(f.Value, as, problems)})
	}
	slices.SortFunc(r.fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
}

// check finds what the form cannot: what does not go together.
func (r *rule) check(n *source.Node, problems *notes) {
	patient := r.kind == "Patient"
	of := func(name string) source.Pos { return n.Get(name).Pos }
	switch {
	case r.person == "" && patient && len(r.id) == 0:
		problems.Add(n.Pos, "add id: and the column with the source's id of the patient", "a Patient needs an id")
	case r.person == "" && !patient && r.kind != "Practitioner":
		problems.Add(n.Pos, "add person: and the column that says whom it is about", "nothing says whom the row is about")
	}
	if len(r.keys) > 0 && !patient {
		problems.Add(of("identifiers"), "leave it out", "only a Patient has identifiers")
	}
	if r.status == nil && r.event == "" && needsStatus(r.kind) {
		problems.Add(n.Pos, "add status: in FHIR's words, such as {text: completed}", "nothing is told of a %s without a status", r.kind)
	}
	if r.kind == "" {
		return
	}
	if again := r.repeat; again != nil && (len(r.id) > 0 || r.start != nil) {
		problems.Add(of("repeat"), "take id: and start: away, and tell it apart by alike:", "entries that repeat have a start each, and no id of their own")
	}
}

func needsStatus(k clinical.Kind) bool {
	switch k {
	case "AllergyIntolerance", "Condition":
		return false
	}
	return !open(k)
}

func readCondition(n *source.Node, problems *notes) condition {
	c := condition{column: form.TextOf(n.Get("column")), is: form.TextsOf(n.Get("is")), not: form.TextsOf(n.Get("not"))}
	if g := n.Get("given"); g != nil {
		is := form.FlagOf(g)
		c.given = &is
	}
	if c.given == nil && len(c.is)+len(c.not) == 0 {
		problems.Add(n.Pos, "add is:, not: or given:", "the condition asks for nothing")
	}
	return c
}

func readTime(n *source.Node, problems *notes) *value {
	if n == nil {
		return nil
	}
	v := readValue(n, expr.Moment, problems)
	return &v
}

func readValue(n *source.Node, as expr.Type, problems *notes) value {
	v := value{as: as, column: form.TextOf(n)}
	if n.Kind != source.Map {
		return v
	}
	v.column, v.constant, v.split = strings.Join(form.TextsOf(n.Get("column")), or), form.TextOf(n.Get("text")), form.TextOf(n.Get("split"))
	v.given, v.nothing, v.comma = form.TextOf(n.Get("given")), form.TextOf(n.Get("empty")), form.TextOf(n.Get("decimal")) == "comma"
	if word := form.TextOf(n.Get("type")); word != "" {
		v.as, v.day = typeOf(word), word == "date"
	}
	for _, f := range form.ItemsOf(n.Get("format")) {
		l, err := parseLayout(f.Text)
		if err != nil {
			problems.Add(f.Pos, "write it as DD.MM.YYYY HH:mm", "%v", err)
		}
		v.formats = append(v.formats, l)
	}
	if given := n.Get("values"); given != nil {
		v.values = map[string]string{}
		for _, f := range given.Fields {
			v.values[f.Name] = form.TextOf(f.Value)
		}
	}
	v.check(n, problems)
	return v
}

// check tries what the map says itself, so that it is not found wrong in every row.
func (v *value) check(n *source.Node, problems *notes) {
	try := func(at *source.Node, s string) {
		if s == "" {
			return
		}
		if _, no := v.convert(s, nil); no != nil {
			problems.Add(at.Pos, no.remedy, "%q: %s", s, no.reason)
		}
	}
	try(n, v.constant)
	try(n, v.given)
	try(n, v.nothing)
}

// Ignores tells whether the map says that nothing is told of the file.
func (m *Map) Ignores(file string) bool {
	return slices.ContainsFunc(m.ignore, func(pattern string) bool { return matches(pattern, file) })
}

// table is what the rows of a file are.
func (m *Map) table(file string) (*table, error) {
	for i := range m.tables {
		if matches(m.tables[i].file, file) {
			return &m.tables[i], nil
		}
	}
	return nil, fmt.Errorf("the map %s says nothing of the file %s: add a table for it, or name it under ignore", m.Name, path.Base(file))
}

func matches(pattern, file string) bool {
	name := strings.TrimSuffix(strings.ToLower(path.Base(strings.ReplaceAll(file, `\`, "/"))), ".gz")
	ok, _ := path.Match(strings.ToLower(pattern), name) // what cannot match was refused
	return ok
}
