package app

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	attune "attune/clients/go"
	"attune/core/approval"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/config"
	"attune/internal/contact"
	"attune/internal/delivery"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/limit"
	"attune/internal/pattern"
	"attune/internal/records"
	"attune/internal/returns"
	"attune/internal/sim"
	"attune/internal/staff"
)

// house is a server with people, work, letters, replies and staff, so that every operation has something to do; and clients generated from
// the contract that ask it, each as somebody else.
type house struct {
	t    *testing.T
	n    *Node
	base string
	doc  *openapi3.T
	// all may do everything, second too; outsider is known and may do nothing.
	all, second, outsider, nobody *attune.ClientWithResponses
	job                           string
	// key is that of who approves texts.
	key ed25519.PrivateKey
}

// people is how many live in a house.
const people = 6

// askingJourneys are journeys that ask for everything that people answer, and one that gets stuck.
func askingJourneys() map[string]string {
	return map[string]string{
		"journeys/a_task.yaml":     "journey: a_task\nenter: {on: portal.visited}\nsteps:\n  - {id: nurse, task: {for: nurse, do: Call about the refills, within: 3d, else: late}}\n  - {id: late, exit: over}\n",
		"journeys/a_referral.yaml": "journey: a_referral\nenter: {on: portal.visited}\nsteps:\n  - {id: out, refer: {to: rheumatology, reason: Swollen joints, priority: urgent, within: 14d, else: late}}\n  - {id: late, exit: over}\n",
		"journeys/a_question.yaml": "journey: a_question\nenter: {on: portal.visited}\nsteps:\n  - {id: readiness, ask: {questionnaire: readiness, within: 7d, else: late}}\n  - {id: late, exit: over}\n",
		"journeys/stuck.yaml":      "journey: stuck\nenter: {on: portal.visited}\nsteps:\n  - {id: until, wait: {date: 'last(\"appointment.booked.start\")', before: 2d}}\n  - {id: rest, wait: 1d}\n",
	}
}

func openHouse(t *testing.T) *house {
	t.Helper()
	box, mail := startMail(t, func(n int) bool { return n != 1 }) // whether the first letter arrived nobody knows
	channels, closeChannels, err := Channels(config.Config{Email: mail})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(closeChannels)
	dir := filepath.Join(t.TempDir(), "diabetes")
	if err := os.CopyFS(dir, os.DirFS(filepath.Dir(callingDir(t)))); err != nil {
		t.Fatal(err)
	}
	for name, text := range askingJourneys() {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	policy := filepath.Join(dir, "policy.yaml")
	text, err := os.ReadFile(policy)
	if err != nil {
		t.Fatal(err)
	}
	approvers := "approvals:\n  approvers:\n    ana_ruiz: {name: Dr Ana Ruiz, role: [medical, legal], key: " + approval.KeyText(public) + "}\n"
	if err := os.WriteFile(policy, append(text, approvers...), 0o600); err != nil {
		t.Fatal(err)
	}
	rel, _ := mustLoad(t, dir)
	back, err := OpenMailBack(config.Config{Email: mail})
	if err != nil {
		t.Fatal(err)
	}
	clock := sim.NewClock(monday.Add(-2*instant.Hour), nil)
	n, err := Open(t.Context(), Options{
		Data: t.TempDir(), Organisation: "Green Lane", Release: rel, Channels: channels, Now: clock.Now, Relaxed: true, Back: back,
		Ceiling:     delivery.Ceiling{Day: 20000},
		MailRecords: func() ([]DNSRecord, error) { return MailRecords(mail) },
	})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, n: n, key: private}
	for k := range people {
		h.comes(fmt.Sprintf("patient-00%d", 42+k), k)
	}
	settle := func() {
		t.Helper()
		if err := (sim.Drive{Runner: n.Runner, Delivery: n.Delivery, Proposals: n.Proposals}).Settle(t.Context(), clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	for k := 0; k < 14 && box.count() < 2; k++ {
		settle()
		clock.Set(monday.Add(instant.Duration(k) * 12 * instant.Hour))
	}
	settle()
	if box.count() == 0 {
		t.Fatal("nobody was written to")
	}
	if err := n.gather(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := n.Contacts.Suppress(t.Context(), contact.Address{Channel: "email", Address: "patient0042@people.example"}, contact.Suppression{Why: contact.Bounce, At: clock.Now(), Cause: "test"}); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Returns.Receive(t.Context(), returns.Word{Channel: "email", From: "patient0043@people.example", To: "care@clinic.example", Text: "Enough of this", ID: "letter-1", Verdict: returns.Unsure}); err != nil {
		t.Fatal(err)
	}
	one, err := n.whom(t.Context(), "demo:patient-0042")
	if err != nil {
		t.Fatal(err)
	}
	other, err := n.whom(t.Context(), "demo:patient-0043")
	if err != nil {
		t.Fatal(err)
	}
	if err := n.doubts([]records.Doubt{{One: one, Other: other}}); err != nil { // they may be one person
		t.Fatal(err)
	}
	h.serve()
	return h
}

// callingDir is the folder of the program with calls, as the team's tests have it.
func callingDir(t *testing.T) string {
	t.Helper()
	rel := calling(t)
	dir := filepath.Join(t.TempDir(), "diabetes")
	for name, text := range rel.Programs[0].Files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "program.yaml")
}

// comes brings somebody into the program, with an address, a telephone and something to ask of them.
func (h *house) comes(who string, k int) {
	h.t.Helper()
	key := identity.Key{System: "demo", Value: who}
	var all []intake.Arrival
	for n, e := range []event.Event{
		event.Event{Name: "traits.updated"}.With("first_name", expr.TextOf("Ana")).With("last_name", expr.TextOf("Meier")).
			With("email", expr.TextOf(strings.ReplaceAll(who, "-", "")+"@people.example")).With("phone", expr.TextOf(fmt.Sprintf("+1202555014%d", k))).With("timezone", expr.TextOf("America/New_York")).With("birth_date", expr.TextOf(fmt.Sprintf("196%d-04-30", k/2))),
		event.Event{Name: "clinical.condition_recorded"}.With("codes", expr.ListOf("44054006")),
		{Name: "portal.visited"},
		{Name: "glucose.measured_twice"}, // nobody declared it
	} {
		e.ID, e.OccurredAt = fmt.Sprintf("demo/%s-%d", who, n), h.n.Now()
		all = append(all, intake.Arrival{Who: key, Event: e})
	}
	if err := h.n.Intake.Take(h.t.Context(), intake.Source{Name: "demo"}, all); err != nil {
		h.t.Fatal(err)
	}
}

// serve starts the server, with tokens for those who ask.
func (h *house) serve() {
	h.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		h.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(h.t.Context())
	ended := make(chan error, 1)
	server := &Server{Node: h.n, Pace: 1, Limits: limit.Config{Refusals: 100_000}, Door: &api.Door{Links: OpenLinks(h.n.Data), Staff: h.n.Staff, Forgot: h.n.Forgot(), Organisation: "Green Lane"}}
	go func() { ended <- server.Run(ctx, listener) }()
	h.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			h.t.Error(err)
		}
		if err := h.n.Close(); err != nil {
			h.t.Error(err)
		}
	})
	h.base = "http://" + listener.Addr().String()
	var every []access.Role
	for _, r := range access.Roles() {
		if r.Role != access.Service {
			every = append(every, r.Role)
		}
	}
	for name, c := range map[string]**attune.ClientWithResponses{"outsider": &h.outsider, "": &h.nobody} {
		secret := ""
		if name != "" {
			if secret, _, err = h.n.Staff.AddToken(h.t.Context(), staff.Token{Name: name, Roles: []access.Role{access.Service}, Ends: time.Now().Add(time.Hour)}); err != nil {
				h.t.Fatal(err)
			}
		}
		if *c, err = attune.Open(h.base, secret); err != nil {
			h.t.Fatal(err)
		}
	}
	// What takes two people takes accounts of their own: a token is nobody.
	for name, c := range map[string]**attune.ClientWithResponses{"all": &h.all, "second": &h.second} {
		account, _, err := h.n.Staff.Invite(h.t.Context(), staff.Invitation{Name: name, Email: name + "@clinic.example", Roles: every})
		if err != nil {
			h.t.Fatal(err)
		}
		secret, _, err := h.n.Staff.Begin(h.t.Context(), account.ID, staff.Whole, "a test")
		if err != nil {
			h.t.Fatal(err)
		}
		if *c, err = attune.Open(h.base, "", attune.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
			r.AddCookie(&http.Cookie{Name: "attune_local", Value: secret})
			return nil
		})); err != nil {
			h.t.Fatal(err)
		}
	}
	text, err := os.ReadFile(filepath.Join("..", "api", "openapi.yaml"))
	if err != nil {
		h.t.Fatal(err)
	}
	if h.doc, err = openapi3.NewLoader().LoadFromData(text); err != nil {
		h.t.Fatal(err)
	}
}

// problematic is what every method of the client gives.
type problematic interface {
	GetApplicationproblemJSONDefault() *attune.Problem
	StatusCode() int
}

// must gives what a call of the client answered.
func must[T problematic](h *house) func(T, error) T {
	return func(out T, err error) T {
		h.t.Helper()
		if err := attune.Wrong(out, err); err != nil {
			h.t.Fatal(err)
		}
		return out
	}
}

const treatment = attune.Treatment

func (h *house) person(k int) string {
	h.t.Helper()
	who, err := h.n.whom(h.t.Context(), fmt.Sprintf("demo:patient-00%d", 42+k))
	if err != nil {
		h.t.Fatal(err)
	}
	return who.String()
}

// asking is what one operation is asked with, beside the example of the contract.
type asking struct {
	// path and query are values by their names, and body is instead of the example.
	path, query map[string]string
	body        any
	// by asks instead of who may do everything.
	by *attune.ClientWithResponses
	// status is what is answered, where it is not what was asked for, and why that is right.
	status int
	why    string
	// fails is what a job says that cannot be done here.
	fails string
}

// anywhere are values of paths that do for most operations.
func (h *house) anywhere(name string) (string, bool) {
	switch name {
	case "person":
		return h.person(0), true
	case "program":
		return "diabetes", true
	case "release":
		return "live", true
	case "hold":
		return "bereavement", true
	}
	return "", false
}

// work finds an open piece of work of a kind.
func (h *house) work(kind string) string {
	h.t.Helper()
	var found string
	list := must[*attune.ListWorkResponse](h)(h.all.ListWorkWithResponse(h.t.Context(), &attune.ListWorkParams{Kind: &kind}))
	for _, w := range list.JSON200.Items {
		if found = w.Request; found != "" {
			break
		}
	}
	if found == "" {
		h.t.Fatalf("no work of the kind %s", kind)
	}
	return found
}

// touch finds somebody's touch that was handed over.
func (h *house) touch() (person, touch string) {
	h.t.Helper()
	for k := range people {
		state := must[*attune.ReadPersonResponse](h)(h.all.ReadPersonWithResponse(h.t.Context(), h.person(k), &attune.ReadPersonParams{AttunePurpose: treatment}))
		for _, t := range state.JSON200.Touches {
			if t.State == "handed_over" || t.State == "handed over" {
				return h.person(k), t.Id
			}
		}
	}
	h.t.Fatal("nothing was handed over")
	return "", ""
}

// finished begins a small simulation and waits until it is done.
func (h *house) finished() string {
	h.t.Helper()
	if h.job != "" {
		return h.job
	}
	people, days := int64(20), int64(10)
	begun := must[*attune.SimulateResponse](h)(h.all.SimulateWithResponse(h.t.Context(), nil, attune.SimulateRequest{People: &people, Days: &days}))
	h.job = begun.JSON202.Id
	h.idle()
	return h.job
}

// idle waits until no job runs.
func (h *house) idle() {
	h.t.Helper()
	for range 3000 {
		list := must[*attune.ListJobsResponse](h)(h.all.ListJobsWithResponse(h.t.Context(), &attune.ListJobsParams{}))
		if !slices.ContainsFunc(list.JSON200.Items, func(j attune.Job) bool { return j.State == "running" }) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	h.t.Fatal("a job does not end")
}

// said lets something be said of somebody, and waits until it is taken.
func (h *house) said(who string, say func() (nothing, error), taken func(*person.Person) bool) {
	h.t.Helper()
	if _, err := say(); err != nil {
		h.t.Fatal(err)
	}
	of, err := id.ParsePerson(who)
	if err != nil {
		h.t.Fatal(err)
	}
	for range 3000 {
		p, _, err := h.n.Runner.Person(h.t.Context(), of)
		if err != nil {
			h.t.Fatal(err)
		}
		if taken(&p) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	h.t.Fatal("it is not taken")
}

// corrected is somebody of whom a fact was corrected and is disputed, who objects to profiling and of whom nothing may be used.
func (h *house) corrected() string {
	h.t.Helper()
	who, ctx := h.person(2), h.t.Context()
	h.said(who, func() (nothing, error) {
		return h.n.object(ctx, ObjectWord{Person: who, To: person.Profiling, By: "Kim"})
	}, func(p *person.Person) bool { return p.Limited(person.Profiling) })
	h.said(who, func() (nothing, error) {
		return h.n.restrict(ctx, RestrictWord{Person: who, Ground: "disputes it", By: "Kim"})
	}, func(p *person.Person) bool { return p.Limited(person.Processing) })
	h.said(who, func() (nothing, error) {
		return h.n.correct(ctx, CorrectWord{Person: who, Fact: "last_name", Value: "Quispe", Reason: "passport", By: "Kim"})
	}, func(p *person.Person) bool { return p.Correction("last_name") != nil })
	h.said(who, func() (nothing, error) {
		return h.n.dispute(ctx, DisputeWord{Person: who, Fact: "last_name", Note: "it is not so", By: "Kim"})
	}, func(p *person.Person) bool { return p.Correction("last_name").IsDisputed() })
	return who
}

// upload sends a file.
func (h *house) upload(name, text string) string {
	h.t.Helper()
	begun := must[*attune.BeginUploadResponse](h)(h.all.BeginUploadWithResponse(h.t.Context(), nil, attune.BeginUploadRequest{Name: name}))
	id := begun.JSON201.Upload
	if text != "" {
		must[*attune.AddToUploadResponse](h)(h.all.AddToUploadWithBodyWithResponse(h.t.Context(), id, &attune.AddToUploadParams{}, "application/octet-stream", strings.NewReader(text)))
	}
	return id
}

// quarantined is an event that could not be used.
func (h *house) quarantined() string {
	h.t.Helper()
	if err := h.n.Quarantine.Put(h.t.Context(), []intake.Quarantined{{At: h.n.Now(), Source: "app", Problem: intake.Problem{Field: "type", Reason: "the type is not known", Remedy: "send another"}, Raw: []byte(`{"userId":"ana"}`)}}); err != nil {
		h.t.Fatal(err)
	}
	list, err := h.n.Quarantine.List(h.t.Context(), 1)
	if err != nil {
		h.t.Fatal(err)
	}
	return list[0].ID
}

func (h *house) live() *attune.ReadReleaseResponse {
	h.t.Helper()
	return must[*attune.ReadReleaseResponse](h)(h.all.ReadReleaseWithResponse(h.t.Context(), "live", nil))
}

// order are operations that others wait for, or that end what others need; all others come before, as the contract lists them.
func order() []string {
	return []string{
		"partPeople", "handOverWork", "stopImport", "dropUpload", "revokeSource", "publish", "publishDraft", "undoRelease", "reviewOpening", "liftHold", "liftLegalHold", "requestErasure", "listErasures", "confirmErasure", "revokeToken", "revokeMyToken", "rotateService", "removeService", "stream",
	}
}

// special says how operations are asked for which the contract's example is not enough, because it has to name what there is.
func (h *house) special() map[string]func() asking {
	path := func(name, value string) asking { return asking{path: map[string]string{name: value}} }
	touched := func() asking {
		who, touch := h.touch()
		return asking{path: map[string]string{"touch": touch}, query: map[string]string{"person": who}}
	}
	opened := func() string {
		made := must[*attune.OpenRecordResponse](h)(h.all.OpenRecordWithResponse(h.t.Context(), h.person(5), nil, attune.OpenRecordRequest{Reason: "The ward asks about her tonight."}))
		return made.JSON201.Id
	}
	drafted := func() asking {
		made := must[*attune.BeginDraftResponse](h)(h.all.BeginDraftWithResponse(h.t.Context(), nil, attune.BeginDraftRequest{Name: "What it may become"}))
		return asking{path: map[string]string{"draft": made.JSON201.Draft}, query: map[string]string{"If-Match": made.HTTPResponse.Header.Get("ETag")}}
	}
	draftOnly := func() asking { return asking{path: drafted().path} }
	draftValues := func() asking { return asking{path: drafted().path, query: map[string]string{"file": "map.yaml"}} }
	return map[string]func() asking{
		"readDraft": draftOnly, "readDraftValues": draftValues, "readDraftContent": draftOnly, "writeWalkthrough": func() asking { return path("journey", "welcome") }, "writeReview": func() asking { return path("engagement", "welcome") }, "writeDraftReview": func() asking {
			a := draftOnly()
			a.path["engagement"] = "welcome"
			return a
		}, "writeDraftWalkthrough": func() asking {
			a := draftOnly()
			a.path["journey"] = "welcome"
			return a
		}, "readReleaseValues": func() asking { return asking{query: map[string]string{"file": "map.yaml"}} }, "checkDraft": draftOnly, "removeDraft": draftOnly, "changeDraft": drafted, "writeDraft": drafted, "updateDraft": drafted, "retellDraft": drafted, "readWorkshop": draftOnly, "dryRun": draftOnly, "attendDraft": draftOnly,
		"changeWorkshop": func() asking {
			return asking{path: drafted().path, body: map[string]string{"do": "begin", "program": "diabetes"}}
		},
		"publishDraft": func() asking {
			a := drafted()
			files := map[string]string{"policy.yaml": h.live().JSON200.Programs[0].Files["policy.yaml"] + "# As the team wants it.\n"}
			made := must[*attune.WriteDraftResponse](h)(h.all.WriteDraftWithResponse(h.t.Context(), a.path["draft"], nil, attune.WriteDraftRequest{Program: "diabetes", Files: &files}))
			a.query["If-Match"] = made.HTTPResponse.Header.Get("ETag")
			return a
		},
		"setObjection": func() asking { return asking{path: map[string]string{"person": h.person(2), "to": person.Marketing}} },
		"endObjection": func() asking { return asking{path: map[string]string{"person": h.corrected(), "to": person.Profiling}} },
		"restrictUse":  func() asking { return path("person", h.person(2)) },
		"resumeUse": func() asking {
			return asking{path: map[string]string{"person": h.corrected()}, body: map[string]string{"told": h.n.Now().String()}}
		},
		"correctFact":   func() asking { return asking{path: map[string]string{"person": h.person(2), "fact": "last_name"}} },
		"uncorrectFact": func() asking { return asking{path: map[string]string{"person": h.corrected(), "fact": "last_name"}} },
		"checkLibrary":  func() asking { return asking{body: map[string]string{"file": string(h.library())}} },
		"trustLibraryKey": func() asking {
			return asking{body: map[string]string{"key": "ed25519:zNcJIjfGTL10yUrfJZmkN0taUHYauOIN7FNnqYO8eWw=", "organisation": "South Clinic"}}
		},
		"importLibrary":  func() asking { return asking{body: map[string]string{"file": string(h.library())}} },
		"findGroups":     func() asking { return path("phase", "treatment") },
		"listTravellers": func() asking { return path("journey", "welcome") },
		"testChannel":    func() asking { return path("channel", "email") },
		"listPassages":   func() asking { return path("phase", "treatment") },
		"disputeFact":    func() asking { return asking{path: map[string]string{"person": h.person(2), "fact": "diagnosis"}} },
		"settleDispute":  func() asking { return asking{path: map[string]string{"person": h.corrected(), "fact": "last_name"}} },
		"mergePeople":    func() asking { return path("person", h.person(3)) },
		"partPeople":     func() asking { return path("person", h.person(3)) },
		"reviewOpening": func() asking {
			a := path("opening", opened())
			a.by = h.second
			return a
		},
		"resumePassage": func() asking {
			list := must[*attune.ListAttentionResponse](h)(h.all.ListAttentionWithResponse(h.t.Context(), nil))
			if len(list.JSON200.Items) == 0 {
				h.t.Fatal("no passage needs attention")
			}
			x := list.JSON200.Items[0]
			return asking{path: map[string]string{"passage": x.Enrollment}, body: map[string]string{"person": x.Person, "step": "rest"}}
		},
		"replayDecision": func() asking {
			who, _ := h.touch()
			list := must[*attune.ListDecisionsResponse](h)(h.all.ListDecisionsWithResponse(h.t.Context(), &attune.ListDecisionsParams{Person: &who, Outcome: new("chosen")}))
			return asking{path: map[string]string{"person": who, "decision": *list.JSON200.Items[0].Decision}}
		},
		"writeLetter": func() asking {
			who, touch := h.touch()
			return asking{path: map[string]string{"person": who, "decision": touch}}
		},
		"readTouch": touched, "proveConsent": touched,
		"readStory": func() asking { return asking{query: map[string]string{"last": "5"}} },
		"writeNote": func() asking {
			return asking{path: map[string]string{"person": h.person(1)}, body: map[string]string{"kind": "note", "text": "Prefers to be rung before noon"}}
		},
		"verifyContact": func() asking {
			return asking{path: map[string]string{"person": h.person(1)}, body: map[string]string{"channel": "call", "note": "She called back."}}
		},
		"claimWork": func() asking { return path("work", h.work("task")) },
		"releaseWork": func() asking {
			id := h.work("task")
			must[*attune.ClaimWorkResponse](h)(h.all.ClaimWorkWithResponse(h.t.Context(), id, nil))
			return path("work", id)
		},
		"listColleagues": func() asking { return path("work", h.work("task")) },
		"putOffWork":     func() asking { return path("work", h.work("task")) },
		"handOverWork": func() asking {
			h.invited("lee@clinic.example", map[string]any{})
			id := h.work("task")
			list := must[*attune.ListColleaguesResponse](h)(h.all.ListColleaguesWithResponse(h.t.Context(), id))
			if len(list.JSON200.Items) == 0 {
				h.t.Fatal("nobody else does work")
			}
			x := path("work", id)
			x.body = map[string]string{"to": list.JSON200.Items[0].Account}
			return x
		},
		"finishWork":  func() asking { return path("work", h.work("task")) },
		"referWork":   func() asking { return path("work", h.work("refer")) },
		"answerWork":  func() asking { return path("work", h.work("ask")) },
		"takeMessage": func() asking { return path("message", h.message()) },
		"replayDeadLetters": func() asking {
			dead := must[*attune.ListDeadLettersResponse](h)(h.all.ListDeadLettersWithResponse(h.t.Context(), nil))
			if len(dead.JSON200.Items) == 0 {
				h.t.Fatal("there is no dead letter")
			}
			return asking{body: map[string]any{"touches": []string{dead.JSON200.Items[0].Touch}, "not_delivered": true}}
		},
		"publish": func() asking {
			live := h.live()
			programs := live.JSON200.Programs
			programs[0].Files["policy.yaml"] += "# Seen by a client.\n"
			return asking{query: map[string]string{"If-Match": live.HTTPResponse.Header.Get("ETag")}, body: map[string]any{"programs": programs}}
		},
		"undoRelease": func() asking {
			return asking{query: map[string]string{"If-Match": h.live().HTTPResponse.Header.Get("ETag")}}
		},
		"confirmErasure": func() asking {
			list := must[*attune.ListErasuresResponse](h)(h.all.ListErasuresWithResponse(h.t.Context(), nil))
			if len(list.JSON200.Items) == 0 {
				h.t.Fatal("no erasure is asked for")
			}
			a := path("erasure", list.JSON200.Items[0].Id)
			a.by = h.second
			return a
		},
		"requestErasure": func() asking { return path("person", h.person(4)) },
		"beginImport": func() asking {
			return asking{body: map[string]any{"uploads": []string{h.upload("Patient.ndjson", `{"resourceType":"Patient","id":"p1","name":[{"family":"Ruiz","given":["Eva"]}],"birthDate":"1970-01-02"}`+"\n")}, "source": "ehr"}}
		},
		"addToUpload": func() asking {
			return asking{path: map[string]string{"upload": h.upload("visits.csv", "")}, body: "patient,date\n1,2027-01-02\n"}
		},
		"dropUpload": func() asking { return path("upload", h.upload("visits.csv", "")) },
		"suggestMap": func() asking {
			return asking{body: map[string]any{"uploads": []string{h.upload("patients.csv", "Id,FIRST,LAST,BIRTHDATE\np1,Ana,Meier,1961-04-30\n")}}}
		},
		"readQuarantined": func() asking { return path("event", h.quarantined()) },
		"revokeSource":    func() asking { return path("source", "ward") },
		"rotateService":   func() asking { return path("service", "ehr") }, "removeService": func() asking { return path("service", "ehr") },
		"revokeMyToken": func() asking { return path("token", "laptop") },
		"revokeToken":   func() asking { return path("token", "nightly") },
		"readJob":       func() asking { return path("job", h.finished()) }, "readJobResult": func() asking { return path("job", h.finished()) },
		"readJobTables": func() asking { return path("job", h.finished()) }, "writeJob": func() asking { return path("job", h.finished()) },
		"readJobReport": func() asking { return path("job", h.finished()) }, "stopJob": func() asking { return path("job", h.finished()) },
		"raiseCeiling": func() asking {
			return asking{body: map[string]any{"program": "diabetes", "engagement": "nurse_call", "to": 900000, "for": "24h"}}
		},
		"learn": func() asking { return asking{fails: "no program learns"} }, "reportLearning": func() asking { return asking{fails: "no program learns"} },
		"releaseFence": func() asking { return asking{status: http.StatusUnprocessableEntity, why: "nothing was restored here"} },
		"prepareSignatures": func() asking {
			return asking{body: map[string]string{"program": "diabetes", "by": "ana_ruiz", "role": "medical"}}
		},
		"signMedical": func() asking { return h.signed("medical") }, "signLegal": func() asking { return h.signed("legal") },
		"changeStaff": func() asking {
			return h.invited("kim.change@clinic.example", map[string]any{"roles": []string{"auditor"}})
		},
		"resetStaff": func() asking {
			return h.invited("kim.reset@clinic.example", map[string]any{"url": "http://localhost:8080"})
		},
		"stream": func() asking { return asking{query: map[string]string{"topics": "overview"}} },
	}
}

// signed is what somebody approves, with their own key.
func (h *house) signed(role string) asking {
	h.t.Helper()
	unsigned := must[*attune.PrepareSignaturesResponse](h)(h.all.PrepareSignaturesWithResponse(h.t.Context(), nil, attune.PrepareSignaturesRequest{Program: "diabetes", By: "ana_ruiz", Role: &role}))
	var lines []attune.ApprovalLine
	for _, x := range unsigned.JSON200.Texts {
		words, err := base64.StdEncoding.DecodeString(x.Sign)
		if err != nil {
			h.t.Fatal(err)
		}
		signature := base64.StdEncoding.EncodeToString(ed25519.Sign(h.key, words))
		x.Line.Signature = &signature
		lines = append(lines, x.Line)
	}
	if len(lines) == 0 {
		h.t.Fatal("there is nothing to sign")
	}
	return asking{body: map[string]any{"program": "diabetes", "lines": lines}}
}

// invited is a change of somebody's account who was asked in.
func (h *house) invited(address string, change map[string]any) asking {
	h.t.Helper()
	url := "http://localhost:8080"
	must[*attune.InviteStaffResponse](h)(h.all.InviteStaffWithResponse(h.t.Context(), nil, attune.StaffInviteInput{Name: &address, Email: &address, Roles: &[]string{"clinician"}, Url: &url}))
	change["email"] = address
	return asking{body: change}
}

// library is a file of another organisation, whose key is trusted.
func (h *house) library() []byte {
	h.t.Helper()
	file, err := pattern.Sign(pattern.New("North Clinic", h.n.Now()), h.key)
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.n.shelf().trust(TrustWord{approval.KeyText(h.key.Public().(ed25519.PublicKey)), "North Clinic"}, h.n.Now()); err != nil {
		h.t.Fatal(err)
	}
	return file
}

func (h *house) message() string {
	h.t.Helper()
	list := must[*attune.ListInboxResponse](h)(h.all.ListInboxWithResponse(h.t.Context(), &attune.ListInboxParams{AttunePurpose: treatment}))
	if len(list.JSON200.Items) == 0 {
		h.t.Fatal("nobody wrote")
	}
	return list.JSON200.Items[0].Id
}

// operation is one of the contract.
type operation struct {
	*openapi3.Operation
	method, path string
}

func (h *house) operations() (out []operation) {
	for path, item := range h.doc.Paths.Map() {
		for method, o := range item.Operations() {
			out = append(out, operation{o, method, path})
		}
	}
	last := order()
	slices.SortFunc(out, func(a, b operation) int {
		x, y := slices.Index(last, a.OperationID), slices.Index(last, b.OperationID)
		if x != y {
			return x - y
		}
		if ga, gb := a.method != "POST", b.method != "POST"; ga != gb { // what changes something gives the others something to show
			if ga {
				return 1
			}
			return -1
		}
		return strings.Compare(a.OperationID, b.OperationID)
	})
	return out
}

// call asks for an operation through its method of the generated client.
func (h *house) call(c *attune.ClientWithResponses, o operation, a asking) (reflect.Value, error) {
	h.t.Helper()
	name := strings.ToUpper(o.OperationID[:1]) + o.OperationID[1:]
	raw := o.RequestBody != nil && o.RequestBody.Value.Content["application/json"] == nil
	if raw {
		name += "WithBody"
	}
	method := reflect.ValueOf(c).MethodByName(name + "WithResponse")
	if !method.IsValid() {
		h.t.Fatalf("the client in clients/go has no %s: scripts/clients.sh generates it anew", o.OperationID)
	}
	in := []reflect.Value{reflect.ValueOf(h.t.Context())}
	for _, p := range o.Parameters {
		if p.Value.In == "path" {
			value, ok := a.path[p.Value.Name]
			if !ok {
				value, ok = h.anywhere(p.Value.Name)
			}
			if !ok {
				h.t.Fatalf("%s: say in special() of conformance_test.go which %s to ask for", o.OperationID, p.Value.Name)
			}
			in = append(in, reflect.ValueOf(value))
		}
	}
	for k := len(in); k < method.Type().NumIn()-1; k++ {
		typ := method.Type().In(k)
		switch {
		case raw && typ.Kind() == reflect.String:
			in = append(in, reflect.ValueOf("application/octet-stream"))
		case raw && typ.Kind() == reflect.Interface:
			in = append(in, reflect.ValueOf(io.Reader(strings.NewReader(fmt.Sprint(a.body)))))
		case typ.Kind() == reflect.Pointer && strings.HasSuffix(typ.Elem().Name(), "Params"):
			in = append(in, h.params(typ, o, a))
		default:
			in = append(in, h.body(typ, o, a))
		}
	}
	out := method.Call(in)
	err, _ := out[1].Interface().(error)
	return out[0], err
}

// params fills what stands in the query and in headers.
func (h *house) params(typ reflect.Type, o operation, a asking) reflect.Value {
	h.t.Helper()
	values := map[string]any{}
	for _, p := range o.Parameters {
		switch value, given := a.query[p.Value.Name]; {
		case p.Value.In == "path":
		case given && p.Value.Schema.Value.Type.Is("integer"):
			values[p.Value.Name] = json.Number(value)
		case given:
			values[p.Value.Name] = value
		case p.Value.Required && p.Value.Example != nil:
			values[p.Value.Name] = p.Value.Example
		case p.Value.Required:
			h.t.Fatalf("%s needs %s: say in special() of conformance_test.go which", o.OperationID, p.Value.Name)
		}
	}
	out := reflect.New(typ.Elem())
	strictly(h.t, o.OperationID, values, out.Interface())
	return out
}

// body is the contract's example, or what stands in its place.
func (h *house) body(typ reflect.Type, o operation, a asking) reflect.Value {
	h.t.Helper()
	body := a.body
	if body == nil {
		body = o.RequestBody.Value.Content["application/json"].Example
	}
	out := reflect.New(typ)
	strictly(h.t, o.OperationID, body, out.Interface())
	return out.Elem()
}

// strictly puts a value into a type of the client, which has to know all its fields.
func strictly(t *testing.T, what string, from, to any) {
	t.Helper()
	text, err := json.Marshal(from)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		t.Fatalf("%s: the client's %T does not take %s: %v", what, to, text, err)
	}
}

// answered is what a method of the client gave, by the names of its fields.
type answered struct {
	v    reflect.Value
	body []byte
	http *http.Response
}

func read(v reflect.Value) answered {
	v = v.Elem()
	return answered{v, v.FieldByName("Body").Bytes(), v.FieldByName("HTTPResponse").Interface().(*http.Response)}
}

func (a answered) problem() *attune.Problem {
	p, _ := a.v.FieldByName("ApplicationproblemJSONDefault").Interface().(*attune.Problem)
	return p
}

// Every operation of the contract is asked through the client that is generated from it, with its example or what there is to name, and
// answers what the contract says: typed, with nothing that the client does not know and nothing missing. What is refused is a Problem.
func TestEveryOperationThroughTheGeneratedClient(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	router, err := gorillamux.NewRouter(h.doc)
	if err != nil {
		t.Fatal(err)
	}
	special := h.special()
	done := map[string]bool{}
	for _, o := range h.operations() {
		id := o.OperationID
		if id == "stream" {
			continue // it does not end; TestTheStreamThroughTheGeneratedClient
		}
		h.refused(o)
		var a asking
		if how, is := special[id]; is {
			a = how()
		}
		c := h.all
		if a.by != nil {
			c = a.by
		}
		if strings.HasPrefix(o.path, "/v1/jobs/") && o.method == "POST" {
			h.idle()
		}
		v, err := h.call(c, o, a)
		if err != nil {
			t.Errorf("%s: %v", id, err)
			continue
		}
		got := read(v)
		want := a.status
		if want == 0 {
			for code := range o.Responses.Map() {
				if strings.HasPrefix(code, "2") {
					fmt.Sscan(code, &want)
				}
			}
		}
		if got.http.StatusCode != want {
			t.Errorf("%s answers %d, and %d is right (%s):\n%s", id, got.http.StatusCode, want, a.why, got.body)
			continue
		}
		if want >= 400 {
			if p := got.problem(); p == nil || int(p.Status) != want {
				t.Errorf("%s: %d is no problem: %s", id, want, got.body)
			}
			done[id] = true
			continue
		}
		typed := got.v.FieldByName(fmt.Sprintf("JSON%d", want))
		if o.Responses.Value(fmt.Sprint(want)).Value.Content["application/json"] != nil {
			if !typed.IsValid() || typed.IsNil() {
				t.Errorf("%s: the client read nothing from %s", id, got.body)
				continue
			}
			strictly(t, id, json.RawMessage(got.body), reflect.New(typed.Type().Elem()).Interface())
		}
		r := got.http.Request
		route, params, err := router.FindRoute(r)
		if err != nil {
			t.Errorf("%s: %v", id, err)
			continue
		}
		in := &openapi3filter.ResponseValidationInput{
			RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
			Status:                 want, Header: got.http.Header, Options: &openapi3filter.Options{IncludeResponseStatus: true},
		}
		in.SetBodyBytes(got.body)
		if o.Responses.Value(fmt.Sprint(want)).Value.Content["*/*"] == nil {
			if err := openapi3filter.ValidateResponse(t.Context(), in); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		}
		if o.method == http.MethodGet && got.http.Header.Get("ETag") != "" {
			h.unchanged(o, got.http, in)
		}
		done[id] = true
		if want == http.StatusAccepted { // a job that begins and fails was not done
			h.idle()
			jobs := must[*attune.ListJobsResponse](h)(h.all.ListJobsWithResponse(t.Context(), nil))
			if j := jobs.JSON200.Items[0]; j.State != "done" && (j.Error == nil || a.fails == "" || !strings.Contains(*j.Error, a.fails)) {
				said := ""
				if j.Error != nil {
					said = *j.Error
				}
				t.Errorf("%s: the job is %s: %s", id, j.State, said)
			}
		}
	}
	for _, o := range h.operations() {
		if !done[o.OperationID] && o.OperationID != "stream" {
			t.Errorf("%s was not done", o.OperationID)
		}
	}
	t.Logf("%d operations", len(done))
}

// unchanged asks again with the version that is known: the answer is that it is still so, as the contract says, and no body.
func (h *house) unchanged(o operation, was *http.Response, in *openapi3filter.ResponseValidationInput) {
	h.t.Helper()
	r := was.Request.Clone(h.t.Context())
	r.Header.Set("If-None-Match", was.Header.Get("ETag"))
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Errorf("%s: %v", o.OperationID, err)
		return
	}
	defer func() { _ = got.Body.Close() }()
	body, err := io.ReadAll(got.Body)
	if err != nil || got.StatusCode != http.StatusNotModified || len(body) != 0 || got.Header.Get("ETag") != was.Header.Get("ETag") {
		h.t.Errorf("%s, asked again with the version: %d, %d bytes, %s, %v", o.OperationID, got.StatusCode, len(body), got.Header.Get("ETag"), err)
		return
	}
	again := *in
	again.Status, again.Header = got.StatusCode, got.Header
	again.SetBodyBytes(nil)
	if err := openapi3filter.ValidateResponse(h.t.Context(), &again); err != nil {
		h.t.Errorf("%s: %v", o.OperationID, err)
	}
}

// refused asks as nobody and as somebody who may not: both are told so, by a Problem that the client reads.
func (h *house) refused(o operation) {
	h.t.Helper()
	may, _ := o.Extensions["x-permission"].(string)
	for status, c := range map[int]*attune.ClientWithResponses{http.StatusUnauthorized: h.nobody, http.StatusForbidden: h.outsider} {
		if status == http.StatusForbidden && may == string(access.OwnAccount) {
			continue
		}
		var a asking
		a.path = map[string]string{}
		for _, p := range o.Parameters {
			if p.Value.In == "path" {
				a.path[p.Value.Name] = h.person(0)
			} else if p.Value.Required && p.Value.Example == nil {
				a.query = map[string]string{p.Value.Name: h.person(0)}
			}
		}
		v, err := h.call(c, o, a)
		if err != nil {
			h.t.Errorf("%s: %v", o.OperationID, err)
			continue
		}
		got := read(v)
		if p := got.problem(); p == nil || int(p.Status) != status || got.http.StatusCode != status {
			h.t.Errorf("%s answers %d: %s; %d is right", o.OperationID, got.http.StatusCode, got.body, status)
		}
	}
}

// The sorts of problems that the contract tells of are read by the client as problems, with field and remedy.
func TestProblemsThroughTheGeneratedClient(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	ctx := t.Context()
	tag := h.live().HTTPResponse.Header.Get("ETag")
	programs := []attune.ProgramFilesInput{{Id: "hello", Files: map[string]string{"program.yaml": "program: hello\n"}}}
	old, large := `"578dcd21cd6b"`, strings.Repeat("x", 2<<20)
	for _, c := range []struct {
		what   string
		status int
		field  string
		ask    func() (problematic, error)
	}{
		{"who is no person's id", 400, "person", func() (problematic, error) {
			return h.all.ReadPersonWithResponse(ctx, "nobody", &attune.ReadPersonParams{AttunePurpose: treatment})
		}},
		{"a program that is not there", 404, "program", func() (problematic, error) {
			return h.all.ReadMapWithResponse(ctx, "live", "nothing")
		}},
		{"another version", 412, "If-Match", func() (problematic, error) {
			return h.all.PublishWithResponse(ctx, &attune.PublishParams{IfMatch: &old}, attune.PublishRequest{Programs: programs})
		}},
		{"no version", 428, "If-Match", func() (problematic, error) {
			return h.all.PublishWithResponse(ctx, &attune.PublishParams{}, attune.PublishRequest{Programs: programs})
		}},
		{"a program that is wrong", 422, "hello/map.yaml", func() (problematic, error) {
			return h.all.PublishWithResponse(ctx, &attune.PublishParams{IfMatch: &tag}, attune.PublishRequest{Programs: programs})
		}},
		{"too much", 413, "", func() (problematic, error) {
			return h.all.FindPeopleWithResponse(ctx, &attune.FindPeopleParams{AttunePurpose: treatment}, attune.FindPeopleRequest{Name: &large})
		}},
		{"no purpose", 403, "Attune-Purpose", func() (problematic, error) {
			return h.all.ReadPersonWithResponse(ctx, h.person(0), &attune.ReadPersonParams{AttunePurpose: "curiosity"})
		}},
		{"not JSON", 415, "Content-Type", func() (problematic, error) {
			return h.all.PauseWithBodyWithResponse(ctx, nil, "text/plain", strings.NewReader("x"))
		}},
	} {
		out, err := c.ask()
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		p := out.GetApplicationproblemJSONDefault()
		if p == nil || int(p.Status) != c.status || out.StatusCode() != c.status || c.field != "" && (p.Field == nil || *p.Field != c.field) {
			t.Errorf("%s: %d, %v", c.what, out.StatusCode(), p)
		}
		if c.status == 412 && (p == nil || p.Current == nil) {
			t.Errorf("%s does not show what is live", c.what)
		}
	}
}

// Who asks too often is told so by a Problem, too, with the time to come again.
func TestTooManyRequestsAreAProblem(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	c.who = everything()
	few := limit.New(limit.Config{PerAddress: 1, Refuse: api.Refuse(c.n.Operations())}, c.http)
	var client *attune.ClientWithResponses
	client, err := attune.NewClientWithResponses("http://attune.test", attune.WithHTTPClient(doer(func(r *http.Request) (*http.Response, error) { return roundTrip(few, r) })))
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		out, err := client.WhoAmIWithResponse(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if out.StatusCode() == http.StatusTooManyRequests {
			if p := out.ApplicationproblemJSONDefault; p == nil || p.Status != 429 || out.HTTPResponse.Header.Get("Retry-After") == "" {
				t.Errorf("%s", out.Body)
			}
			return
		}
	}
	t.Error("nothing is too much")
}

// The stream is heard through the client: how a topic stands at first.
func TestTheStreamThroughTheGeneratedClient(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	enough := fmt.Errorf("enough was heard")
	err := attune.Follow(ctx, h.all, []string{"overview"}, "", func(x attune.Heard) error {
		if x.Topic != "overview" || x.State == nil || x.ID == "" {
			t.Errorf("%+v", x)
		}
		return enough
	})
	if err != enough { //nolint:errorlint // it is given back as it is
		t.Error(err)
	}
	if p, is := attune.Follow(ctx, h.outsider, []string{"overview"}, "", nil).(*attune.Problem); !is || p.Status != 403 { //nolint:errorlint // nothing is around it
		t.Errorf("%v", p)
	}
}

// doer answers a client's requests.
type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

func roundTrip(h http.Handler, r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.RemoteAddr = "192.0.2.1:1234"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result(), nil
}
