package decision

// Manner is how options are chosen among once they are weighed.
type Manner struct {
	Policy Policy
	// Explore is the least share that is drawn evenly, at each level.
	Explore float64
	// Least and Most bound the chance that anything is said at all.
	Least, Most float64
}

// Policy is by what options are chosen.
type Policy uint8

// The policies.
const (
	// Ranked says the best, always: nothing is learned, and whether to say something was decided by the team.
	// Ways of saying it that are equally good are drawn evenly.
	Ranked Policy = iota
	// Learned draws by how probably each is the best, nothing included.
	Learned
	// Uniform draws evenly, at each level, and says nothing half of the time: what others are measured by.
	Uniform
	// Fallback stands in for Learned where the model is out of date or broken: the best fit by stage.
	Fallback
	// ByStage draws what is made for the person's stage, as Fallback does, and ByValue what is worth most whatever
	// the stage, each with no more left to chance than Learned: what the model is compared with.
	ByStage
	ByValue
	// Pinned draws as Learned does, with a model that stays: what a newer one is compared with.
	Pinned
)

// String names the policy for people.
func (p Policy) String() string {
	switch p {
	case Ranked:
		return "ranked"
	case Learned:
		return "learned"
	case Uniform:
		return "uniform"
	case Fallback:
		return "fallback"
	case ByStage:
		return "matched"
	case ByValue:
		return "value"
	case Pinned:
		return "pinned"
	}
	return "unknown"
}

// Challenges tells that the policy is one that the model is compared with.
func (p Policy) Challenges() bool { return p == ByStage || p == ByValue || p == Pinned }

// goesByModel tells that a model's draws decide.
func (p Policy) goesByModel() bool { return p == Learned || p == Pinned }

// With is how options of two programs are drawn together: with the larger share drawn evenly, and within the
// stricter bounds.
func (m Manner) With(o Manner) Manner {
	m.Explore = max(m.Explore, o.Explore)
	m.Most = min(m.Most, o.Most)
	m.Least = min(max(m.Least, o.Least), m.Most)
	return m
}

// Careful is the manner of a program that learns and says nothing else.
func Careful() Manner { return Manner{Policy: Learned, Explore: .05, Least: .1, Most: .9} }

const (
	// floor is the least chance of a choice that can be drawn at all, given the one above it: no row weighs
	// more than fifty in what is measured by one level.
	floor = .02
	// widest is among how many choices of a level is drawn; what is not among the best has no chance.
	widest = 8
	// fallbackExplore is how much is drawn evenly when the model cannot be used.
	fallbackExplore = .2
)
