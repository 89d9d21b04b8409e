package release

import (
	"slices"
	"strings"

	"attune/core/event"
	"attune/core/program"
)

// events adds what the programs declare to the catalogue. What the catalogue has already cannot be
// declared anew, and programs that declare the same event have to mean the same by it.
func (c *compiler) events(catalogue *event.Catalogue) *event.Catalogue {
	standard := catalogue
	for i, p := range c.rel.Programs {
		for _, e := range p.Events {
			if d, known := standard.Find(e.Name); known {
				c.problems.Add(e.Pos, "take it out, or declare one of another name; the catalogue's "+fieldsOf(d), "%s is an event of the standard catalogue", e.Name)
				continue
			}
			if other, d := declaredBefore(c.rel.Programs[:i], e.Name); d != nil && !same(d.Definition, e.Definition) {
				c.problems.Add(e.Pos, "give it the same fields in both, or rename one of them", "%s is declared differently by the program %q at %s", e.Name, other, d.Pos)
				continue
			}
			catalogue = catalogue.With(e.Definition)
		}
	}
	return catalogue
}

func declaredBefore(programs []*program.Program, name string) (by string, found *program.Event) {
	for _, p := range programs {
		for i := range p.Events {
			if p.Events[i].Name == name {
				return p.ID, &p.Events[i]
			}
		}
	}
	return "", nil
}

// same tells whether two definitions take the same events and let rules ask the same of them, in
// whatever order and words.
func same(a, b event.Definition) bool {
	byName := func(x, y event.FieldDef) int { return strings.Compare(x.Name, y.Name) }
	x, y := slices.SortedFunc(slices.Values(a.Fields), byName), slices.SortedFunc(slices.Values(b.Fields), byName)
	return slices.EqualFunc(x, y, func(f, g event.FieldDef) bool {
		return f.Name == g.Name && f.Type == g.Type && f.Unit == g.Unit && f.Sensitivity == g.Sensitivity && slices.Equal(f.OneOf, g.OneOf)
	})
}

func fieldsOf(d event.Definition) string {
	if len(d.Fields) == 0 {
		return "has no fields"
	}
	names := make([]string, len(d.Fields))
	for i, f := range d.Fields {
		names[i] = f.Name
	}
	return "has the fields " + strings.Join(names, ", ")
}
