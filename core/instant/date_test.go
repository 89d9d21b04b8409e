package instant_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"attune/core/instant"
)

func TestParseDate(t *testing.T) {
	for s, want := range map[string]instant.Date{
		"1980-05-17": {Year: 1980, Month: 5, Day: 17}, "2000-02-29": {Year: 2000, Month: 2, Day: 29}, "0001-12-31": {Year: 1, Month: 12, Day: 31},
	} {
		if got, ok := instant.ParseDate(s); !ok || got != want {
			t.Errorf("%s: %v %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "1980", "1980-05", "1980-5-17", "1980-05-17T00:00:00Z", "17.05.1980", "1980-13-01", "1980-00-01", "1980-04-31",
		"1900-02-29", "1980-05-00", "198a-05-17", "1980/05/17", "+980-05-17", "1980-05--7"} {
		if d, ok := instant.ParseDate(s); ok {
			t.Errorf("%q became %v", s, d)
		}
	}
}

func TestAnniversary(t *testing.T) {
	leap := instant.Date{Year: 2000, Month: 2, Day: 29}
	for years, want := range map[int]instant.Date{
		0: leap, 1: {Year: 2001, Month: 3, Day: 1}, 4: {Year: 2004, Month: 2, Day: 29}, 100: {Year: 2100, Month: 3, Day: 1},
	} {
		if got := leap.Anniversary(years); got != want {
			t.Errorf("after %d years: %v", years, got)
		}
	}
}

// The standard library counts the same days.
func TestDays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		days := rapid.Int64Range(-719162, 2932896).Draw(rt, "days") // years 1 to 9999
		std := time.Unix(days*86400, 0).UTC()
		d, ok := instant.ParseDate(std.Format("2006-01-02"))
		if !ok || d.Days() != days {
			rt.Fatalf("%v is %v, of day %d", std, d, d.Days())
		}
	})
}

// A day begins where the clock first shows it: one millisecond earlier it shows an earlier one.
func TestBegins(t *testing.T) {
	zones, err := instant.LoadZones()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ zone, day, want string }{
		{"Europe/Berlin", "2027-03-28", "2027-03-27T23:00:00Z"},
		{"America/New_York", "2027-03-14", "2027-03-14T05:00:00Z"},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"}, // midnight was skipped: the day began at one o'clock
		{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"},      // the day was left out: the next one began
		{"America/St_Johns", "2010-11-07", "2010-11-07T02:30:00Z"},  // a minute after midnight, it was the day before again
	} {
		z, _ := zones.Find(c.zone)
		d, _ := instant.ParseDate(c.day)
		if got := z.Begins(d.Days()).String(); got != c.want {
			t.Errorf("%s in %s begins at %s", c.day, c.zone, got)
		}
	}
	names := []string{"Europe/Berlin", "America/New_York", "Pacific/Apia", "Pacific/Kiritimati", "Asia/Manila", "Antarctica/Troll"}
	rapid.Check(t, func(rt *rapid.T) {
		z, ok := zones.Find(rapid.SampledFrom(append(names, "nowhere")).Draw(rt, "zone"))
		day := rapid.Int64Range(-60000, 40000).Draw(rt, "day")
		begins := z.Begins(day)
		_, shown, _ := z.Local(begins)
		_, before, _ := z.Local(begins - 1)
		if shown < day || before >= day {
			rt.Fatalf("%v %v: day %d begins at %v, which shows %d, after %d", z, ok, day, begins, shown, before)
		}
		if ofDay, shown, _ := (*instant.Zone)(nil).Local(begins); instant.Time(shown)*instant.Time(instant.Day)+instant.Time(ofDay) != begins {
			rt.Fatalf("%v is no instant in UTC", begins)
		}
	})
}

// What was looked ahead is what the standard library says, up to the millisecond at which clocks change.
func TestLocalIsTheStandardLibrarys(t *testing.T) {
	zones, err := instant.LoadZones()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata", "America/Sao_Paulo", "Asia/Tehran"} {
		z, _ := zones.Find(name)
		check := func(at instant.Time) instant.Time {
			ofDay, day, next := z.Local(at)
			clock := instant.Time(day)*instant.Time(instant.Day) + instant.Time(ofDay)
			if want := z.Format(at, "2006-01-02T15:04:05"); clock.Std().Format("2006-01-02T15:04:05") != want {
				t.Fatalf("%s at %v shows %v, not %s", name, at, clock, want)
			}
			if next <= at {
				t.Fatalf("%s at %v: the next change was at %v", name, at, next)
			}
			return next
		}
		at := instant.Time(1_420_070_400_000) // 2015
		for at < 2_556_144_000_000 {          // 2051
			next := check(at)
			if next == instant.Never {
				break
			}
			check(next - 1)
			check(next)
			at = next
		}
		for at := instant.Time(1_420_070_400_000); at < 2_556_144_000_000; at = at.Add(1009 * instant.Hour) {
			check(at)
		}
	}
}
