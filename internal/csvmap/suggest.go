package csvmap

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/form"
	"attune/internal/clinical"
)

// Suggest proposes a map for files of which it saw samples, as a text to be read and mended: each line says why it is
// so, and what is unsure. It can be read back as it is. Of what stands in the files nothing is repeated but the names of columns.
func Suggest(samples ...Sample) ([]byte, error) {
	w := writer{events: event.Standard()}
	var ignored []string
	for _, s := range samples {
		if why := w.table(s); why != "" {
			ignored = append(ignored, "# "+strings.Map(printable, s.file)+": "+why+".\n  - "+quote(pattern(s.file))+"\n")
		}
	}
	if w.b.Len() == 0 {
		return nil, errors.New("no map can be proposed: in none of the files a column says whom its rows are about, and one says when; write a map as docs/interop/csv.md tells")
	}
	var out strings.Builder
	out.WriteString("# A proposal, made from the names of columns and from what the first rows look like. Read every line, above all\n# those that say UNSURE, before you import.\n")
	out.WriteString("map: proposed\nzone: UTC # UNSURE: where do the days and times without a zone belong? Write it as Europe/Berlin\ntables:\n")
	out.WriteString(w.b.String())
	if len(ignored) > 0 {
		out.WriteString("# Nothing is told of these.\nignore:\n  " + strings.Join(ignored, "  "))
	}
	return []byte(out.String()), nil
}

// writer writes a proposal.
type writer struct {
	b      strings.Builder
	events *event.Catalogue
	used   map[string]bool
	of     Sample
}

func (w *writer) line(indent int, text, why string) {
	w.b.WriteString(strings.Repeat(" ", indent) + text)
	if why != "" {
		w.b.WriteString(" # " + why)
	}
	w.b.WriteByte('\n')
}

// table writes what the rows of a file may be, or says why nothing can be proposed.
func (w *writer) table(s Sample) (whyNot string) {
	w.of, w.used = s, map[string]bool{}
	kind, why := guess(s)
	who, when := w.find("person"), w.find("start")
	if kind == "Patient" {
		if id := cmp.Or(w.find("id"), who); id != nil && id.filled > 0 {
			w.head(s)
			w.patient(id, why)
			return ""
		}
		return "no column says whom a row is about"
	}
	if who == nil {
		return "no column says whom a row is about"
	}
	if when == nil {
		when = w.find("recorded")
	}
	if when == nil {
		for i := range s.columns { // any column of days is better than none
			if c := &s.columns[i]; c.format != "" && when == nil && w.single(c) {
				when = &s.columns[i]
			}
		}
	}
	if when == nil {
		return "no column says when it was"
	}
	w.head(s)
	if kind == "" {
		w.happening(who, when)
	} else {
		w.entry(kind, why, who, when)
	}
	return ""
}

func (w *writer) head(s Sample) {
	w.line(2, "- file: "+quote(pattern(s.file)), "")
	if s.delimiter != "" && s.delimiter != "comma" {
		w.line(4, "delimiter: "+s.delimiter, "")
	}
	w.line(4, "rows:", "")
}

// pattern is a file's name as maps write it: what would stand for something else stands for any letter.
func pattern(file string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`*?[\`, r) || printable(r) != r || r == '\uFFFD' {
			return '?'
		}
		return r
	}, strings.ToLower(file))
}

func (w *writer) patient(id *column, why string) {
	w.line(6, "- entry: Patient", why)
	doubt := ""
	if !id.alone {
		doubt = "UNSURE: in the first rows it is not alone"
	}
	w.use(8, "id", id, doubt)
	if c := w.find("written"); c != nil {
		w.time(8, "written", c)
	}
	w.line(8, "fields:", "")
	n := w.b.Len()
	for _, name := range []string{"first_name", "last_name", "birth_date", "sex", "language", "email", "phone", "street", "city", "state", "postal_code", "country"} {
		if c := w.find(name); c != nil && !w.used[c.name] {
			w.patientField(name, c)
		}
	}
	if c := w.find("deceased_at"); c != nil && (c.format != "" || c.filled == 0) && !w.used[c.name] {
		w.line(10, "deceased: {column: "+quote(c.name)+`, given: "true"}`, "who has died is left alone")
		w.time(10, "deceased_at", c)
	}
	if w.b.Len() == n {
		w.line(10, `active: {text: "yes"}`, "no column was recognised: name those that say who somebody is")
	}
	w.rest()
}

func (w *writer) patientField(name string, c *column) {
	switch {
	case name == "birth_date" && c.format != "" && c.format != "iso":
		w.used[c.name] = true
		w.line(10, name+": {column: "+quote(c.name)+", type: date, format: "+quote(c.format)+"}", strings.TrimSpace("by its name "+unsure(c)))
	case name == "sex" && len(c.words) > 0 && len(c.words) <= 3:
		means := map[string]string{"m": "male", "f": "female", "w": "female"}
		var pairs []string
		for _, word := range slices.Sorted(maps.Keys(c.words)) {
			if to, known := means[word]; known {
				pairs = append(pairs, word+": "+to, strings.ToUpper(word)+": "+to)
			}
		}
		if len(pairs) == 0 {
			w.use(10, name, c, "")
			return
		}
		w.used[c.name] = true
		w.line(10, name+": {column: "+quote(c.name)+", values: {"+strings.Join(pairs, ", ")+"}}", "by its name and by what stands there")
	default:
		w.use(10, name, c, "")
	}
}

func (w *writer) entry(kind clinical.Kind, why string, who, when *column) {
	w.line(6, "- entry: "+string(kind), why)
	w.use(8, "person", who, "by its name; if it is an identifier of a system, write {column: "+quote(who.name)+", system: http://…}")
	if c := w.find("id"); c != nil && c.alone && c.filled > 0 && !w.used[c.name] {
		w.use(8, "id", c, "by its name, and each row has another")
	}
	if c := w.find("written"); c != nil && c != when && !w.used[c.name] {
		w.time(8, "written", c)
	}
	w.status(kind)
	name := "start"
	if kind == "MedicationRequest" {
		name = "recorded"
	}
	w.time(8, name, when)
	if c := w.find("end"); c != nil && c != when && !w.used[c.name] {
		w.time(8, "end", c)
	}
	w.entryFields(kind)
	w.rest()
}

// status says how an entry stands, which decides what is told of it.
func (w *writer) status(kind clinical.Kind) {
	if c := w.find("status"); c != nil && !w.used[c.name] {
		w.use(8, "status", c, "UNSURE: it has to be in FHIR's words; say under values: what each word means")
		return
	}
	of := map[clinical.Kind][2]string{"Encounter": {"finished", "in-progress"}, "Condition": {"resolved", "active"}, "AllergyIntolerance": {"resolved", "active"}, "MedicationRequest": {"stopped", "active"}, "CarePlan": {"completed", "active"}}
	if words, known := of[kind]; known {
		if c := w.find("end"); c != nil && (c.format != "" || c.filled == 0) {
			w.line(8, "status: {column: "+quote(c.name)+", given: "+words[0]+", empty: "+words[1]+"}", "by whether it has ended")
			return
		}
		w.line(8, "status: {text: "+words[1]+"}", "UNSURE: no column says how it stands")
		return
	}
	word := "completed"
	switch kind {
	case "Observation", "DiagnosticReport":
		word = "final"
	case "Appointment":
		word = "booked"
	}
	w.line(8, "status: {text: "+word+"}", "UNSURE: no column says how it stands")
}

func (w *writer) entryFields(kind clinical.Kind) {
	known := fieldsOf(kind, w.events)
	var names []string
	for _, name := range []string{"code", "codes", "display", "value", "unit", "days_supply", "quantity", "refills", "dose", "title", "type", "location", "practitioner", "reason"} {
		if _, is := known[name]; is {
			names = append(names, name)
		}
	}
	begun := false
	for _, name := range names {
		as := strings.TrimSuffix(name, "s")
		if name != "codes" {
			as = name
		}
		c := w.find(as)
		if kind == "Encounter" && name == "type" && c == nil {
			c = w.find("code")
		}
		if c == nil || w.used[c.name] && name != "codes" || (known[name] == expr.Number || known[name] == expr.Integer) && !c.number && c.filled > 0 {
			continue
		}
		if !begun {
			w.line(8, "fields:", "")
			begun = true
		}
		why := ""
		if name == "code" || name == "codes" {
			why = "UNSURE: programs know the codes of SNOMED, ICD-10, RxNorm and LOINC; say under values: what others mean"
		}
		if name == "value" && c.comma {
			w.used[c.name] = true
			w.line(10, "value: {column: "+quote(c.name)+", decimal: comma}", "by its name and by what stands there")
			continue
		}
		w.use(10, name, c, why)
	}
}

// happening writes what is no entry of a record: an event of a name that is made up from the file's.
func (w *writer) happening(who, when *column) {
	name := plain(strings.TrimSuffix(strings.ToLower(w.of.file), ".csv"))
	w.line(6, "- event: "+cmp.Or(name, "row")+".recorded", "UNSURE: nothing says what it is; write entry: and one of FHIR's words, or an event's name")
	w.use(8, "person", who, "by its name")
	w.time(8, "at", when)
	begun := false
	seen := map[string]bool{}
	for i := range w.of.columns {
		c := &w.of.columns[i]
		field := plain(c.name)
		if w.used[c.name] || field == "" || !form.IsName(field) || seen[field] || !w.single(c) || len(seen) >= 20 {
			continue
		}
		seen[field] = true
		if !begun {
			w.line(8, "fields:", "")
			begun = true
		}
		switch {
		case c.comma && c.number:
			w.used[c.name] = true
			w.line(10, field+": {column: "+quote(c.name)+", type: number, decimal: comma}", "")
		case c.number:
			w.used[c.name] = true
			w.line(10, field+": {column: "+quote(c.name)+", type: number}", "")
		default:
			w.use(10, field, c, " ")
		}
	}
	w.rest()
}

// use writes that a column is something; why is by its name where nothing else is said.
func (w *writer) use(indent int, what string, c *column, why string) {
	w.used[c.name] = true
	w.line(indent, what+": "+quote(c.name), strings.TrimSpace(cmp.Or(why, "by its name")))
}

func (w *writer) time(indent int, what string, c *column) {
	w.used[c.name] = true
	switch {
	case c.filled == 0:
		w.line(indent, what+": "+quote(c.name), "UNSURE: by its name; it is empty in all rows that were looked at")
	case c.format == "":
		w.line(indent, what+": "+quote(c.name), "UNSURE: by its name; how its days are written was not recognised, so add format: to it")
	case c.format == "iso":
		w.line(indent, what+": "+quote(c.name), "by its name, and all rows have days there")
	case c.also != "":
		w.line(indent, what+": {column: "+quote(c.name)+", format: "+quote(c.format)+"}", unsure(c))
	default:
		w.line(indent, what+": {column: "+quote(c.name)+", format: "+quote(c.format)+"}", "all rows have days so written")
	}
}

// unsure says that a column's days can be read in two ways.
func unsure(c *column) string {
	if c.also == "" {
		return ""
	}
	return "UNSURE: all rows can be read as " + c.also + " as well"
}

// rest names the columns of which nothing is made.
func (w *writer) rest() {
	var names []string
	for _, c := range w.of.columns {
		if !w.used[c.name] && c.name != "" {
			names = append(names, strings.Map(printable, c.name))
		}
	}
	if len(names) > 0 {
		w.line(8, "", "not used: "+strings.Join(names, ", "))
	}
}

func printable(r rune) rune {
	if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
		return ' '
	}
	return r
}

// find is the column whose name is one of those that people give to what is looked for, the likeliest first.
func (w *writer) find(what string) *column {
	for _, spelling := range spellings()[what] {
		for i := range w.of.columns {
			if c := &w.of.columns[i]; squeezed(c.name) == spelling && w.single(c) {
				return c
			}
		}
	}
	return nil
}

// single tells whether the column can be named, and no other is meant then.
func (w *writer) single(c *column) bool {
	if c.name == "" {
		return false
	}
	n := 0
	for i := range w.of.columns {
		if strings.EqualFold(w.of.columns[i].name, c.name) {
			n++
		}
	}
	return n == 1
}

// squeezed is a name in small letters, without what stands between them.
func squeezed(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == ' ' || r == '.' || r == '#' || r == '/' {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// plain is a name that fields may have.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(s))
	return strings.TrimLeft(strings.Trim(s, "_"), "_0123456789")
}

// quote writes a text so that YAML reads it as it is.
func quote(s string) string {
	bare := s != "" && form.IsName(strings.ToLower(strings.ReplaceAll(s, "_", "a")))
	switch strings.ToLower(s) {
	case "yes", "no", "on", "off", "y", "n", "null", "true", "false":
		bare = false
	}
	if bare {
		return s
	}
	out, _ := json.Marshal(s) // a text can always be written
	return string(out)
}

// guess tells by a file's name, else by its columns, what its rows are; why says which. Empty is nothing that is known.
func guess(s Sample) (kind clinical.Kind, why string) {
	file := squeezed(s.file)
	for _, g := range []struct {
		kind  clinical.Kind
		parts []string
	}{
		{"CarePlan", []string{"careplan"}}, {"MedicationDispense", []string{"dispens", "refill", "fills"}}, {"MedicationRequest", []string{"medication", "prescription", "drugs", "rezept"}},
		{"Encounter", []string{"encounter", "visit", "admission", "stays"}}, {"Condition", []string{"condition", "diagnos", "problem"}},
		{"Observation", []string{"observation", "labs", "labresult", "vitals", "measurement", "results", "laborwerte"}}, {"Immunization", []string{"immuni", "vaccin", "impf"}},
		{"Procedure", []string{"procedure", "surger"}}, {"AllergyIntolerance", []string{"allerg"}}, {"Appointment", []string{"appointment", "booking", "termine"}},
		{"Patient", []string{"patient", "people", "person", "member", "demograph"}},
	} {
		for _, part := range g.parts {
			if strings.Contains(file, part) {
				return g.kind, "by the file's name"
			}
		}
	}
	w := writer{of: s}
	switch {
	case w.find("birth_date") != nil && (w.find("first_name") != nil || w.find("last_name") != nil):
		return "Patient", "by its columns: names and a birth date"
	case w.find("value") != nil && w.find("code") != nil:
		return "Observation", "by its columns: a code and a value"
	case w.find("days_supply") != nil:
		return "MedicationDispense", "by its columns: days of supply"
	}
	return "", ""
}

// spellings are what people call columns, in several ways, squeezed.
func spellings() map[string][]string {
	words := func(s string) []string { return strings.Fields(s) }
	return map[string][]string{
		"id":           words("id encounterid visitid conditionid diagnosisid problemid medicationid prescriptionid rxid dispenseid fillid observationid resultid labid immunizationid procedureid allergyid appointmentid careplanid recordid rowid uuid guid"),
		"person":       words("patientid patient patid patientnumber patientno personid person subjectid subject memberid member clientid mrn medicalrecordnumber patientmrn pid userid patnr patientennr idpaciente nhsnumber"),
		"start":        words("start startdate starttime startdatetime onset onsetdate onsetdatetime begin begindate admitdate admissiondate admittime date datetime visitdate servicedate dateofservice performeddate performedat effectivedate effective collectiondate collected takenat measuredat dispensedate dispensed filldate filled whenhandedover appointmentdate appointmenttime scheduledat occurredat occurred when timestamp datum fecha"),
		"end":          words("stop stopdate end enddate endtime enddatetime dischargedate discharged resolveddate abatement abatementdate stoptime bis"),
		"recorded":     words("recorded recordeddate recordedat authored authoredon prescribeddate prescribed orderdate ordered ordereddate written"),
		"written":      words("lastupdated updatedat updated lastmodified modified modifiedat lastchanged changedat"),
		"status":       words("status state clinicalstatus visitstatus appointmentstatus"),
		"code":         words("code snomed snomedcode snomedct icd10 icd10code icd icdcode icd10cm loinc loinccode rxnorm rxnormcode rxcui ndc ndccode atc atccode cvx cvxcode diagnosiscode conditioncode medicationcode drugcode testcode procedurecode vaccinecode allergycode"),
		"display":      words("description display diagnosis diagnosisname condition medication medicationname drug drugname test testname procedure procedurename vaccine vaccinename allergy allergen label text"),
		"value":        words("value result resultvalue numericvalue measurement wert valor"),
		"unit":         words("unit units uom resultunit einheit unidad"),
		"days_supply":  words("dayssupply supplydays dayssupplied daysofsupply"),
		"quantity":     words("quantity qty quantitydispensed amount"),
		"refills":      words("refills refillsallowed repeats"),
		"dose":         words("dose dosage sig directions"),
		"title":        words("title name description"),
		"type":         words("type visittype encountertype appointmenttype"),
		"location":     words("location site clinic facility department"),
		"practitioner": words("practitioner provider providername doctor physician clinician"),
		"reason":       words("reason reasoncode reasonforvisit"),
		"first_name":   words("firstname first givenname given forename vorname nombre"),
		"last_name":    words("lastname last surname familyname family nachname apellido apellidos"),
		"birth_date":   words("birthdate dateofbirth dob birthday geburtsdatum geboren fechanacimiento"),
		"sex":          words("sex gender geschlecht sexo"),
		"language":     words("language preferredlanguage sprache idioma"),
		"email":        words("email emailaddress mail"),
		"phone":        words("mobile mobilephone cellphone cell phone phonenumber telephone tel telefon"),
		"street":       words("street streetaddress address addressline1 address1 strasse"),
		"city":         words("city town ort ciudad"),
		"state":        words("state province bundesland"),
		"postal_code":  words("postalcode postcode zip zipcode plz"),
		"country":      words("country countrycode land"),
		"deceased_at":  words("deathdate dateofdeath deceaseddate deceasedat dod"),
	}
}
