package backtest

import (
	"slices"
	"strings"

	"attune/core/channel"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/journey"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/release"
	"attune/core/stage"
)

// tally counts what happens to people in the window: as it was, or under one version. Everything in it is
// a whole number and is added up, so the order in which people are played, and by how many workers,
// changes nothing.
type tally struct {
	// rels are those whose policies say on which clock a day is, and how much a team carries: the newest first.
	rels     []*release.Release
	from, to instant.Time

	decisions, proposals int64
	touched              int64 // people
	messages             int64 // one for each touch that leads
	balance              Balance
	engaged              map[engagedKey]*both
	refused              map[refusalKey]*both
	limits               map[limitKey]int64
	waits                map[policy.Reason]*wait
	loads                map[load]map[int64]int64 // by day
	journeys             map[journeyKey]*passages
	requests             map[requestKey]int64
	passedOn             map[[2]string]int64 // to others, by program and engagement
	phases               map[[2]string]int64 // people at the end
	entered              map[[2]string]int64
	audiences            map[[2]string]int64
	stages               map[[3]string]int64

	now scratch
}

type engagedKey struct{ program, engagement, channel string }

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

type journeyKey struct{ program, journey string }

type requestKey struct {
	kind                   effect.RequestKind
	program, journey, step string
}

// both counts how often, and for how many people.
type both struct{ times, people int64 }

// load is something of which there is so much a day: a channel's messages, a team's contacts, or tasks.
type load struct {
	kind, name string
}

// The kinds of load.
const (
	ofChannel = "channel"
	ofTeam    = "team"
	ofTask    = "tasks"
)

// wait is how often and how long something made touches wait.
type wait struct {
	times, open int64
	longest     instant.Duration
	hours       map[int64]int64 // by whole hours; open ones have no end of their own
}

// passages is what went through a journey in the window.
type passages struct {
	before, entered, restarted int64
	// finished came to an end that the journey has, left to another, each by the word for it.
	finished, left map[string]int64
	waiting        map[string]int64    // at the end, by step
	stuck          map[[2]string]int64 // of those, by step and why
}

// scratch is what must be remembered of the person at hand.
type scratch struct {
	touches map[id.Key]*under
	engaged map[engagedKey]bool
	said    map[[2]string]int64 // by program and engagement, how often
	refused map[refusalKey]bool
}

// under is a touch under way.
type under struct {
	engagedKey
	waits bool
}

func newTally(j *job, rels ...*release.Release) *tally {
	return &tally{
		rels: rels, from: j.From, to: j.To, engaged: map[engagedKey]*both{}, refused: map[refusalKey]*both{}, limits: map[limitKey]int64{},
		waits: map[policy.Reason]*wait{}, loads: map[load]map[int64]int64{}, journeys: map[journeyKey]*passages{}, requests: map[requestKey]int64{},
		passedOn: map[[2]string]int64{}, phases: map[[2]string]int64{}, entered: map[[2]string]int64{}, audiences: map[[2]string]int64{}, stages: map[[3]string]int64{},
		now: scratch{touches: map[id.Key]*under{}, engaged: map[engagedKey]bool{}, said: map[[2]string]int64{}, refused: map[refusalKey]bool{}},
	}
}

// clear forgets the person before.
func (t *tally) clear() {
	clear(t.now.touches)
	clear(t.now.engaged)
	clear(t.now.said)
	clear(t.now.refused)
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

func added[K comparable](m *map[K]int64, k K, n int64) {
	if *m == nil {
		*m = map[K]int64{}
	}
	(*m)[k] += n
}

func waits(t *person.Touch) bool {
	switch t.State {
	case person.Pending, person.InFlight, person.Uncertain:
		return true
	case person.HandedOver, person.Ended:
	}
	return false
}

// begins opens a person's books.
func (t *tally) begins(p *person.Person) {
	for i := range p.Touches {
		if x := &p.Touches[i]; waits(x) {
			t.now.touches[x.ID] = &under{engagedKey{x.Program, x.Engagement, x.Channel}, true}
			t.balance.Before++
		}
	}
	for i := range p.Enrollments {
		if e := &p.Enrollments[i]; e.Left == 0 {
			made(t.journeys, journeyKey{e.Program, e.Journey}).before++
		}
	}
}

// told takes in what one input led to; p is the person after it.
func (t *tally) told(p *person.Person, what engine.What, effects []effect.Effect) {
	if w, is := what.(engine.Replay); is {
		t.replayed(p, w, effects)
	}
	for _, e := range effects {
		t.effect(e)
	}
}

// replayed notes that a touch which had come to its end waits once more.
func (t *tally) replayed(p *person.Person, w engine.Replay, effects []effect.Effect) {
	for _, e := range effects {
		if _, ignored := e.(effect.Ignore); ignored {
			return
		}
	}
	x := touchOf(p, w.Touch)
	if x == nil {
		return
	}
	u := t.now.touches[x.ID]
	if u == nil {
		u = &under{engagedKey: engagedKey{x.Program, x.Engagement, x.Channel}}
		t.now.touches[x.ID] = u
	}
	if !u.waits {
		u.waits = true
		t.balance.PutBack++
	}
}

// effect counts one effect. What was decided before the window, and only written down in it, is not the
// window's.
func (t *tally) effect(e effect.Effect) {
	switch x := e.(type) {
	case effect.Decide:
		if x.At >= t.from {
			t.decided(&x)
		}
	case effect.Schedule:
		if x.At >= t.from && x.Why != "" {
			t.postponed(&x)
		}
	case effect.Settle:
		if x.At >= t.from {
			t.settled(&x)
		}
	case effect.End:
		if x.At >= t.from {
			t.ended(x.Touch)
			t.refuses(refusalKey{x.Program, x.Engagement, x.Reason, true}, x.Detail)
		}
	case effect.Walk:
		if x.At >= t.from {
			t.walked(&x)
		}
	case effect.Request:
		if x.At >= t.from {
			t.requests[requestKey{x.Kind, x.Program, x.Journey, x.Step}]++
			if x.Kind == effect.Task {
				t.loads1(load{ofTask, x.For}, t.day(x.Program, x.At))
			}
		}
	case effect.Propose:
		if x.At >= t.from {
			t.passedOn[[2]string{x.Program, x.Engagement}]++
		}
	case effect.Move:
		if x.At >= t.from && x.To != "" && x.CountedAfter {
			t.entered[[2]string{x.Program, x.To}]++
		}
	case effect.Join:
		if x.At >= t.from && x.In && x.Phase != "" {
			t.entered[[2]string{x.Program, x.Phase}]++
		}
	case effect.Trial, effect.Mark, effect.Anew, effect.Send, effect.Sense, effect.See, effect.Promise, effect.Group, effect.Change, effect.Succeed, effect.Close, effect.Hold, effect.Effective, effect.Recall,
		effect.Recalled, effect.Note, effect.Retract, effect.Switch, effect.NeedHistory, effect.Merge, effect.Same, effect.Ignore, effect.Again:
	}
}

func (t *tally) decided(x *effect.Decide) {
	t.decisions++
	for _, c := range x.Candidates {
		t.proposals++
		if !c.Touch.IsZero() {
			t.now.touches[c.Touch] = &under{engagedKey{c.Program, c.Engagement, c.Channel}, true}
			t.balance.Decided++
			continue
		}
		t.refuses(refusalKey{c.Program, c.Engagement, c.Reason, false}, c.Detail)
	}
}

func (t *tally) refuses(k refusalKey, detail string) {
	r := made(t.refused, k)
	r.times++
	if !t.now.refused[k] {
		t.now.refused[k] = true
		r.people++
	}
	switch k.reason { //nolint:exhaustive // the others are no limits
	case policy.CapReached, policy.OftenEnough, policy.AgainTooSoon:
		t.limits[limitKey{k.reason, detail}]++
	}
}

func (t *tally) postponed(x *effect.Schedule) {
	w := made(t.waits, x.Why)
	w.times++
	if x.Due == instant.Never {
		w.open++
		return
	}
	d := max(0, x.Due.Sub(x.At))
	w.longest = max(w.longest, d)
	added(&w.hours, int64(d/instant.Hour), 1)
}

func (t *tally) settled(x *effect.Settle) {
	switch x.State {
	case person.HandedOver:
		t.handedOver(x)
	case person.Ended:
		k := t.ended(x.Touch)
		t.refuses(refusalKey{k.program, k.engagement, x.Why, true}, "")
	case person.Pending, person.InFlight, person.Uncertain:
	}
}

// ended takes a touch off the books.
func (t *tally) ended(touch id.Key) engagedKey {
	u := made(t.now.touches, touch)
	if u.waits {
		u.waits = false
		t.balance.Ended++
	}
	return u.engagedKey
}

func (t *tally) handedOver(x *effect.Settle) {
	u := made(t.now.touches, x.Touch)
	if u.waits {
		u.waits = false
		t.balance.HandedOver++
	}
	if len(t.now.said) == 0 {
		t.touched++
	}
	t.now.said[[2]string{u.program, u.engagement}]++
	n := made(t.engaged, u.engagedKey)
	n.times++
	if !t.now.engaged[u.engagedKey] {
		t.now.engaged[u.engagedKey] = true
		n.people++
	}
	if !x.Lead.IsZero() {
		return // it went in the message of another
	}
	t.messages++
	t.loads1(load{ofChannel, x.Channel}, t.day(u.program, x.At))
	if pool, is := t.pool(u.program, x.Channel); is {
		z, _ := t.rels[0].Zones.Find(pool.Zone)
		_, day, _ := z.Local(x.At)
		t.loads1(load{ofTeam, pool.Team}, day)
	}
}

func (t *tally) loads1(l load, day int64) {
	days := t.loads[l]
	added(&days, day, 1)
	t.loads[l] = days
}

// day is the one on the clock of a program's organisation.
func (t *tally) day(program string, at instant.Time) int64 {
	var z *instant.Zone
	for _, rel := range t.rels {
		if pr := rel.Program(program); pr != nil {
			z, _ = rel.Zones.Find(pr.Policy.Zone)
			break
		}
	}
	_, day, _ := z.Local(at)
	return day
}

// pool is the team that carries a channel for a program.
func (t *tally) pool(program, name string) (policy.Pool, bool) {
	if !channel.Human(name) {
		return policy.Pool{}, false
	}
	for _, rel := range t.rels {
		pr := rel.Program(program)
		if pr == nil {
			continue
		}
		c, is := pr.Policy.CapacityOf(name)
		for _, p := range pools(rel) {
			if is && p.Team == c.Team {
				return p, true
			}
		}
		break
	}
	return policy.Pool{}, false
}

func pools(rel *release.Release) []policy.Pool {
	var all []*policy.Policy
	for _, p := range rel.Programs {
		all = append(all, &p.Policy)
	}
	return policy.Pools(all...)
}

func (t *tally) walked(x *effect.Walk) {
	j := made(t.journeys, journeyKey{x.Program, x.Journey})
	switch x.What {
	case "entered":
		j.entered++
	case "interrupted":
		if strings.HasPrefix(x.Why, "restarted: ") {
			j.restarted++
		}
	case "left":
		if t.finishes(x) {
			added(&j.finished, x.Why, 1)
		} else {
			added(&j.left, x.Why, 1)
		}
	}
}

// finishes tells an end that the journey leads to, by its last step, an exit or a goal, from one that cut it
// short.
func (t *tally) finishes(x *effect.Walk) bool {
	if x.Why == "finished" || strings.HasPrefix(x.Why, "reached ") {
		return true
	}
	for _, rel := range t.rels {
		pr := rel.Program(x.Program)
		if pr == nil {
			continue
		}
		if j := pr.Journey(x.Journey); j != nil && slices.ContainsFunc(j.Steps, func(s journey.Step) bool { e, is := s.(journey.Exit); return is && e.Why == x.Why }) {
			return true
		}
	}
	return false
}

// ends closes a person's books. Where they stand is asked of their state, so that what happened can be held
// against it.
func (t *tally) ends(p *person.Person) {
	for i := range p.Touches {
		if waits(&p.Touches[i]) {
			t.balance.Waiting++
		}
	}
	for i := range p.Enrollments {
		e := &p.Enrollments[i]
		if e.Left != 0 {
			continue
		}
		j := made(t.journeys, journeyKey{e.Program, e.Journey})
		added(&j.waiting, e.Step, 1)
		if e.Parked {
			added(&j.stuck, [2]string{e.Step, e.Why}, 1)
		}
	}
	for i := range p.Memberships {
		if m := &p.Memberships[i]; m.Active() {
			t.phases[[2]string{m.Program, m.Phase}]++
		}
	}
	for i := range p.Groups {
		t.audiences[[2]string{p.Groups[i].Program, p.Groups[i].Audience}]++
	}
	for i := range p.Beliefs {
		if b := &p.Beliefs[i]; b.Mode != stage.None {
			t.stages[[3]string{b.Program, b.Behavior, b.Mode.String()}]++
		}
	}
}

func merge[K comparable](to, from map[K]int64) {
	for k, n := range from {
		to[k] += n
	}
}

func mergeInto[K comparable](to *map[K]int64, from map[K]int64) {
	for k, n := range from {
		added(to, k, n)
	}
}

func mergeBoth[K comparable](to, from map[K]*both) {
	for k, x := range from {
		b := made(to, k)
		b.times, b.people = b.times+x.times, b.people+x.people
	}
}

// add takes another tally of the same lives in.
func (t *tally) add(o *tally) {
	t.decisions, t.proposals, t.touched, t.messages = t.decisions+o.decisions, t.proposals+o.proposals, t.touched+o.touched, t.messages+o.messages
	t.balance.add(o.balance)
	mergeBoth(t.engaged, o.engaged)
	mergeBoth(t.refused, o.refused)
	merge(t.limits, o.limits)
	merge(t.requests, o.requests)
	merge(t.passedOn, o.passedOn)
	merge(t.phases, o.phases)
	merge(t.entered, o.entered)
	merge(t.audiences, o.audiences)
	merge(t.stages, o.stages)
	for k, x := range o.waits {
		w := made(t.waits, k)
		w.times, w.open, w.longest = w.times+x.times, w.open+x.open, max(w.longest, x.longest)
		mergeInto(&w.hours, x.hours)
	}
	for l, x := range o.loads {
		days := t.loads[l]
		mergeInto(&days, x)
		t.loads[l] = days
	}
	for k, x := range o.journeys {
		j := made(t.journeys, k)
		j.before, j.entered, j.restarted = j.before+x.before, j.entered+x.entered, j.restarted+x.restarted
		mergeInto(&j.finished, x.finished)
		mergeInto(&j.left, x.left)
		mergeInto(&j.waiting, x.waiting)
		mergeInto(&j.stuck, x.stuck)
	}
}
