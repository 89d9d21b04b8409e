package guardrail

import (
	"fmt"
	"math"

	"attune/core/policy"
	"attune/internal/estimate"
)

// Alpha is the chance that a program which stays within a bound is ever paused because of it, in one count.
const Alpha = .01

// leastLost is how many people have to be lost before a program is paused: two are a coincidence, whatever the
// evidence says of a new program's first people.
const leastLost = 3

// Standing is how a program stands against one bound.
type Standing struct {
	Program string `json:"program"`
	Loss    string `json:"loss"`
	// Bound is the share that is accepted; 0 for any.
	Bound float64 `json:"bound"`
	// People were written to since the count began, in blocks of 30 days, and Lost of them were lost.
	People int `json:"people"`
	Lost   int `json:"lost"`
	// Rate is the share of them, and Lower what it is at least, sure but for one in a hundred at all times together.
	Rate  float64 `json:"rate"`
	Lower float64 `json:"lower"`
	// RecentPeople and RecentLost are those of the last blocks, as many as speak most against it.
	RecentPeople int  `json:"recent_people"`
	RecentLost   int  `json:"recent_lost"`
	Over         bool `json:"over"`
}

// Stands tells how a count stands against a bound.
func (c *Count) Stands(program string, l Loss, h policy.Halt) Standing {
	blocks := make([]estimate.Tries, 0, len(c.Final)+len(c.Open))
	s := Standing{Program: program, Loss: l.String(), Bound: l.Bound(h)}
	for _, list := range [][]Lost{c.Final, c.Open} {
		for _, b := range list {
			blocks = append(blocks, estimate.Tries{N: b.People, Hits: b.Lost[l]})
			s.People, s.Lost = s.People+b.People, s.Lost+b.Lost[l]
		}
	}
	if s.People > 0 {
		s.Rate = float64(s.Lost) / float64(s.People)
	}
	s.Lower = estimate.LowerRate(blocks, Alpha)
	if s.Bound > 0 {
		x := estimate.Exceeds(blocks, s.Bound)
		s.RecentPeople, s.RecentLost = x.Since.N, x.Since.Hits
		s.Over = x.Log >= -math.Log(Alpha) && s.RecentLost >= leastLost
	}
	return s
}

// Says tells it in a sentence, for those who find the program paused.
func (s *Standing) Says() string {
	return fmt.Sprintf("guardrail: %s %.1f %% of %d people written to, the bound is %.3g %%", s.Loss, 100*float64(s.RecentLost)/float64(max(s.RecentPeople, 1)), s.RecentPeople, 100*s.Bound)
}
