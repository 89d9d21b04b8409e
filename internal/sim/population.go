package sim

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/internal/delivery"
	"attune/internal/intake"
	"attune/internal/intake/identity"
)

// Program is the program that a population was made up for.
const Program = "diabetes"

// Population is a set of people and what they are about to do. It may be used from any goroutine.
type Population struct {
	mu     sync.Mutex
	source string
	people []*somebody
	// byAddress finds who is written to at an e-mail address or a telephone number.
	byAddress map[string]*somebody
	agenda    agenda
	turn      int
	seed      uint64
	// asked are the requests that somebody is going to answer.
	asked map[id.Key]bool
	// ways are what is known of these people besides, and under what of it a touch that is on its way falls.
	ways Ways
	does map[id.Key]float64
}

// Ways are what somebody may want of a demonstration's people; none of them as they are by themselves.
type Ways struct {
	// Phones is the share of people who have a telephone number, for text messages.
	Phones float64
	// Does is by what a message's effect is multiplied: that of an engagement's variant.
	Does func(engagement, variant string) float64
}

// somebody is one synthetic person.
type somebody struct {
	key    string
	number int
	person id.Person // only where somebody speaks about a person whom Attune named
	g      *rand.Rand
	own    *rand.Rand // draws what nothing that they do depends on
	zone   *instant.Zone
	habits habits
	email  string
	dead   bool
	portal bool         // still has the habit
	supply instant.Time // until when the medicine lasts
	refill int          // counts planned refills; an older plan does not count any more
	sent   int          // events so far
	since  instant.Time // when the portal habit began
}

// deed is something somebody will do.
type deed struct {
	at   instant.Time
	turn int
	who  *somebody
	do   func(p *Population, s *somebody, at instant.Time) []event.Event
}

// What people are drawn from.
//
//nolint:gochecknoglobals // tables that never change
var (
	firstNames = []string{"Ana", "Ben", "Chidi", "Dao", "Elif", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Kemi", "Lucía", "Mateo", "Nadia", "Omar", "Paula", "Quinn", "Rosa", "Samir", "Tomás", "Uma", "Víctor", "Wanda", "Ximena", "Yusuf", "Żaneta"}
	lastNames  = []string{"Abara", "Brandt", "Castillo", "Demir", "Evans", "Fontaine", "García", "Haddad", "Ivanov", "Jensen", "Kowalska", "López", "Mensah", "Nguyen", "O’Neill", "Pereira", "Quispe", "Rossi", "Suárez", "Tanaka", "Usman", "Vega", "Weber", "Xu", "Yılmaz", "Zielińska"}
	zones      = []string{"America/New_York", "America/New_York", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Phoenix"}
)

// NewPopulation draws people who come into care at various times within the given span from start.
func NewPopulation(seed uint64, n int, z *instant.Zones, start instant.Time, span instant.Duration) (*Population, error) {
	p := &Population{source: "demo", byAddress: map[string]*somebody{}, seed: seed, asked: map[id.Key]bool{}, does: map[id.Key]float64{}}
	for i := range n {
		g := rand.New(rand.NewPCG(seed, uint64(i)+1))
		zone, ok := z.Find(zones[g.IntN(len(zones))])
		if !ok {
			return nil, fmt.Errorf("draw population: the zone data lacks %v", zones)
		}
		s := &somebody{key: fmt.Sprintf("patient-%04d", i+1), number: i + 1, g: g, own: rand.New(rand.NewPCG(seed, -uint64(i)-1)), zone: zone, habits: drawHabits(g)}
		p.people = append(p.people, s)
		// Most were in care before the window opens; some come during it.
		var at instant.Time
		if g.Float64() < 0.6 {
			at = start.Add(instant.Duration(g.Int64N(int64(span * 9 / 10))))
		} else {
			at = start.Add(instant.Duration(g.Int64N(int64(instant.Day))))
		}
		p.plan(s, waking(zone, at, g), comesIntoCare)
	}
	return p, nil
}

// Go lets people go other ways than their own. It is asked before anybody does anything.
func (p *Population) Go(w Ways) { p.ways = w }

// Source is the system that the population's events come from.
func (p *Population) Source() intake.Source { return intake.Source{Name: p.source, System: p.source} }

// Key is the identifier by which the population knows its n-th person, from 0.
func (p *Population) Key(n int) identity.Key {
	return identity.Key{System: p.source, Value: p.people[n].key}
}

// Next is when somebody does something next; Never when nobody will.
func (p *Population) Next() instant.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.agenda) == 0 {
		return instant.Never
	}
	return p.agenda[0].at
}

// Until lets people do what they do up to and including an instant, and returns it as arrivals.
func (p *Population) Until(now instant.Time) []intake.Arrival {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []intake.Arrival
	for len(p.agenda) > 0 && p.agenda[0].at <= now {
		d := heap.Pop(&p.agenda).(deed)
		if d.who.dead {
			continue
		}
		for _, e := range d.do(p, d.who, d.at) {
			d.who.sent++
			e.ID = fmt.Sprintf("%s/%s-%d", p.source, d.who.key, d.who.sent)
			e.Source, e.OccurredAt, e.ReceivedAt = p.source, d.at, d.at
			out = append(out, intake.Arrival{Who: identity.Key{System: p.source, Value: d.who.key}, Person: d.who.person, Event: e})
		}
	}
	return out
}

// Reached tells the population that a message was handed over to one of them.
func (p *Population) Reached(m delivery.Message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	does, special := p.does[m.Touch]
	delete(p.does, m.Touch)
	s := p.byAddress[m.To]
	if s == nil || s.dead {
		return
	}
	if !special {
		does = 1
	}
	at := instant.Of(m.At)
	receipt := func(name string) func(*Population, *somebody, instant.Time) []event.Event {
		return func(*Population, *somebody, instant.Time) []event.Event {
			return []event.Event{made(name, "touch", expr.TextOf(m.Touch.String()), "channel", expr.TextOf(m.Channel))}
		}
	}
	p.plan(s, at.Add(5*instant.Second), receipt("message.delivered"))
	if s.g.Float64() > shareOpens {
		return
	}
	opened := waking(s.zone, at.Add(about(s.g, 0.3)), s.g)
	p.plan(s, opened, receipt("message.opened"))
	if s.g.Float64() < shareClicks {
		p.plan(s, opened.Add(instant.Minute), receipt("message.clicked"))
	}
	if s.g.Float64() < annoyance {
		p.plan(s, opened.Add(2*instant.Minute), withdraws)
		return
	}
	if s.g.Float64() < s.habits.responsive*does {
		p.plan(s, waking(s.zone, opened.Add(about(s.g, 1)), s.g), actsOnMessage)
	}
}

func (p *Population) plan(s *somebody, at instant.Time, do func(*Population, *somebody, instant.Time) []event.Event) {
	p.turn++
	heap.Push(&p.agenda, deed{at, p.turn, s, do})
}

// made builds an event from pairs of a property's name and value.
func made(name string, pairs ...any) event.Event {
	e := event.Event{Name: name}
	for i := 0; i+1 < len(pairs); i += 2 {
		e = e.With(pairs[i].(string), pairs[i+1].(expr.Value))
	}
	return e
}

// comesIntoCare is the first visit: who they are, what they were told, and what they were given.
func comesIntoCare(p *Population, s *somebody, at instant.Time) []event.Event {
	first, last := firstNames[s.g.IntN(len(firstNames))], lastNames[s.g.IntN(len(lastNames))]
	language := "en"
	if s.g.Float64() < shareSpanish {
		language = "es"
	}
	traits := made("traits.updated", "first_name", expr.TextOf(first), "last_name", expr.TextOf(last), "language", expr.TextOf(language), "timezone", expr.TextOf(s.zone.Name))
	traits = traits.With("birth_date", expr.TextOf(bornOn(s.own))).With("sex", expr.TextOf(sexOf(s.own)))
	if s.g.Float64() >= shareNoEmail {
		s.email = strings.ReplaceAll(s.key, "patient-", "p") + "@patients.example"
		p.byAddress[s.email] = s
		traits = traits.With("email", expr.TextOf(s.email))
	}
	if p.ways.Phones > 0 && s.own.Float64() < p.ways.Phones {
		// 555-01xx numbers are nobody's; a demonstration needs more of them, and sends nothing anyway.
		number := "+1555" + fmt.Sprintf("%07d", s.number)
		p.byAddress[number] = s
		traits = traits.With("phone", expr.TextOf(number))
	}
	code, display := "15777000", "Prediabetes"
	if s.g.Float64() < shareDiabetes {
		code, display = "44054006", "Diabetes mellitus type 2"
	}
	out := []event.Event{
		traits,
		made("care.encounter_started", "class", expr.TextOf("ambulatory")),
		made("clinical.condition_recorded", "codes", expr.ListOf(code), "display", expr.TextOf(display)),
	}
	switch word := s.g.Float64(); {
	case word < shareGranted:
		out = append(out, consentTo("consent.granted"))
	case word < shareGranted+shareDenied:
		out = append(out, consentTo("consent.denied"))
	}
	s.portal, s.since = true, at
	p.plan(s, at.Add(25*instant.Minute), func(*Population, *somebody, instant.Time) []event.Event {
		return []event.Event{made("care.encounter_finished", "class", expr.TextOf("ambulatory"))}
	})
	if code == "44054006" {
		p.plan(s, waking(s.zone, at.Add(instant.Hour+about(s.g, 4)), s.g), isPrescribed)
	}
	p.plan(s, waking(s.zone, at.Add(about(s.g, s.habits.portal)), s.g), visitsPortal)
	p.plan(s, waking(s.zone, at.Add(days(75+30*s.g.Float64())), s.g), hasAppointment)
	p.plan(s, at.Add(about(s.g, 1/dailyDeath)), dies)
	p.plan(s, at.Add(about(s.g, 1/dailyWithdrawal)), withdraws)
	s.willTell(p, at)
	return out
}

func consentTo(name string) event.Event {
	return made(name, "purpose", expr.TextOf("treatment_support"), "text", expr.TextOf("You may write to me about my care"), "version", expr.TextOf("2027-01"))
}

//nolint:gochecknoglobals // it never changes
var metformin = []any{"code", expr.TextOf("860975"), "display", expr.TextOf("Metformin 500 mg"), "days_supply", expr.IntegerOf(supplyDays)}

func isPrescribed(p *Population, s *somebody, at instant.Time) []event.Event {
	p.plan(s, waking(s.zone, at.Add(about(s.g, 0.5)), s.g), fetches)
	return []event.Event{made("medication.prescribed", metformin...)}
}

// fetches is a supply handed over, and the plan for the next.
func fetches(p *Population, s *somebody, at instant.Time) []event.Event {
	s.supply = max(s.supply, at).Add(supplyDays * instant.Day)
	s.refill++
	plan := s.refill
	next := s.supply.Add(days(-2 + 6*s.g.Float64()))
	if s.g.Float64() > s.habits.adherence {
		next = s.supply.Add(days(6) + about(s.g, 20))
	}
	p.plan(s, waking(s.zone, max(next, at.Add(instant.Day)), s.g), func(p *Population, s *somebody, at instant.Time) []event.Event {
		if s.refill != plan {
			return nil // fetched earlier, after a reminder
		}
		return fetches(p, s, at)
	})
	return []event.Event{made("medication.dispensed", metformin...)}
}

func visitsPortal(p *Population, s *somebody, at instant.Time) []event.Event {
	if float64(at.Sub(s.since)) > s.habits.keeps*float64(instant.Day) {
		s.portal = false
		return nil
	}
	p.plan(s, waking(s.zone, at.Add(days(1)+about(s.g, s.habits.portal)), s.g), visitsPortal)
	return []event.Event{made("portal.visited")}
}

// actsOnMessage is what a reminder leads to: the medicine is fetched, or the portal visited again.
func actsOnMessage(p *Population, s *somebody, at instant.Time) []event.Event {
	var out []event.Event
	if s.supply != 0 && at > s.supply {
		out = fetches(p, s, at)
	}
	if !s.portal {
		s.portal, s.since = true, at
		p.plan(s, waking(s.zone, at.Add(about(s.g, s.habits.portal)), s.g), visitsPortal)
		out = append(out, made("portal.visited"))
	}
	return out
}

func hasAppointment(p *Population, s *somebody, at instant.Time) []event.Event {
	p.plan(s, waking(s.zone, at.Add(days(75+30*s.g.Float64())), s.g), hasAppointment)
	if s.g.Float64() > s.habits.comes {
		return []event.Event{made("appointment.noshow", "type", expr.TextOf("check-up"))}
	}
	p.plan(s, at.Add(20*instant.Minute), func(*Population, *somebody, instant.Time) []event.Event {
		return []event.Event{made("care.encounter_finished", "class", expr.TextOf("ambulatory"))}
	})
	return []event.Event{made("appointment.completed", "type", expr.TextOf("check-up")), made("care.encounter_started", "class", expr.TextOf("ambulatory"))}
}

func dies(_ *Population, s *somebody, _ instant.Time) []event.Event {
	s.dead = true
	return []event.Event{made("patient.deceased")}
}

func withdraws(*Population, *somebody, instant.Time) []event.Event {
	return []event.Event{consentTo("consent.withdrawn")}
}

// agenda orders deeds by time, then by when they were planned.
type agenda []deed

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return a[i].at < a[j].at || a[i].at == a[j].at && a[i].turn < a[j].turn
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(deed)) }
func (a *agenda) Pop() any {
	old := *a
	x := old[len(old)-1]
	*a = old[:len(old)-1]
	return x
}
