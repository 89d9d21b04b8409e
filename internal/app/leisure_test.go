package app

import (
	"testing"
	"time"
)

func TestWhatHasTimeWaitsForLeisureAndNotForEver(t *testing.T) {
	now := time.Now()
	for name, c := range map[string]struct {
		worked, last time.Duration // ago
		want         bool
	}{
		"there was something to do a moment ago": {restful / 2, time.Second, false},
		"nothing was to be done for a moment":    {restful, time.Second, true},
		"it waits too long already":              {0, longestIn, true},
	} {
		t.Run(name, func(t *testing.T) {
			var l leisure
			worked := now.Add(-c.worked)
			l.worked.Store(&worked)
			if got := l.at(now, now.Add(-c.last)); got != c.want {
				t.Errorf("it is done: %v", got)
			}
		})
	}
}
