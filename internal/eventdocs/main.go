// Command eventdocs writes docs/reference/events.md from the standard catalogue, so that the document
// says what the code does. It is run by go generate; its tests hold the committed file to it and send
// every example through the Segment API.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"attune/core/event"
)

//go:generate go run . ../../docs/reference/events.md

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: eventdocs FILE")
		os.Exit(2)
	}
	doc, err := render(event.Standard())
	if err == nil {
		err = os.WriteFile(os.Args[1], doc, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "eventdocs:", err)
		os.Exit(1)
	}
}

const preface = `# Events

<!-- Written by "make docs" from core/event/standard.go; change that and run it again. -->

What Attune hears about, with the fields that rules may name. Everything else an event carries is
kept and shown, and no rule can ask about it. An event of another name is kept and counted too.

Events come in over the Segment HTTP API at ` + "`/v1/`" + `, one at a time or in batches. Each example below
is one request body: send it to the path above it with a source's write key as the user name of Basic
authentication (` + "`attune keys add NAME`" + ` makes one). What every call may carry besides:

| member | says | without it |
| --- | --- | --- |
| ` + "`userId`" + ` or ` + "`anonymousId`" + ` | whom it happened to | the event goes into quarantine |
| ` + "`messageId`" + ` | the event's own id; sent again, it is the same event | its content is its id |
| ` + "`timestamp`" + ` | when it happened, RFC 3339 | when it arrived |

A field of the wrong type puts the event into quarantine, with the field and the remedy; nothing is
guessed. **Sensitivity** says what a value tells: *plain* nothing about health or identity, *personal*
who somebody is, *clinical* something about somebody's health. It decides which channels may carry it.

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
		if len(d.Fields) > 0 {
			b.WriteString("\n| field | type | unit | sensitivity | example |\n| --- | --- | --- | --- | --- |\n")
			for _, f := range d.Fields {
				fmt.Fprintf(&b, "| `%s` | %s | %s | %s | `%s` |\n", f.Name, f.Type, f.Unit, f.Sensitivity, f.Example)
			}
		}
		fmt.Fprintf(&b, "\n`POST %s`\n\n```json\n%s\n```\n", example.Path, example.Body)
	}
	return b.Bytes(), nil
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
		body = append(body, member{"previousId", fields[0].value})
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
