package stage

// Stage is a stage of change. The zero Stage is None.
type Stage uint8

// The stages. None means that nothing is known yet.
const (
	None             Stage = iota
	Precontemplation       // does not intend to change
	Contemplation          // thinks about it
	Preparation            // means to start within a month
	Action                 // does it, for less than half a year
	Maintenance            // has done it for half a year or more
	Relapse                // did it and stopped
)

// All lists the six stages in their order.
func All() [6]Stage {
	return [...]Stage{Precontemplation, Contemplation, Preparation, Action, Maintenance, Relapse}
}

// String is the stage's id as programs write it; None is "unknown".
func (s Stage) String() string {
	switch s {
	case None:
	case Precontemplation:
		return "precontemplation"
	case Contemplation:
		return "contemplation"
	case Preparation:
		return "preparation"
	case Action:
		return "action"
	case Maintenance:
		return "maintenance"
	case Relapse:
		return "relapse"
	}
	return "unknown"
}

// Parse finds a stage by its id. None has none.
func Parse(id string) (Stage, bool) {
	for _, s := range All() {
		if s.String() == id {
			return s, true
		}
	}
	return None, false
}

// Distribution is a number for each stage, in the order of All: how probable it is.
type Distribution [6]float64

// Of returns the probability of one stage; of None it is 0.
func (d Distribution) Of(s Stage) float64 {
	if s == None || int(s) > len(d) {
		return 0
	}
	return d[s-1]
}

// Likeliest returns the most probable stage, among equals the earlier one.
func (d Distribution) Likeliest() Stage {
	best := 0
	for i, p := range d {
		if p > d[best] {
			best = i
		}
	}
	return All()[best]
}
