package backtest

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"attune/internal/chart"
)

// WriteText writes the report for a terminal.
func (r *Result) WriteText(w io.Writer, look chart.Look) error {
	p := &printer{look.To(w)}
	p.head(r)
	p.table(r.summary())
	p.engaged(r)
	p.days(r)
	for _, t := range r.tables() {
		p.table(t)
	}
	p.says("The fullest days", r.fullest()...)
	p.worth(r.Worth)
	p.says("What this cannot tell", r.Limits...)
	return p.Err()
}

type printer struct{ chart.Printer }

// says writes sentences under a title, in lines that fit.
func (p *printer) says(title string, sentences ...string) {
	if len(sentences) == 0 {
		return
	}
	p.Title(title)
	for _, s := range sentences {
		p.Wrap("  ", s)
	}
}

func (p *printer) head(r *Result) {
	p.Line("Backtest of %s", r.Candidate.called())
	p.Line("against %s", r.Against.called())
	p.Line("from %s to %s", r.From, r.To)
	p.Line("")
	p.Wrap("", r.Note)
	p.says("What was heard", fmt.Sprintf("%s events of %s people, %s of whom came in this time; %s steps of the engine, and %s of what was recorded.",
		chart.Grouped(r.Events), chart.Grouped(r.People), chart.Grouped(r.Arrived), chart.Grouped(r.Steps), chart.Grouped(r.Replayed)))
	if len(r.LeftOut) > 0 {
		p.Wrap("  ", "Left out, since it came of what was really said and asked in this time: "+r.leftOut()+".")
	}
	p.Wrap("  ", r.trust())
	for _, s := range []string{r.wereLive(), r.weighedBy()} {
		if s != "" {
			p.Wrap("  ", s)
		}
	}
}

// called says which version it is.
func (s *Side) called() string {
	name := fmt.Sprintf("%s, release %.12s", strings.Join(s.Programs, " and "), s.Release)
	if s.Number > 0 {
		return fmt.Sprintf("%s, publication %d", name, s.Number)
	}
	return name + ", not published"
}

func (r *Result) leftOut() string {
	parts := make([]string, len(r.LeftOut))
	for i, c := range r.LeftOut {
		parts[i] = chart.Grouped(c.Count) + " " + c.Name
	}
	return strings.Join(parts, ", ")
}

// trust says whether people stood where they really stood when the window began.
func (r *Result) trust() string {
	if r.Differs == 0 {
		return "Everybody's past came out byte for byte as it was recorded."
	}
	return fmt.Sprintf("Of %s people some of the past came out differently than it was recorded: another version of Attune, or of its files, decided it. Where they stand when the window begins is what this version makes of it.", chart.Grouped(r.Differs))
}

// wereLive says what was live in the window, where it was not the version that the candidate is held against.
func (r *Result) wereLive() string {
	if len(r.Live) == 0 || len(r.Live) == 1 && r.Live[0].Release == r.Against.Release {
		return ""
	}
	parts := make([]string, len(r.Live))
	for i, l := range r.Live {
		parts[i] = fmt.Sprintf("publication %d (%.12s) since %s", l.Number, l.Release, l.At)
	}
	return "Really live in this time: " + strings.Join(parts, ", ") + "."
}

// engaged tells who is engaged newly, and who no more.
func (p *printer) engaged(r *Result) {
	p.Line("")
	p.Wrap("", "People to whom something is said under the version tried and not under the other, and the other way round")
	name := 24
	for _, e := range r.EachSays {
		name = max(name, utf8.RuneCountInString(r.name(e.Program, e.Engagement)))
	}
	name = min(name, p.Look.Columns()-32)
	p.Line("  %s    newly  no more    both", chart.Padded("", name))
	write := func(what string, e Engaged) {
		p.Line("  %s %s %s %s", chart.Padded(what, name), chart.Right(chart.Grouped(e.Newly), 8), chart.Right(chart.Grouped(e.NoMore), 8), chart.Right(chart.Grouped(e.Still), 7))
	}
	write("anything", r.Engaged)
	for _, e := range r.EachSays {
		write(r.name(e.Program, e.Engagement), e)
	}
}

// days draws each channel's messages by day.
func (p *printer) days(r *Result) {
	lines := r.daily()
	if len(lines) == 0 {
		return
	}
	p.Line("")
	p.Line("Messages by day, from %s to %s", lines[0].Labels[0], lines[0].Labels[len(lines[0].Labels)-1])
	name := 0
	for _, l := range lines {
		name = max(name, len(l.Name))
	}
	for _, l := range lines {
		p.Line("  %s |%s|", chart.Padded(l.Name, name), p.Look.Spark(chart.Squeezed(l.Values, p.Look.Columns()-name-6)))
	}
}

// table writes three numbers a row, and how much more the first is than the second.
func (p *printer) table(t table) {
	p.Line("")
	p.Wrap("", t.Title)
	name, number := 24, 8
	for _, r := range t.Rows {
		name = max(name, utf8.RuneCountInString(r.Name))
		for _, n := range r.N {
			number = max(number, len(chart.Grouped(n)))
		}
	}
	name = min(name, p.Look.Columns()-4*(number+1)-3)
	names := columnNames()
	p.Line("  %s %s %s %s %s", chart.Padded("", name), chart.Right(names[0], number), chart.Right(names[1], number), chart.Right("differs", number), chart.Right(names[2], number))
	for _, r := range t.Rows {
		text := r.Name
		if r.Odd {
			text = "! " + text
		}
		p.Line("  %s %s %s %s %s", chart.Padded(text, name), chart.Right(chart.Grouped(r.N[0]), number), chart.Right(chart.Grouped(r.N[1]), number), chart.Right(signed(r.Diff()), number), chart.Right(chart.Grouped(r.N[2]), number))
	}
}

// worth writes what decisions were worth.
func (p *printer) worth(w *Worth) {
	p.says("What it would have been worth", w.Says)
	if left := w.left(); left != "" {
		p.Wrap("  ", left)
	}
	for _, v := range w.versions() {
		p.says(v.Name, v.verdicts()...)
		lines := v.lines()
		name := 24
		for _, l := range lines {
			name = max(name, utf8.RuneCountInString(l.Name))
		}
		name = min(name, p.Look.Columns()-36)
		if len(lines) > 0 {
			p.Line("  %s %s %s %s", chart.Padded("for each decision", name), chart.Right("value", 10), chart.Right("from", 10), chart.Right("to", 10))
		}
		for _, l := range lines {
			p.Line("  %s %s %s %s", chart.Padded(l.Name, name), chart.Right(number(l.Value), 10), chart.Right(number(l.Lo), 10), chart.Right(number(l.Hi), 10))
		}
	}
}
