package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/release"
)

const wedgeEvery = 14 * instant.Day

// stepped is a program that begins for one clinic after the other, a month after people's histories do.
func stepped(t *testing.T) *release.Release {
	t.Helper()
	rel := rich(t)
	from, _ := instant.ParseDate("2027-03-21")
	l := rel.Programs[0].Policy.Learning
	l.Holdout, l.Control = 0, 0
	l.Begins = policy.Begins{By: "clinic", From: from, Every: wedgeEvery, Steps: 4}
	return rel
}

// waiting lives a person of a clinic through half a year, with a tick each day, and returns all that followed.
func waiting(rel *release.Release, k int, clinic string, common id.Seed) (person.Person, []effect.Effect) {
	who := id.Person{byte(k), byte(k >> 8), 3, 15: byte(k)}
	p := person.New(who)
	var all []effect.Effect
	take := func(at instant.Time, what engine.What) {
		for {
			var effects []effect.Effect
			p, effects = engine.Step(rel, p, engine.Input{At: at, Seed: id.SeedOf([]byte("wedge"), who), Common: common, What: what})
			n := len(effects)
			again := n > 0 && effects[n-1] == effect.Effect(effect.Again{})
			all = append(all, effects...)
			if !again {
				return
			}
		}
	}
	for d := range 180 {
		at := start.Add(instant.Duration(d) * instant.Day)
		name := map[int]string{0: "traits.updated", 1: "clinical.condition_recorded", 2: "consent.granted", 3: "medication.prescribed", 4: "appointment.booked", 5: "medication.dispensed"}[d]
		if d > 5 && d%9 == 0 {
			name = "portal.visited"
		}
		if name == "" {
			take(at, engine.Tick{})
			continue
		}
		e := event.Event{ID: fmt.Sprint(d), Name: name, OccurredAt: at}
		switch name {
		case "traits.updated":
			e = e.With("email", expr.TextOf("ana@patients.example"))
			if clinic != "" {
				e = e.With("clinic", expr.TextOf(clinic))
			}
		case "medication.dispensed": // and not again, which is late when the program begins
			e = e.With("days_supply", expr.IntegerOf(10))
		case "consent.granted":
			e = e.With("purpose", expr.TextOf("treatment_support"))
		}
		take(at, engine.Heard{Event: e})
	}
	return p, all
}

func TestGroupsBeginOneAfterTheOther(t *testing.T) {
	t.Parallel()
	rel := stepped(t)
	pr := rel.Programs[0]
	z, _ := rel.Zones.Find(pr.Policy.Zone)
	begins := func(n int) instant.Time {
		return z.Begins(pr.Policy.Learning.Begins.From.Days()).Add(instant.Duration(n-1) * wedgeEvery)
	}
	drawn := map[string]int{}
	waited, proposedAnew, said, unknown := 0, 0, 0, 0
	common := id.SeedOf([]byte("wedge"), id.Person{})
	for k := range 120 {
		clinic := ""
		if k%13 != 0 {
			clinic = fmt.Sprintf("clinic %d", k%12)
		}
		p, effects := waiting(rel, k, clinic, common)
		n, group, ok := engine.ParseBegins(p.Trial(pr.ID, engine.LayerBegins))
		switch {
		case clinic == "" && !ok:
			n = 4
			unknown++
		case !ok || group != clinic || n < 1 || n > 4:
			t.Fatalf("somebody of %q is drawn %q", clinic, p.Trial(pr.ID, engine.LayerBegins))
		case drawn[clinic] != 0 && drawn[clinic] != n:
			t.Fatalf("%s begins at the steps %d and %d", clinic, drawn[clinic], n)
		default:
			drawn[clinic] = n
		}
		for _, x := range effects {
			d, decides := x.(effect.Decide)
			if !decides {
				continue
			}
			for i := range d.Candidates {
				c := &d.Candidates[i]
				en := pr.Engagement(c.Engagement)
				must := en.Coordination.String() == "must_send"
				if c.Reason == policy.HeldOut {
					waited++
					if want := "the program begins for them on " + z.Format(begins(n), "2006-01-02"); c.Detail != want || d.At >= begins(n) {
						t.Fatalf("at %s it is refused since %q, want %q", d.At, c.Detail, want)
					}
				}
				if !c.Touch.IsZero() && !must {
					if said++; d.At < begins(n) {
						t.Fatalf("%s was decided at %s, and the program begins at %s", c.Engagement, d.At, begins(n))
					}
				}
				if strings.HasPrefix(c.Cause.What, "the program begins") {
					if proposedAnew++; d.At != begins(n) {
						t.Fatalf("proposed anew at %s, and not at %s", d.At, begins(n))
					}
				}
			}
		}
		if p.Wake <= p.Now {
			t.Fatal("time stands still")
		}
	}
	if waited == 0 || proposedAnew == 0 || said == 0 || unknown == 0 {
		t.Errorf("waited %d, proposed anew %d, said %d, without a group %d", waited, proposedAnew, said, unknown)
	}
	steps := map[int]bool{}
	for _, n := range drawn {
		steps[n] = true
	}
	if len(steps) < 3 {
		t.Errorf("twelve clinics begin at %v", drawn)
	}
	// Another installation draws otherwise.
	_, other := waiting(rel, 1, "clinic 1", id.SeedOf([]byte("others"), id.Person{}))
	if same, _ := waiting(rel, 1, "clinic 1", common); !slices.ContainsFunc(other, func(x effect.Effect) bool { _, is := x.(effect.Trial); return is }) || same.Trial(pr.ID, engine.LayerBegins) == "" {
		t.Error("nothing was drawn")
	}
}

// A passage that comes to its message before its program begins stands before it, and says it then.
func TestJourneysWaitForTheirProgramToBegin(t *testing.T) {
	t.Parallel()
	rel := stepped(t)
	pr := rel.Programs[0]
	waited := 0
	for k := range 40 {
		p, effects := waiting(rel, k, fmt.Sprint("clinic ", k), id.SeedOf([]byte("wedge"), id.Person{}))
		n, _, ok := engine.ParseBegins(p.Trial(pr.ID, engine.LayerBegins))
		if !ok {
			continue
		}
		z, _ := rel.Zones.Find(pr.Policy.Zone)
		begins := z.Begins(pr.Policy.Learning.Begins.From.Days()).Add(instant.Duration(n-1) * wedgeEvery)
		for _, x := range effects {
			if d, decides := x.(effect.Decide); decides {
				for i := range d.Candidates {
					if c := &d.Candidates[i]; strings.HasPrefix(c.Cause.Rule, "journey ") && c.Reason != policy.NotEnrolled {
						if d.At < begins {
							t.Fatalf("a journey proposed %s at %s, and its program begins at %s", c.Engagement, d.At, begins)
						}
						if d.At == begins {
							waited++
						}
					}
				}
			}
		}
	}
	if waited == 0 {
		t.Error("no journey waited")
	}
}
