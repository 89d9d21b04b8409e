package main

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"attune/internal/estimate"
	"attune/internal/simulate"
)

// tally is what came of all worlds.
type tally struct {
	hidden []*hidden
	told   [ways]counts
	// first is in how many worlds in which groups differ by what they are the first place listed is a planted one.
	first int
	// tell is whether false finds are told, of the world with seed.
	tell bool
	seed uint64
}

// wrong tells of something false.
func (t *tally) wrong(sentence string, all []*hidden) {
	if !t.tell {
		return
	}
	fmt.Fprintf(os.Stderr, "%d: %s\n", t.seed, sentence)
	for _, h := range all {
		fmt.Fprintf(os.Stderr, "    from %s, %s: %s\n", h.Transition.From, h.Whom(), h.Says())
	}
}

// counts are of one way of hiding: how many questions were asked (0 where that is not counted), how many places, transitions or groups were told,
// and how many of them are false, in how many worlds; worlds with nothing of it, and false finds in how many of those.
type counts struct {
	asked, found, wrong, wrongWorlds, some, empty, emptyWrong int
	// shares are for each world which share of what was told is false, and 0 where nothing was told: their mean is what a false discovery rate
	// bounds.
	shares []float64
}

func (n *counts) count(told, bad int, some bool) {
	n.found += told
	n.wrong += bad
	n.shares = append(n.shares, float64(bad)/float64(max(told, 1)))
	if bad > 0 {
		n.wrongWorlds++
	}
	if some {
		n.some++
		return
	}
	n.empty++
	if bad > 0 {
		n.emptyWrong++
	}
}

// rate is the mean of the shares that are false, with its standard error.
func (n *counts) rate() (mean, spread float64) {
	for _, x := range n.shares {
		mean += x / float64(len(n.shares))
	}
	for _, x := range n.shares {
		spread += (x - mean) * (x - mean)
	}
	return mean, math.Sqrt(spread) / float64(max(len(n.shares), 1))
}

// bands sort groups by how many people they are of.
func bands() []string {
	return []string{"under 50", "50 to 99", "100 to 199", "200 to 399", "400 and more"}
}

func band(n int) string {
	for i, most := range []int{50, 100, 200, 400} {
		if n < most {
			return bands()[i]
		}
	}
	return bands()[4]
}

func of100(n, all int) string {
	if all == 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f", 100*float64(n)/float64(all))
}

func (s *study) report(took time.Duration) string {
	var b strings.Builder
	t := &s.tally
	fmt.Fprintf(&b, "# Is found what simulated worlds hide?\n\n`go run ./tools/planted -from %d -seeds %d -people %d -days %d -control %g -truth %d`, on %s with %d cores, %s, in %.0f seconds.\n\n",
		s.from, s.seeds, s.people, s.days, s.control, s.truth, runtime.GOARCH, runtime.GOMAXPROCS(0), time.Now().UTC().Format("2006-01-02"), took.Seconds())
	noise := "not known: they were not asked for."
	if s.truth > 0 {
		noise = fmt.Sprintf("%.1f points in the middle, and it is counted as if it were the answer's own.", 100*s.tally.noise())
	}
	fmt.Fprintf(&b, head, noise)
	for w, title := range []string{"## Who differs by what they are", "## Who differs by what they did", "## What a message does"} {
		n, planted, hits := t.told[w], 0, 0
		for _, h := range t.hidden {
			if h.way == of(w) {
				planted++
				if h.hit {
					hits++
				}
			}
		}
		fmt.Fprintf(&b, "%s\n\n%s\n", title, says()[w])
		fmt.Fprintf(&b, "| | |\n| --- | --- |\n| worlds in which something of it is planted | %d |\n| differences planted | %d |\n| hits | %d (%s of a hundred) |\n| misses | %d |\n", n.some, planted, hits, of100(hits, planted), planted-hits)
		if n.asked > 0 {
			fmt.Fprintf(&b, "| questions asked | %d |\n", n.asked)
		}
		fmt.Fprintf(&b, "| %s | %d |\n| of them false | %d, in %d worlds |\n| worlds with nothing of it planted | %d, with false finds in %d |\n", findings()[w], n.found, n.wrong, n.wrongWorlds, n.empty, n.emptyWrong)
		if mean, spread := n.rate(); of(w) != byDoing {
			fmt.Fprintf(&b, "| false of what is told in a world, on average | %.1f of a hundred, give or take %.1f |\n", 100*mean, 100*spread)
		}
		if of(w) == byAttribute {
			fmt.Fprintf(&b, "| worlds whose first listed place is a planted one | %d of %d |\n", t.first, n.some)
		}
		b.WriteString("\n")
		kind := func(h *hidden) string { return string(h.Kind) }
		t.table(&b, of(w), "kind", t.kinds(of(w)), kind)
		t.table(&b, of(w), "size", sizes(), sizeOf)
		t.table(&b, of(w), people()[w], bands(), func(h *hidden) string { return band(h.people) })
		if s.truth > 0 {
			t.sizes(&b, of(w))
		}
	}
	b.WriteString("## What does not hold\n\nFalse finds beyond what is promised, or intervals that hold less often than they say, by more than chance explains but once in a hundred times.\n\n")
	doubts := t.doubts()
	for _, d := range doubts {
		fmt.Fprintf(&b, "- %s\n", d)
	}
	if len(doubts) == 0 {
		b.WriteString("Nothing of the above.\n")
	}
	return b.String()
}

func (t *tally) kinds(w of) (out []string) {
	for _, h := range t.hidden {
		if k := string(h.Kind); h.way == w && !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}

// factor tells a size that is one from a share.
func factor(k simulate.PlantedKind) bool { return k == simulate.Later || k == simulate.Sooner }

func sizes() []string {
	return []string{"under 20 of a hundred", "20 to 29", "30 and more", "under 2 times", "2 to 2.9 times", "3 times and more"}
}

func sizeOf(h *hidden) string {
	at, small, large := 0, .195, .295
	if factor(h.Kind) {
		at, small, large = 3, 1.95, 2.95
	}
	if h.Size >= small {
		at++
	}
	if h.Size >= large {
		at++
	}
	return sizes()[at]
}

// table tells of hits by something.
func (t *tally) table(b *strings.Builder, w of, head string, order []string, by func(*hidden) string) {
	gain, line := "", "| --- | --- | --- | --- |"
	if w == byAttribute {
		gain, line = " gain |", line+" --- |"
	}
	fmt.Fprintf(b, "| %s | planted | hits | of a hundred |%s\n%s\n", head, gain, line)
	for _, key := range order {
		planted, hits, led := 0, 0, 0
		for _, h := range t.hidden {
			if h.way != w || by(h) != key {
				continue
			}
			planted++
			if h.hit {
				hits++
			}
			if h.led {
				led++
			}
		}
		if planted == 0 {
			continue
		}
		fmt.Fprintf(b, "| %s | %d | %d | %s |", key, planted, hits, of100(hits, planted))
		if w == byAttribute {
			fmt.Fprintf(b, " %d |", led)
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
}

// sized is how well the sizes of a kind were told, in points or in days.
type sized struct {
	kind, unit string
	// held are intervals that hold the true size, and over numbers that are larger than it is.
	n, held, over int
	size, off     float64 // in the middle
}

func (t *tally) sized(w of) (out []sized) {
	for _, kind := range t.kinds(w) {
		for _, unit := range []string{"points", "days"} {
			var size, off []float64
			x, scale := sized{kind: kind, unit: unit}, 1.0
			if unit == "points" {
				scale = 100
			}
			for _, h := range t.hidden {
				told := h.share
				if unit == "days" {
					told = h.days
				}
				if h.way != w || string(h.Kind) != kind || told == nil {
					continue
				}
				x.n++
				if told.lo <= told.true && told.true <= told.hi {
					x.held++
				}
				if math.Abs(told.value) > math.Abs(told.true) {
					x.over++
				}
				size, off = append(size, scale*math.Abs(told.true)), append(off, scale*math.Abs(told.value-told.true))
			}
			if x.n > 0 {
				x.size, x.off = middle(size), middle(off)
				out = append(out, x)
			}
		}
	}
	return out
}

// rare is how rarely chance alone may do what is doubted.
const rare = .01

// doubts are what does not hold: false finds beyond the rate that is promised, and intervals that hold less often than they say, by more than
// chance explains but once in a hundred times.
func (t *tally) doubts() (out []string) {
	for w, n := range t.told {
		switch mean, spread := n.rate(); {
		case of(w) == byDoing:
			if p := atLeast(n.wrong, n.asked, .05); p < rare {
				out = append(out, fmt.Sprintf("%s: something false is told in %d of %d questions, which chance explains in %.4f of all times.", findings()[w], n.wrong, n.asked, p))
			}
		case mean-.05 > estimate.Z(1-2*rare)*spread:
			out = append(out, fmt.Sprintf("%s: of what is told in a world %.1f of a hundred are false on average, give or take %.1f.", findings()[w], 100*mean, 100*spread))
		}
		for _, x := range t.sized(of(w)) {
			if p := atLeast(x.n-x.held, x.n, .05); p < rare {
				out = append(out, fmt.Sprintf("%s, %s in %s: %d of %d intervals of 95 %% hold the true size, which chance explains in %.4f of all times.", findings()[w], x.kind, x.unit, x.held, x.n, p))
			}
		}
	}
	return out
}

// atLeast is the chance of k or more of n, each with the chance p.
func atLeast(k, n int, p float64) float64 {
	sum := 0.0
	for i := range k {
		a, _ := math.Lgamma(float64(n) + 1)
		b, _ := math.Lgamma(float64(i) + 1)
		c, _ := math.Lgamma(float64(n-i) + 1)
		sum += math.Exp(a - b - c + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
	}
	return 1 - sum
}

// sizes tells how well sizes were told: how often the interval holds the true one, and how far off the number is in half of all.
func (t *tally) sizes(b *strings.Builder, w of) {
	b.WriteString("| size told | differences | true size, in the middle | 95 % intervals that hold it | of a hundred | error, in the middle | told larger than it is |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, x := range t.sized(w) {
		fmt.Fprintf(b, "| %s, in %s | %d | %.1f | %d | %s | %.1f | %d |\n", x.kind, x.unit, x.n, x.size, x.held, of100(x.held, x.n), x.off, x.over)
	}
	b.WriteString("\n")
}

// noise is the standard error of the true sizes in points, in the middle.
func (t *tally) noise() float64 {
	var all []float64
	for _, h := range t.hidden {
		if h.share != nil {
			all = append(all, h.share.noise)
		}
	}
	if len(all) == 0 {
		return 0
	}
	return middle(all)
}

func middle(x []float64) float64 {
	slices.Sort(x)
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}

const head = "Each seed's [world](../simulate.md#what-a-world-hides) draws what it hides, where, in whom and how large, or nothing. People live in it under the real engine, which draws by lot whom the program's trial\n" +
	"(`control`) keeps from its messages. Messages are seen, and do what is planted and nothing else. The facts are read off as a server's are, and what is told is held against what is hidden. All that a world hides is there\n" +
	"at once. Methods were chosen on the seeds from 1001 on.\n\n" +
	"**Sizes.** A planted size is of those who come to the place's last process. What it truly is at the transition, within the horizon of the map, is found by letting other lives tell: everybody of a group lives with the\n" +
	"difference and again without it, with the same luck; or everybody is treated as usual, and again goes without messages. *Error, in the middle* is that of which half are smaller. Of a true size itself the standard error is\n" +
	"%s\n\n"

func says() [ways]string {
	return [ways]string{
		"What `attune map leverage` lists. A **hit** is a listed difference at the planted transition, by the planted attribute and level. A place (a transition and an attribute) that is listed where nothing is planted is a\n" +
			"**false find**. *Gain* is that the gain by the attribute is shown there, and not nothing in nine cases of ten. What is listed by case mix is no find, nor what may not differ after it. Places of one world are\n" +
			"named at a false discovery rate of 5 %, after case mix, in how many go on and in how soon. Nothing is listed where somebody could read off fewer than 11 people, and no wait that differs by less than a week or a quarter of\n" +
			"the time that the phase should last. Sizes are told of what is listed only, and after case mix; what is listed is what came out large.\n",
		"What `attune map groups` finds, asked of each phase where 200 people came in. A **hit** is a group at the planted transition by the planted doing, on the right side of the others. Groups that are told where nothing of it is\n" +
			"planted are a **false find**, but for those who open messages, where a message helps: they read that one, too, and truly differ. In one question of twenty something may be told where there is nothing. Its size is the\n" +
			"share of the group that goes on, and is compared where the group found is the very group that is planted.\n",
		"What `attune map leverage` tells that chance showed. A **hit** is that the planted transition is told as changed, in how many go on or how soon. A transition that is told as changed where no message helps is a **false\n" +
			"find**. Messages help those who read them. Many are not sent, or not read, so what the trial changes is smaller than what is planted. Transitions of one world are told at a false discovery rate of 5 %: of what\n" +
			"is told in a world, so much is false on average, and nothing where nothing is told. Beside a true one, a false one is half. Sizes are told of all trials that hide something, found or not.\n",
	}
}

func findings() [ways]string {
	return [ways]string{"places listed", "transitions with groups", "transitions told as changed"}
}

func people() [ways]string {
	return [ways]string{"people of the group who came in", "people of the group who came in", "people of the smaller part who came in"}
}
