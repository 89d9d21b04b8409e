package program

import (
	"slices"
	"strings"

	"attune/core/channel"
	"attune/core/consent"
	"attune/core/content"
	"attune/core/event"
	"attune/core/form"
	"attune/core/instant"
	"attune/core/policy"
	"attune/core/source"
)

func (r *folderReader) policy(zones *instant.Zones) {
	own := r.file("policy.yaml", policyForm())
	if own == nil {
		return
	}
	n := r.fold("policy", own, policyForm())
	policyForm().Missing(n, &r.Problems)
	pol := &r.p.Policy
	zone := n.Get("zone")
	pol.Sender, pol.Zone = form.TextOf(n.Get("sender")), form.TextOf(zone)
	if _, known := zones.Find(pol.Zone); !known && pol.Zone != "" {
		r.Add(zone.Pos, "write an IANA name such as Europe/Berlin", "there is no time zone %q", pol.Zone)
	}
	pol.Hours = r.hours(n.Get("contact_hours"), "contact hours")
	for _, f := range fields(n.Get("channel_hours")) {
		h := r.hours(f.Value, "the hours of "+f.Name)
		if h.From < pol.Hours.From || h.To > pol.Hours.To {
			r.Add(f.Value.Pos, "write hours inside contact_hours", "the hours of %s are not inside contact_hours", f.Name)
		}
		pol.ChannelHours = append(pol.ChannelHours, policy.ChannelHours{Channel: f.Name, Hours: h})
	}
	for _, item := range items(n.Get("caps")) {
		pol.Caps = append(pol.Caps, capOf(item))
	}
	pol.Spacing = form.DurationOf(n.Get("spacing"))
	for _, f := range fields(n.Get("purposes")) {
		pol.Purposes = append(pol.Purposes, policy.Purpose{ID: f.Name, Kind: consent.Kind(form.TextOf(f.Value))})
	}
	r.consent(n.Get("consent"))
	for _, f := range fields(n.Get("ceilings")) {
		pol.Ceilings = append(pol.Ceilings, policy.Ceiling{Channel: f.Name, Most: sensitivity(form.TextOf(f.Value))})
	}
	pol.Order = texts(n.Get("order"))
	for _, f := range fields(n.Get("follow")) {
		after := f.Value.Get("after")
		if form.TextOf(after) == f.Name {
			r.Add(after.Pos, "name another channel", "%s cannot follow itself", f.Name)
		}
		pol.Follows = append(pol.Follows, policy.Follow{Channel: f.Name, After: form.TextOf(after), Wait: form.DurationOf(f.Value.Get("wait"))})
	}
	for _, f := range fields(n.Get("bundles")) {
		b := policy.Bundle{Pos: f.Pos, Channel: f.Name, Frame: form.TextOf(f.Value.Get("frame")), Most: form.CountOf(f.Value.Get("most"))}
		if b.Most == 0 {
			b.Most = 3
		}
		pol.Bundles = append(pol.Bundles, b)
	}
	r.capacity(n.Get("capacity"))
	if d := n.Get("digest"); d != nil {
		pol.Digest = &policy.Digest{At: form.ClockOf(d.Get("at"))}
		if pol.Digest.At == instant.Day {
			r.Add(d.Get("at").Pos, `write "00:00" for midnight`, "a day's digest cannot be at its end")
		}
		for _, day := range texts(d.Get("on")) {
			if at := slices.Index(weekdays(), day); at >= 0 {
				pol.Digest.Days = append(pol.Digest.Days, at)
			}
		}
	}
	if minors := n.Get("minors"); minors != nil {
		pol.Minors = policy.Minors{Under: form.CountOf(minors.Get("under")), Unknown: form.TextOf(minors.Get("unknown")) != "refuse"}
	}
	r.approvalRules(n.Get("approvals"))
	pol.OneChannelADay = form.FlagOf(n.Get("one_channel_a_day"))
	for _, f := range fields(n.Get("holds")) {
		pol.Holds = append(pol.Holds, policy.Hold{
			ID: f.Name, Pos: f.Pos, Says: form.TextOf(f.Value.Get("says")), When: trigger(f.Value.Get("when")), For: form.DurationOf(f.Value.Get("for")),
			But: classesOf(texts(f.Value.Get("but"))),
		})
	}
	r.learning(n.Get("learning"))
}

// capacity reads how much people do in a day. A team that stands there twice has one number.
func (r *folderReader) capacity(n *source.Node) {
	pol := &r.p.Policy
	for _, f := range fields(n) {
		count := f.Value.Get("per_day")
		c := policy.Capacity{Channel: f.Name, Team: form.TextOf(f.Value.Get("team")), PerDay: form.CountOf(count)}
		for _, other := range pol.Capacity {
			if c.Team != "" && other.Team == c.Team && other.PerDay != c.PerDay {
				r.Add(count.Pos, "write the same number, or name two teams", "the team %s does %d a day by %s and %d by %s: a team has one number for all that it does", c.Team, other.PerDay, other.Channel, c.PerDay, f.Name)
			}
		}
		pol.Capacity = append(pol.Capacity, c)
	}
}

func (r *folderReader) hours(n *source.Node, what string) policy.Hours {
	h := policy.Hours{From: form.ClockOf(n.Get("from")), To: form.ClockOf(n.Get("to"))}
	if n.Get("from") != nil && n.Get("to") != nil && h.To < h.From+10*instant.Minute {
		r.Add(n.Pos, `write them as {from: "08:00", to: "21:00"}`, "%s must last at least ten minutes within one day", what)
	}
	return h
}

func limit(n *source.Node) policy.Cap {
	return policy.Cap{Count: form.CountOf(n.Get("count")), Within: form.DurationOf(n.Get("within"))}
}

func capOf(n *source.Node) policy.Cap {
	c := limit(n)
	c.Channel, c.Purpose, c.Theme = form.TextOf(n.Get("channel")), form.TextOf(n.Get("purpose")), form.TextOf(n.Get("theme"))
	for _, e := range []policy.Each{policy.EachChannel, policy.EachPurpose, policy.EachTheme} {
		if e.String() == form.TextOf(n.Get("each")) {
			c.Each = e
		}
	}
	return c
}

func sensitivity(word string) event.Sensitivity {
	for _, s := range []event.Sensitivity{event.Plain, event.Clinical} {
		if s.String() == word {
			return s
		}
	}
	return event.Personal
}

func classesOf(words []string) []channel.Class {
	var out []channel.Class
	for _, c := range channel.Classes() {
		if slices.Contains(words, c.String()) {
			out = append(out, c)
		}
	}
	return out
}

// consent reads what holds for people who never gave a word: what the jurisdiction's pack allows for
// the program's purposes, or as much of it as the program writes; where there is no pack, what it writes.
func (r *folderReader) consent(n *source.Node) {
	pol := &r.p.Policy
	law := n.Get("jurisdiction")
	d := &pol.Consent
	d.Jurisdiction, pol.Actor = form.TextOf(law), form.TextOf(n.Get("actor"))
	pack, known := consent.FindPack(d.Jurisdiction)
	written := n.Get("without_record")
	switch {
	case known:
		d.Version = pack.Version
		if pack.ID != d.Jurisdiction {
			d.Version = pack.ID + " " + pack.Version
		}
	case law != nil:
		r.p.Warnings = append(r.p.Warnings, source.Problem{
			Pos: law.Pos, What: "there is no pack for " + d.Jurisdiction + ": what without_record says is your own reading of its law",
			Hint: "packs are there for " + strings.Join(packIDs(), ", ") + " and the states of the EU",
		})
	}
	for _, f := range fields(written) {
		if known {
			r.allowed(f, &pack)
		}
		d.WithoutRecord = append(d.WithoutRecord, consent.PurposeDefault{Purpose: f.Name, Channels: texts(f.Value)})
	}
	if known && written == nil {
		for _, p := range pol.Purposes {
			if of, found := pack.Default(p.Kind); found {
				d.WithoutRecord = append(d.WithoutRecord, consent.PurposeDefault{Purpose: p.ID, Channels: of.Channels})
			}
		}
	}
	slices.SortFunc(d.WithoutRecord, func(a, b consent.PurposeDefault) int { return strings.Compare(a.Purpose, b.Purpose) })
}

// allowed notes what a program would allow without a record and the pack does not.
func (r *folderReader) allowed(f source.Field, pack *consent.Pack) {
	kind, found := r.p.Policy.Kind(f.Name)
	if !found {
		r.Add(f.Pos, "add "+f.Name+": treatment (or what else it is) to purposes", "purposes does not say what kind of purpose %s is, and the law of %s goes by that", f.Name, pack.Name)
		return
	}
	of, found := pack.Default(kind)
	if !found {
		r.Add(f.Pos, "take it out: it needs the person's word", "%s is for %s, on which the law of %s lets nothing be said without a word (pack %s %s)", f.Name, kind, pack.Name, pack.ID, pack.Version)
		return
	}
	for _, item := range form.ItemsOf(f.Value) {
		if name := form.TextOf(item); slices.Contains(Channels(), name) && !slices.Contains(of.Channels, name) {
			r.Add(item.Pos, "take it out, or write "+strings.Join(of.Channels, ", "), "%s by %s needs the person's word in %s: %s (pack %s %s)", kind, name, pack.Name, of.Basis, pack.ID, pack.Version)
		}
	}
}

func packIDs() []string {
	var out []string
	for _, p := range consent.Packs() {
		out = append(out, p.ID)
	}
	return out
}

// frames checks that what holds bundles together is there, and says where they stand; and that nothing else does.
func (r *folderReader) frames() {
	framed := func(t *content.Template) bool {
		b, bundles := r.p.Policy.Bundle(t.Channel)
		return bundles && b.Frame == t.Name
	}
	for _, b := range r.p.Policy.Bundles {
		if !slices.Contains(Channels(), b.Channel) {
			continue // noted where the channels are read
		}
		r.checkTemplate(b.Pos, b.Frame, b.Channel)
	}
	for _, t := range r.p.Content {
		file := source.Pos{File: "content/" + t.Path() + ".liquid", Line: 1, Column: 1}
		switch {
		case framed(t) && t.Places() != 1:
			r.Add(file, "write {{ parts }} once in the text, and not in its subject", "the frame of a bundle does not say where its parts stand")
		case !framed(t) && t.Mentions(content.Parts):
			r.Add(file, "take {{ parts }} out, or name the text in bundles: of policy.yaml", "only the frame of a bundle has parts")
		}
	}
}
