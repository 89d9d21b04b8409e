// Package storytest tells golden journeys: what is heard of one person, line by line, and what follows.
// The engine's own tests tell them in every detail; [Tell] tells them as a program's team writes them,
// with a carrier that answers by itself and time that passes by itself, and writes only what the team
// has a say in.
package storytest

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/release"
	"attune/core/source"
)

// Line is one line of what is heard.
type Line struct {
	At         string         `json:"at"`
	Event      string         `json:"event"`
	ID         string         `json:"id"`
	OccurredAt string         `json:"occurred_at"`
	Version    int64          `json:"version"`
	Historical bool           `json:"historical"`
	Props      map[string]any `json:"props"`

	Tick bool `json:"tick"`
	// Slept makes a tick one after a sleep.
	Slept bool `json:"slept"`
	Gate  bool `json:"gate"`

	Settle     string `json:"settle"`
	Engagement string `json:"engagement"`
	RetryAfter string `json:"retry_after"`
	// Attempt names an attempt by its ordinal, "attempt-1", where the newest is not meant.
	Attempt string `json:"attempt"`

	// Resume names a passage that goes on, To the step at which.
	Resume string `json:"resume"`
	To     string `json:"to"`

	// Replay names a touch by its ordinal; NotDelivered is somebody's word on it.
	Replay       string `json:"replay"`
	NotDelivered bool   `json:"not_delivered"`
	// Outranked names an engagement whose touches got no place in their team's day.
	Outranked string `json:"outranked"`

	// Switch names the folder of the story that holds what is different in the next release.
	Switch          string `json:"switch"`
	IncludeExisting bool   `json:"include_existing"`
}

// Read reads lines; fields that no line has are refused.
func Read(text string, into func() any) error {
	for n, row := range strings.Split(text, "\n") {
		if strings.TrimSpace(row) == "" {
			continue
		}
		d := json.NewDecoder(strings.NewReader(row))
		d.DisallowUnknownFields()
		if err := d.Decode(into()); err != nil {
			return fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	return nil
}

// EventOf makes the event of a line as the catalogue has it. A text that begins with @ names something by
// its ordinal, "@request-1", which key finds.
func EventOf(rel *release.Release, in Line, number int, key func(string) id.Key) (event.Event, error) {
	at, err := instant.Parse(in.At)
	if err != nil {
		return event.Event{}, err
	}
	e := event.Event{ID: in.ID, Name: in.Event, OccurredAt: at, ReceivedAt: at, Version: in.Version, Historical: in.Historical}
	if e.ID == "" {
		e.ID = fmt.Sprintf("test/%d", number)
	}
	e.Source, _, _ = strings.Cut(e.ID, "/")
	if in.OccurredAt != "" {
		if e.OccurredAt, err = instant.Parse(in.OccurredAt); err != nil {
			return e, err
		}
	}
	fields, _ := rel.Catalogue.Fields(in.Event)
	for name, v := range in.Props {
		value, err := propOf(fields, name, v, key)
		if err != nil {
			return e, fmt.Errorf("%s: %w", name, err)
		}
		e = e.With(name, value)
	}
	return e, nil
}

func propOf(fields []expr.Field, name string, v any, key func(string) id.Key) (expr.Value, error) {
	text, isText := v.(string)
	if ordinal, named := strings.CutPrefix(text, "@"); named {
		return expr.TextOf(key(ordinal).String()), nil
	}
	for _, f := range fields {
		if f.Name == name && f.Type == expr.Moment && isText {
			at, err := instant.Parse(text)
			return expr.MomentOf(at), err
		}
	}
	return ValueOf(v)
}

// ValueOf makes a property of what JSON says.
func ValueOf(v any) (expr.Value, error) {
	switch v := v.(type) {
	case string:
		return expr.TextOf(v), nil
	case float64:
		if v == math.Trunc(v) {
			return expr.IntegerOf(int64(v)), nil
		}
		return expr.NumberOf(v), nil
	case bool:
		return expr.FlagOf(v), nil
	case nil:
		return expr.Value{}, nil
	case []any:
		var list []string
		for _, item := range v {
			text, isText := item.(string)
			if !isText {
				return expr.Value{}, fmt.Errorf("a list holds texts, not %v", item)
			}
			list = append(list, text)
		}
		return expr.ListOf(list...), nil
	}
	return expr.Value{}, fmt.Errorf("a property cannot be %v", v)
}

// OutcomeOf is the carrier's word as lines write it: accepted, rejected, postponed, unknown, not_taken.
func OutcomeOf(word string) (engine.Outcome, error) {
	var known []string
	for o := engine.Accepted; o <= engine.NotTaken; o++ {
		name := strings.ReplaceAll(o.String(), " ", "_")
		if name == word {
			return o, nil
		}
		known = append(known, name)
	}
	return 0, fmt.Errorf("there is no answer %q; %s", word, source.Suggest(word, known))
}
