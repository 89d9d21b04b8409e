package delivery

import (
	"cmp"
	"slices"

	"attune/core/channel"
	"attune/core/instant"
)

// Limits bound what goes over a channel. Zero means the default.
type Limits struct {
	// Rate is how many messages a second may begin; zero is as many as there are.
	Rate float64
	// AtOnce bounds the hand-overs under way, and with them the gates asked ahead.
	AtOnce int
}

// lane is one channel and what goes over it.
type lane struct {
	name    string
	carrier Channel // nil where nobody carries it
	atOnce  int
	pace    pace
	breaker breaker
	// asked are gates under way, ready what they let through, and running what the carrier has now.
	asked, running int
	ready          []job
	lines          []*line
	share          share
}

func (l *lane) busy() int { return l.asked + len(l.ready) + l.running }

// reserve is how much of a lane only safety may use, so that it need not wait until others are done.
const reserve = 8

// room tells whether one more of a class may be begun.
func (l *lane) room(c channel.Class, now instant.Time) bool {
	most := l.atOnce
	if c != channel.Safety {
		most -= l.atOnce / reserve
	}
	switch l.breaker.health(now) {
	case Closed:
	case HalfOpen:
		most = 1
	case Open:
		return false
	}
	return l.busy() < most && l.pace.at() <= now
}

// opens is when something could be begun, were there room.
func (l *lane) opens() instant.Time { return max(l.pace.at(), l.breaker.until) }

// pick chooses the line whose first is next, among those that may go; nil where none may.
func (l *lane) pick(now instant.Time) *line {
	var best [classes]*line
	for _, x := range l.lines {
		first := x.due.first()
		if first == nil || x.held(now) || !l.room(x.class, now) {
			continue
		}
		if b := best[x.class]; b == nil || pressing(first, b.due.first()) {
			best[x.class] = x
		}
	}
	if best[channel.Safety] != nil {
		return best[channel.Safety]
	}
	c, any := l.share.next(func(c channel.Class) bool { return best[c] != nil })
	if !any {
		return nil
	}
	return best[c]
}

// urgent orders what was let through by class, and otherwise leaves it as it is.
func urgent(ready []job) {
	slices.SortStableFunc(ready, func(a, b job) int {
		return cmp.Compare(slices.Index(channel.Classes(), a.send.Class), slices.Index(channel.Classes(), b.send.Class))
	})
}
