// Package journeymap is the wall: the phases a person moves through, the people around them, the
// moments that matter with the promises they make, and the exits by which the map is left. Journeys of
// people are cyclic; phases are entered again, left and skipped. It describes; core/engine moves people.
package journeymap

import (
	"math"
	"slices"
	"sort"
	"strconv"

	"attune/core/expr"
	"attune/core/instant"
	"attune/core/source"
)

// Map is one program's wall.
type Map struct {
	Phases       []Phase
	Exits        []Exit
	Stakeholders []Stakeholder
	Moments      []Moment
	// Lifecycle says which phases belong to which part of the customer life cycle, in its order.
	Lifecycle []Part
	// Aim is the outcome that the map is for; empty where going on is what it is for.
	Aim string
	// Attributes are by what the map's numbers can be looked at.
	Attributes []Attribute
}

// Attribute is something a person is or has, by which the map's numbers can be looked at: a practice, a site, how
// ill they are. Nothing else of a person goes into numbers.
//
//	practice: {name: GP practice, trait: practice}
type Attribute struct {
	ID, Name string
	Pos      source.Pos
	// Trait is where it comes from.
	Trait string
	// Bands are the lower bounds, ascending, of the bands that a number falls into; of a date, years until it was told.
	Bands []float64
	// CaseMix tells that it makes cases different from the beginning: others are compared within its levels only.
	CaseMix bool
	// Fairness tells that differences by it are shown to who watches over fairness, and to nobody else.
	Fairness bool
}

// Phase is one column of the wall.
type Phase struct {
	ID, Name string
	// Says is the phase in the person's own words.
	Says  string
	Pos   source.Pos
	Enter expr.Trigger
	// Leave ends the phase without another taking its place; it need not be written.
	Leave expr.Trigger
	// Expect is how long the phase should last; zero where nobody said. Horizon is within how long somebody should have gone on to count as
	// having done so, and Goal the share that should; zero where nobody said.
	Expect, Horizon instant.Duration
	Goal            float64
}

// Exit is a way off the wall.
type Exit struct {
	ID  string
	Pos source.Pos
	On  expr.Trigger
}

// Final tells that nothing follows it: the person died.
func (e *Exit) Final() bool { return e.On.On == "patient.deceased" }

// Stakeholder is one lane of the wall and the card of who stands in it.
type Stakeholder struct {
	ID, Name string
	Pos      source.Pos
	// Kind is one of Kinds.
	Kind string
	// Routine is their day; Sources are where they get their information; Wants and Fears are theirs.
	Routine                       string
	Sources, Wants, Fears, Quotes []string
	Evidence                      []Evidence
}

// Moment is one touchpoint: where a lane meets a phase.
type Moment struct {
	ID, Name string
	Pos      source.Pos
	Phase    string
	// By is the lane; To is the lane that something is handed over to, where the moment is a hand-off.
	By, To string
	// Seen tells from events that it happened; a moment without it is a guess, drawn dashed.
	Seen expr.Trigger
	// Then is the promise that the moment makes; nil where it makes none.
	Then *Promise
	// Need and Feeling are the person's; Feeling is one of Feelings.
	Need, Feeling string
	Evidence      []Evidence
	// Respond are engagements proposed when the moment is seen.
	Respond []string
}

// Promise says that another moment follows in time.
//
//	then: {moment: specialist_seen, within: 14d}
type Promise struct {
	Moment string
	Within instant.Duration
	// Key is a field that both moments' events have, where a person may be promised several at once.
	Key string
	Pos source.Pos
}

// Evidence is where a belief on the map comes from.
type Evidence struct{ Quote, From string }

// Part is one part of the customer life cycle and the phases that belong to it.
type Part struct {
	ID     string
	Phases []string
	Pos    source.Pos
}

// Lifecycle are the parts of the customer life cycle, in their order.
func Lifecycle() []string {
	return []string{"need", "research", "selection", "contract", "use", "maintain", "recommend"}
}

// Kinds are what stakeholders can be.
func Kinds() []string { return []string{"patient", "caregiver", "clinician", "staff", "payer"} }

// Feelings are the words of the emotion curve, from worst to best.
func Feelings() []string {
	return []string{"desperate", "anxious", "frustrated", "confused", "neutral", "hopeful", "relieved", "confident", "grateful"}
}

// Exit is the exit's place in the list, or -1 for one the map does not have.
func (m *Map) Exit(exit string) int {
	return slices.IndexFunc(m.Exits, func(e Exit) bool { return e.ID == exit })
}

// Index is the phase's place from the left, or -1 for a phase the map does not have.
func (m *Map) Index(phase string) int {
	return slices.IndexFunc(m.Phases, func(p Phase) bool { return p.ID == phase })
}

// Band is the band that a number falls into: "under 18", "18 to under 40", "65 and more".
func (a *Attribute) Band(n float64) string {
	is := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	switch i := sort.SearchFloat64s(a.Bands, math.Nextafter(n, math.Inf(1))); i {
	case 0:
		return "under " + is(a.Bands[0])
	case len(a.Bands):
		return is(a.Bands[i-1]) + " and more"
	default:
		return is(a.Bands[i-1]) + " to under " + is(a.Bands[i])
	}
}

// Attribute is the attribute's place in the list, or -1 for one the map does not have.
func (m *Map) Attribute(id string) int {
	return slices.IndexFunc(m.Attributes, func(a Attribute) bool { return a.ID == id })
}

// Moment is the moment's place in the list, or -1 for one the map does not have.
func (m *Map) Moment(moment string) int {
	return slices.IndexFunc(m.Moments, func(x Moment) bool { return x.ID == moment })
}
