package intake

import (
	"slices"
	"strings"

	"attune/core/consent"
	"attune/core/event"
)

// beyond tells why an event is not for what its source may send for. A word that agrees is for the purpose it names, and what tells of somebody's
// health, or is not declared, for treatment. A no is for nothing: it is taken from whoever has it. So is all else.
func (i *Intake) beyond(source Source, e *event.Event) *Problem {
	if len(source.For) == 0 {
		return nil
	}
	remedy := "this key is for " + names(source.For) + "; make one that is for more with attune keys add --purposes"
	switch e.Name {
	case "consent.granted", "sharing.granted":
		purpose := e.Field("purpose")
		var kinds []consent.Kind
		if i.Kinds != nil {
			kinds = i.Kinds(purpose.Text)
		}
		if len(kinds) == 0 {
			return &Problem{"purpose", "nobody says of which kind this purpose is, and this source's write key is bound to kinds of purposes", remedy}
		}
		for _, k := range kinds {
			if !slices.Contains(source.For, k) {
				return &Problem{"purpose", "this source's write key may not send a yes to a purpose of the kind " + string(k), remedy}
			}
		}
		return nil
	case "consent.denied", "consent.withdrawn", "sharing.withdrawn":
		return nil
	}
	if slices.Contains(source.For, consent.Treatment) {
		return nil
	}
	d, declared := i.Catalogue().Find(e.Name)
	if !declared {
		return &Problem{"name", "the event is not declared, so it counts as clinical, and this source's write key is not for treatment", "declare it with attune events declare; " + remedy}
	}
	if slices.ContainsFunc(d.Fields, func(f event.FieldDef) bool { return f.Sensitivity >= event.Clinical }) {
		return &Problem{"name", "the event tells of somebody's health, and this source's write key is not for treatment", remedy}
	}
	return nil
}

func names(kinds []consent.Kind) string {
	var out []string
	for _, k := range kinds {
		out = append(out, string(k))
	}
	return strings.Join(out, ", ")
}
