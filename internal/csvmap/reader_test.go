package csvmap

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"attune/core/event"
	"attune/core/expr"
	"attune/internal/intake"
)

// clinic is a map of a practice that writes as people do in Europe.
const clinic = `map: clinic
says: A practice's nightly export
zone: Europe/Berlin
tables:
  - file: patienten*.csv
    delimiter: semicolon
    rows:
      - entry: Patient
        id: Nr
        written: {column: Geändert, format: "DD.MM.YYYY HH:mm"}
        fields:
          first_name: Vorname
          birth_date: Geboren
          sex: {column: Geschlecht, values: {w: female, m: male}}
          smoker: {column: Raucher, type: flag, values: {ja: "true", nein: "false"}}
        identifiers: [{system: "http://hospital.example/mrn", column: KIS}]
  - file: werte.csv
    delimiter: semicolon
    rows:
      - entry: Observation
        only: [{column: Art, is: [LZ, HbA1c]}, {column: Wert, given: true}]
        person: {column: KIS, system: "http://hospital.example/mrn"}
        status: {text: final}
        start: {column: Am, format: [DD.MM.YYYY, "DD.MM.YYYY HH:mm"]}
        fields:
          code: {column: Art, values: {HbA1c: 4548-4}}
          value: {column: Wert, decimal: comma}
          unit: {text: "%"}
      - event: portal.visited
        only: [{column: Art, is: Portal}]
        person: Nr
        at: {column: Am, format: [DD.MM.YYYY, "DD.MM.YYYY HH:mm"]}
  - file: ausgaben.csv
    rows:
      - entry: MedicationDispense
        person: who
        alike: [who, code, from]
        status: {text: completed}
        repeat: {times: n, from: from, to: to, every: 30d}
        fields: {code: code, quantity: {column: q, type: number}}
  - file: calls.csv
    rows:
      - {event: call.held, id: [a, b], person: who, at: when, fields: {minutes: {column: m, type: integer}, topics: {column: t, type: list, split: ","}}}
ignore: [kassen*.csv]
`

func mapOf(t testing.TB, text string) *Map {
	t.Helper()
	m, problems := Read("clinic.yaml", []byte(text), zones(t))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return m
}

// Each row is a file and what becomes of it.
func TestWhatRowsBecome(t *testing.T) {
	t.Parallel()
	m := mapOf(t, clinic)
	const people, values, fills, calls = "Nr;Geändert;Vorname;Geboren;Geschlecht;Raucher;KIS\n", "Nr;KIS;Art;Wert;Am\n", "who,code,n,from,to,q\n", "a,b,who,when,m,t\n"
	for name, c := range map[string]struct{ file, in, want string }{
		"a patient": {"patienten-2027.csv", people + "17;01.03.2027 08:30;Ana;1956-04-21;w;ja;K-1\n",
			`2: Patient 17 of 17 written 2027-03-01T07:30:00Z birth_date=1956-04-21 first_name=Ana sex=female smoker=true http://hospital.example/mrn|K-1`},
		"what is empty is left out, and what is not named stays": {"Export/PATIENTEN_1.CSV.gz", people + `17;01.03.2027 8:30;"Ana";;d;;` + "\r\n",
			`2: Patient 17 of 17 written 2027-03-01T07:30:00Z first_name=Ana sex=d`},
		"with a mark at its beginning, and quotes": {"patienten.csv", "\xef\xbb\xbf" + people + "\n17;;\"Ana \"\"Anita\"\"; the\nelder\";;;;\n18;;Ben;;;;",
			"3: Patient 17 of 17 first_name=Ana \"Anita\"; the\nelder\n5: Patient 18 of 18 first_name=Ben"},
		"a measurement in summer time, by an identifier": {"werte.csv", values + ";K-1;HbA1c;7,4;01.07.2027 10:00\n",
			`2: Observation [4548-4 2027-07-01T08:00:00Z] of http://hospital.example/mrn|K-1 final 2027-07-01T08:00:00Z 0.code=4548-4 0.unit=% 0.value=7.4`},
		"a day begins at midnight there": {"werte.csv", values + ";K-1;LZ;7;01.07.2027\n",
			`2: Observation [LZ 2027-06-30T22:00:00Z] of http://hospital.example/mrn|K-1 final 2027-06-30T22:00:00Z 0.code=LZ 0.unit=% 0.value=7`},
		"a row that meets no condition": {"werte.csv", values + ";K-1;Kalium;4;01.07.2027\n;K-1;LZ;;01.07.2027\n", "2:\n3:"},
		"an event":                      {"werte.csv", values + "17;;Portal;;01.07.2027 10:00\n", `2: ehr:17 portal.visited 2027-07-01T08:00:00Z ehr/row-73880fd5a9d9f7194b9d283fbca0e2a2`},
		"an event with an id and more":  {"calls.csv", calls + "1,2,17,2027-03-01 10:00:00.5,12,\"sleep, food\"\n", `2: ehr:17 call.held 2027-03-01T09:00:00Z ehr/1 2 minutes=12 topics=sleep, food`},
		"what was handed over, evenly": {"ausgaben.csv", fills + "17,860975,3,2027-01-01T00:00:00Z,2027-01-31T00:00:00Z,30\n",
			"2: MedicationDispense [17 860975 2027-01-01T00:00:00Z 1] of 17 completed 2027-01-01T00:00:00Z code=860975 days_supply=10 quantity=30\n" +
				"MedicationDispense [17 860975 2027-01-01T00:00:00Z 2] of 17 completed 2027-01-11T00:00:00Z code=860975 days_supply=10 quantity=30\n" +
				"MedicationDispense [17 860975 2027-01-01T00:00:00Z 3] of 17 completed 2027-01-21T00:00:00Z code=860975 days_supply=10 quantity=30"},
		"without an end, each month, and not in the future": {"ausgaben.csv", fills + "17,860975,9,2027-01-01T00:00:00Z,,\n",
			"2: MedicationDispense [17 860975 2027-01-01T00:00:00Z 1] of 17 completed 2027-01-01T00:00:00Z code=860975 days_supply=30\n" +
				"MedicationDispense [17 860975 2027-01-01T00:00:00Z 2] of 17 completed 2027-01-31T00:00:00Z code=860975 days_supply=30"},
		"never":                  {"ausgaben.csv", fills + "17,860975,0,2027-01-01T00:00:00Z,,\n", "2:"},
		"a file that is ignored": {"kassen-1.csv", "anything\n", ""},
		"an empty file":          {"werte.csv", "", ""},

		"no id":                  {"patienten.csv", people + ";;Ana;;;;\n", "2: Nr: the row has no id; fill the column, or take id: out of the map"},
		"nobody":                 {"werte.csv", values + ";;LZ;7;01.07.2027\n", "2: KIS: the row says of nobody that it is about them; fill the column"},
		"no number":              {"werte.csv", values + ";K-1;LZ;SECRET;01.07.2027\n", "2: Wert: it is no number; write it as 12 or 0.5, or say decimal: comma"},
		"another day":            {"werte.csv", values + ";K-1;LZ;7;2027-07-01\n", "2: Am: it is no day or time as the map says they are written; mend it, or add its form under format:"},
		"a day there is none of": {"werte.csv", values + ";K-1;LZ;7;31.02.2027\n;K-1;LZ;7;01.03.2027\n", "2: Am: it is no day or time as the map says they are written; mend it, or add its form under format:\n3: Observation [LZ 2027-02-28T23:00:00Z] of http://hospital.example/mrn|K-1 final 2027-02-28T23:00:00Z 0.code=LZ 0.unit=% 0.value=7"},
		"neither yes nor no":     {"patienten.csv", people + "17;;Ana;;;SECRET;\n", "2: Raucher: it is neither yes nor no; write true or false, or say under values: what is meant"},
		"how often nobody knows": {"ausgaben.csv", fills + "17,860975,SECRET,2027-01-01,,\n", "2: n: it does not say how often; write a whole number up to 5000"},
		"no whole number":        {"calls.csv", calls + "1,2,17,2027-03-01,1.5,\n", "2: m: it is no whole number; write it without a fraction"},
		"no time":                {"calls.csv", calls + "1,2,17,,,\n", "2: when: nothing says when it happened; fill the column"},
		"too few columns":        {"calls.csv", calls + "1,SECRET\n", "2: the row has 2 columns, and the first row 6; put texts with delimiters in them into quotes"},
		"a stray quote":          {"calls.csv", calls + "1,2,SE\"CRET,,,\n1,2,17,2027-03-01,,\n", "2: who: a quote stands where none may; put the whole text into quotes, and write a quote in it twice: \"5\"\" pipe\"\n3: ehr:17 call.held 2027-02-28T23:00:00Z ehr/1 2"},
		"text after a quote":     {"calls.csv", calls + "1,\"2\"SECRET,17,,,\n", "2: b: a quote stands where none may; put the whole text into quotes, and write a quote in it twice: \"5\"\" pipe\""},
		"a quote left open":      {"calls.csv", calls + "1,2,\"SECRET,,,\n1,2,3\n", "2: who: a quoted text does not end; close the quote; what follows it was not read"},
		"another encoding":       {"calls.csv", calls + "1,2,S\xe9cret,,,\n", "2: who: the text is not UTF-8; save the file as UTF-8"},
		"a row without end":      {"calls.csv", calls + strings.Repeat("x", maxRow+2) + "\n1,2,17,2027-03-01,,\n", "2: the row is too long; write rows of at most 1048576 bytes\n3: ehr:17 call.held 2027-02-28T23:00:00Z ehr/1 2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := Options{Source: intake.Source{Name: "ehr"}, Now: 1_803_000_000_000} // in February 2027
			r, err := NewReader(strings.NewReader(c.in), c.file, m, o)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for {
				item, err := r.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, tell(&item))
			}
			if all := strings.Join(got, "\n"); all != c.want {
				t.Errorf("got  %s\nwant %s", all, c.want)
			}
		})
	}
}

func tell(item *Item) string {
	if p := item.Problem; p != nil {
		return strings.TrimPrefix(p.String(), p.File+":")
	}
	var lines []string
	for _, e := range item.Entries {
		s := string(e.Kind)
		if e.ID != "" {
			s += " " + e.ID
		}
		if e.Alike != "" {
			s += " [" + e.Alike + "]"
		}
		s += " of " + e.Subject.ID
		if e.Subject.ID == "" {
			s += e.Subject.Identifier.System + "|" + e.Subject.Identifier.Value
		}
		if e.At != 0 {
			s += " written " + e.At.String()
		}
		if e.Status != "" {
			s += " " + e.Status
		}
		if e.Start != 0 {
			s += " " + e.Start.String()
		}
		s += said(e.Props)
		for _, k := range e.Keys {
			s += " " + k.System + "|" + k.Value
		}
		lines = append(lines, s)
	}
	for _, a := range item.Arrivals {
		historical := map[bool]string{true: "", false: " LIVE"}[a.Event.Historical]
		lines = append(lines, a.Who.System+":"+a.Who.Value+" "+a.Event.Name+" "+a.Event.OccurredAt.String()+" "+a.Event.ID+historical+said(a.Event.Props))
	}
	return strings.TrimSpace(fmt.Sprintf("%d: %s", item.Line, strings.Join(lines, "\n")))
}

func said(props []event.Prop) (s string) {
	for _, p := range props {
		s += " " + p.Name + "=" + p.Value.String()
		if p.Value.Type == expr.Missing {
			s += "nothing"
		}
	}
	return s
}

// A file whose columns are not those of the map is refused before anything of it is read.
func TestAFileOfOtherColumnsIsRefused(t *testing.T) {
	t.Parallel()
	m := mapOf(t, clinic)
	for name, c := range map[string]struct{ file, in, want string }{
		"a column that is missing": {"calls.csv", "a,b,who,m,t\n", `calls.csv:1: there is no column "when"; check the map's columns and delimiter, and that the first row names the columns`},
		"a column of another name": {"calls.csv", "a,b,whoo,when,m,t\n", `calls.csv:1: there is no column "who"; did you mean "whoo"?`},
		"no names at all":          {"calls.csv", "1,SECRET,17,2027-03-01,12,x\n", `calls.csv:1: there is no column "a"; check the map's columns and delimiter, and that the first row names the columns`},
		"a column twice":           {"calls.csv", "a,b,who,when,when,m,t\n", `calls.csv:1: two columns are named "when"; rename one of them`},
		"another file":             {"bills.csv", "a\n", `the map clinic says nothing of the file bills.csv: add a table for it, or name it under ignore`},
		"an encoding":              {"calls.csv", "\xff\xfe", `calls.csv:1: the names of the columns cannot be read: the text is not UTF-8`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := NewReader(strings.NewReader(c.in), c.file, m, Options{})
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
	for header, want := range map[string]string{
		"PATIENT,CODE,DATE,DESCRIPTION,REASONCODE,ENCOUNTER":       "2: Procedure [73761001 2012-09-26T06:09:52Z] of 17 completed 2012-09-26T06:09:52Z codes=73761001",
		"PATIENT,CODE,START,DESCRIPTION,REASONCODE,DATE":           "2: Procedure [73761001 2012-09-26T06:09:52Z] of 17 completed 2012-09-26T06:09:52Z codes=73761001",
		"PATIENT,CODE,WHEN,DESCRIPTION,REASONCODE,SOMETHING DATED": `procedures.csv:1: there is no column "DATE"; check the map's columns and delimiter, and that the first row names the columns`,
	} {
		r, err := NewReader(strings.NewReader(header+"\n17,73761001,2012-09-26T06:09:52Z,,,\n"), "procedures.csv", synthea(t), Options{})
		if err != nil {
			if err.Error() != want {
				t.Error(err)
			}
			continue
		}
		if item, err := r.Next(); err != nil || tell(&item) != want {
			t.Errorf("%v, got %s", err, tell(&item))
		}
	}
	r, err := NewReader(strings.NewReader("A,B,WHO,When,M,T\n1,2,3,2027-03-01,,\n"), "calls.csv", m, Options{})
	if err != nil {
		t.Fatal("upper and lower case matter:", err)
	}
	if item, err := r.Next(); err != nil || item.Problem != nil {
		t.Error(err, item.Problem)
	}
}
