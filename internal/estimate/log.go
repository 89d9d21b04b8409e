package estimate

// Log is decisions as they were made, by column; row i of every column is the same decision.
type Log struct {
	// Action is what was done, counted from 0.
	Action []int32
	// Propensity is the probability with which it was chosen, in (0, 1].
	Propensity []float64
	Reward     []float64
	// X is what was known before: one slice for each column.
	X [][]float64
	// Unit is whose decision it was, counted from 0; nil where every row stands for itself.
	Unit []int32
}

// Len is the number of decisions.
func (l Log) Len() int { return len(l.Action) }

// Table is a number for each action and row, such as a policy's probabilities or predicted rewards:
// one slice for each action.
type Table [][]float64

// NewTable returns a table of zeros.
func NewTable(actions, rows int) Table {
	t := make(Table, actions)
	for a := range t {
		t[a] = make([]float64, rows)
	}
	return t
}

// Always is the policy that does one thing, whatever is known.
func Always(action, actions, rows int) Table {
	t := NewTable(actions, rows)
	for i := range t[action] {
		t[action][i] = 1
	}
	return t
}

// Rows copies the rows of which keep is true, in their order.
func (l Log) Rows(keep func(row int) bool) Log {
	var at []int
	for i := range l.Len() {
		if keep(i) {
			at = append(at, i)
		}
	}
	out := Log{Action: pick(l.Action, at), Propensity: pick(l.Propensity, at), Reward: pick(l.Reward, at)}
	for _, x := range l.X {
		out.X = append(out.X, pick(x, at))
	}
	if l.Unit != nil {
		out.Unit = pick(l.Unit, at)
	}
	return out
}

func pick[T any](from []T, at []int) []T {
	out := make([]T, len(at))
	for k, i := range at {
		out[k] = from[i]
	}
	return out
}

// Weights are w = target(action)/propensity.
func (l Log) Weights(target Table) []float64 {
	w := make([]float64, l.Len())
	for i, a := range l.Action {
		w[i] = target[a][i] / l.Propensity[i]
	}
	return w
}

// Residuals are what was earned beyond the model's prediction for what was done.
func (l Log) Residuals(q Table) []float64 {
	out := make([]float64, l.Len())
	for i, a := range l.Action {
		out[i] = l.Reward[i] - q[a][i]
	}
	return out
}

// Expected is, for each row, what the model predicts under the target: V_q = Σ_a target(a) q(a).
func Expected(target, q Table) []float64 {
	out := make([]float64, len(q[0]))
	for a := range q {
		for i, p := range target[a] {
			out[i] += p * q[a][i]
		}
	}
	return out
}

// CrossFit predicts the reward of every action in every row by least squares: an intercept and all of
// X, one fit for each action. Row i is predicted by the fit to rows j with j mod folds ≠ i mod folds,
// so that no row has a part in its own prediction. There are at least two folds.
//
// Where columns depend on each other the solution of least norm is taken; predictions within what the
// columns span are the same for every solution. An action that was taken in fewer rows than there are
// columns is the same case, and one that was never taken in the other folds is predicted to earn 0,
// the solution of least norm of no rows at all: doubly robust estimates do not depend on it unless
// the target does what was never done, and then nothing could tell what that earns.
func CrossFit(l Log, actions, folds int) Table {
	return crossFit(l, actions, folds, func(i int) int { return i % folds })
}

// CrossFitByUnit does so with all rows of a unit in one fold, so that no unit has a part in its own
// prediction either. Units are dealt to the folds by their numbers.
func CrossFitByUnit(l Log, actions, folds int) Table {
	return crossFit(l, actions, folds, func(i int) int { return int(l.Unit[i]) % folds })
}

func crossFit(l Log, actions, folds int, fold func(row int) int) Table {
	k := len(l.X) + 2
	parts := make([][]*triangle, actions)
	for a := range parts {
		parts[a] = make([]*triangle, folds)
		for f := range parts[a] {
			parts[a][f] = newTriangle(k)
		}
	}
	row := make([]float64, k)
	for i, a := range l.Action {
		fill(row, l.X, i)
		row[k-1] = l.Reward[i]
		parts[a][fold(i)].add(row)
	}
	q := NewTable(actions, l.Len())
	for a := range actions {
		fits := fitOthers(parts[a])
		for i := range q[a] {
			q[a][i] = linear(fits[fold(i)], l.X, i)
		}
	}
	return q
}

// fitOthers solves, for each part, the problem of all other parts.
func fitOthers(parts []*triangle) [][]float64 {
	after := make([]*triangle, len(parts))
	next := newTriangle(parts[0].k)
	for f := len(parts) - 1; f >= 0; f-- {
		after[f] = newTriangle(next.k)
		after[f].join(next)
		next.join(parts[f])
	}
	before := newTriangle(parts[0].k)
	out := make([][]float64, len(parts))
	for f := range parts {
		after[f].join(before)
		out[f] = after[f].leastNorm()
		before.join(parts[f])
	}
	return out
}

// fill writes 1 and row i of all columns.
func fill(row []float64, x [][]float64, i int) {
	row[0] = 1
	for c := range x {
		row[c+1] = x[c][i]
	}
}

// linear is b₀ + Σ b x in row i.
func linear(b []float64, x [][]float64, i int) float64 {
	v := b[0]
	for c := range x {
		v += b[c+1] * x[c][i]
	}
	return v
}

// regress fits y to an intercept and the columns.
func regress(x [][]float64, y []float64) []float64 {
	t := newTriangle(len(x) + 2)
	row := make([]float64, t.k)
	for i := range y {
		fill(row, x, i)
		row[t.k-1] = y[i]
		t.add(row)
	}
	return t.leastNorm()
}
