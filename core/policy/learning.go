package policy

import "attune/core/instant"

// Learning is how a program finds out what is best to say. Who is not told what, and how much is left to
// chance, is the team's word, so a program without it learns nothing: it says what its rules propose, the
// best first.
type Learning struct {
	// Explore is the least share that is drawn evenly at each level; Least and Most bound the chance that
	// anything is said.
	Explore, Least, Most float64
	// HalfLife is in which time what was learned of effects counts half.
	HalfLife instant.Duration
	// Holdout of all people get nothing from any program but what must be said, Control nothing of this one,
	// and Uniform what is drawn evenly. They are shares of 1.
	Holdout, Control, Uniform float64
	// Compare are the shares for whom it is decided in other ways, to see whether what is learned does better.
	Compare Compare
	// Costs are what a message over a channel costs; Fatigue what each message of late adds to that, and Reach
	// what it is worth that the person can be reached. All are in the unit of values.
	Costs          []Cost
	Fatigue, Reach float64
	// Levers raise or lower engagements, in percent.
	Levers []Lever
	// Times are times of day, on the person's own clock, to which a message may be moved within a day.
	Times []instant.Duration
	// Begins is how the program begins for one group of people after the other; for all at once without steps.
	Begins Begins
	// Halt is from which share of people who are lost on the program pauses itself.
	Halt Halt
}

// Compare are shares of the people who are treated as usual in all else: for them decides what is made for their
// stage (Matched), the value of what could be said (Value), or a model that was learned once and is kept (Model).
type Compare struct {
	Matched, Value, Model float64
	// Pinned is which model that is: the first 16 digits of its id; empty without one.
	Pinned string
}

// All is the share of people for whom it is decided in any other way.
func (c Compare) All() float64 { return c.Matched + c.Value + c.Model }

// Begins lets a program begin for one group after the other: all of one value of the trait By together. The first
// begin at From, the others a step of Every later each; at which of the Steps a group does is drawn.
type Begins struct {
	By    string
	From  instant.Date
	Every instant.Duration
	Steps int
}

// Halt bounds what a program may cost: shares of the people written to whom it loses within 30 days of a message.
// What is 0 is not bounded.
type Halt struct {
	// OptOuts take consent back or say stop, Complaints report a message as unwanted, and Crises come into the
	// hold that is called so.
	OptOuts, Complaints, Crises float64
}

// CrisisHold is the name of the hold that people in a crisis come into.
const CrisisHold = "crisis"

// StandardHalt bounds the programs that learn and say nothing else. One in two hundred who complain is near where
// the large mail providers begin to refuse a sender.
func StandardHalt() Halt { return Halt{OptOuts: .03, Complaints: .005, Crises: .01} }

// Cost is what one message over a channel costs.
type Cost struct {
	Channel string
	Value   float64
}

// Lever raises or lowers an engagement by a percentage.
type Lever struct {
	Engagement string
	Percent    float64
}

// Cost is what a message over the channel costs.
func (l *Learning) Cost(channel string) float64 {
	for _, c := range l.Costs {
		if c.Channel == channel {
			return c.Value
		}
	}
	return 0
}

// Lever is by how many percent an engagement is raised.
func (l *Learning) Lever(engagement string) float64 {
	for _, v := range l.Levers {
		if v.Engagement == engagement {
			return v.Percent
		}
	}
	return 0
}
