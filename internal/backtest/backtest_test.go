package backtest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"attune/core/engine"
	"attune/core/expr"
	"attune/core/instant"
)

// onBoard is what makes somebody known who may be written to and called.
func onBoard(at instant.Time) []heard {
	return []heard{
		hear(at, "traits.updated", "email", expr.TextOf("ana@patients.example"), "phone", expr.TextOf("+15550100"), "first_name", expr.TextOf("Ana")),
		hear(at, "consent.granted", "purpose", expr.TextOf("treatment_support")),
		hear(at, "clinical.condition_recorded", "codes", expr.ListOf("44054006")),
		hear(at, "portal.visited"),
	}
}

// drawn are some weeks of somebody.
func drawn(t *rapid.T, weeks int) []heard {
	at := day(rapid.Float64Range(0, 5).Draw(t, "arrives"))
	out := onBoard(at)
	for range rapid.IntRange(0, 6*weeks).Draw(t, "events") {
		at = at.Add(instant.Duration(rapid.Int64Range(1, int64(4*instant.Day)).Draw(t, "after")))
		if at >= day(float64(7*weeks)) {
			break
		}
		switch name := rapid.SampledFrom([]string{
			"portal.visited", "portal.visited", "portal.visited", "appointment.noshow", "appointment.noshow", "appointment.completed", "appointment.booked",
			"consent.withdrawn", "consent.granted", "patient.deceased", "record.retracted", "undeclared.thing",
		}).Draw(t, "what"); name {
		case "appointment.booked":
			h := hear(at, name)
			if rapid.Bool().Draw(t, "dated") {
				h = hear(at, name, "start", expr.MomentOf(at.Add(3*instant.Day)))
			}
			out = append(out, h)
		case "consent.withdrawn", "consent.granted":
			out = append(out, hear(at, name, "purpose", expr.TextOf("treatment_support")))
		case "patient.deceased":
			if rapid.IntRange(0, 9).Draw(t, "dies") == 0 {
				out = append(out, hear(at, name))
			}
		case "record.retracted":
			out = append(out, hear(at, name, "revokes", expr.TextOf("none")))
		default:
			out = append(out, hear(at, name))
		}
	}
	return out
}

// aims lets retractions name events that were heard of this person.
func aims(t *rapid.T, n int, events []heard) []heard {
	for i := range events {
		if events[i].e.Name == "record.retracted" {
			target := rapid.IntRange(0, i).Draw(t, "target")
			events[i].e.Props = nil
			events[i].e = events[i].e.With("revokes", expr.TextOf(heardID(n, target)))
		}
	}
	return events
}

// adds holds what was counted in different places against each other.
func adds(t rapid.TB, r *Result) {
	t.Helper()
	check := func(what string, a, b int64) {
		t.Helper()
		if a != b {
			t.Errorf("%s: %d and %d\n%s", what, a, b, asJSON(t, r))
		}
	}
	for of, c := range r.sides() {
		name := columnNames()[of]
		if !c.Touches.Balanced() {
			t.Errorf("touches do not add up, %s: %+v", name, c.Touches)
		}
		for _, j := range c.Journeys {
			if !j.Balanced() {
				t.Errorf("journey %s does not add up, %s: %+v", j.Journey, name, j)
			}
			if sum(j.Stuck) > sum(j.Waiting) {
				t.Errorf("more passages of %s are stuck than wait, %s: %+v", j.Journey, name, j)
			}
		}
		touches := int64(0)
		for _, e := range c.Engagements {
			touches += e.Touches
			if e.People > e.Touches || e.People > c.Touched {
				t.Errorf("%s: %+v", name, e)
			}
		}
		check(name+": touches by engagement", touches, c.Touches.HandedOver)
		daily, load := int64(0), int64(0)
		for _, d := range c.Days {
			daily += sum(d.Counts)
		}
		for _, l := range c.Loads {
			if l.Kind == ofChannel {
				load += l.Count
			}
		}
		check(name+": messages by day", daily, c.Messages)
		check(name+": messages by channel", load, c.Messages)
		refused, late := int64(0), int64(0)
		for _, x := range c.Refusals {
			if x.Late {
				late += x.Count
			} else {
				refused += x.Count
			}
		}
		check(name+": proposals", c.Proposals, c.Touches.Decided+refused)
		check(name+": ended", late, c.Touches.Ended)
		if c.Touched > r.People {
			t.Errorf("%s: %d people touched of %d", name, c.Touched, r.People)
		}
	}
	check("people engaged under the candidate", r.Engaged.Newly+r.Engaged.Still, r.Candidate.Touched)
	check("people engaged under the other", r.Engaged.NoMore+r.Engaged.Still, r.Against.Touched)
	for _, e := range r.EachSays {
		tried, against := int64(0), int64(0)
		for _, x := range r.Candidate.Engagements {
			if x.Program == e.Program && x.Engagement == e.Engagement {
				tried = max(tried, x.People)
			}
		}
		for _, x := range r.Against.Engagements {
			if x.Program == e.Program && x.Engagement == e.Engagement {
				against = max(against, x.People)
			}
		}
		check("people with "+e.Engagement, e.Newly+e.Still, tried)
		check("people with "+e.Engagement+" under the other", e.NoMore+e.Still, against)
	}
}

// The strong self-check: where the gate was asked at the due, carriers accepted at once, nobody sent
// receipts, and nobody answered, playing what was live gives what really happened, to the last number.
func TestPlayingWhatWasLiveGivesWhatHappened(t *testing.T) {
	t.Parallel()
	rel, other := plain(t), busier(t)
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, rel)
		people := rapid.IntRange(1, 6).Draw(rt, "people")
		for n := range people {
			w.lives(n, aims(rt, n, drawn(rt, 6)), day(50), manner{})
		}
		from := day(rapid.Float64Range(0, 40).Draw(rt, "from"))
		to := from.Add(instant.Duration(rapid.Int64Range(1, int64(20*instant.Day)).Draw(rt, "for")))
		r := w.run(from, min(to, day(50)), rel, other)
		if r.Differs != 0 {
			rt.Errorf("%d people came out differently", r.Differs)
		}
		if a, b := asJSON(t, r.Candidate.Counts), asJSON(t, r.Happened); a != b {
			rt.Fatalf("from %s to %s, played:\n%s\nreally:\n%s", from, to, a, b)
		}
	})
}

// Whatever carriers did, however late gates were asked, whatever came back, and whatever was published
// meanwhile: all is accounted for, the past comes out as it was written, and the cores change nothing.
func TestEverythingAddsUp(t *testing.T) {
	t.Parallel()
	rel, other := plain(t), busier(t)
	third := changed(t, "signals.yaml", "days(3)", "days(2)", "journeys/walk.yaml", "{id: listen, await: {on: portal.visited, within: 4d, else: over}}", "{id: pause, wait: 2d}")
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, rel)
		if rapid.Bool().Draw(rt, "published") {
			w.publish(day(rapid.Float64Range(1, 30).Draw(rt, "at")), other)
		}
		outcomes := []engine.Outcome{engine.Accepted, engine.Accepted, engine.Rejected, engine.Postponed, engine.Unknown}
		how := manner{
			late: func(n int) instant.Duration { return instant.Duration(n%4) * 7 * instant.Hour },
			says: func(n int) engine.Outcome { return outcomes[n%len(outcomes)] }, receipts: true, answers: true, sleepy: rapid.Bool().Draw(rt, "sleepy"),
		}
		for n := range rapid.IntRange(1, 5).Draw(rt, "people") {
			w.lives(n, aims(rt, n, drawn(rt, 6)), day(50), how)
		}
		from := day(rapid.Float64Range(0, 40).Draw(rt, "from"))
		to := min(day(50), from.Add(instant.Duration(rapid.Int64Range(1, int64(30*instant.Day)).Draw(rt, "for"))))
		r := w.run(from, to, third, other, func(c *Config) { c.Workers = 1; c.List = true })
		adds(rt, r)
		if r.Differs != 0 {
			rt.Errorf("%d people came out differently", r.Differs)
		}
		again := w.run(from, to, third, other, func(c *Config) { c.Workers = 4; c.List = true })
		var a, b strings.Builder
		if err := errors.Join(r.WriteList(&a), again.WriteList(&b)); err != nil || a.String() != b.String() || asJSON(t, r) != asJSON(t, again) {
			rt.Fatalf("four workers counted something else than one: %v", err)
		}
	})
}

func countOf(counts []Count, name string) int64 {
	for _, c := range counts {
		if c.Name == name {
			return c.Count
		}
	}
	return 0
}

func TestTheWindowIsHalfOpen(t *testing.T) {
	t.Parallel()
	rel := plain(t)
	w := newWorld(t, rel)
	w.lives(1, append(onBoard(day(0)), hear(day(10), "portal.visited"), hear(day(12), "appointment.noshow"), hear(day(20), "portal.visited")), day(30), manner{})
	for _, c := range []struct {
		it             string
		from, to       instant.Time
		events, people int64
		noshows        int64
		decisions      int64
	}{
		{"takes an event where the window begins", day(10), day(11), 1, 1, 0, 0},
		{"leaves out one where it ends", day(11), day(12), 0, 1, 0, 0},
		{"takes one an instant before the end", day(11), day(12) + 1, 1, 1, 1, 1},
		{"leaves out what was before", day(10) + 1, day(11), 0, 1, 0, 0},
		{"does not know who comes later", day(-2), day(0), 0, 0, 0, 0},
		{"knows who comes with its first instant", day(0), day(0) + 1, 4, 1, 0, 0},
		{"lets nothing fall due where the window ends", day(12.5), day(13), 0, 1, 0, 0},
		{"lets fall due what does an instant before", day(12.5), day(13) + 1, 0, 1, 0, 1},
	} {
		r := w.run(c.from, c.to, rel, rel)
		walk := r.Candidate.Journeys[slices.IndexFunc(r.Candidate.Journeys, func(j Journey) bool { return j.Journey == "walk" })]
		if r.Events != c.events || r.People != c.people || walk.Entered != c.noshows || r.Candidate.Decisions != c.decisions {
			t.Errorf("it %s: %d events, %d people, %d passages, %d decisions", c.it, r.Events, r.People, walk.Entered, r.Candidate.Decisions)
		}
		adds(t, r)
	}
}

// What was handed over before the window counts for its caps, also where the version is another.
func TestTouchesFromBeforeCount(t *testing.T) {
	t.Parallel()
	rel := plain(t)
	tight := changed(t, "policy.yaml", "count: 2, within: 7d", "count: 1, within: 7d")
	w := newWorld(t, rel)
	// The visit of day 0 is followed by silence on day 3; that of day 4 by silence on day 7.
	w.lives(1, append(onBoard(day(0.6)), hear(day(3.9), "portal.visited")), day(9), manner{})
	r := w.run(day(5), day(9), tight, rel)
	if r.Candidate.Touches.HandedOver != 0 || r.Against.Touches.HandedOver != 1 || len(r.Candidate.Limits) != 1 || r.Candidate.Limits[0].Reason != "cap" {
		t.Errorf("%s", asJSON(t, r))
	}
	if e := r.Engaged; e.Newly != 0 || e.NoMore != 1 || e.Still != 0 {
		t.Errorf("%+v", e)
	}
}

// What came of the window's own touches and requests is left out, and what people said of consent is not.
func TestWhatCameOfTheWindowIsLeftOut(t *testing.T) {
	t.Parallel()
	rel := plain(t)
	w := newWorld(t, rel)
	w.lives(1, append(onBoard(day(0.6)), hear(day(5.6), "appointment.noshow"), hear(day(12), "consent.withdrawn", "purpose", expr.TextOf("treatment_support"))), day(20), manner{receipts: true, answers: true})
	r := w.run(day(0), day(20), rel, rel)
	if n := countOf(r.LeftOut, "message.opened"); n == 0 || n != r.Happened.Messages || countOf(r.LeftOut, "task.done") != 1 || len(r.LeftOut) != 2 {
		t.Errorf("left out: %+v of %d messages", r.LeftOut, r.Happened.Messages)
	}
	walk := func(c *Counts) Journey {
		return c.Journeys[slices.IndexFunc(c.Journeys, func(j Journey) bool { return j.Journey == "walk" })]
	}
	if r.Events != 6 || walk(&r.Happened).Finished[0].Count != 1 || len(r.Candidate.Requests) != 1 {
		t.Errorf("%s", asJSON(t, r))
	}
	// A window that begins between the message and its receipt takes the receipt, as a fact of before.
	said := day(0)
	for _, rec := range w.of[someone(1)] {
		if d := decoded(t, rec.body); d != nil && d.Event.Name == "message.opened" {
			said = rec.at
			break
		}
	}
	if r := w.run(said, said+1, rel, rel); r.Events != 1 || len(r.LeftOut) != 0 {
		t.Errorf("%d events, left out %+v", r.Events, r.LeftOut)
	}
}

// An attempt that was out when the window began is settled by what its carrier really said.
func TestAnAttemptThatWasOutIsSettledAsItWas(t *testing.T) {
	t.Parallel()
	rel, other := plain(t), busier(t)
	w := newWorld(t, rel)
	w.lives(1, onBoard(day(0.6)), day(4), manner{says: func(int) engine.Outcome { return engine.Unknown }})
	sent := int64(0)
	for _, rec := range w.of[someone(1)] {
		if _, is := decodedWhat(t, rec.body).(engine.Gate); is {
			sent = int64(rec.at)
		}
	}
	if sent == 0 {
		t.Fatal("nothing was sent")
	}
	// The history says that it was rejected after all, an hour after the window begins.
	from := instant.Time(sent).Add(instant.Hour)
	w.settle(1, from.Add(instant.Hour), engine.NotTaken)
	r := w.run(from, from.Add(2*instant.Hour), other, rel)
	adds(t, r)
	for of, c := range r.sides() {
		if c.Touches.Before != 1 {
			t.Errorf("%s: %+v", columnNames()[of], c.Touches)
		}
	}
	if r.Against.Touches.HandedOver != 1 {
		t.Errorf("the touch was not sent again: %+v", r.Against.Touches)
	}
}

// A publication within the window is what really happened; both versions are played from the window's
// beginning to its end.
func TestAPublicationWithinTheWindow(t *testing.T) {
	t.Parallel()
	rel, other := plain(t), busier(t)
	w := newWorld(t, rel)
	w.publish(day(10), other)
	for n := range 5 {
		events := onBoard(day(float64(n) / 3))
		for k := range 6 {
			events = append(events, hear(day(float64(n)/3+4*float64(k)+3), "portal.visited"))
		}
		w.lives(n, events, day(25), manner{})
	}
	r := w.run(day(1), day(25), rel, other)
	adds(t, r)
	if r.Differs != 0 || len(r.Live) != 2 || r.Live[0].Number != 1 || r.Live[1].Number != 2 {
		t.Errorf("%d differ, %+v", r.Differs, r.Live)
	}
	early, late := r.Candidate.Touches.Decided, r.Against.Touches.Decided
	if h := r.Happened.Touches.Decided; early == late || h == early || h == late {
		t.Errorf("decided %d under the first, %d under the second, %d really", early, late, h)
	}
	// After it everybody lives under the second, so that playing the second is what happened.
	r = w.run(day(11), day(25), rel, w.published[1].Release)
	if asJSON(t, r.Against.Counts) != asJSON(t, r.Happened) {
		t.Errorf("%s", asJSON(t, r))
	}
}

// Who was not moved yet, since nothing happened to them, is moved before the window begins: what the newer
// version would have begun by then is under way.
func TestWhoMissedAPublicationIsMovedFirst(t *testing.T) {
	t.Parallel()
	rel, other := plain(t), busier(t)
	w := newWorld(t, rel)
	w.lives(1, onBoard(day(0.6)), day(0.7), manner{})
	w.publish(day(0.8), other)
	r := w.run(day(1.62), day(3), other, rel)
	adds(t, r)
	for of, c := range r.sides() {
		if c.Touches.Before != 1 {
			t.Errorf("%s: %+v", columnNames()[of], c.Touches)
		}
	}
	if r.Candidate.Touches.HandedOver != 1 {
		t.Errorf("%s", asJSON(t, r.Candidate))
	}
}

func TestAPastOfAnotherVersionIsSaid(t *testing.T) {
	t.Parallel()
	rel, other := plain(t), busier(t)
	w := newWorld(t, rel)
	w.lives(1, onBoard(day(0.6)), day(20), manner{})
	again := *other
	again.Short = w.published[0].Release.Short
	w.published[0].Release, w.published[0].Exact = &again, false
	r := w.run(day(10), day(20), rel, other)
	if r.Differs != 1 || !strings.Contains(r.trust(), "Of 1 people") || r.Live[0].Exact {
		t.Errorf("%d differ: %s", r.Differs, r.trust())
	}
}

func TestItStopsWhenTold(t *testing.T) {
	t.Parallel()
	rel := plain(t)
	w := newWorld(t, rel)
	for n := range 60 {
		w.lives(n, onBoard(day(0.6)), day(5), manner{})
	}
	ctx, stop := context.WithCancel(t.Context())
	c := w.config(day(0), day(5), rel, rel)
	c.Workers = 2
	c.Progress = func(people, of int, events int64) {
		if people > of || events == 0 {
			t.Errorf("%d of %d people, %d events", people, of, events)
		}
		stop()
	}
	if r, err := Run(ctx, c); !errors.Is(err, context.Canceled) {
		t.Errorf("it went on: %v, %v", r, err)
	}
}

func TestWhatCannotBePlayed(t *testing.T) {
	t.Parallel()
	rel := plain(t)
	w := newWorld(t, rel)
	w.lives(1, onBoard(day(0.6)), day(5), manner{})
	if _, err := Run(t.Context(), w.config(day(5), day(5), rel, rel)); err == nil || !strings.Contains(err.Error(), "before it begins") {
		t.Error(err)
	}
	w.of[someone(1)][2].body = []byte("torn")
	if _, err := Run(t.Context(), w.config(day(0), day(5), rel, rel)); err == nil || !strings.Contains(err.Error(), "frame ") || !strings.Contains(err.Error(), someone(1).String()) {
		t.Error(err)
	}
}

// textual are properties that are texts: name, value, name, value.
func textual(pairs ...string) (out []any) {
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, pairs[i], expr.TextOf(pairs[i+1]))
	}
	return out
}

// What is true already when the window begins starts nothing, unless it is said that it should.
func TestWhatIsTrueAlreadyIsNoNews(t *testing.T) {
	t.Parallel()
	rel, other := plain(t), changed(t, "engagements/ask.yaml", "again_after: 1d", "again_after: 2d")
	w := newWorld(t, rel)
	// Without an address nothing was said of the silence that began on day 3.
	w.lives(1, append(onBoard(day(0.6))[1:], hear(day(5), "traits.updated", textual("email", "ana@patients.example")...)), day(9), manner{})
	for _, existing := range []bool{false, true} {
		r := w.run(day(6), day(9), other, rel, func(c *Config) { c.IncludeExisting = existing })
		adds(t, r)
		if r.Candidate.Touches.HandedOver > 0 != existing || r.Against.Touches.HandedOver != 0 {
			t.Errorf("with what exists %v: %d touches, %d against", existing, r.Candidate.Touches.HandedOver, r.Against.Touches.HandedOver)
		}
	}
}

// No team's day is full in a backtest; what is more than its places is told.
func TestATeamsLoadStandsBesideItsPlaces(t *testing.T) {
	t.Parallel()
	rel := plain(t)
	w := newWorld(t, rel)
	for n := range 3 {
		w.lives(n, append(onBoard(day(0.6)), hear(day(1.7), "appointment.noshow")), day(3), manner{})
	}
	r := w.run(day(1), day(3), rel, rel)
	i := slices.IndexFunc(r.Candidate.Loads, func(l Load) bool { return l.Kind == ofTeam })
	if l := r.Candidate.Loads[i]; l.Name != "nurses" || l.Count != 3 || l.Peak != 3 || l.PeakDay != "2027-03-02" || l.PerDay != 1 || l.OverDays != 1 || l.Over != 2 {
		t.Errorf("%+v", l)
	}
}
