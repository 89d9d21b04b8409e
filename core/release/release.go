package release

import (
	"strings"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/core/program"
)

// Release is the immutable compiled set of everything a decision depends on. It may be shared by any
// number of goroutines.
type Release struct {
	// ID is the hash of the release's parts in hexadecimal; Short its first 64 bits.
	ID    string
	Short uint64

	Catalogue *event.Catalogue
	Zones     *instant.Zones
	Programs  []*program.Program
	Plan      *expr.Plan
	// Rules are all that is asked of a person, in an order in which each comes after those it
	// depends on.
	Rules []Rule
	// Remember is how long settled touches are kept in the state: the longest window of any cap.
	Remember instant.Duration
	// Signals names the signals in the order of Facts.Signals, as "program/signal".
	Signals []string

	// byEvent lists, for an event, the rules whose answer it may change. It is only looked up in.
	byEvent map[string][]int
	// timed lists the rules whose answer may change with time alone, and those that depend on them.
	timed  []int
	all    []int
	awaits map[awaitKey]*expr.Compiled
	// blank is the facts of somebody of whom nothing is known.
	blank expr.Facts
}

type awaitKey struct{ program, journey, step string }

// Await returns what an await step waits for, or nil.
func (r *Release) Await(program, journey, step string) *expr.Compiled {
	return r.awaits[awaitKey{program, journey, step}]
}

// Fits tells whether what is remembered of a person has the shape that this release's rules need.
func (r *Release) Fits(f *expr.Facts, rules []bool) bool {
	return f.Fits(&r.blank) && len(rules) == len(r.Rules)
}

// Target is what a rule is asked for.
type Target uint8

// What a rule's becoming true means.
const (
	Signal     Target = iota // a signal is on
	Enroll                   // the person comes into the program
	Leave                    // the person leaves the program
	Phase                    // the person enters a phase of the map
	Exit                     // the person leaves the map
	Enter                    // the person enters a journey
	Engagement               // an engagement is proposed
)

// Rule is one compiled trigger and what it is for.
type Rule struct {
	// Name is for people: "signal refill_late".
	Name    string
	Target  Target
	Program int
	// Index is the signal, phase, exit, journey or engagement within its list. For signals it is
	// the index in Release.Signals.
	Index   int
	Trigger expr.Compiled
	MaxAge  instant.Duration
	// Fleeting tells that the answer is, or depends through signals on, something that is true only
	// while an event is taken in.
	Fleeting bool
}

// Woken returns the rules that an event may change, in order. The caller must not change it.
func (r *Release) Woken(event string) []int { return r.byEvent[event] }

// Timed returns the rules that time may change, in order. The caller must not change it.
func (r *Release) Timed() []int { return r.timed }

// All returns every rule's index. The caller must not change it.
func (r *Release) All() []int { return r.all }

// SignalName is a signal's name within its program.
func (r *Release) SignalName(signal int) string {
	_, name, _ := strings.Cut(r.Signals[signal], "/")
	return name
}
