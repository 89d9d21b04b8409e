package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"attune/internal/app"
)

// What is app.PersonState of a person says why: why they are in an audience, and which evidence put them in a
// stage.
func TestAPersonIsShownWithWhy(t *testing.T) {
	c := newClinic(t)
	c.hears(diabetes,
		`"event":"clinical.condition_recorded","properties":{"codes":["44054006"]}`,
		`"event":"medication.prescribed","properties":{}`,
		`"event":"medication.dispensed","properties":{"days_supply":30}`,
		`"event":"questionnaire.completed","properties":{"questionnaire":"readiness_ruler","score":9}`)
	who := "app:ana"
	code, out, complaint := attune(t, "person", who, "--json", "--data", c.data)
	if code != 0 {
		t.Fatalf("%s%s", out, complaint)
	}
	var is app.PersonState
	if err := json.Unmarshal([]byte(out), &is); err != nil {
		t.Fatal(err)
	}
	in := func(a app.PersonAudience) bool {
		return a.Audience == "newly_diagnosed" && a.Because == "clinical.condition_recorded" && a.Event != ""
	}
	if !slices.ContainsFunc(is.Audiences, in) {
		t.Errorf("audiences %+v", is.Audiences)
	}
	seen := func(m app.PersonMoment) bool { return m.Moment == "first_supply" && m.Count == 1 && !m.Late }
	if !slices.ContainsFunc(is.Moments, seen) {
		t.Errorf("moments %+v", is.Moments)
	}
	// Both pieces of evidence may be of one instant, and either may come first.
	ruler := func(reason string) bool { return strings.Contains(reason, "Readiness ruler (9)") }
	if len(is.Stages) != 1 || len(is.Stages[0].Reasons) != 2 || !slices.ContainsFunc(is.Stages[0].Reasons, ruler) {
		t.Errorf("stages %+v", is.Stages)
	}
	if code, out, _ = attune(t, "person", who, "--data", c.data); code != 0 || !strings.Contains(out, "stage of adherence: "+is.Stages[0].Stage) || !strings.Contains(out, "audience newly_diagnosed since") {
		t.Errorf("%s", out)
	}
}
