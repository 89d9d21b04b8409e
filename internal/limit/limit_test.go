package limit

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"
)

// clock is one that stands still until it is set.
type clock struct{ now time.Time }

func ask(t *testing.T, h http.Handler, from string, set func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/v1/track", strings.NewReader("{}"))
	r.RemoteAddr = from
	if set != nil {
		set(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func key(k string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+k) }
}

func forwarded(from string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("X-Forwarded-For", from) }
}

func TestLimitsHold(t *testing.T) {
	t.Parallel()
	ok := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	no := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	for _, c := range []struct {
		it   string
		next http.Handler
		// each asks one after the other; so many are answered otherwise than by 429.
		each []func(*testing.T, http.Handler) *httptest.ResponseRecorder
		want int
	}{
		{"bounds an address", ok, times(10, "1.2.3.4:5", nil), 4},
		{"bounds a network of IPv6 as one", ok, append(times(5, "[2a00::1]:5", nil), times(5, "[2a00::2]:5", nil)...), 4},
		{"tells addresses apart", ok, append(times(4, "1.2.3.4:5", nil), times(4, "1.2.3.5:5", nil)...), 8},
		{"bounds a key wherever it comes from", ok, append(times(5, "1.2.3.4:5", key("a")), times(5, "1.2.3.5:5", key("a"))...), 6},
		{"tells keys apart", ok, append(times(6, "1.2.3.4:5", key("a")), times(6, "1.2.3.4:5", key("b"))...), 12},
		{"believes a proxy on this machine", ok, append(times(4, "127.0.0.1:5", forwarded("9.9.9.9, 1.1.1.1")), times(4, "127.0.0.1:5", forwarded("9.9.9.9, 1.1.1.2"))...), 8},
		{"goes by what the proxy itself added", ok, append(times(4, "127.0.0.1:5", forwarded("9.9.9.9, 1.1.1.1")), times(4, "127.0.0.1:5", forwarded("8.8.8.8, 1.1.1.1"))...), 4},
		{"believes nobody else", ok, append(times(4, "1.2.3.4:5", forwarded("1.1.1.1")), times(4, "1.2.3.4:5", forwarded("1.1.1.2"))...), 4},
		{"lets nobody guess keys", no, guesses(100, "1.2.3.4:5"), 10},
		{"lets others in meanwhile", no, append(guesses(100, "1.2.3.4:5"), times(1, "1.2.3.5:5", nil)...), 11},
	} {
		t.Run("it "+c.it, func(t *testing.T) {
			t.Parallel()
			at := &clock{time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)}
			l := New(Config{PerKey: 3, PerAddress: 2, Refusals: 1, Now: func() time.Time { return at.now }}, c.next)
			answered := 0
			for _, one := range c.each {
				w := one(t, l)
				if w.Code != http.StatusTooManyRequests {
					answered++
				} else if w.Header().Get("Retry-After") == "" {
					t.Error("it does not say when to come again")
				}
			}
			if answered != c.want {
				t.Errorf("%d of %d were answered, want %d", answered, len(c.each), c.want)
			}
			at.now = at.now.Add(time.Minute)
			if w := c.each[0](t, l); w.Code == http.StatusTooManyRequests {
				t.Error("a minute later it is still refused")
			}
		})
	}
}

func times(n int, from string, set func(*http.Request)) (out []func(*testing.T, http.Handler) *httptest.ResponseRecorder) {
	for range n {
		out = append(out, func(t *testing.T, h http.Handler) *httptest.ResponseRecorder { t.Helper(); return ask(t, h, from, set) })
	}
	return out
}

// guesses are keys that differ, all from one address.
func guesses(n int, from string) (out []func(*testing.T, http.Handler) *httptest.ResponseRecorder) {
	for i := range n {
		out = append(out, times(1, from, key(fmt.Sprint(i)))...)
	}
	return out
}

func TestWhatIsAtOnceIsBounded(t *testing.T) {
	t.Parallel()
	in, out := make(chan bool), make(chan bool)
	l := New(Config{AtOncePerAddress: 2, AtOnce: 3}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { in <- true; <-out }))
	for _, from := range []string{"1.1.1.1:1", "1.1.1.1:1", "1.1.1.2:1"} {
		go ask(t, l, from, nil)
		<-in
	}
	if w := ask(t, l, "1.1.1.1:1", nil); w.Code != http.StatusTooManyRequests {
		t.Errorf("a third of one address: %d", w.Code)
	}
	if w := ask(t, l, "1.1.1.9:1", nil); w.Code != http.StatusTooManyRequests {
		t.Errorf("a fourth in all: %d", w.Code)
	}
	close(out)
}

func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	read := 0
	l := New(Config{Body: 10}, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		read = len(b)
	}))
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("a", 100)))
	w := httptest.NewRecorder()
	if l.ServeHTTP(w, r); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a length that is too large: %d", w.Code)
	}
	r = httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("a", 100)))
	r.ContentLength = -1
	if l.ServeHTTP(httptest.NewRecorder(), r); read > 10 {
		t.Errorf("%d bytes were read of a body without a length", read)
	}
}

// A million askers take as much memory as may be remembered, and those who come later share one limit.
func TestAskersTakeBoundedMemory(t *testing.T) {
	at := &clock{time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)}
	l := New(Config{PerAddress: 1, PerKey: 1, Refusals: 1, Remembered: 1000, Now: func() time.Time { return at.now }}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	before := heap()
	for i := range 200_000 {
		l.addresses.take(addressOf(&http.Request{RemoteAddr: fmt.Sprintf("%d.%d.%d.1:5", 1+i%200, i/200%250, i/50_000)}), at.now)
		at.now = at.now.Add(time.Microsecond)
	}
	if n := len(l.addresses.buckets); n > 1000 {
		t.Errorf("%d are remembered", n)
	}
	if grown := int64(heap()) - int64(before); grown > 4<<20 {
		t.Errorf("%d bytes were kept of askers", grown)
	}
	if w := ask(t, l, "7.7.7.7:1", nil); w.Code != http.StatusTooManyRequests {
		t.Errorf("one who comes when all is full: %d", w.Code)
	}
	at.now = at.now.Add(time.Minute)
	if w := ask(t, l, "7.7.7.7:1", nil); w.Code == http.StatusTooManyRequests {
		t.Error("a minute later nobody new gets in")
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
