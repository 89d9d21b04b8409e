package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"attune/core/release"
	"attune/internal/api"
	"attune/internal/app"
	"attune/internal/config"
	"attune/internal/telemetry"
)

type serveCmd struct {
	Config  string `help:"The configuration's file; attune.yaml is read where it exists." type:"path" placeholder:"FILE"`
	Data    string `help:"The data folder, instead of the configuration's." type:"path" placeholder:"FOLDER" env:"ATTUNE_DATA"`
	Listen  string `help:"Where to answer, instead of the configuration's." placeholder:"ADDRESS"`
	Program string `help:"The program's folder, instead of the configuration's." type:"path" placeholder:"FOLDER"`
}

func (serveCmd) Help() string {
	return `Takes events in over the Segment HTTP API at /v1/, decides, and hands over by e-mail, or into the
capture box where no mail server is configured. The program begins a new data folder; one that has
people goes on with what was published in it, and attune publish changes that. Sources need a write key: attune keys add NAME.

Example: attune serve --program programs/diabetes --data data

A configuration with everything that can be set:

` + indent(config.Example())
}

func (c *serveCmd) Run(ctx context.Context, s streams) error {
	defer app.TradeMemory(app.ServerGarbage)()
	cfg, err := config.Load(c.Config, os.Environ())
	if err != nil {
		return err
	}
	override(&cfg.Data, c.Data)
	override(&cfg.Listen, c.Listen)
	override(&cfg.Program, c.Program)
	rel, err := bootstrap(s, cfg.Data, cfg.Program)
	if err != nil {
		return err
	}
	logger := telemetry.New(s.err, slog.LevelInfo, false)
	channels, closeChannels, err := app.Channels(cfg)
	if err != nil {
		return err
	}
	defer closeChannels()
	services, err := app.Services(cfg.Services)
	if err != nil {
		return err
	}
	back, err := app.OpenMailBack(cfg)
	if err != nil {
		return err
	}
	defer back.Close()
	node, err := app.Open(ctx, app.Options{
		Data: cfg.Data, Organisation: cfg.Organisation, Release: rel, Channels: channels, Back: back, Texts: app.TextsBackOf(cfg), Limits: app.Limits(cfg), Ceiling: app.CeilingOf(cfg), Services: services, Outbound: cfg.Outbound.Servers(), MaxBacklog: cfg.MaxBacklog, LearnAt: app.LearnAtOf(cfg), Witness: cfg.AuditWitness, Public: cfg.PublicURL, MailRecords: func() ([]app.DNSRecord, error) { return app.MailRecords(cfg.Email) }, Logger: logger,
	})
	if err != nil {
		return err
	}
	defer node.Close()
	listener, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", cfg.Listen, err)
	}
	for _, warning := range node.Unserved() {
		fmt.Fprintln(s.err, warning)
	}
	links := app.OpenLinks(cfg.Data)
	if node.Unpublished(rel) {
		fmt.Fprintf(s.err, "%s has changes that are not published; what is live goes on. To put them live: attune publish %s --data %s\n", cfg.Program, cfg.Program, cfg.Data)
	}
	base := "http://" + listener.Addr().String()
	fmt.Fprintf(s.err, "Attune answers on %s; %s.\n", base, app.Carried(cfg))
	if err := inviteStaff(s, links, base); err != nil {
		return err
	}
	door := &api.Door{Links: links, Staff: node.Staff, Systems: node.Systems(), Forgot: node.Forgot(), Public: cfg.PublicURL, Organisation: cfg.Organisation}
	app.SignInElsewhere(door, cfg)
	server := &app.Server{Node: node, Pace: 1, Door: door, Limits: app.LimitsOf(cfg), Proxies: app.ProxiesOf(cfg)}
	return server.Run(ctx, listener)
}

// bootstrap loads the program that begins a new data folder. In one that has people it is only compared
// with what is live, and may be missing or have mistakes.
func bootstrap(s streams, data, program string) (*release.Release, error) {
	used, err := app.Used(data)
	if err != nil {
		return nil, err
	}
	if !used {
		return mustLoad(s, []string{program})
	}
	rel, problems, err := load([]string{program})
	switch {
	case err != nil:
		fmt.Fprintf(s.err, "%v; what is live goes on.\n", err)
	case rel == nil:
		fmt.Fprintf(s.err, "%s has %d mistakes, which attune validate %s tells; what is live goes on.\n", program, len(problems), program)
	}
	return rel, nil
}

// inviteStaff shows a sign-in link to whoever sits at the terminal. Into a file or a journal it writes
// none: a link is a secret.
func inviteStaff(s streams, links *app.Links, base string) error {
	if !isTerminal(s.err) {
		fmt.Fprintln(s.err, "To give somebody an account: attune staff invite. For a link to look at numbers: attune keys sign-in")
		return nil
	}
	token, err := links.New(time.Now())
	if err != nil {
		return err
	}
	fmt.Fprintf(s.err, "Sign in within fifteen minutes: %s\n", signInLink(base, token))
	return nil
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// indent keeps the lines of a file as they are in a help text.
func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ")
}

func override(setting *string, flag string) {
	if flag != "" {
		*setting = flag
	}
}
