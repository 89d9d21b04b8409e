package clinical

import (
	"strings"

	"attune/core/instant"
)

// Alike tells an entry apart from the person's others of its kind by what all forms of a record say of it, whether or
// not they give it a name of its own: the visit it belongs to, what it is, and when it was. So a diagnosis in
// a table is the one that a FHIR resource told of. It is empty where that would not be enough. Entries are known by it: it is for ever.
func Alike(k Kind, visit, code string, at instant.Time) string {
	var when string
	if at != 0 {
		when = at.Std().Truncate(1e9).Format("2006-01-02T15:04:05Z") // tables have no fractions
	}
	switch k {
	case "AllergyIntolerance":
		return join(code)
	case "Condition":
		return join(visit, code)
	case "Immunization":
		return join(code, when)
	case "MedicationRequest", "Observation", "Procedure":
		return join(visit, code, when)
	}
	return ""
}

// join is nothing where a part is missing.
func join(parts ...string) string {
	for _, p := range parts {
		if p == "" {
			return ""
		}
	}
	return strings.Join(parts, " ")
}
