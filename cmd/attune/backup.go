package main

import (
	"context"
	"fmt"
	"time"

	"attune/internal/app"
)

type backupCmd struct {
	To string `arg:"" help:"The folder for the backup; it must not be there yet."`
	dataFolder
	Keys string `help:"The file for the keys; it must not be there yet." required:"" placeholder:"FILE"`
}

func (backupCmd) Help() string {
	return `The server goes on meanwhile. The copy is of the moment when it was begun, of all files together, and its manifest has
each file's hash. The keys go into a file of their own: without it the backup is noise, so keep the two apart, and keep files of
keys for a short time only (docs/backup.md). Both hold the same id, and belong together.

Example: attune backup /mnt/elsewhere/2027-03-01 --keys /mnt/safe/2027-03-01.keys`
}

func (c *backupCmd) Run(ctx context.Context, s streams) error {
	m, err := app.Backup(ctx, c.Data, c.To, c.Keys)
	if err != nil {
		return err
	}
	var size int64
	for _, f := range m.Files {
		size += f.Size
	}
	fmt.Fprintf(s.out, "%s of %s: %s, %.1f MB. The keys are in %s; keep them elsewhere.\n", c.To, m.Made.Format(time.RFC3339), howMany(len(m.Files), "file"), float64(size)/1e6, c.Keys)
	return nil
}

type restoreCmd struct {
	From    restoreFromCmd    `cmd:"" default:"withargs" help:"Restore a backup; this is what attune restore does by itself."`
	Release restoreReleaseCmd `cmd:"" help:"Let a restored folder hand messages over again."`
}

type restoreFromCmd struct {
	Backup string `arg:"" help:"The backup's folder."`
	Data   string `help:"The new data folder; it must not be there, or be empty." required:"" placeholder:"DIR"`
	Keys   string `help:"The file with the backup's keys." required:"" placeholder:"FILE"`
	Ledger string `help:"The newest ledger of erasures there is: erasures.jsonl from the keys of the folder that was lost." placeholder:"FILE"`
}

func (restoreFromCmd) Help() string {
	return `Every file is held against the manifest first. Whoever the ledger of erasures names is erased before the command ends.
Around the folder stands a fence then: a server on it takes events, and hands nothing over until attune restore release.

Example: attune restore /mnt/elsewhere/2027-03-01 --keys /mnt/safe/2027-03-01.keys --ledger /mnt/safe/erasures.jsonl --data data`
}

func (c *restoreFromCmd) Run(ctx context.Context, s streams) error {
	if c.Ledger == "" {
		fmt.Fprintln(s.err, "No --ledger was given: whoever was erased after the backup was made is back. Restore again with the newest erasures.jsonl if there is one.")
	}
	r, err := app.Restore(ctx, c.Backup, c.Keys, c.Ledger, c.Data)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s is as of %s; %s erased again. It hands nothing over until attune restore release.\n", c.Data, r.Made.Format(time.RFC3339), howMany(r.Erased, "record"))
	return nil
}

type restoreReleaseCmd struct {
	dataFolder
	By string `help:"Who says so." required:"" placeholder:"NAME"`
}

func (restoreReleaseCmd) Help() string {
	return `First make sure that the folder which was backed up is not served any more, and let sources send again what they sent since.
What was due until now, or was decided since the backup was made, may have been said from the other folder: it is never handed over,
and ends as uncertain. Everything else goes on.

Example: attune restore release --by "Kim Lee"`
}

func (c *restoreReleaseCmd) Run(ctx context.Context, s streams) error {
	r, err := app.ReleaseIn(ctx, c.Data, app.ReleaseWord{By: c.By})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "Messages go out again. %s may have been said before, and will not be.\n", howMany(r.Doubted, "message"))
	return nil
}
