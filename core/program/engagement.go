package program

import (
	"slices"

	"attune/core/content"
	"attune/core/instant"
	"attune/core/source"
)

// Channels are those that programs may name.
func Channels() []string { return []string{"email"} }

func (r *folderReader) engagement(n *source.Node) {
	if !r.fields(n, "an engagement", []string{"engagement", "purpose", "audience", "value", "expires", "variants"}, "topic", "when", "limits") {
		return
	}
	e := Engagement{
		ID: r.name(n.Get("engagement"), "an engagement"), Pos: n.Pos,
		Purpose: r.name(n.Get("purpose"), "a purpose"), Audience: r.oneOf(n.Get("audience"), "audience", "patient", "caregiver", "clinician"),
		Value: r.number(n.Get("value"), "value"), Expires: r.duration(n.Get("expires"), "expires"),
	}
	if topic := n.Get("topic"); topic != nil {
		e.Topic = r.text(topic, "topic")
	}
	if when := n.Get("when"); when != nil {
		e.When = r.trigger(when, "when")
	}
	if limits := n.Get("limits"); limits != nil && r.fields(limits, "limits", nil, "again_after", "at_most") {
		e.AgainAfter = r.duration(limits.Get("again_after"), "again_after")
		if most := limits.Get("at_most"); most != nil {
			e.AtMost, _ = r.limit(most, "at_most")
		}
	}
	seen := map[string]source.Pos{}
	for _, item := range r.items(n.Get("variants"), "variants") {
		if v, ok := r.variant(item); ok {
			r.unique(seen, v.ID, v.Pos, "variant")
			e.Variants = append(e.Variants, v)
		}
	}
	if len(e.Variants) == 0 && n.Get("variants") != nil {
		r.Add(n.Pos, "add variants: [{id: plain, email: a-template}]", "engagement %q has no variant, so there is nothing to say", e.ID)
	}
	for i := range r.p.Engagements {
		if r.p.Engagements[i].ID == e.ID {
			r.Add(n.Pos, "give one of them another name", "engagement %q stands at %s already", e.ID, r.p.Engagements[i].Pos)
		}
	}
	r.p.Engagements = append(r.p.Engagements, e)
}

// variant reads an id, a strategy and a template for each channel; channels are preferred in the
// order in which they are written.
func (r *folderReader) variant(n *source.Node) (Variant, bool) {
	if !r.fields(n, "a variant", []string{"id"}, append([]string{"strategy"}, Channels()...)...) {
		return Variant{}, false
	}
	v := Variant{ID: r.name(n.Get("id"), "a variant"), Pos: n.Pos}
	if strategy := n.Get("strategy"); strategy != nil {
		v.Strategy = r.name(strategy, "a strategy")
	}
	for _, f := range n.Fields {
		if !slices.Contains(Channels(), f.Name) {
			continue
		}
		template := r.text(f.Value, f.Name)
		v.Texts = append(v.Texts, Text{Channel: f.Name, Template: template})
		r.checkTemplate(f.Value.Pos, template, f.Name)
	}
	if len(v.Texts) == 0 {
		r.Add(n.Pos, "add email: and the name of a template", "variant %q has no text on any channel", v.ID)
	}
	return v, true
}

// checkTemplate asks for a text in every language of the program, so that nobody is left without.
func (r *folderReader) checkTemplate(at source.Pos, name, channel string) {
	if name == "" {
		return
	}
	var names []string
	for _, t := range r.p.Content {
		if t.Channel == channel {
			names = append(names, t.Name)
		}
	}
	if !slices.Contains(names, name) {
		hint := "add content/" + channel + "/" + name + ".en.liquid"
		if near := source.Nearest(name, slices.Compact(names)); near != "" {
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
	if len(r.p.Map.Phases) == 0 && r.folder.Trees["map.yaml"] != nil {
		r.Add(source.Pos{File: "map.yaml"}, "draw at least one phase", "the map has no phase")
	}
	var names []string
	for i := range r.p.Engagements {
		names = append(names, r.p.Engagements[i].ID)
	}
	for _, j := range r.p.Journeys {
		r.checkJourney(j, names)
	}
	for _, t := range r.p.Content {
		if !slices.Contains(r.p.Languages, t.Language) && len(r.p.Languages) > 0 {
			r.Add(source.Pos{File: "content/" + t.Channel + "/" + t.Name + "." + t.Language + ".liquid"}, "add it to languages: in program.yaml, or remove the file", "the program has no language %q", t.Language)
		}
	}
}

// shortest is the least time that a step may take: waiting less is a mistake in a program for people.
const shortest = instant.Minute
