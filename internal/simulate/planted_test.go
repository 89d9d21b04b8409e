package simulate

import (
	"math"
	"slices"
	"strings"
	"testing"

	"attune/core/effect"
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
			if p.Attribute == "" {
				continue // by what people did or read, below
			}
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
	many, did, trials := map[int]int{}, 0, map[Transition]int{}
	for seed := range uint64(400) {
		truth := w.Truth(seed)
		if !slices.Equal(truth, w.Truth(seed)) {
			t.Fatalf("seed %d has two truths", seed)
		}
		seen := map[Transition]bool{}
		groups := 0
		for _, p := range truth {
			low, high := 0.15, 0.35
			switch {
			case p.Attribute != "":
				groups++
			case p.Did != "":
				did++
			default:
				trials[p.Transition]++
			}
			switch p.Kind {
			case Later:
				low, high = 1.6, 3
			case MoreOften:
				low, high = 0.2, 0.5
			case Sooner:
				low, high = 3, 10
			}
			if p.Size < low || p.Size > high || seen[p.Transition] {
				t.Errorf("seed %d plants %+v", seed, p)
			}
			seen[p.Transition] = true
		}
		many[groups]++
	}
	// Two in three have one, where a place is left for it.
	if all := trials[Transition{"symptoms", "primary_care"}] + trials[Transition{"referral", "diagnosis"}] + trials[Transition{"diagnosis", "treatment"}] + trials[Transition{"treatment", "living"}]; did < 200 || did > 320 || all < 200 || all > 320 || len(trials) != 4 {
		t.Errorf("of 400 seeds %d plant something by what people did, and messages help at %v", did, trials)
	}
	// 1, 2, 3 and 2 in eight, as how_many says.
	for n, weight := range []int{1, 2, 3, 2} {
		if want := 400 * weight / 8; many[n] < want*2/3 || many[n] > want*3/2 {
			t.Errorf("%d of 400 seeds plant %d differences, not about %d", many[n], n, want)
		}
	}
	// The same on any machine.
	if got := w.Truth(8); len(got) != 2 || got[0] != (Planted{Transition: Transition{"referral", "diagnosis"}, Attribute: "clinic", Level: "Infirmary", Kind: Later, Size: 2.1}) {
		t.Errorf("seed 8 plants %+v", got)
	}
}

// fared is how people fared at a place, by the events of lives under the engine.
type fared struct{ came, went, days float64 }

func (f fared) often() float64 { return f.went / f.came }

// livedBetween lets people live, and tells by group how they fared between two processes.
func livedBetween(t *testing.T, c Config, m Messages, from, to string, group func(Lived) string) map[string]fared {
	t.Helper()
	out := map[string]fared{}
	if err := Lives(t.Context(), c, m, func(l Lived) error {
		var came, went instant.Time
		for _, s := range l.Steps {
			if s.Heard == nil {
				continue
			}
			switch rest := strings.TrimPrefix(s.Heard.ID, idPrefix+Key(l.Number)+"-"); {
			case strings.HasPrefix(rest, from+"-1-"):
				came = s.At
			case strings.HasPrefix(rest, to+"-") && !strings.HasPrefix(rest, to+"leaves") && !strings.HasPrefix(rest, to+"instead") && went == 0:
				went = s.At
			}
		}
		if came == 0 {
			return nil
		}
		g := group(l)
		x := out[g]
		x.came++
		if went != 0 {
			x.went++
			x.days += float64(went.Sub(came)) / float64(instant.Day)
		}
		out[g] = x
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// firstSeed is the first seed that plants something of which is is true.
func firstSeed(t *testing.T, w *World, is func(Planted) bool) (uint64, Planted) {
	t.Helper()
	for seed := range uint64(1000) {
		for _, p := range w.Truth(seed) {
			if is(p) {
				return seed, p
			}
		}
	}
	t.Fatal("no seed of 1000 plants it")
	return 0, Planted{}
}

// around are the processes by which people come to a place and go on from it.
func around(w *World, p Planted) (from, to string) {
	place := w.Planted.Places[placeFrom(w, p.Transition.From)]
	return w.Life[w.Life[place.Processes[0]].After].ID, w.Life[place.Processes[len(place.Processes)-1]].ID
}

func TestWhoDidSomethingBeforeFaresAsPlanted(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("many people are lived")
	}
	rel := load(t, rheumatoid)
	w := worldOf(t, rel, rheumatoid+"/world.yaml")
	for _, not := range []bool{false, true} {
		seed, p := firstSeed(t, w, func(p Planted) bool {
			return p.Did != "" && p.Not == not && p.Kind == LessOften && p.Transition.From == "primary_care"
		})
		c := Config{Release: rel, World: w, People: 1500, Days: 400, Start: start, Seed: seed}
		from, to := around(w, p)
		x := livedBetween(t, c, Unseen, from, to, func(l Lived) string {
			did, at := false, instant.Time(0)
			for _, s := range l.Steps {
				if s.Heard == nil {
					continue
				}
				switch rest := strings.TrimPrefix(s.Heard.ID, idPrefix+Key(l.Number)+"-"); {
				case strings.HasPrefix(rest, from+"-1-"):
					return map[bool]string{true: "did", false: "not"}[did && s.At.Sub(at) < 28*instant.Day]
				case strings.HasPrefix(rest, p.Did+"-"):
					did, at = true, s.At
				}
			}
			return ""
		})
		in, others := x["did"], x["not"]
		if not {
			in, others = others, in
		}
		if d, sd := others.often()-in.often(), math.Sqrt(.25/in.came+.25/others.came); math.Abs(d-p.Size) > 4*sd || in.came < 100 {
			t.Errorf("seed %d, %+v: of %.0f %.3f fewer go on, give or take %.3f", seed, p, in.came, d, sd)
		}
		// Forced, everybody is of the group, and lifted it makes no difference.
		c.Forced, c.People = &p, 600
		all := func(Lived) string { return "" }
		with := livedBetween(t, c, Unseen, from, to, all)[""]
		c.Lifted = true
		without := livedBetween(t, c, Unseen, from, to, all)[""]
		if d := without.often() - with.often(); with.came != without.came || math.Abs(d-p.Size) > 4*math.Sqrt(p.Size*(1-p.Size)/with.came) {
			t.Errorf("seed %d, %+v: it is truly %.3f, of %.0f and %.0f", seed, p, d, with.came, without.came)
		}
	}
	other := Planted{Did: "looks_in"}
	if err := Lives(t.Context(), Config{Release: rel, World: w, People: 1, Days: 1, Start: start, Forced: &other}, Unseen, func(Lived) error { return nil }); err == nil {
		t.Error("everybody was of a group that is not planted")
	}
}

func TestWhatIsReadHelpsAsPlanted(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("many people are lived")
	}
	rel := load(t, rheumatoid)
	w := worldOf(t, rel, rheumatoid+"/world.yaml")
	for _, k := range []PlantedKind{MoreOften, Sooner} {
		seed, p := firstSeed(t, w, func(p Planted) bool { return p.Kind == k && p.Engagement == "see_your_gp" })
		c := Config{Release: rel, World: w, People: 1500, Days: 400, Start: start, Seed: seed}
		c.World = soon(w)
		from, to := around(w, p)
		x := livedBetween(t, c, OnlyPlanted, from, to, func(l Lived) string {
			of := map[string]bool{}
			for _, s := range l.Steps {
				for _, e := range s.Effects {
					if m, is := e.(effect.Send); is {
						of[m.Touch.String()] = m.Engagement == p.Engagement
					}
				}
				if s.Heard != nil && s.Heard.Name == "message.opened" && of[s.Heard.Field("touch").Text] {
					return "read"
				}
			}
			return "did not"
		})
		read, others := x["read"], x["did not"]
		d, sd := read.often()-others.often(), math.Sqrt(.25/read.came+.25/others.came)
		times := others.days / others.went / (read.days / read.went)
		if read.came < 100 || k == MoreOften && math.Abs(d-p.Size) > 4*sd || k == Sooner && (math.Abs(d) > 4*sd || times < p.Size*.4 || times > p.Size*1.2) {
			t.Errorf("seed %d, %+v: of %.0f who read it %.3f more go on than of %.0f, give or take %.3f, %.1f times sooner", seed, p, read.came, d, others.came, sd, times)
		}
		// What nobody sees helps nobody.
		c.People = 700
		unseen := livedBetween(t, c, Unseen, from, to, func(Lived) string { return "" })[""]
		if d, sd := unseen.often()-others.often(), math.Sqrt(.25/unseen.came+.25/others.came); math.Abs(d) > 4*sd {
			t.Errorf("seed %d, %+v: where nobody sees messages %.3f more go on than of those who did not read them, give or take %.3f", seed, p, d, sd)
		}
	}
}

// soon is a world in which nobody waits long before they read, and all that is due is done.
func soon(w *World) *World {
	out := *w
	out.Response.Channels = slices.Clone(w.Response.Channels)
	for i := range out.Response.Channels {
		out.Response.Channels[i].Within = Delay{}
	}
	return &out
}
