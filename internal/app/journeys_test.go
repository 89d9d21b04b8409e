package app

import (
	"context"
	"testing"

	"attune/core/person"
	"attune/internal/access"
	"attune/internal/api"
)

// Who stands on a step is whom the engine has there, counted by each in its own way; of every step and journey those who came are there,
// passed or left. Outside the care team few people are not told of, nor what they could be computed from.
func TestJourneysShowWhoStandsWhere(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	n := livedWorld(t, 80, 40)
	i, err := n.inspector(ctx)
	if err != nil {
		t.Fatal(err)
	}
	type place struct{ journey, step string }
	stand := map[place]map[string]bool{}
	err = eachPerson(ctx, n.People, n.Keys, func(p *person.Person) error {
		for k := range p.Enrollments {
			if e := &p.Enrollments[k]; e.Program == "diabetes" && e.Left == 0 {
				at := place{e.Journey, e.Step}
				if stand[at] == nil {
					stand[at] = map[string]bool{}
				}
				stand[at][p.ID.String()] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := i.Journeys(ctx, "diabetes")
	if err != nil {
		t.Fatal(err)
	}
	some, passed := 0, 0
	for _, j := range got.Journeys {
		if *j.Entered != *j.Here+*j.Finished+*j.Left {
			t.Errorf("%s does not add up: %+v", j.Journey, j)
		}
		for _, s := range j.Steps {
			if *s.Entered != *s.Here+*s.Passed+*s.Left {
				t.Errorf("%s, %s does not add up: %+v", j.Journey, s.Step, s)
			}
			if want := len(stand[place{j.Journey, s.Step}]); *s.Here != want {
				t.Errorf("%s, %s: %d stand there, and the engine has %d", j.Journey, s.Step, *s.Here, want)
			}
			some, passed = some+*s.Here, passed+*s.Passed
		}
	}
	if some == 0 || passed == 0 {
		t.Error("nobody stands anywhere or went on, so this shows nothing")
	}

	outside := principal("account", "kim", access.Analyst)
	if outside.May(access.PeopleList) {
		t.Fatal("an analyst is of the care team")
	}
	out := api.WithPrincipal(ctx, &outside)
	hid := 0
	told, err := i.Journeys(out, "diabetes")
	if err != nil {
		t.Fatal(err)
	}
	for j, l := range told.Journeys {
		for k, s := range l.Steps {
			for _, x := range []struct{ told, is *int }{{s.Here, got.Journeys[j].Steps[k].Here}, {s.Passed, got.Journeys[j].Steps[k].Passed}, {s.Left, got.Journeys[j].Steps[k].Left}, {s.Entered, got.Journeys[j].Steps[k].Entered}} {
				if x.told == nil {
					hid++
				} else if *x.told != *x.is || *x.told > 0 && *x.told < 11 {
					t.Errorf("%s, %s: outside %d is told, and it is %d", l.Journey, s.Step, *x.told, *x.is)
				}
			}
		}
	}
	if hid == 0 {
		t.Error("nothing is hidden, so this shows nothing")
	}
	now, err := n.journeysNow(ctx, true)
	if err != nil || now["diabetes"] == nil {
		t.Errorf("the stream tells %v, %v", now, err)
	}
}
