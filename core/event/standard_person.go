package event

import (
	"slices"

	"attune/core/comb"
	"attune/core/expr"
)

// patientEvents say who the person is.
func patientEvents() []Definition {
	known := []FieldDef{
		text("first_name", Personal, `"Ana"`), text("last_name", Personal, `"Quispe"`), text("preferred_name", Personal, `"Anita"`),
		text("birth_date", Personal, `"1956-04-21"`), text("sex", Personal, `"female"`), text("language", Plain, `"es"`), text("timezone", Plain, `"America/New_York"`),
		text("email", Personal, `"ana@patients.example"`), text("phone", Personal, `"+12025550143"`),
		text("street", Personal, `"12 Green Lane"`), text("city", Personal, `"Albany"`), text("state", Personal, `"NY"`), text("postal_code", Personal, `"12207"`), text("country", Plain, `"US"`),
	}
	ids := []FieldDef{text("from", Personal, `"mrn:1188"`), text("to", Personal, `"mrn:1042"`)}
	relative := []FieldDef{
		text("caregiver", Personal, `"mrn:2077"`), text("relationship", Personal, `"daughter"`), text("name", Personal, `"Eva Quispe"`),
		text("email", Personal, `"eva@families.example"`), text("phone", Personal, `"+12025550177"`), text("authority", Personal, `"health-care proxy"`),
	}
	return []Definition{
		define("patient.created", "A record of the person was opened. Every property becomes a trait.", known...),
		define("patient.updated", "The person's record changed. Every property becomes a trait.", known...),
		define("patient.deceased", "The person died. All outreach stops at once."),
		define("patient.merged", "Two records turned out to be of one person.", append(ids[:2:2], text("scope", Plain, `"person"`))...),
		define("patient.linked", "Two records are said to be of one person, and both stay.", ids...),
		define("patient.unlinked", "Two records are no longer said to be of one person.", ids...),
		define("traits.updated", "Something the person is or prefers became known; every property becomes a trait."),
		define("identity.linked", "Two identifiers are said to be the same person. The other one becomes this person's if nobody has it, or nobody knows who they are.",
			flag("linked", Plain, `true`), text("previous", Personal, `"anon-1"`)),
		define("group.joined", "The person joined a group, such as a clinic.", text("group", Plain, `"clinic-1"`)),
		define("caregiver.linked", "Somebody was named who cares for the person.", relative...),
		define("caregiver.unlinked", "Somebody no longer cares for the person.", relative[:2]...),
		define("story.told", "The person told something of their own story. Names is what the program calls a barrier or motivation, kind what part of COM-B it is; over says that it is so no longer.",
			FieldDef{Name: "fact", Type: expr.Text, OneOf: []string{"reason", "goal", "barrier", "motivation", "support"}, Sensitivity: Clinical, Example: `"goal"`},
			text("text", Clinical, `"To walk to the market again"`), text("by", Personal, `"nurse Kim"`),
			text("names", Clinical, `"no_bus"`),
			FieldDef{Name: "kind", Type: expr.Text, OneOf: comb.Kinds(), Sensitivity: Clinical, Example: `"physical_opportunity"`},
			flag("over", Clinical, `true`)),
	}
}

// circleEvents are about those around somebody, and what they may be told.
func circleEvents() []Definition {
	kind := FieldDef{Name: "kind", Type: expr.Text, Sensitivity: Plain, Example: `"caregiver"`, OneOf: []string{"patient", "caregiver", "clinician"}}
	with, purpose := text("with", Personal, `"mrn:2077"`), text("purpose", Plain, `"caregiver_support"`)
	about, origin := text("about", Personal, `"p0q3v…"`), text("origin", Plain, `"9f3a…"`)
	what := []FieldDef{text("program", Plain, `"diabetes"`), text("engagement", Plain, `"caregiver_refill"`)}
	return []Definition{
		define("person.registered", "Somebody is engaged as a caregiver or clinician, or as a patient, which is what everybody is without it. Every property becomes a trait.",
			kind, text("first_name", Personal, `"Eva"`), text("last_name", Personal, `"Quispe"`), text("preferred_name", Personal, `"Evita"`), text("language", Plain, `"es"`),
			text("timezone", Plain, `"America/New_York"`), text("email", Personal, `"eva@families.example"`), text("phone", Personal, `"+12025550177"`),
			text("role", Plain, `"nurse"`), text("specialty", Plain, `"diabetology"`), text("organisation", Plain, `"Green Lane"`)),
		define("person.merged", "A record of the same person was found: it becomes part of this one. Attune writes it itself, when somebody says so.",
			text("of", Personal, `"p0q3v…"`), text("by", Personal, `"nurse Kim"`), text("note", Clinical, `"Same passport, two spellings"`)),
		define("person.parted", "A record that was taken for the same person's is somebody else's after all. Attune writes it itself, when somebody says so.",
			text("of", Personal, `"p0q3v…"`), text("by", Personal, `"nurse Kim"`), text("note", Clinical, `"Twins"`)),
		define("sharing.granted", "The person lets somebody be told what a purpose says about them. With is an identifier of the other.",
			with, purpose, text("relation", Personal, `"daughter"`), flag("name", Plain, `true`), at("until", Plain, `"2028-03-01T00:00:00Z"`), text("text", Plain, `"You may tell my daughter"`), text("by", Personal, `"the person"`)),
		define("sharing.withdrawn", "The person takes that back: for a purpose, or for all where none is named.", with, purpose, text("by", Personal, `"the person"`)),
		define("sharing.ended", "What was taken back has taken effect on the other's side too. Attune writes it itself.", with, purpose, at("said", Plain, `"2027-03-01T09:00:00Z"`), text("recall", Plain, `"5f0c…"`)),
		define("engagement.proposed", "Something is to be said to the person about somebody who shares it with them. Attune writes it itself, and takes no heed of one that comes from elsewhere.",
			slices.Concat([]FieldDef{about}, what, []FieldDef{purpose, text("relation", Personal, `"daughter"`), text("name", Personal, `"Anita"`), origin, text("release", Plain, `"0a9f…"`), whole("hops", "people", Plain, `1`)})...),
		define("engagement.recalled", "What was proposed about somebody, and is not out, is taken back. Attune writes it itself.",
			slices.Concat([]FieldDef{about, with, text("recall", Plain, `"5f0c…"`)}, what, []FieldDef{purpose, origin, flag("ends", Plain, `true`), reason()})...),
		define("engagement.undelivered", "A proposal reached nobody, since nobody is known by the identifier with which the person shares. Attune writes it itself.",
			slices.Concat([]FieldDef{with}, what, []FieldDef{purpose, reason()})...),
	}
}

// consentEvents are the person's word on purposes.
func consentEvents() []Definition {
	fields := []FieldDef{
		text("purpose", Plain, `"treatment_support"`), text("channel", Plain, `"email"`), text("topic", Plain, `"diabetes"`), text("text", Plain, `"Yes, you may write to me"`),
		text("version", Plain, `"2027-01"`), text("scope", Plain, `"patient-privacy"`), at("effective", Plain, `"2027-03-01T00:00:00Z"`), at("until", Plain, `"2028-03-01T00:00:00Z"`),
		text("consent", Plain, `"cn-5"`), text("actor", Plain, `"Green Lane Diabetes Team"`), text("jurisdiction", Plain, `"US"`), text("via", Plain, `"portal"`), text("by", Personal, `"the person"`),
	}
	return []Definition{
		define("consent.granted", "The person agreed to a purpose, on a channel or on all.", fields...),
		define("consent.denied", "The person said no to a purpose, on a channel or on all.", fields...),
		define("consent.withdrawn", "The person took consent back.", fields...),
	}
}

// messageEvents tell what became of messages, and what people write.
func messageEvents() []Definition {
	sent := []FieldDef{text("touch", Plain, `"5f0c…"`), text("channel", Plain, `"email"`)}
	with := func(more ...FieldDef) []FieldDef { return slices.Concat(sent, more) }
	point := func(more ...FieldDef) []FieldDef {
		return slices.Concat([]FieldDef{text("channel", Plain, `"sms"`), text("address", Personal, `"+15550100"`)}, more)
	}
	return []Definition{
		define("message.requested", "Another system asks that the person be written to.", text("request", Plain, `"cr-2"`), text("channel", Plain, `"sms"`), text("topic", Plain, `"flu shot"`), text("text", Clinical, `"Your flu shot is due"`)),
		define("message.received", "The person wrote to us, of their own accord.", text("text", Clinical, `"Can I come on Friday?"`), text("channel", Plain, `"sms"`)),
		define("message.delivered", "The provider reports delivery.", sent...),
		define("message.opened", "The message was opened, by the person or, where machine says so, by what reads mail ahead of them.", with(flag("machine", Plain, `false`))...),
		define("message.clicked", "A link in the message was followed.", with(text("link", Plain, `"portal"`))...),
		define("message.replied", "The person answered.", with(text("text", Clinical, `"Thanks"`))...),
		define("message.failed", "The provider reports that it could not deliver.", with(text("code", Plain, `"550"`), flag("permanent", Plain, `true`))...),
		define("message.complained", "The person reported the message as unwanted.", sent...),
		define("contact.suppressed", "An address may not be used any more, by anybody who shares it.", point(FieldDef{
			Name: "why", Type: expr.Text, Sensitivity: Plain, Example: `"stop"`, OneOf: []string{"stop", "bounce", "complaint", "wrong_person"},
		}, text("touch", Plain, `"5f0c…"`))...),
		define("contact.verified", "Somebody made sure that an address, as their record writes it, is the person's own.", point(text("by", Personal, `"nurse Kim"`), text("note", Clinical, `"Read the code back to me on the phone"`))...),
		define("contact.shared", "Others came to be reached at the person's address too. Attune writes it itself, and takes no heed of one that comes from elsewhere.", point()...),
		define("contact.unshared", "Nobody else is reached at the person's address any more. Attune writes it itself.", point()...),
		define("contact.released", "An address that was not to be used may be used again.", point(text("by", Personal, `"nurse Kim"`), text("note", Clinical, `"Her daughter's number, she wants it"`))...),
		define("hold.set", "Somebody asks that the person be left alone for a while.", text("hold", Plain, `"bereavement"`), at("until", Plain, `"2027-04-01T00:00:00Z"`), text("by", Personal, `"nurse Kim"`), text("note", Clinical, `"Lost her husband"`)),
		define("hold.lifted", "What the person was left alone for is over.", text("hold", Plain, `"crisis"`), text("by", Personal, `"nurse Kim"`), text("note", Clinical, `"Spoke with her, safe at home"`)),
	}
}

// reachEvents are what staff, calls to other systems, and the person give back.
func reachEvents() []Definition {
	task := []FieldDef{text("task", Plain, `"t-9"`), text("by", Personal, `"nurse Kim"`), text("note", Clinical, `"Left a voicemail"`)}
	moment := []FieldDef{text("moment", Plain, `"after_first_visit"`), text("measure", Plain, `"ease"`)}
	return []Definition{
		define("task.done", "Somebody on the team did what was asked of them.", append(task[:3:3], text("outcome", Clinical, `"reached"`))...),
		define("task.cancelled", "What somebody on the team was asked to do is no longer needed.", append(task[:3:3], reason())...),
		define("call.answered", "Another system that was asked something answered.", text("call", Plain, `"eligibility"`), text("status", Plain, `"ok"`), text("result", Clinical, `"eligible"`), number("number", "as the call says", Clinical, `12.5`)),
		define("call.held", "A call with the person took place, or was tried: outcome says how it went.", text("outcome", Clinical, `"reached"`), whole("minutes", "min", Clinical, `12`), text("by", Personal, `"nurse Kim"`), text("note", Clinical, `"Sleeps better"`), text("touch", Plain, `"5f0c…"`)),
		define("visit.held", "A visit to the person took place, or was tried: outcome says how it went.", text("outcome", Clinical, `"done"`), whole("minutes", "min", Clinical, `40`), text("by", Personal, `"nurse Kim"`), text("note", Clinical, `"Stairs are hard"`), text("touch", Plain, `"5f0c…"`)),
		define("note.written", "Somebody of the team wrote down what there is to know.", text("text", Clinical, `"Prefers to be rung before noon"`), text("by", Personal, `"nurse Kim"`)),
		define("milestone.reached", "The person came to a milestone.", text("milestone", Clinical, `"first_refill"`)),
		define("experience.asked", "The person was asked how a moment was for them.", moment...),
		define("experience.answered", "The person said how a moment was for them.", append(moment[:2:2], number("score", "points", Clinical, `4`), text("text", Clinical, `"Short wait"`))...),
	}
}

// dailyEvents happen between visits: in apps, on sites, in courses and shops.
func dailyEvents() []Definition {
	course := []FieldDef{text("course", Plain, `"foot-care"`), text("title", Plain, `"Looking after your feet"`)}
	order := []FieldDef{text("order", Plain, `"o-51"`), list("items", Clinical, `["test strips"]`), number("total", "as currency says", Plain, `24.9`), text("currency", Plain, `"USD"`)}
	return []Definition{
		define("page.viewed", "A page of an app or site was seen.", text("name", Plain, `"Asthma"`)),
		define("screen.viewed", "A screen of an app was seen.", text("name", Plain, `"Home"`)),
		define("portal.visited", "The person signed in to the portal."),
		define("portal.registered", "The person made an account on the portal."),
		define("survey.answered", "The person answered a survey that is not clinical.", text("survey", Plain, `"visit-feedback"`), number("score", "points", Clinical, `9`), text("text", Clinical, `"Kind people"`)),
		define("order.placed", "The person ordered something.", order...),
		define("cart.abandoned", "The person chose something and did not order it.", order[1:]...),
		define("course.started", "A course was begun.", course...),
		define("course.completed", "A course was finished.", append(course[:2:2], number("score", "%", Clinical, `90`))...),
		define("activity.recorded", "Steps or minutes of activity were recorded.", whole("steps", "steps", Clinical, `6200`), whole("minutes", "min", Clinical, `35`), text("kind", Clinical, `"walking"`)),
	}
}
