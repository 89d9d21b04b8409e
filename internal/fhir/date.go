package fhir

import (
	"attune/core/instant"
)

// precision is how much of a date FHIR lets people leave out.
type precision uint8

const (
	toYear precision = iota + 1
	toMonth
	toDay
	toTime
)

// moment is a FHIR date, dateTime or instant: when its period begins on the zone's clock and how long that is. What
// has no offset is on the zone's clock. An instant of exactly zero is moved by a millisecond, since zero is
// unknown.
func parseDate(s string, zone *instant.Zone) (at instant.Time, p precision, ok bool) {
	date, p, rest, ok := parseDay(s)
	if !ok {
		return 0, 0, false
	}
	if p != toDay || rest == "" {
		return known(zone.Begins(date.Days())), p, rest == ""
	}
	ofDay, rest, ok := parseTime(rest)
	if !ok {
		return 0, 0, false
	}
	local := instant.Time(date.Days() * int64(instant.Day)).Add(ofDay)
	if rest == "" {
		return known(zone.NextAt(zone.Begins(date.Days()), ofDay, nil)), toTime, true
	}
	offset, ok := parseOffset(rest)
	return known(local.Add(-offset)), toTime, ok
}

func known(t instant.Time) instant.Time {
	if t == 0 {
		return 1
	}
	return t
}

// parseDay reads a year, a month of a year, or a day; what follows a day begins with T.
func parseDay(s string) (d instant.Date, p precision, rest string, ok bool) {
	year, ok := digits(s, 0, 4)
	if !ok || year == 0 {
		return d, 0, "", false
	}
	d = instant.Date{Year: year, Month: 1, Day: 1}
	if len(s) == 4 {
		return d, toYear, "", true
	}
	month, ok := digits(s, 5, 2)
	if !ok || s[4] != '-' || month < 1 || month > 12 {
		return d, 0, "", false
	}
	d.Month = month
	if len(s) == 7 {
		return d, toMonth, "", true
	}
	if len(s) < 10 {
		return d, 0, "", false
	}
	if d, ok = instant.ParseDate(s[:10]); !ok || len(s) > 10 && s[10] != 'T' {
		return d, 0, "", false
	}
	return d, toDay, s[10:], true
}

// parseTime reads "T22:30:00" with or without a fraction. A leap second is taken for the one before it.
func parseTime(s string) (ofDay instant.Duration, rest string, ok bool) {
	hour, ok1 := digits(s, 1, 2)
	minute, ok2 := digits(s, 4, 2)
	second, ok3 := digits(s, 7, 2)
	if !ok1 || !ok2 || !ok3 || s[3] != ':' || s[6] != ':' || hour > 23 || minute > 59 || second > 60 {
		return 0, "", false
	}
	ofDay = instant.Duration(hour)*instant.Hour + instant.Duration(minute)*instant.Minute + instant.Duration(min(second, 59))*instant.Second
	rest = s[9:]
	if rest == "" || rest[0] != '.' {
		return ofDay, rest, true
	}
	unit, n := 100*instant.Millisecond, 1
	for ; n < len(rest) && rest[n] >= '0' && rest[n] <= '9'; n++ {
		ofDay += instant.Duration(rest[n]-'0') * unit
		unit /= 10
	}
	return ofDay, rest[n:], n > 1
}

// parseOffset reads "Z", "+05:45" or "-08:00".
func parseOffset(s string) (instant.Duration, bool) {
	if s == "Z" {
		return 0, true
	}
	hour, ok1 := digits(s, 1, 2)
	minute, ok2 := digits(s, 4, 2)
	if !ok1 || !ok2 || len(s) != 6 || s[3] != ':' || hour > 14 || minute > 59 {
		return 0, false
	}
	offset := instant.Duration(hour)*instant.Hour + instant.Duration(minute)*instant.Minute
	if s[0] == '-' {
		return -offset, true
	}
	return offset, s[0] == '+'
}

// digits reads n digits from an offset on.
func digits(s string, from, n int) (v int, ok bool) {
	if len(s) < from+n {
		return 0, false
	}
	for _, c := range []byte(s[from : from+n]) {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int(c-'0')
	}
	return v, true
}

// after is when a period ends that is given to a precision: a day ends when the next begins.
func after(s string, zone *instant.Zone) instant.Time {
	d, p, _, ok := parseDay(s)
	if !ok {
		return 0
	}
	switch p {
	case toYear:
		d.Year++
	case toMonth:
		if d.Month++; d.Month > 12 {
			d.Year, d.Month = d.Year+1, 1
		}
	case toDay:
		return known(zone.Begins(d.Days() + 1))
	case toTime:
	}
	return known(zone.Begins(d.Days()))
}
