package csvmap

import (
	"os"
	"strings"
	"testing"
)

// Each row is a map with a mistake, and what is said of it.
func TestWhatIsWrongWithAMap(t *testing.T) {
	t.Parallel()
	const head = "map: clinic\ntables:\n  - file: a.csv\n    rows:\n      - "
	for name, c := range map[string]struct{ in, want string }{
		"nothing":                       {"", "clinic.yaml: the map is empty; write map: and tables:, or let attune import --suggest propose some"},
		"no tables":                     {"map: clinic\n", `clinic.yaml:1:1: a map of tables needs the field "tables"; add tables: [{file: patients.csv, rows: [{entry: Patient, id: Id}]}]`},
		"a field of another name":       {"map: clinic\ntabels: []\n", `clinic.yaml:1:1: a map of tables needs the field "tables"`},
		"a zone that is none":           {"map: clinic\nzone: Europe/Berln\ntables: [{file: a.csv, rows: [{entry: Patient, id: Id}]}]\n", `clinic.yaml:2:7: "Europe/Berln" is no time zone; write it as Europe/Berlin`},
		"a folder":                      {"map: clinic\ntables: [{file: x/a.csv, rows: [{entry: Patient, id: Id}]}]\n", `clinic.yaml:2:17: "x/a.csv" cannot be the name of a file; write a file's name, with * for any letters`},
		"another delimiter":             {"map: clinic\ntables: [{file: a.csv, delimiter: comna, rows: [{entry: Patient, id: Id}]}]\n", `clinic.yaml:2:35: delimiter cannot be "comna"; did you mean "comma"?`},
		"a row that is nothing":         {head + "{person: who}", `clinic.yaml:5:9: this is not a row; begin it with entry: or event:`},
		"an entry there is none of":     {head + "{entry: Conditoin, person: who}", `clinic.yaml:5:17: entry cannot be "Conditoin"; did you mean "Condition"?`},
		"both":                          {head + "{entry: Condition, event: portal.visited, person: who}", `clinic.yaml:5:28: a row is either entry or event; write two rows`},
		"a patient without id":          {head + "{entry: Patient}", `clinic.yaml:5:9: a Patient needs an id; add id: and the column with the source's id of the patient`},
		"nobody":                        {head + "{entry: Condition}", `clinic.yaml:5:9: nothing says whom the row is about; add person: and the column that says whom it is about`},
		"an event of nobody":            {head + "{event: portal.visited, at: when}", `clinic.yaml:5:9: nothing says whom the row is about; add person: and the column that says whom it is about`},
		"an event without a time":       {head + "{event: portal.visited, person: who}", `clinic.yaml:5:9: an event needs the field "at"; add at: WHEN`},
		"a field nothing is told of":    {head + "{entry: Condition, person: who, fields: {dysplay: x}}", `clinic.yaml:5:50: nothing is told of "dysplay" of a Condition; did you mean "display"?`},
		"no status":                     {head + "{entry: Procedure, person: who}", `clinic.yaml:5:9: nothing is told of a Procedure without a status; add status: in FHIR's words, such as {text: completed}`},
		"identifiers of something else": {head + "{entry: Condition, person: who, identifiers: [{system: a, column: b}]}", `clinic.yaml:5:54: only a Patient has identifiers; leave it out`},
		"an id of what repeats":         {head + "{entry: MedicationDispense, person: who, id: x, status: {text: completed}, repeat: {times: n, from: a, every: 30d}}", `clinic.yaml:5:92: entries that repeat have a start each, and no id of their own; take id: and start: away, and tell it apart by alike:`},
		"a format without a year":       {head + "{entry: Condition, person: who, start: {column: a, format: DD.MM.}}", `clinic.yaml:5:68: the format lacks YYYY, MM or DD; write it as DD.MM.YYYY HH:mm`},
		"a condition that asks nothing": {head + "{entry: Condition, person: who, only: [{column: a}]}", `clinic.yaml:5:48: the condition asks for nothing; add is:, not: or given:`},
		"a constant of another type":    {head + "{entry: MedicationDispense, person: who, status: {text: completed}, fields: {days_supply: {text: thirty}}}", `clinic.yaml:5:99: "thirty": it is no number; write it as 12 or 0.5, or say decimal: comma`},
		"no YAML":                       {"map: [", "clinic.yaml:1:6: this is not YAML"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, problems := Read("clinic.yaml", []byte(c.in), zones(t))
			if m != nil || len(problems) == 0 {
				t.Fatal("it is taken")
			}
			if got := problems[0].String(); !strings.HasPrefix(got, c.want) {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestMapsThatComeAlongCanBeRead(t *testing.T) {
	t.Parallel()
	for _, name := range ShippedNames() {
		text, err := shipped.ReadFile("maps/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		m, problems := Read(name+".yaml", text, zones(t))
		if len(problems) > 0 || m.Name != name {
			t.Errorf("%s: %v", name, problems)
		}
	}
	if _, ok := Shipped("nobodys", zones(t)); ok {
		t.Error("there is a map that nobody wrote")
	}
}

// The map that the documentation shows is one.
func TestTheMapOfTheDocumentation(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/interop/csv.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	shown, _, ok := strings.Cut(rest, "```\n")
	if !ok {
		t.Fatal("there is none")
	}
	if m, problems := Read("csv.md", []byte(shown), zones(t)); m == nil {
		t.Error(problems)
	}
}
