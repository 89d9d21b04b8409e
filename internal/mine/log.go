package mine

import (
	"cmp"
	"math"
	"slices"
	"sync"
)

// Log is a log of events, by cases.
type Log struct {
	// Cases is how many there are. Their events are Off[i] to Off[i+1].
	Cases int
	Off   []uint32
	// Act is each event's activity, a place in Activities, which is sorted.
	Act        []uint16
	Activities []string
	// At is when it was, in nanoseconds since 1970, UTC. In a case it never falls.
	At []int64
	// Who did it is a place in Resources, where 0 is nobody. Nil if the log has no such column.
	Who       []uint32
	Resources []string
	// Is is what an attribute was, a place in Levels, where 0 is not known. Nil if none was asked for.
	Is     []uint32
	Levels []string
	// First and Last are the times of the first and the last event of all.
	First, Last int64
	// Ties is how many events are at the same time as the one before them in their case.
	Ties int
	// Lifecycles are the values of that column, where all rows were read and it has several.
	Lifecycles []string
	// Incomplete is how many rows were passed over, because they lack a case, an activity or a time.
	Incomplete int
	// Zoneless is how many times were without a zone.
	Zoneless int
}

// Events is how many there are.
func (l *Log) Events() int { return len(l.Act) }

// batch is a part of a file's rows, in their order, as one worker read it; names are that worker's.
type batch struct {
	worker int
	cases  []uint32
	act    []uint16
	at     []int64
	who    []uint32
	is     []uint32
	order  counted
}

// counted is a column of orders. Mostly they are the rows' numbers, which need no room.
type counted struct {
	first float64
	n     int
	list  []float64 // nil while each is one more than the one before
}

func (o *counted) add(v float64) {
	switch {
	case o.list != nil:
		o.list = append(o.list, v)
	case o.n == 0:
		o.first = v
	case v != o.first+float64(o.n):
		o.list = make([]float64, o.n, 2*o.n+16)
		for i := range o.list {
			o.list[i] = o.first + float64(i)
		}
		o.list = append(o.list, v)
	}
	o.n++
}

func (o *counted) at(i int) float64 {
	if o.list != nil {
		return o.list[i]
	}
	return o.first + float64(i)
}

// asRows tells whether the order is that of the rows, in all batches together.
func asRows(batches []*batch) bool {
	last := math.Inf(-1)
	for _, b := range batches {
		if b.order.n == 0 {
			continue
		}
		if b.order.first < last || b.order.list != nil && !slices.IsSorted(b.order.list) {
			return false
		}
		last = b.order.at(b.order.n - 1)
	}
	return true
}

// worker is what one of those who read side by side knows of names.
type worker struct {
	cases, activities, who, is, lifecycles names
	incomplete, zoneless                   int
}

func newWorker(read *Reading) *worker {
	w := &worker{}
	w.who.of(nil)
	w.is.of(nil)
	return w
}

// names gives numbers to strings.
type names struct {
	list  []string
	by    map[string]uint32
	last  string
	place uint32
}

// of returns the number of a name. Rows of the same case or person often stand together.
func (n *names) of(b []byte) uint32 {
	if n.last == string(b) && n.by != nil {
		return n.place
	}
	i, ok := n.by[string(b)]
	if !ok {
		i = n.add(string(b))
	}
	n.last, n.place = n.list[i], i
	return i
}

// add gives a new name its number.
func (n *names) add(s string) uint32 {
	if n.by == nil {
		n.by = map[string]uint32{}
	}
	i := uint32(len(n.list))
	n.list = append(n.list, s)
	n.by[s] = i
	return i
}

// joined are the names of all workers as one list, and each worker's numbers in it. Sorted is by name;
// keep is how many of the first stay where they are.
func joined(sorted bool, keep int, each ...*names) (list []string, to [][]uint32) {
	var all names
	for _, n := range each {
		n.by = nil // nothing is read any more
		for _, s := range n.list {
			if _, ok := all.by[s]; !ok {
				all.add(s)
			}
		}
	}
	rank := make([]uint32, len(all.list))
	for i := range rank {
		rank[i] = uint32(i)
	}
	list = all.list
	if sorted {
		list = slices.Clone(all.list)
		slices.Sort(list[min(keep, len(list)):])
		for i, s := range list {
			rank[all.by[s]] = uint32(i)
		}
	}
	for _, n := range each {
		t := make([]uint32, len(n.list))
		for i, s := range n.list {
			t[i] = rank[all.by[s]]
		}
		n.list = nil
		to = append(to, t)
	}
	return list, to
}

// assemble puts batches together: each case's events side by side, by time, then by the order column,
// then as the rows stood.
func assemble(workers []*worker, batches []*batch, read *Reading) *Log {
	var cases, acts, who, is, cycles []*names
	l := &Log{}
	for _, w := range workers {
		cases, acts, who, is, cycles = append(cases, &w.cases), append(acts, &w.activities), append(who, &w.who), append(is, &w.is), append(cycles, &w.lifecycles)
		l.Incomplete += w.incomplete
		l.Zoneless += w.zoneless
	}
	names, caseOf := joined(false, 0, cases...)
	l.Cases = len(names)
	var actOf, whoOf, isOf [][]uint32
	l.Activities, actOf = joined(true, 0, acts...)
	l.Resources, whoOf = joined(true, 1, who...)
	l.Levels, isOf = joined(true, 1, is...)
	l.Lifecycles, _ = joined(true, 0, cycles...)

	l.Off = make([]uint32, l.Cases+1)
	events := 0
	for _, b := range batches {
		events += len(b.cases)
		to := caseOf[b.worker]
		for i, c := range b.cases {
			b.cases[i] = to[c]
			l.Off[to[c]+1]++
		}
	}
	for i := range l.Cases {
		l.Off[i+1] += l.Off[i]
	}
	l.Act, l.At = make([]uint16, events), make([]int64, events)
	if read.hasWho {
		l.Who = make([]uint32, events)
	}
	if read.By != "" {
		l.Is = make([]uint32, events)
	}
	var order []float64
	if read.Order != "" && !asRows(batches) {
		order = make([]float64, events)
	}
	next := slices.Clone(l.Off)
	for n, b := range batches {
		act, who, is := actOf[b.worker], whoOf[b.worker], isOf[b.worker]
		for i, c := range b.cases {
			at := next[c]
			next[c]++
			l.Act[at], l.At[at] = uint16(act[b.act[i]]), b.at[i]
			if l.Who != nil {
				l.Who[at] = who[b.who[i]]
			}
			if l.Is != nil {
				l.Is[at] = is[b.is[i]]
			}
			if order != nil {
				order[at] = b.order.at(i)
			}
		}
		batches[n] = nil
	}
	l.sort(order)
	return l
}

// sort orders the events of each case, and notes what they have in common.
func (l *Log) sort(order []float64) {
	type found struct {
		first, last int64
		ties        int
	}
	parts := make([]found, lanes)
	l.each(func(lane, from, to int) {
		f := found{first: 1<<63 - 1, last: -1 << 63}
		var moved []uint32
		for c := from; c < to; c++ {
			a, z := int(l.Off[c]), int(l.Off[c+1])
			before := func(i, j int) int {
				if d := cmp.Compare(l.At[i], l.At[j]); d != 0 || order == nil {
					return d
				}
				return cmp.Compare(order[i], order[j])
			}
			sorted := true
			for i := a + 1; i < z && sorted; i++ {
				sorted = before(i-1, i) <= 0
			}
			if !sorted {
				moved = moved[:0]
				for i := a; i < z; i++ {
					moved = append(moved, uint32(i))
				}
				slices.SortStableFunc(moved, func(i, j uint32) int { return before(int(i), int(j)) })
				permute(l.Act[a:z], moved, a)
				permute(l.At[a:z], moved, a)
				permute(l.Who, moved, a, z)
				permute(l.Is, moved, a, z)
			}
			for i := a + 1; i < z; i++ {
				if l.At[i] == l.At[i-1] {
					f.ties++
				}
			}
			if z > a {
				f.first, f.last = min(f.first, l.At[a]), max(f.last, l.At[z-1])
			}
		}
		parts[lane] = f
	})
	for i, f := range parts {
		if i == 0 {
			l.First, l.Last = f.first, f.last
		}
		l.First, l.Last = min(l.First, f.first), max(l.Last, f.last)
		l.Ties += f.ties
	}
}

// permute puts a case's values into a new order, whose places count from a. With a and z it takes the
// case's part of a whole column, which may be nil.
func permute[T any](v []T, order []uint32, a int, z ...int) {
	if len(z) > 0 {
		if v == nil {
			return
		}
		v = v[a:z[0]]
	}
	old := slices.Clone(v)
	for i, from := range order {
		v[i] = old[int(from)-a]
	}
}

// lanes is how many parts of a log are looked at side by side. It is fixed, so that sums are the same
// on every machine.
const lanes = 8

// each calls do for parts of the cases, side by side.
func (l *Log) each(do func(lane, from, to int)) {
	var wg sync.WaitGroup
	for lane := range lanes {
		wg.Go(func() { do(lane, l.Cases*lane/lanes, l.Cases*(lane+1)/lanes) })
	}
	wg.Wait()
}
