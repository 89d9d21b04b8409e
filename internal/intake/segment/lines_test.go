package segment

import (
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"attune/core/instant"
	"attune/internal/intake"
)

func lines(t *testing.T, in string) (out []string) {
	t.Helper()
	l := NewLines(strings.NewReader(in), intake.Source{Name: "app", System: "mrn"}, instant.Of(noon))
	for {
		is, err := l.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if is.Problem != nil {
			out = append(out, fmt.Sprintf("%d: %s", is.Number, is.Problem))
			continue
		}
		if !is.Arrival.Event.Historical {
			t.Errorf("line %d is taken for news", is.Number)
		}
		out = append(out, fmt.Sprintf("%d: %s", is.Number, tell(is.Arrival)))
	}
}

// Each row is a file of calls and what becomes of it.
func TestCallsThatWereKept(t *testing.T) {
	const good = `{"type":"screen","userId":"1","messageId":"m","timestamp":"2020-02-01T09:00:00Z"}`
	const is = "mrn:1 app/m screen.viewed 2020-02-01T09:00:00Z"
	for name, c := range map[string]struct{ in, want string }{
		"one on each line":              {good + "\n" + strings.Replace(good, `"m"`, `"n"`, 1), "1: " + is + "\n2: mrn:1 app/n screen.viewed 2020-02-01T09:00:00Z"},
		"as another system writes them": {"\xef\xbb\xbf" + good + "\r\n\r\n  \n" + good + "\r\n", "1: " + is + "\n4: " + is},
		"all six": {`{"type":"identify","userId":"1","traits":{"language":"es"},"messageId":"a","timestamp":"2020-01-01T00:00:00Z"}
{"type":"track","userId":"1","event":"portal.visited","messageId":"b","timestamp":"2020-01-01T00:00:00Z"}
{"type":"page","anonymousId":"x","name":"Asthma","messageId":"c","timestamp":"2020-01-01T00:00:00Z"}
{"type":"alias","userId":"1","previousId":"x","messageId":"d","timestamp":"2020-01-01T00:00:00Z"}
{"type":"group","userId":"1","groupId":"g","messageId":"e","timestamp":"2020-01-01T00:00:00Z"}`,
			`1: mrn:1 app/a traits.updated 2020-01-01T00:00:00Z language=text:es
2: mrn:1 app/b portal.visited 2020-01-01T00:00:00Z
3: app:anonymous:x app/c page.viewed 2020-01-01T00:00:00Z name=text:Asthma
4: mrn:1 app/d identity.linked 2020-01-01T00:00:00Z previous=text:x
5: mrn:1 app/e group.joined 2020-01-01T00:00:00Z group=text:g`},
		"a batch on a line": {`{"batch":[` + good + `,{"type":"x"}],"sentAt":"2020-03-01T00:00:00Z"}` + "\n" + good, "1: " + is + "\n1: type: the type is missing or not known; send one of identify, track, page, screen, group, alias\n2: " + is},
		"when it was kept":  {`{"type":"screen","userId":"1","messageId":"m","originalTimestamp":"2020-02-01T10:00:00Z","sentAt":"2020-02-01T10:00:10Z","receivedAt":"2020-02-01T09:00:10Z"}`, "1: " + is},
		"nothing":           {"", ""},
		"no time":           {`{"type":"screen","userId":"1"}` + "\n" + good, "1: timestamp: the event does not say when it happened; send a timestamp with everything that is imported\n2: " + is},
		"no JSON":           {"SECRET\n" + good, "1: this is not JSON; a value was expected here\n2: " + is},
		"no object":         {`["SECRET"]`, "1: found a list where an event belongs; send an object"},
		"a broken line":     {good[:40] + "\n" + good, "1: the JSON ends too early; send the whole body; the closing quote of a text was expected\n2: " + is},
		"too long a line":   {`{"x":"` + strings.Repeat("x", MaxBatch) + "\"}\n" + good, "1: the line is too long; write lines of at most 4194304 bytes, one call on each\n2: " + is},
		"one too long":      {strings.Repeat("x", MaxBatch+2), "1: the line is too long; write lines of at most 4194304 bytes, one call on each"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := strings.Join(lines(t, c.in), "\n"); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// What came over HTTP comes again from a backup: it is the same event.
func TestACallThatWasKeptIsTheSameEvent(t *testing.T) {
	for _, call := range []string{
		`{"type":"track","userId":"1","event":"a","messageId":"m","timestamp":"2020-02-01T09:00:00Z"}`,
		`{"type":"track","userId":"1","event":"a","properties":{"x":1},"timestamp":"2020-02-01T09:00:00Z"}`,
	} {
		h, m, _ := newHandler()
		r := httptest.NewRequest("POST", "/v1/track", strings.NewReader(call))
		r.Header.Set("Authorization", basic(key))
		h.ServeHTTP(httptest.NewRecorder(), r)
		if got, want := lines(t, call), "1: "+tell(m.arrivals[0]); len(got) != 1 || got[0] != want {
			t.Errorf("from a file it is %s, over HTTP %s", got, want)
		}
	}
}

// FuzzLines asks of any file: each line is usable or says why not.
func FuzzLines(f *testing.F) {
	f.Add("{\"type\":\"screen\",\"userId\":\"1\",\"timestamp\":\"2020-02-01T09:00:00Z\"}\n\n{\"batch\":[{},7]}\nx")
	f.Fuzz(func(t *testing.T, in string) {
		l := NewLines(strings.NewReader(in), intake.Source{Name: "app"}, instant.Of(noon))
		for last := 0; ; {
			is, err := l.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil || is.Number < last || is.Number > 1+strings.Count(in, "\n") {
				t.Fatal(err, is.Number)
			}
			last = is.Number
			if is.Problem != nil {
				if is.Problem.Reason == "" || is.Problem.Remedy == "" {
					t.Fatalf("a problem without help: %+v", is.Problem)
				}
				continue
			}
			if a := is.Arrival; a.Problem != nil || a.Who.Check() != nil || !a.Event.Historical || a.Event.OccurredAt == 0 || a.Event.OccurredAt > instant.Of(noon) || !strings.Contains(in, string(a.Raw)) {
				t.Fatalf("an event of no use: %+v", a)
			}
		}
	})
}
