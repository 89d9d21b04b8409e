package leverage

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"attune/internal/estimate"
)

// Layer is a trial: parts of people that chance drew. The first part, with number 1, is those who are treated as usual.
type Layer struct {
	Name string
	// Parts are what the parts are, as a sentence has them: "who are told nothing". Number 0 are those for whom nothing was drawn before they
	// came in.
	Parts []string
}

// Trial is what chance shows of a transition: how many of one part go on in time, against those who are treated as usual, as they were drawn.
// Only of that Attune says "changed".
type Trial struct {
	At    int    `json:"at"`
	Layer string `json:"layer"`
	Part  string `json:"part"`
	// N came a horizon ago or longer, and Hits of them went on within it.
	N         int `json:"n"`
	Hits      int `json:"hits"`
	Usual     int `json:"usual"`
	UsualHits int `json:"usual_hits"`
	// Difference is of the shares, usual less the part, with Newcombe's interval.
	Difference estimate.Share `json:"difference"`
	P          float64        `json:"p"`
	// TimeP is of how soon they go on, by the ranks of their waits, and Days by how many days later half of the part do
	// than half of the usual; missing where so many of either do not within the horizon.
	TimeP float64         `json:"time_p"`
	Days  *estimate.Share `json:"days,omitempty"`
	// Q and TimeQ are false discovery rates among all parts and transitions of a question; Changed and Sooner that they are small.
	Q        float64 `json:"q"`
	TimeQ    float64 `json:"time_q"`
	Changed  bool    `json:"changed"`
	Sooner   bool    `json:"sooner"`
	Sentence string  `json:"sentence"`

	sorted bool // it changed before who came so far
}

// trials holds every part of every layer against the usual one, at every transition. Those of few people are counted and left out.
func (q *Question) trials() (list []Trial, withheld int) {
	least := q.Options.minCell()
	for at := range q.Cases {
		c, t := &q.Cases[at].Cohort, &q.Cases[at].Transition
		for l, layer := range q.Layers {
			n, hits := make([]int, len(layer.Parts)), make([]int, len(layer.Parts))
			for i := range c.Entered {
				comparable, hit := c.fair(i, t.Horizon)
				if part := int(c.Part[l][i]); comparable && part > 0 {
					n[part]++
					if hit {
						hits[part]++
					}
				}
			}
			for part := 2; part < len(n); part++ {
				if n[part] == 0 || n[1] == 0 {
					continue
				}
				x := Trial{At: at, Layer: layer.Name, Part: layer.Parts[part], N: n[part], Hits: hits[part], Usual: n[1], UsualHits: hits[1]}
				if min(x.Hits, x.N-x.Hits, x.UsualHits, x.Usual-x.UsualHits) < least {
					withheld++
					continue
				}
				x.Difference = estimate.Newcombe(float64(x.UsualHits), float64(x.Usual), float64(x.Hits), float64(x.N), .95)
				x.P = estimate.MantelHaenszelP([]estimate.TwoByTwo{{N: x.Usual, Hits: x.UsualHits, Others: x.N, OtherHits: x.Hits}})
				instants := c.apart(l, uint8(part), t.Horizon)
				x.TimeP, x.Days = estimate.Ranks(instants), later([][]estimate.Instant{instants})
				list = append(list, x)
			}
		}
	}
	// What is told is that a part changed a transition, so these are the families: by how many go on, and by how soon.
	p, family := make([]float64, 2*len(list)), make([]int, 2*len(list))
	for i := range list {
		p[2*i], p[2*i+1] = list[i].P, list[i].TimeP
		family[2*i], family[2*i+1] = i, i
	}
	rates := estimate.FalseDiscoveryByFamily(p, family)
	for i := range list {
		x := &list[i]
		x.Q, x.TimeQ = rates[2*i], rates[2*i+1]
		x.Changed, x.Sooner = x.Q <= leastQ, x.TimeQ <= leastQ
		// Whoever comes to a later transition was drawn by lot no more, where the same trial changed who comes.
		x.sorted = slices.ContainsFunc(list[:i], func(y Trial) bool { return y.At < x.At && y.Layer == x.Layer && y.Part == x.Part && y.Changed })
		x.Sentence = x.sentence(&q.Cases[x.At].Transition)
	}
	slices.SortStableFunc(list, func(x, y Trial) int {
		return cmp.Or(cmp.Compare(math.Abs(y.Difference.Value), math.Abs(x.Difference.Value)), cmp.Compare(x.At, y.At))
	})
	return list, withheld
}

// apart counts a part against the usual one by day.
func (c *Cohort) apart(layer int, part uint8, horizon int32) []estimate.Instant {
	days := make([]estimate.Instant, horizon+1)
	for i, entered := range c.Entered {
		group := 0
		switch c.Part[layer][i] {
		case part:
		case 1:
			group = 1
		default:
			continue
		}
		wait := c.Ended[i] - entered
		for d := range min(wait, horizon) + 1 {
			days[d].AtRisk[group]++
		}
		switch {
		case wait > horizon || c.Outcome[i] == Waiting:
		case c.Outcome[i] == Converted:
			days[wait].Events[group]++
		default:
			days[wait].Others[group]++
		}
	}
	return days
}

func (x *Trial) sentence(t *Transition) string {
	s := fmt.Sprintf("%s → %s: %d of %d go on within %s, and of those %s %d of %d", t.From, t.To, x.UsualHits, x.Usual, daysOf(int(t.Horizon)), x.Part, x.Hits, x.N)
	soon := ""
	if x.Sooner && x.Days != nil {
		soon = fmt.Sprintf("half of those go on %s", laterOrSooner(*x.Days))
	}
	end := "."
	if x.sorted && (x.Changed || x.Sooner) {
		end = "; but it changed before who came so far."
	}
	switch {
	case x.Changed && soon != "":
		return s + ": changed by " + points(x.Difference) + " points, and " + soon + end
	case x.Changed:
		return s + ": changed by " + points(x.Difference) + " points" + end
	case soon != "":
		return s + ": how soon was changed, " + soon + "; that more go on is not shown, " + points(x.Difference) + " points" + end
	case x.Sooner:
		return s + ": how soon was changed; that more go on is not shown, " + points(x.Difference) + " points" + end
	}
	return s + ": that anything was changed is not shown, " + points(x.Difference) + " points."
}

// checkParts tells what is wrong with the parts of trials.
func (c *Cohort) checkParts(t *Transition, layers []Layer) error {
	if len(c.Part) != len(layers) {
		return fmt.Errorf("%s → %s: there are %d columns of parts for %d trials", t.From, t.To, len(c.Part), len(layers))
	}
	for l, parts := range c.Part {
		if len(parts) != len(c.Entered) {
			return fmt.Errorf("%s → %s: the trial %s has %d rows, and entered %d", t.From, t.To, layers[l].Name, len(parts), len(c.Entered))
		}
		for i, p := range parts {
			if int(p) >= max(1, len(layers[l].Parts)) {
				return fmt.Errorf("%s → %s: row %d is of part %d of the trial %s, which has %d", t.From, t.To, i, p, layers[l].Name, len(layers[l].Parts))
			}
		}
	}
	return nil
}
