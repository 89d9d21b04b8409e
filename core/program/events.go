package program

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/form"
	"attune/core/instant"
	"attune/core/source"
)

const eventsFile = "events.yaml"

// Event is one kind of event that the program declares.
type Event struct {
	event.Definition
	Pos source.Pos
}

// events reads the program's own events:
//
//	events:
//	  foot_check.sent:
//	    says: The person sent a photo of the foot.
//	    fields:
//	      score: {type: number, unit: points, sensitivity: clinical, example: 3}
func (r *folderReader) events() {
	n := r.optional(eventsFile, eventsForm())
	for _, f := range fields(n.Get("events")) {
		e := Event{Definition: event.Definition{Name: f.Name, Says: form.TextOf(f.Value.Get("says"))}, Pos: f.Pos}
		if len(f.Name) > maxEventName {
			r.Add(f.Pos, "find a shorter one", "the event's name is longer than %d letters", maxEventName)
		}
		for _, field := range fields(f.Value.Get("fields")) {
			if !CanNameField(field.Name) {
				r.Add(field.Pos, "use letters, digits and _, beginning with a letter; words of the rules' language such as in and true cannot be used", "%q cannot be the name of a field", field.Name)
			}
			e.Fields = append(e.Fields, r.eventField(field))
		}
		r.p.Events = append(r.p.Events, e)
	}
}

func eventsForm() form.Form {
	field := form.Form{Title: "a field", Says: "One field of an event.", Fields: []form.Field{
		{Name: "type", Required: true, Type: form.Word{Of: namesOf(fieldTypes())}, Example: "number", Says: "What kind of value it has."},
		{Name: "unit", Type: form.Text{}, Example: "points", Says: "What a number counts."},
		{Name: "sensitivity", Type: form.Word{Of: namesOf(sensitivities())}, Example: "clinical", Says: "How much it tells about a person; clinical, the highest, without it."},
		{Name: "one_of", Type: form.List{Of: form.Text{}, Alone: true, Least: 1}, Example: "[left, right]", Says: "The only values a text can have."},
		{Name: "example", Type: form.List{Of: form.Text{}, Alone: true, Least: 1}, Example: "3", Says: "What a value looks like."},
	}}
	declared := form.Form{Title: "an event", Says: "A kind of event that the organisation declares.", Fields: []form.Field{
		{Name: "says", Required: true, Type: form.Text{}, Example: "The person sent a photo of the foot.", Says: "What happened, in a sentence."},
		{Name: "fields", Type: form.Map{Key: form.Text{}, Of: "field", Value: field}, Example: "{score: {type: number, unit: points}}", Says: "Each field's name and what it is."},
	}}
	return form.Form{
		Name: "events", Title: eventsFile, Says: "Events of your own, beside those of the catalogue.",
		Fields: []form.Field{{
			Name: "events", Required: true, Type: form.Map{Key: form.EventName{}, Of: "event", Value: declared},
			Example: "{foot_check.sent: {says: The person sent a photo of the foot.}}", Says: "Each event's name and what it is.",
		}},
	}
}

// eventField reads how one field of an event is declared. What is not said about its sensitivity is
// taken to be the highest.
func (r *folderReader) eventField(f source.Field) event.FieldDef {
	out := event.FieldDef{Name: f.Name, Sensitivity: event.Clinical}
	types, ranks := fieldTypes(), sensitivities()
	named := slices.Index(namesOf(types), form.TextOf(f.Value.Get("type")))
	if named < 0 {
		return out
	}
	out.Type = types[named]
	if unit := f.Value.Get("unit"); unit != nil {
		out.Unit = form.TextOf(unit)
		if out.Type != expr.Number && out.Type != expr.Integer {
			r.Add(unit.Pos, "take unit out, or make the type number", "a %s has no unit", out.Type)
		}
	}
	if i := slices.Index(namesOf(ranks), form.TextOf(f.Value.Get("sensitivity"))); i >= 0 {
		out.Sensitivity = ranks[i]
	}
	if of := f.Value.Get("one_of"); of != nil {
		out.OneOf = texts(of)
		if out.Type != expr.Text {
			r.Add(of.Pos, "take one_of out, or make the type text", "only a text can be one of a few words")
		}
	}
	out.Example = r.example(f.Value.Get("example"), &out)
	return out
}

// sensitivities lists the ranks, the highest first.
func sensitivities() []event.Sensitivity {
	return []event.Sensitivity{event.Clinical, event.Personal, event.Plain}
}

// fieldTypes are the types that can be declared.
func fieldTypes() []expr.Type {
	return []expr.Type{expr.Text, expr.Number, expr.Integer, expr.Flag, expr.List, expr.Moment}
}

func namesOf[T fmt.Stringer](of []T) []string {
	names := make([]string, len(of))
	for i, x := range of {
		names[i] = x.String()
	}
	return names
}

// example reads what a value looks like, as JSON. Without one, the type shows it.
func (r *folderReader) example(n *source.Node, f *event.FieldDef) string {
	if n == nil {
		if len(f.OneOf) > 0 {
			return jsonOf(f.OneOf[0])
		}
		return exampleOf(f.Type)
	}
	if f.Type == expr.List {
		return jsonOf(texts(n))
	}
	s := form.TextOf(n)
	if s == "" {
		return exampleOf(f.Type)
	}
	if !fits(f.Type, s) {
		r.Add(n.Pos, "write it as in "+exampleOf(f.Type), "the example is no %s: %q", f.Type, s)
		return exampleOf(f.Type)
	}
	if f.Type == expr.Text && len(f.OneOf) > 0 && !slices.Contains(f.OneOf, s) {
		r.Add(n.Pos, source.Suggest(s, f.OneOf), "the example cannot be %q", s)
	}
	switch f.Type {
	case expr.Number:
		v, _ := strconv.ParseFloat(s, 64) // it fits
		return jsonOf(v)
	case expr.Integer:
		v, _ := strconv.ParseInt(s, 10, 64)
		return jsonOf(v)
	case expr.Flag:
		return s
	case expr.Text, expr.Moment, expr.List, expr.Missing:
	}
	return jsonOf(s)
}

// fits tells whether text can be a value of the type.
func fits(t expr.Type, s string) bool {
	switch t {
	case expr.Number:
		v, err := strconv.ParseFloat(s, 64)
		return err == nil && !math.IsInf(v, 0) && !math.IsNaN(v)
	case expr.Integer:
		v, err := strconv.ParseInt(s, 10, 64)
		return err == nil && v <= 1<<53 && v >= -1<<53
	case expr.Flag:
		return s == "true" || s == "false"
	case expr.Moment:
		_, err := instant.Parse(s)
		return err == nil
	case expr.Text, expr.List, expr.Missing:
	}
	return true
}

func exampleOf(t expr.Type) string {
	switch t {
	case expr.Text:
		return `"a text"`
	case expr.Number:
		return `1.5`
	case expr.Integer:
		return `3`
	case expr.Flag:
		return `true`
	case expr.List:
		return `["one","two"]`
	case expr.Moment:
		return `"2027-03-05T09:30:00Z"`
	case expr.Missing:
	}
	return `null`
}

func jsonOf(v any) string {
	b, _ := json.Marshal(v) // texts and finite numbers always can be
	return string(b)
}

// maxEventName is the longest name of an event that intake takes.
const maxEventName = 128

// CanNameEvent tells whether a program may declare an event of this name: two or more words of small
// letters, digits and _, joined by dots.
func CanNameEvent(s string) bool {
	words := strings.Split(s, ".")
	if len(words) < 2 || len(s) > maxEventName {
		return false
	}
	for _, w := range words {
		if w == "" || w[0] < 'a' || w[0] > 'z' || strings.Trim(w, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			return false
		}
	}
	return true
}

// CanNameField tells whether a field of this name can be declared: rules have to be able to write
// event.name, in CEL.
func CanNameField(s string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	if s == "" || len(s) > maxEventName || !strings.Contains(letters, s[:1]) || strings.Trim(s, letters+"0123456789_") != "" {
		return false
	}
	// The words that CEL's grammar keeps for itself.
	return !slices.Contains([]string{
		"true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop",
		"package", "namespace", "return", "var", "void", "while",
	}, s)
}
