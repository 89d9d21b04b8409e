package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"attune/core/channel"
	"attune/internal/config"
	"attune/internal/control"
	"attune/internal/delivery"
	"attune/internal/delivery/reputation"
	"attune/internal/postbox"
	"attune/internal/returns"
	"attune/internal/seal"
	"attune/internal/ticket"
	"attune/internal/unsubscribe"
)

// MailBack says what comes back of messages, and where.
type MailBack struct {
	// PublicURL is where people out there reach this installation; empty writes no links.
	PublicURL string
	// SendingDomain is the domain whose standing is guarded; empty guards none.
	SendingDomain string
	// Domain is the one of return addresses, and Listener takes its mail; nil is nobody.
	Domain   string
	Listener net.Listener
	LMTP     bool
	// Write is the address that people are told to write to instead.
	Write string
}

// OpenMailBack listens for what the configuration says comes back.
func OpenMailBack(c config.Config) (MailBack, error) {
	back := MailBack{PublicURL: c.PublicURL}
	e := c.Email
	if e.Transport == config.SMTP {
		domain, err := sendingDomain(e)
		if err != nil {
			return back, err
		}
		back.SendingDomain = domain
	}
	if e.BounceDomain == "" {
		return back, nil
	}
	back.Domain, back.LMTP, back.Write = e.BounceDomain, e.BounceProtocol == "lmtp", addressOf(e.From)
	var err error
	if back.Listener, err = net.Listen("tcp", e.BounceListen); err != nil {
		return back, fmt.Errorf("email.bounce_listen: %w", err)
	}
	return back, nil
}

// Close stops listening, where nothing has begun to serve.
func (b *MailBack) Close() {
	if b.Listener != nil {
		_ = b.Listener.Close()
	}
}

// ticketSecret is the purpose of the secret that tickets are written with.
const ticketSecret = "tickets"

func (n *Node) tickets() ticket.Tickets { return ticket.New(n.Keys.Secret(ticketSecret)) }

// link makes the address at which a message's reader unsubscribes; nil where none can be reached.
func (n *Node) link() func(delivery.Message) string {
	if n.Back.PublicURL == "" {
		return nil
	}
	tickets := n.tickets()
	return func(m delivery.Message) string {
		return n.Back.PublicURL + unsubscribe.Path + tickets.Write(ticket.For(ticket.Unsubscribe, m.Person, m.Touch, m.Number))
	}
}

// report makes what reports about a message carry; nil where none come.
func (n *Node) report() func(delivery.Message) string {
	kinds := map[string]ticket.Kind{}
	if n.Back.Domain != "" {
		kinds[channel.Email] = ticket.Bounce
	}
	if n.Texts.on() {
		kinds[channel.SMS] = ticket.Callback
	}
	if len(kinds) == 0 {
		return nil
	}
	tickets := n.tickets()
	return func(m delivery.Message) string {
		kind, reports := kinds[m.Channel]
		if !reports {
			return ""
		}
		return tickets.Write(ticket.For(kind, m.Person, m.Touch, m.Number))
	}
}

// guard opens the standing of the sending domain, and counts what the e-mail channel hands over.
func (n *Node) guard(channels []delivery.Channel) (err error) {
	if n.Back.SendingDomain == "" {
		return nil
	}
	n.Reputation, err = reputation.Open(reputation.Config{
		File: filepath.Join(n.Data, "reputation.json"), Domain: n.Back.SendingDomain, Now: func() time.Time { return n.Now().Std() }, Changed: n.hold, Log: n.Logger,
	})
	if err != nil {
		return err
	}
	n.closers = append(n.closers, n.Reputation)
	for i, c := range channels {
		if c.Can().Name == channel.Email {
			channels[i] = n.Reputation.Channel(c)
		}
	}
	return nil
}

// promotionalPause holds promotional e-mail back while the domain's standing asks for it.
func (n *Node) promotionalPause() []delivery.Pause {
	if n.Reputation == nil {
		return nil
	}
	if _, paused := n.Reputation.Paused(channel.Promotional); !paused {
		return nil
	}
	return []delivery.Pause{{Channel: channel.Email, Promotional: true}}
}

// takeBack gives what came back by mail to the desk, and counts complaints.
func (n *Node) takeBack(ctx context.Context, r postbox.Return) error {
	is := map[postbox.What]returns.What{
		postbox.Delivered: returns.Delivered, postbox.Failed: returns.Failed, postbox.Complained: returns.Complained, postbox.Unsubscribed: returns.Unsubscribed,
	}
	err := n.Returns.Take(ctx, returns.Report{Ticket: r.Ticket, ID: r.ID, At: r.At, What: is[r.What], Permanent: r.Permanent, Code: r.Code})
	if err == nil && r.What == postbox.Complained && n.Reputation != nil {
		t := r.Ticket
		err = n.Reputation.Complained(fmt.Sprintf("%x/%x/%d", t.Person, t.Touch, t.Attempt))
	}
	return err
}

// postbox takes mail that comes back until ctx ends.
func (s *Server) postbox(ctx context.Context) {
	n := s.Node
	if n.Back.Listener == nil {
		return
	}
	p := postbox.New(postbox.Config{
		Addresses: postbox.Addresses{Domain: n.Back.Domain, Tickets: n.tickets()}, Take: n.takeBack, Write: n.Back.Write, LMTP: n.Back.LMTP,
		Now: func() time.Time { return n.Now().Std() }, Log: n.Logger,
	})
	stop := context.AfterFunc(ctx, func() { _ = p.Close() })
	defer stop()
	if err := p.Serve(n.Back.Listener); err != nil {
		n.Logger.Error("nothing takes the mail that comes back", "error", err)
	}
}

// leaving answers the links by which readers unsubscribe.
func (s *Server) leaving(next http.Handler) (http.Handler, error) {
	n := s.Node
	h, err := unsubscribe.New(unsubscribe.Config{Tickets: n.tickets(), Desk: leaving{n}, Now: func() time.Time { return n.Wall().Std() }, Log: n.Logger})
	if err != nil {
		return nil, err
	}
	return h.Before(next), nil
}

// leaving is the node as unsubscribing asks it.
type leaving struct{ *Node }

// Touch implements unsubscribe.Desk.
func (l leaving) Touch(ctx context.Context, t ticket.Ticket) (about unsubscribe.Touch, err error) {
	about.Sender = l.Organisation
	p, ok, err := l.Runner.Person(ctx, t.Person)
	if errors.Is(err, seal.ErrNoKey) || err == nil && !ok {
		return about, unsubscribe.ErrGone
	}
	if err != nil {
		return about, err
	}
	for i := range p.Touches {
		if x := &p.Touches[i]; t.Of(x.ID) {
			about.Language, about.Channel = x.Language, x.Channel
			return about, nil
		}
	}
	// The touch is older than the person's state remembers; consent is taken back all the same.
	about.Language, err = returning(l).Language(ctx, t.Person)
	return about, err
}

// Unsubscribe implements unsubscribe.Desk.
func (l leaving) Unsubscribe(ctx context.Context, t ticket.Ticket) error {
	return l.Returns.Take(ctx, returns.Report{Ticket: t, What: returns.Unsubscribed})
}

// The calls about the domain's standing.
const (
	callMailStanding = "mail-standing"
	callMailResume   = "mail-resume"
)

// Standing is how the sending domain stands.
type Standing = reputation.Standing

func (n *Node) handleMail(mux *http.ServeMux) {
	guarded := func() error {
		if n.Reputation == nil {
			return errors.New("this server sends no e-mail, so no domain's standing is counted")
		}
		return nil
	}
	answer(n, mux, callMailStanding, func(context.Context, nothing) (s Standing, err error) {
		if err = guarded(); err == nil {
			s = n.Reputation.Standing()
		}
		return s, err
	})
	answer(n, mux, callMailResume, func(context.Context, nothing) (nothing, error) {
		if err := guarded(); err != nil {
			return nothing{}, err
		}
		return nothing{}, n.Reputation.Resume()
	})
}

// MailStanding asks a data folder's server how its sending domain stands.
func MailStanding(ctx context.Context, data string) (Standing, error) {
	s, err := ask[nothing, Standing](ctx, data, callMailStanding, nothing{})
	return s, onlyRunning(err)
}

// ResumeMail lets promotional e-mails go on.
func ResumeMail(ctx context.Context, data string) error {
	_, err := ask[nothing, nothing](ctx, data, callMailResume, nothing{})
	return onlyRunning(err)
}

func onlyRunning(err error) error {
	if errors.Is(err, control.ErrNobody) {
		return errors.New("no server runs on this data folder, and only a running one counts: start attune serve")
	}
	return err
}
