package engine_test

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
	"pgregory.net/rapid"

	"attune/core/consent"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/record"
	"attune/core/release"
)

// somebody is a record of a person, and what a history keeps of it.
type somebody struct {
	seed    id.Seed
	p       person.Person
	records []record.Record
}

// family are records of which nobody knows yet whose they are.
type family struct {
	rt  *rapid.T
	rel *release.Release
	all []*somebody
	// into tells whose record became part of whose.
	into map[int]int
	// counted is what the effects say of who is in the program.
	counted int
	orders  int
}

func newFamily(rt *rapid.T, rel *release.Release, n int) *family {
	f := &family{rt: rt, rel: rel, into: map[int]int{}}
	for i := range n {
		who := id.Person{1: byte(i + 1)}
		f.all = append(f.all, &somebody{seed: id.SeedOf([]byte("the project's key"), who), p: person.New(who)})
	}
	return f
}

func (f *family) root(i int) int {
	for {
		to, is := f.into[i]
		if !is {
			return i
		}
		i = to
	}
}

// step takes an input as a runner does, through what is written down.
func (f *family) step(i int, at instant.Time, what engine.What) []effect.Effect {
	s := f.all[i]
	in := engine.Input{At: max(at, s.p.Now), Seed: s.seed, What: what}
	var all []effect.Effect
	for {
		is, fx := engine.Step(f.rel, s.p, in)
		if len(fx) == 1 && fx[0] == (effect.NeedHistory{}) {
			in.History, in.Recalled = record.FactsFor(s.records, what), true
			continue
		}
		plain, err := is.Encode()
		if err != nil {
			f.rt.Fatal(err)
		}
		if s.p, err = person.Decode(s.p.ID, plain); err != nil {
			f.rt.Fatal(err)
		}
		if n := len(fx); n > 0 && fx[n-1] == (effect.Again{}) {
			all = append(all, fx[:n-1]...)
			continue
		}
		all = append(all, fx...)
		break
	}
	rec := record.Record{At: in.At, What: what, Effects: all}
	plain, err := rec.Encode()
	if err != nil {
		f.rt.Fatal(err)
	}
	if rec, err = record.Decode(plain); err != nil {
		f.rt.Fatal(err)
	}
	if again, err := rec.Encode(); err != nil || !bytes.Equal(again, plain) {
		f.rt.Fatalf("a record written and read back is another one: %v", err)
	}
	s.records = append(s.records, rec)
	for _, e := range all {
		switch x := e.(type) {
		case effect.Join:
			if f.counted--; x.In {
				f.counted += 2
			}
		case effect.Move:
			if x.CountedBefore {
				f.counted--
			}
			if x.CountedAfter {
				f.counted++
			}
		}
	}
	return all
}

// hear takes an input for whoever the record is part of.
func (f *family) hear(i int, m move) {
	i = f.root(i)
	f.step(i, m.at, m.named(&f.all[i].p))
}

func (f *family) encoded(i int) []byte {
	b, err := f.all[i].p.Encode()
	if err != nil {
		f.rt.Fatal(err)
	}
	return b
}

func (f *family) order(name string, of int) event.Event {
	f.orders++
	return event.Event{ID: fmt.Sprintf("attune/order-%d", f.orders), Source: event.Own, Name: name}.With("of", expr.TextOf(f.all[of].p.ID.String()))
}

// merge makes one record part of another.
func (f *family) merge(at instant.Time, of, to int) {
	if of, to = f.root(of), f.root(to); of == to {
		return
	}
	l, s := f.all[of], f.all[to]
	at = max(at, l.p.Now, s.p.Now)
	f.step(of, at, engine.Tick{})
	f.step(to, at, engine.Tick{})
	order := f.order("person.merged", of)
	w := engine.Absorb{Of: l.p.ID, State: f.encoded(of), Was: f.encoded(to), Facts: record.Facts(l.records), Order: order}
	f.step(of, at, engine.Yield{To: s.p.ID, Order: order.ID})
	f.step(to, at, w)
	f.into[of] = to
}

// part takes two apart again.
func (f *family) part(at instant.Time, of int) {
	to, is := f.into[of]
	if !is || f.root(to) != to {
		return
	}
	l, s := f.all[of], f.all[to]
	at = max(at, l.p.Now, s.p.Now)
	f.step(to, at, engine.Tick{})
	was, found := record.Absorbed(s.records, l.p.ID)
	if !found {
		f.rt.Fatal("the history does not tell of the merge")
	}
	then, err := person.Decode(l.p.ID, was.State)
	if err != nil {
		f.rt.Fatal(err)
	}
	handed := engine.Handed(&s.p, &then)
	state, err := handed.Encode()
	if err != nil {
		f.rt.Fatal(err)
	}
	order := f.order("person.parted", of)
	f.step(to, at, engine.Part{Of: l.p.ID, State: was.State, Was: was.Was, Order: order})
	f.step(of, at, engine.Restore{From: s.p.ID, State: state, Order: order.ID})
	delete(f.into, of)
}

// check is what must hold whatever was merged and taken apart.
func (f *family) check(seen map[id.Key]bool) {
	touches, members := map[id.Key]int{}, 0
	for i, s := range f.all {
		to, part := f.into[i]
		if part != !s.p.Into.IsZero() || part && s.p.Into != f.all[to].p.ID {
			f.rt.Fatalf("%d is part of %v", i, s.p.Into)
		}
		if part && (len(s.p.Touches) > 0 || len(s.p.Enrollments) > 0 || s.p.Wake != instant.Never || s.p.Due() != instant.Never) {
			f.rt.Fatalf("%d is part of another and has something under way", i)
		}
		for k := range s.p.Touches {
			touches[s.p.Touches[k].ID]++
			seen[s.p.Touches[k].ID] = true
		}
		going := map[string]int{}
		for k := range s.p.Enrollments {
			if e := &s.p.Enrollments[k]; e.Left == 0 {
				going[e.Program+"/"+e.Journey+"/"+e.Key]++
			}
		}
		for what, n := range going {
			if n > 1 && len(s.p.Merged) > 0 {
				f.rt.Fatalf("%s goes on %d times", what, n)
			}
		}
		if m := s.p.Membership("care"); m != nil && m.Active() {
			members++
		}
	}
	if members != f.counted {
		f.rt.Fatalf("%d are in the program, and the effects tell of %d", members, f.counted)
	}
	for touch, n := range touches {
		if n != 1 {
			f.rt.Fatalf("the touch %s is there %d times", touch, n)
		}
	}
	for touch := range seen { // nothing here is so old that it is forgotten
		if touches[touch] == 0 {
			f.rt.Fatalf("the touch %s is lost", touch)
		}
	}
}

// moves draws what a few records live through, in the order of time.
func (f *family) moves(length int) (moves []move, of []int) {
	for i := range f.all {
		for n, m := range history(f.rt, length) {
			m.at = m.at.Add(instant.Duration(i)) // no two at one instant
			if heard, is := m.what.(engine.Heard); is {
				heard.Event.ID = fmt.Sprintf("drawn/%d/%d/%s", i, n, heard.Event.ID)
				m.what = heard
			}
			k, _ := slices.BinarySearchFunc(moves, m.at, func(x move, at instant.Time) int { return int(min(max(x.at-at, -1), 1)) })
			for k < len(moves) && moves[k].at <= m.at {
				k++
			}
			moves, of = slices.Insert(moves, k, m), slices.Insert(of, k, i)
		}
	}
	return moves, of
}

// Whatever is merged and taken apart in whatever order: no message is lost, doubled or two people's, nobody is
// counted twice, and who is part of another is never written to.
func TestMergesLoseAndDoubleNothing(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	merges, parts := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		f := newFamily(rt, rel, 3)
		moves, of := f.moves(14)
		seen := map[id.Key]bool{}
		for n, m := range moves {
			f.hear(of[n], m)
			switch rapid.IntRange(0, 9).Draw(rt, "then") {
			case 0, 1:
				f.merge(m.at, rapid.IntRange(0, 2).Draw(rt, "who"), rapid.IntRange(0, 2).Draw(rt, "into"))
				merges++
			case 2, 3:
				f.part(m.at, rapid.IntRange(0, 2).Draw(rt, "who"))
				parts++
			}
			f.check(seen)
		}
	})
	if merges == 0 || parts == 0 {
		t.Error("too little was drawn")
	}
}

// A merge that is undone at once leaves no trace: both are as if it had not been.
func TestAMergeUndoneLeavesNoTrace(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	rapid.Check(t, func(rt *rapid.T) {
		f := newFamily(rt, rel, 2)
		moves, of := f.moves(24)
		var at instant.Time
		for n, m := range moves {
			f.hear(of[n], m)
			at = m.at
		}
		at++
		var was []person.Person
		for i, s := range f.all {
			f.step(i, at, engine.Tick{})
			// What is derived is compared with what a fold gives: the way there may tell of itself.
			s.p.Release++
			folded, _ := engine.Step(rel, s.p, engine.Input{At: at, Seed: s.seed, What: engine.Switch{To: rel.Short}, History: record.Facts(s.records), Recalled: true})
			s.p.Release--
			back, err := person.Decode(s.p.ID, encode(t, folded))
			if err != nil {
				rt.Fatal(err)
			}
			was = append(was, back)
		}
		f.merge(at, 0, 1)
		f.part(at, 0)
		for i, s := range f.all {
			if d := differing(&s.p, &was[i]); d != "" {
				rt.Fatalf("%d: %s", i, d)
			}
			if !reflect.DeepEqual(s.p.Trials, was[i].Trials) || !reflect.DeepEqual(s.p.Arms, was[i].Arms) || !slices.Equal(s.p.Revoked, was[i].Revoked) && len(s.p.Revoked)+len(was[i].Revoked) > 0 && i == 1 {
				rt.Fatalf("%d: what was drawn or revoked differs", i)
			}
			for _, e := range was[i].Enrollments {
				if n := slices.IndexFunc(s.p.Enrollments, func(x person.Enrollment) bool { return x.ID == e.ID }); n < 0 || s.p.Enrollments[n].Left != e.Left {
					rt.Fatalf("%d: the passage through %s left at %v and not at %v", i, e.Journey, s.p.Enrollments[n].Left, e.Left)
				}
			}
		}
	})
}

// Who said no in either record is not contacted for that until they say yes again, and a merge that is undone takes
// back no no that was said since.
func TestEveryNoOutlivesAMerge(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	nos, later := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		f := newFamily(rt, rel, 2)
		moves, of := f.moves(30)
		end := rapid.IntRange(len(moves)/2, len(moves)-1).Draw(rt, "merged after")
		for n, m := range moves[:end] {
			f.hear(of[n], m)
		}
		at := moves[end].at
		for n := range rapid.IntRange(0, 4).Draw(rt, "words") { // more words than otherwise, on little
			e := event.Event{ID: fmt.Sprintf("drawn/word/%d", n), Source: "drawn", Name: rapid.SampledFrom([]string{"consent.granted", "consent.denied", "consent.withdrawn"}).Draw(rt, "word"), OccurredAt: at}
			f.hear(rapid.IntRange(0, 1).Draw(rt, "whose"), move{at: at, what: engine.Heard{Event: e.With("purpose", expr.TextOf("marketing"))}})
			at += instant.Time(rapid.IntRange(0, 1).Draw(rt, "apart")) // also within one instant, and that of the merge
		}
		f.step(0, at, engine.Tick{})
		f.step(1, at, engine.Tick{})
		var said []consent.Record
		for _, s := range f.all {
			for _, c := range s.p.Consents {
				if c.Answer != consent.Granted && c.Holds(at) {
					said = append(said, c)
				}
			}
		}
		f.merge(at, 0, 1)
		stands := func(p *person.Person, no consent.Record) {
			v := consent.Resolve(p.Consents, consent.Defaults{}, consent.Contact{Purpose: no.Purpose, Channel: no.Channel, Topic: no.Topic, Actor: no.Actor}, at)
			if v.Allowed || v.Record == nil {
				rt.Fatalf("a no of %s to %q is overruled: %+v", no.At, no.Purpose, v)
			}
			nos++
		}
		for _, no := range said {
			stands(&f.all[1].p, no)
		}
		word := event.Event{ID: "drawn/later", Source: "drawn", Name: "consent.withdrawn", OccurredAt: at + 1}.With("purpose", expr.TextOf(rapid.SampledFrom([]string{"care", "offers"}).Draw(rt, "purpose")))
		f.hear(0, move{at: at + 1, what: engine.Heard{Event: word}})
		f.part(at+2, 0)
		at += 2
		for i := range f.all {
			stands(&f.all[i].p, consent.Record{Purpose: word.Field("purpose").Text})
			later++
		}
	})
	if nos == 0 || later == 0 {
		t.Error("too little was drawn")
	}
}

// withoutExit is a program whose map says nothing of death.
func withoutExit(t *testing.T) *release.Release {
	t.Helper()
	a, err := txtar.ParseFile("testdata/programs/rich.txtar")
	if err != nil {
		t.Fatal(err)
	}
	files := base(t)
	delete(files, "before.jsonl")
	for _, f := range a.Files {
		files[f.Name] = string(f.Data)
	}
	const exit = "on: patient.deceased"
	if !strings.Contains(files["map.yaml"], exit) {
		t.Fatal("the map has no exit for the dead")
	}
	files["map.yaml"] = strings.Replace(files["map.yaml"], exit, "on: group.joined", 1)
	return compile(t, files)
}

// Who has died in one record has died, whatever a program's map says of it.
func TestTheDeadAreDeadInEveryRecord(t *testing.T) {
	t.Parallel()
	rel := withoutExit(t)
	rapid.Check(t, func(rt *rapid.T) {
		f := newFamily(rt, rel, 2)
		moves, of := f.moves(20)
		for n, m := range moves {
			f.hear(of[n], m)
		}
		at := moves[len(moves)-1].at
		dies := rapid.IntRange(0, 1).Draw(rt, "dies")
		f.hear(dies, move{at: at, what: engine.Heard{Event: event.Event{ID: "drawn/dies", Source: "drawn", Name: "patient.deceased", OccurredAt: at}}})
		f.merge(at, 0, 1)
		p := &f.all[1].p
		if p.Died == 0 {
			rt.Fatal("they live")
		}
		for _, e := range f.step(1, at.Add(3*instant.Day), engine.Gate{}) {
			if x, sent := e.(effect.Send); sent {
				rt.Fatalf("%s is sent", x.Engagement)
			}
		}
		for i := range p.Enrollments {
			if p.Enrollments[i].Left == 0 {
				rt.Fatal("something goes on")
			}
		}
	})
}

// Whose an address is has to be made sure again when two records become one: it was made sure of one of them.
func TestAMergeAsksWhoseAnAddressIs(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	calm := rel.Programs[0].Engagement("calm")
	rapid.Check(t, func(rt *rapid.T) {
		f := newFamily(rt, rel, 2)
		at := when(t, "2027-03-01T09:00:00Z")
		hear := func(i int, name string, props ...event.Prop) {
			at = at.Add(instant.Duration(rapid.Int64Range(1, int64(instant.Hour)).Draw(rt, "later")))
			f.orders++
			e := event.Event{ID: fmt.Sprintf("said/%d", f.orders), Source: "said", Name: name, OccurredAt: at, Props: props}
			f.hear(i, move{at: at, what: engine.Heard{Event: e}})
		}
		verify := func(i int) {
			hear(i, "contact.verified", text("address", "ana@example.org"), text("channel", "email"))
		}
		want := func(says string, i int, allowed bool) {
			rt.Helper()
			s := f.all[f.root(i)]
			asked := engine.May(rel, s.p, s.seed, at, rel.Programs[0], calm, "email")
			told := slices.ContainsFunc(asked.Answers, func(a engine.Answer) bool { return a.Reason == policy.TooTelling })
			if told == allowed {
				rt.Fatalf("%s: what is clinical may go there: %v", says, !told)
			}
		}
		for i := range f.all {
			hear(i, "traits.updated", text("email", "ana@example.org"))
		}
		want("nobody made sure", 0, false)
		verify(0)
		want("somebody made sure", 0, true)
		f.merge(at, 1, 0)
		want("two became one", 0, false)
		if rapid.Bool().Draw(rt, "parted") {
			f.part(at, 1)
			want("they are two again", 0, true)
			want("of the other nobody made sure", 1, false)
			return
		}
		verify(rapid.IntRange(0, 1).Draw(rt, "which number"))
		want("somebody made sure again", 0, true)
	})
}
