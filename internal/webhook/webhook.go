package webhook

import (
	"container/heap"
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"attune/core/effect"
	"attune/core/id"
	"attune/core/instant"
	"attune/internal/outbound"
)

// Service is where calls of a name go.
type Service struct {
	Name string
	// URL is HTTPS; whoever makes the service has seen to that.
	URL string
	// Secrets sign what is sent, each by itself.
	Secrets [][]byte
	// Timeout bounds one attempt. Zero means ten seconds.
	Timeout time.Duration
}

// Config is what calls are made with.
type Config struct {
	Services []Service
	// Answered makes a service's answer durable. On an error the service is asked again.
	Answered func(ctx context.Context, request id.Key, a Answer) error
	// Refused is told that a service will not answer a call.
	Refused func(ctx context.Context, request id.Key) error
	// Now is the clock by which people live; nil means the machine's.
	Now func() instant.Time
	// Wall is the machine's clock, which signatures go by; nil means time.Now.
	Wall func() time.Time
	// Chance spreads repetitions, from 0 to 1; nil means drawn.
	Chance func() float64
	// Client carries the requests; nil means one that calls nothing inside the network.
	Client *outbound.Client
	Logger *slog.Logger
}

// The bounds of asking again.
const (
	firstWait   = time.Second
	longestWait = 5 * time.Minute
	// perService bounds the calls under way to one service.
	perService = 8
	// breakAfter is how many failures in a row make a service rest, for restFirst and longer each time.
	breakAfter = 5
	restFirst  = 15 * time.Second
	restMost   = 5 * time.Minute
)

// Calls are those that wait for their service. Its methods may be called from any goroutine.
type Calls struct {
	cfg      Config
	services map[string]*service

	mu   sync.Mutex
	open map[id.Key]*call
}

// service is one address, the calls that wait for it, and how it does. It is guarded by Calls.mu.
type service struct {
	Service
	client  *outbound.Client
	queue   queue
	running int
	// failures counts those in a row; until rest nothing is asked.
	failures int
	rest     instant.Time
}

// call is one that is not answered yet.
type call struct {
	id       id.Key
	body     []byte
	due      instant.Time
	next     instant.Time
	attempts int
	// stop ends an attempt under way.
	stop context.CancelFunc
	// gone tells that nobody waits any more.
	gone bool
}

// New makes the calls' machine.
func New(cfg Config) *Calls {
	if cfg.Now == nil {
		cfg.Now = func() instant.Time { return instant.Of(time.Now()) }
	}
	if cfg.Wall == nil {
		cfg.Wall = time.Now
	}
	if cfg.Chance == nil {
		cfg.Chance = rand.Float64
	}
	if cfg.Client == nil {
		cfg.Client = outbound.New(outbound.Config{})
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Calls{cfg: cfg, services: map[string]*service{}, open: map[id.Key]*call{}}
	for _, s := range cfg.Services {
		if s.Timeout <= 0 {
			s.Timeout = 10 * time.Second
		}
		c.services[s.Name] = &service{Service: s, client: cfg.Client}
	}
	return c
}

// Serves tells whether a service is configured.
func (c *Calls) Serves(name string) bool { return c.services[name] != nil }

// Committed takes note of the calls that a commit made, and of those that nobody waits for any more.
func (c *Calls) Committed(p id.Person, effects []effect.Effect) {
	for _, e := range effects {
		switch e := e.(type) { //nolint:gochecksumtype // no other effect makes or ends a call
		case effect.Request:
			c.Add(p, e)
		case effect.Close:
			c.drop(e.Request)
		}
	}
}

// Add takes a call on, once. Other requests, and calls of services that are not configured, are not for
// it.
func (c *Calls) Add(p id.Person, r effect.Request) {
	s := c.services[r.What]
	if r.Kind != effect.Call || s == nil {
		return
	}
	text, err := body(p, &r)
	if err != nil {
		c.cfg.Logger.Error("a call could not be written down", "request", r.ID.String(), "error", err)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open[r.ID] != nil {
		return
	}
	made := &call{id: r.ID, body: text, due: r.Due, next: r.At}
	c.open[r.ID] = made
	heap.Push(&s.queue, made)
}

func (c *Calls) drop(request id.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.open[request]
	if was == nil {
		return
	}
	delete(c.open, request)
	was.gone = true
	if was.stop != nil {
		was.stop()
	}
}

// Len counts the calls that are not answered.
func (c *Calls) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.open)
}

// Attempt is one request to make. Call it exactly once.
type Attempt func(ctx context.Context)

// Tick returns the attempts to make now.
func (c *Calls) Tick(now instant.Time) (out []Attempt) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, configured := range c.cfg.Services {
		s := c.services[configured.Name]
		for s.running < s.room() && s.rest <= now && len(s.queue) > 0 && s.queue[0].next <= now {
			next := heap.Pop(&s.queue).(*call)
			if next.gone {
				continue
			}
			if next.due <= now {
				delete(c.open, next.id) // the passage goes on without it
				continue
			}
			s.running++
			next.attempts++
			out = append(out, func(ctx context.Context) { c.attempt(ctx, s, next) })
		}
	}
	return out
}

// room is how many calls may be under way: one, to try, for a service that failed again and again.
func (s *service) room() int {
	if s.failures >= breakAfter {
		return 1
	}
	return perService
}

// attempt makes one request and sees to what follows.
func (c *Calls) attempt(ctx context.Context, s *service, which *call) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	c.mu.Lock()
	which.stop = stop
	gone := which.gone
	c.mu.Unlock()
	var came outcome
	if !gone {
		came = s.post(ctx, which.id, which.body, c.cfg.Wall())
		came = c.tell(ctx, s, which, came)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s.running--
	which.stop = nil
	if which.gone {
		return
	}
	c.after(s, which, came)
}

// tell passes on what a service said. What could not be made durable counts as not said.
func (c *Calls) tell(ctx context.Context, s *service, which *call, came outcome) outcome {
	log := func(what string, more ...any) {
		c.cfg.Logger.Warn(what, append([]any{"service", s.Name, "request", which.id.String(), "retries", which.attempts - 1}, more...)...)
	}
	var err error
	switch came.kind {
	case answered:
		err = c.cfg.Answered(ctx, which.id, came.answer)
	case refused:
		log("a service does not take a call, and is not asked again", "reason", came.says)
		err = c.cfg.Refused(ctx, which.id)
	case failed:
		if ctx.Err() == nil {
			log("a call did not come through and is made again", "reason", came.says)
		}
	case later:
	}
	if err != nil {
		if ctx.Err() == nil {
			log("a service's answer could not be taken, and it is asked again", "error", err)
		}
		return outcome{}
	}
	return came
}

// after decides what comes next for a call and its service.
func (c *Calls) after(s *service, which *call, came outcome) {
	now := c.cfg.Now()
	rest := span(came.wait)
	if came.kind != failed {
		s.failures = 0
		if came.kind != later {
			delete(c.open, which.id)
		}
		return // what will be answered later stays known, so that it is not made again
	}
	s.failures++
	if over := s.failures - breakAfter; over >= 0 {
		rest = max(rest, span(min(restFirst<<min(over, 10), restMost)))
	}
	if rest > 0 {
		s.rest = max(s.rest, now.Add(rest))
	}
	wait := min(firstWait<<min(which.attempts-1, 20), longestWait)
	wait = wait/2 + time.Duration(float64(wait/2)*c.cfg.Chance())
	which.next = now.Add(max(rest, span(wait)))
	heap.Push(&s.queue, which)
}

func span(d time.Duration) instant.Duration { return instant.Duration(d.Milliseconds()) }

// queue orders calls by when they are to be made.
type queue []*call

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].next < q[j].next }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(*call)) }
func (q *queue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}
