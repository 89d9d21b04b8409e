package wall

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

// within tells whether a box holds another, but for a hair.
func within(in, out Rect) bool {
	const hair = 0.12
	return in.X >= out.X-hair && in.Y >= out.Y-hair && in.Right() <= out.Right()+hair && in.Bottom() <= out.Bottom()+hair
}

// meet tells whether boxes lie on each other by more than a hair.
func meet(a, b Rect) bool {
	const hair = 0.05
	return a.X < b.Right()-hair && b.X < a.Right()-hair && a.Y < b.Bottom()-hair && b.Y < a.Bottom()-hair
}

// place is what a text covers.
func (t *Text) place() Rect {
	return Rect{t.X, t.Y - ascent*t.Size, t.Width, (ascent + descent) * t.Size}
}

// wrong tells what is wrong with a layout, or nothing.
func wrong(l Layout) error {
	page := Rect{0, 0, l.Size.W, l.Size.H}
	var open []*Box
	var texts []*Text
	var cards []*Box
	for _, m := range l.Marks {
		switch {
		case m.Open != nil:
			if !within(m.Open.Rect, page) {
				return fmt.Errorf("the box %+v leaves the paper", *m.Open)
			}
			if m.Open.Kind == "moment" || m.Open.Kind == "more" {
				if lane := open[len(open)-1]; !within(m.Open.Rect, lane.Rect) {
					return fmt.Errorf("the card %+v leaves its lane %+v", m.Open.Rect, lane.Rect)
				}
				cards = append(cards, m.Open)
			}
			open = append(open, m.Open)
		case m.End:
			open = open[:len(open)-1]
		case m.Text != nil:
			if m.Text.Size <= 0 || m.Text.Width <= 0 {
				return fmt.Errorf("the text %+v cannot be seen", *m.Text)
			}
			if box := open[len(open)-1]; !within(m.Text.place(), box.Rect) {
				return fmt.Errorf("the text %q at %+v leaves its %s %+v", m.Text.S, m.Text.place(), box.Kind, box.Rect)
			}
			texts = append(texts, m.Text)
		case m.Shape != nil:
			for _, s := range m.Shape.Path {
				for _, v := range s.P {
					if math.IsNaN(v) || math.IsInf(v, 0) {
						return errors.New("a shape is nowhere")
					}
				}
			}
		}
	}
	for i, a := range texts {
		for _, b := range texts[:i] {
			if meet(a.place(), b.place()) {
				return fmt.Errorf("%q at %+v lies on %q at %+v", a.S, a.place(), b.S, b.place())
			}
		}
	}
	for i, a := range cards {
		for _, b := range cards[:i] {
			if meet(a.Rect, b.Rect) {
				return fmt.Errorf("the card %s lies on %s", a.ID, b.ID)
			}
		}
	}
	return nil
}

func TestNothingLiesOnAnotherInTheSamples(t *testing.T) {
	t.Parallel()
	for _, name := range models() {
		for _, s := range Sizes() {
			if err := wrong(Lay(model(t, name), s)); err != nil {
				t.Errorf("%s on %s: %v", name, s.Name, err)
			}
		}
	}
}

// someModel draws a map of any shape, with names that people and machines come up with.
func someModel(t *rapid.T) Model {
	name := rapid.OneOf(
		rapid.SampledFrom([]string{"", "Referral", "Waits for a letter that does not come", "Überweisung an die Fachärztin", "Ζητάει εξηγήσεις από τον γιατρό",
			"Первая инъекция дома", "Donaudampfschifffahrtsgesellschaftskapitän", "العائلة", "12345678901234567890", "a\u202eb\x00c\nd"}),
		rapid.StringN(0, 40, -1),
	)
	count := rapid.Custom(func(t *rapid.T) *Count {
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0:
			return nil
		case 1:
			return Hidden()
		default:
			return N(rapid.OneOf(rapid.IntRange(0, 30), rapid.IntRange(0, 99_999), rapid.IntRange(0, 9_999_999)).Draw(t, "n"))
		}
	})
	var m Model
	m.Title, m.Subtitle = name.Draw(t, "title"), name.Draw(t, "subtitle")
	m.EachScale = rapid.Bool().Draw(t, "each")
	phases, lanes := rapid.IntRange(3, 12).Draw(t, "phases"), rapid.IntRange(2, 10).Draw(t, "lanes")
	words := []string{"", "14 days", "a good many days indeed, we think"}
	for i := range phases {
		id := fmt.Sprintf("p%d", i)
		f := Phase{ID: id, Name: name.Draw(t, "phase"), Says: name.Draw(t, "says"), Here: count.Draw(t, "here"), Entered: count.Draw(t, "entered"),
			On: count.Draw(t, "on"), Waiting: count.Draw(t, "waiting"), Left: count.Draw(t, "left"), Skipped: count.Draw(t, "skipped"), Loops: count.Draw(t, "loops"),
			Median: rapid.SampledFrom(words).Draw(t, "median"), Expected: rapid.SampledFrom(words).Draw(t, "expected")}
		m.Phases = append(m.Phases, f)
		for range rapid.IntRange(0, 2).Draw(t, "asked") {
			m.Asked = append(m.Asked, Feeling{Phase: id, Value: rapid.Float64Range(-2, 2).Draw(t, "value"), Word: name.Draw(t, "word"), N: count.Draw(t, "n")})
		}
		for range rapid.IntRange(0, 2).Draw(t, "planned") {
			m.Planned = append(m.Planned, Feeling{Phase: id, Value: rapid.Float64Range(-1, 1).Draw(t, "value"), Word: name.Draw(t, "word")})
		}
	}
	for j := range lanes {
		lane := Lane{ID: fmt.Sprintf("l%d", j), Name: name.Draw(t, "lane"), Kind: rapid.SampledFrom([]string{"", "patient", "staff"}).Draw(t, "kind")}
		if rapid.IntRange(0, 3).Draw(t, "ruled") == 0 {
			lane.Rule = name.Draw(t, "rule")
		}
		m.Lanes = append(m.Lanes, lane)
	}
	for range rapid.IntRange(0, 40).Draw(t, "moments") {
		i, j := rapid.IntRange(0, phases-1).Draw(t, "phase"), rapid.IntRange(0, lanes-1).Draw(t, "lane")
		for range rapid.SampledFrom([]int{1, 1, 1, 2, 6}).Draw(t, "in a cell") {
			x := Moment{ID: fmt.Sprintf("m%d", len(m.Moments)), Name: name.Draw(t, "moment"), Phase: m.Phases[i].ID, Lane: m.Lanes[j].ID, Count: count.Draw(t, "count"),
				Late: count.Draw(t, "late"), Heat: rapid.IntRange(0, 5).Draw(t, "heat"), Note: rapid.SampledFrom([]string{"", "", "1 in 5 leave here"}).Draw(t, "note"),
				Change: rapid.SampledFrom([]string{"", "+12"}).Draw(t, "change"), Guess: rapid.Bool().Draw(t, "guess")}
			if rapid.IntRange(0, 5).Draw(t, "hands off") == 0 {
				v := func() *float64 { f := rapid.Float64Range(0, 500).Draw(t, "wait"); return &f }
				m.HandOffs = append(m.HandOffs, HandOff{Moment: x.ID, To: m.Lanes[rapid.IntRange(0, lanes-1).Draw(t, "to")].ID, Median: v(), Low: v(), High: v(), Target: v(), Late: "62% late"})
			}
			m.Moments = append(m.Moments, x)
		}
	}
	for n := range rapid.IntRange(0, 7).Draw(t, "flags") {
		f := Flag{Number: n + 1, Sentence: name.Draw(t, "sentence") + " " + name.Draw(t, "sentence"), Phase: m.Phases[n%phases].ID, Heat: rapid.IntRange(0, 5).Draw(t, "heat"), Guess: rapid.Bool().Draw(t, "guess")}
		if len(m.Moments) > n {
			f.Moment = m.Moments[n].ID
		}
		if rapid.Bool().Draw(t, "gains") {
			f.Gain = &Gain{Value: rapid.Float64Range(-10, 90).Draw(t, "gain"), Low: -10, High: 95, Of: "more diagnoses a year"}
		}
		m.Flags = append(m.Flags, f)
	}
	for range rapid.IntRange(0, 3).Draw(t, "quotes") {
		m.Quotes = append(m.Quotes, Quote{Text: name.Draw(t, "quote"), Who: name.Draw(t, "who")})
	}
	if rapid.Bool().Draw(t, "cycle") {
		m.Lifecycle = []Band{{Name: name.Draw(t, "band"), Phases: []string{"p0", "p2"}}, {Name: name.Draw(t, "band"), Phases: []string{"p1"}}}
	}
	return m
}

func TestNoTextLeavesItsBoxOrLiesOnAnother(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := someModel(t)
		s := rapid.SampledFrom(Sizes()).Draw(t, "size")
		l := Lay(m, s)
		if err := wrong(l); err != nil {
			t.Fatalf("%s: %v", s.Name, err)
		}
		// What is shown and what is counted as "more" are all there are.
		shown := map[string]bool{}
		more := 0
		for _, x := range l.Marks {
			if x.Open != nil && x.Open.Kind == "moment" {
				shown[x.Open.ID] = true
			}
			if x.Text != nil && (strings.HasPrefix(x.Text.S, "+") && strings.HasSuffix(x.Text.S, " more") || strings.HasSuffix(x.Text.S, " moments")) {
				n := 0
				if _, err := fmt.Sscanf(strings.TrimPrefix(x.Text.S, "+"), "%d", &n); err == nil {
					more += n
				}
			}
		}
		if len(shown)+more != len(m.Moments) {
			t.Fatalf("%s: %d moments are shown and %d counted, of %d", s.Name, len(shown), more, len(m.Moments))
		}
	})
}

// A moment without a name has a number all the same, which has no room beside it in a narrow column.
func TestTheNumberOfAMomentWithoutANameHasRoom(t *testing.T) {
	t.Parallel()
	var m Model
	for i := range 12 {
		m.Phases = append(m.Phases, Phase{ID: fmt.Sprintf("p%d", i), Name: "Referral"})
	}
	for j := range 6 {
		m.Lanes = append(m.Lanes, Lane{ID: fmt.Sprintf("l%d", j), Name: "Patient"})
	}
	for n := range 12 * 6 * 4 {
		m.Moments = append(m.Moments, Moment{ID: fmt.Sprintf("m%d", n), Phase: m.Phases[n%12].ID, Lane: m.Lanes[n/12%6].ID, Count: Hidden()})
	}
	m.Flags = []Flag{{Number: 1, Sentence: "Here.", Phase: "p0", Moment: "m0"}}
	for _, s := range Sizes() {
		if err := wrong(Lay(m, s)); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
}

// FuzzNames puts any text wherever a text can stand. What comes out is well-formed, holds no controls, and keeps to its
// boxes.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"Waits", "a\u202eb", "\x00\x1b[31m", "]]><script>", strings.Repeat("w", 5000), "é́́́", "👩‍👩‍👧", "\xff\xfe", "العائلة", "−1.5 · “x”"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m := model(t, "rheumatoid")
		m.Title, m.Subtitle, m.Window, m.Program, m.Lang, m.Footer.Note = s, s, s, s, s, s
		m.Phases[0].Name, m.Phases[0].Says, m.Phases[0].Median = s, s, s
		m.Lanes[1].Name, m.Lanes[1].Rule = s, s
		m.Moments[0].ID, m.Moments[0].Name, m.Moments[0].Note, m.Moments[0].Change = s, s, s, s
		m.HandOffs[0].Late, m.HandOffs[0].Unit = s, s
		m.Flags[0].Sentence, m.Flags[0].Mark, m.Flags[0].Gain.Of = s, s, s
		m.Asked[0].Word, m.Planned[0].Word, m.Quotes[0].Text, m.Quotes[0].Who, m.Lifecycle[0].Name = s, s, s, s, s
		l := Lay(m, Sizes()[0])
		if err := wrong(l); err != nil {
			t.Fatal(err)
		}
		for _, x := range l.Marks {
			if x.Text != nil && strings.ContainsFunc(x.Text.S, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf) }) {
				t.Fatalf("%q has controls", x.Text.S)
			}
		}
		d := xml.NewDecoder(strings.NewReader(drawn(t, l)))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
	})
}
