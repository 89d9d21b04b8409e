package delivery

import "attune/core/instant"

// breaker stops asking a carrier that fails for everybody. It opens after failures in a row, or when a
// large part of a minute fails; it waits, then lets single attempts through, and closes with the first
// that is answered. It has no clock.
type breaker struct {
	// row counts failures since the last answer.
	row int
	// since is when the minute began that failed and answered count.
	since            instant.Time
	failed, answered int
	// wait is how long it stays open each time; 0 while it is closed. until is when single attempts begin.
	wait  instant.Duration
	until instant.Time
}

// Failures in a row, or this share of a minute's attempts where there were enough, open a breaker.
const (
	failuresInRow   = 10
	failuresEnough  = 20
	failuresShare   = 0.5
	failuresMinute  = instant.Minute
	shortestOpening = 30 * instant.Second
	longestOpening  = 5 * instant.Minute
)

// Health is how a channel's carrier does.
type Health string

// A carrier is asked, not asked, or asked with one attempt at a time.
const (
	Closed   Health = "closed"
	Open     Health = "open"
	HalfOpen Health = "half-open"
)

func (b *breaker) health(now instant.Time) Health {
	switch {
	case b.wait == 0:
		return Closed
	case now < b.until:
		return Open
	}
	return HalfOpen
}

// done takes in what became of an attempt.
func (b *breaker) done(ok bool, now instant.Time) {
	if b.wait > 0 {
		switch {
		case ok:
			*b = breaker{}
		case now >= b.until:
			b.open(now)
		}
		return
	}
	if now.Sub(b.since) >= failuresMinute {
		b.since, b.failed, b.answered = now, 0, 0
	}
	if ok {
		b.row = 0
		b.answered++
		return
	}
	b.row++
	b.failed++
	all := b.failed + b.answered
	if b.row >= failuresInRow || all >= failuresEnough && float64(b.failed) >= failuresShare*float64(all) {
		b.open(now)
	}
}

func (b *breaker) open(now instant.Time) {
	b.wait = min(max(2*b.wait, shortestOpening), longestOpening)
	b.until = now.Add(b.wait)
}
