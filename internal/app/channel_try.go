package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"attune/core/channel"
	"attune/internal/api"
	"attune/internal/delivery"
	"attune/internal/delivery/sms"
)

// ChannelTried is what came of a message that was handed over to see whether a channel works.
type ChannelTried struct {
	Channel string `json:"channel"`
	// OK tells that the carrier took it, in Took milliseconds, by the carrier's own name for it.
	OK        bool   `json:"ok"`
	Took      int    `json:"took_ms"`
	Reference string `json:"reference,omitempty"`
	// Why is what went wrong, without any words of the carrier's, and Remedy what may help.
	Why    string `json:"why,omitempty"`
	Remedy string `json:"remedy,omitempty"`
}

const callTestChannel = "test channel"

// channelTest is which channel is tried, and where the message goes.
type channelTest struct{ Channel, To string }

// handleChannelTest lets channels be tried, which is recorded, without the address.
func (n *Node) handleChannelTest(mux *http.ServeMux) {
	answer(n, mux, callTestChannel, func(ctx context.Context, in channelTest) (ChannelTried, error) {
		return n.tryChannel(ctx, in.Channel, in.To)
	})
}

// TestChannel has the server of a data folder hand a message to a channel's carrier, to see whether it takes it.
func TestChannel(ctx context.Context, data, name, to string) (ChannelTried, error) {
	out, err := ask[channelTest, ChannelTried](ctx, data, callTestChannel, channelTest{Channel: name, To: to})
	return out, served(err)
}

// triedWithin is how long a carrier has.
const triedWithin = 20 * time.Second

// tryChannel hands a message to a channel's carrier, for an address that whoever asks gave. It is no touch: it is nobody's, no rule of a
// program is asked, it counts nowhere, and a pause does not hold it back.
func (n *Node) tryChannel(ctx context.Context, name, to string) (ChannelTried, error) {
	out := ChannelTried{Channel: name}
	to = strings.TrimSpace(to)
	if !slices.ContainsFunc(n.channelStates(), func(s ChannelState) bool { return s.Channel == name }) {
		return out, api.NotFound("channel", "there is no channel %q", name)
	}
	if channel.Human(name) {
		return out, api.Refused("channel", "people hand this over, not a carrier", "look at the work queue")
	}
	if n.boxed(name) {
		out.Why, out.Remedy = "nothing goes out by "+name+" here: the capture box takes all of it", "name a carrier for it in attune.yaml (docs/channels.md)"
		return out, nil
	}
	switch name {
	case channel.Email:
		if at := strings.LastIndexByte(to, '@'); at < 1 || at == len(to)-1 || strings.ContainsAny(to, " \r\n") {
			return out, api.Refused("to", "it is no e-mail address", "write it as name@example.org")
		}
	case channel.SMS:
		if !sms.IsAddress(to) {
			return out, api.Refused("to", "it is no telephone number", "write it with its country, such as +447700900123")
		}
	}
	at := slices.IndexFunc(n.Channels, func(c delivery.Channel) bool { return c.Can().Name == name })
	ctx, stop := context.WithTimeout(ctx, triedWithin)
	defer stop()
	began := time.Now()
	m := delivery.Message{
		Channel: name, To: to, Language: "en", Subject: "A test of Attune", At: time.Now(), Number: 1,
		Body: fmt.Sprintf("Somebody at %s tests whether messages go out. You need not do anything.", n.Organisation),
	}
	_, _ = rand.Read(m.Attempt[:]) // names the message; never fails: it ends the program instead
	got, err := n.Channels[at].Send(ctx, m)
	out.Took = int(time.Since(began).Milliseconds())
	if err == nil {
		out.OK, out.Reference = true, got.Reference
		return out, nil
	}
	out.Why = err.Error()
	out.Remedy = remedyFor(out.Why)
	return out, nil
}

// remedyFor is what may help where a carrier did not take a message, by what an attempt says of how far it came.
func remedyFor(why string) string {
	for _, x := range []struct{ has, remedy string }{
		{"AUTH", "look at the user and the password of the channel in attune.yaml"},
		{"STARTTLS", "look at tls of the channel in attune.yaml, and whether the server's certificate is for its name"},
		{"certificate", "look whether the server's certificate is for the name in attune.yaml"},
		{"not resolved", "look at the host of the channel in attune.yaml"},
		{"connect", "look at the host and port of the channel in attune.yaml, and whether this machine may reach it"},
		{"RCPT", "the server refused this reader: try another address, and ask the server's owner"},
		{"MAIL", "the server refused the sender: look at from of the channel in attune.yaml"},
		{"answered 401", "look at the account and the token of the channel in attune.yaml"},
		{"answered 403", "look at what the account of the channel in attune.yaml may do"},
	} {
		if strings.Contains(why, x.has) {
			return x.remedy
		}
	}
	return "ask the carrier's owner, and look into the server's log"
}
