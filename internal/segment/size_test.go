package segment_test

import (
	"math/rand/v2"
	"testing"

	"attune/internal/segment"
)

// A group at the edge of the least size is one only if both halves have enough of it.
func TestNoGroupIsSmallerThanTheLeast(t *testing.T) {
	t.Parallel()
	found := 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 21))
		const people, least = 400, 50
		in := segment.Input{Horizon: 90, Seed: seed, Resamples: -1, Least: least, Days: make([]float64, people), Became: make([]uint8, people)}
		f := segment.Feature{Says: "missed a call", Event: "call.missed", Days: 28, Counts: make([]float32, people)}
		for i := range people {
			in.Days[i] = 90
			chance := .8
			if r.Float64() < .125 { // fifty people, more or less
				f.Counts[i], chance = 1, .1
			}
			if r.Float64() < chance {
				in.Days[i], in.Became[i] = 10, segment.MovedOn
			}
		}
		in.Features = []segment.Feature{f}
		all, err := segment.Find(in)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range all.Groups {
			found++
			if g.People < least || g.Estimated < least/2 {
				t.Errorf("world %d: a group of %d people, estimated by %d: %s", seed, g.People, g.Estimated, g.String())
			}
		}
	}
	if found < 50 {
		t.Errorf("%d groups were found: nothing was tried", found)
	}
}
