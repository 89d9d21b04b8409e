package segment

import (
	"fmt"
	"math"
	"strings"
)

// bounds is how often a feature's event was: at least low, and below high where that is not 0.
type bounds struct {
	says, event string
	days        int
	low, high   int
}

func boundsOf(features []Feature, cols columns, path []condition) []bounds {
	var list []bounds
	at := map[int]int{}
	for _, c := range path {
		k, ok := at[c.feature]
		if !ok {
			f := features[c.feature]
			k = len(list)
			list, at[c.feature] = append(list, bounds{says: f.Says, event: f.Event, days: f.Days}), k
		}
		cut := int(cols.cuts[c.feature][c.cut])
		if b := &list[k]; !c.below {
			b.low = max(b.low, cut)
		} else if b.high == 0 || cut < b.high {
			b.high = cut
		}
	}
	return list
}

func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

func (b bounds) String() string {
	within := fmt.Sprintf("in the %d days before", b.days)
	if b.days == 1 {
		within = "on the day before"
	}
	weekly := func(n int) bool { return n > 1 && n*7 == b.days }
	var often string
	switch {
	case b.high == 1:
		return fmt.Sprintf("never %s %s", b.says, within)
	case b.low == 0 && weekly(b.high):
		often = "less than once a week"
	case b.low == 0 && b.high == 2:
		often = "at most once"
	case b.low == 0:
		often = "fewer than " + times(b.high)
	case b.high == 0 && weekly(b.low):
		often = "at least once a week"
	case b.high == 0:
		often = "at least " + times(b.low)
	case b.high == b.low+1:
		often = times(b.low)
	default:
		often = fmt.Sprintf("%d to %d times", b.low, b.high-1)
	}
	return fmt.Sprintf("%s %s %s", b.says, often, within)
}

// Did is what people of the group did, in words.
func (g *Group) Did() string {
	parts := make([]string, len(g.conditions))
	for i, b := range g.conditions {
		parts[i] = b.String()
	}
	return strings.Join(parts, ", and ")
}

// String is the group in a sentence. Without a draw, groups differ; what was drawn by lot changed something.
func (g *Group) String() string {
	if g.effect {
		return fmt.Sprintf("%s: %d people; what was tried changed moving on within %g days by %s, among all others by %s",
			g.Did(), g.People, g.horizon, points(g.Here), points(g.Elsewhere))
	}
	return fmt.Sprintf("%s: %d people; %s moved on within %g days, against %s of all others",
		g.Did(), g.People, percent(g.Here), g.horizon, percent(g.Elsewhere))
}

func percent(s Share) string {
	return fmt.Sprintf("%.0f %% (%.0f–%.0f)", 100*s.Value, 100*s.Low, 100*s.High)
}

func points(s Share) string {
	whole := func(x float64) float64 { return math.Round(100*x) + 0 } // + 0 makes −0 one without a sign
	return fmt.Sprintf("%+.0f points (%+.0f to %+.0f)", whole(s.Value), whole(s.Low), whole(s.High))
}

// When is the group as a condition on the person, as audiences are written. It counts up to now, where the group was
// found by what was so when people entered the phase.
func (g *Group) When() string {
	var parts []string
	for _, b := range g.conditions {
		count := fmt.Sprintf("count(%q, \"%dd\")", b.event, b.days)
		if b.low > 0 {
			parts = append(parts, fmt.Sprintf("%s >= %d", count, b.low))
		}
		if b.high > 0 {
			parts = append(parts, fmt.Sprintf("%s < %d", count, b.high))
		}
	}
	return strings.Join(parts, " && ")
}

// Audience is the group as a line of a program's audiences.yaml.
func (g *Group) Audience(id string) string {
	quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
	did := g.Did()
	return fmt.Sprintf("  %s: {says: %s, when: %s}\n", id, quote(strings.ToUpper(did[:1])+did[1:]), quote(g.When()))
}
