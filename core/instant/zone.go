package instant

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	_ "embed" // the zone data
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"time"
)

//go:embed zoneinfo.zip
var zoneinfo []byte

// Zone is one place's clock.
type Zone struct {
	// Name is the IANA name, such as "America/New_York".
	Name string
	loc  *time.Location
	// segments are the spans of one offset from the year 2020 until until, so that what is asked all day
	// long is looked up quickly. They change no answer.
	segments []segment
	until    Time
}

// segment begins at from and has the zone's clocks ahead of UTC by offset.
type segment struct {
	from   Time
	offset Duration
}

// Zones holds every zone of the embedded time-zone data. It does not change after LoadZones, so it
// may be shared freely.
type Zones struct {
	byName map[string]*Zone
	phones phones
}

// LoadZones unpacks the embedded time-zone data. Call it once and pass the result on.
func LoadZones() (*Zones, error) {
	r, err := zip.NewReader(bytes.NewReader(zoneinfo), int64(len(zoneinfo)))
	if err != nil {
		return nil, fmt.Errorf("open embedded zone data: %w", err)
	}
	z := &Zones{byName: make(map[string]*Zone, len(r.File))}
	for _, f := range r.File {
		if f.FileInfo().IsDir() {
			continue
		}
		data, err := readFile(f)
		if err != nil {
			return nil, fmt.Errorf("read zone %s: %w", f.Name, err)
		}
		loc, err := time.LoadLocationFromTZData(f.Name, data)
		if err != nil {
			return nil, fmt.Errorf("read zone %s: %w", f.Name, err)
		}
		zone := &Zone{Name: f.Name, loc: loc}
		zone.lookAhead()
		z.byName[f.Name] = zone
	}
	if err := z.readPhones(); err != nil {
		return nil, err
	}
	return z, nil
}

func readFile(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// Find returns the zone of an IANA name, and false for a name the data does not have.
func (z *Zones) Find(name string) (*Zone, bool) {
	zone, ok := z.byName[name]
	return zone, ok
}

// Hash names the zone data: the SHA-256 of the archive and of what is known of telephone numbers, in hexadecimal.
func (z *Zones) Hash() string {
	h := sha256.New()
	h.Write(zoneinfo)
	h.Write([]byte(phonezones))
	return hex.EncodeToString(h.Sum(nil))
}

// Len counts the zones.
func (z *Zones) Len() int { return len(z.byName) }

// Local tells what the zone's wall clock shows at t: milliseconds into its day, and the day counted
// from 1970-01-01. Next is an instant after t before which the zone's offset stays as it is, or Never.
// The nil zone is UTC.
func (z *Zone) Local(t Time) (ofDay Duration, day int64, next Time) {
	if z == nil {
		day = floorDiv(int64(t), int64(Day))
		return Duration(int64(t) - day*int64(Day)), day, Never
	}
	offset, next := z.offset(t)
	local := int64(t) + int64(offset)
	day = floorDiv(local, int64(Day))
	return Duration(local - day*int64(Day)), day, next
}

// offset looks among the segments, and works it out for other years.
func (z *Zone) offset(t Time) (offset Duration, next Time) {
	if len(z.segments) == 0 || t < z.segments[0].from || t >= z.until {
		return z.workOut(t)
	}
	// The segment is the last that began at or before t.
	low, high := 0, len(z.segments)
	for high-low > 1 {
		if middle := (low + high) / 2; z.segments[middle].from <= t {
			low = middle
		} else {
			high = middle
		}
	}
	if high == len(z.segments) {
		return z.segments[low].offset, z.until
	}
	return z.segments[low].offset, z.segments[high].from
}

func (z *Zone) workOut(t Time) (offset Duration, next Time) {
	std := t.Std().In(z.loc)
	_, seconds := std.Zone()
	next = Never
	_, end := std.ZoneBounds()
	if !end.IsZero() && !end.After(std) {
		// The standard library ends every year after 365 days where it goes by a zone's rule, and so
		// has no bounds for the last day of a leap year. No rule changes clocks on that day.
		_, end = std.Add(24 * time.Hour).ZoneBounds()
	}
	if !end.IsZero() {
		next = Of(end)
	}
	return Duration(seconds) * Second, next
}

// lookAhead fills the segments.
func (z *Zone) lookAhead() {
	const from, until Time = 1_577_836_800_000, 2_366_841_600_000 // 2020-01-01 and 2045-01-01
	for t := from; t < until; {
		offset, next := z.workOut(t)
		if n := len(z.segments); n == 0 || z.segments[n-1].offset != offset {
			z.segments = append(z.segments, segment{t, offset})
		}
		z.until = next
		t = next
	}
}

// Begins is the first instant at which the zone's wall clock shows the day, counted from 1970-01-01,
// or a later one, where the zone left the day out. Mostly that is midnight.
func (z *Zone) Begins(day int64) Time {
	// No clock was ever sixteen hours ahead of UTC, so the day has not begun there.
	t := Time(day * int64(Day)).Add(-16 * Hour)
	for {
		ofDay, shown, change := z.Local(t)
		if shown >= day {
			return t
		}
		t = min(t.Add(Duration(day-shown)*Day-ofDay), change)
	}
}

// Format shows t on the zone's wall clock in one of the standard library's layouts.
func (z *Zone) Format(t Time, layout string) string { return t.Std().In(z.loc).Format(layout) }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// NextAt is the first instant from t on at which the clock shows the time of day, on one of the
// weekdays (0 is Sunday; none means all). On a day whose clock jumps over that time it is the instant
// of the jump; of a time shown twice it is the first that is left. Like contact hours it walks the
// zone's segments, since a wall-clock time may not exist.
func (z *Zone) NextAt(t Time, ofDay Duration, weekdays []int) Time {
	shown, first, _ := z.Local(t)
	if shown > ofDay {
		first++
	}
	for range 64 { // eight days at most, with a few stops on each
		shown, day, change := z.Local(t)
		next := t.Add(Day - shown)
		if day >= first && (len(weekdays) == 0 || slices.Contains(weekdays, int((day%7+11)%7))) {
			if shown >= ofDay {
				return t
			}
			next = t.Add(ofDay - shown)
		}
		t = min(next, change)
	}
	return Never
}
