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
	// AtOnce bounds the hand-overs under way, and with them the gates asked ahead: as many, and besides as many as the
	// carrier took in the last tenth of a second.
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
	flow           flow
	lines          []*line
	share          share
}

func (l *lane) busy() int { return l.asked + len(l.ready) + l.running }

// reserve is how much of a lane only safety may use, so that it need not wait until others are done.
const reserve = 8

// most is how much of a lane a class may use.
func (l *lane) most(c channel.Class) int {
	if c == channel.Safety {
		return l.atOnce
	}
	return l.atOnce - l.atOnce/reserve
}

// room tells whether the gate may be asked for one more of a class. A carrier that takes much finds more of it ready,
// so that it does not wait for gates; nobody waits behind an open gate much longer for that.
func (l *lane) room(c channel.Class, now instant.Time) bool {
	most := l.most(c)
	switch l.breaker.health(now) {
	case Closed:
		most += min(l.flow.of(now), mostAhead*l.atOnce)
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

// mostAhead bounds the gates asked ahead, in times of what may be under way.
const mostAhead = 7

// flow counts what a carrier took in the last whole tenth of a second.
type flow struct {
	began     instant.Time
	now, last int
}

const flowSpan = 100 * instant.Millisecond

func (f *flow) of(now instant.Time) int {
	switch since := now.Sub(f.began); {
	case since >= 2*flowSpan:
		f.began, f.now, f.last = now, 0, 0
	case since >= flowSpan:
		f.began, f.now, f.last = f.began.Add(flowSpan), 0, f.now
	}
	return f.last
}

func (f *flow) took(now instant.Time) {
	f.of(now)
	f.now++
}

// urgent orders what was let through by class, and otherwise leaves it as it is.
func urgent(ready []job) {
	slices.SortStableFunc(ready, func(a, b job) int {
		return cmp.Compare(slices.Index(channel.Classes(), a.send.Class), slices.Index(channel.Classes(), b.send.Class))
	})
}
