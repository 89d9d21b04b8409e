package main

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"attune/core/instant"
	"attune/internal/app"
	"attune/internal/programdir"
)

// clinic is a server over a data folder, with the key of a source that may send to it.
type clinic struct {
	t         *testing.T
	data, key string
}

func newClinic(t *testing.T) *clinic {
	t.Helper()
	c := &clinic{t: t, data: filepath.Join(t.TempDir(), "data")}
	code, out, complaint := attune(t, "keys", "add", "app", "--data", c.data)
	if code != 0 {
		t.Fatal(complaint)
	}
	c.key = strings.TrimSpace(out)
	return c
}

// hears runs a server with the program, sends it track calls, and waits until they are applied.
func (c *clinic) hears(program string, calls ...string) {
	c.t.Helper()
	zones, err := instant.LoadZones()
	if err != nil {
		c.t.Fatal(err)
	}
	rel, problems, err := programdir.Load(zones, program)
	if rel == nil {
		c.t.Fatal(problems, err)
	}
	n, err := app.Open(c.t.Context(), app.Options{Data: c.data, Organisation: "clinic", Release: rel, Relaxed: true})
	if err != nil {
		c.t.Fatal(err)
	}
	defer n.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		c.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(c.t.Context())
	done := make(chan error, 1)
	go func() { done <- (&app.Server{Node: n, Pace: 1}).Run(ctx, listener) }()
	for _, p := range calls {
		r, err := http.NewRequest(http.MethodPost, "http://"+listener.Addr().String()+"/v1/track", strings.NewReader(`{"userId":"ana",`+p+`}`))
		if err != nil {
			c.t.Fatal(err)
		}
		r.SetBasicAuth(c.key, "")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			c.t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			c.t.Errorf("%s: %s", p, answer.Status)
		}
	}
	for range 1000 {
		if n.Runner.Behind() == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if code, _, complaint := attune(c.t, "events", "arrivals", "--data", c.data); code != 0 || n.Runner.Behind() > 0 {
		c.t.Errorf("beside the server the arrivals cannot be read, or are not all applied: %s", complaint)
	}
	stop()
	if err := <-done; err != nil {
		c.t.Fatal(err)
	}
}

// From an event that nobody declared to a rule that asks for it.
func TestAnArrivalIsDeclaredAndUsed(t *testing.T) {
	c := newClinic(t)
	c.hears(diabetes,
		`"event":"foot_check.sent","properties":{"score":3,"side":"left","sent_at":"2027-03-05T09:30:00Z","foot-code":"x","grade":1}`,
		`"event":"Button Clicked"`)
	c.hears(diabetes, `"event":"foot_check.sent","properties":{"score":3.5,"side":"right","grade":"high","private":"Ana Quispe"}`)

	_, out, _ := attune(t, "events", "arrivals", "--data", c.data, "--json")
	var arrived []app.Arrival
	if err := json.Unmarshal([]byte(out), &arrived); err != nil {
		t.Fatal(err, out)
	}
	if len(arrived) != 2 || arrived[0].Name != "foot_check.sent" || arrived[0].Source != "app" || arrived[0].Times != 2 || arrived[0].Last < arrived[0].First || arrived[0].First == 0 || arrived[1].Name != "Button Clicked" {
		t.Fatalf("arrived: %+v", arrived)
	}
	types := map[string]map[string]int64{}
	for _, p := range arrived[0].Props {
		types[p.Name] = p.Types
	}
	want := map[string]map[string]int64{
		"score": {"integer": 1, "number": 1}, "side": {"text": 2}, "sent_at": {"time": 1}, "foot-code": {"text": 1}, "grade": {"integer": 1, "text": 1}, "private": {"text": 1},
	}
	if !reflect.DeepEqual(types, want) {
		t.Errorf("seen: %v", types)
	}
	_, out, _ = attune(t, "events", "arrivals", "--data", c.data)
	if !strings.Contains(out, "foot_check.sent from app, 2 times") || !strings.Contains(out, "integer 1, number 1") || strings.Contains(out, "Quispe") {
		t.Error(out)
	}

	feet := filepath.Join(t.TempDir(), "diabetes")
	if err := os.CopyFS(feet, os.DirFS(diabetes)); err != nil {
		t.Fatal(err)
	}
	code, out, complaint := attune(t, "events", "declare", "foot_check.sent", feet, "--data", c.data, "--says", "The person sent a photo of the foot.")
	if code != 0 || !strings.Contains(out, "Left out: foot-code, since rules cannot write that name") || !strings.Contains(out, "Left out: grade, since it came as integer 1, text 1") || !strings.Contains(out, "The program is valid") {
		t.Fatal(code, out, complaint)
	}
	text, err := os.ReadFile(filepath.Join(feet, "events.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != `events:
  foot_check.sent:
    says: "The person sent a photo of the foot."
    fields:
      private: {type: text, sensitivity: clinical}
      score: {type: number, sensitivity: clinical}
      sent_at: {type: time, sensitivity: clinical}
      side: {type: text, sensitivity: clinical}
` {
		t.Errorf("written:\n%s", text)
	}
	_, schema, _ := attune(t, "events", "--schema", feet)
	_, list, _ := attune(t, "events", "list", feet)
	_, whole, _ := attune(t, "events", "list", feet, "--json")
	for _, said := range []string{schema, list, whole} {
		if !strings.Contains(said, "foot_check.sent") || !strings.Contains(said, "medication.dispensed") {
			t.Errorf("it is not in the catalogue: %.300s", said)
		}
	}

	// A rule asks for it, in a data folder of its own, since people do not change programs.
	signals := filepath.Join(feet, "signals.yaml")
	was, err := os.ReadFile(signals)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(signals, append(was, "  sore_foot: {on: foot_check.sent, where: event.score > 2}\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, complaint := attune(t, "validate", feet); code != 0 {
		t.Fatal(complaint)
	}
	used := newClinic(t)
	used.hears(feet, `"event":"clinical.condition_recorded","properties":{"codes":["44054006"]}`, `"event":"foot_check.sent","properties":{"score":3}`,
		`"event":"foot_check.sent","properties":{"score":"high"}`)
	if _, story, _ := attune(t, "story", "app:ana", "--data", used.data); !strings.Contains(story, "The signal sore_foot") {
		t.Errorf("nothing follows from what is declared:\n%s", story)
	}
	if _, out, _ := attune(t, "doctor", "--data", used.data, "--json"); !strings.Contains(out, `"quarantined": 1`) || strings.Contains(out, "arrival/") {
		t.Errorf("a field of the wrong type was taken, or what is counted is shown as it is kept:\n%s", out)
	}
	if _, out, complaint := attune(t, "events", "arrivals", "--data", used.data); out != "" || !strings.Contains(complaint, "Every event that arrived was declared.") {
		t.Error(out, complaint)
	}
}

func TestWhatCannotBeDeclared(t *testing.T) {
	c := newClinic(t)
	c.hears(diabetes, `"event":"foot_check.sent"`)
	for _, x := range []struct {
		name string
		// yaml is what events.yaml holds before; none when it is empty.
		yaml      string
		args      []string
		code      int
		complaint string
	}{
		{"an event of the catalogue", "", []string{"medication.dispensed"}, 1, "is an event of the standard catalogue"},
		{"a name of another shape", "", []string{"Foot Check Sent"}, 1, "such as foot_check.sent"},
		{"one that is declared", "events:\n  foot_check.sent: {says: A photo.}\n", []string{"foot_check.sent"}, 1, "is declared in"},
		{"one that did not arrive", "", []string{"foot_check.send", "--data", c.data}, 1, `did you mean "foot_check.sent"?`},
		{"a file that is no YAML", "events: [", []string{"foot_check.sent"}, 1, "this is not YAML"},
		{"a file in one line", "events: {foot_check.seen: {says: Seen.}}\n", []string{"foot_check.sent"}, 1, "add this to its events yourself"},
		{"a file that was indented otherwise", "# Ours.\nevents:\n    foot_check.seen:\n        says: Seen.", []string{"foot_check.sent"}, 0, ""},
		{"an empty file", "", []string{"foot_check.sent", "--data", c.data}, 0, ""},
		{"a file with a comment only", "# Ours.\n", []string{"foot_check.sent"}, 0, ""},
		{"a file without any yet", "events:\n", []string{"foot_check.sent"}, 0, ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "diabetes")
			if err := os.CopyFS(dir, os.DirFS(diabetes)); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "events.yaml")
			if x.yaml != "" {
				if err := os.WriteFile(path, []byte(x.yaml), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			code, out, complaint := attune(t, append([]string{"events", "declare", x.args[0], dir, "--says", `Foot: "a photo" came.`}, x.args[1:]...)...)
			if code != x.code || !strings.Contains(complaint, x.complaint) {
				t.Errorf("ended with %d\nsaid %s\ncomplained %s", code, out, complaint)
			}
			now, _ := os.ReadFile(path)
			if x.code != 0 && string(now) != x.yaml {
				t.Errorf("the file is now\n%s", now)
			}
			if code, _, complaint := attune(t, "validate", dir); x.code == 0 && (code != 0 || !strings.HasPrefix(string(now), x.yaml)) {
				t.Errorf("the file is now\n%s\n%s", now, complaint)
			}
		})
	}
	if code, _, complaint := attune(t, "events", "declare", "foot_check.sent", t.TempDir(), "--says", "A photo."); code != 1 || !strings.Contains(complaint, "program.yaml") {
		t.Error(code, complaint)
	}
}
