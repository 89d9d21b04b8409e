package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"attune/core/event"
	"attune/core/expr"
	"attune/internal/app"
	"attune/internal/intake"
	"attune/internal/intake/identity"
)

// People are found, and who may be one person is shown and settled, through the running server and without one.
func TestStaffFindPeople(t *testing.T) {
	t.Parallel()
	data, node, stop := served(t)
	var all []intake.Arrival
	for who, name := range map[string]string{"a": "Jon Smyth", "b": "John Smith", "c": "Ana Quispe"} {
		first, last, _ := strings.Cut(name, " ")
		e := event.Event{ID: "feed/" + who, Name: "traits.updated"}.With("first_name", expr.TextOf(first)).With("last_name", expr.TextOf(last)).With("birth_date", expr.TextOf("1956-04-21"))
		all = append(all, intake.Arrival{Who: identity.Key{System: "feed", Value: who}, Event: e})
	}
	if err := node.Intake.Take(t.Context(), intake.Source{Name: "feed"}, all); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, out, _ := attune(t, "people", "find", "--born", "1956", "--data", data); strings.Count(out, "\n") == 3 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("they are not found")
		}
	}
	look := func(when string, queries int) {
		t.Helper()
		for _, c := range []struct{ args, out, says string }{
			{"--id feed:c", "Ana Quispe", ""},
			{"john smith", "John Smith, born 1956-04-21\n", ""},
			{"john smith", "Jon Smyth, born 1956-04-21 (sounds alike)\n", ""},
			{"kispe --born 1956-04-21", "Ana Quispe", ""},
			{"nobody", "", "nobody is found"},
			{"", "", "nothing to look for"},
			{"--id feed:x", "", "nobody is known by that identifier"},
		}[:queries] {
			_, out, said := attune(t, append([]string{"people", "find", "--data", data}, strings.Fields(c.args)...)...)
			if !strings.Contains(out, c.out) || c.out == "" && out != "" || !strings.Contains(said, c.says) {
				t.Errorf("%s: %q: %q, %q", when, c.args, out, said)
			}
		}
		var found app.FoundPeople
		if _, out, _ := attune(t, "people", "find", "smith", "--data", data, "--json"); json.Unmarshal([]byte(out), &found) != nil || len(found.People) != 2 || found.People[0].Match != "written" {
			t.Errorf("%s: %s", when, out)
		}
	}
	look("through the server", 7)
	_, out, said := attune(t, "people", "duplicates", "--data", data)
	if !strings.Contains(out, "for: names sound alike: first and last; same birth date") || !strings.Contains(said, "1 to look at") {
		t.Errorf("%s%s", out, said)
	}
	stop()

	look("without a server", 1)
	if code, out, said := attune(t, "people", "different", "feed:a", "feed:b", "--data", data, "--by", "nurse Kim", "--note", "cousins"); code != 0 || out != "noted\n" {
		t.Errorf("%d %s%s", code, out, said)
	}
	if code, _, said := attune(t, "people", "different", "feed:a", "feed:c", "--data", data, "--by", "nurse Kim", "--note", "cousins"); code != 1 || !strings.Contains(said, "not listed") {
		t.Errorf("%d %s", code, said)
	}
	if _, out, said := attune(t, "people", "duplicates", "--data", data); out != "" || !strings.Contains(said, "0 to look at") {
		t.Errorf("%s%s", out, said)
	}
	if _, out, _ := attune(t, "people", "duplicates", "--state", "different", "--data", data); !strings.Contains(out, "said to be different people by nurse Kim on ") || !strings.Contains(out, ": cousins") {
		t.Error(out)
	}
	if code, _, said := attune(t, "people", "find", "smith", "--data", filepath.Join(data, "none")); code != 1 || !strings.Contains(said, "not a data folder") {
		t.Errorf("%d %s", code, said)
	}
}
