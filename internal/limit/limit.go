// Package limit bounds what anybody may ask of the server before it is known what they ask: how often, how much at once, how
// many bytes, and how long they may take to send them. It stands before every door, and knows none of them: each has closer
// limits of its own.
//
// Who asks is the credential that was sent, else the address. Neither is believed: who sends credentials that are refused is
// counted by their address, and asks no more when there were too many. What is remembered of askers is bounded too. Start
// at [New].
package limit

import (
	"crypto/sha256"
	"encoding/json"
	"io"
	"math"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Config sets the limits. Zero values mean the defaults.
type Config struct {
	// PerKey is how many requests a second are taken of one credential; twice as many at a stroke. Zero means 10,000.
	PerKey int
	// PerAddress is how many are taken of one address without a credential, or of one network of 64 bits in IPv6; twice
	// as many at a stroke. Zero means 500.
	PerAddress int
	// Refusals is how many a second may be answered 401 or 403 of one address; ten times as many at a stroke. Zero means 10.
	Refusals int
	// AtOnce is how many requests are worked on at the same time, and AtOncePerAddress how many of one address. Zero means
	// 4,096 and 512.
	AtOnce, AtOncePerAddress int
	// Body is how many bytes a request may have, as they come. Zero means 32 MiB.
	Body int64
	// BodyWithin is how long they may take. Zero means 30 s.
	BodyWithin time.Duration
	// Remembered is how many askers of each kind are told apart; those beyond share one limit. Zero means 20,000.
	Remembered int
	// Refuse answers in the way of whoever is asked, or tells that it is not asked; nil answers in this package's way.
	Refuse func(w http.ResponseWriter, r *http.Request, code int, reason, remedy string) bool
	// Now is the machine's clock; nil means time.Now.
	Now func() time.Time
}

func (c *Config) defaults() {
	set := func(n *int, zero int) {
		if *n <= 0 {
			*n = zero
		}
	}
	set(&c.PerKey, 10_000)
	set(&c.PerAddress, 500)
	set(&c.Refusals, 10)
	set(&c.AtOnce, 4096)
	set(&c.AtOncePerAddress, 512)
	set(&c.Remembered, 20_000)
	if c.Body <= 0 {
		c.Body = 32 << 20
	}
	if c.BodyWithin <= 0 {
		c.BodyWithin = 30 * time.Second
	}
	if c.Now == nil {
		c.Now = time.Now
	}
}

// Limits stand before a server's handlers.
type Limits struct {
	cfg                     Config
	keys, addresses, guests table
	next                    http.Handler

	mu sync.Mutex
	// open counts requests that are worked on, in all and by address.
	open   int
	openBy map[asker]int
}

// New puts limits before a handler.
func New(c Config, next http.Handler) *Limits {
	c.defaults()
	return &Limits{
		cfg: c, next: next, openBy: map[asker]int{},
		keys: newTable(c.PerKey, 2*c.PerKey, c.Remembered), addresses: newTable(c.PerAddress, 2*c.PerAddress, c.Remembered), guests: newTable(c.Refusals, 10*c.Refusals, c.Remembered),
	}
}

// ServeHTTP implements [http.Handler].
func (l *Limits) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := l.cfg.Now()
	from := addressOf(r)
	if wait := l.guests.over(from, now); wait > 0 {
		l.tooMany(w, r, wait, "too much of what came from your address was refused")
		return
	}
	asks, by := &l.addresses, from
	if key := r.Header.Get("Authorization"); key != "" {
		asks, by = &l.keys, sha256.Sum256([]byte(key))
	}
	if wait := asks.take(by, now); wait > 0 {
		l.tooMany(w, r, wait, "you ask too often")
		return
	}
	if !l.enter(from) {
		l.tooMany(w, r, time.Second, "too much is asked at once")
		return
	}
	defer l.leave(from)
	if r.ContentLength > l.cfg.Body {
		w.Header().Set("Connection", "close")
		l.says(w, r, http.StatusRequestEntityTooLarge, "the body is too large", "send at most "+strconv.FormatInt(l.cfg.Body, 10)+" bytes")
		return
	}
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = newTimely(w, r, l.cfg.Body, l.cfg.BodyWithin)
	}
	seen := &status{ResponseWriter: w}
	l.next.ServeHTTP(seen, r)
	if seen.code == http.StatusUnauthorized || seen.code == http.StatusForbidden {
		l.guests.take(from, l.cfg.Now())
	}
}

func (l *Limits) enter(from asker) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open >= l.cfg.AtOnce || l.openBy[from] >= l.cfg.AtOncePerAddress {
		return false
	}
	l.open++
	l.openBy[from]++
	return true
}

func (l *Limits) leave(from asker) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	if l.openBy[from]--; l.openBy[from] == 0 {
		delete(l.openBy, from)
	}
}

// tooMany answers 429, and says when to come again.
func (l *Limits) tooMany(w http.ResponseWriter, r *http.Request, wait time.Duration, reason string) {
	seconds := strconv.Itoa(int(math.Ceil(max(wait, time.Second).Seconds())))
	w.Header().Set("Retry-After", seconds)
	l.says(w, r, http.StatusTooManyRequests, reason, "send the same again after Retry-After seconds")
}

// says answers programs in JSON, as the doors do, and people in a line.
func (l *Limits) says(w http.ResponseWriter, r *http.Request, code int, reason, remedy string) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	if l.cfg.Refuse != nil && l.cfg.Refuse(w, r, code, reason, remedy) {
		return
	}
	if !strings.Contains(r.URL.Path, "/v1") {
		http.Error(w, reason+": "+remedy, code)
		return
	}
	h.Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(struct { // a client that is gone needs no answer
		Success bool   `json:"success"`
		Reason  string `json:"reason"`
		Remedy  string `json:"remedy"`
	}{Reason: reason, Remedy: remedy})
}

// asker is who asks, as a hash: neither credentials nor addresses are kept.
type asker = [sha256.Size]byte

// addressOf is where a request comes from. A proxy on this machine says from where it has it; what others say of it is
// not believed.
func addressOf(r *http.Request) asker {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return sha256.Sum256([]byte(host))
	}
	if all := r.Header.Values("X-Forwarded-For"); ip.Unmap().IsLoopback() && len(all) > 0 {
		last := all[len(all)-1]
		if said, err := netip.ParseAddr(strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])); err == nil {
			ip = said
		}
	}
	if ip = ip.Unmap().WithZone(""); ip.Is6() {
		whole, _ := ip.Prefix(64)
		ip = whole.Addr()
	}
	return sha256.Sum256(ip.AsSlice())
}

// table has a bucket for each asker.
type table struct {
	rate  rate.Limit
	burst int
	most  int

	mu      *sync.Mutex
	buckets map[asker]*rate.Limiter
	// rest is shared by whoever comes when the table is full of those who asked lately.
	rest  *rate.Limiter
	swept time.Time
}

func newTable(perSecond, burst, most int) table {
	t := table{rate: rate.Limit(perSecond), burst: burst, most: most, mu: &sync.Mutex{}, buckets: map[asker]*rate.Limiter{}}
	t.rest = rate.NewLimiter(t.rate, burst)
	return t
}

// take takes one from an asker's bucket, or says how long it is empty.
func (t *table) take(by asker, now time.Time) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return takeFrom(t.bucket(by, now), now)
}

// over says how long an asker's bucket is empty, and takes nothing.
func (t *table) over(by asker, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := t.buckets[by]
	if b == nil {
		return 0
	}
	if missing := 1 - b.TokensAt(now); missing > 0 {
		return time.Duration(missing / float64(t.rate) * float64(time.Second))
	}
	return 0
}

func takeFrom(b *rate.Limiter, now time.Time) time.Duration {
	r := b.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

// bucket finds an asker's. Full buckets are those of askers who did not ask lately, and can be forgotten.
func (t *table) bucket(by asker, now time.Time) *rate.Limiter {
	if b := t.buckets[by]; b != nil {
		return b
	}
	if len(t.buckets) >= t.most && now.Sub(t.swept) >= time.Second {
		t.swept = now
		for k, b := range t.buckets {
			if b.TokensAt(now) >= float64(t.burst) {
				delete(t.buckets, k)
			}
		}
	}
	if len(t.buckets) >= t.most {
		return t.rest
	}
	b := rate.NewLimiter(t.rate, t.burst)
	t.buckets[by] = b
	return b
}

// timely gives a body its time. It begins before any of it is read: of a body that its handler does not want the server
// itself reads what is left, and would wait for it without end.
type timely struct {
	io.ReadCloser
	control *http.ResponseController
}

func newTimely(w http.ResponseWriter, r *http.Request, most int64, within time.Duration) *timely {
	b := &timely{http.MaxBytesReader(w, r.Body, most), http.NewResponseController(w)}
	_ = b.control.SetReadDeadline(time.Now().Add(within)) // a writer without deadlines is one of a test
	return b
}

// Read implements [io.Reader].
func (b *timely) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		_ = b.control.SetReadDeadline(time.Time{}) // what follows on the connection has its own
	}
	return n, err
}

// status remembers what was answered.
type status struct {
	http.ResponseWriter
	code int
}

// WriteHeader implements [http.ResponseWriter].
func (s *status) WriteHeader(code int) {
	if s.code == 0 {
		s.code = code
	}
	s.ResponseWriter.WriteHeader(code)
}

// Unwrap lets a [http.ResponseController] reach the connection.
func (s *status) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// Flush implements [http.Flusher], which streams ask for.
func (s *status) Flush() { _ = http.NewResponseController(s.ResponseWriter).Flush() }
