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
)

func plantedKinds() []string { return []string{string(LessOften), string(Later), string(Leaves)} }

// Transition is a way from one phase of a program to the next.
type Transition struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Planted is one difference that a world has in truth.
type Planted struct {
	Transition Transition  `json:"transition"`
	Attribute  string      `json:"attribute"`
	Level      string      `json:"level"`
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
	}
	return string(p.Kind)
}

// planted is one as lives are lived by it.
type planted struct {
	Planted
	place, trait int
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

// planted draws the truth. Each place has one difference at most.
func (w *World) planted(seed uint64) []planted {
	p, luck := &w.Planted, mix(seed)
	if len(p.HowMany.Names) == 0 {
		return nil
	}
	n := p.counts[p.HowMany.pick(draw(luck, drawPlanted, 0, 0))]
	var out []planted
	free := make([]int, len(p.Places))
	for i := range free {
		free[i] = i
	}
	for k := range uint64(min(n, len(free))) {
		at := int(draw(luck, drawPlanted, 1, k) * float64(len(free)))
		place := free[at]
		free = slices.Delete(free, at, at+1)
		out = append(out, w.plantAt(place, luck, k))
	}
	slices.SortFunc(out, func(a, b planted) int { return a.place - b.place })
	return out
}

func (w *World) plantAt(place int, luck, k uint64) planted {
	p := &w.Planted.Places[place]
	among := func(what uint64, n int) int { return int(draw(luck, drawPlanted, what, k) * float64(n)) }
	trait := p.By[among(2, len(p.By))]
	levels := w.People.Traits[trait].Draw.Weights.Names
	kind := p.Kinds[among(4, len(p.Kinds))]
	size, steps := w.Planted.size(kind), float64(stepOfShare)
	if kind == Later {
		steps = stepOfFactor
	}
	drawn := size.From + float64((size.To-size.From)*draw(luck, drawPlanted, 5, k))
	return planted{
		Planted: Planted{
			Transition: Transition{p.FromPhase, p.ToPhase}, Attribute: w.People.Traits[trait].Name, Level: levels[among(3, len(levels))],
			Kind: kind, Size: float64(int(float64(drawn*steps)+0.5)) / steps,
		},
		place: place, trait: trait,
	}
}

func (p *Plan) size(k PlantedKind) PlantedSize {
	i := slices.IndexFunc(p.Kinds, func(s PlantedSize) bool { return s.Kind == k })
	return p.Kinds[i]
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
		if t := &l.truth[i]; t.place == place && l.level(t.trait) == t.Level {
			return t, last
		}
	}
	return nil, last
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
	if p != nil && p.Kind == LessOften {
		share -= p.Size
	}
	return max(0, min(1, share))
}

// waits is how long a process lets a person wait; who leaves meanwhile never comes to it.
func (l *life) waits(process int, wait instant.Duration) instant.Duration {
	if p, _ := l.here(process); p != nil && p.Kind == Later {
		return min(instant.Duration(float64(float64(wait)*p.Size)), 20*365*instant.Day)
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
