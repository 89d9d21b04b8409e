package app

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"attune/core/instant"
	"attune/internal/api"
	"attune/internal/insight"
	"attune/internal/insight/duck"
)

// FactsOf says which facts are exported.
type FactsOf struct {
	// Program is whose; empty for all.
	Program  string
	From, To instant.Time
}

// Exported is what came of it.
type Exported struct {
	Facts  int64    `json:"facts"`
	Files  []string `json:"files"`
	Folder string   `json:"folder"`
}

// ExportFacts writes the facts that numbers are made of as Parquet files, by program and month, into a folder that is not there yet. People
// stand in them as pseudonyms; whoever asked that nothing be used of them does not.
func (i *Inspector) ExportFacts(ctx context.Context, dir string, o FactsOf) (*Exported, error) {
	if o.Program != "" {
		if _, _, err := i.liveProgram(o.Program); err != nil {
			return nil, err
		}
	}
	if !duck.Built {
		return nil, insight.ErrNoBase
	}
	if err := i.looked(ctx, "ExportFacts"); err != nil {
		return nil, err
	}
	t, done, err := i.kept(ctx, filepath.Dir(filepath.Clean(dir)))
	if err != nil {
		return nil, err
	}
	defer done()
	out := &Exported{Folder: dir, Files: []string{}}
	if out.Facts, err = t.Export(ctx, dir, insight.ExportOf{Program: o.Program, From: o.From, To: o.To}); err != nil {
		return nil, err
	}
	return out, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			out.Files = append(out.Files, filepath.ToSlash(rel))
		}
		return err
	})
}

// kept are the facts with a file to export from: the server's own, or one made for the purpose beside the export and taken away after it.
func (i *Inspector) kept(ctx context.Context, beside string) (*insight.Tail, func(), error) {
	if i.facts != nil {
		t, err := i.facts(ctx)
		return t, func() {}, err
	}
	tmp, err := os.MkdirTemp(beside, ".facts-")
	if err != nil {
		return nil, nil, fmt.Errorf("a place for the facts beside the export: %w", err)
	}
	base, err := duck.Open(ctx, filepath.Join(tmp, "facts.duckdb"))
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(tmp))
	}
	t := insight.NewTail(factSource{i.history, i.keys}, i.keys.Secret(factsSecret), slog.New(slog.DiscardHandler))
	done := func() {
		_ = t.Close()
		_ = os.RemoveAll(tmp)
	}
	if err := t.Start(ctx, base); err != nil {
		_ = base.Close()
		done()
		return nil, nil, err
	}
	if err := t.CatchUp(ctx); err != nil {
		done()
		return nil, nil, err
	}
	return t, done, nil
}

// zipped exports into a file that holds the folder.
func (i *Inspector) zipped(ctx context.Context, o FactsOf) (api.Text, error) {
	tmp, err := os.MkdirTemp(i.dir, ".export-")
	if err != nil {
		return api.Text{}, err
	}
	defer os.RemoveAll(tmp)
	dir := filepath.Join(tmp, "facts")
	if _, err := i.ExportFacts(ctx, dir, o); err != nil {
		return api.Text{}, err
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if err := errors.Join(z.AddFS(os.DirFS(tmp)), z.Close()); err != nil {
		return api.Text{}, err
	}
	return api.Text{Type: "application/zip", Body: b.Bytes()}, nil
}
