package app

import (
	"context"

	"attune/core/instant"
	"attune/core/journeymap"
	"attune/internal/api"
	"attune/internal/estimate"
	"attune/internal/insight"
	"attune/internal/outcomes"
)

// Changes is what changed lately on a program's map: which phases people leave for the next less or more often than before, and which
// outcomes they reached.
type Changes struct {
	Program string `json:"program"`
	Name    string `json:"name"`
	// Days is how long each of the two periods is, which end at Until and at Before.
	Days   int           `json:"days"`
	Before string        `json:"before"`
	Until  string        `json:"until"`
	Phases []PhaseChange `json:"phases"`
	// Since is from when on Reached counts.
	Since   string           `json:"since"`
	Reached []ReachedOutcome `json:"reached"`
}

// PhaseChange compares those who came into a phase in the newest period with those who came in the one before it, each as it was known when
// their period ended, so that both had the same time.
type PhaseChange struct {
	Phase         string `json:"phase"`
	Name          string `json:"name"`
	Entered       int    `json:"entered"`
	MovedOn       int    `json:"moved_on"`
	EnteredBefore int    `json:"entered_before"`
	MovedOnBefore int    `json:"moved_on_before"`
	// Difference is that of the shares who moved on, with its 99 % interval.
	Difference float64 `json:"difference"`
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
	// Changed is fell or rose where eleven or more came in each period and the interval does not hold none, and neither otherwise.
	Changed string `json:"changed,omitempty"`
}

// ReachedOutcome is by how many people an outcome was reached.
type ReachedOutcome struct {
	Outcome string `json:"outcome"`
	Name    string `json:"name"`
	People  int    `json:"people"`
}

const (
	// usualPeriod and longestPeriod are how many days each of two periods has that are compared.
	usualPeriod, longestPeriod = 28, 366
	// comparedAt is the level of a change's interval: several phases are looked at together.
	comparedAt = 0.99
	// comparedFrom is of how many people in each period a change is told.
	comparedFrom = 11
	// reachedIn is in how long a time reached outcomes count.
	reachedIn = 7 * instant.Day
)

// Changes tells what changed lately. It is for who may list people: its numbers are of few people, too.
func (i *Inspector) Changes(ctx context.Context, of string, days int) (*Changes, error) {
	if days == 0 {
		days = usualPeriod
	}
	if days < 1 || days > longestPeriod {
		return nil, api.Refused("days", "a period has 1 to 366 days", "leave it out for 28")
	}
	_, pr, err := i.liveProgram(of)
	if err != nil {
		return nil, err
	}
	if err := i.looked(ctx, "Changes"); err != nil {
		return nil, err
	}
	facts, err := i.gathered(ctx)
	if err != nil {
		return nil, err
	}
	now := i.now()
	period := instant.Duration(days) * instant.Day
	out := &Changes{Program: pr.ID, Name: pr.Name, Days: days, Before: now.Add(-period).String(), Until: now.String(), Phases: []PhaseChange{}, Since: now.Add(-reachedIn).String(), Reached: []ReachedOutcome{}}
	latest, err := facts.Columns.Overlay(pr, insight.Filter{From: now.Add(-period), AsOf: now})
	if err != nil {
		return nil, err
	}
	before, err := facts.Columns.Overlay(pr, insight.Filter{From: now.Add(-2 * period), To: now.Add(-period), AsOf: now.Add(-period)})
	if err != nil {
		return nil, err
	}
	for k := range latest.Phases {
		a, b := &latest.Phases[k], &before.Phases[k]
		out.Phases = append(out.Phases, compared(&pr.Map.Phases[k], a, b))
	}
	people := make([]int, len(pr.Outcomes))
	since := float64(now.Add(-reachedIn)) / float64(instant.Day)
	_, err = facts.Columns.Outcomes(pr, insight.Filter{AsOf: now}, "", func(p *outcomes.Person) bool {
		seen := map[int]bool{}
		for _, r := range p.Reached {
			if r.At >= since && !seen[r.Outcome] {
				seen[r.Outcome] = true
				people[r.Outcome]++
			}
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	for k, n := range people {
		if n > 0 {
			out.Reached = append(out.Reached, ReachedOutcome{pr.Outcomes[k].ID, pr.Outcomes[k].Name, n})
		}
	}
	return out, nil
}

func compared(p *journeymap.Phase, now, before *insight.PhaseCount) PhaseChange {
	d := estimate.Newcombe(float64(now.On), float64(now.Entered), float64(before.On), float64(before.Entered), comparedAt)
	c := PhaseChange{Phase: p.ID, Name: p.Name, Entered: now.Entered, MovedOn: now.On, EnteredBefore: before.Entered, MovedOnBefore: before.On, Difference: d.Value, Low: d.Lo, High: d.Hi}
	switch {
	case now.Entered < comparedFrom || before.Entered < comparedFrom: // too few to be anything but chance
	case d.Hi < 0:
		c.Changed = "fell"
	case d.Lo > 0:
		c.Changed = "rose"
	}
	return c
}
