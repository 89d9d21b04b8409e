package sms

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"attune/internal/delivery"
	"attune/internal/outbound"
	"attune/internal/telemetry"
)

var _ delivery.Channel = (*Channel)(nil)

// Name is the channel's name in programs.
const Name = "sms"

// DefaultURL is where Twilio answers. Its regions have addresses of their own.
const DefaultURL = "https://api.twilio.com"

// Config sets up the channel. Account, Tokens, one of From and Service, and PublicURL are needed; the
// other zero values work.
type Config struct {
	// Account is the account's SID: AC and 32 digits.
	Account string
	// Tokens are the account's auth tokens. The first logs in where there is no key; callbacks are signed
	// with any of them, so that one can be replaced without a gap.
	Tokens telemetry.Private[[]string]
	// Key is an API key's SID, to log in with instead of the account's token; KeySecret goes with it.
	Key       string
	KeySecret telemetry.Private[string]
	// From is the number, or the name, that texts come from; Service is a messaging service's SID in its
	// place.
	From, Service string
	// BaseURL is where the carrier answers. Empty means DefaultURL. Http is only for this machine.
	BaseURL string
	// Country is whose numbers are written without a country's code, in ISO 3166. Empty means none.
	Country string
	// MaxSegments is how many segments a text may take. Zero means 6; Twilio takes 10.
	MaxSegments int
	// PublicURL is where the carrier reaches this server to say what became of a message with a ticket.
	PublicURL string
	// RootCAs are the authorities that may sign the carrier's certificate. Nil means the system's.
	RootCAs *x509.CertPool
	// Allow names servers inside the network, as HOST:PORT, that may be the carrier.
	Allow []string
	// Timeout bounds one attempt, whatever time its context leaves. Zero means 10 s, which is also what
	// withdrawals wait for at most.
	Timeout time.Duration
	// MaxInFlight bounds attempts at the same time, and with them connections. Zero means 8.
	MaxInFlight int
}

const (
	// defaultSegments and mostSegments bound a text.
	defaultSegments = 6
	mostSegments    = 10
	// idleLimit is well below the time for which the carrier keeps a connection, since a text that meets
	// its end has an uncertain outcome.
	idleLimit = 5 * time.Second
)

// Channel sends text messages. It may be used by many at once.
type Channel struct {
	c        Config
	messages string
	client   *outbound.Client
	// slots holds one token for each attempt in flight.
	slots chan struct{}
}

// New checks the configuration and makes the channel. It does not connect.
func New(c Config) (*Channel, error) {
	if c.BaseURL == "" {
		c.BaseURL = DefaultURL
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	if c.MaxSegments <= 0 {
		c.MaxSegments = defaultSegments
	}
	if c.Timeout <= 0 {
		c.Timeout = 10 * time.Second
	}
	if c.MaxInFlight <= 0 {
		c.MaxInFlight = 8
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("set up sms: %w", err)
	}
	// One request on a connection at a time, so that it is known whether a text went over it.
	client := outbound.New(outbound.Config{Allow: c.Allow, RootCAs: c.RootCAs, OneAtATime: true, AtOnce: c.MaxInFlight, Idle: idleLimit, Timeout: -1})
	return &Channel{
		c: c, messages: c.BaseURL + "/2010-04-01/Accounts/" + c.Account + "/Messages.json",
		client: client, slots: make(chan struct{}, c.MaxInFlight),
	}, nil
}

func (c *Config) check() error {
	switch {
	case !IsSID(c.Account, "AC"):
		return errors.New("the account has to be its SID: AC and 32 digits of base 16")
	case len(c.Tokens.Reveal()) == 0 || c.Tokens.Reveal()[0] == "":
		return errors.New("there is no auth token")
	case c.Key != "" && !IsSID(c.Key, "SK"):
		return errors.New("the API key has to be its SID: SK and 32 digits of base 16")
	case c.Key != "" && c.KeySecret.Reveal() == "":
		return errors.New("there is an API key and no secret for it")
	case (c.From == "") == (c.Service == ""):
		return errors.New("it needs either a number to send from or a messaging service")
	case c.Service != "" && !IsSID(c.Service, "MG"):
		return errors.New("the messaging service has to be its SID: MG and 32 digits of base 16")
	case c.From != "" && !IsSender(c.From):
		return errors.New("texts come from a number such as +34600111222, a short code, or a name of at most 11 letters and digits")
	case c.Country != "" && !IsCountry(c.Country):
		return errors.New("the country is not a code of ISO 3166 such as ES")
	case c.MaxSegments > mostSegments:
		return fmt.Errorf("a text has at most %d segments", mostSegments)
	}
	for what, address := range map[string]string{"the carrier's address": c.BaseURL, "the public address": c.PublicURL} {
		if !IsAddress(address) {
			return fmt.Errorf("%s has to be https, without a query; http is only for this machine", what)
		}
	}
	return nil
}

// IsSID tells whether a text is one of Twilio's ids of a kind.
func IsSID(s, kind string) bool {
	digits, ok := strings.CutPrefix(s, kind)
	return ok && len(digits) == 32 && strings.Trim(digits, "0123456789abcdefABCDEF") == ""
}

// IsSender tells whether texts can come from it: a number in the international form, a short code, or a
// name.
func IsSender(s string) bool {
	if number, ok := strings.CutPrefix(s, "+"); ok {
		return len(number) >= 7 && len(number) <= 15 && digits(number)
	}
	if digits(s) {
		return len(s) >= 3 && len(s) <= 8
	}
	return len(s) <= 11 && strings.Trim(s, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ +-_&") == "" && strings.TrimSpace(s) == s
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// IsAddress tells whether an address can be used: https, or http on this machine.
func IsAddress(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// Can tells that texts are neither idempotent nor can be asked about.
func (ch *Channel) Can() delivery.Capabilities { return delivery.Capabilities{Name: Name} }

// Send hands one message to the carrier.
func (ch *Channel) Send(ctx context.Context, m delivery.Message) (delivery.Receipt, error) {
	form, err := ch.compose(m)
	if err != nil {
		return delivery.Receipt{}, delivery.Permanent(fmt.Errorf("sms attempt %s: %w", m.Attempt, err))
	}
	ctx, cancel := context.WithTimeout(ctx, ch.c.Timeout)
	defer cancel()
	came := ch.post(ctx, form)
	return came.receipt(), came.judge(m.Attempt)
}

// Close ends the connections that are kept; attempts in flight end theirs themselves.
func (ch *Channel) Close() error {
	ch.client.CloseIdleConnections()
	return nil
}
