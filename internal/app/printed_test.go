package app

import (
	"bytes"
	"net/http"
	"os"
	"strings"
	"testing"

	"attune/internal/access"
	"attune/internal/paper/papertest"
)

// pdf asks for a document.
func (c *clinicAPI) pdf(path string) []byte {
	c.t.Helper()
	r := c.ask("GET", path, nil)
	if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "application/pdf" {
		c.t.Fatalf("%s: %d %s %.300s", path, r.StatusCode, r.Header.Get("Content-Type"), r.body)
	}
	return r.body
}

// seen keeps a document where somebody wants to look at it.
func seen(t *testing.T, name string, b []byte) {
	t.Helper()
	if dir := os.Getenv("ATTUNE_PAPER"); dir != "" {
		if err := os.WriteFile(dir+"/"+name+".pdf", b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// squeezed is a text with single spaces, as papertest.Words has it.
func squeezed(s string) string { return strings.Join(strings.Fields(s), " ") }

// A journey on paper has each step as the API tells it in words, and each text as somebody would get it.
func TestAJourneyIsWalkedThroughOnPaper(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	c.who = principal("account", "kim", access.Author)
	var journeys struct{ Items []JourneyRead }
	c.ask("GET", "/v1/releases/live/programs/diabetes/journeys", nil).into(t, 200, &journeys)
	if len(journeys.Items) == 0 {
		t.Fatal("the program has no journeys")
	}
	for _, j := range journeys.Items {
		path := "/v1/releases/live/programs/diabetes/journeys/" + j.ID + "/walkthrough"
		b := c.pdf(path)
		seen(t, "walkthrough-"+j.ID, b)
		said := papertest.Words(t, b)
		for _, want := range []string{j.Name, "Living well with diabetes", "en, es", "which is live", "What holds for all of it", "Nobody gets more than"} {
			if !strings.Contains(said, want) {
				t.Errorf("%s does not say %q", j.ID, want)
			}
		}
		for _, w := range j.Words {
			if w == "Its steps:" {
				break
			}
			if !strings.Contains(said, squeezed(w)) {
				t.Errorf("%s does not say %q", j.ID, w)
			}
		}
		for k, s := range j.Steps {
			if !strings.Contains(said, squeezed(strings.Join(s.Words, " "))) {
				t.Errorf("%s: step %d does not say %q", j.ID, k+1, s.Words)
			}
			for _, e := range s.Engagements {
				c.isOnPaper(said, e)
			}
		}
		if again := c.pdf(path); papertest.Words(t, again) != said {
			t.Errorf("%s says another thing when it is written again", j.ID)
		}
	}
	if r := c.ask("GET", "/v1/releases/live/programs/diabetes/journeys/none/walkthrough", nil); r.StatusCode != http.StatusNotFound {
		t.Errorf("a journey that there is not: %d %s", r.StatusCode, r.body)
	}
}

// isOnPaper holds a document against the API: each text of an engagement stands in it as its preview has it, with its hash.
func (c *clinicAPI) isOnPaper(said, engagement string) {
	c.t.Helper()
	var m ContentMatrix
	c.ask("GET", "/v1/releases/live/programs/diabetes/content", nil).into(c.t, 200, &m)
	texts := 0
	for _, r := range m.Rows {
		for _, x := range r.Cells {
			if r.Engagement != engagement || x.State == "none" {
				continue
			}
			texts++
			var p TextPreview
			c.ask("POST", "/v1/content/preview", map[string]any{"program": "diabetes", "content": x.Content, "traits": map[string]string{"first_name": "Ana", "last_name": "López"}}).into(c.t, 200, &p)
			for _, want := range []string{p.Subject, p.Carried, x.Hash, x.File} {
				if !strings.Contains(said, squeezed(want)) {
					c.t.Errorf("of %s it does not say %q", x.Content, want)
				}
			}
		}
	}
	if texts == 0 {
		c.t.Errorf("%s says nothing", engagement)
	}
}

// A draft's journey is written as the draft has it, and who reviews it sees that it is not live.
func TestAJourneyOfADraftIsWalkedThroughOnPaper(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	c.who = principal("account", "kim", access.Author)
	d, _ := c.drafted("A wait that is longer")
	live := c.pdf("/v1/releases/live/programs/diabetes/journeys/welcome/walkthrough")
	path := "/v1/drafts/" + d.Draft + "/programs/diabetes/"
	files, err := c.n.filesOf("live")
	if err != nil {
		t.Fatal(err)
	}
	text := files.Programs[0].Files["journeys/welcome.yaml"]
	text = strings.Replace(text, "name: ", "name: Longer, ", 1)
	if r := c.ask("PUT", "/v1/drafts/"+d.Draft+"/files", map[string]any{"program": "diabetes", "files": map[string]string{"journeys/welcome.yaml": text}}); r.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	b := c.pdf(path + "journeys/welcome/walkthrough")
	said := papertest.Words(t, b)
	for _, want := range []string{"Longer, ", "The draft “A wait that is longer”, which is not live"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q: %.600s", want, said)
		}
	}
	if bytes.Equal(b, live) || strings.Contains(papertest.Words(t, live), "Longer, ") {
		t.Error("what is live is told as the draft has it")
	}
	// What is wrong in a draft is said, and where.
	if r := c.ask("PUT", "/v1/drafts/"+d.Draft+"/files", map[string]any{"program": "diabetes", "files": map[string]string{"journeys/welcome.yaml": "journey: welcome\n"}}); r.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	if r := c.ask("GET", path+"journeys/welcome/walkthrough", nil); r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(string(r.body), "welcome.yaml") {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
}

// All that an engagement can say is on its sheets, as it would be sent, with who approved exactly which words; and what is not right yet is said.
func TestAnEngagementIsReviewedOnPaper(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	c := askedOf(t, h.n)
	c.who = everything()
	b := c.pdf("/v1/releases/live/programs/diabetes/engagements/welcome/review")
	said := papertest.Words(t, b)
	c.isOnPaper(said, "welcome")
	for _, want := range []string{"What “welcome” says", "which is live", "Not approved.", "Findings none", "Flesch-Kincaid grade", "text messages: ", `{{ name | default: "friend" }}`, "One person gets it"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	// In a draft the texts are approved, but for one in which a letter was changed since, and one that is taken away.
	var done FileChanged
	c.ask("POST", "/v1/texts/signatures/medical", h.signed("medical").body).into(t, 200, &done)
	d, _ := c.drafted("Approved")
	text := h.live().JSON200.Programs[0].Files["content/email/welcome-name.en.liquid"]
	put := func(body map[string]any) {
		t.Helper()
		body["program"] = "diabetes"
		if r := c.ask("PUT", "/v1/drafts/"+d.Draft+"/files", body); r.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", r.StatusCode, r.body)
		}
	}
	put(map[string]any{"files": map[string]string{"approvals.yaml": done.Text}})
	path := "/v1/drafts/" + d.Draft + "/programs/diabetes/engagements/welcome/review"
	approved := papertest.Words(t, c.pdf(path))
	for _, want := range []string{"The draft “Approved”, which is not live", "Approved. Dr Ana Ruiz as medical on"} {
		if !strings.Contains(approved, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if strings.Contains(approved, "Not approved") || strings.Contains(approved, "edited since") {
		t.Error("what is approved is said not to be")
	}
	put(map[string]any{"files": map[string]string{"content/email/welcome-name.en.liquid": strings.Replace(text, "Dear", "Dearest", 1)}, "remove": []string{"content/sms/welcome-name.es.liquid"}})
	b = c.pdf(path)
	seen(t, "review", b)
	said = papertest.Words(t, b)
	for _, want := range []string{"Dearest Ana,", "Not approved. edited since Dr Ana Ruiz approved it as medical on", "Missing: it is not written in this language", "What is wrong with it", "The program is not right yet"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if r := c.ask("GET", "/v1/releases/live/programs/diabetes/engagements/none/review", nil); r.StatusCode != http.StatusNotFound {
		t.Errorf("an engagement that there is not: %d %s", r.StatusCode, r.body)
	}
}
