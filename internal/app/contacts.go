package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"attune/core/channel"
	"attune/core/id"
	suggest "attune/core/source"
	"attune/internal/contact"
	"attune/internal/returns"
)

// The calls that a running server answers about contact points and what people wrote.
const (
	callSuppressed = "contacts_suppressed"
	callRelease    = "contacts_release"
	callInbox      = "inbox"
	callTake       = "inbox_take"
)

// Suppressed is an address that may not be used, for people and scripts.
type Suppressed struct {
	// Kind is the kind of contact point: email, phone, letter and so on.
	Kind string `json:"kind"`
	// Address is as the record of one of those writes it who are reached there; empty where nobody is.
	Address string   `json:"address,omitempty"`
	Why     string   `json:"why"`
	Since   string   `json:"since"`
	Touch   string   `json:"touch,omitempty"`
	People  []string `json:"people"`
}

// Inbound is something that people wrote and a human must look at.
type Inbound struct {
	ID      string `json:"id"`
	At      string `json:"at"`
	Channel string `json:"channel"`
	From    string `json:"from"`
	To      string `json:"to,omitempty"`
	Text    string `json:"text"`
	// Verdict is what the words were found to mean: none, stop, unsure or crisis.
	Verdict string   `json:"verdict"`
	Urgent  bool     `json:"urgent,omitempty"`
	People  []string `json:"people"`
}

// ContactRelease asks that an address may be used again.
type ContactRelease struct {
	Channel string `json:"channel"`
	Address string `json:"address"`
	By      string `json:"by"`
	Reason  string `json:"reason"`
}

// Taking is what somebody found out about an inbound message.
type Taking struct {
	// ID is the message's id or how it begins.
	ID string `json:"id"`
	By string `json:"by"`
	// Person is whose it is, if that is known; WrongPerson tells that it is nobody's whom we know.
	Person      string `json:"person"`
	WrongPerson bool   `json:"wrong_person"`
	// Stop tells that it was meant to stop messages.
	Stop bool `json:"stop"`
}

// mostListed bounds a list for people.
const mostListed = 1000

func names(people []id.Person) []string {
	out := []string{}
	for _, p := range people {
		out = append(out, p.String())
	}
	return out
}

// handleContacts answers commands about contact points.
func (n *Node) handleContacts(mux *http.ServeMux) {
	answer(n, mux, callSuppressed, func(ctx context.Context, _ nothing) ([]Suppressed, error) {
		list, err := n.Contacts.List(ctx, mostListed)
		out := []Suppressed{}
		for _, l := range list {
			out = append(out, Suppressed{l.Kind, l.As, string(l.Why), l.At.String(), l.Touch, names(l.People)})
		}
		return out, err
	})
	answer(n, mux, callRelease, func(ctx context.Context, in ContactRelease) (nothing, error) { return nothing{}, n.release(ctx, in) })
}

func (n *Node) release(ctx context.Context, in ContactRelease) error {
	if !slices.Contains(channel.Names(), in.Channel) {
		return fmt.Errorf("there is no channel %q; %s", in.Channel, suggest.Suggest(in.Channel, channel.Names()))
	}
	now := n.Now()
	released, err := n.Contacts.Release(ctx, contact.Address{Channel: in.Channel, Address: in.Address}, contact.Release{
		At: now, Cause: "staff " + now.String() + " " + in.By, By: in.By, Note: in.Reason,
	})
	if err == nil && !released {
		return errors.New("this address is not suppressed: attune contacts suppressed lists those that are")
	}
	if err != nil {
		return err
	}
	return n.Returns.Resume(ctx)
}

// handleInbox answers commands about what people wrote.
func (n *Node) handleInbox(mux *http.ServeMux) {
	answer(n, mux, callInbox, func(ctx context.Context, _ nothing) ([]Inbound, error) {
		list, err := n.Inbox.List(ctx, mostListed)
		out := []Inbound{}
		for i := range list {
			out = append(out, inboundOf(&list[i]))
		}
		return out, err
	})
	answer(n, mux, callTake, func(ctx context.Context, in Taking) (Inbound, error) {
		e, err := n.Inbox.Find(ctx, in.ID)
		if err != nil {
			return Inbound{}, err
		}
		t := returns.Taking{By: strings.TrimSpace(in.By), WrongPerson: in.WrongPerson, Stop: in.Stop}
		if in.Person != "" {
			if t.Person, err = id.ParsePerson(in.Person); err != nil {
				return Inbound{}, err
			}
		}
		return inboundOf(&e), n.Returns.Look(ctx, &e, t)
	})
}

func inboundOf(e *returns.Entry) Inbound {
	return Inbound{e.ID, e.At.String(), e.Channel, e.From, e.To, e.Text, e.Verdict.String(), e.Urgent(), names(e.People)}
}

// ListSuppressed asks the server of a data folder which addresses may not be used, the newest first.
func ListSuppressed(ctx context.Context, data string) ([]Suppressed, error) {
	out, err := ask[nothing, []Suppressed](ctx, data, callSuppressed, nothing{})
	return out, served(err)
}

// ReleaseContact lets an address be used again.
func ReleaseContact(ctx context.Context, data string, r ContactRelease) error {
	_, err := ask[ContactRelease, nothing](ctx, data, callRelease, r)
	return served(err)
}

// ListInbox asks the server of a data folder what people wrote that a human must look at, the urgent
// first, then the oldest.
func ListInbox(ctx context.Context, data string) ([]Inbound, error) {
	out, err := ask[nothing, []Inbound](ctx, data, callInbox, nothing{})
	return out, served(err)
}

// TakeInbound notes what somebody found out about a message.
func TakeInbound(ctx context.Context, data string, t Taking) (Inbound, error) {
	out, err := ask[Taking, Inbound](ctx, data, callTake, t)
	return out, served(err)
}
