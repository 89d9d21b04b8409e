package email

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"runtime"
	"sync"
	"time"

	"attune/internal/delivery"
	"attune/internal/telemetry"
)

var _ delivery.Channel = (*Channel)(nil)

// TLS tells how much encryption is asked of the mail server.
type TLS string

const (
	// TLSRequired sends nothing without encryption and a valid certificate.
	TLSRequired TLS = "required"
	// TLSOpportunistic encrypts when the server offers it, and then asks for a valid certificate too;
	// otherwise it sends in the clear. A password is never sent in the clear.
	TLSOpportunistic TLS = "opportunistic"
	// TLSNone does not encrypt. Only for a server on this machine.
	TLSNone TLS = "none"
)

// Config sets up the email channel. Host and From are needed; the other zero values work.
type Config struct {
	// Name is the channel's name in programs. Empty means "email".
	Name string
	// Host is the mail server, by name or address.
	Host string
	// Port is the server's port. Zero means 587; on 465 the connection is encrypted from its start.
	Port int
	// Username authenticates by AUTH PLAIN or LOGIN. Empty means no authentication.
	Username string
	// Password goes with Username.
	Password telemetry.Private[string]
	// TLS is how much encryption is asked for. Empty means TLSRequired.
	TLS TLS
	// RootCAs are the authorities that may sign the server's certificate. Nil means the system's.
	RootCAs *x509.CertPool
	// From is who writes, such as "Riverside Clinic <hello@clinic.example>". Its domain is also that
	// of the message ids.
	From string
	// Keys sign each message, one signature a key, for SigningDomain. None leaves them unsigned.
	Keys []Key
	// SigningDomain is the domain that signatures speak for. Empty means the domain of From.
	SigningDomain string
	// Back is where what comes back because of a message goes. Nil means that bounces go to From.
	Back func(delivery.Message) Back
	// Helo is the name this machine gives itself. Empty means the domain of From.
	Helo string
	// Timeout bounds one attempt, whatever time its context leaves. Zero means 10 s, which is also
	// what withdrawals wait for at most.
	Timeout time.Duration
	// MaxInFlight bounds attempts at the same time, and with them connections. Zero means 8.
	MaxInFlight int
}

// Back holds the addresses to which a message's bounces, unsubscriptions and complaints go. Each may be
// empty.
type Back struct {
	// Bounces is the envelope's sender.
	Bounces string
	// Unsubscribe takes mail that asks for no more, beside the message's own https address.
	Unsubscribe string
	// Complaints is where mailbox providers report complaints (RFC 9477), and FeedbackID what they are
	// to repeat.
	Complaints, FeedbackID string
}

const (
	// idleLimit is well below the five minutes that servers must wait, and below the shorter times
	// that they do.
	idleLimit = 30 * time.Second
	// maxPerConnection spreads messages over the servers behind one name.
	maxPerConnection = 100
)

// Channel sends email. It may be used by many at once.
type Channel struct {
	c        Config
	from     *mail.Address
	domain   string
	loopback bool
	footers  map[string]string
	// slots holds one token for each attempt in flight.
	slots chan struct{}
	// signing holds one for each signature being made: more at once than there are cores would only keep others waiting.
	signing chan struct{}

	mu     sync.Mutex
	idle   []*session
	closed bool
}

// New checks the configuration and makes the channel. It does not connect.
func New(c Config) (*Channel, error) {
	from, err := mail.ParseAddress(c.From)
	if err != nil || !isASCII(from.Address) || bad(from.Address) != "" {
		return nil, errors.New(`set up email: From has to be an address such as "Riverside Clinic <hello@clinic.example>"`)
	}
	ch := &Channel{c: c, from: from, domain: domainOf(from.Address), loopback: isLoopback(c.Host)}
	if c.Name == "" {
		ch.c.Name = "email"
	}
	if c.Port == 0 {
		ch.c.Port = 587
	}
	if c.TLS == "" {
		ch.c.TLS = TLSRequired
	}
	if c.Helo == "" {
		ch.c.Helo = ch.domain
	}
	if c.SigningDomain == "" {
		ch.c.SigningDomain = ch.domain
	}
	if err := checkKeys(ch.c.SigningDomain, c.Keys); err != nil {
		return nil, err
	}
	if ch.footers, err = readFooters(); err != nil {
		return nil, err
	}
	if ch.c.SigningDomain == "" {
		ch.c.SigningDomain = ch.domain
	}
	if err := checkKeys(ch.c.SigningDomain, c.Keys); err != nil {
		return nil, err
	}
	if c.Timeout <= 0 {
		ch.c.Timeout = 10 * time.Second
	}
	if c.MaxInFlight <= 0 {
		ch.c.MaxInFlight = 8
	}
	ch.slots = make(chan struct{}, ch.c.MaxInFlight)
	ch.signing = make(chan struct{}, runtime.GOMAXPROCS(0))

	switch ch.c.TLS {
	case TLSRequired, TLSOpportunistic:
	case TLSNone:
		if !ch.loopback {
			return nil, fmt.Errorf("set up email: TLS none is only for a mail server on this machine, and %q is not", c.Host)
		}
	default:
		return nil, fmt.Errorf("set up email: TLS is required, opportunistic or none, not %q", c.TLS)
	}
	if c.Host == "" || ch.c.Port < 1 || ch.c.Port > 65535 {
		return nil, fmt.Errorf("set up email: %q port %d is no mail server", c.Host, ch.c.Port)
	}
	if c.Username != "" && c.Password.Reveal() == "" {
		return nil, errors.New("set up email: there is a username and no password")
	}
	return ch, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Can tells that mail is neither idempotent nor can be asked about.
func (ch *Channel) Can() delivery.Capabilities { return delivery.Capabilities{Name: ch.c.Name} }

// Send hands one message to the mail server.
func (ch *Channel) Send(ctx context.Context, m delivery.Message) (delivery.Receipt, error) {
	l, err := ch.compose(m)
	if err != nil {
		return delivery.Receipt{}, delivery.Permanent(fmt.Errorf("email attempt %s: %w", m.Attempt, err))
	}
	if l, err = ch.sign(l); err != nil {
		return delivery.Receipt{}, delivery.RetryAfter(fmt.Errorf("email attempt %s: it could not be signed", m.Attempt), 5*time.Minute)
	}
	ctx, cancel := context.WithTimeout(ctx, ch.c.Timeout)
	defer cancel()
	r, err := ch.hand(ctx, l)
	if err != nil {
		return delivery.Receipt{}, judge(m.Attempt, err)
	}
	return r, nil
}

// hand finds a connection and transfers the letter over it.
func (ch *Channel) hand(ctx context.Context, l letter) (delivery.Receipt, error) {
	select {
	case ch.slots <- struct{}{}:
		defer func() { <-ch.slots }()
	case <-ctx.Done():
	}
	// Looked at here because select picks at random when both are ready.
	if err := ctx.Err(); err != nil {
		return delivery.Receipt{}, &failure{phase: waiting, err: err}
	}
	if s := ch.take(); s != nil {
		r, err := ch.over(ctx, s, l)
		var f *failure
		if err == nil || !errors.As(err, &f) || !f.stale() || ctx.Err() != nil {
			return r, err
		}
		// The kept connection had ended meanwhile and no text flowed: a fresh one may do.
	}
	s, err := ch.dial(ctx)
	if err != nil {
		return delivery.Receipt{}, err
	}
	return ch.over(ctx, s, l)
}

// over transfers the letter over this connection, and keeps the connection when all went well.
func (ch *Channel) over(ctx context.Context, s *session, l letter) (delivery.Receipt, error) {
	r, err := s.transfer(ctx, l)
	if err != nil || !s.reusable() || !ch.keep(s) {
		s.bye()
	}
	return r, err
}

// take gives the connection that was kept last, if it is not too old.
func (ch *Channel) take() *session {
	ch.mu.Lock()
	var old []*session
	var s *session
	for len(ch.idle) > 0 && s == nil {
		last := ch.idle[len(ch.idle)-1]
		ch.idle = ch.idle[:len(ch.idle)-1]
		if time.Since(last.used) < idleLimit {
			s = last
		} else {
			old = append(old, last)
		}
	}
	ch.mu.Unlock()
	for _, o := range old {
		o.bye()
	}
	return s
}

func (ch *Channel) keep(s *session) bool {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	if ch.closed || len(ch.idle) >= ch.c.MaxInFlight {
		return false
	}
	s.used = time.Now()
	ch.idle = append(ch.idle, s)
	return true
}

// Close ends the connections that are kept; attempts in flight end theirs themselves.
func (ch *Channel) Close() error {
	ch.mu.Lock()
	idle := ch.idle
	ch.idle, ch.closed = nil, true
	ch.mu.Unlock()
	for _, s := range idle {
		s.bye()
	}
	return nil
}
