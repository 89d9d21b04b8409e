package simulate

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"attune/core/instant"
	"attune/core/journey"
	"attune/core/policy"
	"attune/core/release"
	"attune/internal/story"
)

// Result is how a simulation went. Written as JSON it is the same bytes for the same world, programs
// and seed.
type Result struct {
	// Note says what these numbers are worth.
	Note    string `json:"note"`
	World   About  `json:"world"`
	Release string `json:"release"`
	// Programs are the ids of the programs that were simulated together.
	Programs []string `json:"programs"`
	Seed     uint64   `json:"seed"`
	Start    string   `json:"start"`
	End      string   `json:"end"`
	Days     int      `json:"days"`
	// PersonDays are the whole days lived, from each arrival to the end or to death, in this arm.
	PersonDays int64 `json:"person_days"`
	Counts
	// Rules are all rules of the release in their order, also those that never had a consequence.
	Rules []Rule `json:"rules"`
	// Messages compares with the same people's lives in which nobody ever saw a message, outcomes that
	// are the same for everybody left out.
	Messages []Difference `json:"with_and_without_messages"`
	// Other is another version of the program with the same people.
	Other *Other `json:"other,omitempty"`
	// Stories name people worth reading about.
	Stories []Pick `json:"stories"`
}

// About is what a world says of itself.
type About struct {
	Name    string `json:"name"`
	Says    string `json:"says,omitempty"`
	Derived bool   `json:"derived"`
}

// Counts is all that was counted in one arm.
type Counts struct {
	People    int64 `json:"people"`
	Steps     int64 `json:"steps"`
	Heard     int64 `json:"events"`
	Decisions int64 `json:"decisions"`
	Proposals int64 `json:"proposals"`
	Touches   int64 `json:"touches"`
	// OptedOut and Died are people.
	OptedOut int64 `json:"opted_out"`
	Died     int64 `json:"died"`

	Events      []Count `json:"events_by_name"`
	Engagements []Count `json:"touches_by_engagement"`
	Variants    []Count `json:"touches_by_variant"`
	Channels    []Count `json:"touches_by_channel"`
	Languages   []Count `json:"touches_by_language"`
	// Hours counts the touches begun in each hour of the person's own day.
	Hours     [24]int64  `json:"touches_by_hour"`
	Each      []Touched  `json:"people_by_touches"`
	Refusals  []Refusal  `json:"refusals"`
	Waits     []Count    `json:"waits"`
	Limits    []Limit    `json:"limits_hit"`
	Phases    []Phase    `json:"phases"`
	Exits     []Exit     `json:"exits"`
	Journeys  []Journey  `json:"journeys"`
	Signals   []Signal   `json:"signals"`
	Processes []Done     `json:"processes"`
	Behaviors []Behaving `json:"behaviors"`
	// Moments are those of the map that happened; Promises what became of theirs; Audiences how often
	// somebody came into one; Believed how often another stage was believed in; Outcomes how often one
	// was reached; Requests what was asked of somebody outside, and Answers how that ended.
	Moments   []Count `json:"moments"`
	Promises  []Count `json:"promises"`
	Audiences []Count `json:"audiences"`
	Believed  []Count `json:"stages_believed"`
	Outcomes  []Count `json:"outcomes"`
	Requests  []Count `json:"requests"`
	Answers   []Count `json:"answers"`
	Weeks     []Week  `json:"weeks"`
}

// Count is how often something with a name happened.
type Count struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

// Touched is how many people had so many touches.
type Touched struct {
	Touches int64 `json:"touches"`
	People  int64 `json:"people"`
}

// Refusal is how often an engagement was refused for a reason, when it was decided or, where Late,
// after that and before it was handed over.
type Refusal struct {
	Program    string `json:"program"`
	Engagement string `json:"engagement"`
	Reason     string `json:"reason"`
	// Says is the reason in words.
	Says  string `json:"says"`
	Late  bool   `json:"late"`
	Count int64  `json:"count"`
}

// Limit is how often one limit was what refused.
type Limit struct {
	Reason string `json:"reason"`
	Detail string `json:"detail"`
	Count  int64  `json:"count"`
}

// Phase is what went through a phase: Entered = Moved + Left + Here. An empty name is in the program
// before any phase. The days are those of people who are no longer there.
type Phase struct {
	Program string `json:"program"`
	Phase   string `json:"phase"`
	Name    string `json:"name"`
	Entered int64  `json:"entered"`
	Moved   int64  `json:"moved_on"`
	Left    int64  `json:"left"`
	Here    int64  `json:"still_here"`
	// P25, Median and P90 are whole days; -1 where nobody went on.
	P25    int64 `json:"days_p25"`
	Median int64 `json:"days_median"`
	P90    int64 `json:"days_p90"`
}

// Balanced tells whether everybody who entered is accounted for.
func (p Phase) Balanced() bool { return p.Entered == p.Moved+p.Left+p.Here }

// Exit is how many left the map, from where and why.
type Exit struct {
	Program string `json:"program"`
	Phase   string `json:"phase"`
	Reason  string `json:"reason"`
	Count   int64  `json:"count"`
}

// Journey is what went through a journey: Entered = the sum of Left + Here. Failed passages are
// among those still here.
type Journey struct {
	Program string  `json:"program"`
	Journey string  `json:"journey"`
	Name    string  `json:"name"`
	Entered int64   `json:"entered"`
	Here    int64   `json:"still_here"`
	Failed  int64   `json:"need_attention"`
	Left    []Count `json:"left"`
	// Steps are in the journey's order; Count is how often each was reached.
	Steps []Count `json:"steps"`
}

// Balanced tells whether every passage is accounted for.
func (j Journey) Balanced() bool {
	out := j.Here
	for _, c := range j.Left {
		out += c.Count
	}
	return j.Entered == out
}

// Signal is how often a signal came on and went off, and for how many it is on at the end.
type Signal struct {
	Program string `json:"program"`
	Signal  string `json:"signal"`
	On      int64  `json:"came_on"`
	Late    int64  `json:"came_on_too_late"`
	Off     int64  `json:"went_off"`
	Now     int64  `json:"on_at_the_end"`
}

// Rule is how often a rule had a consequence.
type Rule struct {
	Program string `json:"program"`
	Rule    string `json:"rule"`
	Fired   int64  `json:"fired"`
	People  int64  `json:"people"`
	// Last is when it last did, and LastFor for whom; empty where it never did.
	Last    string `json:"last,omitempty"`
	LastFor string `json:"last_for,omitempty"`
	// Examples are keys of people for whom it fired.
	Examples []string `json:"examples"`
}

// Done is what became of a process that a behavior decides.
type Done struct {
	Process  string `json:"process"`
	Behavior string `json:"behavior"`
	Due      int64  `json:"due"`
	InTime   int64  `json:"in_time"`
	Done     int64  `json:"done"`
	// Prompted is how often a message was what made somebody do what was overdue.
	Prompted int64 `json:"prompted"`
}

// Behaving is the true mix of stages, which the engine never sees.
type Behaving struct {
	Behavior string  `json:"behavior"`
	Begin    []Count `json:"at_arrival"`
	End      []Count `json:"at_the_end"`
}

// Week is one week's sums.
type Week struct {
	From     string `json:"from"`
	Events   int64  `json:"events"`
	Touches  int64  `json:"touches"`
	Refusals int64  `json:"refusals"`
	OptOuts  int64  `json:"opt_outs"`
}

// Difference is one outcome per hundred people, in two lives of the same people, and the 95 %
// interval of the difference, which comes from how people differ and from nothing else.
type Difference struct {
	Outcome string  `json:"outcome"`
	With    float64 `json:"with"`
	Without float64 `json:"without"`
	Diff    float64 `json:"difference"`
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
}

// Clear tells that the interval leaves zero out.
func (d Difference) Clear() bool { return d.Low > 0 || d.High < 0 }

// Other is another version of the program: what it did, and how each person's life differs.
type Other struct {
	Release  string   `json:"release"`
	Programs []string `json:"programs"`
	Counts
	// Differences are the first version against this one.
	Differences []Difference `json:"differences"`
}

// Pick is somebody worth reading about, and why.
type Pick struct {
	Key string `json:"key"`
	Why string `json:"why"`
}

const note = "These people do not exist, and every chance in their world is somebody's assumption. What is counted shows what the program does in such a world; it is no evidence of what it does to patients."

func (j *job) result(p *part) *Result {
	main := p.tallies[0]
	delete(p.pairs[0], "touches") // of which those who see none have none
	r := &Result{
		Note: note, World: About{j.World.Name, j.World.Says, j.World.Derived}, Release: j.Release.ID, Programs: programs(j.Release),
		Seed: j.Seed, Start: j.setting.start.String(), End: j.setting.end.String(), Days: j.Days, PersonDays: main.lived / int64(instant.Day),
		Counts: main.counts(j.World), Rules: main.fired(), Messages: differences(p.pairs[0], main.people),
	}
	if j.Other != nil {
		r.Other = &Other{Release: j.Other.ID, Programs: programs(j.Other), Counts: p.tallies[2].counts(j.World), Differences: differences(p.pairs[1], main.people)}
	}
	r.Stories = main.picks()
	return r
}

func programs(rel *release.Release) []string {
	out := make([]string, len(rel.Programs))
	for i, p := range rel.Programs {
		out[i] = p.ID
	}
	return out
}

// counts of a map, the most frequent first, and by name among equals.
func counts[K comparable](m map[K]int64, name func(K) string) []Count {
	sums := map[string]int64{}
	for k, n := range m {
		sums[name(k)] += n
	}
	out := make([]Count, 0, len(sums))
	for k, n := range sums {
		out = append(out, Count{k, n})
	}
	slices.SortFunc(out, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Name, b.Name))
	})
	return out
}

func named(s string) string { return s }

func (t *tally) counts(w *World) Counts {
	c := Counts{
		People: t.people, Steps: t.steps, Decisions: t.decisions, Proposals: t.proposals, OptedOut: t.optedOut, Died: t.died,
		Events:      counts(t.events, named),
		Engagements: counts(t.touches, func(k touchKey) string { return k.engagement }),
		Variants:    counts(t.touches, func(k touchKey) string { return k.engagement + " / " + k.variant }),
		Channels:    counts(t.touches, func(k touchKey) string { return k.channel }),
		Languages:   counts(t.touches, func(k touchKey) string { return k.language }),
		Hours:       t.hours, Waits: counts(t.waits, func(k policy.Reason) string { return string(k) }),
		Exits: []Exit{}, Signals: []Signal{}, Limits: []Limit{}, Refusals: []Refusal{}, Processes: []Done{}, Behaviors: []Behaving{},
	}
	for _, e := range c.Events {
		c.Heard += e.Count
	}
	for _, e := range c.Channels {
		c.Touches += e.Count
	}
	for n, people := range t.each {
		c.Each = append(c.Each, Touched{n, people})
	}
	slices.SortFunc(c.Each, func(a, b Touched) int { return cmp.Compare(a.Touches, b.Touches) })
	for k, n := range t.refusals {
		c.Refusals = append(c.Refusals, Refusal{k.program, k.engagement, string(k.reason), story.Explain(k.reason, ""), k.late, n})
	}
	slices.SortFunc(c.Refusals, func(a, b Refusal) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Program, b.Program), strings.Compare(a.Engagement, b.Engagement), strings.Compare(a.Reason, b.Reason), compareBools(a.Late, b.Late))
	})
	for k, n := range t.limits {
		c.Limits = append(c.Limits, Limit{string(k.reason), k.detail, n})
	}
	slices.SortFunc(c.Limits, func(a, b Limit) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Reason, b.Reason), strings.Compare(a.Detail, b.Detail))
	})
	for k, n := range t.exits {
		c.Exits = append(c.Exits, Exit{k[0], k[1], k[2], n})
	}
	slices.SortFunc(c.Exits, func(a, b Exit) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Program, b.Program), strings.Compare(a.Phase, b.Phase), strings.Compare(a.Reason, b.Reason))
	})
	t.phasesAndJourneys(&c)
	for what, list := range map[string]*[]Count{
		"moments": &c.Moments, "promises": &c.Promises, "audiences": &c.Audiences, "stages": &c.Believed, "outcomes": &c.Outcomes, "requests": &c.Requests, "answers": &c.Answers,
	} {
		of := map[string]int64{}
		for k, n := range t.notes {
			if k[0] == what {
				of[k[1]] = n
			}
		}
		*list = counts(of, named)
	}
	for _, name := range t.rel.Signals {
		program, signal, _ := strings.Cut(name, "/")
		s := made(t.signals, [2]string{program, signal})
		c.Signals = append(c.Signals, Signal{program, signal, s.on, s.late, s.off, s.now})
	}
	for i, s := range t.processes {
		if p := &w.Life[i]; p.Behavior >= 0 {
			c.Processes = append(c.Processes, Done{p.ID, w.Behaviors[p.Behavior].ID, s.due, s.inTime, s.done, s.prompted})
		}
	}
	for i, b := range t.behaviors {
		x := Behaving{Behavior: w.Behaviors[i].ID}
		for s, name := range stageNames() {
			x.Begin, x.End = append(x.Begin, Count{name, b[0][s]}), append(x.End, Count{name, b[1][s]})
		}
		c.Behaviors = append(c.Behaviors, x)
	}
	for i, w := range t.weeks {
		from := t.start.Add(instant.Duration(i) * 7 * instant.Day)
		if from < t.end {
			c.Weeks = append(c.Weeks, Week{from.String()[:len("2027-01-01")], w.events, w.touches, w.refusals, w.optOuts})
		}
	}
	return c
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// phasesAndJourneys lists them in the order of the programs, also those nobody came to.
func (t *tally) phasesAndJourneys(c *Counts) {
	c.Phases, c.Journeys = []Phase{}, []Journey{}
	for _, p := range t.rel.Programs {
		phase := func(id, name string) {
			f := made(t.phases, [2]string{p.ID, id})
			out := Phase{Program: p.ID, Phase: id, Name: name, Entered: f.entered, Moved: f.moved, Here: f.here}
			for _, n := range f.left {
				out.Left += n
			}
			out.P25, out.Median, out.P90 = quantile(f.days, 25), quantile(f.days, 50), quantile(f.days, 90)
			c.Phases = append(c.Phases, out)
		}
		if f := t.phases[[2]string{p.ID, beforeAll}]; f != nil && f.entered+f.here > 0 {
			phase(beforeAll, "before any phase")
		}
		for _, x := range p.Map.Phases {
			phase(x.ID, x.Name)
		}
		for i := range p.Journeys {
			c.Journeys = append(c.Journeys, t.journey(p.ID, &p.Journeys[i]))
		}
	}
}

func (t *tally) journey(program string, j *journey.Journey) Journey {
	x := made(t.journeys, [2]string{program, j.ID})
	out := Journey{Program: program, Journey: j.ID, Name: j.Name, Entered: x.entered, Here: x.here, Failed: x.failed, Left: counts(x.left, named), Steps: []Count{}}
	for _, s := range j.Steps {
		out.Steps = append(out.Steps, Count{s.Label(), x.reached[s.Label()]})
	}
	return out
}

// quantile is the smallest value that so many in a hundred do not exceed, or -1 of none.
func quantile(days map[int64]int64, hundredths int64) int64 {
	keys, all := make([]int64, 0, len(days)), int64(0)
	for d, n := range days {
		keys, all = append(keys, d), all+n
	}
	slices.Sort(keys)
	sum := int64(0)
	for _, d := range keys {
		if sum += days[d]; sum*100 >= all*hundredths {
			return d
		}
	}
	return -1
}

func (t *tally) fired() []Rule {
	out := make([]Rule, 0, len(t.rules))
	for i, f := range t.rules {
		r := Rule{Program: t.rel.Programs[t.rel.Rules[i].Program].ID, Rule: t.rel.Rules[i].Name, Fired: f.times, People: f.people, Examples: []string{}}
		if f.times > 0 {
			r.Last, r.LastFor = f.last.String(), Key(f.lastFor)
		}
		for _, n := range f.examples {
			r.Examples = append(r.Examples, Key(n))
		}
		out = append(out, r)
	}
	return out
}

// differences makes rates per hundred people of sums over people: a mean difference, and 1.96
// standard errors to either side. What is the same for everybody is left out.
func differences(pairs map[string]*pair, people int64) []Difference {
	names := make([]string, 0, len(pairs))
	for name, p := range pairs {
		if p.square > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	out := []Difference{}
	n := float64(people)
	for _, name := range names {
		p := pairs[name]
		mean := float64(p.diff) / n
		// Var = (Σd² - n·mean²) / (n-1); written over whole numbers as far as they go.
		spread := max(0, float64(p.square)-float64(mean*float64(p.diff)))
		margin := 0.0
		if people > 1 {
			margin = 1.96 * math.Sqrt(spread/(n-1)/n)
		}
		out = append(out, Difference{name, hundredth(float64(p.with) / n), hundredth(float64(p.without) / n), hundredth(mean), hundredth(mean - margin), hundredth(mean + margin)})
	}
	return out
}

// hundredth is per hundred people, to two places.
func hundredth(x float64) float64 {
	x = math.Round(x*10000) / 100
	if x == 0 {
		return 0 // and never -0
	}
	return x
}

// picks are people to read about, in turn: one of the most touched, one who opted out, one who left,
// and so on, nobody twice.
func (t *tally) picks() []Pick {
	out, seen := []Pick{}, map[int]bool{}
	pick := func(person int, why string) {
		if !seen[person] && len(out) < maxStories {
			seen[person] = true
			out = append(out, Pick{Key(person), why})
		}
	}
	for i := range maxStories {
		if i < len(t.most) && t.most[i].touches > 0 {
			pick(t.most[i].person, "among those with the most touches")
		}
		for kind, why := range [storyKinds]string{"took consent back", "left the program's map", "did something because of a message", "was refused every time and never touched"} {
			if i < len(t.kinds[kind]) {
				pick(t.kinds[kind][i], why)
			}
		}
	}
	return out
}
