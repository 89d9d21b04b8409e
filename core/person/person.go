package person

import (
	"math"
	"slices"
	"strings"

	"attune/core/channel"
	"attune/core/consent"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/stage"
	"attune/core/supply"
)

// Kind tells in which role a person is engaged.
type Kind uint8

// The kinds. The zero kind is a patient.
const (
	Patient Kind = iota
	Caregiver
	Clinician
)

// String names the kind as programs do.
func (k Kind) String() string {
	switch k {
	case Patient:
		return "patient"
	case Caregiver:
		return "caregiver"
	case Clinician:
		return "clinician"
	}
	return "unknown"
}

// Kinds are all kinds.
func Kinds() []Kind { return []Kind{Patient, Caregiver, Clinician} }

// Person is one person's whole state. Its slices are shared between versions of the same person:
// whoever changes one clones it first.
type Person struct {
	ID id.Person
	// Kind follows from the facts: from the newest word on it, which was said at KindAt.
	Kind      Kind
	KindAt    instant.Time
	KindOrder expr.Order
	// Release is the short id of the release whose plan and rules the derived part follows.
	Release uint64
	// Now is the instant up to which the person has lived: of the newest input or of the newest
	// timer that went off.
	Now instant.Time
	// Wake is the earliest instant at which something changes by itself; Never when nothing does.
	Wake instant.Time
	// Traits are what is known of the person, sorted by name.
	Traits []Trait
	// Seen recognises repeated events: the newest ones, oldest first.
	Seen []Seen
	// Facts is what rules read.
	Facts expr.Facts
	// Rules remembers each rule's answer, so that only a change from false to true fires.
	Rules []bool
	// Memberships, one per program the person ever was in or moved through, sorted by program.
	Memberships []Membership

	// Beliefs are what is believed about the stage of each of the release's behaviors, in their order.
	Beliefs []Belief
	// Moments, one for each moment of a map that was seen, sorted by program, moment and key.
	Moments []Moment
	// Groups are the audiences the person is in, and why, sorted by program and audience.
	Groups []Group

	Consents    []consent.Record
	Enrollments []Enrollment
	Touches     []Touch
	// Holds are what the person is or was left alone for, sorted by id, and Points the addresses that may
	// not, or may again, be used, sorted by kind and address. Both follow from the facts.
	Holds []Hold
	// Limits are what the person or the law asks to be left out, sorted by id, and Corrections the traits that staff corrected, sorted by
	// name. Both follow from the facts.
	Limits      []Limit
	Corrections []Correction
	// Marks is the sum of the marks of what is derived (effect.Mark).
	Marks  uint64
	Points []Point
	// Shares are what the person lets others be told, sorted by whom and purpose; they follow from the facts.
	Shares []Share
	// Told are those to whom something about the person was proposed, sorted by whom.
	Told []Told
	// Recalls are grants of others, whom this person was told about, that came to their end lately, sorted
	// by whom and purpose.
	Recalls []Recall
	// Withdrawals are words that took consent back and are not effective yet: something they cover was in
	// flight.
	Withdrawals []Withdrawal
	// Arms are what splits drew, for ever.
	Arms []Arm
	// Trials are the parts that were drawn for the person in what programs find out by chance, sorted by program
	// and layer, for ever.
	Trials []Trial
	// Habits are where and when the person answers, sorted by what they are of.
	Habits []Habit
	// Tellings are the newest words on what keeps the person from a behavior and what moves them, sorted by fact,
	// name and kind; they follow from the facts.
	Tellings []Telling
	// Supplies are what is known of the supply of medicines, sorted by code; they follow from the facts. Reckoned is what
	// was said of them, sorted by code.
	Supplies []supply.Course
	Reckoned []Reckoned
	// Revoked are the keys of events that were taken back, sorted, so that one of them that comes later
	// is not taken.
	Revoked []uint64
	// Died is when the person died; zero for the living.
	Died instant.Time
	// Into is whose record this one became part of; zero for one that stands for itself. Nothing else is known of one that
	// does not. Merged are the records that became part of this one, oldest first.
	Into   id.Person
	Merged []Merged
}

// Merged is a record that became part of another.
type Merged struct {
	Person id.Person
	At     instant.Time
}

// Trait is one thing known about the person, and which word made it known.
type Trait struct {
	Name  string
	Value expr.Value
	At    instant.Time
	Order expr.Order
}

// Seen is an event already taken and when.
type Seen struct {
	Key uint64
	At  instant.Time
}

// Membership is a person's place in one program and on its map.
type Membership struct {
	Program string
	// Enrolled and Left are the newest instants of each; zero where it never was.
	Enrolled, Left instant.Time
	// Phase is where on the map the person is, since Since; empty before the first phase.
	Phase string
	Since instant.Time
	// Exit names the exit through which the person left the map; empty while on it. Exited is the
	// newest instant at which they left, also after they came back.
	Exit   string
	Exited instant.Time
	// Entered is the phase that was entered last, at EnteredAt, whether or not it has ended; Ends are the
	// newest ends of phases that end by themselves, sorted by phase.
	Entered   string
	EnteredAt instant.Time
	Ends      []PhaseEnd
	// Been are the phases the person ever was in, sorted.
	Been []string
	// Overdue tells that the person, active in the program, is in the phase for longer than was expected,
	// and that this was said.
	Overdue bool
}

// Belief is what is believed about the person's stage in one behavior of a program.
type Belief struct {
	Program, Behavior string
	stage.Belief
}

// PhaseEnd is when a phase last ended without another taking its place.
type PhaseEnd struct {
	Phase string
	At    instant.Time
}

// Ended is when a phase last ended by itself; before every instant if it never did.
func (m *Membership) Ended(phase string) instant.Time {
	for _, e := range m.Ends {
		if e.Phase == phase {
			return e.At
		}
	}
	return math.MinInt64
}

// Moment is a moment of a map as this person lived it.
type Moment struct {
	// Key tells several happenings apart, where the map's promises go by one.
	Program, Moment, Key string
	// At is when it was last seen; Count is how often.
	At    instant.Time
	Count uint32
	// Late tells that what it promised is overdue, and that this was said.
	Late bool
}

// Group is being in an audience, and why.
type Group struct {
	Program, Audience string
	Since             instant.Time
	// What made it so, in words, and the event in hand; time alone has none.
	What, Event string
}

// The limits that people have a right to.
const (
	// Profiling: nothing is inferred of the person, and nothing learned or inferred decides.
	Profiling = "profiling"
	// Marketing: nothing that advertises is said, whatever they consented to.
	Marketing = "marketing"
	// Processing: what is known is kept, and nothing is done with it.
	Processing = "processing"
)

// Limit is a word on what may be done with what is known of the person.
type Limit struct {
	ID string
	// Set is the newest instant at which it was asked for, Lifted the newest at which that was over. Of one instant it is on.
	Set, Lifted instant.Time
	// Event is the newest that asked for it.
	Event string
}

// On tells whether it is on.
func (l *Limit) On() bool { return l.Set != 0 && l.Set >= l.Lifted }

// Limited tells whether a limit is on.
func (p *Person) Limited(id string) bool {
	for i := range p.Limits {
		if p.Limits[i].ID == id {
			return p.Limits[i].On()
		}
	}
	return false
}

// Correction is a trait that staff corrected: what sources say of it does not count any more.
type Correction struct {
	// Is is the trait as it was corrected, and Event the correction.
	Is    Trait
	Event string
	// Refused are values that somebody has found wrong, so that a source that says one again asks nothing new.
	Refused []string
	// Said is what a source said last after the correction, and By which event; no name where none did.
	Said Trait
	By   string
	// Disputed is when the person last said that it is not so, Dispute the event, and Settled when somebody last said what came of that.
	Disputed, Settled instant.Time
	Dispute           string
}

// Made tells that staff corrected it; it may be disputed alone.
func (c *Correction) Made() bool { return c.Event != "" }

// IsDisputed tells that nobody has said yet what came of a dispute.
func (c *Correction) IsDisputed() bool { return c.Disputed != 0 && c.Disputed >= c.Settled }

// Open tells that a source says something else, of which nobody has said yet what is right.
func (c *Correction) Open() bool {
	said := c.Said.Value.String()
	return c.Said.Name != "" && said != c.Is.Value.String() && !slices.Contains(c.Refused, said)
}

// Correction is that of a trait; nil where nobody corrected it.
func (p *Person) Correction(name string) *Correction {
	for i := range p.Corrections {
		if p.Corrections[i].Is.Name == name && p.Corrections[i].Made() {
			return &p.Corrections[i]
		}
	}
	return nil
}

// Hold is something for which the person is left alone.
type Hold struct {
	ID string
	// Set is the newest instant at which it began, Until when that ends by itself, Never for one that is
	// lifted; Lifted is the newest instant at which somebody said that it is over.
	Set, Until, Lifted instant.Time
	// Event began it.
	Event string
}

// On tells whether it holds at an instant.
func (h *Hold) On(at instant.Time) bool { return h.Set > h.Lifted && at < h.Until }

// Point is an address of which somebody said something: that it may not be used, or again, that it is the person's own,
// or that others are reached there too.
type Point struct {
	// Kind is that of core/channel.Point.
	Kind, Address string
	// Stopped and Released are the newest instants of each word; Why is the newest stop's.
	Stopped, Released instant.Time
	Why               string
	// Verified is when it was last made sure that it is the person's own. Shared and
	// Alone are the newest instants at which others came to be reached there and ceased to be.
	Verified, Shared, Alone instant.Time
}

// IsShared tells whether others are reached there too.
func (p *Point) IsShared() bool { return p.Shared > p.Alone }

// Share is the person's word on what somebody else may be told about them.
type Share struct {
	// With is the other's identifier, SYSTEM:VALUE. Purpose is what for; empty for a word on all purposes,
	// which can only take back.
	With, Purpose string
	// Relation is what the other is to the person: "daughter". Name lets them be told the person's name.
	Relation string
	Name     bool
	// Granted is the newest yes, Order ranks those of one instant, and Until is when it ends by itself; zero
	// for never. Withdrawn is the newest no.
	Granted, Until, Withdrawn instant.Time
	Order                     expr.Order
	// Ended is when an end of the grant was in effect on the other's side, for all that was proposed up to
	// EndedFor.
	Ended, EndedFor instant.Time
}

// Told is when something about the person was last proposed to somebody.
type Told struct {
	With string
	At   instant.Time
}

// Recall is the end of what somebody let this person be told about them.
type Recall struct {
	About id.Person
	// Purpose is empty where it is all.
	Purpose string
	// ID names it, and With is how the other names this person.
	ID   id.Key
	With string
	// At is up to when what was proposed is meant; Heard is when this person's order took it. It waits until
	// nothing that it means is in flight.
	At, Heard instant.Time
	Waits     bool
}

// Withdrawal is a word that took consent back, and the contacts it covers.
type Withdrawal struct {
	Event                          string
	At                             instant.Time
	Purpose, Channel, Topic, Actor string
}

// Arm is what a split drew.
type Arm struct{ Program, Journey, Step, Arm string }

// Active tells whether the person is in the program now. Who joins and leaves at one instant is out.
func (m *Membership) Active() bool { return m.Enrolled != 0 && m.Enrolled > m.Left && m.Exit == "" }

// Trial is which part of a program's trial a person is in, drawn when it first mattered. Holdouts from all
// programs have no program.
type Trial struct {
	Program, Layer, Arm string
	At                  instant.Time
}

// Trial returns what was drawn for the person in a layer of a program's trial, or "".
func (p *Person) Trial(program, layer string) string {
	for i := range p.Trials {
		if t := &p.Trials[i]; t.Program == program && t.Layer == layer {
			return t.Arm
		}
	}
	return ""
}

// Habit is how often a person was written to over a channel, or in a part of the day, and how often they
// answered. What is old fades: when there are 32 of them, both are halved.
type Habit struct {
	Of             string
	Tries, Answers uint32
}

// Reckoned is what was said of the supply of a medicine: of the one that ends at Until, which of its steps are over, and
// at which of them something was said (one bit each).
type Reckoned struct {
	Code         string
	Until        instant.Time
	Steps, Noted uint8
	// Covered is the share of days covered that was told last, in percent; NeverCovered before the first.
	Covered int8
}

// NeverCovered is what Reckoned.Covered is before anything was told.
const NeverCovered = -1

// Habit returns what is known of a channel or a part of the day.
func (p *Person) Habit(of string) Habit {
	for i := range p.Habits {
		if p.Habits[i].Of == of {
			return p.Habits[i]
		}
	}
	return Habit{Of: of}
}

// Telling is the newest word on one barrier, motivation or support. What exactly was said stays in the history.
type Telling struct {
	// Fact is what it is; Name what a program calls it, empty where none does; Kind the part of COM-B, empty
	// where nobody said. Without a name, one is remembered of each kind.
	Fact, Name, Kind string
	// Over tells that it is so no longer.
	Over  bool
	At    instant.Time
	Order expr.Order
}

// Cause is what set something going.
type Cause struct {
	// Rule is the release's rule that became true.
	Rule string
	// What made it true, in words: an event's name, a signal, or the rule itself where time did.
	What string
	// Event is the id of the event in hand; empty where there was none.
	Event string
	// At is the instant from which it was true.
	At instant.Time
}

// Enrollment is one passage through a journey.
type Enrollment struct {
	ID               id.Key
	Program, Journey string
	// Step is where the passage stands.
	Step    string
	Entered instant.Time
	// Due is when the step ends by itself; Never where only news ends it.
	Due instant.Time
	// Key tells passages of a keyed journey apart.
	Key string
	// Entry holds those fields of the entering event that the journey reads.
	Entry []event.Prop
	// Touch is the one a send step waits for; Request is what an asking step waits for.
	Touch, Request id.Key
	// Rounds counts how often the passage went back.
	Rounds uint32
	// Parked tells that the passage needs attention, for the reason Why.
	Parked bool
	// Left is when and Why is how the passage ended; zero and empty while it goes on.
	Left  instant.Time
	Why   string
	Cause Cause
}

// TouchState is how far a touch has come.
type TouchState uint8

// A touch is pending until the gate lets it start, in flight until the carrier answers, and then
// handed over, uncertain, or ended. Only pending and uncertain touches change by themselves.
const (
	Pending TouchState = iota + 1
	InFlight
	Uncertain
	HandedOver
	Ended
)

// String names the state for people.
func (s TouchState) String() string {
	switch s {
	case Pending:
		return "pending"
	case InFlight:
		return "in flight"
	case Uncertain:
		return "uncertain"
	case HandedOver:
		return "handed over"
	case Ended:
		return "ended"
	}
	return "unknown"
}

// Touch is one decided contact.
type Touch struct {
	ID                                              id.Key
	Program, Engagement, Variant, Channel, Language string
	// Content is the hash of the template the touch is bound to.
	Content string
	// Purpose and Theme are what caps tell touches apart by; Class ranks it where touches compete for
	// what carries them, and Value within its class.
	Purpose, Theme string
	Class          channel.Class
	Value          float64
	State          TouchState
	// Why says how an ended touch ended or why a pending one waits.
	Why string
	// Decided, Due, Expires and Started (the newest attempt) are instants; Settled is when the
	// carrier's word was recorded, which is what caps count.
	Decided, Due, Expires, Started, Settled instant.Time
	Attempts                                uint32
	// Answered is when the person first answered, opened or followed it; zero before.
	Answered instant.Time
	// Replays counts how often somebody put it back after its carrier had failed.
	Replays uint32
	Cause   Cause
	// Lead is the touch in whose message it goes out; zero where it goes in its own.
	Lead id.Key
	// Enrollment is the journey passage that waits for this touch, if one does.
	Enrollment id.Key
	// About is whom it is about, where that is somebody else than it goes to. AboutName is what they are
	// called, where they let it be told, and Origin the event of theirs that set it going, hashed.
	About     id.Person
	AboutName string
	Origin    uint64
}

// Attempt names the touch's newest attempt.
func (t *Touch) Attempt() id.Key {
	return attempt(t.ID, t.Attempts)
}

// FirstAttempt names the first attempt of a touch.
func FirstAttempt(touch id.Key) id.Key { return attempt(touch, 1) }

func attempt(touch id.Key, nth uint32) id.Key {
	return id.Derive(id.Seed(touch), "attempt", uint64(nth))
}

// Trait returns what is known under the name, or the Missing value.
func (p *Person) Trait(name string) expr.Value {
	if i, found := p.findTrait(name); found {
		return p.Traits[i].Value
	}
	return expr.Value{}
}

// TraitAt is what is known of a trait, and since when.
func (p *Person) TraitAt(name string) (expr.Value, instant.Time) {
	if i, found := p.findTrait(name); found {
		return p.Traits[i].Value, p.Traits[i].At
	}
	return expr.Value{}, 0
}

func (p *Person) findTrait(name string) (int, bool) {
	return slices.BinarySearchFunc(p.Traits, name, func(t Trait, n string) int { return strings.Compare(t.Name, n) })
}

// SetTrait takes in one word about the person; of two words on the same trait the newest stands,
// whatever the order of arrival. A Missing value forgets the trait's value but not when it was said.
// The slice must be the caller's own.
func (p *Person) SetTrait(t Trait) {
	i, found := p.findTrait(t.Name)
	if !found {
		p.Traits = slices.Insert(p.Traits, i, t)
		return
	}
	was := p.Traits[i]
	if t.At > was.At || t.At == was.At && was.Order.Less(t.Order) {
		p.Traits[i] = t
	}
}

// Membership returns the person's place in a program, or nil.
func (p *Person) Membership(program string) *Membership {
	for i := range p.Memberships {
		if p.Memberships[i].Program == program {
			return &p.Memberships[i]
		}
	}
	return nil
}

// Point returns what was said about an address, or nil.
func (p *Person) Point(kind, address string) *Point {
	for i := range p.Points {
		if p.Points[i].Kind == kind && p.Points[i].Address == address {
			return &p.Points[i]
		}
	}
	return nil
}

// SharedWith tells what the person lets somebody be told for a purpose at an instant; nil for nothing.
func (p *Person) SharedWith(with, purpose string, at instant.Time) *Share {
	var own *Share
	withdrawn := instant.Time(0)
	for i := range p.Shares {
		switch x := &p.Shares[i]; {
		case x.With != with:
		case x.Purpose == purpose:
			own = x
			withdrawn = max(withdrawn, x.Withdrawn)
		case x.Purpose == "":
			withdrawn = max(withdrawn, x.Withdrawn)
		}
	}
	if own == nil || purpose == "" || own.Granted <= withdrawn || own.Until != 0 && own.Until <= at {
		return nil
	}
	return own
}

// Arm returns what a split drew for this person, or "".
func (p *Person) Arm(program, journey, step string) string {
	for _, a := range p.Arms {
		if a.Program == program && a.Journey == journey && a.Step == step {
			return a.Arm
		}
	}
	return ""
}

// Due is the earliest instant at which delivery must look at this person: a pending touch's due, or
// the limit up to which an attempt's outcome is awaited; Never when there is neither.
func (p *Person) Due() instant.Time {
	due := instant.Never
	for i := range p.Touches {
		switch t := &p.Touches[i]; t.State {
		case Pending:
			due = min(due, t.Due)
		case InFlight:
			due = min(due, t.Started.Add(AttemptLimit))
		case Uncertain:
			due = min(due, t.Settled.Add(UnconfirmedAfter))
		case HandedOver, Ended:
		}
	}
	return due
}

// Waiting is a touch that waits for the gate, as whatever carries it has to know it.
type Waiting struct {
	Touch                        id.Key
	Due                          instant.Time
	Program, Engagement, Channel string
	// Journey is whose passage said it; empty where an engagement's own rule did.
	Journey string
	Class   channel.Class
	Value   float64
	// Tried tells that it was in flight before, and Outranked that others took the places of a day for
	// which it was ranked.
	Tried, Outranked bool
}

// outranked is core/policy's name for it, which knows this package and not the other way round.
const outranked = "not_taken"

// Waiting are the touches that wait for the gate.
func (p *Person) Waiting() (out []Waiting) {
	for i := range p.Touches {
		if t := &p.Touches[i]; t.State == Pending {
			out = append(out, Waiting{Touch: t.ID, Due: t.Due, Program: t.Program, Engagement: t.Engagement, Channel: t.Channel, Journey: p.journeyOf(t), Class: t.Class, Value: t.Value, Tried: t.Attempts > 0, Outranked: t.Why == outranked})
		}
	}
	return out
}

// journeyOf names the journey whose passage said a touch; empty where none did, or where it is forgotten.
func (p *Person) journeyOf(t *Touch) string {
	if t.Enrollment.IsZero() {
		return ""
	}
	for i := range p.Enrollments {
		if e := &p.Enrollments[i]; e.ID == t.Enrollment {
			return e.Journey
		}
	}
	return ""
}

// HandoverLimit is the longest that a carrier is given to take one attempt.
const HandoverLimit = 10 * instant.Second

// AttemptLimit is how long after its start an attempt with no recorded outcome becomes uncertain. It
// is far above the ten seconds a carrier is given, so that a late answer still finds it in flight.
const AttemptLimit = 2 * instant.Minute

// UnconfirmedAfter is how long an unknown outcome is waited for before it counts as handed over.
const UnconfirmedAfter = 3 * instant.Day

// New is a person of whom nothing is known yet.
func New(who id.Person) Person { return Person{ID: who, Wake: instant.Never} }
