package fhir

import (
	"testing"
	"time"

	"attune/core/instant"
)

func TestParseDate(t *testing.T) {
	t.Parallel()
	zones, err := instant.LoadZones()
	if err != nil {
		t.Fatal(err)
	}
	berlin, _ := zones.Find("Europe/Berlin")
	for _, c := range []struct {
		s    string
		zone *instant.Zone
		want string
	}{
		{"2027", nil, "2027-01-01T00:00:00Z"}, {"2027-03", nil, "2027-03-01T00:00:00Z"}, {"2027-03-05", nil, "2027-03-05T00:00:00Z"},
		{"2027", berlin, "2026-12-31T23:00:00Z"}, {"2027-03-28", berlin, "2027-03-27T23:00:00Z"}, {"2027-07-01", berlin, "2027-06-30T22:00:00Z"},
		{"2027-03-05T09:30:00Z", berlin, "2027-03-05T09:30:00Z"}, {"2027-03-05T09:30:00+05:45", nil, "2027-03-05T03:45:00Z"}, {"2027-03-05T23:59:60.5-08:00", nil, "2027-03-06T07:59:59.500Z"},
		{"2027-03-05T09:30:00", berlin, "2027-03-05T08:30:00Z"}, {"2027-03-05T09:30:00.123456789Z", nil, "2027-03-05T09:30:00.123Z"}, {"1956-04-21", nil, "1956-04-21T00:00:00Z"},
		{"1970-01-01", nil, "1970-01-01T00:00:00.001Z"}, // zero is unknown
	} {
		if got, _, ok := parseDate(c.s, c.zone); !ok || got.String() != c.want {
			t.Errorf("%s is %s (%v), not %s", c.s, got, ok, c.want)
		}
	}
	for _, s := range []string{"", "27", "0000", "2027-", "2027-3", "2027-13", "2027-02-30", "2027-03-05T", "2027-03-05T09", "2027-03-05T09:30", "2027-03-05T09:30Z", "2027-03-05T24:00:00Z", "2027-03-05T09:30:00.Z",
		"2027-03-05T09:30:00+1:00", "2027-03-05T09:30:00+15:00", "2027-03-05 09:30:00Z", "2027-03-05T09:30:00z", "5.3.2027"} {
		if got, _, ok := parseDate(s, nil); ok {
			t.Errorf("%q became %s", s, got)
		}
	}
	for s, want := range map[string]string{"2027": "2028-01-01T00:00:00Z", "2027-12": "2028-01-01T00:00:00Z", "2028-02-29": "2028-03-01T00:00:00Z"} {
		if got := after(s, nil); got.String() != want {
			t.Errorf("%s is over at %s, not %s", s, got, want)
		}
	}
}

// The standard library reads the same where it reads at all, apart from zero.
func FuzzDate(f *testing.F) {
	for _, s := range []string{"2027-03-05T09:30:00.5Z", "2027-03-05T09:30:00-11:00", "2027-03-05", "2027-03", "2027", "2027-03-05T23:59:60Z", "0001-01-01T00:00:00Z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, p, ok := parseDate(s, nil)
		if !ok {
			return
		}
		if p == toTime && s[17:19] != "60" && len(s) > 19 && s[len(s)-1] != '.' {
			want, err := time.Parse(time.RFC3339Nano, s)
			if _, n := want.Zone(); err == nil && got != known(instant.Of(want)) {
				t.Fatalf("%q is %s, by the standard library %s (%d)", s, got, instant.Of(want), n)
			}
		}
	})
}
