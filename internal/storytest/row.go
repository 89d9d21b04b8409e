package storytest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"attune/core/id"
	"attune/core/instant"
)

// Row is a JSON object whose fields, a name and a value in turn, keep their order; empty ones are left out.
type Row []any

// String writes the row on one line.
func (r Row) String() string {
	var parts []string
	for i := 0; i < len(r); i += 2 {
		if s, isText := r[i+1].(string); isText && s == "" {
			continue
		}
		if b, isFlag := r[i+1].(bool); isFlag && !b {
			continue
		}
		if list, isList := r[i+1].([]string); isList && len(list) == 0 {
			continue
		}
		parts = append(parts, fmt.Sprintf("%q:%s", r[i], jsonOf(r[i+1])))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func jsonOf(v any) string {
	switch v := v.(type) {
	case Row:
		return v.String()
	case []Row:
		var items []string
		for _, item := range v {
			items = append(items, item.String())
		}
		return "[" + strings.Join(items, ",") + "]"
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err.Error()
	}
	return strings.TrimSpace(b.String())
}

// Flag keeps a false that a row would leave out.
func Flag(b bool) any { return json.RawMessage(fmt.Sprint(b)) }

// Stamp writes an instant, and nothing for none.
func Stamp(t instant.Time) string {
	if t == 0 {
		return ""
	}
	return t.String()
}

// Ordinals give ids names that people can read: "touch-1".
type Ordinals struct {
	byKey map[id.Key]string
	count map[string]int
}

// NewOrdinals knows no id yet.
func NewOrdinals() *Ordinals { return &Ordinals{map[id.Key]string{}, map[string]int{}} }

// Name is the name of an id, which it gets when it is first asked for.
func (o *Ordinals) Name(kind string, k id.Key) string {
	if k.IsZero() {
		return ""
	}
	if o.byKey[k] == "" {
		o.count[kind]++
		o.byKey[k] = fmt.Sprintf("%s-%d", kind, o.count[kind])
	}
	return o.byKey[k]
}

// Key is the id of a name; zero where no id has it.
func (o *Ordinals) Key(name string) id.Key {
	for k, n := range o.byKey {
		if n == name {
			return k
		}
	}
	return id.Key{}
}

// Difference shows the lines that are not the same: those that were wanted after a minus, and those that
// came after a plus, below the number of the first.
func Difference(want, got string) string {
	w, g := slices.Collect(strings.Lines(want)), slices.Collect(strings.Lines(got))
	first := 0
	for first < len(w) && first < len(g) && w[first] == g[first] {
		first++
	}
	for len(w) > first && len(g) > first && w[len(w)-1] == g[len(g)-1] {
		w, g = w[:len(w)-1], g[:len(g)-1]
	}
	var out strings.Builder
	fmt.Fprintf(&out, "from line %d:\n", first+1)
	for _, line := range w[first:] {
		fmt.Fprintf(&out, "- %s\n", strings.TrimSuffix(line, "\n"))
	}
	for _, line := range g[first:] {
		fmt.Fprintf(&out, "+ %s\n", strings.TrimSuffix(line, "\n"))
	}
	return out.String()
}
