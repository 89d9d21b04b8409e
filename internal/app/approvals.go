package app

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"attune/core/approval"
	"attune/core/instant"
	"attune/core/program"
)

// TextStanding is how far one text is approved.
type TextStanding struct {
	Content  string `json:"content"`
	Language string `json:"language"`
	Hash     string `json:"hash"`
	// Used tells that an engagement says it.
	Used bool `json:"used"`
	// Approved tells that it has every approval that it needs, and Missing are the roles whose it lacks.
	Approved  bool            `json:"approved"`
	Missing   []string        `json:"missing"`
	Approvals []ApprovalShown `json:"approvals"`
}

// ApprovalShown is an approval, and whether it still holds.
type ApprovalShown struct {
	By      string `json:"by"`
	Name    string `json:"name"`
	Role    string `json:"role"`
	When    string `json:"when"`
	Expires string `json:"expires,omitempty"`
	// Demo tells that the key is known to everybody, so that the signature proves nothing.
	Demo bool `json:"demo"`
	// State is "holds", "ran out" or "edited since".
	State string `json:"state"`
	says  string
}

// Says tells an approval for people.
func (a *ApprovalShown) Says() string { return a.says }

// TextsOf tells of each text of a program how far it is approved.
func TextsOf(p *program.Program, now instant.Time) []TextStanding {
	rules := &p.Policy.Approvals
	texts := []TextStanding{}
	for i, t := range p.Content {
		st := &p.Standings[i]
		lacks := rules.Lacks(st.Given, now)
		x := TextStanding{Content: t.Path(), Language: t.Language, Hash: st.Hash, Used: st.Used, Approved: lacks == nil, Missing: []string{}, Approvals: []ApprovalShown{}}
		for _, role := range lacks {
			if role != "" {
				x.Missing = append(x.Missing, role)
			}
		}
		for _, g := range st.Given {
			x.Approvals = append(x.Approvals, approvalShown(g, now))
		}
		for _, g := range st.Stale {
			l := approvalShown(g, now)
			l.State, l.says = "edited since", fmt.Sprintf("edited since %s approved it as %s on %.10s", g.Approver.Called(), g.Role, g.When)
			x.Approvals = append(x.Approvals, l)
		}
		texts = append(texts, x)
	}
	return texts
}

func approvalShown(g approval.Given, now instant.Time) ApprovalShown {
	l := ApprovalShown{By: g.By, Name: g.Approver.Name, Role: g.Role, When: g.When, Expires: g.Expires, Demo: g.Approver.Demo, State: "holds"}
	l.says = fmt.Sprintf("%s as %s on %.10s", g.Approver.Called(), g.Role, g.When)
	switch {
	case now >= g.Until:
		l.State = "ran out"
		l.says += ", which ran out after " + g.Expires
	case g.Expires != "":
		l.says += ", until " + g.Expires
	}
	return l
}

// ToSign says which texts somebody is about to approve, and how.
type ToSign struct {
	By *approval.Approver
	// Role is the one in which they approve; Content is a pattern of paths, empty for all texts that lack an approval of that role.
	Role, Content string
	// Expires is the last day on which it holds; empty where it does not run out. Meaning is what the signature means.
	Expires, Meaning string
}

// Unsigned makes the lines that are to be signed, and the index of each one's text. Its errors name the field.
func (s ToSign) Unsigned(p *program.Program, now instant.Time) (lines []approval.Line, texts []int, err error) {
	if _, err := path.Match(s.Content, ""); err != nil {
		return nil, nil, &WrongField{"content", s.Content + " is no pattern; write it as email/*.en"}
	}
	if strings.TrimSpace(s.Meaning) != s.Meaning || s.Meaning == "" || strings.ContainsAny(s.Meaning, "\r\n") {
		return nil, nil, &WrongField{"meaning", `is to be some words on one line, such as "approved for use"`}
	}
	if s.Expires != "" {
		day, ok := instant.ParseDate(s.Expires)
		if !ok {
			return nil, nil, &WrongField{"expires", s.Expires + " is no day; write it as 2027-11-22"}
		}
		if p.Until(day) <= now {
			return nil, nil, &WrongField{"expires", s.Expires + " is over already"}
		}
	}
	now = instant.Of(now.Std().Truncate(time.Second)) // as lines have it
	for i, t := range p.Content {
		if !s.wants(p, i, now) {
			continue
		}
		lines = append(lines, approval.Line{Content: t.Path(), Hash: p.Standings[i].Hash, By: s.By.ID, Role: s.Role, When: now.String(), Expires: s.Expires, Meaning: s.Meaning})
		texts = append(texts, i)
	}
	return lines, texts, nil
}

// wants tells whether a text is to be signed: one that was asked for, or that nobody has approved in that
// role, or not for today.
func (s ToSign) wants(p *program.Program, i int, now instant.Time) bool {
	if s.Content != "" {
		fits, _ := path.Match(s.Content, p.Content[i].Path())
		return fits
	}
	return !slices.ContainsFunc(p.Standings[i].Given, func(g approval.Given) bool { return g.Role == s.Role && now < g.Until })
}

// WrongField is something wrong in one field of what was asked.
type WrongField struct{ Field, Says string }

// Error implements error.
func (w *WrongField) Error() string { return w.Field + " " + w.Says }

// ApproverOf finds who approves, and the role in which they do: their own where it does not say.
func ApproverOf(p *program.Program, who, role string) (*approval.Approver, string, error) {
	rules := &p.Policy.Approvals
	var ids []string
	for _, a := range rules.Approvers {
		ids = append(ids, a.ID)
	}
	by := rules.Approver(who)
	if by == nil {
		return nil, "", &WrongField{"by", fmt.Sprintf("%q is none of the approvers: %s", who, strings.Join(ids, ", "))}
	}
	if role == "" && len(by.Roles) == 1 {
		role = by.Roles[0]
	}
	if !slices.Contains(by.Roles, role) {
		return nil, "", &WrongField{"role", fmt.Sprintf("%s approves as %s", by.Name, strings.Join(by.Roles, " or "))}
	}
	return by, role, nil
}
