package learn

import (
	"math/rand/v2"
	"testing"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/record"
	"attune/core/stage"
)

// movers are people in contemplation who are reminded or not, with a chance that goes by how ready they are: who
// is readier is reminded more, and moves on more, whatever is said. The reminder itself adds more.
func movers(p *programs, people int, more float64, draw *rand.Rand) movings {
	var all movings
	for range people {
		ready := draw.Float64()
		l := &Life{}
		var own movings
		for n := range 6 {
			at := day(float64(12 * n))
			rec := decided(n, at, -1)
			d, _ := decidedIn(rec)
			w := &d.Rounds[0]
			chance := .2 + .6*ready
			w.Options[0].Probability, w.Options[1].Probability, w.Nothing = chance, 0, 1-chance
			w.Options[0].Stage, w.Options[0].Confidence = stage.Contemplation, .5
			moves := .05 + .2*ready
			if draw.Float64() < chance {
				w.Drawn = 0
				moves += more
			}
			rec.Effects = []effect.Effect{d}
			l.Take(rec)
			if draw.Float64() < moves {
				then := at.Add(dayOf(3))
				l.Take(record.Record{At: then, What: engine.Tick{}, Effects: []effect.Effect{effect.Change{At: then, Program: "diabetes", Behavior: "adherence", From: "contemplation", To: "preparation"}}})
			}
		}
		l.rows(p, func(r *Row) { own.take(p, l, r, day(200)) })
		all.person(own)
	}
	return all
}

func told(t *testing.T, all movings) Moved {
	t.Helper()
	for _, m := range all.tell() {
		if m.Engagement == "refill_reminder" && m.Stage == "contemplation" {
			return m
		}
	}
	t.Fatal("nothing is told of the reminder")
	return Moved{}
}

// The interval holds what the message truly does in about 95 of 100 worlds, though who is readier is reminded
// more; what one would see by comparing those reminded with all others is far off.
func TestMovingOnIsLaidToTheMessageAlone(t *testing.T) {
	t.Parallel()
	p := programsOf(live(t))
	draw := rand.New(rand.NewPCG(7, 7))
	for _, more := range []float64{0, .1} {
		held, worlds := 0, 200
		for range worlds {
			if m := told(t, movers(p, 150, more, draw)); m.More.Lo <= more && more <= m.More.Hi {
				held++
			}
		}
		if held < worlds*90/100 || held == worlds {
			t.Errorf("of %d worlds in which the message adds %v the interval holds that in %d", worlds, more, held)
		}
	}
}

func TestNothingIsKnownOfFewWhoMoved(t *testing.T) {
	t.Parallel()
	p := programsOf(live(t))
	m := told(t, movers(p, 8, 0, rand.New(rand.NewPCG(1, 2))))
	if m.More.Enough || m.More.Why != "nothing known yet" {
		t.Errorf("of %d and %d decisions is told %+v", m.Said, m.Nothing, m.More)
	}
	var l Life
	l.Take(decided(1, day(0), 0))
	var own movings
	l.rows(p, func(r *Row) { own.take(p, &l, r, day(2)) })
	if len(own) > 0 {
		t.Error("a decision whose time is not over says something already")
	}
}
