package app

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/internal/intake"
)

const callHold = "hold"

// HoldWord is what a member of the team says about leaving somebody alone.
type HoldWord struct {
	Person string `json:"person"`
	Hold   string `json:"hold"`
	// Lift tells that it is over; otherwise it begins, and lasts until Until, or without it until it is lifted.
	Lift  bool         `json:"lift"`
	Until instant.Time `json:"until"`
	By    string       `json:"by"`
	Note  string       `json:"note"`
}

// handleHolds answers commands about holds.
func (n *Node) handleHolds(mux *http.ServeMux) {
	answer(n, mux, callHold, func(ctx context.Context, in HoldWord) (nothing, error) { return nothing{}, n.leaveAlone(ctx, in) })
}

// leaveAlone takes the word into the person's order. It is durable when leaveAlone returns nil.
func (n *Node) leaveAlone(ctx context.Context, in HoldWord) error {
	who, err := id.ParsePerson(in.Person)
	if err != nil {
		return err
	}
	in.Hold, in.By = strings.TrimSpace(in.Hold), strings.TrimSpace(in.By)
	now := n.Now()
	switch {
	case in.Hold == "" || in.By == "":
		return errors.New("a hold needs a name, and somebody who says it: --by")
	case in.Until != 0 && in.Until <= now:
		return errors.New("a hold cannot end before it begins: give a later --until")
	}
	e := event.Event{Name: "hold.set", ID: event.Own + "/" + id.Derive(id.Seed{}, "hold", id.Hash(in.Person), id.Hash(in.Hold), uint64(now)).String(), Source: event.Own, OccurredAt: now, ReceivedAt: now}
	if in.Lift {
		e.Name = "hold.lifted"
	}
	e = e.With("hold", expr.TextOf(in.Hold)).With("by", expr.TextOf(in.By))
	if in.Note != "" {
		e = e.With("note", expr.TextOf(in.Note))
	}
	if in.Until != 0 && !in.Lift {
		e = e.With("until", expr.MomentOf(in.Until))
	}
	return n.Intake.Take(ctx, intake.Source{Name: event.Own}, []intake.Arrival{{Person: who, Event: e}})
}

// SayHold gives a word about leaving somebody alone to the server of a data folder.
func SayHold(ctx context.Context, data string, w HoldWord) error {
	_, err := ask[HoldWord, nothing](ctx, data, callHold, w)
	return served(err)
}
