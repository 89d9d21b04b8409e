package app

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/core/event"
	"attune/core/expr"
	"attune/internal/api"
	"attune/internal/intake"
	"attune/internal/sim"
)

// What identifies a person or says something about their health is in no file of the data folder as
// it was written, while the server runs or afterwards; nor are names of events that nobody declared.
func TestTheDataFolderSaysNothingAboutAnybody(t *testing.T) {
	if testing.Short() {
		t.Skip("lives through months")
	}
	w, dir := smallWorld(t)
	// What everybody's events and messages are full of: identifiers, addresses, names, codes, words.
	telling := []string{"patient-0", "patients.example", "Metformin", "44054006", "860975", "America/", "Dear ", "Estimad", "Green Lane", "Quispe", "opened letter"}
	look := func(when string) {
		files := 0
		err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(os.DirFS(dir), name)
			if err != nil {
				return err
			}
			files++
			if home, isProgram := strings.CutPrefix(name, "releases/"); isProgram && home != "publications.json" {
				// What was published is kept as it was written: texts to everybody, nothing about anybody.
				_, inside, _ := strings.Cut(home, "/diabetes/")
				if was, err := os.ReadFile(filepath.Join(learning, inside)); err != nil || !bytes.Equal(was, data) {
					t.Errorf("%s, %s is not a program's file as it was: %v", when, name, err)
				}
				return nil
			}
			for _, word := range telling {
				if bytes.Contains(data, []byte(word)) {
					t.Errorf("%s, %s holds %q", when, name, word)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if files < 10 {
			t.Errorf("%s there are only %d files in the data folder", when, files)
		}
	}
	odd := intake.Arrival{Who: w.Population.Key(0), Event: event.Event{ID: "demo/odd", Name: "Ana Quispe/opened letter", OccurredAt: w.Clock.Now()}.With("Ana Quispe/44054006", expr.TextOf("Dear Ana"))}
	if err := w.Node.Intake.Take(t.Context(), w.Population.Source(), []intake.Arrival{odd}); err != nil {
		t.Fatal(err)
	}
	if err := (sim.Drive{Runner: w.Node.Runner, Delivery: w.Node.Delivery}).Settle(t.Context(), w.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	o, err := (&Server{Node: w.Node}).view().Overview(t.Context())
	if err != nil || len(o.Arrivals) != 1 || o.Arrivals[0] != (api.Count{Name: odd.Event.Name, N: 1}) {
		t.Errorf("arrivals: %v, %v", o.Arrivals, err)
	}
	captured, err := w.Node.Box.Newest(t.Context(), 1)
	if err != nil || len(captured) == 0 || !bytes.Contains([]byte(captured[0].Message.To), []byte("patients.example")) {
		t.Fatalf("there is nothing to be found: %v, %v", captured, err)
	}
	look("while it runs")
	if err := w.Node.Close(); err != nil {
		t.Fatal(err)
	}
	look("afterwards")
}
