package outcomes

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"attune/core/program"
	"attune/internal/estimate"
)

func col(id, name, kind string) Column { return Column{ID: id, Name: name, Kind: kind} }

func colOf(id, name, kind, unit string) Column {
	return Column{ID: id, Name: name, Kind: kind, Unit: unit}
}

func between(c Column) Column {
	c.Interval = true
	return c
}

// month is how many days months have in the mean.
const month = 30.4375

// Report puts a report together. Everybody is told everything where all is true, else nothing that is of few people.
func (t *Tally) Report(all bool) (*Report, error) {
	pr := t.of.Program
	d := newDraft(all)
	d.count("people", t.people)
	t.overview(d)
	t.answers(d)
	t.conversion(d)
	t.retention(d)
	t.results(d)
	t.adherence(d)
	t.health(d)
	t.experience(d)
	t.change(d)
	t.compared(d)
	t.money(d)
	t.divided(d)
	sections, err := d.finish()
	if err != nil {
		return nil, err
	}
	return &Report{Title: cmp.Or(pr.Name, pr.ID), Sections: sections}, nil
}

func unitOf(pr *program.Program) string { return cmp.Or(pr.Costs.Unit, "points") }

func outcomeName(o *program.Outcome) string { return cmp.Or(o.Name, o.ID) }

func sortedResponses(all map[response]*responseTally) []response {
	return slices.SortedFunc(maps.Keys(all), func(a, b response) int {
		return cmp.Or(strings.Compare(a.channel, b.channel), strings.Compare(a.engagement, b.engagement))
	})
}

// answers is what became of messages, by channel and by what they were about.
func (t *Tally) answers(d *draft) {
	d.section("response", "Messages and answers", "Of messages that were handed over. The last column tells of how many the outcome that the message is for was reached in its time, where that time is over: "+
		"some would have been reached without it. A channel of which nothing is ever reported as opened does not report it.")
	columns := func(what ...Column) []Column {
		return append(what, col("people", "people", kindCount), col("sent", "messages", kindCount), between(col("failed", "failed", kindShare)), between(col("delivered", "delivered", kindShare)),
			between(col("opened", "opened", kindShare)), between(col("clicked", "link followed", kindShare)), between(col("replied", "answered", kindShare)), between(col("complained", "complained", kindShare)),
			between(col("reached", "outcome reached in time", kindShare)))
	}
	byChannel, both := &rows{columns: columns(col("channel", "channel", kindText))}, &rows{columns: columns(col("channel", "channel", kindText), col("engagement", "about", kindText))}
	row := func(as string, x *responseTally) []pending {
		people, sent := d.part(as+" people", x.people, "people", t.people), d.things(as+" sent", x.sent, x.people)
		out := []pending{number(x.people, people), number(x.sent, sent)}
		for _, c := range []struct {
			name string
			of   counted
		}{{"failed", x.failed}, {"delivered", x.delivered}, {"opened", x.opened}, {"clicked", x.clicked}, {"replied", x.replied}, {"complained", x.complained}} {
			if c.of.n == 0 {
				// Whether nobody did or the channel does not tell looks alike.
				p := none()
				p.counts = []string{people}
				out = append(out, p)
				continue
			}
			share := estimate.Wilson(float64(c.of.n), float64(x.sent), .95)
			out = append(out, quantity(share, kindShare, d.things(as+" "+c.name, c.of.n, c.of.people), d.part(as+" "+c.name+" people", c.of.people, people, x.people)))
		}
		if x.due == 0 {
			return append(out, none())
		}
		due := d.part(as+" due people", x.dueBy, people, x.people)
		return append(out, quantity(x.rate.share(), kindShare, d.part(as+" reached people", x.reachedBy, due, x.dueBy), d.things(as+" due", x.due, x.dueBy), d.things(as+" reached", x.reached, x.reachedBy)))
	}
	parts := map[string]map[string][]string{}
	for _, key := range sortedResponses(t.response) {
		as := "message " + key.channel + " " + key.engagement
		both.add(append([]pending{text(key.channel), text(key.engagement)}, row(as, t.response[key])...)...)
		for _, n := range []string{"sent", "failed", "delivered", "opened", "clicked", "replied", "complained", "due", "reached"} {
			if parts[key.channel] == nil {
				parts[key.channel] = map[string][]string{}
			}
			if name := as + " " + n; d.has[name] {
				parts[key.channel][n] = append(parts[key.channel][n], name)
			}
		}
	}
	for _, key := range sortedResponses(t.channels) {
		as := "messages " + key.channel
		byChannel.add(append([]pending{text(key.channel)}, row(as, t.channels[key])...)...)
		for _, n := range slices.Sorted(maps.Keys(parts[key.channel])) {
			if name := as + " " + n; d.has[name] {
				d.sum(name, parts[key.channel][n]...)
			}
		}
	}
	d.put("channels", "By channel", byChannel, Figure{ID: "reached", Name: "Outcome reached in time, by channel", Kind: drawsIntervals, Labels: []string{"channel"}, Values: []string{"reached"}})
	d.put("messages", "By channel and what it is about", both, Figure{ID: "reached_by_engagement", Name: "Outcome reached in time, by what the message was about", Kind: drawsIntervals, Labels: []string{"engagement", "channel"}, Values: []string{"reached"}})
}

// results are the program's outcomes.
func (t *Tally) results(d *draft) {
	pr := t.of.Program
	d.section("outcomes", "Outcomes", "What the program calls success, for everybody who was there, whether anything was said to them or not. A rate is by how long people were there.")
	r := &rows{columns: []Column{
		col("outcome", "outcome", kindText), col("kind", "kind", kindText), col("people", "reached by", kindCount), between(col("share", "of all", kindShare)), col("times", "times", kindCount),
		between(col("rate", "each hundred people and month", kindNumber)), colOf("value", "value", kindMoney, unitOf(pr)),
	}}
	for i := range pr.Outcomes {
		o, x := &pr.Outcomes[i], &t.outcomes[i]
		as := "outcome " + o.ID
		people, n := d.part(as, x.people, "people", t.people), d.things(as+" times", int(x.rate.y), x.people)
		r.add(text(outcomeName(o)), text(o.Kind), number(x.people, people), share(x.people, t.people, people, "people"), number(int(x.rate.y), n),
			quantity(times(x.rate.share(), 100*month), kindNumber, n, people), quantity(alone(x.rate.y*o.Value), kindMoney, n))
	}
	did := &rows{columns: []Column{col("measure", "what people did", kindText), col("people", "people", kindCount), between(col("share", "of all", kindShare)), col("times", "times", kindCount)}}
	for i := range pr.Measures {
		m, x := &pr.Measures[i], &t.measures[i]
		if m.Kind != "activity" {
			continue
		}
		as := "did " + m.ID
		people := d.part(as, x.people, "people", t.people)
		did.add(text(m.Name), number(x.people, people), share(x.people, t.people, people, "people"), number(x.times, d.things(as+" times", x.times, x.people)))
	}
	defer d.put("activity", "What people did", did)
	d.put("outcomes", "", r, Figure{ID: "outcome_share", Name: "Reached by which share of people", Kind: drawsIntervals, Labels: []string{"outcome"}, Values: []string{"share"}})
}

// adherence is the share of days for which people had their medicine.
func (t *Tally) adherence(d *draft) {
	pr := t.of.Program
	d.section("adherence", "Medicine at home", fmt.Sprintf("The proportion of days covered (Pharmacy Quality Alliance): from the first supply on, at most a year, of who was followed for %d days or more and got two supplies or more. "+
		"What is fetched early is put on top. That a doctor ended the treatment is not taken into account.", leastCovered))
	r := &rows{columns: []Column{
		col("measure", "medicine", kindText), col("people", "people", kindCount), between(col("covered", "days covered", kindShare)), col("enough_from", "enough is", kindShare), col("enough", "had enough", kindCount),
		between(col("share", "of them", kindShare)), col("single", "one supply only", kindCount),
	}}
	bins := &rows{columns: []Column{col("measure", "medicine", kindText), col("covered", "days covered", kindText), col("people", "people", kindCount)}}
	for i := range pr.Measures {
		m, x := &pr.Measures[i], &t.measures[i]
		if m.Kind != "supply" || x.covered.n+x.single == 0 {
			continue
		}
		as := "supply " + m.ID
		// Who is measured is a part of all people, and so are those with one supply.
		got := d.part(as+" got", x.covered.n+x.single, "people", t.people)
		n, single := d.count(as, x.covered.n), d.count(as+" single", x.single)
		d.sum(got, n, single)
		good := d.part(as+" enough", x.good, n, x.covered.n)
		if x.covered.n == 0 {
			continue
		}
		r.add(text(m.Name), number(x.covered.n, n), quantity(x.covered.share(), kindShare, n), quantity(alone(m.Enough()), kindShare), number(x.good, good), share(x.good, x.covered.n, good, n), number(x.single, single))
		var parts []string
		for b, k := range x.bins {
			part := d.count(fmt.Sprintf("%s bin %d", as, b), k)
			parts = append(parts, part)
			bins.add(text(m.Name), text(fmt.Sprintf("%d to %d %%", 20*b, 20*b+20)), number(k, part))
		}
		d.sum(n, parts...)
	}
	d.put("adherence", "", r)
	d.put("covered", "How they are spread", bins, Figure{ID: "covered", Name: "People by their share of days covered", Kind: drawsColumns, Labels: []string{"measure", "covered"}, Values: []string{"people"}})
}

// health is how measures of the body, and what patients tell, changed.
func (t *Tally) health(d *draft) {
	pr := t.of.Program
	d.section("health", "Health", fmt.Sprintf("From the first value in the period to the last, of who has two that are %d days or more apart. A change matters from the number on that the team gave (the least important difference to patients). "+
		"Without a comparison a change is no effect: who is measured because they are ill gets better by itself.", apart))
	r := &rows{columns: []Column{
		col("measure", "measure", kindText), col("unit", "in", kindText), col("people", "people", kindCount), col("first", "at first", kindNumber), col("last", "at last", kindNumber),
		between(col("change", "change", kindNumber)), col("matters", "matters from", kindNumber), col("better", "better", kindCount), between(col("better_share", "of them", kindShare)), col("worse", "worse", kindCount), between(col("worse_share", "of them", kindShare)),
		col("goal", "goal", kindText), between(col("at_goal", "at the goal at last", kindShare)),
	}}
	for i := range pr.Measures {
		m, x := &pr.Measures[i], &t.measures[i]
		if m.Kind != "clinical" && m.Kind != "reported" || x.people == 0 {
			continue
		}
		as := "measure " + m.ID
		people := d.part(as+" measured", x.people, "people", t.people)
		n := d.part(as, x.change.n, people, x.people)
		row := []pending{text(m.Name), text(m.Unit), number(x.change.n, n)}
		if x.change.n == 0 {
			row = append(row, none(), none(), none())
		} else {
			row = append(row, quantity(alone(x.first.value()), kindNumber, n), quantity(alone(x.last.value()), kindNumber, n), quantity(x.change.share(), kindNumber, n))
		}
		if m.Matters > 0 {
			better, worse, same := d.count(as+" better", x.better), d.count(as+" worse", x.worse), d.count(as+" same", x.change.n-x.better-x.worse)
			d.sum(n, better, worse, same)
			row = append(row, quantity(alone(m.Matters), kindNumber), number(x.better, better), share(x.better, x.change.n, better, n), number(x.worse, worse), share(x.worse, x.change.n, worse, n))
		} else {
			row = append(row, none(), none(), none(), none(), none())
		}
		if m.Good != nil {
			way := "at least "
			if m.Lower {
				way = "at most "
			}
			row = append(row, text(way+written(*m.Good, kindNumber)), share(x.good, x.goodOf, d.part(as+" good", x.good, people, x.people), people))
		} else {
			row = append(row, none(), none())
		}
		r.add(row...)
	}
	d.put("health", "", r, Figure{ID: "better", Name: "Better, or worse, by an amount that matters", Kind: drawsIntervals, Labels: []string{"measure"}, Values: []string{"better_share", "worse_share"}})
}

// experience is what people said of moments, when asked.
func (t *Tally) experience(d *draft) {
	pr := t.of.Program
	d.section("experience", "How it was for people", "What people said when they were asked about a moment; the last word of each counts. Who answers is not everybody. The score of recommending is the share of 9 and 10 less that of 0 to 6.")
	keys := slices.SortedFunc(maps.Keys(t.moments), func(a, b about) int {
		return cmp.Or(cmp.Compare(a.measure, b.measure), cmp.Compare(pr.Map.Moment(a.moment), pr.Map.Moment(b.moment)), strings.Compare(a.moment, b.moment), strings.Compare(a.code, b.code))
	})
	name := func(moment string) string {
		if i := pr.Map.Moment(moment); i >= 0 {
			return pr.Map.Moments[i].Name
		}
		return cmp.Or(moment, "–")
	}
	asked := &rows{columns: []Column{
		col("measure", "measure", kindText), col("kind", "kind", kindText), col("moment", "moment", kindText), col("people", "people", kindCount), between(col("mean", "mean", kindNumber)),
		col("goal", "good is", kindText), between(col("good", "good", kindShare)),
	}}
	recommend := &rows{columns: []Column{
		col("measure", "measure", kindText), col("moment", "moment", kindText), col("people", "people", kindCount), col("promoters", "9 and 10", kindCount), col("passives", "7 and 8", kindCount), col("detractors", "0 to 6", kindCount),
		between(col("score", "score", kindNumber)),
	}}
	hard := &rows{columns: []Column{
		col("measure", "measure", kindText), col("moment", "moment", kindText), col("what", "what it was", kindText), col("people", "people", kindCount), col("bad", "of them bad", kindCount),
	}}
	var told []string
	for _, key := range keys {
		m, x := &pr.Measures[key.measure], t.moments[key]
		as := fmt.Sprintf("asked %s %s %s", m.ID, key.moment, key.code)
		switch m.Kind {
		case "recommendation":
			score := x.score(d, as)
			told = append(told, as)
			recommend.add(text(m.Name), text(name(key.moment)), number(x.value.n, as+" asked"), number(x.promoters, as+" promoters"), number(x.passives, as+" passives"), number(x.detractors, as+" detractors"), score)
		case "incident":
			n := d.part(as, x.value.n, "people", t.people)
			hard.add(text(m.Name), text(name(key.moment)), text(cmp.Or(key.code, "–")), number(x.value.n, n), number(x.negative, d.part(as+" bad", x.negative, n, x.value.n)))
		default:
			n := d.part(as, x.value.n, "people", t.people)
			row := []pending{text(m.Name), text(m.Kind), text(name(key.moment)), number(x.value.n, n), quantity(x.value.share(), kindNumber, n)}
			if m.Good == nil {
				asked.add(append(row, none(), none())...)
				continue
			}
			way := "at least "
			if m.Lower {
				way = "at most "
			}
			asked.add(append(row, text(way+written(*m.Good, kindNumber)), share(x.good, x.value.n, d.part(as+" good", x.good, n, x.value.n), n))...)
		}
	}
	for _, n := range []string{" asked", " promoters", " passives", " detractors"} {
		var of []string
		for _, as := range told {
			of = append(of, as+n)
		}
		if len(of) > 0 {
			d.sum("recommend"+n, of...)
		}
	}
	d.put("experience", "Satisfaction, effort and feelings, by moment", asked, Figure{ID: "good", Name: "Good, by moment", Kind: drawsIntervals, Labels: []string{"measure", "moment"}, Values: []string{"good"}})
	d.put("recommend", "Would they recommend it", recommend, Figure{ID: "score", Name: "Score of recommending", Kind: drawsIntervals, Labels: []string{"measure", "moment"}, Values: []string{"score"}})
	d.put("hindered", "What made it hard", hard)
	r := &rows{columns: []Column{col("outcome", "outcome", kindText), col("people", "people", kindCount), between(col("share", "of all", kindShare))}}
	for i := range pr.Outcomes {
		if o, x := &pr.Outcomes[i], &t.outcomes[i]; o.Kind == "recommendation" {
			as := "outcome " + o.ID
			r.add(text(outcomeName(o)), number(x.people, as), share(x.people, t.people, as, "people"))
		}
	}
	d.put("advocacy", "Who stands up for it", r)
}

// change is how people moved through the stages of change.
func (t *Tally) change(d *draft) {
	d.section("stages", "Stages of change", "Of whom something was learned in the period: from the first stage that was believed in to the last. Stages are inferred from what people do and say; who did nothing that tells is not counted.")
	r := &rows{columns: []Column{
		col("behavior", "behavior", kindText), col("people", "people", kindCount), col("forward", "further", kindCount), between(col("forward_share", "of them", kindShare)), col("back", "back", kindCount), between(col("back_share", "of them", kindShare)),
	}}
	ways := &rows{columns: []Column{col("behavior", "behavior", kindText), col("from", "from", kindText), col("to", "to", kindText), col("people", "people", kindCount)}}
	for _, b := range slices.Sorted(maps.Keys(t.stages)) {
		x := t.stages[b]
		as := "stage " + b
		n := d.part(as, x.people, "people", t.people)
		forward, back, same := d.count(as+" forward", x.forward), d.count(as+" back", x.back), d.count(as+" same", x.people-x.forward-x.back)
		d.sum(n, forward, back, same)
		r.add(text(b), number(x.people, n), number(x.forward, forward), share(x.forward, x.people, forward, n), number(x.back, back), share(x.back, x.people, back, n))
		parts := map[int][]string{}
		for _, way := range slices.SortedFunc(maps.Keys(x.moves), func(a, b [2]string) int {
			return cmp.Or(cmp.Compare(readiness(a[0]), readiness(b[0])), cmp.Compare(readiness(a[1]), readiness(b[1])))
		}) {
			part := d.count(as+" "+way[0]+" to "+way[1], x.moves[way])
			sign := cmp.Compare(readiness(way[1]), readiness(way[0]))
			parts[sign] = append(parts[sign], part)
			ways.add(text(b), text(way[0]), text(way[1]), number(x.moves[way], part))
		}
		for sign, whole := range []string{back, same, forward} {
			if of := parts[sign-1]; len(of) > 0 {
				d.sum(whole, of...)
			}
		}
	}
	d.put("stages", "", r, Figure{ID: "moved", Name: "Further, and back", Kind: drawsIntervals, Labels: []string{"behavior"}, Values: []string{"forward_share", "back_share"}})
	d.put("moves", "From which stage to which", ways)
}
