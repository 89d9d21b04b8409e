package email_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"attune/core/id"
	"attune/internal/delivery/channeltest"
)

// mailServer is a real SMTP server on a socket of this machine that can be made to misbehave.
type mailServer struct {
	t    *testing.T
	addr *net.TCPAddr
	tls  *tls.Config

	mu          sync.Mutex
	server      *smtp.Server
	listener    net.Listener
	fault       channeltest.Fault
	heal        chan struct{}
	got         []received
	connections int
	needsAuth   bool
	utf8        bool
}

type received struct {
	from, to, auth string
	tls            bool
	raw            []byte
}

func newMailServer(t *testing.T, set func(*mailServer)) *mailServer {
	m := &mailServer{t: t, heal: make(chan struct{})}
	if set != nil {
		set(m)
	}
	m.start("127.0.0.1:0")
	t.Cleanup(func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		_ = m.server.Close()
	})
	return m
}

func (m *mailServer) start(addr string) {
	var l net.Listener
	var err error
	for range 50 {
		if l, err = net.Listen("tcp", addr); err == nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil {
		m.t.Error(err)
		return
	}
	s := smtp.NewServer(smtp.BackendFunc(m.session))
	s.Domain, s.TLSConfig, s.EnableSMTPUTF8 = "mail.example.org", m.tls, m.utf8
	s.ErrorLog = log.New(io.Discard, "", 0)
	s.AllowInsecureAuth = m.tls == nil
	m.mu.Lock()
	m.server, m.listener, m.addr = s, l, l.Addr().(*net.TCPAddr)
	m.mu.Unlock()
	go func() { _ = s.Serve(l) }()
}

func (m *mailServer) make(f channeltest.Fault) func() {
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.fault, m.heal = f, make(chan struct{})
		if f == channeltest.RefuseToConnect {
			// The server may not have been told of its listener yet.
			_ = m.listener.Close()
			_ = m.server.Close()
		}
	}
}

func (m *mailServer) healed() {
	m.mu.Lock()
	f := m.fault
	m.fault = ""
	close(m.heal)
	m.mu.Unlock()
	if f == channeltest.RefuseToConnect {
		m.start(m.addr.String())
	}
}

func (m *mailServer) state() (channeltest.Fault, chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.fault, m.heal
}

func (m *mailServer) all() []received {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]received(nil), m.got...)
}

func (m *mailServer) connected() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.connections
}

func (m *mailServer) delivered() ([]channeltest.Delivered, error) {
	var out []channeltest.Delivered
	for _, r := range m.all() {
		d, err := read(r)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

func (m *mailServer) session(c *smtp.Conn) (smtp.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.connections++
	return &serverSession{m: m, c: c}, nil
}

type serverSession struct {
	m *mailServer
	c *smtp.Conn
	r received
}

var _ smtp.AuthSession = (*serverSession)(nil)

func (s *serverSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *serverSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if username != "attune" || password != "canary-password" {
			return smtp.ErrAuthFailed
		}
		s.r.auth = username
		return nil
	}), nil
}

func (s *serverSession) Mail(from string, _ *smtp.MailOptions) error {
	fault, heal := s.m.state()
	if fault == channeltest.Stall {
		<-heal
		return errors.New("stalled")
	}
	if s.m.needsAuth && s.r.auth == "" {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Authentication required"}
	}
	s.r.from = from
	return nil
}

func (s *serverSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	switch fault, _ := s.m.state(); fault {
	case channeltest.RefuseForGood:
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such user: " + strings.ToUpper(to)}
	case channeltest.RefuseForNow:
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "Greylisted, come back later, " + to}
	case channeltest.DieBeforeTaking:
		_ = s.c.Conn().Close()
	}
	s.r.to = to
	return nil
}

func (s *serverSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	got := s.r
	got.raw = raw
	_, got.tls = s.c.TLSConnectionState()
	s.m.mu.Lock()
	s.m.got = append(s.m.got, got)
	s.m.mu.Unlock()
	if fault, _ := s.m.state(); fault == channeltest.DieAfterTaking {
		_ = s.c.Conn().Close()
	}
	return nil
}

func (s *serverSession) Reset()        { s.r.from, s.r.to = "", "" }
func (s *serverSession) Logout() error { return nil }

// read decodes a message as a mail reader would.
func read(r received) (d channeltest.Delivered, err error) {
	msg, err := mail.ReadMessage(bytes.NewReader(r.raw))
	if err != nil {
		return d, fmt.Errorf("read the mail: %w", err)
	}
	d.To = r.to
	if list, err := msg.Header.AddressList("To"); err != nil || len(list) != 1 || list[0].Address != r.to {
		return d, fmt.Errorf("the To line is %q (%w) and the envelope says %q", msg.Header.Get("To"), err, r.to)
	}
	// The standard library trims the line, so the exact subject is taken from the source.
	if d.Subject, err = new(mime.WordDecoder).DecodeHeader(unfold(r.raw, "Subject")); err != nil {
		return d, fmt.Errorf("read the subject: %w", err)
	}
	messageID, _, _ := strings.Cut(strings.TrimPrefix(msg.Header.Get("Message-Id"), "<"), "@")
	if d.Attempt, err = id.ParseKey(messageID); err != nil {
		return d, err
	}
	kind, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil || kind != "text/plain" || !strings.EqualFold(params["charset"], "utf-8") || msg.Header.Get("Content-Transfer-Encoding") != "quoted-printable" {
		return d, fmt.Errorf("the mail is %q in %q", msg.Header.Get("Content-Type"), msg.Header.Get("Content-Transfer-Encoding"))
	}
	body, err := io.ReadAll(quotedprintable.NewReader(msg.Body))
	d.Body = strings.ReplaceAll(string(body), "\r\n", "\n")
	unsigned := string(r.raw)
	for strings.HasPrefix(unsigned, "DKIM-Signature:") { // it cannot be folded anywhere
		unsigned = unsigned[strings.Index(unsigned, "\r\n")+2:]
		for strings.HasPrefix(unsigned, " ") {
			unsigned = unsigned[strings.Index(unsigned, "\r\n")+2:]
		}
	}
	for i, line := range strings.Split(unsigned, "\r\n") {
		if len(line) > 78 || !ascii(line) {
			err = errors.Join(err, fmt.Errorf("line %d has %d bytes or is not plain: %q", i+1, len(line), line))
		}
	}
	return d, err
}

func unfold(raw []byte, name string) string {
	head, _, _ := strings.Cut(string(raw), "\r\n\r\n")
	head = strings.NewReplacer("\r\n ", " ", "\r\n\t", "\t").Replace(head)
	for _, line := range strings.Split(head, "\r\n") {
		if v, ok := strings.CutPrefix(line, name+": "); ok {
			return v
		}
	}
	return ""
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > 126 || r < ' ' && r != '\t' }) < 0
}

// certificate makes an authority of one for the given hosts.
func certificate(t *testing.T, hosts ...string) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, pool
}
