package delivery

import (
	"attune/core/id"
	"attune/core/instant"
)

// lately are the attempts taken note of not long ago, so that being told of one twice hands it over
// once. They are kept for two to four times stale; older than stale none is handed over anyway. Keeping
// them in two halves makes forgetting cost nothing, however many there are.
type lately struct {
	is, was map[id.Key]struct{}
	// turn is when the older half is forgotten and the newer becomes it.
	turn instant.Time
}

// note takes note of an attempt, and tells whether it is new.
func (l *lately) note(attempt id.Key) bool {
	if _, again := l.is[attempt]; again {
		return false
	}
	if _, again := l.was[attempt]; again {
		return false
	}
	if l.is == nil {
		l.is = map[id.Key]struct{}{}
	}
	l.is[attempt] = struct{}{}
	return true
}

func (l *lately) forget(now instant.Time) {
	if now < l.turn {
		return
	}
	l.is, l.was = nil, l.is
	l.turn = now.Add(2 * stale)
}
