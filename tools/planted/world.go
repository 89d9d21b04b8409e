package main

import (
	"context"
	"slices"
	"strings"

	"attune/core/event"
	"attune/core/instant"
	"attune/core/program"
	"attune/internal/insight"
	"attune/internal/leverage"
	"attune/internal/segment"
	"attune/internal/simulate"
)

// of are the three ways in which something is hidden, and told.
type of int

const (
	byAttribute of = iota
	byDoing
	byTrial
	ways
)

// hidden is one planted difference, and what came of it.
type hidden struct {
	simulate.Planted
	way of
	at  int // the transition
	// name is the attribute's in the map, or the event of what people did.
	name string
	// people are those of the group who came in, or of the smaller part of the trial.
	people   int
	hit, led bool
	// told are what was told of its size, in shares and in days.
	share, days *told
}

// told is a size as it was told, and the true one with its standard error.
type told struct{ value, lo, hi, true, noise float64 }

// lived is what the facts of a world say.
type lived struct {
	pr      *program.Program
	columns *insight.Columns
	asOf    instant.Time
	q       *leverage.Question
}

// live lets people live, and reads their facts off as a server's are.
func live(ctx context.Context, c simulate.Config, m simulate.Messages) (*lived, error) {
	x := &lived{pr: c.Release.Programs[0], columns: insight.NewColumns(), asOf: c.Start.Add(instant.Duration(c.Days) * instant.Day)}
	err := simulate.Lives(ctx, c, m, func(l simulate.Lived) error {
		who := insight.PseudonymOf(nil, l.Who)
		for n, s := range l.Steps {
			var heard []*event.Event
			if s.Heard != nil {
				heard = append(heard, s.Heard)
			}
			x.columns.Add(insight.Of(who, int64(n+1), s.At, heard, s.Effects))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	x.q, err = x.columns.Question(x.pr, x.filter(), leverage.Options{Seed: 1})
	return x, err
}

func (x *lived) filter() insight.Filter { return insight.Filter{AsOf: x.asOf} }

// one lives one world, and holds what is told against what it hides.
func (s *study) one(ctx context.Context, seed uint64) error {
	x, err := live(ctx, s.config(seed, s.tried, s.people), simulate.OnlyPlanted)
	if err != nil {
		return err
	}
	s.tally.seed = seed
	var all []*hidden
	for _, p := range s.world.Truth(seed) {
		h := &hidden{Planted: p, at: x.pr.Map.Index(p.Transition.From)}
		switch {
		case p.Engagement != "":
			h.way = byTrial
		case p.Did != "":
			h.way = byDoing
			i := slices.IndexFunc(s.world.Life, func(l simulate.Process) bool { return l.ID == p.Did })
			h.name = s.world.Life[i].Emit[0].Event
		default:
			h.name = x.pr.Map.Attributes[x.pr.Map.Attribute(p.Attribute)].Name
		}
		all = append(all, h)
	}
	a, err := leverage.Find(x.q)
	if err != nil {
		return err
	}
	s.tally.attributes(x, a, all)
	s.tally.trials(x, a, all)
	if err := s.tally.groups(x, all); err != nil {
		return err
	}
	for _, h := range all {
		if s.truth > 0 && (h.share != nil || h.days != nil) {
			if err := s.sizes(ctx, seed, h); err != nil {
				return err
			}
		}
	}
	s.tally.hidden = append(s.tally.hidden, all...)
	return nil
}

// place is a transition and an attribute.
type place struct {
	at        int
	attribute string
}

func find(all []*hidden, way of, at int, name string) *hidden {
	for _, h := range all {
		if h.way == way && h.at == at && h.name == name {
			return h
		}
	}
	return nil
}

func hides(all []*hidden, way of) bool {
	return slices.ContainsFunc(all, func(h *hidden) bool { return h.way == way })
}

// attributes holds what leverage lists of people who differ by what they are.
func (t *tally) attributes(x *lived, a *leverage.Answer, all []*hidden) {
	// What is listed by an attribute of the case mix is no find: it is what it is said to be.
	mix := map[string]bool{}
	for _, at := range x.pr.Map.Attributes {
		mix[at.Name] = at.CaseMix
	}
	var listed []*leverage.Contrast
	for _, list := range [][]leverage.Contrast{a.Contrasts, a.Fairness} {
		for i := range list {
			if c := &list[i]; !mix[c.Attribute] && c.And == "" && (c.Adjusted == nil || c.StillDiffers || c.StillLater) {
				listed = append(listed, c)
			}
		}
	}
	n := &t.told[byAttribute]
	seen, bad := map[place]bool{}, 0
	for _, c := range listed {
		at := place{c.At, c.Attribute}
		if seen[at] {
			continue
		}
		seen[at] = true
		if find(all, byAttribute, c.At, c.Attribute) == nil {
			bad++
			t.wrong(c.Sentence, all)
		}
	}
	n.count(len(seen), bad, hides(all, byAttribute))
	if hides(all, byAttribute) && len(listed) > 0 && find(all, byAttribute, listed[0].At, listed[0].Attribute) != nil {
		t.first++
	}
	for _, h := range all {
		if h.way != byAttribute {
			continue
		}
		levels := 0
		for i, at := range x.q.Attributes {
			if at.Name == h.name {
				levels = len(at.Levels) - 1
				for _, l := range x.q.Cases[h.at].Cohort.Level[i] {
					if at.Levels[l] == h.Level {
						h.people++
					}
				}
			}
		}
		for _, c := range listed {
			if c.At != h.at || c.Attribute != h.name || c.Level != h.Level && levels != 2 {
				continue
			}
			h.hit = true
			sign := 1.0
			if c.Level != h.Level {
				sign = -1
			}
			if c.Adjusted != nil {
				h.share = signed(sign, c.Adjusted.Value, c.Adjusted.Lo, c.Adjusted.Hi)
			}
			if c.Days != nil {
				h.days = signed(sign, c.Days.Value, c.Days.Lo, c.Days.Hi)
			}
		}
		for _, g := range a.Transitions[h.at].Gains {
			h.led = h.led || g.Attribute == h.name && g.Shown && g.Rank > 0
		}
	}
}

func signed(sign, value, lo, hi float64) *told {
	if sign < 0 {
		return &told{value: -value, lo: -hi, hi: -lo}
	}
	return &told{value: value, lo: lo, hi: hi}
}

// trials holds what leverage tells that chance showed. Whoever comes to a place later than the one where a message helps may have come by it.
func (t *tally) trials(x *lived, a *leverage.Answer, all []*hidden) {
	n, finds, bad := &t.told[byTrial], 0, 0
	for i := range a.Trials {
		c := &a.Trials[i]
		n.asked++
		h := find(all, byTrial, c.At, "")
		if h != nil {
			h.people = min(c.N, c.Usual)
			h.hit = c.Changed || c.Sooner
			h.share = &told{value: c.Difference.Value, lo: c.Difference.Lo, hi: c.Difference.Hi}
			if c.Days != nil { // they are told by how much later those of the part go on than the usual ones
				h.days = signed(-1, c.Days.Value, c.Days.Lo, c.Days.Hi)
			}
		}
		if c.Changed || c.Sooner {
			finds++
			if h == nil {
				bad++
				t.wrong(c.Sentence, all)
			}
		}
	}
	n.count(finds, bad, hides(all, byTrial))
}

// groups looks for groups by what people did, before each phase.
func (t *tally) groups(x *lived, all []*hidden) error {
	n, finds, bad := &t.told[byDoing], 0, 0
	for at := range len(x.pr.Map.Phases) - 1 {
		in, err := x.columns.Behaviour(x.pr, x.filter(), at)
		if err != nil {
			return err
		}
		h := (*hidden)(nil)
		for _, x := range all {
			if x.way == byDoing && x.at == at {
				h = x
			}
		}
		if h != nil {
			for _, f := range in.Features {
				if f.Event == h.name && f.Days == 28 {
					for _, times := range f.Counts {
						if times > 0 != h.Not {
							h.people++
						}
					}
				}
			}
		}
		if len(in.Days) < segment.Fewest {
			continue
		}
		in.Seed, in.Resamples = 1, -1
		n.asked++
		found, err := segment.Find(in)
		if err != nil {
			return err
		}
		if len(found.Groups) == 0 {
			continue
		}
		finds++
		right, helped := false, slices.ContainsFunc(all, func(h *hidden) bool { return h.way == byTrial && h.at == at })
		for i := range found.Groups {
			g := &found.Groups[i]
			// Who reads messages reads the one that helps, too: they truly differ.
			right = right || helped && strings.Contains(g.When(), `"message.`)
			if h == nil || !strings.Contains(g.When(), `"`+h.name+`"`) {
				continue
			}
			right = true
			_, often, _ := strings.Cut(g.When(), `count("`+h.name+`", `)
			_, often, _ = strings.Cut(often, ") ")
			did := strings.HasPrefix(often, ">=")
			h.hit = h.hit || (did != h.Not) == (g.Here.Value < g.Elsewhere.Value)
			// Its size is told of the very group that is planted.
			if g.When() == `count("`+h.name+`", "28d") >= 1` && !h.Not || g.When() == `count("`+h.name+`", "28d") < 1` && h.Not {
				h.share = &told{value: g.Here.Value, lo: g.Here.Low, hi: g.Here.High}
			}
		}
		if !right {
			bad++
			t.wrong(x.pr.Map.Phases[at].ID+": "+found.Groups[0].String(), all)
		}
	}
	n.count(finds, bad, hides(all, byDoing))
	return nil
}
