package email

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/wneessen/go-mail/smtp"

	"attune/internal/delivery"
)

// session is one connection to the mail server, ready for a message. It serves one caller at a time.
//
// It speaks through go-mail's low-level client, because the high-level one does not tell a failure
// before the text from one after it.
type session struct {
	ch     *Channel
	conn   net.Conn
	client *smtp.Client
	used   time.Time
	sent   int
	broken bool
}

// dial connects, encrypts and authenticates.
func (ch *Channel) dial(ctx context.Context) (*session, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(ch.c.Host, strconv.Itoa(ch.c.Port)))
	if err != nil {
		return nil, &failure{phase: connect, err: err}
	}
	s := &session{ch: ch, conn: conn}
	if err := s.during(ctx, s.open); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return s, nil
}

func (s *session) open() error {
	c := &s.ch.c
	if tcp, ok := s.conn.RemoteAddr().(*net.TCPAddr); c.TLS == TLSNone && (!ok || !tcp.IP.IsLoopback()) {
		return &failure{phase: connect, why: "TLS none is only for a server on this machine"}
	}
	secret := &tls.Config{ServerName: c.Host, RootCAs: c.RootCAs, MinVersion: tls.VersionTLS12}
	conn := s.conn
	implicit := c.Port == 465 && c.TLS != TLSNone
	if implicit {
		t := tls.Client(conn, secret)
		if err := t.Handshake(); err != nil {
			return &failure{phase: encrypt, err: err}
		}
		conn = t
	}
	var err error
	if s.client, err = smtp.NewClient(conn, c.Host); err != nil {
		return &failure{phase: greet, err: err}
	}
	if err := s.client.Hello(c.Helo); err != nil {
		return &failure{phase: hello, err: err}
	}
	if !implicit && c.TLS != TLSNone {
		// When encryption is required the command goes out whatever the server offers, so that nobody
		// in between can strike it from the list.
		offered, _ := s.client.Extension("STARTTLS")
		if offered || c.TLS == TLSRequired {
			if err := s.client.StartTLS(secret); err != nil {
				return &failure{phase: encrypt, err: err}
			}
		}
	}
	return s.login()
}

func (s *session) login() error {
	c := &s.ch.c
	if c.Username == "" {
		return nil
	}
	if _, err := s.client.GetTLSConnectionState(); err != nil && !s.ch.loopback {
		return &failure{phase: login, why: "the server offers no encryption, and a password is not sent in the clear"}
	}
	_, list := s.client.Extension("AUTH")
	offered := map[string]bool{}
	for _, mechanism := range strings.Fields(strings.ToUpper(list)) {
		offered[mechanism] = true
	}
	var auth smtp.Auth
	switch {
	case offered["PLAIN"]:
		auth = smtp.PlainAuth("", c.Username, c.Password.Reveal(), c.Host, s.ch.loopback)
	case offered["LOGIN"]:
		auth = smtp.LoginAuth(c.Username, c.Password.Reveal(), c.Host, s.ch.loopback)
	default:
		return &failure{phase: login, why: "the server offers neither AUTH PLAIN nor AUTH LOGIN"}
	}
	if err := s.client.Auth(auth); err != nil {
		return &failure{phase: login, err: err}
	}
	return nil
}

// transfer hands one letter over.
func (s *session) transfer(ctx context.Context, l letter) (delivery.Receipt, error) {
	var r delivery.Receipt
	err := s.during(ctx, func() (err error) {
		if err = s.offer(l); err == nil {
			r, err = s.flow(l)
		}
		return err
	})
	s.sent++
	return r, err
}

// command is one line to the server, and the answer it has to get.
type command struct {
	phase phase
	line  string
	want  int // the answer's code, or its first digits
}

// offer asks whether the server will listen to the text. Nothing has been taken when it fails.
func (s *session) offer(l letter) error {
	utf8, _ := s.client.Extension("SMTPUTF8")
	plain := isASCII(l.to)
	if !plain && !utf8 {
		return &failure{phase: reader, err: replyOf(553), why: "the address needs SMTPUTF8, which the server does not speak"}
	}
	mail := "MAIL FROM:" + address(l.from)
	if eight, _ := s.client.Extension("8BITMIME"); eight {
		mail += " BODY=8BITMIME"
	}
	if !plain { // asked for without need, servers further on would refuse the message
		mail += " SMTPUTF8"
	}
	return s.ask(command{sender, mail, 250}, command{reader, "RCPT TO:" + address(l.to), 25}, command{data, "DATA", 354})
}

// ask sends the commands and reads their answers, until one is refused. Where the server offers it
// (RFC 2920) they go out together, so that the way there and back is gone once. What it says to those
// after a refused one is not read: the failure ends the connection, and no text has flowed.
func (s *session) ask(commands ...command) error {
	if together, _ := s.client.Extension("PIPELINING"); together {
		return s.exchange(commands...)
	}
	for _, c := range commands {
		if err := s.exchange(c); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) exchange(commands ...command) error {
	text := s.client.Text
	for _, c := range commands {
		if strings.ContainsAny(c.line, "\r\n") {
			return &failure{phase: c.phase, why: "an address has a line break"}
		}
		_, _ = text.W.WriteString(c.line + "\r\n") // Flush tells what went wrong
	}
	if err := text.W.Flush(); err != nil {
		return &failure{phase: commands[0].phase, err: err}
	}
	for _, c := range commands {
		if _, _, err := text.ReadResponse(c.want); err != nil {
			return &failure{phase: c.phase, err: err}
		}
	}
	return nil
}

// flow sends the text and reads the answer.
func (s *session) flow(l letter) (delivery.Receipt, error) {
	if s.client.Text.R.Buffered() > 0 {
		// An answer that was there before the text is no answer to it.
		return delivery.Receipt{}, &failure{phase: data, why: "the server answered before it was asked"}
	}
	// The answer is read even when writing failed: a server may refuse in the middle and hang up.
	w := s.client.Text.DotWriter()
	_, err := w.Write(l.text)
	unsent := errors.Join(err, w.Close())
	_, said, err := s.client.Text.ReadResponse(250)
	if e := reply(err); err != nil && (e == nil || e.Code < 200 || e.Code > 299) {
		return delivery.Receipt{}, &failure{phase: flow, err: err}
	}
	if unsent != nil {
		return delivery.Receipt{}, &failure{phase: flow, err: unsent}
	}
	return delivery.Receipt{Reference: reference(said, l.to)}, nil
}

// reference keeps the server's words about a message it took, mostly the id in its queue, unless
// they repeat the address.
func reference(said, to string) string {
	said = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(said, "?"))
	local := to[:strings.LastIndexByte(to, '@')]
	if strings.Contains(strings.ToLower(said), strings.ToLower(local)) {
		return ""
	}
	if len(said) > 200 {
		said = strings.ToValidUTF8(said[:200], "")
	}
	return strings.TrimSpace(said)
}

// during does one thing with the connection within the context's time. What fails, or was cut off,
// breaks the session.
func (s *session) during(ctx context.Context, do func() error) error {
	if d, ok := ctx.Deadline(); ok {
		_ = s.conn.SetDeadline(d)
	}
	stop := context.AfterFunc(ctx, func() { _ = s.conn.SetDeadline(time.Unix(1, 0)) })
	err := do()
	if !stop() || err != nil {
		s.broken = true
	}
	if f, ok := err.(*failure); ok && f.code() == 0 && f.why == "" && ctx.Err() != nil {
		// The connection only says that its deadline passed; the context says why.
		f.err = ctx.Err()
	}
	return err
}

// reusable tells whether another message may go over this connection: all went well, and the server
// has not said more than it was asked.
func (s *session) reusable() bool {
	return !s.broken && s.sent < maxPerConnection && s.client.Text.R.Buffered() == 0
}

// bye ends the connection, with a word when it is in order.
func (s *session) bye() {
	if !s.broken {
		_ = s.conn.SetDeadline(time.Now().Add(time.Second))
		_ = s.client.Text.PrintfLine("QUIT")
	}
	_ = s.conn.Close()
}
