package wall

import "strconv"

// Table is all numbers of a poster as rows of cells, for whoever does not see it or wants to compute with them: which part it is of, of which
// phase, lane and name, what is told, and the number. What is hidden on the wall is hidden here, in the same word. Numbers are without marks of
// groups.
func Table(m Model) [][]string {
	t := tabler{m: &m, rows: [][]string{{"part", "phase", "lane", "name", "what", "value"}}}
	for _, f := range m.Phases {
		put := t.of("phase", f.Name, "", f.Name)
		put("here now", t.count(f.Here))
		put("entered", t.count(f.Entered))
		put("went on", t.count(f.On))
		put("wait", t.count(f.Waiting))
		put("left", t.count(f.Left))
		put("skipped it", t.count(f.Skipped))
		put("came back", t.count(f.Loops))
		put("median", f.Median)
		put("expected", f.Expected)
	}
	for i := range m.Moments {
		x := &m.Moments[i]
		put := t.of("moment", t.phase(x.Phase), t.lane(x.Lane), x.Name)
		put("people", t.count(x.Count))
		put("late", t.count(x.Late))
		if x.Guess {
			put("a guess", "1")
		}
		if x.Heat > 0 {
			put("leverage, 1 to 5", strconv.Itoa(x.Heat))
		}
	}
	for _, h := range m.HandOffs {
		if i := m.moment(h.Moment); i >= 0 {
			put := t.of("hand-off", t.phase(m.Moments[i].Phase), t.lane(m.Moments[i].Lane), m.Moments[i].Name+" – "+t.lane(h.To))
			for _, x := range []struct {
				what  string
				value *float64
			}{{"median wait", h.Median}, {"low", h.Low}, {"high", h.High}, {"target", h.Target}} {
				if x.value != nil {
					put(x.what+", "+h.unit(), strconv.FormatFloat(*x.value, 'f', -1, 64))
				}
			}
		}
	}
	for _, list := range []struct {
		part string
		all  []Feeling
	}{{"felt, as planned", m.Planned}, {"felt, as people say", m.Asked}} {
		for _, f := range list.all {
			phase, name := t.phase(f.Phase), ""
			if i := m.moment(f.Moment); i >= 0 {
				phase, name = t.phase(m.Moments[i].Phase), m.Moments[i].Name
			}
			put := t.of(list.part, phase, "", name)
			if f.N == nil || !f.N.Hidden {
				put("from -1 to 1", strconv.FormatFloat(f.Value, 'f', -1, 64))
			}
			put("word", f.Word)
			put("asked", t.count(f.N))
		}
	}
	for _, f := range m.Flags {
		phase, name := t.phase(f.Phase), ""
		if i := m.moment(f.Moment); i >= 0 {
			phase, name = t.phase(m.Moments[i].Phase), m.Moments[i].Name
		}
		t.of("flag", phase, "", name)(strconv.Itoa(f.Number), f.Sentence)
	}
	put := t.of("poster", "", "", m.Title)
	put("version", m.Footer.Version)
	if !m.AsOf.IsZero() {
		put("as of", m.AsOf.Format("2006-01-02T15:04:05Z07:00"))
	}
	put("people", t.count(m.Footer.N))
	put("still on the way", t.count(m.Footer.Censored))
	put("filter", m.Footer.Filter)
	put("note", m.Footer.Note)
	return t.rows
}

type tabler struct {
	m    *Model
	rows [][]string
}

func (t *tabler) of(part, phase, lane, name string) func(what, value string) {
	return func(what, value string) {
		if value != "" {
			t.rows = append(t.rows, []string{part, spoken(phase), spoken(lane), spoken(name), what, spoken(value)})
		}
	}
}

func (t *tabler) count(c *Count) string {
	switch {
	case c == nil:
		return ""
	case c.Hidden:
		return "hidden"
	}
	return strconv.Itoa(c.N)
}

func (t *tabler) phase(id string) string {
	if i := t.m.phase(id); i >= 0 {
		return t.m.Phases[i].Name
	}
	return ""
}

func (t *tabler) lane(id string) string {
	if i := t.m.lane(id); i >= 0 {
		return t.m.Lanes[i].Name
	}
	return ""
}
