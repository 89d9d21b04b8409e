package delivery_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/program"
	"attune/core/release"
	"attune/internal/delivery"
	"attune/internal/programdir"
)

const noon = instant.Time(1_804_006_800_000)

// inputs are what delivery submitted.
type inputs struct {
	mu   sync.Mutex
	list []submitted
}

type submitted struct {
	person id.Person
	what   engine.What
}

func (i *inputs) Submit(p id.Person, what engine.What) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.list = append(i.list, submitted{p, what})
}

func (i *inputs) gates() (n int) {
	for _, s := range i.list {
		if _, ok := s.what.(engine.Gate); ok {
			n++
		}
	}
	return n
}

func (i *inputs) settled() (out []engine.Settled) {
	for _, s := range i.list {
		if x, ok := s.what.(engine.Settled); ok {
			out = append(out, x)
		}
	}
	return out
}

// carrier takes every message unless it is told an answer.
type carrier struct {
	mu       sync.Mutex
	messages []delivery.Message
	answer   error
	deadline time.Duration
}

func (*carrier) Can() delivery.Capabilities { return delivery.Capabilities{Name: "email"} }

func (c *carrier) Send(ctx context.Context, m delivery.Message) (delivery.Receipt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.messages = append(c.messages, m)
	if at, ok := ctx.Deadline(); ok {
		c.deadline = time.Until(at)
	}
	return delivery.Receipt{Reference: "r-1"}, c.answer
}

// finder is a carrier that can be asked.
type finder struct {
	carrier
	found map[id.Key]bool
	err   error
}

func (f *finder) Find(_ context.Context, attempt id.Key) (delivery.Receipt, bool, error) {
	return delivery.Receipt{Reference: "found"}, f.found[attempt], f.err
}

func diabetes(t testing.TB) *release.Release {
	t.Helper()
	zones, err := instant.LoadZones()
	if err != nil {
		t.Fatal(err)
	}
	rel, problems, err := programdir.Load(zones, "../../programs/diabetes")
	if rel == nil {
		t.Fatal(err, problems)
	}
	return rel
}

func newDelivery(t *testing.T, c delivery.Channel, atOnce int) (*delivery.Delivery, *inputs, *release.Release) {
	t.Helper()
	in, rel := &inputs{}, diabetes(t)
	d, err := delivery.New(delivery.Config{Inputs: in, Text: text(rel), Channels: []delivery.Channel{c}, MaxInFlight: atOnce})
	if err != nil {
		t.Fatal(err)
	}
	return d, in, rel
}

func text(rel *release.Release) func(string, string) (*program.Program, bool) {
	return func(id, content string) (*program.Program, bool) {
		p := rel.Programs[0]
		return p, p.ID == id && p.TemplateByHash(content) != nil
	}
}

func somebody(i int) id.Person { return id.Person{byte(i), 7} }

// send is the n-th attempt, committed at noon.
func send(rel *release.Release, n int) effect.Send {
	text := rel.Programs[0].Template("refill-plain", "email", "en")
	return effect.Send{
		At: noon, Touch: id.Key{1, byte(n)}, Attempt: id.Key{2, byte(n)}, Program: "diabetes", Channel: "email", Language: "en",
		Content: text.Hash, To: "ana@patients.example", Name: "Ana",
	}
}

// waits is a person's one touch, due at an instant.
func waits(p id.Person, due instant.Time) []person.Waiting {
	return []person.Waiting{{Touch: id.Key{1, p[0]}, Due: due, Program: "diabetes", Engagement: "refill_reminder", Channel: "email"}}
}

func committed(d *delivery.Delivery, rel *release.Release, n int) {
	d.Committed(delivery.Commit{Person: somebody(n), Gated: []id.Key{{1, byte(n)}}, Effects: []effect.Effect{send(rel, n)}})
}

func TestAnAttemptIsRenderedHandedOverAndReported(t *testing.T) {
	c := &carrier{}
	d, in, rel := newDelivery(t, c, 4)
	committed(d, rel, 1)
	made := d.Tick(noon)
	if len(made) != 1 || len(c.messages) != 0 || d.Idle() {
		t.Fatalf("%d hand-overs to make, %d made", len(made), len(c.messages))
	}
	made[0](t.Context())
	m := c.messages[0]
	if m.To != "ana@patients.example" || m.Attempt != (id.Key{2, 1}) || !strings.Contains(m.Subject+m.Body, "Ana") || !strings.Contains(m.Body, "Green Lane Diabetes Team") {
		t.Errorf("%+v", m)
	}
	want := engine.Settled{Attempt: m.Attempt, Outcome: engine.Accepted, Reference: "r-1", To: m.To, Subject: m.Subject, Body: m.Body}
	if got := in.settled(); len(got) != 1 || got[0] != want || in.list[0].person != somebody(1) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if !d.Idle() {
		t.Error("something is still under way")
	}
}

func TestOnlySoManyHandOversAreUnderWay(t *testing.T) {
	d, _, rel := newDelivery(t, &carrier{}, 3)
	for n := range 10 {
		committed(d, rel, n)
	}
	first := d.Tick(noon)
	if len(first) != 3 || len(d.Tick(noon)) != 0 {
		t.Fatalf("%d at once, want 3", len(first))
	}
	first[0](t.Context())
	if next := d.Tick(noon); len(next) != 1 {
		t.Fatalf("%d after one was made, want 1", len(next))
	}
}

// A gate asked is a hand-over to come; nothing is let through that would then have to wait.
func TestGatesAreAskedAsThereIsRoom(t *testing.T) {
	d, in, rel := newDelivery(t, &carrier{}, 4)
	for n := range 10 {
		d.Watch(somebody(n), waits(somebody(n), noon.Add(-instant.Duration(10-n)*instant.Minute)))
	}
	d.Watch(somebody(11), waits(somebody(11), noon+1))
	d.Tick(noon)
	d.Tick(noon)
	if in.gates() != 4 || in.list[0].person != somebody(0) {
		t.Fatalf("%d gates asked, first of %s", in.gates(), in.list[0].person)
	}
	// One is refused, one goes out: one place is free.
	d.Committed(delivery.Commit{Person: somebody(0), Gated: []id.Key{{1, 0}}})
	committed(d, rel, 1)
	d.Tick(noon)
	if in.gates() != 5 {
		t.Fatalf("%d gates asked, want 5", in.gates())
	}
	if d.NextDue() != noon.Add(-5*instant.Minute) {
		t.Errorf("next is due at %s", d.NextDue())
	}
}

func TestNobodyIsAskedForBeforeTheyAreDue(t *testing.T) {
	d, in, _ := newDelivery(t, &carrier{}, 4)
	d.Watch(somebody(1), waits(somebody(1), noon+1))
	if d.Tick(noon); in.gates() != 0 {
		t.Error("a gate was asked too early")
	}
	d.Committed(delivery.Commit{Person: somebody(1)}) // the touch ended meanwhile
	if d.Tick(noon + 1); in.gates() != 0 {
		t.Error("a gate was asked for nothing")
	}
}

// A server that was busy, or stood still, does not say what the gate allowed long ago.
func TestAStaleAttemptIsNotHandedOver(t *testing.T) {
	c := &carrier{}
	d, in, rel := newDelivery(t, c, 4)
	committed(d, rel, 1)
	committed(d, rel, 2)
	d.Tick(noon.Add(30 * instant.Second))[0](t.Context())
	if len(c.messages) != 1 {
		t.Fatal("an attempt of thirty seconds ago was not handed over")
	}
	committed(d, rel, 3)
	for _, hand := range d.Tick(noon.Add(30*instant.Second + 1)) {
		hand(t.Context())
	}
	if got := in.settled(); len(c.messages) != 1 || got[len(got)-1].Outcome != engine.NotTaken {
		t.Errorf("%d messages, %+v", len(c.messages), got)
	}
}

func TestStoppingFinishesWhatWasLetThrough(t *testing.T) {
	c := &carrier{}
	d, in, rel := newDelivery(t, c, 4)
	d.Watch(somebody(1), waits(somebody(1), noon))
	committed(d, rel, 2)
	d.Stop()
	for _, hand := range d.Tick(noon) {
		hand(t.Context())
	}
	if in.gates() != 0 || len(c.messages) != 1 {
		t.Errorf("stopped: %d gates asked, %d messages", in.gates(), len(c.messages))
	}
}

func TestBeingToldTwiceHandsOverOnce(t *testing.T) {
	c := &carrier{}
	d, _, rel := newDelivery(t, c, 4)
	committed(d, rel, 1)
	committed(d, rel, 1)
	made := d.Tick(noon)
	committed(d, rel, 1) // while it is under way
	for _, hand := range made {
		hand(t.Context())
	}
	committed(d, rel, 1) // and after
	if again := d.Tick(noon); len(c.messages) != 1 || len(again) != 0 {
		t.Errorf("%d messages, %d more to come", len(c.messages), len(again))
	}
}

func TestWhatTheCarrierSaysIsReported(t *testing.T) {
	broken := errors.New("connection reset")
	for name, c := range map[string]struct {
		says error
		want engine.Outcome
		wait instant.Duration
	}{
		"nothing: it was taken":         {nil, engine.Accepted, 0},
		"refused for good":              {delivery.Permanent(broken), engine.Rejected, 0},
		"not now":                       {delivery.RetryAfter(broken, 2*time.Minute), engine.Postponed, 2 * instant.Minute},
		"that it does not know":         {delivery.Uncertain(broken), engine.Unknown, 0},
		"something nobody thought of":   {broken, engine.Unknown, 0},
		"that time ran out in the text": {context.DeadlineExceeded, engine.Unknown, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d, in, rel := newDelivery(t, &carrier{answer: c.says}, 1)
			committed(d, rel, 1)
			d.Tick(noon)[0](t.Context())
			if got := in.settled()[0]; got.Outcome != c.want || got.RetryAfter != c.wait {
				t.Errorf("%s after %v", got.Outcome, got.RetryAfter)
			}
		})
	}
}

// Without the text it was approved with, or without its channel, nothing is sent.
func TestWhatCannotBeSentIsNotTaken(t *testing.T) {
	c := &carrier{}
	d, in, rel := newDelivery(t, c, 4)
	unknownText, unknownChannel := send(rel, 1), send(rel, 2)
	unknownText.Content, unknownChannel.Channel = "another hash", "pigeon"
	d.Committed(delivery.Commit{Person: somebody(1), Effects: []effect.Effect{unknownText, unknownChannel}})
	for _, hand := range d.Tick(noon) {
		hand(t.Context())
	}
	for _, s := range in.settled() {
		if s.Outcome != engine.NotTaken {
			t.Errorf("%+v", s)
		}
	}
	if len(c.messages) != 0 || len(in.settled()) != 2 {
		t.Errorf("%d messages, %d outcomes", len(c.messages), len(in.settled()))
	}
}

// An address that may not be used is not handed to any carrier, whatever its person's order let pass;
// and where nobody can tell, it is not either.
func TestASuppressedAddressIsNotHandedOver(t *testing.T) {
	broken := errors.New("no disk")
	for name, c := range map[string]struct {
		says string
		is   bool
		err  error
		want engine.Outcome
		sent int
	}{
		"it may be used":       {want: engine.Accepted, sent: 1},
		"somebody said stop":   {says: "stop", is: true, want: engine.Rejected},
		"the book is not read": {err: broken, want: engine.Postponed},
	} {
		t.Run(name, func(t *testing.T) {
			carried, in, rel := &carrier{}, &inputs{}, diabetes(t)
			asked := ""
			d, err := delivery.New(delivery.Config{Inputs: in, Text: text(rel), Channels: []delivery.Channel{carried}, Suppressed: func(_ context.Context, channel, address string) (string, bool, error) {
				asked = channel + " " + address
				return c.says, c.is, c.err
			}})
			if err != nil {
				t.Fatal(err)
			}
			committed(d, rel, 1)
			d.Tick(noon)[0](t.Context())
			got := in.settled()[0]
			if got.Outcome != c.want || len(carried.messages) != c.sent || asked != "email ana@patients.example" || got.Body != "" && c.sent == 0 || !strings.Contains(got.Reference, c.says) {
				t.Errorf("asked about %q: %s %q, %d sent", asked, got.Outcome, got.Reference, len(carried.messages))
			}
		})
	}
}

// What is clinical does not go to an open address at which others are reached, whoever came there a moment ago.
func TestWhatIsClinicalIsNotHandedOverToASharedAddress(t *testing.T) {
	for name, c := range map[string]struct {
		tells  event.Sensitivity
		shared bool
		err    error
		want   engine.Outcome
	}{
		"nobody else is there":        {tells: event.Clinical, want: engine.Accepted},
		"others are there":            {tells: event.Clinical, shared: true, want: engine.Rejected},
		"nobody can tell":             {tells: event.Clinical, err: errors.New("no disk"), want: engine.Postponed},
		"it is personal and no more":  {tells: event.Personal, shared: true, want: engine.Accepted},
		"it is personal, and unknown": {tells: event.Personal, err: errors.New("no disk"), want: engine.Accepted},
	} {
		t.Run(name, func(t *testing.T) {
			carried, in, rel := &carrier{}, &inputs{}, diabetes(t)
			rel.Programs[0].Engagement("refill_reminder").Sensitivity = c.tells
			d, err := delivery.New(delivery.Config{Inputs: in, Text: text(rel), Channels: []delivery.Channel{carried}, Shared: func(context.Context, string, string) (bool, error) {
				return c.shared, c.err
			}})
			if err != nil {
				t.Fatal(err)
			}
			s := send(rel, 1)
			s.Engagement = "refill_reminder"
			d.Committed(delivery.Commit{Person: somebody(1), Gated: []id.Key{{1, 1}}, Effects: []effect.Effect{s}})
			d.Tick(noon)[0](t.Context())
			if got := in.settled()[0]; got.Outcome != c.want || len(carried.messages) > 0 != (c.want == engine.Accepted) {
				t.Errorf("%s %q, %d sent", got.Outcome, got.Reference, len(carried.messages))
			}
		})
	}
}

// A withdrawal waits for what is under way, so nothing may be under way for long.
func TestNoHandOverMayTakeLongerThanTheCeiling(t *testing.T) {
	if _, err := delivery.New(delivery.Config{Inputs: &inputs{}, Text: text(diabetes(t)), Timeout: 10*time.Second + 1}); err == nil {
		t.Error("a longer timeout was accepted")
	}
	c := &carrier{}
	d, _, rel := newDelivery(t, c, 1)
	committed(d, rel, 1)
	d.Tick(noon)[0](t.Context())
	if c.deadline <= 0 || c.deadline > 10*time.Second {
		t.Errorf("the carrier was given %v", c.deadline)
	}
}

func TestReconcilingAsksCarriersThatCanTell(t *testing.T) {
	taken := person.Touch{ID: id.Key{1}, Channel: "email", State: person.InFlight, Attempts: 1}
	lost := person.Touch{ID: id.Key{2}, Channel: "email", State: person.Uncertain, Attempts: 2}
	other := person.Touch{ID: id.Key{3}, Channel: "sms", State: person.InFlight, Attempts: 1}
	done := person.Touch{ID: id.Key{4}, Channel: "email", State: person.HandedOver, Attempts: 1}
	waiting := person.Touch{ID: id.Key{5}, Channel: "email", State: person.Pending}
	p := &person.Person{ID: somebody(1), Touches: []person.Touch{taken, lost, other, done, waiting}}

	d, in, _ := newDelivery(t, &finder{found: map[id.Key]bool{taken.Attempt(): true}}, 1)
	if err := d.Reconcile(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	want := []engine.Settled{
		{Attempt: taken.Attempt(), Outcome: engine.Accepted, Reference: "found"},
		{Attempt: lost.Attempt(), Outcome: engine.NotTaken, Reference: "found"},
	}
	if got := in.settled(); !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}

	d, in, _ = newDelivery(t, &finder{err: errors.New("it does not answer")}, 1)
	if err := d.Reconcile(t.Context(), p); err == nil || len(in.list) != 0 {
		t.Errorf("a carrier that does not answer: %v, %+v", err, in.list)
	}
	d, in, _ = newDelivery(t, &carrier{}, 1)
	if err := d.Reconcile(t.Context(), p); err != nil || len(in.list) != 0 {
		t.Errorf("a carrier that cannot be asked: %v, %+v", err, in.list)
	}
}
