package delivery

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"attune/core/content"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/program"
	"attune/internal/alarm"
)

// Inputs takes what delivery has to say into people's order.
type Inputs interface {
	Submit(p id.Person, what engine.What)
}

// Config is what delivery works with.
type Config struct {
	Inputs Inputs
	// Text finds the program that has the text of these bytes, by the program's id and the text's hash.
	Text func(program, content string) (*program.Program, bool)
	// Channels are looked up by the name each says it has.
	Channels []Channel
	// Unsubscribe makes the https address at which a message's reader takes back consent. Nil means that
	// no public address is known.
	Unsubscribe func(Message) string
	// Ticket makes what a report about an attempt has to carry. Nil means that nobody reads reports.
	Ticket func(Message) string
	// MaxInFlight bounds the hand-overs under way, and with them the gates asked ahead. Zero means 16.
	MaxInFlight int
	// Timeout bounds one hand-over. Zero means ten seconds; more is refused, since a withdrawal waits
	// for it.
	Timeout time.Duration
}

// ceiling is the longest a carrier may take: a withdrawal is effective only when what was in flight
// has settled.
const ceiling = 10 * time.Second

// stale is how old a committed attempt may be when its hand-over begins. An older one is not made:
// what the gate found may not be so any more.
const stale = 30 * instant.Second

// Delivery watches what is due. Its methods may be called from any goroutine.
type Delivery struct {
	cfg      Config
	channels map[string]Channel

	mu sync.Mutex
	// due is when each person's next touch is due; gates are those asked and not yet answered.
	due   alarm.Alarms
	gates map[id.Person]bool
	ready []job
	// taken are the attempts taken note of lately, by when they were committed, so that being told of
	// one twice hands it over once. Older than stale none is handed over anyway.
	taken map[id.Key]instant.Time
	// running counts the hand-overs under way.
	running int
	paused  bool
}

type job struct {
	person id.Person
	send   effect.Send
}

// New makes a delivery over the channels.
func New(cfg Config) (*Delivery, error) {
	if cfg.MaxInFlight == 0 {
		cfg.MaxInFlight = 16
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = ceiling
	}
	if cfg.Timeout > ceiling {
		return nil, fmt.Errorf("delivery timeout %v is above %v: a withdrawal waits for hand-overs under way", cfg.Timeout, ceiling)
	}
	d := &Delivery{cfg: cfg, channels: map[string]Channel{}, gates: map[id.Person]bool{}, taken: map[id.Key]instant.Time{}}
	for _, c := range cfg.Channels {
		d.channels[c.Can().Name] = c
	}
	return d, nil
}

// Committed takes note of a commit: when the person's next touch is due, and what to hand over now.
// Being told of the same commit again hands nothing over again.
func (d *Delivery) Committed(p id.Person, due instant.Time, effects []effect.Effect) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.gates, p)
	d.due.Set(p, due)
	for _, e := range effects {
		if send, ok := e.(effect.Send); ok {
			if _, again := d.taken[send.Attempt]; !again {
				d.taken[send.Attempt] = send.At
				d.ready = append(d.ready, job{p, send})
			}
		}
	}
}

// forgetAfter is how many attempts are taken note of before the old ones are looked for.
const forgetAfter = 4096

func (d *Delivery) forget(now instant.Time) {
	if len(d.taken) < forgetAfter {
		return
	}
	for attempt, at := range d.taken {
		if now.Sub(at) > 2*stale {
			delete(d.taken, attempt)
		}
	}
}

// Watch notes when a person's next touch is due, at start.
func (d *Delivery) Watch(p id.Person, due instant.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.due.Set(p, due)
}

// NextDue is the earliest instant at which a touch is due; Never when none is.
func (d *Delivery) NextDue() instant.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.due.Next()
}

// Handover is one message to hand over. Call it exactly once.
type Handover func(ctx context.Context)

// Tick asks the gate for people whose touches are due, no more than can be handed over soon, and
// returns the hand-overs to make now.
func (d *Delivery) Tick(now instant.Time) []Handover {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forget(now)
	var out []Handover
	for len(d.ready) > 0 && d.running < d.cfg.MaxInFlight {
		j := d.ready[0]
		d.ready = d.ready[1:]
		d.running++
		out = append(out, func(ctx context.Context) { d.handOver(ctx, j, now) })
	}
	for !d.paused && d.running+len(d.ready)+len(d.gates) < d.cfg.MaxInFlight && d.due.Next() <= now {
		p := d.due.Pop()
		d.gates[p] = true
		d.cfg.Inputs.Submit(p, engine.Gate{})
	}
	return out
}

// Idle tells that nothing is under way: no gate asked, no hand-over ready or running.
func (d *Delivery) Idle() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.running == 0 && len(d.ready) == 0 && len(d.gates) == 0
}

// Handing tells that something the gate let through is not settled yet.
func (d *Delivery) Handing() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.running > 0 || len(d.ready) > 0
}

// Pause stops asking the gate; what was let through already is handed over. Resume goes on.
func (d *Delivery) Pause()  { d.setPaused(true) }
func (d *Delivery) Resume() { d.setPaused(false) }

func (d *Delivery) setPaused(p bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.paused = p
}

// handOver makes one attempt and reports what became of it.
func (d *Delivery) handOver(ctx context.Context, j job, now instant.Time) {
	d.cfg.Inputs.Submit(j.person, d.attempt(ctx, j, now))
	d.mu.Lock()
	defer d.mu.Unlock()
	d.running--
}

func (d *Delivery) attempt(ctx context.Context, j job, now instant.Time) engine.Settled {
	out := engine.Settled{Attempt: j.send.Attempt, Outcome: engine.NotTaken}
	channel := d.channels[j.send.Channel]
	of, found := d.cfg.Text(j.send.Program, j.send.Content)
	if channel == nil || !found || now.Sub(j.send.At) > stale {
		return out
	}
	m := Message{
		Person: j.person, Touch: j.send.Touch, Attempt: j.send.Attempt, Channel: j.send.Channel,
		To: j.send.To, Language: j.send.Language, At: j.send.At.Std(),
	}
	d.tell(&m, j.send, of)
	m.Subject, m.Body = of.TemplateByHash(j.send.Content).Render(content.Filled{
		Name: j.send.Name, FirstName: j.send.FirstName, LastName: j.send.LastName, Organisation: of.Policy.Sender,
	})
	ctx, cancel := context.WithTimeout(ctx, d.cfg.Timeout)
	defer cancel()
	receipt, err := channel.Send(ctx, m)
	out.To, out.Subject, out.Body, out.Reference = m.To, m.Subject, m.Body, receipt.Reference
	out.Outcome, out.RetryAfter = classify(err)
	return out
}

func classify(err error) (engine.Outcome, instant.Duration) {
	if err == nil {
		return engine.Accepted, 0
	}
	if IsPermanent(err) {
		return engine.Rejected, 0
	}
	if wait, ok := IsRetry(err); ok {
		return engine.Postponed, instant.Duration(wait.Milliseconds())
	}
	return engine.Unknown, 0
}

// Reconcile settles the attempts that were in flight when the process ended, where their carrier can
// tell. The others become uncertain by themselves. A carrier that does not answer now changes nothing.
func (d *Delivery) Reconcile(ctx context.Context, p *person.Person) error {
	var failed error
	for i := range p.Touches {
		t := &p.Touches[i]
		if t.State != person.InFlight && t.State != person.Uncertain {
			continue
		}
		finder, ok := d.channels[t.Channel].(Finder)
		if !ok {
			continue
		}
		receipt, found, err := finder.Find(ctx, t.Attempt())
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("ask %s about attempt %s: %w", t.Channel, t.Attempt(), err))
			continue
		}
		outcome := engine.NotTaken
		if found {
			outcome = engine.Accepted
		}
		d.cfg.Inputs.Submit(p.ID, engine.Settled{Attempt: t.Attempt(), Outcome: outcome, Reference: receipt.Reference})
	}
	return failed
}
