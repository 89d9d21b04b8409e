package program

import (
	"cmp"
	"slices"

	"attune/core/form"
	"attune/core/journeymap"
	"attune/core/source"
)

func (r *folderReader) journeyMap() {
	n := r.file("map.yaml", mapForm())
	if n == nil {
		return
	}
	m := &r.p.Map
	seen := map[string]source.Pos{}
	for _, item := range items(n.Get("phases")) {
		phase := journeymap.Phase{
			ID: form.TextOf(item.Get("id")), Name: form.TextOf(item.Get("name")), Says: form.TextOf(item.Get("says")), Pos: item.Pos,
			Enter: trigger(item.Get("enter")), Leave: trigger(item.Get("leave")), Expect: form.DurationOf(item.Get("expect")),
			Horizon: form.DurationOf(item.Get("horizon")), Goal: form.NumberOf(item.Get("goal")),
		}
		r.unique(seen, phase.ID, item.Pos, "phase")
		if phase.Goal < 0 || phase.Goal > 1 {
			r.Add(item.Get("goal").Pos, "write a share, such as 0.8", "the goal of %q is no share from 0 to 1", phase.ID)
		}
		m.Phases = append(m.Phases, phase)
	}
	for _, f := range fields(n.Get("exits")) {
		r.unique(seen, f.Name, f.Pos, "exit")
		m.Exits = append(m.Exits, journeymap.Exit{ID: f.Name, Pos: f.Pos, On: trigger(f.Value)})
	}
	seen = map[string]source.Pos{}
	for _, item := range items(n.Get("stakeholders")) {
		s := stakeholder(item)
		r.unique(seen, s.ID, s.Pos, "stakeholder")
		m.Stakeholders = append(m.Stakeholders, s)
	}
	seen = map[string]source.Pos{}
	for _, item := range items(n.Get("moments")) {
		x := moment(item)
		r.unique(seen, x.ID, x.Pos, "moment")
		m.Moments = append(m.Moments, x)
	}
	m.Aim = form.TextOf(n.Get("aim"))
	for _, f := range fields(n.Get("attributes")) {
		a := journeymap.Attribute{
			ID: f.Name, Pos: f.Pos, Name: cmp.Or(form.TextOf(f.Value.Get("name")), f.Name), Trait: cmp.Or(form.TextOf(f.Value.Get("trait")), f.Name),
			CaseMix: form.FlagOf(f.Value.Get("case_mix")), Fairness: form.FlagOf(f.Value.Get("fairness")),
		}
		for _, item := range form.ItemsOf(f.Value.Get("bands")) {
			a.Bands = append(a.Bands, form.NumberOf(item))
		}
		r.attribute(&a)
		m.Attributes = append(m.Attributes, a)
	}
	for _, part := range journeymap.Lifecycle() {
		for _, f := range fields(n.Get("lifecycle")) {
			if f.Name == part {
				m.Lifecycle = append(m.Lifecycle, journeymap.Part{ID: part, Phases: texts(f.Value), Pos: f.Pos})
			}
		}
	}
}

// attribute checks that bands go up, and that nothing by itself says who somebody is.
func (r *folderReader) attribute(a *journeymap.Attribute) {
	if !slices.IsSorted(a.Bands) || len(slices.Compact(slices.Clone(a.Bands))) < len(a.Bands) {
		r.Add(a.Pos, "write them as [18, 40, 65]", "the bands of %q do not go up", a.ID)
	}
	if telling := []string{"first_name", "last_name", "preferred_name", "email", "phone", "street", "city", "postal_code"}; slices.Contains(telling, a.Trait) {
		r.Add(a.Pos, "name what groups people, such as a practice or a region", "%q says who somebody is, so numbers are not looked at by it", a.Trait)
	}
	if a.Trait == "birth_date" && len(a.Bands) == 0 {
		r.Add(a.Pos, "add bands: [18, 40, 65]", "%q needs bands of years: a date says who somebody is", a.ID)
	}
	if a.CaseMix && a.Fairness {
		r.Add(a.Pos, "leave one of them out", "%q cannot be both: what is compared within its levels shows no difference between them", a.ID)
	}
}

func stakeholder(n *source.Node) journeymap.Stakeholder {
	return journeymap.Stakeholder{
		ID: form.TextOf(n.Get("id")), Name: form.TextOf(n.Get("name")), Pos: n.Pos, Kind: form.TextOf(n.Get("kind")), Routine: form.TextOf(n.Get("routine")),
		Sources: texts(n.Get("sources")), Wants: texts(n.Get("wants")), Fears: texts(n.Get("fears")), Quotes: texts(n.Get("quotes")),
		Evidence: beliefs(n.Get("evidence")),
	}
}

func moment(n *source.Node) journeymap.Moment {
	x := journeymap.Moment{
		ID: form.TextOf(n.Get("id")), Name: form.TextOf(n.Get("name")), Pos: n.Pos, Phase: form.TextOf(n.Get("phase")),
		By: form.TextOf(n.Get("by")), To: form.TextOf(n.Get("to")), Seen: trigger(n.Get("seen")),
		Need: form.TextOf(n.Get("need")), Feeling: form.TextOf(n.Get("feeling")), Evidence: beliefs(n.Get("evidence")), Respond: texts(n.Get("respond")),
	}
	if then := n.Get("then"); then != nil {
		x.Then = &journeymap.Promise{
			Moment: form.TextOf(then.Get("moment")), Within: form.DurationOf(then.Get("within")), Key: form.FieldOf(then.Get("key")), Pos: then.Pos,
		}
	}
	return x
}

func beliefs(n *source.Node) []journeymap.Evidence {
	var out []journeymap.Evidence
	for _, item := range items(n) {
		out = append(out, journeymap.Evidence{Quote: form.TextOf(item.Get("quote")), From: form.TextOf(item.Get("from"))})
	}
	return out
}

// checkMap checks what the map says of itself and of engagements.
func (r *folderReader) checkMap(engagements []string) {
	n, m := r.folder.Trees["map.yaml"], &r.p.Map
	phases := names(m.Phases, func(p *journeymap.Phase) string { return p.ID })
	lanes := names(m.Stakeholders, func(s *journeymap.Stakeholder) string { return s.ID })
	moments := names(m.Moments, func(x *journeymap.Moment) string { return x.ID })
	r.known(n.Get("aim"), "outcome", names(r.p.Outcomes, func(o *Outcome) string { return o.ID }))
	for i, item := range items(n.Get("moments")) {
		r.known(item.Get("phase"), "phase", phases)
		r.known(item.Get("by"), "stakeholder", lanes)
		r.known(item.Get("to"), "stakeholder", lanes)
		for _, ref := range form.ItemsOf(item.Get("respond")) {
			r.known(ref, "engagement", engagements)
		}
		if then := item.Get("then"); then != nil {
			r.known(then.Get("moment"), "moment", moments)
			r.promise(&m.Moments[i])
		}
	}
	for _, f := range fields(n.Get("lifecycle")) {
		for _, ref := range form.ItemsOf(f.Value) {
			r.known(ref, "phase", phases)
		}
	}
}

// promise checks that both ends of a promise are seen by events: it is kept from one to the other.
func (r *folderReader) promise(x *journeymap.Moment) {
	const hint = "add seen: {on: an.event} to it"
	if x.Seen.On == "" {
		r.Add(x.Then.Pos, hint, "the moment %q makes a promise, and no event shows when", x.ID)
	}
	i := r.p.Map.Moment(x.Then.Moment)
	if i < 0 {
		return
	}
	if x.Then.Moment == x.ID {
		r.Add(x.Then.Pos, "name another moment", "the moment %q promises itself", x.ID)
	} else if other := &r.p.Map.Moments[i]; other.Seen.On == "" {
		r.Add(x.Then.Pos, hint, "the moment %q is promised, and no event shows that it happened", other.ID)
	}
}

// names lists what a list of things is called.
func names[T any](all []T, id func(*T) string) []string {
	out := make([]string, 0, len(all))
	for i := range all {
		out = append(out, id(&all[i]))
	}
	return out
}
