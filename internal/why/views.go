package why

import (
	"fmt"
	"strings"

	"attune/core/decision"
	"attune/core/instant"
)

// View is for whom a decision is told.
type View string

// The views.
const (
	Patient   View = "patient"
	Clinician View = "clinician"
	Auditor   View = "auditor"
)

// Text tells a decision to somebody. The name is what the person is called, empty where nobody knows.
func (d *Decision) Text(v View, name string) string {
	switch v {
	case Patient:
		return d.toPatient()
	case Auditor:
		return d.toAuditor()
	case Clinician:
	}
	return d.toClinician(name)
}

// toPatient says why a message came, or that none did, in plain words and without numbers of the program.
func (d *Decision) toPatient() string { return strings.Join(d.paragraphs(english()), "\n") + "\n" }

// toClinician says what was said, why, how sure that is, and what else could have been.
func (d *Decision) toClinician(name string) string {
	var b strings.Builder
	if name == "" {
		name = "the person"
	}
	fmt.Fprintf(&b, "%s\n", minute(d.at))
	for i := range d.Candidates {
		if c := &d.Candidates[i]; c.Touch != "" {
			if r, _ := d.roundOf(i); r == nil { // what does not compete
				fmt.Fprintf(&b, "Decided to say %s by %s (words: %s)%s. It competes with nothing.\n", c.Engagement, c.Channel, c.Variant, because(c))
			}
		}
	}
	for i := range d.Rounds {
		d.tellRound(&b, &d.Rounds[i], i, name)
		if r := &d.Rounds[i]; len(r.Retired) > 0 {
			fmt.Fprintf(&b, "Left out, since other words for the same were shown to do better: %s.\n", strings.Join(r.Retired, ", "))
		}
	}
	for _, c := range d.Candidates {
		if c.Touch == "" && c.Reason != "nothing_now" {
			fmt.Fprintf(&b, "Not %s: %s.\n", c.Engagement, c.Why)
		}
	}
	return b.String()
}

func (d *Decision) tellRound(b *strings.Builder, r *Round, nth int, name string) {
	c := d.Chosen(r)
	also := ""
	if nth > 0 {
		also = " also"
	}
	if c == nil {
		fmt.Fprintf(b, "Decided to say nothing%s.", map[bool]string{true: " more"}[nth > 0])
		b.WriteString(" " + d.chanceOf(r) + "\n")
		d.barrierWords(b, r, nil, name)
		if k := best(r); k >= 0 {
			o := &r.Options[k]
			fmt.Fprintf(b, "What came nearest was %s by %s (words: %s): it is worth %s.\n", o.Engagement, o.Channel, o.Variant, number(o.Score))
		}
		d.tellFlips(b, r)
		return
	}
	o := &r.Options[r.Drawn]
	fmt.Fprintf(b, "Decided%s to say %s by %s (words: %s)%s. %s\n", also, o.Engagement, o.Channel, o.Variant, because(c), d.chanceOf(r))
	if o.Stage != "" {
		fits := ""
		switch {
		case o.Fit > 1:
			fits = ", which this is made for"
		case o.Fit < 1:
			fits = ", which this is not made for: a reason against it, and no bar"
		}
		fmt.Fprintf(b, "We believe that %s is most likely in the stage %s (%s)%s.", name, o.Stage, chance(o.Confidence), fits)
		if helps := decision.Processes(o.Stage); len(helps) > 0 {
			fmt.Fprintf(b, " What moves people on from there: %s.", plain(strings.Join(helps, ", ")))
		}
		b.WriteByte('\n')
	}
	d.barrierWords(b, r, o, name)
	if len(o.Parts) > 0 {
		source := "What was learned so far says"
		if r.Model == "" {
			source = "Nothing was learned yet; what is expected says"
		}
		what := "the outcome"
		if c.Outcome != "" {
			what = plain(c.Outcome[strings.LastIndex(c.Outcome, "/")+1:])
		}
		within := ""
		if c.within > 0 {
			within = " within " + c.within.String()
		}
		fmt.Fprintf(b, "%s that saying it changes the chance of %q%s by %s points of 100, give or take %s. At a value of %s, less a burden of %s, it is worth %s; saying nothing is worth 0.\n",
			source, what, within, points(o.Effect), points(1.96*o.SD), number(o.Value), number(o.Burden), number(o.Score))
		if low := o.Effect - 1.96*o.SD; low <= 0 && o.Effect+1.96*o.SD >= 0 {
			b.WriteString("So it is not known yet that it helps; that is found out by saying it to some and not to others.\n")
		}
		fmt.Fprintf(b, "Most of that comes from: %s.\n", d.mostParts(o))
		if len(r.From) > 0 && max(o.Elsewhere, -o.Elsewhere) >= .0005 {
			sign := "+"
			if o.Elsewhere < 0 {
				sign = "−"
			}
			fmt.Fprintf(b, "Before anything was learned here, %s%s points of what was expected of it came from what was measured elsewhere: %s.\n", sign, points(max(o.Elsewhere, -o.Elsewhere)), strings.Join(r.From, ", "))
		}
	} else {
		fmt.Fprintf(b, "The program learns nothing here: its value of %s%s%s put it first.\n", number(o.Value), times(o.Fit, "its fit"), times(o.Lever, "its lever"))
	}
	if k := runnerUp(r); k >= 0 {
		n := &r.Options[k]
		fmt.Fprintf(b, "Next best was %s by %s, %s, worth %s.\n", n.Engagement, n.Channel, chance(n.Probability), number(n.Score))
	}
	d.tellFlips(b, r)
}

func (d *Decision) tellFlips(b *strings.Builder, r *Round) {
	for _, f := range r.Flips {
		fmt.Fprintln(b, f.Says)
	}
	if !r.Again {
		b.WriteString("This decision could not be made again from its record as it was; tell whoever looks after Attune.\n")
	}
}

// chanceOf says how much of it was chance.
func (d *Decision) chanceOf(r *Round) string {
	p := r.Nothing
	if r.Drawn >= 0 {
		p = 0
		for i := range r.Options {
			if r.Options[i].candidate == r.Options[r.Drawn].candidate {
				p += r.Options[i].Probability
			}
		}
	}
	says := "The chance of that was " + chance(p) + "."
	switch {
	case p >= .9995:
		return "That was certain: nothing is left to chance here."
	case r.Policy == "uniform":
		return says + " The person is among those for whom all is drawn evenly."
	case r.Policy == "matched":
		return says + " The person is among those for whom what is made for their stage decides, and not what was learned."
	case r.Policy == "value":
		return says + " The person is among those for whom the value decides, whatever the stage, and not what was learned."
	case r.Policy == "pinned":
		return says + " The person is among those for whom the model " + r.Model + " goes on deciding, and not what was learned last."
	case r.Policy == "fallback":
		return says + " What was learned is out of date or could not be used, so the best fit by stage was taken."
	case r.Drawn >= 0 && r.Nothing > 0:
		return says + " That nothing is said had " + chance(r.Nothing) + "."
	}
	return says
}

func (d *Decision) mostParts(o *Option) string {
	var says []string
	for _, p := range o.Parts {
		if len(says) == 5 || p.Effect == 0 {
			break
		}
		sign := "+"
		if p.Effect < 0 {
			sign = "−"
		}
		says = append(says, fmt.Sprintf("%s (%s%s)", p.Says, sign, points(max(p.Effect, -p.Effect))))
	}
	return strings.Join(says, ", ")
}

// toAuditor says everything that is on record, option by option.
func (d *Decision) toAuditor() string {
	var b strings.Builder
	fmt.Fprintf(&b, "decision %s at %s\n", d.ID, d.At)
	for _, c := range d.Candidates {
		fmt.Fprintf(&b, "  candidate %s/%s value %s because %s: ", c.Program, c.Engagement, number(c.Value), c.Because)
		if c.Touch != "" {
			fmt.Fprintf(&b, "touch %s, %s by %s\n", c.Touch, c.Variant, c.Channel)
		} else {
			fmt.Fprintf(&b, "%s (%s)\n", c.Reason, c.Why)
		}
	}
	for n := range d.Rounds {
		r := &d.Rounds[n]
		model := r.Model
		if model == "" {
			model = "none"
		}
		fmt.Fprintf(&b, "  round %d: policy %s, model %s, arm %q, explore %s, something in [%s, %s]; nothing has %.6f; drawn %.17g; made again to the same bits: %v\n",
			n+1, r.Policy, model, r.Arm, number(r.Explore), number(r.Least), number(r.Most), r.Nothing, r.Place, r.Again)
		if len(r.Barriers)+len(r.Motives) > 0 {
			fmt.Fprintf(&b, "    known of the person: barriers %s; motives %s\n", none(r.Barriers), none(r.Motives))
		}
		if len(r.Retired) > 0 {
			fmt.Fprintf(&b, "    left out, since others do better: %s\n", strings.Join(r.Retired, ", "))
		}
		if len(r.Library) > 0 {
			fmt.Fprintf(&b, "    the model began in part from %s\n", strings.Join(r.Library, ", "))
		}
		for i := range r.Options {
			o := &r.Options[i]
			mark := " "
			if i == r.Drawn {
				mark = "*"
			}
			fmt.Fprintf(&b, "  %s %s by %s, %s, due %s: U %+.5f ± %.5f, V %s, S %s, C %s, L %s, B %.5f (hazard %.5f), score %+.5f, chance %.6f\n",
				mark, o.Engagement, o.Channel, o.Variant, o.Due, o.Effect, o.SD, number(o.Value), number(o.Fit), number(o.Context), number(o.Lever), o.Burden, o.Hazard, o.Score, o.Probability)
			if o.Elsewhere != 0 {
				fmt.Fprintf(&b, "        %+.6f of what was expected before came from elsewhere\n", o.Elsewhere)
			}
			if len(o.Eases) > 0 {
				fmt.Fprintf(&b, "        eases %s\n", strings.Join(o.Eases, ", "))
			}
			for _, p := range o.Parts {
				fmt.Fprintf(&b, "        %-50s %8.4f × → %+.6f ± %.6f\n", p.Feature, p.Value, p.Effect, p.SD)
			}
		}
		for _, f := range r.Flips {
			fmt.Fprintf(&b, "    %s\n", f.Says)
		}
	}
	return b.String()
}

// roundOf finds the round in which a candidate was drawn.
func (d *Decision) roundOf(candidate int) (*Round, *Option) {
	for i := range d.Rounds {
		r := &d.Rounds[i]
		if r.Drawn >= 0 && r.Options[r.Drawn].candidate == candidate {
			return r, &r.Options[r.Drawn]
		}
	}
	return nil, nil
}

// runnerUp is the best of another thing to say than the one that was drawn.
func runnerUp(r *Round) int {
	found := -1
	for i := range r.Options {
		if r.Options[i].candidate != r.Options[r.Drawn].candidate && (found < 0 || r.Options[i].Score > r.Options[found].Score) {
			found = i
		}
	}
	return found
}

func best(r *Round) int {
	found := -1
	for i := range r.Options {
		if found < 0 || r.Options[i].Score > r.Options[found].Score {
			found = i
		}
	}
	return found
}

func because(c *Candidate) string {
	if c.Because == "" {
		return ""
	}
	return ", because of " + c.Because
}

func none(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

func times(factor float64, what string) string {
	if factor == 1 {
		return ""
	}
	return ", times " + number(factor) + " for " + what + ","
}

func plain(s string) string { return strings.ReplaceAll(s, "_", " ") }

func day(t instant.Time) string { return t.Std().Format("2 January 2006") }

func minute(t instant.Time) string { return t.Std().Format("2 Jan 2006 15:04 MST") }
