package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/core/event"
	"attune/core/expr"
	"attune/internal/app"
	"attune/internal/intake"
	"attune/internal/intake/identity"
)

// usedFolder is a data folder in which ana is known, and nobody serves.
func usedFolder(t *testing.T, witness string) string {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	rel, err := bootstrap(streams{&bytes.Buffer{}, &bytes.Buffer{}}, data, diabetes)
	if err != nil {
		t.Fatal(err)
	}
	node, err := app.Open(t.Context(), app.Options{Data: data, Organisation: "Green Lane", Release: rel, Witness: witness})
	if err != nil {
		t.Fatal(err)
	}
	e := event.Event{ID: "feed/1", Name: "traits.updated"}.With("first_name", expr.TextOf("Ana"))
	err = node.Intake.Take(t.Context(), intake.Source{Name: "feed"}, []intake.Arrival{{Who: identity.Key{System: "feed", Value: "ana"}, Event: e}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := node.Runner.Tick(t.Context(), node.Now()); err != nil {
		t.Fatal(err)
	}
	if err := node.Close(); err != nil {
		t.Fatal(err)
	}
	return data
}

// Who was told, who changed what, and that the record is what it was: by the commands, and on a copy.
func TestAuditIsReadAndVerified(t *testing.T) {
	t.Parallel()
	witness := filepath.Join(t.TempDir(), "witness")
	dir := usedFolder(t, witness)
	must := func(args ...string) string {
		t.Helper()
		code, out, errs := attune(t, args...)
		if code != 0 {
			t.Fatalf("attune %s: %d %s%s", strings.Join(args, " "), code, out, errs)
		}
		return out
	}
	must("story", "feed:ana", "--data", dir)
	must("pause", "begin", "--data", dir, "--channel", "email", "--why", "it sends twice", "--by", "nurse Kim")
	must("keys", "add", "shop", "--data", dir)
	list := must("audit", "list", "--data", dir)
	for _, want := range []string{"person.read", "by attune story", "delivery.paused", "nurse Kim (user ", "because: it sends twice", "key.made"} {
		if !strings.Contains(list, want) {
			t.Errorf("the list lacks %q:\n%s", want, list)
		}
	}
	if strings.Contains(list, "begun, and its end") {
		t.Errorf("something did not end:\n%s", list)
	}
	if only := must("audit", "list", "--data", dir, "--actor", "NURSE KIM"); strings.Contains(only, "person.read") || !strings.Contains(only, "delivery.paused") {
		t.Errorf("of one actor:\n%s", only)
	}
	if looks := must("audit", "looks", "feed:ana", "--data", dir); !strings.Contains(looks, "by attune story") || strings.Contains(looks, "paused") {
		t.Errorf("who looked at ana:\n%s", looks)
	}
	if none := must("audit", "list", "--data", dir, "--from", "2020-01-01", "--to", "2020-01-02"); none != "" {
		t.Errorf("long ago:\n%s", none)
	}
	for _, wrong := range [][]string{{"--what", "person.sung"}, {"--from", "yesterday"}} {
		if code, _, _ := attune(t, append([]string{"audit", "list", "--data", dir}, wrong...)...); code != 2 {
			t.Errorf("%v was taken: %d", wrong, code)
		}
	}

	key := filepath.Join(t.TempDir(), "key.pub")
	if err := os.WriteFile(key, []byte(must("audit", "key", "--data", dir)), 0o600); err != nil {
		t.Fatal(err)
	}
	must("audit", "rotate", "--data", dir)
	must("person", "feed:ana", "--data", dir)
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(app.AuditDir(dir))); err != nil {
		t.Fatal(err)
	}
	trust := []string{"--witness", witness, "--public-key", key}
	if says := must(append([]string{"audit", "verify", copied}, trust...)...); !strings.Contains(says, "\nsound\n") || !strings.Contains(says, "by 2 keys") {
		t.Error(says)
	}
	must("audit", "verify", "--data", dir)
	file := filepath.Join(copied, "000000000001.jsonl")
	log, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(log, []byte("\n"))
	if err := os.WriteFile(file, bytes.Join(lines[:len(lines)-2], nil), 0o600); err != nil { // the last is empty
		t.Fatal(err)
	}
	code, out, _ := attune(t, append([]string{"audit", "verify", copied, "--json"}, trust...)...)
	var found struct {
		Sound    bool `json:"sound"`
		Problems []struct {
			Says string `json:"says"`
		} `json:"problems"`
	}
	if err := json.Unmarshal([]byte(out), &found); err != nil || code != 1 || found.Sound || !strings.Contains(found.Problems[0].Says, "gone from the end") {
		t.Errorf("%d %s %v", code, out, err)
	}
}
