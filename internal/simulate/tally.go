package simulate

import (
	"cmp"
	"slices"
	"strings"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/journey"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/program"
	"attune/core/release"
	"attune/core/stage"
)

// tally counts what happens in lives. Everything in it is a whole number and is added up, so the
// order in which people are lived, and by how many workers, changes nothing.
type tally struct {
	rel        *release.Release
	start, end instant.Time
	// ruleAt finds a rule by its program and name.
	ruleAt map[[2]string]int

	people, lived, steps int64
	events               map[string]int64
	decisions, proposals int64
	touches              map[touchKey]int64
	hours                [24]int64
	refusals             map[refusalKey]int64
	waits                map[policy.Reason]int64
	limits               map[limitKey]int64
	phases               map[[2]string]*flow
	exits                map[[3]string]int64
	journeys             map[[2]string]*passages
	signals              map[[2]string]*switched
	// notes are counts of other things, by what they are and their name.
	notes          map[[2]string]int64
	rules          []fired
	each           map[int64]int64 // people by how many touches they had
	weeks          []week
	optedOut, died int64
	behaviors      [][2][6]int64 // by behaviour: at arrival, and at the end
	processes      []standing

	// of the life at hand
	now  scratch
	most []ranked
	// kinds are the first few people, by number, of each kind that is worth a story.
	kinds [storyKinds][]int
}

type touchKey struct{ program, engagement, variant, channel, language string }

type refusalKey struct {
	program, engagement string
	reason              policy.Reason
	// late: it was decided, and not handed over.
	late bool
}

type limitKey struct {
	reason policy.Reason
	detail string
}

// flow is what goes through a phase.
type flow struct {
	entered, moved, here int64
	left                 map[string]int64
	// days are the whole days that those who are no longer there stayed.
	days map[int64]int64
}

// passages is what goes through a journey.
type passages struct {
	entered, here, failed int64
	left                  map[string]int64
	reached               map[string]int64
}

type switched struct{ on, off, late, now int64 }

// fired is how often a rule had a consequence, for how many, and when last and for whom. Examples are
// the first few people by number.
type fired struct {
	times, people int64
	last          instant.Time
	lastFor       int
	examples      []int
}

type week struct{ events, touches, refusals, optOuts int64 }

// ranked is somebody to tell a story of.
type ranked struct{ touches, person int }

// The kinds of people worth a story, besides those with the most touches.
const (
	whoOptedOut = iota
	whoLeft
	wasPrompted
	wasRefused
	storyKinds
)

const (
	maxExamples = 3
	beforeAll   = "" // in the program, and in no phase yet
)

// scratch is what must be remembered within one life.
type scratch struct {
	touches        int64
	optedOut, left bool
	refused        bool
	sends          map[id.Key]effect.Send
	in             []place
	fired          []bool
	counts         map[string]int64
}

// place is where on a program's map somebody is.
type place struct {
	in    bool
	phase string
	since instant.Time
}

func newTally(s *setting, rel *release.Release) *tally {
	t := &tally{
		rel: rel, start: s.start, end: s.end, ruleAt: map[[2]string]int{}, events: map[string]int64{}, touches: map[touchKey]int64{},
		refusals: map[refusalKey]int64{}, waits: map[policy.Reason]int64{}, limits: map[limitKey]int64{}, phases: map[[2]string]*flow{},
		exits: map[[3]string]int64{}, journeys: map[[2]string]*passages{}, signals: map[[2]string]*switched{}, notes: map[[2]string]int64{}, rules: make([]fired, len(rel.Rules)),
		each: map[int64]int64{}, weeks: make([]week, int(s.end.Sub(s.start)/(7*instant.Day))+1), behaviors: make([][2][6]int64, len(s.world.Behaviors)), processes: make([]standing, len(s.world.Life)),
	}
	for i := range rel.Rules {
		t.ruleAt[[2]string{rel.Programs[rel.Rules[i].Program].ID, rel.Rules[i].Name}] = i
	}
	t.now.sends, t.now.counts = map[id.Key]effect.Send{}, map[string]int64{}
	t.now.in, t.now.fired = make([]place, len(rel.Programs)), make([]bool, len(rel.Rules))
	return t
}

// clear forgets the life before.
func (t *tally) clear() {
	t.now.touches, t.now.optedOut, t.now.left, t.now.refused = 0, false, false, false
	clear(t.now.sends)
	clear(t.now.counts)
	clear(t.now.in)
	clear(t.now.fired)
}

func (t *tally) week(at instant.Time) *week {
	return &t.weeks[min(max(0, int(at.Sub(t.start)/(7*instant.Day))), len(t.weeks)-1)]
}

// made returns what a map holds under the key, and puts a new one there if it holds nothing.
func made[K comparable, V any](m map[K]*V, k K) *V {
	v := m[k]
	if v == nil {
		v = new(V)
		m[k] = v
	}
	return v
}

func added[K comparable](m *map[K]int64, k K) {
	if *m == nil {
		*m = map[K]int64{}
	}
	(*m)[k]++
}

func (t *tally) stepped(l *life, in engine.Input, effects []effect.Effect) {
	t.steps++
	if heard, ok := in.What.(engine.Heard); ok {
		name := heard.Event.Name
		t.events[name]++
		if !strings.HasPrefix(name, "message.") {
			t.now.counts["heard "+name]++
		}
		t.week(in.At).events++
		if name == "consent.withdrawn" {
			t.now.optedOut = true
			t.week(in.At).optOuts++
		}
	}
	for _, e := range effects {
		t.effect(l, e)
	}
}

func (t *tally) effect(l *life, e effect.Effect) {
	switch x := e.(type) {
	case effect.Decide:
		t.decided(l, x)
	case effect.Schedule:
		if x.Why != "" {
			t.waits[x.Why]++
		}
	case effect.Send:
		t.now.sends[x.Touch] = x
		for _, p := range x.Parts {
			t.now.sends[p.Touch] = alone(x, p)
		}
	case effect.Settle:
		if x.State == person.HandedOver {
			t.handedOver(l, x)
		} else if x.State == person.Ended {
			send := t.now.sends[x.Touch]
			t.refused(x.At, refusalKey{send.Program, send.Engagement, x.Why, true}, "")
		}
	case effect.End:
		t.refused(x.At, refusalKey{x.Program, x.Engagement, x.Reason, true}, x.Detail)
	case effect.Move:
		t.moved(l, x)
	case effect.Join:
		t.joined(l, x)
	case effect.Walk:
		t.walked(l, x)
	case effect.Sense:
		_, name, _ := strings.Cut(x.Signal, "/")
		s := made(t.signals, [2]string{x.Program, name})
		switch {
		case !x.On:
			s.off++
		case x.Late:
			s.late++
		default:
			s.on++
			t.fires(l, x.Program, "signal "+name, x.At)
		}
	case effect.See:
		t.notes[[2]string{"moments", x.Moment}]++
		t.fires(l, x.Program, "moment "+x.Moment, x.At)
	case effect.Promise:
		t.notes[[2]string{"promises", or(x.Moment, x.Phase) + " " + string(x.State)}]++
		if x.State == effect.Late {
			t.fires(l, x.Program, "promise of "+x.Moment, x.At)
		}
	case effect.Group:
		if x.In {
			t.notes[[2]string{"audiences", x.Audience}]++
			t.fires(l, x.Program, "audience "+x.Audience, x.At)
		}
	case effect.Change:
		t.notes[[2]string{"stages", x.Behavior + ": " + x.To}]++
	case effect.Succeed:
		t.notes[[2]string{"outcomes", x.Outcome}]++
		t.now.counts["reached "+x.Outcome]++
		t.fires(l, x.Program, "outcome "+x.Outcome, x.At)
	case effect.Request:
		t.notes[[2]string{"requests", string(x.Kind) + ": " + x.Journey + " / " + x.Step}]++
	case effect.Close:
		t.notes[[2]string{"answers", strings.TrimSuffix(x.Why+": "+x.Outcome, ": ")}]++
	case effect.Hold:
		if x.On {
			t.notes[[2]string{"holds", x.Hold}]++
			for _, pr := range l.rel.Programs {
				t.fires(l, pr.ID, "hold "+x.Hold, x.At)
			}
		}
	case effect.Mark:
		if x.Kind == effect.Measured {
			t.fires(l, x.Program, "measure "+x.Name, x.At)
		}
	case effect.Propose:
		t.notes[[2]string{"proposals to others", x.Engagement}]++
	case effect.Trial, effect.Effective, effect.Recall, effect.Recalled, effect.Note, effect.Retract, effect.Switch, effect.NeedHistory, effect.Merge, effect.Same, effect.Ignore, effect.Again, effect.Anew:
	}
}

// fires notes that a rule had a consequence.
func (t *tally) fires(l *life, program, rule string, at instant.Time) {
	i, known := t.ruleAt[[2]string{program, rule}]
	if !known {
		return // a journey's step, which is no rule
	}
	f := &t.rules[i]
	f.times++
	f.latest(at, l.number)
	if !t.now.fired[i] {
		t.now.fired[i] = true
		f.people++
		f.examples = smallest(append(f.examples, l.number), maxExamples)
	}
}

// latest keeps the last time; of several at one instant, the first person by number.
func (f *fired) latest(at instant.Time, person int) {
	if at > f.last || at == f.last && person < f.lastFor {
		f.last, f.lastFor = at, person
	}
}

func (t *tally) decided(l *life, x effect.Decide) {
	t.decisions++
	for _, c := range x.Candidates {
		t.proposals++
		t.fires(l, c.Program, c.Cause.Rule, x.At)
		if c.Reason != "" {
			t.refused(x.At, refusalKey{c.Program, c.Engagement, c.Reason, false}, c.Detail)
		}
	}
}

func (t *tally) refused(at instant.Time, k refusalKey, detail string) {
	t.now.refused = true
	t.refusals[k]++
	t.week(at).refusals++
	if k.reason == policy.CapReached || k.reason == policy.OftenEnough || k.reason == policy.AgainTooSoon {
		t.limits[limitKey{k.reason, detail}]++
	}
}

func (t *tally) handedOver(l *life, x effect.Settle) {
	send := t.now.sends[x.Touch]
	t.touches[touchKey{send.Program, send.Engagement, send.Variant, send.Channel, send.Language}]++
	ofDay, _, _ := l.zone.Local(send.At)
	t.hours[ofDay/instant.Hour]++
	t.week(x.At).touches++
	t.now.touches++
	if l.messages != Unseen {
		t.now.counts["touches"]++
	}
}

func (t *tally) place(id string) *place {
	return &t.now.in[slices.IndexFunc(t.rel.Programs, func(p *program.Program) bool { return p.ID == id })]
}

func (t *tally) enter(program, phase string, at instant.Time) {
	*t.place(program) = place{true, phase, at}
	made(t.phases, [2]string{program, phase}).entered++
}

// goes takes somebody out of the phase they are in: on to another, or off the map for a reason.
func (t *tally) goes(program, why string, at instant.Time) {
	p := t.place(program)
	if !p.in {
		return
	}
	f := made(t.phases, [2]string{program, p.phase})
	p.in = false
	if why == "" && p.phase == beforeAll && at == p.since {
		f.entered-- // the rule of a phase came a moment after that of the program: nobody was there
		return
	}
	if why == "" {
		f.moved++
	} else {
		t.now.left = true
		added(&f.left, why)
		t.exits[[3]string{program, p.phase, why}]++
	}
	added(&f.days, int64(at.Sub(p.since)/instant.Day))
}

func (t *tally) moved(l *life, x effect.Move) {
	if x.Exit != "" {
		t.fires(l, x.Program, "exit "+x.Exit, x.At)
		t.goes(x.Program, x.Exit, x.At)
		return
	}
	if x.To == "" {
		t.fires(l, x.Program, "phase "+x.From+" left", x.At)
	} else {
		t.fires(l, x.Program, "phase "+x.To, x.At)
	}
	if x.CountedBefore {
		t.goes(x.Program, "", x.At)
	}
	if x.CountedAfter {
		t.enter(x.Program, x.To, x.At)
	}
}

func (t *tally) joined(l *life, x effect.Join) {
	if x.In {
		t.fires(l, x.Program, "enroll", x.At)
		t.enter(x.Program, x.Phase, x.At)
		return
	}
	t.fires(l, x.Program, "leave", x.At)
	t.goes(x.Program, "left the program", x.At)
}

func (t *tally) walked(l *life, x effect.Walk) {
	j := made(t.journeys, [2]string{x.Program, x.Journey})
	switch x.What {
	case "entered":
		j.entered++
		added(&j.reached, x.Step)
		t.fires(l, x.Program, "journey "+x.Journey, x.At)
	case "reached":
		added(&j.reached, x.Step)
	case "interrupted":
		t.fires(l, x.Program, "journey "+x.Journey+" interrupt "+strings.TrimPrefix(x.Why, "restarted: "), x.At)
	case "left":
		added(&j.left, x.Why)
		t.cutShort(l, x)
	case "failed":
		j.failed++
	}
}

// cutShort tells the goals and interrupts that end passages from exit steps, which have words of their
// own: those that an exit step uses too are left out.
func (t *tally) cutShort(l *life, x effect.Walk) {
	i := slices.IndexFunc(t.rel.Programs, func(p *program.Program) bool { return p.ID == x.Program })
	if i < 0 {
		return
	}
	j := t.rel.Programs[i].Journey(x.Journey)
	if j == nil || slices.ContainsFunc(j.Steps, func(s journey.Step) bool { e, is := s.(journey.Exit); return is && e.Why == x.Why }) {
		return
	}
	if goal, reached := strings.CutPrefix(x.Why, "reached "); reached {
		t.fires(l, x.Program, "journey "+x.Journey+" goal "+goal, x.At)
	}
	t.fires(l, x.Program, "journey "+x.Journey+" interrupt "+x.Why, x.At)
}

// ended closes a life's books. Who is still where is asked of the engine's own state, so that what
// flowed through a phase or journey can be held against what stands in it.
func (t *tally) ended(l *life) {
	t.people++
	until := l.end
	if l.p.Died != 0 {
		until = min(until, l.p.Died)
		t.died++
	}
	t.lived += int64(max(0, until.Sub(l.arrived)))
	for i := range l.p.Memberships {
		if m := &l.p.Memberships[i]; m.Active() {
			made(t.phases, [2]string{m.Program, m.Phase}).here++
		}
	}
	for i := range l.p.Enrollments {
		if e := &l.p.Enrollments[i]; e.Left == 0 {
			made(t.journeys, [2]string{e.Program, e.Journey}).here++
		}
	}
	for i, on := range l.p.Facts.Signals {
		if on {
			program, name, _ := strings.Cut(l.rel.Signals[i], "/")
			made(t.signals, [2]string{program, name}).now++
		}
	}
	if t.now.optedOut {
		t.optedOut++
	}
	t.each[t.now.touches]++
	for i := range l.stages {
		t.behaviors[i][0][l.began[i]-1]++
		t.behaviors[i][1][l.stages[i]-1]++
	}
	for i := range l.processes {
		s, sum := &l.processes[i], &t.processes[i]
		sum.due, sum.inTime, sum.done, sum.prompted = sum.due+s.due, sum.inTime+s.inTime, sum.done+s.done, sum.prompted+s.prompted
	}
	t.rank(ranked{int(t.now.touches), l.number})
	prompted := slices.ContainsFunc(l.processes, func(s standing) bool { return s.prompted > 0 })
	for kind, is := range [storyKinds]bool{whoOptedOut: t.now.optedOut, whoLeft: t.now.left, wasPrompted: prompted, wasRefused: t.now.refused && t.now.touches == 0} {
		if is {
			t.kinds[kind] = smallest(append(t.kinds[kind], l.number), maxStories)
		}
	}
}

// smallest are the n smallest numbers, in order. It may change the slice it is given.
func smallest(numbers []int, n int) []int {
	slices.Sort(numbers)
	return numbers[:min(len(numbers), n)]
}

// rank keeps the people with the most touches.
func (t *tally) rank(r ranked) {
	t.most = append(t.most, r)
	slices.SortFunc(t.most, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.touches, a.touches), cmp.Compare(a.person, b.person))
	})
	t.most = t.most[:min(len(t.most), maxStories)]
}

// counted is what a life's outcomes are, by name: one number for each person, compared between arms.
func (t *tally) counted(l *life) map[string]int64 {
	out := t.now.counts
	for i := range l.processes {
		p := &l.world.Life[i]
		if p.Behavior >= 0 {
			out[p.ID+" done"] = l.processes[i].done
			out[p.ID+" done in time"] = l.processes[i].inTime
		}
	}
	for i, s := range l.stages {
		if s == stage.Action || s == stage.Maintenance {
			out[l.world.Behaviors[i].ID+": acting at the end"] = 1
		}
	}
	return out
}

func merge[K comparable](to, from map[K]int64) {
	for k, n := range from {
		to[k] += n
	}
}

func merge2[K comparable](to *map[K]int64, from map[K]int64) {
	if *to == nil && len(from) > 0 {
		*to = map[K]int64{}
	}
	merge(*to, from)
}

// add takes another tally of the same arm in.
func (t *tally) add(o *tally) {
	t.people, t.lived, t.steps = t.people+o.people, t.lived+o.lived, t.steps+o.steps
	t.decisions, t.proposals = t.decisions+o.decisions, t.proposals+o.proposals
	t.optedOut, t.died = t.optedOut+o.optedOut, t.died+o.died
	merge(t.events, o.events)
	merge(t.touches, o.touches)
	merge(t.refusals, o.refusals)
	merge(t.waits, o.waits)
	merge(t.limits, o.limits)
	merge(t.exits, o.exits)
	merge(t.each, o.each)
	merge(t.notes, o.notes)
	for i := range t.hours {
		t.hours[i] += o.hours[i]
	}
	for i := range t.weeks {
		w, x := &t.weeks[i], o.weeks[i]
		w.events, w.touches, w.refusals, w.optOuts = w.events+x.events, w.touches+x.touches, w.refusals+x.refusals, w.optOuts+x.optOuts
	}
	for k, x := range o.phases {
		f := made(t.phases, k)
		f.entered, f.moved, f.here = f.entered+x.entered, f.moved+x.moved, f.here+x.here
		merge2(&f.left, x.left)
		merge2(&f.days, x.days)
	}
	for k, x := range o.journeys {
		j := made(t.journeys, k)
		j.entered, j.here, j.failed = j.entered+x.entered, j.here+x.here, j.failed+x.failed
		merge2(&j.left, x.left)
		merge2(&j.reached, x.reached)
	}
	for k, x := range o.signals {
		s := made(t.signals, k)
		s.on, s.off, s.late, s.now = s.on+x.on, s.off+x.off, s.late+x.late, s.now+x.now
	}
	for i, x := range o.rules {
		f := &t.rules[i]
		if x.times > 0 {
			f.latest(x.last, x.lastFor)
		}
		f.times, f.people, f.examples = f.times+x.times, f.people+x.people, smallest(append(f.examples, x.examples...), maxExamples)
	}
	for i := range t.behaviors {
		for when := range t.behaviors[i] {
			for s := range t.behaviors[i][when] {
				t.behaviors[i][when][s] += o.behaviors[i][when][s]
			}
		}
	}
	for i := range t.processes {
		s, x := &t.processes[i], o.processes[i]
		s.due, s.inTime, s.done, s.prompted = s.due+x.due, s.inTime+x.inTime, s.done+x.done, s.prompted+x.prompted
	}
	for _, r := range o.most {
		t.rank(r)
	}
	for kind := range t.kinds {
		t.kinds[kind] = smallest(append(t.kinds[kind], o.kinds[kind]...), maxStories)
	}
}
