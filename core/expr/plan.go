package expr

import (
	"fmt"
	"slices"

	"cel.dev/cel-go/common/ast"

	"attune/core/instant"
)

// Plan is what must be remembered of a person's history, so that all rules of one compiler can be
// asked. It does not change and may be shared.
type Plan struct {
	draft
	byEvent map[string]listeners
}

// draft is a plan while rules still add to it.
type draft struct {
	counters []counter
	anchors  []start
}

// watched is one kind of event, as a counter or an anchor looks for it.
type watched struct {
	event  string
	filter string // canonical source, empty for all
	match  Filter
}

// counter is the memory behind count, since, last, has_happened and the missed event of an absence.
type counter struct {
	watched
	keep  int    // how many instants
	field string // the field that last reads, empty for none
}

// start is the memory behind an absence: the newest event of its kind, and how long the wait is.
type start struct {
	watched
	wait   Amount
	length string // canonical source of wait
}

// listeners are the counters and anchors that an event may change.
type listeners struct{ counters, anchors []int }

// Plan returns what everything compiled so far needs. Facts of one plan mean nothing to another, so
// call it when all is compiled.
func (c *Compiler) Plan() *Plan {
	p := &Plan{draft: c.plan.clone(), byEvent: map[string]listeners{}}
	for i, x := range p.counters {
		l := p.byEvent[x.event]
		l.counters = append(l.counters, i)
		p.byEvent[x.event] = l
	}
	for i, x := range p.anchors {
		l := p.byEvent[x.event]
		l.anchors = append(l.anchors, i)
		p.byEvent[x.event] = l
	}
	return p
}

func (d draft) clone() draft {
	return draft{counters: slices.Clone(d.counters), anchors: slices.Clone(d.anchors)}
}

// New makes the facts of a person of whom nothing is known yet, with room for so many signals and
// choices.
func (p *Plan) New(signals, choices int) Facts {
	return Facts{
		Counters: make([]Counter, len(p.counters)),
		Anchors:  make([]Anchor, len(p.anchors)),
		Signals:  make([]bool, signals),
		Choices:  make([]uint8, choices),
	}
}

// Mentions tells whether any counter or anchor depends on the event.
func (p *Plan) Mentions(event string) bool {
	_, listens := p.byEvent[event]
	return listens
}

// Fold adds one event to the facts, which become the same whatever the order in which events are
// folded. Each event is folded once, and occurred is no later than the instant at which it was
// taken. Fold writes to the entries of Counters and Anchors, which are the caller's own, and never
// to the memory behind Times, which earlier copies of the facts may share.
func (p *Plan) Fold(f *Facts, event string, fields Fields, occurred instant.Time, o Order) {
	l := p.byEvent[event]
	for _, i := range l.counters {
		if x := &p.counters[i]; x.match.Match(fields) {
			f.Counters[i].fold(x, fields, occurred, o)
		}
	}
	for _, i := range l.anchors {
		if x := &p.anchors[i]; x.match.Match(fields) {
			f.Anchors[i].fold(x, fields, occurred, o)
		}
	}
}

func (c *Counter) fold(x *counter, fields Fields, occurred instant.Time, o Order) {
	n := len(c.Times)
	if n == 0 || isNewer(occurred, o, c.Times[n-1], c.Newest) {
		c.Newest = o
		if x.field != "" {
			c.Last = fields.Field(x.field)
		}
	}
	c.Times = withNewest(c.Times, occurred, x.keep)
}

func (a *Anchor) fold(x *start, fields Fields, occurred instant.Time, o Order) {
	if a.Set && !isNewer(occurred, o, a.At, a.Newest) {
		return
	}
	*a = Anchor{Set: true, At: occurred, Deadline: instant.Never, Newest: o}
	if wait, ok := x.wait(fields); ok {
		a.Deadline = occurred.Add(wait)
	}
}

// isNewer orders two events of one kind: by when they happened, and at one instant by their Order.
func isNewer(at instant.Time, o Order, than instant.Time, thanOrder Order) bool {
	return at > than || at == than && thanOrder.Less(o)
}

// withNewest returns the newest k of the instants and t, in memory of their own.
func withNewest(times []instant.Time, t instant.Time, k int) []instant.Time {
	at, _ := slices.BinarySearch(times, t)
	skip := 0
	if len(times) == k {
		if at == 0 {
			return times // older than everything that is kept
		}
		skip = 1
	}
	kept := make([]instant.Time, 0, len(times)+1-skip)
	kept = append(kept, times[skip:at]...)
	kept = append(kept, t)
	return append(kept, times[at:]...)
}

// Describe tells what is remembered, for people: one line for each counter and anchor, by index.
func (p *Plan) Describe() (counters, anchors []string) {
	for _, x := range p.counters {
		line := fmt.Sprintf("%s, %s: newest %d", x.event, orAll(x.filter), x.keep)
		if x.field != "" {
			line += ", last " + x.field
		}
		counters = append(counters, line)
	}
	for _, x := range p.anchors {
		anchors = append(anchors, fmt.Sprintf("%s, %s: wait %s", x.event, orAll(x.filter), x.length))
	}
	return counters, anchors
}

// counter returns the index of the memory for these events, shared with every rule that watches
// the same. It remembers at most one field, so rules that read different fields do not share.
func (d *draft) counter(w watched, keep int, field string) int {
	for i := range d.counters {
		x := &d.counters[i]
		if x.same(w) && (x.field == field || x.field == "" || field == "") {
			x.keep = max(x.keep, keep)
			if field != "" {
				x.field = field
			}
			return i
		}
	}
	d.counters = append(d.counters, counter{watched: w, keep: keep, field: field})
	return len(d.counters) - 1
}

func (d *draft) anchor(s start) int {
	for i, x := range d.anchors {
		if x.same(s.watched) && x.length == s.length {
			return i
		}
	}
	d.anchors = append(d.anchors, s)
	return len(d.anchors) - 1
}

// counter finds the memory for the events that a call names, with the filter of its macro.
func (u *unit) counter(named, sieve ast.Expr, keep int, field string) int {
	return u.counterOf(textOf(named), sieve, keep, field)
}

func (u *unit) counterOf(event string, sieve ast.Expr, keep int, field string) int {
	w := watched{event: event}
	if sieve != nil {
		condition := sieve.AsComprehension().LoopStep()
		w.match, w.filter = u.filter(condition), describe(condition, canonically)
	}
	u.mentions = append(u.mentions, event)
	return u.plan.counter(w, keep, field)
}
