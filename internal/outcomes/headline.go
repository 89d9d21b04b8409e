package outcomes

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"attune/core/program"
	"attune/internal/disclose"
	"attune/internal/estimate"
)

// overview is one row for all of it; the same row stands for each part of people and each program of several.
func (t *Tally) overview(d *draft) {
	pr := t.of.Program
	d.section("overview", "In short", "Everybody who was in the program in the period, and what happened in it. Intervals are of 95 %; those of what one person does again and again are by people. "+
		"Where few people are hidden, value leaves out outcomes that fewer than eleven people reached, or all but so few.")
	r := &rows{columns: headline("", unitOf(pr))}
	sum := t.sum(pr, t.values(d.all))
	r.add(append([]pending{text(cmp.Or(pr.Name, pr.ID))}, sum.headline(d, "", channelsOf(t))...)...)
	d.put("overview", "", r)
}

// headline are the columns of the row that sums a part up.
func headline(what, unit string) []Column {
	return []Column{
		col("part", what, kindText), col("people", "people", kindCount), between(colOf("value_month", "value each person and month", kindMoney, unit)),
		between(col("retained", "still there after half a year", kindShare)), between(col("covered", "days with medicine", kindShare)),
		between(col("score", "would recommend, from −100 to 100", kindNumber)), col("messages", "messages", kindCount), colOf("cost", "cost of messages", kindMoney, unit),
	}
}

// values are what each outcome counts: what it is worth. Outcomes of so few people that they are hidden, or of all but so few, are left out,
// so that the value of the others may be told.
func (t *Tally) values(all bool) []float64 {
	out := make([]float64, len(t.outcomes))
	for i := range out {
		if n := t.outcomes[i].people; all || n >= disclose.DefaultLeast && t.people-n >= disclose.DefaultLeast {
			out[i] = t.of.Program.Outcomes[i].Value
		}
	}
	return out
}

// sum is what that row is made of: sums of sums are sums again.
type sum struct {
	people, came, gone int // gone are those who came and left or died within half a year
	value              ratio
	reached            map[string]int // by how many people each outcome was reached that has a value
	spells             []estimate.Spell
	covered            mean
	recommend          momentTally
	sent               map[string]counted // by channel
	cost               float64
	// The counts that the value and the cost of several programs rest on.
	rests, costs []string
}

// halfYear is after how many days it is told who is still there.
const halfYear = 180

func (s *slice) sum(pr *program.Program, values []float64) sum {
	out := sum{people: s.people, came: s.came, gone: goneBy(s.spells, halfYear), value: s.reached.of(values), reached: map[string]int{}, spells: slices.Clone(s.spells), sent: map[string]counted{}}
	for i, v := range values {
		if v != 0 {
			out.reached[pr.Outcomes[i].ID] = s.outcomes[i].people
		}
	}
	for i := range s.measures {
		out.covered.merge(&s.measures[i].covered)
	}
	for key, x := range s.moments {
		if pr.Measures[key.measure].Kind == "recommendation" {
			out.recommend.merge(x)
		}
	}
	for _, key := range sortedResponses(s.channels) {
		x := s.channels[key]
		out.sent[key.channel] = counted{x.sent, x.people}
		out.cost += float64(x.sent) * costOf(pr, key.channel)
	}
	return out
}

func (m *momentTally) merge(o *momentTally) {
	m.promoters, m.passives, m.detractors = m.promoters+o.promoters, m.passives+o.passives, m.detractors+o.detractors
}

// merge adds another program's, whose own row is named as.
func (s *sum) merge(o *sum, as string) {
	s.people, s.came, s.gone, s.cost = s.people+o.people, s.came+o.came, s.gone+o.gone, s.cost+o.cost
	s.value.merge(&o.value)
	for _, id := range slices.Sorted(maps.Keys(o.reached)) {
		s.rests = append(s.rests, as+"outcome "+id)
	}
	for _, c := range slices.Sorted(maps.Keys(o.sent)) {
		s.costs = append(s.costs, as+"messages "+c+" sent")
	}
	s.spells = append(s.spells, o.spells...)
	s.covered.merge(&o.covered)
	s.recommend.merge(&o.recommend)
	if s.sent == nil {
		s.sent = map[string]counted{}
	}
	for c, x := range o.sent {
		s.sent[c] = counted{s.sent[c].n + x.n, max(s.sent[c].people, x.people)}
	}
}

// channelsOf are those over which anything went, in order.
func channelsOf(tallies ...*Tally) (out []string) {
	for _, t := range tallies {
		for key := range t.channels {
			if !slices.Contains(out, key.channel) {
				out = append(out, key.channel)
			}
		}
	}
	slices.Sort(out)
	return out
}

// headline is the row; as is how its counts are named. Over each of the channels something went, if not in this part.
func (s *sum) headline(d *draft, as string, over []string) []pending {
	people := d.count(as+"people", s.people)
	value := append([]string{people}, s.rests...)
	for _, id := range slices.Sorted(maps.Keys(s.reached)) {
		value = append(value, d.part(as+"outcome "+id, s.reached[id], people, s.people))
	}
	row := []pending{number(s.people, people), quantity(times(s.value.share(), month), kindMoney, value...), s.stayed(d, as)}
	row = append(row, quantity(s.covered.share(), kindShare, d.count(as+"covered", s.covered.n)), s.recommend.score(d, as+"recommend"))
	sent, sentBy := 0, 0
	var channels []string
	for _, c := range over {
		x := s.sent[c]
		sent, sentBy = sent+x.n, max(sentBy, x.people)
		channels = append(channels, d.things(as+"messages "+c+" sent", x.n, x.people))
	}
	if as == "" { // the whole is missed more than its parts
		d.keep(people, as+"came", as+goneName(halfYear))
	}
	all := as + "sent"
	if !d.has[all] {
		d.things(all, sent, sentBy)
		if len(channels) > 0 {
			d.sum(all, channels...)
		}
	}
	return append(row, number(sent, all), quantity(alone(s.cost), kindMoney, append(append(channels, all), s.costs...)...))
}

func times(x estimate.Share, by float64) estimate.Share {
	return estimate.Share{Value: x.Value * by, Lo: x.Lo * by, Hi: x.Hi * by}
}

// score is the net promoter score, which rests on all three counts.
func (m *momentTally) score(d *draft, as string) pending {
	n := m.promoters + m.passives + m.detractors
	whole := d.count(as+" asked", n)
	parts := []string{d.count(as+" promoters", m.promoters), d.count(as+" passives", m.passives), d.count(as+" detractors", m.detractors)}
	if !slices.ContainsFunc(d.table.Equations, func(e equation) bool { return e.Left[0] == whole }) {
		d.sum(whole, parts...)
	}
	if n == 0 {
		return quantity(alone(math.NaN()), kindNumber, whole)
	}
	return quantity(score(m.promoters, m.passives, m.detractors), kindNumber, append(parts, whole)...)
}

// stayed is the share that is still there half a year after they came.
func (s *sum) stayed(d *draft, as string) pending {
	came := d.count(as+"came", s.came)
	gone := d.part(as+goneName(halfYear), s.gone, came, s.came)
	if longest(s.spells) < halfYear {
		return quantity(alone(math.NaN()), kindShare, came)
	}
	return quantity(remaining(at(estimate.Incidence(either(s.spells), 1), halfYear)), kindShare, came, gone)
}
