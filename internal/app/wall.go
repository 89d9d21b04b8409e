package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"attune/core/instant"
	"attune/core/journeymap"
	"attune/core/program"
	"attune/internal/api"
	"attune/internal/leverage"
	"attune/internal/spreadsheet"
	"attune/internal/wall"
)

// PosterOf says how a map is to hang.
type PosterOf struct {
	LivedOf
	// Size and Format are the paper and the file: svg, pdf or png, or csv or json for all its numbers. DPI is how finely a PNG is drawn; 0 chooses.
	Size, Format string
	DPI          int
	// Language is that of the poster's own words; English where it is empty. Names and findings are as they were written.
	Language string
}

// Poster is a map to be hung, with what could not be put on it.
type Poster struct {
	Type     string
	Body     []byte
	Warnings []string
}

// roundWall is to what numbers on a wall are rounded: nobody is to count on them who passes by.
const roundWall = 5

// Poster draws a program's map with its numbers. Whoever asks, numbers are hidden as outside the care team and rounded: a wall is seen by all.
func (i *Inspector) Poster(ctx context.Context, o PosterOf) (*Poster, error) {
	rel, pr, err := i.liveProgram(o.Program)
	if err != nil {
		return nil, err
	}
	size, err := wall.SizeOf(o.Size)
	if err != nil {
		return nil, api.Refused("size", err.Error(), "choose one of "+sizeNames())
	}
	if o.DPI < 0 || o.DPI > 600 {
		return nil, api.Refused("dpi", "a poster is drawn with 30 to 600 dots an inch", "leave it out")
	}
	if o.Language != "" && !slices.Contains(wall.Languages(), o.Language) {
		return nil, api.Refused("language", fmt.Sprintf("a poster has no words in %q", o.Language), "choose one of "+strings.Join(wall.Languages(), ", "))
	}
	if err := i.looked(ctx, "Poster"); err != nil {
		return nil, err
	}
	facts, err := i.gathered(ctx)
	if err != nil {
		return nil, err
	}
	o.Smallest, o.Round = true, roundWall
	l, err := i.counted(ctx, facts, pr, rel.ID, o.LivedOf)
	if err != nil {
		return nil, err
	}
	f, err := o.filter(i.now())
	if err != nil {
		return nil, err
	}
	q, err := facts.Columns.Question(pr, f, leverage.Options{Seed: 1})
	if err != nil {
		return nil, err
	}
	found, err := leverage.Find(q)
	if err != nil {
		return nil, err
	}
	m := modelOf(pr, l, found, f.AsOf, o.Language)
	if o.Format == "csv" || o.Format == "json" {
		return tabled(m, o.Format)
	}
	return draw(wall.Lay(m, size), o.Format, o.DPI)
}

func sizeNames() string {
	var names []string
	for _, s := range wall.Sizes() {
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}

// tabled is all numbers of a poster, and nothing that is not on it: for whoever does not see it.
func tabled(m wall.Model, format string) (*Poster, error) {
	if format == "json" {
		// What few people said is a gap on the wall, and not there here.
		m.Asked = slices.DeleteFunc(slices.Clone(m.Asked), func(f wall.Feeling) bool { return f.N != nil && f.N.Hidden })
		b, err := json.MarshalIndent(m, "", "  ")
		return &Poster{Type: "application/json", Body: append(b, '\n')}, err
	}
	var b bytes.Buffer
	w := spreadsheet.NewWriter(&b)
	for _, row := range wall.Table(m) {
		w.Write(row...)
	}
	err := w.Flush()
	return &Poster{Type: "text/csv; charset=utf-8", Body: b.Bytes()}, err
}

func draw(laid wall.Layout, format string, dpi int) (*Poster, error) {
	p := &Poster{Warnings: laid.Warnings}
	var err error
	switch format {
	case "svg":
		p.Type = "image/svg+xml"
		p.Body, err = wall.SVG(laid)
	case "pdf":
		p.Type = "application/pdf"
		p.Body, err = wall.PDF(laid)
	case "png":
		p.Type = "image/png"
		p.Body, err = wall.PNG(laid, dpi)
	default:
		return nil, api.Refused("format", fmt.Sprintf("a poster is no %q", format), "choose svg, pdf, png, csv or json")
	}
	if err != nil {
		return nil, api.Refused("format", err.Error(), "choose another format or size")
	}
	return p, nil
}

// modelOf is what hangs: the map, numbers as they may be shown, and where to act first.
func modelOf(pr *program.Program, l *Lived, found *leverage.Answer, asOf instant.Time, lang string) wall.Model {
	say := func(word string) string { return wall.Say(lang, word) }
	m := &pr.Map
	count := func(n *int) *wall.Count {
		if n == nil {
			return wall.Hidden()
		}
		return wall.N(*n)
	}
	out := wall.Model{
		Lang: lang, Title: pr.Name, Subtitle: wall.Sayf(lang, "Version %s", l.Basis.Release[:8]), Program: pr.ID, AsOf: time.UnixMilli(int64(asOf)).UTC(), Window: say("all who ever came"),
		Footer: wall.Footer{
			Version: l.Basis.Release[:8], N: count(l.Basis.People), Censored: count(l.Basis.Censored), Filter: say(l.Basis.Filter),
			Note: wall.Sayf(lang, "Rounded to %d. Numbers about fewer than %d people are hidden, and others from which they could be computed.", roundWall, l.Basis.Smallest),
		},
	}
	if l.Basis.Filter != "everybody" {
		out.Window = l.Basis.Filter
	}
	heat := make([]int, len(m.Phases))
	for n, x := range found.Points {
		if x.At >= 0 {
			heat[x.At] = x.Heat
		}
		if n >= 7 || len(x.Reasons) == 0 {
			continue
		}
		fl := wall.Flag{Number: len(out.Flags) + 1, Sentence: onWall(x), Heat: x.Heat, Guess: x.Guess}
		if x.At >= 0 {
			fl.Phase = m.Phases[x.At].ID
			if at := waitsIn(m, m.Phases[x.At].ID); at != "" {
				fl.Moment, fl.Phase = at, ""
			}
		}
		if x.Star {
			fl.Mark = say("two lists agree")
		}
		out.Flags = append(out.Flags, fl)
	}
	for k := range m.Phases {
		p, x := &m.Phases[k], &l.Phases[k]
		ph := wall.Phase{
			ID: p.ID, Name: p.Name, Says: p.Says, Here: count(x.Here), Entered: count(x.Entered), On: count(x.MovedOn), Waiting: count(x.Waiting), Left: count(x.Left),
		}
		if x.Skipped != nil && *x.Skipped > 0 {
			ph.Skipped = count(x.Skipped)
		}
		if x.Back != nil && *x.Back > 0 {
			ph.Loops = count(x.Back)
		}
		if x.Stay.Median != nil {
			ph.Median = inDays(lang, *x.Stay.Median)
		}
		if p.Expect > 0 {
			ph.Expected = inDays(lang, float64(p.Expect)/float64(instant.Day))
		}
		out.Phases = append(out.Phases, ph)
	}
	for k := range m.Stakeholders {
		s := &m.Stakeholders[k]
		out.Lanes = append(out.Lanes, wall.Lane{ID: s.ID, Name: s.Name, Kind: s.Kind, Rule: say(ruleAbove(m, k))})
		for _, q := range s.Quotes {
			if s.Kind == "patient" || s.Kind == "caregiver" {
				out.Quotes = append(out.Quotes, wall.Quote{Text: q, Who: s.Name})
			}
		}
	}
	for k := range m.Moments {
		x, n := &m.Moments[k], &l.Moments[k]
		mo := wall.Moment{ID: x.ID, Name: x.Name, Phase: x.Phase, Lane: x.By, Kind: "action", Guess: n.Guess}
		if x.To != "" {
			mo.Kind = "communication"
		}
		if !n.Guess {
			mo.Count, mo.Of = count(n.People), say("people")
			if x.Then != nil {
				mo.Late = count(n.Late)
			}
		}
		if waitsIn(m, x.Phase) == x.ID {
			mo.Heat = heat[m.Index(x.Phase)]
		}
		out.Moments = append(out.Moments, mo)
		for _, e := range x.Evidence {
			if e.Quote != "" && x.By == "patient" {
				out.Quotes = append(out.Quotes, wall.Quote{Text: e.Quote, Who: e.From})
			}
		}
	}
	for _, h := range l.HandOffs {
		x := wall.HandOff{Moment: h.Moment, To: h.To, Median: h.Wait.Median, Low: h.Wait.Low, High: h.Wait.High}
		if x.Median == nil || x.Low == nil || x.High == nil {
			x.Median, x.Low, x.High = nil, nil, nil
		}
		if then := m.Moments[m.Moment(h.Moment)].Then; then != nil {
			target := float64(then.Within) / float64(instant.Day)
			x.Target = &target
		}
		out.HandOffs = append(out.HandOffs, x)
	}
	for _, fe := range l.Feelings {
		if fe.Planned != nil {
			out.Planned = append(out.Planned, wall.Feeling{Moment: fe.Moment, Phase: fe.Phase, Value: *fe.Planned, Word: fe.Word})
		}
		if fe.Asked != nil {
			out.Asked = append(out.Asked, wall.Feeling{Moment: fe.Moment, Phase: fe.Phase, Value: math.Max(-1, math.Min(1, *fe.Asked)), N: count(fe.N)})
		}
	}
	for _, part := range m.Lifecycle {
		out.Lifecycle = append(out.Lifecycle, wall.Band{Name: say(part.ID), Phases: part.Phases})
	}
	return out
}

// onWall is a point's sentence without the name that stands above it, in letters that the poster's fonts have.
func onWall(x leverage.Point) string {
	s := strings.TrimPrefix(x.Sentence, x.Name+": ")
	s = strings.ReplaceAll(s, "→", "to")
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}

// waitsIn is the moment of a phase that its heat is shown on: the first that promises another, and else the first of the patient's lane or
// of any.
func waitsIn(m *journeymap.Map, phase string) string {
	best, rank := "", 0
	for k := range m.Moments {
		x := &m.Moments[k]
		if x.Phase != phase {
			continue
		}
		r := 1
		switch {
		case x.Then != nil:
			r = 3
		case x.By == "patient":
			r = 2
		}
		if r > rank {
			best, rank = x.ID, r
		}
	}
	return best
}

// ruleAbove is the line above a lane, as a service blueprint has it: where those around the patient begin, and where the patient no longer sees.
func ruleAbove(m *journeymap.Map, k int) string {
	if k == 0 {
		return ""
	}
	near := func(kind string) bool { return kind == "patient" || kind == "caregiver" }
	switch before, is := m.Stakeholders[k-1].Kind, m.Stakeholders[k].Kind; {
	case near(before) && !near(is):
		return "line of interaction"
	case before == "clinician" && (is == "staff" || is == "payer"):
		return "line of visibility"
	}
	return ""
}

func inDays(lang string, d float64) string {
	n := strconv.FormatFloat(math.Round(d), 'f', -1, 64)
	if n == "1" {
		return wall.Say(lang, "1 day")
	}
	return wall.Sayf(lang, "%s days", n)
}
