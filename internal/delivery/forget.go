package delivery

import (
	"slices"

	"attune/core/id"
)

// Forget drops what waits for a person: touches that wait for their gate, and messages that passed it and are not being
// handed over yet. It does not wait for those that are.
func (d *Delivery) Forget(who id.Person) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watch(who, nil)
	for _, l := range d.lanes {
		l.ready = slices.DeleteFunc(l.ready, func(j job) bool { return j.person == who })
	}
}
