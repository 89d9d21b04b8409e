package stage_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"attune/core/expr"
	"attune/core/instant"
	"attune/core/stage"
)

const start instant.Time = 1_800_000_000_000 // 2027-01-15T08:00:00Z

// settings are those of a program with an instrument that names stages, a ruler and a click.
func settings() stage.Settings {
	return stage.Settings{
		Evidence: []stage.Evidence{
			{Label: "Staging questions", Names: 28},
			stage.Ruler{}.Importance("Readiness ruler, importance", 5),
			{Label: "Opened the planner", Says: stage.Says(1.5, stage.Preparation, stage.Action)},
			{Label: "Refilled late", Says: stage.Likelihood{2, 1.5, 1, .5, .25, 3}, Keep: 3},
		},
		Keep: 4,
	}
}

func modelOf(t testing.TB, s stage.Settings) *stage.Model {
	t.Helper()
	m, problems := stage.New(s)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return m
}

func drawModel(t *rapid.T) *stage.Model {
	s := settings()
	s.HalfLife = rapid.SampledFrom([]instant.Duration{0, instant.Day, 7 * instant.Day, 36500 * instant.Day}).Draw(t, "half-life")
	s.Margin = rapid.SampledFrom([]float64{0, .01, .2}).Draw(t, "margin")
	if rapid.Bool().Draw(t, "own prior") {
		sum := 0.0
		for i := range s.Prior {
			s.Prior[i] = rapid.Float64Range(.05, 1).Draw(t, "share")
			sum += s.Prior[i]
		}
		for i := range s.Prior {
			s.Prior[i] /= sum
		}
	}
	m, problems := stage.New(s)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return m
}

// drawPieces draws different pieces, some of them at one instant.
func drawPieces(t *rapid.T, most int) []stage.Piece {
	piece := rapid.Custom(func(t *rapid.T) stage.Piece {
		p := stage.Piece{
			At:       start + instant.Time(rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(0, int64(400*instant.Day))).Draw(t, "at")),
			Order:    expr.Order{Version: rapid.Int64Range(0, 1).Draw(t, "version"), ID: rapid.Uint64Range(0, 9).Draw(t, "id")},
			Evidence: rapid.IntRange(0, 3).Draw(t, "evidence"),
		}
		switch p.Evidence {
		case 0:
			p.Score = float64(rapid.IntRange(1, 6).Draw(t, "stage"))
		case 1:
			p.Score = float64(rapid.IntRange(0, 10).Draw(t, "score"))
		}
		return p
	})
	return rapid.SliceOfNDistinct(piece, 1, most, rapid.ID).Draw(t, "pieces")
}

// newest is the definition of what is kept, said slowly.
func newest(pieces []stage.Piece) []stage.Piece {
	sorted := slices.Clone(pieces)
	slices.SortFunc(sorted, func(a, b stage.Piece) int {
		less := func(a, b stage.Piece) bool {
			switch {
			case a.At != b.At:
				return a.At < b.At
			case a.Order != b.Order:
				return a.Order.Less(b.Order)
			case a.Evidence != b.Evidence:
				return a.Evidence < b.Evidence
			}
			return a.Score < b.Score
		}
		if less(a, b) {
			return -1
		}
		return 1
	})
	var kept []stage.Piece
	for i, p := range sorted {
		later := 0
		for _, q := range sorted[i+1:] {
			if q.Evidence == p.Evidence {
				later++
			}
		}
		if later < [...]int{4, 4, 4, 3}[p.Evidence] {
			kept = append(kept, p)
		}
	}
	return kept
}

const (
	folded = 400*instant.Day + 10
	after  = start + instant.Time(folded)
)

// A belief is a function of the set of evidence: neither the order of arrival, nor repetition, nor the
// ticks between change it.
func TestOrderOfArrivalDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m, pieces := drawModel(t), drawPieces(t, 40)
		now := after.Add(instant.Duration(rapid.Int64Range(0, int64(300*instant.Day)).Draw(t, "now")))
		want := m.Replay(newest(pieces), now)
		var b stage.Belief
		clock := start
		for _, p := range rapid.Permutation(pieces).Draw(t, "arrival") {
			clock = max(clock, p.At)
			if rapid.Bool().Draw(t, "tick") {
				clock += instant.Time(rapid.Int64Range(0, int64(after-clock)).Draw(t, "tick to"))
				b = m.Advance(b, clock)
			}
			b = m.Fold(b, p, clock)
			if rapid.Bool().Draw(t, "again") {
				b = m.Fold(b, p, clock)
			}
		}
		if b = m.Advance(b, now); !reflect.DeepEqual(b, want) {
			t.Fatalf("it is %+v\nnot     %+v", b, want)
		}
	})
}

// Folding without a piece, which is what a retraction does, is never having had it.
func TestRetraction(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m, pieces := drawModel(t), drawPieces(t, 40)
		gone := rapid.IntRange(0, len(pieces)-1).Draw(t, "retracted")
		without := slices.Delete(slices.Clone(pieces), gone, gone+1)
		var refolded stage.Belief
		for _, p := range without {
			refolded = m.Fold(refolded, p, after)
		}
		if never := m.Replay(newest(without), after); len(without) > 0 && !reflect.DeepEqual(refolded, never) {
			t.Fatalf("it is %+v\nnot     %+v", refolded, never)
		}
	})
}

// Before the horizon the shown stage is the same at every instant, and at it another. Past the last
// horizon it stays.
func TestHorizonIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		var b stage.Belief
		for _, p := range newest(drawPieces(t, 10)) {
			b = m.Fold(b, p, p.At)
		}
		for changes := 0; ; changes++ {
			if changes > 5 {
				t.Fatal("there are more changes than stages")
			}
			from, horizon := max(b.At, b.Since), m.Horizon(b)
			same := func(at instant.Time) {
				if at >= from && at < horizon && m.Mode(b, at) != b.Mode {
					t.Fatalf("at %d it is %s already, not %s, before %d", at, m.Mode(b, at), b.Mode, horizon)
				}
			}
			end := min(horizon, from.Add(70*36500*instant.Day))
			for range 20 {
				same(from + instant.Time(rapid.Int64Range(0, int64(end-from)).Draw(t, "before")))
			}
			if horizon == instant.Never {
				same(end)
				return
			}
			for i := range instant.Time(50) {
				same(horizon - 1 - i)
			}
			next := m.Advance(b, horizon)
			if next.Mode == b.Mode || next.Since != horizon || next.P != b.P || next.At != b.At {
				t.Fatalf("at the horizon %d it is %+v, before %+v", horizon, next, b)
			}
			if lead := m.At(b, horizon).Of(next.Mode) - m.At(b, horizon).Of(b.Mode); lead < .0099 {
				t.Fatalf("%s takes the place of %s with a lead of %g", next.Mode, b.Mode, lead)
			}
			b = next
		}
	})
}

// Any pattern of ticks gives the same belief.
func TestTicksDoNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		b := m.Replay(newest(drawPieces(t, 10)), start)
		ticks := rapid.SliceOfN(rapid.Int64Range(0, int64(3000*instant.Day)), 1, 20).Draw(t, "ticks")
		slices.Sort(ticks)
		stepped := b
		for _, d := range ticks {
			stepped = m.Advance(stepped, after.Add(instant.Duration(d)))
			if at := m.Horizon(stepped); at <= after.Add(instant.Duration(d)) {
				t.Fatalf("the next change is due at %s, which has passed", at)
			}
		}
		if once := m.Advance(b, after.Add(instant.Duration(ticks[len(ticks)-1]))); !reflect.DeepEqual(stepped, once) {
			t.Fatalf("in steps it is %+v\nat once  %+v", stepped, once)
		}
	})
}

// The horizon agrees with the logarithm of the closed form.
func TestHorizonInClosedForm(t *testing.T) {
	t.Parallel()
	m := modelOf(t, settings())
	b := m.Fold(stage.Belief{}, stage.Piece{At: start, Evidence: 0, Score: float64(stage.Action)}, start)
	prior, margin := stage.DefaultPrior(), stage.DefaultMargin
	// Precontemplation leads action by the margin when prior difference + s × slope reaches it.
	ahead := prior.Of(stage.Precontemplation) - prior.Of(stage.Action) - margin
	slope := (b.P.Of(stage.Precontemplation) - prior.Of(stage.Precontemplation)) - (b.P.Of(stage.Action) - prior.Of(stage.Action))
	days := -60 * math.Log2(-ahead/slope)
	got := m.Horizon(b)
	if off := float64(got-start)/float64(instant.Day) - days; off < 0 || off*float64(instant.Day) > 1.01 {
		t.Errorf("the horizon is %s after, not %g days", got.Sub(start), days)
	}
	if mode := m.Mode(b, got); mode != stage.Precontemplation { // which ties with contemplation in the prior and in the evidence
		t.Errorf("it becomes %s", mode)
	}
}

// Silence can change the shown stage more than once, and evidence that comes late finds the stage that
// was shown when it happened.
func TestSeveralChangesInSilence(t *testing.T) {
	t.Parallel()
	m := modelOf(t, stage.Settings{
		Prior: stage.Distribution{.5, .2, .09, .06, .1, .05},
		Evidence: []stage.Evidence{
			{Label: "mixed", Says: stage.Likelihood{.02, 2.25, .11, 8.33, .2, .2}},
			{Label: "again", Says: stage.Says(1.2, stage.Action)},
		},
	})
	b := m.Fold(stage.Belief{}, stage.Piece{At: start}, start)
	first := m.Horizon(b)
	second := m.Horizon(m.Advance(b, first))
	for _, c := range []struct {
		at, since instant.Time
		want      stage.Stage
	}{
		{first - 1, start, stage.Action}, {first, first, stage.Contemplation}, {second - 1, first, stage.Contemplation},
		{second, second, stage.Precontemplation}, {second + 1e12, second, stage.Precontemplation}, {instant.Never, second, stage.Precontemplation},
	} {
		if is := m.Advance(b, c.at); is.Mode != c.want || is.Since != c.since {
			t.Errorf("at %s it is %s since %s, not %s since %s", c.at, is.Mode, is.Since, c.want, c.since)
		}
	}
	if m.Horizon(m.Advance(b, second)) != instant.Never {
		t.Error("there is a third change")
	}
	// In order: silence had changed it by then, and the piece does not change it back.
	late := stage.Piece{At: first + 1000, Evidence: 1}
	if is := m.Fold(b, late, late.At); is.Mode != stage.Contemplation || is.Since != first {
		t.Errorf("it is %s since %s", is.Mode, is.Since)
	}
	// Late: it came before silence would have changed it, and so it did not.
	late.At = first - 1000
	if is := m.Fold(m.Advance(b, first), late, first); is.Mode != stage.Action || is.Since != start {
		t.Errorf("it is %s since %s", is.Mode, is.Since)
	}
}

func TestBayes(t *testing.T) {
	t.Parallel()
	m := modelOf(t, stage.Settings{
		Prior: stage.Distribution{.4, .2, .1, .1, .1, .1},
		Evidence: []stage.Evidence{
			{Label: "says action", Says: stage.Says(4, stage.Action)},
			{Label: "a row", Says: stage.Likelihood{.5, 1, 2, 1, 1, 1}},
		},
	})
	near := func(got, want stage.Distribution) {
		t.Helper()
		for i := range got {
			if math.Abs(got[i]-want[i]) > 1e-15 {
				t.Errorf("it is %v, not %v", got, want)
				return
			}
		}
	}
	b := m.Fold(stage.Belief{}, stage.Piece{At: start}, start)
	near(b.P, stage.Distribution{4. / 13, 2. / 13, 1. / 13, 4. / 13, 1. / 13, 1. / 13})
	if b.Mode != stage.Precontemplation {
		t.Errorf("a tie shows %s", b.Mode)
	}
	// A half-life on, half way between that and the prior.
	later := start.Add(stage.DefaultHalfLife)
	half := stage.Distribution{(4./13 + .4) / 2, (2./13 + .2) / 2, (1./13 + .1) / 2, (4./13 + .1) / 2, (1./13 + .1) / 2, (1./13 + .1) / 2}
	near(m.At(b, later), half)
	b = m.Fold(b, stage.Piece{At: later, Evidence: 1}, later)
	sum := .5*half[0] + half[1] + 2*half[2] + half[3] + half[4] + half[5]
	near(b.P, stage.Distribution{.5 * half[0] / sum, half[1] / sum, 2 * half[2] / sum, half[3] / sum, half[4] / sum, half[5] / sum})
	near(m.At(stage.Belief{}, start), stage.Distribution{.4, .2, .1, .1, .1, .1})
}

// The shown stage changes only by the margin.
func TestHysteresis(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		weight float64 // of the second piece, which speaks for contemplation
		want   stage.Stage
	}{{1.01, stage.Precontemplation}, {1.2, stage.Precontemplation}, {1.3, stage.Contemplation}} {
		m := modelOf(t, stage.Settings{
			Prior:  stage.Distribution{.3, .3, .1, .1, .1, .1},
			Margin: .06,
			Evidence: []stage.Evidence{
				{Label: "a reason to begin with", Says: stage.Says(.999, stage.Relapse)},
				{Label: "for contemplation", Says: stage.Says(c.weight, stage.Contemplation)},
			},
		})
		b := m.Fold(stage.Belief{}, stage.Piece{At: start}, start)
		if b.Mode != stage.Precontemplation {
			t.Fatalf("it begins with %s", b.Mode)
		}
		// .3·w − .3 over .7 + .3·w: .0566 for 1.2 and .0826 for 1.3.
		if b = m.Fold(b, stage.Piece{At: start, Evidence: 1}, start); b.Mode != c.want {
			t.Errorf("with weight %v it shows %s", c.weight, b.Mode)
		}
	}
}

// Many clicks do not push a questionnaire out.
func TestEachKindHasItsPlace(t *testing.T) {
	t.Parallel()
	m := modelOf(t, settings())
	b := m.Fold(stage.Belief{}, stage.Piece{At: start, Evidence: 0, Score: 5}, start)
	for i := range instant.Time(100) {
		b = m.Fold(b, stage.Piece{At: start + i, Evidence: 2, Order: expr.Order{ID: uint64(i)}}, start+i)
	}
	if len(b.Pieces) != 5 || b.Pieces[0].Evidence != 0 || b.Pieces[1].At != start+96 {
		t.Errorf("what is kept is %+v", b.Pieces)
	}
}

func TestFoldDoesNotWriteToWhatItWasGiven(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m, pieces := drawModel(t), drawPieces(t, 20)
		b := m.Replay(newest(pieces[1:]), after)
		b.Pieces = append(b.Pieces, stage.Piece{Evidence: -7})[:len(b.Pieces)] // room that tempts
		was := slices.Clone(b.Pieces[:cap(b.Pieces)])
		m.Fold(b, pieces[0], after)
		if !slices.Equal(b.Pieces[:cap(b.Pieces)], was) {
			t.Fatal("it wrote to the pieces")
		}
	})
}

func TestWhatIsNoEvidence(t *testing.T) {
	t.Parallel()
	m := modelOf(t, settings())
	for _, c := range []struct {
		evidence int
		value    expr.Value
		score    float64
		is       bool
	}{
		{0, expr.TextOf("action"), 4, true}, {0, expr.TextOf("Action"), 0, false}, {0, expr.TextOf("unknown"), 0, false}, {0, expr.Value{}, 0, false}, {0, expr.NumberOf(4), 0, false},
		{1, expr.IntegerOf(0), 0, true}, {1, expr.NumberOf(10), 10, true}, {1, expr.NumberOf(3.5), 3.5, true},
		{1, expr.NumberOf(10.1), 0, false}, {1, expr.IntegerOf(-1), 0, false}, {1, expr.NumberOf(math.NaN()), 0, false}, {1, expr.NumberOf(math.Inf(1)), 0, false}, {1, expr.TextOf("5"), 0, false}, {1, expr.Value{}, 0, false}, {1, expr.FlagOf(true), 0, false},
		{2, expr.Value{}, 0, true}, {2, expr.NumberOf(math.NaN()), 0, true},
		{4, expr.Value{}, 0, false}, {-1, expr.Value{}, 0, false},
	} {
		p, is := m.Piece(c.evidence, c.value, start, expr.Order{ID: 1})
		if is != c.is || is && p != (stage.Piece{At: start, Order: expr.Order{ID: 1}, Evidence: c.evidence, Score: c.score}) {
			t.Errorf("%d with %+v is %+v, %v", c.evidence, c.value, p, is)
		}
	}
	for _, p := range []stage.Piece{{Evidence: 9}, {Evidence: -1}, {Evidence: 1, Score: math.NaN()}, {Evidence: 0}, {Evidence: 2, Score: 1}} {
		if b := m.Fold(stage.Belief{}, p, start); !reflect.DeepEqual(b, stage.Belief{}) {
			t.Errorf("%+v is taken for evidence", p)
		}
		if b := m.Replay([]stage.Piece{{}, p}, start); len(b.Pieces) != 0 || b.Mode != stage.None {
			t.Errorf("%+v is replayed", p)
		}
	}
}

// Bands take what lies below their end and not below the end before.
func TestBands(t *testing.T) {
	t.Parallel()
	m := modelOf(t, settings())
	for score, want := range map[float64]stage.Stage{0: stage.Precontemplation, 3: stage.Precontemplation, 3.99: stage.Precontemplation, 4: stage.Contemplation, 6: stage.Contemplation, 7: stage.Preparation, 10: stage.Preparation} {
		b := m.Fold(stage.Belief{}, stage.Piece{At: start, Evidence: 1, Score: score}, start)
		if b.Mode != want {
			t.Errorf("%v says %s", score, b.Mode)
		}
	}
}

// Times at the ends of what can be counted break nothing.
func TestFarAwayTimes(t *testing.T) {
	t.Parallel()
	m := modelOf(t, settings())
	for _, at := range []instant.Time{math.MinInt64, math.MinInt64 + 1, -1, 0, instant.Never - 1, instant.Never} {
		b := m.Fold(stage.Belief{}, stage.Piece{At: at, Evidence: 0, Score: 4}, at)
		for _, now := range []instant.Time{math.MinInt64, 0, instant.Never} {
			p, mode := m.At(b, now), m.Mode(b, now)
			sum := 0.0
			for _, x := range p {
				sum += x
			}
			if mode == stage.None || math.Abs(sum-1) > 1e-9 {
				t.Errorf("from %d to %d it is %s, %v", at, now, mode, p)
			}
		}
		stepped := b
		for h := m.Horizon(stepped); h != instant.Never; h = m.Horizon(stepped) {
			stepped = m.Advance(stepped, h)
		}
		if once := m.Advance(b, instant.Never); !reflect.DeepEqual(stepped, once) {
			t.Errorf("from %d to the end of time it is %+v, not %+v", at, once, stepped)
		}
		if h := m.Horizon(b); h <= at && at != instant.Never {
			t.Errorf("from %d the horizon is %d", at, h)
		}
	}
}

// The same bits on every machine: a long life, as a sum over the bits of every belief.
func TestBeliefBits(t *testing.T) {
	t.Parallel()
	m := modelOf(t, settings())
	var b stage.Belief
	var sum uint64
	draw := rand.New(rand.NewPCG(1, 2))
	at := start
	for i := range uint64(2000) {
		at += instant.Time(draw.Int64N(int64(20 * instant.Day)))
		p := stage.Piece{At: at, Evidence: draw.IntN(4), Order: expr.Order{ID: i}}
		switch p.Evidence {
		case 0:
			p.Score = float64(1 + draw.IntN(6))
		case 1:
			p.Score = float64(draw.IntN(11))
		}
		b = m.Fold(b, p, at)
		for _, x := range m.At(b, at+12345678) {
			sum = sum*31 + math.Float64bits(x)
		}
		sum = sum*31 + uint64(b.Mode) + uint64(b.Since) + uint64(m.Horizon(b))
	}
	if got, want := fmt.Sprintf("%016x", sum), "426bc9063928a03a"; got != want {
		t.Errorf("the bits add up to %s, not %s", got, want)
	}
}

func TestReadingAllocatesNothing(t *testing.T) {
	m := modelOf(t, settings())
	b := m.Fold(stage.Belief{}, stage.Piece{At: start, Evidence: 0, Score: 4}, start)
	at := m.Horizon(b) + 5
	if n := testing.AllocsPerRun(100, func() {
		if m.Mode(b, at) == b.Mode || m.At(b, at) == b.P || m.Horizon(b) > at || m.Advance(b, at).Mode == b.Mode {
			t.Fatal("nothing changed")
		}
	}); n != 0 {
		t.Errorf("reading allocates %v times", n)
	}
}

func BenchmarkFold(b *testing.B) {
	m := modelOf(b, settings())
	full := stage.Belief{}
	for i := range instant.Time(60) {
		full = m.Fold(full, stage.Piece{At: start + i*instant.Time(instant.Day), Evidence: int(i % 4), Score: []float64{4, 8, 0, 0}[i%4]}, start+i*instant.Time(instant.Day))
	}
	at := start.Add(70 * instant.Day)
	for name, was := range map[string]stage.Belief{"first": {}, "full": full} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m.Fold(was, stage.Piece{At: at, Evidence: 2}, at)
			}
		})
	}
}

func BenchmarkRead(b *testing.B) {
	m := modelOf(b, settings())
	is := m.Fold(stage.Belief{}, stage.Piece{At: start, Evidence: 0, Score: 4}, start)
	b.Run("mode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.Mode(is, start+1e9)
		}
	})
	b.Run("distribution", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.At(is, start+1e9)
		}
	})
	b.Run("horizon", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.Horizon(is)
		}
	})
}
