package program

import (
	"attune/core/form"
	"attune/core/journeymap"
)

func mapForm() form.Form {
	evidence := form.Field{
		Name: "evidence", Example: `[{quote: "Nobody said no. Nobody said anything.", from: interview 7}]`, Says: "Where this belief comes from.",
		Type: form.List{Of: form.Form{Title: "evidence", Says: "Where a belief comes from.", Fields: []form.Field{
			{Name: "quote", Required: true, Type: form.Text{}, Example: "Nobody said anything.", Says: "The words."},
			{Name: "from", Type: form.Text{}, Example: "interview 7", Says: "Who said them, or where they stand."},
		}}},
	}
	return form.Form{
		Name: "map", Title: "the map", Says: "The wall: phases, the people around a person, the moments that matter, and the exits.",
		Fields: []form.Field{
			{Name: "phases", Required: true, Type: form.List{Of: phaseForm(), Least: 1}, Example: "[{id: treatment, name: Treatment, enter: {on: medication.prescribed}}]", Says: "The columns of the wall, from left to right."},
			{
				Name: "exits", Type: form.Map{Key: form.Name{Of: "an exit"}, Of: "exit", Value: triggerType()},
				Example: "{died: {on: patient.deceased}}", Says: "The ways off the wall: each exit's name and its trigger.",
			},
			{Name: "stakeholders", Type: form.List{Of: stakeholderForm(evidence)}, Example: "[{id: patient, name: Patient, kind: patient}]", Says: "The lanes of the wall: who they are."},
			{Name: "moments", Type: form.List{Of: momentForm(evidence)}, Example: "[{id: first_visit, phase: treatment, by: patient, name: Comes for the first time}]", Says: "The moments that matter."},
			{
				Name:    "lifecycle",
				Type:    form.Map{Key: form.Word{Of: journeymap.Lifecycle()}, Value: form.List{Of: form.Ref{To: "phase"}, Alone: true, Least: 1}},
				Example: "{use: [treatment]}", Says: "Which phases belong to which part of the customer life cycle.",
			},
			{Name: "aim", Type: form.Ref{To: "outcome"}, Example: "refill_on_time", Says: "The outcome that the map is for: what a change is worth is told in it. Without it, going on is what it is for."},
			{
				Name: "attributes", Type: form.Map{Key: form.Name{Of: "an attribute"}, Of: "attribute", Value: attributeForm()},
				Example: "{practice: {name: GP practice, trait: practice}}", Says: "By what the map's numbers can be looked at, besides phases and moments. Nothing else of a person goes into numbers.",
			},
		},
	}
}

func phaseForm() form.Form {
	return form.Form{Title: "a phase", Says: "One column of the wall.", Fields: []form.Field{
		{Name: "id", Required: true, Type: form.Name{Of: "a phase"}, Example: "treatment", Says: "Its name in rules and records."},
		{Name: "name", Required: true, Type: form.Text{}, Example: "Treatment", Says: "Its name for people."},
		{Name: "enter", Required: true, Type: triggerType(), Example: "{on: medication.prescribed}", Says: "What brings a person into it."},
		{Name: "says", Type: form.Text{}, Example: `"Do I really need to take this every day?"`, Says: "The phase in the person's own words."},
		{Name: "leave", Type: triggerType(), Example: "{on: medication.stopped}", Says: "What ends it without another phase taking its place."},
		{Name: "expect", Type: form.Duration{}, Example: "21d", Says: "How long it should last."},
		{Name: "horizon", Type: form.Duration{}, Example: "90d", Says: "Within how long somebody should have gone on, to count as having done so; 180 days without it, or three times as long as it should last."},
		{Name: "goal", Type: form.Number{}, Example: "0.8", Says: "The share of people who should have gone on by then."},
	}}
}

func attributeForm() form.Form {
	return form.Form{Title: "an attribute", Says: "Something a person is or has, by which numbers can be looked at.", Fields: []form.Field{
		{Name: "name", Type: form.Text{}, Example: "GP practice", Says: "Its name for people."},
		{Name: "trait", Type: form.Text{}, Example: "practice", Says: "The trait it comes from; its own name without it."},
		{Name: "bands", Type: form.List{Of: form.Number{}, Least: 1}, Example: "[18, 40, 65]", Says: "The lower bounds of the bands that a number falls into; of a date, years."},
		{Name: "case_mix", Type: form.Flag{}, Example: "true", Says: "It makes cases different from the beginning, so others are compared within its levels only."},
		{Name: "fairness", Type: form.Flag{}, Example: "true", Says: "Differences by it are shown only to who watches over fairness."},
	}}
}

func stakeholderForm(evidence form.Field) form.Form {
	texts := form.List{Of: form.Text{}, Alone: true}
	return form.Form{Title: "a stakeholder", Says: "One lane of the wall, and the card of who stands in it.", Fields: []form.Field{
		{Name: "id", Required: true, Type: form.Name{Of: "a stakeholder"}, Example: "gp", Says: "The lane's name."},
		{Name: "name", Required: true, Type: form.Text{}, Example: "GP practice", Says: "Their name for people."},
		{Name: "kind", Required: true, Type: form.Word{Of: journeymap.Kinds()}, Example: "clinician", Says: "What they are."},
		{Name: "routine", Type: form.Text{}, Example: `"letters at noon, calls before 9"`, Says: "Their day."},
		{Name: "sources", Type: texts, Example: "[journal, practice nurse]", Says: "Where they get their information."},
		{Name: "wants", Type: texts, Example: "[an appointment that fits the shift]", Says: "What they want."},
		{Name: "fears", Type: texts, Example: "[to be a burden]", Says: "What they fear."},
		{Name: "quotes", Type: texts, Example: `["I just want to know what comes next."]`, Says: "Their own words."},
		evidence,
	}}
}

func momentForm(evidence form.Field) form.Form {
	promise := form.Form{Title: "a promise", Says: "Another moment that follows in time.", Fields: []form.Field{
		{Name: "moment", Required: true, Type: form.Ref{To: "moment"}, Example: "specialist_seen", Says: "The moment that is promised."},
		{Name: "within", Required: true, Type: form.Duration{}, Example: "14d", Says: "How soon."},
		{Name: "key", Type: form.EventField{}, Example: "event.referral", Says: "The field of both moments' events that tells promises apart, where a person may be promised several at once."},
	}}
	return form.Form{Title: "a moment", Says: "Where a lane meets a phase.", Fields: []form.Field{
		{Name: "id", Required: true, Type: form.Name{Of: "a moment"}, Example: "referral_sent", Says: "Its name."},
		{Name: "phase", Required: true, Type: form.Ref{To: "phase"}, Example: "referral", Says: "The phase it belongs to."},
		{Name: "by", Required: true, Type: form.Ref{To: "stakeholder"}, Example: "gp", Says: "The lane."},
		{Name: "name", Required: true, Type: form.Text{}, Example: "Sends a complete referral letter", Says: "Its name for people."},
		{Name: "to", Type: form.Ref{To: "stakeholder"}, Example: "specialist", Says: "The lane that something is handed over to."},
		{Name: "seen", Type: triggerType(), Example: "{on: referral.requested}", Says: "What shows that it happened; a moment without it is a guess, drawn dashed."},
		{Name: "then", Type: promise, Example: "{moment: specialist_seen, within: 14d}", Says: "The promise that it makes. Both moments are seen by events."},
		{Name: "need", Type: form.Text{}, Example: "A smooth hand-over", Says: "What the person needs in it."},
		{Name: "feeling", Type: form.Word{Of: journeymap.Feelings()}, Example: "anxious", Says: "How the person feels."},
		evidence,
		{Name: "respond", Type: form.List{Of: form.Ref{To: "engagement"}, Alone: true}, Example: "[referral_reassurance]", Says: "Engagements that are proposed when it is seen."},
	}}
}
