package pattern

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"attune/core/decision"
	"attune/core/program"
	"attune/core/release"
	"attune/core/stage"
	"attune/internal/learn"
)

// Source is a file that was imported.
type Source struct {
	ID           string
	Organisation string
	File         *File
	// Behaviors are what its behaviours are called here, where they have other names.
	Behaviors map[string]string
}

const (
	// Most is of how many decisions here all that others measured of one thing is worth at most, where nothing else is said; and
	// LeastMost and MostMost bound what may be said.
	Most                = 200
	LeastMost, MostMost = 10, 2000
	// apart is how far the true effect of the same kind of thing differs from one organisation to another, as a standard
	// deviation. It is as large as what is expected of a kind of message at all: with one other organisation nothing is known of it.
	apart = .02
	// farthest is how far others' measuring may pull what is expected of anything that can be said: what one message does at
	// all is a few points (docs/decide.md). Farther helps no more in worlds that are alike, and costs more where somebody
	// lies (docs/proof/library.md).
	farthest = .03
)

// noise is the variance of an outcome of 0 or 1 before anything is learned, as decision.Standard has it.
func noise() float64 { n := decision.Standard().Noise[decision.Effect]; return n * n }

// Moved is what others' measuring does to what is expected of one thing here.
type Moved struct {
	Program    string `json:"program"`
	Engagement string `json:"engagement"`
	Stage      string `json:"stage"`
	Channel    string `json:"channel"`
	// From are the organisations, and Theirs what they measured together, give or take SD: their own intervals, and how
	// far organisations differ.
	From   []string `json:"from"`
	Theirs float64  `json:"theirs"`
	SD     float64  `json:"sd"`
	// Worth is of how many decisions here that counts.
	Worth int `json:"worth"`
	// Was is what was expected before, and Is what is now.
	Was float64 `json:"was"`
	Is  float64 `json:"is"`
}

// Unused is how many patterns move nothing here, and why.
type Unused struct {
	Why   string `json:"why"`
	Count int    `json:"count"`
}

// The reasons for which a pattern moves nothing.
const (
	whyNoBehavior = "no engagement here is for that behaviour; if yours has another name, import it with --behavior THEIRS=OURS"
	whyNoKind     = "no engagement here for that behaviour uses the same process of change, or a strategy of the same name"
	whyNoChannel  = "nothing of that kind is said here over that channel"
)

// Beginning is what others' files do to what is expected before anything is learned.
type Beginning struct {
	Library learn.Library
	Moved   []Moved
	Unused  []Unused
}

// place is one thing that can be said here in one situation.
type place struct {
	program, engagement int
	stage               stage.Stage
	channel             string
}

// seen is what was measured of a place: by which organisation, how much and how surely.
type seen struct {
	from         string
	effect       float64
	variance     float64
	alsoMeasures *int
}

// Priors works out where one begins with what others measured.
//
// Each pattern is laid to what is of its kind here: the same behaviour, and the same process of change or a strategy of
// the same name, in the same stage over the same channel. Of each such place organisations are taken together as a random
// sample of organisations, of which this one is the next (a meta-analytic predictive prior: Neuenschwander and others
// 2010), and what they are worth is bounded in decisions of ours (a power prior: Ibrahim and Chen 2000). The features of
// the place move by what that teaches of their sum, those that are least sure the most, and stay as unsure as they were:
// the spread that would be gained is given away for the case that this organisation is unlike all others (Schmidli and others
// 2014 do so by a mixture). The order of files changes nothing.
func Priors(rel *release.Release, files []Source, most int) (*Beginning, error) {
	if most == 0 {
		most = Most
	}
	if most < LeastMost || most > MostMost {
		return nil, fmt.Errorf("others may be worth %d to %d decisions, and not %d", LeastMost, MostMost, most)
	}
	if rel.Learning == nil {
		return nil, fmt.Errorf("no program learns, so that there is nothing that could begin elsewhere")
	}
	b := &Beginning{Moved: []Moved{}, Unused: []Unused{}}
	files = slices.SortedFunc(slices.Values(files), func(x, y Source) int { return cmp.Compare(x.ID, y.ID) })
	all, why := map[place][]seen{}, map[string]int{}
	for i := range files {
		b.Library.Files = append(b.Library.Files, files[i].ID)
		for k := range files[i].File.Patterns {
			p := &files[i].File.Patterns[k]
			found, reason := placesOf(rel, &files[i], p)
			if reason != "" {
				why[reason]++
				continue
			}
			times := len(found)
			for _, at := range found {
				all[at] = append(all[at], seen{files[i].Organisation, p.Effect, p.StdErr() * p.StdErr(), &times})
			}
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(why)) {
		b.Unused = append(b.Unused, Unused{reason, why[reason]})
	}
	b.move(rel, all, most)
	return b, nil
}

// placesOf are the places here that a pattern speaks of, or why there are none.
func placesOf(rel *release.Release, from *Source, p *Pattern) (found []place, why string) {
	in, _ := stage.Parse(p.Stage)
	behavior := p.Behavior
	if ours, is := from.Behaviors[behavior]; is {
		behavior = ours
	}
	why = whyNoBehavior
	for n, pr := range rel.Programs {
		if pr.Policy.Learning == nil {
			continue
		}
		for k := range pr.Engagements {
			en := &pr.Engagements[k]
			switch {
			case behavior == "" || en.Behavior != behavior:
			case !alike(en, p):
				if why == whyNoBehavior {
					why = whyNoKind
				}
			case !saidOver(en, p.Channel):
				why = whyNoChannel
			default:
				found = append(found, place{n, k, in, p.Channel})
			}
		}
	}
	if len(found) > 0 {
		return found, ""
	}
	return nil, why
}

// alike tells whether an engagement is of a pattern's kind.
func alike(en *program.Engagement, p *Pattern) bool {
	if en.Process != "" && p.Process != "" {
		return en.Process == p.Process
	}
	return slices.ContainsFunc(en.Variants, func(v program.Variant) bool { return v.Strategy != "" && slices.Contains(p.Strategies, v.Strategy) })
}

func saidOver(en *program.Engagement, channel string) bool {
	return slices.ContainsFunc(en.Variants, func(v program.Variant) bool {
		return slices.ContainsFunc(v.Texts, func(t program.Text) bool { return t.Channel == channel })
	})
}

// together is what organisations measured, as it is to be expected of the next one, and how sure that is.
func together(list []seen) (effect, variance float64, from []string) {
	by := map[string][]seen{}
	for _, s := range list {
		by[s.from] = append(by[s.from], s)
	}
	sum, weight := 0.0, 0.0
	for _, name := range slices.Sorted(maps.Keys(by)) {
		own := by[name]
		slices.SortFunc(own, func(a, b seen) int {
			return cmp.Or(cmp.Compare(a.effect, b.effect), cmp.Compare(a.variance, b.variance))
		})
		mean, w := 0.0, 0.0
		for _, s := range own {
			v := float64(s.variance * float64(*s.alsoMeasures))
			mean, w = mean+s.effect/v, w+1/v
		}
		mean /= w
		one := 1 / (1/w + apart*apart)
		sum, weight = sum+float64(mean*one), weight+one
		from = append(from, name)
	}
	return sum / weight, 1/weight + apart*apart, from
}

// move learns of the features what is measured of places, one place after the other, and keeps the means.
func (b *Beginning) move(rel *release.Release, all map[place][]seen, most int) {
	space := rel.Learning.Space
	known := space.Known()
	d := len(known)
	mean, cov := make([]float64, d), make([]float64, d*d)
	for i := range known {
		mean[i] = known[i].Effect.Mean
		// The matrix of stages and processes has a multiplier of its own, and moves by that alone.
		if known[i].Group != decision.Match {
			cov[i*d+i] = float64(known[i].Effect.SD * known[i].Effect.SD)
		}
	}
	start := slices.Clone(mean)
	places := slices.SortedFunc(maps.Keys(all), func(x, y place) int {
		return cmp.Or(cmp.Compare(x.program, y.program), cmp.Compare(x.engagement, y.engagement), cmp.Compare(x.stage, y.stage), cmp.Compare(x.channel, y.channel))
	})
	ab := make([]float64, d)
	terms := make([][]int, len(places))
	for n, at := range places {
		effect, variance, from := together(all[at])
		// Of so many decisions, half of which say it, a difference of shares has this variance.
		variance = max(variance, 4*noise()/float64(most))
		terms[n] = termsOf(rel, at)
		was, now := 0.0, 0.0
		for _, i := range terms[n] {
			was, now = was+start[i], now+mean[i]
			if known[i].Group == decision.Match {
				variance += float64(known[i].Effect.SD * known[i].Effect.SD)
			}
		}
		clear(ab)
		for i := range d {
			for _, j := range terms[n] {
				ab[i] += cov[i*d+j]
			}
		}
		spread := variance
		for _, i := range terms[n] {
			spread += ab[i]
		}
		gap := max(was-farthest, min(was+farthest, effect)) - now
		for i := range d {
			gain := ab[i] / spread
			if gain == 0 {
				continue
			}
			mean[i] += float64(gain * gap)
			for j := range d {
				cov[i*d+j] -= float64(gain * ab[j])
			}
		}
		b.Moved = append(b.Moved, Moved{
			Program: rel.Programs[at.program].ID, Engagement: rel.Programs[at.program].Engagements[at.engagement].ID, Stage: at.stage.String(), Channel: at.channel,
			From: from, Theirs: effect, SD: math.Sqrt(variance), Worth: int(math.Round(4 * noise() / variance)), Was: was,
		})
	}
	b.Library.By = make([]float64, d)
	for i := range mean {
		b.Library.By[i] = mean[i] - start[i]
	}
	for n := range places {
		for _, i := range terms[n] {
			b.Moved[n].Is += mean[i]
		}
	}
}

// termsOf are the features of a place, by their index.
func termsOf(rel *release.Release, at place) (out []int) {
	space, tags := rel.Learning.Space, rel.Learning.Of(at.program, at.engagement)
	features := []decision.Feature{decision.FeatureOf(decision.Name("engage")), decision.FeatureOf(decision.Name("channel", at.channel))}
	for _, t := range slices.Concat(tags.Terms, tags.Stages[at.stage].Terms) {
		features = append(features, t.Feature)
	}
	for _, f := range features {
		if i := space.Index(f); i >= 0 && !slices.Contains(out, i) {
			out = append(out, i)
		}
	}
	return out
}
