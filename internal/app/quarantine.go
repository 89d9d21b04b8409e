package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"attune/core/engine"
	"attune/core/instant"
	"attune/core/record"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/audit"
	"attune/internal/control"
	"attune/internal/intake"
	"attune/internal/intake/segment"
	"attune/internal/seal"
)

// Quarantined is something that could not be taken in.
type Quarantined struct {
	// Event names it: the same sent again is the same one.
	Event  string `json:"event"`
	At     string `json:"at"`
	Source string `json:"source"`
	Field  string `json:"field"`
	Reason string `json:"reason"`
	Remedy string `json:"remedy"`
}

func quarantinedOf(q *intake.Quarantined) Quarantined {
	return Quarantined{q.ID, q.At.String(), q.Source, q.Field, q.Reason, q.Remedy}
}

// QuarantineReason is why some events of a source are in quarantine.
type QuarantineReason struct {
	Source string `json:"source"`
	Field  string `json:"field"`
	Reason string `json:"reason"`
	Remedy string `json:"remedy"`
	// Events are how many are kept for it.
	Events int64 `json:"events"`
	// First and Last are when the oldest and the newest of them came.
	First string `json:"first"`
	Last  string `json:"last"`
}

// QuarantinedOpened is an event in quarantine as it came.
type QuarantinedOpened struct {
	Quarantined
	// Text is the event as it came. Write keys in it are taken out.
	Text string `json:"text"`
	// People are whom it is about, as far as that is known here.
	People []string `json:"people"`
	// Again tells whether it can be sent again from here.
	Again bool `json:"again"`
}

// QuarantineWhich are events in quarantine: named ones, or the newest of a source, field and reason.
type QuarantineWhich struct {
	Events []string `json:"events" doc:"Ids of events, as listQuarantine tells them. Without any, those that the other fields say."`
	Source string   `json:"source" doc:"Those of a source."`
	Field  string   `json:"field" doc:"Those with this field at fault."`
	Reason string   `json:"reason" doc:"Those of this reason."`
}

// SentAgain is what became of events that were sent again.
type SentAgain struct {
	// Taken are in the log now, and not in quarantine any more.
	Taken int `json:"taken"`
	// Still are in quarantine as before, each with what is wrong now; the first hundred.
	Still []Quarantined `json:"still"`
	// Left is how many of those meant were not tried, since so many are tried at once, or the server has as much to do as it can.
	Left int64 `json:"left"`
}

// QuarantineDropped is how many events were taken out of quarantine for good.
type QuarantineDropped struct {
	Dropped int `json:"dropped"`
}

const (
	callQuarantined      = "quarantine/read"
	callQuarantineList   = "quarantine/list"
	callQuarantineAgain  = "quarantine/again"
	callQuarantineDrop   = "quarantine/drop"
	mostQuarantined      = 500
	mostStillQuarantined = 100
)

type quarantinedCall struct {
	Event string `json:"event"`
}

// dropCall says which are dropped, and why.
type dropCall struct {
	QuarantineWhich
	Why string `json:"why"`
}

// quarantineTold is what a command is told: the events, and the reasons of all.
type quarantineTold struct {
	Events  []Quarantined      `json:"events"`
	Reasons []QuarantineReason `json:"reasons"`
}

func quarantineCalls() map[string]declared {
	meant := func(w QuarantineWhich) *audit.Object {
		if len(w.Events) == 1 {
			return &audit.Object{Kind: "quarantined", ID: w.Events[0]}
		}
		return &audit.Object{Kind: "quarantine", ID: w.Source}
	}
	return map[string]declared{
		callQuarantineList: free("reasons, without what was sent"),
		callQuarantined: as(audit.QuarantineRead, func(in quarantinedCall, out QuarantinedOpened) about {
			return about{object: &audit.Object{Kind: "quarantined", ID: in.Event}, people: ids(out.People...)}
		}),
		callQuarantineAgain: as(audit.QuarantineSent, func(in QuarantineWhich, _ SentAgain) about { return about{object: meant(in)} }),
		callQuarantineDrop: as(audit.QuarantineDropped, func(in dropCall, _ QuarantineDropped) about {
			return about{object: meant(in.QuarantineWhich), reason: in.Why}
		}),
	}
}

func (n *Node) handleQuarantine(mux *http.ServeMux) {
	answer(n, mux, callQuarantined, func(ctx context.Context, in quarantinedCall) (QuarantinedOpened, error) {
		return n.quarantined(ctx, in.Event)
	})
	answer(n, mux, callQuarantineList, func(ctx context.Context, in QuarantineWhich) (quarantineTold, error) {
		found, err := n.meant(ctx, in)
		if err != nil {
			return quarantineTold{}, err
		}
		out := quarantineTold{Events: found}
		out.Reasons, err = n.quarantineReasons(ctx)
		return out, err
	})
	answer(n, mux, callQuarantineAgain, n.sendAgain)
	answer(n, mux, callQuarantineDrop, n.dropQuarantined)
}

// quarantined opens one event.
func (n *Node) quarantined(ctx context.Context, event string) (out QuarantinedOpened, err error) {
	q, err := n.Quarantine.One(ctx, event)
	if err != nil {
		return out, gone(err)
	}
	out = QuarantinedOpened{Quarantined: quarantinedOf(&q), Text: legible(q.Raw), People: []string{}, Again: q.How != ""}
	if a, ok := segment.Again(n.Sources.anyOf(q.Source), q.How, q.At, q.Raw); ok && a.Who.Check() == nil {
		who, known, err := n.Directory.Find(ctx, a.Who)
		if err != nil {
			return out, err
		}
		if known {
			out.People = append(out.People, n.Runner.Forward(who).String())
		}
	}
	return out, nil
}

func gone(err error) error {
	if errors.Is(err, intake.ErrNotQuarantined) {
		return api.NotFound("event", "it is not in quarantine: it was sent again or dropped, gave way to newer ones, or never was")
	}
	return err
}

// writeKeys are write keys as they stand in bodies that carry their own.
var writeKeys = regexp.MustCompile(`wk_[a-z2-7]{32}|"writeKey"\s*:\s*"(?:[^"\\]|\\.)*"`)

// legible is an event as people read it, without write keys.
func legible(raw []byte) string {
	text := raw
	var pretty bytes.Buffer
	if json.Indent(&pretty, raw, "", "  ") == nil {
		text = pretty.Bytes()
	}
	return strings.ToValidUTF8(string(writeKeys.ReplaceAll(text, []byte(`"writeKey": "…"`))), "\uFFFD")
}

// meant are events of which somebody speaks, the newest first.
func (n *Node) meant(ctx context.Context, w QuarantineWhich) (out []Quarantined, err error) {
	out = []Quarantined{}
	if len(w.Events) == 0 {
		found, err := n.Quarantine.Find(ctx, intake.QuarantineFilter{Source: w.Source, Field: w.Field, Reason: w.Reason}, mostQuarantined)
		for i := range found {
			out = append(out, quarantinedOf(&found[i]))
		}
		return out, err
	}
	for _, event := range w.Events {
		q, err := n.Quarantine.One(ctx, event)
		if err != nil {
			return nil, gone(err)
		}
		out = append(out, quarantinedOf(&q))
	}
	return out, nil
}

func (n *Node) quarantineReasons(ctx context.Context) ([]QuarantineReason, error) {
	found, err := n.Quarantine.Reasons(ctx)
	out := []QuarantineReason{}
	for _, r := range found {
		out = append(out, QuarantineReason{r.Source, r.Field, r.Reason, r.Remedy, r.Events, r.First.String(), r.Last.String()})
	}
	return out, err
}

// named asks that somebody says which events they mean, since all of a quarantine are no one thing.
func (w *QuarantineWhich) named() error {
	if len(w.Events) == 0 && w.Reason == "" && w.Source == "" {
		return api.Refused("events", "it does not say which events", "name events, or a source or reason")
	}
	if len(w.Events) > mostQuarantined {
		return api.Refused("events", "they are too many", "name at most 500 at once")
	}
	return nil
}

// sendAgain sends events once more through the same door, the oldest first, so that they come in the order in which they came before.
func (n *Node) sendAgain(ctx context.Context, w QuarantineWhich) (out SentAgain, err error) {
	out.Still = []Quarantined{}
	if err := w.named(); err != nil {
		return out, err
	}
	found, err := n.meant(ctx, w)
	if err != nil {
		return out, err
	}
	slices.Reverse(found)
	still := 0
	var busy *intake.BusyError
	for i := range found {
		q := &found[i]
		problem, err := n.Quarantine.Again(ctx, q.Event, func(q intake.Quarantined) (*intake.Problem, error) { return n.takeAgain(ctx, q) })
		switch {
		case errors.Is(err, intake.ErrNotQuarantined): // somebody else was faster
		case errors.As(err, &busy): // what was taken is taken; the rest waits for more room
			out.Left = int64(len(found) - i)
			n.poke()
			return out, nil
		case err != nil:
			return out, err
		case problem == nil:
			out.Taken++
		default:
			q.Field, q.Reason, q.Remedy = problem.Field, problem.Reason, problem.Remedy
			if still++; len(out.Still) < mostStillQuarantined {
				out.Still = append(out.Still, *q)
			}
		}
	}
	if out.Taken > 0 {
		n.poke()
	}
	if len(w.Events) == 0 && len(found) == mostQuarantined {
		kept, err := n.Quarantine.Kept(ctx, intake.QuarantineFilter{Source: w.Source, Field: w.Field, Reason: w.Reason})
		if err != nil {
			return out, err
		}
		out.Left = max(0, kept-int64(still))
	}
	return out, nil
}

// takeAgain takes one event by any of the keys that its source has now: what none of them may send is not taken.
func (n *Node) takeAgain(ctx context.Context, q intake.Quarantined) (problem *intake.Problem, err error) {
	keys, err := n.sendsAs(ctx, q.Source)
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return &intake.Problem{Field: "source", Reason: "its source has no key any more", Remedy: "make a key for it, or drop the event"}, nil
	}
	for _, source := range keys {
		a, ok := segment.Again(source, q.How, q.At, q.Raw)
		if !ok {
			return &intake.Problem{Reason: q.Reason, Remedy: "it cannot be sent again from here: let its source send it, or import the file again"}, nil
		}
		if problem, err = n.Intake.Again(ctx, source, a, n.heardBefore); problem == nil || err != nil {
			return nil, err
		}
	}
	return problem, nil
}

// sendsAs are what the keys of a source, and systems with accounts, may send in its name.
func (n *Node) sendsAs(ctx context.Context, name string) (out []intake.Source, err error) {
	for _, k := range n.Sources.current() {
		if k.Source.Name == name {
			out = append(out, k.Source)
		}
	}
	if n.Staff == nil {
		return out, nil
	}
	services, err := n.Staff.Services(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range services {
		if s.Source != name {
			continue
		}
		kinds, err := kindsOf(s.SendsFor)
		if err != nil {
			return nil, err
		}
		out = append(out, intake.Source{Name: s.Source, System: s.System, Events: s.Events, For: kinds})
	}
	return out, nil
}

// heardBefore tells whether an event is in its person's record: its source may have sent it once more, mended, long ago.
func (n *Node) heardBefore(ctx context.Context, a *intake.Arrival) (bool, error) {
	who, known, err := n.Directory.Find(ctx, a.Who)
	if err != nil || !known {
		return false, err
	}
	was := false
	err = n.History.Of(ctx, n.Runner.Forward(who), func(_ int64, _ instant.Time, plain []byte) error {
		if was || !bytes.Contains(plain, []byte(a.Event.ID)) {
			return nil
		}
		rec, err := record.Decode(plain)
		if err != nil {
			return err
		}
		heard, is := rec.What.(engine.Heard)
		was = is && heard.Event.ID == a.Event.ID
		return nil
	})
	if errors.Is(err, seal.ErrNoKey) { // who was erased has no record
		return false, nil
	}
	return was, err
}

// dropQuarantined takes events out for good.
func (n *Node) dropQuarantined(ctx context.Context, in dropCall) (out QuarantineDropped, err error) {
	if err := in.named(); err != nil {
		return out, err
	}
	found, err := n.meant(ctx, in.QuarantineWhich)
	if err != nil {
		return out, err
	}
	for i := range found {
		if err := n.Quarantine.Drop(ctx, found[i].Event); err != nil {
			if errors.Is(err, intake.ErrNotQuarantined) {
				continue
			}
			return out, err
		}
		out.Dropped++
	}
	return out, nil
}

// quarantineOperations are about events that could not be taken in.
func (n *Node) quarantineOperations() []api.Operation {
	type which struct {
		Which QuarantineWhich `body:""`
	}
	return []api.Operation{
		explained(opOwn("listQuarantine", "GET /v1/quarantine", access.ArrivalsRead, "", "reasons, without what was sent", "List what could not be taken in, and why, the newest first.",
			func(ctx context.Context, in struct {
				api.Page
				Source string `query:"source" doc:"Only of this source."`
				Field  string `query:"field" doc:"Only with this field at fault."`
				Reason string `query:"reason" doc:"Only for this reason."`
			},
			) (out api.List[Quarantined], err error) {
				f := intake.QuarantineFilter{Source: in.Source, Field: in.Field, Reason: in.Reason}
				all, err := n.meant(ctx, QuarantineWhich{Source: in.Source, Field: in.Field, Reason: in.Reason})
				if err != nil {
					return out, err
				}
				list, err := api.PageOf(all, in.Page, func(q *Quarantined) string {
					return q.At + " " + q.Source + " " + q.Field + " " + q.Reason + " " + q.Event
				})
				if err != nil {
					return out, err
				}
				kept, err := n.Quarantine.Kept(ctx, f)
				list.Total = int(kept)
				return list, err
			}), "The total is how many are kept now; of those that were sent again or dropped, or gave way, readOverview tells the sum."),
		opOwn("listQuarantineReasons", "GET /v1/quarantine/reasons", access.ArrivalsRead, "", "reasons, without what was sent", "List why events are in quarantine, and how many for each reason, the most first.",
			func(ctx context.Context, in api.Page) (out api.List[QuarantineReason], err error) {
				all, err := n.quarantineReasons(ctx)
				if err != nil {
					return out, err
				}
				return api.PageOf(all, in, func(r *QuarantineReason) string { return r.Source + "\x00" + r.Field + "\x00" + r.Reason })
			}),
		explained(opCall(n, "readQuarantined", "GET /v1/quarantine/{event}", access.QuarantineRead, callQuarantined, "Read an event in quarantine as it came.",
			func(ctx context.Context, in struct {
				Event string `path:"event" doc:"The event's id, as listQuarantine tells it."`
			}, ask func(context.Context, quarantinedCall) (QuarantinedOpened, error),
			) (QuarantinedOpened, error) {
				return ask(ctx, quarantinedCall(in))
			}), "It may say anything of anybody. That it was read is recorded, of whom too where that is known."),
		explained(opCall(n, "retryQuarantine", "POST /v1/quarantine/retry", access.QuarantineSend, callQuarantineAgain, "Send events in quarantine once more, as their source sent them.",
			func(ctx context.Context, in which, ask func(context.Context, QuarantineWhich) (SentAgain, error)) (SentAgain, error) {
				return ask(ctx, in.Which)
			}), "Each is held against what its source's keys may send now, and what is declared now. It happened when it did, and counts once: one that is in its person's record already is only taken out. At most 500 are tried at once, the newest; in the order in which they came."),
		opCall(n, "dropQuarantine", "POST /v1/quarantine/drop", access.QuarantineSend, callQuarantineDrop, "Take events out of quarantine for good.",
			func(ctx context.Context, in struct {
				Events []string `json:"events" doc:"Ids of events, as listQuarantine tells them. Without any, those that the other fields say."`
				Source string   `json:"source" doc:"Those of a source."`
				Field  string   `json:"field" doc:"Those with this field at fault."`
				Reason string   `json:"reason" doc:"Those of this reason."`
				Why    string   `json:"why" required:"" doc:"Why they are not needed."`
			}, ask func(context.Context, dropCall) (QuarantineDropped, error),
			) (QuarantineDropped, error) {
				return ask(ctx, dropCall{QuarantineWhich{in.Events, in.Source, in.Field, in.Reason}, in.Why})
			}),
	}
}

// onlyAServer tells that only a running server does this.
func onlyAServer(err error) error {
	if errors.Is(err, control.ErrNobody) {
		return errors.New("no server runs on this data folder, and only a running one can do this: start attune serve")
	}
	return err
}

// QuarantineIn lists the newest events in quarantine, and why all are there, through the server of a data folder.
func QuarantineIn(ctx context.Context, data string, w QuarantineWhich) ([]Quarantined, []QuarantineReason, error) {
	out, err := ask[QuarantineWhich, quarantineTold](ctx, data, callQuarantineList, w)
	return out.Events, out.Reasons, onlyAServer(err)
}

// QuarantinedIn opens one event.
func QuarantinedIn(ctx context.Context, data, event string) (QuarantinedOpened, error) {
	out, err := ask[quarantinedCall, QuarantinedOpened](ctx, data, callQuarantined, quarantinedCall{event})
	return out, onlyAServer(err)
}

// SendAgainIn sends events once more.
func SendAgainIn(ctx context.Context, data string, w QuarantineWhich) (SentAgain, error) {
	out, err := ask[QuarantineWhich, SentAgain](ctx, data, callQuarantineAgain, w)
	return out, onlyAServer(err)
}

// DropQuarantinedIn takes events out for good.
func DropQuarantinedIn(ctx context.Context, data string, w QuarantineWhich, why string) (QuarantineDropped, error) {
	out, err := ask[dropCall, QuarantineDropped](ctx, data, callQuarantineDrop, dropCall{w, why})
	return out, onlyAServer(err)
}
