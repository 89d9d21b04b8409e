package insight

import (
	"cmp"
	"slices"
	"strings"

	"attune/core/instant"
	"attune/core/program"
	"attune/internal/segment"
)

// Whose is a passage and whose it is.
type Whose struct {
	Who Pseudonym
	Passage
	// Here tells that the person is in the phase at the instant asked for.
	Here bool
}

// EachPassage says those that a filter asks for, of the phase, in no particular order. Nothing of the columns may be asked for meanwhile.
func (c *Columns) EachPassage(pr *program.Program, f Filter, phase int, do func(*Whose)) error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.each(pr, &f, func(cs *columns, who int32, w *walk, _ []row) {
		here := w.here() == int16(phase)
		for k := range w.passages {
			p := &w.passages[k]
			if int(p.Phase) != phase {
				continue
			}
			x := Whose{Who: cs.who[who], Passage: *p, Here: here && k == lastOf(w.passages, p.Phase)}
			if f.within(p.Entered) || x.Here {
				do(&x)
			}
		}
	})
}

// passagesWithin are those of a phase that began in the time that a filter asks for: by when they began.
func (c *Columns) passagesWithin(pr *program.Program, f Filter, phase int) (out []Whose, err error) {
	err = c.EachPassage(pr, f, phase, func(x *Whose) {
		if f.within(x.Entered) {
			out = append(out, *x)
		}
	})
	slices.SortStableFunc(out, func(a, b Whose) int { return cmp.Compare(a.Entered, b.Entered) })
	return out, err
}

func lastOf(all []Passage, phase int16) int {
	for k := len(all) - 1; k >= 0; k-- {
		if all[k].Phase == phase {
			return k
		}
	}
	return -1
}

// windows are how many days before they came people's doings are counted over.
func windows() []int { return []int{28, 90} }

// Behaviour puts together what people did before they came into a phase, as often as moments that are shown by an event alone and answers
// to messages tell, and what became of them. Whoever objects to profiling is left out: nobody is put into a group who does not want to be.
func (c *Columns) Behaviour(pr *program.Program, f Filter, phase int) (in segment.Input, err error) {
	passages, err := c.passagesWithin(pr, f, phase)
	if err != nil {
		return in, err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	cs := c.programs[pr.ID]
	if cs == nil {
		return in, nil
	}
	type counted struct {
		what  int
		says  string
		event string
	}
	var doings []counted
	for i, w := range cs.whats.all {
		switch w.kind { //nolint:exhaustive // others are nobody's doing
		case Seen:
			if m := pr.Map.Moment(w.name); m >= 0 && pr.Map.Moments[m].Seen.On != "" && pr.Map.Moments[m].Seen.Where == "" {
				doings = append(doings, counted{i, "had “" + pr.Map.Moments[m].Name + "”", pr.Map.Moments[m].Seen.On})
			}
		case Measured:
			if m := slices.IndexFunc(pr.Measures, func(m program.Measure) bool { return m.ID == w.name }); m >= 0 && pr.Measures[m].Kind == "activity" && pr.Measures[m].Is.On != "" && pr.Measures[m].Is.Where == "" {
				doings = append(doings, counted{i, "did “" + pr.Measures[m].Name + "”", pr.Measures[m].Is.On})
			}
		case Opened:
			doings = append(doings, counted{i, "opened a message", "message.opened"})
		case Clicked:
			doings = append(doings, counted{i, "followed a link", "message.clicked"})
		case Replied:
			doings = append(doings, counted{i, "answered a message", "message.replied"})
		}
	}
	slices.SortFunc(doings, func(a, b counted) int {
		return cmp.Or(strings.Compare(a.event, b.event), strings.Compare(a.says, b.says))
	})
	doings = slices.CompactFunc(doings, func(a, b counted) bool { return a.event == b.event })
	for _, d := range doings {
		for _, days := range windows() {
			in.Features = append(in.Features, segment.Feature{Says: d.says, Event: d.event, Days: days})
		}
	}
	for i := range passages {
		p := &passages[i]
		if l := c.limited[p.Who]; l.objected > l.allowed {
			continue
		}
		rows := cs.of(p.Case)
		n := 0
		for _, d := range doings {
			for _, days := range windows() {
				count, since := float32(0), p.Entered.Add(-instant.Duration(days)*instant.Day)
				for k := range rows {
					if r := &rows[k]; int(r.what) == d.what && r.at > since && r.at < p.Entered {
						count++
					}
				}
				in.Features[n].Counts = append(in.Features[n].Counts, count)
				n++
			}
		}
		in.Days = append(in.Days, float64(p.Until.Sub(p.Entered))/float64(instant.Day))
		in.Became = append(in.Became, [...]uint8{Waiting: segment.Waiting, On: segment.MovedOn, Out: segment.Left}[p.End])
	}
	horizon := pr.Map.Phases[phase].Horizon
	if horizon == 0 {
		horizon = max(usualHorizon, 3*pr.Map.Phases[phase].Expect)
	}
	in.Horizon = float64(horizon) / float64(instant.Day)
	return in, nil
}
