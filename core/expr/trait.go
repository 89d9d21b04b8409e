package expr

import (
	"slices"

	"cel.dev/cel-go/common/ast"

	"attune/core/instant"
)

// Trait is what is known of one property of the person, and which word made it known.
type Trait struct {
	// Set tells that there was a word. Its value is Missing where it said that there is none.
	Set   bool
	Value Value
	At    instant.Time
	// Newest orders the word among those of the same instant.
	Newest Order
}

// birthDate is the trait that age() goes by.
const birthDate = "birth_date"

// traitEvents are the events whose properties are the person's traits.
func traitEvents() []string {
	return []string{"fact.corrected", "patient.created", "patient.updated", "person.registered", "traits.updated"}
}

func (t *Trait) fold(name string, fields Fields, occurred instant.Time, o Order) {
	if fields.Has(name) && (!t.Set || isNewer(occurred, o, t.At, t.Newest)) {
		*t = Trait{Set: true, Value: fields.Field(name), At: occurred, Newest: o}
	}
}

// knownTrait returns the index of a trait's memory. Whatever reads it waits for the events that bring
// traits.
func (u *unit) knownTrait(name string) int {
	u.mentions = append(u.mentions, traitEvents()...)
	if i := slices.Index(u.plan.traits, name); i >= 0 {
		return i
	}
	u.plan.traits = append(u.plan.traits, name)
	return len(u.plan.traits) - 1
}

// trait finds what trait("name") and its typed forms read; false for any other expression.
func (u *unit) trait(e ast.Expr) (read reader, ok bool) {
	if e.Kind() != ast.CallKind {
		return nil, false
	}
	var accepts Type
	switch e.AsCall().FunctionName() {
	case "trait":
		accepts = Text
	case "trait_number":
		accepts = Number
	case "trait_flag":
		accepts = Flag
	case "trait_list":
		accepts = List
	default:
		return nil, false
	}
	i := u.knownTrait(textOf(e.AsCall().Args()[0]))
	return func(in input) Value { return usable(in.facts.Traits[i].Value, accepts) }, true
}
