package policy_test

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// clockSpan is a span of seconds in which a place's clocks stand offset seconds ahead of UTC.
type clockSpan struct{ from, offset int64 }

const (
	year2020 int64 = 1_577_836_800
	year2038 int64 = 2_145_916_800
)

// readPlaces reads the zone data that core/instant has, by a reader of its own (RFC 9636): it shares
// neither code nor the standard library's time package with what it is to judge.
func readPlaces(t *testing.T) (names []string, spans map[string][]clockSpan) {
	t.Helper()
	r, err := zip.OpenReader("../instant/zoneinfo.zip")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	spans = map[string][]clockSpan{}
	for _, f := range r.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		data, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(data)
		data.Close()
		if err != nil {
			t.Fatal(err)
		}
		s, err := readTZif(b)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		names, spans[f.Name] = append(names, f.Name), s
	}
	slices.Sort(names)
	return names, spans
}

// readTZif lists the spans from the one that holds the beginning of 2020 to the end of 2038.
func readTZif(b []byte) ([]clockSpan, error) {
	count := func(at int) int { return int(binary.BigEndian.Uint32(b[at:])) }
	if string(b[:4]) != "TZif" || b[4] < '2' {
		return nil, fmt.Errorf("it has no second part")
	}
	// The first part, in 32 bits, is left out: six counts, then tables of their sizes.
	second := 44 + count(32)*5 + count(36)*6 + count(40) + count(28)*8 + count(24) + count(20)
	b = b[second:]
	isUT, isStd, leaps, times, types, chars := count(20), count(24), count(28), count(32), count(36), count(40)
	if leaps > 0 {
		return nil, fmt.Errorf("it counts leap seconds")
	}
	at := b[44:]
	index, kinds := at[times*8:], at[times*9:]
	offset := func(kind int) int64 { return int64(int32(binary.BigEndian.Uint32(kinds[kind*6:]))) }
	all := []clockSpan{{-1 << 62, offset(0)}}
	for k := range times {
		all = append(all, clockSpan{int64(binary.BigEndian.Uint64(at[k*8:])), offset(int(index[k]))})
	}
	footer := strings.Trim(string(kinds[types*6+chars+leaps*12+isStd+isUT:]), "\n")
	all = append(all, ruleSpans(footer, all[len(all)-1].from)...)
	var out []clockSpan
	for _, s := range all {
		switch {
		case s.from <= year2020:
			out = []clockSpan{s}
		case s.from < year2038+366*86_400 && s.offset != out[len(out)-1].offset:
			out = append(out, s)
		}
	}
	for _, s := range out {
		if s.offset%60 != 0 || s.from > year2020 && s.from%60 != 0 {
			return nil, fmt.Errorf("clocks change within a minute: %v", s)
		}
	}
	return out, nil
}

// ruleSpans are the changes of a POSIX rule, such as CET-1CEST,M3.5.0,M10.5.0/3, after an instant.
func ruleSpans(rule string, after int64) (out []clockSpan) {
	std, rest := ruleOffset(ruleName(rule))
	if rest == "" {
		return []clockSpan{{after + 1, -std}}
	}
	rest = ruleName(rest)
	dst := std - 3600
	if rest[0] != ',' {
		dst, rest = ruleOffset(rest)
	}
	parts := strings.Split(rest[1:], ",")
	for year := int64(1970); year <= 2040; year++ {
		changes := []clockSpan{{ruleDay(parts[0], year) + std, -dst}, {ruleDay(parts[1], year) + dst, -std}}
		for _, c := range changes {
			if c.from > after {
				out = append(out, c)
			}
		}
	}
	slices.SortFunc(out, func(a, b clockSpan) int { return int(a.from - b.from) })
	return out
}

func ruleName(s string) string {
	if s[0] == '<' {
		return s[strings.IndexByte(s, '>')+1:]
	}
	return strings.TrimLeft(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
}

// ruleOffset reads [+-]hh[:mm[:ss]] as seconds.
func ruleOffset(s string) (seconds int64, rest string) {
	end := strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune("+-:0123456789", r) })
	if end < 0 {
		end = len(s)
	}
	sign, digits := int64(1), s[:end]
	if digits[0] == '-' {
		sign = -1
	}
	for k, part := range strings.Split(strings.TrimLeft(digits, "+-"), ":") {
		seconds += ruleNumber(part) * []int64{3600, 60, 1}[k]
	}
	return sign * seconds, s[end:]
}

func ruleNumber(s string) (n int64) {
	for _, c := range s {
		n = 10*n + int64(c-'0')
	}
	return n
}

// ruleDay is the second, on a clock that shows UTC, of a change: Mm.w.d, Jn or n, each with /time.
func ruleDay(s string, year int64) int64 {
	day, clock, timed := strings.Cut(s, "/")
	seconds := int64(7200)
	if timed {
		seconds, _ = ruleOffset(clock)
	}
	switch day[0] {
	case 'M':
		p := strings.Split(day[1:], ".")
		month, week, weekday := ruleNumber(p[0]), ruleNumber(p[1]), ruleNumber(p[2])
		first := daysTo(year, month)
		is := first + ((weekday-(first+4)%7)+7)%7 + 7*(week-1) // 1970-01-01 was a Thursday
		for is >= daysTo(year, month+1) {
			is -= 7
		}
		return is*86_400 + seconds
	case 'J':
		n := ruleNumber(day[1:])
		if leap(year) && n >= 60 {
			n++
		}
		return (daysTo(year, 1)+n-1)*86_400 + seconds
	}
	return (daysTo(year, 1)+ruleNumber(day))*86_400 + seconds
}

// daysTo counts the days from 1970 to the first of a month, one by one.
func daysTo(year, month int64) (n int64) {
	for y := int64(1970); y < year; y++ {
		n += 365
		if leap(y) {
			n++
		}
	}
	for m := int64(1); m < month; m++ {
		n += []int64{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[m-1]
		if m == 2 && leap(year) {
			n++
		}
	}
	return n
}

func leap(y int64) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }
