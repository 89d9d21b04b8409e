package api

import (
	"bytes"
	"encoding/json"
	"html/template"
	"net/http"
	"reflect"
	"strings"

	"attune/internal/access"
)

// documented is an operation as the documentation shows it.
type documented struct {
	*Operation
	Who, Body, Curl, Answer string
	Status                  int
	Fields                  []documentedField
	// Members are what may stand in the body.
	Members        []documentedField
	Purpose, Bytes bool
}

type documentedField struct {
	Name, In, Doc, Example string
	Required               bool
}

type documentedTag struct {
	Name       string
	Operations []documented
}

// document makes the page that lists all operations, with examples that can be sent.
func (d *Desk) document() ([]byte, error) {
	page, err := template.ParseFS(files, "page/api.html")
	if err != nil {
		return nil, err
	}
	var tags []documentedTag
	for i := range d.Operations {
		o := &d.Operations[i]
		x, err := d.describe(o)
		if err != nil {
			return nil, err
		}
		if len(tags) == 0 || tags[len(tags)-1].Name != o.Tag {
			at := -1
			for k := range tags {
				if tags[k].Name == o.Tag {
					at = k
				}
			}
			if at >= 0 {
				tags[at].Operations = append(tags[at].Operations, x)
				continue
			}
			tags = append(tags, documentedTag{Name: o.Tag})
		}
		last := &tags[len(tags)-1]
		last.Operations = append(last.Operations, x)
	}
	var topics []Topic
	if d.Stream != nil {
		topics = d.Stream.topics
	}
	var b bytes.Buffer
	err = page.Execute(&b, struct {
		Tags     []documentedTag
		Topics   []Topic
		Sorts    []SortShown
		Purposes []string
	}{tags, topics, Sorts(), Purposes()})
	return b.Bytes(), err
}

func (d *Desk) describe(o *Operation) (documented, error) {
	shown := *o
	shown.Details = strings.ReplaceAll(o.Details, "`", "") // the contract is Markdown, and the page is not
	o = &shown
	x := documented{Operation: o, Who: access.Who(o.Permission), Status: o.Status, Purpose: needsPurpose(o.Permission)}
	if x.Status == 0 {
		x.Status = http.StatusOK
	}
	if x.Permission == access.OwnAccount {
		x.Who = "everybody who is signed in"
	}
	fields, err := fieldsOf(o.in)
	if err != nil {
		return x, err
	}
	path, query := o.Path, ""
	for _, f := range fields {
		switch f.in {
		case inBody:
			x.Members = append(x.Members, documentedField{f.name, "body", f.doc, "", f.required})
		case wholeBody:
			for _, inner := range reflect.VisibleFields(f.typ) {
				if inner.Anonymous {
					continue
				}
				name, _, _ := strings.Cut(inner.Tag.Get("json"), ",")
				_, required := inner.Tag.Lookup("required")
				x.Members = append(x.Members, documentedField{name, "body", inner.Tag.Get("doc"), "", required})
			}
		case rawBody:
			x.Bytes = true
		case inPath, inQuery, inHeader:
			in := map[place]string{inPath: "path", inQuery: "query", inHeader: "header"}[f.in]
			x.Fields = append(x.Fields, documentedField{f.name, in, f.doc, f.example, f.required})
			if f.example != "" && f.in == inPath {
				path = strings.Replace(path, "{"+f.name+"}", f.example, 1)
			}
			if f.in == inQuery && f.required {
				query += "&" + f.name + "={" + f.name + "}"
			}
		}
	}
	if query != "" {
		path += "?" + query[1:]
	}
	var curl strings.Builder
	curl.WriteString("curl -H \"Authorization: Bearer $TOKEN\"")
	if x.Purpose {
		curl.WriteString(" -H 'Attune-Purpose: treatment'")
	}
	if o.Method != http.MethodGet {
		media := "application/json"
		if x.Bytes {
			media = rawMedia
		}
		curl.WriteString(" \\\n  -X " + o.Method + " -H 'Content-Type: " + media + "'")
	}
	for _, f := range fields {
		if f.in == inHeader {
			curl.WriteString(" -H '" + f.name + ": …'")
		}
	}
	if hasBody(fields) {
		one, err := o.exampleBody(fields)
		if err != nil {
			return x, err
		}
		var text bytes.Buffer
		if err := json.Indent(&text, one, "", "  "); err != nil {
			return x, err
		}
		x.Body = text.String()
		curl.WriteString(" \\\n  -d '" + strings.ReplaceAll(string(one), "'", `'\''`) + "'")
	}
	if x.Bytes {
		curl.WriteString(" \\\n  --data-binary @FILE")
	}
	curl.WriteString(" \\\n  '$ATTUNE" + path + "'")
	x.Curl = strings.ReplaceAll(curl.String(), "'$ATTUNE"+path+"'", "\"$ATTUNE"+path+"\"")
	if o.out == reflect.TypeFor[Text]() {
		x.Answer = "a file"
		return x, nil
	}
	text, err := json.MarshalIndent(sample(o.out, 0), "", "  ")
	x.Answer = string(text)
	return x, err
}

// sample is how a value of a type is written, with what sort of thing stands where.
func sample(t reflect.Type, depth int) any {
	const deepest = 6
	switch {
	case depth > deepest:
		return "…"
	case isText(t):
		return "text"
	case isOwnJSON(t):
		if s, is := reflect.Zero(t).Interface().(Schemed); is {
			return s.JSONSchema()
		}
		return "…"
	}
	switch t.Kind() { //nolint:exhaustive // the rest is text
	case reflect.Bool:
		return false
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		return 0
	case reflect.Pointer:
		return sample(t.Elem(), depth)
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return "base64"
		}
		return []any{sample(t.Elem(), depth+1)}
	case reflect.Map:
		return map[string]any{"…": sample(t.Elem(), depth+1)}
	case reflect.Struct:
		out := map[string]any{}
		for i := range t.NumField() {
			f := t.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			switch {
			case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
				if inner, is := sample(f.Type, depth).(map[string]any); is {
					for k, v := range inner {
						out[k] = v
					}
				}
			case f.IsExported() && name != "-":
				if name == "" {
					name = f.Name
				}
				out[name] = sample(f.Type, depth+1)
			}
		}
		return out
	}
	return "text"
}
