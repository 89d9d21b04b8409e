package engine

import (
	"slices"
	"strings"

	"attune/core/decision"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/program"
)

// The layers of a trial, each drawn by itself, and the parts that are not treated as usual.
const (
	LayerAll     = "all"     // across programs
	LayerProgram = "program" // within one
	LayerPolicy  = "policy"  // among those of one who are treated as usual: how it is decided for them

	ArmHoldout = "holdout"
	ArmControl = "control"
	ArmUniform = "uniform"
	ArmMatched = "matched"
	ArmValue   = "value"
	ArmModel   = "model"
	ArmUsual   = "usual"
)

// enterTrials draws the person's parts in what a program finds out by chance, at the first proposal that it
// makes. They are the person's for ever, and the layers are independent of each other.
func (s *step) enterTrials(pr *program.Program, at instant.Time) {
	l := s.learning(pr)
	if l == nil || s.unprofiled() || s.restricted() {
		return
	}
	s.enterWedge(pr, at)
	if l.Holdout > 0 {
		s.enterTrial("", LayerAll, []share{{ArmHoldout, l.Holdout}}, at)
	}
	if l.Control > 0 || l.Uniform > 0 {
		s.enterTrial(pr.ID, LayerProgram, []share{{ArmControl, l.Control}, {ArmUniform, l.Uniform}}, at)
	}
	if l.Compare.All() > 0 && s.asUsual(pr) {
		s.enterTrial(pr.ID, PolicyLayer(l.Compare), []share{{ArmMatched, l.Compare.Matched}, {ArmValue, l.Compare.Value}, {ArmModel, l.Compare.Model}}, at)
	}
}

// PolicyLayer is the layer in which a comparison is drawn. Each model that others are compared with has one of its
// own, so that nobody is in a part of a model that they were never decided about by. It is called by how the model's
// id begins, and no longer: everybody's state holds it.
func PolicyLayer(c policy.Compare) string {
	if len(c.Pinned) < modelDigits {
		return LayerPolicy
	}
	return c.Pinned[:modelDigits]
}

const modelDigits = 6

// IsPolicyLayer tells that ways of deciding are compared in a layer.
func IsPolicyLayer(layer string) bool {
	return layer == LayerPolicy || len(layer) == modelDigits && strings.Trim(layer, "0123456789abcdef") == ""
}

// asUsual tells that the person is in no part of a trial that goes without a program, or in which all is drawn
// evenly.
func (s *step) asUsual(pr *program.Program) bool {
	arm := s.p.Trial(pr.ID, LayerProgram)
	return s.p.Trial("", LayerAll) != ArmHoldout && (arm == "" || arm == ArmUsual)
}

// share is how many of all people are in a part.
type share struct {
	arm string
	of  float64
}

func (s *step) enterTrial(program, layer string, shares []share, at instant.Time) {
	if s.p.Trial(program, layer) != "" {
		return
	}
	arm := ArmUsual
	place := id.Draw(s.seed, "trial", id.Hash(layer), id.Hash(program))
	for _, x := range shares {
		if place < x.of {
			arm = x.arm
			break
		}
		place -= x.of
	}
	s.addTrial(program, layer, arm, at)
}

// withTrial adds a part to those of a person, in their order.
func withTrial(all []person.Trial, t person.Trial) []person.Trial {
	n, _ := slices.BinarySearchFunc(all, t, func(a, b person.Trial) int {
		return strings.Compare(a.Program+"\x00"+a.Layer, b.Program+"\x00"+b.Layer)
	})
	return slices.Insert(slices.Clone(all), n, t)
}

// notHeldOut keeps from saying anything but what must be said to those by whom it is found out what saying
// nothing does. It goes by what was drawn: a touch about somebody else is theirs, and was asked about there.
func (s *step) notHeldOut(c *contact) (policy.Reason, string) {
	if c.mustSend() || !c.about.IsZero() || s.unprofiled() {
		return "", ""
	}
	switch {
	case s.p.Trial("", LayerAll) == ArmHoldout:
		return policy.HeldOut, "from all programs"
	case s.p.Trial(c.pr.ID, LayerProgram) == ArmControl:
		return policy.HeldOut, "from this program"
	}
	if start := s.startOf(c.pr); start > c.at {
		z, _ := s.rel.Zones.Find(c.pr.Policy.Zone)
		return policy.HeldOut, "the program begins for them on " + z.Format(start, "2006-01-02")
	}
	return "", ""
}

// learning is how a program learns; nil where it does not, and where the release is to leave nothing to chance.
func (s *step) learning(pr *program.Program) *policy.Learning {
	if s.rel.Learning == nil {
		return nil
	}
	return pr.Policy.Learning
}

// learns tells whether anything is learned of an engagement: its program does, and it has an outcome to go by.
// Without one nobody could ever know what saying nothing instead would have done, so it is not left to chance.
func (s *step) learns(pr *program.Program, en *program.Engagement) bool {
	return s.learning(pr) != nil && en.Outcome != ""
}

// manner is how the options of a program that learns are chosen among for the person.
func (s *step) manner(pr *program.Program) (decision.Manner, string) {
	l := s.learning(pr)
	m := decision.Manner{Policy: decision.Learned, Explore: l.Explore, Least: l.Least, Most: l.Most}
	arm := s.p.Trial(pr.ID, LayerProgram)
	if arm == ArmUniform {
		m.Policy = decision.Uniform
		return m, arm
	}
	// Where the program compares no more, all are treated as usual.
	switch challenger := s.p.Trial(pr.ID, PolicyLayer(l.Compare)); {
	case challenger == ArmMatched && l.Compare.Matched > 0:
		m.Policy, arm = decision.ByStage, challenger
	case challenger == ArmValue && l.Compare.Value > 0:
		m.Policy, arm = decision.ByValue, challenger
	case challenger == ArmModel && l.Compare.Model > 0:
		m.Policy, arm = decision.Pinned, challenger
	}
	return m, arm
}
