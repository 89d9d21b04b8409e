// Command formdocs writes what is known of a program's files into the documentation: the tables of
// docs/reference/program.md and the JSON Schemas beside it, both from the forms in core/program; and the form of maps
// of tables (internal/csvmap) into docs/interop/csv.md. It is
// run by go generate; its test holds the committed files to the forms.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"attune/core/event"
	"attune/core/form"
	"attune/core/program"
	"attune/internal/csvmap"
)

//go:generate go run . ../../docs/reference

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: formdocs FOLDER")
		os.Exit(2)
	}
	err := generate(os.Args[1])
	if err == nil {
		err = generateMaps(filepath.Join(os.Args[1], mapsPage))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "formdocs:", err)
		os.Exit(1)
	}
}

// generate writes the schemas into the folder and the tables into its program.md.
func generate(dir string) error {
	events, documents := event.Standard().Names(), program.Documents()
	whole, err := form.Schema(documents, events)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "program.schema.json"), whole, 0o644); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, "schemas"), 0o755); err != nil {
		return err
	}
	for _, d := range append(documents[:len(documents):len(documents)], csvmap.Document()) {
		schema, err := d.Schema(events)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "schemas", d.SchemaFile()), schema, 0o644); err != nil {
			return err
		}
	}
	page := filepath.Join(dir, "program.md")
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	text, err = fill(text, tables(documents))
	if err != nil {
		return fmt.Errorf("%s: %w", page, err)
	}
	return os.WriteFile(page, text, 0o644)
}

// mapsPage is the page about maps of tables, beside the reference.
const mapsPage = "../interop/csv.md"

// generateMaps writes the form of maps into their page.
func generateMaps(page string) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	value := csvmap.Value()
	name := value.Name
	value.Name = "" // on this page it has its place
	tables := map[string]string{
		csvmap.Form().Name: strings.ReplaceAll(table(rows("", csvmap.Form())), "](events.md)", "](../reference/events.md)"),
		name:               table(below(name, value)),
	}
	if text, err = fill(text, tables); err != nil {
		return fmt.Errorf("%s: %w", page, err)
	}
	return os.WriteFile(page, text, 0o644)
}

// tables writes the tables of the page by their names: the files, and the fields of each of them.
func tables(documents []form.Document) map[string]string {
	out := map[string]string{}
	files := strings.Builder{}
	files.WriteString("| file | needed | holds |\n|---|---|---|\n")
	for _, d := range documents {
		fmt.Fprintf(&files, "| [`%s`](#%s) | %s | %s |\n", d.File, anchor(d.File), needed(d.Needed), d.Form.Says)
		out[d.Form.Name] = table(rows("", d.Form))
		for _, f := range d.Form.Fields {
			if list, ok := f.Type.(form.List); ok && name(list.Of) == "step" {
				out["step"] = table(steps(list.Of))
			}
		}
	}
	out["files"] = files.String()
	return out
}

// anchor is how a heading can be linked to.
func anchor(heading string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c == '_' || c == '-' {
			return c
		}
		return -1
	}, heading)
}

func needed(yes bool) string {
	if yes {
		return "yes"
	}
	return ""
}

type row struct {
	path, says, example string
	needed              bool
	of                  form.Type
}

func table(rows []row) string {
	var b strings.Builder
	b.WriteString("| field | value | needed | says | example |\n|---|---|---|---|---|\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | `%s` |\n", r.path, describe(r.of), needed(r.needed), cell(r.says), cell(r.example))
	}
	return b.String()
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// rows lists the fields of a form and of all within it, each with the path to it.
func rows(path string, f form.Form) []row {
	var out []row
	for _, field := range f.Fields {
		at := path + field.Name
		says := field.Says
		if field.Tighten != form.Unshared {
			says += " Under a [standard](#standardsyaml): " + field.Tighten.String() + "."
		}
		out = append(out, row{at, says, field.Example, field.Required, field.Type})
		out = append(out, below(at, field.Type)...)
	}
	return out
}

// below lists the fields of forms within a type.
func below(path string, t form.Type) []row {
	switch t := t.(type) {
	case form.Form:
		if file(t) != "" { // it has a section of its own
			return nil
		}
		return rows(path+".", t)
	case form.List:
		return below(path+"[]", t.Of)
	case form.Map:
		return below(path+".NAME", t.Value)
	case form.Either:
		if t.Name != "" { // it has a section of its own
			return nil
		}
		var out []row
		for _, option := range t.Of {
			for _, r := range below(path, option) {
				if !slices.ContainsFunc(out, func(known row) bool { return known.path == r.path }) {
					r.needed = false // it is so in one of several ways only
					out = append(out, r)
				}
			}
		}
		return out
	case form.Text, form.Name, form.Ref, form.Number, form.Count, form.Duration, form.Clock, form.Date, form.Instant, form.Flag, form.Language, form.Word, form.Expression,
		form.EventName, form.EventField:
	}
	return nil
}

// steps lists each kind of step with what is particular to it.
func steps(t form.Type) []row {
	either, _ := t.(form.Either)
	var out []row
	for _, option := range either.Of {
		f, ok := option.(form.Form)
		if !ok {
			continue
		}
		for _, r := range rows("", f) {
			if r.path != "id" && r.path != "next" {
				r.needed = r.needed && strings.Contains(r.path, ".")
				out = append(out, r)
			}
		}
	}
	return out
}

// file is the one that a form describes, or empty.
func file(f form.Form) string {
	for _, d := range program.Documents() {
		if f.Name != "" && d.Form.Name == f.Name {
			return d.File
		}
	}
	return ""
}

func name(t form.Type) string {
	either, _ := t.(form.Either)
	return either.Name
}

// describe names a type for people.
func describe(t form.Type) string {
	switch t := t.(type) {
	case form.Text:
		return "text"
	case form.Name:
		return "name"
	case form.Ref:
		return "the name of " + article(t.To)
	case form.Number:
		return "number"
	case form.Count:
		return "whole number"
	case form.Duration:
		return "duration"
	case form.Clock:
		return "time of day"
	case form.Date:
		return "date"
	case form.Instant:
		return "point in time"
	case form.Flag:
		return "`true` or `false`"
	case form.Language:
		return "language"
	case form.Word:
		return "`" + strings.Join(t.Of, "`, `") + "`"
	case form.Expression:
		return "[expression](#conditions)"
	case form.EventName:
		return "[event](events.md)"
	case form.EventField:
		return "`event.FIELD`"
	case form.List:
		if t.Alone {
			return describe(t.Of) + ", or a list"
		}
		return "list of " + describe(t.Of)
	case form.Map:
		return "names and, for each, " + describe(t.Value)
	case form.Form:
		if name := file(t); name != "" {
			return fmt.Sprintf("the fields of [`%s`](#%s)", name, anchor(name))
		}
		return "fields"
	case form.Either:
		if t.Name != "" {
			return fmt.Sprintf("[%s](#%ss)", t.Name, t.Name)
		}
		return either(t)
	}
	return ""
}

func either(t form.Either) string {
	var out []string
	for _, option := range t.Of {
		if d := describe(option); !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	return strings.Join(out, " or ")
}

func article(word string) string {
	if strings.ContainsAny(word[:1], "aeio") {
		return "an " + word
	}
	return "a " + word
}

// fill puts each table between its marks: <!-- form NAME --> and <!-- end -->.
func fill(page []byte, tables map[string]string) ([]byte, error) {
	var out bytes.Buffer
	done := 0
	for {
		before, rest, found := bytes.Cut(page, []byte("<!-- form "))
		out.Write(before)
		if !found {
			break
		}
		name, rest, _ := bytes.Cut(rest, []byte(" -->\n"))
		_, rest, closed := bytes.Cut(rest, []byte("<!-- end -->"))
		table, known := tables[string(name)]
		if !closed || !known {
			return nil, fmt.Errorf("there is no form %q, or its mark has no end", name)
		}
		fmt.Fprintf(&out, "<!-- form %s -->\n%s<!-- end -->", name, table)
		page = rest
		done++
	}
	if done != len(tables) {
		return nil, errors.New("a form has no place on the page")
	}
	return out.Bytes(), nil
}
