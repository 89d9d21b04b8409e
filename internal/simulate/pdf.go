package simulate

import (
	"fmt"
	"io"
	"strings"
	"time"

	"attune/internal/chart"
	"attune/internal/paper"
)

// WritePDF writes the report on sheets of A4, for who reads on paper: the page without its drawings. The same result gives the same bytes.
func (r *Result) WritePDF(w io.Writer) error {
	made, err := time.Parse(time.RFC3339, r.End)
	if err != nil {
		return fmt.Errorf("write the document: %w", err)
	}
	programs := strings.Join(r.Programs, " and ")
	title := "What a simulation came to"
	s := paper.New(paper.Of{Title: title, Language: "en", Made: made, Foot: fmt.Sprintf("Simulation of %s, release %.12s, seed %d: people who do not exist", programs, r.Release, r.Seed)})
	s.Words(paper.Title, title)
	s.Words(paper.Soft, programs)
	s.Space(4)
	about := []paper.Fact{{Name: "Tried", Says: "release " + r.Release}}
	if r.Other != nil {
		about = append(about, paper.Fact{Name: "Against", Says: "release " + r.Other.Release})
	}
	world := r.World.Name + ". " + r.World.Says
	if r.World.Derived {
		world += " No world was given, so one was derived from the rules."
	}
	about = append(about, paper.Fact{Name: "Lived", Says: fmt.Sprintf("%.10s to %.10s, %d days, seed %d", r.Start, r.End, r.Days, r.Seed)}, paper.Fact{Name: "World", Says: world})
	for _, x := range []struct {
		name string
		n    int64
	}{
		{"People", r.People}, {"Person-days", r.PersonDays}, {"Events", r.Heard}, {"Decisions", r.Decisions}, {"Touches", r.Touches}, {"Took consent back", r.OptedOut}, {"Died", r.Died},
	} {
		about = append(about, paper.Fact{Name: x.name, Says: chart.Grouped(x.n)})
	}
	s.Facts(about)
	s.Space(3)
	s.Words(paper.Soft, r.Note)
	if r.Other != nil {
		both := &paper.Table{Name: "What both versions did", Columns: []paper.Column{{Name: "What"}, {Name: "tried", Right: true}, {Name: "against", Right: true}}}
		for _, x := range r.side() {
			both.Rows = append(both.Rows, []string{x.Name, chart.Grouped(x.First), chart.Grouped(x.Second)})
		}
		set(s, both)
		set(s, differ("What the change changes, person by person, per hundred people", "tried", "against", r.Other.Differences))
	}
	set(s, differ("What messages changed, in this made-up world, per hundred people", "with", "without", r.Messages))
	set(s, r.phasesOnPaper())
	counts := func(title, what, of string, counts []Count) {
		t := &paper.Table{Name: title, Columns: []paper.Column{{Name: what}, {Name: of, Right: true}}}
		for _, c := range counts {
			t.Rows = append(t.Rows, []string{c.Name, chart.Grouped(c.Count)})
		}
		set(s, t)
	}
	counts("Touches by engagement", "Engagement", "Touches", r.Engagements)
	counts("Touches by channel", "Channel", "Touches", r.Channels)
	counts("People by how many touches they had", "Touches", "People", grouped(r.Each))
	refused := &paper.Table{Name: "What was proposed and did not happen, and why", Columns: []paper.Column{{Name: "Engagement"}, {Name: "Reason"}, {Name: "How often", Right: true}}}
	for _, x := range r.Refusals {
		refused.Rows = append(refused.Rows, []string{x.Engagement, x.Words(), chart.Grouped(x.Count)})
	}
	set(s, refused)
	counts("Why touches waited", "Reason", "Waits", worded(r.Waits))
	for _, l := range r.lists() {
		counts(l.Title, l.What, l.Of, l.Counts)
	}
	rules := &paper.Table{Name: "How often each rule had a consequence. One that never had may be wrong, or this world may be too small for it.", Columns: []paper.Column{{Name: "Rule"}, {Name: "Program"}, {Name: "How often", Right: true}, {Name: "People", Right: true}, {Name: "Last"}}}
	for _, x := range r.Rules {
		last := "never"
		if x.Fired > 0 {
			last = x.Last[:10]
		}
		rules.Rows = append(rules.Rows, []string{x.Rule, x.Program, chart.Grouped(x.Fired), chart.Grouped(x.People), last})
	}
	set(s, rules)
	return s.Write(w)
}

// set sets a table that has rows.
func set(s *paper.Sheets, t *paper.Table) {
	if len(t.Rows) > 0 {
		s.Table(t)
	}
}

func (r *Result) phasesOnPaper() *paper.Table {
	t := &paper.Table{Name: "Phases: entered = moved on + left + still here; days of those who are no longer there", Columns: []paper.Column{
		{Name: "Phase"}, {Name: "Entered", Right: true}, {Name: "Moved on", Right: true}, {Name: "Left", Right: true}, {Name: "Still here", Right: true},
		{Name: "Days: a quarter", Right: true}, {Name: "half", Right: true}, {Name: "nine tenths", Right: true},
	}}
	for _, p := range r.Phases {
		name := p.Name
		if !p.Balanced() {
			name += " (does not add up)"
		}
		t.Rows = append(t.Rows, []string{name, chart.Grouped(p.Entered), chart.Grouped(p.Moved), chart.Grouped(p.Left), chart.Grouped(p.Here), days(p.P25), days(p.Median), days(p.P90)})
	}
	return t
}

func differ(title, first, second string, list []Difference) *paper.Table {
	t := &paper.Table{Name: title, Columns: []paper.Column{{Name: "Outcome"}, {Name: first, Right: true}, {Name: second, Right: true}, {Name: "Difference", Right: true}, {Name: "95 % interval"}}}
	for _, d := range list {
		between := fmt.Sprintf("%.1f to %.1f", d.Low, d.High)
		if !d.Clear() {
			between += ", may be nothing"
		}
		t.Rows = append(t.Rows, []string{d.Outcome, fmt.Sprintf("%.1f", d.With), fmt.Sprintf("%.1f", d.Without), fmt.Sprintf("%+.1f", d.Diff), between})
	}
	return t
}
