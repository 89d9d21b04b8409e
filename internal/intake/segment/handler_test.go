package segment

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"attune/core/instant"
	"attune/internal/intake"
	"attune/internal/intake/identity"
)

// memory takes arrivals, or fails as it is told.
type memory struct {
	arrivals []intake.Arrival
	sources  []intake.Source
	err      error
}

func (m *memory) Room() error { return m.err }

func (m *memory) Take(_ context.Context, s intake.Source, a []intake.Arrival) error {
	if m.err != nil {
		return m.err
	}
	m.arrivals = append(m.arrivals, a...)
	m.sources = append(m.sources, s)
	return nil
}

const key = "wk_test"

var noon = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

func newHandler() (*Handler, *memory, *bytes.Buffer) {
	m, log := &memory{}, &bytes.Buffer{}
	return &Handler{
		Intake:  m,
		Sources: intake.WriteKeys{{Hash: intake.HashWriteKey(key), Source: intake.Source{Name: "app", System: "mrn"}}},
		Now:     func() time.Time { return noon },
		Log:     slog.New(slog.NewTextHandler(log, nil)),
	}, m, log
}

func zipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.String()
}

func basic(key string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(key+":"))
}

const good = `{"userId":"1","event":"portal.visited","messageId":"m1"}`

// Each row is a request and its answer.
func TestTheHandlerAnswers(t *testing.T) {
	bomb := zipped(strings.Repeat(" ", MaxBatch+1))
	for name, c := range map[string]struct {
		method, path, body string
		headers            []string // name, value, name, value …
		fail               error
		status             int
		answer             string // part of it
		taken              int
	}{
		"one event":                        {path: "/v1/track", body: good, status: 200, answer: `{"success":true}`, taken: 1},
		"a batch":                          {path: "/v1/batch", body: `{"batch":[{"type":"track","userId":"1","event":"a"},{"type":"page","userId":"1"}]}`, status: 200, taken: 2},
		"an empty batch":                   {path: "/v1/batch", body: `{"batch":[]}`, status: 200},
		"a slash at the end":               {path: "/v1/track/", body: good, status: 200, taken: 1},
		"two slashes, without redirecting": {path: "//v1//track", body: good, status: 200, taken: 1},
		"as RudderStack sends":             {path: "/v1/batch", body: zipped(`{"batch":[{"type":"track","userId":"1","event":"a"}]}`), headers: []string{"Content-Type", "application/x-www-form-urlencoded", "Content-Encoding", "gzip"}, status: 200, taken: 1},
		"as browsers send":                 {path: "/v1/track", body: `{"userId":"1","event":"a","writeKey":"wk_test"}`, headers: []string{"Content-Type", "text/plain;charset=UTF-8", "Authorization", ""}, status: 200, taken: 1},
		"no content type":                  {path: "/v1/track", body: good, headers: []string{"Content-Type", ""}, status: 200, taken: 1},
		"one bad event, kept as a problem": {path: "/v1/track", body: `{"event":"a"}`, status: 200, taken: 1},
		"a wrong key":                      {path: "/v1/track", body: good, headers: []string{"Authorization", basic("other")}, status: 401, answer: "write key"},
		"a wrong key, body never read":     {path: "/v1/track", body: `{{{`, headers: []string{"Authorization", basic("other")}, status: 401},
		"another scheme":                   {path: "/v1/track", body: good, headers: []string{"Authorization", "Bearer wk_test"}, status: 401},
		"a wrong header, right body":       {path: "/v1/track", body: `{"writeKey":"wk_test"}`, headers: []string{"Authorization", basic("other")}, status: 401},
		"no key":                           {path: "/v1/track", body: good, headers: []string{"Authorization", ""}, status: 401},
		"a wrong key in the body":          {path: "/v1/track", body: `{"writeKey":"other"}`, headers: []string{"Authorization", ""}, status: 401},
		"a key that is no text":            {path: "/v1/track", body: `{"writeKey":{}}`, headers: []string{"Authorization", ""}, status: 401},
		"another method":                   {method: "GET", path: "/v1/track", status: 405, answer: "use POST"},
		"another path":                     {path: "/v1/frobnicate", body: good, status: 404, answer: "alias, batch, import"},
		"a browser's short path":           {path: "/v1/t", body: good, status: 200, taken: 1},
		"a browser's batch":                {path: "/v1/b", body: `{"batch":[{"type":"track","userId":"1","event":"a"},{"type":"page","userId":"1"}]}`, headers: []string{"Content-Type", "text/plain"}, status: 200, taken: 2},
		"a letter that is no call":         {path: "/v1/x", body: good, status: 404},
		"a letter that is not below /v1/":  {path: "/t", body: good, status: 404},
		"history":                          {path: "/v1/import", body: `{"batch":[{"type":"track","userId":"1","event":"a"},{"type":"page","userId":"1"}]}`, status: 200, taken: 2},
		"history that is no batch":         {path: "/v1/import", body: good, status: 400, answer: `"field":"batch"`},
		"a large history":                  {path: "/v1/import", body: `{"batch":[]}` + strings.Repeat(" ", MaxSingle), status: 200},
		"a page of no origin we know":      {path: "/v1/t", body: good, headers: []string{"Origin", "https://evil.example"}, status: 403, answer: "--origin"},
		"such a page, body never read":     {path: "/v1/t", body: `{{{`, headers: []string{"Origin", "https://evil.example"}, status: 403},
		"such a page, key in the body":     {path: "/v1/t", body: `{"userId":"1","event":"a","writeKey":"wk_test"}`, headers: []string{"Authorization", "", "Origin", "https://evil.example"}, status: 403},
		"such a page's batch":              {path: "/v1/b", body: `{"batch":[]}`, headers: []string{"Origin", "null"}, status: 403},
		"no call":                          {path: "/v1/", body: good, status: 404},
		"a path that looks like a call":    {path: "/track", body: good, status: 404},
		"no JSON":                          {path: "/v1/track", body: `{"SECRET":nul}`, status: 400, answer: `"byte":10`},
		"nothing":                          {path: "/v1/track", body: ``, status: 400, answer: "the JSON ends too early"},
		"no object":                        {path: "/v1/batch", body: `[1]`, status: 400, answer: "the body is a list"},
		"no batch":                         {path: "/v1/batch", body: `{"SECRET":1}`, status: 400, answer: `"field":"batch"`},
		"two batches":                      {path: "/v1/batch", body: `{"batch":[],"Batch":[]}`, status: 400, answer: "upper and lower case"},
		"another type":                     {path: "/v1/track", body: good, headers: []string{"Content-Type", "text/xml"}, status: 415, answer: "Content-Type"},
		"another charset":                  {path: "/v1/track", body: good, headers: []string{"Content-Type", "application/json; charset=latin1"}, status: 415},
		"another encoding":                 {path: "/v1/track", body: good, headers: []string{"Content-Encoding", "br"}, status: 415, answer: "Content-Encoding"},
		"gzip that is none":                {path: "/v1/track", body: good, headers: []string{"Content-Encoding", "gzip"}, status: 400, answer: "not gzip"},
		"gzip that breaks off":             {path: "/v1/track", body: zipped(good)[:30], headers: []string{"Content-Encoding", "gzip"}, status: 400},
		"gzip with a tail":                 {path: "/v1/track", body: zipped(good) + "x", headers: []string{"Content-Encoding", "gzip"}, status: 400},
		"a gzip bomb":                      {path: "/v1/batch", body: bomb, headers: []string{"Content-Encoding", "gzip"}, status: 413, answer: "4194304 bytes"},
		"a large event":                    {path: "/v1/track", body: good + strings.Repeat(" ", MaxSingle), status: 413, answer: "512000 bytes"},
		"a large batch":                    {path: "/v1/batch", body: `{"batch":[]}` + strings.Repeat(" ", MaxSingle), status: 200},
		"a large batch from nobody yet":    {path: "/v1/batch", body: `{"batch":[],"writeKey":"wk_test"}` + strings.Repeat(" ", MaxSingle), headers: []string{"Authorization", ""}, status: 413},
		"too large a batch":                {path: "/v1/batch", body: `{"batch":[]}` + strings.Repeat(" ", MaxBatch), status: 413},
		"too much to do":                   {path: "/v1/track", body: good, fail: fmt.Errorf("wrapped: %w", &intake.BusyError{RetryAfter: 2500 * time.Millisecond}), status: 429, answer: "Retry-After"},
		"a log that fails":                 {path: "/v1/track", body: good, fail: errors.New("no disk"), status: 503, answer: "none was taken"},
	} {
		t.Run(name, func(t *testing.T) {
			h, m, log := newHandler()
			m.err = c.fail
			if c.method == "" {
				c.method = "POST"
			}
			r := httptest.NewRequest(c.method, "http://attune.example"+c.path, strings.NewReader(c.body))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", basic(key))
			for i := 0; i < len(c.headers); i += 2 {
				r.Header.Set(c.headers[i], c.headers[i+1])
			}
			w := httptest.NewRecorder()
			h.Before(http.NotFoundHandler()).ServeHTTP(w, r)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.answer) || len(m.arrivals) != c.taken {
				t.Fatalf("%d %s, %d taken; want %d %s, %d taken", w.Code, w.Body, len(m.arrivals), c.status, c.answer, c.taken)
			}
			if strings.HasPrefix(c.path, "/v1") {
				if !json.Valid(w.Body.Bytes()) {
					t.Errorf("the answer %q is not JSON", w.Body)
				}
			}
			if strings.Contains(w.Body.String()+log.String(), "SECRET") || strings.Contains(log.String(), "portal.visited") {
				t.Errorf("the body is repeated: %s %s", w.Body, log)
			}
			want := map[int]string{429: "3", 503: "2"}[c.status]
			if c.status == 429 && c.fail == nil {
				want = "1"
			}
			if got := w.Header().Get("Retry-After"); got != want {
				t.Errorf("Retry-After is %q, want %q", got, want)
			}
		})
	}
}

func TestSuccessComesOnlyAfterTheEventsAreTaken(t *testing.T) {
	h, _, _ := newHandler()
	began, end := make(chan struct{}), make(chan struct{})
	h.Intake = takeFunc(func() error { close(began); <-end; return nil })
	s := httptest.NewServer(h)
	defer s.Close()
	answered := make(chan int)
	go func() { answered <- post(t, s.URL, good) }()
	<-began
	select {
	case code := <-answered:
		t.Fatal("answered", code, "before the events were durable")
	case <-time.After(50 * time.Millisecond):
	}
	close(end)
	if code := <-answered; code != 200 {
		t.Fatal(code)
	}
}

func TestAServerWithEnoughToDoSaysSo(t *testing.T) {
	h, _, _ := newHandler()
	h.MaxInFlight = 1
	began, end := make(chan struct{}), make(chan struct{})
	h.Intake = takeFunc(func() error { close(began); <-end; return nil })
	s := httptest.NewServer(h)
	defer s.Close()
	first := make(chan int)
	go func() { first <- post(t, s.URL, good) }()
	<-began
	if code := post(t, s.URL, good); code != 429 {
		t.Error("the second is answered", code)
	}
	close(end)
	<-first
}

func TestASlowBodyIsNotWaitedFor(t *testing.T) {
	h, m, _ := newHandler()
	h.BodyWithin = 50 * time.Millisecond
	s := httptest.NewServer(h)
	defer s.Close()
	body, never := io.Pipe()
	defer never.Close()
	go func() { _, _ = never.Write([]byte(`{"userId":`)) }()
	r, _ := http.NewRequestWithContext(t.Context(), "POST", s.URL+"/v1/track", body)
	r.SetBasicAuth(key, "")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusRequestTimeout || len(m.arrivals) != 0 {
		t.Fatal(answer.Status)
	}
}

// A body that would be refused is not even read: under overload that would be most of the work.
func TestWithoutRoomTheBodyIsNotRead(t *testing.T) {
	h, m, _ := newHandler()
	m.err = &intake.BusyError{RetryAfter: 3 * time.Second}
	r := httptest.NewRequest(http.MethodPost, "/v1/track", iotest.ErrReader(errors.New("somebody reads")))
	r.SetBasicAuth(key, "")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "3" {
		t.Fatal(w.Code, w.Body)
	}
}

func TestTakingThatLastsTooLongIsGivenUp(t *testing.T) {
	h, _, _ := newHandler()
	h.TakeWithin = time.Millisecond
	h.Intake = waits{}
	s := httptest.NewServer(h)
	defer s.Close()
	if code := post(t, s.URL, good); code != 503 {
		t.Fatal(code)
	}
}

type waits struct{}

func (waits) Room() error { return nil }

func (waits) Take(ctx context.Context, _ intake.Source, _ []intake.Arrival) error {
	<-ctx.Done()
	return ctx.Err()
}

type takeFunc func() error

func (takeFunc) Room() error { return nil }

func (f takeFunc) Take(context.Context, intake.Source, []intake.Arrival) error { return f() }

func post(t *testing.T, url, body string) int {
	r, err := http.NewRequestWithContext(t.Context(), "POST", url+"/v1/track", strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0
	}
	r.SetBasicAuth(key, "")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Error(err)
		return 0
	}
	answer.Body.Close()
	return answer.StatusCode
}

// Each row is one event of a batch and what becomes of it: the event, or the reason why not.
func TestWhatBecomesOfACall(t *testing.T) {
	const envelope = `{"sentAt":"2027-03-01T11:59:00Z","batch":[%s]}`
	for name, c := range map[string]struct{ in, want string }{
		"track is the event it names": {
			`{"type":"track","userId":"1","event":"medication.dispensed","properties":{"code":"860975","days_supply":30,"ok":true,"x":1.5,"none":null},"messageId":"m"}`,
			`mrn:1 app/m medication.dispensed 12:00:00 code=text:860975 days_supply=integer:30 ok=flag:true x=number:1.5`},
		"identify is traits.updated": {
			`{"type":"identify","userId":"1","traits":{"language":"es","address":{"city":"Boston","geo":{"lat":42}}},"messageId":"m"}`,
			`mrn:1 app/m traits.updated 12:00:00 address.city=text:Boston address.geo.lat=integer:42 language=text:es`},
		"identify as RudderStack sends it": {
			`{"type":"identify","userId":"1","context":{"traits":{"language":"es"},"ip":"1.2.3.4"},"messageId":"m"}`,
			`mrn:1 app/m traits.updated 12:00:00 language=text:es`},
		"page is page.viewed, without its category": {
			`{"type":"page","anonymousId":"a","name":"Asthma","category":"Docs","properties":{"category":"Docs","name":"x","url":"https://h/a?b"},"messageId":"m"}`,
			`app:anonymous:a app/m page.viewed 12:00:00 category=text:Docs name=text:Asthma url=text:https://h/a?b`}, // intake scrubs
		"screen is screen.viewed": {
			`{"type":"screen","userId":"1","name":"Home","messageId":"m"}`,
			`mrn:1 app/m screen.viewed 12:00:00 name=text:Home`},
		"group is group.joined": {
			`{"type":"group","userId":"1","groupId":"clinic-1","traits":{"name":"Green Lane"},"messageId":"m"}`,
			`mrn:1 app/m group.joined 12:00:00 group=text:clinic-1 traits.name=text:Green Lane`},
		"alias is identity.linked": {
			`{"type":"alias","userId":"1","previousId":"anon","messageId":"m"}`,
			`mrn:1 app/m identity.linked 12:00:00 previous=text:anon`},
		"a userId outranks an anonymousId": {
			`{"type":"screen","userId":"1","anonymousId":"a","messageId":"m"}`,
			`mrn:1 app/m screen.viewed 12:00:00`},
		"an anonymousId that cannot be used costs nothing beside a userId": {
			`{"type":"screen","userId":"1","anonymousId":["a"],"messageId":"m"}`,
			`mrn:1 app/m screen.viewed 12:00:00`},
		"a userId may be a whole number": {
			`{"type":"screen","userId":17,"messageId":"m"}`,
			`mrn:17 app/m screen.viewed 12:00:00`},
		"an explicit timestamp is believed": {
			`{"type":"screen","userId":"1","messageId":"m","timestamp":"2027-02-01T10:00:00.5+01:00"}`,
			`mrn:1 app/m screen.viewed 2027-02-01T09:00:00.500Z`},
		"a timestamp in the future is now": {
			`{"type":"screen","userId":"1","messageId":"m","timestamp":"2030-01-01T00:00:00Z"}`,
			`mrn:1 app/m screen.viewed 12:00:00`},
		"a clock that is off is corrected by when it sent": {
			`{"type":"screen","userId":"1","messageId":"m","originalTimestamp":"2027-03-01T11:49:00Z"}`,
			`mrn:1 app/m screen.viewed 11:50:00`},
		"by the event's own sentAt if it has one": {
			`{"type":"screen","userId":"1","messageId":"m","originalTimestamp":"2027-03-01T11:49:00Z","sentAt":"2027-03-01T11:49:30Z"}`,
			`mrn:1 app/m screen.viewed 11:59:30`},
		"lists stay lists unless objects are in them": {
			`{"type":"track","event":"e","userId":"1","messageId":"m","properties":{"a":["x",1,true,null],"b":[{"sku":"s"},2],"c":[]}}`,
			`mrn:1 app/m e 12:00:00 a=list:x, 1, true b.0.sku=text:s b.1=integer:2 c=list:`},
		"whole numbers stay exact": {
			`{"type":"track","event":"e","userId":"1","messageId":"m","properties":{"a":9007199254740992,"b":9007199254740993,"c":-0,"d":1.0}}`,
			`mrn:1 app/m e 12:00:00 a=integer:9007199254740992 b=text:9007199254740993 c=integer:0 d=number:1`},
		"without a messageId the content is the id": {
			`{"type":"screen","userId":"1"}`,
			`mrn:1 app/content-8a918071938c4ace88710ee5eb9d462b screen.viewed 12:00:00`},

		"nobody":                   {`{"type":"screen","messageId":"m"}`, `userId: the event says of nobody that it happened to them; send a userId, or an anonymousId for somebody not known yet`},
		"an empty id is nobody":    {`{"type":"screen","userId":"","messageId":"m"}`, `userId: the event says of nobody that it happened to them; send a userId, or an anonymousId for somebody not known yet`},
		"an id that is an object":  {`{"type":"screen","userId":{"SECRET":1},"messageId":"m"}`, `userId: found an object where an identifier belongs; send it as text`},
		"another type":             {`{"type":"SECRET","userId":"1"}`, `type: the type is missing or not known; send one of identify, track, page, screen, group, alias`},
		"a batch in a batch":       {`{"type":"batch","userId":"1"}`, `type: the type is missing or not known; send one of identify, track, page, screen, group, alias`},
		"no object":                {`"SECRET"`, `found text where an event belongs; send an object`},
		"no event name":            {`{"type":"track","userId":"1","event":7}`, `event: the event's name is missing, not text, too long or has control characters; send text of at most 128 bytes, such as appointment.booked`},
		"a bad timestamp":          {`{"type":"screen","userId":"1","timestamp":"SECRET"}`, `timestamp: this is not a timestamp; send it as 2027-03-01T22:30:00Z`},
		"a number for a timestamp": {`{"type":"screen","userId":"1","timestamp":1770000000}`, `timestamp: this is not a timestamp; send it as 2027-03-01T22:30:00Z`},
		"a messageId of no use":    {`{"type":"screen","userId":"1","messageId":["SECRET"]}`, `messageId: the messageId is not text, too long, or has control characters; send text of at most 256 bytes, unique for each event`},
		"a group without id":       {`{"type":"group","userId":"1"}`, `groupId: the group is missing or not text; send the group's id as text`},
		"an alias without id":      {`{"type":"alias","userId":"1"}`, `previousId: the former identifier is missing or not text; send it as text`},
		"traits that are a list":   {`{"type":"identify","userId":"1","traits":[]}`, `traits: found a list where an object belongs; send {"name": value, …}`},
		"a name twice":             {`{"type":"track","event":"e","userId":"1","properties":{"SECRET":1,"SECRET":2}}`, `a name occurs twice in one object; send each name once`},
		"a name in two spellings":  {`{"type":"track","event":"e","userId":"1","USERID":"2"}`, `two names in one object differ only by upper and lower case; send one of them, in the documented spelling`},
		"too deep":                 {`{"type":"track","event":"e","userId":"1","properties":{"a":{"b":{"c":{"SECRET":1}}}}}`, `properties are nested more than three levels deep; send them flatter`},
		"the same name by dots":    {`{"type":"track","event":"e","userId":"1","properties":{"a":{"b":1},"a.b":2}}`, `two properties have the same name once nested objects are written with dots; rename one of them`},
	} {
		t.Run(name, func(t *testing.T) {
			h, m, _ := newHandler()
			other := `{"type":"track","userId":"2","event":"fine","messageId":"fine"}`
			r := httptest.NewRequest("POST", "/v1/batch", strings.NewReader(fmt.Sprintf(envelope, c.in+","+other)))
			r.Header.Set("Authorization", basic(key))
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != 200 || len(m.arrivals) != 2 {
				t.Fatal(w.Code, w.Body)
			}
			if got := tell(m.arrivals[0]); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if got := string(m.arrivals[0].Raw); got != c.in {
				t.Errorf("keeps %s", got)
			}
			if got, want := tell(m.arrivals[1]), `mrn:2 app/fine fine 12:00:00`; got != want {
				t.Errorf("its neighbour is %s", got)
			}
		})
	}
}

// An alias names another identifier; whose that is, intake finds out.
func TestAnAliasNamesSomebodyAnonymous(t *testing.T) {
	for path, body := range map[string]string{
		"/v1/a": `{"userId":"1","anonymousId":"now","previousId":"anon","messageId":"m"}`,
		"/v1/i": `{"userId":"1","anonymousId":"anon","messageId":"m"}`,
		"/v1/t": `{"userId":"1","anonymousId":"anon","event":"portal.visited","messageId":"m"}`,
	} {
		h, m, _ := newHandler()
		r := httptest.NewRequest("POST", path, strings.NewReader(body))
		r.Header.Set("Authorization", basic(key))
		h.ServeHTTP(httptest.NewRecorder(), r)
		if len(m.arrivals) != 1 || m.arrivals[0].Who != (identity.Key{System: "mrn", Value: "1"}) || m.arrivals[0].Same != (identity.Key{System: "app:anonymous", Value: "anon"}) {
			t.Errorf("%s: %+v", path, m.arrivals)
		}
	}
}

func tell(a intake.Arrival) string {
	if a.Problem != nil {
		return a.Problem.String()
	}
	at := a.Event.OccurredAt.String()
	if rest, today := strings.CutPrefix(at, "2027-03-01T"); today {
		at = strings.TrimSuffix(rest, "Z")
	}
	s := a.Who.System + ":" + a.Who.Value + " " + a.Event.ID + " " + a.Event.Name + " " + at
	for _, p := range a.Event.Props {
		s += " " + p.Name + "=" + p.Value.Type.String() + ":" + p.Value.String()
	}
	return s
}

func TestAllFourTimesAreKept(t *testing.T) {
	h, m, _ := newHandler()
	r := httptest.NewRequest("POST", "/v1/screen", strings.NewReader(`{"userId":"1","timestamp":"2027-03-01T09:00:00Z","originalTimestamp":"2027-03-01T08:00:00Z","sentAt":"2027-03-01T10:00:00Z"}`))
	r.Header.Set("Authorization", basic(key))
	h.ServeHTTP(httptest.NewRecorder(), r)
	e := m.arrivals[0].Event
	got := []string{e.OccurredAt.String(), e.OriginalAt.String(), e.SentAt.String(), e.ReceivedAt.String()}
	want := []string{"2027-03-01T09:00:00Z", "2027-03-01T08:00:00Z", "2027-03-01T10:00:00Z", instant.Of(noon).String()}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A client that sends no messageId sends the same again with a new sentAt.
func TestTheSameContentHasTheSameID(t *testing.T) {
	h, m, _ := newHandler()
	for _, body := range []string{
		`{"userId":"1","event":"a","properties":{"x":1},"timestamp":"2027-03-01T09:00:00Z","sentAt":"2027-03-01T10:00:00Z"}`,
		` {"userId":"1","event":"a","properties":{"x":1}, "timestamp":"2027-03-01T09:00:00Z","sentAt":"2027-03-01T10:00:09Z","writeKey":"x","type":"track"}`,
		`{"userId":"1","event":"a","properties":{"x":2},"timestamp":"2027-03-01T09:00:00Z"}`,
		`{"userId":"1","event":"a","properties":{"x":"1"},"timestamp":"2027-03-01T09:00:00Z"}`,
	} {
		r := httptest.NewRequest("POST", "/v1/track", strings.NewReader(body))
		r.Header.Set("Authorization", basic(key))
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	id := func(i int) string { return m.arrivals[i].Event.ID }
	if id(0) != id(1) || id(0) == id(2) || id(0) == id(3) || id(2) == id(3) {
		t.Error("ids are", id(0), id(1), id(2), id(3))
	}
}

// A browser asks before it sends. Each row is a page of an origin, with a key: what it is told first, what its
// request becomes, and whether it may read the answer.
func TestWhichPagesMaySend(t *testing.T) {
	sources := intake.WriteKeys{
		{Hash: intake.HashWriteKey("wk_site"), Source: intake.Source{Name: "site", Origins: []string{"https://app.example", "http://localhost:3000"}}},
		{Hash: intake.HashWriteKey("wk_all"), Source: intake.Source{Name: "all", Origins: []string{"*"}}},
		{Hash: intake.HashWriteKey("wk_server"), Source: intake.Source{Name: "server"}},
	}
	for name, c := range map[string]struct {
		sources       intake.WriteKeys
		origin, key   string
		asked, status int
		may           string
	}{
		"one that is named":                   {sources[:1], "https://app.example", "wk_site", 204, 200, "https://app.example"},
		"another that is named":               {sources[:1], "http://localhost:3000", "wk_site", 204, 200, "http://localhost:3000"},
		"one that is not":                     {sources[:1], "https://app.example.evil", "wk_site", 403, 403, ""},
		"another port":                        {sources[:1], "http://localhost:3001", "wk_site", 403, 403, ""},
		"without TLS":                         {sources[:1], "http://app.example", "wk_site", 403, 403, ""},
		"no origin worth a name":              {sources[:1], "null", "wk_site", 403, 403, ""},
		"any, where all may":                  {sources[1:2], "https://elsewhere.example", "wk_all", 204, 200, "https://elsewhere.example"},
		"a server's key":                      {sources[2:], "https://app.example", "wk_server", 403, 403, ""},
		"a server's key beside that of all":   {sources, "https://app.example", "wk_server", 204, 403, ""},
		"another source's origin":             {sources, "https://elsewhere.example", "wk_site", 204, 403, ""},
		"a wrong key, so that it may be told": {sources[:1], "https://app.example", "wk_other", 204, 401, "https://app.example"},
		"the wildcard itself":                 {sources[:1], "*", "wk_site", 403, 403, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h, m, _ := newHandler()
			h.Sources = c.sources
			ask := httptest.NewRequest(http.MethodOptions, "/v1/t", nil)
			ask.Header.Set("Origin", c.origin)
			ask.Header.Set("Access-Control-Request-Method", "POST")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, ask)
			if got := w.Header(); w.Code != c.asked || (w.Code == 204) != (got.Get("Access-Control-Allow-Origin") == c.origin) || (w.Code == 204) != (got.Get("Access-Control-Allow-Methods") == "POST") {
				t.Errorf("asked before, it says %d %v", w.Code, got)
			}
			for _, inBody := range []bool{false, true} {
				m.arrivals = nil
				r := httptest.NewRequest(http.MethodPost, "/v1/t", strings.NewReader(`{"userId":"1","event":"a","writeKey":"`+c.key+`"}`))
				r.Header.Set("Origin", c.origin)
				r.Header.Set("Content-Type", "text/plain")
				if !inBody {
					r.Header.Set("Authorization", basic(c.key))
				}
				w = httptest.NewRecorder()
				h.ServeHTTP(w, r)
				got := w.Header()
				if w.Code != c.status || got.Get("Access-Control-Allow-Origin") != c.may || got.Get("Access-Control-Allow-Credentials") != "" || got.Get("Vary") != "Origin" || (w.Code == 200) != (len(m.arrivals) == 1) {
					t.Errorf("key in body %v: %d %v, %d taken", inBody, w.Code, got, len(m.arrivals))
				}
			}
		})
	}
}

// What comes to /v1/import is of the past, and says when it was.
func TestWhatBecomesOfHistory(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"it happened when it says":                {`{"type":"screen","userId":"1","messageId":"m","timestamp":"2020-02-01T09:00:00Z"}`, `mrn:1 app/m screen.viewed 2020-02-01T09:00:00Z`},
		"or when it said it did":                  {`{"type":"screen","userId":"1","messageId":"m","originalTimestamp":"2020-02-01T09:00:00Z"}`, `mrn:1 app/m screen.viewed 2020-02-01T09:00:00Z`},
		"by the clock of who kept it":             {`{"type":"screen","userId":"1","messageId":"m","originalTimestamp":"2020-02-01T09:00:00Z","sentAt":"2020-02-01T09:01:00Z","receivedAt":"2020-02-01T08:31:00Z"}`, `mrn:1 app/m screen.viewed 2020-02-01T08:30:00Z`},
		"its sentAt is not measured by our clock": {`{"type":"screen","userId":"1","messageId":"m","originalTimestamp":"2020-02-01T09:00:00Z","sentAt":"2020-02-01T09:01:00Z"}`, `mrn:1 app/m screen.viewed 2020-02-01T09:00:00Z`},
		"without a time it is of no use":          {`{"type":"screen","userId":"1","messageId":"m"}`, `timestamp: the event does not say when it happened; send a timestamp with everything that is imported`},
		"a time of receipt that is none":          {`{"type":"screen","userId":"1","receivedAt":"SECRET","timestamp":"2020-02-01T09:00:00Z"}`, `receivedAt: this is not a timestamp; send it as 2027-03-01T22:30:00Z`},
	} {
		t.Run(name, func(t *testing.T) {
			h, m, _ := newHandler()
			r := httptest.NewRequest("POST", "/v1/import", strings.NewReader(`{"sentAt":"2027-03-01T11:59:00Z","batch":[`+c.in+`]}`))
			r.Header.Set("Authorization", basic(key))
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != 200 || len(m.arrivals) != 1 || tell(m.arrivals[0]) != c.want || !m.arrivals[0].Event.Historical {
				t.Errorf("%d %s: %+v, want %s", w.Code, w.Body, m.arrivals, c.want)
			}
		})
	}
}

// captured is a body as @segment/analytics-node 3.1.0 sends it.
func TestABodyOfTheNodeSDK(t *testing.T) {
	body, err := os.ReadFile("testdata/analytics-node-3.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	h, m, _ := newHandler()
	h.Now = func() time.Time { return time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC) }
	r := httptest.NewRequest("POST", "/v1/batch", bytes.NewReader(body))
	r.Header.Set("Authorization", basic(key))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	want := []string{"traits.updated", "appointment.booked", "page.viewed", "screen.viewed", "identity.linked", "group.joined"}
	if w.Code != 200 || len(m.arrivals) != len(want) {
		t.Fatal(w.Code, w.Body, len(m.arrivals))
	}
	for i, a := range m.arrivals {
		if a.Problem != nil || a.Event.Name != want[i] || a.Event.OccurredAt.String() != "2026-01-02T03:04:05Z" {
			t.Errorf("event %d: %s", i, tell(a))
		}
	}
}
