package event

import (
	"slices"

	"attune/core/expr"
)

// Standard is the catalogue that comes with Attune. Names and fields follow the mapping tables of
// FHIR R4 and HL7 v2 resources to events; instants are RFC 3339 on the wire.
func Standard() *Catalogue {
	return NewCatalogue(slices.Concat(
		patientEvents(), deviceEvents(), careEvents(), clinicalEvents(), medicationEvents(), appointmentEvents(), referralEvents(), planEvents(),
		circleEvents(), consentEvents(), rightsEvents(), messageEvents(), reachEvents(), dailyEvents(),
	)...)
}

func define(name, says string, fields ...FieldDef) Definition {
	return Definition{Name: name, Says: says, Fields: fields}
}

// retraction defines an event that takes an earlier one back.
func retraction(name, says string, fields ...FieldDef) Definition {
	return Definition{Name: name, Says: says, Retracts: true, Fields: slices.Concat([]FieldDef{text("revokes", Plain, `"m-17"`)}, fields)}
}

func text(name string, s Sensitivity, example string) FieldDef {
	return FieldDef{Name: name, Type: expr.Text, Sensitivity: s, Example: example}
}

func list(name string, s Sensitivity, example string) FieldDef {
	return FieldDef{Name: name, Type: expr.List, Sensitivity: s, Example: example}
}

func whole(name, unit string, s Sensitivity, example string) FieldDef {
	return FieldDef{Name: name, Type: expr.Integer, Unit: unit, Sensitivity: s, Example: example}
}

func number(name, unit string, s Sensitivity, example string) FieldDef {
	return FieldDef{Name: name, Type: expr.Number, Unit: unit, Sensitivity: s, Example: example}
}

func flag(name string, s Sensitivity, example string) FieldDef {
	return FieldDef{Name: name, Type: expr.Flag, Sensitivity: s, Example: example}
}

func at(name string, s Sensitivity, example string) FieldDef {
	return FieldDef{Name: name, Type: expr.Moment, Sensitivity: s, Example: example}
}

// reason is why something was done: a code or a few words.
func reason() FieldDef { return text("reason", Clinical, `"44054006"`) }

// code is what something is called in its coding system: RxNorm, CVX, LOINC.
func code(example string) FieldDef { return text("code", Clinical, example) }

func codes(example string) FieldDef { return list("codes", Clinical, example) }

func display(example string) FieldDef { return text("display", Clinical, example) }
