package app

import (
	"context"
	"errors"
	"net/http"

	"attune/core/channel"
	"attune/internal/control"
	"attune/internal/delivery"
)

// ChannelState is how a channel does, for people and scripts.
type ChannelState struct {
	Channel string `json:"channel"`
	// Box tells that nothing goes out: the capture box takes it.
	Box bool `json:"capture_box,omitempty"`
	// Rate is in messages a second, 0 where nothing bounds it; AtOnce bounds the hand-overs under way.
	Rate   float64 `json:"rate,omitempty"`
	AtOnce int     `json:"at_once"`
	// Breaker is closed, open or half-open; until Until an open one lets nothing through.
	Breaker string `json:"breaker"`
	Until   string `json:"until,omitempty"`
	// Due are those whose time has come, by class, Held those of them that are paused, and Above those above
	// their engagement's ceiling; Later are the others.
	Due      map[string]int `json:"due"`
	Held     int            `json:"held,omitempty"`
	Above    int            `json:"above_ceiling,omitempty"`
	Later    int            `json:"later"`
	UnderWay int            `json:"under_way"`
}

const callChannels = "channels"

// handleChannels answers how channels do.
func (n *Node) handleChannels(mux *http.ServeMux) {
	answer(n, mux, callChannels, func(context.Context, nothing) ([]ChannelState, error) { return n.channelStates(), nil })
}

func (n *Node) channelStates() []ChannelState {
	out := []ChannelState{}
	for _, s := range n.Delivery.States() {
		x := ChannelState{Channel: s.Channel, Box: n.boxed(s.Channel), Rate: s.Limits.Rate, AtOnce: s.Limits.AtOnce, Breaker: string(s.Carrier), Due: map[string]int{}, Held: s.Held, Above: s.Above, UnderWay: s.UnderWay}
		if s.Carrier == delivery.Open {
			x.Until = s.Until.String()
		}
		for _, c := range channel.Classes() {
			x.Later += s.Later[c]
			if s.Due[c] > 0 {
				x.Due[c.String()] = s.Due[c]
			}
		}
		out = append(out, x)
	}
	return out
}

// boxed tells whether the capture box takes a channel.
func (n *Node) boxed(name string) bool {
	if channel.Human(name) {
		return false
	}
	for _, c := range n.Channels {
		if c.Can().Name == name {
			return false
		}
	}
	return true
}

// ChannelsIn asks the server of a data folder how its channels do.
func ChannelsIn(ctx context.Context, data string) ([]ChannelState, error) {
	out, err := ask[nothing, []ChannelState](ctx, data, callChannels, nothing{})
	if errors.Is(err, control.ErrNobody) {
		return nil, errors.New("no server runs on this data folder, so nothing is handed over: start it with attune serve")
	}
	return out, err
}
