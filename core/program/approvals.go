package program

import (
	"slices"
	"strings"

	"attune/core/approval"
	"attune/core/content"
	"attune/core/form"
	"attune/core/instant"
	"attune/core/source"
)

const approvalsFile = "approvals.yaml"

// Standing is how far one text is approved.
type Standing struct {
	// Hash is what an approval of the text is bound to, and Used tells that some engagement says the text.
	Hash string
	Used bool
	// Given are the approvals that hold, until they run out, and Stale those of the text as it was before.
	Given, Stale []approval.Given
}

func approvalRulesForm() form.Form {
	approver := form.Form{Title: "an approver", Says: "Somebody who may approve texts.", Fields: []form.Field{
		{Name: "name", Required: true, Type: form.Text{}, Example: "Dr Ana Ruiz", Says: "The name for people."},
		{Name: "role", Required: true, Type: form.List{Of: form.Name{Of: "a role"}, Alone: true, Least: 1}, Example: "medical", Says: "In which role they approve, or several."},
		{
			Name: "key", Required: true, Type: form.Text{Looks: "public key"}, Example: `"ed25519:zNcJIjfGTL10yUrfJZmkN0taUHYauOIN7FNnqYO8eWw="`,
			Says: "The public key of their signatures, as attune approve --new-key prints it.",
		},
		{Name: "demo", Type: form.Flag{}, Example: "true", Says: "Everybody knows the private key: the signature proves nothing, and says so wherever it is shown."},
	}}
	return form.Form{Title: "approvals", Says: "Who has to approve texts before they may be sent.", Fields: []form.Field{
		{Name: "require", Tighten: form.Kept, Type: form.Flag{}, Example: "true", Says: "Whether only approved texts are sent; without it, approvals are checked where there are some."},
		{
			Name: "approvers", Tighten: form.Chosen, Type: form.Map{Key: form.Name{Of: "an approver"}, Of: "approver", Value: approver},
			Example: `{ana_ruiz: {name: Dr Ana Ruiz, role: medical, key: "ed25519:zNcJIjfGTL10yUrfJZmkN0taUHYauOIN7FNnqYO8eWw="}}`, Says: "Those whose signatures count.",
		},
		{Name: "roles", Tighten: form.More, Type: form.List{Of: form.Name{Of: "a role"}, Alone: true}, Example: "[medical, legal]", Says: "The roles of which each text needs an approval; without it, one approval of any role is enough."},
	}}
}

func approvalsForm() form.Form {
	line := form.Form{Title: "an approval", Says: "One text that somebody approved, signed. attune approve writes it.", Fields: []form.Field{
		{Name: "content", Required: true, Type: form.Text{Looks: "text"}, Example: "email/refill-warm.en", Says: "The text: its path within content/, without .liquid."},
		{
			Name: "hash", Required: true, Type: form.Text{Looks: "hash"}, Example: `"5d41402abc4b2a76b9719d911017c592ae2f1c0e6c2a6f0f1d3a6c1f0e9b7a35"`,
			Says: "SHA-256 over all that changes what is sent: the text's bytes, its channel, name and language, and the sender where the text names it.",
		},
		{Name: "by", Required: true, Type: form.Ref{To: "approver"}, Example: "ana_ruiz", Says: "Who approved it."},
		{Name: "role", Required: true, Type: form.Name{Of: "a role"}, Example: "medical", Says: "In which role."},
		{Name: "when", Required: true, Type: form.Instant{}, Example: "2026-11-22T10:00:00Z", Says: "When."},
		{Name: "expires", Type: form.Date{}, Example: "2027-11-22", Says: "The last day on which it holds, on the clock of the policy's zone; without it, it does not run out."},
		{Name: "meaning", Required: true, Type: form.Text{}, Example: "approved for use", Says: "What the signature means."},
		{
			Name: "signature", Required: true, Type: form.Text{Looks: "signature"}, Example: `"6Gx0cJ2sKXl0pS0b1o0V0N0m3m2rQ2m1mWc0Wc4vYw7sH4mN2d0k9dQ1x1tq8fZb5J1p0o3l2V8n7c6x5z4a3A=="`,
			Says: "The Ed25519 signature over all other fields and the program's name, in base64.",
		},
	}}
	return form.Form{
		Name: "approvals", Title: "approvals.yaml", Says: "Who approved which texts, each bound to the exact bytes.",
		Fields: []form.Field{{
			Name: "approvals", Required: true, Type: form.List{Of: line},
			Example: "[]", Says: "Each approval on a line of its own.",
		}},
	}
}

// approvalRules reads what the policy says of approvals.
func (r *folderReader) approvalRules(n *source.Node) {
	rules := &r.p.Policy.Approvals
	rules.Require = form.FlagOf(n.Get("require"))
	keys := map[string]string{}
	for _, f := range fields(n.Get("approvers")) {
		a := approval.Approver{ID: f.Name, Name: form.TextOf(f.Value.Get("name")), Roles: texts(f.Value.Get("role")), Demo: form.FlagOf(f.Value.Get("demo"))}
		if key := f.Value.Get("key"); form.TextOf(key) != "" {
			var ok bool
			if a.Key, ok = approval.ParseKey(key.Text); !ok {
				r.Add(key.Pos, "write it as attune approve --new-key prints it: ed25519: and 44 letters of base64", "the key of %s is no public key", f.Name)
			} else if other := keys[key.Text]; other != "" {
				r.Add(key.Pos, "let each sign with a key of their own", "%s has the same key as %s", f.Name, other)
			}
			keys[key.Text] = f.Name
		}
		rules.Approvers = append(rules.Approvers, a)
	}
	for _, item := range form.ItemsOf(n.Get("roles")) {
		role := form.TextOf(item)
		if slices.Contains(rules.Roles, role) {
			continue
		}
		rules.Roles = append(rules.Roles, role)
		if form.IsName(role) && len(rules.Approvers) > 0 && len(rules.With(role)) == 0 {
			r.Add(item.Pos, "list somebody with that role under approvers:", "none of the approvers has the role %q", role)
		}
	}
	if rules.Require && len(rules.Approvers) == 0 {
		r.Add(n.Pos, "list them under approvers:", "approvals are required, and there is nobody who may give them")
	}
}

// approvals reads what was approved and compares it with the texts as they are.
func (r *folderReader) approvals(zones *instant.Zones) {
	r.p.Standings = make([]Standing, len(r.p.Content))
	for i, t := range r.p.Content {
		r.p.Standings[i] = Standing{Hash: t.Closure(r.p.Policy.Sender), Used: r.p.says(t)}
	}
	r.p.zone, _ = zones.Find(r.p.Policy.Zone)
	n := r.optional(approvalsFile, approvalsForm())
	seen, judged := map[string]source.Pos{}, map[string]bool{}
	for _, item := range items(n.Get("approvals")) {
		line := ApprovalOf(item)
		judged[line.Content+" "+line.Role] = true
		key := line.Content + " " + line.Role + " " + line.By
		if first, twice := seen[key]; twice {
			r.unapproved.Add(item.Pos, "keep the one that is right", "%s approved %s as %s at %s already", line.By, line.Content, line.Role, first)
			continue
		}
		seen[key] = item.Pos
		r.approval(item, line)
	}
	for i, t := range r.p.Content {
		r.missing(t, &r.p.Standings[i], judged)
	}
}

// ApprovalOf takes an approval out of its node.
func ApprovalOf(n *source.Node) approval.Line {
	says := func(field string) string { return form.TextOf(n.Get(field)) }
	return approval.Line{
		Content: says("content"), Hash: says("hash"), By: says("by"), Role: says("role"),
		When: says("when"), Expires: says("expires"), Meaning: says("meaning"), Signature: says("signature"),
	}
}

// Until is when an approval with that last day ends: with the day, on the clock of the policy's zone.
func (p *Program) Until(lastDay instant.Date) instant.Time { return approval.Until(lastDay, p.zone) }

// says tells whether some engagement has the text.
func (p *Program) says(t *content.Template) bool {
	for i := range p.Engagements {
		for _, v := range p.Engagements[i].Variants {
			if slices.Contains(v.Texts, Text{Channel: t.Channel, Template: t.Name}) {
				return true
			}
		}
	}
	return false
}

// approval judges one line, unless a field of it is missing, which was noted.
func (r *folderReader) approval(n *source.Node, line approval.Line) {
	if slices.Contains([]string{line.Content, line.Hash, line.By, line.Role, line.When, line.Meaning, line.Signature, r.p.ID}, "") {
		return
	}
	at := slices.IndexFunc(r.p.Content, func(t *content.Template) bool { return t.Path() == line.Content })
	if at < 0 {
		if _, there := r.folder.Texts["content/"+line.Content+".liquid"]; !there {
			paths := make([]string, len(r.p.Content))
			for i, t := range r.p.Content {
				paths[i] = t.Path()
			}
			hint := "take the line out"
			if near := source.Nearest(line.Content, paths); near != "" {
				hint = source.Suggest(line.Content, []string{near})
			}
			r.unapproved.Add(n.Get("content").Pos, hint, "there is no text %q", line.Content)
		}
		return
	}
	by := r.p.Policy.Approvals.Approver(line.By)
	if by == nil {
		var ids []string
		for _, a := range r.p.Policy.Approvals.Approvers {
			ids = append(ids, a.ID)
		}
		hint := source.Suggest(line.By, ids)
		if len(ids) == 0 {
			hint = "list who may approve under approvals: in policy.yaml, or take the line out"
		}
		r.unapproved.Add(n.Get("by").Pos, hint, "%q is none of the approvers", line.By)
		return
	}
	if by.Key == nil { // noted where it stands
		return
	}
	given := approval.Given{Line: line, Approver: by, Pos: n.Pos, Until: r.p.Until(dateOf(n.Get("expires")))}
	when := form.InstantOf(n.Get("when"))
	again := "approve it again: attune approve --as " + line.By
	switch standing := &r.p.Standings[at]; {
	case !slices.Contains(by.Roles, line.Role):
		r.unapproved.Add(n.Get("role").Pos, "let somebody of that role approve it", "%s approves as %s, not as %q", by.Called(), strings.Join(by.Roles, " or "), line.Role)
	case !line.Genuine(r.p.ID, by.Key):
		r.unapproved.Add(n.Pos, again, "this is not what %s signed: the line was changed, or signed with another key or for another program", by.Called())
	case line.Hash != standing.Hash:
		standing.Stale = append(standing.Stale, given)
		what := "the text"
		if r.p.Content[at].Mentions("organisation") {
			what = "the text, or the sender whom it names,"
		}
		r.unapproved.Add(n.Pos, again, "%s was edited after %s approved it on %.10s", what, by.Called(), line.When)
	case given.Until <= when:
		r.unapproved.Add(n.Get("expires").Pos, again+" --expires, with a later day", "the approval ran out before it was given")
	default:
		standing.Given = append(standing.Given, given)
	}
}

func dateOf(n *source.Node) instant.Date {
	d, _ := instant.ParseDate(form.TextOf(n))
	return d
}

// missing notes the roles whose approval a text needs and never had. What is wrong with a line was noted
// there, and whether one ran out is a matter of the day.
func (r *folderReader) missing(t *content.Template, s *Standing, judged map[string]bool) {
	rules := &r.p.Policy.Approvals
	if !rules.Require || !s.Used || len(rules.Approvers) == 0 {
		return
	}
	for _, role := range rules.Lacks(s.Given, 0) {
		who := rules.With(role)
		if len(who) == 0 || role != "" && judged[t.Path()+" "+role] || role == "" && len(s.Stale) > 0 {
			continue
		}
		as := ""
		if role != "" {
			as = " as " + role
		}
		r.unapproved.Add(source.Pos{File: "content/" + t.Path() + ".liquid", Line: 1, Column: 1}, "let "+who[0].Name+" approve it: attune approve --as "+who[0].ID,
			"nobody has approved this text%s", as)
	}
}

// Lacks tells whether a text may not be said at an instant for want of an approval: which text that is, and
// the roles that have not approved it, or not any more. A text is known by its bytes, channel and language.
func (p *Program) Lacks(hash, channel, language string, at instant.Time) (path string, roles []string) {
	if !p.Policy.Approvals.Require {
		return "", nil
	}
	for i, t := range p.Content {
		if t.Hash != hash || t.Channel != channel || t.Language != language {
			continue
		}
		if path, roles = t.Path(), p.Policy.Approvals.Lacks(p.Standings[i].Given, at); roles == nil {
			return path, nil
		}
	}
	return path, roles
}

// lapsed lists the approvals of a text that had run out by that day, without another of the same role,
// and those of a later day.
func (p *Program) lapsed(s *Standing, on instant.Time) []source.Problem {
	var out source.Problems
	today := int64(on / instant.Time(instant.Day))
	over := func(g approval.Given) bool {
		last, ends := instant.ParseDate(g.Expires)
		return ends && last.Days() < today
	}
	for _, g := range s.Given {
		another := func(o approval.Given) bool { return o.Role == g.Role && !over(o) }
		if over(g) && !slices.ContainsFunc(s.Given, another) {
			out.Add(g.Pos, "approve it again: attune approve --as "+g.By, "the approval of %s as %s by %s was to be used until %s", g.Content, g.Role, g.Approver.Called(), g.Expires)
		}
		if when, _ := instant.Parse(g.When); int64(when/instant.Time(instant.Day)) > today {
			out.Add(g.Pos, "look at the clock of the machine where it was signed", "the approval of %s by %s is dated %.10s, which is yet to come", g.Content, g.Approver.Called(), g.When)
		}
	}
	return out.List()
}
