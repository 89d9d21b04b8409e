package outcomes

import (
	"slices"

	"attune/core/instant"
	"attune/core/program"
)

// Person is what is known of one person in one program. Times are days; all lists are in order of time.
type Person struct {
	// Enrolled is when they came; Gone when they left for good, or Until where they are there.
	Enrolled, Gone float64
	End            End
	// Level is theirs of the attribute that the report is divided by; empty where that is not known.
	Level    string
	Arms     []Arm
	Touches  []Touch
	Reached  []Reached
	Values   []Value
	Moves    []Move
	Passages []Passage
}

// End is how somebody's time in a program ended.
type End uint8

// The ends.
const (
	Stays End = iota
	Left
	Died
)

// Arm is a part of a trial that was drawn for somebody.
type Arm struct {
	Layer, Arm string
	At         float64
}

// Touch is a message that was handed over, and what became of it.
type Touch struct {
	At                                             float64
	Engagement, Channel                            string
	Failed                                         bool
	Delivered, Opened, Clicked, Replied, Complains bool
}

// Reached is an outcome that happened: its place among the program's.
type Reached struct {
	Outcome int
	At      float64
}

// Value is a number that was measured: its measure's place among the program's, what it was about, and the moment.
type Value struct {
	Measure      int
	At           float64
	Value        float64
	Moment, Code string
}

// Move is a change of the stage that is believed in.
type Move struct {
	Behavior, From, To string
	At                 float64
}

// Passage is a way through a phase, of so many days: Moved on, left, or still there.
type Passage struct {
	Phase int
	Days  float64
	Cause int // 0 still there, 1 moved on, 2 left
}

// Period is what a report is about: happenings from From on, before Until, which is the instant it is made at, or earlier. Days.
type Period struct{ From, Until float64 }

func (p Period) has(at float64) bool { return at >= p.From && at < p.Until }

// Of says what a report is of.
type Of struct {
	Program *program.Program
	Period  Period
	// By is the attribute by whose levels it is divided; empty without.
	By string
}

// stages in the order in which they lead to a behaviour that lasts; who relapsed is nearer to it again than who does not think of it.
func stages() []string {
	return []string{"precontemplation", "relapse", "contemplation", "preparation", "action", "maintenance"}
}

func readiness(stage string) int { return slices.Index(stages(), stage) }

func days(d instant.Duration) float64 { return float64(d) / float64(instant.Day) }
