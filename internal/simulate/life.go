package simulate

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/program"
	"attune/core/release"
	"attune/core/stage"
)

// arm is one way in which the same people live: under which release, and whether messages reach them.
type arm struct {
	rel      *release.Release
	messages Messages
}

// Messages says what messages do in a life.
type Messages uint8

// What messages do.
const (
	// Respond: what the world's response and what is planted say.
	Respond Messages = iota
	// Unseen: the carrier takes every message, and nobody ever sees it.
	Unseen
	// OnlyPlanted: they are seen, and do what is planted and nothing else.
	OnlyPlanted
)

// setting is what all lives of a run share.
type setting struct {
	world      *World
	seed       uint64
	truth      []planted
	forced     *planted // of which everybody is
	start, end instant.Time
	zones      []*instant.Zone
}

// watcher is told what happens in a life.
type watcher interface {
	// stepped is called after every step, with its input and effects.
	stepped(l *life, in engine.Input, effects []effect.Effect)
	// ended is called once, when the life was lived to the end of the simulated time.
	ended(l *life)
}

// life is one person's, under one arm. All luck is keyed by the person's seed and the occasion, so two
// lives of a person differ only by what different messages did.
type life struct {
	*setting
	arm
	number int
	key    string
	seed   uint64
	watch  watcher
	// tell hands events to somebody else than an engine of this life's own; nil mostly.
	tell    func(event.Event)
	p       person.Person
	drawn   id.Seed
	common  id.Seed
	zone    *instant.Zone
	arrived instant.Time
	dead    bool
	agenda  agenda
	turn    uint32
	// one entry for each behaviour, and each process
	stages    []stage.Stage
	began     []stage.Stage
	mind      [][]nudge
	processes []standing
	places    []placed
	// dose is how much somebody has been told lately, as of doseAt.
	dose   float64
	doseAt instant.Time
	bad    []bool // which channels' addresses take nothing
	// barriers are those that the person told of, by the program's names, and that are not over.
	barriers []string
	broken   error
	// heard is the history, for when the engine asks for it.
	heard []engine.Fact
	// full tells that messages are rendered, for a story.
	full bool
}

// standing is where a process stands in a life.
type standing struct {
	// times is how often it was due, and plan which of the plans for the next time counts.
	times, plan uint32
	// overdue since it was due and not done; zero when nothing is. At is for when it is planned, and last when it was done.
	overdue, at, last instant.Time
	stopped           bool
	// due, inTime, done and prompted count.
	due, inTime, done, prompted int64
}

// placed is how somebody stands to a place where something is planted: whether a message helped them, and whether they had done what counts
// when they came.
type placed struct{ helped, did bool }

// nudge is a message that somebody keeps in mind until an instant.
type nudge struct {
	effect float64
	until  instant.Time
}

// deed is something that will happen in a life.
type deed struct {
	at   instant.Time
	turn uint32
	do   func(at instant.Time)
}

// agenda is a heap of deeds, the next one first.
type agenda []deed

func (a agenda) before(i, j int) bool {
	return a[i].at < a[j].at || a[i].at == a[j].at && a[i].turn < a[j].turn
}

func (a *agenda) push(d deed) {
	*a = append(*a, d)
	h := *a
	for i := len(h) - 1; i > 0; {
		up := (i - 1) / 2
		if !h.before(i, up) {
			break
		}
		h[i], h[up] = h[up], h[i]
		i = up
	}
}

func (a *agenda) pop() deed {
	h := *a
	top, last := h[0], len(h)-1
	h[0] = h[last]
	h[last] = deed{}
	h = h[:last]
	for i := 0; ; {
		down := 2*i + 1
		if down >= last {
			break
		}
		if down+1 < last && h.before(down+1, down) {
			down++
		}
		if !h.before(down, i) {
			break
		}
		h[i], h[down] = h[down], h[i]
		i = down
	}
	*a = h
	return top
}

// Key is what a person of a simulation is called: the seed and the person's number.
func Key(n int) string { return fmt.Sprintf("p%06d", n+1) }

// begin makes a person's life ready to be lived.
func begin(s *setting, a arm, n int, w watcher) *life {
	l := &life{setting: s, arm: a, number: n, key: Key(n), watch: w, seed: mix(mix(s.seed) ^ uint64(n))}
	var who id.Person
	binary.BigEndian.PutUint64(who[:8], mix(l.seed))
	binary.BigEndian.PutUint64(who[8:], mix(l.seed+1))
	l.p = person.New(who)
	key := binary.BigEndian.AppendUint64([]byte("simulate"), s.seed)
	l.drawn, l.common = id.SeedOf(key, who), id.SeedOf(key, id.Person{})
	w0 := s.world
	l.zone = s.zones[w0.People.Zones.pick(l.chance(drawZone, 0, 0))]
	l.stages = make([]stage.Stage, len(w0.Behaviors))
	l.mind = make([][]nudge, len(w0.Behaviors))
	for i := range w0.Behaviors {
		begin := w0.Behaviors[i].Begin
		l.stages[i], _ = stage.Parse(begin.Names[begin.pick(l.chance(drawBegin, uint64(i), 0))])
	}
	l.began = append([]stage.Stage(nil), l.stages...)
	l.processes = make([]standing, len(w0.Life))
	l.places = make([]placed, len(w0.Planted.Places))
	l.bad = make([]bool, len(w0.Response.Channels))
	for i := range l.bad {
		l.bad[i] = l.chance(drawBounce, uint64(i), 0) < w0.Response.Channels[i].Bounces
	}
	l.arrived = l.awake(s.start.Add(w0.People.Arrive.of(l.chance(drawArrival, 0, 0))), 0)
	l.doseAt = l.arrived
	l.plan(l.arrived, l.arrive)
	return l
}

func (l *life) chance(o occasion, a, b uint64) float64 { return draw(l.seed, o, a, b) }

// awake moves an instant into the hours in which the person does things.
func (l *life) awake(t instant.Time, luck uint64) instant.Time {
	p := &l.world.People
	ofDay, _, _ := l.zone.Local(t)
	if ofDay >= p.AwakeFrom && ofDay < p.AwakeTo {
		return t
	}
	wait := p.AwakeFrom - ofDay
	if wait < 0 {
		wait += instant.Day
	}
	spread := min(4*instant.Hour, p.AwakeTo-p.AwakeFrom)
	return t.Add(wait + instant.Duration(float64(float64(spread)*l.chance(drawAwake, uint64(t), luck))))
}

func (l *life) plan(at instant.Time, do func(instant.Time)) {
	l.turn++
	l.agenda.push(deed{at, l.turn, do})
}

// maxStill bounds how often a person may be stepped at one instant: more is a fault of the engine.
const maxStill = 10_000

// live goes on until the end of the simulated time: what is due by the engine's word happens at its
// instant, then what the person does.
func (l *life) live() {
	still, last := 0, instant.Time(0)
	for l.broken == nil {
		next := instant.Never
		if len(l.agenda) > 0 {
			next = l.agenda[0].at
		}
		wake, due := instant.Never, instant.Never
		if l.p.Release != 0 {
			wake, due = l.p.Wake, max(l.p.Due(), l.p.Now)
			if l.p.Due() == instant.Never {
				due = instant.Never
			}
		}
		at := min(next, wake, due)
		if at > l.end {
			break
		}
		if still++; at != last {
			still, last = 0, at
		} else if still > maxStill {
			l.broken = fmt.Errorf("%s does not come to rest at %s", l.key, at)
			break
		}
		switch at {
		case wake:
			l.step(at, engine.Tick{})
		case due:
			l.step(at, engine.Gate{})
		default:
			l.agenda.pop().do(at)
		}
	}
	if l.p.Release != 0 && l.broken == nil {
		l.step(l.end, engine.Tick{})
	}
	l.watch.ended(l)
}

// step gives the engine one input, as often as it asks for it again.
func (l *life) step(at instant.Time, what engine.What) {
	in := engine.Input{At: at, Seed: l.drawn, Common: l.common, What: what}
	for {
		p, effects := engine.Step(l.rel, l.p, in)
		l.p = p
		l.watch.stepped(l, in, effects)
		again := false
		for _, e := range effects {
			if _, is := e.(effect.Again); is {
				again = true
			}
			if _, is := e.(effect.NeedHistory); is && in.History == nil {
				again, in.History = len(l.heard) > 0, l.heard
			}
			l.react(e)
		}
		if !again {
			if heard, ok := what.(engine.Heard); ok {
				l.heard = append(l.heard, engine.Fact{At: at, Event: heard.Event})
			}
			return
		}
	}
}

// hear lets the engine hear an event. Its id follows from what made it, so that the same thing in
// another life of the person has the same name.
func (l *life) hear(at instant.Time, id string, e event.Event) {
	if l.dead {
		return
	}
	e.ID, e.Source, e.OccurredAt, e.ReceivedAt = idPrefix+l.key+"-"+id, "world", at, at
	if e.Name == "patient.deceased" {
		l.dead = true // whose agenda goes on without them: the carrier still answers
	}
	if l.tell != nil {
		l.tell(e)
		return
	}
	l.step(at, engine.Heard{Event: e})
}

// idPrefix begins the ids of all events of a life.
const idPrefix = "world/"

// first and last names, so that what was written reads like a message.
//
//nolint:gochecknoglobals // tables that never change
var (
	firstNames = []string{"Ana", "Ben", "Chidi", "Dao", "Elif", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Kemi", "Lucía", "Mateo", "Nadia", "Omar", "Paula", "Quinn", "Rosa", "Samir", "Tomás", "Uma", "Víctor", "Wanda", "Ximena", "Yusuf", "Żaneta"}
	lastNames  = []string{"Abara", "Brandt", "Castillo", "Demir", "Evans", "Fontaine", "García", "Haddad", "Ivanov", "Jensen", "Kowalska", "López", "Mensah", "Nguyen", "O’Neill", "Pereira", "Quispe", "Rossi", "Suárez", "Tanaka", "Usman", "Vega", "Weber", "Xu", "Yılmaz", "Zielińska"}
)

// arrive makes the person known: who they are, how they are reached and what they agreed to.
func (l *life) arrive(at instant.Time) {
	p := &l.world.People
	among := func(names []string, o occasion) string { return names[int(l.chance(o, 0, 0)*float64(len(names)))] }
	e := event.Event{Name: "traits.updated"}
	e = e.With("first_name", expr.TextOf(among(firstNames, drawFirstName))).With("last_name", expr.TextOf(among(lastNames, drawLastName)))
	e = e.With("timezone", expr.TextOf(l.zone.Name)).With("language", expr.TextOf(p.Languages.Names[p.Languages.pick(l.chance(drawLanguage, 0, 0))]))
	for i, c := range p.Channels {
		if l.chance(drawChannel, uint64(i), 0) < c.Share {
			e = e.With(c.Name, expr.TextOf(l.address(c.Name)))
		}
	}
	if p.BornTo > 0 {
		year := p.BornFrom + int(l.chance(drawBirth, 0, 0)*float64(p.BornTo-p.BornFrom+1))
		e = e.With("birth_date", expr.TextOf(fmt.Sprintf("%d-%02d-%02d", year, 1+int(l.chance(drawBirth, 1, 0)*12), 1+int(l.chance(drawBirth, 2, 0)*28))))
	}
	e = l.traits(e, -1, at)
	l.hear(at, arrives, e)
	for i, c := range p.Consent {
		name := ""
		switch u := l.chance(drawConsent, uint64(i), 0); {
		case u < c.Granted:
			name = "consent.granted"
		case u < c.Granted+c.Denied:
			name = "consent.denied"
		default:
			continue
		}
		l.hear(at, "consents-"+strconv.Itoa(i), event.Event{Name: name}.With("purpose", expr.TextOf(c.Purpose)))
	}
	l.comes(-1, at)
	for i := range l.world.Life {
		if p := &l.world.Life[i]; p.After < 0 && l.has(i) {
			l.follows(i, at, 0)
		}
	}
	if len(l.stages) > 0 {
		l.plan(at.Add(month), l.moves(1))
	}
}

// traits adds what becomes known of the person with a process; -1 is arrival.
func (l *life) traits(e event.Event, process int, at instant.Time) event.Event {
	for i := range l.world.People.Traits {
		t := &l.world.People.Traits[i]
		switch {
		case t.Known != process:
		case len(t.Draw.OneOf) > 0:
			e = e.With(t.Name, t.Draw.OneOf[l.levelIndex(i)])
		default:
			e = e.With(t.Name, l.value(&t.Draw, at, drawTrait, uint64(i), 0))
		}
	}
	return e
}

// follows plans a process for some time after what it follows, the n-th time.
func (l *life) follows(i int, at instant.Time, n uint64) {
	wait := l.waits(i, l.world.Life[i].Wait.of(l.chance(drawWait, uint64(i), n)))
	l.mayLeave(i, at, wait)
	l.schedule(i, at.Add(wait))
}

// address is one that leads nowhere: reserved for examples, and a country code nobody has.
func (l *life) address(channel string) string {
	if channel == "email" {
		return l.key + "@patients.example"
	}
	return "+999" + fmt.Sprintf("%09d", l.number+1)
}

// has tells whether a process is for this person at all.
func (l *life) has(i int) bool {
	p := &l.world.Life[i]
	if p.Otherwise >= 0 && l.has(p.Otherwise) {
		return false
	}
	share := l.share(i)
	return share >= 1 || l.chance(drawShare, uint64(i), 0) < share
}

const month = 30 * instant.Day

// moves lets the person move between stages, for the n-th month.
func (l *life) moves(n uint64) func(instant.Time) {
	return func(at instant.Time) {
		if l.dead {
			return
		}
		for i := range l.stages {
			u := l.chance(drawMonth, n, uint64(i))
			for _, m := range l.world.Behaviors[i].Moves[l.stages[i]] {
				if u < m.Chance {
					l.stages[i] = m.To
					break
				}
				u -= m.Chance
			}
		}
		l.plan(at.Add(month), l.moves(n+1))
	}
}

// seasons is the cosine of a twelfth of a turn, times 0 to 11.
//
//nolint:gochecknoglobals // a table that never changes
var seasons = [12]float64{1, 0.8660254037844386, 0.5, 0, -0.5, -0.8660254037844386, -1, -0.8660254037844386, -0.5, 0, 0.5, 0.8660254037844386}

// season is how much more often than on average a process happens in the month of an instant.
func (p *Process) season(at instant.Time) float64 {
	if p.Swing == 0 {
		return 1
	}
	since := (int(at.Std().Month()) - 1 - p.Peak + 12) % 12
	return 1 + float64(p.Swing*seasons[since])
}

// schedule plans when a process is due.
func (l *life) schedule(i int, at instant.Time) {
	l.planned(i, l.awake(at, uint64(i)), l.due)
}

// late plans when a process is done after it was due.
func (l *life) late(i int, at instant.Time) {
	l.planned(i, l.awake(at, uint64(i)), l.does)
}

// planned plans what becomes of a process, instead of what was planned of it before.
func (l *life) planned(i int, at instant.Time, do func(int, instant.Time)) {
	s := &l.processes[i]
	s.plan++
	s.at = at
	plan := s.plan
	l.plan(at, func(at instant.Time) {
		if l.processes[i].plan == plan && !l.processes[i].stopped && !l.dead {
			do(i, at)
		}
	})
}

// again plans a repeating process's next time.
func (l *life) again(i int, at instant.Time) {
	p, s := &l.world.Life[i], &l.processes[i]
	if !p.Repeats {
		return
	}
	wait := p.Every.of(l.chance(drawEvery, uint64(i), uint64(s.times)))
	l.schedule(i, at.Add(max(shortest, instant.Duration(float64(wait)/p.season(at)))))
}

// due asks whether the person does what is due.
func (l *life) due(i int, at instant.Time) {
	p, s := &l.world.Life[i], &l.processes[i]
	s.times++
	s.due++
	s.overdue = 0
	chance := p.Chance
	if p.Behavior >= 0 {
		chance = float64(chance * l.ready(p.Behavior, at))
	}
	if l.chance(drawChance, uint64(i), uint64(s.times)) < chance {
		s.inTime++
		l.does(i, at)
		return
	}
	for k, e := range p.Instead {
		l.emit(at, "instead", i, k, &e)
	}
	if p.Behavior >= 0 && (p.HasLate || len(p.Instead) == 0) {
		s.overdue = at
	}
	if !p.HasLate {
		l.again(i, at)
		return
	}
	l.late(i, at.Add(max(shortest, p.Late.of(l.chance(drawLate, uint64(i), uint64(s.times))))))
}

// does is a process done: it is heard of, what follows it is planned, and what it ends is over.
func (l *life) does(i int, at instant.Time) {
	p, s := &l.world.Life[i], &l.processes[i]
	s.done++
	s.overdue, s.last = 0, at
	l.comes(i, at)
	l.again(i, at)
	for k := range l.world.Life {
		q := &l.world.Life[k]
		if q.Until == i {
			l.processes[k].stopped = true
		}
		if q.After == i && l.has(k) {
			l.follows(k, at, uint64(s.done))
		}
	}
	if s.done == 1 && slices.ContainsFunc(l.world.People.Traits, func(t Trait) bool { return t.Known == i }) {
		l.hear(at, p.ID+"-known", l.traits(event.Event{Name: "traits.updated"}, i, at))
	}
	if p.Last {
		l.ends()
	}
	for k, e := range p.Emit {
		l.emit(at, "", i, k, &e)
	}
}

// emit lets a process's event be heard.
func (l *life) emit(at instant.Time, kind string, i, k int, x *Emit) {
	s := &l.processes[i]
	luck := uint64(i)<<20 | uint64(k)<<10
	if kind != "" {
		luck |= 1 << 40
	}
	e := event.Event{Name: x.Event}
	for n, f := range x.Fields {
		e = e.With(f.Name, l.value(&f.Draw, at, drawField, luck|uint64(n), uint64(s.times)))
	}
	l.meets(&e)
	l.hear(at, l.world.Life[i].ID+kind+"-"+strconv.FormatUint(uint64(s.times), 10)+"-"+strconv.FormatInt(s.done, 10)+"-"+strconv.Itoa(k), e)
}

// meets notes a barrier that the person tells of: what they tell is so.
func (l *life) meets(e *event.Event) {
	name := e.Field("names").Text
	if e.Name != "story.told" || e.Field("fact").Text != program.BarrierFact || name == "" {
		return
	}
	l.barriers = slices.DeleteFunc(l.barriers, func(b string) bool { return b == name })
	if e.Field("over").Num == 0 {
		l.barriers = append(l.barriers, name)
	}
}

// value draws a property.
func (l *life) value(v *ValueDraw, at instant.Time, o occasion, a, b uint64) expr.Value {
	if len(v.OneOf) > 0 {
		return v.OneOf[v.Weights.pick(l.chance(o, a, b))]
	}
	x := 0.0
	switch {
	case v.Type == expr.Moment:
		return expr.MomentOf(at.Add(v.In.of(l.chance(o, a, b))))
	case v.SD > 0 || v.Mean != 0:
		x = bell(l.seed, o, a, b, v.Mean, v.SD)
	default:
		x = v.From + float64((v.To-v.From)*l.chance(o, a, b))
	}
	if v.Type == expr.Integer {
		if v.SD == 0 && v.Mean == 0 { // evenly among the whole numbers, both ends included
			x = v.From + float64((v.To-v.From+1)*l.chance(o, a, b))
		}
		return expr.IntegerOf(int64(x))
	}
	return expr.NumberOf(float64(int64(x*1000)) / 1000)
}

// ready is the chance of doing what is due: that of the true stage, moved by the messages still in
// mind. Of those who would not do it a message wins its effect; one too many loses as much of those
// who would.
func (l *life) ready(behavior int, at instant.Time) float64 {
	chance := l.world.Behaviors[behavior].Does.Of(l.stages[behavior])
	keep := l.mind[behavior][:0]
	for _, n := range l.mind[behavior] {
		if n.until < at {
			continue
		}
		keep = append(keep, n)
		if n.effect > 0 {
			chance += float64(n.effect * (1 - chance))
		} else {
			chance += float64(n.effect * chance)
		}
	}
	l.mind[behavior] = keep
	return chance
}
