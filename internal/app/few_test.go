package app

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/disclose"
)

// What counts people beside the map asks the rule of small groups, too: reach, the overview, its page and its stream. The care team sees all.
func TestNoCountOfPeopleTellsOfFew(t *testing.T) {
	t.Parallel()
	n := livedWorld(t, 80, 90)
	n.desk()
	c := askedOf(t, n)
	read := func(role access.Role, path string, to any) {
		t.Helper()
		c.who = principal("account", "x"+string(role), role)
		a := c.ask("GET", path, nil)
		if err := json.Unmarshal(a.body, to); err != nil || a.StatusCode != http.StatusOK {
			t.Fatalf("%s for %s: %d, %.300s, %v", path, role, a.StatusCode, a.body, err)
		}
	}
	var inside, outside Reach
	read(access.CareCoordinator, "/v1/reach/diabetes", &inside)
	read(access.Analyst, "/v1/reach/diabetes", &outside)
	hidden := 0
	few := func(what string, n *int) {
		t.Helper()
		if n == nil {
			hidden++
		} else if *n > 0 && *n < disclose.DefaultLeast {
			t.Errorf("%s: %d is told outside the care team", what, *n)
		}
	}
	for _, r := range outside.Rows {
		for _, x := range []*int{r.People, r.Engaged, r.Waiting, r.Refused, r.Nothing} {
			few(r.Place, x)
		}
	}
	for _, r := range outside.Refused {
		few(r.Reason, &r.People)
	}
	for _, r := range outside.Said {
		few(r.Engagement, &r.People)
		few(r.Engagement, r.Foreign)
	}
	if hidden == 0 || len(outside.Rows) <= len(inside.Rows) || inside.Smallest != 0 || outside.Smallest != disclose.DefaultLeast {
		t.Errorf("%d numbers are hidden; %d rows inside, %d outside", hidden, len(inside.Rows), len(outside.Rows))
	}
	for _, r := range inside.Rows {
		if r.People == nil || r.Engaged == nil {
			t.Errorf("%s is hidden from the care team", r.Place)
		}
	}
	var all, some Standings
	read(access.CareCoordinator, "/v1/overview", &all)
	read(access.Analyst, "/v1/overview", &some)
	if all.People == nil || some.People == nil || *some.People%roundedTo != 0 || *all.People-*some.People >= roundedTo || *some.People-*all.People >= roundedTo {
		t.Errorf("people: %v, and %v outside", all.People, some.People)
	}
	hidden = 0
	for k, p := range all.Programs {
		for phase, is := range p.Phases {
			switch told := some.Programs[k].Phases[phase]; {
			case is == nil:
				t.Errorf("%s is hidden from the care team", phase)
			case told == nil:
				hidden++
			case *is < disclose.DefaultLeast:
				t.Errorf("%s: %d is told as %d outside the care team", phase, *is, *told)
			}
		}
		for exit, is := range some.Programs[k].Exits {
			if p.Exits[exit] < disclose.DefaultLeast {
				t.Errorf("%s: %d is told outside the care team", exit, is)
			}
		}
	}
	if hidden == 0 {
		t.Error("no phase is small, so this shows nothing")
	}
	page := &watched{view: (&Server{Node: n}).view(), audit: n.audit, now: time.Now}
	analyst := principal("account", "anna", access.Analyst)
	o, err := page.Overview(api.WithPrincipal(t.Context(), &analyst), false)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range [][]api.Count{o.Events, o.Arrivals, o.Refused, o.Waiting, o.Programs[0].Exits} {
		for _, c := range x {
			if c.N < disclose.DefaultLeast-1 { // eleven is ten when it is rounded
				t.Errorf("the page tells %d of %s outside the care team", c.N, c.Name)
			}
		}
	}
	for _, ph := range o.Programs[0].Phases {
		if ph.Hidden != (some.Programs[0].Phases[ph.ID] == nil) || ph.Hidden && (ph.N != 0 || ph.Share != 0) {
			t.Errorf("the page tells another number of %s than the API: %+v", ph.ID, ph)
		}
	}
}
