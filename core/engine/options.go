package engine

import (
	"attune/core/decision"
	"attune/core/effect"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/program"
	"attune/core/release"
	"attune/core/stage"
)

// mostOptions is how many options one round weighs; what comes after is left out, the least valued first.
const mostOptions = 64

// situation is what holds for the person at an instant, whatever is said: what effects may turn on.
type situation struct {
	dose, today float64
	answers     float64 // how much likelier than others the person answers
}

// situation sums up what was said lately.
func (s *step) situation(z *instant.Zone, at instant.Time) situation {
	var x situation
	_, today, _ := z.Local(at)
	for i := range s.p.Touches {
		t := &s.p.Touches[i]
		said, spoken := spokenAt(t)
		if !spoken {
			continue
		}
		x.dose += fading(at.Sub(said))
		if _, day, _ := z.Local(said); day == today {
			x.today++
		}
	}
	var all person.Habit
	for _, part := range release.Parts() {
		h := s.p.Habit(part)
		all.Tries, all.Answers = all.Tries+h.Tries, all.Answers+h.Answers
	}
	x.answers = answering(all)
	return x
}

// spokenAt is when a touch reached the person, or is to; false where it does not.
func spokenAt(t *person.Touch) (instant.Time, bool) {
	switch t.State {
	case person.HandedOver:
		return t.Settled, true
	case person.InFlight, person.Uncertain:
		return t.Started, true
	case person.Pending:
		return t.Due, t.Due != instant.Never
	case person.Ended:
	}
	return 0, false
}

// fading is what is left of a message after a while: nine tenths from one day to the next.
func fading(since instant.Duration) float64 {
	left := 1.0
	for range min(max(since, 0)/instant.Day, 60) {
		left = float64(left * .9)
	}
	return left
}

// usual is how often people answer before anything is known of the one in hand, and worth how many tries that is.
const usual, usualTries = .25, 4

// answering is how much likelier than others somebody answers, shrunk to the others where little is known.
func answering(h person.Habit) float64 {
	return (float64(h.Answers)+usual*usualTries)/(float64(h.Tries)+usualTries) - usual
}

// partOf is the part of the day at an instant.
func partOf(z *instant.Zone, at instant.Time) string {
	ofDay, _, _ := z.Local(at)
	parts := release.Parts()
	switch {
	case ofDay < 6*instant.Hour:
		return parts[0]
	case ofDay < 12*instant.Hour:
		return parts[1]
	case ofDay < 17*instant.Hour:
		return parts[2]
	}
	return parts[3]
}

// believed is the person's stage in what an engagement is for, and how sure that is.
func (s *step) believed(program int, en *program.Engagement, at instant.Time) (stage.Stage, float64) {
	for k := range s.rel.Behaviors {
		b := &s.rel.Behaviors[k]
		if b.Program != program || b.ID != en.Behavior || k >= len(s.p.Beliefs) {
			continue
		}
		mode := s.p.Beliefs[k].Mode
		return mode, b.Model.At(s.p.Beliefs[k].Belief, at).Of(mode)
	}
	return stage.None, 0
}

// choosable is a candidate that competes, and its place among all of the decision.
type choosable struct {
	candidate
	place int
}

// option is one way to say a candidate: what is weighed, and the wording it stands for.
type option struct {
	w  wording
	of int // the choosable
	// further is how far down the list of its variant's channels it stands.
	further int
	seen    effect.Weighed
}

// options are all ways to say a candidate that nothing stands against; without any, the reason is that of the
// first variant's first channel for which there is an address. Where nothing is learned each variant has its first open channel, as soon as
// it may go; where something is, all channels and the times that the program allows.
func (s *step) options(n int, c choosable, x situation, at instant.Time) (out []option, reason policy.Reason, detail string) {
	pr, en := s.rel.Programs[c.program], s.engagementOf(c.candidate)
	learns := s.learns(pr, en)
	reason, detail = policy.NoContent, ""
	in, sure := s.believed(c.program, en, at)
	for v := range en.Variants {
		variant := &en.Variants[v]
		for k, text := range s.preferred(pr, variant.Texts) {
			w, why, what := s.wordBy(pr, en, c.candidate, variant, text, at)
			if why != "" {
				if v == 0 && (k == 0 || reason == policy.NoAddress && why != policy.NoAddress) {
					reason, detail = why, what // where people can be reached says more than where they cannot
				}
				continue
			}
			o := option{w: w, of: n, further: k, seen: effect.Weighed{
				Candidate: c.place, Variant: w.variant, Channel: w.channel, Due: w.due, Why: w.why, Stage: in, Confidence: sure,
				Option: s.weighable(c, en, text.Channel, in, sure, x),
			}}
			if len(s.p.Tellings) > 0 {
				answered, _ := eased(&s.p, pr, en, variant, at)
				o.seen.Eases = words(answered)
			}
			o.seen.Path = [decision.Levels]uint32{uint32(c.place), uint32(channelNumber(text.Channel)), uint32(v), 0}
			if !learns {
				out = append(out, o)
				break
			}
			out = s.timed(out, o, c, en, v, text, x, at)
		}
	}
	return out, reason, detail
}

func channelNumber(name string) int {
	for i, c := range program.Channels() {
		if c == name {
			return i
		}
	}
	return len(program.Channels())
}

// weighable is an option without its features.
func (s *step) weighable(c choosable, en *program.Engagement, channel string, in stage.Stage, sure float64, x situation) decision.Option {
	pr := s.rel.Programs[c.program]
	o := decision.Option{Value: en.Value, Fit: 1, Context: 1, Lever: 1}
	seen := 0.0
	if model := s.modelFor(c.program); s.learns(pr, en) && model != nil {
		seen = model.SeenOf(s.rel.Learning.Of(c.program, c.engagement).Stages[in].Match)
	}
	if matched, said := release.Matched(en, in); said {
		o.Fit = decision.FitOf(matched, sure, seen)
	}
	if l := s.learning(pr); l != nil {
		o.Lever = decision.Percent(l.Lever(en.ID))
		o.Cost = l.Cost(channel) + float64(l.Fatigue*x.dose)
		o.Reach = l.Reach
	}
	return o
}

// timed adds an option as soon as it may go, and at each of the program's times of day within the next day,
// with its features.
func (s *step) timed(out []option, o option, c choosable, en *program.Engagement, v int, text program.Text, x situation, at instant.Time) []option {
	pr := s.rel.Programs[c.program]
	z := s.zone(pr)
	add := func(o option) {
		o.seen.Part = partOf(z, o.w.due)
		o.seen.Terms = s.terms(c, en, v, text, o, x, at)
		out = append(out, o)
	}
	add(o)
	if en.Digest || o.w.why == policy.Digested {
		return out
	}
	for k, ofDay := range s.learning(pr).Times {
		then := z.NextAt(o.w.due, ofDay, nil)
		if then <= o.w.due || then >= o.w.due.Add(instant.Day) {
			continue
		}
		due, why := s.due(pr, en, text.Channel, then, id.Key{}, true)
		if due != then {
			continue // another time than the program's is not a choice
		}
		if why == "" {
			why = policy.Moved
		}
		later, reason := o, policy.Reason("")
		if later.w, reason, _ = s.wordAt(pr, en, c.candidate, &en.Variants[v], text, at, due, why); reason != "" {
			continue
		}
		later.seen.Due, later.seen.Why = due, why
		later.seen.Path[decision.When] = uint32(k + 1)
		add(later)
	}
	return out
}

// terms are the features of an option.
func (s *step) terms(c choosable, en *program.Engagement, v int, text program.Text, o option, x situation, at instant.Time) []decision.Term {
	tags := s.rel.Learning.Of(c.program, c.engagement)
	in := &tags.Stages[o.seen.Stage]
	out := make([]decision.Term, 0, 16+len(tags.Terms)+len(tags.Variants[v]))
	one := func(name string, value float64) {
		if value != 0 {
			out = append(out, decision.Term{Feature: decision.FeatureOf(name), Value: float32(value)})
		}
	}
	out = append(out, tags.Terms...)
	for _, t := range in.Terms {
		t.Value = float32(o.seen.Confidence)
		out = append(out, t)
	}
	out = append(out, tags.Variants[v]...)
	if t, known := s.rel.Learning.Reading(o.w.template.Hash); known {
		out = append(out, t)
	}
	out = append(out, s.drivers(s.rel.Programs[c.program], en, &en.Variants[v], at)...)
	one(decision.Name("channel", text.Channel), 1)
	one(decision.Name("answers", text.Channel), answering(s.p.Habit(text.Channel)))
	one("further down", float64(o.further))
	one(decision.Name("part", o.seen.Part), 1)
	one("rhythm", answering(s.p.Habit(o.seen.Part))-x.answers)
	// What is said fades with the dose; that something is said at all does not.
	decision.Fade(out, float64(float32(x.dose))) // as a record keeps the dose, so that it can be reckoned from it
	one("engage", 1)
	one("dose", x.dose)
	if o.seen.Stage != stage.None {
		one(decision.Name("dose", o.seen.Stage.String()), float64(x.dose*o.seen.Confidence))
	}
	one("today", x.today)
	one("same", s.same(c.program, en))
	return out
}

// same is how much the person heard of the same engagement, as far as it is remembered.
func (s *step) same(program int, en *program.Engagement) float64 {
	n := 0
	for i := range s.p.Touches {
		t := &s.p.Touches[i]
		if t.Program == s.rel.Programs[program].ID && t.Engagement == en.ID && t.State == person.HandedOver {
			n++
		}
	}
	return float64(n) / 4
}

// base is what holds for the person whatever is said.
func (s *step) base(x situation, in stage.Stage, sure float64) []decision.Term {
	out := []decision.Term{{Feature: decision.FeatureOf("base"), Value: 1}}
	add := func(name string, value float64) {
		if value != 0 {
			out = append(out, decision.Term{Feature: decision.FeatureOf(name), Value: float32(value)})
		}
	}
	add(decision.Name("base", "dose"), x.dose)
	add(decision.Name("base", "answers"), x.answers)
	if in != stage.None {
		add(decision.Name("base", "stage", in.String()), sure)
	}
	return out
}

// sameWords keeps one variant from being read too often.
func (s *step) sameWords(pr *program.Program, en *program.Engagement, v *program.Variant, at instant.Time) (policy.Reason, string) {
	if en.SameWords.Count == 0 || en.Coordination == program.MustSend {
		return "", ""
	}
	all := s.all[:0]
	for i := range s.p.Touches {
		t := &s.p.Touches[i]
		if t.Program != pr.ID || t.Engagement != en.ID || t.Variant != v.ID {
			continue
		}
		if n, counts := counted(t); counts {
			all = append(all, n)
		}
	}
	s.all = all
	if limit, full := (policy.Caps{en.SameWords}).Full(all, policy.Sort{}, at, true); full {
		return policy.SameWords, limit.String()
	}
	return "", ""
}
