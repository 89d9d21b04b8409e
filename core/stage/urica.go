package stage

import "fmt"

// URICA is the arithmetic of the University of Rhode Island Change Assessment, 32 items from 1 to 5.
// Its wording is not here: whoever uses it brings the form and the right to it. The forms with 24 and
// 12 items have other keys.
//
// Readiness is the sum of the means of contemplation, action and maintenance less that of
// precontemplation, from −2 to 14. Its authors publish the means of groups (precontemplation 9.3,
// contemplation 11.0, participation 12.6) and say that cut-offs belong to the population, so there are
// no defaults here.
type URICA struct {
	// Contemplation and Participation are the readiness from which somebody counts as contemplating,
	// and as taking part.
	Contemplation, Participation float64
	// MaxMissing is how many items of each subscale may be unanswered. Its mean is then that of the
	// items answered; with more missing there is no readiness at all. By default none may be missing.
	MaxMissing int
}

// The range of readiness.
const (
	LeastReadiness = -2
	MostReadiness  = 14
)

// Readiness is what the 32 answers come to.
type Readiness struct {
	// The means of the subscales, from 1 to 5.
	Precontemplation, Contemplation, Action, Maintenance float64
	// Score is from −2 to 14.
	Score float64
}

// Problems tells what is wrong with the settings.
func (u URICA) Problems() (out []Problem) {
	if !(LeastReadiness < u.Contemplation && u.Contemplation < u.Participation && u.Participation <= MostReadiness) {
		out = append(out, Problem{
			Path: "urica", What: fmt.Sprintf("contemplation starts at %v and participation at %v", u.Contemplation, u.Participation),
			Hint: "let them ascend between -2 and 14, from data of your own population; the published means of groups are 9.3, 11.0 and 12.6",
		})
	}
	if u.MaxMissing < 0 || u.MaxMissing > 6 {
		out = append(out, Problem{
			Path: "urica.max_missing", What: fmt.Sprintf("%d items of a subscale may be missing", u.MaxMissing),
			Hint: "write a number from 0 to 6: a subscale has 7 items",
		})
	}
	return out
}

// Score adds up the answers, item 1 first; 0 is an item that was not answered. Items 4, 9, 20 and 31
// are asked and not scored. It reports false when too much is missing or an answer is not from 1 to 5,
// also among the items that are not scored: such a form was not filled in as it should be.
func (u URICA) Score(answers [32]int) (Readiness, bool) {
	for _, a := range answers {
		if a < 0 || a > 5 {
			return Readiness{}, false
		}
	}
	pc, pcOK := u.mean(answers, [...]int{1, 5, 11, 13, 23, 26, 29})
	c, cOK := u.mean(answers, [...]int{2, 8, 12, 15, 19, 21, 24})
	a, aOK := u.mean(answers, [...]int{3, 7, 10, 14, 17, 25, 30})
	m, mOK := u.mean(answers, [...]int{6, 16, 18, 22, 27, 28, 32})
	if !(pcOK && cOK && aOK && mOK) {
		return Readiness{}, false
	}
	return Readiness{pc, c, a, m, c + a + m - pc}, true
}

func (u URICA) mean(answers [32]int, items [7]int) (float64, bool) {
	sum, answered := 0, 0
	for _, i := range items {
		if a := answers[i-1]; a != 0 {
			sum, answered = sum+a, answered+1
		}
	}
	if answered == 0 || len(items)-answered > u.MaxMissing {
		return 0, false
	}
	return float64(sum) / float64(answered), true
}

// Evidence is the evidence in a readiness score: precontemplation below the first cut-off,
// contemplation below the second, preparation or action from there on.
func (u URICA) Evidence(label string, weight float64) Evidence {
	return Evidence{
		Label: label, From: LeastReadiness, To: MostReadiness,
		Bands: []Band{
			{Below: u.Contemplation, Says: Says(weight, Precontemplation)},
			{Below: u.Participation, Says: Says(weight, Contemplation)},
			{Says: Says(weight, Preparation, Action)},
		},
	}
}
