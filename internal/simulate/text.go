package simulate

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"attune/core/policy"
	"attune/internal/chart"
	"attune/internal/story"
)

// WriteText writes the report for a terminal.
func (r *Result) WriteText(w io.Writer, look chart.Look) error {
	p := &printer{look.To(w)}
	p.head(r)
	p.counts(&r.Counts)
	p.rules(r)
	p.differences(r)
	p.other(r)
	p.picks(r)
	return p.Err()
}

type printer struct{ chart.Printer }

func (p *printer) head(r *Result) {
	p.Line("Simulation of %s in the made-up world %s", strings.Join(r.Programs, " and "), r.World.Name)
	p.Line("")
	p.Wrap("", r.Note)
	if r.World.Says != "" {
		p.Wrap("", r.World.Says)
	}
	if r.World.Derived {
		p.Wrap("", "No world was given, so one was derived; --print-world shows it, to go on from.")
	}
	p.Title(fmt.Sprintf("%s people from %s on, %d days, seed %d, release %.12s", chart.Grouped(r.People), r.Start[:10], r.Days, r.Seed, r.Release))
	p.Line("  %s person-days, %s events, %s decisions, %s touches, %s steps of the engine", chart.Grouped(r.PersonDays), chart.Grouped(r.Heard), chart.Grouped(r.Decisions), chart.Grouped(r.Touches), chart.Grouped(r.Steps))
	p.Line("  %s people took consent back, %s died", chart.Grouped(r.OptedOut), chart.Grouped(r.Died))
}

func (p *printer) counts(c *Counts) {
	p.weeks(c)
	p.bars("Touches by engagement", c.Engagements)
	p.bars("Touches by variant", c.Variants)
	p.bars("Touches by channel", c.Channels)
	if c.Touches > 0 {
		p.Title("Touches by the hour of the person's own day")
		p.Line("  0 |%s| 24", p.Look.Spark(c.Hours[:]))
	}
	p.bars("People by how many touches they had", grouped(c.Each))
	refusals := make([]Count, len(c.Refusals))
	for i, x := range c.Refusals {
		refusals[i] = Count{x.Engagement + ": " + x.Words(), x.Count}
	}
	p.bars("Refusals: what was proposed and did not happen, and why", refusals)
	p.bars("Waits", worded(c.Waits))
	limits := make([]Count, len(c.Limits))
	for i, x := range c.Limits {
		limits[i] = Count{x.Reason + " (" + x.Detail + ")", x.Count}
	}
	p.bars("Limits hit", limits)
	p.phases(c)
	p.journeys(c)
	p.signals(c)
	for _, list := range c.lists() {
		p.bars(list.Title, list.Counts)
	}
	p.behaviors(c)
}

// list is one of the counts that need no table of their own.
type list struct {
	Title, What, Of string
	Counts          []Count
}

func (c *Counts) lists() []list {
	return []list{
		{"Moments of the map that happened", "Moment", "Times", c.Moments}, {"What became of promises", "Promise", "Times", c.Promises},
		{"Who came into audiences", "Audience", "Times", c.Audiences}, {"Outcomes reached", "Outcome", "Times", c.Outcomes},
		{"Stages that came to be believed", "Stage", "Times", c.Believed}, {"What was asked of somebody", "Step", "Requests", c.Requests}, {"How that ended", "Answer", "Requests", c.Answers},
	}
}

// Words says the reason for people, and that it came late where it did.
func (x Refusal) Words() string {
	s := x.Says
	if x.Late {
		s += " (after it was decided)"
	}
	return s
}

// worded puts reasons into words.
func worded(counts []Count) []Count {
	out := make([]Count, len(counts))
	for i, c := range counts {
		out[i] = Count{story.Explain(policy.Reason(c.Name), ""), c.Count}
	}
	return out
}

// grouped puts people with many touches together: 0 to 8 each, then doubling.
func grouped(each []Touched) []Count {
	var out []Count
	for from, to := int64(0), int64(0); ; from, to = to+1, max(to+1, (to+1)*2-1) {
		if from < 9 {
			to = from
		}
		name, n, more := strconv.FormatInt(from, 10), int64(0), false
		if to > from {
			name += " to " + strconv.FormatInt(to, 10)
		}
		for _, e := range each {
			if e.Touches >= from && e.Touches <= to {
				n += e.People
			}
			more = more || e.Touches > to
		}
		out = append(out, Count{name, n})
		if !more {
			return out
		}
	}
}

func (p *printer) weeks(c *Counts) {
	p.Title("By week")
	for _, row := range []struct {
		name string
		of   func(Week) int64
	}{
		{"events", func(w Week) int64 { return w.Events }}, {"touches", func(w Week) int64 { return w.Touches }},
		{"refusals", func(w Week) int64 { return w.Refusals }}, {"opt-outs", func(w Week) int64 { return w.OptOuts }},
	} {
		var numbers []int64
		top, sum := int64(0), int64(0)
		for _, w := range c.Weeks {
			numbers = append(numbers, row.of(w))
			top, sum = max(top, row.of(w)), sum+row.of(w)
		}
		p.Line("  %s %s  |%s| at most %s", chart.Padded(row.name, 9), chart.Right(chart.Grouped(sum), 10), p.Look.Spark(chart.Squeezed(numbers, p.Look.Columns()-45)), chart.Grouped(top))
	}
}

// bars is a small bar chart, with the numbers.
func (p *printer) bars(title string, counts []Count) {
	if len(counts) == 0 {
		return
	}
	p.Title(title)
	p.drawn(counts, top(counts))
}

// drawn draws counts as bars, of which whole fills all.
func (p *printer) drawn(counts []Count, whole int64) {
	name, number := 8, 6
	for _, c := range counts {
		name, number = max(name, utf8.RuneCountInString(c.Name)), max(number, len(chart.Grouped(c.Count)))
	}
	name = min(name, p.Look.Columns()-number-16)
	for _, c := range counts {
		p.Line("  %s  %s  %s", chart.Padded(c.Name, name), chart.Right(chart.Grouped(c.Count), number), p.Look.Bar(c.Count, whole, min(40, p.Look.Columns()-name-number-8)))
	}
}

func days(n int64) string {
	if n < 0 {
		return "-"
	}
	return chart.Grouped(n)
}

func (p *printer) phases(c *Counts) {
	if len(c.Phases) == 0 {
		return
	}
	p.Title("Phases: entered = moved on + left + still here; days of those who are no longer there")
	p.Line("  %s  entered  moved on    left  still here  days: 1/4   1/2  9/10", chart.Padded("", 24))
	for _, x := range c.Phases {
		name := x.Name
		if !x.Balanced() {
			name = "! " + name
		}
		p.Line("  %s %s %s %s %s %s %s %s", chart.Padded(name, 24), chart.Right(chart.Grouped(x.Entered), 8), chart.Right(chart.Grouped(x.Moved), 9), chart.Right(chart.Grouped(x.Left), 7), chart.Right(chart.Grouped(x.Here), 11),
			chart.Right(days(x.P25), 10), chart.Right(days(x.Median), 5), chart.Right(days(x.P90), 5))
	}
	for _, x := range c.Exits {
		p.Line("    left %s: %s %s", x.Phase, x.Reason, chart.Grouped(x.Count))
	}
}

func (p *printer) journeys(c *Counts) {
	for _, j := range c.Journeys {
		p.Title(fmt.Sprintf("Journey %s: %s entered, %s under way, %s need attention", j.Journey, chart.Grouped(j.Entered), chart.Grouped(j.Here), chart.Grouped(j.Failed)))
		var rows []Count
		for _, s := range j.Steps {
			rows = append(rows, Count{"reached " + s.Name, s.Count})
		}
		for _, x := range j.Left {
			rows = append(rows, Count{"left: " + x.Name, x.Count})
		}
		p.drawn(rows, max(1, j.Entered))
	}
}

func (p *printer) signals(c *Counts) {
	if len(c.Signals) == 0 {
		return
	}
	p.Title("Signals")
	p.Line("  %s  came on  too late  went off  on at the end", chart.Padded("", 24))
	for _, s := range c.Signals {
		p.Line("  %s %s %s %s %s", chart.Padded(s.Signal, 24), chart.Right(chart.Grouped(s.On), 8), chart.Right(chart.Grouped(s.Late), 9), chart.Right(chart.Grouped(s.Off), 9), chart.Right(chart.Grouped(s.Now), 14))
	}
}

func (p *printer) behaviors(c *Counts) {
	for _, x := range c.Processes {
		p.Title(fmt.Sprintf("%s, by the true readiness for %s: due %s times, done in time %s, done %s, of which after a message %s",
			x.Process, x.Behavior, chart.Grouped(x.Due), chart.Grouped(x.InTime), chart.Grouped(x.Done), chart.Grouped(x.Prompted)))
	}
	for _, b := range c.Behaviors {
		p.Title("True stages of " + b.Behavior + ", which the engine never sees: at arrival, and at the end")
		for i := range b.Begin {
			p.Line("  %s %s  %s %s", chart.Padded(b.Begin[i].Name, 17), chart.Right(chart.Grouped(b.Begin[i].Count), 7), chart.Right(chart.Grouped(b.End[i].Count), 7), p.Look.Bar(b.End[i].Count, c.People, 30))
		}
	}
}

func (p *printer) rules(r *Result) {
	p.Title("Rules: how often each had a consequence, for how many people, and when last")
	for _, x := range r.Rules {
		last, example := "never", ""
		if x.Fired > 0 {
			last, example = x.Last[:10], x.Examples[0]
		}
		p.Line("  %s %s %s people  %s  %s", chart.Padded(x.Rule, 32), chart.Right(chart.Grouped(x.Fired), 8), chart.Right(chart.Grouped(x.People), 7), chart.Padded(last, 10), example)
	}
}

func (p *printer) differences(r *Result) {
	p.Title("With messages and without anybody seeing one, per hundred people, in this made-up world")
	p.differ(r.Messages, "with", "without")
	p.Wrap("", "Outcomes that are the same for everybody are left out. The interval (95 %) comes from how people differ, person by person; * where it leaves zero out. It says nothing about how wrong the world is.")
}

func (p *printer) differ(list []Difference, first, second string) {
	if len(list) == 0 {
		p.Line("  nobody's life differs")
		return
	}
	name := 34
	p.Line("  %s %s %s  difference", chart.Padded("", name), chart.Right(first, 9), chart.Right(second, 9))
	for _, d := range list {
		mark := " "
		if d.Clear() {
			mark = "*"
		}
		p.Line("  %s %9.2f %9.2f  %+.2f (%+.2f to %+.2f) %s", chart.Padded(d.Outcome, name), d.With, d.Without, d.Diff, d.Low, d.High, mark)
	}
}

func (p *printer) other(r *Result) {
	if r.Other == nil {
		return
	}
	p.Title(fmt.Sprintf("Compared with release %.12s of %s, for the same people", r.Other.Release, strings.Join(r.Other.Programs, " and ")))
	for _, row := range r.side() {
		p.Line("  %s %s %s", chart.Padded(row.Name, 60), chart.Right(chart.Grouped(row.First), 10), chart.Right(chart.Grouped(row.Second), 10))
	}
	p.Title("Person by person, per hundred people")
	p.differ(r.Other.Differences, "this", "other")
}

// beside is one number of this version and the other's.
type beside struct {
	Name          string
	First, Second int64
}

// side lists what both versions did, this one's order first.
func (r *Result) side() []beside {
	var out []beside
	both := func(what string, a, b []Count) {
		index := map[string]int{}
		for _, c := range a {
			index[c.Name] = len(out)
			out = append(out, beside{what + c.Name, c.Count, 0})
		}
		for _, c := range b {
			if i, known := index[c.Name]; known {
				out[i].Second = c.Count
				continue
			}
			out = append(out, beside{what + c.Name, 0, c.Count})
		}
	}
	phases := func(c *Counts) (out []Count) {
		for _, x := range c.Phases {
			out = append(out, Count{x.Name, x.Entered})
		}
		return out
	}
	refusals := func(c *Counts) (out []Count) {
		for _, x := range c.Refusals {
			out = append(out, Count{x.Engagement + ", " + x.Words(), x.Count})
		}
		return out
	}
	o := &r.Other.Counts
	both("", []Count{{"touches", r.Touches}, {"decisions", r.Decisions}, {"people who took consent back", r.OptedOut}}, []Count{{"touches", o.Touches}, {"decisions", o.Decisions}, {"people who took consent back", o.OptedOut}})
	both("touches of ", r.Engagements, o.Engagements)
	both("refused: ", refusals(&r.Counts), refusals(o))
	both("entered: ", phases(&r.Counts), phases(o))
	return out
}

func (p *printer) picks(r *Result) {
	if len(r.Stories) == 0 {
		return
	}
	p.Title("Worth reading, with --story KEY")
	for _, x := range r.Stories[:min(5, len(r.Stories))] {
		p.Line("  %s  %s", x.Key, x.Why)
	}
}
