package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Tables and files of calls go the way of all imports: once each, and of the past.
func TestTablesAndCallsAreImported(t *testing.T) {
	t.Parallel()
	data, dir := clinic(t), t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("patients.csv", "Id,BIRTHDATE,DEATHDATE,SSN,DRIVERS,PASSPORT,FIRST,LAST,GENDER,ADDRESS,CITY,STATE,ZIP\nana,1956-04-21,,,,,Ana,Quispe,F,,,,\nben,1971-11-03,2026-01-02,,,,Ben,Okoro,M,,,,\n")
	write("conditions.csv", "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION\n2020-05-01,,ana,e-1,44054006,Type 2 diabetes\n")
	write("payers.csv", "whatever\n")
	if known, told, back := importing(t, data, Import{Paths: []string{dir}, Map: "synthea"}); known != 0 || told != 4 || back != 0 {
		t.Errorf("%d known, %d told, %d taken back", known, told, back)
	}
	if known, told, back := importing(t, data, Import{Paths: []string{dir}, Map: "synthea"}); known != 3 || told != 0 || back != 0 {
		t.Errorf("again, %d known, %d told, %d taken back", known, told, back)
	}
	calls := write("calls.jsonl", `{"type":"track","userId":"ana","event":"portal.visited","messageId":"1","timestamp":"2024-01-01T00:00:00Z"}`+"\n")
	if _, told, _ := importing(t, data, Import{Paths: []string{calls}}); told != 1 {
		t.Errorf("%d calls are told", told)
	}
	rel, _ := mustLoad(t, diabetes)
	n, err := Open(t.Context(), Options{Data: data, Release: rel})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	ana := imported(t, n, "ana")
	if m := ana.Membership("diabetes"); m == nil || !m.Active() || len(ana.Touches) > 0 {
		t.Error("Ana is not in the program, or something was said to her")
	}
	if imported(t, n, "ben").Died == 0 {
		t.Error("Ben lives")
	}
}

func TestTablesNeedAMap(t *testing.T) {
	t.Parallel()
	data := clinic(t)
	path := filepath.Join(t.TempDir(), "diagnoses.csv")
	if err := os.WriteFile(path, []byte("Patient,Code,Onset\nana,44054006,2020-05-01\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused := func(in Import, want string) {
		t.Helper()
		in.Paths, in.Source = []string{path}, "ward"
		if _, err := ImportIn(t.Context(), data, in, func(ImportProgress) {}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	refused(Import{}, "attune import --suggest proposes one")
	refused(Import{Map: "synthea"}, "says nothing of the file diagnoses.csv")
	refused(Import{Map: "nobodys"}, "there is no map")
	proposed := filepath.Join(t.TempDir(), "map.yaml")
	text, err := SuggestMap([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(proposed, append(text, "tabels: []\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(Import{Map: proposed}, `did you mean "tables"?`)
	if err := os.WriteFile(proposed, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, told, _ := importing(t, data, Import{Paths: []string{path}, Map: proposed}); told != 1 {
		t.Errorf("by what is proposed, %d events are told", told)
	}
}
