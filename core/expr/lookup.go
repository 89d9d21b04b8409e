package expr

import (
	"slices"

	"cel.dev/cel-go/common/ast"

	"attune/core/words"
)

// ValueSet is a named list of codes.
type ValueSet struct {
	Name  string
	Codes []string
}

// DeclareValueSets tells the lists that valueset("x") may name, for the expressions that are compiled
// from now on.
func (c *Compiler) DeclareValueSets(sets []ValueSet) {
	c.sets = nil
	for _, s := range sets {
		codes := slices.Clone(s.Codes)
		slices.Sort(codes)
		c.sets = append(c.sets, ValueSet{s.Name, slices.Compact(codes)})
	}
	c.vocabulary++
}

// DeclareWords tells the table that classify goes by, for the expressions that are compiled from now on.
func (c *Compiler) DeclareWords(t *words.Table) {
	c.words = t
	c.vocabulary++
}

func (c *Compiler) setNames() []string {
	names := make([]string, len(c.sets))
	for i, s := range c.sets {
		names[i] = s.Name
	}
	return names
}

// categories are the words that classify can give.
func (c *Compiler) categories() []string {
	if c.words == nil {
		return []string{words.None}
	}
	return append(c.words.Names(), words.None)
}

// codes finds the sorted codes of valueset("x"); false for any other expression.
func (u *unit) codes(e ast.Expr) ([]string, bool) {
	if !isCallOf(e, "valueset") {
		return nil, false
	}
	u.looksUp = true
	name := textOf(e.AsCall().Args()[0])
	i := slices.IndexFunc(u.sets, func(s ValueSet) bool { return s.Name == name })
	return u.sets[i].Codes, true
}

// classify lowers classify(event.field). A text that is missing is in no category, not even "none".
func (u *unit) classify(e ast.Expr) textual {
	u.looksUp = true
	u.cost += costOfClassify
	read, table := u.text(e.AsCall().Args()[0]), u.words
	return func(in input) (string, bool) {
		s, ok := read(in)
		if !ok {
			return "", false
		}
		return table.Classify(s), true
	}
}

func isCallOf(e ast.Expr, function string) bool {
	return e.Kind() == ast.CallKind && e.AsCall().FunctionName() == function
}
