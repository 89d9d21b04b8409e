package app

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/internal/access"
	"attune/internal/staff"
)

// Who claims a contact sees what the person likes to be called and how that is said; who may not see who people are is not told.
func TestAClaimTellsHowToAddressSomebody(t *testing.T) {
	s := newShift(t)
	s.comes("ana", "+12025550140", "portal.visited")
	s.hears("ana", event.Event{Name: "traits.updated"}.With("last_name", expr.TextOf("Quispe")).With("preferred_name", expr.TextOf("Anita")).
		With("name_spoken", expr.TextOf("ah-NEE-tah")).With("pronouns", expr.TextOf("she/her")))
	s.until(monday)
	s.desk()
	c := askedOf(t, s.Node)
	c.who = principal("account", "kim", access.CareCoordinator)
	work := s.list(WorkFilter{})[0].Request
	var sheet Sheet
	if a := c.ask("POST", "/v1/work/"+work+"/claim", nil); a.StatusCode != http.StatusOK || json.Unmarshal(a.body, &sheet) != nil {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	if sheet.Name != "ana Quispe" || sheet.Preferred != "Anita" || sheet.Spoken != "ah-NEE-tah" || sheet.Pronouns != "she/her" || sheet.Because != "portal.visited" || sheet.BecauseAt == "" || sheet.To != "+12025550140" {
		t.Errorf("%+v", sheet)
	}
	c.who.Permits = []access.Permission{access.WorkRead, access.WorkDo}
	if a := c.ask("POST", "/v1/work/"+work+"/claim", nil); a.StatusCode != http.StatusOK || bytes.Contains(a.body, []byte("Quispe")) || bytes.Contains(a.body, []byte("NEE")) {
		t.Errorf("who opens no records is told who it is: %s", a.body)
	}
}

// What somebody has is not taken by another, who is told whose it is; it is handed over to those who may have it, and by nobody else.
func TestWorkIsHandedOver(t *testing.T) {
	s := newShift(t)
	s.comes("ana", "+12025550140", "portal.visited")
	s.until(monday)
	s.desk()
	for _, i := range []Invitation{
		{Name: "Lee", Email: "lee@clinic.example", Roles: []access.Role{access.Clinician}},
		{Name: "Mo", Email: "mo@clinic.example", Roles: []access.Role{access.Clinician}, Programs: []string{"rheumatoid"}},
		{Name: "Ola", Email: "ola@clinic.example", Roles: []access.Role{access.Analyst}},
	} {
		if _, _, err := s.Staff.Invite(t.Context(), staff.Invitation(i)); err != nil {
			t.Fatal(err)
		}
	}
	c := askedOf(t, s.Node)
	kim, lee := principal("account", "kim", access.CareCoordinator), principal("account", "lee", access.Clinician)
	lee.Name = "Lee"
	work := "/v1/work/" + s.list(WorkFilter{})[0].Request
	c.who = kim
	if a := c.ask("POST", work+"/claim", nil); a.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	c.who = lee
	for path, body := range map[string]any{"/claim": nil, "/done": map[string]string{"outcome": "reached"}, "/hand-over": map[string]string{"to": "x"}} {
		a := c.ask("POST", work+path, body)
		if path == "/hand-over" { // nobody has this account
			if a.StatusCode != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d %s", path, a.StatusCode, a.body)
			}
			continue
		}
		if p := a.problem(t); a.StatusCode != http.StatusConflict || !strings.Contains(p.Detail, "kim has it until") || bytes.Contains(a.body, []byte("+1202")) {
			t.Errorf("%s: %d %s", path, a.StatusCode, a.body)
		}
	}
	var list struct{ Items []Colleague }
	if a := c.ask("GET", work+"/colleagues", nil); json.Unmarshal(a.body, &list) != nil || len(list.Items) != 1 || list.Items[0].Name != "Lee" {
		t.Fatalf("who may have it: %s", a.body)
	}
	to := map[string]string{"to": list.Items[0].Account}
	if a := c.ask("POST", work+"/hand-over", to); a.StatusCode != http.StatusConflict {
		t.Errorf("somebody gives away what another has: %d %s", a.StatusCode, a.body)
	}
	c.who = kim
	if a := c.ask("POST", work+"/hand-over", to); a.StatusCode != http.StatusOK || !bytes.Contains(a.body, []byte(`"by":"Lee"`)) {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	if a := c.ask("POST", work+"/claim", nil); a.StatusCode != http.StatusConflict {
		t.Errorf("it is taken back: %d", a.StatusCode)
	}
	c.who = lee
	if a := c.ask("POST", work+"/done", map[string]string{"outcome": "reached"}); a.StatusCode != http.StatusOK {
		t.Errorf("who got it does it: %d %s", a.StatusCode, a.body)
	}
}

// What somebody puts off is put off for them alone, until the time is over or they say so, and goes with the work.
func TestWorkIsPutOffForOneselfAlone(t *testing.T) {
	s := newShift(t)
	s.comes("ana", "+12025550140", "portal.visited")
	s.until(monday)
	s.desk()
	c := askedOf(t, s.Node)
	kim, lee := principal("account", "kim", access.CareCoordinator), principal("account", "lee", access.CareCoordinator)
	work := s.list(WorkFilter{})[0].Request
	until := func() string {
		t.Helper()
		var list struct{ Items []Work }
		if a := c.ask("GET", "/v1/work", nil); json.Unmarshal(a.body, &list) != nil || len(list.Items) != 1 {
			t.Fatalf("%s", a.body)
		}
		return list.Items[0].PutOff
	}
	c.who = kim
	for _, long := range []string{"8d", "soon", "-1h"} {
		if a := c.ask("POST", "/v1/work/"+work+"/put-off", map[string]string{"for": long}); a.problem(t).Field != "for" {
			t.Errorf("%s: %s", long, a.body)
		}
	}
	if a := c.ask("POST", "/v1/work/"+work[:10]+"/put-off", map[string]string{"for": "4h"}); a.StatusCode != http.StatusOK || until() != monday.Add(4*instant.Hour).String() {
		t.Fatalf("%d %s; until %s", a.StatusCode, a.body, until())
	}
	if c.who = lee; until() != "" {
		t.Error("it is put off for others, too")
	}
	c.who = kim
	if a := c.ask("POST", "/v1/work/"+work+"/put-off", map[string]string{}); a.StatusCode != http.StatusOK || until() != "" {
		t.Errorf("it stays put off: %d %s", a.StatusCode, until())
	}
	c.ask("POST", "/v1/work/"+work+"/put-off", map[string]string{"for": "1h"})
	if s.now = monday.Add(instant.Hour); until() != "" {
		t.Error("it is put off for longer than said")
	}
	c.ask("POST", "/v1/work/"+work+"/put-off", map[string]string{"for": "1h"})
	who, err := s.whom(t.Context(), "feed:ana")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Work.Forget(t.Context(), who); err != nil {
		t.Fatal(err)
	}
	if left, err := s.Work.PutOffs(t.Context(), "account/kim", s.now); err != nil || len(left) != 0 {
		t.Errorf("the person is forgotten, and %v is left, %v", left, err)
	}
}
