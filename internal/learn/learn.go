package learn

import (
	"context"

	"attune/core/decision"
	"attune/core/id"
)

// Enough is how many rows with a known reward are worth a model: with fewer, what is expected before anything
// was learned goes on deciding.
const Enough = 50

// Learned is what a night came to.
type Learned struct {
	Gathered
	// Model is nil where there is not enough to learn from yet.
	Model *decision.Model
	// Retired are the variants that it leaves out.
	Retired []Retirement
	// Library is how much of what others measured the evidence leaves standing, from 0 to 1.
	Library float64
}

// Learn gathers what became of decisions and fits a model to it. The search for what a fit takes as given
// begins where the last model's ended; was is nil for the first. The key sets what is drawn from the belief.
func Learn(ctx context.Context, c Config, was *decision.Model, key id.Seed) (*Learned, error) {
	g, err := Gather(ctx, c)
	if err != nil {
		return nil, err
	}
	out := &Learned{Gathered: *g}
	space, evidence, start := c.Release.Learning.Space, g.Evidence, decision.Standard()
	if g.Count.Known < Enough {
		// What others measured decides from the first day; and no more when it was taken out.
		if c.Library == nil && (was == nil || len(was.Library) == 0) {
			return out, nil
		}
		evidence = decision.NewEvidence(space)
	} else if was != nil {
		start = was.Hyper
	}
	if out.Model, out.Library, err = Fit(space, evidence, start, key, c.Library); err != nil {
		return nil, err
	}
	out.Model, out.Retired, err = retire(c.Release, evidence, out.Model)
	return out, err
}
