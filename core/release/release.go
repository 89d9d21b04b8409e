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
	// Signals names what is kept in Facts.Signals, in that order: signals as "program/signal", audiences
	// and questions of consent.
	Signals []string
	// Behaviors are those of all programs, in the order of Person.Beliefs; Consents the questions about
	// consent that rules ask.
	Behaviors []Behavior
	Consents  []Consent

	// Supplies tells that something goes by what is derived of the supplies of medicines.
	Supplies bool
	// Learning is what decisions are weighed with; nil where no program learns.
	Learning *Learning

	// attributes are those of maps, by the trait that they come from. It is only looked up in.
	attributes map[string][]Attribute
	// keys are, for each program, the fields that tell several happenings of a moment apart.
	keys []map[string]string
	// choices is how long Facts.Choices is; phaseChoice is each program's place in it, -1 for none.
	choices     int
	phaseChoice []int

	// byEvent lists, for an event, the rules whose answer it may change. It is only looked up in.
	byEvent map[string][]int
	// timed lists the rules whose answer may change with time alone, and those that depend on them.
	timed []int
	all   []int
	// steps, entry and heard are what journeys need. They are only looked up in.
	steps map[stepKey]*Step
	entry map[stepKey][]string
	heard map[string]bool
	// blank is the facts of somebody of whom nothing is known.
	blank expr.Facts
}

// Fits tells whether what is remembered of a person has the shape that this release's rules need.
func (r *Release) Fits(f *expr.Facts, rules []bool) bool {
	return f.Fits(&r.blank) && len(rules) == len(r.Rules)
}

// Program returns the program of that id, or nil.
func (r *Release) Program(id string) *program.Program {
	for _, p := range r.Programs {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// Blank makes the facts of somebody of whom nothing is known yet.
func (r *Release) Blank() expr.Facts { return r.Plan.New(len(r.Signals), r.choices) }

// PhaseChoice is where a program keeps its phase in Facts.Choices; -1 where its map has none.
func (r *Release) PhaseChoice(program int) int { return r.phaseChoice[program] }

// Attribute is the place of one of a map's attributes: the program's, and its own within the map.
type Attribute struct{ Program, Index int }

// Attributes are those of maps that come from a trait. The caller must not change them.
func (r *Release) Attributes(trait string) []Attribute { return r.attributes[trait] }

// MomentKey is the field that tells several happenings of a moment apart; empty where none does.
func (r *Release) MomentKey(program int, moment string) string { return r.keys[program][moment] }

// Consent is a question about consent that rules ask, and its place in Facts.Signals.
type Consent struct {
	Program int
	expr.ConsentQuestion
	Index int
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
	PhaseLeft                // the person leaves a phase without entering another
	Moment                   // a moment of the map happened
	Outcome                  // an outcome was reached
	Goal                     // a journey's goal was reached
	Interrupt                // a journey is interrupted
	Audience                 // the person is in an audience
	Hold                     // the person is to be left alone
	Measure                  // a number was told
)

// Rule is one compiled trigger and what it is for.
type Rule struct {
	// Name is for people: "signal refill_late".
	Name    string
	Target  Target
	Program int
	// Index is the phase, exit, journey, engagement, moment or outcome within its list. For signals and
	// audiences it is the index in Release.Signals.
	Index int
	// Part is the goal or interrupt within its journey, or the audience within its program.
	Part    int
	Trigger expr.Compiled
	MaxAge  instant.Duration
	// Fleeting tells that the answer is, or depends through signals on, something that is true only
	// while an event is taken in.
	Fleeting bool
}

// Bit tells a rule whose answer is kept for others to ask: a signal's or an audience's.
func (r *Rule) Bit() bool { return r.Target == Signal || r.Target == Audience }

// Woken returns the rules that an event may change, in order. The caller must not change it.
func (r *Release) Woken(event string) []int { return r.byEvent[event] }

// Timed returns the rules that time may change, in order. The caller must not change it.
func (r *Release) Timed() []int { return r.timed }

// All returns every rule's index. The caller must not change it.
func (r *Release) All() []int { return r.all }

// SignalWords names what is kept in Facts.Signals for people: "signal refill_late", "audience new".
func (r *Release) SignalWords(index int) string {
	_, name, _ := strings.Cut(r.Signals[index], "/")
	if strings.Contains(name, " ") { // an audience's or a question's name says what it is
		return name
	}
	return "signal " + name
}
