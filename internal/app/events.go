package app

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/program"
	origin "attune/core/source"
)

// EventShown is an event that rules may use.
type EventShown struct {
	Name string `json:"name"`
	// Says is what happened, in one sentence for people.
	Says string `json:"says"`
	// Retracts tells that it takes back what another event said.
	Retracts bool         `json:"retracts"`
	Fields   []EventField `json:"fields"`
}

// EventField is a field of an event.
type EventField struct {
	Name string `json:"name"`
	// Type is text, integer, number, flag, moment or list.
	Type  string   `json:"type"`
	Unit  string   `json:"unit,omitempty"`
	OneOf []string `json:"one_of,omitempty"`
	// Sensitivity is how much it tells of somebody.
	Sensitivity string          `json:"sensitivity"`
	Example     json.RawMessage `json:"example"`
}

// EventsOf lists a catalogue.
func EventsOf(catalogue *event.Catalogue) []EventShown {
	out := []EventShown{}
	for _, d := range catalogue.All() {
		x := EventShown{Name: d.Name, Says: d.Says, Retracts: d.Retracts, Fields: []EventField{}}
		for _, f := range d.Fields {
			x.Fields = append(x.Fields, EventField{f.Name, f.Type.String(), f.Unit, f.OneOf, f.Sensitivity.String(), json.RawMessage(f.Example)})
		}
		out = append(out, x)
	}
	return out
}

// SeenAs tells types as "integer 12, text 1", the most frequent first.
func SeenAs(types map[string]int64) string {
	names := slices.SortedFunc(maps.Keys(types), func(a, b string) int {
		if types[a] != types[b] {
			return int(types[b] - types[a])
		}
		return strings.Compare(a, b)
	})
	for i, name := range names {
		names[i] = fmt.Sprintf("%s %d", name, types[name])
	}
	return strings.Join(names, ", ")
}

// AsSeen makes fields of the properties that an event arrived with, and tells which it left out and
// why. A property that was both whole and not is a number; one of several other types is left out,
// since whatever type were declared, some of what comes would go into quarantine.
func AsSeen(name string, arrived []Arrival) (fields []event.FieldDef, left []string, err error) {
	types := map[string]map[string]int64{}
	var names []string
	found := false
	for _, a := range arrived {
		names = append(names, a.Name)
		if a.Name != name {
			continue
		}
		found = true
		for _, p := range a.Props {
			if types[p.Name] == nil {
				types[p.Name] = map[string]int64{}
			}
			for t, n := range p.Types {
				types[p.Name][t] += n
			}
		}
	}
	if !found {
		hint := ""
		if near := origin.Nearest(name, names); near != "" {
			hint = fmt.Sprintf("; did you mean %q?", near)
		}
		return nil, nil, fmt.Errorf("no event %q has arrived there%s; attune events arrivals shows which did, and without --data the event is declared without fields", name, hint)
	}
	for _, prop := range slices.Sorted(maps.Keys(types)) {
		t := settled(types[prop])
		switch {
		case !program.CanNameField(prop):
			left = append(left, prop+", since rules cannot write that name")
		case t == expr.Missing:
			left = append(left, fmt.Sprintf("%s, since it came as %s; declare it once its source sends one type", prop, SeenAs(types[prop])))
		default:
			fields = append(fields, event.FieldDef{Name: prop, Type: t, Sensitivity: event.Clinical})
		}
	}
	return fields, left, nil
}

// settled is the type that takes everything seen; Missing when there is none.
func settled(seen map[string]int64) expr.Type {
	takes := map[expr.Type][]expr.Type{
		expr.Number: {expr.Integer, expr.Number}, expr.Integer: {expr.Integer}, expr.Text: {expr.Text, expr.Moment},
		expr.Moment: {expr.Moment}, expr.Flag: {expr.Flag}, expr.List: {expr.List},
	}
	for _, t := range []expr.Type{expr.Integer, expr.Number, expr.Moment, expr.Text, expr.Flag, expr.List} {
		all := true
		for name := range seen {
			all = all && slices.ContainsFunc(takes[t], func(x expr.Type) bool { return x.String() == name })
		}
		if all {
			return t
		}
	}
	return expr.Missing
}
