package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"attune/internal/app"
)

func TestWorkGoesThroughTheServer(t *testing.T) {
	program := filepath.Join(t.TempDir(), "diabetes")
	if err := os.CopyFS(program, os.DirFS(diabetes)); err != nil {
		t.Fatal(err)
	}
	journey := `
journey: asking
enter: {on: medication.prescribed}
steps:
  - {id: nurse, task: {for: nurse, do: Call about the refills, priority: 2, within: 3d, else: late, outcomes: {no_answer: late}}}
  - exit: done
  - {id: late, exit: late}
`
	if err := os.WriteFile(filepath.Join(program, "journeys", "asking.yaml"), []byte(journey), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(t.TempDir(), "data")
	if code, _, complaint := attune(t, "work", "list", "--data", data); code != 1 || !strings.Contains(complaint, "no server runs on this data folder") {
		t.Errorf("without a server: %d %s", code, complaint)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan string, 1)
	go func() {
		var o, e bytes.Buffer
		run(ctx, []string{"serve", "--program", program, "--data", data, "--listen", address}, streams{&o, &e})
		done <- e.String()
	}()
	defer func() { stop(); <-done }()
	_, key, _ := attune(t, "keys", "add", "app", "--data", data)
	sent := func(body string) bool {
		r, err := http.NewRequest(http.MethodPost, "http://"+address+"/v1/track", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth(strings.TrimSpace(key), "")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == 200
	}
	eventually := func(what string, so func() bool) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); !so(); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("it does not come about that", what)
			}
		}
	}
	eventually("an event is taken", func() bool {
		return sent(`{"userId":"sam","event":"clinical.condition_recorded","properties":{"codes":["44054006"]}}`)
	})
	sent(`{"userId":"sam","event":"medication.prescribed"}`)
	var list []app.Work
	eventually("the task is listed", func() bool {
		_, out, _ := attune(t, "work", "list", "--data", data, "--kind", "task", "--for", "nurse", "--json")
		return json.Unmarshal([]byte(out), &list) == nil && len(list) == 1
	})
	short := list[0].Request[:8]
	if code, out, _ := attune(t, "work", "list", "--data", data); code != 0 || !strings.Contains(out, short+"  Call about the refills (task for nurse, priority 2)\n") || !strings.Contains(out, "goes by no_answer") {
		t.Errorf("%d %s", code, out)
	}
	for _, c := range []struct {
		args      []string
		code      int
		complaint string
	}{
		{[]string{"done", short, "--outcome", "no_anwser"}, 1, `did you mean "no_answer"?`},
		{[]string{"refer", short, "accepted"}, 1, "use attune work done"},
		{[]string{"answer", short, "--score", "7"}, 1, "use attune work done"},
		{[]string{"done", "ffffffff", "--outcome", "no_answer"}, 1, "no open request"},
		{[]string{"done", short}, 2, "--outcome"},
		{[]string{"list", "--kind", "tasks"}, 2, "must be one of"},
		{[]string{"list", "--team", "nurse", "--all"}, 0, "1 listed"},
		{[]string{"teams"}, 0, ""},
		{[]string{"claim", short}, 2, "--by"},
		{[]string{"claim", short, "--by", "lee"}, 0, ""},
		{[]string{"list", "--mine", "lee"}, 0, "1 listed"},
		{[]string{"done", short, "--outcome", "no_answer", "--by", "nurse Kim"}, 1, "is claimed by lee until"},
		{[]string{"release", short, "--by", "nurse Kim"}, 1, `is not claimed by "nurse Kim"`},
		{[]string{"release", short, "--by", "lee"}, 0, ""},
		{[]string{"done", short, "--outcome", "no_answer", "--at", "2027-03-01T09:00:00Z"}, 1, "leave --at"},
		{[]string{"done", short, "--outcome", "no_answer", "--at", "tomorrow"}, 2, "--at"},
		{[]string{"done", short, "--outcome", "no_answer", "--by", "nurse Kim"}, 0, ""},
	} {
		if code, _, complaint := attune(t, append(append([]string{"work"}, c.args...), "--data", data)...); code != c.code || !strings.Contains(complaint, c.complaint) {
			t.Errorf("work %v: %d %s", c.args, code, complaint)
		}
	}
	eventually("the passage went on", func() bool {
		_, out, _ := attune(t, "person", "app:sam", "--data", data)
		return strings.Contains(out, "(late)")
	})
	if _, out, _ := attune(t, "work", "list", "--data", data, "--json"); strings.TrimSpace(out) != "[]" {
		t.Errorf("still listed: %s", out)
	}
}
