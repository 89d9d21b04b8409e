package api

import (
	_ "embed"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"attune/internal/access"
)

//go:embed openapi.yaml
var contract []byte

// Comments are what source code says of types and their fields, by "package.Type" and "package.Type.Field".
type Comments map[string]string

// Contract writes openapi.yaml: all operations, what they take and give, who may, and what they are recorded as.
func Contract(operations []Operation, comments Comments) ([]byte, error) {
	w := &contractWriter{comments: comments, schemas: map[string]yaml.MapSlice{}, types: map[string]reflect.Type{}}
	paths := map[string]yaml.MapSlice{}
	var order []string
	var tags []string
	var wrong error
	for i := range operations {
		o := &operations[i]
		is, err := w.operation(o)
		if wrong = errors.Join(wrong, err); err != nil {
			continue
		}
		if paths[o.Path] == nil {
			order = append(order, o.Path)
		}
		paths[o.Path] = append(paths[o.Path], yaml.MapItem{Key: strings.ToLower(o.Method), Value: is})
		if !slices.Contains(tags, o.Tag) {
			tags = append(tags, o.Tag)
		}
	}
	if wrong != nil {
		return nil, wrong
	}
	var all yaml.MapSlice
	for _, p := range order {
		all = append(all, yaml.MapItem{Key: p, Value: paths[p]})
	}
	all = append(all, yaml.MapItem{Key: "/v1/stream", Value: streamContract()})
	if _, err := w.schema(reflect.TypeFor[Problem]()); err != nil {
		return nil, err
	}
	w.schemas["Purpose"] = yaml.MapSlice{{Key: "type", Value: "string"}, {Key: "description", Value: "What a record may be opened for."}, {Key: "enum", Value: Purposes()}}
	var names []string
	for name := range w.schemas {
		names = append(names, name)
	}
	slices.Sort(names)
	var schemas yaml.MapSlice
	for _, name := range names {
		schemas = append(schemas, yaml.MapItem{Key: name, Value: w.schemas[name]})
	}
	var tagList []yaml.MapSlice
	for _, t := range tags {
		tagList = append(tagList, yaml.MapSlice{{Key: "name", Value: t}})
	}
	doc := yaml.MapSlice{
		{Key: "openapi", Value: "3.0.3"},
		{Key: "info", Value: yaml.MapSlice{
			{Key: "title", Value: "Attune"}, {Key: "version", Value: "1"},
			{Key: "description", Value: "Everything that staff and other systems do with Attune. docs/api.md tells how to begin. What is refused is told as a Problem (RFC 9457), which names the field and the remedy."},
		}},
		{Key: "security", Value: []yaml.MapSlice{{{Key: "token", Value: []string{}}}, {{Key: "session", Value: []string{}}}}},
		{Key: "tags", Value: tagList},
		{Key: "paths", Value: all},
		{Key: "components", Value: yaml.MapSlice{
			{Key: "securitySchemes", Value: yaml.MapSlice{
				{Key: "token", Value: yaml.MapSlice{{Key: "type", Value: "http"}, {Key: "scheme", Value: "bearer"}}},
				{Key: "session", Value: yaml.MapSlice{{Key: "type", Value: "apiKey"}, {Key: "in", Value: "cookie"}, {Key: "name", Value: hostCookie}}},
			}},
			{Key: "parameters", Value: sharedParameters()},
			{Key: "schemas", Value: schemas},
		}},
	}
	out, err := yaml.MarshalWithOptions(doc, yaml.Indent(2), yaml.IndentSequence(true))
	return append([]byte("# Written by \"go test ./internal/app -run Contract -update\" from the operations; docs/adr/0030 tells why.\n"), out...), err
}

// sharedParameters are those of many operations.
func sharedParameters() yaml.MapSlice {
	return yaml.MapSlice{
		{Key: "Purpose", Value: yaml.MapSlice{
			{Key: "name", Value: "Attune-Purpose"}, {Key: "in", Value: "header"}, {Key: "description", Value: "What the record is opened for."}, {Key: "required", Value: true},
			{Key: "schema", Value: ref("Purpose")}, {Key: "example", Value: "treatment"},
		}},
		{Key: "Known", Value: yaml.MapSlice{
			{Key: "name", Value: "If-None-Match"}, {Key: "in", Value: "header"}, {Key: "description", Value: "The ETag of the answer that you have. Where it is still the answer, 304 says so."},
			{Key: "schema", Value: yaml.MapSlice{{Key: "type", Value: "string"}}},
		}},
		{Key: "Once", Value: yaml.MapSlice{
			{Key: "name", Value: "Idempotency-Key"}, {Key: "in", Value: "header"}, {Key: "description", Value: "The same request with the same key is done once, and answered alike for a day."},
			{Key: "schema", Value: yaml.MapSlice{{Key: "type", Value: "string"}, {Key: "maxLength", Value: 200}}},
		}},
	}
}

type contractWriter struct {
	comments Comments
	schemas  map[string]yaml.MapSlice
	types    map[string]reflect.Type
}

func (w *contractWriter) operation(o *Operation) (yaml.MapSlice, error) {
	fields, err := fieldsOf(o.in)
	if err != nil {
		return nil, err
	}
	details := strings.TrimSpace(o.Details)
	if details != "" {
		details += "\n\n"
	}
	details += "It takes the permission `" + string(o.Permission) + "` (" + access.Who(o.Permission) + ")."
	if o.What != "" {
		details += " It is recorded as `" + string(o.What) + "`."
	}
	out := yaml.MapSlice{
		{Key: "operationId", Value: o.ID}, {Key: "tags", Value: []string{o.Tag}}, {Key: "summary", Value: o.Summary}, {Key: "description", Value: details},
		{Key: "x-permission", Value: string(o.Permission)},
	}
	if o.What != "" {
		out = append(out, yaml.MapItem{Key: "x-recorded", Value: string(o.What)})
	}
	params, err := w.parameters(o, fields)
	if err != nil {
		return nil, err
	}
	if len(params) > 0 {
		out = append(out, yaml.MapItem{Key: "parameters", Value: params})
	}
	if hasBody(fields) {
		body, err := w.body(o, fields)
		if err != nil {
			return nil, err
		}
		given, err := exampleValue(o, fields)
		if err != nil {
			return nil, err
		}
		taken := yaml.MapSlice{{Key: "application/json", Value: yaml.MapSlice{{Key: "schema", Value: body}, {Key: "example", Value: given}}}}
		out = append(out, yaml.MapItem{Key: "requestBody", Value: yaml.MapSlice{{Key: "required", Value: true}, {Key: "content", Value: taken}}})
	}
	if takesBytes(fields) {
		bytes := yaml.MapSlice{{Key: "type", Value: "string"}, {Key: "format", Value: "binary"}}
		out = append(out, yaml.MapItem{Key: "requestBody", Value: yaml.MapSlice{{Key: "required", Value: true}, {Key: "content", Value: content(rawMedia, bytes)}}})
	}
	status := o.Status
	if status == 0 {
		status = http.StatusOK
	}
	media := "application/json"
	var given any
	if o.out == reflect.TypeFor[Text]() {
		media, given = "*/*", yaml.MapSlice{{Key: "type", Value: "string"}, {Key: "format", Value: "binary"}}
	} else if given, err = w.schema(o.out); err != nil {
		return nil, err
	}
	done := yaml.MapSlice{{Key: "description", Value: "Done."}}
	var same yaml.MapSlice
	if o.tagged() {
		done = append(done, tagHeader())
		if o.Method == http.MethodGet {
			same = yaml.MapSlice{{Key: fmt.Sprint(http.StatusNotModified), Value: yaml.MapSlice{{Key: "description", Value: "It is as If-None-Match says. There is no body."}, tagHeader()}}}
		}
	}
	answers := append(yaml.MapSlice{{Key: fmt.Sprint(status), Value: append(done, yaml.MapItem{Key: "content", Value: content(media, given)})}}, same...)
	answers = append(answers, yaml.MapSlice{
		{Key: "default", Value: yaml.MapSlice{{Key: "description", Value: "What is wrong, where, and what to do."}, {Key: "content", Value: content("application/problem+json", ref("Problem"))}}},
	}...)
	return append(out, yaml.MapItem{Key: "responses", Value: answers}), nil
}

// tagged tells whether answers have a version.
func (o *Operation) tagged() bool {
	for _, t := range []reflect.Type{o.out, reflect.PointerTo(o.out)} {
		if t.Implements(reflect.TypeFor[version]()) || t.Implements(reflect.TypeFor[likeness]()) {
			return true
		}
	}
	return false
}

func tagHeader() yaml.MapItem {
	return yaml.MapItem{Key: "headers", Value: yaml.MapSlice{{Key: "ETag", Value: yaml.MapSlice{
		{Key: "description", Value: "The version of the answer."}, {Key: "schema", Value: yaml.MapSlice{{Key: "type", Value: "string"}}},
	}}}}
}

// exampleValue is a body that can be sent, with its names in order.
func exampleValue(o *Operation, fields []field) (any, error) {
	text, err := o.exampleBody(fields)
	if err != nil {
		return nil, err
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return nil, fmt.Errorf("the example of the operation %s is no JSON: %w", o.ID, err)
	}
	return ordered(v), nil
}

func ordered(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := yaml.MapSlice{}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			out = append(out, yaml.MapItem{Key: name, Value: ordered(v[name])})
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = ordered(v[i])
		}
		return out
	}
	return v
}

func content(media string, schema any) yaml.MapSlice {
	return yaml.MapSlice{{Key: media, Value: yaml.MapSlice{{Key: "schema", Value: schema}}}}
}

func ref(name string) yaml.MapSlice {
	return yaml.MapSlice{{Key: "$ref", Value: "#/components/schemas/" + name}}
}

func (w *contractWriter) parameters(o *Operation, fields []field) (out []yaml.MapSlice, err error) {
	add := func(in, name, doc, example string, required bool, schema any) {
		p := yaml.MapSlice{{Key: "name", Value: name}, {Key: "in", Value: in}}
		if doc != "" {
			p = append(p, yaml.MapItem{Key: "description", Value: doc})
		}
		if required {
			p = append(p, yaml.MapItem{Key: "required", Value: true})
		}
		if in == "query" {
			p = append(p, yaml.MapItem{Key: "explode", Value: true})
		}
		p = append(p, yaml.MapItem{Key: "schema", Value: schema})
		var value any = example
		if kind := schema.(yaml.MapSlice)[0].Value; kind == "integer" || kind == "boolean" {
			_ = json.Unmarshal([]byte(example), &value) // else it stays a text, and the contract's test tells
		}
		if example != "" {
			p = append(p, yaml.MapItem{Key: "example", Value: value})
		}
		out = append(out, p)
	}
	for _, f := range fields {
		in := map[place]string{inPath: "path", inQuery: "query", inHeader: "header"}[f.in]
		if in == "" {
			continue
		}
		schema, err := w.schema(f.typ)
		if err != nil {
			return nil, err
		}
		doc := f.doc
		if f.whom && doc == "" {
			doc = "A person's id."
		}
		add(in, f.name, doc, f.example, f.required, schema)
	}
	if o.tagged() && o.Method == http.MethodGet {
		out = append(out, yaml.MapSlice{{Key: "$ref", Value: "#/components/parameters/Known"}})
	}
	if needsPurpose(o.Permission) {
		out = append(out, yaml.MapSlice{{Key: "$ref", Value: "#/components/parameters/Purpose"}})
	}
	if o.Method != http.MethodGet && !takesBytes(fields) {
		out = append(out, yaml.MapSlice{{Key: "$ref", Value: "#/components/parameters/Once"}})
	}
	return out, nil
}

func (w *contractWriter) body(o *Operation, fields []field) (any, error) {
	for _, f := range fields {
		if f.in == wholeBody {
			return w.taken(f.typ)
		}
	}
	var props yaml.MapSlice
	var required []string
	for _, f := range fields {
		if f.in != inBody {
			continue
		}
		schema, err := w.taken(f.typ)
		if err != nil {
			return nil, err
		}
		props = append(props, yaml.MapItem{Key: f.name, Value: described(schema, f.doc, f.example)})
		if f.required {
			required = append(required, f.name)
		}
	}
	out := yaml.MapSlice{{Key: "type", Value: "object"}, {Key: "additionalProperties", Value: false}}
	if required != nil {
		out = append(out, yaml.MapItem{Key: "required", Value: required})
	}
	name := strings.ToUpper(o.ID[:1]) + o.ID[1:] + "Request"
	w.schemas[name] = append(out, yaml.MapItem{Key: "properties", Value: props})
	return ref(name), nil
}

// described adds a description to a schema. What stands beside a reference is not read, so that goes into allOf.
func described(schema any, doc, example string) any {
	s, ok := schema.(yaml.MapSlice)
	if !ok || doc == "" && example == "" {
		return schema
	}
	if len(s) > 0 && s[0].Key == "$ref" {
		s = yaml.MapSlice{{Key: "allOf", Value: []yaml.MapSlice{s}}}
	}
	if doc != "" {
		s = append(s, yaml.MapItem{Key: "description", Value: doc})
	}
	if example != "" {
		var value any = example
		if s[0].Key == "type" && s[0].Value != "string" {
			if err := json.Unmarshal([]byte(example), &value); err == nil { // else it stays a text, and the contract's test tells
				value = ordered(value)
			}
		}
		s = append(s, yaml.MapItem{Key: "example", Value: value})
	}
	return s
}

// isText tells whether a type is written as a text.
func isText(t reflect.Type) bool {
	return t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) || reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextMarshaler]())
}

func isOwnJSON(t reflect.Type) bool {
	return t.Implements(reflect.TypeFor[json.Marshaler]()) || reflect.PointerTo(t).Implements(reflect.TypeFor[json.Marshaler]())
}

// Schemed is a type that writes its JSON itself, and says what that is: a kind of JSON schema, such as "string".
type Schemed interface{ JSONSchema() string }

// taken is the schema of what is in a body: in it nothing has to be there.
func (w *contractWriter) taken(t reflect.Type) (any, error) { return w.typed(t, true) }

func (w *contractWriter) schema(t reflect.Type) (any, error) { return w.typed(t, false) }

func (w *contractWriter) typed(t reflect.Type, taken bool) (any, error) {
	of := func(kind string, more ...yaml.MapItem) (any, error) {
		return append(yaml.MapSlice{{Key: "type", Value: kind}}, more...), nil
	}
	switch {
	case isText(t):
		if t.PkgPath() == "time" {
			return of("string", yaml.MapItem{Key: "format", Value: "date-time"})
		}
		return of("string")
	case isOwnJSON(t):
		if s, is := reflect.Zero(t).Interface().(Schemed); is {
			return of(s.JSONSchema())
		}
		return yaml.MapSlice{}, nil
	}
	switch t.Kind() { //nolint:exhaustive // no others are written
	case reflect.String:
		return of("string")
	case reflect.Bool:
		return of("boolean")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return of("integer", yaml.MapItem{Key: "format", Value: "int64"})
	case reflect.Float64, reflect.Float32:
		return of("number", yaml.MapItem{Key: "format", Value: "double"})
	case reflect.Interface:
		return yaml.MapSlice{}, nil
	case reflect.Pointer:
		return w.typed(t.Elem(), taken)
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return of("string", yaml.MapItem{Key: "format", Value: "byte"})
		}
		items, err := w.typed(t.Elem(), taken)
		if err != nil {
			return nil, err
		}
		if s, is := items.(yaml.MapSlice); is && t.Elem().Kind() == reflect.Pointer {
			items = append(s, yaml.MapItem{Key: "nullable", Value: true})
		}
		return of("array", yaml.MapItem{Key: "items", Value: items})
	case reflect.Map:
		values, err := w.typed(t.Elem(), taken)
		if err != nil {
			return nil, err
		}
		return of("object", yaml.MapItem{Key: "additionalProperties", Value: values})
	case reflect.Struct:
		if t.Name() == "" {
			return w.members(t, taken)
		}
		return w.object(t, taken)
	}
	return nil, fmt.Errorf("%s cannot be written in the contract", t)
}

// object writes a struct as a schema of its own, and refers to it.
func (w *contractWriter) object(t reflect.Type, taken bool) (any, error) {
	name := schemaName(t)
	if taken {
		name += "Input"
	}
	if other, there := w.types[name]; there {
		if other != t {
			return nil, fmt.Errorf("%s and %s would both be called %s in the contract", other, t, name)
		}
		return ref(name), nil
	}
	w.types[name] = t
	out, err := w.members(t, taken)
	if err != nil {
		return nil, err
	}
	w.schemas[name] = out
	return ref(name), nil
}

// members writes a struct's fields.
func (w *contractWriter) members(t reflect.Type, taken bool) (yaml.MapSlice, error) {
	out := yaml.MapSlice{{Key: "type", Value: "object"}}
	if doc := w.comments[commentKey(t)]; doc != "" {
		out = append(out, yaml.MapItem{Key: "description", Value: doc})
	}
	var props yaml.MapSlice
	var required []string
	var add func(t reflect.Type) error
	add = func(t reflect.Type) error {
		for i := range t.NumField() {
			f := t.Field(i)
			tag := f.Tag.Get("json")
			if f.Anonymous && tag == "" && f.Type.Kind() == reflect.Struct {
				if err := add(f.Type); err != nil {
					return err
				}
				continue
			}
			if !f.IsExported() || tag == "-" {
				continue
			}
			member, options, _ := strings.Cut(tag, ",")
			if member == "" {
				member = f.Name
			}
			schema, err := w.typed(f.Type, taken)
			if err != nil {
				return fmt.Errorf("%s.%s: %w", t, f.Name, err)
			}
			doc := f.Tag.Get("doc")
			if doc == "" {
				doc = w.comments[commentKey(t)+"."+f.Name]
			}
			if class := f.Tag.Get("class"); class != "" {
				doc = strings.TrimSpace(doc + " Shown to roles that see " + class + ".")
			}
			if s, is := schema.(yaml.MapSlice); is && f.Type.Kind() == reflect.Pointer && !strings.Contains(options, "omitempty") {
				schema = append(described(s, " ", "").(yaml.MapSlice)[:len(s):len(s)], yaml.MapItem{Key: "nullable", Value: true})
			}
			props = append(props, yaml.MapItem{Key: member, Value: described(schema, doc, f.Tag.Get("example"))})
			if _, must := f.Tag.Lookup("required"); must || !taken && !strings.Contains(options, "omitempty") && !strings.Contains(options, "omitzero") {
				required = append(required, member)
			}
		}
		return nil
	}
	if err := add(t); err != nil {
		return nil, err
	}
	out = append(out, yaml.MapItem{Key: "additionalProperties", Value: false})
	if required != nil {
		out = append(out, yaml.MapItem{Key: "required", Value: required})
	}
	if props != nil {
		out = append(out, yaml.MapItem{Key: "properties", Value: props})
	}
	return out, nil
}

func commentKey(t reflect.Type) string {
	name, _, _ := strings.Cut(t.Name(), "[")
	return t.PkgPath() + "." + name
}

// schemaName is what a type is called in the contract.
func schemaName(t reflect.Type) string {
	name := t.Name()
	if base, of, generic := strings.Cut(name, "["); generic {
		of = strings.TrimSuffix(of, "]")
		return base + "Of" + upper(of[strings.LastIndexAny(of, "./")+1:])
	}
	if name == "" {
		return "Object"
	}
	if pkg := t.PkgPath(); pkg != "" {
		pkg = pkg[strings.LastIndexByte(pkg, '/')+1:]
		if pkg != "app" && pkg != "api" && !strings.EqualFold(pkg, name) {
			return upper(pkg) + upper(name)
		}
	}
	return upper(name)
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
