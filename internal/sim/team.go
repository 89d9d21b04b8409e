package sim

import (
	"math/rand/v2"

	"attune/core/effect"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
)

// Asked tells the population what was asked of somebody: of the team, of other clinics, of the person; and in
// which words somebody is written to.
// They answer in their time, or never; not what is over by then. Nobody answers calls of other systems,
// since there are none. Outcomes are the words that a request's step goes by.
func (p *Population) Asked(who id.Person, effects []effect.Effect, outcomes func(request id.Key) []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range effects {
		switch e := e.(type) { //nolint:gochecksumtype // no other effect asks for anything
		case effect.Send:
			p.worded(e)
		case effect.Request:
			p.ask(who, e, outcomes(e.ID))
		case effect.Close:
			delete(p.asked, e.Request)
		}
	}
}

// worded notes what a message is going to do, where that is not what others do. A message of several parts does what
// the first does: they are read together.
func (p *Population) worded(s effect.Send) {
	if p.ways.Does == nil {
		return
	}
	if does := p.ways.Does(s.Engagement, s.Variant); does != 1 {
		p.does[s.Touch] = does
	}
}

func (p *Population) ask(who id.Person, r effect.Request, outcomes []string) {
	g := rand.New(rand.NewPCG(p.seed, r.ID.Short()))
	var answer event.Event
	var after instant.Duration
	key := expr.TextOf(r.ID.String())
	share := 0.0
	switch r.Kind {
	case effect.Task:
		share, after = shareTasksDone, about(g, taskDays)
		answer = made("task.done", "task", key, "outcome", expr.TextOf(reached(g, outcomes)), "by", expr.TextOf(team[g.IntN(len(team))]))
	case effect.Refer:
		share, after = shareReferralsAnswered, about(g, referralDays)
		word := "accepted"
		if g.Float64() < shareDeclined {
			word = "declined"
		}
		answer = made("referral."+word, "referral", key)
	case effect.Ask:
		share, after = shareAsksAnswered, about(g, askDays)
		answer = made("questionnaire.completed", "questionnaire", expr.TextOf(r.What), "score", expr.NumberOf(float64(g.IntN(11))))
	case effect.Call:
	}
	if g.Float64() >= share {
		return
	}
	p.asked[r.ID] = true
	answers := &somebody{key: "answer-" + r.ID.String(), person: who, g: g}
	p.plan(answers, r.At.Add(instant.Minute+after), func(p *Population, _ *somebody, _ instant.Time) []event.Event {
		if !p.asked[r.ID] {
			return nil
		}
		return []event.Event{answer}
	})
}

//nolint:gochecknoglobals // it never changes
var team = []string{"nurse Kim", "nurse Ortiz", "nurse Bello"}

// reached is how a task went: the person was reached, or one of the other words that the step goes by.
func reached(g *rand.Rand, outcomes []string) string {
	var others []string
	for _, o := range outcomes {
		if o != "reached" {
			others = append(others, o)
		}
	}
	if g.Float64() < shareReached {
		return "reached"
	}
	if len(others) == 0 {
		return "no_answer"
	}
	return others[g.IntN(len(others))]
}
