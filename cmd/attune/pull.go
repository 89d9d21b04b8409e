package main

import (
	"fmt"
	"strings"

	"attune/internal/app"
)

type pullCmd struct {
	Dir string `arg:"" help:"The folder to write the files into." type:"path"`
	dataFolder
	Release string `help:"Another release than the live one: its number in attune releases, or the beginning of its id." placeholder:"RELEASE"`
	Force   bool   `help:"Overwrite and take away files that no release has."`
}

func (pullCmd) Help() string {
	return `The files come back byte for byte as they were published: of one program straight into the folder,
of several each into a folder of its own. A folder with changes that were never published is left as
it is, and the files that differ are named, unless --force is given.

Example: attune pull programs/diabetes --data data`
}

func (c *pullCmd) Run(s streams) error {
	out, err := app.Pull(c.Data, c.Release, c.Dir, c.Force)
	if err != nil {
		return err
	}
	if len(out.Differ) > 0 {
		for _, path := range out.Differ {
			fmt.Fprintln(s.err, path)
		}
		fmt.Fprintf(s.err, "These files have changes that were never published; nothing was written. Pull into another folder, or give --force to lose them.\n")
		return errTold
	}
	fmt.Fprintf(s.out, "Release %.12s, number %d, is in %s.\n", out.Release, out.Number, strings.Join(out.Folders, ", "))
	return nil
}
