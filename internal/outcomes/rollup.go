package outcomes

import (
	"cmp"
	"slices"

	"attune/core/program"
)

// RollUp is a row for each program, for each standard that several are under (a house, a region, a brand), and for all. Who is in two programs
// counts in each.
func RollUp(title string, programs []*Tally, all bool) (*Report, error) {
	d, over := newDraft(all), channelsOf(programs...)
	d.section("programs", "Programs", "One row for each program: everybody who was in it in the period. Who is in two programs counts in each. Values are in each program's own unit; they are added up where it is the same.")
	r := &rows{columns: append(headline("program", ""), col("unit", "values are in", kindText))}
	for _, t := range programs {
		as := "program " + t.of.Program.ID + " "
		s := t.sum(t.of.Program, t.values(all))
		r.add(append(append([]pending{text(cmp.Or(t.of.Program.Name, t.of.Program.ID))}, s.headline(d, as, over)...), text(unitOf(t.of.Program)))...)
	}
	levels := &rows{columns: append(headline("level", ""), col("unit", "values are in", kindText), col("programs", "programs", kindNumber))}
	level := func(name, as string, of []*Tally) {
		s, unit, parts := sum{}, "", []string(nil)
		for i, t := range of {
			one := t.sum(t.of.Program, t.values(all))
			as := "program " + t.of.Program.ID + " "
			s.merge(&one, as)
			parts = append(parts, as)
			if u := unitOf(t.of.Program); i == 0 || u == unit {
				unit = u
			} else {
				unit = "several units"
			}
		}
		row := s.headline(d, as, over)
		d.addUp(as, parts)
		if unit == "several units" {
			row[1], row[6] = none(), none()
		}
		levels.add(append(append([]pending{text(name)}, row...), text(unit), quantity(alone(float64(len(of))), kindNumber))...)
	}
	for _, st := range standardsOf(programs) {
		var of []*Tally
		for _, t := range programs {
			if under(t.of.Program, st.ID) {
				of = append(of, t)
			}
		}
		level(cmp.Or(st.Name, st.ID), "standard "+st.ID+" ", of)
	}
	level("all programs", "all ", programs)
	d.put("programs", "", r, Figure{ID: "programs_retained", Name: "Still there after half a year", Kind: drawsIntervals, Labels: []string{"part"}, Values: []string{"retained"}})
	d.section("levels", "Regions, brands and the house", "Sums over the programs under each standard, and over all.")
	d.put("levels", "", levels)
	sections, err := d.finish()
	if err != nil {
		return nil, err
	}
	return &Report{Title: title, Sections: sections}, nil
}

// standardsOf are all that programs are under, the widest first.
func standardsOf(programs []*Tally) (out []program.Standard) {
	for _, t := range programs {
		for _, s := range t.of.Program.Standards {
			if !slices.ContainsFunc(out, func(o program.Standard) bool { return o.ID == s.ID }) {
				out = append(out, s)
			}
		}
	}
	return out
}

func under(pr *program.Program, standard string) bool {
	return slices.ContainsFunc(pr.Standards, func(s program.Standard) bool { return s.ID == standard })
}
