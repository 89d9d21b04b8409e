package insight

import (
	"math"
	"slices"

	"attune/core/instant"
	"attune/core/program"
	"attune/internal/outcomes"
)

// PeriodOf is what a filter's window is for outcomes: happenings in it count, up to the instant asked for.
func PeriodOf(f Filter) outcomes.Period {
	until := f.AsOf
	if f.To != 0 {
		until = min(until, f.To)
	}
	// What happens at the instant asked for is part of it.
	return outcomes.Period{From: inDays(f.From), Until: math.Nextafter(inDays(until), math.Inf(1))}
}

func inDays(t instant.Time) float64 { return float64(t) / float64(instant.Day) }

// Outcomes gives what is known of each person whom a filter asks for, one after the other; what is given is good until the next. By is the
// attribute by which the report is divided; empty without. Of whom add tells that they count, the numbers are given back, ascending.
func (c *Columns) Outcomes(pr *program.Program, f Filter, by string, add func(*outcomes.Person) bool) (counted []uint32, err error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	r := &reading{pr: pr, f: &f, by: by, known: seconds(f.AsOf)}
	err = c.each(pr, &f, func(cs *columns, who int32, w *walk, rows []row) {
		r.person(cs, w, rows)
		if a, drawn := c.arms[cs.who[who]]; drawn && a.at <= f.AsOf {
			r.p.Arms = append(r.p.Arms, outcomes.Arm{Layer: a.layer, Arm: a.arm, At: inDays(a.at)})
		}
		if add(&r.p) {
			counted = append(counted, uint32(who))
		}
	})
	return counted, err
}

// reading turns a person's rows into what outcomes are counted of.
type reading struct {
	pr    *program.Program
	f     *Filter
	by    string
	known uint32
	p     outcomes.Person
	touch []uint32 // of p.Touches
	sent  []bool
}

func (r *reading) person(cs *columns, w *walk, rows []row) {
	p := &r.p
	*p = outcomes.Person{
		Enrolled: inDays(w.enrolled), Gone: inDays(r.f.AsOf) + 1, Arms: p.Arms[:0], Touches: p.Touches[:0], Reached: p.Reached[:0], Values: p.Values[:0], Moves: p.Moves[:0], Passages: p.Passages[:0],
	}
	r.touch, r.sent = r.touch[:0], r.sent[:0]
	switch {
	case w.quit >= w.enrolled:
		p.Gone, p.End = inDays(w.quit), outcomes.Left
	case w.exit >= 0 && w.here() < 0 && w.exitedAt >= w.enrolled:
		p.Gone, p.End = inDays(w.exitedAt), outcomes.Left
		if w.final[w.exit] {
			p.End = outcomes.Died
		}
	}
	for i := range w.passages {
		if x := &w.passages[i]; r.f.within(x.Entered) {
			p.Passages = append(p.Passages, outcomes.Passage{Phase: int(x.Phase), Days: inDays(x.Until) - inDays(x.Entered), Cause: [...]int{Waiting: 0, On: 1, Out: 2}[x.End]})
		}
	}
	for i := range rows {
		x := &rows[i]
		if x.at > r.f.AsOf {
			break
		}
		if x.known <= r.known {
			r.row(cs, x)
		}
	}
	n := 0
	for i := range p.Touches { // what is under way, or of which nobody knows, is not counted
		if r.sent[i] || p.Touches[i].Failed {
			p.Touches[n] = p.Touches[i]
			n++
		}
	}
	p.Touches = p.Touches[:n]
}

func (r *reading) row(cs *columns, x *row) {
	p, at := &r.p, inDays(x.at)
	is, l := cs.whats.get(x.what), cs.levels.get(x.level)
	switch is.kind { //nolint:exhaustive // the others are no outcomes
	case Is:
		if is.name == r.by {
			p.Level = l.level
		}
	case Arm:
		p.Arms = append(p.Arms, outcomes.Arm{Layer: is.name, Arm: l.level, At: at})
	case Tried:
		p.Touches = append(p.Touches, outcomes.Touch{At: at, Engagement: is.name, Channel: l.level})
		r.touch, r.sent = append(r.touch, x.value), append(r.sent, false)
	case Sent, Failed, Delivered, Opened, Clicked, Replied, Complained:
		i := slices.Index(r.touch, x.value)
		if i < 0 {
			return
		}
		t := &p.Touches[i]
		switch is.kind { //nolint:exhaustive // as above
		case Sent:
			r.sent[i] = true
		case Failed:
			t.Failed = true
		case Delivered:
			t.Delivered = true
		case Opened:
			t.Opened = true
		case Clicked:
			t.Clicked = true
		case Replied:
			t.Replied = true
		case Complained:
			t.Complains = true
		}
	case Reached:
		if o := slices.IndexFunc(r.pr.Outcomes, func(o program.Outcome) bool { return o.ID == is.name }); o >= 0 {
			p.Reached = append(p.Reached, outcomes.Reached{Outcome: o, At: at})
		}
	case Measured:
		if m := slices.IndexFunc(r.pr.Measures, func(m program.Measure) bool { return m.ID == is.name }); m >= 0 {
			p.Values = append(p.Values, outcomes.Value{Measure: m, At: at, Value: float64(math.Float32frombits(x.value)), Moment: l.level, Code: l.code})
		}
	case Stage:
		p.Moves = append(p.Moves, outcomes.Move{Behavior: is.name, From: l.code, To: l.level, At: at})
	}
}
