package main

import (
	"fmt"

	"attune/internal/programdir"
)

type schemaCmd struct {
	Program string `arg:"" help:"The folder of a program, such as programs/diabetes." type:"existingdir"`
}

func (schemaCmd) Help() string {
	return `Puts the JSON Schemas of a program's files into its folder .attune/schemas, and at the top of each
YAML file that has none a comment that names its schema. Editors with a YAML language server then
complete fields and events, tell what they mean, and mark mistakes while you write. Run it again
after declaring events or taking a newer Attune; what is up to date stays as it is.

Example: attune schema programs/diabetes`
}

func (c *schemaCmd) Run(s streams) error {
	commented, err := programdir.WriteSchemas(c.Program)
	if err != nil {
		return err
	}
	for _, name := range commented {
		fmt.Fprintf(s.out, "%s names its schema now\n", name)
	}
	fmt.Fprintf(s.out, "the schemas are in %s/.attune/schemas\n", c.Program)
	return nil
}
