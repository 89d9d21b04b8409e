package telemetry

import (
	"encoding"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

// Redacted is what a [Private] value looks like to everyone who does not ask with Reveal.
const Redacted = "[private]"

// Private holds a value that may be used and never shown: an address, a name, a password. The zero
// value holds the zero T.
//
// It keeps a pointer to a pointer, not the value. Package fmt calls no methods on what it finds in
// unexported fields; it walks into them by reflection and prints a value held there. A pointer it
// prints as a number, except that a verb which does not suit pointers, such as %s, makes it follow
// one to a struct, slice, map or array (fmt's "bad verb" text). It never follows two, so the worst
// that can appear is a memory address.
type Private[T any] struct {
	v **T
}

var (
	_ fmt.Formatter          = Private[int]{}
	_ fmt.Stringer           = Private[int]{}
	_ fmt.GoStringer         = Private[int]{}
	_ slog.LogValuer         = Private[int]{}
	_ json.Marshaler         = Private[int]{}
	_ encoding.TextMarshaler = Private[int]{}
)

// Hide wraps a value.
func Hide[T any](v T) Private[T] {
	p := &v
	return Private[T]{v: &p}
}

// Reveal gives the value back. Its callers are the few places that hand it to its addressee, and
// easy to list by the method's name.
func (p Private[T]) Reveal() T {
	if p.v == nil {
		var zero T
		return zero
	}
	return **p.v
}

// IsSet tells whether a value was ever put in.
func (p Private[T]) IsSet() bool { return p.v != nil }

// Format serves every verb of package fmt, %p included.
func (p Private[T]) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Redacted) }

// String serves templates and string concatenation.
func (p Private[T]) String() string { return Redacted }

// GoString serves %#v where Format is not asked.
func (p Private[T]) GoString() string { return Redacted }

// LogValue serves slog.
func (p Private[T]) LogValue() slog.Value { return slog.StringValue(Redacted) }

// MarshalJSON serves encoding/json. What is written cannot be read back, on purpose.
func (p Private[T]) MarshalJSON() ([]byte, error) { return []byte(`"` + Redacted + `"`), nil }

// MarshalText serves YAML, XML and map keys.
func (p Private[T]) MarshalText() ([]byte, error) { return []byte(Redacted), nil }
