package app

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"attune/internal/access"
	"attune/internal/unsubscribe"
)

// What a program can say is laid out as it is: each variant on each channel and in each language, what is lacking where it is lacking, and every finding at
// the text that it is about, also of a draft that is not right.
func TestContentIsLaidOut(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	c.who = principal("account", "kim", access.Author)
	d, _ := c.drafted("Other words")
	read := func() (out ContentMatrix) {
		t.Helper()
		r := c.ask("GET", "/v1/drafts/"+d.Draft+"/programs/diabetes/content", nil)
		if r.StatusCode != http.StatusOK || json.Unmarshal(r.body, &out) != nil {
			t.Fatalf("%d %s", r.StatusCode, r.body)
		}
		return out
	}
	was := read()
	var live ContentMatrix
	if r := c.ask("GET", "/v1/releases/live/programs/diabetes/content", nil); json.Unmarshal(r.body, &live) != nil || len(live.Rows) != len(was.Rows) {
		t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	cell := func(m ContentMatrix, engagement, variant, channel, language string) ContentCell {
		t.Helper()
		for _, r := range m.Rows {
			for _, x := range r.Cells {
				if r.Engagement == engagement && r.Variant == variant && x.Channel == channel && x.Language == language {
					return x
				}
			}
		}
		t.Fatalf("%s %s has no %s in %s", engagement, variant, channel, language)
		return ContentCell{}
	}
	for _, r := range was.Rows {
		if len(r.Cells) != len(was.Channels)*len(was.Languages) {
			t.Errorf("%s %s has %d cells", r.Engagement, r.Variant, len(r.Cells))
		}
	}
	first := was.Rows[0]
	at := slices.IndexFunc(first.Cells, func(x ContentCell) bool { return x.Content != "" })
	x := first.Cells[at]
	if x.Hash == "" || x.Begins == "" || len(x.Problems) > 0 || !slices.Contains([]string{"draft", "approved"}, x.State) {
		t.Errorf("%+v", x)
	}
	written, err := d.files("diabetes")
	if err != nil {
		t.Fatal(err)
	}
	text := written[x.File]
	put := func(text string, remove ...string) {
		t.Helper()
		body := map[string]any{"program": "diabetes", "files": map[string]string{}, "remove": remove}
		if text != "" {
			body["files"] = map[string]string{x.File: text}
		}
		if r := c.ask("PUT", "/v1/drafts/"+d.Draft+"/files", body); r.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", r.StatusCode, r.body)
		}
	}
	put(text + "{{ first_name }}")
	is := cell(read(), first.Engagement, first.Variant, x.Channel, x.Language)
	if is.Hash == x.Hash || len(is.Problems) != 1 || !strings.Contains(is.Problems[0].What, "has no fallback") || is.Problems[0].Line == 0 {
		t.Errorf("a name without a fallback is not found: %+v", is)
	}
	put("", x.File)
	m := read()
	if is = cell(m, first.Engagement, first.Variant, x.Channel, x.Language); is.State != "missing" || is.File != x.File {
		t.Errorf("%+v", is)
	}
	if k := slices.IndexFunc(m.Rows, func(r ContentRow) bool { return r.Engagement == first.Engagement }); len(m.Rows[k].Problems) == 0 {
		t.Error("the engagement does not say that a language is missing")
	}
}

// A preview is what delivery's renderer writes: the same bytes, with the fallback where a name is not known, and what the text would become before it is kept.
func TestAPreviewIsWhatIsSent(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	c.who = principal("account", "kim", access.Author)
	var m ContentMatrix
	if r := c.ask("GET", "/v1/releases/live/programs/diabetes/content", nil); json.Unmarshal(r.body, &m) != nil {
		t.Fatal(r.StatusCode)
	}
	see := func(body map[string]any) (out TextPreview, r replied) {
		body["program"] = "diabetes"
		if r = c.ask("POST", "/v1/content/preview", body); r.StatusCode == http.StatusOK && json.Unmarshal(r.body, &out) != nil {
			t.Fatalf("%s", r.body)
		}
		return out, r
	}
	ana := map[string]any{"first_name": "Ana", "last_name": "López"}
	seen := 0
	for _, row := range m.Rows {
		for _, x := range row.Cells {
			if x.Content == "" {
				continue
			}
			seen++
			is, r := see(map[string]any{"content": x.Content, "traits": ana})
			if !is.Readable || is.Cell.Hash != x.Hash {
				t.Fatalf("%s: %d %s", x.Content, r.StatusCode, r.body)
			}
			p := c.n.live().Program("diabetes")
			name, language, _ := strings.Cut(strings.TrimPrefix(x.Content, x.Channel+"/"), ".")
			of, err := c.n.somebody(json.RawMessage(`{"first_name":"Ana","last_name":"López"}`))
			if err != nil {
				t.Fatal(err)
			}
			if subject, body := p.Template(name, x.Channel, language).Render(filledFor(of, p.Policy.Sender)); subject != is.Subject || body != is.Body {
				t.Errorf("%s: %q, not %q", x.Content, is.Body, body)
			}
			if (x.Channel == "sms") != (is.Parts != nil) {
				t.Errorf("%s: %+v", x.Content, is.Parts)
			}
		}
	}
	if seen == 0 {
		t.Fatal("there is no text")
	}
	const letter = "email/refill-warm.es"
	if is, _ := see(map[string]any{"content": letter, "traits": ana}); is.Carried != is.Body {
		t.Errorf("a link is added where no public address is known: %q", is.Carried)
	}
	c.n.Back.PublicURL = "https://care.example"
	if is, _ := see(map[string]any{"content": letter, "traits": ana}); !strings.HasPrefix(is.Carried, strings.TrimRight(is.Body, "\n")+"\n\n-- \nSi no desea recibir") || !strings.HasSuffix(is.Carried, "https://care.example"+unsubscribe.Path+"…\n") {
		t.Errorf("%q", is.Carried)
	}
	const hello = "sms/refill-warm.en"
	is, _ := see(map[string]any{"content": hello, "text": `Hi {{ name | default: "there" }}, it costs 3 € – STOP to end`, "traits": map[string]any{}})
	if is.Body != "Hi there, it costs 3 € – STOP to end\n" || is.Carried != "Hi there, it costs 3 € – STOP to end" || !slices.Equal(is.Unknown, []string{"name"}) || is.Parts.Encoding != "UCS-2" || is.Parts.Stranger != "–" {
		t.Errorf("%+v %+v", is, is.Parts)
	}
	if is, _ = see(map[string]any{"content": hello, "text": "Hi {{ nome }}"}); len(is.Cell.Problems) == 0 || is.Cell.Problems[0].Line != 1 {
		t.Errorf("%+v", is)
	}
	for body, status := range map[string]int{`{"content":"sms/none.en"}`: http.StatusNotFound, `{"content":"sms"}`: http.StatusNotFound, `{"content":"` + hello + `","draft":"none"}`: http.StatusNotFound, `{"content":"` + hello + `","traits":7}`: http.StatusUnprocessableEntity} {
		var of map[string]any
		if err := json.Unmarshal([]byte(body), &of); err != nil {
			t.Fatal(err)
		}
		if _, r := see(of); r.StatusCode != status {
			t.Errorf("%s: %d %s", body, r.StatusCode, r.body)
		}
	}
}
