package delivery

import (
	"cmp"
	"log/slog"
	"slices"
	"strings"

	"attune/core/instant"
)

// Ceiling bounds how many touches of one engagement, whatever their class, are handed over for the first
// time within an hour and within a day. What is above it waits, and may expire. Zero is no bound.
type Ceiling struct{ Hour, Day int }

// Raise lets an engagement go above its ceiling until an instant: To in an hour, and To in a day, where the
// ceiling is lower.
type Raise struct {
	Program, Engagement string
	To                  int
	Until               instant.Time
}

// Stream is what one engagement says: how much of it began lately, and what holds it back.
type Stream struct {
	Program, Engagement string
	// Hour and Day are how many were handed over for the first time within them.
	Hour, Day int
	// Ceiling is what holds now, and Raised until when it is so; zero where nobody raised it.
	Ceiling Ceiling
	Raised  instant.Time
	// Held are those that are due and wait because of it, and Opens when the next may go.
	Held  int
	Opens instant.Time
}

// ceilings are those of all engagements.
type ceilings struct {
	all     Ceiling
	raises  []Raise
	streams map[[2]string]*stream
	logger  *slog.Logger
}

func (c *ceilings) stream(program, engagement string) *stream {
	s, known := c.streams[[2]string{program, engagement}]
	if !known {
		s = &stream{in: c, program: program, engagement: engagement}
		c.streams[[2]string{program, engagement}] = s
	}
	return s
}

// stream counts what began of one engagement, by the minute.
type stream struct {
	in                  *ceilings
	program, engagement string
	// minutes are those of the last day in which something began, the oldest first; those from recent on are
	// of the last hour. Hour and day are their sums.
	minutes           []minute
	recent, hour, day int
	// asked are gates under way.
	asked int
	// warned is when operators were told last that it is at its ceiling.
	warned instant.Time
}

type minute struct {
	nth   int64
	began int
}

// A minute counts until its end is an hour, or a day, ago.
const (
	perHour = 60 + 1
	perDay  = 24*60 + 1
)

func minuteOf(t instant.Time) int64 { return int64(t) / int64(instant.Minute) }

func (s *stream) began(at instant.Time) {
	nth := minuteOf(at)
	if n := len(s.minutes); n > 0 && s.minutes[n-1].nth >= nth {
		s.minutes[n-1].began++
	} else {
		s.minutes = append(s.minutes, minute{nth, 1})
	}
	s.hour++
	s.day++
}

// pass forgets what is too long ago.
func (s *stream) pass(now instant.Time) {
	nth := minuteOf(now)
	for s.recent < len(s.minutes) && s.minutes[s.recent].nth <= nth-perHour {
		s.hour -= s.minutes[s.recent].began
		s.recent++
	}
	for len(s.minutes) > 0 && s.minutes[0].nth <= nth-perDay {
		s.day -= s.minutes[0].began
		s.minutes = s.minutes[1:]
		s.recent--
	}
}

// ceiling is what holds at an instant, and until when it is raised.
func (s *stream) ceiling(now instant.Time) (c Ceiling, raised instant.Time) {
	c = s.in.all
	for _, r := range s.in.raises {
		if r.Program != s.program || r.Engagement != s.engagement || r.Until <= now {
			continue
		}
		raised = max(raised, r.Until)
		if c.Hour > 0 {
			c.Hour = max(c.Hour, r.To)
		}
		if c.Day > 0 {
			c.Day = max(c.Day, r.To)
		}
	}
	return c, raised
}

// opens is when one more may begin: no later than now where it may, and Never where that hangs on gates under
// way.
func (s *stream) opens(now instant.Time) instant.Time {
	s.pass(now)
	c, _ := s.ceiling(now)
	return max(frees(s.minutes[s.recent:], s.hour+s.asked, c.Hour, perHour), frees(s.minutes, s.day+s.asked, c.Day, perDay))
}

func frees(minutes []minute, count, most int, span int64) instant.Time {
	if most == 0 || count < most {
		return 0
	}
	for _, m := range minutes {
		if count -= m.began; count < most {
			return instant.Time((m.nth + span) * int64(instant.Minute))
		}
	}
	return instant.Never
}

// full tells whether nothing more of it may begin now. Operators are told when that holds something back,
// once a day and once more after a raise.
func (s *stream) full(now instant.Time) bool {
	if s.opens(now) <= now {
		return false
	}
	c, _ := s.ceiling(now)
	atMost := c.Hour > 0 && s.hour >= c.Hour || c.Day > 0 && s.day >= c.Day // not only by gates under way
	if atMost && (s.warned == 0 || now.Sub(s.warned) >= instant.Day) {
		s.warned = now
		s.in.logger.Warn("an engagement is at its ceiling: the others wait until somebody looks, and two people raise it with attune ceiling raise",
			"program", s.program, "rule", s.engagement, "count", s.day)
	}
	return true
}

// Began counts a touch of an engagement that was handed over for the first time before this process was.
// Call it in the order of time.
func (d *Delivery) Began(program, engagement string, at instant.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ceilings.stream(program, engagement).began(at)
}

// SetRaises says which engagements may go above their ceilings from here on.
func (d *Delivery) SetRaises(raises []Raise) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ceilings.raises = slices.Clone(raises)
	for _, r := range raises {
		d.ceilings.stream(r.Program, r.Engagement).warned = 0
	}
}

// Streams tells of the engagements that said something within a day, or that have something due, by program
// and name.
func (d *Delivery) Streams() (out []Stream) {
	d.mu.Lock()
	defer d.mu.Unlock()
	held := map[*stream]int{}
	for _, l := range d.lines {
		if l.stream != nil && !l.paused {
			held[l.stream] += len(l.due.list)
		}
	}
	for _, s := range d.ceilings.streams {
		opens := s.opens(d.now)
		c, raised := s.ceiling(d.now)
		if s.day == 0 && raised == 0 {
			continue
		}
		x := Stream{Program: s.program, Engagement: s.engagement, Hour: s.hour, Day: s.day, Ceiling: c, Raised: raised}
		if opens > d.now {
			x.Held, x.Opens = held[s], opens
		}
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b Stream) int {
		return cmp.Or(strings.Compare(a.Program, b.Program), strings.Compare(a.Engagement, b.Engagement))
	})
	return out
}
