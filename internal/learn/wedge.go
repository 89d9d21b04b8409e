package learn

import (
	"fmt"
	"slices"
	"strings"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/instant"
	"attune/core/policy"
	"attune/core/release"
	"attune/internal/estimate"
)

// Wedge is a program that begins for one group of people after the other.
type Wedge struct {
	Program string `json:"program"`
	// By is the trait that names groups.
	By    string      `json:"by"`
	Steps []WedgeStep `json:"steps"`
	// Groups were compared with others, in Periods that are over and in which some had begun and others had not.
	Groups  int `json:"groups"`
	Periods int `json:"periods"`
	// Begun and Waiting are the share of people who reached an outcome in a period, among those whose group had begun
	// and those whose had not. They are not to be compared: other periods have other people.
	Begun   float64 `json:"begun"`
	Waiting float64 `json:"waiting"`
	// Effect is by how much the chance to reach an outcome in a period is larger where the group has begun, within
	// periods.
	Effect Interval `json:"effect"`
}

// WedgeStep is one step, and who begins at it.
type WedgeStep struct {
	Step   int    `json:"step"`
	Begins string `json:"begins"`
	Groups int    `json:"groups"`
	People int    `json:"people"`
}

// wedged is somebody whose group's step was drawn, and whether they reached an outcome in each period.
type wedged struct {
	program, group string
	step           int
	at             instant.Time
	reached        []bool
}

// begins is when the steps of a program begin.
func begins(rel *release.Release, zone string, b policy.Begins, step int) instant.Time {
	z, _ := rel.Zones.Find(zone)
	return z.Begins(b.From.Days()).Add(instant.Duration(step-1) * b.Every)
}

// wedged sums up what somebody reached, period by period: the time from one step to the next.
func (s *Studied) wedged(l *Life, t effect.Trial) (w wedged, ok bool) {
	step, group, drawn := engine.ParseBegins(t.Arm)
	pr := programNamed(s.Release.Programs, t.Program)
	if !drawn || pr == nil || pr.Policy.Learning == nil || pr.Policy.Learning.Begins.Steps == 0 {
		return w, false
	}
	b := pr.Policy.Learning.Begins
	w = wedged{program: pr.ID, group: group, step: min(step, b.Steps), at: t.At, reached: make([]bool, b.Steps-1)}
	for k := range w.reached {
		from, to := begins(s.Release, pr.Policy.Zone, b, k+1), begins(s.Release, pr.Policy.Zone, b, k+2)
		w.reached[k] = slices.ContainsFunc(l.Reached, func(h Happening) bool {
			return h.At >= from && h.At < to && strings.HasPrefix(h.What, pr.ID+"/")
		})
	}
	return w, true
}

// wedges are those of the live release.
func (s *Studied) wedges(all []lived) []Wedge {
	out := []Wedge{}
	for _, pr := range s.Release.Programs {
		if l := pr.Policy.Learning; l != nil && l.Begins.Steps > 0 {
			out = append(out, s.wedge(all, pr.ID, pr.Policy.Zone, l.Begins))
		}
	}
	return out
}

// wedge compares groups within periods. Somebody counts from the first period on that began when their step had been
// drawn: before, the program had nothing to say to them.
func (s *Studied) wedge(all []lived, program, zone string, b policy.Begins) Wedge {
	w := Wedge{Program: program, By: b.By}
	var people []wedged
	var names []string
	for n := range all {
		for _, x := range all[n].wedged {
			if x.program != program {
				continue
			}
			people = append(people, x)
			if at, found := slices.BinarySearch(names, x.group); !found {
				names = slices.Insert(names, at, x.group)
			}
		}
	}
	for step := 1; step <= b.Steps; step++ {
		at := WedgeStep{Step: step, Begins: begins(s.Release, zone, b, step).String()}
		seen := map[string]bool{}
		for i := range people {
			if people[i].step == step {
				at.People++
				seen[people[i].group] = true
			}
		}
		at.Groups = len(seen)
		w.Steps = append(w.Steps, at)
	}
	cells := s.cells(people, names, zone, b)
	var sum, of [2]float64
	periods := map[int]bool{}
	for _, c := range cells {
		begun := int(indicator(c.Begun))
		sum[begun], of[begun] = sum[begun]+c.Sum, of[begun]+c.People
		periods[c.Period] = true
	}
	w.Waiting, w.Begun, w.Periods = finite0(sum[0]/of[0]), finite0(sum[1]/of[1]), len(periods)
	e, err := estimate.Wedge(cells, .95)
	w.Groups = e.Groups
	if err != nil {
		w.Effect.Why = err.Error()
		return w
	}
	w.Effect = Interval{e.Estimate, e.Lo, e.Hi, true, ""}
	return w
}

// cells are the people of each group in each period that is over.
func (s *Studied) cells(people []wedged, names []string, zone string, b policy.Begins) (out []estimate.Cell) {
	for k := range b.Steps - 1 {
		from := begins(s.Release, zone, b, k+1)
		if from.Add(b.Every) > s.Now {
			break
		}
		of := make([]estimate.Cell, len(names))
		for i := range people {
			x := &people[i]
			if x.at > from {
				continue
			}
			g, _ := slices.BinarySearch(names, x.group)
			of[g].Begun = x.step <= k+1
			of[g].People++
			of[g].Sum += indicator(x.reached[k])
		}
		for g := range of {
			if of[g].Group, of[g].Period = g, k; of[g].People > 0 {
				out = append(out, of[g])
			}
		}
	}
	return out
}

// says tells what it found in a sentence.
func (w *Wedge) says() string {
	switch {
	case !w.Effect.Enough:
		return fmt.Sprintf("Not enough evidence to tell what %s does where it has begun: %s.", w.Program, w.Effect.Why)
	case w.Effect.Lo > 0:
		return fmt.Sprintf("Where %s has begun people reach more: %s in a period, by %d groups.", w.Program, points(w.Effect), w.Groups)
	case w.Effect.Hi < 0:
		return fmt.Sprintf("Where %s has begun people reach less: %s in a period, by %d groups.", w.Program, points(w.Effect), w.Groups)
	}
	return fmt.Sprintf("Not enough evidence to tell those for whom %s has begun from those who wait: %s in a period, by %d groups.", w.Program, points(w.Effect), w.Groups)
}

// text writes it for a terminal.
func (w *Wedge) text() string {
	b := &strings.Builder{}
	fmt.Fprintf(b, "\nThe program %s begins for one %s after the other:\n", w.Program, w.By)
	for _, x := range w.Steps {
		fmt.Fprintf(b, "  step %-3d %.10s  %d groups, %d people\n", x.Step, x.Begins, x.Groups, x.People)
	}
	fmt.Fprintf(b, "  within %d periods, begun against waiting: %s\n", w.Periods, orWhy(w.Effect))
	return b.String()
}
