package mine

import (
	"attune/core/instant"
)

// second is one, in the log's nanoseconds.
const second = int64(1_000_000_000)

// clock reads times.
type clock struct {
	// zone is that of times which name none; nil is UTC.
	zone *instant.Zone
}

// read reads an ISO 8601 time: 2026-11-23, with T or a space 10:04, :05, a fraction of a second, and
// Z, +01, +0100 or +01:00. bare tells that it named no zone.
func (k *clock) read(b []byte) (at int64, bare, ok bool) {
	if len(b) < 10 {
		return 0, false, false
	}
	date, ok := instant.ParseDate(string(b[:10]))
	if !ok || date.Year < 1678 || date.Year > 2261 { // what 64 bits of nanoseconds hold
		return 0, false, false
	}
	sec := date.Days() * 86400
	b = b[10:]
	if len(b) == 0 {
		return k.in(sec, 0), true, true
	}
	if (b[0] != 'T' && b[0] != ' ' && b[0] != 't') || len(b) < 6 || b[3] != ':' {
		return 0, false, false
	}
	hour, minute, s := digits(b[1:3]), digits(b[4:6]), 0
	b = b[6:]
	var nano int64
	if len(b) >= 3 && b[0] == ':' {
		s = digits(b[1:3])
		b = b[3:]
		if len(b) > 1 && (b[0] == '.' || b[0] == ',') {
			scale, i := second, 1
			for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
				if scale /= 10; scale > 0 {
					nano += int64(b[i]-'0') * scale
				}
			}
			if i == 1 {
				return 0, false, false
			}
			b = b[i:]
		}
	}
	if hour < 0 || hour > 23 || minute < 0 || minute > 59 || s < 0 || s > 60 {
		return 0, false, false
	}
	sec += int64(hour*3600 + minute*60 + min(s, 59)) // a leap second is the one before
	if len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	switch {
	case len(b) == 0:
		return k.in(sec, nano), true, true
	case len(b) == 1 && (b[0] == 'Z' || b[0] == 'z'):
		return sec*second + nano, false, true
	case b[0] != '+' && b[0] != '-':
		return 0, false, false
	}
	var off int
	switch {
	case len(b) == 3:
		off = digits(b[1:3]) * 60
	case len(b) == 5:
		off = digits(b[1:3])*60 + digits(b[3:5])
	case len(b) == 6 && b[3] == ':':
		off = digits(b[1:3])*60 + digits(b[4:6])
	default:
		return 0, false, false
	}
	if off < 0 || off > 18*60 {
		return 0, false, false
	}
	if b[0] == '-' {
		off = -off
	}
	return (sec-int64(off)*60)*second + nano, false, true
}

// in is the time of a clock in the zone. What comes twice, in the hour that is set back, is the first
// of both; what does not come, in the hour that is left out, is as much later as the clock jumps.
func (k *clock) in(sec, nano int64) int64 {
	if k.zone == nil {
		return sec*second + nano
	}
	wall := instant.Time(sec * 1000)
	before, after := k.offset(wall.Add(-36*instant.Hour)), k.offset(wall.Add(36*instant.Hour))
	at := wall.Add(-before)
	if before != after && k.offset(at) != before {
		if later := wall.Add(-after); k.offset(later) == after {
			at = later
		}
	}
	return int64(at)*1_000_000 + nano
}

// offset is how far the zone's clocks are ahead of UTC.
func (k *clock) offset(t instant.Time) instant.Duration {
	ofDay, day, _ := k.zone.Local(t)
	return instant.Duration(day)*24*instant.Hour + ofDay - instant.Duration(t)
}

// digits reads a number; it is far below 0 for anything else.
func digits(b []byte) int {
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return -1 << 20
		}
		n = n*10 + int(c-'0')
	}
	return n
}
