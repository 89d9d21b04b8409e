package app

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"attune/core/journey"
	"attune/core/journeymap"
	"attune/core/person"
	"attune/core/program"
	"attune/core/release"
	place "attune/core/source"
	"attune/internal/runner"
	"attune/internal/seal"
	"attune/internal/store"
)

// Change is one thing that is different between two releases.
type Change struct {
	Program string `json:"program"`
	// Kind is what it is, such as "signal" or "journey"; Name which one. Step is a journey's.
	Kind string `json:"kind"`
	Name string `json:"name,omitempty"`
	Step string `json:"step,omitempty"`
	// How is "added", "removed" or "changed".
	How string `json:"how"`
}

// String says it in words.
func (c Change) String() string {
	what := c.Kind
	if c.Name != "" {
		what += " " + c.Name
	}
	if c.Step != "" {
		what += ", step " + c.Step
	}
	return c.Program + ": " + what + " is " + map[string]string{"added": "new", "removed": "removed", "changed": "changed"}[c.How]
}

// changes says what is different, program by program.
func changes(was, is *release.Release) (out []Change) {
	for _, p := range was.Programs {
		if programOf(is, p.ID) == nil {
			out = append(out, Change{Program: p.ID, Kind: "program", How: "removed"})
		}
	}
	for _, p := range is.Programs {
		old := programOf(was, p.ID)
		if old == nil {
			out = append(out, Change{Program: p.ID, Kind: "program", How: "added"})
			continue
		}
		if old.Hash == p.Hash {
			continue
		}
		d := difference{program: p.ID}
		d.compare(old, p)
		if len(d.found) == 0 {
			d.one("wording of the files", "", "changed")
		}
		out = append(out, d.found...)
	}
	return out
}

func programOf(rel *release.Release, id string) *program.Program {
	for _, p := range rel.Programs {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// difference collects what is different in one program.
type difference struct {
	program string
	found   []Change
}

func (d *difference) one(kind, name, how string) {
	d.found = append(d.found, Change{Program: d.program, Kind: kind, Name: name, How: how})
}

// part is something with a name, spelled out without the places where it is written.
type part struct{ name, text string }

func parts[T any](list []T, name func(*T) string) (out []part) {
	for i := range list {
		out = append(out, part{name(&list[i]), spell(list[i])})
	}
	return out
}

// lists compares two lists of parts by their names.
func (d *difference) lists(kind string, was, is []part) {
	find := func(in []part, name string) int {
		return slices.IndexFunc(in, func(p part) bool { return p.name == name })
	}
	for _, p := range was {
		if find(is, p.name) < 0 {
			d.one(kind, p.name, "removed")
		}
	}
	for _, p := range is {
		switch i := find(was, p.name); {
		case i < 0:
			d.one(kind, p.name, "added")
		case was[i].text != p.text:
			d.one(kind, p.name, "changed")
		}
	}
}

func (d *difference) compare(was, is *program.Program) {
	type about struct {
		Name              string
		People, Languages []string
	}
	whole := func(kind string, a, b any) {
		if spell(a) != spell(b) {
			d.one(kind, "", "changed")
		}
	}
	whole("description", about{was.Name, was.People, was.Languages}, about{is.Name, is.People, is.Languages})
	whole("enrolment", was.Enroll, is.Enroll)
	whole("rule for leaving", was.Leave, is.Leave)
	both := func(kind string, of func(*program.Program) []part) { d.lists(kind, of(was), of(is)) }
	both("standard", func(p *program.Program) (out []part) {
		for _, s := range p.Standards {
			out = append(out, part{s.ID, s.Hash})
		}
		return out
	})
	both("event", func(p *program.Program) []part {
		return parts(p.Events, func(e *program.Event) string { return e.Name })
	})
	d.maps(was, is)
	both("signal", func(p *program.Program) []part {
		return parts(p.Signals, func(s *program.Signal) string { return s.ID })
	})
	both("behavior", func(p *program.Program) []part {
		return parts(p.Behaviors, func(b *program.Behavior) string { return b.ID })
	})
	both("barrier", func(p *program.Program) []part {
		return parts(p.Barriers, func(d *program.Driver) string { return d.ID })
	})
	both("motivation", func(p *program.Program) []part {
		return parts(p.Motivations, func(d *program.Driver) string { return d.ID })
	})
	both("audience", func(p *program.Program) []part {
		return parts(p.Audiences, func(a *program.Audience) string { return a.ID })
	})
	both("outcome", func(p *program.Program) []part {
		return parts(p.Outcomes, func(o *program.Outcome) string { return o.ID })
	})
	both("value set", func(p *program.Program) []part {
		return parts(p.ValueSets, func(s *program.ValueSet) string { return s.Name })
	})
	both("category of words", func(p *program.Program) []part {
		return parts(p.Words, func(w *program.WordCategory) string { return w.Name })
	})
	both("engagement", func(p *program.Program) []part {
		return parts(p.Engagements, func(e *program.Engagement) string { return e.ID })
	})
	d.journeys(was, is)
	both("text", func(p *program.Program) (out []part) {
		for _, t := range p.Content {
			out = append(out, part{t.Name + " (" + t.Channel + ", " + t.Language + ")", t.Hash})
		}
		return out
	})
	both("approval", func(p *program.Program) (out []part) {
		for _, s := range p.Standings {
			for _, g := range s.Given {
				out = append(out, part{g.Content + " as " + g.Role + " by " + g.Approver.Called(), g.Signature})
			}
		}
		return out
	})
	both("questionnaire", func(p *program.Program) (out []part) {
		for _, q := range p.Questionnaires {
			out = append(out, part{q.ID + " (" + q.Language + ")", spell(q)})
		}
		return out
	})
	whole("policy", was.Policy, is.Policy)
	whole("voice", was.Voice, is.Voice)
}

func (d *difference) maps(was, is *program.Program) {
	phases := func(p *program.Program) []part {
		return parts(p.Map.Phases, func(x *journeymap.Phase) string { return x.ID })
	}
	d.lists("phase", phases(was), phases(is))
	exits := func(p *program.Program) []part {
		return parts(p.Map.Exits, func(x *journeymap.Exit) string { return x.ID })
	}
	d.lists("exit", exits(was), exits(is))
	moments := func(p *program.Program) []part {
		return parts(p.Map.Moments, func(x *journeymap.Moment) string { return x.ID })
	}
	d.lists("moment", moments(was), moments(is))
	if spell(was.Map.Stakeholders)+spell(was.Map.Lifecycle) != spell(is.Map.Stakeholders)+spell(is.Map.Lifecycle) {
		d.one("people and parts of the map", "", "changed")
	}
}

// journeys compares journeys step by step.
func (d *difference) journeys(was, is *program.Program) {
	steps := func(j *journey.Journey) (out []part) {
		for _, s := range j.Steps {
			out = append(out, part{s.Label(), spell(s)})
		}
		return out
	}
	for i := range was.Journeys {
		if is.Journey(was.Journeys[i].ID) == nil {
			d.one("journey", was.Journeys[i].ID, "removed")
		}
	}
	for i := range is.Journeys {
		j := &is.Journeys[i]
		old := was.Journey(j.ID)
		if old == nil {
			d.one("journey", j.ID, "added")
			continue
		}
		a, b := *old, *j
		a.Steps, b.Steps = nil, nil
		if spell(a) != spell(b) {
			d.one("journey", j.ID, "changed")
		}
		inner := difference{program: d.program}
		inner.lists("journey", steps(old), steps(j))
		for _, c := range inner.found {
			d.found = append(d.found, Change{Program: d.program, Kind: "journey", Name: j.ID, Step: c.Name, How: c.How})
		}
	}
}

// spell writes a value out without the places where its parts are written: two that mean the same are
// spelled the same.
func spell(v any) string {
	var b strings.Builder
	spellInto(&b, reflect.ValueOf(v))
	return b.String()
}

func spellInto(b *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			b.WriteString("none;")
			return
		}
		fmt.Fprintf(b, "%s:", v.Elem().Type())
		spellInto(b, v.Elem())
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[place.Pos]() {
			return
		}
		b.WriteByte('{')
		for i := range v.NumField() {
			spellInto(b, v.Field(i))
		}
		b.WriteByte('}')
	case reflect.Slice, reflect.Array:
		fmt.Fprintf(b, "%d[", v.Len())
		for i := range v.Len() {
			spellInto(b, v.Index(i))
		}
		b.WriteByte(']')
	default:
		fmt.Fprintf(b, "%#v;", v)
	}
}

// Stranded are people who stand on a step that a release has no longer.
type Stranded struct {
	Program string `json:"program"`
	Journey string `json:"journey"`
	Step    string `json:"step"`
	People  int    `json:"people"`
	// To is the step where they go on; empty for those who leave the journey.
	To string `json:"to,omitempty"`
}

// String says it in words.
func (s Stranded) String() string {
	where := fmt.Sprintf("%s: journey %s, step %s: ", s.Program, s.Journey, s.Step)
	who := fmt.Sprintf("%d people stand there", s.People)
	if s.People == 1 {
		who = "1 person stands there"
	}
	switch {
	case s.To != "":
		return where + who + " and will go on at " + s.To
	case s.People == 1:
		return where + who + " and will leave the journey; moves: {" + s.Step + ": STEP} in it leads elsewhere"
	}
	return where + who + " and will leave the journey; moves: {" + s.Step + ": STEP} in it leads them elsewhere"
}

// stranded counts the people under way in journeys whose step a release does not have.
func stranded(ctx context.Context, people store.People, keys *seal.Keys, rel *release.Release) ([]Stranded, error) {
	var out []Stranded
	err := eachPerson(ctx, people, keys, func(p *person.Person) error {
		for i := range p.Enrollments {
			e := &p.Enrollments[i]
			if e.Left != 0 || e.Parked {
				continue
			}
			to, stays := goesOn(rel, e)
			if stays {
				continue
			}
			s := Stranded{Program: e.Program, Journey: e.Journey, Step: e.Step, To: to}
			k := slices.IndexFunc(out, func(x Stranded) bool { x.People = 0; return x == s })
			if k < 0 {
				k, out = len(out), append(out, s)
			}
			out[k].People++
		}
		return nil
	})
	slices.SortFunc(out, func(a, b Stranded) int {
		return slices.Compare([]string{a.Program, a.Journey, a.Step}, []string{b.Program, b.Journey, b.Step})
	})
	return out, err
}

// goesOn tells whether a passage's step still exists, and else where the journey's moves lead.
func goesOn(rel *release.Release, e *person.Enrollment) (to string, stays bool) {
	p := programOf(rel, e.Program)
	if p == nil {
		return "", false
	}
	j := p.Journey(e.Journey)
	if j == nil {
		return "", false
	}
	if _, found := j.Find(e.Step); found {
		return "", true
	}
	for _, m := range j.Moves {
		if _, found := j.Find(m.To); found && m.From == e.Step {
			return m.To, false
		}
	}
	return "", false
}

// eachPerson opens everybody's state; who was erased is passed over.
func eachPerson(ctx context.Context, people store.People, keys *seal.Keys, f func(*person.Person) error) error {
	return people.Each(ctx, func(r store.Row) error {
		p, err := runner.OpenRow(keys, &r)
		if errors.Is(err, seal.ErrNoKey) {
			return nil
		}
		if err != nil {
			return err
		}
		return f(&p)
	})
}

// eachNotable opens the states of those about whom a human may have something to do, and of no others.
func eachNotable(ctx context.Context, people store.People, keys *seal.Keys, f func(*person.Person) error) error {
	const most = 500
	for at := int64(-1); ; {
		page, err := people.Notable(ctx, at, most)
		if err != nil {
			return err
		}
		for k := range page {
			at = page[k].Person.Row()
			p, err := runner.OpenRow(keys, &page[k])
			if errors.Is(err, seal.ErrNoKey) {
				continue
			}
			if err == nil {
				err = f(&p)
			}
			if err != nil {
				return err
			}
		}
		if len(page) < most {
			return nil
		}
	}
}
