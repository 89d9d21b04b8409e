package programdir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"attune/core/event"
	"attune/core/program"
	"attune/core/source"
)

const eventsFile = "events.yaml"

// Declare adds an event to the events.yaml of a program's folder, making the file when there is none,
// and returns the text that it added. A file that it cannot extend stays as it is.
func Declare(dir string, d event.Definition) (added string, err error) {
	if err := declarable(d); err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(dir, "program.yaml")); err != nil {
		return "", fmt.Errorf("%s is not a folder with a program.yaml in it", dir)
	}
	path := filepath.Join(dir, eventsFile)
	was, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("declare %s: %w", d.Name, err)
	}
	text, added, err := withEvent(path, was, d)
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return "", fmt.Errorf("declare %s: %w", d.Name, err)
	}
	return added, nil
}

// WithEvent is the text of an events.yaml with one event more, and what was added. A text that it cannot extend is an error.
func WithEvent(was string, d event.Definition) (text, added string, err error) {
	if err := declarable(d); err != nil {
		return "", "", err
	}
	return withEvent(eventsFile, []byte(was), d)
}

func withEvent(path string, was []byte, d event.Definition) (text, added string, err error) {
	before, known, indent, err := declared(was)
	if err != nil {
		return "", "", fmt.Errorf("declare %s: %w", d.Name, err)
	}
	if _, twice := known[d.Name]; twice {
		return "", "", fmt.Errorf("%s is declared in %s already", d.Name, path)
	}
	added = asYAML(d, indent)
	_, after, _, err := declared([]byte(before + added))
	if _, there := after[d.Name]; err != nil || !there || len(after) != len(known)+1 {
		return "", "", fmt.Errorf("%s is written in a way that cannot be extended; add this to its events yourself:\n%s", path, added)
	}
	return before + added, added, nil
}

// declarable tells why an event cannot be declared there at all.
func declarable(d event.Definition) error {
	if _, standard := event.Standard().Find(d.Name); standard {
		return fmt.Errorf("%s is an event of the standard catalogue: rules may use it as it is", d.Name)
	}
	if !program.CanNameEvent(d.Name) {
		return fmt.Errorf("%q cannot be the name of an event: write what it is about, a dot and what happened, in small letters, such as foot_check.sent, and let the source send it under that name", d.Name)
	}
	return nil
}

// declared reads the file as it is: its text, ready for more; the names of its events; and how far
// they are indented.
func declared(text []byte) (before string, names map[string]bool, indent string, err error) {
	var problems source.Problems
	tree := ParseYAML(eventsFile, text, &problems)
	if !problems.Empty() {
		return "", nil, "", fmt.Errorf("%s", problems.List()[0])
	}
	before, names, indent = strings.TrimRight(string(text), "\n"), map[string]bool{}, "  "
	if before != "" {
		before += "\n"
	}
	events := tree.Get("events")
	if tree == nil {
		before += "events:\n"
	}
	if events != nil {
		for i, f := range events.Fields {
			names[f.Name] = true
			if i == 0 && f.Pos.Column > 1 {
				indent = strings.Repeat(" ", f.Pos.Column-1)
			}
		}
	}
	return before, names, indent, nil
}

// asYAML writes a declaration as one would by hand.
func asYAML(d event.Definition, indent string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s:\n%s  says: %s\n", indent, d.Name, indent, quoted(d.Says))
	if len(d.Fields) > 0 {
		fmt.Fprintf(&b, "%s  fields:\n", indent)
	}
	for _, f := range d.Fields {
		fmt.Fprintf(&b, "%s    %s: {type: %s, sensitivity: %s}\n", indent, f.Name, f.Type, f.Sensitivity)
	}
	return b.String()
}

// quoted writes a text as JSON, which is YAML too.
func quoted(s string) string {
	b, _ := json.Marshal(s) // a string always can be
	return string(b)
}
