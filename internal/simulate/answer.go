package simulate

import (
	"attune/core/effect"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/core/journey"
	"attune/core/stage"
)

// Answers says what becomes of requests, by their kind.
type Answers struct{ Ask, Task, Refer, Call Answer }

// Answer is how somebody outside answers.
type Answer struct {
	// Share are answered at all, each after Within.
	Share  float64
	Within Delay
	// Outcomes are the words of the answer; without any, those that the journey's step goes by.
	Outcomes Mix
	// Behavior is what a questionnaire is about, or -1, and Scores what people in each stage score, give
	// or take one; a questionnaire about nothing scores from 0 to 10.
	Behavior int
	Scores   stage.Distribution
}

// of is the answer to a kind of request.
func (a *Answers) of(k effect.RequestKind) *Answer {
	switch k {
	case effect.Ask:
		return &a.Ask
	case effect.Task:
		return &a.Task
	case effect.Refer:
		return &a.Refer
	case effect.Call:
		return &a.Call
	}
	return &Answer{}
}

// answer lets somebody outside answer a request, or not. Where messages are silent nobody hears of a
// questionnaire; the team goes on with its tasks.
func (l *life) answer(x effect.Request) {
	a, which := l.world.Answers.of(x.Kind), x.ID.Short()
	if l.chance(drawAnswers, which, 0) >= a.Share || x.Kind == effect.Ask && l.messages == Unseen {
		return
	}
	at := x.At.Add(instant.Second + a.Within.of(l.chance(drawAnswers, which, 1)))
	if x.Kind == effect.Ask {
		at = l.awake(at, which)
	}
	l.plan(at, func(at instant.Time) {
		e := event.Event{}
		id := expr.TextOf(x.ID.String())
		word := l.outcome(x, a)
		switch x.Kind {
		case effect.Ask:
			e = event.Event{Name: "questionnaire.completed"}.With("questionnaire", expr.TextOf(x.What)).With("score", expr.NumberOf(l.score(a, which)))
		case effect.Task:
			e = event.Event{Name: "task.done"}.With("task", id).With("outcome", expr.TextOf(or(word, "done")))
		case effect.Refer:
			e = event.Event{Name: "referral." + or(word, "accepted")}.With("referral", id)
		case effect.Call:
			e = event.Event{Name: "call.answered"}.With("call", id).With("status", expr.TextOf(or(word, "ok")))
		}
		l.hear(at, "answers-"+x.ID.String(), e)
	})
}

func or(word, without string) string {
	if word == "" {
		return without
	}
	return word
}

// outcome draws the word of an answer: among the world's, or evenly among those of the step.
func (l *life) outcome(x effect.Request, a *Answer) string {
	words := a.Outcomes
	if len(words.Names) == 0 {
		for _, p := range l.rel.Programs {
			if j := p.Journey(x.Journey); p.ID == x.Program && j != nil {
				words = outcomesOf(j, x.Step)
			}
		}
	}
	if len(words.Names) == 0 {
		return ""
	}
	return words.Names[words.pick(l.chance(drawAnswers, x.ID.Short(), 2))]
}

func outcomesOf(j *journey.Journey, step string) (m Mix) {
	i, found := j.Find(step)
	if !found {
		return m
	}
	var outcomes []journey.Outcome
	switch s := j.Steps[i].(type) {
	case journey.Task:
		outcomes = s.Outcomes
	case journey.Refer:
		outcomes = s.Outcomes
	case journey.Call:
		outcomes = s.Outcomes
	case journey.Ask, journey.Send, journey.Decide, journey.Wait, journey.Await, journey.Branch, journey.Split, journey.Update, journey.Reached, journey.Exit:
	}
	for _, o := range outcomes {
		m.Names, m.Weights = append(m.Names, o.Is), append(m.Weights, 1)
	}
	return m
}

// score is what a questionnaire comes to: that of the true stage, give or take one.
func (l *life) score(a *Answer, which uint64) float64 {
	u := l.chance(drawAnswers, which, 3)
	if a.Behavior < 0 {
		return float64(int(u * 11))
	}
	return max(0, a.Scores.Of(l.stages[a.Behavior])+float64(int(u*3)-1))
}
