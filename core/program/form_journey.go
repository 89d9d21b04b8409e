package program

import (
	"attune/core/form"
	"attune/core/journey"
)

func journeyForm() form.Form {
	goal := form.Form{Title: "a goal", Says: "What the journey is for: when it becomes true, the passage ends.", Fields: []form.Field{
		{Name: "id", Required: true, Type: form.Name{Of: "a goal"}, Example: "refilled", Says: "Its name."},
		{Name: "is", Required: true, Type: triggerType(), Example: "{on: medication.dispensed}", Says: "When it is reached."},
	}}
	interrupt := form.Form{Title: "an interrupt", Says: "What redirects a passage that is under way.", Fields: []form.Field{
		{Name: "id", Required: true, Type: form.Name{Of: "an interrupt"}, Example: "in_hospital", Says: "Its name."},
		{Name: "is", Required: true, Type: triggerType(), Example: "{on: care.encounter_started}", Says: "When it happens."},
		{Name: "then", Required: true, Type: form.Ref{To: "step"}, Example: "exit", Says: "A step to go on to, or exit, or restart."},
	}}
	return form.Form{
		Name: "journey", Title: "a journey", Says: "A designed sequence, where a sequence matters.",
		Fields: []form.Field{
			{Name: "journey", Required: true, Type: form.Name{Of: "a journey"}, Example: "first_weeks", Says: "Its name."},
			{Name: "name", Type: form.Text{}, Example: "The first weeks with a new medicine", Says: "Its name for people."},
			{Name: "enter", Required: true, Type: triggerType(), Example: "{on: medication.prescribed}", Says: "What brings a person onto it."},
			{
				Name: "reentry", Example: "{after: 30d}", Says: "Whether a person may enter again: once (without it), always, or some time after the last entry.",
				Type: form.Either{Title: "a reentry", Hint: "write once, always or {after: 30d}", Of: []form.Type{
					form.Word{Of: []string{"once", "always"}},
					form.Form{Says: "Again, some time after the last entry.", Fields: []form.Field{
						{Name: "after", Required: true, Type: form.Duration{}, Example: "30d", Says: "How long ago the last passage must have been entered."},
					}},
				}},
			},
			{Name: "key", Type: form.EventField{}, Example: "event.appointment", Says: "The field of the entering event that tells passages apart: one for each appointment, order or referral."},
			{Name: "while_under_way", Type: form.Word{Of: []string{"ignore", "restart"}}, Example: "restart", Says: "What an entry does while a passage is under way; ignore without it."},
			{Name: "rounds", Type: form.Count{}, Example: "3", Says: "How often a passage may go back to an earlier step; without it, never."},
			{Name: "goals", Type: form.List{Of: goal}, Example: "[{id: refilled, is: {on: medication.dispensed}}]", Says: "What ends the passage wherever it stands."},
			{Name: "interrupts", Type: form.List{Of: interrupt}, Example: "[{id: in_hospital, is: {on: care.encounter_started}, then: exit}]", Says: "What redirects the passage."},
			{Name: "moves", Type: form.Map{Key: form.Name{Of: "a step"}, Of: "step", Value: form.Ref{To: "step"}}, Example: "{old_step: new_step}", Says: "Where somebody goes on who stands on a step that this version has no longer."},
			{Name: "steps", Required: true, Type: form.List{Of: stepType(), Least: 1}, Example: "[{send: welcome}]", Says: "The steps, which follow one another unless one says otherwise."},
		},
	}
}

func stepType() form.Either {
	kinds := []form.Form{
		stepForm("send", "Proposes an engagement; goes on when its touch was handed over or ended.", form.Ref{To: "engagement"}, "welcome"),
		stepForm("decide", "Proposes several engagements, of which the best one that may go out does.", form.List{Of: form.Ref{To: "engagement"}, Least: 2}, "[refill_reminder, check_in]"),
		stepForm("wait", "Lets time pass: a span, until a time of day, or until a date in the data.", waitType(), "3d"),
		stepForm("await", "Goes on when an event happens or a state is so, or at its deadline to the step in else.", awaitType(), "{on: portal.visited, within: 7d, else: nudge}"),
		stepForm("branch", "Goes to the step of the first case that is true.", form.List{Of: caseForm(), Least: 1}, `[{if: 'stage("adherence") == "action"', then: praise}]`).
			With(elseField("Where to go on when no case is true; without it, the next step.")),
		stepForm("split", "Draws one arm, once for each person and for ever.", form.List{Of: armForm(), Least: 2}, "[{arm: warm, weight: 1, then: warm_words}, {arm: plain, weight: 1}]"),
		stepForm("ask", "Puts a questionnaire to the person and waits for its answers.", askForm(), "{questionnaire: readiness, by: readiness_invitation, within: 7d}"),
		stepForm("task", "Gives a human something to do and waits until it is done.", taskForm(), "{for: nurse, do: Call about the missed refills, within: 3d}"),
		stepForm("refer", "Asks another service to see the person, and waits for its answer.", referForm(), "{to: rheumatology, reason: Swollen joints for six weeks, within: 14d}"),
		stepForm("update", "Writes down what is now known of the person.", updateForm(), `{traits: {onboarded: "yes"}, story: {goal: entry.text}}`),
		stepForm("call", "Asks another system and waits for its answer.", callForm(), "{service: risk_score, send: [language], within: 1h}"),
		stepForm("goal", "Marks that the person came this far, and goes on.", form.Name{Of: "a goal"}, "onboarded"),
		stepForm("exit", "Ends the passage, with a reason for people.", form.Text{}, "signed in"),
	}
	e := form.Either{
		Name: "step", Title: "a step", Both: "make two steps of it", Says: "One step of a journey.",
		Hint: "write it as send: an_engagement, or another of",
		Of:   []form.Type{form.Word{Of: []string{"exit"}}},
	}
	for i, k := range kinds {
		e.Of = append(e.Of, k)
		e.Hint += []string{" ", ", "}[min(i, 1)] + k.Fields[0].Name
	}
	return e
}

func stepForm(kind, says string, value form.Type, example string) form.Form {
	return form.Form{Name: "step_" + kind, Title: article(kind) + " " + kind + " step", Says: says, Fields: []form.Field{
		{Name: kind, Required: true, Type: value, Example: example, Says: says},
		{Name: "id", Type: form.Name{Of: "a step"}, Example: "ask_again", Says: "Its name; without one, it is called by its kind and what it names."},
		{Name: "next", Type: form.Ref{To: "step"}, Example: "ask_again", Says: "The step to go on to; without it, the one that follows."},
	}}
}

func article(word string) string {
	switch word[0] {
	case 'a', 'e', 'i', 'o', 'u':
		return "an"
	}
	return "a"
}

func elseField(says string) form.Field {
	return form.Field{Name: "else", Type: form.Ref{To: "step"}, Example: "nudge", Says: says}
}

func withinField(says string) form.Field {
	return form.Field{Name: "within", Required: true, Type: form.Duration{Least: shortest}, Example: "7d", Says: says}
}

// patience are the fields of every step that waits for an answer.
func patience() []form.Field {
	return []form.Field{
		withinField("The deadline."),
		elseField("Where to go on at the deadline; without it, the next step."),
	}
}

func outcomesField(key form.Type, example string) form.Field {
	return form.Field{
		Name: "outcomes", Type: form.Map{Key: key, Value: form.Ref{To: "step"}}, Example: example,
		Says: "Where to go on by what was answered; others go on to the next step.",
	}
}

func waitType() form.Either {
	span := form.Duration{Least: shortest}
	until := form.Field{Name: "until", Type: form.Clock{}, Example: `"09:00"`, Says: "A time of day on the person's clock, the first that comes."}
	on := form.Field{
		Name: "on", Type: form.List{Of: form.Word{Of: weekdays()}, Alone: true, Least: 1}, Example: "[mon, tue, wed, thu, fri]",
		Says: "The weekdays on which that time counts; without it, all.",
	}
	clock := until
	clock.Required = true
	return form.Either{
		Title: "a wait", Hint: `write wait: 3d, wait: {until: "09:00"} or wait: {date: entry.start, before: 2d}`, Both: "keep one of them",
		Of: []form.Type{
			span,
			form.Form{Title: "wait", Says: "Until a date in the data.", Fields: []form.Field{
				{Name: "date", Required: true, Type: form.Expression{}, Example: `last("appointment.booked.start")`, Says: "An instant: a field of the entering event as entry.FIELD, or an expression."},
				{Name: "before", Type: form.Duration{}, Example: "2d", Says: "How long before the date."},
				{Name: "after", Type: form.Duration{}, Example: "1d", Says: "How long after the date."},
				until, on,
				elseField("Where somebody goes for whom there is no date; without it, the next step."),
			}},
			form.Form{Title: "wait", Says: "A span, and then until a time of day.", Fields: []form.Field{
				{Name: "for", Required: true, Type: span, Example: "3d", Says: "The span."},
				until, on,
			}},
			form.Form{Title: "wait", Says: "Until a time of day.", Fields: []form.Field{clock, on}},
		},
	}
}

// weekdays in the order of time.Weekday.
func weekdays() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

func awaitType() form.Either {
	e := triggerOf(patience())
	e.Title = "something to await"
	e.Hint = "write await: {on: portal.visited, within: 7d, else: a_step}"
	return e
}

func caseForm() form.Form {
	return form.Form{Title: "a case", Says: "One way out of a branch.", Fields: []form.Field{
		{Name: "if", Required: true, Type: form.Expression{}, Example: `stage("adherence") == "action"`, Says: "A condition on the person."},
		{Name: "then", Required: true, Type: form.Ref{To: "step"}, Example: "praise", Says: "Where to go on when it is so."},
	}}
}

func armForm() form.Form {
	return form.Form{Title: "an arm", Says: "One part of a split.", Fields: []form.Field{
		{Name: "arm", Required: true, Type: form.Name{Of: "an arm"}, Example: "warm", Says: "Its name."},
		{Name: "weight", Required: true, Type: form.Number{Positive: true}, Example: "1", Says: "Its share, relative to the other arms'."},
		{Name: "then", Type: form.Ref{To: "step"}, Example: "warm_words", Says: "Its first step; without it, the one that follows the split."},
	}}
}

func askForm() form.Form {
	return form.Form{Title: "ask", Says: "A questionnaire for the person.", Fields: append([]form.Field{
		{Name: "questionnaire", Required: true, Type: form.Name{Of: "a questionnaire"}, Example: "readiness", Says: "Its name: one of the program's [questionnaires](#questionnairesjson), or `readiness_ruler` or `staging`, which are always there."},
		{Name: "by", Type: form.Ref{To: "engagement"}, Example: "readiness_invitation", Says: "The engagement that invites to answer; without it, the questionnaire is only offered."},
	}, patience()...)}
}

func taskForm() form.Form {
	return form.Form{Title: "task", Says: "Something for a human to do.", Fields: append([]form.Field{
		{Name: "for", Required: true, Type: form.Word{Of: journey.Doers()}, Example: "nurse", Says: "Who does it."},
		{Name: "do", Required: true, Type: form.Text{}, Example: "Call about the missed refills", Says: "What is to be done, in a sentence."},
		{Name: "priority", Type: form.Number{}, Example: "2", Says: "Its rank among tasks, larger first."},
		outcomesField(form.Name{Of: "an outcome"}, "{reached: thanks, no_answer: try_again}"),
	}, patience()...)}
}

func referForm() form.Form {
	return form.Form{Title: "refer", Says: "A referral to another service.", Fields: append([]form.Field{
		{Name: "to", Required: true, Type: form.Name{Of: "a service"}, Example: "rheumatology", Says: "The service."},
		{Name: "reason", Required: true, Type: form.Text{}, Example: "Swollen joints for six weeks", Says: "Why, in a sentence."},
		{Name: "priority", Type: form.Word{Of: journey.Priorities()}, Example: "urgent", Says: "How pressing it is; routine without it."},
		outcomesField(form.Word{Of: journey.Answers()}, "{declined: call_them}"),
	}, patience()...)}
}

func updateForm() form.Form {
	value := form.Text{}
	return form.Form{Title: "update", Says: "What is now known. A value is a constant, or a field of the entering event as entry.FIELD.", Fields: []form.Field{
		{Name: "traits", Type: form.Map{Key: form.Name{Of: "a trait"}, Value: value, Least: 1}, Example: `{onboarded: "yes"}`, Says: "Traits and their values."},
		{
			Name: "story", Type: form.Map{Key: form.Word{Of: journey.Facts()}, Value: value, Least: 1}, Example: "{goal: entry.text}",
			Says: "Facts of the person's story.",
		},
	}}
}

func callForm() form.Form {
	return form.Form{Title: "call", Says: "A question to another system.", Fields: append([]form.Field{
		{Name: "service", Required: true, Type: form.Name{Of: "a service"}, Example: "risk_score", Says: "Its name in the organisation's configuration."},
		{Name: "send", Type: form.List{Of: form.Name{Of: "a trait"}, Alone: true}, Example: "[language]", Says: "The traits it is told."},
		outcomesField(form.Name{Of: "an outcome"}, "{high: call_nurse}"),
	}, patience()...)}
}
