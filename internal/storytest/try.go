package storytest

import (
	"slices"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/journey"
	"attune/core/person"
	"attune/core/record"
	"attune/core/release"
)

// Trial is a life that is tried and comes to nothing.
type Trial struct {
	Release *release.Release
	// Events are what is heard, as a story has them.
	Events string
	// On goes on until the next message after that, or for a year.
	On bool
	// Of is whose life goes on. Without it somebody is made up, as in a story.
	Of *Alive
}

// Alive is somebody real.
type Alive struct {
	Person person.Person
	Seed   id.Seed
	// Facts is what was heard of them.
	Facts []engine.Fact
}

// Tried is a life as far as it was tried.
type Tried struct {
	// Touches is what followed, as a story has it.
	Touches string
	// Records are the steps that were taken, with the messages word for word.
	Records []record.Record
	// Branches are those that a passage came to, in their order.
	Branches []Branch
	// Now is when it ends, and Next when something happens by itself after that; Never where nothing does.
	Now, Next instant.Time
	Person    person.Person
	// Names are what requests are called in lines.
	Names *Ordinals
}

// Branch is one that a passage came to: its cases up to the one that is so.
type Branch struct {
	At            instant.Time
	Journey, Step string
	Cases         []Met
}

// Met is a case of a branch and whether it is so.
type Met struct {
	If, Then string
	Is       bool
}

// longest is how far a life is tried for a message that may never come.
const longest = 366 * instant.Day

// Run lives through what is heard, as [Tell] does, and tells everything. It writes nothing anywhere.
func (x *Trial) Run() (Tried, error) {
	t := newTeller(x.Release)
	if x.Of != nil {
		t.rel, t.p, t.seed, t.history, t.now = x.Release, x.Of.Person, x.Of.Seed, slices.Clone(x.Of.Facts), x.Of.Person.Now
		if t.p.Release != t.rel.Short {
			t.step(t.now, engine.Switch{To: t.rel.Short})
		}
	}
	if err := t.hear(x.Events); err != nil {
		return Tried{}, err
	}
	for sent, end := t.sent, t.now.Add(longest); x.On && t.sent == sent; {
		next := t.next()
		if next > end {
			break
		}
		if err := t.until(next); err != nil {
			return Tried{}, err
		}
		t.now = max(t.now, next)
	}
	return Tried{Touches: t.out.String(), Records: t.records, Branches: t.branches, Now: t.now, Next: t.next(), Person: t.p, Names: t.names}, nil
}

// branch notes the branches that passages came to. What is asked after the fact may be answered otherwise than it was then: only where that
// leads to where the passage went is it told.
func (t *teller) branch(effects []effect.Effect) {
	for i, e := range effects {
		at, walks := e.(effect.Walk)
		if !walks || at.What != "entered" && at.What != "reached" && at.What != "resumed" {
			continue
		}
		cases, to := t.cases(&at)
		for _, after := range effects[i+1:] {
			if w, is := after.(effect.Walk); is && w.Enrollment == at.Enrollment && cases != nil {
				if w.Step == to {
					t.branches = append(t.branches, Branch{at.At, at.Journey, at.Step, cases})
				}
				break
			}
		}
	}
}

// cases asks the cases of a branch, up to the one that is so, and tells where it leads; none where the step is no branch.
func (t *teller) cases(at *effect.Walk) (out []Met, to string) {
	pr := t.rel.Program(at.Program)
	if pr == nil || pr.Journey(at.Journey) == nil {
		return nil, ""
	}
	j := pr.Journey(at.Journey)
	k, found := j.Find(at.Step)
	if !found {
		return nil, ""
	}
	b, is := j.Steps[k].(journey.Branch)
	compiled := t.rel.Step(at.Program, at.Journey, at.Step)
	if !is || compiled == nil || len(compiled.Cases) != len(b.Cases) {
		return nil, ""
	}
	for n, c := range b.Cases {
		answer, _ := compiled.Cases[n].Rule.Ask(&t.p.Facts, at.At)
		out = append(out, Met{c.If, c.Then, answer == expr.True})
		if answer == expr.True {
			return out, c.Then
		}
	}
	switch {
	case b.Else != "":
		to = b.Else
	case b.Next != "":
		to = b.Next
	case k+1 < len(j.Steps):
		to = j.Steps[k+1].Label()
	}
	return out, to
}
