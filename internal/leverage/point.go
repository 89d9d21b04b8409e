package leverage

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"attune/internal/estimate"
)

// Kind is the list that a reason comes from.
type Kind string

// A point in two lists gets the star.
const (
	KindGain  Kind = "gain"
	KindPeak  Kind = "peak"
	KindVoice Kind = "voice"
	// KindTime and KindTrial stand beside the three, and make no star.
	KindTime  Kind = "time"
	KindTrial Kind = "trial"
)

// Reason is why a point is on the list.
type Reason struct {
	Kind      Kind   `json:"kind"`
	Attribute string `json:"attribute,omitempty"`
	Sentence  string `json:"sentence"`

	heat int
	rank float64
}

// Point is a moment that matters: a transition, or a moment that people told of.
type Point struct {
	Name string `json:"name"`
	// At is the transition's place, or -1.
	At int `json:"at"`
	// Heat is from 1 to 5; Star tells that two of the lists of gains, peaks and voices name the point.
	Heat int  `json:"heat"`
	Star bool `json:"star,omitempty"`
	// Guess tells that there are no data: what the map says here is believed, not seen.
	Guess   bool     `json:"guess,omitempty"`
	Reasons []Reason `json:"reasons"`
	// Sentence is the first reason's, or says that there is none.
	Sentence string `json:"sentence"`

	rank float64
}

// points are the union of the lists, hottest first.
func (q *Question) points(a *Answer) []Point {
	best := 0.0
	for i := range a.Transitions {
		if g := a.Transitions[i].lead(); g != nil {
			best = max(best, g.Rank/q.Cases[i].Transition.value())
		}
	}
	var list []Point
	for i := range a.Transitions {
		p := q.point(i, &a.Transitions[i], best)
		for _, v := range a.Voices {
			if v.At == i {
				p.Reasons = append(p.Reasons, v.reason(a.MinCell))
			}
		}
		for _, x := range a.Trials {
			if x.At == i && (x.Changed || x.Sooner) {
				p.Reasons = append(p.Reasons, Reason{Kind: KindTrial, heat: 1, Sentence: x.Sentence})
			}
		}
		list = append(list, p.settle())
	}
	for _, v := range a.Voices {
		if v.At < 0 {
			p := Point{Name: v.Moment, At: -1, Reasons: []Reason{v.reason(a.MinCell)}}
			list = append(list, p.settle())
		}
	}
	slices.SortStableFunc(list, func(x, y Point) int {
		return cmp.Or(cmp.Compare(y.Heat, x.Heat), cmp.Compare(y.rank, x.rank), cmp.Compare(x.Name, y.Name))
	})
	return list
}

// lead is the gain that leads: shown, and not nothing in nine cases of ten.
func (of *Of) lead() *Gain {
	for i := range of.Gains {
		if g := &of.Gains[i]; g.Shown && g.Rank > 0 {
			return g
		}
	}
	return nil
}

func (q *Question) point(i int, of *Of, best float64) Point {
	t := &q.Cases[i].Transition
	p := Point{Name: t.From + " → " + t.To, At: i, Guess: of.Passage.Entered == 0 && !of.Passage.Withheld}
	least := q.Options.minCell()
	if g := of.lead(); g != nil {
		rank := g.Rank / t.value()
		p.Reasons = append(p.Reasons, Reason{KindGain, g.Attribute, g.sentence(t, &of.Passage, least), 1 + int(math.Ceil(4*rank/best)), rank})
	}
	for _, x := range of.Peaks {
		if x.AtRisk >= least {
			heat := 3
			if x.Times >= 4 {
				heat = 4
			}
			p.Reasons = append(p.Reasons, Reason{KindPeak, "", x.sentence(t), heat, 0})
		}
	}
	for _, l := range of.Losses {
		if l.Attribute == "" && l.Late >= least && l.Days.Lo95 > 0 {
			p.Reasons = append(p.Reasons, Reason{KindTime, "", l.sentence(t), 2, 0})
		}
	}
	switch {
	case p.Guess:
		p.Sentence = p.Name + ": nobody has been seen here yet; what the map says is a guess."
	case of.Passage.Withheld:
		p.Sentence = p.Name + ": too few people came to say anything of them."
	default:
		p.Sentence = p.Name + ": nothing stands out."
	}
	return p
}

// settle puts the strongest reason first and marks the star.
func (p Point) settle() Point {
	slices.SortStableFunc(p.Reasons, func(x, y Reason) int { return cmp.Compare(order(x.Kind), order(y.Kind)) })
	p.Heat = 1
	in := map[Kind]bool{}
	for _, r := range p.Reasons {
		p.Heat, p.rank = max(p.Heat, r.heat), max(p.rank, r.rank)
		if r.Kind == KindGain || r.Kind == KindPeak || r.Kind == KindVoice {
			in[r.Kind] = true
		}
	}
	if p.Star = len(in) > 1; p.Star {
		p.Heat = min(5, p.Heat+1)
	}
	if len(p.Reasons) > 0 {
		p.Sentence = p.Reasons[0].Sentence
	}
	return p
}

func order(k Kind) int {
	return slices.Index([]Kind{KindGain, KindPeak, KindVoice, KindTime, KindTrial}, k)
}

func (v *Voice) reason(least int) Reason {
	r := Reason{Kind: KindVoice, heat: 1 + int(math.Ceil(4*v.Share.Lo))}
	if v.Negative < least || v.Count-v.Negative > 0 && v.Count-v.Negative < least {
		r.Sentence = fmt.Sprintf("%s: %d incidents were told.", v.Moment, v.Count)
		r.heat = 2
		return r
	}
	r.Sentence = fmt.Sprintf("%s: %d of %d told incidents were bad ones, %s (%s–%s) of a hundred.", v.Moment, v.Negative, v.Count,
		whole(100*v.Share.Value), whole(100*v.Share.Lo), whole(100*v.Share.Hi))
	return r
}

// sentence says what would be gained. It is what people did who are observed, not what anything did to them.
func (g *Gain) sentence(t *Transition, p *Passage, least int) string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s → %s: ", t.From, t.To)
	onTime := p.Entered - p.Late
	if t.Target > 0 && p.Late >= least && (onTime == 0 || onTime >= least) {
		fmt.Fprintf(&s, "%d of %d wait over %s; ", p.Late, p.Entered, daysOf(int(t.Target)))
	} else {
		fmt.Fprintf(&s, "%s of a hundred go on within %s; ", whole(100*p.Share), daysOf(int(t.Horizon)))
	}
	what := "reaching the best quartile"
	if g.GoalOnly {
		what = "reaching your goal"
	}
	outcomes := cmp.Or(t.Outcomes, "people going on")
	v := t.value()
	fmt.Fprintf(&s, "%s would bring %s (%s–%s) more %s %s.", what, whole(g.Gain.Value/v), whole(g.Gain.Lo95/v), whole(g.Gain.Hi95/v), outcomes, ahead(t))
	return s.String()
}

func (p *Peak) sentence(t *Transition) string {
	times, act := oneDecimal(p.Times)+" times", fmt.Sprintf("act before day %d", p.From)
	if p.Times > 10 { // usually hardly anybody leaves, and how hardly is not what matters
		times = "more than ten times"
	}
	if p.From == 0 {
		act = "act at once"
	}
	return fmt.Sprintf("%s → %s: between day %d and %d people leave %s as fast as usual (%d leave); %s.", t.From, t.To, p.From, p.To, times, p.Left, act)
}

func (l *TimeLoss) sentence(t *Transition) string {
	return fmt.Sprintf("%s → %s: %d people wait over %s, %s (%s–%s) days too long in all %s.", t.From, t.To, l.Late, daysOf(int(t.Target)),
		whole(l.Days.Value), whole(l.Days.Lo95), whole(l.Days.Hi95), ahead(t))
}

// sentence says that people differ, and never why.
func (c *Contrast) sentence(t *Transition) string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s → %s: of %s %s", t.From, t.To, c.Attribute, c.Level)
	if c.And != "" {
		fmt.Fprintf(&s, " and %s %s", c.And, c.AndLevel)
	}
	fmt.Fprintf(&s, ", %d of %d go on within %s, of the others %d of %d: it differs by %s points", c.Hits, c.N, daysOf(int(t.Horizon)), c.OtherHits, c.Others, points(c.Difference))
	if c.timed && c.TimeQ <= leastQ && c.Wait != nil && c.OtherWait != nil {
		fmt.Fprintf(&s, ", half have gone on by day %d against day %d", *c.Wait, *c.OtherWait)
	}
	if c.Adjusted != nil {
		if c.StillDiffers {
			fmt.Fprintf(&s, "; it still differs after case mix, by %s", points(*c.Adjusted))
		} else {
			fmt.Fprintf(&s, "; after case mix it may not differ (%s)", points(*c.Adjusted))
		}
		switch {
		case c.StillLater && c.Days != nil:
			fmt.Fprintf(&s, ", and half still go on %s", laterOrSooner(*c.Days))
		case c.StillLater:
			s.WriteString(", and how soon still differs")
		case c.TimeQ <= leastQ && c.Wait != nil && c.OtherWait != nil:
			s.WriteString(", and how soon may not")
		}
	}
	s.WriteString(".")
	return s.String()
}

func ahead(t *Transition) string {
	if d := t.ahead(); d != 365 {
		return fmt.Sprintf("in %s", daysOf(int(d)))
	}
	return "a year"
}

func daysOf(n int) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

func whole(x float64) string      { return fmt.Sprintf("%.0f", math.Round(x)+0) }
func oneDecimal(x float64) string { return fmt.Sprintf("%.1f", x) }

// laterOrSooner is a difference of days: 9 (4 to 15) days later.
func laterOrSooner(s estimate.Share) string {
	word := "later"
	if s.Value < 0 {
		s, word = estimate.Share{Value: -s.Value, Lo: -s.Hi, Hi: -s.Lo}, "sooner"
	}
	one := func(x float64) string {
		if x = math.Round(x); x < 0 {
			return "−" + whole(-x)
		}
		return whole(x)
	}
	return fmt.Sprintf("%s (%s to %s) days %s", one(s.Value), one(s.Lo), one(s.Hi), word)
}

// points is a difference of shares in points of a hundred: −12 (−18 to −6).
func points(s estimate.Share) string {
	one := func(x float64) string {
		n := math.Round(100*x) + 0
		if n < 0 {
			return fmt.Sprintf("−%.0f", -n)
		}
		return fmt.Sprintf("%.0f", n)
	}
	return fmt.Sprintf("%s (%s to %s)", one(s.Value), one(s.Lo), one(s.Hi))
}
