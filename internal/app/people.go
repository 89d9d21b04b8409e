package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"attune/core/effect"
	"attune/core/id"
	"attune/core/person"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/control"
	"attune/internal/finder"
	"attune/internal/likeness"
	"attune/internal/records"
	"attune/internal/runner"
	"attune/internal/seal"
)

// The calls that a running server answers about finding people.
const (
	callFind       = "people_find"
	callDuplicates = "people_duplicates"
	callDifferent  = "people_different"
)

// Wanted says who is looked for. All that it says has to be so.
type Wanted struct {
	Name  string `json:"name"`
	Born  string `json:"born"`
	Phone string `json:"phone"`
	// ID is SYSTEM:VALUE, as a source knows them.
	ID string `json:"id"`
}

// Record is what tells people apart, for who works with them.
type Record struct {
	Person    string `json:"person"`
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Preferred string `json:"preferred_name,omitempty"`
	Born      string `json:"birth_date,omitempty"`
	Sex       string `json:"sex,omitempty"`
	Phone     string `json:"phone,omitempty"`
	Place     string `json:"place,omitempty"`
	Died      bool   `json:"died,omitempty"`
}

// FoundRecord is somebody found, and how: written, called or heard.
type FoundRecord struct {
	Record
	Match string `json:"match"`
}

// FoundPeople are the best of those found. More is how many others there are, AtLeast that it is more than that.
type FoundPeople struct {
	People  []FoundRecord `json:"people"`
	More    int           `json:"more"`
	AtLeast bool          `json:"at_least,omitempty"`
	// Outside is the id, and nothing else, of somebody outside your panel whom an identifier names, or of the one of that name and birth date. Opening
	// their record takes a reason.
	Outside string `json:"outside,omitempty"`
}

// Reason is what speaks for one person or against it.
type Reason struct {
	Code  string `json:"code"`
	Words string `json:"words"`
}

// Duplicate is two records that may be of one person.
type Duplicate struct {
	One     Record   `json:"one"`
	Other   Record   `json:"other"`
	State   string   `json:"state"`
	For     []Reason `json:"for"`
	Against []Reason `json:"against"`
	Since   string   `json:"since"`
	By      string   `json:"by,omitempty"`
	At      string   `json:"at,omitempty"`
	Note    string   `json:"note,omitempty"`
}

// Duplicates are those that most speaks for.
type Duplicates struct {
	Pairs []Duplicate `json:"pairs"`
	// All is how many there are, and Waiting how many people are still to be compared.
	All     int `json:"all"`
	Waiting int `json:"waiting"`
	// Crowds is how many telephone numbers, and first names with a birth date, too many share to be compared by them.
	Crowds int `json:"crowds"`
}

// DuplicateQuery asks for pairs that are open, different or same.
type DuplicateQuery struct {
	State string `json:"state"`
}

// DifferentWord is that two records are of different people. One and Other are ids, or SYSTEM:VALUE.
type DifferentWord struct {
	One   string `json:"one"`
	Other string `json:"other"`
	By    string `json:"by"`
	Note  string `json:"note"`
}

// openFinder opens the index of people.
func (n *Node) openFinder(ctx context.Context, report func(error)) (err error) {
	n.Finder, err = finder.Open(ctx, finder.Config{
		Path: filepath.Join(n.Data, "finder.db"), Secret: n.Keys.Secret("finder"), Keys: n.Keys, People: finding{n}, Now: n.Wall, Relaxed: n.Relaxed, Report: report,
	})
	if err == nil {
		n.closers = append(n.closers, n.Finder)
	}
	return err
}

// finding tells the finder who people are.
type finding struct{ *Node }

// Facts implements finder.People.
func (f finding) Facts(ctx context.Context, who id.Person) (likeness.Facts, bool, error) {
	p, ok, err := f.state(ctx, who)
	if err != nil || !ok {
		return likeness.Facts{}, false, err
	}
	is := likeness.Of(p.Traits)
	is.Kind = p.Kind.String()
	return is, !is.None(), nil
}

// state is somebody's state; false for who was erased, too.
func (f finding) state(ctx context.Context, who id.Person) (p person.Person, ok bool, err error) {
	p, ok, err = runner.ReadPerson(ctx, f.People, f.Keys, who)
	if errors.Is(err, seal.ErrNoKey) {
		return p, false, nil
	}
	return p, ok, err
}

// Numbers implements finder.People.
func (f finding) Numbers(ctx context.Context, who id.Person) (out []likeness.Number, err error) {
	keys, err := f.Records.Numbers(ctx, who)
	for _, key := range keys {
		out = append(out, likeness.Number{System: key.System, Value: key.Value})
	}
	return out, err
}

// Parts implements finder.People.
func (f finding) Parts(ctx context.Context) (map[id.Person]id.Person, error) {
	all, err := f.People.Forwards(ctx)
	out := make(map[id.Person]id.Person, len(all))
	for _, part := range all {
		out[part.From] = f.Runner.Forward(part.From)
	}
	return out, err
}

// called notes what a person is called now, if that may have changed, and which records became one or two.
func (n *Node) called(c runner.Change) {
	err := n.merged(c.Person, c.Effects)
	if c.Told {
		err = errors.Join(err, n.Finder.Is(c.Person, c.Frame, likeness.Of(c.Traits)))
	} else {
		err = errors.Join(err, n.Finder.Passed(c.Frame))
	}
	if err != nil { // what people are called is kept, and written with what follows
		n.Logger.Error("what people are called could not be written", "error", err)
	}
}

// merged notes of a record that it became part of another, or is on its own again. Who said so and why is in the story.
func (n *Node) merged(who id.Person, effects []effect.Effect) (err error) {
	for _, e := range effects {
		if m, is := e.(effect.Merge); is {
			switch m.What {
			case effect.BecamePart:
				err = errors.Join(err, n.Finder.Settle(context.Background(), who, m.Other, finder.Same, finder.Word{At: m.At}))
			case effect.OnItsOwn:
				err = errors.Join(err, n.Finder.Settle(context.Background(), who, m.Other, finder.Different, finder.Word{At: m.At}))
			case effect.TookIn, effect.GaveBack: // the other one says it
			}
		}
	}
	return err
}

// resumeFinder brings the index to where people's states are.
func (n *Node) resumeFinder(ctx context.Context) error {
	from, err := n.Finder.Frame(ctx)
	if err != nil {
		return err
	}
	mark, err := n.People.Mark(ctx)
	if err != nil {
		return err
	}
	if from > mark.Frame { // another backup's
		if err := n.Finder.Anew(); err != nil {
			return err
		}
		from = 0
	}
	err = n.since(ctx, from, mark.Frame, func(_ context.Context, who id.Person, p *person.Person, err error) error {
		if errors.Is(err, seal.ErrNoKey) {
			return n.Finder.Forget(who) // erased
		}
		if err != nil {
			return err
		}
		if !p.Into.IsZero() {
			if err := n.Finder.Settle(ctx, who, p.Into, finder.Same, finder.Word{At: p.Now}); err != nil {
				return err
			}
		}
		return n.Finder.Is(who, 0, likeness.Of(p.Traits))
	})
	if err != nil {
		return fmt.Errorf("find out what people are called: %w", err)
	}
	return n.Finder.Known(mark.Frame)
}

// comparedAtOnce is how many people are compared with others at a time.
const comparedAtOnce = 200

// finder writes what people are called while nothing else comes, and compares those who are new or changed when there
// is leisure, until ctx ends.
func (s *Server) finder(ctx context.Context) {
	last := time.Now()
	s.again(ctx, nil, "people could not be compared", func() error {
		if !s.leisure.now(last) {
			return nil
		}
		last = time.Now()
		if err := s.Node.Finder.Rest(); err != nil {
			return err
		}
		for ctx.Err() == nil {
			if left, err := s.Node.Finder.Look(ctx, comparedAtOnce); err != nil || left == 0 {
				return err
			}
			if time.Since(last) > time.Second && !s.leisure.now(last) { // a million take a quarter of an hour, and others want the core
				return nil
			}
		}
		return nil
	})
}

// compare compares everybody who is new or changed.
func (n *Node) compare(ctx context.Context) error {
	if err := n.Finder.Flush(); err != nil {
		return err
	}
	for ctx.Err() == nil {
		if left, err := n.Finder.Look(ctx, comparedAtOnce); err != nil || left == 0 {
			return err
		}
	}
	return ctx.Err()
}

// doubts notes that records give people one identifier.
func (n *Node) doubts(list []records.Doubt) error {
	var out []finder.Doubt
	for _, d := range list {
		out = append(out, finder.Doubt(d))
	}
	return n.Finder.Doubts(out)
}

// handlePeople answers commands about finding people.
func (n *Node) handlePeople(mux *http.ServeMux) {
	answer(n, mux, callFind, n.findPeople)
	answer(n, mux, callDuplicates, n.duplicates)
	answer(n, mux, callDifferent, func(ctx context.Context, in DifferentWord) (nothing, error) { return nothing{}, n.different(ctx, in) })
}

func (n *Node) findPeople(ctx context.Context, in Wanted) (FoundPeople, error) {
	out := FoundPeople{People: []FoundRecord{}}
	q := finder.Query{Name: in.Name, Born: in.Born, Phone: in.Phone}
	if in.ID != "" {
		who, err := n.whom(ctx, in.ID)
		if err != nil {
			return out, err
		}
		q.Person = who
	}
	var among func(context.Context, id.Person) (bool, error)
	if p := api.PrincipalOf(ctx); !p.Nobody() && !p.Everybody(access.PeopleFind) {
		among = func(ctx context.Context, who id.Person) (bool, error) { return n.ofPanel(ctx, access.PeopleFind, who) }
	}
	found, err := n.Finder.SearchAmong(ctx, q, among)
	if err != nil {
		return out, err
	}
	out.More, out.AtLeast = found.More, found.Plenty
	if len(found.Outside) == 1 && len(found.Hits) == 0 && (in.ID != "" || in.Name != "" && len(strings.TrimSpace(in.Born)) == len("1956-04-21")) {
		out.Outside = found.Outside[0].String()
	}
	for _, h := range found.Hits {
		r, err := n.record(ctx, h.Person)
		if err != nil {
			return out, err
		}
		out.People = append(out.People, FoundRecord{r, h.How.String()})
	}
	return out, nil
}

// whom is who is meant by an id or SYSTEM:VALUE. It does not repeat what was given.
func (n *Node) whom(ctx context.Context, written string) (id.Person, error) {
	if p, err := id.ParsePerson(written); err == nil {
		return p, nil
	}
	p, known, err := find(ctx, n.Directory, written)
	if err == nil && !known {
		err = errors.New("nobody is known by that identifier: give a person's id, or SYSTEM:VALUE exactly as the source sends it, such as app:user-17")
	}
	return p, err
}

// record is what tells somebody apart; of who was erased only the id is left.
func (n *Node) record(ctx context.Context, who id.Person) (Record, error) {
	r := Record{Person: who.String()}
	p, ok, err := finding{n}.state(ctx, who)
	if err != nil || !ok {
		return r, err
	}
	text := func(name string) string { return strings.TrimSpace(p.Trait(name).Text) }
	r.Kind, r.Died = p.Kind.String(), p.Died != 0
	r.Name, r.Preferred = strings.TrimSpace(text("first_name")+" "+text("last_name")), text("preferred_name")
	r.Born, r.Sex, r.Phone = text("birth_date"), text("sex"), cmp.Or(text("phone"), text("mobile"), text("sms"))
	r.Place = strings.Trim(text("street")+", "+text("city"), ", ")
	return r, nil
}

// mostPairs bounds a list of pairs, and comparedFirst how many people are compared before it is told, where so few wait for it that this
// changes anything.
const (
	mostPairs     = 200
	comparedSoon  = 5000
	comparedFirst = 60 // so that whoever asks for the list waits for it no longer than for a page
)

func (n *Node) duplicates(ctx context.Context, in DuplicateQuery) (Duplicates, error) {
	out := Duplicates{Pairs: []Duplicate{}}
	if err := n.Finder.Flush(); err != nil {
		return out, err
	}
	list, err := n.Finder.Pairs(ctx, finder.State(in.State), mostPairs)
	if err == nil && list.Waiting > 0 && list.Waiting <= comparedSoon {
		if _, err = n.Finder.Look(ctx, comparedFirst); err == nil {
			list, err = n.Finder.Pairs(ctx, finder.State(in.State), mostPairs)
		}
	}
	if err != nil {
		return out, err
	}
	out.All, out.Waiting, out.Crowds = list.All, list.Waiting, list.Crowds
pairs:
	for i := range list.Pairs {
		p := &list.Pairs[i]
		d := Duplicate{State: string(p.State), For: inWords(p.For), Against: inWords(p.Against), Since: p.Since.String()}
		if p.Word != nil {
			d.By, d.Note, d.At = p.Word.By, p.Word.Note, p.Word.At.String()
		}
		for _, who := range []id.Person{p.One, p.Other} {
			may, err := n.ofPanel(ctx, access.PeopleFind, who)
			if err != nil {
				return out, err
			}
			if !may {
				continue pairs
			}
		}
		if d.One, err = n.record(ctx, p.One); err != nil {
			return out, err
		}
		if d.Other, err = n.record(ctx, p.Other); err != nil {
			return out, err
		}
		out.Pairs = append(out.Pairs, d)
	}
	if p := api.PrincipalOf(ctx); !p.Nobody() && !p.Everybody(access.PeopleFind) {
		out.All, out.Waiting, out.Crowds = len(out.Pairs), 0, 0
	}
	return out, nil
}

func inWords(reasons []likeness.Reason) []Reason {
	out := []Reason{}
	for _, r := range reasons {
		out = append(out, Reason{string(r), r.String()})
	}
	return out
}

func (n *Node) different(ctx context.Context, in DifferentWord) error {
	in.By, in.Note = strings.TrimSpace(in.By), strings.TrimSpace(in.Note)
	if in.By == "" || in.Note == "" {
		return errors.New("somebody has to say so, and why: give --by and --note")
	}
	one, err := n.whom(ctx, in.One)
	if err != nil {
		return err
	}
	other, err := n.whom(ctx, in.Other)
	if err != nil {
		return err
	}
	return n.Finder.Settle(ctx, one, other, finder.Different, finder.Word{By: in.By, Note: in.Note, At: n.Wall()})
}

// FindPeople finds people in a data folder, through the server that runs on it or by itself.
func FindPeople(ctx context.Context, data string, in Wanted) (FoundPeople, error) {
	return besides(ctx, data, callFind, in, (*Node).findPeople)
}

// ListDuplicates lists records that may be of one person.
func ListDuplicates(ctx context.Context, data string, in DuplicateQuery) (Duplicates, error) {
	return besides(ctx, data, callDuplicates, in, func(n *Node, ctx context.Context, in DuplicateQuery) (Duplicates, error) {
		if err := n.compare(ctx); err != nil {
			return Duplicates{}, err
		}
		return n.duplicates(ctx, in)
	})
}

// SayDifferent notes that two records are of different people.
func SayDifferent(ctx context.Context, data string, in DifferentWord) error {
	_, err := besides(ctx, data, callDifferent, in, func(n *Node, ctx context.Context, in DifferentWord) (nothing, error) {
		return nothing{}, n.different(ctx, in)
	})
	return err
}

// besides asks the server of a data folder, or, where none runs, opens the folder and does it.
func besides[In, Out any](ctx context.Context, data, call string, in In, do func(*Node, context.Context, In) (Out, error)) (out Out, err error) {
	out, err = ask[In, Out](ctx, data, call, in)
	if !errors.Is(err, control.ErrNobody) {
		return out, err
	}
	if _, ok, err := readPin(data); err != nil || !ok {
		return out, errors.Join(err, notUsed(data))
	}
	live, err := liveIn(data)
	if err != nil {
		return out, err
	}
	n, err := Open(ctx, Options{Data: data, Release: live[0]})
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	return audited(ctx, n, n.audit, call, in, func(ctx context.Context, in In) (Out, error) { return do(n, ctx, in) })
}
