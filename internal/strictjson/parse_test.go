package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
)

func TestParseReads(t *testing.T) {
	d, err := Parse([]byte(` {"a":[1,-2.5e3,true,null,"x\u00e9\ud83d\ude00\n"],"b":{}} `))
	if err != nil || d.Flaws != nil {
		t.Fatal(err, d.Flaws)
	}
	a := d.Root.Get("a").Items
	if n, ok := a[0].Integer(); n != 1 || !ok {
		t.Error("the integer is", n, ok)
	}
	if _, ok := a[1].Integer(); ok {
		t.Error("-2.5e3 was taken for an integer")
	}
	if f, _ := a[1].Float(); f != -2500 {
		t.Error("the decimal is", f)
	}
	if !a[2].IsTrue() || a[3].Given() || a[4].Text != "xé😀\n" {
		t.Errorf("read %+v", a)
	}
	if d.Root.Get("nothing").Kind != Absent {
		t.Error("a member that is not there is not absent")
	}
}

// Each row is a body that cannot be read, and what its sender is told.
func TestParseRefuses(t *testing.T) {
	for body, want := range map[string]string{
		``:                       "byte 0: the JSON ends too early; send the whole body; a value was expected",
		`{"a":1`:                 "byte 6: the JSON ends too early; send the whole body; a comma or the end of the object was expected",
		`{a:1}`:                  "byte 1: this is not JSON; a name in double quotes was expected here",
		`{"a":1,}`:               "byte 7: this is not JSON; a name in double quotes was expected here",
		`[1 2]`:                  "byte 3: this is not JSON; a comma or the end of the list was expected here",
		`{"a" 1}`:                "byte 5: this is not JSON; a colon was expected here",
		`01`:                     "byte 1: something follows the end of the JSON; send one JSON value per request",
		`1.`:                     "byte 2: the JSON ends too early; send the whole body; a digit was expected",
		`"\x"`:                   `byte 2: this is not JSON; one of \" \\ \/ \b \f \n \r \t \u0000 was expected here`,
		"\"a\nb\"":               `byte 2: this is not JSON; an escape such as \n in place of a control character was expected here`,
		"\xef\xbb\xbf{}":         "byte 0: the text begins with a byte order mark; send JSON as UTF-8 without one",
		`{"a":1}{"b":2}`:         "byte 7: something follows the end of the JSON; send one JSON value per request",
		`{"SECRET": tru}`:        "byte 11: this is not JSON; a value was expected here",
		strings.Repeat("[", 300): "byte 256: the JSON is nested too deeply; nest at most 32 levels",
		"[" + strings.Repeat("1,", MaxValues) + "1]": fmt.Sprintf("byte %d: the JSON has too many values; send at most 200000 in one request", 2*MaxValues-1),
	} {
		_, err := Parse([]byte(body))
		if err == nil || err.Error() != want {
			t.Errorf("%.40q: got %v, want %s", body, err, want)
		}
		if e := (*Error)(nil); err != nil && !errors.As(err, &e) {
			t.Errorf("%.40q: the error is a %T", body, err)
		}
	}
}

// Each row is JSON that encoding/json accepts and Attune does not trust.
func TestParseFindsFlaws(t *testing.T) {
	for body, want := range map[string]string{
		`{"active":true,"active":false}`: "byte 15: a name occurs twice",
		`{"active":true,"ACTIVE":false}`: "byte 15: two names in one object differ only by upper and lower case",
		"{\"k\":1,\"\u212a\":2}":         "byte 7: two names in one object differ only by upper and lower case",
		`{"a":{"x":1,"\u0078":2}}`:       "byte 12: a name occurs twice",
		"[\"\xff\"]":                     "byte 1: text is not valid Unicode",
		`["\ud800"]`:                     "byte 1: text is not valid Unicode",
		`["\ud800\u0041"]`:               "byte 1: text is not valid Unicode",
		`[1e999]`:                        "byte 1: a number is too large",
		strings.Repeat("[", 33) + strings.Repeat("]", 33): "byte 32: this is nested too deeply",
		manyNames(40) + `,"N7":1}`:                        fmt.Sprintf("byte %d: two names in one object differ", len(manyNames(40))+1),
	} {
		d, err := Parse([]byte(body))
		if err != nil {
			t.Errorf("%.40q: %v", body, err)
			continue
		}
		if f := d.Flaw(&d.Root); f == nil || !strings.HasPrefix(f.Error(), want) {
			t.Errorf("%.40q: got %v, want %s", body, f, want)
		}
	}
	for _, body := range []string{`{"a":1,"b":{"a":2}}`, strings.Repeat("[", 32) + strings.Repeat("]", 32), `["\ud83d\ude00"]`, manyNames(40) + "}"} {
		if d, err := Parse([]byte(body)); err != nil || d.Flaws != nil {
			t.Errorf("%.40q: got %v %v, want no flaw", body, err, d.Flaws)
		}
	}
}

func manyNames(n int) string {
	var b strings.Builder
	b.WriteString("{")
	for i := range n {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `"n%d":1`, i)
	}
	return b.String()
}

func TestAFlawBelongsToItsPart(t *testing.T) {
	d, err := Parse([]byte(`{"batch":[{"a":1},{"a":1,"A":2},{"a":1}],"x":1}`))
	if err != nil {
		t.Fatal(err)
	}
	list := d.Root.Get("batch")
	for i, want := range []bool{false, true, false} {
		if got := d.Flaw(&list.Items[i]) != nil; got != want {
			t.Errorf("event %d: flawed is %v, want %v", i, got, want)
		}
	}
	if f := d.FlawOutside(list); f != nil {
		t.Errorf("the envelope is called flawed: %v", f)
	}
	d, _ = Parse([]byte(`{"batch":[{"a":1}],"x":1,"X":1}`))
	if d.FlawOutside(d.Root.Get("batch")) == nil {
		t.Error("the envelope's flaw was not found")
	}
}

// One parser reads one document after another as if each were the first.
func TestAParserIsUsedAgain(t *testing.T) {
	var p Parser
	docs := []string{`{"a":[1,{"b":[true,null,"x"]}],"c":{}}`, `{"a":1,"A":2}`, `[`, manyNames(60) + "}", `["\ud800"]`, `{"a":{"a":{"a":[[[]]]}}}`}
	for range 3 {
		for _, body := range docs {
			got, err := p.Parse([]byte(body))
			want, wantErr := Parse([]byte(body))
			if (err == nil) != (wantErr == nil) || err == nil && !reflect.DeepEqual(got, want) {
				t.Fatalf("%.40q: read %+v (%v), afresh %+v (%v)", body, got, err, want, wantErr)
			}
		}
	}
	if _, err := (&Parser{Values: 2}).Parse([]byte(`[1,2]`)); err == nil || !strings.Contains(err.Error(), "send at most 2") {
		t.Errorf("more values than allowed: %v", err)
	}
	if d, err := (&Parser{Depth: 2}).Parse([]byte(`[[[1]]]`)); err != nil || d.Flaw(&d.Root) == nil {
		t.Errorf("deeper than allowed: %v", err)
	}
}

// FuzzParse holds Parse against encoding/json: both accept the same bytes (limits apart), and where
// Parse finds no flaw both read the same values.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,-2.5e3,true,null,"x\u00e9"],"b":{}}`, `{"a":1,"A":2}`, `"\ud800"`, "\"\xff\"", `-0`, `1e999`, `[[[[]]]]`, `{"":0}`, "\xef\xbb\xbf1", ` 1 2`, `{"k":1,"K":2}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := Parse(data)
		if err != nil {
			if e := err.(*Error); e.Offset > len(data) || e.Reason == "" || e.Remedy == "" {
				t.Fatalf("the error %+v is not helpful", e)
			}
			if json.Valid(data) && !strings.Contains(err.Error(), "too deeply") && !strings.Contains(err.Error(), "too many") {
				t.Fatalf("encoding/json accepts %q, Parse says %v", data, err)
			}
			return
		}
		if !json.Valid(data) {
			t.Fatalf("encoding/json refuses %q, Parse accepts it", data)
		}
		if d.Flaw(&d.Root) != nil {
			return
		}
		if d.Flaws != nil {
			t.Fatalf("%v is outside of the document", d.Flaws)
		}
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.UseNumber()
		var want any
		if err := dec.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if _, err := dec.Token(); err != io.EOF {
			t.Fatal(err)
		}
		if got := plain(&d.Root); !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: Parse read %#v, encoding/json %#v", data, got, want)
		}
	})
}

func plain(v *Value) any {
	switch v.Kind {
	case Absent, Null:
		return nil
	case Bool:
		return v.IsTrue()
	case Number:
		return json.Number(v.Text)
	case String:
		return v.Text
	case Array:
		list := []any{}
		for i := range v.Items {
			list = append(list, plain(&v.Items[i]))
		}
		return list
	case Object:
		m := map[string]any{}
		for i := range v.Items {
			m[v.Names[i]] = plain(&v.Items[i])
		}
		return m
	}
	return nil
}
