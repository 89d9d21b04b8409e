package stage

import (
	"slices"

	"attune/core/expr"
	"attune/core/instant"
)

// Settings say how beliefs about one behaviour are formed. The zero value of each field but Evidence
// stands for its default.
type Settings struct {
	// Prior is the population's mix, towards which beliefs fade. By default [DefaultPrior].
	Prior Distribution
	// HalfLife is how long it takes until half of what evidence said has faded; by default 60 days.
	HalfLife instant.Duration
	// Margin is by how much more probable another stage has to be to take the shown one's place; by
	// default .05.
	Margin float64
	// Keep is how many pieces of each kind of evidence are remembered; by default 8.
	Keep int
	// Evidence are the kinds of evidence. A piece names its kind by the index in this list.
	Evidence []Evidence
}

// The defaults of Settings.
const (
	DefaultHalfLife = 60 * instant.Day
	DefaultMargin   = .05
	DefaultKeep     = 8
)

// DefaultPrior is the mix that is assumed where a program states none. Of those who have not changed
// yet it takes the rule of thumb for people at risk, 40 % precontemplation, 40 % contemplation and
// 20 % preparation (Prochaska and Velicer, American Journal of Health Promotion 1997;12(1):38–48).
// That three in four have not changed, and how the rest divides, is an assumption of ours: a program
// that knows its people states its own.
func DefaultPrior() Distribution { return Distribution{.30, .30, .15, .08, .12, .05} }

// Evidence is one kind of evidence. It is read in one of three ways: what happened says the same
// whenever it happens (Says), it comes with a score that falls into a band (Bands), or it comes with
// the id of a stage (Names). Exactly one of them is set.
type Evidence struct {
	// Label says in a few words what it is: "Readiness ruler, importance".
	Label string
	Says  Likelihood
	// Bands take a score from From to To, both included. They ascend, and the last one is open.
	Bands    []Band
	From, To float64
	// Names is the weight given to the stage that the value names.
	Names float64
	// Keep is how many pieces of this kind are remembered; 0 means the model's Keep.
	Keep int
}

// Likelihood is, for each stage, how probable the evidence is among people of that stage, up to a
// common factor. Strong and weak evidence differ in nothing else.
type Likelihood [6]float64

// Says makes the likelihood of evidence that is weight times as probable among people of the given
// stages as among all others. An instrument that is right in 85 of 100 cases, and otherwise equally
// wrong, has the weight .85 / (.15 / 5) = 28; a click may have 1.5.
func Says(weight float64, stages ...Stage) Likelihood {
	l := Likelihood{1, 1, 1, 1, 1, 1}
	for _, s := range stages {
		if s != None && int(s) <= len(l) {
			l[s-1] = weight
		}
	}
	return l
}

// Most returns the stages for which the evidence speaks most.
func (l Likelihood) Most() []Stage { return l.stagesAt(slices.Max(l[:])) }

// Least returns the stages for which the evidence speaks least.
func (l Likelihood) Least() []Stage { return l.stagesAt(slices.Min(l[:])) }

func (l Likelihood) stagesAt(weight float64) (out []Stage) {
	for i, x := range l {
		if x == weight {
			out = append(out, All()[i])
		}
	}
	return out
}

// Band is what scores below an end say, and at or above the end of the band before it. Below of the
// last band is left out.
type Band struct {
	Below float64
	Says  Likelihood
}

// Model forms beliefs about one behaviour. It does not change and may be shared.
type Model struct {
	prior    Distribution
	half     instant.Duration
	margin   float64
	evidence []kind
}

// kind is evidence made ready: every kind has bands.
type kind struct {
	label    string
	scored   bool
	named    bool
	from, to float64
	bands    []Band
	keep     int
}

// New makes a model, or tells everything that is wrong with the settings.
func New(s Settings) (*Model, []Problem) {
	s = s.withDefaults()
	if problems := s.problems(); len(problems) > 0 {
		return nil, problems
	}
	m := &Model{prior: s.Prior, half: s.HalfLife, margin: s.Margin}
	for _, e := range s.Evidence {
		m.evidence = append(m.evidence, e.ready(s.Keep))
	}
	return m, nil
}

func (s Settings) withDefaults() Settings {
	if s.Prior == (Distribution{}) {
		s.Prior = DefaultPrior()
	}
	if s.HalfLife == 0 {
		s.HalfLife = DefaultHalfLife
	}
	if s.Margin == 0 {
		s.Margin = DefaultMargin
	}
	if s.Keep == 0 {
		s.Keep = DefaultKeep
	}
	return s
}

func (e Evidence) ready(keep int) kind {
	k := kind{label: e.Label, keep: keep}
	if e.Keep != 0 {
		k.keep = e.Keep
	}
	switch {
	case len(e.Bands) > 0:
		k.scored, k.from, k.to, k.bands = true, e.From, e.To, slices.Clone(e.Bands)
	case e.Names != 0:
		k.scored, k.named, k.from, k.to = true, true, float64(Precontemplation), float64(Relapse)
		for _, s := range All() {
			k.bands = append(k.bands, Band{Below: float64(s) + .5, Says: Says(e.Names, s)})
		}
	default:
		k.bands = []Band{{Says: e.Says}}
	}
	return k
}

// Kinds returns how many kinds of evidence the model knows.
func (m *Model) Kinds() int { return len(m.evidence) }

// Label returns the words for a kind of evidence.
func (m *Model) Label(evidence int) string {
	if evidence < 0 || evidence >= len(m.evidence) {
		return ""
	}
	return m.evidence[evidence].label
}

// Piece makes a piece of evidence from an event that matched, with the value of the field that holds
// its score or its stage; kinds that need neither do not look at it. A value that is missing, of
// another type or out of range is no evidence.
func (m *Model) Piece(evidence int, value expr.Value, at instant.Time, o expr.Order) (Piece, bool) {
	if evidence < 0 || evidence >= len(m.evidence) {
		return Piece{}, false
	}
	p := Piece{At: at, Order: o, Evidence: evidence}
	k := &m.evidence[evidence]
	switch {
	case k.named:
		s, found := Parse(value.Text)
		if value.Type != expr.Text || !found {
			return Piece{}, false
		}
		p.Score = float64(s)
	case k.scored:
		if value.Type != expr.Number && value.Type != expr.Integer {
			return Piece{}, false
		}
		p.Score = value.Num
	}
	return p, m.takes(p)
}

// takes tells whether a piece is evidence under this model.
func (m *Model) takes(p Piece) bool {
	if p.Evidence < 0 || p.Evidence >= len(m.evidence) {
		return false
	}
	k := &m.evidence[p.Evidence]
	if !k.scored {
		return p.Score == 0
	}
	return p.Score >= k.from && p.Score <= k.to // not true of NaN
}

// says returns the likelihood of a piece that the model takes.
func (m *Model) says(p Piece) *Likelihood {
	bands := m.evidence[p.Evidence].bands
	i := 0
	for i < len(bands)-1 && p.Score >= bands[i].Below {
		i++
	}
	return &bands[i].Says
}
