package explain

import (
	"strconv"

	"attune/core/instant"
)

// counted writes a number of things: 1 day, 14 days.
func counted(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return grouped(n) + " " + thing + "s"
}

// grouped writes a number with a comma at the thousands.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for at := len(s) - 3; at > 0 && s[at-1] != '-'; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}

// span writes a duration in the largest unit that leaves no remainder.
func span(d instant.Duration) string {
	n, unit := units(d)
	return counted(n, unit)
}

func units(d instant.Duration) (int64, string) {
	for _, u := range []struct {
		d    instant.Duration
		name string
	}{{instant.Day, "day"}, {instant.Hour, "hour"}, {instant.Minute, "minute"}, {instant.Second, "second"}} {
		if d != 0 && d%u.d == 0 {
			return int64(d / u.d), u.name
		}
	}
	return int64(d), "millisecond"
}

// latest says a window that ends now.
func latest(d instant.Duration) string {
	n, unit := units(d)
	if n == 1 {
		return "in the last " + unit
	}
	return "in the last " + span(d)
}

// times says how often.
func times(n int64) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return grouped(n) + " times"
}

func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// clock writes a time of day.
func clock(d instant.Duration) string {
	two := func(n int64) string { return strconv.FormatInt(n/10, 10) + strconv.FormatInt(n%10, 10) }
	return two(int64(d/instant.Hour)) + ":" + two(int64(d%instant.Hour/instant.Minute))
}
