package instant_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"attune/core/instant"
)

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want instant.Duration
		back string
	}{
		{"90s", 90 * instant.Second, "90s"}, {"15m", 15 * instant.Minute, "15m"}, {"36h", 36 * instant.Hour, "36h"}, {"48h", 2 * instant.Day, "2d"},
		{"7d", 7 * instant.Day, "7d"}, {"2w", 14 * instant.Day, "14d"}, {"0s", 0, "0ms"}, {"36500d", 36500 * instant.Day, "36500d"}, {"007d", 7 * instant.Day, "7d"},
	} {
		got, err := instant.ParseDuration(c.text)
		if err != nil || got != c.want || got.String() != c.back {
			t.Errorf("%q is %s, %v", c.text, got, err)
		}
	}
	for _, text := range []string{"", "d", "7", "7D", "7 d", "-7d", "+7d", "1.5h", "7days", "1_000s", "0x1s", "99999999999999999999d", "36501d", "５d"} {
		if got, err := instant.ParseDuration(text); err == nil {
			t.Errorf("%q is taken for %s", text, got)
		}
	}
	if got := (1500 * instant.Millisecond).String(); got != "1500ms" {
		t.Errorf("1.5 s are %s", got)
	}
}

func TestTime(t *testing.T) {
	t.Parallel()
	for text, back := range map[string]string{
		"2027-03-01T22:30:00Z": "2027-03-01T22:30:00Z", "2027-03-01T22:30:00.25+05:45": "2027-03-01T16:45:00.250Z", "1961-05-04T00:00:00.0009Z": "1961-05-04T00:00:00Z",
	} {
		at, err := instant.Parse(text)
		if err != nil || at.String() != back {
			t.Errorf("%s is %s, %v", text, at, err)
		}
		if instant.Of(at.Std()) != at {
			t.Errorf("%s does not survive the standard library", text)
		}
	}
	for _, text := range []string{"", "2027-03-01", "2027-03-01 22:30:00", "2027-02-30T00:00:00Z", "never"} {
		if at, err := instant.Parse(text); err == nil {
			t.Errorf("%q is taken for %s", text, at)
		}
	}
	if instant.Never.String() != "never" || instant.Never.Add(-5) != instant.Never {
		t.Error("never is not never")
	}
	if got := instant.Time(5).Add(instant.Duration(instant.Never)); got != instant.Never {
		t.Errorf("a sum beyond all time is %d", got)
	}
	if got := instant.Time(50).Add(-20); got != 30 || got.Sub(50) != -20 {
		t.Errorf("50 − 20 = %d", got)
	}
}

func loadZones(t testing.TB) *instant.Zones {
	t.Helper()
	z, err := instant.LoadZones()
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestZones(t *testing.T) {
	t.Parallel()
	zones := loadZones(t)
	if zones.Len() < 400 || len(zones.Hash()) != 64 {
		t.Errorf("there are %d zones of %s", zones.Len(), zones.Hash())
	}
	for _, name := range []string{"", "Local", "europe/berlin", "../etc/passwd", "Berlin"} {
		if _, found := zones.Find(name); found {
			t.Errorf("there is a zone %q", name)
		}
	}
	parse := func(s string) instant.Time {
		at, err := instant.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, c := range []struct {
		zone, at string
		clock    instant.Duration
		next     string
	}{
		{"UTC", "2027-03-01T22:30:00Z", 22*instant.Hour + 30*instant.Minute, "never"},
		{"Asia/Kathmandu", "2027-03-01T22:30:00Z", 4*instant.Hour + 15*instant.Minute, "never"},
		{"America/New_York", "2027-03-14T06:59:59Z", 2*instant.Hour - instant.Second, "2027-03-14T07:00:00Z"},
		{"America/New_York", "2027-03-14T07:00:00Z", 3 * instant.Hour, "2027-11-07T06:00:00Z"},
		{"Australia/Lord_Howe", "2027-04-03T14:59:59Z", 2*instant.Hour - instant.Second, "2027-04-03T15:00:00Z"},
		{"Australia/Lord_Howe", "2027-04-03T15:00:00Z", 90 * instant.Minute, "2027-10-02T15:30:00Z"},
		{"Europe/London", "2028-12-31T12:00:00Z", 12 * instant.Hour, "2029-03-25T01:00:00Z"},
		{"Europe/London", "1961-05-04T12:00:00Z", 13 * instant.Hour, "1961-10-29T02:00:00Z"},
	} {
		z, found := zones.Find(c.zone)
		if !found {
			t.Fatalf("there is no %s", c.zone)
		}
		clock, _, next := z.Local(parse(c.at))
		if clock != c.clock || next.String() != c.next {
			t.Errorf("%s in %s is %s until %s", c.at, c.zone, clock, next)
		}
	}
}

// The clock is the standard library's, at any instant in any zone.
func TestLocalAgreesWithTheStandardLibrary(t *testing.T) {
	t.Parallel()
	zones := loadZones(t)
	names := []string{"Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "Asia/Kathmandu", "America/Sao_Paulo", "America/St_Johns", "Africa/Monrovia"}
	rapid.Check(t, func(rt *rapid.T) {
		z, _ := zones.Find(rapid.SampledFrom(names).Draw(rt, "zone"))
		at := instant.Time(rapid.Int64Range(-4e12, 8e12).Draw(rt, "at"))
		if rapid.Bool().Draw(rt, "last day") { // of a leap year, of which the library's bounds know nothing
			year := 2024 + 4*rapid.IntRange(0, 10).Draw(rt, "year")
			at = instant.Of(time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC)) + at%instant.Time(instant.Day)
		}
		ofDay, day, next := z.Local(at)
		shown, err := time.Parse("2006-01-02 15:04:05.000", z.Format(at, "2006-01-02 15:04:05.000"))
		if err != nil {
			rt.Fatal(err)
		}
		if got := day*int64(instant.Day) + int64(ofDay); got != shown.UnixMilli() || ofDay < 0 || ofDay >= instant.Day || next <= at {
			rt.Fatalf("%s in %s is day %d and %s, until %s; the library says %s", at, z.Name, day, ofDay, next, shown)
		}
	})
}

// The standard library says of the last day of a leap year that the offset changed before it. Walking
// to the next change would then stand still, and a closed window count as open.
func TestTheNextChangeIsAlwaysLater(t *testing.T) {
	zones, err := instant.LoadZones()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Europe/London", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"} {
		z, _ := zones.Find(name)
		for _, day := range []string{"2024-12-31T00:00:00Z", "2028-12-31T00:00:00Z", "2028-12-31T23:59:59Z", "2036-12-31T05:30:00Z", "2072-12-31T12:00:00Z"} {
			at, err := instant.Parse(day)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, next := z.Local(at); next <= at {
				t.Errorf("%s at %s: the next change is %s", name, day, next)
			}
		}
	}
}

func TestATelephoneNumberTellsInWhichZonesSomebodyMayBe(t *testing.T) {
	zones := loadZones(t)
	for _, c := range []struct{ number, want string }{
		{"+1 202 555 0143", "America/New_York"},
		{"+12025550143", "America/New_York"},
		{"+1 (808) 555-0100", "Pacific/Honolulu"},
		{"+34 600 000 000", "Europe/Madrid"},
		{"+44 20 7946 0100", "Europe/London"},
		{"+1 208 555 0100", "America/Boise America/Los_Angeles"}, // Idaho has two
		{"(202) 555-0143", ""},                                   // of which country?
		{"+999 1", ""}, {"+", ""}, {"", ""}, {"+1 555 0100", ""}, // anywhere from Saint John's to Guam
	} {
		got := zones.OfPhone(c.number)
		var names []string
		for _, z := range got {
			names = append(names, z.Name)
		}
		want := strings.Fields(c.want)
		slices.Sort(want)
		slices.Sort(names)
		if !slices.Equal(names, want) {
			t.Errorf("%q is in %v, want %v", c.number, names, want)
		}
	}
}
