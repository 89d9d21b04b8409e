package segment

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"attune/internal/estimate"
)

// Share is a share with its 95 % interval; of what a treatment changes, a difference.
type Share struct{ Value, Low, High float64 }

// Group is people who did alike and differ from the others.
type Group struct {
	// People is how many of all, and Estimated by how many of them its numbers are estimated.
	People, Estimated int
	// Here and Elsewhere are the shares that moved on within the horizon, in the group and among all others; with a
	// treatment, what it changed.
	Here, Elsewhere Share
	// P is the chance of a difference as large as that by which it was last cut off, where there is none, times the number of cuts tested.
	P float64
	// Stability is in what share of resamples the same group is found again: three quarters of who are in either are in both.
	Stability float64
	// Members is who is in it, by their place in the columns.
	Members []int32

	conditions []bounds
	effect     bool
	horizon    float64
}

// Found is the groups, and why there are none where there are none.
type Found struct {
	Groups []Group
	// Tested is how many cuts one half proposed and the other tested.
	Tested int
	// None says why there are no groups.
	None string
}

// familywise is how often something is told in all where there is nothing to tell, at most.
const familywise = .05

// Find looks for groups.
func Find(in Input) (Found, error) {
	if err := in.check(); err != nil {
		return Found{}, err
	}
	cols, s := columnsOf(in.Features), scores(&in)
	r := rand.New(rand.NewPCG(in.Seed, 0x5e9)) //nolint:gosec // halves are no secret
	order := r.Perm(len(s))
	var halves [2][]int32 // who chooses, and who estimates
	for k, i := range order {
		halves[k%2] = append(halves[k%2], int32(i))
	}
	slices.Sort(halves[0])
	slices.Sort(halves[1])
	once := make([]float64, len(s))
	for i := range once {
		once[i] = 1
	}
	g := grower{cols: cols, scores: s, times: once, least: float64(in.least()) / 2, points: in.points()}
	g.grow(halves[0], nil)
	found := Found{Tested: len(g.splits)}
	if len(g.splits) == 0 {
		found.None = "nothing that people did separates those who move on from the others in the half that looks"
		return found, nil
	}
	g.confirm(halves[1])
	if !g.splits[0].confirmed {
		found.None = "what one half found does not hold in the other"
		return found, nil
	}
	var leaves []leaf
	g.leaves(0, nil, 1, &leaves)
	for _, l := range leaves {
		found.Groups = append(found.Groups, groupOf(&in, cols, s, l, halves[1]))
	}
	stability(&in, g, halves[0], leaves, found.Groups, r)
	slices.SortStableFunc(found.Groups, func(a, b Group) int {
		return cmp.Compare(math.Abs(b.Here.Value-b.Elsewhere.Value), math.Abs(a.Here.Value-a.Elsewhere.Value))
	})
	return found, nil
}

// confirm tests each split by the half that did not choose it, once, for as many as there are. Below a split that
// does not hold none is looked at.
func (g *grower) confirm(who []int32) {
	for k := range g.splits {
		x := &g.splits[k]
		var sides [2]moments
		for _, i := range who {
			if !g.cols.in(x.path, int(i)) {
				continue
			}
			side := 1
			if x.on.holds(g.cols, int(i)) {
				side = 0
			}
			sides[side].add(1, g.scores[i])
		}
		d, p := differs(sides[0], sides[1])
		x.p = min(1, p*float64(len(g.splits)))
		x.confirmed = x.p <= familywise && math.Abs(d) >= g.points &&
			sides[0].n >= g.least && sides[1].n >= g.least // as in the other half, so that both have Least
	}
}

type leaf struct {
	path []condition
	p    float64
}

// leaves are the ends of what was confirmed.
func (g *grower) leaves(at int, path []condition, p float64, list *[]leaf) {
	if at < 0 || !g.splits[at].confirmed {
		*list = append(*list, leaf{path, p})
		return
	}
	x := g.splits[at]
	above := x.on
	above.below = false
	g.leaves(x.low, append(path[:len(path):len(path)], x.on), x.p, list)
	g.leaves(x.high, append(path[:len(path):len(path)], above), x.p, list)
}

func groupOf(in *Input, cols columns, s []float64, l leaf, who []int32) Group {
	group := Group{P: l.p, conditions: boundsOf(in.Features, cols, l.path), effect: in.Treated != nil, horizon: in.Horizon}
	for i := range s {
		if cols.in(l.path, i) {
			group.Members = append(group.Members, int32(i))
		}
	}
	group.People = len(group.Members)
	var here, elsewhere []int32
	for _, i := range who {
		if cols.in(l.path, int(i)) {
			here = append(here, i)
		} else {
			elsewhere = append(elsewhere, i)
		}
	}
	group.Estimated = len(here)
	group.Here, group.Elsewhere = shareOf(in, s, here), shareOf(in, s, elsewhere)
	return group
}

// shareOf is the share that moved on by the horizon, where some leave and some are still followed (Aalen-Johansen), with
// an interval that stays within 0 and 1; with a treatment, the mean of the scores.
func shareOf(in *Input, s []float64, who []int32) Share {
	z := estimate.Z(.95)
	if in.Treated != nil {
		var m moments
		for _, i := range who {
			m.add(1, s[i])
		}
		mean := m.sum / m.n
		se := math.Sqrt(max(0, m.squares/m.n-mean*mean) / max(m.n-1, 1))
		return Share{mean, mean - z*se, mean + z*se}
	}
	spells := make([]estimate.Spell, len(who))
	for k, i := range who {
		spells[k] = estimate.Spell{Time: in.Days[i], Cause: int(in.Became[i])}
	}
	var last estimate.Incident
	for _, x := range estimate.Incidence(spells, int(MovedOn)) {
		if x.Time > in.Horizon {
			break
		}
		last = x
	}
	f := last.F
	if f <= 0 || f >= 1 { // no spread to transform: the rule of three
		edge := min(1, 3/float64(max(len(who), 1)))
		if f <= 0 {
			return Share{0, 0, edge}
		}
		return Share{1, 1 - edge, 1}
	}
	spread := z * last.StdErr / math.Abs(f*math.Log(f))
	return Share{f, math.Pow(f, math.Exp(spread)), math.Pow(f, math.Exp(-spread))}
}

// stability draws the choosing half anew, with replacement, and looks whether each group is found again.
func stability(in *Input, g grower, who []int32, leaves []leaf, groups []Group, r *rand.Rand) {
	again, rounds := make([]int, len(groups)), in.resamples()
	if rounds == 0 {
		for k := range groups {
			groups[k].Stability = math.NaN()
		}
		return
	}
	member := make([][]bool, len(groups))
	for k, group := range groups {
		member[k] = make([]bool, len(g.scores))
		for _, i := range group.Members {
			member[k][i] = true
		}
	}
	times := make([]float64, len(g.scores))
	for range rounds {
		clear(times)
		for range who {
			times[who[r.IntN(len(who))]]++
		}
		drawn := make([]int32, 0, len(who))
		for _, i := range who {
			if times[i] > 0 {
				drawn = append(drawn, i)
			}
		}
		other := grower{cols: g.cols, scores: g.scores, times: times, least: g.least, points: g.points}
		other.grow(drawn, nil)
		for k := range leaves {
			if other.has(member[k], len(groups[k].Members)) {
				again[k]++
			}
		}
	}
	for k := range groups {
		groups[k].Stability = float64(again[k]) / float64(rounds)
	}
}

// has tells whether a side of any split is the same group, of n people.
func (g *grower) has(member []bool, n int) bool {
	for _, x := range g.splits {
		var both, size [2]int
		for i, is := range member {
			if !g.cols.in(x.path, i) {
				continue
			}
			side := 1
			if x.on.holds(g.cols, i) {
				side = 0
			}
			if size[side]++; is {
				both[side]++
			}
		}
		for side := range 2 {
			if 4*both[side] >= 3*(n+size[side]-both[side]) {
				return true
			}
		}
	}
	return false
}
