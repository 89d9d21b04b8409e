package outcomes

import (
	"fmt"
	"math"
	"slices"

	"attune/core/journeymap"
	"attune/core/program"
	"attune/internal/disclose"
	"attune/internal/estimate"
)

func goneName(day float64) string { return fmt.Sprintf("gone by %g", day) }

// goneBy counts who has left or died so many days after they came.
func goneBy(spells []estimate.Spell, day float64) (n int) {
	for _, x := range spells {
		if x.Cause != 0 && x.Time <= day {
			n++
		}
	}
	return n
}

// either makes one cause of all.
func either(spells []estimate.Spell) []estimate.Spell {
	out := slices.Clone(spells)
	for i := range out {
		out[i].Cause = min(out[i].Cause, 1)
	}
	return out
}

func longest(spells []estimate.Spell) (most float64) {
	for _, x := range spells {
		most = max(most, x.Time)
	}
	return most
}

// at is the probability of what a curve is of, by so many days.
func at(curve []estimate.Incident, day float64) (s estimate.Share) {
	for _, x := range curve {
		if x.Time > day {
			break
		}
		s = estimate.LogLog(x.F, x.StdErr, .95)
	}
	return s
}

func remaining(s estimate.Share) estimate.Share {
	return estimate.Share{Value: 1 - s.Value, Lo: 1 - s.Hi, Hi: 1 - s.Lo}
}

// conversion is who went on from each phase, where leaving may come first.
func (t *Tally) conversion(d *draft) {
	m := &t.of.Program.Map
	d.section("conversion", "From phase to phase", "Of passages that began in the period: entered = moved on + left + waiting. The share that moves on is within the phase's horizon, or as long as anybody was followed; it is the cumulative incidence (Aalen and Johansen), which knows that some wait and some left.")
	r := &rows{columns: []Column{
		col("phase", "phase", kindText), col("entered", "entered", kindCount), col("moved_on", "moved on", kindCount), col("left", "left", kindCount), col("waiting", "waiting", kindCount),
		colOf("horizon", "within", kindNumber, "days"), between(col("converted", "so many move on", kindShare)), colOf("median", "half have moved on after", kindNumber, "days"),
	}}
	for k := range m.Phases {
		spells := slices.Clone(t.phases[k])
		if len(spells) == 0 {
			continue
		}
		on, left := 0, 0
		for _, x := range spells {
			switch x.Cause {
			case 1:
				on++
			case 2:
				left++
			}
		}
		as := "phase " + m.Phases[k].ID
		entered := d.count(as, len(spells))
		last := k == len(m.Phases)-1
		if last {
			d.impossible(as + " on")
		}
		parts := []string{d.count(as+" on", on), d.count(as+" left", left), d.count(as+" waiting", len(spells)-on-left)}
		d.sum(entered, parts...)
		row := []pending{text(m.Phases[k].Name), number(len(spells), entered), number(on, parts[0]), number(left, parts[1]), number(len(spells)-on-left, parts[2])}
		if last {
			r.add(append(row, none(), none(), none())...)
			continue
		}
		// Of longer than anybody was followed nothing is known. Where few went on later than in time, those who went on and those who did in
		// time would tell of them: then it is told of all who went on.
		most := 30 * math.Ceil(longest(spells)/30)
		h := min(Horizon(t.of.Program, k), most)
		later := 0
		for _, x := range spells {
			if x.Cause == 1 && x.Time > h {
				later++
			}
		}
		if !d.all && later < disclose.DefaultLeast {
			h, later = most, 0
		}
		intime := d.count(as+" on in time", on-later)
		d.remainder(as+" on later", later, parts[0], intime)
		row = append(row, quantity(alone(h), kindNumber), quantity(at(estimate.Incidence(spells, 1), h), kindShare, append(parts, intime)...))
		median := math.NaN()
		for _, x := range estimate.Incidence(spells, 1) {
			if x.F >= .5 {
				median = math.Round(x.Time)
				break
			}
		}
		r.add(append(row, quantity(alone(median), kindNumber, parts...))...)
	}
	d.put("conversion", "", r, Figure{ID: "converted", Name: "Moves on within the horizon", Kind: drawsIntervals, Labels: []string{"phase"}, Values: []string{"converted"}},
		Figure{ID: "passages", Name: "What became of those who entered", Kind: drawsParts, Labels: []string{"phase"}, Values: []string{"moved_on", "waiting", "left"}})
}

// Horizon is within how many days somebody should have gone on from a phase.
func Horizon(pr *program.Program, phase int) float64 {
	p := &pr.Map.Phases[phase]
	if p.Horizon > 0 {
		return days(p.Horizon)
	}
	return max(180, 3*days(p.Expect))
}

// retention is who is still there, how long after they came.
func (t *Tally) retention(d *draft) {
	d.section("retention", "Who stays", "Of those who came in the period: who is still there, who left (took the program's consent back, or left by one of the map's exits), and who died, after so many days. "+
		"Who came late was not followed long, and counts as long as they were. Where few people are hidden, days are left out in which fewer than eleven people went.")
	if len(t.spells) == 0 {
		return
	}
	came := d.count("came", t.came)
	r := &rows{columns: []Column{
		colOf("day", "after", kindNumber, "days"), col("followed", "followed longer", kindCount), between(col("there", "still there", kindShare)), between(col("left", "left", kindShare)), between(col("died", "died", kindShare)),
	}}
	gone, left, died := estimate.Incidence(either(t.spells), 1), estimate.Incidence(slices.Clone(t.spells), int(Left)), estimate.Incidence(slices.Clone(t.spells), int(Died))
	nobodyDies := !slices.ContainsFunc(t.of.Program.Map.Exits, func(e journeymap.Exit) bool { return e.Final() })
	r.add(quantity(alone(0), kindNumber), number(t.came, came), quantity(alone(1), kindShare), quantity(alone(0), kindShare), quantity(alone(0), kindShare))
	before, last, told := came, 0.0, t.daysTold(d.all)
	for i, day := range told {
		longer, ends, step, how := t.until(last, day)
		name := func(what string) string { return fmt.Sprintf("%s by %g", what, day) }
		followed := d.count(name("followed"), longer)
		whole := d.part(goneName(day), how[Left]+how[Died], came, t.came)
		d.keep(whole)
		d.sum(before, followed, d.count(name("went"), step), d.count(name("ends"), ends))
		row := []pending{quantity(alone(day), kindNumber), number(longer, followed), quantity(remaining(at(gone, day)), kindShare, whole)}
		if d.all || i == len(told)-1 { // what each way out is of few on most days
			if nobodyDies && how[Died] == 0 {
				d.impossible(name("died"))
			}
			d.sum(whole, d.count(name("left"), how[Left]), d.count(name("died"), how[Died]))
			row = append(row, quantity(at(left, day), kindShare, name("left")), quantity(at(died, day), kindShare, name("died")))
		} else {
			row = append(row, concealed(), concealed())
		}
		r.add(row...)
		before, last = followed, day
	}
	d.put("retention", "", r, Figure{ID: "staying", Name: "Still there, by days since they came", Kind: drawsCurve, Labels: []string{"day"}, Values: []string{"there"}})
}

// until counts who was followed for longer than up to a day; whose time ended after another, because it is not known further or because they
// went; and how everybody had gone by the day.
func (t *Tally) until(from, day float64) (longer, ends, went int, how [3]int) {
	for _, x := range t.spells {
		step := (x.Time > from || from == 0) && x.Time <= day
		switch {
		case x.Time > day:
			longer++
		case x.Cause != 0:
			how[x.Cause]++
			if step {
				went++
			}
		case step:
			ends++
		}
	}
	return longer, ends, went, how
}

// daysTold are the days after which it is told who is still there: a month apart or more. Where few are hidden, enough went between any two.
func (t *Tally) daysTold(all bool) (out []float64) {
	end, step := longest(t.spells), 30.0
	for end/step > 25 {
		step *= 2
	}
	var days []float64
	for day := step; day <= end; day += step {
		days = append(days, day)
	}
	if end >= halfYear && !slices.Contains(days, halfYear) {
		days = append(days, halfYear)
		slices.Sort(days)
	}
	if all {
		return days
	}
	// Half a year is told elsewhere too: from there on in both directions.
	least := disclose.DefaultLeast
	anchor := slices.Index(days, halfYear)
	gone := 0
	if anchor >= 0 {
		out = append(out, halfYear)
		next := goneBy(t.spells, halfYear)
		gone = next
		for i := anchor - 1; i >= 0; i-- {
			if n := goneBy(t.spells, days[i]); n >= least && next-n >= least {
				out, next = append(out, days[i]), n
			}
		}
		slices.Reverse(out)
	}
	for _, day := range days[anchor+1:] {
		if n := goneBy(t.spells, day); n-gone >= least {
			out, gone = append(out, day), n
		}
	}
	return out
}
