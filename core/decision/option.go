package decision

// Option is one thing that could be done now, and passed every question of the gate.
type Option struct {
	// Path tells options apart, level by level: what is said, over which channel, in which words, when. The
	// numbers are the caller's own; equal numbers of a level are the same choice below the same parents.
	Path [Levels]uint32
	// Terms are its features, those of the person's situation included.
	Terms []Term
	// Value is what the behaviour is worth, in the program's unit. Fit, Context and Lever multiply what is to
	// be gained, 1 for as it is.
	Value, Fit, Context, Lever float64
	// Cost is what saying it costs, in the same unit, and Reach what would be lost with the person.
	Cost, Reach float64
}

// Levels is how many choices one makes an option: what, channel, words, time.
const Levels = 4

// The levels of a path.
const (
	What = iota
	Over
	Words
	When
)

// factor bounds what multiplies a gain, and fit what the fit of a stage may.
const (
	leastFactor, mostFactor = .5, 2
	leastFit, mostFit       = .5, 1.5
)

// Percent makes a factor of percentages that are added up, within bounds: 20 gives 1.2.
func Percent(sum float64) float64 { return bound(1+sum/100, leastFactor, mostFactor) }

// FitOf is the factor of an option in a stage that it is made for or not, the more so the surer the stage is.
// It is 1 as soon as enough was seen of the pair: the model knows then, and it would count twice.
func FitOf(matched bool, confidence, seen float64) float64 {
	const enough, share = 500, .25
	if seen >= enough {
		return 1
	}
	if !matched {
		confidence = -confidence
	}
	return bound(1+float64(share*confidence), leastFit, mostFit)
}

// score is what an option is worth for an effect: gains are multiplied, losses are not, so that no lever makes
// what harms look better or worse than it is.
func (o *Option) score(effect, burden float64) float64 {
	gain := float64(effect * o.Value)
	if gain > 0 {
		gain = float64(float64(gain*o.Fit) * float64(o.Context*o.Lever))
	}
	return gain - burden
}

// worth is what an option ranks by where nothing was learned.
func (o *Option) worth() float64 {
	return float64(float64(o.Value*o.Fit)*float64(o.Context*o.Lever)) - o.Cost
}

// valued is what an option is worth whatever the stage.
func (o *Option) valued() float64 {
	return float64(o.Value*float64(o.Context*o.Lever)) - o.Cost
}

func bound(x, least, most float64) float64 { return max(least, min(most, x)) }
