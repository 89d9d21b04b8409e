package delivery

import (
	"cmp"
	"container/heap"

	"attune/core/channel"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
)

// entry is a touch that waits for its gate.
type entry struct {
	touch  id.Key
	person id.Person
	due    instant.Time
	// from is when it is looked at: when it is due, or when its team's hours open.
	from  instant.Time
	value float64
	tried bool
	// outranked tells that it was said of it that others took the places of a day.
	outranked bool
	line      *line
	// in is the heap that has it, and place where.
	in    *waiting
	place int
}

// line is what waits for one engagement, of one journey or none, in one class over one channel, the first time or again: what holds one of it back holds
// all of it.
type line struct {
	program, engagement, journey string
	class                        channel.Class
	lane                         *lane
	// due are those whose time has come, the most pressing first.
	due waiting
	// team carries it, where people do whose days are bounded: only what got a place in one is due.
	team *Team
	// paused tells that somebody stopped it.
	paused bool
	// stream counts what begins of the engagement; nil for touches that were tried before.
	stream *stream
	// count is how many wait, due or not.
	count int
}

type lineOf struct {
	program, engagement, journey, channel string
	class                                 channel.Class
	// tried tells that they were in flight before: those do not count towards a ceiling.
	tried bool
}

// held tells whether nothing of a line that has something due may go.
func (l *line) held(now instant.Time) bool {
	return l.paused || l.stream != nil && l.stream.full(now)
}

// opens is when its ceiling lets the next go.
func (l *line) opens(now instant.Time) instant.Time {
	if l.stream == nil {
		return 0
	}
	return l.stream.opens(now)
}

// queue keeps what waits. The zero value is not ready: see newQueue.
type queue struct {
	of    map[id.Person][]*entry
	later waiting
}

func newQueue() queue { return queue{of: map[id.Person][]*entry{}, later: waiting{less: sooner}} }

// put notes a touch that waits.
func (q *queue) put(p id.Person, w person.Waiting, l *line) {
	e := &entry{touch: w.Touch, person: p, due: w.Due, from: w.Due, value: w.Value, tried: w.Tried, outranked: w.Outranked, line: l}
	q.of[p] = append(q.of[p], e)
	l.count++
	q.later.put(e)
}

// clear forgets what a person waits for.
func (q *queue) clear(p id.Person) {
	for _, e := range q.of[p] {
		e.in.take(e)
		e.line.count--
	}
	delete(q.of, p)
}

// take takes one touch out.
func (q *queue) take(e *entry) {
	e.in.take(e)
	e.line.count--
	rest := q.of[e.person][:0]
	for _, x := range q.of[e.person] {
		if x != e {
			rest = append(rest, x)
		}
	}
	if len(rest) == 0 {
		delete(q.of, e.person)
		return
	}
	q.of[e.person] = rest
}

// advance lets what is to be looked at stand where it belongs.
func (q *queue) advance(now instant.Time, stand func(*entry)) {
	for e := q.later.first(); e != nil && e.from <= now; e = q.later.first() {
		q.later.take(e)
		stand(e)
	}
}

// waiting is a heap of entries.
type waiting struct {
	list []*entry
	less func(a, b *entry) bool
}

// sooner orders by when they are looked at.
func sooner(a, b *entry) bool {
	if a.from != b.from {
		return a.from < b.from
	}
	return string(a.touch[:]) < string(b.touch[:])
}

// pressing orders what is due: the longest first, and by value what fell due within one minute, so that
// value counts when many windows open and nothing waits for ever.
func pressing(a, b *entry) bool {
	if by := cmp.Or(cmp.Compare(a.due/instant.Time(instant.Minute), b.due/instant.Time(instant.Minute)), cmp.Compare(b.value, a.value)); by != 0 {
		return by < 0
	}
	return sooner(a, b)
}

func (w *waiting) first() *entry {
	if len(w.list) == 0 {
		return nil
	}
	return w.list[0]
}

func (w *waiting) put(e *entry) {
	e.in = w
	heap.Push((*entries)(w), e)
}

func (w *waiting) take(e *entry) {
	heap.Remove((*entries)(w), e.place)
	e.in = nil
}

// entries is a waiting as container/heap wants it.
type entries waiting

func (h *entries) Len() int           { return len(h.list) }
func (h *entries) Less(i, j int) bool { return h.less(h.list[i], h.list[j]) }
func (h *entries) Swap(i, j int) {
	h.list[i], h.list[j] = h.list[j], h.list[i]
	h.list[i].place, h.list[j].place = i, j
}

func (h *entries) Push(x any) {
	e := x.(*entry)
	e.place = len(h.list)
	h.list = append(h.list, e)
}

func (h *entries) Pop() any {
	last := len(h.list) - 1
	e := h.list[last]
	h.list[last] = nil
	h.list = h.list[:last]
	return e
}
