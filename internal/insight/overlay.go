package insight

import (
	"runtime"
	"slices"
	"sync"

	"attune/core/instant"
	"attune/core/journeymap"
	"attune/core/program"
)

// Overlay is what really happens on a map. Of every phase Entered = On + Out + Waiting.
type Overlay struct {
	// People are those in the program who are asked for; Withheld those left out since they used a right.
	People, Withheld int
	Phases           []PhaseCount
	Flows            []Flow
	Moments          []MomentCount
	HandOffs         []HandOff
}

// PhaseCount are a phase's numbers, in passages; Here is people.
type PhaseCount struct {
	Phase string
	// Here is who is in it at the instant asked for, and Overdue those of them for longer than it should last.
	Here, Overdue int
	Entered       int
	On            int
	Out           int
	Waiting       int
	// Exits is how many of Out left by each of the map's exits; Left the program, Ended had the phase end without another.
	Exits       []int
	Left, Ended int
	// Skipped is who passed it over; Again how often it was entered again, and Back how many people came back to it from a later phase,
	// losing BackDays on average before they were as far as before.
	Skipped, Again, Back int
	BackDays             float64
	// Wait is how long until going on, where leaving may come first; Stay how long until either.
	Wait, Stay Spread
}

// Flow is how often people went from one phase to another, and after how long. From is -1 for those who came onto the map.
type Flow struct {
	From, To int
	Count    int
	Wait     Spread
}

// MomentCount are a moment's numbers.
type MomentCount struct {
	Moment string
	// Seen is how often it happened to whom is asked for, and People to how many.
	Seen, People int
	// Of what it promised: Made, of which Kept in time, KeptLate, Late (not kept, and over time), and Open (not kept, and still in time).
	Made, Kept, KeptLate, Late, Open int
	// Wait is until the moment that is promised.
	Wait Spread
	// Asked is how the moment was for people, where they were asked: of feelings.
	Asked Mean
}

// HandOff is what one lane hands to another.
type HandOff struct {
	Moment   string
	From, To string
	// Received is by whom of those handed over to the other's lane saw something; Never of those who were not received as long as anybody waits.
	Sent, Received, Waiting, Left int
	Wait                          Spread
}

// Mean is a mean of N numbers.
type Mean struct {
	N   int
	Sum float64
}

// scan is one worker's part of an overlay.
type scan struct {
	Overlay
	waits, stays []curve
	backs        []instant.Duration
	flows        []flowCount // (phases+1) × phases
	promises     []curve
	handoffs     []curve
}

type flowCount struct {
	n     int
	after curve
}

// Overlay counts what happened on a map. It goes over all rows of the program, with as many workers as there are processors.
func (c *Columns) Overlay(pr *program.Program, f Filter) (*Overlay, error) {
	m := &pr.Map
	c.mu.RLock()
	defer c.mu.RUnlock()
	cs := c.programs[pr.ID]
	if cs == nil {
		cs = &columns{}
	}
	s, err := newSieve(cs, m, &f)
	if err != nil {
		return nil, err
	}
	way := newWay(cs, m)
	look := newLook(cs, pr)
	workers := max(1, min(runtime.GOMAXPROCS(0), len(cs.who)/4096))
	parts := make([]*scan, workers)
	var wait sync.WaitGroup
	for n := range parts {
		parts[n] = newScan(m)
		wait.Go(func() {
			w := newWalk(way, f.AsOf)
			t := &tally{scan: parts[n], look: look, m: m, f: &f}
			t.prepare()
			for i := len(cs.who) * n / workers; i < len(cs.who)*(n+1)/workers; i++ {
				rows := cs.of(int32(i))
				if len(rows) == 0 {
					continue
				}
				if len(c.limited) > 0 && c.limited[cs.who[i]].withheld() {
					if w.over(int32(i), rows) {
						parts[n].Withheld++
					}
					continue
				}
				if s.lets(rows) && w.over(int32(i), rows) {
					t.count(w, rows)
				}
			}
		})
	}
	wait.Wait()
	all := parts[0]
	for _, p := range parts[1:] {
		all.merge(p)
	}
	return all.done(m), nil
}

func newScan(m *journeymap.Map) *scan {
	k := len(m.Phases)
	s := &scan{
		waits: make([]curve, k), stays: make([]curve, k), backs: make([]instant.Duration, k), flows: make([]flowCount, (k+1)*k),
		promises: make([]curve, len(m.Moments)), handoffs: make([]curve, len(m.Moments)),
	}
	s.Phases, s.Moments, s.HandOffs = make([]PhaseCount, k), make([]MomentCount, len(m.Moments)), make([]HandOff, len(m.Moments))
	for i := range s.Phases {
		s.Phases[i].Exits = make([]int, len(m.Exits))
	}
	return s
}

func (s *scan) merge(o *scan) {
	s.People += o.People
	s.Withheld += o.Withheld
	for i := range s.Phases {
		a, b := &s.Phases[i], &o.Phases[i]
		a.Here += b.Here
		a.Overdue += b.Overdue
		a.Entered += b.Entered
		a.On += b.On
		a.Out += b.Out
		a.Waiting += b.Waiting
		a.Left += b.Left
		a.Ended += b.Ended
		a.Skipped += b.Skipped
		a.Again += b.Again
		a.Back += b.Back
		for x := range a.Exits {
			a.Exits[x] += b.Exits[x]
		}
		s.backs[i] += o.backs[i]
		s.waits[i].merge(&o.waits[i])
		s.stays[i].merge(&o.stays[i])
	}
	for i := range s.flows {
		s.flows[i].n += o.flows[i].n
		s.flows[i].after.merge(&o.flows[i].after)
	}
	for i := range s.Moments {
		a, b := &s.Moments[i], &o.Moments[i]
		a.Seen += b.Seen
		a.People += b.People
		a.Made += b.Made
		a.Kept += b.Kept
		a.KeptLate += b.KeptLate
		a.Late += b.Late
		a.Open += b.Open
		a.Asked.N += b.Asked.N
		a.Asked.Sum += b.Asked.Sum
		s.promises[i].merge(&o.promises[i])
		h, g := &s.HandOffs[i], &o.HandOffs[i]
		h.Sent += g.Sent
		h.Received += g.Received
		h.Waiting += g.Waiting
		h.Left += g.Left
		s.handoffs[i].merge(&o.handoffs[i])
	}
}

// done turns what was counted into what is told.
func (s *scan) done(m *journeymap.Map) *Overlay {
	for i := range s.Phases {
		p := &s.Phases[i]
		p.Phase = m.Phases[i].ID
		p.Wait, p.Stay = s.waits[i].spread(), s.stays[i].spread()
		if p.Back > 0 {
			p.BackDays = float64(s.backs[i]) / float64(instant.Day) / float64(p.Back)
		}
	}
	k := len(m.Phases)
	for i := range s.flows {
		if s.flows[i].n > 0 {
			s.Flows = append(s.Flows, Flow{From: i/k - 1, To: i % k, Count: s.flows[i].n, Wait: s.flows[i].after.spread()})
		}
	}
	var handed []HandOff
	for i := range s.Moments {
		x := &m.Moments[i]
		s.Moments[i].Moment, s.Moments[i].Wait = x.ID, s.promises[i].spread()
		if s.HandOffs[i].Sent > 0 {
			h := s.HandOffs[i]
			h.Moment, h.From, h.To, h.Wait = x.ID, x.By, x.To, s.handoffs[i].spread()
			handed = append(handed, h)
		}
	}
	s.HandOffs = handed
	return &s.Overlay
}

// each goes over those whom a filter asks for, one after the other, as they walked the map. Whoever calls it holds the lock.
func (c *Columns) each(pr *program.Program, f *Filter, do func(cs *columns, who int32, w *walk, rows []row)) error {
	cs := c.programs[pr.ID]
	if cs == nil {
		cs = &columns{}
	}
	s, err := newSieve(cs, &pr.Map, f)
	if err != nil {
		return err
	}
	w := newWalk(newWay(cs, &pr.Map), f.AsOf)
	for i := range int32(len(cs.who)) {
		rows := cs.of(i)
		if len(rows) > 0 && !c.limited[cs.who[i]].withheld() && s.lets(rows) && w.over(i, rows) {
			do(cs, i, w, rows)
		}
	}
	return nil
}

// Cohort is the numbers of those whom a filter asks for, ascending.
func (c *Columns) Cohort(pr *program.Program, f Filter) (out []uint32, err error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	err = c.each(pr, &f, func(_ *columns, who int32, w *walk, _ []row) {
		if slices.ContainsFunc(w.passages, func(p Passage) bool { return f.within(p.Entered) }) {
			out = append(out, uint32(who))
		}
	})
	return out, err
}

// Numbered are those of a program from a case number on, by their case numbers, for whoever keeps numbers of their own. Case numbers are the
// same until the process ends, and others afterwards.
func (c *Columns) Numbered(program string, from int) []Pseudonym {
	c.mu.RLock()
	defer c.mu.RUnlock()
	cs := c.programs[program]
	if cs == nil || from >= len(cs.who) {
		return nil
	}
	return slices.Clone(cs.who[from:])
}

// Pseudonyms are those of cases.
func (c *Columns) Pseudonyms(program string, cases []uint32) []Pseudonym {
	c.mu.RLock()
	defer c.mu.RUnlock()
	out := make([]Pseudonym, len(cases))
	for i, n := range cases {
		out[i] = c.programs[program].who[n]
	}
	return out
}

// Cases are the case numbers of those of whom a program has facts.
func (c *Columns) Cases(program string, who []Pseudonym) (out []uint32) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	cs := c.programs[program]
	if cs == nil {
		return nil
	}
	for _, p := range who {
		if i, known := cs.cases[p]; known {
			out = append(out, uint32(i))
		}
	}
	return out
}
