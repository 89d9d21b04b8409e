package expr

import (
	"slices"
	"strconv"
	"strings"

	"attune/core/instant"
)

// Type is what kind of thing a field of an event holds.
type Type uint8

// The types a field may have. Missing is the type of nothing.
const (
	Missing Type = iota
	Text         // a string
	Number       // a decimal number, float64
	Integer      // a whole number, exact to 2^53
	Flag         // true or false
	List         // strings, in their order
	Moment       // an instant
)

// String names the type as the catalogue's documentation does.
func (t Type) String() string {
	switch t {
	case Missing:
		return "missing"
	case Text:
		return "text"
	case Number:
		return "number"
	case Integer:
		return "integer"
	case Flag:
		return "flag"
	case List:
		return "list"
	case Moment:
		return "time"
	}
	return "unknown"
}

// Value is one field's value. The zero Value is Missing. Num holds numbers, integers, flags (0 or 1)
// and instants (milliseconds); Text holds text; List holds lists. Values are not changed once made.
type Value struct {
	Type Type
	Num  float64
	Text string
	List []string
}

// TextOf makes a text.
func TextOf(s string) Value { return Value{Type: Text, Text: s} }

// NumberOf makes a number.
func NumberOf(f float64) Value { return Value{Type: Number, Num: f} }

// IntegerOf makes a whole number.
func IntegerOf(n int64) Value { return Value{Type: Integer, Num: float64(n)} }

// ListOf makes a list of texts.
func ListOf(s ...string) Value { return Value{Type: List, List: s} }

// MomentOf makes an instant.
func MomentOf(t instant.Time) Value { return Value{Type: Moment, Num: float64(t)} }

// FlagOf makes true or false.
func FlagOf(b bool) Value {
	if b {
		return Value{Type: Flag, Num: 1}
	}
	return Value{Type: Flag}
}

// Equal tells whether both are the same value of the same type.
func (v Value) Equal(w Value) bool {
	return v.Type == w.Type && v.Num == w.Num && v.Text == w.Text && slices.Equal(v.List, w.List)
}

// String shows the value to people.
func (v Value) String() string {
	switch v.Type {
	case Missing:
		return ""
	case Text:
		return v.Text
	case Number, Integer:
		return strconv.FormatFloat(v.Num, 'f', -1, 64)
	case Flag:
		return strconv.FormatBool(v.Num != 0)
	case List:
		return strings.Join(v.List, ", ")
	case Moment:
		return instant.Time(v.Num).String()
	}
	return ""
}

// Fields is an event as expressions see it: its properties by name. A property the event does not
// have is the Missing value.
type Fields interface {
	Field(name string) Value
	// Has tells whether the event speaks of the property at all, be it to say that there is no value.
	Has(name string) bool
}
