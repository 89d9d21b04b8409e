package sms_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"attune/core/id"
	"attune/internal/delivery/channeltest"
	"attune/internal/ticket"
)

const (
	account = "AC00000000000000000000000000000001"
	apiKey  = "SK00000000000000000000000000000002"
	service = "MG00000000000000000000000000000003"
	token   = "canary-token"
	secret  = "canary-secret"
	public  = "https://attune.clinic.example"
)

func tickets() ticket.Tickets { return ticket.New([]byte("the organisation's secret")) }

// carrier is a server on a socket of this machine that speaks Twilio's protocol and can be made to
// misbehave.
type carrier struct {
	t    *testing.T
	tls  *tls.Config
	pool *x509.CertPool
	addr string

	mu       sync.Mutex
	server   *http.Server
	listener net.Listener
	conns    map[net.Conn]bool
	fault    channeltest.Fault
	heal     chan struct{}
	got      []url.Values
	logins   []string
	// answer, when it is set, answers in place of taking a message.
	answer func(w http.ResponseWriter)
}

func newCarrier(t *testing.T, encrypted bool) *carrier {
	c := &carrier{t: t, conns: map[net.Conn]bool{}, heal: make(chan struct{})}
	if encrypted {
		c.tls, c.pool = certificate(t)
	}
	c.start("127.0.0.1:0")
	t.Cleanup(func() {
		c.mu.Lock()
		s := c.server
		c.mu.Unlock()
		_ = s.Close()
	})
	return c
}

func (c *carrier) url() string {
	if c.tls != nil {
		return "https://" + c.addr
	}
	return "http://" + c.addr
}

func (c *carrier) start(addr string) {
	var l net.Listener
	var err error
	for range 50 {
		if l, err = net.Listen("tcp", addr); err == nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil {
		c.t.Error(err)
		return
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /2010-04-01/Accounts/{account}/Messages.json", c.messages)
	s := &http.Server{Handler: mux, ErrorLog: log.New(io.Discard, "", 0)}
	c.mu.Lock()
	c.server, c.listener, c.addr = s, l, l.Addr().String()
	c.mu.Unlock()
	var serving net.Listener = &door{l, c}
	if c.tls != nil {
		serving = tls.NewListener(serving, c.tls)
	}
	go func() { _ = s.Serve(serving) }()
}

// door lets connections in, or turns them away at once, and knows those that are open.
type door struct {
	net.Listener
	c *carrier
}

func (d *door) Accept() (net.Conn, error) {
	for {
		conn, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		d.c.mu.Lock()
		if d.c.fault == channeltest.DieBeforeTaking {
			d.c.mu.Unlock()
			_ = conn.Close()
			continue
		}
		k := &known{conn.(*net.TCPConn), d.c}
		d.c.conns[k] = true
		d.c.mu.Unlock()
		return k, nil
	}
}

type known struct {
	*net.TCPConn
	c *carrier
}

func (k *known) Close() error {
	k.c.mu.Lock()
	delete(k.c.conns, k)
	k.c.mu.Unlock()
	return k.TCPConn.Close()
}

// hangUp ends the connections that are open, and waits until whoever is at their other ends has noticed.
func (c *carrier) hangUp() {
	c.mu.Lock()
	for conn := range c.conns {
		_ = conn.(*known).CloseWrite()
	}
	c.mu.Unlock()
	for range 500 {
		c.mu.Lock()
		n := len(c.conns)
		c.mu.Unlock()
		if n == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	c.t.Error("a connection that ended stays open")
}

func (c *carrier) make(f channeltest.Fault) func() {
	return func() {
		c.mu.Lock()
		c.fault, c.heal = f, make(chan struct{})
		if f == channeltest.RefuseToConnect {
			_ = c.listener.Close()
		}
		c.mu.Unlock()
		if f == channeltest.RefuseToConnect || f == channeltest.DieBeforeTaking {
			c.hangUp()
		}
	}
}

func (c *carrier) healed() {
	c.mu.Lock()
	f := c.fault
	c.fault = ""
	close(c.heal)
	c.mu.Unlock()
	if f == channeltest.RefuseToConnect {
		c.start(c.addr)
	}
}

func (c *carrier) state() (channeltest.Fault, chan struct{}, func(http.ResponseWriter)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fault, c.heal, c.answer
}

func (c *carrier) all() []url.Values {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]url.Values(nil), c.got...)
}

// refuse answers as Twilio does, which likes to repeat numbers.
func refuse(w http.ResponseWriter, status, code int, says string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"code": code, "message": says, "more_info": fmt.Sprintf("https://www.twilio.com/docs/errors/%d", code), "status": status})
}

func (c *carrier) messages(w http.ResponseWriter, r *http.Request) {
	user, password, _ := r.BasicAuth()
	if r.PathValue("account") != account || user+":"+password != account+":"+token && user+":"+password != apiKey+":"+secret {
		refuse(w, 401, 20003, "Authenticate")
		return
	}
	if r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || r.ParseForm() != nil {
		refuse(w, 400, 20001, "Bad request")
		return
	}
	form, to := r.PostForm, r.PostForm.Get("To")
	fault, heal, answer := c.state()
	switch {
	case answer != nil:
		answer(w)
		return
	case fault == channeltest.RefuseForGood:
		refuse(w, 400, 21211, "Invalid 'To' Phone Number: "+to+" for "+form.Get("Body"))
		return
	case fault == channeltest.RefuseForNow:
		w.Header().Set("Retry-After", "1")
		refuse(w, 429, 20429, "Too Many Requests to "+to)
		return
	case fault == channeltest.Stall:
		<-heal
		panic(http.ErrAbortHandler)
	case to == "":
		refuse(w, 400, 21604, "A 'To' phone number is required.")
		return
	case form.Get("Body") == "":
		refuse(w, 400, 21602, "Message body is required.")
		return
	case len([]rune(form.Get("Body"))) > 1600:
		refuse(w, 400, 21617, "The concatenated message body exceeds the 1600 character limit.")
		return
	case (form.Get("From") == "") == (form.Get("MessagingServiceSid") == ""):
		refuse(w, 400, 21603, "A 'From' phone number is required.")
		return
	}
	c.mu.Lock()
	c.got, c.logins = append(c.got, form), append(c.logins, user)
	sid := fmt.Sprintf("SM%032x", len(c.got))
	c.mu.Unlock()
	if fault == channeltest.DieAfterTaking {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(map[string]any{"sid": sid, "status": "queued", "to": to, "body": form.Get("Body"), "error_code": nil, "num_segments": "1"})
}

// delivered tells the suite's messages by the tickets in their status callbacks.
func (c *carrier) delivered() ([]channeltest.Delivered, error) {
	seed := id.Seed{'c', 'h', 'a', 'n'} // as the suite names its messages
	attempts := map[[8]byte]id.Key{}
	for n := range uint64(1100) {
		touch := id.Derive(seed, "touch", n)
		attempts[[8]byte(touch[:8])] = id.Derive(seed, "attempt", n)
	}
	var out []channeltest.Delivered
	for _, form := range c.all() {
		text, _, _ := strings.Cut(strings.TrimPrefix(form.Get("StatusCallback"), public+"/in/sms/status/"), "#")
		of, err := tickets().Read(ticket.Callback, text)
		if err != nil {
			return nil, fmt.Errorf("the status callback %q: %w", form.Get("StatusCallback"), err)
		}
		out = append(out, channeltest.Delivered{Attempt: attempts[of.Touch], To: form.Get("To"), Body: form.Get("Body")})
	}
	return out, nil
}

// certificate makes an authority of one for this machine.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
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
