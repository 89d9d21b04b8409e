package why

import (
	"strings"
	"testing"
)

// What was left out for good is told to those who ask why, and not to the patient.
func TestWhatIsLeftOutIsTold(t *testing.T) {
	t.Parallel()
	d := Decision{Rounds: []Round{{Policy: "learned", Retired: []string{"p/refill/plain"}, Drawn: -1, Nothing: 1}}}
	for view, want := range map[View]string{
		Clinician: "Left out, since other words for the same were shown to do better: p/refill/plain.",
		Auditor:   "left out, since others do better: p/refill/plain",
	} {
		if is := d.Text(view, "Ana"); !strings.Contains(is, want) {
			t.Errorf("a %s is told\n%s", view, is)
		}
	}
	if is := d.Text(Patient, "Ana"); strings.Contains(is, "refill") {
		t.Errorf("a patient is told\n%s", is)
	}
}
