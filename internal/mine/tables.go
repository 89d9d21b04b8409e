package mine

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"time"
)

// Mine answers what is asked of every log. Top is how many variants are listed; 0 is all.
func Mine(l *Log, top int) *Answer {
	a := &Answer{Cases: l.Cases, Events: l.Events(), Log: About{
		First: time.Unix(0, l.First).UTC().Format(time.RFC3339Nano), Last: time.Unix(0, l.Last).UTC().Format(time.RFC3339Nano),
		Ties: l.Ties, Zoneless: l.Zoneless, Incomplete: l.Incomplete,
	}}
	if len(l.Lifecycles) > 1 {
		a.Log.Lifecycles = l.Lifecycles
	}
	l.activities(a)
	a.Edges = l.edges()
	a.VariantCount, a.Variants = l.variants(top)
	a.Throughput = l.throughput()
	a.Handovers = l.handovers()
	return a
}

// activities counts events, cases, repeats, and what comes first and last.
func (l *Log) activities(a *Answer) {
	type tally struct{ events, cases, first, last, again, loops, extra int }
	parts := make([][]tally, lanes)
	l.each(func(lane, from, to int) {
		t := make([]tally, len(l.Activities))
		type mark struct{ kase, times, looped int }
		seen := make([]mark, len(l.Activities)) // in the case named, counted from 1
		for c := from; c < to; c++ {
			acts := l.Act[l.Off[c]:l.Off[c+1]]
			t[acts[0]].first++
			t[acts[len(acts)-1]].last++
			for i, x := range acts {
				n, s := &t[x], &seen[x]
				n.events++
				if s.kase != c+1 {
					*s = mark{kase: c + 1}
					n.cases++
				}
				if s.times++; s.times > 1 {
					n.extra++
					if s.times == 2 {
						n.again++
					}
				}
				if i > 0 && acts[i-1] == x && s.looped == 0 {
					s.looped = 1
					n.loops++
				}
			}
		}
		parts[lane] = t
	})
	for i, name := range l.Activities {
		var t tally
		for _, p := range parts {
			x := p[i]
			t = tally{t.events + x.events, t.cases + x.cases, t.first + x.first, t.last + x.last, t.again + x.again, t.loops + x.loops, t.extra + x.extra}
		}
		a.Activities = append(a.Activities, Activity{name, t.events, t.cases})
		if t.first > 0 {
			a.Starts = append(a.Starts, Count{name, t.first})
		}
		if t.last > 0 {
			a.Ends = append(a.Ends, Count{name, t.last})
		}
		if t.again > 0 {
			a.Rework = append(a.Rework, Rework{name, t.again, t.loops, t.extra})
		}
	}
	// The lists are by name already.
	slices.SortStableFunc(a.Activities, func(x, y Activity) int { return y.Events - x.Events })
	slices.SortStableFunc(a.Starts, func(x, y Count) int { return y.Cases - x.Cases })
	slices.SortStableFunc(a.Ends, func(x, y Count) int { return y.Cases - x.Cases })
	slices.SortStableFunc(a.Rework, func(x, y Rework) int { return y.Cases - x.Cases })
	a.Rework = append([]Rework{}, a.Rework...)
}

// denseActivities is up to how many activities edges are counted in a square.
const denseActivities = 1024

// edges follows each activity to the next. All waits are brought together by edge, so that medians are exact.
func (l *Log) edges() []Edge {
	n := len(l.Activities)
	key := func(from, to uint16) uint32 { return uint32(from)*uint32(n) + uint32(to) }
	place := key
	count := n * n
	if n > denseActivities { // few of the pairs happen
		known := map[uint32]uint32{}
		for c := range l.Cases {
			for i := l.Off[c] + 1; i < l.Off[c+1]; i++ {
				if k := key(l.Act[i-1], l.Act[i]); known[k] == 0 {
					known[k] = uint32(len(known) + 1)
				}
			}
		}
		place = func(from, to uint16) uint32 { return known[key(from, to)] - 1 }
		count = len(known)
	}

	// Each lane counts, then writes its waits behind those of the lanes before.
	next := make([][]uint32, lanes)
	l.each(func(lane, from, to int) {
		t := make([]uint32, count)
		for c := from; c < to; c++ {
			for i := l.Off[c] + 1; i < l.Off[c+1]; i++ {
				t[place(l.Act[i-1], l.Act[i])]++
			}
		}
		next[lane] = t
	})
	start := make([]uint32, count+1)
	total := uint32(0)
	for e := range count {
		start[e] = total
		for _, t := range next {
			t[e], total = total, total+t[e]
		}
	}
	start[count] = total
	waits := make([]int64, total)
	pair := make([][2]uint16, count)
	l.each(func(lane, from, to int) {
		t := next[lane]
		for c := from; c < to; c++ {
			for i := l.Off[c] + 1; i < l.Off[c+1]; i++ {
				e := place(l.Act[i-1], l.Act[i])
				waits[t[e]] = l.At[i] - l.At[i-1]
				t[e]++
			}
		}
	})
	if n > denseActivities {
		for c := range l.Cases {
			for i := l.Off[c] + 1; i < l.Off[c+1]; i++ {
				pair[place(l.Act[i-1], l.Act[i])] = [2]uint16{l.Act[i-1], l.Act[i]}
			}
		}
	} else {
		for e := range pair {
			pair[e] = [2]uint16{uint16(e / n), uint16(e % n)}
		}
	}
	edges := []Edge{}
	for e := range count {
		w := waits[start[e]:start[e+1]]
		if len(w) == 0 {
			continue
		}
		var sum total128
		for _, x := range w {
			sum.add(x)
		}
		edges = append(edges, Edge{
			From: l.Activities[pair[e][0]], To: l.Activities[pair[e][1]], Count: len(w),
			Mean: sum.seconds() / float64(len(w)), Median: median(w), Min: seconds(slices.Min(w)), Max: seconds(slices.Max(w)),
		})
	}
	slices.SortFunc(edges, func(a, b Edge) int {
		return cmp.Or(b.Count-a.Count, strings.Compare(a.From, b.From), strings.Compare(a.To, b.To))
	})
	return edges
}

// total128 is an exact sum of times that are not negative.
type total128 struct{ hi, lo uint64 }

func (t *total128) add(ns int64) {
	lo, carry := bits.Add64(t.lo, uint64(ns), 0)
	t.lo, t.hi = lo, t.hi+carry
}

func (t *total128) seconds() float64 {
	q, r := bits.Div64(t.hi, t.lo, uint64(second)) // the quotient fits: 2⁶³ events of 292 years have less
	return float64(q) + float64(r)/1e9
}

// median brings the middle values to their place, and takes their mean.
func median(w []int64) float64 {
	mid := len(w) / 2
	upper := nth(w, mid)
	if len(w)%2 == 1 {
		return seconds(upper)
	}
	lower := slices.Max(w[:mid])
	return seconds(lower)/2 + seconds(upper)/2
}

// nth brings the value that would stand at k in order there, with none larger before it (Hoare's FIND,
// 1961, with the median of three). A part that does not shrink is sorted.
func nth(w []int64, k int) int64 {
	lo, hi := 0, len(w)-1
	for rounds := 2 * bits.Len(uint(len(w))); lo < hi; rounds-- {
		if rounds == 0 || hi-lo < 16 {
			slices.Sort(w[lo : hi+1])
			break
		}
		a, b, c := w[lo], w[lo+(hi-lo)/2], w[hi]
		p := max(min(a, b), min(max(a, b), c))
		i, j := lo, hi
		for i <= j {
			for w[i] < p {
				i++
			}
			for w[j] > p {
				j--
			}
			if i <= j {
				w[i], w[j] = w[j], w[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			hi = j
		case k >= i:
			lo = i
		default:
			return w[k]
		}
	}
	return w[k]
}

// throughput is how long cases take.
func (l *Log) throughput() Spread {
	took := make([]int64, l.Cases)
	for c := range took {
		took[c] = l.At[l.Off[c+1]-1] - l.At[l.Off[c]]
	}
	return spread(took)
}

// spread sorts the values and tells how they lie.
func spread(v []int64) Spread {
	slices.Sort(v)
	var sum total128
	for _, x := range v {
		sum.add(x)
	}
	return Spread{
		Min: seconds(v[0]), P10: quantile(v, .1), P25: quantile(v, .25), Median: quantile(v, .5), Mean: sum.seconds() / float64(len(v)),
		P75: quantile(v, .75), P90: quantile(v, .9), P95: quantile(v, .95), Max: seconds(v[len(v)-1]),
	}
}

// quantile is that of sorted values, by linear interpolation (type 7).
func quantile(v []int64, p float64) float64 {
	at := p * float64(len(v)-1)
	i := int(at)
	if i+1 >= len(v) {
		return seconds(v[len(v)-1])
	}
	return seconds(v[i]) + (at-float64(i))*seconds(v[i+1]-v[i])
}

// handovers counts who did what came after whose.
func (l *Log) handovers() []Handover {
	list := []Handover{}
	if l.Who == nil {
		return list
	}
	parts := make([]map[uint64]int, lanes)
	l.each(func(lane, from, to int) {
		m := map[uint64]int{}
		for c := from; c < to; c++ {
			for i := l.Off[c] + 1; i < l.Off[c+1]; i++ {
				if a, b := l.Who[i-1], l.Who[i]; a != b && a != 0 && b != 0 {
					m[uint64(a)<<32|uint64(b)]++
				}
			}
		}
		parts[lane] = m
	})
	for _, m := range parts[1:] {
		for k, n := range m {
			parts[0][k] += n
		}
	}
	for k, n := range parts[0] {
		list = append(list, Handover{l.Resources[k>>32], l.Resources[uint32(k)], n})
	}
	slices.SortFunc(list, func(a, b Handover) int {
		return cmp.Or(b.Count-a.Count, strings.Compare(a.From, b.From), strings.Compare(a.To, b.To))
	})
	return list
}
