package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"attune/internal/access"
	"attune/internal/audit"
)

// Operation is one thing that can be asked of the API: an address, what it takes and gives, who may, and what it is recorded as.
// [Op] makes one. openapi.yaml is written from all of them.
//
// What it takes is a struct. Its fields say where they stand in a request:
//
//   - path:"name", query:"name" or header:"Name": there, under that name;
//   - body:"": the whole body, whose own type says what it holds;
//   - raw:"": the body as bytes, an io.Reader, which is read as it comes;
//   - all others: in the body, under their JSON name.
//
// A text field with whom:"" names a person, by id or as SYSTEM:VALUE; the operation is given the id. doc:"…" says what a field
// means, required:"" that it must be there, and example:"…" what may stand there, in JSON where it is no text. The examples of all
// fields of a body together make one that the contract allows.
type Operation struct {
	ID, Method, Path string
	// Tag is under what the documentation lists it.
	Tag string
	// Summary says in one sentence what it does, and Details whatever else has to be known.
	Summary, Details string
	Permission       access.Permission
	// What it is recorded as in the audit log, or why it is Free of that.
	What audit.What
	Free string
	// MaxBody bounds the body, in bytes; zero is a megabyte.
	MaxBody int64
	// Status is that of an answer; zero is 200.
	Status int
	// Example is a body that can be sent, in JSON, where the examples of its fields do not make one.
	Example string

	in, out reflect.Type
	do      func(ctx context.Context, in reflect.Value) (any, error)
}

// Op makes an operation of a route such as "GET /v1/people/{person}".
func Op[In, Out any](id, route string, may access.Permission, summary string, f func(context.Context, In) (Out, error)) Operation {
	method, path, _ := strings.Cut(route, " ")
	return Operation{
		ID: id, Method: method, Path: path, Permission: may, Summary: summary, Tag: tagOf(path),
		in: reflect.TypeFor[In](), out: reflect.TypeFor[Out](),
		do: func(ctx context.Context, in reflect.Value) (any, error) { return f(ctx, in.Interface().(In)) },
	}
}

// tagOf is the first word of a path after the version.
func tagOf(path string) string {
	parts := strings.Split(path, "/")
	if len(parts) < 3 {
		return ""
	}
	return parts[2]
}

// Nothing is what operations take or give that take or give nothing.
type Nothing struct{}

var pathParam = regexp.MustCompile(`\{([a-z_]+)\}`)

// check tells what is missing of an operation.
func (o *Operation) check() error {
	fail := func(format string, args ...any) error {
		return fmt.Errorf("the operation %s (%s %s): %s", o.ID, o.Method, o.Path, fmt.Sprintf(format, args...))
	}
	if !o.Permission.Known() {
		return fail("it does not say who may: %q is no permission of internal/access", o.Permission)
	}
	if !o.What.Known() && o.Free == "" {
		return fail("it does not say what it is recorded as")
	}
	if o.ID == "" || o.Summary == "" || !strings.HasPrefix(o.Path, "/v1/") {
		return fail("it needs an id, a summary, and a path below /v1/")
	}
	if !slices.Contains([]string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete}, o.Method) {
		return fail("it has another method")
	}
	fields, err := fieldsOf(o.in)
	if err != nil {
		return fail("%v", err)
	}
	var whom bool
	for _, m := range pathParam.FindAllStringSubmatch(o.Path, -1) {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.in == inPath && f.name == m[1] }) {
			return fail("nothing takes {%s}", m[1])
		}
	}
	for _, f := range fields {
		whom = whom || f.whom
		if f.in == inPath && !strings.Contains(o.Path, "{"+f.name+"}") {
			return fail("its path has no {%s}", f.name)
		}
		if (f.in == inBody || f.in == rawBody) && o.Method == http.MethodGet {
			return fail("a GET has no body, and %s is in it", f.name)
		}
	}
	if o.Permission.OfOne() && !whom {
		return fail("%s is about one person, and no field says whom", o.Permission)
	}
	return nil
}

type place int

const (
	inBody place = iota
	wholeBody
	rawBody
	inPath
	inQuery
	inHeader
)

// field is one field of what an operation takes.
type field struct {
	index        []int
	in           place
	name         string
	typ          reflect.Type
	whom         bool
	required     bool
	doc, example string
}

// fieldsOf reads a struct's tags.
func fieldsOf(t reflect.Type) (out []field, err error) {
	if t.Kind() != reflect.Struct {
		return nil, errors.New("what it takes is no struct")
	}
	for _, f := range reflect.VisibleFields(t) {
		if !f.IsExported() || f.Anonymous {
			continue
		}
		is := field{index: f.Index, typ: f.Type, doc: f.Tag.Get("doc"), example: f.Tag.Get("example")}
		_, is.whom = f.Tag.Lookup("whom")
		_, is.required = f.Tag.Lookup("required")
		if _, raw := f.Tag.Lookup("raw"); raw {
			if f.Type != reflect.TypeFor[io.Reader]() {
				return nil, fmt.Errorf("the field %s is no io.Reader", f.Name)
			}
			is.in = rawBody
			out = append(out, is)
			continue
		}
		if _, all := f.Tag.Lookup("body"); all {
			is.in = wholeBody
			out = append(out, is)
			continue
		}
		for in, tag := range map[place]string{inPath: "path", inQuery: "query", inHeader: "header"} {
			if name, ok := f.Tag.Lookup(tag); ok {
				is.in, is.name = in, name
			}
		}
		if is.in == inBody {
			if is.name, _, _ = strings.Cut(f.Tag.Get("json"), ","); is.name == "" || is.name == "-" {
				return nil, fmt.Errorf("the field %s does not say where it stands", f.Name)
			}
		}
		is.required = is.required || is.in == inPath
		if is.whom && f.Type.Kind() != reflect.String {
			return nil, fmt.Errorf("the field %s names a person and is no text", f.Name)
		}
		out = append(out, is)
	}
	return out, nil
}

// hasBody tells whether an operation takes one.
func hasBody(fields []field) bool {
	return slices.ContainsFunc(fields, func(f field) bool { return f.in == inBody || f.in == wholeBody })
}

// takesBytes tells whether an operation takes its body as it comes.
func takesBytes(fields []field) bool {
	return slices.ContainsFunc(fields, func(f field) bool { return f.in == rawBody })
}

// exampleBody is a body that can be sent: what the operation says, or the examples of its fields.
func (o *Operation) exampleBody(fields []field) (json.RawMessage, error) {
	if o.Example != "" {
		return compact(json.RawMessage(o.Example))
	}
	out := map[string]json.RawMessage{}
	for _, f := range fields {
		switch f.in {
		case inBody:
			if err := f.addExample(out); err != nil {
				return nil, fmt.Errorf("the operation %s: %w", o.ID, err)
			}
		case wholeBody:
			for _, inner := range reflect.VisibleFields(f.typ) {
				if inner.Anonymous {
					continue
				}
				name, _, _ := strings.Cut(inner.Tag.Get("json"), ",")
				_, required := inner.Tag.Lookup("required")
				member := field{name: name, typ: inner.Type, example: inner.Tag.Get("example"), required: required}
				if err := member.addExample(out); err != nil {
					return nil, fmt.Errorf("the operation %s: %w", o.ID, err)
				}
			}
		case rawBody, inPath, inQuery, inHeader:
		}
	}
	return json.Marshal(out)
}

// addExample adds what may stand in a field to a body. What has to be there needs one.
func (f *field) addExample(to map[string]json.RawMessage) error {
	switch {
	case f.example == "" && f.required:
		return fmt.Errorf("the field %s has to be given, and has no example: add one, such as example:\"…\"", f.name)
	case f.example == "":
		return nil
	case f.typ.Kind() == reflect.String:
		to[f.name], _ = json.Marshal(f.example) // a text always can be written
		return nil
	}
	text, err := compact(json.RawMessage(f.example))
	if err != nil {
		return fmt.Errorf("the example of the field %s is no JSON: %w", f.name, err)
	}
	to[f.name] = text
	return nil
}

func compact(text json.RawMessage) (json.RawMessage, error) {
	var b bytes.Buffer
	err := json.Compact(&b, text)
	return b.Bytes(), err
}
