package release

import (
	"slices"
	"strings"

	"attune/core/expr"
	"attune/core/program"
	"attune/core/stage"
)

// Behavior is one behavior's model of stages, and the events that are evidence for it.
type Behavior struct {
	Program int
	ID      string
	Model   *stage.Model
	// Evidence are the kinds of evidence in the model's order.
	Evidence []Evidence
	// Choice is where its stage is kept in Facts.Choices.
	Choice int
}

// Evidence is an event that says something about a stage.
type Evidence struct {
	On    string
	Where expr.Filter
	// Score is the field that holds the score or the stage's name; empty where neither is needed.
	Score string
}

func (b *Behavior) hears(event string) bool {
	return slices.ContainsFunc(b.Evidence, func(e Evidence) bool { return e.On == event })
}

// behaviors compiles the models of a program's behaviors, which were declared last.
func (c *compiler) behaviors(i int, p *program.Program) {
	first := len(c.rel.Behaviors) - len(p.Behaviors)
	for k := range p.Behaviors {
		b := &p.Behaviors[k]
		settings := stage.Settings{Prior: b.Prior, HalfLife: b.HalfLife, Margin: b.Margin}
		out := &c.rel.Behaviors[first+k]
		for n := range b.Evidence {
			e := &b.Evidence[n]
			compiled := c.expr.Trigger(e.On, &c.problems)
			if !compiled.Pulse() {
				c.problems.Add(e.Pos, "write on: an.event", "evidence is an event")
			}
			out.Evidence = append(out.Evidence, Evidence{On: compiled.On, Where: compiled.Where, Score: e.Score})
			settings.Evidence = append(settings.Evidence, likelihoods(e))
		}
		model, problems := stage.New(settings)
		for _, found := range problems {
			at := b.Pos
			if n, ok := placeOf(found.Path); ok && n < len(b.Evidence) {
				at = b.Evidence[n].Pos
			}
			c.problems.Add(at, found.Hint, "behavior %q, %s: %s", b.ID, found.Path, found.What)
		}
		out.Model = model
	}
}

// placeOf reads the number out of "evidence[2].bands[0]".
func placeOf(path string) (n int, ok bool) {
	rest, ok := strings.CutPrefix(path, "evidence[")
	for i := 0; ok && i < len(rest) && '0' <= rest[i] && rest[i] <= '9'; i++ {
		n = 10*n + int(rest[i]-'0')
	}
	return n, ok
}

func likelihoods(e *program.Evidence) stage.Evidence {
	out := stage.Evidence{Label: e.Label, From: e.From, To: e.To}
	switch {
	case len(e.Bands) > 0:
		for _, b := range e.Bands {
			out.Bands = append(out.Bands, stage.Band{Below: b.Below, Says: stage.Says(b.Weight, stagesOf(b.Says)...)})
		}
	case e.Score != "":
		out.Names = e.Weight
	default:
		out.Says = stage.Says(e.Weight, stagesOf(e.Says)...)
	}
	return out
}

func stagesOf(names []string) []stage.Stage {
	var out []stage.Stage
	for _, n := range names {
		if s, ok := stage.Parse(n); ok {
			out = append(out, s)
		}
	}
	return out
}
