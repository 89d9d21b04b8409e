package backtest

import (
	"slices"
	"strings"

	"attune/core/id"
	"attune/core/release"
)

// part is what one worker counted.
type part struct {
	// real is the window as it was; tried and other are the versions.
	real, tried, other *tally

	people, arrived, differs int64
	// heard are events of the window that count under every version, leftOut those that do not, by name.
	heard           int64
	leftOut         map[string]int64
	steps, replayed int64
	// newly, noMore and still are people by program and engagement, and by nothing for any.
	newly, noMore, still map[[2]string]int64
	listed               []Listed
}

func (j *job) newPart() *part {
	// What was live last comes first: its names are today's.
	var lived []*release.Release
	for i := len(j.Published) - 1; i >= 0; i-- {
		lived = append(lived, j.Published[i].Release)
	}
	return &part{
		real: newTally(j, lived...), tried: newTally(j, j.Candidate.Release), other: newTally(j, j.Against.Release),
		leftOut: map[string]int64{}, newly: map[[2]string]int64{}, noMore: map[[2]string]int64{}, still: map[[2]string]int64{},
	}
}

// clear forgets the person before.
func (p *part) clear() {
	p.real.clear()
	p.tried.clear()
	p.other.clear()
}

// compare tells who is engaged under one version and not under the other.
func (p *part) compare(who id.Person, list bool) {
	tried, other := p.tried.now.said, p.other.now.said
	for k := range tried {
		if other[k] > 0 {
			p.still[k]++
		} else {
			p.newly[k]++
		}
	}
	for k := range other {
		if tried[k] == 0 {
			p.noMore[k]++
		}
	}
	any := [2]string{}
	switch {
	case len(tried) > 0 && len(other) > 0:
		p.still[any]++
	case len(tried) > 0:
		p.newly[any]++
	case len(other) > 0:
		p.noMore[any]++
	}
	if list {
		p.list(who, tried, other)
	}
}

// list keeps for whom an engagement is new, or is no more.
func (p *part) list(who id.Person, tried, other map[[2]string]int64) {
	from := len(p.listed)
	for k, n := range tried {
		if other[k] == 0 {
			p.listed = append(p.listed, Listed{Person: who, Program: k[0], Engagement: k[1], Candidate: n})
		}
	}
	for k, n := range other {
		if tried[k] == 0 {
			p.listed = append(p.listed, Listed{Person: who, Program: k[0], Engagement: k[1], Against: n})
		}
	}
	slices.SortFunc(p.listed[from:], Listed.compare)
}

func (l Listed) compare(o Listed) int {
	if c := slices.Compare(l.Person[:], o.Person[:]); c != 0 {
		return c
	}
	return strings.Compare(l.Program+"/"+l.Engagement, o.Program+"/"+o.Engagement)
}

func (p *part) add(o *part) {
	p.real.add(o.real)
	p.tried.add(o.tried)
	p.other.add(o.other)
	p.people, p.arrived, p.differs = p.people+o.people, p.arrived+o.arrived, p.differs+o.differs
	p.heard, p.steps, p.replayed = p.heard+o.heard, p.steps+o.steps, p.replayed+o.replayed
	merge(p.leftOut, o.leftOut)
	merge(p.newly, o.newly)
	merge(p.noMore, o.noMore)
	merge(p.still, o.still)
	p.listed = append(p.listed, o.listed...)
}
