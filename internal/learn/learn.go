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
}

// Learn gathers what became of decisions and fits a model to it. The search for what a fit takes as given
// begins where the last model's ended; was is nil for the first. The key sets what is drawn from the belief.
func Learn(ctx context.Context, c Config, was *decision.Model, key id.Seed) (*Learned, error) {
	g, err := Gather(ctx, c)
	if err != nil {
		return nil, err
	}
	out := &Learned{Gathered: *g}
	if g.Count.Known < Enough {
		return out, nil
	}
	start := decision.Standard()
	if was != nil {
		start = was.Hyper
	}
	space := c.Release.Learning.Space
	if out.Model, err = decision.Fit(space, g.Evidence, Tune(space, g.Evidence, start), key); err != nil {
		return nil, err
	}
	out.Model, out.Retired, err = retire(c.Release, g.Evidence, out.Model)
	return out, err
}
