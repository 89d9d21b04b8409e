package sim_test

import (
	"reflect"
	"testing"
	"time"

	"attune/core/effect"
	"attune/core/id"
	"attune/core/instant"
	"attune/internal/delivery"
	"attune/internal/intake"
	"attune/internal/sim"
)

const begin = instant.Time(1_800_000_000_000)

func zones(t *testing.T) *instant.Zones {
	t.Helper()
	z, err := instant.LoadZones()
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// live lets a population live 120 days, in steps of that length; whoever visits a doctor gets a message
// at the end of the first step.
func live(t *testing.T, seed uint64, step instant.Duration) []intake.Arrival {
	t.Helper()
	p, err := sim.NewPopulation(seed, 30, zones(t), begin, 120*instant.Day)
	if err != nil {
		t.Fatal(err)
	}
	var all []intake.Arrival
	half := begin.Add(60 * instant.Day)
	for now := begin; now < begin.Add(120*instant.Day); {
		now = now.Add(step)
		all = append(all, p.Until(now)...)
		if now == half {
			for _, a := range all {
				if mail := a.Event.Field("email").Text; mail != "" {
					p.Reached(delivery.Message{To: mail, Channel: "email", Touch: id.Key{1}, At: now.Std()})
				}
			}
		}
	}
	return all
}

func TestTheSameSeedLivesTheSameLives(t *testing.T) {
	one := live(t, 7, instant.Day)
	if len(one) < 500 {
		t.Fatalf("only %d events in 120 days", len(one))
	}
	if !reflect.DeepEqual(one, live(t, 7, instant.Day)) {
		t.Error("the same seed lives other lives")
	}
	if !reflect.DeepEqual(one, live(t, 7, instant.Hour)) {
		t.Error("looking more often changes lives")
	}
	if reflect.DeepEqual(one, live(t, 8, instant.Day)) {
		t.Error("another seed lives the same lives")
	}
}

func TestLivesAreTold(t *testing.T) {
	ids, last, names := map[string]bool{}, begin, map[string]int{}
	died := map[string]bool{}
	for _, a := range live(t, 7, instant.Day) {
		e := a.Event
		if ids[e.ID] {
			t.Errorf("%s was told twice", e.ID)
		}
		if e.OccurredAt < last || e.ReceivedAt != e.OccurredAt {
			t.Errorf("%s is out of order", e.ID)
		}
		if died[a.Who.Value] {
			t.Errorf("%s did something after death: %s", a.Who.Value, e.Name)
		}
		ids[e.ID], last = true, e.OccurredAt
		names[e.Name]++
		died[a.Who.Value] = e.Name == "patient.deceased"
	}
	for _, name := range []string{"traits.updated", "clinical.condition_recorded", "medication.dispensed", "portal.visited", "message.delivered", "message.opened", "story.told"} {
		if names[name] == 0 {
			t.Errorf("nobody did %s", name)
		}
	}
}

func TestAClockStandsUntilItRuns(t *testing.T) {
	wall := time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)
	c := sim.NewClock(begin, func() time.Time { return wall })
	wall = wall.Add(time.Hour)
	if c.Now() != begin {
		t.Error("a standing clock moved")
	}
	c.Set(begin.Add(instant.Day))
	c.Set(begin) // not back
	if c.Now() != begin.Add(instant.Day) {
		t.Errorf("set to %s", c.Now())
	}
	c.Run(60)
	wall = wall.Add(time.Second)
	if want := begin.Add(instant.Day + instant.Minute); c.Now() != want {
		t.Errorf("after a second at sixty times the pace: %s, want %s", c.Now(), want)
	}
	c.Run(0)
	wall = wall.Add(time.Hour)
	if want := begin.Add(instant.Day + instant.Minute); c.Now() != want {
		t.Errorf("stopped, and it is %s, want %s", c.Now(), want)
	}
}

// What a wording does is the world's word, and so is who has a telephone.
func TestPeopleGoOtherWays(t *testing.T) {
	t.Parallel()
	acted := func(does float64) (dispensed, phones int) {
		p, err := sim.NewPopulation(7, 300, zones(t), begin, 120*instant.Day)
		if err != nil {
			t.Fatal(err)
		}
		p.Go(sim.Ways{Phones: 1, Does: func(engagement, variant string) float64 {
			if engagement != "refill" || variant != "warm" {
				t.Errorf("asked what %s/%s does", engagement, variant)
			}
			return does
		}})
		half := begin.Add(60 * instant.Day)
		n := byte(0)
		for _, a := range p.Until(half) {
			if a.Event.Name != "traits.updated" {
				continue
			}
			number := a.Event.Field("phone").Text
			if number == "" {
				t.Fatal("somebody has no telephone")
			}
			phones++
			n++
			touch := id.Key{n, byte(phones)}
			p.Asked(id.Person{1}, []effect.Effect{effect.Send{Touch: touch, Engagement: "refill", Variant: "warm"}}, nil)
			p.Reached(delivery.Message{To: number, Channel: "sms", Touch: touch, At: half.Std()})
		}
		for _, a := range p.Until(half.Add(3 * instant.Day)) {
			if a.Event.Name == "medication.dispensed" {
				dispensed++
			}
		}
		return dispensed, phones
	}
	none, people := acted(0)
	many, _ := acted(10)
	if people < 100 || many < none+5 {
		t.Errorf("of %d people %d fetched their medicine after words that move nobody, and %d after words that move everybody", people, none, many)
	}
}
