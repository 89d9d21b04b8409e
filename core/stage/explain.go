package stage

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"attune/core/instant"
)

// Explanation tells why a stage is shown: plain data for sentences in any language.
type Explanation struct {
	// At is the instant that is told of.
	At instant.Time
	// Stage is what is shown, since when, and how probable it is. Silent tells that the passing of
	// time brought it, not a piece of evidence.
	Stage       Stage
	Since       instant.Time
	Silent      bool
	Probability float64
	// Rival is the likeliest of the other stages. It can be more probable than the shown one, by less
	// than the margin.
	Rival            Stage
	RivalProbability float64
	// P is how probable each stage is.
	P Distribution
	// Reasons are the newest pieces of evidence, newest first.
	Reasons []Reason
	// Older counts the pieces that are remembered and not among the reasons.
	Older int
}

// Reason is one piece of evidence and what it changed.
type Reason struct {
	Piece
	// Label names the evidence; Read is the score or the stage that came with it, empty for none.
	Label, Read string
	// For and Against are the stages for which it speaks most and least.
	For, Against []Stage
	// Was and Is are the stages shown just before and after; Was is None for the first piece.
	Was, Is Stage
	// Before and After are how probable Is was just before, drift included, and after.
	Before, After float64
}

// Explain tells what is believed at t, which is no earlier than the instant up to which the belief was
// advanced, with the newest pieces of evidence as reasons, at most so many. Reasons tell what follows
// from the pieces that are remembered, which may differ from what was shown before others were
// forgotten or came late.
func (m *Model) Explain(b Belief, t instant.Time, reasons int) Explanation {
	if b.Mode == None {
		return Explanation{At: t, P: m.prior}
	}
	b = m.Advance(b, t)
	p := m.At(b, t)
	others := p
	others[b.Mode-1] = -1
	e := Explanation{
		At: t, Stage: b.Mode, Since: b.Since, Silent: b.Since > b.At, Probability: p.Of(b.Mode),
		Rival: others.Likeliest(), P: p, Reasons: m.reasons(b.Pieces, reasons),
	}
	e.RivalProbability = p.Of(e.Rival)
	e.Older = len(b.Pieces) - len(e.Reasons)
	return e
}

// reasons replays the pieces and tells what the newest n of them changed.
func (m *Model) reasons(pieces []Piece, n int) (out []Reason) {
	var b Belief
	for i, p := range pieces {
		m.settle(&b, p.At)
		was, before := b.Mode, m.at(&b, p.At)
		m.apply(&b, p)
		if says := m.says(p); i >= len(pieces)-n {
			out = append(out, Reason{
				Piece: p, Label: m.Label(p.Evidence), Read: m.read(p), For: says.Most(), Against: says.Least(),
				Was: was, Is: b.Mode, Before: before.Of(b.Mode), After: b.P.Of(b.Mode),
			})
		}
	}
	slices.Reverse(out)
	return out
}

func (m *Model) read(p Piece) string {
	switch k := &m.evidence[p.Evidence]; {
	case k.named:
		return Stage(p.Score).String()
	case k.scored:
		return strconv.FormatFloat(p.Score, 'g', 6, 64)
	}
	return ""
}

// String tells it in plain English: one line for the stage and one for each reason.
func (e Explanation) String() string {
	if e.Stage == None {
		return "Nothing is known yet about the stage of change."
	}
	var s strings.Builder
	fmt.Fprintf(&s, "Shown as %s since %s, %s likely", e.Stage, day(e.Since), percent(e.Probability))
	if e.RivalProbability > e.Probability {
		fmt.Fprintf(&s, "; %s is likelier at %s, by too little to change it", e.Rival, percent(e.RivalProbability))
	} else {
		fmt.Fprintf(&s, "; then %s, %s", e.Rival, percent(e.RivalProbability))
	}
	if e.Silent {
		s.WriteString(". Nothing was heard that changed it: older evidence faded")
	}
	s.WriteString(".")
	for _, r := range e.Reasons {
		s.WriteString("\n- " + r.String())
	}
	switch e.Older {
	case 0:
	case 1:
		s.WriteString("\n- and 1 older piece of evidence.")
	default:
		fmt.Fprintf(&s, "\n- and %d older pieces of evidence.", e.Older)
	}
	return s.String()
}

// String tells a reason in one plain English sentence.
func (r Reason) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s: %s", day(r.At), r.Label)
	if r.Read != "" {
		fmt.Fprintf(&s, " (%s)", r.Read)
	}
	switch one := len(r.For)+len(r.Against) == len(Distribution{}); {
	case one && len(r.For) > len(r.Against):
		s.WriteString(" speaks against " + list(r.Against))
	case one:
		s.WriteString(" speaks for " + list(r.For))
	default:
		s.WriteString(" speaks most for " + list(r.For) + " and least for " + list(r.Against))
	}
	fmt.Fprintf(&s, "; %s went from %s to %s", r.Is, percent(r.Before), percent(r.After))
	if r.Was != r.Is && r.Was != None {
		fmt.Fprintf(&s, " and took the place of %s", r.Was)
	}
	return s.String() + "."
}

func list(stages []Stage) string {
	words := make([]string, len(stages))
	for i, s := range stages {
		words[i] = s.String()
	}
	if n := len(words) - 1; n > 0 {
		return strings.Join(words[:n], ", ") + " or " + words[n]
	}
	return words[0]
}

func day(t instant.Time) string { return t.Std().Format("2006-01-02") }

func percent(p float64) string { return fmt.Sprintf("%.0f %%", 100*p) }
