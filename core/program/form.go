package program

import (
	"attune/core/channel"
	"attune/core/comb"
	"attune/core/form"
	"attune/core/instant"
	"attune/core/stage"
)

// Documents are all the YAML files a program can have, with their forms, in the order in which a team
// writes them.
func Documents() []form.Document {
	return []form.Document{
		{File: "program.yaml", Needed: true, Form: programForm()},
		{File: "map.yaml", Needed: true, Form: mapForm()},
		{File: "policy.yaml", Needed: true, Form: policyForm()},
		{File: voiceFile, Form: voiceForm()},
		{File: Standards + "*.yaml", Form: standardForm()},
		{File: eventsFile, Form: eventsForm()},
		{File: "signals.yaml", Form: signalsForm()},
		{File: "audiences.yaml", Form: audiencesForm()},
		{File: "behaviors.yaml", Form: behaviorsForm()},
		{File: "outcomes.yaml", Form: outcomesForm()},
		{File: "valuesets.yaml", Form: valueSetsForm()},
		{File: "words.yaml", Form: wordsForm()},
		{File: approvalsFile, Form: approvalsForm()},
		{File: "engagements/*.yaml", Form: engagementForm()},
		{File: "journeys/*.yaml", Form: journeyForm()},
		{File: questionnaires + "*.json", Form: questionnaireForm()},
	}
}

// Format is the newest version of the language of programs; docs/reference/program.md tells how each
// differs from the one before.
const Format = 2

// shortest is the least time that a step may take: waiting less is a mistake in a program for people.
const shortest = instant.Minute

// People are the kinds of people and staff that an engagement can be for.
func People() []string { return []string{"patient", "caregiver", "clinician", "rep", "nurse"} }

// Channels are those that programs may name.
func Channels() []string { return channel.Names() }

// stages are the ids of the stages of change, in their order.
func stages() []string {
	var out []string
	for _, s := range stage.All() {
		out = append(out, s.String())
	}
	return out
}

// Processes are the processes of change (Prochaska, Velicer, DiClemente and Fava 1988) that an
// engagement can use.
func Processes() []string {
	return []string{
		"consciousness_raising", "dramatic_relief", "environmental_reevaluation", "self_reevaluation", "self_liberation",
		"reinforcement", "helping_relationships", "counter_conditioning", "stimulus_control",
	}
}

// Measures are the kinds of outcomes.
func Measures() []string {
	return []string{"behavior", "measure", "retention", "experience", "recommendation"}
}

// MeasureKinds are what numbers can be: of the body, told by the patient, how a moment was for them, for how many days a supply lasts, and that
// somebody did something.
func MeasureKinds() []string {
	return []string{"clinical", "reported", "satisfaction", "effort", "recommendation", "feeling", "incident", "supply", "activity"}
}

func triggerType() form.Either {
	e := triggerOf([]form.Field{{
		Name: "max_age", Type: form.Duration{}, Example: "1d",
		Says: "How old the news may be and still start something; 7 days without it.",
	}})
	e.Name, e.Says = "trigger", "An event happens, the person is in a state, or something fails to happen."
	e.Of = append([]form.Type{form.Expression{}}, e.Of...)
	return e
}

func eventFields() []form.Field {
	return []form.Field{
		{Name: "on", Required: true, Type: form.EventName{}, Example: "appointment.noshow", Says: "The event."},
		{
			Name: "where", Type: form.Expression{OverEvent: true}, Example: `event.type == "check-up"`,
			Says: "Which of these events count: a condition on the event.",
		},
	}
}

// triggerOf makes the three forms of a trigger as sets of fields, each with more fields at its end.
func triggerOf(more []form.Field) form.Either {
	event := form.Form{Says: "An event happens.", Fields: eventFields()}
	where := event.Fields[1]
	absence := form.Form{Says: "Something fails to happen.", Fields: []form.Field{
		{Name: "absent", Required: true, Type: form.EventName{}, Example: "medication.dispensed", Says: "The event that is missed."},
		{Name: "after", Required: true, Type: form.EventName{}, Example: "medication.dispensed", Says: "The event the wait begins with; the newest one counts."},
		{Name: "for", Required: true, Type: form.Expression{OverEvent: true}, Example: "days(event.days_supply + 5)", Says: "How long the wait is; it may use the fields of the event in after."},
		where,
		{Name: "after_where", Type: form.Expression{OverEvent: true}, Example: `event.priority == "urgent"`, Says: "Which events the wait begins with."},
		{Name: "key", Type: form.EventField{}, Example: "event.appointment", Says: "The field that both events have by which waits are told apart: one for each appointment or order. Without it, only the newest counts."},
	}}
	state := form.Form{Says: "Something becomes so.", Fields: []form.Field{
		{Name: "when", Required: true, Type: form.Expression{}, Example: `count("portal.visited", "7d") < 1`, Says: "A condition on the person."},
	}}
	return form.Either{
		Title: "a trigger", Both: "keep one of them",
		Hint: `write {on: an.event}, a condition such as 'count("portal.visited", "7d") < 1', or {absent: an.event, after: an.event, for: days(5)}`,
		Of:   []form.Type{event.With(more...), absence.With(more...), state.With(more...)},
	}
}

func programForm() form.Form {
	return form.Form{
		Name: "program", Title: "the program", Says: "Whom the program is for.",
		Fields: []form.Field{
			{Name: "program", Required: true, Type: form.Name{Of: "a program"}, Example: "diabetes", Says: "Its name in commands and records."},
			{Name: "name", Required: true, Type: form.Text{}, Example: "Living well with type 2 diabetes", Says: "Its name for people."},
			{Name: "format", Type: form.Count{}, Example: "2", Says: "The version of the language that the program is written in; 1 without it."},
			{
				Name: "standards", Type: form.List{Of: form.Name{Of: "a standard"}, Alone: true, Least: 1}, Example: "[house, eu]",
				Says: "The standards it stands under, the widest first: files of the folder standards, beside the program's folder or in it.",
			},
			{
				Name: "people", Type: form.List{Of: form.Word{Of: People()}, Alone: true, Least: 1}, Example: "[patient, caregiver]",
				Says: "Whom it engages; where it is written, no engagement is for others.",
			},
			{
				Name: "languages", Required: true, Type: form.List{Of: form.Language{}, Alone: true, Least: 1}, Example: "[en, es]",
				Says: "The languages of its texts; the first is for people who have another language, or none.",
			},
			{Name: "enroll", Required: true, Type: triggerType(), Example: "{on: clinical.condition_recorded}", Says: "What brings a person into the program."},
			{Name: "leave", Type: triggerType(), Example: `{on: consent.withdrawn, where: event.purpose == "program"}`, Says: "What takes a person out of it."},
		},
	}
}

func signalsForm() form.Form {
	return form.Form{
		Name: "signals", Title: "signals.yaml", Says: "What to notice: named patterns over events, also of what fails to happen.",
		Fields: []form.Field{{
			Name: "signals", Required: true, Type: form.Map{Key: form.Name{Of: "a signal"}, Of: "signal", Value: triggerType()},
			Example: "{no_show: {on: appointment.noshow}}", Says: "Each signal's name and its trigger. A signal may ask for others; a circle of them is a problem.",
		}},
	}
}

func audiencesForm() form.Form {
	audience := form.Form{Title: "an audience", Says: "A group of people that a rule defines.", Fields: []form.Field{
		{Name: "when", Required: true, Type: triggerType(), Example: `count("visit.held", "365d") >= 3`, Says: "Who belongs to it."},
		{Name: "says", Type: form.Text{}, Example: "Came three times within a year", Says: "The group in a few words."},
	}}
	return form.Form{
		Name: "audiences", Title: "audiences.yaml", Says: "Groups of people that rules define.",
		Fields: []form.Field{{
			Name: "audiences", Required: true,
			Type: form.Map{Key: form.Name{Of: "an audience"}, Of: "audience", Value: form.Either{
				Title: "an audience", Hint: "write a condition, or {when: a trigger, says: who they are}", Of: []form.Type{form.Expression{}, audience},
			}},
			Example: `{frequent: 'count("visit.held", "365d") >= 3'}`, Says: "Each audience's name and its rule: a condition, or when and says.",
		}},
	}
}

func behaviorsForm() form.Form {
	says := form.Field{
		Name: "says", Required: true, Type: form.List{Of: form.Word{Of: stages()}, Alone: true, Least: 1}, Example: "[action, maintenance]",
		Says: "The stages it speaks for.",
	}
	weight := form.Field{
		Name: "weight", Required: true, Type: form.Number{Positive: true}, Example: "2",
		Says: "How many times likelier it is seen in those stages than in others.",
	}
	band := form.Form{Title: "a band", Says: "What scores below a bound say.", Fields: []form.Field{
		says, weight,
		{Name: "below", Type: form.Number{}, Example: "4", Says: "The bound, itself not included; the last band has none."},
	}}
	label := form.Field{Name: "label", Required: true, Type: form.Text{}, Example: "Fetched the medicine", Says: "The evidence in a few words, for those who ask why."}
	told, optional := says, weight
	told.Required, optional.Required = false, false
	scored := []form.Field{
		told, optional,
		{Name: "score", Type: form.EventField{}, Example: "event.score", Says: "The field that holds a score, which bands explain; without bands it holds the id of a stage, which weight is given to."},
		{Name: "from", Type: form.Number{}, Example: "0", Says: "The lowest score."},
		{Name: "to", Type: form.Number{}, Example: "10", Says: "The highest score."},
		{
			Name: "bands", Type: form.List{Of: band, Least: 2}, Example: "[{below: 4, says: contemplation, weight: 3}, {says: action, weight: 3}]",
			Says: "What scores say, from low to high.",
		},
		label,
	}
	evidence := form.Form{Title: "evidence", Says: "A kind of event that speaks for some stages.", Fields: append(eventFields(), scored...)}
	chance := form.Number{Positive: true, Most: 1}
	behavior := form.Form{Title: "a behavior", Says: "One thing people do or leave, in which they pass through the stages of change.", Fields: []form.Field{
		{Name: "evidence", Required: true, Type: form.List{Of: evidence, Least: 1}, Example: "[{on: medication.dispensed, says: action, weight: 2, label: Fetched the medicine}]", Says: "What speaks for which stages."},
		{Name: "says", Type: form.Text{}, Example: "Takes the medicine as agreed", Says: "The behavior in a few words."},
		{
			Name: "prior", Example: "[0.3, 0.3, 0.15, 0.08, 0.12, 0.05]",
			Says: "How people are spread over the six stages, in their order or by name; together 1. Without it a standard mix.",
			Type: form.Either{Title: "a prior", Hint: "write six numbers that make 1 together, such as [0.3, 0.3, 0.15, 0.08, 0.12, 0.05]", Of: []form.Type{
				form.List{Of: chance, Least: len(stages()), Most: len(stages())},
				form.Map{Key: form.Word{Of: stages()}, Of: "the share of", Value: chance, Least: len(stages())},
			}},
		},
		{Name: "half_life", Type: form.Duration{}, Example: "60d", Says: "The time in which half of what is known is forgotten; 60 days without it."},
		{Name: "margin", Type: form.Number{Most: 1}, Example: "0.05", Says: "How much likelier another stage has to be to be shown instead."},
	}}
	driver := func(title, says, kind string) form.Form {
		return form.Form{Title: title, Says: says, Fields: []form.Field{
			{Name: "says", Required: true, Type: form.Text{}, Example: "No way to get there", Says: "What it is, for people."},
			{Name: "kind", Required: true, Type: form.Word{Of: comb.Kinds()}, Example: "physical_opportunity", Says: kind},
		}}
	}
	drivers := func(name, what, of, example, says string, value form.Form) form.Field {
		return form.Field{Name: name, Type: form.Map{Key: form.Name{Of: what}, Of: of, Value: value}, Example: example, Says: says}
	}
	return form.Form{
		Name: "behaviors", Title: "behaviors.yaml", Says: "What people do, by the stages of change, what keeps them from it, and what moves them.",
		Fields: []form.Field{{
			Name: "behaviors", Required: true, Type: form.Map{Key: form.Name{Of: "a behavior"}, Of: "behavior", Value: behavior},
			Example: "{adherence: {evidence: [{on: medication.dispensed, says: action, weight: 2, label: Fetched the medicine}]}}", Says: "Each behavior's name and what is evidence of it.",
		},
			drivers("barriers", "a barrier", "barrier", "{no_way_there: {says: No way to get there, kind: physical_opportunity}}",
				"Names for what keeps people from it. A story fact barrier with names: no_way_there says that somebody has it, and engagements and variants say which they ease.",
				driver("a barrier", "Something that keeps people from a behavior.", "Which part of COM-B is lacking.")),
			drivers("motivations", "a motivation", "motivation", "{family: {says: To be there for the family, kind: reflective_motivation}}",
				"Names for what moves people. A story fact motivation with names: family says that it moves somebody; it is learned which strategies and frames suit them.",
				driver("a motivation", "Something that moves people to a behavior.", "Which part of COM-B it is.")),
		},
	}
}

func outcomesForm() form.Form {
	outcome := form.Form{Title: "an outcome", Says: "One thing that counts as success.", Fields: []form.Field{
		{Name: "is", Required: true, Type: triggerType(), Example: "{on: medication.dispensed}", Says: "When it has happened."},
		{Name: "within", Required: true, Type: form.Duration{}, Example: "10d", Says: "How long after a touch it still counts as its effect."},
		{Name: "value", Required: true, Type: form.Number{}, Example: "12", Says: "What one of it is worth, in the program's own unit."},
		{Name: "name", Type: form.Text{}, Example: "The medicine is fetched in time", Says: "Its name for people."},
		{Name: "kind", Type: form.Word{Of: Measures()}, Example: "behavior", Says: "What it is; behavior without it."},
	}}
	measure := form.Form{Title: "a measure", Says: "One number that is measured or asked.", Fields: []form.Field{
		{Name: "is", Required: true, Type: form.Form{Title: "what tells it", Says: "The event that tells the number.", Fields: eventFields()}, Example: `{on: observation.recorded, where: 'event.code == "4548-4"'}`, Says: "The event that tells it."},
		{Name: "value", Type: form.EventField{}, Example: "event.value", Says: "The event's field with the number. An activity needs none: it is counted."},
		{Name: "kind", Required: true, Type: form.Word{Of: MeasureKinds()}, Example: "clinical", Says: "What it is; each kind is counted in its own way. An activity is what people do, by which groups are found that move on more or less than others."},
		{Name: "name", Type: form.Text{}, Example: "HbA1c", Says: "Its name for people."},
		{Name: "unit", Type: form.Text{}, Example: `"%"`, Says: "What it is counted in."},
		{Name: "better", Type: form.Word{Of: []string{"lower", "higher"}}, Example: "lower", Says: "Which way is better; higher without it."},
		{Name: "matters", Type: form.Number{}, Example: "0.5", Says: "The least change that matters to a patient (MCID)."},
		{Name: "good", Type: form.Number{}, Example: "7", Says: "From which number on it is good, or up to which where less is better: a target, or the answers that count as satisfied. Of a supply, the share of days covered that is enough; 0.8 without it."},
		{Name: "moment", Type: form.EventField{}, Example: "event.moment", Says: "The event's field that names the moment it is about."},
		{Name: "code", Type: form.EventField{}, Example: "event.survey", Says: "The event's field that says, in one of few words, what it was about."},
	}}
	costs := form.Form{Title: "costs", Says: "What the program costs, in the unit of values.", Fields: []form.Field{
		{Name: "unit", Type: form.Text{}, Example: "USD", Says: "What values and costs are counted in; points without it."},
		{Name: "month", Type: form.Number{Positive: true}, Example: "900", Says: "What it costs each month whoever is in it."},
		{Name: "person", Type: form.Number{Positive: true}, Example: "4", Says: "What each person costs who comes into it."},
		{Name: "messages", Type: form.Map{Key: form.Word{Of: Channels()}, Of: "the cost of", Value: form.Number{Positive: true}}, Example: "{sms: 0.05, call: 4}", Says: "What a message over each channel costs, where the policy's learning does not say it."},
	}}
	return form.Form{
		Name: "outcomes", Title: "outcomes.yaml", Says: "What counts as success, and what is measured on the way.",
		Fields: []form.Field{{
			Name: "outcomes", Required: true, Type: form.Map{Key: form.Name{Of: "an outcome"}, Of: "outcome", Value: outcome},
			Example: "{refill_on_time: {is: {on: medication.dispensed}, within: 10d, value: 12}}", Says: "Each outcome's name and what it is.",
		}, {
			Name: "measures", Type: form.Map{Key: form.Name{Of: "a measure"}, Of: "measure", Value: measure},
			Example: `{hba1c: {is: {on: observation.recorded, where: 'event.code == "4548-4"'}, value: event.value, kind: clinical, better: lower, matters: 0.5}}`, Says: "Each measure's name and where its numbers come from.",
		}, {
			Name: "costs", Type: costs, Example: "{unit: USD, month: 900, person: 4}", Says: "What the program costs, for reports of what it is worth.",
		}},
	}
}

func valueSetsForm() form.Form {
	set := form.Form{Title: "a value set", Says: "Codes that mean one thing.", Fields: []form.Field{
		{Name: "codes", Required: true, Type: form.List{Of: form.Text{}, Least: 1}, Example: `["44054006"]`, Says: "The codes."},
		{Name: "name", Type: form.Text{}, Example: "Type 2 diabetes", Says: "Its name for people."},
	}}
	return form.Form{
		Name: "valuesets", Title: "valuesets.yaml", Says: "Sets of codes that rules ask for by name.",
		Fields: []form.Field{{
			Name: "valuesets", Required: true, Type: form.Map{Key: form.Name{Of: "a value set"}, Of: "value set", Value: set},
			Example: `{type-2-diabetes: {codes: ["44054006"]}}`, Says: "Each set's name and its codes.",
		}},
	}
}

func wordsForm() form.Form {
	category := form.Map{Key: form.Language{}, Of: "words in", Value: form.List{Of: form.Text{}, Least: 1}, Least: 1}
	return form.Form{
		Name: "words", Title: "words.yaml", Says: "Words by which a free text is sorted into categories.",
		Fields: []form.Field{{
			Name: "words", Required: true, Type: form.Map{Key: form.Name{Of: "a category"}, Of: "category", Value: category},
			Example: `{crisis: {en: ["kill myself"], es: [suicidio]}}`, Says: "Each category's name, and its phrases in each language. Of several that fit, the first stands. Phrases of crisis and stop, which Attune knows, are added to its own.",
		}},
	}
}

func limitForm(title string) form.Form {
	return form.Form{Name: "limit", Title: title, Says: "How often within any window of a length.", Fields: []form.Field{
		{Name: "count", Required: true, Type: form.Count{}, Example: "3", Says: "How often."},
		{Name: "within", Required: true, Type: form.Duration{}, Example: "7d", Says: "The length of the window."},
	}}
}

func engagementForm() form.Form {
	eases := func(says string) form.Field {
		return form.Field{Name: "eases", Type: form.List{Of: form.Ref{To: "barrier"}, Alone: true, Least: 1}, Example: "[no_way_there]", Says: says}
	}
	limits := form.Form{Title: "limits", Says: "How often one person gets it.", Fields: []form.Field{
		{Name: "again_after", Type: form.Duration{}, Example: "7d", Says: "The time before the same person may get it again."},
		{Name: "at_most", Type: limitForm("at_most"), Example: "{count: 6, within: 90d}", Says: "How often in any window of a length."},
		{Name: "same_words", Type: limitForm("same_words"), Example: "{count: 2, within: 30d}", Says: "How often the same variant; another may be said meanwhile."},
	}}
	variant := form.Form{Title: "a variant", Says: "One way of saying it. It has a text on at least one channel; they are preferred in the order written.", Fields: []form.Field{
		{Name: "id", Required: true, Type: form.Name{Of: "a variant"}, Example: "warm", Says: "Its name."},
		{Name: "strategy", Type: form.Name{Of: "a strategy"}, Example: "self_efficacy", Says: "The motivational strategy it uses. What works is learned of strategies first and of single variants second."},
		{Name: "call_to_action", Type: form.Name{Of: "a call to action"}, Example: "book_refill", Says: "What it asks people to do."},
		{Name: "frame", Type: form.Name{Of: "a frame"}, Example: "gain", Says: "How it puts things: gain, loss, norm, identity."},
		{Name: "techniques", Type: form.List{Of: form.Text{}, Alone: true, Least: 1}, Example: `["1.4", "7.1"]`, Says: "The behaviour change techniques it uses, by their numbers in BCT taxonomy v1 (Michie and others 2013)."},
		eases("The barriers of behaviors.yaml that these words answer, beside those of the engagement."),
	}}
	for _, channel := range Channels() {
		variant = variant.With(form.Field{
			Name: channel, Type: form.Ref{To: "template"}, Example: "refill-warm",
			Says: "The text in content/" + channel + "/, which has to be there in every language of the program.",
		})
	}
	return form.Form{
		Name: "engagement", Title: "an engagement", Says: "Something that can be said: to whom, what for, and with which words.",
		Fields: []form.Field{
			{Name: "engagement", Required: true, Type: form.Name{Of: "an engagement"}, Example: "refill_reminder", Says: "Its name."},
			{Name: "purpose", Required: true, Type: form.Name{Of: "a purpose"}, Example: "treatment_support", Says: "The purpose that consent has to allow."},
			{Name: "topic", Type: form.Text{}, Example: "refills", Says: "Narrows the purpose."},
			{Name: "digest", Type: form.Flag{}, Example: "true", Says: "Whether it waits for the digest of policy.yaml, to go out with what else does."},
			{Name: "theme", Type: form.Name{Of: "a theme"}, Example: "refills", Says: "What it is about, for caps that go by theme."},
			{
				Name: "sensitivity", Type: form.Word{Of: telling()}, Example: "clinical",
				Says: "How much its texts tell about the person: plain says nothing, personal that we know them, clinical something about their health; personal without it. Channels have a ceiling in policy.yaml.",
			},
			{Name: "audience", Required: true, Type: form.Word{Of: People()}, Example: "patient", Says: "The kind of person it is for."},
			{Name: "when", Type: triggerType(), Example: `signal("refill_late")`, Says: "What proposes it; without it, only journeys and moments do."},
			{Name: "behavior", Type: form.Ref{To: "behavior"}, Example: "adherence", Says: "The behavior it works on."},
			{Name: "fits", Type: form.List{Of: form.Word{Of: stages()}, Alone: true, Least: 1}, Example: "[preparation, action]", Says: "The stages of change it is made for: a reason to prefer it, never a filter."},
			{Name: "process", Type: form.Word{Of: Processes()}, Example: "stimulus_control", Says: "The process of change it uses."},
			eases("The barriers of behaviors.yaml that it answers, or parts of COM-B: a reason to prefer it for those who have them, never a filter."),
			{Name: "outcome", Type: form.Ref{To: "outcome"}, Example: "refill_on_time", Says: "The outcome it is to bring about. Where the program learns, it is learned what the engagement does for that; without an outcome nothing is, and nothing of it is left to chance."},
			{Name: "value", Required: true, Type: form.Number{}, Example: "12", Says: "What it is worth, in the program's own unit; of what is proposed at one instant, the highest goes first."},
			{Name: "limits", Type: limits, Example: "{again_after: 7d, at_most: {count: 6, within: 90d}}", Says: "How often one person gets it."},
			{Name: "asks", Type: form.Duration{}, Example: "3d", Says: "That it wants an answer, and how long it waits for one: meanwhile nothing else that wants one is said."},
			{Name: "expires", Required: true, Type: form.Duration{}, Example: "5d", Says: "How long after the decision it still makes sense."},
			{
				Name: "coordination", Type: form.Word{Of: []string{Decided.String(), Broadcast.String(), MustSend.String()}}, Example: "decided",
				Says: "decided competes with what else could be said; broadcast goes to all who fit, under the same policy; must_send is for recalls and safety. decided without it.",
			},
			{Name: "variants", Required: true, Type: form.List{Of: variant, Least: 1}, Example: "[{id: plain, email: refill-plain}]", Says: "The ways of saying it."},
		},
	}
}
