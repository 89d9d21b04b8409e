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
	series   []series
	keyed    []keyed
	traits   []string
}

// watched is one kind of event, as a counter or an anchor looks for it.
type watched struct {
	event  string
	filter string // canonical source, empty for all
	match  Filter
	// vocabulary tells which value sets and words the filter reads; 0 for none.
	vocabulary int
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

// listeners are what an event may change.
type listeners struct{ counters, anchors, series, keyed, traits []int }

// Plan returns what everything compiled so far needs. Facts of one plan mean nothing to another, so
// call it when all is compiled.
func (c *Compiler) Plan() *Plan {
	p := &Plan{draft: c.plan.clone(), byEvent: map[string]listeners{}}
	listen := func(event string, add func(*listeners)) {
		l := p.byEvent[event]
		add(&l)
		p.byEvent[event] = l
	}
	for i, x := range p.counters {
		listen(x.event, func(l *listeners) { l.counters = append(l.counters, i) })
	}
	for i, x := range p.anchors {
		listen(x.event, func(l *listeners) { l.anchors = append(l.anchors, i) })
	}
	for i, x := range p.series {
		listen(x.event, func(l *listeners) { l.series = append(l.series, i) })
	}
	for i, x := range p.keyed {
		listen(x.from.event, func(l *listeners) { l.keyed = append(l.keyed, i) })
		if x.missed.event != x.from.event {
			listen(x.missed.event, func(l *listeners) { l.keyed = append(l.keyed, i) })
		}
	}
	for i := range p.traits {
		for _, event := range traitEvents() {
			listen(event, func(l *listeners) { l.traits = append(l.traits, i) })
		}
	}
	return p
}

func (d draft) clone() draft {
	return draft{slices.Clone(d.counters), slices.Clone(d.anchors), slices.Clone(d.series), slices.Clone(d.keyed), slices.Clone(d.traits)}
}

// New makes the facts of a person of whom nothing is known yet, with room for so many signals and
// choices.
func (p *Plan) New(signals, choices int) Facts {
	return Facts{
		Counters: make([]Counter, len(p.counters)),
		Anchors:  make([]Anchor, len(p.anchors)),
		Series:   make([]Series, len(p.series)),
		Keyed:    make([]Keyed, len(p.keyed)),
		Traits:   make([]Trait, len(p.traits)),
		Signals:  make([]bool, signals),
		Choices:  make([]uint8, choices),
	}
}

// Mentions tells whether anything that is remembered depends on the event.
func (p *Plan) Mentions(event string) bool {
	_, listens := p.byEvent[event]
	return listens
}

// Fold adds one event to the facts, which become the same whatever the order in which events are
// folded. Each event is folded once, and occurred is no later than the instant at which it was
// taken. Fold writes to the entries of the facts, which are the caller's own (see Facts.Own), and never
// to the lists inside them, which earlier copies of the facts may share.
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
	for _, i := range l.series {
		if x := &p.series[i]; x.match.Match(fields) {
			f.Series[i].fold(x, fields, occurred, o)
		}
	}
	for _, i := range l.keyed {
		f.Keyed[i].fold(&p.keyed[i], event, fields, occurred, o)
	}
	for _, i := range l.traits {
		f.Traits[i].fold(p.traits[i], fields, occurred, o)
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

// Describe tells what is remembered, for people: one line for each thing.
func (p *Plan) Describe() []string {
	var lines []string
	for _, x := range p.counters {
		line := fmt.Sprintf("%s, %s: newest %d", x.event, orAll(x.filter), x.keep)
		if x.field != "" {
			line += ", last " + x.field
		}
		lines = append(lines, line)
	}
	for _, x := range p.anchors {
		lines = append(lines, fmt.Sprintf("%s, %s: wait %s", x.event, orAll(x.filter), x.length))
	}
	for _, x := range p.series {
		lines = append(lines, fmt.Sprintf("%s, %s: newest %d of %s", x.event, orAll(x.filter), maxReadings, x.field))
	}
	for _, x := range p.keyed {
		lines = append(lines, fmt.Sprintf("%s, %s: wait %s by %s for %s, %s",
			x.from.event, orAll(x.from.filter), x.from.length, x.key, x.missed.event, orAll(x.missed.filter)))
	}
	for _, name := range p.traits {
		lines = append(lines, "trait "+name)
	}
	return lines
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
	return u.plan.counter(u.watch(event, sieve), keep, field)
}

// watch lowers the events that a call names, with the filter of its macro if it has one.
func (u *unit) watch(event string, sieve ast.Expr) watched {
	u.mentions = append(u.mentions, event)
	if sieve == nil {
		return watched{event: event}
	}
	return u.watching(event, sieve.AsComprehension().LoopStep())
}

// watching lowers a filter, and gives it the form that is the same for all sources that mean the same.
func (u *unit) watching(event string, condition ast.Expr) watched {
	looksUp := u.looksUp
	u.looksUp = false
	w := watched{event: event, match: u.filter(condition), filter: describe(condition, canonically)}
	if u.looksUp {
		w.vocabulary = u.vocabulary
	}
	u.looksUp = looksUp
	return w
}

// Memory is how many values the plan keeps of one person at most.
func (p *Plan) Memory() int { return p.memory() }

func (d draft) memory() int {
	n := len(d.anchors) + len(d.traits) + len(d.series)*maxReadings + len(d.keyed)*maxKeys
	for _, x := range d.counters {
		n += x.keep
	}
	return n
}
