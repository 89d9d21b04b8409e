package pattern_test

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"attune/core/decision"
	"attune/core/effect"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/release"
	"attune/core/stage"
	"attune/internal/learn"
	"attune/internal/pattern"
	"attune/internal/programdir"
)

var update = flag.Bool("update", false, "write docs/proof/library.md anew, some minutes")

// nights are the weeks after which is learned, and periods those that are told together.
func nights() []int { return []int{1, 2, 3, 4, 6, 8, 12, 16, 20} }

func periods() [][2]int { return [][2]int{{1, 2}, {3, 4}, {5, 8}, {9, 16}, {17, 26}} }

// house is an organisation in a world that is known: what each feature of a message truly adds.
type house struct {
	rel   *release.Release
	truth []float64
	place int // the program that decides
	seed  uint64
	// people are how many it has: what is measured by a large organisation is of use to a small one.
	people int
}

func learning(t testing.TB) (*release.Release, int) {
	t.Helper()
	zones, err := instant.LoadZones()
	if err != nil {
		t.Fatal(err)
	}
	rel, problems, err := programdir.Load(zones, "../../programs/diabetes")
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	for n, p := range rel.Programs {
		if p.Policy.Learning != nil && rel.Learning != nil {
			return rel, n
		}
	}
	t.Fatal("no program learns")
	return nil, 0
}

// housesOf draws a world and two organisations in it, which differ from each other as far as organisations do.
func housesOf(rel *release.Release, place int, world uint64) (north, ours *house) {
	r := rand.New(rand.NewPCG(world, 1))
	known := rel.Learning.Space.Known()
	theory := r.Float64() // how much of stage theory holds here
	shared := make([]float64, len(known))
	for i, k := range known {
		if k.Group == decision.Baseline {
			continue
		}
		shared[i] = k.Effect.Mean
		if k.Group == decision.Match {
			shared[i] *= theory
		}
		shared[i] += r.NormFloat64() * k.Effect.SD
	}
	own := func(seed uint64, people int) *house {
		h := &house{rel: rel, place: place, seed: seed, people: people, truth: append([]float64{}, shared...)}
		for i, k := range known {
			if k.Group != decision.Baseline {
				h.truth[i] += r.NormFloat64() * .007
			}
		}
		return h
	}
	return own(2*world+1, 600), own(2*world+2, 120)
}

func (h *house) effect(terms []decision.Term) (sum float64) {
	for _, t := range terms {
		if i := h.rel.Learning.Space.Index(t.Feature); i >= 0 {
			sum += h.truth[i] * float64(t.Value)
		}
	}
	return sum
}

const saysCost = .002

// options are what could be said to somebody in a stage.
func (h *house) options(in stage.Stage) (options []decision.Option, weighed []effect.Weighed, candidates []effect.Candidate) {
	p := h.rel.Programs[h.place]
	for k := range p.Engagements {
		en := &p.Engagements[k]
		if en.Outcome == "" {
			continue
		}
		tags := h.rel.Learning.Of(h.place, k)
		candidates = append(candidates, effect.Candidate{Program: p.ID, Engagement: en.ID, Outcome: p.ID + "/" + en.Outcome, Within: 7 * instant.Day})
		for v := range en.Variants[:min(2, len(en.Variants))] {
			o := decision.Option{Path: [decision.Levels]uint32{uint32(k), 0, uint32(v), 0}, Value: 1, Fit: 1, Context: 1, Lever: 1, Cost: saysCost}
			o.Terms = append(o.Terms, term("engage"), term("channel", "email"))
			o.Terms = append(append(append(o.Terms, tags.Terms...), tags.Stages[in].Terms...), tags.Variants[v]...)
			options = append(options, o)
			weighed = append(weighed, effect.Weighed{Candidate: len(candidates) - 1, Channel: "email", Stage: in})
		}
	}
	return options, weighed, candidates
}

func term(pairs ...string) decision.Term {
	return decision.Term{Feature: decision.FeatureOf(decision.Name(pairs...)), Value: 1}
}

// live lets an organisation decide for some weeks, and returns what its decisions truly gained, by the week, and what it measured.
func (h *house) live(t testing.TB, weeks int, library *learn.Library) (gain []float64, tally *pattern.Tally) {
	t.Helper()
	space, key := h.rel.Learning.Space, id.Seed{byte(h.seed)}
	model, _, err := learn.Fit(space, decision.NewEvidence(space), decision.Standard(), key, library)
	if err != nil {
		t.Fatal(err)
	}
	evidence, hyper := decision.NewEvidence(space), decision.Standard()
	manner := decision.Manner{Policy: decision.Learned, Explore: .05, Least: .1, Most: .9}
	var scales decision.Scales
	r := rand.New(rand.NewPCG(h.seed, 2))
	stages, known := make([]stage.Stage, h.people), stage.All()
	for n := range stages {
		stages[n] = known[r.IntN(len(known))]
	}
	lives := make([][]learn.Row, h.people)
	gain = make([]float64, weeks)
	for week := range weeks {
		for n := range h.people {
			for half := range 2 {
				options, weighed, candidates := h.options(stages[n])
				weights, _ := scales.Weigh(model, n, options, manner)
				arms := make([]decision.Arm, len(options))
				for k := range options {
					weighed[k].Weight = weights[k]
					arms[k] = decision.Arm{Terms: options[k].Terms, Probability: weights[k].Probability}
				}
				drawn, chance := scales.Pick(r.Float64()), .3
				if drawn >= 0 {
					lift := h.effect(options[drawn].Terms)
					gain[week] += lift - saysCost
					chance += lift
				}
				reward := 0.0
				if r.Float64() < chance {
					reward = 1
				}
				base := []decision.Term{term("base"), term("base", "stage", stages[n].String())}
				evidence.Add(space, base, arms, drawn, [2]float64{reward, 0}, 1)
				if library == nil {
					at := begin.Add(instant.Duration(7*week)*instant.Day + instant.Duration(half)*3*instant.Day)
					lives[n] = append(lives[n], rowsOf(at, drawn, scales.Nothing(), weighed, candidates, reward > 0)...)
				}
			}
		}
		gain[week] /= float64(2 * h.people)
		for _, night := range nights() {
			if night == week+1 {
				if model, _, err = learn.Fit(space, evidence, hyper, key, library); err != nil {
					t.Fatal(err)
				}
				hyper = model.Hyper
			}
		}
	}
	tally = pattern.NewTally()
	for n, rows := range lives {
		tally.Life(n, nil, rows)
	}
	return gain, tally
}

// rowsOf are the rows of a decision, one for each outcome.
func rowsOf(at instant.Time, drawn int, nothing float64, weighed []effect.Weighed, candidates []effect.Candidate, reached bool) (rows []learn.Row) {
	d := &learn.Decision{At: at, Candidates: candidates, Rounds: []effect.Weighing{{Drawn: drawn, Nothing: nothing, Options: weighed}}}
	seen := map[string]bool{}
	for _, c := range candidates {
		if seen[c.Outcome] {
			continue
		}
		seen[c.Outcome] = true
		row := learn.Row{Decision: d, Round: &d.Rounds[0], Outcome: c.Outcome, Within: c.Within, Drawn: drawn, Closes: at.Add(c.Within), Reached: instant.Never, Moved: instant.Never, Lost: instant.Never}
		if reached {
			row.Reached = at.Add(instant.Day)
		}
		rows = append(rows, row)
	}
	return rows
}

// libraries are what an organisation can begin from: nothing, what north measured, and what somebody wrote who wants the worst.
func libraries(t testing.TB, north *house) (all map[string]*learn.Library, patterns int) {
	t.Helper()
	const weeks = 12
	_, tally := north.live(t, weeks, nil)
	file := pattern.New("North", begin.Add(instant.Duration(7*weeks+60)*instant.Day))
	file.Patterns, file.Withheld, _ = tally.Release(north.rel, "", nil, begin.Add(instant.Duration(7*weeks+60)*instant.Day))
	worst := *file
	worst.Patterns = append([]pattern.Pattern{}, file.Patterns...)
	for k := range worst.Patterns {
		p := &worst.Patterns[k]
		p.Effect = -.2
		if north.lift(p) < 0 {
			p.Effect = .2
		}
		p.Lo, p.Hi = p.Effect-.005, p.Effect+.005
		p.Lo, p.Hi = math.Round(p.Lo*1000)/1000, math.Round(p.Hi*1000)/1000
	}
	all = map[string]*learn.Library{"none": nil}
	for name, f := range map[string]*pattern.File{"true": file, "worst": &worst} {
		b, err := pattern.Sign(f, key(3))
		if err != nil {
			t.Fatal(err)
		}
		signed, err := pattern.Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		began, err := pattern.Priors(north.rel, []pattern.Source{{ID: signed.ID, Organisation: "North", File: &signed.File}}, 0)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = &began.Library
	}
	return all, len(file.Patterns)
}

// lift is what saying an engagement of a pattern truly changes, in its first words.
func (h *house) lift(p *pattern.Pattern) float64 {
	in, _ := stage.Parse(p.Stage)
	options, weighed, candidates := h.options(in)
	for k := range options {
		if candidates[weighed[k].Candidate].Engagement == p.Engagement {
			return h.effect(options[k].Terms)
		}
	}
	return 0
}

// worth is the mean gain of a period, in points of 100 a decision, in one world.
type worth map[string][]float64

func worthOf(t testing.TB, rel *release.Release, place int, world uint64, weeks int) (out worth, patterns int) {
	t.Helper()
	north, ours := housesOf(rel, place, world)
	all, patterns := libraries(t, north)
	out = worth{}
	for name, library := range all {
		gain, _ := ours.live(t, weeks, library)
		for _, p := range periods() {
			if p[1] > weeks {
				continue
			}
			sum := 0.0
			for _, g := range gain[p[0]-1 : p[1]] {
				sum += g
			}
			out[name] = append(out[name], 100*sum/float64(p[1]-p[0]+1))
		}
	}
	return out, patterns
}

// meanOf is a mean with how sure it is.
func meanOf(list []float64) (mean, half float64) {
	for _, x := range list {
		mean += x / float64(len(list))
	}
	for _, x := range list {
		half += (x - mean) * (x - mean)
	}
	return mean, 1.96 * math.Sqrt(half/float64(len(list)-1)/float64(len(list)))
}

// Who begins from what others truly measured does better at first; who begins from the worst that anybody could write
// loses a little, and learns better.
func TestWhatALibraryIsWorth(t *testing.T) {
	if testing.Short() {
		t.Skip("lives through months")
	}
	t.Parallel()
	rel, place := learning(t)
	worlds, weeks := 4, 8
	if *update {
		worlds, weeks = 40, 26
	}
	all := map[string][][]float64{}
	told := 0
	for w := range uint64(worlds) {
		one, patterns := worthOf(t, rel, place, w, weeks)
		told += patterns
		for name, list := range one {
			all[name] = append(all[name], list)
		}
	}
	less := func(name string, period int) (mean, half float64) {
		var list []float64
		for w := range all[name] {
			list = append(list, all[name][w][period]-all["none"][w][period])
		}
		return meanOf(list)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "| weeks | nothing | what others truly measured | against nothing | the worst | against nothing |\n|---|---|---|---|---|---|\n")
	for k, p := range periods() {
		if p[1] > weeks {
			continue
		}
		col := func(name string) float64 {
			var list []float64
			for w := range all[name] {
				list = append(list, all[name][w][k])
			}
			m, _ := meanOf(list)
			return m
		}
		better, give := less("true", k)
		worse, take := less("worst", k)
		fmt.Fprintf(&b, "| %d to %d | %.2f | %.2f | %+.2f (%+.2f to %+.2f) | %.2f | %+.2f (%+.2f to %+.2f) |\n", p[0], p[1], col("none"), col("true"), better, better-give, better+give, col("worst"), worse, worse-take, worse+take)
	}
	t.Logf("%d worlds, %d patterns told\n%s", worlds, told, b.String())
	if better, _ := less("true", 0); better <= 0 {
		t.Errorf("what others truly measured is worth %+.2f points in the first two weeks", better)
	}
	first, _ := less("worst", 0)
	if first < -1 {
		t.Errorf("the worst that can be written costs %+.2f points in the first two weeks", first)
	}
	if last, _ := less("worst", len(all["none"][0])-1); last < first {
		t.Errorf("the worst costs %+.2f points at first and %+.2f at last: nothing is learned against it", first, last)
	}
	if *update {
		writeProof(t, worlds, told, b.String())
	}
}

func writeProof(t *testing.T, worlds, told int, table string) {
	t.Helper()
	const file = "../../docs/proof/library.md"
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const from, to = "<!-- numbers -->\n", "<!-- /numbers -->"
	a, b := bytes.Index(old, []byte(from)), bytes.Index(old, []byte(to))
	if a < 0 || b < a {
		t.Fatalf("%s has no place for numbers", file)
	}
	text := fmt.Sprintf("%s%s%d worlds; the other organisation told %.0f patterns on average.\n\n%s%s", old[:a], from, worlds, float64(told)/float64(worlds), table, old[b:])
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
