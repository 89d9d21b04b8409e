package fhir_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"attune/core/event"
	"attune/core/expr"
	"attune/internal/clinical"
	"attune/internal/fhir"
)

var update = flag.Bool("update", false, "write the golden files anew")

var catalogue = event.Standard()

// golden holds what was found against a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what it was (go test ./internal/fhir -update writes it anew):\n%s", file, firstDifference(got, string(want)))
	}
}

func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			was := "nothing"
			if i < len(b) {
				was = b[i]
			}
			return fmt.Sprintf("line %d is\n%s\nand was\n%s", i+1, a[i], was)
		}
	}
	return "it is shorter"
}

// readAll reads all items.
func readAll(t testing.TB, r io.Reader, options fhir.Options) (items []fhir.Item) {
	t.Helper()
	for reader := fhir.NewReader(r, options); ; {
		item, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return items
		}
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, item)
	}
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// What each resource of the sample came to, and what is told of it, stands in record.golden.
func TestRecord(t *testing.T) {
	t.Parallel()
	items := readAll(t, bytes.NewReader(sample(t, "record.json")), fhir.Options{})
	var b strings.Builder
	versions := map[string][]clinical.Entry{}
	var order []string
	for _, item := range items {
		fmt.Fprintf(&b, "%s: %s", item.Where, item.Type)
		if item.Skipped {
			b.WriteString(", nothing is told of it")
		}
		b.WriteByte('\n')
		if item.Problem != nil {
			t.Error(item.Problem)
		}
		for _, n := range item.Notes {
			fmt.Fprintf(&b, "  note: %s\n", n)
		}
		for _, u := range item.Unknown {
			fmt.Fprintf(&b, "  unknown: %+v\n", u)
		}
		for _, e := range item.Entries {
			key := string(e.Kind) + "/" + e.ID
			if versions[key] == nil {
				order = append(order, key)
			}
			versions[key] = append(versions[key], e)
		}
	}
	told, said := map[string]bool{}, map[string]bool{}
	for _, key := range order {
		fmt.Fprintf(&b, "\n%s, %d versions\n", key, len(versions[key]))
		for _, e := range clinical.Tell(versions[key]) {
			kind := versions[key][0].Kind
			told[string(kind)+" "+e.Name] = true
			fmt.Fprintf(&b, "  %s %s %s of %s/%s%s\n", e.OccurredAt, e.Name, e.ID, e.Subject.Kind, e.Subject.ID, e.Subject.Identifier.Value)
			for _, p := range e.Props {
				said[string(kind)+" "+p.Name] = true
				fmt.Fprintf(&b, "    %s: %s %q\n", p.Name, p.Value.Type, p.Value.String())
			}
			if p := cmp.Or(undeclared(&e.Event), unlisted(kind, &e.Event)); p != "" {
				t.Error(p)
			}
		}
	}
	golden(t, "record.golden", b.String())
	for _, row := range clinical.Table() {
		if row.At == "when it is heard of" {
			continue
		}
		if !told[string(row.Kind)+" "+row.Event] {
			t.Errorf("the sample has no %s that tells %s", row.Kind, row.Event)
		}
		for _, name := range strings.Split(row.Props, ", ") {
			if !said[string(row.Kind)+" "+name] && !strings.Contains(name, " ") && name != "" {
				t.Errorf("no %s of the sample says %s", row.Kind, name)
			}
		}
	}
}

// unlisted says what of an event the documentation's table does not have.
func unlisted(kind clinical.Kind, e *event.Event) string {
	for _, row := range clinical.Table() {
		if row.Kind != kind || row.Event != e.Name {
			continue
		}
		for _, p := range e.Props {
			if e.Name != "patient.updated" && !slices.Contains(strings.Split(row.Props, ", "), p.Name) {
				return fmt.Sprintf("the table does not have %s of %s", p.Name, e.Name)
			}
		}
		return ""
	}
	return fmt.Sprintf("the table does not have %s of %s", e.Name, kind)
}

// undeclared says what of an event the catalogue does not have.
func undeclared(e *event.Event) string {
	d, known := catalogue.Find(e.Name)
	if !known {
		return e.Name + " is not in the catalogue"
	}
	bytes := 0
	for _, p := range e.Props {
		f := slices.IndexFunc(d.Fields, func(f event.FieldDef) bool { return f.Name == p.Name })
		if f < 0 {
			return e.Name + " has no field " + p.Name
		}
		if is := d.Fields[f].Type; p.Value.Type != is && p.Value.Type != expr.Missing {
			return e.Name + "." + p.Name + " is " + p.Value.Type.String()
		}
		bytes += len(p.Name) + len(p.Value.Text) + 8
		for _, s := range p.Value.List {
			bytes += len(s) + 2
		}
	}
	if bytes > 8<<10 || len(e.Props) > 64 || len(e.ID) > 256 {
		return e.Name + " is too large"
	}
	return ""
}

// The same resources one a line, in one Bundle, or written over many lines are read alike.
func TestFormsOfAFileAreReadAlike(t *testing.T) {
	t.Parallel()
	bundle := sample(t, "record.json")
	var parsed struct {
		Entry []struct{ Resource json.RawMessage }
	}
	if err := json.Unmarshal(bundle, &parsed); err != nil {
		t.Fatal(err)
	}
	var lines, pretty bytes.Buffer
	memory := fhir.NewMemory(0)
	for _, first := range append(fhir.First(), "") { // helpers first, as an importer does
		for _, e := range parsed.Entry {
			var kind struct{ ResourceType string }
			_ = json.Unmarshal(e.Resource, &kind)
			if is := slices.Contains(fhir.First(), kind.ResourceType); e.Resource != nil && (kind.ResourceType == first || first == "" && !is) {
				line := strings.ReplaceAll(string(e.Resource), "urn:uuid:6f0c1f0a-0000-4000-8000-000000000001", "Patient/ana")
				lines.WriteString(line + "\r\n\n")
				if err := json.Indent(&pretty, []byte(line), "", "  "); err != nil {
					t.Fatal(err)
				}
				pretty.WriteByte('\n')
			}
		}
	}
	entries := func(items []fhir.Item) (out []clinical.Entry) {
		for _, item := range items {
			if item.Problem != nil {
				t.Error(item.Problem)
			}
			for _, e := range item.Entries {
				if !e.Wrong {
					out = append(out, e)
				}
			}
		}
		slices.SortStableFunc(out, func(a, b clinical.Entry) int {
			return strings.Compare(fmt.Sprint(a.Kind, a.ID, a.Version), fmt.Sprint(b.Kind, b.ID, b.Version))
		})
		return out
	}
	want := entries(readAll(t, bytes.NewReader(bundle), fhir.Options{}))
	for name, text := range map[string][]byte{"lines": lines.Bytes(), "many lines": pretty.Bytes()} {
		got := entries(readAll(t, bytes.NewReader(text), fhir.Options{Remember: memory}))
		if len(got) != len(want) {
			t.Fatalf("%s: %d entries, in the Bundle %d", name, len(got), len(want))
		}
		for i := range got {
			if !reflect.DeepEqual(got[i], want[i]) {
				t.Errorf("%s: read\n%+v\nin the Bundle\n%+v", name, got[i], want[i])
			}
		}
	}
}

// In which order a Bundle's entries come does not matter: they refer to each other forwards and backwards.
func TestEntriesOfABundleComeInAnyOrder(t *testing.T) {
	t.Parallel()
	var bundle struct {
		ResourceType string            `json:"resourceType"`
		Entry        []json.RawMessage `json:"entry"`
	}
	if err := json.Unmarshal(sample(t, "record.json"), &bundle); err != nil {
		t.Fatal(err)
	}
	read := func(t rapid.TB, entries []json.RawMessage) map[string]int {
		bundle.Entry = entries
		text, err := json.Marshal(bundle)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]int{}
		for r := fhir.NewReader(bytes.NewReader(text), fhir.Options{}); ; {
			item, err := r.Next()
			if errors.Is(err, io.EOF) {
				return found
			}
			if err != nil || item.Problem != nil {
				t.Fatal(err, item.Problem)
			}
			for _, e := range item.Entries {
				found[fmt.Sprintf("%+v", e)]++
			}
		}
	}
	entries := bundle.Entry
	want := read(t, entries)
	rapid.Check(t, func(rt *rapid.T) {
		if got := read(rt, rapid.Permutation(entries).Draw(rt, "order")); !reflect.DeepEqual(got, want) {
			rt.Fatal("other entries were found")
		}
	})
}

// Each row is a file, and what is found in it. No word of the content is in what is said.
func TestProblems(t *testing.T) {
	t.Parallel()
	patient := `{"resourceType":"Patient","id":"ana"}`
	for _, c := range []struct {
		it, file string
		want     []string
	}{
		{"refuses what is no JSON and goes on", patient + "\n" + `{"resourceType":"Patient","id":"SECRET}` + "\n" + patient,
			[]string{"Patient", "line 2, Patient: byte 39 of the resource: the JSON ends too early; send the whole body; the closing quote of a text was expected", "Patient"}},
		{"refuses a line that was broken off, even the first", `{"resourceType":"Patient","id":"SE` + "\n" + patient, []string{"line 1, Patient: byte 34 of the resource: the JSON ends too early; send the whole body; the closing quote of a text was expected", "Patient"}},
		{"refuses a name that occurs twice", `{"resourceType":"Patient","id":"a","birthDate":"1956","birthDate":"1957"}` + "\n" + patient, []string{"line 1, Patient.birthDate: byte 54 of the resource: a name occurs twice in one object; send each name once", "Patient"}},
		{"names no element that FHIR has not", `{"resourceType":"Patient","SECRET":{"a":1,"a":2}}`, []string{"line 1, Patient: byte 42 of the resource: a name occurs twice in one object; send each name once"}},
		{"refuses broken UTF-8", "{\"resourceType\":\"Patient\",\"id\":\"a\",\"name\":[{\"family\":\"\xff\"}]}", []string{"line 1, Patient.name[0]: byte 53 of the resource: text is not valid Unicode; send text as UTF-8, and surrogate escapes in pairs"}},
		{"refuses a value of another type", `{"resourceType":"Encounter","id":"e","status":7,"subject":{"reference":"Patient/a"}}`, []string{"line 1, Encounter.status: found a number where FHIR has text; send the element as FHIR R4 defines it"}},
		{"names the place in a list", `{"resourceType":"Patient","id":"a","name":[{"family":"x"},{"family":["SECRET"]}]}`, []string{"Patient"}},
		{"refuses an impossible date", `{"resourceType":"Encounter","id":"e","status":"finished","subject":{"reference":"Patient/a"},"period":{"start":"2027-02-30"}}`,
			[]string{"line 1, Encounter.period.start: this is no date of FHIR's; write it as 2027, 2027-03, 2027-03-01 or 2027-03-01T22:30:00+01:00"}},
		{"refuses an id that is none", `{"resourceType":"Patient","id":"SECRET 1"}`, []string{"line 1, Patient.id: the id is none of FHIR's; write 1 to 64 letters, digits, hyphens and points"}},
		{"refuses a type that FHIR has not", `{"resourceType":"SECRET"}`, []string{"line 1: this is no resource of FHIR R4; name its type, as in \"resourceType\": \"Patient\""}},
		{"refuses what is no resource", `{"SECRET":"Patient"}` + "\n[1]\n\"SECRET\"", []string{
			"line 1: this is no resource of FHIR R4; name its type, as in \"resourceType\": \"Patient\"",
			"line 2: found a list where a resource belongs; send a resource as {\"resourceType\": …}",
			"line 3: found text where a resource belongs; send a resource as {\"resourceType\": …}"}},
		{"refuses an entry of a Bundle and not its neighbours", `{"resourceType":"Bundle","type":"batch","entry":[{"resource":` + patient + `},{"resource":{"resourceType":"Patient","id":["SECRET"]}},{"resource":` + patient + `}]}`,
			[]string{"Patient", "line 1, Bundle.entry[1], Patient.id: found a list where FHIR has text; send the element as FHIR R4 defines it", "Patient"}},
		{"refuses an entry that is no JSON and not its neighbours", `{"resourceType":"Bundle","entry":[{"resource":` + patient + `},{"resource":{"resourceType":"Patient","id" "SECRET"}},{"resource":` + patient + `}]}`,
			[]string{"Patient", "line 1, Bundle.entry[1], Patient: byte 31 of the resource: this is not JSON; a colon was expected here", "Patient"}},
		{"refuses a Bundle that ends too early", `{"resourceType":"Bundle","entry":[{"resource":` + patient + `}`, []string{"line 1, Bundle.entry[0], Bundle: byte 84: this is not JSON, or it ends too early; send the whole Bundle"}},
		{"refuses a deletion of it does not know what", `{"resourceType":"Bundle","entry":[{"request":{"method":"DELETE","url":"Patient/?name=SECRET"}}]}`, []string{"line 1, Bundle.entry[0], Bundle.entry.request.url: nothing says what was deleted; name it as Patient/1"}},
		{"reads nothing from nothing", " \n\n", nil},
		{"skips what nothing is told of, without reading it", `{"resourceType":"Claim","id":7,"id":8}`, []string{"Claim, skipped"}},
	} {
		var got []string
		for _, item := range readAll(t, strings.NewReader(c.file), fhir.Options{}) {
			switch {
			case item.Problem != nil:
				got = append(got, item.Problem.Error())
			case item.Skipped:
				got = append(got, item.Type+", skipped")
			default:
				got = append(got, item.Type)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("it %s:\n%s\nand not\n%s", c.it, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
		if strings.Contains(strings.Join(got, ""), "SECRET") {
			t.Errorf("it %s, and repeats the content", c.it)
		}
	}
}

func TestWhatIsTooLargeIsRefusedByName(t *testing.T) {
	t.Parallel()
	large := `{"resourceType":"Patient","id":"a","text":{"div":"` + strings.Repeat("x", 3<<20) + `"}}`
	file := large + "\n" + `{"resourceType":"Patient","id":"b"}`
	items := readAll(t, strings.NewReader(file), fhir.Options{MaxResource: 1 << 20})
	if len(items) != 2 || items[0].Problem == nil || items[0].Problem.Reason != "the resource has more than 1 MB" || len(items[1].Entries) != 1 {
		t.Errorf("read %+v", items)
	}
	items = readAll(t, strings.NewReader(file), fhir.Options{MaxBundle: 2 << 20})
	if len(items) != 2 || items[0].Problem == nil || items[0].Problem.Error() != "line 1: the document has more than 2 MB; send smaller Bundles, or one resource a line (NDJSON)" || len(items[1].Entries) != 1 {
		t.Errorf("read %+v", items)
	}
}

// Each row is a reference of an observation, and whom it is about.
func TestReferences(t *testing.T) {
	t.Parallel()
	for ref, want := range map[string]clinical.Reference{
		`{"reference":"Patient/ana"}`:                                        {Kind: "Patient", ID: "ana"},
		`{"reference":"Patient/ana/_history/3"}`:                             {Kind: "Patient", ID: "ana"},
		`{"reference":"http://own.example/fhir/Patient/ana"}`:                {Kind: "Patient", ID: "ana"},
		`{"reference":"http://other.example/fhir/Patient/ana"}`:              {Kind: "Patient", Identifier: clinical.Identifier{System: "urn:ietf:rfc:3986", Value: "http://other.example/fhir/Patient/ana"}},
		`{"reference":"urn:uuid:0c"}`:                                        {Kind: "Patient", ID: "in-the-bundle"},
		`{"reference":"urn:oid:1.2.3"}`:                                      {Kind: "Patient", ID: "1.2.3"},
		`{"reference":"urn:uuid:elsewhere"}`:                                 {Kind: "Patient", Identifier: clinical.Identifier{System: "urn:ietf:rfc:3986", Value: "urn:uuid:elsewhere"}},
		`{"reference":"Patient?identifier=http://mrn.example|1042"}`:         {Kind: "Patient", Identifier: clinical.Identifier{System: "http://mrn.example", Value: "1042"}},
		`{"reference":"Patient?identifier=http%3A%2F%2Fmrn.example%7C1042"}`: {Kind: "Patient", Identifier: clinical.Identifier{System: "http://mrn.example", Value: "1042"}},
		`{"identifier":{"system":"http://mrn.example","value":"1042"}}`:      {Kind: "Patient", Identifier: clinical.Identifier{System: "http://mrn.example", Value: "1042"}},
		`{"reference":"#p"}`:                                                 {Kind: "Patient", Identifier: clinical.Identifier{System: "http://mrn.example", Value: "77"}},
	} {
		bundle := `{"resourceType":"Bundle","type":"transaction","entry":[
{"resource":{"resourceType":"Observation","id":"o","status":"final","contained":[{"resourceType":"Patient","id":"p","identifier":[{"system":"http://mrn.example","value":"77"}]}],"code":{"text":"x"},"subject":` + ref + `,"valueInteger":1,"effectiveDateTime":"2027"}},
{"fullUrl":"urn:uuid:0c","resource":{"resourceType":"Patient","id":"in-the-bundle"}},
{"fullUrl":"urn:oid:1.2.3","resource":{"resourceType":"Patient"}}]}`
		items := readAll(t, strings.NewReader(bundle), fhir.Options{Base: "http://own.example/fhir"})
		if len(items[0].Entries) != 1 || items[0].Entries[0].Subject != want {
			t.Errorf("%s: %+v, not %+v", ref, items[0], want)
		}
	}
}

// What a server is asked to search for and delete says nothing of a record; the report tells that it was passed over.
func TestADeletionBySearchTellsNothing(t *testing.T) {
	t.Parallel()
	item := readAll(t, strings.NewReader(`{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"DELETE","url":"Patient?identifier=SECRET"}}]}`), fhir.Options{})[0]
	if item.Type != "Patient" || !item.Skipped || len(item.Entries) > 0 || len(item.Notes) != 1 || strings.Contains(item.Notes[0], "SECRET") || item.Problem != nil {
		t.Errorf("%+v", item)
	}
}

// What others point to may be in a later Bundle, or beside it, and point further itself.
func TestBundlesAreGoneThroughForWhatOthersPointTo(t *testing.T) {
	t.Parallel()
	visit := `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Encounter","id":"e","status":"finished","subject":{"reference":"Patient/a"},"period":{"start":"2027-03-01"},"participant":[{"individual":{"reference":"PractitionerRole/r"}}]}}]}`
	role := `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"PractitionerRole","id":"r","practitioner":{"reference":"Practitioner/p"}}}]}`
	doctor := `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Practitioner","id":"p","name":[{"text":"Dr Achebe"}]}}]}`
	file, o := visit+"\n"+role+"\n"+doctor+"\n", fhir.Options{Remember: fhir.NewMemory(0)}
	if !fhir.Recall(strings.NewReader(file), o) {
		t.Error("a role may be called what somebody else is, and once was said to be enough")
	}
	fhir.Recall(strings.NewReader(file), o)
	told := clinical.Tell(readAll(t, strings.NewReader(file), o)[0].Entries)
	if len(told) == 0 || told[0].Field("practitioner").Text != "Dr Achebe" {
		t.Errorf("told %+v", told)
	}
}

// A value without its system is somebody else in every hospital: nothing is told of whom it means.
func TestAnIdentifierNeedsItsSystem(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		`{"resourceType":"Procedure","id":"p","status":"completed","subject":{"identifier":{"value":"12345"}},"performedDateTime":"2027"}`,
		`{"resourceType":"Patient","identifier":[{"value":"12345"}]}`,
		`{"resourceType":"Practitioner","identifier":[{"value":"12345"}]}`,
		`{"resourceType":"PractitionerRole","id":"r","practitioner":{"identifier":{"value":"12345"}}}`,
		`{"resourceType":"Communication","id":"m","status":"completed","sender":{"type":"Patient","identifier":{"value":"12345"}},"sent":"2027-01-01T00:00:00Z"}`,
		`{"resourceType":"Appointment","id":"a","status":"booked","participant":[{"actor":{"type":"Patient","identifier":{"value":"12345"}}}]}`,
	} {
		item := readAll(t, strings.NewReader(line), fhir.Options{})[0]
		if len(item.Entries) > 0 || len(item.Notes) != 1 || item.Problem != nil {
			t.Errorf("%s: %+v", line, item)
		}
	}
}

// A deletion is a version that was wrong; without a time it is the last. An appointment of two patients is theirs both.
func TestWhatIsTakenOutOfARecord(t *testing.T) {
	t.Parallel()
	visit := `{"resource":{"resourceType":"Encounter","id":"e","meta":{"lastUpdated":"2027-03-01T09:00:00Z"},"status":"finished","subject":{"reference":"Patient/a"},"period":{"start":"2027-03-01"}}}`
	for _, c := range []struct{ it, entries, want string }{
		{"takes it out", visit + `,{"request":{"method":"DELETE","url":"Encounter/e"}}`, ""},
		{"takes it out at the time of the Bundle", visit + `,{"request":{"method":"DELETE","url":"Encounter/e"}}],"timestamp":"2027-02-01T00:00:00Z","x":[1`, "care.encounter_started care.encounter_finished"},
		{"takes it out when it says so", visit + `,{"request":{"method":"DELETE","url":"Encounter/e"},"response":{"lastModified":"2027-03-02T00:00:00Z"}}`, ""},
		{"names a resource by where it is put", `{"resource":{"resourceType":"Procedure","status":"completed","subject":{"reference":"Patient/a"},"performedDateTime":"2027"},"request":{"method":"PUT","url":"Procedure/e"}}` +
			`,{"request":{"method":"DELETE","url":"http://own.example/fhir/Procedure/e"}}`, ""},
		{"takes an appointment from both", `{"resource":{"resourceType":"Appointment","id":"e","status":"booked","created":"2027","participant":[{"actor":{"reference":"Patient/a"}},{"actor":{"reference":"Patient/b"}}]}}` +
			`,{"resource":{"resourceType":"Appointment","id":"e","meta":{"lastUpdated":"2027-03-01T09:00:00Z"},"status":"entered-in-error","participant":[{"actor":{"reference":"Patient/a"}},{"actor":{"reference":"Patient/b"}}]}}`, ""},
	} {
		versions := map[string][]clinical.Entry{}
		for _, item := range readAll(t, strings.NewReader(`{"resourceType":"Bundle","type":"history","entry":[`+c.entries+`]}`), fhir.Options{}) {
			if item.Problem != nil {
				t.Error(item.Problem)
			}
			for _, e := range item.Entries {
				versions[e.ID] = append(versions[e.ID], e)
			}
		}
		var told []string
		for id, v := range versions {
			if len(v) != 2 {
				t.Errorf("it %s: %s has %d versions", c.it, id, len(v))
			}
			for _, e := range clinical.Tell(v) {
				told = append(told, e.Name)
			}
		}
		if got := strings.Join(told, " "); got != c.want {
			t.Errorf("it %s: tells %q, not %q", c.it, got, c.want)
		}
	}
}

func TestCodesOfASourceAreMapped(t *testing.T) {
	t.Parallel()
	line := `{"resourceType":"Condition","id":"c","code":{"coding":[{"system":"urn:local","code":"DM2","display":"Diabetes"}]},"subject":{"reference":"Patient/a"},"onsetDateTime":"2019"}`
	items := readAll(t, strings.NewReader(line), fhir.Options{})
	want := []fhir.Unknown{{Type: "Condition", Element: "code", Code: fhir.Code{System: "urn:local", Code: "DM2"}, Display: "Diabetes"}}
	if !reflect.DeepEqual(items[0].Unknown, want) {
		t.Errorf("unknown are %+v", items[0].Unknown)
	}
	items = readAll(t, strings.NewReader(line), fhir.Options{Codes: map[fhir.Code]fhir.Code{want[0].Code: {System: "http://snomed.info/sct", Code: "44054006"}}})
	told := clinical.Tell(items[0].Entries)
	if items[0].Unknown != nil || len(told) != 1 || told[0].Field("codes").String() != "44054006, DM2" {
		t.Errorf("unknown are %+v, told is %+v", items[0].Unknown, told)
	}
}

// endless writes the same line again and again.
type endless struct {
	line []byte
	left int
}

func (e *endless) Read(p []byte) (n int, err error) {
	for e.left > 0 && n+len(e.line) <= len(p) {
		n += copy(p[n:], e.line)
		e.left--
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// A file of any size takes no more memory than its largest resource: nothing of one is left when the next is read. It
// does not run beside others, whose memory would count.
func TestAFileOfAnySizeTakesTheSameMemory(t *testing.T) {
	line := []byte(`{"resourceType":"Observation","id":"o","status":"final","code":{"text":"` + strings.Repeat("x", 2000) + `"},"subject":{"reference":"Patient/a"},"valueInteger":1,"effectiveDateTime":"2027"}` + "\n")
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	r := fhir.NewReader(&endless{line: line, left: 20_000}, fhir.Options{}) // 43 MB
	for n := 0; ; n++ {
		if _, err := r.Next(); errors.Is(err, io.EOF) {
			break
		}
		if n%5000 == 4999 {
			if now := heap(); now > before+4<<20 {
				t.Fatalf("after %d resources %d KB are held", n+1, (now-before)>>10)
			}
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	m := fhir.NewMemory(1)
	readAll(t, strings.NewReader(`{"resourceType":"Location","id":"a","name":"A"}`+"\n"+`{"resourceType":"Location","id":"b","name":"B"}`), fhir.Options{Remember: m})
	if !m.Full() {
		t.Error("a memory for one thing has room for two")
	}
}
