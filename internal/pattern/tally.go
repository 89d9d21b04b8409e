package pattern

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"

	"attune/core/instant"
	"attune/core/program"
	"attune/core/release"
	"attune/core/stage"
	"attune/internal/disclose"
	"attune/internal/estimate"
	"attune/internal/learn"
)

// Rounding is to what counts are rounded, as on a wall.
const Rounding = 5

// mostWeight is the greatest share of a pattern that one person may be: whoever knows nearly all of a number knows them.
const mostWeight = .2

// unsure is how wide half an interval may be: wider ones say nothing.
const unsure = .5

// The reasons for which a combination is not told.
const (
	whyFew       = "fewer than 11 people to whom it was said, to whom nothing was said, who reached the outcome or who did not"
	whyDominated = "one person would be more than a fifth of it"
	whyUnsure    = "too unsure to say anything"
)

// cell is a combination that a pattern is of.
type cell struct {
	program, engagement string
	stage               stage.Stage
	channel, outcome    string
	within              instant.Duration
}

// drawn is one decision of a cell: it was said, or nothing was.
type drawn struct {
	person  uint32
	month   int16
	told    bool
	reached bool
	// chance is how probable it was to say it rather than nothing.
	chance float64
}

// Tally gathers what became of decisions. It may be told of people from several goroutines at once.
//
// What is compared is saying it with saying nothing, among the decisions in which one of both was drawn. Given that,
// the chance of saying it is p/(p + p0), both of them logged: an effect by chance and by nothing else.
type Tally struct {
	mu    sync.Mutex
	cells map[cell][]drawn
}

// NewTally counts nothing yet.
func NewTally() *Tally { return &Tally{cells: map[cell][]drawn{}} }

// monthOf is the number of a month; in the order of time.
func monthOf(t instant.Time) int16 {
	at := t.Std()
	return int16(at.Year()*12 + int(at.Month()) - 1)
}

func monthText(m int16) string { return fmt.Sprintf("%04d-%02d", m/12, m%12+1) }

// Life takes in the rows of one person, whose number among all is n. It fits learn.Config.
func (t *Tally) Life(n int, _ *learn.Life, rows []learn.Row) {
	found := map[cell]drawn{}
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range rows {
		r := &rows[i]
		nothing := r.Round.Nothing
		if !(nothing > 0) {
			continue
		}
		clear(found)
		for k := range r.Round.Options {
			o := &r.Round.Options[k]
			c := &r.Decision.Candidates[o.Candidate]
			if c.Outcome != r.Outcome || !(o.Probability > 0) || r.Drawn >= 0 && r.Drawn >= len(r.Round.Options) {
				continue
			}
			of := cell{c.Program, c.Engagement, o.Stage, o.Channel, r.Outcome, r.Within}
			d := found[of]
			d.chance += o.Probability
			d.told = d.told || k == r.Drawn
			found[of] = d
		}
		for of, d := range found {
			if !d.told && r.Drawn >= 0 {
				continue // something else was said
			}
			d.person, d.month, d.reached = uint32(n), monthOf(r.Closes), r.Reached <= r.Closes
			d.chance /= d.chance + nothing
			t.cells[of] = append(t.cells[of], d)
		}
	}
}

// Ledger is what was told before, by Pattern.Key. A combination is told anew only when there is enough that is new.
type Ledger map[string]Pattern

// Release is what may be told now of a program, or of all where none is named: of months that are over. Both lists are
// as in a file; the ledger is what was told by then, and has to be kept before anybody sees the rest.
func (t *Tally) Release(rel *release.Release, only string, before Ledger, now instant.Time) ([]Pattern, []Withheld, Ledger) {
	t.mu.Lock()
	defer t.mu.Unlock()
	told, last := maps.Clone(before), monthOf(now)-1
	if told == nil {
		told = Ledger{}
	}
	why := map[string]int{}
	for of, rows := range t.cells {
		if only != "" && of.program != only {
			continue
		}
		p, known := of.pattern(rel)
		if !known {
			continue // of a program that is not live any more
		}
		was, had := told[p.key()]
		rows = slices.DeleteFunc(slices.Clone(rows), func(d drawn) bool { return d.month > last })
		fresh := rows
		if had {
			fresh = slices.DeleteFunc(slices.Clone(rows), func(d drawn) bool { return monthText(d.month) <= was.Until })
		}
		if !enough(fresh) {
			if !had {
				why[whyFew]++
			}
			continue
		}
		if reason := p.measure(rows); reason != "" {
			if !had {
				why[reason]++
			}
			continue
		}
		p.Until = monthText(last)
		told[p.key()] = p
	}
	list := []Pattern{}
	for _, p := range told {
		if only == "" || p.Program == only {
			list = append(list, p)
		}
	}
	sortPatterns(list)
	withheld := []Withheld{}
	for _, reason := range slices.Sorted(maps.Keys(why)) {
		withheld = append(withheld, Withheld{reason, why[reason]})
	}
	return list, withheld, told
}

// enough tells whether decisions are of enough people on every side: told and not, with the outcome and without. Who was
// on both sides at different times counts on both.
func enough(rows []drawn) bool {
	var told, reached [2]map[uint32]bool
	for side := range 2 {
		told[side], reached[side] = map[uint32]bool{}, map[uint32]bool{}
	}
	for _, d := range rows {
		told[side(d.told)][d.person] = true
		reached[side(d.reached)][d.person] = true
	}
	return min(len(told[0]), len(told[1]), len(reached[0]), len(reached[1])) >= disclose.DefaultLeast
}

func side(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// pattern says of what kind a cell is; false where no live program has it.
func (c *cell) pattern(rel *release.Release) (p Pattern, known bool) {
	for _, pr := range rel.Programs {
		if pr.ID != c.program {
			continue
		}
		for i := range pr.Engagements {
			if en := &pr.Engagements[i]; en.ID == c.engagement {
				p = c.describe(pr, en)
				return p, p.Outcome != ""
			}
		}
	}
	return p, false
}

func (c *cell) describe(pr *program.Program, en *program.Engagement) Pattern {
	p := Pattern{
		Program: pr.ID, Hash: pr.Hash, Engagement: en.ID, Purpose: en.Purpose, Behavior: en.Behavior, Process: en.Process, Strategies: []string{},
		Stage: c.stage.String(), Channel: c.channel, WithinDays: toThousandths(float64(c.within) / float64(instant.Day)), Measured: ByChance,
	}
	for i := range en.Variants {
		if s := en.Variants[i].Strategy; s != "" && !slices.Contains(p.Strategies, s) {
			p.Strategies = append(p.Strategies, s)
		}
	}
	slices.Sort(p.Strategies)
	for i := range pr.Behaviors {
		if b := &pr.Behaviors[i]; b.ID == en.Behavior {
			p.BehaviorSays = shortened(b.Says)
		}
	}
	for i := range pr.Outcomes {
		if o := &pr.Outcomes[i]; pr.ID+"/"+o.ID == c.outcome {
			p.Outcome, p.OutcomeName = o.ID, shortened(o.Name)
		}
	}
	return p
}

// shortened is a program's own text as a file may have it.
func shortened(s string) string {
	out := []rune{}
	for _, r := range s {
		if !plainText(string(r)) {
			r = ' '
		}
		if out = append(out, r); len(out) == maxWords {
			break
		}
	}
	return string(out)
}

// measure fills in the numbers, or says why there are none.
func (p *Pattern) measure(rows []drawn) (why string) {
	slices.SortFunc(rows, func(a, b drawn) int {
		return cmp.Or(cmp.Compare(a.person, b.person), cmp.Compare(a.month, b.month), cmp.Compare(side(a.told), side(b.told)), cmp.Compare(side(a.reached), side(b.reached)), cmp.Compare(a.chance, b.chance))
	})
	sum, first := 0.0, rows[0].month
	told, untold := map[uint32]bool{}, map[uint32]bool{}
	for _, d := range rows {
		sum += d.chance
		first = min(first, d.month)
		if d.told {
			told[d.person] = true
			p.Engaged++
		} else {
			untold[d.person] = true
		}
	}
	p.Told, p.Untold, p.Decisions, p.Engaged = rounded(len(told)), rounded(len(untold)), rounded(len(rows)), rounded(p.Engaged)
	p.From = monthText(first)
	centre := max(.1, min(.9, math.Round(100*sum/float64(len(rows)))/100))
	n := len(rows)
	t := &estimate.Trial{Unit: make([]int32, n), Available: make([]bool, n), Treated: make([]bool, n), Propensity: make([]float64, n), Numerator: make([]float64, n), Reward: make([]float64, n)}
	unit := int32(-1)
	weight, all, most := 0.0, 0.0, 0.0
	settle := func() {
		all, most, weight = all+weight, max(most, weight), 0
	}
	for i, d := range rows {
		if i == 0 || rows[i-1].person != d.person {
			settle()
			unit++
		}
		t.Unit[i], t.Available[i], t.Treated[i], t.Propensity[i], t.Numerator[i] = unit, true, d.told, d.chance, centre
		if d.reached {
			t.Reward[i] = 1
		}
		if d.told {
			weight += centre / d.chance
		} else {
			weight += (1 - centre) / (1 - d.chance)
		}
	}
	settle()
	if most > mostWeight*all {
		return whyDominated
	}
	terms, err := estimate.WCLS(t, true, .95)
	if err != nil {
		return whyUnsure
	}
	e := terms[0]
	if math.IsNaN(e.StdErr) || !(e.Hi-e.Lo < 2*unsure) || !(math.Abs(e.Estimate) <= 1) {
		return whyUnsure
	}
	// Rounded outwards, so that an interval is never narrower than it is.
	p.Effect, p.Lo, p.Hi = toThousandths(e.Estimate), toThousandths(math.Floor(1000*e.Lo)/1000), toThousandths(math.Ceil(1000*e.Hi)/1000)
	if p.Hi-p.Lo < .002 {
		p.Lo, p.Hi = toThousandths(p.Effect-.001), toThousandths(p.Effect+.001)
	}
	return ""
}

func rounded(n int) int { return (n + Rounding/2) / Rounding * Rounding }
