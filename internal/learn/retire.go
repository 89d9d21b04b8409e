package learn

import (
	"fmt"
	"slices"

	"attune/core/decision"
	"attune/core/release"
)

// Retirement is a variant that another one of the same engagement was shown to outdo.
type Retirement struct {
	// Variant and Better are PROGRAM/ENGAGEMENT/VARIANT.
	Variant string `json:"variant"`
	Better  string `json:"better"`
	// Gap is by how much Better raises the chance of the outcome more, and SD how sure that is.
	Gap float64 `json:"gap"`
	SD  float64 `json:"sd"`
	// Seen is how often the variant was drawn, as far as it still counts.
	Seen float64 `json:"seen"`
}

// Says tells it in words.
func (r *Retirement) Says() string {
	return fmt.Sprintf("%s is not said any more: %s does better by %.1f points, give or take %.1f", r.Variant, r.Better, 100*r.Gap, 196*r.SD)
}

const (
	// retireSeen is how much of both variants has to have been seen at least, and retireSure how many standard
	// deviations the gap between them has to be above nothing: one in a thousand by luck.
	retireSeen = 100
	retireSure = 3.1
)

// Retire finds the variants that need not be tried any more. It is worked out anew from each night's evidence,
// which fades; so what is retired comes back when what was held against it is old.
func Retire(rel *release.Release, p *decision.Posterior, m *decision.Model) []Retirement {
	var out []Retirement
	for n, pr := range rel.Programs {
		if pr.Policy.Learning == nil {
			continue
		}
		for k := range pr.Engagements {
			en := &pr.Engagements[k]
			tags := rel.Learning.Of(n, k)
			seen := func(v int) float64 { return m.SeenOf(variantFeature(pr.ID, en.ID, en.Variants[v].ID)) }
			for v := range en.Variants {
				best := Retirement{Variant: pr.ID + "/" + en.ID + "/" + en.Variants[v].ID, Seen: seen(v)}
				for o := range en.Variants {
					if o == v || min(seen(v), seen(o)) < retireSeen {
						continue
					}
					gap, sd := p.Of(m.Space, between(tags.Variants[o], tags.Variants[v]))
					if gap > retireSure*sd && gap > best.Gap {
						best.Better, best.Gap, best.SD = pr.ID+"/"+en.ID+"/"+en.Variants[o].ID, gap, sd
					}
				}
				if best.Better != "" {
					out = append(out, best)
				}
			}
		}
	}
	return out
}

func variantFeature(program, engagement, variant string) decision.Feature {
	return decision.FeatureOf(decision.Name("variant", program+"/"+engagement+"/"+variant))
}

// between are the features by which two variants differ: what one has, less what the other has.
func between(better, worse []decision.Term) []decision.Term {
	out := slices.Clone(better)
	for _, t := range worse {
		t.Value = -t.Value
		out = append(out, t)
	}
	return out
}

// retire takes what is retired out of a fit.
func retire(rel *release.Release, e *decision.Evidence, m *decision.Model) (*decision.Model, []Retirement, error) {
	p, err := e.Posterior(m.Space, decision.Effect, m.Hyper)
	if err != nil {
		return nil, nil, err
	}
	gone := Retire(rel, p, m)
	if len(gone) == 0 {
		return m, nil, nil
	}
	var features []decision.Feature
	for _, r := range gone {
		features = append(features, decision.FeatureOf(decision.Name("variant", r.Variant)))
	}
	return m.Retire(features), gone, nil
}
