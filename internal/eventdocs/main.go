// Command eventdocs writes docs/reference/events.md and its JSON Schema from the standard catalogue, so
// that both say what the code does. It is run by go generate; its tests hold the committed files to it,
// send every example through the Segment API, and validate it.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"attune/core/event"
)

//go:generate go run . ../../docs/reference/events.md ../../docs/reference/events.schema.json

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: eventdocs DOCUMENT SCHEMA")
		os.Exit(2)
	}
	if err := generate(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "eventdocs:", err)
		os.Exit(1)
	}
}

func generate(document, schema string) error {
	doc, err := render(event.Standard())
	if err != nil {
		return err
	}
	checked, err := event.Standard().Schema()
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(document, doc, 0o644), os.WriteFile(schema, checked, 0o644))
}

const preface = `# Events

<!-- Written by "make docs" from the standard catalogue in core/event; change that and run it again. -->

What Attune hears about, with the fields that rules may name. Everything else an event carries is
kept and shown, and no rule can ask about it. An event of another name is kept and counted too;
` + "`attune events arrivals`" + ` and the console's
[Arrivals](../console.md#arrivals) show which came, and a program [declares its own](program.md#eventsyaml).

The same as a JSON Schema, for the body of a track call: [events.schema.json](events.schema.json).
` + "`attune events --schema`" + ` writes it, with the events of your programs if you name their folders.

Events come in over the Segment HTTP API at ` + "`/v1/`" + `, one at a time or in batches. Each example below
is one request body: send it to the path above it with a source's write key as the user name of Basic
authentication (` + "`attune keys add NAME`" + ` makes one). What every call may carry besides:

| member | says | without it |
| --- | --- | --- |
| ` + "`userId`" + ` or ` + "`anonymousId`" + ` | whom it happened to | the event goes into quarantine |
| ` + "`messageId`" + ` | the event's own id; sent again, it is the same event | its content is its id |
| ` + "`timestamp`" + ` | when it happened, RFC 3339 | when it arrived |

A field of the wrong type puts the event into quarantine, with the field and the remedy; nothing is
guessed. From there it is [sent again](http.md#quarantine) once it can be used. **Sensitivity** says what a value tells: *plain* nothing about health or identity, *personal*
who somebody is, *clinical* something about somebody's health. It decides which channels may carry it.

Some events **take an earlier one back**. They carry ` + "`revokes`" + `: the ` + "`messageId`" + ` of that event, as the same source
sent it.

| type | on the wire |
| --- | --- |
| text | a string |
| integer | a whole number |
| number | a number |
| flag | true or false |
| list | a list of strings |
| time | a string as RFC 3339, such as "2027-03-05T09:30:00Z" |
`

// render writes the whole document.
func render(c *event.Catalogue) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(preface)
	contents(&b, c)
	group := ""
	for _, d := range c.All() {
		if g, _, _ := strings.Cut(d.Name, "."); g != group {
			group = g
			fmt.Fprintf(&b, "\n## %s\n", group)
		}
		example, err := exampleOf(d)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "\n### %s\n\n%s\n", d.Name, d.Says)
		if d.Retracts {
			b.WriteString("It takes an earlier event back.\n")
		}
		if len(d.Fields) > 0 {
			b.WriteString("\n| field | type | unit | sensitivity | example |\n| --- | --- | --- | --- | --- |\n")
			for _, f := range d.Fields {
				fmt.Fprintf(&b, "| `%s` | %s | %s | %s | `%s` |\n", f.Name, typeOf(f), f.Unit, f.Sensitivity, f.Example)
			}
		}
		fmt.Fprintf(&b, "\n`POST %s`\n\n```json\n%s\n```\n", example.Path, example.Body)
	}
	return b.Bytes(), nil
}

// contents lists what events are about, each with a link.
func contents(b *bytes.Buffer, c *event.Catalogue) {
	var groups []string
	for _, d := range c.All() {
		if g, _, _ := strings.Cut(d.Name, "."); !slices.Contains(groups, "["+g+"](#"+g+")") {
			groups = append(groups, "["+g+"](#"+g+")")
		}
	}
	fmt.Fprintf(b, "\n%d events, about: %s.\n", len(c.All()), strings.Join(groups, " · "))
}

func typeOf(f event.FieldDef) string {
	if len(f.OneOf) == 0 {
		return f.Type.String()
	}
	return f.Type.String() + ", one of " + strings.Join(f.OneOf, ", ")
}

// example is one request to the Segment API.
type example struct{ Path, Body string }

// exampleOf builds the call that carries the event, from the examples of its fields.
func exampleOf(d event.Definition) (example, error) {
	fields := members{}
	for _, f := range d.Fields {
		if !json.Valid([]byte(f.Example)) {
			return example{}, fmt.Errorf("%s: the example of %s is not JSON: %s", d.Name, f.Name, f.Example)
		}
		fields = append(fields, member{f.Name, json.RawMessage(f.Example)})
	}
	body := members{{"userId", text("user-17")}, {"messageId", text("m-" + d.Name)}, {"timestamp", text("2027-03-01T09:00:00Z")}}
	path := "/v1/track"
	switch d.Name {
	case "traits.updated":
		path = "/v1/identify"
		body = append(body, member{"traits", members{{"first_name", text("Ana")}, {"language", text("es")}, {"timezone", text("America/New_York")}}.json()})
	case "page.viewed", "screen.viewed":
		path = "/v1/page"
		if d.Name == "screen.viewed" {
			path = "/v1/screen"
		}
		body = append(body, fields...)
	case "group.joined":
		path = "/v1/group"
		body = append(body, member{"groupId", fields[0].value})
	case "identity.linked":
		path = "/v1/alias"
		body = append(body, member{"previousId", fields[slices.IndexFunc(fields, func(m member) bool { return m.name == "previous" })].value})
	default:
		body = append(body, member{"event", text(d.Name)})
		if len(fields) > 0 {
			body = append(body, member{"properties", fields.json()})
		}
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, body.json(), "", "  "); err != nil {
		return example{}, fmt.Errorf("%s: %w", d.Name, err)
	}
	return example{path, pretty.String()}, nil
}

// members is a JSON object whose order is kept, so that the document always comes out the same.
type members []member

type member struct {
	name  string
	value json.RawMessage
}

func (m members) json() json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, x := range m {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%s:%s", text(x.name), x.value)
	}
	b.WriteByte('}')
	return b.Bytes()
}

func text(s string) json.RawMessage {
	b, _ := json.Marshal(s) // a string always can be
	return b
}
