package fhir

import (
	"strconv"

	"attune/core/instant"

	"attune/internal/strictjson"
)

// condition reads a diagnosis.
func (c *reading) condition() {
	verification := c.concept(c.get(c.root, "verificationStatus"), nil, false).code
	e := c.entry(c.concept(c.get(c.root, "clinicalStatus"), nil, false).code)
	if !c.subject(&e, "subject") {
		return
	}
	e.Start = c.date(c.root, "onsetDateTime")
	if e.Start == 0 {
		e.Start = c.date(c.root, "onsetPeriod", "start")
	}
	e.End = c.date(c.root, "abatementDateTime")
	if e.End == 0 {
		e.End = c.date(c.root, "abatementPeriod", "end")
	}
	e.Recorded = c.date(c.root, "recordedDate")
	k := c.concept(c.get(c.root, "code"), problemSystems(), true)
	p := make(props, 0, 12)
	p.text("condition", c.id)
	p.list("codes", k.codes)
	p.text("display", k.text)
	p.text("status", e.Status)
	p.text("verification", verification)
	c.keep(e, &p)
}

// observation reads a measurement; components are measurements of their own.
func (c *reading) observation() {
	e := c.entry(c.text(c.root, "status"))
	if !c.subject(&e, "subject") {
		return
	}
	e.Start = c.performed("effective")
	e.Recorded = c.date(c.root, "issued")
	p := make(props, 0, 12)
	p.text("device", c.deviceOf())
	n := 0
	if c.measure(&p, c.root, n) {
		n++
	}
	items := c.list(c.root, "component")
	for i := range items {
		if c.measure(&p, &items[i], n) {
			n++
		}
	}
	c.keep(e, &p)
}

// performed reads when something was done: name + DateTime, Period or Instant.
func (c *reading) performed(name string) (at instant.Time) {
	if at = c.date(c.root, name+"DateTime"); at != 0 {
		return at
	}
	if at = c.date(c.root, name+"Instant"); at != 0 {
		return at
	}
	if at = c.date(c.root, name+"Period", "start"); at != 0 {
		return at
	}
	return c.date(c.root, name+"Period", "end")
}

// deviceOf names the device that measured.
func (c *reading) deviceOf() string {
	v := c.get(c.root, "device")
	if v == nil {
		return ""
	}
	if key := pointer(c.reference(v)); key != "" {
		return key
	}
	return c.label(v)
}

// measure reads one measurement; its properties are numbered, as clinical.Tell wants them. It is false where there is
// no value.
func (c *reading) measure(p *props, v *strictjson.Value, n int) bool {
	m := make(props, 0, 8)
	if !c.measured(&m, v) {
		return false
	}
	k := c.concept(c.get(v, "code"), measureSystems(), true)
	m.text("code", k.code)
	m.list("codes", k.codes)
	m.text("display", k.text)
	m.text("interpretation", c.concepts(v, "interpretation", nil, false).short())
	for _, of := range m {
		p.set(strconv.Itoa(n)+"."+of.Name, of.Value)
	}
	return true
}

// measured reads value[x]: a number with its unit, or what it says in words.
func (c *reading) measured(m *props, v *strictjson.Value) bool {
	switch {
	case c.get(v, "valueQuantity") != nil:
		f, ok := c.number(v, "valueQuantity", "value")
		m.number("value", f, ok)
		m.text("unit", c.unit(c.get(v, "valueQuantity")))
		m.text("comparator", c.text(v, "valueQuantity", "comparator"))
		return ok
	case c.get(v, "valueInteger") != nil:
		f, ok := c.number(v, "valueInteger")
		m.number("value", f, ok)
		return ok
	case c.get(v, "valueCodeableConcept") != nil:
		k := c.concept(c.get(v, "valueCodeableConcept"), measureSystems(), false)
		m.text("text", k.words())
		m.text("answer", k.code)
		return k.words() != ""
	case c.get(v, "valueBoolean") != nil:
		is, ok := c.flag(v, "valueBoolean")
		m.text("text", strconv.FormatBool(is))
		return ok
	}
	for _, name := range [...]string{"valueString", "valueDateTime", "valueTime"} {
		if s := c.text(v, name); s != "" {
			m.text("text", s)
			return true
		}
	}
	return false
}

// unit is a quantity's: UCUM's code, else what it is called.
func (c *reading) unit(v *strictjson.Value) string {
	if code := c.text(v, "code"); code != "" && c.text(v, "system") == ucum {
		return code
	}
	if u := c.text(v, "unit"); u != "" {
		return u
	}
	return c.text(v, "code")
}

// allergy reads an allergy or intolerance.
func (c *reading) allergy() {
	verification := c.concept(c.get(c.root, "verificationStatus"), nil, false).code
	e := c.entry(c.concept(c.get(c.root, "clinicalStatus"), nil, false).code)
	if !c.subject(&e, "patient") {
		return
	}
	e.Recorded = c.date(c.root, "recordedDate")
	e.Start = c.date(c.root, "onsetDateTime")
	k := c.concept(c.get(c.root, "code"), []string{snomed, rxnorm}, true)
	p := make(props, 0, 12)
	p.text("allergy", c.id)
	p.list("codes", k.codes)
	p.text("display", k.text)
	p.text("criticality", c.text(c.root, "criticality"))
	p.text("status", e.Status)
	p.text("verification", verification)
	c.keep(e, &p)
}

// procedure reads what was done to the patient.
func (c *reading) procedure() {
	e := c.entry(c.text(c.root, "status"))
	if !c.subject(&e, "subject") {
		return
	}
	e.Start = either(c.date(c.root, "performedDateTime"), c.date(c.root, "performedPeriod", "start"))
	e.End = c.date(c.root, "performedPeriod", "end")
	k := c.concept(c.get(c.root, "code"), procedureSystems(), true)
	p := make(props, 0, 12)
	p.text("procedure", c.id)
	p.list("codes", k.codes)
	p.text("display", k.text)
	p.text("reason", c.reason())
	c.keep(e, &p)
}

// immunization reads a vaccination.
func (c *reading) immunization() {
	e := c.entry(c.text(c.root, "status"))
	if !c.subject(&e, "patient") {
		return
	}
	e.Start, e.Recorded = c.date(c.root, "occurrenceDateTime"), c.date(c.root, "recorded")
	k := c.concept(c.get(c.root, "vaccineCode"), vaccineSystems(), true)
	p := make(props, 0, 12)
	p.text("code", k.code)
	p.list("codes", k.codes)
	p.text("display", k.text)
	if of := c.first(c.root, "protocolApplied"); of != nil {
		n, ok := c.whole(of, "doseNumberPositiveInt")
		p.whole("dose", n, ok)
	}
	c.keep(e, &p)
}

// report reads that a report can be read, and for which order.
func (c *reading) report() {
	e := c.entry(c.text(c.root, "status"))
	if !c.subject(&e, "subject") {
		return
	}
	e.Recorded, e.Start = c.date(c.root, "issued"), c.performed("effective")
	k := c.concept(c.get(c.root, "code"), measureSystems(), true)
	p := make(props, 0, 12)
	p.text("report", c.id)
	p.text("type", section(c.concepts(c.root, "category", nil, false)))
	p.list("codes", k.codes)
	p.text("display", k.text)
	p.text("referral", c.basedOn("basedOn"))
	c.keep(e, &p)
}

// section says the commonest codes of v2's table 0074 in words; others as the source calls them.
func section(k concept) string {
	switch k.code {
	case "LAB":
		return "laboratory"
	case "RAD":
		return "radiology"
	case "PAT", "SP", "CP":
		return "pathology"
	case "MB":
		return "microbiology"
	case "CUS", "RUS", "VUS", "OUS":
		return "ultrasound"
	case "EC":
		return "electrocardiography"
	}
	return k.words()
}

// basedOn is the order that something goes back to: the first ServiceRequest of a list of references.
func (c *reading) basedOn(names ...string) string {
	items := c.list(c.root, names...)
	for i := range items {
		if r := c.reference(&items[i]); r.Kind == "ServiceRequest" {
			return pointer(r)
		}
	}
	return ""
}
