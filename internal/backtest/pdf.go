package backtest

import (
	"fmt"
	"io"
	"strings"
	"time"

	"attune/internal/chart"
	"attune/internal/paper"
)

// WritePDF writes the report on sheets of A4, for who reads on paper: the tables of the page. The same result gives the same bytes.
func (r *Result) WritePDF(w io.Writer) error {
	made, err := time.Parse(time.RFC3339, r.To)
	if err != nil {
		return fmt.Errorf("write the document: %w", err)
	}
	programs := strings.Join(r.Candidate.Programs, " and ")
	title := "What a backtest came to"
	s := paper.New(paper.Of{Title: title, Language: "en", Made: made, Foot: fmt.Sprintf("Backtest of %s, release %.12s, from %.10s to %.10s", programs, r.Candidate.Release, r.From, r.To)})
	s.Words(paper.Title, title)
	s.Words(paper.Soft, programs)
	s.Space(4)
	s.Facts([]paper.Fact{
		{Name: "Tried", Says: r.Candidate.which()}, {Name: "Against", Says: r.Against.which()},
		{Name: "On", Says: fmt.Sprintf("%s people and %s events that really were, from %s to %s", chart.Grouped(r.People), chart.Grouped(r.Events), r.From, r.To)},
	})
	s.Space(3)
	for _, words := range []string{r.Note, r.trust(), r.wereLive(), r.weighedBy()} {
		if words != "" {
			s.Words(paper.Soft, words)
			s.Space(.8)
		}
	}
	summary := r.summary()
	s.Table(summary.onPaper())
	s.Table(r.engagedOnPaper())
	for _, t := range r.tables() {
		s.Table(t.onPaper())
	}
	s.Section("What it would have been worth")
	s.Words(paper.Body, r.Worth.Says)
	if left := r.Worth.left(); left != "" {
		s.Words(paper.Body, left)
	}
	for _, v := range r.Worth.versions() {
		s.Under(v.Name)
		for _, words := range v.verdicts() {
			s.Words(paper.Body, words)
		}
		t := &paper.Table{Columns: []paper.Column{{Name: "for each decision"}, {Name: "value", Right: true}, {Name: "from", Right: true}, {Name: "to", Right: true}}}
		for _, l := range v.lines() {
			t.Rows = append(t.Rows, []string{l.Name, number(l.Value), number(l.Lo), number(l.Hi)})
		}
		if len(t.Rows) > 0 {
			s.Table(t)
		}
	}
	s.Section("What this cannot tell")
	for _, words := range r.Limits {
		s.Item(paper.Body, "·", words)
	}
	return s.Write(w)
}

// which says which version it is, with its whole id.
func (s *Side) which() string {
	if s.Number > 0 {
		return fmt.Sprintf("publication %d, release %s", s.Number, s.Release)
	}
	return "release " + s.Release + ", not published"
}

func (t *table) onPaper() *paper.Table {
	names := columnNames()
	out := &paper.Table{Name: t.Title, Columns: []paper.Column{{Name: t.What}, {Name: names[0], Right: true}, {Name: names[1], Right: true}, {Name: "differs", Right: true}, {Name: names[2], Right: true}}}
	for _, r := range t.Rows {
		name := r.Name
		if r.Odd {
			name += " (does not add up)"
		}
		out.Rows = append(out.Rows, []string{name, chart.Grouped(r.N[0]), chart.Grouped(r.N[1]), signed(r.Diff()), chart.Grouped(r.N[2])})
	}
	return out
}

func (r *Result) engagedOnPaper() *paper.Table {
	t := &paper.Table{Name: "People to whom something is said under the version tried and not under the other, and the other way round", Columns: []paper.Column{{Name: "Engagement"}, {Name: "newly", Right: true}, {Name: "no more", Right: true}, {Name: "both", Right: true}}}
	add := func(name string, e Engaged) {
		t.Rows = append(t.Rows, []string{name, chart.Grouped(e.Newly), chart.Grouped(e.NoMore), chart.Grouped(e.Still)})
	}
	add("anything", r.Engaged)
	for _, e := range r.EachSays {
		add(r.name(e.Program, e.Engagement), e)
	}
	return t
}
