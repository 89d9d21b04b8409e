package program

import (
	"attune/core/form"
	"attune/core/journey"
	"attune/core/source"
)

func (r *folderReader) journey(n *source.Node) {
	if !r.form(n, journeyForm()) {
		return
	}
	again := n.Get("reentry")
	j := journey.Journey{
		ID: form.TextOf(n.Get("journey")), Name: form.TextOf(n.Get("name")), Pos: n.Pos, Enter: trigger(n.Get("enter")),
		Again: journey.Reentry{Always: form.TextOf(again) == "always", After: form.DurationOf(again.Get("after"))},
		Key:   form.FieldOf(n.Get("key")), Rounds: form.CountOf(n.Get("rounds")),
	}
	if form.TextOf(n.Get("while_under_way")) == "restart" {
		j.Busy = journey.Restart
	}
	if j.Key != "" && j.Enter.State != "" {
		r.Add(n.Get("key").Pos, "take it out, or enter by {on: an.event}", "a state has no event whose field could be the key")
	}
	w := &walk{journey: len(r.p.Journeys), called: map[string]int{}}
	seen := map[string]source.Pos{}
	for _, item := range items(n.Get("goals")) {
		g := journey.Goal{ID: form.TextOf(item.Get("id")), Pos: item.Pos, Is: trigger(item.Get("is"))}
		r.unique(seen, g.ID, g.Pos, "goal")
		j.Goals = append(j.Goals, g)
	}
	seen = map[string]source.Pos{}
	for _, item := range items(n.Get("interrupts")) {
		i := journey.Interrupt{ID: form.TextOf(item.Get("id")), Pos: item.Pos, Is: trigger(item.Get("is")), Then: form.TextOf(item.Get("then"))}
		r.unique(seen, i.ID, i.Pos, "interrupt")
		if i.Then != journey.ThenExit && i.Then != journey.ThenRestart {
			w.jumps = append(w.jumps, jump{-1, item.Get("then")})
		}
		j.Interrupts = append(j.Interrupts, i)
	}
	for _, f := range fields(n.Get("moves")) {
		j.Moves = append(j.Moves, journey.Move{From: f.Name, To: form.TextOf(f.Value), Pos: f.Pos})
		w.jumps = append(w.jumps, jump{-1, f.Value})
	}
	seen = map[string]source.Pos{}
	for _, item := range form.ItemsOf(n.Get("steps")) {
		s := r.step(w, item)
		if s == nil {
			w.broken = true // noted by the form
			continue
		}
		r.unique(seen, s.Label(), s.Place(), "step")
		j.Steps = append(j.Steps, s)
		w.at++
	}
	if other := r.p.Journey(j.ID); other != nil && j.ID != "" {
		r.Add(n.Pos, "give one of them another name", "journey %q stands at %s already", j.ID, other.Pos)
	}
	r.walks = append(r.walks, w)
	r.p.Journeys = append(r.p.Journeys, j)
}
