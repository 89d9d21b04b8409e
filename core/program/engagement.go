package program

import (
	"slices"

	"attune/core/comb"
	"attune/core/content"
	"attune/core/form"
	"attune/core/source"
)

func (r *folderReader) engagement(n *source.Node) {
	if !r.form(n, engagementForm()) {
		return
	}
	audience, limits := n.Get("audience"), n.Get("limits")
	e := Engagement{
		ID: form.TextOf(n.Get("engagement")), Pos: n.Pos,
		Behavior: form.TextOf(n.Get("behavior")), Process: form.TextOf(n.Get("process")), Outcome: form.TextOf(n.Get("outcome")), Fits: texts(n.Get("fits")), Eases: texts(n.Get("eases")),
		Coordination: coordination(form.TextOf(n.Get("coordination"))),
		Purpose:      form.TextOf(n.Get("purpose")), Topic: form.TextOf(n.Get("topic")), Digest: form.FlagOf(n.Get("digest")), Theme: form.TextOf(n.Get("theme")), Sensitivity: sensitivity(form.TextOf(n.Get("sensitivity"))), Audience: form.TextOf(audience),
		When: trigger(n.Get("when")), Value: form.NumberOf(n.Get("value")), Expires: form.DurationOf(n.Get("expires")),
		AgainAfter: form.DurationOf(limits.Get("again_after")), AtMost: limit(limits.Get("at_most")), SameWords: limit(limits.Get("same_words")),
		Asks: form.DurationOf(n.Get("asks")),
	}
	seen := map[string]source.Pos{}
	for _, item := range items(n.Get("variants")) {
		v := r.variant(item)
		r.unique(seen, v.ID, v.Pos, "variant")
		e.Variants = append(e.Variants, v)
	}
	if slices.Contains(People(), e.Audience) && len(r.p.People) > 0 && !slices.Contains(r.p.People, e.Audience) {
		r.Add(audience.Pos, "add it to people: in program.yaml", "the program does not engage a %s", e.Audience)
	}
	if e.Digest && r.p.Policy.Digest == nil {
		r.Add(n.Get("digest").Pos, `add digest: {at: "08:00", on: [mon]} to policy.yaml`, "there is no digest to wait for")
	}
	if e.Digest && e.Coordination == MustSend {
		r.Add(n.Get("digest").Pos, "take one of them out", "what must be said does not wait for a digest")
	}
	if other := r.p.Engagement(e.ID); other != nil && e.ID != "" {
		r.Add(n.Pos, "give one of them another name", "engagement %q stands at %s already", e.ID, other.Pos)
	}
	r.p.Engagements = append(r.p.Engagements, e)
}

func coordination(word string) Coordination {
	for _, c := range []Coordination{Broadcast, MustSend} {
		if c.String() == word {
			return c
		}
	}
	return Decided
}

// variant reads an id, a strategy and a template for each channel; channels are preferred in the
// order in which they are written.
func (r *folderReader) variant(n *source.Node) Variant {
	v := Variant{
		ID: form.TextOf(n.Get("id")), Pos: n.Pos,
		Strategy: form.TextOf(n.Get("strategy")), CallToAction: form.TextOf(n.Get("call_to_action")), Frame: form.TextOf(n.Get("frame")), Techniques: texts(n.Get("techniques")), Eases: texts(n.Get("eases")),
	}
	for _, f := range n.Fields {
		if !slices.Contains(Channels(), f.Name) {
			continue
		}
		template := form.TextOf(f.Value)
		v.Texts = append(v.Texts, Text{Channel: f.Name, Template: template})
		r.checkTemplate(f.Value.Pos, template, f.Name)
	}
	if len(v.Texts) == 0 {
		r.Add(n.Pos, "add email: and the name of a template", "variant %q has no text on any channel", v.ID)
	}
	return v
}

// checkTemplate asks for a text in every language of the program, so that nobody is left without.
func (r *folderReader) checkTemplate(at source.Pos, name, channel string) {
	if name == "" {
		return
	}
	var there []string
	for _, t := range r.p.Content {
		if t.Channel == channel {
			there = append(there, t.Name)
		}
	}
	if !slices.Contains(there, name) {
		hint := "add content/" + channel + "/" + name + ".en.liquid"
		if near := source.Nearest(name, slices.Compact(there)); near != "" {
			hint = source.Suggest(name, []string{near})
		}
		r.Add(at, hint, "there is no %s template %q", channel, name)
		return
	}
	for _, language := range r.p.Languages {
		if !slices.ContainsFunc(r.p.Content, func(t *content.Template) bool {
			return t.Name == name && t.Channel == channel && t.Language == language
		}) {
			r.Add(at, "add content/"+channel+"/"+name+"."+language+".liquid", "template %q is missing in %q, one of the program's languages", name, language)
		}
	}
}

// crossCheck looks at what one file says of another.
func (r *folderReader) crossCheck() {
	engagements := names(r.p.Engagements, func(e *Engagement) string { return e.ID })
	behaviors := names(r.p.Behaviors, func(b *Behavior) string { return b.ID })
	outcomes := names(r.p.Outcomes, func(o *Outcome) string { return o.ID })
	eases := append(names(r.p.Barriers, func(d *Driver) string { return d.ID }), comb.Kinds()...)
	r.checkMap(engagements)
	r.checkLevers(engagements)
	for _, path := range r.under("engagements/") {
		n := r.folder.Trees[path]
		// Who writes no such file yet may already say what an engagement is for.
		if len(behaviors) > 0 {
			r.known(n.Get("behavior"), "behavior", behaviors)
		}
		if len(outcomes) > 0 {
			r.known(n.Get("outcome"), "outcome", outcomes)
		}
		for _, part := range append(items(n.Get("variants")), n) {
			for _, eased := range form.ItemsOf(part.Get("eases")) {
				r.known(eased, "barrier or part of COM-B", eases)
			}
		}
	}
	for _, t := range r.p.Content {
		if !slices.Contains(r.p.Languages, t.Language) && len(r.p.Languages) > 0 {
			r.Add(source.Pos{File: "content/" + t.Channel + "/" + t.Name + "." + t.Language + ".liquid"}, "add it to languages: in program.yaml, or remove the file", "the program has no language %q", t.Language)
		}
	}
	for _, m := range r.walks {
		r.checkSteps(m, engagements)
	}
}
