package app

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/release"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/audit"
	"attune/internal/runner"
)

// Operations are all that can be asked of a server over HTTP. What each is recorded as, the call says that it makes, or what it reads
// of the data folder.
func (n *Node) Operations() []api.Operation {
	all := slices.Concat(
		n.peopleOperations(), n.personOperations(), n.workOperations(), n.inboxOperations(), n.deliveryOperations(),
		n.releaseOperations(), n.sourceOperations(), n.quarantineOperations(), n.auditOperations(), n.rightsOperations(), n.staffOperations(), n.serviceOperations(), n.jobOperations(), n.accountOperations(),
		n.readingOperations(), n.contentOperations(), n.studioOperations(), n.printOperations(), n.letterOperations(), n.catalogueOperations(), n.evaluateOperations(), n.keyOperations(), n.uploadOperations(), n.draftOperations(), n.mineOperations(), n.insightOperations(), n.audienceOperations(), n.libraryOperations(),
	)
	given := bodies()
	for k := range all {
		if body, is := given[all[k].ID]; is && all[k].Example == "" {
			all[k].Example = body
		}
	}
	return all
}

// opCall makes an operation of a call that commands make too.
func opCall[In, Out, CallIn, CallOut any](n *Node, id, route string, may access.Permission, call, summary string, f func(context.Context, In, func(context.Context, CallIn) (CallOut, error)) (Out, error)) api.Operation {
	ask, is := n.asked[call].(func(context.Context, CallIn) (CallOut, error))
	o := api.Op(id, route, may, summary, func(ctx context.Context, in In) (out Out, err error) {
		if !is {
			return out, fmt.Errorf("nobody answers %s, or answers something else", call)
		}
		return f(ctx, in, ask)
	})
	if d, declared := calls()[call]; declared && is {
		if o.Free = d.free; d.free == "" {
			o.What = d.what(reflect.Zero(reflect.TypeFor[CallIn]()).Interface())
		}
	}
	return o
}

// opRead makes an operation that reads the data folder as commands do.
func opRead[In, Out any](n *Node, id, route string, may access.Permission, method, summary string, f func(context.Context, *Inspector, In) (Out, error)) api.Operation {
	o := api.Op(id, route, may, summary, func(ctx context.Context, in In) (out Out, err error) {
		i, err := n.inspector(ctx)
		if err != nil {
			return out, err
		}
		return f(ctx, i, in)
	})
	d := inspected()[method]
	if o.Free = d.free; d.what != nil {
		o.What = d.what(nil)
	}
	return o
}

// opOwn makes an operation that is recorded as this where it is done, or is free of that.
func opOwn[In, Out any](id, route string, may access.Permission, what audit.What, free, summary string, f func(context.Context, In) (Out, error)) api.Operation {
	o := api.Op(id, route, may, summary, f)
	o.What, o.Free = what, free
	return o
}

// explained adds what else has to be known of an operation.
func explained(o api.Operation, details string) api.Operation {
	o.Details = details
	return o
}

// created is an operation that makes something.
func created(o api.Operation) api.Operation {
	o.Status = 201
	return o
}

// inspector reads the node's own folder, through what the node has open. It is for one request.
func (n *Node) inspector(ctx context.Context) (*Inspector, error) {
	v := view{people: n.People, history: n.History, keys: n.Keys, box: n.Box, quarantine: n.Quarantine, release: n.live, under: n.under, requests: n.Requests.Book, work: n.Work, now: n.Now, facts: n.gathered, guards: n.shownTo}
	i := &Inspector{view: v, dir: n.Data, directory: n.Directory, audit: n.audit, saw: map[sight]bool{}, releases: n.compiledReleases()}
	var err error
	if i.archive, err = openArchive(n.Data); err != nil {
		return nil, err
	}
	all, err := n.People.Forwards(ctx)
	if err != nil {
		return nil, err
	}
	i.forwards = make(map[id.Person]id.Person, len(all))
	for _, f := range all {
		i.forwards[f.From] = f.To
	}
	return i, nil
}

// by is what whoever asks is called where people are told who did something.
func by(ctx context.Context) string {
	p := api.PrincipalOf(ctx)
	if p.Name != "" {
		return p.Name
	}
	return p.ID
}

// apiPeople is what the API has to know of whom a request is about.
type apiPeople struct {
	n     *Node
	glass *glass
}

// Whom implements api.People.
func (a apiPeople) Whom(ctx context.Context, written string) (id.Person, error) {
	who, err := a.n.whom(ctx, written)
	if err != nil {
		return who, errors.Join(api.ErrNobody, err)
	}
	return who, nil
}

// ofPanel tells whether whoever asks may do this to somebody: the person is of their panel, or they opened the record. A record that became part of
// another is of whose panel that one is.
func (n *Node) ofPanel(ctx context.Context, may access.Permission, who id.Person) (bool, error) {
	p := api.PrincipalOf(ctx)
	if p.Nobody() || p.Everybody(may) {
		return true, nil
	}
	programs, err := apiPeople{n, n.glass}.ProgramsOf(ctx, who)
	if err != nil || p.Panel(programs) {
		return err == nil, err
	}
	return n.glass.opened(p, who, n.Wall()), nil
}

// ProgramsOf implements api.People.
func (a apiPeople) ProgramsOf(ctx context.Context, who id.Person) (out []string, err error) {
	who = a.n.Runner.Forward(who)
	p, ok, err := runner.ReadPerson(ctx, a.n.People, a.n.Keys, who)
	if err != nil || !ok {
		return nil, err
	}
	for i := range p.Memberships {
		if p.Memberships[i].Active() {
			out = append(out, p.Memberships[i].Program)
		}
	}
	return out, nil
}

// Opened implements api.People.
func (a apiPeople) Opened(_ context.Context, p *access.Principal, who id.Person) (bool, error) {
	return a.glass.opened(p, who, a.n.Wall()), nil
}

// inPanel keeps what is of the programs that whoever asks is given.
func inPanel[T any](ctx context.Context, may access.Permission, all []T, program func(*T) string) []T {
	p := api.PrincipalOf(ctx)
	if p.Nobody() || p.Everybody(may) {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(x T) bool { return !p.Panel([]string{program(&x)}) })
}

// at reads an instant of a request; zero where there is none.
func at(field, written string) (instant.Time, error) {
	if written == "" {
		return 0, nil
	}
	t, err := instant.Parse(written)
	if err != nil {
		return 0, api.Refused(field, "it is no instant", "write it as 2027-03-01T09:00:00Z")
	}
	return t, nil
}

// classOf is which class a trait belongs to.
func classOf(trait string) access.Class {
	switch trait {
	case "email", "phone", "street", "address", "city", "state", "postal_code", "push_token", "device":
		return access.Contact
	}
	return access.Identity
}

// clinicalEvent tells whether an event's name and properties say something of somebody's health: all do that the catalogue ranks so, or
// does not know.
func clinicalEvent(c *event.Catalogue, name string) bool {
	d, ok := c.Find(name)
	return !ok || slices.ContainsFunc(d.Fields, func(f event.FieldDef) bool { return f.Sensitivity >= event.Clinical })
}

// contactEvent tells whether an event says how somebody is reached, or may say so since it tells whatever a source knows of them.
func contactEvent(c *event.Catalogue, name string) bool {
	d, ok := c.Find(name)
	return !ok || name == "traits.updated" || name == "fact.corrected" || slices.ContainsFunc(d.Fields, func(f event.FieldDef) bool { return classOf(f.Name) == access.Contact })
}

// compiledReleases are those that are in force for anybody, by their short ids.
func (n *Node) compiledReleases() map[uint64]*release.Release {
	out := map[uint64]*release.Release{}
	for _, s := range *n.standing.Load() {
		if s.rel != nil {
			out[s.Short] = s.rel
		}
	}
	return out
}
