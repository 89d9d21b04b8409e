package app

import (
	"net/http"
	"testing"

	"attune/internal/access"
)

// What is still as somebody has it is not sent again; who may see something else is never told that it is the same.
func TestWhatIsUnchangedIsNotSentAgain(t *testing.T) {
	t.Parallel()
	n := livedWorld(t, 80, 90)
	n.desk()
	c := askedOf(t, n)
	for _, path := range []string{"/v1/programs/diabetes/lived", "/v1/programs/diabetes/leverage", "/v1/programs/diabetes/report", "/v1/report", "/v1/releases/live/files"} {
		c.who = principal("account", "cora", access.CareCoordinator)
		if path == "/v1/releases/live/files" {
			c.who = principal("account", "pat", access.Publisher)
		}
		first := c.ask("GET", path, nil)
		tag := first.Header.Get("ETag")
		if first.StatusCode != http.StatusOK || tag == "" || len(first.body) == 0 {
			t.Fatalf("%s: %d, ETag %q, %.200s", path, first.StatusCode, tag, first.body)
		}
		for _, known := range []string{tag, `"other", ` + tag, "*"} {
			again := c.ask("GET", path, nil, "If-None-Match", known)
			if again.StatusCode != http.StatusNotModified || len(again.body) != 0 || again.Header.Get("ETag") != tag || again.Header.Get("Content-Type") != "" {
				t.Errorf("%s, which is as %s says: %d, ETag %s, %.80s", path, known, again.StatusCode, again.Header.Get("ETag"), again.body)
			}
		}
		if other := c.ask("GET", path, nil, "If-None-Match", `"other"`); other.StatusCode != http.StatusOK || len(other.body) == 0 {
			t.Errorf("%s, of which somebody has another: %d", path, other.StatusCode)
		}
		c.who = principal("account", "nina")
		if refused := c.ask("GET", path, nil, "If-None-Match", "*"); refused.StatusCode != http.StatusForbidden {
			t.Errorf("%s, for somebody who may not: %d", path, refused.StatusCode)
		}
	}
	c.who = principal("account", "cora", access.CareCoordinator)
	tag := c.ask("GET", "/v1/programs/diabetes/lived", nil).Header.Get("ETag")
	c.who = principal("account", "anna", access.Analyst)
	if a := c.ask("GET", "/v1/programs/diabetes/lived", nil, "If-None-Match", tag); a.StatusCode != http.StatusOK || a.Header.Get("ETag") == tag {
		t.Errorf("an analyst, who sees fewer numbers, is told %d for the tag of the care team", a.StatusCode)
	}
	c.who = principal("account", "cora", access.CareCoordinator)
	if a := c.ask("GET", "/v1/programs/diabetes/lived?is=practice:Nowhere", nil, "If-None-Match", tag); a.StatusCode == http.StatusNotModified {
		t.Error("another filter is told to be the same")
	}
}
