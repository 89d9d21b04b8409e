package expr

import "fmt"

// What expressions may cost at most. Programs are read by people; what is larger is a mistake.
const (
	maxSource = 4096 // bytes
	maxDepth  = 32   // levels of the syntax tree
	// maxCost bounds how many values one question may look at, so that no rule can slow an event down
	// by more than a few microseconds.
	maxCost = 2000
	// maxMemory bounds how many values one program may have remembered of each person: each is some
	// ten to thirty bytes of the person's state, which is written with every event.
	maxMemory = 10_000
)

// What looking costs, in values looked at. Lists and texts of events have no length that is known
// before, so these are guesses on the high side.
const (
	costOfClock    = 8   // steps along the wall clock
	costOfList     = 32  // items of an event's list
	costOfClassify = 200 // words of a text
)

// afford reports an expression that costs too much to ask or to remember.
func (u *unit) afford() {
	if u.cost > maxCost {
		u.problems = append(u.problems, Problem{
			What: fmt.Sprintf("to answer this takes a look at up to %d values, more than %d", u.cost, maxCost),
			Hint: "give its parts names, as signals"})
	}
	if used := u.plan.memory() - u.remembered; used > maxMemory {
		u.problems = append(u.problems, Problem{
			What: fmt.Sprintf("with this, the program's expressions remember up to %d values of each person, more than %d", used, maxMemory),
			Hint: "compare counts with smaller numbers, or let more expressions use the same filters"})
	}
}
