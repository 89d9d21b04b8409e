package programdir

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"attune/core/event"
	"attune/core/program"
)

// schemas is where a program's editors find its schemas. It is passed over when the program is read.
const schemas = ".attune/schemas"

// modeline begins the comment by which a YAML file names its schema.
const modeline = "# yaml-language-server: $schema="

// WriteSchemas puts the schemas of its files into a program's folder, and at the top of each file that
// names none a comment that names its own, by which editors find it. It returns the files that got the
// comment. Events that the program declares are suggested like those of the catalogue.
func WriteSchemas(dir string) (commented []string, err error) {
	files, _, err := ReadFiles(dir)
	if err != nil {
		return nil, err
	}
	folder, _ := trees(files)
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("write schemas: %w", err)
	}
	defer root.Close()
	if err := root.MkdirAll(schemas, 0o755); err != nil {
		return nil, fmt.Errorf("write schemas: %w", err)
	}
	events := eventNames(folder)
	for _, d := range program.Documents() {
		text, err := d.Schema(events)
		if err != nil {
			return nil, err
		}
		if err := root.WriteFile(filepath.Join(schemas, d.SchemaFile()), text, 0o644); err != nil {
			return nil, fmt.Errorf("write schemas: %w", err)
		}
		for name, text := range folder.Texts {
			if !d.Holds(name) || !strings.HasSuffix(name, ".yaml") || files.Places[name] != "" || strings.Contains(text, modeline) {
				continue
			}
			up := strings.Repeat("../", strings.Count(name, "/"))
			if err := root.WriteFile(name, []byte(modeline+path.Join(up+schemas, d.SchemaFile())+"\n"+text), 0o644); err != nil {
				return nil, fmt.Errorf("name the schema: %w", err)
			}
			commented = append(commented, name)
		}
	}
	slices.Sort(commented)
	return commented, nil
}

// SchemasOf are the JSON Schemas of a program's files, by what their files are called.
func SchemasOf(folder program.Folder) (map[string][]byte, error) {
	out := map[string][]byte{}
	events := eventNames(folder)
	for _, d := range program.Documents() {
		text, err := d.Schema(events)
		if err != nil {
			return nil, err
		}
		out[d.SchemaFile()] = text
	}
	return out, nil
}

// eventNames are those of the catalogue and those that the program declares, even while other parts of
// it are wrong.
func eventNames(f program.Folder) []string {
	names := slices.Clone(event.Standard().Names())
	if declared := f.Trees["events.yaml"].Get("events"); declared != nil {
		for _, d := range declared.Fields {
			if program.CanNameEvent(d.Name) && !slices.Contains(names, d.Name) {
				names = append(names, d.Name)
			}
		}
	}
	return names
}
