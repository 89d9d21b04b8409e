package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"attune/core/effect"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/record"
	"attune/core/release"
	"attune/core/stage"
	"attune/internal/api"
	"attune/internal/delivery/capture"
	"attune/internal/delivery/human"
	"attune/internal/history"
	"attune/internal/insight"
	"attune/internal/intake"
	"attune/internal/request"
	"attune/internal/runner"
	"attune/internal/seal"
	"attune/internal/store"
	"attune/internal/story"
)

// view reads what the pages and commands show. It writes nothing.
type view struct {
	people     store.People
	history    *history.History
	keys       *seal.Keys
	box        *capture.Box
	quarantine *intake.Quarantine
	// release is what is live; under is what a person's state names, nil when there is none.
	release  func() *release.Release
	under    func(short uint64) *release.Release
	requests *request.Book
	// work is what the team carries; nil where nobody serves.
	work   *human.Desk
	now    func() instant.Time
	behind func() int
	pace   float64
	demo   bool
	// paused are the pauses that hold, above what waits above a ceiling.
	paused, above func() []api.Held
	// facts are what numbers are made of; nil where they were not read yet.
	facts func(context.Context) (*insight.Tail, error)
	// guards remember what was told to whom; nil where nobody serves.
	guards *cohortGuards
}

const (
	shownMessages    = 12
	shownRefusals    = 25
	shownQuarantined = 10
	shownRequests    = 10
	// searchedFrames is how far back the newest refusals are looked for.
	searchedFrames = 300
)

// Overview tells how things stand, with everybody in it.
func (v *view) Overview(ctx context.Context) (api.Overview, error) {
	o := api.Overview{Searched: searchedFrames, Now: v.now(), Pace: v.pace, Demo: v.demo, Behind: int64(v.behind())}
	tallies, err := v.people.Tallies(ctx, "")
	if err != nil {
		return o, fmt.Errorf("read counters: %w", err)
	}
	t := newTotals(tallies)
	t.reveal(runner.Words(v.keys.Secret(seedSecret)))
	o.People = t["people"] - t[runner.MergedKey]
	live := v.release()
	for _, p := range live.Programs {
		o.Programs = append(o.Programs, t.program(p.ID, p.Name, live))
	}
	o.Events, o.Arrivals, o.Total = t.events(live.Catalogue)
	o.Channels = t.channels()
	o.Paused, o.Above = v.paused(), v.above()
	o.Refused = t.refused()
	if o.Quarantined, err = v.quarantine.Count(ctx); err != nil {
		return o, err
	}
	quarantined, err := v.quarantine.List(ctx, shownQuarantined)
	if err != nil {
		return o, err
	}
	for _, q := range quarantined {
		o.Quarantine = append(o.Quarantine, api.Quarantined{At: q.At, Source: q.Source, Field: q.Field, Reason: q.Reason, Remedy: q.Remedy})
	}
	if o.Refusals, err = v.refusals(ctx); err != nil {
		return o, err
	}
	captured, err := v.box.Newest(ctx, shownMessages)
	if err != nil {
		return o, err
	}
	for _, c := range captured {
		if c.Err == nil {
			m := c.Message
			o.Messages = append(o.Messages, api.Message{At: instant.Of(m.At), Person: m.Person, Channel: m.Channel, To: m.To, Language: m.Language, Subject: m.Subject, Body: m.Body})
		}
	}
	if o.Waiting, o.Requests, err = v.waiting(ctx); err != nil {
		return o, err
	}
	if len(o.Messages) > 0 {
		o.Person = o.Messages[0].Person
	}
	return o, nil
}

// refusals looks through the newest frames of the history.
func (v *view) refusals(ctx context.Context) ([]api.Refusal, error) {
	last, err := v.history.Last(ctx)
	if err != nil {
		return nil, err
	}
	var out []api.Refusal
	err = v.history.Frames(ctx, max(0, last.Frame-searchedFrames), func(f store.Frame) error {
		for _, e := range f.Entries {
			rec, err := openRecord(v.keys, e.Person, f.Number, e.Body)
			if err != nil {
				continue // erased
			}
			out = append(out, refusalsOf(e.Person, rec)...)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the newest refusals: %w", err)
	}
	slices.Reverse(out)
	return out[:min(len(out), shownRefusals)], nil
}

func refusalsOf(who id.Person, rec record.Record) (out []api.Refusal) {
	for _, e := range rec.Effects {
		switch x := e.(type) { //nolint:gochecksumtype // no other effect refuses anything
		case effect.Decide:
			for _, c := range x.Candidates {
				if c.Reason != "" {
					out = append(out, api.Refusal{At: x.At, Person: who, Engagement: c.Engagement, Reason: story.Explain(c.Reason, c.Detail)})
				}
			}
		case effect.End:
			out = append(out, api.Refusal{At: x.At, Person: who, Engagement: x.Engagement, Reason: story.Explain(x.Reason, x.Detail), AtGate: true})
		}
	}
	return out
}

func openRecord(keys *seal.Keys, who id.Person, frame int64, body []byte) (record.Record, error) {
	plain, err := keys.Open(who, seal.Frame, seal.FrameName(frame), body)
	if err != nil {
		return record.Record{}, err
	}
	return record.Decode(plain)
}

// records returns one person's history, oldest first.
func (v *view) records(ctx context.Context, who id.Person) (records []record.Record, err error) {
	err = v.history.Of(ctx, who, func(frame int64, _ instant.Time, plain []byte) error {
		rec, err := record.Decode(plain)
		if err != nil {
			return fmt.Errorf("history of %s in frame %d: %w", who, frame, err)
		}
		records = append(records, rec)
		return nil
	})
	return records, err
}

// Story implements api.View.
func (v *view) Story(ctx context.Context, who id.Person) (api.Portrait, bool, error) {
	p, ok, err := runner.ReadPerson(ctx, v.people, v.keys, who)
	if err != nil || !ok {
		return api.Portrait{}, ok, err
	}
	records, err := v.records(ctx, who)
	if err != nil {
		return api.Portrait{}, false, err
	}
	open := request.Of(&p, v.steps(&p))
	request.Rank(open)
	return api.Portrait{ID: who, Name: nameOf(&p), Facts: facts(&p, v.under(p.Release)), Requests: shownRequestsOf(open), Lines: story.Tell(records)}, true, nil
}

// steps are those of the release that the person lives under.
func (v *view) steps(p *person.Person) request.Step {
	if rel := v.under(p.Release); rel != nil {
		return request.StepsOf(rel)
	}
	return request.StepsOf(v.release())
}

// waiting counts the open requests, and the contacts to make, and returns the most pressing.
func (v *view) waiting(ctx context.Context) (counts []api.Count, most []api.Request, err error) {
	for kind, n := range v.requests.Count() {
		counts = append(counts, api.Count{Name: waitingFor(kind), N: int64(n)})
	}
	most = shownRequestsOf(v.requests.List(request.Filter{}))
	if v.work != nil {
		items, err := v.work.List(ctx)
		if err != nil {
			return nil, nil, err
		}
		contacts := shownContacts(items)
		if len(contacts) > 0 {
			counts = append(counts, api.Count{Name: "contacts to make", N: int64(len(contacts))})
		}
		most = append(most, contacts...)
	}
	slices.SortFunc(counts, mostFirst)
	return counts, most[:min(len(most), shownRequests)], nil
}

// shownContacts are those that can be made now.
func shownContacts(items []human.Item) (out []api.Request) {
	for _, i := range items {
		if i.Waits.Reason == "" {
			out = append(out, api.Request{ID: i.ID.String()[:8], Person: i.Person, Says: strings.TrimSuffix(i.Channel+" for "+i.Team, " for ") + ": " + i.Engagement, Since: i.At, Due: i.Expires})
		}
	}
	return out
}

func waitingFor(k effect.RequestKind) string {
	switch k {
	case effect.Ask:
		return "questionnaires"
	case effect.Task:
		return "tasks"
	case effect.Refer:
		return "referrals"
	case effect.Call:
		return "calls"
	}
	return string(k)
}

func shownRequestsOf(open []request.Open) (out []api.Request) {
	for _, o := range open {
		says := "Questionnaire " + o.What
		switch o.Kind {
		case effect.Task:
			says = "Task for " + o.For + ": " + o.What
		case effect.Refer:
			says = "Referral to " + o.What
		case effect.Call:
			says = "Call of " + o.What
		case effect.Ask:
		}
		out = append(out, api.Request{ID: o.ID.String()[:8], Person: o.Person, Says: says, Since: o.At, Due: o.Due})
	}
	return out
}

func nameOf(p *person.Person) string {
	for _, trait := range []string{"preferred_name", "first_name"} {
		if v := p.Trait(trait); v.Text != "" {
			return strings.TrimSpace(v.Text + " " + p.Trait("last_name").Text)
		}
	}
	return "Somebody without a name"
}

// facts are what the page says about a person before their story.
func facts(p *person.Person, rel *release.Release) []api.Fact {
	var out []api.Fact
	add := func(name, value string) {
		if value != "" {
			out = append(out, api.Fact{Name: name, Value: value})
		}
	}
	add("kind", p.Kind.String())
	add("language", p.Trait("language").String())
	add("time zone", p.Trait("timezone").String())
	if p.Died != 0 {
		add("died", p.Died.String())
	}
	for i := range p.Memberships {
		m := &p.Memberships[i]
		switch {
		case m.Exit != "":
			add(m.Program, "left the map: "+m.Exit)
		case m.Active() && m.Phase == "":
			add(m.Program, "in the program, in no phase")
		case m.Active():
			add(m.Program, "in "+m.Phase+" since "+m.Since.Std().Format("2 Jan 2006"))
		}
	}
	for _, c := range p.Consents {
		scope := c.Purpose
		if c.Channel != "" {
			scope += " by " + c.Channel
		}
		add("consent", scope+": "+c.Answer.String()+" on "+c.At.Std().Format("2 Jan 2006"))
	}
	var signals []string
	for i, on := range p.Facts.Signals {
		if on && rel != nil && i < len(rel.Signals) {
			// Audiences, which say why, and questions of consent are kept beside the signals.
			if name, is := strings.CutPrefix(rel.SignalWords(i), "signal "); is {
				signals = append(signals, name)
			}
		}
	}
	add("signals on", strings.Join(signals, ", "))
	for _, g := range p.Groups {
		add("audience", fmt.Sprintf("%s since %s, because of %s", g.Audience, g.Since.Std().Format("2 Jan 2006"), g.What))
	}
	for i := range p.Beliefs {
		if b := &p.Beliefs[i]; b.Mode != stage.None {
			add("stage of "+b.Behavior, b.Mode.String()+" since "+b.Since.Std().Format("2 Jan 2006"))
		}
	}
	return out
}

// totals are the live counters by key.
type totals map[string]int64

func newTotals(tallies []store.Tally) totals {
	t := totals{}
	for _, x := range tallies {
		if !strings.HasPrefix(x.Key, "arrival/") { // instants and types, for Inspector.Arrivals
			t[x.Key] = x.Add
		}
	}
	return t
}

// reveal gives the names of undeclared events back, which stand hidden in the store.
func (t totals) reveal(words *seal.Words) {
	for key, n := range t {
		if rest, ok := strings.CutPrefix(key, "events/"); ok {
			source, name, _ := strings.Cut(rest, "/")
			if plain := words.Reveal(name); plain != name {
				delete(t, key)
				t["events/"+source+"/"+plain] = n
			}
		}
	}
}

// under adds up the counters of a prefix, by the part of the key at the given place after it.
func (t totals) under(prefix string, place int) []api.Count {
	sums := map[string]int64{}
	for key, n := range t {
		if rest, ok := strings.CutPrefix(key, prefix); ok {
			parts := strings.Split(rest, "/")
			if place < len(parts) {
				sums[parts[place]] += n
			}
		}
	}
	var out []api.Count
	for name, n := range sums {
		if n != 0 {
			out = append(out, api.Count{Name: name, N: n})
		}
	}
	slices.SortFunc(out, mostFirst)
	return out
}

func mostFirst(a, b api.Count) int {
	return cmp.Or(cmp.Compare(b.N, a.N), strings.Compare(a.Name, b.Name))
}

func (t totals) program(id, name string, rel *release.Release) api.Program {
	p := api.Program{ID: id, Name: name, Members: t["members/"+id], Exits: t.under("exit/"+id+"/", 0)}
	for _, pr := range rel.Programs {
		if pr.ID != id {
			continue
		}
		for _, phase := range pr.Map.Phases {
			n := t["phase/"+id+"/"+phase.ID]
			share := 0
			if p.Members > 0 {
				share = int(100 * n / p.Members)
			}
			p.Phases = append(p.Phases, api.Phase{ID: phase.ID, Name: phase.Name, Says: phase.Says, N: n, Share: share})
		}
	}
	return p
}

func (t totals) events(c *event.Catalogue) (declared, arrivals []api.Count, total int64) {
	sums := totals{}
	for key, n := range t {
		if rest, ok := strings.CutPrefix(key, "events/"); ok {
			_, name, _ := strings.Cut(rest, "/")
			sums[name] += n
			total += n
		}
	}
	for name, n := range sums {
		if _, known := c.Find(name); known {
			declared = append(declared, api.Count{Name: name, N: n})
		} else {
			arrivals = append(arrivals, api.Count{Name: name, N: n})
		}
	}
	slices.SortFunc(declared, mostFirst)
	slices.SortFunc(arrivals, mostFirst)
	return declared, arrivals, total
}

func (t totals) channels() []api.Channel {
	var out []api.Channel
	for _, c := range t.under("touch/", 0) {
		out = append(out, api.Channel{
			Name: c.Name, Attempts: t["touch/"+c.Name+"/attempts"], HandedOver: t["touch/"+c.Name+"/handed_over"],
			Uncertain: t["touch/"+c.Name+"/uncertain"], Postponed: t["touch/"+c.Name+"/postponed"], Ended: t["touch/"+c.Name+"/ended"],
		})
	}
	slices.SortFunc(out, func(a, b api.Channel) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// refused adds up what was refused when it was decided and what was ended before hand-over.
func (t totals) refused() []api.Count {
	sums := totals{}
	for _, prefix := range []string{"refused/", "ended/"} {
		for _, c := range t.under(prefix, 2) {
			sums[c.Name] += c.N
		}
	}
	out := sums.under("", 0)
	for i := range out {
		out[i].Name = story.Explain(policy.Reason(out[i].Name), "")
	}
	return out
}
