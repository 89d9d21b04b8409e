package fhir

import (
	"attune/core/instant"
	"attune/internal/clinical"
)

// mapped is how a resource of the type becomes entries; nil for types of which nothing is told.
func mapped(kind string) func(*reading) {
	switch kind {
	case "Patient":
		return (*reading).patient
	case "RelatedPerson":
		return (*reading).relative
	case "Practitioner":
		return (*reading).practitioner
	case "PractitionerRole":
		return (*reading).practitionerRole
	case "Encounter":
		return (*reading).encounter
	case "Condition":
		return (*reading).condition
	case "AllergyIntolerance":
		return (*reading).allergy
	case "Procedure":
		return (*reading).procedure
	case "Immunization":
		return (*reading).immunization
	case "Observation":
		return (*reading).observation
	case "DiagnosticReport":
		return (*reading).report
	case "MedicationRequest":
		return (*reading).medicationRequest
	case "MedicationDispense":
		return (*reading).medicationDispense
	case "MedicationStatement":
		return (*reading).medicationStatement
	case "Appointment":
		return (*reading).appointment
	case "ServiceRequest":
		return (*reading).serviceRequest
	case "Task":
		return (*reading).task
	case "CarePlan":
		return (*reading).carePlan
	case "Goal":
		return (*reading).goal
	case "QuestionnaireResponse":
		return (*reading).questionnaireResponse
	case "Consent":
		return (*reading).consent
	case "Communication":
		return (*reading).communication
	case "CommunicationRequest":
		return (*reading).communicationRequest
	}
	return nil
}

// keep adds an entry to what the resource holds, with what its events say.
func (c *reading) keep(e clinical.Entry, p *props) {
	if c.problem != nil {
		return
	}
	e.Props = p.sorted()
	if e.Kind != "Patient" && !e.Wrong && e.At == 0 && e.Start == 0 && e.End == 0 && e.Recorded == 0 && !person(e.Kind) {
		c.note("nothing says when it was")
	}
	if e.Alike == "" && !e.Wrong {
		e.Alike = c.known(&e)
		e.Parts = parts(&e)
	}
	c.entries = append(c.entries, e)
}

func person(k clinical.Kind) bool {
	return k == "Practitioner" || k == "PractitionerRole" || k == "RelatedPerson"
}

// either is the first instant that is known.
func either(times ...instant.Time) instant.Time {
	for _, t := range times {
		if t != 0 {
			return t
		}
	}
	return 0
}
