package backtest

import (
	"fmt"
	"slices"
	"strings"

	"attune/core/instant"
	"attune/internal/chart"
)

// table is one thing counted of three kinds of lives, a row each: under the candidate, under the version it
// is held against, and as it was. The page and the terminal show the same ones.
type table struct {
	Title, What string
	Rows        []row
}

// row is one line of a table.
type row struct {
	Name string
	N    [3]int64
	// Odd marks what does not add up.
	Odd bool
}

// Diff is how much more there is under the candidate.
func (r row) Diff() int64 { return r.N[0] - r.N[1] }

// signed is a difference with its sign; nothing where there is none.
func signed(n int64) string {
	switch {
	case n > 0:
		return "+" + chart.Grouped(n)
	case n < 0:
		return chart.Grouped(n)
	}
	return ""
}

// Most is the largest number of a table.
func (t table) Most() int64 {
	most := int64(1)
	for _, r := range t.Rows {
		most = max(most, r.N[0], r.N[1], r.N[2])
	}
	return most
}

// put adds to a row, made if there is none of that name.
func (t *table) put(name string, of int, n int64) {
	i := slices.IndexFunc(t.Rows, func(r row) bool { return r.Name == name })
	if i < 0 {
		i = len(t.Rows)
		t.Rows = append(t.Rows, row{Name: name})
	}
	t.Rows[i].N[of] += n
}

func (t *table) putAll(prefix string, of int, counts []Count) {
	for _, c := range counts {
		t.put(prefix+c.Name, of, c.Count)
	}
}

// sides are the three, in the order of the columns.
func (r *Result) sides() [3]*Counts {
	return [3]*Counts{&r.Candidate.Counts, &r.Against.Counts, &r.Happened}
}

func columnNames() [3]string { return [3]string{"tried", "against", "really"} }

// each makes a table by asking every side.
func (r *Result) each(title, what string, fill func(t *table, of int, c *Counts)) table {
	t := table{Title: title, What: what}
	for of, c := range r.sides() {
		fill(&t, of, c)
	}
	return t
}

// several tells that the result is of more than one program, so that names need theirs.
func (r *Result) several() bool {
	programs := map[string]bool{}
	for _, c := range r.sides() {
		for _, j := range c.Journeys {
			programs[j.Program] = true
		}
		for _, e := range c.Engagements {
			programs[e.Program] = true
		}
	}
	return len(programs) > 1
}

func (r *Result) name(program, name string) string {
	if r.several() {
		return program + "/" + name
	}
	return name
}

func (r *Result) summary() table {
	return r.each("Summary", "What", func(t *table, of int, c *Counts) {
		t.put("people to whom anything was said", of, c.Touched)
		t.put("touches handed over", of, c.Touches.HandedOver)
		t.put("messages, calls and visits they went in", of, c.Messages)
		t.put("decisions", of, c.Decisions)
		t.put("proposals", of, c.Proposals)
	})
}

func (r *Result) balance() table {
	t := r.each("Every touch: under way before + decided + put back = handed over + ended + under way at the end", "Touches", func(t *table, of int, c *Counts) {
		b := c.Touches
		t.put("under way before", of, b.Before)
		t.put("decided", of, b.Decided)
		t.put("put back by somebody", of, b.PutBack)
		t.put("handed over", of, b.HandedOver)
		t.put("ended before that", of, b.Ended)
		t.put("under way at the end", of, b.Waiting)
	})
	for _, c := range r.sides() {
		t.Rows[0].Odd = t.Rows[0].Odd || !c.Touches.Balanced()
	}
	return t
}

func (r *Result) engagements() []table {
	return []table{
		r.each("Touches by engagement and channel", "Engagement", func(t *table, of int, c *Counts) {
			for _, e := range c.Engagements {
				t.put(r.name(e.Program, e.Engagement)+" by "+e.Channel, of, e.Touches)
			}
		}),
		r.each("People by engagement and channel", "Engagement", func(t *table, of int, c *Counts) {
			for _, e := range c.Engagements {
				t.put(r.name(e.Program, e.Engagement)+" by "+e.Channel, of, e.People)
			}
		}),
	}
}

func (r *Result) refusals() []table {
	word := func(x Refusal) string {
		s := r.name(x.Program, x.Engagement) + ": " + x.Says
		if x.Late {
			s += " (after it was decided)"
		}
		return s
	}
	return []table{
		r.each("Refusals: what was proposed and did not happen, and why", "Engagement and reason", func(t *table, of int, c *Counts) {
			for _, x := range c.Refusals {
				t.put(word(x), of, x.Count)
			}
		}),
		r.each("Limits hit", "Limit", func(t *table, of int, c *Counts) {
			for _, x := range c.Limits {
				t.put(x.Reason+" ("+x.Detail+")", of, x.Count)
			}
		}),
		r.each("Waits: how often touches were put off, and how long", "Reason", func(t *table, of int, c *Counts) {
			for _, x := range c.Waits {
				name := strings.ReplaceAll(x.Reason, "_", " ")
				t.put(name+": times", of, x.Count)
				t.put(name+": hours, half of them at most", of, max(0, x.Median))
				t.put(name+": hours, the longest", of, max(0, x.Most))
				if x.Open > 0 {
					t.put(name+": until somebody ends it", of, x.Open)
				}
			}
		}),
	}
}

func (r *Result) loads() table {
	return r.each("Load", "What", func(t *table, of int, c *Counts) {
		for _, l := range c.Loads {
			name := l.Name
			switch l.Kind {
			case ofTeam:
				name = "team " + l.Name
			case ofTask:
				name = "tasks for " + l.Name
			}
			t.put(name, of, l.Count)
			t.put(name+": on the fullest day", of, l.Peak)
			if l.PerDay >= 0 {
				t.put(name+": places a day", of, l.PerDay)
				t.put(name+": days with more than that", of, l.OverDays)
				t.put(name+": contacts beyond that", of, l.Over)
			}
		}
	})
}

// fullest says when the fullest days were.
func (r *Result) fullest() (out []string) {
	for of, c := range r.sides() {
		var days []string
		for _, l := range c.Loads {
			if l.Peak > 0 {
				days = append(days, fmt.Sprintf("%s %s with %s", l.Name, l.PeakDay, chart.Grouped(l.Peak)))
			}
		}
		if len(days) > 0 {
			out = append(out, columnNames()[of]+": "+strings.Join(days, ", "))
		}
	}
	return out
}

func (r *Result) journeys() (out []table) {
	seen := map[string]bool{}
	for _, c := range r.sides() {
		for _, j := range c.Journeys {
			if key := j.Program + "/" + j.Journey; !seen[key] {
				seen[key] = true
				if t := r.journey(j.Program, j.Journey); len(t.Rows) > 0 {
					out = append(out, t)
				}
			}
		}
	}
	return out
}

func (r *Result) journey(program, id string) table {
	odd := false
	t := r.each("Journey "+r.name(program, id)+": under way before + entered = finished + left + waiting", "Passages", func(t *table, of int, c *Counts) {
		for _, j := range c.Journeys {
			if j.Program != program || j.Journey != id {
				continue
			}
			odd = odd || !j.Balanced()
			t.put("under way before", of, j.Before)
			t.put("entered", of, j.Entered)
			t.putAll("finished: ", of, j.Finished)
			t.putAll("left: ", of, j.Left)
			t.putAll("waiting at the end: ", of, j.Waiting)
			t.putAll("needs attention: ", of, j.Stuck)
			if j.Restarted > 0 {
				t.put("began again", of, j.Restarted)
			}
		}
	})
	for i := range t.Rows {
		t.Rows[i].Odd = odd && i == 0
	}
	order := []string{"under way", "entered", "finished", "left", "waiting", "needs", "began"}
	slices.SortStableFunc(t.Rows, func(a, b row) int {
		at := func(x row) int {
			return slices.IndexFunc(order, func(o string) bool { return strings.HasPrefix(x.Name, o) })
		}
		return at(a) - at(b)
	})
	return t
}

func (r *Result) phases() table {
	return r.each("Phases", "Phase", func(t *table, of int, c *Counts) {
		for _, p := range c.Phases {
			name := p.Phase
			if name == "" {
				name = "before any phase"
			}
			t.put(r.name(p.Program, name)+": entered", of, p.Entered)
			t.put(r.name(p.Program, name)+": there at the end", of, p.End)
		}
	})
}

// others are the tables about everything else.
func (r *Result) others() []table {
	list := func(title, what string, of func(*Counts) []Count) table {
		return r.each(title, what, func(t *table, i int, c *Counts) { t.putAll("", i, of(c)) })
	}
	return []table{
		list("In audiences at the end", "Audience", func(c *Counts) []Count { return c.Audiences }),
		list("Stages believed in at the end", "Stage", func(c *Counts) []Count { return c.Stages }),
		r.each("What was asked of somebody", "Step", func(t *table, of int, c *Counts) {
			for _, x := range c.Requests {
				t.put(x.Kind+": "+r.name(x.Program, x.Journey)+" / "+x.Step, of, x.Count)
			}
		}),
		list("Proposed to be said to others", "Engagement", func(c *Counts) []Count { return c.PassedOn }),
	}
}

// tables are all, in the order in which they are read; those without rows are left out.
func (r *Result) tables() (out []table) {
	all := append([]table{r.balance()}, r.engagements()...)
	all = append(all, r.refusals()...)
	all = append(all, r.loads())
	all = append(all, r.journeys()...)
	all = append(all, r.phases())
	all = append(all, r.others()...)
	for _, t := range all {
		if len(t.Rows) > 0 {
			out = append(out, t)
		}
	}
	return out
}

// daily are the messages of each day of the window by one channel, for each of the three.
func (r *Result) daily() (out []chart.Line) {
	var days []string
	channels := map[string]bool{}
	for _, c := range r.sides() {
		for _, d := range c.Days {
			days = append(days, d.Day)
			for _, n := range d.Counts {
				channels[n.Name] = true
			}
		}
	}
	slices.Sort(days)
	days = throughout(days)
	names := make([]string, 0, len(channels))
	for name := range channels {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for of, c := range r.sides() {
			l := chart.Line{Name: name + ", " + columnNames()[of], Labels: days, Values: make([]int64, len(days))}
			for _, d := range c.Days {
				i, _ := slices.BinarySearch(days, d.Day)
				for _, n := range d.Counts {
					if n.Name == name {
						l.Values[i] = n.Count
					}
				}
			}
			out = append(out, l)
		}
	}
	return out
}

// throughout are all days from the first to the last of some.
func throughout(days []string) (out []string) {
	if len(days) == 0 {
		return nil
	}
	last, _ := instant.ParseDate(days[len(days)-1])
	first, _ := instant.ParseDate(days[0])
	for day := first.Days(); day <= last.Days(); day++ {
		out = append(out, dayName(day))
	}
	return out
}
