package backtest

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"attune/core/id"
	"attune/core/instant"
	"attune/core/policy"
	"attune/core/release"
	"attune/internal/chart"
	"attune/internal/spreadsheet"
	"attune/internal/story"
)

// Result is how a backtest went. Written as JSON it is the same bytes for the same past, versions and
// window.
type Result struct {
	// Note says what these numbers are, Limits what they cannot tell.
	Note   string   `json:"note"`
	Limits []string `json:"limits"`
	From   string   `json:"from"`
	To     string   `json:"to"`
	// People are those of whom anything is known by the window's end; Arrived those first heard of in it.
	People  int64 `json:"people"`
	Arrived int64 `json:"arrived"`
	// Events were heard in the window and count under every version. LeftOut are those that are there
	// because of what was really sent or asked in it, by name.
	Events  int64   `json:"events"`
	LeftOut []Count `json:"left_out"`
	// Steps are the engine's under the two versions, Replayed those of what was recorded.
	Steps    int64 `json:"steps"`
	Replayed int64 `json:"steps_replayed"`
	// Differs are people of whom something did not come out as it was written, which is so where another
	// version of Attune wrote it.
	Differs int64 `json:"people_replayed_differently"`
	// Model is what both versions went by in the window; nothing where none was learned or chosen.
	Model *Learned `json:"model"`
	// Live are the publications that were live in the window, the first one when it began.
	Live      []Live `json:"live_in_the_window"`
	Candidate Side   `json:"candidate"`
	Against   Side   `json:"against"`
	// Happened is what really did.
	Happened Counts `json:"happened"`
	// Engaged compares people under the candidate with those under the other version: all, and for each
	// engagement.
	Engaged  Engaged   `json:"people_engaged"`
	EachSays []Engaged `json:"people_by_engagement"`

	// Worth is what decisions left to chance were worth, and would have been.
	Worth *Worth `json:"worth"`

	listed []Listed
	// learns tells that one of the versions does.
	learns bool
}

// Learned is a model.
type Learned struct {
	ID string `json:"id"`
	// Made is when it was.
	Made string `json:"made,omitempty"`
	// Rows are the decisions that it learned from.
	Rows int `json:"rows"`
}

// Live is a publication that was live in the window.
type Live struct {
	Number  int    `json:"number"`
	Release string `json:"release"`
	At      string `json:"published"`
	// Exact tells that this version of Attune decides about it as it was decided then.
	Exact bool `json:"exact"`
}

// Side is one of the two versions.
type Side struct {
	Release string `json:"release"`
	// Number is that of its publication; 0 where it was never published.
	Number   int      `json:"number,omitempty"`
	Programs []string `json:"programs"`
	Counts
}

// Counts is all that was counted of some lives.
type Counts struct {
	Decisions int64 `json:"decisions"`
	Proposals int64 `json:"proposals"`
	// Touched are people to whom anything was handed over; Messages are fewer than touches where several
	// went in one.
	Touched  int64   `json:"people_touched"`
	Messages int64   `json:"messages"`
	Touches  Balance `json:"touches"`

	Engagements []Engagement `json:"engagements"`
	Refusals    []Refusal    `json:"refusals"`
	Limits      []Limit      `json:"limits_hit"`
	Waits       []Wait       `json:"waits"`
	Loads       []Load       `json:"loads"`
	Journeys    []Journey    `json:"journeys"`
	Requests    []Request    `json:"requests"`
	// PassedOn are proposals for others than the person, which are not carried on.
	PassedOn  []Count   `json:"proposed_to_others"`
	Phases    []Phase   `json:"phases"`
	Audiences []Count   `json:"in_audiences_at_the_end"`
	Stages    []Count   `json:"in_stages_at_the_end"`
	Days      []DayLoad `json:"days"`
}

// Balance accounts for every touch: Before + Decided + PutBack = HandedOver + Ended + Waiting.
type Balance struct {
	// Before were under way when the window began; PutBack had ended and were put back by somebody.
	Before     int64 `json:"under_way_before"`
	Decided    int64 `json:"decided"`
	PutBack    int64 `json:"put_back"`
	HandedOver int64 `json:"handed_over"`
	Ended      int64 `json:"ended"`
	Waiting    int64 `json:"under_way_after"`
}

func (b *Balance) add(o Balance) {
	b.Before, b.Decided, b.PutBack = b.Before+o.Before, b.Decided+o.Decided, b.PutBack+o.PutBack
	b.HandedOver, b.Ended, b.Waiting = b.HandedOver+o.HandedOver, b.Ended+o.Ended, b.Waiting+o.Waiting
}

// Balanced tells whether every touch is accounted for.
func (b Balance) Balanced() bool {
	return b.Before+b.Decided+b.PutBack == b.HandedOver+b.Ended+b.Waiting
}

// Count is how often something with a name happened.
type Count struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

// Engagement is how often one was handed over by a channel, and to how many.
type Engagement struct {
	Program    string `json:"program"`
	Engagement string `json:"engagement"`
	Channel    string `json:"channel"`
	Touches    int64  `json:"touches"`
	People     int64  `json:"people"`
}

// Refusal is how often an engagement was refused for a reason, when it was decided or, where Late,
// after that and before it was handed over.
type Refusal struct {
	Program    string `json:"program"`
	Engagement string `json:"engagement"`
	Reason     string `json:"reason"`
	// Says is the reason in words.
	Says   string `json:"says"`
	Late   bool   `json:"late"`
	Count  int64  `json:"count"`
	People int64  `json:"people"`
}

// Limit is how often one limit was what refused.
type Limit struct {
	Reason string `json:"reason"`
	Detail string `json:"detail"`
	Count  int64  `json:"count"`
}

// Wait is how often something made touches wait, and how long: whole hours, -1 where none has an end.
type Wait struct {
	Reason string `json:"reason"`
	Says   string `json:"says"`
	Count  int64  `json:"count"`
	Median int64  `json:"hours_median"`
	Most   int64  `json:"hours_most"`
	// Open have no end of their own: somebody has to lift what they wait for.
	Open int64 `json:"without_end"`
}

// Load is how much there was of something: a channel's messages, a team's contacts, or tasks for somebody.
type Load struct {
	// Kind is "channel", "team" or "tasks".
	Kind  string `json:"kind"`
	Name  string `json:"name"`
	Count int64  `json:"count"`
	// PeakDay is the first day with the most, Peak how many those are.
	PeakDay string `json:"peak_day"`
	Peak    int64  `json:"peak"`
	// PerDay is what a team does in a day, OverDays how many days had more, and Over how much more in all.
	// -1 where nothing says so.
	PerDay   int64 `json:"capacity_per_day"`
	OverDays int64 `json:"days_over_capacity"`
	Over     int64 `json:"over_capacity"`

	days map[int64]int64
}

// DayLoad is one day's messages, by channel in the order of their names.
type DayLoad struct {
	Day    string  `json:"day"`
	Counts []Count `json:"messages"`
}

// Journey accounts for every passage: Before + Entered = the sums of Finished, Left and Waiting. Finished are
// those that came to an end which the journey leads to, Left those that were cut short. Stuck ones are among
// those that wait.
type Journey struct {
	Program   string  `json:"program"`
	Journey   string  `json:"journey"`
	Before    int64   `json:"under_way_before"`
	Entered   int64   `json:"entered"`
	Restarted int64   `json:"began_again"`
	Finished  []Count `json:"finished"`
	Left      []Count `json:"left"`
	Waiting   []Count `json:"waiting"`
	Stuck     []Count `json:"need_attention"`
}

// Balanced tells whether every passage is accounted for.
func (j Journey) Balanced() bool {
	return j.Before+j.Entered == sum(j.Finished)+sum(j.Left)+sum(j.Waiting)
}

func sum(counts []Count) (n int64) {
	for _, c := range counts {
		n += c.Count
	}
	return n
}

// Request is how often a step asked somebody outside.
type Request struct {
	Kind    string `json:"kind"`
	Program string `json:"program"`
	Journey string `json:"journey"`
	Step    string `json:"step"`
	Count   int64  `json:"count"`
}

// Phase is how many came into a phase in the window, and how many are there at its end.
type Phase struct {
	Program string `json:"program"`
	Phase   string `json:"phase"`
	Entered int64  `json:"entered"`
	End     int64  `json:"at_the_end"`
}

// Engaged are people to whom something is said under the candidate only, under the other version only, and
// under both.
type Engaged struct {
	Program    string `json:"program,omitempty"`
	Engagement string `json:"engagement,omitempty"`
	Newly      int64  `json:"newly"`
	NoMore     int64  `json:"no_more"`
	Still      int64  `json:"still"`
}

// Listed is somebody for whom an engagement is new, or is no more: how often they have it under each version.
type Listed struct {
	Person              id.Person
	Program, Engagement string
	Candidate, Against  int64
}

const note = "What the programs would have done with what was really heard of people. Whatever the gate would have let pass counts as handed over at once."

func limits() []string {
	return []string{
		"People's doings are taken as they were. Some of them came of what was really sent, and what was never sent has no effect here: this tells the load and the refusals of a version. What it would have been worth is told only where decisions were left to chance.",
		"No carrier fails, no team's day is full, and nothing is paused or over its ceiling.",
		"What the window's own tasks, referrals, calls and invitations were answered is left out, so those steps go on when their time is over.",
		"What would be said to others about a person is counted where it is proposed, and not carried on to them.",
	}
}

func (j *job) result(p *part) *Result {
	r := &Result{
		Note: note, Limits: limits(), From: j.From.String(), To: j.To.String(), People: p.people, Arrived: p.arrived, Events: p.heard,
		LeftOut: counts(p.leftOut, named), Steps: p.steps, Replayed: p.replayed, Differs: p.differs, Live: j.live(), Model: j.learned(), Worth: p.worth.result(),
		Candidate: side(j.Candidate, p.tried), Against: side(j.Against, p.other), Happened: p.real.counts(), EachSays: []Engaged{}, listed: p.listed,
		learns: j.Candidate.Release.Learning != nil || j.Against.Release.Learning != nil,
	}
	keys := map[[2]string]int64{}
	for _, m := range []map[[2]string]int64{p.newly, p.noMore, p.still} {
		merge(keys, m)
	}
	for k := range keys {
		e := Engaged{k[0], k[1], p.newly[k], p.noMore[k], p.still[k]}
		if k == ([2]string{}) {
			r.Engaged = e
		} else {
			r.EachSays = append(r.EachSays, e)
		}
	}
	slices.SortFunc(r.EachSays, func(a, b Engaged) int {
		return cmp.Or(strings.Compare(a.Program, b.Program), strings.Compare(a.Engagement, b.Engagement))
	})
	slices.SortFunc(r.listed, Listed.compare)
	return r
}

// WriteList writes for whom an engagement is new or is no more, by person, where the list was asked for.
func (r *Result) WriteList(w io.Writer) error {
	out := spreadsheet.NewWriter(w)
	out.Write("person", "program", "engagement", "change", "times_tried", "times_against")
	for _, l := range r.listed {
		change := "new"
		if l.Candidate == 0 {
			change = "no more"
		}
		out.Write(l.Person.String(), l.Program, l.Engagement, change, strconv.FormatInt(l.Candidate, 10), strconv.FormatInt(l.Against, 10))
	}
	return out.Flush()
}

// learned tells of the model that the lives in the window went by.
func (j *job) learned() *Learned {
	if j.Model == nil {
		return nil
	}
	return &Learned{j.Model.ID, j.Made, j.Model.Rows}
}

// weighedBy says by which model the versions decide, where one of them learns.
func (r *Result) weighedBy() string {
	switch {
	case !r.learns:
		return ""
	case r.Model == nil:
		return "Both versions decide by what is expected before anything is learned: no model had been made when the window begins, or none was wanted."
	case r.Model.Made == "":
		return fmt.Sprintf("Both versions decide by the model %.16s, which learned from %s decisions.", r.Model.ID, chart.Grouped(int64(r.Model.Rows)))
	}
	return fmt.Sprintf("Both versions decide by the model %.16s of %s, which had learned from %s decisions.", r.Model.ID, r.Model.Made, chart.Grouped(int64(r.Model.Rows)))
}

// live lists what was live in the window.
func (j *job) live() []Live {
	var out []Live
	for i := range j.Published {
		p := &j.Published[i]
		if p.At >= j.To {
			break
		}
		if p.At < j.From {
			out = out[:0]
		}
		out = append(out, Live{p.Number, p.ID, p.At.String(), p.Exact})
	}
	return out
}

func side(v Version, t *tally) Side {
	return Side{Release: v.Release.ID, Number: v.Number, Programs: programsOf(v.Release), Counts: t.counts()}
}

func programsOf(rel *release.Release) (out []string) {
	for _, p := range rel.Programs {
		out = append(out, p.ID)
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

func (t *tally) counts() Counts {
	c := Counts{
		Decisions: t.decisions, Proposals: t.proposals, Touched: t.touched, Messages: t.messages, Touches: t.balance,
		Engagements: []Engagement{}, Refusals: []Refusal{}, Limits: []Limit{}, Waits: []Wait{}, Loads: []Load{}, Journeys: []Journey{}, Requests: []Request{}, Phases: []Phase{}, Days: []DayLoad{},
		PassedOn:  counts(t.passedOn, func(k [2]string) string { return k[1] }),
		Audiences: counts(t.audiences, func(k [2]string) string { return k[1] }),
		Stages:    counts(t.stages, func(k [3]string) string { return k[1] + ": " + k[2] }),
	}
	for k, n := range t.engaged {
		c.Engagements = append(c.Engagements, Engagement{k.program, k.engagement, k.channel, n.times, n.people})
	}
	slices.SortFunc(c.Engagements, func(a, b Engagement) int {
		return cmp.Or(strings.Compare(a.Program, b.Program), strings.Compare(a.Engagement, b.Engagement), strings.Compare(a.Channel, b.Channel))
	})
	for k, n := range t.refused {
		c.Refusals = append(c.Refusals, Refusal{k.program, k.engagement, string(k.reason), story.Explain(k.reason, ""), k.late, n.times, n.people})
	}
	slices.SortFunc(c.Refusals, func(a, b Refusal) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.key(), b.key()))
	})
	for k, n := range t.limits {
		c.Limits = append(c.Limits, Limit{string(k.reason), k.detail, n})
	}
	slices.SortFunc(c.Limits, func(a, b Limit) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Reason, b.Reason), strings.Compare(a.Detail, b.Detail))
	})
	for reason, w := range t.waits {
		c.Waits = append(c.Waits, w.result(reason))
	}
	slices.SortFunc(c.Waits, func(a, b Wait) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Reason, b.Reason))
	})
	for k, n := range t.requests {
		c.Requests = append(c.Requests, Request{string(k.kind), k.program, k.journey, k.step, n})
	}
	slices.SortFunc(c.Requests, func(a, b Request) int { return strings.Compare(a.key(), b.key()) })
	t.loadsOf(&c)
	t.journeysOf(&c)
	t.phasesOf(&c)
	return c
}

func (x Refusal) key() string {
	late := ""
	if x.Late {
		late = "late"
	}
	return strings.Join([]string{x.Program, x.Engagement, x.Reason, late}, "/")
}

func (x Request) key() string {
	return strings.Join([]string{x.Program, x.Journey, x.Step, x.Kind}, "/")
}

func (w *wait) result(reason policy.Reason) Wait {
	out := Wait{Reason: string(reason), Says: story.Explain(reason, ""), Count: w.times, Open: w.open, Median: -1, Most: -1}
	hours := make([]int64, 0, len(w.hours))
	for h := range w.hours {
		hours = append(hours, h)
	}
	slices.Sort(hours)
	passed := int64(0)
	for _, h := range hours {
		if passed += w.hours[h]; passed*2 >= w.times-w.open {
			out.Median, out.Most = h, int64(w.longest/instant.Hour)
			break
		}
	}
	return out
}

// loadsOf lists channels, then teams, also those that nothing came to, then tasks.
func (t *tally) loadsOf(c *Counts) {
	perDay := map[string]int64{}
	for i := len(t.rels) - 1; i >= 0; i-- { // the newest says it last
		for _, p := range pools(t.rels[i]) {
			perDay[p.Team] = int64(p.PerDay)
			if t.loads[load{ofTeam, p.Team}] == nil {
				t.loads[load{ofTeam, p.Team}] = map[int64]int64{}
			}
		}
	}
	for l, days := range t.loads {
		out := Load{Kind: l.kind, Name: l.name, PerDay: -1, OverDays: -1, Over: -1, days: days}
		if most, is := perDay[l.name]; is && l.kind == ofTeam {
			out.PerDay, out.OverDays, out.Over = most, 0, 0
		}
		peak := int64(0)
		for day, n := range days {
			out.Count += n
			if n > out.Peak || n == out.Peak && day < peak {
				out.Peak, peak = n, day
			}
			if out.PerDay >= 0 && n > out.PerDay {
				out.OverDays++
				out.Over += n - out.PerDay
			}
		}
		if out.Peak > 0 {
			out.PeakDay = dayName(peak)
		}
		c.Loads = append(c.Loads, out)
	}
	slices.SortFunc(c.Loads, func(a, b Load) int { return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name)) })
	t.daysOf(c)
}

// daysOf lists every day of the window on which something was handed over.
func (t *tally) daysOf(c *Counts) {
	var days []int64
	for l, of := range t.loads {
		for day := range of {
			if l.kind == ofChannel {
				days = append(days, day)
			}
		}
	}
	slices.Sort(days)
	for _, day := range slices.Compact(days) {
		d := DayLoad{Day: dayName(day)}
		for _, l := range c.Loads {
			if n := l.days[day]; l.Kind == ofChannel && n > 0 {
				d.Counts = append(d.Counts, Count{l.Name, n})
			}
		}
		c.Days = append(c.Days, d)
	}
}

func dayName(day int64) string {
	return instant.Time(day * int64(instant.Day)).Std().UTC().Format(time.DateOnly)
}

// journeysOf lists all journeys, also those nobody came to.
func (t *tally) journeysOf(c *Counts) {
	add := func(k journeyKey) {
		x := made(t.journeys, k)
		c.Journeys = append(c.Journeys, Journey{
			Program: k.program, Journey: k.journey, Before: x.before, Entered: x.entered, Restarted: x.restarted, Finished: counts(x.finished, named),
			Left: counts(x.left, named), Waiting: counts(x.waiting, named), Stuck: counts(x.stuck, func(k [2]string) string { return k[0] + ": " + k[1] }),
		})
	}
	for _, p := range t.rels[0].Programs {
		for i := range p.Journeys {
			made(t.journeys, journeyKey{p.ID, p.Journeys[i].ID})
		}
	}
	keys := make([]journeyKey, 0, len(t.journeys))
	for k := range t.journeys {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b journeyKey) int {
		return cmp.Or(strings.Compare(a.program, b.program), strings.Compare(a.journey, b.journey))
	})
	for _, k := range keys {
		add(k)
	}
}

// phasesOf lists phases in the order of the newest maps, then those that only were on older ones.
func (t *tally) phasesOf(c *Counts) {
	done := map[[2]string]bool{}
	add := func(k [2]string) {
		if !done[k] {
			done[k] = true
			c.Phases = append(c.Phases, Phase{k[0], k[1], t.entered[k], t.phases[k]})
		}
	}
	for _, rel := range t.rels {
		for _, p := range rel.Programs {
			if first := [2]string{p.ID, ""}; t.phases[first] > 0 {
				add(first)
			}
			for _, x := range p.Map.Phases {
				if k := [2]string{p.ID, x.ID}; rel == t.rels[0] || t.entered[k]+t.phases[k] > 0 {
					add(k)
				}
			}
		}
	}
}

// Asked notes where the window is another than was asked for, since the history begins later or ends
// earlier. A zero instant asked for nothing.
func (r *Result) Asked(from, to, begin, end instant.Time) {
	if from != 0 && from < begin {
		r.Limits = append(r.Limits, "The history begins at "+begin.String()+"; before that nothing is known of anybody.")
	}
	if to > end {
		r.Limits = append(r.Limits, "The history ends at "+end.String()+", and so does the window.")
	}
}
