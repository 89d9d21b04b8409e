package release

import (
	"maps"
	"slices"

	"attune/core/comb"
	"attune/core/content"
	"attune/core/decision"
	"attune/core/id"
	"attune/core/program"
	"attune/core/source"
	"attune/core/stage"
	"attune/core/voice"
)

// Learning is what decisions are weighed with, where a program learns.
type Learning struct {
	Space *decision.Space
	// Prior is what is expected before anything was learned.
	Prior *decision.Model
	// pinned are, for each program, the model that it compares what is learned with; nil for none.
	pinned []*decision.Model
	// tags are, for each program and engagement, what options are made of.
	tags [][]Tags
	// reading is how hard texts are to read, by their hash; empty where all are alike.
	reading map[string]decision.Term
}

// Tags are the features of an engagement.
type Tags struct {
	// Terms hold whoever gets it; Variants are those of its wordings.
	Terms    []decision.Term
	Variants [][]decision.Term
	// Stages are those that hold in a stage of change, by the stage's number; none for None.
	Stages [7]StageTags
}

// StageTags are what a stage of change makes of an engagement.
type StageTags struct {
	Terms []decision.Term
	// Match is the place of the stage and the engagement's process in the matrix; zero where it has none.
	Match decision.Feature
}

// Matched tells whether an engagement is made for a stage: by its own word, or else by the matrix of stages
// and processes. The second answer is false where nothing is said of it.
func Matched(en *program.Engagement, in stage.Stage) (matched, said bool) {
	switch {
	case in == stage.None:
		return false, false
	case len(en.Fits) > 0:
		return slices.Contains(en.Fits, in.String()), true
	case en.Process != "":
		return slices.Contains(decision.Processes(in.String()), en.Process), true
	}
	return false, false
}

// Parts are the parts of a day in which people answer more or less, each from an hour on.
func Parts() []string { return []string{"night", "morning", "afternoon", "evening"} }

// Certain is the release with nothing left to chance: no trials, and the best said always. Stories are told
// under it, since they are about what rules do.
func (r *Release) Certain() *Release {
	certain := *r
	certain.Learning = nil
	return &certain
}

// Of returns an engagement's tags.
func (l *Learning) Of(program, engagement int) *Tags { return &l.tags[program][engagement] }

// Reading is the feature of how hard a text is to read; false where it has none.
func (l *Learning) Reading(hash string) (decision.Term, bool) {
	t, known := l.reading[hash]
	return t, known
}

// Pin gives a program the model that it names. That is done before anybody decides under the release.
func (l *Learning) Pin(program int, m *decision.Model) { l.pinned[program] = m }

// Pinned is the model that a program compares what is learned with; nil where there is none, or nobody gave it.
func (l *Learning) Pinned(program int) *decision.Model { return l.pinned[program] }

// learning gathers the features of all programs, where one of them learns.
func (c *compiler) learning() {
	programs := c.rel.Programs
	if !slices.ContainsFunc(programs, func(p *program.Program) bool { return p.Policy.Learning != nil }) {
		return
	}
	l := &Learning{pinned: make([]*decision.Model, len(programs))}
	b := spaceBuilder{}
	b.common()
	for _, p := range programs {
		tags := make([]Tags, len(p.Engagements))
		for k := range p.Engagements {
			tags[k] = b.engagement(p, &p.Engagements[k])
		}
		l.tags = append(l.tags, tags)
	}
	l.reading = b.reading(programs)
	// What is less than a variant is learned of more people, so variants are what there is no room for.
	slices.SortStableFunc(b.known, func(x, y decision.Known) int { return variantsLast(x) - variantsLast(y) })
	b.known = b.known[:min(len(b.known), decision.Most)]
	space, err := decision.NewSpace(b.known)
	if err == nil {
		l.Space = space
		l.Prior, err = decision.Fit(space, decision.NewEvidence(space), decision.Standard(), id.Seed{})
	}
	if err != nil {
		c.problems.Add(source.Pos{File: "policy.yaml"}, "rename one of the engagements or variants", "what the programs learn cannot be told apart: %v", err)
		return
	}
	c.rel.Learning = l
}

func variantsLast(k decision.Known) int {
	if k.Group == decision.Variant {
		return 1
	}
	return 0
}

// spaceBuilder gathers features.
type spaceBuilder struct{ known []decision.Known }

func (b *spaceBuilder) has(k decision.Known) decision.Term {
	if !slices.ContainsFunc(b.known, func(o decision.Known) bool { return o.Name == k.Name }) {
		b.known = append(b.known, k)
	}
	return decision.Term{Feature: decision.FeatureOf(k.Name), Value: 1}
}

// common are the features that do not depend on what can be said.
func (b *spaceBuilder) common() {
	b.has(decision.Baseline.Feature("base"))
	b.has(decision.Baseline.Feature("base", "dose"))
	b.has(decision.Baseline.Feature("base", "answers"))
	b.has(decision.Whether.Feature("engage"))
	for _, s := range stage.All() {
		b.has(decision.Baseline.Feature("base", "stage", s.String()))
		b.has(decision.Stage.Feature("stage", s.String()))
		dose := decision.Dose.Feature("dose", s.String())
		dose.Effect, dose.Loss = decision.DoseIn(s.String())
		b.has(dose)
	}
	for _, name := range program.Channels() {
		b.has(decision.Channel.Feature("channel", name))
		b.has(decision.Reach.Feature("answers", name))
	}
	for _, part := range Parts() {
		b.has(decision.Timing.Feature("part", part))
	}
	rhythm := decision.Timing.Feature("rhythm")
	rhythm.Effect = decision.Prior{Mean: .01, SD: .02}
	b.has(rhythm)
	for _, name := range []string{"dose", "same", "today"} {
		b.has(decision.Dose.Feature(name))
	}
	later := decision.Channel.Feature("further down")
	later.Effect = decision.Prior{Mean: -.005, SD: .005}
	b.has(later)
}

// engagement are the features of one engagement and its variants.
func (b *spaceBuilder) engagement(p *program.Program, en *program.Engagement) Tags {
	var t Tags
	t.Terms = append(t.Terms, b.has(decision.Intervention.Feature("program", p.ID)), b.has(decision.Intervention.Feature("engagement", p.ID+"/"+en.ID)))
	if en.Process != "" {
		t.Terms = append(t.Terms, b.has(decision.Process.Feature("process", en.Process)))
	}
	if en.Outcome != "" {
		b.has(decision.Baseline.Feature("base", "outcome", p.ID+"/"+en.Outcome))
	}
	for _, s := range stage.All() {
		in := &t.Stages[s]
		in.Terms = append(in.Terms, b.has(decision.Stage.Feature("stage", s.String())))
		matched, said := Matched(en, s)
		if !said {
			continue
		}
		what := "process"
		name := en.Process
		if len(en.Fits) > 0 { // the team's own word stands beside the matrix, not in it
			what, name = "engagement", p.ID+"/"+en.ID
		}
		k := decision.Match.Feature("stage", s.String(), what, name)
		k.Effect, k.Loss = decision.MatchOf(matched)
		term := b.has(k)
		in.Terms, in.Match = append(in.Terms, term), term.Feature
	}
	for v := range en.Variants {
		t.Variants = append(t.Variants, b.variant(p, en, &en.Variants[v]))
	}
	b.drivers(p, en)
	return t
}

// drivers are the features of what keeps people from a behavior and what moves them. Which of them hold is the
// person's, so they are no tags.
func (b *spaceBuilder) drivers(p *program.Program, en *program.Engagement) {
	if !p.Drives() {
		return
	}
	for _, is := range []bool{true, false} {
		k := decision.Barrier.Feature("barrier", map[bool]string{true: "eased", false: "unmet"}[is])
		k.Effect, k.Loss = decision.BarrierOf(is)
		b.has(k)
	}
	for v := range en.Variants {
		variant := &en.Variants[v]
		for _, word := range en.Eased(variant) {
			if d := p.Driver(program.BarrierFact, word); d != nil {
				b.has(decision.Barrier.Feature("eases", p.ID+"/"+d.ID))
				b.has(decision.Barrier.Feature("eases", d.Kind))
			}
			for _, kind := range comb.Kinds() {
				if comb.Within(kind, word) {
					b.has(decision.Barrier.Feature("eases", kind))
				}
			}
		}
		levels := []string{program.SupportFact}
		for _, d := range p.Motivations {
			levels = append(levels, d.Kind, p.ID+"/"+d.ID)
		}
		for _, level := range levels {
			if variant.Strategy != "" {
				b.has(decision.Barrier.Feature("moves", level, "strategy", variant.Strategy))
			}
			if variant.Frame != "" {
				b.has(decision.Barrier.Feature("moves", level, "frame", variant.Frame))
			}
		}
	}
}

// reading are the features of how hard texts are to read, by their hash: a variant is one thing in each language, and
// another over each channel. Where all are alike there is nothing to learn.
func (b *spaceBuilder) reading(programs []*program.Program) map[string]decision.Term {
	levels, seen := map[string]string{}, map[string]bool{}
	for _, p := range programs {
		if p.Policy.Learning == nil {
			continue
		}
		for _, t := range p.Content {
			_, body := t.Render(content.Filled{Organisation: p.Name, Name: "Ana", FirstName: "Ana", LastName: "Silva"})
			if level := voice.Level(t.Language, body); level != "" {
				levels[t.Hash], seen[level] = level, true
			}
		}
	}
	if len(seen) < 2 {
		return nil
	}
	out := map[string]decision.Term{}
	for _, hash := range slices.Sorted(maps.Keys(levels)) {
		out[hash] = b.has(decision.Strategy.Feature("reading", levels[hash]))
	}
	return out
}

func (b *spaceBuilder) variant(p *program.Program, en *program.Engagement, v *program.Variant) []decision.Term {
	var out []decision.Term
	if v.Strategy != "" {
		out = append(out, b.has(decision.Strategy.Feature("strategy", v.Strategy)))
	}
	if v.Frame != "" {
		out = append(out, b.has(decision.Strategy.Feature("frame", v.Frame)))
	}
	if v.CallToAction != "" {
		out = append(out, b.has(decision.Strategy.Feature("call to action", v.CallToAction)))
	}
	for _, technique := range v.Techniques {
		out = append(out, b.has(decision.Strategy.Feature("technique", technique)))
	}
	return append(out, b.has(decision.Variant.Feature("variant", p.ID+"/"+en.ID+"/"+v.ID)))
}
