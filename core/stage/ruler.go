package stage

import "fmt"

// Ruler is the readiness ruler: two questions, each answered from 0 to 10. Scores up to Middle, not
// included, are low; from High on they are high. The zero Ruler has the customary bands 0–3, 4–6 and
// 7–10. Which stages a band speaks for is our reading, to be measured by each program.
type Ruler struct{ Middle, High int }

// MaxRuler is the highest score of the ruler; the lowest is 0.
const MaxRuler = 10

// RulerItems are the ruler's two questions.
func RulerItems() []Item {
	return []Item{
		{
			ID: "importance",
			English: Wording{
				Question: "From 0 to 10, how important is it to you right now to {doing}?",
				Lowest:   "not important at all", Highest: "nothing matters more",
			},
			Spanish: Wording{
				Question: "De 0 a 10, ¿qué tan importante es hoy para usted {doing}?",
				Lowest:   "nada importante", Highest: "lo más importante",
			},
		},
		{
			ID: "confidence",
			English: Wording{
				Question: "If you set out to {doing}, how sure are you, from 0 to 10, that you could do it?",
				Lowest:   "not sure at all", Highest: "completely sure",
			},
			Spanish: Wording{
				Question: "Si se propusiera {doing}, ¿cuánta confianza tiene, de 0 a 10, en que podría lograrlo?",
				Lowest:   "ninguna confianza", Highest: "toda la confianza",
			},
		},
	}
}

func (r Ruler) withDefaults() Ruler {
	if r == (Ruler{}) {
		return Ruler{Middle: 4, High: 7}
	}
	return r
}

// Problems tells what is wrong with the bands.
func (r Ruler) Problems() []Problem {
	if r = r.withDefaults(); r.Middle > 0 && r.Middle < r.High && r.High <= MaxRuler {
		return nil
	}
	return []Problem{{
		Path: "ruler", What: fmt.Sprintf("the middle band starts at %d and the high one at %d", r.Middle, r.High),
		Hint: "let them ascend between 1 and 10, such as 4 and 7",
	}}
}

// Importance is the evidence in the answer to how important it is: low speaks for precontemplation,
// the middle for contemplation, high for all who get ready or do it.
func (r Ruler) Importance(label string, weight float64) Evidence {
	return r.evidence(label, Says(weight, Precontemplation), Says(weight, Contemplation), Says(weight, Preparation, Action, Maintenance))
}

// Confidence is the evidence in the answer to how sure one is: low speaks for those who do not try,
// or no longer, the middle for those who think about it or get ready, high for those who do it.
func (r Ruler) Confidence(label string, weight float64) Evidence {
	return r.evidence(label, Says(weight, Precontemplation, Contemplation, Relapse), Says(weight, Contemplation, Preparation), Says(weight, Action, Maintenance))
}

func (r Ruler) evidence(label string, low, middle, high Likelihood) Evidence {
	r = r.withDefaults()
	return Evidence{
		Label: label, From: 0, To: MaxRuler,
		Bands: []Band{{Below: float64(r.Middle), Says: low}, {Below: float64(r.High), Says: middle}, {Says: high}},
	}
}

// Stage reads both answers together, of somebody who does not do it yet: where importance is low,
// precontemplation; where both are high, preparation; contemplation otherwise. It reports false when
// an answer is not from 0 to 10.
func (r Ruler) Stage(importance, confidence int) (Stage, bool) {
	if importance < 0 || importance > MaxRuler || confidence < 0 || confidence > MaxRuler {
		return None, false
	}
	r = r.withDefaults()
	switch {
	case importance < r.Middle:
		return Precontemplation, true
	case importance >= r.High && confidence >= r.High:
		return Preparation, true
	}
	return Contemplation, true
}
