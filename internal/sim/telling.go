package sim

import (
	"fmt"
	"math/rand/v2"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
)

// thought is something that people say of themselves, to somebody who writes it down.
type thought struct {
	fact, names, kind string
	share             float64
	texts             []string
	// over is what some say later, when it is so no longer; empty where nobody does.
	over string
}

// thoughts are what people of the demonstration may say. The names are those of the shipped program; the last has
// none there, and is known by its part of COM-B alone.
//
//nolint:gochecknoglobals // a table that never changes
var thoughts = []thought{
	{"barrier", "no_way_there", "", shareNoWay, []string{"The bus does not run on Tuesdays", "I cannot drive any more", "The pharmacy is too far to walk"}, "My neighbour drives me now"},
	{"barrier", "forgets", "", shareForgets, []string{"The evenings are so full that I forget", "Some days it slips my mind", "I never know whether I took it"}, ""},
	{"barrier", "doubts", "", shareDoubts, []string{"I feel no different with it", "My sister stopped and is fine"}, ""},
	{"barrier", "", "social_opportunity", shareAlone, []string{"At home nobody else eats like that", "My friends laugh about it"}, ""},
	{"motivation", "family", "", shareFamily, []string{"My grandson is learning to walk", "I want to dance at my daughter's wedding"}, ""},
	{"support", "", "social_opportunity", shareSupported, []string{"My daughter puts the pills out for me"}, ""},
}

// willTell plans what somebody says of themselves in their first months in care.
func (s *somebody) willTell(p *Population, at instant.Time) {
	for _, t := range thoughts {
		tells, when, which, over := s.own.Float64() < t.share, days(2+90*s.own.Float64()), s.own.IntN(len(t.texts)), s.own.Float64() < shareOver
		then := waking(s.zone, at.Add(when), s.own)
		if !tells {
			continue
		}
		p.plan(s, then, t.told(t.texts[which], false))
		if over && t.over != "" {
			p.plan(s, waking(s.zone, then.Add(days(60)), s.own), t.told(t.over, true))
		}
	}
}

func (t thought) told(text string, over bool) func(*Population, *somebody, instant.Time) []event.Event {
	e := made("story.told", "fact", expr.TextOf(t.fact), "text", expr.TextOf(text), "by", expr.TextOf("nurse Kim"))
	if t.names != "" {
		e = e.With("names", expr.TextOf(t.names))
	}
	if t.kind != "" {
		e = e.With("kind", expr.TextOf(t.kind))
	}
	if over {
		e = e.With("over", expr.FlagOf(true))
	}
	return func(*Population, *somebody, instant.Time) []event.Event { return []event.Event{e} }
}

func bornOn(g *rand.Rand) string {
	return fmt.Sprintf("%d-%02d-%02d", bornFrom+g.IntN(bornTo-bornFrom+1), 1+g.IntN(12), 1+g.IntN(28))
}

func sexOf(g *rand.Rand) string {
	switch x := g.Float64(); {
	case x < shareFemale:
		return "female"
	case x < shareFemale+shareMale:
		return "male"
	}
	return "other"
}
