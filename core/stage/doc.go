// Package stage computes stages of change: where a person stands with one behaviour, such as taking
// a medicine or keeping clear of tobacco, from precontemplation to maintenance and relapse.
//
// What is believed is a probability for each of the six stages. It starts from the population's mix,
// is sharpened by every piece of evidence with Bayes' rule (p ∝ p × likelihood), and fades with time:
// t after the newest evidence
//
//	p(t) = s × p + (1 − s) × prior,  s = 2^(−t / half-life)
//
// The stage that is shown is the likeliest one, with hysteresis: another stage takes its place only
// when it is more probable by the model's margin. So one weak click never makes the stage flicker,
// and silence alone can change it, at an instant that [Model.Horizon] tells exactly.
//
// A belief is a function of the set of evidence: of each kind of evidence the newest few pieces are
// kept and replayed from the prior in the order in which they happened, so it does not matter when
// and in which order they arrived. A kind has a place of its own, because a hundred clicks must not
// push a questionnaire out. What was retracted is folded again from the history, without it.
//
// [Ruler], [Staging] and [URICA] turn the answers of questionnaires into evidence. Stages are a prior
// and a reason for what is said to a person, never a filter on who gets help.
//
// Start at [New], [Model.Fold] and [Model.Explain]. How well the filter finds a true stage, on
// synthetic lives, is told in docs/proof/stages.md.
package stage
