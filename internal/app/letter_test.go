package app

import (
	"net/http"
	"strings"
	"testing"

	"attune/internal/access"
	"attune/internal/paper/papertest"
)

// Whoever may read the plain words of a decision gives them to the patient on paper: in the patient's language, by the name they like, and
// nothing that the screen would not tell.
func TestADecisionIsALetterToThePatient(t *testing.T) {
	t.Parallel()
	w, _ := smallWorld(t)
	w.Node.desk()
	c := askedOf(t, w.Node)
	seenIn, wrote := map[string]bool{}, false
	for _, p := range some(t, w, 40) {
		c.who = principal("account", "kim", access.Clinician)
		var all struct {
			Decisions []struct {
				ID, Patient string
				Candidates  []struct{ Touch string }
			}
		}
		c.ask("GET", "/v1/people/"+p.ID.String()+"/decisions?last=100", nil, "Attune-Purpose", "treatment").into(t, 200, &all)
		if len(all.Decisions) == 0 {
			continue
		}
		d := all.Decisions[len(all.Decisions)-1]
		for _, x := range all.Decisions { // something was said, where anything ever was
			for _, c := range x.Candidates {
				if c.Touch != "" {
					d = x
				}
			}
		}
		path := "/v1/people/" + p.ID.String() + "/decisions/" + d.ID + "/letter"
		r := c.ask("GET", path, nil, "Attune-Purpose", "treatment")
		if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "application/pdf" {
			t.Fatalf("%d %s", r.StatusCode, r.body)
		}
		said := papertest.Words(t, r.body)
		language := p.Trait("language").Text
		if !seenIn[language] {
			seen(t, "letter-"+language, r.body)
		}
		seenIn[language] = true
		name := p.Trait("first_name").Text
		want := []string{"Hola, " + name + ":", "Decisión " + d.ID[:8], "Green Lane Diabetes Team"}
		if strings.Contains(d.Patient, "to write to you") {
			want = append(want, "Por qué recibió este mensaje", "se decidió escribirle sobre «")
			wrote = wrote || language == "es"
		}
		if language != "es" {
			want = append([]string{"Dear " + name + ",", "Green Lane Diabetes Team"}, strings.Split(strings.TrimSpace(d.Patient), "\n")...)
		}
		for _, x := range want {
			if !strings.Contains(said, squeezed(x)) {
				t.Errorf("the letter in %q does not say %q: %s", language, x, said)
			}
		}
		if last := p.Trait("last_name").Text; strings.Contains(said, last) {
			t.Errorf("it says %q, which a letter has no need of", last)
		}
		for _, role := range []access.Role{access.CareCoordinator, access.Author, access.Auditor} { // sees no clinical facts, or no records
			c.who = principal("account", "lee", role)
			if r := c.ask("GET", path, nil, "Attune-Purpose", "treatment"); r.StatusCode != http.StatusForbidden {
				t.Errorf("a %s gets %d", role, r.StatusCode)
			}
		}
	}
	if !seenIn["en"] || !seenIn["es"] || !wrote {
		t.Errorf("letters were seen in %v; of a message in Spanish: %v", seenIn, wrote)
	}
}
