package app

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/internal/api"
	"attune/internal/intake"
)

const callNote = "note"

// mostNoted bounds what is written at once, in characters.
const mostNoted = 4000

// Note is what somebody of the team writes into a person's record.
type Note struct {
	Kind    string `json:"kind" required:"" doc:"note, told (of their own story), call or visit." example:"note"`
	Text    string `json:"text" doc:"Word for word. A note, and what they told, need it." example:"Prefers to be rung before noon"`
	Fact    string `json:"fact" doc:"Of what they told: reason, goal, barrier, motivation or support."`
	Names   string `json:"names" doc:"Of what they told: what the program calls the barrier or motivation."`
	Over    bool   `json:"over" doc:"Of what they told: it is so no longer."`
	Outcome string `json:"outcome" doc:"Of a call or visit: how it went, such as reached, no_answer or done."`
	Minutes int    `json:"minutes" doc:"Of a call or visit: how long it took."`
}

// Noted is what By writes about Person.
type Noted struct {
	Person string `json:"person"`
	By     string `json:"by"`
	Note
}

// handleNotes answers commands about what is written down.
func (n *Node) handleNotes(mux *http.ServeMux) {
	answer(n, mux, callNote, func(ctx context.Context, in Noted) (nothing, error) { return nothing{}, n.writeDown(ctx, in) })
}

// writeDown takes what was written into the person's order. It is durable when writeDown returns nil.
func (n *Node) writeDown(ctx context.Context, in Noted) error {
	who, err := id.ParsePerson(in.Person)
	if err != nil {
		return err
	}
	now := n.Now()
	e, err := in.event()
	if err != nil {
		return err
	}
	e.ID = event.Own + "/" + id.Derive(id.Seed{}, "note", id.Hash(in.Person), id.Hash(in.Kind+"\x00"+in.Text), uint64(now)).String()
	e.Source, e.OccurredAt, e.ReceivedAt = event.Own, now, now
	return n.Intake.Take(ctx, intake.Source{Name: event.Own}, []intake.Arrival{{Person: who, Event: e}})
}

// event is what was written as what it is in a history, or says what is missing.
func (in Noted) event() (e event.Event, _ error) {
	words, by := strings.TrimSpace(in.Text), strings.TrimSpace(in.By)
	needs := func(field, value, of, remedy string) error {
		if strings.TrimSpace(value) != "" {
			return nil
		}
		return api.Refused(field, of+" needs "+field, remedy)
	}
	put := func(name, value string) {
		if value = strings.TrimSpace(value); value != "" {
			e = e.With(name, expr.TextOf(value))
		}
	}
	if err := needs("by", by, "what is written down", "say who writes it: --by"); err != nil {
		return e, err
	}
	if n := utf8.RuneCountInString(words); n > mostNoted {
		return e, api.Refused("text", fmt.Sprintf("it is %d characters long", n), fmt.Sprintf("write at most %d at once", mostNoted))
	}
	switch in.Kind {
	case "note":
		e.Name = "note.written"
		put("text", words)
		if err := needs("text", words, "a note", "write what there is to know"); err != nil {
			return e, err
		}
	case "told":
		e.Name = "story.told"
		if facts := factsTold(); !slices.Contains(facts, in.Fact) {
			return e, api.Refused("fact", fmt.Sprintf("%q is nothing that somebody tells of their story", in.Fact), "say one of "+strings.Join(facts, ", "))
		}
		if err := needs("text", words, "what they told", "write it word for word"); err != nil {
			return e, err
		}
		put("fact", in.Fact)
		put("text", words)
		put("names", in.Names)
		if in.Over {
			e = e.With("over", expr.FlagOf(true))
		}
	case "call", "visit":
		e.Name = in.Kind + ".held"
		if err := needs("outcome", in.Outcome, "a "+in.Kind, "say how it went, such as reached, no_answer or done"); err != nil {
			return e, err
		}
		if in.Minutes < 0 || in.Minutes > 24*60 {
			return e, api.Refused("minutes", fmt.Sprintf("%d minutes is not how long something takes within a day", in.Minutes), "give the minutes that it took, or leave them out")
		}
		put("outcome", in.Outcome)
		put("note", words)
		if in.Minutes > 0 {
			e = e.With("minutes", expr.IntegerOf(int64(in.Minutes)))
		}
	default:
		return e, api.Refused("kind", fmt.Sprintf("%q is nothing that is written down", in.Kind), "say one of note, told, call and visit")
	}
	put("by", by)
	return e, nil
}

// factsTold are what somebody may tell of their own story, as the catalogue has them.
func factsTold() []string {
	def, _ := event.Standard().Find("story.told")
	for _, f := range def.Fields {
		if f.Name == "fact" {
			return f.OneOf
		}
	}
	return nil
}

// WriteNote gives what somebody writes about a person to the server of a data folder.
func WriteNote(ctx context.Context, data string, in Noted) error {
	_, err := ask[Noted, nothing](ctx, data, callNote, in)
	return served(err)
}
