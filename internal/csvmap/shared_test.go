package csvmap

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"attune/core/expr"
	"attune/core/instant"
	"attune/internal/clinical"
	"attune/internal/fhir"
	"attune/internal/intake"
)

// Sample data that lies beside the project on some machines; it is not part of it.
const shared = "../../../shared/data/interop"

// then is when the samples had been written for a while.
var then = Options{Source: intake.Source{Name: "ehr"}, Now: 1_669_000_000_000}

func zones(t testing.TB) *instant.Zones {
	t.Helper()
	z, err := instant.LoadZones()
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func synthea(t testing.TB) *Map {
	t.Helper()
	m, ok := Shipped("synthea", zones(t))
	if !ok {
		t.Fatal("the map that comes along cannot be read")
	}
	return m
}

func openShared(t testing.TB, name string) io.Reader {
	t.Helper()
	f, err := os.Open(filepath.Join(shared, name))
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("%s is not beside the project", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	z, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// rowsOf reads a table whole and fails at the first row that cannot be read.
func rowsOf(t testing.TB, m *Map, name string, in io.Reader) (rows int, entries []clinical.Entry) {
	t.Helper()
	r, err := NewReader(in, name, m, then)
	if err != nil {
		t.Fatal(err)
	}
	for {
		item, err := r.Next()
		if errors.Is(err, io.EOF) {
			return rows, entries
		}
		if err != nil {
			t.Fatal(err)
		}
		if item.Problem != nil {
			t.Fatal(item.Problem)
		}
		rows++
		entries = append(entries, item.Entries...)
	}
}

func told(entries []clinical.Entry) string {
	by := map[string][]clinical.Entry{}
	for _, e := range entries {
		if e.Kind == "MedicationDispense" { // as many as there are; each is told by itself
			continue
		}
		key := fmt.Sprint(e.Kind, e.ID)
		if e.ID == "" {
			key = fmt.Sprint(e.Kind, e.Subject.ID, e.Alike)
		}
		by[key] = append(by[key], e)
	}
	events := map[string]int{}
	for _, versions := range by {
		for _, is := range clinical.Tell(versions) {
			events[is.Name]++
		}
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(events)) {
		out = append(out, fmt.Sprintf("%s %d", name, events[name]))
	}
	return strings.Join(out, ", ")
}

// All tables of an export of 85 people, exactly.
func TestSyntheasTablesAreReadWhole(t *testing.T) {
	t.Parallel()
	m := synthea(t)
	for file, want := range map[string]string{
		"patients":          "85 rows, 85 entries: patient.created 85, patient.deceased 10",
		"encounters":        "3331 rows, 3331 entries: care.encounter_finished 3331, care.encounter_started 3331",
		"conditions":        "1038 rows, 1038 entries: clinical.condition_recorded 1038, clinical.condition_resolved 728",
		"allergies":         "40 rows, 40 entries: clinical.allergy_recorded 40",
		"medications":       "2963 rows, 312921 entries: medication.prescribed 2882, medication.stopped 2676",
		"procedures":        "2408 rows, 2408 entries: clinical.procedure_done 2408",
		"immunizations":     "1131 rows, 1131 entries: immunization.given 1131",
		"careplans":         "361 rows, 361 entries: careplan.completed 260, careplan.started 361",
		"devices":           "0 rows, 0 entries: ",
		"supplies":          "0 rows, 0 entries: ",
		"imaging_studies":   "0 rows, 0 entries: ",
		"organizations":     "0 rows, 0 entries: ",
		"providers":         "0 rows, 0 entries: ",
		"payers":            "0 rows, 0 entries: ",
		"payer_transitions": "0 rows, 0 entries: ",
	} {
		t.Run(file, func(t *testing.T) {
			rows, entries := rowsOf(t, m, file+".csv.gz", openShared(t, "csv/"+file+".csv.gz"))
			if got := fmt.Sprintf("%d rows, %d entries: %s", rows, len(entries), told(entries)); got != want {
				t.Errorf("%s: got %q,", file, got)
			}
		})
	}
}

// The same people come as FHIR and as tables. What both say is the same entry, told once, of the same code at the same time.
func TestTablesAndResourcesOfTheSamePeopleAgree(t *testing.T) {
	t.Parallel()
	m := synthea(t)
	resources := map[string]clinical.Entry{}
	people := map[string]bool{}
	r := fhir.NewReader(openShared(t, "fhir/synthea-2022-bundles-matching-csv.ndjson.gz"), fhir.Options{})
	for {
		item, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || item.Problem != nil {
			t.Fatal(err, item.Problem)
		}
		for _, e := range item.Entries {
			if e.Kind == "Patient" {
				people[e.ID] = true
			}
			resources[nameOf(&e)] = e
			if e.Alike != "" {
				resources[fmt.Sprint(e.Kind, e.Subject.ID, e.Alike)] = e
			}
		}
	}
	got := map[clinical.Kind][2]int{} // found, and not
	for _, file := range []string{"patients", "encounters", "conditions", "allergies", "medications", "procedures", "immunizations", "careplans"} {
		_, entries := rowsOf(t, m, file+".csv", openShared(t, "csv/"+file+".csv.gz"))
		for _, e := range entries {
			if !people[e.Subject.ID] || e.Kind == "MedicationDispense" {
				continue
			}
			n := got[e.Kind]
			other, found := resources[nameOf(&e)]
			if !found {
				n[1]++
				got[e.Kind] = n
				continue
			}
			n[0]++
			got[e.Kind] = n
			compare(t, &e, &other)
		}
	}
	// Plans are known by their ids alone, and in this sample these are others.
	want := map[clinical.Kind][2]int{"Patient": {18}, "Encounter": {930}, "Condition": {224}, "AllergyIntolerance": {11}, "MedicationRequest": {1047}, "Immunization": {214}, "Procedure": {609}, "CarePlan": {0, 81}}
	if !maps.Equal(got, want) {
		t.Errorf("found and not found are %v, want %v", got, want)
	}
}

func nameOf(e *clinical.Entry) string {
	if e.ID != "" {
		return fmt.Sprint(e.Kind, e.ID)
	}
	return fmt.Sprint(e.Kind, e.Subject.ID, e.Alike)
}

// compare holds the events of a row against those of a resource.
func compare(t *testing.T, row, resource *clinical.Entry) {
	t.Helper()
	a, b := clinical.Tell([]clinical.Entry{*row}), clinical.Tell([]clinical.Entry{*resource})
	if len(a) != len(b) {
		t.Errorf("a row of %s tells %d events, its resource %d: %s, %s", row.Kind, len(a), len(b), row.Status, resource.Status)
		return
	}
	for i := range a {
		apart := a[i].OccurredAt.Sub(b[i].OccurredAt)
		if a[i].Name != b[i].Name || !a[i].Field("code").Equal(b[i].Field("code")) || a[i].Field("codes").Type == expr.List && !a[i].Field("codes").Equal(b[i].Field("codes")) {
			t.Errorf("a row of %s tells %s, its resource %s", row.Kind, a[i].Name, b[i].Name)
		}
		if max(apart, -apart) > instant.Day && a[i].Name != "medication.stopped" { // of which resources do not say when
			t.Errorf("a row tells %s at %s, its resource at %s", a[i].Name, a[i].OccurredAt, b[i].OccurredAt)
		}
	}
	if all := clinical.Tell([]clinical.Entry{*row, *resource}); row.Kind != "Patient" && row.Kind != "CarePlan" && len(all) != len(a) {
		t.Errorf("a row and a resource of %s together tell %d events, each %d", row.Kind, len(all), len(a))
	}
}
