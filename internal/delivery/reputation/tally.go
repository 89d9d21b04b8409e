package reputation

import "time"

// The window is counted by the hour.
const windowHours = 7 * 24

// The thresholds are a complaint of so many letters: 0.10 % and 0.20 %.
const (
	alertOf = 1000
	pauseOf = 500
)

// sample is the least number of letters that a rate is taken of.
const sample = 2000

// Level is how a domain stands.
type Level string

// The levels.
const (
	Good    Level = "good"
	Alarmed Level = "alarmed"
	Paused  Level = "paused"
)

// tally is what is counted of one domain.
type tally struct {
	Hours []hour `json:"hours,omitempty"`
	// Heard are the complaints within the window, by their names, with the hour they came in.
	Heard map[string]int64 `json:"heard,omitempty"`
	// PausedAt is when promotional letters were stopped; zero while they are not.
	PausedAt time.Time `json:"paused_at,omitzero"`
	// Rate is what stopped them.
	Rate *Rate `json:"rate,omitempty"`
}

// hour counts one hour, which is numbered from 1970.
type hour struct {
	Hour       int64 `json:"hour"`
	Handed     int64 `json:"handed,omitempty"`
	Complaints int64 `json:"complaints,omitempty"`
}

// Rate is what was counted in the window.
type Rate struct {
	Handed     int64 `json:"handed"`
	Complaints int64 `json:"complaints"`
}

// Reaches tells whether there is a complaint of every so many letters. It is exact.
func (r Rate) Reaches(of int64) bool {
	return r.Complaints > 0 && r.Complaints*of >= max(r.Handed, sample)
}

func number(now time.Time) int64 { return now.Unix() / 3600 }

// at finds the hour's count, and forgets what is older than the window.
func (t *tally) at(now time.Time) *hour {
	n := number(now)
	t.forget(now)
	for i := range t.Hours {
		if t.Hours[i].Hour == n {
			return &t.Hours[i]
		}
	}
	t.Hours = append(t.Hours, hour{Hour: n})
	return &t.Hours[len(t.Hours)-1]
}

func (t *tally) forget(now time.Time) {
	oldest := number(now) - windowHours
	kept := t.Hours[:0]
	for _, h := range t.Hours {
		if h.Hour > oldest {
			kept = append(kept, h)
		}
	}
	t.Hours = kept
	for name, n := range t.Heard {
		if n <= oldest {
			delete(t.Heard, name)
		}
	}
}

// rate counts the window.
func (t *tally) rate(now time.Time) (r Rate) {
	oldest := number(now) - windowHours
	for _, h := range t.Hours {
		if h.Hour > oldest {
			r.Handed += h.Handed
			r.Complaints += h.Complaints
		}
	}
	return r
}

// complain counts a complaint once, and tells whether it was new.
func (t *tally) complain(name string, now time.Time) bool {
	h := t.at(now)
	if _, again := t.Heard[name]; again {
		return false
	}
	if t.Heard == nil {
		t.Heard = map[string]int64{}
	}
	t.Heard[name] = h.Hour
	h.Complaints++
	if r := t.rate(now); t.PausedAt.IsZero() && r.Reaches(pauseOf) {
		t.PausedAt, t.Rate = now.UTC().Truncate(time.Second), &r
	}
	return true
}

// level tells how the domain stands. A pause stays until it is ended, however the rate goes on.
func (t *tally) level(now time.Time) Level {
	switch {
	case !t.PausedAt.IsZero():
		return Paused
	case t.rate(now).Reaches(alertOf):
		return Alarmed
	}
	return Good
}

// resume ends a pause and counts anew, so that the same complaints do not stop letters again. They
// stay heard.
func (t *tally) resume() { t.Hours, t.PausedAt, t.Rate = nil, time.Time{}, nil }
