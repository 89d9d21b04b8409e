package program

import (
	"slices"

	"attune/core/form"
	"attune/core/source"
)

func (r *folderReader) behaviors() {
	n := r.optional("behaviors.yaml", behaviorsForm())
	for _, f := range fields(n.Get("behaviors")) {
		b := Behavior{
			ID: f.Name, Pos: f.Pos, Says: form.TextOf(f.Value.Get("says")),
			Prior:    r.prior(f.Value.Get("prior")),
			HalfLife: form.DurationOf(f.Value.Get("half_life")), Margin: form.NumberOf(f.Value.Get("margin")),
		}
		for _, item := range items(f.Value.Get("evidence")) {
			b.Evidence = append(b.Evidence, r.evidence(item))
		}
		r.p.Behaviors = append(r.p.Behaviors, b)
	}
}

// prior reads the shares of the stages, in their order or by their names.
func (r *folderReader) prior(n *source.Node) (prior [6]float64) {
	if n == nil {
		return prior
	}
	shares := n.Items
	if n.Kind == source.Map {
		for _, name := range stages() {
			shares = append(shares, n.Get(name))
		}
	}
	sum := 0.0
	for i, share := range shares[:min(len(shares), len(prior))] {
		prior[i] = form.NumberOf(share)
		sum += prior[i]
		if prior[i] == 0 {
			return prior // noted by the form
		}
	}
	if len(shares) == len(prior) && (sum < .999 || sum > 1.001) {
		r.Add(n.Pos, "write six numbers that make 1 together", "the prior's shares make %.3f together", sum)
	}
	return prior
}

// evidence reads one kind of evidence: it says the same whenever it happens, or has a score.
func (r *folderReader) evidence(n *source.Node) Evidence {
	e := Evidence{
		Pos: n.Pos, On: trigger(n), Label: form.TextOf(n.Get("label")),
		Says: texts(n.Get("says")), Weight: form.NumberOf(n.Get("weight")), Score: form.FieldOf(n.Get("score")),
	}
	for _, item := range items(n.Get("bands")) {
		below := item.Get("below")
		e.Bands = append(e.Bands, Band{
			Below: form.NumberOf(below), Bounded: below != nil, Says: texts(item.Get("says")), Weight: form.NumberOf(item.Get("weight")), Pos: item.Pos,
		})
	}
	const either = "write says and weight, or score and bands"
	scored, says := []string{"score", "bands"}, []string{"says", "weight"}
	switch {
	case !hasAny(n, scored) && !hasAny(n, says):
		r.Add(n.Pos, either, "the evidence speaks for no stage")
	case hasAny(n, scored) && hasAny(n, says):
		r.Add(n.Pos, either, "the evidence says the same whenever it happens, or has a score, not both")
	default:
		pair := says
		if hasAny(n, scored) {
			pair = scored
		}
		for _, name := range pair {
			if n.Get(name) == nil {
				r.Add(n.Pos, either, "evidence with %s needs %s", pair[1-slices.Index(pair, name)], name)
			}
		}
	}
	r.ascending(e.Bands)
	return e
}

func hasAny(n *source.Node, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return n.Get(name) != nil })
}

// ascending checks that each band but the last has a bound above that of the one before.
func (r *folderReader) ascending(bands []Band) {
	for i, b := range bands {
		switch {
		case i == len(bands)-1 && b.Bounded:
			r.Add(b.Pos, "take below out of it, or add a band without it", "the last band has to take every score that is left")
		case i < len(bands)-1 && !b.Bounded:
			r.Add(b.Pos, "add below: 4", "only the last band can be without a bound")
		case i > 0 && b.Bounded && bands[i-1].Bounded && b.Below <= bands[i-1].Below:
			r.Add(b.Pos, "write the bands from low to high", "this band's bound is not above that of the one before")
		}
	}
}
