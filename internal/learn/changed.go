package learn

import (
	"math"
	"slices"

	"attune/core/decision"
)

// Changed is a feature whose effect is believed to be another than before.
type Changed struct {
	Feature string  `json:"feature"`
	Group   string  `json:"group"`
	Was     float64 `json:"was"`
	Is      float64 `json:"is"`
	SD      float64 `json:"sd"`
}

// Changes are the features that moved most from one model to the next, in units of how unsure one was before.
func Changes(was, is *decision.Model, most int) []Changed {
	type moved struct {
		Changed
		by float64
	}
	var all []moved
	for i, k := range is.Space.Known() {
		j := was.Space.Index(k.Feature)
		if j < 0 || k.Group == decision.Baseline || was.SD[j] == 0 {
			continue
		}
		all = append(all, moved{Changed{k.Name, k.Group.String(), was.Mean[j], is.Mean[i], is.SD[i]}, math.Abs(is.Mean[i]-was.Mean[j]) / was.SD[j]})
	}
	slices.SortStableFunc(all, func(a, b moved) int {
		switch {
		case a.by > b.by:
			return -1
		case a.by < b.by:
			return 1
		}
		return 0
	})
	out := []Changed{}
	for _, m := range all[:min(most, len(all))] {
		out = append(out, m.Changed)
	}
	return out
}
