package decide

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"attune/core/decision"
	"attune/core/id"
	"attune/internal/learn"
)

// Policies are those that --policy takes, beside the name of an action that is said whenever it may be.
const (
	Learned = "learned"
	Uniform = "uniform"
	Matched = "matched"
	Nobody  = "none"
)

// Config is how an engine decides and learns.
type Config struct {
	Matrix *Matrix
	// Policy is one of the policies, or the name of an action; empty means learned.
	Policy string
	// Seed sets all that is drawn.
	Seed uint64
	// Explore is the least share that is drawn evenly at each level; Least and Most bound the chance that
	// anything is said at all.
	Explore, Least, Most float64
	// HalfLife is after how many days what was seen weighs half.
	HalfLife float64
	// Cost is what a message has to gain at least, as a change of the chance of the behaviour.
	Cost float64
}

// Defaults are the settings of attune decide.
func Defaults() Config {
	how := decision.Careful()
	return Config{Matrix: Standard(), Policy: Learned, Explore: how.Explore, Least: how.Least, Most: how.Most, HalfLife: 60, Cost: .002}
}

func (c *Config) check(actions []string) error {
	switch {
	case !(c.Explore >= 0 && c.Explore <= 1):
		return fmt.Errorf("--explore %v is not a share from 0 to 1", c.Explore)
	case !(c.Least >= 0 && c.Least <= c.Most && c.Most <= 1):
		return fmt.Errorf("--least %v and --most %v are not two chances from 0 to 1, the least first", c.Least, c.Most)
	case !(c.HalfLife > 0):
		return fmt.Errorf("--half-life %v has to be above 0 days", c.HalfLife)
	case !(c.Cost >= 0 && c.Cost <= 1):
		return fmt.Errorf("--cost %v is not a chance from 0 to 1", c.Cost)
	case !slices.Contains([]string{"", Learned, Uniform, Matched, Nobody}, c.Policy) && !slices.Contains(actions, c.Policy):
		return fmt.Errorf("--policy %q is neither learned, uniform, matched or none, nor one of the world's actions", c.Policy)
	}
	return nil
}

const (
	// keep is what is left of the dose after each day.
	keep = .9
	// shrink is for how many days the average of all counts in the rate of one patient. shrinkResponse does the
	// same for the response: the variance of a reward, .2, over that of responses, .05².
	shrink, shrinkResponse = 14, 80
	// leastWorth is what having somebody within reach is worth a day at least, and leastHorizon for how many
	// days at least: an opt-out lasts longer than a run, and closes the way for what is not tried yet.
	leastWorth, leastHorizon = .01, 30
)

// memory is what is remembered of one patient.
type memory struct {
	dose     float64
	doseDay  int
	lastSent int
	lost     bool
	// seen and sum count rewards; response sums what was seen beyond the expected when something was drawn,
	// by how surprising that was, and information how much that tells.
	seen, sum             float64
	response, information float64
}

// pending is a decision whose outcome is still to come.
type pending struct {
	patient int
	x       situation
	// drawn is the action's place, -1 for none; open tells whether there was a choice.
	drawn  int
	open   bool
	reward float64 // less than 0 where none was told
	lost   float64
}

// Decision is what an engine answers.
type Decision struct {
	ID         ID
	Action     string
	Propensity float64
	place      int
}

// Engine decides for the patients of one world and learns from them.
type Engine struct {
	cfg   Config
	start Start
	*features
	key       id.Seed
	evidence  *decision.Evidence
	hyper     decision.Hyper
	model     *decision.Model
	scales    decision.Scales
	patients  []memory
	index     map[string]int
	ages      scale
	day       int
	rows      []pending
	chances   []float64 // of each row and action
	decisions []Decision
	options   []decision.Option
	terms     []decision.Term
	arms      []decision.Arm
	// worth is what it is worth a day to have somebody within reach, usualGain what a message was expected to add
	// the day before, and said how many are to be expected today.
	worth, usualGain, said float64
	told                   tally
	// last is how the actions were weighed last.
	last []decision.Weight
	// weighed is told of each open decision of the learned policy; nil for nobody.
	weighed func(patient string, weights []decision.Weight)
}

// NewEngine makes one for a world, with nothing learned.
func NewEngine(cfg Config, start Start) (*Engine, error) {
	if err := start.check(); err != nil {
		return nil, err
	}
	if err := cfg.check(start.Actions); err != nil {
		return nil, err
	}
	if cfg.Policy == "" {
		cfg.Policy = Learned
	}
	f, err := newFeatures(&start, cfg.Matrix)
	if err != nil {
		return nil, err
	}
	e := &Engine{cfg: cfg, start: start, features: f, evidence: decision.NewEvidence(f.space), hyper: decision.Standard(), index: map[string]int{}, day: math.MinInt}
	binary.BigEndian.PutUint64(e.key[:], cfg.Seed)
	e.told = newTally(len(f.actions), f.stages)
	return e, e.fit()
}

func (e *Engine) fit() error {
	e.hyper = learn.Tune(e.space, e.evidence, e.hyper)
	m, err := decision.Fit(e.space, e.evidence, e.hyper, id.Seed(id.Derive(e.key, "model", uint64(e.told.days))))
	if err != nil {
		return fmt.Errorf("learn from day %d: %w", e.day, err)
	}
	e.model = m
	return nil
}

// Decide begins a day: it learns from the day before, with what the flags of today add to it, and decides for
// each patient. Patients are in the order of their ids; the answer is in the order in which they were listed.
func (e *Engine) Decide(day int, patients []Patient) ([]Decision, error) {
	if err := e.night(day, patients); err != nil {
		return nil, err
	}
	e.day = day
	e.ages.learn(patients)
	if e.told.days == 0 {
		e.expectWorth(patients)
	}
	e.told.days++
	e.decisions = slices.Grow(e.decisions[:0], len(patients))[:len(patients)]
	sum, open := 0.0, 0
	e.said = 0
	for i := range patients {
		d, gain := e.decide(&patients[i])
		e.decisions[patients[i].place] = d
		if !patients[i].OptedOut {
			sum, open = sum+gain, open+1
		}
	}
	e.value(sum, open)
	if e.said > 0 {
		e.usualGain = max(0, sum/e.said)
	}
	return e.decisions, nil
}

// value is what a day within reach was worth on average: what can be gained from somebody under the cap.
func (e *Engine) value(sum float64, open int) {
	e.worth = leastWorth
	if open > 0 {
		e.worth = max(leastWorth, sum/float64(open))
	}
}

// expectWorth asks the prior what the first day would gain, where the cap lets so many days be used.
func (e *Engine) expectWorth(patients []Patient) {
	e.worth = leastWorth
	chances := make([]float64, len(e.actions))
	sum, open := 0.0, 0
	for i := range patients {
		if p := &patients[i]; !p.OptedOut {
			x := e.situation(p, &memory{lastSent: math.MinInt})
			sum, open = sum+e.chancesOf(&x, id.Hash(p.ID.raw), chances), open+1
		}
	}
	e.value(sum*min(1, float64(e.start.Cap)/float64(e.start.Window)), open)
}

// decide answers for one patient, and says what is expected to be gained.
func (e *Engine) decide(p *Patient) (Decision, float64) {
	n, known := e.index[p.ID.raw]
	if !known {
		n = len(e.patients)
		e.index[p.ID.raw] = n
		e.patients = append(e.patients, memory{doseDay: e.day, lastSent: math.MinInt})
	}
	m := &e.patients[n]
	m.dose *= math.Pow(keep, float64(e.day-m.doseDay))
	m.doseDay = e.day
	if p.OptedOut && !m.lost {
		m.lost = true
		e.told.optedOut++
	}
	x := e.situation(p, m)
	row := pending{patient: n, x: x, drawn: -1, reward: -1, open: !p.OptedOut && p.RecentSends < e.start.Cap && len(e.actions) > 0}
	out := Decision{ID: p.ID, Action: None, Propensity: 1, place: p.place}
	gain := 0.0
	first := len(e.chances)
	e.chances = slices.Grow(e.chances, len(e.actions))[:first+len(e.actions)]
	chances := e.chances[first:]
	clear(chances)
	if row.open {
		gain = e.chancesOf(&x, id.Hash(p.ID.raw), chances)
		if e.weighed != nil {
			e.weighed(p.ID.raw, e.last)
		}
		row.drawn, out.Propensity = e.draw(p.ID.raw, chances)
		if row.drawn >= 0 {
			out.Action = e.actions[row.drawn].name
			m.dose, m.lastSent = m.dose+1, e.day
		}
	}
	e.told.decided(&row)
	e.rows = append(e.rows, row)
	return out, gain
}

// draw takes one action with its chance; what is left to 1 is none's.
func (e *Engine) draw(patient string, chances []float64) (int, float64) {
	at := id.Draw(e.key, "draw", uint64(e.day), id.Hash(patient))
	sum := 0.0
	for i, p := range chances {
		if sum += p; at < sum && p > 0 {
			return i, p
		}
	}
	if nothing := 1 - sum; nothing > 1e-12 {
		return -1, nothing
	}
	for i := len(chances) - 1; ; i-- { // rounding left a crumb
		if chances[i] > 0 {
			return i, chances[i]
		}
	}
}

func (e *Engine) situation(p *Patient, m *memory) situation {
	x := situation{stage: p.Stage, app: p.App, age: e.ages.of(p.Age), dose: float32(m.dose), recent: float32(p.RecentSends), yesterday: m.lastSent == e.day-1}
	if p.Stage < 0 {
		x.stage = e.stages
	}
	mean := e.told.mean()
	x.rate = float32((m.sum+shrink*mean)/(m.seen+shrink) - mean)
	x.responsive = float32(m.response / (m.information + shrinkResponse))
	return x
}

// chancesOf fills in with which chance each action is drawn, and says what is expected to be gained by that.
func (e *Engine) chancesOf(x *situation, patient uint64, chances []float64) (gain float64) {
	switch e.cfg.Policy {
	case Learned, Uniform:
		for i, w := range e.weigh(x, int(patient%decision.Banks)) {
			chances[i] = w.Probability
			gain += w.Probability * w.Effect
			e.said += w.Probability
		}
	case Matched:
		e.matched(x, chances)
	case Nobody:
	default:
		for i, a := range e.actions {
			if a.name == e.cfg.Policy {
				chances[i] = 1
			}
		}
	}
	return gain
}

// weigh asks the model.
func (e *Engine) weigh(x *situation, bank int) []decision.Weight {
	left := e.start.Days - e.told.days
	cost := e.cfg.Cost + e.fatigue(x, left)
	reach := e.worth * within(max(left, leastHorizon), e.told.lossRate())
	e.terms, e.options = e.terms[:0], e.options[:0]
	for i, a := range e.actions {
		from := len(e.terms)
		e.terms = e.of(e.terms, i, x)
		e.options = append(e.options, decision.Option{
			Path:  [decision.Levels]uint32{uint32(a.intervention), uint32(a.channel)},
			Terms: e.terms[from:], Value: 1, Fit: 1, Context: 1, Lever: 1, Cost: cost, Reach: reach,
		})
	}
	how := decision.Manner{Policy: decision.Learned, Explore: e.cfg.Explore, Least: e.cfg.Least, Most: e.cfg.Most}
	if e.cfg.Policy == Uniform {
		how.Policy = decision.Uniform
	}
	e.last, _ = e.scales.Weigh(e.model, bank, e.options, how)
	return e.last
}

// fatigue is what a message takes from those to come. At a steady pace each finds as much dose before it as it
// leaves to the rest together, Σ .9ᵏ·pace = dose: so many others lose by it what one more message of the dose
// takes, a share of what they usually add (the slope of [decision.Fresh]), and what the dose's own features say.
func (e *Engine) fatigue(x *situation, left int) float64 {
	taken := e.mean(dose)*float64(x.dose) + e.mean(recent)*float64(x.recent)
	next := 1 - decision.Fresh(float64(x.dose)+1)/decision.Fresh(float64(x.dose))
	return max(0, float64(x.dose)*next*e.usualGain-taken) * (1 - math.Pow(keep, float64(max(0, left))))
}

func (e *Engine) mean(name string) float64 {
	return e.model.Mean[e.space.Index(decision.FeatureOf(name))]
}

// within is for how many of some days somebody is still to be expected within reach.
func within(days int, loss float64) float64 {
	stay := 1 - loss
	return stay * (1 - math.Pow(stay, float64(days))) / loss
}

// matched is the plain rule: whenever something may be said, it is what is made for the stage.
func (e *Engine) matched(x *situation, chances []float64) {
	n := 0
	row := e.opinions[x.stage*len(e.actions) : (x.stage+1)*len(e.actions)]
	for _, o := range row {
		if o == matched {
			n++
		}
	}
	for i, o := range row {
		switch {
		case n == 0:
			chances[i] = 1 / float64(len(e.actions))
		case o == matched:
			chances[i] = 1 / float64(n)
		}
	}
}

// Reward tells what became of the last decisions, in the order of the ids; less than 0 is what is not known.
func (e *Engine) Reward(rewards []float64, rejected int) {
	for i, r := range rewards {
		e.rows[i].reward = r
	}
	e.told.rejected += rejected
}

// night ends the day before: what became of its decisions is added to the evidence, who opted out since
// included, and a new model is fitted.
func (e *Engine) night(day int, patients []Patient) error {
	if len(e.rows) == 0 {
		return nil
	}
	lost := make([]bool, len(e.patients))
	for i := range patients {
		if n, known := e.index[patients[i].ID.raw]; known && patients[i].OptedOut {
			lost[n] = true
		}
	}
	e.evidence.Fade(math.Exp2(-float64(day-e.day) / e.cfg.HalfLife))
	for i := range e.rows {
		if r := &e.rows[i]; !e.patients[r.patient].lost && r.reward >= 0 {
			if lost[r.patient] {
				r.lost = 1
			}
			e.learn(r, e.chances[i*len(e.actions):(i+1)*len(e.actions)])
		}
	}
	e.rows, e.chances = e.rows[:0], e.chances[:0]
	if e.cfg.Policy != Learned {
		return nil
	}
	return e.fit()
}

// learn adds one decision to the evidence, and to what is remembered of the patient.
func (e *Engine) learn(r *pending, chances []float64) {
	e.terms, e.arms = e.base(e.terms[:0], &r.x), e.arms[:0]
	base := len(e.terms)
	if r.open {
		for i, p := range chances {
			from := len(e.terms)
			e.terms = e.of(e.terms, i, &r.x)
			e.arms = append(e.arms, decision.Arm{Terms: e.terms[from:], Probability: p})
		}
	}
	e.evidence.Add(e.space, e.terms[:base], e.arms, r.drawn, [2]float64{r.reward, r.lost}, 1)
	m := &e.patients[r.patient]
	if r.open {
		e.respond(m, r, chances)
	}
	m.seen, m.sum = m.seen+1, m.sum+r.reward
	e.told.rewarded(r)
}

// respond remembers how much more a patient does when something is said, beyond what the model expects.
func (e *Engine) respond(m *memory, r *pending, chances []float64) {
	said, expected := 0.0, 0.0
	for _, p := range chances {
		said += p
	}
	if r.drawn >= 0 {
		for _, t := range e.arms[r.drawn].Terms {
			if i := e.space.Index(t.Feature); i >= 0 {
				expected += e.model.Mean[i] * float64(t.Value)
			}
		}
	}
	part := -said
	if r.drawn >= 0 {
		part++
	}
	mean := e.told.mean()
	rate := (m.sum + shrink*mean) / (m.seen + shrink)
	m.response += part * (r.reward - rate - expected)
	m.information += part * part
}
