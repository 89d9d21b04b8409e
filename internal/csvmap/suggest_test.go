package csvmap

import (
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/core/instant"
)

var update = flag.Bool("update", false, "write testdata as proposals are made now")

// offices are files as other systems write them.
func offices() map[string]map[string]string {
	return map[string]map[string]string{
		"practice": {
			"Patienten.csv":    "PatNr;Vorname;Nachname;Geburtsdatum;Geschlecht;PLZ;Telefon;Hausarzt\n17;Ana;Quispe;21.04.1956;w;12207;+49301234;Kim\n18;Ben;Okoro;03.11.1971;m;10115;;Kim\n",
			"laborwerte.csv":   "PatNr;Datum;Code;Wert;Einheit\n17;01.07.2027 10:00;4548-4;7,4;%\n17;02.07.2027 09:30;4548-4;7;%\n",
			"kassenbuch.csv":   "Beleg;Betrag\n1;12,50\n",
			"kontakte_app.csv": "PatNr;Datum;Dauer;Thema\n17;01.07.2027;12;Schlaf\n",
		},
		"hospital": {
			"patients.csv":             "MRN,First Name,Last Name,DOB,Gender,Zip,Email,Date of Death\n1042,Ana,Quispe,1956-04-21,F,02207,ana@patients.example,\n1043,Ben,Okoro,1971-11-03,M,02108,,2026-01-02\n",
			"encounters.csv":           "Encounter ID,MRN,Admit Date,Discharge Date,Type,Location,Reason\ne-1,1042,03/01/2027,03/04/2027,inpatient,Green Lane,J45\ne-2,1042,04/02/2027,,outpatient,Green Lane,\n",
			"diagnoses.csv":            "MRN,Diagnosis Code,Diagnosis,Onset Date,Resolved Date\n1042,E11.9,Type 2 diabetes,2020-05-01,\n",
			"pharmacy_dispenses.csv":   "Rx ID,MRN,NDC,Drug Name,Fill Date,Days Supply,Qty\nr-1,1042,00093-1048,Metformin,2027-01-24,30,60\n",
			"appointments.csv.gz":      "Appointment ID,MRN,Appointment Date,Status,Provider\na-7,1042,2027-03-05 09:30,Booked,Kim\n",
			"medication_orders.csv":    "MRN,RxNorm,Medication,Ordered Date,End Date,Refills,Sig\n1042,860975,Metformin,2027-01-20,,3,twice a day\n",
			"vaccines_2027_export.csv": "MRN,CVX,Vaccine,Date\n1042,140,Influenza,2027-01-20\n",
		},
	}
}

func proposal(t *testing.T, files map[string]string) ([]byte, error) {
	t.Helper()
	var samples []Sample
	for _, name := range sorted(files) {
		s, err := Look(name, strings.NewReader(files[name]))
		if err != nil {
			t.Fatal(err)
		}
		samples = append(samples, s)
	}
	return Suggest(samples...)
}

func sorted(files map[string]string) (names []string) {
	for name := range files {
		names = append(names, name)
		for i := len(names) - 1; i > 0 && names[i] < names[i-1]; i-- {
			names[i], names[i-1] = names[i-1], names[i]
		}
	}
	return names
}

// What is proposed is a map: it is read back, and reads the files it was made from.
func TestWhatIsProposed(t *testing.T) {
	t.Parallel()
	for name, files := range offices() {
		t.Run(name, func(t *testing.T) {
			got, err := proposal(t, files)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name+".yaml")
			if *update {
				if err := os.WriteFile(path, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if want, err := os.ReadFile(path); err != nil || string(want) != string(got) {
				t.Errorf("%v; write it anew with -update and look at what changed:\n%s", err, got)
			}
			m, problems := Read(path, got, zones(t))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			for file, text := range files {
				r, err := NewReader(strings.NewReader(text), file, m, then)
				if err != nil {
					t.Fatal(err)
				}
				for {
					item, err := r.Next()
					if errors.Is(err, io.EOF) {
						break
					}
					if err != nil || item.Problem != nil {
						t.Error(err, item.Problem)
					}
				}
			}
		})
	}
}

func TestFilesOfWhichNothingCanBeProposed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"1042,Ana,1956-04-21\n1043,SECRET,1971-11-03\n": "a.csv: the first row does not look like names of columns: put a row with their names before it",
		"\xff\xfe\n": "a.csv: the names of the columns cannot be read: the text is not UTF-8",
		"":           "a.csv: the names of the columns cannot be read: EOF",
	} {
		if _, err := Look("a.csv", strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if _, err := proposal(t, map[string]string{"a.csv": "x,y\n1,2\n"}); err == nil || !strings.Contains(err.Error(), "no map can be proposed") {
		t.Error(err)
	}
}

// FuzzSuggest asks of any file: what is proposed is a map that fits it.
func FuzzSuggest(f *testing.F) {
	zones, err := instant.LoadZones()
	if err != nil {
		f.Fatal(err)
	}
	for _, files := range offices() {
		for name, text := range files {
			f.Add(name, text)
		}
	}
	f.Add("a\"b#.csv", "patient,da te,\"x: #y\",N,null,{}\n1,2027-01-01,2,3,4,5\n")
	f.Fuzz(func(t *testing.T, name, text string) {
		s, err := Look(name, strings.NewReader(text))
		if err != nil {
			return
		}
		out, err := Suggest(s)
		if err != nil {
			return
		}
		m, problems := Read("map.yaml", out, zones)
		if len(problems) > 0 {
			t.Fatalf("%v\n%s", problems, out)
		}
		if _, err := NewReader(strings.NewReader(text), name, m, then); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	})
}
