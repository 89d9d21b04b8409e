package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"attune/core/instant"
	"attune/core/program"
	"attune/core/release"
	"attune/internal/app"
	"attune/internal/simulate"
	"attune/internal/telemetry"
)

type demoCmd struct {
	Data    string   `help:"The folder for the demonstration's data; it is made anew at each start." default:"data/demo" type:"path"`
	Listen  string   `help:"Where to answer; only this machine's own addresses." default:"127.0.0.1:8080"`
	Program []string `help:"Folders of programs, all in one house. People of the diabetes program, and of programs without a world.yaml, are the demonstration's own; those of the others live as their world says, twice as many for three times as long, and they come all along." default:"programs/diabetes,programs/rheumatoid_referral" type:"path"`
	People  int      `help:"How many people there are." default:"1000"`
	Days    int      `help:"How many days they have lived when the page opens." default:"180"`
	Pace    float64  `help:"How many of their seconds pass in one of yours." default:"600"`
	Seed    uint64   `help:"Draws other people." default:"1"`
	World   string   `help:"A world for attune simulate, of which is taken who has a telephone (people.channels.sms) and what single variants do (response.variants)." type:"path" placeholder:"FILE"`
}

func (demoCmd) Help() string {
	return `People who do not exist have lived for some time, and go on living, faster than you do. Everything
they did went in as events, and every message was decided, gated and captured; nothing leaves this
machine. The page shows all of it. It is open without sign-in, since nobody in it is real; so it
answers to this machine only.`
}

func (c *demoCmd) Run(ctx context.Context, s streams) error {
	address, err := netip.ParseAddrPort(c.Listen)
	if err != nil || !address.Addr().IsLoopback() {
		return fmt.Errorf("--listen %q is not a loopback address with a port, such as 127.0.0.1:8080", c.Listen)
	}
	if c.People < 1 || c.People > 100_000 || c.Days < 1 || c.Days > 3650 || c.Pace < 1 || c.Pace > 86_400 {
		return fmt.Errorf("a demonstration has 1 to 100000 people, 1 to 3650 days and a pace from 1 to 86400")
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", c.Listen, err)
	}
	defer listener.Close()
	rel, err := mustLoad(s, c.Program)
	if err != nil {
		return err
	}
	zones, err := instant.LoadZones()
	if err != nil {
		return err
	}
	demo := app.Demo{Data: c.Data, Release: rel, People: c.People, Days: c.Days, Seed: c.Seed, Pace: c.Pace, Logger: telemetry.New(s.err, slog.LevelInfo, false)}
	if err := c.lookAt(s, &demo); err != nil {
		return badInput{err}
	}
	if err := c.others(s, &demo); err != nil {
		return badInput{err}
	}
	began := time.Now()
	if demo.People > 0 {
		fmt.Fprintf(s.err, "%d people are living %d days …\n", demo.People, demo.Days)
	}
	for _, w := range demo.Worlds {
		fmt.Fprintf(s.err, "%d people of %s are living %d days …\n", w.People, w.Program, w.Days)
	}
	world, err := app.NewWorld(ctx, demo, zones)
	if err != nil {
		return err
	}
	defer world.Node.Close()
	key, err := world.Node.Sources.Add("app", "")
	if err != nil {
		return err
	}
	fmt.Fprintf(s.err, "… in %.1f seconds. They go on at ×%g.\n\n  http://localhost:%d/console/   where staff work\n  http://localhost:%d            all of it in numbers\n\nSend events of your own with the write key %s\nStop with Ctrl-C.\n",
		time.Since(began).Seconds(), c.Pace, address.Port(), address.Port(), key)
	return world.Run(ctx, listener)
}

// others adds the people of programs that live as their worlds say. The demonstration's own people are for the program that they
// were made up for, wherever it stands, and for programs without a world; where there is none of these, there are no such people.
func (c *demoCmd) others(s streams, demo *app.Demo) error {
	own := false
	for i, folder := range c.Program {
		file, p := filepath.Join(folder, program.World), demo.Release.Programs[i]
		if _, err := os.Stat(file); p.ID == app.DemoProgram || errors.Is(err, os.ErrNotExist) {
			own = true
			continue
		}
		w, err := (&simulateCmd{World: file}).world(s, []*release.Release{demo.Release})
		if err != nil {
			return err
		}
		days := 3 * c.Days
		// People come all along, and a tenth only after the page opens: a world that says when the last one came would show a
		// map at whose beginning nobody is.
		w.People.Arrive = simulate.Delay{To: instant.Duration(days) * instant.Day / 9 * 10}
		demo.Worlds = append(demo.Worlds, app.DemoWorld{Program: p.ID, World: w, People: 2 * c.People, Days: days})
	}
	if !own {
		demo.People = 0
	}
	return nil
}

// lookAt takes what the world that was named says of a demonstration's people.
func (c *demoCmd) lookAt(s streams, demo *app.Demo) error {
	if c.World == "" {
		return nil
	}
	w, err := (&simulateCmd{World: c.World}).world(s, []*release.Release{demo.Release})
	if err != nil {
		return err
	}
	for _, channel := range w.People.Channels {
		if channel.Name == "sms" {
			demo.Phones = channel.Share
		}
	}
	demo.Does = w.Response.Of
	return nil
}
