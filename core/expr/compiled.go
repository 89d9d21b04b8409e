package expr

import (
	"attune/core/instant"
	"attune/core/source"
)

// Compiled is a trigger ready to be asked.
type Compiled struct {
	// On and Where are set for a pulse, Rule for a state.
	On    string
	Where Filter
	Rule  *Rule
}

// Pulse tells a trigger that is true only while its event is taken in.
func (c *Compiled) Pulse() bool { return c.Rule == nil }

// Trigger compiles one of the three forms.
func (c *Compiler) Trigger(t Trigger, problems *source.Problems) Compiled {
	switch {
	case t.On != "":
		if _, known := c.schema.Fields(t.On); !known {
			problems.Add(t.Pos, source.Suggest(t.On, c.schema.Names()), "there is no event %q", t.On)
			return Compiled{On: t.On}
		}
		out := Compiled{On: t.On}
		if t.Where != "" {
			where, found := c.Where(t.On, t.Where)
			Report(problems, t.WherePos, found)
			out.Where = where
		}
		return out
	case t.State != "":
		rule, found := c.State(t.State)
		Report(problems, t.StatePos, found)
		return Compiled{Rule: &rule}
	default:
		rule, found := c.Absence(t.Absent)
		for _, p := range found {
			at := t.Pos
			if part, ok := t.Parts[p.Part]; ok {
				at = part
			}
			Report(problems, at, []Problem{p})
		}
		return Compiled{Rule: &rule}
	}
}

// Report moves problems from their place in an expression to their place in the program.
func Report(problems *source.Problems, at source.Pos, found []Problem) {
	for _, p := range found {
		pos := at
		pos.Column += p.Offset
		problems.Add(pos, p.Hint, "%s", p.What)
	}
}

// MaxAgeOr returns how old news may be for this trigger.
func (t *Trigger) MaxAgeOr() instant.Duration {
	if t.MaxAge == 0 {
		return DefaultMaxAge
	}
	return t.MaxAge
}
