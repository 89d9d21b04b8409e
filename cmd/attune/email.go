package main

import (
	"context"
	"fmt"
	"os"

	"attune/internal/app"
	"attune/internal/config"
)

type emailCmd struct {
	Key      emailKeyCmd      `cmd:"" help:"Make a key that e-mails are signed with (DKIM)."`
	Records  emailRecordsCmd  `cmd:"" help:"Look whether the keys load, and show what has to stand in the DNS."`
	Standing emailStandingCmd `cmd:"" help:"Tell how the sending domain stands: letters and complaints of seven days."`
	Resume   emailResumeCmd   `cmd:"" help:"Let promotional e-mails go on that were paused because of complaints."`
}

func (emailCmd) Help() string {
	return `To sign e-mails: make a key, name its file in attune.yaml, publish the records that are shown, and
start the server anew. docs/channels.md tells it step by step.`
}

type emailKeyCmd struct {
	Kind string `arg:"" help:"rsa, which everybody checks, or ed25519." enum:"rsa,ed25519"`
	File string `arg:"" help:"The file to make; only its owner may read it." type:"path"`
}

func (c *emailKeyCmd) Run(s streams) error {
	if err := app.MakeMailKey(c.Kind, c.File); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "email:\n  dkim_%s_key_file: %q\n", c.Kind, c.File)
	fmt.Fprintln(s.err, "These lines belong into attune.yaml. Then attune email records shows what to publish.")
	return nil
}

type emailRecordsCmd struct {
	Config string `help:"The configuration's file; attune.yaml is read where it exists." type:"path" placeholder:"FILE"`
	JSON   bool   `help:"Write JSON."`
}

func (c *emailRecordsCmd) Run(s streams) error {
	cfg, err := config.Load(c.Config, os.Environ())
	if err != nil {
		return err
	}
	records, err := app.MailRecords(cfg.Email)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(records)
	}
	for _, r := range records {
		fmt.Fprintf(s.out, "%s\n  %s  %s\n  %s\n", r.Name, r.Type, r.Value, r.Why)
	}
	return nil
}

type emailStandingCmd struct {
	dataFolder
	JSON bool `help:"Write JSON."`
}

func (c *emailStandingCmd) Run(ctx context.Context, s streams) error {
	at, err := app.MailStanding(ctx, c.Data)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(at)
	}
	fmt.Fprintf(s.out, "%s is %s: %d complaints about %d letters in seven days\n", at.Domain, at.Level, at.Complaints, at.Handed)
	if at.PausedBy != nil {
		fmt.Fprintf(s.out, "promotional e-mail is paused since %s, at %d complaints about %d letters; attune email resume lets it go on\n",
			at.PausedAt.Format("2006-01-02 15:04"), at.PausedBy.Complaints, at.PausedBy.Handed)
	}
	return nil
}

type emailResumeCmd struct{ dataFolder }

func (emailResumeCmd) Help() string {
	return `First find out what people complained about: providers refuse everything from a domain above 0.30 %.
Counting begins anew, and the same complaints do not pause anything again.`
}

func (c *emailResumeCmd) Run(ctx context.Context, s streams) error {
	if err := app.ResumeMail(ctx, c.Data); err != nil {
		return err
	}
	fmt.Fprintln(s.err, "Promotional e-mails go on.")
	return nil
}
