package form

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
)

// Document is one kind of file and its form.
type Document struct {
	// File is its path within the program's folder, with * for a name: "engagements/*.yaml".
	File string
	// Needed tells that every program has it.
	Needed bool
	Form   Form
}

// SchemaFile is what the file with its schema is called.
func (d Document) SchemaFile() string { return d.Form.Name + ".schema.json" }

const draft = "https://json-schema.org/draft/2020-12/schema"

// Schema writes the JSON Schema (draft 2020-12) of one kind of file. It holds all it refers to, so that
// editors need nothing else. Events are the names that are suggested where an event is asked for;
// others of the same look are valid, since programs declare their own.
func (d Document) Schema(events []string) ([]byte, error) {
	w := schemaWriter{events: events, defs: map[string]any{}}
	out := w.form(d.Form)
	out["$schema"], out["title"] = draft, d.File
	if len(w.defs) > 0 {
		out["$defs"] = w.defs
	}
	return indented(out)
}

// Schema writes the JSON Schema of a whole program as one object: each file's content under its path.
// Each kind of file stands under $defs by its form's name.
func Schema(documents []Document, events []string) ([]byte, error) {
	w := schemaWriter{events: events, defs: map[string]any{}}
	files, folders, needed := map[string]any{}, map[string]any{}, []string{}
	for _, d := range documents {
		ref := w.ref(d.Form.Name, w.form(d.Form))
		if d.Needed {
			needed = append(needed, d.File)
		}
		if pattern, many := d.pattern(); many {
			folders[pattern] = ref
		} else {
			files[d.File] = ref
		}
	}
	return indented(map[string]any{
		"$schema": draft, "title": "A program",
		"description": "A program's files by their paths. Each kind of file stands under $defs.",
		"type":        "object", "properties": files, "patternProperties": folders, "required": needed, "$defs": w.defs,
	})
}

func indented(v any) ([]byte, error) {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write schema: %w", err)
	}
	return append(b, '\n'), nil
}

// pattern matches the file's paths; many tells that there may be several.
func (d Document) pattern() (pattern string, many bool) {
	dir, end, many := strings.Cut(d.File, "*")
	return "^" + dir + `[^/]+` + strings.ReplaceAll(end, ".", `\.`) + "$", many
}

// Holds tells whether a path is that of such a file.
func (d Document) Holds(path string) bool {
	dir, end, many := strings.Cut(d.File, "*")
	name, inside := strings.CutPrefix(path, dir)
	if !many || !inside {
		return path == d.File
	}
	name, right := strings.CutSuffix(name, end)
	return right && name != "" && !strings.Contains(name, "/")
}

type schemaWriter struct {
	events []string
	defs   map[string]any
}

func (w schemaWriter) ref(name string, schema any) map[string]any {
	w.defs[name] = schema
	return map[string]any{"$ref": "#/$defs/" + name}
}

func (w schemaWriter) form(f Form) map[string]any {
	properties, required := map[string]any{}, []string{}
	for _, d := range f.Fields {
		properties[d.Name] = w.field(d)
		if d.alone() {
			required = append(required, d.Name)
		}
	}
	out := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		out["required"] = required
	}
	if f.Says != "" {
		out["description"] = f.Says
	}
	return out
}

// field is a type's schema with what the field says beside it.
func (w schemaWriter) field(d Field) map[string]any {
	out := maps.Clone(w.of(d.Type))
	says := d.Says
	if d.Tighten != Unshared {
		says += " Under a standard: " + d.Tighten.String() + "."
	}
	out["description"] = says + "\n\nExample: " + d.Name + ": " + d.Example
	return out
}

// Patterns of values that are written as one word. They say what the functions of value.go do.
const (
	namePattern     = `^[a-z][a-z0-9_-]*$`
	durationPattern = `^0*[1-9][0-9]*[smhdw]$`
	clockPattern    = `^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$`
	datePattern     = `^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$`
	instantPattern  = `^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$`
	languagePattern = `^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`
	eventPattern    = `^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$`
	fieldPattern    = `^event\.[A-Za-z][A-Za-z0-9_]*$`
)

func pattern(p string) map[string]any { return map[string]any{"type": "string", "pattern": p} }

func (w schemaWriter) of(t Type) map[string]any {
	switch t := t.(type) {
	case Text, Expression:
		// What YAML takes for a number or a flag may be meant as a text.
		return map[string]any{"type": []string{"string", "number", "boolean"}, "minLength": 1}
	case Name, Ref:
		return pattern(namePattern)
	case Number:
		return numberSchema(t)
	case Count:
		return map[string]any{"type": "integer", "minimum": 1, "maximum": mostCount}
	case Duration:
		return pattern(durationPattern)
	case Clock:
		return pattern(clockPattern)
	case Date:
		return pattern(datePattern)
	case Instant:
		return pattern(instantPattern)
	case Flag:
		return map[string]any{"type": "boolean"}
	case Language:
		return pattern(languagePattern)
	case Word:
		return map[string]any{"enum": t.Of}
	case EventName:
		return w.ref("event", map[string]any{"anyOf": []any{map[string]any{"enum": w.events}, pattern(eventPattern)}})
	case EventField:
		return pattern(fieldPattern)
	case List:
		return w.list(t)
	case Map:
		return w.mapping(t)
	case Form:
		if t.Name != "" {
			return w.ref(t.Name, w.form(t))
		}
		return w.form(t)
	case Either:
		return w.either(t)
	}
	return nil
}

func numberSchema(t Number) map[string]any {
	out := map[string]any{"type": "number"}
	if t.Positive {
		out["exclusiveMinimum"] = 0
	}
	if t.Most != 0 {
		out["minimum"], out["maximum"] = 0, t.Most
	}
	return out
}

func (w schemaWriter) list(t List) map[string]any {
	items := w.of(t.Of)
	list := map[string]any{"type": "array", "items": items}
	if t.Least > 0 {
		list["minItems"] = t.Least
	}
	if t.Most > 0 {
		list["maxItems"] = t.Most
	}
	if t.Alone {
		return map[string]any{"anyOf": []any{items, list}}
	}
	return list
}

func (w schemaWriter) mapping(t Map) map[string]any {
	out := map[string]any{"type": "object", "additionalProperties": w.of(t.Value)}
	if t.Least > 0 {
		out["minProperties"] = t.Least
	}
	if word, few := t.Key.(Word); few {
		// Named one by one, so that editors can suggest them.
		properties := map[string]any{}
		for _, name := range word.Of {
			properties[name] = w.of(t.Value)
		}
		out["properties"], out["additionalProperties"] = properties, false
		return out
	}
	out["propertyNames"] = w.of(t.Key)
	return out
}

func (w schemaWriter) either(t Either) map[string]any {
	options := make([]any, len(t.Of))
	for i, option := range t.Of {
		options[i] = w.of(option)
	}
	out := map[string]any{"anyOf": options}
	if t.Says != "" {
		out["description"] = t.Says
	}
	if t.Name != "" {
		return w.ref(t.Name, out)
	}
	return out
}
