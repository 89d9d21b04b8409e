package telemetry

import (
	"context"
	"io"
	"log/slog"
	"sync/atomic"
)

// Dropped is the key that stands where attributes were dropped; its value is how many.
const Dropped = "[dropped]"

// Keys lists the attributes that Attune's own log lines may carry: ids, counts, durations, and names
// that a program or a release gave. A key is added here with a thought about who could be recognised
// by its values; there is no "name", "to", "address", "path" or "body".
func Keys() []string {
	return []string{
		// What it is about.
		"organisation", "release", "publication", "program", "journey", "step", "enrollment", "event", "rule",
		"person", "touch", "request", "attempt", "decision", "channel", "team", "partition", "position", "seq",
		// How it went.
		"error", "outcome", "reason", "code", "status", "count", "bytes", "took", "wait", "due",
		"backlog", "in_flight", "lag", "retries", "dropped", "line", "column", "field", "hint",
		// Where.
		"component", "version", "revision", "listen", "host", "port", "transport", "tls", "method",
		"route", "operation", "page", "file", "data", "migration", "signal", "seed", "at", "service",
	}
}

// New makes Attune's logger: lines of text for people or of JSON for machines, guarded by a [Handler]
// with [Keys]. It writes each record with one call to w.
func New(w io.Writer, level slog.Leveler, json bool) *slog.Logger {
	opts := &slog.HandlerOptions{Level: level}
	var h slog.Handler = slog.NewTextHandler(w, opts)
	if json {
		h = slog.NewJSONHandler(w, opts)
	}
	return slog.New(NewHandler(h, Keys()...))
}

// Handler passes records on without the attributes whose keys it does not know. An unknown key is
// not written either, since a key can be made of data as well; the record carries the count of what
// it lost under [Dropped]. A group must be on the list by its own name, and then each of its members.
type Handler struct {
	next    slog.Handler
	keys    map[string]bool
	dropped *atomic.Uint64
}

var _ slog.Handler = (*Handler)(nil)

// NewHandler guards next with a list of the keys that may pass.
func NewHandler(next slog.Handler, keys ...string) *Handler {
	h := &Handler{next: next, keys: make(map[string]bool, len(keys)), dropped: new(atomic.Uint64)}
	for _, k := range keys {
		h.keys[k] = true
	}
	return h
}

// Dropped counts the attributes and group names withheld so far by this handler and all that were
// derived from it. Anything above zero is a line of code to look at.
func (h *Handler) Dropped() uint64 { return h.dropped.Load() }

// Enabled asks the guarded handler.
func (h *Handler) Enabled(ctx context.Context, l slog.Level) bool { return h.next.Enabled(ctx, l) }

// Handle passes the record on with what may pass.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	attrs := make([]slog.Attr, 0, r.NumAttrs())
	r.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, a)
		return true
	})
	out := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	out.AddAttrs(h.pass(attrs)...)
	return h.next.Handle(ctx, out)
}

// WithAttrs filters at once, so that a logger kept for long keeps nothing it may not show.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return h.over(h.next.WithAttrs(h.pass(attrs)))
}

// WithGroup opens a group; one with an unknown name is opened under [Dropped].
func (h *Handler) WithGroup(name string) slog.Handler {
	if name != "" && !h.keys[name] {
		h.dropped.Add(1)
		name = Dropped
	}
	return h.over(h.next.WithGroup(name))
}

func (h *Handler) over(next slog.Handler) *Handler {
	return &Handler{next: next, keys: h.keys, dropped: h.dropped}
}

// pass keeps the known attributes in their order and puts one count behind them for the rest.
func (h *Handler) pass(attrs []slog.Attr) []slog.Attr {
	kept := make([]slog.Attr, 0, len(attrs)+1)
	lost := h.keep(&kept, attrs)
	if lost > 0 {
		h.dropped.Add(uint64(lost))
		kept = append(kept, slog.Int(Dropped, lost))
	}
	return kept
}

func (h *Handler) keep(kept *[]slog.Attr, attrs []slog.Attr) (lost int) {
	for _, a := range attrs {
		v := a.Value.Resolve()
		switch {
		case v.Kind() == slog.KindGroup && a.Key == "":
			// slog writes the members of a nameless group in its place.
			lost += h.keep(kept, v.Group())
		case a.Equal(slog.Attr{}):
			// slog leaves out an empty attribute.
		case !h.keys[a.Key]:
			lost++
		case v.Kind() == slog.KindGroup:
			*kept = append(*kept, slog.Attr{Key: a.Key, Value: slog.GroupValue(h.pass(v.Group())...)})
		default:
			*kept = append(*kept, slog.Attr{Key: a.Key, Value: v})
		}
	}
	return lost
}
