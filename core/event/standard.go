package event

import "attune/core/expr"

// Standard is the catalogue that comes with Attune. Names and fields follow the mapping tables of
// FHIR R4 and HL7 v2 resources to events; "at" fields are instants on the wire as RFC 3339.
func Standard() *Catalogue {
	text := func(name string, s Sensitivity, example string) FieldDef {
		return FieldDef{Name: name, Type: expr.Text, Sensitivity: s, Example: example}
	}
	whole := func(name, unit string, s Sensitivity, example string) FieldDef {
		return FieldDef{Name: name, Type: expr.Integer, Unit: unit, Sensitivity: s, Example: example}
	}
	at := func(name, example string) FieldDef {
		return FieldDef{Name: name, Type: expr.Moment, Sensitivity: Clinical, Example: example}
	}
	codes := FieldDef{Name: "codes", Type: expr.List, Sensitivity: Clinical, Example: `["44054006"]`}
	code := text("code", Clinical, `"860975"`)
	display := text("display", Clinical, `"Metformin 500 mg"`)
	reason := text("reason", Clinical, `"44054006"`)
	touch := text("touch", Plain, `"5f0c…"`)
	channel := text("channel", Plain, `"email"`)

	appointment := []FieldDef{text("appointment", Plain, `"a-7"`), at("start", `"2027-03-05T09:30:00Z"`), text("type", Clinical, `"check-up"`), text("location", Plain, `"Green Lane"`), reason}
	consentFields := []FieldDef{text("purpose", Plain, `"treatment_support"`), channel, text("topic", Plain, `"diabetes"`), text("text", Plain, `"Yes, you may write to me"`), text("version", Plain, `"2027-01"`)}
	encounter := []FieldDef{text("encounter", Plain, `"e-12"`), text("class", Clinical, `"ambulatory"`), text("type", Clinical, `"185347001"`), reason}
	message := []FieldDef{touch, channel}
	course := []FieldDef{text("course", Plain, `"foot-care"`)}

	return NewCatalogue(
		Definition{"patient.created", "A record of the person was opened.", nil},
		Definition{"patient.updated", "The person's record changed.", nil},
		Definition{"patient.deceased", "The person died. All outreach stops at once.", nil},
		Definition{"traits.updated", "Something the person is or prefers became known; every property becomes a trait.", nil},
		Definition{"identity.linked", "Two identifiers are said to be the same person. Stored and shown; merging is a decision of its own.",
			[]FieldDef{text("previous", Personal, `"anon-1"`)}},
		Definition{"group.joined", "The person joined a group, such as a clinic.", []FieldDef{text("group", Plain, `"clinic-1"`)}},
		Definition{"page.viewed", "A page of an app or site was seen.", []FieldDef{text("name", Plain, `"Asthma"`)}},
		Definition{"screen.viewed", "A screen of an app was seen.", []FieldDef{text("name", Plain, `"Home"`)}},

		Definition{"care.encounter_started", "A visit or stay began.", encounter},
		Definition{"care.encounter_finished", "A visit or stay ended.", encounter},
		Definition{"clinical.condition_recorded", "A diagnosis entered the record.", []FieldDef{codes, display, text("status", Clinical, `"active"`)}},
		Definition{"clinical.condition_resolved", "A diagnosis was marked as over.", []FieldDef{codes, display}},
		Definition{"clinical.procedure_done", "A procedure was carried out.", []FieldDef{codes, display}},
		Definition{"medication.prescribed", "A medicine was prescribed.", []FieldDef{code, display, reason, whole("days_supply", "d", Clinical, `30`), whole("refills", "", Clinical, `3`)}},
		Definition{"medication.dispensed", "A medicine was handed over by the pharmacy.", []FieldDef{code, display, reason, whole("days_supply", "d", Clinical, `30`), whole("quantity", "", Clinical, `60`)}},
		Definition{"medication.stopped", "A medicine was stopped.", []FieldDef{code, display, reason}},
		Definition{"medication.missed", "The person says a dose was missed.", []FieldDef{code, reason}},
		Definition{"observation.recorded", "A measurement was recorded.", []FieldDef{code,
			{Name: "value", Type: expr.Number, Sensitivity: Clinical, Example: `7.1`}, text("unit", Clinical, `"%"`)}},
		Definition{"immunization.given", "A vaccine was given.", []FieldDef{code, display}},

		Definition{"appointment.booked", "An appointment was made.", appointment},
		Definition{"appointment.rescheduled", "An appointment moved to another time.", appointment},
		Definition{"appointment.cancelled", "An appointment was called off.", appointment},
		Definition{"appointment.completed", "An appointment took place.", appointment},
		Definition{"appointment.noshow", "The person did not come.", appointment},
		Definition{"referral.requested", "A referral to another service was asked for.", []FieldDef{text("referral", Plain, `"r-3"`), text("specialty", Clinical, `"rheumatology"`), text("priority", Clinical, `"routine"`), reason}},
		Definition{"referral.accepted", "The other service accepted the referral.", []FieldDef{text("referral", Plain, `"r-3"`)}},
		Definition{"referral.declined", "The other service declined the referral.", []FieldDef{text("referral", Plain, `"r-3"`), reason}},
		Definition{"referral.closed", "The referral came to its end.", []FieldDef{text("referral", Plain, `"r-3"`)}},

		Definition{"consent.granted", "The person agreed to a purpose, on a channel or on all.", consentFields},
		Definition{"consent.denied", "The person said no to a purpose, on a channel or on all.", consentFields},
		Definition{"consent.withdrawn", "The person took consent back.", consentFields},

		Definition{"portal.visited", "The person signed in to the portal.", nil},
		Definition{"questionnaire.completed", "A questionnaire was answered.", []FieldDef{text("questionnaire", Plain, `"who-5"`),
			{Name: "score", Type: expr.Number, Sensitivity: Clinical, Example: `14`}}},
		Definition{"message.delivered", "The provider reports delivery.", message},
		Definition{"message.opened", "The message was opened.", message},
		Definition{"message.clicked", "A link in the message was followed.", message},
		Definition{"message.replied", "The person answered.", append(message[:len(message):len(message)], text("text", Clinical, `"Thanks"`))},
		Definition{"message.failed", "The provider reports that it could not deliver.", append(message[:len(message):len(message)], text("code", Plain, `"550"`))},

		Definition{"course.started", "A course was begun.", course},
		Definition{"course.completed", "A course was finished.", course},
		Definition{"activity.recorded", "Steps or minutes of activity were recorded.", []FieldDef{whole("steps", "", Clinical, `6200`), whole("minutes", "min", Clinical, `35`)}},
		Definition{"call.held", "A call with the person took place.", []FieldDef{text("outcome", Clinical, `"reached"`)}},
		Definition{"visit.held", "A visit took place.", []FieldDef{text("outcome", Clinical, `"done"`)}},
	)
}
