// Package effect is what a step decided: closed set of things to do and to remember, in the order in
// which they came about. The runner commits them with the person's new state; delivery does what is
// to be done; the history keeps all of it, which is how anybody can be told why.
//
// Effects carry no behaviour. Their ids derive from their cause, so a redelivered input repeats the
// same ids and does nothing twice.
package effect

import (
	"slices"

	"attune/core/channel"
	"attune/core/decision"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/stage"
)

// Effect is one of the types of this package.
//
//sumtype:decl
type Effect interface{ effect() }

// Decide records one decision: what could have been said, and what was chosen or why not.
//
//	{"effect":"decide","at":"2027-03-01T09:00:00Z","candidates":[{"engagement":"refill_reminder","value":12}],"touch":"5f0c…"}
type Decide struct {
	ID id.Key
	At instant.Time
	// Candidates are all that was proposed, best first.
	Candidates []Candidate
	// Rounds are how what competes was chosen among: first the one thing to say, then whether another.
	Rounds []Weighing
}

// Weighing is one round: what could be said, with what it was weighed, and what was drawn.
type Weighing struct {
	// Model is the short id of what was learned, Bank which of its banks; zero for what is expected before
	// anything is.
	Model  uint64
	Bank   int
	Manner decision.Manner
	// Arm is the part of the program's trial that the person is in; empty outside of one.
	Arm string
	// Base is what held for the person whatever is said; kept where the program learns.
	Base    []decision.Term
	Options []Weighed
	// Retired are the variants that were left out since others do better, as PROGRAM/ENGAGEMENT/VARIANT.
	Retired []string
	// Barriers and Motives are what was known to keep the person from a behavior and to move them, by the names
	// of programs, or by the part of COM-B where there is none.
	Barriers, Motives []string
	// Nothing is the chance that nothing is said, Place the draw in [0, 1), and Drawn the option; -1 for nothing.
	Nothing, Place float64
	Drawn          int
}

// Weighed is one option of a round.
type Weighed struct {
	// Candidate is its place among the decision's.
	Candidate              int
	Variant, Channel, Part string
	Due                    instant.Time
	Why                    policy.Reason
	// Stage is the person's in the behaviour it is for, with how sure that is.
	Stage      stage.Stage
	Confidence float64
	// Eases are those of the round's barriers that it answers.
	Eases []string
	decision.Option
	decision.Weight
}

// Candidate is one proposal and its fate: a touch, or a reason against it.
type Candidate struct {
	Program, Engagement string
	Value               float64
	Cause               person.Cause
	// Touch is the touch it became; zero when refused.
	Touch id.Key
	// Variant and Channel were drawn with the given probability among those that fit.
	Variant, Channel string
	Propensity       float64
	// Outcome is what it is to bring about, as PROGRAM/OUTCOME, and Within in which time.
	Outcome string
	Within  instant.Duration
	// Reason and Detail say why it was refused.
	Reason policy.Reason
	Detail string
}

// Trial records which part of a program's trial the person is in. Holdouts from all programs have no program.
type Trial struct {
	At                  instant.Time
	Program, Layer, Arm string
}

// Schedule asks that the gate be tried for this person's touch at Due.
type Schedule struct {
	Touch id.Key
	Due   instant.Time
	// Why says what the touch waits for where it does not go at once.
	Why policy.Reason
	At  instant.Time
}

// Send asks delivery to hand a message over. The attempt is committed before this is acted upon.
type Send struct {
	At             instant.Time
	Touch, Attempt id.Key
	Program        string
	Engagement     string
	Variant        string
	Channel        string
	Language       string
	Template       string
	// Content is the hash of the template that must be used.
	Content string
	// Purpose is what consent was asked for, Consent what the contact rests on, in words: the event
	// Granted, or, where that is empty, the default of Law, a jurisdiction and the version of its pack.
	Purpose, Consent string
	Granted, Law     string
	// Class ranks it where contacts compete for what carries them, and Value within its class.
	Class channel.Class
	Value float64
	// Frame is the hash of the text that holds this one and Parts together; empty where it goes alone.
	Frame string
	Parts []Part
	// Expires is when it is of no use any more.
	Expires instant.Time
	// To is the address; Name and the others fill the template.
	To, Name, FirstName, LastName string
	// About is whom it is about, where that is somebody else, and AboutName what they are called, where
	// they let it be told.
	About     id.Person
	AboutName string
}

// Part is a touch that goes out in the message of another.
type Part struct {
	Touch      id.Key
	Engagement string
	Variant    string
	Template   string
	Content    string
	// Purpose, Consent, Granted and Law are what it rests on, as in Send.
	Purpose, Consent, Granted, Law string
}

// Settle records what became of an attempt.
type Settle struct {
	At             instant.Time
	Touch, Attempt id.Key
	// Lead is the touch in whose message it went; zero where it went in its own.
	Lead    id.Key
	Channel string
	State   person.TouchState
	// Why says how it ended, where it did; Retry when it is tried again.
	Why   policy.Reason
	Retry instant.Time
}

// End records that a touch will not happen, and why.
type End struct {
	At         instant.Time
	Touch      id.Key
	Program    string
	Engagement string
	Channel    string
	Reason     policy.Reason
	Detail     string
}

// Move records that a person entered a phase of a map or left by an exit.
type Move struct {
	At      instant.Time
	Program string
	// From and To are phases; To is empty when the person left through Exit.
	From, To, Exit string
	// Counted tells whether the person was in the program, and so on its map, before and after.
	CountedBefore, CountedAfter bool
	// Again tells that the person was in the phase To before; Skipped are the phases passed over on the
	// way to it that the person was never in.
	Again   bool
	Skipped []string
}

// Join records that a person came into a program or left it.
type Join struct {
	At      instant.Time
	Program string
	In      bool
	Phase   string
}

// Walk records a passage through a journey: entered, at another step, left or in need of attention.
type Walk struct {
	At         instant.Time
	Enrollment id.Key
	Program    string
	Journey    string
	// What is "entered", "reached", "left", "failed", "resumed", "goal" (Why names it), "drew" (Why names
	// the arm), "interrupted" (Why names the interrupt) or "proposed" to others (Why says to how many).
	What string
	Step string
	Why  string
}

// Request asks somebody outside for something whose answer returns as an event.
//
//	{"effect":"request","at":"2027-03-01T09:00:00Z","kind":"task","for":"nurse","what":"Call about the refills","due":"2027-03-04T09:00:00Z"}
type Request struct {
	At instant.Time
	// ID names the request; the answer names it back.
	ID         id.Key
	Enrollment id.Key
	Program    string
	Journey    string
	Step       string
	Kind       RequestKind
	// What is the questionnaire, what is to be done, the service that is referred to, or the service
	// that is called, by kind. For is who does a task; Reason and Priority are a referral's.
	What, For, Reason, Urgency string
	// Priority ranks tasks, larger first.
	Priority float64
	// Fields are what a called service is told.
	Fields []event.Prop
	// Due is when the passage goes on without an answer.
	Due instant.Time
}

// RequestKind tells what is asked for.
type RequestKind string

// The kinds, and the events that answer them.
const (
	Ask   RequestKind = "ask"   // questionnaire.completed
	Task  RequestKind = "task"  // task.done
	Refer RequestKind = "refer" // referral.accepted and others of its kind
	Call  RequestKind = "call"  // call.answered
)

// Close records that a request is over: answered, too late, or no longer needed.
type Close struct {
	At      instant.Time
	Request id.Key
	Program string
	// Why is "answered", "late" or how the passage went on without it.
	Why string
	// Outcome is what the answer said.
	Outcome string
}

// Note records what a journey wrote down about the person, as the event it amounts to.
type Note struct {
	At         instant.Time
	Enrollment id.Key
	Event      event.Event
}

// See records that a moment of the map happened.
type See struct {
	At      instant.Time
	Program string
	Moment  string
	// Since is when it happened; By and To are the lanes, To only of a hand-off.
	Since  instant.Time
	By, To string
	// Of tells several happenings apart where the map's promises go by a key: its hash. Zero where they do not.
	Of uint64
}

// Mark records something that numbers about a program are made of, at the instant at which it happened: facts of analysis
// are made of marks, and of nothing else that says who somebody is.
//
//	{"effect":"mark","at":"2027-03-01T09:00:00Z","since":"2027-02-27T00:00:00Z","program":"diabetes","kind":"entered","name":"treatment"}
type Mark struct {
	At, Since instant.Time
	Program   string
	Kind      MarkKind
	// Name is the phase, exit, outcome, measure or attribute.
	Name string
	// Level is what an attribute is, the moment that a measure is about.
	Level string
	// Code says what a measured thing was about, in one of few words.
	Code  string
	Value float64
}

// MarkKind is what a mark is of.
type MarkKind uint8

// The kinds of marks. Numbers are never reused: they are kept.
const (
	Enrolled MarkKind = iota + 1 // came into the program
	Quit                         // left it
	Entered                      // a phase was entered, whether or not a later one stands
	Ended                        // a phase ended without another taking its place
	Exited                       // the map was left by an exit
	Reached                      // an outcome was reached
	Measured                     // a number was told
	Is                           // an attribute became known
)

func (k MarkKind) String() string {
	return [...]string{"", "enrolled", "quit", "entered", "ended", "exited", "reached", "measured", "is"}[min(k, Is)]
}

// Anew records that what is derived of the person was made anew, and that these marks, and moments seen, stand in the place of all
// that were recorded before.
type Anew struct {
	At instant.Time
	Of []Effect
}

// Promise records what becomes of a moment's promise, or of the time a phase should last.
type Promise struct {
	At      instant.Time
	Program string
	// Moment made the promise and To is the moment promised; Phase instead where a phase should be over.
	Moment, To, Phase string
	Due               instant.Time
	State             PromiseState
}

// PromiseState is how a promise stands.
type PromiseState string

// A promise is made, and then kept, or late and perhaps kept late.
const (
	Made     PromiseState = "made"
	Kept     PromiseState = "kept"
	Late     PromiseState = "late"
	KeptLate PromiseState = "kept late"
)

// Group records that the person came into an audience or left it, and why.
type Group struct {
	At       instant.Time
	Program  string
	Audience string
	In       bool
	// What and Event made it so.
	What, Event string
}

// Change records that another stage of change is believed in.
type Change struct {
	At       instant.Time
	Program  string
	Behavior string
	From, To string
	// What and Event made it so; time alone has no event.
	What, Event string
}

// Succeed records that an outcome was reached.
type Succeed struct {
	At      instant.Time
	Program string
	Outcome string
	Value   float64
	// Touch is the newest touch within the outcome's time that was made for it; zero where none was.
	Touch id.Key
}

// Retract records that an event was taken back, and that all that is derived was made anew without it.
type Retract struct {
	At    instant.Time
	Event string
}

// Switch records that the person now lives under another release.
type Switch struct {
	At       instant.Time
	From, To uint64
}

// NeedHistory says that the input cannot be taken without the person's history: give it again with
// what was ever heard.
type NeedHistory struct{}

// Effective records that a word which took consent back has taken effect: it is in the person's order,
// and nothing that it covers is in flight any more.
type Effective struct {
	At instant.Time
	// Event carried the word, and Said is when.
	Event string
	Said  instant.Time
	// Purpose, Channel and Topic are its scope.
	Purpose, Channel, Topic string
}

// Propose asks that something about this person be said to somebody else, whose own step decides whether
// it is.
type Propose struct {
	At instant.Time
	ID id.Key
	// To is the other's identifier, as this person's grant has it, and Relation what they are to them.
	To, Relation                 string
	Program, Engagement, Purpose string
	// Name is what this person is called, where the grant lets it be told.
	Name string
	// Origin is the event that set it going, hashed; zero where time did.
	Origin uint64
	// Release is the short id of the release under which it was made; Hops is how many people it came through.
	Release uint64
	Hops    uint32
}

// Recall asks that what was proposed to somebody, and has not gone out, be let go. Empty fields mean all.
type Recall struct {
	At instant.Time
	ID id.Key
	// To is the other's identifier.
	To, Purpose, Program, Engagement string
	// Origin is the event that set it going, hashed.
	Origin uint64
	// Ends tells that a grant has come to its end, so that the other's step has to say when it has taken
	// effect there. Why says what it is for.
	Ends bool
	Why  string
}

// Recalled records that the end of a grant of somebody else has taken effect here: it is in this person's
// order, and nothing that it means is in flight any more.
type Recalled struct {
	At instant.Time
	// About is whose grant it was, With how they name this person; Recall names the end, said at Said.
	About         id.Person
	With, Purpose string
	Recall        id.Key
	Said          instant.Time
}

// Hold records that the person is left alone from now on, or no longer.
type Hold struct {
	At   instant.Time
	Hold string
	On   bool
	// Until is when it ends by itself; Never where somebody has to say so.
	Until instant.Time
	// What and Event made it so.
	What, Event string
}

// Sense records that a signal became true or ceased to be.
type Sense struct {
	At      instant.Time
	Program string
	Signal  string
	On      bool
	// Late tells that it was too old to start anything.
	Late bool
}

// Merge records that two records of one person became one, or two again.
type Merge struct {
	At instant.Time
	// Other is the other record, and What is what happened to this one.
	Other id.Person
	What  MergeKind
	// Event is the id of the event that says so.
	Event string
}

// Merges tells whether a merge, or its end, is among effects. What they tell of besides happened to nobody.
func Merges(effects []Effect) bool {
	return slices.ContainsFunc(effects, func(e Effect) bool {
		_, is := e.(Merge)
		return is
	})
}

// MergeKind is what a merge is for one of the two.
type MergeKind string

// A record becomes part of another, which takes it in; it is given back, and is on its own again.
const (
	BecamePart MergeKind = "became part"
	TookIn     MergeKind = "took in"
	GaveBack   MergeKind = "gave back"
	OnItsOwn   MergeKind = "on its own"
)

// Same says that a source takes two records for one person's, or for two people's after all.
type Same struct {
	At instant.Time
	// Of is an identifier, SYSTEM:VALUE, of the record that is to become part of the one that With names. Either is empty
	// for the one that this was heard of.
	Of, With string
	// Apart tells that they are not one after all.
	Apart bool
	// Source said it, in the event.
	Source, Event string
}

// Ignore records an input that changed nothing, and why: an event already taken.
type Ignore struct {
	At  instant.Time
	Why string
}

// Again says that the step's budget ended while catching up: commit, and give the same input again.
type Again struct{}

func (Mark) effect()        {}
func (Anew) effect()        {}
func (Effective) effect()   {}
func (Propose) effect()     {}
func (Recall) effect()      {}
func (Recalled) effect()    {}
func (Hold) effect()        {}
func (Request) effect()     {}
func (Close) effect()       {}
func (Note) effect()        {}
func (See) effect()         {}
func (Promise) effect()     {}
func (Group) effect()       {}
func (Change) effect()      {}
func (Succeed) effect()     {}
func (Retract) effect()     {}
func (Switch) effect()      {}
func (NeedHistory) effect() {}
func (Decide) effect()      {}
func (Trial) effect()       {}
func (Schedule) effect()    {}
func (Send) effect()        {}
func (Settle) effect()      {}
func (End) effect()         {}
func (Move) effect()        {}
func (Join) effect()        {}
func (Walk) effect()        {}
func (Sense) effect()       {}
func (Ignore) effect()      {}
func (Merge) effect()       {}
func (Same) effect()        {}
func (Again) effect()       {}
