package expr

import (
	"slices"

	"cel.dev/cel-go/common/ast"

	"attune/core/instant"
)

// Names are what expressions may ask of what the engine keeps of each person.
type Names struct {
	// Signals and Audiences are asked by name, as signal("x") and in_audience("x").
	Signals, Audiences []Named
	// Behaviors are asked for their stage, stage("x").
	Behaviors []Choice
	// Phase is where on the program's map the person is, phase(); nil where there is no map.
	Phase *Choice
	// Consent gives the index in Facts.Signals under which the engine keeps the answer to a question.
	// It is called once for each question that differs; nil where consent cannot be asked.
	Consent func(ConsentQuestion) int
}

// Named is something that is so or not: its name, and its index in Facts.Signals.
type Named struct {
	Name  string
	Index int
}

// Choice is something that has one of a few words: its name, its index in Facts.Choices, and the
// words, where the fact k stands for the k-th, counted from 1.
type Choice struct {
	Name  string
	Index int
	Words []string
}

// ConsentQuestion asks whether a contact is covered; an empty channel or topic asks for all of them.
type ConsentQuestion struct{ Purpose, Channel, Topic string }

// Declare begins a program: it tells what the expressions that are compiled from now on may ask.
func (c *Compiler) Declare(n Names) {
	n.Signals, n.Audiences, n.Behaviors = slices.Clone(n.Signals), slices.Clone(n.Audiences), slices.Clone(n.Behaviors)
	c.names, c.consents, c.remembered = n, nil, c.plan.memory()
}

func namesOfNamed(all []Named) []string {
	names := make([]string, len(all))
	for i, n := range all {
		names[i] = n.Name
	}
	return names
}

func namesOfChoices(all []Choice) []string {
	names := make([]string, len(all))
	for i, n := range all {
		names[i] = n.Name
	}
	return names
}

// indexOf finds what vetting has found.
func indexOf(all []Named, name string) int {
	i := slices.IndexFunc(all, func(n Named) bool { return n.Name == name })
	return all[i].Index
}

// held asks another rule's answer, an audience or a consent, which have two values only: what is not
// so is false.
func (u *unit) held(i int) ask {
	u.asks = append(u.asks, i)
	return func(f *Facts, _ instant.Time) (Tri, instant.Time) {
		return triOf(i < len(f.Signals) && f.Signals[i]), instant.Never
	}
}

// asked is a consent question with the index of its answer.
type asked struct {
	ConsentQuestion
	index int
}

// consent finds the index of consented("purpose", "channel", "topic").
func (u *unit) consent(args []ast.Expr) int {
	texts := [3]string{}
	for i, a := range args {
		texts[i] = textOf(a)
	}
	q := ConsentQuestion{texts[0], texts[1], texts[2]}
	for _, known := range u.consents {
		if known.ConsentQuestion == q {
			return known.index
		}
	}
	i := u.names.Consent(q)
	u.consents = append(u.consents, asked{q, i})
	return i
}

// choice finds what stage("x") or phase() asks for; false for any other expression.
func (u *unit) choice(e ast.Expr) (Choice, bool) {
	if e.Kind() != ast.CallKind {
		return Choice{}, false
	}
	switch call := e.AsCall(); call.FunctionName() {
	case "phase":
		if u.names.Phase != nil {
			return *u.names.Phase, true
		}
	case "stage":
		name := textOf(call.Args()[0])
		if i := slices.IndexFunc(u.names.Behaviors, func(c Choice) bool { return c.Name == name }); i >= 0 {
			return u.names.Behaviors[i], true
		}
	}
	return Choice{}, false
}

// chosen reads the word that a choice stands at.
func (u *unit) chosen(c Choice) reader {
	u.chooses = append(u.chooses, c.Index)
	words := make([]Value, len(c.Words))
	for i, w := range c.Words {
		words[i] = TextOf(w)
	}
	return func(in input) Value {
		if c.Index >= len(in.facts.Choices) {
			return Value{}
		}
		if k := int(in.facts.Choices[c.Index]); 1 <= k && k <= len(words) {
			return words[k-1]
		}
		return Value{}
	}
}
