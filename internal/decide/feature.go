package decide

import (
	"fmt"
	"math"
	"strings"

	"attune/core/decision"
)

// action is one that says something.
type action struct {
	name                  string
	intervention, channel int
}

// features are those of one world, and what each action has of them.
type features struct {
	space         *decision.Space
	actions       []action
	interventions []string
	channels      []string
	stages        int
	// fixed are the terms of an action in a stage that depend on nothing else, by stage and action; the stage
	// after the last is the unknown one.
	fixed [][]decision.Term
	// reach are the features of channels for those who use the app.
	reach []decision.Feature
	stage []decision.Feature
	// opinions is what the matrix says, by stage and action.
	opinions []opinion
}

// The features that are not of one stage, intervention or channel.
const (
	engage      = "engage"
	engageAge   = "engage|age"
	engageApp   = "engage|app"
	engageKind  = "engage|responsive"
	dose        = "dose"
	recent      = "recent"
	yesterday   = "yesterday"
	baseAll     = "base"
	baseAge     = "base|age"
	baseApp     = "base|app"
	baseDose    = "base|dose"
	baseRate    = "base|rate"
	baseOfStage = "base|stage"
)

// newFeatures lists what an effect may depend on in a world, and what is expected of each (docs/decide.md).
func newFeatures(s *Start, m *Matrix) (*features, error) {
	f := &features{stages: len(s.Stages)}
	for _, name := range s.Actions {
		if name == None {
			continue
		}
		i, c, _ := strings.Cut(name, ":")
		f.actions = append(f.actions, action{name, place(&f.interventions, i), place(&f.channels, c)})
	}
	known := baseline()
	small := decision.Prior{SD: .01}
	rare := decision.Prior{SD: .001}
	known = append(known,
		decision.Whether.Feature(engage),
		decision.Known{Name: engageAge, Group: decision.Timing, Effect: small, Loss: rare},
		decision.Known{Name: engageApp, Group: decision.Timing, Effect: small, Loss: rare},
		decision.Known{Name: engageKind, Group: decision.Barrier, Effect: decision.Prior{SD: .5}, Loss: decision.Prior{SD: .02}},
		decision.Dose.Feature(dose),
		decision.Known{Name: recent, Group: decision.Dose, Effect: decision.Prior{SD: .004}, Loss: rare},
		decision.Known{Name: yesterday, Group: decision.Timing, Effect: small, Loss: rare},
	)
	for _, c := range f.channels {
		reach := decision.Reach.Feature("channel", c, "app", "yes")
		if !ofApp(c) {
			reach.Effect.Mean = 0
		}
		known = append(known, decision.Channel.Feature("channel", c), reach)
		f.reach = append(f.reach, decision.FeatureOf(reach.Name))
	}
	for _, i := range f.interventions {
		known = append(known, decision.Intervention.Feature("intervention", i))
		for _, c := range f.channels {
			known = append(known, decision.Variant.Feature("intervention", i, "channel", c))
		}
	}
	for _, stage := range s.Stages {
		known = append(known, decision.Stage.Feature("stage", stage), decision.Baseline.Feature(baseOfStage, stage))
		f.stage = append(f.stage, decision.FeatureOf(decision.Name(baseOfStage, stage)))
		for _, i := range f.interventions {
			known = append(known, matchOf(stage, i, m))
		}
	}
	space, err := decision.NewSpace(known)
	if err != nil {
		return nil, fmt.Errorf("these names cannot be learned about: %w", err)
	}
	f.space = space
	f.lay(s, m)
	return f, nil
}

// baseline says what happens without any message.
func baseline() []decision.Known {
	var out []decision.Known
	for _, name := range []string{baseAll, baseAge, baseApp, baseDose, baseRate} {
		k := decision.Baseline.Feature(name)
		if name == baseDose {
			k.Effect.SD = .02
		}
		out = append(out, k)
	}
	return out
}

func matchOf(stage, intervention string, m *Matrix) decision.Known {
	k := decision.Match.Feature("stage", stage, "intervention", intervention)
	switch m.of(intervention, stage) {
	case matched:
		k.Effect, k.Loss = decision.MatchOf(true)
	case mismatched:
		k.Effect, k.Loss = decision.MatchOf(false)
	case silent:
	}
	return k
}

// lay writes down the terms that every decision of an action in a stage has.
func (f *features) lay(s *Start, m *Matrix) {
	for stage := range f.stages + 1 {
		for _, a := range f.actions {
			i, c := f.interventions[a.intervention], f.channels[a.channel]
			names := []string{decision.Name("intervention", i), decision.Name("channel", c), decision.Name("intervention", i, "channel", c)}
			says := silent
			if stage < f.stages {
				names = append(names, decision.Name("stage", s.Stages[stage]), decision.Name("stage", s.Stages[stage], "intervention", i))
				says = m.of(i, s.Stages[stage])
			}
			terms := make([]decision.Term, len(names))
			for n, name := range names {
				terms[n] = decision.Term{Feature: decision.FeatureOf(name), Value: 1}
			}
			f.fixed, f.opinions = append(f.fixed, terms), append(f.opinions, says)
		}
	}
}

// ofApp tells a channel that only those with an app read.
func ofApp(channel string) bool {
	switch channel {
	case "app", "push", "inapp", "in_app", "in-app":
		return true
	}
	return false
}

// situation is all that a decision looks at.
type situation struct {
	// stage is its place, the number of stages where it is not known.
	stage int
	app   bool
	// age is in standard deviations from the mean; dose is what was said lately, each message by a tenth less
	// for every day (§ docs/decide.md); recent is the world's own count.
	age, dose, recent float32
	yesterday         bool
	// rate is how often the behaviour was seen of this patient, against all; responsive how much more often
	// when something was said.
	rate, responsive float32
}

// base appends what holds without a message.
func (f *features) base(to []decision.Term, x *situation) []decision.Term {
	to = append(to, one(baseAll))
	if x.stage < f.stages {
		to = append(to, decision.Term{Feature: f.stage[x.stage], Value: 1})
	}
	to = some(to, baseAge, x.age)
	if x.app {
		to = append(to, one(baseApp))
	}
	to = some(to, baseDose, x.dose)
	return some(to, baseRate, x.rate)
}

// of appends what an action adds. What it says fades with the dose; that something is said at all does not.
func (f *features) of(to []decision.Term, a int, x *situation) []decision.Term {
	to = append(to, one(engage))
	said := len(to)
	to = append(to, f.fixed[x.stage*len(f.actions)+a]...)
	reach := float32(-1)
	if x.app {
		reach = 1
		to = append(to, one(engageApp))
	}
	to = append(to, decision.Term{Feature: f.reach[f.actions[a].channel], Value: reach})
	to = some(to, engageAge, x.age)
	to = some(to, engageKind, x.responsive)
	decision.Fade(to[said:], float64(x.dose))
	to = some(to, dose, x.dose)
	to = some(to, recent, x.recent)
	if x.yesterday {
		to = append(to, one(yesterday))
	}
	return to
}

func one(name string) decision.Term {
	return decision.Term{Feature: decision.FeatureOf(name), Value: 1}
}

func some(to []decision.Term, name string, value float32) []decision.Term {
	if value == 0 {
		return to
	}
	return append(to, decision.Term{Feature: decision.FeatureOf(name), Value: value})
}

func place(list *[]string, name string) int {
	for i, n := range *list {
		if n == name {
			return i
		}
	}
	*list = append(*list, name)
	return len(*list) - 1
}

// scale is how ages are put on one scale: by the mean and spread of the first day's patients.
type scale struct {
	mean, sd float64
	known    bool
}

func (s *scale) learn(patients []Patient) {
	if s.known {
		return
	}
	n, sum, squares := 0.0, 0.0, 0.0
	for i := range patients {
		if a := patients[i].Age; !math.IsNaN(a) {
			n, sum = n+1, sum+a
		}
	}
	if n < 2 {
		return
	}
	s.mean = sum / n
	for i := range patients {
		if a := patients[i].Age; !math.IsNaN(a) {
			squares += (a - s.mean) * (a - s.mean)
		}
	}
	s.sd, s.known = math.Sqrt(squares/n), true
}

func (s *scale) of(age float64) float32 {
	if math.IsNaN(age) || !(s.sd > 0) {
		return 0
	}
	return float32(max(-3, min(3, (age-s.mean)/s.sd)))
}
