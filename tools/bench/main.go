package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"time"

	"attune/core/instant"
	"attune/core/release"
	"attune/internal/app"
	"attune/internal/programdir"
)

// options are the flags.
type options struct {
	people, clients, rate   int
	seconds, mails, backlog int
	events, parquetEvents   int
	asks, listeners         int
	traits                  func(i int) []any // of people who are more than an address; nil for none
	quick, json             bool
	only, dir, program      string
	cpuProfile              string
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == clientCommand {
		clientMain(os.Args[2:])
		return
	}
	if len(os.Args) > 1 && os.Args[1] == minerCommand {
		minerMain(os.Args[2:])
		return
	}
	app.TradeMemory(app.ServerGarbage) // as a server does
	var o options
	flag.IntVar(&o.people, "people", 100_000, "how many people events are about")
	flag.IntVar(&o.clients, "clients", 16, "how many batches are on their way at once")
	flag.IntVar(&o.rate, "rate", 2000, "events per second at which latency is measured")
	flag.IntVar(&o.seconds, "seconds", 10, "how long each load lasts")
	flag.IntVar(&o.backlog, "backlog", 20_000, "how many accepted events may wait before the client is told to come again")
	flag.IntVar(&o.mails, "mails", 3000, "how many e-mails are handed over")
	flag.IntVar(&o.events, "events", 10_000_000, "how many events the log has that is mined")
	flag.IntVar(&o.parquetEvents, "parquet-events", 0, "how many the Parquet one has; as many if nothing is said")
	flag.IntVar(&o.asks, "asks", 200, "how often each question is asked of the API")
	flag.IntVar(&o.listeners, "listeners", 200, "how many listen to the stream")
	flag.BoolVar(&o.quick, "quick", false, "a short run, to see that everything works")
	flag.BoolVar(&o.json, "json", false, "print JSON instead of a table")
	flag.StringVar(&o.only, "only", "", "only these, with commas between: step, disk, path, mail, mine, api")
	flag.StringVar(&o.dir, "dir", "", "where the temporary data folder is made; empty means the system's place")
	flag.StringVar(&o.program, "program", "programs/diabetes", "the program folder of the diabetes figures")
	flag.StringVar(&o.cpuProfile, "cpuprofile", "", "write the server's CPU profile under load here, and those of letters beside it")
	flag.Parse()
	if o.quick {
		o.people, o.seconds, o.mails = min(o.people, 2000), min(o.seconds, 2), min(o.mails, 200)
		o.asks, o.listeners = min(o.asks, 20), min(o.listeners, 20)
		o.events, o.parquetEvents = min(o.events, 100_000), min(o.parquetEvents, 100_000)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	dir, err := os.MkdirTemp(o.dir, "attune-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	zones, err := instant.LoadZones()
	if err != nil {
		return err
	}
	diabetes, err := load(zones, o.program)
	if err != nil {
		return err
	}
	r := &report{Machine: machine(), Date: time.Now().UTC().Format("2006-01-02 15:04 MST"), Command: strings.Join(os.Args[1:], " ")}
	for _, part := range []struct {
		name string
		do   func() error
	}{
		{"step", func() error { return measureSteps(r, o, zones, diabetes, dir) }},
		{"disk", func() error { return measureDisk(r, o, dir) }},
		{"path", func() error { return measurePath(ctx, r, o, diabetes, filepath.Join(dir, "path")) }},
		{"mail", func() error {
			certain, err := loadCertain(zones, o.program)
			if err != nil {
				return err
			}
			return measureMails(ctx, r, o, certain, filepath.Join(dir, "mail"))
		}},
		{"api", func() error { return measureAPI(ctx, r, o, diabetes, filepath.Join(dir, "api")) }},
		{"maps", func() error { return measureMaps(r, o, zones) }},
		{"mine", func() error { return measureMine(ctx, r, o, filepath.Join(dir, "mine")) }},
	} {
		if o.only != "" && !strings.Contains(","+o.only+",", ","+part.name+",") {
			continue
		}
		if err := part.do(); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	if o.json {
		return json.NewEncoder(os.Stdout).Encode(r)
	}
	return r.print(os.Stdout)
}

func load(zones *instant.Zones, dir string) (*release.Release, error) {
	rel, problems, err := programdir.Load(zones, dir)
	if err != nil {
		return nil, err
	}
	if rel == nil {
		return nil, fmt.Errorf("%s has problems: %v", dir, problems)
	}
	return rel, nil
}

// loadCertain reads a program without what it leaves to chance, so that each letter that is asked for is sent.
func loadCertain(zones *instant.Zones, dir string) (*release.Release, error) {
	files, problems, err := programdir.ReadFiles(dir)
	if err != nil || len(problems) > 0 {
		return nil, errors.Join(err, fmt.Errorf("%s has problems: %v", dir, problems))
	}
	before, _, _ := strings.Cut(files.Texts["policy.yaml"], "\none_channel_a_day:")
	files.Texts["policy.yaml"] = before + "\n"
	rel, problems := programdir.Compile(zones, files)
	if rel == nil {
		return nil, fmt.Errorf("%s has problems: %v", dir, problems)
	}
	return rel, nil
}

// profileOf is the file of one part's profile, beside the one that the flag names.
func (o *options) profileOf(part string) string {
	if o.cpuProfile == "" {
		return ""
	}
	return o.cpuProfile + "-" + part
}

// profiled runs f under the CPU profiler when a file is named.
func profiled(file string, f func() error) error {
	if file == "" {
		return f()
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := pprof.StartCPUProfile(out); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return f()
}
