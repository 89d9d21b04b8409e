package insight

import (
	"math"
	"slices"

	"attune/core/instant"
	"attune/core/journeymap"
	"attune/core/program"
)

// look is what counting needs to know of moments: which promise or receive which, by the columns' whats.
type look struct {
	// moment is a what's place among moments, -1 for what is none; feeling tells a measure of feelings.
	moment  []int16
	feeling []bool
	// about is a level's place among moments.
	about []int16
	// promisedBy are the moments that promise a moment; receivedFor those whose receiver's lane a moment is in.
	promisedBy, receivedFor [][]int16
	within                  []instant.Duration
	keyed                   []bool
	// receives tells that something shows when what a moment hands over is received.
	receives []bool
}

func newLook(c *columns, pr *program.Program) *look {
	m := &pr.Map
	felt := func(name string) bool {
		return slices.ContainsFunc(pr.Measures, func(x program.Measure) bool { return x.ID == name && x.Kind == "feeling" })
	}
	l := &look{promisedBy: make([][]int16, len(m.Moments)), receivedFor: make([][]int16, len(m.Moments)), within: make([]instant.Duration, len(m.Moments)), keyed: make([]bool, len(m.Moments)), receives: make([]bool, len(m.Moments))}
	for _, w := range c.whats.all {
		at := -1
		if w.kind == Seen {
			at = m.Moment(w.name)
		}
		l.moment = append(l.moment, int16(at))
		l.feeling = append(l.feeling, w.kind == Measured && felt(w.name))
	}
	for _, v := range c.levels.all {
		l.about = append(l.about, int16(m.Moment(v.level)))
	}
	for i := range m.Moments {
		x := &m.Moments[i]
		if x.Then != nil {
			l.within[i], l.keyed[i] = x.Then.Within, x.Then.Key != ""
			if to := m.Moment(x.Then.Moment); to >= 0 {
				l.promisedBy[to] = append(l.promisedBy[to], int16(i))
			}
		}
		if x.To == "" {
			continue
		}
		for n := range m.Moments {
			if y := &m.Moments[n]; n != i && (x.Then != nil && y.ID == x.Then.Moment || x.Then == nil && y.By == x.To) {
				l.receivedFor[n] = append(l.receivedFor[n], int16(i))
				l.receives[i] = l.receives[i] || !y.Seen.IsZero()
			}
		}
	}
	return l
}

// tally adds one person after the other.
type tally struct {
	*scan
	*look
	m *journeymap.Map
	f *Filter
	// open promises and hand-overs of the person in hand, by moment.
	promised, handed []happening
	seen             []int32
	who              int32
}

// happening is a moment that waits for what was promised, or for who receives.
type happening struct {
	moment int16
	key    uint32
	at     instant.Time
}

func (t *tally) prepare() {
	t.seen = make([]int32, len(t.m.Moments))
}

// count adds a person whose way was walked.
func (t *tally) count(w *walk, rows []row) {
	t.People++
	t.who++
	if k := w.here(); k >= 0 {
		t.Phases[k].Here++
		if e := t.m.Phases[k].Expect; e > 0 && w.enteredAt.Add(e) <= t.f.AsOf {
			t.Phases[k].Overdue++
		}
	}
	for i := range w.passages {
		p := &w.passages[i]
		if !t.f.within(p.Entered) {
			continue
		}
		c := &t.Phases[p.Phase]
		c.Entered++
		switch p.End {
		case On:
			c.On++
		case Waiting:
			c.Waiting++
		case Out:
			c.Out++
			switch p.To {
			case LeftProgram:
				c.Left++
			case JustEnded:
				c.Ended++
			default:
				c.Exits[p.To]++
			}
		}
		d := p.Until.Sub(p.Entered)
		t.waits[p.Phase].add(d, p.End)
		t.stays[p.Phase].add(d, min(p.End, On)) // whichever ends it
	}
	k := len(t.Phases)
	for i := range w.steps {
		s := &w.steps[i]
		if !t.f.within(s.at) {
			continue
		}
		fl := &t.flows[int(s.from+1)*k+int(s.to)]
		fl.n++
		if s.from >= 0 {
			fl.after.add(s.after, On)
		}
		if s.again {
			t.Phases[s.to].Again++
			if s.to < s.from {
				t.Phases[s.to].Back++
				t.backs[s.to] += s.lost
			}
		}
	}
	for _, j := range w.skips {
		t.Phases[j].Skipped++
	}
	t.moments(w, rows)
}

// moments counts what the person saw, what was promised and what was handed over.
func (t *tally) moments(w *walk, rows []row) {
	t.promised, t.handed = t.promised[:0], t.handed[:0]
	known := seconds(t.f.AsOf)
	for i := range rows {
		r := &rows[i]
		if r.at > t.f.AsOf {
			break
		}
		if r.known > known || int(r.what) >= len(t.moment) {
			continue
		}
		if t.feeling[r.what] {
			if int(r.level) < len(t.about) && t.about[r.level] >= 0 && t.f.within(r.at) {
				a := &t.Moments[t.about[r.level]].Asked
				a.N++
				a.Sum += float64(math.Float32frombits(r.value))
			}
			continue
		}
		if m := t.moment[r.what]; m >= 0 {
			t.see(m, r)
		}
	}
	for _, h := range t.promised {
		due := h.at.Add(t.within[h.moment])
		x := &t.Moments[h.moment]
		if due <= t.f.AsOf {
			x.Late++
		} else {
			x.Open++
		}
		t.promises[h.moment].add(t.f.AsOf.Sub(h.at), Waiting)
	}
	gone := w.here() < 0 && w.enrolled != 0
	for _, h := range t.handed {
		x := &t.HandOffs[h.moment]
		if gone {
			x.Left++
			t.handoffs[h.moment].add(max(w.exitedAt, w.quit, h.at).Sub(h.at), Out)
		} else {
			x.Waiting++
			t.handoffs[h.moment].add(t.f.AsOf.Sub(h.at), Waiting)
		}
	}
}

func (t *tally) see(m int16, r *row) {
	// What was promised is kept by the first that follows; of a moment seen again before, the newest counts.
	for i := 0; i < len(t.promised); {
		h := t.promised[i]
		if !contains(t.promisedBy[m], h.moment) || t.keyed[h.moment] && h.key != r.value || r.at <= h.at {
			i++
			continue
		}
		x := &t.Moments[h.moment]
		if r.at.Sub(h.at) < t.within[h.moment] {
			x.Kept++
		} else {
			x.KeptLate++
		}
		t.promises[h.moment].add(r.at.Sub(h.at), On)
		t.promised = drop(t.promised, i)
	}
	for i := 0; i < len(t.handed); {
		h := t.handed[i]
		if !contains(t.receivedFor[m], h.moment) || r.at <= h.at {
			i++
			continue
		}
		t.HandOffs[h.moment].Received++
		t.handoffs[h.moment].add(r.at.Sub(h.at), On)
		t.handed = drop(t.handed, i)
	}
	if !t.f.within(r.at) {
		return
	}
	x := &t.Moments[m]
	x.Seen++
	if t.seen[m] != t.who {
		t.seen[m] = t.who
		x.People++
	}
	moment := &t.m.Moments[m]
	if moment.Then != nil && !t.again(m, r) {
		x.Made++
		t.promised = append(t.promised, happening{m, r.value, r.at})
	}
	if moment.To != "" && t.receives[m] {
		t.HandOffs[m].Sent++
		t.handed = append(t.handed, happening{m, r.value, r.at})
	}
}

// again lets a promise that is open run from now, if the moment that made it is seen anew.
func (t *tally) again(m int16, r *row) bool {
	for i := range t.promised {
		if h := &t.promised[i]; h.moment == m && (!t.keyed[m] || h.key == r.value) {
			h.at = r.at
			return true
		}
	}
	return false
}

func contains(all []int16, x int16) bool {
	for _, y := range all {
		if x == y {
			return true
		}
	}
	return false
}

func drop(all []happening, i int) []happening {
	all[i] = all[len(all)-1]
	return all[:len(all)-1]
}
