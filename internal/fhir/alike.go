package fhir

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"attune/core/event"
	"attune/internal/clinical"
)

// known is what tells the entry apart in tables of the same record too, which may give it no id.
func (c *reading) known(e *clinical.Entry) string {
	code, day := "", ""
	switch e.Kind {
	case "Condition":
		day = cmp.Or(c.text(c.root, "onsetDateTime"), c.text(c.root, "onsetPeriod", "start"), c.text(c.root, "recordedDate"))
		day = day[:min(len(day), len("2027-03-01"))]
	case "AllergyIntolerance", "Encounter", "Immunization", "MedicationRequest", "Observation", "Procedure":
	default:
		return ""
	}
	for i := range e.Props {
		switch v := e.Props[i].Value; e.Props[i].Name {
		case "code", "0.code":
			code = v.Text
		case "type":
			code = cmp.Or(code, v.Text)
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
	return clinical.Alike(e.Kind, code, at, day)
}

// parts is what tells the further measurements of one apart in tables, which have a row for each.
func parts(e *clinical.Entry) (out []string) {
	if e.Kind != "Observation" {
		return nil
	}
	for n := 1; ; n++ {
		i, found := slices.BinarySearchFunc(e.Props, strconv.Itoa(n)+".code", func(p event.Prop, name string) int { return strings.Compare(p.Name, name) })
		if !found {
			return out
		}
		if part := clinical.Alike(e.Kind, e.Props[i].Value.Text, either(e.Start, e.Recorded), ""); part != "" {
			out = append(out, part)
		}
	}
}
