package estimate

// Scores are what each action would have earned in each row, doubly robust, less what it costs:
// q(a) + 1[a was done] (r − q(a))/propensity − burden(a). Burden may be nil.
func Scores(l Log, q Table, burden []float64) Table {
	out := NewTable(len(q), l.Len())
	for a := range q {
		copy(out[a], q[a])
	}
	for i, a := range l.Action {
		out[a][i] += (l.Reward[i] - q[a][i]) / l.Propensity[i]
	}
	for a := range burden {
		for i := range out[a] {
			out[a][i] -= burden[a]
		}
	}
	return out
}

// Rule is a policy that does what promises most: for each action an intercept and a weight for each
// column of X.
type Rule [][]float64

// Learn fits a rule to scores: one linear regression for each action, whose predictions compete
// (cost-sensitive one against all). Scores have to be cross-fitted ([CrossFit]), or the rule learns
// the outcome model's own noise.
func Learn(x [][]float64, scores Table) Rule {
	rule := make(Rule, len(scores))
	for a := range scores {
		rule[a] = regress(x, scores[a])
	}
	return rule
}

// Choose is the action with the best prediction in row i; of equal ones the first.
func (r Rule) Choose(x [][]float64, i int) int {
	best, top := 0, linear(r[0], x, i)
	for a := 1; a < len(r); a++ {
		if v := linear(r[a], x, i); v > top {
			best, top = a, v
		}
	}
	return best
}

// Table is the rule as probabilities, all 0 or 1.
func (r Rule) Table(x [][]float64, rows int) Table {
	t := NewTable(len(r), rows)
	for i := range rows {
		t[r.Choose(x, i)][i] = 1
	}
	return t
}

// Earned is the doubly robust value of a policy less its burden, and the log's support for it.
func Earned(l Log, q, target Table, burden []float64) (Influence, Support) {
	w := l.Weights(target)
	v := DR(Expected(target, q), w, l.Residuals(q))
	if burden != nil {
		cost := make([]float64, l.Len())
		for a, b := range burden {
			for i, p := range target[a] {
				cost[i] += b * p
			}
		}
		v = v.less(cost)
	}
	return v, SupportOf(w)
}

// Worth is one policy's place in a comparison.
type Worth struct {
	Influence
	Support Support
}

// Comparison holds a policy against every constant action on the same rows. Learnt policies often
// only tie with the best of them.
type Comparison struct {
	Policy   Worth
	Constant []Worth
	// Best is the constant action with the highest value. It is chosen on these rows, which favours
	// it a little.
	Best int
	// Gain is the policy's value less that of the best constant action, row by row.
	Gain Influence
}

// Compare does so. q has to be fitted without the rows that it predicts.
func Compare(l Log, q, target Table, burden []float64) Comparison {
	var c Comparison
	c.Policy.Influence, c.Policy.Support = Earned(l, q, target, burden)
	c.Constant = make([]Worth, len(q))
	for a := range q {
		v, s := Earned(l, q, Always(a, len(q), l.Len()), burden)
		c.Constant[a] = Worth{v, s}
		if v.Value > c.Constant[c.Best].Value {
			c.Best = a
		}
	}
	c.Gain = c.Policy.minus(c.Constant[c.Best].Influence)
	return c
}
