package app

import (
	"context"
	"fmt"
	"math"

	"attune/core/program"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/disclose"
	"attune/internal/insight"
)

// Outside the care team nobody sees numbers about few people, nor such as they could be computed from (docs/privacy-of-small-groups.md). The
// care team is who may see lists of people.

// seesFew tells whether who asks may see numbers about few people.
func seesFew(ctx context.Context) bool {
	p := api.PrincipalOf(ctx)
	return p.Nobody() || p.May(access.PeopleList)
}

// table is an overlay's counts, and what everybody knows of their sums.
func tableOf(pr *program.Program, v *insight.Overlay) disclose.Table {
	m := &pr.Map
	var t disclose.Table
	cell := func(n, keep int, format string, args ...any) string {
		name := fmt.Sprintf(format, args...)
		t.Cells = append(t.Cells, disclose.Cell{Name: name, N: n, Keep: keep})
		return name
	}
	// never is a zero that the map itself says: it tells nothing of anybody.
	never := func(is bool, name string) string {
		c := &t.Cells[len(t.Cells)-1]
		c.Impossible = is && c.N == 0
		return name
	}
	sum := func(total string, parts ...string) { t.Equations = append(t.Equations, disclose.Sum(total, parts...)) }
	var here []string
	elsewhere := v.People
	for k := range v.Phases {
		p := &v.Phases[k]
		at := cell(p.Here, 4, "%d here", k)
		last := k == len(v.Phases)-1
		overdue := never(m.Phases[k].Expect == 0, cell(p.Overdue, 2, "%d overdue", k))
		sum(at, overdue, cell(p.Here-p.Overdue, 0, "%d in time", k))
		here = append(here, at)
		elsewhere -= p.Here
		entered, on := cell(p.Entered, 6, "%d entered", k), never(last, cell(p.On, 4, "%d on", k))
		sum(entered, on, cell(p.Out, 4, "%d out", k), cell(p.Waiting, 3, "%d waiting", k))
		if p.Waiting == p.Here { // nobody who waits went back, which a reader may guess
			t.Equations = append(t.Equations, disclose.Sum(fmt.Sprintf("%d waiting", k), at))
		}
		parts := []string{never(pr.Leave.IsZero(), cell(p.Left, 0, "%d left program", k)), never(m.Phases[k].Leave.IsZero(), cell(p.Ended, 0, "%d ended", k))}
		for e, n := range p.Exits {
			parts = append(parts, cell(n, 1, "%d exit %d", k, e))
		}
		sum(fmt.Sprintf("%d out", k), parts...)
		never(k == 0 || last, cell(p.Skipped, 0, "%d skipped", k))
		cell(p.Again, 0, "%d again", k)
		never(last, cell(p.Back, 0, "%d back", k))
	}
	sum(cell(v.People, 9, "people"), append(here, cell(elsewhere, 0, "elsewhere"))...)
	into := make([]int, len(v.Phases))
	parts := make([][]string, len(v.Phases))
	for n, fl := range v.Flows {
		parts[fl.To] = append(parts[fl.To], cell(fl.Count, 0, "flow %d", n))
		into[fl.To] += fl.Count
	}
	for k := range v.Phases {
		if p := &v.Phases[k]; len(parts[k]) > 0 && into[k] == p.Entered+p.Again { // then a reader can count on it
			t.Equations = append(t.Equations, disclose.Equation{Left: []string{fmt.Sprintf("%d entered", k), fmt.Sprintf("%d again", k)}, Right: parts[k]})
		}
	}
	for n := range v.Moments {
		x := &v.Moments[n]
		d := &m.Moments[n]
		never(d.Seen.IsZero(), cell(x.Seen, 2, "moment %d seen", n))
		never(d.Seen.IsZero(), cell(x.People, 2, "moment %d people", n))
		none := d.Then == nil || d.Seen.IsZero()
		sum(never(none, cell(x.Made, 2, "moment %d made", n)), never(none, cell(x.Kept, 1, "moment %d kept", n)), never(none, cell(x.KeptLate, 1, "moment %d kept late", n)),
			never(none, cell(x.Late, 1, "moment %d late", n)), never(none, cell(x.Open, 0, "moment %d open", n)))
		cell(x.Asked.N, 0, "moment %d asked", n)
	}
	for n := range v.HandOffs {
		x := &v.HandOffs[n]
		sum(cell(x.Sent, 2, "hand-off %d sent", n), cell(x.Received, 1, "hand-off %d received", n), cell(x.Waiting, 1, "hand-off %d waiting", n), cell(x.Left, 0, "hand-off %d left", n))
	}
	return t
}

// shownOf says which of an overlay's counts may be shown, and by how much they are rounded.
type shownOf struct {
	all   bool
	shown disclose.Shown
	round int
}

func protected(pr *program.Program, v *insight.Overlay, round int) (shownOf, error) {
	s, err := disclose.Rule{}.Protect(tableOf(pr, v))
	return shownOf{shown: s, round: round}, err
}

// of is a count as it may be shown; nil where it may not.
func (s *shownOf) of(n int, format string, args ...any) *int {
	if s.all {
		return &n
	}
	n, shown := s.shown.Rounded(fmt.Sprintf(format, args...), s.round)
	if !shown {
		return nil
	}
	return &n
}

// stay is how long something takes, as it may be shown: of enough people on each side, in whole days.
func (s *shownOf) stay(x insight.Spread, counts ...*int) Stay {
	full := stayOf(x)
	if s.all {
		return full
	}
	for _, c := range counts {
		if c == nil {
			return Stay{}
		}
	}
	if x.Events < disclose.DefaultLeast {
		return Stay{}
	}
	for _, q := range []*float64{full.P25, full.Median, full.P75, full.P90, full.Low, full.High} {
		if q != nil {
			*q = math.Round(*q)
		}
	}
	full.N, full.Events, full.Others, full.Open = nil, nil, nil, nil
	return full
}

// roundedTo is what numbers that change all the time are rounded to outside the care team: else each change would be somebody.
const roundedTo = 5

// hideFew takes out of an overview what tells of few people, for who is outside the care team. What is counted of events and messages by
// kind is left out where it is little, since one event may be of one person; channels' numbers of messages are not people, and stay.
func hideFew(ctx context.Context, o *api.Overview) error {
	if seesFew(ctx) {
		return nil
	}
	var t disclose.Table
	cell := func(n int64, keep int, format string, args ...any) string {
		name := fmt.Sprintf(format, args...)
		t.Cells = append(t.Cells, disclose.Cell{Name: name, N: int(n), Keep: keep})
		return name
	}
	members, in := int64(0), []string(nil)
	cell(o.People, 9, "people")
	for k := range o.Programs {
		p := &o.Programs[k]
		in = append(in, cell(p.Members, 5, "%s", p.ID))
		members += p.Members
		sum, parts := int64(0), []string(nil)
		for n := range p.Phases {
			parts = append(parts, cell(p.Phases[n].N, 2, "%s phase %d", p.ID, n))
			sum += p.Phases[n].N
		}
		if rest := p.Members - sum; rest >= 0 && len(parts) > 0 {
			t.Equations = append(t.Equations, disclose.Sum(p.ID, append(parts, cell(rest, 0, "%s in no phase", p.ID))...))
		}
	}
	if members <= o.People && len(in) > 0 { // nobody is in two programs, which a reader may guess
		t.Equations = append(t.Equations, disclose.Sum("people", append(in, cell(o.People-members, 0, "in no program"))...))
	}
	shown, err := disclose.Rule{}.Protect(t)
	if err != nil {
		return err
	}
	to := func(n *int64, format string, args ...any) (hidden bool) {
		r, ok := shown.Rounded(fmt.Sprintf(format, args...), roundedTo)
		*n = int64(r)
		return !ok
	}
	o.Hidden = to(&o.People, "people")
	for k := range o.Programs {
		p := &o.Programs[k]
		p.Hidden = to(&p.Members, "%s", p.ID)
		for n := range p.Phases {
			x := &p.Phases[n]
			x.Share = 0
			if x.Hidden = to(&x.N, "%s phase %d", p.ID, n); !x.Hidden && !p.Hidden && p.Members > 0 {
				x.Share = int(100 * x.N / p.Members)
			}
		}
		p.Exits = enough(p.Exits)
	}
	o.Events, o.Arrivals, o.Refused, o.Waiting = enough(o.Events), enough(o.Arrivals), enough(o.Refused), enough(o.Waiting)
	o.Total = 0
	for _, x := range [][]api.Count{o.Events, o.Arrivals} {
		for _, c := range x {
			o.Total += c.N
		}
	}
	return nil
}

// enough are the counts that are of enough, rounded. Those that are left out cannot be told from those of nobody.
func enough(all []api.Count) (out []api.Count) {
	for _, c := range all {
		if c.N >= disclose.DefaultLeast {
			out = append(out, api.Count{Name: c.Name, N: (c.N + roundedTo/2) / roundedTo * roundedTo})
		}
	}
	return out
}
