package request

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"attune/core/effect"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/journey"
	"attune/core/person"
	"attune/internal/intake"
)

const now = instant.Time(1_800_000_000_000)

func step(_, _, step string) journey.Step {
	switch step {
	case "task":
		return journey.Task{For: "nurse", Do: "Call about the refills", Priority: 2, Within: instant.Day, Outcomes: []journey.Outcome{{Is: "no_answer"}, {Is: "reached"}}}
	case "refer":
		return journey.Refer{To: "rheumatology", Reason: "Swollen joints", Priority: "urgent", Within: instant.Day}
	case "ask":
		return journey.Ask{Questionnaire: "readiness", Within: instant.Day}
	case "call":
		return journey.Call{Service: "risk_score", Send: []string{"language", "phone"}, Within: instant.Day, Outcomes: []journey.Outcome{{Is: "high"}}}
	case "wait":
		return journey.Wait{}
	}
	return nil
}

func open(n byte, kind effect.RequestKind) Open {
	return Open{Person: id.Person{9}, Request: effect.Request{ID: id.Key{n, 0xab, 0xcd, n}, At: now, Due: now.Add(instant.Day), Kind: kind, What: "readiness", Program: "p", Journey: "j", Step: string(kind)}, Outcomes: outcomes(step("", "", string(kind)))}
}

// taker is an intake that keeps what it took.
type taker struct {
	from intake.Source
	took []intake.Arrival
	err  error
}

func (t *taker) Take(_ context.Context, from intake.Source, a []intake.Arrival) error {
	if t.err == nil {
		t.from, t.took = from, append(t.took, a...)
	}
	return t.err
}

func desk(all ...Open) (*Desk, *taker) {
	took := &taker{}
	d := &Desk{Book: NewBook(step), Intake: took, Now: func() instant.Time { return now }}
	d.Add(all...)
	return d, took
}

func number(f float64) *float64 { return &f }

func TestAnAnswerBecomesTheEventThatThePassageWaitsFor(t *testing.T) {
	for _, c := range []struct {
		kind effect.RequestKind
		a    Answer
		name string
		want map[string]string
	}{
		{effect.Task, Answer{Outcome: "reached", By: "nurse Kim", Note: "fine"}, "task.done", map[string]string{"task": "ID", "outcome": "reached", "by": "nurse Kim", "note": "fine"}},
		{effect.Task, Answer{Outcome: "moved away"}, "task.done", map[string]string{"task": "ID", "outcome": "moved away"}},
		{effect.Refer, Answer{Outcome: "declined", Reason: "full"}, "referral.declined", map[string]string{"referral": "ID", "reason": "full"}},
		{effect.Refer, Answer{Outcome: "closed"}, "referral.closed", map[string]string{"referral": "ID"}},
		{effect.Ask, Answer{Score: number(7)}, "questionnaire.completed", map[string]string{"questionnaire": "readiness", "score": "7"}},
		{effect.Ask, Answer{}, "questionnaire.completed", map[string]string{"questionnaire": "readiness"}},
		{effect.Call, Answer{Status: "hihg", Result: "x", Number: number(0.5)}, "call.answered", map[string]string{"call": "ID", "status": "hihg", "result": "x", "number": "0.5"}},
	} {
		o := open(1, c.kind)
		d, took := desk(o)
		from := intake.Source{Name: "team"}
		for range 2 { // a repetition has the same id
			if err := d.Answer(t.Context(), from, o.ID, c.a); err != nil {
				t.Fatal(err)
			}
		}
		e := took.took[0].Event
		got := map[string]string{}
		for _, p := range e.Props {
			got[p.Name] = strings.ReplaceAll(p.Value.String(), o.ID.String(), "ID")
		}
		if e.Name != c.name || fmt.Sprint(got) != fmt.Sprint(c.want) || took.took[0].Person != o.Person || took.from.Name != from.Name {
			t.Errorf("%s %+v became %s %v of %s", c.kind, c.a, e.Name, got, took.took[0].Person)
		}
		if e.ID != "attune/"+o.ID.String() || took.took[1].Event.ID != e.ID || e.OccurredAt != now {
			t.Errorf("the events are %s and %s at %s", e.ID, took.took[1].Event.ID, e.OccurredAt)
		}
	}
}

func TestAnAnswerThatDoesNotFitIsRefused(t *testing.T) {
	for _, c := range []struct {
		kind effect.RequestKind
		a    Answer
		want string
	}{
		{effect.Task, Answer{}, "the answer to this task lacks outcome; the step goes by no_answer, reached"},
		{effect.Task, Answer{Outcome: "no_anwser"}, `step task has no outcome "no_anwser"; did you mean "no_answer"?`},
		{effect.Task, Answer{Outcome: "reached", Score: number(1)}, "the answer to this task has no score; it may have outcome, by, note"},
		{effect.Task, Answer{Outcome: "reached", Note: strings.Repeat("x", mostText+1)}, "note has 3001 bytes; it may have 3000"},
		{effect.Task, Answer{Outcome: "reached", By: "\xff"}, "by is not UTF-8"},
		{effect.Refer, Answer{Outcome: "acepted"}, `a referral cannot be "acepted"; did you mean "accepted"?`},
		{effect.Refer, Answer{Outcome: "lost"}, `a referral cannot be "lost"; known are accepted, declined, scheduled, closed`},
		{effect.Refer, Answer{Reason: "x"}, "the answer to this referral lacks outcome; the step goes by accepted, declined, scheduled, closed"},
		{effect.Ask, Answer{Outcome: "done"}, "the answer to this questionnaire has no outcome; it may have score"},
		{effect.Ask, Answer{Score: number(math.NaN())}, "score and number are finite numbers"},
		{effect.Call, Answer{Number: number(1)}, "the answer to this call lacks status; the step goes by high"},
	} {
		o := open(1, c.kind)
		d, took := desk(o)
		err := d.Answer(t.Context(), intake.Source{}, o.ID, c.a)
		if _, wrong := errors.AsType[*WrongError](err); !wrong || err.Error() != c.want {
			t.Errorf("%s %+v:\n got %v\nwant %s", c.kind, c.a, err, c.want)
		}
		if len(took.took) > 0 {
			t.Errorf("%s %+v was taken all the same", c.kind, c.a)
		}
	}
	d, _ := desk()
	if _, closed := errors.AsType[*ClosedError](d.Answer(t.Context(), intake.Source{}, id.Key{1}, Answer{})); !closed {
		t.Error("an answer to nothing was taken")
	}
}

func TestTheBookFollowsCommits(t *testing.T) {
	b := NewBook(step)
	o := open(1, effect.Task)
	b.Committed(o.Person, []effect.Effect{effect.Walk{}, o.Request})
	if got, ok := b.Get(o.ID); !ok || got.Person != o.Person || fmt.Sprint(got.Outcomes) != "[no_answer reached]" || b.Count()[effect.Task] != 1 {
		t.Errorf("open: %v %+v", ok, got)
	}
	b.Committed(o.Person, []effect.Effect{effect.Close{Request: o.ID}})
	again := open(2, effect.Task)
	b.Committed(o.Person, []effect.Effect{again.Request, effect.Close{Request: again.ID}})
	if len(b.List(Filter{})) != 0 {
		t.Errorf("still open: %v", b.List(Filter{}))
	}
}

// What a person's state tells at start is what the commit told.
func TestOpenRequestsAreFoundInAState(t *testing.T) {
	p := person.New(id.Person{9})
	p.SetTrait(person.Trait{Name: "language", Value: expr.TextOf("es")})
	for i, name := range []string{"task", "refer", "ask", "call", "wait", "gone", "task", "task"} {
		e := person.Enrollment{ID: id.Key{byte(i)}, Program: "p", Journey: "j", Step: name, Request: id.Key{byte(i), 1}, Due: now.Add(instant.Day)}
		switch i {
		case 6:
			e.Left = now
		case 7:
			e.Request = id.Key{}
		}
		p.Enrollments = append(p.Enrollments, e)
	}
	got := Of(&p, step)
	if len(got) != 4 {
		t.Fatalf("%d were found: %+v", len(got), got)
	}
	for i, want := range []effect.Request{
		{Kind: effect.Task, What: "Call about the refills", For: "nurse", Priority: 2},
		{Kind: effect.Refer, What: "rheumatology", Reason: "Swollen joints", Urgency: "urgent"},
		{Kind: effect.Ask, What: "readiness"},
		{Kind: effect.Call, What: "risk_score"},
	} {
		o := got[i]
		if o.Kind != want.Kind || o.What != want.What || o.For != want.For || o.Reason != want.Reason || o.Urgency != want.Urgency || o.Priority != want.Priority || o.At != now || o.Due != now.Add(instant.Day) || o.Person != p.ID {
			t.Errorf("found %+v, want %+v", o, want)
		}
	}
	if f := got[3].Fields; len(f) != 1 || f[0].Name != "language" {
		t.Errorf("the call tells %v", f)
	}
}

func TestTheMostPressingComesFirst(t *testing.T) {
	var all []Open
	for i, c := range []struct {
		priority float64
		urgency  string
		due      instant.Duration
	}{{0, "routine", 1}, {0, "", 2}, {0, "stat", 9}, {3, "", 9}, {-1, "", 0}, {3, "", 8}, {0, "urgent", 1}} {
		o := open(byte(i), effect.Task)
		o.Priority, o.Urgency, o.Due, o.For = c.priority, c.urgency, now.Add(c.due), "nurse"
		all = append(all, o)
	}
	d, _ := desk(all...)
	var order []byte
	for _, o := range d.List(Filter{Kind: effect.Task, For: "nurse"}) {
		order = append(order, o.ID[0])
	}
	if fmt.Sprint(order) != "[5 3 2 6 0 1 4]" {
		t.Errorf("the order is %v", order)
	}
	if n := len(d.List(Filter{For: "rep"})) + len(d.List(Filter{Kind: effect.Ask})); n > 0 {
		t.Errorf("%d others were listed", n)
	}
}

func TestARequestIsFoundByHowItBegins(t *testing.T) {
	one, two := open(1, effect.Task), open(1, effect.Task)
	two.ID[15] = 7
	three := open(3, effect.Task)
	d, _ := desk(one, two, three)
	if o, err := d.Find(" 03ABCD "); err != nil || o.ID != three.ID {
		t.Errorf("found %s, %v", o.ID, err)
	}
	for written, want := range map[string]string{"03abc": "too short", "01abcd": "2 open requests begin with", "99abcd": "no open request"} {
		if _, err := d.Find(written); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", written, err, want)
		}
	}
}

func TestOtherSystemsAnswerByHTTP(t *testing.T) {
	task, refer := open(1, effect.Task), open(2, effect.Refer)
	d, took := desk(task, refer)
	key, hash := intake.NewWriteKey()
	h := &Handler{Desk: d, Sources: intake.WriteKeys{{Hash: hash, Source: intake.Source{Name: "team"}}}, Log: slog.New(slog.DiscardHandler)}
	server := httptest.NewServer(h.Before(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })))
	defer server.Close()
	post := func(path, key, body string) (int, string) {
		t.Helper()
		r, err := http.NewRequest(http.MethodPost, server.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth(key, "")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		var said struct {
			Success        bool
			Reason, Remedy string
		}
		if err := json.NewDecoder(answer.Body).Decode(&said); err != nil && answer.StatusCode != http.StatusTeapot {
			t.Errorf("%s: the answer is not JSON: %v", path, err)
		}
		if said.Success != (answer.StatusCode == 200) || !said.Success && said.Reason == "" && answer.StatusCode != http.StatusTeapot {
			t.Errorf("%s: %d %+v", path, answer.StatusCode, said)
		}
		return answer.StatusCode, said.Reason + "; " + said.Remedy
	}
	for _, c := range []struct {
		path, key, body string
		status          int
		says            string
	}{
		{Path + refer.ID.String(), "wk_wrong", `{"outcome":"accepted"}`, 401, "write key"},
		{Path + "xyz", key, `{}`, 404, "no request's id"},
		{Path + id.Key{9}.String(), key, `{"outcome":"accepted"}`, 410, "nobody waits"},
		{Path + refer.ID.String(), key, `{"outcome":"acepted"}`, 422, `did you mean "accepted"?`},
		{Path + refer.ID.String(), key, `{"outcom":"accepted"}`, 400, `there is no field "outcom"`},
		{Path + refer.ID.String(), key, `{"outcome":5}`, 400, "outcome has another type"},
		{Path + refer.ID.String(), key, `{"outcome":"accepted"} {}`, 400, "something follows"},
		{Path + refer.ID.String(), key, `canary`, 400, "not JSON"},
		{Path + refer.ID.String(), key, strings.Repeat(" ", MaxBody+1), 400, "cannot be read"},
		{"/v1/track", key, "{}", http.StatusTeapot, ""},
		{Path + refer.ID.String(), key, `{"outcome":"accepted"}`, 200, ""},
		{"//v1/answers/" + task.ID.String(), key, `{"outcome":"reached","by":"Kim"}`, 200, ""},
	} {
		status, says := post(c.path, c.key, c.body)
		if status != c.status || !strings.Contains(says, c.says) || strings.Contains(says, "canary") {
			t.Errorf("%s %.40s: %d %s, want %d %s", c.path, c.body, status, says, c.status, c.says)
		}
	}
	if len(took.took) != 2 || took.took[0].Event.Name != "referral.accepted" || took.took[1].Event.Name != "task.done" || took.from.Name != "team" {
		t.Errorf("taken: %+v", took.took)
	}
	took.err = &intake.BusyError{RetryAfter: 3 * time.Second}
	if status, _ := post(Path+task.ID.String(), key, `{"outcome":"reached"}`); status != 429 {
		t.Errorf("busy: %d", status)
	}
	took.err = errors.New("the disk is full of canaries")
	if status, says := post(Path+task.ID.String(), key, `{"outcome":"reached"}`); status != 503 || strings.Contains(says, "canar") {
		t.Errorf("broken: %d %s", status, says)
	}
	if answer, err := http.Get(server.URL + Path + task.ID.String()); err != nil || answer.StatusCode != 405 {
		t.Errorf("GET: %v %v", answer, err)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{`{"outcome":"reached","by":"Kim","note":"x"}`, `{"score":1e400}`, `{"score":7}{}`, `{"status":"high","number":-0.5,"result":""}`, "null", "[]", "", `{"outcome":null}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		a, err := read([]byte(body))
		if err != nil {
			return
		}
		text, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		again, err := read(text)
		if back, _ := json.Marshal(again); err != nil || string(back) != string(text) {
			t.Errorf("%q reads as %s and then as %s, %v", body, text, back, err)
		}
		for _, k := range []effect.RequestKind{effect.Ask, effect.Task, effect.Refer, effect.Call} {
			o := open(1, k)
			if e, err := o.Event(a); err == nil {
				if _, err := e.Encode(); err != nil || e.Name == "" {
					t.Errorf("%s answers with %+v, which cannot be written: %v", text, e, err)
				}
			}
		}
	})
}
