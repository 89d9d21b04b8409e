package learn

import (
	"math"
	"strings"

	"attune/core/decision"
	"attune/core/instant"
	"attune/core/policy"
	"attune/core/release"
)

// usualHalfLife is how fast what was learned fades where the live release does not say.
const usualHalfLife = 60 * instant.Day

// programs is what learning asks of the live release. Its maps are only looked up in.
type programs struct {
	behaviors map[string]string
	halfLife  map[string]instant.Duration
	outcomes  map[string]decision.Feature
}

func programsOf(rel *release.Release) *programs {
	p := &programs{behaviors: map[string]string{}, halfLife: map[string]instant.Duration{}, outcomes: map[string]decision.Feature{}}
	for _, pr := range rel.Programs {
		for i := range pr.Engagements {
			if en := &pr.Engagements[i]; en.Behavior != "" {
				p.behaviors[pr.ID+"/"+en.ID] = pr.ID + "/" + en.Behavior
			}
		}
		for i := range pr.Outcomes {
			name := pr.ID + "/" + pr.Outcomes[i].ID
			p.outcomes[name] = outcomeFeature(name)
		}
		if l := pr.Policy.Learning; l != nil && l.HalfLife > 0 {
			p.halfLife[pr.ID] = l.HalfLife
		}
	}
	return p
}

func outcomeFeature(name string) decision.Feature {
	return decision.FeatureOf(decision.Name("base", "outcome", name))
}

// behavior is what an engagement is to change, as PROGRAM/BEHAVIOR; empty where none is named.
func (p *programs) behavior(program, engagement string) string {
	return p.behaviors[program+"/"+engagement]
}

// outcome is the feature by which an outcome's own frequency is told from others'.
func (p *programs) outcome(name string) decision.Feature {
	if f, ok := p.outcomes[name]; ok {
		return f
	}
	return outcomeFeature(name)
}

// weight is what a row of that age counts: half, when its program's half-life is over.
func (p *programs) weight(outcome string, age instant.Duration) float64 {
	program, _, _ := strings.Cut(outcome, "/")
	half := p.halfLife[program]
	if half == 0 {
		half = usualHalfLife
	}
	return math.Exp2(-float64(max(age, 0)) / float64(half))
}

// free tells that no question of the gate stood against a candidate: others, or nothing, were drawn.
func free(reason policy.Reason) bool {
	switch reason {
	case "", policy.NotChosen, policy.NothingNow:
		return true
	default:
		return false
	}
}
