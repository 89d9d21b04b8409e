package app

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"attune/core/effect"
	"attune/core/event"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/record"
	"attune/internal/intake"
	"attune/internal/intake/identity"
)

// ward writes files of a hospital that does not exist. Ana and Ben have diabetes; Ben died; Cleo's diagnosis was entered in
// error; Dora's is nothing that the program is for.
func ward(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	var patients, conditions []string
	for _, p := range []struct{ id, more, code, status string }{
		{"ana", "", "44054006", "confirmed"},
		{"ben", `,"deceasedDateTime":"2024-02-01T08:00:00Z"`, "44054006", "confirmed"},
		{"cleo", "", "44054006", "entered-in-error"},
		{"dora", "", "195662009", "confirmed"},
	} {
		patients = append(patients, fmt.Sprintf(`{"resourceType":"Patient","id":%q,"identifier":[{"system":"http://ward.example/mrn","value":"m-%s"}],"name":[{"given":[%q],"family":"Test"}],"birthDate":"1960-05-01","telecom":[{"system":"email","value":"%s@patients.example"}]%s}`,
			p.id, p.id, strings.ToTitle(p.id[:1])+p.id[1:], p.id, p.more))
		clinical := `"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},`
		if p.status == "entered-in-error" {
			clinical = ""
		}
		conditions = append(conditions, fmt.Sprintf(`{"resourceType":"Condition","id":"c-%s",%s"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":%q}]},"code":{"coding":[{"system":"http://snomed.info/sct","code":%q}]},"subject":{"reference":"Patient/%s"},"onsetDateTime":"2023-03-01T10:00:00Z"}`,
			p.id, clinical, p.status, p.code, p.id))
	}
	for name, lines := range map[string][]string{"Patient.ndjson": patients, "Condition.ndjson": conditions} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// clinic is a folder that a program was served on, and that nobody serves now.
func clinic(t *testing.T) string {
	t.Helper()
	return clinicWith(t, diabetes)
}

func clinicWith(t *testing.T, program string) string {
	t.Helper()
	rel, _ := mustLoad(t, program)
	dir := filepath.Join(t.TempDir(), "data")
	n, err := Open(t.Context(), Options{Data: dir, Organisation: "test", Release: rel})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func importing(t *testing.T, data string, in Import) (known, told, back int) {
	t.Helper()
	in.Source = "ward"
	r, err := ImportIn(t.Context(), data, in, func(ImportProgress) {})
	if err != nil {
		t.Fatal(err)
	}
	if r.Wrong > 0 {
		t.Fatal(r.Problems)
	}
	return r.Known, r.Told, r.TakenBack
}

func TestAnImportIsLivedThroughAndSaysNothingToAnybody(t *testing.T) {
	t.Parallel()
	data, ward := clinic(t), ward(t)
	if _, told, _ := importing(t, data, Import{Paths: []string{ward}}); told == 0 {
		t.Fatal("nothing was told")
	}
	if known, told, back := importing(t, data, Import{Paths: []string{ward}}); told != 0 || back != 0 || known != 8 {
		t.Errorf("again, %d entries are known, %d events told and %d taken back", known, told, back)
	}
	rel, _ := mustLoad(t, diabetes)
	n, err := Open(t.Context(), Options{Data: data, Release: rel})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	for who, want := range map[string]struct{ in, died bool }{"ana": {true, false}, "ben": {false, true}, "cleo": {}, "dora": {}} {
		p := imported(t, n, who)
		m := p.Membership("diabetes")
		if in := m != nil && m.Active(); in != want.in || (p.Died != 0) != want.died {
			t.Errorf("%s is in the program: %v, died: %v", who, in, p.Died != 0)
		}
		if len(p.Touches) > 0 || len(p.Enrollments) > 0 {
			t.Errorf("%s: something was started by what was imported: %+v", who, p)
		}
	}
	// What happens from now on acts.
	err = n.Intake.Take(t.Context(), intake.Source{Name: "app"}, []intake.Arrival{{
		Person: imported(t, n, "ana").ID, Event: event.Event{ID: "app/1", Name: "appointment.noshow", OccurredAt: n.Now()},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for n.Runner.Behind() > 0 {
		if _, err := n.Runner.Tick(t.Context(), n.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if p := imported(t, n, "ana"); len(p.Touches) == 0 && len(p.Enrollments) == 0 {
		t.Error("a visit that was missed today starts nothing")
	}
}

// That one record replaces another is followed, also where nobody serves the folder.
func TestARecordThatReplacesAnotherTakesItIn(t *testing.T) {
	t.Parallel()
	data, dir := clinic(t), t.TempDir()
	patients := []string{
		`{"resourceType":"Patient","id":"old","active":false,"name":[{"given":["Ana"]}],"link":[{"other":{"reference":"Patient/new"},"type":"replaced-by"}]}`,
		`{"resourceType":"Patient","id":"new","birthDate":"1960-05-01"}`,
	}
	if err := os.WriteFile(filepath.Join(dir, "Patient.ndjson"), []byte(strings.Join(patients, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	importing(t, data, Import{Paths: []string{dir}})
	if known, told, back := importing(t, data, Import{Paths: []string{dir}}); known != 2 || told != 0 || back != 0 {
		t.Errorf("again, %d entries are known, %d events told and %d taken back", known, told, back)
	}
	rel, _ := mustLoad(t, diabetes)
	n, err := Open(t.Context(), Options{Data: data, Release: rel})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	is, was := imported(t, n, "new"), imported(t, n, "old")
	if is.ID != was.ID || is.Trait("first_name").Text != "Ana" || is.Trait("birth_date").Text != "1960-05-01" {
		t.Errorf("new is %s, old %s: %+v", is.ID, was.ID, is.Traits)
	}
}

func imported(t *testing.T, n *Node, who string) person.Person {
	t.Helper()
	is, known, err := n.Directory.Find(t.Context(), identity.Key{System: "ward", Value: who})
	if err != nil || !known {
		t.Fatal(who, known, err)
	}
	p, _, err := n.Runner.Person(t.Context(), is)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestWhatIsTakenBackWhileItWaitsIsNeverSaid(t *testing.T) {
	t.Parallel()
	data, ward := clinic(t), ward(t)
	importing(t, data, Import{Paths: []string{ward}})
	wrong := filepath.Join(t.TempDir(), "wrong.json")
	text := `{"resourceType":"Condition","id":"c-ana","meta":{"lastUpdated":"2026-01-01T00:00:00Z"},"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"entered-in-error"}]},"subject":{"reference":"Patient/ana"}}`
	if err := os.WriteFile(wrong, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, told, back := importing(t, data, Import{Paths: []string{wrong}}); back != 1 || told != 0 {
		t.Errorf("%d told, %d taken back", told, back)
	}
	rel, _ := mustLoad(t, diabetes)
	n, err := Open(t.Context(), Options{Data: data, Release: rel})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	p := imported(t, n, "ana")
	if m := p.Membership("diabetes"); m != nil && m.Active() {
		t.Error("she is in the program by a diagnosis that was entered in error")
	}
}

func TestAServerImportsWhileItServes(t *testing.T) {
	t.Parallel()
	rel, _ := mustLoad(t, diabetes)
	data, ward := filepath.Join(t.TempDir(), "data"), ward(t)
	n, err := Open(t.Context(), Options{Data: data, Organisation: "test", Release: rel})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { served <- (&Server{Node: n}).Run(ctx, listener) }()
	defer func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}()
	for range 100 { // until it answers
		if _, err := ask[nothing, Importing](t.Context(), data, callImporting, nothing{}); err == nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if _, told, _ := importing(t, data, Import{Paths: []string{ward}, Identifiers: map[string]string{"http://ward.example/mrn": "mrn"}}); told == 0 {
		t.Error("nothing was told")
	}
	if _, known, err := n.Directory.Find(t.Context(), identity.Key{System: "mrn", Value: "m-ana"}); !known || err != nil {
		t.Error("she is not known by her number", err)
	}
	if _, err := ImportIn(t.Context(), data, Import{Paths: []string{filepath.Join(ward, "nothing.ndjson")}, Source: "ward"}, func(ImportProgress) {}); err == nil || !strings.Contains(err.Error(), "nothing.ndjson: no such file") {
		t.Error(err)
	}
	if _, err := ImportIn(t.Context(), data, Import{Paths: []string{ward}, Source: "attune"}, func(ImportProgress) {}); err == nil || !strings.Contains(err.Error(), "give the records' source another name") {
		t.Error(err)
	}
}

// A record's past never makes anything be said, however it is imported: every effect that would say something is missing from
// everybody's history.
func TestOldFactsAreNeverSaid(t *testing.T) {
	t.Parallel()
	data, ward := clinic(t), ward(t)
	importing(t, data, Import{Paths: []string{ward}, Live: true}) // even those that may act are too old to
	rel, _ := mustLoad(t, diabetes)
	n, err := Open(t.Context(), Options{Data: data, Release: rel, Now: func() instant.Time { return instant.Of(time.Now()).Add(40 * instant.Day) }})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	for {
		p, err := n.Runner.Tick(t.Context(), n.Now())
		if err != nil {
			t.Fatal(err)
		}
		if !p.More {
			break
		}
	}
	for _, who := range []string{"ben", "cleo", "dora"} {
		err := n.History.Of(t.Context(), imported(t, n, who).ID, func(_ int64, _ instant.Time, body []byte) error {
			r, err := record.Decode(body)
			if slices.ContainsFunc(r.Effects, func(e effect.Effect) bool {
				_, decides := e.(effect.Decide)
				_, sends := e.(effect.Send)
				return decides || sends
			}) {
				t.Errorf("%s: %v", who, r.Effects)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// fhirServer is a server that exports the ward's files in its own time, and shows nothing to who has no token.
func fhirServer(t *testing.T, ward string) *httptest.Server {
	t.Helper()
	asked := 0
	mux := http.NewServeMux()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer open sesame" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	mux.HandleFunc("GET /r4/$export", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Prefer") != "respond-async" || r.Header.Get("Accept") != "application/fhir+json" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Location", s.URL+"/jobs/7")
		w.WriteHeader(http.StatusAccepted)
	})
	mux.HandleFunc("GET /jobs/7", func(w http.ResponseWriter, _ *http.Request) {
		if asked++; asked < 3 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusAccepted)
			return
		}
		fmt.Fprintf(w, `{"transactionTime":"2026-11-22T10:00:00Z","request":"%[1]s/r4/$export","requiresAccessToken":true,
			"output":[{"type":"Condition","url":"%[1]s/files/Condition.ndjson"},{"type":"Patient","url":"%[1]s/files/Patient.ndjson"}],
			"deleted":[{"type":"Bundle","url":"%[1]s/files/gone"}],"error":[]}`, s.URL)
	})
	mux.HandleFunc("GET /files/gone", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"DELETE","url":"Condition/c-ana"}}]}`)
	})
	mux.Handle("GET /files/", http.StripPrefix("/files/", http.FileServer(http.Dir(ward))))
	return s
}

func TestAServersRecordsAreAskedFor(t *testing.T) {
	t.Parallel()
	data, s := clinic(t), fhirServer(t, ward(t))
	if _, told, back := importing(t, data, Import{Paths: []string{s.URL + "/r4"}, Token: "open sesame"}); told == 0 || back != 1 {
		t.Errorf("%d told, %d taken back", told, back)
	}
	rel, _ := mustLoad(t, diabetes)
	n, err := Open(t.Context(), Options{Data: data, Release: rel})
	if err != nil {
		t.Fatal(err)
	}
	ana := imported(t, n, "ana")
	if m := ana.Membership("diabetes"); m != nil && m.Active() {
		t.Error("she is in the program by a diagnosis that was deleted")
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ url, says string }{
		{s.URL + "/r4", "it did not begin an export: it answered 401"},
		{"http://fhir.example/r4", "records travel over https:// only"},
		{"https://user:password@fhir.example/r4", "take the password out of the address"},
		{"http://127.0.0.1:1/r4", "connection refused"},
	} {
		_, err := ImportIn(t.Context(), data, Import{Paths: []string{c.url}, Source: "ward"}, func(ImportProgress) {})
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "password@") {
			t.Errorf("%s: %v", c.url, err)
		}
	}
}
