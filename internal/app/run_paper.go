package app

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"attune/internal/api"
	"attune/internal/backtest"
	"attune/internal/chart"
	"attune/internal/paper"
	"attune/internal/simulate"
)

// jobPaper gives a run of the sandbox as a document.
func (n *Node) jobPaper(ctx context.Context, in jobIn) (api.Text, error) {
	n.jobs.mu.Lock()
	x, err := n.jobs.done(ctx, in.Job)
	var kind string
	var result []byte
	if err == nil {
		kind, result = x.Kind, x.result
	}
	n.jobs.mu.Unlock()
	if err != nil {
		return api.Text{}, err
	}
	var b bytes.Buffer
	switch made := n.Wall().Std(); kind {
	case "simulation":
		var r simulate.Result
		if err = json.Unmarshal(result, &r); err == nil {
			err = PrintSimulation(&b, &r, made)
		}
	case "backtest":
		var r backtest.Result
		if err = json.Unmarshal(result, &r); err == nil {
			err = PrintBacktest(&b, &r, made)
		}
	default:
		err = api.NotFound("job", "a job of the kind %s is not written as a document", kind)
	}
	return api.Text{Type: "application/pdf", Body: b.Bytes()}, err
}

// PrintSimulation writes a simulation as PDF.
func PrintSimulation(w io.Writer, r *simulate.Result, made time.Time) error {
	world := r.World.Name
	if r.World.Derived {
		world += ", made from the rules"
	}
	run := paper.Run{
		Title: "What a simulation came to", Programs: strings.Join(r.Programs, ", "), Made: made, Worth: []string{r.Note},
		About: []paper.Fact{
			{Name: "Tried", Says: "release " + r.Release},
			{Name: "On", Says: fmt.Sprintf("%s people who do not exist, from %s to %s (%d days), seed %d", chart.Grouped(r.People), day(r.Start), day(r.End), r.Days, r.Seed)},
			{Name: "World", Says: world}, {Name: "Made", Says: made.UTC().Format("2 January 2006, 15:04 MST")},
		},
	}
	sides := []*simulate.Counts{&r.Counts}
	names := []string{"tried"}
	if r.Other != nil {
		sides, names = append(sides, &r.Other.Counts), append(names, "beside it")
		run.About = slices.Insert(run.About, 1, paper.Fact{Name: "Beside it", Says: "release " + r.Other.Release})
	}
	beside := func(title string, names []string) *paper.Table {
		t := &paper.Table{Name: title, Columns: []paper.Column{{Name: "what"}}}
		for _, n := range names {
			t.Columns = append(t.Columns, paper.Column{Name: n, Right: true})
		}
		return t
	}
	all := beside("In all", names)
	for _, x := range []struct {
		name string
		of   func(*simulate.Counts) int64
	}{
		{"people", func(c *simulate.Counts) int64 { return c.People }}, {"people who were told anything", reachedBy}, {"messages", func(c *simulate.Counts) int64 { return c.Touches }},
		{"decisions", func(c *simulate.Counts) int64 { return c.Decisions }}, {"people who took consent back", func(c *simulate.Counts) int64 { return c.OptedOut }},
		{"people who died", func(c *simulate.Counts) int64 { return c.Died }},
	} {
		row := []string{x.name}
		for _, c := range sides {
			row = append(row, chart.Grouped(x.of(c)))
		}
		all.Rows = append(all.Rows, row)
	}
	run.Tables = append(run.Tables, all)
	if r.Other != nil {
		run.Tables = append(run.Tables, differences("What the change changes, of 100 people", "tried", "beside it", r.Other.Differences))
	}
	run.Tables = append(run.Tables, differences("What messages change, of 100 people", "with messages", "without any", r.Messages))
	for k, c := range sides {
		title := "Through the phases"
		if len(sides) > 1 {
			title += ", " + names[k]
		}
		t := &paper.Table{Name: title, Columns: []paper.Column{{Name: "phase"}, {Name: "came in", Right: true}, {Name: "moved on", Right: true}, {Name: "left", Right: true}, {Name: "are there", Right: true}, {Name: "half moved on after days", Right: true}}}
		for _, p := range c.Phases {
			if p.Phase == "" {
				continue
			}
			half := "–"
			if p.Median >= 0 {
				half = chart.Grouped(p.Median)
			}
			t.Rows = append(t.Rows, []string{p.Name, chart.Grouped(p.Entered), chart.Grouped(p.Moved), chart.Grouped(p.Left), chart.Grouped(p.Here), half})
		}
		run.Tables = append(run.Tables, t)
	}
	counts := func(title string, of func(*simulate.Counts) []simulate.Count) {
		by := make([]map[string]int64, len(sides))
		for k, c := range sides {
			by[k] = map[string]int64{}
			for _, x := range of(c) {
				by[k][x.Name] += x.Count
			}
		}
		run.Tables = append(run.Tables, sideBySide(beside(title, names), by))
	}
	counts("Outcomes reached", func(c *simulate.Counts) []simulate.Count { return c.Outcomes })
	counts("Messages by engagement", func(c *simulate.Counts) []simulate.Count { return c.Engagements })
	counts("Messages by channel", func(c *simulate.Counts) []simulate.Count { return c.Channels })
	counts("What was not said, and why", func(c *simulate.Counts) (out []simulate.Count) {
		for _, x := range c.Refusals {
			out = append(out, simulate.Count{Name: x.Engagement + ": " + x.Says, Count: x.Count})
		}
		return out
	})
	never := &paper.Table{Name: "Rules that never had a consequence", Columns: []paper.Column{{Name: "rule"}, {Name: "program"}}}
	for _, x := range r.Rules {
		if x.Fired == 0 {
			never.Rows = append(never.Rows, []string{x.Rule, x.Program})
		}
	}
	run.Tables = append(run.Tables, never)
	return run.Write(w)
}

// PrintBacktest writes a backtest as PDF.
func PrintBacktest(w io.Writer, r *backtest.Result, made time.Time) error {
	side := func(s *backtest.Side) string {
		if s.Number > 0 {
			return fmt.Sprintf("publication %d, release %s", s.Number, s.Release)
		}
		return "release " + s.Release
	}
	run := paper.Run{
		Title: "What a backtest came to", Programs: strings.Join(r.Candidate.Programs, ", "), Made: made, Worth: append([]string{r.Note}, r.Limits...),
		About: []paper.Fact{
			{Name: "Tried", Says: side(&r.Candidate)}, {Name: "Beside it", Says: side(&r.Against)},
			{Name: "On", Says: fmt.Sprintf("%s people and %s events that really were, from %s to %s", chart.Grouped(r.People), chart.Grouped(r.Events), day(r.From), day(r.To))},
			{Name: "Made", Says: made.UTC().Format("2 January 2006, 15:04 MST")},
		},
	}
	if r.Differs > 0 {
		run.Worth = append(run.Worth, fmt.Sprintf("Of %s people something did not come out as it was written: another version of Attune decided then.", chart.Grouped(r.Differs)))
	}
	sides := []*backtest.Counts{&r.Candidate.Counts, &r.Against.Counts, &r.Happened}
	columns := []paper.Column{{Name: "what"}, {Name: "tried", Right: true}, {Name: "beside it", Right: true}, {Name: "what really was", Right: true}}
	all := &paper.Table{Name: "In all", Columns: columns}
	for _, x := range []struct {
		name string
		of   func(*backtest.Counts) int64
	}{
		{"people who were told anything", func(c *backtest.Counts) int64 { return c.Touched }}, {"messages", func(c *backtest.Counts) int64 { return c.Messages }}, {"decisions", func(c *backtest.Counts) int64 { return c.Decisions }},
	} {
		row := []string{x.name}
		for _, c := range sides {
			row = append(row, chart.Grouped(x.of(c)))
		}
		all.Rows = append(all.Rows, row)
	}
	told := &paper.Table{Name: "People to whom something is said, under what is tried against the other", Columns: []paper.Column{{Name: "what"}, {Name: "newly", Right: true}, {Name: "no more", Right: true}, {Name: "as before", Right: true}}}
	for k, x := range append([]backtest.Engaged{r.Engaged}, r.EachSays...) {
		name := x.Engagement
		if k == 0 {
			name = "anything"
		}
		told.Rows = append(told.Rows, []string{name, chart.Grouped(x.Newly), chart.Grouped(x.NoMore), chart.Grouped(x.Still)})
	}
	run.Tables = []*paper.Table{all, told}
	counts := func(title string, of func(*backtest.Counts, func(string, int64))) {
		by := make([]map[string]int64, len(sides))
		for k, c := range sides {
			by[k] = map[string]int64{}
			of(c, func(name string, n int64) { by[k][name] += n })
		}
		run.Tables = append(run.Tables, sideBySide(&paper.Table{Name: title, Columns: columns}, by))
	}
	counts("Came into a phase", func(c *backtest.Counts, add func(string, int64)) {
		for _, p := range c.Phases {
			add(p.Phase, p.Entered)
		}
	})
	counts("Messages by engagement", func(c *backtest.Counts, add func(string, int64)) {
		for _, e := range c.Engagements {
			add(e.Engagement, e.Touches)
		}
	})
	counts("Messages by channel", func(c *backtest.Counts, add func(string, int64)) {
		for _, e := range c.Engagements {
			add(e.Channel, e.Touches)
		}
	})
	counts("What was not said, and why", func(c *backtest.Counts, add func(string, int64)) {
		for _, x := range c.Refusals {
			add(x.Engagement+": "+x.Says, x.Count)
		}
	})
	return run.Write(w)
}

// reachedBy is how many people were told anything.
func reachedBy(c *simulate.Counts) int64 {
	n := c.People
	for _, x := range c.Each {
		if x.Touches == 0 {
			n -= x.People
		}
	}
	return n
}

// differences are those whose interval leaves zero out first, and the larger before the smaller.
func differences(title, with, without string, all []simulate.Difference) *paper.Table {
	t := &paper.Table{Name: title, Columns: []paper.Column{{Name: "what"}, {Name: with, Right: true}, {Name: without, Right: true}, {Name: "difference", Right: true}, {Name: "95 % of what luck of the draw would give"}}}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b simulate.Difference) int {
		if a.Clear() != b.Clear() {
			if a.Clear() {
				return -1
			}
			return 1
		}
		return cmp.Compare(max(b.Diff, -b.Diff), max(a.Diff, -a.Diff))
	})
	for _, d := range all {
		luck := fmt.Sprintf("%.1f to %.1f", d.Low, d.High)
		if !d.Clear() {
			luck += ", may be nothing"
		}
		t.Rows = append(t.Rows, []string{d.Outcome, fmt.Sprintf("%.1f", d.With), fmt.Sprintf("%.1f", d.Without), fmt.Sprintf("%+.1f", d.Diff), luck})
	}
	return t
}

// sideBySide fills a table with what was counted by name on each side: the largest first.
func sideBySide(t *paper.Table, by []map[string]int64) *paper.Table {
	most := map[string]int64{}
	for _, counts := range by {
		for name, n := range counts {
			most[name] = max(most[name], n)
		}
	}
	names := make([]string, 0, len(most))
	for name := range most {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(most[b], most[a]), strings.Compare(a, b)) })
	for _, name := range names {
		row := []string{name}
		for _, counts := range by {
			row = append(row, chart.Grouped(counts[name]))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// day is the day of an instant as results write it.
func day(written string) string { return written[:min(10, len(written))] }
