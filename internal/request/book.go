package request

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"attune/core/effect"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/journey"
	"attune/core/person"
	"attune/core/release"
)

// Open is a request that waits for its answer.
type Open struct {
	Person id.Person
	// Request is as it was made, At being since when it waits.
	effect.Request
	// Outcomes are the words by which the step leads on; any other leads to the next step.
	Outcomes []string
}

// Step finds a journey's step; nil where there is none.
type Step func(program, journey, step string) journey.Step

// StepsOf looks for steps in a release.
func StepsOf(rel *release.Release) Step {
	return func(program, name, step string) journey.Step {
		for _, p := range rel.Programs {
			if p.ID != program {
				continue
			}
			if j := p.Journey(name); j != nil {
				if k, found := j.Find(step); found {
					return j.Steps[k]
				}
			}
		}
		return nil
	}
}

// Of are the requests that a person's passages wait for. What they say is what the steps say; the fields
// of a call are the traits as they are known now.
func Of(p *person.Person, step Step) (out []Open) {
	for i := range p.Enrollments {
		e := &p.Enrollments[i]
		if e.Request.IsZero() || e.Left != 0 {
			continue
		}
		r := effect.Request{ID: e.Request, Enrollment: e.ID, Program: e.Program, Journey: e.Journey, Step: e.Step, Due: e.Due}
		within, asks := describe(step(e.Program, e.Journey, e.Step), p, &r)
		if !asks {
			continue
		}
		r.At = e.Due.Add(-within)
		out = append(out, Open{p.ID, r, outcomes(step(e.Program, e.Journey, e.Step))})
	}
	return out
}

// describe fills in what a step asks, and tells how long it waits.
func describe(s journey.Step, p *person.Person, r *effect.Request) (within instant.Duration, asks bool) {
	switch s := s.(type) {
	case journey.Ask:
		r.Kind, r.What = effect.Ask, s.Questionnaire
		return s.Within, true
	case journey.Task:
		r.Kind, r.What, r.For, r.Priority = effect.Task, s.Do, s.For, s.Priority
		return s.Within, true
	case journey.Refer:
		r.Kind, r.What, r.Reason, r.Urgency = effect.Refer, s.To, s.Reason, s.Priority
		return s.Within, true
	case journey.Call:
		r.Kind, r.What = effect.Call, s.Service
		for _, name := range s.Send {
			if v := p.Trait(name); v.Type != expr.Missing {
				r.Fields = append(r.Fields, event.Prop{Name: name, Value: v})
			}
		}
		return s.Within, true
	case journey.Send, journey.Decide, journey.Wait, journey.Await, journey.Branch, journey.Split, journey.Update, journey.Reached, journey.Exit:
	}
	return 0, false
}

// outcomes are the words by which a step leads on.
func outcomes(s journey.Step) (words []string) {
	var all []journey.Outcome
	switch s := s.(type) {
	case journey.Task:
		all = s.Outcomes
	case journey.Refer:
		all = s.Outcomes
	case journey.Call:
		all = s.Outcomes
	case journey.Ask, journey.Send, journey.Decide, journey.Wait, journey.Await, journey.Branch, journey.Split, journey.Update, journey.Reached, journey.Exit:
	}
	for _, o := range all {
		words = append(words, o.Is)
	}
	return words
}

// Book is the open requests of everybody. It may be used from any goroutine.
type Book struct {
	step Step
	mu   sync.Mutex
	open map[id.Key]Open
}

// NewBook makes an empty book.
func NewBook(step Step) *Book { return &Book{step: step, open: map[id.Key]Open{}} }

// Add takes in requests that are open at start.
func (b *Book) Add(open ...Open) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, o := range open {
		b.open[o.ID] = o
	}
}

// Committed takes note of what a commit asked for and what it closed.
func (b *Book) Committed(p id.Person, effects []effect.Effect) {
	for _, e := range effects {
		switch e := e.(type) { //nolint:gochecksumtype // no other effect opens or closes a request
		case effect.Request:
			b.Add(Open{p, e, outcomes(b.step(e.Program, e.Journey, e.Step))})
		case effect.Close:
			b.mu.Lock()
			delete(b.open, e.Request)
			b.mu.Unlock()
		}
	}
}

// Get returns a request that is open.
func (b *Book) Get(request id.Key) (Open, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o, ok := b.open[request]
	return o, ok
}

// shortest is how much of an id is enough where nothing else begins so.
const shortest = 6

// Find returns the open request whose id is or begins as given, in any case of letters.
func (b *Book) Find(written string) (Open, error) {
	written = strings.ToLower(strings.TrimSpace(written))
	if len(written) < shortest {
		return Open{}, fmt.Errorf("%q is too short for a request's id: give at least %d of its signs, as attune work list shows them", written, shortest)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var found []Open
	for key, o := range b.open {
		if strings.HasPrefix(key.String(), written) {
			found = append(found, o)
		}
	}
	switch len(found) {
	case 0:
		return Open{}, &ClosedError{written}
	case 1:
		return found[0], nil
	}
	return Open{}, fmt.Errorf("%d open requests begin with %q: give more of the id", len(found), written)
}

// Filter says which requests are meant; empty fields mean all.
type Filter struct {
	Kind effect.RequestKind
	For  string
}

// List returns the open requests, the most pressing first: by priority, a referral's urgency, and when
// they are due.
func (b *Book) List(f Filter) []Open {
	b.mu.Lock()
	out := make([]Open, 0, len(b.open))
	for _, o := range b.open {
		if (f.Kind == "" || f.Kind == o.Kind) && (f.For == "" || f.For == o.For) {
			out = append(out, o)
		}
	}
	b.mu.Unlock()
	Rank(out)
	return out
}

// Rank puts requests into the order in which to do them.
func Rank(open []Open) {
	slices.SortFunc(open, func(x, y Open) int {
		return cmp.Or(
			cmp.Compare(y.Priority, x.Priority),
			cmp.Compare(urgency(y.Urgency), urgency(x.Urgency)),
			cmp.Compare(x.Due, y.Due),
			slices.Compare(x.ID[:], y.ID[:]),
		)
	})
}

// urgency is how pressing a referral is; what is not said counts as routine.
func urgency(word string) int { return max(0, slices.Index(journey.Priorities(), word)) }

// Count tells how many requests of each kind are open.
func (b *Book) Count() map[effect.RequestKind]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[effect.RequestKind]int{}
	for _, o := range b.open {
		out[o.Kind]++
	}
	return out
}
