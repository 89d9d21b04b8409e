package learn

import (
	"attune/core/decision"
	"attune/core/instant"
)

// surrogate stands in for the behaviour until its time is over: what is to be expected of a row by what is
// known of it early, whether the message was opened or answered, among those who had not reached the outcome
// when as much of the time was over (landmarks: van Houwelingen 2007). It is learned from rows whose time is
// over, each night anew, so that a row's own behaviour takes its place as soon as there is one.
type surrogate struct {
	space    *decision.Space
	evidence *decision.Evidence
	belief   *decision.Posterior
	base     []decision.Term
}

// landmarks is how many parts of its time a row is looked at after, evenly, the first time after its first day.
const landmarks = 4

func signName(s sign) string { return decision.Name("sign", s.String()) }

func (s sign) at(n int) string {
	return decision.Name("sign", s.String(), "landmark", string(rune('0'+n)))
}

// newSurrogate makes room for what is known of a row: how it stands, and what held for the person.
func newSurrogate(rows *decision.Space) (*surrogate, error) {
	var known []decision.Known
	for _, k := range rows.Known() {
		if k.Group == decision.Baseline {
			known = append(known, k)
		}
	}
	for s := range signs {
		known = append(known, decision.Baseline.Feature(signName(s)))
		for n := range landmarks {
			known = append(known, decision.Baseline.Feature(s.at(n)))
		}
	}
	space, err := decision.NewSpace(known)
	if err != nil {
		return nil, err
	}
	return &surrogate{space: space, evidence: decision.NewEvidence(space)}, nil
}

// landmark is when a row is looked at.
func (r *Row) landmark(n int) instant.Time {
	return r.Decision.At.Add(max(youngest, instant.Duration(float64(n)/landmarks*float64(r.Within))))
}

// terms are what is known of a row at a landmark.
func (s *surrogate) terms(r *Row, is sign, n int) []decision.Term {
	s.base = append(s.base[:0], r.Base...)
	return append(s.base, decision.Term{Feature: decision.FeatureOf(signName(is)), Value: 1}, decision.Term{Feature: decision.FeatureOf(is.at(n)), Value: 1})
}

// take learns from a row that is known, as it stood at each landmark.
func (s *surrogate) take(r *Row, reward, weight float64) {
	for n := range landmarks {
		if at := r.landmark(n); at < r.Reached && at < r.Closes {
			s.evidence.Add(s.space, s.terms(r, r.sign(at), n), nil, -1, [2]float64{reward}, weight)
		}
	}
}

// learn makes what was taken ready to be asked.
func (s *surrogate) learn() (err error) {
	s.belief, err = s.evidence.Posterior(s.space, decision.Effect, decision.Standard())
	return err
}

// of is what is to be expected of a row that is not known yet: between two landmarks something between what is
// to be expected at both, and nothing at the end of its time.
func (s *surrogate) of(r *Row, now instant.Time) float64 {
	n := landmarks - 1
	for n > 0 && r.landmark(n) > now {
		n--
	}
	from, until, then := r.landmark(n), r.Decision.At.Add(r.Within), 0.0
	if n+1 < landmarks {
		until, then = r.landmark(n+1), s.expect(r, r.sign(now), n+1)
	}
	first := s.expect(r, r.sign(now), n)
	if until <= from {
		return first
	}
	return first + (then-first)*min(1, float64(now.Sub(from))/float64(until.Sub(from)))
}

// expect is what is to be expected of a row at a landmark.
func (s *surrogate) expect(r *Row, is sign, n int) float64 {
	sum := 0.0
	for _, t := range s.terms(r, is, n) {
		if i := s.space.Index(t.Feature); i >= 0 {
			sum += s.belief.Mean[i] * float64(t.Value)
		}
	}
	return max(0, min(1, sum))
}
