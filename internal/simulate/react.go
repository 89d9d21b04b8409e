package simulate

import (
	"slices"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/core/program"
)

// react is what the world does about an effect of the engine. This is the one place where the two
// meet: an effect that asks something of somebody is answered here, by events heard later.
func (l *life) react(e effect.Effect) {
	switch x := e.(type) {
	case effect.Send:
		l.carry(x)
	case effect.Request:
		l.answer(x)
	case effect.Decide, effect.Trial, effect.Mark, effect.Anew, effect.Schedule, effect.Settle, effect.End, effect.Move, effect.Join, effect.Walk, effect.Sense, effect.Ignore, effect.Again,
		effect.Close, effect.Note, effect.See, effect.Promise, effect.Group, effect.Change, effect.Succeed, effect.Retract, effect.Switch, effect.NeedHistory,
		effect.Effective, effect.Hold, effect.Merge, effect.Same, effect.Propose, effect.Recall, effect.Recalled:
		// These record what the engine thinks. Nobody outside sees them.
	}
}

// carry hands a message over: the carrier answers within seconds, and takes what has an address that
// works. It neither loses nor doubles anything; what happens then is proved elsewhere.
func (l *life) carry(x effect.Send) {
	bounces := false
	for i := range l.world.Response.Channels {
		bounces = bounces || l.world.Response.Channels[i].Name == x.Channel && l.bad[i]
	}
	word := engine.Settled{Attempt: x.Attempt, Outcome: engine.Accepted}
	if bounces {
		word.Outcome = engine.Rejected
	}
	if l.full {
		word.To = x.To
		word.Subject, word.Body = l.render(x)
	}
	touch := x.Touch.Short()
	l.plan(x.At.Add(instant.Second+instant.Duration(float64(4000*l.chance(drawTransit, touch, 0)))), func(at instant.Time) {
		l.step(at, word)
		if !bounces && l.messages != Unseen {
			l.handed(x, at)
		}
	})
}

// handed is a message handed over, of one part or several.
func (l *life) handed(x effect.Send, at instant.Time) {
	channel := l.world.Response.channel(x.Channel)
	if l.dead || channel == nil {
		return
	}
	dose := l.dosed(at)
	l.dose++
	l.receives(x, channel, dose, at)
	for _, p := range x.Parts {
		l.receives(alone(x, p), channel, dose, at)
	}
}

// alone is a part of a message as if it went by itself.
func alone(x effect.Send, p effect.Part) effect.Send {
	x.Touch, x.Engagement, x.Variant, x.Template, x.Content, x.Purpose, x.Frame, x.Parts = p.Touch, p.Engagement, p.Variant, p.Template, p.Content, p.Purpose, "", nil
	return x
}

// render is the message word for word.
func (l *life) render(x effect.Send) (subject, body string) {
	if p := l.rel.Program(x.Program); p != nil {
		subject, body, _ = p.Say(&x)
	}
	return subject, body
}

// dosed is how much the person has been told lately: one for each message, of which a share is left
// after each whole day.
func (l *life) dosed(at instant.Time) float64 {
	for l.doseAt.Add(instant.Day) <= at {
		l.doseAt = l.doseAt.Add(instant.Day)
		l.dose = float64(l.dose * l.world.Response.Keep)
	}
	return l.dose
}

// receives is a message in somebody's hands: perhaps they read it, and then it may do something.
func (l *life) receives(x effect.Send, c *Channel, dose float64, at instant.Time) {
	touch := x.Touch.Short()
	name := x.Touch.String()
	about := func(what string) event.Event {
		return event.Event{Name: what}.With("touch", expr.TextOf(name)).With("channel", expr.TextOf(x.Channel))
	}
	l.plan(at.Add(5*instant.Second), func(at instant.Time) { l.hear(at, "delivered-"+name, about("message.delivered")) })
	if l.chance(drawOpens, touch, 0) >= c.Opens {
		return
	}
	l.plan(l.awake(at.Add(10*instant.Second+c.Within.of(l.chance(drawReads, touch, 0))), touch), func(at instant.Time) {
		l.hear(at, "opened-"+name, about("message.opened"))
		if l.chance(drawClicks, touch, 0) < c.Clicks {
			l.plan(at.Add(instant.Minute), func(at instant.Time) { l.hear(at, "clicked-"+name, about("message.clicked")) })
		}
		if l.chance(drawReplies, touch, 0) < c.Replies {
			l.plan(at.Add(3*instant.Minute), func(at instant.Time) { l.hear(at, "replied-"+name, about("message.replied")) })
		}
		l.reads(x, dose, at)
	})
}

// reads is what a message does to who reads it: it may be one too many, it may move them a stage on,
// and it may be what makes them do it.
func (l *life) reads(x effect.Send, dose float64, at instant.Time) {
	re, touch := &l.world.Response, x.Touch.Short()
	if l.messages == OnlyPlanted {
		l.helps(x.Engagement, at)
		return
	}
	if l.chance(drawOptOut, touch, 0) < float64(re.OptOut*(1+float64(re.OptOutDose*dose))) {
		l.plan(at.Add(2*instant.Minute), func(at instant.Time) {
			l.hear(at, "withdraws-"+x.Touch.String(), event.Event{Name: "consent.withdrawn"}.With("purpose", expr.TextOf(l.purpose(x))))
		})
		return
	}
	l.helps(x.Engagement, at)
	e := l.engagement(x)
	if e == nil {
		return
	}
	b := l.world.behavior(e)
	if b < 0 {
		return
	}
	effect, moves := re.Other, re.MovesOther
	if re.fits(e, strategy(e, x.Variant), l.stages[b]) {
		effect, moves = re.Fits, re.MovesFit
	}
	if l.eased(x, e) {
		effect += re.Eases
	}
	left := float64(re.habituated(dose) * re.Of(x.Engagement, x.Variant))
	effect = float64(effect * left)
	if l.chance(drawMoves, touch, 0) < float64(moves*left) {
		l.stages[b] = onward(l.stages[b])
	}
	if effect != 0 {
		l.nudged(b, effect, touch, at)
	}
}

// eased tells whether a message answers something that the person told of as being in their way.
func (l *life) eased(x effect.Send, e *program.Engagement) bool {
	p := l.rel.Program(x.Program)
	for i := range e.Variants {
		if v := &e.Variants[i]; v.ID == x.Variant {
			words := e.Eased(v)
			return slices.ContainsFunc(l.barriers, func(name string) bool {
				d := p.Driver(program.BarrierFact, name)
				return d != nil && program.Eases(words, name, d.Kind)
			})
		}
	}
	return false
}

// habituated is how much of a message's effect is left at a dose: all at none, nothing at Zero, and
// the opposite beyond.
func (r *Response) habituated(dose float64) float64 {
	if r.Zero <= 0 {
		return 1
	}
	return max(-1, 1-dose/r.Zero)
}

// nudged lets a message work on what it is about: what is overdue may be done soon, and what is due
// later finds the message in mind.
func (l *life) nudged(b int, effect float64, touch uint64, at instant.Time) {
	re, overdue := &l.world.Response, false
	for i := range l.world.Life {
		s := &l.processes[i]
		if l.world.Life[i].Behavior != b || s.overdue == 0 || s.stopped {
			continue
		}
		overdue = true
		if l.chance(drawEffect, touch, uint64(i)) >= effect {
			continue
		}
		times := s.times
		soon := l.awake(at.Add(min(re.Acts.of(l.chance(drawActs, touch, uint64(i))), re.Lasts)), touch)
		l.plan(soon, func(at instant.Time) {
			if s := &l.processes[i]; s.overdue != 0 && s.times == times && !s.stopped && !l.dead {
				s.plan++ // what was planned for later is done now
				s.prompted++
				l.does(i, at)
			}
		})
	}
	if !overdue {
		l.mind[b] = append(l.mind[b], nudge{effect, at.Add(re.Lasts)})
	}
}

// purpose is what the message needed consent for, which is what somebody takes back.
func (l *life) purpose(x effect.Send) string {
	if e := l.engagement(x); e != nil {
		return e.Purpose
	}
	return ""
}

func (l *life) engagement(x effect.Send) *program.Engagement {
	for _, p := range l.rel.Programs {
		if p.ID == x.Program {
			return p.Engagement(x.Engagement)
		}
	}
	return nil
}

func strategy(e *program.Engagement, variant string) string {
	for _, v := range e.Variants {
		if v.ID == variant {
			return v.Strategy
		}
	}
	return ""
}
