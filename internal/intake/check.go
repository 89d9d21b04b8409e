package intake

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
)

// The bounds of one event. An event beyond them is quarantined, not cut.
const (
	MaxProps     = 64
	MaxPropBytes = 8 << 10
	MaxName      = 128
	MaxID        = 320
)

// Problem says why an event cannot be used and what would help. It names fields of the catalogue
// and of the format, and repeats nothing else of the event.
type Problem struct {
	// Field is what is wrong, such as "days_supply"; empty when it is the event as a whole.
	Field string `json:"field,omitempty"`
	// Reason is what was found; Remedy is what to do.
	Reason string `json:"reason"`
	Remedy string `json:"remedy"`
}

// String writes the problem as one line for people.
func (p Problem) String() string {
	s := p.Reason + "; " + p.Remedy
	if p.Field != "" {
		s = p.Field + ": " + s
	}
	return s
}

// check holds the event against the catalogue and gives its declared fields their declared types.
// An event whose name is not declared, and fields that are not, keep the types they came with.
func check(c *event.Catalogue, e *event.Event) *Problem {
	switch {
	case e.ID == "" || len(e.ID) > MaxID:
		return &Problem{"id", "the event's id is missing or too long", fmt.Sprintf("send one of at most %d bytes", MaxID)}
	case e.Name == "" || len(e.Name) > MaxName || strings.ContainsFunc(e.Name, unicode.IsControl):
		return &Problem{"name", "the event's name is missing, too long or has control characters", fmt.Sprintf("send one of at most %d bytes, such as appointment.booked", MaxName)}
	case len(e.Props) > MaxProps:
		return &Problem{"", fmt.Sprintf("the event has %d properties", len(e.Props)), fmt.Sprintf("send at most %d, counting each field of a nested object", MaxProps)}
	}
	if n := propBytes(e.Props); n > MaxPropBytes {
		return &Problem{"", fmt.Sprintf("the event's properties take %d bytes", n), fmt.Sprintf("send at most %d", MaxPropBytes)}
	}
	d, declared := c.Find(e.Name)
	if !declared {
		return nil
	}
	for _, f := range d.Fields {
		if p := checkField(f, e.Props); p != nil {
			return p
		}
	}
	return nil
}

func checkField(f event.FieldDef, props []event.Prop) *Problem {
	for i := range props {
		if strings.HasPrefix(props[i].Name, f.Name+".") {
			return &Problem{f.Name, "found an object where " + f.Type.String() + " is declared", remedy(f)}
		}
		if props[i].Name != f.Name {
			continue
		}
		v, ok := as(f.Type, props[i].Value)
		if !ok {
			return &Problem{f.Name, "found " + found(f.Type, props[i].Value) + " where " + f.Type.String() + " is declared", remedy(f)}
		}
		if len(f.OneOf) > 0 && v.Type != expr.Missing && !slices.Contains(f.OneOf, v.Text) {
			return &Problem{f.Name, "found a text that is none of those declared", "send one of " + strings.Join(f.OneOf, ", ")}
		}
		props[i].Value = v
	}
	return nil
}

// as converts without loss, or not at all: an integer is a number, a number without fraction is an
// integer, and a timestamp is written as text. That there is no value may be said of anything.
func as(t expr.Type, v expr.Value) (expr.Value, bool) {
	switch {
	case v.Type == t, v.Type == expr.Missing:
		return v, true
	case t == expr.Number && v.Type == expr.Integer:
		return expr.NumberOf(v.Num), true
	case t == expr.Integer && v.Type == expr.Number && v.Num == math.Trunc(v.Num) && math.Abs(v.Num) <= 1<<53:
		return expr.IntegerOf(int64(v.Num)), true
	case t == expr.Moment && v.Type == expr.Text:
		at, err := instant.Parse(v.Text)
		return expr.MomentOf(at), err == nil
	}
	return v, false
}

func found(wanted expr.Type, v expr.Value) string {
	switch {
	case wanted == expr.Moment && v.Type == expr.Text:
		return "text that is not a timestamp"
	case wanted == expr.Integer && v.Type == expr.Number:
		return "a number with a fraction"
	}
	return v.Type.String()
}

func remedy(f event.FieldDef) string { return "send it as in this example: " + f.Example }

func propBytes(props []event.Prop) (n int) {
	for i := range props {
		n += len(props[i].Name) + len(props[i].Value.Text) + 8
		for _, s := range props[i].Value.List {
			n += len(s) + 2
		}
	}
	return n
}
