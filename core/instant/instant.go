package instant

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Time is an instant in milliseconds since 1970-01-01T00:00:00Z.
type Time int64

// Never lies after every instant: the horizon of an answer that cannot change by itself.
const Never Time = math.MaxInt64

// Duration is a span in milliseconds.
type Duration int64

// The units that programs write.
const (
	Millisecond Duration = 1
	Second               = 1000 * Millisecond
	Minute               = 60 * Second
	Hour                 = 60 * Minute
	Day                  = 24 * Hour
)

// Of converts a standard library time, dropping what is finer than a millisecond.
func Of(t time.Time) Time { return Time(t.UnixMilli()) }

// Parse reads an RFC 3339 timestamp, with or without a fraction of a second.
func Parse(s string) (Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a timestamp: write it as 2027-03-01T22:30:00Z", s)
	}
	return Of(t), nil
}

// Std converts to the standard library's time, in UTC.
func (t Time) Std() time.Time { return time.UnixMilli(int64(t)).UTC() }

// Add returns t + d. Never stays Never, and what would lie after it is Never too.
func (t Time) Add(d Duration) Time {
	sum := t + Time(d)
	if t == Never || d > 0 && sum < t {
		return Never
	}
	return sum
}

// Sub returns the span from u to t.
func (t Time) Sub(u Time) Duration { return Duration(t - u) }

// String writes RFC 3339 in UTC, with milliseconds only where there are some; Never is "never".
func (t Time) String() string {
	if t == Never {
		return "never"
	}
	if t%1000 == 0 {
		return t.Std().Format("2006-01-02T15:04:05Z")
	}
	return t.Std().Format("2006-01-02T15:04:05.000Z")
}

// ParseDuration reads a whole number and a unit: "90s", "15m", "36h", "7d", "2w".
func ParseDuration(s string) (Duration, error) {
	bad := func() (Duration, error) {
		return 0, fmt.Errorf("%q is not a duration: write a whole number and one of s, m, h, d, w, such as \"7d\"", s)
	}
	if len(s) < 2 {
		return bad()
	}
	n, err := strconv.ParseInt(s[:len(s)-1], 10, 64)
	if err != nil || n < 0 || s[0] == '+' || s[0] == '-' {
		return bad()
	}
	var unit Duration
	switch s[len(s)-1] {
	case 's':
		unit = Second
	case 'm':
		unit = Minute
	case 'h':
		unit = Hour
	case 'd':
		unit = Day
	case 'w':
		unit = 7 * Day
	default:
		return bad()
	}
	if n > int64(100*365*Day/unit) {
		return 0, fmt.Errorf("%q is longer than a hundred years", s)
	}
	return Duration(n) * unit, nil
}

// String writes the largest unit that leaves no remainder: "7d", "36h", "90s"; else milliseconds, "1500ms".
func (d Duration) String() string {
	for _, u := range []struct {
		d Duration
		s string
	}{{Day, "d"}, {Hour, "h"}, {Minute, "m"}, {Second, "s"}} {
		if d != 0 && d%u.d == 0 {
			return strconv.FormatInt(int64(d/u.d), 10) + u.s
		}
	}
	return strconv.FormatInt(int64(d), 10) + "ms"
}
