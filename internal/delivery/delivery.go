package delivery

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/program"
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
	// Suppressed tells whether an address may not be used any more, and why. It is asked last thing before
	// each hand-over; nil means that all may be used.
	Suppressed func(ctx context.Context, channel, address string) (why string, suppressed bool, err error)
	// Shared tells whether several people are reached at an address. It is asked before something clinical goes to an
	// open one: of who came to share it a moment ago the person's own order may not have heard.
	Shared func(ctx context.Context, channel, address string) (bool, error)
	// Doubted tells that a touch may have gone out from elsewhere. Then no carrier is asked, and what became of it is unknown.
	// Nil doubts none.
	Doubted func(touch id.Key) bool
	// Refused is told the code with which a carrier refused a message for good, before anything else goes
	// out because of it. May be nil.
	Refused func(ctx context.Context, m Message, code string) error
	// MaxInFlight bounds the hand-overs under way over one channel, and with them the gates asked ahead,
	// where Limits says nothing else. Zero means 16.
	MaxInFlight int
	// Limits are those of channels, by name.
	Limits map[string]Limits
	// Ceiling bounds what one engagement says.
	Ceiling Ceiling
	// Teams bound what people carry; nil bounds nothing.
	Teams Teams
	// Logger is told when an engagement is at its ceiling, when a carrier stops answering, and when it answers again. Nil discards it.
	Logger *slog.Logger
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
	cfg Config

	mu sync.Mutex
	// now is the time of the newest tick.
	now   instant.Time
	queue queue
	// lanes are by name, and lines by what they are of.
	lanes []*lane
	lines map[lineOf]*line
	// pools are the days of teams, by name.
	pools []*pool
	// asked are the touches whose gate is asked and not yet answered.
	asked  map[id.Key]asking
	taken  lately
	pauses []Pause
	// ceilings count what began of each engagement.
	ceilings ceilings
	stopped  bool
}

// asking is a gate that is asked: for what line, and whose place in a day it has.
type asking struct {
	line *line
	pool *pool
}

type job struct {
	person id.Person
	send   effect.Send
	// journey is whose passage said it, where it is known.
	journey string
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
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	d := &Delivery{cfg: cfg, queue: newQueue(), lines: map[lineOf]*line{}, asked: map[id.Key]asking{},
		ceilings: ceilings{all: cfg.Ceiling, streams: map[[2]string]*stream{}, logger: cfg.Logger},
	}
	for _, c := range cfg.Channels {
		d.lane(c.Can().Name).carrier = c
	}
	return d, nil
}

// lane finds a channel's lane, or makes it. The lanes are kept in the order of their names.
func (d *Delivery) lane(name string) *lane {
	at, found := slices.BinarySearchFunc(d.lanes, name, func(l *lane, name string) int { return strings.Compare(l.name, name) })
	if !found {
		limits := d.cfg.Limits[name]
		l := &lane{name: name, atOnce: limits.AtOnce, pace: newPace(limits.Rate)}
		if l.atOnce == 0 {
			l.atOnce = d.cfg.MaxInFlight
		}
		d.lanes = slices.Insert(d.lanes, at, l)
	}
	return d.lanes[at]
}

func (d *Delivery) line(w *person.Waiting) *line {
	of := lineOf{w.Program, w.Engagement, w.Journey, w.Channel, w.Class, w.Tried}
	l, known := d.lines[of]
	if !known {
		in := d.lane(w.Channel)
		l = &line{program: w.Program, engagement: w.Engagement, journey: w.Journey, class: w.Class, lane: in, due: waiting{less: pressing}, paused: d.paused(w.Program, w.Engagement, w.Journey, w.Channel, w.Class)}
		if !w.Tried {
			l.stream = d.ceilings.stream(w.Program, w.Engagement)
		}
		d.lines[of] = l
		in.lines = append(in.lines, l)
	}
	return l
}

// Commit is one person's part of a commit.
type Commit struct {
	Person id.Person
	// Gated are the touches whose gate was answered.
	Gated []id.Key
	// Waiting are the touches that wait for the gate from here on.
	Waiting []person.Waiting
	// Effects say, among others, what to hand over now.
	Effects []effect.Effect
}

// Committed takes note of a commit. Being told of the same commit again hands nothing over again.
func (d *Delivery) Committed(c Commit) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var journeys map[id.Key]string // of those touches
	for _, touch := range c.Gated {
		a, asked := d.asked[touch]
		if !asked {
			continue
		}
		delete(d.asked, touch)
		l := a.line
		if l.journey != "" {
			if journeys == nil {
				journeys = map[id.Key]string{}
			}
			journeys[touch] = l.journey
		}
		l.lane.asked--
		send, goes := passed(c.Effects, touch)
		if send.Touch != touch { // it stays, or goes out in the message of another
			l.lane.pace.back()
		}
		if l.stream != nil {
			l.stream.asked--
			if goes {
				l.stream.began(send.At)
			}
		}
		if a.pool != nil {
			a.pool.asked--
			a.pool.changed = true
		}
	}
	d.watch(c.Person, c.Waiting)
	for _, e := range c.Effects {
		if send, ok := e.(effect.Send); ok {
			if d.taken.note(send.Attempt) {
				if p := d.poolOf(&send); p != nil && send.At >= p.from {
					p.handed++
				}
				l := d.lane(send.Channel)
				l.ready = append(l.ready, job{c.Person, send, journeys[send.Touch]})
			}
		}
	}
}

// passed finds the message in which a touch goes out, if the gate let it.
func passed(effects []effect.Effect, touch id.Key) (send effect.Send, goes bool) {
	for _, e := range effects {
		send, is := e.(effect.Send)
		if is && (send.Touch == touch || slices.ContainsFunc(send.Parts, func(p effect.Part) bool { return p.Touch == touch })) {
			return send, true
		}
	}
	return effect.Send{}, false
}

// Watch notes which of a person's touches wait for the gate, at start.
func (d *Delivery) Watch(p id.Person, waiting []person.Waiting) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watch(p, waiting)
}

func (d *Delivery) watch(p id.Person, waiting []person.Waiting) {
	was := d.queue.of[p]
	d.queue.clear(p)
	d.ranked(was, waiting)
	for i := range waiting {
		w := &waiting[i]
		if _, asked := d.asked[w.Touch]; !asked {
			d.queue.put(p, *w, d.line(w))
		}
	}
}

// NextDue is the earliest instant at which a gate could be asked; Never when nothing waits that may go.
func (d *Delivery) NextDue() instant.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := instant.Never
	if e := d.queue.later.first(); e != nil {
		next = e.from
	}
	for _, p := range d.pools {
		if e := p.due.first(); e != nil && p.changed {
			next = min(next, e.from)
		}
	}
	for _, l := range d.lanes {
		for _, x := range l.lines {
			if e := x.due.first(); e != nil && !x.paused {
				next = min(next, max(e.due, l.opens(), x.opens(d.now)))
			}
		}
	}
	return next
}

// Handover is one message to hand over. Call it exactly once.
type Handover func(ctx context.Context)

// Tick asks the gate for people whose touches are due, no more than can be handed over soon, and
// returns the hand-overs to make now, the most urgent first.
func (d *Delivery) Tick(now instant.Time) []Handover {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = max(d.now, now)
	d.taken.forget(now)
	d.findTeams()
	d.queue.advance(now, func(e *entry) { d.stand(e, now) })
	for _, p := range d.pools {
		d.rank(p, now)
	}
	var out []Handover
	var begun []job
	for _, l := range d.lanes {
		urgent(l.ready)
		for len(l.ready) > 0 && l.running < l.most(l.ready[0].send.Class) {
			begun = append(begun, l.ready[0])
			l.ready = l.ready[1:]
			l.running++
		}
	}
	urgent(begun)
	for _, j := range begun {
		out = append(out, func(ctx context.Context) { d.handOver(ctx, j, now) })
	}
	if !d.stopped {
		for _, l := range d.lanes {
			for x := l.pick(now); x != nil; x = l.pick(now) {
				d.ask(x.due.first().person, x.due.first(), now)
			}
		}
	}
	return out
}

// ask asks the gate for a touch, and for the person's others that may go now.
func (d *Delivery) ask(p id.Person, first *entry, now instant.Time) {
	var gate engine.Gate
	also := func(e *entry) {
		l := e.line.lane
		d.queue.take(e)
		a := asking{line: e.line}
		if e.line.team != nil {
			a.pool = d.pool(e.line.team)
			a.pool.asked++
		}
		if e.line.stream != nil {
			e.line.stream.asked++
		}
		d.asked[e.touch] = a
		l.asked++
		l.pace.take(now)
		l.share.charge(e.line.class)
		gate.Touches = append(gate.Touches, e.touch)
	}
	also(first)
	for _, e := range slices.Clone(d.queue.of[p]) {
		if e.in == &e.line.due && !e.line.held(now) && e.line.lane.room(e.line.class, now) {
			also(e)
		}
	}
	d.cfg.Inputs.Submit(p, gate)
}

// Idle tells that nothing is under way: no gate asked, no hand-over ready or running.
func (d *Delivery) Idle() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !slices.ContainsFunc(d.lanes, func(l *lane) bool { return l.busy() > 0 })
}

// Handing tells that something the gate let through is not settled yet.
func (d *Delivery) Handing() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.ContainsFunc(d.lanes, func(l *lane) bool { return l.running > 0 || len(l.ready) > 0 })
}

// Stop asks the gate no more; what was let through already is handed over.
func (d *Delivery) Stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopped = true
}
