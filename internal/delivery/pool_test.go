package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"attune/core/channel"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/release"
	"attune/internal/delivery"
)

// nurses carry calls from nine to five, so many a day, by the clock of UTC.
type nurses struct {
	perDay  int
	handed  []instant.Time
	failing error
	free    bool // nothing bounds them
}

func (n *nurses) Of(_, name string) (delivery.Team, bool) {
	return delivery.Team{Name: "nurses", PerDay: n.perDay, Hours: policy.Hours{From: 9 * instant.Hour, To: 17 * instant.Hour}}, name == channel.Call && !n.free
}

func (n *nurses) HandedOver(_ context.Context, team string, from, until instant.Time) (count int, err error) {
	for _, at := range n.handed {
		if team == "nurses" && at >= from && at < until {
			count++
		}
	}
	return count, n.failing
}

// ward answers gates and remembers, in order, what was handed over and what was said of the others.
type ward struct {
	d      *delivery.Delivery
	team   *nurses
	now    instant.Time
	waits  map[id.Person][]person.Waiting
	inputs []submitted
	// refuses are touches that the gate does not let pass, and calls those it does, as they go.
	refuses   map[id.Key]bool
	content   string
	log       []string
	calls     []instant.Time
	contended map[id.Key]person.Waiting
}

func (w *ward) Submit(p id.Person, what engine.What) { w.inputs = append(w.inputs, submitted{p, what}) }

func newWard(t testing.TB, rel *release.Release, team *nurses) *ward {
	t.Helper()
	w := &ward{team: team, now: midnight.Add(8 * instant.Hour), waits: map[id.Person][]person.Waiting{}, refuses: map[id.Key]bool{}, content: rel.Programs[0].Content[0].Hash, contended: map[id.Key]person.Waiting{}}
	var err error
	if w.d, err = delivery.New(delivery.Config{Inputs: w, Text: text(rel), Channels: []delivery.Channel{&named{name: channel.Call}}, Teams: team}); err != nil {
		t.Fatal(err)
	}
	return w
}

// midnight begins a day of UTC.
const midnight = instant.Time(1_804_032_000_000)

// due lets a contact of somebody's fall due.
func (w *ward) due(n byte, class channel.Class, value float64, at instant.Time) {
	x := person.Waiting{Touch: id.Key{n}, Due: at, Program: "diabetes", Engagement: class.String(), Channel: channel.Call, Class: class, Value: value}
	w.waits[id.Person{n}] = []person.Waiting{x}
	w.contended[x.Touch] = x
	w.d.Watch(id.Person{n}, []person.Waiting{x})
}

// settle ticks until nothing more is to be done.
func (w *ward) settle(t testing.TB, at instant.Time) {
	t.Helper()
	w.now = at
	for range 100 {
		for _, hand := range w.d.Tick(w.now) {
			hand(context.Background())
		}
		if len(w.inputs) == 0 && w.d.NextDue() > w.now {
			return
		}
		w.answer()
	}
	t.Fatal("it does not come to rest")
}

func (w *ward) answer() {
	inputs := w.inputs
	w.inputs = nil
	for _, in := range inputs {
		c := delivery.Commit{Person: in.person, Waiting: w.waits[in.person]}
		switch what := in.what.(type) {
		case engine.Gate:
			c.Gated = what.Touches
			c.Waiting = nil
			for _, x := range w.waits[in.person] {
				if w.refuses[x.Touch] {
					w.log = append(w.log, fmt.Sprintf("refused %d", x.Touch[0]))
					continue
				}
				w.log = append(w.log, fmt.Sprintf("call %d", x.Touch[0]))
				w.calls = append(w.calls, w.now)
				w.team.handed = append(w.team.handed, w.now)
				c.Effects = append(c.Effects, effect.Send{At: w.now, Touch: x.Touch, Attempt: x.Touch, Program: x.Program, Engagement: x.Engagement, Channel: x.Channel, Class: x.Class, Content: w.content})
			}
			w.waits[in.person] = nil
		case engine.Outranked:
			for i := range c.Waiting {
				c.Waiting[i].Outranked = true
				w.log = append(w.log, fmt.Sprintf("not taken %d", c.Waiting[i].Touch[0]))
			}
		case engine.Settled:
			continue
		}
		w.d.Committed(c)
	}
}

func (w *ward) said() string {
	out := strings.Join(w.log, ", ")
	w.log = nil
	return out
}

func TestATeamsDay(t *testing.T) {
	rel := diabetes(t)
	const s, c, e, p = channel.Safety, channel.Clinical, channel.Service, channel.Promotional
	at := func(hours float64) instant.Time { return midnight.Add(instant.Duration(hours * float64(instant.Hour))) }
	for _, x := range []struct {
		it   string
		days int
		do   func(t *testing.T, w *ward)
	}{
		{"gives its places to the best, and tells the others once", 2, func(t *testing.T, w *ward) {
			w.due(1, p, 9, at(8))
			w.due(2, c, 1, at(8))
			w.due(3, e, 5, at(8))
			w.due(4, c, 3, at(8))
			w.settle(t, at(8.5))
			want(t, w, "")
			w.settle(t, at(9))
			want(t, w, "call 4, call 2, not taken 3, not taken 1")
			w.settle(t, at(10))
			w.settle(t, at(23))
			want(t, w, "")
			w.due(5, p, 10, at(30))
			w.settle(t, at(33))
			want(t, w, "call 3, call 5") // it was said of the first the day before
		}},
		{"gives those that fall due later the places that are left", 2, func(t *testing.T, w *ward) {
			w.due(1, e, 1, at(8))
			w.settle(t, at(9))
			want(t, w, "call 1")
			w.due(2, e, 1, at(10))
			w.due(3, s, 1, at(10))
			w.settle(t, at(10))
			want(t, w, "call 3, not taken 2")
		}},
		{"gives the place of what its gate refuses to the next", 1, func(t *testing.T, w *ward) {
			w.due(1, c, 1, at(8))
			w.due(2, e, 1, at(8))
			w.due(3, p, 1, at(8))
			w.refuses[id.Key{1}] = true
			w.settle(t, at(9))
			want(t, w, "refused 1, call 2, not taken 3")
		}},
		{"waits for the hours of the next day where the day's are over", 1, func(t *testing.T, w *ward) {
			w.due(1, s, 1, at(17))
			w.settle(t, at(17))
			want(t, w, "")
			if next := w.d.NextDue(); next != at(33) {
				t.Errorf("it looks again at %s, want %s", next, at(33))
			}
			w.settle(t, at(33))
			want(t, w, "call 1")
		}},
		{"counts what was handed over before it was started", 2, func(t *testing.T, w *ward) {
			w.team.handed = []instant.Time{at(-1), at(8)}
			w.due(1, c, 1, at(8))
			w.due(2, c, 2, at(8))
			w.settle(t, at(9))
			want(t, w, "call 2, not taken 1")
		}},
		{"gives nothing as long as nobody can tell what was handed over", 2, func(t *testing.T, w *ward) {
			w.team.failing = errors.New("the disk is gone")
			w.due(1, c, 1, at(8))
			for _, hand := range w.d.Tick(at(9)) {
				hand(t.Context())
			}
			w.answer()
			want(t, w, "")
			w.team.failing = nil
			w.settle(t, at(9))
			want(t, w, "call 1")
		}},
		{"passes over what is paused, and gives it a place when it goes on", 2, func(t *testing.T, w *ward) {
			w.d.SetPauses([]delivery.Pause{{Engagement: "clinical"}})
			w.due(1, c, 1, at(8))
			w.due(2, e, 1, at(8))
			w.settle(t, at(9))
			want(t, w, "call 2")
			w.d.SetPauses(nil)
			w.settle(t, at(10))
			want(t, w, "call 1")
		}},
		{"does not forget what it told when something else happens to the person", 0, func(t *testing.T, w *ward) {
			w.due(1, c, 1, at(8))
			w.settle(t, at(9))
			want(t, w, "not taken 1")
			w.d.Watch(id.Person{1}, w.waits[id.Person{1}])
			w.settle(t, at(10))
			w.settle(t, at(33))
			want(t, w, "")
		}},
		{"lets all go where a new program bounds it no more", 1, func(t *testing.T, w *ward) {
			w.due(1, c, 1, at(8))
			w.due(2, c, 2, at(8))
			w.settle(t, at(9))
			want(t, w, "call 2, not taken 1")
			w.team.free = true
			w.settle(t, at(10))
			want(t, w, "call 1")
		}},
	} {
		t.Run(x.it, func(t *testing.T) { x.do(t, newWard(t, rel, &nurses{perDay: x.days})) })
	}
}

func want(t *testing.T, w *ward, said string) {
	t.Helper()
	if got := w.said(); got != said {
		t.Fatalf("at %s: %q, want %q", w.now, got, said)
	}
}

func TestNoTeamGetsMoreThanItsDay(t *testing.T) {
	rel := diabetes(t)
	rapid.Check(t, func(rt *rapid.T) {
		w := newWard(t, rel, &nurses{perDay: rapid.IntRange(0, 4).Draw(rt, "a day")})
		at := midnight
		for n := range rapid.IntRange(1, 30).Draw(rt, "contacts") {
			at = at.Add(instant.Duration(rapid.IntRange(0, 5).Draw(rt, "hours")) * instant.Hour)
			w.due(byte(n+1), rapid.SampledFrom(channel.Classes()).Draw(rt, "class"), float64(rapid.IntRange(0, 3).Draw(rt, "value")), at)
			w.refuses[id.Key{byte(n + 1)}] = rapid.IntRange(0, 4).Draw(rt, "refused") == 0
			if rapid.Bool().Draw(rt, "now") {
				called := len(w.log)
				w.settle(t, at)
				w.ranked(rt, w.log[called:])
			}
		}
		days := map[int64]int{}
		for _, at := range w.calls {
			day := int64(at) / int64(instant.Day)
			if days[day]++; days[day] > w.team.perDay {
				rt.Fatalf("%d calls on one day of %d", days[day], w.team.perDay)
			}
		}
	})
}

// ranked checks that of what was done at one instant nothing was called instead of what outranks it.
func (w *ward) ranked(t *rapid.T, log []string) {
	for _, row := range log {
		var n int
		if _, err := fmt.Sscanf(row, "call %d", &n); err != nil {
			continue
		}
		called := contender(w.contended[id.Key{byte(n)}])
		for _, waits := range w.waits {
			for _, x := range waits {
				if c := contender(x); x.Due <= w.now && c.Outranks(&called) {
					t.Fatalf("%v was called and not %v: %v", called, c, log)
				}
			}
		}
	}
}

func contender(w person.Waiting) policy.Contender {
	return policy.Contender{Touch: w.Touch, Class: w.Class, Value: w.Value, Due: w.Due}
}
