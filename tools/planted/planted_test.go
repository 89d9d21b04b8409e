package main

import (
	"math"
	"os"
	"slices"
	"strconv"
	"testing"

	"attune/internal/simulate"
)

// world is one lived world: the first from a seed on whose truth is as asked.
func world(t *testing.T, truth int, is func([]simulate.Planted) bool) *study {
	t.Helper()
	s := &study{people: 2000, days: 540, control: .5, truth: truth, dir: "../../programs/rheumatoid_referral"}
	if err := s.load(); err != nil {
		t.Fatal(err)
	}
	for seed := uint64(1001); ; seed++ {
		if is(s.world.Truth(seed)) {
			if err := s.one(t.Context(), seed); err != nil {
				t.Fatal(err)
			}
			return s
		}
	}
}

func the(s *study, w of) *hidden {
	for _, h := range s.tally.hidden {
		if h.way == w {
			return h
		}
	}
	return nil
}

// One large difference of each way is found, and its size told about right. All worlds are in docs/proof/planted.md.
func TestLargeDifferencesAreFound(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("thousands of people are lived")
	}
	for name, c := range map[string]struct {
		way of
		is  func(simulate.Planted) bool
	}{
		"what people are": {byAttribute, func(p simulate.Planted) bool {
			return p.Attribute == "sex" && p.Kind == simulate.LessOften && p.Size >= .3
		}},
		"what people did":               {byDoing, func(p simulate.Planted) bool { return p.Did != "" && p.Kind == simulate.LessOften && p.Size >= .3 }},
		"a message by which more go on": {byTrial, func(p simulate.Planted) bool { return p.Kind == simulate.MoreOften && p.Size >= .45 }},
		"a message by which they are sooner": {byTrial, func(p simulate.Planted) bool {
			return p.Kind == simulate.Sooner && p.Size >= 8 && p.Transition.From == "symptoms"
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := world(t, 1000, func(all []simulate.Planted) bool { return len(all) <= 2 && slices.ContainsFunc(all, c.is) })
			h := the(s, c.way)
			if !h.hit {
				t.Fatalf("seed %d: it is not found that %s, %s", s.tally.seed, h.Whom(), h.Says())
			}
			if x := h.share; x != nil && math.Abs(x.value-x.true) > 1.5*(x.hi-x.lo) {
				t.Errorf("seed %d: %s, %s is told as %.3f (%.3f to %.3f), and truly is %.3f", s.tally.seed, h.Whom(), h.Says(), x.value, x.lo, x.hi, x.true)
			}
			if x := h.days; h.Kind == simulate.Sooner && (x == nil || x.value >= 0 || x.true >= 0) {
				t.Errorf("seed %d: %s, %s is told as %+v", s.tally.seed, h.Whom(), h.Says(), x)
			}
			for w, n := range s.tally.told {
				if n.wrong > 0 {
					t.Errorf("seed %d: %d false finds of way %d", s.tally.seed, n.wrong, w)
				}
			}
		})
	}
}

func TestWhereAWorldHidesNothingNothingIsTold(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("thousands of people are lived")
	}
	s := world(t, 0, func(all []simulate.Planted) bool { return len(all) == 0 })
	for w, n := range s.tally.told {
		if n.found > 0 || n.empty != 1 {
			t.Errorf("seed %d, way %d: %+v", s.tally.seed, w, n)
		}
	}
	if s.tally.told[byTrial].asked == 0 || s.tally.told[byDoing].asked == 0 {
		t.Errorf("nothing was asked: %+v", s.tally.told)
	}
}

// Of many worlds, ATTUNE_PLANTED of them, no more is false and no fewer intervals hold than is promised, but for chance.
func TestWhatIsToldOfManyWorldsHolds(t *testing.T) {
	t.Parallel()
	n, _ := strconv.Atoi(os.Getenv("ATTUNE_PLANTED"))
	if n == 0 {
		t.Skip("ATTUNE_PLANTED says of how many worlds")
	}
	s := &study{people: 2000, days: 540, control: .5, truth: 3000, dir: "../../programs/rheumatoid_referral", from: 1, seeds: n}
	if _, err := s.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, d := range s.tally.doubts() {
		t.Error(d)
	}
}

func TestChancesOfFalseFinds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		k, n int
		want float64
	}{{0, 20, 1}, {1, 20, 1 - math.Pow(.95, 20)}, {20, 20, math.Pow(.05, 20)}, {2, 3, 3*.05*.05*.95 + .05*.05*.05}} {
		if got := atLeast(c.k, c.n, .05); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%d of %d or more has the chance %v, not %v", c.k, c.n, got, c.want)
		}
	}
	false5 := tally{}
	for i := range 40 {
		false5.told[byTrial].count(2, i%2, true)
	}
	if len(false5.doubts()) != 1 {
		t.Errorf("half of what is told in every second world is not doubted: %v", false5.doubts())
	}
	if mean, _ := false5.told[byTrial].rate(); math.Abs(mean-.25) > 1e-9 {
		t.Errorf("%v is false on average", mean)
	}
	short := tally{}
	for i := range 40 {
		short.hidden = append(short.hidden, &hidden{way: byTrial, Planted: simulate.Planted{Kind: simulate.MoreOften}, share: &told{value: .1, lo: .05, hi: .15, true: .1 + .1*float64(i%5/4)}})
	}
	if len(short.doubts()) != 1 {
		t.Errorf("intervals of which eight of forty do not hold are not doubted: %v", short.doubts())
	}
}
