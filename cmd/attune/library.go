package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"attune/internal/app"
)

type libraryCmd struct {
	Export libraryExportCmd `cmd:"" help:"Write what worked where into a signed file for other organisations: sums of many people, and nobody."`
	Show   libraryShowCmd   `cmd:"" help:"Check a file's signature, and tell what is in it."`
	Import libraryImportCmd `cmd:"" help:"Let what is expected here begin from what another organisation measured."`
	List   libraryListCmd   `cmd:"" help:"Tell what of others counts here, and what it does."`
	Forget libraryForgetCmd `cmd:"" help:"Take another organisation's files out, and the trust in its key."`
	Start  libraryStartCmd  `cmd:"" help:"Write a program's folder to begin from, out of a file; nothing in it is approved."`
	Keys   libraryKeysCmd   `cmd:"" help:"Show the public key that others need, and whose keys are trusted here."`
	Trust  libraryTrustCmd  `cmd:"" help:"Say whose a public key is, so that their files can be imported."`
}

func (libraryCmd) Help() string {
	return `A pattern library tells what saying an engagement changed, by stage of change and channel, of eleven people or
more on every side. Organisations learn from each other by it without sharing patients. docs/pattern-library.md
tells what is in a file, and what cannot be found out from one.`
}

type libraryExportCmd struct {
	File string `arg:"" help:"The file to write, such as clinic.attune-library." type:"path"`
	dataFolder
	Program     string `help:"Only what this program does." placeholder:"PROGRAM"`
	WithProgram bool   `help:"Take the programs' files along, for others to begin from."`
	JSON        bool   `help:"Write JSON about it."`
}

func (libraryExportCmd) Help() string {
	return `Only what was drawn by chance is told: what saying it changed, against saying nothing. Combinations of few
people are withheld, and the file says how many. What was told once stays as it is until eleven people or more on
every side are new, so that two files cannot be held against each other. Months that are not over are left out.

--with-program takes what a program says and when along: no approvals, stories, worlds, comments, addresses, telephone
numbers or links, and nothing of the policy that is a house's own. Read the texts before: they may name your house.

Example: attune library export clinic.attune-library --data data/demo`
}

func (c *libraryExportCmd) Run(ctx context.Context, s streams) error {
	out, err := app.ExportLibrary(ctx, c.Data, app.LibraryExport{Program: c.Program, WithProgram: c.WithProgram})
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.File, out.Body, 0o600); err != nil {
		return fmt.Errorf("write the library: %w", err)
	}
	if c.JSON {
		return s.asJSON(map[string]any{"id": out.ID, "file": c.File, "patterns": out.Patterns, "withheld": out.Withheld, "starters": out.Starters, "left_out": out.Left})
	}
	fmt.Fprintf(s.out, "%s tells %d patterns.\n", c.File, out.Patterns)
	for _, w := range out.Withheld {
		fmt.Fprintf(s.out, "%d combinations are withheld: %s.\n", w.Count, w.Why)
	}
	for _, program := range out.Starters {
		fmt.Fprintf(s.out, "The program %s goes along, without: %s.\n", program, strings.Join(out.Left[program], "; "))
	}
	if out.Patterns+len(out.Withheld) == 0 {
		fmt.Fprintln(s.out, "Nothing that a program said was drawn by chance so far, so there is nothing to tell.")
	}
	fmt.Fprintln(s.err, "Who imports it needs your key, given by another way: attune library keys.")
	return nil
}

type libraryShowCmd struct {
	File string `arg:"" help:"The file." type:"existingfile"`
	dataFolder
	JSON bool `help:"Write JSON."`
}

func (libraryShowCmd) Help() string {
	return `The file is read only where it is byte for byte what the owner of its key signed. Whose key that is, the data
folder knows if somebody said so there (attune library trust).

Example: attune library show clinic.attune-library --data data/demo`
}

func (c *libraryShowCmd) Run(ctx context.Context, s streams) error {
	out, err := app.ShowLibrary(ctx, c.Data, c.File)
	if err != nil {
		return badInput{err}
	}
	if c.JSON {
		return s.asJSON(out)
	}
	return out.WriteText(s.out)
}

type libraryKeysCmd struct {
	dataFolder
	JSON bool `help:"Write JSON."`
}

func (libraryKeysCmd) Help() string {
	return `Give others the key by another way than the file: on paper, by telephone, on your web site. Who has a key of yours
compares its fingerprint with you before they trust it.

Example: attune library keys --data data/demo`
}

func (c *libraryKeysCmd) Run(ctx context.Context, s streams) error {
	keys, err := app.LibraryKeysIn(ctx, c.Data)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(keys)
	}
	fmt.Fprintf(s.out, "%s signs with\n  %s\n  fingerprint %s\n", keys.Organisation, keys.Key, keys.Fingerprint)
	if len(keys.Trusted) == 0 {
		fmt.Fprintln(s.out, "No other organisation's key is trusted here.")
	}
	for _, t := range keys.Trusted {
		fmt.Fprintf(s.out, "%s signs with\n  %s\n  fingerprint %s, trusted since %s\n", t.Organisation, t.Key, t.Fingerprint, minutes(t.Since))
	}
	return nil
}

type libraryTrustCmd struct {
	Key  string `arg:"" help:"Their public key, as attune library keys shows it there."`
	Name string `required:"" help:"Whose it is." placeholder:"ORGANISATION"`
	dataFolder
}

func (libraryTrustCmd) Help() string {
	return `Whoever owns a trusted key can move what is expected here before anything is learned. Compare the fingerprint with
somebody of theirs whom you know, by telephone.

Example: attune library trust ed25519:zNcJIjfGTL10yUrfJZmkN0taUHYauOIN7FNnqYO8eWw= --name "North Clinic"`
}

func (c *libraryTrustCmd) Run(ctx context.Context, s streams) error {
	t, err := app.TrustLibraryKey(ctx, c.Data, app.TrustWord{Key: c.Key, Organisation: c.Name})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "Files signed with the key of %s can be imported now. Its fingerprint is\n  %s\n", t.Organisation, t.Fingerprint)
	return nil
}

type libraryImportCmd struct {
	File string `arg:"" help:"The file." type:"existingfile"`
	dataFolder
	Behavior map[string]string `help:"What a behaviour of theirs is called here; may be given several times." placeholder:"THEIRS=OURS"`
	Worth    int               `help:"Of how many decisions here all that others measured of one thing is worth at most, from 10 to 2000; 200 at first." placeholder:"N"`
	JSON     bool              `help:"Write JSON."`
}

func (libraryImportCmd) Help() string {
	return `What is of the same kind here (the same behaviour, the same process of change or strategy, in the same stage over
the same channel) is expected to do a little more of what it did there, and is learned of as fast as before. Where what
is seen here speaks against it, it counts less and less. The file's key has to be trusted (attune library trust).

Example: attune library import north.attune-library --behavior pills=adherence --data data/demo`
}

func (c *libraryImportCmd) Run(ctx context.Context, s streams) error {
	data, err := app.ReadLibraryFile(c.File)
	if err != nil {
		return badInput{err}
	}
	out, err := app.ImportLibrary(ctx, c.Data, app.LibraryImport{File: data, Behaviors: c.Behavior, Worth: c.Worth})
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(out)
	}
	return out.WriteText(s.out)
}

type libraryListCmd struct {
	dataFolder
	JSON bool `help:"Write JSON."`
}

func (libraryListCmd) Help() string {
	return `Files that count, those that do not any more (decisions were made by them), and for each thing that can be said here
what others measured and what is expected of it before anything is learned, without it and with it.

Example: attune library list --data data/demo`
}

func (c *libraryListCmd) Run(s streams) error {
	out, err := app.LibraryIn(c.Data)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(out)
	}
	return out.WriteText(s.out)
}

type libraryForgetCmd struct {
	Organisation string `arg:"" help:"Whose files, as attune library list names them."`
	dataFolder
}

func (libraryForgetCmd) Help() string {
	return `It is learned at once without what they measured. Their files are kept, since decisions that were made by them name
them; a file of theirs can be imported again when their key is trusted again.

Example: attune library forget "North Clinic" --data data/demo`
}

func (c *libraryForgetCmd) Run(ctx context.Context, s streams) error {
	out, err := app.ForgetLibrary(ctx, c.Data, app.ForgetWord{Organisation: c.Organisation})
	if err != nil {
		return err
	}
	return out.WriteText(s.out)
}

type libraryStartCmd struct {
	File    string `arg:"" help:"The file." type:"existingfile"`
	Program string `arg:"" help:"Which of its programs."`
	Dir     string `arg:"" help:"The folder to write, which is not there yet, or is empty." type:"path"`
	dataFolder
}

func (libraryStartCmd) Help() string {
	return `The folder is what attune validate takes, with nothing approved. Say in policy.yaml who you are and what the law asks
of you, fill in what stands in brackets in the texts, and have them approved here before they are published.
The file's key has to be trusted in the data folder (attune library trust).

Example: attune library start north.attune-library diabetes programs/diabetes --data data/demo`
}

func (c *libraryStartCmd) Run(ctx context.Context, s streams) error {
	out, err := app.StartProgram(ctx, c.Data, c.File, c.Program, c.Dir)
	if err != nil {
		return badInput{err}
	}
	fmt.Fprintf(s.out, "%s holds %d files of the program %s, as %s wrote it. Nothing in it is approved.\n", c.Dir, out.Files, c.Program, out.Organisation)
	for _, left := range out.Left {
		fmt.Fprintf(s.out, "Not in it: %s\n", left)
	}
	fmt.Fprintf(s.err, "Now write who you are into policy.yaml, then: attune validate %s\n", c.Dir)
	return nil
}
