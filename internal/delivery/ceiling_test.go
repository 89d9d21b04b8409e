package delivery_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"attune/core/channel"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/internal/delivery"
)

// under is an order under a ceiling, and what operators are told.
func under(t testing.TB, c delivery.Ceiling) (*order, *bytes.Buffer) {
	t.Helper()
	rel, told := diabetes(t), &bytes.Buffer{}
	o := &order{program: rel.Programs[0], waiting: map[id.Person][]person.Waiting{}, now: noon}
	var err error
	o.d, err = delivery.New(delivery.Config{
		Inputs: o, Text: text(rel), Channels: []delivery.Channel{&carrier{}, &named{name: "sms"}}, Ceiling: c, MaxInFlight: 1000,
		Logger: slog.New(slog.NewTextHandler(told, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return o, told
}

// settle lets everything go that may go now, and tells how many have gone in all.
func (o *order) settle(t testing.TB) int {
	t.Helper()
	for before := -1; before != len(o.touches); {
		before = len(o.touches)
		o.tick(t.Context())
		o.tick(t.Context())
	}
	return len(o.touches)
}

func recalls(o *order, from, n int, w person.Waiting) {
	for k := range n {
		w.Due, w.Engagement = o.now, "recall"
		o.add(from+k, w)
	}
}

func TestWhatIsAboveTheCeilingWaits(t *testing.T) {
	const hour = 60
	type after struct{ minutes, gone int }
	raise := func(to int, until instant.Duration) delivery.Raise {
		return delivery.Raise{Program: "diabetes", Engagement: "recall", To: to, Until: noon.Add(until * instant.Minute)}
	}
	for name, x := range map[string]struct {
		ceiling delivery.Ceiling
		raises  []delivery.Raise
		before  map[int]int // how many went how many minutes ago
		want    []after
	}{
		"no ceiling is none":                {want: []after{{0, 30}}},
		"an hour's":                         {ceiling: delivery.Ceiling{Hour: 5}, want: []after{{0, 5}, {1, 5}, {hour, 5}, {hour + 1, 10}, {2*hour + 1, 10}, {2*hour + 2, 15}}},
		"a day's":                           {ceiling: delivery.Ceiling{Day: 8}, want: []after{{0, 8}, {24 * hour, 8}, {24*hour + 1, 16}}},
		"both":                              {ceiling: delivery.Ceiling{Hour: 5, Day: 8}, want: []after{{0, 5}, {hour + 1, 8}, {24 * hour, 8}, {24*hour + 1, 13}}},
		"what went before a restart counts": {ceiling: delivery.Ceiling{Hour: 5}, before: map[int]int{30: 2, 59: 1, 70: 4}, want: []after{{0, 2}, {2, 3}, {31, 5}}},
		"raised":                            {ceiling: delivery.Ceiling{Hour: 5, Day: 8}, raises: []delivery.Raise{raise(20, hour)}, want: []after{{0, 20}}},
		"raised for a time":                 {ceiling: delivery.Ceiling{Hour: 5}, raises: []delivery.Raise{raise(7, 2*hour)}, want: []after{{0, 7}, {hour + 1, 14}, {2*hour + 1, 14}, {2*hour + 2, 19}}},
		"raised until now":                  {ceiling: delivery.Ceiling{Hour: 5}, raises: []delivery.Raise{raise(20, 0)}, want: []after{{0, 5}}},
		"raised to less":                    {ceiling: delivery.Ceiling{Hour: 5}, raises: []delivery.Raise{raise(2, hour)}, want: []after{{0, 5}}},
		"raised where there is none":        {ceiling: delivery.Ceiling{Day: 5}, raises: []delivery.Raise{raise(7, hour)}, want: []after{{0, 7}}},
		"another engagement's raise lifts nothing": {ceiling: delivery.Ceiling{Hour: 5}, raises: []delivery.Raise{{Program: "diabetes", Engagement: "other", To: 20, Until: instant.Never}, {Program: "hiv", Engagement: "recall", To: 20, Until: instant.Never}}, want: []after{{0, 5}}},
	} {
		t.Run(name, func(t *testing.T) {
			o, _ := under(t, x.ceiling)
			for ago := 100; ago >= 0; ago-- {
				for range x.before[ago] {
					o.d.Began("diabetes", "recall", noon.Add(instant.Duration(-ago)*instant.Minute))
				}
			}
			o.d.SetRaises(x.raises)
			recalls(o, 0, 30, person.Waiting{Class: channel.Service})
			for _, a := range x.want {
				o.now = noon.Add(instant.Duration(a.minutes) * instant.Minute)
				if gone := o.settle(t); gone != a.gone {
					t.Fatalf("%d minutes later %d are gone, want %d", a.minutes, gone, a.gone)
				}
			}
		})
	}
}

func TestTheCeilingIsOneEngagementsAndOfFirstHandOvers(t *testing.T) {
	o, told := under(t, delivery.Ceiling{Hour: 3})
	recalls(o, 0, 5, person.Waiting{Class: channel.Safety})
	recalls(o, 10, 5, person.Waiting{Class: channel.Safety, Channel: "sms"})
	recalls(o, 20, 4, person.Waiting{Class: channel.Safety, Tried: true})
	for k := range 2 {
		o.add(30+k, person.Waiting{Due: o.now, Class: channel.Service})
	}
	// Three over both channels together, the four that were tried before, and the two of another.
	if gone := o.settle(t); gone != 9 {
		t.Errorf("%d are gone", gone)
	}
	streams := o.d.Streams()
	if len(streams) != 2 || streams[0].Engagement != "recall" || streams[0].Hour != 3 || streams[0].Held != 7 || streams[0].Opens != noon.Add(61*instant.Minute) || streams[1].Hour != 2 || streams[1].Held != 0 {
		t.Errorf("they do like this: %+v", streams)
	}
	if above := state(t, o.d).Above; above < 2 || above > 5 {
		t.Errorf("%d e-mails are above the ceiling", above)
	}
	warnings := func() int { return strings.Count(told.String(), "at its ceiling") }
	for range 50 {
		o.now = o.now.Add(instant.Minute)
		o.settle(t)
	}
	if warnings() != 1 || !strings.Contains(told.String(), "program=diabetes rule=recall count=3") {
		t.Errorf("operators are told %s", told)
	}
	o.d.SetRaises([]delivery.Raise{{Program: "diabetes", Engagement: "recall", To: 5, Until: instant.Never}})
	if gone := o.settle(t); gone != 11 || warnings() != 2 {
		t.Errorf("raised, %d are gone, and operators are told %s", gone, told)
	}
}

// What the gate refuses began nothing; while it is asked its place is kept.
func TestARefusedGateLeavesRoomBelowTheCeiling(t *testing.T) {
	o, told := under(t, delivery.Ceiling{Hour: 1})
	recalls(o, 0, 2, person.Waiting{Class: channel.Service})
	if o.d.Tick(o.now); len(o.asked) != 1 || o.d.NextDue() != instant.Never {
		t.Fatalf("%d gates are asked, and then at %s", len(o.asked), o.d.NextDue())
	}
	a := o.asked[0]
	o.asked = nil
	o.d.Committed(delivery.Commit{Person: a.person, Gated: touches(a)})
	if gone := o.settle(t); gone != 1 || told.Len() > 0 {
		t.Errorf("%d went, and operators are told %s", gone, told)
	}
}

// Whatever comes, and when: never more than the ceiling within any hour or day, nothing waits for nothing,
// and who goes by when the next is due gets everything done.
func TestACeilingIsKept(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		c := delivery.Ceiling{Hour: rapid.IntRange(1, 6).Draw(rt, "hour"), Day: rapid.IntRange(1, 20).Draw(rt, "day")}
		o, _ := under(t, c)
		var began []instant.Time
		settle := func() {
			before := len(o.touches)
			for range o.settle(t) - before {
				began = append(began, o.now)
			}
		}
		people := 0
		for range rapid.IntRange(1, 12).Draw(rt, "moves") {
			o.now += instant.Time(rapid.Int64Range(0, int64(90*instant.Minute)).Draw(rt, "pass"))
			n := rapid.IntRange(0, 8).Draw(rt, "more")
			recalls(o, people, n, person.Waiting{Class: channel.Service})
			people += n
			settle()
		}
		for len(began) < people {
			next := o.d.NextDue()
			if next <= o.now || next.Sub(o.now) > 25*instant.Hour {
				rt.Fatalf("%d of %d went by %s, and the next may at %s", len(began), people, o.now, next)
			}
			o.now = next
			settle()
		}
		within := func(span instant.Duration, most int) {
			for i := range began {
				if k := i + most; k < len(began) && began[k].Sub(began[i]) < span {
					rt.Fatalf("%d within %s, from %s on", most+1, began[k].Sub(began[i]), began[i])
				}
			}
		}
		within(instant.Hour, c.Hour)
		within(instant.Day, c.Day)
	})
}
