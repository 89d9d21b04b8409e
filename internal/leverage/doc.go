// Package leverage finds where on a map a change would be worth most. Of each transition from one phase to the next it
// says who came, who went on, who left and who waits ([Passage]); what would be gained if segments did as well as the best
// quartile of them ([Gain]); by what else they differ ([Contrast]); when people leave ([Peak]); what they say ([Voice]);
// and [Points] puts all of it into one ranked list of moments that matter, each with one sentence.
//
// It promises that intervals hold as often as they say, in the regimes that docs/proof/leverage-coverage.md
// tries, and shows nothing outside of them: what is withheld has its reason. Nothing is said of fewer people than
// the smallest cell. What was observed "differs", what was adjusted "still differs after …", and only what was
// randomised was "changed by".
//
// It is mathematics on columns: it reads nothing, has no clock, and draws by the seed that it is given, so the
// same columns give the same numbers in whatever order rows are and levels are numbered. Times are whole days. Start at
// [Find]; the interval of the gain is argued in docs/adr/0038.
package leverage
