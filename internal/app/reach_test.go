package app

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"attune/core/instant"
)

// Everybody is counted once: Ana is in the program, Ben died in it, Cleo's diagnosis was an error and Dora has another.
func TestReachCountsEverybodyOnce(t *testing.T) {
	t.Parallel()
	data := clinic(t)
	importing(t, data, Import{Paths: []string{ward(t)}})
	reach := func(since instant.Time) *Reach {
		t.Helper()
		i, err := Inspect(t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		defer i.Close()
		r, err := i.Reach(t.Context(), "diabetes", since)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	rows := func(r *Reach) string {
		var all []string
		for _, p := range r.Rows {
			all = append(all, fmt.Sprintf("%s %d: %d %d %d %d", p.Place, *p.People, *p.Engaged, *p.Waiting, *p.Refused, *p.Nothing))
		}
		return strings.Join(all, ", ")
	}
	if got, want := rows(reach(0)), "died 1: 0 0 0 1, in it 1: 0 0 0 1, never in it 2: 0 0 0 2, all 4: 0 0 0 4"; got != want {
		t.Errorf("after the import: %s, want %s", got, want)
	}
	give(t, data, []resource{missed(ago(time.Hour), "noshow", ago(time.Hour))}, true)
	n := later(t, data, diabetes, instant.Minute)
	if got, want := rows(reach(0)), "died 1: 0 0 0 1, in it 1: 0 1 0 0, never in it 2: 0 0 0 2, all 4: 0 1 0 3"; got != want {
		t.Errorf("after a missed visit: %s, want %s", got, want)
	}
	if got, want := rows(reach(n.Now().Add(instant.Day))), "died 1: 0 0 0 1, in it 1: 0 0 0 1, never in it 2: 0 0 0 2, all 4: 0 0 0 4"; got != want {
		t.Errorf("since tomorrow: %s, want %s", got, want)
	}
	i, err := Inspect(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	if _, err := i.Reach(t.Context(), "asthma", 0); err == nil || err.Error() != `no program "asthma" is live here; live is diabetes` {
		t.Error(err)
	}
}
