package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"attune/core/channel"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	suggest "attune/core/source"
	"attune/internal/contact"
	"attune/internal/control"
	"attune/internal/intake"
)

const callVerify = "contacts_verify"

// Verified is a member of the team's word that an address is a person's own.
type Verified struct {
	Person  string `json:"person"`
	Channel string `json:"channel"`
	By      string `json:"by"`
	Note    string `json:"note"`
}

// handleVerified answers commands about whose addresses are.
func (n *Node) handleVerified(mux *http.ServeMux) {
	control.Handle(mux, callVerify, n.verify)
}

// verify takes the word into the person's order, about the address that their record has now.
func (n *Node) verify(ctx context.Context, in Verified) (address string, err error) {
	who, err := id.ParsePerson(in.Person)
	if err != nil {
		return "", err
	}
	in.By = strings.TrimSpace(in.By)
	switch {
	case in.By == "":
		return "", errors.New("somebody has to say so: --by")
	case !slices.Contains(channel.Names(), in.Channel):
		return "", fmt.Errorf("there is no channel %q; %s", in.Channel, suggest.Suggest(in.Channel, channel.Names()))
	}
	p, known, err := n.Runner.Person(ctx, who)
	if err != nil {
		return "", err
	}
	all := contact.Of(p.Traits)
	i := slices.IndexFunc(all, func(a contact.Address) bool { return a.Channel == in.Channel })
	if !known || i < 0 {
		return "", fmt.Errorf("their record has no address for %s", in.Channel)
	}
	now := n.Now()
	e := event.Event{Name: "contact.verified", Source: event.Own, OccurredAt: now, ReceivedAt: now}
	e.ID = event.Own + "/" + id.Derive(id.Seed{}, "verified", id.Hash(in.Person), id.Hash(in.Channel), uint64(now)).String()
	e = e.With("channel", expr.TextOf(in.Channel)).With("address", expr.TextOf(all[i].Address)).With("by", expr.TextOf(in.By))
	if in.Note != "" {
		e = e.With("note", expr.TextOf(in.Note))
	}
	return all[i].Address, n.Intake.Take(ctx, intake.Source{Name: event.Own}, []intake.Arrival{{Person: who, Event: e}})
}

// VerifyContact gives the word that an address is a person's own to the server of a data folder, and tells which
// it is.
func VerifyContact(ctx context.Context, data string, v Verified) (address string, err error) {
	address, err = control.Call[Verified, string](ctx, data, callVerify, v)
	return address, served(err)
}
