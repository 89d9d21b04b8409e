package app

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"attune/core/engine"
	"attune/core/id"
	"attune/core/person"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/estimate"
	"attune/internal/runner"
	"attune/internal/seal"
)

// AudienceTry is an audience that is tried: on whom, beside what, and for how long.
type AudienceTry struct {
	RuleAsked
	Beside string `json:"beside" doc:"Another condition, to see who is in both." example:""`
	Within int    `json:"within_ms" doc:"For how many milliseconds people are looked at, 50 to 20000; 200 where it does not say." example:"200"`
	Show   int    `json:"show" doc:"Of how many people at most it tells who they are and why they are in it; 10 at most." example:"10"`
}

// AudienceTried is who is in an audience now.
type AudienceTried struct {
	// At is when that is so.
	At string `json:"at"`
	// Known is how many people there are, and Looked at how many of them was looked. Ids are drawn at random and people are looked at in
	// their order, so those are a fair sample.
	Known  int `json:"known"`
	Looked int `json:"looked"`
	// Whole tells that everybody was looked at: what follows is counted then, and else reckoned from those who were.
	Whole bool  `json:"whole"`
	In    Share `json:"in"`
	// Beside are those of the other condition; Both are in both, Only in the first alone and OnlyBeside in the other alone.
	Beside     *Share `json:"beside,omitempty"`
	Both       *Share `json:"both,omitempty"`
	Only       *Share `json:"only,omitempty"`
	OnlyBeside *Share `json:"only_beside,omitempty"`
	// Some are people who are in it, and why.
	Some []InAudience `json:"some"`
}

// Share is how many people something is so of.
type Share struct {
	// Seen is how many of those who were looked at, and People how many of everybody, with its 95 % interval; the interval is of one number
	// where everybody was looked at.
	Seen   int `json:"seen"`
	People int `json:"people"`
	Low    int `json:"low"`
	High   int `json:"high"`
}

// InAudience is somebody who is in an audience.
type InAudience struct {
	Person string `json:"person"`
	Since  string `json:"since"`
	// Because is what made it so: an event's name, or the condition itself.
	Because string `json:"because"`
	Phase   string `json:"phase,omitempty"`
}

const (
	usualLook, shortestLook, longestLook = 200, 50, 20_000
	mostShown                            = 10
	// lookedAtOnce is how many people are read at a time.
	lookedAtOnce = 64
)

// Audience tells who would be in an audience now, of those whom there is time to look at. Nothing is written.
func (i *Inspector) Audience(ctx context.Context, of *Written, in *AudienceTry) (*AudienceTried, error) {
	try, err := in.ready(of)
	if err != nil {
		return nil, err
	}
	if err := i.archive.pin(try.rel); err != nil {
		return nil, err
	}
	tallies, err := i.people.Tallies(ctx, "")
	if err != nil {
		return nil, fmt.Errorf("count people: %w", err)
	}
	t := newTotals(tallies)
	out := &AudienceTried{At: i.now().String(), Known: int(t["people"] - t[runner.MergedKey]), Some: []InAudience{}}
	s := sampling{i: i, try: try, beside: in.Beside != "", show: in.Show, of: in.Program, out: out}
	if err := s.look(ctx, time.Duration(in.Within)*time.Millisecond); err != nil {
		return nil, err
	}
	return out, i.looked(ctx, "Audience", s.shown...)
}

// ready checks what is asked, and compiles it.
func (in *AudienceTry) ready(of *Written) (*ruled, error) {
	if in.Within == 0 {
		in.Within = usualLook
	}
	if in.Within < shortestLook || in.Within > longestLook {
		return nil, api.Refused("within_ms", "people are looked at for 50 to 20000 milliseconds", "leave it out for 200")
	}
	if in.Show < 0 || in.Show > mostShown {
		return nil, api.Refused("show", "ten people are shown at most", "name 0 to 10")
	}
	when, err := ruleOf("when", in.When)
	if err != nil {
		return nil, err
	}
	names, rules := []string{triedAudience}, []string{when}
	if in.Beside != "" {
		beside, err := ruleOf("beside", in.Beside)
		if err != nil {
			return nil, err
		}
		names, rules = append(names, besideAudience), append(rules, beside)
	}
	try, problem, err := of.with(names, rules)
	if err == nil && problem != nil {
		err = api.Refused("when", problem.What, problem.Hint)
	}
	return try, err
}

// sampling looks at people, in the order of their ids, as long as there is time.
type sampling struct {
	i      *Inspector
	try    *ruled
	beside bool
	show   int
	of     string
	out    *AudienceTried
	shown  []id.Person

	in, other, both int
}

func (s *sampling) look(ctx context.Context, within time.Duration) error {
	ctx, stop := context.WithTimeoutCause(ctx, within, errLooked)
	defer stop()
	for after := int64(-1); ; {
		rows, err := s.i.people.Page(ctx, after, lookedAtOnce)
		if err != nil {
			return s.ended(ctx, err)
		}
		for k := range rows {
			after = rows[k].Person.Row()
			p, err := runner.OpenRow(s.i.keys, &rows[k])
			if errors.Is(err, seal.ErrNoKey) {
				continue
			}
			if err == nil && p.Into.IsZero() && s.may(ctx, &p) {
				err = s.one(ctx, p)
			}
			if err != nil {
				return s.ended(ctx, err)
			}
		}
		if len(rows) < lookedAtOnce {
			s.out.Whole = true
			s.reckon()
			return nil
		}
	}
}

// errLooked ends looking when its time is over.
var errLooked = errors.New("the time to look at people is over")

// ended reckons with whom there was time for; another end is an error.
func (s *sampling) ended(ctx context.Context, err error) error {
	if !errors.Is(context.Cause(ctx), errLooked) {
		return err
	}
	s.reckon()
	return nil
}

// may tells whether somebody is of the panel of whoever asks.
func (s *sampling) may(ctx context.Context, p *person.Person) bool {
	who := api.PrincipalOf(ctx)
	if who.Nobody() || who.Everybody(access.PeopleList) {
		return true
	}
	var programs []string
	for k := range p.Memberships {
		if p.Memberships[k].Active() {
			programs = append(programs, p.Memberships[k].Program)
		}
	}
	return who.Panel(programs)
}

func (s *sampling) one(ctx context.Context, p person.Person) error {
	records, err := s.i.records(ctx, p.ID)
	if err != nil {
		return err
	}
	secret := s.i.keys.Secret(seedSecret)
	is, _ := runner.Relive(s.try.rel, p, engine.Input{At: s.i.now(), Seed: id.SeedOf(secret, p.ID), Common: id.SeedOf(secret, id.Person{}), What: engine.Switch{To: s.try.rel.Short}}, records)
	s.out.Looked++
	at := groupOf(&is, triedAudience)
	other := s.beside && groupOf(&is, besideAudience) != nil
	if other {
		s.other++
	}
	if at == nil {
		return nil
	}
	s.in++
	if other {
		s.both++
	}
	if len(s.out.Some) < s.show {
		x := InAudience{Person: p.ID.String(), Since: at.Since.String(), Because: at.What}
		for k := range is.Memberships {
			if is.Memberships[k].Program == s.of {
				x.Phase = is.Memberships[k].Phase
			}
		}
		s.out.Some = append(s.out.Some, x)
		s.shown = append(s.shown, p.ID)
	}
	return nil
}

func groupOf(p *person.Person, audience string) *person.Group {
	for k := range p.Groups {
		if p.Groups[k].Audience == audience {
			return &p.Groups[k]
		}
	}
	return nil
}

// reckon makes numbers of everybody from those who were looked at.
func (s *sampling) reckon() {
	if s.out.Whole {
		s.out.Known = s.out.Looked
	}
	share := func(seen int) Share { return shareOf(seen, s.out.Looked, s.out.Known) }
	s.out.In = share(s.in)
	if s.beside {
		other, both, only, onlyOther := share(s.other), share(s.both), share(s.in-s.both), share(s.other-s.both)
		s.out.Beside, s.out.Both, s.out.Only, s.out.OnlyBeside = &other, &both, &only, &onlyOther
	}
}

// shareOf reckons how many of everybody something is so of, from how many of those who were looked at; by Wilson's interval, narrowed since
// those who were looked at are known: sqrt((N-n)/(N-1)) of a sample without replacement (Cochran, Sampling Techniques, 1977, 2.6).
func shareOf(seen, looked, known int) Share {
	if looked >= known {
		return Share{Seen: seen, People: seen, Low: seen, High: seen}
	}
	if looked == 0 {
		return Share{High: known}
	}
	is := estimate.Wilson(float64(seen), float64(looked), 0.95)
	narrow := math.Sqrt(float64(known-looked) / float64(known-1))
	p := float64(seen) / float64(looked)
	low, high := p-(p-is.Lo)*narrow, p+(is.Hi-p)*narrow
	all := float64(known)
	return Share{Seen: seen, People: int(p*all + 0.5), Low: max(seen, int(low*all)), High: min(known-(looked-seen), int(high*all+1))}
}
