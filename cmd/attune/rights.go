package main

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"attune/internal/app"
)

// peopleRights are what people may ask for, besides being erased.
type peopleRights struct {
	Export peopleExportCmd `cmd:"" help:"Write down all that is held of somebody, for them."`
}

type peopleExportCmd struct {
	Who string `arg:"" help:"A person's id, or SYSTEM:VALUE as a source knows them, such as app:user-17."`
	dataFolder
	Out    string `help:"Where to: a folder, or a file that ends in .zip. It must not be there yet." required:"" type:"path" placeholder:"FOLDER|FILE.zip"`
	By     string `help:"Who asks for it." required:"" placeholder:"NAME"`
	Reason string `help:"Why, such as that they asked for it in a letter. It is sealed with the person's own key." placeholder:"TEXT"`
}

func (peopleExportCmd) Help() string {
	return `What is written is one page to read (index.html), the same as tables (CSV) and as a FHIR R4 Bundle. It has all of the
person's records, and nobody else's: docs/rights.md tells what is left out. Files are readable by you alone. Hand them over
by a way that is safe, and delete them.

Example: attune people export app:user-17 --out user-17.zip --by "Kim Lee" --reason "asked for it in a letter"`
}

func (c *peopleExportCmd) Run(ctx context.Context, s streams) error {
	if _, err := os.Lstat(c.Out); !errors.Is(err, os.ErrNotExist) {
		return errors.Join(err, fmt.Errorf("%s is there already: name another with --out, so that nobody's data get mixed", c.Out))
	}
	x, err := app.ExportPersonIn(ctx, c.Data, app.ExportWord{Person: c.Who, Reason: c.Reason, By: c.By})
	if err != nil {
		return err
	}
	if strings.EqualFold(filepath.Ext(c.Out), ".zip") {
		err = writeZip(c.Out, &x)
	} else {
		err = writeFolder(c.Out, &x)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(c.Out))
	}
	fmt.Fprintf(s.out, "%s: %s in %s; begin with index.html\n", x.Person, howMany(len(x.Files), "file"), c.Out)
	return nil
}

func writeFolder(dir string, x *app.PersonExport) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, f := range x.Files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), []byte(f.Text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func writeZip(path string, x *app.PersonExport) (err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	z := zip.NewWriter(file)
	for _, f := range x.Files {
		w, err := z.Create(f.Name)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, f.Text); err != nil {
			return err
		}
	}
	return z.Close()
}
