package api

import "reflect"

// Taken is something that an operation takes: where it stands in a request, under which name, and whether it names a person and must be there.
type Taken struct {
	// In is path, query, header or body; Whole tells that it is the whole body, which has no name.
	In, Name               string
	Whole, Whom, Required  bool
	Text, List, Number, Is bool
}

// Takes is what an operation takes, for those who make requests of all of them.
func (o *Operation) Takes() ([]Taken, error) {
	fields, err := fieldsOf(o.in)
	if err != nil {
		return nil, err
	}
	places := map[place]string{inBody: "body", wholeBody: "body", inPath: "path", inQuery: "query", inHeader: "header"}
	var out []Taken
	for _, f := range fields {
		k := f.typ.Kind()
		out = append(out, Taken{
			In: places[f.in], Name: f.name, Whole: f.in == wholeBody, Whom: f.whom, Required: f.required,
			Text: k == reflect.String, List: k == reflect.Slice, Number: k == reflect.Int || k == reflect.Int64 || k == reflect.Float64, Is: k == reflect.Bool,
		})
	}
	return out, nil
}
