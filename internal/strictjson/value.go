package strictjson

import (
	"math"
	"strconv"
	"strings"
)

// Kind is what a value is.
type Kind uint8

// The kinds of JSON. Absent is the kind of a member that is not there.
const (
	Absent Kind = iota
	Null
	Bool
	Number
	String
	Array
	Object
)

// String names the kind for people who did not grow up with JSON.
func (k Kind) String() string {
	switch k {
	case Absent:
		return "nothing"
	case Null:
		return "null"
	case Bool:
		return "true or false"
	case Number:
		return "a number"
	case String:
		return "text"
	case Array:
		return "a list"
	case Object:
		return "an object"
	}
	return "unknown"
}

// Value is one value of a document. The zero Value is Absent.
type Value struct {
	Kind Kind
	// From and To are where the value stands in the document: the bytes [From, To).
	From, To int
	// Text is the unescaped text of a string, or a number as it was written, or "true" or "false".
	Text string
	// Items are the elements of an array or the values of an object.
	Items []Value
	// Names are an object's names, in the order of Items.
	Names []string
}

// Get returns the member of that name, or an Absent value.
func (v *Value) Get(name string) *Value {
	for i := range v.Names {
		if v.Names[i] == name {
			return &v.Items[i]
		}
	}
	return &Value{From: v.From, To: v.From}
}

// Find returns the member of that name, or nil.
func (v *Value) Find(name string) *Value {
	for i := range v.Names {
		if v.Names[i] == name {
			return &v.Items[i]
		}
	}
	return nil
}

// Given tells whether there is a value, other than null.
func (v *Value) Given() bool { return v.Kind != Absent && v.Kind != Null }

// IsTrue tells whether the value is the literal true.
func (v *Value) IsTrue() bool { return v.Kind == Bool && v.Text == "true" }

// Integer returns a number written without fraction or exponent, if it is exact as a float64.
func (v *Value) Integer() (int64, bool) {
	if v.Kind != Number || strings.ContainsAny(v.Text, ".eE") {
		return 0, false
	}
	n, err := strconv.ParseInt(v.Text, 10, 64)
	if err != nil || n > 1<<53 || n < -1<<53 {
		return 0, false
	}
	return n, true
}

// Whole tells whether a number was written without fraction or exponent, however large.
func (v *Value) Whole() bool { return v.Kind == Number && !strings.ContainsAny(v.Text, ".eE") }

// Float returns a number's nearest float64, and false if it is too large for one.
func (v *Value) Float() (float64, bool) {
	if v.Kind != Number {
		return 0, false
	}
	f, err := strconv.ParseFloat(v.Text, 64)
	if err != nil || math.IsInf(f, 0) {
		return 0, false
	}
	return f, true
}
