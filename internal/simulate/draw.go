package simulate

import "math"

// occasion says what a draw is for, so that no two things share their luck.
type occasion uint64

const (
	drawArrival occasion = iota + 1
	drawAwake
	drawZone
	drawLanguage
	drawFirstName
	drawLastName
	drawChannel
	drawBirth
	drawConsent
	drawTrait
	drawBegin
	drawMonth
	drawShare
	drawWait
	drawEvery
	drawChance
	drawLate
	drawField
	drawBounce
	drawTransit
	drawOpens
	drawReads
	drawClicks
	drawReplies
	drawOptOut
	drawEffect
	drawMoves
	drawActs
	drawAnswers
	drawPlanted
	drawMixed
	drawLeaves
)

// mix spreads 64 bits over 64 bits (SplitMix64's finaliser; Steele, Lea and Flood 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// draw gives a number in [0, 1) that depends on the seed, the occasion and its parts alone. Looking
// again, or in another order, or in a life where other things happened before, gives the same.
func draw(seed uint64, o occasion, a, b uint64) float64 {
	x := mix(mix(mix(seed^uint64(o))^a) ^ b)
	return float64(x>>11) * 0x1p-53
}

// ln is the natural logarithm of x in (0, 1], the same on every machine: 2 artanh((f-1)/(f+1)) over
// the fraction, summed until nothing is added, and the exponent times ln 2. Products stand in
// conversions, so that no compiler fuses them.
func ln(x float64) float64 {
	f, e := math.Frexp(x)
	if f < math.Sqrt2/2 { // around 1, where it is most exact
		f, e = 2*f, e-1
	}
	s := (f - 1) / (f + 1)
	square, power, sum := float64(s*s), s, 0.0
	for k := 1.0; k < 60; k += 2 {
		sum += power / k
		power = float64(power * square)
	}
	return 2*sum + float64(float64(e)*math.Ln2)
}

// bell draws around mean with the standard deviation sd: twelve even draws, added (Irwin and Hall),
// which needs nothing but sums.
func bell(seed uint64, o occasion, a, b uint64, mean, sd float64) float64 {
	sum := -6.0
	for i := range uint64(12) {
		sum += draw(seed, o, a, mix(b)+i)
	}
	return mean + float64(sd*sum)
}
