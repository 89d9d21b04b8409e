// Package alarm remembers when each person wants to be looked at, and who is first. It is not safe
// for several goroutines at once.
package alarm

import (
	"container/heap"

	"attune/core/id"
	"attune/core/instant"
)

// Alarms is ready to use as its zero value.
type Alarms struct {
	at   map[id.Person]instant.Time
	heap entries
}

type entry struct {
	at     instant.Time
	person id.Person
}

// Set replaces a person's alarm; Never takes it away.
func (a *Alarms) Set(p id.Person, at instant.Time) {
	if at == instant.Never {
		delete(a.at, p)
		return
	}
	if a.at == nil {
		a.at = map[id.Person]instant.Time{}
	}
	if old, known := a.at[p]; known && old == at {
		return
	}
	a.at[p] = at
	heap.Push(&a.heap, entry{at, p})
}

// Next is the earliest alarm; Never when there is none.
func (a *Alarms) Next() instant.Time {
	for len(a.heap) > 0 {
		top := a.heap[0]
		if at, known := a.at[top.person]; known && at == top.at {
			return top.at
		}
		heap.Pop(&a.heap) // replaced since
	}
	return instant.Never
}

// Pop takes the person with the earliest alarm. Call it only when Next is not Never.
func (a *Alarms) Pop() id.Person {
	a.Next()
	top := heap.Pop(&a.heap).(entry)
	delete(a.at, top.person)
	return top.person
}

// Len counts the people with an alarm.
func (a *Alarms) Len() int { return len(a.at) }

// entries orders by instant, then by person, so that the order is the same everywhere.
type entries []entry

func (h entries) Len() int { return len(h) }
func (h entries) Less(i, j int) bool {
	if h[i].at != h[j].at {
		return h[i].at < h[j].at
	}
	return string(h[i].person[:]) < string(h[j].person[:])
}
func (h entries) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *entries) Push(x any)   { *h = append(*h, x.(entry)) }
func (h *entries) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}
