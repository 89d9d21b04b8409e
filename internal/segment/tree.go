package segment

import "math"

// thresholds are the numbers at which a count may be cut, so that a group can be said in a breath. With them, so many
// times a week.
func thresholds(days int) []float32 {
	list := []float32{1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100, 200, 500, 1000}
	if w := float32(days / 7); days%7 == 0 && w > 1 {
		for i, t := range list {
			if t == w {
				break
			}
			if t > w {
				list = append(list[:i], append([]float32{w}, list[i:]...)...)
				break
			}
		}
	}
	return list
}

// columns is the features as the number of thresholds that each count reaches.
type columns struct {
	cuts  [][]float32
	codes [][]uint8
}

func columnsOf(features []Feature) columns {
	c := columns{make([][]float32, len(features)), make([][]uint8, len(features))}
	for f, x := range features {
		c.cuts[f], c.codes[f] = thresholds(x.Days), make([]uint8, len(x.Counts))
		for i, v := range x.Counts {
			k := 0
			for k < len(c.cuts[f]) && v >= c.cuts[f][k] {
				k++
			}
			c.codes[f][i] = uint8(k)
		}
	}
	return c
}

// condition is that a feature's count is below its threshold, or not.
type condition struct {
	feature, cut int
	below        bool
}

func (c condition) holds(cols columns, i int) bool {
	return (int(cols.codes[c.feature][i]) <= c.cut) == c.below
}

// split is a node that is cut in two.
type split struct {
	path      []condition // who is in the node
	on        condition
	low, high int // the splits below, by their place among all, or -1
	confirmed bool
	p         float64 // in the half that estimates
}

// moments are of the scores on one side.
type moments struct{ n, sum, squares float64 }

func (m *moments) add(w, s float64) {
	m.n, m.sum, m.squares = m.n+w, m.sum+w*s, m.squares+w*s*s
}

// differs is by how much the means of two sides differ, and the chance that they do so by chance alone (Welch, by the
// normal distribution: sides have dozens of people).
func differs(a, b moments) (difference, p float64) {
	if a.n < 2 || b.n < 2 {
		return 0, 1
	}
	ma, mb := a.sum/a.n, b.sum/b.n
	variance := max(0, a.squares/a.n-ma*ma)/(a.n-1) + max(0, b.squares/b.n-mb*mb)/(b.n-1)
	if variance <= 0 {
		return mb - ma, 1
	}
	return mb - ma, math.Erfc(math.Abs(mb-ma) / math.Sqrt(2*variance))
}

const (
	deepest = 3
	// promising is how unlikely a cut has to be, after as many as were tried, to be tested by the other half.
	promising = .2
)

// grower chooses cuts by the people of one half.
type grower struct {
	cols   columns
	scores []float64
	times  []float64 // how often each counts: resamples
	least  float64   // on each side, in this half
	points float64
	splits []split
}

func (g *grower) grow(who []int32, path []condition) int {
	if len(path) == deepest || float64(len(who)) < 2*g.least {
		return -1
	}
	best, least, tried := condition{below: true}, 2., 0
	for f, codes := range g.cols.codes {
		var bins [32]moments
		var all moments
		for _, i := range who {
			bins[codes[i]].add(g.times[i], g.scores[i])
		}
		for _, b := range bins {
			all = moments{all.n + b.n, all.sum + b.sum, all.squares + b.squares}
		}
		var low moments
		for cut := range g.cols.cuts[f] {
			b := bins[cut]
			low = moments{low.n + b.n, low.sum + b.sum, low.squares + b.squares}
			high := moments{all.n - low.n, all.sum - low.sum, all.squares - low.squares}
			if low.n < g.least || high.n < g.least || b.n == 0 {
				continue
			}
			tried++
			if d, p := differs(low, high); p < least && math.Abs(d) >= g.points {
				least, best.feature, best.cut = p, f, cut
			}
		}
	}
	if tried == 0 || least*float64(tried) > promising {
		return -1
	}
	at := len(g.splits)
	g.splits = append(g.splits, split{path: path, on: best})
	sides := [2][]int32{}
	for _, i := range who {
		side := 1
		if best.holds(g.cols, int(i)) {
			side = 0
		}
		sides[side] = append(sides[side], i)
	}
	other := best
	other.below = false
	low := g.grow(sides[0], append(path[:len(path):len(path)], best))
	high := g.grow(sides[1], append(path[:len(path):len(path)], other))
	g.splits[at].low, g.splits[at].high = low, high
	return at
}

// in tells whether a person meets all conditions.
func (cols columns) in(path []condition, i int) bool {
	for _, c := range path {
		if !c.holds(cols, i) {
			return false
		}
	}
	return true
}
