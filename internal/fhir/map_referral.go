package fhir

// serviceRequest reads a referral. Orders for the laboratory, for images and for one's own department are none.
func (c *reading) serviceRequest() {
	e := c.entry(c.text(c.root, "status"))
	switch c.text(c.root, "intent") {
	case "proposal", "plan", "option":
		c.note("it is a proposal, and no order")
		return
	}
	if not, _ := c.flag(c.root, "doNotPerform"); not {
		c.note("it asks that something not be done")
		return
	}
	if !c.referral() {
		c.note("it is an order and no referral")
		return
	}
	if !c.subject(&e, "subject") {
		return
	}
	e.Recorded = c.date(c.root, "authoredOn")
	p := make(props, 0, 12)
	p.text("referral", c.id)
	p.text("service", c.concept(c.get(c.root, "code"), otherSystems(), true).words())
	p.text("specialty", c.concept(c.get(c.root, "performerType"), otherSystems(), false).words())
	p.text("priority", c.text(c.root, "priority"))
	p.text("reason", c.reason())
	p.text("from", c.label(c.get(c.root, "requester")))
	if to := c.first(c.root, "performer"); to != nil {
		p.text("to", c.label(to))
	}
	p.text("placer", c.placer())
	c.keep(e, &p)
}

// referral tells whether the order asks somebody else to see the patient: its category says so, or it has none and
// names who is asked.
func (c *reading) referral() bool {
	items := c.list(c.root, "category")
	for i := range items {
		k := c.concept(&items[i], otherSystems(), false)
		for _, code := range [...]string{"3457005", "103696004", "306206005", "referral", "REF", "57133-1"} {
			if k.is(code) {
				return true
			}
		}
	}
	return len(items) == 0 && (c.get(c.root, "performerType") != nil || len(c.list(c.root, "performer")) > 0)
}

// placer is the number by which the one who asks knows the order.
func (c *reading) placer() string {
	items := c.list(c.root, "identifier")
	for i := range items {
		if c.concept(c.get(&items[i], "type"), nil, false).is("PLAC") {
			return c.text(&items[i], "value")
		}
	}
	if len(items) > 0 {
		return c.text(&items[0], "value")
	}
	return ""
}

// task reads how far a referral has come with those who were asked. Other tasks are not told of.
func (c *reading) task() {
	e := c.entry(c.text(c.root, "status"))
	referral := c.basedOn("basedOn")
	if r := c.reference(c.root, "focus"); r.Kind == "ServiceRequest" {
		referral = pointer(r)
	}
	if referral == "" {
		c.note("it is a task that is not about a referral")
		return
	}
	if !c.subject(&e, "for") {
		return
	}
	e.Recorded = either(c.date(c.root, "lastModified"), c.date(c.root, "authoredOn"))
	e.At = either(e.At, c.date(c.root, "lastModified"))
	e.End = c.date(c.root, "executionPeriod", "end")
	p := make(props, 0, 12)
	p.text("referral", referral)
	p.text("owner", c.label(c.get(c.root, "owner")))
	p.text("reason", c.concept(c.get(c.root, "statusReason"), nil, false).words())
	outputs := c.list(c.root, "output")
	for i := range outputs {
		if s := pointer(c.reference(&outputs[i], "valueReference")); s != "" {
			p.once("report", s)
		}
	}
	c.keep(e, &p)
}
