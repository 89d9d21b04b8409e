package fhir

// mapped is how a resource of the type becomes entries; nil for types of which nothing is told.
func mapped(kind string) func(*reading) {
	switch kind {
	case "Patient":
		return (*reading).patient
	case "Encounter":
		return (*reading).encounter
	case "Condition":
		return (*reading).condition
	case "Observation":
		return (*reading).observation
	case "MedicationRequest":
		return (*reading).medicationRequest
	}
	return nil
}
