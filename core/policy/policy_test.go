package policy_test

import (
	"testing"

	"pgregory.net/rapid"

	"attune/core/instant"
	"attune/core/policy"
)

func zone(t testing.TB, name string) *instant.Zone {
	t.Helper()
	zones, err := instant.LoadZones()
	if err != nil {
		t.Fatal(err)
	}
	z, found := zones.Find(name)
	if !found {
		t.Fatalf("there is no %s", name)
	}
	return z
}

func at(t testing.TB, s string) instant.Time {
	t.Helper()
	a, err := instant.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func hours(from, to instant.Duration) policy.Hours {
	return policy.Hours{From: from * instant.Minute, To: to * instant.Minute}
}

func TestNextOpen(t *testing.T) {
	t.Parallel()
	day, night, midnight := hours(8*60, 21*60), hours(150, 180), hours(0, 60)
	for _, c := range []struct {
		it, zone  string
		hours     policy.Hours
		at, opens string
	}{
		{"waits for the morning", "Europe/London", day, "2027-01-10T03:00:00Z", "2027-01-10T08:00:00Z"},
		{"is open at the first instant", "Europe/London", day, "2027-01-10T08:00:00Z", "2027-01-10T08:00:00Z"},
		{"is open until half a minute before the end", "Europe/London", day, "2027-01-10T20:59:29.999Z", "2027-01-10T20:59:29.999Z"},
		{"is closed from then on", "Europe/London", day, "2027-01-10T20:59:30Z", "2027-01-11T08:00:00Z"},
		{"is always open where no hours are given", "Europe/London", policy.Hours{}, "2027-01-10T03:00:00Z", "2027-01-10T03:00:00Z"},
		{"does not close at midnight where the day is open", "Europe/London", hours(0, 24*60), "2027-01-10T23:59:45Z", "2027-01-10T23:59:45Z"},
		{"waits an hour less when clocks go forward", "America/New_York", day, "2027-03-14T02:00:00Z", "2027-03-14T12:00:00Z"},
		{"waits an hour more when clocks go back", "America/New_York", day, "2027-11-07T02:00:00Z", "2027-11-07T13:00:00Z"},
		{"waits a day where clocks skip the window", "America/New_York", night, "2027-03-14T06:00:00Z", "2027-03-15T06:30:00Z"},
		{"closes early where clocks skip the rest of it", "America/New_York", hours(90, 150), "2027-03-14T06:59:45Z", "2027-03-15T05:30:00Z"},
		{"opens twice where clocks repeat the window", "America/New_York", hours(90, 120), "2027-11-07T06:00:00Z", "2027-11-07T06:30:00Z"},
		{"opens with the new day where midnight is skipped", "America/Sao_Paulo", midnight, "2018-11-04T02:00:00Z", "2018-11-05T02:00:00Z"},
		{"knows that Samoa had no 30 December 2011", "Pacific/Apia", day, "2011-12-30T09:00:00Z", "2011-12-30T18:00:00Z"},
		{"knows half an hour of summer time", "Australia/Lord_Howe", day, "2027-04-03T14:00:00Z", "2027-04-03T21:30:00Z"},
		{"knows the pause for Ramadan", "Africa/Casablanca", day, "2027-02-06T22:00:00Z", "2027-02-07T08:00:00Z"},
		{"knows that some years have 366 days", "Europe/London", day, "2028-12-31T03:00:00Z", "2028-12-31T08:00:00Z"},
		{"knows quarters of an hour", "Asia/Kathmandu", day, "2027-03-01T22:30:00Z", "2027-03-02T02:15:00Z"},
	} {
		if got := c.hours.NextOpen(zone(t, c.zone), at(t, c.at)); got != at(t, c.opens) {
			t.Errorf("it %s: %s opens at %s", c.it, c.at, got)
		}
	}
}

// Against the standard library's clock: what is open shows a time inside the window, now and for the
// margin; nothing between an instant and its next opening was open; and an opening is never far.
func TestNextOpenAgreesWithTheClock(t *testing.T) {
	t.Parallel()
	var all []*instant.Zone
	for _, name := range []string{"Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "Asia/Kathmandu", "America/Sao_Paulo", "Asia/Beirut"} {
		all = append(all, zone(t, name))
	}
	windows := []policy.Hours{hours(8*60, 21*60), hours(150, 180), hours(0, 30), hours(0, 24*60), hours(60, 130), hours(23*60, 24*60)}
	rapid.Check(t, func(rt *rapid.T) {
		z, h := rapid.SampledFrom(all).Draw(rt, "zone"), rapid.SampledFrom(windows).Draw(rt, "hours")
		from := instant.Time(rapid.Int64Range(1_290_000_000, 1_860_000_000).Draw(rt, "second") * 1000)
		if rapid.Bool().Draw(rt, "change") { // near a change of clocks
			if _, _, next := z.Local(from); next != instant.Never {
				from = next + instant.Time(rapid.Int64Range(-90_000, 90_000).Draw(rt, "off")*1000)
			}
		}
		shows := func(t instant.Time) bool {
			clock := z.Format(t, "15:04:05.000")
			return clock >= clockOf(h.From) && (h.To == instant.Day || clock < clockOf(h.To))
		}
		open := func(t instant.Time) bool { return shows(t) && shows(t.Add(30*instant.Second)) }
		opens := h.NextOpen(z, from)
		if !open(opens) || opens < from || opens.Sub(from) > 3*instant.Day {
			rt.Fatalf("%s in %s is said to open at %s", from, z.Name, z.Format(opens, "2006-01-02 15:04:05"))
		}
		for t := from; t < opens; t = t.Add(10 * instant.Minute) {
			if open(t) {
				rt.Fatalf("%s in %s was open before %s", t, z.Name, opens)
			}
		}
	})
}

func clockOf(d instant.Duration) string {
	return instant.Time(d).Std().Format("15:04:05.000")
}

func TestFull(t *testing.T) {
	t.Parallel()
	caps := policy.Caps{{Count: 2, Within: 7 * instant.Day}, {Count: 3, Within: 30 * instant.Day}}
	now := instant.Time(100 * instant.Day)
	ago := func(d instant.Duration) policy.Count { return policy.Count{Stamp: now.Add(-d)} }
	live, reserved := policy.Count{Live: true}, policy.Count{Reserved: true}
	for _, c := range []struct {
		it       string
		counts   []policy.Count
		deciding bool
		want     string
	}{
		{"has room for the second", []policy.Count{ago(instant.Day)}, true, ""},
		{"is full with two", []policy.Count{ago(instant.Day), ago(0)}, true, "2 within 7d"},
		{"counts what is in flight", []policy.Count{ago(instant.Day), live}, false, "2 within 7d"},
		{"counts what is pending when deciding", []policy.Count{live, reserved}, true, "2 within 7d"},
		{"does not count what is pending at the gate", []policy.Count{live, reserved}, false, ""},
		{"lets go at the window's far edge", []policy.Count{ago(7 * instant.Day), ago(0)}, true, ""},
		{"holds until then", []policy.Count{ago(7*instant.Day - 1), ago(0)}, true, "2 within 7d"},
		{"asks every cap", []policy.Count{ago(8 * instant.Day), ago(9 * instant.Day), ago(10 * instant.Day)}, true, "3 within 30d"},
	} {
		limit, full := caps.Full(c.counts, policy.Sort{}, now, c.deciding)
		if got := limit.String(); full != (c.want != "") || full && got != c.want {
			t.Errorf("it %s: full %v, %s", c.it, full, got)
		}
	}
	if caps.Longest() != 30*instant.Day || (policy.Caps{}).Longest() != 0 {
		t.Error("the longest window is not the longest")
	}
}
