package decision

// Evidence is what was seen of decisions and what became of them, summed up: all that learning needs, in a
// memory that does not grow with the rows. Sums of the same rows differ by their order only in rounding.
//
// A row is action-centred (Greenewald 2017): beside what holds without any message, it has what the drawn
// option had minus what was to be expected of the draw. So the effects of messages are found even where the
// baseline is wrong.
type Evidence struct {
	d int
	// gram is Σ w·z·z'; towards is Σ w·z·r for each kind of reward, squares Σ w·r².
	gram    []float64
	towards [heads][]float64
	squares [heads]float64
	// rows is how many there are, weight the sum of their weights.
	rows   int
	weight float64
	// seen is, for each feature, Σ w·|z|: how much was ever drawn of it.
	seen []float64
	// row is memory for one row.
	row  []float64
	used []int
}

// Head is a kind of reward that one row has.
type Head uint8

// The heads: the behaviour that a message is for, and the person saying that they want no more of it.
const (
	Effect Head = iota
	Loss
	heads
)

// NewEvidence holds rows of a space.
func NewEvidence(s *Space) *Evidence {
	d := len(s.known)
	e := &Evidence{d: d, gram: make([]float64, d*d), seen: make([]float64, d), row: make([]float64, d)}
	for h := range e.towards {
		e.towards[h] = make([]float64, d)
	}
	return e
}

// Rows is how many rows were added, and their weight.
func (e *Evidence) Rows() (int, float64) { return e.rows, e.weight }

// Arm is one option of a row's decision, as far as learning needs it.
type Arm struct {
	Terms       []Term
	Probability float64
}

// Add takes one decision in: what held for the person, the options with the probabilities they were drawn
// with, which was drawn (-1 for none), what became of it, and the weight of the row. Features that the space
// does not have are left out.
func (e *Evidence) Add(s *Space, base []Term, arms []Arm, drawn int, reward [2]float64, weight float64) {
	for _, t := range base {
		e.put(s, t, 1)
	}
	for k := range arms {
		part := -arms[k].Probability
		if k == drawn {
			part++
		}
		if part == 0 {
			continue
		}
		for _, t := range arms[k].Terms {
			e.put(s, t, part)
		}
	}
	if drawn >= 0 {
		for _, t := range arms[drawn].Terms {
			if i := s.Index(t.Feature); i >= 0 {
				e.seen[i] += float64(weight * abs(float64(t.Value)))
			}
		}
	}
	for _, i := range e.used {
		z := float64(weight * e.row[i])
		for h := range e.towards {
			e.towards[h][i] += float64(z * reward[h])
		}
		line := e.gram[i*e.d : (i+1)*e.d]
		for _, j := range e.used {
			line[j] += float64(z * e.row[j])
		}
	}
	for _, i := range e.used {
		e.row[i] = 0
	}
	e.used = e.used[:0]
	for h, r := range reward {
		e.squares[h] += float64(weight * float64(r*r))
	}
	e.rows++
	e.weight += weight
}

func (e *Evidence) put(s *Space, t Term, part float64) {
	i := s.Index(t.Feature)
	if i < 0 || t.Value == 0 {
		return
	}
	if e.row[i] == 0 {
		e.used = append(e.used, i)
	}
	e.row[i] += float64(float64(t.Value) * part)
	if e.row[i] == 0 {
		e.row[i] = tiny // so that it is not listed twice
	}
}

// tiny stands for a sum that came to nothing: far below every rounding error.
const tiny = 1e-300

// Merge adds the rows of other evidence of the same space.
func (e *Evidence) Merge(o *Evidence) {
	for i, v := range o.gram {
		e.gram[i] += v
	}
	for h := range e.towards {
		for i, v := range o.towards[h] {
			e.towards[h][i] += v
		}
		e.squares[h] += o.squares[h]
	}
	for i, v := range o.seen {
		e.seen[i] += v
	}
	e.rows += o.rows
	e.weight += o.weight
}

// Fade lets all that was seen so far weigh less: a share of 2^(-1/60) a day halves it in sixty days. The prior
// does not fade, so that nobody is ever less sure than at the beginning.
func (e *Evidence) Fade(share float64) {
	lists := [][]float64{e.gram, e.seen, e.squares[:]}
	for h := range e.towards {
		lists = append(lists, e.towards[h])
	}
	for _, list := range lists {
		for i := range list {
			list[i] *= share
		}
	}
	e.weight *= share
}

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}
