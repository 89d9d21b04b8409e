package simulate

import (
	"slices"

	"attune/core/expr"
	"attune/core/instant"
	"attune/core/program"
	"attune/core/stage"
)

// World is a made-up world: who the people are, what happens to them, what they tend to do, and what
// a message changes. It does not change once read, and may be shared.
type World struct {
	// Name and Says are for the report.
	Name, Says string
	// Derived tells that it was made from the program's rules, since nobody wrote one.
	Derived   bool
	People    People
	Behaviors []Behavior
	Life      []Process
	Response  Response
	Answers   Answers
	// Planted are differences between groups, drawn by the seed.
	Planted Plan
}

// People says who comes into care, and when.
type People struct {
	Zones, Languages Mix
	// Channels are the shares of people who have an address on a channel.
	Channels []Share
	// BornFrom and BornTo bound the years of birth; zero leaves them unsaid.
	BornFrom, BornTo int
	// Arrive is when somebody becomes known, counted from the start.
	Arrive Delay
	// AwakeFrom and AwakeTo bound the hours, on their own clock, in which people do things.
	AwakeFrom, AwakeTo instant.Duration
	Consent            []Consent
	Traits             []Trait
}

// Trait is something that a person is from the beginning of their life, whenever it becomes known.
type Trait struct {
	FieldDraw
	// Known is the process with which it is told; -1 for on arrival.
	Known int
	// MixedBy is the trait whose levels have different shares of this one's first level, up to UpTo more or less than on
	// average; -1 for none.
	MixedBy int
	UpTo    float64
}

// Share is a share of people, by name.
type Share struct {
	Name  string
	Share float64
}

// Consent is how many said yes or no to a purpose when they came into care. All others said nothing.
type Consent struct {
	Purpose         string
	Granted, Denied float64
}

// onward is the stage that a message moves somebody on to.
func onward(s stage.Stage) stage.Stage {
	switch s {
	case stage.Precontemplation, stage.Relapse:
		return stage.Contemplation
	case stage.Contemplation:
		return stage.Preparation
	case stage.Preparation:
		return stage.Action
	case stage.None, stage.Action, stage.Maintenance:
	}
	return s
}

// Behavior is something people are more or less ready to do.
type Behavior struct {
	ID, Says string
	// Begin is the mix of stages at arrival.
	Begin Mix
	// Does is, for each stage, the chance of doing it when it is due.
	Does stage.Distribution
	// Moves are, for each stage, the chances of moving to another within thirty days.
	Moves map[stage.Stage][]Move
	// HelpedBy names the engagements whose messages are about it, besides those that say so themselves.
	HelpedBy []string
}

// Move is a chance of moving to a stage.
type Move struct {
	To     stage.Stage
	Chance float64
}

// Process is one thing that happens to people: once, or again and again.
type Process struct {
	ID string
	// After is the process it follows each time; -1 for arrival. Otherwise is the process whose share
	// left out those to whom this one may happen; -1 for none. Until is the process that ends it; -1.
	After, Otherwise, Until int
	// Wait is how long after that it is due, and Every how long after one it is due again.
	Wait, Every Delay
	// Repeats tells that Every was written.
	Repeats bool
	// Last tells that nothing else happens to the person afterwards.
	Last bool
	// Share is the share of people to whom it happens at all, Chance that of the times it is due.
	Share, Chance float64
	// Behavior is the readiness that decides whether it is done when due; -1 for none.
	Behavior int
	// Late is how much later it is done by those who did not do it when due, where HasLate says so.
	Late    Delay
	HasLate bool
	// Season makes it more frequent in one month and rarer in the opposite one.
	Peak  int
	Swing float64
	// Emit is what is heard when it is done, Instead when it is not.
	Emit, Instead []Emit
}

// Emit is an event to be heard.
type Emit struct {
	Event  string
	Fields []FieldDraw
}

// FieldDraw is a property and how its value is drawn.
type FieldDraw struct {
	Name string
	Draw ValueDraw
}

// ValueDraw draws a value: one of some, or a number between two, or a number around a mean.
type ValueDraw struct {
	OneOf    []expr.Value
	Weights  Mix
	Type     expr.Type
	From, To float64
	Mean, SD float64
	// In is, for instants, how long after the event.
	In Delay
}

// Response is what messages do to people.
type Response struct {
	// Fits and Other are the share of those who would not do it who do because of a message they
	// read: one whose strategy fits their stage, and any other.
	Fits, Other float64
	// Eases is as much again of those to whom the message answers a barrier that they told of.
	Eases float64
	// Lasts is how long a message is kept in mind; Acts how soon somebody does what is overdue.
	Lasts instant.Duration
	Acts  Delay
	// Strategies are the strategies and processes of change that fit, by stage. Where none are given,
	// an engagement fits the stages it says it is made for.
	Strategies map[stage.Stage][]string
	// Variants are by what single wordings' effects are multiplied, those on stages included; 1 for others.
	Variants []VariantEffect
	// MovesFit and MovesOther are the chance that a message read moves somebody one stage on.
	MovesFit, MovesOther float64
	// Keep is the share of the dose that is left after a day; at the dose Zero a message has no
	// effect, and above it the opposite one.
	Keep, Zero float64
	// OptOut is the chance that a message read is one too many; it grows by OptOutDose of itself for
	// each unit of dose.
	OptOut, OptOutDose float64
	Channels           []Channel
}

// VariantEffect is by what the effect of one wording of an engagement is multiplied.
type VariantEffect struct {
	Engagement, Variant string
	Factor              float64
}

// Channel is what becomes of a message on one channel.
type Channel struct {
	Name string
	// Bounces is the share of addresses that take nothing; Opens the share of messages that are read,
	// Within how soon; Clicks and Replies are shares of those.
	Bounces, Opens, Clicks, Replies float64
	Within                          Delay
}

// Mix is a choice among names by weight.
type Mix struct {
	Names   []string
	Weights []float64
}

// total adds the weights in their order.
func (m Mix) total() float64 {
	sum := 0.0
	for _, w := range m.Weights {
		sum += w
	}
	return sum
}

// pick is the index that a draw from [0, 1) falls on.
func (m Mix) pick(u float64) int {
	left := float64(u * m.total())
	for i, w := range m.Weights {
		if left < w {
			return i
		}
		left -= w
	}
	return len(m.Weights) - 1
}

// Delay is how long something takes: from From to To evenly, or with Mean exponentially.
type Delay struct{ From, To, Mean instant.Duration }

// of draws the delay.
func (d Delay) of(u float64) instant.Duration {
	if d.Mean > 0 {
		// Nothing takes more than twenty times its mean, so that no sum of delays overflows.
		return min(instant.Duration(float64(float64(d.Mean)*-ln(1-u))), 20*d.Mean)
	}
	return d.From + instant.Duration(float64(float64(d.To-d.From)*u))
}

// channel is what becomes of messages on a channel; nil for one the world does not speak of.
func (r *Response) channel(name string) *Channel {
	for i := range r.Channels {
		if r.Channels[i].Name == name {
			return &r.Channels[i]
		}
	}
	return nil
}

// Of is by what the effect of a wording is multiplied.
func (r *Response) Of(engagement, variant string) float64 {
	for _, v := range r.Variants {
		if v.Engagement == engagement && v.Variant == variant {
			return v.Factor
		}
	}
	return 1
}

// behavior is the index of the behavior that an engagement's messages are about, or -1.
func (w *World) behavior(e *program.Engagement) int {
	if i := w.helped(e.ID); i >= 0 {
		return i
	}
	return slices.IndexFunc(w.Behaviors, func(b Behavior) bool { return b.ID == e.Behavior })
}

// helped is the index of the behavior that names an engagement, or -1.
func (w *World) helped(engagement string) int {
	return slices.IndexFunc(w.Behaviors, func(b Behavior) bool { return slices.Contains(b.HelpedBy, engagement) })
}

// fits tells whether a message truly fits a stage.
func (r *Response) fits(e *program.Engagement, strategy string, s stage.Stage) bool {
	if len(r.Strategies) == 0 {
		return slices.Contains(e.Fits, s.String())
	}
	return slices.Contains(r.Strategies[s], strategy) || slices.Contains(r.Strategies[s], e.Process)
}
