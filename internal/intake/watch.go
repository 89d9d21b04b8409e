package intake

import (
	"hash/maphash"
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode"

	"attune/core/event"
	"attune/core/instant"
)

// What became of an event that came.
const (
	// WasTaken is one that rules may use, WasUndeclared one of a name that nobody declared; both are in the log.
	WasTaken      = "taken"
	WasUndeclared = "undeclared"
	// WasRepeated has the id of an event that came before. It is in the log, and counts once.
	WasRepeated = "repeated"
	// WasQuarantined could not be used.
	WasQuarantined = "quarantined"
)

const (
	// watchedLines is how many of the newest arrivals are remembered, and watchedIDs of how many ids of one source it is known that they came.
	watchedLines = 100
	watchedIDs   = 5_000
	// watchedSources bounds the sources; those beyond are not told apart.
	watchedSources = 200
)

// Watch remembers what came lately, in memory alone: names of events and numbers, and nothing of whose they are or what they say. The zero
// value is ready; nil remembers nothing.
type Watch struct {
	mu      sync.Mutex
	seed    maphash.Seed
	since   instant.Time
	sources map[string]*heard
	lines   []Line
	seq     int64
}

// Line is an event that came.
type Line struct {
	// Seq grows with each.
	Seq    int64
	At     instant.Time
	Source string
	// Event is its name; empty where it has none that can be shown.
	Event string
	// Became is one of WasTaken, WasUndeclared, WasRepeated and WasQuarantined; of the last, Field and Reason say why.
	Became        string
	Field, Reason string
}

// HeardOf is what came from a source since the process began.
type HeardOf struct {
	Source string
	// Last is when the newest came.
	Last instant.Time
	// Minute and Hour are how many came in the last 60 seconds and minutes, Today since midnight, UTC.
	Minute, Hour, Today int64
	// Taken are in the log; Undeclared and Repeated are of them. Quarantined could not be used.
	Taken, Undeclared, Repeated, Quarantined int64
}

type heard struct {
	HeardOf
	// seconds and minutes count what came in each of the last 60, by their number; day is today's.
	seconds, minutes span
	day              int64
	// came are hashes of the newest ids, and next is which of them gives way.
	came map[uint64]bool
	ids  []uint64
	next int
}

// span counts in 60 parts of equal length.
type span struct {
	part [60]int64
	n    [60]int64
}

func (s *span) add(part int64) {
	k := part % 60
	if s.part[k] != part {
		s.part[k], s.n[k] = part, 0
	}
	s.n[k]++
}

func (s *span) sum(now int64) (n int64) {
	for k := range s.n {
		if s.part[k] > now-60 && s.part[k] <= now {
			n += s.n[k]
		}
	}
	return n
}

const (
	aSecond = 1000
	aMinute = 60 * aSecond
	aDay    = 24 * 60 * aMinute
)

// note takes in what was just made durable. What the server says to itself did not come from anywhere.
func (w *Watch) note(now instant.Time, source string, good []Arrival, bad []Quarantined, declared func(name string) bool) {
	if w == nil || source == event.Own {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sources == nil {
		w.sources, w.seed = map[string]*heard{}, maphash.MakeSeed()
	}
	if w.since == 0 {
		w.since = now
	}
	h := w.sources[source]
	if h == nil {
		if len(w.sources) >= watchedSources {
			return
		}
		h = &heard{HeardOf: HeardOf{Source: source}, came: map[uint64]bool{}}
		w.sources[source] = h
	}
	for k := range good {
		e := &good[k].Event
		line := Line{At: now, Source: source, Event: shownName(e.Name), Became: WasTaken}
		h.Taken++
		switch {
		case h.again(maphash.String(w.seed, e.ID)):
			line.Became = WasRepeated
			h.Repeated++
		case !declared(e.Name):
			line.Became = WasUndeclared
		}
		if !declared(e.Name) {
			h.Undeclared++
		}
		w.line(h, line)
	}
	for k := range bad {
		h.Quarantined++
		w.line(h, Line{At: now, Source: source, Event: shownName(bad[k].name), Became: WasQuarantined, Field: bad[k].Field, Reason: bad[k].Reason})
	}
}

func (w *Watch) line(h *heard, l Line) {
	h.Last = max(h.Last, l.At)
	h.seconds.add(int64(l.At) / aSecond)
	h.minutes.add(int64(l.At) / aMinute)
	if day := int64(l.At) / aDay; day != h.day {
		h.day, h.Today = day, 0
	}
	h.Today++
	w.seq++
	l.Seq = w.seq
	if len(w.lines) >= watchedLines {
		w.lines = slices.Delete(w.lines, 0, len(w.lines)-watchedLines+1)
	}
	w.lines = append(w.lines, l)
}

// again tells whether an id came before, and remembers it.
func (h *heard) again(id uint64) bool {
	if h.came[id] {
		return true
	}
	h.came[id] = true
	if len(h.ids) < watchedIDs {
		h.ids = append(h.ids, id)
		return false
	}
	delete(h.came, h.ids[h.next])
	h.ids[h.next] = id
	h.next = (h.next + 1) % watchedIDs
	return false
}

// Sources tells of every source that was heard, by name, and since when it is counted; zero before anything came.
func (w *Watch) Sources(now instant.Time) (since instant.Time, all []HeardOf) {
	if w == nil {
		return 0, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(w.sources)) {
		h := w.sources[name]
		is := h.HeardOf
		is.Minute, is.Hour = h.seconds.sum(int64(now)/aSecond), h.minutes.sum(int64(now)/aMinute)
		if int64(now)/aDay != h.day {
			is.Today = 0
		}
		all = append(all, is)
	}
	return w.since, all
}

// Newest are the newest arrivals, the oldest of them first.
func (w *Watch) Newest() []Line {
	if w == nil {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.lines)
}

// shownName is a name as it may stand in a line; empty where it is none.
func shownName(s string) string {
	if len(s) > MaxName || strings.ContainsFunc(s, unicode.IsControl) {
		return ""
	}
	return s
}
