package event

import (
	"fmt"

	"attune/core/event/eventpb"
	"attune/core/expr"
	"attune/core/instant"
)

// Encode writes the event's wire form.
func (e *Event) Encode() ([]byte, error) {
	b, err := e.Wire().MarshalVT()
	if err != nil {
		return nil, fmt.Errorf("encode event: %w", err)
	}
	return b, nil
}

// Decode reads an event's wire form, of this and of every earlier version.
func Decode(b []byte) (Event, error) {
	var m eventpb.Event
	if err := m.UnmarshalVT(b); err != nil {
		return Event{}, fmt.Errorf("decode event: %w", err)
	}
	return FromWire(&m), nil
}

// Wire converts the event to its generated form.
func (e *Event) Wire() *eventpb.Event {
	m := &eventpb.Event{
		Id: e.ID, Name: e.Name, Source: e.Source, Version: e.Version, Historical: e.Historical,
		OccurredAt: int64(e.OccurredAt), ReceivedAt: int64(e.ReceivedAt),
		SentAt: int64(e.SentAt), OriginalAt: int64(e.OriginalAt),
		Props: WireProps(e.Props),
	}
	return m
}

// WireProps converts properties to their generated form.
func WireProps(from []Prop) []*eventpb.Prop {
	if len(from) == 0 {
		return nil
	}
	out := make([]*eventpb.Prop, len(from))
	props := make([]eventpb.Prop, len(from)) // in one piece
	for i, p := range from {
		props[i] = eventpb.Prop{Name: p.Name, Value: WireValue(p.Value)}
		out[i] = &props[i]
	}
	return out
}

// PropsFromWire converts properties from their generated form.
func PropsFromWire(from []*eventpb.Prop) []Prop {
	if len(from) == 0 {
		return nil
	}
	out := make([]Prop, len(from))
	for i, p := range from {
		out[i] = Prop{Name: p.Name, Value: ValueFromWire(p.Value)}
	}
	return out
}

// FromWire converts an event from its generated form.
func FromWire(m *eventpb.Event) Event {
	e := Event{
		ID: m.Id, Name: m.Name, Source: m.Source, Version: m.Version, Historical: m.Historical,
		OccurredAt: instant.Time(m.OccurredAt), ReceivedAt: instant.Time(m.ReceivedAt),
		SentAt: instant.Time(m.SentAt), OriginalAt: instant.Time(m.OriginalAt),
	}
	e.Props = PropsFromWire(m.Props)
	return e
}

// WireValue converts a value to its generated form; Missing is nil.
func WireValue(v expr.Value) *eventpb.Value {
	if v.Type == expr.Missing {
		return nil
	}
	return &eventpb.Value{Type: uint32(v.Type), Num: v.Num, Text: v.Text, List: v.List}
}

// ValueFromWire converts a value from its generated form; a type this version does not know is Missing.
func ValueFromWire(m *eventpb.Value) expr.Value {
	if m == nil || m.Type > uint32(expr.Moment) {
		return expr.Value{}
	}
	return expr.Value{Type: expr.Type(m.Type), Num: m.Num, Text: m.Text, List: m.List}
}
