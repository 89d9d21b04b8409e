package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"attune/core/id"
	"attune/core/instant"
	"attune/core/journeymap"
	"attune/core/program"
	"attune/internal/api"
	"attune/internal/disclose"
	"attune/internal/insight"
	"attune/internal/segment"
)

// PassageOf is somebody's way through a phase.
type PassageOf struct {
	Person  string `json:"person"`
	Program string `json:"program"`
	Phase   string `json:"phase"`
	Entered string `json:"entered"`
	// End is on, left or waiting; Until is when, and To the phase that was entered then, or the exit.
	End   string `json:"end"`
	Until string `json:"until,omitempty"`
	To    string `json:"to,omitempty"`
	Here  bool   `json:"here"`
}

// ends are the ways in which a passage can be asked for, as numbers of a map are called.
func ends() []string { return []string{"entered", "on", "left", "waiting", "here"} }

// Passages lists those behind a number of a map: as many as it says.
func (i *Inspector) Passages(ctx context.Context, o LivedOf, phase, end string) ([]PassageOf, error) {
	return everyBehind(ctx, i, "Passages", i.passages(&o, phase, end))
}

// passages says them.
func (i *Inspector) passages(o *LivedOf, phase, end string) func(*insight.Tail, *behind[PassageOf]) error {
	return func(facts *insight.Tail, b *behind[PassageOf]) error {
		_, pr, err := i.liveProgram(o.Program)
		if err != nil {
			return err
		}
		k := pr.Map.Index(phase)
		if k < 0 {
			return api.NotFound("phase", "the map of %s has no phase %q", o.Program, phase)
		}
		if !slices.Contains(ends(), end) {
			return api.Refused("end", fmt.Sprintf("there is no number %q of a phase", end), "choose entered, on, left, waiting or here")
		}
		f, err := o.filter(i.now())
		if err != nil {
			return err
		}
		err = facts.Columns.EachPassage(pr, f, k, func(x *insight.Whose) {
			if end == "entered" || end == "here" && x.Here || end == "on" && x.End == insight.On || end == "left" && x.End == insight.Out || end == "waiting" && x.End == insight.Waiting {
				b.put(x.Who, x.Entered, func(who id.Person) PassageOf { return passageOf(&pr.Map, pr.ID, who, x) })
			}
		})
		if err != nil {
			return api.Refused("is", err.Error(), "name what the map has")
		}
		return nil
	}
}

func passageOf(m *journeymap.Map, program string, who id.Person, x *insight.Whose) PassageOf {
	p := PassageOf{Person: who.String(), Program: program, Phase: m.Phases[x.Phase].ID, Entered: x.Entered.String(), End: "waiting", Here: x.Here}
	switch x.End {
	case insight.Waiting:
		return p
	case insight.On:
		p.End, p.To = "on", m.Phases[x.To].ID
	case insight.Out:
		p.End = "left"
		switch x.To {
		case insight.LeftProgram:
			p.To = "the program"
		case insight.JustEnded:
			p.To = "the phase"
		default:
			p.To = m.Exits[x.To].ID
		}
	}
	p.Until = x.Until.String()
	return p
}

// Groups are those whose doings tell whether they move on.
type Groups struct {
	Program string       `json:"program"`
	Phase   string       `json:"phase"`
	Basis   Basis        `json:"basis"`
	Groups  []GroupFound `json:"groups"`
	Tested  int          `json:"tested"`
	// None says why there are none.
	None string `json:"none,omitempty"`
}

// GroupFound is one of them: in words, with its numbers, and as an audience to be saved.
type GroupFound struct {
	Says      string  `json:"says"`
	People    int     `json:"people"`
	Estimated int     `json:"estimated"`
	Here      Between `json:"here"`
	Elsewhere Between `json:"elsewhere"`
	// Stability is in what share of resamples the same group is found again.
	Stability float64 `json:"stability"`
	When      string  `json:"when"`
	// Audience is the line for audiences.yaml.
	Audience string `json:"audience"`
}

// Between is a share with its 95 % interval.
type Between struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Groups finds groups by what people did before they came into a phase, which differ in who moves on.
func (i *Inspector) Groups(ctx context.Context, o LivedOf, phase string) (*Groups, error) {
	rel, pr, err := i.liveProgram(o.Program)
	if err != nil {
		return nil, err
	}
	k := pr.Map.Index(phase)
	if k < 0 || k == len(pr.Map.Phases)-1 {
		return nil, api.NotFound("phase", "the map of %s has no phase %q that leads to another", o.Program, phase)
	}
	if err := i.looked(ctx, "Groups"); err != nil {
		return nil, err
	}
	facts, err := i.gathered(ctx)
	if err != nil {
		return nil, err
	}
	f, err := o.filter(i.now())
	if err != nil {
		return nil, err
	}
	if _, err := i.overlay(ctx, facts, pr, f); err != nil {
		return nil, err
	}
	in, err := facts.Columns.Behaviour(pr, f, k)
	if err != nil {
		return nil, api.Refused("is", err.Error(), "name what the map has")
	}
	in.Seed = 1
	n := len(in.Days)
	var found segment.Found
	if n < segment.Fewest {
		found.None = fmt.Sprintf("groups are looked for among %d people or more, who came into the phase", segment.Fewest)
	} else if found, err = segment.Find(in); err != nil {
		return nil, err
	}
	out := &Groups{Program: pr.ID, Phase: phase, Groups: []GroupFound{}, Tested: found.Tested, None: found.None, Basis: Basis{Release: rel.ID, AsOf: f.AsOf.String(), People: &n, Filter: o.words(), Smallest: leastGroup}}
	if n < disclose.DefaultLeast && !seesFew(ctx) {
		out.Basis.People = nil
	}
	for g := range found.Groups {
		x := &found.Groups[g]
		between := func(s segment.Share) Between { return Between{s.Value, s.Low, s.High} }
		out.Groups = append(out.Groups, GroupFound{
			Says: x.String(), People: x.People, Estimated: x.Estimated, Here: between(x.Here), Elsewhere: between(x.Elsewhere), Stability: x.Stability, When: x.When(),
			Audience: x.Audience(fmt.Sprintf("found_in_%s_%d", phase, g+1)),
		})
	}
	return out, nil
}

// leastGroup is of how many people a group is at least.
const leastGroup = 50

// WriteText writes the groups for a terminal.
func (g *Groups) WriteText(w io.Writer) error {
	p := &printer{w: w}
	p.f("%s, %s, as of %s: %s people, %s\n\n", g.Program, g.Phase, g.Basis.AsOf, toldOf(g.Basis.People), g.Basis.Filter)
	for n := range g.Groups {
		x := &g.Groups[n]
		p.f("%d. %s. Found again in %.0f of a hundred resamples.\n", n+1, x.Says, 100*x.Stability)
	}
	if len(g.Groups) == 0 {
		p.f("%s\n", g.None)
		return p.err
	}
	p.f("\nTo save them, add to audiences.yaml:\n\naudiences:\n")
	for n := range g.Groups {
		p.f("%s", g.Groups[n].Audience)
	}
	p.f("\nThey differ; that their doings are why is not shown by that.\n")
	return p.err
}

// scans are the newest counts of whole maps, for all who watch: the stream reads a topic once for all its viewers, and both topics of maps
// share what was counted. Nothing is counted again while nothing came in, but for time, which makes people late.
type scans struct {
	mu sync.Mutex
	by map[string]scan
}

type scan struct {
	pr      *program.Program
	columns *insight.Columns
	version uint64
	at      time.Time
	v       *insight.Overlay
}

// scanAtMost is how soon a map is counted again where something came in, and scanAtLeast how often where nothing did.
const (
	scanAtMost  = streamEvery / 2
	scanAtLeast = 10 * time.Second
)

func (s *scans) of(c *insight.Columns, pr *program.Program, now instant.Time, at time.Time) (*insight.Overlay, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	version := c.Version() // before it is counted: what comes meanwhile is counted again
	if x, known := s.by[pr.ID]; known && x.pr == pr && x.columns == c {
		if age := at.Sub(x.at); age >= 0 && (age < scanAtMost || x.version == version && age < scanAtLeast) {
			return x.v, nil
		}
	}
	v, err := c.Overlay(pr, insight.Filter{AsOf: now})
	if err != nil {
		return nil, err
	}
	if s.by == nil {
		s.by = map[string]scan{}
	}
	s.by[pr.ID] = scan{pr, c, version, at, v}
	return v, nil
}

// mapsNow is how the maps of all programs are lived, as it may be shown outside the care team, or to it.
func (n *Node) mapsNow(ctx context.Context, inside bool) (map[string]any, error) {
	out := map[string]any{}
	facts, err := n.gathered(ctx)
	if err != nil {
		var p *api.Problem
		if errors.As(err, &p) {
			return out, nil // they are being gathered: there are no numbers yet
		}
		return nil, err
	}
	now := n.Now()
	for _, pr := range n.live().Programs {
		if len(pr.Map.Phases) == 0 {
			continue
		}
		v, err := n.scans.of(facts.Columns, pr, now, time.Now())
		if err != nil {
			return nil, err
		}
		may := shownOf{all: inside}
		if !inside {
			if may, err = protected(pr, v, 0); err != nil {
				return nil, err
			}
		}
		phases := map[string]PhaseLived{}
		l := showLived(pr, v, &may)
		for _, p := range l.Phases {
			p.Wait, p.Stay = Stay{}, Stay{} // those who wait grow older all the time
			phases[p.Phase] = p
		}
		moments := map[string]*int{}
		for _, m := range l.Moments {
			moments[m.Moment] = m.Seen
		}
		out[pr.ID] = struct {
			Phases  map[string]PhaseLived `json:"phases"`
			Moments map[string]*int       `json:"moments"`
		}{phases, moments}
	}
	return out, nil
}
