package fhir

import (
	"math"

	"attune/internal/strictjson"
)

// medicationRequest reads a prescription. A proposal, a plan and an order not to give it are none.
func (c *reading) medicationRequest() {
	e := c.entry(c.text(c.root, "status"))
	switch c.text(c.root, "intent") {
	case "proposal", "plan", "option":
		c.note("it is a proposal, and no prescription")
		return
	}
	if not, _ := c.flag(c.root, "doNotPerform"); not {
		c.note("it asks that the medicine not be given")
		return
	}
	if !c.subject(&e, "subject") {
		return
	}
	e.Recorded = c.date(c.root, "authoredOn")
	e.End = c.until(c.root, "dispenseRequest", "validityPeriod", "end")
	p := make(props, 0, 12)
	k := c.medicine()
	p.text("code", k.code)
	p.list("codes", k.codes)
	p.text("display", k.text)
	p.text("reason", c.reason())
	p.text("prescription", c.id)
	p.text("group", c.text(c.root, "groupIdentifier", "value"))
	p.text("dose", c.dose())
	p.text("stop_reason", c.concept(c.get(c.root, "statusReason"), problemSystems(), false).short())
	refills, ok := c.whole(c.root, "dispenseRequest", "numberOfRepeatsAllowed")
	p.whole("refills", refills, ok)
	of := c.get(c.root, "dispenseRequest")
	c.supply(&p, c.get(of, "expectedSupplyDuration"), c.get(of, "quantity"))
	c.keep(e, &p)
}

// medicationDispense reads that a medicine was handed over.
func (c *reading) medicationDispense() {
	e := c.entry(c.text(c.root, "status"))
	if !c.subject(&e, "subject") {
		return
	}
	e.Start = either(c.date(c.root, "whenHandedOver"), c.date(c.root, "whenPrepared"))
	p := make(props, 0, 12)
	k := c.medicine()
	p.text("code", k.code)
	p.list("codes", k.codes)
	p.text("display", k.text)
	if r := c.first(c.root, "authorizingPrescription"); r != nil {
		p.text("prescription", pointer(c.reference(r)))
	}
	quantity := c.get(c.root, "quantity")
	n, ok := c.number(quantity, "value")
	p.number("quantity", n, ok)
	p.text("unit", c.unit(quantity))
	c.supply(&p, c.get(c.root, "daysSupply"), quantity)
	c.keep(e, &p)
}

// medicationStatement reads what the patient says of taking a medicine.
func (c *reading) medicationStatement() {
	e := c.entry(c.text(c.root, "status"))
	if !c.subject(&e, "subject") {
		return
	}
	e.Start, e.Recorded = c.performed("effective"), c.date(c.root, "dateAsserted")
	p := make(props, 0, 12)
	k := c.medicine()
	p.text("code", k.code)
	p.text("display", k.text)
	why := c.concepts(c.root, "statusReason", problemSystems(), false).short()
	if why == "" {
		why = c.reason()
	}
	p.text("reason", why)
	c.keep(e, &p)
}

// medicine reads medication[x]: a code, or a Medication that is contained, in the Bundle, or came before.
func (c *reading) medicine() concept {
	if v := c.get(c.root, "medicationCodeableConcept"); v != nil {
		return c.concept(v, medicineSystems(), true)
	}
	v := c.get(c.root, "medicationReference")
	if v == nil {
		return concept{}
	}
	var k concept
	if s := c.text(v, "reference"); len(s) > 1 && s[0] == '#' {
		k = c.describe(c.contained(s[1:])).concept
	} else {
		known, _ := c.memory.find(c.reference(v))
		k = known.concept
	}
	if k.text == "" {
		k.text = c.text(v, "display")
	}
	if k.code == "" {
		c.unknown = append(c.unknown, Unknown{Type: c.kind, Element: "medicationReference", Display: clip(k.text, 80)})
	}
	return k
}

// dose is how it is to be taken, in words.
func (c *reading) dose() string {
	d := c.first(c.root, "dosageInstruction")
	if d == nil {
		return ""
	}
	if s := c.text(d, "patientInstruction"); s != "" {
		return s
	}
	return c.text(d, "text")
}

// supply says for how many days what is dispensed lasts: as the record says, or as quantity and dosage do, which is an
// estimate.
func (c *reading) supply(p *props, said, quantity *strictjson.Value) {
	if d, ok := c.days(said); ok {
		p.whole("days_supply", d, true)
		return
	}
	daily, ok := c.daily(quantity)
	if n, given := c.number(quantity, "value"); ok && given && n > 0 {
		if d := math.Floor(n/daily + 1e-9); d >= 1 && d <= 3660 {
			p.whole("days_supply", int64(d), true)
			p.flag("estimated", true)
			return
		}
	}
	c.note("days of supply: neither a duration nor a quantity with a daily dose")
}

// days reads a Duration that is whole days when rounded up.
func (c *reading) days(v *strictjson.Value) (int64, bool) {
	f, ok := c.number(v, "value")
	if !ok || f <= 0 {
		return 0, false
	}
	unit := c.text(v, "code")
	if unit == "" {
		unit = c.text(v, "unit")
	}
	days, ok := inDays(f, unit)
	if !ok || days > 3660 {
		return 0, false
	}
	return int64(math.Ceil(days - 1e-9)), true
}

func inDays(f float64, unit string) (float64, bool) {
	switch unit {
	case "s":
		return f / 86400, true
	case "min":
		return f / 1440, true
	case "h", "hour", "hours":
		return f / 24, true
	case "d", "day", "days", "Day", "Days", "":
		return f, true
	case "wk", "week", "weeks":
		return f * 7, true
	case "mo", "month", "months":
		return f * 30, true
	case "a", "year", "years":
		return f * 365, true
	}
	return 0, false
}

// daily is how much is taken in a day, in what the quantity counts. It is known where one dosage says how often and
// how much, in the same unit as the quantity, and not as needed.
func (c *reading) daily(quantity *strictjson.Value) (float64, bool) {
	items := c.list(c.root, "dosageInstruction")
	if len(items) != 1 {
		return 0, false
	}
	d := &items[0]
	if needed, _ := c.flag(d, "asNeededBoolean"); needed || c.get(d, "asNeededCodeableConcept") != nil {
		return 0, false
	}
	repeat := c.get(d, "timing", "repeat")
	frequency, often := c.number(repeat, "frequency")
	period, ok := c.number(repeat, "period")
	if !ok || period <= 0 {
		return 0, false
	}
	if !often {
		frequency = 1
	}
	days, ok := inDays(period, c.text(repeat, "periodUnit"))
	rate := c.first(d, "doseAndRate")
	if rate == nil || !ok {
		return 0, false
	}
	dose, ok := c.number(rate, "doseQuantity", "value")
	if !ok || !c.sameUnit(c.get(rate, "doseQuantity"), quantity) {
		return 0, false
	}
	daily := dose * frequency / days
	return daily, daily > 0
}

// sameUnit tells whether two quantities count the same. Doses and packs that name no unit both count pieces.
func (c *reading) sameUnit(a, b *strictjson.Value) bool {
	x, y := c.unit(a), c.unit(b)
	return x == y || pieces(x) && pieces(y)
}

// pieces tells whether the unit is a thing to be taken whole.
func pieces(unit string) bool {
	switch unit {
	case "", "{tbl}", "{tablet}", "{capsule}", "TAB", "Tab", "tab", "tablet", "tablets", "TABLET", "CAP", "Cap", "capsule", "capsules", "1", "{pill}":
		return true
	}
	return false
}
