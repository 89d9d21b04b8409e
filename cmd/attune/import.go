package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"attune/internal/app"
)

type importCmd struct {
	dataFolder
	Paths       []string          `arg:"" help:"Files and folders of records, plain or .gz, or the address of a FHIR server." placeholder:"PATH"`
	Source      string            `help:"Who keeps the records. The same name each time, so that a record that comes again is recognised." default:"ehr" placeholder:"NAME"`
	System      string            `help:"What the source's own ids of people belong to. The source's name if it is not given." placeholder:"SYSTEM"`
	Zone        string            `help:"The time zone of times that name none. The programs' if it is not given." placeholder:"ZONE"`
	Identifiers map[string]string `name:"identifier" help:"A system of identifiers by which people are recognised, and what it is called here, as in http://hospital.example/mrn=mrn. May be given several times." placeholder:"SYSTEM=NAME" mapsep:"none"`
	Map         string            `help:"How CSV files are read: synthea, which comes along, or a file of yours (docs/interop/csv.md)." placeholder:"MAP"`
	TokenFile   string            `help:"A file with the token that a FHIR server asks for." type:"path" placeholder:"FILE"`
	Suggest     bool              `help:"Import nothing; propose a map for the CSV files, to be read, mended and given to --map."`
	Codes       string            `help:"A table of what the source's own codes mean: system,code,is_system,is_code." type:"path" placeholder:"FILE.csv"`
	Live        bool              `help:"Let what is new act, as far as it is not too old to. Without it, records are only remembered."`
	JSON        bool              `help:"Write the report as JSON."`
}

func (importCmd) Help() string {
	return `Reads FHIR R4: Bundles, folders of Bulk Data (NDJSON), single resources; tables (CSV) by a map; and calls of the
Segment protocol, one on each line. Plain or .gz. What it reads becomes
events of people, as docs/interop/import.md says; nothing is said to anybody because of it, unless --live.

A FHIR server is asked for an export of all that it has ($export), or of what its address names, such as a Group.

A record that comes again changes nothing, in whatever file and order. So an import that was interrupted is
run again, and goes on where it was. A newer version of a record tells what changed; a record that was entered
in error, or is deleted, takes back what it told.

While a server runs on the folder, it does the work. Else the command does, and people live through
what it tells; nothing is handed over.

Examples:
  attune import export/ --data data --source ehr
  attune import https://fhir.example/r4 --token-file token --data data --source ehr
  attune import synthea/csv/ --data data --map synthea
  attune import tables/ --suggest > practice.yaml
  attune import bundles.ndjson.gz --data data --identifier http://hospital.example/mrn=mrn`
}

func (c *importCmd) Run(ctx context.Context, s streams) error {
	if c.Suggest {
		proposal, err := app.SuggestMap(c.Paths)
		if err == nil {
			_, err = s.out.Write(proposal)
		}
		return err
	}
	in := app.Import{Paths: c.Paths, Map: c.Map, Source: c.Source, System: c.System, Zone: c.Zone, Identifiers: c.Identifiers, Live: c.Live}
	if c.TokenFile != "" {
		text, err := os.ReadFile(c.TokenFile)
		if err != nil {
			return fmt.Errorf("read the token: %w", err)
		}
		in.Token = strings.TrimSpace(string(text))
	}
	if c.Codes != "" {
		text, err := os.ReadFile(c.Codes)
		if err != nil {
			return fmt.Errorf("read the codes: %w", err)
		}
		in.Codes, in.CodesFile = string(text), filepath.Base(c.Codes)
	}
	defer app.TradeMemory(app.ImportGarbage)() // where no server runs, this process does nothing else
	report, err := app.ImportIn(ctx, c.Data, in, c.progress(s))
	if report != nil && report.Items > 0 {
		if c.JSON {
			err = errors.Join(s.asJSON(report), err)
		} else {
			err = errors.Join(report.WriteText(s.out), err)
		}
	}
	if errors.Is(err, context.Canceled) {
		return errors.New("the import was stopped: what was read is kept; run it again and it goes on")
	}
	return err
}

// progress writes how far an import has come: on a terminal each half second on one line, else each ten.
func (c *importCmd) progress(s streams) func(app.ImportProgress) {
	var last time.Time
	terminal := isTerminal(s.err)
	every := 10 * time.Second
	if terminal {
		every = time.Second / 2
	}
	began := time.Now()
	return func(p app.ImportProgress) {
		now := time.Now()
		if now.Sub(last) < every || c.JSON && !terminal {
			return
		}
		last = now
		share := 0.0
		if p.Of > 0 {
			share = 100 * float64(p.Bytes) / float64(p.Of)
		}
		line := fmt.Sprintf("%3.0f %%  %d records, %d events, %d known before (%s)", share, p.Items, p.Told, p.Known, now.Sub(began).Round(time.Second))
		if terminal {
			fmt.Fprintf(s.err, "\r\x1b[K%s", line)
			if share >= 100 {
				fmt.Fprintln(s.err)
			}
			return
		}
		fmt.Fprintln(s.err, line)
	}
}
