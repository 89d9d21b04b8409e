package simulate

import (
	"math"
	"slices"
	"strings"
	"testing"

	"attune/core/event"
	"attune/core/instant"
	"attune/core/release"
)

const rheumatoid = "../../programs/rheumatoid_referral"

// way is how a group fared on the way through a place.
type way struct{ came, went, left, days float64 }

func (w way) often() float64 { return w.went / w.came }

// ways lives people without an engine, for what is planted is the world's own, and counts at each place how each group of
// people with a level of an attribute, or all others, fared.
func ways(t *testing.T, w *World, rel *release.Release, seed uint64, people int) func(place int, trait int, level string, severity string) (in, others way) {
	t.Helper()
	s, err := Config{Release: rel, World: w, Seed: seed, Start: start}.setting()
	if err != nil {
		t.Fatal(err)
	}
	s.end = start.Add(1500 * instant.Day)
	type passage struct{ came, went, left instant.Time }
	type one struct {
		l        *life
		passages []passage
	}
	var all []one
	for n := range people {
		o := one{passages: make([]passage, len(w.Planted.Places))}
		l := begin(s, arm{rel: rel}, n, nil)
		l.tell = func(e event.Event) {
			for k, p := range w.Planted.Places {
				x, first, last := &o.passages[k], p.Processes[0], p.Processes[len(p.Processes)-1]
				before := w.Life[w.Life[first].After].ID
				switch rest := strings.TrimPrefix(e.ID, idPrefix+l.key+"-"); {
				case strings.HasPrefix(rest, before+"-1-"):
					x.came = e.OccurredAt
				case strings.HasPrefix(rest, w.Life[last].ID+"leaves-"):
					x.left = e.OccurredAt
				case strings.HasPrefix(rest, w.Life[last].ID+"-1-") && x.went == 0:
					x.went = e.OccurredAt
				}
			}
		}
		for len(l.agenda) > 0 && l.agenda[0].at <= s.end {
			d := l.agenda.pop()
			d.do(d.at)
		}
		o.l = l
		all = append(all, o)
	}
	severe := slices.IndexFunc(w.People.Traits, func(t Trait) bool { return t.Name == "severity" })
	return func(place, trait int, level, severity string) (in, others way) {
		for _, o := range all {
			p := o.passages[place]
			if p.came == 0 || severity != "" && o.l.level(severe) != severity {
				continue
			}
			x := &others
			if o.l.level(trait) == level {
				x = &in
			}
			x.came++
			if p.left != 0 {
				x.left++
			}
			if p.went != 0 {
				x.went++
				x.days += float64(p.went.Sub(p.came)) / float64(instant.Day)
			}
		}
		return in, others
	}
}

func alike(in, others way) (difference, error float64) {
	p := (in.went + others.went) / (in.came + others.came)
	return others.often() - in.often(), math.Sqrt(p * (1 - p) * (1/in.came + 1/others.came))
}

func traitOf(w *World, name string) int {
	return slices.IndexFunc(w.People.Traits, func(t Trait) bool { return t.Name == name })
}

func placeFrom(w *World, from string) int {
	return slices.IndexFunc(w.Planted.Places, func(p Place) bool { return p.FromPhase == from })
}

func TestWhatASeedPlantsIsInTheWorldAsLargeAsItSays(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("many people are lived")
	}
	rel := load(t, rheumatoid)
	w := worldOf(t, rel, rheumatoid+"/world.yaml")
	found, seeds := map[PlantedKind]int{}, uint64(14)
	for seed := range seeds {
		truth := w.Truth(seed)
		if len(truth) == 0 {
			continue
		}
		fared := ways(t, w, rel, seed, 2500)
		for _, p := range truth {
			// Those of one severity are compared: the case mix differs between practices.
			in, others := fared(placeFrom(w, p.Transition.From), traitOf(w, p.Attribute), p.Level, "few")
			if in.came < 30 {
				continue // so few have it that nobody can tell
			}
			found[p.Kind]++
			difference, sd := alike(in, others)
			switch p.Kind {
			case LessOften:
				// Some places have a process within them that not all reach, so the whole is a little smaller.
				if math.Abs(difference-p.Size) > 4*sd+0.04*p.Size {
					t.Errorf("seed %d, %+v: %.3f fewer go on, give or take %.3f", seed, p, difference, sd)
				}
			case Later:
				factor := in.days / in.went / (others.days / others.went)
				// What is late of itself is not made later, nor are waits for the next waking hour.
				if factor < 1+(p.Size-1)*0.3 || factor > p.Size*1.35 || math.Abs(difference) > 4*sd {
					t.Errorf("seed %d, %+v: they wait %.2f times as long, and %.3f fewer go on", seed, p, factor, difference)
				}
			case Leaves:
				if share := in.left / (in.left + in.went); math.Abs(share-p.Size) > 4*math.Sqrt(p.Size*(1-p.Size)/(in.left+in.went)) || others.left > 0 {
					t.Errorf("seed %d, %+v: of those who would go on %.3f leave, and %.0f of others", seed, p, share, others.left)
				}
			}
		}
	}
	for _, k := range plantedKinds() {
		if found[PlantedKind(k)] == 0 {
			t.Errorf("%d seeds plant no %s: %v", seeds, k, found)
		}
	}
}

func TestWhereNothingIsPlantedNoGroupDiffers(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("many people are lived")
	}
	rel := load(t, rheumatoid)
	w := worldOf(t, rel, rheumatoid+"/world.yaml")
	seed := uint64(0)
	for len(w.Truth(seed)) > 0 {
		seed++
	}
	fared := ways(t, w, rel, seed, 6000)
	for k, place := range w.Planted.Places {
		for _, trait := range place.By {
			for _, level := range w.People.Traits[trait].Draw.Weights.Names {
				in, others := fared(k, trait, level, "many")
				if difference, sd := alike(in, others); in.came >= 30 && math.Abs(difference) > 4*sd || in.left+others.left > 0 {
					t.Errorf("from %s, %s %s: %.3f fewer go on, give or take %.3f", place.FromPhase, w.People.Traits[trait].Name, level, difference, sd)
				}
			}
		}
	}
	// The traps are there all the same: severity differs between practices, and decides who goes on.
	in, others := fared(placeFrom(w, "primary_care"), traitOf(w, "severity"), "many", "")
	if difference, sd := alike(in, others); difference > -3*sd {
		t.Errorf("people with many swollen joints are sent on no more often: %.3f, give or take %.3f", difference, sd)
	}
}

func TestOneSeedIsOneTruth(t *testing.T) {
	t.Parallel()
	rel := load(t, rheumatoid)
	w := worldOf(t, rel, rheumatoid+"/world.yaml")
	many := map[int]int{}
	for seed := range uint64(400) {
		truth := w.Truth(seed)
		many[len(truth)]++
		if !slices.Equal(truth, w.Truth(seed)) {
			t.Fatalf("seed %d has two truths", seed)
		}
		seen := map[Transition]bool{}
		for _, p := range truth {
			low, high := 0.15, 0.35
			if p.Kind == Later {
				low, high = 1.6, 3
			}
			if p.Size < low || p.Size > high || seen[p.Transition] {
				t.Errorf("seed %d plants %+v", seed, p)
			}
			seen[p.Transition] = true
		}
	}
	// 1, 2, 3 and 2 in eight, as how_many says.
	for n, weight := range []int{1, 2, 3, 2} {
		if want := 400 * weight / 8; many[n] < want*2/3 || many[n] > want*3/2 {
			t.Errorf("%d of 400 seeds plant %d differences, not about %d", many[n], n, want)
		}
	}
	// The same on any machine.
	if got := w.Truth(8); len(got) != 1 || got[0] != (Planted{Transition{"referral", "diagnosis"}, "clinic", "Infirmary", Later, 2.1}) {
		t.Errorf("seed 8 plants %+v", got)
	}
}
