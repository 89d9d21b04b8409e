package app

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"attune/core/effect"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/record"
	"attune/internal/history"
	"attune/internal/story"
)

// Reach tells how far a program reaches: where everybody stands with it, and what became of them. Each person is in one
// row and one column.
type Reach struct {
	Program string `json:"program"`
	// Since is from when on what was said and refused is counted; empty for all.
	Since string  `json:"since,omitempty"`
	Rows  []Place `json:"rows"`
	// Refused are the people of the column refused, by the last reason.
	Refused []RefusedFor `json:"refused"`
	// Said are the people of the column engaged, by what they were told; somebody may be in several.
	Said []Said `json:"said"`
}

// Place is where people stand with a program, and how many of them were engaged, are about to be, were refused
// everything, or had nothing proposed to them.
type Place struct {
	Place   string `json:"place"`
	People  int    `json:"people"`
	Engaged int    `json:"engaged"`
	Waiting int    `json:"waiting"`
	Refused int    `json:"refused"`
	Nothing int    `json:"nothing"`
}

// RefusedFor is how many were refused for a reason.
type RefusedFor struct {
	Reason string `json:"reason"`
	Detail string `json:"detail,omitempty"`
	Says   string `json:"says"`
	People int    `json:"people"`
}

// Said is how many were told something, by what and in which language; Foreign is for how many of them that is not the
// language of their record.
type Said struct {
	Engagement string `json:"engagement"`
	Channel    string `json:"channel"`
	Language   string `json:"language"`
	People     int    `json:"people"`
	Foreign    int    `json:"in_another_language"`
}

// fate is what became of one person.
type fate struct {
	said    map[Said]bool // by engagement, channel and language alone
	refused RefusedFor
}

// Reach counts everybody by where they stand with a program and what became of them since an instant.
func (i *Inspector) Reach(ctx context.Context, program string, since instant.Time) (*Reach, error) {
	if !slices.ContainsFunc(i.programs(), func(id string) bool { return id == program }) {
		return nil, fmt.Errorf("no program %q is live here; live is %s", program, strings.Join(i.programs(), ", "))
	}
	if err := i.looked(ctx, "Reach"); err != nil {
		return nil, err
	}
	last, err := i.history.Last(ctx)
	if err != nil {
		return nil, err
	}
	past, err := i.history.Everybody(ctx, i.keys.People(), last.Frame)
	if err != nil {
		return nil, err
	}
	c := census{program: program, since: since, past: past, known: i.keys.Has, rows: map[string]*Place{}, refused: map[RefusedFor]int{}, said: map[Said]*Said{}}
	if err := eachPerson(ctx, i.people, i.keys, func(p *person.Person) error { return c.count(ctx, p) }); err != nil {
		return nil, err
	}
	out := c.reach()
	if since != 0 {
		out.Since = since.String()
	}
	return out, nil
}

// programs are the live ones, by name.
func (i *Inspector) programs() (out []string) {
	for _, kept := range i.archive.live().Programs {
		out = append(out, kept.ID)
	}
	return out
}

// census counts people.
type census struct {
	program string
	since   instant.Time
	past    *history.Everybody
	known   func(id.Person) bool // whose history can be read: not who was erased
	rows    map[string]*Place
	refused map[RefusedFor]int
	said    map[Said]*Said
}

// placeOf is where somebody stands with a program. A record that became part of another is nobody. Death goes before all
// else, as it does when something is decided.
func placeOf(p *person.Person, program string) string {
	m := p.Membership(program)
	switch {
	case !p.Into.IsZero():
		return "part of another record"
	case p.Kind != person.Patient && (m == nil || m.Enrolled == 0):
		return "never in it, " + p.Kind.String()
	case p.Died != 0 && (m == nil || m.Enrolled == 0):
		return "died, never in it"
	case p.Died != 0:
		return "died"
	case m == nil || m.Enrolled == 0:
		return "never in it"
	case m.Active():
		return "in it"
	case m.Exit != "":
		return "left by the exit " + m.Exit
	}
	return "left"
}

// count puts somebody into their row and column. Nothing can have been decided about who never was in the program.
func (c *census) count(ctx context.Context, p *person.Person) error {
	name := placeOf(p, c.program)
	row := c.rows[name]
	if row == nil {
		row = &Place{Place: name}
		c.rows[name] = row
	}
	row.People++
	f := fate{said: map[Said]bool{}}
	if m := p.Membership(c.program); m != nil && m.Enrolled != 0 {
		lives := []id.Person{p.ID}
		for _, part := range p.Merged { // what was said under a record that became part of this one was said to them
			if c.known(part.Person) {
				lives = append(lives, part.Person)
			}
		}
		for _, who := range lives {
			if err := c.lived(ctx, who, &f); err != nil {
				return err
			}
		}
	}
	switch {
	case len(f.said) > 0:
		row.Engaged++
		c.tell(p, f.said)
	case c.waits(p):
		row.Waiting++
	case f.refused.Reason != "":
		row.Refused++
		c.refused[f.refused]++
	default:
		row.Nothing++
	}
	return nil
}

// waits tells whether something is decided for somebody and not over.
func (c *census) waits(p *person.Person) bool {
	return slices.ContainsFunc(p.Touches, func(t person.Touch) bool {
		return t.Program == c.program && t.Decided >= c.since && (t.State == person.Pending || t.State == person.InFlight || t.State == person.Uncertain)
	})
}

// lived reads what was said to somebody and why other things were not.
func (c *census) lived(ctx context.Context, who id.Person, f *fate) error {
	sent := map[id.Key]Said{}
	return c.past.Of(ctx, who, func(_ int64, _ instant.Time, body []byte) error {
		rec, err := record.Decode(body)
		if err != nil {
			return fmt.Errorf("history of %s: %w", who, err)
		}
		for _, e := range rec.Effects {
			c.follow(e, f, sent)
		}
		return nil
	})
}

func (c *census) follow(e effect.Effect, f *fate, sent map[id.Key]Said) {
	switch x := e.(type) { //nolint:gochecksumtype // nothing else says or refuses anything
	case effect.Decide:
		for _, n := range x.Candidates {
			if n.Program == c.program && n.Reason != "" && x.At >= c.since {
				f.refused = refusedFor(n.Reason, n.Detail)
			}
		}
	case effect.End:
		if x.Program == c.program && x.At >= c.since {
			f.refused = refusedFor(x.Reason, x.Detail)
		}
	case effect.Send:
		if x.Program != c.program {
			return
		}
		sent[x.Touch] = Said{Engagement: x.Engagement, Channel: x.Channel, Language: x.Language}
		for _, part := range x.Parts {
			sent[part.Touch] = Said{Engagement: part.Engagement, Channel: x.Channel, Language: x.Language}
		}
	case effect.Settle:
		said, ours := sent[x.Touch]
		switch {
		case !ours || x.At < c.since:
		case x.State == person.HandedOver:
			f.said[said] = true
		case x.State == person.Ended:
			f.refused = refusedFor(x.Why, "")
		}
	}
}

// refusedFor counts alike what differs in nothing but instants, numbers and whose word it was.
func refusedFor(why policy.Reason, detail string) RefusedFor {
	if why != policy.NoAddress {
		detail = ""
	}
	return RefusedFor{Reason: string(why), Detail: detail, Says: story.Explain(why, detail)}
}

// tell counts what somebody was told.
func (c *census) tell(p *person.Person, said map[Said]bool) {
	own, _, _ := strings.Cut(strings.ToLower(p.Trait("language").Text), "-")
	for s := range said {
		n := c.said[s]
		if n == nil {
			n = &Said{Engagement: s.Engagement, Channel: s.Channel, Language: s.Language}
			c.said[s] = n
		}
		n.People++
		if own != "" && own != s.Language {
			n.Foreign++
		}
	}
}

// reach sums up.
func (c *census) reach() *Reach {
	out := &Reach{Program: c.program, Rows: []Place{}, Refused: []RefusedFor{}, Said: []Said{}}
	all := Place{Place: "all"}
	for _, r := range c.rows {
		out.Rows = append(out.Rows, *r)
		all.People, all.Engaged, all.Waiting = all.People+r.People, all.Engaged+r.Engaged, all.Waiting+r.Waiting
		all.Refused, all.Nothing = all.Refused+r.Refused, all.Nothing+r.Nothing
	}
	slices.SortFunc(out.Rows, func(a, b Place) int { return strings.Compare(a.Place, b.Place) })
	out.Rows = append(out.Rows, all)
	for r, n := range c.refused {
		r.People = n
		out.Refused = append(out.Refused, r)
	}
	slices.SortFunc(out.Refused, func(a, b RefusedFor) int {
		return cmp.Or(cmp.Compare(b.People, a.People), strings.Compare(a.Reason, b.Reason), strings.Compare(a.Detail, b.Detail))
	})
	for _, s := range c.said {
		out.Said = append(out.Said, *s)
	}
	slices.SortFunc(out.Said, func(a, b Said) int {
		return cmp.Or(strings.Compare(a.Engagement, b.Engagement), strings.Compare(a.Channel, b.Channel), strings.Compare(a.Language, b.Language))
	})
	return out
}

// WriteText writes it for people.
func (r *Reach) WriteText(w io.Writer) error {
	wide := len("never in it")
	for _, p := range r.Rows {
		wide = max(wide, len(p.Place))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%-*s  %7s  %7s  %7s  %7s  %7s\n", wide, r.Program, "people", "engaged", "waiting", "refused", "nothing")
	for _, p := range r.Rows {
		fmt.Fprintf(&b, "%-*s  %7d  %7d  %7d  %7d  %7d\n", wide, p.Place, p.People, p.Engaged, p.Waiting, p.Refused, p.Nothing)
	}
	if len(r.Said) > 0 {
		fmt.Fprint(&b, "\nWhat they were told:\n")
	}
	for _, s := range r.Said {
		foreign := ""
		if s.Foreign > 0 {
			foreign = fmt.Sprintf(", %d of whom have another language", s.Foreign)
		}
		fmt.Fprintf(&b, "%7d  %s by %s in %s%s\n", s.People, s.Engagement, s.Channel, s.Language, foreign)
	}
	if len(r.Refused) > 0 {
		fmt.Fprint(&b, "\nWhy nothing was said to who was refused, by the last reason:\n")
	}
	for _, x := range r.Refused {
		fmt.Fprintf(&b, "%7d  %s: %s\n", x.People, x.Reason, x.Says)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
