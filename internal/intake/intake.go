package intake

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"attune/core/consent"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/internal/eventlog"
	"attune/internal/intake/identity"
)

// Arrival is one event with whose it is, before that somebody has an id.
type Arrival struct {
	// Who is the identifier the source knows the person by.
	Who identity.Key
	// Person is whose event it is, where that is known already; Who is then not looked at.
	Person id.Person
	// Same is another identifier that the event says is the same person's; empty mostly. [Link] says what becomes of it.
	Same identity.Key
	// Event needs an id, a name and, if it is known, when it was received.
	Event event.Event
	// Raw is the event as it came, for the quarantine.
	Raw []byte
	// How is how it came, by which its format's reader reads Raw once more; empty where none does.
	How string
	// Problem is what the source's reader found wrong; such an event goes into quarantine, and only
	// Raw is looked at.
	Problem *Problem
}

// Log is where events become durable.
type Log interface {
	// Append stores the entries together, in this order, or nothing. They are durable when it returns.
	Append(ctx context.Context, entries []eventlog.Entry) (eventlog.Position, error)
}

// Keys seal what belongs to one person with that person's own key.
type Keys interface {
	// Ensure gives each of these people a key unless they have one; the keys are durable when it returns.
	Ensure(people ...id.Person) error
	// Seal encrypts plain for this person, kind and name.
	Seal(p id.Person, kind string, name, plain []byte) ([]byte, error)
}

// Directory knows which person an identifier means. *identity.Directory is one.
type Directory interface {
	Resolve(ctx context.Context, keys []identity.Key, prepare func(created []id.Person) error) (people, created []id.Person, err error)
	Links
}

var _ Directory = (*identity.Directory)(nil)

// SealedKind is the kind that events in the log are sealed as; their name is empty.
const SealedKind = "event"

// Intake takes events in. Its fields are set before it is used and not changed afterwards.
type Intake struct {
	Log        Log
	Keys       Keys
	Directory  Directory
	Catalogue  func() *event.Catalogue
	Quarantine *Quarantine
	// Watch remembers what came lately; nil where nobody looks.
	Watch *Watch
	// Kinds tells of which kinds a purpose is, by all programs; none where no program names it. It may be nil where no key is bound to kinds.
	Kinds func(purpose string) []consent.Kind
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Backlog says how many events were accepted and not yet stepped; nil means none.
	Backlog func() int
	// MaxBacklog is where Take begins to refuse. Zero means 100,000.
	MaxBacklog int
	// RetryAfter is what a refused source is told to wait. Zero means a second.
	RetryAfter time.Duration

	taken, undeclared, quarantined atomic.Int64
}

// BusyError says that the backlog is at its bound: nothing was taken, come again later.
type BusyError struct{ RetryAfter time.Duration }

func (e *BusyError) Error() string {
	return fmt.Sprintf("as many events wait as may; try again in %s", e.RetryAfter)
}

// Counts are since the process began.
type Counts struct {
	// Taken events are in the log; of these, Undeclared have a name the catalogue does not have.
	Taken, Undeclared int64
	// Quarantined counts an event again each time it is sent again.
	Quarantined int64
}

// Counts returns what was taken so far.
func (i *Intake) Counts() Counts {
	return Counts{i.taken.Load(), i.undeclared.Load(), i.quarantined.Load()}
}

// Room tells whether anything can be taken now: it is nil or a *BusyError. Who asks first need not read
// what Take would refuse.
func (i *Intake) Room() error {
	if i.Backlog != nil && i.Backlog() >= i.maxBacklog() {
		return &BusyError{i.retryAfter()}
	}
	return nil
}

// Take makes the events durable: those that can be used in the log, in their order, sealed; the
// others in quarantine with the reason. On an error nothing was taken, and the same arrivals may be
// given again; it is a *BusyError when the backlog is at its bound.
//
// What it does about people nobody knew is done in this order, each step durable before the next:
// the directory picks ids; their keys are made; the directory keeps the ids; the log takes the
// events. A crash after the keys leaves keys nobody uses. A crash after the directory leaves people
// without events, who are found, key and all, when their events come again, as they must, since
// nobody was told they had arrived. Keys after directory would be wrong: a person found in the
// directory is taken to have a key, and after a crash in between would not have one.
func (i *Intake) Take(ctx context.Context, source Source, arrivals []Arrival) error {
	if len(arrivals) == 0 {
		return nil
	}
	if err := i.Room(); err != nil {
		return err
	}
	now := i.now()
	good, bad := i.sort(source, now, arrivals)
	if err := i.Quarantine.Put(ctx, bad); err != nil {
		return fmt.Errorf("take from %s: %w", source.Name, err)
	}
	if err := i.append(ctx, good); err != nil {
		return fmt.Errorf("take from %s: %w", source.Name, err)
	}
	i.count(now, source, good, bad)
	return nil
}

// count notes what was made durable.
func (i *Intake) count(now instant.Time, source Source, good []Arrival, bad []Quarantined) {
	i.taken.Add(int64(len(good)))
	i.quarantined.Add(int64(len(bad)))
	catalogue := i.Catalogue()
	declared := func(name string) bool {
		_, is := catalogue.Find(name)
		return is
	}
	for k := range good {
		if !declared(good[k].Event.Name) {
			i.undeclared.Add(1)
		}
	}
	i.Watch.note(now, source.Name, good, bad, declared)
}

// sort parts the events that can be used from the others, scrubs and completes them.
func (i *Intake) sort(source Source, now instant.Time, arrivals []Arrival) (good []Arrival, bad []Quarantined) {
	good = make([]Arrival, 0, len(arrivals))
	for _, a := range arrivals {
		if a.Event.ReceivedAt == 0 {
			a.Event.ReceivedAt = now
		}
		problem := a.Problem
		if problem == nil {
			problem = i.ready(source, &a)
		}
		if problem != nil {
			bad = append(bad, Quarantined{At: a.Event.ReceivedAt, Source: source.Name, Problem: *problem, Raw: a.Raw, How: a.How, name: a.Event.Name})
			continue
		}
		good = append(good, a)
	}
	return good, bad
}

func (i *Intake) ready(source Source, a *Arrival) *Problem {
	if err := a.Who.Check(); err != nil && a.Person.IsZero() {
		return &Problem{"", err.Error(), fmt.Sprintf("send an identifier of 1 to %d bytes", identity.MaxValue)}
	}
	if a.Same != (identity.Key{}) && a.Same.Check() != nil {
		return &Problem{"", "the other identifier cannot be used", fmt.Sprintf("send one of 1 to %d bytes", identity.MaxValue)}
	}
	e := &a.Event
	if !source.Sends(e.Name) {
		return &Problem{"name", "this source's write key may not send events of this name", "send one of " + strings.Join(source.Events, ", ") + ", or make a key for it with attune keys add --events"}
	}
	e.Source = source.Name
	// Nothing has happened later than now; a clock that is ahead is not believed.
	if e.OccurredAt == 0 || e.OccurredAt > e.ReceivedAt {
		e.OccurredAt = e.ReceivedAt
	}
	e.Props = slices.Clone(e.Props) // the caller may give the same arrivals again
	scrub(e)
	if p := check(i.Catalogue(), e); p != nil {
		return p
	}
	return i.beyond(source, e)
}

// append resolves, seals and logs.
func (i *Intake) append(ctx context.Context, arrivals []Arrival) error {
	if len(arrivals) == 0 {
		return nil
	}
	people, more, err := i.whose(ctx, arrivals)
	if err != nil {
		return err
	}
	for k := range more {
		arrivals, people = append(arrivals, more[k]), append(people, more[k].Person)
	}
	entries := make([]eventlog.Entry, len(arrivals))
	for k := range arrivals {
		e := &arrivals[k].Event
		plain, err := e.Encode()
		if err != nil {
			return err
		}
		body, err := i.Keys.Seal(people[k], SealedKind, nil, plain)
		if err != nil {
			return err
		}
		entries[k] = eventlog.Entry{Person: people[k], At: e.ReceivedAt, Body: body}
	}
	_, err = i.Log.Append(ctx, entries)
	return err
}

// whose finds the people that the arrivals are about, and makes those nobody knew. more are events that come of it.
func (i *Intake) whose(ctx context.Context, arrivals []Arrival) (people []id.Person, more []Arrival, err error) {
	people = make([]id.Person, len(arrivals))
	var keys []identity.Key
	var places []int
	links := false
	for k := range arrivals {
		if people[k] = arrivals[k].Person; people[k].IsZero() {
			keys, places = append(keys, arrivals[k].Who), append(places, k)
			links = links || arrivals[k].Same != identity.Key{}
		}
	}
	if links {
		some := make([]*Arrival, len(places))
		for n, k := range places {
			some[n] = &arrivals[k]
		}
		claimed, more, err := Link(ctx, i.Directory, i.prepare, some)
		for n := range claimed {
			people[places[n]] = claimed[n].Person
		}
		return people, more, err
	}
	found, _, err := i.Directory.Resolve(ctx, keys, i.prepare)
	if err != nil {
		return nil, nil, err
	}
	for n, k := range places {
		people[k] = found[n]
	}
	return people, nil, nil
}

func (i *Intake) prepare(created []id.Person) error { return i.Keys.Ensure(created...) }

func (i *Intake) now() instant.Time {
	if i.Now == nil {
		return instant.Of(time.Now())
	}
	return instant.Of(i.Now())
}

func (i *Intake) maxBacklog() int {
	if i.MaxBacklog <= 0 {
		return 100_000
	}
	return i.MaxBacklog
}

func (i *Intake) retryAfter() time.Duration {
	if i.RetryAfter <= 0 {
		return time.Second
	}
	return i.RetryAfter
}
