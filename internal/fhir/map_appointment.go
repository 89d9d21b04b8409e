package fhir

import (
	"strings"

	"attune/internal/clinical"
)

// appointment reads an appointment, once for each patient who takes part.
func (c *reading) appointment() {
	e := c.entry(c.text(c.root, "status"))
	e.Start, e.End, e.Recorded = c.date(c.root, "start"), c.date(c.root, "end"), c.date(c.root, "created")
	p := make(props, 0, 12)
	p.text("appointment", c.id)
	p.moment("start", e.Start)
	p.moment("end", e.End)
	p.text("type", c.appointmentType())
	p.text("reason", c.reason())
	p.text("referral", c.basedOn("basedOn"))
	why := c.concept(c.get(c.root, "cancelationReason"), nil, false)
	p.text("cancel_reason", why.short())
	p.text("cancel_by", calledOffBy(why))

	var patients []clinical.Reference
	items := c.list(c.root, "participant")
	for i := range items {
		actor := c.get(&items[i], "actor")
		switch r := c.reference(actor); r.Kind {
		case "Patient":
			patients = append(patients, r)
		case "Practitioner", "PractitionerRole":
			p.once("practitioner", c.label(actor))
		case "Location", "HealthcareService":
			p.once("location", c.label(actor))
		}
	}
	if len(patients) == 0 {
		c.note("it does not say whom it is about by a reference or an identifier")
	}
	for i, who := range patients {
		one := e
		if one.Subject = who; i > 0 {
			one.ID = e.ID + "/" + pointer(who)
		}
		mine := append(props(nil), p...)
		c.keep(one, &mine)
	}
}

// once sets a text that is not yet.
func (p *props) once(name, s string) {
	for i := range *p {
		if (*p)[i].Name == name {
			return
		}
	}
	p.text(name, s)
}

// appointmentType is what people come for: the kind of service, else the kind of appointment.
func (c *reading) appointmentType() string {
	if s := c.concepts(c.root, "serviceType", otherSystems(), true).words(); s != "" {
		return s
	}
	return c.concept(c.get(c.root, "appointmentType"), nil, true).words()
}

// calledOffBy reads who called it off, of HL7's appointment-cancellation-reason.
func calledOffBy(k concept) string {
	for _, code := range k.codes {
		switch {
		case strings.HasPrefix(code, "pat"):
			return "patient"
		case strings.HasPrefix(code, "prov"):
			return "provider"
		}
	}
	return ""
}
