package main

import (
	"context"
	"math"

	"attune/internal/leverage"
	"attune/internal/simulate"
)

// sizes tells how large a difference truly is at its transition. Of a group: everybody is of it, and lives once with the difference and once
// without it, with the same luck. Of a trial: everybody is treated as usual, and again goes without.
func (s *study) sizes(ctx context.Context, seed uint64, h *hidden) error {
	one := func(without bool) (went, error) {
		c, m := s.config(seed, s.usual, s.truth), simulate.OnlyPlanted
		switch {
		case h.way != byTrial:
			c.Forced, c.Lifted = &h.Planted, without
		case without:
			c.Release = s.without
		}
		x, err := live(ctx, c, m)
		if err != nil {
			return went{}, err
		}
		return wentOn(&x.q.Cases[h.at]), nil
	}
	with, err := one(false)
	if err != nil {
		return err
	}
	without := went{}
	if h.way != byDoing { // whose share is told, and not by how much it differs
		if without, err = one(true); err != nil {
			return err
		}
	}
	if h.share != nil {
		d := with.share - without.share
		h.share.true, h.share.noise = d, math.Sqrt(math.Abs(d)*(1-math.Abs(d))/with.came)
	}
	if h.days != nil {
		h.days.true = with.half - without.half
		if with.half < 0 || without.half < 0 {
			h.days = nil // half of them never go on
		}
	}
	return nil
}

// went is how people went on: of those who came, which share of them within the horizon, and by which day half of them had; -1 for never.
type went struct{ came, share, half float64 }

// wentOn counts those who came a horizon ago or longer.
func wentOn(c *leverage.Case) went {
	horizon, x := c.Transition.Horizon, &c.Cohort
	n, hits, days := 0, 0, make([]int, horizon+1)
	for i, came := range x.Entered {
		waited := x.Ended[i] - came
		if x.Now-came < horizon || x.Outcome[i] == leverage.Waiting && waited < horizon {
			continue
		}
		n++
		if x.Outcome[i] == leverage.Converted && waited <= horizon {
			hits++
			days[waited]++
		}
	}
	w := went{came: float64(max(n, 1)), share: float64(hits) / float64(max(n, 1)), half: -1}
	by := 0
	for d, on := range days {
		if by += on; 2*by >= n && n > 0 {
			w.half = float64(d)
			break
		}
	}
	return w
}
