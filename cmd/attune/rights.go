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

	"attune/core/instant"
	"attune/internal/app"
)

// peopleRights are what people may ask for, besides being erased.
type peopleRights struct {
	Export      peopleExportCmd      `cmd:"" help:"Write down all that is held of somebody, for them."`
	Object      peopleObjectCmd      `cmd:"" help:"Note that somebody objects to profiling or to advertising, or does not any more."`
	Restrict    peopleRestrictCmd    `cmd:"" help:"Keep what is known of somebody, and do nothing with it."`
	Unrestrict  peopleUnrestrictCmd  `cmd:"" help:"Let what is known of somebody be used again, after they were told."`
	Correct     peopleCorrectCmd     `cmd:"" help:"Correct what is known of somebody; sources do not overrule it."`
	Uncorrect   peopleUncorrectCmd   `cmd:"" help:"Take the newest correction of a fact back."`
	Dispute     peopleDisputeCmd     `cmd:"" help:"Note that somebody disputes what is recorded, or what came of that."`
	Corrections peopleCorrectionsCmd `cmd:"" help:"List facts that wait for somebody to decide: disputed, or said otherwise by a source since they were corrected."`
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

type peopleObjectCmd struct {
	Who string `arg:"" help:"A person's id, or SYSTEM:VALUE as a source knows them, such as app:user-17."`
	To  string `arg:"" help:"To what: profiling or marketing." enum:"profiling,marketing"`
	dataFolder
	Withdraw bool   `help:"They object no more."`
	By       string `help:"Who notes it." required:"" placeholder:"NAME"`
	Note     string `help:"How it was said, and when." placeholder:"TEXT"`
}

func (peopleObjectCmd) Help() string {
	return `Of who objects to profiling nothing is inferred any more: no groups, no stages, no learning, no comparison. What must be said
and plain messages go by fixed rules. To who objects to marketing nothing goes that advertises, whatever they consented to.
It is taken in by the running server.

Example: attune people object app:user-17 profiling --by "nurse Kim" --note "said so on the phone"`
}

func (c *peopleObjectCmd) Run(ctx context.Context, s streams) error {
	if err := app.ObjectIn(ctx, c.Data, app.ObjectWord{Person: c.Who, To: c.To, Over: c.Withdraw, By: c.By, Note: c.Note}); err != nil {
		return err
	}
	says := "objects to"
	if c.Withdraw {
		says = "objects no more to"
	}
	fmt.Fprintf(s.out, "%s %s %s\n", c.Who, says, c.To)
	return nil
}

type peopleRestrictCmd struct {
	Who string `arg:"" help:"A person's id, or SYSTEM:VALUE as a source knows them, such as app:user-17."`
	dataFolder
	Ground string `help:"On what ground, such as that they dispute what is recorded." required:"" placeholder:"TEXT"`
	By     string `help:"Who notes it." required:"" placeholder:"NAME"`
	Note   string `help:"What there is to remember." placeholder:"TEXT"`
}

func (peopleRestrictCmd) Help() string {
	return `What waits to be said ends, journeys end, and nothing begins but what is for safety. Nothing is learned from them. What sources tell is still taken in
and kept. It goes on until attune people unrestrict.

Example: attune people restrict app:user-17 --ground "disputes her diagnosis" --by "Kim Lee"`
}

func (c *peopleRestrictCmd) Run(ctx context.Context, s streams) error {
	if err := app.RestrictIn(ctx, c.Data, app.RestrictWord{Person: c.Who, Ground: c.Ground, By: c.By, Note: c.Note}); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "what is known of %s is kept, and nothing is done with it\n", c.Who)
	return nil
}

type peopleUnrestrictCmd struct {
	Who string `arg:"" help:"A person's id, or SYSTEM:VALUE as a source knows them, such as app:user-17."`
	dataFolder
	Told string `help:"When they were told that it ends, such as 2027-04-01T09:00:00Z." required:"" placeholder:"TIME"`
	By   string `help:"Who notes it." required:"" placeholder:"NAME"`
	Note string `help:"How they were told." placeholder:"TEXT"`
}

func (peopleUnrestrictCmd) Help() string {
	return `The person is told first: the law wants it so, and it is recorded when. Nothing goes on by itself; new things begin.

Example: attune people unrestrict app:user-17 --told 2027-04-01T09:00:00Z --by "Kim Lee" --note "by letter"`
}

func (c *peopleUnrestrictCmd) Run(ctx context.Context, s streams) error {
	told, err := instant.Parse(c.Told)
	if err != nil {
		return fmt.Errorf("--told %s is no instant: write it as 2027-04-01T09:00:00Z", c.Told)
	}
	if err := app.RestrictIn(ctx, c.Data, app.RestrictWord{Person: c.Who, Over: true, Told: told, By: c.By, Note: c.Note}); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "what is known of %s is used again\n", c.Who)
	return nil
}

type peopleCorrectCmd struct {
	Who   string `arg:"" help:"A person's id, or SYSTEM:VALUE as a source knows them, such as app:user-17."`
	Fact  string `arg:"" help:"Which fact: the name of a trait, as attune person shows it, such as last_name."`
	Value string `arg:"" help:"What it is."`
	dataFolder
	Reason string `help:"How it is known." required:"" placeholder:"TEXT"`
	By     string `help:"Who corrects it." required:"" placeholder:"NAME"`
}

func (peopleCorrectCmd) Help() string {
	return `Nothing is overwritten: the correction is one more word in the history, and decisions follow it. What sources say of the same fact later does not
count; where they say something new, attune people corrections lists it until somebody corrects again, or takes the
correction back. Clinical facts are corrected by the source that tells them: note that they are disputed.

Example: attune people correct app:user-17 last_name Quispe --reason "passport" --by "nurse Kim"`
}

func (c *peopleCorrectCmd) Run(ctx context.Context, s streams) error {
	if err := app.CorrectIn(ctx, c.Data, app.CorrectWord{Person: c.Who, Fact: c.Fact, Value: c.Value, Reason: c.Reason, By: c.By}); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s of %s is corrected\n", c.Fact, c.Who)
	return nil
}

type peopleUncorrectCmd struct {
	Who  string `arg:"" help:"A person's id, or SYSTEM:VALUE as a source knows them, such as app:user-17."`
	Fact string `arg:"" help:"Which fact."`
	dataFolder
	Reason string `help:"Why." placeholder:"TEXT"`
	By     string `help:"Who takes it back." required:"" placeholder:"NAME"`
}

func (peopleUncorrectCmd) Help() string {
	return `What sources say counts again, or the correction before it, where there was one.

Example: attune people uncorrect app:user-17 last_name --reason "the source was right" --by "nurse Kim"`
}

func (c *peopleUncorrectCmd) Run(ctx context.Context, s streams) error {
	if err := app.UncorrectIn(ctx, c.Data, app.UncorrectWord{Person: c.Who, Fact: c.Fact, Reason: c.Reason, By: c.By}); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "the correction of %s of %s is taken back\n", c.Fact, c.Who)
	return nil
}

type peopleDisputeCmd struct {
	Who  string `arg:"" help:"A person's id, or SYSTEM:VALUE as a source knows them, such as app:user-17."`
	Fact string `arg:"" help:"What they dispute, in a word: a trait, or such as diagnosis."`
	dataFolder
	Event   string `help:"Which event told it, where that is known." placeholder:"ID"`
	Settled bool   `help:"Somebody looked at it, and the note says what came of it."`
	Note    string `help:"What they say, in their words." required:"" placeholder:"TEXT"`
	By      string `help:"Who notes it." required:"" placeholder:"NAME"`
}

func (peopleDisputeCmd) Help() string {
	return `A dispute changes nothing by itself; it stands beside the fact, in the list of corrections and in the person's export. While it is looked
at, attune people restrict keeps what is known from being used.

Examples:
  attune people dispute app:user-17 diagnosis --note "says she never had it" --by "nurse Kim"
  attune people dispute app:user-17 diagnosis --settled --note "the clinic took it back" --by "nurse Kim"`
}

func (c *peopleDisputeCmd) Run(ctx context.Context, s streams) error {
	if err := app.DisputeIn(ctx, c.Data, app.DisputeWord{Person: c.Who, Fact: c.Fact, Event: c.Event, Settled: c.Settled, Note: c.Note, By: c.By}); err != nil {
		return err
	}
	says := "is disputed"
	if c.Settled {
		says = "is settled"
	}
	fmt.Fprintf(s.out, "%s of %s %s\n", c.Fact, c.Who, says)
	return nil
}

type peopleCorrectionsCmd struct {
	dataFolder
	All  bool `help:"All that were corrected or are disputed, not only those that wait."`
	JSON bool `help:"Write JSON."`
}

func (peopleCorrectionsCmd) Help() string {
	return `Where a source says something else than a correction, correct it again to keep what is right, or take the correction back
(attune people uncorrect) to let the source be right.

Example: attune people corrections`
}

func (c *peopleCorrectionsCmd) Run(ctx context.Context, s streams) error {
	all, err := app.CorrectionsIn(ctx, c.Data, c.All)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(all)
	}
	tellQuestioned(s, all, true)
	fmt.Fprintf(s.err, "%s\n", howMany(len(all), "fact"))
	return nil
}

// tellQuestioned writes facts that were corrected or are disputed, with whose they are or without.
func tellQuestioned(s streams, all []app.Questioned, whose bool) {
	for i := range all {
		q := &all[i]
		line := q.Fact
		if whose {
			line = q.Person + "  " + line
		}
		if q.Value != "" {
			line += " is corrected to " + q.Value + " since " + q.Since
		}
		if q.Said != "" {
			line += "; " + q.By + " says " + q.Said
		}
		if q.Disputed != "" {
			line += "; disputed since " + q.Disputed
		}
		fmt.Fprintln(s.out, line)
	}
}
