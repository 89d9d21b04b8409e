package app

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"attune/core/effect"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/program"
	"attune/core/record"
	"attune/internal/disclose"
	"attune/internal/history"
	"attune/internal/insight"
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
	// Smallest is of how many people a number is told at least: outside the care team others are null, and are left out of what was said and
	// why not. 0 is the care team's.
	Smallest int `json:"smallest"`
}

// Place is where people stand with a program, and how many of them were engaged, are about to be, were refused
// everything, or had nothing proposed to them.
type Place struct {
	Place   string `json:"place"`
	People  *int   `json:"people"`
	Engaged *int   `json:"engaged"`
	Waiting *int   `json:"waiting"`
	Refused *int   `json:"refused"`
	Nothing *int   `json:"nothing"`
}

// row is a place's counts.
type row struct {
	place                                      string
	people, engaged, waiting, refused, nothing int
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
	Foreign    *int   `json:"in_another_language"`
}

// words are what somebody was told, and hearers are who was told them.
type (
	words   struct{ engagement, channel, language string }
	hearers struct{ people, foreign int }
)

// fate is what became of one person.
type fate struct {
	said    map[words]bool
	refused RefusedFor
}

// Reach counts everybody by where they stand with a program and what became of them since an instant.
func (i *Inspector) Reach(ctx context.Context, program string, since instant.Time) (*Reach, error) {
	if !slices.ContainsFunc(i.programs(), func(id string) bool { return id == program }) {
		return nil, fmt.Errorf("no program %q is live here; live is %s", program, strings.Join(i.programs(), ", "))
	}
	_, pr, err := i.liveProgram(program)
	if err != nil {
		return nil, err
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
	c := census{program: program, since: since, past: past, known: i.keys.Has, rows: map[string]*row{}, refused: map[RefusedFor]int{}, said: map[words]*hearers{}}
	if err := eachPerson(ctx, i.people, i.keys, func(p *person.Person) error { return c.count(ctx, p) }); err != nil {
		return nil, err
	}
	all := seesFew(ctx)
	if !all {
		if err := i.mayReach(ctx, &c); err != nil {
			return nil, err
		}
	}
	out, err := c.reach(pr, all)
	if err != nil {
		return nil, err
	}
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
	rows    map[string]*row
	refused map[RefusedFor]int
	said    map[words]*hearers
	// concerned are those of whom something was said, is about to be, or was refused.
	concerned []id.Person
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
	at := c.rows[name]
	if at == nil {
		at = &row{place: name}
		c.rows[name] = at
	}
	at.people++
	f := fate{said: map[words]bool{}}
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
		at.engaged++
		c.tell(p, f.said)
	case c.waits(p):
		at.waiting++
	case f.refused.Reason != "":
		at.refused++
		c.refused[f.refused]++
	default:
		at.nothing++
		return nil
	}
	c.concerned = append(c.concerned, p.ID)
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
	sent := map[id.Key]words{}
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

func (c *census) follow(e effect.Effect, f *fate, sent map[id.Key]words) {
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
		sent[x.Touch] = words{x.Engagement, x.Channel, x.Language}
		for _, part := range x.Parts {
			sent[part.Touch] = words{part.Engagement, x.Channel, x.Language}
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
func (c *census) tell(p *person.Person, said map[words]bool) {
	own, _, _ := strings.Cut(strings.ToLower(p.Trait("language").Text), "-")
	for s := range said {
		n := c.said[s]
		if n == nil {
			n = &hearers{}
			c.said[s] = n
		}
		n.people++
		if own != "" && own != s.language {
			n.foreign++
		}
	}
}

// table is the rows in order, with their sum, and what everybody knows of the counts. Outside the care team every row that there may be is
// there: one that is not would tell that nobody is in it.
func (c *census) table(pr *program.Program, all bool) (rows []row, t disclose.Table) {
	if !all {
		c.everyRow(pr)
	}
	sum := row{place: "all"}
	for _, r := range c.rows {
		rows = append(rows, *r)
		sum.people, sum.engaged, sum.waiting = sum.people+r.people, sum.engaged+r.engaged, sum.waiting+r.waiting
		sum.refused, sum.nothing = sum.refused+r.refused, sum.nothing+r.nothing
	}
	slices.SortFunc(rows, func(a, b row) int { return strings.Compare(a.place, b.place) })
	rows = append(rows, sum)
	cell := func(n, keep int, format string, args ...any) string {
		name := fmt.Sprintf(format, args...)
		t.Cells = append(t.Cells, disclose.Cell{Name: name, N: n, Keep: keep})
		return name
	}
	columns := make([][]string, 5)
	for k, r := range rows {
		names := []string{
			cell(r.people, 4, "%s people", r.place), cell(r.engaged, 3, "%s engaged", r.place), cell(r.waiting, 1, "%s waiting", r.place),
			cell(r.refused, 2, "%s refused", r.place), cell(r.nothing, 0, "%s nothing", r.place),
		}
		if strings.Contains(r.place, "never in it") { // nothing is decided about them
			for n := len(t.Cells) - 4; n < len(t.Cells)-1; n++ {
				t.Cells[n].Impossible = t.Cells[n].N == 0
			}
		}
		t.Equations = append(t.Equations, disclose.Sum(names[0], names[1:]...))
		for n := range names {
			if k == len(rows)-1 {
				t.Equations = append(t.Equations, disclose.Sum(names[n], columns[n]...))
			} else {
				columns[n] = append(columns[n], names[n])
			}
		}
	}
	var parts []string
	for r, n := range c.refused {
		parts = append(parts, cell(n, 1, "refused for %s %s", r.Reason, r.Detail))
	}
	if len(parts) > 0 {
		t.Equations = append(t.Equations, disclose.Sum("all refused", parts...))
	}
	told, parts := 0, nil
	for s, h := range c.said {
		told += h.people
		name := cell(h.people, 1, "said %s", s)
		t.Equations = append(t.Equations, disclose.Sum(name, cell(h.foreign, 0, "foreign %s", s), cell(h.people-h.foreign, 0, "own %s", s)))
		parts = append(parts, name)
	}
	if len(parts) > 0 && told == sum.engaged { // nobody was told two things, which a reader may guess
		t.Equations = append(t.Equations, disclose.Sum("all engaged", parts...))
	}
	return rows, t
}

// everyRow adds the rows in which nobody is, and puts exits that the program does not have any more to who left.
func (c *census) everyRow(pr *program.Program) {
	every := map[string]bool{"part of another record": true, "died, never in it": true, "died": true, "never in it": true, "in it": true, "left": true}
	for _, kind := range person.Kinds() {
		every["never in it, "+kind.String()] = true
	}
	for i := range pr.Map.Exits {
		every["left by the exit "+pr.Map.Exits[i].ID] = true
	}
	for place := range every {
		if c.rows[place] == nil {
			c.rows[place] = &row{place: place}
		}
	}
	left := c.rows["left"]
	for place, r := range c.rows {
		if !every[place] {
			left.people, left.engaged, left.waiting = left.people+r.people, left.engaged+r.engaged, left.waiting+r.waiting
			left.refused, left.nothing = left.refused+r.refused, left.nothing+r.nothing
			delete(c.rows, place)
		}
	}
}

// reach sums up, and tells what may be told.
func (c *census) reach(pr *program.Program, all bool) (*Reach, error) {
	out := &Reach{Program: c.program, Rows: []Place{}, Refused: []RefusedFor{}, Said: []Said{}}
	rows, t := c.table(pr, all)
	may := shownOf{all: all}
	if !all {
		out.Smallest = disclose.DefaultLeast
		var err error
		if may.shown, err = (disclose.Rule{}).Protect(t); err != nil {
			return nil, err
		}
	}
	for _, r := range rows {
		out.Rows = append(out.Rows, Place{
			Place: r.place, People: may.of(r.people, "%s people", r.place), Engaged: may.of(r.engaged, "%s engaged", r.place), Waiting: may.of(r.waiting, "%s waiting", r.place),
			Refused: may.of(r.refused, "%s refused", r.place), Nothing: may.of(r.nothing, "%s nothing", r.place),
		})
	}
	for r, n := range c.refused {
		if may.of(n, "refused for %s %s", r.Reason, r.Detail) != nil {
			r.People = n
			out.Refused = append(out.Refused, r)
		}
	}
	slices.SortFunc(out.Refused, func(a, b RefusedFor) int {
		return cmp.Or(cmp.Compare(b.People, a.People), strings.Compare(a.Reason, b.Reason), strings.Compare(a.Detail, b.Detail))
	})
	for s, h := range c.said {
		if may.of(h.people, "said %s", s) != nil {
			out.Said = append(out.Said, Said{Engagement: s.engagement, Channel: s.channel, Language: s.language, People: h.people, Foreign: may.of(h.foreign, "foreign %s", s)})
		}
	}
	slices.SortFunc(out.Said, func(a, b Said) int {
		return cmp.Or(strings.Compare(a.Engagement, b.Engagement), strings.Compare(a.Channel, b.Channel), strings.Compare(a.Language, b.Language))
	})
	return out, nil
}

// mayReach refuses counts from an instant on that would tell of few people beside those from another.
func (i *Inspector) mayReach(ctx context.Context, c *census) error {
	if i.guards == nil {
		return nil
	}
	facts, err := i.gathered(ctx)
	if err != nil {
		return err
	}
	who := make([]insight.Pseudonym, len(c.concerned))
	for n := range who {
		who[n] = facts.Pseudonym(c.concerned[n])
	}
	cases := facts.Columns.Cases(c.program, who)
	if c.since == 0 && len(cases) < disclose.DefaultLeast {
		return nil // the table hides what is small in it; only what an instant tells apart is to be asked for
	}
	return i.guards.ask(ctx, "reach", c.program, i.now(), facts.Columns, cases)
}

// WriteText writes it for people.
func (r *Reach) WriteText(w io.Writer) error {
	wide := len("never in it")
	for _, p := range r.Rows {
		wide = max(wide, len(p.Place))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%-*s  %7s  %7s  %7s  %7s  %7s\n", wide, r.Program, "people", "engaged", "waiting", "refused", "nothing")
	few := fmt.Sprintf("<%d", r.Smallest)
	n := func(x *int) string {
		if x == nil {
			return few
		}
		return strconv.Itoa(*x)
	}
	for _, p := range r.Rows {
		fmt.Fprintf(&b, "%-*s  %7s  %7s  %7s  %7s  %7s\n", wide, p.Place, n(p.People), n(p.Engaged), n(p.Waiting), n(p.Refused), n(p.Nothing))
	}
	if len(r.Said) > 0 {
		fmt.Fprint(&b, "\nWhat they were told:\n")
	}
	for _, s := range r.Said {
		foreign := ""
		if s.Foreign != nil && *s.Foreign > 0 {
			foreign = fmt.Sprintf(", %d of whom have another language", *s.Foreign)
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
