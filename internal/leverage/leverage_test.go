package leverage

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"attune/internal/estimate"
)

// practices is a referral whose truth is known: eight practices, of which two do 15 points worse than the others.
func practices(seed uint64, people int) *Question {
	r := rand.New(rand.NewPCG(seed, 1))
	q := &Question{
		Attributes: []Attribute{
			{Name: "practice", Levels: []string{"", "Ash", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Larch", "Oak"}},
			{Name: "language", Levels: []string{"", "one", "two"}, Fairness: true},
			{Name: "severity", Levels: []string{"", "mild", "severe"}, CaseMix: true},
			{Name: "surgeon", Levels: []string{"", "A", "B"}},
		},
		Options: Options{Seed: 7},
	}
	c := Cohort{Now: worldNow, Level: make([][]uint16, 4), Known: make([][]int32, 4)}
	for range people {
		practice, language, stratum := uint16(1+r.IntN(8)), uint16(1+r.IntN(2)), uint16(r.IntN(2))
		share := .7 - .1*float64(stratum)
		if practice <= 2 {
			share -= .15
		}
		if language == 2 {
			share -= .10
		}
		w := world{censored: .2, exits: true}
		one := Cohort{Level: make([][]uint16, 1)}
		w.person(r, &one, share, .6, stratum, practice)
		c.Entered, c.Ended, c.Outcome, c.Stratum = append(c.Entered, one.Entered...), append(c.Ended, one.Ended...), append(c.Outcome, one.Outcome...), append(c.Stratum, stratum)
		c.Result, c.ResultAt = append(c.Result, one.Result...), append(c.ResultAt, one.ResultAt...)
		for a, l := range []uint16{practice, language, stratum + 1, uint16(1 + r.IntN(2))} {
			c.Level[a] = append(c.Level[a], l)
		}
		// The surgeon is known only when they are there.
		c.Known[3] = append(c.Known[3], one.Entered[0]+5)
	}
	q.Cases = []Case{{Transition{From: "GP practice", To: "specialist", Horizon: worldHorizon, Target: 14, Window: worldWindow, Outcomes: "diagnoses"}, c}}
	return q
}

func find(t interface{ Fatal(...any) }, q *Question) *Answer {
	a, err := Find(q)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Two practices do worse than six: the gain says so with numbers that add up, and the sentence is the one of the poster.
func TestAGainIsFoundWhereItIs(t *testing.T) {
	t.Parallel()
	a := find(t, practices(1, 4000))
	of := a.Transitions[0]
	g := of.Gains[0]
	if g.Attribute != "practice" || !g.Shown || g.Rank <= 0 || g.M < leastM {
		t.Fatalf("the first gain is %+v", g)
	}
	sum, worst := 0.0, map[string]bool{}
	for i, s := range g.Segments {
		sum += s.Gain
		if i < 4 {
			worst[s.Level] = true
		}
	}
	if !near(sum, g.Gain.Value) {
		t.Errorf("segments' parts sum to %v, the gain is %v", sum, g.Gain.Value)
	}
	if len(worst) != 2 || !worst["Ash"] || !worst["Birch"] {
		t.Errorf("the largest parts are of %v, and should be of Ash and Birch in both strata", worst)
	}
	if !near(g.Half.Value, g.Gain.Value/2) || !(g.Gain.Lo95 <= g.Gain.Lo80 && g.Gain.Lo80 < g.Gain.Value && g.Gain.Value < g.Gain.Hi80 && g.Gain.Hi80 <= g.Gain.Hi95) {
		t.Errorf("the interval is out of order: %+v", g.Gain)
	}
	want := regexp.MustCompile(`^GP practice → specialist: \d+ of 4000 wait over 14 days; reaching the best quartile would bring \d+ \(\d+–\d+\) more diagnoses a year\.$`)
	if p := a.Points[0]; !want.MatchString(p.Sentence) || p.Heat != 5 || p.Guess {
		t.Errorf("the point is %+v", p)
	}
}

// What is no leverage is not offered as one, and says why.
func TestWhatIsNotOfferedSaysWhy(t *testing.T) {
	t.Parallel()
	why := map[string]string{}
	for _, g := range find(t, practices(1, 2000)).Transitions[0].Gains {
		why[g.Attribute] = g.Why
		if g.Shown == (g.Why != "") {
			t.Errorf("%s is shown: %v, because %q", g.Attribute, g.Shown, g.Why)
		}
	}
	if want := map[string]string{"practice": "", "language": WhyFairness, "severity": WhyCaseMix, "surgeon": WhyLate}; !reflect.DeepEqual(why, want) {
		t.Errorf("reasons are %v, want %v", why, want)
	}
	few := practices(1, 2000)
	for i, l := range few.Cases[0].Cohort.Level[0] {
		few.Cases[0].Cohort.Level[0][i] = 1 + l%3
	}
	if g := gainOf(t, few, "practice"); g.Shown || g.Why != WhyFew {
		t.Errorf("three practices make a quartile: %+v", g)
	}
	few.Cases[0].Transition.Goal = .9
	if g := gainOf(t, few, "practice"); !g.Shown || !g.GoalOnly || g.Segments[0].Benchmark < .9-1e-9 || g.Segments[0].Benchmark > .9+1e-9 {
		t.Errorf("a goal is no benchmark: %+v", g)
	}
	// Practices that are different worlds.
	r := rand.New(rand.NewPCG(3, 3))
	c := &few.Cases[0].Cohort
	few.Cases[0].Transition.Goal = 0
	for i := range c.Level[0] {
		c.Level[0][i] = uint16(1 + i%8)
		if r.Float64() < .9 {
			if c.Outcome[i] = Exited; i%2 == 0 && c.Ended[i] < c.Now {
				c.Outcome[i], c.Result[i], c.ResultAt[i] = Converted, NotYet, c.Now
			}
		}
	}
	c.Result, c.ResultAt = nil, nil
	if g := gainOf(t, few, "practice"); g.Shown || g.Why != WhyDifferent || g.M >= leastM {
		t.Errorf("different worlds are benchmarks of each other: M %v, %q", g.M, g.Why)
	}
}

func gainOf(t *testing.T, q *Question, attribute string) Gain {
	t.Helper()
	for _, g := range find(t, q).Transitions[0].Gains {
		if g.Attribute == attribute {
			return g
		}
	}
	t.Fatalf("no gain by %s", attribute)
	return Gain{}
}

// A gap of the last three periods and more is marked as stable in segments that have it.
func TestGapsThatLastAreStable(t *testing.T) {
	t.Parallel()
	g := gainOf(t, practices(1, 8000), "practice")
	if !g.Segments[0].Stable {
		t.Errorf("the worst practice is not stable: %+v", g.Segments[0])
	}
}

// Differences are told in counts, with the words of causality kept, and those by what is a matter of fairness are in a
// list of their own.
func TestContrastsAreFoundAndKeptApart(t *testing.T) {
	t.Parallel()
	a := find(t, practices(2, 6000))
	got := map[string]bool{}
	for _, c := range a.Contrasts {
		got[c.Attribute+" "+c.Level] = true
		if c.Fairness {
			t.Errorf("%s is a matter of fairness", c.Attribute)
		}
	}
	for _, want := range []string{"practice Ash", "practice Birch", "severity severe"} {
		if !got[want] {
			t.Errorf("%s is not found in %v", want, got)
		}
	}
	if len(a.Fairness) != 1 || a.Fairness[0].Level != "two" {
		t.Fatalf("the list of fairness is %+v", a.Fairness)
	}
	c := a.Fairness[0]
	if d := c.Difference; d.Value > -.05 || d.Lo > d.Value || d.Hi < d.Value || c.Adjusted == nil || !c.StillDiffers {
		t.Errorf("language differs by %+v, adjusted %+v", d, c.Adjusted)
	}
	if s := c.Sentence; !strings.Contains(s, "it differs by −") || !strings.Contains(s, "still differs after case mix") || strings.Contains(s, "changed") {
		t.Errorf("the sentence is %q", s)
	}
}

// People of both of two levels do worse than either level says: depth two finds them, and nothing that
// single levels say already.
func TestTwoAttributesTogether(t *testing.T) {
	t.Parallel()
	q := practices(5, 6000)
	q.Options.Depth = 2
	q.Attributes[1].Fairness = false
	q.Attributes = append(q.Attributes[:2:2], Attribute{Name: "way", Levels: []string{"", "letter", "call"}})
	c := &q.Cases[0].Cohort
	c.Level, c.Known = c.Level[:3], nil
	r := rand.New(rand.NewPCG(5, 5))
	for i := range c.Entered {
		c.Level[1][i], c.Level[2][i] = uint16(1+r.IntN(2)), uint16(1+r.IntN(2))
		if c.Level[1][i] == 1 && c.Level[2][i] == 1 && c.Outcome[i] == Converted && r.Float64() < .5 {
			c.Outcome[i] = Exited
		}
	}
	both := 0
	for _, x := range find(t, q).Contrasts {
		if x.And == "" {
			continue
		}
		if x.Attribute == "language" && x.Level == "one" && x.And == "way" && x.AndLevel == "letter" {
			both++
		} else if x.Attribute != "practice" {
			t.Errorf("%s %s and %s %s says nothing new", x.Attribute, x.Level, x.And, x.AndLevel)
		}
	}
	if both != 1 {
		t.Errorf("letters in language one are found %d times", both)
	}
}

// Where labels say nothing, a list is empty in 95 of 100 refreshes.
func TestPermutedLabelsMakeNoLists(t *testing.T) {
	t.Parallel()
	times := 40
	if os.Getenv("ATTUNE_COVERAGE") != "" {
		times = 200
	}
	q := practices(3, 1500)
	q.Options = Options{Seed: 1, Draws: 1, Depth: 2}
	q.Cases[0].Cohort.Known = nil
	r := rand.New(rand.NewPCG(4, 4))
	wrong := 0
	for range times {
		for _, column := range q.Cases[0].Cohort.Level {
			r.Shuffle(len(column), func(i, j int) { column[i], column[j] = column[j], column[i] })
		}
		if a := find(t, q); len(a.Contrasts)+len(a.Fairness) > 0 {
			wrong++
		}
	}
	t.Logf("%d of %d", wrong, times)
	if allowed := times/20 + 1; wrong > allowed {
		t.Errorf("%d of %d lists are false", wrong, times)
	}
}

// leaving is people of whom one in two hundred leaves a day, and one in forty between day 18 and 24.
func leaving(r *rand.Rand, people int, peak bool) *Question {
	c := Cohort{Now: worldNow}
	for range people {
		entered, day := int32(worldNow-r.IntN(200)), int32(0)
		outcome := Waiting
		for ; entered+day < worldNow; day++ {
			pace := .005
			if peak && day >= 18 && day < 25 {
				pace = .025
			}
			if u := r.Float64(); u < pace {
				outcome = Exited
				break
			} else if u > .99 {
				outcome = Converted
				break
			}
		}
		c.Entered, c.Ended, c.Outcome = append(c.Entered, entered), append(c.Ended, entered+day), append(c.Outcome, outcome)
	}
	return &Question{Cases: []Case{{Transition{From: "started", To: "settled", Horizon: 90, Window: 200}, c}}}
}

// A peak tells when to act; where people leave evenly there is none, whatever few are left in the end.
func TestPeaksSayWhen(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(8, 8))
	a := find(t, leaving(r, 2000, true))
	if p := a.Transitions[0].Peaks; len(p) != 1 || p[0].From < 14 || p[0].From > 19 || p[0].To < 23 || p[0].To > 28 || p[0].Times < 2 {
		t.Errorf("peaks are %+v, and should be one about day 18 to 24", p)
	}
	if s := a.Points[0].Sentence; !strings.HasPrefix(s, "started → settled: between day 1") || !strings.Contains(s, "act before day 1") {
		t.Errorf("the sentence is %q", s)
	}
	for range 50 {
		if p := find(t, leaving(r, 300, false)).Transitions[0].Peaks; len(p) > 0 {
			t.Errorf("a peak where there is none: %+v", p)
		}
	}
}

// Voices have Wilson's interval; a moment in two lists has the star, a transition that nobody came into is a guess,
// and only what was randomised was changed.
func TestPointsAreTheUnionOfLists(t *testing.T) {
	t.Parallel()
	q := practices(1, 4000)
	q.Cases = append(q.Cases, Case{Transition{From: "specialist", To: "treated", Horizon: 30, Window: 365}, Cohort{Now: worldNow, Level: make([][]uint16, 4)}})
	q.Incidents = []Incidents{{"the waiting list", 0, 60, 40}, {"the leaflet", -1, 30, 12}, {"the car park", -1, 10, 10}}
	q.Layers = []Layer{{"calls", []string{"", "called by a nurse", "not called"}}}
	q.Cases[1].Cohort.Part = [][]uint8{{}}
	c := &q.Cases[0].Cohort
	c.Part = [][]uint8{make([]uint8, len(c.Entered))}
	for i := range c.Entered { // as if calls had helped: two in three of those who go on were called, and one in three of others
		_, hit := c.fair(i, q.Cases[0].Transition.Horizon)
		c.Part[0][i] = 1 + uint8(i%3/2)
		if !hit {
			c.Part[0][i] = 3 - c.Part[0][i]
		}
	}
	a := find(t, q)
	if len(a.Voices) != 2 || a.Voices[0].Moment != "the waiting list" || a.Voices[0].Share != estimate.Wilson(40, 60, .95) {
		t.Errorf("voices are %+v", a.Voices)
	}
	if p := a.Points[0]; !p.Star || p.Heat != 5 || p.At != 0 {
		t.Errorf("the first point is %+v", p)
	}
	var changed, guess bool
	for _, p := range a.Points {
		guess = guess || p.Guess && p.Heat == 1 && p.Name == "specialist → treated"
		for _, r := range p.Reasons {
			if strings.Contains(r.Sentence, "changed by") {
				changed = true
				if r.Kind != KindTrial {
					t.Errorf("%q was not randomised", r.Sentence)
				}
			}
		}
	}
	if !guess || !changed {
		t.Errorf("guess %v, changed %v: %+v", guess, changed, a.Points)
	}
}

// No count of people between 1 and 10 is in any sentence, in cohorts of all sizes.
func TestSmallCellsAreInNoSentence(t *testing.T) {
	t.Parallel()
	counts := regexp.MustCompile(`(\d+) of (?:the others )?(\d+)|\((\d+) leave\)|: (\d+) (?:people|incidents)`)
	rapid.Check(t, func(t *rapid.T) {
		q := practices(rapid.Uint64().Draw(t, "seed"), rapid.IntRange(1, 400).Draw(t, "people"))
		q.Options.Draws, q.Options.Depth = 50, 2
		n := rapid.IntRange(0, 40).Draw(t, "incidents")
		q.Incidents = []Incidents{{"the waiting list", 0, n, rapid.IntRange(0, n).Draw(t, "negative")}}
		a := find(t, q)
		var sentences []string
		for _, p := range a.Points {
			sentences = append(sentences, p.Sentence)
			for _, r := range p.Reasons {
				sentences = append(sentences, r.Sentence)
			}
		}
		for _, c := range append(a.Contrasts, a.Fairness...) {
			sentences = append(sentences, c.Sentence)
		}
		for _, s := range sentences {
			s = strings.ReplaceAll(s, "of a hundred", "")
			for _, m := range counts.FindAllStringSubmatch(s, -1) {
				var of []int
				for _, x := range m[1:] {
					if x != "" {
						k, _ := strconv.Atoi(x)
						of = append(of, k)
					}
				}
				if len(of) == 2 && of[1] > of[0] {
					of = append(of, of[1]-of[0])
				}
				for _, k := range of {
					if k < 11 {
						t.Fatalf("%d people in %q", k, s)
					}
				}
			}
		}
	})
}

// Entered = converted + exited + waiting; rows in another order and levels with other numbers make the same answer.
func TestTheAnswerIsThatOfThePeople(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		q := practices(rapid.Uint64().Draw(t, "seed"), rapid.IntRange(20, 600).Draw(t, "people"))
		q.Options.Draws = 50
		want := find(t, q)
		p := want.Transitions[0].Passage
		if p.Entered != p.Converted+p.Exited+p.Waiting || p.PresumedLost > p.Waiting || p.Entered != len(q.Cases[0].Cohort.Entered) {
			t.Fatalf("%d came, %d + %d + %d", p.Entered, p.Converted, p.Exited, p.Waiting)
		}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 1))
		c := &q.Cases[0].Cohort
		r.Shuffle(len(c.Entered), func(i, j int) {
			swap(c.Entered, i, j)
			swap(c.Ended, i, j)
			swap(c.Outcome, i, j)
			swap(c.Stratum, i, j)
			swap(c.Result, i, j)
			swap(c.ResultAt, i, j)
			for a := range c.Level {
				swap(c.Level[a], i, j)
				if c.Known[a] != nil {
					swap(c.Known[a], i, j)
				}
			}
		})
		to := append([]int{0}, r.Perm(8)...)
		levels := make([]string, 9)
		for l, name := range q.Attributes[0].Levels {
			if l > 0 {
				to[l]++
			}
			levels[to[l]] = name
		}
		q.Attributes[0].Levels = levels
		for i, l := range c.Level[0] {
			c.Level[0][i] = uint16(to[l])
		}
		a, b := asJSON(t, want), asJSON(t, find(t, q))
		if a != b {
			t.Fatalf("\n%s\nand in another order\n%s", a, b)
		}
	})
}

func swap[T any](x []T, i, j int) { x[i], x[j] = x[j], x[i] }

func asJSON(t *rapid.T, a *Answer) string {
	b, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Those who left did not wait: Kaplan and Meier would say that more go on, and stands beside.
func TestThePassageSaysWhatIsKnown(t *testing.T) {
	t.Parallel()
	p := find(t, practices(1, 4000)).Transitions[0].Passage
	if p.Naive == nil || *p.Naive < p.Share+.02 {
		t.Errorf("the naive share is %v beside %v", p.Naive, p.Share)
	}
	if p.Interval == nil || p.Interval.Lo >= p.Share || p.Interval.Hi <= p.Share || !p.Followed {
		t.Errorf("the interval is %+v", p.Interval)
	}
	if p.Waits[0] == nil || p.Waits[1] == nil || *p.Waits[0] > *p.Waits[1] || p.Waits[2] != nil {
		t.Errorf("waits are %v", p.Waits)
	}
	if p.Late == 0 || p.DaysLost < p.Late {
		t.Errorf("%d are late, by %d days", p.Late, p.DaysLost)
	}
	few := find(t, practices(1, 10)).Transitions[0].Passage
	if !few.Withheld || few.Entered+few.Converted+few.Exited+few.Waiting+few.Late != 0 {
		t.Errorf("of ten people is said %+v", few)
	}
}

// A phase that fills is not steady; one that is as full as its flow makes it is.
func TestAPhaseThatFillsIsNotSteady(t *testing.T) {
	t.Parallel()
	flow := func(days int, waits int32) Steady {
		c := Cohort{Now: 1000}
		for day := range int32(days) {
			for range 3 {
				entered := 1000 - day
				ended, outcome := entered+waits, Converted
				if ended >= 1000 {
					ended, outcome = 1000, Waiting
				}
				c.Entered, c.Ended, c.Outcome = append(c.Entered, entered), append(c.Ended, ended), append(c.Outcome, outcome)
			}
		}
		return find(t, &Question{Cases: []Case{{Transition{From: "a", To: "b", Horizon: 30, Window: 300}, c}}}).Transitions[0].Passage.Steady
	}
	if s := flow(300, 20); s.Off || s.Expected < 55 || s.Expected > 65 {
		t.Errorf("a steady phase is %+v", s)
	}
	if s := flow(30, 29); !s.Off {
		t.Errorf("a phase that fills is %+v", s)
	}
}

// What is wrong with columns is said with row and name.
func TestColumnsAreChecked(t *testing.T) {
	t.Parallel()
	for want, wrong := range map[string]func(*Question){
		"the horizon is 0 days":              func(q *Question) { q.Cases[0].Transition.Horizon = 0 },
		"the window is 0 days":               func(q *Question) { q.Cases[0].Transition.Window = 0 },
		"column ended has 19 rows":           func(q *Question) { q.Cases[0].Cohort.Ended = q.Cases[0].Cohort.Ended[:19] },
		"row 3 is from day":                  func(q *Question) { q.Cases[0].Cohort.Ended[3] = 1 },
		"row 4 has the outcome 9":            func(q *Question) { q.Cases[0].Cohort.Outcome[4] = 9 },
		"row 5 has level 99 of practice":     func(q *Question) { q.Cases[0].Cohort.Level[0][5] = 99 },
		"row 6 is of stratum 64":             func(q *Question) { q.Cases[0].Cohort.Stratum[6] = 64 },
		"column known of surgeon has 0 rows": func(q *Question) { q.Cases[0].Cohort.Known[3] = []int32{} },
		"0 columns of parts for 1 trials":    func(q *Question) { q.Layers = []Layer{{Name: "x"}} },
		"row 7 is of part 3 of the trial x": func(q *Question) {
			q.Layers = []Layer{{"x", []string{"", "usual", "not"}}}
			q.Cases[0].Cohort.Part = [][]uint8{make([]uint8, 20)}
			q.Cases[0].Cohort.Part[0][7] = 3
		},
		"incidents of \"x\": 3 of 2":                     func(q *Question) { q.Incidents = []Incidents{{"x", 0, 2, 3}} },
		"results and their days come together":           func(q *Question) { q.Cases[0].Cohort.Result = nil },
		"there are 4 columns of levels for 3 attributes": func(q *Question) { q.Attributes = q.Attributes[:3] },
	} {
		q := practices(1, 20)
		wrong(q)
		if _, err := Find(q); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, and should say %q", err, want)
		}
	}
}

// Draws are of the distributions they are said to be of.
func TestDrawsAreWhatTheySay(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(6, 6))
	const n = 200_000
	for _, shape := range []float64{.3, 1, 7.5} {
		var sum, squares float64
		for range n {
			x := gamma(r, shape)
			sum, squares = sum+x, squares+x*x
		}
		mean := sum / n
		if variance := squares/n - mean*mean; mean < .98*shape || mean > 1.02*shape || variance < .95*shape || variance > 1.05*shape {
			t.Errorf("gamma %v has mean %v and variance %v", shape, mean, variance)
		}
	}
	// By hand: weights 1, 1, 2 stand at .125, .375 and .75 of all.
	if got := quartile([]weighted{{3, 2}, {1, 1}, {2, 1}}); got != 3 {
		t.Errorf("the quartile is %v", got)
	}
	if got := quartile([]weighted{{1, 1}, {2, 1}, {3, 1}, {4, 1}}); got != 3.5 {
		t.Errorf("the quartile is %v", got)
	}
}

func near(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 }

// Practices that treat everybody alike, and see different cases, make people wait differently. What is said to differ after case mix is
// said at its rate, in how soon as in how many.
func TestTimesThatMirrorCaseMixAreNotSaidToDifferAfterIt(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(11, 11))
	const runs = 60
	listed, still, slow := 0, 0, 0
	for run := range runs {
		worse := 1.0
		if run%2 == 1 {
			worse = 2
		}
		q := waiting(r, 1600, worse)
		for _, c := range find(t, q).Contrasts {
			if c.Attribute != "practice" {
				continue
			}
			late := c.StillLater && strings.Contains(c.Sentence, "half still go on") && c.Days.Lo > 0
			switch {
			case worse == 1 && c.Level == "Ash":
				listed++
				if c.StillDiffers || c.StillLater {
					still++
				} else if !strings.Contains(c.Sentence, "and how soon may not") {
					t.Errorf("the sentence is %q", c.Sentence)
				}
			case worse > 1 && c.Level == "Birch" && late:
				slow++
			}
		}
	}
	if listed < runs/4 {
		t.Errorf("case mix sets Ash apart in %d of %d only", listed, runs/2)
	}
	if still > 3 {
		t.Errorf("Ash is said to differ after case mix in %d of %d", still, runs/2)
	}
	if slow < runs/2*8/10 {
		t.Errorf("Birch, where people wait twice as long, is found later after case mix in %d of %d", slow, runs/2)
	}
}

// waiting is people of whom the severe wait three times as long; practice Ash sees more of them, and at Birch all wait so many times as long.
func waiting(r *rand.Rand, people int, atBirch float64) *Question {
	c := Cohort{Now: 1000, Stratum: []uint16{}, Level: make([][]uint16, 2)}
	for range people {
		practice, severe := 1+r.IntN(6), .3
		if practice == 1 {
			severe = .8
		}
		s, mean := uint16(1), 10.0
		if r.Float64() < severe {
			s, mean = 2, 30
		}
		if practice == 2 {
			mean *= atBirch
		}
		entered := int32(400 + r.IntN(500))
		ended, is := entered+int32(1+mean*r.ExpFloat64()), Converted
		if leaves := entered + int32(1+200*r.ExpFloat64()); leaves < ended {
			ended, is = leaves, Exited
		}
		if ended > c.Now {
			ended, is = c.Now, Waiting
		}
		c.Entered, c.Ended, c.Outcome = append(c.Entered, entered), append(c.Ended, ended), append(c.Outcome, is)
		c.Stratum = append(c.Stratum, s)
		c.Level[0], c.Level[1] = append(c.Level[0], uint16(practice)), append(c.Level[1], s)
	}
	return &Question{
		Cases:      []Case{{Transition{From: "referral", To: "visit", Horizon: 120, Target: 21, Window: 500}, c}},
		Attributes: []Attribute{{Name: "practice", Levels: []string{"", "Ash", "Birch", "Cedar", "Dale", "Elm", "Fir"}}, {Name: "severity", Levels: []string{"", "few", "many"}, CaseMix: true}},
		Options:    Options{Draws: 1},
	}
}

// chance is people of whom so many of each part go on in time.
func chance(r *rand.Rand, n int, usual, other float64) *Question {
	c := Cohort{Now: 400, Part: [][]uint8{nil}}
	for i := range n {
		part := 1 + uint8(i%2)
		on := r.Float64() < [...]float64{usual, other}[part-1]
		c.Entered, c.Ended, c.Outcome = append(c.Entered, int32(i%200)), append(c.Ended, int32(i%200)+20), append(c.Outcome, Exited)
		if on {
			c.Outcome[i] = Converted
		}
		c.Part[0] = append(c.Part[0], part)
	}
	return &Question{Cases: []Case{{Transition{From: "asked", To: "seen", Horizon: 60, Window: 200}, c}}, Layers: []Layer{{"all", []string{"", "who are treated as usual", "who are told nothing"}}}}
}

// What chance changed is found, and nothing is said to be changed where nothing was, but for as many as the level allows; few people are not told.
func TestTrialsSayWhatWasChanged(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(8, 1))
	wrong, covered := 0, 0
	for range 300 {
		x := find(t, chance(r, 400, .6, .6)).Trials[0]
		if x.Changed || x.Sooner {
			wrong++
		}
		if x.Difference.Lo <= 0 && x.Difference.Hi >= 0 {
			covered++
		}
	}
	if wrong > 25 || covered < 275 { // 15 and 285 are expected; the chance of more or less is below one in a hundred
		t.Errorf("of 300 trials of nothing %d changed something, and %d intervals hold it", wrong, covered)
	}
	x := find(t, chance(r, 2000, .7, .55)).Trials[0]
	if !x.Changed || x.Difference.Lo > .15 || x.Difference.Hi < .15 || !strings.Contains(x.Sentence, "changed by") || !strings.Contains(x.Sentence, "who are told nothing") {
		t.Errorf("%+v", x)
	}
	if a := find(t, chance(r, 24, .6, .6)); len(a.Trials) != 0 || a.TrialsWithheld != 1 {
		t.Errorf("few people are told: %+v", a.Trials)
	}
	// As many go on, and they do two weeks sooner.
	slow := chance(r, 2000, .7, .7)
	for i, part := range slow.Cases[0].Cohort.Part[0] {
		if part == 2 {
			slow.Cases[0].Cohort.Ended[i] += 14
		}
	}
	if x := find(t, slow).Trials[0]; x.Changed || !x.Sooner || x.Days == nil || x.Days.Value != 14 || !strings.Contains(x.Sentence, "how soon was changed, half of those go on 14") {
		t.Errorf("%+v", x)
	}
	// Some do much sooner, and the others catch up with them.
	quick := chance(r, 1000, .8, .8)
	for i, part := range quick.Cases[0].Cohort.Part[0] {
		wait := int32(r.IntN(40))
		if part == 1 && r.Float64() < .4 {
			wait /= 8
		}
		quick.Cases[0].Cohort.Ended[i] = quick.Cases[0].Cohort.Entered[i] + wait
	}
	if x := find(t, quick).Trials[0]; x.Changed || !x.Sooner || !strings.Contains(x.Sentence, "how soon was changed, half of those go on") {
		t.Errorf("%+v", x)
	}
	// What is told of those who came so far says so, where the trial changed who they are.
	twice := chance(r, 2000, .7, .5)
	twice.Cases = append(twice.Cases, chance(r, 2000, .7, .5).Cases[0])
	if a := find(t, twice); strings.Contains(a.Trials[0].Sentence, "but it changed before") == strings.Contains(a.Trials[1].Sentence, "but it changed before") {
		t.Errorf("%q, %q", a.Trials[0].Sentence, a.Trials[1].Sentence)
	}
	// Those for whom nothing was drawn before they came in are of no part.
	q := chance(r, 400, .6, .6)
	for i := range q.Cases[0].Cohort.Part[0] {
		if i%4 < 2 {
			q.Cases[0].Cohort.Part[0][i] = 0
		}
	}
	if x := find(t, q).Trials[0]; x.N+x.Usual != 200 {
		t.Errorf("%d and %d", x.N, x.Usual)
	}
}
