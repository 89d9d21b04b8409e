package population

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Theories are what stage theory is worth in a world.
const (
	True       = "true"       // a message helps in the stage that it is made for
	Irrelevant = "irrelevant" // some messages help more than others, the same in each stage
	Misleading = "misleading" // a message helps in another stage than it is made for
	Zero       = "none"       // nothing has any effect
)

// Theories lists them.
func Theories() []string { return []string{True, Irrelevant, Misleading, Zero} }

// Config is one world. What is zero gets the usual value.
type Config struct {
	Theory         string
	Patients, Days int
	Seed           uint64
	// Cap is how many messages somebody may get in Window days.
	Cap, Window int
	// Wrong is the share of recorded stages that are wrong; 15 % unless it is less than 0, which is none.
	Wrong float64
	// Change is the day from which other messages help than before; 0 for never.
	Change int
	// Watch is told of each day of somebody to whom something could be said, for whoever holds what an engine
	// expects against the truth; nil for nobody.
	Watch func(m Moment)
}

// Moment is what the world alone knows of a day on which something could be said to somebody.
type Moment struct {
	Day, Patient int
	// Effects are what each action would do, in the order of the start line; Nothing is the chance of the
	// behaviour without any, and Chances with each.
	Effects []float64
	Nothing float64
	Chances []float64
}

// ErrSetting is what is wrong with a world as it was asked for.
var ErrSetting = errors.New("there is no such world")

func (c *Config) fill() error {
	if c.Theory == "" {
		c.Theory = True
	}
	if !slices.Contains(Theories(), c.Theory) {
		return fmt.Errorf("%w: the theory %q is unknown, it is one of %s", ErrSetting, c.Theory, strings.Join(Theories(), ", "))
	}
	for _, v := range []struct {
		n     *int
		usual int
	}{{&c.Patients, 2000}, {&c.Days, 90}, {&c.Cap, 4}, {&c.Window, 7}} {
		if *v.n == 0 {
			*v.n = v.usual
		}
	}
	switch {
	case c.Wrong == 0:
		c.Wrong = .15
	case c.Wrong < 0:
		c.Wrong = 0
	}
	if c.Patients < 1 || c.Patients > 1e6 || c.Days < 1 || c.Days > 3650 || c.Cap < 0 || c.Window < 1 || c.Wrong > 1 {
		return fmt.Errorf("%w: it has 1 to 1000000 patients, 1 to 3650 days, a cap of 0 or more within 1 day or more, and a share of wrong stages up to 1", ErrSetting)
	}
	return nil
}

const (
	stages        = 6
	interventions = 6
	channels      = 2
	actions       = interventions * channels
	// keep is what is left of the dose of messages after each day.
	keep = .9
)

// The names that the world uses on the line.
func stageNames() []string {
	return []string{"precontemplation", "contemplation", "preparation", "action", "maintenance", "relapse"}
}

func actionNames() []string {
	var out []string
	for _, i := range []string{"inform", "weigh", "plan", "prompt", "support", "restart"} {
		for _, c := range []string{"sms", "push"} {
			out = append(out, i+":"+c)
		}
	}
	return out
}

// occasion keeps what is drawn for different reasons apart.
type occasion uint64

const (
	drawTruth occasion = iota + 1
	drawPerson
	drawStage
	drawRecord
	drawReward
	drawLeave
	drawMove
	drawAssess
)

// draw gives a number in [0, 1) that depends on the seed, the occasion and its parts alone, so that the same
// people have the same luck whatever is said to them (SplitMix64; Steele, Lea and Flood 2014).
func draw(seed uint64, o occasion, a, b int) float64 {
	x := mix(mix(mix(mix(seed)^uint64(o))^uint64(a)) ^ uint64(b))
	return float64(x>>11) * 0x1p-53
}

func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// truth is what messages do in a world, of which the engine is told nothing.
type truth struct {
	// effect is by how much a message changes the chance of the behaviour, fresh; by stage and intervention.
	effect [stages][interventions]float64
	// over is what a channel adds to that, for those without and with the app.
	over [channels][2]float64
	// fits tells whether a message is the right one in a stage, after which fewer leave.
	fits [stages][interventions]bool
	// fade is by how much of itself each message of the dose takes from the effect.
	fade float64
	// leave, leaveWrong and leaveDose are the chances that a message is one too many: at all, beside the stage,
	// and for each message of the dose.
	leave, leaveWrong, leaveDose float64
}

// made says for which stages a message is made, in a world in which theory is true.
func made(stage, intervention int) bool {
	return stage == intervention || stage == 3 && intervention == 4
}

// newTruth draws what holds in a world. Sizes are those of trials of messages, generously: some points for
// the right message, nothing or less for a wrong one.
func newTruth(theory string, seed uint64, era int) truth {
	n := era * 1000
	between := func(low, high float64) float64 {
		n++
		return low + (high-low)*draw(seed, drawTruth, 0, n)
	}
	t := truth{fade: between(.06, .14), leave: between(.001, .003), leaveWrong: between(.005, .012), leaveDose: between(.0003, .0008)}
	right, wrong := between(.06, .10), between(-.03, .005)
	turn := 0
	if theory == Misleading || era > 0 {
		turn = 1 + int(between(0, 4.999)) // each stage answers to what is made for another
	}
	best := int(between(0, interventions))
	for s := range stages {
		for i := range interventions {
			switch theory {
			case True, Misleading:
				t.fits[s][i] = made(s, (i+turn)%interventions)
				t.effect[s][i] = wrong
				if t.fits[s][i] {
					t.effect[s][i] = right
				}
			case Irrelevant:
				t.fits[s][i] = i == (best+era)%interventions
				if t.fits[s][i] {
					t.effect[s][i] = right
				}
			}
		}
	}
	if theory == Zero {
		return t
	}
	for i := range interventions {
		own := between(-.01, .015)
		for s := range stages {
			t.effect[s][i] += own
		}
	}
	t.over = [channels][2]float64{{between(0, .01), 0}, {-between(.01, .03), between(.01, .03)}}
	return t
}

// of is what an action would do to somebody now.
func (t *truth) of(p *person, action int) float64 {
	i, c := action/channels, action%channels
	app := 0
	if p.app {
		app = 1
	}
	return (t.effect[p.stage][i] + t.over[c][app]) * p.responds * math.Exp(-t.fade*p.dose)
}

// all is what each action would do to somebody now, and the best of them; 0 where nothing helps.
func (t *truth) all(p *person) (effects [actions]float64, best float64) {
	for a := range effects {
		effects[a] = t.of(p, a)
		best = max(best, effects[a])
	}
	return effects, best
}

// hazard is the chance that an action makes somebody leave.
func (t *truth) hazard(p *person, action int) float64 {
	h := t.leave + t.leaveDose*p.dose
	if !t.fits[p.stage][action/channels] {
		h += t.leaveWrong
	}
	return h
}
