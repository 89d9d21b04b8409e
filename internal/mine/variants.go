package mine

import (
	"cmp"
	"math/bits"
	"slices"
)

// ways are the different paths of cases, each known by one case that went it.
type ways struct {
	list []way
	by   map[uint64]int32 // the first of those with the same hash, counted from 1
}

type way struct {
	kase, cases int
	next        int32 // another one with the same hash, counted from 1
}

// add counts cases that went as this one did.
func (w *ways) add(l *Log, kase, cases int) {
	path := l.Act[l.Off[kase]:l.Off[kase+1]]
	h := uint64(len(path))
	for _, x := range path {
		h = (bits.RotateLeft64(h, 23) ^ uint64(x)) * 0x9e3779b97f4a7c15
	}
	first := w.by[h]
	for i := first; i > 0; i = w.list[i-1].next {
		x := &w.list[i-1]
		if slices.Equal(path, l.Act[l.Off[x.kase]:l.Off[x.kase+1]]) {
			x.cases += cases
			return
		}
	}
	w.list = append(w.list, way{kase, cases, first})
	w.by[h] = int32(len(w.list))
}

// variants finds the ways that cases went, and lists the top ones, or all for 0.
func (l *Log) variants(top int) (count int, list []Variant) {
	parts := make([]ways, lanes)
	l.each(func(lane, from, to int) {
		w := ways{by: map[uint64]int32{}}
		for c := from; c < to; c++ {
			w.add(l, c, 1)
		}
		parts[lane] = w
	})
	all := parts[0]
	for i, p := range parts[1:] {
		for _, x := range p.list {
			all.add(l, x.kase, x.cases)
		}
		parts[i+1] = ways{}
	}
	if top <= 0 || top > len(all.list) {
		top = len(all.list)
	}
	path := func(w way) []uint16 { return l.Act[l.Off[w.kase]:l.Off[w.kase+1]] }
	// Activities are numbered by name, so numbers compare as names do.
	order := func(a, b way) int { return cmp.Or(b.cases-a.cases, slices.Compare(path(a), path(b))) }
	// Most logs have many ways of one case, so not all are sorted: twice as many as are wanted, again and again.
	var best []way
	for _, x := range all.list {
		if best = append(best, x); len(best) >= 2*top+1024 {
			slices.SortFunc(best, order)
			best = best[:top]
		}
	}
	slices.SortFunc(best, order)
	best = best[:top]
	list = []Variant{}
	for _, x := range best {
		v := Variant{Cases: x.cases}
		for _, a := range path(x) {
			v.Path = append(v.Path, l.Activities[a])
		}
		list = append(list, v)
	}
	return len(all.list), list
}
