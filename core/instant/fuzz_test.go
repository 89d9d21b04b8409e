package instant_test

import (
	"testing"

	"attune/core/instant"
)

// What is read as a duration is written and read again as the same.
func FuzzParseDuration(f *testing.F) {
	for _, s := range []string{"90s", "15m", "36h", "7d", "2w", "0s", "-1d", "1.5h", "9999999999d", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := instant.ParseDuration(s)
		if err != nil || d == 0 {
			return
		}
		again, err := instant.ParseDuration(d.String())
		if err != nil || again != d {
			t.Errorf("%q is %s, which is read as %s: %v", s, d, again, err)
		}
	})
}

// What is read as an instant is written and read again as the same.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"2027-03-01T22:30:00Z", "2027-03-01T22:30:00.123456Z", "2027-03-01T22:30:00+05:45", "1969-12-31T23:59:59.999Z", "never", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at, err := instant.Parse(s)
		if err != nil {
			return
		}
		again, err := instant.Parse(at.String())
		if err != nil || again != at {
			t.Errorf("%q is %s, which is read as %s: %v", s, at, again, err)
		}
	})
}
