package delivery

import "attune/core/instant"

// pace is a token bucket that is told the time: so many a second, and as many at once after a rest. A
// rate of zero bounds nothing.
type pace struct {
	// every is the time between two, burst how much of it may be saved up, and next when the bucket is
	// full again; in milliseconds, with fractions.
	every, burst, next float64
}

func newPace(perSecond float64) pace {
	if perSecond <= 0 {
		return pace{}
	}
	every := 1000 / perSecond
	return pace{every: every, burst: max(0, 1000-every)}
}

func (p *pace) rate() float64 {
	if p.every == 0 {
		return 0
	}
	return 1000 / p.every
}

// at is the earliest instant at which one may go.
func (p *pace) at() instant.Time {
	if p.every == 0 {
		return 0
	}
	at := instant.Time(p.next - p.burst)
	if float64(at) < p.next-p.burst {
		at++
	}
	return max(0, at)
}

// take lets one go, and back says that it did not go after all.
func (p *pace) take(now instant.Time) { p.next = max(p.next, float64(now)) + p.every }
func (p *pace) back()                 { p.next -= p.every }
