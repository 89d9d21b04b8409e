package record

import (
	"attune/core/engine"
	"attune/core/event"
	"attune/core/instant"
	"attune/core/record/recordpb"
)

// mergeFromWire reads an input that makes two records one or two again; nil where there is none.
func mergeFromWire(m *recordpb.Record) engine.What {
	order := func(x *recordpb.Merge) (e event.Event) {
		if x.Order != nil {
			e = event.FromWire(x.Order)
		}
		return e
	}
	switch {
	case m.Yield != nil:
		return engine.Yield{To: personOf(m.Yield.Other), Order: m.Yield.OrderId}
	case m.Absorb != nil:
		x := m.Absorb
		w := engine.Absorb{Of: personOf(x.Other), State: x.State, Was: x.Was, Order: order(x)}
		for _, f := range x.Facts {
			if f.Event != nil {
				w.Facts = append(w.Facts, engine.Fact{At: instant.Time(f.At), Event: event.FromWire(f.Event)})
			}
		}
		return w
	case m.Part != nil:
		x := m.Part
		return engine.Part{Of: personOf(x.Other), State: x.State, Was: x.Was, Order: order(x)}
	case m.Restore != nil:
		return engine.Restore{From: personOf(m.Restore.Other), State: m.Restore.State, Order: m.Restore.OrderId}
	}
	return nil
}
