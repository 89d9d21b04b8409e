package main

import (
	"context"
	"fmt"
	"strings"

	"attune/internal/app"
)

type contactsCmd struct {
	Suppressed contactsSuppressedCmd `cmd:"" help:"List the addresses that may not be used, the newest first."`
	Release    contactsReleaseCmd    `cmd:"" help:"Let an address be used again."`
	Verify     contactsVerifyCmd     `cmd:"" help:"Say that an address was made sure to be a person's own."`
}

func (contactsCmd) Help() string {
	return `An address whose owner said stop, that is dead, or whose owner complained of a message, is not used
any more, for anybody who shares it: docs/channels.md tells more. These commands speak to the running
server of the data folder.`
}

type contactsSuppressedCmd struct {
	dataFolder
	JSON bool `help:"Write JSON."`
}

func (contactsSuppressedCmd) Help() string {
	return `An address is shown as the record of one of those writes it who are reached there. Where nobody is,
none is shown: Attune keeps only a hash of it.

Example: attune contacts suppressed --json`
}

func (c *contactsSuppressedCmd) Run(ctx context.Context, s streams) error {
	list, err := app.ListSuppressed(ctx, c.Data)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(list)
	}
	for _, p := range list {
		address := p.Address
		if address == "" {
			address = "of nobody we know"
		}
		fmt.Fprintf(s.out, "%-7s %s  %s, since %s\n", p.Kind, address, p.Why, minutes(p.Since))
		if len(p.People) > 0 {
			fmt.Fprintf(s.out, "        %s\n", strings.Join(p.People, ", "))
		}
	}
	fmt.Fprintf(s.err, "%d suppressed\n", len(list))
	return nil
}

type contactsReleaseCmd struct {
	Channel string `arg:"" help:"The channel, such as sms or email."`
	Address string `arg:"" help:"The address, however it is written."`
	dataFolder
	By     string `help:"Who says so." required:"" placeholder:"NAME"`
	Reason string `help:"Why it may be used again." required:"" placeholder:"TEXT"`
}

func (contactsReleaseCmd) Help() string {
	return `Everybody who shares the address may be written to there again; the story of each tells who said so,
and why.

Example: attune contacts release sms +12025550143 --by "nurse Kim" --reason "She asked for it on the phone"`
}

func (c *contactsReleaseCmd) Run(ctx context.Context, s streams) error {
	err := app.ReleaseContact(ctx, c.Data, app.ContactRelease{Channel: c.Channel, Address: c.Address, By: c.By, Reason: c.Reason})
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, "released")
	return nil
}

type contactsVerifyCmd struct {
	Who     string `arg:"" help:"A person's id, or SYSTEM:VALUE as a source knows them, such as app:user-17."`
	Channel string `arg:"" help:"The channel, such as sms or email."`
	dataFolder
	By   string `help:"Who made sure." required:"" placeholder:"NAME"`
	Note string `help:"How." placeholder:"TEXT"`
}

func (contactsVerifyCmd) Help() string {
	return `What is clinical goes by e-mail, text or notice only to an address that somebody made sure is the person's own, and
that nobody else is reached at. It is about the address that their record has now, and counts until it is
suppressed, or their record becomes one with another.

Example: attune contacts verify app:user-17 sms --by "nurse Kim" --note "Read the code back to me"`
}

func (c *contactsVerifyCmd) Run(ctx context.Context, s streams) error {
	i, person, err := find(ctx, c.Data, c.Who)
	if err != nil {
		return err
	}
	if err := i.Close(); err != nil {
		return err
	}
	address, err := app.VerifyContact(ctx, c.Data, app.Verified{Person: person.String(), Channel: c.Channel, By: c.By, Note: c.Note})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s is the own address of %s\n", address, person)
	return nil
}

type inboxCmd struct {
	List inboxListCmd `cmd:"" help:"List what people wrote that a human must look at, the urgent first."`
	Take inboxTakeCmd `cmd:"" help:"Say that somebody has looked at a message, and whose it is."`
}

func (inboxCmd) Help() string {
	return `What people write goes to the one person who is reached at the address it came from. Where several
share it, or nobody is known there, a human says whose it is; Attune does not guess. What may have been a
stop, and what sounds like danger, waits here too. These commands speak to the running server of the data
folder.`
}

type inboxListCmd struct {
	dataFolder
	JSON bool `help:"Write JSON."`
}

func (inboxListCmd) Help() string { return `Example: attune inbox list` }

func (c *inboxListCmd) Run(ctx context.Context, s streams) error {
	list, err := app.ListInbox(ctx, c.Data)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(list)
	}
	for _, m := range list {
		about := m.Channel
		switch {
		case m.Urgent:
			about += ", URGENT: may be in danger"
		case m.Verdict != "none":
			about += ", " + m.Verdict
		}
		fmt.Fprintf(s.out, "%s  %s from %s (%s)\n", m.ID[:8], minutes(m.At), m.From, about)
		fmt.Fprintf(s.out, "          %q\n", m.Text)
		if len(m.People) > 0 {
			fmt.Fprintf(s.out, "          reached there: %s\n", strings.Join(m.People, ", "))
		}
	}
	fmt.Fprintf(s.err, "%d waiting\n", len(list))
	return nil
}

type inboxTakeCmd struct {
	ID string `arg:"" help:"The message's id, or how it begins."`
	dataFolder
	By          string `help:"Who looked at it." required:"" placeholder:"NAME"`
	Person      string `help:"Whose it is: the message is then heard as theirs." placeholder:"ID"`
	WrongPerson bool   `help:"Who wrote is none of ours: the address is not used any more."`
	Stop        bool   `help:"It was meant to stop messages: the address is not used any more."`
}

func (inboxTakeCmd) Help() string {
	return `Example: attune inbox take 5f0c9a1b --by "nurse Kim" --person p5zq…`
}

func (c *inboxTakeCmd) Run(ctx context.Context, s streams) error {
	m, err := app.TakeInbound(ctx, c.Data, app.Taking{ID: c.ID, By: c.By, Person: c.Person, WrongPerson: c.WrongPerson, Stop: c.Stop})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "taken: %s\n", m.ID)
	return nil
}
