package engine

import (
	"slices"

	"attune/core/instant"
	"attune/core/person"
	"attune/core/program"
	"attune/core/release"
	"attune/core/stage"
)

// Onward tells where somebody stands with one behavior, what would move them on, and what of the program is
// made for that.
type Onward struct {
	Program, Behavior string
	stage.Onward
	// Barriers and Motives are what is known to keep the person from it and to move them, as in decisions.
	Barriers, Motives []string
	// Fitting are the engagements that are made for the stage or answer a barrier; those that answer one first.
	Fitting []Fitting
}

// Fitting is an engagement that fits somebody.
type Fitting struct {
	Engagement, Process string
	// Made tells that it is made for the stage; Eases are the barriers that some of its words answer.
	Made  bool
	Eases []string
}

// OnwardOf tells it of every behavior, at an instant that is no earlier than the person's own. It is what the
// person's filter says: nothing is learned in it, and nothing of the person changes.
func OnwardOf(rel *release.Release, p *person.Person, at instant.Time) (out []Onward) {
	for k := range min(len(rel.Behaviors), len(p.Beliefs)) {
		b := &rel.Behaviors[k]
		pr := rel.Programs[b.Program]
		out = append(out, Onward{
			Program: pr.ID, Behavior: b.ID, Onward: b.Model.Onward(p.Beliefs[k].Belief, at),
			Barriers: words(driven(p, program.BarrierFact, at)), Motives: motives(p, at),
		})
		o := &out[len(out)-1]
		for i := range pr.Engagements {
			if en := &pr.Engagements[i]; en.Behavior == b.ID && en.Audience == person.Patient.String() {
				if f := fitting(pr, en, p, o.Stage, at); f.Made || len(f.Eases) > 0 {
					o.Fitting = append(o.Fitting, f)
				}
			}
		}
		slices.SortStableFunc(o.Fitting, func(a, b Fitting) int { return min(len(b.Eases), 1) - min(len(a.Eases), 1) })
	}
	return out
}

func fitting(pr *program.Program, en *program.Engagement, p *person.Person, in stage.Stage, at instant.Time) Fitting {
	f := Fitting{Engagement: en.ID, Process: en.Process}
	f.Made, _ = release.Matched(en, in)
	for v := range en.Variants {
		answered, _ := eased(p, pr, en, &en.Variants[v], at)
		for _, w := range words(answered) {
			if !slices.Contains(f.Eases, w) {
				f.Eases = append(f.Eases, w)
			}
		}
	}
	return f
}
