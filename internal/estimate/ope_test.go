package estimate

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// failing is a test, or one case of a property.
type failing interface {
	Helper()
	Errorf(format string, args ...any)
}

// near compares to a relative 1e-9, with 1e-12 around 0.
func near(t failing, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-12+1e-9*math.Abs(want)) {
		t.Errorf("%s is %.15g, and by hand %.15g", what, got, want)
	}
}

// Four rows that fit on a sheet of paper.
func TestByHand(t *testing.T) {
	t.Parallel()
	l := Log{
		Action:     []int32{0, 1, 1, 0},
		Propensity: []float64{.5, .5, .25, .8},
		Reward:     []float64{1, 0, 2, 1},
	}
	target := Table{{.5, 0, .5, 0}, {.5, 1, .5, 1}}
	w := l.Weights(target) // 1, 2, 2, 0
	q := Table{{1, 1, 1, 1}, {0, 1, 1, 0}}
	expected, e := Expected(target, q), l.Residuals(q) // ½, 1, 1, 0 and 0, −1, 1, 0

	ips := IPS(w, l.Reward) // scores 1, 0, 4, 0
	near(t, "ips", ips.Value, 1.25)
	near(t, "its se", ips.StdErr(nil), math.Sqrt((1./16+25./16+121./16+25./16)/3/4))
	near(t, "clipped ips", IPS(Clip(w, 1.5), l.Reward).Value, (1+0+3+0)/4.)
	snips := SNIPS(w, l.Reward) // 5/5; influence 0, −1.6, 1.6, 0
	near(t, "snips", snips.Value, 1)
	near(t, "its se", snips.StdErr(nil), math.Sqrt(2*1.6*1.6)/4)
	near(t, "its se by two units", snips.StdErr([]int32{0, 0, 1, 1}), math.Sqrt(2*2*1.6*1.6)/4)
	near(t, "its se by three", snips.StdErr([]int32{0, 1, 1, 2}), 0)
	near(t, "dm", DM(expected).Value, 2.5/4)
	dr := DR(expected, w, e) // ½, −1, 3, 0
	near(t, "dr", dr.Value, 2.5/4)
	near(t, "its se", dr.StdErr(nil), math.Sqrt((.125*.125+1.625*1.625+2.375*2.375+.625*.625)/3/4))
	near(t, "sndr", SNDR(expected, w, e).Value, 2.5/4)
	near(t, "switch-dr", DR(expected, Switch(w, 1), e).Value, 2.5/4)
	near(t, "dros", Damp([]float64{2}, 4)[0], 1)
	s := SupportOf(w)
	near(t, "ess", s.ESS, 25./9)
	near(t, "largest weight", s.MaxWeight, .4)
	if why := s.Why(); !strings.Contains(why, "2.8 of at least 1000") || !strings.Contains(why, "40 % of all weight") {
		t.Error(why)
	}
	if why := SupportOf([]float64{0, 0}).Why(); why != "the target policy never does what was done in the log" {
		t.Error(why)
	}
	near(t, "what is not supported", Log{Action: []int32{0, 0}}.Unsupported(Table{{.5, 1}, {.5, 0}}), .25)
}

// randomLog draws a log, a target and maybe units.
func randomLog(r *rand.Rand, n, actions, columns int) (Log, Table) {
	l := Log{X: make([][]float64, columns)}
	target := NewTable(actions, n)
	for i := range n {
		for c := range l.X {
			l.X[c] = append(l.X[c], float64(r.IntN(40))/8-2)
		}
		l.Action = append(l.Action, int32(r.IntN(actions)))
		l.Propensity = append(l.Propensity, .1+.9*r.Float64())
		l.Reward = append(l.Reward, float64(r.IntN(9))/4)
		l.Unit = append(l.Unit, int32(r.IntN(1+n/3)))
		left := 1.
		for a := range actions - 1 {
			target[a][i] = left * r.Float64()
			left -= target[a][i]
		}
		target[actions-1][i] = left
	}
	return l, target
}

// The slow twin reads like the contract: sums by the definition, one after the other.
func TestEstimatorsAreTheirDefinitions(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		n := rapid.IntRange(8, 60).Draw(rt, "rows")
		l, target := randomLog(r, n, rapid.IntRange(2, 4).Draw(rt, "actions"), 1)
		q := NewTable(len(target), n)
		for a := range q {
			for i := range q[a] {
				q[a][i] = r.NormFloat64()
			}
		}
		w, e, v := l.Weights(target), l.Residuals(q), Expected(target, q)
		N := float64(n)
		sum := func(f func(i int) float64) (s float64) {
			for i := range n {
				s += f(i)
			}
			return s
		}
		wi := func(i int) float64 { return target[l.Action[i]][i] / l.Propensity[i] }
		vi := func(i int) (s float64) {
			for a := range target {
				s += target[a][i] * q[a][i]
			}
			return s
		}
		ei := func(i int) float64 { return l.Reward[i] - q[l.Action[i]][i] }
		clustered := func(psi func(i int) float64) float64 {
			total, units := 0., 0.
			for u := range int32(n) {
				g, some := 0., false
				for i := range n {
					if l.Unit[i] == u {
						g += psi(i)
						some = true
					}
				}
				if some {
					units++
					total += g * g
				}
			}
			return math.Sqrt(units/(units-1)*total) / N
		}
		byMean := func(name string, got Influence, score func(i int) float64) {
			m := sum(score) / N
			near(rt, name, got.Value, m)
			near(rt, "se of "+name, got.StdErr(nil), math.Sqrt(sum(func(i int) float64 { return (score(i) - m) * (score(i) - m) })/(N-1))/math.Sqrt(N))
			near(rt, "clustered se of "+name, got.StdErr(l.Unit), clustered(func(i int) float64 { return score(i) - m }))
		}
		c := .2 + 3*r.Float64()
		byMean("ips", IPS(w, l.Reward), func(i int) float64 { return wi(i) * l.Reward[i] })
		byMean("ips_clip", IPS(Clip(w, c), l.Reward), func(i int) float64 { return math.Min(wi(i), c) * l.Reward[i] })
		byMean("dm", DM(v), vi)
		byMean("dr", DR(v, w, e), func(i int) float64 { return vi(i) + wi(i)*ei(i) })
		byMean("switch_dr", DR(v, Switch(w, c), e), func(i int) float64 {
			if wi(i) <= c {
				return vi(i) + wi(i)*ei(i)
			}
			return vi(i)
		})
		byMean("dros", DR(v, Damp(w, c), e), func(i int) float64 { return vi(i) + c*wi(i)/(wi(i)*wi(i)+c)*ei(i) })

		W := sum(wi)
		at := sum(func(i int) float64 { return wi(i) * l.Reward[i] }) / W
		psi := func(i int) float64 { return wi(i) * (l.Reward[i] - at) / (W / N) }
		got := SNIPS(w, l.Reward)
		near(rt, "snips", got.Value, at)
		near(rt, "se of snips", got.StdErr(nil), math.Sqrt(sum(func(i int) float64 { return psi(i) * psi(i) }))/N)
		near(rt, "clustered se of snips", got.StdErr(l.Unit), clustered(psi))

		m := sum(func(i int) float64 { return wi(i) * ei(i) }) / W
		score := func(i int) float64 { return vi(i) + wi(i)*(ei(i)-m)/(W/N) }
		middle := sum(score) / N
		got = SNDR(v, w, e)
		near(rt, "sndr", got.Value, sum(vi)/N+m)
		near(rt, "se of sndr", got.StdErr(nil), math.Sqrt(sum(func(i int) float64 { return (score(i) - middle) * (score(i) - middle) })/(N-1))/math.Sqrt(N))
		near(rt, "clustered se of sndr", got.StdErr(l.Unit), clustered(func(i int) float64 { return score(i) - middle }))
	})
}

// The slow twin of the outcome model solves the normal equations in fractions, without rounding.
func TestTheOutcomeModelIsLeastSquaresOnTheOtherFolds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 2))
		actions, columns, folds := rapid.IntRange(1, 3).Draw(rt, "actions"), rapid.IntRange(0, 3).Draw(rt, "columns"), rapid.IntRange(2, 5).Draw(rt, "folds")
		l, _ := randomLog(r, 40, actions, columns)
		q := CrossFit(l, actions, folds)
		for i := range l.Len() {
			for a := range actions {
				b := exact(l, func(j int) bool { return j%folds != i%folds && int(l.Action[j]) == a })
				if b == nil { // columns depend on each other
					continue
				}
				want := b[0]
				for c := range l.X {
					want += b[c+1] * l.X[c][i]
				}
				near(rt, "prediction", q[a][i], want)
			}
		}
	})
}

// By unit, what a unit earned moves no prediction of its own rows, and all predictions of others.
func TestNoUnitPredictsItself(t *testing.T) {
	t.Parallel()
	l, _ := randomLog(rand.New(rand.NewPCG(4, 4)), 120, 2, 1)
	before := CrossFitByUnit(l, 2, 3)
	other := l
	other.Reward = append([]float64(nil), l.Reward...)
	for i, u := range l.Unit {
		if u == l.Unit[0] {
			other.Reward[i] += 5
		}
	}
	after := CrossFitByUnit(other, 2, 3)
	for i, u := range l.Unit {
		moved := before[l.Action[0]][i] != after[l.Action[0]][i]
		if own := u%3 == l.Unit[0]%3; moved == own {
			t.Errorf("row %d of unit %d moved: %v", i, u, moved)
		}
	}
}

// exact fits the reward in fractions; nil where there is no single solution.
func exact(l Log, rows func(int) bool) []float64 {
	k := len(l.X) + 1
	m := make([][]*big.Rat, k)
	for i := range m {
		m[i] = make([]*big.Rat, k+1)
		for j := range m[i] {
			m[i][j] = new(big.Rat)
		}
	}
	for i := range l.Len() {
		if !rows(i) {
			continue
		}
		x := []*big.Rat{big.NewRat(1, 1)}
		for c := range l.X {
			x = append(x, new(big.Rat).SetFloat64(l.X[c][i]))
		}
		x = append(x, new(big.Rat).SetFloat64(l.Reward[i]))
		for a := range k {
			for b := range x {
				m[a][b].Add(m[a][b], new(big.Rat).Mul(x[a], x[b]))
			}
		}
	}
	for c := range k {
		p := c
		for p < k && m[p][c].Sign() == 0 {
			p++
		}
		if p == k {
			return nil
		}
		m[c], m[p] = m[p], m[c]
		for row := range k {
			if row == c || m[row][c].Sign() == 0 {
				continue
			}
			f := new(big.Rat).Quo(m[row][c], m[c][c])
			for j := range m[row] {
				m[row][j].Sub(m[row][j], new(big.Rat).Mul(f, m[c][j]))
			}
		}
	}
	out := make([]float64, k)
	for i := range out {
		out[i], _ = new(big.Rat).Quo(m[i][k], m[i][i]).Float64()
	}
	return out
}

// A column that says the same as another changes no prediction, and an action without rows earns 0.
func TestColumnsThatDependOnEachOther(t *testing.T) {
	t.Parallel()
	l, _ := randomLog(rand.New(rand.NewPCG(3, 3)), 200, 2, 2)
	want := CrossFit(l, 3, 2)
	twice := l
	double := make([]float64, l.Len())
	for i := range double {
		double[i] = 3 - 2*l.X[0][i] + l.X[1][i]
	}
	twice.X = append(append([][]float64{}, l.X...), double)
	got := CrossFit(twice, 3, 2)
	for i := range l.Len() {
		for a := range 2 {
			near(t, "prediction", got[a][i], want[a][i])
		}
		if got[2][i] != 0 {
			t.Fatalf("an action without rows earns %g", got[2][i])
		}
	}
	// Two rows for three coefficients: through both points, by the shortest solution. With x = 1 and 3
	// and rewards 2 and 4, b = (1, 1) is the only line; a second column of zeros has no part in it.
	few := Log{Action: []int32{0, 0, 0, 0}, Reward: []float64{9, 2, 9, 4}, X: [][]float64{{5, 1, 5, 3}, {0, 0, 0, 0}}}
	near(t, "a line through two points", CrossFit(few, 1, 2)[0][0], 6)
}

func TestZ(t *testing.T) {
	t.Parallel()
	near(t, "z at .95", Z(.95), 1.959963985)
	near(t, "z at .9", Z(.9), 1.6448536269514722)
	near(t, "z at .99", Z(.99), 2.5758293035489004)
}

func BenchmarkCrossFitMillion(b *testing.B) {
	l, _ := randomLog(rand.New(rand.NewPCG(1, 1)), 1_000_000, 3, 8)
	for b.Loop() {
		CrossFit(l, 3, 2)
	}
}

func BenchmarkDRMillion(b *testing.B) {
	l, target := randomLog(rand.New(rand.NewPCG(1, 1)), 1_000_000, 3, 0)
	q := NewTable(3, l.Len())
	for b.Loop() {
		DR(Expected(target, q), l.Weights(target), l.Residuals(q)).StdErr(l.Unit)
	}
}
