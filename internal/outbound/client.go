package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// Config says whom a client may call, and how. The zero value calls public servers over https.
type Config struct {
	// Allow names servers, as HOST:PORT, that may be called wherever they are, on this machine and in its network too, over
	// http as well.
	Allow []string
	// Redirects is how many redirects are followed. Zero follows none: the caller gets the answer that redirects.
	Redirects int
	// Answer is how many bytes an answer may have, unpacked. Zero means a mebibyte.
	Answer int64
	// Wait is how long a server may take until its answer begins. Zero means a minute.
	Wait time.Duration
	// Timeout bounds a call with its whole answer. Zero means a minute; less than zero leaves it to the caller's context.
	Timeout time.Duration
	// AtOnce bounds connections to one server, and Idle how long an unused one is kept. Zero means 8, and 90 s.
	AtOnce int
	Idle   time.Duration
	// OneAtATime sends one request at a time over a connection, by HTTP/1.1.
	OneAtATime bool
	// RootCAs are the authorities that may sign a server's certificate. Nil means the system's.
	RootCAs *x509.CertPool
	// Resolver finds addresses of names. Nil means the system's.
	Resolver *net.Resolver
}

const (
	defaultAnswer  = 1 << 20
	defaultWait    = time.Minute
	defaultTimeout = time.Minute
	defaultAtOnce  = 8
	defaultIdle    = 90 * time.Second
	// connecting bounds reaching a server, and agreeing on encryption.
	connecting = 10 * time.Second
	// mostHeader is how many bytes the headers of an answer may have.
	mostHeader = 64 << 10
)

// Client calls others. Its methods may be called from any goroutine.
type Client struct {
	http    http.Client
	dialer  net.Dialer
	allowed map[string]bool
	answer  int64
}

// New makes a client.
func New(c Config) *Client {
	or := func(d, zero time.Duration) time.Duration {
		if d == 0 {
			return zero
		}
		return d
	}
	if c.Answer == 0 {
		c.Answer = defaultAnswer
	}
	if c.AtOnce == 0 {
		c.AtOnce = defaultAtOnce
	}
	out := &Client{allowed: map[string]bool{}, answer: c.Answer, dialer: net.Dialer{Timeout: connecting, Resolver: c.Resolver}}
	for _, server := range c.Allow {
		out.allowed[canonical(server)] = true
	}
	carrier := &http.Transport{
		Proxy: nil, DialContext: out.dial, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.RootCAs}, ForceAttemptHTTP2: !c.OneAtATime,
		TLSHandshakeTimeout: connecting, ResponseHeaderTimeout: or(c.Wait, defaultWait), MaxResponseHeaderBytes: mostHeader,
		MaxConnsPerHost: c.AtOnce, MaxIdleConnsPerHost: c.AtOnce, IdleConnTimeout: or(c.Idle, defaultIdle),
	}
	if c.OneAtATime {
		carrier.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	}
	out.http = http.Client{
		Transport: &guarded{out, carrier}, Timeout: max(0, or(c.Timeout, defaultTimeout)),
		CheckRedirect: func(_ *http.Request, via []*http.Request) error {
			if len(via) > c.Redirects {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}
	return out
}

// Do makes a call. Its error holds a [Refused] where the server may not be called.
func (c *Client) Do(r *http.Request) (*http.Response, error) { return c.http.Do(r) }

// HTTP is the same client for libraries that make calls themselves.
func (c *Client) HTTP() *http.Client { return &c.http }

// CloseIdleConnections lets go of connections that no call needs now.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }

// May says what can be said of an address before its name is looked up: an error where it will not be called.
func (c *Client) May(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return errors.New("it is no address of a server")
	}
	server, port := serverOf(u)
	if err := c.may(u.Scheme, server, port); err != nil {
		return err
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil {
		return c.mayDial(server, ip)
	}
	if strings.TrimSuffix(u.Hostname(), ".") == "localhost" {
		return c.mayDial(server, netip.IPv6Loopback())
	}
	return nil
}

// serverOf is whom an address is of, as HOST:PORT, and the port.
func serverOf(u *url.URL) (server, port string) {
	port = u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return canonical(net.JoinHostPort(u.Hostname(), port)), port
}

// guarded looks at every request, those of redirects too, before anything is dialled.
type guarded struct {
	c       *Client
	carrier *http.Transport
}

// RoundTrip implements [http.RoundTripper].
func (g *guarded) RoundTrip(r *http.Request) (*http.Response, error) {
	server, port := serverOf(r.URL)
	if err := g.c.may(r.URL.Scheme, server, port); err != nil {
		return nil, errors.Join(err, closed(r))
	}
	answer, err := g.carrier.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer.Body = &bounded{ReadCloser: answer.Body, left: g.c.answer, most: g.c.answer}
	return answer, nil
}

// CloseIdleConnections is what [http.Client] asks for.
func (g *guarded) CloseIdleConnections() { g.carrier.CloseIdleConnections() }

// closed lets go of a request's body, as a RoundTripper has to.
func closed(r *http.Request) error {
	if r.Body == nil {
		return nil
	}
	return r.Body.Close()
}

// may judges what an address says, before any name in it is resolved.
func (c *Client) may(scheme, server, port string) error {
	switch {
	case scheme != "https" && scheme != "http":
		return &Refused{Server: server, Why: "only https is spoken", Never: true}
	case c.allowed[server]:
		return nil
	case scheme != "https":
		return &Refused{Server: server, Why: "http is not encrypted"}
	case port != "443":
		return &Refused{Server: server, Why: "its port is not 443"}
	}
	return nil
}

// dial connects to a server, and looks at each address that its name stands for just before it is dialled.
func (c *Client) dial(ctx context.Context, network, server string) (net.Conn, error) {
	server = canonical(server)
	d := c.dialer
	d.Control = func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return &Refused{Server: server, Why: "it has no address", Never: true}
		}
		return c.mayDial(server, at.Addr())
	}
	return d.DialContext(ctx, network, server)
}

// mayDial judges an address that a server's name stands for.
func (c *Client) mayDial(server string, ip netip.Addr) error {
	switch {
	case !nameable(ip):
		return &Refused{Server: server, Why: ip.String() + " is never called", Never: true}
	case !c.allowed[server] && !public(ip):
		return &Refused{Server: server, Why: ip.String() + " is inside, and not on the internet"}
	}
	return nil
}

// bounded reads an answer up to its bound.
type bounded struct {
	io.ReadCloser
	left, most int64
}

// Read implements [io.Reader].
func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("the answer is longer than %d bytes", b.most)
	}
	return n, err
}
