package fhir

import (
	"slices"
	"strings"

	"attune/internal/strictjson"
)

// Code is a code of a system, such as 44054006 of http://snomed.info/sct.
type Code struct{ System, Code string }

// Unknown is a code that programs can hardly know, since its system is not one that is shared, or a thing that has
// no code at all.
type Unknown struct {
	// Type and Element are FHIR's, such as Observation and code.
	Type, Element string
	Code
	// Display is what the source calls it.
	Display string
}

const (
	snomed  = "http://snomed.info/sct"
	loinc   = "http://loinc.org"
	rxnorm  = "http://www.nlm.nih.gov/research/umls/rxnorm"
	icd10   = "http://hl7.org/fhir/sid/icd-10"
	icd10cm = "http://hl7.org/fhir/sid/icd-10-cm"
	icd9cm  = "http://hl7.org/fhir/sid/icd-9-cm"
	cvx     = "http://hl7.org/fhir/sid/cvx"
	ndc     = "http://hl7.org/fhir/sid/ndc"
	atc     = "http://www.whocc.no/atc"
	cpt     = "http://www.ama-assn.org/go/cpt"
	ucum    = "http://unitsofmeasure.org"
	nucc    = "http://nucc.org/provider-taxonomy"
)

// Of several codes for one thing an event's code is that of the first of these systems; its codes are all of them, in
// this order.
func problemSystems() []string   { return []string{snomed, icd10cm, icd10, icd9cm} }
func medicineSystems() []string  { return []string{rxnorm, snomed, atc, ndc} }
func measureSystems() []string   { return []string{loinc, snomed} }
func vaccineSystems() []string   { return []string{cvx, snomed, atc, ndc} }
func procedureSystems() []string { return []string{snomed, cpt, icd10} }
func otherSystems() []string     { return []string{snomed, loinc} }
func knownSystem(s string) bool {
	switch s {
	case snomed, loinc, rxnorm, icd10, icd10cm, icd9cm, cvx, ndc, atc, cpt, ucum, nucc, "urn:iso:std:iso:11073:10101", "http://www.nlm.nih.gov/research/umls/hcpcs":
		return true
	}
	return strings.HasPrefix(s, "http://terminology.hl7.org/") || strings.HasPrefix(s, "http://hl7.org/fhir/")
}

// concept is a CodeableConcept as events say it.
type concept struct {
	code  string
	codes []string
	// text is what people call it.
	text string
}

// is tells whether one of its codes is this.
func (k concept) is(code string) bool { return slices.Contains(k.codes, code) }

// short is the code, or the words where there is none.
func (k concept) short() string {
	if k.code != "" {
		return k.code
	}
	return k.text
}

// words are what people call it, or the code where there are none.
func (k concept) words() string {
	if k.text != "" {
		return k.text
	}
	return k.code
}

// coded is one code of a concept and the place of its system.
type coded struct {
	code string
	rank int
}

// concept reads a CodeableConcept. The source's own codes are replaced by those that Options.Codes has for them and
// stay among the codes. Where report is set, it is kept what of it nobody may know.
func (c *reading) concept(v *strictjson.Value, systems []string, report bool) (k concept) {
	if v == nil {
		return k
	}
	var room [8]coded
	found := room[:0]
	shared := false
	items := c.list(v, "coding")
	k.text = c.text(v, "text")
	for i := range items {
		code := Code{c.text(&items[i], "system"), c.text(&items[i], "code")}
		display := c.text(&items[i], "display")
		if k.text == "" {
			k.text = display
		}
		if code.Code == "" {
			continue
		}
		if to, ok := c.options.Codes[code]; ok {
			found = append(found, coded{to.Code, rank(to.System, systems)})
			shared = shared || knownSystem(to.System)
		}
		found = append(found, coded{code.Code, rank(code.System, systems)})
		shared = shared || knownSystem(code.System)
	}
	slices.SortStableFunc(found, func(a, b coded) int { return a.rank - b.rank })
	for _, f := range found {
		if !slices.Contains(k.codes, f.code) {
			k.codes = append(k.codes, f.code)
		}
	}
	if len(k.codes) > 0 {
		k.code = k.codes[0]
	}
	if report && !shared && c.problem == nil {
		c.strange(v, items, k.text)
	}
	return k
}

func rank(system string, systems []string) int {
	if i := slices.Index(systems, system); i >= 0 {
		return i
	}
	if knownSystem(system) {
		return len(systems)
	}
	return len(systems) + 1
}

// strange keeps what nobody may know.
func (c *reading) strange(v *strictjson.Value, items []strictjson.Value, text string) {
	u := Unknown{Type: c.kind, Element: unnumbered(c.path(v.From, false)), Display: clip(text, 80)}
	for i := range items {
		if code := c.text(&items[i], "code"); code != "" {
			u.Code = Code{c.text(&items[i], "system"), code}
			break
		}
	}
	c.unknown = append(c.unknown, u)
}

// concepts reads a list of CodeableConcepts as one: the first that has a code or words.
func (c *reading) concepts(v *strictjson.Value, name string, systems []string, report bool) concept {
	items := c.list(v, name)
	for i := range items {
		if k := c.concept(&items[i], systems, report); k.code != "" || k.text != "" {
			return k
		}
	}
	return concept{}
}

// clip cuts a text to at most n bytes, at a character's end.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	cut := n - len("…")
	for cut > 0 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return s[:cut] + "…"
}

// unnumbered takes the places in lists out of a path.
func unnumbered(path string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(path, "[")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		_, path, _ = strings.Cut(rest, "]")
	}
}
