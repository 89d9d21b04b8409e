package app

import (
	"context"
	"net/http"
	"strings"
	"time"

	"attune/core/channel"
	"attune/internal/config"
	"attune/internal/delivery/sms"
	"attune/internal/returns"
	"attune/internal/telemetry"
)

// smsConfig is what the configuration says about text messages that go out.
func smsConfig(c config.Config) sms.Config {
	s := c.SMS
	return sms.Config{
		Account: s.AccountSID, Tokens: smsTokens(s), Key: s.APIKey, KeySecret: s.APISecret, From: s.From, Service: s.MessagingService, BaseURL: s.BaseURL,
		Country: s.Country, MaxSegments: s.MaxSegments, MaxInFlight: s.AtOnce, PublicURL: c.PublicURL, Allow: c.Outbound.Servers(),
	}
}

// smsTokens are the account's auth tokens, one a line; the first is the one in use.
func smsTokens(s config.SMS) telemetry.Private[[]string] {
	var tokens []string
	for _, line := range strings.Split(s.Secret.Reveal(), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			tokens = append(tokens, line)
		}
	}
	return telemetry.Hide(tokens)
}

// textReturns lets what comes back by text reach the desk.
type textReturns struct{ desk *returns.Desk }

func (t textReturns) Take(ctx context.Context, r sms.Report) error {
	is := map[sms.What]returns.What{sms.Accepted: returns.Accepted, sms.Delivered: returns.Delivered, sms.Failed: returns.Failed, sms.Opened: returns.Opened}
	return t.desk.Take(ctx, returns.Report{Ticket: r.Ticket, ID: r.ID, At: r.At, What: is[r.What], Permanent: r.Permanent, Code: r.Code, Reference: r.Reference})
}

func (t textReturns) Receive(ctx context.Context, w sms.Word) (sms.Answer, error) {
	means := map[sms.Verdict]returns.Verdict{
		sms.None: returns.None, sms.Stop: returns.Stop, sms.Start: returns.Start, sms.Help: returns.Help, sms.Unsure: returns.Unsure, sms.Crisis: returns.Crisis,
	}
	a, err := t.desk.Receive(ctx, returns.Word{
		Channel: channel.SMS, From: w.From, To: w.To, Text: w.Text, ID: w.ID, At: w.At, Verdict: means[w.Verdict],
	})
	return sms.Answer{Text: a.Text}, err
}

// TextsBack says what comes back of text messages; the zero value is nothing.
type TextsBack struct {
	tokens    telemetry.Private[[]string]
	publicURL string
	ours      bool
}

// TextsBackOf is what the configuration says comes back of text messages.
func TextsBackOf(c config.Config) TextsBack {
	if c.SMS.Transport != config.Twilio {
		return TextsBack{}
	}
	return TextsBack{smsTokens(c.SMS), c.PublicURL, c.SMS.Keywords == "attune"}
}

func (b TextsBack) on() bool { return b.publicURL != "" }

// texts puts what takes in what comes back of text messages before the other pages.
func (n *Node) texts(next http.Handler) (http.Handler, error) {
	b := n.Texts
	if !b.on() {
		return next, nil
	}
	h, err := sms.NewHandler(sms.Inbound{
		Tokens: b.tokens, PublicURL: b.publicURL, Tickets: n.tickets(), Returns: textReturns{n.Returns}, Ours: b.ours,
		Now: func() time.Time { return n.Now().Std() }, Logger: n.Logger,
	})
	if err != nil {
		return nil, err
	}
	return h.Before(next), nil
}

// Carried says in a few words where messages go.
func Carried(c config.Config) string {
	var out []string
	if c.Email.Transport == config.SMTP {
		out = append(out, "e-mail goes out by "+c.Email.Host)
	}
	if c.SMS.Transport == config.Twilio {
		out = append(out, "text messages by Twilio")
	}
	if len(out) == 0 {
		return "messages go into the capture box"
	}
	return strings.Join(append(out, "all else into the capture box"), ", ")
}
