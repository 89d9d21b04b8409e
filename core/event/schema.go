package event

import (
	"encoding/json"
	"fmt"

	"attune/core/expr"
)

// Schema writes the catalogue as a JSON Schema (draft 2020-12) of the body of a track call. Each event's
// properties stand under $defs by the event's name, for whoever checks them alone. Events and
// properties of other names are valid, as intake keeps them.
func (c *Catalogue) Schema() ([]byte, error) {
	defs, choices := map[string]any{}, []any{}
	for _, d := range c.defs {
		properties, err := propertiesSchema(d)
		if err != nil {
			return nil, err
		}
		defs[d.Name] = properties
		choices = append(choices, map[string]any{
			"if":   map[string]any{"properties": map[string]any{"event": map[string]any{"const": d.Name}}, "required": []string{"event"}},
			"then": map[string]any{"properties": map[string]any{"properties": map[string]any{"$ref": "#/$defs/" + d.Name}}},
		})
	}
	schema := map[string]any{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"title":       "Events of the catalogue",
		"description": "The body of a track call. The properties of each event stand under $defs. x-unit is what a number counts, x-sensitivity what a value tells about somebody, and x-retracts marks events that take an earlier one back.",
		"type":        "object",
		"required":    []string{"event"},
		"properties": map[string]any{
			"event": map[string]any{"type": "string"}, "properties": map[string]any{"type": "object"},
			"userId": map[string]any{"type": []string{"string", "integer"}}, "anonymousId": map[string]any{"type": []string{"string", "integer"}},
			"messageId": map[string]any{"type": "string"}, "timestamp": map[string]any{"type": "string", "format": "date-time"},
		},
		"$defs": defs,
	}
	if len(choices) > 0 {
		schema["allOf"] = choices
	}
	b, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write schema: %w", err)
	}
	return append(b, '\n'), nil
}

func propertiesSchema(d Definition) (map[string]any, error) {
	fields := map[string]any{}
	for _, f := range d.Fields {
		if !json.Valid([]byte(f.Example)) {
			return nil, fmt.Errorf("write schema: %s: the example of %s is not JSON: %s", d.Name, f.Name, f.Example)
		}
		field := typeSchema(f.Type)
		field["examples"] = []json.RawMessage{json.RawMessage(f.Example)}
		field["x-sensitivity"] = f.Sensitivity.String()
		if f.Unit != "" {
			field["x-unit"] = f.Unit
		}
		if len(f.OneOf) > 0 {
			field["enum"] = f.OneOf
		}
		fields[f.Name] = field
	}
	out := map[string]any{"description": d.Says, "type": "object", "properties": fields}
	if d.Retracts {
		out["x-retracts"] = true
	}
	return out, nil
}

func typeSchema(t expr.Type) map[string]any {
	switch t {
	case expr.Text:
		return map[string]any{"type": "string"}
	case expr.Integer:
		return map[string]any{"type": "integer"}
	case expr.Number:
		return map[string]any{"type": "number"}
	case expr.Flag:
		return map[string]any{"type": "boolean"}
	case expr.List:
		return map[string]any{"type": "array", "items": map[string]any{"type": "string"}}
	case expr.Moment:
		return map[string]any{"type": "string", "format": "date-time"}
	case expr.Missing:
	}
	return map[string]any{}
}
