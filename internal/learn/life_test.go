package learn

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"attune/core/decision"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/record"
	"attune/core/release"
	"attune/internal/programdir"
)

const (
	begin   = instant.Time(1_800_000_000_000)
	refill  = "diabetes/refill_on_time"
	checkUp = "diabetes/check_up_kept"
)

func live(t testing.TB) *release.Release {
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

// histories are records by person.
type histories [][]record.Record

func (h histories) people() (all []id.Person) {
	for n := range h {
		all = append(all, id.Person{1, byte(n >> 8), byte(n)})
	}
	return all
}

func (h histories) Records(_ context.Context, who id.Person, f func(record.Record)) error {
	for _, r := range h[int(who[1])<<8|int(who[2])] {
		f(r)
	}
	return nil
}

func touch(n int) id.Key { return id.Key{9, byte(n >> 16), byte(n >> 8), byte(n)} }

func term(name string, v float32) decision.Term {
	return decision.Term{Feature: decision.FeatureOf(name), Value: v}
}

// decided is a decision with one round: the refill reminder, the check-in, or nothing.
func decided(n int, at instant.Time, drawn int) record.Record {
	d := effect.Decide{ID: touch(n), At: at, Candidates: []effect.Candidate{
		{Program: "diabetes", Engagement: "refill_reminder", Outcome: refill, Within: 10 * instant.Day},
		{Program: "diabetes", Engagement: "check_in", Outcome: checkUp, Within: 30 * instant.Day},
	}}
	w := effect.Weighing{Base: []decision.Term{term("base", 1)}, Nothing: .4, Drawn: drawn}
	for k, p := range []float64{.35, .25} {
		o := effect.Weighed{Candidate: k}
		o.Terms = []decision.Term{term("engage", 1), term("engagement=diabetes/"+d.Candidates[k].Engagement, 1)}
		o.Probability = p
		w.Options = append(w.Options, o)
	}
	if drawn >= 0 {
		d.Candidates[drawn].Touch = touch(n)
	}
	d.Rounds = []effect.Weighing{w}
	return record.Record{At: at, What: engine.Tick{}, Effects: []effect.Effect{d}}
}

// heard is an event, and what followed from it when it was taken.
func heard(name, key string, occurred, taken instant.Time, field, value string, effects ...effect.Effect) record.Record {
	e := event.Event{ID: key, Name: name, OccurredAt: occurred, ReceivedAt: taken}
	if field != "" {
		e = e.With(field, expr.TextOf(value))
	}
	return record.Record{At: taken, What: engine.Heard{Event: e}, Effects: effects}
}

func fetched(key string, occurred, taken instant.Time) record.Record {
	return heard("medication.dispensed", key, occurred, taken, "", "", effect.Succeed{At: taken, Program: "diabetes", Outcome: "refill_on_time"})
}

func rowsOf(t *testing.T, records ...record.Record) (out []Row) {
	t.Helper()
	l := &Life{}
	for _, r := range records {
		l.Take(r)
	}
	l.rows(programsOf(live(t)), func(r *Row) { out = append(out, *r) })
	return out
}

func dayOf(n float64) instant.Duration { return instant.Duration(n * float64(instant.Day)) }

func day(n float64) instant.Time { return begin.Add(dayOf(n)) }

func TestRewards(t *testing.T) {
	t.Parallel()
	withdrawn := func(at instant.Time) record.Record {
		return heard("consent.withdrawn", "w", at, at, "purpose", "treatment_support")
	}
	later := func(at instant.Time, from, to string) record.Record {
		return record.Record{At: at, What: engine.Tick{}, Effects: []effect.Effect{effect.Change{At: at, Program: "diabetes", Behavior: "adherence", From: from, To: to}}}
	}
	type want struct {
		day    float64 // when one looks
		reward float64
		known  bool
		loss   float64
	}
	for name, c := range map[string]struct {
		records []record.Record
		row     int // two rows of each decision: the refill's, the check-up's
		want
	}{
		"it counts what is reached in time":           {[]record.Record{decided(1, day(0), 0), fetched("a", day(3), day(3))}, 0, want{4, 1, true, 0}},
		"it counts the same after no message":         {[]record.Record{decided(1, day(0), -1), fetched("a", day(3), day(3))}, 0, want{4, 1, true, 0}},
		"it does not count what is too late":          {[]record.Record{decided(1, day(0), 0), fetched("a", day(11), day(11))}, 0, want{12, 0, true, 0}},
		"it does not count what came before":          {[]record.Record{decided(1, day(2), 0), fetched("a", day(1), day(3))}, 0, want{13, 0, true, 0}},
		"it counts when it happened, not when told":   {[]record.Record{decided(1, day(0), 0), fetched("a", day(9), day(20))}, 0, want{21, 1, true, 0}},
		"it waits while there is time":                {[]record.Record{decided(1, day(0), 0)}, 0, want{9, 0, false, 0}},
		"another outcome is not this one":             {[]record.Record{decided(1, day(0), 0), fetched("a", day(3), day(3))}, 1, want{31, 0, true, 0}},
		"it is laid to the last decision":             {[]record.Record{decided(1, day(0), 0), decided(2, day(2), -1), fetched("a", day(3), day(3))}, 2, want{4, 1, true, 0}},
		"and to that alone":                           {[]record.Record{decided(1, day(0), 0), decided(2, day(2), -1), fetched("a", day(3), day(3))}, 0, want{4, 0, true, 0}},
		"a later stage counts a little":               {[]record.Record{decided(1, day(0), 0), later(day(1), "contemplation", "action")}, 0, want{11, proxy, true, 0}},
		"an earlier stage does not":                   {[]record.Record{decided(1, day(0), 0), later(day(1), "action", "contemplation")}, 0, want{11, 0, true, 0}},
		"nor does the first that is believed":         {[]record.Record{decided(1, day(0), 0), later(day(1), "", "contemplation")}, 0, want{11, 0, true, 0}},
		"what was taken back does not count":          {[]record.Record{decided(1, day(0), 0), fetched("a", day(3), day(3)), {At: day(4), Effects: []effect.Effect{effect.Retract{At: day(4), Event: "a"}}}}, 0, want{11, 0, true, 0}},
		"a withdrawal is a loss":                      {[]record.Record{decided(1, day(0), 0), withdrawn(day(5))}, 0, want{11, 0, true, 1}},
		"of the last decision alone":                  {[]record.Record{decided(1, day(0), 0), decided(2, day(4), 0), withdrawn(day(5))}, 0, want{15, 0, true, 0}},
		"a withdrawal after a month is laid to none":  {[]record.Record{decided(1, day(0), 0), withdrawn(day(31))}, 0, want{32, 0, true, 0}},
		"a stop is a loss":                            {[]record.Record{decided(1, day(0), 0), heard("contact.suppressed", "s", day(1), day(1), "why", "stop")}, 0, want{11, 0, true, 1}},
		"a full mailbox is none":                      {[]record.Record{decided(1, day(0), 0), heard("contact.suppressed", "s", day(1), day(1), "why", "bounce")}, 0, want{11, 0, true, 0}},
		"what was drawn counts, also if it never got": {[]record.Record{decided(1, day(0), 0), {At: day(.1), Effects: []effect.Effect{effect.End{At: day(.1), Touch: touch(1), Reason: "expired"}}}, fetched("a", day(3), day(3))}, 0, want{4, 1, true, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			row := rowsOf(t, c.records...)[c.row]
			reward, known := row.reward(day(c.day))
			if got := (want{c.day, reward, known, row.loss(day(c.day))}); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestOptionsForOtherOutcomesHaveNoTerms(t *testing.T) {
	t.Parallel()
	rows := rowsOf(t, decided(1, day(0), 1))
	if len(rows) != 2 || rows[0].Outcome != refill || rows[1].Outcome != checkUp {
		t.Fatalf("rows for %d outcomes", len(rows))
	}
	for k, r := range rows {
		for n, a := range r.Arms {
			if (len(a.Terms) > 0) != (n == k) {
				t.Errorf("row of %s: arm %d has %d terms", r.Outcome, n, len(a.Terms))
			}
		}
		if last := r.Base[len(r.Base)-1]; last.Feature != outcomeFeature(r.Outcome) {
			t.Errorf("row of %s: its outcome is not in what held: %v", r.Outcome, last)
		}
	}
	if live(t).Learning.Space.Index(outcomeFeature(refill)) < 0 {
		t.Error("the model has no room for how often the outcome happens by itself")
	}
}

// world makes histories with effects: the reminder helps, the check-in does not.
func world(people, decisions int, seed uint64) histories {
	g := rand.New(rand.NewPCG(seed, 1))
	out := make(histories, people)
	n := 0
	for p := range out {
		at := begin.Add(instant.Duration(g.IntN(int(5 * instant.Day))))
		for range decisions {
			n++
			drawn := -1
			switch u := g.Float64(); {
			case u < .35:
				drawn = 0
			case u < .6:
				drawn = 1
			}
			out[p] = append(out[p], decided(n, at, drawn))
			chance := .3
			if drawn == 0 {
				chance = .5
			}
			if drawn >= 0 && g.Float64() < .5 {
				when := at.Add(instant.Hour)
				out[p] = append(out[p], heard("message.opened", fmt.Sprintf("o%d", n), when, when, "touch", touch(n).String()))
			}
			if g.Float64() < chance {
				when := at.Add(instant.Duration(g.IntN(int(6 * instant.Day))))
				out[p] = append(out[p], fetched(fmt.Sprintf("f%d", n), when, when.Add(instant.Hour)))
			}
			if g.Float64() < .01 {
				when := at.Add(instant.Day)
				out[p] = append(out[p], heard("consent.withdrawn", fmt.Sprintf("w%d", n), when, when, "purpose", "treatment_support"))
			}
			at = at.Add(8*instant.Day + instant.Duration(g.IntN(int(6*instant.Day))))
		}
	}
	return out
}

func learned(t testing.TB, rel *release.Release, h histories, now instant.Time) *Learned {
	t.Helper()
	out, err := Learn(t.Context(), Config{Source: h, People: h.people(), Release: rel, Now: now}, nil, id.Seed{1})
	if err != nil {
		t.Fatal(err)
	}
	if out.Model == nil {
		t.Fatalf("nothing was learned of %+v", out.Count)
	}
	return out
}

// What is told late, twice or in another order is learned the same.
func TestTheOrderOfArrivalChangesNothing(t *testing.T) {
	t.Parallel()
	rel := live(t)
	h := world(60, 8, 3)
	now := day(80)
	want := learned(t, rel, h, now)
	if want.Count.Open == 0 || want.Count.Known == 0 {
		t.Fatalf("nothing is open: %+v", want.Count)
	}
	for seed := range uint64(3) {
		g := rand.New(rand.NewPCG(seed, 2))
		mixed := make(histories, len(h))
		for p, records := range h {
			for _, r := range records {
				mixed[p] = append(mixed[p], r)
				for g.Float64() < .3 {
					mixed[p] = append(mixed[p], r)
				}
			}
			g.Shuffle(len(mixed[p]), func(i, j int) { mixed[p][i], mixed[p][j] = mixed[p][j], mixed[p][i] })
		}
		got := learned(t, rel, mixed, now)
		if got.Count != want.Count {
			t.Errorf("counted %+v, in order %+v", got.Count, want.Count)
		}
		for i, m := range want.Model.Mean {
			if math.Abs(got.Model.Mean[i]-m) > 1e-9 || math.Abs(got.Model.SD[i]-want.Model.SD[i]) > 1e-9 || math.Abs(got.Model.Loss[i]-want.Model.Loss[i]) > 1e-9 {
				t.Errorf("%s: %g, in order %g", want.Model.Space.Known()[i].Name, got.Model.Mean[i], m)
			}
		}
	}
}

func TestWhatHelpsIsFound(t *testing.T) {
	t.Parallel()
	rel := live(t)
	m := learned(t, rel, world(400, 8, 5), day(120)).Model
	at := func(names ...string) (sum float64) {
		for _, n := range names {
			sum += m.Mean[m.Space.Index(decision.FeatureOf(n))]
		}
		return sum
	}
	reminder, checkIn := at("engage", "engagement=diabetes/refill_reminder"), at("engage", "engagement=diabetes/check_in")
	if reminder < .1 || reminder > .25 || math.Abs(checkIn) > .08 {
		t.Errorf("the reminder adds %.3f (truly .2), the check-in %.3f (truly 0)", reminder, checkIn)
	}
}

// What stands in for rewards that are not known yet is right on average.
func TestWhatStandsInIsRight(t *testing.T) {
	t.Parallel()
	rel := live(t)
	h := world(800, 6, 9)
	p := programsOf(rel)
	now, end := day(30), day(200)
	s, err := newSurrogate(rel.Learning.Space)
	if err != nil {
		t.Fatal(err)
	}
	each := func(f func(*Row)) {
		for _, records := range h {
			l := &Life{}
			for _, r := range records {
				l.Take(r)
			}
			l.rows(p, f)
		}
	}
	each(func(r *Row) {
		if reward, known := r.reward(now); known {
			s.take(r, reward, 1)
		}
	})
	if err := s.learn(); err != nil {
		t.Fatal(err)
	}
	expected, found, n := 0.0, 0.0, 0.0
	each(func(r *Row) {
		if _, known := r.reward(now); known || r.Outcome != refill || now.Sub(r.Decision.At) < youngest {
			return
		}
		reward, _ := r.reward(end)
		expected, found, n = expected+s.of(r, now), found+reward, n+1
	})
	if n < 200 || math.Abs(expected-found)/n > .05 {
		t.Errorf("of %g rows %.3f were expected to reach the outcome, and %.3f did", n, expected/n, found/n)
	}
}

func TestFewRowsTeachNothing(t *testing.T) {
	t.Parallel()
	rel := live(t)
	h := world(5, 2, 1)
	out, err := Learn(t.Context(), Config{Source: h, People: h.people(), Release: rel, Now: day(100)}, nil, id.Seed{})
	if err != nil || out.Model != nil || out.Count.Known == 0 {
		t.Errorf("a model of %+v: %v", out.Count, err)
	}
}

func TestMarks(t *testing.T) {
	t.Parallel()
	names := []string{}
	for s := range signs {
		names = append(names, s.String())
	}
	if !slices.Equal(names, []string{"nothing said", "no answer", "opened", "answered"}) {
		t.Error(names)
	}
}
