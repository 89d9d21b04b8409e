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
	versions := is.Versions
	if slices.ContainsFunc(versions, func(e clinical.Entry) bool { return e.ID != is.As }) {
		versions = slices.Clone(versions)
		for i := range versions {
			versions[i].ID = is.As
		}
	}
	now := clinical.Tell(versions)
	had := is.Told
	stands := standing(had, now, is, clinical.Mixed(versions))
	is.Told = nil
	for i, n := range now {
		if k := stands[i]; k >= 0 {
			is.Told = append(is.Told, had[k])
			continue
		}
		e := n.Event
		if back := is.Back[n.ID]; back > 0 { // what was taken back under one id is never taken under it again
			e.ID += "~" + strconv.Itoa(back)
		}
		is.Told = append(is.Told, told{ID: n.ID, Sent: e.ID, Who: is.about(n.Subject), Is: e})
		out = append(out, t.arrival(is.about(n.Subject), e))
		t.Told++
		t.Events[e.Name]++
	}
	var gone []told
	for k := range had {
		if !slices.Contains(stands, k) {
			gone = append(gone, had[k])
		}
	}
	t.takeBack(is, gone, now)
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

// standing finds, for each event that is so now, which of those told before it is; -1 where none is. Of an entry that came
// in two forms, what was told of the one is not told again in the words of the other.
func standing(had []told, now []clinical.Told, is *noted, mixed bool) []int {
	stands := slices.Repeat([]int{-1}, len(now))
	match := func(same func(was *told, n *clinical.Told) bool) {
		for i := range now {
			who := is.about(now[i].Subject)
			for k := range had {
				if stands[i] < 0 && had[k].Who == who && same(&had[k], &now[i]) && !slices.Contains(stands, k) {
					stands[i] = k
				}
			}
		}
	}
	match(func(was *told, n *clinical.Told) bool { return was.ID == n.ID })
	if mixed {
		match(func(was *told, n *clinical.Told) bool { return clinical.SameHappening(&was.Is, &n.Event) })
	}
	return stands
}
