package wall

import (
	"encoding/json"
	"time"

	"attune/internal/chart"
)

// Model is what is on the wall. Everything but Title, Phases and Lanes may be missing: a map without data is drawn
// dashed. What may be shown, and how coarsely, was decided by whoever made it.
type Model struct {
	Title string `json:"title"`
	// Subtitle tells the version and when it was agreed.
	Subtitle string `json:"subtitle,omitempty"`
	Program  string `json:"program,omitempty"`
	// Lang is the language of the names, as in HTML; empty means English.
	Lang string `json:"lang,omitempty"`
	// AsOf is the instant that the numbers are of, in the zone it is to be printed in; zero where there are none.
	AsOf time.Time `json:"as_of,omitzero"`
	// Window is what "entered" is counted over, such as "the last 12 months".
	Window string  `json:"window,omitempty"`
	Phases []Phase `json:"phases"`
	Lanes  []Lane  `json:"lanes"`
	// Moments of one cell are drawn in this order.
	Moments  []Moment  `json:"moments,omitempty"`
	HandOffs []HandOff `json:"hand_offs,omitempty"`
	// Flags are where to act first; those after the seventh are left out.
	Flags []Flag `json:"flags,omitempty"`
	// Planned and Asked are how it should feel, and how people said it does.
	Planned   []Feeling `json:"planned,omitempty"`
	Asked     []Feeling `json:"asked,omitempty"`
	Lifecycle []Band    `json:"lifecycle,omitempty"`
	Quotes    []Quote   `json:"quotes,omitempty"`
	Footer    Footer    `json:"footer,omitzero"`
	// EachScale draws the band of each phase to that phase's own scale, so that late phases do not thin to lines.
	EachScale bool `json:"each_scale,omitempty"`
}

// Count is a number of people as it may be shown. A nil *Count is a number that nobody has.
type Count struct {
	N int `json:"n"`
	// Hidden says that there are fewer than the model's floor, or that this number would give such a one away. N
	// is then never looked at.
	Hidden bool `json:"hidden,omitempty"`
}

// N is a count that may be shown.
func N(n int) *Count { return &Count{N: n} }

// Hidden is a count that may not be shown.
func Hidden() *Count { return &Count{Hidden: true} }

// MarshalJSON leaves a hidden number out.
func (c Count) MarshalJSON() ([]byte, error) {
	if c.Hidden {
		return []byte(`{"hidden":true}`), nil
	}
	return json.Marshal(struct {
		N int `json:"n"`
	}{c.N})
}

// figure is a count as it is printed everywhere in the drawing: "1,361", "<11", "–" where nobody has it.
func (m *Model) figure(c *Count) string {
	switch {
	case c == nil:
		return "–"
	case c.Hidden:
		return Say(m.Lang, "hidden")
	default:
		return grouped(m.Lang, chart.Grouped(int64(c.N)))
	}
}

// spoken is a count as it is read out.
func (m *Model) spoken(c *Count) string {
	switch {
	case c == nil:
		return Say(m.Lang, "no data")
	case c.Hidden:
		return Say(m.Lang, "hidden, since it would tell of few people")
	default:
		return grouped(m.Lang, chart.Grouped(int64(c.N)))
	}
}

// known tells whether a number can be drawn to scale.
func (c *Count) known() bool { return c != nil && !c.Hidden }

// Phase is one column.
type Phase struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Says is the phase in patients' own words.
	Says string `json:"says,omitempty"`
	// Here is who is in the phase now. Entered = On + Waiting + Left, over the model's window.
	Here    *Count `json:"here,omitempty"`
	Entered *Count `json:"entered,omitempty"`
	On      *Count `json:"on,omitempty"`
	Waiting *Count `json:"waiting,omitempty"`
	Left    *Count `json:"left,omitempty"`
	// Skipped is who came to a later phase without this one; Loops is who came back to it.
	Skipped *Count `json:"skipped,omitempty"`
	Loops   *Count `json:"loops,omitempty"`
	// Median and Expected are how long it lasts and should last, in words: "21 days".
	Median   string `json:"median,omitempty"`
	Expected string `json:"expected,omitempty"`
}

// Lane is one row.
type Lane struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Kind is patient, caregiver, clinician, staff or payer, and chooses the picture.
	Kind string `json:"kind,omitempty"`
	// Rule is the line above the lane, such as "line of visibility"; empty for none.
	Rule string `json:"rule,omitempty"`
}

// Moment is one card.
type Moment struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Phase string `json:"phase"`
	Lane  string `json:"lane"`
	// Kind is communication (a circle) or action (a square).
	Kind string `json:"kind,omitempty"`
	// Guess is a moment that no event tells of: dashed.
	Guess bool   `json:"guess,omitempty"`
	Count *Count `json:"count,omitempty"`
	// Of is what Count counts, in one word; empty means those who are here.
	Of string `json:"of,omitempty"`
	// Change is against the last period, in words: "+12".
	Change string `json:"change,omitempty"`
	Late   *Count `json:"late,omitempty"`
	// Heat is how much could be gained here, from 1 to 5; 0 is not known.
	Heat int    `json:"heat,omitempty"`
	Note string `json:"note,omitempty"`
}

// HandOff is how long it takes from one lane to another. Median, Low and High are nil together where they may not
// be shown.
type HandOff struct {
	// Moment is where it begins; To is the lane it goes to.
	Moment string `json:"moment"`
	To     string `json:"to"`
	// Median is the wait in Unit, and Low to High its interval; Target is what was promised.
	Median *float64 `json:"median,omitempty"`
	Low    *float64 `json:"low,omitempty"`
	High   *float64 `json:"high,omitempty"`
	Target *float64 `json:"target,omitempty"`
	// Unit is "d" where it is empty.
	Unit string `json:"unit,omitempty"`
	// Late is the share over target, in words: "62% late".
	Late string `json:"late,omitempty"`
}

// Flag is one place to act, with what that could bring.
type Flag struct {
	Number   int    `json:"number"`
	Sentence string `json:"sentence"`
	Phase    string `json:"phase,omitempty"`
	Moment   string `json:"moment,omitempty"`
	Heat     int    `json:"heat,omitempty"`
	Gain     *Gain  `json:"gain,omitempty"`
	// Guess is a flag that rests on no data: dashed.
	Guess bool `json:"guess,omitempty"`
	// Mark is what a reader has to know beside it: "stable for 4 periods", "case mix".
	Mark string `json:"mark,omitempty"`
}

// Gain is what acting could bring, and how sure that is.
type Gain struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	// Of is what is gained: "more diagnoses a year".
	Of string `json:"of"`
}

// Feeling is one point of a curve, from -1 (worst) to 1.
//
// Feelings of one phase stand beside each other in their order.
type Feeling struct {
	// Phase is where it is felt; Moment says it more closely, and is enough.
	Phase  string  `json:"phase,omitempty"`
	Moment string  `json:"moment,omitempty"`
	Value  float64 `json:"value"`
	Word   string  `json:"word,omitempty"`
	// N is how many were asked. A hidden one leaves a gap in the curve.
	N *Count `json:"n,omitempty"`
}

// Band is one part of the customer life cycle, above its phases.
type Band struct {
	Name   string   `json:"name"`
	Phases []string `json:"phases"`
}

// Quote is what a patient said, with their consent to hang it up.
type Quote struct {
	Text string `json:"text"`
	Who  string `json:"who,omitempty"`
}

// Footer is what every number carries.
type Footer struct {
	Version  string `json:"version,omitempty"`
	N        *Count `json:"n,omitempty"`
	Censored *Count `json:"censored,omitempty"`
	Filter   string `json:"filter,omitempty"`
	// Note tells how numbers were hidden and rounded.
	Note string `json:"note,omitempty"`
}
