package explain

import (
	"strconv"
	"strings"

	"attune/core/expr"
	"attune/core/journey"
)

func (e *Explainer) gatherJourney(j *journey.Journey) {
	file := j.Pos.File
	whole := thing{file: file, kind: "journey", id: j.ID, line: j.Pos.Line, whole: true, rule: "journey " + j.ID, trigger: j.Enter, does: "the journey " + titled(j.Name, j.ID) + " is entered",
		explain: func(x *Explanation) { e.journey(j, x) }}
	for _, s := range j.Steps {
		whole.needs = append(whole.needs, engagementsOf(s)...)
	}
	e.add(whole)
	for i := range j.Goals {
		g := &j.Goals[i]
		e.add(thing{file: file, kind: "goal", id: g.ID, line: g.Pos.Line, rule: "journey " + j.ID + " goal " + g.ID, trigger: g.Is, does: "the goal " + g.ID + " of the journey " + j.ID + " is reached",
			explain: e.rule("The journey "+titled(j.Name, j.ID)+" has reached its goal "+g.ID+", and ends wherever it stands, when ", &g.Is)})
	}
	for i := range j.Interrupts {
		n := &j.Interrupts[i]
		e.add(thing{file: file, kind: "interrupt", id: n.ID, line: n.Pos.Line, rule: "journey " + j.ID + " interrupt " + n.ID, trigger: n.Is, does: "the journey " + j.ID + " is interrupted",
			explain: e.rule("The journey "+titled(j.Name, j.ID)+" is interrupted ("+words(n.ID)+") and "+diverted(n.Then)+", when ", &n.Is)})
	}
	for k, s := range j.Steps {
		t := thing{file: file, kind: "step", id: s.Label(), line: s.Place().Line, does: "the step " + s.Label() + " of the journey " + j.ID + " asks for it", needs: engagementsOf(s),
			explain: func(x *Explanation) { x.Words = append(x.Words, e.step(s), e.onward(j, k)) }}
		if len(t.needs) > 0 {
			t.does = "the step " + s.Label() + " of the journey " + j.ID + " proposes it"
		}
		switch s := s.(type) {
		case journey.Await:
			t.asks = []expr.Trigger{s.For}
		case journey.Branch:
			for _, c := range s.Cases {
				t.asks = append(t.asks, expr.Trigger{State: c.If})
			}
		case journey.Wait:
			if _, entry := expr.EntryField(s.Date); s.Date != "" && !entry {
				t.asks = []expr.Trigger{{State: s.Date}}
			}
		case journey.Send, journey.Decide, journey.Split, journey.Ask, journey.Task, journey.Refer, journey.Update, journey.Call, journey.Reached, journey.Exit:
		}
		e.add(t)
	}
}

// engagementsOf are the engagements that a step proposes.
func engagementsOf(s journey.Step) []string {
	switch s := s.(type) {
	case journey.Send:
		return []string{"engagement " + s.Engagement}
	case journey.Ask:
		if s.By != "" {
			return []string{"engagement " + s.By}
		}
	case journey.Decide:
		return mapped(s.Among, func(name string) string { return "engagement " + name })
	case journey.Wait, journey.Await, journey.Branch, journey.Split, journey.Task, journey.Refer, journey.Update, journey.Call, journey.Reached, journey.Exit:
	}
	return nil
}

func diverted(then string) string {
	switch then {
	case journey.ThenExit:
		return "ends"
	case journey.ThenRestart:
		return "begins again with its first step"
	}
	return "goes on at the step " + then
}

// journey says the whole as an outline.
func (e *Explainer) journey(j *journey.Journey, x *Explanation) {
	x.Words = append(x.Words, e.says("A person in the program enters the journey "+titled(j.Name, j.ID)+" when ", &j.Enter), reentry(j))
	for i := range j.Goals {
		x.Words = append(x.Words, e.says("It has reached its goal "+j.Goals[i].ID+", and ends wherever it stands, when ", &j.Goals[i].Is))
	}
	for i := range j.Interrupts {
		n := &j.Interrupts[i]
		x.Words = append(x.Words, e.says("It is interrupted ("+words(n.ID)+") and "+diverted(n.Then)+", when ", &n.Is))
	}
	if j.Rounds > 0 {
		x.Words = append(x.Words, "It may go back to an earlier step "+times(int64(j.Rounds))+" at most.")
	}
	x.Words = append(x.Words, "Its steps:")
	for k, s := range j.Steps {
		x.Words = append(x.Words, strings.TrimSpace(strconv.Itoa(k+1)+". "+s.Label()+": "+e.step(s)+" "+e.onward(j, k)))
	}
}

func reentry(j *journey.Journey) string {
	one := "One person has one passage at a time"
	if j.Key != "" {
		one = "There is a passage of its own for each " + words(j.Key)
	}
	busy := "while one is under way, another entry changes nothing"
	if j.Busy == journey.Restart {
		busy = "while one is under way, another entry begins it again"
	}
	again := "who was on it once does not enter it again"
	switch {
	case j.Key != "" && j.Again == (journey.Reentry{}):
		again = "none of them is entered twice"
	case j.Again.Always:
		again = "after its end it may be entered again"
	case j.Again.After != 0:
		again = "after its end it may be entered again, " + span(j.Again.After) + " after it was entered last"
	}
	return one + "; " + busy + "; " + again + "."
}

// step says what a step does.
func (e *Explainer) step(s journey.Step) string {
	switch s := s.(type) {
	case journey.Send:
		return "Proposes the engagement " + s.Engagement + ", and goes on when it was handed over or will not be sent."
	case journey.Decide:
		return "Proposes " + listed(s.Among, "and") + ", of which the best that may go out does, and goes on when it was handed over or will not be sent."
	case journey.Wait:
		return e.wait(&s)
	case journey.Await:
		return e.says("Waits at most "+span(s.Within)+" until this is so: ", &s.For)
	case journey.Branch:
		return e.branch(&s)
	case journey.Split:
		return "Draws one of " + strconv.Itoa(len(s.Arms)) + " ways, once for each person and for ever."
	case journey.Ask:
		by := ", which is only offered"
		if s.By != "" {
			by = ", to which the engagement " + s.By + " invites"
		}
		return "Puts the questionnaire " + s.Questionnaire + " to the person" + by + ", and waits at most " + span(s.Within) + " for the answers."
	case journey.Task:
		return "Gives " + withArticle(words(s.For)) + " a task, " + strconv.Quote(strings.TrimSuffix(s.Do, ".")) + ", and waits at most " + span(s.Within) + " until it is done."
	case journey.Refer:
		priority := s.Priority
		if priority == "" {
			priority = "routine"
		}
		return "Asks " + words(s.To) + " to see the person (" + priority + "), because: " + strings.TrimSuffix(s.Reason, ".") + ". Waits at most " + span(s.Within) + " for the answer."
	case journey.Update:
		return update(&s)
	case journey.Call:
		told := "nothing of the person"
		if len(s.Send) > 0 {
			told = "the person's " + listed(mapped(s.Send, words), "and")
		}
		return "Asks the service " + s.Service + ", which is told " + told + ", and waits at most " + span(s.Within) + " for the answer."
	case journey.Reached:
		return "Notes that the person came as far as " + words(s.Goal) + "."
	case journey.Exit:
		if s.Why == "" {
			return "The passage ends."
		}
		return "The passage ends: " + strings.TrimSuffix(s.Why, ".") + "."
	}
	return ""
}

// answered says where answers lead that have a way of their own.
func answered(all []journey.Outcome, next, then string) string {
	var out []string
	for _, o := range all {
		out = append(out, "where the answer is "+words(o.Is)+", goes on at "+o.Then)
	}
	if len(out) == 0 {
		return then
	}
	return Sentence(strings.Join(out, "; ")) + " With any other answer " + next + strings.TrimPrefix(strings.TrimPrefix(then, "Then, or at the deadline, "+next), "Then "+next)
}

// onward says where a step leads.
func (e *Explainer) onward(j *journey.Journey, k int) string {
	next := "the passage ends"
	if k+1 < len(j.Steps) {
		next = "goes on at " + j.Steps[k+1].Label()
	}
	if f := j.Steps[k].Follows(); f != "" {
		next = "goes on at " + f
	}
	late := func(or string) string {
		if or == "" {
			return "Then, or at the deadline, " + next + "."
		}
		return "Then " + next + "; at the deadline goes on at " + or + "."
	}
	switch s := j.Steps[k].(type) {
	case journey.Await:
		return late(s.Else)
	case journey.Ask:
		return late(s.Else)
	case journey.Task:
		return answered(s.Outcomes, next, late(s.Else))
	case journey.Refer:
		return answered(s.Outcomes, next, late(s.Else))
	case journey.Call:
		return answered(s.Outcomes, next, late(s.Else))
	case journey.Branch:
		if s.Else != "" {
			return "Otherwise goes on at " + s.Else + "."
		}
		return "Otherwise " + next + "."
	case journey.Split:
		return arms(&s, next)
	case journey.Exit:
		return ""
	case journey.Send, journey.Decide, journey.Wait, journey.Update, journey.Reached:
	}
	return "Then " + next + "."
}

func (e *Explainer) wait(s *journey.Wait) string {
	var until string
	if s.At {
		until = "until it is " + clock(s.Until) + " on the person's clock"
		if len(s.Days) > 0 {
			until += ", on " + listed(mapped(s.Days, weekday), "or")
		}
	}
	switch {
	case s.Date != "":
		return e.waitForDate(s, until)
	case s.For != 0 && s.At:
		return "Waits " + span(s.For) + ", and then " + until + "."
	case s.At:
		return "Waits " + until + "."
	}
	return "Waits " + span(s.For) + "."
}

func (e *Explainer) waitForDate(s *journey.Wait, until string) string {
	date := ""
	if field, entry := expr.EntryField(s.Date); entry {
		date = "the " + words(field) + " of the event that began the journey"
	} else {
		date = e.wording.noun(e.tree("", s.Date))
		e.wording.Unknown()
	}
	switch {
	case s.Shift < 0:
		date = span(-s.Shift) + " before " + date
	case s.Shift > 0:
		date = span(s.Shift) + " after " + date
	}
	says := "Waits until " + date
	if until != "" {
		says += ", and then " + until
	}
	if s.Else != "" {
		return says + ". Where there is no such date, goes on at " + s.Else + "."
	}
	return says + ". Where there is no such date, the passage needs attention."
}

func weekday(n int) string {
	return []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}[n%7]
}

func (e *Explainer) branch(s *journey.Branch) string {
	var out []string
	for i, c := range s.Cases {
		begins := "If "
		if i > 0 {
			begins = "else if "
		}
		p := e.wording.Phrase(e.tree("", c.If))
		out = append(out, begins+p.Inline()+", goes on at "+c.Then)
	}
	e.wording.Unknown()
	return strings.Join(out, "; ") + "."
}

// arms says where the ways of a split lead, and which share of people goes each.
func arms(s *journey.Split, next string) string {
	sum := 0.0
	for _, a := range s.Arms {
		sum += a.Weight
	}
	var ways []string
	for _, a := range s.Arms {
		where := next
		if a.Then != "" {
			where = "goes on at " + a.Then
		}
		ways = append(ways, "the way "+a.ID+", for "+strconv.FormatFloat(100*a.Weight/sum, 'f', 0, 64)+" % of people, "+where)
	}
	return Sentence(strings.Join(ways, "; "))
}

func update(s *journey.Update) string {
	var parts []string
	for _, a := range s.Traits {
		parts = append(parts, "the trait "+words(a.Name)+" is "+assigned(a))
	}
	for _, a := range s.Story {
		parts = append(parts, "the person's "+words(a.Name)+" is "+assigned(a))
	}
	return "Writes down that " + listed(parts, "and") + "."
}

func assigned(a journey.Assignment) string {
	if a.Entry {
		return "the " + words(a.Value) + " of the event that began the journey"
	}
	return strconv.Quote(a.Value)
}
