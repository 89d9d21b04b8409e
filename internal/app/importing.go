package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"attune/core/event"
	"attune/internal/api"
	"attune/internal/control"
	"attune/internal/csvmap"
	"attune/internal/fhir"
	"attune/internal/importer"
	"attune/internal/intake"
	"attune/internal/records"
	"attune/internal/request"
)

// Import says what to import and how.
type Import struct {
	// Paths are files and folders on the machine of the data folder, and addresses of FHIR servers.
	Paths []string `json:"paths"`
	// Uploads are files that were sent to the server, by their ids; one that ends in .yaml is the map. They are taken away when they
	// were imported.
	Uploads []string `json:"uploads,omitempty"`
	// Token lets its holder in at these servers.
	Token string `json:"token"`
	// Source names who keeps the records; System is what its own ids of people belong to, empty for the source's name.
	Source string `json:"source"`
	System string `json:"system"`
	// Zone is that of times which name none; empty is the programs'.
	Zone string `json:"zone"`
	// Map says how CSV files are read: the name of a map that comes along, or a file; empty where there are none.
	Map string `json:"map"`
	// Codes is a table of what the source's codes mean, and CodesFile its name; empty for none.
	Codes     string `json:"codes"`
	CodesFile string `json:"codes_file"`
	// Live lets what is new act.
	Live bool `json:"live"`
	// Identifiers are systems of identifiers in the records, and what they are called here; people are recognised by
	// them.
	Identifiers map[string]string `json:"identifiers"`
}

// ImportProgress is how far an import has come.
type ImportProgress = importer.Progress

// Importing is how an import does.
type Importing struct {
	importer.Progress
	Done bool `json:"done"`
	// Report is there when it is done, and Error when it ended before all was read.
	Report *importer.Report `json:"report,omitempty"`
	Error  string           `json:"error,omitempty"`
}

// imports is the import that is under way, or was last.
type imports struct {
	mu   sync.Mutex
	is   Importing
	stop context.CancelFunc // nil when none is under way
}

const (
	callImport     = "import"
	callImporting  = "importing"
	callStopImport = "stop-import"
)

func (n *Node) handleImports(mux *http.ServeMux) {
	answer(n, mux, callImport, func(ctx context.Context, in Import) (nothing, error) { return nothing{}, n.startImport(ctx, in) })
	answer(n, mux, callImporting, func(context.Context, nothing) (Importing, error) {
		n.imports.mu.Lock()
		defer n.imports.mu.Unlock()
		return n.imports.is, nil
	})
	answer(n, mux, callStopImport, func(context.Context, nothing) (nothing, error) {
		n.imports.mu.Lock()
		defer n.imports.mu.Unlock()
		if n.imports.stop != nil {
			n.imports.stop()
		}
		return nothing{}, nil
	})
}

// startImport begins an import that goes on until it is done or stopped, whoever asked for it.
func (n *Node) startImport(ctx context.Context, in Import) (err error) {
	sent, back, err := n.uploads.take(api.PrincipalOf(ctx), in.Uploads)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			back(false)
		}
	}()
	for _, path := range sent {
		if strings.HasSuffix(path, ".yaml") {
			in.Map = path
			continue
		}
		in.Paths = append(in.Paths, path)
	}
	files, job, err := n.importJob(in)
	if err != nil {
		return err
	}
	n.imports.mu.Lock()
	defer n.imports.mu.Unlock()
	if n.imports.stop != nil {
		return errors.New("an import is under way: wait until it is done, or stop the command that began it (Ctrl-C)")
	}
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	n.imports.stop, n.imports.is = stop, Importing{}
	n.importing.Go(func() {
		defer stop()
		report, err := job.Run(working, files)
		back(err == nil)
		n.imports.mu.Lock()
		defer n.imports.mu.Unlock()
		n.imports.stop = nil
		n.imports.is.Done, n.imports.is.Report = true, report
		if err != nil {
			n.imports.is.Error = err.Error()
		}
	})
	return nil
}

// importJob makes ready what an import needs.
func (n *Node) importJob(in Import) ([]importer.File, *importer.Job, error) {
	switch {
	case in.Source == event.Own || in.Source == request.Source:
		return nil, nil, fmt.Errorf("%q is a source of Attune's own: give the records' source another name", in.Source)
	case !isSourceName(in.Source):
		return nil, nil, fmt.Errorf("%q cannot be a source's name: use small letters, digits, - and _, at most 40", in.Source)
	}
	var exports []importer.Export
	var paths []string
	for _, p := range in.Paths {
		if !importer.IsURL(p) {
			paths = append(paths, p)
			continue
		}
		e := importer.Export{URL: p, Token: in.Token}
		if err := e.Check(); err != nil {
			return nil, nil, err
		}
		exports = append(exports, e)
	}
	files, err := importer.Files(paths)
	if err != nil {
		return nil, nil, err
	}
	zones, err := n.zones()
	if err != nil {
		return nil, nil, err
	}
	name := in.Zone
	if name == "" {
		name = n.live().Programs[0].Policy.Zone
	}
	zone, known := zones.Find(name)
	if !known {
		return nil, nil, fmt.Errorf("there is no time zone %q: name one as in America/New_York", name)
	}
	var tables *csvmap.Map
	if in.Map != "" {
		if tables, err = importer.Tables(in.Map, zones); err != nil {
			return nil, nil, err
		}
	}
	options := fhir.Options{Zone: zone}
	if in.Codes != "" {
		if options.Codes, err = importer.Codes(in.CodesFile, strings.NewReader(in.Codes)); err != nil {
			return nil, nil, err
		}
	}
	job := &importer.Job{
		Tables: tables, Exports: exports,
		Source: records.Source{Source: intake.Source{Name: in.Source, System: in.System}, Live: in.Live, System: func(system string) (string, bool) {
			as, same := in.Identifiers[system]
			if !same {
				as = system
			}
			return as, same
		}},
		Book: n.Records, Doubts: n.doubts, Now: time.Now,
		Resources: importer.NewResources(options),
		Progress: func(p importer.Progress) {
			n.imports.mu.Lock()
			n.imports.is.Progress = p
			n.imports.mu.Unlock()
		},
	}
	return files, job, nil
}

// SuggestMap proposes a map for the CSV files at paths.
func SuggestMap(paths []string) ([]byte, error) { return importer.Suggest(paths) }

// ImportIn imports into a data folder: through the server that runs on it, or by itself, with nothing said to anybody.
// progress is told now and then. When ctx ends, so does the import; what was taken stays.
func ImportIn(ctx context.Context, data string, in Import, progress func(importer.Progress)) (*importer.Report, error) {
	for i, p := range in.Paths {
		if importer.IsURL(p) {
			continue
		}
		abs, err := filepath.Abs(p)
		if err != nil {
			return nil, err
		}
		in.Paths[i] = abs
	}
	if in.Map != "" && !slices.Contains(csvmap.ShippedNames(), in.Map) {
		abs, err := filepath.Abs(in.Map)
		if err != nil {
			return nil, err
		}
		in.Map = abs
	}
	_, err := ask[Import, nothing](ctx, data, callImport, in)
	if errors.Is(err, control.ErrNobody) {
		return importAside(ctx, data, in, progress)
	}
	if err != nil {
		return nil, err
	}
	for {
		select {
		case <-ctx.Done():
			_, err := ask[nothing, nothing](context.WithoutCancel(ctx), data, callStopImport, nothing{})
			return nil, errors.Join(ctx.Err(), err)
		case <-time.After(200 * time.Millisecond):
		}
		is, err := ask[nothing, Importing](ctx, data, callImporting, nothing{})
		if err != nil {
			return nil, err
		}
		progress(is.Progress)
		if is.Done {
			if is.Error != "" {
				err = errors.New(is.Error)
			}
			return is.Report, err
		}
	}
}

// importAside imports into a folder that nobody serves. People live through what is told of them; nothing is handed
// over.
func importAside(ctx context.Context, data string, in Import, progress func(importer.Progress)) (_ *importer.Report, err error) {
	if _, ok, err := readPin(data); err != nil || !ok {
		return nil, errors.Join(err, notUsed(data))
	}
	live, err := liveIn(data)
	if err != nil {
		return nil, err
	}
	n, err := Open(ctx, Options{Data: data, Release: live[0]})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	files, job, err := n.importJob(in)
	if err != nil {
		return nil, err
	}
	job.Progress = progress
	living, stop := context.WithCancel(ctx)
	defer stop()
	var failed error
	var work sync.WaitGroup
	work.Go(func() {
		failed = n.livesOn(living)
		stop()
	})
	report, err := job.Run(living, files)
	for err == nil && living.Err() == nil {
		for n.Runner.Behind() > 0 && living.Err() == nil {
			time.Sleep(longestNap)
		}
		said := 0
		if said, err = n.Proposals.Carry(living); said == 0 {
			break
		}
	}
	stop()
	work.Wait()
	if failed != nil {
		err = failed
	}
	if err == nil {
		err = n.compare(ctx)
	}
	return report, err
}

// livesOn lets people live through what comes, until ctx ends.
func (n *Node) livesOn(ctx context.Context) error {
	for ctx.Err() == nil {
		p, err := n.Runner.Tick(context.WithoutCancel(ctx), n.Now())
		if err != nil {
			return fmt.Errorf("the runner stopped: %w", err)
		}
		if !p.More {
			time.Sleep(longestNap)
		}
	}
	return nil
}

// openRecords opens the book of records.
func (n *Node) openRecords(ctx context.Context) (err error) {
	n.Records, err = records.Open(ctx, records.Config{
		Path: filepath.Join(n.Data, "records.db"), Secret: n.Keys.Secret("records"), Keys: n.Keys, Directory: n.Directory, Events: n.Intake, Log: n.Log, Relaxed: n.Relaxed,
	})
	if err != nil {
		return err
	}
	n.closers = append(n.closers, n.Records, closing(func() error {
		n.imports.mu.Lock()
		if n.imports.stop != nil {
			n.imports.stop()
		}
		n.imports.mu.Unlock()
		n.importing.Wait()
		return nil
	}))
	return nil
}

type closing func() error

func (c closing) Close() error { return c() }
