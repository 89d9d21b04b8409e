package app

import (
	"path/filepath"
	"testing"

	"attune/core/instant"
	"attune/internal/story"
)

// formTables writes what a practice has of Ana as tables, with their map.
func formTables(t *testing.T) Import {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"practice.yaml": `map: practice
tables:
  - file: visits.csv
    rows:
      - {entry: Encounter, person: Nr, status: {text: finished}, start: From, end: To, fields: {type: Code, class: {text: ambulatory}}}
  - file: diagnoses.csv
    rows:
      - {entry: Condition, person: Nr, status: {text: active}, start: Since, fields: {codes: Code, status: {text: active}, verification: {text: confirmed}}}
  - file: values.csv
    rows:
      - {entry: Observation, person: Nr, status: {text: final}, start: At, fields: {code: Code, codes: Code, display: Name, value: Value, unit: {text: "mm[Hg]"}}}
  - file: medicines.csv
    rows:
      - {entry: MedicationRequest, person: Nr, status: {text: stopped}, recorded: From, end: To, fields: {code: Code, codes: Code}}
`,
		"visits.csv":    "Nr,From,To,Code\nana,2020-05-01T09:00:00Z,2020-05-01T09:30:00Z,185349003\n",
		"diagnoses.csv": "Nr,Since,Code\nana,2020-05-01,44054006\n",
		"values.csv":    "Nr,At,Code,Name,Value\nana,2020-05-01T09:10:00Z,8480-6,systolic,141\nana,2020-05-01T09:10:00Z,8462-4,diastolic,88\n",
		"medicines.csv": "Nr,From,To,Code\nana,2020-05-01T09:20:00Z,2021-05-01T09:20:00Z,860975\n",
	} {
		write(t, filepath.Join(dir, name), text)
	}
	return Import{Paths: []string{dir + "/visits.csv", dir + "/diagnoses.csv", dir + "/values.csv", dir + "/medicines.csv"}, Map: dir + "/practice.yaml"}
}

// resources are what the same practice's FHIR server has, which says more of it and calls it otherwise.
func resources(t *testing.T, dir string) Import {
	t.Helper()
	file := filepath.Join(dir, "record.ndjson")
	write(t, file, `{"resourceType":"Patient","id":"ana","name":[{"given":["Ana"]}],"birthDate":"1960-05-01"}
{"resourceType":"Encounter","id":"e-1","status":"finished","class":{"code":"AMB"},"type":[{"coding":[{"system":"http://snomed.info/sct","code":"185349003","display":"Check-up"}]}],"subject":{"reference":"Patient/ana"},"period":{"start":"2020-05-01T09:00:00.250Z","end":"2020-05-01T09:30:00Z"},"location":[{"location":{"display":"Green Lane"}}]}
{"resourceType":"Condition","id":"c-1","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"confirmed"}]},"code":{"coding":[{"system":"http://snomed.info/sct","code":"44054006","display":"Diabetes"},{"system":"http://hl7.org/fhir/sid/icd-10","code":"E11"}]},"subject":{"reference":"Patient/ana"},"onsetDateTime":"2020-05-01T09:05:00Z"}
{"resourceType":"Observation","id":"o-1","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"85354-9","display":"Blood pressure"}]},"subject":{"reference":"Patient/ana"},"effectiveDateTime":"2020-05-01T09:10:00Z","component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8462-4","display":"Diastolic blood pressure"}]},"valueQuantity":{"value":88,"unit":"mm[Hg]","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6","display":"Systolic blood pressure"}]},"valueQuantity":{"value":141,"unit":"mm[Hg]","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}]}
{"resourceType":"MedicationRequest","id":"m-1","status":"stopped","intent":"order","medicationCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"860975","display":"Metformin"}]},"subject":{"reference":"Patient/ana"},"authoredOn":"2020-05-01T09:20:00Z"}
`)
	return Import{Paths: []string{file}}
}

// What happened is told once, whether tables tell of it, resources, or both, in whichever order and however often.
func TestTheSameRecordInTwoFormsIsToldOnce(t *testing.T) {
	t.Parallel()
	rows, fhir := formTables(t), resources(t, t.TempDir())
	for _, c := range []struct {
		name   string
		in     []Import
		events int // that happened; and how many were taken back
		back   int
	}{
		{"tables alone", []Import{rows}, 7, 0},
		{"resources alone", []Import{fhir}, 8, 0},
		{"resources after tables", []Import{rows, fhir, rows, fhir}, 8, 0},
		// When the medicine was stopped only the table knows: it was told of the day on which it was prescribed.
		{"tables after resources", []Import{fhir, rows, fhir, rows}, 8, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			data, back := clinic(t), 0
			for _, in := range c.in {
				_, _, gone := importing(t, data, in)
				back += gone
			}
			n := later(t, data, diabetes, instant.Hour)
			records, err := (&Server{Node: n}).view().records(t.Context(), imported(t, n, "ana").ID)
			if err != nil {
				t.Fatal(err)
			}
			told := map[string]int{}
			for _, l := range story.Tell(records) {
				if l.Kind == "event" {
					told[l.Event]++
				}
			}
			events := 0
			for name, n := range told {
				if name != "record.retracted" {
					events += n
				}
			}
			if events-back != c.events || back != c.back || told["observation.recorded"] != 2 || told["clinical.condition_recorded"] != 1 || told["care.encounter_started"] != 1 {
				t.Errorf("%d events, %d taken back: %v", events, back, told)
			}
		})
	}
}
