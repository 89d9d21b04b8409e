package clinical

import "attune/core/instant"

// Alike tells an entry apart from the person's others of its kind by what all forms of a record say of it, whether or
// not they give it a name of its own: what it is, and when it was. So a diagnosis in a table is the one that a FHIR
// resource told of. Day is the day as the source writes it: of diagnoses and allergies tables often have no more. The visit is
// left out, since exports of the same people may number visits anew. It is empty where that would not be enough.
// Entries are known by it: it is for ever.
func Alike(k Kind, code string, at instant.Time, day string) string {
	switch k {
	case "AllergyIntolerance":
		return code
	case "Condition":
		return both(code, day)
	case "Encounter", "Immunization", "MedicationRequest", "Observation", "Procedure":
		if at != 0 {
			return both(code, at.Std().Format("2006-01-02T15:04:05Z")) // tables have no fractions
		}
	}
	return ""
}

// both is nothing where one of them is.
func both(code, when string) string {
	if code == "" || when == "" {
		return ""
	}
	return code + " " + when
}
