package outcomes

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

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
	sizes := &rows{columns: []Column{col("trial", "trial", kindText), col("part", "part", kindText), col("people", "people", kindCount), between(colOf("value", "value each person and month", kindMoney, unitOf(pr))), colOf("cost", "cost of messages", kindMoney, unitOf(pr))}}
	r := &rows{columns: []Column{
		col("trial", "trial", kindText), col("part", "usual against", kindText), col("what", "what", kindText), between(col("usual", "usual", kindNumber)), between(col("other", "the other part", kindNumber)), between(col("more", "more by", kindNumber)),
	}}
	for _, key := range keys {
		x := t.arms[key]
		n := d.count("arm "+key.layer+" "+key.arm, x.people)
		sizes.add(text(trialName(key.layer)), text(key.arm), number(x.people, n), quantity(times(x.value.share(), month), kindMoney, n), quantity(alone(x.cost), kindMoney, n))
		u := t.arms[armKey{key.layer, usual}]
		if key.arm == usual || u == nil {
			continue
		}
		both := []string{n, "arm " + key.layer + " " + usual}
		d.count(both[1], u.people)
		begin := func(what string) []pending {
			return []pending{text(trialName(key.layer)), text(key.arm), text(what)}
		}
		for o := range pr.Outcomes {
			a, b := &u.outcomes[o], &x.outcomes[o]
			r.add(append(begin(outcomeName(&pr.Outcomes[o])+", each hundred people and month"), quantity(times(a.share(), 100*month), kindNumber, both...), quantity(times(b.share(), 100*month), kindNumber, both...), quantity(times(a.more(b), 100*month), kindNumber, both...))...)
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
			needs := append(slices.Clone(both), d.count(fmt.Sprintf("arm %s %s %s", key.layer, usual, said), of[0].n), d.count(fmt.Sprintf("arm %s %s %s", key.layer, key.arm, said), of[1].n))
			r.add(append(begin(said), quantity(of[0].share(), kindNumber, needs...), quantity(of[1].share(), kindNumber, needs...), quantity(of[0].more(of[1]), kindNumber, needs...))...)
		}
		r.add(append(begin("value each person and month, "+unitOf(pr)), quantity(times(u.value.share(), month), kindMoney, both...), quantity(times(x.value.share(), month), kindMoney, both...), quantity(times(u.value.more(&x.value), month), kindMoney, both...))...)
	}
	d.put("parts", "The parts", sizes)
	d.put("compared", "What the usual way brings more", r)
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
		total += x.cost
		p := number(x.sent, n)
		r.add(text("messages by "+key.channel), p, quantity(alone(costOf(pr, key.channel)), kindMoney), quantity(alone(x.cost), kindMoney, n))
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
		gain := times(u.value.more(&x.value), u.value.t)
		back := estimate.Share{Value: gain.Value/total - 1, Lo: gain.Lo/total - 1, Hi: gain.Hi/total - 1}
		both := append(slices.Clone(needs), "arm "+key.layer+" "+key.arm, "arm "+key.layer+" "+usual)
		p := text(returned(back, unit))
		p.counts = both
		r.add(text(trialName(key.layer)), text(key.arm), quantity(gain, kindMoney, both...), quantity(alone(total), kindMoney, needs...), quantity(back, kindShare, both...), p)
	}
	d.put("return", "What came back", r)
}

// returned says a return in words.
func returned(back estimate.Share, unit string) string {
	switch {
	case math.IsNaN(back.Lo):
		return "Too few people to tell."
	case back.Lo > 0:
		return fmt.Sprintf("For each %s spent, %s came back, and surely more than one.", unit, written(back.Value+1, kindMoney))
	case back.Hi < 0:
		return fmt.Sprintf("For each %s spent, %s came back, and surely less than one.", unit, written(max(0, back.Value+1), kindMoney))
	}
	return "Not sure yet: it may have cost more than it brought, or less."
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
	var parts []string
	for _, level := range slices.Sorted(maps.Keys(t.levels)) {
		as := "by " + level + " "
		sum := t.levels[level].sum(pr)
		r.add(append([]pending{text(cmp.Or(level, "not known"))}, sum.headline(d, as)...)...)
		parts = append(parts, as)
	}
	d.addUp("", parts)
	d.put("divided", "", r, Figure{ID: "divided_value", Name: "Value each person and month", Kind: drawsIntervals, Labels: []string{"part"}, Values: []string{"value_month"}},
		Figure{ID: "divided_retained", Name: "Still there after half a year", Kind: drawsIntervals, Labels: []string{"part"}, Values: []string{"retained"}})
}
