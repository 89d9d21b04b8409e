package mine

import (
	"cmp"
	"slices"
)

// The map's measures, in the drawing's units.
const (
	boxWide, boxHigh = 176.0, 54.0
	layerGap         = 62.0
	besideGap        = 26.0
	bendWide         = 22.0
	mostBoxes        = 20
	leastBoxes       = 6
	leastShown       = .02 // of the cases have an activity that is drawn
)

// box is an activity on the map, or a bend of an arrow that passes a layer. Places are of its middle.
type box struct {
	activity    int // in Log.Activities; begin and end are below 0, and so are bends
	layer       int
	x, y        float64
	wide        float64
	ups, downs  []int // who is beside it in the layers above and below
	events, own int   // how often it was done, and how often right after itself
}

const (
	atBegin = -1 - iota
	atEnd
	aBend
)

// arrow is a transition on the map.
type arrow struct {
	from, to int // boxes
	bends    []int
	count    int
	median   float64 // seconds; below 0 where there is no time, at begin and end
	back     bool
}

// picture is a map that is laid out.
type picture struct {
	boxes      []box
	arrows     []arrow
	wide, high float64
	// Boxes and transitions that are not drawn, so that what is shown and what is not add up.
	otherBoxes, otherBoxEvents, otherArrows, otherTimes int
}

// draw lays the log out as layers (Sugiyama, Tagawa and Toda, "Methods for visual understanding of
// hierarchical system structures", 1981): activities stand by when they first come in a case, arrows
// mostly point down, and those that point up are told apart.
func (a *Answer) draw(l *Log) *picture {
	p := &picture{}
	shown := p.choose(a, l)
	p.connect(a, l, shown)
	p.layers()
	layers := p.bend()
	p.untangle(layers)
	p.place(layers)
	return p
}

// choose takes the most frequent activities, in the order in which cases come to them.
func (p *picture) choose(a *Answer, l *Log) map[int]int {
	when := l.positions()
	var order []int
	events := map[int]int{}
	for n, x := range a.Activities {
		if n >= mostBoxes || n >= leastBoxes && float64(x.Cases) < leastShown*float64(a.Cases) {
			p.otherBoxes++
			p.otherBoxEvents += x.Events
			continue
		}
		i := l.activity(x.Name)
		order = append(order, i)
		events[i] = x.Events
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Or(cmp.Compare(when[x], when[y]), x-y) })
	p.boxes = append(p.boxes, box{activity: atBegin, wide: bendWide})
	shown := map[int]int{}
	for _, i := range order {
		shown[i] = len(p.boxes)
		p.boxes = append(p.boxes, box{activity: i, wide: boxWide, events: events[i]})
	}
	p.boxes = append(p.boxes, box{activity: atEnd, wide: bendWide})
	return shown
}

// positions are where in a case each activity first stands, in the mean: 0 is its beginning, 1 its end.
func (l *Log) positions() []float64 {
	sum, n := make([]float64, len(l.Activities)), make([]float64, len(l.Activities))
	seen := make([]int, len(l.Activities))
	for c := range l.Cases {
		acts := l.Act[l.Off[c]:l.Off[c+1]]
		for i, x := range acts {
			if seen[x] != c+1 {
				seen[x] = c + 1
				sum[x] += float64(i) / float64(max(1, len(acts)-1))
				n[x]++
			}
		}
	}
	for i := range sum {
		sum[i] /= max(1, n[i])
	}
	return sum
}

// connect takes the strongest arrow into and out of each box, and others while they say something.
func (p *picture) connect(a *Answer, l *Log, shown map[int]int) {
	var all []arrow
	for _, s := range a.Starts {
		if to, ok := shown[l.activity(s.Name)]; ok {
			all = append(all, arrow{from: 0, to: to, count: s.Cases, median: -1})
		}
	}
	last := len(p.boxes) - 1
	for _, s := range a.Ends {
		if from, ok := shown[l.activity(s.Name)]; ok {
			all = append(all, arrow{from: from, to: last, count: s.Cases, median: -1})
		}
	}
	for _, e := range a.Edges {
		from, one := shown[l.activity(e.From)]
		to, two := shown[l.activity(e.To)]
		switch {
		case !one || !two:
			p.otherArrows++
			p.otherTimes += e.Count
		case from == to:
			p.boxes[from].own = e.Count
		default:
			all = append(all, arrow{from: from, to: to, count: e.Count, median: e.Median, back: from > to})
		}
	}
	slices.SortStableFunc(all, func(x, y arrow) int { return y.count - x.count })
	in, out := make([]bool, len(p.boxes)), make([]bool, len(p.boxes))
	for _, x := range all {
		first := !x.back && (!in[x.to] || !out[x.from])
		if first || 25*x.count >= all[0].count && len(p.arrows) < 3*len(p.boxes) {
			p.arrows = append(p.arrows, x)
			if !x.back {
				in[x.to], out[x.from] = true, true
			}
			continue
		}
		p.otherArrows++
		p.otherTimes += x.count
	}
}

// layers puts each box below all that lead to it. Boxes stand in the order of cases, so one pass does.
func (p *picture) layers() {
	for i := range p.boxes {
		for _, x := range p.arrows {
			if x.to == i && !x.back {
				p.boxes[i].layer = max(p.boxes[i].layer, p.boxes[x.from].layer+1)
			}
		}
		if i > 0 && p.boxes[i].layer == 0 {
			p.boxes[i].layer = 1
		}
	}
	end := &p.boxes[len(p.boxes)-1]
	for _, b := range p.boxes[:len(p.boxes)-1] {
		end.layer = max(end.layer, b.layer+1)
	}
}

// bend gives arrows over several layers a place in each, and returns the layers.
func (p *picture) bend() [][]int {
	layers := make([][]int, p.boxes[len(p.boxes)-1].layer+1)
	for i, b := range p.boxes {
		layers[b.layer] = append(layers[b.layer], i)
	}
	link := func(up, down int) {
		p.boxes[up].downs = append(p.boxes[up].downs, down)
		p.boxes[down].ups = append(p.boxes[down].ups, up)
	}
	for i := range p.arrows {
		x := &p.arrows[i]
		top, bottom := x.from, x.to
		if p.boxes[top].layer > p.boxes[bottom].layer {
			top, bottom = bottom, top
		}
		before := top
		for layer := p.boxes[top].layer + 1; layer < p.boxes[bottom].layer; layer++ {
			p.boxes = append(p.boxes, box{activity: aBend, layer: layer, wide: bendWide})
			b := len(p.boxes) - 1
			layers[layer] = append(layers[layer], b)
			link(before, b)
			x.bends = append(x.bends, b)
			before = b
		}
		if p.boxes[before].layer < p.boxes[bottom].layer {
			link(before, bottom)
		}
		if top != x.from {
			slices.Reverse(x.bends)
		}
	}
	return layers
}

// untangle orders each layer by the middle of what each box hangs on, down and up, and keeps the best.
func (p *picture) untangle(layers [][]int) {
	place := make([]float64, len(p.boxes))
	note := func() {
		for _, layer := range layers {
			for i, b := range layer {
				place[b] = float64(i) - float64(len(layer)-1)/2
			}
		}
	}
	note()
	best, least := copied(layers), p.crossings(layers, place)
	for sweep := range 16 {
		for k := range layers {
			layer := layers[k]
			beside := func(b int) []int { return p.boxes[b].ups }
			if sweep%2 == 1 {
				layer = layers[len(layers)-1-k]
				beside = func(b int) []int { return p.boxes[b].downs }
			}
			want := make(map[int]float64, len(layer))
			for _, b := range layer {
				want[b] = place[b]
				if n := beside(b); len(n) > 0 {
					sum := 0.0
					for _, o := range n {
						sum += place[o]
					}
					want[b] = sum / float64(len(n))
				}
			}
			slices.SortStableFunc(layer, func(x, y int) int { return cmp.Compare(want[x], want[y]) })
			note()
		}
		if n := p.crossings(layers, place); n < least {
			best, least = copied(layers), n
		}
	}
	copy(layers, best)
}

func copied(layers [][]int) [][]int {
	c := make([][]int, len(layers))
	for i, l := range layers {
		c[i] = slices.Clone(l)
	}
	return c
}

// crossings counts pairs of links that cross.
func (p *picture) crossings(layers [][]int, place []float64) int {
	n := 0
	for _, layer := range layers {
		for i, a := range layer {
			for _, b := range layer[i+1:] {
				for _, x := range p.boxes[a].downs {
					for _, y := range p.boxes[b].downs {
						if place[x] > place[y] {
							n++
						}
					}
				}
			}
		}
	}
	return n
}

// place gives every box its place: near what it hangs on, never over its neighbour.
func (p *picture) place(layers [][]int) {
	for _, layer := range layers {
		at := 0.0
		for i, b := range layer {
			if i > 0 {
				at += (p.boxes[layer[i-1]].wide+p.boxes[b].wide)/2 + besideGap
			}
			p.boxes[b].x = at
		}
		for _, b := range layer {
			p.boxes[b].x -= at / 2
		}
	}
	for sweep := range 24 {
		for k := range layers {
			layer := layers[k]
			if sweep%2 == 1 {
				layer = layers[len(layers)-1-k]
			}
			p.settle(layer)
		}
	}
	left, right := 0.0, 0.0
	for _, b := range p.boxes {
		left, right = min(left, b.x-b.wide/2), max(right, b.x+b.wide/2)
	}
	for i := range p.boxes {
		b := &p.boxes[i]
		b.x += 12 - left
		b.y = 20 + float64(b.layer)*(boxHigh+layerGap) + boxHigh/2 - 10
	}
	p.wide = right - left + 24
	p.high = float64(len(layers))*(boxHigh+layerGap) - layerGap + 12
}

// settle moves a layer's boxes as near as it can to the middle of what they hang on, in their order and
// apart from each other: the least squares under these bounds, by pooling neighbours that would overlap
// (Ayer and others, 1955).
func (p *picture) settle(layer []int) {
	type pool struct {
		sum, weight float64
		n           int
	}
	shift := make([]float64, len(layer)) // what the boxes before take
	for i := 1; i < len(layer); i++ {
		shift[i] = shift[i-1] + (p.boxes[layer[i-1]].wide+p.boxes[layer[i]].wide)/2 + besideGap
	}
	var pools []pool
	for i, b := range layer {
		want, n := 0.0, 0.0
		for _, o := range append(slices.Clone(p.boxes[b].ups), p.boxes[b].downs...) {
			want += p.boxes[o].x
			n++
		}
		if n == 0 {
			want, n = p.boxes[b].x, 1
		} else {
			want /= n
		}
		if p.boxes[b].activity == aBend {
			n *= 2 // straight lines are easier to follow
		}
		pools = append(pools, pool{(want - shift[i]) * n, n, 1})
		for len(pools) > 1 {
			y, x := pools[len(pools)-1], pools[len(pools)-2]
			if x.sum/x.weight <= y.sum/y.weight {
				break
			}
			pools = append(pools[:len(pools)-2], pool{x.sum + y.sum, x.weight + y.weight, x.n + y.n})
		}
	}
	i := 0
	for _, q := range pools {
		for range q.n {
			p.boxes[layer[i]].x = q.sum/q.weight + shift[i]
			i++
		}
	}
}
