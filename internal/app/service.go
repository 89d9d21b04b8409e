package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"attune/core/consent"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/audit"
	"attune/internal/elsewhere"
	"attune/internal/intake"
	"attune/internal/outbound"
	"attune/internal/staff"
)

// The calls about other systems.
const (
	callServiceAdd    = "service-add"
	callServiceRotate = "service-rotate"
	callServiceRemove = "service-remove"
	callServiceList   = "service-list"
)

// Service is another system with an account of its own.
type Service = staff.Service

// ServiceKeys gives a service other keys: a set (JWKS), or the address at which it publishes them.
type ServiceKeys struct {
	Name   string          `json:"name"`
	Keys   json.RawMessage `json:"jwks,omitempty"`
	KeysAt string          `json:"jwks_uri,omitempty"`
}

func aboutService(s staff.Service, reason string) about {
	a := about{reason: reason}
	if s.ID != "" {
		a.object = &audit.Object{Kind: "service", ID: s.ID}
	}
	return a
}

// serviceCalls says what the calls about other systems are recorded as.
func serviceCalls() map[string]declared {
	return map[string]declared{
		callServiceAdd: as(audit.ServiceMade, func(in, out staff.Service) about {
			says := in.Name + ": " + grantOf(in.Roles, in.Programs)
			if in.Source != "" {
				says += "; source " + in.Source
			}
			return aboutService(out, says)
		}),
		callServiceRotate: as(audit.ServiceChanged, func(in ServiceKeys, out staff.Service) about { return aboutService(out, in.Name) }),
		callServiceRemove: as(audit.ServiceRemoved, func(in tokenName, out staff.Service) about { return aboutService(out, in.Name) }),
		callServiceList:   free("names of systems, and their public keys"),
	}
}

// SplitPurposes tells purposes for which people are looked at from those that events are for. What is neither is an error, and what is both is both.
func SplitPurposes(written []string) (looks, sends []string, err error) {
	for _, p := range written {
		look, send := slices.Contains(access.Purposes(), p), slices.Contains(consent.Kinds(), consent.Kind(p))
		if !look && !send {
			return nil, nil, fmt.Errorf("there is no purpose %q: people are looked at for %s; events are for %s", p, strings.Join(access.Purposes(), ", "), strings.Join(kindNames(), ", "))
		}
		if look {
			looks = append(looks, p)
		}
		if send {
			sends = append(sends, p)
		}
	}
	return looks, sends, nil
}

func kindNames() (out []string) {
	for _, k := range consent.Kinds() {
		out = append(out, string(k))
	}
	return out
}

// kindsOf reads kinds of purposes.
func kindsOf(written []string) (out []consent.Kind, err error) {
	for _, w := range written {
		if k := consent.Kind(w); !slices.Contains(consent.Kinds(), k) {
			return nil, fmt.Errorf("events are for no purpose %q: there are %s", w, strings.Join(kindNames(), ", "))
		} else if !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out, nil
}

// may finds what is wrong with an address of keys before anybody is asked. Where no server runs it is looked at when it is used.
func (d *staffDesk) keys(set json.RawMessage, at string) error {
	if len(set) > 0 {
		_, err := elsewhere.ParseKeys(set)
		return err
	}
	if at == "" {
		return nil // the book says what is missing
	}
	u, err := url.Parse(at)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
		return errors.New("the address of the keys is none: give it as in https://ehr.clinic.example/jwks.json")
	}
	if d.published == nil {
		return nil
	}
	return d.published.Check(at)
}

func (d *staffDesk) addService(ctx context.Context, in staff.Service) (staff.Service, error) {
	if err := d.keys(in.Keys, in.KeysAt); err != nil {
		return staff.Service{}, err
	}
	if in.Source != "" {
		if err := checkSource(in.Source, in.Events); err != nil {
			return staff.Service{}, err
		}
		if _, err := kindsOf(in.SendsFor); err != nil {
			return staff.Service{}, err
		}
	}
	out, err := d.book.AddService(ctx, in)
	if err != nil {
		return staff.Service{}, err
	}
	return out, nil
}

func (d *staffDesk) rotateService(ctx context.Context, in ServiceKeys) (staff.Service, error) {
	if err := d.keys(in.Keys, in.KeysAt); err != nil {
		return staff.Service{}, err
	}
	return d.book.RotateService(ctx, in.Name, in.Keys, in.KeysAt)
}

func (d *staffDesk) removeService(ctx context.Context, in tokenName) (staff.Service, error) {
	return d.book.RemoveService(ctx, in.Name)
}

// AddService makes an account for another system.
func AddService(ctx context.Context, data string, in staff.Service) (staff.Service, error) {
	return staffCall(ctx, data, callServiceAdd, in, func(d *staffDesk) func(context.Context, staff.Service) (staff.Service, error) { return d.addService })
}

// RotateService gives a system other keys.
func RotateService(ctx context.Context, data string, in ServiceKeys) (staff.Service, error) {
	return staffCall(ctx, data, callServiceRotate, in, func(d *staffDesk) func(context.Context, ServiceKeys) (staff.Service, error) { return d.rotateService })
}

// RemoveService takes a system's account away.
func RemoveService(ctx context.Context, data, name string) error {
	_, err := staffCall(ctx, data, callServiceRemove, tokenName{name}, func(d *staffDesk) func(context.Context, tokenName) (staff.Service, error) { return d.removeService })
	return err
}

// ServicesIn lists the systems that have an account in a data folder.
func ServicesIn(ctx context.Context, data string) ([]staff.Service, error) {
	return staffCall(ctx, data, callServiceList, nothing{}, func(d *staffDesk) func(context.Context, nothing) ([]staff.Service, error) {
		return func(ctx context.Context, _ nothing) ([]staff.Service, error) { return d.book.Services(ctx) }
	})
}

// handleServices answers commands about other systems.
func (n *Node) handleServices(mux *http.ServeMux) {
	answer(n, mux, callServiceAdd, n.staff.addService)
	answer(n, mux, callServiceRotate, n.staff.rotateService)
	answer(n, mux, callServiceRemove, n.staff.removeService)
	answer(n, mux, callServiceList, func(ctx context.Context, _ nothing) ([]staff.Service, error) { return n.Staff.Services(ctx) })
}

// systems says which other system an assertion proves.
type systems struct {
	book *staff.Book
	by   *elsewhere.Assertions
}

// Systems lets other systems prove who they are.
func (n *Node) Systems() api.Systems {
	now := func() time.Time { return n.Wall().Std() }
	return systems{n.Staff, &elsewhere.Assertions{Published: n.staff.published, Now: now}}
}

// publishedKeys fetches what systems publish. Keys are small, and nobody waits long for them.
func (n *Node) publishedKeys() *elsewhere.Published {
	return &elsewhere.Published{Client: outbound.New(outbound.Config{Allow: n.Outbound, Timeout: 5 * time.Second, Answer: 128 << 10}), Now: func() time.Time { return n.Wall().Std() }}
}

// Prove implements api.Systems.
func (s systems) Prove(ctx context.Context, assertion, audience string) (client, word string, until time.Time, err error) {
	out, err := s.by.Verify(ctx, assertion, audience, func(ctx context.Context, client string) (elsewhere.Keys, error) {
		is, err := s.book.Service(ctx, client)
		if errors.Is(err, staff.ErrNoService) {
			return elsewhere.Keys{}, elsewhere.ErrUnknownSystem
		}
		return elsewhere.Keys{Set: is.Keys, Address: is.KeysAt}, err
	})
	if no, ok := errors.AsType[*elsewhere.NotProvedError](err); ok {
		return "", "", until, &api.NotProvedError{Says: no.Says, Client: no.Client, Cause: no.Cause}
	}
	return out.Client, out.ID, out.Until, err
}

// sender is the source as which a system sends that proved who it is.
func (s *Server) sender(r *http.Request) (intake.Source, bool) {
	is, ok := s.Door.Sender(r)
	if !ok {
		return intake.Source{}, false
	}
	kinds, err := kindsOf(is.SendsFor)
	if err != nil {
		return intake.Source{}, false
	}
	return intake.Source{Name: is.Source, System: is.System, Events: is.Events, For: kinds}, true
}

// serviceOperations are about other systems.
func (n *Node) serviceOperations() []api.Operation {
	return []api.Operation{
		opCall(n, "listServices", "GET /v1/services", access.StaffManage, callServiceList, "List the other systems that have an account, with their public keys.",
			func(ctx context.Context, in api.Page, ask func(context.Context, nothing) ([]staff.Service, error)) (out api.List[staff.Service], err error) {
				all, err := ask(ctx, nothing{})
				if err != nil {
					return out, err
				}
				return api.PageOf(all, in, func(s *staff.Service) string { return s.ID })
			}),
		explained(created(opCall(n, "addService", "POST /v1/services", access.StaffManage, callServiceAdd, "Give another system an account, which it proves to be its own by its keys.",
			func(ctx context.Context, in struct {
				Service staff.Service `body:""`
			}, ask func(context.Context, staff.Service) (staff.Service, error),
			) (staff.Service, error) {
				return ask(ctx, in.Service)
			})), "Its id is the client id. It asks for access tokens at POST /oauth/token; docs/sign-in.md tells how."),
		explained(opCall(n, "rotateService", "PUT /v1/services/{service}/keys", access.StaffManage, callServiceRotate, "Give a system other keys.",
			func(ctx context.Context, in struct {
				Service string          `path:"service" doc:"Its name."`
				Keys    json.RawMessage `json:"jwks" doc:"Its set of public keys (JWKS)."`
				KeysAt  string          `json:"jwks_uri" doc:"Or the address at which it publishes them."`
			}, ask func(context.Context, ServiceKeys) (staff.Service, error),
			) (staff.Service, error) {
				return ask(ctx, ServiceKeys{in.Service, in.Keys, in.KeysAt})
			}), "Its access tokens end at once."),
		explained(opCall(n, "removeService", "DELETE /v1/services/{service}", access.StaffManage, callServiceRemove, "Take a system's account away.",
			func(ctx context.Context, in struct {
				Service string `path:"service" doc:"Its name."`
			}, ask func(context.Context, tokenName) (staff.Service, error),
			) (api.Nothing, error) {
				_, err := ask(ctx, tokenName{in.Service})
				return api.Nothing{}, err
			}), "Its access tokens end at once."),
	}
}

// purposeKinds are the kinds of a purpose by all programs that are live. Programs may mean different things by one name, and then it is all of them.
func (n *Node) purposeKinds(purpose string) (out []consent.Kind) {
	_, rel := n.Live()
	for _, p := range rel.Programs {
		if k, known := p.Policy.Kind(purpose); known && !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}
