package program

import (
	"slices"

	"attune/core/comb"
)

// The facts of somebody's story that say what a behavior lacks or has, in the words of story.told.
const (
	BarrierFact    = "barrier"
	MotivationFact = "motivation"
	SupportFact    = "support"
)

// Driver returns what the program calls a barrier or motivation by that name, or nil.
func (p *Program) Driver(fact, name string) *Driver {
	list := p.Barriers
	if fact == MotivationFact {
		list = p.Motivations
	} else if fact != BarrierFact {
		return nil
	}
	for i := range list {
		if list[i].ID == name {
			return &list[i]
		}
	}
	return nil
}

// Drives tells whether the program says anything of what keeps people from a behavior or moves them.
func (p *Program) Drives() bool {
	return len(p.Barriers)+len(p.Motivations) > 0 || slices.ContainsFunc(p.Engagements, func(e Engagement) bool {
		return len(e.Eases) > 0 || slices.ContainsFunc(e.Variants, func(v Variant) bool { return len(v.Eases) > 0 })
	})
}

// Eased are the barriers and parts of COM-B that a variant eases, by itself or as what the engagement says.
func (e *Engagement) Eased(v *Variant) []string {
	out := slices.Clone(e.Eases)
	for _, name := range v.Eases {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// Eases tells whether one of these words stands for a barrier: by its name, or by the part of COM-B it lacks.
func Eases(words []string, name, kind string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return w == name || comb.Within(kind, w) })
}
