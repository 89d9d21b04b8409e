package app

import (
	"context"
	"strconv"
	"strings"

	"attune/core/event"
	"attune/internal/intake"
)

// ArrivalsNow is what arrives: counts of events by source, and the newest as lines. It says nothing of whose they are.
type ArrivalsNow struct {
	// Since is when the server began to count; empty before anything came.
	Since   string               `json:"since"`
	Sources map[string]SourceNow `json:"sources"`
	// Lines are the newest arrivals, by numbers that grow.
	Lines map[string]ArrivalLine `json:"lines"`
}

// SourceNow is what comes from a source.
type SourceNow struct {
	// Last is when the newest came since the server began; empty where none did.
	Last string `json:"last"`
	// Minute and Hour are how many came in the last 60 seconds and minutes, Today since midnight, UTC, or since the server began.
	Minute int64 `json:"minute"`
	Hour   int64 `json:"hour"`
	Today  int64 `json:"today"`
	// Taken, Undeclared, Repeated and Quarantined are how many came since the server began: in the log, of those with a name that nobody
	// declared, of those that came before and count once, and those that could not be used.
	Taken       int64 `json:"taken"`
	Undeclared  int64 `json:"undeclared"`
	Repeated    int64 `json:"repeated"`
	Quarantined int64 `json:"quarantined"`
	// Ever are all that were applied, ever; Waiting are those in quarantine now.
	Ever    int64 `json:"ever"`
	Waiting int64 `json:"waiting"`
}

// ArrivalLine is an event that arrived.
type ArrivalLine struct {
	At     string `json:"at"`
	Source string `json:"source"`
	// Event is its name; empty where it has none that can be shown.
	Event string `json:"event"`
	// Became is taken, undeclared, repeated or quarantined.
	Became string `json:"became"`
	Field  string `json:"field"`
	Reason string `json:"reason"`
}

// arriving tells what arrives.
func (n *Node) arriving(ctx context.Context) (out ArrivalsNow, err error) {
	out = ArrivalsNow{Sources: map[string]SourceNow{}, Lines: map[string]ArrivalLine{}}
	for _, s := range n.Sources.List() {
		out.Sources[s.Name] = SourceNow{}
	}
	since, heard := n.Intake.Watch.Sources(n.Now())
	if since != 0 {
		out.Since = since.String()
	}
	for i := range heard {
		h := &heard[i]
		out.Sources[h.Source] = SourceNow{
			Last: h.Last.String(), Minute: h.Minute, Hour: h.Hour, Today: h.Today,
			Taken: h.Taken, Undeclared: h.Undeclared, Repeated: h.Repeated, Quarantined: h.Quarantined,
		}
	}
	tallies, err := n.People.Tallies(ctx, "events/")
	if err != nil {
		return out, err
	}
	for _, t := range tallies {
		source, _, _ := strings.Cut(strings.TrimPrefix(t.Key, "events/"), "/")
		if source == event.Own {
			continue
		}
		s := out.Sources[source]
		s.Ever += t.Add
		out.Sources[source] = s
	}
	reasons, err := n.Quarantine.Reasons(ctx)
	if err != nil {
		return out, err
	}
	for i := range reasons {
		s := out.Sources[reasons[i].Source]
		s.Waiting += reasons[i].Events
		out.Sources[reasons[i].Source] = s
	}
	for _, l := range n.Intake.Watch.Newest() {
		out.Lines[lineNumber(l.Seq)] = arrivalLine(&l)
	}
	return out, nil
}

func arrivalLine(l *intake.Line) ArrivalLine {
	return ArrivalLine{At: l.At.String(), Source: l.Source, Event: l.Event, Became: l.Became, Field: l.Field, Reason: l.Reason}
}

func lineNumber(n int64) string { return strconv.FormatInt(n, 10) }
