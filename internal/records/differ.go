package records

import (
	"slices"
	"strconv"

	"attune/core/id"
	"attune/internal/clinical"
	"attune/internal/intake"
)

// tell gathers what is to be told: first what is taken back.
func (t *taking) tell() {
	var told []intake.Arrival
	for _, is := range t.order {
		told = t.differs(told, is)
	}
	t.arrivals = append(t.back, told...)
}

// differs adds what is to be told of an entry and was not, and what was and is not any more.
func (t *taking) differs(out []intake.Arrival, is *noted) []intake.Arrival {
	versions := slices.Clone(is.Versions)
	for i := range versions {
		versions[i].ID = is.As
	}
	now := clinical.Tell(versions)
	had := is.Told
	is.Told = nil
	for _, n := range now {
		who := is.about(n.Subject)
		if k := slices.IndexFunc(had, func(was told) bool { return was.ID == n.ID && was.Who == who }); k >= 0 {
			is.Told = append(is.Told, had[k])
			had = slices.Delete(slices.Clone(had), k, k+1)
			continue
		}
		e := n.Event
		if back := is.Back[n.ID]; back > 0 { // what was taken back under one id is never taken under it again
			e.ID += "~" + strconv.Itoa(back)
		}
		is.Told = append(is.Told, told{ID: n.ID, Sent: e.ID, Who: who, Is: e})
		out = append(out, t.arrival(who, e))
		t.Told++
		t.Events[e.Name]++
	}
	t.takeBack(is, had, now)
	return out
}

// about is the person that an entry's versions mean by a reference.
func (is *noted) about(r clinical.Reference) id.Person {
	for i := len(is.Versions) - 1; i >= 0; i-- {
		if is.Versions[i].Subject == r {
			return is.Who[i]
		}
	}
	return is.person
}
