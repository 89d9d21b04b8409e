package estimate

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Ten multiples on a sheet of paper, one block: with one hit of one try at .01 each gives its multiple, and
// their mean is 7.675; half of it counts, and the half that waits for later blocks is at 1.
func TestTheEvidenceOfARateByHand(t *testing.T) {
	t.Parallel()
	x := Exceeds([]Tries{{1, 1}}, .01)
	near(t, "one of one", math.Exp(x.Log), .5*(1.25+1.5+2+3+4+6+8+12+16+24)/10+.5)
	x = Exceeds([]Tries{{1, 0}}, .5) // of the multiples only 1.25 and 1.5 are chances
	near(t, "none of one", math.Exp(x.Log), .5*(.375/.5+.25/.5)/10+.5)
	near(t, "nothing", Exceeds(nil, .01).Log, 0)
	if low := LowerRate([]Tries{{100, 0}}, .01); low != 0 {
		t.Errorf("nothing happened, and the rate is above %g", low)
	}
	blocks := []Tries{{1000, 10}, {400, 40}}
	low := LowerRate(blocks, .01)
	if x := Exceeds(blocks, low); low < .03 || low > .1 || math.Abs(x.Log-math.Log(100)) > 1e-6 || x.From != 1 || x.Since != (Tries{400, 40}) {
		t.Errorf("from %g on: %+v", low, x)
	}
}

// Streams of people, each lost at the bound, some of them only a while after they were written to, looked at
// after every message and every loss for a year: one in a hundred at most may ever be called above it.
func TestUnderTheBoundHardlyAnythingIsCalledAboveIt(t *testing.T) {
	t.Parallel()
	const bound, blocks, perBlock, streams = .03, 12, 200, 3000
	r := rand.New(rand.NewPCG(61, 1))
	halts := 0
	for range streams {
		seen := make([]Tries, 0, blocks)
		var late []int // blocks of those who are lost some time later
		halted := false
		for k := 0; k < blocks*perBlock && !halted; k++ {
			if k%perBlock == 0 {
				seen = append(seen, Tries{})
			}
			b := len(seen) - 1
			seen[b].N++
			if r.Float64() < bound {
				late = append(late, b)
			}
			for len(late) > 0 && (late[0] < b-1 || r.IntN(20) == 0) {
				seen[late[0]].Hits++
				late = late[1:]
				halted = Exceeds(seen, bound).Log >= math.Log(100)
			}
		}
		if halted {
			halts++
		}
	}
	if halts > streams/100 {
		t.Errorf("%d of %d streams at the bound were called above it", halts, streams)
	}
	t.Logf("%d of %d", halts, streams)
}

// A rate of three times the bound is found within a few hundred people, also after a year in which all was well.
func TestThreeTimesTheBoundIsFoundSoon(t *testing.T) {
	t.Parallel()
	const bound, runs = .03, 400
	r := rand.New(rand.NewPCG(62, 1))
	for _, before := range []int{0, 12} {
		total, worst := 0, 0
		for range runs {
			var seen []Tries
			for range before {
				b := Tries{N: 1000}
				for range b.N {
					if r.Float64() < bound/3 {
						b.Hits++
					}
				}
				seen = append(seen, b)
			}
			seen = append(seen, Tries{})
			b := &seen[len(seen)-1]
			for Exceeds(seen, bound).Log < math.Log(100) {
				if b.N++; r.Float64() < 3*bound {
					b.Hits++
				}
			}
			total, worst = total+b.N, max(worst, b.N)
		}
		if mean := total / runs; mean > 400 || worst > 2500 {
			t.Errorf("after %d good blocks it takes %d people in the mean, %d at worst", before, mean, worst)
		} else {
			t.Logf("after %d good blocks: %d in the mean, %d at worst", before, mean, worst)
		}
	}
}
