package delivery_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"attune/core/channel"
	"attune/core/engine"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/internal/delivery"
)

var errDown = errors.New("the provider is down")

// state is that of the e-mail channel.
func state(t testing.TB, d *delivery.Delivery) delivery.State {
	t.Helper()
	for _, s := range d.States() {
		if s.Channel == "email" {
			return s
		}
	}
	t.Fatal("there is no e-mail")
	return delivery.State{}
}

func backlog(o *order, n int) {
	for k := range n {
		o.add(k, person.Waiting{Due: o.now, Class: channel.Service})
	}
}

func TestARateIsKeptAndUsed(t *testing.T) {
	o := newOrder(t, map[string]delivery.Limits{"email": {Rate: 10, AtOnce: 1000}}, &carrier{})
	backlog(o, 500)
	begin := o.now
	perSecond := map[instant.Duration]int{}
	for ; o.now < begin.Add(5*instant.Second); o.now += 10 {
		before := len(o.classes)
		o.tick(t.Context())
		perSecond[o.now.Sub(begin)/instant.Second] += len(o.classes) - before
	}
	// A second's worth at once after the rest, and then as many as the rate says.
	if perSecond[0] != 19 || perSecond[1] != 10 || perSecond[4] != 10 {
		t.Errorf("handed over by second: %v", perSecond)
	}
	if next := o.d.NextDue(); next <= o.now-10 || next > o.now.Add(100) {
		t.Errorf("the next may go %v after now", next.Sub(o.now))
	}
}

// Over any stretch of time no more begins than the rate and one second's worth, however the work comes.
func TestARateIsNeverExceeded(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rate := rapid.IntRange(1, 50).Draw(rt, "rate")
		o := newOrder(t, map[string]delivery.Limits{"email": {Rate: float64(rate), AtOnce: 1000}}, &carrier{})
		var began []instant.Time
		n := 0
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			o.now += instant.Time(rapid.IntRange(0, 2000).Draw(rt, "pass"))
			for range rapid.IntRange(0, 30).Draw(rt, "more") {
				n++
				o.add(n, person.Waiting{Due: o.now, Class: rapid.SampledFrom(channel.Classes()).Draw(rt, "class")})
			}
			before := len(o.classes)
			o.tick(t.Context())
			for range len(o.classes) - before {
				began = append(began, o.now)
			}
		}
		for i := range began {
			for j := i; j < len(began); j++ {
				within := float64(began[j]-began[i]) / 1000
				if most := within*float64(rate) + float64(max(rate, 1)) + 0.01; float64(j-i+1) > most {
					rt.Fatalf("%d within %.3f s at %d a second", j-i+1, within, rate)
				}
			}
		}
	})
}

// What the gate refuses was not handed over, so it uses up nothing.
func TestARefusedGateCostsNoRate(t *testing.T) {
	o := newOrder(t, map[string]delivery.Limits{"email": {Rate: 1}}, &carrier{})
	backlog(o, 2)
	o.d.Tick(o.now)
	if len(o.asked) != 1 {
		t.Fatalf("%d gates asked at once, want 1", len(o.asked))
	}
	a := o.asked[0]
	o.asked = nil
	o.d.Committed(delivery.Commit{Person: a.person, Gated: touches(a)})
	if o.d.Tick(o.now); len(o.asked) != 1 {
		t.Error("the second has to wait for one that was refused")
	}
}

func TestACarrierThatFailsForEverybodyIsNotAsked(t *testing.T) {
	c := &carrier{answer: delivery.RetryAfter(errDown, time.Minute)}
	o := newOrder(t, map[string]delivery.Limits{"email": {AtOnce: 1}}, c)
	backlog(o, 200)
	for range 40 {
		o.tick(t.Context())
	}
	if s := state(t, o.d); len(c.messages) != 10 || s.Carrier != delivery.Open || s.Until != o.now.Add(30*instant.Second) || s.Due[channel.Service] != 190 {
		t.Fatalf("after %d failures it is %+v", len(c.messages), s)
	}
	if next := o.d.NextDue(); next != o.now.Add(30*instant.Second) {
		t.Errorf("it is tried again at %s", next)
	}
	// One attempt, and twice as long a wait, up to five minutes.
	for _, wait := range []instant.Duration{30, 60, 120, 240, 300, 300} {
		o.now = o.now.Add(wait * instant.Second)
		before := len(c.messages)
		for range 10 {
			o.tick(t.Context())
		}
		if len(c.messages) != before+1 {
			t.Fatalf("after %d s %d attempts were made, want 1", wait, len(c.messages)-before)
		}
	}
	c.answer = nil
	o.now = o.now.Add(5 * instant.Minute)
	for range 500 {
		o.tick(t.Context())
	}
	if s := state(t, o.d); s.Carrier != delivery.Closed || len(o.classes) != 200 {
		t.Errorf("the carrier answers again: %+v, %d handed over", s, len(o.classes))
	}
}

func TestWhatOpensABreaker(t *testing.T) {
	for name, x := range map[string]struct {
		answers func(n int) error
		open    bool
	}{
		"refusing single messages is an answer":    {func(int) error { return delivery.Permanent(errDown) }, false},
		"nine of ten, never ten in a row":          {func(n int) error { return failIf(n%10 != 9) }, true},
		"every third":                              {func(n int) error { return failIf(n%3 == 0) }, false},
		"every second, once there are enough":      {func(n int) error { return failIf(n%2 == 0) }, true},
		"not knowing is failing":                   {func(int) error { return errDown }, true},
		"nine at the start, and good for the rest": {func(n int) error { return failIf(n < 9) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := &scripted{answers: x.answers}
			o := newOrder(t, map[string]delivery.Limits{"email": {AtOnce: 1}}, c)
			backlog(o, 60)
			for range 130 {
				o.tick(t.Context())
			}
			if s := state(t, o.d); (s.Carrier == delivery.Open) != x.open {
				t.Errorf("after %d messages it is %+v", c.n, s)
			}
		})
	}
}

func TestOneChannelsTroubleIsNotAnothers(t *testing.T) {
	c := &carrier{answer: delivery.RetryAfter(errDown, time.Minute)}
	sms := &named{name: "sms"}
	o := newOrder(t, nil, c, sms)
	backlog(o, 50)
	for k := 100; k < 150; k++ {
		o.add(k, person.Waiting{Due: o.now, Class: channel.Promotional, Channel: "sms"})
	}
	for range 30 {
		o.tick(t.Context())
	}
	if len(sms.messages) != 50 || state(t, o.d).Carrier != delivery.Open {
		t.Errorf("%d texts went out, e-mail is %+v", len(sms.messages), state(t, o.d))
	}
}

// A part of a channel is kept for safety, so that it need not wait for a slow carrier's other work.
func TestSafetyFindsRoomWhileTheChannelIsBusy(t *testing.T) {
	o := newOrder(t, map[string]delivery.Limits{"email": {AtOnce: 16}}, &carrier{})
	backlog(o, 100)
	o.d.Tick(o.now)
	if len(o.asked) != 14 {
		t.Fatalf("%d gates asked, want 14 of 16", len(o.asked))
	}
	o.add(1000, person.Waiting{Due: o.now, Class: channel.Safety})
	if o.d.Tick(o.now); len(o.asked) != 15 {
		t.Error("safety waits for others")
	}
}

func failIf(fails bool) error {
	if fails {
		return delivery.RetryAfter(errDown, time.Minute)
	}
	return nil
}

type scripted struct {
	carrier
	n       int
	answers func(n int) error
}

func (s *scripted) Send(_ context.Context, _ delivery.Message) (delivery.Receipt, error) {
	s.n++
	return delivery.Receipt{}, s.answers(s.n - 1)
}

func touches(s submitted) []id.Key { return slices.Clone(s.what.(engine.Gate).Touches) }

// Gates are asked ahead of a carrier by what it took lately, so that it does not wait for them; what has passed a gate
// never waits long for a slow one.
func TestMoreGatesAreAskedAheadOfACarrierThatTakesMuch(t *testing.T) {
	mail := &carrier{}
	o := newOrder(t, map[string]delivery.Limits{"email": {AtOnce: 8}}, mail)
	backlog(o, 1000)
	const most, window = 7, 10 // an eighth is kept for safety; ten ticks are a tenth of a second
	made := make([]int, 0, 10*window)
	asked := make([]int, 0, 10*window)
	for range 10 * window {
		before := len(o.touches)
		made = append(made, o.tick(t.Context()))
		asked = append(asked, len(o.touches)-before)
		o.now += 10
	}
	if slices.Max(made) != most {
		t.Errorf("%d were under way at once of %d", slices.Max(made), most)
	}
	if first := slices.Max(asked[:window]); first != most {
		t.Errorf("%d gates were asked at once while nothing was known of the carrier, want %d", first, most)
	}
	ahead := func() int { return len(o.touches) - len(mail.messages) }
	if got, want := ahead(), most+8*most; got <= most || got > want {
		t.Errorf("%d wait behind open gates after a second of ten times %d a tenth: more than %d and at most %d should", got, most, most, want)
	}
	o.now += instant.Time(instant.Second) // the carrier took nothing for a while
	if before := len(o.touches); o.tick(t.Context()) != most || len(o.touches) != before {
		t.Errorf("%d more gates were asked ahead of a carrier that took nothing lately", len(o.touches)-before)
	}
}
