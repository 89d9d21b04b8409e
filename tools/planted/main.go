// Command planted tries whether what leverage, trials and groups tell is what a simulated world really has. For each of many seeds a world draws
// how many differences it hides, where, in whom and how large, or none; people live in it under the real engine, their facts are read off as a
// server's are, and what is found is held against what is hidden, and its size against the true one. It writes a report.
//
//	go run ./tools/planted -seeds 200 -out docs/proof/planted.md
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"attune/core/instant"
	"attune/core/program"
	"attune/core/release"
	"attune/internal/programdir"
	"attune/internal/simulate"
)

func main() {
	var s study
	flag.IntVar(&s.seeds, "seeds", 200, "how many worlds")
	flag.IntVar(&s.from, "from", 1, "the first world's seed: what was chosen by looking at worlds is tried on others")
	flag.IntVar(&s.people, "people", 2000, "how many people live in each")
	flag.IntVar(&s.days, "days", 540, "for how many days")
	flag.Float64Var(&s.control, "control", .5, "the share of people whom the program's trial keeps from its messages: control under learning in policy.yaml")
	flag.IntVar(&s.truth, "truth", 3000, "how many people live with each difference and again without it, to tell its true size; 0 does not ask")
	flag.BoolVar(&s.tally.tell, "tell", false, "tell what is false as it is found")
	flag.StringVar(&s.dir, "program", "programs/rheumatoid_referral", "the program, with its world")
	out := flag.String("out", "", "the report to write; without it, to the terminal")
	flag.Parse()
	text, err := s.run(context.Background())
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

// study is what is asked, and what came of it.
type study struct {
	seeds, from, people, days, truth int
	control                          float64
	dir                              string

	world *simulate.World
	// usual treats everybody as usual, tried draws the trial, and without says nothing to anybody.
	usual, tried, without *release.Release
	tally                 tally
}

// load reads the program three times, for the three ways in which it treats people, and its world.
func (s *study) load() error {
	if !(s.control > 0 && s.control <= .5) {
		return fmt.Errorf("-control is %g: write a share of more than 0, and 0.5 at most", s.control)
	}
	zones, err := instant.LoadZones()
	if err != nil {
		return err
	}
	for _, x := range []struct {
		to      **release.Release
		control float64
	}{{&s.usual, 0}, {&s.tried, s.control}, {&s.without, 1}} {
		rel, problems, err := programdir.Load(zones, s.dir)
		if err != nil || rel == nil {
			return fmt.Errorf("%s: %w %v", s.dir, err, problems)
		}
		l := rel.Programs[0].Policy.Learning
		if l == nil || l.Holdout > 0 || l.Compare.All() > 0 {
			return fmt.Errorf("%s: the program has to learn (learning: in policy.yaml), and to have no trial of its own", s.dir)
		}
		// One trial of two parts: who goes without, and all others.
		l.Control, l.Uniform = x.control, 0
		*x.to = rel
	}
	file := filepath.Join(s.dir, program.World)
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	world, wrong := simulate.Read(file, text, s.tried)
	if world == nil {
		return fmt.Errorf("%s: %v", file, wrong)
	}
	s.world = world
	return nil
}

func (s *study) run(ctx context.Context) (string, error) {
	if err := s.load(); err != nil {
		return "", err
	}
	began := time.Now()
	for seed := s.from; seed < s.from+s.seeds; seed++ {
		if err := s.one(ctx, uint64(seed)); err != nil {
			return "", fmt.Errorf("seed %d: %w", seed, err)
		}
	}
	return s.report(time.Since(began)), nil
}

func (s *study) config(seed uint64, rel *release.Release, people int) simulate.Config {
	return simulate.Config{Release: rel, World: s.world, People: people, Days: s.days, Start: instant.Of(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)), Seed: seed}
}
