package event

import "slices"

// careEvents are visits and stays, and the general way to take an entry back.
func careEvents() []Definition {
	encounter := []FieldDef{text("encounter", Plain, `"e-12"`), text("class", Clinical, `"ambulatory"`), text("type", Clinical, `"185347001"`), reason(), text("location", Plain, `"Green Lane"`), text("practitioner", Plain, `"Dr Osei"`)}
	taken := encounter[:2]
	moved := []FieldDef{text("encounter", Plain, `"e-12"`), text("from", Clinical, `"ward 3"`), text("to", Clinical, `"ward 5"`)}
	class := []FieldDef{text("encounter", Plain, `"e-12"`), text("from", Clinical, `"outpatient"`), text("to", Clinical, `"inpatient"`)}
	return []Definition{
		define("care.encounter_started", "A visit or stay began.", encounter...),
		define("care.encounter_finished", "A visit or stay ended.", slices.Concat(encounter, []FieldDef{text("disposition", Clinical, `"home"`), number("length", "h", Clinical, `52`)})...),
		retraction("care.encounter_cancelled", "A visit or stay that was reported did not begin.", taken...),
		retraction("care.encounter_reopened", "A visit or stay that was reported as ended goes on.", taken...),
		define("care.transferred", "The person moved to another place during a stay.", moved...),
		define("care.class_changed", "A stay became one of another kind.", class...),
		retraction("record.retracted", "Something was entered in error. For entries that no other event takes back.", reason()),
	}
}

// clinicalEvents are what the record says about somebody's health.
func clinicalEvents() []Definition {
	condition := []FieldDef{codes(`["44054006"]`), display(`"Type 2 diabetes"`), text("status", Clinical, `"active"`), text("verification", Clinical, `"confirmed"`), text("condition", Plain, `"c-4"`)}
	measured := []FieldDef{
		code(`"4548-4"`), number("value", "as unit says", Clinical, `7.1`), text("unit", Clinical, `"%"`),
		text("text", Clinical, `"negative"`), text("interpretation", Clinical, `"H"`),
		codes(`["4548-4"]`), display(`"HbA1c"`), text("answer", Clinical, `"260385009"`), text("comparator", Clinical, `"<"`), text("device", Plain, `"scale-2"`),
	}
	return []Definition{
		define("clinical.condition_recorded", "A diagnosis entered the record.", condition...),
		define("clinical.condition_resolved", "A diagnosis was marked as over.", condition...),
		define("clinical.condition_refuted", "A diagnosis was found to be wrong.", condition...),
		define("clinical.allergy_recorded", "An allergy entered the record.", codes(`["91936005"]`), display(`"Penicillin"`), text("criticality", Clinical, `"high"`),
			text("status", Clinical, `"active"`), text("verification", Clinical, `"confirmed"`), text("allergy", Plain, `"al-1"`)),
		define("clinical.procedure_done", "A procedure was carried out.", codes(`["73761001"]`), display(`"Colonoscopy"`), reason(), text("procedure", Plain, `"pr-6"`)),
		define("observation.recorded", "A measurement was recorded.", measured...),
		define("observation.corrected", "A measurement was recorded wrongly, and this is right.", slices.Concat([]FieldDef{text("replaces", Plain, `"m-17"`)}, measured)...),
		retraction("observation.retracted", "A measurement was recorded in error.", measured[0]),
		define("report.available", "A report can be read.", text("report", Plain, `"d-4"`), text("type", Clinical, `"radiology"`), codes(`["57698-3"]`), display(`"Lipid panel"`)),
		define("immunization.given", "A vaccine was given.", code(`"140"`), codes(`["140"]`), display(`"Influenza"`), whole("dose", "doses", Clinical, `1`)),
	}
}

// deviceEvents come from devices at home.
func deviceEvents() []Definition {
	return []Definition{
		define("device.reading", "A device at home measured something.", text("device", Plain, `"scale-2"`), code(`"29463-7"`),
			number("value", "as unit says", Clinical, `81.4`), text("unit", Clinical, `"kg"`)),
	}
}

// medicationEvents are the life of a medicine.
func medicationEvents() []Definition {
	medicine := []FieldDef{code(`"860975"`), display(`"Metformin 500 mg"`), reason()}
	all := codes(`["860975"]`)
	estimated := flag("estimated", Plain, `true`)
	with := func(more ...FieldDef) []FieldDef { return slices.Concat(medicine, more) }
	prescription := text("prescription", Plain, `"rx-8"`)
	supply := whole("days_supply", "d", Clinical, `30`)
	dispensed := at("last_dispensed", Clinical, `"2027-01-24T00:00:00Z"`)
	return []Definition{
		define("medication.prescribed", "A medicine was prescribed.", with(supply, whole("refills", "refills", Clinical, `3`), text("dose", Clinical, `"500 mg twice a day"`), prescription,
			all, estimated, text("group", Plain, `"g-8"`))...),
		define("medication.stopped", "A medicine was stopped.", with(prescription)...),
		define("medication.dispensed", "A medicine was handed over by the pharmacy.", with(supply, number("quantity", "as unit says", Clinical, `60`), text("unit", Clinical, `"{tablet}"`), prescription, all, estimated)...),
		define("medication.refill_due", "A supply will soon be used up.", medicine[0], at("due", Clinical, `"2027-03-05T00:00:00Z"`), dispensed, estimated),
		define("medication.refill_gap", "A supply was used up and not fetched again.", medicine[0], whole("gap_days", "d", Clinical, `14`), dispensed, estimated),
		define("medication.adherence_changed", "The share of days covered by a supply changed.", medicine[0], number("covered", "%", Clinical, `72.5`), number("was", "%", Clinical, `88`)),
		define("medication.taken", "The person says a dose was taken.", medicine...),
		define("medication.missed", "The person says a dose was missed.", medicine...),
	}
}

// appointmentEvents are the life of an appointment.
func appointmentEvents() []Definition {
	appointment := []FieldDef{
		text("appointment", Plain, `"a-7"`), at("start", Clinical, `"2027-03-05T09:30:00Z"`), text("type", Clinical, `"check-up"`), text("location", Plain, `"Green Lane"`), reason(),
		at("end", Clinical, `"2027-03-05T10:00:00Z"`), text("practitioner", Plain, `"Dr Osei"`), text("referral", Plain, `"r-3"`),
	}
	moved := append(appointment[:8:8], at("old_start", Clinical, `"2027-03-04T11:00:00Z"`))
	return []Definition{
		define("appointment.requested", "An appointment was asked for.", appointment...),
		define("appointment.waitlisted", "The person waits for an appointment.", appointment...),
		define("appointment.booked", "An appointment was made.", appointment...),
		define("appointment.rescheduled", "An appointment moved to another time.", moved...),
		define("appointment.changed", "Something about an appointment changed, and not its time.", appointment...),
		define("appointment.arrived", "The person came.", appointment...),
		define("appointment.completed", "An appointment took place.", appointment...),
		define("appointment.cancelled", "An appointment was called off.", append(appointment[:8:8], text("by", Plain, `"patient"`))...),
		define("appointment.noshow", "The person did not come.", appointment...),
		retraction("appointment.retracted", "An appointment was entered in error.", appointment[0]),
	}
}

// referralEvents are the life of a referral.
func referralEvents() []Definition {
	referral := text("referral", Plain, `"r-3"`)
	owner := text("owner", Plain, `"Riverside Clinic"`)
	return []Definition{
		define("referral.requested", "A referral to another service was asked for.", referral, text("specialty", Clinical, `"rheumatology"`), text("priority", Clinical, `"routine"`), reason(),
			text("from", Plain, `"Green Lane"`), text("to", Plain, `"Riverside Clinic"`), text("placer", Plain, `"8-1188"`), text("service", Clinical, `"Rheumatology consultation"`)),
		define("referral.acknowledged", "The other service has the referral.", referral, owner),
		define("referral.accepted", "The other service accepted the referral.", referral, owner),
		define("referral.declined", "The other service declined the referral.", referral, reason(), owner),
		define("referral.changed", "Something about a referral changed.", referral, reason(), owner),
		define("referral.cancelled", "A referral was called off.", referral, reason()),
		define("referral.scheduled", "An appointment was made for a referral.", referral, text("appointment", Plain, `"a-7"`), at("start", Clinical, `"2027-03-05T09:30:00Z"`)),
		define("referral.report_received", "The other service reported back.", referral, text("report", Plain, `"d-4"`)),
		define("referral.closed", "The referral came to its end.", referral, reason()),
		define("referral.overdue", "A step of a referral should have been taken by now.", referral, text("stage", Plain, `"acknowledged"`), whole("days", "d", Clinical, `14`)),
	}
}

// planEvents are plans, goals and questionnaires.
func planEvents() []Definition {
	plan := []FieldDef{text("plan", Plain, `"p-2"`), text("title", Clinical, `"Diabetes care plan"`), list("activities", Clinical, `["walk daily","check feet"]`), codes(`["698360004"]`)}
	goal := []FieldDef{text("goal", Plain, `"g-1"`), text("title", Clinical, `"HbA1c below 7 %"`)}
	questionnaire := []FieldDef{text("questionnaire", Plain, `"who-5"`), text("canonical", Plain, `"http://forms.example/who-5"`), text("version", Plain, `"1.0"`)}
	answered := slices.Concat(questionnaire, []FieldDef{number("score", "points", Clinical, `14`), list("flags", Clinical, `["low_mood"]`)})
	return []Definition{
		define("careplan.started", "A plan of care was begun.", plan...),
		define("careplan.revised", "A plan of care changed.", plan...),
		define("careplan.completed", "A plan of care came to its end.", plan...),
		define("goal.set", "A goal was agreed upon.", append(goal[:2:2], at("due", Clinical, `"2027-06-01T00:00:00Z"`))...),
		define("goal.reached", "A goal was reached.", goal...),
		define("questionnaire.started", "A questionnaire was begun.", questionnaire...),
		define("questionnaire.completed", "A questionnaire was answered.", answered...),
		define("questionnaire.amended", "An answer to a questionnaire was changed.", answered...),
	}
}
