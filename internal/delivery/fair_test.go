package delivery_test

import (
	"context"
	"encoding/binary"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"attune/core/channel"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/program"
	"attune/internal/delivery"
)

// order answers every gate by letting its touches through, and remembers in which order they were asked.
type order struct {
	d       *delivery.Delivery
	program *program.Program
	waiting map[id.Person][]person.Waiting
	classes []channel.Class
	touches []id.Key
	now     instant.Time
	asked   []submitted
}

func (o *order) Submit(p id.Person, what engine.What) {
	if gate, ok := what.(engine.Gate); ok { // while Tick runs; outcomes come from anywhere
		o.asked = append(o.asked, submitted{p, gate})
	}
}

// answer lets through what was asked.
func (o *order) answer() {
	asked := o.asked
	o.asked = nil
	for _, a := range asked {
		gate := a.what.(engine.Gate)
		c := delivery.Commit{Person: a.person, Gated: gate.Touches}
		for _, w := range o.waiting[a.person] {
			if !slices.Contains(gate.Touches, w.Touch) {
				c.Waiting = append(c.Waiting, w)
				continue
			}
			o.classes, o.touches = append(o.classes, w.Class), append(o.touches, w.Touch)
			c.Effects = append(c.Effects, effect.Send{At: o.now, Touch: w.Touch, Attempt: w.Touch, Program: w.Program, Engagement: w.Engagement, Channel: w.Channel, Class: w.Class, Content: o.program.Content[0].Hash})
		}
		o.waiting[a.person] = c.Waiting
		o.d.Committed(c)
	}
}

// tick lets one instant pass: what was let through is handed over, what was asked is answered.
func (o *order) tick(ctx context.Context) int {
	made := o.d.Tick(o.now)
	for _, hand := range made {
		hand(ctx)
	}
	o.answer()
	return len(made)
}

func (o *order) add(n int, ws ...person.Waiting) {
	var p id.Person
	binary.BigEndian.PutUint64(p[:], uint64(n)+1)
	for i := range ws {
		ws[i].Touch = touchOf(n, i)
		if ws[i].Channel == "" {
			ws[i].Channel = "email"
		}
		ws[i].Program = "diabetes"
		if ws[i].Engagement == "" {
			ws[i].Engagement = ws[i].Class.String()
		}
	}
	o.waiting[p] = ws
	o.d.Watch(p, ws)
}

// touchOf is the i-th touch of the n-th person.
func touchOf(n, i int) (touch id.Key) {
	binary.BigEndian.PutUint64(touch[:], uint64(n)+1)
	touch[15] = byte(i)
	return touch
}

func newOrder(t testing.TB, limits map[string]delivery.Limits, carriers ...delivery.Channel) *order {
	t.Helper()
	rel := diabetes(t)
	o := &order{program: rel.Programs[0], waiting: map[id.Person][]person.Waiting{}, now: noon}
	var err error
	if o.d, err = delivery.New(delivery.Config{Inputs: o, Text: text(rel), Channels: carriers, Limits: limits}); err != nil {
		t.Fatal(err)
	}
	return o
}

func oneAtATime() map[string]delivery.Limits {
	return map[string]delivery.Limits{"email": {AtOnce: 1}}
}

func TestWhoGoesFirstWhenMoreIsDueThanCanBeHandedOver(t *testing.T) {
	const s, c, e, p = channel.Safety, channel.Clinical, channel.Service, channel.Promotional
	for name, x := range map[string]struct {
		due  map[channel.Class]int
		want []channel.Class
	}{
		"safety before all others, to the last": {map[channel.Class]int{s: 4, c: 1, p: 1}, []channel.Class{s, s, s, s, c, p}},
		"eight clinical to four service to one promotional": {
			map[channel.Class]int{c: 20, e: 20, p: 20},
			[]channel.Class{c, c, c, c, c, c, c, c, e, e, e, e, p, c, c, c, c, c, c, c, c, e, e, e, e, p},
		},
		"two classes share what the third leaves": {map[channel.Class]int{e: 9, p: 9}, []channel.Class{e, e, e, e, p, e, e, e, e, p, e, p, p, p}},
		"one alone has everything":                {map[channel.Class]int{p: 3}, []channel.Class{p, p, p}},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOrder(t, oneAtATime(), &carrier{})
			n := 0
			for _, class := range channel.Classes() {
				for range x.due[class] {
					n++
					o.add(n, person.Waiting{Due: noon, Class: class})
				}
			}
			for range 2 * len(x.want) {
				o.tick(t.Context())
			}
			if got := o.classes[:len(x.want)]; !slices.Equal(got, x.want) {
				t.Errorf("the order is\n%v, want\n%v", got, x.want)
			}
		})
	}
}

func TestWithinAClassTheLongestDueGoesFirstAndThenTheMoreValuable(t *testing.T) {
	o := newOrder(t, oneAtATime(), &carrier{})
	o.add(1, person.Waiting{Due: noon - 2, Class: channel.Service, Value: 1, Engagement: "a"})
	o.add(2, person.Waiting{Due: noon - 1, Class: channel.Service, Value: 9, Engagement: "b"})
	o.add(3, person.Waiting{Due: noon.Add(-10 * instant.Minute), Class: channel.Service, Value: 0, Engagement: "c"})
	for range 8 {
		o.tick(t.Context())
	}
	var got []byte
	for _, touch := range o.touches {
		got = append(got, touch[7])
	}
	if !slices.Equal(got, []byte{4, 3, 2}) { // the third person, then the second, then the first
		t.Errorf("the order is %v", got)
	}
}

// What is due for one person at one time is asked together, so that the person's order is written once.
func TestAPersonsTouchesAreAskedTogether(t *testing.T) {
	sms := &named{name: "sms"}
	o := newOrder(t, map[string]delivery.Limits{"sms": {AtOnce: 1}}, &carrier{}, sms)
	o.add(1, person.Waiting{Due: noon, Class: channel.Clinical}, person.Waiting{Due: noon, Class: channel.Promotional, Channel: "sms"}, person.Waiting{Due: noon, Class: channel.Promotional, Channel: "sms"}, person.Waiting{Due: noon + 1, Class: channel.Service})
	o.d.Tick(noon)
	if len(o.asked) != 1 || len(o.asked[0].what.(engine.Gate).Touches) != 2 {
		t.Fatalf("asked: %+v", o.asked)
	}
}

type named struct {
	carrier
	name string
}

func (n *named) Can() delivery.Capabilities { return delivery.Capabilities{Name: n.name} }

// Whatever is due in whatever order: nothing waits while there is room, safety waits for nobody else's
// turn, no class starves, and each touch is asked once.
func TestClassesShareFairly(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		atOnce := rapid.IntRange(1, 20).Draw(rt, "at once")
		o := newOrder(t, map[string]delivery.Limits{"email": {AtOnce: atOnce}}, &carrier{})
		n := rapid.IntRange(1, 150).Draw(rt, "touches")
		left := map[channel.Class]int{}
		for k := range n {
			class := rapid.SampledFrom(channel.Classes()).Draw(rt, "class")
			o.add(k, person.Waiting{Due: noon.Add(-instant.Duration(rapid.IntRange(0, 1000).Draw(rt, "late"))), Class: class, Value: float64(rapid.IntRange(0, 3).Draw(rt, "value"))})
			left[class]++
		}
		passedOver := map[channel.Class]int{}
		for ticks := 0; len(o.classes) < n; ticks++ {
			if ticks > 4*n {
				rt.Fatal("it does not end")
			}
			before, idle := len(o.classes), o.d.Idle()
			o.tick(t.Context())
			for _, class := range o.classes[before:] {
				if class != channel.Safety && left[channel.Safety] > 0 {
					rt.Fatalf("%s went before %d of safety", class, left[channel.Safety])
				}
				left[class]--
				for _, other := range channel.Classes()[1:] {
					switch {
					case other == class || left[other] == 0:
						passedOver[other] = 0
					case class != channel.Safety:
						passedOver[other]++
					}
					if passedOver[other] > 2*13 {
						rt.Fatalf("%s was passed over %d times", other, passedOver[other])
					}
				}
			}
			if len(o.classes) == before && idle {
				rt.Fatal("there is room and nothing is asked")
			}
		}
		slices.SortFunc(o.touches, func(a, b id.Key) int { return slices.Compare(a[:], b[:]) })
		if len(slices.Compact(o.touches)) != n {
			rt.Fatal("a touch was asked twice")
		}
	})
}
