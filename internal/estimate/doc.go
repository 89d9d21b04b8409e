// Package estimate tells what decisions were worth: what another policy would have earned on a log
// of decisions with known probabilities, what engaging somebody changes, and whether the evidence is
// enough to act on it.
//
// It is mathematics on columns of numbers. It reads nothing, logs nothing, draws nothing by chance
// and keeps nothing; the same columns give the same numbers. Whoever calls it has checked the columns:
// equal lengths, finite values, probabilities above 0 where something was done with them.
//
//   - [Log], [Table] and [CrossFit]: decisions, a policy's probabilities, and an outcome model
//   - [IPS], [SNIPS], [DM], [DR], [SNDR]: off-policy estimates, each with one influence value a row,
//     from which standard errors follow, by row or by person ([Influence.StdErr])
//   - [WCLS] and [EMEE]: what engaging changes in a micro-randomised trial
//   - [Sequence]: intervals that hold at every look; [SampleRatio]: whether arms have the sizes they should
//   - [Learn] and [Compare]: a policy from a log, held against the best constant action
//   - [Promote], [ShrinkSlices], [Calibrate]: whether a new policy may take over, whom it may cost
//     something, and whether its predictions come true
//   - [Incidence] and [Curve]: when something happens where something else may happen first; [Gray] and [LogRank]
//     compare two groups, within strata where there are any
//   - [Wilson], [Newcombe], [MantelHaenszel], [TwoByTwo], [FalseDiscovery], [FalseDiscoveryByFamily]: shares, their
//     differences, and which of many are found
package estimate
