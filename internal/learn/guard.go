package learn

import "fmt"

// Guardrail is how a program stands against the share of people whom its team accepts to lose in one way.
type Guardrail struct {
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

// saysOfGuardrails tells of programs that paused themselves, and of those that may have to.
func (r *Report) saysOfGuardrails() (out []string) {
	for _, h := range r.Halted {
		out = append(out, "Attention: the program "+h.Program+" paused itself: "+h.Why+".")
	}
	for _, s := range r.Guardrails {
		if s.Bound > 0 && s.Lower > s.Bound && !s.Over {
			out = append(out, fmt.Sprintf("Look at %s of %s: they are more than is accepted, and too few people yet for the program to pause itself.", s.Loss, s.Program))
		}
	}
	return out
}

// Halted is a program that paused itself, and why.
type Halted struct {
	Program string `json:"program"`
	Why     string `json:"why"`
}

// guardrailOf tells how a program stands against one bound.
func guardrailOf(s Guardrail) string {
	bound := "nothing is bounded"
	if s.Bound > 0 {
		bound = fmt.Sprintf("the bound is %.3g %%", 100*s.Bound)
	}
	return fmt.Sprintf("%d of %d people written to, %.1f %%, surely above %.1f %%; %s", s.Lost, s.People, 100*s.Rate, 100*s.Lower, bound)
}
