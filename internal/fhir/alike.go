package fhir

import (
	"attune/internal/clinical"
)

// known is what tells the entry apart in tables of the same record too, which give it no id.
func (c *reading) known(e *clinical.Entry) string {
	switch e.Kind {
	case "AllergyIntolerance", "Condition", "Immunization", "MedicationRequest", "Observation", "Procedure":
	default:
		return ""
	}
	code := ""
	for i := range e.Props {
		switch v := e.Props[i].Value; e.Props[i].Name {
		case "code", "0.code":
			code = v.Text
		case "codes":
			if code == "" && len(v.List) > 0 {
				code = v.List[0]
			}
		}
	}
	at := either(e.Start, e.Recorded)
	if e.Kind == "MedicationRequest" {
		at = e.Recorded
	}
	return clinical.Alike(e.Kind, c.reference(c.root, "encounter").ID, code, at)
}
