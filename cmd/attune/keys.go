package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"attune/internal/app"
)

type keysCmd struct {
	Add    keysAddCmd    `cmd:"" help:"Make a write key for a source, and show it this once."`
	List   keysListCmd   `cmd:"" help:"List the sources that may send events."`
	Revoke keysRevokeCmd `cmd:"" help:"Take away every write key of a source, or the older ones."`
	SignIn keysSignInCmd `cmd:"" help:"Make a link by which staff sign in to the page, once, within fifteen minutes."`
}

func (keysCmd) Help() string {
	return `A source is a system that sends events; it proves itself by a write key. Only hashes of keys are
kept, in the data folder. A running server takes changes in within a second.`
}

type keysAddCmd struct {
	Source string `arg:"" help:"The source's name, such as app."`
	dataFolder
	System   string   `help:"The system its identifiers of people belong to; two sources with one system speak of the same people. Empty is the source's name."`
	Origin   []string `help:"A web origin whose pages may send, such as https://app.example; may be given several times. * is all. Without any, no browser may." placeholder:"ORIGIN"`
	Events   []string `help:"An event that this key may send, such as appointment.booked; may be given several times, or with commas. Others go to quarantine. Without any, all may be sent." placeholder:"NAME"`
	Purposes []string `help:"A kind of purposes that its events may be for: treatment, operations, service, research, marketing; may be given several times, or with commas. What is for another goes to quarantine. Without any, all may be." placeholder:"KIND"`
	JSON     bool     `help:"Write JSON."`
}

func (keysAddCmd) Help() string {
	return `A key that a page sends with can be read by everybody who opens that page. Give pages a source of
their own, with a system of its own, so that whoever takes the key can say nothing about people whom other
sources know. Browsers hold to --origin; others need not. What a key need not send, do not let it send: --events and --purposes. What tells of somebody's
health is for treatment, and a yes for the purpose that it names. A no is taken from every key.`
}

func (c *keysAddCmd) Run(s streams) error {
	sources, err := app.OpenSources(c.Data)
	if err != nil {
		return err
	}
	key, err := sources.AddKey(app.SourceKey{Source: c.Source, System: c.System, Origins: c.Origin, Events: c.Events, Purposes: c.Purposes})
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(map[string]string{"source": c.Source, "write_key": key})
	}
	fmt.Fprintf(s.out, "%s\n", key)
	fmt.Fprintf(s.err, "This is the write key of %q. It is not kept and cannot be shown again.\n", c.Source)
	return nil
}

type keysListCmd struct {
	dataFolder
	JSON bool `help:"Write JSON."`
}

func (c *keysListCmd) Run(s streams) error {
	sources, err := app.OpenSources(c.Data)
	if err != nil {
		return err
	}
	list := sources.List()
	if c.JSON {
		return s.asJSON(list)
	}
	for _, source := range list {
		fmt.Fprintf(s.out, "%s\t%s\t%s\t%s\t%s\t%s\n", source.Name, source.System, source.Since.Format(time.DateOnly), strings.Join(source.Origins, " "), strings.Join(source.Events, " "), strings.Join(source.Purposes, " "))
	}
	return nil
}

type keysRevokeCmd struct {
	Source string `arg:"" help:"The source's name."`
	dataFolder
	Older bool `help:"Keep the newest key, and take away the older ones."`
}

func (keysRevokeCmd) Help() string {
	return `To replace a key without a gap: make another, put it where the source has its own, and revoke with --older.`
}

func (c *keysRevokeCmd) Run(_ streams) error {
	sources, err := app.OpenSources(c.Data)
	if err != nil {
		return err
	}
	if c.Older {
		return sources.RevokeOlder(c.Source)
	}
	return sources.Revoke(c.Source)
}

type keysSignInCmd struct {
	dataFolder
	URL string `help:"Where people reach the server." default:"http://localhost:8080"`
}

func (c *keysSignInCmd) Run(_ context.Context, s streams) error {
	token, err := app.OpenLinks(c.Data).New(time.Now())
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, signInLink(c.URL, token))
	return nil
}

func signInLink(base, token string) string {
	return base + "/sign-in?token=" + url.QueryEscape(token)
}
