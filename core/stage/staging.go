package stage

// Staging finds the stage from a few questions answered by yes and no. Its logic is that of the
// published short form for smoking (DiClemente and others, Journal of Consulting and Clinical
// Psychology 1991;59:295–304; Velicer and others, Preventive Medicine 1995;24:401–411), said of any
// behaviour: action up to six months and maintenance after them; preparation for those who mean to
// start within 30 days and have tried in the past year; contemplation for those who mean to within
// six months, or within 30 days without having tried; precontemplation for the rest; and not
// applicable for those whom it does not concern, as the form has it for those who never smoked. The
// words of the questions are ours.
//
// The published form knows no relapse. Ours asks whether somebody stopped, and shows relapse for those
// who did and are not in preparation: getting ready again counts for more than having stopped. Where
// that question is not asked, the published stages come out.
type Staging struct {
	// WithoutAttempt takes the plan to start within 30 days alone for preparation, as the published
	// form for exercise does.
	WithoutAttempt bool
}

// Answer is yes, no, or none.
type Answer uint8

// The answers.
const (
	Unanswered Answer = iota
	No
	Yes
)

// Answers are those to the staging questions, in the order in which they are asked.
type Answers struct {
	Applies   Answer // it concerns the person at all
	Now       Answer // does it now
	HalfYear  Answer // has done it for six months or more
	Month     Answer // plans to start within 30 days
	SixMonths Answer // thinks of starting within six months
	Attempt   Answer // tried in the past year, for a day or more
	Stopped   Answer // was doing it before and stopped
}

// Outcome is what the answers lead to: a stage, or that the behaviour does not concern the person, or
// the id of the first question that would have to be answered.
type Outcome struct {
	Stage         Stage
	NotApplicable bool
	Missing       string
}

// StagingItems are the questions, in the order of Answers.
func StagingItems() []Item {
	item := func(id, english, spanish string) Item {
		return Item{ID: id, English: Wording{Question: english}, Spanish: Wording{Question: spanish}}
	}
	return []Item{
		item("applies", "Does it concern you to {doing}?", "¿Le concierne a usted {doing}?"),
		item("now", "At present, do you manage to {doing} most of the time?", "Actualmente, ¿logra {doing} la mayor parte del tiempo?"),
		item("half_year", "Have you kept that up for six months or more?", "¿Lo ha mantenido durante seis meses o más?"),
		item("month", "Do you plan to start within the next 30 days?", "¿Tiene pensado empezar en los próximos 30 días?"),
		item("six_months", "Are you thinking of starting within the next six months?", "¿Está pensando en empezar en los próximos seis meses?"),
		item("attempt", "In the past 12 months, did you try it for at least a whole day?", "En los últimos 12 meses, ¿lo intentó por lo menos un día entero?"),
		item("stopped", "Were you doing it before, and then stopped?", "¿Lo hacía antes y después lo dejó?"),
	}
}

// Stage finds the stage. Only the questions on the way to it need an answer; of the others, whether it
// concerns the person counts as yes when unanswered, and whether somebody stopped as no.
func (s Staging) Stage(a Answers) Outcome {
	if a.Applies == No {
		return Outcome{NotApplicable: true}
	}
	switch a.Now {
	case Yes:
		return decided(a.HalfYear, "half_year", Maintenance, Action)
	case No:
		return s.notYet(a)
	case Unanswered:
	}
	return Outcome{Missing: "now"}
}

// notYet finds the stage of somebody who does not do it.
func (s Staging) notYet(a Answers) Outcome {
	thinking, resting := Contemplation, Precontemplation
	if a.Stopped == Yes {
		thinking, resting = Relapse, Relapse
	}
	switch {
	case a.Month == Yes && s.WithoutAttempt:
		return Outcome{Stage: Preparation}
	case a.Month == Yes:
		return decided(a.Attempt, "attempt", Preparation, thinking)
	case a.Month == Unanswered:
		return Outcome{Missing: "month"}
	case a.Stopped == Yes:
		return Outcome{Stage: Relapse} // whether within six months or not
	}
	return decided(a.SixMonths, "six_months", thinking, resting)
}

func decided(a Answer, id string, yes, no Stage) Outcome {
	switch a {
	case Yes:
		return Outcome{Stage: yes}
	case No:
		return Outcome{Stage: no}
	case Unanswered:
	}
	return Outcome{Missing: id}
}
