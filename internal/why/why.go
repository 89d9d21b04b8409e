package why

import (
	"fmt"
	"math"
	"slices"

	"attune/core/decision"
	"attune/core/effect"
	"attune/core/id"
	"attune/core/instant"
	"attune/internal/story"
)

// Decision is one decision, taken apart.
type Decision struct {
	ID string `json:"id"`
	At string `json:"at"`
	// Candidates are all that was proposed, and what became of each.
	Candidates []Candidate `json:"candidates"`
	// Rounds are how what competed was chosen among.
	Rounds []Round `json:"rounds,omitempty"`

	at   instant.Time
	told []Told
}

// Candidate is one proposal.
type Candidate struct {
	Program    string  `json:"program"`
	Engagement string  `json:"engagement"`
	Value      float64 `json:"value"`
	Because    string  `json:"because"`
	Outcome    string  `json:"outcome,omitempty"`
	// Touch is what it became, by Channel in the words of Variant; without one, Reason and Why say why not.
	Touch   string `json:"touch,omitempty"`
	Variant string `json:"variant,omitempty"`
	Channel string `json:"channel,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Why     string `json:"why,omitempty"`

	within instant.Duration
}

// Round is one choice among options and nothing.
type Round struct {
	// Policy is how was chosen: ranked, learned, uniform, fallback, matched, value or pinned; Model the short id of what was learned,
	// empty for what is expected before anything is; Arm the part of a trial that the person is in.
	Policy string `json:"policy"`
	Model  string `json:"model,omitempty"`
	Arm    string `json:"arm,omitempty"`
	// Barriers and Motives are what was known to keep the person from a behavior and to move them, by the names of
	// programs or the parts of COM-B; not in the person's words.
	Barriers []string `json:"barriers,omitempty"`
	Motives  []string `json:"motives,omitempty"`
	// Explore, Least and Most bound the chances.
	Explore float64 `json:"explore"`
	Least   float64 `json:"least"`
	Most    float64 `json:"most"`
	// Options are what could be said, in the record's order. Nothing is the chance that nothing was, Place the
	// draw, and Drawn the option; -1 for nothing.
	Options []Option `json:"options"`
	Nothing float64  `json:"nothing"`
	Place   float64  `json:"place"`
	Drawn   int      `json:"drawn"`
	// Retired are the variants that were left out since others were shown to do better, as PROGRAM/ENGAGEMENT/VARIANT.
	Retired []string `json:"retired,omitempty"`
	// Library are the files of other organisations that the model began from in part, each as WHOSE (FILE); From are those
	// organisations.
	Library []string `json:"library,omitempty"`
	From    []string `json:"from,omitempty"`
	// Again tells that the round was made again from the record and came out the same to the last bit.
	Again bool `json:"again"`
	// Flips are what would have changed it.
	Flips []Flip `json:"flips,omitempty"`

	model *decision.Model
}

// Option is one thing that could have been said.
type Option struct {
	Engagement  string  `json:"engagement"`
	Variant     string  `json:"variant"`
	Channel     string  `json:"channel"`
	Due         string  `json:"due"`
	Part        string  `json:"part,omitempty"`
	Stage       string  `json:"stage,omitempty"`
	Confidence  float64 `json:"confidence,omitempty"`
	Effect      float64 `json:"effect"`
	SD          float64 `json:"sd"`
	Value       float64 `json:"value"`
	Fit         float64 `json:"fit"`
	Context     float64 `json:"context"`
	Lever       float64 `json:"lever"`
	Hazard      float64 `json:"hazard"`
	Burden      float64 `json:"burden"`
	Score       float64 `json:"score"`
	Probability float64 `json:"probability"`
	// Eases are those of the round's barriers that it answers.
	Eases []string `json:"eases,omitempty"`
	// Parts are what the effect is made of, the largest first.
	Parts []Part `json:"parts,omitempty"`
	// Elsewhere is how much of what was expected of it before anything was learned came from other organisations.
	Elsewhere float64 `json:"elsewhere,omitempty"`

	candidate int
	terms     []decision.Term
}

// Part is what one feature adds to an effect.
type Part struct {
	Feature string  `json:"feature"`
	Says    string  `json:"says"`
	Value   float64 `json:"value"`
	Effect  float64 `json:"effect"`
	SD      float64 `json:"sd"`
}

// Flip is a change after which the round would have come out another way.
type Flip struct {
	// Place is another draw, or Value another value of Engagement's.
	Place      *float64 `json:"place,omitempty"`
	Engagement string   `json:"engagement,omitempty"`
	Value      float64  `json:"value,omitempty"`
	// Then is what would have been said; nothing where it is empty.
	Then string `json:"then"`
	Says string `json:"says"`
}

// Models finds what a decision was weighed with: by its short id, or for 0 what the release of that instant
// expected before anything was learned. It is nil where that is not kept any more.
type Models func(short uint64, at instant.Time) (*decision.Model, error)

// Tell takes a decision apart. The seed is the person's.
func Tell(d effect.Decide, seed id.Seed, place func(seed id.Seed, decision id.Key, round int) float64, models Models) (Decision, error) {
	out := Decision{ID: d.ID.String(), At: d.At.String(), at: d.At}
	for _, c := range d.Candidates {
		told := Candidate{Program: c.Program, Engagement: c.Engagement, Value: c.Value, Because: c.Cause.What, Outcome: c.Outcome, Variant: c.Variant, Channel: c.Channel, Reason: string(c.Reason), within: c.Within}
		if !c.Touch.IsZero() {
			told.Touch = c.Touch.String()
		}
		if c.Reason != "" {
			told.Why = story.Explain(c.Reason, c.Detail)
		}
		out.Candidates = append(out.Candidates, told)
	}
	for n := range d.Rounds {
		r, err := tellRound(&d, n, models)
		if err != nil {
			return out, err
		}
		r.Again = r.Again && math.Float64bits(place(seed, d.ID, n)) == math.Float64bits(d.Rounds[n].Place)
		out.Rounds = append(out.Rounds, r)
	}
	return out, nil
}

func tellRound(d *effect.Decide, n int, models Models) (Round, error) {
	w := &d.Rounds[n]
	r := Round{
		Policy: w.Manner.Policy.String(), Arm: w.Arm, Explore: w.Manner.Explore, Least: w.Manner.Least, Most: w.Manner.Most,
		Nothing: w.Nothing, Place: w.Place, Drawn: w.Drawn, Barriers: w.Barriers, Motives: w.Motives, Retired: w.Retired,
	}
	if w.Model != 0 {
		r.Model = fmt.Sprintf("%016x", w.Model)
	}
	var model *decision.Model
	if len(w.Base) > 0 { // it was weighed with a model
		var err error
		if model, err = models(w.Model, d.At); err != nil {
			return r, err
		}
	}
	options := make([]decision.Option, len(w.Options))
	for i := range w.Options {
		o := &w.Options[i]
		options[i] = o.Option
		told := Option{
			candidate: o.Candidate, terms: o.Terms, Engagement: d.Candidates[o.Candidate].Engagement, Variant: o.Variant, Channel: o.Channel, Due: o.Due.String(), Part: o.Part, Confidence: o.Confidence,
			Effect: o.Effect, SD: o.SD, Value: o.Value, Fit: o.Fit, Context: o.Context, Lever: o.Lever, Hazard: o.Hazard, Burden: o.Burden, Score: o.Score, Probability: o.Probability, Eases: o.Eases,
		}
		if o.Confidence > 0 {
			told.Stage = o.Stage.String()
		}
		if model != nil {
			for _, p := range model.Parts(&o.Option) {
				told.Parts = append(told.Parts, Part{Feature: p.Name, Says: Words(p.Name), Value: p.Value, Effect: p.Effect, SD: p.SD})
			}
		}
		r.Options = append(r.Options, told)
	}
	var s decision.Scales
	r.model = model
	r.Again = again(&s, model, w, options)
	if r.Again {
		r.Flips = flips(&s, model, w, options, r.Options)
	}
	return r, nil
}

// again makes the round again and tells whether all came out to the same bits.
func again(s *decision.Scales, model *decision.Model, w *effect.Weighing, options []decision.Option) bool {
	weights, by := s.Weigh(model, w.Bank, options, w.Manner)
	if by != w.Manner.Policy || s.Nothing() != w.Nothing || s.Pick(w.Place) != w.Drawn {
		return false
	}
	for i := range weights {
		if weights[i] != w.Options[i].Weight {
			return false
		}
	}
	return true
}

// flips are the nearest draw that would have chosen something else, and what the other things would have to be
// worth to be the likeliest. Each was tried.
func flips(s *decision.Scales, model *decision.Model, w *effect.Weighing, options []decision.Option, told []Option) []Flip {
	var out []Flip
	s.Weigh(model, w.Bank, options, w.Manner)
	if place, ok := nearest(s, w); ok {
		f := Flip{Place: &place}
		if k := s.Pick(place); k >= 0 {
			f.Then = told[k].Engagement
			f.Says = fmt.Sprintf("Had the draw been %.4f and not %.4f, it would have been %s by %s (%s).", place, w.Place, told[k].Engagement, told[k].Channel, told[k].Variant)
		} else {
			f.Says = fmt.Sprintf("Had the draw been %.4f and not %.4f, nothing would have been said.", place, w.Place)
		}
		out = append(out, f)
	}
	if w.Manner.Policy == decision.Uniform {
		return out
	}
	seen := map[uint32]bool{}
	for i := range options {
		if what := options[i].Path[decision.What]; !seen[what] {
			seen[what] = true
			if f, ok := s.Flip(model, w.Bank, options, w.Manner, i); ok {
				out = append(out, Flip{Engagement: told[i].Engagement, Value: f.Value, Then: told[i].Engagement,
					Says: fmt.Sprintf("Were %s worth %s and not %s, it would have been the likeliest.", told[i].Engagement, number(f.Value), number(options[i].Value))})
			}
		}
	}
	return out
}

// nearest is the draw closest to the one that was, that would have chosen something else to say, or nothing;
// where there is no such, other words, another channel or time for the same.
func nearest(s *decision.Scales, w *effect.Weighing) (float64, bool) {
	said := func(k int) int {
		if k < 0 {
			return -1
		}
		return w.Options[k].Candidate
	}
	place, found := nearestWhere(s, w, func(k int) bool { return said(k) != said(w.Drawn) })
	if !found {
		place, found = nearestWhere(s, w, func(k int) bool { return k != w.Drawn })
	}
	return place, found
}

func nearestWhere(s *decision.Scales, w *effect.Weighing, other func(option int) bool) (float64, bool) {
	edges := []float64{}
	sum := 0.0
	for i := range w.Options {
		edges = append(edges, math.Nextafter(sum, -1), sum)
		sum += w.Options[i].Probability
	}
	edges = append(edges, math.Nextafter(sum, -1), sum, math.Nextafter(1, 0))
	best, found := 0.0, false
	for _, e := range edges {
		if e < 0 || e >= 1 || !other(s.Pick(e)) {
			continue
		}
		if !found || math.Abs(e-w.Place) < math.Abs(best-w.Place) {
			best, found = e, true
		}
	}
	return best, found
}

// Began says what of a decision's models came from other organisations: prior is what the release expects by itself, and
// whose tells who owns a file, by its SHA-256.
func (d *Decision) Began(prior *decision.Model, whose func(file string) string) {
	for n := range d.Rounds {
		r := &d.Rounds[n]
		if r.model == nil || len(r.model.Library) == 0 {
			continue
		}
		for _, file := range r.model.Library {
			name := whose(file)
			r.Library = append(r.Library, fmt.Sprintf("%s (%.16s)", name, file))
			if !slices.Contains(r.From, name) {
				r.From = append(r.From, name)
			}
		}
		slices.Sort(r.From)
		known := r.model.Space.Known()
		for k := range r.Options {
			o := &r.Options[k]
			for _, t := range o.terms {
				here, there := prior.Space.Index(t.Feature), r.model.Space.Index(t.Feature)
				if here >= 0 && there >= 0 {
					o.Elsewhere += (known[there].Effect.Mean - prior.Space.Known()[here].Effect.Mean) * float64(t.Value)
				}
			}
		}
	}
}

// Chosen is the candidate of a round's draw, or nil for nothing.
func (d *Decision) Chosen(r *Round) *Candidate {
	if r.Drawn < 0 {
		return nil
	}
	return &d.Candidates[r.Options[r.Drawn].candidate]
}
