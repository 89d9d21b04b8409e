package decision

// halves is how many messages of the dose leave half of what a message adds.
const halves = 6

// Fresh is what is left of what a message adds after a dose of others: all at first, half after six.
//
// Effects fade by a share and not by a sum (in HeartSteps, doi 10.1093/abm/kay067, from the 66 % of the first day
// to nothing in four weeks): what helps much loses much, and what does nothing has nothing to lose. Taken as a sum,
// what the good messages lost was taken off the bad ones too, which then were thought to harm. That it is a
// hyperbola and no other curve is a choice; what is more or less than that is left to the dose's own features.
func Fresh(dose float64) float64 { return halves / (halves + max(0, dose)) }

// Fade takes from each term what the dose takes from it.
func Fade(terms []Term, dose float64) {
	left := float32(Fresh(dose))
	for i := range terms {
		terms[i].Value *= left
	}
}
