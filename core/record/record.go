// Package record writes one step down, input and effects together, and reads it back. Records are
// what the history is made of: they tell anybody why, and playing their inputs again rebuilds the
// state exactly.
package record

import (
	"fmt"

	"attune/core/channel"
	"attune/core/decision"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/record/recordpb"
)

// Record is one step as it was taken. The input's seed is not part of it: it follows from the person.
type Record struct {
	At      instant.Time
	What    engine.What
	Effects []effect.Effect
}

// Model is the short id of the model that the step's decisions were weighed with; zero where they were with
// none, or there were none, so that it does not matter.
func (r *Record) Model() uint64 {
	for _, e := range r.Effects {
		if d, ok := e.(effect.Decide); ok {
			for i := range d.Rounds {
				if m := d.Rounds[i].Model; m != 0 && d.Rounds[i].Arm != engine.ArmModel {
					return m
				}
			}
		}
	}
	return 0
}

// Stale tells that the step's model was too old to go by: what was to be learned was the fallback throughout.
func (r *Record) Stale() bool {
	fallback := false
	for _, e := range r.Effects {
		if d, ok := e.(effect.Decide); ok {
			for i := range d.Rounds {
				if d.Rounds[i].Arm == engine.ArmModel {
					continue // what it decides by is in the release, and never out of date
				}
				switch d.Rounds[i].Manner.Policy {
				case decision.Learned:
					return false
				case decision.Fallback:
					fallback = true
				case decision.Ranked, decision.Uniform, decision.ByStage, decision.ByValue, decision.Pinned:
				}
			}
		}
	}
	return fallback
}

// Encode writes the record's wire form.
func (r *Record) Encode() ([]byte, error) {
	m := &recordpb.Record{At: int64(r.At)}
	switch w := r.What.(type) {
	case engine.Heard:
		m.Heard = w.Event.Wire()
	case engine.Gate:
		m.Gate = true
		for _, t := range w.Touches {
			m.Touches = append(m.Touches, t[:])
		}
	case engine.Settled:
		m.Settled = &recordpb.Settled{
			Attempt: w.Attempt[:], Outcome: uint32(w.Outcome), RetryAfter: int64(w.RetryAfter), Reference: w.Reference,
			To: w.To, Subject: w.Subject, Body: w.Body,
		}
	case engine.Resume:
		m.Resume = &recordpb.Resume{Enrollment: bytesOf(w.Enrollment), Step: w.To}
	case engine.Switch:
		m.Switched = &recordpb.Switched{To: w.To, IncludeExisting: w.IncludeExisting}
	case engine.Replay:
		m.Replay = &recordpb.Replay{Touch: w.Touch[:], NotDelivered: w.NotDelivered}
	case engine.Outranked:
		m.Outranked = &recordpb.Outranked{}
		for _, t := range w.Touches {
			m.Outranked.Touches = append(m.Outranked.Touches, t[:])
		}
	case engine.Yield:
		m.Yield = &recordpb.Merge{Other: personBytes(w.To), OrderId: w.Order}
	case engine.Absorb:
		m.Absorb = &recordpb.Merge{Other: personBytes(w.Of), State: w.State, Was: w.Was, Order: w.Order.Wire()}
		for i := range w.Facts {
			m.Absorb.Facts = append(m.Absorb.Facts, &recordpb.Fact{At: int64(w.Facts[i].At), Event: w.Facts[i].Event.Wire()})
		}
	case engine.Part:
		m.Part = &recordpb.Merge{Other: personBytes(w.Of), State: w.State, Was: w.Was, Order: w.Order.Wire()}
	case engine.Restore:
		m.Restore = &recordpb.Merge{Other: personBytes(w.From), State: w.State, OrderId: w.Order}
	case engine.Tick:
		m.Slept = w.Slept
	}
	for _, e := range r.Effects {
		m.Effects = append(m.Effects, toWire(e))
	}
	b, err := m.MarshalVT()
	if err != nil {
		return nil, fmt.Errorf("encode record: %w", err)
	}
	return b, nil
}

// Decode reads what Encode wrote, in this version or an earlier one. Effects of a kind this version
// does not know are left out.
func Decode(b []byte) (Record, error) {
	var m recordpb.Record
	if err := m.UnmarshalVT(b); err != nil {
		return Record{}, fmt.Errorf("decode record: %w", err)
	}
	r := Record{At: instant.Time(m.At), What: engine.Tick{Slept: m.Slept}}
	switch {
	case m.Heard != nil:
		r.What = engine.Heard{Event: event.FromWire(m.Heard)}
	case m.Gate:
		var gate engine.Gate
		for _, t := range m.Touches {
			gate.Touches = append(gate.Touches, key(t))
		}
		r.What = gate
	case m.Settled != nil:
		w := m.Settled
		r.What = engine.Settled{
			Attempt: key(w.Attempt), Outcome: engine.Outcome(w.Outcome), RetryAfter: instant.Duration(w.RetryAfter), Reference: w.Reference,
			To: w.To, Subject: w.Subject, Body: w.Body,
		}
	case m.Resume != nil:
		r.What = engine.Resume{Enrollment: key(m.Resume.Enrollment), To: m.Resume.Step}
	case m.Replay != nil:
		r.What = engine.Replay{Touch: key(m.Replay.Touch), NotDelivered: m.Replay.NotDelivered}
	case m.Switched != nil:
		r.What = engine.Switch{To: m.Switched.To, IncludeExisting: m.Switched.IncludeExisting}
	case m.Outranked != nil:
		var w engine.Outranked
		for _, t := range m.Outranked.Touches {
			w.Touches = append(w.Touches, key(t))
		}
		r.What = w
	}
	if x := mergeFromWire(&m); x != nil {
		r.What = x
	}
	for _, e := range m.Effects {
		if x := fromWire(e); x != nil {
			r.Effects = append(r.Effects, x)
		}
	}
	return r, nil
}

// The kinds of effects on the wire. Numbers are never reused.
const (
	kindDecide = iota + 1
	kindSchedule
	kindSend
	kindSettle
	kindEnd
	kindMove
	kindJoin
	kindWalk
	kindSense
	kindIgnore
	kindAgain
	kindRequest
	kindClose
	kindNote
	kindSee
	kindPromise
	kindGroup
	kindChange
	kindSucceed
	kindRetract
	kindSwitch
	kindNeedHistory
	kindEffective
	kindHold
	kindPropose
	kindRecall
	kindRecalled
	kindTrial
	kindMerge
	kindSame
	kindMark
	kindAnew
)

func toWire(e effect.Effect) *recordpb.Effect {
	switch x := e.(type) {
	case effect.Decide:
		m := &recordpb.Effect{Kind: kindDecide, At: int64(x.At), Id: bytesOf(x.ID)}
		for _, c := range x.Candidates {
			m.Candidates = append(m.Candidates, &recordpb.Candidate{
				Program: c.Program, Engagement: c.Engagement, Value: c.Value, Rule: c.Cause.Rule, What: c.Cause.What, Event: c.Cause.Event, At: int64(c.Cause.At),
				Touch: bytesOf(c.Touch), Variant: c.Variant, Channel: c.Channel, Propensity: c.Propensity, Reason: string(c.Reason), Detail: c.Detail,
				Outcome: c.Outcome, Within: int64(c.Within),
			})
		}
		m.Rounds = roundsToWire(x.Rounds)
		return m
	case effect.Mark:
		return &recordpb.Effect{Kind: kindMark, At: int64(x.At), Since: int64(x.Since), Program: x.Program, State: uint32(x.Kind), What: x.Name, Detail: x.Level, Topic: x.Code, Value: x.Value}
	case effect.Anew:
		m := &recordpb.Effect{Kind: kindAnew, At: int64(x.At)}
		for _, e := range x.Of {
			m.Anew = append(m.Anew, toWire(e))
		}
		return m
	case effect.Same:
		return &recordpb.Effect{Kind: kindSame, At: int64(x.At), From: x.Of, To: x.With, On: x.Apart, What: x.Source, Detail: x.Event}
	case effect.Merge:
		return &recordpb.Effect{Kind: kindMerge, At: int64(x.At), About: personBytes(x.Other), Happened: string(x.What), Detail: x.Event}
	case effect.Effective:
		return &recordpb.Effect{Kind: kindEffective, At: int64(x.At), Detail: x.Event, Since: int64(x.Said), Purpose: x.Purpose, Channel: x.Channel, Topic: x.Topic}
	case effect.Propose:
		return &recordpb.Effect{
			Kind: kindPropose, At: int64(x.At), Id: bytesOf(x.ID), To: x.To, Relation: x.Relation, Program: x.Program, What: x.Engagement, Purpose: x.Purpose,
			AboutName: x.Name, Origin: x.Origin, Is: x.Release, Hops: x.Hops,
		}
	case effect.Recall:
		return &recordpb.Effect{Kind: kindRecall, At: int64(x.At), Id: bytesOf(x.ID), To: x.To, Purpose: x.Purpose, Program: x.Program, What: x.Engagement, Origin: x.Origin, On: x.Ends, Why: x.Why}
	case effect.Recalled:
		return &recordpb.Effect{Kind: kindRecalled, At: int64(x.At), Id: bytesOf(x.Recall), About: personBytes(x.About), To: x.With, Purpose: x.Purpose, Since: int64(x.Said)}
	case effect.Hold:
		return &recordpb.Effect{Kind: kindHold, At: int64(x.At), What: x.Hold, On: x.On, Due: int64(x.Until), Why: x.What, Detail: x.Event}
	case effect.Trial:
		return &recordpb.Effect{Kind: kindTrial, At: int64(x.At), Program: x.Program, What: x.Layer, Detail: x.Arm}
	case effect.Schedule:
		return &recordpb.Effect{Kind: kindSchedule, At: int64(x.At), Touch: bytesOf(x.Touch), Due: int64(x.Due), Why: string(x.Why)}
	case effect.Send:
		m := &recordpb.Effect{
			Kind: kindSend, At: int64(x.At), Touch: bytesOf(x.Touch), Attempt: bytesOf(x.Attempt), Program: x.Program, What: x.Engagement, Variant: x.Variant,
			Channel: x.Channel, Language: x.Language, Template: x.Template, Content: x.Content, Consent: x.Consent, Granted: x.Granted, Law: x.Law, Purpose: x.Purpose, Class: uint32(x.Class), Value: x.Value, Expires: int64(x.Expires), To: x.To, Name: x.Name, FirstName: x.FirstName, LastName: x.LastName,
			About: personBytes(x.About), AboutName: x.AboutName,
		}
		m.Frame = x.Frame
		for _, p := range x.Parts {
			m.Parts = append(m.Parts, &recordpb.Part{Touch: bytesOf(p.Touch), Engagement: p.Engagement, Variant: p.Variant, Template: p.Template, Content: p.Content, Purpose: p.Purpose, Consent: p.Consent, Granted: p.Granted, Law: p.Law})
		}
		return m
	case effect.Settle:
		return &recordpb.Effect{Kind: kindSettle, At: int64(x.At), Id: bytesOf(x.Lead), Touch: bytesOf(x.Touch), Attempt: bytesOf(x.Attempt), Channel: x.Channel, State: uint32(x.State), Why: string(x.Why), Due: int64(x.Retry)}
	case effect.End:
		return &recordpb.Effect{Kind: kindEnd, At: int64(x.At), Touch: bytesOf(x.Touch), Program: x.Program, What: x.Engagement, Channel: x.Channel, Why: string(x.Reason), Detail: x.Detail}
	case effect.Move:
		return &recordpb.Effect{Kind: kindMove, At: int64(x.At), Program: x.Program, From: x.From, Step: x.To, Exit: x.Exit, Before: x.CountedBefore, After: x.CountedAfter, Again: x.Again, Skipped: x.Skipped}
	case effect.Join:
		return &recordpb.Effect{Kind: kindJoin, At: int64(x.At), Program: x.Program, On: x.In, From: x.Phase}
	case effect.Walk:
		return &recordpb.Effect{Kind: kindWalk, At: int64(x.At), Id: bytesOf(x.Enrollment), Program: x.Program, What: x.Journey, Happened: x.What, Step: x.Step, Why: x.Why}
	case effect.Sense:
		return &recordpb.Effect{Kind: kindSense, At: int64(x.At), Program: x.Program, What: x.Signal, On: x.On, Late: x.Late}
	case effect.Ignore:
		return &recordpb.Effect{Kind: kindIgnore, At: int64(x.At), Why: x.Why}
	case effect.Again:
		return &recordpb.Effect{Kind: kindAgain}
	case effect.Request:
		return &recordpb.Effect{
			Kind: kindRequest, At: int64(x.At), Id: bytesOf(x.ID), Touch: bytesOf(x.Enrollment), Program: x.Program, Journey: x.Journey, Step: x.Step, Happened: string(x.Kind),
			What: x.What, For: x.For, Why: x.Reason, Urgency: x.Urgency, Priority: x.Priority, Fields: event.WireProps(x.Fields), Due: wireTime(x.Due),
		}
	case effect.Close:
		return &recordpb.Effect{Kind: kindClose, At: int64(x.At), Id: bytesOf(x.Request), Program: x.Program, Why: x.Why, Detail: x.Outcome}
	case effect.Note:
		return &recordpb.Effect{Kind: kindNote, At: int64(x.At), Id: bytesOf(x.Enrollment), Event: x.Event.Wire()}
	case effect.See:
		return &recordpb.Effect{Kind: kindSee, At: int64(x.At), Program: x.Program, What: x.Moment, Since: int64(x.Since), From: x.By, To: x.To, Origin: x.Of}
	case effect.Promise:
		return &recordpb.Effect{Kind: kindPromise, At: int64(x.At), Program: x.Program, What: x.Moment, To: x.To, From: x.Phase, Due: int64(x.Due), Happened: string(x.State)}
	case effect.Group:
		return &recordpb.Effect{Kind: kindGroup, At: int64(x.At), Program: x.Program, What: x.Audience, On: x.In, Why: x.What, Detail: x.Event}
	case effect.Change:
		return &recordpb.Effect{Kind: kindChange, At: int64(x.At), Program: x.Program, What: x.Behavior, From: x.From, To: x.To, Why: x.What, Detail: x.Event}
	case effect.Succeed:
		return &recordpb.Effect{Kind: kindSucceed, At: int64(x.At), Program: x.Program, What: x.Outcome, Priority: x.Value, Touch: bytesOf(x.Touch)}
	case effect.Retract:
		return &recordpb.Effect{Kind: kindRetract, At: int64(x.At), Detail: x.Event}
	case effect.Switch:
		return &recordpb.Effect{Kind: kindSwitch, At: int64(x.At), Was: x.From, Is: x.To}
	case effect.NeedHistory:
		return &recordpb.Effect{Kind: kindNeedHistory}
	}
	return nil
}

func fromWire(m *recordpb.Effect) effect.Effect {
	at, touch := instant.Time(m.At), key(m.Touch)
	switch m.Kind {
	case kindDecide:
		x := effect.Decide{ID: key(m.Id), At: at}
		for _, c := range m.Candidates {
			x.Candidates = append(x.Candidates, effect.Candidate{
				Program: c.Program, Engagement: c.Engagement, Value: c.Value, Cause: person.Cause{Rule: c.Rule, What: c.What, Event: c.Event, At: instant.Time(c.At)},
				Touch: key(c.Touch), Variant: c.Variant, Channel: c.Channel, Propensity: c.Propensity, Reason: policy.Reason(c.Reason), Detail: c.Detail,
				Outcome: c.Outcome, Within: instant.Duration(c.Within),
			})
		}
		x.Rounds = roundsFromWire(m.Rounds)
		return x
	case kindSame:
		return effect.Same{At: at, Of: m.From, With: m.To, Apart: m.On, Source: m.What, Event: m.Detail}
	case kindMerge:
		return effect.Merge{At: at, Other: personOf(m.About), What: effect.MergeKind(m.Happened), Event: m.Detail}
	case kindTrial:
		return effect.Trial{At: at, Program: m.Program, Layer: m.What, Arm: m.Detail}
	case kindSchedule:
		return effect.Schedule{At: at, Touch: touch, Due: instant.Time(m.Due), Why: policy.Reason(m.Why)}
	case kindEffective:
		return effect.Effective{At: at, Event: m.Detail, Said: instant.Time(m.Since), Purpose: m.Purpose, Channel: m.Channel, Topic: m.Topic}
	case kindPropose:
		return effect.Propose{
			At: at, ID: key(m.Id), To: m.To, Relation: m.Relation, Program: m.Program, Engagement: m.What, Purpose: m.Purpose,
			Name: m.AboutName, Origin: m.Origin, Release: m.Is, Hops: m.Hops,
		}
	case kindRecall:
		return effect.Recall{At: at, ID: key(m.Id), To: m.To, Purpose: m.Purpose, Program: m.Program, Engagement: m.What, Origin: m.Origin, Ends: m.On, Why: m.Why}
	case kindRecalled:
		return effect.Recalled{At: at, Recall: key(m.Id), About: personOf(m.About), With: m.To, Purpose: m.Purpose, Said: instant.Time(m.Since)}
	case kindHold:
		return effect.Hold{At: at, Hold: m.What, On: m.On, Until: instant.Time(m.Due), What: m.Why, Event: m.Detail}
	case kindSend:
		x := effect.Send{
			At: at, Touch: touch, Attempt: key(m.Attempt), Program: m.Program, Engagement: m.What, Variant: m.Variant, Channel: m.Channel, Language: m.Language,
			Template: m.Template, Content: m.Content, Consent: m.Consent, Granted: m.Granted, Law: m.Law, Purpose: m.Purpose, Class: channel.Class(m.Class), Value: m.Value, Expires: instant.Time(m.Expires), To: m.To, Name: m.Name, FirstName: m.FirstName, LastName: m.LastName,
			About: personOf(m.About), AboutName: m.AboutName,
		}
		x.Frame = m.Frame
		for _, p := range m.Parts {
			x.Parts = append(x.Parts, effect.Part{Touch: key(p.Touch), Engagement: p.Engagement, Variant: p.Variant, Template: p.Template, Content: p.Content, Purpose: p.Purpose, Consent: p.Consent, Granted: p.Granted, Law: p.Law})
		}
		return x
	case kindSettle:
		return effect.Settle{At: at, Lead: key(m.Id), Touch: touch, Attempt: key(m.Attempt), Channel: m.Channel, State: person.TouchState(m.State), Why: policy.Reason(m.Why), Retry: instant.Time(m.Due)}
	case kindEnd:
		return effect.End{At: at, Touch: touch, Program: m.Program, Engagement: m.What, Channel: m.Channel, Reason: policy.Reason(m.Why), Detail: m.Detail}
	case kindMove:
		return effect.Move{At: at, Program: m.Program, From: m.From, To: m.Step, Exit: m.Exit, CountedBefore: m.Before, CountedAfter: m.After, Again: m.Again, Skipped: m.Skipped}
	case kindJoin:
		return effect.Join{At: at, Program: m.Program, In: m.On, Phase: m.From}
	case kindWalk:
		return effect.Walk{At: at, Enrollment: key(m.Id), Program: m.Program, Journey: m.What, What: m.Happened, Step: m.Step, Why: m.Why}
	case kindSense:
		return effect.Sense{At: at, Program: m.Program, Signal: m.What, On: m.On, Late: m.Late}
	case kindIgnore:
		return effect.Ignore{At: at, Why: m.Why}
	case kindAgain:
		return effect.Again{}
	case kindRequest:
		return effect.Request{
			At: at, ID: key(m.Id), Enrollment: touch, Program: m.Program, Journey: m.Journey, Step: m.Step, Kind: effect.RequestKind(m.Happened),
			What: m.What, For: m.For, Reason: m.Why, Urgency: m.Urgency, Priority: m.Priority, Fields: event.PropsFromWire(m.Fields), Due: timeFromWire(m.Due),
		}
	case kindClose:
		return effect.Close{At: at, Request: key(m.Id), Program: m.Program, Why: m.Why, Outcome: m.Detail}
	case kindNote:
		if m.Event == nil {
			return nil
		}
		return effect.Note{At: at, Enrollment: key(m.Id), Event: event.FromWire(m.Event)}
	case kindMark:
		return effect.Mark{At: at, Since: instant.Time(m.Since), Program: m.Program, Kind: effect.MarkKind(m.State), Name: m.What, Level: m.Detail, Code: m.Topic, Value: m.Value}
	case kindAnew:
		x := effect.Anew{At: at}
		for _, e := range m.Anew {
			if of := fromWire(e); of != nil {
				x.Of = append(x.Of, of)
			}
		}
		return x
	case kindSee:
		return effect.See{At: at, Program: m.Program, Moment: m.What, Since: instant.Time(m.Since), By: m.From, To: m.To, Of: m.Origin}
	case kindPromise:
		return effect.Promise{At: at, Program: m.Program, Moment: m.What, To: m.To, Phase: m.From, Due: instant.Time(m.Due), State: effect.PromiseState(m.Happened)}
	case kindGroup:
		return effect.Group{At: at, Program: m.Program, Audience: m.What, In: m.On, What: m.Why, Event: m.Detail}
	case kindChange:
		return effect.Change{At: at, Program: m.Program, Behavior: m.What, From: m.From, To: m.To, What: m.Why, Event: m.Detail}
	case kindSucceed:
		return effect.Succeed{At: at, Program: m.Program, Outcome: m.What, Value: m.Priority, Touch: touch}
	case kindRetract:
		return effect.Retract{At: at, Event: m.Detail}
	case kindSwitch:
		return effect.Switch{At: at, From: m.Was, To: m.Is}
	case kindNeedHistory:
		return effect.NeedHistory{}
	}
	return nil
}

// Never has a number of its own on the wire, which no instant has.
func wireTime(t instant.Time) int64 {
	if t == instant.Never {
		return -1
	}
	return int64(t)
}

func timeFromWire(t int64) instant.Time {
	if t == -1 {
		return instant.Never
	}
	return instant.Time(t)
}

func bytesOf(k id.Key) []byte {
	if k.IsZero() {
		return nil
	}
	return k[:]
}

func personBytes(p id.Person) []byte {
	if p.IsZero() {
		return nil
	}
	return p[:]
}

func personOf(b []byte) (p id.Person) {
	copy(p[:], b)
	return p
}

func key(b []byte) (k id.Key) {
	copy(k[:], b)
	return k
}
