package fhir_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"attune/internal/clinical"
	"attune/internal/fhir"
)

// Whatever comes in is read to its end. A resource is read alone as it is read in a Bundle, what is read is JSON, and what
// is told of it is as the catalogue says.
func FuzzReader(f *testing.F) {
	for line := range bytes.SplitSeq(sample(f, "record.json"), []byte("\n")) {
		if _, resource, ok := bytes.Cut(bytes.TrimSuffix(line, []byte(",")), []byte(`"resource": `)); ok {
			resource, _, _ = bytes.Cut(resource, []byte(`, "request": `))
			f.Add(resource)
		}
	}
	for _, s := range []string{`{"resourceType":"Bundle","entry":[{}]}`, "{\n", `{"resourceType":"Patient"}{"resourceType":"Patient"}`, `"\`, "[[[", `{"a":"\u0022"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		items := readAll(t, bytes.NewReader(data), fhir.Options{})
		for _, item := range items {
			for i := range item.Entries {
				for _, e := range clinical.Tell(item.Entries[i : i+1]) {
					if p := undeclared(&e.Event); p != "" {
						t.Fatal(p)
					}
				}
			}
		}
		if len(items) != 1 || items[0].Problem != nil || items[0].Skipped || bytes.ContainsAny(data, "\n\r") || items[0].Where.Entry >= 0 {
			return
		}
		if !json.Valid(data) {
			t.Fatalf("encoding/json refuses %q, and it was read", data)
		}
		in := readAll(t, strings.NewReader(`{"resourceType":"Bundle","entry":[{"resource":`+string(data)+`}]}`), fhir.Options{})
		if len(in) != 1 || !reflect.DeepEqual(in[0].Entries, items[0].Entries) {
			t.Fatalf("alone it is %+v, in a Bundle %+v", items[0], in)
		}
	})
}
