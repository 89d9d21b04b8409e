package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"attune/core/channel"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/program"
)

// handOver makes one attempt and reports what became of it.
func (d *Delivery) handOver(ctx context.Context, j job, now instant.Time) {
	d.mu.Lock()
	l := d.lane(j.send.Channel)
	paused := d.paused(j.send.Program, j.send.Engagement, j.journey, j.send.Channel, j.send.Class)
	d.mu.Unlock()
	settled, asked := engine.Settled{Attempt: j.send.Attempt, Outcome: engine.NotTaken}, false
	if !paused {
		settled, asked = d.attempt(ctx, l.carrier, j, now)
	}
	d.cfg.Inputs.Submit(j.person, settled)
	d.mu.Lock()
	defer d.mu.Unlock()
	l.running--
	if settled.Outcome == engine.Accepted {
		l.flow.took(d.now)
	}
	if p := d.poolOf(&j.send); p != nil && settled.Outcome != engine.Accepted && settled.Outcome != engine.Unknown && j.send.At >= p.from {
		p.handed--
		p.changed = true
	}
	was := l.breaker.wait
	if asked { // refusing one message is an answer too
		l.breaker.done(settled.Outcome == engine.Accepted || settled.Outcome == engine.Rejected, d.now)
	}
	switch is := l.breaker.wait; {
	case is > was:
		d.cfg.Logger.Warn("a channel's carrier fails for everybody: nothing is handed over until it answers again", "channel", l.name, "wait", is.String())
	case is < was:
		d.cfg.Logger.Info("a channel's carrier answers again", "channel", l.name)
	}
}

// attempt makes one attempt, and tells whether the carrier was asked at all.
func (d *Delivery) attempt(ctx context.Context, carrier Channel, j job, now instant.Time) (out engine.Settled, asked bool) {
	out = engine.Settled{Attempt: j.send.Attempt, Outcome: engine.NotTaken}
	if d.doubted(&j.send) {
		out.Outcome, out.Reference = engine.Unknown, "it may have gone out before these data were restored"
		return out, false
	}
	of, found := d.cfg.Text(j.send.Program, j.send.Content)
	if carrier == nil || !found || now.Sub(j.send.At) > stale {
		return out, false
	}
	if outcome, why := d.refused(ctx, &j.send, of); outcome != 0 {
		out.Outcome, out.Reference = outcome, why
		return out, false
	}
	m := Message{
		Person: j.person, Touch: j.send.Touch, Attempt: j.send.Attempt, Channel: j.send.Channel,
		To: j.send.To, Language: j.send.Language, At: j.send.At.Std(),
	}
	d.tell(&m, j.send, of)
	var complete bool
	if m.Subject, m.Body, complete = of.Say(&j.send); !complete {
		return out, false
	}
	ctx, cancel := context.WithTimeout(ctx, d.cfg.Timeout)
	defer cancel()
	receipt, err := carrier.Send(ctx, m)
	out.To, out.Subject, out.Body, out.Reference = m.To, m.Subject, m.Body, receipt.Reference
	out.Outcome, out.RetryAfter = classify(err)
	if code := RefusedFor(err); code != "" && d.cfg.Refused != nil {
		if err := d.cfg.Refused(ctx, m, code); err != nil { // the next message is refused for it again
			d.cfg.Logger.Warn("what a carrier's refusal says of the address could not be kept", "channel", m.Channel, "code", code, "error", err)
		}
	}
	return out, true
}

// doubted tells that a message, or what goes out in it, may have gone out from elsewhere.
func (d *Delivery) doubted(send *effect.Send) bool {
	return d.cfg.Doubted != nil && (d.cfg.Doubted(send.Touch) || slices.ContainsFunc(send.Parts, func(p effect.Part) bool { return d.cfg.Doubted(p.Touch) }))
}

// refused keeps back what goes to an address that is not used any more, or tells something clinical where others read
// it, whatever the person's own order knows of that by now. Where nobody can tell, it does not go.
func (d *Delivery) refused(ctx context.Context, send *effect.Send, of *program.Program) (refuse engine.Outcome, why string) {
	const unknown = "nobody can tell whether the address may be used"
	if d.cfg.Suppressed != nil {
		why, is, err := d.cfg.Suppressed(ctx, send.Channel, send.To)
		switch {
		case err != nil:
			return engine.Postponed, unknown
		case is:
			return engine.Rejected, "the address may not be used: " + why
		}
	}
	if d.cfg.Shared != nil && channel.Open(send.Channel) && clinical(send, of) {
		shared, err := d.cfg.Shared(ctx, send.Channel, send.To)
		switch {
		case err != nil:
			return engine.Postponed, unknown
		case shared:
			return engine.Rejected, "it is clinical, and others are reached at this address too"
		}
	}
	return 0, ""
}

// clinical tells whether a message, or what goes out in it, says something only the person may read.
func clinical(send *effect.Send, of *program.Program) bool {
	secret := func(engagement string) bool {
		en := of.Engagement(engagement)
		return en == nil || policy.Secret(en.Sensitivity)
	}
	return secret(send.Engagement) || slices.ContainsFunc(send.Parts, func(p effect.Part) bool { return secret(p.Engagement) })
}

func classify(err error) (engine.Outcome, instant.Duration) {
	if err == nil {
		return engine.Accepted, 0
	}
	if IsPermanent(err) {
		return engine.Rejected, 0
	}
	if wait, ok := IsRetry(err); ok {
		return engine.Postponed, instant.Duration(wait.Milliseconds())
	}
	return engine.Unknown, 0
}

// Reconcile settles the attempts that were in flight when the process ended, where their carrier can
// tell. The others become uncertain by themselves. A carrier that does not answer now changes nothing.
func (d *Delivery) Reconcile(ctx context.Context, p *person.Person) error {
	var failed error
	for i := range p.Touches {
		t := &p.Touches[i]
		if t.State != person.InFlight && t.State != person.Uncertain || !t.Lead.IsZero() {
			continue // who rides with another has no attempt of its own
		}
		finder, ok := d.carrier(t.Channel).(Finder)
		if !ok {
			continue
		}
		receipt, found, err := finder.Find(ctx, t.Attempt())
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("ask %s about attempt %s: %w", t.Channel, t.Attempt(), err))
			continue
		}
		outcome := engine.NotTaken
		if found {
			outcome = engine.Accepted
		}
		d.cfg.Inputs.Submit(p.ID, engine.Settled{Attempt: t.Attempt(), Outcome: outcome, Reference: receipt.Reference})
	}
	return failed
}

func (d *Delivery) carrier(channel string) Channel {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lane(channel).carrier
}
