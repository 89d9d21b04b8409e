package app

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"attune/internal/intake/identity"
	"attune/internal/limit"
	"attune/internal/request"
)

// fortress is a server under attack, with a source whose key is known to the attacker.
type fortress struct {
	node *Node
	at   string
	key  string
}

func newFortress(t *testing.T, limits limit.Config) *fortress {
	t.Helper()
	rel, _ := mustLoad(t, diabetes)
	n, err := Open(t.Context(), Options{Data: t.TempDir(), Organisation: "hostile", Release: rel})
	if err != nil {
		t.Fatal(err)
	}
	key, err := n.Sources.Add("app", "")
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- (&Server{Node: n, Pace: 1, Demo: true, Limits: limits}).Run(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return &fortress{n, listener.Addr().String(), "Basic " + base64.StdEncoding.EncodeToString([]byte(key+":"))}
}

// post sends a body to intake and returns the status and the answer.
func (f *fortress) post(t *testing.T, key string, header map[string]string, body []byte) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+f.at+"/v1/batch", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", key)
	r.Header.Set("Content-Type", "application/json")
	for k, v := range header {
		r.Header.Set(k, v)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// raw writes bytes as they are and returns all that is answered until the server hangs up.
func (f *fortress) raw(t *testing.T, sent string) string {
	t.Helper()
	c, err := net.Dial("tcp", f.at)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(c, sent) // the server may hang up before it has all
	got, _ := io.ReadAll(bufio.NewReader(c))
	return string(got)
}

func zipped(t *testing.T, what []byte, times int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for range times {
		if _, err := z.Write(what); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// allocated is how many bytes this process has ever asked for.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// One request, whatever it holds, is refused for little memory; and nothing of what was refused is kept.
func TestBombsAreRefusedForLittleMemory(t *testing.T) {
	f := newFortress(t, limit.Config{})
	deep := func(open, shut string, n int) []byte {
		return []byte(`{"batch":[{"type":"track","userId":"a","event":"portal.visited","properties":{"x":` + strings.Repeat(open, n) + strings.Repeat(shut, n) + `}}]}`)
	}
	event := `{"type":"track","userId":"a","event":"portal.visited","messageId":"1"`
	for _, c := range []struct {
		it     string
		header map[string]string
		body   []byte
		want   int
	}{
		{"256 MiB in 256 KiB of gzip", map[string]string{"Content-Encoding": "gzip"}, zipped(t, make([]byte, 1<<20), 256), 413},
		{"a gzip in a gzip", map[string]string{"Content-Encoding": "gzip"}, zipped(t, zipped(t, make([]byte, 1<<20), 20), 1), 400},
		{"two encodings", map[string]string{"Content-Encoding": "gzip, gzip"}, zipped(t, []byte("{}"), 1), 415},
		{"a compression that is not known", map[string]string{"Content-Encoding": "br"}, []byte("{}"), 415},
		{"arrays in arrays", nil, deep("[", "]", 100_000), 400},
		{"objects in objects", nil, deep(`{"a":`, "", 100_000), 400},
		// What is wrong with one event costs only that one: it goes into the quarantine.
		{"a key twice", nil, []byte(`{"batch":[` + event + `,"event":"patient.deceased"}]}`), 200},
		{"a number without an end", nil, []byte(`{"batch":[` + event + `,"properties":{"a":` + strings.Repeat("9", 1<<20) + `}}]}`), 200},
		{"a batch twice", nil, []byte(`{"batch":[],"batch":[` + event + `}]}`), 400},
		{"more than a body may have", nil, bytes.Repeat([]byte(" "), 5<<20), 413},
		{"XML with entities", map[string]string{"Content-Type": "application/xml"}, []byte(`<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>`), 415},
	} {
		t.Run(c.it, func(t *testing.T) {
			before := allocated()
			status, says := f.post(t, f.key, c.header, c.body)
			if status != c.want {
				t.Errorf("it is answered %d: %s", status, says)
			}
			// What was sent is held here, too, and read as it grows.
			if used, most := allocated()-before, uint64(6*len(c.body)+32<<20); used > most {
				t.Errorf("it took %d bytes", used)
			}
		})
	}
	if _, known, err := f.node.Directory.Find(t.Context(), identity.Key{System: "app", Value: "a"}); known || err != nil {
		t.Errorf("what was refused made a person: %v", err)
	}
	// An event with one key in several spellings is nobody's: it goes into the quarantine, too.
	if status, says := f.post(t, f.key, nil, []byte(`{"batch":[{"USERID":"b","userId":"c","UserId":"d","type":"track","event":"portal.visited","messageId":"2"}]}`)); status != 200 {
		t.Errorf("keys in several spellings: %d %s", status, says)
	}
	for _, who := range []string{"b", "c", "d"} {
		if _, known, err := f.node.Directory.Find(t.Context(), identity.Key{System: "app", Value: who}); known || err != nil {
			t.Errorf("%s is known: %v, %v", who, known, err)
		}
	}
}

// Who may not send is refused before the body is read: a bomb with a wrong key is a wrong key.
func TestWhoComesBeforeWhat(t *testing.T) {
	t.Parallel()
	f := newFortress(t, limit.Config{})
	status, _ := f.post(t, "Basic d3Jvbmc6", map[string]string{"Content-Encoding": "gzip"}, zipped(t, make([]byte, 1<<20), 64))
	if status != http.StatusUnauthorized {
		t.Errorf("a bomb with a wrong key is answered %d", status)
	}
	// Not a byte of the body comes, and it is refused all the same.
	got := f.raw(t, "POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic d3Jvbmc6\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\nConnection: close\r\n\r\n")
	if !strings.HasPrefix(got, "HTTP/1.1 401 ") {
		t.Errorf("it waits for the body: %.100q", got)
	}
}

// A guesser of keys is stopped, and told when to come again; who has a key is let in from elsewhere.
func TestGuessersAreStopped(t *testing.T) {
	t.Parallel()
	f := newFortress(t, limit.Config{Refusals: 1})
	answers := map[int]int{}
	for i := range 60 {
		status, _ := f.post(t, "Basic "+base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "guess-%d:", i)), nil, []byte("{}"))
		answers[status]++
	}
	if answers[401] == 0 || answers[401] > 30 || answers[429] == 0 {
		t.Errorf("60 guesses are answered %v", answers)
	}
	if status, says := f.post(t, f.key, map[string]string{"X-Forwarded-For": "203.0.113.7"}, []byte(`{"batch":[]}`)); status == http.StatusTooManyRequests {
		t.Errorf("somebody elsewhere is answered %d: %s", status, says)
	}
}

// Who sends a body byte by byte, or never, is hung up on.
func TestSlowBodiesAreEnded(t *testing.T) {
	t.Parallel()
	f := newFortress(t, limit.Config{BodyWithin: 200 * time.Millisecond})
	for _, path := range []string{"/v1/batch", request.Path + "5f0c9a1b5f0c9a1b5f0c9a1b5f0c9a1b", "/v1/nothing", "/healthz", "/", "/in/unsubscribe/x", "/in/sms/message"} {
		for _, key := range []string{f.key, "Basic d3Jvbmc6"} {
			t.Run(path, func(t *testing.T) {
				t.Parallel()
				if testing.Short() && key == f.key {
					t.Skip("a door that reads the body has fifteen seconds of its own")
				}
				got := f.raw(t, "POST "+path+" HTTP/1.1\r\nHost: localhost\r\nAuthorization: "+key+"\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
				if strings.Contains(got, " 200 ") || strings.Count(got, "HTTP/1.1 ") != 1 {
					t.Errorf("it is answered %.200q", got)
				}
			})
		}
	}
}

// Requests that two servers could read as different ones are refused, and none is read as two.
func TestNoRequestIsSmuggled(t *testing.T) {
	t.Parallel()
	f := newFortress(t, limit.Config{BodyWithin: time.Second})
	inner := "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
	for it, head := range map[string]string{
		"two lengths":                    "Content-Length: 5\r\nContent-Length: 6\r\n",
		"a list of lengths":              "Content-Length: 5, 6\r\n",
		"a signed length":                "Content-Length: +5\r\n",
		"a negative length":              "Content-Length: -1\r\n",
		"a length in base 16":            "Content-Length: 0x5\r\n",
		"a space before the colon":       "Content-Length : 5\r\n",
		"a space before transfer's":      "Transfer-Encoding : chunked\r\n",
		"an encoding that is unknown":    "Transfer-Encoding: xchunked\r\n",
		"two encodings":                  "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
		"an encoding twice":              "Transfer-Encoding: chunked, chunked\r\n",
		"an encoding with a tab":         "Transfer-Encoding:\x0bchunked\r\n",
		"a folded line":                  " Transfer-Encoding: chunked\r\n",
		"a carriage return in a header":  "X-A: b\rTransfer-Encoding: chunked\r\n",
		"a zero byte in a header":        "X-A: b\x00\r\n",
		"no host's name but two of them": "Host: elsewhere\r\n",
		"a header without a name":        ": 5\r\n",
	} {
		t.Run(it, func(t *testing.T) {
			t.Parallel()
			got := f.raw(t, "POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nAuthorization: "+f.key+"\r\nContent-Type: application/json\r\n"+head+"\r\n0\r\n\r\n"+inner)
			if !strings.HasPrefix(got, "HTTP/1.1 4") && !strings.HasPrefix(got, "HTTP/1.1 501") || strings.Contains(got, "HTTP/1.1 200") {
				t.Errorf("it is answered %.300q", got)
			}
		})
	}
	for it, sent := range map[string]string{
		"headers of a megabyte": "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: " + strings.Repeat("a", 1<<20) + "\r\n\r\n",
		"very many headers":     "GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + strings.Repeat("X-A: b\r\n", 20_000) + "\r\n",
		"a line without an end": "GET /" + strings.Repeat("a", 1<<20),
		"another protocol":      "\x16\x03\x01\x02\x00\x01\x00",
		"HTTP/2 in the open":    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	} {
		t.Run(it, func(t *testing.T) {
			t.Parallel()
			if got := f.raw(t, sent+"\r\n\r\n"); strings.Contains(got, " 200 ") {
				t.Errorf("it is answered %.200q", got)
			}
		})
	}
}

// Who is asked by too many at once, or too often by one, says when to come again.
func TestWhoAsksTooOftenIsToldWhenToComeAgain(t *testing.T) {
	t.Parallel()
	f := newFortress(t, limit.Config{PerAddress: 5, PerKey: 5})
	late := 0
	for range 60 {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+f.at+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if answer.Body.Close(); answer.StatusCode == http.StatusTooManyRequests && answer.Header.Get("Retry-After") != "" {
			late++
		}
	}
	if late == 0 {
		t.Error("nothing was refused")
	}
}
