package app

import (
	"encoding/json"
	"net/http"
	"testing"

	"attune/core/event"
	"attune/core/expr"
	"attune/internal/access"
	"attune/internal/intake"
	"attune/internal/intake/identity"
)

// Whoever asks the API for records that may be of one person, and does not say which, gets those that nobody decided about.
func TestDuplicatesAreOpenOnesWhereNobodySaysWhich(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	e := event.Event{ID: "ward/again", Name: "traits.updated", OccurredAt: c.n.Now()}
	for k, v := range map[string]string{"first_name": "Ana", "last_name": "Meier", "email": "ana@people.example", "birth_date": "1961-04-30"} {
		e = e.With(k, expr.TextOf(v))
	}
	if err := c.n.Intake.Take(t.Context(), intake.Source{Name: "ward"}, []intake.Arrival{{Who: identity.Key{System: "ward", Value: "w1"}, Event: e}}); err != nil {
		t.Fatal(err)
	}
	for c.n.Runner.Behind() > 0 {
		if _, err := c.n.Runner.Tick(t.Context(), c.n.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.n.compare(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.who = principal("account", "kim", access.CareCoordinator)
	for query, want := range map[string]int{"": 1, "?state=open": 1, "?state=different": 0, "?state=same": 0} {
		var got Duplicates
		a := c.ask("GET", "/v1/duplicates"+query, nil, "Attune-Purpose", "coordination")
		if err := json.Unmarshal(a.body, &got); err != nil || a.StatusCode != http.StatusOK || len(got.Pairs) != want || got.All != want {
			t.Errorf("%q: %d %s, want %d", query, a.StatusCode, a.body, want)
		}
	}
	if a := c.ask("GET", "/v1/duplicates?state=opened", nil, "Attune-Purpose", "coordination"); a.StatusCode != http.StatusUnprocessableEntity || a.problem(t).Field != "state" {
		t.Errorf("a state that there is not: %d %s", a.StatusCode, a.body)
	}
}
