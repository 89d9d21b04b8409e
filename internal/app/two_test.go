package app

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"attune/core/approval"
	"attune/core/program"
	"attune/core/release"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/delivery"
	"attune/internal/staff"
)

// Two accounts are two people whatever they are called, and one account is one; where one came by the shell, names decide.
func TestTwoPeopleAreTwoAccounts(t *testing.T) {
	t.Parallel()
	kim, lee := somebody{"account/1", []string{"Kim Lee", "kim@clinic.example"}}, somebody{"account/2", []string{"Kim Lee", "lee@clinic.example"}}
	shell := func(name string) somebody { return somebody{names: []string{name}} }
	for _, x := range []struct {
		it   string
		a, b somebody
		same bool
	}{
		{"an account and itself", kim, kim, true},
		{"an account and itself under another name", kim, somebody{"account/1", []string{"K. Lee"}}, true},
		{"two accounts of one name", kim, lee, false},
		{"an account and its name in the shell", kim, shell("kim  LEE"), true},
		{"an account and its address in the shell", kim, shell("Kim@clinic.example"), true},
		{"an account and another name in the shell", kim, shell("Sam"), false},
		{"one name in the shell", shell("Sam"), shell(" sam"), true},
		{"two names in the shell", shell("Sam"), shell("Kim"), false},
	} {
		if x.a.same(x.b) != x.same || x.b.same(x.a) != x.same {
			t.Errorf("%s: %v", x.it, !x.same)
		}
	}
}

// Erasing, raising a ceiling and looking at why a record was opened take two people: whoever asked by the shell under the name of their account does not
// confirm it by that account, a token is nobody, and two accounts of one name are two people.
func TestTheSecondPersonIsAnother(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	account := func(name, email string, roles ...access.Role) access.Principal {
		t.Helper()
		a, _, err := c.n.Staff.Invite(t.Context(), staff.Invitation{Name: name, Email: email, Roles: roles})
		if err != nil {
			t.Fatal(err)
		}
		return a.Principal()
	}
	kim := account("Kim Lee", "kim@clinic.example", access.PrivacyOfficer, access.CareCoordinator, access.Publisher)
	other := account("Kim Lee", "lee@clinic.example", access.PrivacyOfficer, access.Publisher)
	token := principal("key", "script", access.PrivacyOfficer, access.Publisher)
	confirm := func(who access.Principal, id string) replied {
		c.who = who
		return c.ask("POST", "/v1/erasures/"+id+"/confirm", nil)
	}
	asked := func(a replied) string {
		t.Helper()
		var e Erasure
		if err := json.Unmarshal(a.body, &e); err != nil || a.StatusCode != http.StatusCreated {
			t.Fatalf("%d %s", a.StatusCode, a.body)
		}
		return e.ID
	}
	reason := map[string]string{"reason": "She asked for it."}

	c.who = kim
	mine := asked(c.ask("POST", "/v1/people/"+c.ana+"/erasure", reason))
	if a := confirm(kim, mine); a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(string(a.body), "one person") {
		t.Errorf("who asked confirms: %d %s", a.StatusCode, a.body)
	}
	if a := confirm(token, mine); a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(string(a.body), "is nobody") {
		t.Errorf("a token confirms: %d %s", a.StatusCode, a.body)
	}
	byShell := c.n.asked[callConfirm].(func(context.Context, ConfirmWord) (Erasure, error))
	for _, name := range []string{"Kim Lee", "kim lee", "KIM@clinic.example"} {
		if _, err := byShell(t.Context(), ConfirmWord{ID: mine, By: name}); err == nil {
			t.Errorf("whoever asked by their account confirms in the shell as %s", name)
		}
	}
	c.who = token
	if a := c.ask("POST", "/v1/people/"+c.bob+"/erasure", reason); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a token asks: %d %s", a.StatusCode, a.body)
	}
	ask := c.n.asked[callErase].(func(context.Context, EraseWord) (Erasure, error))
	shell, err := ask(t.Context(), EraseWord{Person: c.bob, Reason: "He asked for it.", By: "kim@clinic.example"})
	if err != nil {
		t.Fatal(err)
	}
	if a := confirm(kim, shell.ID); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("whoever asked in the shell confirms by their account: %d %s", a.StatusCode, a.body)
	}
	if a := confirm(other, mine); a.StatusCode != http.StatusOK {
		t.Errorf("another account of that name: %d %s", a.StatusCode, a.body)
	}

	c.n.Ceiling = delivery.Ceiling{Hour: 2000, Day: 20000}
	raise := func(who access.Principal) replied {
		c.who = who
		return c.ask("POST", "/v1/ceilings/raise", map[string]any{"program": "diabetes", "engagement": "refill_reminder", "to": 100000, "for": "1d"})
	}
	if a := raise(token); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a token raises: %d %s", a.StatusCode, a.body)
	}
	for range 2 {
		if a := raise(kim); a.StatusCode != http.StatusOK || !strings.Contains(string(a.body), `"waits"`) {
			t.Errorf("alone: %d %s", a.StatusCode, a.body)
		}
	}
	if a, waits := c.n.raises.asked("diabetes", "refill_reminder", c.n.Wall().Std()); !waits || a.To != 100000 || a.By != "Kim Lee" {
		t.Errorf("what waits for the second is %+v, %v", a, waits)
	}
	if a := c.ask("POST", "/v1/ceilings/raise", map[string]any{"program": "diabetes", "engagement": "refill_reminder", "to": 1, "for": "1d"}); a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(string(a.body), "is no more") {
		t.Errorf("what raises nothing waits for a second: %d %s", a.StatusCode, a.body)
	}
	if a := raise(other); strings.Contains(string(a.body), "one person") || strings.Contains(string(a.body), `"waits"`) {
		t.Errorf("another account of that name: %d %s", a.StatusCode, a.body)
	}

	nurse := account("Nur Aziz", "nur@clinic.example", access.Clinician)
	nurse.Programs = []string{"diabetes"}
	c.who = nurse
	a := c.ask("POST", "/v1/people/"+c.bob+"/openings", map[string]string{"reason": "On call tonight, the ward asks about him."})
	var opening Opening
	if err := json.Unmarshal(a.body, &opening); err != nil || a.StatusCode != http.StatusCreated {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	review := func(who access.Principal) int {
		c.who = who
		return c.ask("POST", "/v1/openings/"+opening.ID+"/review", map[string]string{"note": "It was her shift."}).StatusCode
	}
	if got := review(principal("key", "script", access.Auditor)); got != http.StatusUnprocessableEntity {
		t.Errorf("a token reviews: %d", got)
	}
	if got := review(other); got != http.StatusOK {
		t.Errorf("somebody else reviews: %d", got)
	}
	// Whoever signed a text publishes nothing, under whichever of their names.
	signed := &release.Release{Programs: []*program.Program{{ID: "diabetes", Standings: []program.Standing{{Given: []approval.Given{
		{Line: approval.Line{By: "signer@clinic.example"}, Approver: &approval.Approver{ID: "signer@clinic.example", Name: "Dr. Signer"}},
	}}}}}}
	as := account("Dr. S. Igner", "signer@clinic.example", access.Publisher)
	if err := c.n.mayPublish(api.WithPrincipal(t.Context(), &as), signed); err == nil {
		t.Error("who signed a text publishes it")
	}
	if err := c.n.mayPublish(api.WithPrincipal(t.Context(), &other), signed); err != nil {
		t.Error(err)
	}
}
