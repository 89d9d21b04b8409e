package csvmap

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"attune/core/expr"
	"attune/core/instant"
)

// flaw is why a cell cannot be read. It repeats nothing of it.
type flaw struct{ reason, remedy string }

// read takes the value out of a cell; what is not there is Missing.
func (v *value) read(cell string, zone *instant.Zone) (expr.Value, *flaw) {
	s := strings.TrimSpace(cell)
	switch {
	case v.constant != "":
		s = v.constant
	case s == "":
		s = v.nothing
	case v.given != "":
		s = v.given
	}
	if means, named := v.values[s]; named {
		s = means
	}
	if s == "" {
		return expr.Value{}, nil
	}
	return v.convert(s, zone)
}

// most is what an entry may carry of one text, in bytes.
const most = 512

func (v *value) convert(s string, zone *instant.Zone) (expr.Value, *flaw) {
	switch v.as {
	case expr.Text, expr.Missing:
		if v.day {
			at, ok := v.moment(s, nil) // a birthday is the same day everywhere
			if !ok {
				return expr.Value{}, noDay()
			}
			s = at.Std().Format(time.DateOnly)
		}
		if len(s) > most {
			return expr.Value{}, &flaw{"the text is too long", fmt.Sprintf("shorten it to %d bytes, or leave the column out", most)}
		}
		return expr.TextOf(s), nil
	case expr.List:
		return v.list(s), nil
	case expr.Number, expr.Integer:
		return v.number(s)
	case expr.Flag:
		switch strings.ToLower(s) {
		case "true", "t", "yes", "y", "1":
			return expr.FlagOf(true), nil
		case "false", "f", "no", "n", "0":
			return expr.FlagOf(false), nil
		}
		return expr.Value{}, &flaw{"it is neither yes nor no", "write true or false, or say under values: what is meant"}
	case expr.Moment:
		at, ok := v.moment(s, zone)
		if !ok {
			return expr.Value{}, noDay()
		}
		return expr.MomentOf(at), nil
	}
	return expr.Value{}, &flaw{"nothing of this type can be read", "leave it out"}
}

func noDay() *flaw {
	return &flaw{"it is no day or time as the map says they are written", "mend it, or add its form under format:"}
}

func (v *value) list(s string) expr.Value {
	if v.split == "" {
		return expr.ListOf(s)
	}
	var items []string
	for part := range strings.SplitSeq(s, v.split) {
		if part = strings.TrimSpace(part); part != "" {
			items = append(items, part)
		}
	}
	return expr.ListOf(items...)
}

func (v *value) number(s string) (expr.Value, *flaw) {
	no := &flaw{"it is no number", "write it as 12 or 0.5, or say decimal: comma"}
	if v.comma {
		s = strings.Replace(s, ",", ".", 1)
	}
	if strings.Trim(s, "+-0123456789.eE") != "" {
		return expr.Value{}, no
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) {
		return expr.Value{}, no
	}
	if v.as == expr.Number {
		return expr.NumberOf(f), nil
	}
	if f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return expr.Value{}, &flaw{"it is no whole number", "write it without a fraction"}
	}
	return expr.IntegerOf(int64(f)), nil
}

// moment reads a day or time. What has no offset is on the zone's clock; a day is when it begins there.
func (v *value) moment(s string, zone *instant.Zone) (instant.Time, bool) {
	if len(v.formats) == 0 {
		return iso(s, zone)
	}
	for _, l := range v.formats {
		if at, ok := l.read(s, zone); ok {
			return at, true
		}
	}
	return 0, false
}

// iso reads 2027-03-01, and that with T or a space and a time, with or without seconds, fractions and an offset.
func iso(s string, zone *instant.Zone) (instant.Time, bool) {
	if len(s) > 10 && s[10] == ' ' {
		s = s[:10] + "T" + s[11:]
	}
	if len(s) > len("2027-03-01") {
		if at, err := instant.Parse(s); err == nil {
			return sure(at), true
		}
	}
	s, _, _ = strings.Cut(s, ".")
	for _, l := range [...]layout{{"YYYY-MM-DD"}, {"YYYY-MM-DDTHH:mm:ss"}, {"YYYY-MM-DDTHH:mm"}, {"YYYY-MM-DDTHH:mm:ssZ"}, {"YYYY-MM-DDTHH:mmZ"}} {
		if bare, utc := strings.CutSuffix(l.text, "Z"); utc {
			if at, ok := (layout{bare}).read(strings.TrimSuffix(s, "Z"), nil); ok && strings.HasSuffix(s, "Z") {
				return at, true
			}
			continue
		}
		if at, ok := l.read(s, zone); ok {
			return at, true
		}
	}
	return 0, false
}

// sure is the instant, where zero would mean that nobody knows.
func sure(t instant.Time) instant.Time {
	if t == 0 {
		return 1
	}
	return t
}

// layout is how a day or time is written: "DD.MM.YYYY HH:mm".
type layout struct{ text string }

func parseLayout(s string) (layout, error) {
	l := layout{s}
	if !strings.Contains(s, "YYYY") || !strings.Contains(s, "MM") || !strings.Contains(s, "DD") {
		return l, errors.New("the format lacks YYYY, MM or DD")
	}
	for _, part := range []string{"YYYY", "MM", "DD", "HH", "mm", "ss"} {
		if strings.Count(s, part) > 1 {
			return l, fmt.Errorf("the format has %s twice", part)
		}
	}
	return l, nil
}

// read reads what is written so. M, D and H may have one digit.
func (l layout) read(s string, zone *instant.Zone) (instant.Time, bool) {
	var year, month, day, hour, minute, second int
	for text := l.text; text != ""; {
		into, width := (*int)(nil), 2
		switch {
		case strings.HasPrefix(text, "YYYY"):
			into, width = &year, 4
		case strings.HasPrefix(text, "MM"):
			into = &month
		case strings.HasPrefix(text, "DD"):
			into = &day
		case strings.HasPrefix(text, "HH"):
			into = &hour
		case strings.HasPrefix(text, "mm"):
			into = &minute
		case strings.HasPrefix(text, "ss"):
			into = &second
		default:
			if s == "" || s[0] != text[0] {
				return 0, false
			}
			s, text = s[1:], text[1:]
			continue
		}
		text = text[width:]
		n := 0
		for n < len(s) && n < width && s[n] >= '0' && s[n] <= '9' {
			*into = *into*10 + int(s[n]-'0')
			n++
		}
		if n == 0 || width == 4 && n != 4 || n < width && strings.HasPrefix(text, "MM") {
			return 0, false
		}
		s = s[n:]
	}
	d, ok := instant.ParseDate(fmt.Sprintf("%04d-%02d-%02d", year, month, day))
	if s != "" || !ok || hour > 23 || minute > 59 || second > 60 {
		return 0, false
	}
	begins := zone.Begins(d.Days())
	ofDay := instant.Duration(hour)*instant.Hour + instant.Duration(minute)*instant.Minute + instant.Duration(min(second, 59))*instant.Second
	if ofDay == 0 {
		return sure(begins), true
	}
	return sure(zone.NextAt(begins, ofDay, nil)), true
}
