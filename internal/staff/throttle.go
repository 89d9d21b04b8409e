package staff

import (
	"fmt"
	"net/netip"
	"sync"
	"time"
)

// WaitError tells that too many wrong attempts were made. Nothing was tried.
type WaitError struct{ After time.Duration }

func (e *WaitError) Error() string {
	return fmt.Sprintf("too many wrong attempts: try again in %s", e.After.Round(time.Second))
}

// bound is how many failures are free, and how long one waits after that: twice as long each time, up to most.
type bound struct {
	free int
	most time.Duration
}

// Whoever guesses one account waits up to a quarter of an hour between guesses: some hundred a day. One address, behind which a whole
// house may sit, waits less and later.
func perAccount() bound { return bound{free: 5, most: 15 * time.Minute} }
func perAddress() bound { return bound{free: 30, most: 30 * time.Second} }

// throttle counts failures. What was counted is kept in the file too, under keyed hashes, so that a restart forgets nothing. What is tried while one waits is not counted, so
// that nobody can make the wait last; and a browser that its owner signed in with before is counted by itself (see [Book.Device]), so that
// nobody who guesses elsewhere makes its owner wait.
type throttle struct {
	mu   sync.Mutex
	seen map[string]failures
	// name is what a key is kept under; keep and drop write to the file. What they cannot write is counted all the same.
	name func(key string) string
	keep func(name string, f failures)
	drop func(name string)
}

type failures struct {
	n       int
	last    time.Time
	blocked time.Time
}

const (
	forgetAfter = time.Hour
	mostSeen    = 50_000
)

// wait is how long whoever has these keys still has to wait.
func (t *throttle) wait(now time.Time, keys ...string) (longest time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, k := range keys {
		longest = max(longest, t.seen[t.name(k)].blocked.Sub(now))
	}
	return longest
}

// failed counts a failure.
func (t *throttle) failed(now time.Time, key string, b bound) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.seen == nil {
		t.seen = map[string]failures{}
	}
	t.sweep(now)
	key = t.name(key)
	f := t.seen[key]
	if now.Sub(f.last) > forgetAfter {
		f = failures{}
	}
	f.n, f.last = f.n+1, now
	if f.n > b.free {
		f.blocked = now.Add(min(b.most, time.Second<<min(f.n-b.free-1, 20)))
	}
	t.seen[key] = f
	t.keep(key, f)
}

// succeeded forgets the failures.
func (t *throttle) succeeded(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if key = t.name(key); t.seen[key] != (failures{}) {
		delete(t.seen, key)
		t.drop(key)
	}
}

// sweep forgets what is old, and anything where there is too much.
func (t *throttle) sweep(now time.Time) {
	if len(t.seen) < mostSeen {
		return
	}
	for k, f := range t.seen {
		if now.Sub(f.last) > forgetAfter {
			delete(t.seen, k)
		}
	}
	for k := range t.seen {
		if len(t.seen) < mostSeen {
			return
		}
		delete(t.seen, k)
	}
}

// neighbours is whom an address is counted with: an IPv6 network of /64 is one house.
func neighbours(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.Unmap().WithZone(""); ip.Is6() {
		if net, err := ip.Prefix(64); err == nil {
			return net.String()
		}
	}
	return ip.String()
}
