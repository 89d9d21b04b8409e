package stage

import (
	"math/bits"

	"attune/core/instant"
)

// forgotten is after how many half-lives nothing is left: 2^-64 is less than half the rounding error
// of any probability above a thousandth.
const forgotten = 64

// decay returns 2^(−elapsed/half), for an elapsed time of 0 or more and a half-life of 1 ms to a
// hundred years. It is computed in whole numbers, so it has the same bits on every machine; it is off
// by less than .51 units in the last place, and falls strictly from one millisecond to the next until
// it is 0 after 64 half-lives.
//
// It falls strictly since a millisecond of a hundred years is a step of 2^-42, and the sum below is
// off by less than 2^-60.
func decay(elapsed, half instant.Duration) float64 {
	halvings := elapsed / half
	if halvings >= forgotten {
		return 0
	}
	left := powerOfHalf(uint64(elapsed%half), uint64(half))
	return left / float64(uint64(1)<<uint(halvings))
}

// powerOfHalf returns 2^(−n/d) for n < d.
func powerOfHalf(n, d uint64) float64 {
	if n == 0 {
		return 1
	}
	// Numbers below 1 are held as multiples of 2^-64.
	x, _ := bits.Div64(n, 0, d)
	// 1 − 2^−x = x·(c1 − x·(c2 − x·(c3 − …))) with ck = ln(2)^k / k!, from the last term to the first.
	var sum uint64
	for _, c := range [...]uint64{
		0x66, 0x9c7, 0xe1b7, 0x131496, 0x1816193, 0x1c3bd651, 0x1e8cac735, 0x1e4cf5158c,
		0x1b5253d395e, 0x162c0223a5c8, 0xffe5fe2c4586, 0xa184897c363c4, 0x5761ff9e299cc4,
		0x276556df749cee5, 0xe35846b82505fc6, 0x3d7f7bff058b1d51, 0xb17217f7d1cf79ac,
	} {
		product, _ := bits.Mul64(x, sum)
		sum = c - product
	}
	lost, _ := bits.Mul64(x, sum)
	left := -lost // of 2^64
	if lost == 0 {
		return 1
	}
	// Rounded to 53 bits, which a float64 holds exactly.
	return float64(left>>11+left>>10&1) / (1 << 53)
}
