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
	e.Wrong = verification == "entered-in-error"
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
	var p props
	p.text("condition", c.id)
	p.list("codes", k.codes)
	p.text("display", k.text)
	p.text("status", e.Status)
	p.text("verification", verification)
	e.Props = p.sorted()
	c.keep(e)
}

// observation reads a measurement; components are measurements of their own.
func (c *reading) observation() {
	e := c.entry(c.text(c.root, "status"))
	if !c.subject(&e, "subject") {
		return
	}
	e.Start = c.performed("effective")
	e.Recorded = c.date(c.root, "issued")
	var p props
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
	e.Props = p.sorted()
	c.keep(e)
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
	var m props
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
	case find(v, "valueQuantity") != nil:
		f, ok := c.number(v, "valueQuantity", "value")
		m.number("value", f, ok)
		m.text("unit", c.unit(c.get(v, "valueQuantity")))
		m.text("comparator", c.text(v, "valueQuantity", "comparator"))
		return ok
	case find(v, "valueInteger") != nil:
		f, ok := c.number(v, "valueInteger")
		m.number("value", f, ok)
		return ok
	case find(v, "valueCodeableConcept") != nil:
		k := c.concept(c.get(v, "valueCodeableConcept"), measureSystems(), false)
		m.text("text", k.words())
		m.text("answer", k.code)
		return k.words() != ""
	case find(v, "valueBoolean") != nil:
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
