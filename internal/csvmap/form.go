package csvmap

import (
	"slices"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/form"
	"attune/internal/clinical"
)

// Document is what is known of a map's file.
func Document() form.Document { return form.Document{File: "csv-map.yaml", Form: Form()} }

// Form describes a map.
func Form() form.Form {
	return form.Form{
		Name: "csv-map", Title: "a map of tables", Says: "What the rows of CSV files are.",
		Fields: []form.Field{
			{Name: "map", Says: "The map's name.", Example: "clinic", Required: true, Type: form.Name{Of: "a map"}},
			{Name: "says", Says: "What it is for.", Example: "Nightly export of the practice system", Type: form.Text{}},
			{Name: "zone", Says: "The time zone of days and of times that name none. UTC without it.", Example: "Europe/Berlin", Type: form.Text{Looks: "a time zone"}},
			{Name: "tables", Says: "The tables there are. The first whose file fits is taken.", Example: "[{file: patients.csv, rows: [{entry: Patient, id: Id}]}]", Required: true, Type: form.List{Of: tableForm(), Least: 1}},
			{Name: "ignore", Says: "Files of which nothing is told.", Example: "[payers.csv, claims*.csv]", Type: form.List{Of: form.Text{Looks: "a file's name"}, Alone: true}},
		},
	}
}

func tableForm() form.Form {
	return form.Form{
		Title: "a table",
		Fields: []form.Field{
			{Name: "file", Says: "The file's name; * stands for any letters. Folders before it, its case, and .gz after it do not matter.", Example: "patients*.csv", Required: true, Type: form.Text{Looks: "a file's name"}},
			{Name: "delimiter", Says: "What stands between columns. A comma without it.", Example: "semicolon", Type: form.Word{Of: delimiters()}},
			{Name: "rows", Says: "What each row is. A row may be several things: a prescription and what was handed over.", Example: "[{entry: Patient, id: Id}]", Required: true, Type: form.List{Of: rowForm(), Least: 1}},
		},
	}
}

func delimiters() []string { return []string{"comma", "semicolon", "tab", "pipe"} }

func rowForm() form.Either {
	column := form.Text{Looks: "a column"}
	only := form.Field{Name: "only", Says: "Take only rows that meet all of these.", Example: "[{column: TYPE, is: numeric}]", Type: form.List{Of: conditionForm()}}
	who := form.Field{Name: "person", Says: "The column that says whom it is about: by the source's own id of them, or by an identifier of a system.", Example: "PATIENT", Type: form.Either{
		Title: "a column", Hint: "write it as PATIENT, or as {column: MRN, system: mrn}", Of: []form.Type{column, form.Form{Title: "a person", Fields: []form.Field{
			{Name: "column", Says: "The column.", Example: "MRN", Required: true, Type: column},
			{Name: "system", Says: "What the identifier belongs to.", Example: "http://hospital.example/mrn", Type: form.Text{}},
		}}},
	}}
	columns := form.List{Of: column, Alone: true, Least: 1}
	at := func(name, says, example string) form.Field {
		return form.Field{Name: name, Says: says, Example: example, Type: Value()}
	}
	fields := func(says, example string) form.Field {
		return form.Field{Name: "fields", Says: says, Example: example, Type: form.Map{Key: form.Name{Of: "a field"}, Of: "field", Value: Value()}}
	}
	return form.Either{
		Title: "a row", Hint: "begin it with entry: or event:", Both: "write two rows",
		Of: []form.Type{
			form.Form{Title: "an entry", Fields: []form.Field{
				{Name: "entry", Says: "What of the record it is, as FHIR calls it. What is told of it stands in the table of imports.", Example: "Condition", Required: true, Type: form.Word{Of: kinds()}},
				only, who,
				{Name: "id", Says: "The columns with the source's own id of the entry. Where the record comes as FHIR too, the id there.", Example: "Id", Type: columns},
				{Name: "alike", Says: "The columns that tell it apart where it has no id. Without them visits, diagnoses, allergies, vaccinations, procedures, prescriptions and measurements are told apart by code and time, and are the same as in FHIR; others by the whole row.", Example: "[CODE, START]", Type: columns},
				at("written", "When the row was last written: of two versions of an entry the newer stands.", "LAST_CHANGED"),
				at("status", "How it stands, in FHIR's words for such an entry.", "{column: STOP, given: finished, empty: in-progress}"),
				at("start", "When it began or happened.", "START"),
				at("end", "When it ended.", "STOP"),
				at("recorded", "When it was written down; of prescriptions, when they were.", "DATE"),
				fields("What its events say, named as in the [catalogue](../reference/events.md).", "{code: CODE, display: DESCRIPTION}"),
				{Name: "identifiers", Says: "Of a Patient, columns with identifiers.", Example: "[{system: 'http://hospital.example/mrn', column: MRN}]", Type: form.List{Of: form.Form{Title: "an identifier", Fields: []form.Field{
					{Name: "system", Says: "What it belongs to.", Example: "http://hospital.example/mrn", Required: true, Type: form.Text{}},
					{Name: "column", Says: "The column.", Example: "MRN", Required: true, Type: column},
				}}}},
				{Name: "repeat", Says: "The row says how often, not when: one entry each time, spread evenly. Each gets its start, and days_supply where it is something dispensed.", Example: "{times: DISPENSES, from: START, to: STOP, every: 30d}", Type: repeatForm()},
			}},
			form.Form{Title: "an event", Fields: []form.Field{
				{Name: "event", Says: "The event's name.", Example: "portal.visited", Required: true, Type: form.EventName{}},
				only, who,
				{Name: "id", Says: "The columns with the event's own id, unique within the source. Without it, the same words are the same event.", Example: "EVENT_ID", Type: columns},
				{Name: "at", Says: "When it happened.", Example: "WHEN", Required: true, Type: Value()},
				fields("What it says.", "{code: CODE}"),
			}},
		},
	}
}

func repeatForm() form.Form {
	column := form.Text{Looks: "a column"}
	return form.Form{Title: "a repetition", Fields: []form.Field{
		{Name: "times", Says: "The column that says how often.", Example: "DISPENSES", Required: true, Type: column},
		{Name: "from", Says: "The column that says from when on.", Example: "START", Required: true, Type: column},
		{Name: "to", Says: "The column that says until when.", Example: "STOP", Type: column},
		{Name: "every", Says: "How far apart they are where nothing says until when, and at most. What would be in the future is left out.", Example: "30d", Required: true, Type: form.Duration{Least: 86_400_000}},
	}}
}

func conditionForm() form.Form {
	return form.Form{Title: "a condition", Fields: []form.Field{
		{Name: "column", Says: "The column.", Example: "TYPE", Required: true, Type: form.Text{Looks: "a column"}},
		{Name: "is", Says: "What may stand there.", Example: "[numeric]", Type: form.List{Of: form.Text{}, Alone: true, Least: 1}},
		{Name: "not", Says: "What may not stand there.", Example: "[cancelled, void]", Type: form.List{Of: form.Text{}, Alone: true, Least: 1}},
		{Name: "given", Says: "Whether something has to stand there (true) or nothing may (false).", Example: "true", Type: form.Flag{}},
	}}
}

// Value describes how a value comes out of a row. Many fields of a map have one.
func Value() form.Either {
	return form.Either{
		Name: "value", Title: "a value", Hint: "write the column's name, or {column: NAME, …}, or {text: always this}", Both: "write one of them",
		Of: []form.Type{
			form.Text{Looks: "a column"},
			form.Form{Title: "a value", Fields: []form.Field{
				{Name: "column", Says: "The column; of several, the first that the file has.", Example: "GENDER", Required: true, Type: form.List{Of: form.Text{Looks: "a column"}, Alone: true, Least: 1}},
				{Name: "type", Says: "What is written there. Without it the catalogue says so. A date becomes a text such as 1956-04-21.", Example: "number", Type: form.Word{Of: types()}},
				{Name: "format", Says: "How days and times are written: YYYY, MM, DD, HH, mm and ss for their parts, all else as it stands; several are tried in order. Without it as 2027-03-01 or 2027-03-01T22:30:00Z.", Example: "[DD.MM.YYYY, 'DD.MM.YYYY HH:mm']", Type: form.List{Of: form.Text{}, Alone: true, Least: 1}},
				{Name: "decimal", Says: "What stands before the fraction of a number. A point without it.", Example: "comma", Type: form.Word{Of: []string{"point", "comma"}}},
				{Name: "split", Says: "What stands between the items of a list.", Example: "';'", Type: form.Text{}},
				{Name: "values", Says: "What is meant by what stands there. What is not named stays as it is.", Example: "{M: male, F: female}", Type: form.Map{Key: form.Text{}, Of: "value", Value: form.Text{}, Least: 1}},
				{Name: "given", Says: "What is meant where anything stands there.", Example: "finished", Type: form.Text{}},
				{Name: "empty", Says: "What is meant where nothing does.", Example: "in-progress", Type: form.Text{}},
			}},
			form.Form{Title: "a value", Fields: []form.Field{
				{Name: "text", Says: "What is always meant, such as a unit.", Example: "mg/dL", Required: true, Type: form.Text{}},
			}},
		},
	}
}

func types() []string { return []string{"text", "number", "integer", "flag", "date", "time", "list"} }

func typeOf(word string) expr.Type {
	switch word {
	case "number":
		return expr.Number
	case "integer":
		return expr.Integer
	case "flag":
		return expr.Flag
	case "time":
		return expr.Moment
	case "list":
		return expr.List
	}
	return expr.Text
}

// kinds are the entries that something is told of.
func kinds() (out []string) {
	for _, row := range clinical.Table() {
		if !slices.Contains(out, string(row.Kind)) {
			out = append(out, string(row.Kind))
		}
	}
	return out
}

// fieldsOf are what may be said of an entry of the kind: what its events say, and what decides which those are.
func fieldsOf(k clinical.Kind, standard *event.Catalogue) map[string]expr.Type {
	out := map[string]expr.Type{}
	for _, row := range clinical.Table() {
		if row.Kind != k {
			continue
		}
		d, _ := standard.Find(row.Event)
		for _, f := range d.Fields {
			if _, known := out[f.Name]; !known {
				out[f.Name] = f.Type
			}
		}
	}
	delete(out, "revokes")
	delete(out, "replaces")
	switch k {
	case "Patient":
		out["deceased"], out["deceased_at"] = expr.Flag, expr.Moment
	case "MedicationRequest":
		out["stop_reason"] = expr.Text
	case "Goal":
		out["achievement"] = expr.Text
	case "Observation":
		out["text"], out["codes"], out["display"], out["comparator"], out["interpretation"] = expr.Text, expr.List, expr.Text, expr.Text, expr.Text
	}
	return out
}

// open tells the kinds of whom anything can be said: it becomes a trait.
func open(k clinical.Kind) bool {
	switch k {
	case "Patient", "Practitioner", "PractitionerRole", "RelatedPerson":
		return true
	}
	return false
}
