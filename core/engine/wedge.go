package engine

import (
	"strconv"
	"strings"

	"attune/core/effect"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/program"
	"attune/core/release"
)

// LayerBegins is the step at which the person's group begins a program that begins one group after the other.
const LayerBegins = "begins"

// enterWedge draws the step at which the person's group begins: by a key that all share, so that the group begins
// as one and nobody picks. It is the person's for ever, wherever they go later. Of whom it is not known which group
// is theirs, nothing is drawn yet.
func (s *step) enterWedge(pr *program.Program, at instant.Time) {
	b := s.learning(pr).Begins
	group := s.group(b.By)
	if b.Steps == 0 || group == "" || s.p.Trial(pr.ID, LayerBegins) != "" {
		return
	}
	n := 1 + int(id.Draw(s.common, "begins", id.Hash(pr.ID), id.Hash(group))*float64(b.Steps))
	s.addTrial(pr.ID, LayerBegins, strconv.Itoa(n)+" "+group, at)
	s.wake(s.startOf(pr))
}

func (s *step) group(trait string) string {
	if v := s.p.Trait(trait); v.Type != expr.Missing {
		return strings.TrimSpace(v.String())
	}
	return ""
}

// ParseBegins reads what was drawn in [LayerBegins]: the step, from 1, and the group.
func ParseBegins(arm string) (n int, group string, ok bool) {
	first, group, ok := strings.Cut(arm, " ")
	n, err := strconv.Atoi(first)
	return n, group, ok && err == nil && n > 0
}

// startOf is when a program begins for the person; 0 where it does for all at once, or nothing was drawn yet. Of whom
// no group is known it begins with the last.
func (s *step) startOf(pr *program.Program) instant.Time {
	l := s.learning(pr)
	if l == nil || l.Begins.Steps == 0 || s.unprofiled() {
		return 0
	}
	n, _, drawn := ParseBegins(s.p.Trial(pr.ID, LayerBegins))
	switch {
	case !drawn && s.group(l.Begins.By) != "":
		return 0
	case !drawn:
		n = l.Begins.Steps
	}
	z, _ := s.rel.Zones.Find(pr.Policy.Zone)
	return z.Begins(l.Begins.From.Days()).Add(instant.Duration(min(n, l.Begins.Steps)-1) * l.Begins.Every)
}

// waitsToBegin is until when a passage waits since its program does not begin for the person before.
func (s *step) waitsToBegin(e *person.Enrollment, at instant.Time) instant.Time {
	pr := s.rel.Program(e.Program)
	if pr == nil || s.learning(pr) == nil || s.unprofiled() {
		return 0
	}
	s.enterWedge(pr, at)
	return s.startOf(pr)
}

// rearmWedges wakes the person when programs begin for them.
func (s *step) rearmWedges(at instant.Time) {
	for _, pr := range s.rel.Programs {
		if start := s.startOf(pr); start > at {
			s.wake(start)
		}
	}
}

// begun lets a program begin for the person: what is to be said by rules that are so at this instant is proposed
// again, and journeys go on. What an event would have set going is over.
func (s *step) begun(at instant.Time) {
	for n, pr := range s.rel.Programs {
		if s.startOf(pr) != at || !s.engaged(pr.ID) {
			continue
		}
		for i := range s.p.Enrollments {
			if e := &s.p.Enrollments[i]; e.Program == pr.ID && e.Left == 0 && !e.Parked && e.Due > at && s.stopsForHolds(e) {
				s.ownPassages()
				s.p.Enrollments[i].Due = at // its day may have been another when it stopped
			}
		}
		for _, i := range s.rel.All() {
			r := &s.rel.Rules[i]
			if r.Target == release.Engagement && r.Program == n && !r.Trigger.Pulse() && s.p.Rules[i] {
				s.propose(candidate{program: n, engagement: r.Index, cause: person.Cause{Rule: r.Name, What: "the program begins for the person's group", At: at}})
			}
		}
	}
}

// addTrial keeps which part of a trial the person is in.
func (s *step) addTrial(program, layer, arm string, at instant.Time) {
	s.p.Trials = withTrial(s.p.Trials, person.Trial{Program: program, Layer: layer, Arm: arm, At: at})
	s.add(effect.Trial{At: at, Program: program, Layer: layer, Arm: arm})
}
