package stage_test

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"attune/core/expr"
	"attune/core/instant"
	"attune/core/stage"
)

var update = flag.Bool("update", false, "write the report on recovery anew")

const reportFile = "../../docs/proof/stages.md"

// A world is how people live and answer, and with what settings the filter listens.
type world struct {
	name string
	// misrecorded is the share of answers that name one of the five wrong stages, each as often.
	misrecorded float64
	// flattering lets every wrong answer name the stage after the true one instead, as people do who
	// wish to please.
	flattering bool
	// gap is how many days lie between answers, on average.
	gap float64
	// weight, half-life and margin are the filter's; zero for those of the first world.
	weight   float64
	halfLife instant.Duration
	margin   float64
}

// assumed is the weight of an answer that is right in 85 of 100 cases, and otherwise equally wrong.
const assumed = .85 / (.15 / 5)

func worlds() []world {
	return []world{
		{name: "15 % misrecorded", misrecorded: .15, gap: 14},
		{name: "0 % misrecorded", misrecorded: 0, gap: 14},
		{name: "0 %, and the filter told so (weight 1000)", misrecorded: 0, gap: 14, weight: 1000},
		{name: "5 % misrecorded", misrecorded: .05, gap: 14},
		{name: "5 %, and the filter told so (weight 95)", misrecorded: .05, gap: 14, weight: .95 / (.05 / 5)},
		{name: "30 % misrecorded", misrecorded: .30, gap: 14},
		{name: "30 %, and the filter told so (weight 11.7)", misrecorded: .30, gap: 14, weight: .70 / (.30 / 5)},
		{name: "15 %, all naming the stage after", misrecorded: .15, flattering: true, gap: 14},
		{name: "half-life 15 d", misrecorded: .15, gap: 14, halfLife: 15 * instant.Day},
		{name: "half-life 30 d", misrecorded: .15, gap: 14, halfLife: 30 * instant.Day},
		{name: "half-life 120 d", misrecorded: .15, gap: 14, halfLife: 120 * instant.Day},
		{name: "half-life 240 d", misrecorded: .15, gap: 14, halfLife: 240 * instant.Day},
		{name: "an answer a week", misrecorded: .15, gap: 7},
		{name: "an answer in four weeks", misrecorded: .15, gap: 28},
		{name: "an answer in eight weeks", misrecorded: .15, gap: 56},
		{name: "margin .01", misrecorded: .15, gap: 14, margin: .01},
		{name: "margin .2", misrecorded: .15, gap: 14, margin: .2},
	}
}

// move is what becomes of people who leave a stage, and how many days they stay on average. These
// numbers are invented; the filter does not know them.
type move struct {
	days float64
	to   stage.Distribution
}

func moves() [6]move {
	return [...]move{
		{120, stage.Distribution{0, 1, 0, 0, 0, 0}},
		{90, stage.Distribution{.4, 0, .6, 0, 0, 0}},
		{45, stage.Distribution{0, .3, 0, .7, 0, 0}},
		{120, stage.Distribution{0, 0, 0, 0, .5, .5}},
		{300, stage.Distribution{0, 0, 0, 0, 0, 1}},
		{60, stage.Distribution{.2, .4, .4, 0, 0, 0}},
	}
}

// tally is how often each way of telling the stage was right, one question for each person.
type tally struct {
	people, filter, last, majority int
	onlyFilter, onlyLast           int
	said                           float64 // the sum of the probabilities that the filter stated
	intervals                      int     // from one answer to the next
	truthMoved, filterMoved        int     // in how many of them something else was true, or shown
	lastMoved                      int
}

func (t *tally) add(u tally) {
	t.people += u.people
	t.filter += u.filter
	t.last += u.last
	t.majority += u.majority
	t.onlyFilter += u.onlyFilter
	t.onlyLast += u.onlyLast
	t.said += u.said
	t.intervals += u.intervals
	t.truthMoved += u.truthMoved
	t.filterMoved += u.filterMoved
	t.lastMoved += u.lastMoved
}

const (
	lived = 365 // days
	early = 90  // before which nobody is asked about
)

func (w world) model(t testing.TB) *stage.Model {
	s := stage.Settings{HalfLife: w.halfLife, Margin: w.margin, Evidence: []stage.Evidence{{Label: "Answer", Names: assumed, Keep: 32}}}
	if w.weight != 0 {
		s.Evidence[0].Names = w.weight
	}
	return modelOf(t, s)
}

// draw picks a stage.
func draw(r *rand.Rand, d stage.Distribution) stage.Stage {
	x := r.Float64()
	for i, p := range d {
		if x -= p; x < 0 {
			return stage.All()[i]
		}
	}
	return stage.Relapse
}

// live lets people live a year by themselves and asks of each once, on a day drawn by chance, in which
// stage they are.
func (w world) live(m *stage.Model, seed uint64, people int) (out tally) {
	r := rand.New(rand.NewPCG(seed, 20261122))
	for range people {
		out.add(w.person(m, r))
	}
	return out
}

func (w world) person(m *stage.Model, r *rand.Rand) tally {
	out := tally{people: 1}
	asked := early + r.IntN(lived-early)
	truth := draw(r, stage.DefaultPrior())
	was := truth // the truth at the last answer
	var answers []stage.Stage
	var b stage.Belief
	for day := range asked {
		if from := moves()[truth-1]; r.Float64() < 1/from.days {
			truth = draw(r, from.to)
		}
		if r.Float64() >= 1/w.gap {
			continue
		}
		answer := truth
		if r.Float64() < w.misrecorded {
			further := r.IntN(5)
			if w.flattering {
				further = 0
			}
			answer = stage.Stage(1 + (int(truth)+further)%6)
		}
		at := start.Add(instant.Duration(day)*instant.Day + instant.Duration(r.Int64N(int64(instant.Day))))
		before := b.Mode
		b = m.Fold(b, stage.Piece{At: at, Order: expr.Order{ID: r.Uint64()}, Score: float64(answer)}, at)
		if n := len(answers); n > 0 {
			out.intervals++
			out.truthMoved += one(truth != was)
			out.filterMoved += one(b.Mode != before)
			out.lastMoved += one(answer != answers[n-1])
		}
		answers, was = append(answers, answer), truth
	}
	now := start.Add(instant.Duration(asked) * instant.Day)
	shown, last, majority := m.Mode(b, now), stage.Precontemplation, stage.Precontemplation
	if n := len(answers); n > 0 {
		last, majority = answers[n-1], answers[n-1]
		if n > 2 && answers[n-2] == answers[n-3] {
			majority = answers[n-2]
		}
	} else {
		shown = m.At(b, now).Likeliest()
	}
	out.filter, out.last, out.majority = one(shown == truth), one(last == truth), one(majority == truth)
	out.onlyFilter, out.onlyLast = one(shown == truth && last != truth), one(last == truth && shown != truth)
	out.said = m.At(b, now).Of(shown)
	return out
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// exactMcNemar is the probability, if neither way were better, of a split of the discordant pairs at
// least as uneven as this one: twice the tail of a binomial distribution with p = 1/2.
func exactMcNemar(a, b int) float64 {
	n, tail := a+b, 0.0
	lf := func(k int) float64 { v, _ := math.Lgamma(float64(k + 1)); return v }
	for k := range min(a, b) + 1 {
		tail += math.Exp(lf(n) - lf(k) - lf(n-k) - float64(n)*math.Ln2)
	}
	return min(1, 2*tail)
}

func TestExactMcNemar(t *testing.T) {
	t.Parallel()
	// Of 10 pairs 1 the other way: 2·(1 + 10)/1024.
	for _, c := range []struct {
		a, b int
		want float64
	}{{9, 1, 22. / 1024}, {1, 9, 22. / 1024}, {5, 5, 1}, {0, 0, 1}, {0, 6, 2. / 64}} {
		if got := exactMcNemar(c.a, c.b); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%d to %d: %g, not %g", c.a, c.b, got, c.want)
		}
	}
}

// The filter finds the true stage more often than the last answer alone.
func TestTheFilterBeatsTheLastAnswer(t *testing.T) {
	t.Parallel()
	w := worlds()[0]
	m := w.model(t)
	var all tally
	for seed := range uint64(4) {
		all.add(w.live(m, seed+1, people))
	}
	if p := exactMcNemar(all.onlyFilter, all.onlyLast); all.onlyFilter <= all.onlyLast || p > .001 {
		t.Errorf("right where the last answer is wrong: %d, the other way round: %d, p = %g", all.onlyFilter, all.onlyLast, p)
	}
}

const (
	seeds  = 20
	people = 1000 // of each seed
)

// row measures a world with all seeds.
func (w world) row(t testing.TB) (line string, all tally) {
	m, better := w.model(t), 0
	for seed := range uint64(seeds) {
		one := w.live(m, seed+1, people)
		all.add(one)
		if one.filter > one.last {
			better++
		}
	}
	share := func(n int) float64 { return 100 * float64(n) / float64(all.people) }
	n := float64(all.people)
	difference := float64(all.onlyFilter-all.onlyLast) / n
	// The standard error of a difference of paired shares.
	spread := 1.96 * math.Sqrt((float64(all.onlyFilter+all.onlyLast)/n-difference*difference)/n)
	p := fmt.Sprintf("%.2g", exactMcNemar(all.onlyFilter, all.onlyLast))
	if exactMcNemar(all.onlyFilter, all.onlyLast) < 1e-12 {
		p = "< 1e-12"
	}
	return fmt.Sprintf("| %s | %.1f %% | %.1f %% | %.1f %% | %+.2f (%+.2f to %+.2f) | %d : %d | %s | %d of %d | %.1f %% |",
		w.name, share(all.filter), share(all.last), share(all.majority), 100*difference, 100*(difference-spread), 100*(difference+spread),
		all.onlyFilter, all.onlyLast, p, better, seeds, 100*all.said/n), all
}

// The report says what comes out. Its first row is computed anew every time, all of it with -update and
// when ATTUNE_RECOVERY is set, as make torture does.
func TestTheReportIsTrue(t *testing.T) {
	t.Parallel()
	if testing.Short() && !*update {
		t.Skip("it takes a second, and more under the race detector")
	}
	whole := *update || os.Getenv("ATTUNE_RECOVERY") != ""
	var rows []string
	var first tally
	for i, w := range worlds() {
		if i > 0 && !whole {
			break
		}
		line, all := w.row(t)
		if i == 0 {
			first = all
		}
		rows = append(rows, line)
	}
	written, err := os.ReadFile(reportFile)
	if err != nil && !*update {
		t.Fatal(err)
	}
	if !whole {
		if !strings.Contains(string(written), rows[0]+"\n") {
			t.Errorf("%s does not say\n%s\nwrite it anew with -update, and its date", reportFile, rows[0])
		}
		return
	}
	text := report(rows, first)
	if *update {
		if err := os.WriteFile(reportFile, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if text != string(written) {
		t.Errorf("%s is out of date; it is\n%s", reportFile, text)
	}
}
