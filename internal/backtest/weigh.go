package backtest

import (
	"slices"
	"strings"

	"attune/core/decision"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/instant"
	"attune/core/policy"
	"attune/core/program"
	"attune/core/release"
)

// A decision that was left to chance is weighed again: the same options in the same situation, with what a
// version says of them, its model and its manner. What the version has no more cannot be drawn; what it has more
// than there was then was never tried, and the decision is not covered.

// mostWeighed is how many options one round weighs; where there were so many, some may have been left out.
const mostWeighed = 64

// judged is what a version makes of a decision that was really made.
type judged struct {
	// why it is not covered; empty where it is.
	why string
	// whole is how much likelier than really the version does what was done, and engage how much likelier it
	// says something where something was said, and nothing where nothing was.
	whole, engage float64
	// first are the version's chances of what can be said in the first round, and of nothing.
	first map[string]float64
}

// nothing is the arm in which nothing is said.
const nothing = ""

// judge weighs a decision's rounds again, under another release than the one that it was made under.
func (j *job) judge(v, was *release.Release, d *effect.Decide) judged {
	out := judged{whole: 1, engage: 1}
	if v.ID != was.ID {
		if out.why = newIn(v, was); out.why != "" {
			return out
		}
	}
	scales := decision.Scales{}
	for i := range d.Rounds {
		w := &d.Rounds[i]
		if !byChance(w) {
			continue
		}
		a := again{v: v, was: was, model: j.Model, d: d, w: w}
		if w.Arm == engine.ArmModel { // it goes on by the model that the program named for it
			var err error
			if a.model, err = j.model(w.Model); err != nil {
				out.why = whyGone
				return out
			}
		}
		if out.why = a.weigh(&scales); out.why != "" {
			return out
		}
		if silent := scales.Nothing(); w.Drawn < 0 {
			out.whole *= silent / w.Nothing
			out.engage *= silent / w.Nothing
		} else {
			out.whole *= a.chance(w.Drawn) / w.Options[w.Drawn].Probability
			out.engage *= (1 - silent) / (1 - w.Nothing)
		}
		if out.first == nil {
			out.first = map[string]float64{nothing: scales.Nothing()}
			for k, of := range a.of {
				out.first[armOf(d, w, of)] += a.weights[k].Probability
			}
		}
	}
	return out
}

// byChance tells a round that was left to chance by a program that learns.
func byChance(w *effect.Weighing) bool { return len(w.Base) > 0 && len(w.Options) > 0 }

// armOf names what is said by an option of a round.
func armOf(d *effect.Decide, w *effect.Weighing, option int) string {
	c := &d.Candidates[w.Options[option].Candidate]
	return c.Program + "/" + c.Engagement
}

// again is one round, weighed once more.
type again struct {
	v, was *release.Release
	model  *decision.Model
	d      *effect.Decide
	w      *effect.Weighing
	// of are the recorded options that the version has, by their places, and weights how it weighs them.
	of      []int
	weights []decision.Weight
}

// chance is the version's of an option that was recorded.
func (a *again) chance(option int) float64 {
	if k := slices.Index(a.of, option); k >= 0 {
		return a.weights[k].Probability
	}
	return 0
}

// place is where a program's engagement stands in a release.
type place struct {
	pr      *program.Program
	en      *program.Engagement
	program int
	tags    *release.Tags
}

func (p *place) learning() *policy.Learning {
	if p.tags == nil {
		return nil
	}
	return p.pr.Policy.Learning
}

func placeOf(rel *release.Release, name, engagement string) (p place, found bool) {
	for i, pr := range rel.Programs {
		if pr.ID != name {
			continue
		}
		for k := range pr.Engagements {
			if pr.Engagements[k].ID == engagement {
				p = place{pr: pr, en: &pr.Engagements[k], program: i}
				if rel.Learning != nil {
					p.tags = rel.Learning.Of(i, k)
				}
				return p, true
			}
		}
	}
	return p, false
}

// Why decisions are not covered.
const (
	whyMore    = "the version could say it in more ways than there were then"
	whyOther   = "it is for another behaviour, meets other barriers, or does not compete any more"
	whyOrder   = "its channels are in another order"
	whyMixed   = "of the programs in it some learn and some do not"
	whyWritten = "it was decided by another version of Attune"
	whyGone    = "the model that it went by is not here"
	whyCrowded = "there were more options than are weighed"
	whyUnheard = "the version can say something that could not be said then: "
)

// newIn names an engagement that competes in a version and was not there before.
func newIn(v, was *release.Release) string {
	for _, pr := range v.Programs {
		for k := range pr.Engagements {
			en := &pr.Engagements[k]
			if _, known := placeOf(was, pr.ID, en.ID); !known && en.Coordination == program.Decided {
				return whyUnheard + pr.ID + "/" + en.ID
			}
		}
	}
	return ""
}

// weigh weighs the round, or says why it cannot.
func (a *again) weigh(scales *decision.Scales) (why string) {
	var options []decision.Option
	learns, not := 0, 0
	for k := range a.w.Options {
		o, there, learned, why := a.option(k)
		if why != "" {
			return why
		}
		if !there {
			continue
		}
		if learned {
			learns++
		} else {
			not++
		}
		a.of, options = append(a.of, k), append(options, o)
	}
	if a.brings() {
		return whyMore
	}
	if not == 0 {
		options = a.unretired(options)
	}
	switch {
	case learns > 0 && not > 0:
		return whyMixed
	case len(a.of) < len(a.w.Options) && len(a.w.Options) >= mostWeighed:
		return whyCrowded
	case not > 0:
		options = a.ranked(options)
		a.weights, _ = scales.Weigh(nil, a.w.Bank, options, decision.Manner{Policy: decision.Ranked})
		return ""
	}
	manner, known := a.manner()
	if !known {
		return whyWritten
	}
	model := a.model
	if model == nil && a.v.Learning != nil {
		model = a.v.Learning.Prior
	}
	a.weights, _ = scales.Weigh(model, a.w.Bank, options, manner)
	return ""
}

// retires tells whether the model that is tried retired a wording.
func (a *again) retires(wording string) bool {
	return a.model != nil && a.model.IsRetired(decision.FeatureOf(decision.Name("variant", wording)))
}

// brings tells whether the version would say a wording that the model of then had retired.
func (a *again) brings() bool {
	for _, wording := range a.w.Retired {
		parts := strings.SplitN(wording, "/", 3)
		is, found := placeOf(a.v, parts[0], parts[1])
		if found && variantOf(is.en, parts[2]) >= 0 && (is.learning() == nil || !a.retires(wording)) {
			return true
		}
	}
	return false
}

// unretired leaves out the wordings that the model retired, where there are others for the same.
func (a *again) unretired(options []decision.Option) (left []decision.Option) {
	wording := func(k int) string { return armOf(a.d, a.w, k) + "/" + a.w.Options[k].Variant }
	all := a.of
	a.of = nil
	for n, k := range all {
		other := func(o int) bool {
			return a.w.Options[o].Candidate == a.w.Options[k].Candidate && !a.retires(wording(o))
		}
		if !a.retires(wording(k)) || !slices.ContainsFunc(all, other) {
			a.of, left = append(a.of, k), append(left, options[n])
		}
	}
	return left
}

// ranked keeps, where nothing is learned, each variant's first open channel, as soon as it may go.
func (a *again) ranked(options []decision.Option) []decision.Option {
	type wording struct{ candidate, variant uint32 }
	seen := map[wording]bool{}
	var of []int
	var out []decision.Option
	for k, o := range options {
		is := wording{o.Path[decision.What], o.Path[decision.Words]}
		if o.Path[decision.When] == 0 && !seen[is] {
			seen[is] = true
			of, out = append(of, a.of[k]), append(out, o)
		}
	}
	a.of = of
	return out
}

// manner is how the version chooses, where the release of then chose as is recorded.
func (a *again) manner() (m decision.Manner, known bool) {
	m = a.w.Manner
	m.Policy = decision.Learned
	if a.w.Arm == engine.ArmUniform {
		m.Policy = decision.Uniform
	}
	if a.w.Manner.Policy.Challenges() { // whom it is decided for in another way, it is in both
		m.Policy = a.w.Manner.Policy
	}
	for k := range a.w.Options {
		c := &a.d.Candidates[a.w.Options[k].Candidate]
		was, _ := placeOf(a.was, c.Program, c.Engagement)
		l := was.learning()
		if l == nil || l.Explore != m.Explore || l.Least != m.Least || l.Most != m.Most {
			continue
		}
		if is, found := placeOf(a.v, c.Program, c.Engagement); found && is.learning() != nil {
			l = is.learning()
			m.Explore, m.Least, m.Most = l.Explore, l.Least, l.Most
		} else if len(a.of) > 0 {
			continue
		}
		return m, true
	}
	return m, false
}

// option is what a version makes of a recorded option: whether it has it, and whether its program learns.
func (a *again) option(k int) (o decision.Option, there, learns bool, why string) {
	seen := &a.w.Options[k]
	c := &a.d.Candidates[seen.Candidate]
	was, known := placeOf(a.was, c.Program, c.Engagement)
	if !known || was.learning() == nil {
		return o, false, false, whyWritten
	}
	is, found := placeOf(a.v, c.Program, c.Engagement)
	if !found {
		return o, false, false, ""
	}
	if is.en.Coordination != was.en.Coordination || is.en.Audience != was.en.Audience || is.en.Behavior != was.en.Behavior {
		return o, false, false, whyOther
	}
	if more(is, was) {
		return o, false, false, whyMore
	}
	to, variant := variantOf(is.en, seen.Variant), variantOf(was.en, seen.Variant)
	if variant < 0 {
		return o, false, false, whyWritten
	}
	if to < 0 || !slices.ContainsFunc(is.en.Variants[to].Texts, func(t program.Text) bool { return t.Channel == seen.Channel }) {
		return o, false, false, ""
	}
	if is.learning() == nil {
		return a.plain(is, seen), true, false, ""
	}
	if otherOrder(is, was, to, variant) {
		return o, false, true, whyOrder
	}
	if at := int(seen.Path[decision.When]); at > len(was.learning().Times) {
		return o, false, true, whyWritten
	} else if at > 0 && !slices.Contains(is.learning().Times, was.learning().Times[at-1]) {
		return o, false, true, ""
	}
	o = a.plain(is, seen)
	l := is.learning()
	o.Lever, o.Reach = decision.Percent(l.Lever(is.en.ID)), l.Reach
	o.Cost = seen.Cost
	if before := was.learning(); before.Cost(seen.Channel) != l.Cost(seen.Channel) || before.Fatigue != l.Fatigue {
		o.Cost = l.Cost(seen.Channel) + l.Fatigue*valueOf(seen.Terms, "dose")
	}
	if drivenOtherwise(is, was, to, variant) && a.drives(seen) {
		return o, false, true, whyOther
	}
	terms, ok := retold(seen, was.tags, is.tags, variant, to)
	if !ok {
		return o, false, true, whyWritten
	}
	o.Terms = terms
	return o, true, true, ""
}

// plain is an option as far as nothing of it is learned.
func (a *again) plain(is place, seen *effect.Weighed) decision.Option {
	o := decision.Option{Path: seen.Path, Value: is.en.Value, Fit: 1, Context: seen.Context, Lever: 1}
	count := 0.0
	if is.learning() != nil && a.model != nil {
		count = a.model.SeenOf(is.tags.Stages[seen.Stage].Match)
	}
	if matched, said := release.Matched(is.en, seen.Stage); said {
		o.Fit = decision.FitOf(matched, seen.Confidence, count)
	}
	return o
}

func variantOf(en *program.Engagement, name string) int {
	return slices.IndexFunc(en.Variants, func(v program.Variant) bool { return v.ID == name })
}

// more tells whether an engagement can be said in ways that there were not then.
func more(is, was place) bool {
	for v := range is.en.Variants {
		at := variantOf(was.en, is.en.Variants[v].ID)
		if at < 0 {
			return true
		}
		for _, t := range is.en.Variants[v].Texts {
			if !slices.ContainsFunc(was.en.Variants[at].Texts, func(o program.Text) bool { return o.Channel == t.Channel }) {
				return true
			}
		}
	}
	if is.learning() == nil {
		return false
	}
	return slices.ContainsFunc(is.learning().Times, func(ofDay instant.Duration) bool { return !slices.Contains(was.learning().Times, ofDay) })
}

// otherOrder tells whether channels are tried in another order: how far down one stands is a feature.
func otherOrder(is, was place, to, variant int) bool {
	channels := func(texts []program.Text) (out []string) {
		for _, t := range texts {
			out = append(out, t.Channel)
		}
		return out
	}
	return !slices.Equal(is.pr.Policy.Order, was.pr.Policy.Order) || !slices.Equal(channels(is.en.Variants[to].Texts), channels(was.en.Variants[variant].Texts))
}

// retold puts a version's features in the place of those of the release of then; what holds for the person and
// the instant stays. It is false where what was recorded does not begin as that release would have it.
func retold(seen *effect.Weighed, was, is *release.Tags, variant, to int) ([]decision.Term, bool) {
	tags := func(t *release.Tags, v int) []decision.Term {
		out := slices.Clone(t.Terms)
		for _, in := range t.Stages[seen.Stage].Terms {
			in.Value = float32(seen.Confidence)
			out = append(out, in)
		}
		return append(out, t.Variants[v]...)
	}
	dose := valueOf(seen.Terms, "dose")
	old, now := tags(was, variant), tags(is, to)
	decision.Fade(old, dose)
	decision.Fade(now, dose)
	if len(seen.Terms) < len(old) || !slices.Equal(seen.Terms[:len(old)], old) {
		return nil, false
	}
	return slices.Concat(now, seen.Terms[len(old):]), true
}

// drives tells whether what keeps the person from the behavior, or moves them, had to do with an option.
func (a *again) drives(seen *effect.Weighed) bool {
	known := a.was.Learning.Space.Known()
	return slices.ContainsFunc(seen.Terms, func(t decision.Term) bool {
		i := a.was.Learning.Space.Index(t.Feature)
		return i >= 0 && known[i].Group == decision.Barrier
	})
}

// drivenOtherwise tells whether a wording meets what drives people otherwise than it did.
func drivenOtherwise(is, was place, to, variant int) bool {
	a, b := &is.en.Variants[to], &was.en.Variants[variant]
	return a.Strategy != b.Strategy || a.Frame != b.Frame || !slices.Equal(a.Eases, b.Eases) || !slices.Equal(is.en.Eases, was.en.Eases)
}

func valueOf(terms []decision.Term, name string) float64 {
	f := decision.FeatureOf(name)
	for _, t := range terms {
		if t.Feature == f {
			return float64(t.Value)
		}
	}
	return 0
}
