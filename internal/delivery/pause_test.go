package delivery_test

import (
	"testing"

	"attune/core/channel"
	"attune/core/engine"
	"attune/core/person"
	"attune/internal/delivery"
)

func TestWhatIsPausedWaitsAndTheRestGoesOn(t *testing.T) {
	all := map[string]bool{"safety by email": true, "service by email": true, "recall by email": true, "service by sms": true}
	without := func(names ...string) map[string]bool {
		out := map[string]bool{}
		for name := range all {
			out[name] = true
		}
		for _, name := range names {
			delete(out, name)
		}
		return out
	}
	for name, x := range map[string]struct {
		pause delivery.Pause
		goes  map[string]bool
	}{
		"everything":                       {delivery.Pause{}, map[string]bool{}},
		"everything but safety":            {delivery.Pause{ButSafety: true}, map[string]bool{"safety by email": true}},
		"a channel":                        {delivery.Pause{Channel: "email"}, map[string]bool{"service by sms": true}},
		"a channel but safety":             {delivery.Pause{Channel: "email", ButSafety: true}, map[string]bool{"service by sms": true, "safety by email": true}},
		"a program":                        {delivery.Pause{Program: "diabetes"}, map[string]bool{}},
		"another program":                  {delivery.Pause{Program: "hiv"}, all},
		"an engagement":                    {delivery.Pause{Engagement: "recall"}, without("recall by email")},
		"an engagement over another way":   {delivery.Pause{Engagement: "recall", Channel: "sms"}, all},
		"a journey":                        {delivery.Pause{Journey: "check_in"}, without("recall by email")},
		"a journey of another program":     {delivery.Pause{Journey: "check_in", Program: "hiv"}, all},
		"an engagement of another program": {delivery.Pause{Engagement: "recall", Program: "hiv"}, all},
	} {
		t.Run(name, func(t *testing.T) {
			sms := &named{name: "sms"}
			o := newOrder(t, nil, &carrier{}, sms)
			o.d.SetPauses([]delivery.Pause{x.pause})
			o.add(1, person.Waiting{Due: noon, Class: channel.Safety})
			o.add(2, person.Waiting{Due: noon, Class: channel.Service})
			o.add(3, person.Waiting{Due: noon, Class: channel.Clinical, Engagement: "recall", Journey: "check_in"})
			o.add(4, person.Waiting{Due: noon, Class: channel.Service, Channel: "sms"})
			names := map[byte]string{2: "safety by email", 3: "service by email", 4: "recall by email", 5: "service by sms"}
			look := func(want map[string]bool) {
				t.Helper()
				for range 4 {
					o.tick(t.Context())
				}
				if len(o.touches) != len(want) {
					t.Fatalf("%d went, want %v", len(o.touches), want)
				}
				for _, touch := range o.touches {
					if !want[names[touch[7]]] {
						t.Errorf("%s went", names[touch[7]])
					}
				}
			}
			look(x.goes)
			if next := o.d.NextDue(); next <= noon {
				t.Errorf("what is paused is due at %s", next)
			}
			o.d.SetPauses(nil)
			look(all)
		})
	}
}

// So it is with what a passage through a journey says: that it passed its gate is not known of its message, but of its touch.
func TestAPauseOfAJourneyHoldsWhatPassedTheGate(t *testing.T) {
	for _, paused := range []string{"check_in", "other"} {
		c := &carrier{}
		d, in, rel := newDelivery(t, c, 4)
		said := send(rel, 1)
		d.Watch(somebody(1), []person.Waiting{{Touch: said.Touch, Due: noon, Program: said.Program, Engagement: said.Engagement, Channel: said.Channel, Class: said.Class, Journey: "check_in"}})
		d.Tick(noon) // asks
		committed(d, rel, 1)
		made := d.Tick(noon)
		d.SetPauses([]delivery.Pause{{Program: said.Program, Journey: paused}})
		made[0](t.Context())
		if got := in.settled(); (len(c.messages) == 0) != (paused == "check_in") || len(got) != 1 || (got[0].Outcome == engine.NotTaken) != (paused == "check_in") {
			t.Errorf("while %s is paused: %d messages, %+v", paused, len(c.messages), got)
		}
	}
}

// What passed its gate just before a pause is not handed over: it was not taken, and waits again.
func TestAPauseHoldsWhatPassedTheGate(t *testing.T) {
	c := &carrier{}
	d, in, rel := newDelivery(t, c, 4)
	committed(d, rel, 1)
	made := d.Tick(noon)
	d.SetPauses([]delivery.Pause{{Channel: "email"}})
	made[0](t.Context())
	if got := in.settled(); len(c.messages) != 0 || len(got) != 1 || got[0].Outcome != engine.NotTaken {
		t.Errorf("%d messages, %+v", len(c.messages), got)
	}
	if !d.Idle() {
		t.Error("something is still under way")
	}
}
