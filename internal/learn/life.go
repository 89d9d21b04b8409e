package learn

import (
	"cmp"
	"slices"
	"strings"

	"attune/core/decision"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/record"
	"attune/core/stage"
)

const (
	// lossTime is how long after a decision the loss of the person is laid to it.
	lossTime = 30 * instant.Day
	// youngest is how old a decision is before anything is made of it: what people do at once would be seen of
	// those who did it, and not of those who did not.
	youngest = instant.Day
)

// Life is what one person's history tells of decisions and of what became of them. Records are taken in any
// order, and one that is taken twice counts once.
type Life struct {
	// Trials are the parts of trials that the person is in.
	Trials []effect.Trial
	// Decisions are those with something to learn from.
	Decisions []Decision
	// Reached are the outcomes, as they happened.
	Reached []Happening
	// Lost is when the person said that they want no more of it.
	Lost []Happening

	moved    []Happening
	answered []answer
	revoked  map[string]bool
	ranked   int
	refused  map[string]int
	proposed int
}

// Happening is something that happened to the person, and the event that told of it; time alone has none.
type Happening struct {
	At instant.Time
	// What is an outcome or a behavior, as PROGRAM/ID.
	What, Event string
}

// Decision is a decision that was drawn by chance.
type Decision struct {
	At         instant.Time
	ID         id.Key
	Candidates []effect.Candidate
	Rounds     []effect.Weighing
}

// aims tells whether anything that could be said in the decision was for an outcome.
func (d *Decision) aims(outcome string) bool {
	for r := range d.Rounds {
		for k := range d.Rounds[r].Options {
			if d.Candidates[d.Rounds[r].Options[k].Candidate].Outcome == outcome {
				return true
			}
		}
	}
	return false
}

// answer is a first sign of what a message did.
type answer struct {
	touch id.Key
	at    instant.Time
	event string
	sign  sign
}

// sign is the strongest thing that is known early of what came of a round.
type sign uint8

const (
	silent sign = iota // nothing was said
	spoken             // it was said, and that is all
	opened
	answeredIt
	signs
)

func (s sign) String() string {
	return [...]string{"nothing said", "no answer", "opened", "answered"}[s]
}

// Take takes a record in.
func (l *Life) Take(rec record.Record) {
	var heard *event.Event
	if h, ok := rec.What.(engine.Heard); ok {
		heard = &h.Event
		l.hear(heard)
	}
	merges := effect.Merges(rec.Effects) // nobody moved on by that
	// What follows from an event happened when the event did, however late it came.
	happened := func(at instant.Time, what string) Happening {
		if heard != nil && at == rec.At {
			return Happening{At: min(at, heard.OccurredAt), What: what, Event: heard.ID}
		}
		return Happening{At: at, What: what}
	}
	for _, e := range rec.Effects {
		switch e := e.(type) { //nolint:gochecksumtype // no other effect has to do with learning
		case effect.Decide:
			l.decide(&e)
		case effect.Succeed:
			l.Reached = append(l.Reached, happened(e.At, e.Program+"/"+e.Outcome))
		case effect.Change:
			if !merges && later(e.From, e.To) {
				l.moved = append(l.moved, happened(e.At, e.Program+"/"+e.Behavior))
			}
		case effect.Trial:
			l.Trials = append(l.Trials, e)
		case effect.Retract:
			if l.revoked == nil {
				l.revoked = map[string]bool{}
			}
			l.revoked[e.Event] = true
		}
	}
}

// hear takes in what an event says by itself.
func (l *Life) hear(e *event.Event) {
	s := silent
	switch e.Name {
	case "message.opened":
		if e.Field("machine").Num == 0 {
			s = opened
		}
	case "message.clicked", "message.replied":
		s = answeredIt
	case "consent.withdrawn":
		l.Lost = append(l.Lost, Happening{At: e.OccurredAt, What: "consent", Event: e.ID})
	case "contact.suppressed":
		if why := e.Field("why").Text; why == "stop" || why == "complaint" {
			l.Lost = append(l.Lost, Happening{At: e.OccurredAt, What: why, Event: e.ID})
		}
	}
	if s == silent {
		return
	}
	if touch, err := id.ParseKey(e.Field("touch").Text); err == nil {
		l.answered = append(l.answered, answer{touch, e.OccurredAt, e.ID, s})
	}
}

// decide keeps the rounds that were drawn by chance. What must be said has no round, and what was ranked none
// to learn from.
func (l *Life) decide(e *effect.Decide) {
	d := Decision{At: e.At, ID: e.ID, Candidates: e.Candidates}
	for i := range e.Rounds {
		if len(e.Rounds[i].Base) > 0 && len(e.Rounds[i].Options) > 0 {
			d.Rounds = append(d.Rounds, e.Rounds[i])
		} else {
			l.ranked++
		}
	}
	for i := range e.Candidates {
		l.proposed++
		c := &e.Candidates[i]
		if c.Touch.IsZero() && !free(c.Reason) {
			if l.refused == nil {
				l.refused = map[string]int{}
			}
			l.refused[string(c.Reason)]++
		}
	}
	if len(d.Rounds) > 0 {
		l.Decisions = append(l.Decisions, d)
	}
}

// later tells a movement to a later stage of change from all others. A first stage says what was found out, not
// that anything moved.
func later(from, to string) bool {
	was, _ := stage.Parse(from)
	is, _ := stage.Parse(to)
	return stage.Later(was, is)
}

// settle puts everything in order, each once, without what was taken back.
func (l *Life) settle() {
	slices.SortStableFunc(l.Decisions, func(a, b Decision) int { return cmp.Compare(a.At, b.At) })
	l.Decisions = slices.CompactFunc(l.Decisions, func(a, b Decision) bool { return a.At == b.At && a.ID == b.ID && len(a.Rounds) == len(b.Rounds) })
	for _, list := range []*[]Happening{&l.Reached, &l.Lost, &l.moved} {
		slices.SortFunc(*list, func(a, b Happening) int {
			return cmp.Or(cmp.Compare(a.At, b.At), strings.Compare(a.What, b.What), strings.Compare(a.Event, b.Event))
		})
		*list = slices.Compact(*list)
		*list = slices.DeleteFunc(*list, func(h Happening) bool { return h.Event != "" && l.revoked[h.Event] })
	}
	l.answered = slices.DeleteFunc(l.answered, func(a answer) bool { return l.revoked[a.event] })
	slices.SortFunc(l.Trials, func(a, b effect.Trial) int {
		return cmp.Or(strings.Compare(a.Program, b.Program), strings.Compare(a.Layer, b.Layer), cmp.Compare(a.At, b.At))
	})
	l.Trials = slices.CompactFunc(l.Trials, func(a, b effect.Trial) bool { return a.Program == b.Program && a.Layer == b.Layer })
}

// Row is one round as far as one outcome is concerned: what learning learns from.
type Row struct {
	Decision *Decision
	Round    *effect.Weighing
	// Outcome is what is asked of the row, as PROGRAM/OUTCOME, and Within in which time it counts.
	Outcome string
	Within  instant.Duration
	Base    []decision.Term
	// Arms are the options; those for other outcomes have no terms, since nothing is expected of them here.
	Arms  []decision.Arm
	Drawn int
	// Closes is when nothing more is laid to this decision: its time is over, or another one aims at the same.
	Closes instant.Time
	// Reached, Moved and Lost are when the outcome was reached, the person came to a later stage of change, and
	// was lost; Never where none of it is laid to this decision.
	Reached, Moved, Lost instant.Time
	// opened and answered are when the message drawn had its first signs.
	said             bool
	opened, answered instant.Time
}

// rows calls f with every row, in order. The row is valid until f returns.
func (l *Life) rows(p *programs, f func(*Row)) {
	l.settle()
	for i := range l.Decisions {
		d := &l.Decisions[i]
		lost := l.lostAfter(i)
		for r := range d.Rounds {
			w := &d.Rounds[r]
			for k := range w.Options {
				outcome := d.Candidates[w.Options[k].Candidate].Outcome
				if outcome == "" || slices.ContainsFunc(w.Options[:k], func(o effect.Weighed) bool { return d.Candidates[o.Candidate].Outcome == outcome }) {
					continue
				}
				row := l.row(p, i, w, outcome, d.Candidates[w.Options[k].Candidate].Within)
				row.Lost = lost
				f(&row)
			}
		}
	}
}

func (l *Life) row(p *programs, i int, w *effect.Weighing, outcome string, within instant.Duration) Row {
	d := &l.Decisions[i]
	row := Row{
		Decision: d, Round: w, Outcome: outcome, Within: within, Drawn: w.Drawn, Closes: d.At.Add(within),
		Reached: instant.Never, Moved: instant.Never, opened: instant.Never, answered: instant.Never,
		Base: append(slices.Clone(w.Base), decision.Term{Feature: p.outcome(outcome), Value: 1}),
		Arms: make([]decision.Arm, len(w.Options)),
	}
	var behaviors []string
	for k := range w.Options {
		o := &w.Options[k]
		c := &d.Candidates[o.Candidate]
		row.Arms[k].Probability = o.Probability
		if c.Outcome != outcome {
			continue
		}
		row.Arms[k].Terms = o.Terms
		if b := p.behavior(c.Program, c.Engagement); b != "" && !slices.Contains(behaviors, b) {
			behaviors = append(behaviors, b)
		}
		if k == w.Drawn {
			row.said = true
			row.opened, row.answered = l.signsOf(c.Touch)
		}
	}
	for n := i + 1; n < len(l.Decisions); n++ {
		if next := &l.Decisions[n]; next.aims(outcome) {
			row.Closes = min(row.Closes, next.At)
			break
		}
	}
	row.Reached = firstIn(l.Reached, d.At, row.Closes, func(h *Happening) bool { return h.What == outcome })
	row.Moved = firstIn(l.moved, d.At, row.Closes, func(h *Happening) bool { return slices.Contains(behaviors, h.What) })
	return row
}

// lostAfter is when the person was lost in a decision's time, which ends with the next one.
func (l *Life) lostAfter(i int) instant.Time {
	from := l.Decisions[i].At
	until := from.Add(lossTime)
	if i+1 < len(l.Decisions) {
		until = min(until, l.Decisions[i+1].At)
	}
	return firstIn(l.Lost, from, until, func(*Happening) bool { return true })
}

// firstIn is the first that fits after one instant, up to and including another.
func firstIn(list []Happening, after, until instant.Time, fits func(*Happening) bool) instant.Time {
	for i := range list {
		if h := &list[i]; h.At > after && h.At <= until && fits(h) {
			return h.At
		}
	}
	return instant.Never
}

func (l *Life) signsOf(touch id.Key) (read, replied instant.Time) {
	read, replied = instant.Never, instant.Never
	for i := range l.answered {
		a := &l.answered[i]
		switch {
		case a.touch != touch:
		case a.sign == opened:
			read = min(read, a.at)
		default:
			replied = min(replied, a.at)
		}
	}
	return read, replied
}

// sign is what was known of the row at an instant.
func (r *Row) sign(at instant.Time) sign {
	switch {
	case !r.said:
		return silent
	case r.answered <= at:
		return answeredIt
	case r.opened <= at:
		return opened
	}
	return spoken
}

// proxy is what coming to a later stage of change counts where the outcome itself is not reached: little,
// since it is believed and not seen.
const proxy = .02

// reward is what is known of a row at an instant; false while that may still change.
func (r *Row) reward(at instant.Time) (float64, bool) {
	switch {
	case r.Reached <= at:
		return 1, true
	case at < r.Closes:
		return 0, false
	case r.Moved <= at:
		return proxy, true
	}
	return 0, true
}

func (r *Row) loss(at instant.Time) float64 {
	if r.Lost <= at {
		return 1
	}
	return 0
}
