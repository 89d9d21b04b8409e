package programdir_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"attune/core/event"
	"attune/core/form"
	"attune/core/program"
	"attune/core/source"
	"attune/internal/programdir"
)

// shipped are programs with nothing wrong in them.
var shipped = []string{"../../programs/diabetes", "testdata/programs/living_well"}

// schemas compiles the schema of each kind of file alone, by its path.
func schemas(t testing.TB) map[string]*jsonschema.Schema {
	t.Helper()
	out := map[string]*jsonschema.Schema{}
	for _, d := range program.Documents() {
		text, err := d.Schema(event.Standard().Names())
		if err != nil {
			t.Fatal(err)
		}
		out[d.File] = compile(t, d.SchemaFile(), text)
	}
	return out
}

func compile(t testing.TB, name string, text []byte) *jsonschema.Schema {
	t.Helper()
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(name, schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// plain is a node as an editor sees it: what stands without quotes may be a number or a flag.
func plain(n *source.Node) any {
	switch n.Kind {
	case source.Null:
		return nil
	case source.List:
		out := []any{}
		for _, item := range n.Items {
			out = append(out, plain(item))
		}
		return out
	case source.Map:
		out := map[string]any{}
		for _, f := range n.Fields {
			out[f.Name] = plain(f.Value)
		}
		return out
	case source.Scalar:
	}
	if n.Quoted {
		return n.Text
	}
	switch n.Text {
	case "true", "True", "TRUE":
		return true
	case "false", "False", "FALSE":
		return false
	}
	if _, err := strconv.ParseFloat(n.Text, 64); err == nil && json.Valid([]byte(n.Text)) {
		return json.Number(n.Text)
	}
	return n.Text
}

// refused lists the files that their schemas refuse, with the reason.
func refused(all map[string]*jsonschema.Schema, trees map[string]*source.Node) map[string]error {
	out := map[string]error{}
	for path, tree := range trees {
		for _, d := range program.Documents() {
			if d.Holds(path) {
				if err := all[d.File].Validate(plain(tree)); err != nil {
					out[path] = err
				}
			}
		}
	}
	return out
}

func readFolder(t testing.TB, dir string) program.Folder {
	t.Helper()
	folder, found, err := programdir.Read(dir)
	if err != nil || len(found) > 0 {
		t.Fatal(found, err)
	}
	return folder
}

func TestSchemasAcceptWhatIsValid(t *testing.T) {
	t.Parallel()
	all := schemas(t)
	text, err := form.Schema(program.Documents(), event.Standard().Names())
	if err != nil {
		t.Fatal(err)
	}
	whole := compile(t, "program.schema.json", text)
	for _, dir := range shipped {
		folder := readFolder(t, dir)
		for path, err := range refused(all, folder.Trees) {
			t.Errorf("%s/%s: %v", dir, path, err)
		}
		files := map[string]any{}
		for path, tree := range folder.Trees {
			files[path] = plain(tree)
		}
		if err := whole.Validate(files); err != nil {
			t.Errorf("%s as a whole: %v", dir, err)
		}
		delete(files, "policy.yaml")
		if whole.Validate(files) == nil {
			t.Errorf("%s is accepted without its policy", dir)
		}
	}
}

// Every mistake about shapes that teams are told of is seen by an editor too.
func TestSchemasSeeMistakes(t *testing.T) {
	t.Parallel()
	all := schemas(t)
	for file, text := range map[string]string{
		"program.yaml":             "progam: care",
		"map.yaml":                 "phases: []",
		"signals.yaml":             "signals: {away: {onn: portal.visited}}",
		"audiences.yaml":           "audiences: {a: {says: x}}",
		"behaviors.yaml":           "behaviors: {a: {evidence: [{on: portal.visited, says: actions, weight: 2}]}}",
		"outcomes.yaml":            "outcomes: {a: {is: {on: portal.visited}, within: 10 days, value: 1}}",
		"valuesets.yaml":           "valuesets: {a: {codes: []}}",
		"words.yaml":               "words: {a: {English: [b]}}",
		"voice.yaml":               "{length: {sms: {segments: 0}}}",
		"standards/a.yaml":         "{standard: a, policy: {caps: 3}}",
		"policy.yaml":              `{sender: a, zone: UTC, contact_hours: {from: "8:00", to: "21:00"}, caps: [], consent: {jurisdiction: a}}`,
		"engagements/a.yaml":       "{engagement: a, purpose: b, audience: patients, value: 1, expires: 1d, variants: [{id: a, email: b}]}",
		"questionnaires/a.en.json": `{"resourceType": "Questionaire", "title": "a", "status": "active", "item": [{"linkId": "a", "type": "text"}]}`,
		"journeys/a.yaml":          "{journey: a, enter: {on: portal.visited}, steps: [{wait: 3d, send: b}]}",
	} {
		var found source.Problems
		tree := programdir.ParseYAML(file, []byte(text), &found)
		if len(refused(all, map[string]*source.Node{file: tree})) == 0 {
			t.Errorf("%s: %s is accepted", file, text)
		}
	}
}

// What the schemas refuse, the reader refuses too, and what the reader accepts, the schemas accept:
// programs with up to two nodes changed at random.
func TestSchemasAndReaderAgree(t *testing.T) {
	t.Parallel()
	all := schemas(t)
	var folders []program.Folder
	for _, dir := range shipped {
		folders = append(folders, readFolder(t, dir))
	}
	refusals, accepted := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		folder := rapid.SampledFrom(folders).Draw(t, "program")
		folder.Trees = maps.Clone(folder.Trees)
		paths := slices.Sorted(maps.Keys(folder.Trees))
		for range rapid.IntRange(0, 2).Draw(t, "changes") {
			path := rapid.SampledFrom(paths).Draw(t, "file")
			folder.Trees[path] = mutate(t, folder.Trees[path])
		}
		p, problems := program.Read(folder, zones())
		errs := refused(all, folder.Trees)
		if p != nil && len(errs) > 0 {
			t.Fatalf("the reader accepts what a schema refuses: %v", errs)
		}
		if p == nil && len(problems) == 0 {
			t.Fatal("neither a program nor a problem")
		}
		if len(errs) > 0 {
			refusals++
		} else if p != nil {
			accepted++
		}
	})
	if refusals == 0 || accepted == 0 {
		t.Errorf("of the changed programs %d were refused and %d accepted: changes of both kinds are needed", refusals, accepted)
	}
}

// mutate changes one node of a tree: most often one somewhere below.
func mutate(t *rapid.T, n *source.Node) *source.Node {
	out := *n
	out.Fields, out.Items = slices.Clone(n.Fields), slices.Clone(n.Items)
	deeper := rapid.IntRange(0, 9).Draw(t, "deeper") > 0
	switch {
	case n.Kind == source.Map && len(n.Fields) > 0:
		i := rapid.IntRange(0, len(n.Fields)-1).Draw(t, "field")
		switch {
		case deeper:
			out.Fields[i].Value = mutate(t, n.Fields[i].Value)
		case rapid.Bool().Draw(t, "drop"):
			out.Fields = slices.Delete(out.Fields, i, i+1)
		default:
			out.Fields[i].Name += rapid.SampledFrom([]string{"s", "-", "X", " "}).Draw(t, "ending")
		}
		return &out
	case n.Kind == source.List && len(n.Items) > 0 && deeper:
		i := rapid.IntRange(0, len(n.Items)-1).Draw(t, "item")
		out.Items[i] = mutate(t, n.Items[i])
		return &out
	}
	scalar := source.Node{Pos: n.Pos, Kind: source.Scalar, Quoted: rapid.Bool().Draw(t, "quoted")}
	switch rapid.IntRange(0, 5).Draw(t, "change") {
	case 0:
		return &source.Node{Pos: n.Pos, Kind: source.List, Items: []*source.Node{n}}
	case 1:
		return &source.Node{Pos: n.Pos, Kind: source.Map}
	case 2:
		return &source.Node{Pos: n.Pos, Kind: source.Null}
	case 3:
		scalar.Text = n.Text + rapid.SampledFrom([]string{"x", "0", ".", " "}).Draw(t, "more")
	default:
		scalar.Text = rapid.SampledFrom([]string{
			"", "exit", "once", "true", "12", "0", "-1", "0.25", "1e3", "01", "+1", "0x10", "1_000", ".5", "1.", "NaN", ".inf", "99999999999999", "7d", "0d",
			"30s", "08:00", "24:00", "24:01", "en", "pt-BR", "Action", "action", "an.event", "event.appointment", "a name", "a-name", "[", "é",
		}).Draw(t, "text")
	}
	return &scalar
}

// TestExamplesAreValid writes each field of each form as its example shows it: what documentation and
// editors show is what can be written.
func TestExamplesAreValid(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, d := range program.Documents() {
		eachForm(d.Form, func(f form.Form) {
			if f.Says == "" {
				t.Errorf("%s: a form without a word on it: %s %v", d.File, f.Title, f.Names())
			}
			for _, field := range f.Fields {
				seen++
				if field.Says == "" || !strings.HasSuffix(field.Says, ".") || field.Example == "" {
					t.Errorf("%s: %s says %q and shows %q", d.File, field.Name, field.Says, field.Example)
					continue
				}
				var found source.Problems
				value := field.Example
				if strings.Contains(value, `("`) && !strings.HasPrefix(value, "{") && !strings.HasPrefix(value, "[") {
					value = "'" + value + "'" // an expression, as it stands in a set of fields
				}
				tree := programdir.ParseYAML(d.File, []byte(field.Name+": "+value), &found)
				form.Form{Title: "x", Fields: []form.Field{field}}.Check(tree, &found)
				for _, p := range found.List() {
					t.Errorf("%s: the example of %s: %s", d.File, field.Name, p)
				}
			}
		})
	}
	if seen < 150 {
		t.Errorf("only %d fields were seen", seen)
	}
}

// eachForm visits a form and all within it.
func eachForm(t form.Type, visit func(form.Form)) {
	switch t := t.(type) {
	case form.Form:
		visit(t)
		for _, f := range t.Fields {
			eachForm(f.Type, visit)
		}
	case form.List:
		eachForm(t.Of, visit)
	case form.Map:
		eachForm(t.Value, visit)
	case form.Either:
		for _, option := range t.Of {
			eachForm(option, visit)
		}
	}
}

// The program living_well uses every field of every file but two, one that does not go with others and one that names
// what a data folder holds: they stand in a copy. And nothing of it is lost on the way: without a field, the program is another one or none.
func TestEveryFieldIsRead(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	fieldsAreRead(t, readFolder(t, "testdata/programs/living_well"), program.Documents(), used)
	fieldsAreRead(t, readFolder(t, beginning(t)), slices.DeleteFunc(program.Documents(), func(d form.Document) bool { return d.File != "policy.yaml" }), used)
	for _, d := range program.Documents() {
		eachForm(d.Form, func(f form.Form) {
			for _, name := range f.Names() {
				if !used[name] {
					t.Errorf("%s: no file uses %s", d.File, name)
				}
			}
		})
	}
}

// beginning is a copy of the program that begins for one clinic after the other, where nobody goes without, and that
// compares what it learns with a model.
func beginning(t *testing.T) string {
	t.Helper()
	all := t.TempDir()
	if err := os.CopyFS(all, os.DirFS("testdata/programs")); err != nil { // its standards stand beside it
		t.Fatal(err)
	}
	dir := filepath.Join(all, "living_well")
	path := filepath.Join(dir, "policy.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for was, is := range map[string]string{
		"  holdout: 0.05\n  control: 0.1\n":        "  begins: {by: clinic, from: 2027-03-01, every: 14d, steps: 6}\n",
		"  compare: {matched: 0.1, value: 0.05}\n": "  compare: {matched: 0.1, value: 0.05, model: {id: 0b6d2cf3d2a17e95, share: 0.1}}\n",
	} {
		if !bytes.Contains(text, []byte(was)) {
			t.Fatalf("the program does not say %q any more", was)
		}
		text = bytes.Replace(text, []byte(was), []byte(is), 1)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// fieldsAreRead takes each field of some files away, one after the other, and notes which there were.
func fieldsAreRead(t *testing.T, folder program.Folder, documents []form.Document, used map[string]bool) {
	t.Helper()
	whole := dump(t, folder)
	for _, d := range documents {
		for path, tree := range folder.Trees {
			if !d.Holds(path) {
				continue
			}
			without(tree, func(name string, changed *source.Node) {
				used[name] = true
				trees := maps.Clone(folder.Trees)
				trees[path] = changed
				implied := name == "coordination" || d.Form.Name == "questionnaire" && name == "language" // decided is what holds without it; the file is named by its language
				if dump(t, program.Folder{Trees: trees, Texts: folder.Texts}) == whole && !implied {
					t.Errorf("%s: %s is lost", path, name)
				}
			})
		}
	}
}

// dump writes all that was read of a program, or what is wrong with it.
func dump(t *testing.T, f program.Folder) string {
	t.Helper()
	p, found := program.Read(f, zones())
	if p == nil {
		return fmt.Sprint(found)
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// without visits a tree once for each of its fields, with that field taken out.
func without(n *source.Node, visit func(name string, changed *source.Node)) {
	for i, f := range n.Fields {
		out := *n
		out.Fields = slices.Delete(slices.Clone(n.Fields), i, i+1)
		visit(f.Name, &out)
		without(f.Value, func(name string, changed *source.Node) {
			out := *n
			out.Fields = slices.Clone(n.Fields)
			out.Fields[i].Value = changed
			visit(name, &out)
		})
	}
	for i, item := range n.Items {
		without(item, func(name string, changed *source.Node) {
			out := *n
			out.Items = slices.Clone(n.Items)
			out.Items[i] = changed
			visit(name, &out)
		})
	}
}
