package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"time"

	"attune/core/id"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/runner"
)

// Standings are how everything stands, in numbers of which nobody can be told. Outside the care team numbers of few people are null, and
// exits and requests of few people are left out.
type Standings struct {
	// Now is the clock by which people live.
	Now         string         `json:"now"`
	People      *int64         `json:"people"`
	Behind      int            `json:"behind"`
	Quarantined int64          `json:"quarantined"`
	Programs    []ProgramStand `json:"programs"`
	Waiting     map[string]int `json:"waiting"`
	Paused      int            `json:"paused"`
	Release     string         `json:"release"`
}

// ProgramStand is how many are in a program, and where.
type ProgramStand struct {
	Program string            `json:"program"`
	Members *int64            `json:"members"`
	Phases  map[string]*int64 `json:"phases"`
	Exits   map[string]int64  `json:"exits"`
}

func (n *Node) standings(ctx context.Context) (out Standings, err error) {
	tallies, err := n.People.Tallies(ctx, "")
	if err != nil {
		return out, err
	}
	t := newTotals(tallies)
	t.reveal(runner.Words(n.Keys.Secret(seedSecret)))
	live, rel := n.Live()
	o := api.Overview{People: t["people"] - t[runner.MergedKey]}
	for _, p := range rel.Programs {
		o.Programs = append(o.Programs, t.program(p.ID, p.Name, rel))
	}
	for kind, k := range n.Requests.Book.Count() {
		o.Waiting = append(o.Waiting, api.Count{Name: string(kind), N: int64(k)})
	}
	if err := hideFew(ctx, &o); err != nil {
		return out, err
	}
	out = Standings{Now: n.Now().String(), People: unlessHidden(o.People, o.Hidden), Behind: n.Runner.Behind(), Waiting: map[string]int{}, Paused: len(n.pauses()), Release: live.Release}
	for _, is := range o.Programs {
		x := ProgramStand{Program: is.ID, Members: unlessHidden(is.Members, is.Hidden), Phases: map[string]*int64{}, Exits: map[string]int64{}}
		for _, ph := range is.Phases {
			x.Phases[ph.ID] = unlessHidden(ph.N, ph.Hidden)
		}
		for _, e := range is.Exits {
			x.Exits[e.Name] = e.N
		}
		out.Programs = append(out.Programs, x)
	}
	for _, w := range o.Waiting {
		out.Waiting[w.Name] = int(w.N)
	}
	out.Quarantined, err = n.Quarantine.Count(ctx)
	return out, err
}

// unlessHidden is a count, or nil.
func unlessHidden(n int64, hidden bool) *int64 {
	if hidden {
		return nil
	}
	return &n
}

// topics are what the stream tells of.
func (n *Node) topics() []api.Topic {
	return []api.Topic{
		{Name: "overview", Means: "How everything stands, in numbers; of few people for who may list people.", Permission: access.DeliveryRead, Few: true, Read: func(ctx context.Context) (any, error) { return n.standings(ctx) }},
		{Name: "delivery", Means: "How channels do, what is paused, and what each engagement said.", Permission: access.DeliveryRead, Read: func(context.Context) (any, error) {
			channels := map[string]ChannelState{}
			for _, c := range n.channelStates() {
				channels[c.Channel] = c
			}
			ceilings := map[string]EngagementCeiling{}
			for _, c := range n.ceilings() {
				ceilings[c.Program+"/"+c.Engagement] = c
			}
			return struct {
				Channels map[string]ChannelState      `json:"channels"`
				Pauses   []Pause                      `json:"pauses"`
				Ceilings map[string]EngagementCeiling `json:"ceilings"`
			}{channels, n.pauses(), ceilings}, nil
		}},
		{Name: "work", Means: "How much work waits, by kind and team, without whom it is about; state is another whenever the list is.", Permission: access.WorkRead, Panel: true, Read: func(ctx context.Context) (any, error) {
			all, err := n.work(ctx, WorkFilter{All: true})
			if err != nil {
				return nil, err
			}
			all = inPanel(ctx, access.WorkRead, all, func(w *Work) string { return w.Program })
			state, err := json.Marshal(all)
			if err != nil {
				return nil, err
			}
			sum := sha256.Sum256(state)
			now := WorkFilter{}
			all = slices.DeleteFunc(all, func(w Work) bool { return !now.fits(&w) })
			kinds, teams := map[string]int{}, map[string]int{}
			overdue, claimed := 0, 0
			for i := range all {
				kinds[all[i].Kind]++
				if all[i].For != "" {
					teams[all[i].For]++
				}
				if all[i].Overdue {
					overdue++
				}
				if all[i].By != "" {
					claimed++
				}
			}
			return struct {
				Kinds   map[string]int `json:"kinds"`
				Teams   map[string]int `json:"teams"`
				Overdue int            `json:"overdue"`
				Claimed int            `json:"claimed"`
				// State changes whenever the list would read otherwise.
				State string `json:"state"`
			}{kinds, teams, overdue, claimed, hex.EncodeToString(sum[:8])}, nil
		}},
		{Name: "inbox", Means: "How many messages of people wait for somebody to look at them, and how many of them urgently.", Permission: access.InboxRead, Panel: true, Read: n.inboxNow},
		{Name: "maps", Means: "How programs' maps are lived, in numbers as they may be shown outside the care team.", Permission: access.PeopleReport, Read: func(ctx context.Context) (any, error) { return n.mapsNow(ctx, false) }},
		{Name: "maps_of_care", Means: "How programs' maps are lived, for the care team.", Permission: access.PeopleList, Read: func(ctx context.Context) (any, error) { return n.mapsNow(ctx, true) }},
		{Name: "journeys", Means: "Who stands where in programs' journeys, in numbers as they may be shown outside the care team.", Permission: access.PeopleReport, Read: func(ctx context.Context) (any, error) { return n.journeysNow(ctx, false) }},
		{Name: "journeys_of_care", Means: "Who stands where in programs' journeys, for the care team.", Permission: access.PeopleList, Read: func(ctx context.Context) (any, error) { return n.journeysNow(ctx, true) }},
		{Name: "decisions", Means: "That something was decided, sent or withheld since: the newest commit that says so. listDecisions tells what.", Permission: access.PeopleList, Read: func(context.Context) (any, error) {
			return struct {
				Newest int64 `json:"newest"`
			}{n.decided.Load()}, nil
		}},
		{Name: "person", Means: "That something is new about this person: a number that grows with each change of their record, without what it is.", Permission: access.PersonRead, One: n.changed},
		{Name: "arrivals", Means: "What arrives from each source, in counts of events, and the newest arrivals by their names, without whose they are.", Permission: access.ArrivalsRead, Read: func(ctx context.Context) (any, error) { return n.arriving(ctx) }},
		{Name: "jobs", Means: "How far what takes long is, by the ids of jobs.", Permission: access.SimulateRun, Read: func(context.Context) (any, error) { return n.jobs.now(), nil }},
		{Name: "drafts", Means: "Which drafts there are, and who changed each last, and what.", Permission: access.ProgramRead, Read: func(context.Context) (any, error) { return n.draftsNow() }},
		{Name: "releases", Means: "Which release is live.", Permission: access.ProgramRead, Read: func(context.Context) (any, error) {
			p, _ := n.Live()
			return Published{p.Number, p.Release, p.At.String(), p.Undoes}, nil
		}},
	}
}

// changed tells how often somebody's record changed; zero of nobody's.
func (n *Node) changed(ctx context.Context, who id.Person) (any, error) {
	rows, err := n.People.Load(ctx, []id.Person{who})
	if err != nil {
		return nil, err
	}
	return struct {
		Changes uint64 `json:"changes"`
	}{rows[0].Version}, nil
}

// inboxNow counts the messages of people that somebody has to look at.
func (n *Node) inboxNow(ctx context.Context) (any, error) {
	list, err := n.Inbox.List(ctx, mostListed)
	if err != nil {
		return nil, err
	}
	out := struct {
		Messages int `json:"messages"`
		Urgent   int `json:"urgent"`
	}{}
	for i := range list {
		people := names(list[i].People)
		may, err := n.reduced(ctx, access.InboxRead, &people)
		if err != nil {
			return nil, err
		}
		if may {
			out.Messages++
			if list[i].Urgent() {
				out.Urgent++
			}
		}
	}
	return out, nil
}

// streamEvery is how often topics are read that somebody listens to.
const streamEvery = 500 * time.Millisecond

// api answers the API, and lets next answer what is not its own. The desk must have been made.
func (s *Server) api(stream *api.Stream, next http.Handler) (http.Handler, error) {
	n := s.Node
	desk := &api.Desk{Operations: n.Operations(), Principal: s.principal, People: apiPeople{n, n.glass}, Answers: n.answers, Stream: stream, Refused: n.refusals.refused, Suspect: s.Door.Suspect, Logger: n.Logger, Local: s.Door == nil}
	return desk.Before(next)
}

// raises are ceilings that one person asked for, and that wait for the second.
type raises struct {
	mu   sync.Mutex
	asks []raiseAsked
}

type raiseAsked struct {
	Raise
	at time.Time
}

// waitsForSecond is how long the first who asks waits for the second.
const waitsForSecond = time.Hour

// second tells who asked for the same first, if somebody else did within the hour; otherwise it is noted that this account did.
func (r *raises) second(x Raise, now time.Time) (first Raise, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var keep []raiseAsked
	for _, a := range r.asks {
		if now.Sub(a.at) > waitsForSecond {
			continue
		}
		same := a.Program == x.Program && a.Engagement == x.Engagement && a.To == x.To && a.For == x.For
		if same && a.Account != x.Account {
			first, ok = a.Raise, true
			continue
		}
		if !same {
			keep = append(keep, a)
		}
	}
	if !ok {
		keep = append(keep, raiseAsked{x, now})
	}
	r.asks = keep
	return first, ok
}

// asked is what was asked last for an engagement and waits for the second.
func (r *raises) asked(program, engagement string, now time.Time) (out raiseAsked, waits bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range r.asks {
		if a.Program == program && a.Engagement == engagement && now.Sub(a.at) <= waitsForSecond {
			out, waits = a, true
		}
	}
	return out, waits
}

// everything is whoever looks at a demonstration, in which nobody exists.
func everything() access.Principal {
	p := access.Principal{Kind: "session", ID: "demonstration", Name: "Demonstration"}
	for _, r := range access.Roles() {
		if r.Role != access.Service {
			p.Roles = append(p.Roles, r.Role)
		}
	}
	return p
}

func (s *Server) principal(r *http.Request) (access.Principal, bool) {
	if s.Door == nil {
		return everything(), true
	}
	return s.Door.Principal(r)
}
