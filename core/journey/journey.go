// Package journey is the designed sequence: where it is entered, what interrupts it, and its steps.
// It describes; core/engine walks. Steps follow one another unless one names another to go on to.
package journey

import (
	"attune/core/expr"
	"attune/core/instant"
	"attune/core/source"
)

// Journey is one sequence.
type Journey struct {
	ID, Name string
	Pos      source.Pos
	Enter    expr.Trigger
	// Again says when somebody who was on the journey may enter once more.
	Again Reentry
	// Key is the field of the entering event that tells passages apart: one passage for each
	// appointment, order or referral. Empty where a person has one passage at a time. In a keyed
	// journey an event that has the field too is heard only by the passage with the same value.
	Key string
	// Busy says what an entry does while a passage (of the same key) is under way.
	Busy Busy
	// Rounds bounds how often a passage may go back to an earlier step; zero where none does.
	Rounds int
	// Goals end the passage wherever it stands; Interrupts redirect it.
	Goals      []Goal
	Interrupts []Interrupt
	Steps      []Step
	// Moves say where somebody goes on who stands on a step that this version has no longer.
	Moves []Move
}

// Move leads from a step that was removed to one that there is.
//
//	moves: {old_step: new_step}
type Move struct {
	From, To string
	Pos      source.Pos
}

// Reentry tells when a journey may be entered again. The zero value is once in a lifetime.
type Reentry struct {
	Always bool
	// After is how long ago the last passage must have been entered; zero where only Always counts.
	After instant.Duration
}

// Busy is what happens to an entry while a passage is under way.
type Busy uint8

// An entry is passed over, or begins the passage again from its first step.
const (
	Ignore Busy = iota
	Restart
)

// Goal is what the journey is for: when it becomes true, the passage ends there and then.
//
//	goals: [{id: refilled, is: {on: medication.dispensed}}]
type Goal struct {
	ID  string
	Pos source.Pos
	Is  expr.Trigger
}

// Interrupt redirects a passage that is under way: to a step, back to the beginning, or out.
//
//	interrupts: [{id: in_hospital, is: {on: care.encounter_started, where: event.class == "inpatient"}, then: exit}]
type Interrupt struct {
	ID  string
	Pos source.Pos
	Is  expr.Trigger
	// Then is a step's id, or "exit" or "restart".
	Then string
}

// What an interrupt's Then may say besides a step's id.
const (
	ThenExit    = "exit"
	ThenRestart = "restart"
)

// Base is what all steps have.
type Base struct {
	ID  string
	Pos source.Pos
	// Next names the step to go on to; empty for the one that follows.
	Next string
}

// Label is the step's id within its journey.
func (b Base) Label() string { return b.ID }

// Place is where the step is written.
func (b Base) Place() source.Pos { return b.Pos }

// Follows is the step to go on to, empty for the one that follows.
func (b Base) Follows() string { return b.Next }

// Step is one node. The set is closed.
//
//sumtype:decl
type Step interface {
	Label() string
	Place() source.Pos
	Follows() string
	step()
}

// Send proposes an engagement and goes on when its touch was handed over or ended.
//
//   - send: welcome
type Send struct {
	Base
	Engagement string
}

// Decide proposes several engagements of which the best one that may go out does, and goes on like Send.
//
//   - decide: [refill_reminder, check_in]
type Decide struct {
	Base
	Among []string
}

// Wait lets time pass: a span, until a local time of day, until a date in the data, or a span and
// then a time of day.
//
//   - wait: 3d
//   - wait: {until: "09:00", on: [mon, tue, wed, thu, fri]}
//   - wait: {date: 'last("appointment.booked.start")', before: 2d, else: no_date}
//   - wait: {date: entry.start, before: 2d, until: "09:00"}
//   - wait: {for: 3d, until: "09:00"}
type Wait struct {
	Base
	For instant.Duration
	// Until is a time of day on the person's clock, as the time since midnight; At tells that there
	// is one. Days are the weekdays allowed, 0 for Sunday; empty for all.
	Until instant.Duration
	At    bool
	Days  []int
	// Date is an expression for an instant, or entry.FIELD for a field of the entering event. Shift
	// is added to it, and is negative for "before".
	Date    string
	DatePos source.Pos
	Shift   instant.Duration
	// Else is where somebody goes for whom there is no date; without it the passage needs attention.
	Else string
}

// Await goes on when an event happens or a state is so, or at its deadline to the step named by Else.
//
//   - await: {on: portal.visited, within: 7d, else: nudge}
type Await struct {
	Base
	For    expr.Trigger
	Within instant.Duration
	// Else is a step, or empty to go on like everybody.
	Else string
}

// Branch goes to the step of the first case that is true, or to Else, or on.
//
//   - branch: [{if: 'stage("adherence") == "action"', then: praise}]
//     else: plan
type Branch struct {
	Base
	Cases []Case
	Else  string
}

// Case is one way out of a branch.
type Case struct {
	Pos   source.Pos
	If    string
	IfPos source.Pos
	Then  string
}

// Split draws one arm, once for each person and for ever.
//
//   - split: [{arm: warm, weight: 1, then: warm_words}, {arm: plain, weight: 1}]
type Split struct {
	Base
	Arms []Arm
}

// Arm is one part of a split. Weights are relative.
type Arm struct {
	ID     string
	Pos    source.Pos
	Weight float64
	// Then is the arm's first step; empty for the step that follows the split.
	Then string
}

// Ask puts a questionnaire to the person and waits for its answers.
//
//   - ask: {questionnaire: readiness, by: readiness_invitation, within: 7d, else: later}
type Ask struct {
	Base
	Questionnaire string
	// By is the engagement that invites to answer; empty where the questionnaire is only offered.
	By     string
	Within instant.Duration
	Else   string
}

// Task gives a human something to do and waits until it is done.
//
//   - task: {for: nurse, do: Call about the missed refills, within: 3d, else: escalate}
type Task struct {
	Base
	// For is who does it, one of Doers.
	For string
	// Do says what is to be done, in a sentence. Priority ranks it, larger first.
	Do       string
	Priority float64
	Within   instant.Duration
	Else     string
	// Outcomes lead on by the outcome that the answer names; others go on to the next step.
	Outcomes []Outcome
}

// Doers are those whom a task can be for.
func Doers() []string { return []string{"nurse", "call_centre", "rep", "coordinator"} }

// Outcome leads from an answer to a step.
type Outcome struct {
	Is, Then string
	Pos      source.Pos
}

// Refer asks another service to see the person, and waits until it accepts, declines or is silent.
//
//   - refer: {to: rheumatology, reason: Swollen joints for six weeks, priority: urgent, within: 14d, else: chase}
type Refer struct {
	Base
	To, Reason, Priority string
	Within               instant.Duration
	Else                 string
	// Outcomes lead on by one of Answers.
	Outcomes []Outcome
}

// Priorities say how pressing a referral is, the least first.
func Priorities() []string { return []string{"routine", "urgent", "asap", "stat"} }

// Answers are what a service says of a referral.
func Answers() []string { return []string{"accepted", "declined", "scheduled", "closed"} }

// Update writes down what is now known of the person: traits, and facts of their story.
//
//   - update: {traits: {onboarded: "yes"}, story: {goal: entry.text}}
type Update struct {
	Base
	Traits, Story []Assignment
}

// Facts are what the story of a person can hold.
func Facts() []string { return []string{"reason", "goal", "barrier", "motivation", "support"} }

// Assignment gives a name a value: a constant, or entry.FIELD.
type Assignment struct {
	Name  string
	Pos   source.Pos
	Value string
	// Entry tells that Value is a field of the entering event.
	Entry bool
}

// Call asks another system by webhook and waits for its answer.
//
//   - call: {service: risk_score, send: [language], within: 1h, else: without}
type Call struct {
	Base
	// Service names an address in the organisation's configuration. Send lists the traits it is told.
	Service  string
	Send     []string
	Within   instant.Duration
	Else     string
	Outcomes []Outcome
}

// Reached marks that the person came this far, and goes on.
//
//   - goal: onboarded
type Reached struct {
	Base
	Goal string
}

// Exit ends the passage, with a reason for people.
//
//   - exit: signed in
type Exit struct {
	Base
	Why string
}

func (Send) step()    {}
func (Decide) step()  {}
func (Wait) step()    {}
func (Await) step()   {}
func (Branch) step()  {}
func (Split) step()   {}
func (Ask) step()     {}
func (Task) step()    {}
func (Refer) step()   {}
func (Update) step()  {}
func (Call) step()    {}
func (Reached) step() {}
func (Exit) step()    {}

// Find returns the index of the step with that id, and false where the journey has none.
func (j *Journey) Find(id string) (int, bool) {
	for i, s := range j.Steps {
		if s.Label() == id {
			return i, true
		}
	}
	return 0, false
}
