package why

import (
	"fmt"
	"strings"

	"attune/core/engine"
	"attune/core/instant"
	"attune/core/program"
	"attune/core/stage"
)

// Onward tells what would move somebody one stage on in one behavior: which evidence would show it, and what of
// the program is made for it.
type Onward struct {
	Program  string `json:"program"`
	Behavior string `json:"behavior"`
	At       string `json:"at"`
	// Stage is what is shown, Next one stage on; each with how probable it is. Short is by how much Next would
	// have to be more probable to be shown.
	Stage  string  `json:"stage"`
	Chance float64 `json:"chance,omitempty"`
	Next   string  `json:"next,omitempty"`
	NextAt float64 `json:"next_chance,omitempty"`
	Short  float64 `json:"short,omitempty"`
	// Enough is evidence after which a later stage would be shown. Each was tried on the person's own belief.
	Enough []Enough `json:"enough,omitempty"`
	// Silent is the stage that silence brings, and SilentAt when.
	Silent   string `json:"silent,omitempty"`
	SilentAt string `json:"silent_at,omitempty"`
	// Barriers and Motives are what is known to keep the person from it, and to move them.
	Barriers []string `json:"barriers,omitempty"`
	Motives  []string `json:"motives,omitempty"`
	// Fitting are engagements that are made for the stage or answer a barrier.
	Fitting []Fitting `json:"fitting,omitempty"`

	silentAt instant.Time
	told     []Told
}

// Enough is evidence that would be enough.
type Enough struct {
	Label       string  `json:"label"`
	Event       string  `json:"event"`
	Read        string  `json:"read,omitempty"`
	Times       int     `json:"times"`
	Then        string  `json:"then"`
	Probability float64 `json:"probability"`
}

// Fitting is an engagement that fits, and what is known of what it does to moving on.
type Fitting struct {
	Engagement string   `json:"engagement"`
	Process    string   `json:"process,omitempty"`
	Made       bool     `json:"made_for_the_stage"`
	Eases      []string `json:"eases,omitempty"`
	// More is by how much saying it changes the chance to move on, from Lo to Hi with 95 %; nothing is known
	// where it is empty.
	More *More `json:"more,omitempty"`
}

// More is a difference of chances and its interval.
type More struct {
	Value float64 `json:"value"`
	Lo    float64 `json:"lo"`
	Hi    float64 `json:"hi"`
}

// Known finds what was learned of an engagement's effect on moving on from a stage; nil where nothing was.
type Known func(program, engagement, stage string) *More

// OnwardOf puts what the core says of a behavior, by the evidence that its program has, and what was learned.
func OnwardOf(o *engine.Onward, events []string, known Known, told []Told) Onward {
	out := Onward{Program: o.Program, Behavior: o.Behavior, At: o.At.String(), Stage: o.Stage.String(), Barriers: o.Barriers, Motives: o.Motives, told: told, silentAt: o.SilentAt}
	if o.Stage == stage.None {
		out.Enough = nil
		return out
	}
	out.Chance = o.P.Of(o.Stage)
	if o.Next != stage.None {
		out.Next, out.NextAt, out.Short = o.Next.String(), o.P.Of(o.Next), o.Short
	}
	for i := range o.Enough {
		e := &o.Enough[i]
		out.Enough = append(out.Enough, Enough{e.Label, events[e.Evidence], e.Read, e.Times, e.Then.String(), e.Probability})
	}
	if o.Silent != stage.None {
		out.Silent, out.SilentAt = o.Silent.String(), o.SilentAt.String()
	}
	for _, f := range o.Fitting {
		out.Fitting = append(out.Fitting, Fitting{f.Engagement, f.Process, f.Made, f.Eases, known(o.Program, f.Engagement, out.Stage)})
	}
	return out
}

// Text tells it to whoever treats the person. The name is what they are called, empty where nobody knows.
func (o *Onward) Text(name string) string {
	if name == "" {
		name = "the person"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "What would move %s one stage on, in %s:\n", name, plain(o.Behavior))
	if o.Stage == stage.None.String() {
		b.WriteString("Nothing is known yet of the stage of change; the first evidence will show one.\n")
		return b.String()
	}
	fmt.Fprintf(&b, "Shown is the stage %s (%s).", o.Stage, chance(o.Chance))
	if o.Next != "" {
		fmt.Fprintf(&b, " One stage on is %s (%s). It is shown when it is %s points of 100 more probable, or the other that much less.", o.Next, chance(o.NextAt), points(max(o.Short, 0)))
	} else {
		b.WriteString(" There is none after it: what counts is staying there.")
	}
	b.WriteByte('\n')
	o.evidence(&b)
	if o.Silent != "" {
		fmt.Fprintf(&b, "If nothing is heard, it is shown as %s from %s on.\n", o.Silent, day(o.silentAt))
	}
	o.keeping(&b, name)
	o.fitting(&b)
	return b.String()
}

func (o *Onward) evidence(b *strings.Builder) {
	if len(o.Enough) == 0 {
		if o.Next != "" {
			b.WriteString("No kind of evidence would show a later stage by itself, however often it came: it takes several kinds, or time.\n")
		}
		return
	}
	b.WriteString("Any one of these would show a later stage:\n")
	for _, e := range o.Enough {
		read, times := "", "once"
		if e.Read != "" {
			read = ", " + e.Read
		}
		if e.Times > 1 {
			times = fmt.Sprintf("%d times, a day apart", e.Times)
		}
		fmt.Fprintf(b, "  - %s%s (%s), %s: then %s (%s)\n", e.Label, read, e.Event, times, e.Then, chance(e.Probability))
	}
}

// keeping tells the barriers, in the person's own words where they are there.
func (o *Onward) keeping(b *strings.Builder, name string) {
	for _, word := range o.Barriers {
		t := find(o.told, program.BarrierFact, word)
		if t == nil {
			t = &Told{Fact: program.BarrierFact, Kind: word}
		}
		fmt.Fprintf(b, "%s%s.\n", upper(name), t.says("keeps"))
	}
}

// called is what barriers are called, for people.
func (o *Onward) called(words []string) string {
	names := make([]string, len(words))
	for i, word := range words {
		names[i] = "a lack of " + plain(word)
		if t := find(o.told, program.BarrierFact, word); t != nil && t.Says != "" {
			names[i] = "“" + t.Says + "”"
		}
	}
	return strings.Join(names, " and ")
}

func (o *Onward) fitting(b *strings.Builder) {
	if len(o.Fitting) == 0 {
		b.WriteString("Nothing in the program is made for that stage, or answers what keeps them from it.\n")
		return
	}
	b.WriteString("What the program has for it:\n")
	for _, f := range o.Fitting {
		var why []string
		if f.Made {
			why = append(why, "is made for the stage")
		}
		if len(f.Eases) > 0 {
			why = append(why, "has words that answer "+o.called(f.Eases))
		}
		by := ""
		if f.Process != "" {
			by = " (by " + plain(f.Process) + ")"
		}
		known := "Nothing is known yet of what it does to moving on."
		if m := f.More; m != nil {
			known = fmt.Sprintf("Saying it changes the chance to move on by %s points of 100 (95 %% interval %s to %s).", signed(m.Value), signed(m.Lo), signed(m.Hi))
			if m.Lo <= 0 && m.Hi >= 0 {
				known += " So it is not known yet that it helps."
			}
		}
		fmt.Fprintf(b, "  - %s%s %s. %s\n", f.Engagement, by, strings.Join(why, " and "), known)
	}
}

func signed(v float64) string {
	if v < 0 {
		return "−" + points(-v)
	}
	return "+" + points(v)
}
