package fhir

import (
	"slices"
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

	items := c.list(c.root, "participant")
	for i := range items {
		actor := c.get(&items[i], "actor")
		switch c.reference(actor).Kind {
		case "Practitioner", "PractitionerRole":
			p.once("practitioner", c.label(actor))
		case "Location", "HealthcareService":
			p.once("location", c.label(actor))
		}
	}
	patients := c.taking()
	if len(patients) == 0 {
		c.note(nobody)
	}
	for i, who := range patients {
		mine := slices.Clone(p)
		c.keep(about(e, who, i), &mine)
	}
}

// taking are the patients who take part in an appointment.
func (c *reading) taking() (patients []clinical.Reference) {
	if c.kind != "Appointment" {
		return nil
	}
	items := c.list(c.root, "participant")
	for i := range items {
		if r := c.reference(&items[i], "actor"); r.Kind == "Patient" && means(r) {
			patients = append(patients, r)
		}
	}
	return patients
}

// about is the entry as it is about one of several patients: the first has its id, others one of their own.
func about(e clinical.Entry, who clinical.Reference, place int) clinical.Entry {
	if e.Subject = who; place > 0 {
		e.ID += "/" + pointer(who)
	}
	return e
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
