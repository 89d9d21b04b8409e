package access

import (
	"fmt"
	"slices"
	"strings"
)

// Principal is who asks: a member of staff who signed in, an API key, another system. The zero Principal is nobody, who may do
// nothing.
type Principal struct {
	// Kind is what they are, in the audit log's words: account, key, service, session.
	Kind string
	// ID tells them apart from all others of the kind, and Name is what people call them.
	ID, Name string
	Roles    []Role
	// Permits narrows what the roles permit, where it is not nil: a key may be made for less than its maker may do.
	Permits []Permission
	// Programs are those whose people are the panel; none means all people.
	Programs []string
	// Token is by which of their own tokens an account asks; empty where they signed in.
	Token string
	// Purposes are what a key may say that it looks at people for; none means any. Sources and Events are what it may send as, and which.
	Purposes, Sources, Events []string
}

// Nobody tells that nobody is known to ask.
func (p *Principal) Nobody() bool { return p.ID == "" }

// May tells whether somebody may do this at all. Whether they may do it to one person, Panel and an opened record tell.
func (p *Principal) May(what Permission) bool {
	if p.Nobody() || !what.Known() || p.Permits != nil && !slices.Contains(p.Permits, what) {
		return false
	}
	if what == OwnAccount { // whoever is known may hear who they are
		return true
	}
	return slices.ContainsFunc(p.Roles, func(r Role) bool {
		is := r.profile()
		return is != nil && slices.Contains(is.Permits, what)
	})
}

// Sees tells whether fields of this class are shown to somebody who opens a person's record.
func (p *Principal) Sees(c Class) bool {
	return p.May(PersonRead) && slices.ContainsFunc(p.Roles, func(r Role) bool {
		is := r.profile()
		return is != nil && slices.Contains(is.Permits, PersonRead) && slices.Contains(is.Sees, c)
	})
}

// Everybody tells that somebody may do this to any person, without a panel: by one of their roles.
func (p *Principal) Everybody(what Permission) bool {
	return p.May(what) && (len(p.Programs) == 0 || slices.ContainsFunc(p.Roles, func(r Role) bool {
		is := r.profile()
		return is != nil && !is.Panel && slices.Contains(is.Permits, what)
	}))
}

// Panel tells whether somebody who lives under these programs is of the panel.
func (p *Principal) Panel(programs []string) bool {
	return len(p.Programs) == 0 || slices.ContainsFunc(programs, func(of string) bool { return slices.Contains(p.Programs, of) })
}

// Who can do what, for those who may not.
func Who(what Permission) string {
	var out []string
	for _, r := range Roles() {
		if slices.Contains(r.Permits, what) {
			out = append(out, string(r.Role))
		}
	}
	if len(out) == 0 {
		return "nobody"
	}
	return strings.Join(out, ", ")
}

// ParseRoles reads roles as people write them.
func ParseRoles(written []string) (out []Role, err error) {
	for _, s := range written {
		r := Role(strings.ToLower(strings.TrimSpace(s)))
		if !r.Known() {
			var all []string
			for _, is := range Roles() {
				all = append(all, string(is.Role))
			}
			return nil, fmt.Errorf("there is no role %q: there are %s", s, strings.Join(all, ", "))
		}
		if !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out, nil
}
