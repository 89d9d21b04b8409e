package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/internal/audit"
	"attune/internal/intake"
	"attune/internal/runner"
	"attune/internal/seal"
	"attune/internal/store"
)

const (
	callObject      = "object"
	callRestrict    = "restrict"
	callCorrect     = "correct"
	callUncorrect   = "uncorrect"
	callDispute     = "dispute"
	callCorrections = "corrections"
)

// ObjectWord says what a person objects to: profiling or marketing; or that they take it back.
type ObjectWord struct {
	Person string `json:"person"`
	To     string `json:"to"`
	Over   bool   `json:"over"`
	By     string `json:"by"`
	Note   string `json:"note"`
}

// RestrictWord says that what is known of a person is to be kept and not used, or that this is over: of which they were told first.
type RestrictWord struct {
	Person string       `json:"person"`
	Over   bool         `json:"over"`
	Told   instant.Time `json:"told"`
	Ground string       `json:"ground"`
	By     string       `json:"by"`
	Note   string       `json:"note"`
}

// CorrectWord corrects what is known of a person.
type CorrectWord struct {
	Person string `json:"person"`
	Fact   string `json:"fact"`
	Value  string `json:"value"`
	Reason string `json:"reason"`
	By     string `json:"by"`
}

// UncorrectWord takes the newest correction of a fact back.
type UncorrectWord struct {
	Person string `json:"person"`
	Fact   string `json:"fact"`
	Reason string `json:"reason"`
	By     string `json:"by"`
}

// DisputeWord says that the person disputes something, or that somebody looked at that.
type DisputeWord struct {
	Person  string `json:"person"`
	Fact    string `json:"fact"`
	Event   string `json:"event"`
	Settled bool   `json:"settled"`
	Note    string `json:"note"`
	By      string `json:"by"`
}

// Questioned is a fact of a person that was corrected or is disputed.
type Questioned struct {
	Person string `json:"person"`
	Fact   string `json:"fact"`
	// Value is what staff said it is, and Since when; empty where it was not corrected.
	Value string `json:"value,omitempty" class:"identity"`
	Since string `json:"since,omitempty"`
	Event string `json:"event,omitempty"`
	// Said is what a source said otherwise since then, and By which event, where nobody has decided which is right.
	Said string `json:"said,omitempty" class:"identity"`
	By   string `json:"by,omitempty"`
	// Disputed is when the person said that it is not so, where nobody has said yet what came of it.
	Disputed string `json:"disputed,omitempty"`
}

// Open tells that it waits for a human.
func (q *Questioned) Open() bool { return q.Said != "" || q.Disputed != "" }

// questioned are the facts of a person that were corrected or are disputed.
func questioned(p *person.Person) []Questioned {
	out := []Questioned{}
	for i := range p.Corrections {
		c := &p.Corrections[i]
		q := Questioned{Person: p.ID.String(), Fact: c.Is.Name}
		if c.Made() {
			q.Value, q.Since, q.Event = c.Is.Value.String(), c.Is.At.String(), c.Event
			if c.Open() {
				q.Said, q.By = c.Said.Value.String(), c.By
			}
		}
		if c.IsDisputed() {
			q.Disputed = c.Disputed.String()
		}
		if q.Value != "" || q.Open() {
			out = append(out, q)
		}
	}
	return out
}

// rightful finds whom a word about rights is of.
func (n *Node) rightful(ctx context.Context, written, by string) (id.Person, person.Person, error) {
	who, err := n.whom(ctx, written)
	switch {
	case err != nil:
		return who, person.Person{}, err
	case strings.TrimSpace(by) == "":
		return who, person.Person{}, errors.New("somebody has to say it: --by")
	case !n.Keys.Has(who):
		return who, person.Person{}, errors.New("nothing is known of them: they were erased, or never were here")
	}
	p, _, err := n.Runner.Person(ctx, n.Runner.Forward(who))
	return n.Runner.Forward(who), p, err
}

// own takes an event of Attune's own into a person's order. It is durable when own returns nil.
func (n *Node) own(ctx context.Context, who id.Person, name string, at instant.Time, fields ...event.Prop) error {
	e := event.Event{Name: name, Source: event.Own, OccurredAt: at, ReceivedAt: at}
	what := name
	for _, f := range fields {
		if f.Value.Type == expr.Text && f.Value.Text == "" || f.Value.Type == expr.List && len(f.Value.List) == 0 {
			continue
		}
		what += "\x00" + f.Name + "\x00" + f.Value.String()
		e = e.With(f.Name, f.Value)
	}
	e.ID = event.Own + "/" + id.Derive(id.Seed{}, "right", id.Hash(who.String()), id.Hash(what), uint64(at)).String()
	return n.Intake.Take(ctx, intake.Source{Name: event.Own}, []intake.Arrival{{Person: who, Event: e}})
}

func textField(name, value string) event.Prop {
	return event.Prop{Name: name, Value: expr.TextOf(strings.TrimSpace(value))}
}

// object notes what a person objects to.
func (n *Node) object(ctx context.Context, in ObjectWord) (nothing, error) {
	if in.To != person.Profiling && in.To != person.Marketing {
		return nothing{}, fmt.Errorf("one can object to %s or to %s; to be left alone altogether is a hold (attune hold), and a single purpose is a consent", person.Profiling, person.Marketing)
	}
	who, p, err := n.rightful(ctx, in.Person, in.By)
	if err != nil {
		return nothing{}, err
	}
	name := in.To + ".objected"
	if in.Over {
		if name = in.To + ".allowed"; !p.Limited(in.To) {
			return nothing{}, fmt.Errorf("they do not object to %s", in.To)
		}
	}
	return nothing{}, n.own(ctx, who, name, n.Now(), textField("by", in.By), textField("note", in.Note))
}

// restrict notes that what is known of a person is to be kept and not used, or that this is over.
func (n *Node) restrict(ctx context.Context, in RestrictWord) (nothing, error) {
	who, p, err := n.rightful(ctx, in.Person, in.By)
	now := n.Now()
	switch {
	case err != nil:
		return nothing{}, err
	case !in.Over && strings.TrimSpace(in.Ground) == "":
		return nothing{}, errors.New("say on what ground, such as that they dispute what is recorded: --ground")
	case !in.Over:
		return nothing{}, n.own(ctx, who, "processing.restricted", now, textField("ground", in.Ground), textField("by", in.By), textField("note", in.Note))
	case !p.Limited(person.Processing):
		return nothing{}, errors.New("nothing of theirs is restricted")
	case in.Told == 0:
		return nothing{}, errors.New("tell them first that it ends, and then say when they were told: --told")
	case in.Told > now:
		return nothing{}, errors.New("they cannot have been told in the future: --told is when they were")
	case slices.ContainsFunc(p.Limits, func(l person.Limit) bool { return l.ID == person.Processing && in.Told < l.Set }):
		return nothing{}, errors.New("that is before it began: --told is when they were told that it ends")
	}
	return nothing{}, n.own(ctx, who, "processing.resumed", now, event.Prop{Name: "told", Value: expr.MomentOf(in.Told)}, textField("by", in.By), textField("note", in.Note))
}

// correct corrects what is known of a person. What it was, and what sources said since an earlier correction, is refused with it.
func (n *Node) correct(ctx context.Context, in CorrectWord) (nothing, error) {
	in.Fact, in.Value = strings.TrimSpace(in.Fact), strings.TrimSpace(in.Value)
	switch {
	case in.Fact == "" || in.Value == "":
		return nothing{}, errors.New("say which fact, and what it is: attune people correct PERSON last_name Quispe")
	case strings.TrimSpace(in.Reason) == "":
		return nothing{}, errors.New("say how it is known: --reason")
	}
	who, p, err := n.rightful(ctx, in.Person, in.By)
	if err != nil {
		return nothing{}, err
	}
	was := p.Trait(in.Fact)
	if was.Type != expr.Missing && was.Type != expr.Text {
		return nothing{}, fmt.Errorf("%s is no text: let the source that says it correct it, and note meanwhile that it is disputed (attune people dispute)", in.Fact)
	}
	if in.Fact == "birth_date" {
		if _, ok := instant.ParseDate(in.Value); !ok {
			return nothing{}, errors.New("a birth date is written as 1961-04-30")
		}
	}
	var refused []string
	if was.Text != "" && was.Text != in.Value {
		refused = append(refused, was.Text)
	}
	if c := p.Correction(in.Fact); c != nil && c.Open() && c.Said.Value.Text != in.Value {
		refused = append(refused, c.Said.Value.Text)
	}
	return nothing{}, n.own(ctx, who, "fact.corrected", n.Now(), textField("fact", in.Fact), textField("value", in.Value), event.Prop{Name: "refused", Value: expr.ListOf(refused...)}, textField("reason", in.Reason), textField("by", in.By))
}

// uncorrect takes the newest correction of a fact back.
func (n *Node) uncorrect(ctx context.Context, in UncorrectWord) (nothing, error) {
	who, p, err := n.rightful(ctx, in.Person, in.By)
	if err != nil {
		return nothing{}, err
	}
	c := p.Correction(strings.TrimSpace(in.Fact))
	if c == nil {
		return nothing{}, fmt.Errorf("nobody corrected their %s: attune person shows what is corrected", in.Fact)
	}
	return nothing{}, n.own(ctx, who, "fact.uncorrected", n.Now(), textField("revokes", c.Event), textField("by", in.By), textField("note", in.Reason))
}

// dispute notes that a person says that something is not so, or that somebody looked at it.
func (n *Node) dispute(ctx context.Context, in DisputeWord) (nothing, error) {
	in.Fact = strings.TrimSpace(in.Fact)
	if in.Fact == "" {
		return nothing{}, errors.New("say what is disputed, such as last_name or diagnosis")
	}
	if strings.TrimSpace(in.Note) == "" {
		return nothing{}, errors.New("say in the person's words why, or what came of it: --note")
	}
	who, p, err := n.rightful(ctx, in.Person, in.By)
	if err != nil {
		return nothing{}, err
	}
	name := "fact.disputed"
	if in.Settled {
		name = "fact.settled"
		if !slices.ContainsFunc(p.Corrections, func(c person.Correction) bool { return c.Is.Name == in.Fact && c.IsDisputed() }) {
			return nothing{}, fmt.Errorf("nobody disputes their %s: attune people corrections lists what is disputed", in.Fact)
		}
		in.Event = ""
	}
	return nothing{}, n.own(ctx, who, name, n.Now(), textField("fact", in.Fact), textField("event", in.Event), textField("note", in.Note), textField("by", in.By))
}

// correctionsCall asks for facts that were corrected or are disputed.
type correctionsCall struct {
	// All takes in those of which nobody has to decide anything.
	All bool `json:"all"`
}

// corrections are facts of anybody that wait for a human; or all that were corrected or are disputed.
func (n *Node) corrections(ctx context.Context, in correctionsCall) ([]Questioned, error) {
	out := []Questioned{}
	err := n.People.Each(ctx, func(r store.Row) error {
		p, err := runner.OpenRow(n.Keys, &r)
		if errors.Is(err, seal.ErrNoKey) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, q := range questioned(&p) {
			if in.All || q.Open() {
				out = append(out, q)
			}
		}
		return nil
	})
	return out, err
}

// unused are the people of whom nothing may be learned, and no history be played: those who object to profiling, those of whom
// nothing may be used, and the records that became part of theirs.
func unused(ctx context.Context, people store.People, keys *seal.Keys) (map[id.Person]bool, error) {
	out := map[id.Person]bool{}
	into := map[id.Person]id.Person{}
	err := people.Each(ctx, func(r store.Row) error {
		p, err := runner.OpenRow(keys, &r)
		if errors.Is(err, seal.ErrNoKey) {
			return nil
		}
		if err != nil {
			return err
		}
		if p.Limited(person.Profiling) || p.Limited(person.Processing) {
			out[p.ID] = true
		}
		if !p.Into.IsZero() {
			into[p.ID] = p.Into
		}
		return nil
	})
	for part, whole := range into {
		for next, is := into[whole]; is; next, is = into[whole] {
			whole = next
		}
		if out[whole] {
			out[part] = true
		}
	}
	return out, err
}

// usable leaves out those of whom nothing may be learned.
func usable(ctx context.Context, store store.People, keys *seal.Keys, people []id.Person) ([]id.Person, error) {
	not, err := unused(ctx, store, keys)
	return slices.DeleteFunc(slices.Clone(people), func(p id.Person) bool { return not[p] }), err
}

// handleRights answers commands about what people have a right to, besides erasure.
func (n *Node) handleRights(mux *http.ServeMux) {
	answer(n, mux, callExport, n.exportPerson)
	answer(n, mux, callObject, n.object)
	answer(n, mux, callRestrict, n.restrict)
	answer(n, mux, callCorrect, n.correct)
	answer(n, mux, callUncorrect, n.uncorrect)
	answer(n, mux, callDispute, n.dispute)
	answer(n, mux, callCorrections, n.corrections)
}

// rightsCalls says what the calls about people's rights are recorded as.
func rightsCalls() map[string]declared {
	either := func(over bool, is, was audit.What) audit.What {
		if over {
			return was
		}
		return is
	}
	of := func(ctx context.Context, n *Node, written, what, reason string) about {
		a := about{reason: strings.TrimSpace(reason)}
		if what != "" {
			a.object = &audit.Object{Kind: "fact", ID: what}
		}
		if p, err := n.whom(ctx, written); err == nil {
			a.people = []id.Person{p}
		}
		return a
	}
	return map[string]declared{
		callExport: asOf(func(ExportWord) audit.What { return audit.PersonExported }, func(ctx context.Context, n *Node, in ExportWord, _ PersonExport) about {
			return of(ctx, n, in.Person, "", in.Reason)
		}),
		callObject: asOf(func(in ObjectWord) audit.What { return either(in.Over, audit.ObjectionMade, audit.ObjectionEnded) }, func(ctx context.Context, n *Node, in ObjectWord, _ nothing) about {
			return of(ctx, n, in.Person, "", in.To+": "+in.Note)
		}),
		callRestrict: asOf(func(in RestrictWord) audit.What { return either(in.Over, audit.UseRestricted, audit.UseResumed) }, func(ctx context.Context, n *Node, in RestrictWord, _ nothing) about {
			return of(ctx, n, in.Person, "", in.Ground+" "+in.Note)
		}),
		callCorrect: asOf(func(CorrectWord) audit.What { return audit.FactCorrected }, func(ctx context.Context, n *Node, in CorrectWord, _ nothing) about {
			return of(ctx, n, in.Person, "", in.Fact+": "+in.Reason)
		}),
		callUncorrect: asOf(func(UncorrectWord) audit.What { return audit.FactUncorrected }, func(ctx context.Context, n *Node, in UncorrectWord, _ nothing) about {
			return of(ctx, n, in.Person, "", in.Fact+": "+in.Reason)
		}),
		callDispute: asOf(func(in DisputeWord) audit.What { return either(in.Settled, audit.FactDisputed, audit.FactSettled) }, func(ctx context.Context, n *Node, in DisputeWord, _ nothing) about {
			return of(ctx, n, in.Person, "", in.Fact+": "+in.Note)
		}),
		callCorrections: as(audit.CorrectionsRead, func(_ correctionsCall, out []Questioned) (a about) {
			for i := range out {
				a.people = append(a.people, ids(out[i].Person)...)
			}
			return a
		}),
	}
}

// ObjectIn notes what a person objects to, in the server of a data folder.
func ObjectIn(ctx context.Context, data string, in ObjectWord) error {
	_, err := ask[ObjectWord, nothing](ctx, data, callObject, in)
	return served(err)
}

// RestrictIn notes that what is known of a person is not to be used, or that this is over.
func RestrictIn(ctx context.Context, data string, in RestrictWord) error {
	_, err := ask[RestrictWord, nothing](ctx, data, callRestrict, in)
	return served(err)
}

// CorrectIn corrects what is known of a person.
func CorrectIn(ctx context.Context, data string, in CorrectWord) error {
	_, err := ask[CorrectWord, nothing](ctx, data, callCorrect, in)
	return served(err)
}

// UncorrectIn takes a correction back.
func UncorrectIn(ctx context.Context, data string, in UncorrectWord) error {
	_, err := ask[UncorrectWord, nothing](ctx, data, callUncorrect, in)
	return served(err)
}

// DisputeIn notes that a person disputes something, or that somebody looked at that.
func DisputeIn(ctx context.Context, data string, in DisputeWord) error {
	_, err := ask[DisputeWord, nothing](ctx, data, callDispute, in)
	return served(err)
}

// CorrectionsIn lists facts that wait for a human, or all that were corrected or are disputed.
func CorrectionsIn(ctx context.Context, data string, all bool) ([]Questioned, error) {
	return erasureIn(ctx, data, callCorrections, correctionsCall{all}, func(n *Node) func(context.Context, correctionsCall) ([]Questioned, error) { return n.corrections })
}
