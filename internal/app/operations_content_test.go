package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"attune/core/id"
	"attune/internal/access"
	"attune/internal/evaluate"
	"attune/internal/population"
)

// into reads what was answered, which has to be of this status.
func (a replied) into(t *testing.T, status int, to any) {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("%d and not %d: %s", a.StatusCode, status, a.body)
	}
	if err := json.Unmarshal(a.body, to); err != nil {
		t.Fatal(err)
	}
}

// jobResult begins a job, waits for it, and reads its result.
func (c *clinicAPI) jobResult(kind string, body, to any) {
	c.t.Helper()
	var job Job
	c.ask("POST", "/v1/jobs/"+kind, body).into(c.t, http.StatusAccepted, &job)
	for range 6000 {
		if c.ask("GET", "/v1/jobs/"+job.ID, nil).into(c.t, http.StatusOK, &job); job.State != "running" {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if job.State != "done" {
		c.t.Fatalf("the job %s: %+v", kind, job)
	}
	c.ask("GET", "/v1/jobs/"+job.ID+"/result", nil).into(c.t, http.StatusOK, to)
}

// Whoever reviews signs with a key that the server never sees; a signature of another's, for other words, or in a role that is not theirs
// does not count; and what was approved can be taken back.
func TestTextsAreApprovedOverTheAPI(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	c := askedOf(t, h.n)
	c.who = principal("account", "Dr Ana Ruiz", access.MedicalReviewer)
	var unsigned Unsigned
	c.ask("POST", "/v1/texts/signatures/prepare", map[string]string{"program": "diabetes", "by": "ana_ruiz", "role": "medical", "content": "email/*.en"}).into(t, 200, &unsigned)
	if len(unsigned.Texts) < 2 || unsigned.Texts[0].Text == "" {
		t.Fatalf("%+v", unsigned)
	}
	signed := h.signed("medical").body.(map[string]any)
	var done FileChanged
	c.ask("POST", "/v1/texts/signatures/medical", signed).into(t, 200, &done)
	if done.File != "approvals.yaml" || done.Texts < len(unsigned.Texts) || !strings.Contains(done.Text, "by: ana_ruiz, role: medical") {
		t.Errorf("%+v", done)
	}
	for what, wrong := range map[string]struct {
		change func(line map[string]any)
		field  string
	}{
		"another meaning":     {func(l map[string]any) { l["meaning"] = "approved for everybody" }, "lines[0].signature"},
		"another text":        {func(l map[string]any) { l["hash"] = strings.Repeat("0", 64) }, "lines[0].hash"},
		"a text there is not": {func(l map[string]any) { l["content"] = "email/nothing.en" }, "lines[0].content"},
		"another's":           {func(l map[string]any) { l["by"] = "sam" }, "lines[0].by"},
		"as a lawyer":         {func(l map[string]any) { l["role"] = "legal" }, "lines[0].role"},
		"unsigned":            {func(l map[string]any) { delete(l, "signature") }, "lines[0].signature"},
	} {
		text, err := json.Marshal(signed)
		if err != nil {
			t.Fatal(err)
		}
		var body map[string]any
		if err := json.Unmarshal(text, &body); err != nil {
			t.Fatal(err)
		}
		wrong.change(body["lines"].([]any)[0].(map[string]any))
		if p := c.ask("POST", "/v1/texts/signatures/medical", body).problem(t); p.Status != http.StatusUnprocessableEntity || p.Field != wrong.field {
			t.Errorf("%s: %+v", what, p)
		}
	}
	if a := c.ask("POST", "/v1/texts/signatures/legal", signed); a.StatusCode != http.StatusForbidden {
		t.Errorf("a medical reviewer signs as a lawyer: %d", a.StatusCode)
	}

	files := h.live().JSON200.Programs[0].Files
	files["approvals.yaml"] = done.Text
	programs := []map[string]any{{"id": "diabetes", "files": files}}
	var standing struct{ Items []TextReviewed }
	c.ask("POST", "/v1/texts/review?limit=500&state=approved", map[string]any{"programs": programs}).into(t, 200, &standing)
	if len(standing.Items) != done.Texts || standing.Items[0].Approvals[0].State != "holds" {
		t.Errorf("%d texts are approved, and %d were", len(standing.Items), done.Texts)
	}
	gone := Withdrawn{}
	c.ask("POST", "/v1/texts/withdrawals/medical", map[string]any{"programs": programs, "program": "diabetes", "content": "email/*.en", "reason": "The dose is out of date."}).into(t, 200, &gone)
	if gone.Texts != len(unsigned.Texts) || slices.ContainsFunc(gone.Approvals, func(a ApprovalLine) bool { return !strings.HasSuffix(a.Content, ".en") }) {
		t.Errorf("%d were taken back: %+v", gone.Texts, gone.Approvals)
	}
	files["approvals.yaml"] = gone.Text
	c.ask("POST", "/v1/texts/review?limit=500&state=approved", map[string]any{"programs": programs}).into(t, 200, &standing)
	if len(standing.Items) != done.Texts-gone.Texts {
		t.Errorf("%d are still approved", len(standing.Items))
	}
}

// A release is read part by part, in words; a declared event has the types that arrived; standards are compared with what is live.
func TestARelasesPartsAreReadOverTheAPI(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	c := askedOf(t, h.n)
	c.who = principal("account", "author", access.Author)
	const of = "/v1/releases/live/programs/diabetes"
	var wall MapRead
	c.ask("GET", of+"/map", nil).into(t, 200, &wall)
	if len(wall.Phases) != 3 || len(wall.Stakeholders) != 3 || wall.Moments[0].Then != "first_supply" || wall.Moments[0].Within != "7d" || len(wall.Exits) != 2 {
		t.Errorf("%+v", wall)
	}
	for _, p := range wall.Phases {
		if len(p.Words) == 0 {
			t.Errorf("nobody is told when the phase %s begins", p.ID)
		}
	}
	var journeys struct{ Items []JourneyRead }
	c.ask("GET", of+"/journeys", nil).into(t, 200, &journeys)
	stuck := slices.IndexFunc(journeys.Items, func(j JourneyRead) bool { return j.ID == "stuck" })
	if stuck < 0 || len(journeys.Items[stuck].Steps) != 2 || journeys.Items[stuck].Steps[0].Kind != "wait" || !slices.Equal(journeys.Items[stuck].Steps[0].Next, []string{"rest"}) || len(journeys.Items[stuck].Words) == 0 {
		t.Errorf("%+v", journeys)
	}
	var engagements struct{ Items []EngagementRead }
	c.ask("GET", of+"/engagements", nil).into(t, 200, &engagements)
	for _, e := range engagements.Items {
		if len(e.Words) == 0 || len(e.Texts) == 0 {
			t.Errorf("%+v", e)
		}
	}
	var audiences struct{ Items []AudienceRead }
	c.ask("GET", of+"/audiences", nil).into(t, 200, &audiences)
	if len(audiences.Items) == 0 || len(audiences.Items[0].Words) == 0 {
		t.Errorf("%+v", audiences)
	}
	var declared EventDeclared
	c.ask("POST", "/v1/programs/events", map[string]any{"program": "diabetes", "event": "glucose.measured_twice", "says": "It was measured again.", "arrived": true}).into(t, 200, &declared)
	if !declared.Valid || !strings.Contains(declared.Text, declared.Added) || !strings.Contains(declared.Added, "glucose.measured_twice:") {
		t.Errorf("%+v", declared)
	}
	if p := c.ask("POST", "/v1/programs/events", map[string]any{"program": "diabetes", "event": "glucose.measured_thrice", "says": "Again.", "arrived": true}).problem(t); !strings.Contains(p.Detail, "did you mean") {
		t.Errorf("%+v", p)
	}
	files := h.live().JSON200.Programs[0].Files
	files["policy.yaml"] = strings.Replace(files["policy.yaml"], "count: 3", "count: 2", 1)
	var standards Standards
	c.ask("POST", "/v1/programs/standards", map[string]any{"programs": []map[string]any{{"id": "diabetes", "files": files}}, "than": "live"}).into(t, 200, &standards)
	if drift := standards.Programs[0].Drift; drift == nil || len(*drift) != 1 || (*drift)[0].What != "policy.caps" {
		t.Errorf("%+v", standards)
	}
}

// An evaluation over the API says what the command says, to the last digit, and what is wrong with its place in the files that were sent.
func TestAnEvaluationOverTheAPISaysWhatTheCommandSays(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	c.who = principal("account", "analyst", access.Analyst)
	const reminders = "../evaluate/testdata/reminders"
	files := map[string]string{}
	found, err := os.ReadDir(reminders)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		text, err := os.ReadFile(filepath.Join(reminders, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(f.Name(), ".csv") || f.Name() == "spec.json" {
			files[f.Name()] = string(text)
		}
	}
	var want bytes.Buffer
	if problems, err := evaluate.Run(t.Context(), evaluate.Config{Dir: reminders, Out: &want}); err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	var got Evaluation
	c.jobResult("evaluation", map[string]any{"files": files}, &got)
	var answer []json.RawMessage
	if err := json.Unmarshal(want.Bytes(), &answer); err != nil || len(answer) != len(got.Answer) || len(answer) == 0 {
		t.Fatal(len(answer), len(got.Answer), err)
	}
	for k := range answer {
		var a, b bytes.Buffer
		if json.Compact(&a, answer[k]) != nil || json.Compact(&b, got.Answer[k]) != nil || a.String() != b.String() {
			t.Errorf("%s and %s", answer[k], got.Answer[k])
		}
	}
	c.jobResult("evaluation", map[string]any{"files": map[string]string{"spec.json": `{"task":"confidence_sequence","alpha":0.05,"tune_at":100}`, "stream.csv": "value\n1\nx\n"}}, &got)
	if len(got.Problems) == 0 || got.Problems[0].File != "stream.csv" || got.Problems[0].Line != 3 {
		t.Errorf("%+v", got.Problems)
	}
	if p := c.ask("POST", "/v1/jobs/evaluation", map[string]any{"files": map[string]string{"../spec.json": "{}"}}).problem(t); p.Field != "files" {
		t.Errorf("%+v", p)
	}
}

// The engine decides as it does on the command line: all lines so far give the answers so far, the same each time.
func TestDecisionsOverTheAPIGoOnWhereTheyWere(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	c.who = principal("account", "analyst", access.Analyst)
	start := map[string]any{"type": "start", "actions": []string{"none", "inform:app", "support:sms"}, "stages": []string{"contemplation", "action"}, "patients": 1, "days": 3, "cap": 4, "window_days": 7}
	day := func(n int) map[string]any {
		return map[string]any{"type": "decide", "day": n, "patients": []map[string]any{{"id": 0, "stage": "action", "app_user": true, "age": 61, "recent_sends": 0, "opted_out": false}}}
	}
	reward := map[string]any{"type": "reward", "day": 0, "rewards": []int{1}, "rejected": 0}
	var one, two Decided
	c.ask("POST", "/v1/decisions", map[string]any{"seed": 7, "lines": []any{start, day(0)}}).into(t, 200, &one)
	c.ask("POST", "/v1/decisions", map[string]any{"seed": 7, "lines": []any{start, day(0), reward, day(1)}}).into(t, 200, &two)
	if len(one.Answers) != 1 || len(two.Answers) != 2 || string(one.Answers[0]) != string(two.Answers[0]) || one.Over {
		t.Errorf("%s, then %s", one.Answers, two.Answers)
	}
	if p := c.ask("POST", "/v1/decisions", map[string]any{"lines": []any{start, day(0), day(1)}}).problem(t); p.Field != "lines[2]" {
		t.Errorf("%+v", p)
	}
	var a, b population.Result
	body := map[string]any{"patients": 60, "days": 12, "policy": "uniform", "seed": 3}
	c.jobResult("population", body, &a)
	c.jobResult("population", body, &b)
	if a.Decisions == 0 || a.Messages == 0 || fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("%+v and %+v", a, b)
	}
}

// A file comes in parts, goes on where it broke off, is nobody else's, and is gone with the first erasure or the next start.
func TestAFileComesInParts(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	c.who = principal("account", "operator", access.Operator)
	var is Upload
	c.ask("POST", "/v1/uploads", map[string]string{"name": "Patient.ndjson"}).into(t, 201, &is)
	part := func(offset int, text string) replied {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPut, fmt.Sprintf("/v1/uploads/%s?offset=%d", is.Upload, offset), strings.NewReader(text))
		r.Header.Set("Content-Type", "application/octet-stream")
		w := httptest.NewRecorder()
		c.http.ServeHTTP(w, r)
		return replied{w.Result(), w.Body.Bytes()}
	}
	one, other := `{"resourceType":"Patient","id":"p1","name":[{"family":"Ruiz"`, `,"given":["Eva"]}]}`+"\n"
	part(0, one).into(t, 200, &is)
	if p := part(3, other).problem(t); p.Field != "offset" || !strings.Contains(p.Remedy, fmt.Sprint(len(one))) {
		t.Errorf("%+v", p)
	}
	if a := part(len(one), strings.Repeat("x", maxPart+1)); a.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a part that is too large: %d", a.StatusCode)
	}
	part(len(one), other).into(t, 200, &is)
	if is.Bytes != int64(len(one+other)) {
		t.Errorf("%+v", is)
	}
	c.who.ID = "another"
	if a := part(int(is.Bytes), "x"); a.StatusCode != http.StatusNotFound {
		t.Errorf("somebody else adds to it: %d", a.StatusCode)
	}
	if a := c.ask("POST", "/v1/imports", map[string]any{"source": "ehr", "uploads": []string{is.Upload}}); a.StatusCode != http.StatusNotFound {
		t.Errorf("somebody else imports it: %d", a.StatusCode)
	}
	c.who.ID = "operator"
	if a := c.ask("POST", "/v1/imports", map[string]any{"source": "ehr", "uploads": []string{is.Upload}}); a.StatusCode != http.StatusCreated {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	c.n.importing.Wait()
	var all struct{ Items []Upload }
	if c.ask("GET", "/v1/uploads", nil).into(t, 200, &all); len(all.Items) != 0 {
		t.Errorf("it stays when it was imported: %+v", all)
	}
	for range 100 {
		if _, err := c.n.Runner.Tick(t.Context(), c.n.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.n.whom(t.Context(), "ehr:p1"); err != nil {
		t.Errorf("nobody was imported: %v", err)
	}
	c.ask("POST", "/v1/uploads", map[string]string{"name": "Patient.ndjson"}).into(t, 201, &is)
	if err := c.n.uploads.Forget(t.Context(), id.Person{}); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(filepath.Join(c.n.Data, uploadsName)); err != nil || len(left) != 0 {
		t.Errorf("an erasure leaves %v, %v", left, err)
	}
	for _, name := range []string{"../x.json", "x.exe", "a/b.json", ".json", "x..json.gz"} {
		if a := c.ask("POST", "/v1/uploads", map[string]string{"name": name}); a.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("a file may be called %s: %d", name, a.StatusCode)
		}
	}
}
