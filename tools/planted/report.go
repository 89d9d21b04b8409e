package main

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"time"

	"attune/internal/simulate"
)

// tally is what came of all worlds.
type tally struct {
	hidden []*hidden
	told   [ways]counts
	// first is in how many worlds in which groups differ by what they are the first place listed is a planted one.
	first int
}

// counts are of one way of hiding: how many questions were asked (0 where that is not counted), how many places, transitions or groups were told,
// and how many of them are false, in how many worlds; worlds with nothing of it, and false finds in how many of those.
type counts struct{ asked, found, wrong, wrongWorlds, some, empty, emptyWrong int }

func (n *counts) count(bad int, some bool) {
	n.wrong += bad
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
	b.WriteString(head)
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
		fmt.Fprintf(&b, "| %s | %d |\n| of them false | %d, in %d worlds |\n| worlds with nothing of it planted | %d, with false finds in %d |\n", finds()[w], n.found, n.wrong, n.wrongWorlds, n.empty, n.emptyWrong)
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
	return strings.TrimRight(b.String(), "\n") + "\n"
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

// sizes tells how well sizes were told: how often the interval holds the true one, and how far off the number is in half of all.
func (t *tally) sizes(b *strings.Builder, w of) {
	b.WriteString("| size told | differences | true size, in the middle | 95 % intervals that hold it | of a hundred | error, in the middle | told larger than it is |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, kind := range t.kinds(w) {
		for _, unit := range []string{"points", "days"} {
			var true_, off []float64
			held, over, scale := 0, 0, 1.0
			for _, h := range t.hidden {
				x := h.share
				if unit == "days" {
					x = h.days
				}
				if h.way != w || string(h.Kind) != kind || x == nil {
					continue
				}
				if x.lo <= x.true && x.true <= x.hi {
					held++
				}
				if math.Abs(x.value) > math.Abs(x.true) {
					over++
				}
				true_, off = append(true_, math.Abs(x.true)), append(off, math.Abs(x.value-x.true))
			}
			if unit == "points" {
				scale = 100
			}
			if n := len(off); n > 0 {
				fmt.Fprintf(b, "| %s, in %s | %d | %.1f | %d | %s | %.1f | %d |\n", kind, unit, n, scale*middle(true_), held, of100(held, n), scale*middle(off), over)
			}
		}
	}
	b.WriteString("\n")
}

func middle(x []float64) float64 {
	slices.Sort(x)
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}

const head = "Each seed's [world](../simulate.md#what-a-world-hides) draws how many differences it hides, where, in whom and how large, or none. People live in it under the real engine, which draws by lot whom the\n" +
	"program's trial keeps from its messages. Messages do what is planted, and nothing else. The facts are read off as a server's are, and what is told is held against what is hidden.\n\n"

func says() [ways]string {
	return [ways]string{"", "", ""}
}

func finds() [ways]string {
	return [ways]string{"places listed", "transitions with groups", "transitions told as changed"}
}

func people() [ways]string {
	return [ways]string{"people of the group who came in", "people of the group who came in", "people of the smaller part who came in"}
}
