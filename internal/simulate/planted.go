package simulate

import (
	"fmt"
	"slices"

	"attune/core/instant"
)

// Plan says how differences between groups are planted in a world: how many, of which kinds and sizes, by which
// attributes and where. What is planted is drawn by the seed: one seed is one truth, which [World.Truth] tells.
type Plan struct {
	// HowMany is how many there are, by weight; the names are whole numbers.
	HowMany Mix
	// Kinds are how large each kind may be; a kind that is not there is not planted.
	Kinds []PlantedSize
	// Leaves is heard of those who leave while they wait.
	Leaves []Emit
	Places []Place
	// CaseMix is by how much the share who go on is moved for a level of an attribute, everywhere alike.
	CaseMix []CaseMix
	// Did are differences between those who did something before they came to a place and those who did not, and Trials are what messages do
	// that a program's trial keeps from some.
	Did    DidPlan
	Trials TrialPlan
	counts []int
}

// DidPlan says how differences by what people did are planted. Their sizes are those of Kinds.
type DidPlan struct {
	HowMany Mix
	Kinds   []PlantedKind
	// Within is how long before somebody came it counts that they did it.
	Within instant.Duration
	counts []int
}

// TrialPlan says how it is planted what messages do.
type TrialPlan struct {
	HowMany Mix
	Kinds   []PlantedSize
	counts  []int
}

// PlantedSize bounds how large a kind of difference is.
type PlantedSize struct {
	Kind     PlantedKind
	From, To float64
}

// Place is somewhere on the way where people go on, or do not.
type Place struct {
	// Processes lead from one phase to the next, in their order: the last one's share are those who go on, and what is
	// planted makes all of their waits longer. FromPhase and ToPhase are what the program calls the way.
	Processes          []int
	FromPhase, ToPhase string
	// By are the attributes by which something may be planted here, and Kinds which kinds.
	By    []int
	Kinds []PlantedKind
	// Did are processes that people may have done before they came here, and HelpedBy engagements that may help here.
	Did      []int
	HelpedBy []string
}

// CaseMix moves the share who go on, for people with a level of a trait.
type CaseMix struct {
	Trait  int
	Level  string
	Points float64
}

// PlantedKind is a way in which a group fares worse.
type PlantedKind string

// The kinds of planted differences.
const (
	// LessOften: by Size fewer of the group go on, as a share of all of it.
	LessOften PlantedKind = "less_often"
	// Later: their waits are Size times as long.
	Later PlantedKind = "later"
	// Leaves: of those who would go on, the share Size leaves while waiting, and says so.
	Leaves PlantedKind = "leaves"
	// MoreOften: of all who read the message so many go on who do not without it. Without it Size fewer of all go on than the process says.
	MoreOften PlantedKind = "more_often"
	// Sooner: what is left of the waits of who read it becomes Size times shorter.
	Sooner PlantedKind = "sooner"
)

func plantedKinds() []string { return []string{string(LessOften), string(Later), string(Leaves)} }

func trialKinds() []string { return []string{string(MoreOften), string(Sooner)} }

// Transition is a way from one phase of a program to the next.
type Transition struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Planted is one difference that a world has in truth.
type Planted struct {
	Transition Transition `json:"transition"`
	// Attribute and Level are who differs; or Did, a process, is what they did before they came, or with Not did not; or Engagement is whose
	// message does it.
	Attribute  string      `json:"attribute,omitempty"`
	Level      string      `json:"level,omitempty"`
	Did        string      `json:"did,omitempty"`
	Not        bool        `json:"not,omitempty"`
	Engagement string      `json:"engagement,omitempty"`
	Kind       PlantedKind `json:"kind"`
	// Size is what the kind says: points, a factor, or a share.
	Size float64 `json:"size"`
}

// Says tells it in words.
func (p Planted) Says() string {
	switch p.Kind {
	case LessOften:
		return fmt.Sprintf("%.0f of 100 fewer go on", float64(100*p.Size))
	case Later:
		return fmt.Sprintf("they wait %.1f times as long", p.Size)
	case Leaves:
		return fmt.Sprintf("of those who would go on, %.0f of 100 leave while they wait", float64(100*p.Size))
	case MoreOften:
		return fmt.Sprintf("%.0f of 100 more go on than without it", float64(100*p.Size))
	case Sooner:
		return fmt.Sprintf("what is left of their wait is %.1f times shorter", p.Size)
	}
	return string(p.Kind)
}

// Whom says of whom it is so.
func (p Planted) Whom() string {
	switch {
	case p.Engagement != "":
		return "who reads “" + p.Engagement + "”"
	case p.Did != "" && p.Not:
		return "who did not do “" + p.Did + "” before they came"
	case p.Did != "":
		return "who did “" + p.Did + "” before they came"
	}
	return p.Attribute + " " + p.Level
}

// planted is one as lives are lived by it.
type planted struct {
	Planted
	place, trait int
	did          int // the process, where it is by what people did
}

// steps of sizes: truths are told in round numbers.
const (
	stepOfShare  = 100
	stepOfFactor = 10
)

// Truth is what a seed plants in the world, in the order of its places; none for a world without planted:.
func (w *World) Truth(seed uint64) []Planted {
	out := []Planted{}
	for _, p := range w.planted(seed) {
		out = append(out, p.Planted)
	}
	return out
}

// planted draws the truth. Each place has one difference at most. Those by attributes are drawn first, so that they are the same whatever
// else a world plants.
func (w *World) planted(seed uint64) []planted {
	p, luck := &w.Planted, mix(seed)
	if len(p.HowMany.Names) == 0 {
		return nil
	}
	var out []planted
	free := make([]int, len(p.Places))
	for i := range free {
		free[i] = i
	}
	// what is asked of draws: each of the three has its own.
	plant := func(what uint64, many Mix, counts []int, may func(*Place) bool, at func(place int, k uint64) planted) {
		if len(counts) == 0 {
			return
		}
		n := counts[many.pick(draw(luck, drawPlanted, what, 0))]
		for k := range uint64(n) {
			var open []int
			for _, i := range free {
				if may(&p.Places[i]) {
					open = append(open, i)
				}
			}
			if len(open) == 0 {
				return
			}
			place := open[int(draw(luck, drawPlanted, what+1, k)*float64(len(open)))]
			free = slices.DeleteFunc(free, func(i int) bool { return i == place })
			out = append(out, at(place, k))
		}
	}
	plant(0, p.HowMany, p.counts, func(x *Place) bool { return len(x.By) > 0 }, func(place int, k uint64) planted { return w.plantAt(place, luck, k) })
	plant(10, p.Did.HowMany, p.Did.counts, func(x *Place) bool { return len(x.Did) > 0 }, func(place int, k uint64) planted { return w.plantDid(place, luck, k) })
	plant(20, p.Trials.HowMany, p.Trials.counts, func(x *Place) bool { return len(x.HelpedBy) > 0 }, func(place int, k uint64) planted { return w.plantTrial(place, luck, k) })
	slices.SortFunc(out, func(a, b planted) int { return a.place - b.place })
	return out
}

func (w *World) plantAt(place int, luck, k uint64) planted {
	p := &w.Planted.Places[place]
	trait := p.By[among(luck, 2, k, len(p.By))]
	levels := w.People.Traits[trait].Draw.Weights.Names
	kind := p.Kinds[among(luck, 4, k, len(p.Kinds))]
	return planted{
		Planted: Planted{
			Transition: p.transition(), Attribute: w.People.Traits[trait].Name, Level: levels[among(luck, 3, k, len(levels))],
			Kind: kind, Size: sizeOf(w.Planted.Kinds, kind, draw(luck, drawPlanted, 5, k)),
		},
		place: place, trait: trait, did: -1,
	}
}

func (w *World) plantDid(place int, luck, k uint64) planted {
	p, kinds := &w.Planted.Places[place], w.Planted.Did.Kinds
	did, kind := p.Did[among(luck, 12, k, len(p.Did))], kinds[among(luck, 14, k, len(kinds))]
	return planted{
		Planted: Planted{
			Transition: p.transition(), Did: w.Life[did].ID, Not: among(luck, 13, k, 2) == 1,
			Kind: kind, Size: sizeOf(w.Planted.Kinds, kind, draw(luck, drawPlanted, 15, k)),
		},
		place: place, trait: -1, did: did,
	}
}

func (w *World) plantTrial(place int, luck, k uint64) planted {
	p, kinds := &w.Planted.Places[place], w.Planted.Trials.Kinds
	kind := kinds[among(luck, 24, k, len(kinds))].Kind
	return planted{
		Planted: Planted{
			Transition: p.transition(), Engagement: p.HelpedBy[among(luck, 22, k, len(p.HelpedBy))],
			Kind: kind, Size: sizeOf(kinds, kind, draw(luck, drawPlanted, 25, k)),
		},
		place: place, trait: -1, did: -1,
	}
}

func (p *Place) transition() Transition { return Transition{p.FromPhase, p.ToPhase} }

func among(luck, what, k uint64, n int) int {
	return int(draw(luck, drawPlanted, what, k) * float64(n))
}

// sizeOf is how large a kind is at a place in [0, 1) of its sizes.
func sizeOf(kinds []PlantedSize, k PlantedKind, at float64) float64 {
	size, steps := kinds[slices.IndexFunc(kinds, func(s PlantedSize) bool { return s.Kind == k })], float64(stepOfShare)
	if k == Later || k == Sooner {
		steps = stepOfFactor
	}
	drawn := size.From + float64((size.To-size.From)*at)
	return float64(int(float64(drawn*steps)+0.5)) / steps
}

// here is what is planted for a person at the place that a process belongs to, and whether that process is the last of it.
func (l *life) here(process int) (p *planted, last bool) {
	place := l.world.placeOf(process)
	if place < 0 {
		return nil, false
	}
	ways := l.world.Planted.Places[place].Processes
	last = ways[len(ways)-1] == process
	for i := range l.truth {
		if t := &l.truth[i]; t.place == place && l.is(t) {
			return t, last
		}
	}
	return nil, last
}

// is tells whether something that is planted acts on a person.
func (l *life) is(t *planted) bool {
	switch {
	case t.Engagement != "": // sooner come those whom it helped, and less often those whom it did not
		return l.places[t.place].helped == (t.Kind == Sooner)
	case t.did >= 0:
		return l.places[t.place].did != t.Not
	}
	return l.level(t.trait) == t.Level
}

// comes notes how somebody comes to the places that a process leads to: what they had done by then. -1 is arrival.
func (l *life) comes(process int, at instant.Time) {
	for i := range l.truth {
		t := &l.truth[i]
		if t.did < 0 || l.world.Life[l.world.Planted.Places[t.place].Processes[0]].After != process {
			continue
		}
		last := l.processes[t.did].last
		l.places[t.place].did = last > at.Add(-l.world.Planted.Did.Within)
		if f := l.forced; f != nil && f.place == t.place {
			l.places[t.place].did = !t.Not
		}
	}
}

// helps lets a message that was read do what is planted: who would not have come to a place does, or comes sooner.
func (l *life) helps(engagement string, at instant.Time) {
	for i := range l.truth {
		t := &l.truth[i]
		if t.Engagement != engagement || engagement == "" || l.places[t.place].helped {
			continue
		}
		l.places[t.place].helped = true
		for _, k := range l.world.Planted.Places[t.place].Processes {
			p, s := &l.world.Life[k], &l.processes[k]
			switch {
			case s.stopped || s.done > 0 || p.After >= 0 && l.processes[p.After].done == 0:
			case t.Kind == MoreOften && s.plan == 0 && l.has(k):
				l.follows(k, at, 0)
			case t.Kind == Sooner && s.plan > 0 && s.at > at:
				soon := at.Add(instant.Duration(float64(s.at.Sub(at)) / t.Size))
				if s.times > 0 {
					l.late(k, soon)
				} else {
					l.schedule(k, soon)
				}
			}
		}
	}
}

// placeOf is the place that a process belongs to, or -1.
func (w *World) placeOf(process int) int {
	return slices.IndexFunc(w.Planted.Places, func(p Place) bool { return slices.Contains(p.Processes, process) })
}

// level is a person's level of a trait, which is drawn once for their life.
func (l *life) level(trait int) string {
	t := &l.world.People.Traits[trait]
	return t.Draw.Weights.Names[l.levelIndex(trait)]
}

// levelIndex draws the level: where the trait is mixed by another one, that one's level moves the first level's share, by
// as much as the seed says.
func (l *life) levelIndex(trait int) int {
	t := &l.world.People.Traits[trait]
	if f := l.forced; f != nil && f.trait == trait {
		return slices.Index(t.Draw.Weights.Names, f.Level)
	}
	w, u := t.Draw.Weights, l.chance(drawTrait, uint64(trait), 0)
	if t.MixedBy < 0 {
		return w.pick(u)
	}
	shift := float64((2*draw(mix(l.setting.seed), drawMixed, uint64(trait), uint64(l.levelIndex(t.MixedBy))) - 1) * t.UpTo)
	first := float64(w.Weights[0] / w.total())
	moved := max(0.02, min(0.98, first+shift))
	if u < moved {
		return 0
	}
	rest := Mix{w.Names[1:], w.Weights[1:]}
	return 1 + rest.pick((u-moved)/(1-moved))
}

// share is the share of people like this one to whom a process happens at all.
func (l *life) share(process int) float64 {
	share := l.world.Life[process].Share
	p, last := l.here(process)
	if !last {
		return share
	}
	for _, c := range l.world.Planted.CaseMix {
		if l.level(c.Trait) == c.Level {
			share += c.Points
		}
	}
	if p != nil && (p.Kind == LessOften || p.Kind == MoreOften) {
		share -= p.Size
	}
	return max(0, min(1, share))
}

// waits is how long a process lets a person wait; who leaves meanwhile never comes to it.
func (l *life) waits(process int, wait instant.Duration) instant.Duration {
	switch p, _ := l.here(process); {
	case p == nil:
	case p.Kind == Later:
		return min(instant.Duration(float64(float64(wait)*p.Size)), 20*365*instant.Day)
	case p.Kind == Sooner:
		return instant.Duration(float64(wait) / p.Size)
	}
	return wait
}

// mayLeave plans that a person leaves before a process is due, where that is planted and falls on them.
func (l *life) mayLeave(process int, from instant.Time, wait instant.Duration) {
	p, last := l.here(process)
	if p == nil || !last || p.Kind != Leaves || l.chance(drawLeaves, uint64(process), 0) >= p.Size {
		return
	}
	l.plan(from.Add(instant.Duration(float64(float64(wait)*l.chance(drawLeaves, uint64(process), 1)))), func(at instant.Time) {
		if l.dead || l.processes[process].stopped {
			return
		}
		l.ends()
		for k, e := range l.world.Planted.Leaves {
			l.emit(at, "leaves", process, k, &e)
		}
	})
}

// ends stops everything that the world has in store for a person.
func (l *life) ends() {
	for i := range l.processes {
		l.processes[i].stopped = true
	}
}
