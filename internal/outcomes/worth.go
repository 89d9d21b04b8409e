package outcomes

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"attune/core/program"
	"attune/internal/disclose"
	"attune/internal/estimate"
)

type equation = disclose.Equation

// usual is the part that others are compared with: those who are treated as everybody is.
const usual = "usual"

// withoutIt are the parts to whom a program says nothing but what must be said.
func withoutIt(arm string) bool { return arm == "holdout" || arm == "control" }

// compared holds the parts of trials against each other, as they were drawn.
func (t *Tally) compared(d *draft) {
	pr := t.of.Program
	d.section("trials", "What was changed", "Parts of people that chance drew, counted from the draw on and as they were drawn, also those who left. Only here a difference is the program's doing. "+
		"What is drawn is told in the policy: holdout and control get nothing but what must be said, uniform gets what is drawn evenly.")
	keys := slices.SortedFunc(maps.Keys(t.arms), func(a, b armKey) int {
		return cmp.Or(strings.Compare(a.layer, b.layer), strings.Compare(a.arm, b.arm))
	})
	sizes := &rows{columns: []Column{col("trial", "trial", kindText), col("part", "part", kindText), col("people", "people", kindCount), between(colOf("value", "value each person and month", kindMoney, unitOf(pr)))}}
	r := &rows{columns: []Column{
		col("trial", "trial", kindText), col("part", "usual against", kindText), col("what", "what", kindText), between(col("usual", "usual", kindNumber)), between(col("other", "the other part", kindNumber)), between(col("more", "more by", kindNumber)),
	}}
	values := t.values(d.all)
	for _, layer := range t.layers() {
		t.drawn(d, layer)
	}
	for _, key := range keys {
		x := t.arms[key]
		sizes.add(text(trialName(key.layer)), text(key.arm), number(x.people, key.name("people")), quantity(times(x.value(values), month), kindMoney, key.worth(pr, values)...))
		other := armKey{key.layer, usual}
		u := t.arms[other]
		if key.arm == usual || u == nil {
			continue
		}
		both := []string{key.name("people"), other.name("people")}
		begin := func(what string) []pending {
			return []pending{text(trialName(key.layer)), text(key.arm), text(what)}
		}
		for o := range pr.Outcomes {
			a, b := &u.outcomes[o].rate, &x.outcomes[o].rate
			one, two := other.name(pr.Outcomes[o].ID), key.name(pr.Outcomes[o].ID)
			r.add(append(begin(outcomeName(&pr.Outcomes[o])+", each hundred people and month"), quantity(times(a.share(), 100*month), kindNumber, one), quantity(times(b.share(), 100*month), kindNumber, two), quantity(times(a.more(b), 100*month), kindNumber, one, two))...)
		}
		for m := range pr.Measures {
			a, b := &u.measures[m], &x.measures[m]
			said, of := "change of "+pr.Measures[m].Name, [2]*mean{&a.change, &b.change}
			if pr.Measures[m].Kind == "supply" {
				said, of = "share of days covered by "+pr.Measures[m].Name, [2]*mean{&a.covered, &b.covered}
			}
			if of[0].n < least || of[1].n < least {
				continue
			}
			one, two := d.part(other.name("measured "+pr.Measures[m].ID), of[0].n, both[1], u.people), d.part(key.name("measured "+pr.Measures[m].ID), of[1].n, both[0], x.people)
			r.add(append(begin(said), quantity(of[0].share(), kindNumber, one), quantity(of[1].share(), kindNumber, two), quantity(of[0].more(of[1]), kindNumber, one, two))...)
		}
		one, two := other.worth(pr, values), key.worth(pr, values)
		r.add(append(begin("value each person and month, "+unitOf(pr)), quantity(times(u.value(values), month), kindMoney, one...), quantity(times(x.value(values), month), kindMoney, two...), quantity(times(u.more(x, values), month), kindMoney, append(one, two...)...))...)
	}
	d.put("parts", "The parts", sizes)
	d.put("compared", "What the usual way brings more", r)
}

// name is how a count of a part is named.
func (k armKey) name(what string) string { return "arm " + k.layer + " " + k.arm + " " + what }

// worth are the counts that the value of a part rests on.
func (k armKey) worth(pr *program.Program, values []float64) []string {
	out := []string{k.name("people")}
	for i, v := range values {
		if v != 0 {
			out = append(out, k.name(pr.Outcomes[i].ID))
		}
	}
	return out
}

func (t *armTally) value(values []float64) estimate.Share {
	r := t.reached.of(values)
	return r.share()
}

func (t *armTally) more(o *armTally, values []float64) estimate.Share {
	a, b := t.reached.of(values), o.reached.of(values)
	return a.more(&b)
}

// layers are those in which something was drawn, in order.
func (t *Tally) layers() (out []string) {
	for key := range t.arms {
		if !slices.Contains(out, key.layer) {
			out = append(out, key.layer)
		}
	}
	slices.Sort(out)
	return out
}

// drawn notes the counts of a layer's parts: with who was not drawn they are everybody, and with what came before the draw all there is.
func (t *Tally) drawn(d *draft, layer string) {
	pr := t.of.Program
	people := d.count("people", t.people)
	rest := t.people
	var parts []string
	reached := make([][]string, len(pr.Outcomes))
	before := make([]int, len(pr.Outcomes))
	for o := range pr.Outcomes {
		before[o] = t.outcomes[o].people
	}
	for _, key := range slices.SortedFunc(maps.Keys(t.arms), func(a, b armKey) int { return strings.Compare(a.arm, b.arm) }) {
		if key.layer != layer {
			continue
		}
		x := t.arms[key]
		n := d.count(key.name("people"), x.people)
		parts, rest = append(parts, n), rest-x.people
		for o := range pr.Outcomes {
			reached[o] = append(reached[o], d.part(key.name(pr.Outcomes[o].ID), x.outcomes[o].people, n, x.people))
			before[o] -= x.outcomes[o].people
		}
	}
	d.remainder("not drawn "+layer, rest, people, parts...)
	for o := range pr.Outcomes {
		if before[o] < 0 {
			continue // drawn before they came, and reached before they did
		}
		whole := d.part("outcome "+pr.Outcomes[o].ID, t.outcomes[o].people, people, t.people)
		d.remainder("before "+layer+" "+pr.Outcomes[o].ID, before[o], whole, reached[o]...)
	}
}

func trialName(layer string) string {
	switch layer {
	case "all":
		return "all programs"
	case "program":
		return "this program"
	case "policy":
		return "ways of deciding"
	}
	return "model " + layer
}

// money is what it cost, what one outcome cost, and what came back.
func (t *Tally) money(d *draft) {
	pr := t.of.Program
	unit := unitOf(pr)
	d.section("money", "Cost and return", "Costs are what the program's files say. The cost of an outcome lays the whole cost on each kind of outcome, as if all of it came of the program. "+
		"The return goes by what chance shows was changed: by those who were left without it, where there are some. It is (value gained − cost) ÷ cost; its interval is that of the value.")
	months := max(0, t.of.Period.Until-max(t.of.Period.From, t.first)) / month
	r := &rows{columns: []Column{col("what", "what", kindText), col("n", "how many", kindNumber), colOf("each", "each", kindMoney, unit), colOf("cost", "cost", kindMoney, unit)}}
	total := 0.0
	var needs []string
	for _, key := range sortedResponses(t.channels) {
		x := t.channels[key]
		n := d.things("messages "+key.channel+" sent", x.sent, x.people)
		needs = append(needs, n)
		cost := float64(x.sent) * costOf(pr, key.channel)
		total += cost
		r.add(text("messages by "+key.channel), number(x.sent, n), quantity(alone(costOf(pr, key.channel)), kindMoney), quantity(alone(cost), kindMoney, n))
	}
	came := d.count("came", t.came)
	if pr.Costs.Person > 0 {
		needs = append(needs, came)
		total += pr.Costs.Person * float64(t.came)
		r.add(text("people who came"), number(t.came, came), quantity(alone(pr.Costs.Person), kindMoney), quantity(alone(pr.Costs.Person*float64(t.came)), kindMoney, came))
	}
	if pr.Costs.Month > 0 && !math.IsInf(t.first, 0) {
		total += pr.Costs.Month * months
		r.add(text("months"), quantity(alone(months), kindNumber), quantity(alone(pr.Costs.Month), kindMoney), quantity(alone(pr.Costs.Month*months), kindMoney))
	}
	if len(r.rows) == 0 {
		return
	}
	r.add(text("all of it"), none(), none(), quantity(alone(total), kindMoney, needs...))
	d.put("cost", "What it cost", r)
	if total <= 0 {
		return
	}
	each := &rows{columns: []Column{col("outcome", "outcome", kindText), col("times", "times", kindCount), between(colOf("cost", "cost of one", kindMoney, unit)), colOf("value", "value of one", kindMoney, unit)}}
	for i := range pr.Outcomes {
		o, x := &pr.Outcomes[i], &t.outcomes[i]
		as := "outcome " + o.ID
		d.part(as, x.people, "people", t.people)
		n := d.things(as+" times", int(x.rate.y), x.people)
		each.add(text(outcomeName(o)), number(int(x.rate.y), n), quantity(costOfOne(total, &x.rate), kindMoney, append(slices.Clone(needs), n)...), quantity(alone(o.Value), kindMoney))
	}
	d.put("cost_of_outcomes", "The cost of one outcome", each)
	t.returns(d, total, needs)
}

// costOfOne is a cost over how often something came; that is as uncertain as the count is, by people.
func costOfOne(cost float64, r *ratio) estimate.Share {
	s := estimate.Share{Value: cost / r.y, Lo: math.NaN(), Hi: math.NaN()}
	if r.n < least {
		return s
	}
	n := float64(r.n)
	half := estimate.Z(.95) * math.Sqrt(max(0, r.yy-r.y*r.y/n)*n/(n-1))
	if r.y > half {
		s.Lo, s.Hi = cost/(r.y+half), cost/(r.y-half)
	}
	return s
}

// returns is what came back for what was spent, by each trial that left some without the program.
func (t *Tally) returns(d *draft, total float64, needs []string) {
	pr := t.of.Program
	unit := unitOf(pr)
	values := t.values(d.all)
	r := &rows{columns: []Column{
		col("trial", "trial", kindText), col("part", "usual against", kindText), between(colOf("value", "value gained", kindMoney, unit)), colOf("cost", "cost", kindMoney, unit), between(col("return", "return", kindShare)),
		col("says", "in words", kindText),
	}}
	for _, key := range slices.SortedFunc(maps.Keys(t.arms), func(a, b armKey) int {
		return cmp.Or(strings.Compare(a.layer, b.layer), strings.Compare(a.arm, b.arm))
	}) {
		x, u := t.arms[key], t.arms[armKey{key.layer, usual}]
		if !withoutIt(key.arm) || u == nil {
			continue
		}
		gain := times(u.more(x, values), u.reached.t)
		back := estimate.Share{Value: gain.Value/total - 1, Lo: gain.Lo/total - 1, Hi: gain.Hi/total - 1}
		both := append(append(slices.Clone(needs), key.worth(pr, values)...), armKey{key.layer, usual}.worth(pr, values)...)
		p := text(returned(back, unit))
		p.counts = both
		r.add(text(trialName(key.layer)), text(key.arm), quantity(gain, kindMoney, both...), quantity(alone(total), kindMoney, needs...), quantity(back, kindShare, both...), p)
	}
	d.put("return", "What came back", r)
}

// returned says a return in words.
func returned(back estimate.Share, unit string) string {
	if math.IsNaN(back.Lo) {
		return "Too few people to tell."
	}
	says := fmt.Sprintf("For each %s spent, %s (%s to %s) came back: ", unit, written(back.Value+1, kindMoney), written(back.Lo+1, kindMoney), written(back.Hi+1, kindMoney))
	switch {
	case back.Lo > 0:
		return says + "more than was spent."
	case back.Hi < 0:
		return says + "less than was spent."
	}
	return says + "whether it paid is not sure yet."
}

// divided is the same row for each level of an attribute.
func (t *Tally) divided(d *draft) {
	if t.of.By == "" {
		return
	}
	pr := t.of.Program
	name := t.of.By
	if i := pr.Map.Attribute(t.of.By); i >= 0 {
		name = cmp.Or(pr.Map.Attributes[i].Name, name)
	}
	d.section("divided", "By "+name, "The same row for each part of people. Parts differ in whom they see, so a difference here is no judgement of anybody: attune map leverage compares what can be compared.")
	r := &rows{columns: headline(name, unitOf(pr))}
	values := t.values(d.all)
	var parts []string
	for _, level := range slices.Sorted(maps.Keys(t.levels)) {
		as := "by " + level + " "
		sum := t.levels[level].sum(pr, values)
		r.add(append([]pending{text(cmp.Or(level, "not known"))}, sum.headline(d, as, channelsOf(t))...)...)
		parts = append(parts, as)
	}
	d.addUp("", parts)
	d.put("divided", "", r, Figure{ID: "divided_value", Name: "Value each person and month", Kind: drawsIntervals, Labels: []string{"part"}, Values: []string{"value_month"}},
		Figure{ID: "divided_retained", Name: "Still there after half a year", Kind: drawsIntervals, Labels: []string{"part"}, Values: []string{"retained"}})
}
