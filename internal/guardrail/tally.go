package guardrail

import (
	"maps"
	"slices"
	"sync"

	"attune/core/effect"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/policy"
)

// Block is for how long people are counted together, and Within how long after a message somebody who is lost is
// laid to it. A block can so change until the one after it is over.
const (
	Block  = 30 * instant.Day
	Within = 30 * instant.Day
)

// Lost are the people who were written to in a block, and those of them who were lost after it.
type Lost struct {
	People int         `json:"people"`
	Lost   [losses]int `json:"lost"`
}

// Count is how a program's people fared since the count began.
type Count struct {
	// Since is when it began.
	Since instant.Time
	// Final are the first blocks, which nothing changes any more.
	Final []Lost
	// Open are the blocks after them.
	Open []Lost

	people  map[id.Person]*written
	stopped map[stopped]bool
}

// written is somebody who was written to in an open block. A loss is counted in the block of the newest message that
// it may follow from, so that no block's count needs what was said before the first open one.
type written struct {
	blocks   []block
	messages []message
}

// block tells in which ways somebody who was written to in it was lost.
type block struct {
	n    int
	lost [losses]bool
}

// stopped is an address that was stopped after a message of a block.
type stopped struct {
	address uint64
	block   int
}

type message struct {
	touch   uint64
	at      instant.Time
	block   int
	purpose string
}

// mostMessages is how many messages of a program to one person are remembered.
const mostMessages = 32

// Tally counts for all programs. It may be used from any goroutine.
type Tally struct {
	// Guarded tells whether a program is counted. It is asked with each message.
	Guarded func(program string) bool

	mu     sync.Mutex
	counts map[string]*Count
	newest instant.Time
}

// Begin begins a program's count at an instant, with the blocks that are known to be final.
func (t *Tally) Begin(program string, since instant.Time, final []Lost) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.begin(program, since, final)
}

func (t *Tally) begin(program string, since instant.Time, final []Lost) *Count {
	if t.counts == nil {
		t.counts = map[string]*Count{}
	}
	c := &Count{Since: since, Final: final, people: map[id.Person]*written{}, stopped: map[stopped]bool{}}
	t.counts[program] = c
	return c
}

// Take takes in a part of a commit. It tells whether somebody was counted as lost, and whether a count began or
// a block became final, which is to be kept.
func (t *Tally) Take(p Part) (lost, keep bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.newest = max(t.newest, p.At)
	merges := effect.Merges(p.Effects) // nobody came into a crisis by that
	for _, e := range p.Effects {
		switch e := e.(type) { //nolint:gochecksumtype // no other effect has to do with it
		case effect.Send:
			if t.Guarded(e.Program) {
				keep = t.wrote(p, &e) || keep
			}
		case effect.Hold:
			if e.On && e.Hold == policy.CrisisHold && !merges {
				lost = t.lost(p, lostAt(p.At)) || lost
			}
		}
	}
	for _, e := range p.Heard {
		if l, is := lostBy(e); is {
			lost = t.lost(p, l) || lost
		}
	}
	return lost, keep
}

func lostAt(at instant.Time) lost { return lost{loss: Crisis, at: at} }

// wrote takes in a message.
func (t *Tally) wrote(p Part, s *effect.Send) (keep bool) {
	c := t.counts[s.Program]
	if c == nil {
		c, keep = t.begin(s.Program, p.At, nil), true
	}
	if p.At < c.Since {
		return keep
	}
	keep = c.roll(t.newest) || keep
	b := c.block(p.At)
	if b < len(c.Final) {
		return keep
	}
	w := c.people[p.Person]
	if w == nil {
		w = &written{}
		c.people[p.Person] = w
	}
	if n := len(w.blocks); n == 0 || w.blocks[n-1].n < b {
		w.blocks = append(w.blocks, block{n: b})
		c.open(b).People++
	}
	add := func(touch id.Key, purpose string) {
		if len(w.messages) == mostMessages {
			w.messages = append(w.messages[:0], w.messages[1:]...)
		}
		w.messages = append(w.messages, message{touch.Short(), p.At, b, purpose})
	}
	add(s.Touch, s.Purpose)
	for i := range s.Parts {
		add(s.Parts[i].Touch, s.Parts[i].Purpose)
	}
	return keep
}

// lost takes in a loss, for each program that wrote to the person before.
func (t *Tally) lost(p Part, l lost) (counted bool) {
	for _, c := range t.counts {
		w := c.people[p.Person]
		if w == nil {
			continue
		}
		b := w.because(l)
		if b == nil || b.lost[l.loss] {
			continue
		}
		if l.address != 0 {
			if c.stopped[stopped{l.address, b.n}] {
				continue // they share the address with somebody who is counted
			}
			c.stopped[stopped{l.address, b.n}] = true
		}
		b.lost[l.loss] = true
		c.open(b.n).Lost[l.loss]++
		counted = true
	}
	return counted
}

// because is the block of the newest message that a loss may follow from, nil where there is none.
func (w *written) because(l lost) *block {
	for _, m := range slices.Backward(w.messages) {
		if m.at > l.at || l.at >= m.at.Add(Within) || (l.touch != 0 && l.touch != m.touch) || (l.purpose != "" && l.purpose != m.purpose) {
			continue
		}
		for i := range w.blocks {
			if w.blocks[i].n == m.block {
				return &w.blocks[i]
			}
		}
	}
	return nil
}

// block is the one that an instant is in.
func (c *Count) block(at instant.Time) int { return int(at.Sub(c.Since) / Block) }

// open is a block that may still change.
func (c *Count) open(b int) *Lost {
	for len(c.Final)+len(c.Open) <= b {
		c.Open = append(c.Open, Lost{})
	}
	return &c.Open[b-len(c.Final)]
}

// roll makes blocks final, and forgets who was written to in them.
func (c *Count) roll(now instant.Time) (rolled bool) {
	for now >= c.Since.Add(instant.Duration(len(c.Final)+2)*Block) {
		first := *c.open(len(c.Final))
		c.Final, c.Open, rolled = append(c.Final, first), c.Open[1:], true
	}
	if !rolled {
		return false
	}
	final := len(c.Final)
	for who, w := range c.people {
		w.blocks = slices.DeleteFunc(w.blocks, func(b block) bool { return b.n < final })
		w.messages = slices.DeleteFunc(w.messages, func(m message) bool { return m.block < final })
		if len(w.blocks) == 0 {
			delete(c.people, who)
		}
	}
	maps.DeleteFunc(c.stopped, func(s stopped, _ bool) bool { return s.block < final })
	return true
}

// OpenSince is when the first block began that may still change: what was said before it is not to be read again.
func (c *Count) OpenSince() instant.Time {
	return c.Since.Add(instant.Duration(len(c.Final)) * Block)
}

// Counts are all counts, copied.
func (t *Tally) Counts() map[string]Count {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make(map[string]Count, len(t.counts))
	for program, c := range t.counts {
		out[program] = Count{Since: c.Since, Final: append([]Lost(nil), c.Final...), Open: append([]Lost(nil), c.Open...)}
	}
	return out
}
