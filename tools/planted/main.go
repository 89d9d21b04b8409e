// Command planted tries whether leverage points are found that a simulated world really has. For each of many seeds a world draws how many
// differences it hides, where, in whom and how large, or none; people live in it under the real engine, their facts are read off as a server's
// are, and what is found is held against what is hidden. It writes a report.
//
//	go run ./tools/planted -seeds 200 -out docs/proof/planted.md
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"attune/core/event"
	"attune/core/instant"
	"attune/core/program"
	"attune/core/release"
	"attune/internal/insight"
	"attune/internal/leverage"
	"attune/internal/programdir"
	"attune/internal/simulate"
)

func main() {
	seeds := flag.Int("seeds", 200, "how many worlds")
	from := flag.Int("from", 1, "the first world's seed: what was chosen by looking at worlds is tried on others")
	people := flag.Int("people", 2000, "how many people live in each")
	days := flag.Int("days", 540, "for how many days")
	dir := flag.String("program", "programs/rheumatoid_referral", "the program, with its world")
	out := flag.String("out", "", "the report to write; without it, to the terminal")
	flag.Parse()
	text, err := study(context.Background(), *dir, *from, *seeds, *people, *days)
	if err == nil && *out != "" {
		err = os.WriteFile(*out, []byte(text), 0o600)
	} else if err == nil {
		fmt.Print(text)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "planted:", err)
		os.Exit(1)
	}
}

// place is a transition and an attribute.
type place struct {
	at        int
	attribute string
}

// score is what came of the planted differences of one kind and one band of numbers of people.
type score struct{ planted, hit, led int }

type tally struct {
	kinds map[string]*score
	sizes map[string]*score
	// found are places that were listed, in how many of none a difference was planted; worlds those in which that was so.
	found, wrong, wrongWorlds, empty, emptyWrong int
	// first is in how many worlds with something planted the first place listed is a planted one.
	first, some int
}

func study(ctx context.Context, dir string, from, seeds, people, days int) (string, error) {
	zones, err := instant.LoadZones()
	if err != nil {
		return "", err
	}
	rel, problems, err := programdir.Load(zones, dir)
	if err != nil || rel == nil {
		return "", fmt.Errorf("%s: %w %v", dir, err, problems)
	}
	file := filepath.Join(dir, program.World)
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	world, wrong := simulate.Read(file, text, rel)
	if world == nil {
		return "", fmt.Errorf("%s: %v", file, wrong)
	}
	began := time.Now()
	t := &tally{kinds: map[string]*score{}, sizes: map[string]*score{}}
	for seed := from; seed < from+seeds; seed++ {
		cfg := simulate.Config{Release: rel, World: world, People: people, Days: days, Start: instant.Of(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)), Seed: uint64(seed)}
		if err := t.one(ctx, rel, cfg); err != nil {
			return "", fmt.Errorf("seed %d: %w", seed, err)
		}
	}
	return t.report(fmt.Sprintf("go run ./tools/planted -from %d -seeds %d -people %d -days %d", from, seeds, people, days), time.Since(began)), nil
}

// one lives one world and holds what is found against what it hides.
func (t *tally) one(ctx context.Context, rel *release.Release, cfg simulate.Config) error {
	pr := rel.Programs[0]
	columns := insight.NewColumns()
	err := simulate.Lives(ctx, cfg, true, func(l simulate.Lived) error {
		who := insight.PseudonymOf(nil, l.Who)
		for n, s := range l.Steps {
			var heard []*event.Event
			if s.Heard != nil {
				heard = append(heard, s.Heard)
			}
			columns.Add(insight.Of(who, int64(n+1), s.At, heard, s.Effects))
		}
		return nil
	})
	if err != nil {
		return err
	}
	q, err := columns.Question(pr, insight.Filter{AsOf: cfg.Start.Add(instant.Duration(cfg.Days) * instant.Day)}, leverage.Options{Seed: 1})
	if err != nil {
		return err
	}
	a, err := leverage.Find(q)
	if err != nil {
		return err
	}
	hidden := map[place][]simulate.Planted{}
	truth := cfg.World.Truth(cfg.Seed)
	for _, p := range truth {
		at := place{pr.Map.Index(p.Transition.From), pr.Map.Attributes[pr.Map.Attribute(p.Attribute)].Name}
		hidden[at] = append(hidden[at], p)
	}
	// What is listed by an attribute of the case mix is no find: it is what it is said to be.
	mix := map[string]bool{}
	for _, x := range pr.Map.Attributes {
		mix[x.Name] = x.CaseMix
	}
	var listed []leverage.Contrast
	for _, c := range slices.Concat(a.Contrasts, a.Fairness) {
		if !mix[c.Attribute] && c.And == "" && (c.Adjusted == nil || c.StillDiffers || c.StillLater) {
			listed = append(listed, c)
		}
	}
	seen := map[place]bool{}
	bad := 0
	for _, c := range listed {
		at := place{c.At, c.Attribute}
		if seen[at] {
			continue
		}
		seen[at] = true
		t.found++
		if hidden[at] == nil {
			bad++
		}
	}
	t.wrong += bad
	if bad > 0 {
		t.wrongWorlds++
	}
	if len(truth) == 0 {
		t.empty++
		if bad > 0 {
			t.emptyWrong++
		}
	} else {
		t.some++
		if len(listed) > 0 && hidden[place{listed[0].At, listed[0].Attribute}] != nil {
			t.first++
		}
	}
	for _, p := range truth {
		k := pr.Map.Index(p.Transition.From)
		name := pr.Map.Attributes[pr.Map.Attribute(p.Attribute)].Name
		n, hit := 0, false
		for i, x := range q.Attributes {
			if x.Name == name {
				for _, l := range q.Cases[k].Cohort.Level[i] {
					if x.Levels[l] == p.Level {
						n++
					}
				}
			}
		}
		for _, c := range listed {
			two := c.Attribute == name && len(levels(q, name)) == 2
			hit = hit || c.At == k && c.Attribute == name && (c.Level == p.Level || two)
		}
		led := false
		for _, g := range a.Transitions[k].Gains {
			led = led || g.Attribute == name && g.Shown && g.Rank > 0
		}
		for key, into := range map[string]map[string]*score{string(p.Kind): t.kinds, band(n): t.sizes} {
			if into[key] == nil {
				into[key] = &score{}
			}
			s := into[key]
			s.planted++
			if hit {
				s.hit++
			}
			if led {
				s.led++
			}
		}
	}
	return nil
}

func levels(q *leverage.Question, name string) []string {
	for _, x := range q.Attributes {
		if x.Name == name {
			return x.Levels[1:]
		}
	}
	return nil
}

// band sorts groups by how many people they are of.
func band(n int) string {
	switch {
	case n < 50:
		return "under 50"
	case n < 100:
		return "50 to 99"
	case n < 200:
		return "100 to 199"
	case n < 400:
		return "200 to 399"
	}
	return "400 and more"
}

func (t *tally) report(command string, took time.Duration) string {
	var b strings.Builder
	all := score{}
	for _, s := range t.kinds {
		all.planted += s.planted
		all.hit += s.hit
		all.led += s.led
	}
	fmt.Fprintf(&b, "# Are planted leverage points found?\n\n`%s`, on %s with %d cores, %s, in %.0f seconds.\n\n", command, runtime.GOARCH, runtime.GOMAXPROCS(0), time.Now().UTC().Format("2006-01-02"), took.Seconds())
	b.WriteString("Each seed's [world](../simulate.md#what-a-world-hides) draws how many differences it hides, where, in whom and how large, or none. People live in it under the real engine with messages\n" +
		"that nobody sees; their facts are read off as a server's are; what `attune map leverage` lists is held against what is hidden. A **hit** is a listed difference at the planted transition, by the planted\n" +
		"attribute and level. A place that is listed where nothing is planted is a **false find**. *Gain* is that the gain by the attribute is shown there, and not nothing in nine cases of ten. What is listed by case mix is\n" +
		"no find, nor what may not differ after it. A planted size is of those who come to the place's last process, so that the difference at the transition is smaller, by up to a quarter.\n\n" +
		"Places of one world, each a transition and an attribute, are named at a false discovery rate of 5 %, after case mix, in how many go on and in how soon. Methods were chosen on the seeds from 1001 on.\n" +
		"Most misses are of groups of fewer than 200 people, as the last table shows. Nothing is listed where somebody could\n" +
		"read off fewer than 11 people, and no wait that differs by less than a week or a quarter of the time that the phase should last.\n\n")
	fmt.Fprintf(&b, "| | |\n| --- | --- |\n| worlds with something planted | %d |\n| differences planted | %d |\n| hits | %d (%.0f of a hundred) |\n| misses | %d |\n| places listed | %d |\n| of them false | %d, in %d worlds |\n| worlds with nothing planted | %d, with false finds in %d |\n| worlds whose first listed place is a planted one | %d of %d |\n\n",
		t.some, all.planted, all.hit, 100*float64(all.hit)/float64(max(1, all.planted)), all.planted-all.hit, t.found, t.wrong, t.wrongWorlds, t.empty, t.emptyWrong, t.first, t.some)
	table := func(head string, of map[string]*score, order []string) {
		fmt.Fprintf(&b, "| %s | planted | hits | of a hundred | gain |\n| --- | --- | --- | --- | --- |\n", head)
		for _, k := range order {
			if s := of[k]; s != nil {
				fmt.Fprintf(&b, "| %s | %d | %d | %.0f | %d |\n", k, s.planted, s.hit, 100*float64(s.hit)/float64(s.planted), s.led)
			}
		}
		b.WriteString("\n")
	}
	var kinds []string
	for k := range t.kinds {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	table("kind", t.kinds, kinds)
	table("people of the group who came in", t.sizes, []string{"under 50", "50 to 99", "100 to 199", "200 to 399", "400 and more"})
	return b.String()
}
