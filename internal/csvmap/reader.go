package csvmap

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/core/source"
	"attune/internal/clinical"
	"attune/internal/intake"
	"attune/internal/intake/identity"
)

// Item is what a row is.
type Item struct {
	// Entries are those of the record, and Arrivals events that are taken as they are: as of the past.
	Entries  []clinical.Entry
	Arrivals []intake.Arrival
	// Line is the one that the row begins on, counted from 1.
	Line int
	// Problem is why the row cannot be read; nothing of it is then taken.
	Problem *Problem
}

// Problem is what is wrong with a row. It repeats nothing of it.
type Problem struct {
	File string
	Line int
	// Column is the one at fault; empty where it is the row as a whole.
	Column string
	Reason string
	Remedy string
}

// String writes the problem as one line for people.
func (p *Problem) String() string {
	s := fmt.Sprintf("%s:%d: ", p.File, p.Line)
	if p.Column != "" {
		s += p.Column + ": "
	}
	return s + p.Reason + "; " + p.Remedy
}

// Options are what a map does not say.
type Options struct {
	// Source is who keeps the tables. Its name begins the ids of events.
	Source intake.Source
	// Now is the time at which it is read: nothing that a row says to repeat is in the future. Zero is unknown.
	Now instant.Time
}

// Reader reads the rows of one file.
type Reader struct {
	file   string
	from   intake.Source
	now    instant.Time
	zone   *instant.Zone
	in     *splitter
	rules  []rule
	header []string
	places map[string]int
}

// NewReader begins to read a file by a map: its first row names the columns. Of a file that the map ignores there are
// no rows.
func NewReader(r io.Reader, name string, m *Map, o Options) (*Reader, error) {
	if m.Ignores(name) {
		return &Reader{}, nil
	}
	t, err := m.table(name)
	if err != nil {
		return nil, err
	}
	out := &Reader{file: name, from: o.Source, now: o.Now, zone: m.Zone, in: newSplitter(r, t.delimiter), rules: t.rules, places: map[string]int{}}
	header, line, _, err := out.in.next()
	switch {
	case errors.Is(err, io.EOF):
		return &Reader{}, nil // a file without a single row
	case err != nil:
		return nil, fmt.Errorf("%s:%d: the names of the columns cannot be read: %w", name, line, err)
	}
	out.header = header
	for i, column := range header {
		header[i] = strings.TrimSpace(column)
	}
	for i := range t.rules {
		for _, column := range t.rules[i].columns() {
			if err := out.place(column); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", name, line, err)
			}
		}
	}
	return out, nil
}

// place finds a column that the map names.
func (r *Reader) place(column string) error {
	if _, known := r.places[column]; known {
		return nil
	}
	i, named := -1, ""
	var same func(string) bool
	for named = range strings.SplitSeq(column, or) {
		same = func(h string) bool { return strings.EqualFold(h, named) }
		if slices.Contains(r.header, named) {
			same = func(h string) bool { return h == named }
		}
		if i = slices.IndexFunc(r.header, same); i >= 0 {
			break
		}
	}
	if i < 0 {
		// All columns are not named: where a file has no such row, they would be somebody's.
		hint := "check the map's columns and delimiter, and that the first row names the columns"
		if near := source.Nearest(named, r.header); near != "" && len(named) > 2 {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		return fmt.Errorf("there is no column %q; %s", named, hint)
	}
	if slices.ContainsFunc(r.header[i+1:], same) {
		return fmt.Errorf("two columns are named %q; rename one of them", named)
	}
	r.places[column] = i
	return nil
}

// columns are those that a rule looks at.
func (r *rule) columns() []string {
	out := slices.Concat(r.id, r.alike, []string{r.person})
	for _, v := range []*value{r.written, r.status, r.start, r.end, r.recorded} {
		if v != nil {
			out = append(out, v.column)
		}
	}
	for _, f := range r.fields {
		out = append(out, f.column)
	}
	for _, k := range r.keys {
		out = append(out, k.column)
	}
	for _, c := range r.only {
		out = append(out, c.column)
	}
	if r.repeat != nil {
		out = append(out, r.repeat.times, r.repeat.from, r.repeat.to)
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// Next reads a row; after the last it returns io.EOF.
func (r *Reader) Next() (Item, error) {
	if r.in == nil {
		return Item{}, io.EOF
	}
	cells, line, cell, err := r.in.next()
	item := Item{Line: line}
	switch {
	case errors.Is(err, errLong), errors.Is(err, errUTF8), errors.Is(err, errQuote), errors.Is(err, errOpen):
		item.Problem = r.unreadable(line, cell, err)
		return item, nil
	case err != nil:
		return Item{}, err
	case len(cells) != len(r.header):
		item.Problem = &Problem{File: r.file, Line: line, Reason: fmt.Sprintf("the row has %d columns, and the first row %d", len(cells), len(r.header)), Remedy: "put texts with delimiters in them into quotes"}
		return item, nil
	}
	w := row{Reader: r, cells: cells, line: line}
	for i := range r.rules {
		if w.problem == nil && w.meets(r.rules[i].only) {
			w.be(&r.rules[i], &item)
		}
	}
	if item.Problem = w.problem; item.Problem != nil {
		item.Entries, item.Arrivals = nil, nil
	}
	return item, nil
}

func (r *Reader) unreadable(line, cell int, err error) *Problem {
	p := &Problem{File: r.file, Line: line, Reason: err.Error()}
	if cell < len(r.header) {
		p.Column = r.header[cell]
	}
	switch {
	case errors.Is(err, errUTF8):
		p.Remedy = "save the file as UTF-8"
	case errors.Is(err, errQuote):
		p.Remedy = `put the whole text into quotes, and write a quote in it twice: "5"" pipe"`
	case errors.Is(err, errOpen):
		p.Remedy = "close the quote; what follows it was not read"
	default:
		p.Column, p.Remedy = "", fmt.Sprintf("write rows of at most %d bytes", maxRow)
	}
	return p
}

// row is the one at hand.
type row struct {
	*Reader
	cells   []string
	line    int
	problem *Problem
}

func (w *row) cell(column string) string {
	if column == "" {
		return ""
	}
	return strings.TrimSpace(w.cells[w.places[column]])
}

func (w *row) refuse(column, reason, remedy string) {
	if w.problem == nil {
		if i, known := w.places[column]; known {
			column = w.header[i]
		}
		w.problem = &Problem{File: w.file, Line: w.line, Column: column, Reason: reason, Remedy: remedy}
	}
}

func (w *row) meets(all []condition) bool {
	for _, c := range all {
		s := w.cell(c.column)
		switch {
		case c.given != nil && *c.given != (s != ""),
			len(c.is) > 0 && !slices.Contains(c.is, s),
			slices.Contains(c.not, s):
			return false
		}
	}
	return true
}

// value reads a value; Missing where there is none.
func (w *row) value(v *value) expr.Value {
	if v == nil {
		return expr.Value{}
	}
	out, no := v.read(w.cell(v.column), w.zone)
	if no != nil {
		w.refuse(v.column, no.reason, no.remedy)
	}
	return out
}

func (w *row) time(v *value) instant.Time {
	t := w.value(v)
	if t.Type != expr.Moment {
		return 0
	}
	return instant.Time(t.Num)
}

// joined is what columns say together; nothing where one of them is empty.
func (w *row) joined(columns []string) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		if parts[i] = w.cell(c); parts[i] == "" {
			return ""
		}
	}
	return strings.Join(parts, " ")
}

func (w *row) be(u *rule, item *Item) {
	props := w.props(u)
	if u.event != "" {
		w.happen(u, props, item)
		return
	}
	e := clinical.Entry{
		Kind: u.kind, ID: w.joined(u.id), At: w.time(u.written), Status: w.value(u.status).Text,
		Start: w.time(u.start), End: w.time(u.end), Recorded: w.time(u.recorded), Props: props,
		Partial: true,
	}
	e.Wrong = e.Status == "entered-in-error"
	if len(u.id) > 0 && e.ID == "" {
		w.refuse(u.id[0], "the row has no id", "fill the column, or take id: out of the map")
		return
	}
	w.whom(u, &e)
	for _, k := range u.keys {
		if s := w.cell(k.column); s != "" {
			e.Keys = append(e.Keys, clinical.Identifier{System: k.system, Value: s})
		}
	}
	w.called(u, &e)
	if u.repeat != nil {
		item.Entries = append(item.Entries, w.again(u.repeat, &e)...)
		return
	}
	item.Entries = append(item.Entries, e)
}

// whom says whom the entry is about.
func (w *row) whom(u *rule, e *clinical.Entry) {
	switch is := w.cell(u.person); {
	case u.person == "":
		e.Subject = clinical.Reference{Kind: u.kind, ID: e.ID}
	case is == "":
		w.refuse(u.person, "the row says of nobody that it is about them", "fill the column")
	case u.system != "":
		e.Subject = clinical.Reference{Kind: "Patient", Identifier: clinical.Identifier{System: u.system, Value: is}}
	default:
		e.Subject = clinical.Reference{Kind: "Patient", ID: is}
	}
}

// called says what tells an entry without an id apart.
func (w *row) called(u *rule, e *clinical.Entry) {
	switch {
	case len(u.alike) > 0:
		e.Alike = w.joined(u.alike)
	case e.ID == "":
		at := e.Start
		if at == 0 || e.Kind == "MedicationRequest" {
			at = e.Recorded
		}
		e.Alike = clinical.Alike(e.Kind, codeOf(e), at, w.day(cmp.Or(e.Start, e.Recorded)))
	}
	if e.ID == "" && e.Alike == "" {
		h := sha256.New()
		for _, c := range w.cells {
			h.Write(append([]byte(c), 0))
		}
		e.Alike = "row " + hex.EncodeToString(h.Sum(nil)[:16])
	}
}

// day is the one that the source's calendar showed.
func (w *row) day(at instant.Time) string {
	if at == 0 {
		return ""
	}
	_, day, _ := w.zone.Local(at)
	return instant.Time(day * int64(instant.Day)).Std().Format(time.DateOnly)
}

func codeOf(e *clinical.Entry) (code string) {
	for _, p := range e.Props {
		switch {
		case p.Name == "code" || p.Name == "0.code":
			return p.Value.Text
		case p.Name == "type" && e.Kind == "Encounter":
			return p.Value.Text
		case p.Name == "codes" && len(p.Value.List) > 0:
			code = p.Value.List[0]
		}
	}
	return code
}

// props are what the row says, by name. Measurements are numbered, as the record has them.
func (w *row) props(u *rule) []event.Prop {
	out := make([]event.Prop, 0, len(u.fields))
	for i := range u.fields {
		f := &u.fields[i]
		v := w.value(&f.value)
		if v.Type == expr.Missing {
			continue
		}
		name := f.name
		if u.kind == "Observation" && name != "device" {
			name = "0." + name
		}
		out = append(out, event.Prop{Name: name, Value: v})
	}
	slices.SortFunc(out, func(a, b event.Prop) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// mostTimes is how often a row may say that something was.
const mostTimes = 5000

// again makes an entry for each time.
func (w *row) again(a *repeat, e *clinical.Entry) []clinical.Entry {
	times, err := strconv.Atoi(w.cell(a.times))
	if w.cell(a.times) == "" {
		return nil
	}
	if err != nil || times < 0 || times > mostTimes {
		w.refuse(a.times, "it does not say how often", fmt.Sprintf("write a whole number up to %d", mostTimes))
		return nil
	}
	moment := func(column string) instant.Time { return w.time(&value{column: column, as: expr.Moment}) }
	from, to := moment(a.from), instant.Time(0)
	if a.to != "" {
		to = moment(a.to)
	}
	if from == 0 || times == 0 {
		return nil
	}
	apart := a.every
	if to > from {
		apart = max(min(to.Sub(from)/instant.Duration(times), a.every), 1)
	}
	if w.now > 0 {
		times = min(times, max(int((w.now.Sub(from))/apart)+1, 0))
	}
	if e.Kind == "MedicationDispense" {
		days := max(int64((apart+instant.Day/2)/instant.Day), 1)
		e.Props = (event.Event{Props: e.Props}).With("days_supply", expr.IntegerOf(days)).Props
	}
	out := make([]clinical.Entry, times)
	for i := range out {
		out[i] = *e
		out[i].Alike, out[i].Start = e.Alike+" "+strconv.Itoa(i+1), from.Add(apart*instant.Duration(i))
	}
	return out
}

// happen makes an event of the row. It is of the past: it sets memory and starts nothing.
func (w *row) happen(u *rule, props []event.Prop, item *Item) {
	e := event.Event{Name: u.event, OccurredAt: w.time(u.start), Source: w.from.Name, Historical: true, Props: props}
	who := identity.Key{System: u.system, Value: w.cell(u.person)}
	if who.System == "" {
		who.System = w.from.KnownSystem()
	}
	own := w.joined(u.id)
	switch {
	case who.Value == "":
		w.refuse(u.person, "the row says of nobody that it happened to them", "fill the column")
	case e.OccurredAt == 0:
		w.refuse(u.start.column, "nothing says when it happened", "fill the column")
	case len(u.id) > 0 && own == "":
		w.refuse(u.id[0], "the row has no id", "fill the column, or take id: out of the map")
	case own == "":
		own = "row-" + w.digest(&e, who)
	}
	e.ID = w.from.Name + "/" + own
	item.Arrivals = append(item.Arrivals, intake.Arrival{Who: who, Event: e, Raw: []byte(fmt.Sprintf("%s:%d", w.file, w.line))})
}

// digest names an event by what it says.
func (w *row) digest(e *event.Event, who identity.Key) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q %d", e.Name, who.System, who.Value, e.OccurredAt)
	for _, p := range e.Props {
		fmt.Fprintf(h, " %q %d %v %q %q", p.Name, p.Value.Type, p.Value.Num, p.Value.Text, p.Value.List)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
