package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"time"

	"attune/internal/api"
	"attune/internal/app"
	"attune/internal/telemetry"
)

type serveCmd struct {
	dataFolder
	Listen       string   `help:"Where to answer." default:"127.0.0.1:8080" env:"ATTUNE_LISTEN"`
	Program      []string `help:"The program's folder; may be given several times." required:"" type:"path"`
	Organisation string   `help:"Whose data it is. It is bound into everything sealed and cannot change." default:"attune" env:"ATTUNE_ORGANISATION"`
}

func (serveCmd) Help() string {
	return `Takes events in over the Segment HTTP API at /v1/, decides, and hands over through the configured
channel. The data folder is bound to the program it was first started with. Sources need a write
key: attune keys add NAME.

Example: attune serve --program programs/diabetes --data data`
}

func (c *serveCmd) Run(ctx context.Context, s streams) error {
	rel, err := mustLoad(s, c.Program)
	if err != nil {
		return err
	}
	logger := telemetry.New(s.err, slog.LevelInfo, false)
	node, err := app.Open(ctx, app.Options{Data: c.Data, Organisation: c.Organisation, Release: rel, Logger: logger})
	if err != nil {
		return err
	}
	defer node.Close()
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", c.Listen, err)
	}
	links := app.OpenLinks(c.Data)
	token, err := links.New(time.Now())
	if err != nil {
		return err
	}
	fmt.Fprintf(s.err, "Attune answers on http://%s\nSign in within fifteen minutes: %s\n", listener.Addr(), signInLink("http://"+listener.Addr().String(), token))
	server := &app.Server{Node: node, Pace: 1, Door: &api.Door{Links: links}}
	return server.Run(ctx, listener)
}
