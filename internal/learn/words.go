package learn

import (
	"fmt"
	"io"
	"strings"

	"attune/internal/estimate"
)

// says tells the findings in words.
func (r *Report) says() (out []string) {
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for _, t := range r.Trials {
		if t.Alarm {
			add("Attention: the arms of the trial %s do not have the sizes they were drawn to have (p = %.2g). Somebody loses people of one arm: read nothing else of it before that is found.", t.name(), t.P)
		}
	}
	out = append(out, r.saysOfGuardrails()...)
	for i := range r.Retired {
		add("%s.", r.Retired[i].Says())
	}
	for i := range r.Comparisons {
		out = append(out, r.Comparisons[i].says()...)
	}
	for i := range r.Wedges {
		out = append(out, r.Wedges[i].says())
	}
	c := r.Count
	add("Of %d decisions %d said something and %d said nothing. What came of it is known %d times; %d have time left, %d are younger than a day, and %d were about nothing with an outcome.", c.Decisions, c.Drawn, c.Nothing, c.Known, c.Open, c.Young, c.NoOutcome)
	if r.Model == "" {
		add("Nothing was learned yet: what was expected before decides.")
	}
	switch {
	case r.Rows < Enough:
		add("Not enough evidence: the time of %d decisions is over, and %d are needed before anything can be said.", r.Rows, Enough)
		return out
	case !r.Effect.Clear():
		add("Whether messages help cannot be told yet: they add %s to the chance that the outcome is reached.", points(r.Effect))
	case r.Effect.Lo > 0:
		add("Messages help: they add %s to the chance that the outcome is reached.", points(r.Effect))
	default:
		add("Messages do harm: they take %s off the chance that the outcome is reached.", points(Interval{-r.Effect.Value, -r.Effect.Hi, -r.Effect.Lo, true, ""}))
	}
	switch estimate.Outcome(r.Verdict) {
	case estimate.Promoted:
		add("What was learned is no worse than what decided: %s.", strings.Join(r.Reasons, "; "))
	case estimate.Worse:
		add("What was learned is worse than what decided: %s.", strings.Join(r.Reasons, "; "))
	case estimate.Undecided:
		add("Not enough evidence to call what was learned better than what decided: %s.", strings.Join(r.Reasons, "; "))
	}
	switch {
	case !r.Gain.Enough || !r.Gain.Clear():
		add("Deciding by what was learned cannot be told from “%s”, the better of doing always the same.", r.Best)
	case r.Gain.Lo > 0:
		add("Deciding by what was learned is better than “%s”, the better of doing always the same, by %s.", r.Best, points(r.Gain))
	default:
		add("Deciding by what was learned is worse than “%s”: doing always the same would reach more, before what messages cost people.", r.Best)
	}
	for _, s := range r.Slices {
		for _, l := range s.Levels {
			if l.Flagged {
				add("Look at %s %s: messages add %s there, %+.1f points from the others.", s.Respect, l.Is, points(l.Effect), 100*l.Gap.Value)
			}
		}
	}
	return out
}

func (t *Trial) name() string {
	if t.Program == "" {
		return "of all programs"
	}
	return "of " + t.Program
}

// points writes an effect in points of a hundred.
func points(i Interval) string {
	return fmt.Sprintf("%+.1f points (95 %% interval %+.1f to %+.1f)", 100*i.Value, 100*i.Lo, 100*i.Hi)
}

// orWhy is an effect, or why it is not to be read.
func orWhy(i Interval) string {
	if i.Enough {
		return points(i)
	}
	return "not enough evidence (" + i.Why + ")"
}

// featuresTold is how many features of a group the text tells.
const featuresTold = 6

// WriteText writes the report for a terminal.
func (r *Report) WriteText(w io.Writer) error {
	b := &strings.Builder{}
	line := func(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }
	for _, s := range r.Says {
		line("%s", s)
	}
	if len(r.Policies) > 0 {
		line("\nHow often the outcome would have been reached in %d decisions, by way of deciding:", r.Rows)
		for _, p := range r.Policies {
			line("  %-40s %5.1f %%  (%.1f to %.1f)%s", p.Name, 100*p.Reached.Value, 100*p.Reached.Lo, 100*p.Reached.Hi, unlessEnough(p.Reached))
		}
	}
	r.writeFactors(line)
	line("\nWhat was learned, in points of a hundred (of stage theory %.2f holds, where 1 is as it is written):", r.Match)
	for _, g := range r.Learned {
		line("  %s", g.Group)
		for _, f := range g.Features[:min(featuresTold, len(g.Features))] {
			line("    %-56s %+5.1f (%+.1f to %+.1f), expected %+.1f, loss %+.2f%s", f.Name, 100*f.Effect.Value, 100*f.Effect.Lo, 100*f.Effect.Hi, 100*f.Expected, 100*f.Loss, unlessEnough(f.Effect))
		}
		if more := len(g.Features) - featuresTold; more > 0 {
			line("    and %d more", more)
		}
	}
	if c := r.Calibration; c != nil {
		line("\nWhether predictions come true:")
		for _, x := range c.Bins {
			line("  %5d decisions: predicted %+.1f, found %s", x.N, 100*x.Predicted, orWhy(x.Found))
		}
		if c.Slope != nil {
			line("  slope %.2f: 1 is right, less promises too much", *c.Slope)
		}
	}
	for _, t := range r.Trials {
		line("\nThe trial %s, outcomes within %g days of coming in (sizes of arms: p = %.3f):", t.name(), t.Days, t.P)
		for _, a := range t.Arms {
			line("  %-8s %5.1f %% of people: %d; the time of %d is over, %d reached an outcome", a.Arm, 100*a.Share, a.People, a.Over, a.Reached)
			if a.Arm != "usual" {
				line("           as usual less this: %s", orWhy(a.Less))
			}
		}
	}
	for i := range r.Comparisons {
		b.WriteString(r.Comparisons[i].text())
	}
	for i := range r.Wedges {
		b.WriteString(r.Wedges[i].text())
	}
	if len(r.Guardrails) > 0 {
		line("\nWho is lost within 30 days of a message, and what is accepted:")
	}
	for _, g := range r.Guardrails {
		line("  %-20s %-10s %s", g.Program, g.Loss, guardrailOf(g))
	}
	if len(r.Slices) > 0 {
		line("\nBy what people are, which decisions do not go by:")
	}
	for _, s := range r.Slices {
		for _, l := range s.Levels {
			flag := ""
			if l.Flagged {
				flag = "  LOOK"
			}
			if l.People == 0 {
				line("  %-9s %-20s %5d decisions, %3.0f %% say something, effect %s%s", s.Respect, l.Is, l.Decisions, 100*l.Said, orWhy(l.Effect), flag)
				continue
			}
			line("  %-9s %-20s %5d people, %3.0f %% of proposals pass, %3.0f %% of %d decisions say something, %.1f %% lost, effect %s%s", s.Respect, l.Is, l.People, 100*l.Eligible, 100*l.Said, l.Decisions, 100*l.Lost, orWhy(l.Effect), flag)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// factorsTold is how many levels of a factor the text tells.
const factorsTold = 8

func (r *Report) writeFactors(line func(string, ...any)) {
	if len(r.Factors) == 0 {
		return
	}
	line("\nWhat it would be worth always to draw the same, wherever that could be drawn, with all that is drawn before it left as it was:")
	for _, f := range r.Factors {
		line("  %s%s", f.Factor, bestOf(f))
		for _, l := range f.Levels[:min(factorsTold, len(f.Levels))] {
			if !l.Gain.Enough {
				line("    %-32s drawn in %d of %d decisions: not enough evidence (%s)", l.Level, l.Drawn, l.Rows, l.Gain.Why)
				continue
			}
			line("    %-32s drawn in %d of %d decisions: reached %.1f %% always, %.1f %% as decided; %s, %s", l.Level, l.Drawn, l.Rows, 100*l.Always.Value, 100*l.Done.Value, points(l.Gain), verdictOf(l))
		}
		if more := len(f.Levels) - factorsTold; more > 0 {
			line("    and %d more", more)
		}
	}
}

// bestOf names the best constant level, where there is enough evidence of any.
func bestOf(f Factor) string {
	if f.Best == "" {
		return ""
	}
	return fmt.Sprintf(" (the best of doing always the same: %s)", f.Best)
}

// verdictOf says what the gate of promotion says of always drawing a level.
func verdictOf(l FactorLevel) string {
	switch estimate.Outcome(l.Verdict) {
	case estimate.Promoted:
		return "no worse than as it was decided"
	case estimate.Worse:
		return "worse than as it was decided"
	case estimate.Undecided:
	}
	return "not enough evidence to tell it from what was decided"
}

func unlessEnough(i Interval) string {
	if i.Enough {
		return ""
	}
	return "  not enough evidence: " + i.Why
}
