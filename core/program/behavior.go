package program

import (
	"strings"

	"attune/core/comb"
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
	r.p.Barriers, r.p.Motivations = r.drivers(n.Get("barriers")), r.drivers(n.Get("motivations"))
}

func (r *folderReader) drivers(n *source.Node) (out []Driver) {
	for _, f := range fields(n) {
		if comb.Known(f.Name) {
			r.Add(f.Pos, "give it a name of its own, and write kind: "+f.Name, "%q is a part of COM-B, which eases: may name as well", f.Name)
		}
		out = append(out, Driver{ID: f.Name, Pos: f.Pos, Says: form.TextOf(f.Value.Get("says")), Kind: form.TextOf(f.Value.Get("kind"))})
	}
	return out
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

// evidence reads one kind of evidence: it says the same whenever it happens, it has a score that bands
// explain, or it names a stage.
func (r *folderReader) evidence(n *source.Node) Evidence {
	from, to := n.Get("from"), n.Get("to")
	e := Evidence{
		Pos: n.Pos, On: trigger(n), Label: form.TextOf(n.Get("label")),
		Says: texts(n.Get("says")), Weight: form.NumberOf(n.Get("weight")),
		Score: form.FieldOf(n.Get("score")), From: form.NumberOf(from), To: form.NumberOf(to),
	}
	for _, item := range items(n.Get("bands")) {
		below := item.Get("below")
		e.Bands = append(e.Bands, Band{
			Below: form.NumberOf(below), Bounded: below != nil, Says: texts(item.Get("says")), Weight: form.NumberOf(item.Get("weight")), Pos: item.Pos,
		})
	}
	var written []string
	for _, name := range []string{"says", "weight", "score", "from", "to", "bands"} {
		if n.Get(name) != nil {
			written = append(written, name)
		}
	}
	switch strings.Join(written, " ") {
	case "says weight", "weight score":
	case "score from to bands":
		if e.From >= e.To {
			r.Add(to.Pos, "write the lowest score in from and the highest in to", "the scores' range is empty")
		}
		r.bands(&e)
	default:
		r.Add(n.Pos, "write says and weight, or score, from, to and bands, or score and weight", "it is not clear which stages the evidence speaks for")
	}
	return e
}

// bands checks that each band but the last has a bound above that of the one before, in the range.
func (r *folderReader) bands(e *Evidence) {
	last := len(e.Bands) - 1
	for i, b := range e.Bands {
		switch {
		case i == last && b.Bounded:
			r.Add(b.Pos, "take below out of it, or add a band without it", "the last band has to take every score that is left")
		case i < last && !b.Bounded:
			r.Add(b.Pos, "add below: 4", "only the last band can be without a bound")
		case i > 0 && b.Bounded && e.Bands[i-1].Bounded && b.Below <= e.Bands[i-1].Below:
			r.Add(b.Pos, "write the bands from low to high", "this band's bound is not above that of the one before")
		case b.Bounded && (b.Below <= e.From || b.Below > e.To):
			r.Add(b.Pos, "write a bound between from and to", "no score is on both sides of this band's bound")
		}
	}
}
