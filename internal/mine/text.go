package mine

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"attune/internal/chart"
)

// mostRows is how much of a long list a reader is shown. JSON has all of it.
const mostRows = 15

// WriteText writes the report for a terminal.
func (a *Answer) WriteText(w io.Writer, look chart.Look) error {
	p := &printer{look.To(w)}
	p.Line("%s cases, %s events, %s activities, from %s to %s", chart.Grouped(int64(a.Cases)), chart.Grouped(int64(a.Events)), chart.Grouped(int64(len(a.Activities))), day(a.Log.First), day(a.Log.Last))
	for _, s := range a.cautions() {
		p.Wrap("  ", s)
	}
	p.Title("How long a case takes, from its first event to its last")
	t := a.Throughput
	p.Line("  shortest %s, a tenth within %s, a quarter within %s, half within %s,", Span(t.Min), Span(t.P10), Span(t.P25), Span(t.Median))
	p.Line("  three quarters within %s, nine tenths within %s, longest %s; mean %s", Span(t.P75), Span(t.P90), Span(t.Max), Span(t.Mean))

	var rows [][]string
	for _, x := range a.Activities {
		rows = append(rows, []string{x.Name, num(x.Events), num(x.Cases), share(x.Cases, a.Cases), look.Bar(int64(x.Cases), int64(a.Cases), 20)})
	}
	p.table("What was done", []string{"activity", "events", "cases", "of all", ""}, rows, 1)

	p.table("How cases begin", []string{"activity", "cases", "of all"}, counts(a.Starts, a.Cases), 1)
	p.table("How cases end", []string{"activity", "cases", "of all"}, counts(a.Ends, a.Cases), 1)

	rows = nil
	for _, e := range a.Edges {
		rows = append(rows, []string{e.From, e.To, num(e.Count), Span(e.Median), Span(e.Mean), Span(e.Max)})
	}
	p.table("What follows what, and after how long", []string{"from", "to", "times", "median", "mean", "longest"}, rows, 2)

	rows = nil
	for i, v := range a.Variants {
		if i == 5 {
			break
		}
		rows = append(rows, []string{num(v.Cases), share(v.Cases, a.Cases), strings.Join(v.Path, " > ")})
	}
	p.paths(fmt.Sprintf("Ways: %s different ones", chart.Grouped(int64(a.VariantCount))), rows)

	rows = nil
	for _, r := range a.Rework {
		rows = append(rows, []string{r.Name, num(r.Cases), share(r.Cases, a.Cases), num(r.SelfLoopCases), num(r.ExtraEvents)})
	}
	p.table("What is done again", []string{"activity", "cases", "of all", "twice in a row", "events more"}, rows, 1)

	rows = nil
	for _, h := range a.Handovers {
		rows = append(rows, []string{h.From, h.To, num(h.Count)})
	}
	p.table("Who hands over to whom", []string{"from", "to", "times"}, rows, 2)
	p.funnel(a.Funnel)
	p.survival(a.Survival)
	return p.Err()
}

type printer struct{ chart.Printer }

// table writes rows in columns; the first ones are texts. A long list is cut, and says so.
func (p *printer) table(title string, head []string, rows [][]string, texts int) {
	if len(rows) == 0 {
		return
	}
	more := len(rows) - mostRows
	if more > 0 {
		rows = rows[:mostRows]
	}
	p.Title(title)
	widths := make([]int, len(head))
	room := p.Look.Columns() - 2
	for i := texts; i < len(head); i++ {
		wide := utf8.RuneCountInString(head[i])
		for _, r := range rows {
			wide = max(wide, utf8.RuneCountInString(r[i]))
		}
		room -= wide + 2
	}
	room = max(12, room/texts-2)
	for _, r := range append([][]string{head}, rows...) {
		for i, s := range r {
			if i < texts {
				r[i] = cutTo(s, room)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(r[i]))
		}
	}
	for _, r := range append([][]string{head}, rows...) {
		line := " "
		for i, s := range r {
			if i < texts || head[i] == "" {
				line += " " + chart.Padded(s, widths[i]) + " "
			} else {
				line += " " + chart.Right(s, widths[i]) + " "
			}
		}
		p.Line("%s", line)
	}
	if more > 0 {
		p.Line("  and %s more", chart.Grouped(int64(more)))
	}
}

// paths writes ways, each in as many lines as it needs.
func (p *printer) paths(title string, rows [][]string) {
	p.Title(title)
	for _, r := range rows {
		p.Line("  %s cases, %s", r[0], r[1])
		p.Wrap("      ", r[2])
	}
}

func (p *printer) funnel(f *Funnel) {
	if f == nil {
		return
	}
	var rows [][]string
	for _, s := range f.Steps {
		wait := ""
		if s.Median != nil {
			wait = Span(*s.Median)
		}
		rows = append(rows, []string{s.Name, num(s.Cases), fmt.Sprintf("%.1f %%", 100*s.Conversion), wait, p.Look.Bar(int64(s.Cases), int64(max(1, f.Steps[0].Cases)), 20)})
	}
	p.table("Funnel, "+f.says(), []string{"step", "cases", "of the first", "median from the step before", ""}, rows, 1)
}

// says tells how steps were matched.
func (f *Funnel) says() string {
	how := map[Mode]string{Ordered: "each step after the one before", StrictTime: "each step at a later time than the one before", Window: "from the occurrence of the first step that leads farthest"}[f.Mode]
	if f.Within > 0 {
		how += ", all within " + Span(f.Within) + " of the first"
	}
	return how
}

func (p *printer) survival(s *Survival) {
	if s == nil {
		return
	}
	p.Title(fmt.Sprintf("From %s to %s", s.From, s.To))
	p.Wrap("  ", s.says())
	if len(s.Groups) == 0 {
		var rows [][]string
		for _, x := range thinned(s.Curve, 10) {
			rows = append(rows, []string{Span(x.T), num(x.AtRisk), fmt.Sprintf("%.1f %%", 100*x.F1), fmt.Sprintf("±%.1f", 196*x.SE)})
		}
		p.table("Arrived by then, others left first", []string{"after", "still there before", "arrived", "95 %"}, rows, 1)
		return
	}
	var rows [][]string
	for _, g := range s.Groups {
		arrived, margin := "", ""
		if n := len(g.Curve); n > 0 {
			arrived, margin = fmt.Sprintf("%.1f %%", 100*g.Curve[n-1].F1), fmt.Sprintf("±%.1f", 196*g.Curve[n-1].SE)
		}
		rows = append(rows, []string{orNotKnown(g.Value), num(g.Entered), num(g.Converted), num(g.Exited), num(g.Waiting), arrived, margin})
	}
	p.table("By "+s.By+", as it was known on entering", []string{s.By, "entered", "arrived", "left", "waiting", "at the curve's end", "95 %"}, rows, 1)
}

func (s *Survival) says() string {
	return fmt.Sprintf("%s entered = %s arrived + %s left + %s waiting at the log's end.", num(s.Entered), num(s.Converted), num(s.Exited), num(s.Waiting))
}

// thinned are some points of a curve, with its last.
func thinned(c []Point, n int) []Point {
	if len(c) <= n {
		return c
	}
	var some []Point
	for i := 1; i <= n; i++ {
		some = append(some, c[i*len(c)/n-1])
	}
	return some
}

// cautions are what may make the numbers mean something else than they seem to.
func (a *Answer) cautions() []string {
	var s []string
	if n := a.Log.Ties; 5*n > a.Events {
		s = append(s, fmt.Sprintf("Caution: %s of all events are at the same time as the one before in their case, so their order is that of the rows or of --order.", share(n, a.Events)))
	}
	if len(a.Log.Lifecycles) > 0 {
		s = append(s, fmt.Sprintf("Caution: activities are told by stages (%s), and each counts as an event of its own. Take one with --lifecycle.", strings.Join(a.Log.Lifecycles, ", ")))
	}
	if a.Log.Zoneless > 0 {
		s = append(s, fmt.Sprintf("%s times name no zone; they were read as --zone says.", num(a.Log.Zoneless)))
	}
	if a.Log.Incomplete > 0 {
		s = append(s, fmt.Sprintf("%s rows were passed over: they lack a case, an activity or a time.", num(a.Log.Incomplete)))
	}
	return s
}

func counts(list []Count, of int) (rows [][]string) {
	for _, c := range list {
		rows = append(rows, []string{c.Name, num(c.Cases), share(c.Cases, of)})
	}
	return rows
}

func num(n int) string { return chart.Grouped(int64(n)) }

func share(n, of int) string { return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(max(1, of))) }

func day(stamp string) string { return stamp[:10] }

func orNotKnown(s string) string {
	if s == "" {
		return "(not known)"
	}
	return s
}

func cutTo(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// Span says how long something takes, in the unit that one would say it in.
func Span(s float64) string {
	switch {
	case s < 120:
		return fmt.Sprintf("%.3g s", s)
	case s < 2*3600:
		return fmt.Sprintf("%.3g min", s/60)
	case s < 2*86400:
		return fmt.Sprintf("%.3g h", s/3600)
	case s < 1000*86400:
		return fmt.Sprintf("%.3g d", s/86400)
	}
	return fmt.Sprintf("%.3g y", s/86400/365.25)
}
